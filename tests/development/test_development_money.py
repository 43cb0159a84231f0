"""What customers cost to win, when they pay back, whom to invest in, and agreements."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import development
from crmlib.company import lark


def leads() -> pd.DataFrame:
    days = pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"])
    return pd.DataFrame({
        "lead_id": ["l1", "l2", "l3", "l4"], "source": ["website", "website", "referral", "referral"], "stage": ["won", "lost", "won", "won"],
        "contacted_on": days, "qualified_on": [days[0], pd.NaT, days[2], pd.NaT], "closed_on": days, "customer_id": ["c1", None, "c3", "c4"],
    })  # fmt: skip


QUOTES = pd.DataFrame({"lead_id": ["l1", "l1", "l3"]})
COSTS = {"lead_website": 1, "lead_referral": 2, "contact": 10, "need": 100, "quote": 1000}


def test_lost_leads_are_paid_for_by_those_won():
    found = development.acquisition_cost(leads(), QUOTES, costs=COSTS)
    assert found.loc["website", ["spent_yuan", "cost_yuan"]].tolist() == [2111 + 11, 2122]
    assert found.loc["referral", "cost_yuan"] == (1112 + 12) / 2
    whole = development.acquisition_cost(leads(), QUOTES, by=None, costs=COSTS)
    assert whole["spent_yuan"].iloc[0] == found["spent_yuan"].sum()


def test_a_channel_that_won_nobody_costs_infinity():
    found = development.acquisition_cost(leads().assign(stage="lost"), QUOTES, costs=COSTS)
    assert np.isinf(found["cost_yuan"]).all() and found["low"].isna().all()


def test_the_interval_of_cost_covers_as_often_as_it_says():
    """Leads cost 10 or 30, half are won: 40 yuan a win. Of 300 trials, 95% ± 4 percentage points."""
    rng, hits = np.random.default_rng(8), 0
    from crmlib.economics.spans import ratio_interval

    for _trial in range(300):
        yuan, won = rng.choice([10.0, 30.0], 200), (rng.random(200) < 0.5).astype(float)
        _value, low, high = ratio_interval(yuan, won, 0.95)
        hits += low < 40 < high
    assert 0.91 < hits / 300 < 0.99


def test_payback_counts_leavers_and_only_months_that_were_watched():
    bills = pd.DataFrame({"customer_id": ["c1", "c3", "c1"], "picked_up_at": pd.to_datetime(["2026-01-05", "2026-01-20", "2026-02-20"]),
                          "price_yuan": [50.0, 40.0, 30.0], "cost_yuan": [20.0, 10.0, 0.0]})  # fmt: skip
    found = development.payback(leads(), bills, cost=25, as_of="2026-03-03", months=6)
    assert found.table["customers"].tolist() == [3, 2], "the one won on 2026-01-04 was not watched for sixty days"
    assert found.table["margin_yuan"].tolist() == [20.0, 15.0] and found.months["payback"].iloc[0] == 2
    cohorts = development.payback(leads(), bills, cost=25, as_of="2026-03-02", by="quarter")
    assert cohorts.months.index.tolist() == ["2026Q1"]


def table(**columns) -> pd.DataFrame:
    base = {"contribution_yuan": [-10.0], "growth_yuan": [0.0], "tenure_days": [900.0], "late_share": [0.0], "revenue_yuan": [20.0],
            "cases_yuan": [0.0], "compensation_yuan": [0.0], "first_half_yuan": [-4.0], "second_half_yuan": [-6.0]}  # fmt: skip
    return pd.DataFrame(base | {name: [value] for name, value in columns.items()}, index=["c1"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ""),
        ({"tenure_days": 30.0}, "too_young"),
        ({"compensation_yuan": 12.0}, "our_fault"),
        ({"late_share": 0.5}, "our_fault"),
        ({"growth_yuan": 500.0}, "promising"),
        ({"growth_yuan": np.nan}, "growth_unknown"),
        ({"second_half_yuan": 1.0}, "once_only"),
        ({"revenue_yuan": 200.0}, "new_price"),
    ],
)
def test_every_reason_for_a_second_look(change, reason):
    found = development.selection_matrix(table(**change), value_from=100, potential_from=100).table.iloc[0]
    assert found["look_again"] == reason and found["drop_decision"] == ("look_again" if reason else "drop")


def test_nobody_who_pays_is_dropped_and_everybody_has_one_field():
    tables = {name: lark().tables[name] for name in ("customers", "waybills", "touches")}
    whole = development.selection_matrix(development.selection_table(tables, start="2025-11-01", end="2026-11-01"))
    assert (whole.table.loc[whole.table["contribution_yuan"] >= 0, "drop_decision"] == "serve").all()
    assert whole.counts()["customers"].sum() == len(whole.table)
    assert whole.second_look().sum() == (whole.table["contribution_yuan"] < 0).sum()
    assert whole.counts()["contribution_yuan"].sum() == pytest.approx(whole.table["contribution_yuan"].sum())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1000, 1000), min_size=1, max_size=30))
def test_high_value_is_at_most_the_top_share_of_those_who_bring_something(amounts):
    frame = pd.DataFrame({"contribution_yuan": np.unique(amounts), "growth_yuan": 0.0})
    frame.index = [f"c{number}" for number in range(len(frame))]
    found = development.selection_matrix(frame).table
    assert found["value_high"].sum() <= max(np.ceil(0.2 * len(frame)), (frame["contribution_yuan"] >= 0).sum())


def test_tiers_by_hand():
    found = development.agreement_tier(pd.Series({"c1": 0.0, "c2": 1000.0, "c3": 9999.0}), tiers=(1000, 3000), rebates=(0, 0.1, 0.2))
    assert found["agreement_tier"].tolist() == [0, 1, 2] and found["rebate"].tolist() == [0, 0.1, 0.2]
    assert found["short_yuan"].tolist()[:2] == [1000, 2000] and np.isnan(found["short_yuan"].iloc[2])


def test_a_proposal_is_tailored_and_keeps_our_figures_to_ourselves():
    firm = lark()
    year = firm.waybills[firm.waybills["picked_up_at"] >= "2025-11-01"]
    best = year.groupby("customer_id")["price_yuan"].sum().idxmax()
    offer = development.key_account_proposal(firm, best, as_of="2026-10-31", tiers=(1000, 3000, 10000))
    mine = year[year["customer_id"] == best]
    assert offer.year_yuan == pytest.approx(mine["price_yuan"].sum())
    assert offer.margin_yuan == pytest.approx((mine["price_yuan"] - mine["cost_yuan"]).sum())
    shown = offer.page.document()
    assert f"{offer.margin_yuan:,.0f}" not in shown and firm.customers.set_index("customer_id")["name"][best] in shown
    if np.isfinite(offer.growth_needed):
        freight = offer.year_yuan * (1 + offer.growth_needed)
        cost = (offer.year_yuan - offer.margin_yuan) * (1 + offer.growth_needed)
        assert freight * (1 - offer.rebate) - cost == pytest.approx(offer.margin_yuan), "the margin is what it was"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: development.acquisition_cost(leads().assign(stage="new"), QUOTES), "decided yet"),
        (lambda: development.acquisition_cost(leads().assign(source="radio"), QUOTES), "no cost"),
        (lambda: development.acquisition_cost(leads(), QUOTES, costs={"coffee": 1}), "no activity coffee"),
        (lambda: development.acquisition_cost(leads(), QUOTES, costs={"quote": -1}), "0 yuan or more"),
        (lambda: development.payback(leads().assign(stage="lost"), lark().waybills, cost=1, as_of="2026-03-01"), "pay back"),
        (lambda: development.payback(leads(), lark().waybills, cost=pd.Series(dtype=float), as_of="2026-03-01"), "finite cost"),
        (lambda: development.payback(leads(), lark().waybills, cost=1, as_of="2026-03-01", months=0), "above 0"),
        (lambda: development.selection_matrix(table().drop(columns="growth_yuan")), "growth_yuan"),
        (lambda: development.selection_matrix(table(contribution_yuan=np.nan)), "missing"),
        (lambda: development.selection_matrix(pd.concat([table(), table()])), "more than once"),
        (lambda: development.payback(leads(), lark().waybills.assign(price_yuan="x"), cost=1, as_of="2026-03-01"), "price_yuan is not a number"),
        (lambda: development.payback(leads(), lark().waybills, cost="dear", as_of="2026-03-01"), "cost is dear"),
        (lambda: development.acquisition_cost(None, QUOTES), "must be a table"),
        (lambda: development.agreement_tiers(tiers=(3, 2)), "rising"),
        (lambda: development.agreement_tiers(tiers=("high", "low")), "rising"),
        (lambda: development.agreement_tiers(tiers=(1, 2), rebates=(0.1,)), "rising shares"),
        (lambda: development.key_account_proposal(lark(), "nobody", as_of="2026-10-31"), "no customer nobody"),
    ],
)
def test_bad_input_ends_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
