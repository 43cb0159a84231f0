"""The queue against theory, against an independent recursion, and at its edges."""

from __future__ import annotations

import heapq
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import i18n
from crmlib.company.call_queue import simulate_queue

HANDLE = 180.0
BATCHES = 30


@pytest.fixture(autouse=True)
def english():
    before = i18n.language()
    i18n.use_language("en")
    yield
    i18n.use_language(before)


def _busy_hour(erlang: float, agents: int, *, patience: float, calls: int = 150_000, seed: int = 7):
    """Calls of an M/M/N+M queue in its steady state, the first batch dropped."""
    rng = np.random.default_rng(seed)
    arrivals = np.cumsum(rng.exponential(HANDLE / erlang, calls))
    patient = rng.exponential(patience, calls) if np.isfinite(patience) else np.full(calls, np.inf)
    return simulate_queue(arrivals, rng.exponential(HANDLE, calls), patient, agents).iloc[calls // (BATCHES + 1):]


def _estimate(values) -> tuple[float, float]:
    """Mean and its standard error by batch means, since waits of neighbouring calls are alike."""
    means = np.array([batch.mean() for batch in np.array_split(np.asarray(values, dtype=float), BATCHES)])
    return means.mean(), means.std(ddof=1) / math.sqrt(BATCHES)


def _near(values, truth: float) -> None:
    mean, error = _estimate(values)
    assert abs(mean - truth) < 3 * error
    assert error < 0.1 * truth


def _erlang_c(load: float, agents: int) -> float:
    """P(wait) = (a^N/N!) N/(N−a) / (Σ_{k<N} a^k/k! + (a^N/N!) N/(N−a))."""
    last = load**agents / math.factorial(agents) * agents / (agents - load)
    return last / (sum(load**k / math.factorial(k) for k in range(agents)) + last)


@pytest.mark.parametrize(("agents", "waits", "level"), [(11, 0.6821, 0.3896), (14, 0.17413, 0.88835)])
def test_patient_callers_wait_as_erlang_c_says(agents, waits, level):
    assert _erlang_c(10, agents) == pytest.approx(waits, abs=1e-4)
    calls = _busy_hour(10, agents, patience=np.inf)
    speed = waits * HANDLE / (agents - 10)
    assert 1 - waits * math.exp(-(agents - 10) * 20 / HANDLE) == pytest.approx(level, abs=1e-4)
    _near(calls.wait > 0, waits)
    _near(calls.wait <= 20, level)
    _near(calls.wait, speed)
    if agents == 14:
        assert speed == pytest.approx(7.836, abs=1e-3)


def _erlang_a(load: float, agents: int, patience: float) -> tuple[float, float]:
    """Shares of callers who wait and who abandon in M/M/N+M, from the birth-death chain of calls in the system."""
    birth = load / HANDLE
    weights = [1.0]
    for inside in range(1, 400):
        weights.append(weights[-1] * birth / (min(inside, agents) / HANDLE + max(inside - agents, 0) / patience))
    chance = np.array(weights) / sum(weights)
    queue = np.maximum(np.arange(400) - agents, 0)
    return chance[agents:].sum(), chance @ queue / patience / birth


@pytest.mark.parametrize(("load", "agents", "patience"), [(10, 10, 120.0), (12, 10, 60.0), (0.3, 1, 120.0)])
def test_impatient_callers_abandon_as_erlang_a_says(load, agents, patience):
    calls = _busy_hour(load, agents, patience=patience)
    waits, abandons = _erlang_a(load, agents, patience)
    _near((calls.wait > 0) | calls.abandoned, waits)
    _near(calls.abandoned, abandons)
    _near(calls.wait, abandons * patience)


def test_patience_is_found_again_from_censored_waits():
    calls = _busy_hour(12, 10, patience=60.0, calls=40_000)
    gave_up = calls.abandoned.sum()
    estimate = calls.wait.sum() / gave_up
    assert abs(estimate - 60) < 1.96 * estimate / math.sqrt(gave_up)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 60)), min_size=1, max_size=40), st.integers(1, 4))
def test_waits_equal_those_of_the_recursion_over_free_moments(calls, agents):
    arrivals = np.cumsum([gap for gap, _ in calls]).astype(float)
    handle = [float(seconds) for _, seconds in calls]
    free, expected = [0.0] * agents, []
    for arrival, seconds in zip(arrivals, handle, strict=True):
        start = max(arrival, heapq.heappop(free))
        expected.append(start - arrival)
        heapq.heappush(free, start + seconds)
    found = simulate_queue(arrivals, handle, [np.inf] * len(calls), agents)
    assert found.wait.tolist() == expected
    assert not found.abandoned.any()


def test_calls_are_taken_on_duty_only_and_finished_after_it():
    duty = [(0, 0, 100), (0, 200, 300)]
    found = simulate_queue([10, 90, 120, 290, 295], [20, 60, 20, 60, 10], [500, 500, 500, 500, 5], duty)
    assert found.answered.fillna(-1).tolist() == [10, 90, 200, 290, -1]
    assert found.ended.fillna(-1).tolist() == [30, 150, 220, 350, -1]
    assert found.abandoned.tolist() == [False, False, False, False, True]
    assert found.wait.tolist() == [0, 0, 80, 0, 5]


def test_nobody_on_duty_leaves_patient_callers_waiting_for_ever():
    found = simulate_queue([5], [10], [np.inf], [])
    assert found.wait.isna().all() and found.agent.tolist() == [-1] and not found.abandoned.any()


def test_the_longest_idle_agent_answers():
    found = simulate_queue([0, 1, 30, 31], [5, 20, 5, 5], [99] * 4, 2)
    assert found.agent.tolist() == [0, 1, 0, 1]


def test_a_call_can_follow_from_another():
    def follow(call, now, agent):
        return (1, now + 40) if call == 0 and agent < 0 else None

    found = simulate_queue([0, np.inf, 1, np.inf], lambda call, agent: 30.0 + call + agent, [0, 10, 60, 1], [(0, 5, 200)], follow=follow)
    assert found.entered.fillna(-1).tolist() == [0, 40, 1, -1]
    assert found.answered.fillna(-1).tolist() == [-1, 40, 5, -1]
    assert found.handle.fillna(-1).tolist() == [-1, 31, 32, -1]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"handle": [1.0]}, "handle needs one number of seconds"),
        ({"handle": [1.0, -1.0]}, "handle needs one number of seconds"),
        ({"patience": [1.0, np.nan]}, "patience needs one number of seconds"),
        ({"arrivals": [1.0, np.nan]}, "first missing one is call 1"),
        ({"agents_by_time": [(0, 10, 5)]}, "Agent 0 cannot be on duty from 10 until 5"),
    ],
)
def test_bad_input_is_named(changes, sentence):
    given = {"arrivals": [0.0, 1.0], "handle": [1.0, 1.0], "patience": [1.0, 1.0], "agents_by_time": 1} | changes
    with pytest.raises(ValueError, match=sentence):
        simulate_queue(**given)
