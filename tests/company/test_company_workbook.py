"""A workbook opens in Excel as one expects, holds tables longer than a sheet, and describes itself without becoming data."""

import datetime as dt

import openpyxl
import pandas as pd
import pytest

from crmlib.company import TABLES, Company, lark, read_customers, workbook
from crmlib.company.importing import import_files
from crmlib.company.schema import conform


@pytest.fixture(scope="module")
def firm():
    shipped = lark()
    customers = conform(shipped.customers.head(30).assign(salesperson_id=None), TABLES["customers"])
    waybills = shipped.waybills[shipped.waybills.customer_id.isin(customers.customer_id)].head(25)
    tracking = shipped.tracking[shipped.tracking.waybill_id.isin(waybills.waybill_id)]
    return Company(
        customers=customers, waybills=waybills, tracking=tracking, about={"name": "云雀", "synthetic": True, "end": "2026-11-01"}
    )


@pytest.fixture
def short_sheets(monkeypatch):
    """Sheets of ten rows; the command's own test writes the full length."""
    monkeypatch.setattr(workbook, "MOST_ROWS", 10)


def _assert_same(left, right):
    assert list(left.tables) == list(right.tables) and dict(left.about) == dict(right.about)
    for name in left.tables:
        pd.testing.assert_frame_equal(left.tables[name].reset_index(drop=True), right.tables[name])


def _changed(path, change):
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)


@pytest.mark.parametrize("rows", [0, 1, 9, 10, 11, 20, 21])
def test_a_table_longer_than_a_sheet_goes_on_in_further_sheets(firm, short_sheets, tmp_path, rows):
    part = Company(customers=firm.customers, waybills=firm.waybills, tracking=firm.tracking.head(rows), about=firm.about)
    part.save(tmp_path / "firm.xlsx")
    titles = openpyxl.load_workbook(tmp_path / "firm.xlsx", read_only=True).sheetnames
    expected = ["tracking", "tracking_2", "tracking_3"][: max(-(-rows // 10), 1)]
    assert [title for title in titles if title.startswith("tracking")] == expected
    back = Company.open(tmp_path / "firm.xlsx")
    _assert_same(part, back)
    assert back.validate().ok and back.validate().unread == ()


def test_rows_deleted_in_excel_do_not_hide_the_rest_of_the_table(firm, short_sheets, tmp_path):
    firm.save(tmp_path / "firm.xlsx")
    _changed(tmp_path / "firm.xlsx", lambda book: book["tracking_2"].delete_rows(5, 3))
    kept = firm.tracking.drop(firm.tracking.index[13:16]).reset_index(drop=True)
    pd.testing.assert_frame_equal(Company.open(tmp_path / "firm.xlsx").tracking, kept)


def test_full_sheets_go_on_without_contents_too(firm, short_sheets, tmp_path):
    firm.save(tmp_path / "firm.xlsx")
    _changed(tmp_path / "firm.xlsx", lambda book: book.remove(book["目录 contents"]))
    _assert_same(firm, Company.open(tmp_path / "firm.xlsx"))


def test_a_missing_part_is_noticed(firm, short_sheets, tmp_path):
    firm.save(tmp_path / "firm.xlsx")
    _changed(tmp_path / "firm.xlsx", lambda book: book.remove(book["waybills_2"]))
    with pytest.raises(ValueError, match="Table tracking, column waybill_id.*Not in the table waybills"):
        Company.open(tmp_path / "firm.xlsx")


def test_a_numbered_sheet_of_ones_own_is_no_part_of_a_short_table(firm, tmp_path):
    with pd.ExcelWriter(tmp_path / "own.xlsx") as book:
        firm.customers.to_excel(book, sheet_name="customers", index=False)
        firm.customers.head(3).to_excel(book, sheet_name="customers_2", index=False)
    back = Company.open(tmp_path / "own.xlsx")
    assert len(back.customers) == 30 and back.validate().unread == ("customers_2",)


def test_excel_shows_contents_headings_that_stay_and_columns_wide_enough(firm, tmp_path):
    firm.save(tmp_path / "firm.xlsx")
    book = openpyxl.load_workbook(tmp_path / "firm.xlsx")
    assert book.sheetnames == ["目录 contents", "字段 columns", "customers", "waybills", "tracking", "about"]
    first = [[cell for cell in row if cell is not None] for row in book.worksheets[0].iter_rows(values_only=True)]
    assert first[:2] == [["云雀"], ["模拟数据 simulated data"]]
    assert [row[:5] for row in first[5:]] == [
        ["customers", "customers", "客户表", "customers", 30], ["waybills", "waybills", "运单表", "waybills", 25],
        ["tracking", "tracking", "物流轨迹表", "tracking", len(firm.tracking)]]  # fmt: skip
    assert first[4][5:] == ["一行是什么", "what a row is"] and all(len(row) == 7 for row in first[4:])
    assert book.worksheets[0].freeze_panes == "A6"
    links = {link.ref: link.location for row in book.worksheets[0].iter_rows() for cell in row if (link := cell.hyperlink)}
    assert links == {"A6": "'customers'!A1", "A7": "'waybills'!A1", "A8": "'tracking'!A1"}
    listed = list(book["字段 columns"].iter_rows(values_only=True))[1:]
    assert [row[:2] for row in listed] == [(name, column.name) for name in firm.tables for column in TABLES[name].columns]
    assert book.worksheets[0].row_dimensions[6].height == 30, "what a row of customers is takes two lines in English"
    for sheet in book.worksheets[2:5]:
        assert sheet.freeze_panes == "A2"
        widths = [shape.width for shape in sheet.column_dimensions.values() for _column in range(shape.min, shape.max + 1)]
        for column, width in zip(sheet.iter_cols(max_row=20), widths, strict=True):
            if not isinstance(column[1].value, dt.datetime):
                assert all(len(str(cell.value)) < width or width >= 60 for cell in column)
    assert book["waybills"]["C2"].number_format == r"yyyy\-mm\-dd hh:mm:ss"
    assert book["customers"]["K2"].number_format == r"yyyy\-mm\-dd" and isinstance(book["customers"]["L2"].value, bool)
    assert book["customers"]["A1"].font.bold


@pytest.mark.parametrize("number", [0.1 + 0.2, 1 / 3, 2.0**53 + 2, 12345678901234568.0, 5e-324, 1e300])
def test_numbers_come_back_to_the_last_digit(firm, tmp_path, number):
    Company(customers=firm.customers, waybills=firm.waybills.assign(price_yuan=number)).save(tmp_path / "firm.xlsx")
    assert set(Company.open(tmp_path / "firm.xlsx").waybills.price_yuan) == {number}


@pytest.mark.parametrize("text", ["{=1+1}", "<r>x & y</r>", "<r><t>x</t></r>", "https://example.org", "internal:customers!A1", "&amp;"])
def test_text_that_a_writer_could_take_for_something_else_stays_text(firm, tmp_path, text):
    Company(customers=firm.customers.assign(name=text)).save(tmp_path / "firm.xlsx")
    assert set(Company.open(tmp_path / "firm.xlsx").customers.name) == {text}


def test_what_is_said_about_the_firm_is_refused_when_it_does_not_fit(firm, tmp_path):
    with pytest.raises(ValueError, match="Table about, column value, row 2: Excel cannot hold"):
        Company(customers=firm.customers, about={"name": "云雀", "notes": "长" * 40_000}).save(tmp_path / "firm.xlsx")
    assert not list(tmp_path.iterdir())


def test_the_same_firm_makes_the_same_file(firm, tmp_path):
    firm.save(tmp_path / "a.xlsx")
    firm.save(tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_pandas_and_the_list_reader_and_the_import_read_it_too(firm, short_sheets, tmp_path):
    firm.save(tmp_path / "firm.xlsx")
    sheet = pd.read_excel(tmp_path / "firm.xlsx", sheet_name="waybills")
    assert sheet.waybill_id.tolist() == firm.waybills.waybill_id.head(10).tolist()
    assert len(read_customers(tmp_path / "firm.xlsx", sheet="customers").table) == 10
    report = import_files([tmp_path / "firm.xlsx"], tmp_path / "own")
    assert report.ok, report.summary()
    left_out = report.accounts[report.accounts.table == ""].sheet.tolist()
    assert left_out == ["目录 contents", "字段 columns", "about"]
    _assert_same(Company(**firm.tables), Company(**Company.open(tmp_path / "own").tables))


def test_a_write_that_fails_leaves_the_old_file(firm, tmp_path):
    firm.save(tmp_path / "firm.xlsx")
    before = (tmp_path / "firm.xlsx").read_bytes()
    place = workbook.Workbook(tmp_path / "firm.xlsx")

    def stop(_rows):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        place.write(firm.tables, {}, replace=True, tell=stop)
    assert (tmp_path / "firm.xlsx").read_bytes() == before and [path.name for path in tmp_path.iterdir()] == ["firm.xlsx"]
