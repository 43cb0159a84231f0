"""Bring what a learning platform packed into nbgrader's folder of submissions: the newest of each student counts, nothing is lost."""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from crmlib.classroom.archives import Found, UnpackLimits, walk
from crmlib.classroom.submission_names import owner_of, pattern_of
from crmlib.i18n import _

ATTEMPTS_FOLDER = "attempts"
_STAMP_FILE = "timestamp.txt"
_GRADE_ID = re.compile(rb'"grade_id":\s*"([^"\\]+)"')


@dataclass(frozen=True)
class Fate:
    """What became of one file.

    Attributes
    ----------
    origin : str
        Archive or folder, and the path in it.
    state : "collected", "replaced", "earlier", "same" or "ignored"
        "replaced": collected, and an earlier attempt gave way to it. "earlier": kept among the earlier attempts.
    student, sheet : str
    told : str
        One sentence.
    """

    origin: str
    state: str
    student: str = ""
    sheet: str = ""
    told: str = ""


@dataclass(frozen=True)
class CollectReport:
    """The fate of every file, in the order in which they were met."""

    fates: tuple[Fate, ...]

    def count(self, *states: str) -> int:
        """How many files ended so."""
        return sum(fate.state in states for fate in self.fates)

    def summary(self) -> str:
        """One line a file, and one for all."""
        marks = {"collected": "+", "replaced": "+", "earlier": "·", "same": "=", "ignored": "✗"}
        lines = [f"{marks[fate.state]} {fate.origin}: {fate.told}" for fate in self.fates]
        lines.append(
            _("{files} files: {collected} collected, {earlier} kept as earlier attempts, {same} there already, {ignored} ignored.").format(
                files=len(self.fates), collected=self.count("collected", "replaced"), earlier=self.count("earlier"), same=self.count("same"),
                ignored=self.count("ignored"),
            )
        )  # fmt: skip
        return "\n".join(lines)


@dataclass(frozen=True)
class _Attempt:
    """One notebook of one student: a file that was found, or the one that counts so far (`place` is None)."""

    place: int | None
    found: Found | None
    stamp: datetime | None
    number: int
    digest: str

    @property
    def age(self) -> tuple:
        """Older attempts come first; one without a time is older than any with."""
        return (self.stamp or datetime.min.replace(tzinfo=UTC), self.number, -1 if self.place is None else self.place)


def collect(
    root: Path | str,
    sources: Iterable[Path | str],
    *,
    sheet: str = "",
    pattern: str = "",
    zone: tzinfo | None = None,
    limits: UnpackLimits | None = None,
) -> CollectReport:
    """Put submissions into a course's ``submitted`` folder, as nbgrader wants them.

    The newest attempt of a student counts; earlier ones are kept in ``attempts/<student>/<sheet>/``. Names are read with nbgrader's
    ``zip_collect`` plugin. Neither nbgrader's exchange nor its shell commands are needed.

    Parameters
    ----------
    root : path
        A course root.
    sources : iterable of path
        ZIP archives and folders.
    sheet : str, optional
        The sheet that they are, or the beginning of its name; default: as file name and contents say.
    pattern : str, optional
        One of :data:`crmlib.classroom.submission_names.PATTERNS`, or a regular expression; default: whatever names a student of the class.
    zone : tzinfo, optional
        The time zone of the times in archives; default: this computer's.
    limits : UnpackLimits, optional

    Returns
    -------
    CollectReport

    Raises
    ------
    ValueError
        There is no such course, file or sheet, the pattern is none, or there is no class list.
    """
    from crmlib.classroom.course_config import course

    root = Path(root).resolve()
    api = course(root)
    expressions = pattern_of(pattern) if pattern else ()
    with api.gradebook as gradebook:
        roster = _roster(gradebook, root)
        known = _sheets(gradebook)
    if not roster and not expressions:
        raise ValueError(_("There is no class list yet. Read it in first: crm roster FILE"))
    wanted = _wanted(sheet, known) if sheet else ""

    def submitted(student: str, name: str) -> Path:
        return Path(api.coursedir.format_path(api.coursedir.submitted_directory, student, name))

    fates: list[Fate] = []
    groups: dict[tuple[str, str], list[_Attempt]] = {}
    with tempfile.TemporaryDirectory(prefix="crm-collect-", ignore_cleanup_errors=True) as folder:
        for source in map(Path, sources):
            for found in walk(source, Path(folder), limits=limits):
                if found.file is None:
                    fates.append(Fate(found.origin, "ignored", told=found.refused))
                    continue
                owner = owner_of(found.inside, source.name, roster, pattern=expressions, sheets=list(known))
                name, problem = _sheet_of(found, wanted, known)
                if owner.problem or problem:
                    fates.append(Fate(found.origin, "ignored", owner.student, name, owner.problem or problem))
                    continue
                if _unsafe(owner.student):
                    told = _('"{student}" cannot be the name of a folder.').format(student=owner.student)
                    fates.append(Fate(found.origin, "ignored", told=told))
                    continue
                stamp = _utc(owner.stamp or found.modified, zone)
                attempt = _Attempt(len(fates), found, stamp, owner.attempt, _digest(found.file))
                groups.setdefault((owner.student, name), []).append(attempt)
                fates.append(Fate(found.origin, "collected", owner.student, name))
        for (student, name), attempts in groups.items():
            for place, state, told in _settle(root, submitted(student, name), student, name, attempts):
                fates[place] = replace(fates[place], state=state, told=told)
    return CollectReport(tuple(fates))


def _roster(gradebook, root: Path) -> dict[str, str]:
    from crmlib.classroom.class_marks import full_name
    from crmlib.classroom.roster import read_roster_file

    names = {entry.student: entry.name for entry in read_roster_file(root)}
    return names | {student.id: full_name(student) or names.get(student.id, "") for student in gradebook.students}


def _sheets(gradebook) -> dict[str, frozenset[str]]:
    """Sheet → grade ids of its cells."""
    return {
        assignment.name: frozenset(cell.name for notebook in assignment.notebooks for cell in notebook.source_cells)
        for assignment in gradebook.assignments
        if assignment.notebooks
    }


def _wanted(sheet: str, known: Mapping[str, frozenset[str]]) -> str:
    found = [name for name in known if name == sheet] or [name for name in known if name.startswith(sheet)]
    if len(found) != 1:
        raise ValueError(
            _('"{sheet}" is no sheet of this course. There are: {known}. Sheets are made ready by crm prepare.').format(
                sheet=sheet, known=", ".join(known) or "–"
            )
        )
    return found[0]


def _sheet_of(found: Found, wanted: str, known: Mapping[str, frozenset[str]]) -> tuple[str, str]:
    """The sheet that a file is, or why that cannot be told. What stands in it says more than what it is called."""
    cells = {name.decode("utf-8", "replace") for name in _GRADE_ID.findall(found.file.read_bytes())}
    shared = {name: len(cells & own) for name, own in known.items()}
    best = max(shared.values(), default=0)
    inside = [name for name, count in shared.items() if count == best and best]
    if wanted:
        if best > 1 and shared[wanted] == 0:
            return wanted, _("By its contents it is {other}, not {sheet}.").format(other=", ".join(inside), sheet=wanted)
        return wanted, ""
    called = [name for name in known if name in found.inside]
    if not called:
        tasks = {name: re.match(r"\d+-\d+(?!\d)", name) for name in known}
        called = [name for name, task in tasks.items() if task and re.search(rf"(?<![\d-]){task[0]}(?![\d-]\d)", found.inside)]
    if len(inside) == 1:
        return inside[0], ""
    both = [name for name in called if name in inside] or called
    if len(both) == 1:
        return both[0], ""
    return "", _("Neither its name nor its contents say which sheet it is. Name the sheet with --sheet.")


def _unsafe(student: str) -> bool:
    return student in ("", ".", "..") or bool(re.search(r'[/\\:*?"<>|\x00-\x1f]', student))


def _utc(stamp: datetime | None, zone: tzinfo | None) -> datetime | None:
    if stamp is None:
        return None
    try:
        return (stamp.replace(tzinfo=zone) if zone else stamp.astimezone()).astimezone(UTC)
    except (OverflowError, OSError, ValueError):  # a year that this system's clock does not know
        return stamp.replace(tzinfo=UTC)


def _settle(root: Path, folder: Path, student: str, sheet: str, attempts: Sequence[_Attempt]) -> Iterable[tuple[int, str, str]]:
    """Let the newest attempt count, keep the others, and say of each what became of it."""
    kept = root / ATTEMPTS_FOLDER / student / sheet
    standing = _standing(folder, sheet)
    seen = {path.name.rpartition("-")[2] for path in kept.iterdir() if path.is_dir()} if kept.is_dir() else set()
    fresh: dict[str, _Attempt] = {}
    for attempt in sorted(attempts, key=lambda one: one.age):
        if attempt.digest in fresh or attempt.digest[:8] in seen or (standing and attempt.digest == standing.digest):
            yield attempt.place, "same", _("The same as what {student} handed in before.").format(student=student)
        else:
            fresh[attempt.digest] = attempt
    if not fresh:
        return
    newest = max([*fresh.values(), *([standing] if standing else [])], key=lambda one: one.age)
    for attempt in fresh.values():
        if attempt is not newest:
            _put(root, kept / _attempt_name(attempt), sheet, attempt)
            yield attempt.place, "earlier", _("An earlier attempt of {student}, kept in {folder}.").format(
                student=student, folder=kept.relative_to(root).as_posix())  # fmt: skip
    if newest is standing:
        return
    if folder.exists():
        _move_aside(folder, kept / (_attempt_name(standing) if standing else "other"))
    _put(root, folder, sheet, newest)
    late = "" if newest.stamp is None else f"{newest.stamp:%Y-%m-%d %H:%M} UTC"
    if standing or len(fresh) > 1:
        yield newest.place, "replaced", _("Collected as {student}, {sheet}, in the place of an earlier attempt ({time}).").format(
            student=student, sheet=sheet, time=late or "–")  # fmt: skip
    else:
        yield (
            newest.place,
            "collected",
            _("Collected as {student}, {sheet} ({time}).").format(student=student, sheet=sheet, time=late or "–"),
        )


def _standing(folder: Path, sheet: str) -> _Attempt | None:
    """The attempt that counts so far."""
    path = folder / f"{sheet}.ipynb"
    if not path.is_file():
        return None
    stamp = None
    with contextlib.suppress(OSError, ValueError):
        from nbgrader.utils import parse_utc

        stamp = parse_utc((folder / _STAMP_FILE).read_text("utf-8").strip()).replace(tzinfo=UTC)
    return _Attempt(None, None, stamp, 0, _digest(path))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _attempt_name(attempt: _Attempt) -> str:
    return f"{attempt.stamp:%Y%m%dT%H%M%SZ}-{attempt.digest[:8]}" if attempt.stamp else f"undated-{attempt.digest[:8]}"


def _put(root: Path, folder: Path, sheet: str, attempt: _Attempt) -> None:
    """The attempt in a folder of its own, which appears with everything in it or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=root, prefix=".collecting-"))
    try:
        made.chmod(0o755)
        shutil.copyfile(attempt.found.file, made / f"{sheet}.ipynb")
        if attempt.stamp is not None:
            (made / _STAMP_FILE).write_text(f"{attempt.stamp:%Y-%m-%d %H:%M:%S.%f} UTC", encoding="utf-8")
        made.replace(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _move_aside(folder: Path, aside: Path) -> None:
    aside.parent.mkdir(parents=True, exist_ok=True)
    name, count = aside.name, 1
    while aside.exists():
        count += 1
        aside = aside.with_name(f"{name}-{count}")
    folder.rename(aside)
