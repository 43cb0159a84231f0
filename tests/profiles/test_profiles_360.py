"""The page of a customer: what stands on it agrees with the methods of the course, nothing later is known, and DuckDB says the same."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import credit, profiles, segments
from crmlib.company import lark
from crmlib.i18n import use_language
from crmlib.privacy.access_log import AccessLog
from crmlib.profiles.standing import Standing

DAY = pd.Timestamp("2026-10-31")


@pytest.fixture(scope="module")
def firm():
    return lark()


@pytest.fixture(scope="module")
def book():
    return profiles.open_book()


def small(later: bool = False, **more: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Two customers; with `later`, a good deal happens after 2026-03-10."""
    day = pd.Timestamp("2026-03-02 09:00")
    picked = [day, day + pd.Timedelta(days=1), day + pd.Timedelta(days=7), *([day + pd.Timedelta(days=9 + each) for each in range(6)] if later else [])]
    size = len(picked)
    cases = pd.DataFrame({
        "case_id": ["K1"], "customer_id": ["C1"], "waybill_id": ["W0"], "kind": ["complaint"], "channel": ["app"], "cause": ["delay"],
        "grade": ["ordinary"], "opened_at": [day + pd.Timedelta(days=5)], "resolved_at": pd.to_datetime(["2026-03-20" if later else None]),
        "outcome": ["compensated" if later else None], "compensation_yuan": [50.0 if later else np.nan],
        "satisfied_after": ["dissatisfied" if later else None], "text": ["<script>alert(1)</script> 晚了"]})  # fmt: skip
    tables = {
        "customers": pd.DataFrame({"customer_id": ["C1", "C2"], "name": ["<b>铺子</b>", "高锦映"], "market": ["e_commerce", "walk_in"],
                                   "nature": ["group", "individual"], "region": ["east", "west"],
                                   "opened_on": pd.to_datetime(["2026-01-01", "2026-03-05"]), "salesperson_id": ["S01", None]}),
        "waybills": pd.DataFrame({"waybill_id": [f"W{each}" for each in range(size)], "customer_id": ["C1", "C2", *["C1"] * (size - 2)],
                                  "picked_up_at": picked, "promised_at": [each + pd.Timedelta(days=2) for each in picked], "price_yuan": 10.0,
                                  "cost_yuan": 7.0, "product": "standard", "scope": "domestic", "destination_region": "east",
                                  "delivered_at": [day + pd.Timedelta(days=3), *pd.to_datetime(["2026-03-15" if later else None] * (size - 1))]}),
        "contacts": pd.DataFrame({"contact_id": ["P1"], "customer_id": ["C1"], "name": ["郭若清"], "role": ["owner"], "phone": ["12912345678"],
                                  "channel": ["wecom"]}),
        "cases": cases,
        "invoices": pd.DataFrame({"invoice_id": ["V1"], "customer_id": ["C1"], "issued_on": pd.to_datetime(["2026-02-28"]),
                                  "due_on": pd.to_datetime(["2026-03-05"]), "amount_yuan": [333.0], "credit_class": ["B"], "terms_days": [30],
                                  "credit_limit_yuan": [1000.0]}),
        "payments": pd.DataFrame({"payment_id": ["Y1"], "invoice_id": ["V1"], "paid_on": pd.to_datetime(["2026-03-12" if later else "2026-03-09"]),
                                  "amount_yuan": [300.0 if later else 33.0]}),
        "touches": pd.DataFrame({"touch_id": ["T1"], "customer_id": ["C1"], "happened_on": pd.to_datetime(["2026-03-11" if later else "2026-02-01"]),
                                 "kind": ["visit"], "reason": ["rhythm"], "channel": ["phone"], "mood": [1.0 if later else 4.0],
                                 "salesperson_id": ["S01"]}),
    }  # fmt: skip
    if later:
        tables["payments"] = pd.concat([small()["payments"], tables["payments"].assign(payment_id="Y2")], ignore_index=True)
        tables["touches"] = pd.concat([small()["touches"], tables["touches"].assign(touch_id="T2")], ignore_index=True)
    return tables | more


def opened(tables: dict[str, pd.DataFrame], **options: object) -> profiles.ProfileBook:
    return profiles.open_book(tables, **({"valued_on": (), "tags": ()} | options))


@pytest.fixture(scope="module")
def books():
    return opened(small(), day="2026-03-31"), opened(small(later=True), day="2026-03-31")


def test_class_scores_and_arrears_are_those_of_the_course(firm, book):
    start = DAY - pd.DateOffset(months=12) + pd.Timedelta(days=1)
    activity = segments.customer_activity(firm.waybills, start=start, end="2026-11-01").set_index("customer_id").sort_index()
    abc = segments.abc_classes(activity["revenue_yuan"].round(2))["abc"]
    scores = segments.rfm(activity.assign(revenue_yuan=activity["revenue_yuan"].round(2)), today="2026-11-01")
    aging = credit.aging(firm.invoices, firm.payments, as_of=DAY).table
    standing = book.standing(DAY)
    for each in activity.index[::7]:
        found = standing.of(book.callers.place_of(each))
        assert (found["abc"], found["rfm"], found["group"]) == (abc[each], scores.loc[each, "rfm"], scores.loc[each, "group"])
    for each in aging.index[:25]:
        page = profiles.customer_360(each, "privacy_officer", book=book)
        row = aging.loc[each]
        assert page.section("credit").fact("days_past_due").value == max(row["oldest_days"], 0)
        assert page.section("credit").fact("overdue_yuan").value == pytest.approx(row["overdue_yuan"], abs=0.005)


def test_revenue_trend_lifetime_value_and_tags_of_a_key_account(firm, book):
    customer = firm.waybills.groupby("customer_id")["price_yuan"].sum().sort_values().index[-5]
    page = profiles.customer_360(customer, "manager", book=book)
    value = page.section("value")
    own = firm.waybills[(firm.waybills["customer_id"] == customer) & (firm.waybills["picked_up_at"] >= "2025-11-01")]
    assert value.fact("revenue_12_months").value == pytest.approx(own["price_yuan"].sum(), abs=0.01)
    assert value.fact("revenue_by_month").value[-1] == pytest.approx(own.loc[own["picked_up_at"] >= "2026-10-01", "price_yuan"].sum(), abs=0.01)
    low, middle, high = (value.fact(code).value for code in ("lifetime_value_low", "lifetime_value", "lifetime_value_high"))
    assert 0 < low <= middle <= high
    carried = profiles.tags(firm, as_of="2026-11-01")
    expected = carried.loc[carried["customer_id"] == customer, ["tag", "since"]]
    shown = {row[0].value: row[1].value for row in page.section("tags").rows}
    assert shown == dict(zip(expected["tag"].astype(str), expected["since"], strict=True))


@pytest.mark.parametrize("role", ["manager", "agent", "intern"])
def test_what_happens_later_changes_nothing(books, role):
    early, late = books
    for at in ("2026-03-08", "2026-03-10 12:30"):
        pages = [profiles.customer_360("C1", role, at, book=each) for each in (early, late)]
        assert pages[0].to_dict() == pages[1].to_dict()
        assert pages[0]._repr_html_() == pages[1]._repr_html_()
    assert profiles.customer_360("C1", role, "2026-03-31", book=late).to_dict() != profiles.customer_360("C1", role, "2026-03-31", book=early).to_dict()


@settings(max_examples=12)
@given(st.datetimes(pd.Timestamp("2024-12-01").to_pydatetime(), pd.Timestamp("2026-11-01").to_pydatetime()), st.integers(0, 1999))
def test_no_moment_of_a_page_lies_after_it(book, at, place):
    customer = book.customers.index[place]
    if book.customers["opened_on"].iloc[place] > at:
        with pytest.raises(ValueError, match="is a customer since"):
            profiles.customer_360(customer, "privacy_officer", at, book=book)
        return
    page = profiles.customer_360(customer, "privacy_officer", at, book=book)
    facts = [fact for section in page.sections for fact in (*section.facts, *(one for row in section.rows for one in row))]
    assert all(fact.value <= page.as_of for fact in facts if isinstance(fact.value, pd.Timestamp) and fact.code != "promised_at")


def test_duckdb_says_the_same_as_tables_in_memory(tmp_path, books):
    connection, folder = duckdb.connect(), tmp_path / "firm"
    folder.mkdir()
    for name, table in small(later=True).items():
        connection.register(name, table.astype({column: object for column in table.select_dtypes(["object", "string"]).columns}))
        table.to_parquet(folder / f"{name}.parquet")
    kept = duckdb.connect(tmp_path / "firm.duckdb")
    for name in small():
        kept.execute(f"CREATE TABLE {name} AS FROM read_parquet('{folder / name}.parquet')")
    kept.close()
    expected = {at: profiles.customer_360("C1", "manager", at, book=books[1]).to_dict() for at in ("2026-03-10 12:30", "2026-03-31")}
    for source in (connection, folder, tmp_path / "firm.duckdb"):
        book = opened(source, day="2026-03-31")
        assert book.engine == "duckdb"
        for at, page in expected.items():
            assert profiles.customer_360("C1", "manager", at, book=book).to_dict() == page


def test_an_offer_waits_for_consent_an_open_case_and_a_trial(books):
    tables = small(later=True)
    rich = tables["waybills"].assign(price_yuan=900.0)
    settled = tables["cases"].assign(resolved_at=pd.Timestamp("2026-03-08"), satisfied_after="satisfied")
    paid = tables["payments"].assign(amount_yuan=[33.0, 300.0])
    calm = {"waybills": rich.assign(delivered_at=rich["picked_up_at"] + pd.Timedelta(days=1)), "cases": settled, "payments": paid,
            "contacts": pd.concat([tables["contacts"], tables["contacts"].assign(contact_id="P2")], ignore_index=True),
            "members": pd.DataFrame({"member_id": ["M1"], "customer_id": ["C2"], "joined_on": pd.to_datetime(["2026-03-06"])}),
            "invoices": tables["invoices"].assign(credit_limit_yuan=99_999.0),
            "touches": tables["touches"].assign(happened_on=pd.Timestamp("2026-03-20"))}  # fmt: skip
    agreed = pd.DataFrame({"customer_id": ["C1"], "purpose": ["marketing"], "channel": ["wecom"], "given": [True], "at": pd.to_datetime(["2026-01-02"])})
    trial = pd.DataFrame({"offer_id": ["F1"], "customer_id": ["C1"], "kind": ["retention"], "assigned_on": pd.to_datetime(["2026-03-15"]),
                          "measured_on": pd.to_datetime(["2026-04-15"])})  # fmt: skip

    def advice(**options: object) -> profiles.NextAction:
        consents = options.pop("consents", None)
        return profiles.customer_360("C1", "manager", "2026-03-31", book=opened(tables | calm | options, day="2026-03-31", consents=consents)).action

    free = advice(consents=agreed)
    assert (free.code, free.channel, free.held_back) == ("invite_member", "wecom", ()) and free.cost_yuan > 0
    assert advice().held_back == (("invite_member", "forbidden: no consent to offers"),)
    taken_back = pd.concat([agreed, agreed.assign(given=False, at=pd.Timestamp("2026-03-30"), channel="all")], ignore_index=True)
    assert advice(consents=taken_back).code == "none"
    assert "trial" in advice(consents=agreed, offers=trial).held_back[0][1]
    still_open = advice(consents=agreed, cases=tables["cases"].assign(resolved_at=pd.NaT))
    assert still_open.code == "settle_case"


def test_rules_speak_of_what_they_found(books):
    actions = {at: profiles.customer_360("C1", "manager", at, book=books[1]).action for at in ("2026-03-06", "2026-03-08", "2026-03-25")}
    assert actions["2026-03-06"].code == "collect" and "333 yuan are 1 days late" in actions["2026-03-06"].reason
    assert actions["2026-03-08"].code == "settle_case" and "K1" in actions["2026-03-08"].summary()
    assert profiles.next_actions().index[0] == "settle_case" and (profiles.next_actions()["cost_yuan"] > 0).all()


def test_an_addressee_has_a_page_of_its_parcels_only(books):
    recipients = pd.DataFrame({"waybill_id": ["W2"], "recipient_name": ["王若清"], "recipient_phone": ["12900000001"]})
    book = opened(small(), day="2026-03-31", recipients=recipients)
    page = profiles.customer_360("129 0000 0001", "agent", "2026-03-10", book=book)
    text = page._repr_html_() + str(page.to_dict())
    assert page.section("parcels").rows[0][0].value == "W2" and page.section("value").facts == ()
    assert "C1" not in text and "铺子" not in text and "12900000001" not in text
    assert profiles.customer_360("12912345678", "agent", "2026-03-10", book=book).customer_id == "C1"


def test_bad_input_ends_in_a_sentence(book, books, tmp_path):
    with pytest.raises(ValueError, match=r"There is no customer C0003\. Nearest: C0000?3"):
        profiles.customer_360("C0003", "manager", book=book)
    with pytest.raises(ValueError, match="Nearest: C1 <b>铺子"):
        profiles.customer_360("铺子", "team_leader", book=books[0])
    with pytest.raises(ValueError, match="Look the number up") as refused:
        profiles.customer_360("铺子", "intern", book=books[0])
    assert "C1" not in str(refused.value)
    for wanted in (None, 7, "", float("nan"), "12999999999"):
        with pytest.raises(ValueError, match="There is no customer"):
            profiles.customer_360(wanted, "manager", book=book)
    with pytest.raises(ValueError, match="role is boss"):
        profiles.customer_360("C1", "boss", book=books[0])
    with pytest.raises(ValueError, match="as_of is"):
        profiles.customer_360("C1", "agent", "yesterday", book=books[0])
    with pytest.raises(ValueError, match="C2 is a customer since 2026-03-05"):
        profiles.customer_360("C2", "agent", "2026-03-04", book=books[0])
    with pytest.raises(ValueError, match=r"customer\.html"):
        profiles.customer_360("C1", "agent", "2026-03-10", book=books[0]).save(tmp_path / "page.pdf")
    with pytest.raises(ValueError, match="Cannot write"):
        profiles.customer_360("C1", "agent", "2026-03-10", book=books[0]).save(tmp_path / "no" / "page.html")
    with pytest.raises(ValueError, match="A book is opened from"):
        profiles.open_book(3)


def test_every_look_is_written_down_without_values(books):
    log = AccessLog("sqlite://")
    page = profiles.customer_360("C1", "agent", "2026-03-10", book=books[0], log=log, by="A001", why="call")
    table = log.table()
    assert set(table["customer_id"]) == {"C1"} and set(table["person_id"]) == {"A001"} and log.verify().ok
    told = {f"{row.table}.{column}" for row in table.itertuples() for column in row.columns.split(", ")}
    assert told == set(page.columns) and "铺子" not in table.to_csv() and "333" not in table.to_csv()
    with pytest.raises(ValueError, match="who looks"):
        profiles.customer_360("C1", "agent", "2026-03-10", book=books[0], log=log)


def test_a_customer_without_anything_and_words_in_both_languages(books):
    for tongue, word in (("en", "Nothing is on the way"), ("zh", "没有在途快件")):
        use_language(tongue)
        page = profiles.customer_360("C2", "manager", "2026-03-05", book=opened(small() | {"waybills": small()["waybills"].iloc[:1]}, day="2026-03-31"))
        assert word in page._repr_html_() and page.summary() and page.section("value").fact("revenue_12_months").value == 0
        assert page.to_frame()["shown"].notna().all()
    assert Standing(np.zeros(1), np.zeros(1), np.zeros(1)).of(0) == {}
