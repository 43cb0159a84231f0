"""What people give in place of what is wanted, and what must hold for any members and offers."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import loyalty
from crmlib.i18n import use_language

FEW = settings(max_examples=5, deadline=None)
CUSTOMERS = pd.DataFrame({"customer_id": [1, 2], "opened_on": ["2020-03-08", "2021-03-09"]})
CONTACTS = pd.DataFrame({"contact_id": ["p1", "p2"], "customer_id": [1, 2], "channel": ["sms", "phone"]})
SCORES = pd.Series({"c1": 80.0, "c2": 20.0})


def entries(*rows):
    return pd.DataFrame(rows, columns=["member_id", "booked_on", "kind", "points"])


def trial(**columns):
    usual = {"kind": "membership", "stratum": "walk_in", "arm": ["offer"] * 4 + ["control"] * 4, "before_yuan": 50.0,
             "accepted": [True, True, False, False] + [False] * 4, "after_yuan": [100.0, 150, 50, 25, 50, 40, 60, 50]}  # fmt: skip
    return pd.DataFrame(usual | columns)


def answers(**columns):
    usual = {"customer_id": ["c1", "c2"], "answered_on": "2026-10-09", "loyalty_1": [9.0, 3.0], "loyalty_3_reversed": [1.0, 10.0],
             "satisfaction_3": [10.0, 1.0], "recommend": [10.0, 0.0], "comment": None}  # fmt: skip
    return pd.DataFrame(usual | columns)


def cared(**options):
    return loyalty.care_calendar(CUSTOMERS, options.pop("contacts", CONTACTS), **({"start": "2026-03-01", "end": "2026-04-01"} | options))


@FEW
@given(order=st.permutations(range(8)), money=st.floats(0.5, 20))
def test_order_and_money_of_the_trial_do_not_matter(order, money):
    one = loyalty.membership_effect(trial(), spend_floor=50)
    scaled = trial(before_yuan=50.0 * money, after_yuan=trial().after_yuan * money).iloc[list(order)]
    other = loyalty.membership_effect(scaled, spend_floor=50 * money)
    assert other.table.to_numpy(dtype=float) == pytest.approx(one.table.to_numpy(dtype=float))
    assert ((one.table.low <= one.table.effect) & (one.table.effect <= one.table.high)).all()


@FEW
@given(earned=st.lists(st.integers(1, 500), min_size=1, max_size=6), used=st.floats(0, 1))
def test_money_set_aside_is_points_times_rate_times_cost_within_its_bounds(earned, used):
    rows = [(f"m{place}", "2025-01-31", "earn", points) for place, points in enumerate(earned)]
    rows += [(f"m{place}", "2025-03-31", "redeem", -int(points * used)) for place, points in enumerate(earned) if int(points * used)]
    rows += [(f"m{place}", "2026-01-31", "earn", 100) for place in range(len(earned))]
    found = loyalty.points_liability(entries(*rows), on="2026-02-28", yuan_per_point=0.02)
    assert found.yuan == pytest.approx(found.outstanding * found.redemption_rate * 0.02)
    assert 0 <= found.breakage_low <= found.breakage <= found.breakage_high <= 1 and found.low <= found.yuan <= found.high
    # Not one member who used nothing, or everything, shows that all others will be like that.
    assert found.breakage_high > found.breakage_low or 0 < found.breakage < 1


@FEW
@given(rows=st.lists(st.tuples(st.sampled_from(["m1", "m2"]), st.sampled_from(["2026-01-31", "2026-05-31", "2026-09-30"]),
                               st.integers(1, 900)), min_size=1, max_size=6, unique_by=lambda row: row[:2]),
       seed=st.integers(0, 99))  # fmt: skip
def test_a_ledger_reconciles_with_itself_in_whatever_order_its_rows_stand(rows, seed):
    ledger = loyalty.points_ledger(entries(*[(member, on, "earn", points) for member, on, points in rows]), until="2027-06-30")
    shuffled = ledger.sample(frac=1, random_state=seed).set_axis([0] * len(ledger))
    assert loyalty.reconcile_points(shuffled, until="2027-06-30").empty
    assert loyalty.points_balance(ledger, on="2027-06-30").sum() == ledger.points.sum() == 0


def test_same_day_earned_and_redeemed_in_the_wrong_order_still_reconciles():
    ledger = loyalty.points_ledger(entries(("m1", "2026-01-31", "earn", 300), ("m1", "2026-01-31", "redeem", -100)))
    assert loyalty.reconcile_points(ledger.iloc[::-1], until="2026-01-31").empty


@FEW
@given(days=st.lists(st.dates(dt.date(2020, 1, 1), dt.date(2026, 12, 31)), min_size=1, max_size=5))
def test_the_latest_greeting_gives_the_birthday_away(days):
    touches = pd.DataFrame({"contact_id": "p1", "happened_on": pd.to_datetime(days), "reason": "birthday"})
    assert loyalty.known_birthdays(touches)["p1"] == pd.Timestamp(max(days))


def test_who_wants_no_greeting_gets_none_whatever_its_number_is():
    assert cared(quiet=[1]).plan.customer_id.tolist() == [2]
    agreed = [pd.array([True, None], dtype="boolean"), pd.Series([1, 0]), [True, False]]
    assert all(cared(contacts=CONTACTS.assign(consent=each)).plan.customer_id.tolist() == [1] for each in agreed)


def test_tables_of_tiers_rules_items_and_policy_are_whole():
    tiers, rule, items = loyalty.tier_table(), loyalty.transactional_rule(), loyalty.emotional_items()
    assert tiers.from_yuan.is_monotonic_increasing and tiers.freight_discount.between(0, 1).all()
    assert rule.weight.sum() == pytest.approx(1) and items.weight.sum() == pytest.approx(1) and items.rule.str.len().min() > 0
    assert not loyalty.loyalty_policy().isna().any().any()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_cannot_be_said_is_not_said_in_figures(language):
    use_language(language)
    points = entries(("m1", "2026-01-31", "earn", 100))
    assert "nan" not in loyalty.points_liability(points, on="2026-02-28", redemption_rate=0.8).summary()


def test_an_effect_that_may_be_none_is_not_called_one():
    same = loyalty.membership_effect(trial(after_yuan=[50.0, 60, 40, 50, 50, 40, 60, 50]), spend_floor=50)
    assert "may have done nothing" in same.summary()
    rising = loyalty.membership_effect(trial(after_yuan=[150.0, 160, 140, 150, 50, 40, 60, 50]), spend_floor=50)
    assert "that is what the invitation does" in rising.summary()


def test_weighted_shares_are_called_so():
    plain, weighted = (loyalty.loyalty_matrix(SCORES, SCORES, weights=weights) for weights in (None, SCORES))
    assert "weighted" in weighted.summary() and "weighted" not in plain.summary()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: loyalty.membership_effect(trial(accepted="False")), "accepted is neither yes nor no"),
        (lambda: loyalty.membership_effect(trial(accepted=[None] * 8)), "accepted is missing"),
        (lambda: loyalty.membership_effect(trial(stratum=["a", None] * 4)), "stratum is missing: 4 row"),
        (lambda: loyalty.membership_effect(trial(offer_id="o1")), "offer_id stands in several rows"),
        (lambda: loyalty.membership_effect(trial(), spend_floor="50"), "spend_floor is 50; it must be above 0"),
        (lambda: cared(contacts=CONTACTS.assign(consent="no")), "consent is neither yes nor no"),
        (lambda: cared(quiet="C00017"), "quiet must be a list of customer_ids"),
        (lambda: cared(priority=pd.Series([1, 2], index=[1, 1])), "priority holds some customers more than once"),
        (lambda: cared(priority=5), "priority must be a Series"),
        (lambda: cared(touches=5), "touches must be a pandas table"),
        (lambda: cared(festivals=pd.DataFrame({"date": ["2026-03-05"], "occasion": [None]})), "occasion is missing"),
        (lambda: loyalty.known_birthdays(None), "touches must be a pandas table"),
        (lambda: loyalty.emotional_loyalty(answers(), items=5), "items must name columns"),
        (lambda: loyalty.emotional_loyalty(answers(), customers="c1"), "customers must be a list"),
        (lambda: loyalty.emotional_loyalty(answers(), within_days="30"), "within_days is 30"),
        (lambda: loyalty.emotional_loyalty(answers(recommend=np.nan, satisfaction_3=np.nan, loyalty_3_reversed=np.nan, loyalty_1=np.nan,
                                                   comment="x")), "left out all of these items"),
        (lambda: loyalty.loyalty_matrix(SCORES, SCORES, habit_from="50"), "habit_from is 50"),
        (lambda: loyalty.points_liability(entries(("m1", "2026-01-31", "earn", 1)), on="2026-02-28", redemption_rate="0.8"),
         "redemption_rate is 0.8"),
        (lambda: loyalty.points_ledger(entries(("m1", "2026-01-31", "earn", 1e300))), "points are no whole numbers"),
        (lambda: loyalty.reconcile_points(entries(("m1", "2026-01-31", "gift", 1)).assign(balance=1)), "kind is none of"),
        (lambda: loyalty.reconcile_points(entries(("m1", "2026-01-31", "earn", 1)).assign(balance="one")), "balance is not a number"),
        (lambda: loyalty.transactional_loyalty(pd.DataFrame({"customer_id": ["c1", "c2"], "picked_up_at": [
            "2026-01-01T00:00:00+08:00", "2026-01-01T00:00:00+01:00"]}), as_of="2026-11-01"), "picked_up_at is missing or no date"),
    ],
)  # fmt: skip
def test_hard_input_ends_in_a_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_numbers_and_texts_among_customer_ids():
    assert loyalty.emotional_loyalty(answers(customer_id=["c1", 7])).scores.emotional.notna().all()
