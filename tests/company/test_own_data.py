"""One's own customer list: whole files in, the contract's columns out, and a report that accounts for every row."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

import crmlib as crm
from crmlib.company import read_customers
from crmlib.company.customer_list.report import KINDS
from crmlib.company.schema import TABLES, conform
from crmlib.i18n import language, use_language

HEADINGS = ["客户编号", "客户名称", "年收入(万元)", "件量", "开户日期", "是否月结", "客户类型"]
ROWS = [
    ["007", "云雀商行", "3.5", "1,234", "2024-03-05", "是", "电商客户"],
    ["008", "百灵（上海）有限公司", "1.25", "560", "2024/11/30", "否", "企业客户"],
    ["109", "画眉", "0.02", "3", "2025年1月9日", "否", "零散客户"],
]


@pytest.fixture(autouse=True)
def _in_english():
    before = language()
    use_language("en")
    yield
    use_language(before)


def text_file(folder: Path, rows: list[list[str]], *, encoding: str = "utf-8", delimiter: str = ",", name: str = "customers.csv") -> Path:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if delimiter in cell or '"' in cell or "\n" in cell else cell

    path = folder / name
    path.write_bytes("".join(delimiter.join(map(quoted, row)) + "\r\n" for row in rows).encode(encoding))
    return path


def workbook(folder: Path, rows: list[list], *, epoch=None, name: str = "customers.xlsx", **formats: str) -> Path:
    """An .xlsx file of `rows`; `formats` gives cells (A2="00000") their number format."""
    book = openpyxl.Workbook()
    if epoch:
        book.epoch = epoch
    for row in rows:
        book.active.append(row)
    for cell, form in formats.items():
        book.active[cell].number_format = form
    book.save(folder / name)
    return folder / name


def column(folder: Path, heading: str, cells: list[str], **options):
    """The result of reading one column of text cells under `heading`, with ids beside it, as a text file."""
    rows = [["客户编号", heading], *[[f"K{number}", cell] for number, cell in enumerate(cells)]]
    return read_customers(text_file(folder, rows), **options)


def lines(result, what: str) -> pd.DataFrame:
    return result.report[result.report.what == what]


def sentences(result, what: str) -> str:
    return "\n".join(lines(result, what).why)


def accounted(result) -> int:
    """Rows of the file that the table and the report account for: customers, dropped rows, rows of headings."""
    headings = lines(result, "read").dropna(subset="row")["count"].sum()
    return len(result.table) + int(lines(result, "dropped")["count"].sum()) + int(headings)


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [("utf-8", "UTF-8,"), ("utf-8-sig", "UTF-8 (BOM)"), ("gbk", "GB18030"), ("gb18030", "GB18030"), ("utf-16", "UTF-16")],
)
@pytest.mark.parametrize(("delimiter", "called"), [(",", "commas"), ("\t", "tabs"), (";", "semicolons"), ("，", "full-width commas")])
def test_text_in_any_usual_encoding_and_delimiter_gives_the_same_customers(tmp_path, encoding, reported, delimiter, called):
    result = read_customers(text_file(tmp_path, [HEADINGS, *ROWS], encoding=encoding, delimiter=delimiter))
    table = result.table
    assert table.customer_id.tolist() == ["007", "008", "109"]
    assert table.name.tolist() == ["云雀商行", "百灵（上海）有限公司", "画眉"]
    assert table.revenue_yuan.tolist() == [35000.0, 12500.0, 200.0]
    assert table.parcels.tolist() == [1234, 560, 3]
    assert table.opened_on.tolist() == [datetime(2024, 3, 5), datetime(2024, 11, 30), datetime(2025, 1, 9)]
    assert table.monthly_account.tolist() == [True, False, False]
    assert table.market.tolist() == ["e_commerce", "corporate", "walk_in"]
    opened = sentences(result, "read")
    assert reported in opened and called in opened


def test_the_same_list_as_a_workbook_with_real_numbers_and_dates_gives_the_same_table(tmp_path):
    typed = [
        ["007", "云雀商行", 3.5, 1234, datetime(2024, 3, 5), True, "电商客户"],
        ["008", "百灵（上海）有限公司", 1.25, 560, date(2024, 11, 30), False, "企业客户"],
        ["109", "画眉", 0.02, 3, datetime(2025, 1, 9), False, "零散客户"],
    ]
    from_text = read_customers(text_file(tmp_path, [HEADINGS, *ROWS])).table
    from_excel = read_customers(workbook(tmp_path, [HEADINGS, *typed])).table
    pd.testing.assert_frame_equal(from_text, from_excel)


def test_the_result_goes_straight_into_abc_classes(tmp_path):
    result = read_customers(text_file(tmp_path, [HEADINGS, *ROWS]))
    classes = crm.segments.abc_classes(result.table.set_index("customer_id").revenue_yuan, a_share=0.3, b_share=0.6)
    assert classes.abc.tolist() == ["A", "B", "C"] and classes.index.tolist() == ["007", "008", "109"]


@pytest.mark.parametrize("labels", ["zh", "en", "name"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_full_table_written_under_its_labels_comes_back_as_the_contract_has_it(tmp_path, labels, kind):
    contract = TABLES["customers"]
    full = {
        column.name: [column.categories[0], column.categories[-1]] if column.categories else None for column in contract.columns
    } | {
        "customer_id": ["C00001", "C00002"], "name": ["云雀", "百灵"], "salesperson_id": ["S01", None], "monthly_account": [True, False],
        "opened_on": [pd.Timestamp("2024-03-05"), pd.Timestamp("2025-12-31")], "expected_growth": [0.2, None],
    }  # fmt: skip
    frame = conform(pd.DataFrame({name: full[name] for name in contract.names}), contract)

    def shown(value, spec):
        entry = next((value_ for value_ in spec.values if value_.code == value), None)
        return getattr(entry, labels, value) if entry and labels != "name" else value

    written = pd.DataFrame({getattr(spec, labels): [shown(value, spec) for value in frame[spec.name]] for spec in contract.columns})
    path = tmp_path / f"own.{kind}"
    written.to_excel(path, index=False) if kind == "xlsx" else written.to_csv(path, index=False, encoding="utf-8-sig")
    read = read_customers(path).table
    assert read.columns.tolist() == contract.names
    contract.pandera_schema().validate(read)
    pd.testing.assert_frame_equal(read, frame)


def test_titles_empty_rows_totals_and_remarks_are_left_out_and_named_by_their_row(tmp_path):
    rows = [
        ["2025年客户一览表"], [], HEADINGS, ROWS[0], [], [], ROWS[1], ["小计", "", "4.75", "", "", "", ""], HEADINGS, ROWS[2],
        ["", "合 计：", "4.77", "1797"], ["制表人：某某", "", "审核：某某"], ["", "", "99"],
    ]  # fmt: skip
    result = read_customers(text_file(tmp_path, rows))
    assert result.table.customer_id.tolist() == ["007", "008", "109"]
    dropped = lines(result, "dropped")
    assert dropped.row.tolist() == [1, 2, 5, 8, 9, 11, 12, 13] and dropped["count"].tolist() == [1, 1, 2, 1, 1, 1, 1, 1]
    for row, reason in {1: "above", 2: "empty", 5: "empty", 8: "total", 9: "repeated", 11: "total", 12: "remark", 13: "neither"}.items():
        assert reason in dropped.set_index("row").why[row]
    assert "4.77" in dropped.set_index("row").text[11]
    assert accounted(result) == len(rows)


def test_a_customer_called_total_with_a_number_of_its_own_stays(tmp_path):
    rows = [["Customer ID", "Name", "Revenue"], ["1", "Total", "5"], ["Total", "", "5"]]
    assert read_customers(text_file(tmp_path, rows)).table.name.tolist() == ["Total"]


def test_english_headings_and_unknown_columns(tmp_path):
    rows = [
        ["Account No.", "Company Name", "Annual Revenue (RMB 10k)", "Customer_Since", "Phone", "Shipments", ""],
        ["A-1", "Lark Ltd", "12", "5 Mar 2024", "021-5555", "3", "loose"],
    ]
    result = read_customers(text_file(tmp_path, rows))
    assert result.table.columns.tolist() == ["customer_id", "name", "opened_on", "revenue_yuan", "parcels", "Phone", "column_G"]
    assert result.table.loc[0, ["customer_id", "revenue_yuan", "Phone", "column_G"]].tolist() == ["A-1", 120000.0, "021-5555", "loose"]
    assert lines(result, "kept_as_is").heading.tolist() == ["Phone", "column_G"]
    assert set(lines(result, "absent").column) == set(TABLES["customers"].names) - set(result.table.columns)


def test_excel_s_separator_line_is_obeyed_and_not_counted_as_a_row(tmp_path):
    path = tmp_path / "sep.csv"
    path.write_text("sep=;\r\n客户编号;年收入\r\n1;坏\r\n2;5\r\n", encoding="utf-8-sig")
    result = read_customers(path)
    assert result.table.revenue_yuan.tolist()[1] == 5 and lines(result, "missing").row.tolist() == [2]


@pytest.mark.parametrize(
    "heading",
    ["客户编号", "customer_id", "Customer ID", "＊客户编号（必填）", "客户-编号：", "客户编号/Customer ID", "月结卡号", "CUSTOMER NO."],
)
def test_spellings_of_one_heading(tmp_path, heading):
    result = read_customers(text_file(tmp_path, [[heading, "name"], ["x1", "n"]]))
    assert result.table.customer_id.tolist() == ["x1"]


# --- workbooks -----------------------------------------------------------------------------------------------------


def test_the_sheet_with_the_list_is_found_and_the_others_are_reported(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["本表由系统导出"])
    page = book.create_sheet("客户")
    page.append(["客户编号", "年收入"])
    page.append(["007", 5])
    other = book.create_sheet("旧")
    other.append(["客户编号"])
    other.append(["旧1"])
    path = tmp_path / "many.xlsx"
    book.save(path)
    result = read_customers(path)
    assert result.table.revenue_yuan.tolist() == [5.0]
    assert "说明" in sentences(result, "read") and "旧" in sentences(result, "read")
    assert read_customers(path, sheet="旧").table.customer_id.tolist() == ["旧1"]
    assert read_customers(path, sheet=3).table.customer_id.tolist() == ["旧1"]
    with pytest.raises(ValueError, match="has no sheet 'x'.*说明, 客户, 旧"):
        read_customers(path, sheet="x")
    with pytest.raises(ValueError, match="counts from 1"):
        read_customers(path, sheet=0)


@pytest.mark.parametrize(("epoch", "base"), [(None, date(1899, 12, 30)), (CALENDAR_MAC_1904, date(1904, 1, 1))])
def test_serial_dates_follow_the_workbook_s_calendar(tmp_path, epoch, base):
    wanted = date(2024, 3, 5)
    serial = (wanted - base).days
    path = workbook(tmp_path, [["客户编号", "开户日期"], ["a", wanted], ["b", serial], ["c", serial + 0.75], ["d", 20240305]], epoch=epoch)
    result = read_customers(path)
    assert result.table.opened_on.tolist() == [pd.Timestamp(wanted)] * 4
    assert ("1904" in sentences(result, "read")) == (epoch is not None)
    converted = lines(result, "converted").set_index("why")["count"]
    assert converted["Excel's day number was read as a date."] == 2 and converted["The time of day was left off."] == 1


def test_what_excel_shows_counts_leading_zeros_percentages_and_scaled_numbers(tmp_path):
    rows = [["客户编号", "预计增长(%)", "年收入(万元)"], [42, 0.12, 35000], [43, 12, 3.5]]
    table = read_customers(workbook(tmp_path, rows, A2="00000", B2="0.0%", C2='0!.0,"万"')).table
    assert table.customer_id.tolist() == ["00042", "43"]
    assert table.expected_growth.tolist() == [0.12, 0.12]
    assert table.revenue_yuan.tolist() == [35000.0, 35000.0]


def test_merged_cells_are_filled_for_words_and_left_alone_for_numbers(tmp_path):
    book = openpyxl.Workbook()
    page = book.active
    for row in [
        ["客户编号", "业务员", "收入", None],
        [None, None, "国内", "国际"],
        ["a", "张三", 5, 1],
        ["b", None, None, 2],
        ["c", "李四", 7, 3],
    ]:
        page.append(row)
    for area in ("A1:A2", "B1:B2", "C1:D1", "B3:B4", "C3:C4"):
        page.merge_cells(area)
    path = tmp_path / "merged.xlsx"
    book.save(path)
    result = read_customers(path, mapping={"收入 国内": "revenue_yuan"})
    assert result.table.salesperson_id.tolist() == ["张三", "张三", "李四"]
    assert result.table.revenue_yuan.isna().tolist() == [False, True, False]
    assert result.table["国际"].tolist() == [1, 2, 3]
    assert "merged over the rows 3–4" in sentences(result, "converted") and "merged over the rows 3–4" in sentences(result, "check")
    assert accounted(result) == 5


def test_formulas_without_a_stored_result_and_hidden_rows_are_reported(tmp_path):
    book = openpyxl.Workbook()
    for row in [["客户编号", "年收入"], ["a", "=1+1"], ["b", 5]]:
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    path = tmp_path / "formula.xlsx"
    book.save(path)
    result = read_customers(path)
    assert result.table.revenue_yuan.tolist()[1] == 5 and pd.isna(result.table.revenue_yuan[0])
    assert "formula without a stored result" in sentences(result, "missing")
    assert "hidden or filtered" in sentences(result, "read")


def test_errors_of_excel_are_missing_not_text(tmp_path):
    result = read_customers(text_file(tmp_path, [["客户编号", "客户名称", "年收入"], ["a", "#N/A", "#REF!"], ["b", "n", "1"]]))
    assert result.table.name.isna().tolist() == [True, False]
    assert lines(result, "missing").text.tolist() == ["#N/A", "#REF!"]


# --- numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        ("1234.5", 1234.5), ("1,234,567.89", 1234567.89), ("1 234 567", 1234567), ("￥3,500", 3500), ("¥ -3500", -3500), ("-¥3500", -3500),
        ("３５００．５", 3500.5), ("（1，234）", -1234), ("(12)", -12), ("500-", -500), ("−5", -5), ("3.5万", 35000), ("3.5 万元", 35000), ("0.0021亿", 210000),
        ("1亿2000万", 120000000), ("12千元", 12000), ("35000元", 35000), ("RMB 12", 12), ("12 yuan", 12), ("1.2E+05", 120000), ("人民币5", 5), ("2w", 20000), ("0", 0),
        ("120元/年", 120), ("'12", 12), ('="12"', 12), ("1.1万", 11000), ("+7", 7),
    ],
)  # fmt: skip
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
        "5 元 6",
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
        ("年收入", 1), ("年收入(元)", 1), ("年收入（万元）", 1e4), ("年收入[万]", 1e4), ("年收入/万元", 1e4), ("年收入_万元", 1e4), ("年收入万元", 1e4), ("收入：千元", 1e3),
        ("营业额（单位：亿元）", 1e8), ("2025年营业收入(百万元)", 1e6), ("Revenue (CNY thousand)", 1e3), ("Revenue (RMB '000)", 1e3), ("Revenue in 10,000 yuan", 1e4),
        ("Revenue (10,000 yuan)", 1e4), ("Revenue, k", 1e3), ("Revenue (RMB, thousands)", 1e3), ("Revenue (RMB million)", 1e6), ("去年收入\n（万元）", 1e4),
    ],
)  # fmt: skip
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
    assert "another currency" in sentences(result, "kept_as_is")
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
    assert "write % into the heading" in sentences(column(tmp_path, "预计增长", ["12", "0.2"]), "check")
    assert "take % out of the heading" in sentences(column(tmp_path, "预计增长(%)", ["0.12", "0.2"]), "check")
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
        "2024-03-05", "2024/3/5", "2024.3.5", "2024年3月5日", "2024 年 3 月 5 日", "2024年03月05号", "20240305", "45356", "45356.5", "2024-03-05 14:23:11", "2024/3/5 0:00",
        "2024-03-05T00:00:00", "2024-03-05T08:00:00.000Z", "2024年3月5日 上午9:30", "2024年3月5日14时30分", "２０２４－０３－０５", "5 Mar 2024", "March 5, 2024", "5-Mar-2024",
        "2024/3/5 2:30:00 PM",
    ],
)  # fmt: skip
def test_dates_as_people_write_them(tmp_path, cell):
    result = column(tmp_path, "开户日期", [cell])
    assert result.table.opened_on.tolist() == [pd.Timestamp("2024-03-05")] and result.table.opened_on.dtype == "datetime64[us]"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("24-3-5", "two digits"), ("24.03.05", "two digits"), ("5-Mar-24", "two digits"), ("3/5/2024", "cannot be told apart"), ("2024-02-30", "no such day"), ("2024", "year or a month"),
        ("2024年3月", "year or a month"), ("202403", "year or a month"), ("去年", "no date"), ("99999", "The year is not"), ("1812-01-01", "The year is not"), ("2024-13-01", "no such day"),
        ("#VALUE!", "error"),
    ],
)  # fmt: skip
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
    [("是", True), ("否", False), ("Y", True), ("n", False), ("Yes", True), ("TRUE", True), ("0", False), ("1", True), ("√", True), ("×", False), ("月结", True), ("现结", False), ("到付", False), ("无", False)],
)  # fmt: skip
def test_yes_and_no(tmp_path, cell, value):
    assert column(tmp_path, "结算方式", [cell]).table.monthly_account.tolist() == [value]


def test_yes_no_with_gaps_keeps_the_gap(tmp_path):
    result = column(tmp_path, "是否月结", ["是", "也许", ""])
    assert result.table.monthly_account.isna().tolist() == [False, True, True] and lines(result, "missing").text.tolist() == ["也许", ""]


@pytest.mark.parametrize(
    ("heading", "cell", "code"),
    [
        ("客户类型", "电商", "e_commerce"), ("客户类型", "walk-in customer", "walk_in"), ("客户类型", "E_COMMERCE", "e_commerce"), ("客户性质", "企业集团", "group"), ("跨境类型", "无", "none"),
        ("跨境类型", "none", "none"), ("省份", "浙江省", "east"), ("省份", "新疆维吾尔自治区", "west"), ("省份", "黑龙江", "central"), ("地区", "北京市朝阳区", "east"), ("Province", "Sichuan", "west"),
    ],
)  # fmt: skip
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


# --- choosing headings ---------------------------------------------------------------------------------------------


def test_mapping_overrides_what_a_heading_seems_to_mean(tmp_path):
    rows = [["户主", "收入", "净额(万元)", "客户"], ["k1", "5", "1", "甲"]]
    result = read_customers(text_file(tmp_path, rows), mapping={"户主": "customer_id", "净额(万元)": "revenue_yuan", "收入": None})
    assert result.table.to_dict("records") == [{"customer_id": "k1", "name": "甲", "revenue_yuan": 10000.0, "收入": "5"}]


def test_two_years_of_revenue_are_not_chosen_between(tmp_path):
    path = text_file(tmp_path, [["客户编号", "2024年收入", "2025年收入"], ["a", "1", "2"]])
    with pytest.raises(ValueError, match='“2024年收入”, “2025年收入” can all mean revenue_yuan.*mapping={"2025年收入": "revenue_yuan"}'):
        read_customers(path)
    result = read_customers(path, mapping={"2025年收入": "revenue_yuan"})
    assert result.table.revenue_yuan.tolist() == [2.0] and result.table["2024年收入"].tolist() == ["1"]


def test_the_more_telling_heading_wins_and_the_other_is_kept_with_the_reason(tmp_path):
    result = read_customers(text_file(tmp_path, [["客户编号", "客户简称", "客户名称"], ["a", "甲", "甲公司"]]))
    assert result.table.name.tolist() == ["甲公司"] and result.table["客户简称"].tolist() == ["甲"]
    assert "taken from “客户名称”" in sentences(result, "kept_as_is")


def test_columns_that_share_a_heading_are_all_kept(tmp_path):
    table = read_customers(text_file(tmp_path, [["客户编号", "备注", "备注"], ["a", "x", "y"]])).table
    assert table.loc[0, ["备注", "备注 (2)"]].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"没有": "revenue_yuan"}, "does not have: 没有"),
        ({"营业额": "turnover"}, "contract does not have: turnover"),
        ({"营业额": "customer_id", "客户": "customer_id"}, "can all mean customer_id"),
    ],
)
def test_mappings_that_cannot_be_followed_are_refused(tmp_path, mapping, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_customers(text_file(tmp_path, [["客户", "营业额"], ["a", "5"]]), mapping=mapping)


# --- text files with faults ----------------------------------------------------------------------------------------


def test_a_comma_that_splits_a_number_is_pointed_out(tmp_path):
    path = tmp_path / "split.csv"
    path.write_text("客户编号,年收入,备注\na,5,x\nb,1,234,y\n", encoding="utf-8")
    result = read_customers(path)
    assert lines(result, "check").row.tolist() == [3] and "more cells than there are headings" in sentences(result, "check")


def test_cells_over_several_lines_are_read_and_pointed_out(tmp_path):
    result = read_customers(text_file(tmp_path, [["客户编号", "地址"], ["a", "一楼\n二楼"], ["b", "x"]]))
    assert result.table.customer_id.tolist() == ["a", "b"] and lines(result, "check").row.tolist() == [2]


# --- what cannot be read -------------------------------------------------------------------------------------------


def _ole(marker: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + marker.encode("utf-16-le") + b"\x00" * 600


def _zip(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as parts:
        parts.writestr(name, "x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"), (b"\r\n \r\n", "is empty"), (b"\xef\xbb\xbf\r\n", "is empty"), (_ole("Workbook"), "Excel 97–2003.*save it as .xlsx"), (_ole("EncryptedPackage"), "password"),
        (b"<html><table><tr><td>1</td></tr></table>", "web page"), (b"%PDF-1.7 x", "PDF"), (_zip("word/document.xml"), "cannot be read as an Excel workbook"), (b"PK\x03\x04broken", "cannot be read as an Excel"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "neither an Excel workbook nor a text"), (b"\xff\xfe\x00", "neither"), (b"a\x00b\x00c", "neither"), ("客户编号,年收入\n".encode(), "no customers below the headings in row 1"),
        (b"colour,size\nred,5\n", "No row of headings.*Row 1 reads: colour, size.*mapping="), ('客户编号,名称\na,"甲\nb,乙\n'.encode(), "never closed"),
        (("客户编号\n" + "x" * 200_000).encode(), "neither"),
    ],
)  # fmt: skip
def test_files_of_other_kinds_are_refused_with_the_mend(tmp_path, content, sentence):
    path = tmp_path / "客户.xlsx"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=sentence):
        read_customers(path)


def test_missing_files_folders_and_sheets_of_text_files(tmp_path):
    with pytest.raises(ValueError, match="There is no file .*nowhere.csv"):
        read_customers(tmp_path / "nowhere.csv")
    with pytest.raises(ValueError, match="is a folder"):
        read_customers(tmp_path)
    with pytest.raises(ValueError, match="cannot be the name of a file"):
        read_customers("a\0b")
    with pytest.raises(ValueError, match="has no sheets"):
        read_customers(text_file(tmp_path, [HEADINGS, *ROWS]), sheet=1)
    with pytest.raises(ValueError, match="is empty"):
        read_customers(workbook(tmp_path, []))


def test_the_sentences_come_in_the_active_language(tmp_path):
    use_language("zh")
    result = column(tmp_path, "年收入(万元)", ["1", "abc"])
    assert result.report.what.isin(KINDS).all()
    with pytest.raises(ValueError) as refusal:
        read_customers(tmp_path / "没有.csv")
    assert "没有.csv" in str(refusal.value)


def test_the_summary_says_everything_that_the_report_says(tmp_path):
    rows = [
        ["客户名录"],
        [*HEADINGS, "备注"],
        [*ROWS[0], "x"],
        [*ROWS[1], "y"],
        ["109", "画眉", "abc", "3.5", "24-1-1", "也许", "火星", "z"],
        ["合计"],
    ]
    result = read_customers(text_file(tmp_path, rows))
    summary = result.summary()
    assert summary.startswith("3 customers were read; 2 rows of the file are not in the table.") and str(result) == summary
    for what, part in result.report.groupby("what"):
        for line in part.itertuples():
            wanted = {"mapped": f"{line.heading} → {line.column}", "absent": line.column}.get(what, line.why)
            assert wanted in summary
    for quoted in ("abc", "24-1-1", "也许", "火星"):
        assert f"“{quoted}”" in summary


# --- nothing lost, whatever comes ----------------------------------------------------------------------------------

CELLS = st.one_of(
    st.sampled_from(
        ["", "", "a", "b", "合计", "3.5万", "-", "2024-03-05", "是", "电商", "1E+05", "#N/A", "注：x", "客户编号", "12%", "云雀"]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6),
)
EXCEL_CELLS = st.one_of(
    CELLS.map(lambda cell: cell or None), st.integers(-(10**6), 10**18), st.floats(-1e12, 1e12), st.booleans(), st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)),
    st.timedeltas(timedelta(0), timedelta(days=2)),
)  # fmt: skip
LISTED = ["客户编号", "客户名称", "年收入(万元)", "件量", "开户日期", "是否月结", "客户类型", "预计增长", "备注", ""]


def _last_filled(rows: list[list]) -> int:
    return max((number for number, row in enumerate(rows, 1) if any(str(cell).strip() for cell in row if cell is not None)), default=0)


def _check_accounts(path: Path, rows: list[list]) -> None:
    try:
        result = read_customers(path)
    except ValueError as refusal:
        assert "no customers below" in str(refusal) or "never closed" in str(refusal)
        return
    assert accounted(result) == _last_filled(rows)
    dropped = {row for line in lines(result, "dropped").itertuples() for row in range(line.row, line.row + line.count)}
    assert len(dropped) == lines(result, "dropped")["count"].sum()
    assert result.table.customer_id.notna().all()
    headings = set(lines(result, "mapped").heading) | set(lines(result, "kept_as_is").heading)
    assert {heading for heading in LISTED if heading} <= headings
    assert result.summary()


@given(body=st.lists(st.lists(CELLS, max_size=len(LISTED)), max_size=8), titles=st.integers(0, 2))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_of_a_text_file_is_in_the_table_or_in_the_report(tmp_path, body, titles):
    rows = [["名录"]] * titles + [LISTED, *body]
    _check_accounts(text_file(tmp_path, rows), rows)


@given(body=st.lists(st.lists(EXCEL_CELLS, max_size=len(LISTED)), max_size=5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_of_a_workbook_is_in_the_table_or_in_the_report(tmp_path, body):
    rows = [LISTED, *body]
    book = openpyxl.Workbook()
    for row_number, row in enumerate(rows, 1):
        for column_number, cell in enumerate(row, 1):
            target = book.active.cell(row_number, column_number)
            target.value = cell
            target.data_type = "s" if isinstance(cell, str) else target.data_type
    path = tmp_path / "fuzz.xlsx"
    book.save(path)
    _check_accounts(path, rows)


def _result_or_sentence(path: Path) -> None:
    try:
        assert read_customers(path).summary()
    except ValueError as refusal:
        assert len(str(refusal)) > 20 and str(refusal).endswith((".", "”", "}."))


@given(
    start=st.sampled_from(
        [
            b"",
            b"PK\x03\x04",
            b"\xef\xbb\xbf",
            b"\xff\xfe",
            b"\xd0\xcf\x11\xe0",
            "客户编号,年收入,开户日期\n".encode(),
            "客户名称\t件量\n".encode("gbk"),
        ]
    ),
    rest=st.binary(max_size=300),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arbitrary_bytes_give_a_result_or_a_sentence(tmp_path, start, rest):
    path = tmp_path / "bytes.csv"
    path.write_bytes(start + rest)
    _result_or_sentence(path)


@given(place=st.floats(0, 1), change=st.binary(min_size=1, max_size=8), length=st.floats(0.2, 1))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_workbooks_give_a_result_or_a_sentence(tmp_path, place, change, length):
    whole = workbook(tmp_path, [HEADINGS, *ROWS], name="whole.xlsx").read_bytes()
    at = int(place * len(whole))
    path = tmp_path / "damaged.xlsx"
    path.write_bytes((whole[:at] + change + whole[at + len(change) :])[: max(1, int(length * len(whole)))])
    _result_or_sentence(path)


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "[Content_Types].xml"]
)
@pytest.mark.parametrize("content", [None, b"", b"<x/>", b"not xml"])
def test_workbooks_with_a_missing_or_broken_part_give_a_result_or_a_sentence(tmp_path, part, content):
    whole = workbook(tmp_path, [HEADINGS, *ROWS])
    path = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
            elif content is not None:
                new.writestr(name, content)
    _result_or_sentence(path)
