"""How long callers wait, and how long agents work on a call."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from crmlib.call_center.estimates import CallMetric, estimate
from crmlib.call_center.groups import group_names, refuse_agent
from crmlib.call_center.sums import Sum, call_sums
from crmlib.i18n import _

WAITS = {"answered": ("answered_at",), "queued": ("entered_queue_at",)}
PARTS = {"handle": ("handle_seconds", None), "talk": ("talk_seconds", None), "after_call": ("handle_seconds", "talk_seconds")}


def average_speed_of_answer(
    calls: object, *, by: str | Sequence[str] | None = None, of: str = "answered", level: float = 0.95
) -> CallMetric:
    """Mean seconds in the queue.

    Answers: how long does a caller wait for a person?

    Base: seconds from entering the queue to the answer ÷ answered calls; calls answered at once count with 0 s, the menu's time does not
    count. Those who gave up are not in it, though many of them waited longest: ``of="queued"`` adds up all waits, to the answer or to
    hanging up, over all calls that entered the queue.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        arrived_at, wait_seconds; answered_at or entered_queue_at
    by : as in :func:`crmlib.call_center.connection_rate`; by agent only where `of` is "answered"
    of : "answered" or "queued"
    level : float, 0–1

    Returns
    -------
    CallMetric
        seconds; `.table`, one row a group: seconds_waited, answered_calls or queued_calls, average_wait_seconds, low, high

    Raises
    ------
    ValueError
        As in :func:`crmlib.call_center.connection_rate`; wait_seconds is negative or text.

    Source: ASA (average speed of answer), 平均应答速度, the usual definition.

    >>> import pandas as pd
    >>> calls = pd.DataFrame({"arrived_at": pd.to_datetime(["2026-11-02 09:00"] * 3), "wait_seconds": [0.0, 10.0, 110.0],
    ...     "entered_queue_at": pd.to_datetime(["2026-11-02 09:01"] * 3), "answered_at": pd.to_datetime(["2026-11-02 09:02"] * 2 + [None])})
    >>> average_speed_of_answer(calls).value, average_speed_of_answer(calls, of="queued").value
    (5.0, 40.0)
    """
    names = group_names(by)
    _known("of", of, WAITS)
    if of == "queued":
        refuse_agent(names, "average_speed_of_answer")
    sums = {
        "seconds_waited": Sum(WAITS[of], "wait_seconds"), "squares": Sum(WAITS[of], "wait_seconds", squared=True),
        f"{of}_calls": Sum(WAITS[of]),
    }  # fmt: skip
    cells = call_sums(calls, sums, by=names)
    return estimate(cells, name="average_wait_seconds", top="seconds_waited", bottom=f"{of}_calls", unit="seconds", by=names, level=level,
                    square="squares", wording=partial(_wait_words, of))  # fmt: skip


def average_handle_time(calls: object, *, by: str | Sequence[str] | None = None, part: str = "handle", level: float = 0.95) -> CallMetric:
    """Mean seconds that an answered call takes an agent.

    Answers: how much work is a call?

    Base: seconds of talk and after-call work ÷ answered calls. Waiting, the menu and abandoned calls are not in it. ``part="talk"`` counts
    the talk alone, "after_call" what comes after it.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        arrived_at, answered_at, handle_seconds; talk_seconds for the parts
    by : as in :func:`crmlib.call_center.connection_rate`, and "agent"
    part : "handle", "talk" or "after_call"
    level : float, 0–1

    Returns
    -------
    CallMetric
        seconds; `.table`, one row a group: seconds_worked, answered_calls, average_handle_seconds, low, high

    Raises
    ------
    ValueError
        As in :func:`crmlib.call_center.connection_rate`; seconds are negative or text.

    Source: AHT (average handle time), 平均处理时长, the usual definition.

    >>> import pandas as pd
    >>> calls = pd.DataFrame({"arrived_at": pd.to_datetime(["2026-11-02 09:00"] * 2), "handle_seconds": [300.0, 400.0],
    ...     "talk_seconds": [250.0, 350.0], "answered_at": pd.to_datetime(["2026-11-02 09:02"] * 2)})
    >>> average_handle_time(calls).value, average_handle_time(calls, part="after_call").value
    (350.0, 50.0)
    """
    names = group_names(by)
    _known("part", part, PARTS)
    column, less = PARTS[part]
    answered = ("answered_at",)
    sums = {
        "seconds_worked": Sum(answered, column, less),
        "squares": Sum(answered, column, less, squared=True),
        "answered_calls": Sum(answered),
    }
    cells = call_sums(calls, sums, by=names)
    return estimate(cells, name="average_handle_seconds", top="seconds_worked", bottom="answered_calls", unit="seconds", by=names,
    level=level,
                    square="squares", wording=partial(_handle_words, part))  # fmt: skip


def _known(name: str, given: object, known: dict) -> None:
    if not isinstance(given, str) or given not in known:
        raise ValueError(_("{name} is {value}; it must be one of: {known}.").format(name=name, value=given, known=", ".join(known)))


def _wait_words(of: str) -> tuple[str, str]:
    return _("Average speed of answer"), (
        _("Base: seconds waited in the queue by answered calls, over answered calls; those who gave up are not in it.")
        if of == "answered"
        else _("Base: seconds waited in the queue, to the answer or to hanging up, over all calls that entered the queue.")
    )


def _handle_words(part: str) -> tuple[str, str]:
    title = {"handle": _("Average handle time"), "talk": _("Average talk time"), "after_call": _("Average after-call time")}[part]
    return title, {
        "handle": _("Base: seconds of talk and after-call work, over answered calls."),
        "talk": _("Base: seconds of talk, over answered calls."),
        "after_call": _("Base: seconds of after-call work, over answered calls."),
    }[part]
