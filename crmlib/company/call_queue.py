"""A queue for agents, call by call: who waits, who is answered by whom, who hangs up."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from crmlib.i18n import _

Follow = Callable[[int, float, int], tuple[int, float] | None]
"""Told the call, the moment it ended and its agent (-1: hung up), it says which call follows from it and when, or None."""

_ENDS, _GOES, _COMES, _ARRIVES, _GIVES_UP = range(5)
"""What happens, in the order in which things of the same moment happen."""


def simulate_queue(
    arrivals: Sequence[float] | np.ndarray, handle: Sequence[float] | np.ndarray | Callable[[int, int], float],
    patience: Sequence[float] | np.ndarray, agents_by_time: int | Sequence[tuple[int, float, float]], *, follow: Follow | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Run a queue: first come, first served, by the agent who has been idle longest.

    Answers: with these calls and these agents on duty, who waits how long, and who gives up?

    Parameters
    ----------
    arrivals : seconds at which the calls enter the queue, in any order; inf for a call that comes only if it follows from another
    handle : seconds for which a call keeps its agent, talk and after-call work; or a function of (call, agent)
    patience : seconds that each caller is ready to wait; inf for ever
    agents_by_time : rows (agent, from, until) in seconds, agents numbered from 0: who takes calls when. A break is a gap between two
        rows. A call under way when a row ends is finished. A whole number means that many agents at all times.
    follow : called at the end of each call; lets callers who hung up or were not helped call again

    Returns
    -------
    DataFrame, one row a call in the order of `arrivals`
        entered (seconds; missing: the call never came), answered, ended (answered calls: end of handling), wait (seconds until the
        answer or hanging up; missing where neither came), handle (seconds), agent (-1: none), abandoned

    Raises
    ------
    ValueError
        The lists differ in length, a duration is negative or missing, or a row of agents ends before it begins.

    Source: discrete-event simulation of the M/M/N+M queue and its kin; Garnett, Mandelbaum and Reiman (2002) for the abandonment.

    >>> simulate_queue([0, 10, 20], [60, 60, 60], [600, 600, 5], 1)[["wait", "agent", "abandoned"]].values.tolist()
    [[0.0, 0, False], [50.0, 0, False], [5.0, -1, True]]
    """
    entered = np.array(arrivals, dtype=float)
    patient = np.asarray(patience, dtype=float)
    lasts = handle if callable(handle) else _fixed(np.asarray(handle, dtype=float), len(entered))
    _require(entered, patient)
    rows = [(agent, -np.inf, np.inf) for agent in range(agents_by_time)] if isinstance(agents_by_time, int) else agents_by_time
    _require_duty(rows)
    queue = _Queue(entered, patient, lasts, follow)
    queue.run(rows)
    return queue.table()


def _fixed(seconds: np.ndarray, calls: int) -> Callable[[int, int], float]:
    if len(seconds) != calls or not (seconds >= 0).all():
        raise ValueError(_("handle needs one number of seconds, 0 or more, for each of the {calls} calls.").format(calls=calls))
    listed = seconds.tolist()
    return lambda call, _agent: listed[call]


def _require(entered: np.ndarray, patient: np.ndarray) -> None:
    if len(entered) != len(patient) or not (patient >= 0).all():
        raise ValueError(_("patience needs one number of seconds, 0 or more, for each of the {calls} calls.").format(calls=len(entered)))
    if np.isnan(entered).any():
        raise ValueError(_("arrivals must not be missing; the first missing one is call {call}.").format(
            call=int(np.flatnonzero(np.isnan(entered))[0])))  # fmt: skip


def _require_duty(rows: Sequence[tuple[int, float, float]]) -> None:
    for agent, begins, ends in rows:
        if not begins <= ends:
            raise ValueError(_("Agent {agent} cannot be on duty from {begins} until {ends} seconds.").format(
                agent=agent, begins=begins, ends=ends))  # fmt: skip


class _Queue:
    """The state of the queue while it runs."""

    def __init__(self, entered: np.ndarray, patient: np.ndarray, lasts: Callable[[int, int], float], follow: Follow | None) -> None:
        size = len(entered)
        self.arrivals, self.patience, self.lasts, self.follow = entered.tolist(), patient.tolist(), lasts, follow
        self.entered, self.answered, self.left, self.handle = ([np.nan] * size for _column in range(4))
        self.agent = [-1] * size
        self.waiting: OrderedDict[int, None] = OrderedDict()
        self.idle: OrderedDict[int, None] = OrderedDict()
        self.on_duty: set[int] = set()
        self.busy: set[int] = set()
        self.events: list[tuple[float, int, int]] = []

    def run(self, rows: Sequence[tuple[int, float, float]]) -> None:
        self.events = [(when, _ARRIVES, call) for call, when in enumerate(self.arrivals) if when != np.inf]
        self.events += [(begins, _COMES, agent) for agent, begins, ends in rows if begins < ends]
        self.events += [(ends, _GOES, agent) for agent, begins, ends in rows if begins < ends]
        heapq.heapify(self.events)
        happens = {_ENDS: self._ends, _GOES: self._goes, _COMES: self._comes, _ARRIVES: self._arrives, _GIVES_UP: self._gives_up}
        while self.events:
            now, kind, who = heapq.heappop(self.events)
            happens[kind](now, who)

    def _arrives(self, now: float, call: int) -> None:
        self.entered[call] = now
        if self.idle:
            self._answer(now, call, self.idle.popitem(last=False)[0])
            return
        self.waiting[call] = None
        if self.patience[call] != np.inf:
            heapq.heappush(self.events, (now + self.patience[call], _GIVES_UP, call))

    def _answer(self, now: float, call: int, agent: int) -> None:
        seconds = self.lasts(call, agent)
        self.answered[call], self.agent[call], self.handle[call] = now, agent, seconds
        self.busy.add(agent)
        heapq.heappush(self.events, (now + seconds, _ENDS, call))

    def _free(self, now: float, agent: int) -> None:
        if self.waiting:
            self._answer(now, self.waiting.popitem(last=False)[0], agent)
        else:
            self.idle[agent] = None

    def _ends(self, now: float, call: int) -> None:
        agent = self.agent[call]
        self.busy.discard(agent)
        if agent in self.on_duty:
            self._free(now, agent)
        self._next(call, now, agent)

    def _gives_up(self, now: float, call: int) -> None:
        if call in self.waiting:
            del self.waiting[call]
            self.left[call] = now
            self._next(call, now, -1)

    def _comes(self, now: float, agent: int) -> None:
        self.on_duty.add(agent)
        if agent not in self.busy and agent not in self.idle:
            self._free(now, agent)

    def _goes(self, _now: float, agent: int) -> None:
        self.on_duty.discard(agent)
        self.idle.pop(agent, None)

    def _next(self, call: int, now: float, agent: int) -> None:
        following = self.follow(call, now, agent) if self.follow else None
        if following is not None:
            heapq.heappush(self.events, (max(following[1], now), _ARRIVES, following[0]))

    def table(self) -> pd.DataFrame:
        entered, answered, left, handle = (np.array(column) for column in (self.entered, self.answered, self.left, self.handle))
        gave_up = ~np.isnan(left)
        return pd.DataFrame({
            "entered": entered, "answered": answered, "ended": answered + handle, "wait": np.where(gave_up, left, answered) - entered,
            "handle": handle, "agent": np.array(self.agent, dtype=np.int64), "abandoned": gave_up,
        })  # fmt: skip
