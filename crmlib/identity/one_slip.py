"""Whether two texts are one slip of the keyboard apart, for millions of pairs at once."""

from __future__ import annotations

import numpy as np

_PAIRS_AT_ONCE = 200_000


def one_slip_apart(
    texts: np.ndarray, left: np.ndarray, right: np.ndarray
) -> np.ndarray:
    """Whether `texts[left]` and `texts[right]` differ by one character wrong, dropped, added, or by two neighbours that changed places.

    Parameters
    ----------
    texts : array of str
    left, right : arrays of positions in it, one a pair

    Returns
    -------
    array of bool
        Equal texts are no slip apart: False.

    Source: Damerau, *Communications of the ACM* 7 (1964): four kinds of single errors. One slip leaves a common beginning and a common
    end that meet around it, so no table of distances is needed.

    >>> texts = np.array(["澜禾女装", "兰禾女装", "澜禾装", "禾澜女装", "溯笙鞋包"])
    >>> one_slip_apart(texts, np.zeros(5, dtype=int), np.arange(5)).tolist()
    [False, True, True, True, False]
    """
    texts = np.ascontiguousarray(texts, dtype=np.str_)
    if not len(left) or texts.dtype.itemsize == 0:
        return np.zeros(len(left), dtype=bool)
    signs = texts.view(np.uint32).reshape(len(texts), -1)
    lengths = (signs != 0).sum(axis=1)
    apart = np.abs(lengths[left] - lengths[right])
    found = np.zeros(len(left), dtype=bool)
    rows = np.flatnonzero(apart <= 1)
    for first in range(0, len(rows), _PAIRS_AT_ONCE):
        part = rows[first : first + _PAIRS_AT_ONCE]
        found[part] = _near(signs, lengths, left[part], right[part])
    return found


def _near(
    signs: np.ndarray, lengths: np.ndarray, left: np.ndarray, right: np.ndarray
) -> np.ndarray:
    one, two, width = signs[left], signs[right], signs.shape[1]
    size, other = lengths[left], lengths[right]
    start = _run(one == two, np.minimum(size, other))
    # Texts laid flush with their ends, so that the common end can be counted like the common beginning.
    place = np.arange(width)
    back = [
        np.take_along_axis(text, np.maximum(long[:, None] - 1 - place, 0), axis=1)
        for text, long in ((one, size), (two, other))
    ]
    end = _run(back[0] == back[1], np.minimum(size, other))
    same = size == other
    replaced = same & (start + end == size - 1)
    added = ~same & (start + end >= np.minimum(size, other))
    at, row = (
        np.minimum(start, width - 2) if width > 1 else np.zeros_like(start),
        np.arange(len(one)),
    )
    swapped = np.zeros(len(one), dtype=bool)
    if width > 1:
        swapped = (
            same
            & (start + end == size - 2)
            & (one[row, at] == two[row, at + 1])
            & (one[row, at + 1] == two[row, at])
        )
    return replaced | added | swapped


def _run(equal: np.ndarray, most: np.ndarray) -> np.ndarray:
    """How many of the first places are equal, at most `most`."""
    broken = ~equal
    run = np.where(broken.any(axis=1), broken.argmax(axis=1), equal.shape[1])
    return np.minimum(run, most)
