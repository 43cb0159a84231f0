"""What it costs to win a customer, and what it costs to keep one for a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns, require_share
from crmlib.economics.costs import lead_costs, touch_costs
from crmlib.economics.spans import ratio_interval, span, tables_for, within
from crmlib.i18n import _
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company


@dataclass(frozen=True, eq=False)
class WinKeep:
    """Cost to win against cost to keep.

    `table`: two rows, win and keep: total_yuan, customers (won; or years of customers kept), cost_yuan (each), low, high. `ratio`
    (`ratio_low` to `ratio_high`): cost to win over cost to keep for a year. `said`: the ratio that the textbook gives.
    """

    table: pd.DataFrame
    ratio: float
    ratio_low: float
    ratio_high: float
    said: float
    level: float

    def summary(self) -> str:
        """The result in two sentences."""
        win, keep = self.table.loc["win"], self.table.loc["keep"]
        verdict = (
            _(" The {said:g} of the textbook lies within that interval.").format(said=self.said) if self.ratio_low <= self.said <= self.ratio_high
            else _(" The {said:g} of the textbook lies outside that interval.").format(said=self.said)
        )  # fmt: skip
        return _(
            "Winning a customer cost {win:,.0f} yuan, keeping one cost {keep:,.0f} yuan a year: {ratio:.1f} times as much ({level:.0%} "
            "interval {low:.1f} to {high:.1f})."
        ).format(win=win.cost_yuan, keep=keep.cost_yuan, ratio=self.ratio, level=self.level, low=self.ratio_low,
                 high=self.ratio_high) + verdict  # fmt: skip

    def headline(self) -> str:
        """The finding in a line, for the top of a page."""
        words = {"ratio": self.ratio, "low": self.ratio_low, "high": self.ratio_high, "said": self.said}
        if self.ratio_low <= self.said <= self.ratio_high:
            return _("Winning costs {ratio:.1f} times a year's keeping ({low:.1f} to {high:.1f}); {said:g} cannot be ruled out").format(**words)
        return _("Winning costs {ratio:.1f} times a year's keeping ({low:.1f} to {high:.1f}), not {said:g} times").format(**words)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Both costs with their intervals; see :func:`crmlib.plotting.win_keep`."""
        from crmlib.plotting.economics import win_keep

        return win_keep(self, ax=ax)


def win_versus_keep(
    company: Company | Mapping[str, pd.DataFrame], *, start: object, end: object, costs: Mapping[str, float] | None = None,
    level: float = 0.95,
) -> WinKeep:  # fmt: skip
    """What a customer won costs, lost leads included, against what a customer kept costs in a year.

    Answers: is winning five times as dear as keeping with us, too?

    Parameters
    ----------
    company : Company, or tables by name
        leads, quotes, touches, customers, waybills; offers where there are any.
    start, end : dates; the period is [start, end)
    costs : yuan by activity, optional
        As in `activity_costs`.
    level : float, 0–1
        Confidence of the intervals: over leads, and over customers. They hold for the costs of activities as given.

    Returns
    -------
    WinKeep
        table, ratio, ratio_low, ratio_high, said; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A table or column is missing, nobody was won, or nobody shipped in the period.

    Notes
    -----
    Winning: everything spent on the leads closed in the period, won or lost, and the first-order coupons used by those won. Keeping: visits,
    care, notices, and the other coupons used, of customers with a salesperson who shipped in the period, by the years they were customers
    in it. What parcels cost to carry is in neither.

    Source: 《快递客户关系管理》 gives the ratio 5, without saying where it was measured.

    >>> from crmlib.company import lark
    >>> bool(win_versus_keep(lark(), start="2025-11-01", end="2026-11-01").ratio > 1)
    True
    """
    require_share("level", level)
    first, last = span(start, end)
    tables = tables_for(company, ["leads", "quotes", "touches", "customers", "waybills"])
    coupons = _coupons(tables.get("offers"), first, last)
    rows = {"win": _winning(tables, coupons, first, last, costs), "keep": _keeping(tables, coupons, first, last, costs)}
    made, logs = {}, {}
    for name, (yuan, count) in rows.items():
        value, low, high = ratio_interval(yuan, count, level)
        logs[name] = np.log(high / low) / 2 if value > 0 else np.nan
        made[name] = {"total_yuan": yuan.sum(), "customers": count.sum(), "cost_yuan": value, "low": low, "high": high}
    table = pd.DataFrame.from_dict(made, orient="index").rename_axis("purpose")
    keep = table.loc["keep", "cost_yuan"]
    ratio = float(table.loc["win", "cost_yuan"] / keep) if keep > 0 else np.inf
    reach = float(np.exp(np.hypot(logs["win"], logs["keep"])))
    return WinKeep(table, ratio, ratio / reach, ratio * reach, float(get("economics.win_over_keep", unit="ratio")), level)


def _winning(
    tables: Mapping[str, pd.DataFrame], coupons: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp, costs: Mapping[str, float] | None
) -> tuple[np.ndarray, np.ndarray]:
    require_columns(tables["leads"].columns, ["lead_id", "stage", "closed_on", "customer_id"])
    closed = within(tables["leads"], "closed_on", first, last)
    won = (closed["stage"] == "won").to_numpy(dtype="float64")
    if not won.any():
        raise ValueError(_("No lead was won in this period, so winning has no cost a customer. Take a longer period."))
    gifts = coupons[coupons["kind"] == "first_order"].groupby("customer_id")["value_yuan"].sum()
    given = closed["customer_id"].map(gifts).fillna(0).to_numpy(dtype="float64")
    return lead_costs(closed, tables["quotes"], costs=costs).to_numpy() + given, won


def _keeping(
    tables: Mapping[str, pd.DataFrame], coupons: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp, costs: Mapping[str, float] | None
) -> tuple[np.ndarray, np.ndarray]:
    require_columns(tables["customers"].columns, ["customer_id", "salesperson_id", "opened_on"])
    shipped = within(tables["waybills"], "picked_up_at", first, last)["customer_id"].unique()
    people = tables["customers"]
    kept = people[people["salesperson_id"].notna() & people["customer_id"].isin(shipped)]
    if kept.empty:
        raise ValueError(_("No customer with a salesperson shipped in this period, so keeping has no cost a customer."))
    touches = within(tables["touches"], "happened_on", first, last)
    spent = touch_costs(touches, costs=costs).groupby(touches["customer_id"]).sum()
    gifts = coupons[coupons["kind"] != "first_order"].groupby("customer_id")["value_yuan"].sum()
    yuan = kept["customer_id"].map(spent).fillna(0) + kept["customer_id"].map(gifts).fillna(0)
    years = (last - kept["opened_on"].clip(lower=first)).dt.days / 365.25
    return yuan.to_numpy(dtype="float64"), years.to_numpy(dtype="float64")


def _coupons(offers: pd.DataFrame | None, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    if offers is None:
        return pd.DataFrame(columns=["kind", "customer_id", "value_yuan"])
    require_columns(offers.columns, ["kind", "customer_id", "accepted", "value_yuan"])
    drawn = within(offers, "assigned_on", first, last)
    return drawn.loc[drawn["accepted"].astype(bool), ["kind", "customer_id", "value_yuan"]]
