"""Which table, column or category value a word means: its name in the contract, or its label in either language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from crmlib.company.contract import Column, Table
from crmlib.company.customer_list.headings import key
from crmlib.company.schema import TABLES


def _names(entries: Iterable[tuple[str, Sequence[str]]]) -> dict[str, str]:
    """Each spelling with the one name it can mean. As it stands counts before letters and digits alone; what is ambiguous means nothing."""
    entries = list(entries)
    known = {name: name for name, _words in entries}
    for spelled in (str, key):
        fresh: dict[str, set[str]] = {}
        for name, words in entries:
            for word in (name, *words):
                fresh.setdefault(spelled(word), set()).add(name)
        known |= {word: min(names) for word, names in fresh.items() if len(names) == 1 and word and word not in known}
    return known


def _meant(word: object, known: dict[str, str]) -> str | None:
    text = str(word).strip()
    return known.get(text) or known.get(key(text))


def table_meant(word: object) -> str | None:
    """The table that the name of a file or sheet means, or None.

    >>> table_meant("运单表"), table_meant("Customers"), table_meant("总部")
    ('waybills', 'customers', None)
    """
    return _meant(word, _names((table.name, (table.zh, table.en)) for table in TABLES.values()))


@lru_cache(maxsize=256)
def _column_names(table: Table) -> dict[str, str]:
    return _names((column.name, (column.zh, column.en)) for column in table.columns)


def column_meant(heading: object, table: Table) -> str | None:
    """The column of `table` that a heading means, or None.

    >>> column_meant("运费收入", TABLES["waybills"]), column_meant("Picked up at", TABLES["waybills"])
    ('price_yuan', 'picked_up_at')
    """
    return _meant(heading, _column_names(table))


@lru_cache(maxsize=1024)
def _codes(column: Column) -> dict[str, str]:
    return _names((value.code, (value.zh, value.en)) for value in column.values)


def code_meant(word: object, column: Column) -> str | None:
    """The code that a cell of a category column means by code or label, or None.

    >>> code_meant("同城", TABLES["waybills"]["scope"]), code_meant("Other cities", TABLES["waybills"]["scope"])
    ('same_city', 'domestic')
    """
    return _meant(word, _codes(column))
