"""From waybills to what the lifetime models read: repeat purchases, span and age of each customer, in a chosen unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from crmlib.lifetime.calendar import Slots, customer_days, slots_of
from crmlib.standards import get


def purchase_summary(waybills: IntoFrame, *, start: object, end: object, unit: str, season: pd.Series | None = None) -> pd.DataFrame:
    """Sum up each customer's purchases in a period, as the lifetime models need them.

    Answers: how often did each customer come back, over how long, and since when has it been quiet?

    A courier's customer may hand over a hundred parcels on one day. What counts as a purchase is therefore a *day*, *week* or *month* with
    at least one parcel; :func:`counting_units` shows which of them suits.

    Parameters
    ----------
    waybills : pandas, polars (also lazy) or DuckDB table, one row a waybill
        customer_id, picked_up_at, price_yuan, cost_yuan
    start, end : date, datetime or text such as "2026-11-01"
        The period runs from `start` to just before `end`. Weeks are counted back from `end`; with months, `end` is the first of a month.
    unit : "day", "week" or "month"
        What counts as one purchase, and the unit of span and age.
    season : Series of factors indexed by day, optional, from :func:`season_index`
        Time then runs in ordinary units: a day that is 1.8 times as busy counts as 1.8 days.

    Returns
    -------
    DataFrame, one row a customer who shipped, in order of customer_id
        customer_id, repeats (purchases after the first), span (units from the first to the last purchase), age (units from the first
        purchase to the end), mean_revenue_yuan, mean_margin_yuan (a repeat purchase; missing for who bought once), first_on, last_on
        (dates of the first and last parcel), unit. The literature calls repeats, span and age x, t_x and T.

    Raises
    ------
    ValueError
        A column is missing or has missing values, dates are text, the period is empty or turned round, or the unit is unknown.

    Notes
    -----
    Who shipped before `start` enters with its first purchase inside the period, like a new customer.

    Source: Fader, Hardie and Lee, Marketing Science 24 (2005), 275–284, who count days with a purchase.

    >>> waybills = pd.DataFrame({
    ...     "customer_id": ["c1", "c1", "c1", "c2"], "price_yuan": [10.0, 6.0, 9.0, 90.0], "cost_yuan": [7.0, 5.0, 8.0, 60.0],
    ...     "picked_up_at": pd.to_datetime(["2026-09-01 08:00", "2026-09-15 09:00", "2026-09-15 17:00", "2026-10-06 10:00"])})
    >>> summary = purchase_summary(waybills, start="2026-09-01", end="2026-11-01", unit="day")
    >>> summary[["customer_id", "repeats", "span", "age", "mean_margin_yuan"]].values.tolist()
    [['c1', 1, 14.0, 60.0, 2.0], ['c2', 0, 0.0, 25.0, nan]]
    """
    slots = slots_of(start, end, unit)
    return summarise(customer_days(waybills, slots), slots, season)


def summarise(days: pd.DataFrame, slots: Slots, season: pd.Series | None = None) -> pd.DataFrame:
    """The summary of customers' days with parcels that lie within `slots`; what :func:`purchase_summary` does after reading.

    Parameters
    ----------
    days : DataFrame, from :func:`crmlib.lifetime.calendar.customer_days`

    >>> slots = slots_of("2026-11-01", "2026-11-15", "week")
    >>> days = pd.DataFrame({"customer_id": ["c1", "c1"], "on": pd.to_datetime(["2026-11-03", "2026-11-09"]), "revenue_yuan": [5.0, 7.0],
    ...                      "margin_yuan": [1.0, 2.0]})
    >>> summarise(days, slots)[["repeats", "span", "age", "mean_revenue_yuan"]].values.tolist()
    [[1.0, 1.0, 1.0, 7.0]]
    """
    units = days.assign(slot=slots.number(days["on"])).groupby(["customer_id", "slot"], observed=True, as_index=False).agg(
        first_on=("on", "min"), last_on=("on", "max"), revenue=("revenue_yuan", "sum"), margin=("margin_yuan", "sum"))  # fmt: skip
    passed = np.concatenate([[0.0], np.cumsum(slots.lengths(season))])
    groups = units.groupby("customer_id", sort=True, observed=True)
    found = groups.agg(
        repeats=("slot", "size"), first=("slot", "first"), last=("slot", "last"), revenue=("revenue", "sum"), margin=("margin", "sum"),
        first_revenue=("revenue", "first"), first_margin=("margin", "first"), first_on=("first_on", "min"), last_on=("last_on", "max"),
    ).reset_index()  # fmt: skip
    again = found["repeats"] - 1
    since = passed[found["first"].to_numpy() + 1]
    with np.errstate(invalid="ignore"):
        return pd.DataFrame({
            "customer_id": found["customer_id"],
            "repeats": again.astype("int64"),
            "span": passed[found["last"].to_numpy() + 1] - since,
            "age": passed[-1] - since,
            "mean_revenue_yuan": ((found["revenue"] - found["first_revenue"]) / again).where(again > 0),
            "mean_margin_yuan": ((found["margin"] - found["first_margin"]) / again).where(again > 0),
            "first_on": found["first_on"],
            "last_on": found["last_on"],
            "unit": pd.Categorical.from_codes(np.zeros(len(found), dtype=np.int8), categories=[slots.unit]),
        })  # fmt: skip


def counting_units(waybills: IntoFrame, *, start: object, end: object) -> pd.DataFrame:
    """Compare days, weeks and months as the unit in which purchases are counted.

    Answers: which unit shows both that customers come back and how often they do?

    A unit is too coarse where customers buy in nearly every one: whether they ship once or a hundred times a week then looks the same, and
    the models' purchases at random moments no longer fit. It is needlessly fine where hardly anything happens in most units; that costs
    nothing but reading.

    Parameters
    ----------
    waybills, start, end : as for :func:`purchase_summary`

    Returns
    -------
    DataFrame, indexed by unit (day, week, month), coarser ones further down
        units (how many the period has), customers, repeat_share (share of customers who bought again), median_repeats (of those),
        busy_share (the median customer's share of units with a purchase, between its first and last), full_share (share of the repeat
        buyers with a purchase in more than half of these units; those with fewer than four repeats do not count), suits (full_share is at
        most the standard lifetime.full_share)

    Raises
    ------
    ValueError
        As :func:`purchase_summary`.

    Source: own teaching rule; the models assume purchases at random moments, of which a unit must hold few.

    >>> waybills = pd.DataFrame({"customer_id": "c1", "price_yuan": 9.0, "cost_yuan": 8.0,
    ...     "picked_up_at": pd.date_range("2026-09-01", periods=9, freq="7D")})
    >>> counting_units(waybills, start="2026-09-01", end="2026-11-01").busy_share.round(2).to_dict()
    {'day': 0.14, 'week': 1.0, 'month': 1.0}
    """
    most = get("lifetime.full_share", unit="share")
    by_day = slots_of(start, end, "day")
    days = customer_days(waybills, by_day)
    rows = {}
    for unit in ("day", "week", "month"):
        slots = slots_of(start, end if unit != "month" else by_day.month_end, unit)
        table = summarise(days[days["on"] < slots.end], slots)
        again = table[table["repeats"] > 0]
        busy = again["repeats"] / again["span"]
        judged = busy[again["repeats"] >= 4]
        full = float((judged > 0.5).mean()) if len(judged) else float((busy > 0.5).mean()) if len(busy) else 0.0
        rows[unit] = {
            "units": slots.count, "customers": len(table), "repeat_share": len(again) / max(len(table), 1),
            "median_repeats": float(again["repeats"].median()), "busy_share": float(busy.median()), "full_share": full,
            "suits": full <= most,
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("unit")
