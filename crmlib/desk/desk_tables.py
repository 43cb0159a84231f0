"""The desk's events as tables: what is due, which cases there are, what happened, and what the SLA clocks read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from crmlib.company.schema import label
from crmlib.desk.case import held_by
from crmlib.desk.clock_policy import CUSTOMER
from crmlib.desk.event_store import Event
from crmlib.desk.procedure import Sop
from crmlib.i18n import _

_HOUR = pd.Timedelta(hours=1)


def due(opened: Iterable[Event], latest: Iterable[Event], *, at: pd.Timestamp, files: Mapping[str, Sop]) -> pd.DataFrame:
    """Open steps, the most urgent first; see `Desk.due`.

    >>> due([], [], at=pd.Timestamp("2026-10-12"), files={}).empty
    True
    """
    first = {event.case_id: event for event in opened}
    rows = []
    for event in latest:
        data, begun = first[event.case_id].data, first[event.case_id].at
        found = files[data["digest"]]
        legal = found.legal_limit and begun + pd.Timedelta(hours=data["terms"][found.legal_limit])
        for step, state in event.after["open"].items():
            # A clock that stands still shows what was left when it stopped.
            paused = event.after["paused_at"]
            moment, due_at = min(at, pd.Timestamp(paused)) if paused else at, pd.Timestamp(state["due_at"])
            rows.append(
                {
                    "case_id": event.case_id,
                    "sop": data["sop"],
                    "step": step,
                    "owner_role": held_by(found, step, state["level"]),
                    "since": pd.Timestamp(state["since"]),
                    "due_at": due_at,
                    "hours_left": (due_at - moment) / _HOUR,
                    "is_late": moment > due_at,
                    "escalation_level": state["level"],
                    "legal_due_at": legal or pd.NaT,
                    "paused": bool(paused),
                    "customer_id": data["customer_id"],
                    "waybill_id": data["waybill_id"],
                }
            )
    columns = [
        "case_id",
        "sop",
        "step",
        "owner_role",
        "since",
        "due_at",
        "hours_left",
        "is_late",
        "escalation_level",
        "legal_due_at",
        "paused",
        "customer_id",
        "waybill_id",
    ]
    return _moments(pd.DataFrame(rows, columns=columns).sort_values(["due_at", "case_id"], kind="stable", ignore_index=True))


def cases(opened: Iterable[Event], latest: Iterable[Event], completed: Iterable[Event], files: Mapping[str, Sop]) -> pd.DataFrame:
    """One row a case; see `Desk.cases`.

    >>> cases([], [], [], {}).columns.tolist()[:3]
    ['case_id', 'sop', 'kind']
    """
    last = {event.case_id: event for event in latest}
    causes = {event.case_id: event.data["cause"] for event in completed if "cause" in event.data}
    rows = []
    for event in opened:
        found = files[event.data["digest"]]
        now = last[event.case_id]
        over = not now.after["open"]
        rows.append(
            {
                "case_id": event.case_id,
                "sop": event.data["sop"],
                "kind": found.case_kind,
                "cause": found.case_cause or causes.get(event.case_id),
                "customer_id": event.data["customer_id"],
                "waybill_id": event.data["waybill_id"],
                "opened_at": event.at,
                "ended_at": pd.Timestamp(now.after["ended_at"]) if over else pd.NaT,
                "ended": ", ".join(now.after["ends"]) if over else None,
                "open_steps": ", ".join(now.after["open"]),
                "events": now.number,
            }
        )
    columns = ["case_id", "sop", "kind", "cause", "customer_id", "waybill_id", "opened_at", "ended_at", "ended", "open_steps", "events"]
    return _moments(pd.DataFrame(rows, columns=columns))


def history(events: Iterable[Event], files: Mapping[str, Sop]) -> pd.DataFrame:
    """One row an event, its data as text; see `Desk.history`.

    >>> history([], {}).columns.tolist()[-1]
    'details'
    """
    table, found = feed(events), []
    of_case: dict[str, Sop] = {}
    for row in table.itertuples():
        if row.event == "opened":
            of_case[row.case_id] = files[row.data["digest"]]
        found.append(_details(row.event, row.step, row.data, of_case[row.case_id]))
    return table.drop(columns="data").assign(details=pd.Series(found, index=table.index, dtype=object))


def feed(events: Iterable[Event]) -> pd.DataFrame:
    """One row an event, its data as they are; see `Desk.events`.

    >>> len(feed([]))
    0
    """
    rows = [(one.seq, one.case_id, one.number, one.at, one.event, one.step, one.owner_role, one.by, dict(one.data)) for one in events]
    return _moments(pd.DataFrame(rows, columns=["seq", "case_id", "number", "at", "event", "step", "owner_role", "by", "data"]))


def clock_events(events: Sequence[Event], files: Mapping[str, Sop]) -> pd.DataFrame:
    """What the SLA clocks read; see `Desk.clock_events`.

    A step's property `clock_event` says what it means to them. A customer who was not reached was not told, and one who is not content
    after the case was settled opens it again.

    >>> clock_events([], {}).columns.tolist()
    ['case_id', 'at', 'event', 'reason']
    """
    rows: list[tuple[str, pd.Timestamp, str, str | None]] = []
    of_case: dict[str, Sop] = {}
    settled: set[str] = set()
    for one in events:
        if one.event == "opened":
            of_case[one.case_id] = files[one.data["digest"]]
            rows.append((one.case_id, one.at, "opened", None))
        elif one.event in ("paused", "resumed"):
            rows.append((one.case_id, one.at, "waiting" if one.event == "paused" else "resumed", CUSTOMER))
        elif one.event == "completed":
            means = of_case[one.case_id].steps[one.step].clock_event
            missed = one.data.get("answer") == "not_reached" or one.data.get("reached") == "no"
            if means and not missed:
                rows.append((one.case_id, one.at, means, None))
            if means == "resolved":
                settled.add(one.case_id)
            elif one.case_id in settled and one.data.get("satisfied") == "dissatisfied":
                settled.discard(one.case_id)
                rows.append((one.case_id, one.at, "reopened", None))
            if not one.after["open"] and one.case_id not in settled:
                settled.add(one.case_id)
                rows.append((one.case_id, one.at, "resolved", None))
    return _moments(pd.DataFrame(rows, columns=["case_id", "at", "event", "reason"]))


def told(event: Event, procedure: Sop) -> str:
    """An event in a few words of the active language.

    >>> from crmlib.desk import sop
    >>> told(Event("D000001", 1, pd.Timestamp("2026-10-12"), "opened", "Wang Fang", None, None, {}, {}), sop("loss")) != ""
    True
    """
    what = label(event.event, "event")
    return what if event.step is None else _("{event}: {name}").format(event=what, name=procedure.steps[event.step].name)


def _details(event: str, step: str | None, data: Mapping[str, Any], procedure: Sop) -> str:
    if event == "opened":
        return _("; ").join(str(data[name]) for name in ("customer_id", "waybill_id") if data[name])
    if event != "completed":
        return str(data.get("why", data.get("text", "")))
    fields = {one.code: one for one in procedure.steps[step].fields}
    shown = []
    for code, value in ((code, data[code]) for code in fields if code in data):
        names = {one.code: one.name for one in fields[code].values}
        shown.append(_("{field}: {value}").format(field=fields[code].name, value=names.get(value, value)))
    return _("; ").join(shown)


def _moments(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({name: "datetime64[us]" for name in table.columns if name == "at" or name == "since" or name.endswith("_at")})
