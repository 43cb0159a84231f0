"""From the words of a complaint to the chance of each cause: character pairs, logistic regression, chances put right on unseen cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import plain_names
from crmlib.i18n import _

_OPENING = 14
"""The first characters count a second time: people mostly begin with what matters to them."""
_FOLDS = 5
_LEAST_CHANCE = 1e-9


@dataclass(frozen=True, eq=False)
class FittedTexts:
    """What was learnt: `causes`, the scikit-learn pipeline `model`, and the `temperature` that its log chances are divided by."""

    causes: tuple[str, ...]
    model: object
    temperature: float

    def chances(self, texts: Sequence[str]) -> np.ndarray:
        """The chance of each cause (cases × causes)."""
        return cooled(_log_chances(self.model, texts, self.causes), self.temperature)


def fit_texts(texts: Sequence[str], causes: Sequence[str]) -> tuple[FittedTexts, np.ndarray]:
    """Learn the causes of texts; also the chances that models fitted on the other cases give to each (cases × causes).

    >>> words = ["box broken", "arrived late", "glass broken", "two days late", "broken lid", "so late"] * 4
    >>> fitted, unseen = fit_texts(words, ["damage", "delay"] * 12)
    >>> fitted.causes, int(fitted.chances(["late again"]).argmax()), unseen.shape
    (('damage', 'delay'), 1, (24, 2))
    """
    from threadpoolctl import threadpool_limits

    names, words, told = tuple(dict.fromkeys(sorted(causes))), np.array(texts, dtype=object), np.array(causes, dtype=object)
    fold = np.arange(len(words)) % _FOLDS
    unseen, possible = np.empty((len(words), len(names))), np.ones(len(words), dtype=bool)
    # Small matrices are worked out faster by one thread than shared out.
    with threadpool_limits(1):
        for turn in range(_FOLDS):
            out = fold == turn
            # A cause that the other cases do not hold cannot be foretold; it says nothing of how sure the model should be.
            possible[out] = np.isin(told[out].astype(str), told[~out].astype(str))
            if len(set(told[~out])) < 2:
                unseen[out] = np.log(1 / len(names))
            elif out.any():
                unseen[out] = _log_chances(_pipeline().fit(words[~out], told[~out]), words[out], names)
        model = _pipeline().fit(words, told)
    rows = possible if possible.any() else np.ones(len(words), dtype=bool)
    temperature = _temperature(unseen[rows], np.array([names.index(cause) for cause in told[rows]]))
    return FittedTexts(names, model, temperature), cooled(unseen, temperature)


def cooled(logs: np.ndarray, temperature: float) -> np.ndarray:
    """Chances from log chances divided by a temperature; above 1 they come nearer to each other.

    >>> cooled(np.log([[0.8, 0.2]]), 2.0).round(3).tolist()
    [[0.667, 0.333]]
    """
    found = logs / temperature
    found = np.exp(found - found.max(axis=1, keepdims=True))
    return found / found.sum(axis=1, keepdims=True)


def texts_of(cases: pd.DataFrame, text: str, *, missing_ok: bool) -> np.ndarray:
    """The texts of cases; empty where there is none.

    >>> texts_of(pd.DataFrame({"text": ["late", None]}), "text", missing_ok=True).tolist()
    ['late', '']
    """
    given = plain_names(cases[text]).astype(object)
    known = given.notna()
    refuse_rows(known & ~given.map(lambda one: isinstance(one, str)), _("{name} is not text").format(name=text),
                _("Name the column that holds the customer's words."))  # fmt: skip
    found = given.where(known, "").map(str.strip)
    if not missing_ok:
        refuse_rows(
            found == "", _("{name} is empty").format(name=text), _("Drop cases without text before the classifier learns from them.")
        )
    return found.to_numpy(dtype=object)


def _pipeline() -> object:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.preprocessing import FunctionTransformer

    def pairs() -> TfidfVectorizer:
        return TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)

    opening = make_pipeline(FunctionTransformer(_openings), pairs())
    return make_pipeline(make_union(pairs(), opening), LogisticRegression(C=5.0, max_iter=300))


def _openings(texts: Sequence[str]) -> list[str]:
    return [text[:_OPENING] for text in texts]


def _log_chances(model: object, texts: Sequence[str], causes: Sequence[str]) -> np.ndarray:
    found = np.full((len(texts), len(causes)), np.log(_LEAST_CHANCE))
    if len(texts):
        places = [causes.index(name) for name in model.classes_]
        found[:, places] = np.log(np.maximum(model.predict_proba(texts), _LEAST_CHANCE))
    return found


def _temperature(logs: np.ndarray, told: np.ndarray) -> float:
    """The temperature under which the chances of unseen cases fit best what was recorded of them.

    Source: Guo and others, On Calibration of Modern Neural Networks (2017).
    """
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(told))

    def loss(log_temperature: float) -> float:
        return -float(np.log(np.maximum(cooled(logs, np.exp(log_temperature))[rows, told], 1e-300)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded").x))
