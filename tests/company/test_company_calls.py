"""The service desk: whole and in order, within the trade's figures, and its stated parameters found again."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from desk_world import DeskScenario, desk

from crmlib import i18n
from crmlib.company import schema
from crmlib.company.agents import seats_needed
from crmlib.company.calls import CallScenario, draw_calls
from crmlib.company.season import day_weights
from crmlib.company.sequence import impossible
from crmlib.company.simulation import draw_world
from crmlib.company.tables.desk import TABLES

SCENARIO = CallScenario()


@pytest.fixture(autouse=True)
def english():
    before = i18n.language()
    i18n.use_language("en")
    yield
    i18n.use_language(before)


@pytest.fixture(scope="module", params=[0, 1])
def drawn(request):
    return desk(request.param)


def _queued(tables) -> pd.DataFrame:
    calls = tables["calls"]
    calls = calls[calls["entered_queue_at"].notna()]
    return calls.assign(in_time=calls["answered_at"].notna() & (calls["wait_seconds"] <= 20))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize(("seed", "customers", "months"), [(0, 2000, 24), (5, 300, 12), (1, 1, 1), (2, 3, 2)])
def test_every_table_keeps_its_contract_and_its_references(table, seed, customers, months):
    world, tables, _truth = desk(seed, customers, months)
    frame = tables[table.name]
    table.pandera_schema().validate(frame, lazy=True)
    known = tables | {"customers": world.customers, "waybills": world.waybills}
    for column in (column for column in table.columns if column.ref):
        other, key = column.ref.split(".")
        assert frame[column.name].dropna().isin(known[other][key]).all(), column.name
    assert not list(impossible(known, table, schema.TABLES))


def test_the_same_world_gives_the_same_desk():
    world, tables, truth = desk(5, 300, 12)
    again, truth_again = draw_calls(world)
    for name, frame in (tables | {f"truth {name}": frame for name, frame in truth.items()}).items():
        pd.testing.assert_frame_equal(frame, (again | {f"truth {name}": frame for name, frame in truth_again.items()})[name])


def test_a_call_ends_in_one_way_only_and_its_times_add_up(drawn):
    calls = drawn[1]["calls"]
    answered = calls["answered_at"].notna()
    assert (calls[["solved_in_ivr", "left_in_ivr", "abandoned"]].sum(axis=1) + answered == 1).all()
    queued = calls["entered_queue_at"].notna()
    assert (queued == (answered | calls["abandoned"])).all()
    assert (calls["wait_seconds"].notna() == queued).all()
    waited = (calls["answered_at"] - calls["entered_queue_at"]).dt.total_seconds()
    assert (waited[answered] == calls["wait_seconds"][answered]).all()
    for name in ("agent_id", "handle_seconds", "talk_seconds"):
        assert (calls[name].notna() == answered).all()
    assert (calls["handle_seconds"] >= calls["talk_seconds"])[answered].all()
    assert calls["arrived_at"].is_monotonic_increasing
    assert (calls["reason"].notna() == (answered | calls["solved_in_ivr"])).all()
    assert not calls.loc[calls["repeat_of"].notna(), ["resolved_first_contact", "solved_in_ivr"]].any(axis=None)


def test_nobody_waits_longer_than_his_patience(drawn):
    _world, tables, truth = drawn
    calls, patience = tables["calls"], truth["calls"]["patience_seconds"]
    assert (truth["calls"]["call_id"] == calls["call_id"]).all()
    assert (calls["wait_seconds"] <= patience)[calls["entered_queue_at"].notna()].all()
    assert (calls["wait_seconds"] == patience)[calls["abandoned"]].all()


def test_a_repeat_comes_after_the_call_it_repeats_about_the_same_matter(drawn):
    calls = drawn[1]["calls"].set_index("call_id")
    repeats = calls[calls["repeat_of"].notna()]
    before = calls.loc[repeats["repeat_of"]]
    assert (repeats["arrived_at"].to_numpy() > before["arrived_at"].to_numpy()).all()
    assert not before["resolved_first_contact"].any()
    for name in ("customer_id", "waybill_id", "role"):
        assert (repeats[name].fillna("").to_numpy() == before[name].fillna("").to_numpy()).all()
    assert repeats["repeat_of"].is_unique


def test_an_agent_has_one_call_at_a_time(drawn):
    calls = drawn[1]["calls"].dropna(subset="agent_id").sort_values("answered_at")
    ends = calls["answered_at"] + pd.to_timedelta(calls["handle_seconds"], unit="s")
    previous = ends.groupby(calls["agent_id"]).shift()
    assert (previous.isna() | (previous <= calls["answered_at"])).all()


def test_calls_are_answered_within_a_shift_and_outside_its_break(drawn):
    _world, tables, _truth = drawn
    calls = tables["calls"].dropna(subset="agent_id")
    shifts = tables["shifts"].assign(day=lambda frame: frame["date"])
    calls = calls.assign(day=calls["answered_at"].dt.normalize().astype(shifts["date"].dtype))
    both = calls.merge(shifts, on=["agent_id", "day"], validate="many_to_one")
    assert len(both) == len(calls)
    at, ends = both["answered_at"], both["answered_at"] + pd.to_timedelta(both["handle_seconds"], unit="s")
    assert (both["absence"] == "none").all()
    assert ((at >= both["actual_start"]) & (at <= both["planned_end"]) & (ends <= both["actual_end"])).all()
    assert ((at <= both["break_start"]) | (at >= both["break_end"])).all()


def test_agents_work_no_more_than_their_contract_and_only_while_employed(drawn):
    _world, tables, _truth = drawn
    shifts = tables["shifts"].merge(tables["agents"], on="agent_id")
    assert not shifts.duplicated(["agent_id", "date"]).any()
    assert ((shifts["date"] >= shifts["joined_on"]) & (shifts["left_on"].isna() | (shifts["date"] <= shifts["left_on"]))).all()
    assert (shifts["absence"] == "none").equals(shifts["actual_start"].notna())
    hours = (shifts["planned_end"] - shifts["planned_start"] - (shifts["break_end"] - shifts["break_start"])).dt.total_seconds() / 3600
    weekly = hours.groupby([shifts["agent_id"], (shifts["date"] - shifts["date"].min()).dt.days // 7]).sum()
    assert (weekly <= SCENARIO.contract_hours).mean() > 0.9
    assert 0.015 < (tables["shifts"]["absence"] != "none").mean() < 0.055


def test_the_desk_is_as_busy_as_in_the_trade(drawn):
    world, tables, truth = drawn
    calls, queued = tables["calls"], _queued(tables)
    answered = queued[queued["answered_at"].notna()]
    assert 0.01 < len(queued) / len(world.waybills) < 0.04
    assert 0.70 < calls["solved_in_ivr"].mean() < 0.80
    assert 240 < answered["handle_seconds"].mean() < 480
    assert 0.70 < answered.loc[answered["repeat_of"].isna(), "resolved_first_contact"].mean() < 0.85
    assert 0.45 < (truth["calls"]["intent"] == "where_is_my_parcel").mean() < 0.65
    daily = calls["arrived_at"].dt.normalize().value_counts().sort_index()
    assert 3 < daily.max() / daily.median() < 5.5
    assert 3 <= len(tables["agents"].loc[tables["agents"]["left_on"].isna()]) <= 6


def test_targets_are_met_on_ordinary_days_and_missed_at_the_peak():
    """Of two firms together: the days after 11 November bring each only a few hundred calls."""
    queued = pd.concat([_queued(desk(seed)[1]) for seed in (0, 1)])
    month, day = queued["arrived_at"].dt.month, queued["arrived_at"].dt.day
    ordinary, peak = queued[month.isin([3, 4, 5])], queued[(month == 11) & day.between(11, 20)]
    assert ordinary["in_time"].mean() > 0.80 and ordinary["abandoned"].mean() < 0.15
    assert peak["in_time"].mean() < 0.80 and peak["abandoned"].mean() > 0.15


def _abandonment(per_second: float, agents: int, handle: float, patience: float) -> float:
    """Share of callers who abandon in M/M/N+M, from the birth-death chain of calls in the system."""
    weights = [1.0]
    for inside in range(1, 60):
        weights.append(weights[-1] * per_second / (min(inside, agents) / handle + max(inside - agents, 0) / patience))
    return np.array(weights) / sum(weights) @ np.maximum(np.arange(60) - agents, 0) / patience / per_second


def test_abandonment_is_near_what_erlang_a_says_of_each_hour(drawn):
    """Somewhat above it, since those who hang up call again, and calls come in clumps."""
    world, tables, _truth = drawn
    queued, here = _queued(tables), tables["shifts"][tables["shifts"]["absence"] == "none"]
    steps = np.zeros(world.days * 288, dtype=int)
    for begin, end in (("actual_start", "break_start"), ("break_end", "planned_end")):
        spans = ((here[name] - pd.Timestamp(world.first)) // pd.Timedelta(minutes=5) for name in (begin, end))
        for start, stop in zip(*spans, strict=True):
            steps[start:stop] += 1
    seconds = (queued["entered_queue_at"] - pd.Timestamp(world.first)).dt.total_seconds()
    daily = pd.Series(np.bincount((seconds // 86400).astype(int), minlength=world.days)).rolling(3, center=True, min_periods=1).mean()
    hourly = np.bincount((seconds % 86400 // 3600).astype(int), minlength=24) / len(queued)
    rate = np.outer(daily, hourly).ravel() / 3600
    frame = pd.DataFrame({"agents": steps, "rate": np.repeat(rate, 12).round(6)}).value_counts().rename("steps").reset_index()
    expected = sum(
        row.steps * 300 * row.rate * _abandonment(row.rate, row.agents, queued["handle_seconds"].mean(), SCENARIO.patience_seconds)
        for row in frame[frame["rate"] > 0].itertuples(index=False)
    )
    assert 0.95 < queued["abandoned"].sum() / expected < 1.25


def test_the_mean_patience_is_found_again(drawn):
    queued = _queued(drawn[1])
    gave_up = queued["abandoned"].sum()
    estimate = queued["wait_seconds"].sum() / gave_up
    assert abs(estimate - SCENARIO.patience_seconds) < 1.96 * estimate / np.sqrt(gave_up)


def test_the_effect_of_proactive_notices_is_found_again(drawn):
    """Mantel-Haenszel rate ratio of tracking calls a parcel, regions with notices over regions without in the same month, equally late."""
    world, tables, _truth = drawn
    calls = tables["calls"]
    first = calls[(calls["reason"] == "where_is_my_parcel") & calls["repeat_of"].isna()]
    parcels = world.fates[["waybill_id", "origin_region", "late"]].assign(
        month=world.waybills["picked_up_at"].dt.to_period("M").map(
            lambda month: (month.year - world.first.year) * 12 + month.month - world.first.month),
        calls=world.waybills["waybill_id"].map(first["waybill_id"].value_counts()).fillna(0.0),
    )  # fmt: skip
    since = parcels["origin_region"].map(world.scenario.churn.notice_months)
    parcels["told"] = parcels["month"] >= since
    cells = parcels.groupby(["month", "late", "told"])["calls"].agg(["sum", "size"]).unstack("told").dropna()
    told, others = (cells.xs(side, axis=1, level="told") for side in (True, False))
    weight = told["size"] + others["size"]
    above, below = (told["sum"] * others["size"] / weight).sum(), (others["sum"] * told["size"] / weight).sum()
    spread = ((told["sum"] + others["sum"]) * told["size"] * others["size"] / weight**2).sum() / (above * below)
    low, high = np.exp(np.log(above / below) + np.array([-1.96, 1.96]) * np.sqrt(spread))
    assert low < 1 - SCENARIO.notice_cut < high
    assert high - low < 0.15


def test_the_talk_time_and_the_agents_pace_are_found_again(drawn):
    _world, tables, truth = drawn
    calls = tables["calls"].assign(intent=truth["calls"]["intent"]).dropna(subset="agent_id")
    skill = calls["agent_id"].map(tables["agents"].set_index("agent_id")["skill"])
    reasons = list(SCENARIO.talk_seconds)
    design = np.column_stack([*(calls["intent"] == name for name in reasons), skill - 3]).astype(float)
    logs = np.log(calls["talk_seconds"].to_numpy())
    found, residual, *_rest = np.linalg.lstsq(design, logs, rcond=None)
    sigma = np.sqrt(residual[0] / (len(logs) - design.shape[1]))
    error = sigma * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    stated = np.array([*np.log(list(SCENARIO.talk_seconds.values())), SCENARIO.skill_pace])
    assert (np.abs(found - stated) < 3 * error).all()
    assert abs(found[-1] - SCENARIO.skill_pace) < 1.96 * error[-1]
    assert sigma == pytest.approx(SCENARIO.talk_spread, abs=0.02)
    after = (calls["handle_seconds"] - calls["talk_seconds"]).mean()
    assert after == pytest.approx(SCENARIO.after_call_seconds, rel=0.05)


def test_late_parcels_bring_the_stated_calls(drawn):
    """On days that are no peak, in regions that have no notices yet."""
    world, tables, truth = drawn
    asked = tables["calls"].loc[truth["calls"]["about_late"] & tables["calls"]["repeat_of"].isna(), "waybill_id"]
    weights = day_weights(world.first, world.days, world.scenario)
    calm = np.maximum.reduce(list(weights.values())) < 1.15
    day = (world.waybills["picked_up_at"] - pd.Timestamp(world.first)).dt.days
    quiet = world.fates["late"].to_numpy() & calm[day] & (day < 250).to_numpy()
    rate = world.waybills.loc[quiet, "waybill_id"].isin(asked).mean()
    stated = SCENARIO.calls_per_late_parcel * (1 - SCENARIO.unknown_callers)
    assert abs(rate - stated) < 3 * np.sqrt(stated * (1 - stated) / quiet.sum())


def test_more_patience_means_fewer_lost_calls():
    world = draw_world(customers=300, months=6, seed=3, scenario=DeskScenario(
        calls=dataclasses.replace(SCENARIO, patience_seconds=3600.0, agents_leave_per_year=0.0, sick=0.0, personal_leave=0.0)))  # fmt: skip
    assert _queued(draw_calls(world)[0])["abandoned"].mean() < 0.03


def test_a_busier_desk_needs_more_seats():
    assert [seats_needed(load, 180, level=0.8, within_seconds=20) for load in (0.0, 0.1, 1, 10)] == [1, 1, 3, 14]


def test_a_scenario_without_a_reason_is_refused():
    with pytest.raises(ValueError, match="resolved"):
        CallScenario(resolved={"claim": 0.5})


def test_every_parameter_states_its_source():
    table = CallScenario.table()
    assert table[["source_zh", "source_en", "mark"]].notna().all(axis=None)
    assert set(table["mark"]) <= {"V", "V-", "D", "GK", "teaching"}
