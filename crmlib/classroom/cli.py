"""The command ``crm``: start the course, build it, check a machine, give out bundles and codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from crmlib.i18n import LANGUAGES, _, language, use_language

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=_("Express CRM: course and library."))


def _edition(value: str) -> str:
    if value not in LANGUAGES:
        raise typer.BadParameter(_('There is no edition in "{language}". Use "zh" or "en".').format(language=value))
    return value


Edition = Annotated[str, typer.Argument(callback=_edition, help=_("zh or en"))]


@app.command(help=_("Check this machine: one line a check, with the mend."))
def doctor() -> None:
    from crmlib.classroom import doctor as checks

    raise typer.Exit(checks.run())


@app.command(help=_("Open JupyterLab on the course."))
def lab(
    edition: Edition = "zh",
    port: Annotated[int | None, typer.Option(help=_("port to listen on; a free one when not given"))] = None,
    browser: Annotated[bool, typer.Option(help=_("open a browser"))] = True,
    instructor: Annotated[bool, typer.Option(help=_("show nbgrader's tools for instructors"))] = False,
) -> None:
    from crmlib.classroom import lab as jupyter

    use_language(edition)
    raise typer.Exit(jupyter.start(edition, port=port, browser=browser, instructor=instructor))


@app.command(help=_("Turn the sources of lessons and sheets into notebooks and releases."))
def build(check: Annotated[bool, typer.Option("--check", help=_("change nothing; fail when a file is stale"))] = False) -> None:
    from crmlib.classroom.build import build as make

    report = make(check=check)
    typer.echo(report.summary(), err=not report.ok)
    raise typer.Exit(0 if report.ok else 1)


@app.command(help=_("Run every right and wrong answer of a sheet and compare with what the source declares."))
def rehearse(source: Annotated[Path, typer.Argument(help=_("the sheet's source, exercises/src/….md"))]) -> None:
    from crmlib.classroom.rehearsal import rehearse as run

    bad = 0
    for edition in LANGUAGES:
        for outcome in run(source, language=edition):
            bad += not outcome.ok
            typer.echo(f"{edition}  {'✓' if outcome.ok else '✗'}  {outcome.message}")
    raise typer.Exit(1 if bad else 0)


@app.command(help=_("Make the ZIP that a class is given."))
def bundle(
    edition: Edition = "zh",
    out: Annotated[Path, typer.Option(help=_("folder for the ZIP"))] = Path("dist"),
) -> None:
    from crmlib.classroom.bundle import bundle as make

    typer.echo(make(edition, out))


def _course_root(edition: str) -> Path:
    root = Path("exercises") / edition
    if not (root / "nbgrader_config.py").is_file():
        raise ValueError(_("There is no course in {folder}. Run this in the project's own folder.").format(folder=root.resolve()))
    return root


def _run_nbgrader(edition: str, arguments: list[str]) -> int:
    from crmlib.classroom.release import scripts_on_path

    command = [sys.executable, "-m", "nbgrader", *arguments]
    with scripts_on_path():
        return subprocess.run(command, cwd=_course_root(edition), env={**os.environ, "PYTHONUTF8": "1"}, check=False).returncode


@app.command(
    help=_("Run nbgrader in a course root, in UTF-8 on every system: crm nbgrader zh autograde 1-1-customer-classes"),
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def nbgrader(context: typer.Context, edition: Edition) -> None:
    # A page of feedback is made from the marks as they are now, so that an old one is never left standing.
    anew = ["--force"] if context.args[:1] == ["generate_feedback"] and "--force" not in context.args else []
    raise typer.Exit(_run_nbgrader(edition, [*context.args, *anew]))


@app.command(help=_("Make a course ready for marking: its sheets with their tests, and nbgrader's gradebook. Marks already given stay."))
def prepare(edition: Edition = "zh") -> None:
    from crmlib.classroom.build import build as make

    root = _course_root(edition)
    report = make(Path.cwd())
    if not report.ok:
        typer.echo(report.summary(), err=True)
        raise typer.Exit(1)
    for sheet in sorted(path.name for path in (root / "source").iterdir() if path.is_dir()):
        if _run_nbgrader(edition, ["generate_assignment", sheet, "--force"]):
            raise typer.Exit(1)
        typer.echo(_("{sheet} is ready in {folder}.").format(sheet=sheet, folder=root))


@app.command(help=_("Write the marks of a course as xlsx and as CSV that Excel opens."))
def grades(
    edition: Edition = "zh",
    out: Annotated[Path, typer.Option(help=_("folder for the two files"))] = Path("."),
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in ("grades.xlsx", "grades.csv"):
        target = out.resolve() / name
        if _run_nbgrader(edition, ["export", f"--to={target}"]):
            raise typer.Exit(1)
        typer.echo(target)


@app.command("firm-code", help=_("Print the code that gives each student a firm of their own."))
def firm_code(
    students: Annotated[list[str], typer.Argument(help=_("student numbers"))],
    key: Annotated[str, typer.Option("--class-key", help=_("the class's secret key; default: exercises/class-key.txt"))] = "",
) -> None:
    from crmlib import company
    from crmlib.classroom.execution import class_key

    secret = key or class_key(Path("exercises"))
    if not secret:
        raise ValueError(_("There is no class key. Write a secret line into exercises/class-key.txt, or give --class-key."))
    for student in students:
        typer.echo(f"{student}\t{company.firm_code(secret, student)}")


@app.command("export-firm", help=_("Write the shipped firm as one xlsx, a folder, or a database."))
def export_firm(target: Annotated[str, typer.Argument(help=_("lark.xlsx, a folder, or sqlite:///lark.db"))]) -> None:
    from crmlib import company

    company.lark().save(target)
    typer.echo(target)


def main() -> None:
    """Run the command line; a bad input ends in one sentence and exit status 1.

    >>> callable(main)
    True
    """
    os.environ.setdefault("PYTHONUTF8", "1")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8" if stream.isatty() is False else None, errors="replace")
    os.environ.setdefault("CRM_LANGUAGE", language())
    try:
        app()
    except ValueError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
