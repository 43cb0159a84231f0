"""Competitors' price lists by route, product and month, with price wars. The competitors are invented."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.company.draws import Stream
from crmlib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.company.outside import OutsideScenario

_INLAND = ("east", "central", "west")
_SERVED = {
    "heron": (("same_city", "domestic", "cross_border"), ("standard", "express"), _INLAND),
    "plover": (("same_city", "domestic"), ("economy", "standard"), _INLAND),
    "stork": (("same_city", "domestic"), ("economy", "standard", "express"), ("central", "west")),
    "finch": (("cross_border",), ("economy", "standard", "express"), _INLAND),
}
"""The scopes, products and origins that each competitor serves."""

_ROUTE = ["competitor", "scope", "origin_region", "destination_region", "product"]


@dataclass(frozen=True)
class PriceWar:
    """A competitor cuts the prices of some products from one origin by the share `cut`, from the first to the last month."""

    competitor: str
    scope: str
    origin_region: str
    products: tuple[str, ...]
    first_month: dt.date
    last_month: dt.date
    cut: float

    def __post_init__(self) -> None:
        if not 0 < self.cut < 1 or self.last_month < self.first_month:
            raise ValueError(_("A price war needs a cut between 0 and 1 and must not end before it begins."))


def _war(competitor: str, scope: str, origin: str, products: str, first: str, last: str, cut: float) -> PriceWar:
    months = (dt.date.fromisoformat(f"{month}-01") for month in (first, last))
    return PriceWar(competitor, scope, origin, tuple(products.split()), *months, cut)


PRICE_WARS: tuple[PriceWar, ...] = (
    _war("plover", "domestic", "east", "economy standard", "2025-03", "2025-06", 0.15),
    _war("heron", "domestic", "east", "standard", "2025-04", "2025-06", 0.09),
    _war("stork", "domestic", "west", "economy standard express", "2026-03", "2026-05", 0.12),
    _war("finch", "cross_border", "east", "economy standard express", "2026-08", "2026-10", 0.10),
)
"""The price wars of the shipped 24 months; invented."""


def draw_market_prices(
    first: dt.date, months: int, tariff: Mapping[tuple[str, str], tuple[float, float]], stream: Stream, outside: OutsideScenario
) -> pd.DataFrame:
    """The table market_prices.

    A price is Lark's own list price × the competitor's level × the route × drift × peak surcharge × price war × noise, to 0.1 yuan.

    Parameters
    ----------
    first : the first day, the first of a month
    months : how many months
    tariff : Lark's list prices, (product, scope) → (first kilogram, each further kilogram)
    stream : where the noise comes from
    outside : levels, surcharges, drift, noise and price wars
    """
    routes = pd.DataFrame([
        (competitor, scope, origin, destination, product)
        for competitor, (scopes, products, origins) in _SERVED.items() for scope in scopes for origin in origins
        for destination in _destinations(scope, origin) for product in products
    ], columns=_ROUTE)  # fmt: skip
    table = routes.loc[np.tile(np.arange(len(routes)), months)].reset_index(drop=True)
    month = np.repeat(pd.date_range(first, periods=months, freq="MS").to_numpy(), len(routes))
    factor = _level(routes, stream, outside)[np.tile(np.arange(len(routes)), months)]
    factor = factor * (1 + outside.drift_per_year) ** (np.repeat(np.arange(months), len(routes)) / 12)
    peak = np.isin(pd.DatetimeIndex(month).month, outside.peak_months) & (table["scope"] == "domestic").to_numpy()
    factor = factor * np.where(peak, 1 + outside.peak_surcharge, 1.0) * (1 - _cuts(table, month, outside))
    factor = factor * np.exp(outside.month_noise * stream.normals("outside/prices", len(table)))
    own = np.array([tariff[pair] for pair in zip(table["product"], table["scope"], strict=True)])
    return pd.DataFrame({
        "price_id": np.char.add("P", np.char.zfill(np.arange(1, len(table) + 1).astype(str), 5)), "month": month,
        **{name: table[name] for name in _ROUTE},
        "first_kg_yuan": (own[:, 0] * factor).round(1), "further_kg_yuan": (own[:, 1] * factor).round(1),
    })  # fmt: skip


def cheapest(prices: pd.DataFrame) -> pd.DataFrame:
    """The lowest price of the first kilogram by month, scope, route and product, and whose it is.

    >>> from crmlib.company.outside import OutsideScenario
    >>> from crmlib.company.scenario import Scenario
    >>> prices = draw_market_prices(dt.date(2025, 3, 1), 1, Scenario().tariff, Stream(1), OutsideScenario())
    >>> cheapest(prices).loc[("2025-03-01", "domestic", "east", "west", "economy"), "competitor"]
    'plover'
    """
    lowest = prices.sort_values("first_kg_yuan", kind="stable").groupby(["month", *_ROUTE[1:]], sort=True)
    return lowest[["competitor", "first_kg_yuan", "further_kg_yuan"]].first()


def _destinations(scope: str, origin: str) -> tuple[str, ...]:
    return {"same_city": (origin,), "domestic": _INLAND, "cross_border": ("abroad",)}[scope]


def _level(routes: pd.DataFrame, stream: Stream, outside: OutsideScenario) -> np.ndarray:
    """How dear a competitor is on a route over the whole period; 1 is Lark's list price."""
    level = np.array([outside.price_level[name] for name in routes["competitor"]])
    far = (routes["scope"] == "domestic") & ((routes["origin_region"] == "west") | (routes["destination_region"] == "west"))
    level = level * np.where(far, 1 + outside.west_surcharge, 1.0)
    return level * np.exp(outside.route_noise * stream.normals("outside/routes", len(routes)))


def _cuts(table: pd.DataFrame, month: np.ndarray, outside: OutsideScenario) -> np.ndarray:
    cut = np.zeros(len(table))
    for war in outside.price_wars:
        fought = (table["competitor"] == war.competitor) & (table["scope"] == war.scope) & (table["origin_region"] == war.origin_region)
        fought &= table["product"].isin(war.products)
        fought &= (month >= np.datetime64(war.first_month)) & (month <= np.datetime64(war.last_month))
        cut = np.where(fought, np.maximum(cut, war.cut), cut)
    return cut
