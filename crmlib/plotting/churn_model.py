"""Figures of a churn model: whom it reaches, whether its chances hold, what contacting brings, and why it worries."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _, language
from crmlib.plotting.canvas import canvas, percent_axis

if TYPE_CHECKING:
    from crmlib.churn import ChurnModel, ContactPolicies, ProfitThreshold, Reasons


def require_result(result: object, attributes: tuple[str, ...], maker: str) -> None:
    """Refuse a result that is not what `maker` gives.

    >>> require_result("text", ("upper",), "str")
    """
    if not all(hasattr(result, name) for name in attributes):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(maker=maker, kind=type(result).__name__))


def churn_gain(model: ChurnModel, *, ax: Axes | None = None) -> Axes:
    """Draw the share of leavers reached against the share of customers called, those with the highest chance first.

    Answers: if we can call only a tenth of the customers, how many of the leavers do we reach?

    Parameters
    ----------
    model : ChurnModel
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Neslin and others (2006), Defection Detection.

    >>> churn_gain.__name__
    'churn_gain'
    """
    require_result(model, ("gain", "metrics", "scores"), "crm.churn.churn_model")
    ax = canvas(ax)
    called, reached = model.gain["called"].to_numpy(), model.gain["reached"].to_numpy()
    rate = float(model.scores["churned"].mean())
    ax.plot([0, rate, 1], [0, 1, 1], color=theme.GREY, linewidth=1)
    ax.plot([0, 1], [0, 1], color=theme.GREY, linewidth=1, linestyle=(0, (5, 4)))
    ax.plot(called, reached, color=theme.BLUE, zorder=3)
    at = int(np.ceil(0.1 * (len(called) - 1)))
    ax.plot([0.1, 0.1], [0, reached[at]], color=theme.ORANGE, linewidth=1)
    ax.plot(0.1, reached[at], "o", color=theme.ORANGE, zorder=4)
    row = model.metrics.set_index("metric").loc["top_decile_lift"]
    ax.annotate(
        _("call a tenth: {reached:.0%} of the leavers reached,\n{lift:.1f} times as many as by lots ({low:.1f} to {high:.1f})").format(
            reached=reached[at], lift=row["value"], low=row["low"], high=row["high"]),
        (0.1, reached[at]), xytext=(0.97, 0.25), textcoords="axes fraction", ha="right", va="center", color=theme.ORANGE, fontweight="bold",
        linespacing=1.4, arrowprops={"arrowstyle": "-", "color": theme.ORANGE, "linewidth": 0.8},
    )  # fmt: skip
    ax.text(rate + 0.02, 1.015, _("all-knowing"), color=theme.GREY, va="bottom")
    ax.text(0.72, 0.69, _("by lots"), color=theme.GREY, va="top", ha="left")
    place = int(0.5 * len(called))
    ax.annotate(_("the model"), (called[place], reached[place]), xytext=(10, -12), textcoords="offset points", color=theme.BLUE, va="top")
    ax.set(xlim=(0, 1), ylim=(0, 1.09))
    ax.set_xlabel(_("Share of customers called, highest chance first"))
    ax.set_ylabel(_("Share of the leavers reached"))
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    ax.grid(axis="y")
    return ax


def churn_calibration(model: ChurnModel, *, ax: Axes | None = None) -> Axes:
    """Draw what was foretold of groups of customers against what came of them.

    Answers: when the model says 20%, do 20% leave?

    Parameters
    ----------
    model : ChurnModel
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Niculescu-Mizil and Caruana (2005): reliability diagrams.

    >>> churn_calibration.__name__
    'churn_calibration'
    """
    require_result(model, ("calibration", "metrics"), "crm.churn.churn_model")
    ax = canvas(ax)
    table = model.calibration
    x, y = table["foretold"].to_numpy(), table["observed"].to_numpy()
    top = 1.08 * max(float(table["high"].max()), float(x.max()))
    ax.plot([0, top], [0, top], color=theme.GREY, linewidth=1)
    ends = [y - table["low"], table["high"] - y]
    ax.errorbar(x, y, yerr=ends, fmt="o", color=theme.BLUE, capsize=4, linewidth=1.4, markersize=6, zorder=3)
    ax.set(xlim=(0, top), ylim=(0, top))
    ax.set_xlabel(_("Chance of leaving that was foretold (mean of the group)"))
    ax.set_ylabel(_("Share that left"))
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    ax.grid(axis="y")
    ax.text(0.94 * top, 0.90 * top, _("it came as foretold"), color=theme.GREY, ha="right", va="bottom",
            bbox={"facecolor": "white", "linewidth": 0, "alpha": 0.8, "pad": 1})  # fmt: skip
    row = model.metrics.set_index("metric").loc["observed_over_expected"]
    ax.text(0.03 * top, 0.95 * top, _("each point: a tenth of the customers,\nwith its {level:.0%} interval").format(level=model.level),
            color=theme.BLUE, va="top", linespacing=1.4)  # fmt: skip
    ax.text(0.97 * top, 0.05 * top, _("for 100 expected to leave, {ratio:.0f} left ({low:.0f} to {high:.0f})").format(
        ratio=100 * row["value"], low=100 * row["low"], high=100 * row["high"]), color=theme.INK, ha="right")  # fmt: skip
    return ax


def churn_profit(result: ProfitThreshold, *, threshold: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw the profit of contacting everybody from a chance on, against that chance.

    Answers: from which chance on should we call, and how exactly do we know?

    Parameters
    ----------
    result : ProfitThreshold
    threshold : float, 0–1, optional
        A threshold of the reader's own, marked too.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else, or the threshold is no share.

    Source: Verbeke and others (2012).

    >>> churn_profit.__name__
    'churn_profit'
    """
    require_result(result, ("curve", "formula_threshold"), "crm.churn.profit_threshold")
    ax = canvas(ax)
    curve = result.curve
    x = curve["threshold"].to_numpy()
    last = x[min(int((curve["contacted"] > 0).sum()) + 3, len(x) - 1)]
    ax.fill_between(x, curve["low"], curve["high"], color=theme.SKY, alpha=0.25, linewidth=0)
    ax.plot(x, curve["profit_yuan"], color=theme.BLUE, zorder=3)
    ax.axhline(0, color=theme.INK, linewidth=0.8)
    peak = float(curve["high"].max())
    low = min(float(curve.loc[curve["threshold"] >= 0.05, "low"].min()), -0.4 * peak)
    bottom = max(low, -1.6 * peak) if peak > 0 else low
    ax.set(xlim=(0, max(last, 0.05)), ylim=(bottom, 1.45 * peak if peak > 0 else -0.1 * bottom))
    ax.set_xlabel(_("Contact from this chance of leaving on"))
    ax.set_ylabel(_("Profit, yuan"))
    percent_axis(ax, "x")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.grid(axis="y")
    if result.formula_threshold <= 1:
        row = result.at(result.formula_threshold)
        ax.plot([row["threshold"]] * 2, [bottom, row["profit_yuan"]], color=theme.ORANGE, linewidth=1)
        ax.plot(row["threshold"], row["profit_yuan"], "o", color=theme.ORANGE, zorder=4)
        right = row["threshold"] < 0.45 * last
        ax.annotate(
            _("cost ÷ (success × margin) = {threshold:.0%}:\n{profit:,.0f} yuan ({low:,.0f} to {high:,.0f})").format(
                threshold=row["threshold"], profit=row["profit_yuan"], low=row["low"], high=row["high"]),
            (row["threshold"], row["profit_yuan"]), xytext=(0.98 if right else 0.02, 0.97), textcoords="axes fraction",
            ha="right" if right else "left", va="top", color=theme.ORANGE, fontweight="bold", linespacing=1.4, annotation_clip=False,
        )  # fmt: skip
    if threshold is not None:
        if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 <= threshold <= 1:
            raise ValueError(_("{name} is {value}; it must lie between 0 and 1 (write 20% as 0.2).").format(
                name="threshold", value=threshold))  # fmt: skip
        row = result.at(threshold)
        ax.axvline(threshold, color=theme.GREEN, linewidth=1.2)
        ax.text(threshold, bottom + 0.2 * (peak - bottom), _(" yours: {contacted:.0f} contacts, {profit:,.0f} yuan").format(
            contacted=row["contacted"], profit=row["profit_yuan"]), color=theme.GREEN, va="bottom", fontweight="bold", zorder=5,
            bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1})  # fmt: skip
    everybody = curve.iloc[0]
    ax.text(0.98, 0.04, _("contact all {count:,.0f}: {profit:,.0f} yuan").format(
        count=everybody["contacted"], profit=everybody["profit_yuan"]), transform=ax.transAxes, ha="right", color=theme.BLUE)  # fmt: skip
    return ax


def churn_importance(model: ChurnModel, *, most: int = 10, ax: Axes | None = None) -> Axes:
    """Draw how much the ranking loses when a feature is shuffled.

    Answers: what does the model live on?

    Parameters
    ----------
    model : ChurnModel
    most : int
        The most important so many.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Breiman (2001), permutation importance.

    >>> churn_importance.__name__
    'churn_importance'
    """
    require_result(model, ("importance", "metrics"), "crm.churn.churn_model")
    table = model.importance.head(most).iloc[::-1]
    ax = canvas(ax, height=1.2 + 0.36 * len(table))
    y = np.arange(len(table))
    value = table["importance"].to_numpy()
    sure = (table["low"] > 0).to_numpy()
    for place in y:
        colour = theme.BLUE if sure[place] else theme.GREY
        ax.errorbar([value[place]], [place], xerr=[[value[place] - table["low"].iloc[place]], [table["high"].iloc[place] - value[place]]],
                    fmt="o", color=colour, capsize=3, linewidth=1.6, markersize=6)  # fmt: skip
    ax.axvline(0, color=theme.INK, linewidth=0.8)
    ax.set_yticks(y, [label(name) for name in table["feature"]])
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(_("AUC lost when the feature is shuffled"))
    ax.grid(axis="x")
    if not sure.all():
        ax.text(0.98, 0.04, _("grey: may be nothing"), transform=ax.transAxes, ha="right", color=theme.GREY)
    return ax


def churn_reasons(result: Reasons, *, ax: Axes | None = None) -> Axes:
    """Draw what makes a customer's leaving likelier or less likely than the average customer's.

    Answers: why does the model worry about this customer?

    Parameters
    ----------
    result : Reasons
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Lundberg and Lee (2017).

    >>> churn_reasons.__name__
    'churn_reasons'
    """
    require_result(result, ("table", "average", "chance"), "crm.churn.reasons")
    telling = result.table[result.table["unusual"]] if result.table["unusual"].any() else result.table
    strongest = telling["log_odds"].abs().sort_values(ascending=False, kind="stable").index[:7]
    table = result.table.loc[sorted(strongest, reverse=True)]
    ax = canvas(ax, height=1.3 + 0.5 * len(table))
    y, push = np.arange(len(table)), table["log_odds"].to_numpy()
    ax.barh(y, push, color=[theme.ORANGE if value > 0 else theme.BLUE for value in push], height=0.55)
    ax.axvline(0, color=theme.INK, linewidth=0.8)
    width = 17 if language() == "zh" else 34
    # What stands in brackets gets a line of its own, so that no line ends within "2 days".
    parts = [re.split(r"\s*(?=[（(])", words, maxsplit=1) if len(words) > width else [words] for words in table["words"]]
    ax.set_yticks(y, ["\n".join(line for part in each for line in textwrap.wrap(part, width)) for each in parts])
    ax.tick_params(axis="y", length=0)
    span = max(push.max(), 0) - min(push.min(), 0)
    for place, value in enumerate(push):
        ax.text(value + (0.015 if value > 0 else -0.015) * span, place, f"{value:+.1f}", va="center", ha="left" if value > 0 else "right")
    ax.set_xlim(min(push.min(), 0) - 0.12 * span, max(push.max(), 0) + 0.12 * span)
    ax.set_xlabel(_("Push towards leaving (log-odds; the further right, the likelier)"))
    ax.set_title(_("{customer}: chance of leaving {chance:.0%} (average customer {average:.0%})").format(
        customer=result.customer_id, chance=result.chance, average=result.average))  # fmt: skip
    return ax


def contact_policies(result: ContactPolicies, *, ax: Axes | None = None) -> Axes:
    """Draw what each way of choosing whom to contact would have brought.

    Answers: which way of choosing pays?

    Parameters
    ----------
    result : ContactPolicies
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Verbeke and others (2012).

    >>> contact_policies.__name__
    'contact_policies'
    """
    require_result(result, ("table", "chosen", "advice"), "crm.churn.contact_policies")
    table = result.table.iloc[::-1].reset_index(drop=True)
    ax = canvas(ax, height=1.4 + 0.7 * len(table))
    for place, row in table.iterrows():
        colour = theme.ORANGE if row["policy"] == "own_margin" else theme.BLUE
        ends = [[row["profit_yuan"] - row["low"]], [row["high"] - row["profit_yuan"]]]
        ax.errorbar([row["profit_yuan"]], [place], xerr=ends, fmt="o", color=colour, capsize=4, markersize=7)
        ax.text(row["profit_yuan"], place + 0.17, _("{profit:,.0f} yuan").format(profit=row["profit_yuan"]), ha="center", va="bottom",
                color=colour, fontweight="bold", bbox={"facecolor": "white", "linewidth": 0, "pad": 1})  # fmt: skip
    ax.axvline(0, color=theme.INK, linewidth=0.8)
    ax.set_yticks(range(len(table)), [_("{policy}\n({count:,} contacts)").format(policy=label(row["policy"], "policy"), count=int(row["contacted"]))
                                      for _place, row in table.iterrows()])  # fmt: skip
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.5, len(table) - 0.3)
    ax.margins(x=0.12)
    ax.set_xlabel(_("Profit, yuan"))
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.grid(axis="x")
    return ax
