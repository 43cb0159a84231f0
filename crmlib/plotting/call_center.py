"""Figures of the call centre: metrics by hour or day, the four service levels, figures that flatter, and the way of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from matplotlib.ticker import PercentFormatter

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.month_axis import month_axis

if TYPE_CHECKING:
    from crmlib.call_center.call_paths import CallPath
    from crmlib.call_center.estimates import CallMetric
    from crmlib.call_center.misleading import Misleading
    from crmlib.call_center.service_levels import ServiceLevel

_ROW = 0.46
_MOST_BARS = 31
_CLOCK = ("hour", "half_hour", "weekday", "day", "month")
_PLACES = {
    "arrived": (0, 0), "keys": (1, 0), "bot": (1, 1), "solved": (2, 0), "left": (2, 1), "queue": (2, 2), "abandoned": (3, 1),
    "answered": (3, 2),
    "resolved": (4, 0), "transferred": (4, 1), "repeat": (4, 2), "open": (4, 3),
}  # fmt: skip
"""Column and rank within the column of each step."""
_COLOURS = {
    "arrived": theme.GREY, "keys": theme.SKY, "bot": theme.PURPLE, "solved": theme.GREEN, "left": theme.ORANGE, "queue": theme.YELLOW,
    "abandoned": theme.ORANGE, "answered": theme.BLUE, "resolved": theme.GREEN, "transferred": theme.GREY, "repeat": theme.YELLOW,
    "open": theme.ORANGE,
}  # fmt: skip


def call_metric(result: CallMetric, *, ax: Axes | None = None) -> Axes:
    """Draw a metric by group, with intervals, and the whole as a line.

    Answers: when, or where, is it worse than on the whole, beyond chance?

    Parameters
    ----------
    result : CallMetric, such as :func:`crmlib.call_center.connection_rate` gives, grouped by one thing at most
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else, or grouped by several things.

    Source: dot plots with intervals, Cleveland, *The Elements of Graphing Data* (1994).

    >>> from crmlib import call_center
    >>> from crmlib.company import lark
    >>> len(call_metric(call_center.connection_rate(lark().calls, by="line")).get_yticks())
    5
    """
    _require(result, ("table", "wording"), "crm.call_center.connection_rate")
    if len(result.by) > 1:
        raise ValueError(_("This figure draws one grouping; the metric is grouped by {by}. Work it out by one of them.").format(
            by=", ".join(result.by)))  # fmt: skip
    table = result.table
    along = bool(result.by) and (result.by[0] in _CLOCK or len(table) > _MOST_BARS)
    return (_along if along else _rows)(result, table, ax)


def _rows(result: CallMetric, table: pd.DataFrame, ax: Axes | None) -> Axes:
    ax = canvas(ax, height=1.5 + _ROW * len(table))
    place, values = np.arange(len(table)), table[result.name].to_numpy()
    reach = np.nan_to_num(np.vstack([values - table["low"], table["high"] - values]))
    ax.errorbar(values, place, xerr=np.maximum(reach, 0), fmt="o", color=theme.BLUE, capsize=4, markersize=6)
    far = float(np.nanmax([table["high"].max(), values.max()]))
    near = float(np.nanmin([table["low"].min(), values.min(), result.value]))
    room = max(far - near, 0.05 * max(far, 1e-9))
    for spot, value, high in zip(place, values, table["high"].fillna(table[result.name]), strict=True):
        ax.text(high + 0.04 * room, spot, result.written(value), va="center", color=theme.INK)
    ax.set_yticks(place, [group_label(each, result.by) for each in table.index])
    ax.set(xlim=(near - 0.12 * room, far + 0.35 * room), ylim=(len(table) - 0.4, -1.0 if result.by else -0.6))
    if result.by:
        ax.vlines(result.value, -0.55, len(table) - 0.4, color=theme.GREY, linewidth=1, zorder=0)
        ax.text(
            result.value, -0.95, _("whole: {value}").format(value=result.written(result.value)), color=theme.GREY, ha="center", va="top"
        )
    return _finish(ax, result, "x")


def _along(result: CallMetric, table: pd.DataFrame, ax: Axes | None) -> Axes:
    ax = canvas(ax)
    place, values = np.arange(len(table)), table[result.name].to_numpy()
    ax.fill_between(place, table["low"], table["high"], color=theme.PALE, zorder=1)
    ax.plot(place, values, color=theme.BLUE, marker="o" if len(table) <= 48 else None, markersize=4, zorder=3)
    ax.hlines(result.value, -0.6, len(table) - 0.5, color=theme.GREY, linewidth=1, zorder=2)
    ax.text(len(table) - 0.3, result.value, _("whole: {value}").format(value=result.written(result.value)), color=theme.GREY, va="center")
    if result.by == ("month",):
        month_axis(ax, pd.DatetimeIndex(table.index))
    else:
        step = -(-len(table) // (5 if result.by == ("day",) else 8))
        ax.set_xticks(place[::step], [group_label(each, result.by) for each in table.index[::step]])
    ax.set_xlim(-0.6, len(table) * 1.2 + 0.4)
    return _finish(ax, result, "y")


def _finish(ax: Axes, result: CallMetric, axis: str) -> Axes:
    if result.unit in ("share", "time_share"):
        percent_axis(ax, axis)
        low, high = ax.get_xlim() if axis == "x" else ax.get_ylim()
        if high - low < 0.05:
            (ax.xaxis if axis == "x" else ax.yaxis).set_major_formatter(PercentFormatter(1.0, decimals=1))
        if result.unit == "share" and high > 1:
            (ax.set_xticks if axis == "x" else ax.set_yticks)([tick for tick in (ax.get_xticks() if axis == "x" else ax.get_yticks())
                                                               if low <= tick <= 1 + 1e-9])  # fmt: skip
            (ax.set_xlim if axis == "x" else ax.set_ylim)(low, high)
    title = result.wording()[0]
    if result.by:
        title = _("{metric} by {group}").format(metric=title, group=_group_names().get(result.by[0]) or label(result.by[0]))
    ax.set_title(title)
    named = _("seconds") if result.unit == "seconds" else ""
    (ax.set_xlabel if axis == "x" else ax.set_ylabel)(named)
    ax.grid(axis=axis)
    return ax


def service_levels(result: ServiceLevel, *, ax: Axes | None = None) -> Axes:
    """Draw the service level by its four definitions.

    Answers: how much of our service level is the definition?

    Parameters
    ----------
    result : ServiceLevel, from :func:`crmlib.call_center.service_level`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: the four definitions in use.

    >>> from crmlib import call_center
    >>> from crmlib.company import lark
    >>> len(service_levels(call_center.service_level(lark().calls)).patches)
    4
    """
    _require(result, ("definitions", "within_seconds"), "crm.call_center.service_level")
    table = result.definitions
    ax = canvas(ax, height=1.0 + 2 * _ROW * len(table))
    place = np.arange(len(table))
    shades = [theme.BLUE if name == result.definition else theme.GREY for name in table.index]
    drawn = ax.barh(place, table["service_level"], height=0.42, color=shades)
    ax.bar_label(
        drawn, [f"{row.service_level:.1%} = {row.counted:,} ÷ {row.base_calls:,}" for row in table.itertuples()], padding=5, color=theme.INK
    )
    names = definition_names(result.within_seconds)
    for spot, name in zip(place, table.index, strict=True):
        ax.text(0, spot - 0.27, names[name], va="bottom", ha="left", color=theme.INK)
    ax.set(xlim=(0, 1.42), ylim=(len(table) - 0.5, -0.75))
    ax.set_yticks([])
    ax.set_title(_("Service level in {seconds:g} s by four definitions").format(seconds=result.within_seconds))
    return _bare(ax)


def misleading_metrics(result: Misleading, *, ax: Axes | None = None) -> Axes:
    """Draw each flattering figure beside the whole one.

    Answers: how far is what we report from what happened?

    Parameters
    ----------
    result : Misleading, from :func:`crmlib.call_center.metrics_that_mislead`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: dumbbell plots.

    >>> from crmlib import call_center
    >>> from crmlib.company import lark
    >>> len(misleading_metrics(call_center.metrics_that_mislead(lark().calls)).get_yticks())
    6
    """
    from crmlib.call_center.misleading import trap_words

    _require(result, ("table", "why"), "crm.call_center.metrics_that_mislead")
    table = result.table[result.table["unit"] == "share"]
    ax = canvas(ax, height=1.3 + 1.15 * _ROW * len(table))
    place = np.arange(len(table))
    ax.hlines(place, table["reported"], table["whole"], color=theme.PALE, linewidth=5, zorder=1)
    for column, colour, other in (("reported", theme.ORANGE, "whole"), ("whole", theme.BLUE, "reported")):
        ax.plot(table[column], place, "o", color=colour, markersize=8, zorder=3)
        for spot, value, beside in zip(place, table[column], table[other], strict=True):
            right = value >= beside
            ax.text(value + (0.028 if right else -0.028), spot, f"{value:.1%}", color=colour, va="center", ha="left" if right else "right")
    first = table.iloc[0]
    for column, colour, words in (("reported", theme.ORANGE, _("as reported")), ("whole", theme.BLUE, _("on the whole"))):
        right = first[column] >= first["whole" if column == "reported" else "reported"]
        ax.text(first[column], -0.42, words, color=colour, ha="left" if right else "right", va="bottom", fontweight="bold")
    ax.set_yticks(place, [trap_words(trap)[0] for trap in table.index])
    ax.set(xlim=(-0.13, 1.16), ylim=(len(table) - 0.5, -1.0))
    ax.set_xticks(np.linspace(0, 1, 6))
    percent_axis(ax, "x")
    ax.set_title(_("The same calls, told twice"))
    return ax


def call_path(result: CallPath, *, ax: Axes | None = None) -> Axes:
    """Draw the way of the calls as bands, as broad as the calls are many.

    Answers: where do callers go, and where do we lose them?

    Parameters
    ----------
    result : CallPath, from :func:`crmlib.call_center.call_path`; groups are added up
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: flow diagrams after Sankey (1898).

    >>> from crmlib import call_center
    >>> from crmlib.company import lark
    >>> len(call_path(call_center.call_path(lark().calls)).patches)
    26
    """
    _require(result, ("links", "ends", "calls"), "crm.call_center.call_path")
    links = result.links.groupby(["from_step", "to_step"], observed=True, as_index=False)["call_count"].sum()
    links = links[links["call_count"] > 0].astype({"from_step": str, "to_step": str})
    size = pd.concat([links.groupby("to_step")["call_count"].sum(), pd.Series({"arrived": result.calls})]) / result.calls
    ax = canvas(ax, height=5.0)
    top = _tops(size)
    out, into = dict(top), dict(top)
    order = links.assign(rank=links["to_step"].map(_PLACES)).sort_values("rank")
    for row in order.itertuples():
        height = row.call_count / result.calls
        begin, end = _PLACES[row.from_step][0] + 0.07, _PLACES[row.to_step][0] - 0.07
        ax.add_patch(_band(begin, out[row.from_step], end, into[row.to_step], height, _COLOURS[row.to_step]))
        out[row.from_step] -= height
        into[row.to_step] -= height
    names = step_names()
    least = _label_spots(top, size)
    for step, share in size.items():
        column = _PLACES[step][0]
        ax.add_patch(Polygon([(column - 0.07, top[step]), (column + 0.07, top[step]), (column + 0.07, top[step] - share),
                              (column - 0.07, top[step] - share)], color=_COLOURS[step], linewidth=0))  # fmt: skip
        words = _("{step}\n{calls:,} ({share:.1%})").format(step=names[step], calls=round(share * result.calls), share=share)
        ax.text(column + 0.11, least[step], words, va="center", color=theme.INK, fontsize=9, linespacing=1.15)
    ax.set(xlim=(-0.15, 4.95), ylim=(min([*least.values(), *(top[step] - size[step] for step in size.index)]) - 0.06, 1.06))
    ax.set_title(_("The way of {calls:,} calls").format(calls=result.calls))
    ax.yaxis.set_visible(False)
    ax.spines["left"].set_visible(False)
    return _bare(ax)


def _tops(size: pd.Series) -> dict[str, float]:
    """Where the block of each step begins; within a column the blocks stand under each other with room for two lines between.

    The columns after the queue begin where the queue does, or a little above.
    """
    found: dict[str, float] = {}
    for column in range(5):
        above = found.get({3: "queue", 4: "answered"}.get(column, ""), 0.8)
        at = min(above + 0.2, 1.0)
        for step in sorted((step for step in size.index if _PLACES[step][0] == column), key=_PLACES.get):
            found[step] = at
            at -= max(size[step], 0.1) + 0.06
    return found


def _label_spots(top: dict[str, float], size: pd.Series) -> dict[str, float]:
    return {step: top[step] - max(size[step] / 2, 0.04) for step in size.index}


def _band(x0: float, y0: float, x1: float, y1: float, height: float, colour: str) -> Polygon:
    along = np.linspace(0, 1, 30)
    ease = along**2 * (3 - 2 * along)
    x, upper = x0 + (x1 - x0) * along, y0 + (y1 - y0) * ease
    points = np.concatenate([np.column_stack([x, upper]), np.column_stack([x, upper - height])[::-1]])
    return Polygon(points, color=colour, alpha=0.28, linewidth=0)


def step_names() -> dict[str, str]:
    """What the steps of a call are called in the active language.

    >>> sorted(step_names()) == sorted(_PLACES)
    True
    """
    return {
        "arrived": _("calls"), "keys": _("menu by keys"), "bot": _("voice bot"), "solved": _("self-service"),
        "left": _("left unsolved"), "queue": _("queue"), "abandoned": _("hung up waiting"), "answered": _("human agent"),
        "resolved": _("settled at once"), "transferred": _("passed on"), "repeat": _("a repeat call"), "open": _("not settled"),
    }  # fmt: skip


def definition_names(within: float) -> dict[str, str]:
    """What the four definitions of service level divide, short, in the active language.

    >>> len(definition_names(20))
    4
    """
    return {
        "of_answered": _("in time ÷ answered"),
        "of_offered": _("in time ÷ all that queued"),
        "without_early_abandons": _("in time ÷ (all that queued − hung up within {seconds:g} s)").format(seconds=within),
        "early_abandons_met": _("(in time + hung up within {seconds:g} s) ÷ all that queued").format(seconds=within),
    }


def group_label(value: object, by: tuple[str, ...]) -> str:
    """The name of a group in the active language.

    >>> group_label(9.5, ("half_hour",)), group_label("mine", ("team",))
    ('9:30', 'mine')
    """
    if not by:
        return _("all calls")
    kind = by[0]
    if kind in ("hour", "half_hour"):
        return f"{int(value)}:{int(value % 1 * 60):02}"
    if kind == "weekday":
        return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")][int(value) - 1]
    if kind in ("day", "month"):
        return f"{value:%Y-%m-%d}" if kind == "day" else f"{value:%Y-%m}"
    return label(str(value), kind)


def _group_names() -> dict[str, str]:
    return {
        "hour": _("hour of arrival"),
        "half_hour": _("half hour of arrival"),
        "weekday": _("weekday"),
        "day": _("day"),
        "month": _("month"),
        "ivr_path": _("line"),
        "agent_id": _("service agent"),
    }


def _require(result: object, attributes: tuple[str, ...], maker: str) -> None:
    if not all(hasattr(result, name) for name in attributes):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(maker=maker, kind=type(result).__name__))


def _bare(ax: Axes) -> Axes:
    """The numbers stand beside the marks; an axis would say them twice."""
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax
