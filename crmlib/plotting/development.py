"""Figures of winning customers: scores, the funnel, channels, selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.checks import require_share
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.credit import require_result
from crmlib.plotting.month_axis import month_axis

if TYPE_CHECKING:
    from crmlib.development import Funnel, LeadScore, Propensity, Selection, StageTimes, WinRates

_ROW = 0.5


def lead_gain(result: LeadScore | Propensity, *, called: float = 1 / 3, ax: Axes | None = None) -> Axes:
    """Draw how many of the wins are reached by calling the likeliest first.

    Answers: with time for a third of the leads, how many wins do we reach?

    Parameters
    ----------
    result : LeadScore or Propensity, from :mod:`crmlib.development`
    called : float, 0–1
        The share called that is marked.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else, or `called` is no share.

    >>> from crmlib.company import lark
    >>> from crmlib.development import lead_frame, lead_score
    >>> score = lead_score(lead_frame(lark().leads), split="2025-11-01", as_of="2026-10-31", resamples=100, rng=1)
    >>> len(lead_gain(score).lines)
    4
    """
    require_result(result, ("gain", "metrics"), "crm.development.lead_score")
    require_share("called", called)
    ax, table = canvas(ax), result.gain
    ax.plot(table["called"], table["reached"], color=theme.BLUE)
    ax.plot([0, 1], [0, 1], color=theme.GREY, linestyle="--", linewidth=1.2)
    reached = float(np.interp(called, table["called"], table["reached"]))
    ax.plot([called, called], [0, reached], color=theme.ORANGE, linewidth=1)
    ax.plot([called], [reached], "o", color=theme.ORANGE)
    # Leads are rung up; customers of ours are asked by whatever way is at hand.
    leads = hasattr(result, "judged")
    words = _("{called:.0%} called: {reached:.0%} reached") if leads else _("{called:.0%} asked: {reached:.0%} found")
    ax.text(0.97, 0.12, words.format(called=called, reached=reached), ha="right",
            color=theme.ORANGE, fontweight="bold", bbox={"facecolor": "white", "linewidth": 0, "alpha": 0.85, "pad": 1})  # fmt: skip
    ax.text(0.66, 0.6, _("called at random") if leads else _("asked at random"), va="top", color=theme.GREY)
    for which in ("x", "y"):
        percent_axis(ax, which)
    ax.set(xlim=(0, 1), ylim=(0, 1.02))
    ax.set_xlabel(_("Called, the likeliest first") if leads else _("Customers asked, the likeliest first"))
    ax.set_ylabel(_("Reached of those signed") if leads else _("Found of those who began to use it"))
    return ax


def funnel(result: Funnel, *, ax: Axes | None = None) -> Axes:
    """Draw the steps of the funnel as bars, with the conversion between them; of several groups, the conversions side by side.

    Answers: where do leads get lost?

    Parameters
    ----------
    result : Funnel, from :func:`crmlib.development.funnel`
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
    >>> len(funnel(development.funnel(lark().leads, as_of="2026-10-31")).patches)
    5
    """
    require_result(result, ("table", "as_of"), "crm.development.funnel")
    return _one_funnel(result, ax) if result.by is None else _conversions(result, ax)


def _one_funnel(result: Funnel, ax: Axes | None) -> Axes:
    table = result.table
    ax = canvas(ax, height=1.0 + 0.75 * len(table))
    most = float(table["arrived"].max())
    ax.barh(
        range(len(table)), table["arrived"], left=-table["arrived"] / 2, height=0.6, color=[theme.BLUE] * (len(table) - 1) + [theme.GREEN]
    )
    for spot, row in enumerate(table.itertuples()):
        inside = row.arrived > 0.12 * most
        ax.text(0 if inside else row.arrived / 2 + 0.02 * most, spot, f"{row.arrived:,}", ha="center" if inside else "left", va="center",
                color="white" if inside else theme.INK, fontweight="bold")  # fmt: skip
        if spot < len(table) - 1 and np.isfinite(row.conversion):
            words = _("{share:.0%} move on ({low:.0%} to {high:.0%})").format(share=row.conversion, low=row.low, high=row.high)
            ax.text(0.54 * most, spot + 0.5, words, va="center", color=theme.GREY, fontsize=9.5)
    ax.set_yticks(range(len(table)), [label(name, "stage") for name in table["stage"]])
    ax.invert_yaxis()
    ax.set_xlim(-0.52 * most, 1.12 * most)
    return _bare(ax)


def _conversions(result: Funnel, ax: Axes | None) -> Axes:
    table = result.table[result.table["conversion"].notna()]
    groups, stages = table[result.by].unique(), table["stage"].unique()
    ax = canvas(ax, height=1.2 + 0.2 * len(groups) * len(stages))
    for place, name in enumerate(groups):
        own, colour = table[table[result.by] == name], theme.PALETTE[place % len(theme.PALETTE)]
        spot = np.array([list(stages).index(stage) for stage in own["stage"]]) + 0.8 * ((place + 0.5) / len(groups) - 0.5)
        ax.errorbar(own["conversion"], spot, xerr=np.maximum([own["conversion"] - own["low"], own["high"] - own["conversion"]], 0), fmt="o", color=colour,
                    markersize=4, capsize=2, linewidth=1.2)  # fmt: skip
        for x, y in zip(own["high"], spot, strict=True):
            ax.text(x + 0.01, y, label(str(name), result.by), va="center", color=colour, fontsize=8)
    ax.set_yticks(range(len(stages)), [label(name, "stage") for name in stages])
    ax.invert_yaxis()
    percent_axis(ax, "x")
    ax.set_xlim(0, 1.18)
    ax.set_xlabel(_("Leads decided at the step that move on"))
    ax.grid(axis="x")
    return ax


def stage_times(result: StageTimes, *, ax: Axes | None = None) -> Axes:
    """Draw the share of leads still at each step after so many days.

    Answers: how long is too long for a quote without an answer?

    Parameters
    ----------
    result : StageTimes, from :func:`crmlib.development.stage_times`
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
    >>> len(stage_times(development.stage_times(lark().leads, as_of="2026-10-31")).texts)
    4
    """
    require_result(result, ("curves", "table"), "crm.development.stage_times")
    ax = canvas(ax)
    ax.axhline(0.5, color=theme.GREY, linewidth=1)
    for place, name in enumerate(result.table.index):
        own, colour = result.curves.table[result.curves.table["group"] == name], theme.PALETTE[place]
        ax.step(own["time"], own["survival"], where="post", color=colour)
        days = result.table.loc[name, "median_days"]
        if np.isnan(days):
            continue
        words = _("{step}: half gone by day {days:.0f}").format(step=label(str(name), "stage"), days=days)
        ax.plot(days + 0.5, 0.5, "o", color=colour, markersize=6)
        ax.annotate(words, (days + 0.5, 0.5), xytext=(0.4, 0.95 - 0.1 * place), textcoords="axes fraction", color=colour, va="center",
                    fontweight="bold", arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.8, "relpos": (0, 0.5)})  # fmt: skip
    percent_axis(ax, "y")
    last = max(1.0, float(result.curves.table.loc[result.curves.table["survival"] > 0.02, "time"].max()))
    ax.set(xlim=(0, last), ylim=(0, 1.02))
    ax.set_xlabel(_("Days since the lead came to the step"))
    ax.set_ylabel(_("Still there"))
    return ax


def win_rates(result: WinRates, *, ax: Axes | None = None) -> Axes:
    """Draw the share of decided leads won by each channel, with intervals.

    Answers: which channel wins?

    Parameters
    ----------
    result : WinRates, from :func:`crmlib.development.win_rates`
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
    >>> len(win_rates(development.win_rates(lark().leads)).get_yticks())
    5
    """
    require_result(result, ("table", "p_value"), "crm.development.win_rates")
    table = result.table
    ax = canvas(ax, height=1.2 + _ROW * len(table))
    place = np.arange(len(table))
    ax.errorbar(
        table["rate"],
        place,
        xerr=np.maximum([table["rate"] - table["low"], table["high"] - table["rate"]], 0),
        fmt="o",
        color=theme.BLUE,
        capsize=4,
    )
    for spot, row in zip(place, table.itertuples(), strict=True):
        ax.text(row.high + 0.006, spot, _("{rate:.0%} of {decided:,}").format(rate=row.rate, decided=row.decided), va="center")
    ax.set_yticks(place, [label(str(name), result.by) for name in table.index])
    ax.set(xlim=(0, 1.22 * float(table["high"].max())), ylim=(len(table) - 0.5, -0.5))
    percent_axis(ax, "x")
    ax.set_xlabel(_("Decided leads that were won"))
    ax.set_ylabel(label(result.by))
    ax.grid(axis="x")
    return ax


def selection_map(result: Selection, *, ax: Axes | None = None) -> Axes:
    """Draw value against potential, with the number of customers in each field.

    Answers: where do the customers lie, and whom would the rule drop?

    Parameters
    ----------
    result : Selection, from :func:`crmlib.development.selection_matrix`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Notes
    -----
    Both axes are bent so that large amounts do not hide small ones; customers whose growth nobody knows are drawn at 0.

    >>> import pandas as pd
    >>> from crmlib.development import selection_matrix
    >>> table = pd.DataFrame({"contribution_yuan": [900.0, -30.0], "growth_yuan": [300.0, 0.0]}, index=["c1", "c2"])
    >>> len(selection_map(selection_matrix(table, value_from=500, potential_from=100)).collections) > 0
    True
    """
    require_result(result, ("table", "value_from", "potential_from"), "crm.development.selection_matrix")
    ax, table = canvas(ax, height=4.8), result.table
    x, y = (np.arcsinh(table[name].fillna(0) / 10) for name in ("growth_yuan", "contribution_yuan"))
    colours = {"serve": theme.SKY, "look_again": theme.YELLOW, "drop": theme.ORANGE}
    for decision, colour in colours.items():
        rows = table["drop_decision"] == decision
        ax.scatter(x[rows], y[rows], s=9, color=colour, alpha=0.6, linewidths=0)
    across, up = np.arcsinh(result.potential_from / 10), np.arcsinh(result.value_from / 10)
    ax.axvline(across, color=theme.GREY, linewidth=1)
    ax.axhline(up, color=theme.GREY, linewidth=1)
    counts = table["effort"].value_counts()
    spots = {"keep": (0.02, 0.97), "invest": (0.98, 0.97), "self_service": (0.02, 0.03), "develop": (0.98, 0.03)}
    for name, (left, high) in spots.items():
        words = _("{effort}: {count}").format(effort=label(name, "effort"), count=f"{int(counts.get(name, 0)):,}")
        ax.text(left, high, words, transform=ax.transAxes, ha="left" if left < 0.5 else "right", va="top" if high > 0.5 else "bottom",
                fontweight="bold", bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1.5})  # fmt: skip
    dropped = table["drop_decision"].value_counts()
    ax.set_title(_("Do not pay: {drop} dropped (orange), {again} looked at again (yellow)").format(
        drop=int(dropped.get("drop", 0)), again=int(dropped.get("look_again", 0))))  # fmt: skip
    for axis, values, which in ((ax.xaxis, x, "x"), (ax.yaxis, y, "y")):
        ticks = np.array([-1000, -100, -10, 0, 10, 100, 1000, 10000])
        bent = np.arcsinh(ticks / 10)
        inside = (bent >= values.min() - 0.6) & (bent <= values.max() + 0.6)
        axis.set_ticks(bent[inside], [f"{tick:,}".replace("-", "−") for tick in ticks[inside]])
        getattr(ax, f"set_{which}lim")(values.min() - 0.6, values.max() + 0.6)
    ax.set_xlabel(_("Margin that growth may bring, yuan a year"))
    ax.set_ylabel(_("Contribution, yuan a year"))
    return ax


def monthly_parcels(months: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw one customer's parcels month by month, the peak marked.

    Answers: when does this customer need us most?

    Parameters
    ----------
    months : Series of counts, indexed by month (periods)
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        There are no months.

    >>> len(monthly_parcels(pd.Series([3, 5], index=pd.period_range("2026-01", "2026-02", freq="M"))).patches)
    2
    """
    if not isinstance(months, pd.Series) or months.empty:
        raise ValueError(_("This figure needs a Series of counts by month."))
    ax = canvas(ax, height=2.8)
    peak = months.max()
    drawn = ax.bar(range(len(months)), months, color=[theme.ORANGE if count == peak else theme.BLUE for count in months])
    ax.bar_label(drawn, [f"{count:,}" for count in months], padding=2, fontsize=9)
    month_axis(ax, months.index)
    ax.set_ylim(0, 1.15 * max(float(months.max()), 1.0))
    ax.set_title(_("Parcels a month"))
    ax.yaxis.set_visible(False)
    ax.spines["left"].set_visible(False)
    return ax


def _bare(ax: Axes) -> Axes:
    """The numbers stand beside the bars; an axis would say them twice."""
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax
