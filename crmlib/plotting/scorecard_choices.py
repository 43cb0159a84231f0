"""Figures of decisions: what an investment hangs on, which tool wins under which weights, and whom to win."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.churn_model import require_result
from crmlib.plotting.label_places import place_labels

if TYPE_CHECKING:
    from crmlib.scorecard import ReturnOnInvestment, StakeholderMap, ToolChoice


def investment_tornado(result: ReturnOnInvestment, *, ax: Axes | None = None) -> Axes:
    """Draw the net present value as each item goes from its low to its high end.

    Answers: what must we know better before we decide?

    Parameters
    ----------
    result : ReturnOnInvestment
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Howard (1988), tornado diagrams.

    >>> from crmlib.scorecard import cost_of_ownership, return_on_investment
    >>> gain = pd.DataFrame({"benefit": ["calls"], "yuan_per_year": [500.0], "low": [400.0], "high": [600.0]})
    >>> investment_tornado(return_on_investment(gain, cost_of_ownership(users=2), rng=0, draws=50)).has_data()
    True
    """
    require_result(result, ("tornado", "cash", "break_even"), "crm.scorecard.return_on_investment")
    table = result.tornado.iloc[::-1].reset_index(drop=True)
    middle, low, high = result.table.set_index("money_measure").loc["net_present_value", ["value", "low", "high"]]
    ax = canvas(ax, height=1.9 + 0.45 * len(table))
    colours = {"benefit": theme.GREEN, "cost": theme.BLUE, "discount": theme.GREY}
    ax.axvspan(low, high, color=theme.PALE, alpha=0.5, zorder=0)
    for row, one in table.iterrows():
        ends = sorted((one["low_yuan"], one["high_yuan"]))
        ax.barh(row, ends[1] - ends[0], left=ends[0], height=0.6, color=colours[one["kind"]], zorder=2)
    ax.axvline(middle, color=theme.INK, linewidth=1.4, zorder=3)
    ax.axvline(0, color=theme.ORANGE, linewidth=1.6, linestyle=(0, (4, 2)), zorder=3)
    names = [label(one["money_item"], "benefit" if one["kind"] == "benefit" else "money_item") for _row, one in table.iterrows()]
    ax.set_yticks(range(len(table)), names)
    for tick, kind in zip(ax.get_yticklabels(), table["kind"], strict=True):
        tick.set_color(colours[kind])
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.use_sticky_edges = False
    ax.margins(x=0.04)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_title(_("chance that it pays {chance:.0%}; pays from {share:.0%} of the benefits on").format(
        chance=result.chance_positive, share=result.break_even), fontsize=10.5)  # fmt: skip
    ax.set_xlabel(
        _("Net present value, yuan; black: the middle; dashed: just pays; shaded: {level:.0%} interval of all together").format(
            level=result.level
        ),
        fontsize=9.5,
        loc="right",
    )
    return ax


def tool_weights(choice: ToolChoice, *, ax: Axes | None = None) -> Axes:
    """Draw each tool's score against the weight of the criterion whose change topples the winner first, with the tools' wins.

    Answers: would we still choose it if we weighed a little differently?

    Parameters
    ----------
    choice : ToolChoice
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else, or no tool is left.

    Source: own.

    >>> from crmlib.scorecard import choose_tool, tool_example
    >>> own = tool_example()
    >>> len(tool_weights(choose_tool(own.scores, own.weights, rng=0, draws=50)).lines) >= 4
    True
    """
    require_result(choice, ("switches", "criteria", "weights"), "crm.scorecard.choose_tool")
    if choice.winner is None:
        raise ValueError(_("Every tool fails a requirement; none is left to choose."))
    ax = canvas(ax, height=4.6)
    near = choice.switches.dropna(subset=["change"])
    one = near.loc[near["change"].abs().idxmin()] if len(near) else choice.switches.loc[choice.switches["weight"].idxmax()]
    criterion, others = one["criterion"], choice.weights.drop(one["criterion"])
    means = choice.criteria.pivot(index="tool", columns="criterion", values="score")
    rest = means[others.index] @ (others / others.sum()) if others.sum() > 0 else 0 * means[criterion]
    tips, weight = [], np.array([0.0, 1.0])
    colours = dict(zip(choice.table["tool"], theme.PALETTE, strict=False))
    for row in choice.table.itertuples(index=False):
        heights = weight * means.at[row.tool, criterion] + (1 - weight) * rest[row.tool]
        out = row.knocked_out_by != ""
        colour = theme.GREY if out else colours.get(row.tool, theme.INK)
        ax.plot(weight, heights, color=colour, linewidth=1.4 if out else 2.4, linestyle=(0, (2, 2)) if out else "-", zorder=2)
        said = label(row.knocked_out_by, "requirement") if out else f"{row.wins_share:.0%} | {row.wins_any:.0%}"
        words = _("{tool}  out: {requirement}").format(tool=row.tool, requirement=said) if out else f"{row.tool}  {said}"
        tips.append((heights[1], words, colour))
        if not out:
            now = one["weight"] + 0.012 * (len(tips) - 2)
            ax.errorbar(
                now,
                row.score,
                yerr=[[row.score - row.low], [row.high - row.score]] if np.isfinite(row.low) else None,
                fmt="o",
                color=colour,
                markersize=6,
                elinewidth=1,
                capsize=3,
                alpha=0.85,
                zorder=3,
            )
    low, high = ax.get_ylim()
    last = -np.inf
    for height, words, colour in sorted(tips):
        last = max(height, last + 0.075 * (high - low))
        ax.text(1.02, last, words, transform=ax.get_yaxis_transform(), va="center", color=colour, fontweight="bold", fontsize=10)
    ax.text(1.02, 1.02, _("tool   wins near | anywhere"), transform=ax.transAxes, va="bottom", color=theme.GREY, fontsize=9)
    ax.axvline(one["weight"], color=theme.INK, linewidth=1.2, zorder=1)
    if pd.notna(one["weight_at_switch"]):
        ax.axvline(one["weight_at_switch"], color=theme.ORANGE, linewidth=1.4, linestyle=(0, (4, 2)), zorder=1)
        ax.text(
            0.01,
            1.02,
            _("chosen weight {weight:.0%} (black); at {other:.0%} (dashed) {tool} wins").format(
                weight=one["weight"], other=one["weight_at_switch"], tool=one["new_winner"]
            ),
            transform=ax.transAxes,
            va="bottom",
            fontsize=9.5,
        )
    ax.set_xlim(0, 1)
    percent_axis(ax, "x")
    ax.set_ylabel(_("Weighted score, 1 to 5"))
    ax.set_xlabel(
        _("Weight of {criterion}, the others in proportion; bars: raters' interval").format(criterion=label(criterion, "criterion")),
        fontsize=9.5,
    )
    return ax


def stakeholder_grid(found: StakeholderMap, *, ax: Axes | None = None) -> Axes:
    """Draw people by interest and power, coloured by stance, a ring around those who must be won.

    Answers: whom must we win?

    Parameters
    ----------
    found : StakeholderMap
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Mendelow (1991).

    >>> from crmlib.scorecard import stakeholders
    >>> stakeholder_grid(stakeholders()).has_data()
    True
    """
    require_result(found, ("table",), "crm.scorecard.stakeholders")
    table = found.table
    ax = canvas(ax, height=5.2)
    ax.set_xlim(0.5, 5.7)
    ax.set_ylim(0.5, 5.6)
    ax.axvline(3.5, color=theme.PALE, linewidth=2, zorder=0)
    ax.axhline(3.5, color=theme.PALE, linewidth=2, zorder=0)
    for x, y, code, across in (
        (0.58, 5.5, "keep_satisfied", "left"),
        (5.62, 5.5, "manage_closely", "right"),
        (0.58, 0.6, "monitor", "left"),
        (5.62, 0.6, "keep_informed", "right"),
    ):
        ax.text(
            x, y, label(code, "quadrant"), ha=across, va="top" if y > 3 else "bottom", color=theme.GREY, fontsize=11.5, fontweight="bold"
        )
    # People on one spot stand side by side.
    beside = table.groupby(["influence", "interest"]).cumcount()
    across = table["interest"] + 0.22 * beside
    colours = [theme.ORANGE if stance < 0 else theme.YELLOW if stance == 0 else theme.GREEN for stance in table["stance"]]
    ax.scatter(across, table["influence"], s=110, c=colours, zorder=3)
    won = table["must_win"].to_numpy()
    ax.scatter(across[won], table.loc[won, "influence"], s=330, facecolors="none", edgecolors=theme.INK, linewidths=1.6, zorder=4)
    place_labels(
        ax,
        across.to_numpy(),
        table["influence"].to_numpy(),
        [label(one, "stakeholder") for one in table["stakeholder"]],
        colours=[theme.INK] * len(table),
        avoid=[(x - 0.13, y - 0.13, x + 0.13, y + 0.13) for x, y in zip(across[won], table["influence"][won], strict=True)],
    )
    for place, (colour, words) in enumerate(
        ((theme.ORANGE, _("against")), (theme.YELLOW, _("undecided")), (theme.GREEN, _("for it")), (theme.INK, _("○ must be won")))
    ):
        ax.text(0.02 + 0.2 * place, 1.01, words if place == 3 else f"● {words}", transform=ax.transAxes, color=colour, va="bottom")
    ax.set_xticks(range(1, 6))
    ax.set_yticks(range(1, 6))
    ax.set_xlabel(_("Interest, 1 to 5"))
    ax.set_ylabel(_("Power, 1 to 5"))
    return ax
