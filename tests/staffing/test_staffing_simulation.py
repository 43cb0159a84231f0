"""The simulated call centre: call by call against another simulation, in sum against Erlang, and what skills, callbacks and shifts do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import queueing
from crmlib.company.call_queue import simulate_queue
from crmlib.staffing import CallKind, Team, beside_erlang, simulate_center
from crmlib.staffing.simulation_run import Day
from crmlib.staffing.simulation_setting import setting


@pytest.fixture(scope="module")
def patient():
    """10 erlang for 14 agents, as in the references."""
    line = CallKind("all", 200, 180)
    return simulate_center(line, Team("all", 14, answers="all"), hours=21, warm_up_hours=1, replications=24, level=0.999, rng=5)


@pytest.fixture(scope="module")
def impatient():
    """10 erlang for 10 agents: Erlang C has no answer, Erlang A has."""
    line = CallKind("all", 200, 180, patience_seconds=120)
    return simulate_center(line, Team("all", 10, answers="all"), hours=21, warm_up_hours=1, replications=24, level=0.999, rng=6)


@pytest.mark.parametrize("which", ["patient", "impatient"])
def test_where_erlang_is_right_the_simulation_agrees(which, request):
    """Each figure's 99.9 % interval holds the formula's value, and is narrow enough to mean something."""
    table = beside_erlang(request.getfixturevalue(which)).set_index("figure")
    assert table.inside.all(), table
    if which == "patient":
        assert table.erlang["waiting_share"] == pytest.approx(0.17413, abs=1e-5)
        assert table.erlang["average_speed_of_answer_seconds"] == pytest.approx(7.836, abs=1e-3)
        table = table.drop(index="abandonment_rate")
    assert ((table.high - table.low) < 0.75 * table.erlang).all()


def _alone(line: CallKind, agents, *, seed: int) -> tuple[Day, pd.DataFrame]:
    """One day of ours and of the firm's own queue with the same calls; agents that come and go need rows of duty."""
    day = Day(setting(line, Team("all", agents, answers="all"), hours=None, interval_minutes=60, day_spread=0, warm_up_hours=0),
              np.random.default_rng(seed)).run()  # fmt: skip
    duty = [(agent, 3600.0 * first, np.inf) for agent in range(max(agents))
            for first in [next(hour for hour, here in enumerate(agents) if here > agent)]]  # fmt: skip
    return day, simulate_queue(day.entered, day.handle, day.patience, duty)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 3), min_size=1, max_size=3), st.sampled_from([None, 60.0, 300.0]))
def test_call_by_call_it_equals_the_queue_of_the_simulated_firm(seed, more, patience):
    agents = np.cumsum([1, *more]).tolist()
    line = CallKind("all", [30.0 * count for count in agents], 150, handle_spread=0.5, patience_seconds=patience)
    day, other = _alone(line, agents, seed=seed)
    assert np.array_equal(np.array(day.left) - np.array(day.entered) > 1e-9, other.wait > 1e-9)
    np.testing.assert_allclose(np.array(day.left) - np.array(day.entered), other.wait, atol=1e-6)
    assert (np.array(day.state) == 2).tolist() == other.abandoned.tolist()


def test_agents_with_both_skills_are_one_queue_and_specialists_are_two():
    kinds = [CallKind(name, 90, 200, patience_seconds=600) for name in ("tracking", "claims")]
    pooled = simulate_center(kinds, Team("both", 12, answers=["tracking", "claims"]), hours=9, warm_up_hours=1, replications=12, rng=1)
    apart = simulate_center(
        kinds, [Team("t", 6, answers="tracking"), Team("c", 6, answers="claims")], hours=9, warm_up_hours=1, replications=12, rng=2
    )
    for found, calls, agents in ((pooled, 180, 12), (apart, 90, 6)):
        level = found.at("service_level")
        assert level.low - 0.02 < queueing.service_level(calls, 200, agents, patience_seconds=600) < level.high + 0.02
    assert apart.at("service_level").high < pooled.at("service_level").low
    assert pooled.figures.call_kind.unique().tolist() == ["all", "tracking", "claims"]
    parts = pooled.runs.groupby("call_kind").sum()
    assert parts.loc["all", "calls"] == parts.loc[["tracking", "claims"], "calls"].sum()


def test_overflow_helps_those_who_wait_and_costs_those_who_help():
    def centre(after):
        kinds = [
            CallKind("tracking", 100, 240, patience_seconds=200, overflow_after_seconds=after),
            CallKind("claims", 20, 400, patience_seconds=200),
        ]
        teams = [
            Team("front", 6, answers="tracking"),
            Team("senior", 4, answers="claims", helps_with=["tracking"] if after is not None else []),
        ]
        return simulate_center(kinds, teams, hours=6, warm_up_hours=1, replications=12, rng=3)

    none, late, early = centre(None), centre(40), centre(0)
    levels = [found.at("service_level", kind="tracking").value for found in (none, late, early)]
    assert levels[0] < levels[2] and levels[0] <= levels[1] + 0.02
    assert none.at("helped_share").value == 0 < late.at("helped_share").value < early.at("helped_share").value
    assert late.at("abandonment_rate", kind="tracking").value < none.at("abandonment_rate", kind="tracking").value
    assert none.at("service_level", kind="claims").value > early.at("service_level", kind="claims").value
    assert early.teams.set_index("team").occupancy["senior"] > none.teams.set_index("team").occupancy["senior"]


def test_callbacks_empty_the_queue_and_redials_fill_it():
    def centre(**more):
        line = CallKind("all", [100, 100, 10, 10], 200, patience_seconds=120, **more)
        return simulate_center(line, Team("all", [5, 5, 5, 5], answers="all"), interval_minutes=60, replications=12, rng=4)

    plain, back, again = centre(), centre(callback_after_seconds=15), centre(redial_share=0.8, redial_minutes=10)
    assert plain.at("callback_share").value == plain.at("redial_share").value == 0
    assert back.at("callback_share").value > 0.1
    assert back.at("abandonment_rate").value < plain.at("abandonment_rate").value
    assert back.runs.callbacks_made.sum() == back.runs.called_back.sum()
    assert back.at("callback_delay_seconds").value > 60
    assert again.at("calls").value > plain.at("calls").value
    assert again.at("abandonment_rate").value > plain.at("abandonment_rate").value
    whole = back.runs[["answered", "hung_up", "called_back"]].sum(axis=1)
    assert whole.tolist() == back.runs.calls.tolist()


def test_the_formula_forgets_the_queue_that_a_busy_hour_leaves_behind():
    line = CallKind("all", [40, 110, 40, 40], 300, patience_seconds=900)
    day = simulate_center(line, Team("all", [6, 6, 6, 6], answers="all"), interval_minutes=30, replications=60, level=0.99, rng=7)
    after = day.by_interval.set_index("start_hour").loc[1.0]
    assert after.high < queueing.service_level(40, 300, 6, patience_seconds=900)
    assert not beside_erlang(day).inside.all()


def test_who_is_on_a_call_when_the_shift_ends_finishes_it():
    line = CallKind("all", [60, 0.0], 1800, handle_spread=0)
    day = simulate_center(line, Team("all", [40, 0], answers="all"), interval_minutes=30, replications=4, rng=8)
    assert day.at("answered_share").value == 1
    calls = day.at("calls").value
    assert day.teams.overtime_hours[0] == pytest.approx(calls * 0.25, rel=0.25)  # a call begins on average 15 minutes before the end


def test_days_that_differ_in_load_widen_the_interval():
    def width(spread):
        line = CallKind("all", 100, 200, patience_seconds=120)
        found = simulate_center(line, Team("all", 7, answers="all"), hours=4, day_spread=spread, replications=12, rng=9)
        calls = found.at("calls")
        return calls.high - calls.low

    assert width(0.3) > 2 * width(0)


def test_one_seed_gives_one_result_and_inputs_stay():
    rates = np.array([60.0, 90.0])
    line, team = CallKind("all", rates, 300), Team("all", [8, 9], answers="all")
    first, second = (simulate_center(line, team, replications=3, rng=1) for _turn in range(2))
    pd.testing.assert_frame_equal(first.figures, second.figures)
    assert rates.tolist() == [60.0, 90.0]
    assert first.figures.merge(simulate_center(line, team, replications=3, rng=2).figures, on="figure").eval("value_x != value_y").any()
    assert "Over 3 simulated days" in first.summary()


def test_a_quiet_day_has_figures_without_values():
    day = simulate_center(CallKind("all", 0, 300), Team("all", 1, answers="all"), hours=1, replications=2, rng=1)
    assert day.at("calls").value == 0 and np.isnan(day.at("service_level").value)
    assert day.by_interval.service_level.isna().all()


_LINE, _TEAM = CallKind("all", 60, 300), Team("all", 7, answers="all")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: CallKind("a", -1, 300), "calls_per_hour is -1"),
        (lambda: CallKind("a", 60, "300"), "handle_seconds is 300; it must be a number above 0"),
        (lambda: CallKind("a", 60, 300, patience_seconds=0), "patience_seconds is 0"),
        (lambda: CallKind("a", 60, 300, redial_share=0.5), "redial_minutes must say"),
        (lambda: CallKind("a", 60, 300, callback_share=50), "callback_share is 50; it must lie between 0 and 1"),
        (lambda: CallKind("a", 60, 300, overflow_after_seconds=-5), "overflow_after_seconds is -5"),
        (lambda: Team("a", 2.5, answers="a"), "agents is 2.5"),
        (lambda: Team("a", 2, answers=[]), "Team a answers no kind"),
        (lambda: simulate_center([], _TEAM, hours=1, rng=1), "kinds must be one or a list of crm.staffing.CallKind"),
        (lambda: simulate_center(_LINE, [_TEAM, _TEAM], hours=1, rng=1), "teams: all stands there twice"),
        (lambda: simulate_center(_LINE, Team("b", 2, answers="b"), hours=1, rng=1), "A team answers b, but the kinds of calls are: all"),
        (
            lambda: simulate_center([CallKind("x", 1, 9), CallKind("y", 1, 9)], Team("t", 1, answers="x"), hours=1, rng=1),
            "No team answers y",
        ),
        (
            lambda: simulate_center([_LINE, CallKind("y", 1, 9)], Team("t", 1, answers=["all", "y"]), hours=1, rng=1),
            'No kind may be called "all"',
        ),
        (lambda: simulate_center(_LINE, [_TEAM, Team("b", 1, answers="all", helps_with="all")], hours=1, rng=1), "never overflows"),
        (lambda: simulate_center(_LINE, _TEAM, rng=1), "How long is the day"),
        (lambda: simulate_center(CallKind("a", [1, 2], 9), Team("t", [1, 2, 3], answers="a"), rng=1), "a 2, t 3"),
        (lambda: simulate_center(_LINE, _TEAM, hours=0.7, rng=1), "0.7 hours are no whole number of intervals of 30 minutes"),
        (lambda: simulate_center(_LINE, _TEAM, hours=1, warm_up_hours=1, rng=1), "warm_up_hours takes up the whole day"),
        (lambda: simulate_center(_LINE, _TEAM, hours=1, replications=1, rng=1), "replications is 1"),
        (lambda: simulate_center(_LINE, _TEAM, hours=1, rng=None), "rng must be"),
        (lambda: simulate_center(_LINE, _TEAM, hours=1, replications=2, rng=1).at("abandonment"), "There is no figure abandonment"),
        (lambda: beside_erlang(3), "needs what crm.staffing.simulate_center gives"),
    ],
)
def test_bad_input_ends_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_erlang_knows_one_queue_only():
    kinds = [CallKind("x", 5, 90), CallKind("y", 5, 90)]
    with pytest.raises(ValueError, match="one kind of calls and one team"):
        beside_erlang(simulate_center(kinds, Team("t", 2, answers=["x", "y"]), hours=1, replications=2, rng=1))
    short = simulate_center(CallKind("all", 60, 300), Team("t", 4, answers="all"), hours=1, replications=2, rng=1)
    with pytest.raises(ValueError, match="5 erlang of calls are too much for 4 agent"):
        beside_erlang(short)
