"""One case as its events tell it: what is open until when, what was done by whom and how late, and which way it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.desk.engine import run_of
from crmlib.desk.event_store import Event
from crmlib.desk.procedure import Sop
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OPEN = ("step", "step_name", "owner_role", "since", "due_at", "escalation_level")
_VISITS = ("step", "step_name", "owner_role", "since", "due_at", "done_at", "by", "late_hours", "escalation_level")


@dataclass(frozen=True, eq=False)
class Case:
    """A case as it stands after its event number `version`. Made by the methods of :class:`crmlib.desk.Desk`.

    Parameters
    ----------
    case_id, customer_id, waybill_id : whose case it is, and of which parcel (None where it is about no parcel)
    procedure : the SOP as it was when the case was opened
    terms : the standards that hold for the case, as they were when it was opened
    version : number of the last event
    opened_at, legal_due_at : when it was opened, and by when the law wants an answer (None where no law asks)
    fields : what was written down last, by field
    ends : codes of the end events reached
    paused_at : since when the case stands still, None where it goes on
    path : the arrows gone along, node to node
    """

    case_id: str
    customer_id: str
    waybill_id: str | None
    procedure: Sop
    terms: Mapping[str, Any] = field(repr=False)
    version: int
    opened_at: pd.Timestamp
    legal_due_at: pd.Timestamp | None
    fields: Mapping[str, Any] = field(repr=False)
    ends: tuple[str, ...]
    paused_at: pd.Timestamp | None
    path: tuple[tuple[str, str], ...] = field(repr=False)
    events: tuple[Event, ...] = field(repr=False)

    @property
    def sop(self) -> str:
        """Name of the procedure."""
        return self.procedure.code

    @property
    def ended(self) -> str | None:
        """Where the case ended, as text; None while something is open."""
        return None if self.events[-1].after["open"] else ", ".join(self.ends)

    @property
    def open(self) -> pd.DataFrame:
        """What is to be done now, one row a step.

        step, step_name, owner_role (who has it now), since, due_at, escalation_level (0 at its owner, 1 one role higher, …)
        """
        found = self.visits
        return found.loc[found["done_at"].isna(), list(_OPEN)].reset_index(drop=True)

    @property
    def visits(self) -> pd.DataFrame:
        """Every time a step came up, one row each.

        step, step_name, owner_role, since, due_at, done_at (missing while open), by, late_hours (0 in time), escalation_level
        """
        rows: list[dict[str, Any]] = []
        now: dict[str, dict[str, Any]] = {}
        for event in self.events:
            if event.event == "completed":
                row = now.pop(event.step)
                row |= {"done_at": event.at, "by": event.by, "late_hours": max((event.at - row["due_at"]) / pd.Timedelta(hours=1), 0.0)}
            for code, state in event.after["open"].items():
                if code not in now:
                    rows.append(
                        {
                            "step": code,
                            "step_name": self.procedure.steps[code].name,
                            "done_at": pd.NaT,
                            "by": None,
                            "late_hours": float("nan"),
                        }
                    )
                    now[code] = rows[-1]
                now[code] |= {
                    "since": pd.Timestamp(state["since"]),
                    "due_at": pd.Timestamp(state["due_at"]),
                    "escalation_level": state["level"],
                    "owner_role": held_by(self.procedure, code, state["level"]),
                }
        return pd.DataFrame(rows, columns=list(_VISITS)).astype({name: "datetime64[us]" for name in ("since", "due_at", "done_at")})

    def summary(self) -> str:
        """How far the case is, what was late, what is open until when."""
        visits = self.visits
        done = visits.dropna(subset=["done_at"])
        words = {
            "case": self.case_id,
            "name": self.procedure.name,
            "customer": self.customer_id,
            "done": len(done),
            "late": int((done["late_hours"] > 0).sum()),
            "opened": f"{self.opened_at:%Y-%m-%d %H:%M}",
        }
        if self.ended is not None:
            end = _("; ").join(self.procedure.nodes[code].name for code in self.ends)
            return _(
                "Case {case} ({name}) of customer {customer}, opened {opened}, has ended: {end}. Steps done: {done}, of these late: {late}."
            ).format(end=end, **words)
        what = _("; ").join(
            _("{name} by {role}, due {due}").format(
                name=row.step_name, role=self.procedure.role(row.owner_role), due=f"{row.due_at:%Y-%m-%d %H:%M}"
            )
            for row in self.open.itertuples()
        )
        text = _(
            "Case {case} ({name}) of customer {customer}, opened {opened}. Steps done: {done}, of these late: {late}. Open: {open}."
        ).format(open=what, **words)
        return (
            text
            if self.paused_at is None
            else _("{text} It stands still since {since}.").format(text=text, since=f"{self.paused_at:%Y-%m-%d %H:%M}")
        )

    def plot(self, ax: Axes | None = None, *, at: object = None) -> Axes:
        """Draw the way the case went; see :func:`crmlib.desk.draw_workflow`."""
        from crmlib.plotting.workflow import draw_workflow

        return draw_workflow(self.procedure, self, at=at, ax=ax)


def held_by(procedure: Sop, step: str, level: int) -> str:
    """The role that has a step after so many escalations.

    >>> from crmlib.desk import sop
    >>> [held_by(sop("complaint"), "plan", level) for level in (0, 1, 2)]
    ['agent', 'team_leader', 'crisis_group']
    """
    found = procedure.steps[step]
    return (found.owner_role, *found.escalation)[level]


def rebuild(events: Sequence[Event], text: str) -> Case:
    """The case that its events make: each completed step is played through the workflow again.

    Parameters
    ----------
    events : all events of one case, in order
    text : the workflow file as it was when the case was opened

    Raises
    ------
    ValueError
        The events and the workflow do not fit: somebody changed the table.
    """
    first, last = events[0], events[-1]
    terms = first.data["terms"]
    run = run_of(text, terms, [(one.step, one.data) for one in events if one.event == "completed"])
    if set(run.open) != set(last.after["open"]):
        raise ValueError(
            _("The events of case {case} do not fit its workflow: by the events {told} is open, by the workflow {found}.").format(
                case=first.case_id, told=", ".join(last.after["open"]) or "–", found=", ".join(run.open) or "–"
            )
        )
    paused, legal = last.after["paused_at"], run.procedure.legal_limit
    return Case(
        case_id=first.case_id,
        customer_id=first.data["customer_id"],
        waybill_id=first.data["waybill_id"],
        procedure=run.procedure,
        terms=terms,
        version=last.number,
        opened_at=first.at,
        legal_due_at=None if legal is None else first.at + pd.Timedelta(hours=terms[legal]),
        fields={code: value for code, value in run.facts.items() if value is not None},
        ends=run.ends,
        paused_at=None if paused is None else pd.Timestamp(paused),
        path=tuple(run.path),
        events=tuple(events),
    )
