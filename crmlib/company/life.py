"""The simulated months of all customers: what they experience, how satisfied they are, who leaves, which parcels they send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crmlib.company.churn import COVARIATES, ChurnScenario
from crmlib.company.draws import Stream
from crmlib.company.satisfaction import Feelings

NEVER = 10**6
"""A day or month that does not come."""


@dataclass(frozen=True, eq=False)
class Life:
    """What the months brought: `kept` says which possible parcels are sent, `leaves` on which day a customer leaves (or NEVER),
    `entry` in which month it sends its first parcel, `panel` one entry a customer and month, by column."""

    kept: np.ndarray
    leaves: np.ndarray
    entry: np.ndarray
    panel: Mapping[str, np.ndarray]


def live(
    *, parcels: Mapping[str, np.ndarray], edges: np.ndarray, base: np.ndarray, feelings: Feelings, price_gap: np.ndarray,
    salesperson_left: np.ndarray, notices: np.ndarray, stream: Stream, scenario: ChurnScenario,
) -> Life:  # fmt: skip
    """Month after month: feelings at its start → the hazard → who leaves within it → the parcels sent → what they were like.

    Parameters
    ----------
    parcels : the parcels that would be sent if nobody ever left or was dissatisfied, in order of pick-up
        customer (row number), minute (since the first day), late, failed (bool), price
    base : the part of each customer's log hazard that stays
    price_gap, salesperson_left, notices : customers × months
    """
    customers, months = price_gap.shape
    rows = np.searchsorted(parcels["minute"], edges * 1440)
    entry = _entry(parcels["customer"], rows, customers)
    chance, day = stream.uniforms("churn", (months, customers)), stream.uniforms("churn/day", (months, customers))
    luck = stream.uniforms("wallet", len(parcels["customer"]))
    kept = np.zeros(len(luck), dtype=bool)
    leaves, impression = np.full(customers, NEVER), np.full(customers, feelings.scenario.usual_late_share)
    record: list[dict[str, np.ndarray]] = []
    for month in range(months):
        there = np.flatnonzero((entry <= month) & (leaves == NEVER))
        felt = feelings.constructs(feelings.experience(impression), price_gap[:, month], notices[:, month])
        causes = {"satisfaction": felt["satisfaction"], "price_gap": price_gap[:, month] - feelings.scenario.usual_gap,
                  "salesperson_left": salesperson_left[:, month], "notices": notices[:, month]}  # fmt: skip
        hazard = np.where(entry < month, scenario.hazard(base, **{name: causes[name] for name in COVARIATES}), 0.0)
        going = np.zeros(customers, dtype=bool)
        going[there] = chance[month, there] < hazard[there]
        length = edges[month + 1] - edges[month]
        leaves = np.where(going, edges[month] + 1 + (day[month] * (length - 1)).astype(np.int64), leaves)
        given = np.clip(1 + scenario.wallet * np.minimum(felt["satisfaction"], 0), 0.2, 1) * np.where(going, scenario.fade, 1)
        given = np.where(entry < month, given, 1)
        part = slice(rows[month], rows[month + 1])
        who = parcels["customer"][part]
        kept[part] = (luck[part] < given[who]) & (parcels["minute"][part] < leaves[who] * 1440)
        sent = {name: _sums(who, kept[part], parcels[name][part] if name else None, customers) for name in ("", "late", "failed", "price")}
        impression = feelings.impression(
            impression, parcels=sent[""], late=sent["late"], failures=sent["failed"], notices=notices[:, month])
        record.append({
            "customer": there, "month": np.full(len(there), month), "parcels": sent[""][there], "revenue_yuan": sent["price"][there],
            "late": sent["late"][there], "failures": sent["failed"][there], "price_gap": price_gap[there, month],
            "salesperson_left": salesperson_left[there, month], "notices": notices[there, month],
            **{name: values[there] for name, values in felt.items()}, "hazard": hazard[there], "alive_at_end": ~going[there],
        })  # fmt: skip
    return Life(kept, leaves, entry, {name: np.concatenate([part[name] for part in record]) for name in record[0]})


def _entry(customer: np.ndarray, rows: np.ndarray, customers: int) -> np.ndarray:
    """The month of each customer's first parcel."""
    month = np.repeat(np.arange(len(rows) - 1), np.diff(rows))
    entry = np.full(customers, NEVER)
    entry[customer[::-1]] = month[::-1]
    return entry


def _sums(who: np.ndarray, kept: np.ndarray, weights: np.ndarray | None, customers: int) -> np.ndarray:
    return np.bincount(who[kept], weights=None if weights is None else weights[kept], minlength=customers)
