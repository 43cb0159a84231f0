"""A self-paced course's folder for tests: sheets as nbgrader gives them out, and the answers to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sheet_course import REPOSITORY, TINY

from crmlib.classroom import answer_key
from crmlib.classroom.notebooks import edition as notebook_of
from crmlib.classroom.release import releases
from crmlib.classroom.source import read

REAL = REPOSITORY / "exercises" / "src" / "1-1-customer-classes.md"


@cache
def released(source: Path, edition: str) -> bytes:
    """What nbgrader gives out of a source."""
    sheet = read(source)
    return releases({sheet.stem: notebook_of(sheet, edition)}).made[sheet.stem]


@dataclass(frozen=True)
class SelfPaced:
    """One edition's folder with one sheet."""

    folder: Path
    edition: str
    sheet: str

    @property
    def notebook(self) -> Path:
        return self.folder / "exercises" / self.edition / "release" / self.sheet / f"{self.sheet}.ipynb"

    @property
    def key(self) -> Path:
        return answer_key.key_file(self.folder, self.sheet, self.edition)

    def change(self, change: Callable[[dict], object]) -> Path:
        """Let a function change the notebook, and save it."""
        content = json.loads(self.notebook.read_text("utf-8"))
        change(content)
        self.notebook.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return self.notebook

    def fill(self, **answers: str) -> Path:
        """Write answers into cells; grade ids with underscores for hyphens."""

        def write(content: dict) -> None:
            for name, text in answers.items():
                cell_of(content, name.replace("_", "-"))["source"] = text

        return self.change(write)


def cell_of(content: dict, grade_id: str) -> dict:
    """The cell with this grade id."""
    return next(cell for cell in content["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def self_paced(folder: Path, edition: str = "en", source: Path = TINY, *, answers: bool = True) -> SelfPaced:
    """Make the folder; without answers it is as a class has it."""
    course = SelfPaced(folder, edition, source.stem)
    course.notebook.parent.mkdir(parents=True)
    course.notebook.write_bytes(released(source, edition))
    if answers:
        course.key.parent.mkdir(parents=True)
        course.key.write_bytes(answer_key.pack(answer_key.from_source(read(source), edition)))
    return course
