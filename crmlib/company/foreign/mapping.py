"""What each foreign file holds and its headings mean, as a small TOML file that a person can read, change and use again."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crmlib.company.foreign.sources import Source
from crmlib.company.schema import TABLES
from crmlib.i18n import _

LEFT_OUT = ""
"""Stands for the table or column of what is not taken over."""


@dataclass(frozen=True)
class Entry:
    """What one file, or one sheet of it, holds: the table, and for each heading the column it fills."""

    file: str
    sheet: str = ""
    table: str = LEFT_OUT
    columns: Mapping[str, str] = field(default_factory=dict)


def _quoted(text: str) -> str:
    return re.sub("[\x7f-\x9f]", lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def to_toml(entries: Iterable[Entry]) -> str:
    """The entries as a TOML document.

    >>> from_toml(to_toml([Entry("a.csv", "", "customers", {'k"1': "customer_id", "备注": ""})]), "mapping.toml")[0].columns
    {'k"1': 'customer_id', '备注': ''}
    """
    lines = [
        "# " + _("Which table each file holds, and which column each heading fills. An empty text leaves a file or a heading out."),
        "# " + _("Use it again with: crm company import FILE… --mapping mapping.toml --out DIR"),
    ]
    for entry in entries:
        lines += ["", "[[file]]", f"file = {_quoted(entry.file)}", f"sheet = {_quoted(entry.sheet)}", f"table = {_quoted(entry.table)}"]
        lines += ["[file.columns]", *(f"{_quoted(heading)} = {_quoted(column)}" for heading, column in entry.columns.items())]
    return "\n".join(lines) + "\n"


def read_mapping(path: str | Path) -> list[Entry]:
    """The entries in a file.

    Raises
    ------
    ValueError
        There is no such file, or it is no mapping.
    """
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(_("The mapping {path} cannot be read: {reason}.").format(path=path, reason=reason)) from None
    return from_toml(text, path)


def from_toml(text: str, name: object) -> list[Entry]:
    """The entries in a TOML document that is called `name` in sentences.

    Raises
    ------
    ValueError
        It is no TOML, lacks something, or names a table or column that the contract does not have, or one column for two headings.

    >>> from_toml('[[file]]\\nfile = "a.csv"\\ntable = ""', "mapping.toml")
    [Entry(file='a.csv', sheet='', table='', columns={})]
    """
    try:
        files = tomllib.loads(text).get("file", [])
        entries = [Entry(each["file"], each.get("sheet", ""), each["table"], dict(each.get("columns", {}))) for each in files]
        plain = all(isinstance(word, str) for each in entries for word in (each.file, each.sheet, each.table, *each.columns.values()))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        told = _("{path} is no mapping: {reason}. Make it anew by importing without it.")
        raise ValueError(told.format(path=name, reason=error)) from None
    if not entries or not plain:
        raise ValueError(_("{path} is no mapping: it needs [[file]] with file, table and columns, all of them text.").format(path=name))
    for entry in entries:
        _require_contract(entry, name)
    return entries


def _require_contract(entry: Entry, name: object) -> None:
    if entry.table == LEFT_OUT:
        return
    if entry.table not in TABLES:
        raise ValueError(_("{path}, {file}: there is no table {table}. There are: {tables}.").format(
            path=name, file=entry.file, table=entry.table, tables=", ".join(TABLES)))  # fmt: skip
    chosen = [column for column in entry.columns.values() if column != LEFT_OUT]
    known = TABLES[entry.table].names
    unknown = [column for column in chosen if column not in known]
    if unknown:
        raise ValueError(_("{path}, {file}: the table {table} has no column {unknown}. It has: {columns}.").format(
            path=name, file=entry.file, table=entry.table, unknown=", ".join(unknown), columns=", ".join(known)))  # fmt: skip
    twice = sorted({column for column in chosen if chosen.count(column) > 1})
    if twice:
        raise ValueError(_("{path}, {file}: two headings fill the column {column}. Empty one of them.").format(
            path=name, file=entry.file, column=", ".join(twice)))  # fmt: skip


def entry_for(source: Source, entries: Sequence[Entry], name: object) -> Entry:
    """The entry that speaks of `source`: of the same file and sheet, or else, for next month's file, with the same headings.

    Raises
    ------
    ValueError
        There is none, the source has headings of which the entry says nothing, or lacks some that it speaks of.
    """
    headings = source.headings
    same = [entry for entry in entries if (entry.file, entry.sheet) == (source.file, source.sheet)]
    alike = [entry for entry in entries if entry.columns and set(entry.columns) == set(headings)]
    if not same and not alike:
        raise ValueError(_("{path} says nothing of {source}, nor of a file with the headings {headings}. Import it once without "
                           "--mapping, or add it.").format(path=name, source=source.place, headings=", ".join(headings)))  # fmt: skip
    entry = (same or alike)[0]
    if entry.table == LEFT_OUT:
        return entry
    strange = [heading for heading in headings if heading not in entry.columns]
    lost = [heading for heading, column in entry.columns.items() if column != LEFT_OUT and heading not in headings]
    if strange or lost:
        raise ValueError(_("{source} does not fit {path}. New headings: {strange}. Missing headings: {lost}. Add the new ones to the "
                           "mapping (empty to leave one out) and take out or correct the missing ones.").format(
            source=source.place, path=name, strange=", ".join(strange) or "–", lost=", ".join(lost) or "–"))  # fmt: skip
    return entry
