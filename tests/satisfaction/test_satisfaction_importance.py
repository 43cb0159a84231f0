from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from satisfaction.survey_world import SCENARIO, survey

from crmlib.i18n import use_language
from crmlib.satisfaction import importance_performance, importance_weights, index_tree
from crmlib.satisfaction.correlations import relative_weights, standardised_coefficients

STAGES = ["acceptance", "pickup", "delivery", "aftersales", "information"]


def shapley(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """General dominance: each driver's mean gain of R² over all orders, written out."""
    size = len(outer)

    def r_squared(chosen: tuple[int, ...]) -> float:
        block = list(chosen)
        return float(outer[block] @ np.linalg.solve(inner[np.ix_(block, block)], outer[block])) if block else 0.0

    gains = np.zeros(size)
    for driver in range(size):
        others = [other for other in range(size) if other != driver]
        for count in range(size):
            weight = factorial(count) * factorial(size - count - 1) / factorial(size)
            gains[driver] += sum(weight * (r_squared((*chosen, driver)) - r_squared(chosen)) for chosen in combinations(others, count))
    return gains


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return survey()[0]


@pytest.fixture(scope="module")
def found(answers):
    return importance_weights(answers, rng=2)


def implied() -> tuple[np.ndarray, np.ndarray]:
    """Correlations of the stage scores that the scenario's loadings imply (without rounding and ceiling)."""
    loading, reliable = SCENARIO.index_loading**2, []
    for branch in index_tree().branches:
        shares = np.array([one.total_weight / branch.total_weight for one in index_tree().leaves_of(branch.code)])
        reliable.append(np.sqrt(loading / (loading + (1 - loading) * (shares**2).sum())))
    with_quality = np.array([SCENARIO.stage_quality[stage] for stage in STAGES]) * np.array(reliable)
    inner = np.outer(with_quality, with_quality)
    np.fill_diagonal(inner, 1)
    return inner, with_quality


def test_it_finds_the_weights_that_the_scenario_implies(found):
    """Satisfaction reaches the stages through quality alone, so the implied shares need no other path; all 95 % intervals but one at
    most hold their share (rounding and the ceiling at 10 pull a little)."""
    weights = relative_weights(*implied())
    shares = pd.Series(weights / weights.sum(), index=STAGES)
    inside = (found.table.derived_low <= shares) & (shares <= found.table.derived_high)
    assert inside.sum() >= 4
    assert (found.table.derived_share - shares).abs().max() < 0.08
    assert found.table.derived_rank.idxmin() == shares.idxmax() == "delivery"


def test_stated_importance_has_the_scenarios_means(found):
    assert (found.table.stated_mean - pd.Series(SCENARIO.importance)).abs().max() < 0.15
    assert found.table.stated_share.sum() == pytest.approx(1)
    assert found.table.stated_rank.idxmin() == "delivery"


def test_coefficients_are_those_of_a_regression_where_nothing_is_missing():
    rng = np.random.default_rng(8)
    table = pd.DataFrame(rng.normal(size=(80, 3)), columns=["a", "b", "c"])
    table["b"] += 0.5 * table.a
    table["happy"] = table.a + 0.3 * table.b + rng.normal(size=80)
    result = importance_weights(table, ["a", "b", "c"], outcome="happy", method="ols", resamples=100, rng=1)
    standard = (table - table.mean()) / table.std()
    fit = sm.OLS(standard.happy, standard[["a", "b", "c"]]).fit()
    assert result.table.coefficient.tolist() == pytest.approx(fit.params.tolist())
    assert result.r_squared == pytest.approx(fit.rsquared)
    assert importance_weights(table, ["a", "b", "c"], outcome="happy", resamples=100, rng=1).r_squared == pytest.approx(fit.rsquared)


@settings(deadline=None, max_examples=15)
@given(st.integers(2, 5), st.integers(0, 10**6))
def test_relative_weights_are_parts_of_r_squared_near_the_dominance_weights(size, seed):
    rng = np.random.default_rng(seed)
    matrix = np.corrcoef(rng.normal(size=(60, size + 1)) + 0.7 * rng.normal(size=(60, 1)), rowvar=False)
    inner, outer = matrix[:size, :size], matrix[:size, size]
    weights = relative_weights(inner, outer)
    r_squared = outer @ np.linalg.solve(inner, outer)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(r_squared)
    assert np.abs(weights - shapley(inner, outer)).max() < 0.05
    assert standardised_coefficients(inner, outer) == pytest.approx(np.linalg.solve(inner, outer))


def test_two_drivers_that_are_the_same_share_alike_and_the_coefficients_are_given_up():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"a": rng.normal(size=50), "c": rng.normal(size=50)})
    table["b"], table["satisfaction_1"] = table.a, table.a + rng.normal(size=50)
    result = importance_weights(table, ["a", "b", "c"], resamples=100, rng=1)
    assert result.collinear
    assert result.table.coefficient.isna().all()
    assert result.table.derived_share["a"] == pytest.approx(result.table.derived_share["b"])
    assert "cannot be told apart" in result.summary()
    with pytest.raises(ValueError, match="cannot be told apart"):
        importance_performance(table, ["a", "b", "c"], importance="ols", resamples=100, rng=1)


def test_a_negative_coefficient_gives_no_shares_and_a_warning():
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"a": rng.normal(size=200)})
    table["b"] = table.a + 0.3 * rng.normal(size=200)
    table["satisfaction_1"] = table.a - 0.4 * table.b + 0.3 * rng.normal(size=200)
    result = importance_weights(table, ["a", "b"], method="ols", resamples=200, rng=1)
    assert result.negative == ["b"]
    assert result.table.derived_share.isna().all()
    assert "no proof that good service there does harm" in result.summary()
    assert importance_weights(table, ["a", "b"], resamples=200, rng=1).table.derived_share.sum() == pytest.approx(1)


def test_same_seed_same_intervals_and_the_table_stays_as_it_is(answers, found):
    before = answers.copy()
    assert importance_weights(answers, rng=np.random.default_rng(2)).table.equals(found.table)
    assert answers.equals(before)
    assert ((found.table.derived_low <= found.table.derived_share) & (found.table.derived_share <= found.table.derived_high)).all()


@pytest.mark.parametrize(
    ("table", "drivers", "options", "said"),
    [
        ({"a": [1, 2], "b": [2, 1]}, ["a", "b"], {}, "Name the outcome"),
        ({"a": [1, 2], "satisfaction_1": [2, 1]}, ["a"], {}, "at least two different drivers"),
        ({"a": [1, 2], "satisfaction_1": [2, 1]}, ["a", "a"], {}, "at least two different drivers"),
        ({"a": [1, 2], "satisfaction_1": [2, 1]}, ["a", "z"], {}, "lacks the column.s. z"),
        ({"a": [1, 2, 3], "b": [3, 3, 3], "satisfaction_1": [2, 1, 3]}, ["a", "b"], {}, "all answered the same: b"),
        ({"a": [1, 2, 3], "b": [None, None, None], "satisfaction_1": [2, 1, 3]}, ["a", "b"], {}, "Nobody answered b"),
        ({"a": [1], "b": [3], "satisfaction_1": [2]}, ["a", "b"], {}, "No correlation"),
        ({"a": ["x"], "b": [3], "satisfaction_1": [2]}, ["a", "b"], {}, "a is not a number"),
        ({"a": [1, 2], "b": [3, 1], "satisfaction_1": [2, 1]}, ["a", "b"], {"method": "lasso"}, "method is lasso; use relative or ols"),
        ({"a": [1, 2], "b": [3, 1], "satisfaction_1": [2, 1]}, ["a", "b"], {"rng": None}, "rng must be"),
    ],
)
def test_bad_input_ends_in_a_sentence(table, drivers, options, said):
    with pytest.raises(ValueError, match=said):
        importance_weights(pd.DataFrame(table), drivers, **{"rng": 1} | options)


# ---- importance against performance


def test_quadrants_by_hand():
    table = pd.DataFrame({"a": [2, 2, 3], "b": [9, 9, 8], "c": [1, 2, 1], "d": [8, 9, 8], "satisfaction_1": [1, 2, 3]})
    own = {"a": 9, "b": 9, "c": 1, "d": 1}
    result = importance_performance(table, list("abcd"), importance=own, resamples=100, rng=1)
    assert result.table.quadrant.tolist() == ["concentrate", "keep_up", "low_priority", "overdone"]
    assert (result.importance_at, result.performance_at) == (5, pytest.approx((7 / 3 + 26 / 3 + 4 / 3 + 25 / 3) / 4))
    assert result.table.sure.all()
    strict = importance_performance(table, list("abcd"), importance=own, performance_at=10, importance_at="median", resamples=100, rng=1)
    assert strict.table.quadrant.tolist() == ["concentrate", "concentrate", "low_priority", "low_priority"]


def test_a_driver_on_the_line_is_not_sure(answers):
    result = importance_performance(answers, resamples=300, rng=3)
    assert result.table.loc["aftersales", ["quadrant", "sure"]].tolist() == ["concentrate", True]
    line = importance_performance(answers, performance_at=float(result.table.performance["delivery"]), resamples=300, rng=3)
    assert 0.3 < line.table.certainty["delivery"] < 0.7
    assert not line.table.sure["delivery"]
    assert "Not sure at 95%: delivery" in line.summary()
    use_language("zh")
    assert "投递" in line.summary()


def test_derived_importance_gives_the_shares_of_importance_weights(answers, found):
    result = importance_performance(answers, importance="relative", rng=2)
    assert result.table.importance.tolist() == pytest.approx(found.table.derived_share.tolist())
    assert result.table.importance_low.tolist() == pytest.approx(found.table.derived_low.tolist())
    assert importance_performance(answers, importance=found.table.derived_share, resamples=100, rng=2).importance_at == pytest.approx(
        result.importance_at
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"importance": "guessed"}, "importance is guessed; use stated or relative or ols"),
        ({"importance": {"acceptance": 3}}, "lacks the column"),
        ({"importance_at": "top"}, "importance_at is top"),
        ({"performance_at": float("nan")}, "performance_at is nan"),
        ({"level": 1.5}, "level is 1.5"),
    ],
)
def test_bad_options_end_in_a_sentence(answers, options, said):
    with pytest.raises(ValueError, match=said):
        importance_performance(answers, **{"rng": 1, "resamples": 100} | options)
    with pytest.raises(ValueError, match="Nobody was asked how important these are: a, b"):
        importance_performance(pd.DataFrame({"a": [1, 2, 3], "b": [3, 1, 1], "satisfaction_1": [2, 1, 1]}), ["a", "b"], rng=1)
