"""Few bins of one feature, along which the default rate only rises or only falls."""

from __future__ import annotations

import numpy as np

from crmlib.i18n import _

DIRECTIONS = ("auto", "rising", "falling")
_PRE_BINS = 50


def monotone_cuts(
    values: np.ndarray, bad: np.ndarray, *, max_bins: int, min_share: float, smoothing: float = 0.0, direction: str = "auto"
) -> np.ndarray:
    """The upper limits (included) of all bins but the last.

    Up to 50 bins of equal size come first. Neighbours that break the direction are merged (pooled adjacent violators), then the smallest
    bin is merged with the neighbour of the nearer default rate until each holds `min_share`, then the two neighbours that differ least
    are merged until `max_bins` are left, and any that break the direction once `smoothing` is added. "auto" takes the direction that
    keeps more information.

    >>> monotone_cuts(np.array([1.0, 2, 3, 4]), np.array([1.0, 1, 0, 0]), max_bins=5, min_share=0.25)
    array([2.])
    """
    if direction not in DIRECTIONS:
        raise ValueError(_('direction is "{value}". Use "auto", "rising" (of the default rate) or "falling".').format(value=direction))
    limits = np.unique(np.quantile(values, np.linspace(0, 1, _PRE_BINS + 1)[1:], method="inverted_cdf"))
    place = np.searchsorted(limits, values, side="left")
    counts = np.stack([np.bincount(place, minlength=len(limits)), np.bincount(place, weights=bad, minlength=len(limits))])
    ways = {"rising": 1, "falling": -1} if direction == "auto" else {direction: 1 if direction == "rising" else -1}
    found = [_merged(limits, counts, sign, max_bins, min_share * len(values), smoothing) for sign in ways.values()]
    return max(found, key=lambda pair: _information(pair[1]))[0][:-1]


def _merged(
    limits: np.ndarray, counts: np.ndarray, sign: int, max_bins: int, least: float, smoothing: float
) -> tuple[np.ndarray, np.ndarray]:
    limits, counts = _pooled(limits, counts, sign)
    while counts.shape[1] > 1 and counts[0].min() < least:
        small, rate = int(counts[0].argmin()), counts[1] / counts[0]
        beside = [other for other in (small - 1, small + 1) if 0 <= other < counts.shape[1]]
        limits, counts = _join(limits, counts, min(small, min(beside, key=lambda other: abs(rate[other] - rate[small]))))
    while counts.shape[1] > max_bins:
        rate = counts[1] / counts[0]
        weight = counts[0][:-1] * counts[0][1:] / (counts[0][:-1] + counts[0][1:])
        limits, counts = _join(limits, counts, int((weight * np.diff(rate) ** 2).argmin()))
    while (wrong := sign * np.diff((counts[1] + smoothing) / (counts[0] + 2 * smoothing)) <= 0).any():
        limits, counts = _join(limits, counts, int(wrong.argmax()))
    return limits, counts


def _pooled(limits: np.ndarray, counts: np.ndarray, sign: int) -> tuple[np.ndarray, np.ndarray]:
    """Pooled adjacent violators: neighbours whose rate does not move in the direction become one bin."""
    kept: list[list[float]] = []
    for limit, size, bads in zip(limits, *counts, strict=True):
        kept.append([limit, size, bads])
        while len(kept) > 1 and sign * (kept[-1][2] * kept[-2][1] - kept[-2][2] * kept[-1][1]) <= 0:
            limit, size, bads = kept.pop()
            kept[-1] = [limit, kept[-1][1] + size, kept[-1][2] + bads]
    table = np.array(kept).T
    return table[0], table[1:]


def _join(limits: np.ndarray, counts: np.ndarray, place: int) -> tuple[np.ndarray, np.ndarray]:
    """Bin `place` and the one after it become one."""
    counts = counts.copy()
    counts[:, place + 1] += counts[:, place]
    return np.delete(limits, place), np.delete(counts, place, axis=1)


def _information(counts: np.ndarray) -> float:
    goods, bads = counts[0] - counts[1] + 0.5, counts[1] + 0.5
    goods, bads = goods / goods.sum(), bads / bads.sum()
    return float(((goods - bads) * np.log(goods / bads)).sum())
