"""A simulated express firm whose truth is known: who its customers are, how much each ships, who leaves, who rises."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from crmlib.company.company import Company
from crmlib.company.draws import Stream, poisson
from crmlib.company.parcels import draw_parcels
from crmlib.company.scenario import MARKETS, Scenario
from crmlib.company.schema import TABLES, conform
from crmlib.company.season import day_weights
from crmlib.company.traits import draw_traits
from crmlib.i18n import _

FADE_DAYS = 60
"""For so long before leaving a customer ships half as much."""


def simulate(
    *, customers: int = 2000, months: int = 24, start: str | dt.date = "2024-11-01", seed: int = 0, scenario: Scenario | None = None
) -> tuple[Company, dict[str, pd.DataFrame]]:
    """Simulate an express firm.

    Answers: what would the data look like if we knew the truth behind them?

    Parameters
    ----------
    customers : number of registered customers, at least 1
    months : whole calendar months of waybills, at least 1
    start : the first day, the first of a month
    seed : integer; the same seed gives the same values on every machine
    scenario : what the firm is made of; None means `Scenario()`

    Returns
    -------
    Company
        customers and waybills by the contract. The data end at midnight after the last day; parcels then still under way have no
        delivered_at.
    dict of DataFrame
        The truth that an analyst never sees. "customers": one row each with customer_id, kind (steady, rising, declining,
        never_ships), monthly_parcels (long-run rate at the start), yearly_growth (true, next year's), turns_on (when the growth
        sets in), joins_on, leaves_on (empty: stays), express_inclination, cross_border_inclination, discount.

    Raises
    ------
    ValueError
        A number is too small, or `start` is not the first of a month between 2020 and 2035.

    >>> firm, truth = simulate(customers=20, months=2, seed=7)
    >>> len(firm.customers), list(truth)
    (20, ['customers'])
    """
    scenario = scenario or Scenario()
    first = _first_day(start)
    if customers < 1 or months < 1:
        raise ValueError(_("Simulate at least one customer and one month; you asked for {customers} and {months}.").format(
            customers=customers, months=months))  # fmt: skip
    edges = _month_edges(first, months)
    stream = Stream(seed)
    weights = day_weights(first, int(edges[-1]), scenario)
    table, hidden = draw_traits(customers, int(edges[-1]), stream, scenario)
    clocks = {market: np.concatenate([[0.0], np.cumsum(weights[market])]) for market in MARKETS}
    counts, begin, end = _parcel_counts(table, hidden, edges, clocks, stream, scenario)
    waybills = draw_parcels(table, hidden, counts, begin, end, clocks, first, stream, scenario)
    origin = np.datetime64(first, "us")
    opened = origin + hidden["opened"].astype("timedelta64[D]")
    firm = Company(
        customers=conform(pd.DataFrame(table | {"opened_on": opened}), TABLES["customers"]),
        waybills=conform(pd.DataFrame(waybills), TABLES["waybills"]),
        about={
            "name": "Lark Express 云雀快递", "synthetic": True, "seed": int(seed), "customers": int(customers), "months": int(months),
            "first_day": first.isoformat(), "end": (first + dt.timedelta(days=int(edges[-1]))).isoformat(),
        },
    )  # fmt: skip
    return firm, {"customers": _truth(table, hidden, origin, int(edges[-1]))}


def _first_day(start: str | dt.date) -> dt.date:
    try:
        first = start if isinstance(start, dt.date) else dt.date.fromisoformat(start)
    except (TypeError, ValueError):
        first = None
    if first is None or first.day != 1:
        raise ValueError(_('start is "{start}"; write the first day of a month, such as 2024-11-01.').format(start=start))
    return dt.date(first.year, first.month, 1)


def _month_edges(first: dt.date, months: int) -> np.ndarray:
    """Day numbers at which the months begin, and the end of the last."""
    count = [first.year * 12 + first.month - 1 + offset for offset in range(months + 1)]
    return np.array([(dt.date(number // 12, number % 12 + 1, 1) - first).days for number in count])


def _parcel_counts(
    table: dict, hidden: dict, edges: np.ndarray, clocks: dict, stream: Stream, scenario: Scenario
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many parcels each customer (row) sends each month (column), and between which days of that month."""
    begin = np.clip(hidden["joins"][:, None], edges[:-1], edges[1:])
    end = np.clip(hidden["leaves"][:, None], edges[:-1], edges[1:])
    end = np.maximum(begin, end)
    busy = np.zeros(begin.shape)
    for market, clock in clocks.items():
        rows = table["market"] == market
        busy[rows] = clock[end[rows]] - clock[begin[rows]]
    years = np.clip((begin - hidden["turns"][:, None]) / 365.25, 0, 2.5)
    trend = np.clip(np.exp(years * np.log1p(hidden["growth"])[:, None]), 0.04, 8.0)
    fading = np.where(hidden["leaves"][:, None] - begin <= FADE_DAYS, 0.5, 1.0)
    spread = np.array([scenario.month_spread[market] for market in table["market"]])[:, None]
    noise = np.exp(spread * stream.normals("months", begin.shape) - spread**2 / 2)
    rate = hidden["rate"][:, None] / 30.4 * busy * trend * fading * noise
    counts = poisson(rate, stream.uniforms("counts", begin.shape))
    return _at_least_one(counts, begin, end, hidden), begin, end


def _at_least_one(counts: np.ndarray, begin: np.ndarray, end: np.ndarray, hidden: dict) -> np.ndarray:
    """A customer joins by sending a parcel; one who joined before the first day has sent at least one since."""
    joined = (hidden["joins"] < end[:, -1].max()) & ~hidden["never"]
    fresh = joined & ((hidden["joins"] > 0) | (counts.sum(axis=1) == 0))
    month = np.argmax(end > begin, axis=1)
    rows = np.flatnonzero(fresh & (end > begin).any(axis=1))
    counts[rows, month[rows]] = np.maximum(counts[rows, month[rows]], 1)
    return counts


def _truth(table: dict, hidden: dict, origin: np.datetime64, days: int) -> pd.DataFrame:
    leaves = origin + hidden["leaves"].astype("timedelta64[D]")
    return pd.DataFrame({
        "customer_id": table["customer_id"],
        "kind": hidden["kind"],
        "monthly_parcels": hidden["rate"].round(3),
        "yearly_growth": hidden["growth"].round(4),
        "turns_on": origin + hidden["turns"].astype("timedelta64[D]"),
        "joins_on": np.where(hidden["never"], np.datetime64("NaT"), origin + hidden["joins"].astype("timedelta64[D]")),
        "leaves_on": np.where(hidden["never"] | (hidden["leaves"] > days), np.datetime64("NaT"), leaves),
        "express_inclination": hidden["express"].round(4),
        "cross_border_inclination": hidden["cross_border"].round(4),
        "discount": hidden["discount"],
    })  # fmt: skip
