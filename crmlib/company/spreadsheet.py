"""Writing an .xlsx file sheet by sheet: millions of rows in seconds, and none of them kept in memory."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from unicodedata import east_asian_width
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pandas as pd

PLAIN, MOMENT, DAY, HEADING, TITLE, LINK, WRAPPED = range(7)
"""The looks a cell can have, as they are listed in `_STYLES`."""

_A_TIME = 10_000
_LOOKED_AT = 500
_NARROWEST, _WIDEST = 9, 60
_LINE, _TITLE_LINE = 15, 24
_MICROSECONDS_A_DAY = 86_400_000_000
_MANY_CELLS = 20_000_000
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts><fonts count="4"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="16"/><name val="Calibri"/></font>'
    '<font><u/><sz val="11"/><color rgb="FF0563C1"/><name val="Calibri"/></font></fonts><fills count="3">'
    '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE7EEF7"/><bgColor indexed="64"/></patternFill></fill></fills>'
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count=\"1\">"
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="7">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>'
    '<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="3" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1"><alignment vertical="top"/></xf>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """One sheet: its table, the rows that stand above its headings, looks of whole columns, and where cells of the first column lead.

    `above` holds (look, text) each; `links` names, by row of the table from 0, the sheet that the row's first cell leads to.
    """

    title: str
    table: pd.DataFrame
    above: Sequence[tuple[int, str]] = ()
    looks: Mapping[str, int] = field(default_factory=dict)
    links: Mapping[int, str] = field(default_factory=dict)


class SpreadsheetFile:
    """An .xlsx file being written; used in a with statement, after which the file is whole.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with SpreadsheetFile(Path(folder) / "a.xlsx") as book:
    ...         book.add(Page("客户", pd.DataFrame({"name": ["云雀", None], "on": pd.to_datetime(["2025-01-31", None])})))
    ...     pd.read_excel(Path(folder) / "a.xlsx").name.tolist()[0]
    '云雀'
    """

    def __init__(self, path: Path) -> None:
        self._parts = zipfile.ZipFile(path, "w")
        self._titles: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._finish()
        self._parts.close()

    def add(self, page: Page, *, tell: Callable[[int], object] = int) -> None:
        """Write one sheet after the others; `tell` is called with the number of rows that were just written."""
        self._titles.append(page.title)
        top, (rows, width) = len(page.above) + 1, page.table.shape
        letters = [_letter(place) for place in range(width)]
        name = f"xl/worksheets/sheet{len(self._titles)}.xml"
        with self._parts.open(_part(name), "w", force_zip64=rows * width > _MANY_CELLS) as file:
            file.write(_opening(page, top, rows).encode())
            above = [[_text(text, look)] for look, text in page.above]
            headings = [_text(str(text), HEADING) for text in page.table.columns]
            heights = [_TITLE_LINE if look == TITLE else _LINE for look, _text in page.above]
            file.write(_rows([*above, headings], 1, letters, heights).encode())
            looks = [_look(page, place) for place in range(width)]
            for start in range(0, rows, _A_TIME):
                part = page.table.iloc[start : start + _A_TIME]
                columns = [_cells(part.iloc[:, place], looks[place]) for place in range(width)]
                for row in page.links.keys() & set(range(start, start + len(part))) if columns else ():
                    columns[0][row - start] = _text(str(part.iloc[row - start, 0]), LINK)
                file.write(_rows(zip(*columns, strict=True), top + 1 + start, letters, _heights(page, part, looks)).encode())
                tell(len(part))
            file.write(_closing(page, top).encode())

    def _finish(self) -> None:
        numbered = list(enumerate(self._titles, start=1))
        kinds = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_CONTENT}.worksheet+xml"/>' for n, _title in numbered
        )
        sheets = "".join(f'<sheet name={quoteattr(title)} sheetId="{n}" r:id="rId{n}"/>' for n, title in numbered)
        links = "".join(
            f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _title in numbered
        )
        last = len(numbered) + 1
        texts = {
            "xl/styles.xml": _STYLES,
            "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews>'
                               f'<workbookView activeTab="0" tabRatio="800"/></bookViews><sheets>{sheets}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{links}'
                                          f'<Relationship Id="rId{last}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
            "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
                           f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
                                   '<Default Extension="xml" ContentType="application/xml"/>'
                                   '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                                   f'<Override PartName="/xl/workbook.xml" ContentType="{_CONTENT}.sheet.main+xml"/>'
                                   f'<Override PartName="/xl/styles.xml" ContentType="{_CONTENT}.styles+xml"/>{kinds}</Types>',
        }  # fmt: skip
        for name, text in texts.items():
            self._parts.writestr(_part(name), text)


def _part(name: str) -> zipfile.ZipInfo:
    """A part without a date, so that the same tables make the same file."""
    part = zipfile.ZipInfo(name)
    part.compress_type = zipfile.ZIP_DEFLATED
    return part


def _letter(place: int) -> str:
    return (_letter(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def _opening(page: Page, top: int, rows: int) -> str:
    selected = ' tabSelected="1"' if page.above else ""
    last = f"{_letter(max(page.table.shape[1] - 1, 0))}{top + rows}"
    widths = "".join(
        f'<col min="{place + 1}" max="{place + 1}" width="{_width(page, place)}" customWidth="1"/>' for place in range(page.table.shape[1])
    )
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><dimension ref="A1:{last}"/><sheetViews><sheetView workbookViewId="0"'
        f'{selected}><pane ySplit="{top}" topLeftCell="A{top + 1}" '
        f'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="{_LINE}"/>{f"<cols>{widths}</cols>" if widths else ""}<sheetData>'
    )


def _closing(page: Page, top: int) -> str:
    places = {top + 1 + row: quoteattr(f"'{title}'!A1") for row, title in page.links.items()}
    links = "".join(f'<hyperlink ref="A{row}" location={place}/>' for row, place in places.items())
    return f"</sheetData>{f'<hyperlinks>{links}</hyperlinks>' if links else ''}</worksheet>"


def _width(page: Page, place: int) -> int:
    column, look = page.table.iloc[:, place], _look(page, place)
    if look in (MOMENT, DAY):
        longest = 19 if look == MOMENT else 10
    else:
        longest = max((_wide(str(value)) for value in column.head(_LOOKED_AT).dropna().tolist()), default=0)
    return min(max(longest + 2, _wide(str(page.table.columns[place])) + 2, _NARROWEST), _WIDEST)


def _wide(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _look(page: Page, place: int) -> int:
    column = page.table.iloc[:, place]
    if not pd.api.types.is_datetime64_dtype(column.dtype):
        return page.looks.get(page.table.columns[place], PLAIN)
    return DAY if column.dropna().eq(column.dropna().dt.normalize()).all() else MOMENT


def _heights(page: Page, part: pd.DataFrame, looks: Sequence[int]) -> list[int]:
    """The heights of rows whose cells are wrapped; none where no cell is."""
    wrapped = [place for place, look in enumerate(looks) if look == WRAPPED]
    if not wrapped:
        return []
    widths = [_width(page, place) - 2 for place in wrapped]
    rows = zip(*(part.iloc[:, place].tolist() for place in wrapped), strict=True)
    return [_LINE * max(-(-_wide(str(text)) // width) for text, width in zip(row, widths, strict=True)) for row in rows]


def _rows(rows: Iterable[Sequence[str]], first: int, letters: Sequence[str], heights: Sequence[int]) -> str:
    """Rows of cells, each cell still without its place; an empty one is left out."""
    lines = []
    for turn, cells in enumerate(rows):
        number = first + turn
        filled = [f'<c r="{letter}{number}"{cell}' for letter, cell in zip(letters, cells, strict=False) if cell]
        tall = f' ht="{heights[turn]}" customHeight="1"' if turn < len(heights) and heights[turn] != _LINE else ""
        lines.append(f'<row r="{number}"{tall}>{"".join(filled)}</row>')
    return "".join(lines)


def _text(text: str, look: int = PLAIN) -> str:
    space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    style = f' s="{look}"' if look else ""
    return f'{style} t="inlineStr"><is><t{space}>{escape(text)}</t></is></c>'


def _cells(values: pd.Series, look: int) -> list[str]:
    """Everything of the cells but their places; nothing where there is no value."""
    return _moments(values, look) if look in (MOMENT, DAY) else [_cell(value, look) for value in values.tolist()]


def _cell(value: object, look: int) -> str:
    if isinstance(value, str):
        return _text(value, look)
    if value is None or pd.isna(value):
        return ""
    style = f' s="{look}"' if look else ""
    return f'{style} t="b"><v>{value:d}</v></c>' if isinstance(value, bool) else f"{style}><v>{value!r}</v></c>"


def _moments(values: pd.Series, look: int) -> list[str]:
    """Excel counts days from the end of 1899; whole days and the rest are divided apart, so that no microsecond is lost."""
    since = (values - pd.Timestamp("1899-12-30")).to_numpy().astype("timedelta64[us]")
    gone = np.isnat(since)
    days, rest = np.divmod(np.where(gone, np.timedelta64(0, "us"), since).astype("int64"), _MICROSECONDS_A_DAY)
    numbers = (days + rest / _MICROSECONDS_A_DAY).tolist()
    return ["" if empty else f' s="{look}"><v>{number!r}</v></c>' for number, empty in zip(numbers, gone.tolist(), strict=True)]
