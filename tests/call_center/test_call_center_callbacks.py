"""Callbacks: drawn by strata, estimated with weights, held against the truth of simulated calls; the loop of every complaint."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib import call_center as cc
from crmlib.call_center.callbacks import _allocated

mpl.use("Agg")


@pytest.fixture(scope="module")
def settled():
    cases = crm.company.lark().cases
    return cases[cases["resolved_at"].notna() & cases["kind"].isin(["complaint", "claim"])]


@pytest.fixture(scope="module")
def sample(settled):
    return cc.callback_sample(settled, size=240, strata="grade", allocation="equal", rng=1)


@pytest.fixture(scope="module")
def practice(sample, settled):
    return cc.practice_callbacks(sample, cases=settled, rng=2)


def test_the_size_is_cochran_s_and_the_calls_are_counted():
    found = cc.callback_size(2000, margin=0.05, attempts=3, contact_chance=0.4, cooperation=0.85)
    assert found.interviews == 323 and found.reached_share == pytest.approx(1 - 0.6**3)
    assert found.numbers == int(np.ceil(323 / (found.reached_share * 0.85)))
    assert found.calls == pytest.approx(found.numbers * (1 + 0.6 + 0.36)), "first, second and third attempts"
    assert not cc.callback_size(200, margin=0.02).enough and "only 200" in cc.callback_size(200, margin=0.02).summary()
    for wrong in ({"population": 0}, {"margin": 0}, {"contact_chance": 40}, {"cooperation": 0.0}, {"attempts": 0}):
        with pytest.raises(ValueError):
            cc.callback_size(**{"population": 100, "margin": 0.05} | wrong)


def test_the_draw_keeps_its_size_and_its_weights_add_up(settled, sample):
    assert len(sample) == 240 and sample["case_id"].is_unique and sample["weight"].sum() == pytest.approx(len(settled))
    assert sample["stratum"].value_counts().tolist() == [80, 80, 80] and sample.index.isin(settled.index).all()
    held = settled["grade"].value_counts()
    assert (sample["draw_chance"] == 80 / sample["stratum_size"]).all() and sample.groupby("stratum")[
        "stratum_size"
    ].first().to_dict() == held.to_dict()
    again = cc.callback_sample(settled, size=240, strata="grade", allocation="equal", rng=1)
    pd.testing.assert_frame_equal(again, sample)
    two = cc.callback_sample(settled, size=120, strata=["kind", "grade"], rng=3)
    assert two["weight"].sum() == pytest.approx(len(settled)) and two["stratum"].nunique() == 6


def test_neyman_draws_where_answers_vary(settled):
    known = settled.assign(was=(settled["satisfied_after"] == "satisfied").where(settled["satisfied_after"].notna()))
    known.loc[known["grade"] == "ordinary", "was"] = True
    drawn = cc.callback_sample(known, size=120, strata="grade", allocation="neyman", spread="was", rng=1)
    share = drawn.groupby("stratum")["draw_chance"].first()
    assert share["ordinary"] < 0.5 * share["serious"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.data())
def test_allocation_is_whole_within_bounds_and_adds_up(held, data):
    held = np.array(held)
    least = np.minimum(2, held)
    size = data.draw(st.integers(int(least.sum()), int(held.sum())))
    wanted = np.array(data.draw(st.lists(st.floats(0.01, 9), min_size=len(held), max_size=len(held))))
    drawn = _allocated(held, size, wanted, least)
    assert drawn.sum() == size and (drawn >= least).all() and (drawn <= held).all()
    even = _allocated(held, size, held.astype(float), np.zeros(len(held), int))
    assert (np.abs(even - size * held / held.sum()) <= 1 + 1e-9).all(), "proportional: within one of the exact share"


def test_bad_draws_are_told(settled):
    few = settled[["case_id", "grade"]].head(20)
    for wrong, match in (
        ({"size": 30}, "only 20 cases"), ({"allocation": "lottery"}, "lottery"), ({"allocation": "neyman"}, "needs spread"),
        ({"strata": "team"}, "lacks"),
        ({"rng": None}, "rng must"), ({"size": 2, "least": 5}, "merge strata"), ({"cases": pd.concat([few, few])}, "more than once"),
        ({"cases": few.assign(weight=1)}, "column weight of its own"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=match):
            cc.callback_sample(**{"cases": few, "size": 6, "strata": "grade", "rng": 1} | wrong)


def test_the_silent_stay_in_the_base(sample, practice):
    calls, __ = practice
    found = cc.callback_response(sample, calls, by="grade")
    answered = calls[calls["result"] == "answered"]["case_id"].nunique()
    assert found.table["drawn"].sum() == 240 and found.table["answered"].sum() == answered
    assert (found.table["response_rate"] == found.table["answered"] / found.table["drawn"]).all()
    assert np.allclose(found.table["response_rate"], found.table["contact_rate"] * found.table["cooperation_rate"])
    assert found.by_attempt["tried"].tolist()[0] == 240 and found.by_attempt["response_so_far"].iloc[-1] == pytest.approx(answered / 240)
    assert found.by_attempt["tried"].is_monotonic_decreasing
    nobody = cc.callback_response(sample, calls[:0])
    assert nobody.table["response_rate"].tolist() == [0.0] and "0 answered" in nobody.summary()
    for wrong, match in ((calls.assign(result="gone"), "result is unknown"), (calls.assign(case_id="x"), "no case of the sample"),
                         (pd.concat([calls, calls]), "more than once")):  # fmt: skip
        with pytest.raises(ValueError, match=match):
            cc.callback_response(sample, wrong)


def test_practice_calls_are_what_the_standards_say(settled):
    all_of_them = cc.callback_sample(settled, size=len(settled), strata="kind", rng=1)
    calls, truth = cc.practice_callbacks(all_of_them, rng=4)
    mood = calls["case_id"].map(truth.set_index("case_id")["satisfied_now"])
    first = (calls["attempt"] == 1) & (calls["result"] != "wrong_number")
    for happy, chance in ((True, 0.45), (False, 0.30)):
        got = calls["result"].isin(["answered", "refused"])[first & (mood == happy)]
        assert got.mean() == pytest.approx(chance, abs=3 * np.sqrt(chance * (1 - chance) / len(got)))
    told = calls.dropna(subset=["satisfied_now"])
    assert (told["satisfied_now"].astype(bool) == mood[told.index]).all() and (told["result"] == "answered").all()
    known = settled.dropna(subset=["satisfied_after"])
    kept = truth.set_index("case_id")["satisfied_now"].reindex(known["case_id"])
    assert (kept.to_numpy() == (known["satisfied_after"] == "satisfied").to_numpy()).all(), "who was asked keeps the answer"
    with pytest.raises(ValueError, match="not among the cases"):
        cc.practice_callbacks(all_of_them, cases=settled.head(10), rng=1)


def test_with_everybody_answering_it_is_the_stratified_mean_of_the_textbook(sample):
    """Cochran, chapter 5: Σ W y, variance Σ W² s² (1 − f) / n."""
    happy = pd.Series(np.random.default_rng(5).random(len(sample)) < 0.6, index=sample.index)
    calls = pd.DataFrame({"case_id": sample["case_id"], "attempt": 1, "result": "answered", "satisfied_now": happy})
    found = cc.callback_estimate(sample, calls)
    parts = happy.astype(float).groupby(sample["stratum"]).agg(["mean", "var", "size"])
    size = sample.groupby("stratum")["stratum_size"].first()
    weight = size / size.sum()
    mean, error = (weight * parts["mean"]).sum(), np.sqrt((weight**2 * parts["var"] * (1 - parts["size"] / size) / parts["size"]).sum())
    for name in ("design_weighted", "response_weighted"):
        assert found.table.loc[name, "share"] == pytest.approx(mean) and found.table.loc[name, "standard_error"] == pytest.approx(error)
    assert found.bounds == pytest.approx((mean, mean)) and found.response_rate == pytest.approx(1)


def test_weighting_by_strata_is_poststratification(sample, practice):
    """With only the strata known, each stratum counts by its size with the mean of those of it who answered."""
    calls, __ = practice
    found = cc.callback_estimate(sample, calls)
    size = sample.groupby("stratum")["stratum_size"].first()
    by_hand = (found.by_stratum["share"] * size / size.sum()).sum()
    assert found.table.loc["response_weighted", "share"] == pytest.approx(by_hand, abs=1e-4)
    assert found.answered == found.by_stratum["answered"].sum() and found.by_attempt["answered"].iloc[-1] == found.answered


def test_non_response_flatters_and_only_the_bounds_hold_the_truth(sample, practice):
    """The dissatisfied are harder to reach: every weighted estimate lies above the truth, which the bounds contain."""
    calls, truth = practice
    found, true = cc.callback_estimate(sample, calls, known=["kind", "channel"]), truth["satisfied_now"].mean()
    assert (found.table["share"] > true).all() and found.table.loc["response_weighted", "low"] > true
    assert found.bounds[0] < true < found.bounds[1]
    assert found.by_attempt["share"].is_monotonic_decreasing, "each further attempt reaches less satisfied people"
    assert found.if_silent_differ(-0.3) < found.if_silent_differ(0) == found.table.loc["response_weighted", "share"]


def test_whoever_draws_everybody_still_has_the_chance_of_who_answers(settled):
    """Drawn whole, the strata leave no chance of the draw; with equal response in each the error is that of the answers alone."""
    whole = cc.callback_sample(settled, size=len(settled), strata="grade", rng=1)
    answers = np.arange(len(whole)) % 2 == 0
    happy = np.random.default_rng(5).random(len(whole)) < 0.6
    calls = pd.DataFrame({"case_id": whole["case_id"], "attempt": 1, "result": np.where(answers, "answered", "no_answer"),
                          "satisfied_now": pd.array(np.where(answers, happy, None), dtype="boolean")})  # fmt: skip
    table = cc.callback_estimate(whole, calls).table
    assert table.loc["response_weighted", "standard_error"] == pytest.approx(table.loc["design_weighted", "standard_error"], rel=0.05)


def test_bad_answers_are_told(sample, practice):
    calls, __ = practice
    spoken = calls["result"] == "answered"
    silent = calls[~calls["case_id"].isin(sample["case_id"][sample["stratum"] == "major"])]
    for wrong, match in (
        (calls.assign(satisfied_now=True), "nobody answered"), (calls.assign(satisfied_now=pd.NA), "is missing"),
        (calls[~spoken], "Nobody answered"),
        (silent, "some strata"), (calls.drop(columns="satisfied_now"), "lacks the column"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=match):
            cc.callback_estimate(sample, wrong)


# The loop


def loop_cases() -> pd.DataFrame:
    day = pd.to_datetime
    return pd.DataFrame({
        "case_id": list("abcdefgh"), "kind": ["complaint"] * 6 + ["inquiry", "claim"], "customer_id": list("pqrstupq"),
        "waybill_id": ["w1", "w2", None, "w4", "w5", "w6", "w7", "w1"],
        "cause": ["loss", "delay", "price", "damage", "delay", "delay", "price", "loss"],
        "opened_at": day(["2026-10-01"] * 4 + ["2026-10-10", "2026-10-19", "2026-10-01", "2026-10-12"]),
        "first_response_at": day(["2026-10-01"] * 4 + [None, None, "2026-10-02", "2026-10-13"]),
        "resolved_at": day(["2026-10-03", "2026-10-04", "2026-10-05", "2026-10-06", None, None, "2026-10-02", "2026-10-25"]),
        "satisfied_after": ["satisfied", "satisfied", "dissatisfied", None, None, None, None, "satisfied"],
    })  # fmt: skip


def test_each_case_stands_where_it_should():
    found = cc.closed_loop(loop_cases(), as_of="2026-10-20")
    state = found.cases.set_index("case_id")["loop_state"].astype(str).to_dict()
    assert state == {
        "a": "reopened",
        "b": "closed",
        "c": "dissatisfied",
        "d": "not_called",
        "e": "open_too_long",
        "f": "open_in_time",
        "h": "open_too_long",
    }
    rows = found.cases.set_index("case_id")
    assert rows.loc["a", "reopened_by"] == "h" and pd.isna(rows.loc["h", "resolved_at"]), "settled only later"
    assert rows["open_to_appeal"][rows["open_to_appeal"]].index.tolist() == ["c", "e", "h"]
    assert found.steps["cases"].tolist() == [7, 5, 4, 3, 2, 1] and found.states["cases"].sum() == 7
    assert found.to_do()["case_id"].tolist() == ["e", "h", "c", "a", "d"]
    calls = pd.DataFrame({"case_id": ["d", "b"], "result": ["no_answer", "answered"], "satisfied_now": [None, False]})
    after = cc.closed_loop(loop_cases(), as_of="2026-10-20", attempts=calls).cases.set_index("case_id")["loop_state"].astype(str)
    assert after["d"] == "not_reached" and after["b"] == "dissatisfied"
    assert cc.closed_loop(loop_cases(), as_of="2026-10-20", reopen_days=5).cases["reopened"].sum() == 0


def test_reopening_is_found_as_in_a_plain_loop(settled):
    cases = crm.company.lark().cases
    found = cc.closed_loop(cases, as_of="2026-11-01").cases.set_index("case_id")
    own = cases[cases["kind"].isin(["complaint", "claim"])]
    by_parcel = {waybill: rows for waybill, rows in own.dropna(subset=["waybill_id"]).groupby("waybill_id") if len(rows) > 1}
    for waybill, rows in by_parcel.items():
        for case in rows.itertuples():
            later = rows[(rows["opened_at"] > case.resolved_at) & (rows["opened_at"] <= case.resolved_at + pd.Timedelta(days=30))]
            assert found.loc[case.case_id, "reopened"] == (len(later) > 0), waybill
    assert found["satisfied_now"].notna().sum() == own["satisfied_after"].notna().sum()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 700))
def test_the_loop_counts_every_case_once_on_any_day(days):
    found = cc.closed_loop(crm.company.lark().cases, as_of=pd.Timestamp("2024-11-20") + pd.Timedelta(days=days))
    assert found.states["cases"].sum() == len(found.cases) == found.steps["cases"].iloc[0]
    assert found.steps["cases"].is_monotonic_decreasing and (found.cases["days"] >= 0).all()


def test_bad_loops_are_told(settled):
    for wrong, match in (({"as_of": "2020-01-01"}, "later day"), ({"as_of": "soon"}, "no date"),
                         ({"cases": loop_cases().drop(columns="resolved_at")}, "lacks"),
                         ({"cases": pd.concat([loop_cases()] * 2)}, "more than once"), ({"reopen_days": -1}, "above 0"),
                         ({"attempts": pd.DataFrame({"case_id": ["a"], "result": ["x"]})}, "result is unknown")):  # fmt: skip
        with pytest.raises(ValueError, match=match):
            cc.closed_loop(**{"cases": loop_cases(), "as_of": "2026-10-20"} | wrong)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_figures_and_summaries(language, sample, practice, settled):
    crm.setup(language)
    calls, truth = practice
    response, estimate = cc.callback_response(sample, calls), cc.callback_estimate(sample, calls)
    loop = cc.closed_loop(loop_cases(), as_of="2026-10-20")
    for found in (response, estimate, loop):
        assert "{" not in found.summary() and found.plot() is not None
    assert "闭环" in loop.summary() if language == "zh" else "are closed" in loop.summary()
    words = "".join([estimate.headline(), estimate.advice(), loop.headline(), loop.advice()])
    assert all(f"{end:.0%}" in estimate.headline() for end in estimate.bounds)
    assert "{" not in words and f"{estimate.answered / estimate.drawn:.0%}" in words and f"{loop.steps.share['stayed_closed']:.0%}" in words
    short = cc.callback_size(50, margin=0.03)
    assert [bar.get_width() for bar in short.plot().patches] == [short.interviews, short.numbers, short.calls]
    assert "50" in " ".join(text.get_text() for text in plt.gca().texts)
    ax = crm.plotting.callback_estimates(estimate, true_share=float(truth["satisfied_now"].mean()))
    assert any("%" in text.get_text() for text in ax.texts)
    plt.close("all")
    for draw in (crm.plotting.callback_attempts, crm.plotting.callback_effort, crm.plotting.callback_estimates, crm.plotting.closed_loop):
        with pytest.raises(ValueError, match="crm.call_center"):
            draw(3)
