"""The pictures of queues: what they show, in both languages, and what they refuse."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from crmlib import plotting, queueing
from crmlib.i18n import use_language
from crmlib.staffing import CallKind, Team, simulate_center

_LOG = pd.DataFrame({"wait_seconds": [0.0, 60.0, 30.0, 90.0, 20.0], "abandoned": [False, True, False, True, True]})


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def _words(ax) -> str:
    return " ".join([*(text.get_text() for text in ax.texts), ax.get_xlabel(), ax.get_ylabel()])


def _day():
    return simulate_center(CallKind("all", [60, 90], 300), Team("all", [8, 9], answers="all"), replications=3, rng=1)


_DRAWN = {
    "staffing": lambda: plotting.staffing_curve(queueing.queue_figures(120, 300, range(8, 19), patience_seconds=120)),
    "waiting": lambda: plotting.waiting_curve(120, 300, [12, 14, 16]),
    "patience": lambda: queueing.patience(_LOG).plot(),
    "day": lambda: _day().plot(),
}


@pytest.mark.parametrize("name", _DRAWN)
def test_figures_speak_both_languages_and_stay_on_the_page(name, recwarn):
    english = _words(_DRAWN[name]())
    use_language("zh")
    ax = _DRAWN[name]()
    ax.figure.canvas.draw()
    assert english != _words(ax) and any("\u4e00" <= letter <= "\u9fff" for letter in _words(ax))
    assert not [warning for warning in recwarn if "missing from" in str(warning.message)]


def test_the_first_number_of_agents_that_reaches_the_target_is_marked():
    words = _words(plotting.staffing_curve(queueing.queue_figures(120, 300, range(11, 19))))
    assert "14 agents: 87%" in words and "hang up" not in words
    assert "agents:" not in _words(plotting.staffing_curve(queueing.queue_figures(120, 300, [11, 12])))
    assert "15 agents: 93%" in _words(plotting.staffing_curve(queueing.queue_figures(120, 300, range(11, 19)), target=0.9))


def test_lines_of_waiting_begin_at_those_who_wait():
    ax = plotting.waiting_curve(120, 300, [12, 14], patience_seconds=120)
    drawn = [line.get_ydata()[0] for line in ax.lines[:2]]
    assert np.allclose(drawn, queueing.erlang_a(120, 300, [12, 14], patience_seconds=120).waiting_share)


def test_a_simulated_day_stands_beside_erlang_where_there_is_one_queue():
    assert "by Erlang" in _words(_day().plot())
    kinds = [CallKind(name, [20, 20], 300, patience_seconds=90) for name in ("x", "y")]
    two = simulate_center(kinds, Team("t", [5, 5], answers=["x", "y"]), replications=2, rng=1)
    assert "by Erlang" not in _words(two.plot())


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: plotting.staffing_curve(3), "needs the table that crm.queueing.queue_figures gives"),
        (lambda: plotting.staffing_curve(queueing.queue_figures([60, 120], 300, [14, 15])), "for one load"),
        (lambda: plotting.waiting_curve(120, 300, range(11, 20)), "9 lines cannot be told apart"),
        (lambda: plotting.waiting_curve(120, 300, 14, seconds=0), "must be more than 0"),
        (lambda: plotting.patience_curve(3), "needs what crm.queueing.patience gives"),
        (lambda: plotting.simulated_day(3), "needs what crm.staffing.simulate_center gives"),
    ],
)
def test_bad_input_ends_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
