"""Filling the contract's tables from rows of foreign make, with an account of every row and cell that did not come through."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

import numpy as np
import pandas as pd

from crmlib.company.contract import Column, Table
from crmlib.company.customer_list.amounts import amount
from crmlib.company.customer_list.cells import blank
from crmlib.company.customer_list.headings import Heading, heading, plain, words
from crmlib.company.filling import filled
from crmlib.company.foreign.guessing import code_guessed, weight_scale
from crmlib.company.foreign.mapping import LEFT_OUT, Entry
from crmlib.company.foreign.sources import Source
from crmlib.company.reading import settle
from crmlib.company.schema import TABLES
from crmlib.i18n import _

_FIRST_SERIAL, _LAST_SERIAL = 18_000, 80_000
_LONGEST_TOTAL = 20


@dataclass
class Ledger:
    """What happened to one source: sentences with their places, and where its rows went."""

    source: Source
    table: str
    lines: list[tuple] = field(default_factory=list)
    headings: int = 0
    kept: int = 0
    dropped: int = 0

    def add(self, what: str, why: str, *, column: str = "", heading: str = "", row: int | None = None, text: object = "", count: int = 1):
        """Write down one line; a line "dropped" takes its rows off the account."""
        if what == "dropped":
            self.dropped += count
        shown = "" if text is None else str(text)[:200]
        self.lines.append((what, self.source.file, self.source.sheet, self.table, column, heading, row, shown, why, count))


def build(source: Source, entry: Entry) -> tuple[pd.DataFrame, Ledger]:
    """The rows of `source` as a part of a table, and the account of what happened on the way.

    Parameters
    ----------
    source : one table of foreign make
    entry : which table it is, and which columns its headings fill
    """
    ledger = Ledger(source, entry.table)
    rows, top = source.content.rows, source.top
    if entry.table == LEFT_OUT:
        if rows:
            ledger.add("dropped", _("The mapping leaves the whole file out."), row=1, text=_shown(rows[top]), count=len(rows))
        return pd.DataFrame(), ledger
    contract = TABLES[entry.table]
    _drop(ledger, [(position + 1, row) for position, row in enumerate(rows[:top])], _("It stands above the headings."))
    ledger.headings = 1 if rows else 0
    numbered = _records(list(enumerate(rows, start=1))[top + 1 :], source, entry, contract, ledger)
    ledger.kept = len(numbered)
    if source.content.merged:
        why = _("Cells are merged; a merged cell counts for its first row only.")
        ledger.add("check", why, row=source.content.merged[0][0], count=len(source.content.merged))
    if source.content.unstored:
        why = _("Formulas have no stored result. Open the file in Excel or WPS, save it, and read it again.")
        ledger.add("check", why, row=min(source.content.unstored)[0], count=len(source.content.unstored))
    return _frame(numbered, source, entry, contract, ledger), ledger


def _drop(ledger: Ledger, rows: Sequence[tuple[int, list[object]]], why: str) -> None:
    empty = [number for number, row in rows if all(cell is None for cell in row)]
    for number, row in rows:
        if any(cell is not None for cell in row):
            ledger.add("dropped", why, row=number, text=_shown(row))
    if empty:
        ledger.add("dropped", _("The row is empty."), row=empty[0], count=len(empty))


def _records(numbered: list, source: Source, entry: Entry, contract: Table, ledger: Ledger) -> list[tuple[int, list[object]]]:
    """The rows that are entries of the table: not empty, no repeated headings, no totals, no repetition of a row with its key."""
    headings = source.content.rows[source.top] if source.content.rows else []
    place = {column: position for position, text in enumerate(source.headings) if (column := entry.columns[text])}
    key = next((place[column.name] for column in contract.columns if column.key and column.name in place), None)
    seen: dict[tuple, int] = {}
    kept, refused = [], {}
    for number, row in numbered:
        why = ""
        if all(cell is None for cell in row):
            why = _("The row is empty.")
        elif row == headings:
            why = _("The headings are repeated.")
        elif _is_total(row, key):
            why = _("It is a total, not an entry.")
        elif key is not None and key < len(row) and row[key] is not None:
            first = seen.setdefault(tuple(map(str, row)), number)
            why = "" if first == number else _("It repeats row {row} in every cell.").format(row=first)
        if why:
            refused.setdefault(why, []).append((number, row))
        else:
            kept.append((number, row))
    for why, rows in refused.items():
        _drop(ledger, rows, why)
    return kept


@cache
def _totals() -> frozenset[str]:
    return frozenset(re.sub(r"\s", "", plain(word)) for word in words()["words"]["total"])


def _is_total(row: list[object], key: int | None) -> bool:
    position, word = next((place, cell) for place, cell in enumerate(row) if cell is not None)
    if not isinstance(word, str) or len(word) > _LONGEST_TOTAL or word[-1:].isdigit():
        return False
    if re.sub(r"[\s:：]", "", plain(word)) not in _totals():
        return False
    return key is None or position == key or key >= len(row) or blank(row[key])


def _frame(numbered: list, source: Source, entry: Entry, contract: Table, ledger: Ledger) -> pd.DataFrame:
    numbers = np.array([number for number, _row in numbered], dtype=int)
    columns: dict[str, pd.Series] = {}
    for position, text in enumerate(source.headings):
        cells = [row[position] if position < len(row) else None for _number, row in numbered]
        entered = sum(cell is not None for cell in cells)
        if entry.columns[text] == LEFT_OUT:
            if entered:
                ledger.add("left_out", _("The mapping leaves this column out."), heading=text, count=entered)
            continue
        column = contract[entry.columns[text]]
        ledger.add("mapped", _("It fills the column."), column=column.name, heading=text, count=entered)
        columns[column.name] = _column(cells, numbers, column, heading(text), source, ledger)
    given = pd.DataFrame(columns, index=range(len(numbered)))
    whole, told = filled(given, contract)
    for column in contract.columns:
        if column.name not in columns:
            ledger.add(*_absent(column, told), column=column.name)
    return whole[[name for name in contract.names if name in whole]]


def _absent(column: Column, told: Mapping[str, str]) -> tuple[str, str]:
    """What became of a column that no heading means."""
    if column.name not in told:
        return "absent", _("No heading means it, and the table needs it.")
    if not told[column.name]:
        return "absent", _("No heading means it; it was left empty.")
    source, known, unknown = column.told_by
    told_by = _(
        "No heading means it, so {source} told it: “{known}” where a cell is filled, “{unknown}” where it is empty. "
        "Other values cannot be told in this way."
    )
    return "derived", told_by.format(source=source, known=known, unknown=unknown)


def _column(cells: list[object], numbers: np.ndarray, column: Column, head: Heading, source: Source, ledger: Ledger) -> pd.Series:
    where = {"column": column.name, "heading": head.text}
    if column.dtype == "number" and (scale := _scale(head, column)) != 1:
        share = column.unit.startswith("share")
        read = [None if cell is None else amount(cell, scale=scale, share=share, stored=False).value for cell in cells]
        cells = [cell if value is None else value for cell, value in zip(cells, read, strict=True)]
        ledger.add("converted", _("The heading names a unit, so each number was multiplied by {scale:g}.").format(scale=scale), **where)
    if column.dtype in ("date", "datetime") and not source.content.is_text:
        cells = [_from_serial(cell, source.content.epoch) for cell in cells]
    given = pd.Series(cells, dtype=object)
    settled = settle(given, column, meant=code_guessed)
    if settled.bad.any():
        first = int(settled.bad.argmax())
        why = _("Cells that cannot be read were left empty.")
        ledger.add("unreadable", why, row=int(numbers[first]), text=cells[first], count=int(settled.bad.sum()), **where)
        settled = settle(given.where(~settled.bad, None), column, meant=code_guessed)
    return settled.values


def _scale(head: Heading, column: Column) -> float:
    if (weight := weight_scale(head, column)) is not None:
        return weight
    if head.unit is None or head.unit.foreign:
        return 1
    return head.unit.scale if column.unit in ("yuan", "count") or (head.unit.scale < 1 and column.unit.startswith("share")) else 1


def _from_serial(cell: object, epoch: datetime) -> object:
    """Excel's day number as a moment: exports often lose the format that would show it as one."""
    from openpyxl.utils.datetime import from_excel

    serial = isinstance(cell, (int, float)) and not isinstance(cell, bool) and _FIRST_SERIAL <= cell <= _LAST_SERIAL
    return from_excel(cell, epoch) if serial else cell


def _shown(row: Sequence[object]) -> str:
    return " | ".join(str(cell).strip() for cell in row if cell is not None)
