"""What becomes of the first-order offer's effect after the first week: do more customers start, or do the same start earlier?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.economics.given import need_table
from crmlib.i18n import _
from crmlib.segments.per_customer import day, numbers
from crmlib.uplift.effect import offer_effect

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.survival.kaplan import SurvivalCurves


@dataclass(frozen=True, eq=False)
class OfferLater:
    """The effect of the first-order offer, looked at after several spans.

    `table`, indexed by days: customers (drawn at least so many days ago), share_offer, share_control (shipped within so many days), effect, low,
    high (offer less control), margin_more_yuan, margin_low, margin_high (margin of those days a customer drawn, offer less control, coupons
    not taken off), coupon_yuan (what the coupons cost a customer drawn for the offer). `curves`: share that has not shipped, by day and arm.
    """

    table: pd.DataFrame
    curves: SurvivalCurves = field(repr=False)
    level: float

    def summary(self) -> str:
        """The result in three sentences."""
        first, last = self.table.iloc[0], self.table.iloc[-1]
        told = _(
            "Offer less control, the share that ships within {first:g} days differs by {early:+.0f} percentage points ({early_low:+.0f} to "
            "{early_high:+.0f}), within {last:g} days by {late:+.0f} ({late_low:+.0f} to {late_high:+.0f}). In {last:g} days it brings "
            "{margin:.1f} yuan more margin a customer ({margin_low:.1f} to {margin_high:.1f}); the coupons cost {coupon:.1f} yuan."
        ).format(first=first.name, early=100 * first.effect, early_low=100 * first.low, early_high=100 * first.high, last=last.name,
                 late=100 * last.effect, late_low=100 * last.low, late_high=100 * last.high, margin=last.margin_more_yuan,
                 margin_low=last.margin_low, margin_high=last.margin_high, coupon=last.coupon_yuan)  # fmt: skip
        if last.margin_low > last.coupon_yuan:
            return told + _(" The offer earns its cost.")
        if last.margin_high < last.coupon_yuan:
            return told + _(" The offer does not earn its cost in that time.")
        return told + _(" Whether it earns its cost, nobody can tell yet.")

    def advice(self) -> str:
        """What to do with the offer, in two sentences."""
        last = self.table.iloc[-1]
        if last.margin_low > last.coupon_yuan:
            return _("Give the first-order coupon to every new customer: within {days:g} days it earns more than it costs.").format(
                days=last.name)  # fmt: skip
        if last.margin_high < last.coupon_yuan:
            return _("Stop the first-order coupon: within {days:g} days it does not earn its cost.").format(days=last.name)
        return _(
            "The first-order coupon brings the first parcel forward; whether it earns its cost is open. Go on drawing lots, fix the day of "
            "reckoning now, and do not give it to everybody before."
        )

    def numbers(self) -> list[tuple]:
        """For `crm.one_page`: the effect after the first and the last span and the margin gained, each with its interval."""
        first, last = self.table.iloc[0], self.table.iloc[-1]
        more = _("With the coupon, more ship within {days:g} days")
        return [
            (more.format(days=first.name), first.effect, first.low, first.high, "share"),
            (more.format(days=last.name), last.effect, last.low, last.high, "share"),
            (_("More margin in {days:g} days (the coupons cost {coupon:.1f} yuan)").format(days=last.name, coupon=last.coupon_yuan),
             last.margin_more_yuan, last.margin_low, last.margin_high, "yuan"),
        ]  # fmt: skip

    def headline(self) -> str:
        """The finding as the title of a report."""
        first, last = self.table.iloc[0], self.table.iloc[-1]
        return _("The first-order coupon: {early:+.0f} percentage points in {first:g} days, {late:+.0f} in {last:g}").format(
            early=100 * first.effect, late=100 * last.effect, first=first.name, last=last.name)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The share that has shipped, by day, with and without the offer; see :func:`crmlib.plotting.offer_later`."""
        from crmlib.plotting.new_customers import offer_later

        return offer_later(self, ax=ax)


def first_order_later(
    offers: pd.DataFrame, waybills: pd.DataFrame, *, as_of: object, days: Sequence[int] = (7, 30, 60), level: float = 0.95
) -> OfferLater:
    """Follow both arms of the first-order offer on: who has shipped after so many days, and what margin that brought.

    Answers: does the coupon bring customers who would not have started, or the same ones earlier, and does it earn its cost?

    Parameters
    ----------
    offers : DataFrame: customer_id, kind, assigned_on, stratum, arm, value_yuan, accepted
        Only kind "first_order" counts.
    waybills : DataFrame: customer_id, picked_up_at, price_yuan, cost_yuan
    as_of : date, the last day known
    days : whole numbers above 0
        Spans after the draw, in increasing order.
    level : float, 0–1

    Returns
    -------
    OfferLater
        table, curves; `.summary()`, `.advice()`, `.numbers()`, `.headline()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, a span is no whole number above 0, a customer was drawn twice, or as in `crmlib.uplift.offer_effect`.

    Notes
    -----
    Each span counts only those drawn that long ago. All drawn for the offer are compared with all controls, used or not. An offer can look
    good after a week and vanish after two months: it brought forward what would have come anyway.

    Source: as `crmlib.uplift.offer_effect`; Kaplan and Meier (1958) for the curves.

    >>> from crmlib.company import lark
    >>> firm = lark()
    >>> found = first_order_later(firm.offers, firm.waybills, as_of="2026-10-31").table
    >>> bool(found.effect[7] > found.effect[30] > found.effect[60])
    True
    """
    from crmlib.survival import kaplan_meier

    need_table("offers", offers, ["customer_id", "kind", "assigned_on", "stratum", "arm", "value_yuan", "accepted"])
    need_table("waybills", waybills, ["customer_id", "picked_up_at", "price_yuan", "cost_yuan"])
    whole = [isinstance(span, (int, np.integer)) and not isinstance(span, bool) and span > 0 for span in days]
    if not whole or not all(whole) or list(days) != sorted(set(days)):
        raise ValueError(_("days is {value}; it must be whole numbers above 0 in increasing order, for example (7, 30, 60).").format(
            value=tuple(days)))  # fmt: skip
    end = day(as_of, "as_of") + pd.Timedelta(days=1)
    drawn = offers[(offers["kind"].astype(object) == "first_order") & (offers["assigned_on"] < end)].set_index("customer_id")
    if drawn.empty:
        raise ValueError(_("There are no first-order offers by {day}.").format(day=day(as_of, "as_of").date()))
    refuse_rows(drawn.index.to_series().duplicated(), _("customer_id stands twice"), _("Keep one row a customer."))
    sent = waybills[waybills["customer_id"].isin(drawn.index) & (waybills["picked_up_at"] < end)]
    money = numbers(sent["price_yuan"], "price_yuan") - numbers(sent["cost_yuan"], "cost_yuan")
    age = (sent["picked_up_at"].dt.normalize() - sent["customer_id"].map(drawn["assigned_on"])).dt.days
    who, money, age = sent["customer_id"][age >= 0], money[age >= 0], age[age >= 0]
    start = age.groupby(who).min().reindex(drawn.index)
    watched = (end - drawn["assigned_on"]).dt.days
    rows = {}
    for span in days:
        there = drawn[watched >= span]
        margin = money[age < span].groupby(who[age < span]).sum().reindex(there.index).fillna(0.0)
        outcome = np.where(start.reindex(there.index) < span, "reached", "missed")
        known = there.assign(outcome=outcome, before_yuan=0.0, after_yuan=margin, measured_on=there["assigned_on"]).reset_index()
        shipped = offer_effect(known, kind="first_order", level=level)
        earned = offer_effect(known, kind="first_order", outcome="after_yuan", level=level)
        given = known[known["arm"].astype(object) == "offer"]
        rows[int(span)] = {"customers": len(known), "share_offer": shipped.mean_offer, "share_control": shipped.mean_control,
                           "effect": shipped.effect, "low": shipped.low, "high": shipped.high, "margin_more_yuan": earned.effect,
                           "margin_low": earned.low, "margin_high": earned.high,
                           "coupon_yuan": float((given["value_yuan"] * given["accepted"].astype(bool)).mean())}  # fmt: skip
    times = start.where(start.notna(), watched - 1).astype("float64")
    curves = kaplan_meier(times + 0.5, start.notna(), by=drawn["arm"].astype(object), level=level)
    return OfferLater(pd.DataFrame.from_dict(rows, orient="index").rename_axis("days"), curves, level)
