"""The first half of a roster: how many of each shift on each day cover the need with the fewest paid hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.staffing.patterns import working_minutes

_DAY = 1440
_WEEK = 7
_EXACT = 1e-6


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be covered: `need` agents in intervals that begin `at` minutes after the first midnight and last `step` minutes; `days`;
    `covers` is yes/no, (day, pattern) pairs × intervals; `paid` hours by pattern."""

    need: np.ndarray
    at: np.ndarray
    step: int
    days: pd.DatetimeIndex
    patterns: pd.DataFrame
    covers: np.ndarray

    @property
    def paid(self) -> np.ndarray:
        return self.patterns["paid_hours"].to_numpy(dtype=float)

    def covered(self, shifts: np.ndarray) -> np.ndarray:
        """Agents at work in each interval, by the number of shifts (days × patterns)."""
        return shifts.ravel() @ self.covers


@dataclass(frozen=True, eq=False)
class Limits:
    """What people can do at most: shifts on each day; shifts and paid hours in each week (seven days from the first)."""

    by_day: np.ndarray
    shifts_by_week: np.ndarray
    hours_by_week: np.ndarray


@dataclass(frozen=True, eq=False)
class Cover:
    """`shifts` (days × patterns), `short` agents by interval; `proven`: none has fewer short or, with none short, clearly
    fewer hours."""

    shifts: np.ndarray
    short: np.ndarray
    proven: bool


def task_of(starts: np.ndarray, need: np.ndarray, step: int, patterns: pd.DataFrame) -> Task:
    """The need of half hours, given as moments, and which shift covers which of them.

    An agent covers an interval who works all of it.

    >>> from crmlib.staffing.patterns import shift_patterns
    >>> starts = np.arange("2026-11-02T08:00", "2026-11-02T16:00", 60, dtype="datetime64[m]")
    >>> task_of(starts, np.ones(8), 60, shift_patterns([8], hours=8, break_after=(4, 4))).covers.astype(int).tolist()
    [[1, 1, 1, 1, 0, 1, 1, 1]]
    """
    moments = pd.DatetimeIndex(starts)
    days = pd.date_range(moments.min().normalize(), moments.max().normalize(), freq="D")
    at = ((moments - days[0]) // pd.Timedelta(minutes=1)).to_numpy()
    rows = []
    for number in range(len(days)):
        for spans in working_minutes(patterns):
            covered = np.zeros(len(at), dtype=bool)
            for begin, end in spans:
                covered |= (at >= number * _DAY + begin) & (at + step <= number * _DAY + end)
            rows.append(covered)
    return Task(need.astype(float), at, step, days, patterns, np.array(rows))


def weeks_of(days: int) -> list[np.ndarray]:
    """The numbers of the days of each week, from the first day on.

    >>> [week.tolist() for week in weeks_of(9)]
    [[0, 1, 2, 3, 4, 5, 6], [7, 8]]
    """
    return [np.arange(begin, min(begin + _WEEK, days)) for begin in range(0, days, _WEEK)]


def cover_need(task: Task, limits: Limits, time_limit: float) -> Cover:
    """The fewest paid hours that cover the need; where nothing does, what leaves the fewest agents short.

    >>> from crmlib.staffing.patterns import shift_patterns
    >>> starts = np.arange("2026-11-02T08:00", "2026-11-02T12:00", 60, dtype="datetime64[m]")
    >>> task = task_of(starts, np.full(4, 2), 60, shift_patterns([8], hours=8, break_after=(4, 4)))
    >>> found = cover_need(task, Limits(np.array([3]), np.array([3]), np.array([40.0])), 5)
    >>> found.shifts.tolist(), found.short.sum().tolist(), found.proven
    ([[2]], 0.0, True)
    """
    days, patterns = len(task.days), len(task.patterns)
    hours = np.tile(task.paid, days)
    limit, most = _capacity(task, limits, days, patterns)
    solved = _solve(hours, task.covers.T.astype(float), task.need, limit, most, time_limit, gap=2e-3)
    if solved.x is not None:
        shifts = np.rint(solved.x).astype(np.int64).reshape(days, patterns)
        return Cover(shifts, np.maximum(task.need - task.covered(shifts), 0), solved.status == 0)
    size = len(task.need)
    costs = np.concatenate([hours * _EXACT, np.ones(size)])
    solved = _solve(
        costs,
        np.hstack([task.covers.T.astype(float), np.eye(size)]),
        task.need,
        np.hstack([limit, np.zeros((len(limit), size))]),
        most,
        time_limit,
        gap=1e-4,
    )
    if solved.x is None:
        shifts = np.zeros((days, patterns), dtype=np.int64)
    else:
        shifts = np.rint(solved.x[: days * patterns]).astype(np.int64).reshape(days, patterns)
    return Cover(shifts, np.maximum(task.need - task.covered(shifts), 0), solved.x is not None and solved.status == 0)


def _capacity(task: Task, limits: Limits, days: int, patterns: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of what may not be exceeded: shifts of a day, shifts of a week, paid hours of a week."""
    by_day = np.kron(np.eye(days), np.ones(patterns))
    weeks = [np.isin(np.arange(days), week) for week in weeks_of(days)]
    by_week = np.array([np.repeat(week, patterns) for week in weeks], dtype=float)
    rows = np.vstack([by_day, by_week, by_week * np.tile(task.paid, days)])
    return rows, np.concatenate([limits.by_day, limits.shifts_by_week, limits.hours_by_week])


def _solve(costs: np.ndarray, covers: np.ndarray, need: np.ndarray, limit: np.ndarray, most: np.ndarray, seconds: float, *, gap: float):
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    return milp(
        costs, integrality=np.ones(len(costs)), bounds=Bounds(0, np.inf),
        constraints=[LinearConstraint(csr_array(covers), need, np.inf), LinearConstraint(csr_array(limit), -np.inf, most)],
        options={"time_limit": float(seconds), "mip_rel_gap": gap},
    )  # fmt: skip
