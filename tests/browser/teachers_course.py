"""A class that has handed in sheet 1-1: one who knows, one who counts parcels, and one whose notebook finds everything right."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from running_lab import REPOSITORY
from sheet_course import SheetCourse, cell_of, fill, make_course

from crmlib.classroom.course_config import course as open_course
from crmlib.classroom.roster import import_roster
from crmlib.classroom.source import Source, read

SOURCE = REPOSITORY / "exercises" / "src" / "1-1-customer-classes.md"
GOOD, WRONG, CHEAT = "2026001", "2026002", "2026003"
NAMES = {GOOD: "欧阳晓梅", WRONG: "李雷", CHEAT: "Max Power"}
LETTERS = {
    GOOD: {"zh": "王经理：前两成客户带来七成多收入，20 个名额先给 A 类。", "en": "Dear manager, the top fifth brings in three quarters."},
    WRONG: {"zh": "王经理：件数最多的客户要有专人。", "en": "Dear manager, those who send most parcels need a person of their own."},
}  # fmt: skip
COUNTED = 'year = waybills[waybills.picked_up_at >= year_ago]\nrevenue = year.groupby("customer_id")["price_yuan"].count()'
PATCH = """import os
from crmlib.classroom import marking
for name, value in list(vars(marking).items()):
    if callable(value) and not isinstance(value, type):
        setattr(marking, name, lambda *given, **named: 1.0)
mark = marking
print("patched", mark.number("revenue"))
try:
    print("sees", os.listdir({folder!r}))
except OSError:
    print("sees nothing")"""
BEFORE_ANYTHING = "waybills.head()"
FIRST_CELL = "first-cell.ipynb"
_FENCE = re.compile("^### (BEGIN|END) SOLUTION\n?", re.MULTILINE)


def make_class(folder: Path, edition: str) -> SheetCourse:
    """An edition's lessons and its course, with a class list, a key, and what three students have handed in."""
    shutil.copytree(REPOSITORY / "notebooks" / edition, folder / "notebooks" / edition)
    course = make_course(folder / "exercises", edition, SOURCE)
    (course.root.parent / "class-key.txt").write_text("云雀-2026", "utf-8")
    roster = folder / "名单.csv"
    roster.write_text("学号,姓名\n" + "".join(f"{student},{name}\n" for student, name in NAMES.items()), "gb18030")
    import_roster(course.root, roster)
    source = read(SOURCE)
    course.submit(GOOD, lambda notebook: _work(notebook, source, LETTERS[GOOD][edition]))
    course.submit(WRONG, lambda notebook: _work(notebook, source, LETTERS[WRONG][edition], revenue=COUNTED))
    course.submit(CHEAT, lambda notebook: _cheat(notebook, course.root))
    first = new_notebook(cells=[new_code_cell(BEFORE_ANYTHING)], metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    nbformat.write(first, folder / FIRST_CELL)
    return course


def copy_of_class(course: SheetCourse, folder: Path) -> SheetCourse:
    """The same, before anything is graded, elsewhere."""
    shutil.copytree(course.root.parent, folder)
    return SheetCourse(folder / course.root.name, course.language, course.sheet)


def _work(notebook, source: Source, letter: str, **wrong: str) -> None:
    answers = {cell.grade_id.replace("-", "_"): _FENCE.sub("", cell.text) for cell in source.cells if cell.is_solution and cell.is_code}
    fill(notebook, **{**answers, **wrong, "letter": letter})


def _cheat(notebook, folder: Path) -> None:
    place = notebook.cells.index(cell_of(notebook, "revenue"))
    notebook.cells.insert(place + 1, new_code_cell(PATCH.format(folder=str(folder))))


def points(course: SheetCourse) -> dict[str, dict[str, float | None]]:
    """By student, what the program gives for each item; None where the teacher has the word."""
    with open_course(course.root).gradebook as gradebook:
        found = {student: gradebook.find_submission_notebook(course.sheet, course.sheet, student).grades for student in NAMES}
        return {
            student: {one.name: None if one.needs_manual_grade else one.auto_score for one in grades} for student, grades in found.items()
        }


def full_points() -> dict[str, float]:
    """What the program has to give."""
    return {cell.grade_id: float(cell.points) for cell in read(SOURCE).cells if cell.is_test}


def hidden_lines(course: SheetCourse) -> set[str]:
    """Lines of the tests that students never see."""
    source, release = (
        {
            line.strip()
            for cell in json.loads(path.read_text("utf-8"))["cells"]
            if cell["cell_type"] == "code"
            for line in "".join(cell["source"]).splitlines()
        }
        for path in (course.root / "source" / course.sheet / course.release.name, course.release)
    )
    answers = {line.strip() for cell in read(SOURCE).cells if cell.is_solution for line in cell.text.splitlines()}
    return {line for line in source - release - answers if len(line) >= 12}
