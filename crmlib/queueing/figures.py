"""What callers and agents feel of a queue: service level, waits, hang-ups and occupancy, by Erlang C or Erlang A."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.queueing.given import Given, Numbers, given
from crmlib.queueing.steady import Queue, load_of, queue_of, within_seconds


def service_level(
    calls_per_hour: Numbers, handle_seconds: Numbers, agents: Numbers, *,
    target_seconds: Numbers | None = None, patience_seconds: Numbers | None = None,
) -> float | np.ndarray | pd.Series:  # fmt: skip
    """The share of all calls that are answered within so many seconds.

    Answers: with so many agents, do we keep our promise to answer in time?

    Parameters
    ----------
    calls_per_hour, handle_seconds, agents : as for :func:`erlang_b`
    target_seconds : number, or one an interval, optional
        The promise; the standard `call_center.answer_seconds` if left out.
    patience_seconds : number, or one an interval, optional
        Mean seconds that callers are ready to wait (Erlang A); if left out they wait for ever (Erlang C).

    Returns
    -------
    float, array or Series, share of all calls; somebody who hangs up early is not answered in time

    Raises
    ------
    ValueError
        A value is missing, negative or text, agents are no whole number, lengths differ; Erlang C and no more agents than erlang.

    Source: Erlang (1917); Mandelbaum and Zeltyn (2007).

    >>> round(service_level(200, 180, 14, target_seconds=20), 5)
    0.88835
    """
    values = _values(calls_per_hour, handle_seconds, agents, patience_seconds, target_seconds=within_seconds(target_seconds))
    queue = queue_of(values)
    return values.result(in_time(queue, values), "service_level")


def average_wait(
    calls_per_hour: Numbers, handle_seconds: Numbers, agents: Numbers, *, patience_seconds: Numbers | None = None
) -> float | np.ndarray | pd.Series:
    """Mean seconds that callers wait, those who need not wait and those who hang up included.

    Answers: how long does a caller wait on average? In Erlang C this is the average speed of answer.

    Parameters
    ----------
    calls_per_hour, handle_seconds, agents, patience_seconds : as for :func:`service_level`

    Returns
    -------
    float, array or Series, seconds

    Raises
    ------
    ValueError
        As for :func:`service_level`.

    Source: Erlang (1917); Mandelbaum and Zeltyn (2007).

    >>> round(average_wait(200, 180, 14), 3)
    7.836
    """
    values = _values(calls_per_hour, handle_seconds, agents, patience_seconds)
    return values.result(queue_of(values).mean_wait * values["handle_seconds"], "mean_wait_seconds")


def abandonment_rate(
    calls_per_hour: Numbers, handle_seconds: Numbers, agents: Numbers, *, patience_seconds: Numbers
) -> float | np.ndarray | pd.Series:
    """The share of callers who hang up before they are answered (Erlang A).

    Answers: how many callers do we lose in the queue?

    Parameters
    ----------
    calls_per_hour, handle_seconds, agents, patience_seconds : as for :func:`service_level`

    Returns
    -------
    float, array or Series, share of all calls

    Raises
    ------
    ValueError
        As for :func:`service_level`.

    Source: Palm (1957); Mandelbaum and Zeltyn (2007).

    >>> round(abandonment_rate(120, 300, 12, patience_seconds=120), 4)
    0.0722
    """
    values = _values(calls_per_hour, handle_seconds, agents, patience_seconds)
    return values.result(queue_of(values).abandons, "abandonment_rate")


def occupancy(
    calls_per_hour: Numbers, handle_seconds: Numbers, agents: Numbers, *, patience_seconds: Numbers | None = None
) -> float | np.ndarray | pd.Series:
    """The share of their time on the phone that agents are busy with calls.

    Answers: do the agents have time to breathe?

    Parameters
    ----------
    calls_per_hour, handle_seconds, agents, patience_seconds : as for :func:`service_level`

    Returns
    -------
    float, array or Series, share of the time; 0 where there is no agent

    Raises
    ------
    ValueError
        As for :func:`service_level`.

    Source: Little (1961).

    >>> round(occupancy(200, 180, 14), 4)
    0.7143
    """
    values = _values(calls_per_hour, handle_seconds, agents, patience_seconds)
    return values.result(busy_share(queue_of(values)), "occupancy")


def waiting_longer(
    calls_per_hour: Numbers, handle_seconds: Numbers, agents: Numbers, *, seconds: Numbers, patience_seconds: Numbers | None = None
) -> float | np.ndarray | pd.Series:
    """The share of callers who are still waiting after so many seconds.

    Answers: how many callers have an awful wait?

    Parameters
    ----------
    calls_per_hour, handle_seconds, agents, patience_seconds : as for :func:`service_level`
    seconds : number, or one an interval; a list of seconds gives a curve

    Returns
    -------
    float, array or Series, share of all calls

    Raises
    ------
    ValueError
        As for :func:`service_level`.

    Source: Erlang (1917); Mandelbaum and Zeltyn (2007).

    >>> waiting_longer(200, 180, 14, seconds=[0, 20, 60]).round(4).tolist()
    [0.1741, 0.1116, 0.0459]
    """
    values = _values(calls_per_hour, handle_seconds, agents, patience_seconds, seconds=seconds)
    return values.result(queue_of(values).longer(values["seconds"] / values["handle_seconds"]), "still_waiting_share")


def queue_figures(
    calls_per_hour: Numbers, handle_seconds: Numbers, agents: Numbers, *,
    target_seconds: Numbers | None = None, patience_seconds: Numbers | None = None,
) -> pd.DataFrame:  # fmt: skip
    """All figures of the queue side by side: one row an interval, or one a number of agents.

    Answers: what changes with one agent more?

    Parameters
    ----------
    calls_per_hour, handle_seconds, agents, target_seconds, patience_seconds : as for :func:`service_level`
        A list of agents, such as range(11, 19), compares them for one load.

    Returns
    -------
    DataFrame, one row an interval (indexed as the Series given, if any)
        calls_per_hour, handle_seconds, agents, traffic_erlang; waiting_share, service_level (answered in time, of all calls),
        abandonment_rate, abandoned_in_time_share (hung up within target_seconds, of all calls: a short wait), mean_wait_seconds (all
        callers), average_speed_of_answer_seconds (those answered), occupancy

    Raises
    ------
    ValueError
        As for :func:`service_level`.

    Source: Erlang (1917); Mandelbaum and Zeltyn (2007).

    >>> queue_figures(120, 300, [11, 14])[["waiting_share", "service_level", "occupancy"]].round(3).values.tolist()
    [[0.682, 0.362, 0.909], [0.174, 0.867, 0.714]]
    """
    values = _values(calls_per_hour, handle_seconds, agents, patience_seconds, target_seconds=within_seconds(target_seconds))
    queue, handle = queue_of(values), values["handle_seconds"]
    later = values["target_seconds"] / handle
    gives_up_in_time = queue.abandons - (queue.longer(later) - queue.served_later(later))
    return pd.DataFrame({
        "calls_per_hour": values["calls_per_hour"],
        "handle_seconds": handle,
        "agents": values["agents"].astype("int64"),
        "traffic_erlang": load_of(values),
        "waiting_share": queue.waits,
        "service_level": in_time(queue, values),
        "abandonment_rate": queue.abandons,
        "abandoned_in_time_share": np.clip(gives_up_in_time, 0.0, 1.0),
        "mean_wait_seconds": queue.mean_wait * handle,
        "average_speed_of_answer_seconds": queue.mean_wait_served * handle,
        "occupancy": busy_share(queue),
    }, index=values.rows())  # fmt: skip


def in_time(queue: Queue, values: Given) -> np.ndarray:
    """Share of all calls answered within `target_seconds`."""
    return np.clip(1 - queue.abandons - queue.served_later(values["target_seconds"] / values["handle_seconds"]), 0.0, 1.0)


def busy_share(queue: Queue) -> np.ndarray:
    """Share of the agents' time that calls take."""
    return np.minimum(queue.load * (1 - queue.abandons) / np.maximum(queue.agents, 1.0), 1.0)


def _values(calls_per_hour: Numbers, handle_seconds: Numbers, agents: Numbers, patience_seconds: Numbers | None, **more: object) -> Given:
    return given(calls_per_hour=calls_per_hour, handle_seconds=handle_seconds, agents=agents, patience_seconds=patience_seconds, **more)
