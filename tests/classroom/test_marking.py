"""What a test cell says to answers that are right, wrong, missing or of another form."""

from __future__ import annotations

import datetime
import pickle
import re
from decimal import Decimal
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlib.classroom import marking as mark
from crmlib.classroom.comparing import plain_text
from crmlib.classroom.hints import hints, placeholders, sentence
from crmlib.i18n import LANGUAGES, use_language


@pytest.fixture(autouse=True)
def no_open_figures():
    yield
    plt.close("all")


def lost(call, /, *arguments, cells=(), answers=None, **options):
    """The hint key that a call ends in."""
    with mark.answering(answers or {}, cells=cells), pytest.raises(mark.Lost) as caught:
        call(*arguments, **options)
    return caught.value.hint


@pytest.mark.parametrize("key", hints())
def test_every_hint_says_the_same_in_both_languages(key):
    zh, en = hints()[key]["zh"], hints()[key]["en"]
    assert placeholders(zh) == placeholders(en)
    assert re.search(r"[\u4e00-\u9fff]", zh) and not re.search(r"[\u4e00-\u9fff]", en)
    assert "！" not in zh and "!" not in en
    assert set(hints()[key]) == set(LANGUAGES)


def test_every_hint_that_the_code_names_exists():
    code = "".join(path.read_text("utf-8") for path in Path(mark.__file__).parent.glob("*.py"))
    named = set(re.findall(r'\b(?:lose|_lose_with_value|sentence)\(\s*"([a-z-]+)"', code))
    assert named and named <= set(hints())


def test_an_unknown_hint_is_refused():
    with pytest.raises(ValueError, match="no-such-hint"):
        sentence("no-such-hint")
    with pytest.raises(ValueError, match="name"):
        sentence("not-found")


@pytest.mark.parametrize(
    "value",
    [0.5, 1 / 2, Decimal("0.5"), np.float32(0.5), np.array(0.5), np.array([0.5]), pd.Series([0.5], index=["A"]),
     pd.DataFrame({"x": [0.5]})],
)  # fmt: skip
def test_any_single_number_will_do(value):
    with mark.answering({"share": value}):
        assert mark.number("share", low=0, high=1) == 0.5


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("80%", "number-as-text"), ("0.8", "number-as-text"), (80, "percent-not-share"), (np.nan, "not-known"), (np.inf, "not-known"),
        (pd.NA, "want-number"), (True, "want-number"), (None, "nothing-in-it"), (..., "still-blank"), ([0.8], "want-number"),
        (pd.Series([1.0, 2.0]), "want-number"), (-0.1, "out-of-range"), (101, "out-of-range"), (0.8j, "want-number"),
    ],
)  # fmt: skip
def test_what_is_no_share_gets_its_hint(value, hint):
    assert lost(mark.number, "share", answers={"share": value}, low=0, high=1) == hint


@pytest.mark.parametrize(("low", "value"), [(0, 80), (-1, 80), (-1, -50), (-0.5, 30.0)])
def test_a_percentage_is_recognised_wherever_a_share_is_wanted(low, value):
    assert lost(mark.number, "growth", answers={"growth": value}, low=low, high=1) == "percent-not-share"
    assert lost(mark.number, "score", answers={"score": value}, low=low, high=2) == "out-of-range"


def test_limits_on_one_side():
    assert lost(mark.number, "yuan", answers={"yuan": -1}, low=0) == "too-low"
    assert lost(mark.number, "yuan", answers={"yuan": 9}, high=8) == "too-high"


def test_a_missing_answer_is_a_sentence_with_the_item():
    use_language("zh")
    with mark.answering({}), pytest.raises(mark.Lost) as caught:
        mark.item(2)
        mark.number("top_share")
    assert str(caught.value) == "第 2 题：还没有找到 top_share。把结果存进这个名字里，再把那一格运行一遍。"


def test_the_item_of_one_cell_is_not_that_of_the_next():
    with mark.answering({}):
        mark.item(2)
    with mark.answering({}), pytest.raises(mark.Lost) as caught:
        mark.number("top_share")
    assert str(caught.value).startswith("There is no top_share")


def test_a_gap_explains_a_missing_answer():
    assert lost(mark.number, "top_share", cells=["x = 1\ntop_share = ____ / 2"]) == "still-blank"
    assert lost(mark.function, "share_of", cells=["def share_of(a):\n    return ____"]) == "still-blank"
    assert lost(mark.number, "top_share", answers={"In": ["", "top_share = ____"]}) == "still-blank"
    assert lost(mark.number, "top_share", cells=["top_share = ____", "top_share = 1 / 0"]) == "not-found"
    assert lost(mark.number, "top_share", cells=["other = ____"]) == "not-found"
    assert lost(mark.text, "owner", answers={"owner": "____"}) == "still-blank"


def test_answers_come_from_the_notebook_where_nothing_else_is_given(monkeypatch):
    import __main__

    monkeypatch.setattr(__main__, "top_share", 0.8, raising=False)
    assert mark.number("top_share") == 0.8


def test_text_and_choices():
    with mark.answering({"owner": " ａ ", "number": 3, "note": "大客户"}):
        assert mark.text("owner", choices=["A", "B"]) == "A"
        assert mark.text("number", choices=["3", "5"]) == "3"
        assert mark.text("note") == "大客户"
    assert lost(mark.text, "owner", answers={"owner": "D"}, choices=["A", "B"]) == "not-a-choice"
    assert lost(mark.text, "owner", answers={"owner": 0.25}, choices=["A", "B"]) == "number-not-name"
    assert lost(mark.text, "owner", answers={"owner": "  "}) == "nothing-in-it"
    assert lost(mark.text, "owner", answers={"owner": 3.5}) == "want-text"


def test_a_series_has_many_forms_and_is_never_changed():
    original = pd.Series({"B": 1, "A": 2})
    for form in (original, original.to_frame(), {"B": 1, "A": 2}, original.astype("Int64"), original.rename(index=str)):
        with mark.answering({"s": form}):
            assert mark.series("s", index=["A", "B"]).to_dict() == {"A": 2.0, "B": 1.0}
    with mark.answering({"s": original}):
        mark.series("s").loc["A"] = 0
    assert original["A"] == 2


@pytest.mark.parametrize(
    ("value", "options", "hint"),
    [
        ([1, 2], {}, "want-series"),
        (pd.Series({"A": 1.0}), {"index": ["A", "B"]}, "labels-missing"),
        (pd.Series({"A": 1.0, "B": 1.0, "X": 2.0}), {"index": ["A", "B"]}, "labels-extra"),
        (pd.Series([1.0, 2.0, 3.0], index=["A", "B", "B"]), {"index": ["A", "B"]}, "labels-twice"),
        (pd.Series([1.0, 2.0]), {"index": "customer_id"}, "unlabelled"),
        (pd.Series({"A": "12 yuan"}), {}, "not-numbers"),
        (pd.Series({"A": np.nan}), {}, "holes"),
        (pd.Series(dtype=float), {}, "empty"),
        (pd.Series({"A": "x"}).iloc[:0], {"numeric": False}, "empty"),
        ({}, {"index": "customer_id"}, "empty"),
        (pd.Series({"Wang": 1.0}), {"index": "customer_id", "among": ["A", "B"]}, "strange-item"),
    ],
)
def test_a_series_of_another_form_gets_its_hint(value, options, hint):
    assert lost(mark.series, "s", answers={"s": value}, **options) == hint


def test_a_series_may_hold_some_of_the_labels_allowed():
    with mark.answering({"s": pd.Series({"A": 1.0, "C": 2.0})}):
        assert mark.series("s", index="customer_id", among=pd.Series(["A", "B", "C"])).to_dict() == {"A": 1.0, "C": 2.0}


def test_a_frame_may_carry_the_ids_in_a_column_or_in_the_index():
    table = pd.DataFrame({"customer_id": ["c1", "c2"], "revenue": [1.0, 2.0]})
    for form in (table, table.set_index("customer_id")):
        with mark.answering({"t": form}):
            assert mark.frame("t", columns=["revenue"], index="customer_id", rows=2).loc["c2", "revenue"] == 2.0
    assert lost(mark.frame, "t", answers={"t": table}, columns=["margin"]) == "no-column"
    assert lost(mark.frame, "t", answers={"t": table}, rows=3) == "rows-wrong"
    assert lost(mark.frame, "t", answers={"t": 3}) == "want-table"
    assert lost(mark.frame, "t", answers={"t": table.iloc[:0]}, columns=["revenue"], index="customer_id") == "empty"
    with mark.answering({"t": table.iloc[:0]}):
        assert mark.frame("t", rows=0).empty


def test_a_mapping_may_be_a_series():
    for form in ({"A": "manager"}, pd.Series({"A": "manager"})):
        with mark.answering({"m": form}):
            assert mark.mapping("m", keys=["A"]) == {"A": "manager"}
    assert lost(mark.mapping, "m", answers={"m": {}}, keys=["A"]) == "no-key"
    assert lost(mark.mapping, "m", answers={"m": [1]}) == "want-mapping"


@pytest.mark.parametrize(
    "form",
    [["c2", "c1"], ("c2", "c1"), {"c1", "c2"}, pd.Index(["c2", "c1"]), np.array(["c2", "c1"]), pd.Series({"c1": 5.0, "c2": 3.0}),
     pd.Series(["c1", "c2"]), pd.DataFrame({"revenue": [1, 2]}, index=["c1", "c2"]), pd.DataFrame({"customer_id": ["c1", "c2"]})],
)  # fmt: skip
def test_a_list_of_customers_has_many_forms(form):
    with mark.answering({"who": form}):
        assert set(mark.items("who", among=["c1", "c2", "c3"], count=2)) == {"c1", "c2"}


def test_what_is_no_list_of_customers_gets_its_hint():
    assert lost(mark.items, "who", answers={"who": "c1"}) == "want-items"
    assert lost(mark.items, "who", answers={"who": ["Wang"]}, among=["c1"]) == "strange-item"
    assert lost(mark.items, "who", answers={"who": ["c1"]}, count=2) == "count-wrong"
    for nothing in ([], set(), pd.Series(dtype=object), pd.DataFrame({"customer_id": []}), pd.Index([])):
        assert lost(mark.items, "who", answers={"who": nothing}, among=["c1"]) == "empty"
        assert lost(mark.items, "who", answers={"who": nothing}) == "empty"
    with mark.answering({"who": []}):
        assert mark.items("who", count=0) == []


def test_a_table_of_all_customers_is_a_list_of_them():
    table = pd.DataFrame({"customer_id": ["c1", "c2"], "revenue": [1.0, 2.0]})
    for form in (table, table.set_index("customer_id"), table[["revenue", "customer_id"]]):
        with mark.answering({"who": form}):
            assert mark.items("who", among=["c1", "c2"], count=2) == ["c1", "c2"]
    for form in (table, table.set_index("customer_id")):
        with mark.answering({"who": form}):
            assert mark.items("who") == ["c1", "c2"]


def picture(**words):
    figure, ax = plt.subplots()
    ax.bar(["A", "B"], [3, 1], label="customers")
    second = ax.twinx()
    second.plot([0, 1], [0.6, 1.0], label="share")
    second.set_ylabel("share of revenue")
    second.legend()
    ax.set(**words)
    return figure, ax


def test_a_figure_is_read_from_its_axes_whatever_was_kept():
    figure, ax = picture(title="Pareto", xlabel="class")
    for answer in (figure, ax, [ax], np.array([ax]), ax.containers[0]):
        with mark.answering({"picture": answer}):
            drawing = mark.figure("picture", title=True, labels=True)
        assert (drawing.title, drawing.xlabel, drawing.ylabel) == ("Pareto", "class", "share of revenue")
        assert (drawing.bars[0].heights, drawing.bars[0].label) == ((3.0, 1.0), "customers")
        assert (drawing.lines[0].y, drawing.xticks, drawing.legend) == ((0.6, 1.0), ("A", "B"), ("share",))
        with mark.answering({"picture": pickle.loads(pickle.dumps(drawing))}):
            assert mark.figure("picture") == drawing


def test_a_figure_of_points_and_words():
    figure, ax = plt.subplots()
    ax.scatter([1, 2], [3, 4])
    ax.annotate("star", (1, 3))
    figure.suptitle("Growth")
    with mark.answering({"picture": figure}):
        drawing = mark.figure("picture", title=True)
    assert (drawing.points, drawing.texts, drawing.title) == (((1.0, 3.0), (2.0, 4.0)), ("star", "Growth"), "Growth")


def test_a_figure_that_lacks_something_gets_its_hint():
    assert lost(mark.figure, "p", answers={"p": 3}) == "want-figure"
    assert lost(mark.figure, "p", answers={"p": plt.figure()}) == "want-figure"
    assert lost(mark.figure, "p", answers={"p": plt.subplots()[1]}) == "figure-empty"
    assert lost(mark.figure, "p", answers={"p": picture()[0]}, title=True) == "figure-no-title"
    assert lost(mark.figure, "p", answers={"p": picture(title="x")[0]}, labels=True) == "figure-no-labels"
    assert lost(mark.figure, "p", answers={"p": picture(title="____")[0]}, title=True) == "still-blank"


@given(st.dictionaries(st.text(min_size=1).filter(lambda text: plain_text(text) == text and text.isalnum()), st.floats(-1e9, 1e9), min_size=1),
       st.randoms())  # fmt: skip
def test_the_order_and_type_of_a_series_never_count(values, random):
    expected = pd.Series(values, dtype=float)
    labels = list(values)
    random.shuffle(labels)
    mixed = expected.loc[labels]
    for form in (mixed, mixed.astype(object), mixed.astype("Float64"), mixed.set_axis(pd.CategoricalIndex(labels)), mixed.to_dict()):
        mark.equals(form, expected)


@given(st.floats(-1e6, 1e6), st.floats(0.01, 1e3))
def test_numbers_agree_within_the_tolerance_and_not_beyond(value, tol):
    mark.equals(value + 0.9 * tol, value, tol=tol)
    with mark.answering({}), pytest.raises(mark.Lost):
        mark.equals(value + 1.1 * tol, value, tol=tol)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (np.int64(3), 3.0), (1e12, 1e12 + 1), ("a ", "A"), ({"c1", "c2"}, frozenset(["c2", "c1"])), (["c2", "c1"], {"c1", "c2"}),
        (pd.Series(["A", "B"], dtype="category"), pd.Series(["A", "B"])), ({"A": 1}, {"A": 1.0}), (np.bool_(True), True),
        (pd.Series({"A": 1.0}), {"A": 1}), (datetime.date(2026, 11, 1), pd.Timestamp("2026-11-01")), ([1, 2.0], (1.0, 2)),
        (pd.Series({1.0: "x"}), pd.Series({1: "x"})), (pd.Series([1, 0]), pd.Series([True, False])),
        (pd.Series(["2026-11-01"]), pd.Series([pd.Timestamp("2026-11-01")])), (pd.Series([np.nan]), pd.Series([np.nan])),
        (pd.Series([None], dtype=object), pd.Series([None, "x"]).iloc[:1]),
    ],
)  # fmt: skip
def test_equal_but_written_otherwise(got, expected):
    mark.equals(got, expected)


def test_frames_are_compared_by_label_and_may_have_more_columns():
    expected = pd.DataFrame({"customers": [1, 2], "abc": pd.Categorical(["A", "B"])}, index=["A", "B"])
    got = expected.astype(object).iloc[::-1].assign(more=1)[["more", "abc", "customers"]]
    mark.equals(got, expected)
    mark.equals(got.rename_axis("class").reset_index(), expected.rename_axis("class").reset_index(), by="class")
    for spoiled in (got.drop(columns="abc"), got.assign(abc="A"), got.iloc[:1], 3):
        with mark.answering({}), pytest.raises(mark.Lost):
            mark.equals(spoiled, expected)


@pytest.mark.parametrize(
    ("got", "expected", "hint"),
    [
        (0.5, 0.8, "generic-wrong"), (80.0, 0.8, "percent-not-share"), (0.8, 80, "share-not-percent"), (True, 1.0, "generic-wrong"),
        ("x", 1.0, "generic-wrong"), ({"a"}, {"a", "b"}, "items-too-few"), ({"a", "b"}, {"a"}, "items-too-many"),
        ({"a"}, {"b"}, "items-others"), (["b", "a"], ["a", "b"], "not-sorted"), (3, {"a"}, "other-kind"),
        (pd.Series({"A": 1.0, "B": 9.0}), pd.Series({"A": 1.0, "B": 2.0}), "rows-differ"),
        (pd.Series({"A": 10.0, "B": 90.0}), pd.Series({"A": 0.1, "B": 0.9}), "percent-not-share"),
        (pd.Series([1.0, 1.0], index=["A", "A"]), pd.Series({"A": 1.0}), "labels-twice"), ({"A": 1}, {"A": 2}, "generic-wrong"),
        (pd.Series({"A": 1.0, "B": 9.0}), 0.4, "not-one-number"), (pd.DataFrame({"x": [1, 2]}), 0.4, "not-one-number"),
        ([0.4], 0.4, "not-one-number"), ({"A": 0.4}, np.float64(0.4), "not-one-number"), (np.array([1.0, 2.0]), 3, "not-one-number"),
        (pd.Series({"A": 1.0, "B": 9.0}), "A", "other-kind"), ({"A": pd.Series([1.0, 2.0])}, {"A": 2}, "generic-wrong"),
        ({"A": pd.Series([1.0, 2.0]), "B": 1}, {"A": 2, "B": 1}, "rows-differ"),
    ],
)  # fmt: skip
def test_a_wrong_answer_gets_a_hint_that_does_not_give_it_away(got, expected, hint):
    assert lost(mark.equals, got, expected) == hint


def test_a_known_mistake_is_recognised_and_a_right_answer_never_is():
    mistakes = {"pareto-unsorted": 60, "lowest-first": 70}
    assert lost(mark.equals, 60, 45, mistakes=mistakes) == "pareto-unsorted"
    assert lost(mark.equals, 70, 45, mistakes=list(mistakes.items())) == "lowest-first"
    mark.equals(45, 45, mistakes={"pareto-unsorted": 45})
    series = pd.Series({"A": 1.0, "B": 2.0})
    assert lost(mark.equals, series, series * 3, mistakes={"wrong-period": series.iloc[::-1]}) == "wrong-period"


def test_the_hint_begins_with_what_the_learner_has():
    with mark.answering({"nps": 60}), pytest.raises(mark.Lost) as caught:
        mark.item(3)
        mark.equals(mark.number("nps"), 45, mistakes={"pareto-unsorted": 60})
    assert str(caught.value) == "Item 3: You have 60. " + sentence("pareto-unsorted")
    assert pickle.loads(pickle.dumps(caught.value)).hint == "pareto-unsorted"


def test_the_expected_value_is_in_no_sentence():
    for got, expected in [(0.5, 0.123456), (pd.Series({"A": 0.5}), pd.Series({"A": 0.123456})), ({"A": 0.5}, {"A": 0.123456})]:
        with mark.answering({}), pytest.raises(mark.Lost) as caught:
            mark.equals(got, expected)
        assert "0.123" not in str(caught.value)


def test_a_property_that_does_not_hold():
    mark.holds(np.bool_(True), "figure-no-title")
    assert lost(mark.holds, [], "figure-no-line") == "figure-no-line"
    assert lost(mark.holds, pd.Series([True, True]), "figure-no-line") == "not-one-number"
    assert lost(mark.holds, pd.NA, "figure-no-line") == "figure-no-line"
    mark.holds(pd.Series([True]), "figure-no-line")
