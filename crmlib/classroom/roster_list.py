"""A school's class list, from Excel or CSV: where its headings stand, what its rows say, and everything that is wrong with them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from crmlib.classroom.person_names import tidy_name
from crmlib.i18n import _

_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "student": (
        "学号",
        "学生学号",
        "学工号",
        "学籍号",
        "学号工号",
        "学号/工号",
        "学员编号",
        "studentnumber",
        "studentid",
        "studentno",
        "idnumber",
        "id",
    ),
    "name": ("姓名", "学生姓名", "学员姓名", "真实姓名", "名字", "name", "fullname", "studentname"),
    "last": ("姓", "姓氏", "lastname", "surname", "familyname"),
    "first": ("名", "firstname", "givenname"),
    "group": ("班级", "行政班", "行政班级", "教学班", "所在班级", "班级名称", "班", "class", "group", "section"),
    "email": ("邮箱", "电子邮箱", "电子邮件", "email", "emailaddress"),
    "lms_user_id": ("用户名", "账号", "登录名", "username", "lmsuserid"),
}
_FIELDS = {heading: field for field, headings in _HEADINGS.items() for heading in headings}
_LOOKED_AT = 40
_LONGEST = 128
_MOST_DIGITS = 15
_NUMBER = re.compile(r"\w(?:[\w.@-]*\w)?")
_FOOTERS = re.compile(r"^(合计|总计|共计|共|人数|总人数|备注|注|说明|制表|班主任|辅导员|任课教师|total|note)", re.IGNORECASE)
_WINDOWS_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One student of a list."""

    student: str
    name: str = ""
    group: str = ""
    email: str = ""
    lms_user_id: str = ""

    def over(self, older: Entry | None) -> Entry:
        """This entry, with what it does not say taken from an older one."""
        if older is None:
            return self
        return Entry(**{field.name: getattr(self, field.name) or getattr(older, field.name) for field in fields(self)})


@dataclass(frozen=True)
class StudentList:
    """The entries of a list, and sentences on what was passed over."""

    entries: tuple[Entry, ...]
    remarks: tuple[str, ...] = ()


def read_list(path: Path | str) -> StudentList:
    """Read a class list.

    Raises
    ------
    ValueError
        It is no class list, or rows cannot be used: one sentence for each, all at once.
    """
    from crmlib.company.customer_list.sheets import open_sheet

    path = Path(path)
    if path.is_dir():
        raise ValueError(_("{path} is a folder. Name the file in it that holds the class list.").format(path=path))
    rows = open_sheet(path, None, _score).rows
    place = _heading_row(rows)
    columns = _columns(rows[place]) if place is not None else {}
    if "student" not in columns or not {"name", "last", "first"} & set(columns):
        raise ValueError(
            _("{file}: no row of headings with 学号 (student number) and 姓名 (name) was found. Name these two columns so.").format(
                file=path.name
            )
        )
    return _entries(rows, place, columns, path.name)


def _score(rows: Sequence[Sequence[object]]) -> tuple[int, int, int]:
    place = _heading_row(rows)
    columns = _columns(rows[place]) if place is not None else {}
    return (int("student" in columns), len(columns), len(rows) if columns else max(map(len, rows), default=0))


def _heading_row(rows: Sequence[Sequence[object]]) -> int | None:
    known = [(len(_columns(row)) + ("student" in _columns(row)), -number) for number, row in enumerate(rows[:_LOOKED_AT])]
    best = max(known, default=(0, 0))
    return -best[1] if best[0] >= 2 else None


def _columns(row: Sequence[object]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(row):
        if isinstance(cell, str):
            plain = re.sub(r"[\s_*＊:：.．、（）()]+", "", unicodedata.normalize("NFKC", cell)).casefold()
            if (field := _FIELDS.get(plain)) is not None:
                found.setdefault(field, place)
    return found


def _entries(rows: Sequence[Sequence[object]], place: int, columns: Mapping[str, int], file: str) -> StudentList:
    problems, remarks = [], []
    entries: dict[str, Entry] = {}
    first_row: dict[str, int] = {}
    for number, row in enumerate(rows[place + 1 :], start=place + 2):
        cells = {field: row[column] if column < len(row) else None for field, column in columns.items()}
        words = {field: "" if value is None else str(value).strip() for field, value in cells.items()}
        if not any(words.values()) or _columns(row) == dict(columns):
            continue
        first_word = next((str(value).strip() for value in row if value is not None and str(value).strip()), "")
        if _FOOTERS.match(first_word) and not words.get("name"):
            remarks.append(_("Row {row} is no student and was passed over: {text}").format(row=number, text=first_word))
            continue
        student, problem = _student_number(cells["student"])
        name = tidy_name(words.get("name") or _joined(words))
        if problem:
            problems.append(_("row {row}: {problem}").format(row=number, problem=problem))
            continue
        entry = Entry(student, name, tidy_name(words.get("group", "")), words.get("email", ""), words.get("lms_user_id", ""))
        key = student.casefold()
        if not name:
            remarks.append(_("Row {row}: student {student} has no name.").format(row=number, student=student))
        if key not in entries:
            entries[key], first_row[key] = entry, number
        elif entries[key].student == student and entries[key].name == name:
            remarks.append(
                _("Rows {first} and {row} are the same student, {student}.").format(first=first_row[key], row=number, student=student)
            )
        else:
            problems.append(
                _("rows {first} and {row}: one student number for two, {one} and {other}.").format(
                    first=first_row[key], row=number, one=f"{entries[key].student} {entries[key].name}", other=f"{student} {name}"
                )
            )
    if problems:
        told = _("{file}: nothing was taken over, because {count} things are wrong:").format(file=file, count=len(problems))
        raise ValueError("\n".join([told, *problems]))
    if not entries:
        raise ValueError(_("{file}: there are headings, and no students below them.").format(file=file))
    return StudentList(tuple(entries.values()), tuple(remarks))


def _joined(words: Mapping[str, str]) -> str:
    last, first = words.get("last", ""), words.get("first", "")
    if any(ord(character) > 0x2E7F for character in last + first):
        return last + first
    return f"{first} {last}".strip()


def _student_number(value: object) -> tuple[str, str]:
    """A student number as text, or a sentence on why it is none."""
    if value is None or not str(value).strip():
        return "", _("there is a name, but no student number.")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if abs(value) >= 10**_MOST_DIGITS:
            return "", _too_long(f"{value:.0f}")
        text = f"{value:.0f}" if value == int(value) else str(value)
    else:
        text = unicodedata.normalize("NFKC", str(value)).replace("\u200b", "").replace("\ufeff", "").strip().lstrip("'’`").strip()
        text = re.sub(r"\s+", "", text)
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", text):
        return "", _too_long(text)
    text = re.sub(r"(?<=\d)\.0+$", "", text)
    if text.startswith("-") or not _NUMBER.fullmatch(text) or len(text) > _LONGEST or ".." in text:
        return "", _('"{text}" is no student number: letters, digits and - . @ _ only.').format(text=text[:40])
    if _WINDOWS_NAMES.fullmatch(text):
        return "", _('"{text}" cannot be the name of a folder on Windows.').format(text=text)
    return text, ""


def _too_long(text: str) -> str:
    return _("the spreadsheet has lost digits of the number ({text}). Format the column as text and type it again.").format(text=text)
