"""Nothing from after the cut-off reaches a feature, and what would is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.churn.as_of import SOURCES
from crmlib.churn.features import features_at
from crmlib.churn.frame import feature_names

CUTOFF = pd.Timestamp("2025-07-01")
END = "2025-11-01"


@pytest.fixture(scope="module")
def tables():
    firm, _truth = crm.company.simulate(customers=60, months=12, seed=5)
    return {name: firm.tables[name] for name in SOURCES}


@pytest.fixture(scope="module")
def frame(tables):
    return crm.churn.churn_frame(tables, cutoff=CUTOFF, end=END)


def tampered(table: pd.DataFrame, time: str, rng: np.random.Generator, name: str) -> pd.DataFrame:
    """The table with everything that was not known at the cut-off changed, lost, or made up."""
    table = table.copy()
    later = (table[time] >= CUTOFF).to_numpy()
    for column in ("delivered_at", "left_on", "first_response_at", "resolved_at"):
        if column in table:
            unknown = (table[column].isna() | (table[column] >= CUTOFF)).to_numpy()
            guess = CUTOFF + pd.to_timedelta(rng.integers(0, 90, len(table)), unit="D")
            table[column] = table[column].mask(unknown, pd.Series(guess, index=table.index).where(rng.random(len(table)) < 0.7))
    for column in ("status", "salesperson_id", "expected_growth", "monthly_account", "outcome", "compensation_yuan", "satisfied_after"):
        if column in table and name not in ("touches", "salespeople"):
            table[column] = table[column].sample(frac=1, random_state=int(rng.integers(1000))).to_numpy()
    kept = rng.random(len(table)) < 0.5
    made_up = table[later].sample(frac=1, replace=True, random_state=int(rng.integers(1000)))
    for column in ("price_yuan", "amount_yuan", "mood", "satisfaction_1", "first_kg_yuan"):
        if column in made_up:
            made_up[column] = made_up[column] * 7
    return pd.concat([table[~later | kept], made_up], ignore_index=True)


@settings(deadline=None, max_examples=6)
@given(st.integers(0, 10**6))
def test_whatever_happens_after_the_cut_off_no_feature_changes(tables, frame, seed):
    rng = np.random.default_rng(seed)
    other = {name: tampered(table, SOURCES[name].time, rng, name) for name, table in tables.items()}
    # A firm knows its customers: no made-up customer came later, and nobody stands twice.
    other["customers"] = tables["customers"].assign(salesperson_id="S99", expected_growth=9.0, monthly_account=False)
    again = crm.churn.churn_frame(other, cutoff=CUTOFF, outcome=False, end=END)
    pd.testing.assert_frame_equal(again, frame.drop(columns="churned"))


def test_the_outcome_comes_from_the_window_only(tables, frame):
    bills = tables["waybills"]
    until = CUTOFF + pd.Timedelta(days=90)
    sent = set(bills.loc[(bills.picked_up_at >= CUTOFF) & (bills.picked_up_at < until), "customer_id"])
    assert (frame.churned == ~frame.customer_id.isin(sent)).all() and 0 < frame.churned.sum() < len(frame)
    later = bills[bills.picked_up_at >= until].index
    changed = crm.churn.churn_frame(tables | {"waybills": bills.drop(later)}, cutoff=CUTOFF, end=END)
    pd.testing.assert_frame_equal(changed, frame)


def test_features_by_hand():
    at = pd.Timestamp("2026-02-01")
    bills = pd.DataFrame({
        "waybill_id": list("abcd"), "customer_id": ["c1"] * 4,
        "picked_up_at": pd.to_datetime(["2025-10-01", "2026-01-10", "2026-01-20", "2026-01-30"]),
        "promised_at": pd.to_datetime(["2025-10-03", "2026-01-12", "2026-01-22", "2026-02-02"]),
        "delivered_at": pd.to_datetime(["2025-10-02", "2026-01-13", "2026-01-21", "2026-02-09"]),
        "price_yuan": 10.0, "cost_yuan": 6.0,
    })  # fmt: skip
    known = crm.churn.as_of({"waybills": bills}, cutoff=at)
    row = features_at(known, pd.Index(["c1"]), at, recent_days=90).iloc[0]
    assert row.recency_days == 2 and row.recent_parcels == 3 and row.margin_yuan == 12
    assert row.usual_gap_days == pytest.approx(121 / 3)
    assert row.late_share == 0.5, "the parcel under way, whose promise has not passed, is neither late nor in time"
    assert row.parcel_trend == pytest.approx(np.log(4 / 2))


def test_a_parcel_long_overdue_is_a_failure_and_a_case_about_it_does_not_count_twice():
    at = pd.Timestamp("2026-02-01")
    bills = pd.DataFrame({"waybill_id": ["a"], "customer_id": "c1", "picked_up_at": pd.to_datetime(["2026-01-02"]),
                          "promised_at": pd.to_datetime(["2026-01-05"]), "delivered_at": pd.to_datetime([None]), "price_yuan": 9.0,
                          "cost_yuan": 6.0})  # fmt: skip
    cases = pd.DataFrame({"case_id": ["k"], "customer_id": "c1", "waybill_id": "a", "kind": "claim", "cause": "loss",
                          "opened_at": pd.to_datetime(["2026-01-20"])})  # fmt: skip
    row = features_at({"waybills": bills, "cases": cases}, pd.Index(["c1"]), at, recent_days=90).iloc[0]
    assert (row.failures, row.complaints) == (1, 1)


def test_tables_from_after_the_cut_off_are_refused_even_when_handed_over_directly(tables):
    with pytest.raises(ValueError, match="waybills looks into the future"):
        features_at({"waybills": tables["waybills"]}, pd.Index(["C00001"]), CUTOFF, recent_days=90)


def test_features_without_their_table_are_left_out(tables):
    few = crm.churn.churn_frame({name: tables[name] for name in ("customers", "waybills")}, cutoff=CUTOFF, end=END)
    assert {"recency_days", "late_share", "market"} <= set(few) and not {"survey_score", "pay_days_late", "price_gap"} & set(few)


def test_several_cut_offs_stand_below_one_another(tables, frame):
    both = crm.churn.churn_frame(tables, cutoff=["2025-07-01", "2025-06-01"], end=END)
    pd.testing.assert_frame_equal(both[both.cutoff == CUTOFF].reset_index(drop=True), frame)


def test_days_of_the_window_and_the_grace(tables):
    long = crm.churn.churn_frame(tables, cutoff=CUTOFF, window_days=120, grace_days=30, end=END)
    bills = tables["waybills"]
    active = set(bills.loc[(bills.picked_up_at >= "2025-06-01") & (bills.picked_up_at < CUTOFF), "customer_id"])
    still = set(bills.loc[(bills.picked_up_at >= "2025-09-29") & (bills.picked_up_at < "2025-10-29"), "customer_id"])
    assert set(long.customer_id) == active and (long.churned == ~long.customer_id.isin(still)).all()


@pytest.mark.parametrize(("options", "told"), [
    ({"cutoff": "2025-09-01"}, "nobody knows yet who stays. The last possible cut-off is 2025-08-03"),
    ({"cutoff": "2025-02-01"}, "The first possible cut-off is 2025-04-30"),
    ({"cutoff": "2026-01-01", "outcome": False}, "after the end of the data"),
    ({"cutoff": "next week"}, "no date"),
    ({"cutoff": []}, "empty list"),
    ({"cutoff": CUTOFF, "window_days": 60}, "shorter than grace_days"),
    ({"cutoff": CUTOFF, "window_days": 0.5}, "whole number of days"),
])  # fmt: skip
def test_cut_offs_and_windows_that_cannot_be(tables, options, told):
    with pytest.raises(ValueError, match=told):
        crm.churn.churn_frame(tables, end=END, **options)


@pytest.mark.parametrize(("change", "told"), [
    (lambda t: t | {"waybills": t["waybills"].iloc[:0]}, "not one waybill"),
    (lambda t: t | {"waybills": t["waybills"].assign(picked_up_at=pd.NaT)}, "waybills: picked_up_at is empty"),
    (lambda t: t | {"customers": pd.concat([t["customers"], t["customers"].head(1)])}, "more than once"),
    (lambda t: {"customers": t["customers"]}, "lacks the column"),
    (lambda t: t | {"cases": t["cases"].assign(opened_at=[None] + ["2025-01-01"] * (len(t["cases"]) - 1))}, "cases: opened_at is empty"),
    (lambda t: 5, "company, or its tables"),
])  # fmt: skip
def test_tables_that_cannot_be_used(tables, change, told):
    with pytest.raises(ValueError, match=told):
        crm.churn.churn_frame(change(dict(tables)), cutoff=CUTOFF, end=END)


def test_own_features_known_before_the_cut_off_are_added(frame):
    visits = pd.DataFrame({"customer_id": frame.customer_id.iloc[:3], "visits": [1, 2, 3], "counted_on": "2025-06-30"})
    more = crm.churn.add_features(frame, visits, known_on="counted_on")
    assert more.visits.iloc[:3].tolist() == [1, 2, 3] and more.visits.iloc[3:].isna().all()
    assert "visits" in feature_names(more) and "visits_known_on" not in feature_names(more)


@pytest.mark.parametrize(("table", "told"), [
    ({"visits": 1, "counted_on": "2025-07-01"}, "visits looks into the future"),
    ({"visits": 1, "counted_on": None}, "nobody can tell when"),
    ({"expected_growth": 0.1, "counted_on": "2025-06-01"}, "state of the day on which the data end"),
    ({"mood": 1, "counted_on": "2025-06-01"}, "already"),
    ({"counted_on": "2025-06-01"}, "no feature"),
    ({"visits": 1}, "known_on must name"),
])  # fmt: skip
def test_own_features_that_look_ahead_are_refused(frame, table, told):
    with pytest.raises(ValueError, match=told):
        crm.churn.add_features(frame, pd.DataFrame({"customer_id": frame.customer_id} | table), known_on="counted_on")


@pytest.mark.parametrize("disguise", [
    lambda gone: gone.astype(float), lambda gone: -gone.astype(float), lambda gone: gone.map({True: "stopped", False: "fine"}),
    lambda gone: gone.astype(float).where(gone), lambda gone: gone * 5 + np.arange(len(gone)) % 3,
    lambda gone: gone + 2 * (np.arange(len(gone)) % 4), lambda gone: gone.groupby(np.arange(len(gone)) // 2 + 100 * gone).transform("mean"),
    lambda gone: gone.astype(object), lambda gone: gone.astype("boolean"),
])  # fmt: skip
def test_the_answer_in_disguise_is_refused(frame, disguise):
    answer = pd.DataFrame({"customer_id": frame.customer_id, "closing": disguise(frame.churned), "noted_on": "2025-06-01"})
    with pytest.raises(ValueError, match="usually the answer itself"):
        crm.churn.add_features(frame, answer, known_on="noted_on")


def test_a_column_put_in_by_hand_is_refused(frame):
    with pytest.raises(ValueError, match="Nobody knows when later_parcels was known"):
        feature_names(frame.assign(later_parcels=3))
    forged = frame.assign(later_parcels=3, later_parcels_known_on=pd.Timestamp("2025-08-01"))
    with pytest.raises(ValueError, match="looks into the future"):
        feature_names(forged)


def test_a_value_whose_day_is_not_told_is_refused(frame):
    days = pd.Series(pd.Timestamp("2025-06-01"), index=frame.index)
    days.iloc[0] = pd.NaT
    with pytest.raises(ValueError, match="later_parcels_known_on is empty"):
        feature_names(frame.assign(later_parcels=3.0, later_parcels_known_on=days))


def test_a_shifted_time_zone_lets_nothing_through(tables, frame):
    """The night after the cut-off is still the day before it in UTC."""
    shifted = {name: tables[name].copy() for name in tables}
    for name, time in (("waybills", "picked_up_at"), ("cases", "opened_at"), ("waybills", "delivered_at")):
        shifted[name][time] = shifted[name][time].dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC")
    pd.testing.assert_frame_equal(crm.churn.churn_frame(shifted, cutoff=CUTOFF, end=END), frame)
    at = CUTOFF.tz_localize("Asia/Shanghai").tz_convert("UTC")
    pd.testing.assert_frame_equal(crm.churn.churn_frame(tables, cutoff=at, end=END), frame)


def test_columns_of_any_dress_give_the_same_frame(tables, frame):
    dressed = {name: table.copy() for name, table in tables.items()}
    dressed["waybills"] = dressed["waybills"].astype({"price_yuan": object, "cost_yuan": "Float64", "customer_id": "category"})
    dressed["invoices"]["due_on"] = dressed["invoices"]["due_on"].dt.date
    dressed["touches"]["mood"] = dressed["touches"]["mood"].astype(object)
    pd.testing.assert_frame_equal(crm.churn.churn_frame(dressed, cutoff=CUTOFF, end=END), frame)
    few = tables | {"touches": tables["touches"].drop(columns="mood"), "cases": tables["cases"].drop(columns="kind")}
    left = crm.churn.churn_frame(few, cutoff=CUTOFF, end=END)
    pd.testing.assert_frame_equal(left, frame.drop(columns=["mood", "complaints"]))
