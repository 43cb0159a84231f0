"""What the gradebook and the source know of a sheet, read once for a class, whatever the submissions say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

SCHEMA_VERSION = 3


@dataclass(frozen=True)
class KnownCell:
    """One graded or locked cell, as the gradebook has it; `answers` are the names that a test looks at."""

    name: str
    type: str
    source: str
    checksum: str
    locked: bool
    solution: bool
    task: bool
    points: float | None
    answers: tuple[str, ...] = ()

    @property
    def is_test(self) -> bool:
        """Whether running it decides over points."""
        return self.type == "code" and self.points is not None and not self.solution and not self.task

    def metadata(self) -> dict:
        """nbgrader's metadata of the cell."""
        nbgrader = {"grade_id": self.name, "locked": self.locked, "solution": self.solution, "task": self.task,
                    "grade": self.points is not None and not self.task, "cell_type": self.type, "checksum": self.checksum,
                    "schema_version": SCHEMA_VERSION}  # fmt: skip
        return nbgrader if self.points is None else {**nbgrader, "points": self.points}


@dataclass(frozen=True)
class Sheet:
    """One notebook of an assignment.

    Attributes
    ----------
    cells : mapping of grade id to KnownCell
    order : tuple of str
        Grade ids and cell ids of the release, from top to bottom.
    released : mapping of grade id to what students were given
    setup : tuple of str
        The source's own set-up cells.
    """

    assignment: str
    notebook: str
    cells: Mapping[str, KnownCell]
    order: tuple[str, ...]
    released: Mapping[str, str]
    setup: tuple[str, ...]
    kernelspec: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Changes when anything changes that a score depends on."""
        content = [self.notebook, self.setup, {name: asdict(cell) for name, cell in self.cells.items()}]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def text(self) -> str:
        """All code of the sheet and of its tests."""
        return "\n".join([*self.setup, *self.released.values(), *(cell.source for cell in self.cells.values())])

    @property
    def items(self) -> dict[str, float]:
        """Points of every graded cell."""
        return {name: cell.points for name, cell in self.cells.items() if cell.points is not None}


def course_of(configurable) -> CourseDirectory | None:
    """The course directory of a part of nbgrader; None outside a course.

    >>> course_of(None) is None
    True
    """
    while configurable is not None:
        if isinstance(getattr(configurable, "coursedir", None), CourseDirectory):
            return configurable.coursedir
        configurable = configurable.parent
    return None


def sheets_of(gradebook: Gradebook, coursedir: CourseDirectory, assignment: str) -> dict[str, Sheet]:
    """The notebooks of an assignment by name.

    Raises
    ------
    nbgrader.api.MissingEntry
        The gradebook has no such assignment.
    """
    source = Path(coursedir.format_path(coursedir.source_directory, ".", assignment))
    release = Path(coursedir.format_path(coursedir.release_directory, ".", assignment))
    found = {}
    for notebook in gradebook.find_assignment(assignment).notebooks:
        written, given = (_cells(folder / f"{notebook.name}.ipynb") for folder in (source, release))
        answers = {key_of(cell): tuple(map(str, cell.metadata.get("answers", ()))) for cell in written}
        points = {cell.name: float(cell.max_score) for cell in [*notebook.grade_cells, *notebook.task_cells]}
        solutions = {cell.name for cell in notebook.solution_cells}
        tasks = {cell.name for cell in notebook.task_cells}
        cells = {
            cell.name: KnownCell(cell.name, cell.cell_type, cell.source, cell.checksum, cell.locked, cell.name in solutions,
                                 cell.name in tasks, points.get(cell.name), answers.get(cell.name, ()))
            for cell in notebook.source_cells
        }  # fmt: skip
        found[notebook.name] = Sheet(
            assignment,
            notebook.name,
            cells,
            tuple(map(key_of, given)),
            {key_of(cell): cell.source for cell in given if key_of(cell) in cells},
            tuple(cell.source for cell in written if cell.cell_type == "code" and "setup" in cell.metadata.get("tags", ())),
            json.loads(notebook.kernelspec or "{}"),
        )
    return found


def key_of(cell) -> str:
    """What a cell is known by: its grade id, or else its id.

    >>> key_of(nbformat.v4.new_code_cell("1", id="a", metadata={"nbgrader": {"grade_id": "b"}}))
    'b'
    """
    return cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id", "")


def _cells(path: Path) -> list:
    return nbformat.read(path, 4).cells if path.is_file() else []
