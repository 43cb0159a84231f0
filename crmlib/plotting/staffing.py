"""Figures of staffing: calls to come, the day's shape, forecasts held against what came, shrinkage, and what agents cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need, percent_axis
from crmlib.plotting.credit import require_result

if TYPE_CHECKING:
    from crmlib.staffing.backtest import ForecastCheck
    from crmlib.staffing.costs import StaffingCosts
    from crmlib.staffing.forecast import CallForecast
    from crmlib.staffing.shrinkage import Shrinkage

_BACK = 3
"""Days seen that are drawn, as a multiple of the days foretold."""
_LEAST_BACK = 28
_COLOURS = {"forecast": theme.BLUE, "four_weeks": theme.ORANGE, "last_week": theme.GREY}
_GROUPS = (theme.BLUE, theme.GREEN, theme.ORANGE, theme.PURPLE, theme.SKY, theme.YELLOW, theme.INK)


def call_forecast(result: CallForecast, *, ax: Axes | None = None) -> Axes:
    """Draw the days seen last and those to come, with their interval.

    Answers: what is coming, how sure is it, and how does it compare with the last weeks?

    Parameters
    ----------
    result : CallForecast, from :func:`crmlib.staffing.forecast_arrivals`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: the forecast itself.

    >>> from crmlib import staffing
    >>> days = pd.DataFrame({"starts_at": pd.date_range("2026-03-02", periods=28), "calls": 50})
    >>> len(call_forecast(staffing.forecast_arrivals(days)).lines)
    3
    """
    require_result(result, ("days", "past", "factors"), "crm.staffing.forecast_arrivals")
    ahead = result.days
    past = result.past.tail(max(_LEAST_BACK, _BACK * len(ahead)))
    ax = canvas(ax)
    ax.plot(past["day"], past["calls"], color=theme.INK, linewidth=1.2, marker="o", markersize=2.5)
    ax.fill_between(ahead["day"], ahead["low"], ahead["high"], color=theme.BLUE, alpha=0.2, linewidth=0)
    ax.plot(ahead["day"], ahead["calls_expected"], color=theme.BLUE, marker="o", markersize=3)
    border = ahead["day"].iloc[0] - pd.Timedelta(hours=12)
    ax.axvline(border, color=theme.GREY, linewidth=1, linestyle="--")
    top = max(float(past["calls"].max()), float(ahead["high"].max()), 1.0)
    ax.set_ylim(0, top * 1.3)
    gap = (ahead["day"].iloc[-1] - past["day"].iloc[0]) * 0.012
    ax.text(border - gap, top * 1.27, _("seen"), ha="right", va="top", color=theme.INK, fontweight="bold")
    ax.text(border + gap, top * 1.27, _("foreseen"), ha="left", va="top", color=theme.BLUE, fontweight="bold")
    peak = ahead.loc[ahead["calls_expected"].idxmax()]
    late = peak["day"] > ahead["day"].iloc[len(ahead) // 2]
    ax.annotate(
        _("{day}: {calls:,.0f} ({low:,.0f}–{high:,.0f})").format(
            day=f"{peak['day']:%m-%d}", calls=peak["calls_expected"], low=peak["low"], high=peak["high"]
        ),
        (peak["day"], peak["high"]),
        (0, 5),
        textcoords="offset points",
        ha="right" if late else "left",
        color=theme.BLUE,
        fontsize=9.5,
    )
    ax.set_ylabel(_("Calls a day"))
    _date_axis(ax)
    return ax


def intraday_profile(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share of a day's calls in each half hour, with its interval, one line a group.

    Answers: when in the day do the calls come?

    Parameters
    ----------
    table : DataFrame, from :func:`crmlib.staffing.intraday_profile`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The table is another or empty.

    Source: the calls themselves.

    >>> rows = pd.DataFrame({"time_of_day": ["08:00", "08:30"], "share": [0.4, 0.6], "low": [0.3, 0.5], "high": [0.5, 0.7]})
    >>> len(intraday_profile(rows).lines)
    1
    """
    need(table, ["time_of_day", "share", "low", "high"], "crm.staffing.intraday_profile")
    ax = canvas(ax)
    by = next((name for name in ("day_kind", "weekday") if name in table.columns), None)
    groups = [(None, table)] if by is None else list(table.groupby(by, sort=False, observed=True))
    same = len(groups) > 1 and all(np.allclose(rows["share"], groups[0][1]["share"]) for _name, rows in groups)
    if same:
        groups = [(None, groups[0][1])]
    for (name, rows), colour in zip(groups, _GROUPS, strict=False):
        hours = rows["time_of_day"].str[:2].astype(int) + rows["time_of_day"].str[3:].astype(int) / 60
        ax.fill_between(hours, rows["low"], rows["high"], color=colour, alpha=0.16, linewidth=0)
        ax.plot(hours, rows["share"], color=colour, label=None if name is None else label(name, "which" if by == "weekday" else by))
    if len(groups) > 1:
        ax.legend(ncols=2, fontsize=9)
    if same:
        ax.text(0.99, 0.97, _("all kinds of days alike: they differ by no more than chance"), transform=ax.transAxes, ha="right", va="top",
                color=theme.GREY, fontsize=9.5)  # fmt: skip
    ax.set_ylim(0, float(table["high"].max()) * 1.15)
    _hour_axis(ax)
    ax.yaxis.set_major_formatter(lambda value, _place: f"{value:.0%}" if table["high"].max() > 0.1 else f"{value:.1%}")
    ax.set_ylabel(_("Share of the day's calls"))
    ax.grid(axis="y")
    return ax


def forecast_check(result: ForecastCheck, *, ax: Axes | None = None) -> Axes:
    """Draw how far off the forecast and the rules of thumb were, on all days, ordinary days and sales peaks.

    Answers: is the forecast better than last week's figures, at the peak too?

    Parameters
    ----------
    result : ForecastCheck, from :func:`crmlib.staffing.check_forecast`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: rolling-origin evaluation.

    >>> from crmlib import staffing
    >>> days = pd.DataFrame({"starts_at": pd.date_range("2026-03-02", periods=56), "calls": [60, 50, 50, 50, 50, 40, 30] * 8})
    >>> len(forecast_check(staffing.check_forecast(days, days=7, least_days=28)).patches)
    6
    """
    require_result(result, ("table", "coverage", "gains"), "crm.staffing.check_forecast")
    rows = result.table[result.table["per"] == "day"]
    kinds = list(dict.fromkeys(rows["kind_of_days"]))
    ax = canvas(ax, height=1.2 + 0.36 * len(rows))
    reach = max(float(rows["error_share"].max()), 0.01)
    spot, ticks = 0.0, []
    for kind in kinds:
        own = rows[rows["kind_of_days"] == kind]
        for row in own.itertuples():
            ax.barh(spot, row.error_share, height=0.78, color=_COLOURS[row.forecast_by])
            ax.text(row.error_share + reach * 0.015, spot, _("{share:.0%}  {name}").format(
                share=row.error_share, name=label(row.forecast_by, "forecast_by")), va="center", fontsize=9.5)  # fmt: skip
            spot += 1
        ticks.append(spot - (len(own) + 1) / 2)
        spot += 0.8
    held = result.coverage[result.coverage["per"] == "day"].set_index("kind_of_days")["within"]
    ax.set_yticks(ticks, [_("{kind}\n(intervals held: {held:.0%})").format(kind=label(kind, "kind_of_days"), held=held[kind]) for kind in kinds],
                  multialignment="right", linespacing=1.5)  # fmt: skip
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
    ax.set_xlim(0, reach * 1.5)
    percent_axis(ax, "x")
    ax.set_xlabel(_("Errors of a day's calls, as a share of all calls; intervals are meant to hold {level:.0%}").format(level=result.level))
    return ax


def shrinkage_parts(result: Shrinkage, *, ax: Axes | None = None) -> Axes:
    """Draw the rostered hours by what became of them.

    Answers: where do the hours go?

    Parameters
    ----------
    result : Shrinkage, from :func:`crmlib.staffing.measured_shrinkage`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: the roster and the log-ons.

    >>> from crmlib import company, staffing
    >>> len(shrinkage_parts(staffing.measured_shrinkage(company.lark().shifts)).patches)
    4
    """
    require_result(result, ("parts", "share", "own"), "crm.staffing.measured_shrinkage")
    ax = canvas(ax, height=2.6)
    shares = {_("taking calls"): 1 - result.share} | {label(part, "part"): share for part, share in result.parts["share"].items()}
    begin = 0.0
    for number, ((name, share), colour) in enumerate(
        zip(shares.items(), (theme.BLUE, theme.YELLOW, theme.ORANGE, theme.PURPLE), strict=True)
    ):
        ax.barh(0, share, left=begin, height=0.5, color=colour)
        middle, words = begin + share / 2, f"{name} {share:.1%}"
        if share > 0.3:
            ax.text(middle, 0, words, ha="center", va="center", color="white")
        else:
            height = 0.45 + 0.22 * (number - 1)
            ax.vlines(middle, 0.25, height + 0.06, color=theme.GREY, linewidth=0.8)
            ax.text(middle - 0.008, height, words, ha="right", va="center", fontsize=9.5)
        begin += share
    ax.set(xlim=(0, 1), ylim=(-0.4, 1.2))
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    percent_axis(ax, "x")
    ax.set_xlabel(_("Share of {hours:,.0f} rostered hours").format(hours=result.hours))
    return ax


def staffing_costs(result: StaffingCosts, *, ax: Axes | None = None) -> Axes:
    """Draw what an hour costs by number of agents: wages and lost calls for one case, the sums for several.

    Answers: where is the cheapest number of agents, and on which side is a mistake dearer?

    Parameters
    ----------
    result : StaffingCosts, from :func:`crmlib.staffing.staffing_costs`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Erlang A; marginal analysis.

    >>> from crmlib import staffing
    >>> len(staffing_costs(staffing.staffing_costs(120, handle_seconds=300, patience_seconds=120)).lines)
    5
    """
    require_result(result, ("table", "best", "regret"), "crm.staffing.staffing_costs")
    ax = canvas(ax)
    table, best = result.table, result.best
    top = 2.2 * float(best["total_yuan"].max())
    if len(best) == 1:
        lines = [
            ("wage_yuan", theme.GREY, label("wage_yuan")),
            ("lost_yuan", theme.ORANGE, label("lost_yuan")),
            ("total_yuan", theme.BLUE, _("together")),
        ]
        for column, colour, name in lines:
            points = table[["agents_at_work", column]].to_numpy()
            ax.plot(points[:, 0], points[:, 1], color=colour)
            inside = points[points[:, 1] <= top]
            # The sum is named where it falls into the figure; the others at their right end, where they lie apart.
            spot, shift, side = (
                (inside[0], (8, 0), "left") if column == "total_yuan" else (inside[-1], (0, 7 if column == "lost_yuan" else -18), "right")
            )
            ax.annotate(name, spot, shift, textcoords="offset points", ha=side, color=colour, fontsize=9.5)
    lowest = float(best["total_yuan"].min())
    for number, (row, colour) in enumerate(zip(best.itertuples(), _GROUPS, strict=False)):
        words = _("{agents} agents").format(agents=row.agents_at_work)
        if len(best) > 1:
            own = table[table["case"] == row.Index]
            ax.plot(own["agents_at_work"], own["total_yuan"], color=colour)
            words = _("{case}, {calls:g} calls an hour: {agents}").format(
                case=label(row.Index, "case"), calls=own["calls_per_hour"].iloc[0], agents=words)  # fmt: skip
        ax.plot([row.agents_at_work] * 2, [0, row.total_yuan], color=theme.GREY, linewidth=0.9, linestyle=":", zorder=1)
        ax.plot(row.agents_at_work, row.total_yuan, "o", color=theme.INK, zorder=5)
        height = lowest * (0.3 if len(best) == 1 else 0.75 * (len(best) - number) / len(best) - 0.1)
        ax.annotate(words, (row.agents_at_work, height), (4, 0), textcoords="offset points", fontsize=9.5,
                    color=colour if len(best) > 1 else theme.INK, bbox={"facecolor": "white", "linewidth": 0, "pad": 1})  # fmt: skip
    left, right = float(table["agents_at_work"].min()), float(table["agents_at_work"].max())
    ax.set(xlim=(left, right), ylim=(0, top))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(_("Agents at work"))
    ax.set_ylabel(_("Yuan an hour"))
    ax.grid(axis="y")
    return ax


def _date_axis(ax: Axes) -> None:
    ax.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=4, maxticks=8))
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%m-%d"))


def _hour_axis(ax: Axes) -> None:
    ax.xaxis.set_major_locator(MaxNLocator(nbins=9, integer=True))
    ax.xaxis.set_major_formatter(lambda value, _place: f"{int(value):02d}:00")
