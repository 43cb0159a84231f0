"""The commands of ``crm`` for a class: its list, its submissions, its marks, its report, and the students' own firms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmlib.classroom.command_line import Edition, EditionOption, course_root
from crmlib.i18n import _

Folder = Annotated[Path, typer.Option("--out", help=_("folder for the files"))]
Key = Annotated[str, typer.Option("--class-key", help=_("the class's secret key; default: exercises/class-key.txt"))]

firm = typer.Typer(no_args_is_help=True, help=_("Students' own firms: their data codes, tables and expected answers."))


def mount(app: typer.Typer) -> None:
    """Add these commands to ``crm``."""
    app.command(help=_("Read a class list (xlsx or CSV with 学号 and 姓名) into the gradebook. Nobody is ever removed."))(roster)
    app.command(help=_("Collect submissions from ZIP archives and folders of a learning platform; the newest of each student counts."))(
        collect
    )
    app.command(help=_("Write the marks of a course: xlsx, CSV that Excel opens, and CSV for Moodle's import."))(export)
    app.command(help=_("Report on a class: scores, items, hints, who needs help, what is worth a look; as a page and xlsx."))(report)
    app.add_typer(firm, name="firm")


def roster(
    file: Annotated[Path, typer.Argument(help=_("the class list"))],
    edition: EditionOption = "zh",
) -> None:
    from crmlib.classroom.roster import import_roster

    typer.echo(import_roster(course_root(edition), file).summary())


def collect(
    sources: Annotated[list[Path], typer.Argument(help=_("ZIP archives and folders, as downloaded"))],
    edition: EditionOption = "zh",
    sheet: Annotated[str, typer.Option(help=_("which sheet they are, such as 1-1; default: as names and contents say"))] = "",
    pattern: Annotated[str, typer.Option(help=_("how names are built: nbgrader, moodle, chaoxing, or a regular expression"))] = "",
    timezone: Annotated[
        str, typer.Option(help=_("time zone of the times in archives, such as Asia/Shanghai; default: this computer's"))
    ] = "",
) -> None:
    from dateutil.tz import gettz

    from crmlib.classroom.collect import collect as take_in

    zone = gettz(timezone) if timezone else None
    if timezone and zone is None:
        raise ValueError(_('"{zone}" is no time zone. One is Asia/Shanghai.').format(zone=timezone))
    typer.echo(take_in(course_root(edition), sources, sheet=sheet, pattern=pattern, zone=zone).summary())


def export(edition: Edition = "zh", out: Folder = Path(".")) -> None:
    from crmlib.classroom.export_xlsx import export_grades

    for path in export_grades(course_root(edition), out):
        typer.echo(path)


def report(
    edition: Edition = "zh",
    sheets: Annotated[list[str] | None, typer.Argument(help=_("only these sheets"))] = None,
    out: Folder = Path("."),
) -> None:
    from crmlib.classroom.class_report import class_report
    from crmlib.classroom.class_report_pages import write_report

    made = class_report(course_root(edition), sheets=sheets or ())
    typer.echo(made.summary())
    for path in write_report(made, out):
        typer.echo(path)


@firm.command("code", help=_("Print the code that gives each student a firm of their own."))
def firm_code(
    students: Annotated[list[str], typer.Argument(help=_("student numbers"))],
    key: Key = "",
) -> None:
    from crmlib.classroom.student_firm import code_of

    for student in students:
        typer.echo(f"{student}\t{code_of(Path('exercises'), student, key=key)}")


@firm.command("of", help=_("Show a student's data code, the head of the tables, and what each item's answer should be."))
def firm_of(
    student: Annotated[str, typer.Argument(help=_("student number"))],
    edition: EditionOption = "zh",
    sheet: Annotated[list[str] | None, typer.Option(help=_("only this sheet, such as 1-1; may be given again"))] = None,
    out: Annotated[Path | None, typer.Option(help=_("folder for the firm as xlsx"))] = None,
    key: Key = "",
) -> None:
    from crmlib import company
    from crmlib.classroom.student_firm import code_of, expected_answers, sheets_with_solutions, tables_in_words

    root = course_root(edition)
    code = code_of(root, student, key=key)
    own = company.personal(code)
    typer.echo(_("Student {student} works on the firm {code}.").format(student=student, code=code) + "\n")
    typer.echo(tables_in_words(own))
    for name in sheet or sheets_with_solutions(root):
        typer.echo("\n" + _("Expected answers of {sheet}:").format(sheet=name))
        for answer in expected_answers(root, name, code):
            typer.echo(f"\n{answer.title}\n{answer.name} = {answer.shown()}")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        target = out / f"firm-{student}.xlsx"
        own.save(target, replace=True)
        typer.echo(target)
