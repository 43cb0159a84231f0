"""Everything that breaks a contract is found at once, each with its place and its mend, in the active language."""

import re

import numpy as np
import pandas as pd
import pandera.errors
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from own_tables import small_firm, write_csv

from crmlib import i18n
from crmlib.company.company import Company
from crmlib.company.schema import TABLES
from crmlib.company.validation import settled_table


@pytest.fixture(autouse=True)
def english():
    before = i18n.language()
    i18n.use_language("en")
    yield
    i18n.use_language(before)


@pytest.fixture(scope="module")
def firm():
    return small_firm()


def _spoilt(firm, table, rows, **values):
    frame = firm.tables[table].astype(object)
    for column, value in values.items():
        frame.loc[rows, column] = value
    return Company(**dict(firm.tables) | {table: frame}, about=dict(firm.about))


def _problems(company):
    return {(line.table, line.column): line for line in company.validate().table.itertuples()}


def test_a_sound_firm_has_no_problem(firm):
    report = firm.validate()
    assert report.ok and report.table.empty
    assert report.summary().startswith("No problem was found. Tables and rows looked at: customers (25), waybills (")
    assert "customers.salesperson_id → salespeople" in report.summary()


@pytest.mark.parametrize(("table", "column", "value", "problem", "mend"), [
    ("customers", "market", "moon", "Unknown value(s): moon.", "Write one of e_commerce, corporate, walk_in."),
    ("customers", "name", None, "Nothing is entered.", "Fill it in or take the rows out."),
    ("customers", "expected_growth", -2, "Below -1 or no finite number: -2.0.", "Correct the rows"),
    ("customers", "expected_growth", "much", "Some values cannot be read as number: much.", "Correct the cells"),
    ("customers", "monthly_account", "maybe", "Some values cannot be read as yes or no: maybe.", "Correct the cells"),
    ("customers", "monthly_account", None, "Nothing is entered.", "Fill it in"),
    ("customers", "opened_on", "soon", "Some values cannot be read as date: soon.", "Write days as 2024-03-05"),
    ("waybills", "customer_id", "C99999", "Not in the table customers: C99999.", "Add the missing entries to customers"),
    ("waybills", "price_yuan", np.inf, "Below 0 or no finite number: inf.", "Correct the rows"),
    ("waybills", "delivered_at", "2001-01-01", "It lies before picked_up_at, which comes first: 2001-01-01", "Find out which"),
    ("waybills", "picked_up_at", "2001-01-32", "Some values cannot be read as date and time: 2001-01-32.", "Write days"),
])  # fmt: skip
def test_each_problem_names_its_place_and_its_mend(firm, table, column, value, problem, mend):
    line = _problems(_spoilt(firm, table, [1, 4], **{column: value}))[table, column]
    keys = firm.tables[table].iloc[[1, 4], 0]
    assert (line.rows, line.first_rows) == (2, ", ".join(keys))
    assert problem in line.problem and mend in line.mend


def test_a_key_that_stands_twice(firm):
    line = _problems(_spoilt(firm, "waybills", [3, 7], waybill_id="W1"))["waybills", "waybill_id"]
    assert (line.rows, line.first_rows) == (2, "4, 8") and "W1 stand(s) more than once" in line.problem


def test_days_after_the_end_of_the_data_unless_they_may_lie_ahead(firm):
    late = pd.Timestamp(firm.about["end"]) + pd.Timedelta(days=2)
    spoilt = _spoilt(firm, "waybills", [0], delivered_at=late)
    assert "After 2025-02-01, the end of the data" in _problems(spoilt)["waybills", "delivered_at"].problem
    assert _spoilt(firm, "waybills", [0], promised_at=late).validate().ok
    without_end = Company(customers=firm.customers, waybills=spoilt.waybills)
    assert without_end.validate().ok


def test_missing_and_unknown_columns(firm):
    changed = Company(customers=firm.customers.drop(columns=["name", "expected_growth"]).assign(nome="x"))
    found = _problems(changed)
    assert found["customers", "name"].mend == "Add it: Name of the shop, organisation or person; all invented."
    assert ("customers", "expected_growth") not in found
    assert found["customers", "nome"].mend == "Rename it if it is one of name, expected_growth; else take it out."


def test_one_bad_cell_does_not_hide_what_else_is_wrong(firm):
    spoilt = firm.waybills.astype(object)
    spoilt.loc[0, "price_yuan"], spoilt.loc[1, "price_yuan"], spoilt.loc[2, "price_yuan"] = "cheap", -1, None
    lines = Company(customers=firm.customers, waybills=spoilt).validate().table
    assert [(line.rows, line.first_rows[-1]) for line in lines.itertuples()] == [(1, "1"), (1, "3"), (1, "2")]
    assert ["read" in line.problem or "entered" in line.problem or "Below" in line.problem for line in lines.itertuples()] == [True] * 3


def test_opening_tells_all_of_it_at_once_and_unchecked_opening_loses_nothing(firm, tmp_path):
    write_csv(_spoilt(firm, "waybills", [0], price_yuan=-1, product="fast", picked_up_at="soon"), tmp_path)
    with pytest.raises(ValueError) as refused:
        Company.open(tmp_path)
    for column in ("price_yuan", "product", "picked_up_at"):
        assert f"column {column}, 1 row(s)" in str(refused.value)
    opened = Company.open(tmp_path, check=False)
    assert opened.validate().summary() == str(refused.value)
    assert opened.waybills.picked_up_at[0] == "soon" and len(opened.waybills) == len(firm.waybills)
    pd.testing.assert_series_equal(opened.waybills.weight_kg, firm.waybills.weight_kg)


def test_rows_of_a_text_file_that_are_longer_or_shorter_than_the_headings(firm, tmp_path):
    write_csv(firm, tmp_path)
    path = tmp_path / "customers.csv"
    lines = path.read_text("utf-8").splitlines()
    lines[1] += ",beyond"
    lines[2] = lines[2].split(",")[0]
    path.write_text("\n".join([*lines, "", ""]), "utf-8")
    opened = Company.open(tmp_path, check=False)
    assert len(opened.customers) == len(firm.customers)
    told = opened.validate().summary()
    assert "Table customers, 1 row(s), first 1: The row has more cells than there are headings: beyond." in told
    assert "Table customers, 1 row(s), first 2: The row has fewer cells than there are headings" in told


def test_two_headings_for_one_column(firm, tmp_path):
    firm.customers.assign(**{"客户名称": "another"}).to_csv(tmp_path / "customers.csv", index=False)
    opened = Company.open(tmp_path, check=False)
    assert opened.customers.name.equals(firm.customers.name) and set(opened.customers["客户名称"]) == {"another"}
    assert "Two headings mean this column: name, 客户名称." in opened.validate().summary()


def test_the_report_speaks_the_active_language(firm):
    spoilt = _spoilt(firm, "waybills", [0], price_yuan=-1)
    english = spoilt.validate()
    i18n.use_language("zh")
    assert english.table.problem[0].startswith("Below")
    assert re.search("[\u4e00-\u9fff]", TABLES["waybills"].zh) and spoilt.validate().table.rows.tolist() == [1]


COLUMNS = st.sampled_from([(name, column.name) for name in ("customers", "waybills") for column in TABLES[name].columns])
WORDS = st.sampled_from(["", "east", "C00001", "W000000001", "nobody", "2024-12-01", "yes", -1, 0, 1e9])
VALUES = st.none() | st.floats(allow_nan=False) | WORDS


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=COLUMNS, value=VALUES, rows=st.lists(st.integers(0, 20), min_size=1, max_size=3, unique=True))
def test_the_report_agrees_with_pandera_about_each_column(firm, place, value, rows):
    table, column = place
    spoilt = _spoilt(firm, table, rows, **{column: value})
    mine = {line.column for line in spoilt.validate().table.itertuples() if line.table == table and "lies before" not in line.problem
            and "Not in the table" not in line.problem and "the end of the data" not in line.problem}  # fmt: skip
    frame, bad = settled_table(spoilt.tables[table], TABLES[table])
    if bad:
        assert mine == set(bad)
        return
    try:
        TABLES[table].pandera_schema().validate(frame, lazy=True)
        theirs = set()
    except pandera.errors.SchemaErrors as errors:
        theirs = set(errors.failure_cases["column"])
    assert mine == theirs
