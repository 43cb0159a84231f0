"""How many customers there really are, from ids looked up by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import identity


@pytest.fixture(scope="module")
def clusters():
    names = [f"澜禾{i // 2}号店" for i in range(400)]
    records = pd.DataFrame({"system": "order", "record_id": [f"r{i}" for i in range(400)], "name": names, "mobile": [f"129{i // 2:08d}" for i in range(400)]})
    return identity.cluster(identity.fit_matches(identity.candidate_pairs(identity.normalise(records), keys={"mobile": ["mobile"]})).decide())


def truth_of(split):
    """200 ids of two records each; the first `split` pairs of ids are one customer in truth."""
    ids = np.arange(400) // 2
    return pd.DataFrame({"record_id": [f"r{i}" for i in range(400)], "customer_id": np.where(ids < 2 * split, ids // 2, ids).astype(str)})


def test_all_ids_looked_up_give_the_truth(clusters):
    truth = truth_of(20)
    checked = identity.practice_check(clusters, truth, size=1000, rng=1)
    found = identity.estimate_customers(clusters, checked, rng=1)
    assert found.checked == found.ids == 200 and found.split == 40 and found.mixed == 0
    assert found.value == pytest.approx(180) and found.low <= 180 <= found.high


def test_an_id_with_two_people_counts_twice(clusters):
    truth = truth_of(0)
    truth["customer_id"] = [f"{i // 2}{'b' if i in (1, 3) else ''}" for i in range(400)]
    assert identity.estimate_customers(clusters, identity.practice_check(clusters, truth, size=200, rng=1), rng=1).value == pytest.approx(202)


def test_the_interval_holds_the_truth_about_as_often_as_it_says(clusters):
    truth = truth_of(8)
    found = [identity.estimate_customers(clusters, identity.practice_check(clusters, truth, size=80, rng=k), rng=k) for k in range(60)]
    assert np.mean([one.low <= 192 <= one.high for one in found]) > 0.88


def test_the_headline_holds_share_and_target(clusters):
    words = identity.evaluate(clusters, truth_of(0).assign(system="order"), target=0.9, rng=1).headline()
    assert "90%" in words and len(words) < 120


def test_the_picture_of_a_record_names_what_changed():
    from crmlib import plotting

    records = pd.DataFrame({"system": "order", "record_id": ["a", "b"], "name": ["甲 店", "乙店"], "mobile": ["+86 12911112222", "12911112223"]})
    words = [text.get_text() for text in plotting.record_before_and_after(identity.what_changed(records), "a").texts]
    assert "甲店" in words and "12911112222" in words
    with pytest.raises(ValueError, match="b"):
        plotting.record_before_and_after(identity.what_changed(records), "b")


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=40))
def test_the_value_lies_in_its_interval(clusters, numbers):
    ids = clusters.table["unified_id"].drop_duplicates().head(len(numbers))
    checked = pd.DataFrame({"unified_id": ids.to_numpy(), "pieces": [p for p, __ in numbers], "people": [q for __, q in numbers]})
    found = identity.estimate_customers(clusters, checked, rng=1)
    assert found.low <= found.value <= found.high
    assert found.value == pytest.approx(200 * np.mean([1 / p + q - 1 for p, q in numbers]))


def test_answers_come_from_the_truth_and_leave_the_table_alone():
    table = pd.DataFrame({"left": ["r0", "r0"], "right": ["r1", "r2"], "answer": ""})
    filled = identity.practice_answers(table, truth_of(0))
    assert filled.answer.tolist() == ["same", "different"] and table.answer.tolist() == ["", ""]


@pytest.mark.parametrize("wrong", [
    {"unified_id": ["U-nobody"]}, {"unified_id": ["U-r0", "U-r0"]}, {"pieces": [0]}, {"people": ["two"]}, {"unified_id": []},
])  # fmt: skip
def test_a_bad_check_ends_in_a_sentence(clusters, wrong):
    many = len(next(iter(wrong.values())))
    table = pd.DataFrame({"unified_id": ["U-r0"] * many, "pieces": [1] * many, "people": [1] * many} | wrong)
    with pytest.raises(ValueError, match=r"\."):
        identity.estimate_customers(clusters, table, rng=1)
