"""Tables as people hand them over: whatever the file or database made of a column, the same answer, or a sentence."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.clean import (
    amount,
    clean,
    clean_column,
    column_names,
    is_answer,
    is_number,
    listed,
    moments,
)
from crmlib.segments.per_customer import day

TIMES = pd.Series(pd.to_datetime(["2026-05-01 00:30", None, "2026-04-30 23:30"])).astype("datetime64[us]")


@pytest.mark.parametrize("disguise", [
    lambda times: times.dt.tz_localize("Asia/Shanghai"), lambda times: times.dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC"),
    lambda times: times.astype("timestamp[us][pyarrow]"), lambda times: times.astype("datetime64[s]"), lambda times: times.astype(object),
    lambda times: times.astype("category"), lambda times: times.dt.tz_localize("Asia/Shanghai").astype(object),
])  # fmt: skip
def test_moments_are_those_of_the_clock_in_china(disguise):
    found = moments(disguise(TIMES), "picked_up_at")
    assert found.dtype == "datetime64[us]" and found.isna().tolist() == [False, True, False]
    assert found.dropna().tolist() == TIMES.dropna().tolist()


def test_days_as_dates_as_arrow_and_as_text():
    days = pd.Series([datetime.date(2026, 5, 1), None], dtype=object)
    for given_ in (days, days.astype("date32[pyarrow]")):
        assert moments(given_, "due_on").iloc[0] == pd.Timestamp("2026-05-01")
    assert moments(pd.Series(["2026-05-01T08:00:00+08:00"]), "due_on", text_ok=True).iloc[0] == pd.Timestamp("2026-05-01 08:00")
    assert day("2026-04-30T16:30:00Z", "as_of") == pd.Timestamp("2026-05-01 00:30")


@settings(deadline=None, max_examples=20)
@given(st.lists(st.one_of(st.none(), st.integers(-(10**6), 10**6)), min_size=1, max_size=8))
def test_numbers_are_numbers_in_any_dress(values):
    plain = pd.Series(values, dtype="float64")
    for other in (pd.Series(values, dtype="Int64"), pd.Series(values, dtype="int64[pyarrow]"), pd.Series(values, dtype=object),
                  pd.Series([None if one is None else Decimal(one) for one in values], dtype=object)):  # fmt: skip
        pd.testing.assert_series_equal(clean_column(other, "price_yuan", "number?"), plain, check_names=False)


def test_yes_and_no():
    assert clean_column(pd.Series([1, 0.0, True, np.bool_(False)], dtype=object), "accepted", "answer").tolist() == [True, False, True, False]
    assert clean_column(pd.Series([True, None], dtype=object), "accepted", "answer?").isna().tolist() == [False, True]
    assert is_answer(pd.Series([True, None], dtype=object)) and not is_answer(pd.Series([1, 0]))
    assert is_number(pd.Series([Decimal(1), "a"], dtype=object)) and not is_number(pd.Series(["1"]))


@pytest.mark.parametrize(("table", "columns", "told"), [
    (None, {"a": "id"}, "waybills must be a pandas table; this is a NoneType"),
    (pd.DataFrame({"a": [1]}), {"b": "id"}, r"lacks the column\(s\) b"),
    (pd.DataFrame([[1, 2]], columns=["a", "a"]), {"a": "id"}, "several columns called a"),
    (pd.DataFrame({"a": ["x", None]}), {"a": "id"}, "a is missing: 1 row"),
    (pd.DataFrame({"a": ["x", 1]}), {"a": "number"}, "a is not a number: 1 row"),
    (pd.DataFrame({"a": [1.0, np.inf]}), {"a": "number?"}, "a is infinite"),
    (pd.DataFrame({"a": ["2026-05-01"]}), {"a": "date"}, r"a holds text, not dates.*waybills\.a"),
    (pd.DataFrame({"a": ["2026-05-01", "soon"]}), {"a": "text_date"}, "a is missing or no date: 1 row"),
    (pd.DataFrame({"a": [20260501]}), {"a": "text_date"}, "numbers, not dates"),
    (pd.DataFrame({"a": [pd.Timestamp("2026-05-01"), pd.Timestamp("2026-05-01", tz="UTC")]}), {"a": "date"}, "some without"),
    (pd.DataFrame({"a": ["yes", "no"]}), {"a": "answer"}, "a is neither yes"),
])  # fmt: skip
def test_what_cannot_be_read_ends_in_a_sentence(table, columns, told):
    with pytest.raises(ValueError, match=told):
        clean(table, "waybills", **columns)


@pytest.mark.parametrize(("call", "told"), [
    (lambda: day(20260501, "as_of"), "as_of is 20260501, which is no date"), (lambda: listed(5, "cuts"), "cuts must be a list"),
    (lambda: listed("ab", "cuts"), "this is a str"), (lambda: column_names([1], "features"), "in quotes"),
    (lambda: amount("cost", "5"), "0 or more"), (lambda: amount("cost", float("nan")), "0 or more"), (lambda: amount("cost", True), "0 or more"),
])  # fmt: skip
def test_options_that_cannot_be_meant(call, told):
    with pytest.raises(ValueError, match=told):
        call()


def test_what_is_plain_already_is_not_copied():
    table = pd.DataFrame({"customer_id": ["c1"], "picked_up_at": TIMES.dropna().iloc[:1]})
    assert clean(table, "waybills", customer_id="id", picked_up_at="date") is table
