"""Whoever looks, what the role may not see is nowhere in what is handed out: not in the page, its source, its data, its words or the file."""

from __future__ import annotations

import base64
import re

import pandas as pd
import pytest

from crmlib import profiles
from crmlib.company import lark
from crmlib.company.schema import TABLES
from crmlib.privacy import ROLES, visible
from crmlib.privacy.masking import MASKS

PROBED = {"contacts": ["name", "phone"], "customers": ["name", "salesperson_id"], "cases": ["text", "case_id"], "surveys": ["comment"],
          "invoices": ["credit_limit_yuan"], "waybills": ["waybill_id"]}  # fmt: skip


@pytest.fixture(scope="module")
def book():
    return profiles.open_book()


@pytest.fixture(scope="module")
def probed(book):
    """Customers with much to hide, and everything of theirs by column."""
    firm = lark()
    cases = firm.cases[firm.cases["opened_at"] > "2026-06-01"]
    some = [*cases["customer_id"].value_counts().index[:2], *firm.customers.loc[firm.customers["nature"] == "individual", "customer_id"].iloc[:1]]
    return {
        customer: {f"{table}.{column}": firm.tables[table].loc[firm.tables[table]["customer_id"] == customer, column].dropna().unique().tolist()
                   for table, columns in PROBED.items() for column in columns}
        for customer in some
    }  # fmt: skip


def handed_out(page: profiles.Customer360, folder) -> str:
    """All that leaves, with the drawings taken out of their wrapping."""
    source = page.save(folder / "page.html").read_text("utf-8")
    drawings = [base64.b64decode(each).decode() for each in re.findall(r"base64,([A-Za-z0-9+/=]+)", source)]
    return "\n".join([source, page._repr_html_(), *drawings, str(page.to_dict()), page.summary(), repr(page), page.to_frame().to_csv(), str(page.action)])


@pytest.mark.parametrize("role", ROLES)
def test_nothing_hidden_or_masked_is_in_what_is_handed_out(role, book, probed, tmp_path):
    rights = {f"{table}.{column}": right for table in TABLES for column, right in visible(table, role)["treatment"].items()}
    treatment = {f"{table}.{column}": rights[f"{table}.{column}"] for table, columns in PROBED.items() for column in columns}
    for customer, values in probed.items():
        page = profiles.customer_360(customer, role, book=book)
        out = handed_out(page, tmp_path)
        person = book.customers.loc[customer, "nature"] == "individual"
        for column, known in values.items():
            if treatment[column] == "full" or (column == "customers.name" and treatment[column] == "masked" and not person):
                continue
            for value in known:
                if treatment[column] == "masked" and MASKS.get(column.split(".")[1], str)(value) == value:
                    continue  # words in which nobody is named
                text = f"{value:,.0f} yuan" if isinstance(value, float) else str(value)
                assert len(text) < 2 or text not in out, (column, value)
        if rights["customers.customer_id"] != "full":
            assert customer not in out
        for fact in [fact for section in page.sections for fact in section.facts]:
            given = {rights[column] for column in fact.columns}
            assert "hidden" not in given
            if "masked" in given and isinstance(fact.value, float) and fact.value > 0:
                assert len(f"{fact.value:.9g}".strip("0.").replace(".", "").rstrip("0")) <= 1, fact
        if rights["invoices.amount_yuan"] != "full":
            assert page.action.code != "collect"
        assert set(page.hidden).isdisjoint(page.columns) and not {column for column in page.columns if treatment.get(column) == "hidden"}


def test_an_untrusted_notebook_and_a_hostile_name_run_nothing(book):
    tables = {
        "customers": pd.DataFrame({"customer_id": ["C1"], "name": ['"><script>x</script><img onerror=1>'], "nature": ["group"]}),
        "waybills": pd.DataFrame({"waybill_id": ["<i>"], "customer_id": ["C1"], "picked_up_at": pd.to_datetime(["2026-03-02"]), "price_yuan": [1.0],
                                  "promised_at": pd.to_datetime(["2026-03-04"]), "delivered_at": pd.to_datetime([None])}),
    }  # fmt: skip
    hostile = profiles.customer_360("C1", "manager", "2026-03-03", book=profiles.open_book(tables, valued_on=(), tags=()))._repr_html_()
    for html in (hostile, profiles.customer_360(book.customers.index[5], "manager", book=book)._repr_html_()):
        assert not re.search(r"<(script|style|svg|link|iframe|object)\b|\bon\w+=|javascript:|url\(", html.replace("onerror=1&gt;", ""), re.IGNORECASE)
    assert "<script" not in hostile and "<i>" not in hostile
