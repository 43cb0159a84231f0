"""Counts that follow factors: regression on the logarithm, with what is known of the factors beforehand, and more spread than chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_ROUNDS = 40
_CLOSE = 1e-6
_STEEP = 25.0
_LEAST_SPREAD = 1e-6


@dataclass(frozen=True, eq=False)
class CountsFit:
    """`weights` of the columns and their `covariance`; `spread` is the variance beyond chance over the mean squared; `evidence` is the
    logarithm of how well model and prior foretold the counts (Laplace)."""

    weights: np.ndarray
    covariance: np.ndarray
    spread: float
    evidence: float

    def foretell(self, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of the logarithm at rows of a design."""
        return design @ self.weights, ((design @ self.covariance) * design).sum(axis=1)


def fit_counts(
    counts: np.ndarray, design: np.ndarray, precision: np.ndarray, centre: np.ndarray, *, start: np.ndarray | None = None,
    spread: float | None = None,
) -> CountsFit:  # fmt: skip
    """The weights that are most likely, given the counts and a normal prior.

    Parameters
    ----------
    counts : n numbers of 0 or more
    design : n × p
    precision : p × p, inverse covariance of the prior
    centre : p, mean of the prior
    spread : variance beyond chance over the mean squared, optional
        Without it, it is found from the squared errors, in turn with the weights.
    start : p, weights to begin with, optional

    Notes
    -----
    Counts are negative binomial: variance = mean + spread · mean².

    >>> fit = fit_counts(np.array([4.0, 4.0]), np.ones((2, 1)), np.eye(1) * 1e-9, np.zeros(1))
    >>> fit.weights.round(3).tolist()
    [1.386]
    """
    weights = centre.copy() if start is None else start.copy()
    known, spread = spread is not None, spread or 0.0
    weights, hessian = _mode(counts, design, precision, centre, weights, spread)
    for _turn in range(0 if known else 3):
        found = _spread(counts, design, weights, hessian)
        if abs(found - spread) < 0.02 * max(found, 1e-3):
            break
        spread = found
        weights, hessian = _mode(counts, design, precision, centre, weights, spread)
    covariance = np.linalg.inv(hessian)
    away = weights - centre
    inside = _likelihood(counts, np.exp(design @ weights), spread) - 0.5 * away @ precision @ away
    evidence = inside + 0.5 * (np.linalg.slogdet(precision)[1] - np.linalg.slogdet(hessian)[1])
    return CountsFit(weights, covariance, spread, float(evidence))


def _mode(
    counts: np.ndarray, design: np.ndarray, precision: np.ndarray, centre: np.ndarray, weights: np.ndarray, spread: float
) -> tuple[np.ndarray, np.ndarray]:
    """Newton's method with Fisher's information; steps are halved until they lead upwards."""

    def height(at: np.ndarray) -> float:
        return _likelihood(counts, np.exp(np.clip(design @ at, -_STEEP, _STEEP)), spread) - 0.5 * (at - centre) @ precision @ (at - centre)

    now = height(weights)
    for _turn in range(_ROUNDS):
        mean = np.exp(np.clip(design @ weights, -_STEEP, _STEEP))
        damp = 1 / (1 + spread * mean)
        hessian = design.T @ (design * (mean * damp)[:, None]) + precision
        step = np.linalg.solve(hessian, design.T @ ((counts - mean) * damp) - precision @ (weights - centre))
        length = 1.0
        while (reached := height(weights + length * step)) < now - 1e-9 and length > 1e-6:
            length /= 2
        weights = weights + length * step
        if reached - now < _CLOSE * (1 + abs(now)):
            break
        now = reached
    mean = np.exp(np.clip(design @ weights, -_STEEP, _STEEP))
    return weights, design.T @ (design * (mean / (1 + spread * mean))[:, None]) + precision


def _spread(counts: np.ndarray, design: np.ndarray, weights: np.ndarray, hessian: np.ndarray) -> float:
    """The variance beyond chance over the mean squared at which squared errors are as large as they should be (moments)."""
    mean = np.exp(design @ weights)
    used = np.trace(np.linalg.solve(hessian, design.T @ (design * mean[:, None])))
    free = max(len(counts) - used, 1.0)
    squares = (counts - mean) ** 2
    low, high = 0.0, 4.0
    if (squares / mean).sum() <= free:
        return 0.0
    for _turn in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if (squares / (mean + middle * mean**2)).sum() > free else (low, middle)
    return high


def _likelihood(counts: np.ndarray, mean: np.ndarray, spread: float) -> float:
    from scipy.special import gammaln, xlogy

    if spread < _LEAST_SPREAD:
        return float((xlogy(counts, mean) - mean - gammaln(counts + 1)).sum())
    size = 1 / spread
    return float((gammaln(counts + size) - gammaln(size) - gammaln(counts + 1) + xlogy(counts, mean * spread)
                  - (counts + size) * np.log1p(mean * spread)).sum())  # fmt: skip


def count_bounds(mean: np.ndarray, relative_variance: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers between which a share `level` of counts lies, whose mean is uncertain by `relative_variance` (variance over mean²).

    >>> [bound.tolist() for bound in count_bounds(np.array([100.0]), np.array([0.0]), 0.8)]
    [[87.0], [113.0]]
    """
    from scipy.stats import nbinom, poisson

    tails = ((1 - level) / 2, (1 + level) / 2)
    certain = relative_variance < _LEAST_SPREAD
    size = 1 / np.where(certain, 1.0, relative_variance)
    return tuple(np.where(certain, poisson.ppf(tail, mean), nbinom.ppf(tail, size, size / (size + mean))) * (mean > 0) for tail in tails)
