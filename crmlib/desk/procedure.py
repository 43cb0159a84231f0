"""A standard operating procedure (SOP): steps with owner, limit, fields and escalation, how they follow each other, how they are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib import standards
from crmlib.desk.conditions import Condition
from crmlib.i18n import _, language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHARES = "clocks.escalation_shares"
"""The standard that says at which share of its limit a step goes to whom: its owner is warned, then to the roles of `escalation`."""


@dataclass(frozen=True)
class Named:
    """A code and what it is called in both languages.

    >>> Named("agent", "客服专员", "service agent").code
    'agent'
    """

    code: str
    zh: str
    en: str

    @property
    def name(self) -> str:
        """In the active language."""
        return self.zh if language() == "zh" else self.en


@dataclass(frozen=True)
class Field(Named):
    """What is recorded at a step.

    `kind` as in the file: string, long, double, boolean, date, enum; `required`: yes, no, or when; `low`, `high`: bounds of a number.
    """

    kind: str
    values: tuple[Named, ...] = ()
    required: bool | Condition = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Step(Named):
    """One step of the work.

    `owner_role` does it within `limit` (key of a standard, or hours), counted from the `limit_from` "step" or "case", in "working" or
    "natural" hours (`limit_clock`). Late, it goes to the roles of `escalation` in turn. Who did a step of `not_by` must not do this one.
    `clock_event` is what it means to the SLA clocks.
    """

    owner_role: str
    limit: str | float
    limit_from: str
    limit_clock: str
    escalation: tuple[str, ...]
    not_by: tuple[str, ...]
    clock_event: str | None
    fields: tuple[Field, ...]

    @property
    def limit_hours(self) -> float:
        """By the standards in force."""
        return hours_of(self.limit)


Box = tuple[float, float, float, float]
"""Left, top, width, height, in the points of the diagram; y grows downwards."""


@dataclass(frozen=True)
class Node(Named):
    """What is drawn: `kind` is start, end, step, choice or parallel; `box` its place, `label` that of its name if outside."""

    kind: str
    box: Box
    label: Box | None


@dataclass(frozen=True)
class Flow(Named):
    """An arrow, with its condition if any."""

    source: str
    target: str
    condition: Condition | None
    points: tuple[tuple[float, float], ...]
    label: Box | None


@dataclass(frozen=True)
class Lane(Named):
    """The band of a role."""

    box: Box


@dataclass(frozen=True, eq=False)
class Sop(Named):
    """One procedure, read from a BPMN file by :func:`crmlib.desk.sop`; `text` is the file itself, `digest` its fingerprint."""

    about: Named
    steps: Mapping[str, Step]
    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]
    lanes: Mapping[str, Lane]
    roles: Mapping[str, Named]
    legal_limit: str | None
    case_kind: str | None
    case_cause: str | None
    pool: Box
    text: str
    digest: str

    def __repr__(self) -> str:
        return f"Sop({self.code!r}, {len(self.steps)} steps)"

    def table(self) -> pd.DataFrame:
        """The steps in the order of the file.

        Returns
        -------
        DataFrame, one row a step
            step, step_name, owner_role, limit_hours, limit_from, limit_clock, required (fields, as text), optional, escalation, not_by

        >>> from crmlib.desk import sop
        >>> sop("damage").table().limit_hours.tolist()[-2:]
        [2.0, 24.0]
        """
        return pd.DataFrame([{
            "step": step.code, "step_name": step.name, "owner_role": step.owner_role, "limit_hours": float(step.limit_hours),
            "limit_from": step.limit_from, "limit_clock": step.limit_clock,
            "required": ", ".join(one.code for one in step.fields if one.required is True),
            "optional": ", ".join(one.code for one in step.fields if one.required is not True),
            "escalation": ", ".join(step.escalation), "not_by": ", ".join(step.not_by),
        } for step in self.steps.values()])  # fmt: skip

    def fields(self, step: str) -> pd.DataFrame:
        """What is to be recorded at one step.

        Returns
        -------
        DataFrame, one row a field
            field, field_name, kind, required ("yes", "no", or the condition), values (codes of an enum, as text)

        Raises
        ------
        ValueError
            There is no such step.

        >>> from crmlib.desk import sop
        >>> sop("complaint").fields("accept").field.tolist()
        ['channel', 'cause', 'grade', 'request']
        """
        return pd.DataFrame([{
            "field": one.code, "field_name": one.name, "kind": one.kind,
            "required": one.required.text if isinstance(one.required, Condition) else "yes" if one.required else "no",
            "values": ", ".join(value.code for value in one.values),
        } for one in self.step(step).fields], columns=["field", "field_name", "kind", "required", "values"])  # fmt: skip

    def step(self, code: str) -> Step:
        """One step.

        >>> from crmlib.desk import sop
        >>> sop("loss").step("trace").escalation
        ('team_leader', 'crisis_group')
        """
        if code not in self.steps:
            raise ValueError(_("The procedure {sop} has no step {step}. It has: {steps}.").format(
                sop=self.code, step=code, steps=", ".join(self.steps)))  # fmt: skip
        return self.steps[code]

    def role(self, code: str) -> str:
        """What a role is called in the active language.

        >>> from crmlib.desk import sop
        >>> sop("loss").role("nobody of this file")
        'nobody of this file'
        """
        return self.roles[code].name if code in self.roles else code

    def terms(self) -> dict[str, Any]:
        """Every standard the procedure asks for, with its value in force; limits in hours. A case keeps those of the day it was opened.

        >>> from crmlib.desk import sop
        >>> sop("complaint").terms()["complaint.legal_days"]
        168.0
        """
        limits = [step.limit for step in self.steps.values()] + [self.legal_limit]
        conditions = [flow.condition for flow in self.flows if flow.condition]
        conditions += [one.required for step in self.steps.values() for one in step.fields if isinstance(one.required, Condition)]
        found = {key: hours_of(key) for key in limits if isinstance(key, str)}
        keys = {SHARES, *(key for one in conditions for key in one.standards)}
        return found | {key: standards.entry(key).value for key in sorted(keys)}

    def summary(self) -> str:
        """What it is for, how many steps, who takes part."""
        return _("{name}: {about} {steps} steps, done by {roles}.").format(
            name=self.name, about=self.about.name, steps=len(self.steps),
            roles=", ".join(self.role(code) for code in dict.fromkeys(step.owner_role for step in self.steps.values())))  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the diagram; see :func:`crmlib.desk.draw_workflow`."""
        from crmlib.plotting.workflow import draw_workflow

        return draw_workflow(self, ax=ax)


def hours_of(limit: str | float) -> float:
    """A limit in hours: the key of a standard in hours or days, or hours themselves.

    >>> hours_of("complaint.legal_days"), hours_of(2)
    (168.0, 2.0)
    """
    if not isinstance(limit, str):
        return float(limit)
    entry = standards.entry(limit)
    if entry.unit not in ("hours", "days") or isinstance(entry.value, list):
        raise ValueError(_("{key} is in {unit}; a limit of time must be in hours or days.").format(key=limit, unit=entry.unit))
    return float(entry.value) * (24 if entry.unit == "days" else 1)
