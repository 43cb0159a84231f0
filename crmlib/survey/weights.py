"""The chance that somebody answers, by logistic regression, and what one over that chance does to a mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.i18n import _

_ROUNDS = 50
_RIDGE = 1e-6


@dataclass(frozen=True)
class WeightedMean:
    """Means of those who answered, plain and weighted, and what each person invited pulls at both (`influence`, people × 2)."""

    plain: float
    weighted: float
    influence: np.ndarray


def is_number(column: pd.Series) -> bool:
    """Whether a column counts or measures something, rather than naming groups.

    >>> is_number(pd.Series([1.5])), is_number(pd.Series([True]))
    (True, False)
    """
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def known_columns(invited: pd.DataFrame, known: list[str]) -> np.ndarray:
    """What is known of everybody as numbers (people × terms): a constant, a 0/1 term a category but the first, numbers standardised.

    A missing category is a category of its own; a missing number counts as the mean and sets a term of its own.

    >>> known_columns(pd.DataFrame({"market": ["a", "b", "b"]}), ["market"]).tolist()
    [[1.0, 0.0], [1.0, 1.0], [1.0, 1.0]]
    """
    terms = [np.ones(len(invited))]
    for name in known:
        column = invited[name]
        if is_number(column):
            values, missing = column.to_numpy(dtype="float64", na_value=np.nan), column.isna().to_numpy()
            refuse_rows(pd.Series(np.isinf(values), index=column.index), _("{name} is infinite").format(name=name),
                        _("Look for a division by zero where it was worked out."))  # fmt: skip
            # Squares of very large or very small numbers are no numbers any more.
            values = values / (np.nanmax(np.abs(values)) or 1.0) if not missing.all() else values
            spread = np.nanstd(values) if not missing.all() else 0.0
            if spread > 0:
                terms.append(np.where(missing, 0.0, (values - np.nanmean(values)) / spread))
            if missing.any() and not missing.all():
                terms.append(missing.astype(float))
        else:
            codes, groups = pd.factorize(column, use_na_sentinel=False)
            terms += [(codes == place).astype(float) for place in range(1, len(groups))]
    return np.column_stack(terms)


def answering_chance(terms: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """Each person's chance of an answer, by logistic regression on `terms` (people × terms).

    >>> chance = answering_chance(np.array([[1, 0], [1, 0], [1, 1], [1, 1], [1, 1]]), np.array([1, 0, 1, 0, 0]))
    >>> chance.round(3).tolist()
    [0.5, 0.5, 0.333, 0.333, 0.333]
    """
    # A hair of ridge keeps the solution finite where terms repeat each other or everybody of a group answered.
    ridge = _RIDGE * len(terms) * np.eye(terms.shape[1])
    weights = np.zeros(terms.shape[1])
    for _round in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(terms @ weights, -30, 30)))
        slope = terms.T @ (answered - chance) - ridge @ weights
        step = np.linalg.solve((terms * (chance * (1 - chance))[:, None]).T @ terms + ridge, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-9:
            break
    return 1 / (1 + np.exp(-np.clip(terms @ weights, -30, 30)))


def weighted_mean(terms: np.ndarray, answered: np.ndarray, chance: np.ndarray, value: np.ndarray) -> WeightedMean:
    """Plain and inverse-probability weighted mean of `value` over those who answered.

    The influence of the weighted mean takes into account that the chances were estimated; a sum of squared influences is a variance.

    Source: Robins, Rotnitzky and Zhao, *Journal of the American Statistical Association* 89 (1994).

    >>> terms, answered = np.array([[1.0, 0], [1, 0], [1, 1], [1, 1], [1, 1]]), np.array([1.0, 0, 1, 0, 0])
    >>> round(weighted_mean(terms, answered, answering_chance(terms, answered), np.array([1.0, 0, 0, 0, 0])).weighted, 3)
    0.4
    """
    value = np.where(answered > 0, value, 0.0)
    inverse = answered / chance
    plain, weighted = value.sum() / answered.sum(), (inverse * value).sum() / inverse.sum()
    of_plain = answered * (value - plain) / answered.sum()
    off = inverse * (value - weighted)
    pull = terms.T @ (off * (1 - chance))
    information = (terms * (chance * (1 - chance))[:, None]).T @ terms
    correction = terms @ np.linalg.lstsq(information, pull, rcond=None)[0] * (answered - chance)
    return WeightedMean(float(plain), float(weighted), np.column_stack([of_plain, (off - correction) / inverse.sum()]))
