"""Referrals, break-even retention and the self-assessment."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import economics
from crmlib.company import lark
from crmlib.i18n import use_language


@settings(max_examples=30, deadline=None)
@given(st.floats(0.01, 0.6), st.floats(0.01, 0.39), st.floats(0, 0.2))
def test_net_is_won_less_lost_and_zero_at_the_even_share(satisfied, dissatisfied, lost):
    found = economics.referral_arithmetic(customers=1000, satisfied=satisfied, dissatisfied=dissatisfied, lost_of_told=lost)
    assert found.net == pytest.approx(found.won - found.lost)
    happy = satisfied / (1 - dissatisfied)
    even = found.even_dissatisfied
    again = economics.referral_arithmetic(customers=1000, satisfied=happy * (1 - even), dissatisfied=even, lost_of_told=lost)
    assert again.net == pytest.approx(0, abs=1e-6)
    reach = (found.sensitivity["net_high"] - found.sensitivity["net_low"]).abs()
    assert (reach.diff().dropna() <= 1e-9).all(), "what matters most comes first"


def test_the_firms_own_word_of_mouth_by_brute_force():
    firm = lark()
    facts = economics.referral_facts(firm, start="2025-11-01", end="2026-11-01").table
    leads = firm.leads[firm.leads["lost_reason"] != "duplicate"]
    closed = leads[leads["closed_on"] >= "2025-11-01"]
    own = closed[closed["source"] == "referral"]
    assert facts.loc["close_referral", "estimate"] == pytest.approx((own["stage"] == "won").mean())
    answers = firm.surveys[(firm.surveys["answered_on"] >= "2025-11-01") & firm.surveys["satisfaction_1"].notna()]
    shipped = firm.waybills.loc[firm.waybills["picked_up_at"] >= "2025-11-01", "customer_id"].nunique()
    happy = shipped * (answers["satisfaction_1"] >= 8).mean() * 365 / 365.25
    count = ((leads["created_on"] >= "2025-11-01") & (leads["source"] == "referral")).sum()
    assert facts.loc["leads_each", "estimate"] == pytest.approx(count / happy)
    assert (facts["low"] <= facts["estimate"]).all() and (facts["estimate"] <= facts["high"]).all()


@settings(max_examples=30, deadline=None)
@given(st.floats(1, 1000), st.floats(1, 500), st.floats(0, 100), st.floats(0.01, 0.3), st.sampled_from([None, 3, 10]))
def test_at_the_break_even_a_customer_is_worth_nothing_more(win, margin, keep, discount, years):
    found = economics.break_even_retention(win_yuan=win, margin_yuan=margin, keep_yuan=keep, discount=discount, years=years)
    if 0 < found.retention < 1:
        flow = (margin - keep) * (found.retention / (1 + discount)) ** np.arange(years or 20_000)
        assert flow.sum() == pytest.approx(win, rel=1e-4)
    elif found.retention == 0:
        assert margin - keep >= win * (1 - 1e-9)
    else:
        assert np.isnan(found.retention) or found.retention <= 1


def test_years_to_pay_without_interest():
    found = economics.break_even_retention(win_yuan=300, margin_yuan=150, keep_yuan=50, discount=0)
    assert found.years_to_pay == 3.0 and found.retention == pytest.approx(2 / 3)
    assert np.isnan(economics.break_even_retention(win_yuan=1, margin_yuan=1, keep_yuan=2).retention)


def test_advice_on_winning_follows_the_interval():
    use_language("en")
    found = economics.break_even_retention(win_yuan=300, margin_yuan=150, keep_yuan=50, discount=0.1)
    stays = [found.stays(kept, 100) for kept in (90, 72, 50)]
    assert stays[0].low > found.retention > stays[2].high and stays[1].low < found.retention < stays[1].high
    assert [found.advice(each).split()[0] for each in stays] == ["Go", "Nobody", "Win"]
    first_year = economics.break_even_retention(win_yuan=9, margin_yuan=20)
    assert first_year.advice(first_year.stays(0, 10)).startswith("Go")
    assert "never" in economics.break_even_retention(win_yuan=9, margin_yuan=1, keep_yuan=2).advice(stays[0])
    assert any("90%" in text.get_text() for text in found.plot(stays=stays[0]).texts)


def test_advice_on_those_who_do_not_pay_counts_each_once():
    use_language("en")
    served = pd.DataFrame({"parcels": [9, 0, 3, 4, 5], "margin_yuan": [9.0, 0, -1, 2, 1], "contribution_yuan": [5.0, -3, -2, -1, -4]})
    words = economics.who_pays(served).advice()
    assert "the 4 who" in words and ", 1 shipped" in words and "1 lose" in words and "2 pay" in words
    assert "Everybody" in economics.who_pays(served.head(1)).advice()


def test_headline_names_the_textbook():
    use_language("en")
    found = economics.win_versus_keep(lark(), start="2025-11-01", end="2026-11-01")
    assert f"{found.ratio:.1f}" in found.headline() and found.headline().endswith("not 5 times")
    within = dataclasses.replace(found, said=found.ratio)
    assert within.headline().endswith("ruled out")


def answers(points: int = 3, people: int = 1) -> pd.DataFrame:
    return pd.DataFrame({item: [points] * people for item in economics.maturity_statements().index})


def test_maturity_by_hand():
    use_language("en")
    given_points = answers(4, people=2)
    given_points.loc[0, ["calls_measured", "calls_staffed", "calls_proactive"]] = [1, 1, 1]
    found = economics.maturity(given_points)
    call_centre = found.table.loc["call_centre"]
    assert call_centre[["mean_points", "low", "high", "gap_points"]].tolist() == [2.5, 1, 4, 1.5]
    assert "begin with “" in found.advice() and "1.5 points" in found.advice()
    assert "reached" in economics.maturity(answers(5)).advice()
    assert found.gaps().index.tolist() == ["call_centre"] and bool(found.gaps()["disputed"].iloc[0])
    assert found.weaknesses["mean_points"].is_monotonic_increasing and not found.weaknesses["found"].any()
    assert found.weaknesses["code"].iloc[0] in ("old_equipment", "data_piled_up", "too_late")


def test_both_languages_hold_the_same_statements():
    texts = {}
    for language in ("en", "zh"):
        use_language(language)
        texts[language] = economics.maturity_statements()
        assert len(economics.maturity_levels()) == 5 and economics.maturity(answers(2)).gaps()["first_step"].str.len().min() > 5
    assert texts["en"].index.equals(texts["zh"].index) and len(texts["zh"]) == 21 and texts["zh"]["content"].nunique() == 7
    assert not texts["zh"]["statement"].str.contains("[A-Za-z]{4}").any()


def test_every_weakness_points_at_statements():
    from crmlib.economics.maturity import _data

    known = set(economics.maturity_statements().index)
    assert all(set(each["signs"]) <= known for each in _data()["weaknesses"]) and len(_data()["weaknesses"]) == 10


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: economics.referral_arithmetic(customers=-1, satisfied=0.5, dissatisfied=0.1), "0 or more"),
        (lambda: economics.referral_arithmetic(customers=1, satisfied=0.8, dissatisfied=0.5), "1 at most"),
        (lambda: economics.referral_arithmetic(customers=1, satisfied=0.5, dissatisfied=0.1, leads_each=1, deals_each=2), "more deals"),
        (lambda: economics.referral_arithmetic(customers="many", satisfied=0.5, dissatisfied=0.1), "customers is many"),
        (lambda: economics.referral_facts(lark(), start="2030-01-01", end="2031-01-01"), "nobody"),
        (lambda: economics.break_even_retention(win_yuan=np.nan, margin_yuan=1), "win_yuan"),
        (lambda: economics.break_even_retention(win_yuan=1, margin_yuan=1, years=0), "whole number above 0"),
        (lambda: economics.break_even_retention(win_yuan=1, margin_yuan=1).stays(3, 2), "cannot have stayed"),
        (lambda: economics.break_even_retention(win_yuan=1, margin_yuan=1).stays(0, 0), "cannot have stayed"),
        (lambda: economics.maturity({"coffee": 3}), "coffee"),
        (lambda: economics.maturity(answers().drop(columns="calls_staffed")), "calls_staffed"),
        (lambda: economics.maturity(answers(6)), "1 to 5"),
        (lambda: economics.maturity(answers().astype(object).replace(3, "good")), "1 to 5"),
        (lambda: economics.maturity(answers(), target=9), "1 to 5"),
        (lambda: economics.maturity(answers(), target={"coffee": 3}), "no content coffee"),
        (lambda: economics.maturity([1, 2, 3]), "points by statement"),
    ],
)
def test_bad_input_ends_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_figures_refuse_what_is_not_their_result():
    from crmlib import plotting

    names = ("win_keep", "referral_sensitivity", "referral_facts", "break_even", "who_pays", "maturity_radar", "lead_gain", "funnel",
             "stage_times", "win_rates", "selection_map", "monthly_parcels", "payback", "trial_power", "peeking", "onboarding",
             "rules_later")  # fmt: skip
    for name in names:
        with pytest.raises(ValueError, match="This figure needs"):
            getattr(plotting, name)(pd.DataFrame({"x": [1]}))


def test_the_radar_needs_polar_axes():
    import matplotlib.pyplot as plt

    with pytest.raises(ValueError, match="polar"):
        economics.maturity(answers()).plot(ax=plt.subplots()[1])
    plt.close("all")
