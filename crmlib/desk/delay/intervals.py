"""Intervals of ratios whose rows come in clusters: parcels of the same week share weather, peaks and incidents."""

from __future__ import annotations

import numpy as np
import pandas as pd

_FEW_WEEKS = 12


def weeks(moments: np.ndarray) -> np.ndarray:
    """The cluster of each moment, numbered from 0: its week, or its day where the moments span fewer than twelve weeks.

    >>> weeks(np.array(["2026-10-01", "2026-10-01", "2026-10-05"], dtype="datetime64[s]")).tolist()
    [0, 0, 1]
    """
    days = np.asarray(moments).astype("datetime64[D]").astype(np.int64)
    long = len(days) and np.ptp(days) >= 7 * _FEW_WEEKS
    return pd.factorize((days + 3) // 7 if long else days)[0]


def ratio(numerator: np.ndarray, denominator: np.ndarray, cluster: np.ndarray, *, level: float = 0.95) -> tuple[float, float, float]:
    """Sum of `numerator` over sum of `denominator` with its interval by clusters (linearised, Student's t).

    The interval is missing with fewer than two clusters.

    >>> ratio(np.array([1.0, 0, 1, 1]), np.ones(4), np.array([0, 0, 1, 1]))[0]
    0.75
    """
    from scipy.stats import t

    top, bottom = (np.bincount(cluster, weights=values) for values in (numerator, denominator))
    whole = bottom.sum()
    if not whole > 0:
        return np.nan, np.nan, np.nan
    value, groups = top.sum() / whole, int((bottom > 0).sum())
    if groups < 2:
        return float(value), np.nan, np.nan
    error = np.sqrt(groups / (groups - 1) * np.sum((top - value * bottom) ** 2)) / whole
    half = t.ppf(0.5 + level / 2, groups - 1) * error
    return float(value), float(value - half), float(value + half)


def share(hits: np.ndarray, rows: np.ndarray, cluster: np.ndarray, *, level: float = 0.95) -> tuple[float, float, float]:
    """The share of `rows` (yes/no) that are `hits`, with its interval by clusters, within 0 and 1.

    >>> share(np.array([True, False, True, True]), np.ones(4, dtype=bool), np.array([0, 0, 1, 1]))[0]
    0.75
    """
    value, low, high = ratio((hits & rows).astype(float), rows.astype(float), cluster, level=level)
    return value, float(np.maximum(low, 0.0)), float(np.minimum(high, 1.0))
