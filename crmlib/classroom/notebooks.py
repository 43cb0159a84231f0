"""Turn a bilingual source into the notebook of one edition, the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from crmlib.classroom.course_map import words
from crmlib.classroom.prose import SETUP_CALL
from crmlib.classroom.source import Cell, Source

NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""Enough for Jupyter, and nothing that changes by itself."""

_BUILD_ONLY = ("lang", "of", "loses", "hint")


def cell_ids(source: Source) -> dict[int, str]:
    """A readable id for each cell, by cell number; a Chinese cell and its English twin share one.

    Graded cells keep their grade id. Other code is called after its first words, text after the first words of its English.
    """
    ids: dict[int, str] = {}
    taken: set[str] = set()
    for cell in source.cells:
        if cell.grade_id and not cell.is_answer:
            ids[cell.number] = cell.grade_id
            taken.add(cell.grade_id)
    for cell in source.cells:
        twin = source.twin(cell)
        if cell.number in ids or cell.is_answer:
            continue
        if cell.lang == "en" and twin is not None:
            ids[cell.number] = ids[twin.number]
            continue
        english = twin if cell.lang == "zh" and twin is not None else cell
        if cell.is_rubric:
            wanted = f"{cell.metadata.get('of')}-rubric"
        elif "setup" in cell.tags:
            wanted = "setup"
        else:
            wanted = slug(english.text) or cell.type
        name, count = wanted, 1
        while name in taken:
            count += 1
            name = f"{wanted}-{count}"
        ids[cell.number] = name
        taken.add(name)
    return ids


def slug(text: str) -> str:
    """The first words of a text as letters, digits and hyphens.

    >>> slug("### Guess first\\n\\nLark Express has")
    'guess-first'
    >>> slug("classes = crm.segments.abc_classes(revenue)")
    'classes-crm-segments-abc-classes-revenue'
    """
    line = next((line for line in text.splitlines() if re.search("[A-Za-z0-9]", line)), "")
    found = re.findall("[a-z0-9]+", line.lower())
    short = ""
    for word in found:
        if len(short) + len(word) > 40:
            break
        short = f"{short}-{word}" if short else word
    return short or "".join(found)[:40]


def to_bytes(notebook: nbformat.NotebookNode) -> bytes:
    """The notebook as a file, after nbformat has checked it."""
    nbformat.validate(notebook)
    return (nbformat.writes(notebook, version=4).rstrip("\n") + "\n").encode("utf-8")


def page(cells: Iterable[nbformat.NotebookNode], meta: Mapping) -> bytes:
    """A notebook of `cells` as a file."""
    notebook = new_notebook(cells=list(cells), metadata=dict(meta))
    notebook.nbformat_minor = 5
    return to_bytes(notebook)


def edition(source: Source, language: str) -> bytes:
    """The notebook of one edition.

    A lesson is what a student opens. A sheet is what nbgrader calls its *source*: with solutions, hidden tests and rubrics,
    from which :mod:`crmlib.classroom.release` makes what students get. Right and wrong answers are in neither.
    """
    ids = cell_ids(source)
    cells = []
    for cell in source.cells:
        if cell.is_answer or (cell.lang and cell.lang != language):
            continue
        cells.append(_cell(source, cell, ids[cell.number], language))
    return page(cells, {**NOTEBOOK_METADATA, "crm": {"edition": language, "task": source.task}})


def _cell(source: Source, cell: Cell, cell_id: str, language: str) -> nbformat.NotebookNode:
    meta = {key: value for key, value in cell.metadata.items() if key not in _BUILD_ONLY}
    if cell.is_code:
        text = SETUP_CALL.sub(f'crm.setup("{language}")', cell.text) if "setup" in cell.tags else cell.text
        if source.kind == "sheet" and "nbgrader" not in meta and not {"setup", "editable"} & {*cell.tags}:
            meta["nbgrader"] = _locked(cell_id)
        return new_code_cell(text, id=cell_id, metadata=meta)
    if cell.is_rubric:
        return _rubric(source, cell, cell_id, language)
    if cell.is_hand_graded:
        meta.setdefault("scaffold", words(language)["your_answer"])
    return new_markdown_cell(cell.text, id=cell_id, metadata=meta)


def _rubric(source: Source, cell: Cell, cell_id: str, language: str) -> nbformat.NotebookNode:
    """A locked cell whose rubric stands between nbgrader's marks: the release loses it, and grading puts it back for the instructor.

    In the answer's own cell it would be gone for good, since nbgrader never restores what a student may edit.
    """
    item = source.graded_by(cell)
    public = words(language)["graded_by_hand"].format(points=f"{item.points:g}" if item else "")
    text = f"{public}\n\n<!-- BEGIN MARK SCHEME -->\n{cell.text}\n<!-- END MARK SCHEME -->"
    return new_markdown_cell(text, id=cell_id, metadata={"nbgrader": _locked(cell_id)})


def _locked(cell_id: str) -> dict:
    """What a student is given and must not change; grading puts it back as it was."""
    return {"grade": False, "grade_id": cell_id, "locked": True, "schema_version": 3, "solution": False, "task": False}


def output(source: Source, language: str) -> Path:
    """Where the notebook of an edition goes, relative to the repository."""
    if source.kind == "lesson":
        return Path("notebooks") / language / f"{source.stem}.ipynb"
    return Path("exercises") / language / "release" / source.stem / f"{source.stem}.ipynb"
