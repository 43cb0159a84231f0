"""An Excel file with one sheet a table, and a sheet "about"."""

from __future__ import annotations

import datetime as dt
import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.company.naming import table_meant
from crmlib.company.raw_tables import from_rows
from crmlib.company.schema import TABLES
from crmlib.company.storage import Found, Frames, refuse_existing, refuse_twice, refuse_without_customers, replace_file
from crmlib.i18n import _

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

MOST_ROWS = 1_048_575
MOST_CHARACTERS = 32_767
FIRST_DAY = pd.Timestamp("1900-03-01")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")


@dataclass(frozen=True)
class Workbook:
    """An .xlsx file."""

    path: Path

    def read(self) -> Found:
        import openpyxl

        if not self.path.is_file():
            raise ValueError(_("There is no file {path}.").format(path=self.path))
        try:
            with open(self.path, "rb") as file, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                book = openpyxl.load_workbook(file, read_only=True, data_only=True)
                sheets = {page.title: [list(row) for row in page.iter_rows(values_only=True)] for page in book.worksheets}
        except Exception as error:  # openpyxl meets a broken file with errors of a dozen kinds, from the ZIP, the XML and its own code
            raise ValueError(_("{path} is not a readable .xlsx file: {reason}").format(path=self.path, reason=error)) from None
        return self._found(sheets)

    def _found(self, sheets: Mapping[str, list[list[object]]]) -> Found:
        chosen: dict[str, str] = {}
        for title in sheets:
            table = table_meant(title)
            if table in chosen:
                refuse_twice(self.path, table, [chosen[table], title])
            if table:
                chosen[table] = title
        if "customers" not in chosen:
            refuse_without_customers(self.path, sheets)
        tables, findings = {}, []
        for name in TABLES:
            if name in chosen:
                filled = (row for row in sheets[chosen[name]] if any(cell is not None for cell in row))
                tables[name], found = from_rows(filled, TABLES[name], ragged=False)
                findings += found
        others = [title for title in sheets if title not in (*chosen.values(), "about") and sheets[title]]
        return Found(tables, self._about(sheets.get("about", [])), tuple(findings), tuple(others))

    def _about(self, rows: list[list[object]]) -> dict[str, Any]:
        try:
            return {row[0]: json.loads(row[1]) for row in rows[1:] if row[0]}
        except (TypeError, ValueError, IndexError):
            raise ValueError(_('{path}: the sheet "about" cannot be read. Mend or delete it; it only describes the tables.').format(
                path=self.path)) from None  # fmt: skip

    def write(self, tables: Frames, about: Mapping[str, Any], *, replace: bool) -> None:
        import openpyxl

        if not replace and self.path.exists():
            refuse_existing(self.path)
        for name, frame in tables.items():
            _require_fit(name, frame)
        book = openpyxl.Workbook(write_only=True)
        for name, frame in tables.items():
            _fill(book.create_sheet(name), frame)
        values = [json.dumps(value, ensure_ascii=False) for value in about.values()]
        _fill(book.create_sheet("about"), pd.DataFrame({"key": list(about), "value": values}, dtype=object))
        replace_file(self.path, lambda path: book.save(path))


def _require_fit(name: str, frame: pd.DataFrame) -> None:
    """Refuse what Excel would cut off or change without a word."""
    if len(frame) > MOST_ROWS:
        raise ValueError(_("The table {table} has {rows} rows; an Excel sheet holds {most}. Save a folder or a database instead.").format(
            table=name, rows=len(frame), most=MOST_ROWS))  # fmt: skip
    for column in TABLES[name].columns:
        values = frame[column.name]
        if column.dtype == "text":
            bad = np.array([isinstance(value, str) and not _fits(value) for value in values.tolist()], dtype=bool)
        elif column.dtype in ("date", "datetime"):
            bad = (values.lt(FIRST_DAY) | values.ne(values.dt.floor("ms")) & values.notna()).to_numpy()
        else:
            continue
        if bad.any():
            raise ValueError(_("Table {table}, column {column}, row {row}: Excel cannot hold {value} as it is (empty or overlong text, "
                               "control characters, days before March 1900, parts of a millisecond). Save a folder or a database instead.")
                             .format(table=name, column=column.name, row=int(bad.argmax()) + 1, value=values[bad].iloc[0]))  # fmt: skip


def _fits(text: str) -> bool:
    return 0 < len(text) <= MOST_CHARACTERS and not _UNWRITABLE.search(text)


def _fill(sheet: WriteOnlyWorksheet, frame: pd.DataFrame) -> None:
    from openpyxl.cell import WriteOnlyCell

    def cell(value: object) -> object:
        if pd.isna(value):
            return None
        if isinstance(value, pd.Timestamp):
            return value.to_pydatetime()
        if isinstance(value, str) and value[:1] in "=#":
            plain = WriteOnlyCell(sheet, value)
            plain.data_type = "s"
            return plain
        return value

    sheet.freeze_panes = "A2"
    sheet.append(list(frame.columns))
    for row in zip(*(frame[name].tolist() for name in frame.columns), strict=True):
        sheet.append([value if isinstance(value, (float, bool)) and value == value else cell(value) for value in row])
