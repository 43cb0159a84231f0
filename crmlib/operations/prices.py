"""Our prices against the competitors', by route and product over the months; and their price wars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_share
from crmlib.clean import clean
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.operations.parcels import confidence, months_of, of_customers, parcels_of
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROUTE = ["scope", "origin_region", "destination_region", "product"]
_LISTED = {"month": "text_date", "competitor": "name", **dict.fromkeys(_ROUTE, "name"), "first_kg_yuan": "number", "further_kg_yuan": "number"}


@dataclass(frozen=True)
class PricePosition:
    """How dear we are, on the parcels that a competitor would have carried too.

    table : one row a month, cell of `by` and competitor: parcels, own_yuan, their_yuan, index (own ÷ theirs; 1.1 is 10% dearer), low, high
    overall : one row a competitor, over all months and cells: the same
    own : "paid" or "list"
    """

    table: pd.DataFrame = field(repr=False, compare=False)
    overall: pd.DataFrame = field(repr=False, compare=False)
    by: tuple[str, ...]
    own: str
    level: float

    def summary(self) -> str:
        """Against whom we are dearest and cheapest."""
        rows = self.overall.sort_values("index")
        cheap, dear = rows.iloc[0], rows.iloc[-1]
        said = _(
            "On the same parcels we ask {dear:.0%} of what {rival} asks ({level:.0%} interval {low:.0%} to {high:.0%}); our best position is against "
            "{other}: {cheap:.0%}."
        ).format(
            dear=dear["index"], rival=label(dear["competitor"], "competitor"), level=self.level, low=dear["low"], high=dear["high"],
            other=label(cheap["competitor"], "competitor"), cheap=cheap["index"],
        )  # fmt: skip
        return said + (_(" Theirs are list prices, ours what customers paid: discounts are on our side alone.") if self.own == "paid" else "")

    def plot(self, ax: Axes | None = None) -> Axes:
        """One line a competitor; see :func:`crmlib.plotting.price_position`."""
        from crmlib.plotting.operations_market import price_position

        return price_position(self, ax=ax)


def price_position(
    waybills: pd.DataFrame, market_prices: pd.DataFrame, customers: pd.DataFrame, *, by: Sequence[str] | str = ("scope", "product"),
    own: str = "paid", level: float | None = None,
) -> PricePosition:  # fmt: skip
    """What our parcels cost, over what each competitor's list would have asked for the very same parcels.

    Answers: on which products and routes are we too dear, against whom, and since when?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at, product, scope, destination_region, weight_kg, price_yuan
    market_prices : DataFrame
        month, competitor, scope, origin_region, destination_region, product, first_kg_yuan, further_kg_yuan
    customers : DataFrame
        customer_id, region (where it sends from)
    by : columns of "scope", "product", "origin_region", "destination_region"; () for none
    own : "paid" or "list"
        list: our own price list instead of what was paid. A list against a list is the fair comparison of price levels, what was paid
        tells what a customer sees who is asked the list price elsewhere.
    level : float, 0–1, optional

    Returns
    -------
    PricePosition

    Raises
    ------
    ValueError
        A column is missing, a weight or price is not above 0, or no competitor serves any of the parcels.

    Notes
    -----
    Sum over sum on the same parcels, never the mean of the ratios. Parcels that a competitor does not carry are left out against it.
    Intervals take the parcels of a customer together: they say how much the index depends on whose parcels are looked at.

    Source: Paasche price index; 《快递客户关系管理》, project 4, task 2 (竞争对手信息).

    >>> log = pd.DataFrame({"customer_id": ["c1"], "picked_up_at": pd.to_datetime(["2026-03-05"]), "product": "economy",
    ...     "scope": "domestic", "destination_region": "west", "weight_kg": 1.4, "price_yuan": 12.0})
    >>> prices = pd.DataFrame({"month": pd.to_datetime(["2026-03-01"]), "competitor": "plover", "scope": "domestic",
    ...     "origin_region": "east", "destination_region": "west", "product": "economy", "first_kg_yuan": 8.0, "further_kg_yuan": 2.0})
    >>> people = pd.DataFrame({"customer_id": ["c1"], "region": ["east"]})
    >>> price_position(log, prices, people).overall["index"].tolist()
    [1.2]
    """
    level = confidence(level)
    by = (by,) if isinstance(by, str) else tuple(by)
    if unknown := [name for name in by if name not in _ROUTE]:
        raise ValueError(_("{name} is {value}; it must be one of {known}.").format(name="by", value=unknown[0], known=", ".join(_ROUTE)))
    if own not in ("paid", "list"):
        raise ValueError(_("{name} is {value}; it must be one of {known}.").format(name="own", value=own, known="paid, list"))
    bills = parcels_of(waybills, "customer_id", "picked_up_at", "product", "scope", "destination_region", "weight_kg", "price_yuan")
    for column in ("weight_kg", "price_yuan"):
        refuse_rows(bills[column] <= 0, _("{name} is not above 0").format(name=column), _("Correct it, or drop these rows and say so."))
    listed = clean(market_prices, "market_prices", **_LISTED)
    key = ["month", *_ROUTE]
    ours = bills[["customer_id", *(name for name in _ROUTE if name != "origin_region")]].assign(
        month=months_of(bills["picked_up_at"]), origin_region=of_customers(bills, customers, ["region"])["region"],
        further=np.ceil(bills["weight_kg"].to_numpy()) - 1, own_yuan=bills["price_yuan"].to_numpy() if own == "paid" else _list_yuan(bills),
    )  # fmt: skip
    # By route, month and customer first: a firm has far fewer of these than parcels.
    ours = ours.groupby(["customer_id", *key], observed=True).agg(parcels=("own_yuan", "size"), own_yuan=("own_yuan", "sum"), further=("further", "sum"))
    theirs = listed.assign(month=months_of(listed["month"]))[[*key, "competitor", "first_kg_yuan", "further_kg_yuan"]]
    pairs = ours.reset_index().merge(theirs, on=key)
    if pairs.empty:
        raise ValueError(_("No competitor serves any of these parcels in their months. Compare the routes and months of the two tables."))
    pairs["their_yuan"] = pairs["parcels"] * pairs["first_kg_yuan"] + pairs["further"] * pairs["further_kg_yuan"]
    groups = ["month", *by, "competitor"]
    return PricePosition(_indices(pairs, groups, level), _indices(pairs, ["competitor"], level), by, own, level)


def _list_yuan(bills: pd.DataFrame) -> np.ndarray:
    from crmlib.pricing import list_prices

    return list_prices(bills.drop(columns="price_yuan"))["list_yuan"].to_numpy(dtype=float)


def _indices(pairs: pd.DataFrame, groups: list[str], level: float) -> pd.DataFrame:
    from scipy.stats import norm

    own = pairs.groupby([*groups, "customer_id"], observed=True)[["parcels", "own_yuan", "their_yuan"]].sum()
    found = own.groupby(level=groups, observed=True).sum()
    found["index"] = found["own_yuan"] / found["their_yuan"]
    each = own.join(found["index"])
    square = (each["own_yuan"] - each["index"] * each["their_yuan"]) ** 2
    sums = square.groupby(level=groups, observed=True).agg(["sum", "size"]).reindex(found.index)
    many = sums["size"].where(sums["size"] > 1)
    half = norm.ppf((1 + level) / 2) * np.sqrt(sums["sum"] * many / (many - 1)) / found["their_yuan"]
    return found.assign(parcels=found["parcels"].astype(np.int64), low=found["index"] - half, high=found["index"] + half).reset_index()


def price_wars(market_prices: pd.DataFrame, *, least_cut: float | None = None, level: float | None = None) -> pd.DataFrame:
    """Find when a competitor asked much less than it usually does, compared with all others' movements in the same months.

    Answers: who cut prices, where, from when to when, and how deep?

    Parameters
    ----------
    market_prices : DataFrame
        month, competitor, scope, origin_region, destination_region, product, first_kg_yuan
    least_cut : float, 0–1, optional
        What counts as a cut. Without it: the standard operations.war_cut.
    level : float, 0–1, optional

    Returns
    -------
    DataFrame, one row a war, by its first month
        competitor, scope, origin_region, product, cut_from, cut_until, price_cut (share), low, high

    Raises
    ------
    ValueError
        A column is missing, a price is not above 0, or there are fewer than 4 months.

    Notes
    -----
    On the log scale, each route's usual level (its median) and each month's common movement (the median over the routes of the scope, which
    holds drift and peak surcharges) are taken out. What then lies below the line on average over the destinations is a cut; cuts in months
    without a gap are one war. A war that lasts longer than half of the months would itself be taken for the usual.

    Source: Tukey (1977), median polish.

    >>> months = pd.date_range("2026-01-01", periods=6, freq="MS")
    >>> rows = [(month, rival, "domestic", "east", to, "economy", 8.0 * (0.8 if rival == "heron" and month.month in (3, 4) else 1))
    ...     for month in months for rival in ("heron", "plover", "stork") for to in ("east", "west")]
    >>> prices = pd.DataFrame(rows, columns=["month", "competitor", *_ROUTE, "first_kg_yuan"])
    >>> price_wars(prices)[["competitor", "price_cut"]].round(3).values.tolist()
    [['heron', 0.2]]
    """
    from scipy.stats import t

    level = confidence(level)
    least_cut = get("operations.war_cut", unit="share") if least_cut is None else least_cut
    require_share("least_cut", least_cut)
    listed = clean(market_prices, "market_prices", **{name: kind for name, kind in _LISTED.items() if name != "further_kg_yuan"})
    refuse_rows(listed["first_kg_yuan"] <= 0, _("{name} is not above 0").format(name="first_kg_yuan"), _("Correct it, or drop these rows and say so."))
    listed = listed.assign(month=months_of(listed["month"]), rest=np.log(listed["first_kg_yuan"]))
    months = np.sort(listed["month"].unique())
    if len(months) < 4:
        raise ValueError(_("There are {count} months of prices; at least 4 are needed to tell a cut from the usual.").format(count=len(months)))
    group = ["competitor", "scope", "origin_region", "product"]
    cut = pd.Series(False, index=listed.index)
    # The second time the cuts that were found no longer pull the medians down.
    for __ in range(2):
        for level_of in (["competitor", *_ROUTE], ["scope", "month"]) * 3:
            keys = [listed[name] for name in level_of]
            listed["rest"] -= listed["rest"].mask(cut).groupby(keys, observed=True).transform("median").fillna(0)
        cut = listed.groupby([*group, "month"], observed=True)["rest"].transform("mean") <= np.log(1 - least_cut)
    mean = listed[cut].groupby([*group, "month"], observed=True)["rest"].mean().reset_index()
    mean["place"] = np.searchsorted(months, mean["month"].to_numpy())
    gap = mean.groupby(group, observed=True)["place"].diff().ne(1)
    rows = []
    for _number, war in mean.groupby(gap.cumsum()):
        first, last = war["month"].iloc[0], war["month"].iloc[-1]
        who = war.iloc[0][group]
        rest = listed.loc[(listed[group] == who).all(axis=1) & listed["month"].between(first, last), "rest"]
        # The mean of the cut months, less medians that are estimates too: of each route over its months, of each month over the scope's routes.
        span, scope = int(war["place"].iloc[-1] - war["place"].iloc[0]) + 1, listed["scope"] == who["scope"]
        share = 1 / len(rest) + np.pi / 2 * (span / len(rest) / len(months) + 1 / span / (scope.sum() / len(months)))
        error = t.ppf((1 + level) / 2, len(rest) - 1) * rest.std(ddof=1) * np.sqrt(share) if len(rest) > 1 else np.nan
        ends = 1 - np.exp(rest.mean() + np.array([0, error, -error]))
        rows.append({**who, "cut_from": first, "cut_until": last, **dict(zip(("price_cut", "low", "high"), ends, strict=True))})
    found = pd.DataFrame(rows, columns=[*group, "cut_from", "cut_until", "price_cut", "low", "high"])
    return found.sort_values(["cut_from", *group], ignore_index=True)
