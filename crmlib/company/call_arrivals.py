"""Who calls the service desk, when and why: calls follow the parcels, their delays and failures, the peaks and the proactive notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.company.axes import MARKETS, REGIONS
from crmlib.company.season import day_weights
from crmlib.company.service import overload
from crmlib.company.tables.desk import REASONS

if TYPE_CHECKING:
    from crmlib.company.calls import CallScenario
    from crmlib.company.world import World

INTENTS = tuple(value.code for value in REASONS)
"""Why people call, in the order of the contract."""

HOURS = np.array([1, 1, 0.5, 0.5, 0.5, 1, 3, 9, 36, 68, 84, 74, 52, 58, 74, 80, 72, 60, 46, 36, 28, 16, 8, 3], dtype=float)
HOURS /= HOURS.sum()
"""Shares of an ordinary day's calls by hour."""

WEEKDAYS = np.array([1.24, 1.08, 1.04, 1.02, 1.04, 0.86, 0.72])
"""An ordinary day's calls by weekday, from Monday; 1 is the mean."""

Moment = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From rows of waybills and uniform numbers to seconds."""

ROLES = ("sender", "recipient", "prospect")
_SENDER, _RECIPIENT, _PROSPECT = range(3)


class Clock:
    """Time as callers feel it: it runs fast in busy hours and nearly stands still at night. A unit is one ordinary day's calls."""

    def __init__(self, world: World) -> None:
        days = np.arange(-30, world.days + 30)
        rate = WEEKDAYS[(world.first.weekday() + days) % 7][:, None] * HOURS
        self.seconds = 3600.0 * np.arange(-30 * 24, (world.days + 30) * 24 + 1)
        self.felt = np.concatenate([[0.0], np.cumsum(rate.ravel())])

    def felt_at(self, seconds: np.ndarray) -> np.ndarray:
        return np.interp(seconds, self.seconds, self.felt)

    def later(self, seconds: np.ndarray, felt: np.ndarray) -> np.ndarray:
        """The moments at which `felt` time has gone by since `seconds`."""
        return np.interp(self.felt_at(seconds) + felt, self.felt, self.seconds)


def draw_arrivals(world: World, clock: Clock, scenario: CallScenario) -> pd.DataFrame:
    """The first calls on each matter, in order of time.

    Returns
    -------
    DataFrame
        second (since the first day), intent (index of INTENTS), waybill and customer (row numbers, -1: none), role (index of ROLES),
        late (the call is about a parcel after its promise)
    """
    stream, fates = world.stream, world.fates
    size = len(world.waybills)
    picked = (world.waybills["picked_up_at"].to_numpy() - np.datetime64(world.first, "us")) / np.timedelta64(1, "s")
    signed = picked + 60.0 * world.scans["signed"].to_numpy()
    promised = signed - 3600.0 * fates["delay_hours"].to_numpy()
    late, failed = fates["late"].to_numpy(), (fates["lost"] | fates["damaged"]).to_numpy()
    row_of = pd.Series(np.arange(len(world.customers)), index=world.customers["customer_id"])
    customer = row_of.reindex(world.waybills["customer_id"]).to_numpy()
    worried = 1 + scenario.peak_worry * overload(_busy(world))[np.clip(picked // 86400, 0, world.days - 1).astype(np.int64)]
    told = 1 - scenario.notice_cut * _noticed(world, picked)
    share = scenario.calls_per_parcel
    found = []

    def calls(intent: str, topic: str, rate: np.ndarray, moment: Moment, role: int | None, is_late: bool = False) -> None:
        rows = np.flatnonzero(stream.uniforms(f"calls/{topic}", size) < rate)
        roles = np.full(len(rows), role) if role is not None else np.where(
            stream.uniforms(f"calls/{topic}/role", len(rows)) < scenario.recipient_share, _RECIPIENT, _SENDER)
        when = moment(rows, stream.uniforms(f"calls/{topic}/when", len(rows)))
        found.append(pd.DataFrame({"second": when, "intent": INTENTS.index(intent), "waybill": rows, "customer": customer[rows],
                                   "role": roles, "late": is_late}))  # fmt: skip

    def under_way(rows: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        until = np.minimum(signed, promised)[rows]
        return clock.later(picked[rows], uniform * (clock.felt_at(np.maximum(until, picked[rows])) - clock.felt_at(picked[rows])))

    def after(moments: np.ndarray, mean: float) -> Moment:
        return lambda rows, uniform: clock.later(moments[rows], -mean * np.log1p(-uniform))

    calls("where_is_my_parcel", "track", share["where_is_my_parcel"] * worried * told, under_way, None)
    calls("where_is_my_parcel", "late", scenario.calls_per_late_parcel * worried * told * late, after(promised, 0.35), None, True)
    calls("complaint", "angry", share["complaint"] * worried + scenario.complaints_per_late_parcel * worried * late,
          after(np.maximum(signed, promised), 0.8), None)
    calls("claim", "claim", scenario.claims_per_failure * failed, after(signed, 1.0), None)
    calls("address_change", "address", share["address_change"] * worried, under_way, None)
    calls("pick_up", "pick_up", np.full(size, share["pick_up"]), after(picked, -0.15), _SENDER)
    calls("price", "price", np.full(size, share["price"]), after(picked, 1.0), _PROSPECT)
    calls("other", "other", np.full(size, share["other"]), after(picked, 1.0), None)
    found.append(_invoice_calls(world, clock, scenario))
    every = pd.concat(found, ignore_index=True)
    intent = every["intent"].to_numpy()
    anonymous = stream.uniforms("calls/anonymous", len(every)) < scenario.unknown_callers
    pathless = np.isin(intent, [INTENTS.index(name) for name in ("pick_up", "price", "other")])
    every["waybill"] = np.where(anonymous | pathless, -1, every["waybill"])
    every["customer"] = np.where(anonymous | (every["role"] == _PROSPECT), -1, every["customer"])
    every["second"] = np.floor(every["second"])
    inside = every["second"].between(0, 86400 * world.days - 1)
    return every[inside].sort_values("second", kind="stable", ignore_index=True)


def _busy(world: World) -> np.ndarray:
    """How busy each day is for the whole firm; 1 is an ordinary day."""
    weights = day_weights(world.first, world.days, world.scenario)
    market = world.waybills["customer_id"].map(world.customers.set_index("customer_id")["market"])
    share = market.value_counts(normalize=True)
    return sum(weights[name] * share.get(name, 0.0) for name in MARKETS)


def _noticed(world: World, picked: np.ndarray) -> np.ndarray:
    """Whether the sender's region had proactive notices when the parcel was picked up."""
    month = np.searchsorted(world.edges * 86400, picked, side="right") - 1
    region = world.fates["origin_region"].to_numpy().astype(object)
    since = world.scenario.churn.notice_months
    return np.select([region == name for name in REGIONS], [month >= since[name] for name in REGIONS], False)


def _invoice_calls(world: World, clock: Clock, scenario: CallScenario) -> pd.DataFrame:
    """Customers with a monthly account ask about last month's bill in the days after it."""
    panel = world.panel
    monthly = world.customers["monthly_account"].to_numpy()[panel["customer"]] & (panel["parcels"].to_numpy() > 0)
    rows = np.flatnonzero(monthly & (world.stream.uniforms("calls/invoice", len(panel)) < scenario.invoice_calls))
    begins = world.edges[panel["month"].to_numpy()[rows] + 1] * 86400.0
    when = clock.later(begins, -3.0 * np.log1p(-world.stream.uniforms("calls/invoice/when", len(rows))))
    return pd.DataFrame({"second": when, "intent": INTENTS.index("invoice"), "waybill": -1,
                         "customer": panel["customer"].to_numpy()[rows], "role": _SENDER, "late": False})  # fmt: skip
