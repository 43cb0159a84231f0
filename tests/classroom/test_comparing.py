"""Whatever a learner hands in, comparing it ends in yes, in no, or in a hint, and never breaks."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.classroom import marking as mark
from crmlib.classroom.comparing import difference, is_many

SCALARS = [
    None, pd.NA, pd.NaT, True, False, 0, 1, -3, 10**300, 0.5, float("nan"), float("inf"), np.float64(0.5),
    np.int64(2), np.bool_(True), Decimal("0.5"), 1j,
    "", "A", "a", "1", "2026-11-01", b"a", datetime.date(2026, 11, 1), pd.Timestamp("2026-11-01"),
    pd.Timestamp("2026-11-01", tz="Asia/Shanghai"),
    np.datetime64("2026-11-01"), pd.Timedelta(days=1), pd.Interval(0, 1), ..., len, int,
]  # fmt: skip
LABELS = ["A", "B", 1, 2.0, True, None, pd.NA, float("nan"), ("A", 1), pd.Timestamp("2026-11-01")]
SERIES = [
    pd.Series([0.1, 0.9], index=["A", "B"]), pd.Series([True, False]),
    pd.Series([True, None], dtype="boolean"), pd.Series([1, None], dtype="Int64"),
    pd.Series(["A", "B"], dtype="category"), pd.Series(["A", None], dtype="string"), pd.Series(pd.to_datetime(["2026-11-01", None])),
    pd.Series(pd.to_datetime(["2026-11-01"]).tz_localize("UTC")), pd.Series([5, 7], index=[True, False]),
    pd.Series([0.5]), pd.Series(dtype=float),
]  # fmt: skip
TABLES = [
    *SERIES, *[one.to_frame("x") for one in SERIES], *[one.to_frame("x").rename_axis("k").reset_index() for one in SERIES],
    *[pd.Index(one) for one in SERIES], *[one.to_numpy() for one in SERIES], *[one.array for one in SERIES], pd.DataFrame(), np.array(0.5),
    np.array([[1.0, 2.0], [3.0, 4.0]]), pd.MultiIndex.from_tuples([("A", 1)]), range(2),
]  # fmt: skip


def nested(inner):
    some = st.lists(inner, max_size=3)
    labelled = some.flatmap(lambda values: st.lists(st.sampled_from(LABELS), min_size=len(values), max_size=len(values)).map(
        lambda labels: pd.Series(values, index=pd.Index(labels, dtype=object, tupleize_cols=False), dtype=object)))  # fmt: skip
    sets, dicts = st.sets(st.sampled_from(LABELS), max_size=3), st.dictionaries(st.sampled_from(LABELS), inner, max_size=3)
    return st.one_of(some, some.map(tuple), labelled, labelled.map(lambda one: one.to_frame("x")), sets, dicts)


ANSWERS = st.recursive(st.one_of(st.sampled_from(SCALARS), st.sampled_from(TABLES)), nested, max_leaves=5)
TWICE = pd.DataFrame([[1, 2]], columns=["x", "x"])


@settings(max_examples=1000, deadline=None)
@given(st.one_of(ANSWERS, st.just(TWICE)), ANSWERS)
def test_any_answer_against_any_expectation_ends_in_a_hint_at_most(got, expected):
    by = "x" if isinstance(expected, pd.DataFrame) and "x" in expected.columns else None
    found = difference(got, expected, by=by)
    assert found is None or found.kind
    with mark.answering({}):
        try:
            mark.equals(got, expected, by=by, mistakes={"lowest-first": got})
        except mark.Lost as lost:
            assert str(lost) and found is not None
        else:
            assert found is None


@settings(max_examples=500, deadline=None)
@given(st.one_of(ANSWERS, st.just(TWICE)), st.sampled_from([
    lambda: mark.number("a", low=0, high=1), lambda: mark.text("a", choices=["A"]), lambda: mark.mapping("a", keys=["A"]),
    lambda: mark.items("a"), lambda: mark.items("a", among=["A", "B"], count=2), lambda: mark.series("a", index="k", among=["A", "B"]),
    lambda: mark.series("a", index=["A"], numeric=False), lambda: mark.frame("a", columns=["x"], index="x"), lambda: mark.figure("a"),
    lambda: mark.function("a", args=1),
]))  # fmt: skip
def test_any_answer_can_be_asked_for_in_any_way(answer, ask):
    with mark.answering({"a": answer}):
        try:
            ask()
        except mark.Lost as lost:
            assert str(lost)


@settings(max_examples=200, deadline=None)
@given(ANSWERS.filter(is_many).filter(lambda one: getattr(one, "size", 2) != 1), st.one_of(st.floats(-1, 1), st.integers(-9, 9)))
def test_many_things_are_never_one_number(got, expected):
    assert difference(got, expected).kind == "many"


@pytest.mark.parametrize("one", [np.array(0.5), np.array([0.5]), pd.Series({"A": 0.5}), pd.DataFrame({"x": [0.5]}), pd.Index([0.5])])
def test_a_table_of_one_number_is_that_number(one):
    assert difference(one, 0.5) is None
    assert difference(one, 0.6).kind == "value"


def test_labels_of_yes_and_no_are_labels():
    expected = pd.Series([5, 7], index=[True, False])
    assert difference(expected.iloc[::-1], expected) is None
    assert difference(pd.Series([5, 7], index=[False, True]), expected).kind == "value"


@pytest.mark.parametrize("nothing", [None, pd.NA, float("nan"), pd.NaT])
def test_a_missing_label_is_a_label_however_it_is_written(nothing):
    expected = pd.Series([1.0, 2.0], index=pd.Index(["A", None], dtype=object))
    assert difference(pd.Series([1.0, 2.0], index=pd.Index(["A", nothing], dtype=object)), expected) is None
