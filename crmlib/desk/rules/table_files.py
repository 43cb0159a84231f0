"""The rule tables as files: TOML and Excel hold the same sheets with the same columns, and know where each row stands."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from crmlib.company.storage import replace_file
from crmlib.i18n import _

COLUMNS = {
    "rules": (
        "rule_id", "name_zh", "name_en", "enabled", "event", "condition", "who", "channel", "template", "priority", "quiet_from", "quiet_until",
        "quiet_then", "cap_count", "cap_days", "consent", "experiment", "arm", "valid_from", "valid_until",
    ),
    "templates": ("template", "subject_zh", "text_zh", "subject_en", "text_en"),
    "experiments": ("experiment", "arm", "share"),
    "settings": ("setting", "value"),
}  # fmt: skip
"""The sheets of a rule file and their columns."""
_TRUE, _FALSE = ("true", "yes", "y", "1", "是", "启用"), ("false", "no", "n", "0", "否", "停用")
WHOLE, YES_NO, SHARE = ("priority", "cap_count", "cap_days"), ("enabled",), ("share", "value")


@dataclass(frozen=True)
class Place:
    """Where something stands: file, sheet, row of the sheet (line of a TOML file), and the letter or name of the column."""

    file: str
    sheet: str
    row: int
    letter: str = ""


@dataclass(frozen=True)
class Raw:
    """What a file holds: per sheet the rows (column → value as written, nothing where empty) with the number of each row, and strange columns.

    `lines`: (sheet, place of the row, column) → line, for TOML.
    """

    path: str
    sheets: dict[str, list[dict[str, Any]]]
    rows: dict[str, list[int]]
    strange: list[tuple[str, int, str]]
    lines: dict[tuple[str, int, str], int]

    def place(self, sheet: str, row: int, column: str) -> Place:
        """Where a value stands."""
        numbers = self.rows.get(sheet, [])
        number = self.lines.get((sheet, row, column), numbers[row] if row < len(numbers) else 1)
        letter = ""
        if self.path.endswith(".xlsx") and column in COLUMNS[sheet]:
            letter = chr(ord("A") + COLUMNS[sheet].index(column))
        return Place(Path(self.path).name, sheet, number, letter)


def read_raw(path: str | os.PathLike) -> Raw:
    """What stands in a .toml or .xlsx file.

    Raises
    ------
    ValueError
        There is no such file, or it cannot be read as what its name says.
    """
    path = Path(path)
    if path.suffix.lower() not in (".toml", ".xlsx"):
        raise ValueError(_("{path}: rules are kept in a file that ends in .toml or .xlsx.").format(path=path))
    if not path.is_file():
        raise ValueError(_("There is no file {path}.").format(path=path))
    return _from_toml(path) if path.suffix.lower() == ".toml" else _from_xlsx(path)


def _from_toml(path: Path) -> Raw:
    try:
        text = path.read_text("utf-8-sig")
        tree = tomllib.loads(text)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(_("{path} is not a TOML file in UTF-8: {reason}").format(path=path, reason=error)) from None
    lines = text.splitlines()
    sheets: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    rows: dict[str, list[int]] = {name: [] for name in COLUMNS}
    strange, where = [], {}
    for sheet, entries in tree.items():
        if sheet == "settings" and isinstance(entries, dict):
            entries = [{"setting": name, "value": value} for name, value in entries.items()]
        head = re.compile(rf"^\s*\[\[?\s*{re.escape(sheet)}\s*\]")
        starts = [number for number, line in enumerate(lines, 1) if head.match(line)] or [1]
        if sheet not in COLUMNS or not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            strange.append((sheet, starts[0], ""))
            continue
        for row, entry in enumerate(entries):
            start = starts[min(row, len(starts) - 1)]
            rows[sheet].append(start)
            sheets[sheet].append({column: value for column, value in entry.items() if column in COLUMNS[sheet] and value != ""})
            for column in entry if sheet != "settings" else ("value",):
                key = entry["setting"] if sheet == "settings" else column
                found = next((number for number in range(start, len(lines) + 1) if re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", lines[number - 1])), start)
                where[sheet, row, column] = found
                if column not in COLUMNS[sheet]:
                    strange.append((sheet, found, column))
    return Raw(str(path), sheets, rows, strange, where)


def _from_xlsx(path: Path) -> Raw:
    import openpyxl

    try:
        with open(path, "rb") as file:
            book = openpyxl.load_workbook(file, data_only=True)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise ValueError(_("{path} is not a readable .xlsx file: {reason}").format(path=path, reason=error)) from None
    sheets: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    rows: dict[str, list[int]] = {name: [] for name in COLUMNS}
    strange = []
    for page in book.worksheets:
        sheet = str(page.title).strip().lower()
        if sheet not in COLUMNS:
            strange.append((page.title, 1, ""))
            continue
        table = list(page.iter_rows(values_only=True))
        heads = [str(cell or "").strip() for cell in table[0]] if table else []
        strange += [(sheet, 1, head) for head in heads if head and head not in COLUMNS[sheet]]
        for number, cells in enumerate(table[1:], 2):
            entry = {head: cell for head, cell in zip(heads, cells, strict=False) if head in COLUMNS[sheet] and cell is not None and str(cell).strip()}
            if entry:
                rows[sheet].append(number)
                sheets[sheet].append(entry)
    return Raw(str(path), sheets, rows, strange, {})


def plain(column: str, value: Any) -> Any:
    """A value as the rules mean it, however the file wrote it: text, yes or no, a whole number, a share, a day or a time of day as text.

    Raises
    ------
    ValueError
        It cannot be meant so; the sentence says what is wanted.

    >>> plain("enabled", "是"), plain("cap_count", 2.0), plain("quiet_from", dt.time(21, 0)), plain("valid_from", dt.datetime(2026, 5, 1))
    (True, 2, '21:00', '2026-05-01')
    """
    if column in YES_NO:
        text = str(value).strip().lower()
        if text not in (*_TRUE, *_FALSE):
            raise ValueError(_("Write yes or no."))
        return text in _TRUE
    if column in WHOLE or column in SHARE:
        try:
            number = float(str(value).strip())
            if isinstance(value, bool) or not 0 <= number < float("inf") or column in WHOLE and number != int(number):
                raise ValueError
        except ValueError:
            raise ValueError(_("Write a whole number.") if column in WHOLE else _("Write a number, such as 0.2.")) from None
        return int(number) if column in WHOLE or column == "value" and number == int(number) else number
    if column in ("quiet_from", "quiet_until"):
        text = f"{value:%H:%M}" if isinstance(value, (dt.time, dt.datetime)) else str(value).strip()
        if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d(:00)?", text):
            raise ValueError(_("Write a time of day, such as 21:00."))
        return text[:5].zfill(5) if text[1] != ":" else "0" + text[:4]
    if column in ("valid_from", "valid_until"):
        try:
            day = pd.Timestamp(str(value).strip())
            if day != day.normalize() or day.tz is not None:
                raise ValueError
        except ValueError:
            raise ValueError(_("Write a day, such as 2026-05-01.")) from None
        return f"{day:%Y-%m-%d}"
    return str(value).strip()


def write_tables(path: str | os.PathLike, tables: dict[str, pd.DataFrame]) -> None:
    """Put the sheets into a .toml or .xlsx file, first under another name, so that no half file is ever there.

    Raises
    ------
    ValueError
        The name ends otherwise, or the folder cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in (".toml", ".xlsx"):
        raise ValueError(_("{path}: rules are kept in a file that ends in .toml or .xlsx.").format(path=path))
    if path.suffix.lower() == ".toml":
        text = _as_toml(tables)
        replace_file(path, lambda place: place.write_text(text, "utf-8", newline="\n"))
    else:
        replace_file(path, lambda place: _write_xlsx(place, tables))


def _entries(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{column: value for column, value in row.items() if not (pd.isna(value) or value == "")}
            for row in frame.astype(object).to_dict("records")]  # fmt: skip


def _as_toml(tables: dict[str, pd.DataFrame]) -> str:
    def written(value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return str(value) if isinstance(value, (int, float)) else json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")

    parts = []
    for sheet in ("settings", "experiments", "rules", "templates"):
        entries = _entries(tables[sheet])
        if sheet == "settings":
            parts.append("\n".join(["[settings]", *(f"{entry['setting']} = {written(entry['value'])}" for entry in entries)]))
        else:
            parts += ["\n".join([f"[[{sheet}]]", *(f"{column} = {written(value)}" for column, value in entry.items())]) for entry in entries]
    return "\n\n".join(parts) + "\n"


def _write_xlsx(path: Path, tables: dict[str, pd.DataFrame]) -> None:
    import xlsxwriter

    from crmlib.company.schema import label

    # A fixed day of making, so that the same tables give the same bytes.
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": dt.datetime(2026, 11, 1)})
        bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        for sheet, columns in COLUMNS.items():
            page = book.add_worksheet(sheet)
            page.freeze_panes(1, 1)
            wide = ("condition", "text_zh", "text_en")
            for place, column in enumerate(columns):
                page.set_column(place, place, 60 if column in wide else 15, wrap)
                page.write_string(0, place, column, bold)
                if label(column) != column:
                    page.write_comment(0, place, label(column))
            for row, entry in enumerate(_entries(tables[sheet]), 1):
                for column, value in entry.items():
                    page.write(row, columns.index(column), value) if isinstance(value, (bool, int, float)) else page.write_string(
                        row, columns.index(column), str(value))  # fmt: skip
