"""Path models: constructs as boxes from left to right, arrows with their coefficients; and the map of importance and performance."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, Polygon

from crmlib import theme
from crmlib.i18n import _, language
from crmlib.plotting.canvas import canvas

if TYPE_CHECKING:
    from crmlib.structural import ConstructMap, PathBootstrap, PathModel

INDEX_PLACES: dict[str, tuple[float, float]] = {
    "image": (0, 0), "expectation": (0, 2), "quality": (1.15, 3), "value": (1.15, 1.2), "satisfaction": (2.4, 1.5), "loyalty": (3.5, 0),
    "complaint": (3.5, 3),
}  # fmt: skip
"""Column and row of the constructs of the satisfaction index, from the top left."""

_STEP = np.array([2.3, 1.15])
_HALF = np.array([0.66, 0.34])
_GAP, _HEAD = 0.05, 0.15
_STEPS = np.linspace(0, 1, 161)
_BENDS = (0.0, 0.05, -0.05, 0.1, -0.1, 0.18, -0.18, 0.26, -0.26, 0.36, -0.36)
_SPOTS = (0.5, 0.43, 0.57, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75)
_LABEL = np.array([0.27, 0.15])
_INCHES = 1.02


def plot_paths(
    result: PathModel,
    *,
    intervals: PathBootstrap | None = None,
    places: Mapping[str, tuple[float, float]] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a path model: one box a construct with its R², one arrow a path with its coefficient.

    Answers: what acts on what, how strongly, and which arrows are not sure?

    Parameters
    ----------
    result : PathModel, from :func:`crmlib.structural.path_model`
    intervals : PathBootstrap, optional
        From :func:`crmlib.structural.bootstrap_paths`; arrows whose interval includes 0 are dashed.
    places : construct → (column, row) from the top left, optional
        Where the boxes stand. Without it the satisfaction index has its usual places, and other models run from left to right.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Thicker arrows have larger coefficients; blue is positive, orange negative.

    Raises
    ------
    ValueError
        `result` or `intervals` is something else, belongs to another model, or a construct has no place.

    Source: the usual path diagram (Wright, 1934).

    >>> import pandas as pd
    >>> from crmlib.structural import path_model
    >>> answers = pd.DataFrame({"q": [1, 10, 10, 1, 10, 4], "s": [3, 9, 8, 4, 10, 2]})
    >>> result = path_model(answers, paths=[("quality", "satisfaction")], blocks={"quality": ["q"], "satisfaction": ["s"]})
    >>> [patch.get_gid() for patch in plot_paths(result).patches if patch.get_gid()]
    ['quality>satisfaction', 'quality', 'satisfaction']
    """
    if not hasattr(result, "cross_loadings"):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(
            maker="crm.structural.path_model", kind=type(result).__name__))  # fmt: skip
    if intervals is not None and (not hasattr(intervals, "drawn") or intervals.result.model != result.model):
        raise ValueError(_("intervals must be what {maker} gives for this same model.").format(maker="crm.structural.bootstrap_paths"))
    points = _points(result, places)
    if ax is None:
        ax = canvas(None)
        extent = np.ptp(np.array(list(points.values())), axis=0) + 2 * _HALF + [0.4, 1.5]
        ax.figure.set_size_inches(*(extent * _INCHES).clip([4.5, 2.6], 14))
    clear = dict.fromkeys(result.model.paths, True)
    if intervals is not None:
        clear = dict(zip(result.model.paths, intervals.paths["clear"], strict=True))
    taken: list[np.ndarray] = []
    drawn: list[np.ndarray] = []
    order = sorted(result.paths.itertuples(), key=lambda row: np.hypot(*(points[row.target] - points[row.driver])))
    for row in order:
        route = _route(row.driver, row.target, points, drawn)
        drawn.append(route)
        _arrow(ax, route, row.coefficient, clear[row.driver, row.target], f"{row.driver}>{row.target}")
    for row, route in zip(order, drawn, strict=True):
        _coefficient(ax, route, row.coefficient, points, taken, [other for other in drawn if other is not route])
    for name, point in points.items():
        _box(ax, name, point, float(result.constructs["r_squared"][name]))
    _finish(ax, np.concatenate([*drawn, *([point - _HALF, point + _HALF] for point in points.values())]), intervals)
    return ax


def construct_map(result: ConstructMap, *, ax: Axes | None = None) -> Axes:
    """Draw importance (to the right) against performance (upwards), one point a construct.

    Answers: what to mend first?

    Parameters
    ----------
    result : ConstructMap, from :func:`crmlib.structural.importance_performance_map`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Martilla and James (1977).

    >>> import pandas as pd
    >>> from crmlib.structural import importance_performance_map, path_model
    >>> answers = pd.DataFrame({"q": [1, 10, 10, 1, 10, 4], "s": [3, 9, 8, 4, 10, 2]})
    >>> result = path_model(answers, paths=[("quality", "satisfaction")], blocks={"quality": ["q"], "satisfaction": ["s"]})
    >>> len(construct_map(importance_performance_map(result)).collections)
    1
    """
    from crmlib.structural.labels import construct_label

    if not hasattr(result, "target_score"):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(
            maker="crm.structural.importance_performance_map", kind=type(result).__name__))  # fmt: skip
    ax = canvas(ax)
    table = result.table
    first = table["quadrant"] == "mend_first"
    ax.scatter(table["importance"], table["performance"], s=60, color=np.where(first, theme.ORANGE, theme.BLUE), zorder=3)
    across = _limits(table["importance"], result.middle[0], 0.18)
    up = _limits(table["performance"], result.middle[1], 0.2)
    ax.set(xlim=across, ylim=up)
    for row in table.itertuples():
        right = row.importance > across[0] + 0.8 * (across[1] - across[0])
        ax.annotate(construct_label(row.Index), (row.importance, row.performance), xytext=(-8 if right else 8, 0),
                    textcoords="offset points", ha="right" if right else "left", va="center", zorder=2,
                    bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none"})  # fmt: skip
    ax.axvline(result.middle[0], color=theme.GREY, linewidth=1, zorder=1)
    ax.axhline(result.middle[1], color=theme.GREY, linewidth=1, zorder=1)
    corners = ((1, 0, _("mend first")), (1, 1, _("keep it up")), (0, 0, _("can wait")), (0, 1, _("more than is needed")))
    for x, y, words in corners:
        ax.annotate(words, (x, y), xycoords="axes fraction", xytext=(-4 if x else 4, -4 if y else 4), textcoords="offset points",
                    ha="right" if x else "left", va="top" if y else "bottom", color=theme.GREY)  # fmt: skip
    ax.set_xlabel(_("importance: points that {target} gains when the construct gains one").format(target=construct_label(result.target)))
    ax.set_ylabel(_("performance, 0–100"))
    return ax


def _limits(values, middle: float, room: float) -> tuple[float, float]:
    low, high = min(float(values.min()), middle), max(float(values.max()), middle)
    width = high - low or abs(high) or 1.0
    return low - room * width, high + room * width


def _points(result: PathModel, places: Mapping[str, tuple[float, float]] | None) -> dict[str, np.ndarray]:
    names = list(result.model.blocks)
    chosen = dict(places) if places is not None else INDEX_PLACES if set(names) <= set(INDEX_PLACES) else _levels(result)
    lost = [name for name in names if name not in chosen]
    if lost:
        raise ValueError(_('The drawing has no place for "{code}"; it knows {known}.').format(code=lost[0], known=", ".join(chosen)))
    return {name: np.array([1.0, -1.0]) * np.array(chosen[name], dtype=float) * _STEP for name in names}


def _levels(result: PathModel) -> dict[str, tuple[float, float]]:
    """One column further right than the last of its drivers; within a column, ordered by where the drivers stand."""
    level: dict[str, int] = {}
    waiting = list(result.model.blocks)
    while waiting:
        for name in [name for name in waiting if set(result.model.drivers(name)) <= set(level)]:
            level[name] = max((level[driver] + 1 for driver in result.model.drivers(name)), default=0)
            waiting.remove(name)
    places: dict[str, tuple[float, float]] = {}
    alone = 0
    for column in range(max(level.values()) + 1):
        names = [name for name in level if level[name] == column]
        names.sort(key=lambda name: np.mean([places[driver][1] for driver in result.model.drivers(name)]) if column else 0)
        shift = 0.0
        if len(names) == 1 and column:
            # Boxes one behind the other on one line would hide the arrows that pass them.
            shift = 0.75 if alone % 2 else -0.75
            alone += 1
        for place, name in enumerate(names):
            places[name] = (column * 1.1, (place - (len(names) - 1) / 2) * 1.5 + shift)
    top = min(row for _column, row in places.values())
    return {name: (column, row - top) for name, (column, row) in places.items()}


def _route(driver: str, target: str, points: Mapping[str, np.ndarray], drawn: list[np.ndarray]) -> np.ndarray:
    """The straightest curve between two boxes that passes the others and crosses few arrows."""
    begin, end = points[driver], points[target]
    along = end - begin
    aside = np.array([-along[1], along[0]])
    best, cheapest = None, np.inf
    for bend in _BENDS:
        t = _STEPS[:, None]
        middle = (begin + end) / 2 + 2 * bend * aside
        curve = (1 - t) ** 2 * begin + 2 * t * (1 - t) * middle + t**2 * end
        cost = abs(bend) * 10
        for name, point in points.items():
            if name not in (driver, target):
                cost += (np.abs(curve - point) < _HALF + 0.08).all(axis=1).sum()
        free = (np.abs(curve - begin) > _HALF + _GAP / 2).any(axis=1) & (np.abs(curve - end) > _HALF + _GAP).any(axis=1)
        route = curve[free] if free.sum() > 5 else curve[60:101]
        cost += sum(_near(route[20:-20], other) for other in drawn) * 0.12
        if cost < cheapest:
            best, cheapest = route, cost
    return best


def _near(route: np.ndarray, other: np.ndarray) -> int:
    """How many points of a route run close beside another arrow."""
    return 0 if not len(route) else int((np.hypot(*(route[:, None, :] - other[None, :, :]).transpose(2, 0, 1)).min(axis=1) < 0.1).sum())


def _arrow(ax: Axes, route: np.ndarray, size: float, clear: bool, code: str) -> None:
    colour = theme.BLUE if size >= 0 else theme.ORANGE
    width = 0.8 + 4 * min(abs(size), 1.0)
    tip, along = route[-1], route[-1] - route[-7]
    along = along / np.hypot(*along)
    aside = np.array([-along[1], along[0]])
    head = _HEAD + 0.012 * width
    shaft = route[np.hypot(*(route - tip).T) > 0.8 * head]
    style = "-" if clear else (0, (5 / width**0.5, 2.5 / width**0.5))
    ax.add_line(Line2D(*shaft.T, color=colour, linewidth=width, linestyle=style, solid_capstyle="butt", zorder=1,
                       alpha=1 if clear else 0.75))  # fmt: skip
    half = 0.45 * head + 0.012 * width
    corners = [tip, tip - head * along + half * aside, tip - head * along - half * aside]
    ax.add_patch(Polygon(corners, facecolor=colour, linewidth=0, zorder=2, gid=code))


def _coefficient(
    ax: Axes, route: np.ndarray, size: float, points: Mapping[str, np.ndarray], taken: list[np.ndarray], others: list[np.ndarray]
) -> None:
    """The number on its arrow, where it covers no box, no other number and few other arrows."""
    best, cheapest = route[len(route) // 2], np.inf
    for rank, share in enumerate(_SPOTS):
        spot = route[int(share * (len(route) - 1))]
        cost = 0.3 * rank + 100 * sum((np.abs(spot - point) < _HALF + _LABEL).all() for point in points.values())
        cost += 100 * sum((np.abs(spot - other) < 2 * _LABEL).all() for other in taken)
        cost += 3 * sum((np.abs(other - spot) < _LABEL).all(axis=1).any() for other in others)
        if cost < cheapest:
            best, cheapest = spot, cost
    taken.append(best)
    ax.text(*best, f"{size:.2f}".replace("-", "−"), ha="center", va="center", zorder=5, fontsize=10.5,
            color=theme.BLUE if size >= 0 else theme.ORANGE,
            bbox={"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none"})  # fmt: skip


def _box(ax: Axes, name: str, point: np.ndarray, explained: float) -> None:
    from crmlib.structural.labels import construct_label

    ax.add_patch(FancyBboxPatch(point - _HALF, *(2 * _HALF), boxstyle="round,pad=0,rounding_size=0.14", facecolor="white",
                                edgecolor=theme.INK, linewidth=1.2, zorder=3, gid=name))  # fmt: skip
    words = construct_label(name)
    words = words if language() == "zh" else "\n".join(textwrap.wrap(words, 15))
    known = not np.isnan(explained)
    ax.text(point[0], point[1] + (0.11 if known else 0), words, ha="center", va="center", zorder=4, linespacing=1.1)
    if known:
        ax.text(point[0], point[1] - 0.16, f"$R^2$ = {explained:.2f}", ha="center", va="center", zorder=4, fontsize=9.5, color=theme.GREY)


def _finish(ax: Axes, spots: np.ndarray, intervals: PathBootstrap | None) -> None:
    low, high = spots.min(axis=0) - 0.15, spots.max(axis=0) + 0.15
    words = _("thicker: larger coefficient; blue: the more, the more; orange: the more, the less; R²: share explained")
    if intervals is not None:
        words += "\n" + _("dashed: the {level:.0%} interval includes 0").format(level=intervals.level)
    ax.text(low[0] + 0.15, low[1] - 0.1, words, va="top", color=theme.GREY, fontsize=9.5, linespacing=1.4)
    ax.set(xlim=(low[0], high[0]), ylim=(low[1] - 0.65, high[1]), aspect="equal")
    ax.set_axis_off()
