"""Forecasts of calls: the firm's pattern and a known one are found again, nothing of the future leaks in, intervals keep their word."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.company.call_arrivals import HOURS
from crmlib.staffing import arrivals_per_interval, check_forecast, forecast_arrivals, intraday_profile
from crmlib.staffing.arrivals import grid_of
from crmlib.staffing.counts_model import count_bounds, fit_counts
from crmlib.staffing.days import day_kinds, festival_days

WEEK = np.array([1.3, 1.1, 1.0, 1.0, 1.05, 0.8, 0.75])
SHAPE = np.array([1.0, 2.0, 4.0, 3.0, 2.0, 1.0])
HOLIDAY, MAKE_UP, PEAK = 0.6, 1.35, 3.0


@pytest.fixture(autouse=True)
def english():
    crm.setup("en")


@pytest.fixture(scope="module")
def firm():
    return crm.company.lark()


@pytest.fixture(scope="module")
def firm_arrivals(firm):
    return arrivals_per_interval(firm.calls, moment="arrived_at", first="2024-11-01", last="2026-10-31", hours=(0, 24))


@pytest.fixture(scope="module")
def known():
    """Calls of two years drawn from a pattern that we know: week, holidays, weekends worked in exchange, eleven days around 11.11."""
    days = pd.date_range("2024-10-01", "2026-10-31")
    kinds = day_kinds(days)
    rate = 150 * WEEK[days.day_of_week] * np.where(kinds == "holiday", HOLIDAY, np.where(kinds == "makeup_workday", MAKE_UP, 1.0))
    away = (days.month == 11) & (days.day >= 6) & (days.day <= 16)
    rate = rate * np.where(away, PEAK, 1.0)
    means = rate[:, None] * SHAPE / SHAPE.sum()
    starts = (days.to_numpy()[:, None] + np.arange(6) * np.timedelta64(2, "h") + np.timedelta64(8, "h")).ravel()
    return pd.DataFrame({"starts_at": starts, "calls": np.random.default_rng(3).poisson(means).ravel()})


def test_intervals_without_a_call_count_as_nought(firm, firm_arrivals):
    assert len(firm_arrivals) == 730 * 48 and firm_arrivals["calls"].sum() == len(firm.calls)
    queued = arrivals_per_interval(firm.calls, hours=(8, 21))
    assert queued["calls"].sum() == firm.calls["entered_queue_at"].notna().sum()
    assert queued["starts_at"].dt.hour.between(8, 20).all()


def test_repeats_can_be_left_out(firm):
    every, first = (arrivals_per_interval(firm.calls, moment="arrived_at", repeats=repeats)["calls"].sum() for repeats in (True, False))
    assert every - first == firm.calls["repeat_of"].notna().sum()


@given(st.lists(st.integers(0, 3 * 1440 - 1), min_size=1, max_size=40), st.sampled_from([15, 30, 60]))
@settings(max_examples=25, deadline=None)
def test_every_call_lands_in_the_interval_that_holds_it(minutes, step):
    moments = pd.Timestamp("2026-11-01") + pd.to_timedelta(minutes, unit="m")
    found = arrivals_per_interval(pd.DataFrame({"at": moments}), moment="at", minutes=step).set_index("starts_at")["calls"]
    assert found.sum() == len(minutes)
    counted = pd.Series(moments).dt.floor(f"{step}min").value_counts()
    assert found.reindex(counted.index).tolist() == counted.tolist()


def test_the_firms_hours_are_found_again(firm_arrivals):
    """The scenario states how calls spread over an ordinary day. They wait for parcels to be late or signed, which shifts a little of them
    to the afternoon: 5 % of the calls lie in another hour than stated, which is what a firm six times as large shows too."""
    found = intraday_profile(firm_arrivals)
    hourly = found["share"].to_numpy().reshape(24, 2).sum(axis=1)
    assert np.abs(hourly - HOURS).sum() / 2 < 0.06
    assert hourly.argmax() in (15, 16) and np.corrcoef(hourly, HOURS)[0, 1] > 0.97
    assert found["share"].sum() == pytest.approx(1)


def test_days_off_have_the_same_hours_in_the_firm_since_nothing_says_otherwise(firm, firm_arrivals):
    table = intraday_profile(firm_arrivals, by="day_kind", calendar=firm.calendar).pivot(
        index="time_of_day", columns="day_kind", values="share"
    )
    assert (table.sub(table["workday"], axis=0).abs() < 0.006).all(axis=None)


def test_different_groups_keep_their_own_hours():
    days = pd.date_range("2026-03-02", periods=56)
    shares = np.where((days.day_of_week < 5)[:, None], [0.7, 0.3], [0.2, 0.8])
    starts = (days.to_numpy()[:, None] + np.array([8, 20], dtype="timedelta64[h]")).ravel()
    calls = np.random.default_rng(1).poisson(shares * 60).ravel()
    table = intraday_profile(pd.DataFrame({"starts_at": starts, "calls": calls}), by="weekday").pivot(
        index="weekday", columns="time_of_day", values="share"
    )
    assert table.loc[["monday", "sunday"], "08:00"].round(1).tolist() == [0.7, 0.2]


def test_a_known_pattern_is_found_again(known):
    made = forecast_arrivals(known, days=30, level=0.95)
    factors = made.factors.set_index(["factor", "which"])
    week = factors.loc["weekday"]
    true = WEEK / np.exp(np.log(WEEK).mean())
    assert ((week["low"] <= true) & (true <= week["high"])).sum() >= 6
    kinds = factors.loc["day_kind"]
    assert kinds.loc["holiday", "low"] < HOLIDAY < kinds.loc["holiday", "high"] < 0.75
    assert 1.2 < kinds.loc["makeup_workday", "low"] < MAKE_UP < kinds.loc["makeup_workday", "high"]
    peak = factors.loc["double_11"].loc[["-3", "+0", "+3"], "times_usual"]
    assert peak.between(0.85 * PEAK, 1.15 * PEAK).all()
    coming = made.days.set_index("day")["calls_expected"]
    assert coming["2026-11-11"] == pytest.approx(150 * WEEK[2] * PEAK, rel=0.15)
    assert coming["2026-11-26"] == pytest.approx(150 * WEEK[3], rel=0.10)
    shares = made.profile.groupby("time_of_day", sort=False)["share"].mean()
    assert np.abs(shares.to_numpy() - SHAPE / SHAPE.sum()).max() < 0.01


def test_intervals_hold_as_often_as_they_say_and_the_rules_are_beaten(known):
    check = check_forecast(known, every=49, least_days=220)
    held = check.coverage[check.coverage["kind_of_days"] == "all"].set_index("per")["within"]
    assert 0.74 < held["day"] < 0.88 and 0.77 < held["half_hour"] < 0.88
    assert (check.gains["low"] > 0).all()
    errors = check.table[check.table["per"] == "day"].pivot(index="kind_of_days", columns="forecast_by", values="error_share")
    assert (errors["forecast"] < errors["four_weeks"]).all()
    assert errors.loc["ordinary", "forecast"] < 0.12


def test_the_forecast_beats_the_rules_in_the_firm_and_says_how_sure_it_is(firm, firm_arrivals):
    check = check_forecast(firm_arrivals, calendar=firm.calendar, every=84)
    assert (check.gains.set_index("compared_with")["gain"] > [0.15, 0.4]).all()
    assert 0.74 < check.coverage.iloc[0]["within"] < 0.92
    assert "made anew" in check.summary().lower() and check.folds == 7
    assert check.results["calls"].sum() > 0 and set(check.results["cutoff"]) <= set(check.results["starts_at"].dt.normalize())


def test_nothing_of_the_cutoff_or_later_is_used(known):
    arrivals = known[known["starts_at"] >= "2025-12-01"]
    spoilt = arrivals.assign(calls=arrivals["calls"].where(arrivals["starts_at"] < "2026-05-04", 999))
    one, other = (forecast_arrivals(table, days=7, cutoff="2026-05-04") for table in (arrivals, spoilt))
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.table, forecast_arrivals(arrivals[arrivals["starts_at"] < "2026-05-04"], days=7).table)


def test_a_short_history_is_wider_and_says_so(known):
    arrivals = known
    short = forecast_arrivals(arrivals[arrivals["starts_at"] >= "2026-10-01"], days=14)
    long = forecast_arrivals(arrivals, days=14)
    width = {
        name: ((made.days["high"] - made.days["low"]) / made.days["calls_expected"]).head(4).mean()
        for name, made in (("short", short), ("long", long))
    }
    assert width["short"] > 1.1 * width["long"]
    assert len(short.warnings) == 2 and "never saw" in short.summary() and not long.warnings
    peak = short.days.set_index("day").loc["2026-11-11"]
    assert 3 < peak["calls_expected"] / short.days["calls_expected"].iloc[0] < 7 and peak["high"] / peak["low"] > 1.8
    assert short.factors.set_index(["factor", "which"]).loc[("double_11", "+0"), "assumed"]
    assumed = forecast_arrivals(arrivals[arrivals["starts_at"] >= "2026-10-01"], days=14, peaks={"double_11": 2})
    assert assumed.days["calls_expected"].max() < 0.7 * short.days["calls_expected"].max()


def test_make_up_saturdays_and_the_firms_own_calendar_count():
    days = pd.date_range("2026-10-09", "2026-10-11")
    assert day_kinds(days).tolist() == ["workday", "makeup_workday", "weekend"]
    own = pd.DataFrame({"date": ["2026-10-10"], "is_workday": [False]})
    assert day_kinds(days, own).tolist() == ["workday", "weekend", "weekend"]
    assert festival_days(pd.date_range("2026-02-17", periods=1)).names(1).tolist() == ["spring_festival"]


def test_days_that_are_lacking_are_not_taken_for_quiet_days(known):
    arrivals = known[known["starts_at"] >= "2026-03-01"]
    gone = arrivals[~arrivals["starts_at"].dt.normalize().between("2026-08-01", "2026-08-20")]
    one, other = (forecast_arrivals(table, days=7).days["calls_expected"].sum() for table in (arrivals, gone))
    assert other == pytest.approx(one, rel=0.03)
    assert np.isnan(grid_of(gone).totals).sum() == 20


def test_without_a_prior_the_fit_is_that_of_poisson_regression():
    from statsmodels.api import GLM, families

    rng = np.random.default_rng(2)
    design = np.column_stack([np.ones(80), rng.normal(size=80)])
    counts = rng.poisson(np.exp(design @ [1.5, 0.4])).astype(float)
    fit = fit_counts(counts, design, 1e-12 * np.eye(2), np.zeros(2), spread=0.0)
    other = GLM(counts, design, family=families.Poisson()).fit()
    assert fit.weights == pytest.approx(other.params, abs=1e-6)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(other.bse, rel=1e-4)


@given(st.floats(0.2, 400), st.floats(0, 0.3), st.floats(0.5, 0.95))
@settings(max_examples=25, deadline=None)
def test_bounds_hold_the_mean_and_widen_with_doubt(mean, doubt, level):
    low, high = (bound[0] for bound in count_bounds(np.array([mean]), np.array([doubt]), level))
    calm = [bound[0] for bound in count_bounds(np.array([mean]), np.array([0.0]), level)]
    assert low <= high and high - low >= calm[1] - calm[0] - 1
    assert 0 <= low <= np.ceil(mean) and high >= np.floor(mean * (1 - doubt)) - 1


@given(st.lists(st.integers(0, 30), min_size=21, max_size=40), st.integers(1, 9))
@settings(max_examples=20, deadline=None)
def test_half_hours_add_up_to_their_day(daily, horizon):
    starts = pd.date_range("2026-03-02", periods=len(daily) * 2, freq="12h")
    calls = np.repeat(daily, 2) + [1] * (2 * len(daily))
    made = forecast_arrivals(pd.DataFrame({"starts_at": starts, "calls": calls}), days=horizon)
    summed = made.table.groupby(made.table["starts_at"].dt.normalize())["calls_expected"].sum()
    assert summed.to_numpy() == pytest.approx(made.days["calls_expected"].to_numpy())
    assert (made.table["low"] <= made.table["high"]).all() and len(made.days) == horizon


def bad(**changes):
    table = pd.DataFrame({"starts_at": pd.date_range("2026-03-02", periods=30, freq="D"), "calls": 5.0})
    return table.assign(**changes)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: forecast_arrivals(pd.DataFrame({"x": [1]})), "starts_at"),
    (lambda: forecast_arrivals(bad().head(0)), "no rows"),
    (lambda: forecast_arrivals(bad(calls=-1.0)), "negative"),
    (lambda: forecast_arrivals(bad(calls="many")), "not a number"),
    (lambda: forecast_arrivals(bad(calls=0.0)), "with some calls"),
    (lambda: forecast_arrivals(bad().head(3)), "needs at least 14"),
    (lambda: forecast_arrivals(pd.concat([bad(), bad()])), "more than once"),
    (lambda: forecast_arrivals(bad(), days=0), "days is 0"),
    (lambda: forecast_arrivals(bad(), level=80), "20% as 0.2"),
    (lambda: forecast_arrivals(bad(), cutoff="soon"), "no date"),
    (lambda: forecast_arrivals(bad(), peaks={"easter": 2}), "double_12"),
    (lambda: forecast_arrivals(bad(), peaks={"double_11": 0}), "above 0"),
    (lambda: forecast_arrivals(bad(), calendar=pd.DataFrame({"date": ["2026-03-03"], "day_kind": ["lazy"]})), "kind of day"),
    (lambda: forecast_arrivals(bad().assign(starts_at=lambda t: t["starts_at"] + pd.to_timedelta(np.arange(30) % 2, unit="h"))), "lacks some"),
    (lambda: forecast_arrivals(bad()).of("2027-01-01"), "not in it"),
    (lambda: check_forecast(bad()), "Choose a smaller"),
    (lambda: check_forecast(bad(), least_days=3), "at least 28"),
    (lambda: intraday_profile(bad(), by="month"), "day_kind, weekday"),
    (lambda: intraday_profile(bad(calls=0)), "no call"),
    (lambda: arrivals_per_interval(pd.DataFrame({"entered_queue_at": [pd.NaT]})), "no call with a moment"),
    (lambda: arrivals_per_interval(bad(), moment="starts_at", minutes=7), "divide a day"),
    (lambda: arrivals_per_interval(bad(), moment="starts_at", hours=(21, 8)), "hours of the clock"),
    (lambda: arrivals_per_interval(bad(), moment="starts_at", first="2026-05-01", last="2026-04-01"), "before first"),
    (lambda: arrivals_per_interval(bad(), moment="starts_at", first="1900-01-01"), "wrong date"),
    (lambda: arrivals_per_interval([1], moment="starts_at"), "pandas table"),
])  # fmt: skip
def test_bad_input_ends_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_inputs_stay_and_figures_are_drawn(known, firm, firm_arrivals):
    arrivals = known.tail(6 * 120)
    before = arrivals.copy()
    for language in ("zh", "en"):
        crm.setup(language)
        made, check = forecast_arrivals(arrivals, days=7), check_forecast(arrivals, days=7, every=14, least_days=60)
        assert made.plot().has_data() and check.plot().has_data() and made.summary() and check.summary()
        assert crm.plotting.intraday_profile(intraday_profile(firm_arrivals, by="weekday")).has_data()
    pd.testing.assert_frame_equal(arrivals, before)
