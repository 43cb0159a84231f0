"""Months that can be compared: the same month last year, with working days, weekdays and moving festivals taken into account."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.operations.festivals import calendar_effects
from crmlib.operations.parcels import confidence, months_of, parcels_of
from crmlib.segments.per_customer import numbers
from crmlib.standards import get

VALUES = ("parcels", "revenue_yuan")


def compare_months(
    waybills: pd.DataFrame, calendar: pd.DataFrame, *, value: str = "parcels", level: float | None = None
) -> pd.DataFrame:
    """Each month against the same month of the year before, as it stands and with the calendar taken out.

    Answers: February is down 30% on last February: is that us, or is it Spring Festival, which moved?

    Parameters
    ----------
    waybills : DataFrame
        picked_up_at, for value "revenue_yuan" also price_yuan
    calendar : DataFrame
        As for :func:`calendar_effects`, and is_workday.
    value : "parcels" or "revenue_yuan"
    level : float, 0–1, optional

    Returns
    -------
    DataFrame, one row a month that has the same month a year earlier in the data, both whole
        month, value, last_year, change, workdays, workdays_last_year, per_workday (change of the value per working day), load and
        load_last_year (how many ordinary days' work the days of the month make), calendar_adjusted (change at equal load), low, high (of it)

    Raises
    ------
    ValueError
        The value is another, a column is missing, or no month stands a year after another.

    Notes
    -----
    Per working day is the usual rule, and misleads where parcels do not keep to working days: the days around Spring Festival. `calendar_adjusted`
    divides by the load measured by :func:`calendar_effects` on the same data. Its interval holds chance from day to day and that of the
    measured load; whether the next Spring Festival is like the last two nobody knows.

    Source: the statistics office's practice of comparing January and February together, for the same reason; Findley and others (1998).

    >>> days = pd.date_range("2025-03-01", "2026-04-30")
    >>> log = pd.DataFrame({"picked_up_at": days.repeat(np.where(days.year == 2025, 4, 5))})
    >>> plain = pd.DataFrame({"date": days, "weekday": days.day_of_week + 1, "day_kind": "workday", "festival": "none", "is_workday": True,
    ...     "next_festival": "midyear_618", "days_to_festival": 9.0})
    >>> compare_months(log, plain)[["value", "last_year", "change"]].values.tolist()
    [[155.0, 124.0, 0.25], [150.0, 120.0, 0.25]]
    """
    from scipy.stats import norm

    level = confidence(level)
    if value not in VALUES:
        raise ValueError(_("{name} is {value}; it must be one of {known}.").format(name="value", value=value, known=", ".join(VALUES)))
    bills = parcels_of(waybills, "picked_up_at", *(["price_yuan"] if value == "revenue_yuan" else []))
    effects = calendar_effects(bills, calendar, level=level)
    days = effects.days.assign(month=months_of(effects.days["date"]))
    work = calendar.set_index(pd.to_datetime(calendar["date"]).dt.normalize())["is_workday"].reindex(days["date"]).to_numpy(dtype=bool)
    amount = bills.groupby(months_of(bills["picked_up_at"]))["price_yuan"].sum() if value == "revenue_yuan" else None
    months = days.assign(workdays=work).groupby("month").agg(
        parcels=("parcels", "sum"), load=("load", "sum"), workdays=("workdays", "sum"), days=("date", "size"))  # fmt: skip
    months["value"] = (months["parcels"] if amount is None else amount.reindex(months.index)).astype(float)
    months["scatter"] = effects.dispersion / months["parcels"]
    # How the load of a month moves with each factor: the mean of the factors' marks over its days, weighted with the days' load.
    slope = pd.DataFrame(effects._columns * days["load"].to_numpy()[:, None]).groupby(days["month"].to_numpy()).sum()
    slope = slope.div(months["load"], axis=0)
    whole = months[(months["days"] == months.index.days_in_month) & (months["value"] > 0)]
    rows = []
    for month in whole.index:
        earlier = month - pd.DateOffset(years=1)
        if earlier not in whole.index:
            continue
        now, then = whole.loc[month], whole.loc[earlier]
        gradient = (slope.loc[month] - slope.loc[earlier]).to_numpy()
        ratio = now["value"] / now["load"] / (then["value"] / then["load"])
        half = norm.ppf((1 + level) / 2) * np.sqrt(now["scatter"] + then["scatter"] + gradient @ effects._covariance @ gradient)
        daily = [one["value"] / one["workdays"] if one["workdays"] else np.nan for one in (now, then)]
        rows.append({
            "month": month, "value": now["value"], "last_year": then["value"], "change": now["value"] / then["value"] - 1,
            "workdays": int(now["workdays"]), "workdays_last_year": int(then["workdays"]), "per_workday": daily[0] / daily[1] - 1,
            "load": now["load"], "load_last_year": then["load"], "calendar_adjusted": ratio - 1, "low": ratio * np.exp(-half) - 1,
            "high": ratio * np.exp(half) - 1,
        })  # fmt: skip
    if not rows:
        raise ValueError(_("No whole month has the same month of the year before in the data. Take at least thirteen months."))
    return pd.DataFrame(rows)


def seasonally_adjusted(series: pd.Series, *, period: int) -> pd.DataFrame:
    """Take trend, season and rest of a series apart (STL).

    Answers: what is left of the ups and downs when the season is taken out?

    Parameters
    ----------
    series : Series of numbers in order of time, without gaps
    period : whole number from 2 on
        After how many values the season begins anew: 12 for months, 7 for days.

    Returns
    -------
    DataFrame with the index of `series`
        value, trend, season, rest, adjusted (value less season)

    Raises
    ------
    ValueError
        Fewer than three whole cycles (standard operations.least_cycles), or a value is missing. 24 months are two cycles: what is the
        season and what happened to happen twice cannot be told apart, so no number is given. For two years use :func:`compare_months`.

    Source: Cleveland and others (1990), STL; as in statsmodels.

    >>> days = pd.Series([5.0, 5, 5, 5, 5, 2, 1] * 4)
    >>> seasonally_adjusted(days, period=7)["adjusted"].round(6).nunique()
    1
    """
    from statsmodels.tsa.seasonal import STL

    if isinstance(period, bool) or not isinstance(period, (int, np.integer)) or period < 2:
        raise ValueError(_("period is {value}; it must be a whole number from 2 on, such as 12 for months.").format(value=period))
    if not isinstance(series, pd.Series):
        raise ValueError(_("{name} must be a Series of numbers; this is a {kind}.").format(name="series", kind=type(series).__name__))
    values, least = numbers(series, "series"), int(get("operations.least_cycles", unit="count"))
    if len(values) < least * period:
        raise ValueError(
            _(
                "{count} values are {cycles:.1f} cycles of {period}; a season needs at least {least}, or chance is taken for season. For two years "
                "of months compare with the same month of last year: crm.operations.compare_months."
            ).format(count=len(values), cycles=len(values) / period, period=period, least=least)
        )
    found = STL(values.to_numpy(), period=int(period), robust=False).fit()
    return pd.DataFrame(
        {"value": values.to_numpy(), "trend": found.trend, "season": found.seasonal, "rest": found.resid, "adjusted": values.to_numpy() - found.seasonal},
        index=series.index,
    )
