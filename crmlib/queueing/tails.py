"""Ratios of Poisson chances, exact to many digits where the chances themselves are too small to be written down.

Erlang's formulas are such ratios. Written as sums or as recursions over agents they overflow or take long; written with the incomplete
gamma function they cost the same for one agent as for a hundred thousand.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammainc, gammaincc, gammaln

_FAR = -600.0
"""Where the logarithm of a chance lies below this, the chance comes near the smallest number that a computer can write (e^−708)."""
_STIRLING_FROM = 16.0


def blocking(load: np.ndarray, agents: np.ndarray) -> np.ndarray:
    """Erlang B: a Poisson chance of `agents` over the chance of at most that many.

    >>> blocking(np.array([10.0]), np.array([10.0])).round(4).tolist()
    [0.2146]
    """
    found = np.ones(np.broadcast(load, agents).shape)
    load, agents = np.broadcast_arrays(load, agents)
    log = log_poisson(agents, load)
    far = (load > agents) & (log < _FAR)
    near = ~far & (agents > 0)
    found[near] = np.exp(log[near]) / gammaincc(agents[near] + 1, load[near])
    found[far] = 1 / _falling(load[far], agents[far])
    return found


def log_rising(start: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Logarithm of 1 + y/(x+1) + y²/((x+1)(x+2)) + …, x being `start` and y `step`.

    >>> np.exp(log_rising(np.array([0.0]), np.array([2.0]))).round(4).tolist() == [round(float(np.e**2), 4)]
    True
    """
    found = np.zeros(np.broadcast(start, step).shape)
    start, step = np.broadcast_arrays(start, step)
    log = log_poisson(start, step)
    far = (start > step) & (log < _FAR)
    near = ~far & (start > 0)
    found[near] = np.log(gammainc(start[near], step[near])) - log[near]
    found[far] = np.log(_rising(start[far], step[far]))
    return np.where(start == 0, step, np.where(step == 0, 0.0, found))


def log_poisson(count: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Logarithm of e^−m m^x / x! for any x from 0, without the cancellation of large terms.

    Source: Loader (2000), Fast and accurate computation of binomial probabilities.

    >>> np.exp(log_poisson(np.array([2.0]), np.array([2.0]))).round(4).tolist()
    [0.2707]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        away = (mean - count) / count
        deviance = count * (away - np.where(np.abs(away) < 0.5, np.log1p(away), np.log(mean / count)))
        stirling = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / count**2) / count**2) / count**2) / count
        large = -deviance - stirling - 0.5 * np.log(2 * np.pi * count)
        small = count * np.log(mean) - mean - gammaln(count + 1)
    return np.where(count >= _STIRLING_FROM, large, np.where(count == 0, -mean, small))


def _rising(start: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The sum itself where step is much smaller than start, from its far end backwards; the end is begun as a geometric series."""
    terms = _terms(step / start)
    total = 1 / (1 - step / (start + terms + 1))
    for place in range(terms, 0, -1):
        total = 1 + step / (start + place) * total
    return total


def _falling(load: np.ndarray, agents: np.ndarray) -> np.ndarray:
    """1 + n/a + n(n−1)/a² + …, the inverse of Erlang B, where the load is much larger than the agents."""
    terms = _terms(agents / load)
    total = 1 / (1 - np.maximum(agents - terms, 0) / load)
    for place in range(terms - 1, -1, -1):
        total = 1 + np.maximum(agents - place, 0) / load * total
    return total


def _terms(ratio: np.ndarray) -> int:
    """After so many terms what is left cannot be seen in the last digit."""
    return int(np.ceil(40 / -np.log(ratio.max(initial=1e-9) + 1e-300))) + 2
