"""Erlang B, C and A against exact sums, a chain solved state by state, and each other where they meet."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm
from scipy.stats import poisson

from crmlib import queueing

HANDLE = 180.0


def _calls(load: float) -> float:
    return load * 3600 / HANDLE


def _exact_b(load: Fraction, agents: int) -> Fraction:
    return load**agents / factorial(agents) / sum(load**k / factorial(k) for k in range(agents + 1))


@pytest.mark.parametrize(
    ("load", "agents"), [(Fraction(1, 3), 1), (Fraction(10), 14), (Fraction(25, 2), 13), (Fraction(57), 60), (Fraction(90), 8)]
)
def test_b_and_c_equal_exact_sums(load, agents):
    exact = _exact_b(load, agents)
    assert queueing.erlang_b(_calls(float(load)), HANDLE, agents) == pytest.approx(float(exact), rel=1e-12)
    if load < agents:
        waits = agents * exact / (agents - load * (1 - exact))
        assert queueing.erlang_c(_calls(float(load)), HANDLE, agents) == pytest.approx(float(waits), rel=1e-12)


@pytest.mark.parametrize(("load", "agents"), [(99_000.0, 100_000), (100_500.0, 100_000), (3.0, 2_000), (5_000.0, 40), (0.01, 30)])
def test_b_is_stable_for_any_size(load, agents):
    inverse = 1.0
    for k in range(1, agents + 1):
        inverse = 1 + inverse * k / load
        if inverse > 1e300:
            break
    expected = 1 / inverse if inverse <= 1e300 else 0.0
    assert queueing.erlang_b(_calls(load), HANDLE, agents) == pytest.approx(expected, rel=1e-9, abs=1e-299)


class _Chain:
    """M/M/n+M solved state by state: the calls in the system, and what becomes of a caller who finds them."""

    def __init__(self, load: float, agents: int, patience: float, *, most: int) -> None:
        self.agents, self.leave = agents, 1 / patience
        weights = np.cumprod([1.0, *(load / (min(k, agents) + max(k - agents, 0) * self.leave) for k in range(1, most))])
        self.chance = weights / weights.sum()
        self.load, self.most = load, most

    def waits(self) -> float:
        return self.chance[self.agents :].sum()

    def abandons(self) -> float:
        return self.chance @ np.maximum(np.arange(self.most) - self.agents, 0) * self.leave / self.load

    def fate(self, time: float) -> tuple[float, float, float]:
        """Shares of all callers answered by `time`, hung up by then, still waiting."""
        ahead = self.most - self.agents
        moves = np.zeros((ahead + 2, ahead + 2))
        for k in range(ahead):
            faster = self.agents + k * self.leave
            moves[k, k - 1 if k else ahead] = faster
            moves[k, ahead + 1] = self.leave
            moves[k, k] = -faster - self.leave
        start = np.append(self.chance[self.agents :], [0.0, 0.0])
        end = start @ expm(moves * time)
        return 1 - self.waits() + end[ahead], end[ahead + 1], end[:ahead].sum()


@pytest.mark.parametrize(("load", "agents", "patience"), [(4.0, 5, 0.5), (7.0, 5, 0.4), (5.0, 5, 3.0), (0.5, 1, 1.0), (3.0, 4, 0.02)])
def test_a_equals_the_chain_solved_state_by_state(load, agents, patience):
    chain = _Chain(load, agents, patience, most=90)
    target = 20 / HANDLE
    found = queueing.erlang_a(_calls(load), HANDLE, agents, patience_seconds=patience * HANDLE, target_seconds=20).iloc[0]
    answered, gone, still = chain.fate(target)
    assert found.waiting_share == pytest.approx(chain.waits(), rel=1e-10)
    assert found.abandonment_rate == pytest.approx(chain.abandons(), rel=1e-10)
    assert found.service_level == pytest.approx(answered, rel=1e-9)
    assert found.abandoned_in_time_share == pytest.approx(gone, rel=1e-8)
    assert found.mean_wait_seconds == pytest.approx(chain.abandons() * patience * HANDLE, rel=1e-10)
    assert found.occupancy == pytest.approx(chain.chance @ np.minimum(np.arange(90), agents) / agents, rel=1e-10)
    longer = queueing.waiting_longer(_calls(load), HANDLE, agents, seconds=20, patience_seconds=patience * HANDLE)
    assert longer == pytest.approx(still, rel=1e-8)
    times = np.linspace(0, 60 * HANDLE / agents * max(1, load / agents), 20_001)
    later = queueing.abandonment_rate(_calls(load), HANDLE, agents, patience_seconds=patience * HANDLE)
    unanswered = (
        1 - np.array([queueing.service_level(_calls(load), HANDLE, agents, target_seconds=times, patience_seconds=patience * HANDLE)])[0]
    )
    speed = np.trapezoid(unanswered - later, times) if hasattr(np, "trapezoid") else np.trapz(unanswered - later, times)
    assert found.average_speed_of_answer_seconds == pytest.approx(speed / (1 - later), rel=1e-3)


def test_with_equal_rates_the_number_of_calls_is_poisson():
    """Leaving as fast as being served, all calls leave at one rate: M/M/∞, whatever the number of agents."""
    load, agents = 100_000.0, 99_900
    found = queueing.erlang_a(_calls(load), HANDLE, agents, patience_seconds=HANDLE).iloc[0]
    waits = poisson.sf(agents - 1, load)
    mean_queue = load * poisson.sf(agents - 2, load) - agents * poisson.sf(agents - 1, load)
    assert found.waiting_share == pytest.approx(waits, rel=1e-9)
    assert found.abandonment_rate == pytest.approx(mean_queue / load, rel=1e-6)


@pytest.mark.parametrize(("load", "agents"), [(10.0, 14), (95_000.0, 96_000), (0.2, 1)])
def test_endless_patience_is_erlang_c_and_none_is_erlang_b(load, agents):
    calls = _calls(load)
    patient = queueing.queue_figures(calls, HANDLE, agents, patience_seconds=1e8).iloc[0]
    formula = queueing.queue_figures(calls, HANDLE, agents).iloc[0]
    for name in ("waiting_share", "service_level", "mean_wait_seconds", "average_speed_of_answer_seconds", "occupancy"):
        assert patient[name] == pytest.approx(formula[name], rel=1e-3, abs=1e-9)
    hurried = queueing.abandonment_rate(calls, HANDLE, agents, patience_seconds=1e-7)
    assert hurried == pytest.approx(queueing.erlang_b(calls, HANDLE, agents), rel=1e-4)


loads = st.floats(0.01, 400)
patient = st.one_of(st.none(), st.floats(1, 3000))


@settings(max_examples=25, deadline=None)
@given(loads, st.integers(1, 60), st.floats(30, 900), patient)
def test_one_agent_more_never_makes_it_worse(load, spare, handle, patience):
    agents = np.arange(spare, spare + 40) + (int(load) if patience is None else 0)
    table = queueing.queue_figures(load * 3600 / handle, handle, agents, patience_seconds=patience)
    better = np.diff(table, axis=0)[:, [table.columns.get_loc(name) for name in (
        "waiting_share", "abandonment_rate", "mean_wait_seconds", "average_speed_of_answer_seconds", "occupancy")]]  # fmt: skip
    assert (better <= 1e-9).all()
    assert (table["service_level"].diff().dropna() >= -1e-9).all()
    assert (table["abandoned_in_time_share"] <= table["abandonment_rate"] + 1e-12).all()
    shares = table[["waiting_share", "service_level", "abandonment_rate", "abandoned_in_time_share", "occupancy"]]
    assert shares.apply(lambda column: column.between(0, 1).all()).all()
    assert not table.isna().any().any()


@settings(max_examples=25, deadline=None)
@given(loads, st.integers(1, 30), patient)
def test_still_waiting_falls_with_time_from_those_who_wait(load, spare, patience):
    agents = int(load) + spare
    still = queueing.waiting_longer(_calls(load), HANDLE, agents, seconds=np.arange(0, 600, 20), patience_seconds=patience)
    waits = queueing.queue_figures(_calls(load), HANDLE, agents, patience_seconds=patience).waiting_share[0]
    assert still[0] == pytest.approx(waits)
    assert (np.diff(still) <= 1e-12).all()


def test_what_goes_in_decides_the_shape_that_comes_out():
    calls = pd.Series([60.0, 120.0], index=["09:00", "09:30"])
    before = calls.copy()
    assert isinstance(queueing.erlang_c(120, 300, 14), float)
    assert isinstance(queueing.erlang_c([120], 300, 14), np.ndarray)
    found = queueing.service_level(calls, 300, 14)
    assert found.name == "service_level" and found.index.equals(calls.index)
    assert queueing.queue_figures(calls, 300, [14, 15]).index.equals(calls.index)
    assert found.iloc[1] == queueing.service_level(120, 300, 14)
    pd.testing.assert_series_equal(calls, before)
    assert queueing.erlang_c([], 300, 14).tolist() == []
    assert queueing.queue_figures([], 300, 14).empty


def test_nobody_calls_and_nobody_sits():
    idle = queueing.queue_figures([0, 0], 300, [0, 3]).iloc[0]
    assert idle[["waiting_share", "service_level", "mean_wait_seconds", "occupancy"]].tolist() == [0, 1, 0, 0]
    empty = queueing.erlang_a(60, 300, 0, patience_seconds=90).iloc[0]
    assert empty[["waiting_share", "service_level", "abandonment_rate"]].tolist() == [1, 0, 1]
    assert empty.mean_wait_seconds == 90


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: queueing.erlang_c(120, 300, 10), "10 erlang of calls are too much for 10 agent"),
        (lambda: queueing.service_level([60, 120, 240], 300, 10), r"10 erlang .*\(Erlang A\).*2 interval\(s\), first 1, 2"),
        (lambda: queueing.erlang_c(pd.Series([200], index=["09:30"]), 300, 10), "first 09:30"),
        (lambda: queueing.erlang_c(-1, 300, 10), "calls_per_hour is -1; it must be 0 or more"),
        (lambda: queueing.erlang_c([1, np.nan], 300, 10), r"calls_per_hour is nan.*\(1 interval\(s\), first 1\)"),
        (lambda: queueing.erlang_c(120, 0, 10), "handle_seconds is 0; it must be more than 0"),
        (lambda: queueing.erlang_c(120, "300", 10), "handle_seconds must be a number"),
        (lambda: queueing.erlang_c(120, pd.Series(["300"]), 10), "handle_seconds must be a number"),
        (lambda: queueing.erlang_c(True, 300, 10), "calls_per_hour must be a number"),
        (lambda: queueing.erlang_c(pd.DataFrame({"a": [1]}), 300, 10), "calls_per_hour must be a number"),
        (lambda: queueing.erlang_c([[1, 2]], 300, 10), "calls_per_hour must be a number"),
        (lambda: queueing.erlang_b(120, 300, 10.5), "agents is 10.5; agents are whole people"),
        (lambda: queueing.erlang_b([1, 2], [300] * 3, 4), "calls_per_hour 2, handle_seconds 3"),
        (lambda: queueing.erlang_b(pd.Series([1, 2]), pd.Series([300, 300], index=[1, 2]), 4), "have different rows"),
        (lambda: queueing.erlang_a(120, 300, 8, patience_seconds=np.inf), "patience_seconds is inf"),
        (lambda: queueing.waiting_longer(120, 300, 14, seconds=-5), "seconds is -5"),
    ],
)
def test_bad_input_ends_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
