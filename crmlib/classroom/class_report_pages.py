"""A class report as a page that prints on A4, and as a workbook."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pandas as pd

from crmlib.classroom.class_report import HELP_BELOW, ClassReport, SheetReport
from crmlib.classroom.class_report_figures import drawn, items_figure, scores_figure, sheets_figure
from crmlib.classroom.class_report_words import (
    alike_row, discrimination_in_words, explanations, help_reason, hint_in_words, item_remark, late_in_words, reliability_in_words,
)  # fmt: skip
from crmlib.classroom.files import write_bytes
from crmlib.classroom.item_titles import short_title
from crmlib.classroom.spreadsheet import write_xlsx
from crmlib.i18n import _, language, use_language

_TEMPLATE = Path(__file__).with_name("templates") / "class_report" / "page.html.j2"


def write_report(report: ClassReport, out: Path | str) -> tuple[Path, Path]:
    """Write ``class-report.html``, which needs no other file, and ``class-report.xlsx``, in the edition's language.

    Parameters
    ----------
    report : ClassReport
    out : path
        A folder; it is made where there is none.

    Returns
    -------
    The two paths.
    """
    spoken = language()
    use_language(report.language)
    try:
        figures = _figures(report)
        page, book = Path(out) / "class-report.html", Path(out) / "class-report.xlsx"
        write_bytes(page, _page(report, figures).encode("utf-8"))
        write_xlsx(book, _pages(report), pictures={_("Figures"): [pixels for _address, pixels in figures.values()]})
    finally:
        use_language(spoken)
    return page, book


def _figures(report: ClassReport) -> dict[str, tuple[str, bytes]]:
    figures = {}
    if len(report.sheets) > 1:
        figures["sheets"] = drawn(lambda: sheets_figure(report))
    for one in report.sheets:
        if len(one.scores):
            figures[f"{one.sheet} scores"] = drawn(lambda one=one: scores_figure(one))
            figures[f"{one.sheet} items"] = drawn(lambda one=one: items_figure(one))
    return figures


def _page(report: ClassReport, figures: dict[str, tuple[str, bytes]]) -> str:
    sheets = []
    for one in report.sheets:
        tables = [
            (_("Items"), _items_rows(one)),
            (_("Hints given"), [row[:3] for row in _hint_rows(one)]),
            (_("Handed in late"), _late_rows(report, one)),
            (_("Waiting for a mark by hand"), _waiting_rows(one)),
            (_("Worth a look"), _alike_rows(report, one)),
            (_("Remarks of the grader"), _note_rows(report, one)),
        ]
        sheets.append({
            "title": one.title, "facts": _facts(one), "tables": {title: rows for title, rows in tables if len(rows) > 1},
            "scores": figures.get(f"{one.sheet} scores", ("",))[0], "items": figures.get(f"{one.sheet} items", ("",))[0],
            "reliability": reliability_in_words(one), "alike": _("Worth a look"), "items_title": _("Items"), "missing": _missing(report, one),
        })  # fmt: skip
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(_TEMPLATE.read_text("utf-8"))
    return template.render(
        language=report.language, title=_("Class report"), people=_("{count} students").format(count=len(report.marks.students)),
        overview=_sheet_rows(report), overview_title=_("Sheets"), overview_figure=figures.get("sheets", ("",))[0],
        help_title=_("Students who need help"), help_rule=_help_rule(), help_rows=_help_rows(report),
        nobody=_("By this rule, nobody."), sheets=sheets, alike_rule=_alike_rule(), explanations=explanations(),
        explanations_title=_("How to read this"), figure_scores=_("Distribution of scores"), figure_items=_("Items: points earned and discrimination"),
    )  # fmt: skip


def _pages(report: ClassReport) -> dict[str, list[list]]:
    def stacked(rows_of) -> list[list]:
        parts = [(one, rows_of(one)) for one in report.sheets]
        headings = next((rows[0] for _one, rows in parts if rows), [])
        return [[_("Sheet"), *headings], *([one.title, *row] for one, rows in parts for row in rows[1:])]

    pages = {
        _("Sheets"): _sheet_rows(report),
        _("Students"): _student_rows(report),
        _("Help needed"): [*_help_rows(report), [], [_help_rule()]],
        _("Items"): stacked(_items_rows),
        _("Hints given"): stacked(_hint_rows),
        _("Handed in late"): stacked(lambda one: _late_rows(report, one)),
        _("Worth a look"): [*stacked(lambda one: _alike_rows(report, one)), [], [_alike_rule()]],
        _("Remarks"): stacked(lambda one: _note_rows(report, one)),
        _("How to read this"): [[_("How to read this")], *([text] for text in explanations())],
        _("Figures"): [[_("Figures")]],
    }
    return pages


def _person(report: ClassReport, student: str) -> list[str]:
    if student not in report.marks.students.index:
        return [student, "", ""]
    one = report.marks.students.loc[student]
    return [student, one["name"], one.group]


def _person_headings() -> list[str]:
    return [_("Student number"), _("Name"), _("Class (of students)")]


def _sheet_rows(report: ClassReport) -> list[list]:
    rows = [
        [_("Sheet"), _("Handed in"), _("Handed in late"), _("Missing"), _("Waiting for a mark"), _("Median"), _("Out of"), _("Reliability")]
    ]
    for one in report.sheets:
        median = f"{one.scores.median():g}" if len(one.scores) else "–"
        alpha = f"{one.reliability.alpha:.2f} ({one.reliability.low:.2f}–{one.reliability.high:.2f})" if one.reliability.known else "–"
        rows.append([one.title, one.people - len(one.students("missing")), len(one.late), len(one.students("missing")),
                     len(one.students("waiting")), median, f"{one.points:g}", alpha])  # fmt: skip
    return rows


def _facts(one: SheetReport) -> list[str]:
    handed_in = one.people - len(one.students("missing"))
    facts = [_("{count} of {people} students handed in.").format(count=handed_in, people=one.people)]
    if one.students("ungraded"):
        facts.append(_("{count} submissions are not graded yet.").format(count=len(one.students("ungraded"))))
    if one.students("waiting"):
        facts.append(_("In {count} of them a mark by hand is missing, and counts as 0 in the scores until it is given.").format(
            count=len(one.students("waiting"))))  # fmt: skip
    scores = one.scores
    if len(scores) >= 10:
        low, median, high = scores.quantile([0.25, 0.5, 0.75])
        facts.append(_("The middle half of the class has {low} to {high} of {points} points; the median is {median}.").format(
            low=f"{low:g}", high=f"{high:g}", median=f"{median:g}", points=f"{one.points:g}"))  # fmt: skip
    elif len(scores):
        facts.append(_("With fewer than 10 students, look at the single scores: {scores}.").format(
            scores=", ".join(f"{score:g}" for score in sorted(scores))))  # fmt: skip
    if one.set_aside:
        facts.append(_("Left out of the items, because the file could not be read: {students}.").format(students=", ".join(one.set_aside)))
    return facts


def _missing(report: ClassReport, one: SheetReport) -> str:
    people = [" ".join(filter(None, _person(report, student)[:2])) for student in one.students("missing")]
    return _("Not handed in: {students}.").format(students=_("; ").join(people)) if people else ""


def _items_rows(one: SheetReport) -> list[list]:
    rows = [[_("Item"), _("Worth"), _("Marked"), _("Points earned"), _("All / none"), _("Points lost"), _("Discrimination"), _("Remark")]]
    for item in one.items.itertuples():
        known = pd.notna(item.people) and item.people > 0
        rows.append([
            item.title, f"{item.points:g}", int(item.people) if known else 0, f"{item.earned:.0%}" if known else "–",
            f"{item.full:.0f} / {item.nothing:.0f}" if known else "–", f"{item.lost:g}" if known else "–",
            discrimination_in_words(item), item_remark(item),
        ])  # fmt: skip
    return rows


def _hint_rows(one: SheetReport) -> list[list]:
    rows = [[_("Item"), _("Students"), _("Hint"), _("Example")]]
    order = {item: place for place, item in enumerate(one.items.index)}
    for hint in one.hints.sort_values("item", key=lambda items: items.map(order).fillna(len(order)), kind="stable").itertuples():
        words = hint_in_words(hint.hint)
        example = hint.told if "…" in words or hint.hint == "?" else ""
        rows.append([one.items.title.get(hint.item, hint.item), hint.students, words, example])
    return rows


def _late_rows(report: ClassReport, one: SheetReport) -> list[list]:
    rows = [[*_person_headings(), _("Late by"), _("Late penalty")]]
    rows += [[*_person(report, student), late_in_words(late.late_seconds), f"{late.penalty:g}"] for student, late in one.late.iterrows()]
    return rows


def _waiting_rows(one: SheetReport) -> list[list]:
    return [[_("Item"), _("How many")], *([item.title, item.waiting] for item in one.items.itertuples() if item.waiting)]


def _alike_rows(report: ClassReport, one: SheetReport) -> list[list]:
    rows = [[_("Student"), _("and"), _("What is alike"), _("Item")]]
    for found in one.alike.itertuples():
        people = [" ".join(filter(None, _person(report, student)[:2])) for student in (found.student, found.other)]
        titles = dict.fromkeys(_title(one, item) for item in found.item.split(","))
        rows.append([*people, alike_row(found), _("; ").join(titles)])
    return rows


def _title(one: SheetReport, answer: str) -> str:
    """The heading of the item that a cell with an answer belongs to."""
    tests = [answer, *(item for item in one.items.index if item.startswith(f"{answer}-"))]
    return next((short_title(one.items.title[item]) for item in tests if item in one.items.index), answer)


def _note_rows(report: ClassReport, one: SheetReport) -> list[list]:
    notes = report.marks.notes[report.marks.notes.sheet == one.sheet]
    return [[*_person_headings(), _("Remark")], *([*_person(report, note.student), note.told] for note in notes.itertuples())]


def _help_rows(report: ClassReport) -> list[list]:
    titles = {one.sheet: one.title for one in report.sheets}
    rows = [[*_person_headings(), _("Why")]]
    for student, reasons in report.help_needed.groupby("student", sort=False):
        rows.append([*_person(report, student), _("; ").join(help_reason(titles[one.sheet], one) for one in reasons.itertuples())])
    return rows


def _student_rows(report: ClassReport) -> list[list]:
    rows = [[*_person_headings(), *(one.title for one in report.sheets)]]
    for student in report.marks.students.index:
        scores = [one.submissions.score.get(student) for one in report.sheets]
        rows.append([*_person(report, student), *(None if score is None or pd.isna(score) else float(score) for score in scores)])
    return rows


def _help_rule() -> str:
    return _("The rule: nothing was handed in, or less than {share:.0%} of the points that are marked so far were earned.").format(
        share=HELP_BELOW
    )


def _alike_rule() -> str:
    return _(
        "Read these side by side before you think anything: no line here is a proof. Compared is what students wrote beyond the sheet and its "
        "solution; what many wrote is left out. Short answers, shared notes and help in class make honest work look alike."
    )
