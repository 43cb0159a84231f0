import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import standards
from crmlib.segments import abcd_rule, value_need_potential


def customers(rows) -> pd.DataFrame:
    """Rows of (margin, fast share, expected growth)."""
    return pd.DataFrame(rows, columns=["margin_yuan", "fast_share", "expected_growth"], index=[f"c{number}" for number in range(len(rows))])


HIGH_AND_LOW = {(True, True, True): "A", (True, True, False): "A", (True, False, True): "B", (True, False, False): "B",
                (False, True, True): "B", (False, True, False): "C", (False, False, True): "C", (False, False, False): "D"}  # fmt: skip


def test_the_rule_is_the_one_agreed():
    rule = abcd_rule()
    assert {(row.value, row.need, row.potential): row.abcd for row in rule.itertuples()} == HIGH_AND_LOW
    assert len(rule) == 8


def test_every_combination_is_classed_by_the_rule():
    table = customers([(900 if value else 10, 0.9 if need else 0.1, 0.5 if potential else 0.0) for value, need, potential in HIGH_AND_LOW])
    found = value_need_potential(table, value_threshold=500, need_threshold=0.4, potential_threshold=0.2)
    assert found.abcd.tolist() == list(HIGH_AND_LOW.values())
    assert found[["value", "need", "potential"]].apply(tuple, axis=1).tolist() == list(HIGH_AND_LOW)
    assert found.abcd.cat.ordered and found.abcd.cat.categories.tolist() == ["A", "B", "C", "D"]


def test_a_value_at_the_threshold_is_high():
    found = value_need_potential(customers([(500, 0.4, 0.2)]), value_threshold=500, need_threshold=0.4, potential_threshold=0.2)
    assert found[["value", "need", "potential"]].all(axis=None)


def test_missing_growth_counts_as_low_and_is_reported():
    found = value_need_potential(customers([(1, 0.9, None), (1, 0.9, 0.9)]), value_threshold=500)
    assert found.potential.tolist() == [False, True]
    assert found.potential_known.tolist() == [False, True]
    assert found.abcd.tolist() == ["C", "B"]


def test_without_a_threshold_the_top_fifth_has_high_value():
    found = value_need_potential(customers([(margin, 0.0, 0.0) for margin in range(1, 11)]))
    assert found.index[found.value].tolist() == ["c8", "c9"]
    tied = value_need_potential(customers([(margin, 0.0, 0.0) for margin in (9, 9, 9, 1, 1)]))
    assert tied.value.tolist() == [True, True, True, False, False], "who ties with the last one in is in as well"
    losses = value_need_potential(customers([(margin, 0.0, 0.0) for margin in (-1, -2, -3, -4, -5)]))
    assert not losses.value.any(), "a loss is no high value"


def test_thresholds_come_from_the_standards(tmp_path):
    table = customers([(1, 0.5, 0.5), (1, 0.0, 0.0)])
    assert value_need_potential(table, value_threshold=500).abcd.tolist() == ["B", "D"]
    ours = tmp_path / "ours.toml"
    ours.write_text('[abcd.need_fast_share]\nvalue = 0.6\nunit = "share"\nsource = "us"\ndate = "2026"\nmark = "teaching"\n', "utf-8")
    standards.use(ours)
    try:
        assert value_need_potential(table, value_threshold=500).abcd.tolist() == ["C", "D"]
    finally:
        standards.use(None)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(-500, 5000), st.floats(0, 1), st.one_of(st.none(), st.floats(-1, 3))), min_size=1, max_size=40))
def test_more_of_anything_never_lowers_the_class(rows):
    table = customers(rows).astype(float)
    options = {"value_threshold": 800, "need_threshold": 0.4, "potential_threshold": 0.2}
    before = value_need_potential(table, **options).abcd.cat.codes
    better = table.assign(
        margin_yuan=table.margin_yuan + 400, fast_share=(table.fast_share + 0.3).clip(upper=1), expected_growth=table.expected_growth + 0.2
    )
    assert (value_need_potential(better, **options).abcd.cat.codes <= before).all()
    assert before.index.equals(table.index)


def test_input_is_not_changed():
    table = customers([(1, 0.5, None)]).reset_index(names="customer_id")
    before = table.copy(deep=True)
    assert value_need_potential(table).index.tolist() == ["c0"]
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(
    ("rows", "options", "sentence"),
    [
        ([(1, 40.0, 0.1)], {}, "fast_share lies outside 0 to 1: 1 row(s), first c0. Write 40% as 0.4."),
        ([(1, -0.1, 0.1)], {}, "fast_share lies outside 0 to 1"),
        ([(None, 0.1, 0.1)], {}, "margin_yuan is missing: 1 row(s), first c0"),
        ([(1, None, 0.1)], {}, "fast_share is missing: 1 row(s), first c0"),
        ([(1, 0.1, "a lot")], {}, "expected_growth is not a number: 1 row(s), first c0"),
        ([(1, 0.1, np.inf)], {}, "expected_growth is infinite"),
        ([(1, 0.1, 0.1)], {"value_threshold": "much"}, "value_threshold is much, which is no number"),
        ([(1, 0.1, 0.1)], {"potential_threshold": np.nan}, "potential_threshold is nan, which is no number"),
    ],
)
def test_unusable_input_is_refused_with_a_sentence(rows, options, sentence):
    with pytest.raises(ValueError) as caught:
        value_need_potential(customers(rows), **options)
    assert sentence in str(caught.value)


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match=r"lacks the column\(s\) expected_growth"):
        value_need_potential(customers([(1, 0.1, 0.1)]).drop(columns="expected_growth"))
