"""What a purchase, a contract and a customer are worth: against adding up by hand, and against values drawn from the models."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import beta as beta_function
from scipy.stats import gamma as gamma_law

from crmlib import standards
from crmlib.lifetime import (
    contract_forecast, customer_lifetime_value, expected_purchases, expected_value, fit_gamma_gamma, fit_pareto_nbd, fit_sbg,
    margin_multiple, probability_alive, remaining_renewals,
)  # fmt: skip
from crmlib.lifetime.gamma_gamma import Means, log_likelihood


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Four hundred customers in weeks, whose purchases are worth something as Gamma–Gamma has it: p 4, q 5, v 20."""
    rng = np.random.default_rng(11)
    rate, leaves = rng.gamma(1.2, 1 / 5.0, 400), rng.exponential(1 / rng.gamma(1.0, 1 / 40.0, 400))
    age = rng.uniform(30, 80, 400)
    times = [np.sort(rng.uniform(0, life, rng.poisson(each * life))) for each, life in zip(rate, np.minimum(leaves, age), strict=True)]
    repeats = np.array([len(each) for each in times])
    value = rng.gamma(4.0 * np.maximum(repeats, 1), 1 / (np.maximum(repeats, 1) * rng.gamma(5.0, 1 / 20.0, 400)))
    return pd.DataFrame({
        "customer_id": [f"C{n:03d}" for n in range(400)], "repeats": repeats, "span": [each[-1] if len(each) else 0.0 for each in times],
        "age": age, "mean_margin_yuan": np.where(repeats > 0, value, np.nan), "mean_revenue_yuan": np.where(repeats > 0, 8 * value, np.nan),
        "unit": "week",
    })  # fmt: skip


@pytest.fixture(scope="module")
def model(table):
    return fit_pareto_nbd(table)


@pytest.fixture(scope="module")
def values(table):
    return fit_gamma_gamma(table)


@pytest.fixture(scope="module")
def worth(model, values, table):
    return customer_lifetime_value(model, values, table, periods=104, discount_per_year=0.1, rng=5)


def test_gamma_gamma_is_found_again(values):
    estimate = values.parameters
    assert (np.abs(np.log(estimate.estimate / np.array([4.0, 5.0, 20.0]))) < 3.5 * estimate.standard_error / estimate.estimate).all()
    assert values.mean == pytest.approx(20.0, rel=0.1), "p v / (q - 1)"
    assert abs(values.correlation) < 0.15


def test_gamma_gamma_likelihood_by_definition():
    p, q, v, repeats, mean = 2.0, 3.0, 6.0, 4, 5.0
    density = quad(lambda rate: gamma_law.pdf(mean, p * repeats, scale=1 / (repeats * rate)) * gamma_law.pdf(rate, q, scale=1 / v), 0, 20)[
        0
    ]
    value, _gradient = log_likelihood(Means(np.array([float(repeats)]), np.array([mean])), np.array([p, q, v]))
    assert np.exp(value) == pytest.approx(density, rel=1e-8)


def test_means_of_few_purchases_are_drawn_to_the_middle(values, table):
    expected, own = expected_value(values, table), table.set_index("customer_id").mean_margin_yuan
    repeats = table.set_index("customer_id").repeats
    assert expected[repeats == 0].tolist() == pytest.approx([values.mean] * int((repeats == 0).sum()))
    again = repeats > 0
    between = (expected - own)[again] * (values.mean - own)[again] >= 0
    assert between.all()
    kept = 1 - ((own - expected) / (own - values.mean))[again]
    assert kept.groupby(repeats[again]).mean().is_monotonic_increasing


def test_lifetime_value_by_adding_up_weeks(worth, model, values, table):
    """Each week's expected purchases, discounted from the middle of that week."""
    reached = np.stack([np.zeros(len(table)), *(expected_purchases(model, table, periods=week) for week in range(1, 105))])
    discount = 1.1 ** (-(np.arange(104) + 0.5) * 7 / 365.25)
    by_hand = (np.diff(reached, axis=0) * discount[:, None]).sum(axis=0) * expected_value(values, table)
    assert worth.customers.lifetime_value_yuan.tolist() == pytest.approx(by_hand.tolist(), rel=1e-5)
    assert worth.total == pytest.approx(worth.customers.lifetime_value_yuan.sum())
    assert worth.customers.probability_alive.tolist() == probability_alive(model, table).tolist()


def test_lifetime_value_has_an_interval(worth):
    assert worth.low < worth.total < worth.high
    assert 0.02 < (worth.high - worth.low) / worth.total < 0.6
    rows = worth.customers
    assert ((rows.low <= rows.lifetime_value_yuan) & (rows.lifetime_value_yuan <= rows.high)).all()
    assert "95% interval" in worth.summary() and "104 weeks" in worth.summary()


def test_draws_hang_on_rng_only(model, values, table, worth):
    same = customer_lifetime_value(model, values, table, periods=104, discount_per_year=0.1, rng=5)
    other = customer_lifetime_value(model, values, table, periods=104, discount_per_year=0.1, rng=np.random.default_rng(6))
    assert (same.low, same.high) == (worth.low, worth.high) != (other.low, other.high)
    assert other.total == worth.total


def test_margin_not_revenue(model, table, worth):
    """Revenue of eight times the margin, at a margin share of an eighth, is worth the same."""
    revenue = fit_gamma_gamma(table, column="mean_revenue_yuan")
    found = customer_lifetime_value(model, revenue, table, periods=104, discount_per_year=0.1, margin_share=0.125, rng=5)
    assert found.total == pytest.approx(worth.total, rel=1e-5)
    own = pd.Series(0.125, index=table.customer_id)
    own.iloc[0] = -0.125
    mixed = customer_lifetime_value(model, revenue, table, periods=104, discount_per_year=0.1, margin_share=own, rng=5).customers
    assert mixed.lifetime_value_yuan.iloc[0] == pytest.approx(-found.customers.lifetime_value_yuan.iloc[0])
    assert mixed.lifetime_value_yuan.iloc[1:].tolist() == pytest.approx(found.customers.lifetime_value_yuan.iloc[1:].tolist())
    assert (mixed.low <= mixed.high).all()
    for bad, says in ((own.head(3), "missing"), (own * 100, "above 1"), (own.astype(str) + "x", "not a number"), (12, "margin_share")):
        with pytest.raises(ValueError, match=says):
            customer_lifetime_value(model, revenue, table, periods=104, margin_share=bad, rng=5)
    with pytest.raises(ValueError, match="counted in margin"):
        customer_lifetime_value(model, revenue, table, periods=104, rng=5)


def test_known_margins_season_and_standard_discount(model, table):
    margin = pd.Series(3.0, index=table.customer_id)
    standards.use(None)
    base = customer_lifetime_value(model, margin, table, periods=52, rng=1)
    assert base.discount_per_year == standards.get("lifetime.discount_per_year", unit="share_per_year")
    busy = customer_lifetime_value(model, margin, table, periods=52, season=1.2, rng=1)
    assert 1.0 < busy.total / base.total < 1.2
    dear = customer_lifetime_value(model, margin, table, periods=52, discount_per_year=0.5, rng=1)
    assert dear.total < base.total < margin.iloc[0] * expected_purchases(model, table, periods=52).sum()
    nameless = table.drop(columns="unit")
    by_week = customer_lifetime_value(fit_pareto_nbd(nameless), margin, nameless, periods=52, periods_per_year=365.25 / 7, rng=1)
    assert by_week.total == pytest.approx(base.total)


BAD = [
    ({"rng": None}, "rng"), ({"draws": 3}, "draws"), ({"level": 95}, "level"), ({"periods": 0}, "periods"), ({"season": -1}, "season"),
    ({"discount_per_year": 10}, "discount_per_year"), ({"margin_share": 0.2}, "no revenue"), ({"periods_per_year": 52}, "is known"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "says"), BAD)
def test_bad_options_are_refused_in_words(model, values, table, options, says):
    with pytest.raises(ValueError, match=says):
        customer_lifetime_value(model, values, table, **({"periods": 52, "rng": 1} | options))


def test_bad_values_are_refused_in_words(model, table):
    with pytest.raises(ValueError, match="nothing for some customers"):
        customer_lifetime_value(model, pd.Series({"C000": 1.0}), table, periods=52, rng=1)
    with pytest.raises(ValueError, match="fit_gamma_gamma"):
        customer_lifetime_value(model, 3.0, table, periods=52, rng=1)
    nameless = table.drop(columns="unit")
    with pytest.raises(ValueError, match="periods_per_year"):
        customer_lifetime_value(fit_pareto_nbd(nameless), pd.Series(1.0, index=table.customer_id), nameless, periods=52, rng=1)
    for bad, says in (
        (table.assign(mean_margin_yuan=-1.0), "0 or negative"), (table.assign(mean_margin_yuan="x"), "not a number"),
        (table.head(1), "cannot show"), (table.assign(mean_margin_yuan=4.0), "cannot show"),
        (table.drop(columns="mean_margin_yuan"), "lacks the column"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=says):
            fit_gamma_gamma(bad)


@settings(max_examples=8, deadline=None)
@given(
    survivors=st.lists(st.integers(1, 500), min_size=3, max_size=12).map(lambda counts: sorted(counts, reverse=True)).filter(
        lambda counts: counts[0] - counts[-1] >= 20)
)  # fmt: skip
def test_sbg_of_any_survivors(survivors):
    model = fit_sbg(pd.Series(survivors))
    forecast = contract_forecast(model, periods=20)
    assert forecast.survival_share.is_monotonic_decreasing and forecast.survival_share[0] == 1
    assert forecast.renewal_share[1:].is_monotonic_increasing
    assert (model.parameters.estimate > 0).all()
    assert model.summary()


def test_sbg_is_found_again_and_likelihood_by_definition():
    rng = np.random.default_rng(8)
    chance = rng.beta(0.9, 3.0, 20_000)
    renewed = rng.geometric(chance) - 1
    model = fit_sbg(pd.Series([(renewed >= n).sum() for n in range(8)]))
    table = model.parameters
    assert (np.abs(np.log(table.estimate / np.array([0.9, 3.0]))) < 3.5 * table.standard_error / table.estimate).all()
    alpha, beta = table.estimate
    left = -np.diff(model.survivors)
    by_hand = sum(n * np.log(beta_function(alpha + 1, beta + t) / beta_function(alpha, beta)) for t, n in enumerate(left))
    by_hand += model.survivors.iloc[-1] * np.log(beta_function(alpha, beta + 7) / beta_function(alpha, beta))
    assert model.log_likelihood == pytest.approx(by_hand)


def test_alike_customers_leave_the_difference_open():
    survivors = pd.Series([1000, 800, 640, 512, 410, 328])
    model = fit_sbg(survivors)
    assert set(model.loose) == {"alpha", "beta"} and "cannot be told" in model.summary()
    assert contract_forecast(model, periods=8).survival_share.iloc[8] == pytest.approx(0.8**8, rel=0.01)
    assert remaining_renewals(model, renewals=3, discount=0.1) == pytest.approx(0.8 / (1 - 0.8 / 1.1), rel=0.01)


@pytest.mark.parametrize(
    ("survivors", "says"),
    [
        ([100, 63.1, 46.8], "counts"), ([100, 60], "three numbers"), ([100, 60, 70], "rises"), ([100, 100, 100], "Nobody left"),
        ([1, 0, 0], "say nothing"), ([100, None, 60], "missing"), (["a", 3, 2], "not a number"), ([100, -1, -2], "counts"),
    ],
)  # fmt: skip
def test_bad_survivors_are_refused_in_words(survivors, says):
    with pytest.raises(ValueError, match=says):
        fit_sbg(pd.Series(survivors))


def test_bad_horizons_are_refused_in_words():
    model = fit_sbg(pd.Series([100, 60, 40]))
    for bad in (0, 2.5, True, "3"):
        with pytest.raises(ValueError, match="whole number"):
            contract_forecast(model, periods=bad)
    with pytest.raises(ValueError, match="renewals"):
        remaining_renewals(model, renewals=-1, discount=0.1)
    with pytest.raises(ValueError, match="discount"):
        remaining_renewals(model, renewals=1, discount=10)
    for bad in ({"retention": 1.0, "discount": 0.1}, {"retention": 90, "discount": 0.1}, {"retention": 0.9, "discount": 0}):
        with pytest.raises(ValueError, match="between 0 and 1"):
            margin_multiple(bad["retention"], discount=bad["discount"])
