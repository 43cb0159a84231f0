"""Figures of why keeping pays: costs to win and keep, referrals, break-even, customers who do not pay, and the radar of maturity."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.credit import require_result

if TYPE_CHECKING:
    from crmlib.economics import BreakEven, Maturity, ReferralFacts, Referrals, Stays, WhoPays, WinKeep


def win_keep(result: WinKeep, *, ax: Axes | None = None) -> Axes:
    """Draw what winning a customer and keeping one for a year cost, with intervals.

    Answers: how much dearer is winning?

    Parameters
    ----------
    result : WinKeep, from :func:`crmlib.economics.win_versus_keep`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib.company import lark
    >>> from crmlib.economics import win_versus_keep
    >>> len(win_keep(win_versus_keep(lark(), start="2025-11-01", end="2026-11-01")).patches)
    2
    """
    require_result(result, ("table", "ratio", "said"), "crm.economics.win_versus_keep")
    ax, table = canvas(ax, height=2.4), result.table
    place = np.arange(len(table))
    error = np.array([table["cost_yuan"] - table["low"], table["high"] - table["cost_yuan"]])
    ax.barh(
        place, table["cost_yuan"], height=0.6, color=[theme.ORANGE, theme.BLUE], xerr=error, error_kw={"ecolor": theme.INK, "capsize": 4}
    )
    for spot, row in zip(place, table.itertuples(), strict=True):
        words = _("{cost:,.0f} yuan ({low:,.0f} to {high:,.0f})").format(cost=row.cost_yuan, low=row.low, high=row.high)
        ax.text(row.high + 0.03 * table["high"].max(), spot, words, va="center")
    ax.set_yticks(place, [label(name, "purpose") for name in table.index])
    ax.invert_yaxis()
    ax.set_xlim(0, 1.6 * float(table["high"].max()))
    ax.set_title(_("Winning costs {ratio:.1f} times as much as keeping (textbook: {said:g})").format(ratio=result.ratio, said=result.said))
    return _bare(ax)


def referral_sensitivity(result: Referrals, *, ax: Axes | None = None) -> Axes:
    """Draw the net with half and twice of each assumption, the one that matters most on top.

    Answers: which guess decides the result?

    Parameters
    ----------
    result : Referrals, from :func:`crmlib.economics.referral_arithmetic`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: the tornado diagram, Eschenbach (1992).

    >>> from crmlib.economics import referral_arithmetic
    >>> len(referral_sensitivity(referral_arithmetic(customers=100, satisfied=0.5, dissatisfied=0.1)).patches)
    12
    """
    require_result(result, ("sensitivity", "net"), "crm.economics.referral_arithmetic")
    table = result.sensitivity
    ax = canvas(ax, height=1.3 + 0.5 * len(table))
    ends = table[["net_low", "net_high"]].to_numpy()
    reach = max(float(np.abs(ends - result.net).max()), 1e-9)
    for spot, row in enumerate(table.itertuples()):
        for value, net, colour in ((row.low, row.net_low, theme.SKY), (row.high, row.net_high, theme.BLUE)):
            ax.barh(spot, net - result.net, left=result.net, height=0.6, color=colour)
            right = net >= result.net
            ax.text(net + (0.02 if right else -0.02) * reach, spot, _assumed(row.assumption, value), va="center",
                    ha="left" if right else "right", fontsize=9)  # fmt: skip
    ax.axvline(result.net, color=theme.INK, linewidth=1)
    ax.set_yticks(range(len(table)), [label(name, "assumption") for name in table["assumption"]])
    ax.invert_yaxis()
    low, high = min(float(ends.min()), result.net), max(float(ends.max()), result.net)
    ax.set_xlim(low - 0.3 * reach, high + 0.3 * reach)
    ax.set_xlabel(_("Net customers won; each assumption halved, doubled"))
    return ax


def _assumed(name: str, value: float) -> str:
    return f"{value:g}" if name in ("leads_each", "told_each") else f"{100 * value:.3g}%"


def referral_facts(result: ReferralFacts, *, ax: Axes | None = None) -> Axes:
    """Draw the leads and deals a satisfied customer brings: the textbook's figures beside the firm's.

    Answers: how far is the firm from the textbook's figures?

    Parameters
    ----------
    result : ReferralFacts, from :func:`crmlib.economics.referral_facts`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib.company import lark
    >>> from crmlib import economics
    >>> len(referral_facts(economics.referral_facts(lark(), start="2025-11-01", end="2026-11-01")).patches)
    4
    """
    require_result(result, ("table", "level"), "crm.economics.referral_facts")
    ax, table = canvas(ax, height=2.9), result.table.loc[["leads_each", "deals_each"]]
    most = float(table["said"].max())
    for spot, (name, row) in enumerate(table.iterrows()):
        ax.barh(spot - 0.2, row.said, height=0.36, color=theme.GREY)
        ax.barh(spot + 0.2, row.estimate, height=0.36, color=theme.BLUE)
        ax.text(row.said + 0.02 * most, spot - 0.2, _("textbook: {value:g}").format(value=row.said), va="center", color=theme.INK)
        words = _("our data: at most {value:.2f} a year").format(value=row.estimate)
        ax.text(row.estimate + 0.02 * most, spot + 0.2, words, va="center", color=theme.BLUE)
    ax.set_yticks(range(len(table)), [label(name, "fact") for name in table.index])
    ax.invert_yaxis()
    ax.set_xlim(0, 1.25 * most)
    return _bare(ax)


def break_even(result: BreakEven, *, stays: Stays | None = None, ax: Axes | None = None) -> Axes:
    """Draw what a customer is worth against retention, with the point where winning pays and where the firm stands.

    Answers: how many must stay?

    Parameters
    ----------
    result : BreakEven, from :func:`crmlib.economics.break_even_retention`
    stays : Stays, from its method `stays`, optional
        The firm's own retention, drawn as a line with its interval as a band.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib.economics import break_even_retention
    >>> len(break_even(break_even_retention(win_yuan=300, margin_yuan=150)).lines) >= 2
    True
    """
    require_result(result, ("table", "retention", "win_yuan"), "crm.economics.break_even_retention")
    ax, table = canvas(ax), result.table[np.isfinite(result.table["worth_yuan"])]
    ax.plot(table["stay_share"], table["worth_yuan"], color=theme.BLUE)
    ax.axhline(0, color=theme.INK, linewidth=1)
    if 0 < result.retention < 1:
        ax.plot([result.retention], [0], "o", color=theme.ORANGE, markersize=8)
        ax.annotate(_("pays from {retention:.0%} on").format(retention=result.retention), (result.retention, 0), xytext=(-8, 10),
                    textcoords="offset points", ha="right", color=theme.ORANGE, fontweight="bold")  # fmt: skip
    if stays is not None:
        low, high = ax.get_ylim()
        ax.axvspan(stays.low, stays.high, color=theme.GREEN, alpha=0.15, linewidth=0)
        ax.axvline(stays.share, color=theme.GREEN, linewidth=1.5)
        ax.annotate(_("ours: {share:.0%}").format(share=stays.share), (stays.share, low + 0.95 * (high - low)), xytext=(-6, 0),
                    textcoords="offset points", ha="right", va="top", color=theme.GREEN, fontweight="bold")  # fmt: skip
    percent_axis(ax, "x")
    ax.set_xlabel(_("Customers who stay from one year to the next"))
    ax.set_ylabel(_("Worth of a customer won, yuan"))
    return ax


def who_pays(result: WhoPays, *, ax: Axes | None = None) -> Axes:
    """Draw the contribution added up from the best customer to the worst.

    Answers: how much more would be there without those who do not pay?

    Parameters
    ----------
    result : WhoPays, from :func:`crmlib.economics.who_pays`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Kaplan and Narayanan (2001).

    >>> import pandas as pd
    >>> from crmlib import economics
    >>> paid = economics.who_pays(pd.DataFrame({"margin_yuan": [9.0, 2.0], "contribution_yuan": [5.0, -3.0]}, index=["c1", "c2"]))
    >>> len(who_pays(paid).lines) > 0
    True
    """
    require_result(result, ("table", "peak_yuan", "not_paying"), "crm.economics.who_pays")
    ax = canvas(ax)
    total = np.append(0.0, result.table["cumulative_yuan"].to_numpy())
    share = np.linspace(0, 1, len(total))
    turn = 1 - result.not_paying / len(result.table)
    ax.plot(share, total, color=theme.BLUE)
    ax.fill_between(share, total, result.peak_yuan, where=share >= turn, color=theme.ORANGE, alpha=0.25, linewidth=0)
    ax.annotate(_("{peak:,.0f} yuan from those who pay").format(peak=result.peak_yuan), (turn, result.peak_yuan), xytext=(-6, 8),
                textcoords="offset points", ha="right", color=theme.BLUE, fontweight="bold")  # fmt: skip
    ax.annotate(_("{count} do not pay: {lost:,.0f} yuan lost").format(count=result.not_paying, lost=result.peak_yuan - result.total_yuan),
                (1, result.total_yuan), xytext=(-6, -14), textcoords="offset points", ha="right", va="top", color=theme.ORANGE,
                fontweight="bold")  # fmt: skip
    percent_axis(ax, "x")
    low = min(0.0, float(total.min()))
    ax.set(xlim=(0, 1), ylim=(low, low + 1.15 * max(result.peak_yuan - low, 1e-9)))
    ax.set_xlabel(_("Customers, from the most to the least profitable"))
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set_ylabel(_("Contribution added up, yuan"))
    return ax


def maturity_radar(result: Maturity, *, ax: Axes | None = None) -> Axes:
    """Draw the seven contents as a radar chart, with the target.

    Answers: where is the firm strong, and where does it lag?

    Parameters
    ----------
    result : Maturity, from :func:`crmlib.economics.maturity`
    ax : matplotlib Axes in polar projection, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else, or `ax` is not polar.

    Notes
    -----
    Read the points along each axis. The area means nothing: it changes with the order of the contents.

    >>> from crmlib.economics import maturity, maturity_statements
    >>> maturity_radar(maturity({item: 3 for item in maturity_statements().index})).name
    'polar'
    """
    require_result(result, ("table", "weaknesses", "answered"), "crm.economics.maturity")
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.subplots(figsize=(7.6, 5.4), subplot_kw={"projection": "polar"})[1]
    if ax.name != "polar":
        raise ValueError(_('This figure needs polar axes: plt.subplots(subplot_kw={"projection": "polar"}).'))
    table = result.table
    turn = np.linspace(0, 2 * np.pi, len(table), endpoint=False)
    around = np.append(turn, turn[0])
    ax.set_theta_offset(np.pi / 2)
    ax.set_theta_direction(-1)
    ax.plot(around, np.append(table["target_points"], table["target_points"].iloc[0]), color=theme.GREY, linestyle="--", linewidth=1.2)
    ax.plot(around, np.append(table["mean_points"], table["mean_points"].iloc[0]), color=theme.BLUE)
    ax.fill(around, np.append(table["mean_points"], table["mean_points"].iloc[0]), color=theme.BLUE, alpha=0.15)
    if result.answered > 1:
        for angle, row in zip(turn, table.itertuples(), strict=True):
            ax.plot([angle, angle], [row.low, row.high], color=theme.BLUE, alpha=0.6, linewidth=3)
    ax.set_ylim(0, 5)
    ax.set_yticks([1, 2, 3, 4, 5], ["1", "2", "3", "4", "5"], color=theme.GREY, fontsize=8)
    ax.set_rlabel_position(180 / len(table))
    names = [fill(name, 14, break_long_words=False) for name in table["content_name"]]
    ax.set_xticks(turn, [f"{name}\n{points:.1f}" for name, points in zip(names, table["mean_points"], strict=True)])
    for angle, text in zip(turn, ax.get_xticklabels(), strict=True):
        side = np.sin(angle)
        text.set_ha("center" if abs(side) < 0.1 else "left" if side > 0 else "right")
    ax.grid(color=theme.PALE)
    ax.spines["polar"].set_visible(False)
    ax.set_title(_("Points of each content (dashed: target)"), loc="left", pad=18)
    return ax


def _bare(ax: Axes) -> Axes:
    """The numbers stand beside the bars; an axis would say them twice."""
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax
