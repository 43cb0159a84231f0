"""``crm check`` and ``crm progress``: one's own sheets, checked at once, and what was done so far."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from crmlib.classroom.command_line import known_edition
from crmlib.i18n import LANGUAGES, _, language, use_language

What = Annotated[
    str, typer.Argument(help=_("number of a task (1-1), name of a sheet, or path of a notebook; without it: what was done so far"))
]
Items = Annotated[list[str] | None, typer.Option("--item", help=_("only this item; may be given several times"))]
Solution = Annotated[str, typer.Option("--solution", help=_("show right answers to this item, once you have tried it"))]
MaybeEdition = Annotated[str, typer.Option("--edition", callback=lambda value: value and known_edition(value), help=_("zh or en"))]


def mount(app: typer.Typer) -> None:
    """Add this module's commands to the command line.

    >>> mount(typer.Typer())
    """
    app.command(help=_("Check your own sheet at once, with the teacher's tests and hints: crm check 1-1"))(check)
    app.command(help=_("Show what you have done so far as a page with pictures."))(progress)


def check(what: What = "", item: Items = None, solution: Solution = "", edition: MaybeEdition = "") -> None:
    """Mark a sheet; or show a solution; or, without a sheet, what was done so far."""
    if not what:
        _show_table(edition)
        return
    from crmlib.classroom import check_words, own_sheet, self_check
    from crmlib.classroom import progress as kept

    path = own_sheet.find_notebook(what, edition=edition)
    if solution:
        sheet = own_sheet.open_sheet(path)
        use_language(sheet.key.edition)
        lines = check_words.solution_text(check_words.solution(sheet.key, solution, kept.load(sheet.course), again=f"crm check {what}"))
    else:
        result = self_check.check(path, items=item or (), tell=_tell)
        _tell("")
        use_language(result.edition)
        lines = [*check_words.in_lines(result, command=f"crm check {what} --solution"), *kept.record(result).notes]
    for line in lines:
        typer.echo(line)


def _tell(heading: str) -> None:
    """One changing line for a person who waits."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K" + (_("Checking: {heading}").format(heading=heading) if heading else ""))
        sys.stderr.flush()


def _course(edition: str) -> tuple[Path, str]:
    """The course's folder, and the edition that its learner reads."""
    from crmlib.classroom import progress as kept
    from crmlib.classroom.answer_key import course_folder

    course = course_folder(Path.cwd())
    if course is None:
        raise ValueError(
            _("This is not the folder of the course: {folder}. Go there first, or name the notebook's file.").format(folder=Path.cwd())
        )
    last = max(kept.load(course).sheets.values(), key=lambda sheet: sheet.checks[-1][0] if sheet.checks else "", default=None)
    there = [one for one in (language(), *LANGUAGES) if (course / "exercises" / one / "release").is_dir()]
    return course, edition or (last.edition if last else there[0])


def _show_table(edition: str) -> None:
    from crmlib.classroom import check_words
    from crmlib.classroom import progress as kept

    course, spoken = _course(edition)
    use_language(spoken)
    known = kept.load(course)
    for line in [*known.notes, *check_words.table(kept.overview(course, known, spoken))]:
        typer.echo(line)
    typer.echo("")
    typer.echo(_("To have a sheet checked: crm check 1-1. To see all this as a page: crm progress"))


def progress(
    edition: MaybeEdition = "",
    show: Annotated[bool, typer.Option("--open/--no-open", help=_("open the page in a browser"))] = True,
) -> None:
    """Write the page, and open it."""
    from crmlib.classroom.progress_page import write_page

    course, spoken = _course(edition)
    use_language(spoken)
    page = write_page(course, spoken)
    typer.echo(page)
    if show:
        import webbrowser

        webbrowser.open(page.as_uri())
