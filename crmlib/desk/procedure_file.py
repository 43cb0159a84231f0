"""Procedures as BPMN 2.0 files: found, read and checked, so that what runs is what the diagram shows."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from crmlib import standards
from crmlib.company.company import shipped_folder
from crmlib.desk.clock_policy import EVENTS
from crmlib.desk.conditions import Condition
from crmlib.desk.procedure import Box, Field, Flow, Lane, Named, Node, Sop, Step, hours_of
from crmlib.i18n import _

_SPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "di": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "dd": "http://www.omg.org/spec/DD/20100524/DI",
    "camunda": "http://camunda.org/schema/1.0/bpmn",
}
_BPMN = f"{{{_SPACES['bpmn']}}}"
_KINDS = {"startEvent": "start", "endEvent": "end", "userTask": "step", "exclusiveGateway": "choice", "parallelGateway": "parallel"}
_OTHERS = ("documentation", "extensionElements", "laneSet", "sequenceFlow", "textAnnotation", "association", "group")
_INNER = ("documentation", "extensionElements", "incoming", "outgoing", "conditionExpression", "text")
_TYPES = ("string", "long", "double", "boolean", "date", "enum")
_BIGGEST = 2_000_000


def sop(which: str | os.PathLike | Sop) -> Sop:
    """One procedure: a shipped one by name, or any BPMN file.

    Answers: what is to be done with such a case, by whom, within what time?

    Parameters
    ----------
    which : "complaint", "damage", "loss", "inquiry", "quotation" or "crisis", the path of a .bpmn file, or a Sop (given back as it is)
        A file of one's own keeps to user tasks, exclusive and parallel gateways, one start event and end events. The lane is the owner;
        limit, limit_from, limit_clock, escalation, not_by and clock_event are extension properties of the task, fields are form fields,
        both of the kind that Camunda's editors show.

    Returns
    -------
    Sop
        `.table()`, `.fields(step)`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        There is no such procedure, or the file cannot be run: the sentence names the element.

    Source: the programme's six steps of a service procedure: 受理投诉、问题定责、制定方案、客户沟通、执行方案、满意度回访.

    >>> list(sop("complaint").steps)
    ['accept', 'assign_fault', 'plan', 'approve', 'talk', 'execute', 'call_back']
    """
    if isinstance(which, Sop):
        return which
    shipped = _shipped()
    path = Path(which)
    if isinstance(which, str) and which in shipped:
        path = shipped[which]
    elif path.suffix.lower() not in (".bpmn", ".xml"):
        raise ValueError(
            _("There is no procedure {name}. There are: {names}; or give the path of a .bpmn file.").format(
                name=which, names=", ".join(shipped)
            )
        )
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(_("Cannot read {path}: {reason}").format(path=path, reason=getattr(error, "strerror", None) or error)) from None
    return read_sop(text, path.name)


def sops() -> pd.DataFrame:
    """The shipped procedures.

    Returns
    -------
    DataFrame, one row a procedure
        sop, sop_name, steps, roles (who does something), about, file

    >>> sops().sop.tolist()
    ['complaint', 'crisis', 'damage', 'inquiry', 'loss', 'quotation']
    """
    rows = []
    for name, path in _shipped().items():
        one = sop(name)
        owners = dict.fromkeys(step.owner_role for step in one.steps.values())
        rows.append(
            {
                "sop": name,
                "sop_name": one.name,
                "steps": len(one.steps),
                "roles": ", ".join(map(one.role, owners)),
                "about": one.about.name,
                "file": str(path),
            }
        )
    return pd.DataFrame(rows)


def _shipped() -> dict[str, Path]:
    return {path.stem: path for path in sorted((shipped_folder() / "sop").glob("*.bpmn"))}


@lru_cache(maxsize=64)
def read_sop(text: str, origin: str) -> Sop:
    """A procedure from the text of a BPMN file; `origin` names it in sentences.

    >>> read_sop("<a/>", "mine.bpmn")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: ...
    """
    return _Reader(text, origin).sop()


def both(text: str | None, code: str) -> tuple[str, str]:
    """The Chinese and the English part of a name, which a line break or " / " divides; one name does for both.

    >>> both("受理投诉\\nAccept", "accept"), both("受理渠道 / channel", "channel"), both(None, "fork")
    (('受理投诉', 'Accept'), ('受理渠道', 'channel'), ('fork', 'fork'))
    """
    parts = [part.strip() for part in (text or "").replace(" / ", "\n").split("\n") if part.strip()]
    return (parts[0], " ".join(parts[1:]) or parts[0]) if parts else (code, code)


class _Reader:
    def __init__(self, text: str, origin: str) -> None:
        self.origin, self.text = origin, text
        if len(text) > _BIGGEST or "<!DOCTYPE" in text or "<!ENTITY" in text:
            self.refuse(_("it is no plain BPMN file"))
        try:
            self.root = ElementTree.fromstring(text.encode())
        except ElementTree.ParseError as error:
            self.refuse(str(error))
        processes = [one for one in self.root.findall("bpmn:process", _SPACES) if one.get("isExecutable") == "true"]
        if len(processes) != 1:
            self.refuse(_("it has {count} executable processes, and needs one").format(count=len(processes)))
        [self.process] = processes

    def refuse(self, why: str) -> None:
        raise ValueError(_("The workflow file {file} cannot be used: {why}.").format(file=self.origin, why=why))

    def sop(self) -> Sop:
        nodes = {one.get("id"): one for one in self.process if self._local(one) in _KINDS}
        self._only_known(nodes)
        boxes = {shape.get("bpmnElement"): self._box(shape) for shape in self.root.iterfind(".//di:BPMNShape", _SPACES)}
        labels = {
            shape.get("bpmnElement"): self._box(shape.find("di:BPMNLabel", _SPACES))
            for kind in ("BPMNShape", "BPMNEdge")
            for shape in self.root.iterfind(f".//di:{kind}", _SPACES)
        }
        lanes = {one.get("id"): one for one in self.process.iterfind(".//bpmn:lane", _SPACES)}
        owner = {ref.text.strip(): code for code, lane in lanes.items() for ref in lane.findall("bpmn:flowNodeRef", _SPACES) if ref.text}
        properties = self._properties(self.process)
        outside = {key.removeprefix("role."): value for key, value in properties.items() if key.startswith("role.")}
        roles = {
            code: Named(code, *both(name, code))
            for code, name in {**{key: one.get("name") for key, one in lanes.items()}, **outside}.items()
        }
        steps = {code: self._step(one, owner, roles) for code, one in nodes.items() if self._local(one) == "userTask"}
        flows = tuple(self._flow(one, nodes, labels) for one in self.process.findall("bpmn:sequenceFlow", _SPACES))
        place = {code: boxes.get(code) or self.refuse(_("{element} is not drawn").format(element=code)) for code in (*nodes, *lanes)}
        code = self.process.get("id")
        if (legal := properties.get("legal_limit")) is not None:
            self._tried(code, lambda: hours_of(legal))
        pools = [boxes[one.get("id")] for one in self.root.iterfind(".//bpmn:participant", _SPACES) if one.get("id") in boxes]
        found = Sop(
            code,
            *both(self.process.get("name"), code),
            about=Named("about", *both(self.process.findtext("bpmn:documentation", "", _SPACES), code)),
            steps=steps,
            flows=flows,
            roles=roles,
            legal_limit=legal,
            case_kind=properties.get("case_kind"),
            case_cause=properties.get("case_cause"),
            text=self.text,
            pool=(pools or [_around([*place.values()])])[0],
            digest=hashlib.sha256(self.text.encode()).hexdigest(),
            nodes={
                key: Node(key, *(both(one.get("name"), "")), _KINDS[self._local(one)], place[key], labels.get(key))
                for key, one in nodes.items()
            },
            lanes={key: Lane(key, roles[key].zh, roles[key].en, place[key]) for key in lanes},
        )
        self._sound(found)
        return found

    def _local(self, element: ElementTree.Element) -> str:
        return element.tag.removeprefix(_BPMN)

    def _only_known(self, nodes: dict[str, ElementTree.Element]) -> None:
        for one in self.process:
            if self._local(one) not in (*_KINDS, *_OTHERS):
                self.refuse(
                    _("{element} is a {kind}, which is not run here; use user tasks, exclusive and parallel gateways").format(
                        element=one.get("id"), kind=self._local(one)
                    )
                )
            for inner in one if one.get("id") in nodes else ():
                if self._local(inner) not in _INNER:
                    self.refuse(_("{element} has a {kind}, which is not run here").format(element=one.get("id"), kind=self._local(inner)))
        twice = [
            code
            for code, count in Counter(one.get("id") for one in self.process.iter() if one.get("id")).items()
            if count > 1 and code in nodes
        ]
        if twice:
            self.refuse(_("{element} is also the code of a field or of a value; call one of them otherwise").format(element=twice[0]))

    def _box(self, shape: ElementTree.Element | None) -> Box | None:
        bounds = shape.find("dc:Bounds", _SPACES) if shape is not None else None
        return None if bounds is None else tuple(float(bounds.get(name, 0)) for name in ("x", "y", "width", "height"))

    def _properties(self, element: ElementTree.Element) -> dict[str, str]:
        found = element.findall("bpmn:extensionElements/camunda:properties/camunda:property", _SPACES)
        return {one.get("name", ""): one.get("value", "").strip() for one in found}

    def _tried(self, element: str, make: Callable):
        try:
            return make()
        except ValueError as error:
            self.refuse(f"{element}: {error}".rstrip("."))

    def _step(self, task: ElementTree.Element, owner: dict[str, str], roles: dict[str, Named]) -> Step:
        code, said = task.get("id"), self._properties(task)
        if code not in owner:
            self.refuse(_("{element} stands in no lane, so nobody owns it").format(element=code))
        parts = {name: tuple(part.strip() for part in said.get(name, "").split(",") if part.strip()) for name in ("escalation", "not_by")}
        limit = said.get("limit", "")
        try:
            limit = float(limit)
        except ValueError:
            pass
        hours = self._tried(code, lambda: hours_of(limit))
        start, clock, event = said.get("limit_from", "step"), said.get("limit_clock", "working"), said.get("clock_event")
        wrong = [
            name
            for name, value, known in (
                ("limit", hours > 0, (True,)),
                ("limit_from", start, ("step", "case")),
                ("limit_clock", clock, ("working", "natural")),
                ("clock_event", event, (None, *EVENTS)),
                *(("escalation", role, roles) for role in parts["escalation"]),
            )
            if value not in known
        ]
        if wrong:
            self.refuse(
                _("{element}: the property {name} says “{value}”, which is unknown").format(
                    element=code, name=wrong[0], value=said.get(wrong[0], "")
                )
            )
        fields = tuple(self._field(code, one) for one in task.iterfind(".//camunda:formField", _SPACES))
        return Step(code, *both(task.get("name"), code), owner[code], limit, start, clock, *parts.values(), event, fields)

    def _field(self, step: str, field: ElementTree.Element) -> Field:
        code, kind = field.get("id"), field.get("type", "string")
        values = tuple(Named(one.get("id"), *both(one.get("name"), one.get("id"))) for one in field.findall("camunda:value", _SPACES))
        if not (code or "").isidentifier() or kind not in _TYPES or (kind == "enum") != bool(values):
            self.refuse(
                _("{element}: the field {field} needs a code without spaces, a type of {types}, and values if it is an enum").format(
                    element=step, field=code, types=", ".join(_TYPES)
                )
            )
        rules = [one for one in field.iterfind("camunda:validation/camunda:constraint", _SPACES) if one.get("name") == "required"]
        when = (rules[0].get("config") or "").strip() if rules else ""
        required = self._tried(step, lambda: Condition(when)) if when and when != "true" else bool(rules)
        bounds = {one.get("name"): one.get("config") for one in field.iterfind("camunda:validation/camunda:constraint", _SPACES)}
        low, high = (self._tried(step, lambda name=name: float(bounds[name])) if name in bounds else None for name in ("min", "max"))
        return Field(code, *both(field.get("label"), code), kind, values, required, low, high)

    def _flow(self, flow: ElementTree.Element, nodes: dict[str, ElementTree.Element], labels: dict[str, Box | None]) -> Flow:
        code = flow.get("id")
        ends = flow.get("sourceRef"), flow.get("targetRef")
        if not set(ends) <= set(nodes):
            self.refuse(_("the arrow {element} hangs loose").format(element=code))
        text = flow.findtext("bpmn:conditionExpression", "", _SPACES).strip()
        condition = self._tried(code, lambda: Condition(text)) if text else None
        edge = self.root.find(f".//di:BPMNEdge[@bpmnElement='{code}']", _SPACES)
        points = tuple(
            (float(one.get("x")), float(one.get("y"))) for one in ([] if edge is None else edge.iterfind("dd:waypoint", _SPACES))
        )
        if len(points) < 2:
            self.refuse(_("{element} is not drawn").format(element=code))
        return Flow(code, *both(flow.get("name"), ""), *ends, condition, points, labels.get(code))

    def _sound(self, found: Sop) -> None:
        """What only shows when all is read: names that mean something, choices that are decided, every step on a way."""
        fields = {one.code for step in found.steps.values() for one in step.fields}
        needs = [(flow.code, flow.condition) for flow in found.flows if flow.condition]
        needs += [(step.code, one.required) for step in found.steps.values() for one in step.fields if isinstance(one.required, Condition)]
        for code, condition in needs:
            for name, known in ((condition.fields, fields), (condition.steps, found.steps), (condition.standards, standards.table().index)):
                if unknown := [one for one in sorted(name) if one not in known]:
                    self.refuse(
                        _("the condition at {element} asks for {name}, which is no field, step or standard").format(
                            element=code, name=unknown[0]
                        )
                    )
        for step in found.steps.values():
            if unknown := [one for one in step.not_by if one not in found.steps]:
                self.refuse(
                    _("{element}: the property {name} says “{value}”, which is unknown").format(
                        element=step.code, name="not_by", value=unknown[0]
                    )
                )
        starts = [code for code, node in found.nodes.items() if node.kind == "start"]
        if len(starts) != 1 or not found.steps:
            self.refuse(_("it needs one start event and at least one user task"))
        defaults = {one.get("default") for one in self.process}
        for code, node in found.nodes.items():
            out = [flow for flow in found.flows if flow.source == code]
            if node.kind == "choice" and len(out) > 1 and any(flow.condition is None and flow.code not in defaults for flow in out):
                self.refuse(_("at {element} an arrow has no condition; write one, or make it the default").format(element=code))
            if len({flow.target for flow in out}) < len(out):
                self.refuse(_("two arrows lead from {element} to the same place; join them").format(element=code))
            if node.kind != "end" and not out or node.kind == "step" and len(out) > 1:
                self.refuse(_("{element} needs one way on").format(element=code))
        reached = {starts[0]}
        while more := {flow.target for flow in found.flows if flow.source in reached} - reached:
            reached |= more
        if lost := [code for code in found.nodes if code not in reached]:
            self.refuse(_("no way leads to {element}").format(element=lost[0]))


def _around(boxes: list[Box]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return left, top, max(box[0] + box[2] for box in boxes) - left, max(box[1] + box[3] for box in boxes) - top
