"""Figures of key accounts: one customer's watch chart, and how full the salespeople's days are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas
from crmlib.plotting.credit import require_result
from crmlib.plotting.month_axis import month_axis

if TYPE_CHECKING:
    from crmlib.accounts.visits import VisitPlan
    from crmlib.accounts.watching import WatchList


def watch_chart(watch: WatchList, customer_id: str, *, ax: Axes | None = None) -> Axes:
    """Draw one customer's parcels by month against what its own past and the season let expect.

    Answers: is this month really unusual for this customer?

    Parameters
    ----------
    watch : WatchList, from :func:`crmlib.accounts.watch_list`
    customer_id : str
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The list is something else, or the customer is not in the waybills.

    Source: control charts (Shewhart 1931), with limits of a negative binomial distribution.

    >>> import pandas as pd
    >>> from crmlib import accounts
    >>> days = pd.date_range("2025-01-01", "2025-11-30", freq="D").repeat(3)
    >>> watch = accounts.watch_list(pd.DataFrame({"customer_id": "c1", "picked_up_at": days[:-80]}), month="2025-11")
    >>> watch_chart(watch, "c1").has_data()
    True
    """
    require_result(watch, ("chart", "month"), "crm.accounts.watch_list")
    table = watch.chart(customer_id)
    ax = canvas(ax)
    place = np.arange(len(table))
    parcels, alarm = table["parcels"].to_numpy(), table["alarm"].to_numpy()
    ax.fill_between(place, table["low"], table["high"], color=theme.SKY, alpha=0.25, linewidth=0, step="mid")
    ax.plot(place, table["usual"], color=theme.SKY, linewidth=1.5, linestyle=(0, (5, 3)))
    ax.plot(place, parcels, color=theme.INK, marker="o", markersize=4, linewidth=1.2)
    ax.plot(place[alarm], parcels[alarm], "o", color=theme.ORANGE, markersize=9)
    known = np.flatnonzero(table["usual"].notna())
    top = max(float(np.nanmax(table[["parcels", "high"]].to_numpy())), 1.0)
    if len(known):
        end = known[-1]
        ax.annotate(
            _("usual level"), (end, table["usual"].iloc[end]), xytext=(10, 0), textcoords="offset points", va="center", color=theme.BLUE
        )
        ax.annotate(_("usual range"), (end, table["high"].iloc[end]), xytext=(10, 0), textcoords="offset points", va="center", color=theme.BLUE)
    last = int(parcels[-1])
    near = len(known) > 0 and abs(last - table["usual"].iloc[-1]) < 0.07 * top
    ax.annotate(_("{parcels} parcels").format(parcels=last), (place[-1], last), xytext=(10, -12 if near else 0),
        textcoords="offset points", va="center",
                color=theme.ORANGE if alarm[-1] else theme.INK, fontweight="bold")  # fmt: skip
    month_axis(ax, table.index)
    ax.set(xlim=(-0.5, len(table) * 1.16), ylim=(-0.03 * top, 1.08 * top))
    ax.set_ylabel(_("Parcels a month"))
    ax.set_title(str(customer_id))
    return ax


def visit_load(plan: VisitPlan, *, ax: Axes | None = None) -> Axes:
    """Draw each salesperson's visits against what the days hold, with who is left over.

    Answers: who has too much to do, and who could take some of it?

    Parameters
    ----------
    plan : VisitPlan, from :func:`crmlib.accounts.visit_plan`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The plan is something else, or holds no salesperson.

    Source: capacity planning.

    >>> import pandas as pd
    >>> from crmlib import accounts
    >>> customers = pd.DataFrame({"customer_id": ["c1"], "salesperson_id": ["S1"], "class": ["A"], "last_visit_on": pd.to_datetime([None])})
    >>> len(visit_load(accounts.visit_plan(customers, start="2026-11-02", days=5)).get_yticks())
    1
    """
    require_result(plan, ("load", "visits"), "crm.accounts.visit_plan")
    load = plan.load
    if load.empty:
        raise ValueError(_("There is nothing to draw: the plan has no salesperson."))
    ax = canvas(ax, height=1.2 + 0.34 * len(load))
    place = np.arange(len(load))
    ax.barh(place, load["capacity"], height=0.72, color=theme.PALE)
    ax.barh(place, load["visits"], height=0.5, color=theme.BLUE)
    reach = 0.02 * float(max(load["capacity"].max(), 1))
    for spot, row in zip(place, load.itertuples(), strict=True):
        words = _("{visits} of {capacity}").format(visits=row.visits, capacity=row.capacity)
        words = _("{words}, {left} left over").format(words=words, left=row.unplaced) if row.unplaced else words
        ax.text(max(row.capacity, row.visits) + reach, spot, words, va="center", color=theme.ORANGE if row.unplaced else theme.INK)
    ax.set_yticks(place, [str(name) for name in load.index])
    ax.invert_yaxis()
    ax.set_xlim(0, 1.35 * float(max(load["capacity"].max(), 1)))
    ax.set_title(_("Visits planned, of those that the days hold"))
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax
