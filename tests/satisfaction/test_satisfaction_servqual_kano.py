import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from satisfaction.survey_world import SCENARIO, survey
from scipy.stats import ttest_rel
from statsmodels.stats.proportion import proportion_confint

from crmlib.company.survey_items import KANO_FEATURES, SERVQUAL_ITEMS
from crmlib.i18n import use_language
from crmlib.satisfaction import kano, kano_table, servqual_gaps


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return survey()[0]


# ---- SERVQUAL


def test_an_items_gap_is_the_paired_difference():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"x_1_expected": rng.integers(4, 8, 40), "x_1_perceived": rng.integers(2, 8, 40)})
    row = servqual_gaps(table).items.loc["x_1"]
    known = ttest_rel(table.x_1_perceived, table.x_1_expected).confidence_interval(0.95)
    assert [row.gap, row.gap_low, row.gap_high] == pytest.approx([(table.x_1_perceived - table.x_1_expected).mean(), known.low, known.high])


def test_half_a_pair_does_not_count_and_the_dimension_is_the_mean_of_its_items():
    table = pd.DataFrame({"x_1_expected": [7, 7, None], "x_1_perceived": [5, 6, 1], "x_2_expected": [6, 6, 6], "x_2_perceived": [6, 3, 6]})
    result = servqual_gaps(table)
    assert result.items[["expectation", "perception", "gap", "answered"]].values.tolist() == [[7, 5.5, -1.5, 2], [6, 5, -1, 3]]
    assert result.dimensions.gap.tolist() == [-1.25]
    assert result.gap == -1.25


def test_dimension_weights_in_any_unit():
    table = pd.DataFrame({"x_1_expected": [7, 7], "x_1_perceived": [5, 5], "y_1_expected": [6, 6], "y_1_perceived": [6, 6]})
    result = servqual_gaps(table, dimension_weights={"x": 75, "y": 25})
    assert result.dimensions.weighted_gap.tolist() == [-1.5, 0]
    assert result.gap == -1.5
    for wrong in ({"x": 1}, {"x": 1, "y": 0}, {"x": 1, "y": "much"}):
        with pytest.raises(ValueError, match="dimension_weights"):
            servqual_gaps(table, dimension_weights=wrong)


def test_it_finds_the_gaps_of_the_scenario(answers):
    """The items have the stated means for average customers; those who answer are a little happier, which lifts both sides (0.2)."""
    items = servqual_gaps(answers).items
    truth = pd.Series({item.name: item.mean - SCENARIO.servqual_expected for item in SERVQUAL_ITEMS})
    assert (items.gap - truth).abs().max() < 0.2
    assert servqual_gaps(answers).dimensions.gap.idxmin() in ("responsiveness", "empathy", "reliability")
    assert items.gap.rank().corr(truth.rank()) > 0.9


@settings(deadline=None, max_examples=12)
@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=2, max_size=20))
def test_turning_expected_and_perceived_round_turns_the_gap_round(pairs):
    table = pd.DataFrame(pairs, columns=["a_1_expected", "a_1_perceived"])
    turned = table.rename(columns={"a_1_expected": "a_1_perceived", "a_1_perceived": "a_1_expected"})
    one, other = servqual_gaps(table), servqual_gaps(turned)
    assert [one.gap, one.gap_low, one.gap_high] == pytest.approx([-other.gap, -other.gap_high, -other.gap_low])


@pytest.mark.parametrize(
    ("table", "options", "said"),
    [
        ({"a": [1]}, {}, "Every dimension needs items"),
        ({"a_1_expected": [1], "a_1_perceived": [9]}, {}, "a_1_perceived lies outside its scale of 1 to 7"),
        ({"a_1_expected": [1], "a_1_perceived": [None]}, {}, "Nobody answered a_1"),
        ({"a_1_expected": [1]}, {"dimensions": {"a": ["a_1"]}}, "lacks the column.s. a_1_perceived"),
        ({"a_1_expected": [1], "a_1_perceived": [1]}, {"dimensions": {"a": ["a_1"], "b": ["a_1"]}}, "one dimension only"),
        ({"a_1_expected": [1], "a_1_perceived": [1]}, {"dimensions": {"a": []}}, "Every dimension needs items"),
    ],
)
def test_bad_pairs_end_in_a_sentence(table, options, said):
    with pytest.raises(ValueError, match=said):
        servqual_gaps(pd.DataFrame(table), **options)


# ---- Kano


def pairs(counts: dict[tuple[int, int], int], name: str = "f") -> pd.DataFrame:
    rows = [pair for pair, count in counts.items() for _number in range(count)]
    return pd.DataFrame(rows, columns=[f"{name}_with", f"{name}_without"])


def test_the_evaluation_table_is_the_published_one():
    letters = {"attractive": "A", "one_dimensional": "O", "must_be": "M", "indifferent": "I", "reverse": "R", "questionable": "Q"}
    assert ["".join(letters[code] for code in row) for row in kano_table().to_numpy()] == ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]


def test_counts_coefficients_and_intervals():
    row = kano(pairs({(1, 3): 30, (1, 5): 20, (2, 5): 10, (3, 3): 40, (5, 1): 5, (1, 1): 2})).table.loc["f"]
    assert row[["attractive", "one_dimensional", "must_be", "indifferent", "reverse", "questionable"]].tolist() == [30, 20, 10, 40, 5, 2]
    assert (row.kano, row.runner_up) == ("indifferent", "attractive")
    assert (row.better, row.worse) == (0.5, -0.3)
    assert [row.better_low, row.better_high] == pytest.approx(proportion_confint(50, 100, method="wilson"))
    assert [-row.worse_high, -row.worse_low] == pytest.approx(proportion_confint(30, 100, method="wilson"))


@pytest.mark.parametrize(
    ("first", "second", "rest", "differ"), [(60, 30, 10, True), (45, 40, 15, False), (50, 50, 0, False), (12, 3, 5, True)]
)
def test_fongs_test_at_nine_in_ten(first, second, rest, differ):
    """|a − b| ≥ 1.65 √((a + b)(2n − a − b) / 2n), as Fong gives it, written out."""
    size = first + second + rest
    least = 1.645 * np.sqrt((first + second) * (2 * size - first - second) / (2 * size))
    assert (first - second >= least and first > second) == differ
    table = pairs({(1, 3): first, (2, 5): second, (3, 3): rest})
    assert kano(table, level=0.9).table.fong["f"] == differ


def test_ties_go_to_what_hurts_most_when_missing():
    assert kano(pairs({(1, 3): 5, (2, 5): 5, (3, 3): 5, (1, 5): 5})).table.loc["f", ["kano", "runner_up"]].tolist() == [
        "must_be",
        "one_dimensional",
    ]


@pytest.mark.parametrize(
    ("counts", "code", "sure"),
    [
        ({(1, 5): 20}, "one_dimensional", True), ({(1, 3): 20}, "attractive", True), ({(3, 5): 20}, "must_be", True),
        ({(3, 3): 20}, "indifferent", True), ({(5, 3): 20}, "reverse", True), ({(1, 3): 11, (3, 3): 10}, "attractive", False),
    ],
)  # fmt: skip
def test_the_continuous_analysis(counts, code, sure):
    assert kano(pairs(counts)).table.loc["f", ["continuous", "continuous_sure"]].tolist() == [code, sure]


def test_only_the_last_sheet_of_a_customer_counts_unless_asked_otherwise():
    table = pairs({(1, 3): 1, (3, 3): 2}).assign(customer_id=["c1", "c1", "c2"])
    assert kano(table).table.indifferent["f"] == 2 and kano(table).set_aside == 1
    assert kano(table, repeated="all").table.attractive["f"] == 1
    assert "1 earlier sheets" in kano(table).summary()


def test_it_finds_the_classes_of_the_scenario_and_of_the_very_customers(answers):
    """About 900 customers; 6 % of pairs are random, most of which fall on indifferent and reverse: a share may be off by 0.06 of slips and
    3.5 standard errors of 0.017."""
    _answers, _latents, truth = survey()
    result = kano(answers).table
    asked = truth[truth.customer_id.isin(answers.customer_id)]
    codes = ["attractive", "one_dimensional", "must_be", "indifferent", "reverse"]
    for feature in KANO_FEATURES:
        found = result.loc[feature.name, codes].astype(float) / result.answered[feature.name]
        own = asked[feature.name].value_counts(normalize=True).reindex(codes, fill_value=0)
        assert (found - own).abs().max() < 0.06
        top = sorted(feature.shares)[::-1]
        if top[0] - top[1] > 0.12:
            assert result.kano[feature.name] == codes[int(np.argmax(feature.shares))]


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.one_of(st.none(), st.integers(1, 5)), st.integers(1, 5)), min_size=1, max_size=30))
def test_counts_sum_to_the_answers_and_coefficients_stay_in_bounds(rows):
    table = pd.DataFrame([(1, 5), *rows], columns=["f_with", "f_without"]).astype(float)
    row = kano(table).table.loc["f"]
    counts = row[["attractive", "one_dimensional", "must_be", "indifferent", "reverse", "questionable"]]
    assert counts.sum() == row.answered == table.notna().all(axis=1).sum()
    assert counts[row.kano] == counts.max()
    assert 0 <= row.better_low <= row.better <= row.better_high <= 1
    assert -1 <= row.worse_low <= row.worse <= row.worse_high <= 0
    assert 0 <= row.p_value <= 1


def test_nobody_in_the_four_classes_leaves_the_coefficients_empty():
    row = kano(pairs({(5, 1): 4})).table.loc["f"]
    assert row.kano == "reverse" and np.isnan(row.better) and np.isnan(row.worse)


@pytest.mark.parametrize(
    ("table", "options", "said"),
    [
        ({"a": [1]}, {}, "a feature is a pair of columns"),
        ({"f_with": [1], "f_without": [6]}, {}, "f_without lies outside its scale of 1 to 5"),
        ({"f_with": [1.5], "f_without": [2]}, {}, "f_with must hold whole numbers"),
        ({"f_with": ["like"], "f_without": [2]}, {}, "f_with is not a number"),
        ({"f_with": [1], "f_without": [None]}, {}, "Nobody answered f"),
        ({"f_with": [1]}, {"features": ["f"]}, "lacks the column.s. f_without"),
        ({"f_with": [1], "f_without": [1]}, {"features": ["f", "f"]}, "each feature once"),
        ({"f_with": [1], "f_without": [1]}, {"repeated": "first"}, "repeated is first; use last or all"),
    ],
)
def test_bad_kano_answers_end_in_a_sentence(table, options, said):
    with pytest.raises(ValueError, match=said):
        kano(pd.DataFrame(table), **options)


def test_summaries_in_both_languages(answers):
    assert "Taken for granted" in kano(answers).summary()
    assert "falls shortest in" in servqual_gaps(answers).summary()
    use_language("zh")
    assert "理所应当" in kano(answers).summary()
    assert "差得最多的是" in servqual_gaps(answers).summary()
