"""nbgrader's gradebook for a whole run: opened once, and each submission saved in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)  # fmt: skip
from sqlalchemy import create_engine, func
from sqlalchemy.orm import Session, load_only, scoped_session, sessionmaker

BUSY_SECONDS = 60
_SQLITE = "sqlite:///"
_GRADE_COLUMNS = (Grade.auto_score, Grade.manual_score, Grade.needs_manual_grade)
_COMMENT_COLUMNS = (Comment.auto_comment, Comment.manual_comment)


class _Holding(Session):
    """nbgrader commits after every cell; while a submission is being saved, this does not."""

    def commit(self) -> None:
        """Commit. While the transaction is held open: nothing, or a flush where queries do not flush by themselves."""
        if not self.info.get("held"):
            super().commit()
        elif not self.autoflush:
            self.flush()


class Book(Gradebook):
    """nbgrader's gradebook, with one connection that waits for another writer, and :meth:`at_once`.

    Why: nbgrader opens its gradebook anew for every step and commits after every cell, so that a grader that is killed leaves
    half a submission.
    """

    def __init__(self, db_url: str, course_id: str = "default_course") -> None:
        _make_whole(db_url, course_id)
        super().__init__(db_url, course_id)
        self.close()
        arguments = {"timeout": BUSY_SECONDS} if db_url.startswith(_SQLITE) else {}
        self.engine = create_engine(db_url, future=True, connect_args=arguments)
        self.db = scoped_session(sessionmaker(autoflush=True, bind=self.engine, class_=_Holding))
        self._found: dict[tuple[str, str, str], tuple[dict[str, Grade], dict[str, Comment]]] = {}

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """All that is written within is saved together or not at all."""
        session = self.db()
        session.info["held"] = True
        try:
            yield
            session.info["held"] = False
            session.commit()
        finally:
            session.info["held"] = False
            session.rollback()
            self._found.clear()

    def find_grade(self, grade_cell: str, notebook: str, assignment: str, student: str) -> Grade:
        """As nbgrader's, but all of a notebook's grades are fetched together."""
        return _named(self._rows(notebook, assignment, student)[0], grade_cell)

    def find_comment(self, solution_cell: str, notebook: str, assignment: str, student: str) -> Comment:
        """As nbgrader's, but all of a notebook's comments are fetched together."""
        return _named(self._rows(notebook, assignment, student)[1], solution_cell)

    def auto_scores(self, notebook: str, assignment: str, student: str) -> dict[str, float | None]:
        """Automatic points by item; empty where the student has no submission yet."""
        try:
            grades = self._rows(notebook, assignment, student)[0]
        except MissingEntry:
            return {}
        return {name: grade.auto_score for name, grade in grades.items()}

    def deadlines(self, assignment: str) -> tuple[datetime | None, dict[str, tuple[datetime | None, timedelta | None]]]:
        """When a sheet is due, and by student when it was handed in and the extension given."""
        due = self.db.query(Assignment.duedate).filter(Assignment.name == assignment).scalar()
        kept = self.db.query(SubmittedAssignment.student_id, SubmittedAssignment.timestamp, SubmittedAssignment.extension)
        kept = kept.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id).filter(Assignment.name == assignment)
        return due, {student: (timestamp, extension) for student, timestamp, extension in kept}

    def scores(self, assignment: str) -> dict[str, tuple[float, float]]:
        """By student, the score less the late penalty, and what can be had."""
        points = self.db.query(func.coalesce(func.sum(Grade.score), 0.0)).filter(Grade.notebook_id == SubmittedNotebook.id)
        most = self.db.query(Notebook.max_score).filter(Notebook.id == SubmittedNotebook.notebook_id).correlate(SubmittedNotebook)
        rows = self.db.query(SubmittedAssignment.student_id, points.correlate(SubmittedNotebook).scalar_subquery(),
                             SubmittedNotebook.late_submission_penalty, most.scalar_subquery())  # fmt: skip
        rows = rows.join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        rows = rows.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id).filter(Assignment.name == assignment)
        found: dict[str, tuple[float, float]] = {}
        for student, score, penalty, largest in rows:
            before = found.get(student, (0.0, 0.0))
            found[student] = (before[0] + max(0.0, float(score) - float(penalty or 0)), before[1] + float(largest))
        return found

    def _rows(self, notebook: str, assignment: str, student: str) -> tuple[dict[str, Grade], dict[str, Comment]]:
        key = (notebook, assignment, student)
        if key not in self._found:
            ids = self.db.query(SubmittedNotebook.id, Notebook.id).join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
            ids = ids.join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            ids = ids.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            found = ids.filter(Notebook.name == notebook, Assignment.name == assignment, SubmittedAssignment.student_id == student).first()
            if found is None:
                raise MissingEntry(f"No such notebook: {assignment}/{notebook} for {student}")
            submitted_id, notebook_id = found
            rows = []
            for kind, columns in ((Grade, _GRADE_COLUMNS), (Comment, _COMMENT_COLUMNS)):
                query = self.db.query(BaseCell.name, kind).join(kind, kind.cell_id == BaseCell.id).options(load_only(*columns))
                rows.append(dict(map(tuple, query.filter(BaseCell.notebook_id == notebook_id, kind.notebook_id == submitted_id))))
            self._found[key] = (rows[0], rows[1])
        return self._found[key]


def _named(rows: dict, name: str):
    if name not in rows:
        raise MissingEntry(f"No such cell: {name}")
    return rows[name]


def _make_whole(db_url: str, course_id: str) -> None:
    """A gradebook that does not exist yet is made beside its place, so that half of one is never met there."""
    path = Path(db_url.removeprefix(_SQLITE))
    if not db_url.startswith(_SQLITE) or path.exists():
        return
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    Gradebook(f"{_SQLITE}{new}", course_id).close()
    new.replace(path)


@contextmanager
def opened(about: Mapping) -> Iterator[Gradebook]:
    """The gradebook that `about` brings along (what nbgrader calls ``resources["nbgrader"]``), or one opened for this moment."""
    if (book := about.get("book")) is not None:
        yield book
    else:
        with Gradebook(about["db_url"]) as gradebook:
            yield gradebook
