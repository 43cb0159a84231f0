"""The contracts: complete in both languages, and strict about types and values."""

import re

import numpy as np
import pandas as pd
import pandera.errors
import pytest

import crmlib as crm
from crmlib import i18n
from crmlib.company.schema import DERIVED, DTYPES, TABLES, conform, label
from crmlib.company.validation import check_tables

UNITS = {"", "date", "datetime", "share_per_year", "share", "kg", "yuan", "count", "points", "months", "days", "hours", "minutes", "seconds"}
UNITS |= {"weekday", "ratio"}
COLUMNS = [(table.name, column) for table in TABLES.values() for column in table.columns]
COLUMNS += [("derived", column) for column in DERIVED.values()]
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def tables():
    firm = crm.company.lark()
    some = firm.waybills.head(50)
    return {"customers": firm.customers[firm.customers.customer_id.isin(some.customer_id)].reset_index(drop=True), "waybills": some}


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[f"{table}.{column.name}" for table, column in COLUMNS])
def test_every_column_is_described_in_both_languages(table, column):
    assert CHINESE.search(column.zh) and CHINESE.search(column.meaning_zh)
    assert column.en and column.meaning_en and not CHINESE.search(column.en + column.meaning_en)
    assert column.unit in UNITS and column.dtype in DTYPES
    assert bool(column.unit) == (column.dtype in ("number", "date", "datetime"))
    assert (column.dtype == "category") == bool(column.values)
    for value in column.values:
        symbol = len(value.zh) == 1 and value.zh == value.en  # the letter of a formula is the same in both languages
        assert symbol or (CHINESE.search(value.zh) and value.en and not CHINESE.search(value.en))
    assert len(set(column.categories)) == len(column.categories)


def test_each_table_has_one_key_and_its_references_exist():
    for table in TABLES.values():
        assert sum(column.key for column in table.columns) == 1
        for column in table.columns:
            if column.ref:
                other, key = column.ref.split(".")
                assert TABLES[other].key == key


def test_a_value_has_one_label_in_all_columns_of_one_name():
    named = {}
    for table in TABLES.values():
        for column in table.columns:
            for value in column.values:
                assert named.setdefault((column.name, value.code), (value.zh, value.en)) == (value.zh, value.en)


def test_label_follows_the_language():
    assert label("e_commerce") == "e-commerce customer"
    i18n.use_language("zh")
    assert label("e_commerce") == "电商客户"
    assert label("price_yuan") == "运费收入"
    assert label("waybills") == "运单表"


def test_label_tells_apart_one_code_in_two_columns():
    assert label("domestic", "scope") == "other cities"
    assert label("domestic", "location") == "domestic customer"
    assert label("whatever") == "whatever"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_label_with_column_and_table_is_never_another_things(language):
    """Whatever two tables or columns call alike, the label asked for by its place is that of the place."""
    i18n.use_language(language)
    for table in TABLES.values():
        assert label(table.name) == getattr(table, language)
        for column in table.columns:
            assert label(column.name, table=table.name) == getattr(column, language)
            for value in column.values:
                assert label(value.code, column.name) == label(value.code, column.name, table=table.name) == getattr(value, language)
    for column in DERIVED.values():
        for value in column.values:
            assert label(value.code, column.name) == getattr(value, language)


def test_label_tells_apart_columns_of_one_name_in_two_tables():
    assert (label("price_yuan"), label("price_yuan", table="quotes")) == ("price", "price quoted")
    assert (label("points"), label("points", table="points")) == ("points ledger", "change in points")


def test_glossary_terms_and_labels_agree():
    glossary = i18n.glossary()
    terms = {code: f"{code}_customer" for code in ("corporate", "walk_in", "loyal", "new", "potential", "lost")}
    for code, key in {"e_commerce": "ecommerce_customer", **terms}.items():
        assert label(code) == glossary[key].en
        i18n.use_language("zh")
        assert label(code) == glossary[key].zh
        i18n.use_language("en")


def test_the_shipped_firm_keeps_its_contract():
    check_tables(crm.company.lark().tables)


def test_pandera_itself_refuses_a_broken_table(tables):
    broken = tables["waybills"].assign(price_yuan=-1.0)
    with pytest.raises(pandera.errors.SchemaError):
        TABLES["waybills"].pandera_schema().validate(broken)


def test_types_do_not_depend_on_how_the_values_came():
    plain = pd.DataFrame({
        "waybill_id": ["W1", "W2"], "customer_id": ["C1", "C1"], "picked_up_at": ["2025-01-01 10:00", "2025-01-02 11:30:15"],
        "product": ["economy", "express"], "scope": ["same_city", "domestic"], "destination_region": ["east", "west"],
        "weight_kg": ["1", "2.5"], "price_yuan": [8, 9], "cost_yuan": [4, None], "delivered_at": [None, None],
        "promised_at": [pd.Timestamp("2025-01-03"), pd.Timestamp("2025-01-04")], "status": ["under_way", "lost"],
    })  # fmt: skip
    table = conform(plain[plain.columns[::-1]], TABLES["waybills"])
    assert table.columns.tolist() == TABLES["waybills"].names
    assert table.dtypes.tolist() == [DTYPES[column.dtype] for column in TABLES["waybills"].columns]
    assert table.weight_kg.tolist() == [1.0, 2.5]
    assert plain.price_yuan.tolist() == [8, 9]


@pytest.mark.parametrize(("values", "first"), [
    ([45000, 45001], "45000, 45001 in row 1, 2"), (["2025-01-01", "soon"], "soon in row 2"),
    (["2025-01-01", 7], "7 in row 2")])  # fmt: skip
def test_a_day_that_is_no_day_is_refused(tables, values, first):
    broken = tables["waybills"].head(2).assign(picked_up_at=values)
    with pytest.raises(ValueError, match=f"picked_up_at: some values cannot be read as date and time, first {first}"):
        conform(broken, TABLES["waybills"])


def test_yes_and_no_are_read_from_numbers_but_not_from_anything_else(tables):
    asked = conform(tables["customers"].assign(monthly_account=1), TABLES["customers"])
    assert asked.monthly_account.all() and asked.monthly_account.dtype == bool
    with pytest.raises(ValueError, match="monthly_account.*maybe"):
        conform(tables["customers"].assign(monthly_account="maybe"), TABLES["customers"])


def test_missing_and_unknown_columns_are_named(tables):
    with pytest.raises(ValueError, match="Missing: price_yuan. Unknown: prise."):
        conform(tables["waybills"].rename(columns={"price_yuan": "prise"}), TABLES["waybills"])


def _spoil(table, column, value, rows=(0,)):
    def change(tables):
        spoilt = tables[table].copy()
        spoilt.loc[list(rows), column] = value
        return tables | {table: conform(spoilt, TABLES[table])}

    return change


@pytest.mark.parametrize(("change", "sentence"), [
    (_spoil("waybills", "price_yuan", -1.0), r"waybills, column price_yuan, 1 .*, first W000000001: Below 0 .*: -1\.0"),
    (_spoil("waybills", "price_yuan", np.inf), "column price_yuan.*: Below 0 or no finite number: inf"),
    (_spoil("waybills", "weight_kg", 0.0, (3, 5)), r"weight_kg, 2 row\(s\), first W000000004, W000000006: Below 0\.01 "),
    (_spoil("waybills", "cost_yuan", np.nan), r"cost_yuan, 1 row\(s\), first W000000001: Nothing is entered"),
    (_spoil("waybills", "product", "fast"), r"product, .*: Unknown value\(s\): fast. Write one of economy, standard, express"),
    (_spoil("waybills", "waybill_id", "W000000002"), r"waybill_id, 2 row\(s\), first 1, 2: It must identify a row, but W000000002 "),
    (_spoil("waybills", "waybill_id", None), r"waybill_id, 1 row\(s\), first 1: Nothing is entered"),
    (_spoil("waybills", "customer_id", "C99999"), "customer_id, 1 row.*, first W000000001: Not in the table customers: C99999"),
    (_spoil("customers", "market", None), "column market, .*: Nothing is entered"),
    (_spoil("customers", "expected_growth", -1.5), "expected_growth, .*: Below -1 "),
])  # fmt: skip
def test_a_broken_row_is_named_in_a_sentence(tables, change, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_tables(change(tables))


def test_what_may_be_empty_may_be_empty(tables):
    check_tables(_spoil("waybills", "delivered_at", pd.NaT)(tables))
    check_tables(_spoil("customers", "salesperson_id", None)(tables))


def test_the_package_loads_nothing_heavy_for_the_shipped_firm():
    import subprocess
    import sys

    code = "import sys, crmlib as crm; crm.company.lark(); print(sorted({'pandera', 'sqlalchemy', 'openpyxl'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
