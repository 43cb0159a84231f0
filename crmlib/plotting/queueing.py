"""Pictures of queues: what one agent more brings, how long callers wait, how long they are ready to, and a simulated day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlib import standards, theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need, percent_axis
from crmlib.queueing.given import Numbers, given
from crmlib.queueing.steady import load_of, queue_of

if TYPE_CHECKING:
    from crmlib.queueing.patience import Patience
    from crmlib.staffing.simulation import CenterSimulation

_APART = 0.065
"""Labels stand at least so far apart, as a share of the height."""


def staffing_curve(figures: pd.DataFrame, *, target: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw service level, occupancy and, where callers hang up, abandonment by the number of agents.

    Answers: what does one agent more bring, and what does it cost in idle time?

    Parameters
    ----------
    figures : DataFrame, from :func:`crmlib.queueing.queue_figures` for one load and several numbers of agents
    target : share, optional
        The service level to reach; the standard `call_center.target_service_level` if left out. The first number of agents that reaches
        it is marked.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The table is another, or its rows differ in more than the number of agents.

    Source: own.

    >>> from crmlib.queueing import queue_figures
    >>> staffing_curve(queue_figures(120, 300, range(11, 19))).has_data()
    True
    """
    need(figures, ["agents", "traffic_erlang", "service_level", "occupancy", "abandonment_rate"], "crm.queueing.queue_figures")
    rows = figures.sort_values("agents")
    if rows["agents"].duplicated().any() or rows["traffic_erlang"].nunique() > 1:
        raise ValueError(_("This figure compares numbers of agents for one load: crm.queueing.queue_figures(120, 300, range(11, 19))."))
    target = standards.get("call_center.target_service_level", unit="share") if target is None else target
    ax = canvas(ax)
    lines = {"service_level": (_("service level"), theme.BLUE), "occupancy": (_("occupancy"), theme.GREY)}
    if rows["abandonment_rate"].max() > 0:
        lines["abandonment_rate"] = (_("hang up"), theme.ORANGE)
    for column, (_name, colour) in lines.items():
        ax.plot(rows["agents"], rows[column], "o-", color=colour, markersize=5)
    ax.axhline(target, color=theme.GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    reached = rows[rows["service_level"] >= target - 1e-12]
    if len(reached):
        first = reached.iloc[0]
        ax.plot(first["agents"], first["service_level"], "o", color=theme.BLUE, markersize=12, markerfacecolor="none", markeredgewidth=2)
        ax.axvline(first["agents"], color=theme.BLUE, linewidth=1, zorder=0)
        left = first["agents"] < rows["agents"].mean()
        words = _("{agents:.0f} agents: {level:.0%}").format(agents=first["agents"], level=first["service_level"])
        ax.text(first["agents"], 1.07, f" {words} ", color=theme.BLUE, fontweight="bold", va="center", ha="left" if left else "right")
    ax.set_ylim(0, 1.13)
    ax.set_yticks(np.linspace(0, 1, 6))
    percent_axis(ax, "y")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(_("Agents on the phone, for {load:.3g} erlang of calls").format(load=rows["traffic_erlang"].iloc[0]))
    ax.grid(axis="y")
    ends = [(name, float(rows[column].iloc[-1]), colour) for column, (name, colour) in lines.items()]
    _at_ends(ax, [*ends, (_("target {share:.0%}").format(share=target), target, theme.GREY)])
    return ax


def waiting_curve(
    calls_per_hour: float, handle_seconds: float, agents: Numbers, *, patience_seconds: float | None = None, seconds: float = 120,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw the share of callers who are still waiting after so many seconds, a line for each number of agents.

    Answers: how many callers wait awfully long, though the mean looks fine?

    Parameters
    ----------
    calls_per_hour, handle_seconds, agents, patience_seconds : as for :func:`crmlib.queueing.service_level`
        Six numbers of agents at most.
    seconds : where the axis of time ends
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        As for :func:`crmlib.queueing.service_level`; or there are too many lines.

    Source: Erlang (1917); Mandelbaum and Zeltyn (2007).

    >>> len(waiting_curve(120, 300, [12, 14]).lines) >= 2
    True
    """
    values = given(calls_per_hour=calls_per_hour, handle_seconds=handle_seconds, agents=agents, patience_seconds=patience_seconds)
    given(max_wait_seconds=seconds)
    queue, promise = queue_of(values), standards.get("call_center.answer_seconds", unit="seconds")
    if len(queue.load) > len(theme.PALETTE):
        raise ValueError(_("{count} lines cannot be told apart; choose {most} numbers of agents at most.").format(
            count=len(queue.load), most=len(theme.PALETTE)))  # fmt: skip
    ax = canvas(ax)
    times = np.linspace(0, seconds, 121)
    still = np.array([queue.longer(time / values["handle_seconds"]) for time in times])
    names = []
    for place, (count, colour) in enumerate(zip(values["agents"], theme.PALETTE, strict=False)):
        ax.plot(times, still[:, place], color=colour)
        names.append((_("{agents:.0f} agents").format(agents=count), float(still[-1, place]), colour))
    if 0 < promise < seconds:
        ax.axvline(promise, color=theme.GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        ax.text(promise, 1.0, " " + _("promise: {seconds:g} s").format(seconds=promise), transform=ax.get_xaxis_transform(), va="top",
                color=theme.GREY, fontsize=9.5)  # fmt: skip
    ax.set_xlim(0, seconds)
    ax.set_ylim(0, max(0.05, min(1.0, still.max() * 1.12)))
    percent_axis(ax, "y")
    ax.set_xlabel(_("Seconds since the caller entered the queue ({load:.3g} erlang of calls)").format(load=load_of(values)[0]))
    ax.set_ylabel(_("Callers still waiting"))
    ax.grid(axis="y")
    _at_ends(ax, names)
    return ax


def patience_curve(patience: Patience, *, ax: Axes | None = None) -> Axes:
    """Draw the share of callers who would still wait after so many seconds: counted (Kaplan–Meier), and with the estimated mean.

    Answers: is patience exponential, as Erlang A has it?

    Parameters
    ----------
    patience : Patience, from :func:`crmlib.queueing.patience`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: Mandelbaum and Zeltyn (2007); Kaplan and Meier (1958).

    >>> from crmlib.queueing import patience
    >>> patience_curve(patience(pd.DataFrame({"wait_seconds": [0.0, 60.0, 30.0], "abandoned": [False, True, False]}))).has_data()
    True
    """
    if not hasattr(patience, "naive_seconds"):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(
            maker="crm.queueing.patience", kind=type(patience).__name__))  # fmt: skip
    ax = canvas(ax)
    curve = patience.curve
    ends = min(float(curve["time"].max()), 4 * patience.mean_seconds)
    times = np.linspace(0, ends, 121)
    ax.fill_between(curve["time"], curve["low"], curve["high"], step="post", color=theme.BLUE, alpha=0.15, linewidth=0)
    ax.step(curve["time"], curve["survival"], where="post", color=theme.BLUE)
    ax.plot(times, np.exp(-times / patience.mean_seconds), color=theme.ORANGE, linestyle=(0, (5, 2)))
    ax.set_xlim(0, ends)
    ax.set_ylim(0, 1.02)
    percent_axis(ax, "y")
    ax.set_xlabel(_("Seconds in the queue"))
    ax.set_ylabel(_("Callers who would still wait"))
    ax.grid(axis="y")
    ax.text(0.98, 0.95, _("exponential with a mean of {mean:,.0f} s ({low:,.0f}–{high:,.0f})").format(
        mean=patience.mean_seconds, low=patience.low, high=patience.high), transform=ax.transAxes, ha="right", va="top", color=theme.ORANGE,
        fontweight="bold")  # fmt: skip
    ax.text(0.98, 0.87, _("counted: {abandoned:,} hung up, {answered:,} were answered first").format(
        abandoned=patience.abandoned, answered=patience.answered), transform=ax.transAxes, ha="right", va="top", color=theme.BLUE,
        fontweight="bold")  # fmt: skip
    return ax


def simulated_day(simulation: CenterSimulation, *, ax: Axes | None = None) -> Axes:
    """Draw the service level of a simulated day interval by interval, with its interval over the replications, a line a kind of calls.

    Answers: at what time of day do we break the promise?

    Parameters
    ----------
    simulation : CenterSimulation, from :func:`crmlib.staffing.simulate_center`
        With one kind and one team Erlang's figures stand beside, where there is one.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: own.

    >>> from crmlib.staffing import CallKind, Team, simulate_center
    >>> day = simulate_center(CallKind("all", [60, 90], 300), Team("all", [8, 9], answers="all"), replications=3, rng=1)
    >>> simulated_day(day).has_data()
    True
    """
    if not hasattr(simulation, "by_interval"):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(
            maker="crm.staffing.simulate_center", kind=type(simulation).__name__))  # fmt: skip
    ax = canvas(ax)
    day, names = simulation.setting, []
    kinds = [kind.name for kind in day.kinds]
    step = day.interval_seconds / 3600
    for number, kind in enumerate(kinds):
        colour = theme.PALETTE[number % len(theme.PALETTE)]
        rows = simulation.by_interval[simulation.by_interval["call_kind"] == kind].dropna(subset=["service_level"])
        middle = rows["start_hour"] + step / 2
        ax.fill_between(middle, rows["low"], rows["high"], color=colour, alpha=0.15, linewidth=0)
        ax.plot(middle, rows["service_level"], "o-", color=colour, markersize=4)
        if len(rows):
            names.append((kind if len(kinds) > 1 else _("simulated"), float(rows["service_level"].iloc[-1]), colour))
    if (formula := _formula(simulation)) is not None:
        middle = day.edges[:-1] / 3600 + step / 2
        ax.plot(middle, formula, color=theme.ORANGE, linestyle=(0, (5, 2)))
        names.append((_("by Erlang"), float(formula[np.isfinite(formula)][-1]), theme.ORANGE))
    target = standards.get("call_center.target_service_level", unit="share")
    ax.axhline(target, color=theme.GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    names.append((_("target {share:.0%}").format(share=target), target, theme.GREY))
    ax.set_ylim(0, 1.04)
    percent_axis(ax, "y")
    ax.set_xlim(0, day.seconds / 3600)
    ax.set_xlabel(_("Hours since opening"))
    ax.set_ylabel(_("Answered within {seconds:g} s").format(seconds=simulation.target_seconds))
    ax.grid(axis="y")
    _at_ends(ax, names)
    return ax


def _formula(simulation: CenterSimulation) -> np.ndarray | None:
    """Erlang's service level of each interval; missing where Erlang C has none, None where there is more than one queue."""
    from crmlib.queueing import service_level

    day = simulation.setting
    if len(day.kinds) > 1 or len(day.teams) > 1:
        return None
    kind, rate, agents = day.kinds[0], day.calls_per_hour[0], day.agents[0]
    right = rate * kind.handle_seconds / 3600 < agents if kind.patience_seconds is None else np.ones(len(rate), dtype=bool)
    found = np.full(len(rate), np.nan)
    if not right.any():
        return None
    found[right] = service_level(rate[right], kind.handle_seconds, agents[right], target_seconds=simulation.target_seconds,
                                 patience_seconds=kind.patience_seconds)  # fmt: skip
    return found


def _at_ends(ax: Axes, names: list[tuple[str, float, str]]) -> None:
    """Names right of where lines end, moved apart where they would overlap."""
    low, high = ax.get_ylim()
    last, places = -np.inf, []
    for name, value, colour in sorted(names, key=lambda line: line[1]):
        last = max((value - low) / (high - low), last + _APART)
        places.append((name, last, colour))
    excess = max(0.0, last - 1.0)
    for name, height, colour in places:
        ax.text(1.012, height - excess, name, transform=ax.transAxes, color=colour, va="center", fontweight="bold")
