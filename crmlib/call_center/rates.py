"""How many of those who called were answered, gave up, or needed nobody."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from crmlib.call_center.estimates import CallMetric, estimate
from crmlib.call_center.groups import group_names, refuse_agent
from crmlib.call_center.sums import Sum, call_sums
from crmlib.i18n import _
from crmlib.standards import get

BASES = ("queued", "wanted")


def connection_rate(calls: object, *, by: str | Sequence[str] | None = None, base: str = "queued", level: float = 0.95) -> CallMetric:
    """Share of the calls for an agent that an agent answered.

    Answers: of those who wanted to speak with a person, how many did?

    Base: answered calls ÷ calls that entered the queue. With ``base="wanted"`` calls that left the menu unsolved (hung up there, or found
    the desk closed) stand under the line too. Calls that the menu or the bot solved are in neither.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        arrived_at, entered_queue_at, answered_at; for "wanted" left_in_ivr too.
    by : "hour", "half_hour", "weekday", "day", "month" (of arrival), "line" (the menu choice), any column, or a list of these; optional
    base : "queued" or "wanted"
    level : float, 0–1
        Confidence of the intervals; how they are made is told in :func:`crmlib.call_center.estimates.estimate`.

    Returns
    -------
    CallMetric
        value, low, high; `.table`, one row a group: answered_calls, queued_calls or wanted_calls, connection_rate, low, high; `.base`,
        `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing or of another kind; there are no calls; the base is another; calls are grouped by agent.

    Source: 接通率, the usual definition in call centre reports.

    >>> import pandas as pd
    >>> calls = pd.DataFrame({"arrived_at": pd.to_datetime(["2026-11-02 09:00"] * 4), "left_in_ivr": [False, False, False, True],
    ...     "entered_queue_at": pd.to_datetime(["2026-11-02 09:01"] * 3 + [None]),
    ...     "answered_at": pd.to_datetime(["2026-11-02 09:01"] * 2 + [None, None])})
    >>> round(connection_rate(calls).value, 3), connection_rate(calls, base="wanted").value
    (0.667, 0.5)
    """
    names = group_names(by)
    refuse_agent(names, "connection_rate")
    _one_of("base", base, BASES)
    sums = {"answered_calls": Sum(("answered_at",)), "queued_calls": Sum(("entered_queue_at",))} | _LEFT[base]
    cells = call_sums(calls, sums, by=names)
    if base == "wanted":
        cells["wanted_calls"] = cells["queued_calls"] + cells["left_in_ivr"]
    return estimate(cells, name="connection_rate", top="answered_calls", bottom=f"{base}_calls", unit="share", by=names, level=level,
                    wording=partial(_connection_words, base))  # fmt: skip


_LEFT = {"queued": {}, "wanted": {"left_in_ivr": Sum(("left_in_ivr",))}}


def abandonment_rate(
    calls: object, *, by: str | Sequence[str] | None = None, short_seconds: float | None = None, short: str = "left_out",
    base: str = "queued", level: float = 0.95,
) -> CallMetric:  # fmt: skip
    """Share of the calls for an agent that hung up before one answered.

    Answers: how many callers did our queue lose?

    Base: calls abandoned in the queue ÷ calls that entered the queue. Who hangs up within `short_seconds` probably dialled wrongly: with
    ``short="left_out"`` such calls are neither above nor below the line; with "counted" they are in both. With ``base="wanted"`` calls that
    left the menu unsolved stand above *and* below the line; in one term only they would make a rate of nothing.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        arrived_at, entered_queue_at, abandoned, wait_seconds; for "wanted" left_in_ivr too.
    by : as in :func:`connection_rate`
    short_seconds : seconds, optional
        An abandoned wait up to and including so long is short. Without it: the standard call_center.short_abandon_seconds.
    short : "left_out" or "counted"
    base : "queued" or "wanted"
    level : float, 0–1

    Returns
    -------
    CallMetric
        value, low, high; `.table`, one row a group: lost_calls, base_calls, short_abandoned (how many were short), abandonment_rate, low,
        high

    Raises
    ------
    ValueError
        As in :func:`connection_rate`; short_seconds is negative.

    Source: 放弃率, the usual definition in call centre reports.

    >>> import pandas as pd
    >>> calls = pd.DataFrame({"arrived_at": pd.to_datetime(["2026-11-02 09:00"] * 4), "abandoned": [True, True, False, False],
    ...     "entered_queue_at": pd.to_datetime(["2026-11-02 09:01"] * 4), "wait_seconds": [3.0, 60.0, 0.0, 10.0]})
    >>> round(abandonment_rate(calls).value, 3), abandonment_rate(calls, short="counted").value
    (0.333, 0.5)
    """
    names = group_names(by)
    refuse_agent(names, "abandonment_rate")
    _one_of("base", base, BASES)
    _one_of("short", short, ("left_out", "counted"))
    limit = seconds_or_standard("short_seconds", short_seconds, "call_center.short_abandon_seconds")
    sums = {
        "queued": Sum(("entered_queue_at",)), "abandoned": Sum(("abandoned",)),
        "short_abandoned": Sum(("abandoned", ("wait_seconds", limit))),
    } | _LEFT[base]  # fmt: skip
    cells = call_sums(calls, sums, by=names)
    dropped = cells["short_abandoned"] if short == "left_out" else 0
    menu = cells["left_in_ivr"] if base == "wanted" else 0
    cells["lost_calls"], cells["base_calls"] = cells["abandoned"] - dropped + menu, cells["queued"] - dropped + menu
    return estimate(cells, name="abandonment_rate", top="lost_calls", bottom="base_calls", unit="share", by=names, level=level,
                    show=("short_abandoned",), wording=partial(_abandonment_words, limit, short, base))  # fmt: skip


def self_service_share(calls: object, *, by: str | Sequence[str] | None = None, level: float = 0.95) -> CallMetric:
    """Share of all calls that the menu or the bot solved, so that no agent was needed.

    Answers: how much of the work do callers do themselves?

    Base: calls solved in the menu ÷ all calls. "Solved" is what the menu recorded; whether such callers rang again shows
    :func:`first_contact_resolution` with ``of="all"``.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        arrived_at, solved_in_ivr
    by, level : as in :func:`connection_rate`

    Returns
    -------
    CallMetric
        `.table`, one row a group: solved, call_count, self_service_share, low, high

    Raises
    ------
    ValueError
        As in :func:`connection_rate`.

    Source: 自助服务率, the usual definition.

    >>> import pandas as pd
    >>> calls = pd.DataFrame({"arrived_at": pd.to_datetime(["2026-11-02 09:00"] * 4), "solved_in_ivr": [True, True, True, False]})
    >>> self_service_share(calls).value
    0.75
    """
    names = group_names(by)
    refuse_agent(names, "self_service_share")
    cells = call_sums(calls, {"solved": Sum(("solved_in_ivr",)), "call_count": Sum()}, by=names)
    return estimate(cells, name="self_service_share", top="solved", bottom="call_count", unit="share", by=names, level=level,
                    wording=_self_service_words)  # fmt: skip


def bot_share(calls: object, *, by: str | Sequence[str] | None = None, level: float = 0.95) -> CallMetric:
    """Share of all calls in which the caller spoke with the voice bot.

    Answers: how many callers does the bot meet?

    Base: calls with the bot ÷ all calls; the other callers pressed keys.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        arrived_at, bot
    by, level : as in :func:`connection_rate`

    Returns
    -------
    CallMetric
        `.table`, one row a group: with_bot, call_count, bot_share, low, high

    Raises
    ------
    ValueError
        As in :func:`connection_rate`.

    Source: the usual definition.

    >>> import pandas as pd
    >>> bot_share(pd.DataFrame({"arrived_at": pd.to_datetime(["2026-11-02 09:00"] * 2), "bot": [True, False]})).value
    0.5
    """
    names = group_names(by)
    cells = call_sums(calls, {"with_bot": Sum(("bot",)), "call_count": Sum()}, by=names)
    return estimate(cells, name="bot_share", top="with_bot", bottom="call_count", unit="share", by=names, level=level, wording=_bot_words)


def bot_resolution(calls: object, *, by: str | Sequence[str] | None = None, level: float = 0.95) -> CallMetric:
    """Share of the bot's calls that it solved without an agent.

    Answers: can the bot do what it is asked?

    Base: calls with the bot that were solved in the menu ÷ calls with the bot. By line or reason it shows which questions are routine.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        arrived_at, bot, solved_in_ivr
    by, level : as in :func:`connection_rate`

    Returns
    -------
    CallMetric
        `.table`, one row a group: solved_by_bot, with_bot, bot_resolution_rate, low, high

    Raises
    ------
    ValueError
        As in :func:`connection_rate`.

    Source: the usual definition.

    >>> import pandas as pd
    >>> calls = pd.DataFrame({"arrived_at": pd.to_datetime(["2026-11-02 09:00"] * 3), "bot": [True, True, False],
    ...     "solved_in_ivr": [True, False, True]})
    >>> bot_resolution(calls).value
    0.5
    """
    names = group_names(by)
    refuse_agent(names, "bot_resolution")
    cells = call_sums(calls, {"solved_by_bot": Sum(("bot", "solved_in_ivr")), "with_bot": Sum(("bot",))}, by=names)
    return estimate(cells, name="bot_resolution_rate", top="solved_by_bot", bottom="with_bot", unit="share", by=names, level=level,
                    wording=_bot_resolution_words)  # fmt: skip


def seconds_or_standard(name: str, given: float | None, key: str) -> float:
    """`given` seconds, or the standard `key`; what is no number of seconds is refused.

    >>> seconds_or_standard("within_seconds", 20, "call_center.answer_seconds")
    20.0
    """
    if given is None:
        return float(get(key, unit="seconds"))
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given < float("inf"):
        raise ValueError(_("{name} is {value}; it must be a number of seconds, 0 or more.").format(name=name, value=given))
    return float(given)


def _one_of(name: str, given: object, known: Sequence[str]) -> None:
    if given not in known:
        raise ValueError(_("{name} is {value}; it must be one of: {known}.").format(name=name, value=given, known=", ".join(known)))


def _connection_words(base: str) -> tuple[str, str]:
    told = (_("Base: answered calls over calls that entered the queue; calls that ended in the menu are not in it.") if base == "queued"
            else _("Base: answered calls over calls that entered the queue or left the menu unsolved."))  # fmt: skip
    return _("Connection rate"), told


def _abandonment_words(limit: float, short: str, base: str) -> tuple[str, str]:
    told = (
        _("Base: calls that hung up in the queue over calls that entered it.")
        if base == "queued"
        else _("Base: calls that hung up in the queue or left the menu unsolved, over calls that did either of the two or were answered.")
    )
    rule = (_("Calls that hung up within {seconds:g} s are left out above and below the line.") if short == "left_out" else
            _("Calls that hung up within {seconds:g} s are counted like all others.")).format(seconds=limit)  # fmt: skip
    return _("Abandonment rate"), _("{sentence} {next_sentence}").format(sentence=told, next_sentence=rule)


def _self_service_words() -> tuple[str, str]:
    return _("Self-service share"), _("Base: calls solved in the menu or by the bot, over all calls.")


def _bot_words() -> tuple[str, str]:
    return _("Bot share"), _("Base: calls in which the caller spoke with the bot, over all calls.")


def _bot_resolution_words() -> tuple[str, str]:
    return _("Solved by the bot"), _("Base: the bot's calls that needed no agent, over the bot's calls.")
