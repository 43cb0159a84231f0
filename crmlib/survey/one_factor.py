"""One factor behind several items: how strongly each item hangs on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.survey.answers import complete_answers, names_of

_LARGEST = np.sqrt(0.995)
_ROUNDS = 5_000
_NEAR = 1e-9


def factor_loadings(answers: pd.DataFrame, items: Sequence[str]) -> pd.Series:
    """Loadings of items on one common factor: the correlation of each item with what they all measure.

    Answers: how well does each item tell what the others tell?

    Parameters
    ----------
    answers : DataFrame, one row a respondent
        Whoever left one of the items out is left out.
    items : three or more items that measure one thing, reversed ones turned round

    Returns
    -------
    Series, indexed by item
        Standardised loadings, −1 to 1, whose sum is positive.

    Raises
    ------
    ValueError
        Fewer than three items, too few respondents, an item that everybody answered alike, or text.

    Notes
    -----
    Minimum residuals: the loadings whose products come nearest, by least squares, to the correlations of all pairs. A loading is kept
    within ±0.997, because an item cannot have less than no error of its own.

    Source: Harman and Jones, "Factor analysis by minimizing residuals (minres)", *Psychometrika* 31 (1966).

    >>> answers = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [1, 3, 2, 5, 4], "c": [2, 1, 3, 4, 5]})
    >>> factor_loadings(answers, ["a", "b", "c"]).round(3).tolist()
    [0.997, 0.757, 0.862]
    """
    names = names_of(items, least=3)
    matrix, _left_out = complete_answers(answers, names, least_items=3)
    return pd.Series(minres(np.corrcoef(matrix, rowvar=False)[None])[0], index=pd.Index(names, name="item"), name="loading")


def minres(correlations: np.ndarray) -> np.ndarray:
    """One-factor loadings (stack × items) of a stack of correlation matrices (stack × items × items).

    Each loading in turn is set to its least-squares value given the others, until none moves.

    >>> minres(np.array([[[1, 0.36, 0.36], [0.36, 1, 0.36], [0.36, 0.36, 1]]])).round(6).tolist()
    [[0.6, 0.6, 0.6]]
    """
    items = correlations.shape[-1]
    off_diagonal = correlations * (1 - np.eye(items))
    vectors = np.linalg.eigh(correlations)[1][..., -1]
    loadings = vectors * np.sqrt(0.5)
    for _round in range(_ROUNDS):
        before = loadings.copy()
        for item in range(items):
            weight = (loadings**2).sum(axis=-1) - loadings[:, item] ** 2
            fitted = (off_diagonal[:, item] * loadings).sum(axis=-1) / np.maximum(weight, 1e-12)
            loadings[:, item] = np.clip(fitted, -_LARGEST, _LARGEST)
        if np.abs(loadings - before).max() < _NEAR:
            break
    return loadings * np.where(loadings.sum(axis=-1, keepdims=True) < 0, -1, 1)


def require_loadings(loadings: object) -> np.ndarray:
    """`loadings` as an array of standardised loadings: at least two, each between −1 and 1 and not 0.

    >>> require_loadings(pd.Series({"a": 0.8, "b": 0.7})).tolist()
    [0.8, 0.7]
    """
    try:
        found = np.asarray(loadings, dtype=float)
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.ndim != 1 or len(found) < 2 or not np.isfinite(found).all() or (np.abs(found) > 1).any():
        raise ValueError(_("loadings must be two or more numbers between −1 and 1, one an item, as crm.survey.factor_loadings gives them."))
    return found
