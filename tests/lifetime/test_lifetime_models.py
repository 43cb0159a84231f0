"""The purchase models against their definitions, integrated by brute force, and against customers drawn from them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln, hyp2f1, hyperu
from scipy.stats import beta as beta_law
from scipy.stats import gamma as gamma_law

from crmlib.lifetime import bg_nbd, expected_purchases, fit_bg_nbd, fit_pareto_nbd, pareto_nbd, probability_alive, purchase_frequencies
from crmlib.lifetime.forecast import purchases_if_alive
from crmlib.lifetime.histories import Histories
from crmlib.lifetime.hypergeometric import log_hyp2f1

positive = st.floats(0.05, 20)
MODELS = {"bg_nbd": bg_nbd, "pareto_nbd": pareto_nbd}
FITS = {"bg_nbd": fit_bg_nbd, "pareto_nbd": fit_pareto_nbd}
TRUE = {"bg_nbd": (0.9, 4.0, 0.6, 4.0), "pareto_nbd": (0.9, 4.0, 0.8, 30.0)}


def one(repeats, span, age) -> Histories:
    return Histories(*(np.array([float(value)]) for value in (repeats, span, age)), np.array([1.0]))


def drawn(kind: str, *, customers: int, longest: float, ahead: float, seed: int) -> pd.DataFrame:
    """Customers as the model tells their story: gap after gap until they are lost or the time is over."""
    rng = np.random.default_rng(seed)
    r, alpha, third, fourth = TRUE[kind]
    rows = []
    for number in range(customers):
        rate, age, now, times = rng.gamma(r, 1 / alpha), longest * rng.uniform(0.4, 1), 0.0, []
        leaves = np.inf if kind == "bg_nbd" else rng.exponential(1 / rng.gamma(third, 1 / fourth))
        chance = rng.beta(third, fourth) if kind == "bg_nbd" else 0.0
        while True:
            now += rng.exponential(1 / rate)
            if now > min(age + ahead, leaves):
                break
            times.append(now)
            if rng.uniform() < chance:
                leaves = now
        past = [time for time in times if time <= age]
        rows.append((number, len(past), past[-1] if past else 0.0, age, len(times) - len(past), leaves > age))
    return pd.DataFrame(rows, columns=["customer_id", "repeats", "span", "age", "later", "alive"])


@pytest.fixture(scope="module")
def customers() -> dict[str, pd.DataFrame]:
    return {kind: drawn(kind, customers=2500, longest=60, ahead=30, seed=7) for kind in MODELS}


@pytest.fixture(scope="module")
def models(customers):
    return {kind: FITS[kind](table) for kind, table in customers.items()}


def squared_grid(most: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on (0, `most`), dense near 0, where a Gamma density may rise without end."""
    node, weight = np.polynomial.legendre.leggauss(200)
    return most * ((node + 1) / 2) ** 2, most * (node + 1) / 2 * weight


@pytest.mark.parametrize("history", [(0, 0.0, 6.0), (3, 4.5, 6.0), (1, 0.5, 9.0)])
def test_pareto_nbd_likelihood_by_definition(history):
    """Schmittlein, Morrison and Colombo (1987): one customer's likelihood, averaged over both Gamma distributions."""
    r, alpha, s, beta = 0.8, 3.0, 1.2, 8.0
    x, span, age = history
    (rate, rates), (lost, losses) = squared_grid(12.0), squared_grid(6.0)
    rates, losses = rates * gamma_law.pdf(rate, r, scale=1 / alpha), losses * gamma_law.pdf(lost, s, scale=1 / beta)
    rate, lost = rate[:, None], lost[None, :]
    given_both = rate**x / (rate + lost) * (lost * np.exp(-(rate + lost) * span) + rate * np.exp(-(rate + lost) * age))
    value, _gradient = pareto_nbd.log_likelihood(one(*history), np.array([r, alpha, s, beta]))
    assert np.exp(value) == pytest.approx(rates @ given_both @ losses, rel=1e-4)


@pytest.mark.parametrize("history", [(0, 0.0, 6.0), (3, 4.5, 6.0), (1, 0.5, 9.0)])
def test_bg_nbd_likelihood_by_definition(history):
    """Fader, Hardie and Lee (2005), equation 3, averaged over the Gamma and the Beta distribution."""
    r, alpha, a, b = 0.8, 3.0, 2.0, 3.0
    x, span, age = history
    (rate, rates), (chance, chances) = squared_grid(12.0), squared_grid(1.0)
    rates, chances = rates * gamma_law.pdf(rate, r, scale=1 / alpha), chances * beta_law.pdf(chance, a, b)
    rate, chance = rate[:, None], chance[None, :]
    given_both = (1 - chance) ** x * rate**x * np.exp(-rate * age)
    if x:
        given_both = given_both + chance * (1 - chance) ** (x - 1) * rate**x * np.exp(-rate * span)
    value, _gradient = bg_nbd.log_likelihood(one(*history), np.array([r, alpha, a, b]))
    assert np.exp(value) == pytest.approx(rates @ given_both @ chances, rel=1e-4)


def test_pareto_nbd_likelihood_by_hypergeometric_functions():
    """The closed form of Fader and Hardie's note (2005), which subtracts two functions and works for small numbers only."""
    rng = np.random.default_rng(3)
    for _draw in range(40):
        r, alpha, s, beta = rng.uniform(0.2, 4, 4) * (1, 8, 1, 8)
        x, age = rng.integers(0, 12), rng.uniform(5, 50)
        span = 0.0 if x == 0 else age * rng.uniform(0.05, 1)
        n, most, second = r + s + x, max(alpha, beta), s + 1 if alpha >= beta else r + x

        def part(time, most=most, n=n, second=second, alpha=alpha, beta=beta):
            return hyp2f1(n, second, n + 1, abs(alpha - beta) / (most + time)) / (most + time) ** n

        inner = (alpha + age) ** -(r + x) * (beta + age) ** -s + s / n * (part(span) - part(age))
        expected = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + np.log(inner)
        value, _gradient = pareto_nbd.log_likelihood(one(x, span, age), np.array([r, alpha, s, beta]))
        assert value == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=6, deadline=None)
@given(parameters=st.tuples(*[positive] * 4), repeats=st.integers(0, 1500), part=st.floats(0.001, 1.0), age=st.floats(0.5, 1500))
def test_gradient_and_finite_values_for_any_history(kind, parameters, repeats, part, age):
    log_likelihood, logs, rows = MODELS[kind].log_likelihood, np.log(parameters), one(repeats, part * age if repeats else 0.0, age)
    value, gradient = log_likelihood(rows, np.exp(logs))
    assert np.isfinite(value) and np.isfinite(gradient).all()
    for place in range(4):
        step = np.zeros(4)
        step[place] = 1e-5
        slope = (log_likelihood(rows, np.exp(logs + step))[0] - log_likelihood(rows, np.exp(logs - step))[0]) / 2e-5
        assert gradient[place] == pytest.approx(slope, rel=1e-4, abs=1e-4 * (1 + repeats))
    chance = MODELS[kind].log_odds_lost(rows, np.exp(logs))
    coming = purchases_if_alive(kind, rows, np.exp(logs), periods=10.0)
    assert not np.isnan(chance[0]) and 0 < coming[0] < 10 * (parameters[0] + repeats) / (parameters[1] + age) * 1.000001


@settings(max_examples=12, deadline=None)
@given(a=positive, b=positive, c=positive, z=st.floats(0, 0.97))
def test_hypergeometric_function_in_logs(a, b, c, z):
    assert log_hyp2f1(a, b, c, z) == pytest.approx(np.log(hyp2f1(a, b, c, z)), rel=1e-6, abs=1e-8)


def test_hypergeometric_function_beyond_all_numbers():
    """2F1(a, b; b; z) = (1 − z)^−a holds for any b."""
    assert log_hyp2f1(3000.0, 7.0, 7.0, 0.6) == pytest.approx(-3000 * np.log(0.4))
    assert log_hyp2f1(2.5, 9e4, 9e4, 0.9) == pytest.approx(-2.5 * np.log(0.1))


@pytest.mark.parametrize("kind", MODELS)
def test_parameters_of_drawn_customers_are_found_again(kind, models):
    """Within 3.5 standard errors, which a right interval fails to hold once in two thousand times."""
    table = models[kind].parameters
    assert (np.abs(np.log(table.estimate / np.array(TRUE[kind]))) < 3.5 * table.standard_error / table.estimate).all()
    assert (table.low < table.estimate).all() and (table.estimate < table.high).all()
    assert models[kind].loose == ()


@pytest.mark.parametrize("kind", MODELS)
def test_forecasts_of_drawn_customers_come_true(kind, customers, models):
    """The totals within 4 standard errors of chance, and the lost customers told from the others as well as can be."""
    table, model = customers[kind], models[kind]
    expected = expected_purchases(model, table, periods=30)
    assert abs(expected.sum() - table.later.sum()) < 4 * np.sqrt(((expected - table.later.to_numpy()) ** 2).sum())
    alive = probability_alive(model, table)
    assert abs(alive.sum() - table.alive.sum()) < 4 * np.sqrt((alive * (1 - alive)).sum() + 1)
    frequencies = purchase_frequencies(model)
    assert frequencies.customers.sum() == len(table)
    assert frequencies.expected_customers.sum() == pytest.approx(len(table))
    inside = (frequencies.customers >= frequencies.low) & (frequencies.customers <= frequencies.high)
    assert inside.mean() > 0.7


def test_expected_purchases_by_the_published_formulas(customers, models):
    """Fader, Hardie and Lee (2005), equation 10, and Schmittlein, Morrison and Colombo (1987)."""
    ahead = 17.0
    table = customers["bg_nbd"].head(300).set_index("customer_id")
    (r, alpha, a, b), x, age = models["bg_nbd"].parameters.estimate, table.repeats, table.age
    part = ((alpha + age) / (alpha + age + ahead)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, ahead / (alpha + age + ahead))
    odds = np.where(x > 0, a / np.maximum(b + x - 1, 1e-9) * ((alpha + age) / (alpha + table.span)) ** (r + x), 0.0)
    by_hand = (a + b + x - 1) / (a - 1) * (1 - part) / (1 + odds)
    assert expected_purchases(models["bg_nbd"], table, periods=ahead).tolist() == pytest.approx(by_hand.tolist(), rel=1e-6)
    table = customers["pareto_nbd"].head(300).set_index("customer_id")
    (r, alpha, s, beta), x, age = models["pareto_nbd"].parameters.estimate, table.repeats, table.age
    if_alive = (r + x) * (beta + age) / ((alpha + age) * (s - 1)) * (1 - ((beta + age) / (beta + age + ahead)) ** (s - 1))
    alive = probability_alive(models["pareto_nbd"], table)
    assert expected_purchases(models["pareto_nbd"], table, periods=ahead).tolist() == pytest.approx((if_alive * alive).tolist(), rel=1e-9)


def test_discounted_purchases_without_end():
    """Fader, Hardie and Lee (2005, iso-value curves), equation 2, by the confluent hypergeometric function."""
    r, alpha, s, beta, x, age, discount = 0.9, 4.0, 0.8, 30.0, 5, 40.0, 0.01
    value = purchases_if_alive("pareto_nbd", one(x, 39.0, age), np.array([r, alpha, s, beta]), periods=1200.0, discount=discount)[0]
    expected = (r + x) / (alpha + age) * (beta + age) * hyperu(1, 2 - s, discount * (beta + age))
    assert value == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=2, deadline=None)
@given(factor=st.floats(0.1, 50), copies=st.integers(2, 3))
def test_another_unit_and_more_of_the_same(kind, factor, copies, customers):
    """Days for weeks stretch the scales only; every customer twice leaves the estimates and divides the variance by two."""
    table = customers[kind].head(300)
    small = FITS[kind](table)
    twice = pd.concat([table] * copies, ignore_index=True).assign(customer_id=lambda rows: rows.index)
    large = FITS[kind](twice.assign(span=twice.span * factor, age=twice.age * factor))
    scales = np.array([1, factor, 1, factor if kind == "pareto_nbd" else 1])
    known = [name for name in small.parameters.index if name not in small.loose + large.loose]
    ratio = (large.parameters.estimate / small.parameters.estimate / scales)[known]
    assert ratio.tolist() == pytest.approx([1.0] * len(known), rel=1e-3)
    ahead = expected_purchases(small, table, periods=5)
    scaled = table.assign(span=table.span * factor, age=table.age * factor)
    assert expected_purchases(large, scaled, periods=5 * factor).tolist() == pytest.approx(ahead.tolist(), rel=1e-3)


@pytest.mark.parametrize("kind", MODELS)
def test_who_cannot_be_told_apart_is_said(kind):
    """Customers who never leave: the risk of being lost has no finite estimate, the forecast still stands, and the summary says why."""
    rng = np.random.default_rng(2)
    repeats = rng.poisson(rng.gamma(2.0, 5.0, 80)) + 1
    table = pd.DataFrame({"customer_id": range(80), "repeats": repeats, "span": 50.0, "age": 50.0})
    model = FITS[kind](table)
    assert set(model.loose) & {"a", "b", "s", "beta"}
    assert model.parameters.standard_error[list(model.loose)].isna().all()
    assert "cannot be told" in model.summary()
    assert expected_purchases(model, table, periods=5).sum() == pytest.approx(repeats.sum() / 10, rel=0.1)
    assert probability_alive(model, table).min() > 0.99


def test_summaries_name_the_interval(models):
    assert "95% interval" in models["bg_nbd"].summary() and "chance" in models["bg_nbd"].summary()
    assert "hazard" in models["pareto_nbd"].summary()


def test_who_bought_once_is_alive_for_bg_nbd_and_only_for_it(customers, models):
    once = pd.DataFrame({"customer_id": ["c1"], "repeats": [0], "span": [0.0], "age": [50.0]})
    assert probability_alive(models["bg_nbd"], once).tolist() == [1.0]
    assert probability_alive(models["pareto_nbd"], once).iloc[0] < 0.9


GOOD = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "repeats": [0, 1, 5], "span": [0.0, 5.0, 30.0], "age": 40.0, "unit": "week"})


@pytest.mark.parametrize("fit", FITS.values())
@pytest.mark.parametrize(
    ("table", "says"),
    [
        (GOOD.drop(columns="age"), "age"),
        (GOOD.assign(repeats=[0, 1, "five"]), "not a number"),
        (GOOD.assign(age=[40, 40, np.nan]), "missing"),
        (GOOD.assign(repeats=[0, 1, -5]), "negative"),
        (GOOD.assign(repeats=[0, 1.5, 5]), "whole number"),
        (GOOD.assign(age=[40, 4, 40]), "longer than age"),
        (GOOD.assign(span=[3.0, 5.0, 30.0]), "do not fit together"),
        (GOOD.assign(customer_id="c1"), "more than once"),
        (GOOD.head(0), "no customers"),
        (GOOD.head(1), "second time"),
        (GOOD.assign(unit=["week", "week", "day"]), "mixes the units"),
        ("a text", "one row a customer"),
    ],
)
def test_bad_summaries_are_refused_in_words(fit, table, says):
    with pytest.raises(ValueError, match=says):
        fit(table)


def test_bad_forecasts_are_refused_in_words():
    model = fit_bg_nbd(GOOD)
    with pytest.raises(ValueError, match="by week, the summary by day"):
        expected_purchases(model, GOOD.assign(unit="day"), periods=4)
    for bad in (0, -1, np.nan, "4", True):
        with pytest.raises(ValueError, match="above 0"):
            expected_purchases(model, GOOD, periods=bad)
    with pytest.raises(ValueError, match="fit_bg_nbd"):
        probability_alive("bg_nbd", GOOD)
    with pytest.raises(ValueError, match="between 0 and 1"):
        fit_bg_nbd(GOOD, level=95)


def test_inputs_stay_as_they_were():
    before = GOOD.copy(deep=True)
    model = fit_bg_nbd(GOOD)
    expected_purchases(model, GOOD, periods=3)
    pd.testing.assert_frame_equal(GOOD, before)
