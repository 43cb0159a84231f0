"""How the simulated firm keeps in touch: visits by class rhythm, care on birthdays and holidays, notices of delays by channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.company.axes import SIZES
from crmlib.company.columns import decoded, numbered
from crmlib.company.contract import conform
from crmlib.company.purchases import dates
from crmlib.company.season import SPRING_FESTIVAL
from crmlib.company.tables.sales import TOUCHES
from crmlib.company.world import World

if TYPE_CHECKING:
    from crmlib.company.sales import SalesScenario

_KINDS, _REASONS, _CHANNELS = (TOUCHES[name].categories for name in ("kind", "reason", "channel"))
_MID_AUTUMN = {
    2020: (10, 1), 2021: (9, 21), 2022: (9, 10), 2023: (9, 29), 2024: (9, 17), 2025: (10, 6), 2026: (9, 25), 2027: (9, 15),
    2028: (10, 3), 2029: (9, 22), 2030: (9, 12), 2031: (10, 1), 2032: (9, 19), 2033: (9, 8), 2034: (9, 27), 2035: (9, 16),
}  # fmt: skip
"""Month and day of the Mid-Autumn Festival."""


def draw_touches(world: World, scenario: SalesScenario) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The table touches; no truth of its own: a visit's mood is usual_mood + mood_effect × satisfaction of the panel + noise, rounded.

    Only customers with a salesperson are touched, between the opening of the account and the day they leave.
    """
    people, origin = world.truth["customers"], np.datetime64(world.first, "D")
    leaves = people["leaves_on"].to_numpy().astype("datetime64[D]")
    stop = np.where(np.isnat(leaves), world.days, (leaves - origin).astype(np.int64))
    start = np.maximum((world.customers["opened_on"].to_numpy().astype("datetime64[D]") - origin).astype(np.int64), 0)
    served = world.customers["salesperson_id"].notna().to_numpy()
    size = people["size"].map({name: place for place, name in enumerate(SIZES)}).to_numpy(dtype=np.int64)
    contacts = world.contacts
    of_customer = pd.Series(np.arange(len(contacts)), index=contacts["customer_id"].to_numpy(dtype=object))
    main = of_customer[~of_customer.index.duplicated()].reindex(world.customers["customer_id"].to_numpy(dtype=object)).fillna(-1)
    main = main.to_numpy(dtype=np.int64)
    visits = _visits(world, served, size, start, stop, scenario)
    parts = [visits, _care(world, served & (size < 2), start, stop), _notices(world, served, start, stop, scenario)]
    touch = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    keep = (touch["day"] >= start[touch["customer"]]) & (touch["day"] < stop[touch["customer"]]) & (main[touch["customer"]] >= 0)
    order = np.flatnonzero(keep)
    order = order[np.lexsort((touch["customer"][order], touch["day"][order]))]
    touch = {name: values[order] for name, values in touch.items()}
    contact = main[touch["customer"]]
    told_by = contacts["channel"].map({name: place for place, name in enumerate(_CHANNELS)}).to_numpy(dtype=np.int64)[contact]
    visit = touch["kind"] == 0
    return {"touches": conform(pd.DataFrame({
        "touch_id": numbered("T", world.numbers(len(order)), 6),
        "customer_id": decoded(touch["customer"], world.customers["customer_id"]),
        "contact_id": decoded(contact, contacts["contact_id"]),
        "salesperson_id": _in_charge(world, touch["customer"], touch["day"]),
        "happened_on": dates(world.first, touch["day"]),
        "kind": decoded(touch["kind"], _KINDS),
        "reason": decoded(touch["reason"], _REASONS),
        "channel": decoded(np.where(visit, touch["channel"], told_by), _CHANNELS),
        "mood": np.where(visit, _mood(world, touch["customer"], touch["day"], scenario), np.nan),
    }), TOUCHES)}, {}  # fmt: skip


def _touches(customer: np.ndarray, day: np.ndarray, kind: str, reason: str, channel: np.ndarray | int = 0) -> dict[str, np.ndarray]:
    shape = np.zeros(len(customer), dtype=np.int64)
    return {"customer": customer, "day": day, "kind": shape + _KINDS.index(kind), "reason": shape + _REASONS.index(reason),
            "channel": shape + channel}  # fmt: skip


def _visits(
    world: World, served: np.ndarray, size: np.ndarray, start: np.ndarray, stop: np.ndarray, scenario: SalesScenario
) -> dict[str, np.ndarray]:
    rows = np.flatnonzero(served & (start < stop))
    rhythm = np.array([scenario.visit_days[name] for name in SIZES])[size[rows]]
    count = np.ceil((stop - start)[rows] / rhythm).astype(np.int64)
    customer, every = np.repeat(rows, count), np.repeat(rhythm, count)
    turn = np.arange(len(customer)) - np.repeat(np.cumsum(count) - count, count)
    phase = np.repeat(world.stream.uniforms("visits/phase", len(served))[rows], count)
    sway = 0.12 * world.stream.normals("visits/sway", len(customer))
    day = start[customer] + np.floor((turn + phase + sway) * every).astype(np.int64)
    done = world.stream.uniforms("visits/done", len(customer)) < scenario.visits_done
    by_phone = (world.stream.uniforms("visits/phone", len(customer)) < np.array(scenario.visits_by_phone)[size[customer]]).astype(np.int64)
    return _touches(customer[done], day[done], "visit", "rhythm", by_phone[done])


def _care(world: World, cared: np.ndarray, start: np.ndarray, stop: np.ndarray) -> dict[str, np.ndarray]:
    """Key and middle customers: two holidays a year, and the birthday of the first contact person."""
    rows = np.flatnonzero(cared & (start < stop))
    years = range(world.first.year, world.first.year + world.days // 365 + 2)
    parts = []
    for reason, when in (("spring_festival", SPRING_FESTIVAL), ("mid_autumn", _MID_AUTUMN)):
        known = [np.datetime64(f"{year}-{when[year][0]:02d}-{when[year][1]:02d}") for year in years if year in when]
        for day in (np.array(known, dtype="datetime64[D]") - np.datetime64(world.first, "D")).astype(np.int64) - 1:
            parts.append(_touches(rows, np.full(len(rows), day), "care", reason))
    birthday = (world.stream.uniforms("care/birthday", len(cared)) * 365).astype(np.int64)[rows]
    parts += [_touches(rows, birthday + 365 * year, "care", "birthday") for year in range(world.days // 365 + 1)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _notices(world: World, served: np.ndarray, start: np.ndarray, stop: np.ndarray, scenario: SalesScenario) -> dict[str, np.ndarray]:
    """Where the region has proactive notices, one in each month in which much came late, within the month."""
    panel = world.panel
    told = panel["notices"].to_numpy() & (panel["late_share"].to_numpy() >= scenario.notice_from) & served[panel["customer"].to_numpy()]
    customer, month = panel["customer"].to_numpy()[told], panel["month"].to_numpy()[told]
    begin = np.maximum(world.edges[month], start[customer])
    end = np.minimum(world.edges[month + 1], stop[customer])
    day = begin + np.floor(world.stream.uniforms("notices/day", len(customer)) * (end - begin)).astype(np.int64)
    return _touches(customer, day, "notice", "delay")


def _in_charge(world: World, customer: np.ndarray, day: np.ndarray) -> pd.Series:
    """Who served the customer on that day: today's salesperson, or the predecessor of one who had not joined yet."""
    staff = world.salespeople
    place = {number: row for row, number in enumerate(staff["salesperson_id"])}
    before = staff["predecessor_id"].map(place).fillna(-1).to_numpy(dtype=np.int64)
    joined = (staff["joined_on"].to_numpy().astype("datetime64[D]") - np.datetime64(world.first, "D")).astype(np.int64)
    who = world.customers["salesperson_id"].map(place).fillna(-1).to_numpy(dtype=np.int64)[customer]
    for _turn in range(len(staff)):
        early = (joined[who] > day) & (before[who] >= 0)
        if not early.any():
            break
        who = np.where(early, before[who], who)
    return decoded(who, staff["salesperson_id"])


def _mood(world: World, customer: np.ndarray, day: np.ndarray, scenario: SalesScenario) -> np.ndarray:
    """Of 1 to 5 points; a customer that has not shipped yet has the mean satisfaction."""
    latent = np.zeros((len(world.customers), world.months))
    latent[world.panel["customer"], world.panel["month"]] = world.panel["satisfaction"]
    month = np.searchsorted(world.edges, day, side="right") - 1
    noise = scenario.mood_noise * world.stream.normals("visits/mood", len(day))
    return np.clip(np.rint(scenario.usual_mood + scenario.mood_effect * latent[customer, month] + noise), 1, 5)
