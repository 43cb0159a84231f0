"""The simulated firm's members and their points: earned by spending, redeemed by whim, expired at the end of the next half year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.company.columns import decoded, numbered
from crmlib.company.contract import conform
from crmlib.company.purchases import Purchases, dates
from crmlib.company.tables.sales import MEMBERS, POINTS
from crmlib.company.world import World

if TYPE_CHECKING:
    from crmlib.company.sales import SalesScenario

_KINDS, _TIERS = POINTS["kind"].categories, MEMBERS["tier"].categories


def draw_members(
    world: World, purchases: Purchases, offers: pd.DataFrame, scenario: SalesScenario
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The tables members and points; no truth of their own. Who takes up an invitation joins at once; others by themselves, or never."""
    customer, joined, invited = _joining(world, offers, scenario)
    order = np.lexsort((customer, joined))
    customer, joined, invited = customer[order], joined[order], invited[order]
    spend = purchases.between(customer, world.days - 365, world.days)[1]
    ids = numbered("M", world.numbers(len(customer)), 5)
    members = conform(pd.DataFrame({
        "member_id": ids,
        "customer_id": decoded(customer, world.customers["customer_id"]),
        "joined_on": dates(world.first, joined),
        "joined_by": decoded(invited.astype(np.int64), MEMBERS["joined_by"].categories),
        "tier": decoded(np.searchsorted(np.array(scenario.tier_from), spend, side="right"), _TIERS),
        "year_spend_yuan": spend,
    }), MEMBERS)  # fmt: skip
    return {"members": members, "points": _ledger(world, purchases, customer, joined, ids, scenario)}, {}


def _joining(world: World, offers: pd.DataFrame, scenario: SalesScenario) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customer, day and whether by invitation, of every member; only while a customer, and those in the trial's control arm never."""
    people, origin, size = world.truth["customers"], np.datetime64(world.first, "D"), len(world.customers)
    never = 10**6

    def day_of(name: str) -> np.ndarray:
        moment = people[name].to_numpy().astype("datetime64[D]")
        return np.where(np.isnat(moment), never, (moment - origin).astype(np.int64))

    trial = offers[(offers["kind"] == "membership").to_numpy()]
    place = pd.Series(np.arange(size), index=world.customers["customer_id"].to_numpy(dtype=object))
    in_trial = place[trial["customer_id"].to_numpy(dtype=object)].to_numpy()
    day = (trial["assigned_on"].to_numpy().astype("datetime64[D]") - origin).astype(np.int64)
    taken = trial["accepted"].to_numpy()
    free = np.ones(size, dtype=bool)
    free[in_trial] = False
    wants = free & (world.stream.uniforms("members/wants", size) < scenario.joins_alone)
    alone = day_of("joins_on") + (world.stream.uniforms("members/lag", size) * scenario.joins_within).astype(np.int64)
    own = np.flatnonzero(wants & (alone < np.minimum(day_of("leaves_on"), world.days)))
    customer = np.concatenate([in_trial[taken], own])
    return customer, np.concatenate([day[taken], alone[own]]), np.arange(len(customer)) < taken.sum()


def _ledger(
    world: World, purchases: Purchases, customer: np.ndarray, joined: np.ndarray, ids: pd.Series, scenario: SalesScenario
) -> pd.DataFrame:
    """Month after month: some redeem on a day before the last, the month's points are booked; in June and December those of the half year
    before expire."""
    size, months = len(customer), world.months
    begin = np.maximum(world.edges[None, :-1], joined[:, None])
    earned = np.floor(purchases.between(customer[:, None], begin, np.maximum(world.edges[None, 1:], begin))[1]).astype(np.int64)
    wants, part, when = (world.stream.uniforms(f"points/{name}", (months, size)) for name in ("wants", "part", "when"))
    old, new, found = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64), []

    def book(rows: np.ndarray, day: np.ndarray | int, kind: str, points: np.ndarray) -> None:
        rows_there = np.flatnonzero(rows)
        found.append({
            "member": rows_there, "day": np.broadcast_to(day, size)[rows_there], "kind": np.full(len(rows_there), _KINDS.index(kind)),
            "points": points[rows_there], "balance": (old + new)[rows_there],
        })  # fmt: skip

    for month in range(months):
        start, last = int(world.edges[month]), int(world.edges[month + 1]) - 1
        used = np.floor((0.4 + 0.6 * part[month]) * (old + new) / 100).astype(np.int64) * 100
        used = np.where((wants[month] < scenario.redeems) & (old + new >= scenario.redeems_from), used, 0)
        from_old = np.minimum(used, old)
        old, new = old - from_old, new - (used - from_old)
        book(used > 0, start + (when[month] * (last - start)).astype(np.int64), "redeem", -used)
        new = new + earned[:, month]
        book(earned[:, month] > 0, last, "earn", earned[:, month])
        if (pd.Timestamp(world.first) + pd.Timedelta(days=last)).month in (6, 12):
            gone, old, new = old, new, np.zeros(size, dtype=np.int64)
            book(gone > 0, last, "expire", -gone)
    entry = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
    order = np.argsort(entry["day"], kind="stable")
    return conform(pd.DataFrame({
        "entry_id": numbered("E", world.numbers(len(order)), 6),
        "member_id": decoded(entry["member"][order], ids),
        "booked_on": dates(world.first, entry["day"][order]),
        "kind": decoded(entry["kind"][order], _KINDS),
        "points": entry["points"][order],
        "balance": entry["balance"][order],
    }), POINTS)  # fmt: skip
