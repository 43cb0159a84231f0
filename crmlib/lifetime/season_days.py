"""The factor of a season on any day: measured, or carried over from the year before, with the Spring Festival where it belongs."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from crmlib.company.breaks import public_holidays
from crmlib.i18n import _

_SAME_WEEKDAY = pd.Timedelta(days=364)
_BEFORE, _AFTER = -25, 18
"""The weeks around the Spring Festival, in days from the first day of the break: the rush before it, the lull, the slow return."""
_YEARS = 3


def factors_on(season: pd.Series, days: pd.DatetimeIndex) -> np.ndarray:
    """The season's factor on each day.

    A day that `season` lacks takes the factor of the same weekday 52 weeks before; a day around the Spring Festival that of the day which
    stood as far from the festival's break the year before.

    >>> season = pd.Series([1.8], index=pd.to_datetime(["2025-11-11"]))
    >>> factors_on(season, pd.to_datetime(["2025-11-11", "2026-11-10"])).tolist()
    [1.8, 1.8]
    """
    known = _checked(season)
    found = known.reindex(days).to_numpy(copy=True)
    missing = np.flatnonzero(np.isnan(found))
    if len(missing):
        quiet = known[~np.array([bool(_offset(day)) for day in known.index])]
        by_weekday = quiet.groupby(quiet.index.day_of_week).mean()
        for place in missing:
            found[place] = _carried(days[place], known, by_weekday)
    if np.isnan(found).any():
        raise ValueError(
            _("season has no factor for {day:%Y-%m-%d}, nor for the same weekday a year before. Measure it over a whole year.").format(
                day=days[np.isnan(found)][0]
            )
        )
    return found


def _checked(season: pd.Series) -> pd.Series:
    if not isinstance(season, pd.Series) or not pd.api.types.is_datetime64_any_dtype(season.index) or season.empty:
        raise ValueError(_("season must be a Series of factors indexed by day, as crm.lifetime.season_index gives it."))
    known = pd.to_numeric(season[~season.index.duplicated()], errors="coerce").astype(float)
    if not (np.isfinite(known) & (known > 0)).all():
        raise ValueError(_("season has factors that are missing, 0 or negative; an ordinary day has the factor 1."))
    known.index = known.index.tz_localize(None).as_unit("us")
    return known


def _carried(day: pd.Timestamp, known: pd.Series, by_weekday: pd.Series) -> float:
    for _year in range(_YEARS):
        away = _offset(day)
        if away:
            day = _break(day.year - 1) + pd.Timedelta(days=away[0])
        else:
            day = day - _SAME_WEEKDAY
            if day in known.index and _offset(day):
                # The festival stood here a year before; this year the day is an ordinary one.
                return float(by_weekday.get(day.day_of_week, by_weekday.mean()))
        if day in known.index:
            return float(known[day])
    return np.nan


def _offset(day: pd.Timestamp) -> tuple[int] | None:
    """How many days after the first day of the Spring Festival's break, around it."""
    away = (day - _break(day.year)).days
    return (away,) if _BEFORE <= away < _AFTER else None


@cache
def _break(year: int) -> pd.Timestamp:
    days = [day for day, name in public_holidays(year)[0].items() if name == "春节"]
    if not days:
        raise ValueError(
            _("The calendar of holidays does not know the Spring Festival of {year}. Choose days nearer to now.").format(year=year)
        )
    return pd.Timestamp(min(days))
