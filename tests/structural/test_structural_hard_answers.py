"""What people give in place of what is wanted, and what must hold for any answers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.company.survey_items import ECSI_ITEMS
from crmlib.structural import bootstrap_paths, ecsi_answers, ecsi_model, importance_performance_map, path_model

MODEL = {"paths": [("quality", "satisfaction")], "blocks": {"quality": ["q1", "q2"], "satisfaction": ["s1", "s2"]}}


def table(seed=1, people=60):
    draw = np.random.default_rng(seed)
    quality, luck = draw.normal(size=(2, people))
    feelings = {"q": quality, "s": 0.6 * quality + 0.8 * luck}
    return pd.DataFrame({
        f"{letter}{number}": np.clip(np.round(5.5 + 2 * feelings[letter] + draw.normal(size=people)), 1, 10)
        for letter in "qs" for number in (1, 2)
    })  # fmt: skip


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 1000))
def test_intervals_hold_the_estimate_and_the_map_is_the_path_in_points(seed):
    result = path_model(table(seed), **MODEL)
    found = bootstrap_paths(result, resamples=100, rng=seed)
    assert (found.paths.low < found.paths.coefficient).all() and (found.paths.coefficient < found.paths.high).all()
    shown = importance_performance_map(result)
    assert shown.table.total_effect["quality"] == pytest.approx(result.paths.coefficient[0]) and 0 <= shown.target_score <= 100


@settings(max_examples=4, deadline=None)
@given(points=st.lists(st.integers(1, 10), min_size=1, max_size=6))
def test_turning_round_twice_is_turning_round_once(points):
    surveys = pd.DataFrame({item.name: [float(point) for point in points] for item in ECSI_ITEMS})
    once = ecsi_answers(surveys)
    pd.testing.assert_frame_equal(ecsi_answers(once), once)
    assert once.image_3.tolist() == [11 - point for point in points] and once.columns.tolist() == ecsi_model().items


def spoilt(**options):
    return path_model(table(), **{**MODEL, **options})


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: spoilt(paths=5), "paths must be pairs"),
        (lambda: spoilt(paths=pd.DataFrame(MODEL["paths"])), "paths must be pairs"),
        (lambda: spoilt(blocks={"quality": 5, "satisfaction": ["s1"]}), "lacks the column.s. 5"),
        (lambda: path_model(table() * 1e150, **MODEL, scaled=False), "is infinite"),
        (lambda: path_model(table().assign(q1=1 + 2j), **MODEL), "q1 is not a number"),
        (lambda: bootstrap_paths(spoilt(), groups=5, rng=1), "groups must be one value a row"),
        (lambda: bootstrap_paths(spoilt(), rng=-1), "rng must be"),
        (lambda: importance_performance_map(spoilt(), target=["satisfaction"]), "target must be the name"),
    ],
)
def test_hard_input_ends_in_a_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_very_small_answers_are_answers():
    one, small = path_model(table(), **MODEL), path_model(table() * 1e-13, **MODEL)
    assert small.paths.coefficient.tolist() == pytest.approx(one.paths.coefficient.tolist())
