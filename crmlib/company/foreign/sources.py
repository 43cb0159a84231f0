"""The files to be imported as plain rows of cells: text files, every sheet of a workbook, Parquet files."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crmlib.company.customer_list.sheets import Sheet, open_sheet
from crmlib.company.folder import read_parquet
from crmlib.company.foreign.guessing import headings_of, most_recognised
from crmlib.i18n import _


@dataclass(frozen=True)
class Source:
    """One table of foreign make: where it comes from, its rows as they stand (an empty cell is None), and where the headings are."""

    file: str
    sheet: str
    content: Sheet
    top: int

    @property
    def place(self) -> str:
        """How the source is named in sentences."""
        return f"{self.file} [{self.sheet}]" if self.sheet else self.file

    @property
    def headings(self) -> list[str]:
        """The headings as text, none twice; a column without one is called by its number."""
        rows = self.content.rows
        row = rows[self.top] if rows else []
        width = max(map(len, rows), default=0)
        names: list[str] = []
        for position in range(width):
            cell = row[position] if position < len(row) else None
            base = f"column {position + 1}" if cell is None else " ".join(str(cell).split())
            name, turn = base, 1
            while name in names:
                turn += 1
                name = f"{base} ({turn})"
            names.append(name)
        return names


def open_sources(files: Sequence[str | Path]) -> list[Source]:
    """Every table in `files`.

    Raises
    ------
    ValueError
        A file is missing, empty, damaged, of a kind that cannot be read, or named twice.
    """
    paths = [Path(file).expanduser() for file in files]
    twice = [str(path) for place, path in enumerate(paths) if path in paths[:place]]
    if twice:
        raise ValueError(_("{file} is named twice; its rows would count double.").format(file=", ".join(twice)))
    names = [path.name for path in paths]
    sources = []
    for path in paths:
        name = path.name if names.count(path.name) == 1 else str(path)
        if path.suffix.lower() == ".parquet":
            sources.append(_source(name, "", _parquet(path)))
        elif (titles := _titles(path)) and len(titles) > 1:
            sources += [_source(name, title, _sheet(path, title)) for title in titles]
        else:
            sources.append(_source(name, titles[0] if titles else "", _sheet(path, titles[0] if titles else None)))
    return sources


def _source(name: str, title: str, sheet: Sheet) -> Source:
    return Source(name, title, sheet, headings_of(sheet.rows))


def _titles(path: Path) -> list[str]:
    """The names of the sheets of a workbook that hold anything; none for other files."""
    import openpyxl

    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if file.read(2) != b"PK":
                return []
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            pages = {page.title: page.iter_rows(values_only=True) for page in book.worksheets}
            return [title for title, rows in pages.items() if any(cell is not None for row in rows for cell in row)]
    except Exception:  # what is wrong with the file is for `open_sheet` to say, which meets it again
        return []


def _sheet(path: Path, title: str | None) -> Sheet:
    def score(rows: Sequence[Sequence[object]]) -> tuple[int, int, int]:
        head = [cell for cell in (rows[headings_of(rows)] if rows else []) if isinstance(cell, str) and cell.strip()]
        return most_recognised(head), len(head), 0

    return open_sheet(path, title, score)


def _parquet(path: Path) -> Sheet:
    if not path.is_file():
        raise ValueError(_("There is no file {path}.").format(path=path))
    frame = read_parquet(path)
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    plain = frame.astype(object).where(frame.notna(), None)
    rows = [list(row) for row in zip(*(plain.iloc[:, place].tolist() for place in range(plain.shape[1])), strict=True)]
    return Sheet([[str(name) for name in frame.columns], *rows], is_text=False)

