"""Tables for Excel: pages of an xlsx and CSV, in which text stays text whatever it begins with."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from crmlib.classroom.files import write_bytes

_SHEET_NAME_FORBIDDEN = str.maketrans({character: " " for character in "[]:*?/\\'"})
_LONGEST_SHEET_NAME = 31
_WIDEST_COLUMN = 60
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


def defused(value: object) -> object:
    """`value`, with an apostrophe before text that a spreadsheet would take for a formula.

    >>> defused("=cmd|' /C calc'!A0"), defused(-3.5), defused("-"), defused("张伟")
    ("'=cmd|' /C calc'!A0", -3.5, '-', '张伟')
    """
    if isinstance(value, str) and len(value.strip()) > 1 and value.lstrip(" ").startswith(_FORMULA_BEGINS):
        return "'" + value
    return value


def write_csv(path: Path, rows: Iterable[Sequence], *, mark: bool = True) -> None:
    """A CSV file that Excel opens in Chinese.

    Parameters
    ----------
    path : Path
    rows : iterable of rows
    mark : bool
        Begin with the byte order mark by which Excel knows UTF-8. Other programs may trip over it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_csv(Path(folder) / "a.csv", [["学号", 1.5]])
    ...     (Path(folder) / "a.csv").read_bytes()[:3]
    b'\\xef\\xbb\\xbf'
    """
    text = io.StringIO(newline="")
    csv.writer(text).writerows([defused(value) for value in row] for row in rows)
    write_bytes(path, text.getvalue().encode("utf-8-sig" if mark else "utf-8"))


def write_xlsx(path: Path, pages: Mapping[str, Iterable[Sequence]], *, pictures: Mapping[str, Sequence[bytes]] | None = None) -> None:
    """A workbook with one sheet a page; the first row of each is its heading and stays in view.

    Parameters
    ----------
    path : Path
    pages : mapping
        Name of the sheet → rows. Names are shortened, and told apart where that makes two alike.
    pictures : mapping, optional
        Name of the sheet → PNG pictures to stand below its rows.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    book.remove(book.active)
    taken: set[str] = set()
    for title, rows in pages.items():
        page = book.create_sheet(_sheet_name(title, taken))
        for row in rows:
            page.append([_cell(value) for value in row])
        for cells in page.iter_rows():
            for cell in cells:
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # a name that begins with "=" is no formula
                    cell.alignment = Alignment(vertical="top", wrap_text=len(cell.value) > _WIDEST_COLUMN // 2)
        for cell in page[1] if page.max_row else ():
            cell.font = Font(bold=True)
        for column in page.columns:
            wide = max(max(map(_width, str(cell.value).split("\n"))) if cell.value is not None else 0 for cell in column)
            page.column_dimensions[column[0].column_letter].width = min(_WIDEST_COLUMN, wide + 2)
        page.freeze_panes = "A2"
        _place(page, (pictures or {}).get(title, ()))
    buffer = io.BytesIO()
    book.save(buffer)
    write_bytes(path, buffer.getvalue())


def _cell(value: object) -> object:
    """What openpyxl takes: no NaN, and no control characters, which a broken name may hold."""
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, str):
        return "".join(character for character in value if character in "\n\t" or character >= " ")
    return value


def _sheet_name(title: str, taken: set[str]) -> str:
    name = title.translate(_SHEET_NAME_FORBIDDEN).strip()[:_LONGEST_SHEET_NAME] or "-"
    count = 1
    while name.casefold() in taken:
        count += 1
        name = f"{name[: _LONGEST_SHEET_NAME - 4]} ({count})"
    taken.add(name.casefold())
    return name


def _place(page, pictures: Sequence[bytes]) -> None:
    from openpyxl.drawing.image import Image

    row = page.max_row + 2
    for content in pictures:
        picture = Image(io.BytesIO(content))
        scale = min(1.0, 720 / picture.width)
        picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)
        page.add_image(picture, f"A{row}")
        row += picture.height // 20 + 2


def _width(text: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
