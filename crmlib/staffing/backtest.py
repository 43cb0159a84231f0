"""Forecasts made again and again as if each day were today, and held against what came and against two rules of thumb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.credit.chance import whole
from crmlib.i18n import _
from crmlib.staffing.arrivals import Grid, grid_of
from crmlib.staffing.days import day_kinds
from crmlib.staffing.forecast import assumed_peaks, foretell
from crmlib.staffing.volume import DRIFTS
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

APPROACHES = ("forecast", "four_weeks", "last_week")
"""The model; the mean of the last four same weekdays; the same weekday of the last week."""

_PEAKS = ("double_11", "midyear_618", "double_12")
_CHOOSE_EVERY = 6
_YARDSTICKS = ("error_share", "typical_error", "bias")


@dataclass(frozen=True, eq=False)
class ForecastCheck:
    """How far off three forecasts were, on the same later days.

    `table`, one row a forecast_by (forecast, four_weeks, last_week), per (day, half_hour) and kind_of_days (all, ordinary, peak): calls
    (that came), error_share (Σ |error| / Σ calls), typical_error (root of the mean squared error), bias (Σ errors / Σ calls; above 0: too
    many foretold). `coverage`, one row a per and kind_of_days: within (share of intervals that held), meant, low, high (95 %, from fold
    to fold), checked. `gains`, one row a rule of thumb (compared_with): gain (by how much the forecast's squared errors of half hours
    are smaller), low, high (over folds). `results`, one row a half hour and fold: cutoff, starts_at, calls, forecast, low, high,
    four_weeks, last_week.
    """

    table: pd.DataFrame = field(repr=False)
    coverage: pd.DataFrame
    gains: pd.DataFrame
    results: pd.DataFrame = field(repr=False)
    folds: int
    level: float

    def summary(self) -> str:
        """Whether the forecast beat the rules, and whether its intervals kept their word."""
        rows = self.table[(self.table["per"] == "day") & (self.table["kind_of_days"] == "all")].set_index("forecast_by")["error_share"]
        held = self.coverage[self.coverage["kind_of_days"] == "all"].set_index("per")["within"]
        return _("Made anew {folds} times, the forecast missed the calls of a day by {forecast:.0%} on average; the same weekday of last week "
                 "by {last_week:.0%}, the mean of four by {four_weeks:.0%}. Of the {level:.0%} intervals {day:.0%} of the days and "
                 "{half_hour:.0%} of the half hours held.").format(
            folds=self.folds, level=self.level, day=held["day"], half_hour=held["half_hour"], **rows)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Errors by approach and kind of days; see :func:`crmlib.plotting.forecast_check`."""
        from crmlib.plotting.staffing import forecast_check

        return forecast_check(self, ax=ax)


def check_forecast(
    arrivals: pd.DataFrame, *, days: int | None = None, every: int | None = None, least_days: int = 182, calendar: pd.DataFrame | None = None,
    level: float | None = None, peaks: Mapping[str, float] | None = None,
) -> ForecastCheck:  # fmt: skip
    """Forecast from many days in the past, each time with nothing but what was known then.

    Answers: can I trust the forecast, and is it better than taking last week's figures?

    Parameters
    ----------
    arrivals, calendar, level, peaks : as for :func:`crmlib.staffing.forecast_arrivals`
    days : how far each forecast looks ahead, optional
        Without it: the standard staffing.horizon.
    every : days from one forecast to the next, optional
        Without it: `days`, so that each day is foretold once.
    least_days : days that the first forecast may use, at least 28

    Returns
    -------
    ForecastCheck
        table, coverage, gains, results, folds; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        As for :func:`crmlib.staffing.forecast_arrivals`; or the history is too short for a single forecast.

    Notes
    -----
    Counts are whole numbers, so intervals of a few calls must hold more than they promise: no interval "0 to 1 calls" holds just 80 %.

    Source: rolling-origin evaluation (Tashman 2000).

    >>> starts = pd.date_range("2026-03-02", periods=42, freq="D")
    >>> same = pd.DataFrame({"starts_at": starts, "calls": [60, 50, 50, 50, 50, 40, 30] * 6})
    >>> check_forecast(same, days=7, least_days=28).table.query("forecast_by == 'last_week'")["bias"].tolist()[0]
    0.0
    """
    horizon = whole("days", get("staffing.horizon", unit="days") if days is None else days, 1)
    step = horizon if every is None else whole("every", every, 1)
    least = whole("least_days", least_days, 28)
    level = get("staffing.level", unit="share") if level is None else level
    require_share("level", level)
    grid, peaks = grid_of(arrivals), assumed_peaks(peaks)
    places = range(least, len(grid.days) - horizon + 1, step)
    if not len(places):
        raise ValueError(_("The history holds {have} days; one forecast of {days} days after {least} needs {need}. Choose a smaller "
                           "least_days or days.").format(have=len(grid.days), days=horizon, least=least, need=least + horizon))  # fmt: skip
    halves, wholes = [], []
    kinds, drifts = day_kinds(grid.days, calendar), DRIFTS
    for number, place in enumerate(places):
        made = foretell(grid, grid.days[place], horizon, kinds[: place + horizon], level, peaks, drifts=drifts)
        # The drift is chosen anew now and then only: that choice is most of the work.
        drifts = DRIFTS if number % _CHOOSE_EVERY == _CHOOSE_EVERY - 1 else (made.volume.drift,)
        group = np.select([made.days["festival"].isin(_PEAKS), made.days["festival"] == "none"], ["peak", "ordinary"], "spring")
        rules, came = _rules(grid, place, horizon), grid.counts[place : place + horizon]
        wholes.append(_fold(grid.days[place], made.days, group, came.sum(axis=1), {name: rule.sum(axis=1) for name, rule in rules.items()}))
        halves.append(_fold(grid.days[place], made.table, np.repeat(group, len(grid.minutes)), came.ravel(),
                            {name: rule.ravel() for name, rule in rules.items()}))  # fmt: skip
    by_of = {
        name: pd.concat(parts, ignore_index=True).dropna(ignore_index=True) for name, parts in (("day", wholes), ("half_hour", halves))
    }
    if by_of["day"].empty:
        raise ValueError(_("No day can be checked: too many days are lacking in the table."))
    results = by_of["half_hour"].drop(columns="group")
    return ForecastCheck(_errors(by_of), _coverage(by_of, level), _gains(by_of["half_hour"]), results, len(halves), float(level))


def _rules(grid: Grid, place: int, horizon: int) -> dict[str, np.ndarray]:
    """What the two rules of thumb foretell of the days from number `place`: days × times."""
    weekday = np.arange(horizon) % 7
    weeks = np.stack([grid.counts[place - 7 * back + weekday] for back in range(1, 5)])
    missing = np.isnan(weeks).all(axis=0)
    mean = np.nansum(weeks, axis=0) / np.maximum((~np.isnan(weeks)).sum(axis=0), 1)
    return {"four_weeks": np.where(missing, np.nan, mean), "last_week": weeks[0]}


def _fold(cutoff: pd.Timestamp, made: pd.DataFrame, group: np.ndarray, came: np.ndarray, rules: dict[str, np.ndarray]) -> pd.DataFrame:
    starts = made["starts_at"] if "starts_at" in made.columns else made["day"]
    return pd.DataFrame({
        "cutoff": cutoff, "starts_at": starts.to_numpy(), "calls": came, "forecast": made["calls_expected"].to_numpy(),
        "low": made["low"].to_numpy(), "high": made["high"].to_numpy(), **rules, "group": group,
    })  # fmt: skip


def _parts(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """All days, those away from any festival, those of the shopping festivals; the latter two where there are any."""
    parts = [("all", table), *((name, table[table["group"] == name]) for name in ("ordinary", "peak"))]
    return [(name, part) for name, part in parts if len(part)]


def _errors(by_of: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    rows = []
    for of, table in by_of.items():
        for days, part in _parts(table):
            calls = part["calls"].sum()
            for approach in APPROACHES:
                error = part[approach] - part["calls"]
                rows.append(
                    (approach, of, days, calls, error.abs().sum() / max(calls, 1), np.sqrt((error**2).mean()), error.sum() / max(calls, 1))
                )
    return pd.DataFrame(rows, columns=["forecast_by", "per", "kind_of_days", "calls", *_YARDSTICKS])


def _coverage(by_of: Mapping[str, pd.DataFrame], level: float) -> pd.DataFrame:
    rows = []
    for of, table in by_of.items():
        for days, part in _parts(table):
            held = part["calls"].between(part["low"], part["high"])
            low, high = _interval(held.groupby(part["cutoff"]).mean(), held.mean())
            rows.append((of, days, held.mean(), level, max(low, 0.0), min(high, 1.0), len(part)))
    return pd.DataFrame(rows, columns=["per", "kind_of_days", "within", "meant", "low", "high", "checked"])


def _gains(table: pd.DataFrame) -> pd.DataFrame:
    """By how much the forecast's squared errors are smaller than a rule's, as a share of the rule's, with 95 % over folds."""
    squares = table[list(APPROACHES)].sub(table["calls"], axis=0).pow(2).groupby(table["cutoff"]).sum()
    rows = []
    for rule in APPROACHES[1:]:
        whole_rule = max(squares[rule].sum(), 1e-12)
        gain = 1 - squares["forecast"].sum() / whole_rule
        # A ratio of sums: its spread over folds follows from what each fold adds to numerator and denominator.
        residual = (squares[rule] * (1 - gain) - squares["forecast"]) / (whole_rule / len(squares))
        low, high = _interval(residual + gain, gain)
        rows.append((rule, gain, low, high))
    return pd.DataFrame(rows, columns=["compared_with", "gain", "low", "high"])


def _interval(folds: pd.Series, centre: float) -> tuple[float, float]:
    """95 % by Student's t over folds; missing with fewer than three."""
    from scipy.stats import t

    if len(folds) < 3:
        return np.nan, np.nan
    width = t.ppf(0.975, len(folds) - 1) * folds.std(ddof=1) / np.sqrt(len(folds))
    return centre - width, centre + width
