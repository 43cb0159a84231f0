"""What a course's marks say of a class: scores, items, hints, who needs help, what waits, and what is worth a second look."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pandas as pd

from crmlib.classroom.class_marks import ClassMarks, read_marks, unreadable
from crmlib.classroom.hint_counts import hint_counts, read_graded
from crmlib.classroom.item_analysis import Reliability, cronbach_alpha, item_table
from crmlib.classroom.similarity import worth_a_look
from crmlib.classroom.source import read
from crmlib.classroom.submissions import UNREADABLE
from crmlib.i18n import _, language

HELP_BELOW = 0.5
"""Who earned less than this share of the points marked so far needs help."""

NOT_GRADED = (UNREADABLE, "other-sheet")
"""Kinds of remarks of the grader on files in whose place it took an untouched release."""

MARKED_FOR = 0.8
"""An item that fewer than this share have a mark for is left out of the reliability; else those without a mark are."""


@dataclass(frozen=True)
class SheetReport:
    """One sheet of a class.

    Attributes
    ----------
    sheet, title : str
    points : float
        The most that can be had.
    people : int
        Students of the class.
    submissions : DataFrame
        Indexed by student, as in :class:`~crmlib.classroom.class_marks.ClassMarks`, with share (of the points marked so far).
    items : DataFrame
        Indexed by grade id: title, points, by_hand, waiting (how many marks), and the columns of
        :func:`~crmlib.classroom.item_analysis.item_table`.
    reliability : Reliability
    not_in_reliability : tuple of str
        Titles of items that wait for marks and so are left out of the reliability.
    hints : DataFrame
        item, hint, students (how many got it), told (one of the sentences).
    alike : DataFrame
        As :func:`~crmlib.classroom.similarity.worth_a_look` gives it.
    set_aside : tuple of str
        Students whose file could not be read; they are in no statistic of items.
    """

    sheet: str
    title: str
    points: float
    people: int
    submissions: pd.DataFrame
    items: pd.DataFrame
    reliability: Reliability
    not_in_reliability: tuple[str, ...]
    hints: pd.DataFrame
    alike: pd.DataFrame
    set_aside: tuple[str, ...]

    @property
    def scores(self) -> pd.Series:
        """The scores of those who handed in and were graded."""
        return self.submissions.score.dropna()

    def students(self, state: str) -> list[str]:
        """The students whose submission is "graded", "waiting", "ungraded" or "missing"."""
        return self.submissions.index[self.submissions.state == state].tolist()

    @property
    def late(self) -> pd.DataFrame:
        """The submissions after the due date."""
        return self.submissions[self.submissions.late_seconds > 0]


@dataclass(frozen=True)
class ClassReport:
    """A class, sheet by sheet.

    Attributes
    ----------
    marks : ClassMarks
    sheets : tuple of SheetReport
    help_needed : DataFrame
        One row a student who needs help and sheet: student, sheet, why ("missing" or "low"), share.
    language : str
        The edition's.
    """

    marks: ClassMarks
    sheets: tuple[SheetReport, ...]
    help_needed: pd.DataFrame
    language: str

    def summary(self) -> str:
        """A line a sheet."""
        lines = []
        for one in self.sheets:
            lines.append(
                _("{sheet}: {count} of {people} handed in; median {median} of {points} points; {waiting} wait for marks by hand.").format(
                    sheet=one.title, count=int((one.submissions.state != "missing").sum()), people=one.people,
                    median=f"{one.scores.median():g}" if len(one.scores) else "–", points=f"{one.points:g}",
                    waiting=len(one.students("waiting")),
                )
            )  # fmt: skip
        return "\n".join(lines)


def class_report(root: Path | str, *, sheets: Collection[str] = ()) -> ClassReport:
    """Where does a class stand?

    Parameters
    ----------
    root : path
        A course root with a gradebook.
    sheets : collection of str, optional
        Only these; default: every sheet that somebody has handed in.

    Returns
    -------
    ClassReport
        ``write_report`` of :mod:`crmlib.classroom.class_report_pages` turns it into a page and a workbook.

    Raises
    ------
    ValueError
        There is no such course or sheet, or nothing has been graded yet.

    Source: for the statistics, :mod:`crmlib.classroom.item_analysis`.
    """
    marks = read_marks(root, sheets=sheets)
    handed_in = marks.submissions[marks.submissions.state != "missing"].sheet.unique()
    wanted = [sheet for sheet in marks.sheets.index if sheets or sheet in handed_in]
    if marks.submissions.score.notna().sum() == 0:
        raise ValueError(_("Nothing has been graded yet in {folder}.").format(folder=marks.root))
    codes = _codes(marks)
    reports = tuple(_sheet(marks, sheet, codes) for sheet in wanted)
    return ClassReport(marks, reports, _help_needed(reports), language())


def _codes(marks: ClassMarks) -> Mapping[str, str]:
    """Student → data code, where the class has a key."""
    from crmlib.classroom.execution import class_key
    from crmlib.company import firm_code

    key = class_key(marks.root)
    return {student: firm_code(key, student) for student in marks.students.index} if key else {}


def _sheet(marks: ClassMarks, sheet: str, codes: Mapping[str, str]) -> SheetReport:
    submissions = marks.submissions[marks.submissions.sheet == sheet].set_index("student").drop(columns="sheet")
    graded = submissions.index[submissions.score.notna()].tolist()
    noted = marks.notes[(marks.notes.sheet == sheet) & marks.notes.kind.isin(NOT_GRADED)].student.tolist()
    set_aside = tuple(student for student in graded if student in noted or unreadable(marks.root, sheet, student))
    items = marks.items[marks.items.sheet == sheet].set_index("item").drop(columns="sheet")
    own = marks.marks[marks.marks.sheet == sheet]
    done = own[~own.waiting]
    limit = done.item.map(items.points).groupby(done.student).sum()
    submissions["share"] = (done.score.groupby(done.student).sum() / limit.where(limit > 0)).reindex(submissions.index)
    counted = [student for student in graded if student not in set_aside]
    scores = done.pivot(index="student", columns="item", values="score").reindex(index=counted, columns=items.index)
    worth = items.index[items.points > 0]
    table = item_table(scores[worth], items.points[worth])
    items["waiting"] = own[own.waiting & own.student.isin(graded)].groupby("item").size().reindex(items.index).fillna(0).astype(int)
    items = items.join(table)
    whole = [name for name in worth if scores[name].notna().mean() >= MARKED_FOR]
    left_out = tuple(items.title[name] for name in worth if name not in whole)
    told = hint_counts(marks.root, sheet, graded)
    hints = told.groupby(["item", "hint"], sort=False).agg(students=("student", "nunique"), told=("told", "first")).reset_index()
    return SheetReport(
        sheet, marks.sheets.title[sheet], float(marks.sheets.points[sheet]), len(submissions), submissions, items,
        cronbach_alpha(scores[whole]), left_out, hints.sort_values("students", ascending=False, kind="stable", ignore_index=True),
        _alike(marks, sheet, graded, codes), set_aside,
    )  # fmt: skip


def _alike(marks: ClassMarks, sheet: str, students: Collection[str], codes: Mapping[str, str]) -> pd.DataFrame:
    notebooks = {student: read_graded(marks.root, sheet, student) for student in students}
    given, digests = [], {}
    for folder in ("release", "source"):
        path = marks.root / folder / sheet / f"{sheet}.ipynb"
        if path.is_file():
            given.append(nbformat.read(path, 4))
    for student in students:
        path = marks.root / "submitted" / student / sheet / f"{sheet}.ipynb"
        if path.is_file():
            digests[student] = hashlib.sha256(path.read_bytes()).hexdigest()
    known = {student: notebook for student, notebook in notebooks.items() if notebook is not None}
    return worth_a_look(known, given, known=_rehearsed(marks.root, sheet), codes=codes, digests=digests)


def _rehearsed(root: Path, sheet: str) -> dict[str, list[str]]:
    """The answers that the sheet was rehearsed with, where its source lies beside the course."""
    path = root.parent / "src" / f"{sheet}.md"
    found: dict[str, list[str]] = {}
    if path.is_file():
        for cell in read(path).cells:
            if cell.is_answer:
                found.setdefault(str(cell.metadata.get("of", "")), []).append(cell.text)
    return found


def _help_needed(reports: Collection[SheetReport]) -> pd.DataFrame:
    rows = []
    for report in reports:
        for student, one in report.submissions.iterrows():
            if one.state == "missing":
                rows.append([student, report.sheet, "missing", float("nan")])
            elif one.share < HELP_BELOW:
                rows.append([student, report.sheet, "low", float(one.share)])
    table = pd.DataFrame(rows, columns=["student", "sheet", "why", "share"])
    often = table.groupby("student").size()
    return table.assign(often=table.student.map(often)).sort_values(["often", "student"], ascending=[False, True], kind="stable",
                                                                    ignore_index=True).drop(columns="often")  # fmt: skip
