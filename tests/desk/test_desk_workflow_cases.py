"""Cases at the desk, on SQLite and on a real PostgreSQL: steps, refusals, escalation, pauses, killed processes, two people at once."""

import json
import subprocess
import sys
import threading

import pandas as pd
import psycopg
import pytest
import sqlalchemy as sa
from company.postgres_server import running_postgres

from crmlib import standards
from crmlib.desk import Desk, business_calendar, clock_policy, clocks, rehearse_crash, sop
from crmlib.desk.crash import MOMENTS

OPENED = "2026-10-12 09:00"
ACCEPT = {"channel": "hotline", "cause": "damage", "grade": "serious", "request": "赔一个新的"}
FAULT = {"fault": "firm", "unit": "城东网点", "evidence": "监控"}
PLAN = {"remedy": "compensate", "compensation_yuan": 80, "promise": "赔 80 元"}
TALK = {"answer": "agrees", "contacted_by": "phone", "customer_said": "可以"}
DONE = {"done": "已转账", "proof": "P-1"}
STORY = [
    ("open_case", {"sop": "complaint", "customer_id": "C00001", "waybill_id": "W000000001", "case_id": "K1", "by": "王芳"}, OPENED),
    ("complete", {"step": "accept", "fields": ACCEPT, "by": "王芳"}, "2026-10-12 09:20"),
    ("escalate", {"why": "网点不配合", "by": "王芳"}, "2026-10-12 11:00"),
    ("complete", {"step": "assign_fault", "fields": FAULT, "by": "李质"}, "2026-10-12 15:30"),
    ("complete", {"step": "plan", "fields": PLAN, "by": "王芳"}, "2026-10-12 16:00"),
    ("complete", {"step": "approve", "fields": {"decision": "approved"}, "by": "周主管"}, "2026-10-12 16:30"),
    ("pause", {"why": "客户出差", "by": "王芳"}, "2026-10-12 17:00"),
    ("resume", {"by": "王芳"}, "2026-10-13 10:00"),
    ("complete", {"step": "talk", "fields": TALK, "by": "王芳"}, "2026-10-13 10:10"),
    ("complete", {"step": "execute", "fields": DONE, "by": "城东网点"}, "2026-10-13 14:00"),
    ("complete", {"step": "call_back", "fields": {"reached": "no"}, "by": "赵回"}, "2026-10-14 09:30"),
    ("complete", {"step": "call_back", "fields": {"reached": "yes", "satisfied": "satisfied"}, "by": "赵回"}, "2026-10-14 14:00"),
]  # fmt: skip
KILLER = """
import json, os, sys
import lxml.etree, psycopg, sqlalchemy.dialects.postgresql.psycopg, SpiffWorkflow.bpmn, SpiffWorkflow.bpmn.parser
from crmlib.desk import Desk
from crmlib.desk.crash import die, die_at
Desk("sqlite://").open_case("complaint", customer_id="C", by="x")  # what is read here, no child needs to read again
desks = {}
for line in sys.stdin:
    place, moment, method, arguments = json.loads(line)
    if place not in desks:
        desks[place] = Desk(place)
    child = os.fork()
    if not child:
        die_at(desks[place], moment)
        getattr(desks[place], method)(**arguments)
        die()
    print(os.waitpid(child, 0)[1], flush=True)
"""


@pytest.fixture(scope="module")
def server():
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="module")
def killer():
    """A process that, for each line it reads, makes a child which changes a case and is killed by SIGKILL on the way."""
    with subprocess.Popen([sys.executable, "-c", KILLER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as process:
        yield process
        process.stdin.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path, server):
    if request.param == "sqlite":
        return str(tmp_path / "desk.sqlite")
    name = f"desk_{request.node.originalname[-40:]}"
    with psycopg.connect(server + "postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server + name


def play(desk, story=STORY):
    for method, arguments, at in story:
        case = getattr(desk, method)(**arguments, at=at) if method == "open_case" else getattr(desk, method)("K1", **arguments, at=at)
    return case


def test_a_complaint_from_the_opening_to_the_call_back(place):
    desk = Desk(place)
    case = play(desk)
    assert case.ended == "end_satisfied" and case.open.empty and case.version == len(STORY)
    again = Desk(place).case("K1")
    pd.testing.assert_frame_equal(again.visits, case.visits)
    assert again.fields["compensation_yuan"] == 80 and again.fields["satisfied"] == "satisfied"
    visits = again.visits.set_index("step")
    # Assigning the fault was due 4 working hours after 9:20, lunch left out; it took until 15:30.
    assert visits.due_at["assign_fault"] == pd.Timestamp("2026-10-12 14:20")
    assert visits.late_hours["assign_fault"] == pytest.approx(70 / 60) and visits.owner_role["assign_fault"] == "team_leader"
    # Talking was due 4 working hours after 16:30, which is 11:30; for two working hours the case stood still, and lunch comes between.
    assert visits.due_at["talk"] == pd.Timestamp("2026-10-13 14:30")
    history = desk.history("K1")
    assert history.event.tolist() == [{"open_case": "opened", "complete": "completed", "escalate": "escalated", "pause": "paused",
                                       "resume": "resumed"}[method] for method, *_more in STORY]  # fmt: skip
    assert history.details[1] == "channel: hotline; cause: damage; grade: serious; what the customer wants: 赔一个新的"
    assert desk.verify().empty and desk.due().empty
    row = desk.cases().iloc[0]
    assert (row.case_id, row.kind, row.cause, row.ended_at) == ("K1", "complaint", "damage", pd.Timestamp("2026-10-14 14:00"))
    assert desk.events(after=9).number.tolist() == [10, 11, 12] and desk.events(event="escalated").owner_role.tolist() == ["team_leader"]


def rows(desk):
    with desk.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM desk_events ORDER BY seq")]


def test_nothing_is_lost_when_the_process_is_killed_at_any_event(place, killer):
    desk, kept = Desk(place), []
    for number, (method, arguments, at) in enumerate(STORY, start=1):
        arguments = arguments | {"at": at} | ({} if method == "open_case" else {"case": "K1"})
        for moment in MOMENTS if number < 3 else MOMENTS[1:]:
            killer.stdin.write(json.dumps([place, moment, method, arguments]) + "\n")
            killer.stdin.flush()
            assert killer.stdout.readline() == "9\n"
            before, kept = kept, rows(desk)
            assert kept[: len(before)] == before and len(kept) == number - (moment != "after_commit")
    assert desk.verify().empty and desk.case("K1").ended == "end_satisfied"
    unhurt = Desk("sqlite://")
    pd.testing.assert_frame_equal(play(unhurt).visits, desk.case("K1").visits)
    pd.testing.assert_frame_equal(unhurt.history(), desk.history())


def test_of_two_people_at_once_one_gets_a_sentence(place):
    desk = Desk(place)
    seen = play(desk, STORY[:1])
    for step, fields, given in (("accept", ACCEPT, lambda: "K1"), ("assign_fault", FAULT, lambda: desk.case("K1"))):
        case, told, start = given(), [], threading.Barrier(2)

        def work(person, case=case, step=step, fields=fields, told=told, start=start):
            mine = Desk(place)
            start.wait()
            try:
                told.append(mine.complete(case, step, fields, by=person, at="2026-10-12 10:00").version)
            except ValueError as error:
                told.append(str(error))

        people = [threading.Thread(target=work, args=(name,)) for name in ("王芳", "李娜")]
        [person.start() for person in people]
        [person.join() for person in people]
        [won], [sentence] = [one for one in told if isinstance(one, int)], [one for one in told if isinstance(one, str)]
        assert won == desk.case("K1").version
        assert ("completed it at 2026-10-12 10:00" if case == "K1" else "has moved on since you loaded it") in sentence
        assert ("王芳" in sentence) != ("李娜" in sentence)
    with pytest.raises(ValueError, match="Load it again: desk.case"):
        desk.note(seen, "late", by="王芳", at="2026-10-12 11:00")


def test_events_cannot_be_changed_and_a_forged_one_is_found(place):
    desk = Desk(place)
    play(desk, STORY[:2])
    for statement in ("UPDATE desk_events SET person = 'x'", "DELETE FROM desk_events", "DELETE FROM desk_sops"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), desk.engine.begin() as connection:
            connection.exec_driver_sql(statement)
    with desk.engine.begin() as connection:
        columns = "moment, event, 'talk', person, owner_role, data, after, open_steps"
        connection.exec_driver_sql(f"INSERT INTO desk_events SELECT 3, case_id, 3, {columns} FROM desk_events WHERE number = 2")
    assert desk.verify().case_id.tolist() == ["K1"]
    with pytest.raises(ValueError, match="does not lead to the step talk here"):
        desk.case("K1")


def test_late_steps_go_to_the_superior_and_then_to_the_crisis_group(place):
    desk = Desk(place)
    play(desk, STORY[:2])
    desk.open_case("inquiry", customer_id="C00002", by="王芳", at="2026-10-12 14:00")
    assert desk.escalate_overdue("2026-10-12 14:20")[["case_id", "owner_role"]].values.tolist() == [["K1", "team_leader"]]
    due = desk.due("2026-10-12 17:00")
    assert due[["case_id", "is_late", "escalation_level"]].values.tolist() == [["K1", True, 1], ["D000002", True, 0]]
    assert due.hours_left[0] == pytest.approx(-160 / 60) and due.legal_due_at[0] == pd.Timestamp("2026-10-19 09:00")
    later = desk.escalate_overdue("2026-10-14 12:00")
    assert later[["case_id", "owner_role", "escalation_level"]].values.tolist() == [
        ["K1", "crisis_group", 2], ["D000002", "team_leader", 1], ["D000002", "crisis_group", 2]]  # fmt: skip
    assert desk.escalate_overdue("2026-10-20 12:00").empty
    with pytest.raises(ValueError, match="nobody above"):
        desk.escalate("K1", why="again", by="王芳", at="2026-10-20 12:00")
    assert set(desk.events(event="escalated").query("owner_role == 'crisis_group'").case_id) == {"K1", "D000002"}


REFUSED = {
    "missing": ("accept", {**ACCEPT, "request": "  "}, {}, "lacks: what the customer wants (request)"),
    "two missing": ("accept", {"channel": "app", "cause": "delay"}, {}, "lacks: grade (grade); what the customer wants (request)"),
    "misspelt": ("accept", {"chanel": "app"}, {}, "no field chanel. Did you mean channel?"),
    "wrong value": ("accept", {**ACCEPT, "grade": "huge"}, {}, "grade (grade) is 'huge'; it must be one of ordinary, serious, major"),
    "no mapping": ("accept", ["app"], {}, "give its fields as {code: value}"),
    "not yet": ("talk", TALK, {}, "is not open yet. Open now: Accept the complaint (accept)"),
    "no such step": ("tlak", {}, {}, "has no step tlak"),
    "wrong role": ("accept", ACCEPT, {"role": "branch"}, "belongs to service agent; branch may not do it"),
    "no person": ("accept", ACCEPT, {"by": " "}, "by is ' '; it must be a text"),
    "before the opening": ("accept", ACCEPT, {"at": "2026-10-12 08:59"}, "lies before the last event"),
    "no moment": ("accept", ACCEPT, {"at": "soon"}, "at is soon, no moment"),
    "no such case": ("accept", ACCEPT, {"case": "K2"}, "There is no case K2 at this desk"),
}


@pytest.fixture(scope="module")
def begun():
    desk = Desk("sqlite://")
    play(desk, STORY[:1])
    return desk


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_told_and_nothing_is_written(begun, name):
    step, fields, other, sentence = REFUSED[name]
    with pytest.raises(ValueError) as refused:
        begun.complete(**{"case": "K1", "step": step, "fields": fields, "by": "王芳", "at": "2026-10-12 10:00"} | other)
    assert sentence in str(refused.value)
    assert begun.case("K1").version == 1


def test_other_refusals():
    desk = Desk("sqlite://")
    play(desk, STORY[:5])
    late = {"at": "2026-10-12 17:00"}
    with pytest.raises(ValueError, match="王芳 did the step Plan the remedy of case K1, so somebody else must do"):
        desk.complete("K1", "approve", {"decision": "approved"}, by="王芳", **late)
    with pytest.raises(ValueError, match=r"lacks: reason \(reason\)"):
        desk.complete("K1", "approve", {"decision": "refused"}, by="周主管", **late)
    with pytest.raises(ValueError, match="already a case K1"):
        play(desk, STORY[:1])
    with pytest.raises(ValueError, match="does not stand still"):
        desk.resume("K1", by="王芳", **late)
    desk.pause("K1", why="等客户", by="王芳", at="2026-10-12 17:00")
    assert desk.due("2026-10-30").paused.tolist() == [True] and not desk.due("2026-10-30").is_late.any()
    assert desk.escalate_overdue("2026-10-30").empty
    with pytest.raises(ValueError, match="stands still since 2026-10-12 17:00"):
        desk.complete("K1", "approve", {"decision": "approved"}, by="周主管", **late)
    damaged = desk.open_case("damage", customer_id="C1", by="王芳", **late)
    desk.complete(damaged, "accept", {"channel": "app", "goods": "杯子", "photos": "2", "request": "补发"}, by="王芳", **late)
    desk.complete(damaged.case_id, "assign_fault", FAULT, by="李质", **late)
    with pytest.raises(ValueError, match="Name the one"):
        desk.escalate(damaged.case_id, why="x", by="王芳", **late)
    with pytest.raises(ValueError, match="There is no procedure complain"):
        desk.open_case("complain", customer_id="C1", by="王芳")
    for bad, sentence in (
        ("mysql://x/y", "not in mysql"),
        ("/no/such/folder/desk.sqlite", "no folder"),
        ("nonsense://", "refuses|URL|driver|not in"),
    ):
        with pytest.raises(ValueError, match=sentence):
            Desk(bad)
    with pytest.raises(ValueError, match="in memory only"):
        rehearse_crash(desk, "K1", "approve", {"decision": "approved"}, by="周主管")


def test_a_case_keeps_the_file_and_the_standards_of_its_opening(tmp_path):
    own, text = tmp_path / "own.bpmn", sop("complaint").text
    own.write_text(text, encoding="utf-8")
    desk = Desk(tmp_path / "desk.sqlite", calendar=business_calendar(workday="00:00-24:00", weekend="00:00-24:00", holiday="00:00-24:00"))
    before = desk.open_case(own, customer_id="C1", by="王芳", at=OPENED)
    own.write_text(text.replace('id="request"', 'id="wish"'), encoding="utf-8")
    changed = tmp_path / "changed.toml"
    changed.write_text(
        '[satisfaction.promise.response_hours]\nvalue = 1\nunit = "hours"\nsource = "x"\ndate = "2026"\nmark = "teaching"\n', "utf-8"
    )
    standards.use(changed)
    after = desk.open_case(own, customer_id="C2", by="王芳", at=OPENED)
    hours = [(case.open.due_at[0] - pd.Timestamp(OPENED)) / pd.Timedelta(hours=1) for case in (desk.case(before.case_id), after)]
    assert hours == [2, 1]
    assert desk.complete(before.case_id, "accept", ACCEPT, by="王芳", at=OPENED).fields["request"] == "赔一个新的"
    with pytest.raises(ValueError, match="no field request"):
        desk.complete(after, "accept", ACCEPT, by="王芳", at=OPENED)


def test_the_clocks_read_the_desk():
    desk = Desk("sqlite://")
    play(desk)
    told = desk.clock_events()
    assert told.event.tolist() == ["opened", "responded", "waiting", "resumed", "updated", "resolved", "called_back"]
    found = clocks(desk.cases(), told, as_of="2026-10-20", policy=clock_policy()).set_index("clock")
    # The desk and the clocks agree on when the case had to be settled.
    assert found.due_at["resolution"] == desk.case("K1").visits.set_index("step").due_at["execute"]


def test_the_crash_of_a_lesson(tmp_path):
    desk = Desk(tmp_path / "desk.sqlite")
    play(desk, STORY[:1])
    told = rehearse_crash(desk, "K1", "accept", ACCEPT, by="王芳", at=OPENED)
    assert told.startswith("The process was killed before Accept the complaint was recorded") and desk.case("K1").version == 1
    with pytest.raises(ValueError, match="moment is noon; it must be one of"):
        rehearse_crash(desk, "K1", "accept", ACCEPT, by="王芳", at=OPENED, moment="noon")
