"""Erlang's formulas: how much work the calls are, how many find all lines busy (B), how many have to wait (C)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.queueing.figures import queue_figures
from crmlib.queueing.given import Numbers, given
from crmlib.queueing.steady import load_of, queue_of
from crmlib.queueing.tails import blocking


def traffic(calls_per_hour: Numbers, handle_seconds: Numbers) -> float | np.ndarray | pd.Series:
    """The work that calls bring, in erlang: calls × seconds ÷ 3600.

    Answers: how many agents would be busy without a break?

    Parameters
    ----------
    calls_per_hour : number, or one an interval; fractions are welcome
        Of a half hour with 60 calls it is 120.
    handle_seconds : number, or one an interval
        Mean seconds of talk and after-call work.

    Returns
    -------
    float, array or Series, erlang

    Raises
    ------
    ValueError
        A value is missing, negative or text, or the lengths differ.

    Source: the unit is named after A. K. Erlang (CCIF, 1946).

    >>> traffic(120, 300)
    10.0
    """
    values = given(calls_per_hour=calls_per_hour, handle_seconds=handle_seconds)
    return values.result(load_of(values), "traffic_erlang")


def erlang_b(calls_per_hour: Numbers, handle_seconds: Numbers, agents: Numbers) -> float | np.ndarray | pd.Series:
    """The share of calls that find everyone busy, where nobody can wait.

    Answers: with so many lines, how many callers get the engaged tone?

    Parameters
    ----------
    calls_per_hour, handle_seconds : as for :func:`traffic`
    agents : whole number of agents or lines, or one an interval

    Returns
    -------
    float, array or Series, share of the calls

    Raises
    ------
    ValueError
        A value is missing, negative or text, agents are no whole number, or the lengths differ.

    Source: Erlang (1917).

    >>> round(erlang_b(120, 300, 10), 4)
    0.2146
    """
    values = given(calls_per_hour=calls_per_hour, handle_seconds=handle_seconds, agents=agents)
    return values.result(blocking(load_of(values), values["agents"]), "blocked_share")


def erlang_c(calls_per_hour: Numbers, handle_seconds: Numbers, agents: Numbers) -> float | np.ndarray | pd.Series:
    """The share of callers who have to wait, where everybody waits until answered.

    Answers: how many callers hear the waiting music?

    Parameters
    ----------
    calls_per_hour, handle_seconds, agents : as for :func:`erlang_b`
        There must be more agents than erlang.

    Returns
    -------
    float, array or Series, share of the calls

    Raises
    ------
    ValueError
        As for :func:`erlang_b`; or the load is not below the number of agents, so that the queue would grow without end.

    Source: Erlang (1917).

    >>> round(erlang_c(200, 180, 14), 5)
    0.17413
    """
    values = given(calls_per_hour=calls_per_hour, handle_seconds=handle_seconds, agents=agents)
    return values.result(queue_of(values).waits, "waiting_share")


def erlang_a(
    calls_per_hour: Numbers, handle_seconds: Numbers, agents: Numbers, *, patience_seconds: Numbers, target_seconds: Numbers | None = None
) -> pd.DataFrame:
    """The queue whose callers hang up when they have waited too long: who waits, who gives up, who is answered in time.

    Answers: with so many agents, how many callers do we lose, and how long do the others wait? Also with fewer agents than erlang.

    Parameters
    ----------
    calls_per_hour, handle_seconds, agents : as for :func:`erlang_b`
    patience_seconds : number, or one an interval
        Mean seconds that callers are ready to wait; :func:`patience` estimates it from a log of calls.
    target_seconds : number, or one an interval, optional
        As for :func:`queue_figures`.

    Returns
    -------
    DataFrame, one row an interval
        As for :func:`queue_figures`.

    Raises
    ------
    ValueError
        A value is missing, negative or text, agents are no whole number, or the lengths differ.

    Source: Palm (1957); Mandelbaum and Zeltyn (2007).

    >>> erlang_a(120, 300, [8, 12], patience_seconds=120).abandonment_rate.round(3).tolist()
    [0.273, 0.072]
    """
    return queue_figures(calls_per_hour, handle_seconds, agents, target_seconds=target_seconds, patience_seconds=patience_seconds)
