"""Means of answers with gaps, sums of such means, and intervals that allow for respondents who answered more than once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlib.i18n import _

_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Means:
    """The weighted mean of each column over those who answered it.

    `influence`, shape (respondents, columns): what each respondent adds to the error of each mean (the linearised estimator); each column
    sums to 0. `weighted` and `weights`, same shape: each respondent's sums, from which a bootstrap is drawn.
    """

    mean: np.ndarray
    answered: np.ndarray
    influence: np.ndarray
    weighted: np.ndarray
    weights: np.ndarray


def means(values: np.ndarray, weights: np.ndarray, who: np.ndarray, people: int | None = None) -> Means:
    """Means of the columns of `values` (rows, columns; NaN where not answered); `who` numbers the respondent of each row.

    >>> found = means(np.array([[1.0], [3.0], [np.nan]]), np.ones(3), np.arange(3))
    >>> found.mean.tolist(), found.answered.tolist()
    ([2.0], [2])
    """
    people = int(who.max()) + 1 if people is None else people
    there = ~np.isnan(values)
    counted = np.where(there, weights[:, None], 0.0)
    total = counted.sum(axis=0)
    filled = np.where(there, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (counted * filled).sum(axis=0) / total
        error = counted * (filled - mean) / total
    return Means(mean, there.sum(axis=0), *(by_person(part, who, people) for part in (error, counted * filled, counted)))


def by_person(values: np.ndarray, who: np.ndarray, people: int) -> np.ndarray:
    """The columns of `values` summed over the rows of each respondent: shape (people, columns).

    >>> by_person(np.array([[1.0], [2.0], [4.0]]), np.array([0, 1, 0]), 2).ravel().tolist()
    [5.0, 2.0]
    """
    return np.stack([np.bincount(who, weights=column, minlength=people) for column in values.T], axis=1)


def half_width(influence: np.ndarray, level: float) -> np.ndarray:
    """Half the width of the interval of each column's estimate: Student's t times the clustered standard error; NaN for one respondent.

    >>> half_width(np.array([[-0.5], [0.5]]), 0.95).round(2).tolist()
    [12.71]
    """
    from scipy.stats import t

    people = len(influence)
    if people < 2:
        return np.full(influence.shape[1], np.nan)
    error = np.sqrt(people / (people - 1) * (influence**2).sum(axis=0))
    return t.ppf((1 + level) / 2, people - 1) * error


def require_resamples(resamples: int) -> int:
    """`resamples`, a whole number of at least 100.

    >>> require_resamples(100)
    100
    """
    if isinstance(resamples, bool) or not isinstance(resamples, (int, np.integer)) or resamples < 100:
        raise ValueError(_("resamples is {value}; an interval needs a whole number of at least 100.").format(value=resamples))
    return int(resamples)


def resampled_sums(sums: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Sums over respondents drawn with replacement: shape (resamples, columns).

    >>> resampled_sums(np.ones((5, 1)), 100, np.random.default_rng(1)).ravel()[:2].tolist()
    [5.0, 5.0]
    """
    people = len(sums)
    block = max(1, _CELLS_AT_ONCE // people)
    chances = np.full(people, 1 / people)
    parts = [rng.multinomial(people, chances, size=min(block, resamples - first)).astype(float) @ sums
             for first in range(0, resamples, block)]  # fmt: skip
    return np.concatenate(parts)
