import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.company.schema import TABLES
from crmlib.company.survey_items import INDEX_ITEMS
from crmlib.i18n import use_language
from crmlib.satisfaction import index_tree

ABOUT = {"low": 1, "high": 10}


def leaf(weight, column, **more):
    return {"weight": weight, "column": column, **more}


def test_the_shipped_tree_uses_every_index_item_once_and_declares_its_weights_as_teaching_weights():
    tree = index_tree()
    assert sorted(tree.columns) == sorted(item.name for item in INDEX_ITEMS)
    assert set(tree.columns) <= {column.name for column in TABLES["surveys"].columns}
    assert {branch.code: round(branch.weight, 2) for branch in tree.branches} == {
        "acceptance": 0.1, "pickup": 0.15, "delivery": 0.35, "aftersales": 0.2, "information": 0.2}  # fmt: skip
    assert tree.about["mark"] == "teaching"
    assert "teaching weights" in tree.summary()
    assert tree.table.loc[[one.code for one in tree.leaves], "total_weight"].sum() == pytest.approx(1)


def test_names_come_in_both_languages():
    tree = index_tree("state_post_bureau")
    assert tree.label("aftersales") == "after-sales"
    use_language("zh")
    assert tree.label("aftersales") == "售后"
    assert "教学权重" in tree.summary()


def test_a_tree_of_ones_own_from_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        '[about]\nlow = 0\nhigh = 5\nsource = "我们的问卷"\n[all]\nzh = "总分"\n[all.speed]\nweight = 0.75\ncolumn = "q1"\n'
        '[all.care]\nweight = 0.25\n[all.care.smile]\nweight = 1\ncolumn = "q2"\nhigh = 7\n', encoding="utf-8")  # fmt: skip
    tree = index_tree(path)
    assert tree.columns == ["q1", "q2"]
    assert [(one.low, one.high) for one in tree.leaves] == [(0, 5), (0, 7)]
    assert [node.code for node in tree.leaves_of("care")] == ["smile"]
    assert tree.scale == "of_range"
    assert "我们的问卷" in tree.summary()
    assert index_tree(tree) is tree


def test_other_weights_move_the_whole_and_must_still_sum_to_one():
    tree = index_tree().with_weights({"acceptance": 0.3, "delivery": 0.15})
    assert tree.table.loc["acceptance_web", "total_weight"] == pytest.approx(0.3 * 0.3)
    assert index_tree().table.loc["acceptance", "weight"] == 0.1
    with pytest.raises(ValueError, match="sum to 1.1, not to 1"):
        index_tree().with_weights({"acceptance": 0.2})
    with pytest.raises(ValueError, match="no node deliverie"):
        index_tree().with_weights({"deliverie": 0.2})


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"t": {"a": leaf(0.5, "a"), "b": leaf(0.4, "b")}}, "sum to 0.9, not to 1: a 0.5, b 0.4"),
        ({"t": {"a": leaf(1.2, "a"), "b": leaf(-0.2, "b")}}, "weight of a is 1.2"),
        ({"t": {"a": leaf(0, "a"), "b": leaf(1, "b")}}, "weight of a is 0"),
        ({"t": {"a": leaf(float("nan"), "a")}}, "a must be a number"),
        ({"t": {"a": leaf("half", "a")}}, "a must be a number, not half"),
        ({"t": {"a": {"column": "a"}}}, "a has no weight"),
        ({"t": {"a": {"weight": 1}}}, "either a column"),
        ({"t": {"a": {"weight": 1, "column": "a", "b": leaf(1, "b")}}}, "and not both"),
        ({"t": {"a": leaf(0.5, "a"), "b": {"weight": 0.5, "a": leaf(1, "c")}}}, "stand twice: a"),
        ({"t": {"a": leaf(0.5, "q"), "b": leaf(0.5, "q")}}, "feed two leaves: q"),
        ({"t": {"a": leaf(1, "a", wieght=2)}}, "unknown key.s. wieght"),
        ({"t": {"a": leaf(1, "a", low=9, high=3)}}, "9.0 to 3.0"),
        ({"t": {"a": leaf(1, "a")}, "u": {"b": leaf(1, "b")}}, "exactly one root"),
        ({}, "exactly one root"),
        ({"about": {"author": "me"}, "t": {"a": leaf(1, "a")}}, "may hold only"),
        ({"about": {"scale": "percent"}, "t": {"a": leaf(1, "a")}}, "scale percent is unknown"),
    ],
)
def test_what_is_no_tree_is_refused_with_a_sentence(raw, said):
    with pytest.raises(ValueError, match=said):
        index_tree(
            {"about": ABOUT} | raw
            if "about" not in raw
            else {"about": ABOUT | raw["about"]} | {k: v for k, v in raw.items() if k != "about"}
        )


def test_a_leaf_without_a_scale_and_an_unreadable_file_are_refused(tmp_path):
    with pytest.raises(ValueError, match="a.low must be a number"):
        index_tree({"t": {"a": leaf(1, "a")}})
    with pytest.raises(ValueError, match=r"Cannot read the tree .*missing.*state_post_bureau"):
        index_tree("missing")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[t\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"wrong\.toml is not a TOML file"):
        index_tree(wrong)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=4), min_size=1, max_size=5))
def test_weights_in_the_whole_are_products_that_sum_to_one(shape):
    raw = {f"b{b}": {"weight": sum(parts) / sum(map(sum, shape)), **{f"b{b}q{q}": leaf(part / sum(parts), f"b{b}q{q}")
           for q, part in enumerate(parts)}} for b, parts in enumerate(shape)}  # fmt: skip
    tree = index_tree({"about": ABOUT, "t": raw})
    whole = sum(map(sum, shape))
    for one in tree.leaves:
        branch, number = (int(part) for part in one.code[1:].split("q"))
        assert one.total_weight == pytest.approx(shape[branch][number] / whole)
    assert sum(one.total_weight for one in tree.leaves) == pytest.approx(1)
