"""Read a bilingual source of a lesson or a sheet (MyST Markdown) into cells."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crmlib.i18n import LANGUAGES, _

KINDS = ("lesson", "sheet")
FOLDERS = {"lesson": Path("notebooks/src"), "sheet": Path("exercises/src")}
ANSWER_TAGS = ("right", "wrong")


@dataclass(frozen=True)
class Cell:
    """One cell of a source.

    `number` counts the source's cells from 1; `type` is "markdown" or "code"; `lang` is "zh", "en" or None.
    """

    number: int
    type: str
    text: str
    metadata: Mapping = field(default_factory=dict)

    @property
    def lang(self) -> str | None:
        """The language of a prose cell."""
        return self.metadata.get("lang") if self.metadata.get("lang") in LANGUAGES else None

    @property
    def tags(self) -> tuple[str, ...]:
        """The cell's tags, such as setup, right, wrong, rubric."""
        tags = self.metadata.get("tags", ())
        return tuple(tags) if isinstance(tags, list) else ()

    @property
    def nbgrader(self) -> Mapping:
        """nbgrader's own metadata; empty for a cell that nbgrader does not know."""
        entry = self.metadata.get("nbgrader")
        return entry if isinstance(entry, Mapping) else {}

    @property
    def grade_id(self) -> str | None:
        """The id by which nbgrader knows the cell."""
        return str(self.nbgrader["grade_id"]) if self.nbgrader.get("grade_id") is not None else None

    @property
    def is_code(self) -> bool:
        """Whether this is a code cell."""
        return self.type == "code"

    @property
    def is_answer(self) -> bool:
        """Whether this is a right or wrong answer, which no edition shows."""
        return self.is_code and any(tag in ANSWER_TAGS for tag in self.tags)

    @property
    def is_solution(self) -> bool:
        """Whether a learner answers here and a test cell judges it."""
        return self.is_code and bool(self.nbgrader.get("solution")) and not self.nbgrader.get("grade")

    @property
    def is_test(self) -> bool:
        """Whether this cell judges answers automatically."""
        return self.is_code and bool(self.nbgrader.get("grade")) and not self.nbgrader.get("solution")

    @property
    def is_hand_graded(self) -> bool:
        """Whether a learner answers here and the instructor reads it."""
        return bool(self.nbgrader.get("grade")) and bool(self.nbgrader.get("solution"))

    @property
    def is_rubric(self) -> bool:
        """Whether this tells the instructor how to grade the item that its metadata ``of`` names."""
        return not self.is_code and "rubric" in self.tags

    @property
    def points(self) -> float:
        """Points that the cell can earn."""
        points = self.nbgrader.get("points", 0)
        return points if self.nbgrader.get("grade") and isinstance(points, (int, float)) and not isinstance(points, bool) else 0

    @property
    def name(self) -> str:
        """How a person finds the cell: its grade id, or its first words."""
        if self.grade_id:
            return self.grade_id
        words = re.sub(r"[\s#>*|`_-]+", " ", self.text).strip()
        return words if len(words) <= 24 else words[:24].rstrip() + "…"


@dataclass(frozen=True)
class Problem:
    """One refusal: the file, the cell where there is one, and a sentence with the mend."""

    file: str
    cell: Cell | None
    sentence: str

    def __str__(self) -> str:
        if self.cell is None:
            return _("{file}: {sentence}").format(file=self.file, sentence=self.sentence)
        return _("{file}, cell {number} ({name}): {sentence}").format(
            file=self.file, number=self.cell.number, name=self.cell.name, sentence=self.sentence
        )


@dataclass(frozen=True)
class Source:
    """A lesson or a sheet as written: its front matter and its cells, in order."""

    file: str
    stem: str
    kind: str
    front: Mapping
    cells: tuple[Cell, ...]

    @property
    def task(self) -> str:
        """The textbook's task, such as "1-1"."""
        return str(self.front.get("task", ""))

    @property
    def points(self) -> float | None:
        """The sheet's total, where the front matter states one."""
        return self.front.get("points")

    def problem(self, cell: Cell | None, sentence: str) -> Problem:
        """A refusal of this file."""
        return Problem(self.file, cell, sentence)

    def graded_by(self, rubric: Cell) -> Cell | None:
        """The hand-graded cell that a rubric is for, in the rubric's language."""
        known = (cell for cell in self.cells if cell.is_hand_graded and cell.lang == rubric.lang)
        return next((cell for cell in known if cell.grade_id == rubric.metadata.get("of")), None)

    def twin(self, cell: Cell) -> Cell | None:
        """The English cell of a Chinese one, and the reverse; None where it is missing."""
        step = {"zh": 1, "en": -1}.get(cell.lang or "", 0)
        place = cell.number - 1 + step
        other = self.cells[place] if step and 0 <= place < len(self.cells) else None
        return other if other is not None and not other.is_code and other.lang not in (None, cell.lang) else None


def read(path: Path | str, *, root: Path | None = None) -> Source:
    """Read a source file.

    Parameters
    ----------
    path : path of a MyST Markdown file
    root : Path, optional
        The repository, for a short name in messages.

    Returns
    -------
    Source
        Its kind is that of the front matter, or else of the folder it lies in.

    Raises
    ------
    ValueError
        The file cannot be read as a MyST notebook.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "1-1-x.md"
    ...     _ = path.write_text('---\\ncrm: {task: "1-1", kind: lesson}\\n---\\n\\n+++ {"lang": "en"}\\n\\n# Hello\\n', encoding="utf-8")
    ...     read(path).cells[0].lang
    'en'
    """
    path = Path(path)
    file = path.relative_to(root).as_posix() if root and path.is_relative_to(root) else path.name
    try:
        import jupytext

        notebook = jupytext.reads(path.read_text("utf-8"), fmt="md:myst")
    except Exception as error:  # the reader raises whatever its YAML and Markdown parsers raise
        reason = " ".join(str(error).split())
        raise ValueError(_("{file} cannot be read as a MyST notebook: {reason}").format(file=file, reason=reason)) from error
    front = notebook.metadata.get("crm")
    front = dict(front) if isinstance(front, Mapping) else {}
    kind = front.get("kind") if front.get("kind") in KINDS else ("sheet" if path.parent.parent.name == "exercises" else "lesson")
    cells = tuple(
        Cell(number, cell.cell_type, cell.source.strip("\n"), cell.metadata) for number, cell in enumerate(notebook.cells, start=1)
    )
    return Source(file, path.stem, kind, front, cells)


def last_is_mark(text: str) -> bool:
    """Whether a test cell ends in a call of ``mark``, whose value is no grade.

    nbgrader takes a number that a test cell shows for partial credit.

    >>> last_is_mark('mark.number("top_share")'), last_is_mark("points")
    (True, False)
    """
    try:
        last = ast.parse(text).body[-1:]
    except SyntaxError:
        return False
    return bool(last) and isinstance(last[0], ast.Expr) and ast.unparse(last[0]).startswith("mark.")
