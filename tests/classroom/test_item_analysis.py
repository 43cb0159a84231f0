"""The statistics of items against worked examples, other routes to the same number, published values, and simulated truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from crmlib.classroom.item_analysis import FEWEST, cronbach_alpha, item_table

ATTITUDE = """43 51 30 39 61 92 45|63 64 51 54 63 73 47|71 70 68 69 76 86 48|61 63 45 47 54 84 35|81 78 56 66 71 83 47|43 55 49 44 54 49 34
58 67 42 56 66 68 35|71 75 50 55 70 66 41|72 82 72 67 71 83 31|67 61 45 47 62 80 41|64 53 53 58 58 67 34|67 60 47 39 59 74 41
69 62 57 42 55 63 25|68 83 83 45 59 77 35|77 77 54 72 79 77 46|81 90 50 72 60 54 36|74 85 64 69 79 79 63|65 60 65 75 55 80 60
65 70 46 57 75 85 46|50 58 68 54 64 78 52|50 40 33 34 43 64 33|64 61 52 62 66 80 41|53 66 52 50 63 80 37|40 37 42 58 50 57 49
63 54 42 48 66 75 33|66 77 66 63 88 76 72|78 75 58 74 80 78 49|48 57 44 45 51 83 38|85 85 71 71 77 74 55|82 82 39 59 64 78 39"""
"""Chatterjee and Price (1977): thirty departments, seven questions; the data set "attitude" of R."""


def attitude() -> pd.DataFrame:
    return pd.DataFrame([list(map(float, line.split())) for line in ATTITUDE.replace("\n", "|").split("|")])


def hoyt(scores: pd.DataFrame) -> tuple[float, float, float]:
    """Alpha and its interval by the analysis of variance (Hoyt 1941; McGraw and Wong 1996 for ICC(C,k)), not by variances of items."""
    table = scores.to_numpy(float)
    people, items = table.shape
    grand = table.mean()
    between = items * ((table.mean(axis=1) - grand) ** 2).sum() / (people - 1)
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + grand
    error = (rest**2).sum() / ((people - 1) * (items - 1))
    ratio = between / error
    low = ratio / stats.f.ppf(0.975, people - 1, (people - 1) * (items - 1))
    high = ratio * stats.f.ppf(0.975, (people - 1) * (items - 1), people - 1)
    return 1 - 1 / ratio, 1 - 1 / low, 1 - 1 / high


def test_alpha_of_a_worked_example():
    # Ten people, two items of one point; both right 4, both wrong 4, one of the two 1 each.
    scores = pd.DataFrame({"a": [1] * 4 + [0] * 4 + [1, 0], "b": [1] * 4 + [0] * 4 + [0, 1]})
    # Item variances: 10/9 · 1/4 each. Totals 2×4, 0×4, 1×2: variance 8/9. Alpha = 2 · (1 − (5/9)/(8/9)) = 3/4.
    assert cronbach_alpha(scores).alpha == pytest.approx(0.75)


def test_alpha_of_published_data():
    scores = attitude()
    assert scores.mean().round(2).tolist() == [64.63, 66.6, 53.13, 56.37, 64.63, 74.77, 42.93]
    found = cronbach_alpha(scores)
    assert round(found.alpha, 2) == 0.84  # W. Revelle, R package psych, example alpha(attitude)
    assert (found.people, found.items) == (30, 7)


def test_alpha_and_interval_by_the_analysis_of_variance():
    found = cronbach_alpha(attitude())
    assert (found.alpha, found.low, found.high) == pytest.approx(hoyt(attitude()))


@settings(max_examples=60, deadline=None)
@given(
    arrays(float, st.tuples(st.integers(10, 25), st.integers(2, 6)), elements=st.integers(0, 4).map(float)),
    st.floats(0.1, 9),
    st.floats(-5, 5),
)
def test_alpha_does_not_depend_on_unit_or_zero_and_never_exceeds_one(table, unit, zero):
    scores = pd.DataFrame(table)
    found = cronbach_alpha(scores)
    moved = cronbach_alpha(scores * unit + zero)
    assert found.known == moved.known
    if found.known:
        assert moved.alpha == pytest.approx(found.alpha, abs=1e-6)
        assert found.alpha <= 1 + 1e-9
        assert found.low <= found.alpha + 1e-9 and found.alpha <= found.high + 1e-9


def test_feldts_interval_holds_the_true_alpha_as_often_as_it_says():
    rng = np.random.default_rng(5)
    items, people, runs = 6, 30, 600
    truth = items / (items - 1) * (1 - items * 2 / (items**2 + items))  # parallel items: a true score and errors of its variance
    inside = 0
    for _run in range(runs):
        scores = rng.normal(size=(people, 1)) + rng.normal(size=(people, items))
        found = cronbach_alpha(pd.DataFrame(scores))
        inside += found.low <= truth <= found.high
    assert 0.92 < inside / runs < 0.98


@pytest.mark.parametrize(
    ("scores", "word"),
    [
        (pd.DataFrame(np.eye(FEWEST - 1)), "at least 10"),
        (pd.DataFrame({"a": range(12)}), "two items"),
        (pd.DataFrame({"a": [1.0] * 12, "b": [2.0] * 12}), "the same score"),
    ],
)
def test_what_cannot_be_estimated_is_said(scores, word):
    found = cronbach_alpha(scores)
    assert not found.known and np.isnan(found.alpha)
    assert word in found.summary()


def test_people_without_a_mark_are_left_out_of_alpha():
    scores = attitude()
    holed = pd.concat([scores, scores.iloc[:3].assign(**{"0": None}).drop(columns="0")], ignore_index=True)
    holed.iloc[30:, 2] = np.nan
    assert cronbach_alpha(holed).alpha == pytest.approx(cronbach_alpha(scores).alpha)


def test_items_of_a_worked_example():
    scores = pd.DataFrame({"a": [2.0, 2.0, 0.0, np.nan], "b": [3.0, 1.0, 0.0, 4.0]})
    table = item_table(scores, pd.Series({"a": 2.0, "b": 4.0}))
    assert table.people.tolist() == [3, 4]
    assert table.earned.tolist() == pytest.approx([2 / 3, 1 / 2])
    assert table.lost.tolist() == [2, 8]
    assert (table.full.tolist(), table.nothing.tolist()) == ([2, 1], [1, 1])
    assert set(table.reason) == {"few"} and table.discrimination.isna().all()


def test_discrimination_is_the_correlation_with_the_rest_and_fishers_interval():
    scores = attitude()
    table = item_table(scores, pd.Series(100.0, index=scores.columns))
    for item in scores:
        oracle = stats.pearsonr(scores[item], scores.drop(columns=item).sum(axis=1))
        interval = oracle.confidence_interval(0.95)
        row = table.loc[item]
        assert (row.discrimination, row.low, row.high) == pytest.approx((oracle.statistic, interval.low, interval.high))
        assert row.discrimination < np.corrcoef(scores[item], scores.sum(axis=1))[0, 1]


def test_an_item_that_everybody_passes_tells_nobody_apart():
    scores = pd.DataFrame({"a": [1.0] * 12, "b": range(12), "c": range(12)}, dtype=float)
    table = item_table(scores, pd.Series({"a": 1.0, "b": 11.0, "c": 11.0}))
    assert table.reason.tolist() == ["same", "", ""]
    assert table.discrimination["b"] == pytest.approx(1)
    assert item_table(scores[["b"]], pd.Series({"b": 11.0})).reason.tolist() == ["alone"]


def test_the_interval_holds_for_items_of_one_point():
    rng = np.random.default_rng(11)

    def draw(people):
        ability = rng.normal(size=(people, 1))
        return pd.DataFrame((ability + rng.normal(size=(people, 5)) > [-1, -0.5, 0, 0.5, 1]).astype(float))

    truth = item_table(draw(60_000), pd.Series(1.0, index=range(5))).discrimination
    inside = []
    for _run in range(300):
        table = item_table(draw(30), pd.Series(1.0, index=range(5)))
        known = table.reason == ""
        inside += ((table.low <= truth) & (truth <= table.high))[known].tolist()
    assert 0.91 < np.mean(inside) < 0.99


def test_an_item_without_points_is_refused():
    with pytest.raises(ValueError, match="without points: a"):
        item_table(pd.DataFrame({"a": [1.0]}), pd.Series({"a": 0.0}))
