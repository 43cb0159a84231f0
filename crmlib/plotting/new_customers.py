"""Figures of what comes after the win: payback, first weeks, trials, and services taken up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, MultipleLocator

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.credit import require_result

if TYPE_CHECKING:
    from crmlib.development import OfferLater, Onboarding, Payback, Peeking, RulesLater, TrialPlan


def payback(result: Payback, *, ax: Axes | None = None) -> Axes:
    """Draw the margin of new customers added up, month by month, over what winning them cost.

    Answers: after how many months is the money back?

    Parameters
    ----------
    result : Payback, from :func:`crmlib.development.payback`
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
    >>> leads = pd.DataFrame({"stage": ["won"], "customer_id": ["c1"], "closed_on": pd.to_datetime(["2026-01-01"])})
    >>> bills = pd.DataFrame({"customer_id": ["c1"], "picked_up_at": pd.to_datetime(["2026-01-05"]), "price_yuan": [9.0], "cost_yuan": [4.0]})
    >>> len(payback(development.payback(leads, bills, cost=4, as_of="2026-04-30", months=3)).lines) > 0
    True
    """
    require_result(result, ("table", "months"), "crm.development.payback")
    ax, single = canvas(ax), len(result.months) == 1
    ends = []
    for place, (name, row) in enumerate(result.months.iterrows()):
        own, colour = result.table[result.table["group"] == name], theme.PALETTE[place % len(theme.PALETTE)]
        share = own[["cumulative_yuan", "low", "high"]] / (1.0 if single else row.cost_yuan)
        ax.plot(np.append(0, own["month"]), np.append(0.0, share["cumulative_yuan"]), color=colour)
        if single:
            ax.fill_between(own["month"], share["low"], share["high"], color=colour, alpha=0.15, linewidth=0)
        ends.append([own["month"].iloc[-1], share["cumulative_yuan"].iloc[-1], colour, label(str(name), result.by) if result.by else ""])
    goal = float(result.months["cost_yuan"].iloc[0]) if single else 1.0
    ax.axhline(goal, color=theme.INK, linewidth=1)
    top = max(float(ax.get_ylim()[1]), 1.15 * goal)
    ax.text(0.2, goal + 0.015 * top, _("cost to win: {cost:,.0f} yuan").format(cost=goal) if single else _("cost to win = 100%"))
    # From the bottom up, each name keeps its distance from the one below.
    floor = -np.inf
    for month, height, colour, name in sorted(ends, key=lambda end: end[1]):
        floor = max(height, floor + 0.055 * top)
        ax.text(month + 0.15, floor, name, color=colour, va="center", fontweight="bold")
    last = int(result.table["month"].max())
    ax.set(xlim=(0, last * (1.02 if single else 1.2)), ylim=(min(0.0, float(result.table["low"].min()) if single else 0.0), top))
    if not single:
        percent_axis(ax, "y")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(_("Months of 30 days since the lead was won"))
    ax.set_ylabel(_("Margin added up, yuan a customer") if single else _("Margin added up over the cost to win"))
    return ax


def trial_power(result: TrialPlan, *, ax: Axes | None = None) -> Axes:
    """Draw the power of a trial against its size.

    Answers: how many customers are enough?

    Parameters
    ----------
    result : TrialPlan, from :func:`crmlib.development.trial_plan`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib.development import trial_plan
    >>> len(trial_power(trial_plan(control=0.3, effect=0.1)).lines)
    2
    """
    require_result(result, ("table", "size", "power"), "crm.development.trial_plan")
    ax = canvas(ax)
    ax.plot(result.table["size"], result.table["power"], color=theme.BLUE)
    ax.plot([result.size], [result.power], "o", color=theme.ORANGE, markersize=8)
    words = _("{size:,} customers: {power:.0%}").format(size=result.size, power=result.power)
    ax.annotate(words, (result.size, result.power), xytext=(10, -12), textcoords="offset points", color=theme.ORANGE, fontweight="bold")
    percent_axis(ax, "y")
    ax.set(xlim=(0, float(result.table["size"].max())), ylim=(0, 1.02))
    ax.set_xlabel(_("Customers in the trial, both arms"))
    ax.set_ylabel(_("How often the effect is seen"))
    ax.grid(axis="y")
    return ax


def peeking(result: Peeking, *, ax: Axes | None = None) -> Axes:
    """Draw the share of trials that seem to show an effect, by the number of looks.

    Answers: how often would we cheer for nothing?

    Parameters
    ----------
    result : Peeking, from :func:`crmlib.development.peeking`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib import development
    >>> len(peeking(development.peeking(control=0.3, size=200, looks=4, trials=100, rng=1)).lines)
    3
    """
    require_result(result, ("table", "fair_bar", "effect"), "crm.development.peeking")
    ax, table = canvas(ax), result.table
    told = (("so_far", theme.ORANGE, _("stopping at the first look that seems clear")), ("one_look", theme.BLUE, _("looking only once, here")),
            ("fair_looks", theme.GREEN, _("every look, with the fair bar")))  # fmt: skip
    top = 1.25 * float(table[["so_far", "one_look", "fair_looks"]].to_numpy().max())
    spots, floor = {}, 0.0
    for name in sorted((name for name, *_rest in told), key=lambda name: table[name].iloc[-1]):
        spots[name] = max(table[name].iloc[-1], floor)
        floor = spots[name] + 0.06 * top
    for name, colour, words in told:
        ax.plot(table["look"], table[name], "o-", color=colour, markersize=4)
        ax.text(table["look"].iloc[-1] + 0.02 * len(table), spots[name], f"{words}: {table[name].iloc[-1]:.0%}", color=colour, va="center",
                fontweight="bold")  # fmt: skip
    percent_axis(ax, "y")
    ax.set(xlim=(1 - 0.03 * len(table), len(table) * 1.75), ylim=(0, top))
    if top < 0.4:
        ax.yaxis.set_major_locator(MultipleLocator(0.05))
    ax.set_xticks(table["look"][:: max(1, len(table) // 10)])
    ax.set_xlabel(_("Look"))
    ax.set_title(_("Trials of an offer that does nothing: share that seems to work") if result.effect == 0 else
                 _("Trials of an offer that works: share that shows it"))  # fmt: skip
    return ax


def onboarding(result: Onboarding, *, ax: Axes | None = None) -> Axes:
    """Draw the share of new customers that has shipped, by days since the account was opened.

    Answers: when do new customers start, and from when on is waiting useless?

    Parameters
    ----------
    result : Onboarding, from :func:`crmlib.development.onboarding`
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
    >>> people = pd.DataFrame({"customer_id": ["c1", "c2"], "opened_on": pd.to_datetime(["2026-01-01", "2026-01-01"])})
    >>> bills = pd.DataFrame({"customer_id": ["c1"], "picked_up_at": pd.to_datetime(["2026-01-04 10:00"])})
    >>> len(onboarding(development.onboarding(people, bills, start="2026-01-01", as_of="2026-03-31")).lines)
    3
    """
    require_result(result, ("curve", "steps", "start_days"), "crm.development.onboarding")
    ax, table = canvas(ax), result.curve.table
    ax.step(table["time"], 1 - table["survival"], where="post", color=theme.BLUE)
    ax.fill_between(table["time"], 1 - table["high"], 1 - table["low"], step="post", color=theme.BLUE, alpha=0.15, linewidth=0)
    last = float(max(60.0, 2 * result.start_days))
    for days in (7, result.start_days):
        done = 1 - float(table.loc[table["time"] <= days, "survival"].iloc[-1])
        ax.plot([days], [done], "o", color=theme.ORANGE)
        ax.annotate(_("{done:.0%} after {days:g} days").format(done=done, days=days), (days, done), xytext=(10, -14),
                    textcoords="offset points", color=theme.ORANGE, fontweight="bold")  # fmt: skip
    percent_axis(ax, "y")
    ax.set(xlim=(0, last), ylim=(0, 1.02))
    ax.set_xlabel(_("Days since the account was opened"))
    ax.set_ylabel(_("New customers who have shipped"))
    return ax


def offer_later(result: OfferLater, *, ax: Axes | None = None) -> Axes:
    """Draw the share that has shipped, by days since the draw, with the first-order offer and without.

    Answers: does the gap that the offer opens in the first week stay?

    Parameters
    ----------
    result : OfferLater, from :func:`crmlib.development.first_order_later`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib.company import lark
    >>> from crmlib import development
    >>> firm = lark()
    >>> len(offer_later(development.first_order_later(firm.offers, firm.waybills, as_of="2026-10-31")).lines)
    5
    """
    require_result(result, ("table", "curves"), "crm.development.first_order_later")
    ax, last = canvas(ax), float(result.table.index.max())
    told = (("offer", theme.BLUE, _("with the coupon"), 0.10), ("control", theme.ORANGE, _("without"), -0.14))
    for arm, colour, words, shift in told:
        own = result.curves.table[result.curves.table["group"] == arm]
        ax.step(own["time"], 1 - own["survival"], where="post", color=colour)
        ax.fill_between(own["time"], 1 - own["high"], 1 - own["low"], step="post", color=colour, alpha=0.12, linewidth=0)
        spot = 0.3 * last
        height = 1 - float(own.loc[own["time"] <= spot, "survival"].iloc[-1])
        ax.text(spot, height + shift, words, color=colour, fontweight="bold", ha="right" if shift > 0 else "left", va="center")
    for span, row in result.table.iterrows():
        ax.plot([span, span], [row.share_control, row.share_offer], color=theme.INK, linewidth=2)
        words = _("day {day}: {effect:+.0f} points ({low:+.0f} to {high:+.0f})").format(day=span, effect=100 * row.effect, low=100 * row.low,
                high=100 * row.high)  # fmt: skip
        ax.text(span + 0.012 * last, row.share_control - (0.06 if span > 0.3 * last else 0.10), words, fontsize=9, va="top",
                ha="right" if span > 0.75 * last else "left")  # fmt: skip
    percent_axis(ax, "y")
    ax.set(xlim=(0, 1.05 * last), ylim=(0, 1.08))
    ax.set_xlabel(_("Days since the draw"))
    ax.set_ylabel(_("New customers who have shipped"))
    return ax


def rules_later(result: RulesLater, *, ax: Axes | None = None) -> Axes:
    """Draw, for the rules that were tried on most customers, the lift as learnt and later.

    Answers: which rules hold on customers who lack the service?

    Parameters
    ----------
    result : RulesLater, from :func:`crmlib.development.rules_later`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else, or no rule could be tried.

    >>> import pandas as pd
    >>> from crmlib import development
    >>> before = pd.DataFrame({"a": [True] * 4 + [False] * 4, "b": [False] * 8})
    >>> after = before.assign(b=[True, True] + [False] * 6)
    >>> rule = pd.DataFrame({"left_side": [("a",)], "right_side": ["b"], "lift": [1.5]})
    >>> len(rules_later(development.rules_later(rule, before, after)).get_yticks())
    1
    """
    require_result(result, ("table", "level"), "crm.development.rules_later")
    table = result.table[result.table["lift_later"].notna()].head(12)
    if table.empty:
        raise ValueError(_("None of the rules could be tried: nobody had the left side without the right."))
    ax = canvas(ax, height=1.5 + 0.42 * len(table))
    place = np.arange(len(table))
    ax.hlines(place, table["lift"], table["lift_later"], color=theme.PALE, linewidth=3)
    ax.plot(table["lift"], place, "o", color=theme.GREY)
    shades = [theme.GREEN if holds else theme.ORANGE for holds in table["holds"]]
    ax.scatter(table["lift_later"], place, color=shades, zorder=3, s=45)
    ax.axvline(1, color=theme.INK, linewidth=1)
    names = [" + ".join(map(service_name, row.left_side)) + " → " + service_name(row.right_side) for row in table.itertuples()]
    ax.set_yticks(place, names)
    ax.set_ylim(len(table) - 0.4, -1.0)
    first = table.iloc[0]
    apart = 1 if first["lift"] >= first["lift_later"] else -1
    for value, side, words, colour in (
        (first["lift"], apart, _("as learnt"), theme.GREY),
        (first["lift_later"], -apart, _("later"), shades[0]),
    ):
        ax.text(value, -0.35, words, ha="left" if side > 0 else "right", va="bottom", color=colour, fontweight="bold")
    ax.set_xlabel(_("Lift (later: green holds, orange may be chance)"))
    ax.grid(axis="x")
    return ax


def service_name(name: str) -> str:
    """What a product or scope is called; "cross_border" is a kind of customer as well.

    >>> service_name("same_city") != "same_city"
    True
    """
    return next((found for column in ("scope", "product") if (found := label(str(name), column)) != str(name)), str(name))
