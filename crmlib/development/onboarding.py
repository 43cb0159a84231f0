"""The first weeks of a new customer: who starts, how soon, and what the randomised first-order offer does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_share
from crmlib.economics.given import need_table
from crmlib.i18n import _
from crmlib.segments.per_customer import day
from crmlib.standards import get
from crmlib.survey.intervals import wilson_interval
from crmlib.uplift.effect import OfferEffect, offer_effect

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.survival.kaplan import SurvivalCurves

STEPS = ("first_week", "started", "second_month", "visited")


@dataclass(frozen=True, eq=False)
class Onboarding:
    """How new customers start.

    `customers`, indexed by customer_id: opened_on, watched_days, first_parcel_days (missing where there was none), first_visit_days,
    start_state (started, not_yet: watched for less than start_days without a parcel, not_started). `steps`, indexed by start_step: customers (watched
    long enough to tell), arrived, share, low, high. `curve`: the share that has not shipped yet, by day (Kaplan–Meier).
    """

    customers: pd.DataFrame = field(repr=False)
    steps: pd.DataFrame
    curve: SurvivalCurves = field(repr=False)
    start_days: float
    level: float

    def to_call(self) -> pd.DataFrame:
        """New customers who have not started, the youngest first: they are the easiest to bring back."""
        return self.customers[self.customers["start_state"] == "not_started"].sort_values("watched_days", kind="stable")

    def summary(self) -> str:
        """The result in two sentences."""
        week, started = self.steps.loc["first_week"], self.steps.loc["started"]
        return _(
            "Of {count:,.0f} new customers {week:.0%} shipped within a week ({low:.0%} to {high:.0%}), {started:.0%} within {days:g} days. "
            "{idle} have not started and should be called."
        ).format(count=len(self.customers), week=week.share, low=week.low, high=week.high, started=started.share, days=self.start_days,
                 idle=int((self.customers["start_state"] == "not_started").sum()))  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The share that has shipped, by days since the account was opened; see :func:`crmlib.plotting.onboarding`."""
        from crmlib.plotting.new_customers import onboarding

        return onboarding(self, ax=ax)


def onboarding(
    customers: pd.DataFrame, waybills: pd.DataFrame, *, start: object, as_of: object, touches: pd.DataFrame | None = None,
    start_days: float | None = None, visit_days: float | None = None, level: float = 0.95,
) -> Onboarding:  # fmt: skip
    """Follow new customers through their first weeks.

    Answers: how many of those we won really start, how soon, and whom must we call?

    Parameters
    ----------
    customers : DataFrame: customer_id, opened_on; salesperson_id where visits count
    waybills : DataFrame: customer_id, picked_up_at
    start, as_of : dates
        Customers whose account was opened from `start` on; the last day known.
    touches : DataFrame, optional: customer_id, happened_on, kind
    start_days, visit_days : float, optional
        A customer should have shipped, and one with a salesperson should have been visited, by then. Without them: the standards
        development.start_days and development.visit_days.
    level : float, 0–1

    Returns
    -------
    Onboarding
        customers, steps (first_week: a parcel within 7 days; started: within start_days; second_month: a parcel on days 30 to 59; visited:
        by the salesperson within visit_days), curve; `.to_call()`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, a customer stands twice, or nobody is new.

    Notes
    -----
    A step counts only customers watched long enough for it: one who opened the account yesterday has not failed to ship within a week.

    Source: 《2025国际快递行业客户关系管理体系研究》 (新客户引导); Kaplan and Meier (1958).

    >>> people = pd.DataFrame({"customer_id": ["c1", "c2"], "opened_on": pd.to_datetime(["2026-01-01", "2026-01-01"])})
    >>> bills = pd.DataFrame({"customer_id": ["c1"], "picked_up_at": pd.to_datetime(["2026-01-04 10:00"])})
    >>> onboarding(people, bills, start="2026-01-01", as_of="2026-03-31").steps.loc["first_week", ["customers", "arrived"]].astype(int).tolist()
    [2, 1]
    """
    from crmlib.survival import kaplan_meier

    require_share("level", level)
    need_table("customers", customers, ["customer_id", "opened_on"])
    need_table("waybills", waybills, ["customer_id", "picked_up_at"])
    begin, end = day(start, "start"), day(as_of, "as_of") + pd.Timedelta(days=1)
    limit = get("development.start_days", unit="days") if start_days is None else start_days
    visit = get("development.visit_days", unit="days") if visit_days is None else visit_days
    new = customers[(customers["opened_on"] >= begin) & (customers["opened_on"] < end)]
    if new.empty:
        raise ValueError(
            _("No account was opened from {start} to {end}.").format(start=begin.date(), end=(end - pd.Timedelta(days=1)).date())
        )
    refuse_rows(new["customer_id"].duplicated(), _("customer_id stands twice"), _("Keep one row a customer."))
    new = new.set_index("customer_id")
    table = new[["opened_on"]].copy()
    table["watched_days"] = (end - table["opened_on"]).dt.days.astype("float64")
    sent = waybills[waybills["customer_id"].isin(new.index) & (waybills["picked_up_at"] < end)]
    age = (sent["picked_up_at"].dt.normalize() - sent["customer_id"].map(table["opened_on"])).dt.days
    sent, age = sent[age >= 0], age[age >= 0].astype("float64")
    table["first_parcel_days"] = age.groupby(sent["customer_id"]).min().reindex(table.index)
    table["first_visit_days"] = _first_visit(table, touches, end)
    shipped = table["first_parcel_days"].notna()
    table["start_state"] = np.select([shipped, table["watched_days"] < limit], ["started", "not_yet"], "not_started")
    second = table.index.isin(sent.loc[age.between(30, 59), "customer_id"])
    reached = {
        "first_week": (table["watched_days"] >= 7, table["first_parcel_days"] < 7),
        "started": (table["watched_days"] >= limit, table["first_parcel_days"] < limit),
        "second_month": (table["watched_days"] >= 60, pd.Series(second, index=table.index)),
    }
    if touches is not None and "salesperson_id" in new.columns:
        reached["visited"] = (new["salesperson_id"].notna() & (table["watched_days"] >= visit), table["first_visit_days"] < visit)
    steps = pd.DataFrame.from_dict({name: _step(*pair, level) for name, pair in reached.items()}, orient="index").rename_axis("start_step")
    times = table["first_parcel_days"].where(shipped, table["watched_days"] - 1)
    return Onboarding(table, steps, kaplan_meier(times + 0.5, shipped, level=level), float(limit), level)


def _first_visit(table: pd.DataFrame, touches: pd.DataFrame | None, end: pd.Timestamp) -> pd.Series:
    if touches is None:
        return pd.Series(np.nan, index=table.index)
    need_table("touches", touches, ["customer_id", "happened_on", "kind"])
    mine = touches[touches["customer_id"].isin(table.index) & (touches["kind"].astype(object) == "visit") & (touches["happened_on"] < end)]
    days = (mine["happened_on"] - mine["customer_id"].map(table["opened_on"])).dt.days
    return days[days >= 0].groupby(mine["customer_id"]).min().reindex(table.index).astype("float64")


def _step(known: pd.Series, done: pd.Series, level: float) -> dict[str, float]:
    count, hits = int(known.sum()), int((known & done).sum())
    low, high = wilson_interval(hits, count, level) if count else (np.nan, np.nan)
    return {"customers": count, "arrived": hits, "share": hits / count if count else np.nan, "low": low, "high": high}


def first_order_effect(offers: pd.DataFrame, *, level: float = 0.95) -> OfferEffect:
    """What the randomised first-order offer achieved: offer less control, with its interval.

    Answers: does the coupon make new customers start, or would they have started anyway?

    Parameters
    ----------
    offers : DataFrame, as in `crmlib.uplift.offer_effect`
    level : float, 0–1

    Returns
    -------
    OfferEffect
        effect (share that ships within a week), low, high, strata, naive; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        As in `crmlib.uplift.offer_effect`.

    Source: as `crmlib.uplift.offer_effect`.

    >>> from crmlib.company import lark
    >>> bool(first_order_effect(lark().offers).low > 0)
    True
    """
    return offer_effect(offers, kind="first_order", level=level)
