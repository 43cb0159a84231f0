"""What can be done for the touched parcels, what each way costs and how long it takes, and the plan that costs least."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import need_frame, require_columns
from crmlib.company.schema import label
from crmlib.desk.risk.affected import age_days, delays, held_hours, left_days
from crmlib.desk.risk.choosing import cheapest, room_taken
from crmlib.desk.risk.costs import NEEDS, OPTIONS, RiskCosts, risk_costs
from crmlib.desk.risk.feed import incident_of
from crmlib.desk.risk.parcels import UsualTimes, parcels_of
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company


@dataclass(frozen=True)
class Alternatives:
    """The ways out and the plan.

    `table`: waybill_id (or customer_id and parcels), option, extra_yuan (if taken), delay_hours (missing: not delivered), p_keep (chance to keep the
    promise; with "postpone" the new one), needs, expected_cost_yuan (with lateness, and with those who refuse), chosen; `plan`: the chosen rows;
    `regret`: plan_for_days, lasts_days, cost_yuan, regret_yuan; `shadow_yuan`: what room for one more parcel on the other route would save.
    """

    table: pd.DataFrame
    plan: pd.DataFrame
    regret: pd.DataFrame
    affected: pd.DataFrame = field(repr=False)
    costs: RiskCosts = field(repr=False)
    as_of: pd.Timestamp
    lasts_days: float
    capacity: float
    shadow_yuan: float
    wait_yuan: float

    @property
    def cautious_days(self) -> float:
        """The length to plan for if the greatest regret is to be least."""
        return float(self.regret.groupby("plan_for_days")["regret_yuan"].max().idxmin()) if len(self.regret) else np.nan

    def explain(self, which: str) -> pd.DataFrame:
        """All options for one parcel (or customer).

        Raises
        ------
        ValueError
            It is not among those touched.
        """
        key = self.table.columns[0]
        found = self.table[(self.table[key] == which).to_numpy()]
        if found.empty:
            raise ValueError(_("{which} is not among the touched parcels of this table.").format(which=which))
        return found.reset_index(drop=True)

    def summary(self) -> str:
        """The plan, what it saves against waiting, and how much hangs on the length of the incident."""
        count = self.plan.groupby("option")["parcels"].sum().reindex(OPTIONS, fill_value=0)
        text = _("{parcels:,} parcels, if it lasts {days:.1f} more days: {counts}. Expected cost {cost:,.0f} yuan; if all wait {wait:,.0f}. Room on the other "
                 "route for one more parcel would save {shadow:.2f} yuan.").format(
            parcels=int(count.sum()), days=self.lasts_days, cost=self.plan["expected_cost_yuan"].sum(), wait=self.wait_yuan, shadow=self.shadow_yuan,
            counts=_(", ").join(f"{label(option, column='option')} {number:,}" for option, number in count.items() if number) or "–")  # fmt: skip
        return text + _(" Who does not know how long it will last plans for {days:g} days: the regret is at most {regret:,.0f} yuan.").format(
            days=self.cautious_days, regret=self.regret.groupby("plan_for_days")["regret_yuan"].max().min())  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """What each plan costs as the incident lasts; see :func:`crmlib.plotting.risk.plan_costs`."""
        from crmlib.plotting.risk import plan_costs

        return plan_costs(self, ax=ax)


def option_costs(
    parcels: pd.DataFrame, usual: UsualTimes, now: pd.Timestamp, wait_hours: np.ndarray, costs: RiskCosts
) -> dict[str, np.ndarray]:
    """(parcels, options) arrays: extra_yuan, delay_hours, p_keep, expected_cost_yuan."""
    price, shape = parcels["price_yuan"].to_numpy(dtype=float), (len(parcels), len(OPTIONS))
    extra, delay, keep, expected = (np.zeros(shape) for _name in range(4))
    several = parcels.groupby("customer_id")["waybill_id"].transform("size").to_numpy() >= 2
    ways = {"wait": (0.0, wait_hours, 0.0), "reroute": (costs.reroute_share * price, np.full(len(price), float(costs.reroute_hours)), 0.0),
            "split": (costs.split_yuan, costs.split_delay_share * wait_hours, 0.0), "postpone": (costs.postpone_yuan, wait_hours, costs.postpone_hours),
            "refund": (price + costs.refund_yuan, np.full(len(price), np.nan), 0.0)}  # fmt: skip
    for place, option in enumerate(OPTIONS):
        extra[:, place], delay[:, place], grace = ways[option]
        if option == "refund":
            loss = np.zeros(len(price))
        else:
            late, days = usual.lateness(parcels, now, delay[:, place], grace)
            keep[:, place] = 1 - late
            loss = late * costs.late_yuan + np.minimum(days * costs.late_day_share, 1) * price
        agree = costs.consent(option)
        expected[:, place] = agree * (extra[:, place] + loss) + (1 - agree) * expected[:, 0]
    expected[~several, OPTIONS.index("split")] = np.inf
    return {"extra_yuan": extra, "delay_hours": delay, "p_keep": keep, "expected_cost_yuan": expected}


def alternatives(
    company: Company, affected: pd.DataFrame, incident: object, costs: RiskCosts | None = None, *, as_of: object, lasts_days: float | None = None,
    by: str = "parcel", capacity: float | None = None,
) -> Alternatives:  # fmt: skip
    """Wait, reroute, split, postpone or refund: what each costs for every touched parcel, and the cheapest plan with the room there is.

    Answers: what do we offer to whom?

    Parameters
    ----------
    company : Company
    affected : DataFrame, from :func:`affected_parcels` at the same moment
    incident : its number, or a row of the feed
    costs : RiskCosts, optional; without it those of the standards
    as_of : the moment
    lasts_days : for how many more days the incident is supposed to last; None: as long as the earlier ones of its kind
    by : "parcel", or "customer": one option for all parcels of a customer
    capacity : parcels for which the other route has room; None: the share of `costs`

    Returns
    -------
    Alternatives
        `.table .plan .regret .capacity .shadow_yuan .cautious_days .explain(id) .summary() .plot()`

    Raises
    ------
    ValueError
        The incident is unknown at `as_of`, columns are missing, or a figure is out of range.

    Source: own; the options are those of 《2025国际快递行业客户关系管理体系研究》, regret after Savage (1951).

    >>> from crmlib.company import lark
    >>> from crmlib.desk.risk import affected_parcels
    >>> touched = affected_parcels(lark(), "I014", "2026-05-12 09:00")
    >>> found = alternatives(lark(), touched, "I014", as_of="2026-05-12 09:00")
    >>> bool((found.plan.option == "reroute").sum() <= found.capacity)
    True
    """
    need_frame(affected, "affected")
    this, now = incident_of(company, incident, as_of)
    require_columns(affected.columns, ["waybill_id", "customer_id", "node", "scanned_at", "picked_up_since", "product", "scope", "promised_at", "price_yuan"])
    if by not in ("parcel", "customer"):
        raise ValueError(_('by is {by}; give "parcel" or "customer".').format(by=by))
    if affected["waybill_id"].duplicated().any():
        raise ValueError(_("The parcel {waybill} stands in the table twice; keep one row of it.").format(
            waybill=affected.loc[affected["waybill_id"].duplicated(), "waybill_id"].iloc[0]))  # fmt: skip
    costs = costs or risk_costs()
    parcels = parcels_of(company)
    usual = parcels.usual(this, now)
    age = age_days(this, now)
    hours, lasted = held_hours(company, parcels, this, now)
    given = left_days(lasted, this, now) if lasts_days is None else lasts_days
    room = costs.reroute_capacity_share * len(affected) if capacity is None else capacity
    for name, value in (("lasts_days", given), ("capacity", room)):
        if isinstance(value, (bool, str)) or not 0 <= value < float("inf"):
            raise ValueError(_("{name} is {value}; it must be a number of at least 0{most}.").format(name=name, value=value, most=""))
    room = float(np.floor(room))
    affected = affected.reset_index(drop=True)
    group = pd.Series(np.arange(len(affected))) if by == "parcel" else affected.groupby("customer_id").ngroup()
    size, taken = np.bincount(group, minlength=int(group.max() + 1) if len(group) else 0).astype(float), room_taken(costs)

    def summed(values: np.ndarray) -> np.ndarray:
        whole = np.zeros((len(size), len(OPTIONS)))
        np.add.at(whole, group.to_numpy(), values)
        return whole

    def at_length(days: float) -> dict[str, np.ndarray]:
        return option_costs(affected, usual, now, delays(affected, hours, age + days), costs)

    found = at_length(given)
    cost = summed(found["expected_cost_yuan"])
    chosen = cheapest(cost, size, taken, room)
    rows = np.arange(len(size))
    more = cheapest(cost, size, taken, room + 1)
    shadow = float(cost[rows, chosen].sum() - cost[rows, more].sum())
    lengths = standards.get("risk.lasts_days", unit="days")
    worlds = {days: summed(at_length(days)["expected_cost_yuan"]) for days in lengths}
    plans = {days: cheapest(world, size, taken, room) for days, world in worlds.items()}
    regret = pd.DataFrame([(planned, lasts, worlds[lasts][rows, plans[planned]].sum(), worlds[lasts][rows, plans[lasts]].sum())
                           for planned in lengths for lasts in lengths], columns=["plan_for_days", "lasts_days", "cost_yuan", "regret_yuan"])  # fmt: skip
    regret["regret_yuan"] = (regret["cost_yuan"] - regret["regret_yuan"]).clip(lower=0)
    keys = affected["waybill_id"] if by == "parcel" else affected.groupby("customer_id").size().index.to_series()
    means = {name: summed(found[name]) / size[:, None] for name in ("delay_hours", "p_keep")}
    flat = {"extra_yuan": summed(found["extra_yuan"]).ravel(), **{name: value.ravel() for name, value in means.items()}}
    table = pd.DataFrame({
        "waybill_id" if by == "parcel" else "customer_id": np.repeat(keys.to_numpy(), len(OPTIONS)),
        "parcels": np.repeat(size.astype(int), len(OPTIONS)), "option": np.tile(OPTIONS, len(size)), **flat,
        "needs": np.tile([NEEDS[option] for option in OPTIONS], len(size)), "expected_cost_yuan": cost.ravel(),
        "chosen": (np.arange(len(OPTIONS))[None, :] == chosen[:, None]).ravel(),
    })  # fmt: skip
    table = table[np.isfinite(table["expected_cost_yuan"])].reset_index(drop=True)
    plan = table[table["chosen"].to_numpy(dtype=bool)].drop(columns="chosen").reset_index(drop=True)
    return Alternatives(table, plan, regret, affected, costs, now, float(given), room, shadow, float(cost[:, 0].sum()))
