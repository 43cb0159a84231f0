"""SpiffWorkflow at work: a case's completed steps are played through the BPMN process, which says what is to be done next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from crmlib.desk.conditions import Condition
from crmlib.desk.procedure import Sop
from crmlib.desk.procedure_file import read_sop
from crmlib.i18n import _

if TYPE_CHECKING:
    from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec


class Conditions:
    """What SpiffWorkflow asks when it comes to a choice. It never runs a programme that stands in a file.

    `times` counts how often in a row a step was completed: the count begins anew when another step leads there.

    >>> Conditions({"limit": 3}).facts
    {}
    """

    def __init__(self, terms: Mapping[str, float]) -> None:
        self.terms, self.facts, self.times = terms, {}, Counter()

    def evaluate(self, task: object, expression: str, external_context: object = None) -> bool:
        return Condition(expression).holds(self.facts, times=self.times, terms=self.terms)


class Run:
    """One case on its way through a procedure.

    Parameters
    ----------
    procedure : Sop
    terms : the standards that hold for the case
    done : (step, fields) in the order in which they were completed

    Raises
    ------
    ValueError
        What is said to be done cannot have been.

    >>> from crmlib.desk import sop
    >>> complaint = sop("complaint")
    >>> run = Run(complaint, complaint.terms(), [("accept", {}), ("assign_fault", {}), ("plan", {"compensation_yuan": 80})])
    >>> run.open
    ('approve',)
    >>> run.complete("approve", {"decision": "refused"})
    >>> run.open, run.path[-2:]
    (('plan',), [('approve', 'approved_choice'), ('approved_choice', 'plan')])
    """

    def __init__(self, procedure: Sop, terms: Mapping[str, float], done: Iterable[tuple[str, Mapping[str, Any]]] = ()) -> None:
        from SpiffWorkflow.bpmn import BpmnWorkflow

        self.procedure, self._conditions = procedure, Conditions(terms)
        self._flow = BpmnWorkflow(_spec(procedure.text, procedure.code), script_engine=self._conditions)
        self._flow.do_engine_steps()
        for step, fields in done:
            self.complete(step, fields)

    @property
    def facts(self) -> dict[str, Any]:
        """What the fields said last."""
        return dict(self._conditions.facts)

    @property
    def open(self) -> tuple[str, ...]:
        """The steps that are to be done now, in the order of the file."""
        ready = {task.task_spec.name for task in self._ready()}
        return tuple(code for code in self.procedure.steps if code in ready)

    @property
    def ends(self) -> tuple[str, ...]:
        """The end events reached so far."""
        return tuple(node for _from, node in self.path if self.procedure.nodes[node].kind == "end")

    @property
    def path(self) -> list[tuple[str, str]]:
        """The arrows gone along, from node to node, in order."""
        from SpiffWorkflow import TaskState

        been = self._flow.get_tasks(state=TaskState.COMPLETED | TaskState.READY)
        nodes = self.procedure.nodes
        arrows = [(task.last_state_change, task.parent.task_spec.name, task.task_spec.name) for task in been if task.parent is not None]
        return [(source, target) for _when, source, target in sorted(arrows, key=lambda one: one[0]) if source in nodes and target in nodes]

    def complete(self, step: str, fields: Mapping[str, Any]) -> None:
        """Go on behind a step that is open.

        >>> from crmlib.desk import sop
        >>> run = Run(sop("inquiry"), sop("inquiry").terms())
        >>> run.complete("accept", {"answered": "yes"})
        >>> run.open, run.ends
        ((), ('end_first',))
        """
        task = next((one for one in self._ready() if one.task_spec.name == step), None)
        if task is None:
            raise ValueError(_("The procedure {sop} does not lead to the step {step} here. Open now: {open}.").format(
                sop=self.procedure.code, step=step, open=", ".join(self.open) or "–"))  # fmt: skip
        self._conditions.facts |= {code: fields.get(code) for code in (one.code for one in self.procedure.steps[step].fields)}
        self._conditions.times[step] += 1
        before = set(self.open)
        task.run()
        self._flow.do_engine_steps()
        for code in set(self.open) - before:
            self._conditions.times[code] = 0

    def _ready(self) -> list:
        from SpiffWorkflow import TaskState

        return self._flow.get_tasks(state=TaskState.READY, manual=True)


@lru_cache(maxsize=64)
def _spec(text: str, code: str) -> BpmnProcessSpec:
    from lxml import etree
    from SpiffWorkflow.bpmn.parser import BpmnParser, ValidationException

    parser = BpmnParser()
    try:
        parser.add_bpmn_xml(etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True)))
        return parser.get_spec(code)
    except ValidationException as error:
        raise ValueError(_("The workflow file {file} cannot be used: {why}.").format(file=code, why=error)) from None


def run_of(text: str, terms: Mapping[str, float], done: Iterable[tuple[str, Mapping[str, Any]]]) -> Run:
    """A case on its way through the procedure in `text`, which is the file as it was when the case was opened.

    >>> from crmlib.desk import sop
    >>> run_of(sop("loss").text, sop("loss").terms(), [("accept", {})]).open
    ('trace',)
    """
    return Run(read_sop(text, "bpmn"), terms, done)
