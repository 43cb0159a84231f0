"""Hold tables to their contracts, and say in a sentence what breaks one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlib.company.schema import TABLES, Column, Table
from crmlib.i18n import _


def check_tables(tables: Mapping[str, pd.DataFrame]) -> None:
    """Raise a ValueError for the first broken contract among `tables`, which already have the contract's columns and types.

    >>> from crmlib.company import lark
    >>> check_tables(lark().tables)
    """
    for name, frame in tables.items():
        _check_rows(frame, TABLES[name])
    for name, frame in tables.items():
        for column in TABLES[name].columns:
            if column.ref:
                _check_reference(frame, name, column, tables)


def _check_rows(frame: pd.DataFrame, table: Table) -> None:
    import pandera.errors

    try:
        table.pandera_schema().validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        name = next(column for column in table.names if column in set(cases["column"]))
        cases = cases[cases["column"] == name]
        cases = cases[cases["check"] == cases["check"].iloc[0]].dropna(subset="index")
        raise ValueError(_sentence(frame, table, table[name], str(cases["check"].iloc[0]), cases["index"].astype(int).to_numpy())) from None


def _sentence(frame: pd.DataFrame, table: Table, column: Column, check: str, rows: np.ndarray) -> str:
    place = {"table": table.name, "column": column.name, "count": len(rows), "rows": _rows(frame, table, column, rows)}
    values = ", ".join(dict.fromkeys(str(value) for value in frame[column.name].iloc[rows[:3]]))
    if check == "not_nullable":
        return _("Table {table}: {column} is missing in {count} row(s), first {rows}. Fill it in or take the rows out.").format(**place)
    if check == "field_uniqueness":
        return _("Table {table}: {column} must identify a row, but {values} stand(s) more than once ({count} rows, first {rows}). "
                 "Take the repetitions out.").format(values=values, **place)  # fmt: skip
    if check.startswith("isin"):
        return _("Table {table}: {column} has the unknown value(s) {values} in {count} row(s), first {rows}. "
                 "Permitted: {permitted}.").format(values=values, permitted=", ".join(column.categories), **place)  # fmt: skip
    return _("Table {table}: {column} is below {low} or no finite number in {count} row(s), first {rows}: {values}. "
             "Correct the rows or take them out.").format(low=column.low, values=values, **place)  # fmt: skip


def _rows(frame: pd.DataFrame, table: Table, column: Column, rows: np.ndarray) -> str:
    """The first rows, by the key where it can be told, else counted from 1 below the heading."""
    keys = frame[table.key].iloc[rows[:3]]
    if column.key or keys.isna().any():
        return ", ".join(str(row + 1) for row in rows[:3])
    return ", ".join(keys)


def _check_reference(frame: pd.DataFrame, name: str, column: Column, tables: Mapping[str, pd.DataFrame]) -> None:
    other, key = column.ref.split(".")
    bad = np.flatnonzero(~frame[column.name].isin(tables[other][key]))
    if len(bad):
        raise ValueError(_("Table {table}: {column} in {count} row(s) is not in the table {other}, first {values} in {rows}. "
                           "Add the missing entries to {other} or take the rows out.").format(
            table=name, column=column.name, count=len(bad), other=other, values=frame[column.name].iloc[bad[0]],
            rows=_rows(frame, TABLES[name], column, bad)))  # fmt: skip
