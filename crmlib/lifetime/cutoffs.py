"""What the day on which a model is fitted does to its forecast; 11 November above all."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from crmlib.checks import require_share
from crmlib.i18n import _
from crmlib.lifetime.calendar import customer_days, slots_of
from crmlib.lifetime.holdout import compare, total_ratio
from crmlib.segments.per_customer import day

_STEP = {"day": pd.DateOffset(days=1), "week": pd.DateOffset(days=7), "month": pd.DateOffset(months=1)}


def cutoff_check(
    waybills: IntoFrame, *, start: object, cuts: Iterable[object], periods: int, unit: str, model: str = "bg_nbd",
    season: pd.Series | None = None, level: float = 0.95,
) -> pd.DataFrame:  # fmt: skip
    """Make the same forecast from several days, and see how the day changes it.

    Answers: what becomes of the forecast when the model's data end just before 11 November, or just after it?

    The models know steady customers only. Forecasts from just before the festival expect ordinary weeks and come out too low. Forecasts
    from just after it learn from the busiest weeks and come out too high, unless the data reach back so far (a year) that two weeks count
    little. With `season`, time runs in ordinary days, and most of both errors goes.

    Parameters
    ----------
    waybills : pandas, polars (also lazy) or DuckDB table, one row a waybill
        customer_id, picked_up_at, price_yuan, cost_yuan
    start : the first day that the models learn from
    cuts : several days from which to forecast; the models learn up to the day before
    periods : int, above 0, in `unit`
        How far each forecast reaches; the waybills must reach as far beyond the last cut.
    unit, model, season : as for :func:`holdout_check`
    level : float, 0–1
        Confidence of the intervals.

    Returns
    -------
    DataFrame, one row a cut, in order
        cut, until (the forecast's end), customers, mean_alive (mean probability of being still a customer), expected_purchases,
        actual_purchases (of all customers within the forecast), ratio (expected over actual), low, high

    Raises
    ------
    ValueError
        As :func:`holdout_check`; no cut is given, or `periods` is no whole number above 0.

    Source: own; the time scale of `season` is the operational time of Cox and Lewis, *The Statistical Analysis of Series of Events* (1966).

    >>> rng = np.random.default_rng(1)
    >>> waybills = pd.DataFrame({
    ...     "customer_id": rng.choice([f"c{n}" for n in range(60)], 900, p=np.arange(1, 61) / 1830), "price_yuan": 9.0, "cost_yuan": 8.0,
    ...     "picked_up_at": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 300, 900), unit="D")})
    >>> cutoff_check(waybills, start="2026-01-01", cuts=["2026-07-01", "2026-08-01"], periods=30, unit="day").shape
    (2, 9)
    """
    require_share("level", level)
    if isinstance(periods, bool) or not isinstance(periods, (int, np.integer)) or periods < 1:
        raise ValueError(_("periods is {value}; it must be a whole number above 0.").format(value=periods))
    listed = [cuts] if isinstance(cuts, str) or not isinstance(cuts, Iterable) else list(cuts)
    if not listed:
        raise ValueError(_("cuts is empty. Name at least one day from which to forecast."))
    found = sorted(day(cut, "cuts").tz_localize(None).normalize() for cut in listed)
    pairs = [(slots_of(start, cut, unit), slots_of(cut, cut + periods * _STEP[unit], unit)) for cut in found]
    days = customer_days(waybills, slots_of(start, pairs[-1][1].end, "day"))
    if days["on"].max() < pairs[-1][1].starts[-1]:
        raise ValueError(
            _("The waybills end on {last}, before the last forecast does ({until}). Choose earlier cuts or fewer periods.").format(
                last=f"{days['on'].max():%Y-%m-%d}", until=f"{pairs[-1][1].end:%Y-%m-%d}"
            )
        )
    rows = []
    for before, after in pairs:
        _model, customers = compare(days, before, after, model=model, season=season, level=level)
        ratio, low, high = total_ratio(customers["expected_purchases"], customers["actual_purchases"], level)
        rows.append({
            "cut": before.end, "until": after.end, "customers": len(customers), "mean_alive": customers["probability_alive"].mean(),
            "expected_purchases": customers["expected_purchases"].sum(), "actual_purchases": int(customers["actual_purchases"].sum()),
            "ratio": ratio, "low": low, "high": high,
        })  # fmt: skip
    return pd.DataFrame(rows)
