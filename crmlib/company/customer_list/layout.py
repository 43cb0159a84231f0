"""Where the list stands on its sheet: what is above it, its headings, its rows, and what is below it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from crmlib.company.customer_list.cells import blank
from crmlib.company.customer_list.headings import Field, Heading, Unit, assign, heading, plain, score, unit_line, words
from crmlib.company.customer_list.report import Notes
from crmlib.company.customer_list.sheets import Sheet
from crmlib.i18n import _

_SHOWN = 12


@dataclass(frozen=True)
class Layout:
    """The columns of a list, its rows with their numbers in Excel, and the unit of money that a line above it names."""

    fields: list[Field]
    numbers: list[int]
    rows: list[list[object]]
    unit: Unit | None


def lay_out(sheet: Sheet, wanted: Mapping[str, str | None], notes: Notes) -> Layout:
    """Find the list on `sheet`; every row that does not belong to it is noted as dropped.

    Parameters
    ----------
    sheet : as opened
    wanted : the reader's own headings by `key`, each with the column it means
    notes : where to write down what was found

    Raises
    ------
    ValueError
        No row names the customers by number or name, two headings mean one column, or nothing stands below the headings.
    """
    found = score(sheet.rows, wanted)
    if not found[0]:
        raise ValueError(_no_headings(sheet))
    top = -found[2]
    bottom = max([last - 1 for first, _left, last, _right in sheet.merged if first == top + 1 < last], default=top)
    width = max(map(len, sheet.rows))
    rows = [row + [None] * (width - len(row)) for row in sheet.rows]
    unit = _above(rows[:top], notes)
    fields = assign(_headings(rows, top, bottom), wanted)
    notes.add("read", _("The headings stand in this row."), row=top + 1, count=bottom - top + 1)
    body = list(enumerate(rows))[bottom + 1 :]
    if not any(any(cell is not None for cell in row) for _position, row in body):
        raise ValueError(
            _("There are no customers below the headings in row {row}. Check that the list is in this file.").format(row=bottom + 1)
        )
    _fill_merged(rows, fields, sheet, bottom, notes)
    kept = _customers(body, fields, sheet, notes)
    used = [field for field in fields if field.heading.text or any(row[field.position] is not None for _number, row in kept)]
    named = [field if field.heading.text else _nameless(field) for field in used]
    return Layout(named, [number for number, _row in kept], [row for _number, row in kept], unit)


def _no_headings(sheet: Sheet) -> str:
    position = next(position for position, row in enumerate(sheet.rows) if row)
    shown = ", ".join(" ".join(str(cell).split())[:40] for cell in sheet.rows[position][:_SHOWN] if cell is not None)
    return _(
        "No row of headings was found: none names the customers by number or by name. Row {row} reads: {cells}. "
        'Say which heading is which, for example mapping={{"Customer": "customer_id"}}.'
    ).format(row=position + 1, cells=shown)


def _above(rows: list[list[object]], notes: Notes) -> Unit | None:
    unit = None
    for position, row in enumerate(rows):
        filled = [cell for cell in row if cell is not None]
        notes.add("dropped", _("It stands above the headings.") if filled else _("The row is empty."), row=position + 1, text=_shown(row))
        unit = next((read for cell in filled if isinstance(cell, str) and (read := unit_line(cell))), unit)
    return unit


def _headings(rows: list[list[object]], top: int, bottom: int) -> list[Heading]:
    columns = zip(*rows[top : bottom + 1], strict=True)
    return [heading(" ".join(dict.fromkeys(str(cell).strip() for cell in column if cell is not None))) for column in columns]


def _nameless(field: Field) -> Field:
    from openpyxl.utils import get_column_letter

    return Field(
        field.position,
        Heading(f"column_{get_column_letter(field.position + 1)}", ""),
        why=_("The column has no heading; it was named after its letter."),
    )


def _fill_merged(rows: list[list[object]], fields: list[Field], sheet: Sheet, bottom: int, notes: Notes) -> None:
    from crmlib.company.customer_list.headings import columns

    kinds = {field.position: columns()[field.column].dtype for field in fields if field.column}
    for first, left, last, _right in sheet.merged:
        position = left - 1
        if first - 1 <= bottom or first == last or position not in kinds:
            continue
        value, column = rows[first - 1][position], fields[position].column
        if kinds[position] == "number":
            why = _("One cell is merged over the rows {first}–{last}. Its number was left in the first of them alone.")
            notes.add("check", why.format(first=first, last=last), column=column, row=first, text=value, count=last - first + 1)
            continue
        for below in rows[first : min(last, len(rows))]:
            below[position] = value
        why = _("One cell is merged over the rows {first}–{last}. What it says was taken for each of them.")
        notes.add("converted", why.format(first=first, last=last), column=column, row=first, text=value, count=last - first + 1)


def _customers(body: list[tuple[int, list[object]]], fields: list[Field], sheet: Sheet, notes: Notes) -> list[tuple[int, list[object]]]:
    places = {field.column: field.position for field in fields if field.column}
    headings = [field.heading.text for field in fields]
    headed = max(field.position for field in fields if field.heading.text) + 1
    kept: list[tuple[int, list[object]]] = []
    empty = 0
    for position, row in body:
        number = position + 1
        if all(cell is None for cell in row):
            empty += 1
            continue
        _note_empty(empty, number, notes)
        empty = 0
        why = _no_customer(row, places, headings)
        if why:
            notes.add("dropped", why, row=number, text=_shown(row))
            continue
        kept.append((number, row))
        if sheet.is_text and any(cell is not None for cell in row[headed:]):
            notes.add(
                "check",
                _("The row has more cells than there are headings; perhaps a comma inside a cell split it."),
                row=number,
                text=_shown(row),
            )
        if sheet.is_text and any("\n" in str(cell) for cell in row):
            notes.add(
                "check", _("A cell goes over several lines; a stray quotation mark may have joined rows."), row=number, text=_shown(row)
            )
    return kept


def _note_empty(count: int, below: int, notes: Notes) -> None:
    if count:
        notes.add("dropped", _("The row is empty."), row=below - count, count=count)


def _no_customer(row: list[object], places: Mapping[str, int], headings: list[str]) -> str:
    """Why `row` is no customer, or "" when it is one."""
    filled = [cell for cell in row if not blank(cell)]
    identity = [row[places[column]] for column in ("customer_id", "name") if column in places]
    named = [cell for cell in identity if not blank(cell)]
    if [" ".join(str(cell).split()) if cell is not None else "" for cell in row] == headings:
        return _("The headings are repeated.")
    by_id = "customer_id" in places and not blank(row[places["customer_id"]])
    if any(
        _total().fullmatch(re.sub(r"\s", "", plain(cell)))
        for cell in (named[:1] if by_id else [*named, *filled[:1]])
        if isinstance(cell, str)
    ):
        return _("It is a total, not a customer.")
    if len(headings) > 2 and filled and all(isinstance(cell, str) and _remark().match(plain(cell)) for cell in filled):
        return _("It is a remark, not a customer.")
    return "" if named else _("It has neither a customer number nor a name.")


@cache
def _total() -> re.Pattern:
    known = "|".join(re.escape(re.sub(r"\s", "", word)) for word in words()["words"]["total"])
    return re.compile(rf"(?:{known})[:(]?[\d,.家户个条行共笔元万)]*:?")


@cache
def _remark() -> re.Pattern:
    return re.compile(rf"(?:{'|'.join(map(re.escape, words()['words']['note']))})\s*\d*\s*[:、.]")


def _shown(row: list[object]) -> str:
    return " | ".join(str(cell).strip() for cell in row if cell is not None)
