"""Nothing is lost: whatever the file holds, the table and the report account for it, or a sentence refuses it."""

from __future__ import annotations

import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from customer_lists import HEADINGS, ROWS, accounted, lines, text_file, workbook
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


# --- nothing lost, whatever comes ----------------------------------------------------------------------------------

CELLS = st.one_of(
    st.sampled_from(
        ["", "", "a", "b", "合计", "3.5万", "-", "2024-03-05", "是", "电商", "1E+05", "#N/A", "注：x", "客户编号", "12%", "云雀"]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6),
)
EXCEL_CELLS = st.one_of(
    CELLS.map(lambda cell: cell or None),
    st.integers(-(10**6), 10**18),
    st.floats(-1e12, 1e12),
    st.booleans(),
    st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)),
    st.timedeltas(timedelta(0), timedelta(days=2)),
)
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
