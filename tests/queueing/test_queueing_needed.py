"""How many agents: the fewest that keep every promise, for an interval and for a shift."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import queueing, standards


def _held(calls, handle, agents, patience, targets) -> bool:
    if patience is None and agents <= queueing.traffic(calls, handle):
        return False
    found = queueing.queue_figures(calls, handle, agents, patience_seconds=patience, target_seconds=targets.get("target_seconds", 20)).iloc[
        0
    ]
    return (
        found.service_level >= targets.get("service_level", 0) - 1e-12
        and found.mean_wait_seconds <= targets.get("max_wait_seconds", np.inf) + 1e-9
        and found.abandonment_rate <= targets.get("max_abandonment", 1) + 1e-12
        and found.occupancy <= targets.get("max_occupancy", 1) + 1e-12
    )


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.5, 4000), st.floats(60, 600), st.one_of(st.none(), st.floats(10, 1000)),
    st.fixed_dictionaries({"service_level": st.floats(0.3, 0.99)}, optional={
        "target_seconds": st.integers(0, 60), "max_wait_seconds": st.floats(1, 60), "max_occupancy": st.floats(0.4, 1.0)}),
    st.one_of(st.none(), st.floats(0.01, 0.3)),
)  # fmt: skip
def test_all_targets_hold_and_with_one_agent_less_one_fails(calls, handle, patience, targets, abandons):
    if patience is not None and abandons is not None:
        targets = targets | {"max_abandonment": abandons}
    agents = queueing.agents_needed(calls, handle, patience_seconds=patience, **targets)
    assert _held(calls, handle, agents, patience, targets)
    assert agents == 0 or not _held(calls, handle, agents - 1, patience, targets)


def test_without_a_target_the_standard_one_is_meant(tmp_path):
    assert queueing.agents_needed(120, 300) == queueing.agents_needed(120, 300, service_level=0.8, target_seconds=20) == 14
    entry = standards.entry("call_center.target_service_level")
    other = tmp_path / "own.toml"
    other.write_text(f'[{entry.key}]\nvalue = 0.95\nunit = "share"\nsource = "own"\ndate = "2026"\nmark = "teaching"\n', encoding="utf-8")
    standards.use(other)
    assert queueing.agents_needed(120, 300) == 16


def test_a_year_of_half_hours_at_once_and_ten_thousand_agents():
    calls = pd.Series([0.0, 0.3, 120.0, 1_200_000.0], index=list("abcd"))
    found = queueing.agents_needed(calls, 300, minimum_agents=1)
    assert found.index.equals(calls.index) and found.dtype == np.int64
    assert found.tolist()[:3] == [1, 1, 14]
    assert found["d"] == queueing.agents_needed(1_200_000, 300) > 100_000
    assert isinstance(queueing.agents_needed(120, 300), int)
    assert queueing.agents_needed([], 300).tolist() == []
    assert queueing.agents_needed(0, 300) == 0


def test_one_large_queue_needs_fewer_than_its_parts():
    lines = pd.DataFrame(
        {"starts_at": [1, 1, 2, 2], "calls_per_hour": [60.0, 20.0, 0.0, 0.0], "handle_seconds": [200.0, 500.0, 200.0, 400.0]}
    )
    before = lines.copy()
    pooled = queueing.pool_queues(lines, by="starts_at")
    assert pooled.queues.tolist() == [2, 2]
    assert pooled.handle_seconds.tolist() == [(60 * 200 + 20 * 500) / 80, 300]
    assert pooled.traffic_erlang[0] == pytest.approx(queueing.traffic(60, 200) + queueing.traffic(20, 500))
    apart = queueing.agents_needed(lines.calls_per_hour, lines.handle_seconds)[:2].sum()
    assert queueing.agents_needed(pooled.calls_per_hour, pooled.handle_seconds)[0] < apart
    assert queueing.pool_queues(lines).calls_per_hour.tolist() == [80]
    pd.testing.assert_frame_equal(lines, before)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.just(0.0) | st.floats(0.001, 300), min_size=1, max_size=8), st.floats(0.5, 0.95), st.one_of(st.none(), st.floats(20, 400))
)
def test_a_shift_keeps_its_promise_over_all_its_calls(calls, level, patience):
    rows = pd.DataFrame({"calls_per_hour": calls, "handle_seconds": 300.0})
    found = queueing.agents_needed_together(rows, service_level=level, patience_seconds=patience).iloc[0]

    def reached(agents: int) -> float:
        if patience is None and agents <= queueing.traffic(max(calls), 300) and max(calls) > 0:
            return 0.0
        each = [queueing.service_level(rate, 300, agents, patience_seconds=patience) for rate in calls]
        return np.average(each, weights=calls) if sum(calls) else 1.0

    agents = int(found.agents)
    assert found.service_level == pytest.approx(reached(agents)) and reached(agents) >= level - 1e-9
    assert agents == 0 or reached(agents - 1) < level
    assert agents <= found.peak_agents


def test_shifts_side_by_side_with_their_own_patience():
    rows = pd.DataFrame({
        "shift": ["early", "early", "late"], "calls_per_hour": [60.0, 120.0, 90.0], "handle_seconds": 300.0,
        "patience_seconds": [60.0, 90.0, 120.0],
    })  # fmt: skip
    found = queueing.agents_needed_together(rows, by="shift", max_abandonment=0.05, max_occupancy=0.8)
    assert found.columns.tolist() == ["shift", "intervals", "agents", "peak_agents", "abandonment_rate", "occupancy"]
    late = queueing.agents_needed(90, 300, patience_seconds=120, max_abandonment=0.05, max_occupancy=0.8)
    assert found.set_index("shift").loc["late", ["agents", "peak_agents"]].tolist() == [late, late]
    early = queueing.erlang_a([60, 120], 300, int(found.agents[0]), patience_seconds=[60, 90])
    assert found.abandonment_rate[0] == pytest.approx(np.average(early.abandonment_rate, weights=[60, 120]))
    assert found.occupancy[0] == pytest.approx(early.occupancy.mean())


_ROW = {"calls_per_hour": [60.0], "handle_seconds": [300.0]}


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: queueing.agents_needed(120, 300, service_level=80), "service_level is 80; it must lie between 0 and 1"),
        (lambda: queueing.agents_needed(120, 300, max_occupancy=0), "max_occupancy is 0"),
        (lambda: queueing.agents_needed(120, 300, max_wait_seconds=0), "max_wait_seconds is 0; it must be more than 0"),
        (lambda: queueing.agents_needed(120, 300, max_abandonment=0.05), "max_abandonment needs patience_seconds"),
        (lambda: queueing.agents_needed(120, 300, minimum_agents=1.5), "minimum_agents is 1.5"),
        (lambda: queueing.agents_needed("120", 300), "calls_per_hour must be a number"),
        (lambda: queueing.agents_needed_together([1, 2]), "intervals must be a table"),
        (lambda: queueing.agents_needed_together(pd.DataFrame({"calls": [1]})), "lacks the column"),
        (lambda: queueing.agents_needed_together(pd.DataFrame(_ROW | {"shift": [None]}), by="shift"), "shift is missing"),
        (
            lambda: queueing.agents_needed_together(pd.DataFrame(_ROW | {"patience_seconds": [9.0]}), patience_seconds=9),
            "stands in the table",
        ),
        (lambda: queueing.pool_queues(pd.DataFrame({"calls_per_hour": [-1.0], "handle_seconds": [300.0]})), "calls_per_hour is -1"),
    ],
)
def test_bad_input_ends_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
