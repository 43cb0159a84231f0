"""From waybills to repeat purchases, span and age, in days, weeks, months, and in ordinary days of a season."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.company.season import day_weights
from crmlib.company.scenario import Scenario
from crmlib.lifetime import counting_units, purchase_summary, season_factor, season_index


def parcels(*rows) -> pd.DataFrame:
    customer, moments, price, cost = zip(*rows, strict=True)
    return pd.DataFrame({"customer_id": customer, "picked_up_at": pd.to_datetime(list(moments)), "price_yuan": price, "cost_yuan": cost})


WAYBILLS = parcels(
    ("c1", "2026-08-30 10:00", 99.0, 1.0), ("c1", "2026-09-01 10:00", 10.0, 7.0), ("c1", "2026-09-01 18:00", 5.0, 4.0),
    ("c1", "2026-09-03 10:00", 8.0, 6.0), ("c1", "2026-09-30 23:59", 12.0, 6.0), ("c2", "2026-09-30 09:00", 20.0, 30.0),
    ("c2", "2026-10-01 00:00", 77.0, 7.0),
)  # fmt: skip


def test_by_hand_in_days():
    summary = purchase_summary(WAYBILLS, start="2026-09-01", end="2026-10-01", unit="day").set_index("customer_id")
    assert summary.loc["c1", ["repeats", "span", "age"]].tolist() == [2, 29.0, 29.0]
    assert summary.loc["c1", "mean_revenue_yuan"] == 10.0, "the first day does not count"
    assert summary.loc["c1", "mean_margin_yuan"] == 4.0
    assert summary.loc["c1", ["first_on", "last_on"]].tolist() == [pd.Timestamp("2026-09-01"), pd.Timestamp("2026-09-30")]
    assert summary.loc["c2", ["repeats", "span", "age"]].tolist() == [0, 0.0, 0.0]
    assert np.isnan(summary.loc["c2", "mean_margin_yuan"])
    assert set(summary.unit) == {"day"}


def test_by_hand_in_weeks_counted_back_from_the_end():
    """The weeks begin on 3, 10, 17 and 24 September; the two days before belong to a cut week of their own."""
    summary = purchase_summary(WAYBILLS, start="2026-09-01", end="2026-10-01", unit="week").set_index("customer_id")
    assert summary.loc["c1", ["repeats", "span", "age"]].tolist() == [2, 4.0, 4.0]


def test_by_hand_in_months():
    summary = purchase_summary(WAYBILLS, start="2026-08-01", end="2026-11-01", unit="month").set_index("customer_id")
    assert summary.loc["c1", ["repeats", "span", "age", "mean_revenue_yuan"]].tolist() == [1, 1.0, 2.0, 35.0]
    assert summary.loc["c2", ["repeats", "span", "age", "mean_margin_yuan"]].tolist() == [1, 1.0, 1.0, 70.0]


def test_a_season_makes_busy_days_longer():
    season = pd.Series(1.0, index=pd.date_range("2026-09-01", "2026-09-30"))
    season["2026-09-02"] = 3.0
    plain, busy = (
        purchase_summary(WAYBILLS, start="2026-09-01", end="2026-10-01", unit="day", season=each).set_index("customer_id")
        for each in (None, season)
    )
    assert busy.loc["c1", ["repeats", "span", "age"]].tolist() == [2, 31.0, 31.0]
    assert plain.loc["c2", "age"] == busy.loc["c2", "age"]
    weekly = purchase_summary(WAYBILLS, start="2026-09-01", end="2026-10-01", unit="week", season=season).set_index("customer_id")
    assert weekly.loc["c1", "age"] == 4.0, "the busy day lies in the first week, which is over at the first purchase"


@pytest.mark.parametrize("kind", ["polars", "lazy", "duckdb", "dates"])
def test_other_tables_give_the_same(kind):
    expected = purchase_summary(WAYBILLS, start="2026-08-01", end="2026-11-01", unit="week")
    if kind == "duckdb":
        table = duckdb.from_df(WAYBILLS)
    elif kind == "dates":
        table = pl.from_pandas(WAYBILLS).with_columns(pl.col("picked_up_at").cast(pl.Date))
    else:
        table = pl.from_pandas(WAYBILLS)
        table = table.lazy() if kind == "lazy" else table
    found = purchase_summary(table, start="2026-08-01", end="2026-11-01", unit="week")
    pd.testing.assert_frame_equal(found.astype({"customer_id": object}), expected.astype({"customer_id": object}), check_dtype=False)


@settings(max_examples=6, deadline=None)
@given(
    rows=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 89)), min_size=1, max_size=40),
    unit=st.sampled_from(["day", "week", "month"]),
)
def test_against_counting_by_hand(rows, unit):
    table = parcels(*((who, pd.Timestamp("2026-08-03") + pd.Timedelta(days=day, hours=9), 5.0, 4.0) for who, day in rows))
    summary = purchase_summary(table, start="2026-08-03", end="2026-11-01", unit=unit).set_index("customer_id")
    number = {
        "day": lambda day: day,
        "week": lambda day: -((89 - day) // 7),
        "month": lambda day: (pd.Timestamp("2026-08-03") + pd.Timedelta(days=day)).month,
    }[unit]
    for who, found in summary.iterrows():
        used = sorted({number(day) for each, day in rows if each == who})
        last = number(89)
        assert found.repeats == len(used) - 1
        assert found.span == used[-1] - used[0]
        assert found.age == last - used[0]
        assert found.repeats <= found.span <= found.age


def test_input_is_not_changed():
    before = WAYBILLS.copy(deep=True)
    purchase_summary(WAYBILLS, start="2026-08-01", end="2026-11-01", unit="day")
    pd.testing.assert_frame_equal(WAYBILLS, before)


def test_a_customer_of_every_week_needs_a_finer_unit():
    rng = np.random.default_rng(1)
    weekly = parcels(*((f"c{n}", pd.Timestamp("2026-01-05") + pd.Timedelta(days=7 * week + int(rng.integers(5))), 5.0, 4.0)
                       for n in range(30) for week in range(20)))  # fmt: skip
    units = counting_units(weekly, start="2026-01-05", end="2026-06-15")
    assert units.suits.to_dict() == {"day": True, "week": False, "month": False}
    assert units.busy_share["week"] > 0.9 and units.full_share["day"] == 0
    assert units.units.to_dict() == {"day": 161, "week": 23, "month": 5}


BAD = [
    (WAYBILLS.drop(columns="cost_yuan"), {}, "cost_yuan"),
    (WAYBILLS.assign(picked_up_at=WAYBILLS.picked_up_at.astype(str)), {}, "not dates"),
    (WAYBILLS.assign(price_yuan="9"), {}, "not numbers"),
    (WAYBILLS.assign(price_yuan=[np.nan, *WAYBILLS.price_yuan[1:]]), {}, "lack one of"),
    (WAYBILLS.assign(customer_id=[None, *WAYBILLS.customer_id[1:]]), {}, "lack one of"),
    (WAYBILLS.assign(picked_up_at=[pd.NaT, *WAYBILLS.picked_up_at[1:]]), {}, "lack one of"),
    (WAYBILLS.head(0), {}, "No waybill"),
    (WAYBILLS, {"start": "2025-01-01", "end": "2025-02-01"}, "No waybill"),
    (WAYBILLS, {"end": "2026-07-01"}, "empty"),
    (WAYBILLS, {"start": "soon"}, "no date"),
    (WAYBILLS, {"unit": "year"}, "no unit"),
    (WAYBILLS, {"unit": "month", "end": "2026-10-15"}, "first of a month"),
    (WAYBILLS, {"season": 1.5}, "Series"),
    (WAYBILLS, {"season": pd.Series([0.0], index=pd.to_datetime(["2026-09-01"]))}, "missing, 0 or negative"),
    (WAYBILLS, {"season": pd.Series([1.0], index=pd.to_datetime(["2026-09-01"]))}, "no factor for 2026-08-01"),
    ([1, 2], {}, "pandas, polars or DuckDB"),
]


@pytest.mark.parametrize(("table", "options", "says"), BAD)
def test_bad_input_is_refused_in_words(table, options, says):
    with pytest.raises(ValueError, match=says):
        purchase_summary(table, **({"start": "2026-08-01", "end": "2026-11-01", "unit": "day"} | options))


@pytest.fixture(scope="module")
def seasonal() -> tuple[pd.DataFrame, pd.Series]:
    """Two hundred customers who ship on one day in ten, more or less as the simulated firm's e-commerce season says."""
    days = pd.date_range("2024-11-01", periods=730)
    truth = pd.Series(day_weights(days[0].date(), len(days), Scenario())["e_commerce"], index=days)
    rng = np.random.default_rng(4)
    customer, day = np.nonzero(rng.random((200, len(days))) < 0.1 * truth.to_numpy())
    return parcels(*zip([f"c{n}" for n in customer], days[day], [9.0] * len(day), [8.0] * len(day), strict=True)), truth


def test_the_season_of_customers_is_found_again(seasonal):
    """From 20 customers a day a factor is known to about a fifth; the festival and the lull are far outside that."""
    waybills, truth = seasonal
    season = season_index(waybills, start="2024-11-01", end="2025-11-01")
    year = truth["2024-11-01":"2025-10-31"] / truth["2024-11-01":"2025-10-31"].mean()
    assert season.mean() == pytest.approx(1.0)
    assert season["2024-11-11"] == pytest.approx(year["2024-11-11"], abs=0.6)
    assert season["2025-01-24":"2025-02-04"].mean() == pytest.approx(year["2025-01-24":"2025-02-04"].mean(), abs=0.1)
    weekly = season.rolling(7).mean().corr(year.rolling(7).mean())
    assert weekly > 0.85


def test_the_season_moves_with_the_spring_festival(seasonal):
    """In 2025 the break began on 28 January, in 2026 on 15 February; the lull and the ordinary days must change places."""
    waybills, truth = seasonal
    season = season_index(waybills, start="2024-11-01", end="2025-11-01")
    scale = truth["2024-11-01":"2025-10-31"].mean()
    for start, end in (
        ("2026-02-13", "2026-02-24"),
        ("2026-01-26", "2026-02-08"),
        ("2025-11-01", "2025-11-15"),
        ("2026-03-10", "2026-05-01"),
    ):
        days = truth[start : pd.Timestamp(end) - pd.Timedelta(days=1)]
        assert season_factor(season, start=start, end=end) == pytest.approx(days.mean() / scale, rel=0.13)


def test_bad_seasons_are_refused_in_words(seasonal):
    with pytest.raises(ValueError, match="whole year"):
        season_index(seasonal[0], start="2025-01-01", end="2025-06-01")
    few = seasonal[0][seasonal[0].customer_id.isin(["c1", "c2"])]
    with pytest.raises(ValueError, match="at least 30"):
        season_index(few, start="2024-11-01", end="2025-11-01")
    with pytest.raises(ValueError, match="empty"):
        season_factor(pd.Series([1.0], index=pd.to_datetime(["2026-01-01"])), start="2026-01-02", end="2026-01-01")
