"""What each customer brings after all that serving it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.economics.costs import activity_costs, touch_costs
from crmlib.economics.given import need_table
from crmlib.economics.spans import span, tables_for, within
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company

PARTS = ("visits_yuan", "care_yuan", "cases_yuan", "calls_yuan", "compensation_yuan")
"""The parts of the cost to serve."""


def cost_to_serve(
    company: Company | Mapping[str, pd.DataFrame], *, start: object, end: object, costs: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Margin of each customer less what visits, care, cases, calls and compensation cost.

    Answers: what is left of a customer's margin once we have looked after it?

    Parameters
    ----------
    company : Company, or tables by name
        waybills; touches, cases and calls where there are any.
    start, end : dates; the period is [start, end)
    costs : yuan by activity, optional
        As in `activity_costs`.

    Returns
    -------
    DataFrame, one row a customer who shipped or was looked after, indexed by customer_id
        parcels, revenue_yuan, margin_yuan, visits_yuan, care_yuan (greetings and notices), cases_yuan, calls_yuan, compensation_yuan,
        serve_yuan (their sum), contribution_yuan (margin less serve_yuan); the largest contribution first.

    Raises
    ------
    ValueError
        A table or column is missing, or the period holds nothing.

    Source: Kaplan and Narayanan, "Measuring and managing customer profitability", *Journal of Cost Management* (2001).

    >>> bills = pd.DataFrame({"customer_id": ["c1", "c2"], "picked_up_at": pd.to_datetime(["2026-01-05"] * 2),
    ...                       "price_yuan": [30.0, 12.0], "cost_yuan": [10.0, 8.0]})
    >>> visits = pd.DataFrame({"customer_id": ["c2"], "happened_on": pd.to_datetime(["2026-01-09"]), "kind": "visit", "channel": "phone"})
    >>> served = cost_to_serve({"waybills": bills, "touches": visits}, start="2026-01-01", end="2026-02-01", costs={"visit_phone": 5})
    >>> served["contribution_yuan"].to_dict()
    {'c1': 20.0, 'c2': -1.0}
    """
    first, last = span(start, end)
    tables = tables_for(company, ["waybills"])
    unit = activity_costs(costs)
    bills = within(tables["waybills"], "picked_up_at", first, last)
    require_columns(bills.columns, ["customer_id", "price_yuan", "cost_yuan"])
    sums = bills.groupby("customer_id")[["price_yuan", "cost_yuan"]].sum()
    spent = {name: pd.Series(dtype="float64") for name in PARTS}
    if "touches" in tables:
        touches = within(tables["touches"], "happened_on", first, last)
        yuan, visit = (touch_costs(touches, costs=costs), touches["kind"].astype(object) == "visit")
        for name, rows in (("visits_yuan", visit), ("care_yuan", ~visit)):
            spent[name] = yuan[rows].groupby(touches.loc[rows, "customer_id"]).sum()
    if "cases" in tables:
        cases = within(tables["cases"], "opened_at", first, last)
        # Praise costs nothing to handle.
        costly = cases[cases["kind"].astype(object) != "praise"] if "kind" in cases else cases
        spent["cases_yuan"] = costly.groupby("customer_id").size() * float(unit["case"])
        if "compensation_yuan" in cases:
            spent["compensation_yuan"] = cases.groupby("customer_id")["compensation_yuan"].sum()
    if "calls" in tables:
        calls = within(tables["calls"], "arrived_at", first, last)
        require_columns(calls.columns, ["customer_id", "handle_seconds"])
        spent["calls_yuan"] = calls.groupby("customer_id")["handle_seconds"].sum() / 3600 * float(unit["call_hour"])
    everybody = sums.index
    for found in spent.values():
        everybody = everybody.union(found.index)
    if everybody.empty:
        raise ValueError(_("Nobody shipped and nobody was looked after in this period. Check start and end."))
    table = pd.DataFrame(index=everybody.rename("customer_id"))
    table["parcels"] = bills.groupby("customer_id").size().reindex(everybody, fill_value=0)
    table["revenue_yuan"] = sums["price_yuan"].reindex(everybody, fill_value=0.0).round(2)
    table["margin_yuan"] = (sums["price_yuan"] - sums["cost_yuan"]).reindex(everybody, fill_value=0.0).round(2)
    for name, found in spent.items():
        table[name] = found.reindex(everybody).fillna(0.0).astype("float64").round(2)
    table["serve_yuan"] = table[list(PARTS)].sum(axis=1).round(2)
    table["contribution_yuan"] = (table["margin_yuan"] - table["serve_yuan"]).round(2)
    return table.sort_values("contribution_yuan", ascending=False, kind="stable")


@dataclass(frozen=True, eq=False)
class WhoPays:
    """Customers from the most to the least profitable.

    `table`: the columns of `cost_to_serve`, and cumulative_yuan, pays (contribution of 0 or more). `total_yuan`: what all bring together;
    `peak_yuan`: what those who pay bring; `not_paying`: how many do not pay; `after_margin`: of them, how many pay before the cost to serve.
    """

    table: pd.DataFrame
    total_yuan: float
    peak_yuan: float
    not_paying: int
    after_margin: int

    def summary(self) -> str:
        """The result in two sentences."""
        return _(
            "{count} of {all} customers ({share:.0%}) do not pay: they take {lost:,.0f} yuan from the {peak:,.0f} yuan that the others "
            "bring. {after} of them pay for their parcels and are lost to what serving them costs."
        ).format(count=self.not_paying, all=len(self.table), share=self.not_paying / len(self.table), after=self.after_margin,
                 lost=self.peak_yuan - self.total_yuan, peak=self.peak_yuan)  # fmt: skip

    def advice(self) -> str:
        """What to do about those who do not pay: kind by kind, nobody dropped unseen."""
        least = self.table[~self.table["pays"]]
        if least.empty:
            return _("Everybody pays: there is nobody to look at twice.")
        silent = int((least["parcels"] == 0).sum()) if "parcels" in least else 0
        return _(
            "Drop nobody unseen. Of the {count} who do not pay, {silent} shipped nothing: ask once why, then stop visiting. {price} lose us "
            "money on their parcels: talk about the price. {after} pay for their parcels: ring them instead of visiting."
        ).format(count=self.not_paying, silent=silent, price=self.not_paying - silent - self.after_margin, after=self.after_margin)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The contribution added up from the best customer to the worst; see :func:`crmlib.plotting.who_pays`."""
        from crmlib.plotting.economics import who_pays

        return who_pays(self, ax=ax)


def who_pays(served: pd.DataFrame) -> WhoPays:
    """Rank customers by contribution and find those who do not pay.

    Answers: how many customers cost us more than they bring, and how much do we lose on them?

    Parameters
    ----------
    served : DataFrame from `cost_to_serve`, or with margin_yuan and contribution_yuan by customer

    Returns
    -------
    WhoPays
        table, total_yuan, peak_yuan, not_paying, after_margin; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing or the table is empty.

    Notes
    -----
    A year is one look: a customer who is new, or whom we treated badly, may pay next year. See `crmlib.development.selection_matrix` before
    anybody is dropped.

    Source: the "whale curve", Kaplan and Narayanan (2001); 《快递客户关系管理》 (放弃回报低的客户).

    >>> found = who_pays(pd.DataFrame({"margin_yuan": [9.0, 2.0], "contribution_yuan": [5.0, -3.0]}, index=["c1", "c2"]))
    >>> found.total_yuan, found.peak_yuan, found.not_paying, found.after_margin
    (2.0, 5.0, 1, 1)
    """
    need_table("served", served, ["margin_yuan", "contribution_yuan"])
    if served.empty or pd.to_numeric(served["contribution_yuan"], errors="coerce").isna().any():
        raise ValueError(_("There must be customers, each with a contribution. Take the table that cost_to_serve gives."))
    table = served.sort_values("contribution_yuan", ascending=False, kind="stable")
    table = table.assign(cumulative_yuan=np.cumsum(table["contribution_yuan"].to_numpy()).round(2), pays=table["contribution_yuan"] >= 0)
    least = table[~table["pays"]]
    return WhoPays(table, float(table["contribution_yuan"].sum()), float(table.loc[table["pays"], "contribution_yuan"].sum()), len(least),
                   int((least["margin_yuan"] > 0).sum()))  # fmt: skip
