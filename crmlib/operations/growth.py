"""Why revenue changed: price, volume and mix; and which customers came, went, grew and shrank. Both add up to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.operations.parcels import confidence, parcels_of, period_of, two_periods

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ORDERS = ("midpoint", "volume_first", "price_first")
PARTS = ("volume", "mix", "price")
STATES = ("new", "returned", "grown", "shrunk", "same", "lost")
_MOST_CELLS = 400


@dataclass(frozen=True)
class GrowthAnalysis:
    """The change of revenue from the period `before` to the period `after`, told twice.

    parts : one row each (part_of_change) of volume, mix, price: yuan, low, high, change_share; they add up to `change_yuan`
    cells : one row a cell of `by`: parcels_before, parcels_after, price_before, price_after, volume, mix, price (yuan)
    customers : one row each of new, returned, grown, shrunk, same, lost: customers, before_period_yuan, after_period_yuan, change_yuan; they add up too
    before_yuan, after_yuan, low, high : the revenues, and the interval of the change at `level`
    days_before, days_after : how long the periods last
    """

    parts: pd.DataFrame = field(repr=False, compare=False)
    cells: pd.DataFrame = field(repr=False, compare=False)
    customers: pd.DataFrame = field(repr=False, compare=False)
    before_yuan: float
    after_yuan: float
    low: float
    high: float
    level: float
    order: str
    days_before: int
    days_after: int

    @property
    def change_yuan(self) -> float:
        """Revenue after less revenue before."""
        return self.after_yuan - self.before_yuan

    def summary(self) -> str:
        """The change, its three parts and the customers behind it."""
        part, people = self.parts.set_index("part_of_change")["yuan"], self.customers.set_index("customer_change")
        said = _(
            "Revenue went from {before:,.0f} to {after:,.0f} yuan ({change:+,.0f}, {level:.0%} interval {low:+,.0f} to {high:+,.0f}): volume "
            "{volume:+,.0f}, mix {mix:+,.0f}, price {price:+,.0f}. {new} new customers brought {new_yuan:+,.0f}, {lost} lost ones {lost_yuan:+,.0f}; "
            "those who stayed {stayed:+,.0f}."
        ).format(
            before=self.before_yuan, after=self.after_yuan, change=self.change_yuan, level=self.level, low=self.low, high=self.high,
            volume=part["volume"], mix=part["mix"], price=part["price"], new=people.at["new", "customers"],
            new_yuan=people.at["new", "change_yuan"], lost=people.at["lost", "customers"], lost_yuan=people.at["lost", "change_yuan"],
            stayed=people.loc[["grown", "shrunk", "same"], "change_yuan"].sum(),
        )  # fmt: skip
        if self.days_before != self.days_after:
            said += _(" The periods are not of one length: {before} and {after} days.").format(before=self.days_before, after=self.days_after)
        return said

    def plot(self, ax: Axes | None = None, *, what: str = "parts") -> Axes:
        """A waterfall of the "parts" or of the "customers"; see :func:`crmlib.plotting.revenue_bridge`."""
        from crmlib.plotting.operations import revenue_bridge

        return revenue_bridge(self, what=what, ax=ax)


def growth_analysis(
    waybills: pd.DataFrame, *, before: object, after: object, by: Sequence[str] | str = ("scope", "product"), order: str = "midpoint",
    level: float | None = None,
) -> GrowthAnalysis:  # fmt: skip
    """Take the change of revenue apart, by price, volume and mix, and by customers.

    Answers: revenue is up 8%: did we send more, dearer, or other parcels, and whose?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at, price_yuan and the columns of `by`. Rows before both periods tell who is new and who returned.
    before, after : pairs of days
        ("2024-11-01", "2025-11-01") is the year from 1 November on; the last day is not included. Compare a period with the same one a year
        earlier, or the season is taken for growth.
    by : column or columns of waybills
        What makes a kind of parcel. Whatever differs inside a kind, such as weight, is counted as price.
    order : "midpoint", "volume_first" or "price_first"
        volume_first: volume at old mix and prices, mix at old prices, price at the new volume and mix (the accountants' way).
        price_first: the other way round. midpoint: the mean over all six orders (Shapley, Bennet), which favours none.
    level : float, 0–1, optional

    Returns
    -------
    GrowthAnalysis

    Raises
    ------
    ValueError
        A column is missing, the periods overlap, or one of them has no waybill.

    Notes
    -----
    A kind that was sent in one period only has no price in the other; it is given the price that it had, so its coming or going counts as
    mix and volume. Intervals: jackknife over customers; missing where there are more than 400 kinds of parcels.

    Source: 《快递客户关系管理》, project 4, task 2 (业务发展分析); Bennet (1920); Shorrocks (2013) for the mean over orders.

    >>> log = pd.DataFrame({"customer_id": ["c1", "c1", "c2"], "picked_up_at": pd.to_datetime(["2026-01-05", "2026-02-05", "2026-02-06"]),
    ...     "price_yuan": [10.0, 12.0, 8.0], "product": "economy"})
    >>> found = growth_analysis(log, before=("2026-01-01", "2026-02-01"), after=("2026-02-01", "2026-03-01"), by="product")
    >>> dict(zip(found.parts.part_of_change, found.parts.yuan.tolist())), found.change_yuan
    ({'volume': 10.0, 'mix': 0.0, 'price': 0.0}, 10.0)
    """
    level = confidence(level)
    bills = parcels_of(waybills, "customer_id", "picked_up_at", "price_yuan", *_names(by))
    parts, cells = _decompose(bills, before, after, _names(by), order, level)
    people = customer_bridge(bills, before=before, after=after)
    old, new, days, days_after = two_periods(bills, before, after)
    own = pd.concat([-old.groupby("customer_id", observed=True)["price_yuan"].sum(), new.groupby("customer_id", observed=True)["price_yuan"].sum()])
    change = own.groupby(level=0).sum()
    from scipy.stats import norm

    half = float(norm.ppf((1 + level) / 2) * change.std(ddof=1) * np.sqrt(len(change))) if len(change) > 1 else float("nan")
    was, now = float(old["price_yuan"].sum()), float(new["price_yuan"].sum())
    return GrowthAnalysis(parts, cells, people, was, now, now - was - half, now - was + half, level, order, days, days_after)


def price_volume_mix(
    waybills: pd.DataFrame, *, before: object, after: object, by: Sequence[str] | str = ("scope", "product"), order: str = "midpoint",
    level: float | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The change of revenue as the sum of a volume, a mix and a price part; the `parts` of :func:`growth_analysis`.

    Answers: how much of the change is price, how much volume, how much mix?

    Parameters
    ----------
    waybills, before, after, by, order, level : as for :func:`growth_analysis`

    Returns
    -------
    DataFrame
        part_of_change (volume, mix, price), yuan, low, high, change_share

    Raises
    ------
    ValueError
        As for :func:`growth_analysis`.

    Source: as for :func:`growth_analysis`.

    >>> log = pd.DataFrame({"customer_id": ["c1", "c1"], "picked_up_at": pd.to_datetime(["2026-01-05", "2026-02-05"]),
    ...     "price_yuan": [10.0, 12.0], "product": "economy"})
    >>> price_volume_mix(log, before=("2026-01-01", "2026-02-01"), after=("2026-02-01", "2026-03-01"), by="product").yuan.round(6).tolist()
    [0.0, 0.0, 2.0]
    """
    bills = parcels_of(waybills, "customer_id", "picked_up_at", "price_yuan", *_names(by))
    return _decompose(bills, before, after, _names(by), order, confidence(level))[0]


def customer_bridge(waybills: pd.DataFrame, *, before: object, after: object) -> pd.DataFrame:
    """The change of revenue as the sum over customers who came, came back, grew, shrank and went.

    Answers: does growth come from new customers, or from those we have?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at, price_yuan
    before, after : pairs of days, as for :func:`growth_analysis`

    Returns
    -------
    DataFrame, one row each of new, returned, grown, shrunk, same, lost
        customer_change, customers, before_period_yuan, after_period_yuan, change_yuan. new: no parcel in any row before `after`; returned: none in
        `before` but one earlier, or between the periods; lost: parcels in `before`, none in `after`.

    Raises
    ------
    ValueError
        As for :func:`growth_analysis`.

    Source: 《快递客户关系管理》, project 4, task 2 (客户发展分析).

    >>> log = pd.DataFrame({"customer_id": ["c1", "c2", "c2"], "picked_up_at": pd.to_datetime(["2026-01-05", "2026-01-09", "2026-02-05"]),
    ...     "price_yuan": [10.0, 5.0, 9.0]})
    >>> found = customer_bridge(log, before=("2026-01-01", "2026-02-01"), after=("2026-02-01", "2026-03-01"))
    >>> found[found.customers > 0][["customer_change", "change_yuan"]].values.tolist()
    [['grown', 4.0], ['lost', -10.0]]
    """
    bills = parcels_of(waybills, "customer_id", "picked_up_at", "price_yuan")
    old, new, _days, _days_after = two_periods(bills, before, after)
    sums = pd.DataFrame({
        "was": old.groupby("customer_id", observed=True)["price_yuan"].sum(), "now": new.groupby("customer_id", observed=True)["price_yuan"].sum(),
    })  # fmt: skip
    start = period_of(after, "after")[0]
    first = bills.groupby("customer_id", observed=True)["picked_up_at"].min().reindex(sums.index)
    fresh, gone = sums["was"].isna(), sums["now"].isna()
    change = sums["now"].fillna(0) - sums["was"].fillna(0)
    state = np.select(
        [fresh & (first >= start), fresh, gone, change > 0, change < 0], ["new", "returned", "lost", "grown", "shrunk"], "same"
    )
    table = sums.fillna(0.0).assign(change=change).groupby(pd.Categorical(state, STATES), observed=False)
    found = table.agg(customers=("was", "size"), before_period_yuan=("was", "sum"), after_period_yuan=("now", "sum"), change_yuan=("change", "sum"))
    return found.rename_axis("customer_change").reset_index().astype({"customer_change": object})


def _names(by: Sequence[str] | str) -> list[str]:
    names = [by] if isinstance(by, str) else list(by)
    if not names:
        raise ValueError(_('by names no column. Give what makes a kind of parcel, such as by=("scope", "product").'))
    return names


def _decompose(
    bills: pd.DataFrame, before: object, after: object, by: list[str], order: str, level: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    from scipy.stats import norm

    if order not in ORDERS:
        raise ValueError(_("{name} is {value}; it must be one of {known}.").format(name="order", value=order, known=", ".join(ORDERS)))
    old, new, _days, _days_after = two_periods(bills, before, after)
    sums = [part.groupby(by, observed=True)["price_yuan"].agg(["size", "sum"]) for part in (old, new)]
    index = sums[0].index.union(sums[1].index)
    totals = np.stack([part.reindex(index, fill_value=0).to_numpy(dtype=float) for part in sums])
    found = _effects(totals[None, :, :, 0], totals[None, :, :, 1], order)[0]
    yuan, change = found.sum(axis=1), totals[1, :, 1].sum() - totals[0, :, 1].sum()
    half = np.full(3, np.nan)
    people = pd.Index(pd.unique(pd.concat([old["customer_id"], new["customer_id"]])))
    if len(index) <= _MOST_CELLS and len(people) > 2:
        without = totals[None] - _by_customer((old, new), people, index, by)
        parts = _effects(without[..., 0], without[..., 1], order).sum(axis=2)
        # The parts are sums over customers, not means: hence n / (n − 1), the inverse of the usual factor.
        error = np.sqrt(len(people) / (len(people) - 1) * ((parts - parts.mean(axis=0)) ** 2).sum(axis=0))
        half = norm.ppf((1 + level) / 2) * error
    share = yuan / change if change else np.full(3, np.nan)
    table = pd.DataFrame({"part_of_change": PARTS, "yuan": yuan, "low": yuan - half, "high": yuan + half, "change_share": share})
    prices = np.divide(totals[..., 1], totals[..., 0], out=np.full(totals.shape[:2], np.nan), where=totals[..., 0] > 0)
    cells = pd.DataFrame({
        "parcels_before": totals[0, :, 0].astype(np.int64), "parcels_after": totals[1, :, 0].astype(np.int64), "price_before": prices[0],
        "price_after": prices[1], **dict(zip(PARTS, found, strict=True)),
    }, index=index)  # fmt: skip
    return table, cells.reset_index()


def _by_customer(parts: tuple[pd.DataFrame, pd.DataFrame], people: pd.Index, index: pd.Index, by: list[str]) -> np.ndarray:
    """Parcels and yuan: customers × periods × cells × 2."""
    shape = (len(people), 2, len(index), 2)
    found = np.zeros((2, shape[0] * shape[2], 2))
    for period, part in enumerate(parts):
        keys = pd.MultiIndex.from_frame(part[by]) if len(by) > 1 else pd.Index(part[by[0]])
        place = people.get_indexer(part["customer_id"]) * shape[2] + index.get_indexer(keys)
        for column, weight in enumerate((None, part["price_yuan"].to_numpy())):
            found[period, :, column] = np.bincount(place, weight, minlength=shape[0] * shape[2])
    return found.reshape(2, shape[0], shape[2], 2).transpose(1, 0, 2, 3)


def _effects(parcels: np.ndarray, yuan: np.ndarray, order: str) -> np.ndarray:
    """Volume, mix and price part by cell (… × 3 × cells), of parcels and yuan (… × 2 periods × cells)."""
    total = parcels.sum(axis=-1, keepdims=True)
    share = np.divide(parcels, total, out=np.zeros_like(parcels), where=total > 0)
    price = np.divide(yuan, parcels, out=np.full_like(yuan, np.nan), where=parcels > 0)
    price = np.where(np.isnan(price), price[..., ::-1, :], price)
    price = np.nan_to_num(price)
    orders = {"volume_first": [(0, 1, 2)], "price_first": [(2, 1, 0)], "midpoint": list(permutations(range(3)))}[order]
    found = np.zeros((*parcels.shape[:-2], 3, parcels.shape[-1]))
    for sequence in orders:
        at = [0, 0, 0]
        value = _revenue(total, share, price, at)
        for factor in sequence:
            at[factor] = 1
            moved = _revenue(total, share, price, at)
            found[..., factor, :] += (moved - value) / len(orders)
            value = moved
    return found


def _revenue(total: np.ndarray, share: np.ndarray, price: np.ndarray, at: list[int]) -> np.ndarray:
    volume, mix, dear = at
    return total[..., volume, :] * share[..., mix, :] * price[..., dear, :]
