"""The steady queue in units of the handle time: M/M/n with callers who wait for ever (Erlang C), or who give up (Erlang A)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlib.queueing.tails import blocking, log_rising

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)
_NEWTON = 40
_NEGLIGIBLE = 40.0
"""Beyond a density e^−40 times its highest value nothing can be seen."""


class PatientQueue:
    """M/M/n, load below the number of agents; times in units of the handle time.

    >>> queue = PatientQueue(np.array([10.0]), np.array([14.0]))
    >>> queue.waits.round(5).tolist()
    [0.17413]
    """

    def __init__(self, load: np.ndarray, agents: np.ndarray) -> None:
        self.load, self.agents = load, agents
        self.spare = np.where(load > 0, agents - load, 1.0)
        blocked = blocking(load, agents)
        self.waits = np.where(load > 0, agents * blocked / (self.spare + load * blocked), 0.0)

    def longer(self, time: np.ndarray) -> np.ndarray:
        """Share of callers who wait longer than `time`."""
        return self.waits * np.exp(-self.spare * time)

    def served_later(self, time: np.ndarray) -> np.ndarray:
        return self.longer(time)

    @property
    def abandons(self) -> np.ndarray:
        return np.zeros_like(self.waits)

    @property
    def mean_wait(self) -> np.ndarray:
        return self.waits / self.spare

    @property
    def mean_wait_served(self) -> np.ndarray:
        return self.mean_wait


@dataclass(frozen=True)
class _OfferedWait:
    """The wait that a caller who never gives up would have, given that there is one: its density, up to a factor."""

    load: np.ndarray
    agents: np.ndarray
    leave: np.ndarray

    def log(self, time: np.ndarray) -> np.ndarray:
        return -self.load * time * _shortfall(self.leave * time) - (self.agents - self.load) * time

    def slope(self, time: np.ndarray) -> np.ndarray:
        return self.load * np.exp(-self.leave * time) - self.agents

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Between which times the density is more than negligible. Newton's steps on a concave curve never pass the root."""
        top = np.log(np.maximum(self.load / self.agents, 1.0)) / self.leave
        floor = self.log(top) - _NEGLIGIBLE
        low, high = np.zeros_like(top), (self.load / self.leave - floor) / self.agents
        for _turn in range(_NEWTON):
            with np.errstate(divide="ignore", invalid="ignore"):
                low = np.where(floor > 0, low + (floor - self.log(low)) / self.slope(low), 0.0)
            high = high - (self.log(high) - floor) / self.slope(high)
        return low, high

    def column(self) -> _OfferedWait:
        return _OfferedWait(self.load[:, None], self.agents[:, None], self.leave[:, None])


class ImpatientQueue:
    """M/M/n+M: callers wait for an exponential time of mean 1/`leave` at most; times in units of the handle time.

    Source: Palm (1957); Mandelbaum and Zeltyn (2007), Service engineering in action: the Palm/Erlang-A queue.

    >>> queue = ImpatientQueue(np.array([10.0]), np.array([10.0]), np.array([1.0]))
    >>> queue.abandons.round(4).tolist()  # with equal rates the number in the system is Poisson: E(N − n)+ / load
    [0.1251]
    """

    def __init__(self, load: np.ndarray, agents: np.ndarray, leave: np.ndarray) -> None:
        self.load, self.agents, self.leave = load, agents, leave
        self._wait = _OfferedWait(load, agents, leave)
        self._x, self._y = agents / leave, load / leave
        self._log_sum = log_rising(self._x, self._y)
        blocked = blocking(load, agents)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            odds = (1 / blocked - 1) * np.exp(-self._log_sum)
        self.waits = np.where((load > 0) & (blocked > 0), 1 / (1 + odds), 0.0)

    def longer(self, time: np.ndarray) -> np.ndarray:
        """Share of callers who are still waiting after `time`."""
        later = self._y * np.exp(-self.leave * time)
        log = self._wait.log(time)
        return self.waits * np.exp(log + log_rising(self._x, later) - self._log_sum - self.leave * time)

    def served_later(self, time: np.ndarray) -> np.ndarray:
        """Share of callers who are answered after more than `time`."""
        later = self._y * np.exp(-self.leave * time)
        log = self._wait.log(time) - self.leave * time
        return self.waits * self._x / (self._x + 1) * np.exp(log + log_rising(self._x + 1, later) - self._log_sum)

    @property
    def abandons(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            share = 1 - (self.agents - self.agents * np.exp(-self._log_sum)) / self.load
        return self.waits * np.where(self.load > 0, np.clip(share, 0.0, 1.0), 0.0)

    @property
    def mean_wait(self) -> np.ndarray:
        return self.abandons / self.leave

    @property
    def mean_wait_served(self) -> np.ndarray:
        """Mean wait of those answered, by Gauss's quadrature: theirs is the density of a desk that is faster by one caller's leaving."""
        found = np.zeros_like(self.waits)
        some = (self.waits > 0) & (self.agents > 0)
        wait = _OfferedWait(self.load[some], self.agents[some] + self.leave[some], self.leave[some])
        low, high = wait.ends()
        time = low[:, None] + (high - low)[:, None] * (_NODES + 1) / 2
        height = wait.column().log(time)
        weight = _WEIGHTS * np.exp(height - height.max(axis=1, keepdims=True, initial=-np.inf))
        later = (self.waits - self.abandons)[some] / (1 - self.abandons[some])
        found[some] = later * (weight * time).sum(axis=1) / weight.sum(axis=1)
        return found


def _shortfall(gone: np.ndarray) -> np.ndarray:
    """1 − (1 − e^−z)/z, by its series where the subtraction would lose digits."""
    with np.errstate(divide="ignore", invalid="ignore"):
        direct = 1 + np.expm1(-gone) / gone
    return np.where(gone < 0.01, gone * (1 / 2 - gone * (1 / 6 - gone * (1 / 24 - gone * (1 / 120 - gone / 720)))), direct)
