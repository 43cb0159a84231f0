"""One simulated day, event by event, on the clock of simpy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import simpy

from crmlib.staffing.simulation_setting import CallKind, Setting

WAITING, ANSWERED, HUNG_UP, CALLED_BACK = range(4)
_CLOSE = 1e-6


@dataclass
class _Crew:
    """A team at work: how many are idle, and how many go home when their call ends (since when)."""

    answers: tuple[int, ...]
    helps_with: tuple[int, ...]
    idle: int = 0
    going: deque = field(default_factory=deque)
    overtime: list[tuple[float, float]] = field(default_factory=list)


class Day:
    """The calls of one day in lists, one place a call; filled while the day runs."""

    def __init__(self, setting: Setting, rng: np.random.Generator) -> None:
        self.setting, self.rng, self.clock = setting, rng, simpy.Environment()
        place = {kind.name: number for number, kind in enumerate(setting.kinds)}
        self.crews = [
            _Crew(tuple(place[name] for name in team.answers), tuple(place[name] for name in team.helps_with)) for team in setting.teams
        ]
        kinds = range(len(setting.kinds))
        self.first_line = [[crew for crew in self.crews if kind in crew.answers] for kind in kinds]
        self.helpers = [[crew for crew in self.crews if kind in crew.helps_with] for kind in kinds]
        self.waiting: list[deque[int]] = [deque() for _kind in kinds]
        self.to_call_back: list[deque[int]] = [deque() for _kind in kinds]
        self.kind, self.entered, self.handle, self.patience = _draw(setting, rng)
        size = len(self.kind)
        self.state, self.left, self.began, self.crew = [WAITING] * size, [np.nan] * size, [np.nan] * size, [-1] * size
        self.redials = [0] * size
        self.number = {id(crew): number for number, crew in enumerate(self.crews)}

    def run(self) -> Day:
        for number, crew in enumerate(self.crews):
            self.clock.process(self._shifts(crew, self.setting.agents[number].tolist()))
        self.clock.process(self._arrivals())
        self.clock.run()
        return self

    def _later(self, seconds: float, action: Callable[..., None], *who: object) -> None:
        self.clock.timeout(seconds).callbacks.append(lambda _event: action(*who))

    def _shifts(self, crew: _Crew, agents: list[int]) -> Iterator[simpy.Event]:
        here = 0
        for wanted, same in groupby(agents):
            for _agent in range(here - wanted):
                if crew.idle:
                    crew.idle -= 1
                else:
                    crew.going.append(self.clock.now)
            for _agent in range(wanted - here):
                if crew.going:
                    crew.overtime.append((crew.going.popleft(), self.clock.now))
                else:
                    self._free(crew)
            here = wanted
            yield self.clock.timeout(len(list(same)) * self.setting.interval_seconds)

    def _arrivals(self) -> Iterator[simpy.Event]:
        for call in range(len(self.kind)):
            yield self.clock.timeout(self.entered[call] - self.clock.now)
            self._enters(call)

    def _enters(self, call: int) -> None:
        number = self.kind[call]
        for crew in self.first_line[number]:
            if crew.idle:
                crew.idle -= 1
                self._answer(call, crew)
                return
        kind = self.setting.kinds[number]
        self.waiting[number].append(call)
        if kind.patience_seconds is not None:
            self._later(self.patience[call], self._hangs_up, call)
        if kind.overflow_after_seconds is not None and self.helpers[number]:
            self._later(kind.overflow_after_seconds, self._overflows, call)
        if kind.callback_after_seconds is not None and self.rng.random() < kind.callback_share:
            self._later(kind.callback_after_seconds, self._leaves_number, call)

    def _answer(self, call: int, crew: _Crew) -> None:
        if self.state[call] == WAITING:
            self.state[call], self.left[call] = ANSWERED, self.clock.now
        self.began[call], self.crew[call] = self.clock.now, self.number[id(crew)]
        self._later(self.handle[call], self._ends, crew)

    def _ends(self, crew: _Crew) -> None:
        if crew.going:
            crew.overtime.append((crew.going.popleft(), self.clock.now))
        else:
            self._free(crew)

    def _free(self, crew: _Crew) -> None:
        call = self._next(crew)
        if call is None:
            crew.idle += 1
        else:
            self._answer(call, crew)

    def _next(self, crew: _Crew) -> int | None:
        """Own calls first, then those that have waited long enough for help, then those to be called back; the oldest of each."""
        ready = [call for kind in crew.answers if (call := self._first(kind)) is not None]
        if not ready:
            ready = [call for kind in crew.helps_with if (call := self._first(kind)) is not None and self._overdue(call)]
        if ready:
            call = min(ready, key=self.entered.__getitem__)
            self.waiting[self.kind[call]].popleft()
            return call
        lists = [self.to_call_back[kind] for kind in crew.answers if self.to_call_back[kind]]
        return min(lists, key=lambda calls: self.left[calls[0]]).popleft() if lists else None

    def _first(self, kind: int) -> int | None:
        queue = self.waiting[kind]
        while queue and self.state[queue[0]] != WAITING:
            queue.popleft()
        return queue[0] if queue else None

    def _overdue(self, call: int) -> bool:
        return self.clock.now - self.entered[call] >= self.setting.kinds[self.kind[call]].overflow_after_seconds - _CLOSE

    def _overflows(self, call: int) -> None:
        helper = next((crew for crew in self.helpers[self.kind[call]] if crew.idle), None)
        if helper is not None and self.state[call] == WAITING:
            helper.idle -= 1
            self._answer(call, helper)

    def _leaves_number(self, call: int) -> None:
        if self.state[call] == WAITING:
            self.state[call], self.left[call] = CALLED_BACK, self.clock.now
            self.to_call_back[self.kind[call]].append(call)

    def _hangs_up(self, call: int) -> None:
        if self.state[call] != WAITING:
            return
        self.state[call], self.left[call] = HUNG_UP, self.clock.now
        kind = self.setting.kinds[self.kind[call]]
        if kind.redial_share and self.rng.random() < kind.redial_share:
            when = self.clock.now + self.rng.exponential(60 * kind.redial_minutes)
            if when < self.setting.seconds:
                self._later(when - self.clock.now, self._calls_again, self.kind[call])

    def _calls_again(self, number: int) -> None:
        kind = self.setting.kinds[number]
        self.kind.append(number)
        self.entered.append(self.clock.now)
        self.handle.append(float(_handle(kind, 1, self.rng)[0]))
        self.patience.append(float(_patience(kind, 1, self.rng)[0]))
        for column, empty in ((self.state, WAITING), (self.left, np.nan), (self.began, np.nan), (self.crew, -1), (self.redials, 1)):
            column.append(empty)
        self._enters(len(self.kind) - 1)


def _draw(setting: Setting, rng: np.random.Generator) -> tuple[list[int], list[float], list[float], list[float]]:
    """Kind, moment, handle time and patience of the day's calls in order of time. All intervals of a day share how busy it is."""
    spread = setting.day_spread
    busy = rng.gamma(1 / spread**2, spread**2) if spread else 1.0
    counts = rng.poisson(setting.calls_per_hour * busy * setting.interval_seconds / 3600)
    columns = []
    for number, kind in enumerate(setting.kinds):
        size = int(counts[number].sum())
        when = np.repeat(setting.edges[:-1], counts[number]) + rng.random(size) * setting.interval_seconds
        columns.append((np.full(size, number), when, _handle(kind, size, rng), _patience(kind, size, rng)))
    kinds, when, handle, patience = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.argsort(when, kind="stable")
    return tuple(column[order].tolist() for column in (kinds, when, handle, patience))


def _handle(kind: CallKind, size: int, rng: np.random.Generator) -> np.ndarray:
    spread = kind.handle_spread
    if spread is None:
        return rng.exponential(kind.handle_seconds, size)
    return kind.handle_seconds * np.exp(spread * rng.standard_normal(size) - spread**2 / 2)


def _patience(kind: CallKind, size: int, rng: np.random.Generator) -> np.ndarray:
    return np.full(size, np.inf) if kind.patience_seconds is None else rng.exponential(kind.patience_seconds, size)
