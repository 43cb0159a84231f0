"""Logistic and linear regression with intervals that hold for all coefficients at once in 95 % of samples (Bonferroni)."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd


def logit_intervals(y: pd.Series, x: pd.DataFrame) -> pd.DataFrame:
    """Maximum likelihood by Newton's method; one row a coefficient: low, high."""
    answer, data = y.to_numpy(dtype=float), x.to_numpy(dtype=float)
    start = np.log(answer.mean() / (1 - answer.mean()))
    beta = np.linalg.lstsq(data, np.full(len(data), start), rcond=None)[0]
    for _step in range(50):
        chance = 1 / (1 + np.exp(-data @ beta))
        information = (data * (chance * (1 - chance))[:, None]).T @ data
        step = np.linalg.solve(information, data.T @ (answer - chance))
        beta = beta + step / max(1.0, np.abs(step).max())
        if np.abs(step).max() < 1e-10:
            break
    return _intervals(beta, np.linalg.inv(information), x)


def ols_intervals(y: pd.Series, x: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Least squares; one row a coefficient: low, high; and the standard deviation of the residuals."""
    data = x.to_numpy(dtype=float)
    beta = np.linalg.lstsq(data, y.to_numpy(), rcond=None)[0]
    variance = ((y.to_numpy() - data @ beta) ** 2).sum() / (len(data) - len(beta))
    return _intervals(beta, variance * np.linalg.inv(data.T @ data), x), float(np.sqrt(variance))


def width(coefficients: int) -> float:
    """How many standard errors wide on each side."""
    return NormalDist().inv_cdf(1 - 0.025 / coefficients)


def _intervals(beta: np.ndarray, covariance: np.ndarray, x: pd.DataFrame) -> pd.DataFrame:
    error = width(len(beta)) * np.sqrt(np.diag(covariance))
    return pd.DataFrame({"low": beta - error, "high": beta + error}, index=x.columns)
