"""An Excel file with one sheet a table, sheets that describe them, and a sheet "about"."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pandas as pd

from crmlib.company.cards import cards
from crmlib.company.findings import Finding
from crmlib.company.naming import table_meant
from crmlib.company.pages import Page, add_page, new_book
from crmlib.company.raw_tables import from_rows
from crmlib.company.schema import TABLES
from crmlib.company.storage import Found, Frames, refuse_existing, refuse_twice, refuse_without_customers, replace_file
from crmlib.i18n import _

if TYPE_CHECKING:
    from openpyxl import Workbook as Book

MOST_ROWS = 1_048_575
MOST_CHARACTERS = 32_767
FIRST_DAY = pd.Timestamp("1900-03-01")
CONTENTS, COLUMNS, ABOUT = "目录 contents", "字段 columns", "about"
DESCRIBING = (CONTENTS, COLUMNS, ABOUT)
"""The sheets that hold no table but describe those that do."""
_SHEET, _TABLE = "工作表 sheet", "表 table"
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")

Tell = Callable[[int], object]


@dataclass(frozen=True)
class Workbook:
    """An .xlsx file. A table with more rows than a sheet holds goes on in further sheets: tracking, tracking_2 and so on."""

    path: Path

    def read(self) -> Found:
        import openpyxl

        if not self.path.is_file():
            raise ValueError(_("There is no file {path}.").format(path=self.path))
        with self._opened() as file:
            book = self._readable(lambda: openpyxl.load_workbook(file, read_only=True, data_only=True))
            return self._found(book)

    def _opened(self) -> BinaryIO:
        try:
            return open(self.path, "rb")
        except OSError as error:
            raise ValueError(_("{path} is not a readable .xlsx file: {reason}").format(path=self.path, reason=error)) from None

    def _readable(self, work: Callable[[], Any]) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return work()
        except Exception as error:  # openpyxl meets a broken file with errors of a dozen kinds, from the ZIP, the XML and its own code
            raise ValueError(_("{path} is not a readable .xlsx file: {reason}").format(path=self.path, reason=error)) from None

    def _rows(self, book: Book, title: str) -> list[tuple[object, ...]]:
        return self._readable(lambda: list(book[title].iter_rows(values_only=True))) if title in book.sheetnames else []

    def _found(self, book: Book) -> Found:
        titles = [page.title for page in book.worksheets]
        chosen: dict[str, str] = {}
        for title in titles:
            table = table_meant(title)
            if table in chosen:
                refuse_twice(self.path, table, [chosen[table], title])
            if table:
                chosen[table] = title
        if "customers" not in chosen:
            refuse_without_customers(self.path, titles)
        listed = _listed(self._rows(book, CONTENTS))
        tables, findings, used = {}, [], [*DESCRIBING]
        for name in TABLES:
            if name in chosen:
                parts = []
                for title, frame, found in self._parts(book, name, chosen[name], listed):
                    parts.append(frame)
                    findings += found
                    used.append(title)
                tables[name] = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
        others = [title for title in titles if title not in used and self._rows(book, title)]
        return Found(tables, self._about(self._rows(book, ABOUT)), tuple(findings), tuple(others))

    def _parts(self, book: Book, name: str, title: str, listed: Mapping[str, str]) -> Iterator[tuple[str, pd.DataFrame, list[Finding]]]:
        """The sheets of one table: its own, and those that go on where a sheet is full or that the contents name."""
        number, sheet = 1, title
        while True:
            rows = self._rows(book, sheet)
            yield sheet, *from_rows((row for row in rows if any(cell is not None for cell in row)), TABLES[name], ragged=False)
            number, full = number + 1, len(rows) > MOST_ROWS
            sheet = f"{title}_{number}"
            if sheet not in book.sheetnames or not (full or listed.get(sheet) == name):
                return

    def _about(self, rows: list[tuple[object, ...]]) -> dict[str, Any]:
        try:
            return {row[0]: json.loads(row[1]) for row in rows[1:] if row[0]}
        except (TypeError, ValueError, IndexError):
            raise ValueError(_('{path}: the sheet "about" cannot be read. Mend or delete it; it only describes the tables.').format(
                path=self.path)) from None  # fmt: skip

    def write(self, tables: Frames, about: Mapping[str, Any], *, replace: bool, tell: Tell = int) -> None:
        """Put the tables there; `tell` is called with the number of rows that were just written, again and again."""
        if not replace and self.path.exists():
            refuse_existing(self.path)
        for name, frame in tables.items():
            _require_fit(name, frame, {column.name: column.dtype for column in TABLES[name].columns})
        sheets = {title: (name, part) for name, frame in tables.items() for title, part in _sheets(name, frame)}
        values = [json.dumps(value, ensure_ascii=False) for value in about.values()]
        notes = pd.DataFrame({"key": list(about), "value": values}, dtype=object)
        _require_fit(ABOUT, notes, dict.fromkeys(notes, "text"))

        def write(path: Path) -> None:
            with new_book(path) as book:
                add_page(book, _contents(sheets, about))
                add_page(book, _columns(tables))
                for title, (_name, part) in sheets.items():
                    add_page(book, Page(title, part), tell=tell)
                add_page(book, Page(ABOUT, notes))

        replace_file(self.path, write)


def _sheets(name: str, frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for number, start in enumerate(range(0, max(len(frame), 1), MOST_ROWS), start=1):
        yield (name if number == 1 else f"{name}_{number}"), frame.iloc[start : start + MOST_ROWS]


def _contents(sheets: Mapping[str, tuple[str, pd.DataFrame]], about: Mapping[str, Any]) -> Page:
    above = [("title", str(about.get("name") or "客户关系管理数据 CRM data"))]
    if about.get("synthetic"):
        above.append(("title", "模拟数据 simulated data"))
        above.append(("", "人名、店名、号码全部虚构。 All names and numbers are invented."))
    above.append(("", ""))
    names = [_SHEET, _TABLE, "中文名", "English", "行数 rows"]
    rows = [(title, name, TABLES[name].zh, TABLES[name].en, len(part)) for title, (name, part) in sheets.items()]
    if about.get("synthetic"):
        names += ["一行是什么", "what a row is"]
        rows = [(*row, cards()[row[1]].row["zh"], cards()[row[1]].row["en"]) for row in rows]
    return Page(CONTENTS, pd.DataFrame(rows, columns=names), above, wrapped=True, links=dict(enumerate(sheets)))


def _columns(tables: Frames) -> Page:
    rows = [
        (name, column.name, column.zh, column.en, column.unit or None, column.meaning_zh, column.meaning_en,
         "; ".join(f"{value.code} = {value.zh} {value.en}" for value in column.values) or None)
        for name in tables for column in TABLES[name].columns
    ]  # fmt: skip
    names = [_TABLE, "字段 column", "中文名", "English", "单位 unit", "说明", "meaning", "取值 values"]
    return Page(COLUMNS, pd.DataFrame(rows, columns=names, dtype=object), wrapped=True)


def _listed(rows: list[tuple[object, ...]]) -> dict[str, str]:
    """The table of each sheet that the contents name."""
    tops = [place for place, row in enumerate(rows) if row[:2] == (_SHEET, _TABLE)]
    return {str(row[0]): str(row[1]) for row in rows[tops[0] + 1 :] if len(row) > 1} if tops else {}


def _require_fit(name: str, frame: pd.DataFrame, kinds: Mapping[str, str]) -> None:
    """Refuse what Excel would cut off or change without a word; `kinds` is what each column holds."""
    for column, kind in kinds.items():
        if column not in frame:
            continue
        values = frame[column]
        if kind == "text":
            bad = np.array([isinstance(value, str) and not _fits(value) for value in values.tolist()], dtype=bool)
        elif kind in ("date", "datetime"):
            bad = (values.lt(FIRST_DAY) | values.ne(values.dt.floor("ms")) & values.notna()).to_numpy()
        else:
            continue
        if bad.any():
            raise ValueError(_("Table {table}, column {column}, row {row}: Excel cannot hold {value} as it is (empty or overlong text, "
                               "control characters, days before March 1900, parts of a millisecond). Save a folder or a database instead.")
                             .format(table=name, column=column, row=int(bad.argmax()) + 1, value=values[bad].iloc[0]))  # fmt: skip


def _fits(text: str) -> bool:
    return 0 < len(text) <= MOST_CHARACTERS and not _UNWRITABLE.search(text)
