"""The season of purchases: how busy each day of a year is, so that 11 November is not mistaken for new love or its end for a farewell."""

from __future__ import annotations

import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from crmlib.i18n import _
from crmlib.lifetime.calendar import customer_days, slots_of
from crmlib.lifetime.season_days import factors_on

_QUARTERS = 4
_YEAR_DAYS = 364
_LEAST = 30


def season_index(waybills: IntoFrame, *, start: object, end: object) -> pd.Series:
    """Measure how busy each day of a year is, where 1 is the year's average day.

    Answers: by how much do customers ship more often around 11 November, and less often at Spring Festival?

    Counted are customers with a parcel on the day, not parcels, and only customers who shipped in each quarter of the period, so that
    neither arrivals nor losses look like a season.

    Parameters
    ----------
    waybills : pandas, polars or DuckDB table, one row a waybill
        customer_id, picked_up_at, price_yuan, cost_yuan
    start, end : date, datetime or text such as "2026-11-01"
        The year looked at, from `start` to just before `end`; at least 364 days. To test a forecast honestly, `end` must not lie after
        the day from which it is made.

    Returns
    -------
    Series season, indexed by day
        Wherever a season is asked for days beyond the period, they take the factor of the same weekday 52 weeks before; days around the
        Spring Festival, which moves, that of the day as far from the festival's break the year before.

    Raises
    ------
    ValueError
        As :func:`purchase_summary`; the period is shorter than 364 days, or fewer than 30 customers shipped in each quarter.

    Source: ratio to the yearly mean; Hyndman and Athanasopoulos, *Forecasting* (2021), ch. 3, for seasonal indices.

    >>> waybills = pd.DataFrame({
    ...     "customer_id": [f"c{n}" for n in range(40)] * 366, "price_yuan": 9.0, "cost_yuan": 8.0,
    ...     "picked_up_at": pd.Timestamp("2025-01-01") + pd.to_timedelta(np.repeat(np.arange(366), 40), unit="D")})
    >>> float(season_index(waybills, start="2025-01-01", end="2026-01-01")["2025-11-11"])
    1.0
    """
    slots = slots_of(start, end, "day")
    if slots.count < _YEAR_DAYS:
        raise ValueError(
            _("A season needs a whole year; from {start} to {end} are {days} days.").format(start=start, end=end, days=slots.count)
        )
    days = customer_days(waybills, slots)
    number = slots.number(days["on"])
    quarters = pd.Series(number * _QUARTERS // slots.count).groupby(days["customer_id"].to_numpy()).nunique()
    steady = quarters.index[quarters == _QUARTERS]
    if len(steady) < _LEAST:
        raise ValueError(_("Only {count} customer(s) shipped in each quarter of the period; a season needs at least {least}.").format(
            count=len(steady), least=_LEAST))  # fmt: skip
    shipping = np.bincount(number[days["customer_id"].isin(steady).to_numpy()], minlength=slots.count)
    # A day without any parcel still passes; it counts as half a customer.
    factors = np.maximum(shipping, 0.5)
    return pd.Series(factors / factors.mean(), index=slots.starts.rename("day"), name="season")


def season_factor(season: pd.Series, *, start: object, end: object) -> float:
    """How busy a period is on average, where 1 is the year's average day.

    Answers: by what must a forecast for these weeks be multiplied?

    Parameters
    ----------
    season : Series of factors by day, from :func:`season_index`
    start, end : the period looked ahead to, from `start` to just before `end`

    Returns
    -------
    float, for the `season` of :func:`expected_purchases`
        Right as it is when the summary was made with the same `season`. Otherwise divide it by the factor of the summary's own period.

    Raises
    ------
    ValueError
        The period is empty, or `season` knows neither a day nor the same weekday a year before.

    Source: see :func:`season_index`.

    >>> season = pd.Series([1.0, 2.0], index=pd.to_datetime(["2025-11-10", "2025-11-11"]))
    >>> season_factor(season, start="2025-11-10", end="2025-11-12")
    1.5
    """
    slots = slots_of(start, end, "day")
    return float(factors_on(season, slots.starts).mean())
