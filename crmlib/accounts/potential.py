"""Who will soon be a key account: yearly revenue, its growth with an interval, and the chance of reaching the next tier."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.clean import clean, listed
from crmlib.credit.chance import whole
from crmlib.i18n import _
from crmlib.segments.per_customer import day
from crmlib.standards import get

_HALF = 6
"""Months compared with the same months of the year before, so that the season cancels."""

_ALIKE = 30
"""Customers are divided by size only where each third has so many."""


def potential_key_accounts(
    waybills: pd.DataFrame, *, as_of: object, tiers: Sequence[float] | None = None, level: float = 0.9, least_parcels: int = 24
) -> pd.DataFrame:
    """Rank customers below the top tier by their chance of reaching the next tier within a year.

    Answers: whom should a key-account manager visit now, before a rival does?

    Parameters
    ----------
    waybills : DataFrame, at least 18 months
        customer_id, picked_up_at, price_yuan.
    as_of : date or text
        The last day known; the year up to it is "now".
    tiers : rising yuan a year, optional
        Least yearly revenue of each tier. Without them: the standard accounts.tier_yuan (agreement tiers of the trade). The simulated
        firm is a small sample of a real one; for it choose tiers that fit, for example (1000, 3000, 10000).
    level : float, 0–1
        Of the intervals.
    least_parcels : int
        Customers with fewer than half of this in six months are left out: nothing can be said of their growth.

    Returns
    -------
    DataFrame, one row a customer below the top tier, the most likely first, indexed by customer_id
        year_yuan, parcels (of the year), tier (0: below the first), next_tier_yuan, growth, growth_low, growth_high (parcels of the last
        six months over the same months a year before, less 1, drawn towards the mean), next_year_yuan, next_year_low, next_year_high (of
        the year to come), tier_chance (of reaching the next tier in it), why ("growing", "near_tier", "both" or "neither")

    Raises
    ------
    ValueError
        A column is missing; dates are text; the data do not reach back 18 months; the tiers do not rise; nobody qualifies.

    Notes
    -----
    The year to come is told from the last six months by what happened a year ago: for every customer the revenue of the year past over that
    of the six months before it, with leavers as 0. Customers of like size (thirds by parcels) lend their ratios to each
    other; season, usual growth and losses are all inside, and the chance is the share of ratios that suffice. Nobody's own growth is
    carried on: what grew ninefold will not do so again. Growth is shown to explain. It is a log ratio of counts; the spread of true growth
    among customers is what counting does not explain (DerSimonian and Laird), and each customer's growth is drawn towards the mean
    accordingly. A customer without parcels a year ago has the mean growth and its full spread.

    Source: 《快递客户关系管理》 (潜在大客户管理); shrinkage after DerSimonian and Laird (1986).

    >>> days = pd.date_range("2024-11-01", "2026-10-31", freq="D")
    >>> steady = pd.DataFrame({"customer_id": "c1", "picked_up_at": days, "price_yuan": 10.0})
    >>> larger = pd.DataFrame({"customer_id": "c2", "picked_up_at": days.repeat(2), "price_yuan": 10.0})
    >>> found = potential_key_accounts(pd.concat([steady, larger]), as_of="2026-10-31", tiers=(7000, 30000))
    >>> found["next_tier_yuan"].to_dict()
    {'c2': 30000.0, 'c1': 7000.0}
    """
    from scipy.stats import norm

    require_share("level", level)
    least_parcels = whole("least_parcels", least_parcels, 1)
    steps = _tiers(tiers)
    table = _volumes(waybills, day(as_of, "as_of").normalize())
    then = table[table["earlier"] >= least_parcels / 2]
    table = table[table["recent"] >= least_parcels / 2].copy()
    if table.empty:
        raise ValueError(
            _("No customer sent {least} parcels or more in the last six months.").format(least=int(np.ceil(least_parcels / 2)))
        )
    if then.empty:
        raise ValueError(_("No customer sent {least} parcels or more in the same six months a "
            "year ago, so nothing can be learnt from that year.").format(
            least=int(np.ceil(least_parcels / 2))))  # fmt: skip
    table["tier"] = np.searchsorted(steps, table["year_yuan"], side="right")
    growth, spread = _growth(table["recent"].to_numpy(float), table["earlier"].to_numpy(float))
    reach = norm.ppf((1 + level) / 2) * spread
    for name, shift in (("", 0), ("_low", -1), ("_high", 1)):
        table[f"growth{name}"] = np.expm1(growth + shift * reach)
    table["next_tier_yuan"] = np.append(steps, np.inf)[table["tier"]]
    table = _foreseen(table[np.isfinite(table["next_tier_yuan"])].copy(), then, level)
    growing, near = table["growth_low"] > 0, table["year_yuan"] >= 0.8 * table["next_tier_yuan"]
    table["why"] = np.select([growing & near, growing, near], ["both", "growing", "near_tier"], "neither")
    columns = ["year_yuan", "parcels", "tier", "next_tier_yuan", "growth", "growth_low", "growth_high", "next_year_yuan", "next_year_low",
               "next_year_high", "tier_chance", "why"]  # fmt: skip
    return table[columns].sort_values(["tier_chance", "next_year_yuan"], ascending=False, kind="stable")


def _foreseen(table: pd.DataFrame, then: pd.DataFrame, level: float) -> pd.DataFrame:
    ratio = then["year_yuan"].to_numpy() / then["earlier_yuan"].to_numpy()
    thirds = np.quantile(then["earlier"], [1 / 3, 2 / 3]) if len(then) >= _ALIKE * 3 else np.array([])
    own, like = (np.searchsorted(thirds, sizes.to_numpy()) for sizes in (table["recent"], then["earlier"]))
    for name in ("next_year_yuan", "next_year_low", "next_year_high", "tier_chance"):
        table[name] = 0.0
    for group in np.unique(own):
        rows, seen = own == group, np.sort(ratio[like == group])
        yuan = table.loc[rows, "recent_yuan"].to_numpy()
        for name, part in (("next_year_yuan", 0.5), ("next_year_low", (1 - level) / 2), ("next_year_high", (1 + level) / 2)):
            table.loc[rows, name] = (yuan * np.quantile(seen, part)).round(2)
        enough = len(seen) - np.searchsorted(seen, table.loc[rows, "next_tier_yuan"].to_numpy() / yuan, side="left")
        table.loc[rows, "tier_chance"] = (enough + 0.5) / (len(seen) + 1)
    return table


def _tiers(tiers: Sequence[float] | None) -> np.ndarray:
    found = np.asarray(get("accounts.tier_yuan", unit="yuan_per_year") if tiers is None else listed(tiers, "tiers"), dtype=object)
    if not len(found) or any(not isinstance(value, Real) or isinstance(value, bool) or not 0 < value < np.inf for value in found) or (np.diff(found.astype(float)) <= 0).any():
        raise ValueError(
            _("tiers is {value}; write rising yearly revenues in yuan, for example (10000, 30000, 70000).").format(value=tiers)
        )
    return found.astype(float)


def _volumes(waybills: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    waybills = clean(waybills, "waybills", customer_id="id", picked_up_at="date", price_yuan="number")
    waybills = waybills[["customer_id", "picked_up_at", "price_yuan"]].reset_index(drop=True)
    at = waybills["picked_up_at"]
    end = today + pd.Timedelta(days=1)
    back = [end - pd.DateOffset(months=months) for months in (_HALF, 12, 12 + _HALF)]
    if not len(at) or at.min() > back[2] + pd.Timedelta(days=7):
        raise ValueError(_("Growth compares six months with the same months a year before; the waybills must reach back to {day}.").format(
            day=f"{back[2]:%Y-%m-%d}"))  # fmt: skip
    waybills = waybills[at < end]
    at = at[at < end]
    parts = {}
    for name, since, until in (("year", back[1], end), ("recent", back[0], end), ("earlier", back[2], back[1])):
        parts[name] = waybills[(at >= since) & (at < until)].groupby("customer_id")["price_yuan"].agg(["size", "sum"])
    customers = parts["year"].index.union(parts["earlier"].index)
    table = pd.DataFrame(index=customers.rename("customer_id"))
    for name, (count, yuan) in {
        "year": ("parcels", "year_yuan"),
        "recent": ("recent", "recent_yuan"),
        "earlier": ("earlier", "earlier_yuan"),
    }.items():
        table[count] = parts[name]["size"].reindex(customers, fill_value=0)
        table[yuan] = parts[name]["sum"].reindex(customers, fill_value=0.0).round(2)
    return table


def _growth(recent: np.ndarray, earlier: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log growth of each customer drawn towards the mean, and its standard error."""
    known = (recent > 0) & (earlier > 0)
    ratio = np.log(np.where(known, recent + 0.5, 1.0) / np.where(known, earlier + 0.5, 1.0))
    counts = 1 / (recent + 0.5) + 1 / (earlier + 0.5)
    if known.sum() < 3:
        # Too few to learn the spread of growth from: half as much or twice as much is a usual year.
        mean, between = 0.0, np.log(2) ** 2
    else:
        weight = 1 / counts[known]
        mean = float(np.average(ratio[known], weights=weight))
        excess = (weight * (ratio[known] - mean) ** 2).sum() - (known.sum() - 1)
        between = max(excess / (weight.sum() - (weight**2).sum() / weight.sum()), 1e-4)
        mean = float(np.average(ratio[known], weights=1 / (counts[known] + between)))
    keep = np.where(known, between / (between + counts), 0.0)
    return mean + keep * (ratio - mean), np.sqrt(between * np.where(known, 1 - keep, 1.0) + between / 2)
