"""Incidents, touched parcels and alternatives: nothing of the future is used, what earlier incidents cost is recovered, the plan is the cheapest."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from crmlib.company import Company, lark
from crmlib.desk.delay import fit_delay_model
from crmlib.desk.risk import (
    affected_parcels,
    alternatives,
    drill,
    earlier_incidents,
    incident_feed,
    incident_warnings,
    late_forecast,
    own_incident,
    risk_costs,
)
from crmlib.desk.risk.choosing import cheapest
from crmlib.desk.risk.feed import incident_of
from crmlib.desk.risk.parcels import UsualTimes, parcels_of
from crmlib.desk.rules import decide, rule_book

NOW = "2026-08-09 09:00"


@cache
def shipped() -> Company:
    """One copy of the shipped firm for all tests of this file; nobody changes it."""
    return lark()


def until(company: Company, at: str) -> Company:
    """The firm as it was known at a moment: later scans, later parcels and everybody's fate are gone, the incidents' end and cost are false."""
    now = pd.Timestamp(at)
    tables = {name: company.tables[name] for name in ("customers", "waybills", "tracking", "incidents", "calendar") if name in company.tables}
    waybills = tables["waybills"][(tables["waybills"]["picked_up_at"] <= now).to_numpy()]
    tables["waybills"] = waybills.assign(delivered_at=waybills["delivered_at"].where(waybills["delivered_at"] <= now), status="under_way")
    tables["tracking"] = tables["tracking"][(tables["tracking"]["scanned_at"] <= now).to_numpy()]
    incidents = tables["incidents"]
    going_on = incidents["last_day"] + pd.Timedelta(days=1) > now
    tables["incidents"] = incidents.assign(extra_hours=1.0, last_day=incidents["last_day"].where(~going_on, pd.Timestamp("2027-01-01")))
    return Company(**tables)


@pytest.fixture(scope="module")
def thin():
    """Every eighth customer."""
    customers = shipped().customers.iloc[::8]
    waybills = shipped().waybills[shipped().waybills["customer_id"].isin(customers["customer_id"]).to_numpy()]
    tracking = shipped().tracking[shipped().tracking["waybill_id"].isin(waybills["waybill_id"]).to_numpy()]
    return Company(customers=customers, waybills=waybills, tracking=tracking, incidents=shipped().incidents)


@pytest.fixture(scope="module")
def typhoon():
    touched = affected_parcels(shipped(), "I017", NOW)
    return touched, alternatives(shipped(), touched, "I017", as_of=NOW)


@pytest.fixture(scope="module")
def by_model(thin):
    """The thin firm with its calendar, and a small delay model of it that learnt long before the typhoon."""
    firm = Company(**thin.tables, calendar=shipped().calendar)
    return firm, fit_delay_model(firm, learn_until="2025-07-01", calibrate_until="2025-11-01", most_rows=5_000)


def test_with_a_delay_model_the_forecast_is_the_model_s(by_model):
    firm, model = by_model
    touched, plain = affected_parcels(firm, "I017", NOW, model=model), affected_parcels(firm, "I017", NOW)
    pd.testing.assert_frame_equal(touched.drop(columns="p_late"), plain.drop(columns="p_late"))
    told = model.predict(firm, as_of=NOW).set_index("waybill_id")["p_late"]
    assert touched["p_late"].tolist() == told.loc[touched["waybill_id"]].tolist()
    assert touched["p_late"].between(0, 1).all() and not np.allclose(touched["p_late"], plain["p_late"], atol=0.01)
    found = late_forecast(firm, "I017", NOW, model=model)
    assert found.expected == pytest.approx(touched["p_late"].sum()) and found.low < found.expected < found.high
    assert found.basis == "model" and "by the delay model" in found.summary()


def test_the_model_knows_late_parcels_and_nothing_of_the_future(by_model):
    firm, model = by_model
    touched = affected_parcels(firm, "I017", NOW, model=model)
    fate = firm.waybills.set_index("waybill_id").loc[touched["waybill_id"]]
    late = ~(fate["delivered_at"] <= fate["promised_at"]).to_numpy()
    assert touched["p_late"][late].mean() > touched["p_late"][~late].mean() + 0.3
    pd.testing.assert_frame_equal(affected_parcels(until(firm, NOW), "I017", NOW, model=model), touched)
    plan = alternatives(firm, touched, "I017", as_of=NOW).plan
    assert sorted(plan["waybill_id"]) == sorted(touched["waybill_id"])


def test_the_feed_tells_an_end_only_after_it():
    during, after = (incident_feed(shipped(), "2026-08-01", day) for day in ("2026-08-10 23:59", "2026-08-11"))
    assert during.ended_on.isna().all() and after.ended_on.tolist() == [pd.Timestamp("2026-08-10")]
    assert "extra_hours" not in during and "last_day" not in during
    own = own_incident(kind="typhoon", region="east", first_day="2026-08-10", severity="severe", name="Typhoon")
    both = incident_feed(shipped(), "2026-08-01", "2026-08-11", own=own)
    assert both.reported_by.tolist() == ["feed", "own"] and incident_of(shipped(), both.iloc[1], "2026-08-12")[0].severity == "severe"
    assert len(affected_parcels(shipped(), own, "2026-08-10 12:00")) > 100


def test_touched_parcels_are_those_of_the_tables(typhoon):
    """Counted another way: from the fates, which a desk has only afterwards."""
    touched, now = typhoon[0], pd.Timestamp(NOW)
    waybills = shipped().waybills
    region = waybills["customer_id"].map(shipped().customers.set_index("customer_id")["region"])
    here = (region == "east") | (waybills["destination_region"] == "east")
    way = (waybills["picked_up_at"] <= now) & (waybills["picked_up_at"] > now - pd.Timedelta(days=30)) & ~(waybills["delivered_at"] <= now)
    assert set(touched["waybill_id"]) == set(waybills.loc[here & way, "waybill_id"])
    since = touched["waybill_id"][(touched["picked_up_since"] == "yes").to_numpy()]
    assert set(since) == set(waybills.loc[here & way & (waybills["picked_up_at"] >= "2026-08-08"), "waybill_id"])
    assert (touched["scanned_at"] <= now).all() and touched["p_late"].between(0, 1).all()
    assert (touched["p_late"][(touched["hours_to_promise"] < 0).to_numpy()] == 1).all()


@given(number=st.sampled_from(["I005", "I009", "I014", "I016"]), hours=st.integers(1, 60))
@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_nothing_of_the_future_is_used(thin, number, hours):
    start = shipped().incidents.set_index("incident_id").first_day[number]
    at = str(start + pd.Timedelta(hours=hours))
    touched, blind = affected_parcels(thin, number, at), affected_parcels(until(thin, at), number, at)
    pd.testing.assert_frame_equal(touched, blind)
    few = touched.head(40)
    ours, theirs = (alternatives(firm, few, number, as_of=at) for firm in (thin, until(thin, at)))
    pd.testing.assert_frame_equal(ours.table, theirs.table)


def test_what_earlier_incidents_cost_is_recovered():
    # Truth: extra_hours of the table, in which every parcel picked up meanwhile is slowed alike. Within 15 %: one incident is 50 to 900 parcels,
    # and the weeks before differ from those of the incident by a few hours (peaks of November and June, hence no hub congestion here).
    for number, at in (("I014", "2026-05-12"), ("I017", NOW), ("I016", "2026-07-12")):
        found = earlier_incidents(shipped(), number, at)
        truth = shipped().incidents.set_index("incident_id").extra_hours[found["incident_id"]].to_numpy()
        assert found["extra_hours"].to_numpy() == pytest.approx(truth, rel=0.15)
    assert earlier_incidents(shipped(), "I001", "2024-11-13").empty


def test_the_forecast_holds_what_came_and_says_on_how_little_it_rests():
    waybills, held = shipped().waybills.set_index("waybill_id"), []
    for one in shipped().incidents.iloc[[8, 13, 15, 16]].itertuples():
        at = one.first_day + pd.Timedelta(hours=9)
        found = late_forecast(shipped(), one.incident_id, at)
        own = waybills.loc[parcels_of(shipped()).under_way(incident_of(shipped(), one.incident_id, at)[0], at)["waybill_id"]]
        held.append(found.low <= (~(own["delivered_at"] <= own["promised_at"])).sum() <= found.high)
    assert sum(held) >= 3 and found.basis == "same_kind"  # nine in ten are promised
    first = late_forecast(shipped(), "I001", "2024-11-13")
    assert first.basis == "usual_times" and np.isnan(first.low) and "nobody can say" in first.summary()
    assert late_forecast(shipped(), "I004", "2025-03-11").basis == "all_kinds"


def test_usual_times_are_those_of_a_hand_count():
    now = pd.Timestamp(NOW)
    usual = UsualTimes.__new__(UsualTimes)
    usual.groups = {(): np.array([10.0, 20.0, 30.0, 40.0])}
    parcel = pd.DataFrame({"scanned_at": [now - pd.Timedelta(hours=12)], "promised_at": [now + pd.Timedelta(hours=13)],
                           "scope": ["domestic"], "node": ["at_hub"], "product": ["economy"]})  # fmt: skip
    for delay, grace in ((0, 0), (10, 0), (10, 30), (50, 0)):
        still = np.array([20.0, 30.0, 40.0])  # it is silent for 12 hours, so it does not need 10
        over = still + delay - 25 - grace
        chance, days = usual.lateness(parcel, now, delay, grace)
        assert chance[0] == pytest.approx((over > 0).mean()) and days[0] == pytest.approx(np.maximum(over, 0).mean() / 24)


@given(seed=st.integers(0, 9999), rows=st.integers(0, 5), capacity=st.floats(0, 3))
@settings(max_examples=15, deadline=None)
def test_the_plan_is_the_cheapest_of_all(seed, rows, capacity):
    rng = np.random.default_rng(seed)
    cost, size, room = rng.uniform(0, 9, (rows, 3)), rng.integers(1, 3, rows).astype(float), np.array([0, 1, 0.5])
    cost[rng.random((rows, 3)) < 0.2] = np.inf
    cost[:, 0] = 9
    found = cheapest(cost, size, room, capacity)
    every = [one for one in itertools.product(range(3), repeat=rows) if size @ room[list(one)] <= capacity]
    best = min(sum(cost[row, option] for row, option in enumerate(one)) for one in every)
    assert sum(cost[row, option] for row, option in enumerate(found)) == pytest.approx(best) and size @ room[found] <= capacity + 1e-6


def test_the_plan_and_its_regret(typhoon):
    touched, found = typhoon
    table, plan = found.table, found.plan
    assert plan["parcels"].sum() == len(touched) and plan["expected_cost_yuan"].sum() <= found.wait_yuan
    assert (table[table.option == "refund"].delay_hours.isna()).all() and (table[table.option == "postpone"].needs == "consent").all()
    own = found.regret.set_index(["plan_for_days", "lasts_days"])["regret_yuan"]
    assert (own >= 0).all() and all(own[days, days] == pytest.approx(0, abs=0.01) for days in (1, 3, 7)) and own[1, 7] > own[7, 1] > 0
    assert found.cautious_days in (1, 3, 7) and found.explain(touched.waybill_id.iloc[0]).option.iloc[0] == "wait"
    few = touched[(touched["picked_up_since"] == "yes").to_numpy()].head(60)
    tight = alternatives(shipped(), few, "I017", as_of=NOW, lasts_days=3, capacity=5)
    wide = alternatives(shipped(), few, "I017", as_of=NOW, lasts_days=3, capacity=60)
    room = tight.plan.option.map({"reroute": 1, "split": 0.5}).fillna(0).sum()
    assert room <= 5 and tight.shadow_yuan > 0 and wide.plan.expected_cost_yuan.sum() < tight.plan.expected_cost_yuan.sum()
    grouped = alternatives(shipped(), few, "I017", as_of=NOW, lasts_days=3, capacity=60, by="customer")
    assert grouped.plan.customer_id.is_unique and grouped.plan.expected_cost_yuan.sum() >= wide.plan.expected_cost_yuan.sum() - 1e-6
    assert "613 parcels" in found.summary() and found.plot().has_data()
    plt.close("all")


def test_nobody_touched_is_no_error():
    none = affected_parcels(shipped(), "I017", NOW).head(0)
    assert alternatives(shipped(), none, "I017", as_of=NOW).plan.empty


def test_customers_are_told_once_by_the_rules(typhoon):
    events = incident_warnings(typhoon[1], shipped(), "I017")
    again = incident_warnings(typhoon[1], shipped(), "I017", at="2026-08-09 18:00")
    assert events.event_id.is_unique and events.event_id.equals(again.event_id)
    assert (events["extra_hours"] != 22).all()  # 22 is hindsight
    found = decide(events.drop(columns="option"), rule_book(), shipped())
    assert len(found.notices) + len(found.dropped) > 0 and (found.notices["event"] == "incident_touches_parcel").all()


def test_a_drill_is_decided_under_the_clock_and_scored_in_hindsight(thin):
    run = drill(thin, "I009")
    assert run.known.ended_on.isna().all() and "Question 1" in run.summary() and run.plot().has_data()
    with pytest.raises(ValueError, match="2 questions are still open|3 questions are still open"):
        run.score()
    scores = {}
    for option, minutes in (("wait", 60), ("reroute", 60), ("reroute ", 1500)):
        state = run
        while not state.done:
            state = state.answer(option.strip(), minutes=minutes)
        scores[option] = state.score().table
    table = scores["reroute"]
    assert ((table["best_yuan"] <= table[["cost_yuan", "wait_yuan"]].min(axis=1) + 1e-6) & ~table["offered_late"]).all()
    assert scores["wait"]["cost_yuan"].equals(scores["wait"]["wait_yuan"])
    late = scores["reroute "]  # an offer that comes too late is none
    assert late["offered_late"].all() and late["cost_yuan"].equals(late["wait_yuan"]) and not late["begun_late"].any()
    asked = run.question
    some = pd.DataFrame({"waybill_id": asked.affected["waybill_id"], "option": "postpone"})
    assert run.answer(some, minutes=9).answers[0][1] == "mixed"
    with pytest.raises(ValueError, match="Let some wait"):
        run.answer(some.assign(option="reroute"), minutes=9)
    assert set(run.answer("postpone", minutes=9).found[1].affected.waybill_id).isdisjoint(asked.affected.waybill_id)
    assert state.score().plot().has_data() and state.plot().has_data() and "is over" in state.summary()
    plt.close("all")


def test_bad_input_ends_in_a_sentence(typhoon):
    firm, touched = shipped(), typhoon[0].head(3)
    run = drill(firm, "I013")
    for call, sentence in (
        (lambda: incident_feed(firm, "2026-05-02", "2026-05-01"), "must begin before it ends"),
        (lambda: affected_parcels(firm, "I099", NOW), "There is no incident I099"),
        (lambda: affected_parcels(firm, "I017", "2026-08-07"), "is not known before 2026-08-08"),
        (lambda: affected_parcels(firm, 7, NOW), "Give one incident"),
        (lambda: affected_parcels(firm, "I017", "soon"), "as_of is soon"),
        (lambda: affected_parcels(Company(customers=firm.customers, incidents=firm.incidents), "I017", NOW), "lacks the table waybills"),
        (lambda: own_incident(kind="war", first_day=NOW, severity="severe", name="x"), "kind is none of the known codes"),
        (lambda: alternatives(firm, touched, "I017", as_of=NOW, by="branch"), "by is branch"),
        (lambda: alternatives(firm, touched, "I017", as_of=NOW, lasts_days=-1), "lasts_days is -1"),
        (lambda: alternatives(firm, touched.drop(columns="node"), "I017", as_of=NOW), "node"),
        (lambda: alternatives(firm, pd.concat([touched, touched]), "I017", as_of=NOW), "stands in the table twice"),
        (lambda: typhoon[1].explain("W1"), "is not among the touched parcels"),
        (lambda: risk_costs(air_yuan=3), "There is no cost air_yuan"),
        (lambda: replace(risk_costs(), late_yuan=-1), "late_yuan is -1"),
        (lambda: run.answer("pray", minutes=3), "There is no option pray"),
        (lambda: run.answer("wait", minutes="3"), "minutes is 3"),
        (lambda: run.answer("wait", minutes=3).answer("wait", minutes=3), "All questions are answered"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=sentence):
            call()
