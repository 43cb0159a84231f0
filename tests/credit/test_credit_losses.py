from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.company import lark
from crmlib.credit import aging, allowance, invoice_status, roll_rates

BUCKETS = ["not_due", "days_1_30", "days_31_60", "days_61_90", "over_90"]


@pytest.fixture(scope="module")
def firm():
    return lark()


@pytest.fixture(scope="module")
def rates(firm):
    return roll_rates(firm.invoices, firm.payments, as_of="2026-10-31", rng=1)


def test_rates_are_those_of_money_followed_for_a_year(firm, rates):
    """Oracle without a matrix: what was open at a month end, and what of it is still open twelve months later."""
    rows = []
    for month in ("2025-02-28", "2025-05-31", "2025-08-31", "2025-10-31"):
        later = invoice_status(firm.invoices, firm.payments, as_of=pd.Timestamp(month) + pd.DateOffset(months=12)).set_index("invoice_id")
        items = aging(firm.invoices, firm.payments, as_of=month).items
        rows.append(items.assign(still=later["open_yuan"].reindex(items["invoice_id"]).to_numpy()))
    sums = pd.concat(rows).groupby("bucket", observed=True)[["open_yuan", "still"]].sum()
    direct = sums["still"] / sums["open_yuan"]
    # Four month ends against two years: the tolerance is the sampling error of the former.
    assert abs(direct["not_due"] - rates.table.loc["not_due", "rate"]) < 0.006
    assert abs(direct["days_1_30"] - rates.table.loc["days_1_30", "rate"]) < 0.03
    assert direct["over_90"] == pytest.approx(rates.table.loc["over_90", "rate"], abs=0.01)


def test_monthly_moves_are_counted_right(firm):
    invoices = firm.invoices[firm.invoices["customer_id"].str[-1].isin(["1", "4"])]
    payments = firm.payments[firm.payments["invoice_id"].isin(invoices["invoice_id"])]
    rates = roll_rates(invoices, payments, as_of="2026-04-30", resamples=100, rng=1)
    months = pd.date_range("2024-11-30", "2026-04-30", freq="ME")
    moved = dict.fromkeys(BUCKETS, 0.0)
    seen = dict.fromkeys(BUCKETS, 0.0)
    books = [aging(invoices, payments, as_of=day).items.set_index("invoice_id") for day in months]
    for book, after in pairwise(books):
        still = after["open_yuan"].reindex(book.index, fill_value=0.0)
        for bucket, rows in book.groupby("bucket", observed=True):
            seen[bucket] += rows["open_yuan"].sum()
            moved[bucket] += still[rows.index].sum()
    for bucket in BUCKETS:
        assert rates.table.loc[bucket, "seen_yuan"] == pytest.approx(seen[bucket], abs=0.5)
        assert rates.table.loc[bucket, "roll"] == pytest.approx(moved[bucket] / seen[bucket], abs=1e-6)
    assert np.allclose(rates.moves.sum(axis=1), 1)


def test_older_money_is_worth_less_and_intervals_hold_the_estimate(rates):
    table = rates.table
    assert table["rate"].is_monotonic_increasing
    assert ((table["low"] <= table["rate"]) & (table["rate"] <= table["high"])).all()
    assert "12 months" in rates.summary()


def test_the_same_seed_gives_the_same_interval(firm):
    first, second = (roll_rates(firm.invoices, firm.payments, as_of="2026-10-31", rng=3, resamples=100).table for __ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_own_rates_carry_their_uncertainty_into_the_allowance(firm, rates):
    book = aging(firm.invoices, firm.payments, as_of="2026-10-31")
    own, plain = allowance(book, rates), allowance(book)
    assert own.low < own.yuan < own.high and np.isnan(plain.low)
    assert own.yuan == pytest.approx((book.totals["open_yuan"] * rates.table["rate"]).sum(), abs=0.05)
    assert "estimates" in own.summary() and "estimates" not in plain.summary()


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1)), min_size=1, max_size=8))
def test_an_allowance_lies_between_nothing_and_everything(rows):
    amounts, rates = zip(*rows, strict=True)
    found = allowance(list(amounts), list(rates))
    assert 0 <= found.yuan <= found.open_yuan + 0.01 * len(rows)
    assert found.yuan == pytest.approx(sum(a * r for a, r in rows), abs=0.01 * len(rows))


@pytest.mark.parametrize(
    ("amounts", "rates", "sentence"),
    [
        ([1, 2], [0.1], "There are 1 rates for 2 buckets"),
        ([1, -2], [0.1, 0.2], "An amount is negative: 1 row(s), first 1"),
        ([1, "two"], [0.1, 0.2], "amounts is not a number"),
        ([1, None], [0.1, 0.2], "amounts is missing"),
        ([1, 2], [0.1, 33], "A rate lies outside 0 to 1: 1 row(s), first 1. Write 33% as 0.33."),
        ([1, 2], [0.1, None], "rates is missing"),
        ([], [], "There are no amounts"),
        (pd.Series({"a": 1.0}), {"b": 0.1}, "There is no rate for the bucket(s) a."),
    ],
)
def test_unusable_amounts_or_rates_are_refused(amounts, rates, sentence):
    with pytest.raises(ValueError) as caught:
        allowance(amounts, rates)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"rng": None}, "rng must be a whole number"),
        ({"level": 95}, "level is 95; it must lie between 0 and 1"),
        ({"resamples": 10}, "resamples is 10; it must be a whole number of at least 100"),
        ({"as_of": "2024-11-30"}, "fewer than two up to 2024-11-30"),
        ({"as_of": "2020-01-01"}, "No invoice was issued up to 2020-01-01"),
        ({"horizon_months": 0}, "horizon_months is 0"),
    ],
)
def test_unusable_options_are_refused(firm, options, sentence):
    with pytest.raises(ValueError) as caught:
        roll_rates(firm.invoices, firm.payments, **{"as_of": "2026-10-31", "rng": 1} | options)
    assert sentence in str(caught.value)
