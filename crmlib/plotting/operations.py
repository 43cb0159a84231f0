"""Figures of the business analysis: ratios by group, control charts and funnels, waterfalls, calendar effects, and a firm's months."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.churn_model import require_result
from crmlib.plotting.month_axis import month_axis

if TYPE_CHECKING:
    from crmlib.operations import (
        BusinessAnalysis,
        CalendarEffects,
        ControlChart,
        GrowthAnalysis,
        Ratio,
    )


def ratio_groups(result: Ratio, *, ax: Axes | None = None) -> Axes:
    """Draw each group's ratio with its interval, the ratio of the whole, and the mean that it is not.

    Answers: which group is better, and where does the whole stand?

    Parameters
    ----------
    result : Ratio
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Points: the ratio as it stands; open rings: at the strata of the whole, where there are strata. The larger the point, the more of the
        base the group has.

    Raises
    ------
    ValueError
        It is something else.

    Source: Cleveland and McGill (1984).

    >>> from crmlib.operations import ratio
    >>> found = ratio(pd.DataFrame({"region": ["east", "west"], "late": [9, 3], "parcels": [90, 10]}), "late", "parcels", by="region")
    >>> len(ratio_groups(found).get_yticks())
    2
    """
    require_result(result, ("mean_of_ratios", "table", "by"), "crm.operations.ratio")
    table = result.table.sort_values("sum_ratio", ignore_index=True)
    share = result.numerator.startswith("late") or (result.numerator, result.denominator) == ("margin_yuan", "revenue_yuan")
    ax = canvas(ax, height=1.9 + 0.5 * len(table))
    rows = np.arange(len(table))
    for value, colour, style in ((result.value, theme.INK, "-"), (result.mean_of_ratios, theme.GREY, (0, (4, 3)))):
        ax.axvline(value, color=colour, linewidth=1.2, linestyle=style, zorder=1)
    ax.hlines(rows, table["low"], table["high"], color=theme.BLUE, linewidth=2.4, alpha=0.5, zorder=2)
    ax.scatter(table["sum_ratio"], rows, s=40 + 320 * table["base_share"], color=theme.BLUE, zorder=3)
    if "standardised" in table:
        ax.scatter(table["standardised"], rows, s=70, facecolor="white", edgecolor=theme.ORANGE, linewidth=2, zorder=4)
    for row, one in zip(rows, table.itertuples(index=False), strict=True):
        words = f"{one.sum_ratio:.1%}" if share else f"{one.sum_ratio:,.2f}"
        if "standardised" in table:
            words += "  →  " + (f"{one.standardised:.1%}" if share else f"{one.standardised:,.2f}")
        ax.text(1.02, row, words, transform=ax.get_yaxis_transform(), va="center", color=theme.INK)
    ax.set_yticks(rows, [f"{label(str(code), result.by)}  {weight:.0%}" for code, weight in zip(table[result.by], table["base_share"], strict=True)])
    ax.set_ylim(-0.6, len(table) + 0.15)
    middle = (result.value + result.mean_of_ratios) / 2
    for value, words, colour in (
        (result.value, _("whole: sum ÷ sum {value}"), theme.INK),
        (result.mean_of_ratios, _("mean of ratios {value}"), theme.GREY),
    ):
        right = value > middle or value == middle and colour == theme.GREY
        ax.annotate(words.format(value=f"{value:.1%}" if share else f"{value:,.2f}"), (value, 1.0), xycoords=("data", "axes fraction"),
                    xytext=(4 if right else -4, -2), textcoords="offset points", va="top", ha="left" if right else "right", color=colour, fontsize=9.5)  # fmt: skip
    if share:
        percent_axis(ax, "x")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    if "standardised" in table:
        ax.set_xlabel(_("blue: as it stands   orange ring: with the mix of the whole ({within})   beside the names: share of the base").format(
            within=label(result.within)), fontsize=9.5)  # fmt: skip
    else:
        ax.set_xlabel(_("lines: intervals   beside the names: share of the base"), fontsize=9.5)
    return ax


def control(chart: ControlChart, *, ax: Axes | None = None) -> Axes:
    """Draw a control chart over time, or a funnel.

    Answers: which points are news, and which are noise?

    Parameters
    ----------
    chart : ControlChart
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Wheeler (2000); Spiegelhalter (2005).

    >>> from crmlib.operations import control_chart
    >>> len(control(control_chart(pd.Series([5.0, 6, 5, 6, 5, 20, 5, 6]))).lines) > 1
    True
    """
    require_result(chart, ("false_alarm_rate", "table", "order"), "crm.operations.control_chart")
    ax, table = canvas(ax), chart.table
    if chart.order == "funnel":
        _funnel(ax, chart)
    else:
        _in_time(ax, chart)
        ax.set_xlabel(_("grey band: what chance alone explains   orange: outside it"), fontsize=9.5)
    if chart.kind == "p":
        percent_axis(ax, "y") if table["value"].max() > 0.05 else ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _place: f"{y:.1%}"))
    ax.grid(axis="y")
    ax.set_title(
        _("{signals} of {points} are news; by chance alone {expected:.1f} would be").format(
            signals=len(chart.signals()), points=len(table), expected=chart.false_alarms_expected
        ),
        fontsize=11,
    )
    return ax


def _in_time(ax: Axes, chart: ControlChart) -> None:
    table, place = chart.table, np.arange(len(chart.table))
    ax.fill_between(place, table["lower"], table["upper"], step="mid", color=theme.PALE, alpha=0.75, linewidth=0, zorder=0)
    ax.plot(place, table["centre"], color=theme.GREY, linewidth=1.2, zorder=1)
    ax.plot(place, table["value"], color=theme.BLUE, linewidth=1.4, marker="o", markersize=4.5, zorder=2)
    news = np.flatnonzero(table["signal"] != "")
    ax.plot(place[news], table["value"].iloc[news], "o", color=theme.ORANGE, markersize=9, zorder=3)
    if isinstance(table.index, (pd.DatetimeIndex, pd.PeriodIndex)) and _monthly(table.index):
        month_axis(ax, table.index)
    else:
        step = max(1, len(place) // 10)
        ax.set_xticks(place[::step], [str(name) for name in table.index[::step]])
    ax.margins(x=0.02)
    ax.set_ylim(bottom=max(ax.get_ylim()[0], 0.0) if (table["value"] >= 0).all() else None)


def _monthly(index: pd.Index) -> bool:
    return isinstance(index, pd.PeriodIndex) or bool((index.day == 1).all())


def _funnel(ax: Axes, chart: ControlChart) -> None:
    table = chart.table.sort_values("size" if "size" in chart.table else "value")
    size = table["size"] if "size" in table else np.arange(len(table)) + 1.0
    ax.fill_between(size, table["lower"], table["upper"], color=theme.PALE, alpha=0.75, linewidth=0, zorder=0)
    ax.axhline(float(table["centre"].iloc[0]), color=theme.GREY, linewidth=1.2, zorder=1)
    news = (table["signal"] != "").to_numpy()
    ax.scatter(size[~news], table["value"][~news], s=26, color=theme.BLUE, zorder=2)
    ax.scatter(size[news], table["value"][news], s=60, color=theme.ORANGE, zorder=3)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,.0f}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.margins(x=0.08, y=0.12)
    ax.set_xlabel(_("Size: how many the rate rests on (logarithmic)"))
    from crmlib.plotting.label_places import place_labels

    if news.any():
        names = [label(str(name), table.index.name) for name in table.index[news]]
        place_labels(ax, size[news].to_numpy(), table["value"][news].to_numpy(), names, colours=[theme.ORANGE] * int(news.sum()))


def revenue_bridge(result: GrowthAnalysis, *, what: str = "parts", ax: Axes | None = None) -> Axes:
    """Draw the way from the revenue before to the revenue after, as a waterfall.

    Answers: what made the revenue change?

    Parameters
    ----------
    result : GrowthAnalysis
    what : "parts" (volume, mix, price) or "customers" (new, returned, grown, shrunk, lost)
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Thin lines: intervals of the parts. The title tells the change and what takes it apart.

    Raises
    ------
    ValueError
        It is something else, or `what` is unknown.

    Source: waterfall charts, Zelazny (1985).

    >>> revenue_bridge.__name__
    'revenue_bridge'
    """
    require_result(result, ("parts", "customers", "before_yuan"), "crm.operations.growth_analysis")
    if what not in ("parts", "customers"):
        raise ValueError(_("{name} is {value}; it must be one of {known}.").format(name="what", value=what, known="parts, customers"))
    if what == "parts":
        rows = [(label(one.part_of_change, "part_of_change"), one.yuan, one.high - one.yuan) for one in result.parts.itertuples()]
    else:
        people = result.customers[(result.customers["customers"] > 0) & (result.customers["customer_change"] != "same")]
        rows = [(_("{name}\n{count:,}").format(name=label(one.customer_change, "customer_change"), count=one.customers), one.change_yuan, np.nan)
                for one in people.itertuples()]  # fmt: skip
    ax = canvas(ax, height=4.4)
    level = np.concatenate([[result.before_yuan], result.before_yuan + np.cumsum([yuan for _name, yuan, _half in rows])])
    ends = [(0, result.before_yuan, _("before")), (len(rows) + 1, result.after_yuan, _("after"))]
    low = min(level.min(), result.after_yuan)
    # Bars begin at nothing, unless the change would then be too small to be seen.
    floor = 0.0 if level.max() - low > 0.12 * level.max() else max(0.0, low - 0.6 * (level.max() - low) - 0.02 * level.max())
    for place, value, _name in ends:
        ax.bar(place, value - floor, bottom=floor, width=0.62, color=theme.GREY)
    for place, (_name, yuan, half) in enumerate(rows, 1):
        colour = theme.BLUE if yuan >= 0 else theme.ORANGE
        ax.bar(place, yuan, bottom=level[place - 1], width=0.62, color=colour)
        if np.isfinite(half):
            ax.errorbar(place, level[place], yerr=half, color=theme.INK, linewidth=1.2, capsize=4)
    for place in range(len(rows) + 1):
        ax.plot([place + 0.31, place + 0.69], [level[place]] * 2, color=theme.GREY, linewidth=0.8)
    span = max(level.max(), result.after_yuan) - floor
    for place, value, _name in ends:
        ax.text(place, value + 0.02 * span, f"{value:,.0f}", ha="center", va="bottom", fontweight="bold")
    for place, (_name, yuan, half) in enumerate(rows, 1):
        top = max(level[place], level[place - 1]) + (half if np.isfinite(half) and yuan >= 0 else 0)
        top = max(top, level[place] + (half if np.isfinite(half) else 0))
        ax.text(place, top + 0.02 * span, f"{yuan:+,.0f}".replace("-", "−"), ha="center", va="bottom",
                color=theme.BLUE if yuan >= 0 else theme.ORANGE, fontweight="bold")  # fmt: skip
    ax.set_xticks(range(len(rows) + 2), [ends[0][2], *(name for name, _yuan, _half in rows), ends[1][2]])
    ax.set_ylim(floor, floor + 1.22 * span)
    ax.yaxis.set_visible(False)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="x", length=0)
    title = (
        _("Revenue {change} yuan: how much by volume, mix and price")
        if what == "parts"
        else _("Revenue {change} yuan: how much by which customers")
    )
    ax.set_title(title.format(change=f"{result.change_yuan:+,.0f}".replace("-", "−")))
    if floor:
        ax.set_xlabel(_("yuan; the axis begins at {floor:,.0f}").format(floor=floor), fontsize=9.5)
    else:
        ax.set_xlabel(_("yuan"), fontsize=9.5)
    return ax


def calendar_effects(result: CalendarEffects, *, ax: Axes | None = None) -> Axes:
    """Draw how many times as busy as an ordinary day each kind of day is, with intervals.

    Answers: which festivals and holidays matter?

    Parameters
    ----------
    result : CalendarEffects
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Lewis and Clarke (2001), on forest plots.

    >>> calendar_effects.__name__
    'calendar_effects'
    """
    require_result(result, ("table", "days", "dispersion"), "crm.operations.calendar_effects")
    table = pd.concat([result.table.iloc[7:].sort_values("times_usual", ascending=False), result.table.iloc[:7]], ignore_index=True)
    ax = canvas(ax, height=1.2 + 0.33 * len(table))
    rows = np.arange(len(table)) + 0.5 * (np.arange(len(table)) >= len(table) - 7)
    ax.axvline(1, color=theme.GREY, linewidth=1.2, zorder=1)
    for row, one in zip(rows, table.itertuples(index=False), strict=True):
        colour = theme.ORANGE if one.low > 1 else theme.BLUE if one.high < 1 else theme.GREY
        ax.plot([one.low, one.high], [row, row], color=colour, linewidth=2.4, solid_capstyle="butt", zorder=2)
        ax.plot(one.times_usual, row, "o", color=colour, markersize=6.5, zorder=3)
        ax.text(1.02, row, _("{times:.2f}  ({low:.2f} to {high:.2f})").format(times=one.times_usual, low=one.low, high=one.high),
                transform=ax.get_yaxis_transform(), va="center", color=colour, fontsize=9.5)  # fmt: skip
    ax.set_yticks(rows, [label(code, "day_effect") for code in table["day_effect"]])
    ax.set_ylim(rows[-1] + 0.7, -0.7)
    ax.set_xscale("log")
    ax.set_xticks([tick for tick in (0.25, 0.5, 0.75, 1, 1.5, 2, 3) if 0.75 * table["low"].min() <= tick <= 1.2 * table["high"].max()])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}×"))
    ax.minorticks_off()
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    ax.set_xlabel(_("Times an ordinary day   orange: busier   blue: quieter   grey: cannot be told from ordinary"), fontsize=9.5)
    return ax


def business(result: BusinessAnalysis, *, group: object = None) -> Figure:
    """Draw a firm's months as four small control charts.

    Answers: how is business, and which month is news?

    Parameters
    ----------
    result : BusinessAnalysis
    group : where the analysis is by a column, which of its values

    Returns
    -------
    Figure
        Parcels (with a calendar: festivals taken out, and as counted in pale), price a parcel, margin share, share late.

    Raises
    ------
    ValueError
        It is something else, or there are fewer than 6 months.

    Source: Tufte (1983), small multiples; Wheeler (2000).

    >>> business.__name__
    'business'
    """
    require_result(result, ("table", "by", "chart"), "crm.operations.business_analysis")
    figure, axes = plt.subplots(2, 2, figsize=(9.6, 5.6), sharex=True)
    titles = {"parcels": _("Parcels"), "price_per_parcel": _("Yuan a parcel"), "margin_rate": _("Margin, share of revenue"), "late_share": _("Share late")}
    rows = result._rows(group)
    for ax, (name, title) in zip(axes.flat, titles.items(), strict=True):
        chart = result.chart(name, group=group)
        if name == "parcels" and "parcels_adjusted" in rows:
            title = _("Parcels; pale: before festivals and weekdays are taken out")
            ax.plot(range(len(rows)), rows["parcels"], color=theme.SKY, linewidth=1, zorder=1)
        _in_time(ax, chart)
        ax.set_title(title, fontsize=11)
        ax.grid(axis="y")
        if name in ("margin_rate", "late_share"):
            ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _place: f"{y:.1%}" if round(100 * y, 6) % 1 else f"{y:.0%}"))
    figure.supxlabel(_("grey band: what chance alone explains   orange: outside it"), x=0.01, ha="left", fontsize=9.5, color=theme.GREY)
    return figure
