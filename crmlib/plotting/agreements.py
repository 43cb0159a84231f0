"""Figures of agreements with key accounts: what a rebate leaves of the margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.credit import require_result

if TYPE_CHECKING:
    from crmlib.development import Proposal, ProposalList, TierLater


def rebate_margin(result: Proposal, *, ax: Axes | None = None) -> Axes:
    """Draw the margin of a year by its freight, with the rebate taken off from the tier on.

    Answers: how much more must the customer send, so that the rebate costs us nothing?

    Parameters
    ----------
    result : Proposal, from :func:`crmlib.development.key_account_proposal`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Blue: the margin left. Orange: less is left than in the past year. The margin of a yuan of freight is taken to stay as it was.

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib.company import lark
    >>> from crmlib.development import key_account_proposal
    >>> offer = key_account_proposal(lark(), "C01651", as_of="2026-10-31", tiers=(1000, 3000, 10000))
    >>> bool(rebate_margin(offer).get_xlim()[0] < offer.year_yuan)
    True
    """
    require_result(result, ("from_yuan", "rebate", "growth_needed"), "crm.development.key_account_proposal")
    ax, year, step = canvas(ax), result.year_yuan, result.from_yuan
    rate = result.margin_yuan / year
    even = max(year * (1 + result.growth_needed), step)
    right = max(1.12 * min(even, 2.2 * max(step, year)), 1.25 * max(step, year))
    left = 0.9 * min(step, year)
    before, after = np.linspace(left, step, 50), np.linspace(step, right, 200)
    kept = (rate - result.rebate) * after
    ax.plot(before, rate * before, color=theme.BLUE)
    ax.plot(after, rate * after, color=theme.GREY, linestyle="--", linewidth=1.2)
    ax.plot(after, np.where(kept >= result.margin_yuan, kept, np.nan), color=theme.BLUE)
    short = (after >= year) & (kept < result.margin_yuan)
    ax.plot(after, np.where(short, kept, np.nan), color=theme.ORANGE)
    ax.plot(after, np.where((after < year) & ~short & (kept < result.margin_yuan), kept, np.nan), color=theme.BLUE)
    ax.fill_between(after, kept, result.margin_yuan, where=short, color=theme.ORANGE, alpha=0.15, linewidth=0)
    ax.axhline(result.margin_yuan, color=theme.INK, linewidth=0.8)
    ax.plot([year], [result.margin_yuan], "o", color=theme.INK, zorder=4)
    ax.text(0.01, 0.98, _("● the past year: {year:,.0f} yuan of freight, {margin:,.0f} yuan of margin").format(
        year=year, margin=result.margin_yuan), transform=ax.transAxes, va="top", color=theme.INK)  # fmt: skip
    told = _("rebate {rebate:.0%} from {step:,.0f} yuan on").format(rebate=result.rebate, step=step)
    ax.text(0.01, 0.90, told, transform=ax.transAxes, va="top", color=theme.BLUE, fontweight="bold")
    if np.isfinite(result.growth_needed) and even <= right:
        ax.plot([even], [result.margin_yuan if even > step else (rate - result.rebate) * even], "o", color=theme.BLUE, zorder=4)
        words = _("from {even:,.0f} yuan on ({growth:+.0%}) not less than in the past year").format(even=even, growth=even / year - 1)
    else:
        words = _("never again as much as in the past year")
    ax.text(0.01, 0.82, words, transform=ax.transAxes, va="top", color=theme.ORANGE, fontweight="bold")
    seen = np.concatenate([rate * before, kept, rate * after, [result.margin_yuan]])
    spread = max(float(np.ptp(seen)), 1.0)
    ax.set(xlim=(left, right), ylim=(seen.min() - 0.06 * spread, seen.max() + 0.42 * spread))
    ax.set_xlabel(_("Freight of a year, yuan"))
    ax.set_ylabel(_("Margin left of it, yuan"))
    return ax


def tier_later(result: TierLater, *, ax: Axes | None = None) -> Axes:
    """Draw the share that reached the next tier by the chance foretold, with intervals.

    Answers: did those called likely reach it more often?

    Parameters
    ----------
    result : TierLater, from :func:`crmlib.development.tier_later`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> import pandas as pd
    >>> from crmlib import development
    >>> bills = pd.DataFrame({"customer_id": "c1", "picked_up_at": pd.date_range("2025-11-01", periods=365), "price_yuan": 10.0})
    >>> found = pd.DataFrame({"year_yuan": [2000.0], "next_tier_yuan": 3000.0, "tier_chance": 0.9}, index=["c1"])
    >>> len(tier_later(development.tier_later(found, bills, as_of="2026-10-31")).get_yticks())
    1
    """
    require_result(result, ("bands", "first"), "crm.development.tier_later")
    table = result.bands
    ax, place = canvas(ax, height=1.4 + 0.6 * len(table)), np.arange(len(table))
    ax.hlines(place, table["low"], table["high"], color=theme.BLUE, linewidth=2)
    ax.plot(table["tier_share"], place, "o", color=theme.BLUE)
    ax.plot(table["foretold"], place, "D", color=theme.GREY, markersize=5)
    for spot, row in zip(place, table.itertuples(), strict=True):
        words = _("{share:.0%} of {customers} customers").format(share=row.tier_share, customers=row.customers)
        ax.text(max(row.high, row.foretold) + 0.02, spot, words, va="center", color=theme.BLUE)
    ax.text(0.99, 0.34, _("◆ as foretold"), transform=ax.transAxes, ha="right", color=theme.GREY, fontweight="bold")
    ax.text(0.99, 0.24, _("● reached it, with interval"), transform=ax.transAxes, ha="right", color=theme.BLUE, fontweight="bold")
    ax.set_yticks(place, table.index)
    percent_axis(ax, "x")
    ax.set(xlim=(0, 1.32), ylim=(-0.5, len(table) - 0.2))
    ax.set_xticks(np.arange(0, 1.01, 0.2))
    ax.set_xlabel(_("Reached the next tier"))
    ax.set_ylabel(_("Chance foretold"))
    return ax


def proposal_map(result: ProposalList, *, ax: Axes | None = None) -> Axes:
    """Draw the growth that the rebate asks for against the chance of the tier, by what is done.

    Answers: who is likely and cheap to promise, and with whom is it the price that matters?

    Parameters
    ----------
    result : ProposalList, from :func:`crmlib.development.proposal_list`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Growth above a half, or never, stands at the upper edge.

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib.company import lark
    >>> from crmlib.development import proposal_list
    >>> len(proposal_map(proposal_list(lark(), as_of="2026-10-31", tiers=(1000, 3000, 10000))).collections)
    3
    """
    require_result(result, ("table", "most_growth"), "crm.development.proposal_list")
    ax, table, top = canvas(ax), result.table, 0.5
    height = table["growth_needed"].clip(upper=top)
    kinds = (("wait", theme.GREY, _("not now")), ("price_first", theme.ORANGE, _("price first")), ("propose", theme.BLUE, _("propose now")))
    for place, (kind, colour, words) in enumerate(reversed(kinds)):
        own = table["proposal"] == kind
        ax.scatter(table["tier_chance"][own], height[own], color=colour, s=26, alpha=0.75, linewidth=0)
        ax.text(0.02 + 0.27 * place, 1.03, f"● {words} {own.sum()}", transform=ax.transAxes, color=colour, fontweight="bold")
    ax.axhline(result.most_growth, color=theme.INK, linewidth=0.8)
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    ax.set(ylim=(0, top * 1.06), xlim=(table["tier_chance"].min() - 0.02, table["tier_chance"].max() + 0.03))
    ax.set_xlabel(_("Chance of the next tier"))
    ax.set_ylabel(_("Growth at which the rebate costs nothing (50%: or more)"))
    return ax
