"""One pass over the calls: what every metric divides, counted by group and day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from crmlib.call_center.groups import (
    CLOCK,
    DAY,
    clock_expression,
    codes_of,
    column_of,
    microseconds,
    require_calls,
    require_groups,
)
from crmlib.checks import refuse_rows
from crmlib.i18n import _

_TIMES = ("entered_queue_at", "answered_at", "agent_id", "repeat_of")
_FLAGS = ("abandoned", "left_in_ivr", "solved_in_ivr", "bot", "resolved_first_contact", "transferred")
_SECONDS = ("wait_seconds", "talk_seconds", "handle_seconds")
_WHOLE_TABLE = 4_000_000
"""Up to so many cells, groups × days are counted in one array; beyond, only those that occur."""


@dataclass(frozen=True)
class Sum:
    """What is added up: the calls for which all of `conditions` hold, or of these a column, or its square.

    A condition is a column that has an entry ("answered_at"), is yes ("abandoned"), or (column, seconds) where it is at most so many.
    """

    conditions: tuple[str | tuple[str, float], ...] = ()
    column: str | None = None
    less: str | None = None
    squared: bool = False

    @property
    def columns(self) -> set[str]:
        """The columns that must be there."""
        named = {each if isinstance(each, str) else each[0] for each in self.conditions}
        return named | {name for name in (self.column, self.less) if name}


def call_sums(calls: object, sums: dict[str, Sum], *, by: Sequence[str] = (), days_apart: bool = True) -> pd.DataFrame:
    """Add up the calls by group and day, in one pass, whatever kind of table they stand in.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        arrived_at and the columns that `sums` and `by` name. They are read, not changed.
    sums : what to add up, by name
    by : names of groups, as in :func:`crmlib.call_center.connection_rate`
    days_apart : bool
        False adds the days of a group up too, which is quicker where no interval is wanted.

    Returns
    -------
    DataFrame, pandas, one row a group and day with calls
        a column a group (those in `by`), the day where days stand apart, and a column a sum. Calls without a group (an empty agent) are
        left out.

    Raises
    ------
    ValueError
        A column is missing or holds something else than moments, seconds or yes and no; there are no calls.

    >>> calls = pd.DataFrame({"arrived_at": pd.to_datetime(["2026-11-02 09:00", "2026-11-02 09:10"]), "bot": [True, False]})
    >>> call_sums(calls, {"calls": Sum(), "bot": Sum(("bot",))}, by=["hour"])[["hour", "calls", "bot"]].values.tolist()
    [[9, 2, 1]]
    """
    frame = nw.from_native(calls, pass_through=True)
    if not isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        raise ValueError(_("calls must be a pandas, polars or DuckDB table; this is a {kind}.").format(kind=type(calls).__name__))
    have = frame.collect_schema().names()
    needed = set().union(*(each.columns for each in sums.values()))
    require_groups(by, have)
    require_calls(have, sorted(needed))
    native = frame.to_native()
    add_up = _in_arrays if isinstance(native, pd.DataFrame) else _in_expressions
    found = add_up(native if isinstance(native, pd.DataFrame) else frame, sums, by, needed, days_apart)
    if found.empty:
        raise ValueError(_("There are no calls. Check the filter that they come from."))
    return found


def _in_arrays(calls: pd.DataFrame, sums: dict[str, Sum], by: Sequence[str], needed: set[str], days_apart: bool) -> pd.DataFrame:
    moments = microseconds(calls["arrived_at"], "arrived_at")
    if not len(calls):
        return pd.DataFrame()
    levels = [codes_of(calls, name, moments) for name in by]
    if days_apart:
        day = moments // 86_400_000_000
        first = int(day.min())
        levels.append((day - first, pd.Index(np.arange(first, int(day.max()) + 1), name=DAY)))
    if any(len(groups) == 0 for _codes, groups in levels):
        return pd.DataFrame()
    key, size, known = np.zeros(len(calls), dtype=np.int64), 1, None
    for codes, groups in levels:
        key, size = codes if size == 1 else key * len(groups) + codes, size * len(groups)
        if groups.name != DAY and (codes < 0).any():
            known = codes >= 0 if known is None else known & (codes >= 0)
    columns = {name: _column(calls[name], name) for name in needed}
    if known is not None:
        key, columns = key[known], {name: values[known] for name, values in columns.items()}
    cells = None
    if size > _WHOLE_TABLE:
        cells, key = np.unique(key, return_inverse=True)
        key, size = key.reshape(-1), len(cells)
    there, added = _added(sums, columns, key, size)
    place, found = there if cells is None else cells[there], {}
    for name, (_codes, groups) in reversed(list(zip([*by, DAY], levels, strict=False))):
        place, code = np.divmod(place, len(groups))
        found[name] = groups.take(code).array
    return pd.DataFrame({**{name: found[name] for name in reversed(found)}, **added})


def _added(sums: dict[str, Sum], columns: dict[str, np.ndarray], key: np.ndarray, size: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Which cells have calls, and their sums.

    What is only counted is counted for all conditions at once: each call's answers to them are the bits of one number, and those numbers
    are counted by cell.
    """
    holds = {each: _holds(each, columns) for each in dict.fromkeys(condition for one in sums.values() for condition in one.conditions)}
    bits = {each: place for place, each in enumerate(holds)}
    at_once = size << len(bits) <= _WHOLE_TABLE
    if at_once:
        # Narrow numbers halve the time: the memory is what the pass waits for.
        narrow = np.uint16 if len(bits) <= 16 else np.int64
        answers = np.zeros(len(key), dtype=narrow)
        for each, place in bits.items():
            answers |= holds[each].astype(narrow) << narrow(place)
        table = np.bincount((key << len(bits)) | answers, minlength=size << len(bits)).reshape(size, -1)
        kinds = np.arange(table.shape[1])
        count = table.sum(axis=1)
    else:
        count = np.bincount(key, minlength=size)
    there, added, rows = np.flatnonzero(count), {}, {}
    for name, each in sums.items():
        if each.column is None and at_once:
            wanted = sum(1 << bits[condition] for condition in each.conditions)
            added[name] = table[:, kinds & wanted == wanted].sum(axis=1)[there]
            continue
        if each.conditions not in rows:
            # Picking the rows first keeps what is missing in the others out of the sum.
            chosen = np.logical_and.reduce([holds[condition] for condition in each.conditions]) if each.conditions else None
            rows[each.conditions] = slice(None) if chosen is None else np.flatnonzero(chosen)
        picked = rows[each.conditions]
        if each.column is None:
            added[name] = np.bincount(key[picked], minlength=size)[there]
            continue
        weights = columns[each.column][picked] - (columns[each.less][picked] if each.less else 0.0)
        added[name] = np.bincount(key[picked], weights * weights if each.squared else weights, minlength=size)[there]
    return there, added


def _holds(condition: str | tuple[str, float], columns: dict[str, np.ndarray]) -> np.ndarray:
    return columns[condition] if isinstance(condition, str) else columns[condition[0]] <= condition[1]


def _column(values: pd.Series, name: str) -> np.ndarray:
    """Whether there is an entry, yes or no, or seconds as floats, by what the column is for."""
    if name in _TIMES:
        return values.notna().to_numpy()
    if name in _SECONDS:
        if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            raise ValueError(_("{column} holds {kind}, not numbers. Convert it first: pd.to_numeric(calls.{column}).").format(
                column=name, kind=values.dtype))  # fmt: skip
        found = values.to_numpy(dtype=float, na_value=np.nan)
        if (found < 0).any():
            refuse_rows(pd.Series(found < 0, index=values.index), _("{name} is negative").format(name=name), _("Mend or drop these rows."))
        return found
    if not pd.api.types.is_bool_dtype(values):
        wrong = ~values.isin([True, False])
        refuse_rows(wrong, _("{name} is neither yes nor no").format(name=name), _("Turn it into True and False first."))
        values = values.astype(bool)
    missing = values.isna()
    refuse_rows(missing, _("{name} is missing").format(name=name), _("Fill it in, or drop these rows."))
    return values.to_numpy(dtype=bool)


def _in_expressions(
    frame: nw.DataFrame | nw.LazyFrame, sums: dict[str, Sum], by: Sequence[str], needed: set[str], days_apart: bool
) -> pd.DataFrame:
    schema = frame.collect_schema()
    kind = schema["arrived_at"]
    if not isinstance(kind, (nw.Datetime, type(nw.Datetime))) and kind != nw.Datetime:
        raise ValueError(_("{column} holds text, not moments. Convert it first: pd.to_datetime({table}.{column}).").format(
            column="arrived_at", table="calls"))  # fmt: skip
    _require_kinds(schema, needed)
    names = list(schema.names())
    groups = {name: clock_expression(name) if name in CLOCK and column_of(name, names) == "arrived_at" else nw.col(column_of(name, names))
              for name in by}  # fmt: skip
    bad = frame.select(
        nw.col("arrived_at").is_null().sum().alias("arrived_at"),
        *((nw.col(name) < 0).sum().alias(name) for name in sorted(needed) if name in _SECONDS),
        *(nw.col(name).is_null().sum().alias(name) for name in sorted(needed) if name in _FLAGS),
    )
    for name, count in _collected(bad).iloc[0].items():
        if pd.notna(count) and count:
            raise ValueError((_("{name} is negative in {count} call(s). Mend or drop these rows.") if name in _SECONDS else
                              _("{name} is missing in {count} call(s). Fill it in, or drop these rows.")).format(
                                  name=name, count=int(count)))  # fmt: skip
    parts = [*by, *([DAY] if days_apart else [])]
    prepared = frame.select(
        **groups, **({DAY: nw.col("arrived_at").dt.truncate("1d")} if days_apart else {}),
        **{f"sum {name}": _expression(each) for name, each in sums.items()},
    )  # fmt: skip
    for name in by:
        prepared = prepared.filter(~nw.col(name).is_null())
    totals = {name: nw.col(f"sum {name}").sum() for name in sums}
    added = prepared.group_by(*parts).agg(**totals) if parts else prepared.select(**totals)
    found = _collected(added)
    found = found.sort_values(parts, ignore_index=True) if parts else found.dropna(how="all")
    if days_apart:
        found[DAY] = found[DAY].to_numpy(dtype="datetime64[us]").view(np.int64) // 86_400_000_000
    for name in set(by) & {"day", "month"}:
        found[name] = pd.to_datetime(found[name]).dt.as_unit("us")
    for name, each in sums.items():
        found[name] = found[name].astype("float64" if each.column else "int64")
    return found


def _expression(each: Sum) -> nw.Expr:
    holds = []
    for condition in each.conditions:
        column, most = (condition, None) if isinstance(condition, str) else condition
        holds.append(nw.col(column) <= most if most is not None else ~nw.col(column).is_null() if column in _TIMES else nw.col(column))
    amount = nw.lit(1) if each.column is None else nw.col(each.column).cast(nw.Float64)
    if each.less:
        amount = amount - nw.col(each.less).cast(nw.Float64)
    amount = amount * amount if each.squared else amount
    zero = nw.lit(0) if each.column is None else nw.lit(0.0)
    return nw.when(nw.all_horizontal(*holds, ignore_nulls=False)).then(amount).otherwise(zero) if holds else amount


def _require_kinds(schema: nw.Schema, needed: Iterable[str]) -> None:
    for name in sorted(needed):
        if name in _SECONDS and not schema[name].is_numeric():
            raise ValueError(_("{column} holds {kind}, not numbers. Convert it first: pd.to_numeric(calls.{column}).").format(
                column=name, kind=schema[name]))  # fmt: skip
        if name in _FLAGS and schema[name] != nw.Boolean:
            raise ValueError(_("{column} holds {kind}, not yes and no. Turn it into True and False first.").format(
                column=name, kind=schema[name]))  # fmt: skip


def _collected(frame: nw.DataFrame | nw.LazyFrame) -> pd.DataFrame:
    return (frame.collect("pyarrow") if isinstance(frame, nw.LazyFrame) else frame).to_pandas()
