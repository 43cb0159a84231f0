"""Thirty submissions of a sheet graded by stock `nbgrader autograde` and by `crm grade`, in turn; every score must agree.

The sheets are those named on the command line; without any, one that needs pandas alone and one that needs scikit-learn as well.

Stock has a course and a configuration of its own, the kernel ``python3``, and nothing of ours. `crm grade` begins from nothing
each time: the start of its warm parent is in its time, and the sandbox is on. The limit is what the cells alone take: a forked
child in the sandbox that runs all cells of a submission, with no judge and no nbgrader.
"""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from crmlib.classroom.grading.warm import CellJob, Job, WarmParent
from crmlib.classroom.grading.warming import likely
from crmlib.classroom.notebooks import edition
from crmlib.classroom.source import Source, read
from crmlib.company import firm_code

REPOSITORY = Path(__file__).resolve().parents[1]
SHEETS = ("1-1-customer-classes", "3-4-churn")
BLOCKS, IN_A_BLOCK = 3, 10
CLASS_KEY = "benchmark"
LONGEST_LOG = 3_000
TARGET, TARGET_OVER_LIMIT = 10.0, 1.5
STOCK_CONFIG = "c = get_config()\nc.CourseDirectory.course_id = 'benchmark'\n"


@dataclass(frozen=True)
class Course:
    """One course root with the class's submissions of a sheet in it, and how it is graded."""

    sheet: str
    root: Path
    command: Sequence[str]
    folder: Path

    def grade(self, *more: str) -> None:
        """Grade all, or what `more` says."""
        done = subprocess.run([*self.command, *more], cwd=self.folder, env=clean(), capture_output=True, encoding="utf-8", check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(self.command)} failed:\n{(done.stdout + done.stderr)[-LONGEST_LOG:]}")

    def scores(self) -> dict[tuple[str, str], tuple[float | None, bool]]:
        """By student and item: the points given by program, and whether a teacher has still to look."""
        with Gradebook(f"sqlite:///{self.root / 'gradebook.db'}") as book:
            return {
                (submission.student_id, grade.name): (grade.auto_score, bool(grade.needs_manual_grade))
                for submission in book.assignment_submissions(self.sheet)
                for notebook in submission.notebooks
                for grade in notebook.grades
            }


def clean() -> dict[str, str]:
    """This environment without what would steer either grader."""
    scripts = str(Path(sys.executable).parent)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
    return {**kept, "PATH": os.pathsep.join([scripts, kept.get("PATH", "")]), "PYTHONUTF8": "1"}


def answer_sheets(source: Source) -> Iterator[tuple[str, dict[str, str], tuple[str, ...]]]:
    """What students hand in, for ever: a name, the answers by cell, and cells that they have deleted.

    Of five, three are right in all but one or two items, one has a mistake in most, and one is broken: blanks left, a cell that
    cannot be read, a cell that fails, or a cell deleted.
    """
    banks = {tag: {} for tag in ("right", "wrong")}
    for cell in source.cells:
        for tag in {"right", "wrong"} & set(cell.tags):
            banks[tag].setdefault(str(cell.metadata["of"]), []).append(cell.text)
    solutions = {cell.grade_id: cell for cell in source.cells if cell.is_solution and cell.is_code}
    full = {name: cell.text.replace("### BEGIN SOLUTION\n", "").replace("\n### END SOLUTION", "") for name, cell in solutions.items()}
    blank = {name: str(cell.metadata["scaffold"]) for name, cell in solutions.items()}
    names = list(full)
    broken = (
        lambda turn: ({name: blank[name] if place >= turn % len(names) else full[name] for place, name in enumerate(names)}, ()),
        lambda turn: ({**full, names[turn % len(names)]: "answer = (1,\nfor"}, ()),
        lambda turn: ({**full, names[turn % len(names)]: "raise ValueError('not yet')"}, ()),
        lambda turn: (full, (names[turn % len(names)],)),
    )
    for turn in itertools.count():
        if turn % 5 == 4:
            answers, gone = broken[turn // 5 % len(broken)](turn)
            yield f"broken-{turn:02}", answers, gone
        else:
            answers = {name: banks["right"][name][turn % len(banks["right"][name])] if turn % 2 else full[name] for name in names}
            for place in range(5 if turn % 5 == 3 else turn % 3):
                name = names[(turn + place) % len(names)]
                answers[name] = banks["wrong"][name][(turn + place) % len(banks["wrong"][name])]
            yield f"student-{turn:02}", answers, ()


def hand_in(release: nbformat.NotebookNode, student: str, answers: dict[str, str], gone: Sequence[str]) -> nbformat.NotebookNode:
    """The release as this student has filled it in."""
    notebook = nbformat.from_dict(release)
    grade_id = {id(cell): cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in notebook.cells}
    notebook.cells = [cell for cell in notebook.cells if grade_id[id(cell)] not in gone]
    for cell in notebook.cells:
        if (name := grade_id[id(cell)]) in answers:
            cell.source = answers[name]
        elif cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = f"王经理：{student} 建议把名额先给 A 类客户。"
        elif cell.source == 'firm_code = ""':
            cell.source = f'firm_code = "{firm_code(CLASS_KEY, student)}"'
    return notebook


def make_courses(folder: Path, sheet: str, source: Source) -> tuple[Course, list[Course], list[nbformat.NotebookNode]]:
    """The stock course, ours twice (graded on one worker and on two), and what was handed in."""
    python = [sys.executable, "-m"]
    courses = [Course(sheet, folder / "stock", [*python, "nbgrader", "autograde", sheet], folder / "stock")]
    for workers in (1, 2):
        top = folder / f"ours-{workers}"
        courses.append(
            Course(sheet, top / "exercises" / "zh", [str(Path(sys.executable).parent / "crm"), "grade", "zh", "--workers", str(workers)], top)
        )
    for course in courses:
        notebook = course.root / "source" / sheet / f"{sheet}.ipynb"
        notebook.parent.mkdir(parents=True)
        notebook.write_bytes(edition(source, "zh"))
        if course is courses[0]:
            plain = nbformat.read(notebook, 4)
            plain.cells = [cell for cell in plain.cells if "MARK SCHEME" not in cell.source]  # ours stands where stock wants none
            nbformat.write(plain, notebook)
            (course.root / "nbgrader_config.py").write_text(STOCK_CONFIG, "utf-8")
        else:
            shutil.copy(REPOSITORY / "exercises" / "nbgrader_config.py", course.root.parent)
            shutil.copy(REPOSITORY / "exercises" / "zh" / "nbgrader_config.py", course.root)
            (course.root / "class-key.txt").write_text(CLASS_KEY, "utf-8")
        made = subprocess.run(
            [*python, "nbgrader", "generate_assignment", sheet], cwd=course.root, env=clean(), capture_output=True, check=False
        )
        if made.returncode:
            raise SystemExit(made.stderr.decode()[-LONGEST_LOG:])
    handed_in = []
    for number, (name, answers, gone) in enumerate(itertools.islice(answer_sheets(source), BLOCKS * IN_A_BLOCK)):
        student = f"block{number // IN_A_BLOCK}-{name}"
        for course in courses:
            release = nbformat.read(course.root / "release" / sheet / f"{sheet}.ipynb", 4)
            path = course.root / "submitted" / student / sheet / f"{sheet}.ipynb"
            path.parent.mkdir(parents=True)
            notebook = hand_in(release, student, answers, gone)
            nbformat.write(notebook, path)
        handed_in.append(notebook)
    return courses[0], courses[1:], handed_in


class Clock:
    """Adds up wall time and processor time, of this process and of those that it has waited for."""

    def __init__(self) -> None:
        self.wall = self.processor = 0.0

    def __enter__(self) -> None:
        self._wall, self._processor = time.perf_counter(), self._used()

    def __exit__(self, *_error: object) -> None:
        self.wall += time.perf_counter() - self._wall
        self.processor += self._used() - self._processor

    @staticmethod
    def _used() -> float:
        return sum(sum(resource.getrusage(whose)[:2]) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def cells_alone(handed_in: Sequence[nbformat.NotebookNode], clock: Clock) -> None:
    """What the cells take and nothing else: one after another, on one core, without the start of the warm parent."""
    with WarmParent() as parent, ThreadPoolExecutor(1) as one_at_a_time:
        jobs = [Job(tuple(CellJob(cell.source, "run" if cell.cell_type == "code" else "other") for cell in one.cells)) for one in handed_in]
        parent.expect(likely("\n".join(cell.source for one in handed_in for cell in one.cells)))
        parent.run(jobs[0])
        with clock:
            list(one_at_a_time.map(parent.run, jobs))


def differences(ours: Course, stock: Course) -> list[str]:
    """Items on which the two graders do not agree."""
    got, expected = ours.scores(), stock.scores()
    return [
        f"{key}: stock {expected.get(key)}, ours {got.get(key)}" for key in sorted({*got, *expected}) if got.get(key) != expected.get(key)
    ]


def compare(sheet: str) -> None:
    """Print the table for one sheet, and at the end how many times the throughput of stock is reached on two cores."""
    count = BLOCKS * IN_A_BLOCK
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as folder:
        stock, ours, handed_in = make_courses(Path(folder), sheet, read(REPOSITORY / "exercises" / "src" / f"{sheet}.md"))
        print(f"{count} submissions of {sheet}, {os.cpu_count()} cores; stock in {BLOCKS} blocks, the others between them", flush=True)
        clocks = {name: Clock() for name in ("stock", "ours, 1 worker", "ours, 2 workers", "limit, 1 core")}
        for block, name in enumerate(("ours, 2 workers", "ours, 1 worker", "limit, 1 core")):
            with clocks["stock"]:
                stock.grade("--student", f"block{block}-*")
            if name.startswith("ours"):
                with clocks[name]:
                    ours[name == "ours, 2 workers"].grade()
            else:
                cells_alone(handed_in, clocks[name])
            each = clocks["stock"].wall / (block + 1) / IN_A_BLOCK
            print(f"block {block + 1} of {BLOCKS}: stock {each:.2f} s, {name} {clocks[name].wall / count:.2f} s a submission", flush=True)
        for course in ours:
            if told := differences(course, stock):
                raise SystemExit("The scores differ:\n" + "\n".join(told))
        compared = len(stock.scores())
    whole = clocks["stock"].wall
    print(f"scores: {compared} items, all as stock nbgrader gives them")
    print(f"{'a submission':18}{'seconds':>9}{'of processor':>14}{'× stock':>9}")
    for name, clock in clocks.items():
        used = "" if name.startswith("limit") else f"{clock.processor / count:.3f}"
        print(f"{name:18}{clock.wall / count:9.3f}{used:>14}{whole / clock.wall:9.1f}")
    over = clocks["ours, 1 worker"].wall / clocks["limit, 1 core"].wall
    print(f"on one core {over:.2f} × the limit (aim at most {TARGET_OVER_LIMIT}); throughput on two cores: aim at least {TARGET:.0f}")
    print(f"throughput ratio: {whole / clocks['ours, 2 workers'].wall:.1f}")


def main() -> None:
    """Compare on each sheet that is named."""
    for sheet in sys.argv[1:] or SHEETS:
        compare(sheet)


if __name__ == "__main__":
    main()
