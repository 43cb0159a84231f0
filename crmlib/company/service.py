"""How well the simulated parcels fare: hours on each route, peaks and incidents, loss, damage, returns, and the scans on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.company.axes import MARKETS, PRODUCTS, REGIONS, SCOPES, require_keys
from crmlib.company.draws import Stream
from crmlib.company.incidents import Incident, incident_hours
from crmlib.company.parameters import chosen, figure, parameter_table

SCANS = ("loaded", "in_transit", "clearance", "at_hub", "out_for_delivery", "signed")
"""The scans after the pick-up, in order."""
_CLEARANCE = SCANS.index("clearance")


@dataclass(frozen=True, kw_only=True)
class ServiceScenario:
    """How long parcels take and what goes wrong with them. Mappings go by product, scope, market or (origin, destination).

    Raises
    ------
    ValueError
        A mapping lacks an entry.

    >>> ServiceScenario().route_pace["east", "west"] > ServiceScenario().route_pace["east", "east"]
    True
    """

    transit_spread: float = chosen(0.42, "时长的对数标准差", "Standard deviation of the logarithm of the hours on the way")
    product_pace: Mapping[str, float] = chosen(
        {"economy": 1.13, "standard": 0.97, "express": 0.63}, "各产品时长与中位时长之比", "Hours of a product over the median hours")
    route_pace: Mapping[tuple[str, str], float] = chosen(
        {(origin, destination): pace for origin, row in {
            "east": (0.92, 1.03, 1.26, 1.0), "central": (1.00, 0.92, 1.18, 1.05),
            "west": (1.18, 1.14, 1.02, 1.15), "abroad": (1.0, 1.05, 1.2, 1.0)}.items()
         for destination, pace in zip(REGIONS, row, strict=True)},
        "各线路（始发、目的）时长与中位时长之比", "Hours on a route (origin, destination) over the median hours")
    peak_delay: float = chosen(
        0.40, "比平日忙 20% 以上时，每忙一倍时长增加的比例", "What each further ordinary day's load beyond 1.2 adds to the hours, as a share")
    stage_hours: tuple[float, float, float, float] = figure(
        (8.10, 32.42, 9.66, 2.88), "寄出地处理、运输、寄达地处理、投递四个环节的小时数（国家邮政局，2024 年二季度）",
        "Hours at origin, in transport, at destination, in delivery (State Post Bureau, 2024 Q2)", "V")
    lost: Mapping[str, float] = chosen(
        {"same_city": 0.00015, "domestic": 0.0003, "cross_border": 0.0015}, "丢失率", "Share of parcels lost")
    damaged: Mapping[str, float] = chosen(
        {"same_city": 0.0005, "domestic": 0.0009, "cross_border": 0.003}, "破损率", "Share of parcels damaged")
    failure_pace: Mapping[str, float] = chosen(
        {"economy": 1.15, "standard": 0.95, "express": 0.60}, "各产品丢损率与平均之比", "Loss and damage of a product over the mean")
    peak_failures: float = chosen(
        0.8, "比平日忙 20% 以上时，每忙一倍丢损率增加的比例", "What each further ordinary day's load beyond 1.2 adds to loss and damage, as a share")
    returned: Mapping[str, float] = figure(
        {"e_commerce": 0.06, "corporate": 0.008, "walk_in": 0.005}, "退货率；电商件约 6%（国家邮政局退货件量推算）",
        "Share of parcels sent back; about 6 % of e-commerce parcels (derived from the State Post Bureau's figures)", "D")
    return_spread: float = chosen(0.7, "客户之间退货率的对数标准差", "Standard deviation of the logarithm of the return rate between customers")

    def __post_init__(self) -> None:
        wanted = {"product_pace": PRODUCTS, "failure_pace": PRODUCTS, "lost": SCOPES, "damaged": SCOPES, "returned": MARKETS}
        wanted["route_pace"] = [(origin, destination) for origin in REGIONS for destination in REGIONS]
        for name, entries in wanted.items():
            require_keys(f"service.{name}", getattr(self, name), entries)

    @classmethod
    def table(cls) -> pd.DataFrame:
        """Every parameter with its default value, source (or meaning) in both languages and mark, indexed by name."""
        return parameter_table(cls)


def overload(busy: np.ndarray) -> np.ndarray:
    """How far a day is above 1.2 ordinary days, at most one ordinary day."""
    return np.clip(busy - 1.2, 0, 1)


def transit_hours(
    *, picked: np.ndarray, busy: np.ndarray, median: np.ndarray, product: np.ndarray, scope: np.ndarray, origin: np.ndarray,
    destination: np.ndarray, incidents: tuple[Incident, ...], stream: Stream, scenario: ServiceScenario,
) -> np.ndarray:  # fmt: skip
    """Hours from pick-up to signature: longer on far routes, at peaks and in incidents; nobody signs between nine at night and eight."""
    size = len(picked)
    routes = np.array([[scenario.route_pace[start, goal] for goal in REGIONS] for start in REGIONS])
    pace = np.array([scenario.product_pace[name] for name in PRODUCTS])[product] * routes[origin, destination]
    hours = median * pace * (1 + scenario.peak_delay * overload(busy))
    hours = np.maximum(hours * np.exp(scenario.transit_spread * stream.normals("transit", size)), 2.0)
    regions = np.array(REGIONS, dtype=object)
    extra = incident_hours(
        picked, scope=np.array(SCOPES, dtype=object)[scope], origin=regions[origin], destination=regions[destination], incidents=incidents
    )
    hours += extra * (0.5 + stream.uniforms("incident", size))
    clock = (picked - picked.astype("datetime64[D]")).astype("timedelta64[m]").astype(np.int64) / 60 + hours
    of_day = clock % 24
    night = (of_day < 8) | (of_day >= 21)
    wait = np.where(of_day >= 21, 32 - of_day, 8 - of_day) + 4 * stream.uniforms("morning", size)
    return hours + np.where(night, wait, 0)


def failures(
    scope: np.ndarray, product: np.ndarray, busy: np.ndarray, stream: Stream, scenario: ServiceScenario
) -> tuple[np.ndarray, np.ndarray]:
    """Which parcels are lost, and which of the others are damaged."""
    more = np.array([scenario.failure_pace[name] for name in PRODUCTS])[product] * (1 + scenario.peak_failures * overload(busy))
    lost, damaged = (
        stream.uniforms(name, len(scope)) < np.array([getattr(scenario, name)[one] for one in SCOPES])[scope] * more
        for name in ("lost", "damaged")
    )
    return lost, damaged & ~lost


def returns(market: np.ndarray, customer: np.ndarray, stream: Stream, scenario: ServiceScenario) -> np.ndarray:
    """Which parcels the addressee sends back; some customers' goods come back more often than others'."""
    spread = scenario.return_spread
    own = np.exp(spread * stream.normals("return_rate", len(market)) - spread**2 / 2)
    rate = np.minimum(np.array([scenario.returned[name] for name in MARKETS])[market] * own, 0.6)
    return stream.uniforms("returned", len(customer)) < rate[customer]


def scan_minutes(minutes: np.ndarray, signed_at: np.ndarray, abroad: np.ndarray, stream: Stream, scenario: ServiceScenario) -> np.ndarray:
    """Minutes from pick-up to each scan of SCANS (columns), -1 for no clearance.

    The stages share the time on the way as in `stage_hours`, each with its own luck; out for delivery is scanned on the day of the
    signature, not before six in the morning.
    """
    size = len(minutes)
    parts = np.array(scenario.stage_hours)
    share = parts[3] / parts.sum() * (0.5 + 1.2 * stream.uniforms("scan/delivery", size))
    since_six = ((signed_at - signed_at.astype("datetime64[D]")).astype("timedelta64[m]").astype(np.int64) - 360).clip(20)
    delivery = np.minimum(np.minimum(share * minutes, 0.6 * minutes), since_six)
    rest = minutes - delivery
    luck = np.exp(0.25 * stream.normals("scan/stages", (3, size))) * parts[:3, None]
    luck /= luck.sum(axis=0)
    leaves, arrives = rest * luck[0], rest * (luck[0] + luck[1])
    table = np.empty((size, len(SCANS)), dtype=np.int32)
    table[:, 0] = leaves * (0.55 + 0.3 * stream.uniforms("scan/loaded", size))
    table[:, 1] = leaves
    table[:, 2] = np.where(abroad, leaves + (arrives - leaves) * (0.45 + 0.35 * stream.uniforms("scan/clearance", size)), -1)
    table[:, 3], table[:, 4], table[:, 5] = arrives, rest, minutes
    return _in_order(table)


def _in_order(table: np.ndarray) -> np.ndarray:
    """At least a minute between two scans, counted back from the signature."""
    last = table[:, -1].copy()
    for place in range(table.shape[1] - 2, -1, -1):
        there = table[:, place] >= 0 if place == _CLEARANCE else True
        earlier = np.minimum(table[:, place], last - 1)
        table[:, place] = np.where(there, earlier, -1)
        last = np.where(there, earlier, last)
    return table
