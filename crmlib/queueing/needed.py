"""How many agents it takes to meet every target at once, interval by interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import require_share
from crmlib.i18n import _
from crmlib.queueing.figures import busy_share, in_time
from crmlib.queueing.given import Given, Numbers, given
from crmlib.queueing.steady import Queue, load_of, queue_of, within_seconds


@dataclass(frozen=True)
class Targets:
    """What the queue has to keep; None: no such target."""

    service_level: float | None
    max_wait_seconds: float | None
    max_abandonment: float | None
    max_occupancy: float | None

    def met(self, level: np.ndarray, wait: np.ndarray, abandons: np.ndarray, busy: np.ndarray) -> np.ndarray:
        """Whether all targets hold; a hair's breadth of rounding is forgiven."""
        held = np.ones(len(level), dtype=bool)
        if self.service_level is not None:
            held &= level >= self.service_level - 1e-12
        if self.max_wait_seconds is not None:
            held &= wait <= self.max_wait_seconds + 1e-9
        if self.max_abandonment is not None:
            held &= abandons <= self.max_abandonment + 1e-12
        if self.max_occupancy is not None:
            held &= busy <= self.max_occupancy + 1e-12
        return held


def agents_needed(
    calls_per_hour: Numbers, handle_seconds: Numbers, *, service_level: float | None = None, target_seconds: Numbers | None = None,
    max_wait_seconds: float | None = None, max_abandonment: float | None = None, max_occupancy: float | None = None,
    patience_seconds: Numbers | None = None, minimum_agents: int = 0,
) -> int | np.ndarray | pd.Series:  # fmt: skip
    """The fewest agents with whom every target that is given holds.

    Answers: how many people must be on the phone in each interval? Breaks and absence come on top; see :mod:`crmlib.staffing`.

    Parameters
    ----------
    calls_per_hour, handle_seconds : as for :func:`traffic`
    service_level : share of all calls, optional
        To be answered within `target_seconds`. With no target at all, the standard `call_center.target_service_level` is meant.
    target_seconds : number, or one an interval, optional
        The standard `call_center.answer_seconds` if left out.
    max_wait_seconds : optional
        Mean wait of all callers (average speed of answer), at most.
    max_abandonment : share of all calls, optional
        Who hangs up, at most; needs `patience_seconds`.
    max_occupancy : share of the agents' time, optional
        Busy with calls, at most.
    patience_seconds : number, or one an interval, optional
        Mean seconds that callers are ready to wait (Erlang A); if left out they wait for ever (Erlang C).
    minimum_agents : whole number
        So many at least, even where nobody calls.

    Returns
    -------
    int, array or Series of whole numbers

    Raises
    ------
    ValueError
        A value is missing, negative or text, a share is not between 0 and 1, lengths differ, or abandonment is limited without patience.

    Source: Erlang (1917); Mandelbaum and Zeltyn (2007).

    >>> agents_needed(120, 300)  # 80 % within 20 seconds
    14
    >>> agents_needed([120, 240], 300, service_level=0.8, target_seconds=20, max_occupancy=0.7).tolist()
    [15, 29]
    """
    targets = targets_of(service_level, max_wait_seconds, max_abandonment, max_occupancy, patience_seconds)
    values = given(
        calls_per_hour=calls_per_hour, handle_seconds=handle_seconds, patience_seconds=patience_seconds,
        target_seconds=within_seconds(target_seconds), minimum_agents=minimum_agents,
    )  # fmt: skip

    def held(agents: np.ndarray) -> np.ndarray:
        return targets.met(*figures(targets, queue_of(values, agents), values))

    return values.result(fewest(held, load_of(values), values["minimum_agents"], patient=patience_seconds is None), "agents")


def targets_of(
    service_level: float | None, max_wait_seconds: float | None, max_abandonment: float | None, max_occupancy: float | None,
    patience_seconds: object,
) -> Targets:  # fmt: skip
    """The targets, checked; the standard service level if there is none."""
    shares = {"service_level": service_level, "max_abandonment": max_abandonment, "max_occupancy": max_occupancy}
    for name, value in shares.items():
        if value is not None and not (name == "max_occupancy" and value == 1):
            require_share(name, value)
    if max_wait_seconds is not None:
        given(max_wait_seconds=max_wait_seconds)
    if max_abandonment is not None and patience_seconds is None:
        raise ValueError(_("max_abandonment needs patience_seconds: callers who wait for ever never hang up (Erlang C)."))
    if max_wait_seconds is None and all(value is None for value in shares.values()):
        service_level = standards.get("call_center.target_service_level", unit="share")
    return Targets(service_level, max_wait_seconds, max_abandonment, max_occupancy)


def figures(targets: Targets, queue: Queue, values: Given) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Service level, mean wait, abandonment and occupancy; those for which there is no target are not worked out."""
    nothing = np.zeros_like(queue.load)
    return (
        nothing if targets.service_level is None else in_time(queue, values),
        nothing if targets.max_wait_seconds is None else queue.mean_wait * values["handle_seconds"],
        nothing if targets.max_abandonment is None else queue.abandons,
        nothing if targets.max_occupancy is None else busy_share(queue),
    )


def fewest(held: Callable[[np.ndarray], np.ndarray], load: np.ndarray, least: np.ndarray, *, patient: bool) -> np.ndarray:
    """The smallest numbers of agents for which `held` says yes, which it goes on saying for more agents: by halving, all at once.

    Parameters
    ----------
    load : erlang
        Callers who wait for ever (`patient`) need more agents than that.
    """
    enough = np.floor(load) + 1 if patient else np.zeros_like(load)
    low = np.maximum(np.where(load > 0, enough, 0), least)
    more = np.ceil(np.sqrt(load)) + 1
    high = np.maximum(low, np.floor(load)) + more
    while not (fine := held(high)).all():
        low, more = np.where(fine, low, high + 1), more * 2
        high = np.where(fine, high, high + more)
    while (low < high).any():
        middle = np.floor((low + high) / 2)
        fine = held(middle)
        low, high = np.where(fine, low, np.minimum(middle + 1, high)), np.where(fine, middle, high)
    return high.astype("int64")
