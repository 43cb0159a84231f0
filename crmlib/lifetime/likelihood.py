"""The maximum of a likelihood: where it lies, how sharp it is, and in which directions it is flat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.stats import norm
from threadpoolctl import threadpool_limits

from crmlib.checks import require_share
from crmlib.i18n import _

Likelihood = Callable[[np.ndarray], tuple[float, np.ndarray]]
"""From the logs of the parameters to the log-likelihood and its gradient by these logs."""

_REACH = np.log(1e5)
_STEP = 1e-4
_FLAT = 0.05
"""A direction in which the log-likelihood curves less than this says nothing: its standard error is more than a factor of e^4."""
_SEEN = 0.2


@dataclass(frozen=True)
class Maximum:
    """Where a likelihood is highest: logs of the parameters, their covariance, how high it is, and which parameters are `loose`.

    The columns of `flat` are the directions in which the likelihood is flat; they count 0 in `covariance`, since moving along them changes
    neither the likelihood nor any forecast.
    """

    logs: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    loose: tuple[str, ...]
    flat: np.ndarray


def maximise(log_likelihood: Likelihood, start: Mapping[str, float], *, size: float) -> Maximum:
    """Climb from `start` to the maximum of a likelihood of positive parameters.

    Answers: which parameters make what was observed most likely, and how sharply?

    Parameters
    ----------
    log_likelihood : function of the logs of the parameters, which gives the value and the gradient
    start : first guess by parameter, all positive
    size : how many customers the likelihood is the sum of

    Returns
    -------
    Maximum
        logs, covariance (of the logs, from the observed information), log_likelihood, loose (the parameters that these data do not
        determine, such as two of which only the ratio counts)

    Raises
    ------
    ValueError
        No direction is determined at all.

    Source: Nocedal and Wright, *Numerical Optimization* (2006), ch. 7 (limited-memory quasi-Newton), then Newton's own steps.

    >>> rate = maximise(lambda logs: (10 * logs[0] - 4 * np.exp(logs[0]), 10 - 4 * np.exp(logs)), {"rate": 1.0}, size=10)
    >>> round(float(np.exp(rate.logs[0])), 6), round(float(rate.covariance[0, 0]), 6)
    (2.5, 0.1)
    """
    names, first = list(start), np.log(list(start.values()))
    box = np.stack([first - _REACH, first + _REACH], axis=1)

    def downhill(logs: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = log_likelihood(logs)
        return -value / size, -gradient / size

    # Several threads for sums of a few thousand terms cost more than they bring, the more so on a busy machine.
    with threadpool_limits(1, user_api="blas"), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        options = {"ftol": 1e-13, "gtol": 1e-6, "maxiter": 500}
        logs = minimize(downhill, first, jac=True, method="L-BFGS-B", bounds=box, options=options).x
        logs, curvature = _newton(downhill, logs, box)
    if not np.isfinite(curvature).all():
        raise ValueError(_says_nothing())
    curves, directions = np.linalg.eigh(curvature * size)
    sharp = curves > _FLAT
    if not sharp.any():
        raise ValueError(_says_nothing())
    covariance = directions[:, sharp] / curves[sharp] @ directions[:, sharp].T
    seen = np.abs(directions[:, ~sharp]).max(axis=1, initial=0.0)
    loose = tuple(name for name, size_of in zip(names, seen, strict=True) if size_of > _SEEN)
    return Maximum(logs, covariance, float(log_likelihood(logs)[0]), loose, directions[:, ~sharp])


def _says_nothing() -> str:
    return _("These data say nothing about the model's parameters: the likelihood has no maximum. Take more customers or a longer period.")


def _newton(downhill: Likelihood, logs: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Newton's steps, which end at the exact maximum where the curve is sharp; a flat direction stays where it is."""
    value, gradient = downhill(logs)
    for _round in range(20):
        curvature = _curvature(downhill, logs)
        if not np.isfinite(curvature).all():
            return logs, curvature
        curves, directions = np.linalg.eigh(curvature)
        sharp = curves > 1e-7 * max(curves[-1], 1e-12)
        step = -directions[:, sharp] @ ((directions[:, sharp].T @ gradient) / curves[sharp])
        if np.abs(step).max(initial=0.0) < 1e-7:
            return logs, curvature
        trial = np.clip(logs + step * min(1.0, 1.0 / np.abs(step).max()), box[:, 0], box[:, 1])
        new_value, new_gradient = downhill(trial)
        if not new_value <= value:
            return logs, curvature
        logs, value, gradient = trial, new_value, new_gradient
    return logs, curvature


def _curvature(downhill: Likelihood, logs: np.ndarray) -> np.ndarray:
    """The second derivatives, from differences of the exact first ones."""
    rows = []
    for place in range(len(logs)):
        step = np.zeros(len(logs))
        step[place] = _STEP
        rows.append((downhill(logs + step)[1] - downhill(logs - step)[1]) / (2 * _STEP))
    found = np.array(rows)
    return (found + found.T) / 2


def estimates(names: list[str], maximum: Maximum, *, level: float) -> pd.DataFrame:
    """The parameters on their own scale, with standard errors and intervals; those of loose parameters are missing.

    The interval is symmetric for the logarithm, so that its lower end stays above 0.

    >>> estimates(["rate"], Maximum(np.zeros(1), np.array([[0.01]]), -5.0, (), np.zeros((1, 0))), level=0.95).round(3).values.tolist()
    [[1.0, 0.1, 0.822, 1.217]]
    """
    require_share("level", level)
    known = np.array([name not in maximum.loose for name in names])
    errors = np.where(known, np.sqrt(np.diag(maximum.covariance)), np.nan)
    reach = norm.ppf((1 + level) / 2) * errors
    value = np.exp(maximum.logs)
    return pd.DataFrame(
        {"estimate": value, "standard_error": value * errors, "low": value * np.exp(-reach), "high": value * np.exp(reach)},
        index=pd.Index(names, name="parameter"),
    )


def combination(weights: np.ndarray, maximum: Maximum, *, level: float) -> tuple[float, float, float]:
    """A weighted sum of the parameters' logs, such as log r − log α, with its interval; the ends are missing where it is not determined.

    >>> combination(np.array([1.0]), Maximum(np.zeros(1), np.array([[0.01]]), -5.0, (), np.zeros((1, 0))), level=0.95)[0]
    0.0
    """
    value = float(weights @ maximum.logs)
    open_ended = np.abs(weights @ maximum.flat).max(initial=0.0) > _SEEN
    reach = np.nan if open_ended else float(norm.ppf((1 + level) / 2) * np.sqrt(weights @ maximum.covariance @ weights))
    return value, value - reach, value + reach


def draw_logs(maximum: Maximum, *, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Plausible logs of the parameters: normal draws around the maximum, one row each.

    >>> draw_logs(Maximum(np.zeros(1), np.zeros((1, 1)), -5.0, (), np.zeros((1, 0))), draws=2, rng=np.random.default_rng(1)).tolist()
    [[0.0], [0.0]]
    """
    curves, directions = np.linalg.eigh(maximum.covariance)
    spread = directions * np.sqrt(np.maximum(curves, 0.0))
    return maximum.logs + rng.standard_normal((draws, len(maximum.logs))) @ spread.T
