"""The shipped procedures: valid BPMN that any editor opens, every choice decided, run by the engine as a hand-written table says."""

import itertools
import random
import warnings
from pathlib import Path
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnValidator

from crmlib import standards
from crmlib.company.company import shipped_folder
from crmlib.desk import Desk, draw_workflow, sop, sops
from crmlib.desk.conditions import Condition
from crmlib.desk.engine import Run
from crmlib.desk.procedure_file import read_sop
from crmlib.i18n import use_language

NAMES = ("complaint", "damage", "loss", "inquiry", "quotation", "crisis")
COMPLAINT = (shipped_folder() / "sop" / "complaint.bpmn").read_text("utf-8")


@pytest.fixture(scope="module")
def schema():
    return BpmnValidator()


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_file_keeps_to_the_schema_of_the_omg_and_is_drawn_whole(name, schema):
    tree = etree.parse(shipped_folder() / "sop" / f"{name}.bpmn")
    schema.validate(tree)
    ids = tree.xpath("//*[namespace-uri() != 'http://camunda.org/schema/1.0/bpmn']/@id")
    assert len(ids) == len(set(ids))
    found = sop(name)
    for node in found.nodes.values():
        x, y, width, height = node.box
        [lane] = [lane for lane in found.lanes.values() if lane.box[1] <= y and y + height <= lane.box[1] + lane.box[3]]
        assert lane.box[0] <= x and x + width <= lane.box[0] + lane.box[2]
        assert node.kind != "step" or found.steps[node.code].owner_role == lane.code
    for flow in found.flows:
        for code, (x, y) in ((flow.source, flow.points[0]), (flow.target, flow.points[-1])):
            left, top, width, height = found.nodes[code].box
            on_the_edge = x in (left, left + width) and top <= y <= top + height or y in (top, top + height) and left <= x <= left + width
            assert on_the_edge, (flow.code, code)


@pytest.mark.parametrize("name", NAMES)
def test_every_node_has_an_owner_a_limit_fields_an_escalation_and_two_names(name):
    found = sop(name)
    assert name in sops().sop.tolist()
    for step in found.steps.values():
        assert step.owner_role in found.lanes and step.limit_hours > 0 and step.fields and step.escalation
        assert isinstance(step.limit, str) and standards.entry(step.limit).mark in ("seed", "teaching", "V")
        assert any(field.required is True for field in step.fields)
    assert {"crisis_group", "general_manager"} & {step.escalation[-1] for step in found.steps.values()}
    fields = [one for step in found.steps.values() for one in step.fields]
    named = [
        *found.steps.values(),
        *found.lanes.values(),
        *found.roles.values(),
        *fields,
        *(value for one in fields for value in one.values),
    ]
    for one in named:
        chinese = [any("\u4e00" <= letter <= "\u9fff" for letter in text) for text in (one.zh, one.en)]
        assert chinese == [True, False] and one.en, one


def test_the_seeds_hours_and_the_laws_days_are_where_they_belong():
    hours = {(name, row.step): (row.limit_hours, row.limit_from) for name in NAMES for row in sop(name).table().itertuples()}
    assert hours["complaint", "accept"] == (2, "case") and hours["complaint", "execute"] == (24, "case")
    assert hours["damage", "talk"] == hours["damage", "execute"] == (2, "case") and hours["damage", "call_back"] == (24, "case")
    assert hours["damage", "root_cause"] == (48, "case")
    assert hours["loss", "trace"] == (1, "case") and hours["loss", "talk"] == (24, "case")
    assert [sop(name).legal_limit for name in NAMES] == ["complaint.legal_days"] * 3 + [None] * 3


@pytest.mark.parametrize("name", NAMES)
def test_at_no_choice_are_two_ways_open_at_once(name):
    found = sop(name)
    fields = {one.code: one for step in found.steps.values() for one in step.fields}
    for node in found.nodes.values():
        conditions = [flow.condition for flow in found.flows if flow.source == node.code and flow.condition]
        asked = sorted({code for one in conditions for code in one.fields})
        values = [[value.code for value in fields[code].values] or [0, 49.9, 51, 0.05, 0.5] for code in asked]
        for chosen in itertools.product(*([*some, None] for some in values)):
            for tries in (0, 1, 3):
                facts = dict(zip(asked, chosen, strict=True))
                true = [one for one in conditions if one.holds(facts, times={"call_back": tries}, terms=found.terms())]
                assert len(true) <= 1


def test_what_an_editor_saves_reads_the_same():
    """Other prefixes, another order of attributes, no line breaks: another file, and the same procedure."""
    tree = ElementTree.fromstring(COMPLAINT.encode())
    tree.tail = tree.text = None
    saved = read_sop(ElementTree.tostring(tree, encoding="unicode"), "saved.bpmn")
    shipped = sop("complaint")
    assert "<ns0:definitions" in saved.text and saved.digest != shipped.digest
    assert saved.steps == shipped.steps and saved.flows == shipped.flows and saved.nodes == shipped.nodes
    assert Run(saved, saved.terms(), [("accept", {})]).open == ("assign_fault",)


def next_by_hand(step: str, fields: dict, tries: int) -> str | None:
    """Where a complaint goes from a step, written down without the file."""
    if step == "plan":
        return "approve" if (fields["compensation_yuan"] or 0) > 50 else "talk"
    if step == "approve":
        return "talk" if fields["decision"] == "approved" else "plan"
    if step == "talk":
        return {"agrees": "execute", "not_content": "plan", "not_reached": "talk"}[fields["answer"]]
    if step == "call_back":
        if fields["reached"] == "no":
            return "call_back" if tries < 3 else None
        return "plan" if fields["satisfied"] == "dissatisfied" else None
    return {"accept": "assign_fault", "assign_fault": "plan", "execute": "call_back"}[step]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_engine_goes_where_a_hand_written_table_goes(seed):
    complaint, chance = sop("complaint"), random.Random(seed)
    run, step, tries = Run(complaint, complaint.terms()), "accept", 0
    for _count in range(25):
        fields = {"compensation_yuan": chance.choice([None, 20, 50, 51, 900]), "decision": chance.choice(["approved", "refused"]),
                  "answer": chance.choice(["agrees", "not_content", "not_reached"]), "reached": chance.choice(["no", "no", "yes"]),
                  "satisfied": chance.choice(["satisfied", "dissatisfied"])}  # fmt: skip
        tries = tries + 1 if step == "call_back" else 0
        run.complete(step, fields)
        step = next_by_hand(step, fields, tries)
        assert run.open == (() if step is None else (step,))
        if step is None:
            assert run.ends == ("end_satisfied" if fields["reached"] == "yes" else "end_not_reached",)
            return


def test_the_cause_of_damage_is_looked_for_while_the_customer_is_looked_after():
    damage = sop("damage")
    run = Run(damage, damage.terms(), [("accept", {}), ("assign_fault", {})])
    assert run.open == ("plan", "root_cause")
    for step, fields in (
        ("plan", {}),
        ("talk", {"answer": "agrees"}),
        ("execute", {}),
        ("call_back", {"reached": "yes", "satisfied": "satisfied"}),
    ):
        run.complete(step, fields)
    assert run.open == ("root_cause",) and run.ends == ("end_satisfied",)
    run.complete("root_cause", {})
    assert run.open == () and set(run.ends) == {"end_satisfied", "end_cause"}


TASK = '<bpmn:userTask id="plan"'
BROKEN = {
    "a programme": (TASK, '<bpmn:scriptTask id="s"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>' + TASK, "s is a scriptTask"),
    "an import": ("answer == 'not_reached'", "__import__('os').getpid()", "cannot be read"),
    "an attribute": ("answer == 'not_reached'", "answer.__class__ == 1", "cannot be read"),
    "an unknown field": ("answer == 'not_reached'", "anser == 'not_reached'", "asks for anser"),
    "an unknown standard": ('value="desk.fault_hours"', 'value="desk.falt_hours"', "assign_fault: There is no standard desk.falt_hours"),
    "a word as limit": ('value="desk.fault_hours"', 'value="soon"', "There is no standard soon"),
    "a negative limit": ('value="desk.fault_hours"', 'value="-1"', "property limit says “-1”"),
    "an unknown clock": ('name="limit_clock" value="working"', 'name="limit_clock" value="lunar"', "limit_clock says “lunar”"),
    "an unknown superior": ('value="team_leader, crisis_group"', 'value="the_king"', "escalation says “the_king”"),
    "no lane": ("<bpmn:flowNodeRef>plan</bpmn:flowNodeRef>", "", "plan stands in no lane"),
    "a field called as a step": ('formField id="request"', 'formField id="talk"', "talk is also the code of a field"),
    "an arrow not drawn": ('bpmnElement="plan__authority_choice"', 'bpmnElement="elsewhere"', "plan__authority_choice is not drawn"),
    "a step not drawn": ('id="plan_shape" bpmnElement="plan"', 'id="plan_shape"', "plan is not drawn"),
    "a loose arrow": ('targetRef="call_back"', 'targetRef="nowhere"', "hangs loose"),
    "an entity": ("<bpmn:definitions", '<!DOCTYPE x [<!ENTITY a "b">]><bpmn:definitions', "no plain BPMN file"),
    "no XML": ("</bpmn:definitions>", "", "no element found"),
    "not executable": ('isExecutable="true"', 'isExecutable="false"', "0 executable processes"),
    "no default": (' default="answer_choice__execute"', "", "at answer_choice an arrow has no condition"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_that_cannot_be_run_is_refused_with_the_place(what, tmp_path):
    old, new, sentence = BROKEN[what]
    assert old in COMPLAINT
    path = tmp_path / "mine.bpmn"
    path.write_text(COMPLAINT.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=r"The workflow file mine\.bpmn cannot be used") as refused:
        sop(path)
    assert sentence in str(refused.value)


def test_other_names_of_procedures_are_refused(tmp_path):
    with pytest.raises(ValueError, match="There is no procedure complaints. There are: complaint, crisis, damage"):
        sop("complaints")
    with pytest.raises(ValueError, match="Cannot read"):
        sop(tmp_path / "none.bpmn")
    with pytest.raises(ValueError, match="has no step tlak"):
        sop("complaint").fields("tlak")


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from(["a", "'x'", "1", "-", "(", ")", ",", "<", "==", "in", "and", "not", "times('plan')"]), max_size=8).map(
        " ".join
    )
)
@settings(max_examples=25, deadline=None)
def test_a_condition_is_read_or_refused_with_a_sentence(text):
    try:
        found = Condition(text)
    except ValueError as error:
        assert "cannot be read" in str(error)
    else:
        assert found.holds({}, times={}, terms=dict.fromkeys(found.standards, 1.0)) in (True, False)


@pytest.mark.parametrize(("name", "language"), list(zip(NAMES, ("zh", "en", "zh", "en", "zh", "en"), strict=True)))
def test_the_diagram_is_drawn_with_words_inside_their_boxes(name, language):
    use_language(language)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = draw_workflow(name)
        renderer = ax.figure.canvas.get_renderer()
        boxes = [patch.get_window_extent(renderer) for patch in ax.patches if patch.get_gid() == "step"]
        words = [text.get_window_extent(renderer) for text in ax.texts if text.get_text()]
    assert len(boxes) == len(sop(name).steps)
    for box in boxes:
        inside = [one for one in words if box.x0 < (one.x0 + one.x1) / 2 < box.x1 and box.y0 < (one.y0 + one.y1) / 2 < box.y1]
        assert len(inside) == 2 and all(box.x0 <= one.x0 and one.x1 <= box.x1 for one in inside)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(words, 2))
    plt.close(ax.figure)


def test_the_figure_of_a_case_tells_what_is_done_late_and_open():
    desk = Desk("sqlite://")
    case = desk.open_case("inquiry", customer_id="C1", by="王芳", at="2026-10-12 09:00")
    fields = {"channel": "app", "topic": "price", "question": "?", "answered": "no"}
    case = desk.complete(case, "accept", fields, by="王芳", at="2026-10-12 14:00")
    ax = case.plot(at="2026-10-12 14:30")
    texts = [text.get_text() for text in ax.texts]
    assert (
        "late 3.0 h" in texts
        and "30 min left" in texts
        and ax.get_title(loc="left") == "Answering an inquiry, case D000001: 1 done, 1 late"
    )
    assert "over by 2.0 h" in [text.get_text() for text in draw_workflow("inquiry", case, at="2026-10-12 17:00").texts]
    assert sum(patch.get_gid() == "arrow" and patch.get_linewidth() > 2 for patch in ax.patches) == len(set(case.path)) == 3
    with pytest.raises(ValueError, match="follows the procedure inquiry, not loss"):
        draw_workflow("loss", case)
    with pytest.raises(ValueError, match="not a str"):
        draw_workflow("loss", "D000001")
    plt.close("all")


def test_the_shipped_files_come_in_the_folder_of_the_firm():
    assert [Path(file).parent for file in sops().file] == [shipped_folder() / "sop"] * 6
