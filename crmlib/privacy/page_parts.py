"""Everything that a page, figure, export, notebook or log holds in words, shown or not, each with the place where it stands."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd

from crmlib.i18n import _

Piece = tuple[str, str, str]
"""Where (shown, hidden, attribute, comment, script, cell, metadata, …), the exact place, and the words."""
_WITHIN_A_LINE = frozenset("a abbr b bdi bdo big cite code data del em font i ins kbd label mark q s samp small span strong sub sup tspan u var wbr".split())
_VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d]*[1-9])|font-size\s*:\s*0(?![.\d]*[1-9])|left\s*:\s*-\d{3,}", re.IGNORECASE)


def pieces(thing: object) -> list[Piece]:
    """The pieces of text in a page (text that holds a tag), a file, a table or a figure.

    >>> pieces("<p title='李安'>李*</p>")
    [('attribute', '<p title>', '李安'), ('shown', '<p>', '李*')]
    """
    if isinstance(thing, pd.DataFrame | pd.Series):
        return list(_table(thing.to_frame() if isinstance(thing, pd.Series) else thing))
    if hasattr(thing, "findobj"):
        return list(_figure(thing))
    if hasattr(thing, "_repr_html_") and not isinstance(thing, str | Path):
        return list(_page(thing._repr_html_()))
    if isinstance(thing, str) and re.search(r"<[a-zA-Z!?]", thing):
        return list(_page(thing))
    if isinstance(thing, str) and ("\n" in thing or not Path(thing).suffix):
        return list(_lines(thing))
    path = Path(thing)
    if not path.is_file():
        raise ValueError(_("There is no file {name}. Give a file, a page, a table or a figure.").format(name=path))
    try:
        return list(_READERS.get(path.suffix.lower(), _text_file)(path))
    except (ValueError, OSError, zipfile.BadZipFile, KeyError) as error:
        raise ValueError(_("{name} cannot be read as its ending {ending} says: {why}").format(name=path.name, ending=path.suffix, why=error)) from None


class _Parts(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Piece] = []
        self.open: list[tuple[str, bool]] = []
        self.flow: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = dict(attrs)
        style = given.get("style") or ""
        hides = "hidden" in given or bool(_HIDING.search(style)) or given.get("aria-hidden") == "true" or (tag == "input" and given.get("type") == "hidden")
        hides = hides or tag == "template" or given.get("visibility") == "hidden" or given.get("display") == "none"
        hides = hides or bool(self.open and self.open[-1][1])
        self._break(tag)
        if tag not in _VOID:
            self.open.append((tag, hides))
        self.found += [("attribute", f"<{tag} {name}>", value) for name, value in attrs if value]

    def _break(self, tag: str) -> None:
        if tag not in _WITHIN_A_LINE:
            self.flow.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._break(tag)
        while self.open and any(name == tag for name, _hides in self.open):
            if self.open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if data.strip():
            tag, hides = self.open[-1] if self.open else ("page", False)
            where = "script" if tag in ("script", "style") else "hidden" if hides else "metadata" if tag == "title" else "shown"
            self.found.append((where, f"<{tag}>", data))
            if where == "shown":
                self.flow.append(data)

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", "<!-- -->", data))

    def unknown_decl(self, data: str) -> None:
        self.found.append(("comment", "<![CDATA[]]>", data))

    def handle_pi(self, data: str) -> None:
        self.found.append(("comment", "<? >", data))


def _page(page: str) -> Iterator[Piece]:
    parser = _Parts()
    parser.feed(page)
    parser.close()
    yield from parser.found
    whole = "".join(parser.flow)
    if sum(where == "shown" for where, _place, _text in parser.found) > 1:
        yield "shown", "<page>", whole


def _table(frame: pd.DataFrame, place: str = "") -> Iterator[Piece]:
    for name, value in frame.attrs.items():
        yield "metadata", f"attrs {name}", str(value)
    index = frame.index.to_frame() if frame.index.nlevels > 1 or not pd.api.types.is_integer_dtype(frame.index) else None
    if index is not None:
        for row, values in enumerate(index.astype(str).agg(" ".join, axis=1), start=1):
            yield "index", _("{place}row {row}").format(place=place, row=row), values
    for number, column in enumerate(frame.columns):
        yield "heading", f"{place}{column}", str(column)
        values = frame.iloc[:, number].dropna()
        for row, value in zip(values.index if values.index.is_unique and index is None else range(len(values)), values.astype(str), strict=True):
            yield "cell", _("{place}row {row}, column {column}").format(place=place, row=int(row) + 1, column=column), value


def _figure(figure) -> Iterator[Piece]:
    root = getattr(figure, "figure", figure)
    for artist in root.findobj():
        for where, asked in (("shown", "get_text"), ("metadata", "get_label"), ("metadata", "get_gid"), ("metadata", "get_url")):
            if hasattr(artist, asked) and isinstance(text := getattr(artist, asked)(), str) and text.strip():
                hidden = where == "shown" and not artist.get_visible()
                yield "hidden" if hidden else where, type(artist).__name__, text


def _csv(path: Path) -> Iterator[Piece]:
    text = _decoded(path)
    kind = "\t" if path.suffix.lower() == ".tsv" or text.split("\n", 1)[0].count("\t") else ";" if text.split("\n", 1)[0].count(";") else ","
    lines = list(csv.reader(io.StringIO(text), delimiter=kind))
    for row, line in enumerate(lines, start=1):
        for column, value in enumerate(line, start=1):
            if value:
                name = lines[0][column - 1] if column <= len(lines[0]) else column
                yield "heading" if row == 1 else "cell", _("{place}row {row}, column {column}").format(place="", row=row, column=name), value


def _workbook(path: Path) -> Iterator[Piece]:
    from openpyxl import load_workbook

    book = load_workbook(path)
    for sheet in book.worksheets:
        for cell in (cell for line in sheet.iter_rows() for cell in line):
            hidden = sheet.sheet_state != "visible" or sheet.column_dimensions[cell.column_letter].hidden or sheet.row_dimensions[cell.row].hidden
            place = f"{sheet.title}!{cell.coordinate}"
            if cell.value is not None:
                yield "hidden" if hidden else "cell", place, str(cell.value)
            if cell.comment:
                yield "comment", place, cell.comment.text
    yield from _archive(path, skip=("xl/worksheets/", "xl/sharedStrings", "xl/styles", "xl/theme", "xl/comments"))


def _archive(path: Path, skip: tuple[str, ...] = ()) -> Iterator[Piece]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.startswith(skip) and not name.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".bin")):
                content = archive.read(name).decode("utf-8", "replace")
                yield "metadata", name, re.sub(r"<[^>]*>", " ", content) + " " + " ".join(re.findall(r'="([^"]*)"', content))


def _parquet(path: Path) -> Iterator[Piece]:
    import pyarrow.parquet

    for name, value in (pyarrow.parquet.read_schema(path).metadata or {}).items():
        yield "metadata", name.decode(), value.decode("utf-8", "replace")
    yield from _table(pd.read_parquet(path))


def _notebook(path: Path) -> Iterator[Piece]:
    book = json.loads(path.read_text(encoding="utf-8"))
    for number, cell in enumerate(book.get("cells", []), start=1):
        place = _("cell {number}").format(number=number)
        yield "source", place, "".join(cell.get("source", ""))
        for kind, content in ((kind, content) for output in cell.get("outputs", []) for kind, content in _output(output)):
            if kind in ("text/html", "image/svg+xml"):
                yield from ((where, f"{place} {inner}", text) for where, inner, text in _page(content))
            elif not kind.startswith("image/"):
                yield "output", f"{place} {kind}", content
        yield "metadata", place, json.dumps([cell.get("metadata", {}), sorted(cell.get("attachments", {}))], ensure_ascii=False)
    yield "metadata", path.name, json.dumps(book.get("metadata", {}), ensure_ascii=False)


def _output(output: dict) -> Iterator[tuple[str, str]]:
    yield "stream", "".join(output.get("text", "")) + "\n".join(output.get("traceback", []))
    for kind, content in output.get("data", {}).items():
        yield kind, content if isinstance(content, str) else "".join(content) if isinstance(content, list) else json.dumps(content, ensure_ascii=False)
    yield "metadata", json.dumps(output.get("metadata", {}), ensure_ascii=False)


def _lines(text: str) -> Iterator[Piece]:
    for row, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield "line", _("line {number}").format(number=row), line


def _decoded(path: Path) -> str:
    raw = path.read_bytes()
    for name in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _text_file(path: Path) -> Iterator[Piece]:
    return _lines(_decoded(path))


def _page_file(path: Path) -> Iterator[Piece]:
    return _page(_decoded(path))


_READERS = {
    ".html": _page_file, ".htm": _page_file, ".svg": _page_file, ".xml": _page_file, ".csv": _csv, ".tsv": _csv, ".xlsx": _workbook, ".xlsm": _workbook,
    ".parquet": _parquet, ".ipynb": _notebook, ".zip": _archive, ".docx": _archive, ".pptx": _archive,
}  # fmt: skip
