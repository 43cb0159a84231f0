"""What kind of day each day is: weekday, public holiday, weekend worked in exchange, and how far from the peaks of the year."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import clean
from crmlib.company.outside import calendar as china
from crmlib.company.season import SPRING_FESTIVAL
from crmlib.i18n import _

DAY_KINDS = ("workday", "makeup_workday", "weekend", "holiday")

REACH = {"midyear_618": (-17, 8), "double_11": (-11, 13), "double_12": (-4, 7), "spring_festival": (-28, 22)}
"""How many days before and after a festival its calls may differ from an ordinary day's. Calls follow the parcels by some days."""

_FIXED = {"midyear_618": (6, 18), "double_11": (11, 11), "double_12": (12, 12)}


def day_kinds(days: pd.DatetimeIndex, calendar: pd.DataFrame | None = None) -> np.ndarray:
    """The kind of each day, one of DAY_KINDS: from the firm's calendar where it has the day, else from the State Council's notices.

    Parameters
    ----------
    days : consecutive days
    calendar : DataFrame with date and day_kind, or date and is_workday, optional

    Raises
    ------
    ValueError
        The calendar lacks a column or has a kind of day that is not known.

    >>> day_kinds(pd.date_range("2026-10-09", "2026-10-11")).tolist()
    ['workday', 'makeup_workday', 'weekend']
    """
    found = china(days[0].date(), len(days))["day_kind"].to_numpy(dtype=object)
    if calendar is None:
        return found
    has_kind = isinstance(calendar, pd.DataFrame) and "day_kind" in calendar.columns
    table = clean(calendar, "calendar", date="text_date", **({"day_kind": "name"} if has_kind else {"is_workday": "answer"}))
    when = pd.DatetimeIndex(table["date"]).normalize()
    if has_kind:
        refuse_rows(~table["day_kind"].isin(DAY_KINDS), _("The calendar has a kind of day that is not known"),
                    _("Known kinds are: {kinds}.").format(kinds=", ".join(DAY_KINDS)))  # fmt: skip
        kinds = table["day_kind"].to_numpy(dtype=object)
    else:
        worked, weekend = table["is_workday"].to_numpy(dtype=bool), when.day_of_week >= 5
        kinds = np.select([worked & weekend, worked, weekend], ["makeup_workday", "workday", "weekend"], "holiday").astype(object)
    place = days.get_indexer(when)
    found[place[place >= 0]] = kinds[place >= 0]
    return found


@dataclass(frozen=True, eq=False)
class FestivalDays:
    """Days within the reach of a festival: `row` (number of the day), `festival` (number of the key of REACH), `offset` (days since the
    festival), `year` (of the festival)."""

    row: np.ndarray
    festival: np.ndarray
    offset: np.ndarray
    year: np.ndarray

    def of(self, name: str) -> FestivalDays:
        """Those of one festival."""
        own = self.festival == list(REACH).index(name)
        return FestivalDays(self.row[own], self.festival[own], self.offset[own], self.year[own])

    def names(self, days: int) -> np.ndarray:
        """The festival of each of so many days, "none" away from them."""
        found = np.full(days, "none", dtype=object)
        found[self.row] = np.array(list(REACH), dtype=object)[self.festival]
        return found


def festival_days(days: pd.DatetimeIndex) -> FestivalDays:
    """The days among `days`, which follow one another, that lie within the reach of a festival.

    >>> found = festival_days(pd.date_range("2026-11-11", "2026-11-12"))
    >>> found.offset.tolist(), found.names(2).tolist()
    ([0, 1], ['double_11', 'double_11'])
    """
    first, last = days[0].date(), days[-1].date()
    parts = []
    for number, (name, (before, after)) in enumerate(REACH.items()):
        for year in range(first.year - 1, last.year + 2):
            centre = _date_of(name, year)
            if centre is None:
                continue
            begin = max((centre - first).days + before, 0)
            row = np.arange(begin, min((centre - first).days + after, len(days) - 1) + 1)
            parts.append((row, np.full(len(row), number), row - (centre - first).days, np.full(len(row), year)))
    return FestivalDays(*(np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True)))


def _date_of(name: str, year: int) -> dt.date | None:
    if name in _FIXED:
        return dt.date(year, *_FIXED[name])
    return dt.date(year, *SPRING_FESTIVAL[year]) if year in SPRING_FESTIVAL else None
