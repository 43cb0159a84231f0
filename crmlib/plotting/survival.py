"""Pictures of time to churn: survival curves with the numbers at risk, the price of a grace period, hazard ratios, churn by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, PercentFormatter

from crmlib import theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need, percent_axis
from crmlib.survival.covariates import column_names
from crmlib.survival.labels import group_label

if TYPE_CHECKING:
    from crmlib.churn.grace import GraceCurve
    from crmlib.survival.cox import CoxFit
    from crmlib.survival.kaplan import SurvivalCurves

_OF_MONTHS = ("month", "kind", "total", "lost", "gained", "rate", "low", "high")
_NEAR = 0.06
"""Labels at the ends of lines stand at least so far apart, as a share of the axis."""


def survival_curves(curves: SurvivalCurves, *, until: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw survival curves with their intervals, each with its name, and below them how many customers are still followed.

    Answers: how long do customers of each group stay, and from where on are there too few to tell?

    Parameters
    ----------
    curves : SurvivalCurves, from :func:`crmlib.survival.kaplan_meier`
    until : float, optional
        Where the axis of time ends. Without it: where fewer than ten customers are left in every group.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else, or `until` is not positive.

    Source: Pocock, Clayton and Altman (2002), on numbers at risk.

    >>> from crmlib.survival import kaplan_meier
    >>> survival_curves(kaplan_meier([5, 8, 12, 20], [True, True, False, True])).has_data()
    True
    """
    _wanted(curves, "medians", "crm.survival.kaplan_meier")
    groups = list(curves.table["group"].cat.categories)
    ax = canvas(ax, height=4.0 + 0.26 * len(groups))
    begins = float(curves.table["time"].min())
    ends = _until(curves.table, until, begins)
    colours = _colours(len(groups))
    tips = {}
    for colour, (name, own) in zip(colours, curves.table.groupby("group", observed=True, sort=False), strict=True):
        time, survival = (own[column].to_numpy() for column in ("time", "survival"))
        shown = time <= ends
        ax.fill_between(
            time[shown], own["low"].to_numpy()[shown], own["high"].to_numpy()[shown], step="post", color=colour, alpha=0.15, linewidth=0
        )
        ax.step(np.append(time[shown], min(ends, time[-1])), np.append(survival[shown], survival[shown][-1]), where="post", color=colour)
        tips[name] = float(survival[shown][-1])
    ax.set(xlim=(begins, ends), ylim=(0, 1.02))
    ax.set_ylabel(_("Share still customers"))
    percent_axis(ax, "y")
    ax.grid(axis="y")
    if curves.by is not None:
        _tip_labels(ax, {group_label(name, curves.by): height for name, height in tips.items()}, colours)
    _at_risk(ax, curves, groups, colours)
    return ax


def _until(table: pd.DataFrame, until: float | None, begins: float) -> float:
    if until is not None:
        if isinstance(until, (bool, str)) or not np.isscalar(until) or not until > begins:
            raise ValueError(_("until is {value}; it must be a number above {begins:g}.").format(value=until, begins=begins))
        return float(until)
    many = table[table["at_risk"] >= 10]
    return float(many["time"].max()) if len(many) and many["time"].max() > begins else max(float(table["time"].max()), begins + 1)


def _colours(count: int) -> list[str]:
    return [theme.PALETTE[place % len(theme.PALETTE)] for place in range(count)]


def _tip_labels(ax: Axes, tips: dict[str, float], colours: list[str]) -> None:
    """Names right of where the lines end, moved apart where they would overlap."""
    low, high = ax.get_ylim()
    order = sorted(range(len(tips)), key=lambda place: list(tips.values())[place])
    heights, last = {}, -np.inf
    for place in order:
        wanted = (list(tips.values())[place] - low) / (high - low)
        last = heights[place] = max(wanted, last + _NEAR)
    excess = max(0.0, last - 1.0)
    for place, name in enumerate(tips):
        ax.text(1.012, heights[place] - excess, name, transform=ax.transAxes, color=colours[place], va="center", fontweight="bold")


def _at_risk(ax: Axes, curves: SurvivalCurves, groups: list, colours: list[str]) -> None:
    """A small table under the axis: how many customers are followed at each tick."""
    begins, ends = ax.get_xlim()
    ticks = [tick for tick in ax.get_xticks() if begins <= tick <= ends]
    ax.set_xticks(ticks)
    ax.set_xlim(begins, ends)
    ax.set_xlabel(_("Days as a customer; below, how many customers are followed"), labelpad=6)
    names = dict(list(curves.table.groupby("group", observed=True, sort=False)))
    for row, (name, colour) in enumerate(zip(groups, colours, strict=True)):
        own = names[name]
        for tick in ticks:
            ax.annotate(f"{_followed(own, tick):,}", (tick, 0), xycoords=("data", "axes fraction"), xytext=(0, -46 - 15 * row),
                        textcoords="offset points", ha="center", va="top", color=colour, fontsize=9.5, annotation_clip=False)  # fmt: skip
    # An empty line of text keeps room for the numbers.
    ax.annotate("\n" * len(groups), (0, 0), xycoords="axes fraction", xytext=(0, -46), textcoords="offset points", va="top", fontsize=9.5)


def _followed(own: pd.DataFrame, when: float) -> int:
    """How many are followed just before `when`."""
    place = int(np.searchsorted(own["time"].to_numpy(), when, side="left"))
    return int(own["at_risk"].iloc[place]) if place < len(own) else 0


def hazard_ratios(fit: CoxFit, *, ax: Axes | None = None) -> Axes:
    """Draw each hazard ratio with its interval on a logarithmic axis; the line at 1 means no effect.

    Answers: what drives customers away, what keeps them, and how sure is each?

    Parameters
    ----------
    fit : CoxFit, from :func:`crmlib.survival.cox`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Lewis and Clarke (2001), on forest plots.

    >>> from crmlib.survival import cox
    >>> data = pd.DataFrame({"days": [5, 8, 9, 12, 15], "lost": [1, 1, 0, 1, 1], "late": [0.3, 0.6, 0.5, 0.1, 0.2]})
    >>> len(hazard_ratios(cox(data, duration="days", covariates=["late"])).get_yticks())
    1
    """
    _wanted(fit, "log_likelihood_null", "crm.survival.cox")
    table = fit.table
    ax = canvas(ax, height=1.5 + 0.42 * len(table))
    rows = np.arange(len(table))
    ax.axvline(1.0, color=theme.GREY, linewidth=1.2, zorder=1)
    for row, (low, high, ratio) in enumerate(table[["low", "high", "hazard_ratio"]].itertuples(index=False)):
        colour = theme.ORANGE if low > 1 else theme.GREEN if high < 1 else theme.GREY
        ax.plot([low, high], [row, row], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
        ax.plot(ratio, row, "o", color=colour, markersize=7, zorder=3)
        ax.text(
            1.02, row, f"{ratio:.2f}  ({low:.2f}–{high:.2f})", transform=ax.get_yaxis_transform(), va="center", color=colour, fontsize=9.5
        )
    names = column_names(table.index)
    ax.set_yticks(rows, [names[name] for name in table.index])
    ax.set_xscale("log")
    edge = max(1.3, float(np.nanmax(np.abs(np.log(table[["low", "high"]].to_numpy())))) * 1.06)
    ax.set(ylim=(len(table) - 0.5, -0.7), xlim=(np.exp(-edge), np.exp(edge)))
    ax.xaxis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(_("Risk of leaving, times (hazard ratio)"))
    ax.text(0.0, 1.01, _("← stays longer"), transform=ax.transAxes, color=theme.GREEN, va="bottom")
    ax.text(1.0, 1.01, _("leaves sooner →"), transform=ax.transAxes, color=theme.ORANGE, va="bottom", ha="right")
    return ax


def grace_curve(*curves: GraceCurve, busy: bool = False, ax: Axes | None = None) -> Axes:
    """Draw the share of false alarms against the days until one knows; each point is a grace period.

    Answers: what does waiting longer buy, and is it worth the days?

    Parameters
    ----------
    curves : one or more GraceCurve, from :func:`crmlib.churn.grace_curve`
        For example one with a period for all and one by the own rhythm.
    busy : bool
        Count the days to know where it costs most: each customer weighs as much as the days on which it had shipped.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        There is no curve, or it is something else.

    Source: own.

    >>> from crmlib.churn import grace_curve as price
    >>> log = pd.DataFrame({"customer_id": ["c1", "c1", "c2"], "picked_up_at": pd.to_datetime(["2026-01-01", "2026-03-02", "2026-01-01"])})
    >>> grace_curve(price(log, as_of="2026-12-01", grace=[30, 60, 90])).has_data()
    True
    """
    if not curves:
        raise ValueError(_("There is no curve to draw: give what crm.churn.grace_curve returns."))
    ax = canvas(ax)
    lines = []
    for curve in curves:
        _wanted(curve, "own_rhythm", "crm.churn.grace_curve")
        for name, rows in curve.table.groupby(curve.by or "group", sort=False, observed=True):
            rows = rows.dropna(subset=["false_alarm"]).sort_values("grace")
            if len(rows):
                lines.append((curve, name, rows))
    if not lines:
        raise ValueError(_("Nobody was watched long enough after being called lost, so false alarms cannot be told. Take a longer period."))
    days = "days_to_know_busy" if busy else "days_to_know"
    colours = _colours(len(lines))
    for colour, (curve, _name, rows) in zip(colours, lines, strict=True):
        ax.fill_between(rows[days], rows["low"], rows["high"], color=colour, alpha=0.15, linewidth=0)
        ax.plot(rows[days], rows["false_alarm"], "o-", color=colour, markersize=5)
    ax.set_xlim(0, max(rows[days].max() for _curve, _name, rows in lines) * 1.03)
    ax.set_ylim(0, min(1.0, max(rows["high"].max() for _curve, _name, rows in lines) * 1.08))
    ax.set_xlabel(_("Days until one knows, busy customers weighing more") if busy else _("Days until one knows that a customer is lost"))
    within = {curve.within_days for curve in curves}
    ax.set_ylabel(_("Called lost, but back within {days} days").format(days="/".join(map(str, sorted(within)))))
    percent_axis(ax, "y")
    ax.grid(axis="y")
    _name_lines(ax, lines, colours, days)
    if len(lines) == 1:
        _name_points(ax, lines[0], days)
    return ax


def _name_lines(ax: Axes, lines: list, colours: list[str], days: str) -> None:
    both = len({curve.own_rhythm for curve, _name, _rows in lines}) > 1
    grouped = any(curve.by is not None for curve, _name, _rows in lines)
    if not both and not grouped:
        return
    tips = {}
    for curve, name, rows in lines:
        rhythm = (_("by own rhythm") if curve.own_rhythm else _("one period for all")) if both else ""
        group = group_label(name, curve.by) if curve.by is not None else ""
        tips[", ".join(part for part in (group, rhythm) if part)] = float(rows["false_alarm"].iloc[-1])
    ends = {float(rows[days].iloc[-1]) for _curve, _name, rows in lines}
    if len(ends) == 1:
        _tip_labels(ax, tips, colours)
        return
    for place, (text, (_curve, _name, rows)) in enumerate(zip(tips, lines, strict=True)):
        middle = rows.iloc[len(rows) // 3]
        below = place == int(np.argmin([float(np.interp(middle[days], rows[days], rows["false_alarm"])) for _c, _n, rows in lines]))
        ax.annotate(text, (middle[days], middle["false_alarm"]), xytext=(-10, -14) if below else (10, 8), textcoords="offset points",
                    ha="right" if below else "left", color=colours[place], fontweight="bold")  # fmt: skip


def _name_points(ax: Axes, line: tuple, days: str) -> None:
    curve, _name, rows = line
    for place, (_index, row) in enumerate(rows.iterrows()):
        if place % 2 == 0 or place == len(rows) - 1:
            text = _("{times:g} gaps").format(times=row["grace"]) if curve.own_rhythm else _("{days:g} days").format(days=row["grace"])
            ax.annotate(
                f"{text}: {row['false_alarm']:.0%}", (row[days], row["false_alarm"]), xytext=(6, 7), textcoords="offset points", fontsize=9
            )


def churn_months(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the monthly rate of churn with its interval, one line a group.

    Answers: does churn rise, and in which group?

    Parameters
    ----------
    table : DataFrame, from :func:`crmlib.churn.churn_months`
        Of one kind of rate only.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The table is another, or holds two kinds of rates.

    Source: own.

    >>> months = pd.date_range("2026-01-01", periods=2, freq="MS")
    >>> churn_months(pd.DataFrame({"month": months, "kind": "gross", "rate": [0.02, 0.03], "low": 0.01, "high": 0.05})).has_data()
    True
    """
    need(table, ["month", "kind", "rate", "low", "high"], "crm.churn.churn_months")
    kinds = table["kind"].unique()
    if len(kinds) > 1:
        raise ValueError(
            _("The table mixes {kinds}; a figure shows one kind of rate. Draw them one by one.").format(kinds=", ".join(kinds))
        )
    ax = canvas(ax)
    group = next((name for name in table.columns if name not in _OF_MONTHS), None)
    parts = [(None, table)] if group is None else list(table.groupby(group, sort=False, observed=True))
    colours = _colours(len(parts))
    for colour, (_name, rows) in zip(colours, parts, strict=True):
        ax.fill_between(rows["month"], rows["low"], rows["high"], color=colour, alpha=0.12, linewidth=0)
        ax.plot(rows["month"], rows["rate"], "o-", color=colour, markersize=4)
    ax.set_ylabel({"gross": _("Gross churn a month"), "net": _("Net churn a month"), "revenue": _("Revenue churn a month")}[kinds[0]])
    if kinds[0] == "net":
        ax.axhline(0, color=theme.GREY, linewidth=1)
    else:
        ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.grid(axis="y")
    ax.tick_params(axis="x", rotation=30)
    if len(parts) > 1:
        _tip_labels(ax, {group_label(name, group): float(rows["rate"].iloc[-1]) for name, rows in parts}, colours)
    return ax


def _wanted(result: object, attribute: str, maker: str) -> None:
    if not hasattr(result, attribute):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(maker=maker, kind=type(result).__name__))
