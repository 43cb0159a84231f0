"""One's own customer list: whole files in, the contract's columns out, and a report of what was done."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pandas as pd
import pytest
from customer_lists import HEADINGS, ROWS, accounted, column, lines, sentences, text_file, workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

import crmlib as crm
from crmlib.company import read_customers
from crmlib.company.customer_list.report import KINDS
from crmlib.company.schema import TABLES, conform
from crmlib.i18n import language, use_language


@pytest.fixture(autouse=True)
def _in_english():
    before = language()
    use_language("en")
    yield
    use_language(before)


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
    full = {column.name: [column.categories[0], column.categories[-1]] if column.categories else None for column in contract.columns} | {
        "customer_id": ["C00001", "C00002"],
        "name": ["云雀", "百灵"],
        "salesperson_id": ["S01", None],
        "monthly_account": [True, False],
        "opened_on": [pd.Timestamp("2024-03-05"), pd.Timestamp("2025-12-31")],
        "expected_growth": [0.2, None],
    }
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
        ["2025年客户一览表"],
        [],
        HEADINGS,
        ROWS[0],
        [],
        [],
        ROWS[1],
        ["小计", "", "4.75", "", "", "", ""],
        HEADINGS,
        ROWS[2],
        ["", "合 计：", "4.77", "1797"],
        ["制表人：某某", "", "审核：某某"],
        ["", "", "99"],
    ]
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


def test_a_workbook_that_understates_its_size_is_read_whole(tmp_path):
    whole, path = workbook(tmp_path, [["客户编号", "年收入"], ["a", 1], ["b", 2]]), tmp_path / "understated.xlsx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'<dimension ref="A1:B3"', b'<dimension ref="A1:A1"'))
    assert read_customers(path).table.revenue_yuan.tolist() == [1, 2]


def test_errors_of_excel_are_missing_not_text(tmp_path):
    result = read_customers(text_file(tmp_path, [["客户编号", "客户名称", "年收入"], ["a", "#N/A", "#REF!"], ["b", "n", "1"]]))
    assert result.table.name.isna().tolist() == [True, False]
    assert lines(result, "missing").text.tolist() == ["#N/A", "#REF!"]


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
        (b"", "is empty"),
        (b"\r\n \r\n", "is empty"),
        (b"\xef\xbb\xbf\r\n", "is empty"),
        (_ole("Workbook"), "Excel 97–2003.*save it as .xlsx"),
        (_ole("EncryptedPackage"), "password"),
        (b"<html><table><tr><td>1</td></tr></table>", "web page"),
        (b"%PDF-1.7 x", "PDF"),
        (_zip("word/document.xml"), "cannot be read as a workbook"),
        (b"PK\x03\x04broken", "cannot be read as a workbook"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "neither a workbook nor text"),
        (b"\xff\xfe\x00", "neither"),
        (b"a\x00b\x00c", "neither"),
        ("客户编号,年收入\n".encode(), "no customers below the headings in row 1"),
        (b"colour,size\nred,5\n", "No row of headings.*Row 1 reads: colour, size.*mapping="),
        ('客户编号,名称\na,"甲\nb,乙\n'.encode(), "never closed"),
        (("客户编号\n" + "x" * 200_000).encode(), "neither"),
    ],
)
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
