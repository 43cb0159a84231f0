"""How far agents really differ: their spread, estimated beside the chance of their calls, and each agent drawn towards the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_NODES = 15
_STEPS = 12
_LEAST, _MOST = 1e-3, 4.0


@dataclass(frozen=True)
class Spread:
    """`between`: standard deviation between agents (log odds, or the unit of a mean); `middle` and `width` of each agent's deviation, on
    the same scale, given its calls; `value`: what each agent would do on the usual mix of calls; `noise`: mean variance by chance."""

    between: float
    middle: np.ndarray
    width: np.ndarray
    value: np.ndarray
    noise: float


def of_shares(observed: np.ndarray, calls: np.ndarray, expected: np.ndarray) -> Spread:
    """Agents' log odds around those of their mix of calls, normally distributed (maximum likelihood, adaptive quadrature).

    Parameters
    ----------
    observed, calls, expected : counts by agent; expected successes for the agent's mix of calls, were it like the others

    Source: Pinheiro and Bates, *Journal of Computational and Graphical Statistics* 4 (1995).

    >>> of_shares(np.array([50.0, 50.0]), np.array([100.0, 100.0]), np.array([50.0, 50.0])).value.round(3).tolist()
    [0.5, 0.5]
    """
    from scipy.optimize import minimize

    base = _log_odds(np.clip(expected / calls, 1e-6, 1 - 1e-6))

    def loss(parameters: np.ndarray) -> float:
        return -_marginal(observed, calls, base, parameters[0], np.exp(np.clip(parameters[1], np.log(_LEAST), np.log(_MOST))))[0]

    rough = _log_odds((observed + 0.5) / (calls + 1)) - base
    noise = 1 / np.maximum(calls * _share(base) * (1 - _share(base)), 1e-9)
    start = np.sqrt(max(rough.var() - noise.mean(), 0.01))
    found = minimize(loss, np.array([np.average(rough, weights=calls), np.log(start)]), method="Nelder-Mead",
                     options={"xatol": 1e-4, "fatol": 1e-6, "maxiter": 200})  # fmt: skip
    shift, between = found.x[0], float(np.exp(np.clip(found.x[1], np.log(_LEAST), np.log(_MOST))))
    __, middle, width, share = _marginal(observed, calls, base, shift, between)
    usual = _log_odds(np.clip(observed.sum() / calls.sum(), 1e-6, 1 - 1e-6))
    # Where every agent has the usual mix, the mean share over the quadrature is exact; another mix is put on the usual one.
    value = np.where(np.ptp(base) < 1e-9, share, _share(usual + middle))
    return Spread(0.0 if between <= 2 * _LEAST else between, middle, width, value, float(noise.mean()))


def of_means(mean: np.ndarray, error: np.ndarray, expected: np.ndarray, usual: float) -> Spread:
    """Agents' means around those of their mix of calls (DerSimonian and Laird).

    Parameters
    ----------
    mean, error, expected : by agent: mean, its standard error, and the mean expected for the mix of calls
    usual : mean of all calls

    >>> of_means(np.array([1.0, 3.0]), np.array([0.1, 0.1]), np.array([2.0, 2.0]), 2.0).between.__round__(2)
    1.41
    """
    off, weight = mean - expected, 1 / error**2
    centre = (weight * off).sum() / weight.sum()
    excess = (weight * (off - centre) ** 2).sum() - (len(off) - 1)
    squared = max(0.0, float(excess / (weight.sum() - (weight**2).sum() / weight.sum())))
    centre = (off / (error**2 + squared)).sum() / (1 / (error**2 + squared)).sum()
    pull = squared / (squared + error**2)
    middle = centre + pull * (off - centre)
    return Spread(float(np.sqrt(squared)), middle, np.sqrt(pull) * error, usual + middle, float((error**2).mean()))


def _marginal(
    observed: np.ndarray, calls: np.ndarray, base: np.ndarray, shift: float, between: float
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Log likelihood; and of each agent the mean deviation, its standard deviation, and the mean share, given its calls."""
    mode = np.full(len(calls), shift)
    for _step in range(_STEPS):
        share = _share(base + mode)
        slope = observed - calls * share - (mode - shift) / between**2
        bend = calls * share * (1 - share) + 1 / between**2
        mode = mode + np.clip(slope / bend, -2, 2)
    width = 1 / np.sqrt(calls * _share(base + mode) * (1 - _share(base + mode)) + 1 / between**2)
    nodes, weights = np.polynomial.hermite.hermgauss(_NODES)
    points = mode[:, None] + np.sqrt(2) * width[:, None] * nodes
    odds = base[:, None] + points
    logs = observed[:, None] * odds - calls[:, None] * np.logaddexp(0, odds)
    logs += -0.5 * ((points - shift) / between) ** 2 - np.log(between) - 0.5 * np.log(2 * np.pi)
    logs += nodes**2 + np.log(weights) + np.log(np.sqrt(2) * width)[:, None]
    top = logs.max(axis=1, keepdims=True)
    mass = np.exp(logs - top)
    total = mass.sum(axis=1)
    chance = mass / total[:, None]
    middle = (chance * points).sum(axis=1)
    spread = np.sqrt((chance * (points - middle[:, None]) ** 2).sum(axis=1))
    return float((np.log(total) + top[:, 0]).sum()), middle, spread, (chance * _share(odds)).sum(axis=1)


def _share(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(log_odds, -40, 40)))


def _log_odds(share: np.ndarray) -> np.ndarray:
    return np.log(share / (1 - share))
