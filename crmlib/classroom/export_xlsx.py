"""Grades out of nbgrader's gradebook: one xlsx with a page for the class and one for the items, or CSV that Excel opens in Chinese."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin

from crmlib.i18n import _

_SHEET_NAME_FORBIDDEN = str.maketrans({character: " " for character in "[]:*?/\\"})


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
        sheets = [one for one in gradebook.assignments if not self.assignment or one.name in map(str, self.assignment)]
        students = [one for one in gradebook.students if not self.student or one.id in map(str, self.student)]
        graded = [_line(gradebook, sheet, student) for sheet in sheets for student in students]
        self.log.info("Exporting grades to %s", path)
        temporary = path.with_name(f".{path.name}.part{path.suffix}")
        if path.suffix.lower() == ".csv":
            _write_csv(temporary, [_line_headings(), *graded])
        else:
            pages = {_("Class"): _class_page(gradebook, sheets, students), _("Submissions"): [_line_headings(), *graded]}
            pages |= {sheet.name: _item_page(gradebook, sheet, students) for sheet in sheets}
            _write_xlsx(temporary, pages)
        os.replace(temporary, path)


def full_name(student) -> str:
    """A name as it is written: 张伟, but Ada Lovelace."""
    parts = [part.strip() for part in (student.last_name or "", student.first_name or "") if part and part.strip()]
    return "".join(parts) if all(ord(character) > 0x2E7F for part in parts for character in part) else " ".join(reversed(parts))


def _person(student) -> list:
    return [student.id, full_name(student), student.email or ""]


def _person_headings() -> list[str]:
    return [_("Student number"), _("Name"), _("Email")]


def _line_headings() -> list[str]:
    return [_("Sheet"), *_person_headings(), _("Handed in (UTC)"), _("Points"), _("Late penalty"), _("Score"), _("Out of"), _("State")]


def _line(gradebook: Gradebook, sheet, student) -> list:
    try:
        submission = gradebook.find_submission(sheet.name, student.id)
    except MissingEntry:
        return [sheet.name, *_person(student), "", 0.0, 0.0, 0.0, float(sheet.max_score), _("not handed in")]
    penalty = float(submission.late_submission_penalty or 0)
    score = float(submission.score)
    handed_in = submission.timestamp.isoformat(" ", "seconds") if submission.timestamp else ""
    state = _("to be graded by hand") if submission.needs_manual_grade else _("graded")
    return [sheet.name, *_person(student), handed_in, score, penalty, max(0.0, score - penalty), float(sheet.max_score), state]


def _class_page(gradebook: Gradebook, sheets: Iterable, students: Iterable) -> list[list]:
    sheets = list(sheets)
    rows = [[*_person_headings(), *(sheet.name for sheet in sheets), _("Total")]]
    for student in students:
        scores = [_line(gradebook, sheet, student)[7] for sheet in sheets]
        rows.append([*_person(student), *scores, sum(scores)])
    return [*rows, ["", _("Out of"), "", *(float(sheet.max_score) for sheet in sheets), float(sum(sheet.max_score for sheet in sheets))]]


def _item_page(gradebook: Gradebook, sheet, students: Iterable) -> list[list]:
    items = [(notebook.name, cell.name) for notebook in sheet.notebooks for cell in notebook.grade_cells]
    limits = [float(cell.max_score) for notebook in sheet.notebooks for cell in notebook.grade_cells]
    rows = [[*_person_headings(), *(cell for _notebook, cell in items)], ["", _("Out of"), "", *limits]]
    for student in students:
        try:
            scores = [float(gradebook.find_grade(cell, notebook, sheet.name, student.id).score) for notebook, cell in items]
        except MissingEntry:
            scores = [""] * len(items)
        rows.append([*_person(student), *scores])
    return rows


def _write_csv(path: Path, rows: Iterable[list]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def _write_xlsx(path: Path, pages: dict[str, list[list]]) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.active)
    for title, rows in pages.items():
        page = book.create_sheet(title.translate(_SHEET_NAME_FORBIDDEN)[:31])
        for row in rows:
            page.append(row)
        for cells in page.iter_rows():
            for cell in cells:
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # a name that begins with "=" is no formula
        for cell in page[1]:
            cell.font = Font(bold=True)
        for column in page.columns:
            wide = max(sum(2 if ord(character) > 0x2E7F else 1 for character in str(cell.value or "")) for cell in column)
            page.column_dimensions[column[0].column_letter].width = min(40, wide + 2)
        page.freeze_panes = "D2"
    book.save(path)
