"""Take in whatever students hand in: files that cannot be read, and notebooks with cells missing, doubled or tampered with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import ClearOutput, NbGraderPreprocessor

from crmlib.classroom.execution import ExecuteSheet, refuse_without_sandbox
from crmlib.classroom.grading.book import opened
from crmlib.classroom.grading.intake import is_own
from crmlib.classroom.grading.lock import grading_lock
from crmlib.classroom.grading.reading import Note, read_submission, read_with_notes
from crmlib.classroom.grading.sheet import KnownCell, Sheet, course_of, key_of, sheets_of
from crmlib.classroom.hints import sentence
from crmlib.i18n import _

UNREADABLE = "file-unreadable"


def taken_in(path: Path, release: Path | None, *, student: str, outputs: bool = False, own: bool = True) -> tuple[nbformat.NotebookNode, list[Note]]:
    """A submission as a notebook, whatever it is, and what was odd about it.

    A file that is no notebook, or a link and not the student's `own`, is graded as the untouched release, with a sentence on top that says so.
    """
    try:
        if not own:
            raise ValueError("a link")
        return read_with_notes(path, outputs=outputs)
    except ValueError:
        told = sentence(UNREADABLE, student=student, file=path.name)
        notebook = read_submission(release) if release is not None and release.is_file() else new_notebook()
        notebook.cells.insert(0, new_markdown_cell(f"**{told}**", id=UNREADABLE))
        return notebook, [Note(UNREADABLE, told)]


class SubmissionExporter(NotebookExporter):
    """Reads submissions so that one broken file does not stop a class, and lets nothing begin where it would not be safe, or twice."""

    export_from_notebook = None

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if ExecuteSheet(parent=self).enabled:
            refuse_without_sandbox(self.log)
        if (coursedir := course_of(self)) is not None:
            self._refuse_beside_another(Path(coursedir.root))

    def _refuse_beside_another(self, root: Path) -> None:
        try:
            with grading_lock(root):
                return
        except ValueError as error:
            self.log.error(str(error))
            raise NbGraderException(str(error)) from error

    def from_file(self, file_stream, resources=None, **kwargs):
        """nbconvert calls this with an open file; its bytes are read anew, since they need not be UTF-8."""
        path = Path(file_stream.name)
        about = (resources or {}).get("nbgrader", {})
        kept = not ClearOutput(parent=self).enabled
        own, student = is_students_own(self, about, path.name), about.get("student", "")
        notebook, notes = taken_in(path, release_path(self, about, path.name), student=student, outputs=kept, own=own)
        for note in notes:
            self.log.warning(note.said)
        return self.from_notebook_node(notebook, resources=resources, **kwargs)


def is_students_own(configurable, about, name: str) -> bool:
    """Whether `name` was handed in as a file: nbgrader copies also what a link leads to, such as another's work."""
    coursedir = course_of(configurable)
    if coursedir is None or not about:
        return True
    folder = Path(coursedir.format_path(coursedir.submitted_directory, about["student"], about["assignment"]))
    return is_own(folder / name, folder)


def release_path(configurable, about, name: str) -> Path | None:
    """The release of the sheet that is being graded, or None outside a course."""
    coursedir = course_of(configurable)
    if coursedir is None or not about:
        return None
    return Path(coursedir.format_path(coursedir.release_directory, ".", about["assignment"])) / name


def sheet_of(configurable, about) -> Sheet:
    """The sheet that is being graded: what `about` brings along, or what the gradebook and the course's folders say."""
    if (sheet := about.get("sheet")) is not None:
        return sheet
    with opened(about) as gradebook:
        return sheets_of(gradebook, course_of(configurable), about["assignment"])[about["notebook"]]


class RestoreCells(NbGraderPreprocessor):
    """Puts a submission's graded cells in order, and gives tests and metadata back what the instructor wrote.

    Everything of nbgrader's is taken from the gradebook, whatever the file says; of doubled cells the one that was worked in
    counts; cells that are gone come back where they stood. (nbgrader's ``OverwriteCells`` gives up when the cell before is gone
    too, and asks the gradebook anew for every cell.)
    """

    def preprocess(self, nb, resources):
        """nbconvert calls this once a submission."""
        about = resources["nbgrader"]
        sheet = sheet_of(self, about)
        notes = [*_claim(nb, sheet), *_settle_doubles(nb, sheet), *_bring_back(nb, sheet), *_overwrite(nb, sheet)]
        for note in notes:
            self.log.warning(note.said)
        about.setdefault("notes", []).extend(notes)
        nb.metadata["kernelspec"] = nbformat.from_dict(dict(sheet.kernelspec)) or nb.metadata.get("kernelspec", {})
        return nb, resources


def _claim(nb, sheet: Sheet) -> Iterable[Note]:
    """Give every cell that belongs to the sheet nbgrader's metadata as it should be; elsewhere take it away."""
    changed = []
    named = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells}
    for cell in nb.cells:
        said = cell.metadata.pop("nbgrader", {})
        known = sheet.cells.get(said.get("grade_id")) if isinstance(said.get("grade_id"), str) else None
        if known is None and cell.get("id") in sheet.cells and cell.id not in named:
            known = sheet.cells[cell.id]
        if known is None:
            continue
        right = known.metadata()
        if any(said.get(name) != right.get(name) for name in ("points", "grade", "locked", "solution")):
            changed.append(known.name)
        cell.metadata["nbgrader"] = nbformat.from_dict(right)
        cell.metadata.pop("tags", None)
    if changed:
        yield Note(
            "metadata-changed", _("What nbgrader notes in these cells was changed; it was put right: {cells}.").format(cells=_list(changed))
        )


def _settle_doubles(nb, sheet: Sheet) -> Iterable[Note]:
    doubled = []
    for name, known in sheet.cells.items():
        copies = [one for one in nb.cells if one.metadata.get("nbgrader", {}).get("grade_id") == name]
        worked_in = [one for one in copies if one.source != known.source and not known.locked]
        for copy in copies:
            if copy is not (worked_in or copies)[-1]:
                del copy.metadata["nbgrader"]
        if len(copies) > 1:
            doubled.append(name)
    if doubled:
        yield Note(
            "cells-doubled",
            _("These cells stand there more than once; the last one worked in counts: {cells}.").format(cells=_list(doubled)),
        )


def _bring_back(nb, sheet: Sheet) -> Iterable[Note]:
    missing = []
    order = [*sheet.order, *(name for name in sheet.cells if name not in sheet.order)]
    for place, name in enumerate(order):
        present = {key_of(cell): index for index, cell in enumerate(nb.cells)}
        if name not in sheet.cells or name in present:
            continue
        missing.append(name)
        before = next((present[key] for key in reversed(order[:place]) if key in present), -1)
        nb.cells.insert(before + 1, _new_cell(sheet.cells[name], {cell.get("id") for cell in nb.cells}))
    if missing:
        yield Note(
            "cells-missing", _("These cells were gone and were put back as they were given out: {cells}.").format(cells=_list(missing))
        )


def _new_cell(known: KnownCell, taken: Iterable[str]):
    cell = (new_code_cell if known.type == "code" else new_markdown_cell)(known.source)
    if known.name not in taken:
        cell.id = known.name
    cell.metadata["nbgrader"] = nbformat.from_dict(known.metadata())
    return cell


def _overwrite(nb, sheet: Sheet) -> Iterable[Note]:
    changed = []
    for cell in nb.cells:
        known = sheet.cells.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if known is None:
            continue
        if cell.cell_type != known.type:
            cell.cell_type = known.type
            if known.type == "code":
                cell.outputs, cell.execution_count = [], None
                cell.pop("attachments", None)
            else:
                cell.pop("outputs", None)
                cell.pop("execution_count", None)
        if known.locked:
            if cell.source.strip() not in {known.source.strip(), sheet.released.get(known.name, cell.source).strip()}:
                changed.append(known.name)
            cell.source = known.source
    if changed:
        yield Note(
            "tests-changed", _("These cells are not the student's to change; the original was used: {cells}.").format(cells=_list(changed))
        )


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
