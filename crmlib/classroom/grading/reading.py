"""Read whatever students hand in as a notebook: in an odd encoding, in an older format, with parts that are broken."""

from __future__ import annotations

import codecs
import json
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import reader, versions
from nbformat.validator import normalize

from crmlib.i18n import _

LARGEST_BYTES = 1 << 30
CELL_KINDS = ("code", "markdown", "raw")
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True)
class Note:
    """A sentence for the instructor about one submission; `kind` is for programs."""

    kind: str
    said: str


def read_submission(path: Path) -> nbformat.NotebookNode:
    """A notebook file as far as it can be read, without outputs.

    Raises
    ------
    ValueError
        It is no notebook.
    """
    return read_with_notes(path)[0]


def read_with_notes(path: Path, *, outputs: bool = False) -> tuple[nbformat.NotebookNode, list[Note]]:
    """A notebook file as far as it can be read, and a sentence for each thing that was odd about it.

    Parameters
    ----------
    outputs : bool
        Keep outputs; they may be huge, and grading makes them anew.

    Raises
    ------
    ValueError
        It is no notebook.
    """
    if path.stat().st_size > LARGEST_BYTES:
        raise ValueError("too large")
    text, notes = _text(path.read_bytes())
    try:
        content = json.loads(text)
        del text
        mended = _mend(content, outputs=outputs)
        major, minor = reader.get_version(content)
        if major not in versions:
            raise ValueError(f"format {major}")
        if major < 4:
            notes.append(Note("old-format", _("The notebook is in the old format {version}; it was converted.").format(version=major)))
        notebook = nbformat.convert(versions[major].to_notebook_json(content, minor=minor), 4)
        notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
        if major < 4:
            for number, cell in enumerate(notebook.cells):
                cell["id"] = f"cell-{number}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _changes, notebook = normalize(notebook, strip_invalid_metadata=True)
            nbformat.validate(notebook)
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError, IndexError, RecursionError, ValueError) as error:
        raise ValueError(str(error)) from error
    if mended:
        notes.append(Note("broken-cells", _("{count} cells were broken and were mended or left out.").format(count=mended)))
    return notebook, notes


def _text(raw: bytes) -> tuple[str, list[Note]]:
    if raw.startswith(codecs.BOM_UTF8):
        return raw.decode("utf-8-sig", "replace"), [
            Note("encoding", _("The file begins with a byte order mark; it was read all the same."))
        ]
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if raw.startswith(mark):
            return raw.decode("utf-16", "replace"), [_in_encoding("UTF-16")]
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace"), [_in_encoding("GBK")]


def _in_encoding(name: str) -> Note:
    return Note("encoding", _("The file is in {encoding}, not in UTF-8; it was read all the same.").format(encoding=name))


def _mend(content: object, *, outputs: bool) -> int:
    """Make cells whole that would make the whole file unreadable; how many were not."""
    if not isinstance(content, dict) or not isinstance(content.get("cells", content.get("worksheets")), list):
        raise ValueError("no cells")
    if not isinstance(content.get("metadata"), dict):
        content["metadata"] = {}
    if not isinstance(content.get("nbformat"), int):
        content["nbformat"], content["nbformat_minor"] = (4, 5) if "cells" in content else (3, 0)
    mended = 0
    sheets = [content] if "cells" in content else [one for one in content["worksheets"] if isinstance(one, dict)]
    for sheet in sheets:
        cells = [cell for cell in sheet.get("cells", ()) if isinstance(cell, dict) and isinstance(cell.get("cell_type"), str)]
        mended += len(sheet.get("cells", ())) - len(cells)
        sheet["cells"] = cells
        if "cells" in content:
            _name_cells(cells)
        for cell in cells:
            mended += _mend_cell(cell, latest="cells" in content, outputs=outputs)
    return mended


def _name_cells(cells: list[dict]) -> None:
    """Ids that are missing, odd or doubled are made from the cell's place, so that the same file always reads the same."""
    taken: set[str] = set()
    for number, cell in enumerate(cells):
        if not isinstance(cell.get("id"), str) or cell["id"] in taken or not _CELL_ID.fullmatch(cell["id"]):
            cell["id"] = f"cell-{number}"
        taken.add(cell["id"])


def _mend_cell(cell: dict, *, latest: bool, outputs: bool) -> bool:
    whole = True
    if not isinstance(cell.get("metadata"), dict):
        whole, cell["metadata"] = False, {}
    if not isinstance(cell["metadata"].get("nbgrader", {}), dict):
        whole = False
        del cell["metadata"]["nbgrader"]
    place = "input" if "input" in cell and "source" not in cell else "source"
    source = cell.get(place, "")
    if isinstance(source, list):
        source = "".join(map(str, source))
    if not isinstance(source, str):
        whole, source = False, str(source)
    cell[place] = source.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    if latest:
        if cell["cell_type"] not in CELL_KINDS:
            whole, cell["cell_type"] = False, "markdown"
        own = {"outputs", "execution_count"} if cell["cell_type"] == "code" else {"attachments"}
        for name in set(cell) - {"cell_type", "metadata", "source", "id", *own}:
            del cell[name]
        if cell["cell_type"] == "code" and not (outputs and isinstance(cell.get("outputs"), list)):
            cell["outputs"], cell["execution_count"] = [], None
    elif "outputs" in cell and not outputs:
        cell["outputs"] = []
    return not whole
