"""Figures of the index tree, of SERVQUAL gaps and of the experience index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas
from crmlib.segments.labels import segment_label

if TYPE_CHECKING:
    from crmlib.satisfaction.experience import ExperienceIndex
    from crmlib.satisfaction.index import IndexScore
    from crmlib.satisfaction.servqual import ServqualGaps
    from crmlib.satisfaction.tree import IndexTree

_ROW = 0.29
_DEPTHS = (theme.INK, theme.BLUE, theme.SKY, theme.PALE)


def weights_of_tree(tree: IndexTree, *, ax: Axes | None = None) -> Axes:
    """Draw the nodes of an index tree with their weights in the whole.

    Answers: what counts how much?

    Parameters
    ----------
    tree : IndexTree, from :func:`crmlib.satisfaction.index_tree`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The tree is something else.

    Source: tree of 国家邮政局 快递服务公众满意度调查 (2021).

    >>> from crmlib.satisfaction import index_tree
    >>> len(weights_of_tree(index_tree()).patches)
    23
    """
    wanted(tree, "nodes", "crm.satisfaction.index_tree")
    nodes = [node for node in tree.nodes if node.depth]
    ax = canvas(ax, height=0.6 + _ROW * len(nodes))
    place = np.arange(len(nodes))
    colours = [_DEPTHS[min(node.depth, 3)] for node in nodes]
    drawn = ax.barh(place, [node.total_weight for node in nodes], height=0.72, color=colours)
    ax.bar_label(drawn, [f"{node.total_weight:.1%}" for node in nodes], padding=4, color=theme.INK)
    _tree_ticks(ax, tree, nodes, place)
    ax.set_xlim(0, 1.15 * max(node.total_weight for node in nodes))
    ax.set_title(_("Weight in the whole") + (_(" (teaching weights)") if tree.about.get("mark") == "teaching" else ""))
    _bare(ax)
    return ax


def index_scores(result: IndexScore, *, ax: Axes | None = None) -> Axes:
    """Draw the score of every node with its interval.

    Answers: at which stage, and at which item of it, do we lose the points?

    Parameters
    ----------
    result : IndexScore, from :func:`crmlib.satisfaction.index_score`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: tree of 国家邮政局 快递服务公众满意度调查 (2021).

    >>> from crmlib.satisfaction import index_score, index_tree
    >>> tree = index_tree({"about": {"low": 1, "high": 10}, "total": {"a": {"weight": 1, "column": "a"}}})
    >>> len(index_scores(index_score(pd.DataFrame({"a": [7, 9, 8]}), tree)).texts)
    2
    """
    wanted(result, "tree", "crm.satisfaction.index_score")
    table, nodes = result.table, result.tree.nodes
    ax = canvas(ax, height=0.8 + _ROW * len(nodes))
    place = np.arange(len(nodes))
    low, high = table["score_low"].fillna(table["score"]), table["score_high"].fillna(table["score"])
    colours = [_DEPTHS[min(node.depth, 2)] for node in nodes]
    ax.hlines(place, low, high, color=colours, linewidth=2.4)
    ax.scatter(table["score"], place, color=colours, s=[46 if node.depth < 2 else 26 for node in nodes], zorder=3)
    for number, (score, end) in enumerate(zip(table["score"], high, strict=True)):
        ax.annotate(f"{score:.1f}", (end, number), xytext=(6, 0), textcoords="offset points", va="center", color=theme.INK,
                    fontweight="bold" if nodes[number].depth < 2 else "normal")  # fmt: skip
    left, right = float(low.min()), float(high.max())
    room = max(right - left, 1.0)
    ax.grid(axis="x")
    _tree_ticks(ax, result.tree, nodes, place)
    ax.set_xlim(left - 0.08 * room, right + 0.16 * room)
    ax.set_xlabel(_("Score of 0 to 100; lines: {level:.0%} interval").format(level=result.level))
    ax.tick_params(axis="y", length=0)
    return ax


def servqual_gaps(result: ServqualGaps, *, ax: Axes | None = None) -> Axes:
    """Draw what is expected and what is perceived of each dimension, and the gap between.

    Answers: where do we fall shortest of what customers expect?

    Parameters
    ----------
    result : ServqualGaps, from :func:`crmlib.satisfaction.servqual_gaps`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Parasuraman, Zeithaml and Berry (1988).

    >>> from crmlib.satisfaction import servqual_gaps as estimate
    >>> len(servqual_gaps(estimate(pd.DataFrame({"care_1_expected": [6, 7], "care_1_perceived": [5, 5]}))).texts)
    3
    """
    wanted(result, "dimensions", "crm.satisfaction.servqual_gaps")
    table = result.dimensions.sort_values("gap", kind="stable")
    ax = canvas(ax, height=1.3 + 0.52 * len(table))
    place = np.arange(len(table))
    ax.hlines(place, table["perception"], table["expectation"], color=theme.PALE, linewidth=7, zorder=1)
    ax.plot(table["expectation"], place, "o", color=theme.GREY, markersize=8, zorder=3)
    ax.plot(table["perception"], place, "o", color=theme.BLUE, markersize=8, zorder=3)
    low, high = (float(getattr(table[["expectation", "perception"]].to_numpy(), end)()) for end in ("min", "max"))
    room = max(high - low, 0.2)
    for number, row in enumerate(table.itertuples()):
        words = (
            _("{gap:+.2f} ({low:+.2f} to {high:+.2f})")
            .format(gap=row.gap, low=row.gap_low, high=row.gap_high)
            .replace("-", "\N{MINUS SIGN}")
        )
        ax.text(high + 0.08 * room, number, words, va="center", color=theme.ORANGE, fontweight="bold")
    first = table.iloc[0]
    for column, colour, words in (("expectation", theme.GREY, _("expected")), ("perception", theme.BLUE, _("perceived"))):
        ax.annotate(words, (first[column], 0), xytext=(0, 9), textcoords="offset points", ha="center", va="bottom", color=colour)
    ax.set_yticks(place, [segment_label(code, "dimension") for code in table.index])
    ax.set(xlim=(low - 0.12 * room, high + 0.75 * room), ylim=(len(table) - 0.4, -0.75))
    ax.set_xlabel(_("Mean answer, {low:g} to {high:g} points; orange: the gap and its {level:.0%} interval").format(
        low=result.scale[0], high=result.scale[1], level=result.level))  # fmt: skip
    ax.tick_params(axis="y", length=0)
    return ax


def experience_change(result: ExperienceIndex, *, ax: Axes | None = None) -> Axes:
    """Draw the way from the earlier score to the later one, one step a branch, and one each for mix and weights where they moved anything.

    Answers: which branch moved the index?

    Parameters
    ----------
    result : ExperienceIndex, from :func:`crmlib.satisfaction.experience_index`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: a waterfall of the split in :func:`crmlib.satisfaction.experience_index`.

    >>> from crmlib.satisfaction import experience_index, index_tree
    >>> tree = index_tree({"about": {"low": 0, "high": 10}, "total": {"a": {"weight": 1, "column": "a"}}})
    >>> table = pd.DataFrame({"wave": [1, 1, 2, 2], "a": [6, 8, 8, 8]})
    >>> len(experience_change(experience_index(table, tree, min_answers=1)).patches)
    1
    """
    wanted(result, "drivers", "crm.satisfaction.experience_index")
    drivers = result.drivers
    steps = [(result.tree.label(code), value) for code, value in drivers["performance"].items()]
    for part, words in (("mix", _("other people answering")), ("weights", _("other weights"))):
        if drivers[part].abs().max() > 1e-12:
            steps.append((words, float(drivers[part].sum())))
    first, last = (float(result.table.at[period, "score"]) for period in (result.before, result.after))
    names = [period_name(result.before), *(name for name, _value in steps), period_name(result.after)]
    ax = canvas(ax, height=0.9 + 0.44 * len(names))
    tops = np.cumsum([first, *(value for _name, value in steps)])
    spread = max(tops.max(), last) - min(tops.min(), last)
    spread = max(spread, 0.5)
    left, right = min(tops.min(), last) - 0.15 * spread, max(tops.max(), last) + 0.3 * spread
    ax.plot([first, last], [0, len(names) - 1], "D", color=theme.INK, markersize=9)
    for number, (_name, value) in enumerate(steps, start=1):
        ax.barh(number, value, left=tops[number - 1], height=0.62, color=theme.BLUE if value >= 0 else theme.ORANGE)
        ax.plot([tops[number - 1]] * 2, [number - 0.69, number + 0.31], color=theme.GREY, linewidth=0.8, zorder=1)
        ax.annotate(f"{value:+.2f}".replace("-", "\N{MINUS SIGN}"), (max(tops[number - 1], tops[number]), number), xytext=(5, 0),
                    textcoords="offset points", va="center", color=theme.INK)  # fmt: skip
    for number, score in ((0, first), (len(names) - 1, last)):
        ax.annotate(
            f"{score:.1f}", (score, number), xytext=(9, 0), textcoords="offset points", va="center", fontweight="bold", color=theme.INK
        )
    ax.set_yticks(range(len(names)), names)
    ax.set(xlim=(left, right), ylim=(len(names) - 0.5, -0.6))
    ax.set_title(_("{change:+.1f} points, {level:.0%} interval {low:+.1f} to {high:+.1f}").format(
        change=result.change, level=result.level, low=result.change_low, high=result.change_high
    ).replace("-", "\N{MINUS SIGN}"))  # fmt: skip
    ax.grid(axis="x")
    ax.set_xlabel(_("Score of 0 to 100"))
    ax.tick_params(axis="y", length=0)
    return ax


def experience_trend(result: ExperienceIndex, *, ax: Axes | None = None) -> Axes:
    """Draw the index from period to period with its intervals.

    Answers: does it rise, or does it only waver?

    Parameters
    ----------
    result : ExperienceIndex, from :func:`crmlib.satisfaction.experience_index`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: 《2025国际快递行业客户关系管理体系研究》 (客户体验指数).

    >>> from crmlib.satisfaction import experience_index, index_tree
    >>> tree = index_tree({"about": {"low": 0, "high": 10}, "total": {"a": {"weight": 1, "column": "a"}}})
    >>> table = pd.DataFrame({"wave": [1, 1, 2, 2], "a": [6, 8, 8, 8]})
    >>> experience_trend(experience_index(table, tree, min_answers=1)).has_data()
    True
    """
    wanted(result, "drivers", "crm.satisfaction.experience_index")
    ax = canvas(ax)
    table = result.table
    place, there = np.arange(len(table)), table["enough"].to_numpy(dtype=bool)
    scored = table[there]
    ax.vlines(place[there], scored["score_low"], scored["score_high"], color=theme.SKY, linewidth=5)
    ax.plot(place[there], scored["score"], "o-", color=theme.BLUE)
    for number, row in zip(place[there], scored.itertuples(), strict=True):
        ax.annotate(f"{row.score:.1f}", (number, max(row.score, np.nan_to_num(row.score_high))), xytext=(0, 4), textcoords="offset points",
                    ha="center", va="bottom", fontweight="bold", color=theme.BLUE)  # fmt: skip
    low, high = scored["score_low"].fillna(scored["score"]).min(), scored["score_high"].fillna(scored["score"]).max()
    room = max(high - low, 0.5)
    ax.set(xlim=(-0.4, len(table) - 0.3), ylim=(low - 0.2 * room, high + 0.25 * room))
    for number in place[~there]:
        ax.text(number, low - 0.1 * room, _("too few"), ha="center", color=theme.GREY)
    ax.set_xticks(place, [_("{period}\n{sheets} sheets").format(period=period_name(period), sheets=sheets)
                          for period, sheets in table["sheets"].items()])  # fmt: skip
    ax.set_ylabel(_("Score; bars: {level:.0%} interval").format(level=result.level))
    ax.grid(axis="y")
    return ax


def period_name(period: object) -> str:
    """A month as 2026-10, a wave by its number.

    >>> period_name(pd.Timestamp("2026-10-01"))
    '2026-10'
    """
    if isinstance(period, pd.Timestamp):
        return f"{period:%Y-%m}"
    return _("wave {number:g}").format(number=period) if isinstance(period, (int, float, np.number)) else str(period)


def wanted(result: object, attribute: str, maker: str) -> None:
    """Refuse what `maker` did not make.

    >>> wanted(pd.DataFrame(), "columns", "pandas.DataFrame")
    """
    if not hasattr(result, attribute):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(maker=maker, kind=type(result).__name__))


def _tree_ticks(ax: Axes, tree: IndexTree, nodes: list, place: np.ndarray) -> None:
    ax.set_yticks(place, [tree.label(node.code) for node in nodes])
    for tick, node in zip(ax.get_yticklabels(), nodes, strict=True):
        tick.set_fontweight("bold" if node.depth < 2 else "normal")
        tick.set_color(theme.INK if node.depth < 2 else theme.GREY)
    ax.set_ylim(len(place) - 0.4, -0.6)


def _bare(ax: Axes) -> None:
    """The numbers stand beside the bars; an axis would say them twice."""
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
