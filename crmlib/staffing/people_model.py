"""The second half of a roster: who works which shift, with rest, days off, and the unpleasant shifts shared fairly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlib.staffing.cover_model import Task, weeks_of
from crmlib.staffing.people import People

_OPEN, _UNFAIR, _WISH, _SHORT = 1000.0, 10.0, 3.0, 100.0
"""What counts how much: a shift that nobody works; one shift above or below the fair share; a wish not granted; a half hour short."""


@dataclass(frozen=True, eq=False)
class Rules:
    """What each agent's roster must keep: shifts a week at most, hours of rest, days in a row at most."""

    shifts_a_week: int
    rest_hours: float
    days_in_row: int


@dataclass(frozen=True, eq=False)
class Burden:
    """A kind of shift to share fairly: `marks` is its weight by day and pattern."""

    name: str
    marks: np.ndarray


@dataclass(frozen=True, eq=False)
class Assignment:
    """`works` is yes/no, agents × days × patterns; `open_shifts` (days × patterns) found nobody; `proven`: none better exists."""

    works: np.ndarray
    open_shifts: np.ndarray
    proven: bool


def assign(task: Task, shifts: np.ndarray, people: People, rules: Rules, burdens: list[Burden], time_limit: float) -> Assignment:
    """Give `shifts` (days × patterns) to people.

    >>> import pandas as pd
    >>> from crmlib.staffing.cover_model import task_of
    >>> from crmlib.staffing.patterns import shift_patterns
    >>> from crmlib.staffing.people import people_of
    >>> starts = np.arange("2026-11-02T08:00", "2026-11-02T12:00", 60, dtype="datetime64[m]")
    >>> task = task_of(starts, np.ones(4), 60, shift_patterns([8], hours=8, break_after=(4, 4)))
    >>> found = assign(task, np.array([[1]]), people_of(1, task.days), Rules(5, 11.0, 6), [], 5)
    >>> found.works.tolist(), found.proven
    ([[[True]]], True)
    """
    model = _Model(task, people, rules, np.argwhere(shifts > 0))
    pairs = model.pairs
    opened = model.variables(len(pairs), cost=_OPEN, high=shifts[pairs[:, 0], pairs[:, 1]])
    for number, (day, pattern) in enumerate(pairs.tolist()):
        columns = model.of_pair(number)
        model.row([*columns, opened + number], np.ones(len(columns) + 1), shifts[day, pattern], shifts[day, pattern])
    _share_fairly(model, shifts, people, burdens)
    solved = model.solve(time_limit, gap=0.0)
    works = np.zeros((len(people), *shifts.shape), dtype=bool)
    if solved is None:
        return Assignment(works, shifts.copy(), False)
    chosen, proven = solved
    works[model.agent[chosen], pairs[model.pair[chosen], 0], pairs[model.pair[chosen], 1]] = True
    return Assignment(works, shifts - works.sum(axis=0), proven)


def cover_and_assign(task: Task, people: People, rules: Rules, time_limit: float) -> tuple[np.ndarray, bool] | None:
    """Shifts (days × patterns) that people can work and that leave the fewest agents short, chosen together; None if the time runs out.

    >>> from crmlib.staffing.cover_model import task_of
    >>> from crmlib.staffing.patterns import shift_patterns
    >>> from crmlib.staffing.people import people_of
    >>> starts = np.arange("2026-11-02T08:00", "2026-11-02T12:00", 60, dtype="datetime64[m]")
    >>> task = task_of(starts, np.ones(4), 60, shift_patterns([8], hours=8, break_after=(4, 4)))
    >>> cover_and_assign(task, people_of(1, task.days), Rules(5, 11.0, 6), 5)[0].tolist()
    [[1]]
    """
    size = len(task.patterns)
    useful = np.flatnonzero(task.covers[:, task.need > 0].any(axis=1))
    model = _Model(task, people, rules, np.column_stack([useful // size, useful % size]))
    model.costs[0] = task.paid[model.pairs[model.pair, 1]] / task.paid.max() / 100
    short = model.variables(len(task.need), cost=_SHORT, high=task.need)
    by_pair = [model.of_pair(number) for number in range(len(model.pairs))]
    for number in np.flatnonzero(task.need > 0).tolist():
        columns = [column for pair in np.flatnonzero(task.covers[useful, number]).tolist() for column in by_pair[pair]]
        model.row([*columns, short + number], np.ones(len(columns) + 1), task.need[number], np.inf)
    solved = model.solve(time_limit, gap=1e-3)
    if solved is None:
        return None
    chosen, proven = solved
    shifts = np.zeros((len(task.days), size), dtype=np.int64)
    np.add.at(shifts, tuple(model.pairs[model.pair[chosen]].T), 1)
    return shifts, proven


def _share_fairly(model: _Model, shifts: np.ndarray, people: People, burdens: list[Burden]) -> None:
    """Each agent's burden within the whole numbers around the fair share, which goes by contract hours and days there."""
    weight = people.hours * people.there.mean(axis=1)
    marks_of = model.pairs[model.pair]
    for burden in burdens:
        marks = burden.marks[marks_of[:, 0], marks_of[:, 1]]
        total = (burden.marks * shifts).sum()
        if total == 0 or weight.sum() == 0:
            continue
        unit = burden.marks[burden.marks > 0].max()
        fair = total * weight / weight.sum() / unit
        slack = model.variables(2 * len(people), cost=_UNFAIR, high=np.inf)
        for agent in range(len(people)):
            columns = np.flatnonzero((model.agent == agent) & (marks > 0))
            values = marks[columns] / unit
            model.row([*columns, slack + 2 * agent], [*values, -1.0], -np.inf, np.ceil(fair[agent] - 1e-9))
            model.row([*columns, slack + 2 * agent + 1], [*values, 1.0], np.floor(fair[agent] + 1e-9), np.inf)


class _Model:
    """The integer programme: one yes/no a possible (agent, day, pattern), with the rules that any roster keeps."""

    def __init__(self, task: Task, people: People, rules: Rules, pairs: np.ndarray) -> None:
        self.task, self.pairs = task, pairs.reshape(-1, 2)
        possible = people.there[:, self.pairs[:, 0]]
        self.agent, self.pair = np.nonzero(possible)
        self.size = len(self.agent)
        wished = people.wishes[self.agent, self.pairs[self.pair, 0]]
        self.costs, self.highs, self.whole = [wished * _WISH], [np.ones(self.size)], [np.ones(self.size)]
        self.entries: list[tuple[int, int, float]] = []
        self.lows: list[float] = []
        self.tops: list[float] = []
        self._keep(people, rules)

    def of_pair(self, number: int) -> list[int]:
        return np.flatnonzero(self.pair == number).tolist()

    def variables(self, count: int, *, cost: float, high: object) -> int:
        """Further numbers of 0 or more; the place of the first."""
        first = sum(len(part) for part in self.costs)
        self.costs.append(np.full(count, cost))
        self.highs.append(np.broadcast_to(np.asarray(high, dtype=float), (count,)))
        self.whole.append(np.zeros(count))
        return first

    def row(self, columns: object, values: object, low: float, high: float) -> None:
        """low ≤ Σ value · column ≤ high."""
        place = len(self.lows)
        self.entries.extend((place, int(column), float(value)) for column, value in zip(columns, values, strict=True))
        self.lows.append(low)
        self.tops.append(high)

    def _keep(self, people: People, rules: Rules) -> None:
        day, pattern = self.pairs[self.pair].T
        begins, ends = (self.task.patterns[name].to_numpy(dtype=float) for name in ("begins_hour", "ends_hour"))
        paid, days = self.task.paid, len(self.task.days)
        for agent in range(len(people)):
            own = np.flatnonzero(self.agent == agent)
            by_day = [own[day[own] == number] for number in range(days)]
            for number in range(days):
                self._rest(by_day, number, pattern, begins, ends, rules.rest_hours)
            for week in weeks_of(days):
                columns = np.concatenate([by_day[number] for number in week])
                if len(columns):
                    self.row(columns, np.ones(len(columns)), 0, rules.shifts_a_week)
                    self.row(columns, paid[pattern[columns]], 0, people.hours[agent])
            for begin in range(days - rules.days_in_row):
                columns = np.concatenate(by_day[begin : begin + rules.days_in_row + 1])
                if len(columns):
                    self.row(columns, np.ones(len(columns)), 0, rules.days_in_row)

    def _rest(self, by_day: list[np.ndarray], number: int, pattern: np.ndarray, begins: np.ndarray, ends: np.ndarray, rest: float) -> None:
        """One shift a day, and after it the rest before the next day's: for each end, those that end then or later exclude those that begin
        too soon after it."""
        today = by_day[number]
        if not len(today):
            return
        self.row(today, np.ones(len(today)), 0, 1)
        if number + 1 == len(by_day) or not len(by_day[number + 1]):
            return
        tomorrow = by_day[number + 1]
        for end in np.unique(ends[pattern[today]]):
            soon = tomorrow[begins[pattern[tomorrow]] + 24 < end + rest - 1e-9]
            if len(soon):
                columns = np.concatenate([today[ends[pattern[today]] >= end], soon])
                self.row(columns, np.ones(len(columns)), 0, 1)

    def solve(self, seconds: float, *, gap: float) -> tuple[np.ndarray, bool] | None:
        """Which of the yes/no are yes, and whether nothing is better."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        costs = np.concatenate(self.costs)
        rows, columns, values = (np.array(part) for part in zip(*self.entries, strict=True)) if self.entries else ([], [], [])
        matrix = csr_array((values, (rows, columns)), shape=(len(self.lows), len(costs)))
        # HiGHS in older scipy reads 32-bit places only.
        matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
        solved = milp(
            costs, integrality=np.concatenate(self.whole), bounds=Bounds(0, np.concatenate(self.highs)),
            constraints=LinearConstraint(matrix, self.lows, self.tops), options={"time_limit": max(float(seconds), 0.1), "mip_rel_gap": gap},
        )  # fmt: skip
        if solved.x is None:
            return None
        return solved.x[: self.size] > 0.5, solved.status == 0
