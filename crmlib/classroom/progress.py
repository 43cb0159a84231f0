"""What a learner has done so far: attempts, best scores and dates of every sheet and item, in one small file of the course's folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from crmlib.classroom.answer_key import find
from crmlib.classroom.files import write_bytes
from crmlib.classroom.own_sheet import released
from crmlib.classroom.self_check import CheckResult
from crmlib.i18n import _

FILE = "progress.json"
_VERSION = 1


@dataclass
class ItemProgress:
    """One item: `attempts` counts different answers that were checked, `best` is the most points that one of them earned.

    `answer` is a digest of the last answer, `first` and `done` are the dates of the first attempt and of the first full score.
    """

    title: str
    points: float
    by_hand: bool = False
    attempts: int = 0
    best: float = 0.0
    answer: str = ""
    first: str = ""
    done: str = ""

    @property
    def state(self) -> str:
        """ "done", "tried" or "open"; an item that no program marks is done when it was written."""
        if self.attempts and (self.by_hand or self.best >= self.points):
            return "done"
        return "tried" if self.attempts else "open"


@dataclass
class SheetProgress:
    """One sheet: its items by key, and, after each check that found something new, the date and the best points so far."""

    title: str
    edition: str
    items: dict[str, ItemProgress] = field(default_factory=dict)
    checks: list[tuple[str, float]] = field(default_factory=list)

    @property
    def best(self) -> float:
        """Points of the best answers."""
        return sum(item.best for item in self.items.values())

    @property
    def by_program(self) -> float:
        """Points that a program can give."""
        return sum(item.points for item in self.items.values() if not item.by_hand)

    def count(self, state: str) -> int:
        """How many items are in a state."""
        return sum(item.state == state for item in self.items.values())


@dataclass
class Progress:
    """Everything that a learner has had checked, by sheet; `notes` are sentences about the file."""

    sheets: dict[str, SheetProgress] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def load(course: Path) -> Progress:
    """What is kept in the folder of a course; nothing where there is no file yet.

    A file that cannot be read is set aside, with a note: a learner's day does not end there.

    >>> load(Path("/no/such/folder")).sheets
    {}
    """
    path = course / FILE
    try:
        raw = path.read_bytes()
    except OSError:
        return Progress()
    try:
        content = json.loads(raw)
        if content["version"] != _VERSION:
            raise ValueError("version")
        return Progress({name: _sheet(one) for name, one in content["sheets"].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        aside = path.with_name("progress-unreadable.json")
        with contextlib.suppress(OSError):
            os.replace(path, aside)
        return Progress(
            notes=(_("{file} could not be read. It was set aside as {aside}, and a new one is begun.").format(file=FILE, aside=aside.name),)
        )


def _sheet(one: dict) -> SheetProgress:
    items = {key: ItemProgress(**item) for key, item in one["items"].items()}
    checks = [(str(date), float(points)) for date, points in one["checks"]]
    return SheetProgress(one["title"], one["edition"], items, checks)


def record(result: CheckResult) -> Progress:
    """Add a check to the learner's file, and return everything that stands there.

    Parameters
    ----------
    result : CheckResult
        Only what differs from what was given out and from the last attempt counts as an attempt.

    Raises
    ------
    ValueError
        The file cannot be written.
    """
    progress = load(result.course)
    sheet = progress.sheets.setdefault(result.sheet, SheetProgress(result.title, result.edition))
    sheet.title, sheet.edition = result.title, result.edition
    now = result.checked.isoformat(timespec="seconds")
    new = False
    for one in result.items:
        item = sheet.items.setdefault(one.item.key, ItemProgress(one.item.title, one.item.points))
        item.title, item.points, item.by_hand = one.item.title, one.item.points, one.item.by_hand
        if one.written:
            new |= _add(item, one.written, one.points, now)
    if new:
        sheet.checks.append((now, sheet.best))
    _write(result.course, progress)
    return progress


def _add(item: ItemProgress, written: str, points: float, now: str) -> bool:
    digest = hashlib.sha256("\n".join(line.strip() for line in written.splitlines() if line.strip()).encode()).hexdigest()[:12]
    new = digest != item.answer
    item.attempts += new
    item.answer, item.first, item.best = digest, item.first or now, max(item.best, points)
    if not item.by_hand and points >= item.points:
        item.done = item.done or now
    return new


def _write(course: Path, progress: Progress) -> None:
    content = {"version": _VERSION, "sheets": {name: asdict(sheet) for name, sheet in progress.sheets.items()}}
    try:
        write_bytes(course / FILE, json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8"))
    except OSError as error:
        raise ValueError(
            _("Your progress cannot be written to {path}. Move the course to a folder of yours.").format(path=course / FILE)
        ) from error


def when(date: str) -> datetime:
    """A date of the file."""
    return datetime.fromisoformat(date)


def attempted(progress: Progress, sheet: str, key: str) -> bool:
    """Whether an answer to this item was ever checked.

    >>> attempted(Progress(), "1-1-customer-classes", "revenue")
    False
    """
    return sheet in progress.sheets and key in progress.sheets[sheet].items and progress.sheets[sheet].items[key].attempts > 0


def overview(course: Path, progress: Progress, edition: str) -> dict[str, SheetProgress]:
    """Every sheet of the course in its order, also those not begun yet, with titles of `edition`."""
    found = {}
    for sheet in dict.fromkeys([*released(course), *progress.sheets]):
        done = progress.sheets.get(sheet, SheetProgress(sheet, edition))
        with contextlib.suppress(ValueError):
            key = find(course, sheet, edition)
            items = {item.key: done.items.get(item.key, ItemProgress(item.title, item.points, item.by_hand)) for item in key.items}
            for item in key.items:
                items[item.key].title = item.title
            done = SheetProgress(key.title, edition, items, done.checks)
        found[sheet] = done
    return found
