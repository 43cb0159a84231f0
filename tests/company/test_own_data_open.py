"""One's own data open from every kind of place, whatever language, encoding or types they are in."""

import datetime as dt
import sqlite3

import duckdb
import pandas as pd
import pytest
from own_tables import labelled, small_firm, write_csv

from crmlib import i18n
from crmlib.company.company import Company
from crmlib.company.schema import TABLES, Column, Table


@pytest.fixture(autouse=True)
def english():
    before = i18n.language()
    i18n.use_language("en")
    yield
    i18n.use_language(before)


@pytest.fixture(scope="module")
def firm():
    return small_firm()


def _assert_same(back, firm):
    assert list(back.tables) == list(firm.tables)
    for name, frame in firm.tables.items():
        pd.testing.assert_frame_equal(back.tables[name], frame)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("language", [None, "zh", "en"])
def test_csv_files_in_any_encoding_and_language(firm, language, encoding, tmp_path):
    _assert_same(Company.open(write_csv(firm, tmp_path / "own", language=language, encoding=encoding)), firm)


@pytest.mark.parametrize("form", [
    "{:%Y/%m/%d %H:%M:%S}", "{:%Y年%m月%d日 %H时%M分%S秒}", "{:%Y%m%d%H%M%S}", "{:%Y-%m-%dT%H:%M:%S}+08:00", "{:%d.%m.%Y %H:%M:%S}"])
def test_moments_written_in_other_ways(firm, form, tmp_path):
    whole = {name: firm.waybills[name].dt.floor("s") for name in ("picked_up_at", "delivered_at", "promised_at")}
    exact = Company(customers=firm.customers, waybills=firm.waybills.assign(**whole))
    folder = write_csv(exact, tmp_path)
    texts = {name: values.map(lambda moment: None if pd.isna(moment) else form.format(moment)) for name, values in whole.items()}
    shown = exact.waybills.assign(**texts)
    shown.to_csv(folder / "waybills.csv", index=False)
    _assert_same(Company.open(folder), exact)


def test_csv_and_parquet_side_by_side_and_strange_files_named(firm, tmp_path):
    firm.waybills.to_parquet(tmp_path / "运单表.parquet")
    firm.customers.set_index("customer_id").to_parquet(tmp_path / "Customers.parquet")
    (tmp_path / "phone list.csv").write_text("a,b\n", "utf-8")
    back = Company.open(tmp_path)
    _assert_same(back, firm)
    assert "Not read, because no table is called so: phone list.csv." in back.validate().summary()


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators(firm, separator, tmp_path):
    for name, frame in firm.tables.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False, sep=separator)
    _assert_same(Company.open(tmp_path), firm)


def test_a_workbook_in_chinese(firm, tmp_path):
    with pd.ExcelWriter(tmp_path / "firm.xlsx") as book:
        for name, frame in firm.tables.items():
            labelled(frame, name, "zh").to_excel(book, sheet_name=TABLES[name].zh, index=False)
        pd.DataFrame({"x": [1]}).to_excel(book, sheet_name="草稿", index=False)
    back = Company.open(tmp_path / "firm.xlsx")
    for name, frame in firm.tables.items():
        pd.testing.assert_frame_equal(back.tables[name], frame)
    assert "草稿" in back.validate().summary()


def test_sqlite_files_of_other_programs_with_dates_as_text(firm, tmp_path):
    with sqlite3.connect(tmp_path / "firm.db") as connection:
        days = firm.customers.opened_on.dt.strftime("%Y/%m/%d")
        words = firm.customers.monthly_account.map({True: "是", False: "否"})
        firm.customers.assign(opened_on=days, monthly_account=words).to_sql("客户表", connection, index=False)
    connection.close()
    pd.testing.assert_frame_equal(Company.open(tmp_path / "firm.db").customers, firm.customers)


def test_duckdb_files_of_other_programs(firm, tmp_path):
    customers = firm.customers
    with duckdb.connect(str(tmp_path / "firm.duckdb")) as connection:
        connection.register("given", customers.astype(object).where(customers.notna(), None))
        connection.execute('CREATE TABLE "Customers" AS SELECT * REPLACE (opened_on::DATE AS opened_on) FROM given')
    back = Company.open(f"duckdb:///{tmp_path}/firm.duckdb").customers
    pd.testing.assert_frame_equal(back, customers)


def test_a_firm_of_customers_alone_says_what_it_lacks(firm, tmp_path):
    Company(customers=firm.customers).save(tmp_path / "own")
    back = Company.open(tmp_path / "own")
    assert list(back.tables) == ["customers"] and not hasattr(back, "waybills")
    with pytest.raises(AttributeError, match="no table waybills. They have: customers"):
        _ = back.waybills


def test_tables_that_join_the_contract_later_open_without_more_ado(firm, tmp_path, monkeypatch):
    visits = Table("visits", "走访表", "visits", (
        Column("visit_id", "text", "走访编号", "visit number", "一次一个", "One a visit", key=True),
        Column("customer_id", "text", "客户编号", "customer number", "走访谁", "Who is visited", ref="customers.customer_id"),
        Column("visited_on", "date", "走访日期", "visited on", "哪天走访", "The day", unit="date"),
        Column("next_on", "date", "下次日期", "next on", "下次哪天", "The day of the next", unit="date", nullable=True, ahead=True),
    ), orders=(("visited_on", "next_on"),))  # fmt: skip
    monkeypatch.setitem(TABLES, "visits", visits)
    write_csv(firm, tmp_path)
    who = firm.customers.customer_id[0]
    (tmp_path / "走访表.csv").write_text(f"走访编号,客户编号,走访日期,下次日期\n1,{who},2025-1-2,2035-02-01\n2,{who},2025年1月3日,\n", "gbk")
    (tmp_path / "about.json").write_text('{"end": "2025-02-01"}', "utf-8")
    back = Company.open(tmp_path)
    assert back.visits.visited_on.dt.day.tolist() == [2, 3] and back.visits.visit_id.tolist() == ["1", "2"]
    for place in ("copy.xlsx", "copy.db", "copy.duckdb", "copy"):
        back.save(tmp_path / place)
        pd.testing.assert_frame_equal(Company.open(tmp_path / place).visits, back.visits)
    worse = Company(**dict(back.tables) | {"visits": back.visits.assign(customer_id="nobody", next_on=dt.datetime(2024, 1, 1))})
    assert worse.validate().table.column.tolist() == ["next_on", "customer_id"]
