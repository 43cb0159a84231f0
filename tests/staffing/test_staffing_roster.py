"""From calls to a roster: shrinkage on the right side, cover that an independent search cannot beat, rules that nobody breaks, costs."""

from __future__ import annotations

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.queueing import abandonment_rate, agents_needed
from crmlib.queueing import service_level as level_of
from crmlib.staffing import (
    agents_with_shrinkage,
    measured_shrinkage,
    patterns_of,
    plan_roster,
    roster_costs,
    shift_patterns,
    shrinkage_mistake,
    staffing_costs,
    staffing_need,
)

TWO = shift_patterns([8, 13], hours=8, break_after=(3, 5))
HOURS = np.arange(8, 21, 0.5)


@pytest.fixture(autouse=True)
def english():
    crm.setup("en")


@pytest.fixture(scope="module")
def firm():
    return crm.company.lark()


def need_of(agents, days=7, first="2026-11-02", opens=8.0):
    agents = np.atleast_2d(agents)
    rows = np.tile(agents, (days, 1)) if len(agents) == 1 else agents
    times = opens + 0.5 * np.arange(rows.shape[1])
    starts = [pd.Timestamp(first) + pd.Timedelta(days=day, hours=hour) for day in range(len(rows)) for hour in times]
    return pd.DataFrame({"starts_at": starts, "agents_rostered": rows.ravel()})


@pytest.fixture(scope="module")
def fortnight():
    """Fourteen days with a busy morning, 12 agents; somebody on leave for three days, and one wish."""
    need = need_of(np.where((HOURS >= 9) & (HOURS < 12), 3, 2), days=14)
    leave = pd.DataFrame({"agent_id": ["A03"] * 3, "date": pd.to_datetime(["2026-11-04", "2026-11-05", "2026-11-06"])})
    wish = pd.DataFrame({"agent_id": ["A05"], "date": ["2026-11-07"]})
    return need, leave, plan_roster(need, agents=12, patterns=TWO, days_off=leave, wishes=wish)


# Shrinkage


def test_shrinkage_divides_and_the_mistake_leaves_agents_short():
    table = shrinkage_mistake(14, 0.30).set_index("way")
    assert table["rostered"].to_dict() == {"divide": 20, "multiply": 19}
    assert table.loc["multiply", "short"] == pytest.approx(0.7)
    assert level_of(120, 300, 14, target_seconds=20) > 0.80 > level_of(120, 300, 13, target_seconds=20)


@given(st.integers(0, 500), st.floats(0, 0.95))
@settings(max_examples=25, deadline=None)
def test_after_shrinkage_enough_are_at_work_and_one_less_would_not_do(agents, shrinkage):
    rostered = agents_with_shrinkage(agents, shrinkage)
    assert rostered * (1 - shrinkage) >= agents - 1e-6 > (rostered - 1) * (1 - shrinkage) - 1e-5
    assert rostered >= agents


def test_the_firms_shrinkage_is_what_its_scenario_says(firm):
    found = measured_shrinkage(firm.shifts)
    assert found.parts["share"].sum() == pytest.approx(found.share)
    absent = firm.shifts["actual_start"].isna()
    assert found.parts.loc["absence", "share"] == pytest.approx(absent.mean(), abs=1e-9)
    assert found.parts.loc["break", "share"] == pytest.approx((1 - absent.mean()) / 8)
    stated = 0.025 + 0.010
    assert abs(absent.mean() - stated) < 3 * np.sqrt(stated / len(absent)) and found.low < found.share < found.high
    assert found.without("break") == pytest.approx(
        (found.parts.loc[["absence", "late"], "hours"].sum()) / (found.hours - found.parts.loc["break", "hours"])
    )
    assert "12" in found.summary()


def test_agents_keep_their_kind():
    assert isinstance(agents_with_shrinkage(pd.Series([7.0], index=["x"]), 0.3), pd.Series)
    assert agents_with_shrinkage(7, 0.3) == 10 and agents_with_shrinkage([0, 1], 0).tolist() == [0, 1]


# The need


def test_the_textbooks_anchor_and_the_units():
    calls = pd.DataFrame({"starts_at": pd.date_range("2026-11-11 09:00", periods=2, freq="30min"), "calls": [60.0, 0.0]})
    need = staffing_need(calls, handle_seconds=300, shrinkage=0.3, least_agents=1, service_level=0.8, target_seconds=20)
    assert need["traffic_erlang"].tolist() == [10.0, 0.0]
    assert need["agents_at_work"].tolist() == [14, 1] and need["agents_rostered"].tolist() == [20, 2]
    assert need["agents_at_work"].iloc[0] == agents_needed(120, 300)
    patient = staffing_need(calls, handle_seconds=[300, 300], patience_seconds=120)
    assert patient["agents_at_work"].iloc[0] <= 14


def test_the_upper_end_of_a_forecast_needs_no_fewer(firm):
    from crmlib.staffing import arrivals_per_interval, forecast_arrivals

    made = forecast_arrivals(arrivals_per_interval(firm.calls, first="2026-06-01", hours=(8, 21)), days=2, calendar=firm.calendar)
    mean, high = (staffing_need(made, handle_seconds=430, plan_for=column)["agents_at_work"] for column in ("calls_expected", "high"))
    assert (high >= mean).all() and high.sum() > mean.sum()


# Patterns


def test_patterns_of_the_firm_and_of_ones_own(firm):
    assert set(patterns_of(firm.shifts)["paid_hours"]) == {7.0} and len(TWO) == 6
    night = shift_patterns([22], hours=8, break_minutes=0)
    assert night["pattern"].tolist() == ["22:00-06:00"] and night["ends_hour"].tolist() == [30.0]


# The roster


def test_every_half_hour_is_covered_by_those_who_are_not_at_break(fortnight):
    need, _leave, roster = fortnight
    at = need["starts_at"].to_numpy()[:, None]
    shifts = roster.shifts
    here = (shifts["planned_start"].to_numpy() <= at) & (shifts["planned_end"].to_numpy() > at)
    pause = (shifts["break_start"].to_numpy() <= at) & (shifts["break_end"].to_numpy() > at)
    counted = (here & ~pause).sum(axis=1)
    assert (counted == roster.cover["covered"]).all() and (counted >= need["agents_rostered"]).all()
    assert roster.proven and "Every half hour is covered" in roster.summary()


def keeps_the_rules(roster, *, days_off=2, rest=11, in_row=6):
    shifts = roster.shifts.sort_values(["agent_id", "planned_start"])
    first = roster.cover["starts_at"].min().normalize()
    assert not shifts.duplicated(["agent_id", "date"]).any()
    weeks = shifts.groupby(["agent_id", (shifts["date"] - first).dt.days // 7]).size()
    assert (weeks <= 7 - days_off).all()
    pause = shifts["planned_start"] - shifts.groupby("agent_id")["planned_end"].shift()
    assert (pause.dropna() >= pd.Timedelta(hours=rest)).all()
    for _agent, own in shifts.groupby("agent_id"):
        runs = own["date"].diff().dt.days.ne(1).cumsum()
        assert own.groupby(runs).size().max() <= in_row
    assert (roster.people["hours"] <= roster.people["contract_hours"]).all()


def test_nobodys_rest_leave_or_contract_is_broken(fortnight):
    _need, leave, roster = fortnight
    keeps_the_rules(roster)
    off = roster.shifts[roster.shifts["agent_id"] == "A03"]["date"]
    assert not off.isin(leave["date"]).any()
    assert roster.people.loc["A05", ["wishes", "wishes_granted"]].tolist() == [1, 1]


def test_burdens_are_shared(fortnight):
    people = fortnight[2].people
    assert people["late_shifts"].max() - people["late_shifts"].min() <= 1
    assert people["weekend_shifts"].max() - people["weekend_shifts"].min() <= 1
    hours = people["hours"].drop("A03")
    assert hours.max() - hours.min() <= 8 and people.loc["A03", "hours"] < hours.min()


def test_the_table_for_the_wall(fortnight):
    table = fortnight[2].table()
    assert table.shape == (12, 14) and (table != "").sum().sum() == len(fortnight[2].shifts)
    assert table.loc["A03", ["11-04", "11-05", "11-06"]].tolist() == ["", "", ""]


@given(st.lists(st.integers(0, 2), min_size=6, max_size=6))
@settings(max_examples=12, deadline=None)
def test_no_search_finds_a_cover_with_fewer_hours(agents):
    """Every number of each of three patterns up to three is tried on one day."""
    if not any(agents):
        return
    roster = plan_roster(need_of(agents, days=1), agents=9, patterns=shift_patterns([8, 9, 10], hours=2, break_minutes=0))
    assert len(roster.shifts) == min(sum(counts) for counts in itertools.product(range(4), repeat=3) if enough(counts, agents))


def enough(counts, agents):
    begins = np.array([8.0, 9.0, 10.0])
    times = 8 + 0.5 * np.arange(len(agents))
    here = ((begins[:, None] <= times) & (times < begins[:, None] + 2)).astype(int)
    return bool((np.array(counts) @ here >= agents).all())


def test_too_few_people_are_told_which_half_hours_and_the_best_plan_can_be_seen():
    need = need_of(np.where(HOURS < 12, 4, 1), days=3)
    with pytest.raises(ValueError, match=r"3 agents cannot cover these half hours: 2026-11-02 08:00–.*\(\d lacking\).*Add agents"):
        plan_roster(need, agents=3, patterns=TWO)
    week = need_of(np.where(HOURS < 12, 4, 1), days=7)
    with pytest.raises(ValueError, match="at least 9 agents are needed"):
        plan_roster(week, agents=8, patterns=TWO)
    assert plan_roster(week, agents=9, patterns=TWO).proven
    roster = plan_roster(need, agents=3, patterns=TWO, allow_gaps=True)
    keeps_the_rules(roster)
    assert roster.cover["short"].sum() > 0 and "lack agents" in roster.summary() and len(roster.shifts) == 9
    assert (roster.cover["covered"] + roster.cover["short"] - roster.cover["spare"] == roster.cover["needed"]).all()


def test_hours_that_no_pattern_reaches_are_named_as_such():
    with pytest.raises(ValueError, match="No shift pattern works at 2026-11-02 07:00–08:00"):
        plan_roster(need_of([1] * 6, days=1, opens=7.0), agents=5, patterns=TWO)


def test_rest_that_the_counts_alone_cannot_see_is_kept():
    """Two agents, late one day and early the next: enough shifts by number, but no rest; chosen together it can be seen."""
    late, early = (HOURS >= 13).astype(int), (HOURS < 16).astype(int)
    need = need_of([2 * late, 2 * early])
    patterns = shift_patterns([8, 13], hours=8, break_minutes=0)
    with pytest.raises(ValueError, match="half hours"):
        plan_roster(need, agents=2, patterns=patterns, rest_hours=12)
    assert len(plan_roster(need, agents=2, patterns=patterns, rest_hours=11).shifts) == 4
    keeps_the_rules(plan_roster(need, agents=2, patterns=patterns, rest_hours=12, allow_gaps=True), rest=12)


def test_nights_are_shared_and_covered_over_midnight():
    night = shift_patterns([22], hours=8, break_minutes=0)
    starts = pd.date_range("2026-11-02 00:00", periods=7 * 48, freq="30min")
    wanted = ((starts.hour >= 22) | (starts.hour < 6)) & (starts >= "2026-11-02 22:00")
    roster = plan_roster(
        pd.DataFrame({"starts_at": starts, "agents_rostered": wanted.astype(int)}), agents=3, patterns=night, days_off_a_week=1
    )
    assert roster.people["night_shifts"].tolist().count(2) == 2 and roster.people["night_shifts"].sum() == 7
    assert roster.people["late_shifts"].sum() == 0


def test_part_timers_and_leavers_of_the_firms_table(firm):
    team = firm.agents.assign(contract_hours=[20.0, *firm.agents["contract_hours"].tolist()[1:]])
    roster = plan_roster(need_of(np.where(HOURS < 19, 1, 1)), agents=team, patterns=patterns_of(firm.shifts), allow_gaps=True)
    gone = firm.agents.loc[firm.agents["left_on"] < "2026-11-02", "agent_id"]
    assert not roster.people.index.isin(gone).any() and len(roster.people) == len(firm.agents) - len(gone)
    keeps_the_rules(roster)


# Costs


def test_costs_are_wages_and_lost_calls():
    found = staffing_costs(120, handle_seconds=300, patience_seconds=120, agents=range(10, 20), wage_yuan_per_hour=35, lost_call_yuan=20)
    row = found.table.set_index("agents_at_work").loc[13]
    assert row["total_yuan"] == pytest.approx(13 * 35 + 20 * 120 * abandonment_rate(120, 300, 13, patience_seconds=120))
    assert found.best["total_yuan"].iloc[0] == found.table["total_yuan"].min()
    assert (found.table["lost_calls"].diff().dropna() < 0).all() and "cheapest" in found.summary()


def test_planning_for_the_wrong_case_costs_and_for_the_right_one_nothing():
    regret = staffing_costs({"low": 80, "expected": 120, "high": 170}, handle_seconds=300, patience_seconds=120).regret()
    assert np.allclose(np.diag(regret), 0) and (regret.to_numpy() >= 0).all()
    assert regret.loc["low", "high"] > regret.loc["high", "low"] > 0


def test_gaps_and_spare_hours_of_a_roster_are_priced(fortnight):
    need, _leave, roster = fortnight
    calls = need.assign(calls=2.0)
    costs = roster_costs(roster, calls, handle_seconds=300, patience_seconds=120, wage_yuan_per_hour=30, lost_call_yuan=20)
    assert costs.wage_yuan == 30 * roster.people["hours"].sum() and costs.spare_yuan == 15 * roster.cover["spare"].sum()
    shrunk = roster_costs(roster, calls, handle_seconds=300, patience_seconds=120, shrinkage=0.2)
    assert shrunk.lost_yuan > costs.lost_yuan > 0 and costs.total_yuan == costs.wage_yuan + costs.lost_yuan
    assert "hang up" in costs.summary()


# Bad input


def day(**changes):
    return need_of([1] * 16, days=1).assign(**changes)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: agents_with_shrinkage(14, 30), "write 30% as 0.3"),
    (lambda: agents_with_shrinkage(14, 1.0), "below 1"),
    (lambda: agents_with_shrinkage(-1, 0.3), "negative"),
    (lambda: agents_with_shrinkage(["x"], 0.3), "no number"),
    (lambda: agents_with_shrinkage(14, {"break": 0.1}), "one share"),
    (lambda: measured_shrinkage(crm.company.lark().shifts.head(0)), "no shift"),
    (lambda: measured_shrinkage(crm.company.lark().shifts.head(2)).without("lunch"), "break, absence, late"),
    (lambda: measured_shrinkage(crm.company.lark().shifts.assign(planned_end=pd.Timestamp("2020-01-01"))), "ends before"),
    (lambda: staffing_need(pd.DataFrame({"calls": [1]}), handle_seconds=300), "starts_at"),
    (lambda: staffing_need(day(calls=-1), handle_seconds=300), "negative"),
    (lambda: staffing_need(day(calls=1), handle_seconds=0), "above 0"),
    (lambda: staffing_need(day(calls=1), handle_seconds=[1, 2]), "one a half hour"),
    (lambda: shift_patterns([]), "hours of the clock"),
    (lambda: shift_patterns([25]), "from 0 to"),
    (lambda: shift_patterns([8], hours=12), "8 hours of a day"),
    (lambda: shift_patterns([8], hours=8, break_after=(7.5, 8)), "within the shift"),
    (lambda: patterns_of(crm.company.lark().shifts.head(0)), "no shift"),
    (lambda: plan_roster(day(agents_rostered=0.5), agents=3, patterns=TWO), "whole number"),
    (lambda: plan_roster(day(agents_rostered=0), agents=3, patterns=TWO), "No half hour needs"),
    (lambda: plan_roster(day(), agents=0, patterns=TWO), "at least 1"),
    (lambda: plan_roster(day(), agents=pd.DataFrame({"agent_id": ["a", "a"]}), patterns=TWO), "more than once"),
    (lambda: plan_roster(day(), agents=pd.DataFrame({"agent_id": ["a"], "contract_hours": [60.0]}), patterns=TWO), "44 hours"),
    (lambda: plan_roster(day(), agents=pd.DataFrame({"agent_id": ["a"], "left_on": ["2020-01-01"]}).astype({"left_on": "datetime64[us]"}),
                         patterns=TWO), "Nobody is there"),
    (lambda: plan_roster(day(), agents=3, patterns=TWO, days_off=pd.DataFrame({"agent_id": ["Z"], "date": ["2026-11-02"]})), "not on the list"),
    (lambda: plan_roster(day(), agents=3, patterns=TWO, days_off_a_week=0), "law asks"),
    (lambda: plan_roster(day(), agents=3, patterns=TWO, rest_hours=30), "from 0 to 24"),
    (lambda: plan_roster(day(), agents=3, patterns=TWO, time_limit=0), "above 0"),
    (lambda: plan_roster(day(), agents=3, patterns=TWO.drop(columns="break_hour")), "break_hour"),
    (lambda: plan_roster(day(), agents=3, patterns=pd.concat([TWO, TWO])), "more than once"),
    (lambda: staffing_costs(0, handle_seconds=300, patience_seconds=60), "above 0"),
    (lambda: staffing_costs([1, 2], handle_seconds=300, patience_seconds=60), "by case"),
    (lambda: staffing_costs(10, handle_seconds=300, patience_seconds=60, agents=[]), "whole numbers"),
    (lambda: roster_costs("plan", day(), handle_seconds=300, patience_seconds=60), "plan_roster"),
])  # fmt: skip
def test_bad_input_ends_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_roster_without_the_calls_of_its_half_hours_is_not_priced(fortnight):
    need, _leave, roster = fortnight
    with pytest.raises(ValueError, match="every half hour"):
        roster_costs(roster, need.head(3).assign(calls=1.0), handle_seconds=300, patience_seconds=60)


def test_figures_in_both_languages(fortnight, firm):
    costs = staffing_costs({"low": 80, "high": 170}, handle_seconds=300, patience_seconds=120)
    gaps = plan_roster(need_of(np.where(HOURS < 12, 4, 1), days=1), agents=2, patterns=TWO, allow_gaps=True)
    for language in ("zh", "en"):
        crm.setup(language)
        for ax in (fortnight[2].plot(), fortnight[2].chart(), gaps.plot(), crm.plotting.roster_chart(gaps, day="2026-11-02"), costs.plot(),
                   measured_shrinkage(firm.shifts).plot()):  # fmt: skip
            assert ax.has_data()
            plt.close(ax.figure)
        assert fortnight[2].summary() and costs.summary()
    with pytest.raises(ValueError, match="Nobody works on 2027"):
        crm.plotting.roster_chart(gaps, day="2027-01-01")


def test_one_day_of_a_roster_is_drawn_and_told():
    starts = pd.date_range("2026-11-02 08:00", periods=4, freq="30min").append(pd.date_range("2026-11-03 08:00", periods=4, freq="30min"))
    need = pd.DataFrame({"starts_at": starts, "agents_rostered": [1] * 4 + [2] * 4})
    roster = crm.staffing.plan_roster(need, agents=2, patterns=crm.staffing.shift_patterns([8], hours=3, break_minutes=0))
    assert roster.plot(day="2026-11-03").get_xlabel() == roster.chart(day="2026-11-03").get_xlabel() == "2026-11-03"
    with pytest.raises(ValueError, match="2026-12-01"):
        roster.plot(day="2026-12-01")
    assert all(word in roster.headline() for word in ("11-03 08:00", "needs 2", "2 agents cover"))
    assert "spare" not in roster.advice() or "hours are spare" in roster.advice()
