"""The two kinds of churn model as calibrated scikit-learn pipelines: design → classifier → calibration."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline

from crmlib.segments.per_customer import numbers

_SKEWED = (
    "recency_days", "usual_gap_days", "silence_ratio", "recent_parcels", "failures", "complaints", "pay_days_late", "tenure_days",
    "parcels", "spend_yuan", "before_yuan",
)  # fmt: skip
"""Taken as log(1 + x): from 2 to 4 parcels says as much as from 200 to 400."""


class Design(TransformerMixin, BaseEstimator):
    """From features to a matrix of numbers: skewed ones as logarithms, all standardised, gaps filled with the median and marked by a column
    of their own, names as one column each.

    After `fit`, `columns_` names the feature that each column belongs to.

    >>> design = Design().fit(pd.DataFrame({"mood": [1.0, None, 5.0], "market": ["a", "b", "b"]}))
    >>> design.columns_
    ['mood', 'mood', 'market', 'market']
    """

    def fit(self, features: pd.DataFrame, _outcome: object = None) -> Design:
        self.parts_: list[tuple[str, str, object]] = []
        for name in features.columns:
            values = features[name]
            if pd.api.types.is_numeric_dtype(values):
                known = _scaled(values, name)
                middle = float(np.nanmedian(known)) if (~np.isnan(known)).any() else 0.0
                filled = np.where(np.isnan(known), middle, known)
                spread = float(filled.std())
                self.parts_.append((name, "number", (middle, float(filled.mean()), spread if spread > 1e-12 else 1.0)))
                if np.isnan(known).any():
                    self.parts_.append((name, "gap", float(np.isnan(known).mean())))
            else:
                text = values.astype(object).where(values.notna(), "")
                self.parts_ += [(name, "name", (level, float((text == level).mean()))) for level in sorted(text.unique(), key=str)]
        self.columns_ = [name for name, _kind, _what in self.parts_]
        self.n_features_in_ = len(features.columns)
        return self

    def transform(self, features: pd.DataFrame) -> np.ndarray:
        columns = []
        for name, kind, what in self.parts_:
            if kind == "number":
                middle, mean, spread = what
                known = _scaled(features[name], name)
                columns.append((np.where(np.isnan(known), middle, known) - mean) / spread)
            elif kind == "gap":
                columns.append(features[name].isna().to_numpy(dtype="float64") - what)
            else:
                level, share = what
                columns.append((features[name].astype(object).where(features[name].notna(), "") == level).to_numpy(dtype="float64") - share)
        return np.column_stack(columns) if columns else np.zeros((len(features), 0))


def _scaled(values: pd.Series, name: str) -> np.ndarray:
    found = numbers(values, name, missing_ok=True).to_numpy()
    return np.log1p(np.maximum(found, 0)) if name in _SKEWED else found


def folds_by_customer(customers: pd.Series, folds: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Splits in which no customer stands on both sides, always the same.

    >>> [rows[1].tolist() for rows in folds_by_customer(pd.Series(["a", "b", "a"]), 2)]
    [[0, 2], [1]]
    """
    return list(GroupKFold(min(folds, customers.nunique())).split(np.zeros(len(customers)), groups=customers.to_numpy(dtype=object)))


def pipeline(kind: str, seed: int) -> Pipeline:
    """An unfitted pipeline of a kind, "logistic" or "boosting".

    >>> list(pipeline("logistic", 0).named_steps)
    ['design', 'classifier']
    """
    if kind == "logistic":
        classifier = LogisticRegression(C=0.5, max_iter=1000)
    else:
        # Small and slow to learn: some thousand customers do not carry deep trees.
        classifier = HistGradientBoostingClassifier(
            learning_rate=0.06, max_iter=80, max_leaf_nodes=8, min_samples_leaf=40, l2_regularization=1.0, random_state=seed
        )
    return Pipeline([("design", Design()), ("classifier", classifier)])


def calibrated(
    kind: str, features: pd.DataFrame, churned: np.ndarray, customers: pd.Series, seed: int, folds: int
) -> CalibratedClassifierCV:
    """A pipeline fitted on all rows; its log-odds are stretched and shifted so that they fit what it says of customers it has not seen.

    >>> silent = pd.DataFrame({"recency_days": np.tile([2.0, 5.0, 70.0, 80.0], 15)})
    >>> gone = np.tile([False, False, True, True], 15)
    >>> fitted = calibrated("logistic", silent, gone, pd.Series(range(60)), seed=0, folds=3)
    >>> fitted.predict_proba(pd.DataFrame({"recency_days": [1.0, 90.0]}))[:, 1].round().tolist()
    [0.0, 1.0]
    """
    found = CalibratedClassifierCV(pipeline(kind, seed), method="sigmoid", cv=folds_by_customer(customers, folds), ensemble=False)
    return found.fit(features, churned)


def held_out_chances(kind: str, features: pd.DataFrame, churned: np.ndarray, customers: pd.Series, seed: int, folds: int) -> np.ndarray:
    """The chances that pipelines give to customers whom they have not seen.

    >>> silent = pd.DataFrame({"recency_days": np.tile([2.0, 5.0, 70.0, 80.0], 15)})
    >>> gone = np.tile([False, False, True, True], 15)
    >>> held_out_chances("logistic", silent, gone, pd.Series(range(60)), seed=0, folds=3)[:4].round().tolist()
    [0.0, 0.0, 1.0, 1.0]
    """
    chance = np.empty(len(features))
    for fit, judged in folds_by_customer(customers, folds):
        chance[judged] = pipeline(kind, seed).fit(features.iloc[fit], churned[fit]).predict_proba(features.iloc[judged])[:, 1]
    return chance
