import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.segments import abc_classes, segment_migration


def classes(**letters) -> pd.Series:
    return pd.Series(letters, dtype=object, name="abc")


some_classes = st.dictionaries(st.integers(0, 60).map(lambda number: f"c{number}"), st.sampled_from("ABCD"), min_size=1, max_size=50)


def test_by_hand():
    result = segment_migration(classes(c1="A", c2="A", c3="B", c4="C", c5="C"), classes(c1="A", c2="C", c3="A", c4="C", c6="B"))
    assert result.counts.index.tolist() == ["A", "B", "C", "new"]
    assert result.counts.columns.tolist() == ["A", "B", "C", "left"]
    assert result.counts.to_numpy().tolist() == [[1, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 1], [0, 1, 0, 0]]
    assert result.shares.loc["A"].tolist() == [0.5, 0, 0.5, 0]
    assert result.moves.direction.to_dict() == {"c1": "same", "c2": "down", "c3": "up", "c4": "same", "c5": "left", "c6": "new"}
    assert result.moves.loc["c6", ["from", "to"]].tolist() == ["new", "B"]
    assert result.moves.loc["c5", ["from", "to"]].tolist() == ["C", "left"]
    assert result.classing == "abc"
    assert result.summary() == "Of 4 customers present in both periods, 2 kept their class, 1 moved up and 1 moved down. 1 came and 1 left."


@settings(deadline=None, max_examples=60)
@given(some_classes, some_classes)
def test_every_customer_is_counted_once(before, after):
    result = segment_migration(pd.Series(before), pd.Series(after))
    assert result.counts.to_numpy().sum() == len(set(before) | set(after)) == len(result.moves)
    assert result.moves.index.is_unique
    for letter in result.counts.index[:-1]:
        assert result.counts.loc[letter].sum() == list(before.values()).count(letter)
        assert result.counts[letter].sum() == list(after.values()).count(letter)
    assert result.counts.loc["new", "left"] == 0
    sums = result.shares.sum(axis=1)
    assert sums[result.counts.sum(axis=1) > 0].tolist() == pytest.approx([1] * int((result.counts.sum(axis=1) > 0).sum()))
    assert (sums[result.counts.sum(axis=1) == 0] == 0).all()


@settings(deadline=None, max_examples=30)
@given(some_classes, some_classes)
def test_there_and_back_turns_the_matrix_round(before, after):
    there = segment_migration(pd.Series(before), pd.Series(after)).counts
    back = segment_migration(pd.Series(after), pd.Series(before)).counts
    assert there.to_numpy().T.tolist() == back.to_numpy().tolist()


def test_categories_give_the_order():
    order = pd.CategoricalDtype(["gold", "silver", "basic"], ordered=True)
    before = pd.Series(["silver", "basic"], index=["c1", "c2"]).astype(order)
    after = pd.Series(["gold", "basic"], index=["c1", "c2"]).astype(order)
    result = segment_migration(before, after)
    assert result.counts.index.tolist() == ["gold", "silver", "basic", "new"]
    assert result.moves.direction.tolist() == ["up", "same"]


def test_order_can_be_given():
    before, after = pd.Series({"c1": 1, "c2": 5}), pd.Series({"c1": 5, "c2": 4})
    result = segment_migration(before, after, order=[5, 4, 3, 2, 1])
    assert result.moves.direction.to_dict() == {"c1": "up", "c2": "down"}
    assert result.counts.columns.tolist() == [5, 4, 3, 2, 1, "left"]


def test_from_abc_classes():
    before, after = pd.Series({"c1": 9.0, "c2": 5.0, "c3": 1.0}), pd.Series({"c1": 1.0, "c2": 5.0, "c3": 9.0})
    result = segment_migration(*(abc_classes(revenue, a_share=0.3, b_share=0.6).abc for revenue in (before, after)))
    assert result.moves.direction.to_dict() == {"c1": "down", "c2": "same", "c3": "up"}


@pytest.mark.parametrize(
    ("before", "after", "options", "sentence"),
    [
        (classes(c1="A"), classes(c1="B"), {"order": ["A"]}, "order must name every class once, best first; it lacks: B"),
        (classes(c1="A"), classes(c1="B"), {"order": ["A", "B", "A"]}, "order must name every class once"),
        (classes(c1="new"), classes(c1="loyal"), {}, "The matrix itself uses the name(s) new"),
        (classes(c1=None), classes(c1="A"), {}, "before has customers without a class: 1 row(s), first c1"),
        (pd.Series(["A", "B"], index=["c1", "c1"]), classes(c1="A"), {}, "before holds some customers more than once"),
        (classes(c1="A"), pd.Series(dtype=object), {}, "after has no customers at all"),
        (classes(c1="A"), ["A"], {}, "after must be a Series of classes indexed by customer_id; this is a list"),
    ],
)
def test_unusable_input_is_refused_with_a_sentence(before, after, options, sentence):
    with pytest.raises(ValueError) as caught:
        segment_migration(before, after, **options)
    assert sentence in str(caught.value)
