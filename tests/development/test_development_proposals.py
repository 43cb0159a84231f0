"""Who gets a proposal: the sum done by hand, the list examined later, and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from crmlib import accounts, development
from crmlib.company import lark

TIERS = (1000, 3000, 10000)


@pytest.fixture(scope="module")
def listed():
    return development.proposal_list(lark(), as_of="2026-10-31", tiers=TIERS)


def test_the_list_agrees_with_the_sum_done_by_hand(listed):
    year = lark().waybills.query("picked_up_at >= '2025-11-01'").groupby("customer_id")[["price_yuan", "cost_yuan"]].sum()
    table = listed.table
    margin = (year.price_yuan - year.cost_yuan)[table.index]
    assert np.allclose(table.margin_yuan, margin, atol=0.02)
    bears = table.growth_needed <= listed.most_growth
    more = 1 + table.growth_needed[bears]
    assert np.allclose(more * (margin[bears] - table.rebate[bears] * table.year_yuan[bears]), margin[bears], rtol=1e-3)
    assert set(table.index[table.proposal == "price_first"]) == set(table.index[~bears])
    assert listed.chosen().tier_chance.min() >= table.tier_chance[table.proposal == "wait"].max()
    assert listed.expected()["expected"] == pytest.approx((listed.chosen().tier_chance * listed.chosen().rebate_yuan).sum())


@settings(max_examples=20, deadline=None)
@given(some.lists(some.floats(0, 1), min_size=1, max_size=40), some.integers(1, 50))
def test_the_first_so_many_are_counted_as_one_counts_by_hand(chances, first):
    names = [f"c{place}" for place in range(len(chances))]
    found = pd.DataFrame({"year_yuan": 1.0, "next_tier_yuan": 5.0, "tier_chance": chances}, index=names)
    bills = pd.DataFrame({"customer_id": names[::2], "picked_up_at": pd.Timestamp("2026-05-05"), "price_yuan": 5.0})
    result = development.tier_later(found, bills, as_of="2026-10-31", first=first)
    order = sorted(range(len(chances)), key=lambda place: -chances[place])[:first]
    assert result.first.loc["chance", "reached_tier"] == sum(place % 2 == 0 for place in order)
    assert result.bands["customers"].sum() == len(chances)


def test_on_the_simulated_firm_the_chance_ranks_better_than_nearness():
    firm = lark()
    found = accounts.potential_key_accounts(firm.waybills, as_of="2026-04-30", tiers=TIERS)
    result = development.tier_later(found, firm.waybills, as_of="2026-10-31", first=30)
    assert result.first.loc["chance", "tier_share"] > result.first.loc["near", "tier_share"]
    assert result.bands["tier_share"].is_monotonic_increasing


def test_a_newcomer_has_no_slack_months_and_a_few_parcels_make_no_peak():
    firm = lark()
    days = pd.date_range("2026-05-01", "2026-10-31", freq="D")
    new = firm.waybills.head(len(days)).assign(customer_id="C00001", picked_up_at=days.to_numpy())
    others = firm.waybills[firm.waybills.customer_id != "C00001"]
    tables = {"customers": firm.customers, "waybills": pd.concat([others, new])}
    offer = development.key_account_proposal(tables, "C00001", as_of="2026-10-31", tiers=TIERS, also="Own words.")
    assert "peak" not in offer.needs and "Own words." in offer.page.recommendation
    offer = development.key_account_proposal({**tables, "waybills": pd.concat([others, new[:12], new[-2:]])}, "C00001", as_of="2026-10-31", tiers=TIERS)
    assert "peak" not in offer.needs


@pytest.mark.parametrize(("counts", "peak"), [([10 * month for month in range(1, 13)], False), ([30] * 9 + [90] + [30] * 2, True)])
def test_growth_is_not_taken_for_a_busy_month(counts, peak):
    firm = lark()
    days = [day for day, count in zip(pd.date_range("2025-11-05", periods=12, freq="MS"), counts, strict=True) for _each in range(count)]
    mine = firm.waybills.head(len(days)).assign(customer_id="C00001", picked_up_at=days)
    tables = {"customers": firm.customers, "waybills": pd.concat([firm.waybills[firm.waybills.customer_id != "C00001"], mine])}
    offer = development.key_account_proposal(tables, "C00001", as_of="2026-11-30", tiers=TIERS)
    assert ("peak" in offer.needs) is peak


def test_the_lead_over_the_simple_way_lies_in_its_interval():
    frames = [development.uptake_frame(lark(), service="same_city", cutoff=day) for day in ("2025-07-01", "2026-02-01")]
    result = development.propensity(*frames, resamples=200, rng=1)
    lead, low, high = result.ahead
    auc = result.metrics.set_index("metric").loc["auc"]
    assert low < lead < high and high - low < auc.high - auc.low
    assert lead == pytest.approx(auc.value - result.simple_auc)


def test_a_frame_of_today_can_be_scored_without_waiting():
    frames = [development.uptake_frame(lark(), service="same_city", cutoff=day) for day in ("2025-07-01", "2026-02-01")]
    today = development.uptake_frame(lark(), service="same_city", cutoff="2026-11-01", window_months=0)
    chances = development.propensity(*frames, resamples=100, rng=1).score(today)
    assert "took_up" not in today and len(chances) == len(today) and chances.between(0, 1).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: development.proposal_list(lark(), as_of="2026-10-31", tiers=TIERS, most=0), "most is 0"),
        (lambda: development.proposal_list(lark(), as_of="2026-10-31", tiers=TIERS, most_growth="much"), "most_growth is much"),
        (lambda: development.proposal_list(lark(), as_of="2026-10-31", tiers=TIERS, least_chance=0.999), "ask for less"),
        (lambda: development.tier_later(pd.DataFrame({"year_yuan": [1.0]}), lark().waybills, as_of="2026-10-31"), "next_tier_yuan"),
        (lambda: development.tier_later(
            pd.DataFrame({"year_yuan": [1.0], "next_tier_yuan": 2.0, "tier_chance": 0.5}), lark().waybills, as_of="2026-10-31", first=0), "first is 0"),
    ],
)  # fmt: skip
def test_bad_input_ends_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
