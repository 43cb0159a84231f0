"""Who the simulated customers are, and what is true of each of them."""

from __future__ import annotations

import numpy as np

from crmlib.company.draws import Stream, gamma_quantile, pick
from crmlib.company.names import draw_names
from crmlib.company.scenario import MARKETS, Scenario
from crmlib.company.schema import TABLES

_SHARES = {
    "area": {"e_commerce": (0.60, 0.15, 0.25), "corporate": (0.15, 0.80, 0.05), "walk_in": (0.20, 0.20, 0.60)},
    "region": {"e_commerce": (0.74, 0.17, 0.08, 0.01), "corporate": (0.66, 0.20, 0.10, 0.04), "walk_in": (0.70, 0.20, 0.10, 0.0)},
    "reach": {"e_commerce": (0.02, 0.68, 0.20, 0.10), "corporate": (0.10, 0.30, 0.30, 0.30), "walk_in": (0.0, 0.22, 0.73, 0.05)},
    "nature": {"e_commerce": (0.0, 0.35, 0.65), "corporate": (0.12, 0.88, 0.0), "walk_in": (0.04, 0.14, 0.82)},
    "origin": {"e_commerce": (0.25, 0.75), "corporate": (0.93, 0.07), "walk_in": (0.90, 0.10)},
}
_CROSS_BORDER = {"e_commerce": (0.07, 0.04), "corporate": (0.10,), "walk_in": (0.015,)}
_CROSS_BORDER_KINDS = {
    "e_commerce": ("marketplace_seller", "own_shop_seller"),
    "corporate": ("trader",),
    "walk_in": ("wealthy_individual",),
}
_SAME_CITY = {"e_commerce": 0.06, "corporate": 0.16, "walk_in": 0.20}
_NO_END = 10**6


def draw_traits(customers: int, days: int, stream: Stream, scenario: Scenario) -> tuple[dict, dict]:
    """The customers' table as columns (but opened_on and salesperson_id), and their hidden truth as arrays; days count from the first day.

    Numbers are given in the order in which accounts were opened.
    """
    everyone = np.zeros(customers)
    opened = np.sort(_opened(stream.strata("opened", everyone), days, scenario))
    table: dict[str, np.ndarray] = {"customer_id": np.array([f"C{number:05d}" for number in range(1, customers + 1)], dtype=object)}
    market = np.array(MARKETS, dtype=object)[
        pick(stream.strata("market", everyone), np.array([scenario.market_mix[name] for name in MARKETS]))
    ]
    table["market"] = market
    for name, shares in _SHARES.items():
        by_customer = np.array([shares[one] for one in market])
        table[name] = np.array(TABLES["customers"][name].categories, dtype=object)[pick(stream.strata(name, market), by_customer)]
    table["cross_border"] = _cross_border(stream.strata("cross_border", market), market)
    table["nature"] = np.where(table["cross_border"] == "wealthy_individual", "individual", table["nature"])
    worldwide = (table["cross_border"] != "none") & (stream.uniforms("worldwide", customers) < 0.6)
    table["reach"] = np.where(worldwide | (table["region"] == "abroad"), "global", table["reach"])
    table["name"] = draw_names(_name_kinds(market, table["nature"], table["region"]), stream.generator("names"))
    hidden = _truth(table, opened, days, stream, scenario)
    served = market != "walk_in"
    chance = np.select([market == "corporate", market == "walk_in", hidden["rate"] > 5], [0.85, 0.02, 0.80], 0.35)
    table["monthly_account"] = stream.uniforms("monthly_account", customers) < chance
    guess = 0.06 + 0.55 * hidden["growth"] + 0.18 * stream.normals("guess", customers)
    table["expected_growth"] = np.where(served, np.clip(np.rint(guess * 20) / 20, -0.8, 2.0).round(2) + 0.0, np.nan)
    return table, hidden


def _opened(uniform: np.ndarray, days: int, scenario: Scenario) -> np.ndarray:
    """The day each account was opened: the older ones fewer the further back, at most 2,500 days; the younger ones evenly."""
    before = uniform < scenario.opened_before
    share_back = np.where(before, uniform / max(scenario.opened_before, 1e-9), 0)
    past = -700 * np.log1p(-share_back * (1 - np.exp(-2500 / 700)))
    since = (uniform - scenario.opened_before) / max(1 - scenario.opened_before, 1e-9) * days
    return np.where(before, -1 - past, since).astype(np.int64)


def _cross_border(uniform: np.ndarray, market: np.ndarray) -> np.ndarray:
    found = np.full(len(market), "none", dtype=object)
    for name in MARKETS:
        edges = np.cumsum(_CROSS_BORDER[name])
        for place in reversed(range(len(edges))):
            found[(market == name) & (uniform < edges[place])] = _CROSS_BORDER_KINDS[name][place]
    return found


def _name_kinds(market: np.ndarray, nature: np.ndarray, region: np.ndarray) -> np.ndarray:
    walk_in = market == "walk_in"
    return np.select(
        [region == "abroad", market == "e_commerce", nature == "government_nonprofit", walk_in & (nature == "individual"), walk_in],
        ["abroad", "shop", "office", "person", "small_firm"],
        "firm",
    )


def _truth(table: dict, opened: np.ndarray, days: int, stream: Stream, scenario: Scenario) -> dict[str, np.ndarray]:
    customers, market = len(opened), table["market"]

    def by_market(values: dict) -> np.ndarray:
        return np.array([values[name] for name in market])

    mean = by_market(scenario.monthly_parcels)
    rate = mean * _relative_rate(table, stream.strata("size", market), scenario)
    rate = np.where(table["cross_border"] == "none", rate, np.minimum(0.4 * rate, mean))
    never = np.zeros(customers, dtype=bool)
    never[np.argsort(stream.strata("never", market), kind="stable")[: round(scenario.potential * customers)]] = True
    lag = np.where(stream.uniforms("at_once", customers) < 0.5, 0.0, -9 * np.log1p(-stream.uniforms("lag", customers)))
    joins = np.where(never, _NO_END, np.maximum(opened + np.minimum(lag, 45).astype(np.int64), 0))
    kind = pick(stream.strata("kind", market), np.array([scenario.rising, scenario.declining, 1 - scenario.rising - scenario.declining]))
    swing = stream.uniforms("swing", customers)
    steady = np.clip(scenario.growth_per_year + 0.12 * stream.normals("steady", customers), -0.3, 0.4)
    growth = np.select([kind == 0, kind == 1], [0.8 + 1.7 * swing, -0.70 + 0.35 * swing], steady)
    turns = np.where(kind == 2, 0, stream.uniforms("turns", customers) * max(days - 240, 0)).astype(np.int64)
    express, standard = _product_shares(table, by_market, stream, scenario)
    usual = _tier(rate, scenario) + by_market(scenario.market_discount)
    return {
        "opened": opened,
        "never": never,
        "joins": joins,
        "kind": np.where(never, "never_ships", np.array(["rising", "declining", "steady"], dtype=object)[kind]),
        "rate": np.where(kind == 0, np.minimum(rate, 2 * mean), rate),
        "growth": growth,
        "turns": np.maximum(turns, np.where(never, 0, joins)),
        "express": express,
        "standard": standard,
        "cross_border": _cross_border_inclination(table, stream),
        "same_city": by_market(_SAME_CITY) * np.exp(0.6 * stream.normals("same_city", customers)),
        "usual_discount": np.clip(usual, 0, 0.6),
        "discount": np.clip(usual + 0.05 * stream.normals("haggling", customers), 0, 0.6).round(2),
        "median_kg": by_market(scenario.median_kg) * np.exp(0.35 * stream.normals("median_kg", customers)),
    }


def _product_shares(table: dict, by_market, stream: Stream, scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    logs = np.log(by_market(scenario.product_mix))
    logs[:, 1] += 0.6 * stream.normals("standard", len(logs))
    logs[:, 2] += 0.9 * stream.normals("express", len(logs)) - 0.15
    shares = np.exp(logs)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares[:, 2], shares[:, 1]


def _cross_border_inclination(table: dict, stream: Stream) -> np.ndarray:
    uniform = stream.uniforms("abroad_share", len(table["market"]))
    abroad, seller = table["region"] == "abroad", table["cross_border"] != "none"
    return np.select([abroad, seller], [0.6 + 0.35 * uniform, 0.2 + 0.65 * uniform], 0.001 + 0.003 * uniform)


def _relative_rate(table: dict, uniform: np.ndarray, scenario: Scenario) -> np.ndarray:
    """Each customer's rate over the mean of its market: gamma distributed, and companies ship more than persons."""
    rate = np.ones(len(uniform))
    for name in MARKETS:
        rows = table["market"] == name
        company = _SHARES["nature"][name][1]
        more = scenario.company_rate[name]
        level = np.where(table["nature"][rows] == "group", more, 1.0) / (company * more + 1 - company)
        rate[rows] = gamma_quantile(uniform[rows], scenario.rate_shape[name]) * level
    return rate


def _tier(rate: np.ndarray, scenario: Scenario) -> np.ndarray:
    tier = np.zeros(len(rate))
    for parcels, share in scenario.discounts:
        tier = np.where(rate >= parcels, share, tier)
    return tier
