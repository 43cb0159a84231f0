"""How the calls of a day spread over its half hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.i18n import _
from crmlib.staffing.arrivals import Grid, grid_of
from crmlib.staffing.counts_model import fit_counts
from crmlib.staffing.days import DAY_KINDS, day_kinds

_SMOOTH = (0.03, 0.1, 0.3, 1.0)
"""By how much neighbouring half hours may differ, as the deviation of the logarithm; the calls themselves choose among them."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, eq=False)
class Profile:
    """`shares` has one row a group of `names` and one column a time of day; `weight` is how many calls each row rests on; `clumping` is
    the variance of a half hour over that of pure chance (1 where calls come one by one)."""

    names: tuple[str, ...]
    shares: np.ndarray
    weight: np.ndarray
    clumping: float

    def of(self, kinds: np.ndarray) -> np.ndarray:
        """The number of the row for each kind of day."""
        return np.array([self.names.index(kind) if kind in self.names else 0 for kind in kinds])


def intraday_profile(
    arrivals: pd.DataFrame, *, by: str | None = None, calendar: pd.DataFrame | None = None, level: float = 0.95
) -> pd.DataFrame:
    """The share of a day's calls that falls into each half hour.

    Answers: when in the day do the calls come, and is that the same on days off?

    Parameters
    ----------
    arrivals : DataFrame, from :func:`crmlib.staffing.arrivals_per_interval`
    by : "day_kind" or "weekday", optional
        One profile each. They are drawn to the common one: fully where they differ by no more than chance.
    calendar : the firm's calendar, optional
        As in :func:`crmlib.staffing.forecast_arrivals`.
    level : float, 0–1
        Confidence of the intervals.

    Returns
    -------
    DataFrame, one row a group and half hour
        the column named in `by`, time_of_day ("08:30"), share, low, high; shares of a group add up to 1

    Raises
    ------
    ValueError
        A column is lacking, a number is negative, no call stands in the table, or `by` is something else.

    Notes
    -----
    Shares are smoothed over neighbouring half hours, by as much as makes the calls most likely. Intervals widen where calls clump.

    Source: the calls themselves.

    >>> starts = pd.date_range("2026-11-02 08:00", periods=4, freq="30min")
    >>> intraday_profile(pd.DataFrame({"starts_at": starts, "calls": [100, 300, 400, 200]})).time_of_day.tolist()
    ['08:00', '08:30', '09:00', '09:30']
    """
    from scipy.stats import beta

    require_share("level", level)
    if by not in (None, "day_kind", "weekday"):
        raise ValueError(_("by is {value}; it must be one of {known}.").format(value=by, known="day_kind, weekday"))
    grid = grid_of(arrivals)
    groups = None
    if by == "weekday":
        groups = np.array(_WEEKDAYS, dtype=object)[grid.days.day_of_week]
    elif by == "day_kind":
        groups = day_kinds(grid.days, calendar)
    found = profile_of(grid, groups)
    order = [name for name in (*DAY_KINDS, *_WEEKDAYS) if name in found.names] or list(found.names)
    times = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in grid.minutes.tolist()]
    parts = []
    for name in order:
        shares, weight = found.shares[found.names.index(name)], found.weight[found.names.index(name)] / found.clumping
        part = pd.DataFrame({
            "time_of_day": times, "share": shares, "low": beta.ppf((1 - level) / 2, shares * weight, (1 - shares) * weight),
            "high": beta.ppf((1 + level) / 2, shares * weight, (1 - shares) * weight),
        })  # fmt: skip
        if by is not None:
            part.insert(0, by, name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def profile_of(grid: Grid, groups: np.ndarray | None = None) -> Profile:
    """The profile of all days, or of each group of days, drawn to the common one.

    >>> grid = Grid(pd.date_range("2026-11-02", periods=1), np.array([480, 510]), np.array([[30.0, 10.0]]), 30)
    >>> float(profile_of(grid).shares.sum().round(9))
    1.0
    """
    seen = ~np.isnan(grid.counts[:, 0])
    counts = grid.counts[seen]
    by_time = counts.sum(axis=0)
    if by_time.sum() == 0:
        raise ValueError(_("There is no call in the table. Check the filter that it comes from."))
    common = _smooth(by_time)
    clumping = _clumping(counts, common)
    total = by_time.sum()
    if groups is None:
        return Profile(("all",), common[None, :], np.array([total]), clumping)
    names = tuple(dict.fromkeys(groups[seen].tolist()))
    own = np.array([counts[groups[seen] == name].sum(axis=0) for name in names])
    size = own.sum(axis=1)
    pull = _pull(own, common, clumping)
    if np.isinf(pull):
        return Profile(names, np.tile(common, (len(names), 1)), np.full(len(names), total), clumping)
    shares = (own + pull * common) / (size + pull)[:, None]
    return Profile(names, shares, np.minimum(size + pull, total), clumping)


def _smooth(by_time: np.ndarray) -> np.ndarray:
    """Shares, smoothed over neighbours by as much as the calls make likely."""
    if len(by_time) == 1:
        return np.ones(1)
    steps = np.diff(np.eye(len(by_time)), axis=0)
    level = np.log(max(by_time.mean(), 0.5))
    fits = [
        fit_counts(by_time, np.eye(len(by_time)), steps.T @ steps / size**2 + 1e-4 * np.eye(len(by_time)), np.full(len(by_time), level),
                   spread=0.0)
        for size in _SMOOTH
    ]  # fmt: skip
    best = max(fits, key=lambda fit: fit.evidence)
    shares = np.exp(best.weights - best.weights.max())
    return shares / shares.sum()


def _clumping(counts: np.ndarray, shares: np.ndarray) -> float:
    """The squared errors of the half hours over those of pure chance, given the calls of their day."""
    expected = counts.sum(axis=1, keepdims=True) * shares
    free = (counts.sum(axis=1) > 0).sum() * (len(shares) - 1)
    if free < 1:
        return 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.where(expected > 0, (counts - expected) ** 2 / expected, 0.0)
    return float(max(squares.sum() / free, 1.0))


def _pull(own: np.ndarray, common: np.ndarray, clumping: float) -> float:
    """How many calls of the common profile each group's own are mixed with; infinite where groups differ by no more than chance."""
    size = own.sum(axis=1)
    expected = size[:, None] * common
    free = (len(own) - 1) * (len(common) - 1)
    if free < 1:
        return np.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.where(expected > 0, (own - expected) ** 2 / expected, 0.0)
    ratio = squares.sum() / free / clumping
    return np.inf if ratio <= 1 else float(max((size.mean() - ratio) / (ratio - 1), 1.0))
