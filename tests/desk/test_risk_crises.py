"""The crisis clock: one hour and a day on the workflow engine; crises open by themselves, each once, also after a kill."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib import standards
from crmlib.company import lark
from crmlib.desk import Desk, rehearse_crash, sop
from crmlib.desk.engine import Run
from crmlib.desk.risk import open_crises, own_incident

INVESTIGATED = {"what": "incident", "known": "a strike", "parcels": 75, "unknown": "how long"}


def test_the_hours_of_the_source_and_of_the_law():
    table = sop("crisis").table().set_index("step")
    assert (table.limit_clock == "natural").all()
    for step, hours, mark in (("investigate", 1, "seed"), ("talk", 24, "seed"), ("report", 24, "V")):
        assert table.limit_hours[step] == hours and table.limit_from[step] == "case"
        assert standards.entry(sop("crisis").steps[step].limit).mark == mark
    assert "第三十九条" in standards.entry("risk.outage_report_hours").source and table.owner_role["investigate"] == "crisis_group"


def test_only_an_outage_is_reported():
    crisis = sop("crisis")
    run = Run(crisis, crisis.terms(), [("investigate", {"what": "outage"})])
    assert set(run.open) == {"report", "plan"}
    assert Run(crisis, crisis.terms(), [("investigate", {"what": "incident"})]).open == ("plan",)
    for step, fields in (("plan", {}), ("talk", {"answer": "not_content"}), ("plan", {}), ("talk", {"answer": "not_reached"}),
                         ("talk", {"answer": "agrees"}), ("execute", {}), ("review", {})):  # fmt: skip
        run.complete(step, fields)
    assert run.open == ("report",) and run.ends == ("end_done",)


def test_crises_open_by_themselves_and_once():
    desk = Desk("sqlite://")
    desk.open_case("complaint", customer_id="C00694", waybill_id="W000000055", by="王芳", at="2026-05-11 09:00")
    desk.open_case("inquiry", customer_id="C00467", by="王芳", at="2026-05-11 09:00")
    desk.escalate("D000001", why="angry", by="王芳", at="2026-05-11 09:10")
    assert open_crises(desk, "2026-05-11 09:20").empty  # it is with the team leader
    desk.escalate("D000001", why="angrier", by="王芳", at="2026-05-11 09:30")
    assert open_crises(desk, "2026-05-11 09:29").empty  # not yet
    first = open_crises(desk, "2026-05-11 09:40", company=lark())
    assert first.case_id.tolist() == ["crisis-D000001", "crisis-I014"] and first.opened_for.tolist() == ["escalation", "incident"]
    assert first.due_at.tolist() == [pd.Timestamp("2026-05-11 10:30"), pd.Timestamp("2026-05-11 01:00")]
    assert open_crises(desk, "2026-05-11 09:40", company=lark()).empty and open_crises(desk, "2026-05-12", company=lark()).empty
    assert desk.case("crisis-D000001").waybill_id == "W000000055" and desk.verify().empty
    desk.escalate_overdue("2026-05-11 12:00")  # the crises go to the general manager, and open no crisis of their own
    assert open_crises(desk, "2026-05-11 12:00").empty
    own = own_incident(kind="snow", region="west", first_day="2026-05-12", severity="severe", name="Snow")
    assert open_crises(desk, "2026-05-12 08:00", company=lark(), own=own).case_id.tolist() == ["crisis-OWN1"]


@pytest.mark.parametrize("yuan", [3000, 2999, None])
def test_a_valuable_loss_is_a_crisis(yuan):
    desk = Desk("sqlite://")
    desk.open_case("loss", customer_id="C00694", by="王芳", at="2026-10-12 09:00")
    fields = {"channel": "hotline", "goods": "watch", "request": "find it"} | ({} if yuan is None else {"declared_yuan": yuan})
    desk.complete("D000001", "accept", fields, by="王芳", at="2026-10-12 09:10")
    assert open_crises(desk, "2026-10-12 09:30").opened_for.tolist() == (["loss"] if yuan == 3000 else [])


def test_two_clocks_at_once_open_one_crisis(monkeypatch):
    desk, other = Desk("sqlite://"), []
    desk.open_case("complaint", customer_id="C1", by="王芳", at="2026-05-11 09:00")
    for minute in (10, 20):
        desk.escalate("D000001", why="angry", by="王芳", at=f"2026-05-11 09:{minute}")
    usual = desk.open_case

    def second_first(*given, **named):
        if not other:
            other.append(usual(*given, **named))
        return usual(*given, **named)

    monkeypatch.setattr(desk, "open_case", second_first)
    assert open_crises(desk, "2026-05-11 10:00").empty and len(other) == 1
    assert (desk.cases().case_id == "crisis-D000001").sum() == 1
    with pytest.raises(ValueError, match="by"):
        open_crises(Desk("sqlite://"), "2026-05-11 10:00", company=lark(), by="")


def test_a_kill_in_the_middle_loses_and_doubles_nothing(tmp_path):
    desk = Desk(tmp_path / "desk.sqlite")
    open_crises(desk, "2026-05-11 00:30", company=lark())
    said = rehearse_crash(desk, "crisis-I014", "investigate", INVESTIGATED, by="李强", at="2026-05-11 00:40", moment="after_commit")
    assert said and desk.case("crisis-I014").open.step.tolist() == ["plan"]
    assert open_crises(desk, "2026-05-11 00:50", company=lark()).empty and len(desk.cases()) == 1 and desk.verify().empty
    with pytest.raises(ValueError, match="as_of is then"):
        open_crises(desk, "then")
