"""What people give in place of what is wanted, what is said where nothing can be said, and what must hold for any history."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import lifetime
from crmlib.i18n import use_language

SUMMARY = pd.DataFrame({
    "customer_id": [f"c{number}" for number in range(8)], "repeats": [0, 0, 0, 1, 2, 4, 9, 1], "age": 40.0,
    "span": [0.0, 0, 0, 5, 30, 12, 38, 33], "mean_margin_yuan": [np.nan, np.nan, np.nan, 2.0, 9.0, 4.0, 5.0, 3.0], "unit": "week",
})  # fmt: skip
MARGIN = pd.Series(2.0, index=SUMMARY.customer_id)
FEW = settings(max_examples=5, deadline=None)


@pytest.fixture(scope="module")
def model():
    return lifetime.fit_pareto_nbd(SUMMARY)


@pytest.fixture(scope="module")
def values():
    return lifetime.fit_gamma_gamma(SUMMARY)


def waybills(**columns):
    usual = {"customer_id": ["c1", "c1", "c2", "c2"], "price_yuan": [9.0, 8, 7, 9], "cost_yuan": 5.0,
             "picked_up_at": pd.to_datetime(["2026-01-05", "2026-01-20", "2026-01-07", "2026-02-20"])}  # fmt: skip
    return pd.DataFrame(usual | columns)


@FEW
@given(repeats=st.integers(1, 50), last=st.floats(0.1, 1), other=st.floats(0.1, 1))
def test_who_was_seen_later_is_likelier_alive_and_buys_more(model, repeats, last, other):
    pair = pd.DataFrame({"customer_id": ["a", "b"], "repeats": repeats, "span": [40 * last, 40 * other], "age": 40.0, "unit": "week"})
    alive, bought = lifetime.probability_alive(model, pair), lifetime.expected_purchases(model, pair, periods=10)
    assert alive.between(0, 1).all() and (bought >= 0).all()
    later, earlier = ("a", "b") if last >= other else ("b", "a")
    assert alive[later] >= alive[earlier] - 1e-9


@FEW
@given(repeats=st.integers(1, 500), own=st.floats(0.1, 100))
def test_a_customer_lies_between_its_own_mean_and_that_of_all(values, repeats, own):
    one = pd.DataFrame({"customer_id": ["a", "b"], "repeats": [repeats, 0], "mean_margin_yuan": [own, np.nan]})
    found = lifetime.expected_value(values, one)
    low, high = sorted([own, found["b"]])
    assert low - 1e-9 <= found["a"] <= high + 1e-9


@FEW
@given(retention=st.floats(0.01, 0.99), discount=st.floats(0.01, 0.99))
def test_a_multiple_is_the_sum_of_its_years(retention, discount):
    years = np.arange(1, 3000)
    assert lifetime.margin_multiple(retention, discount=discount) == pytest.approx(((retention / (1 + discount)) ** years).sum())


@FEW
@given(renewals=st.integers(0, 20), discount=st.floats(0.05, 0.9))
def test_renewals_left_are_the_sum_of_the_forecast(renewals, discount):
    model = lifetime.fit_sbg([1000, 631, 468, 382, 326])
    left = lifetime.contract_forecast(model, periods=renewals + 400).survival_share
    after = (left.iloc[renewals + 1 :] / left.iloc[renewals]).to_numpy()
    expected = (after / (1 + discount) ** np.arange(len(after))).sum()
    assert lifetime.remaining_renewals(model, renewals=renewals, discount=discount) == pytest.approx(expected, rel=1e-6)


@FEW
@given(factors=st.lists(st.floats(0.2, 5), min_size=7, max_size=30))
def test_the_factor_of_a_period_is_the_mean_of_its_days_wherever_the_clock_stands(factors):
    days = pd.date_range("2025-06-01", periods=len(factors), freq="D")
    for index in (days, days.tz_localize("Asia/Shanghai")):
        found = lifetime.season_factor(pd.Series(factors, index=index), start=days[0], end=days[-1] + pd.Timedelta("1D"))
        assert found == pytest.approx(np.mean(factors))


@settings(max_examples=3, deadline=None)
@given(scale=st.floats(0.1, 50))
def test_margins_in_other_money_are_worth_as_much_more(model, scale):
    worth = [lifetime.customer_lifetime_value(model, MARGIN * unit, SUMMARY, periods=52, draws=50, rng=1) for unit in (1, scale)]
    assert worth[1].total == pytest.approx(scale * worth[0].total) and worth[1].low == pytest.approx(scale * worth[0].low)
    assert worth[0].customers.lifetime_value_yuan.sum() == pytest.approx(worth[0].total)


def test_kinds_of_numbers_and_ids_do_not_matter():
    usual = lifetime.purchase_summary(waybills(), start="2026-01-01", end="2026-03-01", unit="week")
    for table in (
        waybills().astype({"price_yuan": "Float64", "customer_id": "category"}), waybills().astype({"price_yuan": "double[pyarrow]"}),
        waybills().set_axis([0, 0, 0, 0]),
    ):  # fmt: skip
        found = lifetime.purchase_summary(table, start="2026-01-01", end="2026-03-01", unit="week")
        assert found.mean_revenue_yuan.tolist() == usual.mean_revenue_yuan.tolist() and found.repeats.tolist() == usual.repeats.tolist()


def test_not_a_number_is_a_missing_price_in_every_kind_of_table():
    import polars as pl

    table = pl.from_pandas(waybills()).with_columns(pl.Series("price_yuan", [9.0, float("nan"), 7.0, 9.0]))
    for each in (table, table.lazy(), table.to_pandas(), waybills(price_yuan=[9.0, np.inf, 7.0, 9.0])):
        with pytest.raises(ValueError, match="1 waybill.s. lack one of"):
            lifetime.purchase_summary(each, start="2026-01-01", end="2026-03-01", unit="week")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_cannot_be_said_is_not_said_in_figures(model, language):
    use_language(language)
    heavy = pd.DataFrame({"customer_id": range(6), "repeats": 2, "mean_margin_yuan": [1.0, 2, 3, 4, 500, 6]})
    worthless = lifetime.customer_lifetime_value(model, MARGIN * 0, SUMMARY, periods=52, draws=50, rng=1)
    losses = lifetime.customer_lifetime_value(model, MARGIN - 2.5 * (MARGIN.index == "c6"), SUMMARY, periods=52, draws=50, rng=1)
    for said in (lifetime.fit_gamma_gamma(heavy).summary(), worthless.summary()):
        assert "nan" not in said
    assert "20%" not in losses.summary() and "20%" not in worthless.summary()


def test_nobody_bought_after_the_cut():
    early = pd.concat([waybills(), waybills(customer_id=["c3", "c4", "c4", "c5"])])
    found = lifetime.holdout_check(early, start="2026-01-01", cut="2026-02-22", end="2026-04-01", unit="day")
    assert "nan" not in found.summary() and np.isnan(found.errors.estimate["total_ratio"])


def test_a_group_of_one_customer_has_no_interval():
    found = lifetime.holdout_check(waybills(), start="2026-01-01", cut="2026-02-22", end="2026-04-01", unit="day").by_expected
    assert (found.customers == 1).all() and found[["low", "high"]].isna().all().all()


def test_where_customers_do_not_differ_nobody_is_said_to_have_left():
    assert "those likely to leave" not in lifetime.fit_sbg([100, 90, 81]).summary()
    assert "those likely to leave" in lifetime.fit_sbg([1000, 631, 468, 382]).summary()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda model: lifetime.contract_forecast(model, periods=3), "model must come from crm.lifetime.fit_sbg"),
        (lambda model: lifetime.remaining_renewals("x", renewals=1, discount=0.1), "model must come from crm.lifetime.fit_sbg"),
        (lambda model: lifetime.purchase_frequencies("x"), "model must come from crm.lifetime.fit_bg_nbd"),
        (lambda model: lifetime.fit_sbg(pd.DataFrame({"a": [3, 2, 1]})), "survivors must be a Series of counts"),
        (lambda model: lifetime.fit_gamma_gamma(SUMMARY.assign(repeats=-1)), "repeats is negative"),
        (lambda model: lifetime.fit_bg_nbd(SUMMARY, level="0.9"), "level is 0.9"),
        (lambda model: lifetime.season_factor(pd.Series([1.0], index=pd.to_datetime(["2026-01-01"])), start="1950-01-01", end="1950-02-01"),
         "Spring Festival of 19"),
        (lambda model: lifetime.customer_lifetime_value(model, pd.concat([MARGIN, MARGIN]), SUMMARY, periods=5, rng=1),
         "values holds some customers more than once"),
        (lambda model: lifetime.customer_lifetime_value(model, MARGIN, SUMMARY, periods=5, rng=-1), "rng must be"),
        (lambda model: lifetime.counting_units(pd.concat([waybills(), waybills()[["price_yuan"]]], axis=1), start="2026-01-01",
                                               end="2026-03-01"), "several columns called price_yuan"),
    ],
)  # fmt: skip
def test_hard_input_ends_in_a_sentence(model, call, said):
    with pytest.raises(ValueError, match=said):
        call(model)


def test_days_with_and_without_a_clock_may_stand_together():
    cuts = [pd.Timestamp("2026-01-28", tz="Asia/Shanghai"), "2026-02-10"]
    more = pd.concat([waybills(), waybills(customer_id=["c3", "c4", "c4", "c5"]), waybills().assign(customer_id="c6")])
    assert len(lifetime.cutoff_check(more, start="2026-01-01", cuts=cuts, periods=11, unit="day")) == 2
