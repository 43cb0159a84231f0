"""Gauss's hypergeometric function in logs, for parameters as large as a customer's thousand purchases."""

from __future__ import annotations

import numpy as np

_TERMS = 1_000_000
_MILDLY_NEGATIVE = -12.0
"""From here up the signs of the transformed series cancel fewer than six of sixteen digits."""
_LARGE = 1e150
_TERMS_AT_ONCE = 8


def log_hyp2f1(a: np.ndarray, b: np.ndarray, c: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The logarithm of ₂F₁(a, b; c; z) for positive a, b, c and 0 ≤ z < 1.

    Answers: what is ₂F₁ where the function itself is too large for a computer's numbers?

    Parameters
    ----------
    a, b, c : arrays or numbers, positive, broadcast against z
    z : array or number, 0 ≤ z < 1

    Returns
    -------
    array of the common shape

    Notes
    -----
    Euler's transformation ₂F₁(a, b; c; z) = (1 − z)^(c−a−b) ₂F₁(c−a, c−b; c; z) leaves parameters that stay small when a, b and c
    grow together, as they do with a customer's purchases. Where it would make them larger, or clearly negative, the plain series is summed.
    Sums that outgrow a computer's numbers are scaled down on the way.

    Source: Abramowitz and Stegun (1964), 15.1.1 and 15.3.3.

    >>> bool(np.isclose(log_hyp2f1(1.0, 1.0, 2.0, 0.5), np.log(2 * np.log(2))))
    True
    """
    a, b, c, z = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in (a, b, c, z)))
    shape = z.shape
    a, b, c, z = (values.ravel() for values in (a, b, c, z))
    euler = (c - a >= _MILDLY_NEGATIVE) & (c - b >= _MILDLY_NEGATIVE) & (np.abs((c - a) * (c - b)) <= a * b)
    factor = np.where(euler, (c - a - b) * np.log1p(-z), 0.0)
    return (factor + _log_series(np.where(euler, c - a, a), np.where(euler, c - b, b), c, z)).reshape(shape)


def _log_series(a: np.ndarray, b: np.ndarray, c: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The log of the power series, row by row until a row's terms no longer count."""
    found, rows = np.empty(z.shape), np.arange(z.size)
    total, scale, term = np.ones(z.shape), np.zeros(z.shape), np.ones(z.shape)
    for first in range(0, _TERMS, _TERMS_AT_ONCE):
        for n in range(first, first + _TERMS_AT_ONCE):
            growth = (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z
            term = term * growth
            total += term
        size, growth = np.abs(total), np.abs(growth)
        large = size > _LARGE
        if large.any():
            shrink = np.where(large, 1 / _LARGE, 1.0)
            total, term, size, scale = total * shrink, term * shrink, size * shrink, scale - np.log(shrink)
        # Past the peak the terms shrink at least as fast as from one to the next, so what is left is bounded by a geometric sum.
        counts = (growth >= 1) | (np.abs(term) > 1e-17 * (1 - np.maximum(z, growth)) * size) | (n < -np.minimum(a, b))
        if not counts.all():
            done = ~counts
            found[rows[done]] = np.log(total[done]) + scale[done]
            rows, a, b, c, z, total, scale, term = (values[counts] for values in (rows, a, b, c, z, total, scale, term))
            if not len(rows):
                break
    found[rows] = np.log(total) + scale
    return found
