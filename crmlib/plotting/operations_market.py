"""Figures of the market and of the board: our price against the competitors', partners, and what the board shows of a tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need, percent_axis
from crmlib.plotting.churn_model import require_result
from crmlib.plotting.month_axis import month_axis
from crmlib.plotting.operations import _in_time
from crmlib.plotting.survival import _tip_labels
from crmlib.segments.labels import segment_label

if TYPE_CHECKING:
    from crmlib.operations import ControlChart, PricePosition


def price_position(result: PricePosition, *, ax: Axes | None = None) -> Axes:
    """Draw, month by month, what we ask over what each competitor asks for the same parcels.

    Answers: against whom are we too dear, and since when?

    Parameters
    ----------
    result : PricePosition
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        One line a competitor with the band of its interval; above the line at 100% we are dearer.

    Raises
    ------
    ValueError
        It is something else.

    Source: own.

    >>> price_position.__name__
    'price_position'
    """
    require_result(result, ("overall", "table", "own"), "crm.operations.price_position")
    ax = canvas(ax, height=4.4)
    sums = result.table.groupby(["competitor", "month"], observed=True)[["own_yuan", "their_yuan"]].sum()
    lines = (sums["own_yuan"] / sums["their_yuan"]).unstack("competitor")
    band = result.table if not result.by else None
    tips = {}
    for place, name in enumerate(lines):
        colour = theme.PALETTE[place % len(theme.PALETTE)]
        known = np.flatnonzero(lines[name].notna())
        ax.plot(known, lines[name].iloc[known], color=colour, zorder=3)
        if band is not None:
            own = band[band["competitor"] == name].set_index("month").reindex(lines.index[known])
            ax.fill_between(known, own["low"], own["high"], color=colour, alpha=0.15, linewidth=0)
        tips[f"{label(name, 'competitor')} {lines[name].dropna().iloc[-1]:.0%}"] = lines[name].dropna().iloc[-1]
    ax.axhline(1, color=theme.INK, linewidth=1)
    ax.margins(x=0.01, y=0.12)
    ax.text(0.01, 0.985, _("above 100% we are dearer"), transform=ax.transAxes, fontsize=9.5, va="top", color=theme.GREY)
    month_axis(ax, lines.index)
    percent_axis(ax, "y")
    ax.grid(axis="y")
    _tip_labels(ax, tips, [theme.PALETTE[place % len(theme.PALETTE)] for place in range(len(tips))])
    words = _("Our list price over theirs, same parcels") if result.own == "list" else _("What we were paid over their list price, same parcels")
    ax.set_title(words, fontsize=11)
    return ax


def partner_lateness(ratings: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how late parcels are on each partner's lane, with intervals, and beside it the firm's rating.

    Answers: do the ratings agree with what is measured?

    Parameters
    ----------
    ratings : DataFrame from :func:`crmlib.operations.partner_ratings`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Points: share late; hollow: without incidents. Partners of a kind stand together.

    Raises
    ------
    ValueError
        The table is another, or has no rows.

    Source: own.

    >>> partner_lateness.__name__
    'partner_lateness'
    """
    need(ratings, ["name", "kind", "rating", "late_share", "low", "high", "usual_share", "shares_with"], "crm.operations.partner_ratings")
    table = ratings.sort_values(["kind", "late_share", "name"], ignore_index=True)
    ax = canvas(ax, height=1.2 + 0.27 * len(table) + 0.2 * table["kind"].nunique())
    step = table["kind"].ne(table["kind"].shift()).cumsum().to_numpy() - 1
    rows = np.arange(len(table)) + 1.0 * step
    ax.hlines(rows, table["low"], table["high"], color=theme.BLUE, linewidth=2.2, alpha=0.6)
    ax.plot(table["late_share"], rows, "o", color=theme.BLUE, markersize=6, zorder=3)
    ax.plot(table["usual_share"], rows, "o", markerfacecolor="white", markeredgecolor=theme.GREY, markersize=4.5, zorder=2)
    ax.set_yticks(rows, table["name"])
    for row, one in zip(rows, table.itertuples(index=False), strict=True):
        ax.text(1.02, row, f"{one.rating:.1f}", transform=ax.get_yaxis_transform(), va="center", fontsize=9.5)
    for kind, group in pd.Series(rows, index=table["kind"]).groupby(level=0, sort=False):
        ax.text(0.0, group.iloc[0] - 0.85, label(str(kind), "kind"), transform=ax.get_yaxis_transform(), va="center", fontweight="bold", fontsize=9.5)
    ax.text(1.02, -1.7, _("rating"), transform=ax.get_yaxis_transform(), va="center", fontsize=9.5, color=theme.GREY)
    ax.set_ylim(rows[-1] + 0.7, -2.1)
    percent_axis(ax, "x")
    ax.tick_params(axis="y", length=0, labelsize=9.5)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    ax.set_xlabel(_("Late parcels on the partner's lane   hollow: days without incidents"), fontsize=9.5)
    return ax


def board_page(structure: pd.DataFrame, chart: ControlChart | None, months: pd.Series, *, chosen: str, name: str) -> Figure:
    """Draw the two figures of the board: the tiers' parts, and the share late over the months.

    Answers: what does this tier bring, and is its service steady?

    Parameters
    ----------
    structure : DataFrame indexed by tier
        customer_share and a second share (the column's label names it)
    chart : ControlChart of the share late over the months, or None where there are too few months
    months : Series of the share late by month
    chosen : the tier that is looked at, or "all"
    name : what is looked at, as a title

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        The table is another, or has no rows.

    Source: Few (2006), Information Dashboard Design.

    >>> tiers = pd.DataFrame({"customer_share": [0.2, 0.8], "revenue_share": [0.7, 0.3]}, index=pd.Index(["A", "C"], name="abc"))
    >>> late = pd.Series([0.1, 0.2], index=pd.to_datetime(["2026-01-01", "2026-02-01"]))
    >>> len(board_page(tiers, None, late, chosen="A", name="A").axes)
    2
    """
    need(structure, ["customer_share"], "crm.operations.board")
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.4, 3.7), width_ratios=(1, 1.5))
    other = next(column for column in structure.columns if column != "customer_share")
    place = np.arange(len(structure))
    for shift, column, colour in ((-0.19, "customer_share", theme.GREY), (0.19, other, theme.BLUE)):
        strength = [1.0 if chosen in ("all", tier) else 0.28 for tier in structure.index]
        for row, (value, alpha) in enumerate(zip(structure[column], strength, strict=True)):
            left.barh(row + shift, value, height=0.36, color=colour, alpha=alpha)
            left.text(value + 0.015, row + shift, f"{value:.0%}", va="center", fontsize=9.5, color=theme.INK, alpha=max(alpha, 0.45),
                      fontweight="bold" if chosen == structure.index[row] else None)  # fmt: skip
    left.set_yticks(place, [label(tier, "abc") for tier in structure.index])
    left.invert_yaxis()
    left.set_xlim(0, 1.12)
    left.xaxis.set_visible(False)
    left.spines["bottom"].set_visible(False)
    left.tick_params(axis="y", length=0)
    left.set_title(_("Tiers: grey {one}, blue {other}").format(one=segment_label("customer_share"), other=segment_label(other)), fontsize=10.5)
    if chart is None:
        right.plot(range(len(months)), months, color=theme.BLUE, marker="o")
        month_axis(right, months.index)
    else:
        _in_time(right, chart)
    last = float(months.iloc[-1]) if len(months) else float("nan")
    if np.isfinite(last):
        right.annotate(f"{last:.1%}", (len(months) - 1, last), xytext=(9, 0), textcoords="offset points", va="center", fontweight="bold", color=theme.BLUE,
                       annotation_clip=False)  # fmt: skip
    percent_axis(right, "y")
    right.grid(axis="y")
    right.set_title(_("Share late: {name}").format(name=name), fontsize=11)
    return figure
