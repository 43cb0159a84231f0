"""What own data may lack: it is filled in and told; what cannot be had is asked for, column by column, and never ends in a traceback."""

import pandas as pd
import pytest
from own_tables import small_firm, write_csv

from crmlib import i18n
from crmlib.company.company import Company
from crmlib.company.schema import TABLES

COLUMNS = [(name, column.name) for name in ("customers", "waybills") for column in TABLES[name].columns]


@pytest.fixture(autouse=True)
def english():
    before = i18n.language()
    i18n.use_language("en")
    yield
    i18n.use_language(before)


@pytest.fixture(scope="module")
def firm():
    return small_firm()


def _without(firm, table, *columns):
    return Company(**dict(firm.tables) | {table: firm.tables[table].drop(columns=list(columns))}, about=dict(firm.about))


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[".".join(pair) for pair in COLUMNS])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_column_less_is_filled_or_asked_for(firm, tmp_path, table, column, language):
    i18n.use_language(language)
    folder = write_csv(_without(firm, table, column), tmp_path)
    contract = TABLES[table][column]
    if contract.nullable or contract.told_by:
        opened = Company.open(folder)
        assert f"{table}.{column}" in opened.validate().summary() and opened.validate().ok
        assert opened.tables[table].columns.tolist() == TABLES[table].names
    else:
        with pytest.raises(ValueError) as refused:
            Company.open(folder)
        assert column in str(refused.value) and (contract.meaning_zh if language == "zh" else contract.meaning_en) in str(refused.value)
        assert column not in Company.open(folder, check=False).tables[table]


def test_the_status_is_told_by_the_delivery(firm, tmp_path):
    lacking = _without(firm, "waybills", "status")
    opened = Company.open(write_csv(lacking, tmp_path / "own"))
    assert opened.waybills.status.equals(firm.waybills.delivered_at.notna().map({True: "signed", False: "under_way"}).astype("str").astype(
        opened.waybills.status.dtype))  # fmt: skip
    assert "waybills.status (told by delivered_at)" in opened.validate().summary()
    lacking.save(tmp_path / "copy")
    pd.testing.assert_frame_equal(Company.open(tmp_path / "copy").waybills, opened.waybills)
    assert Company.open(tmp_path / "copy").validate().filled == ()


def test_without_what_would_tell_it_a_column_is_asked_for(firm, tmp_path):
    folder = write_csv(_without(firm, "waybills", "status", "delivered_at"), tmp_path)
    with pytest.raises(ValueError, match="Table waybills, column status: The column is missing. Add it: Where the parcel stands"):
        Company.open(folder)
    assert "waybills.delivered_at (empty)" in Company.open(folder, check=False).validate().summary()


def test_the_same_is_told_of_a_firm_made_by_hand(firm):
    lacking = _without(firm, "customers", "expected_growth", "salesperson_id")
    assert lacking.validate().ok
    assert lacking.validate().filled == ("customers.salesperson_id (empty)", "customers.expected_growth (empty)")
    assert "expected_growth" not in lacking.customers
