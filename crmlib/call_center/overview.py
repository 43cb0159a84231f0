"""All metrics side by side, from one pass over the calls."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from crmlib.call_center.agent_time import occupancy, utilisation
from crmlib.call_center.contacts import contact_rate
from crmlib.call_center.groups import CLOCK, group_names
from crmlib.call_center.rates import seconds_or_standard
from crmlib.call_center.service_levels import level_sums
from crmlib.call_center.sums import Sum, call_sums


def call_metrics(
    calls: object, *, by: str | Sequence[str] | None = None, shifts: pd.DataFrame | None = None, waybills: object = None,
    within_seconds: float | None = None, short_seconds: float | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Work out all metrics at once, by group.

    Answers: how did the centre do, hour by hour or day by day, in one table?

    Bases are those of the single functions with their defaults: :func:`connection_rate`, :func:`abandonment_rate` (short calls left out),
    :func:`service_level` (of_offered), :func:`average_speed_of_answer` and :func:`average_handle_time` (answered calls),
    :func:`self_service_share`, :func:`bot_share`, :func:`bot_resolution`. These have no intervals here; the single functions give them.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        All columns that the single functions name.
    by : as in :func:`connection_rate`, and "agent" (then only what an agent's own calls tell is filled)
    shifts : DataFrame, optional
        With it, occupancy_share and utilisation_share are told, where `by` is made of parts of the clock and the agent.
    waybills : table, optional
        With it, contacts_per_thousand is told, where `by` has no part of the day.
    within_seconds, short_seconds : seconds, optional
        As in :func:`service_level` and :func:`abandonment_rate`.

    Returns
    -------
    DataFrame, one row a group
        call_count, queued_calls, answered_calls, connection_rate, abandonment_rate, service_level, average_wait_seconds,
        average_handle_seconds, self_service_share, bot_share, bot_resolution_rate; missing where nothing stands under the line

    Raises
    ------
    ValueError
        As in the single functions.

    Source: the single functions.

    >>> from crmlib.company import lark
    >>> call_metrics(lark().calls)[["call_count", "queued_calls", "answered_calls"]].values.tolist()
    [[26519, 6878, 6065]]
    """
    names = group_names(by)
    within = seconds_or_standard("within_seconds", within_seconds, "call_center.answer_seconds")
    short = seconds_or_standard("short_seconds", short_seconds, "call_center.short_abandon_seconds")
    answered, levels = ("answered_at",), level_sums(within)
    sums = {
        "call_count": Sum(),
        "queued_calls": levels["queued_calls"],
        "answered_calls": levels["answered_calls"],
        "in_time": levels["answered_in_time"],
        "abandoned": levels["abandoned_calls"],
        "short": Sum(("abandoned", ("wait_seconds", short))),
        "waited": Sum(answered, "wait_seconds"),
        "handled": Sum(answered, "handle_seconds"),
        "solved": Sum(("solved_in_ivr",)),
        "bot": Sum(("bot",)),
        "bot_solved": Sum(("bot", "solved_in_ivr")),
    }
    cells = call_sums(calls, sums, by=names, days_apart=False)
    added = cells.set_index(list(names)) if names else cells[[*sums]].set_axis(["all"])
    added = added.astype({name: "int64" for name in added if name not in ("waited", "handled")})

    def over(top: pd.Series, bottom: pd.Series) -> pd.Series:
        return top / bottom.where(bottom > 0)

    by_agent = "agent_id" in names
    lost = over(added["abandoned"] - added["short"], added["queued_calls"] - added["short"])
    found = added[["call_count", "queued_calls", "answered_calls"]].assign(
        connection_rate=over(added["answered_calls"], added["queued_calls"]),
        abandonment_rate=lost,
        service_level=over(added["in_time"], added["queued_calls"]),
        average_wait_seconds=over(added["waited"], added["answered_calls"]),
        average_handle_seconds=over(added["handled"], added["answered_calls"]),
        self_service_share=over(added["solved"], added["call_count"]),
        bot_share=over(added["bot"], added["call_count"]),
        bot_resolution_rate=over(added["bot_solved"], added["bot"]),
    )
    if by_agent:
        found = found[["answered_calls", "average_wait_seconds", "average_handle_seconds"]]
    if shifts is not None and set(names) <= {*CLOCK, "agent_id"}:
        for metric in (occupancy, utilisation):
            result = metric(calls, shifts, by=by)
            found = found.join(result.table[result.name]) if names else found.assign(**{result.name: result.value})
    if waybills is not None and not {"hour", "half_hour"} & set(names) and not by_agent:
        result = contact_rate(calls, waybills, by=by)
        found = found.join(result.table[result.name]) if names else found.assign(**{result.name: result.value})
    return found
