"""Path models: worked cases, properties, an independent program, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_pls import naive_paths

from crmlib.i18n import use_language
from crmlib.structural import ecsi_answers, ecsi_model, path_model

BLOCKS = {"image": ["i1", "i2", "i3"], "quality": ["q1", "q2"], "value": ["v1"], "satisfaction": ["s1", "s2", "s3"]}
PATHS = [("image", "quality"), ("quality", "value"), ("image", "satisfaction"), ("quality", "satisfaction"), ("value", "satisfaction")]


def people(seed: int = 1, size: int = 160) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    image, luck = rng.normal(size=size), rng.normal(size=(3, size))
    quality = 0.5 * image + 0.87 * luck[0]
    value = 0.5 * quality + 0.87 * luck[1]
    satisfaction = 0.3 * image + 0.4 * quality + 0.3 * value + 0.6 * luck[2]
    latent = {"image": image, "quality": quality, "value": value, "satisfaction": satisfaction}
    items = {
        item: 6 + (1 + place) * (0.8 * latent[name] + 0.6 * rng.normal(size=size))
        for name, block in BLOCKS.items()
        for place, item in enumerate(block)
    }
    return pd.DataFrame(items)


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return people()


@pytest.fixture(scope="module")
def result(answers):
    return path_model(answers, paths=PATHS, blocks=BLOCKS)


@pytest.mark.parametrize("scheme", ["path", "centroid", "factorial"])
@pytest.mark.parametrize("modes", ["A", "B"])
@pytest.mark.parametrize("scaled", [True, False])
def test_same_as_an_independent_program(answers, scheme, modes, scaled):
    ours = path_model(answers, paths=PATHS, blocks=BLOCKS, modes=modes, scheme=scheme, scaled=scaled, tolerance=1e-10)
    paths, scores = naive_paths(answers, PATHS, BLOCKS, modes=modes, scheme=scheme, scaled=scaled)
    assert [paths[path] for path in PATHS] == pytest.approx(ours.paths["coefficient"].tolist(), abs=1e-7)
    np.testing.assert_allclose(ours.scores, scores, atol=1e-6)


def test_tables_agree_with_each_other(answers, result):
    scores = result.scores
    assert scores.std().tolist() == pytest.approx([1] * 4) and scores.mean().abs().max() < 1e-12
    np.testing.assert_allclose(result.correlations, scores.corr(), atol=1e-12)
    for item, row in result.items.iterrows():
        assert row["loading"] == pytest.approx(answers[item].corr(scores[row["construct"]]))
        assert row["loading"] == pytest.approx(result.cross_loadings.loc[item, row["construct"]])
        assert row["communality"] == pytest.approx(row["loading"] ** 2)
    fitted = scores[["image", "quality", "value"]] @ result.paths.query("target == 'satisfaction'").set_index("driver")["coefficient"]
    assert result.constructs.loc["satisfaction", "r_squared"] == pytest.approx(fitted.var())
    assert np.isnan(result.constructs.loc["image", "r_squared"]) and np.isnan(result.constructs.loc["value", "rho_a"])
    effects = result.effects.set_index(["driver", "target"])
    by_hand = effects.loc[("image", "quality"), "direct"] * effects.loc[("quality", "value"), "direct"]
    assert effects.loc[("image", "value"), ["direct", "indirect", "total"]].tolist() == pytest.approx([0, by_hand, by_hand])
    assert effects["total"].tolist() == pytest.approx((effects["direct"] + effects["indirect"]).tolist())
    assert len(effects) == 6 and "satisfaction" not in effects.index.get_level_values("driver")


def test_single_items_are_ordinary_regression():
    table = people(3)
    blocks = {"image": ["i1"], "quality": ["q1"], "satisfaction": ["s1"]}
    paths = [("image", "satisfaction"), ("quality", "satisfaction"), ("image", "quality")]
    standard = (table - table.mean()) / table.std()
    sizes = np.linalg.lstsq(standard[["i1", "q1"]], standard["s1"], rcond=None)[0]
    for consistent in (False, True):
        result = path_model(table, paths=paths, blocks=blocks, consistent=consistent)
        assert result.paths["coefficient"].tolist() == pytest.approx([*sizes, table["i1"].corr(table["q1"])])


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.01, 100), st.floats(-1000, 1000)), min_size=9, max_size=9),
    st.sampled_from(["path", "centroid", "factorial"]),
    st.sampled_from([None, "B"]),
    st.integers(0, 5),
)
def test_units_and_order_do_not_matter(changes, scheme, modes, seed):
    answers = people(seed, 60)
    moved = answers * [slope for slope, _shift in changes] + [shift for _slope, shift in changes]
    rng = np.random.default_rng(seed)
    moved = moved.iloc[rng.permutation(len(moved)), rng.permutation(9)]
    blocks = {name: list(rng.permutation(BLOCKS[name])) for name in rng.permutation(list(BLOCKS))}
    one = path_model(answers, paths=PATHS, blocks=BLOCKS, scheme=scheme, modes=modes)
    two = path_model(moved, paths=PATHS[::-1], blocks=blocks, scheme=scheme, modes=modes)
    assert two.paths["coefficient"].tolist()[::-1] == pytest.approx(one.paths["coefficient"].tolist(), abs=1e-5)
    np.testing.assert_allclose(two.items["loading"][one.items.index], one.items["loading"], atol=1e-5)
    np.testing.assert_allclose(two.scores.loc[one.scores.index, one.scores.columns], one.scores, atol=1e-4)


def test_a_turned_construct_turns_its_paths(answers, result):
    """Signs are a convention: all items of a block the other way round change the sign of its paths, nothing else."""
    turned = path_model(answers.assign(v1=12 - answers["v1"]), paths=PATHS, blocks=BLOCKS)
    side = [-1 if "value" in path else 1 for path in PATHS]
    assert (turned.paths["coefficient"] * side).tolist() == pytest.approx(result.paths["coefficient"].tolist())
    first = path_model(answers.assign(s1=12 - answers["s1"]), paths=PATHS, blocks=BLOCKS, signs="first")
    most = path_model(answers.assign(s1=12 - answers["s1"]), paths=PATHS, blocks=BLOCKS, signs="sum")
    assert first.items.loc["s1", "loading"] > 0 > first.items.loc["s2", "loading"]
    assert first.paths["coefficient"].iloc[-1] == pytest.approx(-most.paths["coefficient"].iloc[-1])
    assert "s1" in most.summary() and "turn reversed items round" in most.summary()


def test_correction_for_error_by_hand(answers, result):
    """Between two constructs the consistent path is the correlation of the scores over the root of both reliabilities."""
    blocks = {"image": BLOCKS["image"], "satisfaction": BLOCKS["satisfaction"]}
    plain, corrected = (path_model(answers, paths=[("image", "satisfaction")], blocks=blocks, consistent=side) for side in (False, True))
    expected = plain.paths["coefficient"][0] / np.sqrt(plain.constructs["rho_a"].prod())
    assert corrected.paths["coefficient"][0] == pytest.approx(expected)
    assert corrected.items["loading"].mean() < plain.items["loading"].mean() - 0.05


def test_gaps_are_dealt_with_as_chosen_and_counted(answers, result):
    gappy = answers.copy()
    gappy.iloc[[3, 50], [0, 4]] = np.nan
    gappy.loc[1000] = np.nan
    before = gappy.copy()
    with pytest.raises(ValueError, match=r'13 answer\(s\) are missing, in 3 row\(s\), first 3, 50, 1000.*missing="mean"'):
        path_model(gappy, paths=PATHS, blocks=BLOCKS)
    filled = path_model(gappy, paths=PATHS, blocks=BLOCKS, missing="mean")
    assert (filled.filled, filled.left_out, len(filled.scores)) == (4, 1, 160)
    by_hand = path_model(gappy.drop(index=1000).fillna(gappy.mean()), paths=PATHS, blocks=BLOCKS)
    pd.testing.assert_frame_equal(filled.paths, by_hand.paths)
    dropped = path_model(gappy, paths=PATHS, blocks=BLOCKS, missing="drop")
    assert (dropped.filled, dropped.left_out) == (0, 3)
    pd.testing.assert_frame_equal(dropped.paths, path_model(gappy.dropna(), paths=PATHS, blocks=BLOCKS).paths)
    pd.testing.assert_frame_equal(gappy, before)


@pytest.mark.parametrize("change, words", [
    ({"paths": []}, "pairs"), ({"paths": ["image"]}, "pairs"), ({"paths": [("image", "quality", "value")]}, "pairs"),
    ({"paths": [*PATHS, ("image", "price")]}, "names price"), ({"paths": [*PATHS, PATHS[0]]}, "stands twice"),
    ({"paths": [*PATHS, ("satisfaction", "image")]}, "circle"), ({"paths": [("image", "image")]}, "circle|no path"),
    ({"paths": PATHS[:1]}, "value, satisfaction have no path"), ({"blocks": {}}, "at least two"),
    ({"blocks": BLOCKS | {"value": []}}, "has no items"),
    ({"blocks": BLOCKS | {"value": ["i1"]}}, "i1 stand twice"), ({"blocks": BLOCKS | {"value": ["nowhere"]}}, "lacks the column.*nowhere"),
    ({"modes": {"price": "A"}}, "modes says price"), ({"modes": "C"}, '"B"'), ({"modes": ["A"]}, "one letter for all"),
    ({"paths": None}, "pairs"), ({"tolerance": "x"}, "tolerance is x"), ({"scheme": "star"}, '"centroid"'),
    ({"scaled": "yes"}, "True or False"),
    ({"missing": "median"}, '"mean"'), ({"signs": "plus"}, '"first"'), ({"tolerance": 0}, "tolerance"),
    ({"max_iterations": 0}, "whole number"),
    ({"max_iterations": 1}, "had not settled after 1 steps"),
])  # fmt: skip
def test_what_the_model_refuses(answers, change, words):
    with pytest.raises(ValueError, match=words):
        path_model(answers, **({"paths": PATHS, "blocks": BLOCKS} | change))


@pytest.mark.parametrize("spoil, words", [
    (lambda table: table.iloc[:0], "no rows"), (lambda table: table.iloc[:1], "too few"),
    (lambda table: table.assign(i1=3), "i1 is the same for every"),
    (lambda table: table.assign(i1="good"), "i1 is not a number"), (lambda table: table.assign(i1=np.inf), "i1 is infinite"),
    (lambda table: table.assign(i1=np.nan), "Nobody answered i1"),
    (lambda table: table.assign(i1=pd.Timestamp("2026-01-01")), "i1 is not a number"),
    (lambda table: table.drop(columns="s2"), "lacks .* s2"),
    (lambda table: table.rename(columns={"s2": "s2_reversed"}), "s2_reversed must be turned round first"),
    (lambda table: table["i1"], "must be a pandas table"),
    (lambda table: table.assign(q1=table["i1"], v1=table["i1"]), "cannot be told apart"),
    (lambda table: pd.concat([table, table[["i1"]]], axis=1), "several columns called i1"),
])  # fmt: skip
def test_what_is_said_of_bad_answers(answers, spoil, words):
    with pytest.raises(ValueError, match=words):
        single = {"image": ["i1"], "quality": ["q1"]} if "told apart" in words else {}
        path_model(spoil(answers), missing="mean", paths=PATHS, blocks=BLOCKS | single)


def test_what_cannot_be_told_apart_is_said(answers):
    twin = answers.assign(q2=answers["q1"])
    with pytest.raises(ValueError, match="The items of quality repeat each other"):
        path_model(twin, paths=PATHS, blocks=BLOCKS, modes={"quality": "B"})
    same = answers.assign(s1=answers["i1"], s2=answers["i2"], s3=answers["i3"], i3=answers["i1"] + 3 * answers["i2"])
    with pytest.raises(ValueError, match="do not tell them apart"):
        blocks = {name: BLOCKS[name] for name in ("image", "satisfaction")}
        path_model(same, paths=[("image", "satisfaction")], blocks=blocks, consistent=True)


def test_the_index_model_fits_the_surveys():
    model = ecsi_model()
    assert list(model.blocks) == ["image", "expectation", "quality", "value", "satisfaction", "complaint", "loyalty"]
    assert len(model.items) == 21 and not any(item.endswith("_reversed") for item in model.items)
    surveys = pd.DataFrame({f"{name}_{place}": [2.0, 9.0] for name, block in model.blocks.items() for place, _item in enumerate(block, 1)})
    assert ecsi_answers(surveys).columns.tolist() == model.items, "what is turned round already stays"
    raw = surveys.rename(columns={"image_3": "image_3_reversed"})
    turned = ecsi_answers(raw)
    assert turned["image_3"].tolist() == [9, 2] and turned["image_2"].tolist() == [2, 9]
    with pytest.raises(ValueError, match="image_1 is outside the scale from 1 to 10"):
        ecsi_answers(surveys.assign(image_1=11))
    with pytest.raises(ValueError, match="lacks .* value_2"):
        ecsi_answers(surveys.drop(columns="value_2"))
    with pytest.raises(ValueError, match="survey table"):
        ecsi_answers([1, 2])


def test_summaries_speak_both_languages(result):
    english = result.summary()
    assert "160 respondents" in english and "satisfaction" in english and "consistent=True" in english
    use_language("zh")
    assert "满意度" in result.summary()
