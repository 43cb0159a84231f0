"""What a customer's parcels should have been this month: its own past level, the season of its market, and how far months scatter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

_LEAST_HISTORY = 6
_REGULAR_PARCELS = 5.0
_CELLS = 40_000
_ENOUGH = 200
_USUAL_SCATTER = 0.1
_HALVINGS = 14


@dataclass(frozen=True, eq=False)
class VolumePast:
    """Customers × months: `counts`, the `expected` number and the `size` of its negative binomial (missing where not watched)."""

    customers: pd.Index
    months: pd.PeriodIndex
    counts: np.ndarray
    expected: np.ndarray
    size: np.ndarray
    scatter: pd.Series

    def tail(self, month: int) -> tuple[np.ndarray, np.ndarray]:
        """Chance of so few, and of so many, parcels in that month, if nothing changed."""
        from scipy.stats import nbinom

        size, expected, counts = self.size[:, month], self.expected[:, month], self.counts[:, month]
        share = size / (size + expected)
        return nbinom.cdf(counts, size, share), nbinom.sf(counts - 1, size, share)

    def limits(self, rows: np.ndarray, month: int | slice, share: float) -> tuple[np.ndarray, np.ndarray]:
        """Between which counts a month lies with probability 1 − `share` at least, if nothing changed."""
        from scipy.stats import nbinom

        size, expected = self.size[rows, month], self.expected[rows, month]
        chance = size / (size + expected)
        return nbinom.ppf(share / 2, size, chance), nbinom.isf(share / 2, size, chance)


def volume_past(waybills: pd.DataFrame, market: pd.Series | None, month: pd.Period, window: int, span: int = 1) -> VolumePast:
    """Counts of `span` months up to each month, and what they should have been given the `window` months before them.

    The level is the customer's parcels over the season's weights. The season of a market is the median, over its regular customers, of
    their parcels over their level, so that no single customer makes it. Months scatter more than counts do: variance = mean + scatter ×
    mean², with one scatter a market, chosen so that the middle 80% of earlier months fall where 80% should; leavers
    and climbers sit in the tails and cannot widen it much. The level's own uncertainty is added.

    >>> days = pd.date_range("2025-01-01", "2025-12-31", freq="D")
    >>> past = volume_past(pd.DataFrame({"customer_id": "c1", "picked_up_at": days}), None, pd.Period("2025-12", "M"), 12)
    >>> past.counts[0, -3:].tolist(), past.expected[0, -1:].round().tolist()
    ([31, 30, 31], [30.0])
    """
    at = waybills["picked_up_at"].dt.to_period("M")
    rows = at <= month
    months = pd.period_range(at.min(), month, freq="M")
    codes, customers = pd.factorize(waybills.loc[rows, "customer_id"], sort=True)
    place = (at[rows].dt.year * 12 + at[rows].dt.month - months[0].year * 12 - months[0].month).to_numpy()
    counts = np.bincount(codes * len(months) + place, minlength=len(customers) * len(months)).reshape(len(customers), len(months))
    groups = pd.Series("all", index=customers) if market is None else market.reindex(customers).astype(object).fillna("all")
    joined = np.argmax(counts > 0, axis=1)
    expected, counting, scattered = (np.full(counts.shape, np.nan) for __ in range(3))
    codes, names = pd.factorize(groups.to_numpy())
    for today in range(_LEAST_HISTORY + span - 1, len(months)):
        begin = today - span + 1
        past = slice(max(0, begin - window), begin)
        # The month of the first parcel is seldom a whole one.
        there = (np.arange(len(months))[past] > joined[:, None]) | (joined[:, None] == 0)
        weights = _season(counts[:, past], counts[:, begin : today + 1], there, codes, len(names))
        before, now = weights[:, : -span] * there, weights[:, -span:]
        total = before.sum(axis=1)
        watched = (there.sum(axis=1) >= _LEAST_HISTORY) & (counts[:, max(0, today - 3) : today].sum(axis=1) > 0) & (total > 0)
        level = np.divide((counts[:, past] * there).sum(axis=1) + 0.5, total, out=np.ones(len(customers)), where=watched)
        due, sure = level * now.sum(axis=1), np.maximum(total, 1e-9)
        expected[watched, today] = due[watched]
        # Variance by counting, now and in the level; and by scatter, without its factor.
        counting[watched, today] = (due + due**2 / (level * sure))[watched]
        scattered[watched, today] = (level**2 * (now**2).sum(axis=1) + due**2 * (before**2).sum(axis=1) / sure**2)[watched]
    counts = counts if span == 1 else np.cumsum(counts, axis=1) - np.cumsum(np.pad(counts, ((0, 0), (span, 0)))[:, :-span], axis=1)
    expected = np.maximum(expected, 1e-3)
    scatter = np.array(
        [_scatter(*(values[codes == code] for values in (counts, expected, counting, scattered))) for code in range(len(names))]
    )
    size = expected**2 / np.maximum(counting + scatter[codes][:, None] * scattered - expected, 1e-6 * expected)
    return VolumePast(customers, months, counts, expected, size, pd.Series(scatter, index=names))


def _season(past: np.ndarray, now: np.ndarray, there: np.ndarray, codes: np.ndarray, groups: int) -> np.ndarray:
    """Weights of the past months and of those looked at, customers × months, the same for a whole market."""
    months = np.column_stack([past, now])
    regular = there.all(axis=1) & (past.mean(axis=1) >= _REGULAR_PARCELS) & (past[:, -2:].sum(axis=1) > 0) & (now > 0).all(axis=1)
    weights = np.empty(months.shape)
    for code in range(groups):
        members = codes == code
        own = members & regular
        own = own if own.sum() >= 10 else regular
        # Too few customers cannot tell a season: then all months count alike.
        weights[members] = _median_season(months[own]) if own.sum() >= 10 else 1.0
    return weights


def _median_season(months: np.ndarray) -> np.ndarray:
    season = np.ones(months.shape[1])
    for __ in range(3):
        level = months.sum(axis=1, keepdims=True) / season.sum()
        season = np.median(months / level, axis=0)
        season = np.maximum(season / season.mean(), 0.02)
    return season


def _scatter(counts: np.ndarray, expected: np.ndarray, counting: np.ndarray, scattered: np.ndarray) -> float:
    """The extra scatter with which the middle 80% of the months watched fall where 80% should."""
    from scipy.stats import nbinom

    known = np.nan_to_num(expected).ravel()
    # Scatter matters to large customers, where counting is exact; small ones say little of it.
    rows = next((rows for least in (20, 10, 5, 2) if len(rows := np.flatnonzero(known >= least)) >= _ENOUGH), np.array([], dtype=np.int64))
    if not len(rows):
        return _USUAL_SCATTER
    rows = rows[:: max(1, len(rows) // _CELLS)]
    seen, mean, counted, strewn = (values.ravel()[rows] for values in (counts, expected, counting, scattered))
    low, high = 0.0, 4.0
    for __ in range(_HALVINGS):
        scatter = (low + high) / 2
        size = mean**2 / np.maximum(counted + scatter * strewn - mean, 1e-6 * mean)
        share = size / (size + mean)
        middle = (nbinom.cdf(seen, size, share) + nbinom.cdf(seen - 1, size, share)) / 2
        inside = ((middle > 0.1) & (middle < 0.9)).mean()
        low, high = (scatter, high) if inside < 0.8 else (low, scatter)
    return (low + high) / 2
