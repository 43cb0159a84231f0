"""Who sees what: least privilege in every table, and nothing slips through a view."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlib import privacy
from crmlib.company import lark
from crmlib.company.schema import TABLES
from crmlib.privacy.leaks import find_leaks


@pytest.fixture(scope="module")
def firm():
    return lark()


def heads(firm, rows=12):
    return {name: getattr(firm, name).head(rows) for name in TABLES}


@pytest.mark.parametrize("role", privacy.ROLES)
def test_every_role_sees_every_table_without_what_is_hidden(firm, role):
    for name, frame in heads(firm).items():
        before = frame.copy()
        rights = privacy.visible(name, role)["treatment"]
        view = privacy.apply_view(frame, name, role, key="a secret of the class")
        assert set(view.columns) == set(rights.index[rights != "hidden"])
        pd.testing.assert_frame_equal(frame, before)
        for column in rights.index[rights == "masked"]:
            known = frame[column].notna()
            if column in ("text", "comment") or (name, column) == ("customers", "name") or not known.any() or not len(view):
                continue
            if pd.api.types.is_numeric_dtype(frame[column]) or pd.api.types.is_datetime64_any_dtype(frame[column]):
                assert view[column].nunique() <= frame[column].nunique()
            else:
                assert not set(view[column].dropna()) & set(frame.loc[known, column])


def test_least_privilege():
    rank = {"hidden": 0, "masked": 1, "full": 2}
    seen = {role: sum(rank[one] for name in TABLES for one in privacy.visible(name, role)["treatment"]) for role in privacy.ROLES}
    assert min(seen, key=seen.get) == "intern"
    ids = {role: privacy.visible("source_records", role).loc["id_number", "treatment"] for role in privacy.ROLES}
    assert [role for role, treatment in ids.items() if treatment == "full"] == ["privacy_officer"]
    assert privacy.visible("waybills", "agent").loc["cost_yuan", "treatment"] == "hidden"
    for role in privacy.ROLES:
        needed = privacy.needs(role)
        for name in set(TABLES) - set(needed):
            rights = privacy.visible(name, role)
            assert (rights.loc[rights["data_class"] != "public", "treatment"] == "hidden").all()


def test_order_volume_is_open_to_analysis_but_no_person(firm):
    key = "a secret of the class"
    parcels = privacy.apply_view(firm.waybills.head(3000), "waybills", "analyst", key=key)
    people = privacy.apply_view(firm.customers, "customers", "analyst", key=key)
    assert "name" not in people.columns
    counts = parcels["customer_id"].value_counts().to_numpy()
    assert np.array_equal(counts, firm.waybills.head(3000)["customer_id"].value_counts().to_numpy())
    joined = parcels.merge(people, on="customer_id")
    expected = firm.waybills.head(3000).merge(firm.customers, on="customer_id").groupby("market")["price_yuan"].sum()
    pd.testing.assert_series_equal(joined.groupby("market")["price_yuan"].sum(), expected)
    other = privacy.apply_view(firm.customers, "customers", "analyst", key="another secret")
    assert not set(other["customer_id"]) & set(people["customer_id"])
    assert find_leaks(people.head(200), firm.customers["customer_id"]).empty


def test_the_order_of_rows_tells_nothing(firm):
    frame = firm.waybills.head(200)
    shuffled = frame.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(privacy.apply_view(frame, "waybills", "intern"), privacy.apply_view(shuffled, "waybills", "intern"))


def test_index_and_attributes_do_not_leak(firm):
    frame = firm.customers.head(20).set_index("customer_id", drop=False).rename_axis("row")
    frame.attrs["note"] = "C00001 is 栖桉打印店"
    view = privacy.apply_view(frame, "customers", "intern")
    assert view.attrs == {} and find_leaks(view, frame[["customer_id", "name"]]).empty


def test_agents_see_firms_but_not_persons(firm):
    view = privacy.apply_view(firm.customers, "customers", "agent")
    person = firm.customers["nature"] == "individual"
    assert view.loc[person, "name"].str.contains("*", regex=False).all()
    assert (view.loc[~person, "name"] == firm.customers.loc[~person, "name"]).all()
    assert privacy.apply_view(firm.customers[["name"]], "customers", "agent")["name"].str.contains("*", regex=False).all()


def test_texts_are_redacted_for_the_analyst():
    cases = pd.DataFrame({"case_id": ["K1"], "text": ["请回电13800138000"]})
    assert "13800138000" in privacy.apply_view(cases, "cases", "agent").iloc[0]["text"]
    assert "13800138000" not in privacy.apply_view(cases, "cases", "analyst").iloc[0]["text"]


def test_columns_that_nobody_classed_are_refused_until_they_are():
    table = pd.DataFrame({"customer_id": ["C00001"], "revenue_yuan": [123.0], "nickname": ["小王"]})
    with pytest.raises(ValueError, match="revenue_yuan"):
        privacy.apply_view(table, "customers", "analyst")
    view = privacy.apply_view(table, "customers", "agent", classes={"revenue_yuan": "internal", "nickname": "personal"})
    assert list(view.columns) == ["customer_id", "revenue_yuan"]
    with pytest.raises(ValueError, match="secret"):
        privacy.apply_view(table, "customers", "agent", classes={"revenue_yuan": "secret", "nickname": "personal"})


@pytest.mark.parametrize(("call", "word"), [
    (lambda: privacy.visible("customers", "boss"), "boss"), (lambda: privacy.visible("clients", "agent"), "clients"),
    (lambda: privacy.apply_view(pd.DataFrame([[1, 2]], columns=["name", "name"]), "customers", "agent"), "name"),
    (lambda: privacy.apply_view(pd.DataFrame({"customer_id": ["C1"]}), "customers", "analyst", key="x"), "short"),
    (lambda: privacy.needs(None), "None"),
])  # fmt: skip
def test_bad_input_ends_in_a_sentence(call, word):
    with pytest.raises(ValueError, match=word):
        call()


def test_empty_and_missing():
    empty = TABLES["contacts"].names
    assert privacy.apply_view(pd.DataFrame(columns=empty), "contacts", "agent").empty
    row = pd.DataFrame({"name": [None, "李安"], "phone": [None, "129****5678"]})
    assert privacy.apply_view(row, "contacts", "agent")["phone"].isna().tolist() == [True, False]
    assert privacy.apply_view(row, "contacts", "intern").empty


def test_a_view_is_for_those_whose_pledge_holds():
    people = pd.DataFrame({"contact_id": ["P1"], "customer_id": ["C1"], "name": ["郭若清"], "phone": ["129****5678"]})
    signed = privacy.sign_pledge(None, "A001", "2025-11-02 09:00")

    def view(**asked):
        return privacy.apply_view(people, "contacts", "agent", key="a secret of the class", **asked)

    pd.testing.assert_frame_equal(view(person="A001", pledges=signed, at="2026-11-02 09:00"), view())
    for asked in (
        {"person": "A002", "pledges": signed},
        {"person": "A001"},
        {"person": "A001", "pledges": signed.head(0)},
        {"person": "A001", "pledges": signed, "at": "2026-11-02 09:01"},
        {"person": "A001", "pledges": signed, "at": "2025-11-01"},
        {"person": "A001", "pledges": signed.assign(text_digest="0")},
    ):
        with pytest.raises(ValueError, match=f"{asked['person']} has no pledge of confidentiality that holds"):
            view(**{"at": "2026-01-01"} | asked)
    with pytest.raises(ValueError, match="person must be a staff number"):
        view(pledges=signed, at="2026-01-01")


def test_without_a_moment_the_pledge_must_hold_now():
    people = pd.DataFrame({"contact_id": ["P1"], "name": ["郭若清"]})
    now = pd.Timestamp.now()
    signed, not_yet = (privacy.sign_pledge(None, "A001", moment) for moment in (now, now + pd.Timedelta(days=1)))
    assert len(privacy.apply_view(people, "contacts", "agent", person="A001", pledges=signed)) == 1
    with pytest.raises(ValueError, match="no pledge"):
        privacy.apply_view(people, "contacts", "agent", person="A001", pledges=not_yet)
