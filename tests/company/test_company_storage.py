"""A firm comes back as it was from every kind of place, and a broken place is told in a sentence."""

import sqlite3

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.company.company import Company
from crmlib.company.schema import TABLES, conform

PLACES = ["firm", "firm.xlsx", "firm.sqlite", "sqlite:///{folder}/firm.db", "firm.duckdb", "duckdb:///{folder}/firm.db"]


@pytest.fixture(scope="module")
def firm():
    return crm.company.simulate(customers=25, months=3, seed=11)[0]


def _place(name, folder):
    return name.format(folder=folder) if "://" in name else folder / name


def _assert_same(left, right):
    assert list(left.tables) == list(right.tables)
    for name in left.tables:
        pd.testing.assert_frame_equal(left.tables[name], right.tables[name])
    assert dict(left.about) == dict(right.about)


@pytest.mark.parametrize("name", PLACES)
def test_values_and_types_come_back(firm, name, tmp_path):
    place = _place(name, tmp_path)
    firm.save(place)
    _assert_same(firm, Company.open(place))


@pytest.mark.parametrize("name", PLACES)
def test_a_firm_without_waybills_comes_back(firm, name, tmp_path):
    empty = Company(customers=firm.customers, waybills=firm.waybills.head(0), about={"name": "空"})
    place = _place(name, tmp_path)
    empty.save(place)
    _assert_same(empty, Company.open(place))


@pytest.mark.parametrize("name", PLACES)
def test_what_is_there_is_not_overwritten_unasked(firm, name, tmp_path):
    place = _place(name, tmp_path)
    firm.save(place)
    smaller = Company(customers=firm.customers, waybills=firm.waybills.head(3), about=firm.about)
    with pytest.raises(ValueError, match="already holds tables.*replace=True"):
        smaller.save(place)
    assert len(Company.open(place).waybills) == len(firm.waybills)
    smaller.save(place, replace=True)
    _assert_same(smaller, Company.open(place))


def test_a_folder_of_someone_elses_files_is_never_overwritten(firm, tmp_path):
    (tmp_path / "客户表.csv").write_text("customer_id\n", "utf-8")
    with pytest.raises(ValueError, match="holds tables that were not saved from here: 客户表.csv"):
        firm.save(tmp_path, replace=True)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=30)
MOMENTS = st.datetimes(pd.Timestamp("1950-01-01").to_pydatetime(), pd.Timestamp("2100-01-01").to_pydatetime()).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


@pytest.mark.parametrize("name", PLACES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    names=st.lists(NAMES, min_size=1, max_size=4),
    growth=st.floats(-1, 1e6) | st.just(np.nan),
    kilograms=st.floats(0.01, 1e6),
    price=st.floats(0, 1e9),
    moment=MOMENTS,
)
def test_any_values_come_back(firm, name, tmp_path, names, growth, kilograms, price, moment):
    customers = firm.customers.head(len(names)).assign(name=names, expected_growth=growth, opened_on=pd.Timestamp(moment).normalize())
    waybills = firm.waybills.head(2).assign(
        customer_id=customers.customer_id.iloc[0], weight_kg=kilograms, price_yuan=price, picked_up_at=moment, promised_at=moment,
        delivered_at=[moment, None])  # fmt: skip
    tables = {"customers": conform(customers, TABLES["customers"]), "waybills": conform(waybills, TABLES["waybills"])}
    odd = Company(**tables, about={"约": [1, {"a": None}]})
    place = _place(name, tmp_path)
    odd.save(place, replace=True)
    _assert_same(odd, Company.open(place))


@pytest.mark.parametrize("text", ["=1+1", "#N/A", "NA", "null", "007", " 前后空格 ", "1e5", "TRUE", "'quoted", "a\nb"])
@pytest.mark.parametrize("name", PLACES)
def test_text_that_looks_like_something_else_stays_text(firm, text, name, tmp_path):
    odd = Company(customers=firm.customers.assign(name=text), waybills=firm.waybills.head(1))
    place = _place(name, tmp_path)
    odd.save(place)
    assert set(Company.open(place).customers.name) == {text}


@pytest.mark.parametrize(("column", "value"), [
    ("name", "bell\x07"), ("name", "line\rend"), ("name", "_x000D_"), ("name", ""), ("name", "长" * 40_000),
    ("opened_on", pd.Timestamp("1890-01-01")), ("opened_on", pd.Timestamp("2020-01-01 00:00:00.000001"))])  # fmt: skip
def test_excel_refuses_what_it_would_change(firm, column, value, tmp_path):
    odd = Company(customers=conform(firm.customers.assign(**{column: value}), TABLES["customers"]), waybills=firm.waybills)
    with pytest.raises(ValueError, match=f"Table customers, column {column}, row 1: Excel cannot hold"):
        odd.save(tmp_path / "firm.xlsx")
    assert not list(tmp_path.iterdir())
    odd.save(tmp_path / "firm")
    _assert_same(odd, Company.open(tmp_path / "firm"))


def test_broken_data_are_not_saved(firm, tmp_path):
    broken = Company(customers=firm.customers, waybills=firm.waybills.assign(price_yuan=-1.0))
    with pytest.raises(ValueError, match="column price_yuan.*: Below 0"):
        broken.save(tmp_path / "firm")
    assert not list(tmp_path.iterdir())


def _no_folder(firm, folder):
    return folder / "nowhere"


def _no_customers(firm, folder):
    firm.save(folder)
    (folder / "customers.parquet").unlink()
    return folder


def _no_parquet(firm, folder):
    firm.save(folder)
    (folder / "waybills.parquet").write_text("waybill_id,price\n", "utf-8")
    return folder


def _bad_about(firm, folder):
    firm.save(folder)
    (folder / "about.json").write_text("{", "utf-8")
    return folder


def _lost_column(firm, folder):
    firm.save(folder)
    firm.waybills.drop(columns="price_yuan").to_parquet(folder / "waybills.parquet")
    return folder


def _no_xlsx(firm, folder):
    (folder / "firm.xlsx").write_text("not a workbook", "utf-8")
    return folder / "firm.xlsx"


def _zip_but_no_xlsx(firm, folder):
    import zipfile

    with zipfile.ZipFile(folder / "firm.xlsx", "w") as archive:
        archive.writestr("a.txt", "a")
    return folder / "firm.xlsx"


def _missing_sheet(firm, folder):
    firm.waybills.to_excel(folder / "firm.xlsx", sheet_name="waybills", index=False)
    return folder / "firm.xlsx"


def _excel_serials(firm, folder):
    with pd.ExcelWriter(folder / "firm.xlsx") as book:
        firm.customers.assign(opened_on=45000).to_excel(book, sheet_name="customers", index=False)
        firm.waybills.to_excel(book, sheet_name="waybills", index=False)
    return folder / "firm.xlsx"


def _no_database(firm, folder):
    return f"sqlite:///{folder}/none.db"


def _text_as_database(firm, folder):
    (folder / "firm.db").write_text("not a database, but long enough to look at", "utf-8")
    return folder / "firm.db"


def _text_as_duckdb(firm, folder):
    (folder / "firm.duckdb").write_text("not a database, but long enough to look at" * 50, "utf-8")
    return folder / "firm.duckdb"


def _two_files(firm, folder):
    firm.save(folder)
    (folder / "customers.csv").write_text("customer_id\n", "utf-8")
    return folder


def _empty_database(firm, folder):
    sqlite3.connect(folder / "firm.db").close()
    (folder / "firm.db").touch()
    return folder / "firm.db"


def _foreign_about(firm, folder):
    firm.save(folder / "firm.db")
    with sqlite3.connect(folder / "firm.db") as connection:
        connection.execute("DROP TABLE about")
        connection.execute("CREATE TABLE about (page TEXT)")
    connection.close()
    return folder / "firm.db"


@pytest.mark.parametrize(("broken", "sentence"), [
    (_no_folder, "There is no folder .*nowhere"),
    (_no_customers, "lacks the table customers.*It has: .*waybills.parquet"),
    (_no_parquet, "waybills.parquet is not a readable Parquet file"),
    (_bad_about, "about.json cannot be read"),
    (_lost_column, "Table waybills, column price_yuan: The column is missing. Add it"),
    (_no_xlsx, "firm.xlsx is not a readable .xlsx file"),
    (_zip_but_no_xlsx, "firm.xlsx is not a readable .xlsx file"),
    (_missing_sheet, "lacks the table customers.*It has: waybills"),
    (_excel_serials, "customers, column opened_on, 25 .*: Some values cannot be read as date: 45000"),
    (_no_database, "There is no database file"),
    (_text_as_database, "The database .* refuses: file is not a database"),
    (_empty_database, "lacks the table customers.*It has: –"),
    (_text_as_duckdb, "The database .* refuses: "),
    (lambda firm, folder: folder / "none.duckdb", "There is no database file"),
    (lambda firm, folder: "duckdb:///:memory:", "Name the DuckDB file"),
    (_two_files, "holds the table customers more than once: customers.csv, customers.parquet"),
    (_foreign_about, 'The table "about" of the database cannot be read'),
    (lambda firm, folder: "no such url://", "is not the URL of a database|Install the driver|refuses"),
    (lambda firm, folder: "nosuchdb://host/firm", "Install the driver|is not the URL|refuses"),
    (lambda firm, folder: folder / "firm.xlsx", "There is no file"),
    (lambda firm, folder: folder / "firm.csv", "is a single file that cannot hold a firm's tables"),
])  # fmt: skip
def test_a_broken_place_is_told_in_a_sentence(firm, tmp_path, broken, sentence):
    with pytest.raises(ValueError, match=sentence):
        Company.open(broken(firm, tmp_path))


def test_a_folder_that_cannot_be_written_is_told(firm, tmp_path):
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(ValueError, match="Cannot write"):
        firm.save(tmp_path / "file" / "firm")


def test_a_failed_replacement_leaves_the_database_as_it_was(firm, tmp_path):
    firm.save(tmp_path / "firm.db")
    before = Company.open(tmp_path / "firm.db")
    unwritable = Company(customers=firm.customers.head(0), waybills=firm.waybills.head(0), about={"bad": object()})
    with pytest.raises(TypeError):
        unwritable.save(tmp_path / "firm.db", replace=True)
    _assert_same(before, Company.open(tmp_path / "firm.db"))


def test_no_password_in_a_sentence(tmp_path):
    with pytest.raises(ValueError) as caught:
        Company.open(f"sqlite://user:geheim@/{tmp_path}/none.db")
    assert "geheim" not in str(caught.value)


def test_copies_of_the_shipped_firm_do_not_spoil_each_other():
    mine = crm.company.lark()
    mine.customers.loc[:, "name"] = "x"
    mine.about["seed"] = -1
    assert crm.company.lark().customers.name.nunique() > 1
    assert crm.company.lark().about["seed"] == 0


def test_a_firm_shows_itself_in_one_line(firm):
    assert repr(firm).startswith("Company(customers=25 rows, ") and "\n" not in repr(firm)
