"""Covariances of items in many resamples at once, from how often each respondent was drawn."""

from __future__ import annotations

import numpy as np

_NO_VARIANCE = 1e-10


class Moments:
    """Sums and products of the answers, one row a respondent (or group of respondents), so that a resample is a weighted sum of rows.

    Gaps are filled with the mean of the item within the resample, as an analyst would who had that sample alone. A resample in which
    everybody gave an item the same answer has no correlations: all of its covariances are NaN.

    >>> moments = Moments(np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 9.0]]), None)
    >>> moments.covariances(np.ones((1, 3)))[0].round(6).tolist()
    [[1.0, 3.5], [3.5, 13.0]]
    """

    def __init__(self, values: np.ndarray, groups: np.ndarray | None) -> None:
        seen = ~np.isnan(values)
        self.complete = bool(seen.all())
        centre = np.nanmean(values, axis=0)
        self._scale = np.nanstd(values, axis=0)
        centred = np.where(seen, (values - centre) / self._scale, 0.0)
        self._items = values.shape[1]
        self._one, self._two = np.triu_indices(self._items)
        products = centred[:, self._one] * centred[:, self._two]
        if self.complete:
            parts = [products, centred, np.ones((len(values), 1))]
        else:
            known = seen.astype(float)
            crossed = (centred[:, :, None] * known[:, None, :]).reshape(len(values), -1)
            parts = [products, crossed, known[:, self._one] * known[:, self._two], np.ones((len(values), 1))]
        table = np.concatenate(parts, axis=1)
        if groups is not None:
            summed = np.zeros((int(groups.max()) + 1, table.shape[1]))
            np.add.at(summed, groups, table)
            table = summed
        self._table = table
        self._total = table.sum(axis=0)

    def __len__(self) -> int:
        return len(self._table)

    def covariances(self, counts: np.ndarray) -> np.ndarray:
        """One matrix of covariances a row of `counts`; a column of `counts` is a respondent or group."""
        return self._covariances(counts @ self._table)

    def without_one(self, first: int, last: int) -> np.ndarray:
        """The covariances when each of the rows from `first` to `last` is left out in turn."""
        return self._covariances(self._total - self._table[first:last])

    def _covariances(self, sums: np.ndarray) -> np.ndarray:
        items, pairs = self._items, len(self._one)
        rows, products = sums[:, -1, None, None], self._square(sums[:, :pairs])
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.complete:
                mean = sums[:, pairs:-1, None] / rows
                found = products / rows - mean * mean.transpose(0, 2, 1)
            else:
                crossed = sums[:, pairs : pairs + items**2].reshape(-1, items, items)
                together = self._square(sums[:, pairs + items**2 : -1])
                mean = np.diagonal(crossed, axis1=1, axis2=2) / np.diagonal(together, axis1=1, axis2=2)
                one, two = mean[:, :, None], mean[:, None, :]
                found = (products - crossed * two - crossed.transpose(0, 2, 1) * one + one * two * together) / rows
            # Rounding leaves an item that everybody of a resample answered alike with a variance of about 1e-16 instead of 0.
            flat = np.diagonal(found, axis1=1, axis2=2) < _NO_VARIANCE
            found[flat.any(axis=1)] = np.nan
            return found * (rows / (rows - 1)) * np.outer(self._scale, self._scale)

    def _square(self, upper: np.ndarray) -> np.ndarray:
        square = np.empty((len(upper), self._items, self._items))
        square[:, self._one, self._two] = upper
        square[:, self._two, self._one] = upper
        return square
