"""Marks as Moodle's gradebook imports them."""

from __future__ import annotations

from pathlib import Path

from crmlib.classroom.class_marks import ClassMarks
from crmlib.classroom.spreadsheet import write_csv


def moodle_rows(marks: ClassMarks) -> list[list]:
    """The rows for Moodle's *Grades → Import → CSV file*.

    Columns: ``ID number`` (the student number; map it to *ID number*), ``Username`` (the account on the platform, if the class list gave
    one; map it to *Username* where your Moodle knows students by it), ``Email address``, then one column a sheet with its score, late
    penalty taken off. A cell is empty where nothing was handed in or a mark by hand is still to come: Moodle is told nothing that may change.

    Parameters
    ----------
    marks : ClassMarks

    Returns
    -------
    list of list
        The headings, in English as in Moodle's own export, and a row a student.
    """
    sheets = marks.sheets.index.tolist()
    final = marks.submissions[marks.submissions.state == "graded"].set_index(["student", "sheet"]).score.to_dict()
    rows: list[list] = [["ID number", "Username", "Email address", *sheets]]
    for student, one in marks.students.iterrows():
        scores = [final.get((student, sheet)) for sheet in sheets]
        rows.append([student, one.lms_user_id, one.email, *("" if score is None else round(score, 4) for score in scores)])
    return rows


def write_moodle(marks: ClassMarks, path: Path) -> None:
    """Write :func:`moodle_rows` as CSV in UTF-8 without a byte order mark."""
    write_csv(path, moodle_rows(marks), mark=False)
