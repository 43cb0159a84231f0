"""Take in whatever students hand in: files that cannot be read, and notebooks with cells missing, doubled or tampered with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbformat.validator import normalize
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from crmlib.classroom.hints import sentence


def read_submission(path: Path) -> nbformat.NotebookNode:
    """A notebook file as far as it can be read: with a byte order mark, in GBK, or in an older format too.

    Raises
    ------
    ValueError
        It is no notebook.
    """
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    try:
        notebook = nbformat.convert(nbformat.reader.reads(text), 4)
        notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
        _changes, notebook = normalize(notebook, strip_invalid_metadata=True)
        nbformat.validate(notebook)
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(str(error)) from error
    return notebook


class SubmissionExporter(NotebookExporter):
    """Reads submissions so that one broken file does not stop a class.

    A file that is no notebook is graded as the untouched release, with a sentence on top that says so.
    """

    export_from_notebook = None

    def from_file(self, file_stream, resources=None, **kwargs):
        """nbconvert calls this with an open file; its bytes are read anew, since they need not be UTF-8."""
        path = Path(file_stream.name)
        about = (resources or {}).get("nbgrader", {})
        try:
            notebook = read_submission(path)
        except ValueError:
            told = sentence("file-unreadable", student=about.get("student", ""), file=path.name)
            self.log.warning(told)
            notebook = self._release(path, about)
            notebook.cells.insert(0, new_markdown_cell(f"**{told}**", id="file-unreadable"))
        return self.from_notebook_node(notebook, resources=resources, **kwargs)

    def _release(self, path: Path, about) -> nbformat.NotebookNode:
        release = release_path(self, about, path.name)
        return read_submission(release) if release is not None else new_notebook()


def release_path(configurable, about, name: str) -> Path | None:
    """The release of the sheet that is being graded, or None where it was never generated."""
    coursedir = None
    while configurable is not None and coursedir is None:
        coursedir = getattr(configurable, "coursedir", None)
        configurable = configurable.parent
    if coursedir is None or not about:
        return None
    path = Path(coursedir.format_path(coursedir.release_directory, ".", about["assignment"])) / name
    return path if path.is_file() else None


@dataclass(frozen=True)
class _Known:
    """One cell as the gradebook knows it."""

    name: str
    type: str
    source: str
    checksum: str
    locked: bool
    solution: bool
    task: bool
    points: float | None

    def metadata(self) -> dict:
        nbgrader = {"grade_id": self.name, "locked": self.locked, "solution": self.solution, "task": self.task,
                    "grade": self.points is not None and not self.task, "cell_type": self.type, "checksum": self.checksum,
                    "schema_version": 3}  # fmt: skip
        return nbgrader if self.points is None else {**nbgrader, "points": self.points}


class RestoreCells(NbGraderPreprocessor):
    """Puts a submission's graded cells in order before nbgrader looks at them.

    nbgrader's metadata is taken from the gradebook, whatever the file says; of doubled cells the one that was worked in
    counts; cells that are gone come back where they stood. (nbgrader's own ``add_missing_cells`` gives up when the cell
    before is gone too.)
    """

    def preprocess(self, nb, resources):
        """nbconvert calls this once a submission."""
        about = resources["nbgrader"]
        known = _known_cells(about)
        for cell in nb.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.metadata.pop("nbgrader", None)
            if grade_id in known:
                cell.metadata["nbgrader"] = nbformat.from_dict(known[grade_id].metadata())
                cell.metadata.pop("tags", None)
        self._settle_doubles(nb, known)
        self._bring_back(nb, known, about)
        return nb, resources

    def _settle_doubles(self, nb, known: dict[str, _Known]) -> None:
        for name, cell in known.items():
            copies = [one for one in nb.cells if one.metadata.get("nbgrader", {}).get("grade_id") == name]
            worked_in = [one for one in copies if one.source != cell.source and not cell.locked]
            for copy in copies:
                if copy is not (worked_in or copies)[-1]:
                    self.log.warning("Cell %s stands there more than once", name)
                    del copy.metadata["nbgrader"]

    def _bring_back(self, nb, known: dict[str, _Known], about) -> None:
        release = release_path(self, about, f"{about['notebook']}.ipynb")
        order = list(map(_key, read_submission(release).cells)) if release is not None else list(known)
        order += [name for name in known if name not in order]
        for place, name in enumerate(order):
            present = {_key(cell): index for index, cell in enumerate(nb.cells)}
            if name not in known or name in present:
                continue
            self.log.warning("Cell %s was missing from the submission and is put back", name)
            before = next((present[key] for key in reversed(order[:place]) if key in present), -1)
            nb.cells.insert(before + 1, _new_cell(known[name], {cell.get("id") for cell in nb.cells}))


def _key(cell) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id", "")


def _new_cell(known: _Known, taken: Iterable[str]):
    cell = (new_code_cell if known.type == "code" else new_markdown_cell)(known.source)
    if known.name not in taken:
        cell.id = known.name
    cell.metadata["nbgrader"] = nbformat.from_dict(known.metadata())
    return cell


def _known_cells(about) -> dict[str, _Known]:
    with Gradebook(about["db_url"]) as gradebook:
        notebook = gradebook.find_notebook(about["notebook"], about["assignment"])
        points = {cell.name: float(cell.max_score) for cell in [*notebook.grade_cells, *notebook.task_cells]}
        solutions = {cell.name for cell in notebook.solution_cells}
        tasks = {cell.name for cell in notebook.task_cells}
        return {
            cell.name: _Known(cell.name, cell.cell_type, cell.source, cell.checksum, cell.locked, cell.name in solutions,
                              cell.name in tasks, points.get(cell.name))
            for cell in notebook.source_cells
        }  # fmt: skip
