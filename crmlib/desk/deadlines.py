"""When a step is due, and when somebody else hears of it: from its limit, the calendar, and the stretches in which the case stood still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from crmlib.desk.calendar import BusinessCalendar
from crmlib.desk.procedure import SHARES, Step

Pauses = Sequence[tuple[pd.Timestamp, pd.Timestamp]]


def deadline(
    step: Step, *, opened: pd.Timestamp, since: pd.Timestamp, pauses: Pauses, terms: Mapping[str, Any], calendar: BusinessCalendar
) -> tuple[pd.Timestamp, list[pd.Timestamp]]:
    """When a step is due, and the moments at which it goes to each role of its escalation.

    Parameters
    ----------
    step : Step
    opened, since : when the case was opened, when the step came up
    pauses : from when to when the case stood still; this time is added
    terms : the standards that hold for the case
    calendar : which hours are working hours

    >>> from crmlib.desk import business_calendar, sop
    >>> accept, desk_hours = sop("complaint").step("accept"), business_calendar(workday="09:00-12:00 13:00-18:00")
    >>> evening = pd.Timestamp("2026-10-12 17:00")
    >>> due_at, tell_at = deadline(
    ...     accept, opened=evening, since=evening, pauses=[], terms=sop("complaint").terms(), calendar=desk_hours)
    >>> str(due_at), [str(moment) for moment in tell_at]
    ('2026-10-13 10:00:00', ['2026-10-13 10:00:00', '2026-10-13 12:00:00'])
    """
    base = opened if step.limit_from == "case" else since
    hours = terms[step.limit] if isinstance(step.limit, str) else step.limit
    still = sum(_between(max(start, base), end, step, calendar) for start, end in pauses if end > base)
    shares = list(terms[SHARES][1:])
    shares += [shares[-1] + extra for extra in range(1, len(step.escalation) + 1 - len(shares))]
    moments = [_later(base, hours * share + still, step, calendar) for share in (1.0, *shares[: len(step.escalation)])]
    return moments[0], moments[1:]


def _between(start: pd.Timestamp, end: pd.Timestamp, step: Step, calendar: BusinessCalendar) -> float:
    return calendar.open_hours(start, end) if step.limit_clock == "working" else (end - start) / pd.Timedelta(hours=1)


def _later(base: pd.Timestamp, hours: float, step: Step, calendar: BusinessCalendar) -> pd.Timestamp:
    found = calendar.add_hours(base, hours) if step.limit_clock == "working" else base + pd.Timedelta(hours=hours)
    return pd.Timestamp(found).floor("s")
