"""Grades out of nbgrader's gradebook: one xlsx with a page for the class and one for each sheet's items, or CSV that Excel opens in Chinese."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd
from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin

from crmlib.classroom.class_marks import ClassMarks, marks_of, read_marks
from crmlib.classroom.export_moodle import write_moodle
from crmlib.classroom.spreadsheet import write_csv, write_xlsx
from crmlib.i18n import _


class GradesExport(ExportPlugin):
    """``nbgrader export``: writes what the name given with ``--to`` ends in, .xlsx (the default) or .csv."""

    def export(self, gradebook: Gradebook) -> None:
        """nbgrader calls this.

        Raises
        ------
        ValueError
            The name ends in neither .xlsx nor .csv.
        """
        path = Path(self.to or "grades.xlsx")
        if path.suffix.lower() not in (".xlsx", ".csv"):
            raise ValueError(_("{file} ends in neither .xlsx nor .csv; name it grades.xlsx, for example.").format(file=path.name))
        root = Path(self.parent.coursedir.root) if self.parent is not None else Path.cwd()
        marks = marks_of(gradebook, root, sheets=[str(name) for name in self.assignment])
        self.log.info("Exporting grades to %s", path)
        students = [str(student) for student in self.student] or marks.students.index.tolist()
        if path.suffix.lower() == ".csv":
            write_csv(path, _lines(marks, students))
        else:
            write_xlsx(path, _pages(marks, students))


def export_grades(root: Path | str, out: Path | str) -> tuple[Path, ...]:
    """Write the marks of a course: ``grades.xlsx``, ``grades.csv`` for Excel and ``grades-moodle.csv`` for Moodle's import.

    Parameters
    ----------
    root : path
        A course root.
    out : path
        A folder; it is made where there is none.

    Returns
    -------
    tuple of Path

    Raises
    ------
    ValueError
        There is no such course.
    """
    marks = read_marks(root)
    students = marks.students.index.tolist()
    paths = tuple(Path(out) / name for name in ("grades.xlsx", "grades.csv", "grades-moodle.csv"))
    write_xlsx(paths[0], _pages(marks, students))
    write_csv(paths[1], _lines(marks, students))
    write_moodle(marks, paths[2])
    return paths


def _pages(marks: ClassMarks, students: Collection[str]) -> dict[str, list[list]]:
    pages = {_("Class"): _class_page(marks, students), _("Submissions"): _lines(marks, students)}
    pages |= {sheet: _item_page(marks, sheet, students) for sheet in marks.sheets.index}
    notes = marks.notes[marks.notes.student.isin(students)]
    if len(notes):
        lines = [[*_person(marks, note.student), note.sheet, note.told] for note in notes.itertuples()]
        pages[_("Remarks")] = [[*_person_headings(), _("Sheet"), _("Remark")], *lines]
    return pages


def _person(marks: ClassMarks, student: str) -> list:
    if student not in marks.students.index:
        return [student, "", "", ""]
    one = marks.students.loc[student]
    return [student, one["name"], one.group, one.email]


def _person_headings() -> list[str]:
    return [_("Student number"), _("Name"), _("Class (of students)"), _("Email")]


def _lines(marks: ClassMarks, students: Collection[str]) -> list[list]:
    headings = [_("Sheet"), *_person_headings(), _("Handed in (UTC)"), _("Hours late"), _("Points"), _("Late penalty"), _("Score"),
                _("Out of"), _("State"), _("Items waiting for a mark"), _("Remark")]  # fmt: skip
    states = {"missing": _("not handed in"), "ungraded": _("handed in, not graded yet"), "waiting": _("to be graded by hand"),
              "graded": _("graded")}  # fmt: skip
    titles = marks.items.set_index(["sheet", "item"]).title.to_dict()
    waiting: dict[tuple[str, str], list[str]] = {}
    for one in marks.marks[marks.marks.waiting].itertuples():
        waiting.setdefault((one.sheet, one.student), []).append(titles.get((one.sheet, one.item), one.item))
    told = marks.notes.groupby(["sheet", "student"]).told.agg(" ".join).to_dict() if len(marks.notes) else {}
    rows = [headings]
    for one in marks.submissions[marks.submissions.student.isin(students)].itertuples():
        key = (one.sheet, one.student)
        handed_in = "" if pd.isna(one.handed_in) else one.handed_in.isoformat(" ", "seconds")
        points, score = (0.0, 0.0) if pd.isna(one.score) else (one.points, one.score)
        rows.append([one.sheet, *_person(marks, one.student), handed_in, round(one.late_seconds / 3600, 1), points, one.penalty, score,
                     float(marks.sheets.points[one.sheet]), states[one.state], "; ".join(waiting.get(key, [])), told.get(key, "")])  # fmt: skip
    return rows


def _class_page(marks: ClassMarks, students: Collection[str]) -> list[list]:
    sheets = marks.sheets.index.tolist()
    scores = marks.submissions.set_index(["student", "sheet"]).score.to_dict()
    limits = marks.sheets.points.tolist()
    rows = [[*_person_headings(), *sheets, _("Total")], ["", _("Out of"), "", "", *limits, float(sum(limits))]]
    for student in students:
        own = [scores.get((student, sheet)) for sheet in sheets]
        known = [score for score in own if pd.notna(score)]
        rows.append([*_person(marks, student), *("" if pd.isna(score) else score for score in own), sum(known)])
    return rows


def _item_page(marks: ClassMarks, sheet: str, students: Collection[str]) -> list[list]:
    items = marks.items[marks.items.sheet == sheet]
    own = marks.marks[marks.marks.sheet == sheet]
    scores = {(one.student, one.item): _("waiting") if one.waiting else one.score + one.extra for one in own.itertuples()}
    rows = [
        [*_person_headings(), *items.item],
        ["", _("Item"), "", "", *items.title],
        ["", _("Out of"), "", "", *items.points],
    ]
    rows += [[*_person(marks, student), *(scores.get((student, item), "") for item in items.item)] for student in students]
    return rows
