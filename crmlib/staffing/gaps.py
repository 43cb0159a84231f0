"""What cannot be covered, said so that a team leader can act on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.staffing.cover_model import Task

_NAMED = 5


def refuse_gaps(task: Task, short: np.ndarray, agents: int, *, certain: bool, least: int) -> None:
    """Raise a ValueError that names the half hours without enough agents, and whether shifts or people are lacking; `least` agents are
    needed in any case.

    >>> from crmlib.staffing.cover_model import task_of
    >>> from crmlib.staffing.patterns import shift_patterns
    >>> starts = np.arange("2026-11-02T08:00", "2026-11-02T12:00", 60, dtype="datetime64[m]")
    >>> refuse_gaps(task_of(starts, np.ones(4), 60, shift_patterns([8])), np.zeros(4), 1, certain=True, least=1)
    """
    if not short.any():
        return
    never = (task.need > 0) & ~task.covers.any(axis=0)
    if never.any():
        raise ValueError(
            _("No shift pattern works at {spans}, though agents are needed then. Add patterns that cover these half hours, or plan fewer "
              "hours.").format(spans=_spans(task, np.where(never, task.need, 0), count=False)))  # fmt: skip
    hours = short.sum() * task.step / 60
    if certain:
        said = _("{agents} agents cannot cover these half hours: {spans}. In all {hours:g} hours of work are lacking.")
    else:
        said = _("In the time given no roster of {agents} agents was found that covers these half hours: {spans}. In all {hours:g} hours of "
                 "work are lacking.")  # fmt: skip
    at_least = [_("With contracts like theirs at least {least} agents are needed.").format(least=least)] if least > agents else []
    mend = _("Add agents or contract hours, allow other shifts, lower the need, or see the best plan with allow_gaps=True.")
    raise ValueError(" ".join([said.format(agents=agents, spans=_spans(task, short), hours=hours), *at_least, mend]))


def _spans(task: Task, short: np.ndarray, *, count: bool = True) -> str:
    """Runs of half hours, such as "2026-11-11 09:00–11:30 (2 lacking)", the first few by name."""
    moments = task.days[0] + pd.to_timedelta(task.at, unit="m")
    rows = np.flatnonzero(short > 0)
    breaks = np.flatnonzero(np.diff(task.at[rows]) != task.step) + 1
    runs = np.split(rows, breaks)
    named = []
    for run in runs[:_NAMED]:
        span = f"{moments[run[0]]:%Y-%m-%d %H:%M}–{moments[run[-1]] + pd.Timedelta(minutes=task.step):%H:%M}"
        named.append(_("{span} ({most:g} lacking)").format(span=span, most=short[run].max()) if count else span)
    if len(runs) > _NAMED:
        named.append(_("and {count} more").format(count=len(runs) - _NAMED))
    return ", ".join(named)
