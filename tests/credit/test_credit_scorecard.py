import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score
from statsmodels.api import Logit, add_constant

from crmlib.company import lark
from crmlib.credit import (
    credit_frame,
    default_calibration,
    discrimination,
    information_value,
    population_stability,
    scorecard,
    weight_of_evidence,
)  # fmt: skip

YES_NO = st.lists(st.tuples(st.one_of(st.none(), st.integers(-20, 20)), st.booleans()), min_size=4, max_size=80).filter(
    lambda rows: len({bad for __, bad in rows}) == 2 and any(value is not None for value, __ in rows))  # fmt: skip


@pytest.fixture(scope="module")
def firm():
    return lark()


@pytest.fixture(scope="module")
def train(firm):
    return credit_frame(firm.invoices, firm.payments, cutoff="2025-11-01", known_until="2026-10-31")


@pytest.fixture(scope="module")
def test(firm):
    return credit_frame(firm.invoices, firm.payments, cutoff="2026-05-01", known_until="2026-10-31")


@pytest.fixture(scope="module")
def card(train, test):
    return scorecard(train, test=test, rng=1)


@pytest.fixture(scope="module")
def made():
    """2,000 customers whose odds of default follow two features, one of them with gaps."""
    rng = np.random.default_rng(6)
    late, use = rng.normal(0, 1, 2000), rng.random(2000)
    chance = 1 / (1 + np.exp(-(-3 + 1.0 * late + 1.5 * use)))
    table = pd.DataFrame({"mean_days_late": late, "limit_use": use, "noise_only": rng.random(2000), "default": rng.random(2000) < chance})
    return table.assign(limit_use=table["limit_use"].where(rng.random(2000) > 0.1)), chance


@settings(deadline=None, max_examples=20)
@given(YES_NO, st.integers(1, 6), st.sampled_from([0.05, 0.2, 0.4]))
def test_bins_hold_everybody_once_and_rates_go_one_way(rows, max_bins, min_share):
    feature = pd.Series([np.nan if value is None else value for value, __ in rows], name="x", dtype=float)
    default = pd.Series([bad for __, bad in rows])
    found = weight_of_evidence(feature, default, max_bins=max_bins, min_share=min_share)
    table = found.table
    assert table["customers"].sum() == len(rows) and table["bads"].sum() == default.sum()
    known = table.drop(index="missing", errors="ignore")
    assert known["bad_rate"].is_monotonic_increasing or known["bad_rate"].is_monotonic_decreasing
    assert known["woe"].is_monotonic_increasing or known["woe"].is_monotonic_decreasing
    assert len(known) <= max_bins
    assert len(known) == 1 or known["customers"].min() >= min_share * feature.notna().sum()
    assert ("missing" in table.index) == bool(feature.isna().any())
    assert found.iv >= 0 and np.isfinite(table["woe"]).all()
    assert np.allclose(found.transform(feature), table["woe"].to_numpy()[found.bins(feature)])


def test_evidence_by_hand_with_its_smoothing():
    found = weight_of_evidence(pd.Series([1.0, 1, 2, 2, 2]), pd.Series([0, 0, 1, 0, 1]), cuts=[1], smoothing=0.5)
    goods, bads = np.array([2.5, 1.5]) / 4, np.array([0.5, 2.5]) / 3
    assert found.table["woe"].tolist() == pytest.approx(np.log(goods / bads).tolist())
    assert found.iv == pytest.approx(((goods - bads) * np.log(goods / bads)).sum())
    assert found.transform(pd.Series([9.0, np.nan])).tolist() == pytest.approx([np.log(goods / bads)[1], 0.0]), "never seen says nothing"


def test_categories_rare_and_never_seen():
    feature = pd.Series(["A"] * 40 + ["B"] * 50 + ["C"] * 2 + [None] * 8, name="credit_class")
    default = pd.Series(([0] * 36 + [1] * 4) + ([0] * 30 + [1] * 20) + [1, 0] + [0] * 7 + [1])
    found = weight_of_evidence(feature, default, min_share=0.1)
    assert found.table.index.tolist() == ["A", "B", "C / other", "missing"]
    assert found.bins(pd.Series(["B", "Z", None])).tolist() == [1, 2, 3]


def test_information_of_chance_seldom_exceeds_noise():
    """With fixed cuts, features without any meaning exceed it once in twenty times; four standard errors."""
    rng = np.random.default_rng(8)
    default = pd.Series(rng.random(800) < 0.1)
    found = [weight_of_evidence(pd.Series(rng.random(800)), default, cuts=[0.2, 0.4, 0.6, 0.8]) for __ in range(150)]
    assert np.mean([one.iv > one.noise for one in found]) == pytest.approx(0.05, abs=4 * (0.05 * 0.95 / 150) ** 0.5)
    searched = [weight_of_evidence(pd.Series(rng.random(800)), default) for __ in range(60)]
    assert np.mean([one.iv > one.noise for one in searched]) < 0.05 + 4 * (0.05 * 0.95 / 60) ** 0.5


def test_features_are_ranked_and_chance_is_called_none(made):
    ranked = information_value(made[0])
    assert ranked.index[0] == "mean_days_late" and ranked.index[-1] == "noise_only"
    assert ranked.loc["mean_days_late", "strength"] in ("strong", "suspicious") and ranked.loc["noise_only", "strength"] == "none"
    assert ranked.loc["limit_use", "missing_share"] == pytest.approx(0.1, abs=0.03)


def test_coefficients_are_those_of_another_program(made):
    """With hardly any penalty: maximum likelihood by statsmodels on the same weights."""
    table = made[0]
    card = scorecard(table, features=["mean_days_late", "limit_use"], penalty=1e-8, rng=1)
    weights = pd.DataFrame({name: card.evidence[name].transform(table[name]) for name in card.coefficients.index})
    other = Logit(1 - table["default"].astype(float), add_constant(weights)).fit(disp=0).params
    assert card.intercept == pytest.approx(other["const"], abs=1e-4)
    assert card.coefficients.tolist() == pytest.approx(other[card.coefficients.index].tolist(), abs=1e-4)


def test_points_double_the_odds_and_probabilities_are_true(made):
    table, chance = made
    card = scorecard(
        table, features=["mean_days_late", "limit_use", "noise_only"], points_to_double=40, base_points=500, base_odds=10, rng=1
    )
    found = card.score(table)
    odds = np.log((1 - found["default_probability"]) / found["default_probability"])
    expected = 500 + 40 * (odds - np.log(10)) / np.log(2)
    assert (found["score"] - expected).abs().max() <= 0.5 * len(card.coefficients) + 1e-6, "rounding of whole points, no more"
    assert np.corrcoef(found["default_probability"], chance)[0, 1] > 0.9
    assert (found["default_probability"] - chance).abs().mean() < 0.04, "four bins and gaps cost some hundredths"
    assert card.dropped == {"noise_only": "weak"}


def test_reasons_are_what_cost_most(made):
    card = scorecard(made[0], rng=1)
    found = card.score(pd.DataFrame({"mean_days_late": [3.0, -3.0], "limit_use": [0.99, 0.0]}))
    assert found["reason_1"].tolist()[0] == "mean_days_late" and found["reason_1"].tolist()[1] == ""


def test_features_never_look_past_the_cutoff(firm):
    """Whatever happens on the cut-off day and after it changes no feature."""
    options = {"cutoff": "2026-01-01", "known_until": "2026-10-31"}
    plain = credit_frame(firm.invoices, firm.payments, **options)
    invoices = firm.invoices[firm.invoices["issued_on"] < "2026-01-01"]
    payments = firm.payments[firm.payments["invoice_id"].isin(invoices["invoice_id"])]
    payments = payments.assign(paid_on=payments["paid_on"].where(payments["paid_on"] < "2026-01-01", pd.Timestamp("2026-01-01")))
    other = credit_frame(invoices, payments, **options)
    pd.testing.assert_frame_equal(plain.table[plain.features], other.table.loc[plain.table.index, plain.features])


def test_default_is_what_the_definition_says(firm, test):
    """Oracle: look at each invoice on the day when it was 60 days past due."""
    bills = firm.invoices.assign(day=firm.invoices["due_on"] + pd.Timedelta(days=60))
    money = firm.payments.merge(bills[["invoice_id", "day"]], on="invoice_id")
    came = money[money["paid_on"] <= money["day"]].groupby("invoice_id")["amount_yuan"].sum().reindex(bills["invoice_id"], fill_value=0.0)
    missed = bills[
        (bills["amount_yuan"].to_numpy() - came.to_numpy() > 0.005) & bills["day"].between("2026-05-01", "2026-10-31").to_numpy()
    ]
    assert set(test.table.index[test.table["default"]]) == set(missed["customer_id"]) & set(test.table.index)
    assert not set(test.already_in_default) & set(test.table.index)


def test_on_the_firm_later_customers_are_ranked(card, test):
    quality = card.quality["test"]
    assert quality.defaults == int(test.table["default"].sum())
    assert quality.table.loc["auc", "low"] > 0.6
    assert "never seen" in card.summary() and card.calibration["customers"].sum() == len(test.table)
    assert set(card.score(test).columns) == {"score", "default_probability", "reason_1", "reason_2", "reason_3"}


@settings(deadline=None, max_examples=20)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=3, max_size=60).filter(lambda rows: len({bad for __, bad in rows}) == 2)
)
def test_auc_and_ks_agree_with_other_programs(rows):
    score, bad = pd.Series([float(value) for value, __ in rows]), pd.Series([bad for __, bad in rows])
    found = discrimination(score, bad, resamples=100, rng=1)
    assert found.auc == pytest.approx(roc_auc_score(~bad, score))
    assert found.ks == pytest.approx(ks_2samp(score[bad], score[~bad]).statistic)
    assert found.gini == pytest.approx(2 * found.auc - 1)
    assert (found.table["low"] <= found.table["value"]).all() and (found.table["value"] <= found.table["high"]).all()


def test_calibration_adds_up(made):
    table, chance = made
    found = default_calibration(pd.Series(chance), table["default"])
    assert found["customers"].sum() == 2000 and found["defaults"].sum() == table["default"].sum()
    assert found["predicted"].is_monotonic_increasing
    assert ((found["low"] <= found["predicted"]) & (found["predicted"] <= found["high"])).mean() >= 0.8


def test_stability_by_hand_and_against_chance():
    found = population_stability(pd.Series(["A"] * 60 + ["B"] * 40), pd.Series(["A"] * 30 + ["B"] * 70))
    then, now = np.array([60.5, 40.5]) / 101, np.array([30.5, 70.5]) / 101
    assert found.psi == pytest.approx(((now - then) * np.log(now / then)).sum()) and found.verdict == "shifted"
    rng = np.random.default_rng(2)
    same = [population_stability(pd.Series(rng.normal(size=300)), pd.Series(rng.normal(size=300))) for __ in range(80)]
    assert np.mean([one.psi for one in same]) == pytest.approx(same[0].noise, rel=0.15)
    assert np.mean([one.verdict == "within_chance" for one in same]) > 0.88
    gaps = population_stability(pd.Series([1.0, 2, 3]), pd.Series([1.0, np.nan, 3]))
    assert gaps.table.index[-1] == "missing"


def test_one_value_only_is_stable():
    found = population_stability(pd.Series([5.0] * 10), pd.Series([5.0] * 20))
    assert found.psi == 0 and found.verdict == "within_chance"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda t: weight_of_evidence(t["x"], t["default"].map({True: 1, False: 1})),
            "Both kinds are needed, and of 4 customers 4 defaulted",
        ),
        (lambda t: weight_of_evidence(t["x"], pd.Series([1, 0, 2, 0])), "default is neither yes nor no: 1 row(s), first 2"),
        (lambda t: weight_of_evidence(t["x"], pd.Series([1, 0])), "with the same customers, in the same order"),
        (lambda t: weight_of_evidence(t["x"], pd.Series([1, None, 0, 0])), "default is missing"),
        (lambda t: weight_of_evidence([1, 2], t["default"]), "feature must be a Series"),
        (lambda t: weight_of_evidence(t["x"], t["default"], smoothing=0, cuts=[1]), "A bin has no default, or nothing else"),
        (lambda t: weight_of_evidence(t["x"], t["default"], smoothing=-1), "smoothing is -1"),
        (lambda t: weight_of_evidence(t["x"], t["default"], direction="up"), 'direction is "up"'),
        (lambda t: weight_of_evidence(t["x"], t["default"], cuts=[2, 1]), "the numbers must rise"),
        (lambda t: information_value(t, features=["y"]), "lacks the column(s) y"),
        (lambda t: information_value([1]), "table must be a pandas table"),
        (lambda t: discrimination(t["x"], t["default"], rng=None), "rng must be a whole number"),
        (lambda t: discrimination([1], t["default"], rng=1), "score must be a Series"),
        (lambda t: default_calibration(pd.Series([1, 2, 3, 40]), t["default"]), "A probability lies outside 0 to 1"),
        (lambda t: scorecard(t.drop(columns="default"), rng=1), "lacks the column(s) default"),
        (lambda t: scorecard([1], rng=1), "train must be what crm.credit.credit_frame gives"),
        (lambda t: scorecard(t, base_odds=0, rng=1), "base_odds is 0; it must be a number above 0"),
        (lambda t: scorecard(t, rng=1), "No feature tells more about default than chance would"),
        (lambda t: population_stability(t["x"], pd.Series(["a"])), "One of expected and actual holds numbers"),
        (lambda t: population_stability(t["x"], pd.Series([], dtype=float)), "actual must be a Series with at least one value"),
    ],
)
def test_unusable_input_is_refused_with_a_sentence(call, sentence):
    with pytest.raises(ValueError) as caught:
        call(pd.DataFrame({"x": [1.0, 2, 1, 2], "default": [True, False, False, True]}).assign(x=[1.0, 2, 2, 3]))
    assert sentence in str(caught.value)


def test_a_split_that_lets_the_future_into_the_past_is_refused(train, test):
    with pytest.raises(ValueError, match="before the outcomes of the training period were known"):
        scorecard(test, test=train, rng=1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"cutoff": "2026-06-01"}, "The outcome window ends on 2026-11-30, but the data end on 2026-10-31"),
        ({"cutoff": "2020-01-01"}, "Nobody was billed between 2019-01-01 and 2020-01-01"),
        ({"history_months": 0}, "history_months is 0"),
        ({"days_past_due": "60"}, "days_past_due is 60; it must be a whole number"),
    ],
)
def test_unusable_windows_are_refused(firm, options, sentence):
    with pytest.raises(ValueError) as caught:
        credit_frame(firm.invoices, firm.payments, **{"cutoff": "2026-01-01", "known_until": "2026-10-31"} | options)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(("defaults", "distance"), [(5, 2.5), (12, 2.5), (12, 1.0)])
def test_auc_intervals_hold_the_truth_with_few_defaults(defaults, distance):
    """Two normal groups `distance` apart; of 120 intervals of 95%, fewer than 106 hold the truth about once in a thousand such tests."""
    from scipy.stats import norm

    from crmlib.credit.discrimination import auc_interval

    rng, true, held = np.random.default_rng(3), norm.cdf(distance / np.sqrt(2)), 0
    for _turn in range(120):
        bads, goods = rng.normal(0, 1, defaults), rng.normal(distance, 1, 150)
        low, high = auc_interval(float((goods[:, None] > bads).mean()), defaults, 150, 0.95)
        held += low <= true <= high
    assert held >= 106
    found = discrimination(pd.Series([1.0, 2, 3, 4]), pd.Series([1, 1, 0, 0]), resamples=100, rng=1).table.loc["auc"]
    assert (found["value"], found["high"]) == (1, 1) and found["low"] < 0.5, "two defaults prove little"


def test_numbers_of_a_database_are_numbers(made):
    table, __ = made
    plain = weight_of_evidence(table["limit_use"], table["default"])
    for dress in ("object", "Float64", "float64[pyarrow]"):
        assert weight_of_evidence(table["limit_use"].astype(dress), table["default"].astype("boolean")).iv == plain.iv
    with pytest.raises(ValueError, match="numbers written as text"):
        weight_of_evidence(table["limit_use"].astype(str).where(table["limit_use"].notna()), table["default"])
    with pytest.raises(ValueError, match="limit_use is not a number: 1 row"):
        weight_of_evidence(table["limit_use"].astype(object).where(table.index != 5, "much"), table["default"])
