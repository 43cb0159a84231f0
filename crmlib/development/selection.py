"""Where the firm's resources go: value × potential, and a rule for dropping that looks twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.economics.serving import cost_to_serve
from crmlib.economics.spans import span, tables_for, within
from crmlib.i18n import _
from crmlib.segments.per_customer import customer_table, head_count, numbers
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company

EFFORTS = ("invest", "keep", "develop", "self_service")
"""high value and potential; value alone; potential alone; neither."""
REASONS = ("too_young", "our_fault", "promising", "growth_unknown", "once_only", "new_price")
"""Why a customer who does not pay is looked at again, in the order of asking."""


def selection_table(
    company: Company | Mapping[str, pd.DataFrame], *, start: object, end: object, costs: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """What one must know of each customer before deciding where resources go.

    Answers: what does each customer bring, what may it bring, and is there a reason that it brings little?

    Parameters
    ----------
    company : Company, or tables by name
        customers and waybills; touches, cases and calls where there are any.
    start, end : dates; the period is [start, end), best a year
    costs : yuan by activity, optional
        As in `crmlib.economics.activity_costs`.

    Returns
    -------
    DataFrame, one row a customer who shipped or was looked after, indexed by customer_id
        The columns of `crmlib.economics.cost_to_serve`; growth_yuan (margin times the growth that the salesperson expects, 0 where
        either is below 0; missing where nobody has an opinion), tenure_days (at the end), late_share (of the parcels delivered), first_half_yuan and
        second_half_yuan (contribution in either half of the period)

    Raises
    ------
    ValueError
        A table or column is missing, or the period holds nothing.

    >>> from crmlib.company import lark
    >>> tables = {name: lark().tables[name] for name in ("customers", "waybills")}
    >>> bool((selection_table(tables, start="2025-11-01", end="2026-11-01")["serve_yuan"] == 0).all())
    True
    """
    first, last = span(start, end)
    tables = tables_for(company, ["customers", "waybills"])
    people = tables["customers"].set_index("customer_id")
    require_columns(people.columns, ["opened_on", "expected_growth"])
    middle = first + (last - first) / 2
    table = cost_to_serve(tables, start=first, end=last, costs=costs)
    people = people.reindex(table.index)
    growth = numbers(people["expected_growth"], "expected_growth", missing_ok=True)
    # Each is cut at 0 first: a loss times a fall is no potential.
    table["growth_yuan"] = table["margin_yuan"].clip(lower=0) * growth.clip(lower=0)
    table["tenure_days"] = (last - people["opened_on"]).dt.days.astype("float64")
    bills = within(tables["waybills"], "picked_up_at", first, last)
    if {"delivered_at", "promised_at"} <= set(bills.columns):
        arrived = bills[bills["delivered_at"].notna()]
        late = (arrived["delivered_at"] > arrived["promised_at"]).groupby(arrived["customer_id"]).mean()
        table["late_share"] = late.reindex(table.index).fillna(0.0)
    for name, since, until in (("first_half_yuan", first, middle), ("second_half_yuan", middle, last)):
        half = cost_to_serve(tables, start=since, end=until, costs=costs)["contribution_yuan"]
        table[name] = half.reindex(table.index).fillna(0.0)
    return table


@dataclass(frozen=True, eq=False)
class Selection:
    """Where each customer stands, and who might be let go.

    `table`: the table given, and value_high, potential_high, effort (invest, keep, develop, self_service), drop_decision (of those who do not
    pay: drop or look_again; else serve), look_again (the first reason that speaks for the customer; empty for the others).
    `value_from`, `potential_from`: yuan from which a customer counts as high.
    """

    table: pd.DataFrame
    value_from: float
    potential_from: float

    def counts(self) -> pd.DataFrame:
        """customers, contribution_yuan and growth_yuan of each kind of effort."""
        groups = self.table.groupby(pd.Categorical(self.table["effort"], EFFORTS), observed=False)
        frame = groups[["contribution_yuan", "growth_yuan"]].sum()
        return frame.assign(customers=groups.size())[["customers", "contribution_yuan", "growth_yuan"]].rename_axis("effort")

    def second_look(self) -> pd.Series:
        """How many of those who do not pay each reason speaks for; "drop" are those for whom none does."""
        unpaid = self.table[self.table["drop_decision"] != "serve"]
        reason = unpaid["look_again"].where(unpaid["drop_decision"] == "look_again", "drop")
        return reason.value_counts().reindex([*REASONS, "drop"], fill_value=0).rename_axis("look_again").rename("customers")

    def summary(self) -> str:
        """The result in two sentences."""
        decision = self.table["drop_decision"].value_counts()
        unpaid = int(decision.get("drop", 0) + decision.get("look_again", 0))
        return _(
            "{invest} customers deserve the most attention: high value and high potential. {unpaid} do not pay; after a second look "
            "{drop} are left on the list for dropping, {again} get another chance."
        ).format(invest=int((self.table["effort"] == "invest").sum()), unpaid=unpaid, drop=int(decision.get("drop", 0)),
                 again=int(decision.get("look_again", 0)))  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Value against potential; see :func:`crmlib.plotting.selection_map`."""
        from crmlib.plotting.development import selection_map

        return selection_map(self, ax=ax)


def selection_matrix(
    table: pd.DataFrame, *, value_from: float | None = None, potential_from: float | None = None, new_days: float | None = None,
    late_share: float | None = None, price_rise: float | None = None,
) -> Selection:  # fmt: skip
    """Sort customers by value and potential, and look twice at those who do not pay.

    Answers: whom do we invest in, whom do we leave to self-service, and whom may we let go?

    Parameters
    ----------
    table : DataFrame from `selection_table`, or one row a customer
        contribution_yuan, growth_yuan (may be missing); and, for the second look, where there are: revenue_yuan, tenure_days, late_share,
        compensation_yuan, cases_yuan, first_half_yuan, second_half_yuan.
    value_from, potential_from : float, yuan a year, optional
        A customer is high from here on. Without them: the top development.value_share and development.potential_share (standards).
    new_days, late_share, price_rise : float, optional
        Without them: the standards development.new_days, development.late_share, development.price_rise.

    Returns
    -------
    Selection
        table, value_from, potential_from; `.counts()`, `.second_look()`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, a customer stands twice, or a contribution is missing.

    Notes
    -----
    A customer who does not pay is dropped only where nothing speaks against it, asked in this order: too_young (younger than new_days); our_fault
    (without the cases and compensation that we caused it would pay, or late_share of its parcels came late); promising (high growth);
    growth_unknown (nobody has an opinion on its growth, so ask first); once_only (it brought something in one half of the period); new_price (a rise by price_rise
    would make it pay: quote anew). Dropping means no visits and list prices, never refusing a parcel: whoever comes to the counter is
    served.

    Source: 《快递客户关系管理》 (客户的选择；放弃回报低的客户); the second look is a rule for teaching.

    >>> table = pd.DataFrame({"contribution_yuan": [900.0, -20.0, -30.0], "growth_yuan": [300.0, 0.0, 0.0],
    ...                       "tenure_days": [800, 40, 800]}, index=["c1", "c2", "c3"])
    >>> selection_matrix(table, value_from=500, potential_from=100).table[["effort", "drop_decision"]].values.tolist()
    [['invest', 'serve'], ['self_service', 'look_again'], ['self_service', 'drop']]
    """
    found = customer_table(table, ["contribution_yuan", "growth_yuan"], "table").copy()
    value = numbers(found["contribution_yuan"], "contribution_yuan")
    growth = numbers(found["growth_yuan"], "growth_yuan", missing_ok=True)
    limits = {}
    for name, given, series in (("value", value_from, value), ("potential", potential_from, growth)):
        if given is None:
            given = _top(series, get(f"development.{name}_share", unit="share"))
        if isinstance(given, (bool, str)) or not np.isfinite(given):
            raise ValueError(_("{name} is {value}; it must be a number of yuan.").format(name=f"{name}_from", value=given))
        limits[name] = float(given)
    # Nobody who brings nothing is high, even where nobody brings anything and the limit is 0.
    high_value = (value >= limits["value"]) & (value > 0)
    high_growth = ((growth >= limits["potential"]) & (growth > 0)).fillna(False).astype(bool)
    found["value_high"], found["potential_high"] = high_value, high_growth
    found["effort"] = np.select([high_value & high_growth, high_value, high_growth], EFFORTS[:3], EFFORTS[3])
    speaks = _speaks_for(
        found, value, growth, high_growth,
        new_days=get("development.new_days", unit="days") if new_days is None else new_days,
        late_share=get("development.late_share", unit="share") if late_share is None else late_share,
        price_rise=get("development.price_rise", unit="share") if price_rise is None else price_rise,
    )  # fmt: skip
    reason = np.select([speaks[name] for name in REASONS], REASONS, "")
    unpaid = (value < 0).to_numpy()
    found["drop_decision"] = np.select([unpaid & (reason != ""), unpaid], ["look_again", "drop"], "serve")
    found["look_again"] = np.where(unpaid, reason, "")
    return Selection(found, limits["value"], limits["potential"])


def _top(values: pd.Series, share: float) -> float:
    known = values.dropna().sort_values(ascending=False)
    known = known[known > 0]
    return float(known.iloc[min(head_count(share, len(values)), len(known)) - 1]) if len(known) else 0.0


def _speaks_for(
    table: pd.DataFrame, value: pd.Series, growth: pd.Series, high_growth: pd.Series, *, new_days: float, late_share: float,
    price_rise: float,
) -> dict[str, np.ndarray]:  # fmt: skip
    def column(name: str, usual: float) -> np.ndarray:
        return numbers(table[name], name, missing_ok=True).fillna(usual).to_numpy() if name in table.columns else np.full(len(table), usual)

    own = column("cases_yuan", 0.0) + column("compensation_yuan", 0.0)
    worth = value.to_numpy()
    return {
        "too_young": column("tenure_days", np.inf) < new_days,
        "our_fault": (worth + own >= 0) | (column("late_share", 0.0) >= late_share),
        "promising": high_growth.to_numpy(),
        "growth_unknown": growth.isna().to_numpy(),
        "once_only": np.maximum(column("first_half_yuan", -1.0), column("second_half_yuan", -1.0)) > 0,
        "new_price": worth + price_rise * column("revenue_yuan", 0.0) >= 0,
    }
