"""What holidays and festivals do to the volume, with intervals; and what a day like this usually brings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import clean
from crmlib.i18n import _
from crmlib.operations.parcels import confidence, parcels_of
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEAST_DAYS, _LAGS = 56, 7


@dataclass(frozen=True)
class CalendarEffects:
    """How many times as busy as an ordinary day the days of each kind are.

    table : day_effect (weekdays; festivals and their seasons; holiday; makeup_workday), days, years (in how many calendar years it was seen),
        times_usual, low, high, extra_parcels (over all its days; a lull lacks parcels)
    days : date, parcels, expected, load (times an ordinary day of the same stretch of time)
    dispersion : variance of the days over that of pure counting
    """

    table: pd.DataFrame = field(repr=False, compare=False)
    days: pd.DataFrame = field(repr=False, compare=False)
    level: float
    dispersion: float
    _covariance: np.ndarray = field(repr=False, compare=False)
    _columns: np.ndarray = field(repr=False, compare=False)

    def summary(self) -> str:
        """The busiest and the quietest kind of day, and whether public holidays matter."""
        rows = self.table[~self.table["day_effect"].isin(WEEK)].set_index("day_effect")
        if rows.empty:
            return _("The days hold no festival and no holiday, so only the weekdays could be told apart.")
        from crmlib.company.schema import label

        top, low = rows["times_usual"].idxmax(), rows["times_usual"].idxmin()
        said = _(
            "Busiest: {top}, {top_times:.2f} times an ordinary day ({level:.0%} interval {top_low:.2f} to {top_high:.2f}); quietest: {bottom}, "
            "{bottom_times:.2f} times ({bottom_low:.2f} to {bottom_high:.2f})."
        ).format(
            top=label(top, "day_effect"), top_times=rows.at[top, "times_usual"], level=self.level, top_low=rows.at[top, "low"],
            top_high=rows.at[top, "high"], bottom=label(low, "day_effect"), bottom_times=rows.at[low, "times_usual"],
            bottom_low=rows.at[low, "low"], bottom_high=rows.at[low, "high"],
        )  # fmt: skip
        if "holiday" in rows.index and rows.at["holiday", "low"] <= 1 <= rows.at["holiday", "high"]:
            said += _(" Other public holidays cannot be told from ordinary days.")
        return said

    def plot(self, ax: Axes | None = None) -> Axes:
        """Points with their intervals; see :func:`crmlib.plotting.calendar_effects`."""
        from crmlib.plotting.operations import calendar_effects

        return calendar_effects(self, ax=ax)


def calendar_effects(waybills: pd.DataFrame, calendar: pd.DataFrame, *, level: float | None = None) -> CalendarEffects:
    """Measure how holidays, festivals and weekdays change the parcels of a day.

    Answers: how much busier is 11.11, how deep is the Spring Festival lull, and do other holidays matter at all?

    Parameters
    ----------
    waybills : DataFrame
        picked_up_at. For one market or region take its waybills alone: a lull differs between markets.
    calendar : DataFrame, one row a day
        date, weekday (1–7), day_kind, festival, next_festival, days_to_festival. Days without a parcel count as 0.
    level : float, 0–1, optional

    Returns
    -------
    CalendarEffects

    Raises
    ------
    ValueError
        A column is missing, a day stands twice, or fewer than 56 days are covered.

    Notes
    -----
    Parcels of a day = level of the month × weekday × festival × holiday, fitted as Poisson counts. Each month has a level of its own, so
    that growth, or a large customer's good month, is not taken for season: a festival is told from the other days of its months. Weekdays are told against the (geometric) mean of the week, everything else against an ordinary day of the same
    weekday. 11 November has a factor of its own on top of no other. The days after the Spring Festival lull (standard
    operations.spring_return_days) are a kind of their own. "holiday" leaves out the days of the lull. Intervals allow for scatter beyond
    counting and for days that resemble their neighbours (Newey and West, one week), and are never narrower than those of counting; they do
    not say how much the next year's festival will differ: a festival was seen once or twice.

    Source: McCullagh and Nelder (1989), ch. 6; Newey and West (1987).

    >>> days = pd.date_range("2026-03-02", periods=70)
    >>> log = pd.DataFrame({"picked_up_at": days.repeat([4 if day.weekday() < 5 else 2 for day in days])})
    >>> plain = pd.DataFrame({"date": days, "weekday": days.day_of_week + 1, "day_kind": "workday", "festival": "none",
    ...     "next_festival": "midyear_618", "days_to_festival": 9.0})
    >>> calendar_effects(log, plain).table.times_usual.round(2).tolist()
    [1.22, 1.22, 1.22, 1.22, 1.22, 0.61, 0.61]
    """
    from scipy.stats import norm

    level = confidence(level)
    bills = parcels_of(waybills, "picked_up_at")
    days = _days(calendar, bills["picked_up_at"])
    counts = bills["picked_up_at"].dt.normalize().value_counts().reindex(days.index, fill_value=0).sort_index().to_numpy(dtype=float)
    kinds = _kinds(days)
    trend, week = _levels(days.index), np.eye(7)[days["weekday"].to_numpy(dtype=int) - 1]
    # Weekdays sum to nothing on the log scale; Sunday is what the other six leave.
    week = week[:, :6] - week[:, 6:]
    design = np.column_stack([trend, week, *kinds.values()])
    beta, expected, bread, known = _poisson(design, counts)
    contrast = np.zeros((7 + len(kinds), design.shape[1]))
    at = trend.shape[1]
    contrast[:6, at : at + 6], contrast[6, at : at + 6] = np.eye(6), -1
    contrast[7:, at + 6 :] = np.eye(len(kinds))
    estimate, covariance = contrast @ beta, contrast @ known @ contrast.T
    dispersion = max(1.0, float(((counts - expected) ** 2 / expected).sum() / max(1, len(counts) - design.shape[1])))
    # Of a kind seen on few days the residuals know little of its error: it is at least that of counting.
    counting = np.diag(contrast @ bread @ contrast.T) * dispersion
    wider = np.maximum(1.0, np.sqrt(counting / np.maximum(np.diag(covariance), 1e-12)))
    covariance = covariance * np.outer(wider, wider) + np.diag(np.where(np.diag(covariance) < 1e-12, counting, 0.0))
    half = norm.ppf((1 + level) / 2) * np.sqrt(np.diag(covariance))
    marks = np.column_stack([np.eye(7)[days["weekday"].to_numpy(dtype=int) - 1], *kinds.values()])
    year = days.index.year.to_numpy()
    table = pd.DataFrame({
        "day_effect": [*WEEK, *kinds], "days": marks.sum(axis=0).astype(int), "years": [len(set(year[mark > 0])) for mark in marks.T],
        "times_usual": np.exp(estimate), "low": np.exp(estimate - half), "high": np.exp(estimate + half),
        "extra_parcels": [float((expected * mark).sum() * (1 - np.exp(-one))) for mark, one in zip(marks.T, estimate, strict=True)],
    })  # fmt: skip
    load = np.exp(marks @ estimate)
    past = pd.DataFrame({"date": days.index, "parcels": counts.astype(np.int64), "expected": expected, "load": load})
    return CalendarEffects(table, past, level, dispersion, covariance, marks)


def _poisson(design: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients of a log-linear model of counts, what it expects, and the covariances of counting and of Newey and West (7 days).

    In arrays: with a level a month a general library takes seconds where this takes milliseconds.
    """
    expected, beta = counts + 0.5, np.zeros(design.shape[1])
    for _step in range(100):
        working = np.log(expected) + (counts - expected) / expected
        bread = np.linalg.pinv(design.T @ (expected[:, None] * design), hermitian=True)
        last, beta = beta, bread @ (design.T @ (expected * working))
        expected = np.exp(np.clip(design @ beta, -30, 30))
        if np.abs(beta - last).max() < 1e-9:
            break
    scores = design * (counts - expected)[:, None]
    meat = scores.T @ scores
    for lag in range(1, _LAGS + 1):
        both = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (_LAGS + 1)) * (both + both.T)
    return beta, expected, bread, bread @ meat @ bread


def _days(calendar: object, moments: pd.Series) -> pd.DataFrame:
    table = clean(calendar, "calendar", date="text_date", weekday="number", day_kind="name", festival="name", next_festival="name",
                  days_to_festival="number")  # fmt: skip
    refuse_rows(table["date"].duplicated(), _("The calendar holds a day twice"), _("Keep one row a day."))
    days = table.assign(date=table["date"].dt.normalize()).set_index("date").sort_index()
    days = days[(days.index >= moments.min().normalize()) & (days.index <= moments.max().normalize())]
    if len(days) < _LEAST_DAYS:
        raise ValueError(
            _("The calendar and the waybills have {days} days in common; at least {least} are needed to tell weekdays from festivals.").format(
                days=len(days), least=_LEAST_DAYS
            )
        )
    return days


def _kinds(days: pd.DataFrame) -> dict[str, np.ndarray]:
    """1 on the days of each kind; kinds without a day are left out."""
    festival, kind = days["festival"].to_numpy(dtype=object), days["day_kind"].to_numpy(dtype=object)
    peak = ((days["days_to_festival"] == 0) & (days["next_festival"] == "double_11")).to_numpy()
    since_lull = pd.Series(festival == "spring_lull").astype(float).replace(0, np.nan).mul(np.arange(len(days))).ffill().to_numpy()
    away = np.arange(len(days)) - since_lull
    back = (away >= 1) & (away <= get("operations.spring_return_days", unit="days")) & (festival == "none")
    found = {name: (festival == name) & ~peak for name in dict.fromkeys(festival) if name != "none"}
    found |= {"double_11_day": peak, "spring_return": back}
    found |= {"holiday": (kind == "holiday") & (festival != "spring_lull"), "makeup_workday": (kind == "makeup_workday") & (festival != "spring_lull")}
    return {name: mark.astype(float) for name, mark in found.items() if mark.any()}


def _levels(days: pd.DatetimeIndex) -> np.ndarray:
    """1 in the days of each month; short ends of less than two weeks belong to their neighbour."""
    month = (days.year * 12 + days.month).to_numpy()
    month = month - month[0]
    sizes = np.bincount(month)
    month = np.where(month == 0, int(sizes[0] < 14 and len(sizes) > 1), month)
    month = np.where(month == len(sizes) - 1, len(sizes) - 1 - int(sizes[-1] < 14 and len(sizes) > 1), month)
    return (month[:, None] == np.unique(month)).astype(float)
