"""Time as a clock counts it: how much has gone by up to a moment, and at which moment so much will have gone by.

Moments are whole microseconds since 1970 in UTC, so that neither midnight nor a time zone can come between two of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

HOUR = 3_600_000_000
"""Microseconds of an hour."""
NEVER = np.iinfo(np.int64).min
"""What stands for a missing moment."""


@dataclass(frozen=True, eq=False)
class OpenTime:
    """Time that counts only from `starts` to `ends`: stretches in order, none touching the next."""

    starts: np.ndarray
    ends: np.ndarray
    before: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "before", np.concatenate([[0], np.cumsum(self.ends - self.starts)]))

    def upto(self, moments: np.ndarray) -> np.ndarray:
        """How much open time lies before each moment.

        >>> OpenTime(np.array([10, 40]), np.array([20, 45])).upto(np.array([5, 12, 30, 41, 99])).tolist()
        [0, 2, 10, 11, 15]
        """
        place = np.searchsorted(self.starts, moments, side="right") - 1
        inside = np.maximum(place, 0)
        return self.before[inside] + np.where(place < 0, 0, np.minimum(moments, self.ends[inside]) - self.starts[inside])

    def when(self, amounts: np.ndarray) -> np.ndarray:
        """The first moment before which so much open time lies; the closing time, and not the next morning, where both are right.

        >>> OpenTime(np.array([10, 40]), np.array([20, 45])).when(np.array([2, 10, 11])).tolist()
        [12, 20, 41]
        """
        place = np.maximum(np.searchsorted(self.before, amounts, side="left") - 1, 0)
        return self.starts[place] + amounts - self.before[place]


class NaturalTime:
    """Time that always counts, by day and night.

    >>> int(NaturalTime().upto(np.array([7]))[0]), int(NaturalTime().when(np.array([7]))[0])
    (7, 7)
    """

    def upto(self, moments: np.ndarray) -> np.ndarray:
        """Each moment itself."""
        return moments

    def when(self, amounts: np.ndarray) -> np.ndarray:
        """Each amount itself."""
        return amounts


def joined(starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stretches put in order, those that touch or overlap made one.

    >>> [part.tolist() for part in joined(np.array([5, 1, 9]), np.array([8, 6, 12]))]
    [[1, 9], [8, 12]]
    """
    order = np.argsort(starts, kind="stable")
    starts, reach = starts[order], np.maximum.accumulate(ends[order])
    first = np.concatenate([[True], starts[1:] > reach[:-1]])[: len(starts)]
    last = np.concatenate([first[1:], [True]])[: len(starts)]
    return starts[first], reach[last]


def count_in_part(values: np.ndarray, low: np.ndarray, high: np.ndarray, asked: np.ndarray, *, equal: bool) -> np.ndarray:
    """How many of `values[low:high]`, which rise within each such part, lie below `asked` (with `equal`: or at it); one answer a question.

    >>> rising = np.array([3, 8, 1, 2])
    >>> count_in_part(rising, np.array([0, 2]), np.array([2, 4]), np.array([8, 2]), equal=False).tolist()
    [1, 1]
    """
    begin, low, high = low, low.copy(), high.copy()
    rows = np.flatnonzero(low < high)
    while rows.size:
        middle = (low[rows] + high[rows]) // 2
        passed = values[middle] <= asked[rows] if equal else values[middle] < asked[rows]
        low[rows] = np.where(passed, middle + 1, low[rows])
        high[rows] = np.where(passed, high[rows], middle)
        rows = rows[low[rows] < high[rows]]
    return low - begin
