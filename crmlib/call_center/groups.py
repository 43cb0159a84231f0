"""By what calls are grouped: parts of the clock, the line, the agent, or any column of their own."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.i18n import _

CLOCK = ("half_hour", "hour", "weekday", "day", "month")
"""Parts of the clock by which calls are grouped, all by the moment of arrival."""
DAY = "day of the call"
"""The day of arrival as a number since 1970, beside the groups: calls of one day are alike, so that intervals count days."""

_COLUMN = {"line": "ivr_path", "agent": "agent_id"}
_DAY, _HOUR = 86_400_000_000, 3_600_000_000


def group_names(by: str | Sequence[str] | None) -> tuple[str, ...]:
    """`by` as a tuple of parts of the clock and columns: a line is the menu choice, an agent his number; none for None.

    >>> group_names("hour"), group_names(["line", "agent"]), group_names(None)
    (('hour',), ('ivr_path', 'agent_id'), ())
    """
    names = (by,) if isinstance(by, str) else tuple(by or ())
    names = tuple(_COLUMN.get(name, name) if isinstance(name, str) else name for name in names)
    if any(not isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise ValueError(_('by is {by}. Give a name such as "hour", "day", "line" or "agent", or a list of different names.').format(by=by))
    return names


def column_of(name: str, have: Sequence[str]) -> str:
    """The column that a group is read from: arrived_at for parts of the clock that are no column of their own.

    >>> column_of("hour", []), column_of("team", ["team"])
    ('arrived_at', 'team')
    """
    return "arrived_at" if name in CLOCK and name not in have else name


def require_groups(names: Sequence[str], have: Sequence[str]) -> None:
    """Refuse a group that these calls cannot be sorted by.

    >>> require_groups(["hour", "role"], ["arrived_at", "role"])
    """
    for name in names:
        if column_of(name, have) not in have:
            raise ValueError(
                _("Calls cannot be grouped by {name}: it is no part of the clock ({clock}) and no column. They have: {have}.").format(
                    name=name, clock=", ".join(CLOCK), have=", ".join(map(str, have))
                )
            )


def refuse_agent(names: Sequence[str], metric: str) -> None:
    """A call that nobody answered has no agent, so that a metric which counts such calls does not exist by agent.

    >>> refuse_agent(["hour"], "connection_rate")
    """
    if "agent_id" in names:
        raise ValueError(_(
            "{metric} cannot be grouped by agent: a call that nobody answered belongs to no agent. "
            "Group it by hour, day or line; by agent there are average_handle_time, first_contact_resolution and occupancy."
        ).format(metric=metric))  # fmt: skip


def microseconds(times: pd.Series, name: str) -> np.ndarray:
    """Moments as whole microseconds since 1970 by the wall clock; text and missing moments are refused.

    >>> microseconds(pd.Series(pd.to_datetime(["1970-01-01 00:00:01"])), "arrived_at").tolist()
    [1000000]
    """
    if not pd.api.types.is_datetime64_any_dtype(times):
        raise ValueError(_("{column} holds text, not moments. Convert it first: pd.to_datetime({table}.{column}).").format(
            column=name, table="calls"))  # fmt: skip
    times = times.dt.tz_localize(None) if times.dt.tz is not None else times
    found = times.to_numpy(dtype="datetime64[us]").view(np.int64)
    missing = found == np.iinfo(np.int64).min
    if missing.any():
        raise ValueError(_("{column} is missing in {count} row(s), first {row}. Fill it in, or drop these rows.").format(
            column=name, count=int(missing.sum()), row=times.index[missing.argmax()]))  # fmt: skip
    return found


def clock_part(moments: np.ndarray, name: str) -> tuple[np.ndarray, pd.Index]:
    """Each moment's place among the parts of the clock called `name`, and those parts in order.

    >>> clock_part(np.array([0, 90_000_000_000]), "hour")[0].tolist()
    [0, 1]
    >>> clock_part(np.array([90_000_000_000]), "weekday")[1].tolist()
    [1, 2, 3, 4, 5, 6, 7]
    """
    if name == "half_hour":
        return moments // (_HOUR // 2) % 48, pd.Index(np.arange(48) / 2, name=name)
    if name == "hour":
        return moments // _HOUR % 24, pd.Index(range(24), name=name)
    days = moments // _DAY
    if name == "weekday":
        return (days + 3) % 7, pd.Index(range(1, 8), name=name)
    first, last = (int(days.min()), int(days.max())) if len(days) else (0, -1)
    every = pd.DatetimeIndex(np.arange(first, last + 1).astype("datetime64[D]").astype("datetime64[us]"), name=name)
    if name == "day":
        return days - first, every
    months, order = np.unique(every.year * 12 + every.month - 1, return_inverse=True)
    starts = pd.DatetimeIndex([f"{month // 12}-{month % 12 + 1:02}-01" for month in months], name=name).as_unit("us")
    return order.reshape(-1)[days - first], starts


def codes_of(calls: pd.DataFrame, name: str, moments: np.ndarray) -> tuple[np.ndarray, pd.Index]:
    """Each call's place among the groups called `name` (-1 where it has none), and the groups in order.

    >>> calls = pd.DataFrame({"role": ["sender", None, "recipient"]})
    >>> codes_of(calls, "role", np.zeros(3))[0].tolist()
    [1, -1, 0]
    """
    column = column_of(name, list(calls.columns))
    if column == "arrived_at" and name in CLOCK:
        return clock_part(moments, name)
    codes, groups = pd.factorize(calls[column], sort=True)
    return codes, pd.Index(groups, name=name)


def clock_expression(name: str) -> nw.Expr:
    """The part of the clock as an expression over arrived_at, with the same values as :func:`clock_part`.

    >>> import narwhals as nw
    >>> moments = nw.from_native(pd.DataFrame({"arrived_at": pd.to_datetime(["2026-11-01 09:40"])}))
    >>> moments.select(hour=clock_expression("hour"), half=clock_expression("half_hour")).to_native().values.tolist()
    [[9.0, 9.5]]
    """
    arrived = nw.col("arrived_at").dt
    if name == "half_hour":
        late = nw.when(arrived.minute() >= 30).then(nw.lit(0.5)).otherwise(nw.lit(0.0))
        return arrived.hour().cast(nw.Float64) + late
    if name == "hour":
        return arrived.hour().cast(nw.Int64)
    if name == "weekday":
        return arrived.weekday().cast(nw.Int64)
    return arrived.truncate("1d") if name == "day" else arrived.truncate("1mo")


def require_calls(have: Sequence[str], wanted: Sequence[str]) -> None:
    """Refuse calls that lack a column.

    >>> require_calls(["arrived_at", "abandoned"], ["abandoned"])
    """
    require_columns(have, ["arrived_at", *wanted])
