"""The causal spine of the simulated firm: who the customers are, what they would send, what they experience, and who stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.company.axes import MARKETS, PRODUCTS, REGIONS, SCOPES, SIZES
from crmlib.company.columns import decoded, numbered
from crmlib.company.contract import conform
from crmlib.company.draws import Stream, poisson
from crmlib.company.life import NEVER, Life, live
from crmlib.company.parcels import draw_parcels
from crmlib.company.rivals import price_gaps
from crmlib.company.satisfaction import CONSTRUCTS, draw_feelings
from crmlib.company.scenario import Scenario
from crmlib.company.season import day_weights
from crmlib.company.service import SCANS, scan_minutes
from crmlib.company.staff import draw_contacts, draw_staff
from crmlib.company.tables.core import CUSTOMERS, WAYBILLS
from crmlib.company.traits import draw_traits
from crmlib.company.world import World

_MISSING_AFTER_DAYS = 10
"""A lost parcel counts as under way for so long after it should have arrived."""


@dataclass(frozen=True)
class Numbers:
    """From which numbers on customers, contacts, salespeople, waybills and the rows of all further tables are counted, so that parts of one
    firm can be made one by one."""

    customer: int = 1
    contact: int = 1
    salesperson: int = 1
    waybill: int = 1
    other: int = 1


def make_world(
    *, customers: int, first: dt.date, edges: np.ndarray, stream: Stream, scenario: Scenario, numbers: Numbers | None = None,
    market: Stream | None = None,
) -> World:  # fmt: skip
    """The world of a firm, or of a part of one: then `numbers` says where its counting begins, and `market` is the stream from which the
    rivals' prices of all parts come."""
    numbers = numbers or Numbers()
    weights = day_weights(first, int(edges[-1]), scenario)
    table, hidden = draw_traits(customers, int(edges[-1]), stream, scenario)
    hidden |= {name: _places(table[name], axis) for name, axis in (("market", MARKETS), ("region", REGIONS))}
    clocks = {market: np.concatenate([[0.0], np.cumsum(weights[market])]) for market in MARKETS}
    counts, begin, end = _parcel_counts(hidden, edges, clocks, stream, scenario)
    mix = np.stack([1 - hidden["express"] - hidden["standard"], hidden["standard"], hidden["express"]], axis=1)
    hidden["size"] = scenario.churn.size_classes(hidden["rate"] * _usual_price(mix, hidden, scenario))
    base = scenario.churn.base(np.array([scenario.churn_per_year[name] for name in table["market"]]), hidden["size"])
    hidden["expected_parcels"] = _expected(counts, base)
    parcels = draw_parcels(table, hidden, counts, begin, end, clocks, first, stream, scenario)
    origin, served = np.datetime64(first, "us"), table["market"] != "walk_in"
    staff = draw_staff(served, origin, edges, stream, scenario.staff, numbers.salesperson)
    life = live(
        parcels=parcels, edges=edges, feelings=draw_feelings(customers, stream, scenario.satisfaction), base=base,
        price_gap=price_gaps(first=first, months=len(edges) - 1, origin=hidden["region"], product_mix=mix, own_discount=hidden["discount"],
                             usual_discount=hidden["usual_discount"], stream=market or stream, scenario=scenario),
        salesperson_left=staff.just_left, stream=stream, scenario=scenario.churn,
        notices=np.array([scenario.churn.notice_months[name] for name in REGIONS])[hidden["region"], None] <= np.arange(len(edges) - 1),
    )  # fmt: skip
    ids = numbered("C", np.arange(numbers.customer, numbers.customer + customers), 5)
    opened = origin + hidden["opened"].astype("timedelta64[D]")
    salesperson = staff.salespeople["salesperson_id"].iloc[staff.current].where(served).reset_index(drop=True)
    people = conform(pd.DataFrame(table | {"customer_id": ids, "opened_on": opened, "salesperson_id": salesperson}), CUSTOMERS)
    sent = {name: values[life.kept] for name, values in parcels.items()}
    waybills, arrives = _waybills(sent, ids, first, int(edges[-1]), numbers.waybill)
    hidden["credit_quality"] = stream.normals("credit_quality", customers)
    abroad = sent["scope"] == SCOPES.index("cross_border")
    return World(
        first=first, edges=edges, stream=stream, scenario=scenario, customers=people, salespeople=staff.salespeople, waybills=waybills,
        number=numbers.other, market=market, later={
            "contacts": lambda: draw_contacts(ids, served, stream, scenario.staff, numbers.contact),
            "fates": lambda: _fates(sent, hidden, waybills["waybill_id"]),
            "scans": lambda: pd.DataFrame(scan_minutes(sent["minutes"], arrives, abroad, stream, scenario.service), columns=list(SCANS)),
            "panel": lambda: _panel(life, ids, hidden),
            "people": lambda panel: _truth(ids, hidden, life, panel, origin),
        },
    )  # fmt: skip


def _places(values: np.ndarray, axis: tuple[str, ...]) -> np.ndarray:
    return np.select([values == name for name in axis], range(len(axis)))


def _usual_price(mix: np.ndarray, hidden: Mapping[str, np.ndarray], scenario: Scenario) -> np.ndarray:
    return mix @ np.array([scenario.tariff[product, "domestic"][0] for product in PRODUCTS]) * (1 - hidden["discount"])


def _expected(counts: np.ndarray, base: np.ndarray) -> np.ndarray:
    """How many of its possible parcels a customer is likely to send before it leaves."""
    before = np.maximum(np.cumsum(np.cumsum(counts, axis=1) > 0, axis=1) - 1, 0)
    return (counts * np.exp(-np.exp(base)[:, None] * before)).sum(axis=1)


def _parcel_counts(
    hidden: Mapping[str, np.ndarray], edges: np.ndarray, clocks: dict, stream: Stream, scenario: Scenario
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many parcels each customer (row) would send each month (column), and between which days of that month."""
    begin = np.clip(hidden["joins"][:, None], edges[:-1], edges[1:])
    end = np.broadcast_to(edges[1:], begin.shape)
    busy = np.zeros(begin.shape)
    for place, clock in enumerate(clocks.values()):
        rows = hidden["market"] == place
        busy[rows] = clock[end[rows]] - clock[begin[rows]]
    years = np.clip((begin - hidden["turns"][:, None]) / 365.25, 0, 2.5)
    trend = np.clip(np.exp(years * np.log1p(hidden["growth"])[:, None]), 0.04, 8.0)
    spread = np.array([scenario.month_spread[name] for name in MARKETS])[hidden["market"], None]
    noise = np.exp(spread * stream.normals("months", begin.shape) - spread**2 / 2)
    counts = poisson(hidden["rate"][:, None] / 30.4 * busy * trend * noise, stream.uniforms("counts", begin.shape))
    return _at_least_one(counts, begin, end, hidden), begin, end


def _at_least_one(counts: np.ndarray, begin: np.ndarray, end: np.ndarray, hidden: Mapping[str, np.ndarray]) -> np.ndarray:
    """A customer joins by sending a parcel; one who joined before the first day sends at least one."""
    joined = (hidden["joins"] < end[:, -1].max()) & ~hidden["never"]
    fresh = joined & ((hidden["joins"] > 0) | (counts.sum(axis=1) == 0))
    month = np.argmax(end > begin, axis=1)
    rows = np.flatnonzero(fresh & (end > begin).any(axis=1))
    counts[rows, month[rows]] = np.maximum(counts[rows, month[rows]], 1)
    return counts


def _waybills(
    sent: Mapping[str, np.ndarray], ids: pd.Series, first: dt.date, days: int, number: int
) -> tuple[pd.DataFrame, np.ndarray]:
    """The waybills by contract, and when each would arrive."""
    size, picked = len(sent["customer"]), np.datetime64(first, "m") + sent["minute"].astype("timedelta64[m]")
    arrives = picked + sent["minutes"].astype("timedelta64[m]")
    end = np.datetime64(first, "m") + np.timedelta64(days, "D")
    here = arrives < end
    missing = sent["lost"] & (arrives + np.timedelta64(_MISSING_AFTER_DAYS, "D") < end)
    status = np.select([missing, sent["lost"] | ~here, sent["returned"]], [2, 1, 3], 0)
    waybills = pd.DataFrame({
        "waybill_id": numbered("W", np.arange(number, number + size), 9),
        "customer_id": decoded(sent["customer"], ids),
        "picked_up_at": picked.astype("datetime64[us]"),
        "product": decoded(sent["product"], PRODUCTS),
        "scope": decoded(sent["scope"], SCOPES),
        "destination_region": decoded(sent["destination"], REGIONS),
        "weight_kg": sent["weight"],
        "price_yuan": sent["price"],
        "cost_yuan": sent["cost"],
        "delivered_at": np.where(here & ~sent["lost"], arrives, np.datetime64("NaT")).astype("datetime64[us]"),
        "promised_at": (picked + sent["promised_hours"].astype("timedelta64[h]")).astype("datetime64[us]"),
        "status": decoded(status, WAYBILLS["status"].categories),
    })  # fmt: skip
    return conform(waybills, WAYBILLS), arrives


def _fates(sent: Mapping[str, np.ndarray], hidden: Mapping[str, np.ndarray], waybill_id: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({
        "waybill_id": waybill_id,
        "origin_region": decoded(hidden["region"][sent["customer"]], REGIONS),
        "delay_hours": sent["minutes"] / 60 - sent["promised_hours"],
        **{name: sent[name] for name in ("late", "damaged", "lost", "returned")},
    })  # fmt: skip


def _panel(life: Life, ids: pd.Series, hidden: Mapping[str, np.ndarray]) -> pd.DataFrame:
    panel = dict(life.panel)
    parcels, late, customer = panel["parcels"], panel.pop("late"), panel["customer"]
    frame = pd.DataFrame({"customer_id": decoded(customer, ids), **panel, "credit_quality": hidden["credit_quality"][customer]})
    frame.insert(5, "late_share", np.where(parcels > 0, late / np.maximum(parcels, 1), np.nan))
    frame["failures"] = frame["failures"].astype(np.int64)
    return frame.sort_values(["customer", "month"], kind="stable", ignore_index=True)


def _truth(ids: pd.Series, hidden: Mapping[str, np.ndarray], life: Life, panel: pd.DataFrame, origin: np.datetime64) -> pd.DataFrame:
    def day(number: np.ndarray, known: np.ndarray) -> np.ndarray:
        return np.where(known, origin + np.where(known, number, 0).astype("timedelta64[D]"), np.datetime64("NaT"))

    frame = pd.DataFrame({
        "customer_id": ids,
        "kind": hidden["kind"],
        "size": np.array(SIZES, dtype=object)[hidden["size"]],
        "monthly_parcels": hidden["rate"].round(3),
        "yearly_growth": hidden["growth"].round(4),
        "turns_on": origin + hidden["turns"].astype("timedelta64[D]"),
        "joins_on": day(hidden["joins"], ~hidden["never"]),
        "leaves_on": day(life.leaves, life.leaves < NEVER),
        "express_inclination": hidden["express"].round(4),
        "cross_border_inclination": hidden["cross_border"].round(4),
        "discount": hidden["discount"],
        "credit_quality": hidden["credit_quality"],
    })  # fmt: skip
    last = panel.groupby("customer").tail(1).set_index("customer")
    return frame.join(last[list(CONSTRUCTS)])
