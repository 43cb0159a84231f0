"""The parcels of the simulated customers: when, what, where to, how heavy, for how much, and how fast."""

from __future__ import annotations

import datetime as dt

import numpy as np

from crmlib.company.draws import Stream, pick
from crmlib.company.scenario import MARKETS, PRODUCTS, REGIONS, SCOPES, Scenario

_OPEN_HOURS = {"e_commerce": (10, 21), "corporate": (9, 19), "walk_in": (8, 21)}
_PRODUCT_PACE = {"economy": 1.13, "standard": 0.97, "express": 0.70}
_REGION_PACE = {"east": 0.97, "central": 1.03, "west": 1.22, "abroad": 1.0}
_TRANSIT_SPREAD = 0.34
_LOCAL_SHARE = 0.7
"""A regional customer sends so large a share of its domestic parcels within its own region."""


def draw_parcels(
    table: dict,
    hidden: dict,
    counts: np.ndarray,
    begin: np.ndarray,
    end: np.ndarray,
    clocks: dict,
    first: dt.date,
    stream: Stream,
    scenario: Scenario,
) -> dict[str, np.ndarray]:
    """All waybills as columns by the contract, in order of pick-up.

    `counts` says how many parcels a customer (row) sends in a month (column), `begin` and `end` between which days.
    """
    cells = np.repeat(np.arange(counts.size), counts.ravel())
    customer, size = cells // counts.shape[1], len(cells)
    market = table["market"][customer]
    minute = _minutes(market, begin.ravel()[cells], end.ravel()[cells], clocks, stream)
    order = np.argsort(minute, kind="stable")
    customer, market, minute = customer[order], market[order], minute[order]
    scope, destination = _scope_and_destination(table, hidden, counts.sum(axis=1), customer, stream, scenario)
    express, standard = hidden["express"][customer], hidden["standard"][customer]
    product = pick(stream.uniforms("product", size), np.stack([1 - express - standard, standard, express], axis=1))
    heavy = np.exp(0.62 * stream.normals("weight", size))
    weight = np.clip(hidden["median_kg"][customer] * heavy, 0.05, 50).round(2)
    picked = np.datetime64(first, "us") + minute.astype("timedelta64[m]")
    hours = _transit_hours(market, minute, clocks, product, scope, destination, stream, scenario)
    data_end = np.datetime64(first, "us") + np.timedelta64(int(end.max()), "D")
    delivered = picked + np.floor(hours * 60 + 1e-6).astype("timedelta64[m]")
    promised = picked + _by_pair(scenario.promised_hours, product, scope).astype("timedelta64[h]")
    first_kg, further_kg = (_by_pair(scenario.tariff, product, scope, part) for part in (0, 1))
    fixed, per_kg = (_by_pair(scenario.cost, product, scope, part) for part in (0, 1))
    price = (first_kg + further_kg * (np.ceil(weight) - 1)) * (1 - hidden["discount"][customer])
    cost = (fixed + per_kg * weight) * (0.9 + 0.2 * stream.uniforms("cost", size))
    return {
        "waybill_id": np.array([f"W{number:09d}" for number in range(1, size + 1)], dtype=object),
        "customer_id": table["customer_id"][customer],
        "picked_up_at": picked,
        "product": np.array(PRODUCTS, dtype=object)[product],
        "scope": np.array(SCOPES, dtype=object)[scope],
        "destination_region": np.array(REGIONS, dtype=object)[destination],
        "weight_kg": weight,
        "price_yuan": price.round(2),
        "cost_yuan": cost.round(2),
        "delivered_at": np.where(delivered < data_end, delivered, np.datetime64("NaT")),
        "promised_at": promised,
    }


def _by_pair(figures: dict, product: np.ndarray, scope: np.ndarray, part: int | None = None) -> np.ndarray:
    grid = np.array([[figures[p, s] if part is None else figures[p, s][part] for s in SCOPES] for p in PRODUCTS])
    return grid[product, scope]


def _minutes(market: np.ndarray, begin: np.ndarray, end: np.ndarray, clocks: dict, stream: Stream) -> np.ndarray:
    """Minutes since the first day: a day as busy as the season says, an hour within opening hours."""
    where, hour = stream.uniforms("day", len(market)), stream.uniforms("hour", (len(market), 2)).mean(axis=1)
    minute = np.zeros(len(market), dtype=np.int64)
    for name in MARKETS:
        rows, clock = market == name, clocks[name]
        low, high = clock[begin[rows]], clock[end[rows]]
        day = np.searchsorted(clock, low + where[rows] * (high - low), side="right") - 1
        opens, closes = _OPEN_HOURS[name]
        day = np.clip(day, begin[rows], end[rows] - 1)
        minute[rows] = day * 1440 + np.floor((opens + hour[rows] * (closes - opens)) * 60).astype(np.int64)
    return minute


def _calibrated(inclination: np.ndarray, parcels: np.ndarray, share: float, most: np.ndarray) -> np.ndarray:
    """The inclinations scaled so that `share` of all parcels comes out, no customer above `most`."""
    scaled = np.minimum(inclination, most)
    for _round in range(30):
        expected = (scaled * parcels).sum()
        if expected == 0:
            break
        scaled = np.minimum(scaled * share * parcels.sum() / expected, most)
    return scaled


def _scope_and_destination(
    table: dict, hidden: dict, parcels: np.ndarray, customer: np.ndarray, stream: Stream, scenario: Scenario
) -> tuple[np.ndarray, np.ndarray]:
    """Scope and destination, such that the firm's expected mix is the scenario's whoever its large customers are."""
    ceiling = np.full(len(parcels), 0.95)
    cross = _calibrated(hidden["cross_border"], parcels, scenario.scope_mix["cross_border"], ceiling)
    home = table["region"] != "abroad"
    city = _calibrated(hidden["same_city"] * home, parcels, scenario.scope_mix["same_city"], (ceiling - cross) * home)
    scope = pick(stream.uniforms("scope", len(customer)), np.stack([city, 1 - city - cross, cross], axis=1)[customer])
    regions = np.array([scenario.region_mix[name] for name in REGIONS[:3]])
    living = np.stack([table["region"] == name for name in REGIONS[:3]], axis=1).astype(float)
    near = city + np.where((table["reach"] == "regional") & home, _LOCAL_SHARE, 0) * (1 - city - cross)
    wanted = regions * (parcels * (1 - cross)).sum() - (living * (parcels * near)[:, None]).sum(axis=0)
    elsewhere = np.maximum(wanted, 0) + 1e-9
    uniform, own = stream.uniforms("destination", len(customer)), stream.uniforms("own_region", len(customer))
    destination = pick(uniform, elsewhere / elsewhere.sum())
    local = np.where((table["reach"] == "regional") & home, _LOCAL_SHARE, 0)[customer]
    stays = (scope == 0) | ((scope == 1) & (own < local))
    destination = np.where(stays, living.argmax(axis=1)[customer], destination)
    return scope, np.where(scope == 2, REGIONS.index("abroad"), destination)


def _transit_hours(
    market: np.ndarray, minute: np.ndarray, clocks: dict, product: np.ndarray, scope: np.ndarray, destination: np.ndarray, stream: Stream,
    scenario: Scenario,
) -> np.ndarray:  # fmt: skip
    """Hours from pick-up to signature: longer at peaks, shorter for express, and nobody signs between nine at night and eight."""
    size = len(minute)
    day, busy = minute // 1440, np.ones(size)
    for name in MARKETS:
        rows = market == name
        busy[rows] = np.diff(clocks[name])[day[rows]]
    median = np.array([scenario.transit_hours[name] for name in SCOPES])[scope]
    pace = np.array([_PRODUCT_PACE[name] for name in PRODUCTS])[product] * np.array([_REGION_PACE[name] for name in REGIONS])[destination]
    late = 1 + 0.35 * np.clip(busy - 1.2, 0, 1)
    hours = np.maximum(median * pace * late * np.exp(_TRANSIT_SPREAD * stream.normals("transit", size)), 2.0)
    clock = (minute % 1440) / 60 + hours
    of_day = clock % 24
    night = (of_day < 8) | (of_day >= 21)
    wait = np.where(of_day >= 21, 32 - of_day, 8 - of_day) + 4 * stream.uniforms("morning", size)
    return hours + np.where(night, wait, 0)
