"""Published figures of Erlang C: the R package ErlangC, and the course's anchor."""

from __future__ import annotations

import pytest

from crmlib import queueing


@pytest.mark.parametrize(("agents", "waits", "level"), [(11, 0.6821, 0.3896), (14, 0.17413, 0.88835)])
def test_the_example_of_the_r_package_erlang_c(agents, waits, level):
    """100 calls in 30 minutes, 180 seconds each, 20 seconds: 10 erlang."""
    assert queueing.traffic(200, 180) == 10
    assert queueing.erlang_c(200, 180, agents) == pytest.approx(waits, abs=5e-5 if agents == 11 else 5e-6)
    assert queueing.service_level(200, 180, agents, target_seconds=20) == pytest.approx(level, abs=5e-5 if agents == 11 else 5e-6)


def test_fourteen_agents_answer_after_eight_seconds_and_are_busy_five_sevenths():
    assert queueing.average_wait(200, 180, 14) == pytest.approx(7.836, abs=5e-4)
    assert queueing.occupancy(200, 180, 14) == pytest.approx(0.7143, abs=5e-5)
    assert queueing.agents_needed(200, 180, service_level=0.8, target_seconds=20) == 14


def test_the_courses_anchor_120_calls_of_300_seconds_need_14_agents():
    assert queueing.agents_needed(120, 300, service_level=0.8, target_seconds=20) == 14
    assert queueing.service_level(120, 300, 13, target_seconds=20) < 0.8 <= queueing.service_level(120, 300, 14, target_seconds=20)
