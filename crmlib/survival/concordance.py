"""Concordance: how often the customer whom a model thinks at greater risk is the first to leave."""

from __future__ import annotations

import numpy as np


def concordance_index(
    times: np.ndarray, events: np.ndarray, risk: np.ndarray, *, entry: np.ndarray | None = None, strata: np.ndarray | None = None
) -> float:
    """Harrell's C: of the pairs whose order of leaving is known, the share in which the higher `risk` left first; equal risks count half.

    A pair counts where one was lost while the other was there, and stayed for longer. Without any such pair the answer is missing.

    Parameters
    ----------
    times, events, entry, strata : arrays, one entry a row; only rows of the same stratum are compared
    risk : array, higher means sooner

    >>> concordance_index(np.array([1.0, 2.0, 3.0]), np.array([True, True, False]), np.array([0.9, 0.1, 0.5]))
    0.6666666666666666
    """
    strata = np.zeros(len(times), dtype=np.int64) if strata is None else strata
    ranks = np.unique(risk, return_inverse=True)[1]
    pairs, halves = _pairs(times, events, ranks, strata, _after(times, ~events))
    if entry is not None:
        # Who came later than the loss was not there; whoever comes later also ends later, so those pairs can be taken away again.
        late, late_halves = _pairs(times, events, ranks, strata, _after(entry, None))
        pairs, halves = pairs - late, halves - late_halves
    return float(halves / 2 / pairs) if pairs else float("nan")


def _after(moments: np.ndarray, stays: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """A moment, and whether it counts as after an equal time of loss."""
    return moments, np.ones(len(moments), dtype=bool) if stays is None else stays


def _pairs(
    times: np.ndarray, events: np.ndarray, ranks: np.ndarray, strata: np.ndarray, after: tuple[np.ndarray, np.ndarray]
) -> tuple[int, int]:
    """How many (lost, after) pairs there are in one stratum, and twice the number of those with the higher rank lost, ties once."""
    moments, counts = after
    order = np.lexsort((counts, moments, strata))
    line = _Line(ranks[order])
    moment_rank = np.unique(np.concatenate([moments, times[events]]), return_inverse=True)[1]
    span = 2 * (int(moment_rank.max()) + 1)
    known = strata[order] * span + 2 * moment_rank[: len(moments)][order] + counts[order]
    asked = strata[events] * span + 2 * moment_rank[len(moments) :]
    begin = np.searchsorted(known, asked, side="right")
    end = np.searchsorted(known, (strata[events] + 1) * span, side="left")
    lower = line.below(begin, end, ranks[events])
    upto = line.below(begin, end, ranks[events] + 1)
    return int((end - begin).sum()), int((lower + upto).sum())


class _Line:
    """Ranks in a row, arranged so that one can ask how many in a stretch of it lie below a given rank (a wavelet matrix)."""

    def __init__(self, ranks: np.ndarray) -> None:
        self.bits = max(1, int(ranks.max() + 1).bit_length())
        self.zeros = []
        for bit in range(self.bits - 1, -1, -1):
            low = (ranks >> bit) & 1 == 0
            self.zeros.append(np.concatenate([[0], np.cumsum(low, dtype=np.int32)]))
            ranks = np.concatenate([ranks[low], ranks[~low]])

    def below(self, begin: np.ndarray, end: np.ndarray, rank: np.ndarray) -> np.ndarray:
        """How many of the places `begin` to `end`, the last not included, hold less than `rank`; one answer a question."""
        found = np.zeros(len(begin), dtype=np.int64)
        for zeros, bit in zip(self.zeros, range(self.bits - 1, -1, -1), strict=True):
            high = (rank >> bit) & 1 == 1
            left, right = zeros[begin], zeros[end]
            found += np.where(high, right - left, 0)
            begin, end = np.where(high, zeros[-1] + begin - left, left), np.where(high, zeros[-1] + end - right, right)
        return found
