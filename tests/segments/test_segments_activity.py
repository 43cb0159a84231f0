import datetime as dt

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from crmlib.segments import customer_activity


def some_waybills(rows=3000, customers=60, seed=5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    picked = pd.Timestamp("2024-11-01") + pd.to_timedelta(rng.integers(0, 730 * 24 * 60, rows), unit="min")
    price = np.round(rng.gamma(2.0, 5.0, rows) + 1, 2)
    return pd.DataFrame({
        "waybill_id": [f"W{number:06d}" for number in range(rows)],
        "customer_id": [f"C{number:05d}" for number in rng.integers(0, customers, rows)],
        "picked_up_at": picked.astype("datetime64[us]"),
        "product": rng.choice(["economy", "standard", "express"], rows),
        "scope": rng.choice(["same_city", "domestic", "cross_border"], rows, p=[0.1, 0.8, 0.1]),
        "price_yuan": price,
        "cost_yuan": np.round(price * rng.uniform(0.5, 1.2, rows), 2),
    })  # fmt: skip


@pytest.fixture
def three() -> pd.DataFrame:
    return pd.DataFrame({
        "waybill_id": ["w1", "w2", "w3", "w4"],
        "customer_id": ["c1", "c1", "c2", "c1"],
        "picked_up_at": pd.to_datetime(["2026-09-01 00:00", "2026-10-05 13:30", "2026-10-31 23:59", "2025-10-05 08:00"]),
        "product": ["express", "economy", "standard", "express"],
        "scope": ["domestic", "cross_border", "cross_border", "cross_border"],
        "price_yuan": [10.0, 60.0, 90.0, 50.0],
        "cost_yuan": [7.0, 50.0, 100.0, 40.0],
    })  # fmt: skip


def test_by_hand(three):
    activity = customer_activity(three).set_index("customer_id")
    assert activity.loc["c1", ["parcels", "revenue_yuan", "margin_yuan"]].tolist() == [3, 120.0, 23.0]
    assert activity.loc["c2", ["parcels", "revenue_yuan", "margin_yuan"]].tolist() == [1, 90.0, -10.0]
    assert activity.loc["c1", "first_on"] == pd.Timestamp("2025-10-05")
    assert activity.loc["c1", "last_on"] == pd.Timestamp("2026-10-05")
    assert activity.loc["c1", "active_months"] == 3
    assert activity.loc["c1", "recent_active_months"] == 2, "October 2025 is the thirteenth month back"
    assert activity.loc["c1", "express_share"] == pytest.approx(2 / 3)
    assert activity.loc["c1", "cross_border_share"] == pytest.approx(2 / 3)
    assert activity.loc["c1", "fast_share"] == 1.0, "a parcel that is both counts once"


def test_the_last_twelve_months_count_back_from_the_end_of_the_period(three):
    activity = customer_activity(three, end="2027-09-01").set_index("customer_id")
    assert activity.active_months["c1"] == 3
    assert activity.recent_active_months.to_dict() == {"c1": 2, "c2": 1}, "September 2026 is the twelfth month back"
    assert customer_activity(three, end="2027-10-01").recent_active_months.tolist() == [1, 1]


def test_the_period_includes_its_start_and_excludes_its_end(three):
    october = customer_activity(three, start="2026-10-01", end="2026-11-01")
    assert october.parcels.tolist() == [1, 1]
    without_last_day = customer_activity(three, start=dt.date(2026, 9, 1), end=pd.Timestamp("2026-10-31"))
    assert without_last_day.customer_id.tolist() == ["c1"]
    assert without_last_day.parcels.tolist() == [2]


def test_input_is_not_changed(three):
    before = three.copy(deep=True)
    customer_activity(three, start="2026-01-01")
    pd.testing.assert_frame_equal(three, before)


def as_pandas(table) -> pd.DataFrame:
    if isinstance(table, pl.LazyFrame):
        table = table.collect()
    found = table.to_pandas() if isinstance(table, pl.DataFrame) else table.df() if isinstance(table, duckdb.DuckDBPyRelation) else table
    return found.astype({"customer_id": object, "first_on": "datetime64[us]", "last_on": "datetime64[us]"})


@pytest.mark.parametrize("period", [{}, {"start": "2025-03-01", "end": "2026-02-01"}])
def test_pandas_polars_and_duckdb_agree_and_give_back_their_own_kind(period):
    waybills = some_waybills()
    frame = pl.from_pandas(waybills)
    with duckdb.connect() as connection:
        relation = connection.from_arrow(frame.to_arrow())
        tables = {
            pd.DataFrame: waybills,
            pl.DataFrame: frame,
            pl.LazyFrame: frame.lazy(),
            duckdb.DuckDBPyRelation: relation,
        }
        expected = as_pandas(customer_activity(waybills, **period))
        for kind, table in tables.items():
            found = customer_activity(table, **period)
            assert isinstance(found, kind)
            pd.testing.assert_frame_equal(as_pandas(found), expected, check_dtype=False, rtol=1e-12)


def test_categories_and_enums_are_read_like_text():
    waybills = some_waybills(300)
    categories = waybills.astype({"product": "category", "scope": "category"})
    pd.testing.assert_frame_equal(customer_activity(categories), customer_activity(waybills))
    enums = pl.from_pandas(waybills).with_columns(pl.col("scope").cast(pl.Enum(["same_city", "domestic"] + ["cross_border"])))
    assert customer_activity(enums)["fast_share"].to_list() == pytest.approx(customer_activity(waybills).fast_share.tolist())


def test_agrees_with_sql_written_by_hand():
    waybills = some_waybills()
    with duckdb.connect() as connection:
        connection.register("waybills", waybills)
        expected = connection.sql("""
            SELECT customer_id, count(*) AS parcels, sum(price_yuan) AS revenue_yuan, sum(price_yuan - cost_yuan) AS margin_yuan,
                   count(DISTINCT strftime(picked_up_at, '%Y-%m')) AS active_months,
                   count(DISTINCT strftime(picked_up_at, '%Y-%m')) FILTER (picked_up_at >= TIMESTAMP '2025-11-01') AS recent_active_months,
                   avg(CASE WHEN product = 'express' THEN 1 ELSE 0 END) AS express_share,
                   avg(CASE WHEN scope = 'cross_border' OR product = 'express' THEN 1.0 ELSE 0 END) AS fast_share
            FROM waybills GROUP BY customer_id ORDER BY customer_id
        """).df()
    found = customer_activity(waybills)
    assert waybills.picked_up_at.max() >= pd.Timestamp("2026-10-01")
    pd.testing.assert_frame_equal(
        found[expected.columns].astype({"customer_id": object}), expected.astype({"customer_id": object}), check_dtype=False
    )


def test_dates_with_a_time_zone_and_plain_dates():
    waybills = some_waybills(400)
    zoned = waybills.assign(picked_up_at=waybills.picked_up_at.dt.tz_localize("Asia/Shanghai"))
    expected = customer_activity(waybills, start="2025-06-01", end="2026-06-01")
    found = customer_activity(zoned, start="2025-06-01", end="2026-06-01")
    assert found.parcels.tolist() == expected.parcels.tolist()
    days = pl.from_pandas(waybills).with_columns(pl.col("picked_up_at").dt.date())
    assert customer_activity(days, start="2025-06-01", end="2026-06-01")["parcels"].to_list() == expected.parcels.tolist()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda frame: frame.drop(columns="cost_yuan"), "lacks the column(s) cost_yuan"),
        (lambda frame: frame.assign(picked_up_at=frame.picked_up_at.astype(str)), "picked_up_at holds String, not dates"),
        (lambda frame: frame.assign(price_yuan=frame.price_yuan.astype(str)), "price_yuan holds String, not numbers"),
        (lambda frame: frame.assign(price_yuan=frame.price_yuan.where(frame.index > 0)), "price_yuan is missing in 1 waybill(s)"),
        (lambda frame: frame.assign(picked_up_at=frame.picked_up_at.where(frame.index > 1)), "picked_up_at is missing in 2 waybill(s)"),
        (lambda frame: frame.assign(customer_id=frame.customer_id.where(frame.index > 0)), "customer_id is missing in 1 waybill(s)"),
        (lambda frame: pd.concat([frame, frame.head(1)]), "waybill_id repeats: 5 rows, 4 different numbers"),
        (lambda frame: frame.head(0), "No waybill was picked up in the period"),
        (lambda frame: frame.price_yuan, "waybills must be a pandas, polars or DuckDB table; this is a Series"),
        (lambda frame: "waybills.parquet", "waybills must be a pandas, polars or DuckDB table; this is a str"),
    ],
)
def test_unusable_waybills_are_refused_with_a_sentence(three, spoil, sentence):
    with pytest.raises(ValueError) as caught:
        customer_activity(spoil(three))
    assert sentence in str(caught.value)


def test_duckdb_and_polars_get_the_same_sentences(three):
    twice = pl.from_pandas(pd.concat([three, three]))
    with pytest.raises(ValueError, match="waybill_id repeats: 8 rows, 4 different numbers"):
        customer_activity(twice.lazy())
    with duckdb.connect() as connection, pytest.raises(ValueError, match="waybill_id repeats: 8 rows, 4 different numbers"):
        customer_activity(connection.from_arrow(twice.to_arrow()))


@pytest.mark.parametrize(
    ("period", "sentence"),
    [
        ({"start": "2026-11-01", "end": "2026-10-01"}, "end must come after start"),
        ({"start": "2026-11-01", "end": "2026-11-01"}, "end must come after start"),
        ({"start": "the first of May"}, "start is the first of May, which is no date"),
        ({"end": "2026-13-01"}, "end is 2026-13-01, which is no date"),
        ({"start": "2031-01-01"}, "No waybill was picked up in the period from 2031-01-01 to –"),
    ],
)
def test_unusable_periods_are_refused_with_a_sentence(three, period, sentence):
    with pytest.raises(ValueError) as caught:
        customer_activity(three, **period)
    assert sentence in str(caught.value)
