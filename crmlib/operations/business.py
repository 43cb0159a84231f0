"""The business month by month: volume, price, margin and lateness, each with limits instead of red and green."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.operations.control import ControlChart, control_chart
from crmlib.operations.festivals import calendar_effects
from crmlib.operations.parcels import lateness, months_of, parcels_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = ("parcels", "price_per_parcel", "margin_rate", "late_share")


@dataclass(frozen=True)
class BusinessAnalysis:
    """A firm's months.

    table : month, [by], parcels, revenue_yuan, margin_yuan, price_per_parcel, margin_rate, judged (parcels whose lateness is known), late_parcels,
        late_share; with a calendar also load (ordinary days' work of the month) and parcels_adjusted (parcels at a mean month's load)
    by : column of groups, or None
    """

    table: pd.DataFrame = field(repr=False, compare=False)
    by: str | None

    def chart(self, figure: str = "late_share", *, group: object = None) -> ControlChart:
        """Control chart of one of FIGURES over the months: lateness as p chart, the others as individuals, parcels around their trend.

        Parcels are adjusted for the calendar where one was given.
        """
        rows = self._rows(group)
        if figure not in FIGURES:
            raise ValueError(_("{name} is {value}; it must be one of {known}.").format(name="figure", value=figure, known=", ".join(FIGURES)))
        if figure == "late_share":
            return control_chart(rows["late_parcels"], sizes=rows["judged"], kind="p")
        if figure == "parcels":
            return control_chart(rows["parcels_adjusted" if "parcels_adjusted" in rows else "parcels"], trend=True)
        return control_chart(rows[figure])

    def _rows(self, group: object) -> pd.DataFrame:
        if self.by is None:
            return self.table.set_index("month")
        known = list(self.table[self.by].unique())
        if group not in known:
            raise ValueError(_("{name} is {value}; it must be one of {known}.").format(name="group", value=group, known=", ".join(map(str, known))))
        return self.table[self.table[self.by] == group].set_index("month")

    def summary(self) -> str:
        """Sums of all months and the months that are news."""
        sums = self.table[["parcels", "revenue_yuan", "margin_yuan", "late_parcels", "judged"]].sum()
        said = _(
            "{months} months: {parcels:,.0f} parcels, {revenue:,.0f} yuan, {price:.2f} yuan a parcel, margin {margin:.1%} of revenue, {late:.1%} late."
        ).format(
            months=self.table["month"].nunique(), parcels=sums["parcels"], revenue=sums["revenue_yuan"],
            price=sums["revenue_yuan"] / sums["parcels"], margin=sums["margin_yuan"] / sums["revenue_yuan"], late=sums["late_parcels"] / sums["judged"],
        )  # fmt: skip
        if self.by is not None or self.table["month"].nunique() < 6:
            return said
        signals = self.chart("late_share").signals()
        named = ", ".join(f"{month:%Y-%m}" for month in signals.index)
        return said + (_(" Lateness outside its limits: {months}.").format(months=named) if named else _(" No month's lateness is news."))

    def plot(self, *, group: object = None) -> Figure:
        """Four small charts with their limits; see :func:`crmlib.plotting.business`."""
        from crmlib.plotting.operations import business

        return business(self, group=group)


def business_analysis(waybills: pd.DataFrame, *, by: str | None = None, calendar: pd.DataFrame | None = None) -> BusinessAnalysis:
    """Volume, revenue, margin, price and lateness by month.

    Answers: how is business, and which month is really out of the ordinary?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at, price_yuan, cost_yuan, promised_at, delivered_at and the column `by`
    by : column of waybills, such as "product", optional
    calendar : DataFrame, optional
        As for :func:`calendar_effects`; months are then also given with festivals and weekdays taken out.

    Returns
    -------
    BusinessAnalysis
        Every rate is a sum over a sum.

    Raises
    ------
    ValueError
        A column is missing, or the calendar does not fit.

    Source: 《快递客户关系管理》, project 4, task 2 (业务相关分析).

    >>> log = pd.DataFrame({"customer_id": "c1", "picked_up_at": pd.to_datetime(["2026-01-05", "2026-01-06", "2026-02-05"]),
    ...     "price_yuan": [10.0, 20.0, 8.0], "cost_yuan": [6.0, 9.0, 6.0], "promised_at": pd.to_datetime("2026-03-01"),
    ...     "delivered_at": pd.to_datetime(["2026-01-07", "2026-01-09", "2026-02-07"])})
    >>> business_analysis(log).table[["parcels", "margin_rate", "late_share"]].values.tolist()
    [[2.0, 0.5, 0.0], [1.0, 0.25, 0.0]]
    """
    bills = parcels_of(waybills, "picked_up_at", "price_yuan", "cost_yuan", "promised_at", "delivered_at", *([by] if by else []))
    late = lateness(bills)
    rows = pd.DataFrame({
        "month": months_of(bills["picked_up_at"]), **({by: bills[by]} if by else {}), "parcels": 1, "revenue_yuan": bills["price_yuan"],
        "margin_yuan": bills["price_yuan"] - bills["cost_yuan"], "judged": late.notna().astype(int), "late_parcels": late.fillna(0).astype(int),
    })  # fmt: skip
    table = rows.groupby(["month", *([by] if by else [])], observed=True).sum().reset_index()
    table["price_per_parcel"] = table["revenue_yuan"] / table["parcels"]
    table["margin_rate"] = table["margin_yuan"] / table["revenue_yuan"].where(table["revenue_yuan"] > 0)
    table["late_share"] = table["late_parcels"] / table["judged"].where(table["judged"] > 0)
    if calendar is not None:
        days = calendar_effects(bills, calendar).days
        load = days["load"].groupby(months_of(days["date"])).sum()
        table["load"] = load.reindex(table["month"]).to_numpy()
        table["parcels_adjusted"] = table["parcels"] / table["load"] * float(np.mean(load))
    return BusinessAnalysis(table, by)
