"""Tables as the pages of an Excel file: headings that stay in view, columns wide enough, and cells that lead to other pages."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import east_asian_width

import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

_LOOKS = {
    "title": {"bold": True, "font_size": 16},
    "heading": {"bold": True, "bg_color": "#E7EEF7"},
    "link": {"font_color": "#0563C1", "underline": 1, "valign": "top"},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "moment": {"num_format": r"yyyy\-mm\-dd hh:mm:ss"},
    "day": {"num_format": r"yyyy\-mm\-dd"},
}
_NO_DATE = dt.datetime(2000, 1, 1)
_A_TIME = 10_000
_LOOKED_AT = 500
_NARROWEST, _WIDEST = 9, 60
_LINE, _TITLE_LINE = 15, 24


@dataclass(frozen=True)
class Page:
    """One sheet: its table, the rows that stand above its headings, whether long text wraps, and where cells of the first column lead.

    `above` holds (look, text) each, the look being "title" or ""; `links` names, by row of the table from 0, the sheet that the row's
    first cell leads to.
    """

    title: str
    table: pd.DataFrame
    above: Sequence[tuple[str, str]] = ()
    wrapped: bool = False
    links: Mapping[int, str] = field(default_factory=dict)


class _ExactSheet(Worksheet):
    """XlsxWriter would write 16 digits of a number, where a float may need 17, and would take text between <r> and </r> for markup."""

    def _xml_number_element(self, number: float, attributes: Iterable[tuple[str, object]] = ()) -> None:
        place = " ".join(f'{key}="{value}"' for key, value in attributes)
        self.fh.write(f"<c {place}><v>{number!r}</v></c>")

    def _xml_rich_inline_string(self, string: str, attributes: Iterable[tuple[str, object]] = ()) -> None:
        self._xml_inline_string(string, False, attributes)


@contextmanager
def new_book(path: Path) -> Iterator[xlsxwriter.Workbook]:
    """An .xlsx file being written; after the with statement it is whole. The same pages make the same file.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with new_book(Path(folder) / "a.xlsx") as book:
    ...         add_page(book, Page("客户", pd.DataFrame({"name": ["云雀", None], "on": pd.to_datetime(["2025-01-31", None])})))
    ...     pd.read_excel(Path(folder) / "a.xlsx").name.tolist()[0]
    '云雀'
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        path.touch()  # a place that cannot be written is told before the work, not after it
        book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": scratch})
        book.use_zip64()
        book.set_tab_ratio(80)
        book.set_properties({"created": _NO_DATE})
        yield book
        try:
            book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise error.args[0] from None


def add_page(book: xlsxwriter.Workbook, page: Page, *, tell: Callable[[int], object] = int) -> None:
    """Write one sheet after the others; `tell` is called with the number of rows that were just written."""
    sheet = book.add_worksheet(page.title, worksheet_class=_ExactSheet)
    styles = {name: book.add_format(style) for name, style in _LOOKS.items()}
    writers = {str: sheet.write_string, bool: sheet.write_boolean, dt.datetime: sheet.write_datetime}
    columns = [page.table.iloc[:, place] for place in range(page.table.shape[1])]
    looks = [styles.get(_look(column, page)) for column in columns]
    top = len(page.above) + 1
    sheet.freeze_panes(top, 0)
    for row, (look, text) in enumerate(page.above):
        sheet.set_row(row, _TITLE_LINE if look == "title" else _LINE)
        sheet.write_string(row, 0, text, styles.get(look))
    widths = [_width(column, page) for column in columns]
    for place, column in enumerate(columns):
        sheet.set_column(place, place, widths[place])
        sheet.write_string(top - 1, place, str(column.name), styles["heading"])
    for start in range(0, len(page.table), _A_TIME):
        parts = [_plain(column.iloc[start : start + _A_TIME]) for column in columns]
        for row, values in enumerate(zip(*parts, strict=True), start):
            if page.wrapped:
                sheet.set_row(top + row, _height(values, widths))
            for place, value in enumerate(values):
                if place == 0 and row in page.links:
                    sheet.write_url(top + row, 0, f"internal:'{page.links[row]}'!A1", styles["link"], value)
                elif value is not None:
                    writers.get(type(value), sheet.write_number)(top + row, place, value, looks[place])
        tell(min(_A_TIME, len(page.table) - start))


def _plain(values: pd.Series) -> list[object]:
    """Values of Python's own types, None where there is none."""
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return values.to_numpy().astype("datetime64[us]").tolist()
    return values.astype(object).where(values.notna(), None).tolist()


def _look(column: pd.Series, page: Page) -> str:
    if not pd.api.types.is_datetime64_dtype(column.dtype):
        return "wrapped" if page.wrapped else ""
    days = column.dropna()
    return "day" if days.eq(days.dt.normalize()).all() else "moment"


def _width(column: pd.Series, page: Page) -> int:
    shown = {"moment": ["0000-00-00 00:00:00"], "day": ["0000-00-00"]}.get(_look(column, page), column.head(_LOOKED_AT).dropna().tolist())
    return min(max(_NARROWEST, *(_wide(str(text)) + 2 for text in (*shown, column.name))), _WIDEST)


def _height(values: Iterable[object], widths: Iterable[int]) -> int:
    """Enough for the longest wrapped text: not every program that opens the file finds the height by itself."""
    return _LINE * max(-(-_wide(str(value)) // (width - 2)) for value, width in zip(values, widths, strict=True))


def _wide(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
