"""A customer's page, printed: one sheet of A4 for whom there is most to say, in both languages, and nothing sticks out."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import crmlib as crm

NAMES = {"zh": "溯笙屿茗岚黛女装鞋包杂货农产专营铺子" * 4, "en": "The very long name of a shop in a district far away " * 3}


@pytest.fixture(scope="module")
def fullest():
    """Of the shipped firm, the customer with the longest history; with more of everything that may stand on a page."""
    firm = crm.company.lark()
    customer = firm.cases["customer_id"].value_counts().index[0]
    tables = {name: firm.tables[name] for name in ("customers", "contacts", "waybills", "cases", "calls", "invoices", "payments", "touches", "surveys")}
    mine = {name: tables[name][tables[name]["customer_id"] == customer] for name in tables if name != "payments"}
    mine["payments"] = tables["payments"].iloc[:0]
    bill = tables["invoices"].tail(1).assign(customer_id=customer, due_on=pd.Timestamp("2026-08-31"), issued_on=pd.Timestamp("2026-08-01"))
    touches = tables["touches"].tail(9).assign(customer_id=customer)
    survey = tables["surveys"].tail(1).assign(customer_id=customer, comment="每次都要打电话催，很累，希望能主动通知。" * 9)
    waybills = mine["waybills"].copy()
    waybills.loc[waybills.index[-40:], "delivered_at"] = pd.NaT
    cases = mine["cases"].assign(resolved_at=pd.NaT, text="客户说收到的时候里面东西少了，而且取件的人态度不好，要求赔偿。" * 5)
    contacts = pd.concat([tables["contacts"].head(5).assign(customer_id=customer, name="欧阳若清晓安雨桐" * 4)], ignore_index=True)
    tags = pd.DataFrame({"customer_id": customer, "tag": crm.profiles.tag_rules().tags, "since": pd.Timestamp("2026-01-05"), "until": pd.NaT})
    values = pd.DataFrame({"customer_id": [customer], "valued_on": ["2026-10-31"], "lifetime_value_yuan": [1_234_567.0], "low": [1e6], "high": [2e6]})
    return customer, mine | {"invoices": bill, "touches": touches, "surveys": survey, "waybills": waybills, "cases": cases, "contacts": contacts}, tags, values


@pytest.mark.parametrize("edition", ["zh", "en"])
def test_the_fullest_customer_prints_on_one_sheet_of_a4(page, shoot, tmp_path, edition, fullest):
    crm.setup(edition)
    customer, tables, tags, values = fullest
    tables = tables | {"customers": tables["customers"].assign(name=NAMES[edition])}
    book = crm.profiles.open_book(tables, day="2026-10-31", tags=tags, values=values)
    asked = []
    page.on("request", lambda request: asked.append(request.url[:5]))
    shown = crm.profiles.customer_360(customer, "account_manager", book=book)
    page.goto(shown.save(tmp_path / "customer.html").as_uri())
    shoot(page, f"{edition}-customer-360")
    assert set(asked) <= {"file:", "data:"}
    assert page.locator("img").evaluate_all("images => images.length > 5 && images.every(image => image.naturalWidth > 0)")
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    width, height = (float(number) for number in re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed).groups())
    assert (round(width), round(height)) in ((595, 842), (596, 842)), "210 × 297 mm in points"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    sticking = "parts => parts.filter(part => part.scrollWidth > part.clientWidth + 1).map(part => part.innerText.slice(0, 60))"
    assert page.locator("article div, article table").evaluate_all(sticking) == []
