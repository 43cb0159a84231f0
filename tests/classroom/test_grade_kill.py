"""A grading that is killed at any moment: run again, nothing is graded twice, nothing is lost, and the gradebook is sound.

CRM_KILLS says how many times it is killed; the moments are drawn from CRM_KILL_SEED.
"""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import signal
import sqlite3
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from sheet_course import SheetCourse, answer_well, fill, make_course

from crmlib.classroom import execution
from crmlib.classroom.grading.course_run import grade
from crmlib.classroom.grading.markers import read_marker, read_notes

KILLS = int(os.environ.get("CRM_KILLS", "25"))
SEED = int(os.environ.get("CRM_KILL_SEED", "20261101"))
KILLS_A_CLASS = 4
STUDENTS = ("2026001", "2026002", "2026003", "2026004")
ROWS = """
select student.id, base_cell.name, grade.auto_score, grade.needs_manual_grade
from submitted_assignment join student on student.id = submitted_assignment.student_id
join submitted_notebook on submitted_notebook.assignment_id = submitted_assignment.id
left join grade on grade.notebook_id = submitted_notebook.id left join base_cell on base_cell.id = grade.cell_id
"""


def signed(student: str, change=None):
    """Each submission says whose it is, so that the engine's jobs can be told apart."""

    def work(notebook):
        if change is not None:
            change(notebook)
        notebook.cells.insert(3, nbformat.v4.new_code_cell(f'print("{student}")', id="signature"))

    return work


def mistake(notebook):
    answer_well(notebook)
    fill(notebook, top_share="top_share = revenue.head(2).sum() / revenue.sum()")


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> SheetCourse:
    """A class that nobody has graded yet; the engine is warm."""
    made = make_course(tmp_path_factory.mktemp("class") / "exercises", "zh")
    made.submit(STUDENTS[0], signed(STUDENTS[0], answer_well))
    made.submit(STUDENTS[1], signed(STUDENTS[1], mistake))
    made.submit(STUDENTS[2], signed(STUDENTS[2]))
    made.submit(STUDENTS[3], raw=b"{")
    execution._warm_parent().wait()
    return made


def of(course: SheetCourse, folder: Path) -> SheetCourse:
    """A copy of the class in another folder."""
    shutil.copytree(course.root.parent, folder)
    return SheetCourse(folder / course.language, course.language, course.sheet)


class Telling(ThreadPoolExecutor):
    """Runs submissions on the warm parent, and tells a file whose they are."""

    def __init__(self, told: Path) -> None:
        super().__init__(2)
        self.told = told

    def submit(self, function, /, job):
        whose = next((student for student in STUDENTS for cell in job.cells if student in cell.source), STUDENTS[3])
        with self.told.open("a", encoding="utf-8") as file:
            file.write(whose + "\n")
        return super().submit(function, job)


def graded(course: SheetCourse, told: Path) -> None:
    with Telling(told) as executor:
        grade(course.root, executor=executor, progress=False)


def killed(course: SheetCourse, told: Path, *, after_seconds: float | None, at_event: int | None) -> bool:
    """Grade in a process of its own, and kill that at a moment; False where it was done before."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        if at_event is not None:
            _kill_oneself_at(at_event)
        try:
            graded(course, told)
        except BaseException:
            os.write(writing, b"raised")
            raise
        finally:
            os._exit(0)
    os.close(writing)
    if after_seconds is not None and not select.select([reading], [], [], after_seconds)[0]:
        os.kill(child, signal.SIGKILL)
    said = os.read(reading, 100)
    os.close(reading)
    _child, how = os.waitpid(child, 0)
    assert said == b"", "The grading ended in an error"
    return os.WIFSIGNALED(how)


def _kill_oneself_at(event: int) -> None:
    """Python tells of every file that it opens, renames, removes, and of much else: these are the moments that matter."""
    left = [event]

    def count(name: str, _arguments: tuple) -> None:
        if name in (
            "open",
            "os.rename",
            "os.remove",
            "os.mkdir",
            "os.rmdir",
            "os.chmod",
            "tempfile.mkstemp",
            "sqlite3.connect",
            "shutil.rmtree",
        ):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def rows(course: SheetCourse) -> dict[str, dict[str, tuple]]:
    """The gradebook, by student; it must be sound."""
    path = course.root / "gradebook.db"
    if not path.exists():
        return {}
    found: dict[str, dict[str, tuple]] = {}
    database = sqlite3.connect(path)
    try:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        astray = {table for table, *_where in database.execute("pragma foreign_key_check")}
        assert astray <= {"assignment"}, astray  # nbgrader itself writes no course for a course without a name
        for student, item, *values in database.execute(ROWS):
            assert item not in found.setdefault(student, {})
            found[student][item] = tuple(values)
    finally:
        database.close()
    return found


def finished(course: SheetCourse) -> set[str]:
    markers = {student: read_marker(course.root / "autograded" / student / course.sheet) for student in STUDENTS}
    return {student for student, marker in markers.items() if marker is not None}


def shown(course: SheetCourse) -> dict[str, list]:
    """What the graded notebooks show."""
    return {
        student: [(cell.source, json.dumps(cell.get("outputs", []))) for cell in course.autograded(student).cells] for student in STUDENTS
    }


def told(course: SheetCourse) -> list[dict]:
    return [
        {name: value for name, value in row.items() if name not in ("seconds", "graded_at", "status")} for row in read_notes(course.root)
    ]


def left_over(course: SheetCourse) -> list[Path]:
    kept = {".crm-graded.json", ".grading.lock"}
    return [path for path in course.root.rglob(".*") if path.name not in kept]


def test_killed_at_random_moments_nothing_is_lost_and_nothing_graded_twice(course, tmp_path):
    draw = random.Random(SEED)
    undisturbed = of(course, tmp_path / "undisturbed")
    began = time.monotonic()
    graded(undisturbed, tmp_path / "undisturbed.txt")
    lasts, expected = time.monotonic() - began, rows(undisturbed)
    assert set(expected) == set(STUDENTS) and left_over(undisturbed) == []

    kills, classes, where = 0, 0, Counter()
    while kills < KILLS:
        classes += 1
        disturbed, log = of(course, tmp_path / f"class-{classes}"), tmp_path / f"class-{classes}.txt"
        if classes % 8 == 3:
            (disturbed.root / "gradebook.db").unlink()
        for _kill in range(KILLS_A_CLASS):
            done, before = finished(disturbed), rows(disturbed)
            log.write_text("", "utf-8")
            by_event = draw.random() < 0.5
            event, seconds = draw.randrange(250), draw.uniform(0, lasts)
            died = killed(disturbed, log, after_seconds=None if by_event else seconds, at_event=event if by_event else None)
            kills += died
            where["event" if by_event else "time"] += died
            assert not done & set(log.read_text("utf-8").split()), "A submission that was run already was run again"
            now = rows(disturbed)
            assert all(now[student] == expected[student] for student in now), "Half a submission is in the gradebook"
            assert before.keys() <= now.keys(), "A grade was lost"
        log.write_text("", "utf-8")
        done = finished(disturbed)
        graded(disturbed, log)
        assert sorted(log.read_text("utf-8").split()) == sorted(set(STUDENTS) - done)
        assert rows(disturbed) == expected
        assert shown(disturbed) == shown(undisturbed)
        assert told(disturbed) == told(undisturbed)
        assert left_over(disturbed) == []
        shutil.rmtree(disturbed.root.parent)
    assert min(where.values()) > KILLS // 5
