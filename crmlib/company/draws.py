"""Random draws that come out the same on every machine.

NumPy guarantees the bits of a bit generator, not the algorithms on top of it. So only plain uniform numbers are taken from PCG64, and
everything else is worked out from them here.
"""

from __future__ import annotations

import hashlib

import numpy as np


class Stream:
    """Independent uniform and normal numbers by topic: a new topic never changes the numbers of the others.

    >>> Stream(1).uniforms("weights", 2).round(3).tolist() == Stream(1).uniforms("weights", 2).round(3).tolist()
    True
    """

    def __init__(self, seed: int) -> None:
        self.seed = int(seed)

    def generator(self, topic: str) -> np.random.Generator:
        """A generator that belongs to `topic` alone."""
        digest = hashlib.sha256(f"{self.seed}/{topic}".encode()).digest()
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))

    def uniforms(self, topic: str, shape: int | tuple[int, ...]) -> np.ndarray:
        """Numbers in [0, 1)."""
        return self.generator(topic).random(shape)

    def normals(self, topic: str, shape: int | tuple[int, ...]) -> np.ndarray:
        """Standard normal numbers, by Box and Muller (1958)."""
        rng = self.generator(topic)
        return np.sqrt(-2 * np.log1p(-rng.random(shape))) * np.cos(2 * np.pi * rng.random(shape))

    def strata(self, topic: str, groups: np.ndarray) -> np.ndarray:
        """Uniform numbers spread evenly within each group, so that even a small firm has its share of every kind of customer.

        >>> sorted((Stream(1).strata("area", np.array(["a"] * 4)) * 4).astype(int).tolist())
        [0, 1, 2, 3]
        """
        order, within = self.uniforms(f"{topic}/order", len(groups)), self.uniforms(topic, len(groups))
        spread = np.zeros(len(groups))
        for group in np.unique(groups.astype(str)):
            rows = np.flatnonzero(groups.astype(str) == group)
            rank = np.argsort(np.argsort(order[rows], kind="stable"), kind="stable")
            spread[rows] = (rank + within[rows]) / len(rows)
        return spread


def pick(uniform: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The index that each uniform number picks; `shares` is one row of shares for all, or a row each.

    >>> pick(np.array([0.1, 0.9]), np.array([0.5, 0.5])).tolist()
    [0, 1]
    """
    edges = np.cumsum(shares, axis=-1)
    return (uniform[..., None] >= edges[..., :-1]).sum(axis=-1)


def poisson(rate: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Poisson counts by inversion, and above a rate of 30 by the rounded normal whose skew is put right (Cornish and Fisher, 1938).

    >>> poisson(np.array([0.0, 2.0, 400.0]), np.array([0.5, 0.5, 0.5])).tolist()
    [0, 2, 400]
    """
    counts = np.zeros(rate.shape, dtype=np.int64)
    small = rate <= 30
    mean, left = rate[small], uniform[small].copy()
    term, found = np.exp(-mean), np.zeros(mean.shape, dtype=np.int64)
    going = left >= term
    while going.any() and found.max() < 200:
        left[going] -= term[going]
        found[going] += 1
        term[going] *= mean[going] / found[going]
        going = going & (left >= term)
    counts[small] = found
    z = normal_quantile(uniform[~small])
    counts[~small] = np.maximum(0, np.rint(rate[~small] + np.sqrt(rate[~small]) * z + (z**2 - 1) / 6))
    return counts


def normal_quantile(uniform: np.ndarray) -> np.ndarray:
    """The standard normal number below which lies a share `uniform`; to 0.0005 (Abramowitz and Stegun, 26.2.23).

    >>> normal_quantile(np.array([0.025, 0.975])).round(2).tolist()
    [-1.96, 1.96]
    """
    tail = np.clip(np.minimum(uniform, 1 - uniform), 1e-12, 0.5)
    t = np.sqrt(-2 * np.log(tail))
    above = t - (2.515517 + 0.802853 * t + 0.010328 * t**2) / (1 + 1.432788 * t + 0.189269 * t**2 + 0.001308 * t**3)
    return np.where(uniform < 0.5, -above, above)


def gamma_quantile(uniform: np.ndarray, shape: float) -> np.ndarray:
    """The number below which lies a share `uniform` of a gamma distribution with mean 1; from its density on a logarithmic grid.

    >>> gamma_quantile(np.array([0.5]), 1.0).round(3).tolist()
    [0.693]
    """
    grid = np.linspace(-14 / min(shape, 1.0), np.log(60 + 8 * shape), 20_001)
    density = np.exp(shape * grid - np.exp(grid))
    share = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return np.exp(np.interp(uniform, share / share[-1], grid)) / shape
