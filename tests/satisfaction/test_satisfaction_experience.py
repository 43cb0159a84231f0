import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from satisfaction.survey_world import survey, true_scores

from crmlib.i18n import use_language
from crmlib.satisfaction import experience_index, index_score, index_tree

TWO = index_tree({"about": {"low": 0, "high": 10},
                  "total": {"a": {"weight": 0.6, "column": "a"}, "b": {"weight": 0.4, "b1": {"weight": 0.5, "column": "b1"},
                                                                      "b2": {"weight": 0.5, "column": "b2"}}}})  # fmt: skip


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return survey()[0]


def test_each_period_is_scored_as_by_index_score(answers):
    result = experience_index(answers)
    for wave, part in answers.groupby("wave"):
        row = index_score(part).table.iloc[0]
        assert result.table.loc[wave, ["score", "score_low", "score_high", "sheets"]].tolist() == pytest.approx(
            [row.score, row.score_low, row.score_high, len(part)])  # fmt: skip
        mine = result.nodes[result.nodes.period == wave].set_index("indicator").score
        assert mine.tolist() == pytest.approx(index_score(part).table.score.tolist())
    assert result.change == pytest.approx(result.table.score.iloc[-1] - result.table.score.iloc[0])
    assert result.table.change.iloc[-1] == pytest.approx(result.change)


def test_it_finds_the_change_that_the_respondents_quality_implies(answers):
    """The change of the total and of each branch within 3 standard errors of the truth."""
    latents = survey()[1].merge(answers[["invitation_id"]])
    truth = [true_scores(latents[latents.wave == wave]) for wave in (1, 2)]
    result = experience_index(answers)
    shares = result.tree.table.total_weight[result.drivers.index]
    off = (
        (result.drivers.change - shares * (truth[1] - truth[0])[result.drivers.index])
        / (result.drivers.change - result.drivers.change_low)
        * 1.96
    )
    assert off.abs().max() < 3
    assert abs(result.change - (truth[1] - truth[0])["total"]) < 3 * (result.change_high - result.change) / 1.96


def test_interval_of_a_change_among_the_same_people_is_that_of_a_paired_difference():
    from scipy.stats import ttest_rel

    rng = np.random.default_rng(4)
    first = rng.integers(3, 9, 30)
    second = np.clip(first + rng.integers(-1, 3, 30), 0, 10)
    table = pd.DataFrame({"customer_id": [*range(30)] * 2, "wave": [1] * 30 + [2] * 30, "a": [*first, *second]})
    one = index_tree({"about": {"low": 0, "high": 10}, "t": {"a": {"weight": 1, "column": "a"}}})
    result, paired = experience_index(table, one), ttest_rel(10 * second, 10 * first).confidence_interval(0.95)
    assert [result.change_low, result.change_high] == pytest.approx([paired.low, paired.high])
    assert result.drivers[["change_low", "change_high"]].values.tolist()[0] == pytest.approx([paired.low, paired.high])
    assert result.table[["change_low", "change_high"]].values.tolist()[1] == pytest.approx([paired.low, paired.high])


def test_change_of_weights_alone_is_all_weights():
    table = pd.DataFrame({"wave": [1, 1, 2, 2], "a": [9, 9, 9, 9], "b1": [5, 5, 5, 5], "b2": [4, 6, 6, 4]})
    trees = {1: TWO, 2: TWO.with_weights({"a": 0.8, "b": 0.2})}
    result = experience_index(table, trees, min_answers=1)
    assert result.change == pytest.approx(8)
    assert result.drivers[["performance", "mix"]].abs().max(axis=None) < 1e-9
    assert result.drivers.weights.sum() == pytest.approx(8)
    assert (result.drivers.weights > 0).all(), "more weight on what is good and less on what is poor both lift the total"


def test_change_of_people_alone_is_all_mix():
    group = {"shop": 9, "person": 4}
    rows = [(1, "shop")] * 6 + [(1, "person")] * 2 + [(2, "shop")] * 2 + [(2, "person")] * 6
    table = pd.DataFrame([{"wave": wave, "market": who, "a": group[who], "b1": group[who], "b2": group[who]} for wave, who in rows])
    result = experience_index(table, TWO, mix="market", min_answers=1)
    assert result.change == pytest.approx(-25)
    assert result.drivers.performance.abs().max() < 1e-9
    assert result.drivers.mix.sum() == pytest.approx(-25)
    without = experience_index(table, TWO, min_answers=1)
    assert without.drivers.performance.sum() == pytest.approx(-25), "without the groups it looks like worse service"


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10**6), st.integers(5, 9))
def test_parts_sum_to_the_change_whatever_is_missing(seed, weight):
    rng = np.random.default_rng(seed)
    size = 40
    table = pd.DataFrame(rng.integers(0, 11, (size, 3)).astype(float), columns=["a", "b1", "b2"])
    table = table.mask(rng.random(table.shape) < 0.3)
    table["wave"], table["customer_id"] = rng.integers(1, 4, size), rng.integers(0, 25, size).astype(str)
    table["market"] = rng.choice(["x", "y", "z"], size)
    table.loc[:2, ["a", "b1", "b2"]] = 5.0
    table.loc[:2, "wave"] = [1, 2, 3]
    trees = {1: TWO, 2: TWO, 3: TWO.with_weights({"a": weight / 10, "b": 1 - weight / 10})}
    result = experience_index(table, trees, mix="market", weights=rng.uniform(0.5, 2, size), min_answers=1)
    assert result.drivers.change.sum() == pytest.approx(result.change, abs=1e-9)
    assert result.drivers[["performance", "mix", "weights"]].sum(axis=1).tolist() == pytest.approx(result.drivers.change.tolist())
    assert result.table.score.between(0, 100).all()


def test_errors_of_a_branch_include_those_of_the_average_total():
    """With other weights and other answers, the errors of the branches are those of a jackknife written out."""
    rng = np.random.default_rng(9)
    table = pd.DataFrame(rng.integers(2, 10, (24, 3)).astype(float), columns=["a", "b1", "b2"])
    table["wave"] = [1] * 12 + [2] * 12
    trees = {1: TWO, 2: TWO.with_weights({"a": 0.2, "b": 0.8})}
    result = experience_index(table, trees, min_answers=1)
    without = pd.DataFrame([experience_index(table.drop(row), trees, min_answers=1).drivers.change for row in range(24)])
    jackknife = np.sqrt(23 / 24 * ((without - without.mean()) ** 2).sum())
    from scipy.stats import t

    mine = (result.drivers.change_high - result.drivers.change) / t.ppf(0.975, 23)
    assert (jackknife / mine).between(0.95, 1.1).all()


def test_months_and_periods_with_too_few_answers(answers):
    result = experience_index(answers, by="month")
    assert not result.table.enough.all() or len(result.table) == 2
    assert result.table.index[0] == answers.answered_on.min().to_period("M").to_timestamp()
    few = answers.copy()
    few.loc[few.index[:5], "wave"] = 0
    assert not experience_index(few).table.loc[0, "enough"]
    assert np.isnan(experience_index(few).table.loc[0, "score"])
    assert "too few answers" in experience_index(few).summary()


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({}, {"min_answers": 10**6}, "at least 1000000 answer sheets each; here 0 of 2"),
        ({}, {"min_answers": 0}, "min_answers is 0"),
        ({}, {"by": "quarter"}, "lacks the column.s. quarter"),
        ({}, {"before": 7}, "before is 7, which is no scored period. There are: 1, 2"),
        ({}, {"mix": "colour"}, "lacks the column.s. colour"),
        ({}, {"mix": [1, 2]}, "mix must be a column"),
        ({}, {"tree": {1: TWO}}, "no tree for the period.s. 2"),
        ({}, {"tree": {1: TWO, 2: index_tree()}}, "same nodes in the same order"),
        ({"wave": None}, {}, "wave is missing"),
        ({"answered_on": "soon"}, {"by": "month"}, "answered_on is no date"),
        ({"a": 11}, {}, "a lies outside its scale"),
    ],
)
def test_bad_input_ends_in_a_sentence(change, options, said):
    table = pd.DataFrame({"wave": [1.0, 1, 2, 2], "a": [6, 8, 8, 8], "b1": [5, 5, 5, 7], "b2": [1, 2, 3, 4]})
    with pytest.raises(ValueError, match=said):
        experience_index(table.assign(**change), **{"tree": TWO, "min_answers": 1} | options)


def test_the_summary_says_when_it_may_be_chance(answers):
    told = experience_index(answers)
    assert ("may be chance" in told.summary()) == (told.change_low <= 0 <= told.change_high)
    use_language("zh")
    assert "变动最大的环节是" in told.summary()
