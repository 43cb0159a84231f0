"""Check one's own sheet: the grader's tests and hints, at once, on one's own computer. No sandbox: it is the learner's own code."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

from crmlib.classroom.answer_key import Item
from crmlib.classroom.own_sheet import OwnSheet, open_sheet
from crmlib.i18n import _, language, use_language

CHECKING = "CRM_CHECKING"
CELL_SECONDS = 60
_PATIENCE = 10
_START_SECONDS = 120
_KEPT_FROM_CELLS = ("CRM_CLASS_KEY", "JPY_SESSION_NAME")


@dataclass(frozen=True)
class ItemResult:
    """What one item earned.

    Attributes
    ----------
    item : Item
    points : float
        Earned; 0 for one that no program marks.
    written : str
        The learner's answer, or "" where it is as it was given out.
    hints : tuple of str
        One sentence for each lost test.
    stopped : str
        The error in which the answer's own cell ended.
    """

    item: Item
    points: float = 0.0
    written: str = ""
    hints: tuple[str, ...] = ()
    stopped: str = ""

    @property
    def full(self) -> bool:
        """Whether nothing is missing, as far as a program can tell."""
        return not self.item.by_hand and self.points >= self.item.points


@dataclass(frozen=True)
class CheckResult:
    """What a check of a sheet found.

    Attributes
    ----------
    sheet, edition, title : str
    course : Path
        The course's folder.
    items : tuple of ItemResult
        Those that were asked for.
    saved, checked : datetime
        When the file was saved, and when it was checked.
    notes : tuple of str
    """

    sheet: str
    edition: str
    title: str
    course: Path
    items: tuple[ItemResult, ...]
    saved: datetime
    checked: datetime
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """Points earned."""
        return sum(result.points for result in self.items)

    @property
    def by_program(self) -> float:
        """Points that a program can give."""
        return sum(result.item.points for result in self.items if not result.item.by_hand)

    @property
    def by_hand(self) -> float:
        """Points that somebody has to give by hand."""
        return sum(result.item.points for result in self.items if result.item.by_hand)

    @property
    def untouched(self) -> bool:
        """Whether nothing is answered yet."""
        return not any(result.written for result in self.items)


@dataclass
class _Heard:
    """What the process that runs the cells has told so far, by cell."""

    ended: dict[str, dict] = field(default_factory=dict)
    broke: str = ""


def check(
    path: Path | str,
    *,
    items: Collection[str] = (),
    newer: Mapping[str, str] | None = None,
    seconds: float | None = None,
    tell: Callable[[str], None] = lambda heading: None,
) -> CheckResult:
    """Run a notebook from a clean start and mark it; the file stays as it is.

    Parameters
    ----------
    path : path of the notebook
    items : collection of str
        Numbers of the items to check; by default all.
    newer : mapping of cell id to source, optional
        Cells that were run in the open notebook after it was saved.
    seconds : float, optional
        How long one cell may run; by default as long as the grader gives it.
    tell : function
        Called with the title of each item that begins.

    Raises
    ------
    ValueError
        The file cannot be checked; the sentence says why.

    Why: whoever learns alone should know at once what is right, and what to think about where it is not.
    """
    path = Path(path)
    with _Runner(path.resolve().parent) as runner:
        sheet = open_sheet(path, newer=newer)
        chosen = tuple(sheet.key.item(number) for number in items) or sheet.key.items
        with _speaking(sheet.key.edition):
            limit = float(os.environ.get("CRM_CELL_SECONDS") or CELL_SECONDS) if seconds is None else seconds
            run = any(sheet.written.get(name) for item in chosen for name in item.answers if not item.by_hand)
            heard = runner.run(sheet, chosen, limit, tell) if run else _Heard()
            results = tuple(_result(item, sheet, heard) for item in chosen)
    saved = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    key = sheet.key
    return CheckResult(key.sheet, key.edition, key.title, sheet.course, results, saved, datetime.now().astimezone(), sheet.notes)


@contextlib.contextmanager
def _speaking(edition: str) -> Iterator[None]:
    """Hints are in the notebook's language, whatever this process speaks."""
    before = language()
    use_language(edition)
    try:
        yield
    finally:
        use_language(before)


class _Runner:
    """The process that runs the cells. It is started first, so that it loads its libraries while the notebook is being read."""

    def __init__(self, folder: Path) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="crm-check-", ignore_cleanup_errors=True)
        environment = {name: value for name, value in os.environ.items() if name not in _KEPT_FROM_CELLS}
        environment |= {CHECKING: "1", "MPLBACKEND": "agg", "PYTHONUTF8": "1", "IPYTHONDIR": self._home.name}
        self._process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "crmlib.classroom.self_check_run"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder, env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        self._lines: queue.Queue[bytes] = queue.Queue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                stream.close()
        self._home.cleanup()

    def run(self, sheet: OwnSheet, items: Sequence[Item], seconds: float, tell: Callable[[str], None]) -> _Heard:
        """Run every cell as far as the last test of `items`; of the tests before it, only theirs."""
        wanted = {test for item in items for test in item.tests}
        titles = {name: item.title for item in items for name in (*item.answers, *item.tests)}
        code = [
            cell for cell in sheet.cells if cell.type == "code" and cell.source.strip() and (cell.role != "test" or cell.name in wanted)
        ]
        cells = code[: max((place for place, cell in enumerate(code, start=1) if cell.role == "test"), default=0)]
        job = {
            "language": sheet.key.edition, "setup": sheet.key.setup, "seconds": seconds,
            "cells": [{"role": cell.role, "source": cell.source, "answers": cell.answers} for cell in cells],
        }  # fmt: skip
        heard = _Heard()
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(job).encode("ascii") + b"\n")
            self._process.stdin.flush()
        threading.Thread(target=self._read, daemon=True).start()
        patience, begun = max(seconds, _START_SECONDS), False
        while len(heard.ended) < len(cells):
            try:
                line = self._lines.get(timeout=patience + _PATIENCE)
                message = json.loads(line)
            except queue.Empty:
                heard.broke = "feedback-timeout"
                break
            except ValueError:
                heard.broke = "feedback-died"
                break
            patience, begun = seconds, True
            if "ends" in message:
                heard.ended[cells[message["ends"]].name] = message
            else:
                tell(titles.get(cells[message["begins"]].name, ""))
        if not begun:
            raise ValueError(_("The check could not be started. To look for the cause: crm doctor"))
        return heard

    def _read(self) -> None:
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(b"")


def _result(item: Item, sheet: OwnSheet, heard: _Heard) -> ItemResult:
    written = "\n".join(text for name in item.answers if (text := sheet.written.get(name)))
    if item.by_hand or not written:
        return ItemResult(item, written=written)
    points, hints, stopped, before = 0.0, [], "", []
    for cell in sheet.cells:
        told = heard.ended.get(cell.name, {})
        if cell.role != "test":
            before = [*before, told] if "error" in told else before
            if cell.name in item.answers and "error" in told and not told.get("late"):
                stopped = told["said"]
            continue
        if cell.name in item.tests:
            if told and "error" not in told and not told.get("late"):
                points += min(told.get("value", cell.points), cell.points)
            else:
                hints.append(_hint(told, before, heard.broke))
        before = []
    return ItemResult(item, points, written, tuple(dict.fromkeys(hints)), stopped if hints else "")


def _hint(told: Mapping, before: Sequence[Mapping], broke: str) -> str:
    """The sentence that the grader's feedback gives for a test that failed, after the errors of the cells since the last one."""
    from crmlib.classroom.hints import sentence

    if any(one.get("late") for one in (told, *before)):
        return sentence("feedback-timeout")
    if not told:
        return sentence(broke or "feedback-died")
    if told["error"] == "Lost":
        return told["said"]
    return sentence("feedback-stopped", error=told["error"])
