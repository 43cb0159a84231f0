"""A call centre simulated call by call: skills, overflow, callbacks, redialling, changing load and shifts, which formulas leave out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_rng, require_share
from crmlib.i18n import _
from crmlib.queueing import queue_figures
from crmlib.queueing.given import given
from crmlib.queueing.steady import within_seconds
from crmlib.staffing.simulation_setting import CallKind, Setting, Team, setting

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.staffing.simulation_run import Day

_ALL = "all"
_RATIOS = {
    "answered_share": ("answered", "calls"),
    "service_level": ("in_time", "calls"),
    "waiting_share": ("waited", "calls"),
    "abandonment_rate": ("hung_up", "calls"),
    "mean_wait_seconds": ("wait", "left_queue"),
    "average_speed_of_answer_seconds": ("answered_wait", "answered"),
    "helped_share": ("helped", "calls"),
    "callback_share": ("called_back", "calls"),
    "callback_delay_seconds": ("callback_delay", "callbacks_made"),
    "redial_share": ("redials", "calls"),
}
"""Each figure: what is summed over the calls, divided by what; never a mean of ratios."""
_ERLANG = ("waiting_share", "service_level", "abandonment_rate", "mean_wait_seconds", "average_speed_of_answer_seconds", "occupancy")


@dataclass(frozen=True, eq=False)
class CenterSimulation:
    """What came out, with the interval of each figure over the replications.

    `figures`: call_kind ("all": all calls), figure, value, low, high. Figures are calls (a day), answered_share, service_level,
    waiting_share, abandonment_rate, mean_wait_seconds (all callers), average_speed_of_answer_seconds (those answered), helped_share
    (answered by a team that helps out), callback_share, callback_delay_seconds, redial_share.
    `teams`: team, occupancy, low, high, overtime_hours (a day).
    `by_interval`: start_hour, call_kind, calls, service_level, low, high, abandonment_rate, mean_wait_seconds.
    `runs`: one row a replication and call_kind, with the sums that the figures are made of.
    """

    figures: pd.DataFrame
    teams: pd.DataFrame
    by_interval: pd.DataFrame = field(repr=False)
    runs: pd.DataFrame = field(repr=False)
    target_seconds: float
    replications: int
    level: float
    setting: Setting = field(repr=False)

    def at(self, figure: str, *, kind: str = _ALL) -> pd.Series:
        """One figure: value, low, high.

        >>> day = simulate_center(CallKind("all", 60, 300), Team("all", 9, answers="all"), hours=1, replications=2, rng=1)
        >>> float(day.at("abandonment_rate").value)
        0.0
        """
        rows = self.figures[(self.figures["figure"] == figure) & (self.figures["call_kind"] == kind)]
        if rows.empty:
            raise ValueError(_("There is no figure {figure} of {kind}. Figures: {figures}. Kinds: {kinds}.").format(
                figure=figure, kind=kind, figures=", ".join(self.figures["figure"].unique()),
                kinds=", ".join(map(str, self.figures["call_kind"].unique()))))  # fmt: skip
        return rows.iloc[0][["value", "low", "high"]].astype("float64")

    def summary(self) -> str:
        """Two sentences: the service level with its interval, waits and hang-ups."""
        level, wait, lost = self.at("service_level"), self.at("mean_wait_seconds"), self.at("abandonment_rate")
        return _("Over {replications} simulated days {value:.1%} of calls were answered within {seconds:g} seconds ({level:.0%} interval "
                 "{low:.1%} to {high:.1%}). Callers waited {wait:,.0f} seconds on average, and {lost:.1%} hung up.").format(
            replications=self.replications, value=level.value, seconds=self.target_seconds, level=self.level, low=level.low,
            high=level.high, wait=wait.value, lost=lost.value)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Service level by time of day; see :func:`crmlib.plotting.simulated_day`."""
        from crmlib.plotting.queueing import simulated_day

        return simulated_day(self, ax=ax)


def simulate_center(
    kinds: CallKind | Sequence[CallKind], teams: Team | Sequence[Team], *, hours: float | None = None, interval_minutes: float = 30,
    warm_up_hours: float = 0.0, day_spread: float = 0.0, replications: int = 20, target_seconds: float | None = None, level: float = 0.95,
    rng: np.random.Generator | int,
) -> CenterSimulation:  # fmt: skip
    """Simulate a day of a call centre again and again.

    Answers: what will really happen with these teams and shifts, where the formulas do not apply?

    Parameters
    ----------
    kinds : one or more :class:`CallKind`
        Calls come at random (Poisson), at a rate that may change from interval to interval.
    teams : one or more :class:`Team`
        A call goes to the first team in the list that answers its kind and has somebody idle.
    hours : length of the day, where calls and agents are single numbers
    interval_minutes : length of an interval, where they are lists
    warm_up_hours : calls of the first hours are not counted, for a centre that starts empty is better than it will be
    day_spread : standard deviation of how busy whole days are, as a share of the mean; 0: the forecast is always right
    replications : simulated days, 2 or more
    target_seconds : for the service level; the standard `call_center.answer_seconds` if left out
    level : float, 0–1
        Confidence of the intervals, by the t distribution over replications.
    rng : Generator or whole number

    Returns
    -------
    CenterSimulation
        figures, teams, by_interval, runs; `.at(figure)`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A value is missing, negative or text; lengths differ; a kind has no team, or a team helps with a kind that never overflows.

    Notes
    -----
    Agents of the last interval stay until the queue is empty. A caller who is offered a callback and takes it leaves the queue and is
    called when nobody else waits.

    Source: discrete-event simulation with the library simpy; intervals of ratios by linearisation (Law, Simulation Modeling and Analysis).

    >>> line = CallKind("all", 120, 300, patience_seconds=120)
    >>> day = simulate_center(line, Team("all", 12, answers="all"), hours=4, warm_up_hours=1, replications=4, rng=1)
    >>> bool(day.at("service_level").low < day.at("service_level").value < 1)
    True
    """
    require_share("level", level)
    if isinstance(replications, bool) or not isinstance(replications, (int, np.integer)) or replications < 2:
        raise ValueError(
            _("replications is {value}; it must be a whole number, 2 or more: one day shows no spread.").format(value=replications)
        )
    target = float(given(target_seconds=within_seconds(target_seconds))["target_seconds"][0])
    day = setting(kinds, teams, hours=hours, interval_minutes=interval_minutes, day_spread=day_spread, warm_up_hours=warm_up_hours)
    from crmlib.staffing.simulation_run import Day

    streams = require_rng(rng).spawn(replications)
    sums, busy = [], []
    for number, stream in enumerate(streams):
        run = Day(day, stream).run()
        calls = _calls(run, target)
        sums.append(_sums(calls, day).assign(replication=number))
        busy.append(_occupied(run, day))
    counted = pd.concat(sums, ignore_index=True)
    runs = counted.groupby(["replication", "call_kind"], sort=False).sum().drop(columns="interval").reset_index()
    tables = _figures(runs, level), _teams(np.array(busy), day, level), _by_interval(counted, day, level), runs
    return CenterSimulation(*tables, target, replications, level, day)


def beside_erlang(simulation: CenterSimulation) -> pd.DataFrame:
    """The simulated figures beside those of Erlang's formula, worked out interval by interval and weighted by calls.

    Answers: is the formula good enough here, and where does it go wrong?

    Parameters
    ----------
    simulation : CenterSimulation of one kind of calls and one team
        Erlang A where callers have a patience, else Erlang C.

    Returns
    -------
    DataFrame, one row a figure
        figure, simulated, low, high, erlang, inside (the formula's value lies in the interval)

    Raises
    ------
    ValueError
        Several kinds or teams; or Erlang C where the load is not below the number of agents.

    Source: Green, Kolesar and Soares (2001), on stationary formulas for changing loads.

    >>> day = simulate_center(CallKind("all", 60, 300), Team("all", 9, answers="all"), hours=2, replications=3, rng=1)
    >>> beside_erlang(day).figure.tolist()[:2]
    ['waiting_share', 'service_level']
    """
    if not isinstance(simulation, CenterSimulation):
        raise ValueError(
            _("beside_erlang needs what crm.staffing.simulate_center gives, not a {kind}.").format(kind=type(simulation).__name__)
        )
    day = simulation.setting
    if len(day.kinds) > 1 or len(day.teams) > 1:
        raise ValueError(_("Erlang's formulas know one kind of calls and one team. Simulate those alone to compare."))
    kind = day.kinds[0]
    counted = np.clip(day.edges[1:] - np.maximum(day.edges[:-1], day.warm_up_seconds), 0, None)
    rate, agents = day.calls_per_hour[0], day.agents[0]
    table = queue_figures(
        rate, kind.handle_seconds, agents, target_seconds=simulation.target_seconds, patience_seconds=kind.patience_seconds
    )
    calls = rate * counted
    weights = {"average_speed_of_answer_seconds": calls * (1 - table["abandonment_rate"]), "occupancy": agents * counted}
    rows = []
    for figure in _ERLANG:
        weight = np.asarray(weights.get(figure, calls), dtype="float64")
        formula = float((table[figure] * weight).sum() / weight.sum()) if weight.sum() > 0 else np.nan
        found = simulation.teams.set_index("team").iloc[0] if figure == "occupancy" else simulation.at(figure)
        value = found["occupancy"] if figure == "occupancy" else found["value"]
        rows.append((figure, value, found["low"], found["high"], formula, bool(found["low"] <= formula <= found["high"])))
    return pd.DataFrame(rows, columns=["figure", "simulated", "low", "high", "erlang", "inside"])


def _calls(run: Day, target: float) -> pd.DataFrame:
    """One row a call that counts, with the numbers that are summed."""
    from crmlib.staffing.simulation_run import ANSWERED, CALLED_BACK, HUNG_UP

    entered, left, began, state = (np.array(column) for column in (run.entered, run.left, run.began, run.state))
    kind, crew, wait = np.array(run.kind, dtype=int), np.array(run.crew, dtype=int), left - entered
    own = np.array([[number in team.answers for number in range(len(run.setting.kinds))] for team in run.crews])
    answered, back = state == ANSWERED, state == CALLED_BACK
    made = back & ~np.isnan(began)
    table = pd.DataFrame({
        "kind": kind,
        "interval": np.minimum(entered // run.setting.interval_seconds, run.setting.intervals - 1).astype(int),
        "calls": 1.0,
        "answered": answered,
        "in_time": answered & (wait <= target),
        "waited": ~(wait == 0),
        "hung_up": state == HUNG_UP,
        "left_queue": ~np.isnan(wait),
        "wait": np.nan_to_num(wait),
        "answered_wait": np.where(answered, wait, 0.0),
        "helped": (crew >= 0) & ~own[crew, kind] if len(kind) else crew >= 0,
        "called_back": back,
        "callbacks_made": made,
        "callback_delay": np.where(made, began - left, 0.0),
        "redials": np.array(run.redials, dtype=float),
    })  # fmt: skip
    return table[entered >= run.setting.warm_up_seconds]


def _sums(calls: pd.DataFrame, day: Setting) -> pd.DataFrame:
    """Sums by kind and interval, and over all kinds; a row for each, where nobody called too."""
    cells = len(day.kinds) * day.intervals
    place = calls["kind"].to_numpy() * day.intervals + calls["interval"].to_numpy()
    names = [name for name in calls.columns if name not in ("kind", "interval")]
    sums = np.array([np.bincount(place, calls[name].to_numpy(dtype="float64"), cells) for name in names])
    sums = sums.reshape(len(names), len(day.kinds), day.intervals)
    whole = np.concatenate([sums.sum(axis=1, keepdims=True), sums], axis=1)
    labels = [_ALL, *(kind.name for kind in day.kinds)] if len(day.kinds) > 1 or day.kinds[0].name != _ALL else [_ALL]
    whole = whole[:, : len(labels)]
    table = pd.DataFrame(whole.reshape(len(names), -1).T, columns=names)
    table.insert(0, "call_kind", np.repeat(labels, day.intervals))
    table.insert(1, "interval", np.tile(np.arange(day.intervals), len(labels)))
    return table


def _occupied(run: Day, day: Setting) -> list[tuple[float, float, float]]:
    """For each team the seconds busy, on duty, and of overtime, between the end of the warm-up and the end of the day."""
    began, handle, crew = np.array(run.began), np.array(run.handle), np.array(run.crew)
    start, stop, found = day.warm_up_seconds, day.seconds, []
    scheduled = np.clip(day.edges[1:] - np.maximum(day.edges[:-1], start), 0, None)
    for number, team in enumerate(run.crews):
        mine = crew == number
        begins, ends = began[mine], began[mine] + handle[mine]
        busy = np.clip(np.minimum(ends, stop) - np.maximum(begins, start), 0, None).sum()
        over = np.array(team.overtime).reshape(-1, 2)
        longer = np.clip(np.minimum(over[:, 1], stop) - np.maximum(over[:, 0], start), 0, None).sum()
        found.append((busy, float(day.agents[number] @ scheduled) + longer, (over[:, 1] - over[:, 0]).sum()))
    return found


def _ratio(upper: np.ndarray, lower: np.ndarray, level: float, *, share: bool) -> tuple[float, float, float]:
    """Sum over sum, and its interval over replications."""
    from scipy.special import stdtrit

    whole = lower.sum()
    if not whole > 0:
        return np.nan, np.nan, np.nan
    size, value = len(upper), float(upper.sum() / whole)
    error = np.sqrt(((upper - value * lower) ** 2).sum() / (size * (size - 1))) / lower.mean()
    half = float(stdtrit(size - 1, (1 + level) / 2) * error)
    return value, max(value - half, 0.0), min(value + half, 1.0) if share else value + half


def _figures(runs: pd.DataFrame, level: float) -> pd.DataFrame:
    rows = []
    for kind, own in runs.groupby("call_kind", sort=False):
        rows.append((kind, "calls", *_ratio(own["calls"].to_numpy(), np.ones(len(own)), level, share=False)))
        for figure, (upper, lower) in _RATIOS.items():
            share = not figure.endswith("_seconds")
            rows.append((kind, figure, *_ratio(own[upper].to_numpy(), own[lower].to_numpy(), level, share=share)))
    return pd.DataFrame(rows, columns=["call_kind", "figure", "value", "low", "high"])


def _teams(seconds: np.ndarray, day: Setting, level: float) -> pd.DataFrame:
    rows = [
        (team.name, *_ratio(seconds[:, number, 0], seconds[:, number, 1], level, share=True), seconds[:, number, 2].mean() / 3600)
        for number, team in enumerate(day.teams)
    ]
    return pd.DataFrame(rows, columns=["team", "occupancy", "low", "high", "overtime_hours"])


def _by_interval(sums: pd.DataFrame, day: Setting, level: float) -> pd.DataFrame:
    rows = []
    for (kind, interval), own in sums.groupby(["call_kind", "interval"], sort=False):
        calls = own["calls"].to_numpy()
        reached = _ratio(own["in_time"].to_numpy(), calls, level, share=True)
        others = [_ratio(own[upper].to_numpy(), own[lower].to_numpy(), level, share=False)[0] for upper, lower in (
            _RATIOS["abandonment_rate"], _RATIOS["mean_wait_seconds"])]  # fmt: skip
        rows.append((interval * day.interval_seconds / 3600, kind, calls.mean(), *reached, *others))
    names = ["start_hour", "call_kind", "calls", "service_level", "low", "high", "abandonment_rate", "mean_wait_seconds"]
    return pd.DataFrame(rows, columns=names)
