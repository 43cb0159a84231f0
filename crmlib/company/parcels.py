"""The parcels of the simulated customers: when, what, where to, how heavy, for how much, and how fast."""

from __future__ import annotations

import datetime as dt

import numpy as np

from crmlib.company.draws import Stream, pick
from crmlib.company.scenario import MARKETS, PRODUCTS, REGIONS, SCOPES, Scenario
from crmlib.company.service import failures, returns, transit_hours

_OPEN_HOURS = {"e_commerce": (10, 21), "corporate": (9, 19), "walk_in": (8, 21)}
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
    """All parcels that would be sent if nobody ever left, in order of pick-up, as numbers by column.

    `counts` says how many parcels a customer (row) sends in a month (column), `begin` and `end` between which days. customer is the row,
    minute counts from the first day, product, scope and destination are places in PRODUCTS, SCOPES and REGIONS, minutes those on the way,
    promised_hours those promised; late, lost, damaged, returned say what becomes of the parcel.
    """
    cells = np.repeat(np.arange(counts.size), counts.ravel())
    customer, size = cells // counts.shape[1], len(cells)
    minute = _minutes(hidden["market"][customer], begin.ravel()[cells], end.ravel()[cells], clocks, stream)
    order = np.argsort(minute, kind="stable")
    customer, minute = customer[order], minute[order]
    scope, destination = _scope_and_destination(table, hidden, hidden["expected_parcels"], customer, stream, scenario)
    express, standard = hidden["express"][customer], hidden["standard"][customer]
    product = pick(stream.uniforms("product", size), np.stack([1 - express - standard, standard, express], axis=1))
    weight = np.clip(hidden["median_kg"][customer] * np.exp(0.62 * stream.normals("weight", size)), 0.05, 50).round(2)
    busy = np.stack([np.diff(clocks[name]) for name in MARKETS])[hidden["market"][customer], minute // 1440]
    median = np.array([scenario.transit_hours[name] for name in SCOPES])[scope]
    picked = np.datetime64(first, "m") + minute.astype("timedelta64[m]")
    hours = transit_hours(
        picked=picked, busy=busy, median=median, product=product, scope=scope, origin=hidden["region"][customer], destination=destination,
        incidents=scenario.outside.incidents, stream=stream, scenario=scenario.service,
    )  # fmt: skip
    promised = _by_pair(scenario.promised_hours, product, scope)
    lost, damaged = failures(scope, product, busy, stream, scenario.service)
    first_kg, further_kg = (_by_pair(scenario.tariff, product, scope, part) for part in (0, 1))
    fixed, per_kg = (_by_pair(scenario.cost, product, scope, part) for part in (0, 1))
    price = (first_kg + further_kg * (np.ceil(weight) - 1)) * (1 - hidden["discount"][customer])
    minutes = np.floor(hours * 60 + 1e-6).astype(np.int64)
    return {
        "customer": customer, "minute": minute, "product": product, "scope": scope, "destination": destination, "weight": weight,
        "price": price.round(2), "cost": ((fixed + per_kg * weight) * (0.9 + 0.2 * stream.uniforms("cost", size))).round(2),
        "minutes": minutes, "promised_hours": promised, "late": minutes > promised * 60, "lost": lost, "damaged": damaged,
        "returned": returns(hidden["market"], customer, stream, scenario.service) & ~lost, "failed": lost | damaged,
    }  # fmt: skip


def _by_pair(figures: dict, product: np.ndarray, scope: np.ndarray, part: int | None = None) -> np.ndarray:
    grid = np.array([[figures[p, s] if part is None else figures[p, s][part] for s in SCOPES] for p in PRODUCTS])
    return grid[product, scope]


def _minutes(market: np.ndarray, begin: np.ndarray, end: np.ndarray, clocks: dict, stream: Stream) -> np.ndarray:
    """Minutes since the first day: a day as busy as the season says, an hour within opening hours."""
    where, hour = stream.uniforms("day", len(market)), stream.uniforms("hour", (len(market), 2)).mean(axis=1)
    minute = np.zeros(len(market), dtype=np.int64)
    for place, name in enumerate(MARKETS):
        rows, clock = market == place, clocks[name]
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
