"""Customer lists for tests: written as a person or a program would write them, and what a report says about them."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd

from crmlib.company import read_customers

HEADINGS = ["客户编号", "客户名称", "年收入(万元)", "件量", "开户日期", "是否月结", "客户类型"]
ROWS = [
    ["007", "云雀商行", "3.5", "1,234", "2024-03-05", "是", "电商客户"],
    ["008", "百灵（上海）有限公司", "1.25", "560", "2024/11/30", "否", "企业客户"],
    ["109", "画眉", "0.02", "3", "2025年1月9日", "否", "零散客户"],
]


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
