"""What nbgrader's gradebook knows of a class, as tidy tables: students, items, marks, submissions, and the grader's notes."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pandas as pd
from nbgrader.api import Assignment, BaseCell, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook

from crmlib.classroom.course_config import course
from crmlib.classroom.grading.markers import read_notes as grading_notes
from crmlib.classroom.grading.preparing import chosen
from crmlib.classroom.item_titles import item_titles, sheet_title
from crmlib.classroom.roster import read_roster_file
from crmlib.classroom.submissions import UNREADABLE


@dataclass(frozen=True)
class ClassMarks:
    """The marks of a class.

    Attributes
    ----------
    root : Path
        The course root.
    students : DataFrame
        Indexed by student number: name, group (班级), email, lms_user_id. Sorted by number.
    sheets : DataFrame
        Indexed by sheet: title, points (the most that can be had), due (UTC or missing).
    items : DataFrame
        One row a graded cell, in the sheet's order: sheet, item (grade id), title, points, by_hand.
    marks : DataFrame
        One row a student and graded cell: sheet, student, item, score (without extra credit), extra, waiting (for a mark by hand).
    submissions : DataFrame
        One row a student and sheet: sheet, student, state ("graded", "waiting", "ungraded", "missing"), handed_in (UTC), late_seconds,
        points (with extra credit), penalty, score (points less penalty, never below 0; missing where nothing was graded).
    notes : DataFrame
        What the grader met: student, sheet, kind, told.
    """

    root: Path
    students: pd.DataFrame
    sheets: pd.DataFrame
    items: pd.DataFrame
    marks: pd.DataFrame
    submissions: pd.DataFrame
    notes: pd.DataFrame

    def person(self, student: str) -> str:
        """Number and name of a student."""
        name = self.students.name.get(student, "")
        return f"{student} {name}".strip()


def full_name(student) -> str:
    """A name as it is written: 张伟, but Ada Lovelace."""
    parts = [part.strip() for part in (student.last_name or "", student.first_name or "") if part and part.strip()]
    return "".join(parts) if all(ord(character) > 0x2E7F for part in parts for character in part) else " ".join(reversed(parts))


def read_marks(root: Path | str, *, sheets: Collection[str] = ()) -> ClassMarks:
    """Read a course's gradebook, and the files beside it.

    Parameters
    ----------
    root : path
        A course root.
    sheets : collection of str, optional
        Only these; the beginning of a name, such as "1-1", will do.

    Returns
    -------
    ClassMarks

    Raises
    ------
    ValueError
        There is no such course, or no such sheet in its gradebook.
    """
    root = Path(root).resolve()
    with course(root).gradebook as gradebook:
        return marks_of(gradebook, root, sheets=sheets)


def marks_of(gradebook: Gradebook, root: Path, *, sheets: Collection[str] = ()) -> ClassMarks:
    """As :func:`read_marks`, from a gradebook that is open."""
    known = [assignment.name for assignment in gradebook.assignments]
    asked = chosen(sheets, known)
    wanted = [name for name in known if not sheets or name in asked]
    students = _students(gradebook, root)
    items = _items(gradebook, root, wanted)
    marks = _marks(gradebook, wanted)
    about = [(one.name, sheet_title(root, one.name), one.duedate) for one in gradebook.assignments if one.name in wanted]
    table = pd.DataFrame(about, columns=["sheet", "title", "due"]).set_index("sheet")
    table.insert(1, "points", items.groupby("sheet").points.sum().reindex(table.index).fillna(0.0).astype(float))
    table["due"] = pd.to_datetime(table.due)
    return ClassMarks(root, students, table, items, marks, _submissions(gradebook, root, wanted, students, marks), read_notes(root, wanted))


def read_notes(root: Path, sheets: Collection[str] = ()) -> pd.DataFrame:
    """What the grader noted beside the marks, such as a file that is no notebook; empty where it noted nothing."""
    rows = [[row["student"], row["sheet"], note["kind"], note["said"]] for row in grading_notes(root) for note in row.get("notes", [])]
    table = pd.DataFrame(rows, columns=["student", "sheet", "kind", "told"], dtype=object)
    return table[table.sheet.isin(sheets)].reset_index(drop=True) if sheets else table


def _students(gradebook: Gradebook, root: Path) -> pd.DataFrame:
    listed = {entry.student: entry for entry in read_roster_file(root)}
    rows = {student.id: [full_name(student), "", student.email or "", student.lms_user_id or ""] for student in gradebook.students}
    for number, entry in listed.items():
        row = rows.setdefault(number, [entry.name, "", entry.email, ""])
        row[0], row[1] = row[0] or entry.name, entry.group
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["name", "group", "email", "lms_user_id"], dtype=object)
    table.index = table.index.astype(object)
    return table.rename_axis("student").sort_index()


def _items(gradebook: Gradebook, root: Path, sheets: Collection[str]) -> pd.DataFrame:
    rows = []
    for sheet in sheets:
        titles = item_titles(root, sheet)
        order = list(titles)
        notebooks = gradebook.find_assignment(sheet).notebooks
        by_hand = {cell.name for notebook in notebooks for cell in [*notebook.solution_cells, *notebook.task_cells]}
        cells = [cell for notebook in notebooks for cell in [*notebook.grade_cells, *notebook.task_cells]]
        cells.sort(key=lambda cell: (order.index(cell.name) if cell.name in order else len(order), cell.name))
        rows += [[sheet, cell.name, titles.get(cell.name, cell.name), float(cell.max_score or 0), cell.name in by_hand] for cell in cells]
    return pd.DataFrame(rows, columns=["sheet", "item", "title", "points", "by_hand"]).astype({"points": float, "by_hand": bool})


def _marks(gradebook: Gradebook, sheets: Collection[str]) -> pd.DataFrame:
    found = (
        gradebook.db.query(
            Assignment.name, SubmittedAssignment.student_id, BaseCell.name, Grade.auto_score, Grade.manual_score, Grade.extra_credit,
            Grade.needs_manual_grade,
        )
        .select_from(Grade)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .join(BaseCell, Grade.cell_id == BaseCell.id)
        .all()
    )  # fmt: skip
    rows = [
        [sheet, student, item, float(manual if manual is not None else auto or 0), float(extra or 0), bool(waiting)]
        for sheet, student, item, auto, manual, extra, waiting in found
        if sheet in sheets
    ]
    table = pd.DataFrame(rows, columns=["sheet", "student", "item", "score", "extra", "waiting"])
    return table.astype({"score": float, "extra": float, "waiting": bool})


def _submissions(gradebook: Gradebook, root: Path, sheets, students: pd.DataFrame, marks: pd.DataFrame) -> pd.DataFrame:
    penalties: dict[str, float] = {}
    for submission, penalty in gradebook.db.query(SubmittedNotebook.assignment_id, SubmittedNotebook.late_submission_penalty).all():
        penalties[submission] = penalties.get(submission, 0.0) + float(penalty or 0)
    earned = (marks.score + marks.extra).groupby([marks.sheet, marks.student]).sum()
    waiting = marks.waiting.groupby([marks.sheet, marks.student]).any()
    rows = []
    for sheet in sheets:
        handed_in = {one.student_id: one for one in gradebook.assignment_submissions(sheet)}
        for student in students.index:
            one = handed_in.get(student)
            if one is None:
                state = "ungraded" if (root / "submitted" / student / sheet).is_dir() else "missing"
                rows.append([sheet, student, state, None, 0.0, None, 0.0, None])
                continue
            points = float(earned.get((sheet, student), 0.0))
            penalty = penalties.get(one.id, 0.0)
            state = "waiting" if waiting.get((sheet, student), False) else "graded"
            rows.append([sheet, student, state, one.timestamp, float(one.total_seconds_late), points, penalty, max(0.0, points - penalty)])
    columns = ["sheet", "student", "state", "handed_in", "late_seconds", "points", "penalty", "score"]
    table = pd.DataFrame(rows, columns=columns).astype({"late_seconds": float, "points": float, "penalty": float, "score": float})
    table["handed_in"] = pd.to_datetime(table.handed_in)
    return table


def unreadable(root: Path, sheet: str, student: str) -> bool:
    """Whether the grader took an untouched release in the place of a file that it could not read."""
    path = root / "autograded" / student / sheet / f"{sheet}.ipynb"
    with contextlib.suppress(OSError, ValueError):
        return any(cell.get("id") == UNREADABLE for cell in nbformat.read(path, nbformat.NO_CONVERT).cells)
    return False
