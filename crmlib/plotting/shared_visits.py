"""Figures of sharing out visits: what they reach, and where they move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.credit import require_result

if TYPE_CHECKING:
    from crmlib.development import SelectionLater, SharedVisits


def visits_reach(result: SharedVisits, *, ax: Axes | None = None) -> Axes:
    """Draw what part of what is at stake the first visits reach, and how little the last add.

    Answers: how many visits are enough?

    Parameters
    ----------
    result : SharedVisits, from :func:`crmlib.development.share_visits`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else, or nobody is to be visited.

    >>> from crmlib.development import selection_matrix, share_visits
    >>> table = pd.DataFrame({"contribution_yuan": [900.0, 600.0], "growth_yuan": [300.0, 0.0]}, index=["c1", "c2"])
    >>> len(visits_reach(share_visits(selection_matrix(table, value_from=500, potential_from=100), visits=12)).lines)
    2
    """
    require_result(result, ("left_out", "share"), "crm.development.share_visits")
    rows = result.table[result.table["wanted_visits"] > 0]
    if rows.empty:
        raise ValueError(_("The rhythm wants nobody visited: there is nothing to draw."))
    ax = canvas(ax)
    many = np.append(0, rows["wanted_visits"].cumsum())
    reached = np.append(0.0, rows["stake_yuan"].cumsum() / rows["stake_yuan"].sum())
    ax.plot(many, reached, color=theme.BLUE, linewidth=2)
    ax.axvline(result.visits, color=theme.ORANGE, linewidth=1.6)
    end = float(max(many[-1], result.visits))
    left = result.visits > 0.5 * end
    ax.text(result.visits + (-0.015 if left else 0.015) * end, 0.34, _("{visits:,} visits:\n{share:.0%} reached").format(
        visits=result.visits, share=result.share), color=theme.ORANGE, ha="right" if left else "left", fontweight="bold")  # fmt: skip
    ax.set(xlim=(0, 1.03 * end), ylim=(0, 1.05))
    percent_axis(ax, "y")
    ax.set_xlabel(_("Visits in person a year, most at stake first"))
    ax.set_ylabel(_("Contribution and growth reached"))
    return ax


def visits_moved(result: SharedVisits, last: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw where the visits went last year and where the plan sends them.

    Answers: from whom do we take the visits, and who gets them?

    Parameters
    ----------
    result : SharedVisits, from :func:`crmlib.development.share_visits`
    last : Series, visits of last year indexed by customer_id
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else, or `last` is no Series with one number a customer.

    >>> from crmlib.development import selection_matrix, share_visits
    >>> table = pd.DataFrame({"contribution_yuan": [900.0, 600.0], "growth_yuan": [300.0, 0.0]}, index=["c1", "c2"])
    >>> plan = share_visits(selection_matrix(table, value_from=500, potential_from=100), visits=12)
    >>> len(visits_moved(plan, pd.Series({"c1": 3, "c2": 9})).patches)
    8
    """
    require_result(result, ("left_out", "share"), "crm.development.share_visits")
    if not isinstance(last, pd.Series) or last.index.has_duplicates or not pd.api.types.is_numeric_dtype(last):
        raise ValueError(_("last must be a Series with one number of visits a customer, indexed by customer_id."))
    effort = result.table["effort"]
    names = [str(name) for name in result.counts().index]
    was = last.reindex(effort.index).fillna(0).groupby(effort).sum().reindex(names, fill_value=0)
    will = result.table["planned_visits"].groupby(effort).sum().reindex(names, fill_value=0)
    ax = canvas(ax)
    most = float(max(was.max(), will.max(), 1))
    for values, shift, colour in ((was, -0.19, theme.GREY), (will, 0.19, theme.BLUE)):
        ax.barh(np.arange(4) + shift, values, height=0.34, color=colour)
        for spot, number in enumerate(values):
            ax.text(number + 0.01 * most, spot + shift, f"{number:,.0f}", va="center", fontsize=9)
    ax.set_yticks(range(4), [label(name, "effort") for name in names])
    ax.set(xlim=(0, 1.12 * most), ylim=(3.6, -0.6))
    ax.set_xlabel(_("Visits in person a year"))
    ax.grid(axis="x")
    for place, (colour, words) in enumerate(((theme.GREY, _("last year")), (theme.BLUE, _("by the plan")))):
        ax.text(0.98, 0.30 - 0.09 * place, words, transform=ax.transAxes, color=colour, ha="right", fontweight="bold")
    return ax


def selection_later(result: SelectionLater, *, ax: Axes | None = None) -> Axes:
    """Draw how many of each decision paid in the next period, with intervals.

    Answers: does the second look tell those who will pay again from those who will not?

    Parameters
    ----------
    result : SelectionLater, from :func:`crmlib.development.selection_later`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib import development
    >>> then = pd.DataFrame({"contribution_yuan": [9.0, -2.0], "growth_yuan": 0.0}, index=["c1", "c2"])
    >>> tried = development.selection_later(development.selection_matrix(then), then)
    >>> float(selection_later(tried).get_xlim()[0])
    0.0
    """
    require_result(result, ("table", "level", "summary"), "crm.development.selection_later")
    rows = result.table[result.table["customers"] > 0]
    ax = canvas(ax, height=1.4 + 0.55 * len(rows))
    colours = {"serve": theme.BLUE, "look_again": theme.YELLOW, "drop": theme.ORANGE}
    for spot, row in enumerate(rows.itertuples()):
        ends = [[max(row.pay_share - row.low, 0)], [max(row.high - row.pay_share, 0)]]
        ax.errorbar([row.pay_share], [spot], xerr=ends, fmt="o", color=colours[str(row.Index)], capsize=4, linewidth=1.6)
        words = _("{rate:.0%} of {customers:,}").format(rate=row.pay_share, customers=row.customers)
        ax.text(row.high + 0.015, spot, words, va="center")
    ax.set_yticks(range(len(rows)), [label(str(name), "drop_decision") for name in rows.index])
    ax.set(xlim=(0, min(1.25, 0.2 + float(rows["high"].max()))), ylim=(len(rows) - 0.5, -0.5))
    percent_axis(ax, "x")
    ax.set_xlabel(_("Customers who paid in the next period, interval {level:.0%}").format(level=result.level))
    ax.grid(axis="x")
    return ax
