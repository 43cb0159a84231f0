"""The iteration of partial least squares, run on the covariance matrices of many samples at once.

Source: Wold (1982); Lohmöller, *Latent Variable Path Modeling with Partial Least Squares* (1989), ch. 2; Dijkstra and Henseler (2015) for
the consistent correlations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlib.structural.blocks import Design

SCHEMES = ("centroid", "factorial", "path")
_SINGULAR = 1e-10


@dataclass(frozen=True)
class Settings:
    """How the weights are sought: one of SCHEMES; items scaled to standard deviation 1 or only centred; when to stop."""

    scheme: str
    scaled: bool
    consistent: bool
    tolerance: float
    max_iterations: int


@dataclass(frozen=True)
class Fit:
    """What was found in each of n samples, p items and q constructs; in samples that did not converge everything is NaN.

    weights, loadings (n × p); crossed: correlation of each item with each construct (n × p × q); correlations of the constructs,
    coefficients by driver and target, totals (n × q × q); r_squared, rho_a (n × q); iterations, converged, flipped (n).
    """

    weights: np.ndarray
    loadings: np.ndarray
    crossed: np.ndarray
    correlations: np.ndarray
    coefficients: np.ndarray
    totals: np.ndarray
    r_squared: np.ndarray
    rho_a: np.ndarray
    iterations: np.ndarray
    converged: np.ndarray
    flipped: np.ndarray


def solve(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """x in `matrix` x = `right` for many small symmetric systems at once; NaN where a matrix is singular instead of an error for all.

    >>> solve(np.array([[[2.0, 0.0], [0.0, 4.0]], [[1.0, 1.0], [1.0, 1.0]]]), np.ones((2, 2))).tolist()
    [[0.5, 0.25], [nan, nan]]
    """
    left, x = matrix.copy(), right.copy()
    size, limit = matrix.shape[1], _SINGULAR * np.diagonal(matrix, axis1=1, axis2=2)
    for step in range(size):
        left[:, step, step] = np.where(left[:, step, step] > limit[:, step], left[:, step, step], np.nan)
        for row in range(step + 1, size):
            factor = left[:, row, step] / left[:, step, step]
            left[:, row, step:] -= factor[:, None] * left[:, step, step:]
            x[:, row] -= factor * x[:, step]
    for step in range(size - 1, -1, -1):
        x[:, step] -= np.einsum("rk,rk->r", left[:, step, step + 1 :], x[:, step + 1 :])
        x[:, step] /= left[:, step, step]
    return x


def fit(covariance: np.ndarray, plan: Design, settings: Settings, *, start: np.ndarray, reference: np.ndarray) -> Fit:
    """Estimate the model in every sample of `covariance` (n × p × p), from the weights `start`.

    Each construct is turned so that its loadings, weighed by `reference` (one number an item), sum to more than 0.
    """
    with np.errstate(all="ignore"):
        spread = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
        if settings.scaled:
            covariance = covariance / (spread[:, :, None] * spread[:, None, :])
            spread = np.where(np.isfinite(spread) & (spread > 0), 1.0, np.nan)
        weights, iterations, converged = _weights(covariance, spread, plan, settings, start)
        reached, between, _norm = _reach(covariance, weights, plan)
        crossed = reached / spread[:, :, None]
        loadings = np.take_along_axis(crossed, np.broadcast_to(plan.block[None, :, None], (len(crossed), len(plan.block), 1)), 2)[:, :, 0]
        side = np.where(np.add.reduceat(loadings * reference, plan.starts, axis=1) < 0, -1.0, 1.0)
        weights, loadings = weights * side[:, plan.block], loadings * side[:, plan.block]
        crossed, between = crossed * side[:, None, :], between * side[:, :, None] * side[:, None, :]
        standard = weights * spread
        rho = _rho_a(standard, plan)
        if settings.consistent:
            trusted = np.where(np.isin(np.arange(len(plan.names)), plan.formative) | np.isnan(rho), 1.0, rho)
            between = between / np.sqrt(trusted[:, :, None] * trusted[:, None, :])
            size = np.add.reduceat(standard**2, plan.starts, axis=1)
            reflective = ~np.isin(plan.block, plan.formative)
            loadings = np.where(reflective, standard * (np.sqrt(trusted) / size)[:, plan.block], loadings)
            between[:, np.arange(len(plan.names)), np.arange(len(plan.names))] = 1.0
        coefficients, r_squared = _regressions(between, plan)
        # A consistent correlation above 1 is no correlation; such a sample is counted with those that did not converge.
        converged = converged & np.isfinite(coefficients).all(axis=(1, 2)) & ~(np.abs(between) > 1 + 1e-9).any(axis=(1, 2))
        converged &= ~(np.nan_to_num(r_squared) > 1 + 1e-9).any(axis=1)
    found = [weights, loadings, crossed, between, coefficients, _totals(coefficients), r_squared, rho]
    for table in found:
        table[~converged] = np.nan
    return Fit(*found, iterations, converged, (side < 0).any(axis=1) & converged)


def _weights(
    covariance: np.ndarray, spread: np.ndarray, plan: Design, settings: Settings, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights that give each construct variance 1, how many steps they took, and whether they settled."""
    samples = len(covariance)
    weights = np.broadcast_to(start, spread.shape).copy()
    iterations, converged = np.full(samples, settings.max_iterations), np.zeros(samples, dtype=bool)
    active, moving, before = np.arange(samples), weights.copy(), np.full(spread.shape, np.inf)
    for step in range(settings.max_iterations + 1):
        reached, between, norm = _reach(covariance, moving, plan)
        moving = moving / norm[:, plan.block]
        size = np.abs(moving) * spread
        broken = ~np.isfinite(size).all(axis=1)
        going = ~converged[active] & ~broken
        iterations[active[broken]] = np.minimum(iterations[active[broken]], step)
        weights[active[going]] = moving[going]
        settled = going & (np.abs(size - before).max(axis=1) < settings.tolerance)
        converged[active[settled]], iterations[active[settled]] = True, step
        keep, before = going & ~settled, size
        if not keep.any() or step == settings.max_iterations:
            break
        # Copying the samples that still move costs as much as a step, so it is done when enough have settled.
        if keep.mean() < 0.7:
            active, covariance, spread, before = active[keep], covariance[keep], spread[keep], before[keep]
            reached, between = reached[keep], between[keep]
        inner = _inner(between, plan, settings.scheme)
        moving = np.einsum("rik,rki->ri", reached, inner[:, :, plan.block])
        for construct in plan.formative:
            own = plan.rows(construct)
            moving[:, own] = solve(covariance[:, own, own], moving[:, own])
    return weights, iterations, converged


def _reach(covariance: np.ndarray, weights: np.ndarray, plan: Design) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The covariance of items with standardised constructs, the correlations of constructs, and their norms under `weights`."""
    outer = np.zeros((*weights.shape, len(plan.names)))
    outer[:, np.arange(len(plan.block)), plan.block] = weights
    reached = covariance @ outer
    between = np.add.reduceat(weights[:, :, None] * reached, plan.starts, axis=1)
    norm = np.sqrt(np.diagonal(between, axis1=1, axis2=2))
    return reached / norm[:, None, :], between / (norm[:, :, None] * norm[:, None, :]), norm


def _inner(between: np.ndarray, plan: Design, scheme: str) -> np.ndarray:
    """How much of each construct (row) goes into the neighbourhood of each other (column)."""
    if scheme == "centroid":
        return np.sign(between) * plan.joined
    inner = between * plan.joined
    if scheme == "path":
        for target, drivers in enumerate(plan.drivers):
            if len(drivers):
                inner[:, drivers, target] = solve(between[:, drivers[:, None], drivers], between[:, drivers, target])
    return inner


def _regressions(between: np.ndarray, plan: Design) -> tuple[np.ndarray, np.ndarray]:
    coefficients, r_squared = np.zeros_like(between), np.full(between.shape[:2], np.nan)
    for target, drivers in enumerate(plan.drivers):
        if len(drivers):
            found = solve(between[:, drivers[:, None], drivers], between[:, drivers, target])
            coefficients[:, drivers, target] = found
            r_squared[:, target] = np.einsum("rk,rk->r", found, between[:, drivers, target])
    return coefficients, r_squared


def _rho_a(standard: np.ndarray, plan: Design) -> np.ndarray:
    """Dijkstra and Henseler's reliability of the scores; NaN for a construct with one item."""
    square = np.add.reduceat(standard**2, plan.starts, axis=1)
    fourth = np.add.reduceat(standard**4, plan.starts, axis=1)
    single = np.bincount(plan.block) == 1
    return np.where(single, np.nan, square**2 * (1 - square) / (square**2 - fourth))


def _totals(coefficients: np.ndarray) -> np.ndarray:
    totals, power = coefficients.copy(), coefficients
    for _step in range(coefficients.shape[1] - 2):
        power = power @ coefficients
        totals += power
    return totals
