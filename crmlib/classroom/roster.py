"""The class list: read from Excel or CSV as schools write it, and brought into nbgrader's gradebook."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crmlib.classroom.person_names import last_and_first
from crmlib.classroom.roster_list import Entry, read_list
from crmlib.classroom.spreadsheet import write_csv
from crmlib.i18n import _

ROSTER_FILE = "roster.csv"
_COLUMNS = ("student", "name", "group", "email", "lms_user_id")


@dataclass(frozen=True)
class RosterImport:
    """What an import has done.

    Attributes
    ----------
    added, changed, unchanged : tuple of Entry
        Students of the list: new to the gradebook, with another name (or class, or email) than before, as they were.
    kept : tuple of str
        Students who are in the gradebook and not on the list. They stay.
    remarks : tuple of str
        Sentences on rows that were passed over or put right.
    """

    added: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    unchanged: tuple[Entry, ...]
    kept: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    def summary(self) -> str:
        """A few lines for the instructor."""
        lines = [
            _("{count} students on the list: {added} new, {changed} changed, {unchanged} as before.").format(
                count=len(self.added) + len(self.changed) + len(self.unchanged), added=len(self.added), changed=len(self.changed),
                unchanged=len(self.unchanged),
            )
        ]  # fmt: skip
        lines += [_("changed: {student} {name}").format(student=entry.student, name=entry.name) for entry in self.changed]
        if self.kept:
            lines.append(_("In the gradebook but not on this list, and kept: {students}.").format(students=", ".join(self.kept)))
        return "\n".join([*lines, *self.remarks])


def read_roster(path: Path | str) -> tuple[Entry, ...]:
    """The students of a class list.

    Parameters
    ----------
    path : path
        An .xlsx, or CSV in UTF-8, UTF-16 or GBK, with a column 学号 (student number) and a column 姓名 (name).

    Returns
    -------
    tuple of Entry

    Raises
    ------
    ValueError
        It is no class list, or rows of it cannot be used; all of them are named.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _size = (Path(folder) / "a.csv").write_text("云雀班\\n学号,姓名\\n2026001,张伟\\n", encoding="gb18030")
    ...     [(one.student, one.name) for one in read_roster(Path(folder) / "a.csv")]
    [('2026001', '张伟')]
    """
    return read_list(path).entries


def import_roster(root: Path | str, path: Path | str) -> RosterImport:
    """Bring a class list into a course's gradebook, and keep it as ``roster.csv`` in the course root.

    nbgrader's gradebook has no place for 班级, so the class is kept in ``roster.csv``.

    Parameters
    ----------
    root : path
        A course root.
    path : path
        The list, as for :func:`read_roster`.

    Returns
    -------
    RosterImport
        Nobody is removed: who is in the gradebook and not on the list stays there.

    Raises
    ------
    ValueError
        As :func:`read_roster`; then nothing at all has changed.
    """
    from nbgrader.api import Student

    from crmlib.classroom.course_config import course

    root = Path(root)
    found = read_list(path)
    before = {entry.student: entry for entry in read_roster_file(root)}
    added, changed, unchanged = [], [], []
    with course(root).gradebook as gradebook:
        known = {student.id: student for student in gradebook.students}
        for entry in found.entries:
            last, first = last_and_first(entry.name)
            student = known.get(entry.student)
            if student is None:
                gradebook.db.add(Student(id=entry.student, last_name=last, first_name=first, email=entry.email or None,
                                         lms_user_id=entry.lms_user_id or None))  # fmt: skip
                added.append(entry)
                continue
            wanted = {"last_name": last, "first_name": first} if entry.name else {}
            wanted |= {"email": entry.email} if entry.email else {}
            wanted |= {"lms_user_id": entry.lms_user_id} if entry.lms_user_id else {}
            other = {name: value for name, value in wanted.items() if (getattr(student, name) or "") != value}
            moved = bool(entry.group) and entry.student in before and before[entry.student].group != entry.group
            for name, value in other.items():
                setattr(student, name, value)
            (changed if other or moved else unchanged).append(entry)
        listed = {entry.student for entry in found.entries}
        try:
            gradebook.db.flush()
            merged = before | {entry.student: entry.over(before.get(entry.student)) for entry in found.entries}
            _write_roster_file(root, list(merged.values()))
            gradebook.db.commit()
        except BaseException:
            gradebook.db.rollback()
            _write_roster_file(root, list(before.values()))
            raise
    kept = tuple(sorted(set(known) - listed))
    return RosterImport(tuple(added), tuple(changed), tuple(unchanged), kept, found.remarks)


def read_roster_file(root: Path | str) -> tuple[Entry, ...]:
    """The ``roster.csv`` of a course root; empty where there is none.

    >>> read_roster_file("/no/such/course")
    ()
    """
    with (
        contextlib.suppress(FileNotFoundError, NotADirectoryError),
        (Path(root) / ROSTER_FILE).open(encoding="utf-8-sig", newline="") as file,
    ):
        rows = list(csv.DictReader(file))
        return tuple(Entry(**{name: _plain(row.get(name)) for name in _COLUMNS}) for row in rows if _plain(row.get("student")))
    return ()


def _plain(value: str | None) -> str:
    """A cell as it was before it was made harmless for spreadsheets."""
    text = (value or "").strip()
    return text[1:] if text.startswith("'") and text[1:2] in ("=", "+", "-", "@") else text


def _write_roster_file(root: Path, entries: Sequence[Entry]) -> None:
    path = root / ROSTER_FILE
    if not entries:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)
        return
    rows = [[getattr(entry, name) for name in _COLUMNS] for entry in sorted(entries, key=lambda entry: entry.student)]
    write_csv(path, [_COLUMNS, *rows])
