"""Figures for deciding what to mend first: importance by two roads, the four quadrants, better and worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.label_places import place_labels
from crmlib.plotting.satisfaction import wanted
from crmlib.segments.labels import segment_label

if TYPE_CHECKING:
    from crmlib.satisfaction.importance import ImportanceWeights
    from crmlib.satisfaction.kano import Kano
    from crmlib.satisfaction.priorities import ImportancePerformance

_QUADRANT_COLOURS = {"concentrate": theme.ORANGE, "keep_up": theme.BLUE, "low_priority": theme.GREY, "overdone": theme.GREEN}
_KANO_COLOURS = {
    "attractive": theme.GREEN, "one_dimensional": theme.BLUE, "must_be": theme.ORANGE, "indifferent": theme.GREY, "reverse": theme.PURPLE,
    "questionable": theme.YELLOW,
}  # fmt: skip


def importance_weights(result: ImportanceWeights, *, ax: Axes | None = None) -> Axes:
    """Draw what customers say matters beside what goes with their satisfaction, as shares with intervals.

    Answers: do customers' words agree with their answers?

    Parameters
    ----------
    result : ImportanceWeights, from :func:`crmlib.satisfaction.importance_weights`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Johnson (2000).

    >>> from crmlib.satisfaction import importance_weights as estimate
    >>> table = pd.DataFrame({"a": [1, 2, 3, 4], "b": [2, 1, 4, 3], "satisfaction_1": [1, 2, 3, 4]})
    >>> importance_weights(estimate(table, ["a", "b"], rng=1)).has_data()
    True
    """
    from crmlib.satisfaction.tree import node_label

    wanted(result, "r_squared", "crm.satisfaction.importance_weights")
    table = result.table.iloc[::-1].sort_values("derived_share", kind="stable", na_position="first")
    ax = canvas(ax, height=1.3 + 0.62 * len(table))
    place = np.arange(len(table))
    shown = [(0.17, "derived", theme.BLUE, _("goes with satisfaction")), (-0.17, "stated", theme.GREY, _("customers say"))]
    top = 0.0
    for shift, name, colour, words in shown:
        share = table[f"{name}_share"].astype(float)
        if share.isna().all():
            continue
        low, high = table[f"{name}_low"], table[f"{name}_high"]
        ax.hlines(place + shift, low, high, color=colour, linewidth=2.2)
        ax.plot(share, place + shift, "o", color=colour, markersize=7)
        ends = high.fillna(share)
        for number, (value, end) in enumerate(zip(share, ends, strict=True)):
            last = number == len(table) - 1
            ax.annotate(f"{value:.0%}" + (f"  {words}" if last else ""), (end, number + shift), xytext=(7, 0), textcoords="offset points",
                        va="center", color=colour)  # fmt: skip
        top = max(top, float(ends.max()))
    ax.set_yticks(place, [node_label(code, result.tree) for code in table.index])
    ax.set(xlim=(0, top * 1.45 + 0.02), ylim=(-0.6, len(table) - 0.4))
    percent_axis(ax, "x")
    ax.set_xlabel(_("Share of importance; lines: {level:.0%} interval").format(level=result.level))
    ax.tick_params(axis="y", length=0)
    return ax


def importance_performance(result: ImportancePerformance, *, ax: Axes | None = None) -> Axes:
    """Draw the drivers in their four quadrants, with intervals; a driver whose quadrant is doubtful is hollow.

    Answers: what is to be mended first, and is that sure?

    Parameters
    ----------
    result : ImportancePerformance, from :func:`crmlib.satisfaction.importance_performance`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Martilla and James (1977).

    >>> from crmlib.satisfaction import importance_performance as estimate
    >>> table = pd.DataFrame({"a": [2, 3, 2, 3], "b": [9, 8, 9, 9], "satisfaction_1": [5, 6, 5, 7]})
    >>> importance_performance(estimate(table, ["a", "b"], importance={"a": 9, "b": 4}, rng=1)).has_data()
    True
    """
    from crmlib.satisfaction.tree import node_label

    wanted(result, "importance_at", "crm.satisfaction.importance_performance")
    table, ax = result.table, canvas(ax, height=5.2 if len(result.table) <= 10 else 7.5)
    x_low, x_high = _ends(table, "performance", result.performance_at)
    y_low, y_high = _ends(table, "importance", result.importance_at)
    ax.set(xlim=(x_low, x_high), ylim=(y_low, y_high))
    ax.axvline(result.performance_at, color=theme.GREY, linewidth=1, zorder=1)
    ax.axhline(result.importance_at, color=theme.GREY, linewidth=1, zorder=1)
    corners = {"concentrate": (0.01, 0.985), "keep_up": (0.99, 0.985), "low_priority": (0.01, 0.015), "overdone": (0.99, 0.015)}
    for code, (x, y) in corners.items():
        ax.text(x, y, segment_label(code, "quadrant"), transform=ax.transAxes, ha="left" if x < 0.5 else "right",
                va="top" if y > 0.5 else "bottom", color=_QUADRANT_COLOURS[code], fontweight="bold", alpha=0.75)  # fmt: skip
    avoid = [_corner(ax, code, corners[code]) for code in corners]
    avoid += [(result.performance_at, y_low, result.performance_at, y_high), (x_low, result.importance_at, x_high, result.importance_at)]
    colours = [_QUADRANT_COLOURS[code] for code in table["quadrant"]]
    strokes = _strokes(len(table))
    for row, colour in zip(table.itertuples(), colours, strict=True):
        ax.hlines(row.importance, row.performance_low, row.performance_high, color=colour, **strokes, zorder=2)
        ax.vlines(row.performance, row.importance_low, row.importance_high, color=colour, **strokes, zorder=2)
        ax.plot(row.performance, row.importance, "o", markersize=8, color=colour, markerfacecolor=colour if row.sure else "white", zorder=4)
        avoid += _cross(row.performance, row.importance, row.performance_low, row.performance_high, row.importance_low, row.importance_high)
    place_labels(ax, table["performance"].to_list(), table["importance"].to_list(), [node_label(code, result.tree) for code in table.index],
                 colours=colours, avoid=avoid)  # fmt: skip
    ax.set_xlabel(_("Performance; lines: {level:.0%} interval; hollow: the quadrant is not sure").format(level=result.level))
    ax.set_ylabel(_("Importance"))
    return ax


def kano_better_worse(result: Kano, *, ax: Axes | None = None) -> Axes:
    """Draw how much each feature pleases when there against how much it displeases when missing, with intervals.

    Answers: what must never fail, and what would delight?

    Parameters
    ----------
    result : Kano, from :func:`crmlib.satisfaction.kano`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Berger et al. (1993), better and worse after Timko.

    >>> from crmlib.satisfaction import kano
    >>> kano_better_worse(kano(pd.DataFrame({"photo_with": [1, 1, 3], "photo_without": [3, 4, 3]}))).has_data()
    True
    """
    wanted(result, "set_aside", "crm.satisfaction.kano")
    table, ax = result.table.dropna(subset=["better", "worse"]), canvas(ax, height=5.6)
    if table.empty:
        raise ValueError(_("There is nothing to draw: the table has no rows."))
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.axvline(0.5, color=theme.GREY, linewidth=1, zorder=1)
    ax.axhline(0.5, color=theme.GREY, linewidth=1, zorder=1)
    corners = {"attractive": (0.01, 0.985), "one_dimensional": (0.99, 0.985), "indifferent": (0.01, 0.015), "must_be": (0.99, 0.015)}
    for code, (x, y) in corners.items():
        ax.text(x, y, segment_label(code, "kano"), transform=ax.transAxes, ha="left" if x < 0.5 else "right",
                va="top" if y > 0.5 else "bottom", color=_KANO_COLOURS[code], fontweight="bold", alpha=0.75)  # fmt: skip
    if (table["kano"] == "reverse").any():
        corners["reverse"] = (0.01, 0.075)
        ax.text(0.01, 0.075, segment_label("reverse", "kano"), transform=ax.transAxes, ha="left", va="bottom", color=_KANO_COLOURS["reverse"],
                fontweight="bold", alpha=0.75)  # fmt: skip
    avoid = [*(_corner(ax, code, corners[code]) for code in corners), (0.5, 0, 0.5, 1), (0, 0.5, 1, 0.5)]
    colours = [_KANO_COLOURS[code] for code in table["kano"]]
    strokes = _strokes(len(table))
    for row, colour in zip(table.itertuples(), colours, strict=True):
        ax.hlines(row.better, -row.worse_high, -row.worse_low, color=colour, **strokes, zorder=2)
        ax.vlines(-row.worse, row.better_low, row.better_high, color=colour, **strokes, zorder=2)
        ax.plot(-row.worse, row.better, "o", markersize=8, color=colour, markerfacecolor=colour if row.fong else "white", zorder=4)
        avoid += _cross(-row.worse, row.better, -row.worse_high, -row.worse_low, row.better_low, row.better_high)
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    ax.set_xlabel(_("Displeased without it; lines: {level:.0%} interval; hollow: two classes about level").format(level=result.level))
    ax.set_ylabel(_("Pleased with it"))
    # The axes have their room only now; labels that are placed before would stand over their edge.
    place_labels(ax, (-table["worse"]).to_list(), table["better"].to_list(), [segment_label(code, "kano_feature") for code in table.index],
                 colours=colours, avoid=avoid)  # fmt: skip
    return ax


def _strokes(points: int) -> dict[str, float]:
    """Lines of error step back where there are many points, so that the names can be read."""
    return {"linewidth": 1.6, "alpha": 1.0} if points <= 10 else {"linewidth": 1.0, "alpha": 0.3}


def _ends(table: pd.DataFrame, name: str, at: float) -> tuple[float, float]:
    values = np.append(table[[name, f"{name}_low", f"{name}_high"]].to_numpy(dtype=float).ravel(), at)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = (high - low) or abs(high) or 1.0
    return low - 0.16 * room, high + 0.16 * room


def _cross(x: float, y: float, x_low: float, x_high: float, y_low: float, y_high: float) -> list[tuple[float, float, float, float]]:
    ends = np.nan_to_num([x_low - x, x_high - x, y_low - y, y_high - y])
    return [(x + ends[0], y, x + ends[1], y), (x, y + ends[2], x, y + ends[3])]


def _corner(ax: Axes, code: str, at: tuple[float, float]) -> tuple[float, float, float, float]:
    """The room that the name of a quadrant takes, in units of the data."""
    (x_low, x_high), (y_low, y_high) = ax.get_xlim(), ax.get_ylim()
    wide, high = 0.22 * (x_high - x_low), 0.07 * (y_high - y_low)
    left = x_low if at[0] < 0.5 else x_high - wide
    down = y_low if at[1] < 0.5 else y_high - high
    return left, down, left + wide, down + high
