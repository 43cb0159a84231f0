"""A real transaction log, ranked by our methods and by SQL written independently.

CDNOW: everybody who first bought at that music shop in January to March 1997, followed to June 1998 (Fader and Hardie 2001); 23,570
customers with 69,659 transactions, and a systematic tenth of them with 2,357 and 6,919. Both files stand in the package `lifetimes`,
which is read as data and not imported.
"""

import importlib.util
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from crmlib.segments import abc_classes, class_summary, concentration, customer_activity, rfm, segment_migration

FOLDER = Path(next(iter(importlib.util.find_spec("lifetimes").submodule_search_locations))) / "datasets"
TODAY = pd.Timestamp("1998-07-01")


def as_waybills(log: pd.DataFrame) -> pd.DataFrame:
    """A purchase is to the shop what a waybill is to a courier."""
    return pd.DataFrame({
        "customer_id": log["customer"],
        "picked_up_at": pd.to_datetime(log["day"].astype(str), format="%Y%m%d").astype("datetime64[us]"),
        "product": "standard",
        "scope": "domestic",
        "price_yuan": log["dollars"],
        "cost_yuan": 0.0,
    })  # fmt: skip


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    names = ["master_id", "customer", "day", "units", "dollars"]
    return as_waybills(pd.read_csv(FOLDER / "CDNOW_sample.txt", sep=r"\s+", names=names))


@pytest.fixture(scope="module")
def master() -> pd.DataFrame:
    names = ["customer", "day", "units", "dollars"]
    return as_waybills(pd.read_csv(FOLDER / "CDNOW_master.txt", sep=r"\s+", names=names, skiprows=1, header=None))


@pytest.fixture(scope="module")
def activity(sample) -> pd.DataFrame:
    return customer_activity(sample).set_index("customer_id")


def test_published_counts(sample, activity):
    assert len(activity) == 2357
    assert activity.parcels.sum() == len(sample) == 6919
    assert activity.first_on.max() <= pd.Timestamp("1997-03-31"), "the cohort was recruited in the first quarter"
    assert activity.last_on.max() <= pd.Timestamp("1998-06-30")


def test_published_repeat_buyers(sample):
    """946 of the sample bought again within the first 39 weeks (Fader, Hardie and Lee 2005); two purchases on one day count once."""
    days = sample[sample.picked_up_at < "1997-10-01"].groupby("customer_id").picked_up_at.nunique()
    assert (days > 1).sum() == 946


def test_published_counts_of_the_whole_log(master):
    activity = customer_activity(master)
    assert len(activity) == 23_570
    assert activity.parcels.sum() == 69_659


def test_activity_by_sql(sample, activity):
    with duckdb.connect() as connection:
        connection.register("log", sample)
        expected = connection.sql("""
            SELECT customer_id, count(*) AS parcels, sum(price_yuan) AS revenue_yuan,
                   min(picked_up_at) AS first_on, max(picked_up_at) AS last_on,
                   count(DISTINCT date_trunc('month', picked_up_at)) AS active_months
            FROM log GROUP BY customer_id ORDER BY customer_id
        """).df().set_index("customer_id")
    pd.testing.assert_frame_equal(activity[expected.columns], expected, check_dtype=False)


def test_abc_by_sql(activity):
    with duckdb.connect() as connection:
        connection.register("activity", activity.reset_index())
        expected = connection.sql("""
            WITH ranked AS (
                SELECT revenue_yuan, row_number() OVER (ORDER BY revenue_yuan DESC, customer_id) AS place, count(*) OVER () AS n
                FROM activity)
            SELECT CASE WHEN place <= ceil(0.05 * n) THEN 'A' WHEN place <= ceil(0.2 * n) THEN 'B' ELSE 'C' END AS abc,
                   count(*) AS customers, sum(revenue_yuan) AS revenue
            FROM ranked GROUP BY abc ORDER BY abc
        """).df().set_index("abc")
    classes = abc_classes(activity.revenue_yuan, a_share=0.05, b_share=0.20)
    summary = class_summary(classes.abc, classes.revenue)
    assert summary.customers.to_dict() == expected.customers.to_dict() == {"A": 118, "B": 354, "C": 1885}
    assert summary.revenue.tolist() == pytest.approx(expected.revenue.tolist())
    top = concentration(activity.revenue_yuan, share=0.2, rng=1)
    assert top.revenue_share == pytest.approx(expected.revenue[["A", "B"]].sum() / expected.revenue.sum())
    assert top.low < top.revenue_share < top.high


def test_rfm_ranks_by_sql(activity):
    with duckdb.connect() as connection:
        connection.register("activity", activity.reset_index())
        expected = connection.sql("""
            SELECT customer_id,
                   greatest(1, ceil(5 * percent_rank() OVER (ORDER BY last_on, customer_id))) AS r,
                   greatest(1, ceil(5 * percent_rank() OVER (ORDER BY parcels, customer_id))) AS f,
                   greatest(1, ceil(5 * percent_rank() OVER (ORDER BY revenue_yuan, customer_id))) AS m,
                   date_diff('day', last_on, TIMESTAMP '1998-07-01') AS recency_days
            FROM activity ORDER BY customer_id
        """).df().set_index("customer_id")
    scores = rfm(activity, today=TODAY, bins=5)
    pd.testing.assert_frame_equal(scores[["r", "f", "m", "recency_days"]], expected, check_dtype=False)
    assert scores.f.value_counts().sort_index().tolist() == [472, 471, 471, 471, 472]


def test_rfm_quantiles_by_sql(activity):
    """Half bought once only: with equal scores for equal customers the frequency score 2 cannot occur."""
    with duckdb.connect() as connection:
        connection.register("activity", activity.reset_index())
        expected = connection.sql("""
            WITH cuts AS (
                SELECT quantile_cont(parcels, [0.2, 0.4, 0.6, 0.8]) AS f, quantile_cont(revenue_yuan, [0.2, 0.4, 0.6, 0.8]) AS m
                FROM activity)
            SELECT customer_id,
                   1 + (f[1] < parcels)::INT + (f[2] < parcels)::INT + (f[3] < parcels)::INT + (f[4] < parcels)::INT AS f,
                   1 + (m[1] < revenue_yuan)::INT + (m[2] < revenue_yuan)::INT + (m[3] < revenue_yuan)::INT
                     + (m[4] < revenue_yuan)::INT AS m
            FROM activity, cuts ORDER BY customer_id
        """).df().set_index("customer_id")
    scores = rfm(activity, today=TODAY, bins=5, rule="quantile")
    pd.testing.assert_frame_equal(scores[["f", "m"]], expected, check_dtype=False)
    once = activity.parcels == 1
    assert (scores.f[once] == 1).all() and once.mean() > 0.4
    assert sorted(scores.f.unique()) == [1, 3, 4, 5]


def test_migration_from_year_to_year(sample):
    early, late = (
        customer_activity(sample, start=start, end=end).set_index("customer_id").revenue_yuan
        for start, end in (("1997-01-01", "1997-10-01"), ("1997-10-01", "1998-07-01"))
    )
    result = segment_migration(abc_classes(early[early > 0]).abc, abc_classes(late[late > 0]).abc)
    left = early[early > 0].index.difference(late[late > 0].index)
    assert result.counts["left"].sum() == len(left)
    assert result.counts.to_numpy().sum() == len(set(early[early > 0].index) | set(late[late > 0].index))
