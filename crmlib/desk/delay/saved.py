"""What warnings save in calls "where is my parcel", and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, require_columns
from crmlib.desk.delay.costs import DelayCosts, delay_costs
from crmlib.desk.delay.notice_effect import notice_waves
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company
    from crmlib.desk.delay.notice_effect import NoticeEffect


@dataclass(frozen=True, eq=False)
class SavedCalls:
    """Calls that warnings save, and the money.

    `table`: measure (warnings, calls_seen, calls_without, calls_saved, saved_per_100, cost_yuan, saved_yuan, net_yuan), value, low, high.
    """

    table: pd.DataFrame
    level: float

    def __getitem__(self, measure: str) -> float:
        return float(self.table.set_index("measure").loc[measure, "value"])

    def summary(self) -> str:
        """Calls saved, cost and gain, in two sentences."""
        rows = self.table.set_index("measure")
        return _("{warnings:,.0f} warnings save {saved:,.0f} calls ({low:,.0f} to {high:,.0f}) of {without:,.0f} about these parcels. They cost {cost:,.0f} "
                 "yuan and save {gain:,.0f} in calls: {net:+,.0f} ({net_low:+,.0f} to {net_high:+,.0f}).").format(
            warnings=rows.value["warnings"], saved=rows.value["calls_saved"], low=rows.low["calls_saved"], high=rows.high["calls_saved"],
            without=rows.value["calls_without"], cost=rows.value["cost_yuan"], gain=rows.value["saved_yuan"], net=rows.value["net_yuan"],
            net_low=rows.low["net_yuan"], net_high=rows.high["net_yuan"])  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Cost against what the calls would have cost; see :func:`crmlib.plotting.saved_calls`."""
        from crmlib.plotting import saved_call_money

        return saved_call_money(self, ax=ax)


def saved_calls(
    warnings: pd.DataFrame, company: Company, effect: NoticeEffect, *, costs: DelayCosts | None = None, waves: pd.DataFrame | None = None
) -> SavedCalls:
    """How many calls "where is my parcel" the warnings save, against a firm that tells nobody.

    Answers: what did the warnings save, what did they cost, and is the money back by calls alone?

    Parameters
    ----------
    warnings : DataFrame with waybill_id and at, such as from :func:`crmlib.desk.delay.delay_warnings`
    company : Company
    effect : NoticeEffect, from :func:`crmlib.desk.delay.notice_effect`
    costs : DelayCosts, optional; without it those of the standards
    waves : DataFrame, optional, region and notices_since; None: :func:`crmlib.desk.delay.notice_waves`

    Returns
    -------
    SavedCalls
        `.table` with intervals, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        Columns are missing.

    Notes
    -----
    Counted are calls about a warned parcel after the moment of the warning, and their share of the calls that named none. In a region that had
    notices when the parcel was picked up, n calls are what is left of n / (1 − cut); elsewhere n · cut would have been saved. The interval holds the
    uncertainty of the cut and of the count (on the logarithm, added). It takes for granted that a warning saves what the region's notices did.

    Source: own.

    >>> from types import SimpleNamespace
    >>> from crmlib.company.simulation import simulate_as_wanted
    >>> firm = simulate_as_wanted(customers=20, months=2, seed=7)
    >>> told = firm.waybills.assign(at=firm.waybills.picked_up_at)[["waybill_id", "at"]]
    >>> saved_calls(told, firm, SimpleNamespace(cut=0.3, error=0.05, unknown_share=0.0, level=0.95))["warnings"] == len(told)
    True
    """
    from scipy.stats import norm

    need_frame(warnings, "warnings")
    require_columns(warnings.columns, ["waybill_id", "at"])
    costs = costs or delay_costs()
    waves = notice_waves(company) if waves is None else waves
    need_frame(waves, "waves")
    first = warnings.sort_values("at", kind="stable").drop_duplicates("waybill_id").set_index("waybill_id")["at"]
    calls = company.calls[(company.calls["reason"] == "where_is_my_parcel").to_numpy()]
    calls = calls[(calls["arrived_at"] > first.reindex(calls["waybill_id"]).to_numpy()).to_numpy()]
    own = company.waybills.set_index("waybill_id")[["customer_id", "picked_up_at"]].reindex(calls["waybill_id"])
    region = company.customers.set_index("customer_id")["region"].astype(object).reindex(own["customer_id"])
    since = waves.set_index("region")["notices_since"].reindex(region).to_numpy()
    told = (own["picked_up_at"].to_numpy() >= since)
    whole = 1 / (1 - effect.unknown_share)
    after, before = told.sum() * whole, (~told).sum() * whole

    def saved(cut: float) -> float:
        return after * cut / (1 - cut) + before * cut

    value, z = saved(effect.cut), norm.ppf(0.5 + effect.level / 2)
    bounds = [np.log1p(-effect.cut) + sign * z * effect.error for sign in (1, -1)]
    ends = np.array([saved(-np.expm1(bound)) for bound in bounds])
    count_half = z * value / np.sqrt(max(len(calls), 1))
    low, high = value - np.hypot(value - ends[0], count_half), value + np.hypot(ends[1] - value, count_half)
    cost, price = len(first) * costs.notice_yuan, costs.call_yuan
    rows = [
        ("warnings", len(first), np.nan, np.nan), ("calls_seen", (after + before), np.nan, np.nan),
        ("calls_without", before + after / (1 - effect.cut), np.nan, np.nan), ("calls_saved", value, low, high),
        ("saved_per_100", *(100 * one / max(len(first), 1) for one in (value, low, high))), ("cost_yuan", cost, np.nan, np.nan),
        ("saved_yuan", *(price * one for one in (value, low, high))), ("net_yuan", *(price * one - cost for one in (value, low, high))),
    ]  # fmt: skip
    return SavedCalls(pd.DataFrame(rows, columns=["measure", "value", "low", "high"]), effect.level)
