"""The command ``crm``: start the course, build it, check a machine, give out bundles and codes."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from crmlib.classroom import class_cli, company_cli, grading_cli, self_check_cli
from crmlib.classroom.command_line import Edition, course_root
from crmlib.i18n import LANGUAGES, _, language, use_language

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=_("Express CRM: course and library."))
app.add_typer(company_cli.app, name="company")
class_cli.mount(app)
grading_cli.mount(app)
self_check_cli.mount(app)


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
    self_paced: Annotated[bool, typer.Option("--self-paced", help=_("for somebody without a teacher: with the answers; never for a class"))] = False,
) -> None:
    from crmlib.classroom.bundle import bundle as make

    typer.echo(make(edition, out, self_paced=self_paced))


def _run_nbgrader(edition: str, arguments: list[str]) -> int:
    from crmlib.classroom.release import scripts_on_path

    command = [sys.executable, "-m", "nbgrader", *arguments]
    with scripts_on_path():
        return subprocess.run(command, cwd=course_root(edition), env={**os.environ, "PYTHONUTF8": "1"}, check=False).returncode


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

    root = course_root(edition)
    report = make(Path.cwd())
    if not report.ok:
        typer.echo(report.summary(), err=True)
        raise typer.Exit(1)
    from crmlib.classroom.grading.course_run import make_ready

    for sheet in make_ready(root):
        typer.echo(_("{sheet} is ready in {folder}.").format(sheet=sheet, folder=root))


def main() -> None:
    """Run the command line; a bad input ends in one sentence and exit status 1.

    >>> callable(main)
    True
    """
    os.environ.setdefault("PYTHONUTF8", "1")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8" if stream.isatty() is False else None, errors="replace")
    os.environ.setdefault("CRM_LANGUAGE", language())
    grading_cli.begin(sys.argv[1:])
    try:
        app()
    except ValueError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
    finally:
        gc.freeze()  # nothing is to be looked for any more: the end of a large program takes a fifth of a second otherwise


if __name__ == "__main__":
    main()
