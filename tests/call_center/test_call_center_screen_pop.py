"""The screen pop: every number ends well, nothing later than the call is shown, nobody sees more than the work needs, and DuckDB says the
same as arrays."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import call_center
from crmlib.company import lark
from crmlib.i18n import use_language
from crmlib.privacy import find_leaks
from crmlib.privacy.masking import hidden_digits, hidden_name

TABLES = ("customers", "contacts", "source_records", "waybills", "cases", "calls")
LISTS = ("candidates", "parcels", "cases", "recipients", "calls")


@pytest.fixture(scope="module")
def firm():
    return lark()


@pytest.fixture(scope="module")
def recipients(firm):
    return call_center.simulated_recipients(firm.waybills, seed=1)


@pytest.fixture(scope="module")
def book(firm, recipients):
    return call_center.caller_book(firm, recipients=recipients)


@pytest.fixture(scope="module")
def rung(firm, book, recipients):
    """Some calls of the firm with the numbers that they may have come from."""
    some = firm.calls.iloc[::350]
    return some.assign(number=call_center.simulated_caller_numbers(some, book.numbers, recipients).to_numpy())


def small(**more):
    """Two customers behind one landline, one of whom has a mobile; one parcel on the way, one delivered later, one case."""
    day = pd.Timestamp("2026-11-02 09:00")
    tables = {
        "customers": pd.DataFrame(
            {
                "customer_id": ["C1", "C2"],
                "name": ["<b>铺子</b>", "高锦映"],
                "market": ["e_commerce", "walk_in"],
                "nature": ["group", "individual"],
            }
        ),
        "waybills": pd.DataFrame(
            {
                "waybill_id": ["W1", "W2"],
                "customer_id": ["C1", "C2"],
                "picked_up_at": [day, day],
                "price_yuan": [9.0, 8.0],
                "delivered_at": [pd.NaT, day + pd.Timedelta(days=2)],
                "promised_at": [day + pd.Timedelta(days=1)] * 2,
            }
        ),
        "cases": pd.DataFrame(
            {
                "case_id": ["K1"],
                "customer_id": ["C1"],
                "waybill_id": ["W1"],
                "opened_at": [day + pd.Timedelta(hours=5)],
                "resolved_at": [day + pd.Timedelta(days=3)],
                "kind": ["complaint"],
                "cause": ["delay"],
                "grade": ["ordinary"],
            }
        ),
        "recipients": pd.DataFrame(
            {"waybill_id": ["W1", "W2"], "recipient_name": ["王若清", "李安"], "recipient_phone": ["12900000001"] * 2}
        ),
    }
    directory = pd.DataFrame({"number": ["057102345678", "057102345678", "12912345678"], "customer_id": ["C1", "C2", "C1"],
                              "name": ["郭若清", None, "郭若清"], "role": ["owner", None, "owner"]})  # fmt: skip
    return call_center.caller_book(tables | more, directory=directory)


@pytest.mark.parametrize(
    "typed",
    ["12912345678", "１２９１２３４５６７８", "129 1234 5678", "129-1234-5678", "+86 129 1234 5678", "8612912345678", "0086-12912345678",
     "(+86)12912345678", " 129.1234.5678 ", 12912345678, 12912345678.0, np.int64(12912345678)],
)  # fmt: skip
def test_a_mobile_is_read_however_it_is_typed(typed):
    assert call_center.read_number(typed) == call_center.CallerNumber("mobile", "12912345678")


@pytest.mark.parametrize(
    ("typed", "extension"),
    [("057102345678", ""), ("0571-02345678", ""), ("(0571)02345678", ""), ("+86 571 0234 5678", ""), ("０５７１－０２３４５６７８", ""),
     ("0571-02345678-801", "801"), ("0571-02345678转801", "801"), ("0571 02345678 ext. 801", "801"), ("0571-02345678#801", "801"),
     ("0571-02345678 x801", "801"), ("+86-571-02345678-801", "801")],
)  # fmt: skip
def test_a_landline_is_read_with_its_extension(typed, extension):
    assert call_center.read_number(typed) == call_center.CallerNumber("landline", "057102345678", extension)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [(None, "withheld"), ("", "withheld"), (float("nan"), "withheld"), (pd.NA, "withheld"), ("Anonymous", "withheld"), ("未知号码", "withheld"),
     ("abc", "unreadable"), ("129", "service"), ("1291234567", "unreadable"), ("129123456789", "unreadable"), ("23456789", "unreadable"),
     ("129****5678", "masked"), ("+44 20 7946 0018", "foreign"), ("+", "unreadable"), ("95338", "service"), ("400-800-1234", "service"),
     (True, "unreadable"), (["x"], "unreadable")],
)  # fmt: skip
def test_whatever_the_exchange_shows_has_a_kind_and_a_card(typed, kind):
    assert call_center.read_number(typed).kind == kind
    pop = call_center.screen_pop(small(), typed)
    assert pop.status == {"withheld": "withheld", "unreadable": "unreadable"}.get(kind, "unknown" if kind != "masked" else pop.status)
    assert pop.next_step and pop.summary() in " ".join(str(pop).splitlines()).replace("→ ", "") and pop._repr_html_().startswith("<article")


@settings(max_examples=25, deadline=None)
@given(st.one_of(st.text(max_size=20), st.text("0123456789+-() 转*０１９", max_size=18), st.integers(-10, 10**15), st.floats()))
def test_no_number_is_refused_and_none_is_shown_whole(typed):
    read = call_center.read_number(typed)
    assert read.kind in ("mobile", "landline", "service", "foreign", "masked", "withheld", "unreadable")
    if read.kind in ("mobile", "landline"):
        assert call_center.read_number(read.digits).digits == read.digits
        assert read.shown().count("*") == 6 and len(read.shown()) == len(read.digits)


def test_several_customers_behind_a_number_are_told_apart_before_a_file_is_opened():
    book, at = small(), "2026-11-03 12:00"
    pop = call_center.screen_pop(book, "0571-02345678 转 801", at=at)
    assert (pop.status, pop.extension, pop.customer, len(pop.parcels)) == ("several", "801", {}, 0)
    assert pop.candidates[["customer_id", "match"]].values.tolist() == [["C1", "whole_number"], ["C2", "whole_number"]]
    assert pop.candidates["name"].tolist() == ["<b>铺子</b>", "高*映"]
    chosen = call_center.screen_pop(book, "0571-02345678", at=at, customer_id="C1")
    assert (chosen.status, chosen.parcels["waybill_id"].tolist(), chosen.cases["case_id"].tolist()) == ("found", ["W1"], ["K1"])
    assert "&lt;b&gt;" in chosen._repr_html_() and "<b>铺子" not in chosen._repr_html_()
    with pytest.raises(ValueError, match="C3 is not among the customers behind this number: C1, C2"):
        call_center.screen_pop(book, "0571-02345678", customer_id="C3")


def test_nothing_later_than_the_call_is_shown():
    book = small()
    early, late = (call_center.screen_pop(book, "12900000001", at=at) for at in ("2026-11-02 10:00", "2026-11-05 10:00"))
    assert early.parcels["state"].tolist() == ["on_the_way"] * 2 and not early.parcels["late"].any() and early.cases.empty
    assert early.parcels["delivered_at"].isna().all()
    assert late.parcels.set_index("waybill_id")["state"].to_dict() == {"W1": "on_the_way", "W2": "delivered"}
    assert late.parcels["late"].all() and late.cases["case_id"].tolist() == []
    between = call_center.screen_pop(book, "12900000001", at="2026-11-03 10:00")
    assert between.cases["case_id"].tolist() == ["K1"] and between.cases["resolved_at"].isna().all()
    assert call_center.screen_pop(book, "12900000001", at="2026-11-02 08:59").status == "unknown"
    assert call_center.screen_pop(book, "12900000001", at="2027-11-02").status == "unknown"


def test_an_addressee_learns_nothing_of_the_sender():
    pop = call_center.screen_pop(small(), "12900000001", at="2026-11-03 10:00", viewer="team_leader")
    assert (pop.caller, pop.status, pop.customer) == ("recipient", "found", {}) and pop.recipients.empty and pop.candidates.empty
    assert set(pop.parcels["side"]) == {"received"}


@pytest.mark.parametrize("viewer", ["bot", "agent", "team_leader"])
def test_each_viewer_sees_what_the_rights_say(viewer):
    pop = call_center.screen_pop(small(), "12912345678", at="2026-11-03 10:00", viewer=viewer)
    rights = call_center.pop_rights()[viewer]
    shown = str(pop) + pop._repr_html_() + repr([getattr(pop, name).to_dict("list") for name in LISTS]) + repr(pop.customer)
    assert ("129 1234 5678" in shown) == (rights["phone"] == "full") and "12912345678" not in shown
    assert ("郭若清" in shown) == (rights["contact_name"] == "full") and ("王若清" in shown) == (rights["recipients"] == "full")
    assert ("王*清" in shown) == (rights["recipients"] == "masked") and ("铺子" in shown) == (rights["customer_name"] != "hidden")
    assert ("revenue_yuan" in pop.customer) == (rights["revenue_yuan"] == "full") and bool(len(pop.cases)) == (rights["cases"] != "hidden")
    assert ("class" in pop.customer) == (rights["class"] != "hidden") and pop.parcels["waybill_id"].tolist() == ["W1"]


def test_hiding_follows_the_standard():
    assert hidden_digits("12912345678") == "129******78" and hidden_digits("1234567") == "******7" and hidden_digits("110") == "***"
    assert [hidden_name(name) for name in ("郭若清", "李安", "欧阳若清", "安")] == ["郭*清", "李*", "欧*若清", "安*"]


def test_a_masked_number_is_never_certain_and_gives_way_to_the_very_number(book, firm, recipients):
    masked = book.numbers[book.numbers["masked"]].drop_duplicates("number", keep=False)
    whole = set(book.numbers["number"]) | set(recipients["recipient_phone"])
    row = next(row for row in masked.itertuples() if row.number.replace("****", "0000") not in whole)
    pop = call_center.screen_pop(book, row.number.replace("****", "0000"), at="2026-10-20")
    assert (pop.status, pop.certain, pop.customer["customer_id"]) == ("found", False, row.customer_id)
    assert call_center.screen_pop(book, row.number, viewer="bot").customer == {}
    assert call_center.screen_pop(book, row.number, customer_id=row.customer_id).certain
    assert book.chance_match == pytest.approx(masked["number"].nunique() / 10_000, abs=0.02)
    patterns = set(masked["number"])
    both = recipients[(recipients["recipient_phone"].str[:3] + "****" + recipients["recipient_phone"].str[-4:]).isin(patterns)].iloc[0]
    at = firm.waybills.set_index("waybill_id").loc[both["waybill_id"], "picked_up_at"] + pd.Timedelta(hours=1)
    pop = call_center.screen_pop(book, both["recipient_phone"], at=at)
    assert (pop.caller, pop.customer) == ("recipient", {}) and len(pop.candidates)


def test_the_simulated_callers_are_known_again(rung, book):
    pops = [call_center.screen_pop(book, row.number, at=row.arrived_at) for row in rung.itertuples()]
    right = [pop.customer.get("customer_id") == row.customer_id or row.customer_id in set(pop.candidates["customer_id"])
             for pop, row in zip(pops, rung.itertuples(), strict=True)]  # fmt: skip
    sender = (rung["role"] == "sender") & rung["customer_id"].notna() & rung["number"].notna()
    assert np.array(right)[sender.to_numpy()].all()
    about = [row.waybill_id in set(pop.parcels["waybill_id"]) for pop, row in zip(pops, rung.itertuples(), strict=True)]
    gets = (rung["role"] == "recipient") & rung["number"].notna()
    assert np.array(about)[gets.to_numpy()].mean() > 0.95
    assert all(pop.caller in ("recipient", "both") for pop, is_so in zip(pops, gets, strict=True) if is_so)
    prospects = rung["role"] == "prospect"
    assert all(pop.status == "unknown" for pop, is_so in zip(pops, prospects, strict=True) if is_so)


def test_parcels_on_the_way_are_those_of_the_waybills(firm, book):
    customer = firm.calls["customer_id"].value_counts().index[0]
    number = book.numbers.loc[book.numbers["customer_id"] == customer, "number"].iloc[0]
    bills = firm.waybills[firm.waybills["customer_id"] == customer]
    for at in pd.to_datetime(["2025-11-13 10:00", "2026-03-01 00:00", "2026-10-31 23:59"]):
        open_yet = bills["delivered_at"].isna() | (bills["delivered_at"] > at)
        expected = bills[(bills["picked_up_at"] <= at) & (bills["picked_up_at"] > at - pd.Timedelta(days=60)) & open_yet]
        pop = call_center.screen_pop(book, number, at=at, customer_id=customer)
        assert set(pop.on_the_way["waybill_id"]) == set(expected["waybill_id"])
        assert pop.on_the_way["late"].sum() == (expected["promised_at"] < at).sum()
        cases = firm.cases[(firm.cases["customer_id"] == customer) & (firm.cases["opened_at"] <= at)]
        assert set(pop.cases["case_id"]) == set(cases.loc[cases["resolved_at"].isna() | (cases["resolved_at"] > at), "case_id"])


@pytest.mark.parametrize("place", ["folder", "file", "connection"])
def test_duckdb_gives_the_same_answers(tmp_path, firm, book, recipients, rung, place):
    few = firm.waybills["waybill_id"].isin(rung["waybill_id"]) | (firm.waybills["picked_up_at"] >= "2026-10-25")
    tables = {name: firm.tables[name] for name in TABLES} | {"waybills": firm.waybills[few]}
    gets = recipients[few.to_numpy()]
    if place == "folder":
        for name, table in tables.items():
            table.to_parquet(tmp_path / f"{name}.parquet")
        gets.to_parquet(tmp_path / "addressees.parquet")
        other = call_center.caller_book(tmp_path, recipients=tmp_path / "addressees.parquet")
    else:
        connection = duckdb.connect(str(tmp_path / "firm.duckdb") if place == "file" else ":memory:")
        for name, table in (tables | {"recipients": gets}).items():
            connection.register("given", pl.from_pandas(table).to_arrow())
            connection.execute(f"CREATE TABLE {name} AS FROM given")
            connection.unregister("given")
        if place == "file":
            connection.close()
        other = call_center.caller_book(tmp_path / "firm.duckdb" if place == "file" else connection)
    ours = call_center.caller_book(tables, recipients=gets)
    assert (other.engine, ours.engine, other.summary()) == ("duckdb", "arrays", ours.summary())
    for row in rung.iloc[:: 2 if place == "folder" else 20].itertuples():
        pops = [call_center.screen_pop(each, row.number, at=row.arrived_at, viewer="team_leader") for each in (ours, other)]
        assert str(pops[0]) == str(pops[1])
        for name in LISTS:
            pd.testing.assert_frame_equal(*(getattr(pop, name) for pop in pops), check_dtype=False)


def test_the_card_speaks_both_languages(book, rung):
    row = rung[rung["number"].notna()].iloc[-1]
    pop = call_center.screen_pop(book, row["number"], at=row["arrived_at"])
    english = str(pop)
    use_language("zh")
    assert "来电弹屏" in str(pop) and "Incoming call" in english and "break-inside: avoid" in pop._repr_html_()
    assert not any(word in str(pop) for word in ("parcel", "promised", "customer"))


def test_the_directory_guesses_nothing(firm, book):
    directory = call_center.phone_directory(firm)
    contacts = directory[directory["source"] == "contacts"]
    assert len(contacts) == len(firm.contacts) and contacts["masked"].all()
    records = directory[directory["source"] == "source_records"]
    names = firm.customers.set_index("customer_id")["name"]
    assert records["customer_id"].map(names).isin(firm.source_records["name"]).all() and not records["masked"].any()
    assert not directory.duplicated(["number", "customer_id"]).any()


def test_simulated_recipients_come_back_and_are_the_same_every_time(firm, recipients):
    few = firm.waybills.iloc[:2000]
    pd.testing.assert_frame_equal(*(call_center.simulated_recipients(few, seed=1) for _turn in range(2)))
    assert recipients["recipient_phone"].str.fullmatch(r"129\d{8}").all() and not recipients["recipient_phone"].isna().any()
    assert recipients.groupby("recipient_phone")["recipient_name"].nunique().max() == 1
    assert 2 < recipients["recipient_phone"].value_counts().mean() < 8


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        (lambda: call_center.screen_pop("book", "1"), "make one first"),
        (lambda: call_center.screen_pop(small(), "1", viewer="boss"), "viewer is boss"),
        (lambda: call_center.screen_pop(small(), "1", at="soon"), "soon"),
        (lambda: call_center.caller_book({"customers": pd.DataFrame({"customer_id": [], "name": []})}), "Missing: waybills"),
        (lambda: call_center.caller_book(3), "not from 3"),
        (lambda: call_center.caller_book("/no/such/place"), "no folder of Parquet"),
        (lambda: small(customers=pd.DataFrame({"customer_id": ["C1", "C1"], "name": "a"})), "stands twice"),
        (lambda: small(waybills=pd.DataFrame({"waybill_id": ["W1"]})), "lacks the column"),
        (
            lambda: small(recipients=pd.DataFrame({"waybill_id": ["W1"], "recipient_name": "a", "recipient_phone": "129 1"})),
            "no plain number",
        ),
        (lambda: call_center.phone_directory({}), "table of customers"),
    ],
)
def test_what_is_no_book_is_refused(work, sentence):
    with pytest.raises(ValueError, match=sentence):
        work()


def test_the_agents_card_hides_nothing_behind_its_masks(book, firm):
    known = firm.source_records.dropna(subset=["mobile", "contact_name"])
    for record in known[known["contact_name"].str.len() == 3].head(3).itertuples():
        card = call_center.screen_pop(book, record.mobile, viewer="agent")
        assert find_leaks(card, {"mobile": [record.mobile], "name": [record.contact_name], "address": [record.address]}).empty
