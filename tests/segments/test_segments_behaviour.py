import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.segments import rfm, rfm_rule

TODAY = pd.Timestamp("2026-11-01")


def activity_of(rows) -> pd.DataFrame:
    """Rows of (days ago, parcels, revenue)."""
    return pd.DataFrame({
        "customer_id": [f"c{number:03d}" for number in range(len(rows))],
        "last_on": [TODAY - pd.Timedelta(days=days) for days, _parcels, _money in rows],
        "parcels": [parcels for _days, parcels, _money in rows],
        "revenue_yuan": [float(money) for _days, _parcels, money in rows],
    }).astype({"last_on": "datetime64[us]"})  # fmt: skip


some_rows = st.lists(st.tuples(st.integers(0, 700), st.integers(1, 40), st.integers(0, 9000)), min_size=9, max_size=70)


def test_by_hand():
    rows = [(1, 90, 900), (10, 50, 100), (30, 20, 700), (90, 4, 50), (300, 1, 8)]
    scores = rfm(activity_of(rows), today="2026-11-01")
    assert scores.recency_days.tolist() == [1, 10, 30, 90, 300]
    assert scores.r.tolist() == [5, 4, 3, 2, 1], "few days are best"
    assert scores.f.tolist() == [5, 4, 3, 2, 1]
    assert scores.m.tolist() == [5, 3, 4, 2, 1]
    assert scores.rfm.tolist() == ["555", "443", "334", "222", "111"]
    assert scores.group.tolist() == ["important_active", "small_active", "important_at_risk", "small_at_risk", "small_at_risk"]
    assert scores.index.name == "customer_id"


def test_a_parcel_this_morning_is_no_day_ago():
    activity = activity_of([(0, 1, 1), (1, 1, 1)]).assign(last_on=pd.to_datetime(["2026-11-01 09:00", "2026-10-31 23:59"]))
    assert rfm(activity, today="2026-11-01 18:00", bins=2).recency_days.tolist() == [0, 1]


@settings(deadline=None, max_examples=60)
@given(some_rows, st.integers(2, 9), st.sampled_from(["rank", "quantile"]))
def test_scores_stay_in_range_and_follow_each_measure(rows, bins, rule):
    scores = rfm(activity_of(rows), today=TODAY, bins=bins, rule=rule)
    assert scores[["r", "f", "m"]].isin(range(1, bins + 1)).all(axis=None)
    for measure, score in (("recency_days", "r"), ("frequency", "f"), ("monetary", "m")):
        goodness = -scores[measure] if measure == "recency_days" else scores[measure]
        ordered = scores.assign(goodness=goodness).groupby("goodness")[score].agg(["min", "max"])
        assert (ordered["max"].shift().dropna() <= ordered["min"].iloc[1:]).all(), "who is better never scores lower"
        if rule == "quantile":
            assert (ordered["min"] == ordered["max"]).all(), "equal customers score the same"


@settings(deadline=None, max_examples=60)
@given(some_rows, st.integers(2, 9))
def test_the_rank_rule_makes_groups_of_equal_size(rows, bins):
    scores = rfm(activity_of(rows), today=TODAY, bins=bins)
    for score in ("r", "f", "m"):
        sizes = scores[score].value_counts().reindex(range(1, bins + 1), fill_value=0)
        assert sizes.max() - sizes.min() <= 1


@settings(deadline=None, max_examples=40)
@given(some_rows, st.sampled_from(["rank", "quantile"]), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, rule, random):
    activity = activity_of(rows)
    shuffled = activity.sample(frac=1, random_state=random.randrange(2**31))
    expected = rfm(activity, today=TODAY, rule=rule)
    pd.testing.assert_frame_equal(rfm(shuffled, today=TODAY, rule=rule).loc[expected.index], expected)


@settings(deadline=None, max_examples=40)
@given(some_rows, st.integers(2, 9))
def test_agrees_with_pandas_quantiles_of_the_ranks(rows, bins):
    activity = activity_of(rows)
    scores = rfm(activity, today=TODAY, bins=bins)
    ranks = activity.parcels.rank(method="first")
    cuts = [1 + (len(rows) - 1) * step / bins for step in range(1, bins)]
    expected = [1 + sum(rank > cut + 1e-9 for cut in cuts) for rank in ranks]
    assert scores.f.tolist() == expected


def test_agrees_with_window_functions_in_sql():
    rng = np.random.default_rng(8)
    activity = activity_of(list(zip(rng.integers(0, 365, 815), rng.geometric(0.2, 815), rng.gamma(1, 300, 815).round(2), strict=True)))
    scores = rfm(activity, today=TODAY, bins=5)
    with duckdb.connect() as connection:
        connection.register("activity", activity)
        expected = connection.sql("""
            SELECT customer_id, ntile(5) OVER (ORDER BY last_on, customer_id) AS r, ntile(5) OVER (ORDER BY parcels, customer_id) AS f,
                   ntile(5) OVER (ORDER BY revenue_yuan, customer_id) AS m
            FROM activity ORDER BY customer_id
        """).df().set_index("customer_id")
    pd.testing.assert_frame_equal(scores[["r", "f", "m"]], expected, check_dtype=False, check_index_type=False)


def test_ties_under_both_rules():
    activity = activity_of([(5, 1, 10)] * 6 + [(5, 9, 10)] * 4)
    assert rfm(activity, today=TODAY).f.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert rfm(activity, today=TODAY, rule="quantile").f.tolist() == [1] * 6 + [4] * 4


def test_activity_may_be_indexed_or_come_from_polars():
    activity = activity_of([(day, day + 1, day * 2) for day in range(12)])
    expected = rfm(activity, today=TODAY)
    pd.testing.assert_frame_equal(rfm(activity.set_index("customer_id"), today=TODAY), expected)
    pd.testing.assert_frame_equal(rfm(pl.from_pandas(activity), today=TODAY), expected, check_index_type=False)


def test_the_rule_covers_every_combination_once():
    rule = rfm_rule()
    assert len(rule) == 8 and rule.group.is_unique
    assert len(rule.drop_duplicates(["r_high", "f_high", "m_high"])) == 8
    rows = [(day, parcels, money) for day in (1, 300) for parcels in (1, 90) for money in (5, 900)]
    scores = rfm(activity_of(rows), today=TODAY, bins=2)
    high = (scores[["r", "f", "m"]] == 2).rename(columns=lambda name: f"{name}_high")
    expected = high.merge(rule, how="left").group.tolist()
    assert scores.group.astype(str).tolist() == expected


@pytest.mark.parametrize(
    ("spoil", "options", "sentence"),
    [
        (lambda frame: frame, {"bins": 1}, "bins is 1; it must be a whole number from 2 to 9"),
        (lambda frame: frame, {"bins": 2.5}, "bins is 2.5; it must be a whole number from 2 to 9"),
        (lambda frame: frame, {"bins": 10}, "bins is 10"),
        (lambda frame: frame, {"rule": "equal"}, 'There is no rule "equal"'),
        (lambda frame: frame, {"today": "2026-10-30"}, "last_on is later than today (2026-10-30): 1 row(s), first c000"),
        (lambda frame: frame, {"today": "soon"}, "today is soon, which is no date"),
        (lambda frame: frame, {"today": None}, "today is None, which is no date"),
        (lambda frame: frame.head(3), {}, "3 customer(s) cannot be put into 5 groups"),
        (lambda frame: frame.drop(columns="parcels"), {}, "lacks the column(s) parcels"),
        (lambda frame: frame.assign(parcels=frame.parcels.where(frame.index > 0)), {}, "parcels is missing: 1 row(s), first c000"),
        (lambda frame: frame.assign(last_on=frame.last_on.where(frame.index > 0)), {}, "last_on is missing or no date: 1 row(s)"),
        (lambda frame: frame.assign(last_on="last week"), {}, "last_on is missing or no date: 6 row(s)"),
        (lambda frame: pd.concat([frame, frame.head(1)]), {}, "activity holds some customers more than once: 2 row(s), first c000, c000"),
        (lambda frame: frame.head(0), {}, "activity has no customers at all"),
        (lambda frame: frame.parcels, {}, "activity must be a table with one row a customer; this is a Series"),
        (lambda frame: None, {}, "activity must be a table with one row a customer; this is a NoneType"),
    ],
)
def test_unusable_input_is_refused_with_a_sentence(spoil, options, sentence):
    activity = activity_of([(day + 1, day + 1, 10) for day in range(6)])
    with pytest.raises(ValueError) as caught:
        rfm(spoil(activity), **{"today": TODAY, **options})
    assert sentence in str(caught.value)


def test_dates_as_text_in_iso_form_are_read():
    activity = activity_of([(3, 1, 1), (9, 2, 2)]).assign(last_on=["2026-10-29", "2026-10-23"])
    assert rfm(activity, today=TODAY, bins=2).recency_days.tolist() == [3, 9]
