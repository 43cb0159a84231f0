import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.i18n import use_language
from crmlib.segments import abc_classes, class_summary, concentration


def by_customer(values) -> pd.Series:
    return pd.Series(np.asarray(values, dtype=float), index=[f"c{number}" for number in range(len(values))])


def gini_by_pairs(values) -> float:
    """The definition: mean absolute difference of all pairs over twice the mean."""
    values = np.asarray(values, dtype=float)
    return float(np.abs(values[:, None] - values[None, :]).sum() / (2 * len(values) ** 2 * values.mean()))


def test_by_hand():
    result = concentration(by_customer([80, 5, 5, 5, 5]), rng=1)
    assert result.revenue_share == 0.8
    assert result.gini == pytest.approx(0.6)
    assert (result.share, result.level) == (0.2, 0.95)


def test_extremes():
    equal = concentration(by_customer([4] * 10), rng=1)
    assert [equal.revenue_share, equal.low, equal.high, equal.gini] == pytest.approx([0.2, 0.2, 0.2, 0])
    alone = concentration(by_customer([0, 0, 0, 9]), rng=1)
    assert (alone.revenue_share, alone.gini) == (1.0, pytest.approx(0.75))
    assert concentration(by_customer([3]), rng=1).revenue_share == 1.0


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60).filter(any), st.floats(0.05, 0.95), st.integers(0, 99))
def test_share_interval_and_gini_stay_in_bounds(values, share, seed):
    result = concentration(by_customer(values), share=share, resamples=100, rng=seed)
    assert share - 1e-9 <= result.revenue_share <= 1 + 1e-12
    assert result.low <= result.revenue_share <= result.high
    assert share - 1e-9 <= result.low and result.high <= 1 + 1e-12
    assert result.gini == pytest.approx(gini_by_pairs(values), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 10**6), min_size=5, max_size=60))
def test_agrees_with_the_classes_a_and_b(values):
    revenue = by_customer(values)
    summary = class_summary(abc_classes(revenue, a_share=0.05, b_share=0.2).abc, revenue)
    assert concentration(revenue, share=0.2, resamples=100, rng=0).revenue_share == pytest.approx(summary.revenue_share[["A", "B"]].sum())


def test_same_seed_same_interval_and_rows_in_any_order():
    revenue = by_customer(np.random.default_rng(2).lognormal(3, 1.2, 400))
    first = concentration(revenue, rng=7)
    assert concentration(revenue, rng=np.random.default_rng(7)) == first
    assert concentration(revenue.iloc[::-1], rng=7) == first
    assert concentration(revenue, rng=8) != first


def test_the_interval_agrees_with_a_bootstrap_written_out():
    revenue = by_customer(np.random.default_rng(4).lognormal(3, 1.0, 300))
    result = concentration(revenue, level=0.9, resamples=4000, rng=5)
    rng, shares = np.random.default_rng(99), []
    for _number in range(4000):
        drawn = np.sort(rng.choice(revenue, size=300))
        shares.append(drawn[-60:].sum() / drawn.sum())
    assert [result.low, result.high] == pytest.approx(np.quantile(shares, [0.05, 0.95]), abs=0.005)


def test_nine_intervals_in_ten_hold_the_truth():
    """From a population whose share is known (log-normal, sigma 1: the top fifth bring Φ(1 − z₀.₈) of it)."""
    from scipy.stats import norm

    truth = norm.cdf(1 - norm.ppf(0.8))
    rng = np.random.default_rng(11)
    held = 0
    for _number in range(200):
        result = concentration(by_customer(rng.lognormal(2, 1, 400)), level=0.9, resamples=300, rng=rng)
        held += result.low <= truth <= result.high
    assert 0.82 <= held / 200 <= 0.96


def test_a_wider_level_gives_a_wider_interval():
    revenue = by_customer(np.random.default_rng(2).lognormal(3, 1.2, 300))
    narrow, wide = (concentration(revenue, level=level, rng=1) for level in (0.5, 0.99))
    assert wide.low < narrow.low <= narrow.high < wide.high


def test_many_customers_keep_a_light_curve():
    result = concentration(by_customer(np.random.default_rng(1).pareto(1.5, 30_000)), resamples=100, rng=1)
    assert len(result.curve) <= 501
    assert result.curve.iloc[0].tolist() == [0, 0] and result.curve.iloc[-1].tolist() == pytest.approx([1, 1])


def test_summary_speaks():
    use_language("en")
    text = concentration(by_customer([80, 5, 5, 5, 5]), rng=1).summary()
    assert text.startswith("The top 20% of customers bring 80.0% of the revenue (95% interval:")
    assert text.endswith("The Gini coefficient is 0.60.")


@pytest.mark.parametrize(
    ("revenue", "options", "sentence"),
    [
        ([1, 2], {"share": 20, "rng": 1}, "share is 20; it must lie between 0 and 1"),
        ([1, 2], {"level": 95, "rng": 1}, "level is 95; it must lie between 0 and 1"),
        ([1, 2], {"rng": None}, "rng must be a whole number or numpy.random.default_rng"),
        ([1, 2], {"rng": True}, "rng must be a whole number or numpy.random.default_rng"),
        ([1, 2], {"rng": np.random}, "rng must be a whole number or numpy.random.default_rng"),
        ([1, 2], {"rng": 1, "resamples": 10}, "resamples is 10; an interval needs a whole number of at least 100"),
        ([1, 2], {"rng": 1, "resamples": 1e3}, "resamples is 1000.0"),
        ([0, 0], {"rng": 1}, "Every customer's revenue is 0"),
        ([1, -2], {"rng": 1}, "revenue is negative: 1 row(s), first c1"),
    ],
)
def test_unusable_input_is_refused_with_a_sentence(revenue, options, sentence):
    with pytest.raises(ValueError) as caught:
        concentration(by_customer(revenue), **options)
    assert sentence in str(caught.value)
