"""Hold tables to their contracts, and find everything at once that breaks one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from crmlib.company.contract import DTYPES, Column, Table
from crmlib.company.filling import filled
from crmlib.company.findings import Finding, Report, report
from crmlib.company.reading import settle
from crmlib.company.schema import TABLES
from crmlib.company.sequence import impossible
from crmlib.i18n import language

_SHOWN = 3
_LONGEST = 60


def check_tables(tables: Mapping[str, pd.DataFrame], *, about: Mapping[str, Any] | None = None) -> None:
    """Raise a ValueError that tells every broken contract among `tables`.

    >>> from crmlib.company import lark
    >>> check_tables({"customers": lark().customers})
    """
    found = validate(tables, about=about)
    if not found.ok:
        raise ValueError(found.summary())


def validate(
    tables: Mapping[str, pd.DataFrame], *, about: Mapping[str, Any] | None = None, also: Iterable[Finding] = (), unread: Iterable[str] = (),
    added: Mapping[str, str] | None = None,
) -> Report:  # fmt: skip
    """Look at everything the contracts say of `tables`, in the active language.

    Parameters
    ----------
    tables : some of a firm's tables by name; a value is looked at as it would be read, so days may stand there as text
    about : what is known of the data; the day "end" is the last that a moment may name
    also : what was found already when the tables were read
    unread : what was in the place besides tables
    added : "table.column" that was filled in when the tables were read, and the column that told it

    >>> from crmlib.company import lark
    >>> validate({"customers": lark().customers.assign(region="moon")}).table[["table", "column", "rows"]].values.tolist()
    [['customers', 'region', 2000]]
    """
    findings, told = [*also], dict(added or {})
    unchecked = []
    readable: dict[str, pd.DataFrame] = {}
    for name, given in tables.items():
        contract = TABLES[name]
        frame, bad = settled_table(given, contract)
        frame, new = filled(frame, contract, silent=[column for column in contract.names if f"{name}.{column}" in told])
        told |= {f"{name}.{column}": source for column, source in new.items()}
        findings += _columns(given, new, contract)
        findings += [_found("unreadable", frame, column, rows, contract, dtype=contract[column].dtype) for column, rows in bad.items()]
        readable[name] = without_unreadable(frame, bad, contract)
        for column in contract.columns:
            if column.name in frame:
                findings += _column(readable[name], column, bad.get(column.name), contract, about or {})
        findings += _repeated(readable[name], contract)
    for name, frame in readable.items():
        findings += _orders(readable, TABLES[name])
        for column in TABLES[name].columns:
            other, target = (column.ref.split(".") if column.ref else ("", ""))
            if not other or column.name not in frame:
                continue
            if other in readable and target in readable[other]:
                findings += _astray(frame, column, TABLES[name], other, readable[other][target])
            else:
                unchecked.append(f"{name}.{column.name} → {other}")
    order = list(TABLES)
    findings.sort(key=lambda found: order.index(found.table) if found.table in order else -1)
    sizes = {name: len(frame) for name, frame in tables.items()}
    return report(findings, sizes=sizes, unread=unread, unchecked=unchecked, filled=told.items())


def settled_table(frame: pd.DataFrame, contract: Table) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """`frame` with the contract's columns first, each in its type if all of it can be read; and for the other columns the rows to blame.

    >>> contract = TABLES["customers"]
    >>> frame, bad = settled_table(pd.DataFrame({"note": ["x"], "market": ["企业客户"], "opened_on": ["soon"]}), contract)
    >>> frame.columns.tolist(), frame.market.tolist(), list(bad)
    (['market', 'opened_on', 'note'], ['corporate'], ['opened_on'])
    """
    frame = frame.reset_index(drop=True)
    read = {column.name: settle(frame[column.name], column) for column in contract.columns if column.name in frame}
    others = {name: frame[name] for name in frame.columns if name not in read}
    whole = pd.DataFrame({name: settled.values for name, settled in read.items()} | others, index=frame.index)
    return whole, {name: settled.bad for name, settled in read.items() if settled.bad.any()}


def whole_tables(tables: Mapping[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Every table settled and filled, and each "table.column" that was filled in with the column that told it.

    >>> from crmlib.company import lark
    >>> whole_tables({"customers": lark().customers.drop(columns="expected_growth")})[1]
    {'customers.expected_growth': ''}
    """
    whole, added = {}, {}
    for name, frame in tables.items():
        whole[name], new = filled(settled_table(frame, TABLES[name])[0], TABLES[name])
        added |= {f"{name}.{column}": source for column, source in new.items()}
    return whole, added


def without_unreadable(frame: pd.DataFrame, bad: Mapping[str, np.ndarray], contract: Table) -> pd.DataFrame:
    """`frame` with nothing where `settled_table` could not read something, and so with the contract's type in every column.

    >>> contract = TABLES["customers"]
    >>> frame, bad = settled_table(pd.DataFrame({"opened_on": ["soon", "2025-01-31"]}), contract)
    >>> without_unreadable(frame, bad, contract).opened_on.isna().tolist()
    [True, False]
    """
    return frame.assign(**{name: settle(frame[name].where(~rows, None), contract[name]).values for name, rows in bad.items()})


def _columns(frame: pd.DataFrame, new: Mapping[str, str], contract: Table) -> Iterator[Finding]:
    missing = [column for column in contract.columns if column.name not in frame]
    for column in missing:
        if column.name not in new:
            meaning = column.meaning_zh if language() == "zh" else column.meaning_en
            yield Finding("no_column", contract.name, column.name, detail={"meaning": meaning})
    for name in frame.columns:
        if name not in contract.names:
            yield Finding("extra_column", contract.name, str(name), detail={"missing": ", ".join(column.name for column in missing)})


def _column(
    frame: pd.DataFrame, column: Column, bad: np.ndarray | None, contract: Table, about: Mapping[str, Any]
) -> Iterator[Finding]:
    values = frame[column.name]
    gone = values.isna().to_numpy(dtype=bool)
    empty = gone if bad is None else gone & ~bad
    # A yes-or-no column has no room for an empty cell, whatever the contract would allow.
    if empty.any() and (not column.nullable or column.dtype == "yes_no"):
        yield _found("missing", frame, column.name, empty, contract)
    if column.values:
        strange = ~values.isin(column.categories).to_numpy(dtype=bool) & ~gone
        if strange.any():
            yield _found("unknown", frame, column.name, strange, contract, permitted=", ".join(column.categories))
    elif values.dtype == DTYPES["number"]:
        low = -np.inf if column.low is None else column.low
        outside = ~((values >= low) & np.isfinite(values)).to_numpy(dtype=bool) & ~gone
        if outside.any():
            yield _found("below", frame, column.name, outside, contract, low=None if column.low is None else f"{column.low:g}")
    elif values.dtype == DTYPES["date"] and not column.ahead and (end := _end(about)) is not None:
        late = (values >= end + pd.Timedelta(days=1)).to_numpy(dtype=bool)
        if late.any():
            yield _found("future", frame, column.name, late, contract, end=f"{end:%Y-%m-%d}")


def _end(about: Mapping[str, Any]) -> pd.Timestamp | None:
    end = pd.to_datetime(str(about.get("end", "")), errors="coerce", format="ISO8601")
    return None if pd.isna(end) else end.tz_localize(None).normalize()


def _repeated(frame: pd.DataFrame, contract: Table) -> Iterator[Finding]:
    keys = [column.name for column in contract.columns if column.key]
    if keys and all(name in frame for name in keys):
        twice = frame.duplicated(keys, keep=False).to_numpy(dtype=bool) & frame[keys].notna().all(axis=1).to_numpy(dtype=bool)
        if twice.any():
            yield _found("repeated", frame, keys[0], twice, contract)


def _orders(frames: Mapping[str, pd.DataFrame], contract: Table) -> Iterator[Finding]:
    for found in impossible(frames, contract, TABLES):
        names = {"order": "before", "beyond": "after", "step": "thing"}
        yield _found(found.kind, frames[contract.name], found.column, found.rows, contract, **{names[found.kind]: found.other})


def _astray(frame: pd.DataFrame, column: Column, contract: Table, other: str, known: pd.Series) -> Iterator[Finding]:
    import pyarrow as pa
    import pyarrow.compute as pc

    # Series.isin would make a Python string of every known one.
    found = pc.is_in(pa.array(frame[column.name]), value_set=pa.array(known)).to_numpy(zero_copy_only=False)
    lost = ~found & frame[column.name].notna().to_numpy(dtype=bool)
    if lost.any():
        yield _found("astray", frame, column.name, lost, contract, other=other)


def _found(kind: str, frame: pd.DataFrame, column: str, rows: np.ndarray, contract: Table, **detail: object) -> Finding:
    where = np.flatnonzero(rows)
    values = [str(value) for value in frame[column].iloc[where[: _SHOWN * 20]]]
    shown = ", ".join(value if len(value) <= _LONGEST else value[:_LONGEST] + "…" for value in list(dict.fromkeys(values))[:_SHOWN])
    return Finding(kind, contract.name, column, len(where), _rows(frame, contract, column, where[:_SHOWN]), detail | {"values": shown})


def _rows(frame: pd.DataFrame, contract: Table, column: str, rows: np.ndarray) -> str:
    """The first rows, by the key where one column is the key and can be told, else counted from 1 below the headings."""
    keys = [each.name for each in contract.columns if each.key]
    if len(keys) != 1 or keys[0] == column or keys[0] not in frame or frame[keys[0]].iloc[rows].isna().any():
        return ", ".join(str(row + 1) for row in rows)
    return ", ".join(map(str, frame[keys[0]].iloc[rows]))
