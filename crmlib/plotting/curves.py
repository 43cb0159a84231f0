"""Curves of customers against revenue: the Pareto picture and the concentration curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need, percent_axis

if TYPE_CHECKING:
    from crmlib.segments.concentration import Concentration


def pareto(classes: pd.DataFrame, *, guess_percent: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw the customers' cumulative share against the revenue that they bring, largest customers first.

    Answers: how far up has the revenue come when the first 20% of customers are counted?

    Parameters
    ----------
    classes : DataFrame from :func:`crmlib.segments.abc_classes`
    guess_percent : float, percent (0–100), optional
        What the reader guessed that A and B together bring; drawn as a dashed line.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The table is another, or the guess is no percentage.

    Source: 《快递客户关系管理》, project 1, task 1 (ABC 客户分类法).

    >>> from crmlib.segments import abc_classes
    >>> ax = pareto(abc_classes(pd.Series({"c1": 10.0, "c2": 80.0, "c3": 6.0, "c4": 3.0, "c5": 1.0})), guess_percent=50)
    >>> len(ax.lines)
    4
    """
    need(classes, ["cumulative_share", "abc"], "crm.segments.abc_classes")
    guess = _guess(guess_percent)
    ax = canvas(ax)
    customers = len(classes)
    reached = np.concatenate([[0.0], classes["cumulative_share"].to_numpy()])
    _class_bands(ax, classes["abc"])
    ax.plot(np.arange(customers + 1) / customers, reached, color=theme.BLUE, zorder=3)
    top = int((classes["abc"] != "C").sum())
    share, value = top / customers, float(reached[top])
    ax.plot([share, share], [0, value], color=theme.INK, linewidth=1, zorder=2)
    ax.plot(share, value, "o", color=theme.BLUE, markersize=7, zorder=4)
    ax.set(xlim=(0, 1), ylim=(0, 1.04))
    ax.set_xlabel(_("Share of customers, largest first"))
    ax.set_ylabel(_("Share of revenue"))
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    ax.grid(axis="y")
    if guess is not None:
        _guess_line(ax, guess, guess_percent)
    _reached_label(ax, share, value, guess)
    return ax


def _guess_line(ax: Axes, guess: float, percent: float) -> None:
    above = guess < 0.9
    ax.axhline(guess, color=theme.ORANGE, linestyle=(0, (5, 4)), linewidth=1.5, zorder=2)
    ax.annotate(
        _("your guess: {percent:g}%").format(percent=percent), (0.985, guess), xytext=(0, 4 if above else -4),
        textcoords="offset points", ha="right", va="bottom" if above else "top", color=theme.ORANGE, zorder=5,
    )  # fmt: skip


def _reached_label(ax: Axes, share: float, value: float, guess: float | None) -> None:
    """Right of the point and under the curve, which rises to the right; out of the way of the guess and its label."""
    roomy = share <= 0.4
    height, clear = (value - 0.075, 0.05) if roomy else (0.5 * value, 0.12)
    if guess is not None and abs(height - guess) < clear:
        height = guess - clear - 0.01
    ax.annotate(
        _("the top {share:.0%} bring {value:.1%} of revenue").format(share=share, value=value), (share, value),
        xytext=(share + 0.04 if roomy else 0.985, max(height, 0.12)), textcoords="data", ha="left" if roomy else "right", va="center",
        color=theme.BLUE, fontweight="bold", zorder=5, bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1.5},
        arrowprops={"arrowstyle": "-", "color": theme.BLUE, "linewidth": 0.8, "shrinkB": 4},
    )  # fmt: skip


def _guess(percent: float | None) -> float | None:
    if percent is None:
        return None
    if isinstance(percent, str):
        raise ValueError(_('guess_percent is text ("{value}"). Remove the quotation marks and the sign: write 50 for 50%.').format(
            value=percent))  # fmt: skip
    if isinstance(percent, bool) or not np.isscalar(percent) or not (percent == 0 or 1 <= percent <= 100):
        raise ValueError(_("guess_percent is {value}; it must be a number from 1 to 100: write 50 for 50%, not 0.5.").format(value=percent))
    return float(percent) / 100


def _class_bands(ax: Axes, abc: pd.Series) -> None:
    start = 0.0
    for letter, colour in zip("ABC", (theme.BLUE, theme.SKY, theme.GREY), strict=True):
        width = float((abc == letter).mean())
        if width:
            ax.axvspan(start, start + width, color=colour, alpha=0.14, linewidth=0, zorder=0)
            ax.text(start + width / 2, 0.02, letter, ha="center", va="bottom", fontweight="bold", color=theme.INK, zorder=5)
        start += width


def concentration(result: Concentration, *, ax: Axes | None = None) -> Axes:
    """Draw the concentration curve, the interval at the top share, and the line of equal customers.

    Answers: how unequal are the customers, and how sure is the share of the top ones?

    Parameters
    ----------
    result : Concentration, from :func:`crmlib.segments.concentration`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Lorenz (1905), turned round so that the largest customers come first.

    >>> from crmlib.segments import concentration as estimate
    >>> concentration(estimate(pd.Series({"c1": 80.0, "c2": 15.0, "c3": 5.0}), rng=1)).has_data()
    True
    """
    if not hasattr(result, "curve"):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(
            maker="crm.segments.concentration", kind=type(result).__name__))  # fmt: skip
    ax = canvas(ax)
    x, y = result.curve["customer_share"].to_numpy(), result.curve["revenue_share"].to_numpy()
    ax.fill_between(x, x, y, color=theme.SKY, alpha=0.18, linewidth=0)
    ax.plot(x, y, color=theme.BLUE)
    ax.plot([0, 1], [0, 1], color=theme.GREY, linewidth=1)
    ax.errorbar(
        [result.share], [result.revenue_share], yerr=[[result.revenue_share - result.low], [result.high - result.revenue_share]],
        fmt="o", color=theme.ORANGE, capsize=5, linewidth=2, markersize=6, zorder=4,
    )  # fmt: skip
    ax.set(xlim=(0, 1), ylim=(0, 1.04))
    ax.set_xlabel(_("Share of customers, largest first"))
    ax.set_ylabel(_("Share of revenue"))
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    ax.grid(axis="y")
    ax.text(
        0.5, 0.27, _("top {share:.0%}: {value:.1%} of revenue\n{level:.0%} interval {low:.1%} to {high:.1%}").format(
            share=result.share, value=result.revenue_share, level=result.level, low=result.low, high=result.high),
        va="center", color=theme.ORANGE, fontweight="bold", linespacing=1.5,
    )  # fmt: skip
    ax.text(0.5, 0.12, _("Gini {gini:.2f}: twice the tinted area").format(gini=result.gini), va="center", color=theme.BLUE)
    ax.text(0.985, 0.72, _("all customers alike"), ha="right", va="top", color=theme.GREY)
    return ax
