"""What people give in place of what is wanted: each ends in a right answer or in a sentence."""

import numpy as np
import pandas as pd
import pytest

from crmlib.i18n import use_language
from crmlib.satisfaction import (
    experience_index, importance_performance, importance_weights, index_score, index_tree, kano, promise_check, promise_handbook,
    promise_samples, servqual_gaps,
)  # fmt: skip

TREE = index_tree({"about": {"low": 0, "high": 10}, "total": {"a": {"weight": 0.5, "column": "a"}, "b": {"weight": 0.5, "column": "b"}}})
ANSWERS = pd.DataFrame({"a": [1.0, 4, 2, 8, 5, 7], "b": [2.0, 3, 1, 9, 5, 6], "satisfaction_1": [2.0, 3, 2, 9, 6, 6],
                        "answered_on": pd.date_range("2026-01-30", periods=6, freq="D"), "wave": [1, 1, 1, 2, 2, 2]})  # fmt: skip
DRAW = {"resamples": 100, "rng": 1}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: importance_weights(ANSWERS.head(3), ["a", "b"], **DRAW), "3 respondent.s. are too few to weigh 2 drivers"),
        (lambda: importance_performance(ANSWERS.head(3), ["a", "b"], importance="ols", **DRAW), "too few to weigh"),
        (lambda: importance_weights(ANSWERS, ["a", "satisfaction_1"], **DRAW), "satisfaction_1 is a driver and the outcome at once"),
        (lambda: importance_weights(ANSWERS, TREE, outcome=["b"], **DRAW), "b is a driver and the outcome"),
        (lambda: importance_weights(ANSWERS, 5, **DRAW), "drivers must name columns"),
        (lambda: importance_weights(ANSWERS, ["a", "b"], stated=5, **DRAW), "stated must name columns"),
        (lambda: importance_weights(ANSWERS, ["a", "b"], outcome=5, **DRAW), "lacks the column.s. 5"),
        (lambda: index_score(ANSWERS, TREE, weights=2), "weights must be the name of a column"),
        (lambda: index_score(pd.concat([ANSWERS, ANSWERS[["a"]]], axis=1), TREE), "several columns called a"),
        (lambda: index_score(ANSWERS.assign(a=pd.Timedelta("1D")), TREE), "a is not a number"),
        (lambda: index_tree(5), "A tree is read from a TOML file"),
        (lambda: TREE.with_weights([0.5, 0.5]), "Name the nodes and their weights"),
        (lambda: experience_index(ANSWERS, TREE, min_answers=1, before=2, after=2), "same period, 2"),
        (lambda: experience_index(ANSWERS.assign(wave=[1, 1, 1, "x", "x", "x"]), TREE, min_answers=1), "wave mixes texts and numbers"),
        (lambda: experience_index(ANSWERS, TREE, by="month", min_answers=1, after="soon"), "after is soon, which is no date"),
        (lambda: servqual_gaps(ANSWERS, ["a"]), "dimensions must name"),
        (lambda: servqual_gaps(ANSWERS, low="1"), "The scale from 1 to 7"),
        (lambda: kano(pd.DataFrame({"f_with": [1], "f_without": [5]}), respondent="customer"), "lacks the column.s. customer"),
        (lambda: kano(pd.DataFrame({"f_with": [1], "f_without": [5]}), 5), "a feature is a pair of columns"),
    ],
)
def test_hard_input_ends_in_a_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_respondent_gets_a_score_and_no_interval(language):
    use_language(language)
    one = index_score(ANSWERS.head(1), TREE)
    assert one.score == 15 and np.isnan(one.table.score_low.iloc[0]) and "nan" not in one.summary()
    gaps = servqual_gaps(pd.DataFrame({"care_1_expected": [6.0], "care_1_perceived": [5.0]}))
    assert gaps.gap == -1 and "nan" not in gaps.summary()


def test_a_tree_of_one_item_has_a_summary():
    alone = index_tree({"about": {"low": 0, "high": 10}, "a": {"weight": 1, "column": "a"}})
    assert "45.0 of 100" in index_score(ANSWERS, alone).summary()


def test_a_firm_that_exceeds_expectations_is_not_said_to_fall_short():
    better = pd.DataFrame({"care_1_expected": [4.0, 5, 4], "care_1_perceived": [6.0, 6, 7]})
    assert "No dimension falls short" in servqual_gaps(better).summary()


def test_those_who_contradict_themselves_are_named():
    assert "ask again" in kano(pd.DataFrame({"f_with": [1, 1, 1], "f_without": [1, 1, 3]})).summary()


@pytest.mark.parametrize("days", [lambda days: days.dt.tz_localize("Asia/Shanghai"), lambda days: days.astype("timestamp[us][pyarrow]")])
def test_months_of_any_kind_of_date(days):
    plain = experience_index(ANSWERS, TREE, by="month", min_answers=1)
    other = experience_index(ANSWERS.assign(answered_on=days(ANSWERS.answered_on)), TREE, by="month", min_answers=1)
    pd.testing.assert_frame_equal(other.table, plain.table)


def test_chinese_sentences_stand_without_spaces_between_them():
    use_language("zh")
    check = promise_check(promise_samples().iloc[0])
    assert "。 " not in check.summary() and "。 " not in importance_weights(ANSWERS, ["a", "b"], **DRAW).summary()
    assert promise_handbook().say.str.len().min() > 0
