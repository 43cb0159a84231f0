import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from satisfaction.survey_world import survey, true_scores

from crmlib.i18n import use_language
from crmlib.satisfaction import index_score, index_tree

TWO = index_tree({"about": {"low": 1, "high": 10, "scale": "of_range"},
                  "total": {"a": {"weight": 0.7, "column": "a"}, "b": {"weight": 0.3, "column": "b"}}})  # fmt: skip


def test_by_hand():
    result = index_score(pd.DataFrame({"a": [10, 1, 5.5], "b": [10, None, None]}), TWO)
    assert result.table.score.tolist() == pytest.approx([0.7 * 50 + 0.3 * 100, 50, 100])
    assert result.table.contribution.tolist() == pytest.approx([65, 35, 30])
    assert result.table.points_lost.tolist() == pytest.approx([35, 35, 0])
    assert result.table.answered.tolist() == [3, 3, 1]
    assert result.score == pytest.approx(65)
    assert index_score(pd.DataFrame({"a": [10, 1, 5.5], "b": [10, None, None]}), TWO, scale="of_top").score == pytest.approx(
        0.7 * 55 + 0.3 * 100
    )


def test_intervals_are_those_of_a_regression_with_clustered_errors():
    """One item, weights, customers who answered twice: weighted least squares on a constant gives the same mean and standard error."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"customer_id": rng.integers(0, 40, 90).astype(str), "a": rng.integers(1, 11, 90), "w": rng.uniform(0.5, 3, 90)})
    one = index_tree({"about": {"low": 1, "high": 10, "scale": "of_top"}, "t": {"a": {"weight": 1, "column": "a"}}})
    row = index_score(table, one, weights="w").table.loc["a"]
    groups = table.customer_id.astype(int).to_numpy()
    fit = sm.WLS(10 * table.a, np.ones(90), weights=table.w).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}, use_t=True)  # fmt: skip
    people = table.customer_id.nunique()
    from scipy.stats import t

    half = t.ppf(0.975, people - 1) * fit.bse.iloc[0] * np.sqrt(people / (people - 1))
    assert [row.score, row.score_low, row.score_high] == pytest.approx(
        [fit.params.iloc[0], fit.params.iloc[0] - half, fit.params.iloc[0] + half]
    )


def test_a_sum_of_complete_items_has_the_plain_t_interval():
    rng = np.random.default_rng(5)
    table = pd.DataFrame(rng.integers(3, 9, (50, 2)), columns=["a", "b"])
    total = index_score(table, TWO).table.iloc[0]
    own = 100 * (0.7 * table.a + 0.3 * table.b - 1) / 9
    from scipy.stats import t

    half = t.ppf(0.975, 49) * own.std() / np.sqrt(50)
    assert [total.score, total.score_low, total.score_high] == pytest.approx([own.mean(), own.mean() - half, own.mean() + half])


def test_delta_and_bootstrap_agree_and_the_bootstrap_repeats_itself():
    answers = survey()[0]
    delta, first = index_score(answers), index_score(answers, method="bootstrap", rng=4)
    assert (delta.table.score_low - first.table.score_low).abs().max() < 0.25
    assert (delta.table.score_high - first.table.score_high).abs().max() < 0.25
    assert first.table.equals(index_score(answers, method="bootstrap", rng=np.random.default_rng(4)).table)


def test_it_finds_the_scores_that_the_respondents_quality_implies():
    """Each node within 3.5 standard errors of the truth (24 nodes of one survey; chance of a false alarm about 1 %)."""
    answers, latents, _kano = survey()
    truth = true_scores(latents.merge(answers[["invitation_id"]]))
    table = index_score(answers).table
    error = (table.score_high - table.score_low) / 2 / 1.96
    assert ((table.score - truth).abs() / error).max() < 3.5


def test_weights_by_the_chance_of_an_answer_bring_back_everybody_who_was_asked():
    """The dissatisfied answer less: unweighted the firm looks better than it is; the true chances take that off again."""
    answers, latents, _kano = survey()
    asked = true_scores(latents)["total"]
    chance = answers[["invitation_id"]].merge(latents[["invitation_id", "chance"]])["chance"]
    plain, weighted = index_score(answers), index_score(answers, weights=pd.Series(1 / chance.to_numpy(), index=answers.index))
    assert plain.table.score_low.iloc[0] > asked
    assert weighted.table.score_low.iloc[0] < asked < weighted.table.score_high.iloc[0]


def test_who_answered_twice_counts_as_one_respondent():
    answers = survey()[0]
    assert index_score(answers).people == answers.customer_id.nunique() < len(answers)
    alone = index_score(answers, respondent=None)
    assert alone.people == len(answers)
    assert alone.score == pytest.approx(index_score(answers).score)
    doubled = pd.concat([answers.drop(columns="invitation_id")] * 2, ignore_index=True)
    assert (index_score(doubled).table[["score_low", "score_high"]] - index_score(answers).table[["score_low", "score_high"]]).abs().max(
        axis=None
    ) < 1e-9


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.integers(1, 10), st.one_of(st.none(), st.integers(1, 10))), min_size=1, max_size=25), st.integers(2, 5))
def test_contributions_sum_to_the_total_and_everything_stays_on_the_scale(rows, times):
    table = pd.DataFrame(rows, columns=["a", "b"]).astype(float)
    table.loc[0, "b"] = 4.0
    before = table.copy()
    found = index_score(table, TWO, weights=np.full(len(table), times)).table
    assert table.equals(before)
    assert found.contribution.iloc[1:].sum() == pytest.approx(found.score.iloc[0])
    assert (found.contribution + found.points_lost).tolist() == pytest.approx((100 * found.total_weight).tolist())
    assert found.score.between(0, 100).all()
    known = found.dropna()
    assert ((known.score_low <= known.score + 1e-9) & (known.score <= known.score_high + 1e-9)).all()
    assert found.drop(columns="parent").equals(index_score(table, TWO).table.drop(columns="parent")) or np.allclose(
        found.score, index_score(table, TWO).table.score)  # fmt: skip


def test_one_respondent_has_no_interval_and_equal_answers_a_narrow_one():
    alone = index_score(pd.DataFrame({"a": [7], "b": [8]}), TWO).table
    assert alone.score_low.isna().all() and alone.score_high.isna().all()
    assert index_score(pd.DataFrame({"a": [7], "b": [8]}), TWO, method="bootstrap", rng=1).table.score_low.isna().all()
    same = index_score(pd.DataFrame({"a": [7] * 5, "b": [8] * 5}), TWO).table
    assert (same.score_high - same.score_low).abs().max() < 1e-9


def test_pandas_own_whole_numbers_with_gaps_are_read():
    table = pd.DataFrame({"a": pd.array([7, None, 9], dtype="Int64"), "b": [8, 8, 8]})
    assert index_score(table, TWO).table.answered.tolist() == [3, 2, 3]


@pytest.mark.parametrize(
    ("table", "options", "said"),
    [
        ({"a": [5]}, {}, "lacks the column.s. b"),
        ({"a": [], "b": []}, {}, "no answers at all"),
        ({"a": ["good"], "b": [3]}, {}, "a is not a number"),
        ({"a": [11, 3], "b": [3, 3]}, {}, "a lies outside its scale of 1 to 10: 1 row"),
        ({"a": [5], "b": [None]}, {}, "Nobody answered b"),
        ({"a": [5, 5], "b": [3, 3], "invitation_id": ["i", "i"]}, {}, "invitation_id stands more than once"),
        ({"a": [5], "b": [3], "customer_id": [None]}, {}, "customer_id is missing"),
        ({"a": [5, 5], "b": [3, 3]}, {"weights": [1, 0]}, "weights is not above 0"),
        ({"a": [5, 5], "b": [3, 3]}, {"weights": [1]}, "1 weights for 2"),
        ({"a": [5, 5], "b": [3, 3]}, {"weights": pd.Series([1, 1], index=[5, 6])}, "same index"),
        ({"a": [5]}, {"weights": "w"}, "lacks the column"),
        ({"a": [5], "b": [3]}, {"level": 95}, "level is 95"),
        ({"a": [5], "b": [3]}, {"method": "jackknife"}, "method is jackknife; use delta or bootstrap"),
        ({"a": [5], "b": [3]}, {"method": "bootstrap"}, "rng must be"),
        ({"a": [5], "b": [3]}, {"method": "bootstrap", "rng": 1, "resamples": 3}, "resamples is 3"),
        ({"a": [5], "b": [3]}, {"scale": "percent"}, "scale is percent"),
        ({"a": [5], "b": [3]}, {"respondent": "phone"}, "lacks the column.s. phone"),
    ],
)
def test_bad_answers_end_in_a_sentence(table, options, said):
    with pytest.raises(ValueError, match=said):
        index_score(pd.DataFrame(table), TWO, **options)
    with pytest.raises(ValueError, match="one row an answer sheet"):
        index_score([1, 2], TWO)


@pytest.mark.parametrize(("language", "said"), [("en", "Most points are lost at: delivery"), ("zh", "教学权重")])
def test_the_summary_tells_score_interval_and_kind_of_weights(language, said):
    use_language(language)
    assert said in index_score(survey()[0]).summary()
