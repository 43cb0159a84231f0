"""Shares in time with open cases counted honestly; and the simulated firm's own pace of handling, found again through the clocks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

from crmlib.company import lark
from crmlib.company.cases import CaseScenario
from crmlib.company.schema import label
from crmlib.desk import ClockPolicy, ClockRule, clock_policy, clock_times, clocks, on_time
from crmlib.i18n import use_language
from crmlib.plotting.clocks import case_clocks, on_time_shares

STATED = CaseScenario()
HANDLING = ClockRule(clock="handling", hours=48, basis="natural", starts=("responded",), stops=("resolved",), counts="last")
ALL = ClockPolicy([*clock_policy(basis="natural", kinds=None).rules, HANDLING])


@pytest.fixture(scope="module")
def firm():
    return lark()


@pytest.fixture(scope="module")
def shown(firm):
    """The firm's clocks in natural hours, with what is known of each case and how busy the firm was."""
    found = clocks(firm.cases, as_of="2026-11-01", policy=ALL).merge(firm.cases, on="case_id")
    days = pd.date_range("2024-11-01", "2026-10-31")
    parcels = firm.waybills["picked_up_at"].dt.normalize().value_counts().reindex(days, fill_value=0)
    week = parcels.rolling(7, min_periods=1).mean()
    load = (week / week.rolling(91, center=True, min_periods=1).median()).clip(lower=1)
    return found.assign(load=load.reindex(found["opened_at"].dt.normalize()).to_numpy())


def table(used, running, *, target=10.0) -> pd.DataFrame:
    used, running = np.asarray(used, dtype=float), np.asarray(running, dtype=bool)
    late = used > target
    state = np.select([running & late, running, late], ["overdue", "running", "too_late"], "met")
    return pd.DataFrame({"case_id": np.arange(len(used)), "clock": "resolution", "target_hours": target, "used_hours": used,
                         "clock_state": state, "is_late": late})  # fmt: skip


CASES = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40)


@settings(max_examples=25, deadline=None)
@given(CASES)
def test_the_share_is_kaplan_and_meiers_and_lies_between_the_worst_and_the_best(cases):
    used, running = map(np.array, zip(*cases, strict=True))
    found = on_time(table(used, running)).iloc[0]
    assert found["case_count"] == found["on_time_count"] + found["late_count"] + found["open_count"]
    if not found["on_time_count"] + found["late_count"]:
        assert np.isnan(found["on_time_share"]) and np.isnan(found["low"])
        return
    assert found["worst_share"] - 1e-12 <= found["on_time_share"] <= found["best_share"] + 1e-12
    assert found["low"] <= found["on_time_share"] + 1e-12 and found["on_time_share"] <= found["high"] + 1e-12
    oracle = SurvfuncRight(np.where(used > 10, 99, used) + 1.0, (~running & (used <= 10)).astype(int))
    below = oracle.surv_prob[oracle.surv_times <= 11]
    assert found["on_time_share"] == pytest.approx(1 - (below[-1] if len(below) else 1.0))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 30), st.integers(0, 30))
def test_without_open_cases_the_interval_is_wilsons(kept, broken):
    if kept + broken:
        found = on_time(table([5] * kept + [15] * broken, [False] * (kept + broken))).iloc[0]
        assert (found["on_time_share"], found["settled_only_share"]) == pytest.approx((kept / (kept + broken),) * 2)
        assert (found["low"], found["high"]) == pytest.approx(proportion_confint(kept, kept + broken, method="wilson"), abs=1e-9)


def test_dropping_the_open_cases_flatters_and_the_curve_does_not():
    rng = np.random.default_rng(3)
    opened, work = rng.uniform(0, 100, 20_000), rng.lognormal(np.log(30), 0.8, 20_000)
    seen = 100 - opened
    found = on_time(table(np.minimum(work, seen), work > seen, target=30.0)).iloc[0]
    assert found["low"] < 0.5 < found["high"] and found["settled_only_share"] > 0.6
    times = clock_times(table(np.minimum(work, seen), work > seen, target=30.0)).iloc[0]
    assert times["low"] < 30 < times["high"] and times["settled_only_median"] < 26
    assert times["p90_hours"] == pytest.approx(30 * np.exp(0.8 * 1.2816), rel=0.05)


def test_parts_follow_a_column_of_the_cases(firm):
    found = clocks(firm.cases, as_of="2026-11-01")
    parts = on_time(found, firm.cases, by="cause")
    whole = on_time(found).set_index("clock")
    sums = parts.groupby("clock", observed=True)[["case_count", "late_count", "open_count"]].sum()
    assert sums.to_numpy().tolist() == whole[["case_count", "late_count", "open_count"]].to_numpy().tolist()
    loss = parts[parts["clock"] == "legal_limit"].set_index("cause").loc["loss"]
    assert loss["high"] < whole.loc["legal_limit", "on_time_share"]
    assert clock_times(found, firm.cases, by="grade")["clock"].tolist()[:3] == ["first_response"] * 3


def test_working_hours_flatter_a_desk_that_is_judged_by_the_clock_on_the_wall(firm):
    shares = [on_time(clocks(firm.cases, as_of="2026-11-01", policy=clock_policy(basis=basis))).set_index("clock")["on_time_share"]
              for basis in ("working", "natural")]  # fmt: skip
    assert shares[0]["resolution"] > shares[1]["resolution"] + 0.3 and shares[0]["legal_limit"] == shares[1]["legal_limit"]


def test_regression_on_the_clocks_finds_the_firms_first_response(shown):
    first = shown[shown["clock"] == "first_response"]
    x = (
        pd.get_dummies(first["grade"])
        .astype(float)
        .assign(hotline=(first["channel"] == "hotline").astype(float), load=np.log(first["load"]))
    )
    fit = sm.OLS(np.log(first["used_hours"].to_numpy()), x.to_numpy()).fit()
    stated = {name: np.log(hours) for name, hours in STATED.response_hours.items()}
    stated |= {"hotline": np.log(STATED.hotline_pace), "load": STATED.response_load}
    for name, (low, high) in zip(x.columns, fit.conf_int(alpha=0.001), strict=True):
        assert low <= stated[name] <= high, name
    assert np.sqrt(fit.scale) == pytest.approx(STATED.response_spread, rel=0.06)


def test_curves_find_the_firms_pace_of_settlement_by_cause(shown):
    handling = shown[(shown["clock"] == "handling") & (shown["kind"] == "complaint")]
    quiet = handling.assign(used_hours=handling["used_hours"] / handling["load"] ** STATED.resolution_load)
    found = clock_times(quiet, quiet[["case_id", "cause"]], by="cause").set_index("cause")
    assert len(found) == len(STATED.resolution_hours)
    for cause, row in found.iterrows():
        # 6 % of the cases stall for six times as long, which lifts the median by 6 %; four standard errors of a median, and some causes
        # are recorded wrongly.
        off = np.log(row["median_hours"] / (1.06 * STATED.resolution_hours[cause]))
        assert abs(off) < 4 * 1.2533 * STATED.resolution_spread / np.sqrt(row["case_count"]) + 0.05, cause


@pytest.mark.parametrize("language", ["zh", "en"])
def test_figures_tell_each_clock_in_the_learners_language(language):
    use_language(language)
    cases = pd.DataFrame({"case_id": ["K1"], "kind": ["complaint"], "opened_at": ["2026-09-29 16:20"], "resolved_at": ["2026-10-10 17:00"]})
    log = [("2026-09-29 17:10", "responded"), ("2026-09-30 10:00", "waiting"), ("2026-10-08 15:00", "resumed")]
    events = pd.DataFrame(log, columns=["at", "event"]).assign(case_id="K1")
    for as_of in ("2026-10-06", "2026-10-12"):
        ax = case_clocks(cases, events, case_id="K1", as_of=as_of, until="2026-10-13")
        told = [text.get_text() for text in [*ax.texts, *ax.get_yticklabels()]]
        for name, column in (("first_response", "clock"), ("legal_limit", "clock"), ("waiting", "event")):
            assert any(label(name, column) in text for text in told)
    assert any("开始等待" in text for text in told) == (language == "zh")
    assert any("264.7" in text and "96.7" in text for text in told)
    bars = on_time_shares(on_time(clocks(cases, events, as_of="2026-10-06")))
    assert [text.get_text() for text in bars.get_yticklabels()] == [label(name, "clock") for name in clock_policy().clocks]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda found, cases: on_time(3), "clocks"), (lambda found, cases: on_time(found.drop(columns="is_late")), "is_late"),
        (lambda found, cases: on_time(found, cases, by="colour"), "colour"), (lambda found, cases: on_time(found, by="cause"), "cases"),
        (lambda found, cases: on_time(found, cases.iloc[:3], by="cause"), "not in cases"), (lambda found, cases: on_time(found, level=95), "0.2"),
        (lambda found, cases: on_time(found, cases, by=["cause"]), "one column"), (lambda found, cases: on_time(found, cases, by="clock"), "parted"),
        (lambda found, cases: on_time(pd.concat([found, found])), "each_update"),
        (lambda found, cases: clock_times(found.assign(clock_state="late")), "clock_state"),
        (lambda found, cases: clock_times(found.assign(target_hours=0)), "target_hours"),
        (lambda found, cases: case_clocks(cases, case_id="K9", as_of="2026-11-01"), "K9"),
        (lambda found, cases: on_time_shares(found), "on_time_share"),
    ],
)  # fmt: skip
def test_bad_input_ends_in_a_sentence(firm, change, said):
    cases = firm.cases.iloc[:10]
    found = clocks(cases, as_of="2026-11-01", policy=clock_policy(kinds=None))
    with pytest.raises(ValueError, match=said):
        change(found, cases)


def test_no_rows_and_one_row():
    assert on_time(table([], [])).empty and clock_times(table([], [])).empty
    assert on_time(table([3], [True]))["on_time_share"].isna().all()
