"""The desk at work: cases are opened, their steps completed, late ones escalated; every one of these is an event that stays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.desk import desk_tables
from crmlib.desk.calendar import BusinessCalendar, business_calendar
from crmlib.desk.case import Case, held_by, rebuild
from crmlib.desk.case_rules import case_number, escalated, given_text, minute, moment_of, next_event, require_open, require_other_person
from crmlib.desk.deadlines import deadline
from crmlib.desk.engine import Run
from crmlib.desk.event_store import Event, EventStore, Log
from crmlib.desk.procedure import Sop
from crmlib.desk.procedure_file import read_sop
from crmlib.desk.procedure_file import sop as procedure_of
from crmlib.desk.recording import recorded
from crmlib.i18n import _

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine


class Desk:
    """The service desk and its memory.

    Every method that changes a case writes one event, wholly or not at all, and gives the case as it then stands. The events are the truth:
    they are never changed or deleted, a case is rebuilt from them, and so nothing is lost when a machine stops at any moment.

    Parameters
    ----------
    place : path of a SQLite file (made if it is not there), or URL of a database: postgresql://user:password@host/name; "sqlite://" keeps
        all in memory
    calendar : which hours are working hours; None: `business_calendar()`

    Raises
    ------
    ValueError
        The place cannot be reached or is no such database.

    >>> desk = Desk("sqlite://")
    >>> case = desk.open_case("inquiry", customer_id="C00467", by="Wang Fang", at="2026-10-12 09:00")
    >>> fields = {"channel": "hotline", "topic": "tracking", "question": "Where is it?", "answered": "yes"}
    >>> desk.complete(case, "accept", fields, by="Wang Fang", at="2026-10-12 09:04").ended
    'end_first'
    """

    def __init__(self, place: str | os.PathLike = "desk.sqlite", *, calendar: BusinessCalendar | None = None) -> None:
        self.place = str(place) if "://" in str(place) else os.path.abspath(place)
        self.calendar = business_calendar() if calendar is None else calendar
        self._store = EventStore(self.place)

    def __repr__(self) -> str:
        return f"Desk({self._store.shown})"

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine, for your own questions to the tables desk_events and desk_sops; they refuse to be changed."""
        return self._store.engine

    @property
    def in_memory(self) -> bool:
        """Whether all is gone with this process."""
        return self.engine.dialect.name == "sqlite" and self.engine.url.database in (None, "", ":memory:")

    def open_case(
        self,
        sop: str | os.PathLike | Sop,
        *,
        customer_id: str,
        by: str,
        waybill_id: str | None = None,
        case_id: str | None = None,
        at: object = None,
    ) -> Case:
        """Open a case: its first step is now to be done.

        Parameters
        ----------
        sop : which procedure, as in :func:`crmlib.desk.sop`; the case keeps to the file and the standards as they are now
        customer_id, waybill_id : whose case, about which parcel
        by : who opens it
        case_id : a number of your own, such as that of the firm's table of cases; None: the next free one (D000001, …)
        at : when; None: now, on the calendar's clock

        Raises
        ------
        ValueError
            There is no such procedure, or a case of that number is there already.
        """
        procedure, by = procedure_of(sop), given_text("by", by)
        customer, parcel = given_text("customer_id", customer_id), None if waybill_id is None else given_text("waybill_id", waybill_id)
        moment, terms = self._moment(at), procedure.terms()
        with self._store.writing() as log:
            number = log.next_number()
            while case_id is None and log.events(f"D{number:06d}"):
                number += 1
            code = f"D{number:06d}" if case_id is None else given_text("case_id", case_id)
            if log.events(code):
                raise ValueError(_("There is already a case {case}. Leave case_id out to get the next free number.").format(case=code))
            log.keep_file(procedure.digest, procedure.text)
            data = {"sop": procedure.code, "digest": procedure.digest, "customer_id": customer, "waybill_id": parcel, "terms": terms}
            run = Run(procedure, terms)
            after = self._after(procedure, run, {"open": {}, "pauses": [], "paused_at": None}, opened=moment, at=moment, terms=terms)
            return _kept(log, [], Event(code, 1, moment, "opened", by, None, None, data, after))

    def complete(
        self, case: Case | str, step: str, fields: Mapping[str, Any], *, by: str, role: str | None = None, at: object = None
    ) -> Case:
        """Do a step that is open, and write down what its fields ask for; the workflow says what comes next.

        Parameters
        ----------
        case : the case, or its number. Given the Case, it must not have moved on since you loaded it.
        step : code of the step
        fields : {code: value}; see `Sop.fields(step)`
        by, role : who does it, and in which role (None: not asked); only the owner and the roles above may
        at : when; None: now

        Raises
        ------
        ValueError
            A field is missing or wrong, the step is not open, somebody else was first, or this person or role may not do it.
            Nothing is written then.
        """

        def decide(now: Case, moment: pd.Timestamp) -> Event:
            found = now.procedure.step(step)
            require_open(now, step)
            if now.paused_at is not None:
                raise ValueError(
                    _("Case {case} stands still since {since}. Resume it first.").format(case=now.case_id, since=minute(now.paused_at))
                )
            if role is not None and role not in (found.owner_role, *found.escalation):
                raise ValueError(_("The step {name} ({step}) belongs to {owner}; {role} may not do it. May: {roles}.").format(
                    name=found.name, step=step, owner=now.procedure.role(found.owner_role), role=role,
                    roles=_(", ").join(f"{now.procedure.role(one)} ({one})" for one in (found.owner_role, *found.escalation))))  # fmt: skip
            require_other_person(now, step, given_text("by", by))
            data = recorded(found, fields, facts=now.fields, terms=now.terms)
            run = Run(now.procedure, now.terms, [(one.step, one.data) for one in now.events if one.event == "completed"])
            run.complete(step, data)
            before = now.events[-1].after
            state = before | {"open": {code: one for code, one in before["open"].items() if code != step}}
            after = self._after(now.procedure, run, state, opened=now.opened_at, at=moment, terms=now.terms)
            held = role or held_by(now.procedure, step, before["open"][step]["level"])
            return next_event(now, moment, "completed", by, step=step, owner_role=held, data=data, after=after)

        return self._change(case, decide, at)

    def escalate(self, case: Case | str, *, why: str, by: str, step: str | None = None, at: object = None) -> Case:
        """Hand an open step to the next role of its escalation: to the superior, then to the crisis group.

        Parameters
        ----------
        case : the case, or its number
        why, by : the reason, and who escalates
        step : which step; may be left out while only one is open
        at : when; None: now

        Raises
        ------
        ValueError
            No such step is open, or it is with the last role already.
        """

        def decide(now: Case, moment: pd.Timestamp) -> Event:
            return escalated(now, step, moment, by=given_text("by", by), why=given_text("why", why, most=1000))

        return self._change(case, decide, at)

    def escalate_overdue(self, at: object = None, *, by: str = "clock") -> pd.DataFrame:
        """Escalate every open step whose time for it has come; run it as often as you like, nothing is escalated twice.

        Answers: whom must the clock tell now?

        Returns
        -------
        DataFrame, one row an escalation
            case_id, step, owner_role (who has it now), escalation_level, due_at
        """
        moment, rows = self._moment(at), []
        with self._store.writing() as log:
            for event in log.latest(open_only=True):
                case = _loaded(log, event.case_id)
                for code, state in event.after["open"].items() if case.paused_at is None and moment >= event.at else ():
                    for tell_at in state["tell_at"][state["level"] :]:
                        if pd.Timestamp(tell_at) > moment:
                            break
                        case = _kept(log, case.events, escalated(case, code, moment, by=by, why=_("not done in time")))
                        held, level = case.events[-1].owner_role, case.events[-1].data["level"]
                        rows.append((case.case_id, code, held, level, pd.Timestamp(state["due_at"])))
        told = pd.DataFrame(rows, columns=["case_id", "step", "owner_role", "escalation_level", "due_at"])
        return told.sort_values(["due_at", "case_id"], kind="stable", ignore_index=True)

    def pause(self, case: Case | str, *, why: str, by: str, at: object = None) -> Case:
        """Stop the clocks of a case, because the customer has to do something first.

        Raises
        ------
        ValueError
            The case has ended or stands still already.
        """

        def decide(now: Case, moment: pd.Timestamp) -> Event:
            require_open(now, None)
            if now.paused_at is not None:
                raise ValueError(
                    _("Case {case} stands still since {since}. Resume it first.").format(case=now.case_id, since=minute(now.paused_at))
                )
            after = now.events[-1].after | {"paused_at": str(moment)}
            return next_event(now, moment, "paused", given_text("by", by), data={"why": given_text("why", why, most=1000)}, after=after)

        return self._change(case, decide, at)

    def resume(self, case: Case | str, *, by: str, at: object = None) -> Case:
        """Let the clocks go on; what is due moves by the time the case stood still.

        Raises
        ------
        ValueError
            The case does not stand still.
        """

        def decide(now: Case, moment: pd.Timestamp) -> Event:
            if now.paused_at is None:
                raise ValueError(_("Case {case} does not stand still, so there is nothing to resume.").format(case=now.case_id))
            before = now.events[-1].after
            after = before | {"paused_at": None, "pauses": [*before["pauses"], [str(now.paused_at), str(moment)]]}
            after["open"] = {
                code: state | self._due(now.procedure, code, pd.Timestamp(state["since"]), now.opened_at, after["pauses"], now.terms)
                for code, state in before["open"].items()
            }
            return next_event(now, moment, "resumed", given_text("by", by), data={}, after=after)

        return self._change(case, decide, at)

    def note(self, case: Case | str, text: str, *, by: str, at: object = None) -> Case:
        """Write something down that belongs to no step, also after the end."""

        def decide(now: Case, moment: pd.Timestamp) -> Event:
            data = {"text": given_text("text", text, most=4000)}
            return next_event(now, moment, "noted", given_text("by", by), data=data, after=now.events[-1].after)

        return self._change(case, decide, at)

    def case(self, case_id: str) -> Case:
        """One case, rebuilt from its events.

        Raises
        ------
        ValueError
            There is no such case, or its events do not fit its workflow.
        """
        with self._store.reading() as log:
            return _loaded(log, case_id)

    def cases(self) -> pd.DataFrame:
        """All cases, in the order in which they were opened.

        Returns
        -------
        DataFrame, one row a case
            case_id, sop, kind and cause (as the firm's cases and the SLA clocks have them), customer_id, waybill_id, opened_at, ended_at
            (missing while open), ended (end event), open_steps, events (how many)
        """
        with self._store.reading() as log:
            opened = log.of_kind("opened")
            return desk_tables.cases(opened, log.latest(open_only=False), log.of_kind("completed"), _files(log, opened))

    def due(self, at: object = None) -> pd.DataFrame:
        """What is to be done, the most urgent first.

        Answers: what do I do next, and what is late?

        Returns
        -------
        DataFrame, one row an open step
            case_id, sop, step, owner_role (who has it now), since, due_at, hours_left (day and night; below 0: late by), is_late,
            escalation_level,
            legal_due_at (missing where no law asks), paused, customer_id, waybill_id
        """
        with self._store.reading() as log:
            opened = log.of_kind("opened")
            return desk_tables.due(opened, log.latest(open_only=True), at=self._moment(at), files=_files(log, opened))

    def history(self, case: Case | str | None = None) -> pd.DataFrame:
        """Everything that happened, in order: seq, case_id, number, at, event, step, owner_role, by, details (text).

        Raises
        ------
        ValueError
            There is no such case.
        """
        with self._store.reading() as log:
            events = log.since(0) if case is None else _loaded(log, case_number(case)).events
            return desk_tables.history(events, _files(log, events))

    def events(self, after: int = 0, *, event: str | None = None) -> pd.DataFrame:
        """The feed for whoever must hear of it, such as the crisis group: ask again with the last seq you saw, and none is missed.

        Parameters
        ----------
        after : only events whose seq is greater
        event : only of this kind: opened, completed, escalated, paused, resumed, noted

        Returns
        -------
        DataFrame, one row an event
            seq, case_id, number, at, event, step, owner_role (after an escalation: to whom), by, data (dict)
        """
        with self._store.reading() as log:
            return desk_tables.feed([one for one in log.since(after) if event in (None, one.event)])

    def clock_events(self) -> pd.DataFrame:
        """The cases' events as the SLA clocks read them: case_id, at, event, reason; see :func:`crmlib.desk.clocks`."""
        with self._store.reading() as log:
            events = log.since(0)
            return desk_tables.clock_events(events, _files(log, events))

    def verify(self) -> pd.DataFrame:
        """Play every case through its workflow again and list what does not fit: case_id, problem. Empty when all is sound."""
        rows = []
        with self._store.reading() as log:
            for event in log.of_kind("opened"):
                try:
                    _loaded(log, event.case_id)
                except ValueError as error:
                    rows.append({"case_id": event.case_id, "problem": str(error)})
        return pd.DataFrame(rows, columns=["case_id", "problem"])

    def _change(self, case: Case | str, decide: Callable[[Case, pd.Timestamp], Event], at: object) -> Case:
        moment = self._moment(at)
        with self._store.writing() as log:
            now = _loaded(log, case_number(case))
            last = now.events[-1]
            if isinstance(case, Case) and case.version != now.version:
                moved = _(
                    'Case {case} has moved on since you loaded it: {event}, by {person}, at {at}. Load it again: desk.case("{case}").'
                )
                told = desk_tables.told(last, now.procedure)
                raise ValueError(moved.format(case=now.case_id, event=told, person=last.by, at=minute(last.at)))
            if moment < last.at:
                raise ValueError(_("{at} lies before the last event of case {case}, which was at {last}. Events come in order.").format(
                    at=minute(moment), case=now.case_id, last=minute(last.at)))  # fmt: skip
            return _kept(log, now.events, decide(now, moment))

    def _moment(self, at: object) -> pd.Timestamp:
        return moment_of(at, self.calendar.zone)

    def _after(
        self, procedure: Sop, run: Run, state: Mapping[str, Any], *, opened: pd.Timestamp, at: pd.Timestamp, terms: Mapping[str, Any]
    ) -> dict:
        """The state behind an event: what stays open stays as it is, what comes up gets its deadline."""
        still = {code: one for code, one in state["open"].items() if code in run.open}
        fresh = {code: {"since": str(at), "level": 0, **self._due(procedure, code, at, opened, state["pauses"], terms)}
                 for code in run.open if code not in still}  # fmt: skip
        ended_at = None if still | fresh else str(at)
        return {
            "open": still | fresh,
            "ends": list(run.ends),
            "ended_at": ended_at,
            "paused_at": state["paused_at"],
            "pauses": state["pauses"],
        }

    def _due(
        self, procedure: Sop, step: str, since: pd.Timestamp, opened: pd.Timestamp, pauses: list, terms: Mapping[str, Any]
    ) -> dict[str, Any]:
        stood_still = [(pd.Timestamp(start), pd.Timestamp(end)) for start, end in pauses]
        due_at, tell_at = deadline(
            procedure.steps[step], opened=opened, since=since, pauses=stood_still, terms=terms, calendar=self.calendar
        )
        return {"due_at": str(due_at), "tell_at": [str(moment) for moment in tell_at]}


def _files(log: Log, events: Iterable[Event]) -> dict[str, Sop]:
    """The workflow files of the cases that were opened, as they were, by their fingerprint."""
    digests = {one.data["digest"] for one in events if one.event == "opened"}
    return {digest: read_sop(log.file(digest), digest) for digest in digests}


def _loaded(log: Log, case_id: str) -> Case:
    events = log.events(case_id)
    if not events:
        raise ValueError(_("There is no case {case} at this desk; desk.cases() lists them.").format(case=case_id))
    return rebuild(events, log.file(events[0].data["digest"]))


def _kept(log: Log, before: list[Event] | tuple[Event, ...], event: Event) -> Case:
    log.append(event)
    events = [*before, event]
    return rebuild(log.events(event.case_id) if len(events) == 1 else events, log.file(events[0].data["digest"]))
