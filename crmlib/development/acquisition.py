"""What winning a customer costs by channel, and how long the customers won take to pay it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_share
from crmlib.economics.costs import lead_costs
from crmlib.economics.given import need_number, need_table
from crmlib.economics.spans import ratio_interval
from crmlib.i18n import _
from crmlib.segments.per_customer import day, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def acquisition_cost(
    leads: pd.DataFrame, quotes: pd.DataFrame, *, by: str | None = "source", costs: Mapping[str, float] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """What was spent for each customer won, leads that were lost included.

    Answers: which channel brings customers cheaply, and which only seems to because its leads are cheap?

    Parameters
    ----------
    leads : DataFrame, one row a lead
        lead_id, source, stage, contacted_on, qualified_on. Choose the period by closed_on; leads still open are left out. Duplicates stay
        in: they cost money.
    quotes : DataFrame, one row a quote: lead_id
    by : str, name of a column, or None for all together
    costs : yuan by activity, optional
        As in `crmlib.economics.activity_costs`.
    level : float, 0–1

    Returns
    -------
    DataFrame, indexed by group, the cheapest first
        leads, wins, spent_yuan, lead_yuan (spent for each lead), cost_yuan (spent for each customer won; infinite where nobody was won),
        low, high (interval over leads; it holds for the costs of activities as given)

    Raises
    ------
    ValueError
        A column is missing, no lead is decided, or a source has no cost.

    Source: Blattberg, Kim and Neslin, *Database Marketing* (2008), ch. 5; delta method for the ratio.

    >>> from crmlib.company import lark
    >>> firm = lark()
    >>> acquisition_cost(firm.leads, firm.quotes).index[0]
    'referral'
    """
    require_share("level", level)
    need_table("leads", leads, ["lead_id", "stage", *([by] if by else [])])
    closed = leads[leads["stage"].isin(["won", "lost"])]
    if closed.empty:
        raise ValueError(_("None of these leads is decided yet."))
    yuan = lead_costs(closed, quotes, costs=costs).to_numpy()
    won = (closed["stage"] == "won").to_numpy(dtype="float64")
    groups = closed[by].astype(object) if by else pd.Series("all", index=closed.index)
    refuse_rows(groups.isna(), _("{name} is missing").format(name=by), _("Fill it in, or drop these rows."))
    rows = {}
    for name, places in groups.groupby(groups, sort=False).indices.items():
        value, low, high = ratio_interval(yuan[places], won[places], level)
        rows[name] = {"leads": len(places), "wins": int(won[places].sum()), "spent_yuan": yuan[places].sum(),
                      "lead_yuan": yuan[places].mean(), "cost_yuan": value, "low": low, "high": high}  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(by or "group")
    return table.sort_values("cost_yuan", kind="stable")


@dataclass(frozen=True, eq=False)
class Payback:
    """Margin of new customers added up, month by month since they opened their account.

    `table`, one row a group and month: group, month (1 = the first 30 days), customers (watched to the end of that month), margin_yuan
    (mean of that month), cumulative_yuan, low, high. `months`, indexed by group: customers, cost_yuan, payback (the first month in which
    the margin added up reaches the cost; missing where it does not within the months watched), earliest, latest (by the interval).
    """

    table: pd.DataFrame = field(repr=False)
    months: pd.DataFrame
    by: str | None
    level: float

    def summary(self) -> str:
        """One sentence a group."""
        from crmlib.company.schema import label

        told = []
        for name, row in self.months.iterrows():
            who = _("All customers won") if self.by is None else label(str(name), self.by)
            last = int(self.table.loc[self.table["group"] == name, "month"].max())
            words = {"who": who, "cost": row.cost_yuan, "month": row.payback, "last": last,
                     "early": row.earliest, "late": row.latest}  # fmt: skip
            if np.isnan(row.payback):
                told.append(_("{who}: {cost:,.0f} yuan are not paid back within {last} months.").format(**words))
            elif np.isnan(row.latest):
                told.append(_("{who}: {cost:,.0f} yuan are paid back after {month:.0f} months (the interval begins at {early:.0f} and is "
                              "open at the end).").format(**words))  # fmt: skip
            else:
                told.append(
                    _("{who}: {cost:,.0f} yuan are paid back after {month:.0f} months ({early:.0f} to {late:.0f}).").format(**words)
                )
        return " ".join(told)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Margin added up against the cost; see :func:`crmlib.plotting.payback`."""
        from crmlib.plotting.new_customers import payback

        return payback(self, ax=ax)


def payback(
    leads: pd.DataFrame, waybills: pd.DataFrame, *, cost: float | pd.Series, as_of: object, by: str | None = None, months: int = 12,
    level: float = 0.95,
) -> Payback:  # fmt: skip
    """How many months the customers won take to bring back what winning them cost.

    Answers: when is the money spent on a new customer back?

    Parameters
    ----------
    leads : DataFrame: stage, closed_on, customer_id, and the column `by`
    waybills : DataFrame: customer_id, picked_up_at, price_yuan, cost_yuan
    cost : float, yuan for each customer, or a Series by group
        For example `acquisition_cost(...)["cost_yuan"]`.
    as_of : date, the last day known
    by : str, name of a column of leads, optional; "quarter" is the quarter in which the lead was won (cohorts)
    months : int
        Look so many months of 30 days ahead.
    level : float, 0–1

    Returns
    -------
    Payback
        table, months; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, nobody was won, or a group has no cost.

    Notes
    -----
    Each month is the mean of those customers who were watched to its end, customers who left counting 0; so young cohorts tell about the
    first months and old ones about all. Only those won recently being left out of late months, no customer is dropped for leaving.
    Margin is before visits and care; take `crmlib.economics.cost_to_serve` off for a stricter look.

    Source: Blattberg, Kim and Neslin (2008); intervals by the influence of each customer.

    >>> leads = pd.DataFrame({"stage": "won", "customer_id": ["c1", "c2"], "closed_on": pd.to_datetime(["2026-01-01"] * 2)})
    >>> bills = pd.DataFrame({"customer_id": ["c1", "c2", "c1"], "picked_up_at": pd.to_datetime(["2026-01-05", "2026-01-06", "2026-02-05"]),
    ...                       "price_yuan": [30.0, 10.0, 40.0], "cost_yuan": [10.0, 6.0, 10.0]})
    >>> found = payback(leads, bills, cost=20, as_of="2026-04-30", months=3)
    >>> found.table["cumulative_yuan"].tolist(), float(found.months["payback"].iloc[0])
    ([12.0, 27.0, 27.0], 2.0)
    """
    require_share("level", level)
    need_table("waybills", waybills, ["customer_id", "picked_up_at", "price_yuan", "cost_yuan"])
    if isinstance(months, bool) or not isinstance(months, (int, np.integer)) or months < 1:
        raise ValueError(_("months is {value}; it must be a whole number above 0.").format(value=months))
    money = numbers(waybills["price_yuan"], "price_yuan") - numbers(waybills["cost_yuan"], "cost_yuan")
    if not isinstance(cost, pd.Series):
        need_number("cost", cost)
    won = _won(leads, by)
    end = day(as_of, "as_of") + pd.Timedelta(days=1)
    watched = ((end - won["closed_on"]).dt.days // 30).clip(lower=0, upper=months).to_numpy()
    place = won.index.get_indexer(waybills["customer_id"])
    there = place >= 0
    mine, place = waybills[there], place[there]
    since = (mine["picked_up_at"].to_numpy() - won["closed_on"].to_numpy()[place]) / np.timedelta64(30, "D")
    margin = np.zeros((len(won), months))
    inside = (since >= 0) & (since < watched[place])
    np.add.at(margin, (place[inside], since[inside].astype(int)), money.to_numpy()[there][inside])
    tables, totals = [], {}
    for name, rows in won.groupby("group", sort=by == "quarter").indices.items():
        price = float(cost.get(name, np.nan)) if isinstance(cost, pd.Series) else float(cost)
        if not np.isfinite(price):
            raise ValueError(_("There is no finite cost for {group}. Give cost a value for each group.").format(group=name))
        table = _added(margin[rows], watched[rows], level)
        tables.append(table.assign(group=name))
        totals[name] = {"customers": len(rows), "cost_yuan": price, **{
            key: _first(table, column, price) for key, column in (("payback", "cumulative_yuan"), ("earliest", "high"), ("latest", "low"))}}  # fmt: skip
    table = pd.concat(tables, ignore_index=True)
    return Payback(table[["group", *table.columns.drop("group")]], pd.DataFrame.from_dict(totals, orient="index").rename_axis("group"),
                   by, level)  # fmt: skip


def _won(leads: pd.DataFrame, by: str | None) -> pd.DataFrame:
    need_table("leads", leads, ["stage", "closed_on", "customer_id", *([by] if by and by != "quarter" else [])])
    won = leads[(leads["stage"] == "won") & leads["customer_id"].notna()]
    if won.empty:
        raise ValueError(_("No lead was won, so nobody can pay back."))
    refuse_rows(won["customer_id"].duplicated(), _("A customer was won twice"), _("Keep one lead a customer."))
    group = won["closed_on"].dt.to_period("Q").astype(str) if by == "quarter" else won[by].astype(object) if by else "all"
    return won.assign(group=group).set_index("customer_id")[["closed_on", "group"]]


def _added(margin: np.ndarray, watched: np.ndarray, level: float) -> pd.DataFrame:
    """Mean margin of each month and added up; a customer's influence runs through all months in which it was watched."""
    from scipy.stats import norm

    there = watched[:, None] > np.arange(margin.shape[1])
    count = there.sum(axis=0)
    kept = count > 0
    margin, there, count = margin[:, kept], there[:, kept], count[kept]
    mean = (margin * there).sum(axis=0) / count
    influence = np.cumsum(np.where(there, margin - mean, 0) / count, axis=1)
    reach = float(norm.ppf((1 + level) / 2)) * np.sqrt((influence**2).sum(axis=0))
    total = mean.cumsum()
    return pd.DataFrame({"month": np.arange(1, len(mean) + 1), "customers": count, "margin_yuan": mean, "cumulative_yuan": total,
                         "low": total - reach, "high": total + reach})  # fmt: skip


def _first(table: pd.DataFrame, column: str, cost: float) -> float:
    reached = table.loc[table[column] >= cost, "month"]
    return float(reached.iloc[0]) if len(reached) else np.nan
