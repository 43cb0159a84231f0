"""The thirteen records: complete, filled without looking ahead, and honest about their age."""

import importlib

import numpy as np
import pandas as pd
import pytest

import crmlib as crm
from crmlib.profiles.known_tables import KnownTables
from crmlib.profiles.record_kinds import records

DAY = pd.Timestamp("2026-06-01")
TIERS = (1000, 3000, 10000)


@pytest.fixture(scope="module")
def firm():
    return dict(crm.company.lark().tables)


@pytest.fixture(scope="module")
def cut(firm):
    """The same firm, had its data ended on the day."""
    return {name: table.drop(columns=[one for one in ("monthly_account", "expected_growth") if one in table])
            for name, table in ((name, KnownTables(firm, DAY)[name]) for name in firm)}  # fmt: skip


def test_the_textbook_s_thirteen_are_all_there():
    for tongue in ("zh", "en"):
        crm.setup(tongue)
        table = crm.profiles.record_kinds()
        assert len(table) == 13
        assert table[["record_name", "answers", "tables", "update_rule", "lesson", "filled_by"]].ne("").all().all()
    assert set(table["owner_role"]) <= set(crm.privacy.ROLES)
    assert table.loc["satisfaction", "data_class"] in ("personal", "sensitive", "internal")
    for call in table["filled_by"]:
        part, name = call.split(".")[1:]
        assert callable(getattr(importlib.import_module(f"crmlib.{part}"), name))
    for names in table["tables"]:
        assert set(names.split(", ")) <= set(crm.company.TABLES)


@pytest.mark.parametrize("kind", list(records()))
def test_a_record_is_filled_by_what_was_known(firm, cut, kind):
    options = {"tiers": TIERS} if "key" in kind else {}
    table = crm.profiles.fill(firm, kind, as_of=DAY, **options)
    assert len(table) > 20
    assert table.index.is_unique
    assert table.index.name == "customer_id"
    assert all(column.dropna().lt(DAY + pd.Timedelta(days=1)).all() for __, column in table.select_dtypes("datetime").items())
    pd.testing.assert_frame_equal(table, crm.profiles.fill(cut, kind, as_of=DAY, **options))


def test_records_by_hand(firm):
    bills = firm["waybills"]
    year = bills[(bills["picked_up_at"] >= "2025-06-01") & (bills["picked_up_at"] < DAY)]
    assert crm.profiles.fill(firm, "consumption", as_of=DAY)["revenue_yuan"].sum() == pytest.approx(year["price_yuan"].sum())
    archive = crm.profiles.fill(firm, "archive", as_of=DAY)
    assert archive["cases_count"].sum() == (firm["cases"]["opened_at"] < DAY).sum()
    said = crm.profiles.fill(firm, "satisfaction", as_of=DAY)
    assert set(said.index) == set(firm["surveys"].loc[firm["surveys"]["answered_on"] < DAY, "customer_id"])
    assert (said.loc[said["recommend_group"] == "promoter", "recommend"] >= 9).all()


def test_nobody_is_listed_by_a_machine(firm):
    proposed = crm.profiles.fill(firm, "blacklist", as_of=DAY)
    assert set(proposed["list_state"]) == {"to_decide"}
    black = crm.credit.Blacklist().add(proposed.index[0], reason="persistent_arrears", evidence="V000123", on="2026-05-20", by="E. Li")
    decided = crm.profiles.fill(firm, "blacklist", as_of=DAY, blacklist=black)
    assert decided["list_state"].value_counts()["listed"] == 1
    assert len(decided) == len(proposed)


def test_freshness_counts_what_is_old(firm):
    crm.setup("en")
    found = crm.profiles.freshness(firm, as_of=DAY)
    row = found.table.loc["satisfaction"]
    bills = firm["waybills"]
    with_us = set(bills.loc[(bills["picked_up_at"] >= "2025-06-01") & (bills["picked_up_at"] < DAY), "customer_id"])
    last = firm["surveys"][firm["surveys"]["answered_on"] < DAY].groupby("customer_id")["answered_on"].max().reindex(sorted(with_us))
    assert row["customers"] == len(with_us)
    assert row["never"] == last.isna().sum()
    assert row["out_of_date"] == (last < DAY - pd.Timedelta(days=365)).sum()
    assert (found.table[["current", "out_of_date", "never"]].sum(axis=1) == found.table["customers"]).all()
    assert found.table.loc["arrears", "out_of_date"] == 0
    assert np.isnan(found.table.loc["arrears", "median_age_days"])
    assert "2026-06-01" in found.summary()


def test_bad_questions_end_in_a_sentence(firm):
    crm.setup("en")
    with pytest.raises(ValueError, match="arrears"):
        crm.profiles.fill(firm, "arears", as_of=DAY)
    with pytest.raises(ValueError, match="table surveys"):
        crm.profiles.fill({"customers": firm["customers"]}, "satisfaction", as_of=DAY)
    with pytest.raises(ValueError, match="no date"):
        crm.profiles.freshness(firm, as_of="soon")
