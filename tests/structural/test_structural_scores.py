"""Index scores and the map of importance and performance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_structural_model import BLOCKS, PATHS, people

from crmlib.i18n import use_language
from crmlib.structural import acsi_score, importance_performance_map, index_scores, path_model

SCALE = {"low": -20, "high": 40}


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return people(2)


@pytest.fixture(scope="module")
def result(answers):
    return path_model(answers, paths=PATHS, blocks=BLOCKS)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(1, 10), st.floats(0.01, 5)), min_size=1, max_size=6), st.floats(0.1, 9))
def test_a_score_lies_between_its_items_and_only_proportions_of_weights_count(items, factor):
    means = {f"q{place}": mean for place, (mean, _weight) in enumerate(items)}
    weights = {f"q{place}": weight for place, (_mean, weight) in enumerate(items)}
    score = acsi_score(means, weights=weights)
    shares = [(mean - 1) / 9 * 100 for mean, _weight in items]
    assert min(shares) - 1e-9 <= score <= max(shares) + 1e-9
    assert acsi_score(pd.Series(means), weights={item: factor * weight for item, weight in weights.items()}) == pytest.approx(score)


def test_scores_of_a_model_are_weighted_means_of_items(answers, result):
    scores = index_scores(result, **SCALE)
    for name, block in BLOCKS.items():
        weights = result.items["weight"][block] / answers[block].std()
        assert scores["score"][name] == pytest.approx(acsi_score(answers, weights=weights.to_dict(), **SCALE))
    assert (scores["standard_error"] > 0).all() and scores["score"].between(0, 100).all()
    unscaled = path_model(answers, paths=PATHS, blocks=BLOCKS, scaled=False)
    weights = unscaled.items["weight"][BLOCKS["image"]].to_dict()
    assert index_scores(unscaled, **SCALE)["score"]["image"] == pytest.approx(acsi_score(answers, weights=weights, **SCALE))


def test_importance_is_a_regression_of_scores(answers, result):
    """Where all drivers act directly, importance is the slope of the target's score on theirs."""
    paths = [(name, "satisfaction") for name in ("image", "quality", "value")]
    direct = path_model(answers, paths=paths, blocks=BLOCKS)
    weights = direct.items["weight"] / answers[direct.items.index].std()
    scores = pd.DataFrame({name: answers[block] @ (weights[block] / weights[block].sum()) for name, block in BLOCKS.items()})
    centred = scores - scores.mean()
    slopes = np.linalg.lstsq(centred[["image", "quality", "value"]], centred["satisfaction"], rcond=None)[0]
    found = importance_performance_map(direct, **SCALE)
    assert found.table["importance"].tolist() == pytest.approx(slopes.tolist())
    whole = importance_performance_map(result, **SCALE)
    totals = result.effects.query("target == 'satisfaction'").set_index("driver")["total"]
    assert whole.table["total_effect"].to_dict() == totals.to_dict()
    assert whole.target_score == index_scores(result, **SCALE)["score"]["satisfaction"]
    assert whole.middle == pytest.approx((whole.table["importance"].mean(), whole.table["performance"].mean()))
    for row in whole.table.itertuples():
        weighty, good = row.importance >= whole.middle[0], row.performance >= whole.middle[1]
        assert row.quadrant == {(1, 0): "mend_first", (1, 1): "keep_up", (0, 0): "low_priority", (0, 1): "possible_overkill"}[weighty, good]


def test_scores_do_not_mind_the_correction_but_effects_do(answers, result):
    corrected = path_model(answers, paths=PATHS, blocks=BLOCKS, consistent=True)
    pd.testing.assert_frame_equal(index_scores(corrected, **SCALE), index_scores(result, **SCALE))
    two, one = (importance_performance_map(model, **SCALE).table["importance"] for model in (corrected, result))
    assert two["quality"] != pytest.approx(one["quality"], abs=0.01)


def test_the_map_speaks_both_languages(result):
    found = importance_performance_map(result, **SCALE)
    assert "satisfaction stands at" in found.summary()
    use_language("zh")
    assert "满意度" in found.summary()


@pytest.mark.parametrize("change, words", [
    ({"answers": {"a": 11}}, "a is outside the scale from 1 to 10"), ({"answers": {"b": 5}}, "lacks .* a"),
    ({"answers": {"a": None}}, "Nobody answered a"),
    ({"answers": pd.DataFrame({"a": ["x"]})}, "a is not a number"), ({"weights": {"a": -1}}, "0 or more"),
    ({"weights": {"a": 0}}, "not all 0"),
    ({"weights": {"a": "x"}}, "must be numbers"), ({"weights": {}}, "a number for each item"),
    ({"low": 10, "high": 1}, "low must be less"), ({"low": "1"}, "low must be less"), ({"answers": [5]}, "mean of each item"),
])  # fmt: skip
def test_what_a_score_refuses(change, words):
    with pytest.raises(ValueError, match=words):
        acsi_score(**({"answers": {"a": 5}, "weights": {"a": 1}} | change))


def test_what_scores_of_a_model_refuse(answers, result):
    with pytest.raises(ValueError, match="outside the scale from 1 to 10"):
        index_scores(result)
    with pytest.raises(ValueError, match="No path leads to image. Choose one of: quality"):
        importance_performance_map(result, target="image", **SCALE)
    with pytest.raises(ValueError, match="crm.structural.path_model"):
        index_scores(answers)
    turned = path_model(answers.assign(s1=12 - answers["s1"]), paths=PATHS, blocks=BLOCKS)
    with pytest.raises(ValueError, match="weight of s1 is negative"):
        importance_performance_map(turned, **SCALE)
