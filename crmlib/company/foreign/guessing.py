"""Guessing which table a file of foreign make holds and what its headings mean, and how sure the guess is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from crmlib.company.contract import Column, Table
from crmlib.company.customer_list.headings import Heading, heading, key, words
from crmlib.company.naming import code_meant, table_meant
from crmlib.company.schema import TABLES

_SEARCHED_ROWS = 50
_CLOSE = 0.75
_ENOUGH = 3


class Guess(NamedTuple):
    """A column that a heading may mean, and whether that is beyond doubt."""

    column: str
    sure: bool


def _listed(contract: Table, column: Column) -> list[str]:
    own = words()["tables"].get(contract.name, {}).get(column.name, [])
    if contract.name == "customers":
        return [*own, *words()["columns"].get(column.name, [])]
    if not column.ref:
        return own
    other, target = column.ref.split(".")
    vague = {key(word) for word in words()["tables"]["vague"]}
    there = words()["columns"].get(target, []) if other == "customers" else []
    return [*own, *(word for word in there if key(word) not in vague)]


@lru_cache(maxsize=256)
def known_headings(contract: Table) -> dict[str, str]:
    """What headings of a table are known to mean: names and labels of the contract first, then the synonyms of ``headings.toml``.

    >>> known_headings(TABLES["waybills"])[key("快递单号")]
    'waybill_id'
    """
    known: dict[str, str] = {}
    for column in contract.columns:
        for word in (column.name, column.zh, column.en):
            known.setdefault(key(word), column.name)
    for column in contract.columns:
        for word in _listed(contract, column):
            known.setdefault(key(word), column.name)
    return known


def guess(read: Heading, contract: Table) -> Guess | None:
    """The column of `contract` that a heading means.

    >>> guess(heading("运单号"), TABLES["waybills"]), guess(heading("新运单号"), TABLES["waybills"]).sure
    (Guess(column='waybill_id', sure=True), False)
    """
    known = known_headings(contract)
    if not read.key:
        return None
    exact = known.get(read.key) or known.get(key(read.text))
    if exact:
        return Guess(exact, not _odd_unit(read, contract[exact]))
    near = difflib.get_close_matches(read.key, known, n=1, cutoff=_CLOSE)
    inside = [word for word in known if len(word) >= (4 if word.isascii() else 2) and word in read.key]
    best = near[0] if near else max(inside, key=len, default=None)
    return Guess(known[best], False) if best else None


def _odd_unit(read: Heading, column: Column) -> bool:
    """Whether the heading names a unit in which the column cannot be read for sure."""
    if column.dtype != "number":
        return False
    if read.unit is not None:
        return read.unit.foreign or (read.unit.money and column.unit != "yuan")
    return bool(read.aside) and key(read.aside) != key(column.unit) and weight_scale(read, column) is None


def weight_scale(read: Heading, column: Column) -> float | None:
    """What a heading's unit of weight multiplies by to give kilograms; None where it names none.

    >>> weight_scale(heading("重量（克）"), TABLES["waybills"]["weight_kg"])
    0.001
    """
    return words()["weights"].get(key(read.aside)) if column.unit == "kg" and read.aside else None


def headings_of(rows: Sequence[Sequence[object]]) -> int:
    """The position of the row that looks most like headings of some table; the first filled row if none does.

    >>> headings_of([["2026 年 9 月"], [], ["运单号", "重量"], ["W1", "2"]])
    2
    """
    best, place = (0, 0), next((position for position, row in enumerate(rows) if any(cell is not None for cell in row)), 0)
    for position, row in enumerate(rows[:_SEARCHED_ROWS]):
        texts = [cell for cell in row if isinstance(cell, str) and cell.strip()]
        if len(texts) < min(2, len(row)):
            continue
        found = most_recognised(texts)
        if found and (found, len(texts)) > best:
            best, place = (found, len(texts)), position
    return place


def most_recognised(texts: Sequence[str]) -> int:
    """How many columns of that table the texts are known to mean that they fit best.

    >>> most_recognised(["运单号", "重量(kg)", "电话"])
    2
    """
    keys = {heading(text).key for text in texts}
    return max(len({known[word] for word in keys & known.keys()}) for known in map(known_headings, TABLES.values()))


def recognised(texts: Sequence[object], contract: Table) -> int:
    """How many columns of `contract` the texts are known to mean.

    >>> recognised(["运单号", "重量(kg)", "电话"], TABLES["waybills"])
    2
    """
    known = known_headings(contract)
    return len({column for text in texts if (column := known.get(heading(text).key))})


def guess_table(titles: Sequence[str], headings: Sequence[str]) -> tuple[str | None, bool]:
    """The table that a file holds, by its titles (name of the sheet, of the file) and its headings; and whether that is beyond doubt.

    >>> guess_table(["9月运单"], ["单号", "寄件时间", "计费重量(kg)"]), guess_table(["data"], ["a", "b"])
    (('waybills', True), (None, False))
    """
    counts = {name: recognised(headings, contract) for name, contract in TABLES.items()}
    named = next((name for title in titles if (name := _titled(title))), None)
    if named and counts[named]:
        return named, True
    first, second = sorted(counts, key=counts.get, reverse=True)[:2]
    if counts[first] >= _ENOUGH and counts[first] > counts[second] and any(
        column.key and column.name in {known_headings(TABLES[first]).get(heading(text).key) for text in headings}
        for column in TABLES[first].columns
    ):
        return first, True
    return (named or (first if counts[first] else None)), False


def _titled(title: str) -> str | None:
    """The table whose name or label stands in a title, beside dates and numbers."""
    if whole := table_meant(title):
        return whole
    bare = key(re.sub(r"\d+\s*[年月日]?|表$", "", title))
    fits = {table.name for table in TABLES.values() for word in (table.name, table.zh.removesuffix("表"), table.en) if key(word) == bare}
    return fits.pop() if len(fits) == 1 else None


@lru_cache(maxsize=1024)
def _usual_words(column: Column) -> dict[str, str]:
    listed = words()["values"].get(column.name, {})
    return {key(word): value.code for value in column.values for word in listed.get(value.code, ())}


def code_guessed(word: object, column: Column) -> str | None:
    """The code that a cell of a category column means, by code, label or a usual word for it.

    >>> code_guessed("次日达", TABLES["waybills"]["product"])
    'express'
    """
    return code_meant(word, column) or _usual_words(column).get(key(word))
