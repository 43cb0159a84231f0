"""Orders of events that cannot be: within a row, between a row and the one it refers to, and along the steps of one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmlib.company.contract import Table


class Impossible(NamedTuple):
    """Rows of a table whose `column` lies before what comes first (`kind` order), after what comes last (beyond), or before an earlier step
    of the same `other` (step)."""

    kind: str
    column: str
    other: str
    rows: np.ndarray


def impossible(frames: Mapping[str, pd.DataFrame], contract: Table, contracts: Mapping[str, Table]) -> Iterator[Impossible]:
    """What the contract says of a table's moments and does not hold.

    Parameters
    ----------
    frames : tables by name, in the contract's types; what refers to a table that is not there is passed over
    contract, contracts : of the table to look at, and of all tables by name

    >>> from crmlib.company.schema import TABLES
    >>> frames = {"salespeople": pd.DataFrame({"joined_on": pd.to_datetime(["2025-03-01"]), "left_on": pd.to_datetime(["2025-02-01"])})}
    >>> [(found.column, found.other, found.rows.tolist()) for found in impossible(frames, TABLES["salespeople"], TABLES)]
    [('left_on', 'joined_on', [True])]
    """
    frame = frames[contract.name]
    for before, after in contract.orders:
        first, second = (_moments(frames, contract, name, contracts) for name in (before, after))
        if first is None or second is None:
            continue
        if _dtype(contract, after, contracts) == "date":
            first = first.astype("datetime64[D]")
        wrong = second < first
        if wrong.any():
            yield Impossible("beyond", before, after, wrong) if "." in after else Impossible("order", after, before, wrong)
    if contract.steps and all(name in frame for name in contract.steps):
        wrong = _backwards(frame, contract)
        if wrong.any():
            yield Impossible("step", contract.steps[2], contract.steps[0], wrong)


def _place(contract: Table, name: str) -> tuple[str, str, str]:
    """The table and the column that a name in `orders` means, and the reference that leads there ("": the row itself)."""
    if "." not in name:
        return contract.name, name, ""
    table, column = name.split(".")
    return table, column, next(each.name for each in contract.columns if each.ref.startswith(f"{table}."))


def _dtype(contract: Table, name: str, contracts: Mapping[str, Table]) -> str:
    table, column, _reference = _place(contract, name)
    return contracts[table][column].dtype


def _moments(frames: Mapping[str, pd.DataFrame], contract: Table, name: str, contracts: Mapping[str, Table]) -> np.ndarray | None:
    """The moments that `name` means for each row of the contract's table, or None where they are not to be had."""
    table, column, reference = _place(contract, name)
    frame, other = frames[contract.name], frames.get(table)
    if other is None or column not in other:
        return None
    if not reference:
        return other[column].to_numpy()
    key = contracts[table].key
    if reference not in frame or key not in other:
        return None
    known = other[other[key].notna()].drop_duplicates(key)
    place = pd.Index(known[key]).get_indexer(frame[reference])
    moments = np.append(known[column].to_numpy(), np.datetime64("NaT"))
    return np.where(frame[reference].isna().to_numpy(dtype=bool), np.datetime64("NaT"), moments[place])


def _backwards(frame: pd.DataFrame, contract: Table) -> np.ndarray:
    """Rows that lie before a row of the same thing whose step comes earlier."""
    thing, step, when = contract.steps
    rank = pd.Index(contract[step].categories).get_indexer(frame[step])
    things, moments = pd.factorize(frame[thing])[0], frame[when].to_numpy()
    rows = np.flatnonzero((things >= 0) & (rank >= 0) & ~np.isnat(moments))
    rows = rows[np.lexsort((moments[rows], rank[rows], things[rows]))]
    wrong = np.zeros(len(frame), dtype=bool)
    same, back = things[rows[1:]] == things[rows[:-1]], moments[rows[1:]] < moments[rows[:-1]]
    wrong[rows[1:][same & back]] = True
    return wrong
