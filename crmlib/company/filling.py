"""Columns that own data may lack: left empty where the contract allows that, or told by another column."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from crmlib.company.contract import DTYPES, Column, Table


def filled(frame: pd.DataFrame, contract: Table, *, silent: Collection[str] = ()) -> tuple[pd.DataFrame, dict[str, str]]:
    """`frame` with what it lacks of the contract, as far as that can be had, and the column that told each of the new ones ("": empty).

    Columns that are `silent`, because they were filled in themselves, tell nothing.

    >>> from crmlib.company.schema import TABLES
    >>> waybills = pd.DataFrame({"delivered_at": [pd.Timestamp("2025-03-01"), pd.NaT]})
    >>> whole, told = filled(waybills, TABLES["waybills"])
    >>> whole.status.tolist(), told
    (['signed', 'under_way'], {'status': 'delivered_at'})
    """
    known = [name for name in frame.columns if name not in silent]
    missing = [column for column in contract.columns if column.name not in frame]
    told = {column.name: source for column in missing if (source := _source(column, known)) is not None}
    if not told:
        return frame, {}
    new = {name: _values(frame, contract[name]) for name in told}
    order = [name for name in contract.names if name in frame or name in new]
    whole = frame.assign(**new)
    return whole[order + [name for name in frame.columns if name not in order]], told


def _source(column: Column, known: Collection[str]) -> str | None:
    """The column that tells one that is missing, "" where it may be empty; None where it cannot be had."""
    if column.told_by and column.told_by[0] in known:
        return column.told_by[0]
    return "" if column.nullable else None


def _values(frame: pd.DataFrame, column: Column) -> pd.Series:
    if not column.told_by:
        return pd.Series(None, index=frame.index, dtype=DTYPES[column.dtype])
    source, known, unknown = column.told_by
    return pd.Series(unknown, index=frame.index, dtype=DTYPES[column.dtype]).mask(frame[source].notna(), known)
