"""A class of cheats and vandals is graded: each earns what the honest part of the work deserves, and nobody else notices.

Every trick in ``tricks/`` is one submission to a real course with a real gradebook, graded by the path that ``crm grade`` takes; after
each comes an honest one, which looks for traces of the one before.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import re
import shutil
import site
import socket
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell
from sheet_course import SheetCourse, cell_of, make_course
from trick_files import FIRM, FOLDER, SHEETS, VAULT, Trick, hidden_lines, honest, points_of, tricks

import crmlib
from crmlib.classroom.course_config import course as open_course
from crmlib.classroom.grading.course_run import grade
from crmlib.classroom.grading.executor import WarmExecutor
from crmlib.classroom.grading.grade_report import GradeReport
from crmlib.classroom.grading.job import Job
from crmlib.classroom.grading.limits import MEBIBYTE, Limits
from crmlib.classroom.grading.pages import write_pages
from crmlib.company import firm_code

TIGHT = Limits(
    cpu_seconds=20, wall_seconds=90, memory_bytes=600 * MEBIBYTE, processes=24, open_files=64, file_bytes=4 * MEBIBYTE,
    scratch_bytes=16 * MEBIBYTE, output_bytes=MEBIBYTE // 4,
)  # fmt: skip
CELL_SECONDS = 15
MOST_KEPT = 2 * MEBIBYTE
AT_ONCE = 4
CLASS_KEY = "sesame-vault-key"
NEIGHBOUR, LOOKS_ROUND = "neighbour", "looks-round"
PR_SET_CHILD_SUBREAPER = 36
SECONDS_TO_END = 20
POISON = ("sitecustomize.py", "usercustomize.py", "evil.pth", "numpy.py", "pandas.py", "matplotlibrc", "x.pth", "x.py")

TRACES = """\
import builtins, decimal, hashlib, json, locale, os, random, socket, sys, threading, time, warnings
import matplotlib, numpy as np
from multiprocessing import shared_memory
import matplotlib.pyplot as plt

def read(path):
    return sorted(os.listdir(path)) if os.path.isdir(path) else []

def left(name):
    try:
        shared_memory.SharedMemory(name)
        return True
    except OSError:
        return False

SHARED = (".", "/tmp", "/dev/shm", "/var/tmp", "/run")
home, shell, umask = os.environ["HOME"], get_ipython(), os.umask(0o22)
print(json.dumps({
    "environment": sorted((name, value.replace(home, "~")) for name, value in os.environ.items()),
    "files": [[name for name in read(place) if not name.startswith("crm-")] for place in SHARED],
    "processes": [name for name in os.listdir("/proc") if name.isdigit()],
    "threads": threading.active_count(), "memory": left("left-by-another"),
    "open": len(os.listdir("/proc/self/fd")), "path": [place.replace(home, "~") for place in sys.path],
    "python": [sys.getrecursionlimit(), sys.getswitchinterval(), sys.dont_write_bytecode, umask, time.tzname, locale.getlocale(),
               decimal.getcontext().prec, len(warnings.filters), np.geterr(), threading.stack_size()],
    "modules": [name for name in sys.modules if "left_by_another" in name or "evil" in name],
    "marked": [hasattr(module, "left_by_another") for module in (np, crm, builtins, pd)],
    "style": hashlib.sha256(repr(sorted(matplotlib.rcParams.items())).encode()).hexdigest(), "figures": plt.get_fignums(),
    "table": [pd.options.display.max_rows, pd.options.display.max_columns, pd.options.mode.copy_on_write],
    "builtins": sorted(name for name, value in vars(builtins).items() if getattr(value, "__module__", "builtins") == "__main__"),
    "hooks": [len(shell.ast_transformers), len(shell.input_transformers_post), len(shell.events.callbacks["pre_run_cell"])],
}, default=str))
print("drawn", random.random(), np.random.random())"""


class Tight(WarmExecutor):
    """The engine with small limits, and those that a trick asks for."""

    def __init__(self, asked: dict[str, dict]) -> None:
        super().__init__(AT_ONCE)
        self.asked = asked

    def submit(self, work: Job, /, *arguments: object, **named: object) -> Future:
        """Hand in a job."""
        found = re.search("^trick = '(.+)'$", "\n".join(cell.source for cell in work.cells[:150]), re.MULTILINE)
        limits = dict(self.asked.get(found[1], {})) if found else {}
        return super().submit(replace(work, cell_seconds=limits.pop("cell_seconds", CELL_SECONDS), limits=replace(TIGHT, **limits)))


class Bait:
    """What lies outside for the taking: sockets that listen, files that hold secrets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "canary"
        self.folder.mkdir()
        (self.folder / "secret.txt").write_text(CLASS_KEY, "utf-8")
        self.tcp = socket.create_server(("localhost", 0))
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        self.udp.bind(("localhost", 0))
        self.abstract, self.local = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        self.names = {"abstract": f"crm-attacks-{os.getpid()}-{folder.name}", "local": str(folder / "local.socket")}
        self.abstract.bind("\0" + self.names["abstract"])
        self.local.bind(self.names["local"])
        for listening in (self.abstract, self.local):
            listening.listen()

    def guessed(self, course: SheetCourse) -> dict[str, object]:
        """What a student could find out beforehand."""
        return {
            "canary": self.folder, "course": course.root, "tcp": self.tcp.getsockname()[1], "udp": self.udp.getsockname()[1],
            "judge": os.getpid(), "neighbour": firm_code(CLASS_KEY, NEIGHBOUR), **self.names,
        }  # fmt: skip

    def touched(self) -> list[str]:
        """Which socket has heard from somebody."""
        heard = []
        for name in ("tcp", "abstract", "local", "udp"):
            listening = getattr(self, name)
            listening.setblocking(False)
            try:
                listening.recv(1) if name == "udp" else listening.accept()
                heard.append(name)
            except BlockingIOError:
                pass
        return heard

    def close(self) -> None:
        for name in ("tcp", "abstract", "local", "udp"):
            getattr(self, name).close()


@dataclass
class Graded:
    """A class after it was graded, and what there was to see outside, before and after."""

    course: SheetCourse
    report: GradeReport
    bait: Bait
    before: dict
    after: dict
    running: list[psutil.Process]

    def scores(self, student: str) -> dict[str, float]:
        """The points of each test in the gradebook; 0 for what is not there."""
        with open_course(self.course.root).gradebook as gradebook:
            if student not in {one.student_id for one in gradebook.assignment_submissions(self.course.sheet)}:
                return dict.fromkeys(points_of(self.course.sheet), 0)
            grades = gradebook.find_submission_notebook(self.course.sheet, self.course.sheet, student).grades
            return {one.name: one.auto_score for one in grades if one.name in points_of(self.course.sheet)}

    def printed(self, student: str) -> str:
        """Whatever stands under the student's own cells."""
        if not (self.course.root / "autograded" / student).is_dir():
            return ""
        tests = points_of(self.course.sheet)
        own = [cell for cell in self.course.autograded(student).cells if cell.metadata.get("nbgrader", {}).get("grade_id") not in tests]
        return "\n".join(json.dumps(output, ensure_ascii=False) for cell in own for output in cell.get("outputs", []))


def outside(course: SheetCourse, bait: Bait) -> dict:
    """What must be the same afterwards."""
    folders = [bait.folder, *(course.root / name for name in ("source", "release", "submitted"))]
    held = {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    places = [*site.getsitepackages(), site.getusersitepackages(), str(Path(crmlib.__file__).parent), str(Path.home()), "/tmp", "/dev/shm"]
    poison = [f"{place}/{name}" for place in places for name in (*POISON, "late", "left-by-another") if os.path.lexists(f"{place}/{name}")]
    return {
        "held": held,
        "environment": dict(os.environ),
        "poison": poison,
        "folder": os.getcwd(),
        "names": sorted(os.listdir(course.root)),
    }


def graded_class(folder: Path, sheet: str, attempts: list[Trick], *, key: str = "", traces: bool = False) -> Graded:
    """A course in which each trick was handed in and graded, an honest student after each."""
    course = make_course(folder / "exercises", "en", SHEETS[sheet])
    if key:
        (course.root.parent / "class-key.txt").write_text(key, "utf-8")
    bait = Bait(folder)
    guessed = bait.guessed(course)
    for trick in attempts:
        trick.hand_in(course.release, course.root / "submitted" / trick.name / sheet, guessed)
    for student in [f"{trick.name}-{LOOKS_ROUND}" for trick in attempts] if traces else [NEIGHBOUR]:
        notebook = honest(course.release, sheet)
        if traces:
            notebook.cells.insert(notebook.cells.index(cell_of(notebook, "total")), new_code_cell(TRACES))
        path = course.root / "submitted" / student / sheet / f"{sheet}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    others = psutil.Process().children(recursive=True)
    open_course(course.root)
    before = outside(course, bait)
    with Tight({trick.name: dict(trick.limits) for trick in attempts}) as executor:
        report = grade(course.root, workers=AT_ONCE, progress=False, executor=executor)
    _ended, running = psutil.wait_procs([one for one in psutil.Process().children(recursive=True) if one not in others], SECONDS_TO_END)
    return Graded(course, report, bait, before, outside(course, bait), running)


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CRM_SECRET_TOKEN", CLASS_KEY)
        graded = graded_class(tmp_path_factory.mktemp("vault"), VAULT, tricks(VAULT), traces=True)
        yield graded
        graded.bait.close()


@pytest.fixture(scope="module")
def firms(tmp_path_factory):
    graded = graded_class(tmp_path_factory.mktemp("firms"), FIRM, tricks(FIRM), key=CLASS_KEY)
    yield graded
    graded.bait.close()


@pytest.fixture(scope="module")
def traces(vault):
    """What each honest student has seen, and the random numbers that came up."""
    found = {}
    for trick in tricks(VAULT):
        cells = vault.course.autograded(f"{trick.name}-{LOOKS_ROUND}").cells
        looks = next(cell for cell in cells if cell.source == TRACES)
        seen, drawn = looks.outputs[0].text.splitlines()
        found[trick.name] = json.loads(seen), drawn
    return found


def ids(trick: Trick) -> str:
    return trick.name


@pytest.mark.parametrize("trick", tricks(VAULT), ids=ids)
def test_a_trick_earns_what_its_honest_content_deserves(vault, trick):
    printed = vault.printed(trick.name)
    assert trick.earns(scores := vault.scores(trick.name)), (scores, printed[-2000:])
    assert not [line for line in printed.splitlines() if '"stream"' in line and "ESCAPED" in line]
    assert not [line for line in hidden_lines(VAULT) if line in printed or json.dumps(line)[1:-1] in printed]
    assert len(printed) < MOST_KEPT


@pytest.mark.parametrize("trick", tricks(VAULT), ids=ids)
def test_the_next_in_line_notices_nothing(vault, traces, trick):
    assert vault.scores(f"{trick.name}-{LOOKS_ROUND}") == points_of(VAULT)
    assert traces[trick.name][0] == traces["nothing-at-all"][0]


def test_everybody_draws_other_random_numbers(traces):
    drawn = [number for _seen, line in traces.values() for number in line.split()[1:]]
    assert len(set(drawn)) == 2 * len(traces)


@pytest.mark.parametrize("trick", tricks(FIRM), ids=ids)
def test_a_firm_of_ones_own_cannot_be_exchanged(firms, trick):
    printed = firms.printed(trick.name)
    assert trick.earns(scores := firms.scores(trick.name)), (scores, printed[-2000:])
    assert not [line for line in printed.splitlines() if '"stream"' in line and "ESCAPED" in line]
    assert firms.scores(NEIGHBOUR) == points_of(FIRM)


@pytest.mark.parametrize("course", ["vault", "firms"])
def test_nothing_outside_is_changed_reached_or_left_running(course, request):
    graded = request.getfixturevalue(course)
    assert graded.running == []
    assert graded.bait.touched() == []
    assert graded.after["poison"] == []
    assert graded.after["environment"] == graded.before["environment"]
    assert graded.after["held"] == graded.before["held"]
    assert graded.after["folder"] == graded.before["folder"]
    assert set(graded.after["names"]) - set(graded.before["names"]) <= {"autograded", "grading-notes.json", "gradebook.db", ".grading.lock"}


def test_the_class_is_graded_to_the_last(vault, firms):
    for graded in (vault, firms):
        handed_in = {path.name for path in (graded.course.root / "submitted").iterdir()}
        assert set(graded.report.rows.student) == handed_in
        with open_course(graded.course.root).gradebook as gradebook:
            assert {one.student_id for one in gradebook.assignment_submissions(graded.course.sheet)} <= handed_in


TALKATIVE = ("everything-it-can-find", "history", "names-of-its-own", "frames-and-gc", "function-that-raises-anything")


@pytest.fixture(scope="module")
def pages(vault):
    write_pages(vault.course.root, students=TALKATIVE, progress=False)
    return {student: vault.course.feedback(student) for student in TALKATIVE}


@pytest.mark.parametrize("student", TALKATIVE)
def test_feedback_holds_no_hidden_line_and_runs_nothing(pages, student):
    page = pages[student]
    text = re.sub("<[^>]*>", "", page)
    assert "Item 1" in text
    assert not [line for line in hidden_lines(VAULT) if line in text or line in page]
    assert not re.search(r"<script>alert|<img src=x", page)


def test_a_cell_that_was_stopped_is_named(vault):
    [notes] = [row.notes for row in vault.report.rows.itertuples() if row.student == "slow-cell-is-interrupted"]
    assert "too long" in notes and "table" in notes


def test_nbgraders_own_command_takes_the_same_path(tmp_path, vault):
    root = tmp_path / "exercises"
    shutil.copytree(vault.course.root.parent, root, ignore=shutil.ignore_patterns("submitted", "autograded", "feedback", "gradebook.db"))
    course = SheetCourse(root / "en", "en", VAULT)
    assert course.nbgrader("generate_assignment", VAULT, "--force").returncode == 0
    students = ("the-notebook-file", "score-as-output", "patched-mark", "notebook-that-leads-elsewhere")
    for student in students:
        shutil.copytree(vault.course.root / "submitted" / student, course.root / "submitted" / student, symlinks=True)
    done = course.nbgrader("autograde", VAULT, CRM_CELL_SECONDS=str(CELL_SECONDS))
    assert done.returncode == 0, done.stderr
    tried = {trick.name: trick for trick in tricks(VAULT)}
    graded = Graded(course, vault.report, vault.bait, {}, {}, [])
    assert [student for student in students if not tried[student].earns(graded.scores(student))] == []
    assert not [student for student in students if "ESCAPED [" in graded.printed(student)]


def test_each_trick_says_what_it_tries():
    paths = sorted(FOLDER.glob("*.md"))
    told = [path.read_text("utf-8").splitlines()[0] for path in paths]
    assert len(paths) >= 60 and len(set(told)) == len(paths)
    assert all(line.endswith((".", ")")) and len(line) > 30 for line in told)
