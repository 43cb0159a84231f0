"""Patience from a log in which most callers were answered first: the truth found again, and bad logs named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, expon

from crmlib import queueing
from crmlib.company import lark
from crmlib.company.calls import CallScenario


def test_the_firms_true_patience_is_found_again():
    """The simulated firm's callers wait 120 seconds on average, exponentially; 800 of them hung up, so the interval is some 7 % wide."""
    found = queueing.patience(lark().calls)
    assert found.low < CallScenario().patience_seconds < found.high
    assert found.high / found.low < 1.2
    assert found.naive_seconds < found.low
    assert found.same_chance > 0.01
    assert (found.bands.low < 120).all() and (found.bands.high > 115).all()


def _log(size: int, mean: float, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    ready, answered = rng.exponential(mean, size), rng.gamma(0.7, 60, size)
    return pd.DataFrame({"wait_seconds": np.minimum(ready, answered), "abandoned": ready < answered})


def test_intervals_hold_as_often_as_they_say():
    held = [(found := queueing.patience(_log(150, 90, seed), level=0.8)).low < 90 < found.high for seed in range(60)]
    assert 0.65 <= np.mean(held) <= 0.95  # 80 % ± three standard errors of 60 logs


def test_the_estimate_is_the_likeliest_mean():
    log = _log(400, 75, 1)
    seen, hidden = (log.wait_seconds[here].to_numpy() for here in (log.abandoned, ~log.abandoned))
    likeliest = expon.fit(CensoredData(uncensored=seen, right=hidden), floc=0)[1]
    assert queueing.patience(log).mean_seconds == pytest.approx(likeliest, rel=1e-3)


def test_callers_who_lose_patience_late_are_told_from_exponential_ones():
    rng = np.random.default_rng(3)
    ready, answered = rng.gamma(6, 15, 3000), rng.exponential(90, 3000)
    found = queueing.patience(pd.DataFrame({"wait_seconds": np.minimum(ready, answered), "abandoned": ready < answered}))
    assert found.same_chance < 1e-6
    assert found.bands.mean_seconds.iloc[1] > 2 * found.bands.mean_seconds.iloc[-1]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 600), st.booleans()), min_size=1, max_size=40))
def test_bands_share_out_all_seconds_and_all_hang_ups(rows):
    log = pd.DataFrame([*rows, (50.0, True)], columns=["wait_seconds", "abandoned"])
    found = queueing.patience(log)
    assert found.bands.waited_seconds.sum() == pytest.approx(log.wait_seconds.sum())
    assert found.bands.abandoned.sum() == found.abandoned == log.abandoned.sum()
    assert found.abandoned + found.answered == len(log)
    assert found.low < found.mean_seconds < found.high


def test_calls_that_never_queued_are_left_out():
    log = pd.DataFrame({"wait_seconds": [30.0, np.nan, 60.0], "abandoned": [True, False, False]})
    before = log.copy()
    assert queueing.patience(log).mean_seconds == 90
    assert "1 hung up, 1 were answered first" in queueing.patience(log).summary()
    pd.testing.assert_frame_equal(log, before)


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        ([1, 2], "calls must be a table"),
        (pd.DataFrame({"wait": [1.0]}), "lacks the column"),
        (pd.DataFrame({"wait_seconds": ["00:10"], "abandoned": [True]}), "wait_seconds holds no numbers"),
        (
            pd.DataFrame({"wait_seconds": [1.0, -2.0], "abandoned": [True, True]}),
            r"wait_seconds is negative or endless: 1 row\(s\), first 1",
        ),
        (pd.DataFrame({"wait_seconds": [1.0], "abandoned": ["yes"]}), "abandoned is neither yes nor no"),
        (pd.DataFrame({"wait_seconds": [1.0, 2.0], "abandoned": [False, False]}), "None of the 2 callers"),
        (pd.DataFrame({"wait_seconds": [0.0], "abandoned": [True]}), "Nobody waited"),
        (pd.DataFrame({"wait_seconds": [], "abandoned": []}, dtype=float), "None of the 0 callers"),
    ],
)
def test_bad_logs_end_in_a_sentence(log, sentence):
    with pytest.raises(ValueError, match=sentence):
        queueing.patience(log)


def test_bands_must_rise_from_0():
    with pytest.raises(ValueError, match="bands must begin with 0"):
        queueing.patience(pd.DataFrame({"wait_seconds": [1.0], "abandoned": [True]}), bands=(5, 10))
