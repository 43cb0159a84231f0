"""Consistent partial least squares: path coefficients between constructs that are measured by several items each."""

from __future__ import annotations

import numpy as np
import pandas as pd


def consistent_paths(items: pd.DataFrame, blocks: dict[str, list[str]], paths: dict[str, list[str]]) -> dict[tuple[str, str], float]:
    """Standardised path coefficients by (cause, effect): PLS mode A with the centroid scheme, corrected for measurement error.

    Source: Dijkstra and Henseler, Consistent partial least squares path modeling, MIS Quarterly 39 (2015).
    """
    names = list(blocks)
    correlation = items.corr().to_numpy()
    places = {name: [items.columns.get_loc(item) for item in blocks[name]] for name in names}
    joined = {frozenset((cause, effect)) for effect, causes in paths.items() for cause in causes}
    weights = {name: np.ones(len(places[name])) for name in names}
    for _step in range(200):
        scaled = {name: w / np.sqrt(w @ correlation[np.ix_(places[name], places[name])] @ w) for name, w in weights.items()}
        between = _correlations(scaled, places, correlation, names)
        inner = {
            name: [(other, np.sign(between[one, two])) for two, other in enumerate(names) if frozenset((name, other)) in joined]
            for one, name in enumerate(names)
        }
        fresh = {
            name: sum(sign * correlation[np.ix_(places[name], places[other])] @ scaled[other] for other, sign in inner[name])
            for name in names
        }
        change = max(np.abs(fresh[name] / np.abs(fresh[name]).sum() - weights[name] / np.abs(weights[name]).sum()).max() for name in names)
        weights = fresh
        if change < 1e-8:
            break
    scaled = {name: w / np.sqrt(w @ correlation[np.ix_(places[name], places[name])] @ w) for name, w in weights.items()}
    reliable = np.array([_reliability(scaled[name], correlation[np.ix_(places[name], places[name])]) for name in names])
    between = _correlations(scaled, places, correlation, names) / np.sqrt(np.outer(reliable, reliable))
    np.fill_diagonal(between, 1.0)
    found = {}
    for effect, causes in paths.items():
        rows = [names.index(cause) for cause in causes]
        sizes = np.linalg.solve(between[np.ix_(rows, rows)], between[rows, names.index(effect)])
        found |= {(cause, effect): float(size) for cause, size in zip(causes, sizes, strict=True)}
    return found


def _correlations(weights: dict[str, np.ndarray], places: dict[str, list[int]], correlation: np.ndarray, names: list[str]) -> np.ndarray:
    return np.array([[weights[a] @ correlation[np.ix_(places[a], places[b])] @ weights[b] for b in names] for a in names])


def _reliability(w: np.ndarray, within: np.ndarray) -> float:
    """Dijkstra and Henseler's rho_A of a construct's score."""
    off = within - np.diag(np.diag(within))
    outer = np.outer(w, w) - np.diag(w**2)
    return float((w @ w) ** 2 * (w @ off @ w) / (w @ outer @ w))
