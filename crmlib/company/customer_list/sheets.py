"""Opening a spreadsheet or text file of unknown make as plain rows of cells, numbered as Excel numbers them."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from crmlib.company.text_files import decode, rows_of
from crmlib.i18n import _

Score = Callable[[Sequence[Sequence[object]]], tuple[int, int, int]]

_WINDOWS_EPOCH = datetime(1899, 12, 30)


class Percent(float):
    """A number that Excel shows as a percentage: 0.12, shown as 12%."""


class Scaled(float):
    """A number that Excel shows in thousands or ten thousands without changing it."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: `rows[i]` is Excel's row i + 1, an empty cell is None; `about` says in sentences how it was read.

    `merged` holds (first row, first column, last row, last column) and `unstored` the (row, column) of formulas without a stored
    result, all counted from 1.
    """

    rows: list[list[object]]
    title: str = ""
    about: tuple[str, ...] = ()
    is_text: bool = False
    epoch: datetime = _WINDOWS_EPOCH
    merged: tuple[tuple[int, int, int, int], ...] = ()
    unstored: frozenset[tuple[int, int]] = frozenset()


def open_sheet(path: str | Path, sheet: str | int | None, score: Score) -> Sheet:
    """The sheet of `path` that looks most like a customer list by `score`, or the one asked for.

    Parameters
    ----------
    path : an .xlsx file, or a text file with one row a line
    sheet : the name of a sheet or its number from 1; None → the best by `score`
    score : how much like a list some rows are; higher is better

    Raises
    ------
    ValueError
        The file is missing, locked, empty, protected, of another kind, or has no such sheet.
    """
    data = _bytes(path)
    name = Path(path).name
    if not data.strip(b"\x00 \t\r\n"):
        raise ValueError(_("The file {file} is empty. Check that it is the right one.").format(file=name))
    if data.startswith(b"PK"):
        return _workbook(data, name, sheet, score)
    _refuse_other_kinds(data, name)
    if sheet is not None:
        raise ValueError(_("{file} is a text file and has no sheets. Leave out sheet=.").format(file=name))
    return _text(data, name, score)


def _bytes(path: str | Path) -> bytes:
    where = Path(path).expanduser()
    try:
        return where.read_bytes()
    except OSError as error:
        if where.is_dir():
            message = _("{path} is a folder. Name the file in it that holds the customer list.")
        elif isinstance(error, FileNotFoundError):
            message = _("There is no file {path}. Check the name and its ending; the search began in {folder}.")
        else:
            message = _("The file {path} cannot be opened. If it is open in Excel or WPS, close it there, and check that you may read it.")
        raise ValueError(message.format(path=where, folder=Path.cwd())) from None
    except ValueError:
        raise ValueError(_("{path} cannot be the name of a file.").format(path=repr(str(path)))) from None


def _refuse_other_kinds(data: bytes, name: str) -> None:
    start = data[:2000].lstrip().lower()
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            message = _("{file} is protected by a password. Open it, remove the password (File → Info), save a copy and read the copy.")
        else:
            message = _("{file} has the format of Excel 97–2003 (.xls). Open it in Excel or WPS, save it as .xlsx and read that file.")
    elif start.removeprefix(b"\xef\xbb\xbf").startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<style")):
        message = _("{file} is a web page, whatever its ending says. Open it in Excel or WPS, save it as .xlsx and read that file.")
    elif data.startswith(b"%PDF"):
        message = _("{file} is a PDF file. Ask for the list as .xlsx or CSV.")
    else:
        return
    raise ValueError(message.format(file=name))


def _workbook(data: bytes, name: str, sheet: str | int | None, score: Score) -> Sheet:
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            titles = [page.title for page in book.worksheets]
            asked = None if sheet is None else _asked(titles, sheet, name)
            pages = [page for page in book.worksheets if asked in (None, page.title)]
            sheets = [Sheet(_rows(page), page.title, epoch=book.epoch) for page in pages]
            filled = [page for page in sheets if page.rows]
            if not filled:
                raise _Refused(_("The file {file} is empty. Check that it is the right one.").format(file=name))
            best = max(filled, key=lambda page: score(page.rows))
            others = [page for page in filled if page is not best]
            about = [_("Sheet “{sheet}” of {file}.").format(sheet=best.title, file=name)]
            about += [
                _("Sheet “{sheet}” was not read ({rows} rows). Use sheet= to read it.").format(sheet=page.title, rows=len(page.rows))
                for page in others
            ]
            if book.epoch != _WINDOWS_EPOCH:
                about.append(_("The workbook counts days from 1904, and its dates were read that way."))
            return _inspected(data, replace(best, about=tuple(about)))
    except _Refused as refused:
        raise ValueError(str(refused)) from None
    except Exception:  # openpyxl meets a broken file with errors of a dozen kinds, from the ZIP, the XML and its own code
        raise ValueError(
            _("{file} cannot be read as a workbook. Open it in Excel or WPS, save it as .xlsx and read that file.").format(file=name)
        ) from None


class _Refused(Exception):
    """A refusal in words, told apart from an error inside openpyxl."""


def _asked(titles: list[str], sheet: str | int, name: str) -> str:
    if isinstance(sheet, int) and 1 <= sheet <= len(titles):
        return titles[sheet - 1]
    if sheet not in titles:
        raise _Refused(
            _("{file} has no sheet {sheet}. It has: {titles}. A number counts from 1.").format(
                file=name, sheet=repr(sheet), titles=", ".join(titles)
            )
        )
    return str(sheet)


def _rows(page) -> list[list[object]]:
    page.reset_dimensions()
    rows = [_trimmed([_cell(cell) for cell in row]) for row in page.iter_rows()]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _trimmed(row: list[object]) -> list[object]:
    while row and row[-1] is None:
        row.pop()
    return row


def _cell(cell) -> object:
    value = cell.value
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    form = cell.number_format.split(";")[0]
    if re.fullmatch(r"0{2,}", form) and value >= 0 and value == int(value):
        return str(int(value)).zfill(len(form))
    scaled = re.search(r"0[!\\]\.0", form)
    form = re.sub(r"\"[^\"]*\"|[!\\].", "", form)
    if "%" in form:
        return Percent(value)
    return Scaled(value) if scaled or re.search(r"[0#?],+(?![0#?,])", form) else value


def _inspected(data: bytes, sheet: Sheet) -> Sheet:
    """`sheet` with its merged cells, hidden rows and unstored formulas, which openpyxl tells only when it loads the whole workbook."""
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        pages = [parts.read(part) for part in parts.namelist() if part.startswith("xl/worksheets/")]
    if not any(mark in page for page in pages for mark in (b"<f>", b"<f ", b"<mergeCell ", b'hidden="')):
        return sheet
    page = openpyxl.load_workbook(io.BytesIO(data))[sheet.title]
    merged = tuple(sorted((area.min_row, area.min_col, area.max_row, area.max_col) for area in page.merged_cells.ranges))
    hidden = sum(1 for number, row in page.row_dimensions.items() if row.hidden and number <= len(sheet.rows) and sheet.rows[number - 1])
    width = max(map(len, sheet.rows))
    unstored = frozenset(
        (cell.row, cell.column)
        for cells, row in zip(page.iter_rows(max_row=len(sheet.rows), max_col=width), sheet.rows, strict=False)
        for position, cell in enumerate(cells)
        if cell.data_type == "f" and (position >= len(row) or row[position] is None)
    )
    note = (_("{count} hidden or filtered row(s) were read like the others.").format(count=hidden),) if hidden else ()
    return replace(sheet, merged=merged, unstored=unstored, about=sheet.about + note)


def _text(data: bytes, name: str, score: Score) -> Sheet:
    text, encoding = decode(data, name)
    cells, best = rows_of(text, name, score)
    rows = [_trimmed(row) for row in cells]
    while rows and not rows[-1]:
        rows.pop()
    if not rows:
        raise ValueError(_("The file {file} is empty. Check that it is the right one.").format(file=name))
    about = _("{file}: text in {encoding}, cells separated by {delimiter}.").format(
        file=name, encoding=encoding, delimiter=_delimiter_name(best)
    )
    return Sheet(rows, about=(about,), is_text=True)


def _delimiter_name(delimiter: str) -> str:
    names = {",": _("commas"), "\t": _("tabs"), ";": _("semicolons"), "，": _("full-width commas"), "|": _("vertical bars")}
    return names.get(delimiter, repr(delimiter))
