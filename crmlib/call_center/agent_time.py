"""How much of the agents' time goes into calls."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import numpy as np
import pandas as pd

from crmlib.call_center.estimates import CallMetric, estimate
from crmlib.call_center.groups import CLOCK, DAY, clock_part, group_names
from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _

_DAY, _HALF = 86_400_000_000, 1_800_000_000
_SHIFTS = ("agent_id", "actual_start", "actual_end", "planned_start", "planned_end", "break_start", "break_end")


def occupancy(calls: object, shifts: pd.DataFrame, *, by: str | Sequence[str] | None = None, level: float = 0.95) -> CallMetric:
    """Share of the time at the phone that agents spend on calls.

    Answers: are those who are on duty busy or waiting?

    Base: seconds of talk and after-call work ÷ seconds logged on, less the planned break. Absence and breaks are not under the line: for
    the share of the time that is paid see :func:`utilisation`. Work counts in the half hour in which it is done, not in that of the call's
    arrival. A call finished in the break counts above the line only, so that a half hour may come out above 100 %.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        answered_at, handle_seconds; agent_id
    shifts : DataFrame, one row a shift
        agent_id, planned_start, planned_end, break_start, break_end, actual_start, actual_end (both missing where the agent was absent)
        Only shifts of the period that the calls are from; both must be cut at the same days.
    by : "half_hour", "hour", "weekday", "day", "month", "agent", or a list of these; optional
    level : float, 0–1

    Returns
    -------
    CallMetric
        `.table`, one row a group: seconds_worked, seconds_on_duty, occupancy_share, low, high

    Raises
    ------
    ValueError
        A column is missing or holds text; a shift ends before it begins; the group is another.

    Source: occupancy, 工时占用率, the usual definition.

    >>> moment = lambda hour: pd.to_datetime([f"2026-11-02 {hour}"])
    >>> calls = pd.DataFrame({"agent_id": ["a"], "answered_at": moment("09:00"), "handle_seconds": [1800.0]})
    >>> shifts = pd.DataFrame({"agent_id": ["a"], "planned_start": moment("08:00"), "planned_end": moment("12:00"), "actual_start":
    ...     moment("08:00"), "actual_end": moment("12:00"), "break_start": moment("10:00"), "break_end": moment("11:00")})
    >>> round(occupancy(calls, shifts).value, 4), utilisation(calls, shifts).value
    (0.1667, 0.125)
    """
    return _share(calls, shifts, by, level, "occupancy_share", _on_duty, _occupancy_words)


def utilisation(calls: object, shifts: pd.DataFrame, *, by: str | Sequence[str] | None = None, level: float = 0.95) -> CallMetric:
    """Share of the time on the roster that agents spend on calls.

    Answers: of each hour that we pay, how much reaches a caller?

    Base: seconds of talk and after-call work ÷ seconds on the roster, breaks and absence included. It is never what a schedule should drive
    up alone: who is busy all the time leaves callers waiting.

    Parameters
    ----------
    calls, shifts, by, level : as in :func:`occupancy`

    Returns
    -------
    CallMetric
        `.table`, one row a group: seconds_worked, seconds_paid, utilisation_share, low, high

    Raises
    ------
    ValueError
        As in :func:`occupancy`.

    Source: utilisation, 工时利用率; some firms leave the breaks out, so ask before comparing.

    >>> moment = lambda hour: pd.to_datetime([f"2026-11-02 {hour}"])
    >>> calls = pd.DataFrame({"agent_id": ["a"], "answered_at": moment("09:00"), "handle_seconds": [3600.0]})
    >>> shifts = pd.DataFrame({"agent_id": ["a"], "planned_start": moment("08:00"), "planned_end": moment("12:00"), "actual_start":
    ...     moment("08:00"), "actual_end": moment("12:00"), "break_start": moment("10:00"), "break_end": moment("11:00")})
    >>> utilisation(calls, shifts).value
    0.25
    """
    return _share(calls, shifts, by, level, "utilisation_share", _paid, _utilisation_words)


def _share(calls, shifts, by, level, name, under, wording) -> CallMetric:
    names = group_names(by)
    unknown = [each for each in names if each not in (*CLOCK, "agent_id")]
    if unknown:
        raise ValueError(
            _("Agents' time cannot be grouped by {name}. Use: {known}.").format(name=unknown[0], known=", ".join((*CLOCK, "agent")))
        )
    if not isinstance(shifts, pd.DataFrame):
        raise ValueError(_("{name} must be a pandas table; this is a {kind}.").format(name="shifts", kind=type(shifts).__name__))
    require_columns(shifts.columns, _SHIFTS)
    worked = _worked(calls)
    column = "seconds_on_duty" if under is _on_duty else "seconds_paid"
    parts = [_cells(worked, names, "seconds_worked")] + [_cells(part, names, column, sign) for part, sign in under(shifts)]
    cells = pd.concat(parts, ignore_index=True).fillna({"seconds_worked": 0.0, column: 0.0})
    cells = cells.groupby([*names, DAY], as_index=False, observed=True).sum()
    return estimate(cells, name=name, top="seconds_worked", bottom=column, unit="time_share", by=names, level=level, wording=wording)


def _worked(calls: object) -> pd.DataFrame:
    """Agent, beginning and end (microseconds) of the work on each answered call."""
    frame = nw.from_native(calls, pass_through=True)
    if not isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        raise ValueError(_("calls must be a pandas, polars or DuckDB table; this is a {kind}.").format(kind=type(calls).__name__))
    wanted = ["agent_id", "answered_at", "handle_seconds"]
    require_columns(frame.collect_schema().names(), wanted)
    taken = frame.select(*wanted).filter(~nw.col("answered_at").is_null())
    native = taken.to_native()
    table = (
        native if isinstance(native, pd.DataFrame) else (taken.collect("pyarrow") if isinstance(taken, nw.LazyFrame) else taken).to_pandas()
    )
    begin = _moments(table, "answered_at", "calls")
    if not pd.api.types.is_numeric_dtype(table["handle_seconds"]):
        raise ValueError(_("{column} holds {kind}, not numbers. Convert it first: pd.to_numeric(calls.{column}).").format(
            column="handle_seconds", kind=table["handle_seconds"].dtype))  # fmt: skip
    seconds = table["handle_seconds"].to_numpy(dtype=float, na_value=np.nan)
    refuse_rows(pd.Series(~(seconds >= 0), index=table.index), _("An answered call has no handle_seconds of 0 or more"),
                _("Mend or drop these rows."))  # fmt: skip
    return pd.DataFrame({"agent": table["agent_id"].array, "begin": begin, "end": begin + (seconds * 1e6).astype(np.int64)})


def _moments(table: pd.DataFrame, name: str, whose: str) -> np.ndarray:
    if not pd.api.types.is_datetime64_any_dtype(table[name]):
        raise ValueError(
            _("{column} holds text, not moments. Convert it first: pd.to_datetime({table}.{column}).").format(column=name, table=whose)
        )
    times = table[name].dt.tz_localize(None) if table[name].dt.tz is not None else table[name]
    return times.to_numpy(dtype="datetime64[us]").view(np.int64)


def _span(shifts: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    begin, end = _moments(shifts, first, "shifts"), _moments(shifts, last, "shifts")
    there = (shifts[first].notna() & shifts[last].notna()).to_numpy()
    refuse_rows(pd.Series(there & (end < begin), index=shifts.index), _("{last} lies before {first}").format(first=first, last=last),
                _("Mend or drop these rows."))  # fmt: skip
    return pd.DataFrame({"agent": shifts["agent_id"].array, "begin": begin, "end": end})[there]


def _on_duty(shifts: pd.DataFrame) -> list[tuple[pd.DataFrame, int]]:
    """Time logged on, and what of the break lies in it, which counts against it."""
    here = shifts[shifts["actual_start"].notna() & shifts["actual_end"].notna()]
    on, pause = _span(here, "actual_start", "actual_end"), _span(here, "break_start", "break_end")
    pause = pause.assign(begin=np.maximum(pause["begin"], on["begin"].reindex(pause.index)),
                         end=np.minimum(pause["end"], on["end"].reindex(pause.index)))  # fmt: skip
    return [(on, 1), (pause[pause["end"] > pause["begin"]], -1)]


def _paid(shifts: pd.DataFrame) -> list[tuple[pd.DataFrame, int]]:
    return [(_span(shifts, "planned_start", "planned_end"), 1)]


def _cells(spans: pd.DataFrame, names: Sequence[str], column: str, sign: int = 1) -> pd.DataFrame:
    """The seconds of the spans by group and day; a span that runs over the half hour counts in both."""
    begin, end = spans["begin"].to_numpy(dtype=np.int64), spans["end"].to_numpy(dtype=np.int64)
    first = begin // _HALF
    pieces = np.maximum((end - 1) // _HALF - first, 0) + 1
    row = np.repeat(np.arange(len(spans)), pieces)
    slot = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    seconds = (np.minimum(end[row], (slot + 1) * _HALF) - np.maximum(begin[row], slot * _HALF)) / 1e6 * sign
    found = {DAY: slot * _HALF // _DAY, column: seconds}
    for name in names:
        if name == "agent_id":
            found[name] = spans["agent"].array.take(row)
        else:
            place, parts = clock_part(slot * _HALF, name)
            found[name] = parts.take(place).array
    return pd.DataFrame(found).groupby([*names, DAY], as_index=False, observed=True).sum()


def _occupancy_words() -> tuple[str, str]:
    return _("Occupancy"), _("Base: seconds of talk and after-call work, over seconds logged on less breaks.")


def _utilisation_words() -> tuple[str, str]:
    return _("Utilisation"), _("Base: seconds of talk and after-call work, over seconds on the roster, breaks and absence included.")
