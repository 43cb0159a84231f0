import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.demand import check_demand, forecast_demand, monthly_demand
from crmlib.demand.months import past_of
from crmlib.demand.pooling import levels, season_of, shares, trends


@pytest.fixture(autouse=True)
def english():
    crm.setup("en")


@pytest.fixture(scope="module")
def made():
    firm, truth = crm.company.simulate(customers=500, months=24, seed=6)
    return firm.waybills, firm.customers, truth


@pytest.fixture(scope="module")
def check(made):
    return check_demand(made[0], cutoff="2026-05-01", months=6, customers=made[1], rng=1, resamples=300)


def parcels_of(counts: dict[str, list[int]], first: str = "2025-01") -> pd.DataFrame:
    rows = [
        (customer, month.to_timestamp())
        for customer, series in counts.items()
        for month, size in zip(pd.period_range(first, periods=len(series), freq="M"), series, strict=True)
        for __ in range(size)
    ]
    return pd.DataFrame(rows, columns=["customer_id", "picked_up_at"])


def test_monthly_demand_is_that_of_the_panel(made):
    found = monthly_demand(made[0], until="2026-11-01", customers=made[1]).set_index(["customer_id", "calendar_month"])["parcels"]
    panel = made[2]["panel"]
    months = pd.period_range("2024-11", periods=24, freq="M").take(panel["month"])
    true = panel.assign(calendar_month=months)
    true = true[true["parcels"] > 0].set_index(["customer_id", "calendar_month"])["parcels"]
    assert (found[found > 0].sort_index() == true.sort_index()).all() and found.sum() == len(made[0])


def test_kinds_add_up_to_the_whole(made):
    whole, parts = (monthly_demand(made[0], until="2026-03-01", by=by)["parcels"].sum() for by in ((), ("scope", "product")))
    assert whole == parts == (made[0]["picked_up_at"] < "2026-03-01").sum()


def test_nothing_of_the_cutoff_or_later_reaches_the_forecast(made):
    past = made[0][made[0]["picked_up_at"] < "2026-02-01"]
    shuffled = made[0].copy()
    late = shuffled["picked_up_at"] >= "2026-02-01"
    shuffled.loc[late, "customer_id"] = "C99999"
    one, other, third = (forecast_demand(table, cutoff="2026-02-01", by="scope", customers=made[1]) for table in (made[0], past, shuffled))
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.table, third.table)


def test_the_forecast_beats_last_year_and_the_plain_mean(check):
    gains = check.gains.set_index(["against", "yardstick"])
    assert (gains.loc["last_year", "low"] > 0).all()
    assert gains.loc[("mean", "error_share"), "estimate"] > 0
    error = check.table.set_index(["approach", "yardstick"])["estimate"]
    assert abs(error["forecast", "bias"]) < 0.25
    assert check.within >= check.meant - 0.02
    assert "better than" in check.summary()


def test_errors_are_those_of_a_plain_count(made, check):
    forecast = forecast_demand(made[0], cutoff="2026-05-01", months=6, customers=made[1])
    later = made[0][made[0]["picked_up_at"] >= "2026-05-01"]
    counts = later.groupby(["customer_id", later["picked_up_at"].dt.to_period("M")]).size()
    actual = counts.reindex(pd.MultiIndex.from_frame(forecast.table[["customer_id", "calendar_month"]]), fill_value=0).to_numpy()
    off = forecast.table["parcels_expected"].to_numpy() - actual
    error = check.table.set_index(["approach", "yardstick"])["estimate"]
    assert error["forecast", "typical_error"] == pytest.approx(np.sqrt((off**2).mean()))
    assert error["forecast", "error_share"] == pytest.approx(np.abs(off).sum() / actual.sum())
    assert check.new_share == pytest.approx(1 - actual.sum() / len(later))
    mean = error["mean", "bias"]
    assert mean == pytest.approx(
        (
            monthly_demand(made[0], until="2026-05-01", customers=made[1])
            .groupby("customer_id")["parcels"]
            .apply(lambda s: s.iloc[-12:].mean())
            .sum()
            * 6
        )
        / actual.sum()
        - 1
    )


def test_pooled_growth_is_nearer_the_truth_than_each_customers_own(made):
    """Of customers who stay and whose growth is steady: the mean squared distance to the true yearly growth, on the log scale."""
    past = past_of(made[0], "2026-11-01", (), made[1])
    pooled, own = trends(past, season_of(past))
    people = made[2]["customers"].set_index("customer_id").reindex(past.customers)
    known = np.isfinite(own) & people["leaves_on"].isna().to_numpy() & (people["kind"] == "steady").to_numpy()
    true = np.log1p(people["yearly_growth"].to_numpy()[known])
    distance = [((12 * found[known] - true) ** 2).mean() for found in (pooled, own)]
    assert known.sum() > 50 and distance[0] < 0.5 * distance[1]


def test_levels_follow_the_true_rates(made):
    """Rank correlation with the true parcels a month of those still there; recent growth and luck keep it below 1."""
    forecast = forecast_demand(made[0], cutoff="2026-11-01", customers=made[1])
    people = made[2]["customers"].set_index("customer_id").reindex(forecast.customers.index)
    there = people["leaves_on"].isna() & (people["kind"] == "steady")
    found = forecast.customers.loc[there, "usual_month_parcels"].corr(people.loc[there, "monthly_parcels"], method="spearman")
    assert found > 0.9


def test_the_season_is_that_of_the_simulated_calendar(made):
    """November is busier than February for sellers; the factors lie near those of the days that made them."""
    import datetime as dt

    from crmlib.company.scenario import Scenario
    from crmlib.company.season import day_weights

    past = past_of(made[0], "2026-11-01", (), made[1])
    found = season_of(past)[past.group_names.index("e_commerce")]
    weights = pd.Series(day_weights(dt.date(2024, 11, 1), 730, Scenario())["e_commerce"], index=pd.date_range("2024-11-01", periods=730))
    true = weights.groupby([weights.index.year, weights.index.month]).sum().groupby(level=1).mean()
    true = (true / true.mean()).to_numpy()
    assert found.argmax() == true.argmax() == 10 and found.argmin() == true.argmin() == 1
    assert np.abs(found - true).mean() < 0.1


def test_short_histories_lie_nearer_to_their_like():
    rng = np.random.default_rng(2)
    old = {f"c{n}": rng.poisson(5, 12).tolist() for n in range(30)}
    parcels = parcels_of(old | {"long": [20] * 12, "short": [0] * 11 + [20]})
    level, __ = levels(past_of(parcels, "2026-01-01"), np.ones((1, 12)), 6)
    long, short = level[-2], level[-1]
    assert 5 < short < long < 20.5


def test_shares_of_a_small_customer_are_drawn_to_the_group():
    parcels = pd.concat(
        [parcels_of({f"c{n}": [10] * 6}).assign(scope=["x", "y"] * 30) for n in range(8)]
        + [parcels_of({"z": [0] * 5 + [2]}).assign(scope="x")]
    )
    found = shares(past_of(parcels, "2025-07-01", "scope"), 6)
    assert found.sum(axis=1) == pytest.approx(1) and 0.5 < found[-1, 0] < 1 and found[0, 0] == pytest.approx(0.5, abs=0.02)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.lists(st.integers(0, 6), min_size=14, max_size=14), min_size=2, max_size=6), st.integers(1, 4))
def test_any_past_gives_a_finite_forecast(rows, months):
    counts = {f"c{n}": row for n, row in enumerate(rows)} | {"base": [1] * 14}
    found = forecast_demand(parcels_of(counts), cutoff="2026-03-01", months=months)
    assert np.isfinite(found.table["parcels_expected"]).all() and (found.table["parcels_expected"] >= 0).all()
    assert (found.table["low"] <= found.table["high"]).all()
    assert len(found.table) == months * len(found.customers)


def test_who_has_fallen_silent_is_expected_to_send_less():
    rng = np.random.default_rng(1)
    alive = {f"a{n}": rng.poisson(6, 18).tolist() for n in range(40)}
    gone = {f"g{n}": [*rng.poisson(6, 4 + n % 9).tolist(), *[0] * (14 - n % 9)] for n in range(40)}
    found = forecast_demand(parcels_of(alive | gone), cutoff="2026-07-01", months=3)
    sums = found.table.groupby("customer_id")["parcels_expected"].sum()
    assert sums[sums.index.str.startswith("g")].mean() < 0.2 * sums[sums.index.str.startswith("a")].mean()


def test_input_is_left_unchanged_and_one_customer_can_be_asked_for(made):
    before = made[0].copy()
    found = forecast_demand(made[0], cutoff="2026-05-01", by=("scope", "product"), customers=made[1])
    pd.testing.assert_frame_equal(made[0], before)
    customer = found.customers.index[0]
    assert found.of(customer)["parcels_expected"].sum() == pytest.approx(
        found.table.loc[found.table.customer_id == customer, "parcels_expected"].sum()
    )
    assert "expected to send" in found.summary()
    with pytest.raises(ValueError, match="nobody sent no parcel before"):
        found.of("nobody")


TWELVE = parcels_of({"a": [2] * 15, "b": [1] * 15})


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: forecast_demand(TWELVE, cutoff="2026-01-15"), "it must be the first day of a month, such as 2026-01-01"),
        (lambda: forecast_demand(TWELVE, cutoff="soon"), "cutoff is soon, which is no date"),
        (lambda: forecast_demand(TWELVE, cutoff="2026-01-01", months=0), "months is 0"),
        (lambda: forecast_demand(TWELVE, cutoff="2026-01-01", half_life=0), "half_life is 0"),
        (lambda: forecast_demand(TWELVE, cutoff="2026-01-01", level=80), "level is 80"),
        (lambda: forecast_demand(TWELVE, cutoff="2025-02-01"), "only 1 months before"),
        (lambda: forecast_demand(TWELVE, cutoff="2024-02-01"), "No parcel was picked up before"),
        (lambda: forecast_demand(TWELVE, cutoff="2026-01-01", by="route"), "lacks the column(s) route"),
        (lambda: forecast_demand(TWELVE.assign(route=None), cutoff="2026-01-01", by="route"), "route is missing"),
        (lambda: forecast_demand(TWELVE.assign(picked_up_at="x"), cutoff="2026-01-01"), "picked_up_at is not a date"),
        (lambda: forecast_demand(TWELVE.assign(customer_id=None), cutoff="2026-01-01"), "customer_id or picked_up_at is missing"),
        (lambda: check_demand(TWELVE, cutoff="2025-10-01", rng=1), "needs twelve months before the cut-off"),
        (lambda: check_demand(TWELVE, cutoff="2026-02-01", rng=1), "The data end on"),
        (lambda: check_demand(TWELVE, cutoff="2026-01-01", rng="x"), "rng must be"),
    ],
)
def test_unusable_input_is_refused(call, sentence):
    with pytest.raises(ValueError) as caught:
        call()
    assert sentence in str(caught.value)


def test_the_advice_is_no_surer_than_the_intervals(check):
    gains = check.gains.set_index(["against", "yardstick"])["low"]
    assert gains["last_year", "typical_error"] > 0 and "by the forecast" in check.advice()
    assert ("plain mean" in check.advice()) == (gains["mean", "typical_error"] <= 0)
    doubtful = dataclasses.replace(check, gains=check.gains.assign(low=-1.0))
    assert "not shown to be better" in doubtful.advice()
