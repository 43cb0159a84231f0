"""From calls and seconds to the queue in units of the handle time."""

from __future__ import annotations

import numpy as np

from crmlib import standards
from crmlib.i18n import _
from crmlib.queueing.formulas import ImpatientQueue, PatientQueue
from crmlib.queueing.given import Given, refuse_intervals

Queue = PatientQueue | ImpatientQueue


def load_of(values: Given) -> np.ndarray:
    """Erlang: how many calls are being handled at once, on average, if all are."""
    return values["calls_per_hour"] * values["handle_seconds"] / 3600


def queue_of(values: Given, agents: np.ndarray | None = None) -> Queue:
    """The steady queue of each interval: Erlang C where nobody's patience is given, else Erlang A.

    Raises
    ------
    ValueError
        Erlang C, and the load is not below the number of agents.
    """
    load, agents = load_of(values), values["agents"] if agents is None else agents
    if "patience_seconds" in values.values:
        return ImpatientQueue(load, agents.astype("float64"), values["handle_seconds"] / values["patience_seconds"])

    def too_few(place: int) -> str:
        return _("{load:g} erlang of calls are too much for {agents:g} agent(s): with callers who wait for ever the queue would grow "
                 "without end. Take more than {load:g} agents, or give patience_seconds (Erlang A).").format(
            load=round(load[place], 4), agents=agents[place])  # fmt: skip

    refuse_intervals((load >= agents) & (load > 0), values, too_few)
    return PatientQueue(load, agents.astype("float64"))


def within_seconds(target_seconds: object) -> object:
    """The given time within which calls should be answered, or the standard one."""
    return standards.get("call_center.answer_seconds", unit="seconds") if target_seconds is None else target_seconds
