"""Competitors' price lists by route, product and month, with price wars. The competitors are invented."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
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
    routes = _routes()
    route, month, first_kg, further_kg = draw_prices(first, months, tariff, stream, outside)
    table = routes.loc[route].reset_index(drop=True)
    start = np.datetime64(first, "M")
    return pd.DataFrame({
        "price_id": np.char.add("P", np.char.zfill(np.arange(1, len(table) + 1).astype(str), 5)),
        "month": (start + month).astype("datetime64[us]"),
        **{name: table[name] for name in _ROUTE},
        "first_kg_yuan": first_kg, "further_kg_yuan": further_kg,
    })  # fmt: skip


def draw_prices(
    first: dt.date, months: int, tariff: Mapping[tuple[str, str], tuple[float, float]], stream: Stream, outside: OutsideScenario
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The price lists in numbers: route (place among `price_routes`), month (from 0), first kilogram, each further kilogram.

    Parameters
    ----------
    first, months, tariff, stream, outside : as `draw_market_prices` takes them
    """
    routes = _routes()
    route, month = np.tile(np.arange(len(routes)), months), np.repeat(np.arange(months), len(routes))
    factor = _level(routes, stream, outside)[route] * (1 + outside.drift_per_year) ** (month / 12)
    peak = np.isin((first.month - 1 + month) % 12 + 1, outside.peak_months) & np.isin(route, price_routes("domestic")[0])
    factor = factor * np.where(peak, 1 + outside.peak_surcharge, 1.0) * (1 - _cuts(first, months, outside).ravel())
    factor = factor * np.exp(outside.month_noise * stream.normals("outside/prices", len(route)))
    own = np.array([tariff[pair] for pair in zip(routes["product"], routes["scope"], strict=True)])[route]
    return route, month, (own[:, 0] * factor).round(1), (own[:, 1] * factor).round(1)


@cache
def price_routes(scope: str) -> tuple[np.ndarray, tuple[tuple[str, str, str], ...]]:
    """Which routes of `draw_prices` are of this scope, and from where to where they go with which product.

    >>> places, routes = price_routes("cross_border")
    >>> routes[0]
    ('east', 'abroad', 'standard')
    """
    routes = _routes()
    chosen = np.flatnonzero((routes["scope"] == scope).to_numpy())
    return chosen, tuple(routes.loc[chosen, _ROUTE[2:]].itertuples(index=False, name=None))


@cache
def _routes() -> pd.DataFrame:
    return pd.DataFrame([
        (competitor, scope, origin, destination, product)
        for competitor, (scopes, products, origins) in _SERVED.items() for scope in scopes for origin in origins
        for destination in _destinations(scope, origin) for product in products
    ], columns=_ROUTE)  # fmt: skip


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


@cache
def _far() -> np.ndarray:
    """Which routes lead out of the west or into it."""
    routes = _routes()
    return ((routes["scope"] == "domestic") & ((routes["origin_region"] == "west") | (routes["destination_region"] == "west"))).to_numpy()


def _level(routes: pd.DataFrame, stream: Stream, outside: OutsideScenario) -> np.ndarray:
    """How dear a competitor is on a route over the whole period; 1 is Lark's list price."""
    level = np.array([outside.price_level[name] for name in routes["competitor"]])
    level = level * np.where(_far(), 1 + outside.west_surcharge, 1.0)
    return level * np.exp(outside.route_noise * stream.normals("outside/routes", len(routes)))


@cache
def _fought(war: PriceWar) -> np.ndarray:
    """Which routes a price war touches."""
    routes = _routes()
    where = (routes["competitor"] == war.competitor) & (routes["scope"] == war.scope) & (routes["origin_region"] == war.origin_region)
    return (where & routes["product"].isin(war.products)).to_numpy()


def _cuts(first: dt.date, months: int, outside: OutsideScenario) -> np.ndarray:
    """The share cut off the price, months × routes."""
    cut = np.zeros((months, len(_routes())))
    for war in outside.price_wars:
        fought = _fought(war)
        begin, end = ((day.year - first.year) * 12 + day.month - first.month for day in (war.first_month, war.last_month))
        during = cut[max(begin, 0):max(end + 1, 0), fought]
        cut[max(begin, 0):max(end + 1, 0), fought] = np.maximum(during, war.cut)
    return cut
