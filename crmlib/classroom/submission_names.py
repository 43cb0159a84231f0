"""Whose a file is: what learning platforms write into file and folder names, matched with the class list."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from nbgrader.plugins import FileNameCollectorPlugin
from traitlets import List, Unicode

from crmlib.classroom.person_names import same_name_key, tidy_name
from crmlib.i18n import _

_HAN = "\u3400-\u9fff"
_FILE = r"(?=(?:.*/)?(?P<file_id>[^/]+)\.ipynb)"
_NUMBER = r"(?<![0-9A-Za-z])(?P<student_id>[A-Za-z]{0,3}[0-9]{4,20})(?![0-9A-Za-z])"
_NAME = rf"(?P<name>[{_HAN}]{{2,4}}(?:·[{_HAN}]+)*)"
_BETWEEN = r"[-_+ .()\[\]【】]*"

PATTERNS: Mapping[str, tuple[str, ...]] = {
    "nbgrader": (_FILE + r"(?:.*/)?(?P<student_id>[^/]+)/(?P<sheet>[^/]+)/[^/]+$", _FILE + r"(?:.*/)?(?P<student_id>[^/]+)\.ipynb$"),
    "moodle": (_FILE + r"(?:.*/)?(?P<name>[^/_]+)_(?P<participant>\d+)_assignsubmission_(?:file|onlinetext)",),
    "chaoxing": (
        _FILE + rf"(?:.*/)?(?:[^/]*?[^/0-9A-Za-z])?{_NUMBER}{_BETWEEN}{_NAME}",
        _FILE + rf"(?:.*/)?(?:[^/]*?[^/{_HAN}])?{_NAME}{_BETWEEN}{_NUMBER}",
    ),
}
"""Examples of names, as regular expressions in the manner of ``nbgrader zip_collect``.

- ``nbgrader``: ``2026001/1-1-customer-classes/1-1-customer-classes.ipynb``, or ``2026001.ipynb``
- ``moodle``: ``张伟_48213_assignsubmission_file/1-1-customer-classes.ipynb``, or the same in one name. The number is Moodle's, not the student's.
- ``chaoxing`` (学习通): ``2026001-张伟/1-1-customer-classes.ipynb``, ``物流1班_2026001_张伟_作业.ipynb``, ``张伟(2026001).ipynb``
"""

_GROUPS = {"student_id", "name", "first_name", "last_name"}
_ATTEMPT = re.compile(r"[(（](\d{1,3})[)）](?=\.ipynb|$)|(?:attempt|第)[ _-]?(\d{1,3})", re.IGNORECASE)


class SubmissionNames(FileNameCollectorPlugin):
    """nbgrader's reader of file names, with several patterns of which the first that fits counts."""

    patterns = List(Unicode(), help="regular expressions, tried in this order").tag(config=True)

    def collect(self, submitted_file: str) -> dict | None:
        """nbgrader's ``zip_collect`` calls this with a path; so do we."""
        path = unicodedata.normalize("NFKC", submitted_file.replace("\\", "/"))
        for pattern in self.patterns or [self.named_regexp]:
            found = re.match(pattern, path) or re.match(pattern, path.rpartition("/")[2])
            if found and found.groupdict():
                return {name: value for name, value in found.groupdict().items() if value}
        return None


@dataclass(frozen=True)
class Owner:
    """Whose a file is; or why that cannot be told.

    Attributes
    ----------
    student : str
        The student number; empty where `problem` says why.
    problem : str
    stamp : datetime or None
        The time that stands in the name.
    attempt : int
        The number that a platform or browser put in brackets; 0 for none.
    """

    student: str = ""
    problem: str = ""
    stamp: datetime | None = None
    attempt: int = 0


def pattern_of(name: str) -> tuple[str, ...]:
    """The regular expressions behind ``--pattern``: one of our names, or an expression.

    Raises
    ------
    ValueError
        It is neither, or it names no student.

    >>> len(pattern_of("chaoxing"))
    2
    """
    if name in PATTERNS:
        return PATTERNS[name]
    try:
        groups = set(re.compile(name).groupindex)
    except re.error as error:
        raise ValueError(
            _('"{pattern}" is none of {names}, and no regular expression: {reason}.').format(
                pattern=name, names=", ".join(PATTERNS), reason=error
            )
        ) from None
    if not groups & _GROUPS:
        raise ValueError(
            _('"{pattern}" is none of {names}. A regular expression must hold (?P<student_id>…) or (?P<name>…).').format(
                pattern=name, names=", ".join(PATTERNS)
            )
        )
    return (name,)


def owner_of(inside: str, source: str, roster: Mapping[str, str], *, pattern: Sequence[str] = (), sheets: Sequence[str] = ()) -> Owner:
    """Whose a file is.

    Parameters
    ----------
    inside : str
        Folders and name, within what was named on the command line.
    source : str
        The name of that archive or folder; it counts only where `inside` names nobody.
    roster : mapping
        Student number → name. Empty: every number is believed.
    pattern : sequence of str, optional
        Only these expressions; default: those of :data:`PATTERNS`, then any number or name of the class list that stands in the path.
    sheets : sequence of str
        The sheets of the course, by which nbgrader's own folders are known.

    Returns
    -------
    Owner

    >>> owner_of("2026001-张伟/a(1).ipynb", "", {"2026001": "张伟"})
    Owner(student='2026001', problem='', stamp=None, attempt=1)
    """
    path = unicodedata.normalize("NFKC", inside)
    attempt = _attempt(inside)
    if pattern:
        named = SubmissionNames(patterns=list(pattern)).collect(path)
        if named is None:
            return Owner(problem=_("Its name does not fit the pattern."), attempt=attempt)
        return _resolved(named, roster, attempt)
    for kind, expressions in PATTERNS.items():
        named = SubmissionNames(patterns=list(expressions)).collect(path)
        if named and not (kind == "nbgrader" and not _is_folder_of_ours(named, roster, sheets)):
            owner = _resolved(named, roster, attempt)
            if owner.student or kind == "moodle" or named.get("student_id") in roster:
                return owner
    owner = _searched(path, roster)
    if not owner.student and not owner.problem and source:
        owner = _searched(unicodedata.normalize("NFKC", source), roster)
    if not owner.student and not owner.problem:
        number = re.search(_NUMBER, path)
        told = _("{student} is not on the class list.").format(student=number["student_id"]) if number and roster else ""
        owner = Owner(problem=told or _("Its name says no student number and no name of the class list."))
    return Owner(owner.student, owner.problem, None, attempt)


def _is_folder_of_ours(named: Mapping[str, str], roster: Mapping[str, str], sheets: Sequence[str]) -> bool:
    if "sheet" in named:
        return named["sheet"] in sheets
    return named["student_id"] in roster


def _resolved(named: Mapping[str, str], roster: Mapping[str, str], attempt: int) -> Owner:
    stamp = _stamp(named.get("timestamp", ""))
    attempt = int(named["attempt"]) if named.get("attempt", "").isdigit() else attempt
    number = named.get("student_id", "").strip()
    name = named.get("name") or " ".join(filter(None, [named.get("last_name"), named.get("first_name")]))
    if number:
        if roster and number not in roster:
            return Owner(problem=_("{student} is not on the class list.").format(student=number), stamp=stamp, attempt=attempt)
        others = [student for student, other in roster.items() if name and other and same_name_key(other) == same_name_key(name)]
        if roster and others and number not in others:
            told = _("The number {student} is that of {name}, but the file says {other}.")
            problem = told.format(student=number, name=roster[number], other=tidy_name(name))
            return Owner(problem=problem, stamp=stamp, attempt=attempt)
        return Owner(number, "", stamp, attempt)
    owner = _named(name, roster)
    return Owner(owner.student, owner.problem, stamp, attempt)


def _named(name: str, roster: Mapping[str, str]) -> Owner:
    """The one student of this name; a platform may have put a group's name and a hyphen before it."""
    for written in dict.fromkeys((name, name.rpartition("-")[2])):
        found = [student for student, other in roster.items() if other and same_name_key(other) == same_name_key(written)]
        if len(found) == 1:
            return Owner(found[0])
        if found:
            return Owner(problem=_several(tidy_name(written), found))
    return Owner(problem=_("{name} is not on the class list.").format(name=tidy_name(name)))


def _several(name: str, students: Sequence[str]) -> str:
    told = _("{count} students are called {name} ({students}); put the student number in the name.")
    return told.format(count=len(students), name=name, students=", ".join(sorted(students)))


def _searched(path: str, roster: Mapping[str, str]) -> Owner:
    """The one student whose number, or else whose name, stands anywhere in the path."""
    numbers = [student for student in roster if re.search(rf"(?<![0-9A-Za-z]){re.escape(student)}(?![0-9A-Za-z])", path)]
    if len(numbers) == 1:
        return Owner(numbers[0])
    if numbers:
        return Owner(problem=_("Its name holds the numbers of several students: {students}.").format(students=", ".join(numbers)))
    plain = path.replace(" ", "").casefold()
    names = {name for name in roster.values() if len(name) > 1 and name.replace(" ", "").casefold() in plain}
    names = {name for name in names if not any(name != other and name in other for other in names)}
    found = [student for student, name in roster.items() if name in names]
    if len(found) == 1:
        return Owner(found[0])
    if len(names) == 1:
        return Owner(problem=_several(next(iter(names)), found))
    if names:
        return Owner(problem=_("Its name holds the names of several students: {students}.").format(students=", ".join(sorted(names))))
    return Owner()


def _attempt(inside: str) -> int:
    found = _ATTEMPT.findall(inside)
    return int(next(filter(None, found[-1]))) if found else 0


def _stamp(text: str) -> datetime | None:
    digits = re.sub(r"\D", "", text)
    for length, form in ((14, "%Y%m%d%H%M%S"), (12, "%Y%m%d%H%M"), (8, "%Y%m%d")):
        if len(digits) >= length:
            try:
                return datetime.strptime(digits[:length], form)
            except ValueError:
                return None
    return None
