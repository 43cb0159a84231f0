"""Tricks as they stand in ``tricks/``: what each tries, the submission that tries it, and what it deserves.

A file's first line says what is tried. Then come pieces of code: ``at total`` is the answer in the cell ``total`` (all others are right),
``before total-test`` and ``after total-test`` are cells of the student's own, ``to the notebook`` and ``to the folder`` is what the student
does to the file and to what lies beside it. ``«course»`` and the like stand for what a student may guess. Whatever gets through prints
ESCAPED. The last line names the tests that are lost; lines before it may name the sheet and limits of the trick's own, and tests that a
trick may lose as well: where two processes of the student's own snatch at the same message, chance says which of them gets it.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell
from sheet_course import REPOSITORY, cell_of, fill

from crmlib.classroom.source import Source
from crmlib.classroom.source import read as read_source

FOLDER = Path(__file__).with_name("tricks")
VAULT, FIRM = "0-9-vault", "1-1-customer-classes"
SHEETS = {VAULT: Path(__file__).with_name("sheets") / f"{VAULT}.md", FIRM: REPOSITORY / "exercises" / "src" / f"{FIRM}.md"}
_TOOLS = {"cell_of": cell_of, "new_code_cell": new_code_cell, "new_markdown_cell": new_markdown_cell}
_PIECE = re.compile(r"^```python (at|before|after|to) (?:the )?(.+?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LOSES = re.compile(r"^Loses (nothing|[\w, -]+)\.$", re.MULTILINE)
_MAY_LOSE = re.compile(r"^May lose ([\w, -]+)\.$", re.MULTILINE)
_LIMIT = re.compile(r"(\w+)=(\d+)")


@dataclass(frozen=True)
class Trick:
    """One file."""

    name: str
    tries: str
    sheet: str
    pieces: tuple[tuple[str, str, str], ...]
    loses: frozenset[str]
    may_lose: frozenset[str]
    limits: Mapping[str, int]

    def earns(self, scores: Mapping[str, float]) -> bool:
        """Whether these are the points that its honest content deserves."""
        deserved = {test: 0 if test in self.loses else points for test, points in points_of(self.sheet).items()}
        lost = {test for test in self.may_lose if not scores.get(test)}
        return scores == {test: 0 if test in lost else points for test, points in deserved.items()}

    def hand_in(self, release: Path, folder: Path, guessed: Mapping[str, object]) -> None:
        """Put the submission of somebody who tries this into `folder`."""
        notebook = honest(release, self.sheet)
        notebook.cells.insert(0, new_code_cell(f"trick = {self.name!r}", id="which-trick"))
        pieces = [(how, where, _with(text, guessed)) for how, where, text in self.pieces]
        for how, where, text in pieces:
            if how == "at":
                cell_of(notebook, where).source = text
            elif how in ("before", "after"):
                place = notebook.cells.index(cell_of(notebook, where))
                notebook.cells.insert(place + (how == "after"), new_code_cell(text))
            elif where == "notebook":
                exec(text, {"notebook": notebook, **_TOOLS})
        folder.mkdir(parents=True)
        (folder / f"{self.sheet}.ipynb").write_text(json.dumps(notebook), "utf-8")
        for how, where, text in pieces:
            if (how, where) == ("to", "folder"):
                exec(text, {"folder": folder})


def _with(text: str, guessed: Mapping[str, object]) -> str:
    for name, value in guessed.items():
        text = text.replace(f"«{name}»", str(value))
    return text.rstrip("\n")


def honest(release: Path, sheet: str) -> nbformat.NotebookNode:
    """The release with every answer right."""
    notebook = copy.deepcopy(nbformat.read(release, 4))
    solved = {cell.grade_id: cell.text for cell in _source(sheet).cells if cell.is_solution and cell.is_code}
    fill(notebook, **{name: text.replace("### BEGIN SOLUTION\n", "").replace("\n### END SOLUTION", "") for name, text in solved.items()})
    return notebook


@cache
def _source(sheet: str) -> Source:
    return read_source(SHEETS[sheet])


@cache
def points_of(sheet: str) -> dict[str, float]:
    """The points of each test of a sheet."""
    return {cell.grade_id: cell.points for cell in _source(sheet).cells if cell.is_test}


@cache
def hidden_lines(sheet: str) -> tuple[str, ...]:
    """Lines of its hidden tests that tell something."""
    hidden = [
        re.findall("### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", cell.text, re.DOTALL)
        for cell in _source(sheet).cells
        if cell.is_test
    ]
    lines = {line.strip() for texts in hidden for text in texts for line in text.splitlines()}
    return tuple(sorted(line for line in lines if len(line) >= 12 and not line.startswith("import")))


def read(path: Path) -> Trick:
    """The trick in a file."""
    text = path.read_text("utf-8")
    [lost] = _LOSES.findall(text)
    said = dict(line.split(": ", 1) for line in text.splitlines() if line.startswith(("Limits: ", "Sheet: ")))
    sheet = said.get("Sheet", VAULT)
    loses = frozenset() if lost == "nothing" else frozenset(lost.split(", "))
    may_lose = frozenset(name for names in _MAY_LOSE.findall(text) for name in names.split(", "))
    assert loses | may_lose <= set(points_of(sheet)), f"{path.name}: {(loses | may_lose) - set(points_of(sheet))}"
    limits = {name: int(value) for name, value in _LIMIT.findall(said.get("Limits", ""))}
    return Trick(path.stem, text.splitlines()[0], sheet, tuple(_PIECE.findall(text)), loses, may_lose, limits)


def tricks(sheet: str) -> list[Trick]:
    """All those that are tried on a sheet."""
    return [trick for trick in map(read, sorted(FOLDER.glob("*.md"))) if trick.sheet == sheet]
