"""Control limits: the rate of false alarms is the one that is said, and what is news is found."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.operations import control_chart


def test_limits_of_an_individuals_chart_are_those_of_the_moving_range():
    values = pd.Series([10.0, 12, 11, 13, 10, 12, 11, 40])
    chart = control_chart(values, baseline=7)
    moving = np.abs(np.diff(values[:7])).mean()
    assert chart.table["upper"].iloc[0] == pytest.approx(values[:7].mean() + 2.66 * moving, rel=1e-3)
    assert chart.signals().index.tolist() == [7] and chart.signals()["signal"].tolist() == ["above"]


def test_false_alarms_of_a_p_chart_are_as_many_as_stated():
    rng, size = np.random.default_rng(1), pd.Series(np.tile([40, 200, 900], 4000))
    chart = control_chart(pd.Series(rng.binomial(size, 0.1)), sizes=size, kind="p", overdispersion=False)
    stated, seen = chart.false_alarm_rate, len(chart.signals()) / len(size)
    # 12,000 points: the seen rate stays within four standard errors of the stated one.
    assert abs(seen - stated) < 4 * np.sqrt(stated / len(size))
    assert chart.false_alarms_expected == pytest.approx(stated * len(size))


def test_false_alarms_of_the_run_rule_are_those_of_champ_and_woodall():
    chart = control_chart(pd.Series(np.random.default_rng(2).normal(size=50)), rules=("beyond", "run"))
    assert 1 / chart.false_alarm_rate == pytest.approx(152.73, abs=0.05)
    assert 1 / control_chart(pd.Series(range(8))).false_alarm_rate == pytest.approx(370.4, abs=0.1)


def test_overdispersed_shares_are_no_news_once_the_limits_know_it():
    rng, size = np.random.default_rng(3), pd.Series(np.full(200, 5000))
    late = pd.Series(rng.binomial(size, np.clip(rng.normal(0.1, 0.02, 200), 0, 1)))
    narrow = control_chart(late, sizes=size, kind="p", overdispersion=False)
    wide = control_chart(late, sizes=size, kind="p")
    assert len(narrow.signals()) > 60 and len(wide.signals()) <= 3 and wide.dispersion > 3
    plain = control_chart(pd.Series(rng.binomial(size, 0.1)), sizes=size, kind="p")
    assert plain.dispersion == 1


def test_a_funnel_names_the_one_that_stands_out_and_not_the_smallest():
    rng = np.random.default_rng(4)
    size = pd.Series(rng.integers(20, 3000, 40), index=[f"S{place:02}" for place in range(40)])
    late = pd.Series(rng.binomial(size, 0.1), index=size.index)
    size["S07"], late["S07"] = 2000, 320
    chart = control_chart(late, sizes=size, kind="u", order="funnel")
    assert chart.signals().index.tolist() == ["S07"]


def test_a_growing_figure_is_news_around_a_level_and_not_around_its_trend():
    values = pd.Series(100 + 3.0 * np.arange(24) + np.tile([0.0, 2, -1, 1], 6))
    assert len(control_chart(values).signals()) > 8 and control_chart(values, trend=True).signals().empty


def test_eight_on_one_side_are_a_run():
    values = pd.Series([1.0, -1] * 6 + [0.5, 0.6] * 4 + [-2.0, 1])
    found = control_chart(values, rules=("run",)).signals()
    assert set(found["signal"]) == {"run"} and found.index[0] == 19


@settings(max_examples=12)
@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=30), st.floats(0.5, 100), st.floats(-1e5, 1e5))
def test_signals_do_not_depend_on_the_unit(values, times, shift):
    one, other = control_chart(pd.Series(values)).table, control_chart(times * pd.Series(values) + shift).table
    edge = np.minimum(np.abs(one["value"] - one["upper"]), np.abs(one["value"] - one["lower"])) < 1e-6 * (1 + np.abs(one["value"]).max())
    assert (one["signal"].eq(other["signal"]) | edge).all()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"values": [1, 2, 3]}, "Series"),
        ({"values": pd.Series([1.0, 2])}, "at least 6"),
        ({"values": pd.Series(["a"] * 8)}, "not a number"),
        ({"values": pd.Series([1.0] * 7 + [np.nan])}, "missing"),
        ({"values": pd.Series([3.0] * 8), "sizes": pd.Series([2.0] * 8), "kind": "p"}, "above sizes"),
        ({"values": pd.Series([3.0] * 8), "sizes": pd.Series([0.0] * 8), "kind": "u"}, "not above 0"),
        ({"values": pd.Series([3.0] * 8), "kind": "p"}, "need sizes"),
        ({"values": pd.Series([3.0] * 8), "kind": "x"}, "one of"),
        ({"values": pd.Series([3.0] * 8), "rules": ("seven",)}, "one of"),
        ({"values": pd.Series([3.0] * 8), "baseline": 3}, "baseline"),
        ({"values": pd.Series([3.0] * 8), "order": "funnel", "rules": ("run",)}, "no order"),
    ],
)
def test_bad_input_ends_in_a_sentence(given, said):
    with pytest.raises(ValueError, match=said):
        control_chart(**given)


def test_equal_values_are_no_news():
    assert control_chart(pd.Series([0.1] * 9)).signals().empty


def test_figures_in_both_languages():
    for code in ("zh", "en"):
        crm.setup(code)
        chart = control_chart(pd.Series([5.0, 6, 5, 6, 5, 20, 5, 6], index=pd.date_range("2026-01-01", periods=8, freq="MS")))
        assert "8" in chart.plot().get_title(loc="left") and "8" in chart.summary()
