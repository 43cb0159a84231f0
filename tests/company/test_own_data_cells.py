"""Single cells of a customer list: amounts, counts, shares, dates, ids, yes and no, categories, as people write them."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest
from customer_lists import accounted, column, lines, sentences, text_file, workbook
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlib.company import read_customers
from crmlib.i18n import language, use_language


@pytest.fixture(autouse=True)
def _in_english():
    before = language()
    use_language("en")
    yield
    use_language(before)


# --- numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        ("1234.5", 1234.5),
        ("1,234,567.89", 1234567.89),
        ("1 234 567", 1234567),
        ("￥3,500", 3500),
        ("¥ -3500", -3500),
        ("-¥3500", -3500),
        ("３５００．５", 3500.5),
        ("（1，234）", -1234),
        ("(12)", -12),
        ("500-", -500),
        ("−5", -5),
        ("3.5万", 35000),
        ("3.5 万元", 35000),
        ("0.0021亿", 210000),
        ("1亿2000万", 120000000),
        ("12千元", 12000),
        ("35000元", 35000),
        ("RMB 12", 12),
        ("12 yuan", 12),
        ("1.2E+05", 120000),
        ("人民币5", 5),
        ("2w", 20000),
        ("0", 0),
        ("120元/年", 120),
        ("'12", 12),
        ('="12"', 12),
        ("1.1万", 11000),
        ("+7", 7),
    ],
)
def test_amounts_as_people_write_them(tmp_path, cell, yuan):
    result = column(tmp_path, "年收入", [cell])
    assert result.table.revenue_yuan.tolist() == [yuan]
    assert lines(result, "missing").empty


@pytest.mark.parametrize(
    "cell",
    [
        "abc",
        "约3万",
        "3-5万",
        "1,23",
        "1,2345",
        "1.234.567,89",
        "$35",
        "35 USD",
        "12%",
        "3万5",
        "10万+",
        "1,10k",
        "1e999",
        "三万",
        "12月",
    ],
)
def test_amounts_that_leave_doubt_are_missing_and_quoted(tmp_path, cell):
    result = column(tmp_path, "年收入", ["1", cell])
    assert result.table.revenue_yuan.isna().tolist() == [False, True]
    assert lines(result, "missing").set_index("row").text.to_dict() == {3: cell}


@pytest.mark.parametrize("cell", ["", "-", "—", "N/A", "无", "null", " "])
def test_cells_that_say_nothing_are_counted_as_empty(tmp_path, cell):
    result = column(tmp_path, "年收入", ["1", cell, cell])
    missing = lines(result, "missing")
    assert missing["count"].tolist() == [2] and missing.row.tolist() == [3] and "Nothing is entered" in missing.why.iloc[0]


@pytest.mark.parametrize(
    ("heading", "factor"),
    [
        ("年收入", 1),
        ("年收入(元)", 1),
        ("年收入（万元）", 1e4),
        ("年收入[万]", 1e4),
        ("年收入/万元", 1e4),
        ("年收入_万元", 1e4),
        ("年收入万元", 1e4),
        ("收入：千元", 1e3),
        ("营业额（单位：亿元）", 1e8),
        ("2025年营业收入(百万元)", 1e6),
        ("Revenue (CNY thousand)", 1e3),
        ("Revenue (RMB '000)", 1e3),
        ("Revenue in 10,000 yuan", 1e4),
        ("Revenue (10,000 yuan)", 1e4),
        ("Revenue, k", 1e3),
        ("Revenue (RMB, thousands)", 1e3),
        ("Revenue (RMB million)", 1e6),
        ("去年收入\n（万元）", 1e4),
    ],
)
def test_units_in_headings_multiply(tmp_path, heading, factor):
    result = column(tmp_path, heading, ["1.1", "2", "3元"])
    assert result.table.revenue_yuan.tolist() == pytest.approx([1.1 * factor, 2 * factor, 3], rel=1e-15)
    assert ("multiplied" in sentences(result, "converted")) == (factor != 1)


def test_a_unit_above_the_table_holds_for_money_without_a_unit_of_its_own(tmp_path):
    rows = [["单位：万元"], ["客户编号", "年收入", "毛利(元)", "件量"], ["a", "1.5", "20", "7"]]
    result = read_customers(text_file(tmp_path, rows))
    assert result.table.loc[0, ["revenue_yuan", "margin_yuan", "parcels"]].tolist() == [15000, 20, 7]
    assert "above the table" in sentences(result, "converted")


def test_another_currency_is_not_taken_for_yuan(tmp_path):
    result = column(tmp_path, "Revenue (USD)", ["5"])
    assert "revenue_yuan" not in result.table and result.table["Revenue (USD)"].tolist() == ["5"]
    assert "its unit is usd" in sentences(result, "kept_as_is")
    chosen = column(tmp_path, "Revenue (USD)", ["5"], mapping={"Revenue (USD)": "revenue_yuan"})
    assert chosen.table.revenue_yuan.tolist() == [5] and "not yuan" in sentences(chosen, "check")


def test_a_remark_in_a_heading_is_not_taken_for_a_unit_in_silence(tmp_path):
    assert "含税" in sentences(column(tmp_path, "年收入(含税)", ["5"]), "check")


@pytest.mark.parametrize(("cells", "parcels"), [(["1.2万", "3件", "4.0"], [12000, 3, 4]), (["１２", "1,000", "5"], [12, 1000, 5])])
def test_counts(tmp_path, cells, parcels):
    table = column(tmp_path, "件量", cells).table
    assert table.parcels.tolist() == parcels and table.parcels.dtype == "int64"


def test_half_parcels_are_missing_and_quoted(tmp_path):
    result = column(tmp_path, "件量", ["10.5", "3"])
    assert result.table.parcels.isna().tolist() == [True, False] and "whole number" in sentences(result, "missing")


@pytest.mark.parametrize(
    ("heading", "cells", "shares"),
    [
        ("预计增长", ["12%", "0.3", "-５％"], [0.12, 0.3, -0.05]),
        ("预计增长率(%)", ["12", "8.5%", "-3"], [0.12, 0.085, -0.03]),
        ("Expected growth, %", ["7"], [0.07]),
    ],
)
def test_growth_as_shares(tmp_path, heading, cells, shares):
    assert column(tmp_path, heading, cells).table.expected_growth.tolist() == pytest.approx(shares)


def test_growth_that_can_hardly_be_meant_is_pointed_out(tmp_path):
    assert "write “%” into the heading" in sentences(column(tmp_path, "预计增长", ["12", "0.2"]), "check")
    assert "take “%” out of the heading" in sentences(column(tmp_path, "预计增长(%)", ["0.12", "0.2"]), "check")
    below = lines(column(tmp_path, "年收入", ["5", "-12"]), "check")
    assert below.row.tolist() == [3] and below.text.tolist() == ["-12.0"]


@given(
    value=st.decimals(-(10**11), 10**11, places=2, allow_nan=False, allow_infinity=False),
    form=st.sampled_from(["{:.2f}", "{:,.2f}", "￥{:,.2f}", "{:,.2f}元", "{:.2f}万"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_amount_survives_any_way_of_writing_it(tmp_path, value, form):
    factor = 10000 if form.endswith("万") else 1
    assert column(tmp_path, "年收入", [form.format(value)]).table.revenue_yuan[0] == float(value * factor)


# --- dates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        "2024-03-05",
        "2024/3/5",
        "2024.3.5",
        "2024年3月5日",
        "2024 年 3 月 5 日",
        "2024年03月05号",
        "20240305",
        "45356",
        "45356.5",
        "2024-03-05 14:23:11",
        "2024/3/5 0:00",
        "2024-03-05T00:00:00",
        "2024-03-05T08:00:00.000Z",
        "2024年3月5日 上午9:30",
        "2024年3月5日14时30分",
        "２０２４－０３－０５",
        "5 Mar 2024",
        "March 5, 2024",
        "5-Mar-2024",
        "2024/3/5 2:30:00 PM",
    ],
)
def test_dates_as_people_write_them(tmp_path, cell):
    result = column(tmp_path, "开户日期", [cell])
    assert result.table.opened_on.tolist() == [pd.Timestamp("2024-03-05")] and result.table.opened_on.dtype == "datetime64[us]"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("24-3-5", "two digits"),
        ("24.03.05", "two digits"),
        ("5-Mar-24", "two digits"),
        ("3/5/2024", "cannot be told apart"),
        ("2024-02-30", "no such day"),
        ("2024", "year or a month"),
        ("2024年3月", "year or a month"),
        ("202403", "year or a month"),
        ("去年", "no date"),
        ("99999", "The year is not"),
        ("1812-01-01", "The year is not"),
        ("2024-13-01", "no such day"),
        ("#VALUE!", "error"),
    ],
)
def test_dates_that_leave_doubt_are_missing_with_the_reason(tmp_path, cell, reason):
    result = column(tmp_path, "开户日期", ["2024-01-01", cell])
    assert result.table.opened_on.isna().tolist() == [False, True]
    missing = lines(result, "missing")
    assert missing.row.tolist() == [3] and missing.text.tolist() == [cell] and reason in missing.why.iloc[0]


def test_a_column_that_shows_which_comes_first_settles_day_and_month(tmp_path):
    month_first = column(tmp_path, "开户日期", ["3/5/2024", "3/25/2024"])
    assert month_first.table.opened_on.tolist() == [pd.Timestamp("2024-03-05"), pd.Timestamp("2024-03-25")]
    assert "month was read before the day" in sentences(month_first, "converted")
    assert column(tmp_path, "开户日期", ["3/5/2024", "25/3/2024"]).table.opened_on[0] == pd.Timestamp("2024-05-03")
    torn = column(tmp_path, "开户日期", ["3/5/2024", "25/3/2024", "3/25/2024"])
    assert torn.table.opened_on.isna().tolist() == [True, False, False]


@given(
    wanted=st.dates(date(1950, 1, 1), date(2100, 12, 31)),
    form=st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "serial", "chinese", "short"]),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_date_survives_any_way_of_writing_it(tmp_path, wanted, form):
    written = {
        "serial": str((wanted - date(1899, 12, 30)).days),
        "chinese": f"{wanted.year}年{wanted.month}月{wanted.day}日",
        "short": f"{wanted.year}/{wanted.month}/{wanted.day}",
    }.get(form) or wanted.strftime(form)
    assert column(tmp_path, "开户日期", [written]).table.opened_on[0] == pd.Timestamp(wanted)


# --- ids, words, duplicates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "repaired"),
    [
        ("007", "007"),
        ("\t0012\t", "0012"),
        ("10023.0", "10023"),
        ("1.23456E+05", "123456"),
        ('="00123"', "00123"),
        ("Ｋ０１", "K01"),
        ("1E05", "1E05"),
        ("123456789012345678", "123456789012345678"),
    ],
)
def test_ids_in_text_files_keep_every_digit(tmp_path, cell, repaired):
    result = read_customers(text_file(tmp_path, [["客户编号", "客户名称"], [cell, "n"]]))
    assert result.table.customer_id.tolist() == [repaired]
    assert lines(result, "check").empty


def test_ids_whose_digits_excel_lost_are_kept_as_written_and_pointed_out(tmp_path):
    result = read_customers(text_file(tmp_path, [["客户编号"], ["1.23457E+11"], ["1E+05"]]))
    assert result.table.customer_id.tolist() == ["1.23457E+11", "1E+05"]
    assert lines(result, "check").row.tolist() == [2, 3] and "digits are lost" in sentences(result, "check")


def test_decimals_that_are_part_of_the_ids_stay(tmp_path):
    assert read_customers(text_file(tmp_path, [["客户编号"], ["1.0"], ["1.1"]])).table.customer_id.tolist() == ["1.0", "1.1"]


def test_ids_that_excel_holds_as_numbers(tmp_path):
    result = read_customers(workbook(tmp_path, [["客户编号"], [7], [8.0], [1e5], [6225880000000000123], [datetime(2024, 3, 5)]]))
    assert result.table.customer_id.tolist()[:3] == ["7", "8", "100000"]
    assert result.table.customer_id[4] == "2024-03-05"
    assert lines(result, "check").row.tolist() == [5, 6] and "15 digits" in sentences(result, "check")


def test_names_alone_get_ids_from_their_rows_and_the_report_says_so(tmp_path):
    result = read_customers(text_file(tmp_path, [["公司名称", "营业额"], ["甲", "5"], ["乙", "6"], ["甲", "7"]]))
    assert result.table.customer_id.tolist() == ["row-2", "row-3", "row-4"]
    assert lines(result, "generated")["count"].tolist() == [3]
    assert "have this name" in sentences(result, "check")


def test_a_row_without_its_number_gets_one_that_is_free(tmp_path):
    result = read_customers(text_file(tmp_path, [["客户编号", "客户名称"], ["row-3", "甲"], ["", "乙"]]))
    assert result.table.customer_id.tolist() == ["row-3", "row-3-"] and lines(result, "generated").row.tolist() == [3]


def test_rows_alike_are_one_customer_and_rows_that_differ_are_all_kept_and_named(tmp_path):
    rows = [["序号", "客户编号", "年收入"], ["1", "a", "5"], ["2", "b", "6"], ["3", "a", "5"], ["4", "b", "7"]]
    result = read_customers(text_file(tmp_path, rows))
    assert result.table.customer_id.tolist() == ["a", "b", "b"]
    assert lines(result, "dropped").row.tolist() == [4] and "repeats row 2" in sentences(result, "dropped")
    duplicates = lines(result, "duplicate")
    assert duplicates.row.tolist() == [3, 5] and duplicates.text.tolist() == ["b", "b"] and "rows 3, 5 share" in duplicates.why.iloc[0]
    assert accounted(result) == 5


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("是", True),
        ("否", False),
        ("Y", True),
        ("n", False),
        ("Yes", True),
        ("TRUE", True),
        ("0", False),
        ("1", True),
        ("√", True),
        ("×", False),
        ("月结", True),
        ("现结", False),
        ("到付", False),
        ("无", False),
    ],
)
def test_yes_and_no(tmp_path, cell, value):
    assert column(tmp_path, "结算方式", [cell]).table.monthly_account.tolist() == [value]


def test_yes_no_with_gaps_keeps_the_gap(tmp_path):
    result = column(tmp_path, "是否月结", ["是", "也许", ""])
    assert result.table.monthly_account.isna().tolist() == [False, True, True] and lines(result, "missing").text.tolist() == ["也许", ""]


@pytest.mark.parametrize(
    ("heading", "cell", "code"),
    [
        ("客户类型", "电商", "e_commerce"),
        ("客户类型", "walk-in customer", "walk_in"),
        ("客户类型", "E_COMMERCE", "e_commerce"),
        ("客户性质", "企业集团", "group"),
        ("跨境类型", "无", "none"),
        ("跨境类型", "none", "none"),
        ("省份", "浙江省", "east"),
        ("省份", "新疆维吾尔自治区", "west"),
        ("省份", "黑龙江", "central"),
        ("地区", "北京市朝阳区", "east"),
        ("Province", "Sichuan", "west"),
    ],
)
def test_categories_by_code_label_or_usual_word(tmp_path, heading, cell, code):
    table = column(tmp_path, heading, [cell]).table
    assert table.iloc[0, 1] == code


def test_unknown_categories_are_missing_and_quoted(tmp_path):
    result = column(tmp_path, "客户类型", ["电商", "火星客户", "火星客户"])
    assert result.table.market.isna().tolist() == [False, True, True]
    assert lines(result, "missing").text.tolist() == ["火星客户", "火星客户"]


def test_a_column_of_which_nothing_can_be_read_is_kept_as_it_is(tmp_path):
    result = column(tmp_path, "地区", ["华东区", "华南区"])
    assert "region" not in result.table and result.table["地区"].tolist() == ["华东区", "华南区"]
    assert "none of its 2 entries" in sentences(result, "check")
    chosen = column(tmp_path, "地区", ["华东区", "华南区"], mapping={"地区": "region"})
    assert chosen.table.region.isna().all() and lines(chosen, "missing").text.tolist() == ["华东区", "华南区"]


@pytest.mark.parametrize(
    ("heading", "column_name"),
    [("毛利(%)", "margin_yuan"), ("业务量(万元)", "parcels"), ("收入(件)", "revenue_yuan"), ("Turnover (EUR)", "revenue_yuan")],
)
def test_a_unit_that_cannot_be_the_column_s_leaves_the_column_alone(tmp_path, heading, column_name):
    result = column(tmp_path, heading, ["5"])
    assert column_name not in result.table and result.table[heading].tolist() == ["5"]
    assert f"could mean {column_name}, but its unit is" in sentences(result, "kept_as_is")
