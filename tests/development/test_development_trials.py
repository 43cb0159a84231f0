"""First weeks, trials, rules and propensity."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import development
from crmlib.company import lark


@pytest.fixture(scope="module")
def use():
    firm = lark()
    return [
        development.service_use(firm.waybills, start=start, end=end)
        for start, end in (("2025-05-01", "2025-11-01"), ("2025-11-01", "2026-05-01"))
    ]


def test_the_planned_power_is_what_simulation_gives():
    """4,000 simulated trials: the share with an effect seen lies within 0.03 of the plan (four standard errors)."""
    plan = development.trial_plan(control=0.35, effect=0.1)
    seen = development.peeking(control=0.35, effect=0.1, size=plan.size, looks=1, trials=4000, rng=2)
    assert abs(seen.table["one_look"].iloc[0] - plan.power) < 0.03


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 0.6), st.floats(0.02, 0.3), st.floats(0.2, 0.8))
def test_the_size_planned_reaches_the_power_asked_for(control, effect, offered):
    plan = development.trial_plan(control=control, effect=effect, offered=offered)
    assert plan.power >= 0.7999
    assert development.trial_plan(control=control, effect=effect, offered=offered, size=max(4, plan.size // 2)).power < plan.power


def test_peeking_errs_more_with_every_look_and_the_fair_bar_does_not():
    found = development.peeking(control=0.4, size=1000, looks=10, trials=4000, rng=3)
    assert found.table["so_far"].is_monotonic_increasing and found.table["so_far"].iloc[-1] > 0.15
    assert found.table["fair_looks"].iloc[-1] == pytest.approx(0.05, abs=0.002)
    again = development.peeking(control=0.4, size=1000, looks=10, trials=4000, rng=np.random.default_rng(3))
    assert again.table.equals(found.table)


def test_new_customers_by_hand():
    people = pd.DataFrame({"customer_id": ["c1", "c2", "c3", "c4"], "salesperson_id": ["s1", None, "s1", "s1"],
                           "opened_on": pd.to_datetime(["2026-01-01", "2026-01-01", "2026-01-01", "2026-03-28"])})  # fmt: skip
    bills = pd.DataFrame(
        {"customer_id": ["c1", "c1", "c2"], "picked_up_at": pd.to_datetime(["2026-01-07 23:00", "2026-02-05 09:00", "2026-01-08 09:00"])}
    )
    visits = pd.DataFrame({"customer_id": ["c3"], "happened_on": pd.to_datetime(["2026-01-10"]), "kind": "visit"})
    found = development.onboarding(people, bills, start="2026-01-01", as_of="2026-03-31", touches=visits)
    assert found.customers["start_state"].to_dict() == {"c1": "started", "c2": "started", "c3": "not_started", "c4": "not_yet"}
    assert found.steps.loc["first_week", ["customers", "arrived"]].tolist() == [3, 1], "day 6 is within the week, day 7 is not"
    assert found.steps.loc["second_month", "arrived"] == 1 and found.steps.loc["visited", ["customers", "arrived"]].tolist() == [2, 1]
    assert found.to_call().index.tolist() == ["c3"]


def test_first_week_agrees_with_the_trial():
    """The table of offers counts the same parcels: any within seven days of opening."""
    firm = lark()
    offers = firm.offers[(firm.offers["kind"] == "first_order") & firm.offers["outcome"].notna()].set_index("customer_id")
    found = development.onboarding(firm.customers, firm.waybills, start="2024-11-01", as_of="2026-10-31").customers
    ours = (found["first_parcel_days"] < 7).reindex(offers.index)
    assert (ours == (offers["outcome"] == "reached")).all()


def test_rules_by_brute_force(use):
    before = use[0]
    rules = development.association_rules(before, min_support=0.05)
    assert (rules["lift"].diff().dropna() <= 1e-12).all()
    for rule in rules.head(20).itertuples():
        left, right = before[list(rule.left_side)].all(axis=1), before[rule.right_side]
        assert rule.support == pytest.approx((left & right).mean())
        assert rule.confidence == pytest.approx(right[left].mean())
        assert rule.lift == pytest.approx(right[left].mean() / right.mean())
        assert rule.lift_low < rule.lift < rule.lift_high and rule.confidence_low <= rule.confidence <= rule.confidence_high


def test_p_values_are_fishers():
    from scipy.stats import fisher_exact

    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"a": rng.random(60) < 0.5, "b": rng.random(60) < 0.4})
    row = development.association_rules(frame).iloc[0]
    counts = pd.crosstab(frame["a"], frame["b"]).to_numpy()
    one_sided = [fisher_exact(counts, alternative=side)[1] for side in ("less", "greater")]
    assert row["p_value"] == pytest.approx(min(1.0, 2 * min(one_sided)))


def test_the_interval_of_lift_is_that_of_a_bootstrap():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"a": rng.random(800) < 0.4})
    frame["b"] = rng.random(800) < np.where(frame["a"], 0.5, 0.3)
    row = development.association_rules(frame).query("right_side == 'b'").iloc[0]
    a, b = frame["a"].to_numpy(), frame["b"].to_numpy()
    draws = rng.integers(800, size=(2000, 800))
    lifts = (a[draws] & b[draws]).mean(axis=1) / a[draws].mean(axis=1) / b[draws].mean(axis=1)
    assert np.allclose([row["lift_low"], row["lift_high"]], np.quantile(lifts, [0.025, 0.975]), atol=0.03)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_chance_makes_hardly_any_rule_stand(seed):
    frame = pd.DataFrame(np.random.default_rng(seed).random((200, 5)) < 0.4, columns=list("abcde"))
    rules = development.association_rules(frame)
    assert rules["stands"].mean() < 0.2 and rules["support"].between(0, 1).all()


def test_rules_are_tried_only_on_those_who_lack_the_service(use):
    before, after = use
    rules = development.association_rules(before)
    later = development.rules_later(rules, before, after).table
    both = before.index.intersection(after.index)
    row = later.iloc[0]
    asked = before.loc[both, list(row["left_side"])].all(axis=1) & ~before.loc[both, row["right_side"]]
    assert row["asked"] == asked.sum() and row["took"] == after.loc[both, row["right_side"]][asked].sum()


@pytest.fixture(scope="module")
def frames():
    return [development.uptake_frame(lark(), service="same_city", cutoff=day) for day in ("2025-07-01", "2026-02-01")]


def test_nobody_who_had_the_service_is_in_the_frame(frames):
    bills = lark().waybills
    had = bills.loc[(bills["picked_up_at"] < "2026-02-01") & (bills["scope"] == "same_city"), "customer_id"]
    assert not frames[1].index.isin(had).any()
    later = bills[(bills["picked_up_at"] >= "2026-02-01") & (bills["picked_up_at"] < "2026-08-01") & (bills["scope"] == "same_city")]
    assert (frames[1]["took_up"] == frames[1].index.isin(later["customer_id"])).all()


def test_propensity_is_judged_on_the_later_day(frames):
    found = development.propensity(*frames, resamples=100, rng=1)
    row = found.metrics.set_index("metric").loc["auc"]
    assert row["low"] > 0.5 and len(found.customers) == len(frames[1])
    assert found.score(frames[1]).index[0] == found.customers.index[0]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: development.trial_plan(control=0.3, effect=0), "must not be 0"),
        (lambda: development.trial_plan(control=0.95, effect=0.1), "between 0 and 1"),
        (lambda: development.trial_plan(control=0.3, effect=0.1, size=2), "at least 4"),
        (lambda: development.peeking(control=0.3, size=20, looks=30, rng=1), "at least 60"),
        (lambda: development.peeking(control=0.3, size=200, looks=0, rng=1), "at least 1"),
        (lambda: development.peeking(control=0.3, size=200, looks=2, rng=None), "whole number or numpy"),
        (lambda: development.onboarding(lark().customers, lark().waybills, start="2030-01-01", as_of="2030-02-01"), "No account"),
        (lambda: development.first_order_effect(lark().offers.query("kind == 'retention'")), "first_order"),
        (lambda: development.service_use(lark().waybills, start="2030-01-01", end="2030-02-01"), "no parcels"),
        (lambda: development.association_rules(pd.DataFrame({"a": [True]})), "at least two items"),
        (lambda: development.association_rules(pd.DataFrame({"a": ["x"], "b": [True]})), "neither yes nor no"),
        (lambda: development.association_rules(pd.DataFrame({"a": [True], "b": [True]}), min_support=2), "from 0 to 1"),
        (lambda: development.uptake_frame(lark(), service="rocket", cutoff="2025-11-01"), "no parcel|No parcel"),
        (lambda: development.uptake_frame(lark(), service="express", cutoff="2026-10-01"), "must reach"),
    ],
)
def test_bad_input_ends_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
