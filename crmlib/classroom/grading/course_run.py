"""Grade a class: several submissions at once, one process that writes the gradebook, and nothing graded twice."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from nbgrader.apps import NbGraderAPI
from sqlalchemy.exc import OperationalError
from traitlets.log import get_logger

from crmlib.classroom.course_config import cell_seconds, course
from crmlib.classroom.execution import class_key, own_firm, refusal, run
from crmlib.classroom.grading.book import Book
from crmlib.classroom.grading.executor import WarmExecutor
from crmlib.classroom.grading.grade_report import GradeReport
from crmlib.classroom.grading.in_kernel import run_in_kernel
from crmlib.classroom.grading.intake import Folder, astray, choose, folders
from crmlib.classroom.grading.lock import grading_lock
from crmlib.classroom.grading.markers import Marker, digest_of, read_marker, write_notes
from crmlib.classroom.grading.pipeline import Pipeline, Work, handed_in_at
from crmlib.classroom.grading.preparing import chosen, prepare
from crmlib.classroom.grading.progress import Progress
from crmlib.classroom.grading.quiet import quiet
from crmlib.classroom.grading.reading import Note
from crmlib.classroom.grading.sheet import sheets_of
from crmlib.i18n import _

AHEAD = 2


def grade(
    root: Path | str,
    *,
    sheets: Iterable[str] | None = None,
    students: Iterable[str] | None = None,
    workers: int | None = None,
    unsafe: bool = False,
    again: bool = False,
    progress: bool = True,
    executor: Executor | None = None,
) -> GradeReport:
    """Grade everything under ``submitted`` that was not graded yet as it stands.

    Parameters
    ----------
    root : path
        ``exercises/zh``, ``exercises/en``, or any course with our configuration.
    sheets, students : iterable of str, optional
        Only these; a sheet by its name or by how that begins.
    workers : int, optional
        How many submissions run at once; by default as many as there are processors.
    unsafe : bool
        Where the sandbox cannot stand: run everything in kernels, with the instructor's own rights.
    again : bool
        Grade also what is unchanged.
    progress : bool
        Show a bar on a terminal, or a line a submission elsewhere.
    executor : concurrent.futures.Executor, optional
        Runs the submissions, here or on other machines, in place of this machine's own workers.

    Returns
    -------
    GradeReport

    Raises
    ------
    ValueError
        No course, no such sheet, another grading at work, a gradebook that is locked, or no sandbox.

    Why: a class is graded while the instructor gets a coffee, and an interruption costs nothing.
    """
    if not unsafe and (told := refusal()):
        raise ValueError(told)
    api = course(root)
    with _gradebook(api) as book:
        wanted = _Class(api, book, sheets, students)
        with _executing(executor, unsafe=unsafe, workers=workers, text=wanted.text) as (submit, width, give_up):
            report = wanted.grade(submit, width, again=again, progress=progress)
            if report.stopped:
                give_up()
            return report


def make_ready(root: Path | str) -> list[str]:
    """Let the gradebook know every sheet of a course as its source stands now; marks already given stay.

    Parameters
    ----------
    root : path
        As for :func:`grade`.

    Returns
    -------
    list of str
        The sheets, all of them ready.

    Raises
    ------
    ValueError
        No course, another grading at work, a gradebook that is locked, or a sheet whose cells were changed after it was graded.
    """
    api = course(root)
    with _gradebook(api) as book:
        sheets = sorted(api.get_source_assignments())
        prepare(api, book, sheets)
        return sheets


@contextlib.contextmanager
def _gradebook(api: NbGraderAPI) -> Iterator[Book]:
    """The gradebook, for this process alone."""
    with quiet(get_logger()), grading_lock(Path(api.coursedir.root)):
        try:
            with contextlib.closing(Book(api.coursedir.db_url, api.course_id)) as book:
                yield book
        except OperationalError as error:
            raise ValueError(_("The gradebook {file} cannot be written ({reason}). Is another program at work in it?").format(
                file=api.coursedir.db_url.removeprefix("sqlite:///"), reason=error.orig)) from error  # fmt: skip


@contextlib.contextmanager
def _executing(
    executor: Executor | None, *, unsafe: bool, workers: int | None, text: str
) -> Iterator[tuple[Callable[..., Future], int, Callable[[], None]]]:
    """How to hand in a job, how many are at work at a time, and how to end those that are."""
    width = workers or os.cpu_count() or 1
    if isinstance(executor, WarmExecutor):
        executor.expect(text)
    if executor is not None:
        yield (executor.submit if isinstance(executor, WarmExecutor) else partial(executor.submit, run)), width, lambda: None
        return
    own = ThreadPoolExecutor(width) if unsafe else WarmExecutor(width)
    give_up = partial(own.shutdown, wait=False, cancel_futures=True)
    if isinstance(own, WarmExecutor):
        own.expect(text)
    try:
        yield (partial(own.submit, run_in_kernel) if unsafe else own.submit), width, give_up
    except BaseException:
        give_up()
        raise
    own.shutdown()


class _Class:
    """What there is to grade, and what came of it."""

    def __init__(self, api: NbGraderAPI, book: Book, sheets: Iterable[str] | None, students: Iterable[str] | None) -> None:
        self.api, self.book, self.root = api, book, Path(api.coursedir.root)
        known = {*api.get_source_assignments(), *(one.name for one in book.assignments)}
        names = sorted(known) if sheets is None else chosen(sheets, known)
        only = None if students is None else set(students)
        every = folders(api.coursedir)
        self.folders = [one for one in every if one.sheet in names and (only is None or one.student in only)]
        if only is not None and (absent := only - {one.student for one in every}):
            raise ValueError(_("Nothing was handed in by {students}.").format(students=", ".join(sorted(absent))))
        prepare(api, book, [name for name in names if any(one.sheet == name for one in self.folders)])
        key, self.listed = class_key(self.root), {one.id: bool(one.last_name or one.first_name) for one in book.students}
        self.firms = {student: own_firm(key, student) for student in {*self.listed, *(one.student for one in every)}}
        codes = {code.replace("-", ""): student for student, code in self.firms.items() if code}
        self.pipeline = Pipeline(api, book, codes=codes, cell_seconds=cell_seconds())
        for one in book.assignments:
            self.pipeline.every_sheet[one.name] = sheets_of(book, api.coursedir, one.name)
        self.rows: list[dict] = []
        if sheets is None:
            for student, sheet, note in astray(api.coursedir, known):
                if only is None or student in only:
                    self._add(student, sheet, "failed", [note])
        self.deadlines = {name: book.deadlines(name) for name in self.pipeline.every_sheet}

    @property
    def text(self) -> str:
        """All code of the sheets that were handed in."""
        names = {one.sheet for one in self.folders}
        return "\n".join(sheet.text for name in names for sheet in self.pipeline.every_sheet.get(name, {}).values())

    def _add(self, student: str, sheet: str, status: str, notes: Iterable[Note], *, seconds: float = 0.0, graded_at: str = "",
             changes: Iterable[dict] = ()) -> dict:  # fmt: skip
        row = {"student": student, "sheet": sheet, "status": status, "seconds": round(seconds, 3), "graded_at": graded_at,
               "notes": [vars(note) for note in notes], "changes": list(changes)}  # fmt: skip
        self.rows.append(row)
        return row

    def grade(self, submit: Callable[..., Future], width: int, *, again: bool, progress: bool) -> GradeReport:
        """Run what has to be run, and save it as it comes."""
        stopped, waiting, at_work = False, self.folders[::-1], {}
        with Progress(len(waiting), shown=progress) as shown:
            try:
                while waiting or at_work:
                    while waiting and len(at_work) < width * AHEAD:
                        self._begin(waiting.pop(), submit, at_work, shown, again=again)
                    done, _rest = wait(at_work, return_when=FIRST_COMPLETED) if at_work else ((), ())
                    for future in done:
                        self._end(at_work.pop(future), shown)
            except KeyboardInterrupt:
                stopped = True
                for future in at_work:
                    future.cancel()
        return self._report(stopped=stopped)

    def _begin(self, folder: Folder, submit, at_work: dict, shown: Progress, *, again: bool) -> None:
        work, before = self._look_at(folder)
        try:
            if not work.files:
                row = self._add(folder.student, folder.sheet, "failed", work.marker.notes)
            elif again or not before or (before.submission, before.sheet) != (work.marker.submission, work.marker.sheet):
                same = before is not None and before.submission == work.marker.submission
                work.marker = replace(work.marker, changed_by="sheet" if same else "submission")
                futures = [submit(job) for job in self.pipeline.take_in(work)]
                left = _Left(work, futures)
                at_work.update(dict.fromkeys(futures, left))
                return
            elif before.state == "saved" and before.late == work.marker.late and folder.student in self.deadlines[folder.sheet][1]:
                row = self._add(folder.student, folder.sheet, "unchanged", before.notes, seconds=before.seconds, graded_at=before.graded_at)
            else:
                work.marker = replace(before, late=work.marker.late)
                self.pipeline.read_back(work)
                row = self._save(work)
        except (OperationalError, BrokenExecutor):
            raise
        except Exception as error:  # noqa: BLE001 - one submission must not stop the class
            row = self._broke(work, error)
        shown.step(row)

    def _look_at(self, folder: Folder) -> tuple[Work, Marker | None]:
        sheets = self.pipeline.every_sheet[folder.sheet]
        picked = choose(folder.path, sheets)
        timestamp, notes = handed_in_at(folder.path)
        firm = self.firms[folder.student]
        if any(self.listed.values()) and not self.listed.get(folder.student):
            notes.append(Note("not-listed", _("This student is not on the class list.")))
        asked = hashlib.sha256("".join([firm, *(sheet.digest for sheet in sheets.values())]).encode()).hexdigest()
        due, kept = self.deadlines[folder.sheet]
        known, extension = kept.get(folder.student, (None, None))
        at = timestamp or known
        late = max(0.0, (at - due - (extension or timedelta())).total_seconds()) if at and due else 0.0
        now = datetime.now(UTC).isoformat(timespec="seconds")
        marker = Marker("", digest_of(folder.path), asked, late=late, graded_at=now, notes=(*picked.notes, *notes))
        work = Work(folder.student, folder.sheet, folder.path, sheets, picked.files, marker, firm, timestamp)
        return work, read_marker(self.pipeline.graded_folder(folder.student, folder.sheet))

    def _end(self, left: _Left, shown: Progress) -> None:
        left.count -= 1
        if left.count:
            return
        try:
            self.pipeline.write(left.work, [future.result() for future in left.futures])
            row = self._save(left.work)
        except (OperationalError, BrokenExecutor):
            raise
        except Exception as error:  # noqa: BLE001 - one submission must not stop the class
            row = self._broke(left.work, error)
        shown.step(row)

    def _save(self, work: Work) -> dict:
        self.pipeline.save(work)
        now, before = self.pipeline.points(work), work.marker.before
        changes = [{"student": work.student, "sheet": work.sheet, "item": item, "before": before[item], "after": now[item],
                    "why": work.marker.changed_by} for item in now if before.get(item) is not None and now[item] is not None
                   and before[item] != now[item]]  # fmt: skip
        marker = work.marker
        return self._add(work.student, work.sheet, marker.status, marker.notes, seconds=marker.seconds, graded_at=marker.graded_at,
                         changes=changes)  # fmt: skip

    def _broke(self, work: Work, error: Exception) -> dict:
        told = _("It could not be graded ({error}); the others were.").format(error=f"{type(error).__name__}: {error}"[:300])
        return self._add(work.student, work.sheet, "failed", [*work.marker.notes, Note("broke", told)])

    def _report(self, *, stopped: bool) -> GradeReport:
        scores = {name: self.book.scores(name) for name in {row["sheet"] for row in self.rows} & set(self.pipeline.every_sheet)}
        for row in self.rows:
            row["score"], row["max"] = scores.get(row["sheet"], {}).get(row["student"], (None, None))
        self.rows.sort(key=lambda row: (row["sheet"], row["student"]))
        write_notes(self.root, self.rows)
        shown = tuple({**row, "notes": "\n".join(note["said"] for note in row["notes"])} for row in self.rows)
        return GradeReport(shown, tuple(change for row in self.rows for change in row["changes"]), stopped)


class _Left:
    """A submission whose notebooks are being run."""

    def __init__(self, work: Work, futures: list[Future]) -> None:
        self.work, self.futures, self.count = work, futures, len(futures)
