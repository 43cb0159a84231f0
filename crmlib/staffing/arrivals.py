"""Calls counted by half hour: the table that forecasts, needs and rosters begin with, and the same as a grid of days and times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import clean, clean_column
from crmlib.i18n import _
from crmlib.segments.per_customer import day
from crmlib.standards import get

_DAY = 1440
_MOST_DAYS = 20_000


@dataclass(frozen=True, eq=False)
class Grid:
    """Calls by day and time of day. `counts` has one row a day of `days` (all calendar days, NaN where a day is lacking) and one column
    a time of `minutes` (since midnight); `step` is the length of an interval in minutes."""

    days: pd.DatetimeIndex
    minutes: np.ndarray
    counts: np.ndarray
    step: int

    @property
    def totals(self) -> np.ndarray:
        """Calls a day; NaN where the day is lacking."""
        return self.counts.sum(axis=1)

    def before(self, moment: pd.Timestamp) -> Grid:
        """The days before `moment`."""
        keep = self.days < moment
        return Grid(self.days[keep], self.minutes, self.counts[keep], self.step)

    def starts(self, days: pd.DatetimeIndex) -> np.ndarray:
        """The beginnings of the intervals of `days`, day by day."""
        moments = days.to_numpy().astype("datetime64[us]")[:, None] + self.minutes.astype("timedelta64[m]")
        return moments.astype("datetime64[us]").ravel()


def arrivals_per_interval(
    calls: pd.DataFrame, *, moment: str = "entered_queue_at", minutes: int | None = None, first: object = None, last: object = None,
    hours: tuple[float, float] | None = None, repeats: bool = True,
) -> pd.DataFrame:  # fmt: skip
    """Count calls by half hour, those without any call too.

    Answers: how many calls come when?

    Parameters
    ----------
    calls : DataFrame, one row a call
        The column `moment`, and repeat_of where `repeats` is False.
    moment : name of the column of moments
        "entered_queue_at": calls that want an agent; those that never queued have none and do not count. "arrived_at": all calls.
    minutes : length of an interval, a divisor of a day, optional
        Without it: the standard staffing.interval_hours.
    first, last : date or text, optional
        First and last day to count; without them those of the first and last call. Give them where days without a call stand at the ends.
    hours : (from, to) of the clock, such as (8, 21), optional
        Only calls within; without it the span in which calls came at all.
    repeats : bool
        False leaves out calls on a matter that somebody called about before: those come back because we failed, not because parcels move.

    Returns
    -------
    DataFrame, one row an interval of every day: starts_at, calls

    Raises
    ------
    ValueError
        A column is lacking, no call is left, `minutes` does not divide a day, `hours` or days are the wrong way round.

    Source: the calls themselves.

    >>> calls = pd.DataFrame({"arrived_at": pd.to_datetime(["2026-11-02 08:10", "2026-11-02 08:20", "2026-11-02 09:05"])})
    >>> arrivals_per_interval(calls, moment="arrived_at")["calls"].tolist()
    [2, 0, 1]
    """
    step = _step(minutes)
    wanted = {moment: "date?"} | ({} if repeats else {"repeat_of": "name?"})
    table = clean(calls, "calls", **wanted)
    at = table[moment] if repeats else table.loc[table["repeat_of"].isna(), moment]
    at = at.dropna()
    if at.empty and (first is None or last is None):
        raise ValueError(_("There is no call with a moment in {column}. Check the filter, or choose another moment.").format(column=moment))
    begin = (day(first, "first") if first is not None else at.min()).normalize()
    end = (day(last, "last") if last is not None else at.max()).normalize()
    if end < begin:
        raise ValueError(_("last is {last:%Y-%m-%d}, before first, {first:%Y-%m-%d}. Change one of the two.").format(first=begin, last=end))
    if (end - begin).days > _MOST_DAYS:
        raise ValueError(_("From {first:%Y-%m-%d} to {last:%Y-%m-%d} are more than {most} days. Look for a wrong date.").format(
            first=begin, last=end, most=_MOST_DAYS))  # fmt: skip
    since = (at - begin).to_numpy() // np.timedelta64(1, "m")
    days = (end - begin).days + 1
    since = since[(since >= 0) & (since < days * _DAY)]
    opened, closed = _span(hours, since % _DAY, step)
    inside = (since % _DAY >= opened) & (since % _DAY < closed)
    slots = (closed - opened) // step
    place = since[inside] // _DAY * slots + (since[inside] % _DAY - opened) // step
    grid = Grid(pd.date_range(begin, periods=days, freq="D"), np.arange(opened, closed, step), np.empty(0), step)
    return pd.DataFrame({"starts_at": grid.starts(grid.days), "calls": np.bincount(place, minlength=days * slots)})


def grid_of(arrivals: object, column: str = "calls") -> Grid:
    """The table of :func:`arrivals_per_interval` as a grid; refused where intervals stand twice or part of a day is lacking.

    >>> table = pd.DataFrame({"starts_at": pd.to_datetime(["2026-11-02 08:00", "2026-11-02 08:30"]), "calls": [2, 0]})
    >>> grid_of(table).totals.tolist()
    [2.0]
    """
    table = clean(arrivals, "arrivals", starts_at="text_date", **{column: "number"})
    if table.empty:
        raise ValueError(_("arrivals has no rows. Count them with crm.staffing.arrivals_per_interval(calls)."))
    calls = table[column]
    refuse_rows(calls < 0, _("{name} is negative").format(name=column), _("A number of calls is 0 or more."))
    starts = table["starts_at"]
    refuse_rows(starts.duplicated(keep=False), _("An interval stands in the table more than once"),
                _("Add up the rows of an interval first, for example with .groupby(\"starts_at\").sum()."))  # fmt: skip
    days = starts.dt.normalize()
    minute = ((starts - days) // pd.Timedelta(minutes=1)).to_numpy()
    times = np.unique(minute)
    step = int(np.diff(times).min()) if len(times) > 1 else int(60 * get("staffing.interval_hours", unit="hours"))
    each_day = pd.Series(minute).groupby(days.to_numpy()).size()
    refuse_rows(each_day != len(times), _("A day lacks some of its intervals"),
                _("Count all intervals of a day, empty ones too: crm.staffing.arrivals_per_interval(calls)."))  # fmt: skip
    every = pd.date_range(days.min(), days.max(), freq="D")
    counts = np.full((len(every), len(times)), np.nan)
    counts[(days - every[0]).dt.days.to_numpy(), np.searchsorted(times, minute)] = calls.to_numpy()
    return Grid(every, times, counts, step)


def moments_of(values: pd.Series, name: str) -> pd.Series:
    """`values` as moments, none missing.

    >>> moments_of(pd.Series(["2026-11-02 08:00"]), "starts_at").dt.hour.tolist()
    [8]
    """
    return clean_column(values, name, "text_date")


def _step(minutes: object) -> int:
    step = round(60 * get("staffing.interval_hours", unit="hours")) if minutes is None else minutes
    if isinstance(step, bool) or not isinstance(step, (int, np.integer)) or not 1 <= step <= _DAY or _DAY % step:
        raise ValueError(_("minutes is {value}; it must divide a day evenly, such as 15, 30 or 60.").format(value=minutes))
    return int(step)


def _span(hours: object, minute: np.ndarray, step: int) -> tuple[int, int]:
    """First and last minute of the day that count, on the edges of intervals."""
    if hours is None:
        if not len(minute):
            return 0, _DAY
        return int(minute.min() // step * step), int(minute.max() // step * step + step)
    try:
        opened, closed = (round(60 * float(hour)) for hour in hours)
    except (TypeError, ValueError):
        opened = closed = -1
    if not 0 <= opened < closed <= _DAY or opened % step or closed % step:
        raise ValueError(
            _("hours is {value}; write the hours of the clock between which calls are answered, such as (8, 21).").format(value=hours)
        )
    return opened, closed
