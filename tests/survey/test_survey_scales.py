"""Reversed items, reliability and validity, beside independent ways to the same numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from sklearn.linear_model import LinearRegression

from crmlib import survey
from crmlib.i18n import use_language

ITEMS = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """Four items of one matter, on ten points; the true loadings are .8, .7, .6 and .5."""
    rng = np.random.default_rng(3)
    matter, loading = rng.normal(size=400), np.array([0.8, 0.7, 0.6, 0.5])
    raw = matter[:, None] * loading + rng.normal(size=(400, 4)) * np.sqrt(1 - loading**2)
    table = pd.DataFrame(np.clip(np.rint(6 + 2 * raw), 1, 10), columns=ITEMS)
    return table.mask(rng.random(table.shape) < 0.01)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(1, 10) | st.none(), min_size=1, max_size=20))
def test_turning_twice_gives_back_the_answers(values):
    table = pd.DataFrame({"x_reversed": pd.Series(values, dtype="float64"), "other": 1})
    once = survey.reverse_items(table, "x_reversed", low=1, high=10)
    assert once.columns.tolist() == ["x", "other"]
    back = survey.reverse_items(once, ["x"], low=1, high=10)
    pd.testing.assert_series_equal(back["x"], table["x_reversed"], check_names=False)
    assert table.columns.tolist() == ["x_reversed", "other"], "the input is not changed"


def test_alpha_is_the_mean_of_all_split_halves(answers):
    """Cronbach (1951): alpha is the mean of the split-half coefficients of Flanagan and Rulon."""
    whole = answers.dropna()
    halves = [4 * whole[list(left)].sum(axis=1).cov(whole[[item for item in ITEMS if item not in left]].sum(axis=1))
              for left in (("a", "b"), ("a", "c"), ("a", "d"))]  # fmt: skip
    result = survey.cronbach_alpha(answers, ITEMS)
    assert result.value == pytest.approx(np.mean(halves) / whole.sum(axis=1).var())
    assert (result.answers, result.left_out) == (len(whole), len(answers) - len(whole))
    assert result.low < result.value < result.high


def test_item_total_by_plain_pandas(answers):
    whole, table = answers.dropna(), survey.item_total(answers, ITEMS)
    for item in ITEMS:
        others = [other for other in ITEMS if other != item]
        assert table.item_total[item] == pytest.approx(whole[item].corr(whole[others].sum(axis=1)))
        assert table.alpha_if_dropped[item] == pytest.approx(survey.cronbach_alpha(whole, others).value)
    assert table["mean"].tolist() == pytest.approx(answers.mean().tolist())
    assert table.missing_share.tolist() == pytest.approx(answers.isna().mean().tolist())
    assert not table.weak.any()


def test_an_item_that_was_not_turned_round_stands_out(answers):
    wrong = answers.assign(c=11 - answers.c)
    table = survey.item_total(wrong, ITEMS)
    assert table.item_total.idxmin() == "c" and table.item_total["c"] < 0 and table.weak["c"]
    assert table.alpha_if_dropped["c"] > survey.cronbach_alpha(wrong, ITEMS).value
    assert "turned" in survey.cronbach_alpha(wrong, ITEMS).summary()


def test_loadings_and_omega_by_a_general_optimiser(answers):
    whole = answers.dropna()
    correlation = whole.corr().to_numpy()
    off = ~np.eye(4, dtype=bool)
    best = optimize.minimize(lambda loading: ((correlation - np.outer(loading, loading))[off] ** 2).sum(), np.full(4, 0.5), tol=1e-14).x
    assert survey.factor_loadings(answers, ITEMS).tolist() == pytest.approx(best.tolist(), abs=1e-5)
    points = best * whole.std().to_numpy()
    left = whole.var().to_numpy() * (1 - best**2)
    result = survey.mcdonald_omega(answers, ITEMS, rng=1, resamples=200)
    assert result.value == pytest.approx(points.sum() ** 2 / (points.sum() ** 2 + left.sum()), abs=1e-5)
    assert result.low < result.value < result.high and result.high - result.low < 0.15
    assert survey.mcdonald_omega(answers, ITEMS, rng=np.random.default_rng(1), resamples=200) == result, "the same seed, the same interval"


def test_kmo_from_regressions_and_bartlett_from_the_determinant(answers):
    whole = answers.dropna()
    correlation, partial = whole.corr().to_numpy(), np.zeros((4, 4))
    for i, j in ((i, j) for i in range(4) for j in range(4) if i != j):
        rest = whole[[item for place, item in enumerate(ITEMS) if place not in (i, j)]]
        left = [whole[ITEMS[k]] - LinearRegression().fit(rest, whole[ITEMS[k]]).predict(rest) for k in (i, j)]
        partial[i, j] = np.corrcoef(*left)[0, 1]
    plain = correlation - np.eye(4)
    result = survey.kmo(answers, ITEMS)
    assert result.overall == pytest.approx((plain**2).sum() / ((plain**2).sum() + (partial**2).sum()))
    assert result.items["a"] == pytest.approx((plain[0] ** 2).sum() / ((plain[0] ** 2).sum() + (partial[0] ** 2).sum()))
    assert result.grade == "middling" and "a" in result.summary()
    test = survey.bartlett_sphericity(answers, ITEMS)
    statistic = -(len(whole) - 1 - 13 / 6) * np.log(np.linalg.det(correlation))
    assert (test.statistic, test.degrees_of_freedom) == (pytest.approx(statistic), 6)
    assert test.p_value == pytest.approx(stats.chi2.sf(statistic, 6)) and "p < 0.001" in test.summary()


def test_unrelated_items_are_told_from_related_ones():
    waves = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]] * 8)[:, 1:]
    result = survey.bartlett_sphericity(pd.DataFrame(waves, columns=["a", "b", "c"]), ["a", "b", "c"])
    assert (result.statistic, result.p_value) == (0, 1) and "not refuted" in result.summary()


@settings(deadline=None, max_examples=15)
@given(st.lists(st.floats(0.01, 0.99), min_size=2, max_size=8))
def test_composite_reliability_grows_with_the_loadings(loadings):
    extracted, reliability = survey.average_variance_extracted(loadings), survey.composite_reliability(loadings)
    assert min(loadings) ** 2 - 1e-12 <= extracted <= max(loadings) ** 2 + 1e-12
    assert 0 < reliability < 1
    assert survey.composite_reliability([loading + 0.01 for loading in loadings]) > reliability


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6), st.floats(0.1, 5), st.floats(-3, 3))
def test_neither_scale_nor_order_changes_reliability(seed, factor, shift):
    table = pd.DataFrame(np.random.default_rng(seed).integers(1, 8, size=(20, 3)), columns=list("abc"))
    table = table.add(table["a"], axis=0)
    first = survey.cronbach_alpha(table, ["a", "b", "c"])
    moved = survey.cronbach_alpha((factor * table + shift).iloc[::-1], ["c", "a", "b"])
    assert moved.value == pytest.approx(first.value) and moved.low == pytest.approx(first.low)
    assert first.low <= first.value <= first.high <= 1


def test_scale_quality_of_several_constructs(answers):
    table = survey.scale_quality(answers, {"first": ITEMS, "two": ["a", "b"]})
    loadings = survey.factor_loadings(answers, ITEMS)
    assert table.loc["first", "average_variance_extracted"] == pytest.approx((loadings**2).mean())
    assert np.isnan(table.loc["two", "composite_reliability"]) and table.loc["two", "items"] == 2
    assert table.loc["two", "alpha"] == pytest.approx(survey.cronbach_alpha(answers, ["a", "b"]).value)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("call", "word"), [
    (lambda table: survey.cronbach_alpha(table, ["a"]), "2"),
    (lambda table: survey.cronbach_alpha(table, ["a", "z"]), "z"),
    (lambda table: survey.cronbach_alpha(table, ["a", "a"]), "a"),
    (lambda table: survey.cronbach_alpha(table.head(2), ["a", "b"]), "3"),
    (lambda table: survey.cronbach_alpha(table.head(0), ["a", "b"]), "."),
    (lambda table: survey.cronbach_alpha(table.assign(a="x"), ["a", "b"]), "a"),
    (lambda table: survey.cronbach_alpha(table.assign(a=5), ["a", "b"]), "a"),
    (lambda table: survey.cronbach_alpha(table.assign(b=11 - table.a), ["a", "b"]), "."),
    (lambda table: survey.cronbach_alpha(table.a, ["a", "b"]), "Series"),
    (lambda table: survey.cronbach_alpha(table, ["a", "b"], level=95), "level"),
    (lambda table: survey.mcdonald_omega(table, ["a", "b", "c"], rng=None), "rng"),
    (lambda table: survey.mcdonald_omega(table, ["a", "b", "c"], rng=1, resamples=3), "100"),
    (lambda table: survey.mcdonald_omega(table, ["a", "b"], rng=1), "3"),
    (lambda table: survey.kmo(table.assign(e=table.a + table.b), ["a", "b", "e"]), "e"),
    (lambda table: survey.kmo(table, ["a", "b"]), "3"),
    (lambda table: survey.bartlett_sphericity(table.assign(e=table.a), ["a", "e"]), "e"),
    (lambda table: survey.average_variance_extracted([0.5, 1.4]), "1"),
    (lambda table: survey.composite_reliability(["x", "y"]), "1"),
    (lambda table: survey.scale_quality(table, {}), "image"),
    (lambda table: survey.reverse_items(table, "z", low=1, high=10), "z"),
    (lambda table: survey.reverse_items(table, "a", low=1, high=5), "a"),
    (lambda table: survey.reverse_items(table, "a", low=10, high=1), "10"),
    (lambda table: survey.reverse_items(table.assign(a_reversed=1), "a_reversed", low=1, high=10), "a_reversed"),
])  # fmt: skip
def test_bad_input_ends_in_a_sentence(answers, language, call, word):
    use_language(language)
    with pytest.raises(ValueError, match=word) as caught:
        call(answers)
    assert "Traceback" not in str(caught.value) and len(str(caught.value)) > 8
