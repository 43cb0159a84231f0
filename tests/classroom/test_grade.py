"""``crm grade``: a class graded at once, resumed, regraded, and still an ordinary nbgrader course."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    Execute,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from sheet_course import REPOSITORY, SheetCourse, answer_well, cell_of, fill, make_course

from crmlib.classroom import execution
from crmlib.classroom.course_config import course as nbgrader_api
from crmlib.classroom.grading import book
from crmlib.classroom.grading.course_run import grade, make_ready
from crmlib.classroom.grading.grade_report import GradeReport
from crmlib.classroom.grading.lock import grading_lock
from crmlib.classroom.grading.markers import read_marker, read_notes
from crmlib.classroom.grading.pages import write_pages
from crmlib.classroom.grading.sandbox import Layer
from crmlib.classroom.source import read
from crmlib.company import firm_code
from crmlib.i18n import use_language

CLASS_KEY = "lark-2026"


@pytest.fixture(scope="module")
def engine():
    """The warm parent of this process, asked by two threads."""
    with ThreadPoolExecutor(2) as executor:
        yield executor


class Counting(Executor):
    """The engine, with a count of what it was asked."""

    def __init__(self, engine) -> None:
        self.engine, self.asked = engine, 0

    def submit(self, function, /, *arguments, **options):
        self.asked += 1
        return self.engine.submit(function, *arguments, **options)


@pytest.fixture
def counting(engine):
    return Counting(engine)


def lowest_first(notebook):
    answer_well(notebook)
    fill(notebook, top_share="top_share = revenue.head(2).sum() / revenue.sum()")


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A course that nobody has handed in to."""
    return make_course(tmp_path_factory.mktemp("empty") / "exercises", "zh")


def copy_of(course, folder: Path) -> SheetCourse:
    shutil.copytree(course.root.parent, folder)
    return SheetCourse(folder / course.language, course.language, course.sheet)


@pytest.fixture
def small(tmp_path, empty):
    """Two students, one right and one with a mistake in item 1."""
    course = copy_of(empty, tmp_path / "exercises")
    course.submit("2026001", answer_well)
    course.submit("2026002", lowest_first)
    return course


def run(course, executor, **options) -> GradeReport:
    return grade(course.root, executor=executor, progress=False, **options)


def status(report) -> dict[str, str]:
    return dict(zip(report.rows.student, report.rows.status, strict=True))


def rows(course, student):
    """What the gradebook holds: automatic points, points by hand, extra credit and whether somebody has to look, by item."""
    with nbgrader_api(course.root).gradebook as gradebook:
        found = gradebook.find_submission_notebook(course.sheet, course.sheet, student).grades
        return {one.name: (one.auto_score, one.manual_score, one.extra_credit, one.needs_manual_grade) for one in found}


def auto(course, student):
    return {name: row[0] for name, row in rows(course, student).items()}


def correct(course, old: str, new: str) -> None:
    """The instructor changes the source."""
    path = course.root / "source" / course.sheet / f"{course.sheet}.ipynb"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_class_is_graded_once(small, counting):
    report = run(small, counting)
    assert status(report) == {"2026001": "graded", "2026002": "graded"}
    assert auto(small, "2026001") == {"top-share-test": 3, "share-of-test": 3, "letter": None}
    assert auto(small, "2026002") == {"top-share-test": 0, "share-of-test": 3, "letter": None}
    assert list(report.rows.score) == [6, 3] and list(report.rows["max"]) == [9, 9]
    assert counting.asked == 2
    assert status(run(small, counting)) == {"2026001": "unchanged", "2026002": "unchanged"}
    assert counting.asked == 2
    assert status(run(small, counting, again=True)) == {"2026001": "graded", "2026002": "graded"}
    assert counting.asked == 4


def test_who_hands_in_again_is_graded_again(small, counting):
    run(small, counting)
    path = small.root / "submitted" / "2026002" / small.sheet / f"{small.sheet}.ipynb"
    notebook = nbformat.read(small.release, 4)
    answer_well(notebook)
    nbformat.write(notebook, path)
    report = run(small, counting)
    assert status(report) == {"2026001": "unchanged", "2026002": "graded"}
    assert report.changes.to_dict("records") == [
        {"student": "2026002", "sheet": small.sheet, "item": "top-share-test", "before": 0, "after": 3, "why": "submission"}
    ]


def test_a_corrected_test_changes_what_it_must_and_says_who_gained(small, counting):
    run(small, counting)
    with nbgrader_api(small.root).gradebook as gradebook:
        letter = gradebook.find_grade("letter", small.sheet, small.sheet, "2026001")
        letter.manual_score, letter.needs_manual_grade, letter.extra_credit = 2.5, False, 0.5
        gradebook.find_comment("letter", small.sheet, small.sheet, "2026001").manual_comment = "写得好。"
        gradebook.db.commit()
    correct(small, "secret_expected_share = 0.7", "secret_expected_share = 0.55")
    report = run(small, counting)
    assert status(report) == {"2026001": "graded", "2026002": "graded"}
    moved = {(row.student, row.item): (row.before, row.after) for row in report.changes.itertuples()}
    assert moved == {("2026001", "top-share-test"): (3, 0), ("2026002", "top-share-test"): (0, 3)}
    assert set(report.changes.why) == {"sheet"}
    assert "(-3)" in report.summary() and "(+3)" in report.summary()
    assert rows(small, "2026001")["letter"] == (None, 2.5, 0.5, False)
    assert rows(small, "2026002")["letter"] == (None, None, None, True)
    with nbgrader_api(small.root).gradebook as gradebook:
        assert gradebook.find_comment("letter", small.sheet, small.sheet, "2026001").comment == "写得好。"
    [kept] = [row["changes"] for row in read_notes(small.root) if row["student"] == "2026002"]
    assert kept[0]["after"] == 3


def test_a_letter_written_anew_is_to_be_read_again(small, counting):
    run(small, counting)
    with nbgrader_api(small.root).gradebook as gradebook:
        letter = gradebook.find_grade("letter", small.sheet, small.sheet, "2026001")
        letter.manual_score, letter.needs_manual_grade = 2.5, False
        gradebook.db.commit()
    notebook = nbformat.read(small.release, 4)
    answer_well(notebook)
    fill(notebook, letter="张经理：我改了主意。")
    nbformat.write(notebook, small.root / "submitted" / "2026001" / small.sheet / f"{small.sheet}.ipynb")
    run(small, counting)
    assert rows(small, "2026001")["letter"] == (None, 2.5, None, True)


def test_a_sheet_that_lost_a_cell_after_grading_is_refused_and_its_release_stays(small, counting):
    assert make_ready(small.root) == [small.sheet]
    run(small, counting)
    path = small.root / "source" / small.sheet / f"{small.sheet}.ipynb"
    notebook, released = nbformat.read(path, 4), small.release.read_bytes()
    notebook.cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") != "share-of-test"]
    nbformat.write(notebook, path)
    with pytest.raises(ValueError, match="另起一个名字"):
        make_ready(small.root)
    assert small.release.read_bytes() == released
    assert auto(small, "2026002") == {"top-share-test": 0, "share-of-test": 3, "letter": None}


def test_new_prose_in_the_source_regrades_nobody(small, counting):
    run(small, counting)
    correct(small, "五家客户", "那五家客户")
    assert set(status(run(small, counting)).values()) == {"unchanged"}


def test_only_the_sheet_and_the_students_that_are_named(small, counting):
    assert list(run(small, counting, sheets=["0-1"], students=["2026002"]).rows.student) == ["2026002"]
    with pytest.raises(ValueError, match="9-9"):
        run(small, counting, sheets=["9-9"])
    with pytest.raises(ValueError, match="2026077"):
        run(small, counting, students=["2026077"])


PENALTY = """
from nbgrader.plugins import LateSubmissionPlugin

class TenthAnHour(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score * min(1, total_seconds_late / 36000)

c.AssignLatePenalties.plugin_class = TenthAnHour
"""


def test_late_penalties_are_the_courses_own_and_follow_an_extension(small, counting):
    with (small.root / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write(PENALTY)
    due = datetime(2026, 10, 1, 12)
    with nbgrader_api(small.root).gradebook as gradebook:
        gradebook.update_or_create_assignment(small.sheet, duedate=due)
    stamp = small.root / "submitted" / "2026001" / small.sheet / "timestamp.txt"
    stamp.write_text("2026-10-01 17:00:00 UTC", "utf-8")
    report = run(small, counting)
    assert list(report.rows.score) == [3, 3]
    with nbgrader_api(small.root).gradebook as gradebook:
        assert gradebook.find_submission(small.sheet, "2026001").late_submission_penalty == 3
        gradebook.grant_extension(small.sheet, "2026001", hours=4)
    report = run(small, counting)
    assert status(report)["2026001"] == "graded" and list(report.rows.score) == [pytest.approx(5.4), 3]
    assert counting.asked == 2
    assert (small.root / "autograded" / "2026001" / small.sheet / "timestamp.txt").read_text("utf-8") == "2026-10-01 17:00:00 UTC"


def test_a_time_that_is_none_is_told_and_counts_as_in_time(small, counting):
    (small.root / "submitted" / "2026001" / small.sheet / "timestamp.txt").write_text("昨天", "utf-8")
    report = run(small, counting)
    assert "昨天" in report.rows.notes[0] and report.rows.score[0] == 6


def test_scores_and_outputs_are_those_of_stock_nbgrader(tmp_path, empty, engine):
    """Stock nbgrader, its own steps and its own kernels, on the same clean submissions."""
    ours, stock = (copy_of(empty, tmp_path / name) for name in ("ours", "stock"))
    shows = "print('一')\nimport sys; print('二', file=sys.stderr)\ntop_share = 0.7\nrevenue.to_frame('元')"
    figure = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\ntop_share = revenue.nlargest(2).sum() / revenue.sum()\nplt.show()"
    silent = "def share_of(revenue, count):\n    return revenue.nlargest(count).sum() / revenue.sum()"
    changes = {
        "right": {},
        "mistake": {"top_share": "top_share = revenue.head(2).sum() / revenue.sum()"},
        "shows": {"top_share": shows},
        "figure": {"top_share": figure},
        "error": {"share_of": "1 / 0"},
        "syntax": {"top_share": "top_share = ("},
        "raises": {"share_of": "def share_of(revenue, count):\n    return revenue['C2']"},
    }

    def answering(change):
        return lambda notebook: (answer_well(notebook), fill(notebook, **{"share_of": silent, **change}))

    answers = {student: answering(change) for student, change in changes.items()} | {"untouched": None}
    for course in (ours, stock):
        for student, change in answers.items():
            course.submit(student, change)
    run(ours, engine)
    api = nbgrader_api(stock.root)
    api.config.Autograde.exporter_class = "nbconvert.exporters.NotebookExporter"
    api.config.Autograde.sanitize_preprocessors = [ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata]
    api.config.Autograde.autograde_preprocessors = [
        Execute, execution.ForgiveWarnings, IgnorePattern, LimitOutput, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata,
    ]  # fmt: skip
    for student in answers:
        outcome = api.autograde(stock.sheet, student)
        assert outcome["success"], outcome
        assert rows(ours, student) == rows(stock, student), student
        for mine, theirs in zip(ours.autograded(student).cells, stock.autograded(student).cells, strict=True):
            assert (mine.cell_type, mine.source, mine.get("id")) == (theirs.cell_type, theirs.source, theirs.get("id"))
            assert list(map(_kind, mine.get("outputs", ()))) == list(map(_kind, theirs.get("outputs", ()))), (student, mine.source)


def _kind(output) -> tuple:
    if output.output_type == "stream":
        return "stream", output.name, output.text
    if output.output_type == "error":
        return "error", output.ename
    return output.output_type, tuple(sorted(output.data)), output.data.get("text/html", "")[:200]


def test_it_stays_an_ordinary_nbgrader_course(small, counting):
    run(small, counting)
    api = nbgrader_api(small.root)
    [one, two] = sorted(api.get_submissions(small.sheet), key=lambda found: found["student"])
    assert one["autograded"] and one["submitted"]
    assert (one["score"], two["score"], one["max_score"], one["needs_manual_grade"]) == (6, 3, 9, True)
    graded = small.root / "autograded" / "2026001" / small.sheet / f"{small.sheet}.ipynb"
    assert graded.stat().st_mode & 0o777 == 0o444
    assert cell_of(small.autograded("2026001"), "top-share-test").source.count("secret_expected_share") == 2
    again = api.autograde(small.sheet, "2026001")
    assert again["success"], again
    assert auto(small, "2026001") == {"top-share-test": 3, "share-of-test": 3, "letter": None}
    assert [page.name for page in write_pages(small.root, progress=False)] == [f"{small.sheet}.html"] * 2
    assert small.nbgrader("export", "--to=all.csv").returncode == 0


def test_its_own_workers_run_the_submissions_where_no_executor_is_given(small):
    assert list(grade(small.root, workers=2, progress=False).rows.score) == [6, 3]


def test_the_firm_of_another_is_recognised(tmp_path, counting):
    path = REPOSITORY / "exercises" / "src" / "1-1-customer-classes.md"
    course = make_course(tmp_path / "exercises", "zh", path)
    (course.root.parent / "class-key.txt").write_text(CLASS_KEY, "utf-8")
    solutions = {cell.grade_id: cell.text for cell in read(path).cells if cell.is_solution}

    def typed(code):
        def change(notebook):
            fill(notebook, **solutions)
            [cell] = [one for one in notebook.cells if one.source == 'firm_code = ""']
            cell.source = f'firm_code = "{code}"'

        return change

    course.submit("2026001", typed(firm_code(CLASS_KEY, "2026001").lower().replace("-", " ")))
    course.submit("2026002", typed(firm_code(CLASS_KEY, "2026001")))
    course.submit("2026003", typed(firm_code("other class", "9")))
    report = run(course, counting)
    use_language("zh")
    assert set(report.rows.status) == {"graded"} and set(report.rows.score) == {report.rows.score[0]}
    notes = dict(zip(report.rows.student, report.rows.notes, strict=True))
    assert notes["2026001"] == ""
    assert "2026001" in notes["2026002"]
    assert firm_code("other class", "9").replace("-", "") in notes["2026003"]


def test_a_second_grading_at_the_same_time_is_refused(small, counting):
    with grading_lock(small.root), pytest.raises(ValueError, match=str(os.getpid())):
        run(small, counting)
    assert counting.asked == 0


def test_the_formgraders_button_waits_for_a_grading(small):
    with grading_lock(small.root):
        outcome = nbgrader_api(small.root).autograde(small.sheet, "2026001")
    assert not outcome["success"] and str(os.getpid()) in outcome["log"]
    assert not (small.root / "autograded").exists()


def test_what_was_graded_by_the_button_and_by_hand_stays_settled(small, counting):
    assert nbgrader_api(small.root).autograde(small.sheet, "2026001")["success"]
    with nbgrader_api(small.root).gradebook as gradebook:
        for name, points in (("letter", 2.5), ("share-of-test", 1)):
            grade_of = gradebook.find_grade(name, small.sheet, small.sheet, "2026001")
            grade_of.manual_score, grade_of.needs_manual_grade = points, False
        gradebook.db.commit()
    assert status(run(small, counting)) == {"2026001": "graded", "2026002": "graded"}
    assert rows(small, "2026001")["letter"] == (None, 2.5, None, False)
    assert rows(small, "2026001")["share-of-test"] == (3, 1, None, False)
    path = small.root / "submitted" / "2026001" / small.sheet / f"{small.sheet}.ipynb"
    notebook = nbformat.read(path, 4)
    fill(notebook, share_of="share_of = lambda revenue, count: revenue.nlargest(count).sum() / revenue.sum()")
    nbformat.write(notebook, path)
    run(small, counting)
    assert rows(small, "2026001")["letter"] == (None, 2.5, None, False)
    assert rows(small, "2026001")["share-of-test"] == (3, 1, None, True)


def test_the_lock_of_a_grading_that_was_killed_holds_nobody_up(small, counting):
    (small.root / ".grading.lock").write_text("999999 2026-01-01 00:00:00\n", "utf-8")
    assert set(status(run(small, counting)).values()) == {"graded"}


def test_a_gradebook_that_is_in_use_is_told_in_one_sentence(small, counting, monkeypatch):
    monkeypatch.setattr(book, "BUSY_SECONDS", 0.01)
    database = sqlite3.connect(small.root / "gradebook.db")
    database.execute("begin exclusive")
    with pytest.raises(ValueError, match="gradebook.db"):
        run(small, counting)
    database.rollback()
    database.close()
    assert set(status(run(small, counting)).values()) == {"graded"}


class Interrupting(Counting):
    """Presses Ctrl-C when the second submission is handed to the engine."""

    def submit(self, function, /, *arguments, **options):
        if self.asked == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return super().submit(function, *arguments, **options)


@pytest.fixture
def at_a_terminal():
    """Ctrl-C as a process of its own has it: libraries that run an event loop may have left another handler behind."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_in_a_report_and_the_next_run_goes_on(small, engine, counting, at_a_terminal):
    report = run(small, Interrupting(engine))
    assert report.stopped and len(report.rows) < 2
    assert "Ctrl-C" not in report.summary() and report.summary()
    assert set(status(run(small, counting))) == {"2026001", "2026002"}
    assert [auto(small, student)["share-of-test"] for student in ("2026001", "2026002")] == [3, 3]


def test_without_walls_nothing_is_graded_by_any_way_in(small, counting, monkeypatch):
    lacking = [Layer("landlock", False, "the kernel has none", "start a newer kernel")]
    monkeypatch.setattr("crmlib.classroom.grading.sandbox.missing", lambda: lacking)
    monkeypatch.delenv("CRM_UNSAFE", raising=False)
    with pytest.raises(ValueError, match="landlock"):
        run(small, counting)
    outcome = nbgrader_api(small.root).autograde(small.sheet, "2026001")
    assert not outcome["success"] and "landlock" in outcome["log"]
    assert not (small.root / "autograded").exists()
    with nbgrader_api(small.root).gradebook as gradebook:
        assert gradebook.assignment_submissions(small.sheet) == []
    monkeypatch.setenv("CRM_UNSAFE", "1")
    assert nbgrader_api(small.root).autograde(small.sheet, "2026001")["success"]
    assert auto(small, "2026001") == {"top-share-test": 3, "share-of-test": 3, "letter": None}
    report = grade(small.root, unsafe=True, progress=False)
    assert auto(small, "2026002") == {"top-share-test": 0, "share-of-test": 3, "letter": None}
    assert set(report.rows.status) == {"graded"}


def test_the_platform_without_a_sandbox_is_pointed_to_wsl(small, monkeypatch):
    monkeypatch.setattr(execution.sys, "platform", "darwin")
    monkeypatch.delenv("CRM_UNSAFE", raising=False)
    with pytest.raises(ValueError, match="WSL"):
        grade(small.root, progress=False)


def crm(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "crmlib.classroom.cli", *arguments]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "CRM_CELL_SECONDS": "20"}, capture_output=True, encoding="utf-8", check=False
    )


def test_the_commands(small, tmp_path):
    small.submit("2026003", raw=b"")
    done = crm(tmp_path, "grade", "zh", "0-1", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert "2026003" in done.stdout and "打不开" in done.stdout
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["1/3", "2/3", "3/3"]
    told = crm(tmp_path, "feedback", "zh")
    assert told.returncode == 0, told.stderr
    assert [Path(line).parts[-3] for line in told.stdout.split()] == ["2026001", "2026002", "2026003"]
    refused = crm(tmp_path, "grade", "zh", "nine")
    assert refused.returncode == 1 and "nine" in refused.stderr and "Traceback" not in refused.stderr


def test_a_due_date_given_later_costs_no_second_run(small, counting):
    stamp = small.root / "submitted" / "2026001" / small.sheet / "timestamp.txt"
    stamp.write_text("2026-10-01 17:00:00 UTC", "utf-8")
    run(small, counting)
    with nbgrader_api(small.root).gradebook as gradebook:
        gradebook.update_or_create_assignment(small.sheet, duedate=datetime(2026, 10, 1, 17) - timedelta(hours=1))
    assert status(run(small, counting)) == {"2026001": "graded", "2026002": "unchanged"}
    assert counting.asked == 2
    assert read_marker(small.root / "autograded" / "2026001" / small.sheet).late == 3600


def test_what_a_report_needs_is_kept_beside_the_course(small, counting):
    small.submit("2026003", raw=b"[")
    run(small, counting)
    kept = json.loads((small.root / "grading-notes.json").read_text("utf-8"))
    assert [(one["student"], one["status"], one["score"]) for one in kept["submissions"]] == [
        ("2026001", "graded", 6), ("2026002", "graded", 3), ("2026003", "failed", 0),
    ]  # fmt: skip
    assert [note["kind"] for note in kept["submissions"][2]["notes"]] == ["file-unreadable"]
