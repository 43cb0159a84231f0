"""Correlations of answers with gaps, and what they say of how much each driver weighs: standardised coefficients and relative weights."""

from __future__ import annotations

import numpy as np

_SINGULAR = 1e-8


def pair_sums(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """For each row the six sums that the correlation of each pair of columns needs, over rows that answered both: shape (rows, 6 × pairs).

    >>> pair_sums(np.array([[1.0, 2.0]]), np.ones(1)).shape
    (1, 6)
    """
    first, second = np.triu_indices(values.shape[1], 1)
    a, b = values[:, first], values[:, second]
    both = ~(np.isnan(a) | np.isnan(b))
    count = np.where(both, weights[:, None], 0.0)
    a, b = np.where(both, a, 0.0), np.where(both, b, 0.0)
    return np.hstack([count, count * a, count * b, count * a * a, count * b * b, count * a * b])


def correlations(sums: np.ndarray, columns: int) -> np.ndarray:
    """The correlation matrices from sums over rows: shape (..., columns, columns); NaN where a column does not vary.

    >>> table = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]])
    >>> round(float(correlations(pair_sums(table, np.ones(3)).sum(axis=0), 2)[0, 1]), 3)
    0.5
    """
    pairs = columns * (columns - 1) // 2
    count, a, b, aa, bb, ab = np.moveaxis(sums.reshape(*sums.shape[:-1], 6, pairs), -2, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread_a, spread_b = aa / count - (a / count) ** 2, bb / count - (b / count) ** 2
        flat = (spread_a <= 1e-12 * (1 + (a / count) ** 2)) | (spread_b <= 1e-12 * (1 + (b / count) ** 2))
        found = np.where(flat, np.nan, (ab / count - a * b / count**2) / np.sqrt(np.where(flat, 1, spread_a * spread_b)))
    first, second = np.triu_indices(columns, 1)
    whole = np.broadcast_to(np.eye(columns), (*sums.shape[:-1], columns, columns)).copy()
    whole[..., first, second] = whole[..., second, first] = np.clip(found, -1, 1)
    return whole


def standardised_coefficients(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Coefficients of a regression among standardised columns; all NaN where the drivers are collinear. Shapes (..., k, k) and (..., k).

    >>> standardised_coefficients(np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([0.5, 0.4])).round(3).tolist()
    [0.4, 0.2]
    """
    values, vectors = np.linalg.eigh(inner)
    sure = values[..., :1] > _SINGULAR
    scaled = np.einsum("...ij,...i->...j", vectors, outer) / np.where(sure, values, 1.0)
    return np.where(sure, np.einsum("...ij,...j->...i", vectors, scaled), np.nan)


def relative_weights(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Johnson's relative weights: parts of R², none negative, that sum to it; collinear drivers share what they have in common.

    Each driver is written through uncorrelated variables that are as near to the drivers as can be; their parts of R² are clear, and are
    handed back to the drivers in proportion. Shapes (..., k, k) and (..., k).

    Source: Johnson (2000), Multivariate Behavioral Research 35, 1–19.

    >>> relative_weights(np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([0.5, 0.4])).sum().round(3).item()
    0.28
    """
    values, vectors = np.linalg.eigh(inner)
    kept = values > _SINGULAR
    root = np.sqrt(np.where(kept, values, 0.0))
    across = np.einsum("...ij,...j,...kj->...ik", vectors, root, vectors)
    back = np.einsum("...ij,...j,...kj->...ik", vectors, np.where(kept, 1 / np.where(kept, root, 1.0), 0.0), vectors)
    beta = np.einsum("...ij,...j->...i", back, outer)
    return np.einsum("...ij,...j->...i", across**2, beta**2)
