"""Logistic regression by Newton's method, with standard errors; a small penalty keeps it finite where one group always or never wins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

_TURNS = 60


@dataclass(frozen=True, eq=False)
class Logistic:
    """Coefficients on the scale of log odds, with their covariance; `intercept` is the first of them."""

    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray

    def chance(self, columns: pd.DataFrame) -> np.ndarray:
        """The chance for each row of `columns`."""
        design = np.column_stack([np.ones(len(columns)), columns[list(self.names[1:])].to_numpy(dtype="float64")])
        return 1 / (1 + np.exp(-design @ self.coefficients))

    def table(self, level: float) -> pd.DataFrame:
        """feature, coefficient, standard_error, odds_ratio, low, high (of the odds ratio)."""
        from scipy.stats import norm

        error = np.sqrt(np.diag(self.covariance))
        reach = float(norm.ppf((1 + level) / 2)) * error
        return pd.DataFrame({
            "feature": self.names, "coefficient": self.coefficients, "standard_error": error, "odds_ratio": np.exp(self.coefficients),
            "low": np.exp(self.coefficients - reach), "high": np.exp(self.coefficients + reach),
        })  # fmt: skip


def fit_logistic(columns: pd.DataFrame, outcome: np.ndarray, *, penalty: float = 1e-3) -> Logistic:
    """Fit the log odds of `outcome` (0 or 1) to the numeric `columns`; `penalty` weighs squared coefficients of standardised columns.

    >>> fit = fit_logistic(pd.DataFrame({"x": [0.0, 0, 0, 0, 1, 1, 1, 1]}), np.array([1, 0, 0, 0, 1, 1, 1, 0]))
    >>> fit.coefficients.round(1).tolist()
    [-1.1, 2.2]
    """
    raw = columns.to_numpy(dtype="float64")
    middle, spread = raw.mean(axis=0), raw.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    design = np.column_stack([np.ones(len(raw)), (raw - middle) / spread])
    target = np.asarray(outcome, dtype="float64")
    ridge = np.diag([0.0, *np.full(raw.shape[1], penalty)])
    beta = np.zeros(design.shape[1])
    share = np.clip(target.mean(), 1e-6, 1 - 1e-6)
    beta[0] = np.log(share / (1 - share))
    for _turn in range(_TURNS):
        chance = 1 / (1 + np.exp(-design @ beta))
        hessian = (design * (chance * (1 - chance))[:, None]).T @ design + ridge
        step = np.linalg.solve(hessian + 1e-10 * np.eye(len(beta)), design.T @ (target - chance) - ridge @ beta)
        # Long steps overshoot where groups are nearly separated.
        beta = beta + step * min(1.0, 4.0 / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    # Back from standardised columns to the columns as given.
    back = np.eye(len(beta))
    back[np.arange(1, len(beta)), np.arange(1, len(beta))] = 1 / spread
    back[0, 1:] = -middle / spread
    covariance = back @ np.linalg.inv(hessian + 1e-10 * np.eye(len(beta))) @ back.T
    return Logistic(("intercept", *map(str, columns.columns)), back @ beta, covariance)


def dummies(values: pd.Series, name: str, levels: tuple[str, ...]) -> pd.DataFrame:
    """One column of 0 and 1 for each level but the first, which is the one compared with.

    >>> dummies(pd.Series(["a", "b"]), "kind", ("a", "b"))["kind[b]"].tolist()
    [0.0, 1.0]
    """
    text = values.astype(object)
    return pd.DataFrame({f"{name}[{level}]": (text == level).astype("float64") for level in levels[1:]}, index=values.index)
