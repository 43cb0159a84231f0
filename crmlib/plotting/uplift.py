"""Figures of offers: what they achieve, whom they move, whom to send one, and why customers left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need, percent_axis
from crmlib.plotting.churn_model import require_result

if TYPE_CHECKING:
    from crmlib.uplift import LeavingReasons, OfferEffect, OfferPolicy, Qini


def offer_effects(result: OfferEffect, *, ax: Axes | None = None) -> Axes:
    """Draw the effect of an offer in each stratum and in all.

    Answers: does the offer work, and does it work for everybody?

    Parameters
    ----------
    result : OfferEffect
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Imbens and Rubin (2015), ch. 9.

    >>> offer_effects.__name__
    'offer_effects'
    """
    require_result(result, ("strata", "effect", "outcome"), "crm.uplift.offer_effect")
    rows = [(label(row.stratum, "market"), row.effect, row.low, row.high, row.offered + row.control) for row in result.strata.itertuples()]
    rows.append((_("all"), result.effect, result.low, result.high, result.offered + result.control))
    ax = canvas(ax, height=1.5 + 0.55 * len(rows))
    for place, (_name, effect, low, high, _count) in enumerate(rows):
        last = place == len(rows) - 1
        colour = theme.ORANGE if last else theme.BLUE
        ends = [[effect - low], [high - effect]]
        ax.errorbar([effect], [-place], xerr=ends, fmt="D" if last else "o", color=colour, capsize=4, markersize=7)
        text = f"{effect:+.1%}" if result.outcome == "reached" else f"{effect:+.2f}"
        ax.text(effect, -place + 0.18, text, ha="center", va="bottom", color=colour, fontweight="bold",
                bbox={"facecolor": "white", "linewidth": 0, "pad": 1})  # fmt: skip
    ax.axvline(0, color=theme.INK, linewidth=0.8)
    ax.set_yticks([-place for place in range(len(rows))],
                  [_("{name}\n({count:,} draws)").format(name=name, count=count) for name, _e, _l, _h, count in rows])  # fmt: skip
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-len(rows) + 0.5, 0.6)
    ax.set_xlabel({
        "reached": _("Effect on the share that reaches the outcome"), "after_yuan": _("Effect on the spend, yuan"),
        "log_growth": _("Effect on the growth of the spend (logarithm)"),
    }[result.outcome])  # fmt: skip
    if result.outcome == "reached":
        ax.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], nbins=7))
        percent_axis(ax, "x")
    ax.grid(axis="x")
    return ax


def qini(result: Qini, *, ax: Axes | None = None) -> Axes:
    """Draw the Qini curve with its interval, and the line of lots.

    Answers: does the model find those whom the offer moves?

    Parameters
    ----------
    result : Qini
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Radcliffe (2007).

    >>> qini.__name__
    'qini'
    """
    require_result(result, ("curve", "coefficient", "total"), "crm.uplift.qini")
    ax = canvas(ax)
    curve = result.curve
    x = curve["share"].to_numpy()
    ax.fill_between(x, curve["low"], curve["high"], color=theme.SKY, alpha=0.22, linewidth=0)
    ax.plot(x, curve["random"], color=theme.GREY, linewidth=1.2, linestyle=(0, (5, 4)))
    ax.plot(x, curve["gain"], color=theme.BLUE, zorder=3)
    ax.axhline(0, color=theme.INK, linewidth=0.8)
    ax.set_xlim(0, 1)
    ax.set_xlabel(_("Share of customers who get the offer, highest uplift first"))
    ax.set_ylabel(_("Gain per customer of the trial"))
    percent_axis(ax, "x")
    ax.grid(axis="y")
    top = float(max(curve["high"].max(), 0))
    bottom = float(min(curve["low"].min(), 0))
    ax.set_ylim(bottom - 0.12 * (top - bottom), top + 0.30 * (top - bottom))
    ax.text(0.02, 0.97, _("Qini coefficient {value:.4f}\n({level:.0%} interval {low:.4f} to {high:.4f})").format(
        value=result.coefficient, level=result.level, low=result.low, high=result.high), transform=ax.transAxes, va="top", color=theme.BLUE,
        fontweight="bold", linespacing=1.4)  # fmt: skip
    ax.text(0.98, 0.04, _("dashed: lots decide"), transform=ax.transAxes, ha="right", color=theme.GREY)
    return ax


def uplift_groups(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the effect that was foretold of groups of customers, and the one that the trial shows.

    Answers: do those who should gain most really gain most?

    Parameters
    ----------
    table : DataFrame from :func:`crmlib.uplift.uplift_by_decile`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The table is another.

    Source: Radcliffe (2007).

    >>> uplift_groups.__name__
    'uplift_groups'
    """
    need(table, ["group", "foretold", "observed", "low", "high"], "crm.uplift.uplift_by_decile")
    ax = canvas(ax)
    x, observed = table["group"].to_numpy(), table["observed"].to_numpy()
    ax.bar(x, observed, color=theme.SKY, alpha=0.55, width=0.62)
    ends = [observed - table["low"], table["high"] - observed]
    ax.errorbar(x, observed, yerr=ends, fmt="none", color=theme.BLUE, capsize=4, linewidth=1.4)
    ax.plot(x, table["foretold"], "D", color=theme.ORANGE, markersize=7, zorder=4)
    ax.axhline(0, color=theme.INK, linewidth=0.8)
    ax.set_xticks(x)
    ax.set_xlabel(_("Group by foretold uplift (1: highest)"))
    ax.set_ylabel(_("Offer less control"))
    ax.yaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], nbins=7))
    percent_axis(ax, "y")
    ax.grid(axis="y")
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.22 * (high - low))
    ax.text(0.98, 0.97, _("bars: as the trial shows, with interval"), transform=ax.transAxes, ha="right", va="top", color=theme.BLUE)
    ax.text(0.98, 0.89, _("diamonds: as foretold"), transform=ax.transAxes, ha="right", va="top", color=theme.ORANGE)
    return ax


def offer_profit(result: OfferPolicy, *, ax: Axes | None = None) -> Axes:
    """Draw the profit of sending an offer against the share of customers who get it.

    Answers: to how many should the offer go?

    Parameters
    ----------
    result : OfferPolicy
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Hitsch, Misra and Zhang (2024).

    >>> offer_profit.__name__
    'offer_profit'
    """
    require_result(result, ("policies", "curve", "threshold"), "crm.uplift.offer_policy")
    ax = canvas(ax)
    curve = result.curve
    x, profit = curve["share"].to_numpy(), curve["profit_yuan"].to_numpy()
    ax.fill_between(x, curve["low"], curve["high"], color=theme.SKY, alpha=0.22, linewidth=0)
    ax.plot(x, profit, color=theme.BLUE, zorder=3)
    ax.axhline(0, color=theme.INK, linewidth=0.8)
    rows = result.policies.set_index("policy")
    share = rows.customers["who_pays"] / len(result.customers)
    ax.plot(share, rows.profit_yuan["who_pays"], "o", color=theme.ORANGE, zorder=4)
    ax.plot(1, rows.profit_yuan["everybody"], "o", color=theme.INK, zorder=4, clip_on=False)
    top, bottom = max(float(curve["high"].max()), 0), min(float(curve["low"].min()), 0)
    span = top - bottom
    ax.set(xlim=(0, 1), ylim=(bottom - 0.06 * span, top + 0.42 * span))
    best = _("to the {count:,} for whom it pays (uplift above {threshold:.1%}):\n{profit:,.0f} yuan ({low:,.0f} to {high:,.0f})").format(
        count=int(rows.customers["who_pays"]), threshold=result.threshold, profit=rows.profit_yuan["who_pays"], low=rows.low["who_pays"],
        high=rows.high["who_pays"])  # fmt: skip
    every = _("to everybody: {profit:,.0f} yuan ({low:,.0f} to {high:,.0f})").format(
        profit=rows.profit_yuan["everybody"], low=rows.low["everybody"], high=rows.high["everybody"])  # fmt: skip
    ax.text(0.02, 0.97, best, transform=ax.transAxes, va="top", color=theme.ORANGE, fontweight="bold", linespacing=1.4)
    ax.text(0.02, 0.80, every, transform=ax.transAxes, va="top")
    ax.set_xlabel(_("Share of customers who get the offer, highest uplift first"))
    ax.set_ylabel(_("Profit, yuan"))
    ax.yaxis.set_major_formatter("{x:,.0f}")
    percent_axis(ax, "x")
    ax.grid(axis="y")
    return ax


def leaving_reasons(result: LeavingReasons, *, ax: Axes | None = None) -> Axes:
    """Draw how often each kind of evidence is found among those who left, and among those who stayed.

    Answers: what sets those who left apart?

    Parameters
    ----------
    result : LeavingReasons
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Newcombe (1998) for the interval of the difference.

    >>> leaving_reasons.__name__
    'leaving_reasons'
    """
    from crmlib.uplift.wording import leaving_label

    require_result(result, ("table", "stayed", "customers"), "crm.uplift.leaving_reasons")
    known = result.table["reason"] != "unknown"
    table = result.table[known].iloc[::-1]
    unknown = float(result.table.loc[~known, "share"].iloc[0])
    ax = canvas(ax, height=1.6 + 0.55 * len(table))
    y = np.arange(len(table))
    ax.barh(y + 0.18, table["evidence"], height=0.32, color=theme.ORANGE)
    ax.barh(y - 0.18, table["stayed"], height=0.32, color=theme.SKY)
    ax.set_yticks(y, [leaving_label(name) for name in table["reason"]])
    ax.tick_params(axis="y", length=0)
    longest = max(float(table[["evidence", "stayed"]].to_numpy().max()), 0.01)
    for place, row in zip(y, table.itertuples(), strict=True):
        sure = row.excess_low > 0 or row.excess_high < 0
        ax.text(max(row.evidence, row.stayed) + 0.015 * longest, place, _("{excess:+.1%} ({low:+.1%} to {high:+.1%})").format(
            excess=row.excess, low=row.excess_low, high=row.excess_high), va="center", color=theme.INK if sure else theme.GREY)  # fmt: skip
    ax.set(xlim=(0, 1.5 * longest), ylim=(-0.6, len(table) + 0.5))
    ax.set_xlabel(_("Share with this evidence; beside it the difference"))
    ax.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], nbins=7))
    percent_axis(ax, "x")
    ax.grid(axis="x")
    left = _("{count:,} who left; for {unknown:.0%} of them no evidence at all").format(count=len(result.customers), unknown=unknown)
    ax.text(0.01, len(table) + 0.2, left, transform=ax.get_yaxis_transform(), va="center", color=theme.ORANGE, fontweight="bold")
    ax.text(0.01, len(table) - 0.22, _("{count:,} who stayed, markets and volumes weighted alike").format(count=result.stayed),
            transform=ax.get_yaxis_transform(), va="center", color=theme.BLUE, fontweight="bold")  # fmt: skip
    return ax
