"""What may happen to a case: which step is open, who may do it, to whom it goes; each refusal is a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from crmlib.desk.case import Case, held_by
from crmlib.desk.event_store import Event
from crmlib.desk.instants import instant, timestamps
from crmlib.i18n import _

_LONGEST_NAME = 64


def next_event(
    now: Case,
    at: pd.Timestamp,
    event: str,
    by: str,
    *,
    data: Mapping[str, Any],
    after: Mapping[str, Any],
    step: str | None = None,
    owner_role: str | None = None,
) -> Event:
    """The event behind the last one of a case."""
    return Event(now.case_id, now.version + 1, at, event, by, step, owner_role, data, after)


def escalated(now: Case, step: str | None, at: pd.Timestamp, *, by: str, why: str) -> Event:
    """The event by which a step goes to the next role above.

    Raises
    ------
    ValueError
        It is not clear which step, or there is nobody above.
    """
    require_open(now, step)
    before = now.events[-1].after
    if step is None and len(before["open"]) > 1:
        raise ValueError(
            _("Several steps of case {case} are open: {steps}. Name the one that is escalated: step=…").format(
                case=now.case_id, steps=named_steps(now, before["open"])
            )
        )
    code = step or next(iter(before["open"]))
    state, found = before["open"][code], now.procedure.steps[code]
    if state["level"] >= len(found.escalation):
        raise ValueError(
            _("The step {name} ({step}) of case {case} is with {role} already; there is nobody above.").format(
                name=found.name, step=code, case=now.case_id, role=now.procedure.role(held_by(now.procedure, code, state["level"]))
            )
        )
    level = state["level"] + 1
    after = before | {"open": before["open"] | {code: state | {"level": level}}}
    return next_event(
        now, at, "escalated", by, step=code, owner_role=held_by(now.procedure, code, level), data={"level": level, "why": why}, after=after
    )


def require_open(now: Case, step: str | None) -> None:
    """Refuse what asks for a step that is not open, or for a case that has ended."""
    open_now = now.events[-1].after["open"]
    if not open_now:
        raise ValueError(_("Case {case} has ended; nothing is open any more.").format(case=now.case_id))
    if step is not None and step not in open_now:
        found = now.procedure.step(step)
        done = [event for event in now.events if event.event == "completed" and event.step == step]
        known = {"name": found.name, "step": step, "case": now.case_id, "open": named_steps(now, open_now)}
        if done:
            raise ValueError(
                _("The step {name} ({step}) of case {case} is not open: {person} completed it at {at}. Open now: {open}.").format(
                    person=done[-1].by, at=minute(done[-1].at), **known
                )
            )
        raise ValueError(_("The step {name} ({step}) of case {case} is not open yet. Open now: {open}.").format(**known))


def named_steps(now: Case, codes: Iterable[str]) -> str:
    """Steps by name and code, in one line."""
    return _(", ").join(f"{now.procedure.steps[code].name} ({code})" for code in codes)


def require_other_person(now: Case, step: str, by: str) -> None:
    """Refuse the person who did what this step is to check."""
    found = now.procedure.steps[step]
    for other in found.not_by:
        last = [event for event in now.events if event.event == "completed" and event.step == other][-1:]
        if last and last[0].by == by:
            raise ValueError(
                _("{person} did the step {other} of case {case}, so somebody else must do {name} ({step}).").format(
                    person=by, other=now.procedure.steps[other].name, case=now.case_id, name=found.name, step=step
                )
            )


def case_number(case: Case | str) -> str:
    """The number of a case that is given as such or by its number.

    >>> case_number("D000001")
    'D000001'
    """
    return case.case_id if isinstance(case, Case) else str(case)


def given_text(what: str, given: object, *, most: int = _LONGEST_NAME) -> str:
    """A text that must be given.

    >>> given_text("by", " Wang Fang ")
    'Wang Fang'
    """
    text = "" if given is None or isinstance(given, (dt.date, Mapping, list, tuple)) else str(given).strip()
    if not text or len(text) > most or "\x00" in text:
        raise ValueError(
            _("{what} is {given}; it must be a text of 1 to {most} characters.").format(what=what, given=repr(given)[:80], most=most)
        )
    return text


def minute(moment: pd.Timestamp) -> str:
    """A moment as people say it.

    >>> minute(pd.Timestamp("2026-11-11 09:30:15"))
    '2026-11-11 09:30'
    """
    return f"{moment:%Y-%m-%d %H:%M}"


def moment_of(at: object, zone: str) -> pd.Timestamp:
    """A moment on the clock of `zone`, to the second; None is now.

    >>> str(moment_of("2026-10-12 09:30", "Asia/Shanghai")), str(moment_of(pd.Timestamp("2026-10-12 01:30+00:00"), "Asia/Shanghai"))
    ('2026-10-12 09:30:00', '2026-10-12 09:30:00')
    """
    if at is None:
        return pd.Timestamp.now(tz=zone).tz_localize(None).floor("s")
    try:
        found = timestamps(np.array([instant(at, "at", zone)]), zone, aware=False)
    except ValueError:
        raise ValueError(_('{name} is {value}, no moment. Write one like "2026-11-01 09:30".').format(name="at", value=at)) from None
    return pd.Timestamp(found.iloc[0]).floor("s")
