"""Intervals: the batch gives what one model after another gives; what is drawn, turned, failed and refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from test_structural_model import BLOCKS, PATHS, people

from crmlib.structural import bootstrap_paths, path_model


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    table = people(4, 90)
    table.iloc[[3, 50], [0, 4]] = np.nan
    return table


@pytest.fixture(scope="module")
def result(answers):
    return path_model(answers, paths=PATHS, blocks=BLOCKS, missing="mean", tolerance=1e-10)


@pytest.fixture(scope="module")
def intervals(result):
    return bootstrap_paths(result, resamples=600, rng=7)


@pytest.mark.parametrize("scheme, modes, scaled, consistent", [
    ("path", "A", True, False), ("centroid", "A", False, False), ("factorial", {"image": "B"}, True, False), ("path", "A", True, True),
])  # fmt: skip
def test_batch_equals_one_by_one(answers, scheme, modes, scaled, consistent):
    """Also where gaps are filled, which is done anew in every resample."""
    how = {"paths": PATHS, "blocks": BLOCKS, "modes": modes, "scheme": scheme, "scaled": scaled, "consistent": consistent,
           "missing": "mean", "tolerance": 1e-10}  # fmt: skip
    drawn = bootstrap_paths(path_model(answers, **how), resamples=100, rng=11)
    places = np.random.default_rng(11).integers(90, size=(100, 90), dtype=np.int64)
    single = []
    for rows in places[:12]:
        try:
            single.append(path_model(answers.iloc[rows], **how).paths["coefficient"].to_numpy())
        except ValueError:
            assert consistent, "only a correction for error may fail here"
    np.testing.assert_allclose(drawn.drawn.iloc[: len(single)], single, atol=1e-7)


def test_intervals_hold_the_estimates_and_answer_to_the_level(result, intervals):
    for table in (intervals.paths, intervals.effects):
        assert (table["low"] < table["coefficient"]).all() and (table["coefficient"] < table["high"]).all()
        assert (table["clear"] == ((table["low"] > 0) | (table["high"] < 0))).all()
    np.testing.assert_allclose(intervals.drawn.std(), intervals.paths["standard_error"])
    np.testing.assert_allclose(intervals.drawn.quantile(0.025), intervals.paths["low"])
    assert intervals.items[["weight", "loading"]].equals(result.items[["weight", "loading"]])
    assert intervals.constructs.index.tolist() == ["quality", "value", "satisfaction"] and len(intervals.effects) == len(result.effects)
    narrow = bootstrap_paths(result, resamples=600, level=0.5, rng=7).paths
    assert ((narrow["high"] - narrow["low"]) < (intervals.paths["high"] - intervals.paths["low"])).all()
    again = bootstrap_paths(result, resamples=600, rng=np.random.default_rng(7))
    pd.testing.assert_frame_equal(again.paths, intervals.paths)


def test_standard_error_of_a_correlation_is_the_textbook_one():
    """For normal data (1 − r²)/√n; 2,000 resamples know it to about 2 %, 400 people to about 5 %."""
    cause, luck = np.random.default_rng(1).normal(size=(2, 400))
    table = pd.DataFrame({"a": cause, "b": 0.6 * cause + 0.8 * luck})
    found = bootstrap_paths(path_model(table, paths=[("x", "y")], blocks={"x": "a", "y": "b"}), resamples=2000, rng=1).paths.iloc[0]
    assert found["standard_error"] == pytest.approx((1 - found["coefficient"] ** 2) / 20, rel=0.15)


def test_bca_by_scipy():
    from scipy.stats import bootstrap

    rng = np.random.default_rng(2)
    a = rng.exponential(size=60)
    table = pd.DataFrame({"a": a, "b": a + rng.exponential(size=60)})
    result = path_model(table, paths=[("x", "y")], blocks={"x": ["a"], "y": ["b"]})
    ours = bootstrap_paths(result, resamples=2000, method="bca", rng=1).paths.iloc[0]
    plain = bootstrap_paths(result, resamples=2000, rng=1).paths.iloc[0]

    def correlation(x, y, axis=-1):
        x, y = x - x.mean(axis=axis, keepdims=True), y - y.mean(axis=axis, keepdims=True)
        return (x * y).sum(axis) / np.sqrt((x * x).sum(axis) * (y * y).sum(axis))

    theirs = bootstrap((table["a"], table["b"]), correlation, paired=True, n_resamples=2000, method="BCa", random_state=1, vectorized=True)
    interval = theirs.confidence_interval
    assert [ours["low"], ours["high"]] == pytest.approx([interval.low, interval.high], abs=0.03)
    assert ours["low"] < plain["low"], "the correlation of skewed data is biased upwards, so the interval moves down"


def test_groups_are_drawn_whole(answers):
    """Everybody twice: the estimate stays, and drawing persons instead of rows gives the width of the single sample."""
    single = answers.dropna()
    double = pd.concat([single, single])
    one, two = (path_model(table, paths=PATHS, blocks=BLOCKS) for table in (single, double))
    whole = bootstrap_paths(two, resamples=500, groups=pd.Series(double.index), rng=5)
    alone = bootstrap_paths(one, resamples=500, rng=5)
    np.testing.assert_allclose(whole.drawn, alone.drawn, atol=1e-5)
    rows = bootstrap_paths(two, resamples=500, rng=5)
    assert (rows.paths["standard_error"] < 0.85 * whole.paths["standard_error"]).all()


def test_groups_follow_the_rows_that_are_left(answers):
    dropped = path_model(answers, paths=PATHS, blocks=BLOCKS, missing="drop")
    groups = [f"C{place // 2}" for place in range(len(answers))]
    assert bootstrap_paths(dropped, resamples=100, groups=groups, rng=1).failed == 0


def test_mirror_images_are_turned_back_and_failures_counted():
    """A block of two items that hardly agree turns over easily; a rarely given answer is missing from some resamples."""
    rng = np.random.default_rng(3)
    cause = rng.normal(size=40)
    table = pd.DataFrame({"a": cause, "b": 0.2 * cause + rng.normal(size=40), "c": rng.normal(size=40)})
    turned = bootstrap_paths(path_model(table, paths=[("x", "y")], blocks={"x": ["a"], "y": ["b", "c"]}), resamples=300, rng=1)
    assert turned.flipped > 0
    rare = table.assign(c=(np.arange(40) == 7) * 1.0)
    failing = bootstrap_paths(path_model(rare, paths=[("x", "y")], blocks={"x": ["a"], "y": ["b", "c"]}), resamples=300, rng=1)
    assert failing.failed == pytest.approx(300 * (1 - 1 / 40) ** 40, abs=35), "nobody of the resample gave the rare answer"
    assert len(failing.drawn) == 300 - failing.failed and str(failing.failed) in failing.summary()


@pytest.mark.parametrize("change, words", [
    ({"rng": None}, "rng"), ({"rng": 1.5}, "rng"), ({"level": 95}, "level is 95"), ({"resamples": 50}, "at least 100"),
    ({"method": "t"}, '"bca"'),
    ({"groups": ["a"]}, "groups has 1 values"), ({"groups": [None] * 90}, "gaps"), ({"groups": ["a", "b"] * 45}, "only 2 different"),
])  # fmt: skip
def test_what_is_refused(result, change, words):
    with pytest.raises(ValueError, match=words):
        bootstrap_paths(result, **({"rng": 1} | change))


def test_only_a_path_model_can_be_drawn_again(answers):
    with pytest.raises(ValueError, match="crm.structural.path_model"):
        bootstrap_paths(answers, rng=1)
