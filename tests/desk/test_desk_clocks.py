"""The clocks against a walk minute by minute, and what must hold of any clock: no step back, no matter of zone, midnight or row order."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from minute_loop import is_open, minute_loop

from crmlib.desk import ClockPolicy, ClockRule, business_calendar, case_events, clock_policy, clocks, escalations

HOURS = {
    "09:00-12:00 13:00-18:00": [("09:00", "12:00"), ("13:00", "18:00")], "20:00-02:30": [("20:00", "02:30")],
    "00:00-24:00": [("00:00", "24:00")],
}  # fmt: skip
BEGINNINGS = [dt.datetime(2026, 9, 29, 22), dt.datetime(2025, 12, 31, 21), dt.datetime(2026, 10, 9, 8), dt.datetime(2026, 2, 13, 10)]
OFF = {dt.date(2026, 10, 1) + dt.timedelta(days=day) for day in range(7)} | {
    dt.date(2026, 1, 1) + dt.timedelta(days=day) for day in range(3)
}
OFF |= {dt.date(2026, 2, 15) + dt.timedelta(days=day) for day in range(9)}
WORKED = {dt.date(2026, 10, 10), dt.date(2026, 1, 4), dt.date(2026, 2, 14)}
WORD = ("responded", "updated", "resolved")
RULES = (
    {"clock": "first", "counts": "first", "starts": ("opened",), "stops": WORD, "pauses": ()},
    {"clock": "last", "counts": "last", "starts": ("opened",), "stops": ("resolved",), "pauses": ("customer", "closed")},
    {"clock": "several", "counts": "last", "starts": ("opened",), "stops": ("resolved",), "pauses": ("customer", "customs")},
    {"clock": "each", "counts": "each", "starts": ("opened", "responded", "updated", "reopened"), "stops": WORD, "pauses": ("customer",)},
)
KINDS = ("responded", "updated", "waiting", "waiting", "resumed", "resumed", "resolved", "reopened")


@st.composite
def stories(draw, *, hours=st.sampled_from(list(HOURS))):
    """A case's events, a policy of every kind of rule, opening hours and a moment to look."""
    begin = draw(st.sampled_from(BEGINNINGS)) + dt.timedelta(minutes=draw(st.integers(0, 300)))
    event = st.tuples(st.integers(0, 2200), st.sampled_from(KINDS), st.sampled_from(["customer", "customs"]))
    later = draw(st.lists(event, max_size=8))
    events = [(begin, "opened", "customer"), *((begin + dt.timedelta(minutes=after), kind, why) for after, kind, why in later)]
    target = draw(st.integers(1, 500)) / 60
    basis = draw(st.sampled_from(["working", "natural"]))
    rules = [ClockRule(**rule, hours=target, basis=basis, levels=((0.5, "a"), (1.0, "b"), (1.5, "c"))) for rule in RULES]
    return events, ClockPolicy(rules), draw(hours), begin + dt.timedelta(minutes=draw(st.integers(0, 2400)))


def table(events, zone=None) -> pd.DataFrame:
    found = pd.DataFrame(events, columns=["at", "event", "reason"]).assign(case_id="K1")
    found["at"] = pd.to_datetime(found["at"]).astype("datetime64[us]")
    return found if zone is None else found.assign(at=found["at"].dt.tz_localize("Asia/Shanghai").dt.tz_convert(zone))


@settings(max_examples=25, deadline=None)
@given(stories())
def test_clocks_count_as_a_walk_minute_by_minute_does(story):
    events, policy, hours, as_of = story
    found = clocks(None, table(events), as_of=as_of, policy=policy, calendar=business_calendar(workday=hours), each_update=True)

    def open_at(moment):
        return is_open(moment, HOURS[hours], OFF, WORKED)

    expected = [dict(one, rule=rule) for rule in policy.rules for one in minute_loop(events, rule, as_of, open_at)]
    assert found["clock"].tolist() == [one["rule"].clock for one in expected]
    assert (found["used_hours"] * 60).round(6).tolist() == [one["used"] for one in expected]
    assert (found["paused_hours"] * 60).round(6).tolist() == [one["paused"] for one in expected]
    assert found["due_at"].tolist() == [pd.Timestamp(one["due"]) for one in expected]
    assert found["stopped_at"].isna().tolist() == [one["running"] for one in expected]
    target = round(policy.rules[0].hours * 60)
    assert found["is_late"].tolist() == [one["used"] > target for one in expected]
    assert found["escalation_level"].tolist() == [sum(one["used"] > share * target for share in (0.5, 1.0, 1.5)) for one in expected]
    whole = clocks(None, table(events), as_of=as_of, policy=policy, calendar=business_calendar(workday=hours))
    assert whole["used_hours"].tolist() == found.groupby("clock", observed=True)["used_hours"].max().tolist()


@settings(max_examples=25, deadline=None)
@given(stories(), st.integers(0, 1500))
def test_no_clock_runs_backwards(story, later):
    events, policy, hours, as_of = story
    calendar = business_calendar(workday=hours)
    now, then = (clocks(None, table(events), as_of=moment, policy=policy, calendar=calendar).set_index("clock")
                 for moment in (as_of, as_of + dt.timedelta(minutes=later)))  # fmt: skip
    assert (then["used_hours"] >= now["used_hours"]).all()
    assert (then["escalation_level"] >= now["escalation_level"]).all() and (then["is_late"] >= now["is_late"]).all()
    assert (then["due_at"] >= now["due_at"])[["first", "several"]].all()


@settings(max_examples=25, deadline=None)
@given(stories(), st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"]), st.randoms(use_true_random=False))
def test_neither_the_zone_nor_the_order_of_rows_matters(story, zone, random):
    events, policy, hours, as_of = story
    events = [event for place, event in enumerate(events) if event[0] not in [other[0] for other in events[:place]]]
    calendar = business_calendar(workday=hours)
    here = clocks(None, table(events), as_of=as_of, policy=policy, calendar=calendar)
    away = clocks(None, table(random.sample(events, len(events)), zone), as_of=pd.Timestamp(as_of, tz="Asia/Shanghai"), policy=policy,
                  calendar=calendar)  # fmt: skip
    for column in ("used_hours", "left_hours", "paused_hours", "clock_state"):
        assert here[column].tolist() == away[column].tolist()
    assert here["due_at"].tolist() == away["due_at"].dt.tz_localize(None).tolist()
    assert str(away["due_at"].dt.tz) == "Asia/Shanghai"


@settings(max_examples=25, deadline=None)
@given(stories(), st.data())
def test_pauses_may_be_split_doubled_or_lie_in_closed_hours(story, data):
    events, policy, hours, as_of = story
    calendar = business_calendar(workday=hours)
    before = clocks(None, table(events), as_of=as_of, policy=policy, calendar=calendar)
    waits = [event for event in events if event[1] == "waiting"]
    more = sorted(events, key=lambda event: (event[0], event[1] != "opened"))
    if waits:
        again = data.draw(st.sampled_from(waits))
        more = [*more[: more.index(again) + 1], again, *more[more.index(again) + 1 :]]
    same = clocks(None, table(more), as_of=as_of, policy=policy, calendar=calendar)
    pd.testing.assert_frame_equal(before, same)
    if policy.rules[0].basis == "working" and hours.startswith("09"):
        night = events[0][0].replace(hour=19, minute=0)
        quiet = [*events, (night, "waiting", "weather"), (night + dt.timedelta(hours=13), "resumed", "weather")]
        quiet = [event for event in quiet if event[0] >= events[0][0]]
        pauses = [ClockRule(**{**vars(rule), "pauses": (*rule.pauses, "weather")}) for rule in policy.rules]
        if not any(night <= at <= night + dt.timedelta(hours=13) for at, _kind, _why in events):
            after = clocks(None, table(quiet), as_of=as_of, policy=ClockPolicy(pauses), calendar=calendar)
            assert before["used_hours"].tolist() == after["used_hours"].tolist()


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 600), st.integers(0, 600))
def test_a_pause_moves_what_follows_by_its_own_length(work, pause, before):
    rule = ClockRule(clock="resolution", hours=20, basis="natural", starts=("opened",), stops=("resolved",), pauses=("customer",))
    start = dt.datetime(2026, 10, 30, 23, 59)
    before = min(before, work)
    plain = [(0, "opened"), (work, "resolved")]
    waiting = [(0, "opened"), (before, "waiting"), (before + pause, "resumed"), (work + pause, "resolved")]
    one, other = (
        clocks(None, table([(start + dt.timedelta(minutes=at), kind, "customer") for at, kind in events]), as_of="2026-11-20",
               policy=ClockPolicy([rule])).iloc[0] for events in (plain, waiting)
    )  # fmt: skip
    assert one["used_hours"] == other["used_hours"] and one["is_late"] == other["is_late"]
    moved = dt.timedelta(minutes=pause if before < 1200 else 0)
    assert other["due_at"] - one["due_at"] == moved


def test_the_programmes_hours_and_the_laws_days_over_the_national_holiday():
    cases = pd.DataFrame({"case_id": ["K1", "K2"], "kind": ["complaint", "claim"], "opened_at": pd.to_datetime(["2026-09-30 17:00"] * 2),
                          "first_response_at": pd.to_datetime(["2026-10-08 09:30"] * 2), "resolved_at": pd.to_datetime(["2026-10-10 11:00"] * 2)})  # fmt: skip
    found = clocks(cases, as_of="2026-11-01").set_index(["case_id", "clock"])
    first, legal = found.loc[("K1", "first_response")], found.loc[("K1", "legal_limit")]
    assert first["used_hours"] == 1.5 and not first["is_late"] and str(first["due_at"]) == "2026-10-08 10:00:00"
    assert legal["used_hours"] == 234.0 and legal["is_late"] and str(legal["due_at"]) == "2026-10-07 17:00:00"
    # 30 September 1 h, 8 and 9 October 8 h each, and 2 h on Saturday the 10th, which is worked.
    assert found.loc[("K1", "resolution"), "used_hours"] == 19.0
    assert "legal_limit" not in found.loc["K2"].index
    natural = clocks(cases, as_of="2026-11-01", policy=clock_policy(basis="natural")).set_index(["case_id", "clock"])
    assert natural.loc[("K1", "first_response"), "used_hours"] == 184.5 and natural.loc[("K1", "first_response"), "is_late"]


def test_an_open_case_counts_and_what_comes_later_is_not_known_yet():
    cases = pd.DataFrame({"case_id": ["K1", "K2"], "kind": "complaint", "opened_at": ["2026-11-02 09:00", "2026-11-05 09:00"],
                          "first_response_at": ["2026-11-02 10:00", None], "resolved_at": ["2026-11-03 09:30", None]})  # fmt: skip
    early = clocks(cases, as_of="2026-11-02 09:30").set_index("clock")
    assert set(early["case_id"]) == {"K1"} and set(early["clock_state"]) == {"running"}
    assert early.loc["first_response", "left_hours"] == 1.5 and str(early.loc["update", "next_due_at"]) == "2026-11-04 18:00:00"
    late = clocks(cases, as_of="2026-11-05 11:30").set_index(["case_id", "clock"])
    assert late.loc[("K2", "first_response"), "clock_state"] == "overdue" and late.loc[("K1", "resolution"), "clock_state"] == "met"
    assert late.loc["K1"]["next_due_at"].isna().all()
    assert len(clocks(cases, as_of="2026-11-01")) == 0 and len(escalations(cases, as_of="2026-11-01")) == 0


def test_a_case_that_waits_and_one_that_comes_back():
    cases = pd.DataFrame({"case_id": ["K1"], "kind": ["complaint"], "opened_at": ["2026-11-02 09:00"]})
    log = [("2026-11-02 10:00", "responded"), ("2026-11-02 11:00", "waiting"), ("2026-11-04 09:00", "resumed"), ("2026-11-04 10:00", "resolved"),
           ("2026-11-06 09:00", "reopened")]  # fmt: skip
    events = pd.DataFrame(log, columns=["at", "event"]).assign(case_id="K1")
    paused = clocks(cases, events, as_of="2026-11-03 09:00").set_index("clock")
    assert paused["clock_state"].to_dict() == {
        "first_response": "met",
        "update": "paused",
        "resolution": "paused",
        "legal_limit": "running",
    }
    assert paused.loc["resolution", "used_hours"] == 2.0 and paused.loc["legal_limit", "used_hours"] == 24.0
    # 22 working hours are left: if the customer answered now, 8 on the 3rd and 4th each, and 6 on the 5th.
    assert str(paused.loc["resolution", "due_at"]) == "2026-11-05 16:00:00"
    closed = clocks(cases, events, as_of="2026-11-05 09:00").set_index("clock")
    assert closed.loc["resolution", "used_hours"] == 3.0 and closed.loc["resolution", "clock_state"] == "met"
    again = clocks(cases, events, as_of="2026-11-06 11:00").set_index("clock")
    assert again.loc["resolution", "used_hours"] == 5.0 and again.loc["resolution", "clock_state"] == "running"
    assert again.loc["legal_limit", "used_hours"] == 98.0


def test_escalations_tell_whom_lateness_reached_and_when():
    cases = pd.DataFrame({"case_id": ["K1"], "kind": ["complaint"], "opened_at": ["2026-10-30 17:00"]})
    found = escalations(cases, as_of="2026-11-02 13:30")
    first = found[found["clock"] == "first_response"]
    assert first["escalated_to"].tolist() == ["handler", "superior", "crisis_group"]
    assert first["escalated_at"].astype(str).tolist() == ["2026-11-02 09:36:00", "2026-11-02 10:00:00", "2026-11-02 12:00:00"]


def test_damage_has_clocks_of_its_own():
    cases = pd.DataFrame({"case_id": ["K1"], "kind": ["complaint"], "cause": ["damage"], "opened_at": ["2026-11-02 09:00"]})
    log = [("2026-11-02 10:00", "responded"), ("2026-11-03 08:00", "called_back"), ("2026-11-05 09:00", "cause_found")]
    events = pd.DataFrame(log, columns=["at", "event"]).assign(case_id="K1")
    found = clocks(cases, events, as_of="2026-11-06", policy=clock_policy(basis="natural", damage_steps=True)).set_index("clock")
    steps = found.loc[["customer_contact", "call_back", "root_cause"], ["target_hours", "used_hours", "is_late"]]
    assert steps.values.tolist() == [[2.0, 1.0, False], [24.0, 23.0, False], [48.0, 72.0, True]]


def test_what_a_table_of_cases_does_not_record_is_left_out_and_said():
    cases = pd.DataFrame({"case_id": ["K1"], "kind": ["complaint"], "cause": ["damage"], "opened_at": ["2026-11-02 09:00"]})
    policy = clock_policy(basis="natural", damage_steps=True)
    with pytest.warns(UserWarning, match="does not record"):
        found = clocks(cases, as_of="2026-11-06", policy=policy)
    assert set(found["clock"]) == {"first_response", "update", "resolution", "legal_limit", "customer_contact"}
    assert "call_back" not in found["clock"].cat.categories
    only = ClockRule(clock="call_back", hours=24, basis="natural", starts=("opened",), stops=("called_back",))
    with pytest.raises(ValueError, match="does not record"):
        clocks(cases, as_of="2026-11-06", policy=ClockPolicy((only,)))


def test_the_first_rule_that_fits_a_case_holds():
    rules = [ClockRule(clock="resolution", hours=hours, basis="natural", starts="opened", stops="resolved", where=where)
             for hours, where in ((1, {"grade": "major"}), (5, {}))]  # fmt: skip
    cases = pd.DataFrame({"case_id": [7, 8], "grade": pd.Categorical(["major", "ordinary"]), "opened_at": ["2026-11-02 09:00"] * 2})
    found = clocks(cases, as_of="2026-11-02 11:00", policy=ClockPolicy(rules))
    assert found[["case_id", "target_hours", "is_late"]].values.tolist() == [[7, 1.0, True], [8, 5.0, False]]


def test_events_of_a_table_of_cases_give_the_same_clocks_and_leave_it_as_it_was():
    cases = pd.DataFrame({"case_id": ["K1", "K2"], "kind": ["complaint", "complaint"], "opened_at": pd.to_datetime(["2026-11-02 09:00", "2026-11-01 00:00"]),
                          "first_response_at": pd.to_datetime([None, "2026-11-02 12:00"])})  # fmt: skip
    copy = cases.copy(deep=True)
    direct = clocks(cases, as_of="2026-11-03")
    by_events = clocks(cases[["case_id", "kind"]], case_events(cases), as_of="2026-11-03")
    pd.testing.assert_frame_equal(direct, by_events)
    pd.testing.assert_frame_equal(cases, copy)
    assert case_events(cases)["event"].tolist() == ["opened", "opened", "responded"]


def test_a_year_not_announced_is_said_so():
    cases = pd.DataFrame({"case_id": ["K1"], "kind": ["complaint"], "opened_at": ["2027-01-04 09:00"]})
    with pytest.warns(UserWarning, match="2027"):
        clocks(cases, as_of="2027-01-04 12:00")


GOOD = pd.DataFrame({"case_id": ["K1"], "kind": ["complaint"], "opened_at": ["2026-11-02 09:00"]})
LOG = pd.DataFrame({"case_id": ["K1"], "at": ["2026-11-02 10:00"], "event": ["responded"]})


@pytest.mark.parametrize(
    ("cases", "events", "options", "said"),
    [
        (None, None, {}, "cases, events"), (GOOD, None, {"as_of": None}, "as_of"), (GOOD, None, {"as_of": "soon"}, "as_of"),
        (GOOD, None, {"policy": 3}, "clock_policy"), (GOOD, None, {"calendar": 3}, "business_calendar"), ([1], None, {}, "cases"),
        (GOOD.drop(columns="kind"), None, {}, "kind"), (GOOD.drop(columns="opened_at"), None, {}, "no opening"),
        (pd.concat([GOOD, GOOD]), None, {}, "more than once"), (GOOD.assign(case_id=None), None, {}, "case_id"),
        (GOOD.assign(opened_at="monday"), None, {}, "opened_at"), (GOOD.assign(opened_at=5), None, {}, "opened_at"),
        (GOOD.assign(resolved_at="2026-11-01"), None, {}, "before the opening"), (None, LOG.assign(event="opened"), {}, "table cases"),
        (GOOD, LOG.assign(event="respond"), {}, "responded"), (GOOD, LOG.assign(case_id="K9"), {}, "no case"),
        (GOOD, LOG.assign(at=None), {}, "at is missing"), (GOOD, LOG.drop(columns="at"), {}, "at"), (GOOD, 7, {}, "events"),
        (GOOD, LOG.assign(case_id=None), {}, "case_id"),
    ],
)  # fmt: skip
def test_bad_input_ends_in_a_sentence(cases, events, options, said):
    with pytest.raises(ValueError, match=said):
        clocks(cases, events, **({"as_of": "2026-11-03"} | options))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"basis": "work"}, "working"), ({"hours": 0}, "above 0"), ({"hours": "2"}, "hours"), ({"starts": ("open",)}, "opened"),
        ({"stops": ()}, "stops|one at which it stops"), ({"counts": "all"}, "counts"), ({"levels": ((1.0, "a"), (0.5, "b"))}, "rise"),
        ({"levels": 3}, "levels"), ({"where": ["kind"]}, "where"), ({"pauses": 5}, "pauses"), ({"clock": ""}, "clock"), ({"mark": "x"}, "mark"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused(change, said):
    rule = {"clock": "resolution", "hours": 24, "basis": "working", "starts": ("opened",), "stops": ("resolved",)}
    with pytest.raises(ValueError, match=said):
        ClockRule(**rule | change)


def test_a_policy_tells_its_limits_with_source_and_mark():
    policy = clock_policy(damage_steps=True)
    table = policy.table().set_index("clock")
    assert table.loc["first_response", ["target_hours", "hours_basis", "mark"]].tolist() == [2.0, "working", "seed"]
    assert table.loc["legal_limit", ["target_hours", "hours_basis", "mark", "pauses"]].tolist() == [168.0, "natural", "V", ""]
    assert table["source"].str.len().gt(0).all() and "working hours" in policy.summary()
    assert "legal_limit" not in clock_policy(kinds=["claim"]).clocks
    for wrong in ([], [3], None):
        with pytest.raises(ValueError, match="ClockRule"):
            ClockPolicy(wrong)
    with pytest.raises(ValueError, match="natural"):
        clock_policy(basis="calendar")


def test_tables_without_rows_and_numbers_as_names():
    assert list(clocks(GOOD.iloc[:0], as_of="2026-11-03").columns) == list(clocks(GOOD, as_of="2026-11-03").columns)
    assert clocks(GOOD.assign(case_id=np.int64(5)), as_of="2026-11-03")["case_id"].tolist() == [5] * 4
