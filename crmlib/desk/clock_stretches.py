"""The stretches for which a clock runs, and how much time it counts in them: pauses and closed hours left out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crmlib.desk.calendar import BusinessCalendar
from crmlib.desk.clock_events import FOREVER, Log, pauses
from crmlib.desk.clock_policy import ClockRule
from crmlib.desk.open_time import HOUR, NaturalTime, OpenTime, count_in_part


@dataclass(frozen=True, eq=False)
class Pauses:
    """Pauses sorted by case, cut off at `as_of`; `amount` is what each leaves out, `before` the sum of all earlier ones."""

    case: np.ndarray
    begins: np.ndarray
    until: np.ndarray
    still: np.ndarray
    time: OpenTime | NaturalTime

    @cached_property
    def before(self) -> np.ndarray:
        amount = self.time.upto(self.until) - self.time.upto(self.begins)
        return np.concatenate([[0], np.cumsum(amount)])

    @cached_property
    def counted_at(self) -> np.ndarray:
        """What the clock of its case shows when each pause begins, from an arbitrary zero."""
        first = np.searchsorted(self.case, self.case, side="left")
        return self.time.upto(self.begins) - (self.before[:-1] - self.before[first])

    def parts(self, case: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the pauses of each case begin and end."""
        return np.searchsorted(self.case, case, side="left"), np.searchsorted(self.case, case, side="right")

    def cut(self, low: np.ndarray, count: np.ndarray, moments: np.ndarray) -> np.ndarray:
        """What the first `count` pauses from `low` on leave out up to `moments`, in the middle of the last of them or after it."""
        last = np.maximum(low + count - 1, 0)
        beyond = np.where((count > 0) & (self.until[last] > moments), self.time.upto(self.until[last]) - self.time.upto(moments), 0)
        return self.before[low + count] - self.before[low] - beyond


@dataclass(frozen=True, eq=False)
class Stretches:
    """One rule's stretches: `case`, `start`, `stop` (`as_of` where `running`), and what the clock counted, in microseconds."""

    rule: ClockRule
    case: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    running: np.ndarray
    time: OpenTime | NaturalTime
    pauses: Pauses

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray]:
        return self.pauses.parts(self.case)

    def _paused_upto(self, moments: np.ndarray) -> np.ndarray:
        low, high = self._parts
        if not len(self.pauses.case):
            return np.zeros(len(self.case), dtype=np.int64)
        return self.pauses.cut(low, count_in_part(self.pauses.begins, low, high, moments, equal=True), moments)

    @cached_property
    def _at_start(self) -> tuple[np.ndarray, np.ndarray]:
        return self.time.upto(self.start), self._paused_upto(self.start)

    @cached_property
    def paused(self) -> np.ndarray:
        """What the pauses left out, of the kind of hours that the clock counts."""
        return self._paused_upto(self.stop) - self._at_start[1]

    @cached_property
    def used(self) -> np.ndarray:
        """What the clock counted."""
        return self.time.upto(self.stop) - self._at_start[0] - self.paused

    @property
    def target(self) -> int:
        """The limit."""
        return round(self.rule.hours * HOUR)

    @property
    def thresholds(self) -> list[int]:
        """What the clock shows when each level is reached and passed."""
        return [round(self.rule.hours * share * HOUR) for share, _who in self.rule.levels]

    def is_paused(self) -> np.ndarray:
        """Whether the clock runs, but stands still just now."""
        low, high = self._parts
        last = np.maximum(high - 1, 0)
        return self.running & (high > low) & (self.pauses.still[last] if len(self.pauses.case) else False)

    def due(self, amount: int) -> np.ndarray:
        """The moment at which the clock shows `amount`, given the pauses up to its stop; of one that goes on, as if it ended now."""
        counted, paused = self._at_start
        wanted = counted - paused + amount
        if len(self.pauses.case):
            low, high = self._parts
            passed = count_in_part(self.pauses.counted_at, low, high, wanted, equal=False)
            seen = count_in_part(self.pauses.begins, low, high, self.stop, equal=False)
            wanted = wanted + self.pauses.cut(low, np.minimum(passed, seen), self.stop)
        return self.time.when(wanted)


def stretches(rule: ClockRule, log: Log, held: np.ndarray, calendar: BusinessCalendar, as_of: int) -> Stretches:
    """The stretches of `rule` in the cases for which it is `held`, in order of case and moment."""
    find = {"first": _to_the_first, "last": _to_the_last, "each": _each}[rule.counts]
    begins, ends = find(rule, log)
    mine = held[log.case[begins]]
    begins, ends = begins[mine], ends[mine]
    running = ends < 0
    case, start = log.case[begins], log.at[begins]
    stop = np.where(running, as_of, log.at[np.maximum(ends, 0)]) if len(log.at) else start
    time: OpenTime | NaturalTime = NaturalTime()
    if rule.basis == "working" and len(case):
        beyond = round(rule.hours * max([1.0, *(share for share, _who in rule.levels)]) * HOUR) + 1
        time = calendar.open_time(int(start.min()), max(int(stop.max()), as_of), beyond=beyond)
    stood, begin, until = pauses(log, rule.pauses)
    used = held[stood]
    stood, begin, until = stood[used], begin[used], until[used]
    return Stretches(rule, case, start, stop, running, time, Pauses(stood, begin, np.minimum(until, as_of), until == FOREVER, time))


def _firsts(log: Log, wanted: np.ndarray) -> np.ndarray:
    """The place of the first wanted event of each case that has one."""
    places = np.flatnonzero(wanted)
    case = log.case[places]
    return places[np.concatenate([[True], case[1:] != case[:-1]])[: len(case)]]


def _to_the_first(rule: ClockRule, log: Log) -> tuple[np.ndarray, np.ndarray]:
    begins = _firsts(log, log.has(rule.starts))
    return begins, _next(log, log.has(rule.stops), begins)


def _to_the_last(rule: ClockRule, log: Log) -> tuple[np.ndarray, np.ndarray]:
    begins = _firsts(log, log.has(rule.starts))
    size = len(log.case)
    places = np.arange(size)
    close = np.searchsorted(log.case, log.case[begins], side="right") - 1
    stop = np.maximum.accumulate(np.where(log.has(rule.stops), places, -1))[close] if size else begins
    again = np.maximum.accumulate(np.where(log.has(("reopened",)), places, -1))[close] if size else begins
    return begins, np.where((stop > begins) & (again < stop), stop, -1)


def _each(rule: ClockRule, log: Log) -> tuple[np.ndarray, np.ndarray]:
    starting, marks = log.has(rule.starts), log.has(rule.starts) | log.has(rule.stops)
    begun = _firsts(log, starting)
    since = np.full(int(log.case.max()) + 1 if len(log.case) else 0, np.iinfo(np.int64).max)
    since[log.case[begun]] = begun
    places = np.arange(len(log.case))
    begins = np.flatnonzero(starting & (places >= since[log.case]))
    return begins, _next(log, marks, begins)


def _next(log: Log, wanted: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """The place of the next wanted event of the same case after each of `begins`, −1 where there is none."""
    size = len(log.case)
    following = np.minimum.accumulate(np.where(wanted, np.arange(size), size)[::-1])[::-1]
    found = np.concatenate([following, [size]])[begins + 1] if size else begins
    inside = found < size
    return np.where(inside & (log.case[np.minimum(found, size - 1)] == log.case[begins]), found, -1)
