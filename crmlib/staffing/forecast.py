"""What calls the half hours of the days to come will bring, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.company.schema import label
from crmlib.credit.chance import positive, whole
from crmlib.i18n import _
from crmlib.segments.per_customer import day
from crmlib.staffing.arrivals import Grid, grid_of
from crmlib.staffing.counts_model import count_bounds
from crmlib.staffing.days import REACH, day_kinds, festival_days
from crmlib.staffing.factors import factor_table
from crmlib.staffing.profile import Profile, profile_of
from crmlib.staffing.volume import DRIFTS, Volume, fit_volume
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHORT = 14
_FEW_SPREAD = 0.02
"""Variance of a day beyond chance over the mean squared that is reckoned with while the days seen are too few to show any."""
_SETTLED = 90


@dataclass(frozen=True, eq=False)
class CallForecast:
    """Calls expected of the half hours to come.

    `table`, one row a half hour: starts_at, calls_expected, low, high (a share `level` of half hours stays within). `days`, one row a day:
    day, weekday (Monday is 1), day_kind, festival ("none" away from the peaks), calls_expected, low, high. `factors`, one row a factor:
    factor (weekday, day_kind, or the festival's name), which (weekday, kind of day, or day of the festival), times_usual (calls over an
    ordinary day's), low, high, assumed (never seen in the history). `profile`: time_of_day, share of each kind of day. `past`: calls of the
    days seen (day, calls). `warnings`: sentences on what the history could not show.
    """

    table: pd.DataFrame = field(repr=False)
    days: pd.DataFrame = field(repr=False)
    factors: pd.DataFrame = field(repr=False)
    profile: pd.DataFrame = field(repr=False)
    past: pd.DataFrame = field(repr=False)
    level: float
    minutes: int
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        """The forecast in a few sentences, with what it could not learn from the history."""
        busiest = self.days.loc[self.days["calls_expected"].idxmax()]
        said = _("From {first:%Y-%m-%d} to {last:%Y-%m-%d}, {calls:,.0f} calls are expected; most on {peak:%Y-%m-%d}: {expected:,.0f} "
                 "({level:.0%} interval {low:,.0f} to {high:,.0f}).").format(
            first=self.days["day"].iloc[0], last=self.days["day"].iloc[-1], calls=self.days["calls_expected"].sum(), peak=busiest["day"],
            expected=busiest["calls_expected"], low=busiest["low"], high=busiest["high"], level=self.level)  # fmt: skip
        return " ".join([said, *self.warnings])

    def of(self, date: object) -> pd.DataFrame:
        """The half hours of one day."""
        wanted = day(date, "date").normalize()
        rows = self.table[self.table["starts_at"].dt.normalize() == wanted]
        if rows.empty:
            raise ValueError(_("The forecast goes from {first:%Y-%m-%d} to {last:%Y-%m-%d}; {day:%Y-%m-%d} is not in it.").format(
                first=self.days["day"].iloc[0], last=self.days["day"].iloc[-1], day=wanted))  # fmt: skip
        return rows.reset_index(drop=True)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The days seen last and those to come, with their interval; see :func:`crmlib.plotting.call_forecast`."""
        from crmlib.plotting.staffing import call_forecast

        return call_forecast(self, ax=ax)


def forecast_arrivals(
    arrivals: pd.DataFrame, *, days: int | None = None, cutoff: object = None, calendar: pd.DataFrame | None = None,
    level: float | None = None, peaks: Mapping[str, float] | None = None,
) -> CallForecast:  # fmt: skip
    """Forecast the calls of each half hour: the calls of the day, spread over the day.

    Answers: how many calls must we reckon with next week, half hour by half hour, and on 11 November?

    Parameters
    ----------
    arrivals : DataFrame, from :func:`crmlib.staffing.arrivals_per_interval`
        starts_at, calls. Whole days may be lacking; they are not taken for days without calls.
    days : how many days to foretell, optional
        Without it: the standard staffing.horizon.
    cutoff : date or text, optional
        The first day to foretell; nothing of that day or later is used. Without it: the day after the last.
    calendar : the firm's calendar with date and day_kind (or is_workday), optional
        Days that it lacks follow the State Council's notices, working weekends included.
    level : float, 0–1, optional
        Share of half hours that the intervals are to hold. Without it: the standard staffing.level.
    peaks : calls on the highest day over those of an ordinary day, by festival, optional
        Used for festivals that the history never saw only. Without it double_11 has the standard staffing.peak_contacts, others 1.

    Returns
    -------
    CallForecast
        table, days, factors, profile, past, warnings; `.of(date)`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is lacking, a number is negative, part of a day is lacking, fewer than 14 days with some calls stand before the cutoff, a
        festival is unknown.

    Notes
    -----
    Calls of a day = drifting level × weekday × kind of day × day of a festival, fitted as counts with a prior that leaves factors at
    1 until calls say otherwise; so a short history gives wide intervals and not wild factors. Calls of a half hour = calls of the day × its share.
    Intervals hold what is uncertain of the factors, the drift of the level until then, and chance.
    Give the calls as they were counted. Calls scaled before forecasting (ten times one firm's) are no counts any more: the model takes their
    larger scatter for changes of the level. Forecast first, then multiply `calls_expected`; the interval does not scale with it.

    Source: own; whether it beats simple rules on your calls is for :func:`crmlib.staffing.check_forecast` to say.

    >>> starts = pd.date_range("2026-03-02", periods=28 * 2, freq="12h")
    >>> found = forecast_arrivals(pd.DataFrame({"starts_at": starts, "calls": 20 * (1 + (starts.hour < 12))}), days=7)
    >>> found.table["calls_expected"].round(-1).tolist()[:4]
    [40.0, 20.0, 40.0, 20.0]
    """
    horizon = whole("days", get("staffing.horizon", unit="days") if days is None else days, 1)
    level = get("staffing.level", unit="share") if level is None else level
    require_share("level", level)
    grid, peaks = grid_of(arrivals), assumed_peaks(peaks)
    since = (grid.days[-1] + pd.Timedelta(days=1)) if cutoff is None else day(cutoff, "cutoff").normalize()
    grid = grid.before(since)
    every = pd.date_range(grid.days[0] if len(grid.days) else since, since + pd.Timedelta(days=horizon - 1), freq="D")
    kinds = day_kinds(every, calendar)
    made = foretell(grid, since, horizon, kinds, level, peaks)
    seen = np.append(~np.isnan(grid.totals), np.zeros(len(every) - len(grid.days), dtype=bool))
    past = pd.DataFrame({"day": grid.days, "calls": grid.totals}).dropna(ignore_index=True)
    return CallForecast(
        made.table, made.days, factor_table(made.volume, every, seen=seen, level=level), _profile_table(grid, made.profile), past,
        float(level), grid.step, _warnings(made, int(seen.sum()), peaks),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Foretold:
    """A forecast and what it comes from: `table` of half hours and `days`, as in CallForecast."""

    table: pd.DataFrame
    days: pd.DataFrame
    volume: Volume
    profile: Profile


def foretell(
    grid: Grid, since: pd.Timestamp, horizon: int, kinds: np.ndarray, level: float, peaks: Mapping[str, float], *,
    drifts: tuple[float, ...] = DRIFTS,
) -> Foretold:  # fmt: skip
    """The forecast of `horizon` days from `since`, from the days of the grid before; `kinds` of all days from the grid's first.

    >>> grid = Grid(pd.date_range("2026-03-02", periods=28), np.array([480]), np.full((28, 1), 100.0), 30)
    >>> made = foretell(grid, pd.Timestamp("2026-03-30"), 1, np.array(["workday"] * 29, dtype=object), 0.8, {})
    >>> made.days["calls_expected"].round().tolist()
    [100.0]
    """
    from threadpoolctl import threadpool_limits

    grid = grid.before(since)
    seen = int((~np.isnan(grid.counts[:, 0])).sum()) if len(grid.days) else 0
    if seen < _SHORT or not np.nansum(grid.counts):
        raise ValueError(_("Before {day:%Y-%m-%d} stand {seen} days; a forecast needs at least {least}, with some calls.").format(
            day=since, seen=seen, least=_SHORT))  # fmt: skip
    every = pd.date_range(grid.days[0], since + pd.Timedelta(days=horizon - 1), freq="D")
    totals = np.append(grid.totals, np.full(len(every) - len(grid.days), np.nan))
    # On matrices this small several threads wait for each other more than they work.
    with threadpool_limits(1):
        volume = fit_volume(totals, every, kinds, peaks, drifts=drifts)
        profile = profile_of(grid, kinds[: len(grid.days)])
    ahead = slice(len(every) - horizon, len(every))
    mean, doubt = volume.mean[ahead], volume.relative_variance[ahead] + max(0.0, _FEW_SPREAD * (1 - seen / _SETTLED))
    low, high = count_bounds(mean, doubt, level)
    coming = every[ahead]
    days = pd.DataFrame({
        "day": coming, "weekday": coming.day_of_week + 1, "day_kind": kinds[ahead], "festival": festival_days(coming).names(horizon),
        "calls_expected": mean, "low": low, "high": high,
    })  # fmt: skip
    return Foretold(_half_hours(grid, coming, mean, doubt, profile, kinds[ahead], level), days, volume, profile)


def _half_hours(
    grid: Grid, coming: pd.DatetimeIndex, mean: np.ndarray, doubt: np.ndarray, profile: Profile, kinds: np.ndarray, level: float
) -> pd.DataFrame:
    place = profile.of(kinds)
    shares, weight = profile.shares[place], profile.weight[place][:, None]
    expected = mean[:, None] * shares
    with np.errstate(divide="ignore", invalid="ignore"):
        unsure = np.where(shares > 0, (1 - shares) / (shares * weight) * profile.clumping, 0.0)
        clumps = np.where(expected > 0, (profile.clumping - 1) / expected, 0.0)
    low, high = count_bounds(expected, doubt[:, None] + unsure + clumps, level)
    return pd.DataFrame({"starts_at": grid.starts(coming), "calls_expected": expected.ravel(), "low": low.ravel(), "high": high.ravel()})


def _profile_table(grid: Grid, profile: Profile) -> pd.DataFrame:
    times = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in grid.minutes.tolist()]
    parts = [
        pd.DataFrame({"day_kind": name, "time_of_day": times, "share": row})
        for name, row in zip(profile.names, profile.shares, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def _warnings(made: Foretold, seen: int, peaks: Mapping[str, float]) -> tuple[str, ...]:
    ahead = set(made.days["festival"])
    said = [
        _("The history never saw {festival}; its highest day is assumed at {factor:g} times an ordinary day, not estimated.").format(
            festival=label(name, "next_festival"), factor=peaks.get(name, 1.0))
        for name in made.volume.columns.assumed if name in ahead
    ]  # fmt: skip
    if seen < 2 * _SETTLED:
        said.append(_("The history holds {days} days only; weekdays are known roughly, and seasons not at all.").format(days=seen))
    return tuple(said)


def assumed_peaks(peaks: Mapping[str, float] | None) -> dict[str, float]:
    """`peaks`, checked, over the standard's.

    >>> assumed_peaks({"midyear_618": 2})
    {'double_11': 4, 'midyear_618': 2.0}
    """
    given = {"double_11": get("staffing.peak_contacts", unit="ratio")}
    if peaks is None:
        return given
    if not isinstance(peaks, Mapping) or any(name not in REACH for name in peaks):
        raise ValueError(
            _('peaks must be factors by festival, such as {{"double_11": 4}}; the festivals are {known}.').format(known=", ".join(REACH))
        )
    return given | {name: positive(f"peaks[{name!r}]", factor) for name, factor in peaks.items()}
