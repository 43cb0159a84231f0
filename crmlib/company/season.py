"""How busy each day is: weekdays, the shopping festivals, and the Spring Festival lull."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np

from crmlib.company.scenario import MARKETS, Scenario
from crmlib.i18n import _

SPRING_FESTIVAL = {
    2020: (1, 25), 2021: (2, 12), 2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6),
    2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23), 2032: (2, 11), 2033: (1, 31), 2034: (2, 19), 2035: (2, 8),
}  # fmt: skip
"""Month and day of the lunar New Year."""

_WEEK = {
    "e_commerce": (1.06, 1.03, 1.02, 1.01, 1.02, 0.95, 0.91),
    "corporate": (1.32, 1.26, 1.24, 1.22, 1.22, 0.44, 0.30),
    "walk_in": (1.04, 0.98, 0.97, 0.98, 1.01, 1.05, 0.97),
}
_LULL = {"e_commerce": 0.30, "corporate": 0.08, "walk_in": 0.35}
_FESTIVE = {"e_commerce": 1.0, "corporate": 0.1, "walk_in": 0.35}


def _festival(day: dt.date) -> float:
    """The extra demand of an e-commerce customer on `day`, 0 on an ordinary day; 11 November itself is the scenario's `peak`."""
    if day.month == 11 and day.day <= 20:
        return 0.42 if day.day <= 10 else 0.45 if day.day <= 13 else 0.15
    if day.month == 6 and day.day <= 20:
        return 0.45 if day.day >= 18 else 0.18
    if day.month == 12 and 10 <= day.day <= 14:
        return 0.22
    return 0.0


def _new_year(day: dt.date, market: str) -> float:
    """The factor of the weeks around the lunar New Year: a rush before, a lull of ten days, a slow return."""
    away = (day - dt.date(day.year, *SPRING_FESTIVAL[day.year])).days
    if -25 <= away < -5:
        return {"e_commerce": 1.12, "corporate": 1.08, "walk_in": 1.45}[market]
    if -5 <= away < 7:
        return _LULL[market]
    return 0.75 if 7 <= away < 16 else 1.0


def day_weights(start: dt.date, days: int, scenario: Scenario) -> dict[str, np.ndarray]:
    """By market, how busy each of `days` days from `start` is; 1 is an ordinary day.

    Raises
    ------
    ValueError
        A day lies outside 2020–2035, for which no lunar New Year is known here.

    >>> day_weights(dt.date(2025, 11, 11), 1, Scenario())["e_commerce"].round(2)
    array([1.87])
    """
    if {start.year, (start + dt.timedelta(days=days - 1)).year} - SPRING_FESTIVAL.keys():
        raise ValueError(_("The simulated months must lie in the years {first} to {last}.").format(
            first=min(SPRING_FESTIVAL), last=max(SPRING_FESTIVAL)))  # fmt: skip
    return {market: _weights(start, days, market, scenario.peak[market]) for market in MARKETS}


@cache
def _weights(start: dt.date, days: int, market: str, peak: float) -> np.ndarray:
    weights = np.array([_weight(start + dt.timedelta(days=offset), market, peak) for offset in range(days)])
    weights.flags.writeable = False
    return weights


def _weight(day: dt.date, market: str, peak: float) -> float:
    festive = peak if (day.month, day.day) == (11, 11) else 1 + _FESTIVE[market] * _festival(day)
    return _WEEK[market][day.weekday()] * festive * _new_year(day, market)
