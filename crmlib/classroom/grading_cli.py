"""``crm grade`` and ``crm feedback``: a class marked, and a page for each student."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.classroom.command_line import course_root
from crmlib.i18n import LANGUAGES, _

if TYPE_CHECKING:
    from crmlib.classroom.grading.warm import WarmParent

_started: list[WarmParent] = []
SLOW_AND_UNUSED = "rfc3987_syntax"
"""Checks of international web addresses, which jsonschema imports where it can: a second, for what no notebook has."""
Words = Annotated[list[str] | None, typer.Argument(help=_("zh or en (zh when not given), then sheets; all when none is given"))]
Students = Annotated[list[str] | None, typer.Option("--student", help=_("only this student; may be given several times"))]


def mount(app: typer.Typer) -> None:
    """Add this module's commands to the command line.

    >>> mount(typer.Typer())
    """
    app.command(help=_("Grade what was handed in and not graded yet: crm grade zh 1-1"))(grade)
    app.command(help=_("Write a page of feedback for each graded submission: crm feedback zh 1-1"))(feedback)


def begin(arguments: Sequence[str]) -> None:
    """Start the engine where these arguments of the command line ask for it: it imports while they are read, which takes a while too.

    >>> begin(["feedback", "zh"])
    """
    wanted = arguments[:1] == ["grade"] and not {"--unsafe", "--help"} & set(arguments) and os.environ.get("CRM_UNSAFE") != "1"
    if wanted and sys.platform.startswith("linux"):
        from crmlib.classroom.grading.warm import WarmParent

        _started.append(WarmParent())


def grade(
    words: Words = None,
    student: Students = None,
    workers: Annotated[int | None, typer.Option(min=1, help=_("how many submissions run at once"))] = None,
    again: Annotated[bool, typer.Option("--again", help=_("grade also what is unchanged"))] = False,
    unsafe: Annotated[bool, typer.Option("--unsafe", help=_("without the sandbox: submissions run with your own rights"))] = False,
) -> None:
    """Grade; a submission that is broken is told of, and stops nobody."""
    root, sheets = _course_and_sheets(words)
    unsafe = unsafe or os.environ.get("CRM_UNSAFE") == "1"
    executor = None if unsafe else _engine(workers or os.cpu_count() or 1)
    try:
        with _without(SLOW_AND_UNUSED), _no_looking_for_rubbish():
            from crmlib.classroom.grading.course_run import grade as run
        report = run(root, sheets=sheets or None, students=student or None, workers=workers, unsafe=unsafe, again=again, executor=executor)
    except BaseException:
        _end(executor, at_once=True)
        raise
    _end(executor, at_once=report.stopped)
    typer.echo(report.summary())
    if report.stopped:
        raise typer.Exit(130)


def _engine(workers: int) -> Executor | None:
    """Imports while this process does; none where the sandbox does not stand, which is told later."""
    if not sys.platform.startswith("linux"):
        return None
    from crmlib.classroom.grading.executor import WarmExecutor

    executor = WarmExecutor(workers, parent=_started.pop() if _started else None)
    from crmlib.classroom.grading import sandbox

    if not sandbox.missing():
        return executor
    _end(executor, at_once=True)
    return None


def _end(executor: Executor | None, *, at_once: bool) -> None:
    if executor is not None:
        executor.shutdown(wait=not at_once, cancel_futures=at_once)


@contextlib.contextmanager
def _without(module: str) -> Iterator[None]:
    """What is imported meanwhile does not find `module`, which it can do without."""
    loaded = sys.modules.get(module)
    sys.modules[module] = loaded
    try:
        yield
    finally:
        if loaded is None:
            del sys.modules[module]


@contextlib.contextmanager
def _no_looking_for_rubbish() -> Iterator[None]:
    """What is imported stays; looking through it for what could go takes a sixth of the time."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def feedback(words: Words = None, student: Students = None) -> None:
    """Write the pages anew from the marks as they are now."""
    from crmlib.classroom.grading.pages import write_pages

    root, sheets = _course_and_sheets(words)
    pages = write_pages(root, sheets=sheets or None, students=student or None)
    for page in pages:
        typer.echo(page)
    if not pages:
        typer.echo(_("Nothing is graded yet; begin with: crm grade"))


def _course_and_sheets(words: list[str] | None) -> tuple[Path, list[str]]:
    """The course root that the first word names, and the sheets that the others name."""
    words = list(words or [])
    return course_root(words.pop(0) if words and words[0] in LANGUAGES else "zh"), words
