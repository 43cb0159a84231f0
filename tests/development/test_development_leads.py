"""Leads: entered twice, scored, on their way through the funnel, and which channel wins them."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import development, plotting
from crmlib.company import lark
from crmlib.development.logistic import fit_logistic


def leads(count: int = 40) -> pd.DataFrame:
    """Every other lead won; every fourth came by referral."""
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(count), unit="D")
    won = np.arange(count) % 2 == 0
    return pd.DataFrame({
        "lead_id": [f"L{number}" for number in range(count)], "name": [f"{chr(0x4E00 + 7 * number)}店铺" for number in range(count)],
        "phone": [f"129****{number:04d}" for number in range(count)], "source": np.where(np.arange(count) % 4 == 0, "referral", "website"),
        "market": np.where(np.arange(count) % 3 == 0, "corporate", "e_commerce"), "expected_parcels": np.arange(1.0, count + 1),
        "created_on": days, "contacted_on": days + pd.Timedelta(days=1), "qualified_on": days + pd.Timedelta(days=3),
        "quoted_on": days + pd.Timedelta(days=6), "closed_on": days + pd.Timedelta(days=10), "stage": np.where(won, "won", "lost"),
        "lost_reason": np.where(won, None, "price"), "customer_id": np.where(won, [f"C{number}" for number in range(count)], None),
    })  # fmt: skip


def test_no_lead_is_a_duplicate_of_itself_and_chains_end_at_the_first():
    table = leads(3).assign(name=["沐柚家具有限公司", "沐柚家具", "沐柚家具（有限公司）"], phone="129****0001")
    pairs = development.duplicate_leads(table).pairs
    assert pairs[["lead_id", "duplicate_of"]].values.tolist() == [["L1", "L0"], ["L2", "L0"]]
    assert development.duplicate_leads(table).keep(table)["lead_id"].tolist() == ["L0"]


def test_same_phone_with_another_name_and_same_name_with_another_phone_are_two_firms():
    assert development.duplicate_leads(leads(2).assign(phone="129****0001")).pairs.empty
    assert development.duplicate_leads(leads(2).assign(name="沐柚家具")).pairs.empty
    without = leads(2).assign(name="沐柚家具", phone=[None, "129****0001"])
    assert development.duplicate_leads(without).pairs["same_phone"].tolist() == [False], "but a missing phone says nothing against it"


def test_too_long_ago_is_no_duplicate():
    table = leads(2).assign(name="沐柚家具", phone="129****0001", created_on=pd.to_datetime(["2026-01-01", "2026-06-01"]))
    assert development.duplicate_leads(table).pairs.empty
    assert len(development.duplicate_leads(table, days=365).pairs) == 1


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(["沐柚家具", "沐柚家具有限公司", "蔚澍灯饰", "笙禾"]), min_size=1, max_size=12), st.integers(1, 3))
def test_what_is_kept_has_no_duplicates_left(names, phones):
    table = leads(len(names)).assign(name=names, phone=[f"129****000{place % phones}" for place in range(len(names))])
    kept = development.duplicate_leads(table).keep(table)
    assert development.duplicate_leads(kept).pairs.empty if len(kept) else False
    assert kept["lead_id"].is_unique and "L0" in set(kept["lead_id"])


def test_logistic_reaches_the_highest_likelihood():
    from scipy.optimize import minimize

    rng = np.random.default_rng(4)
    columns = pd.DataFrame({"x": rng.normal(3, 2, 400), "y": rng.integers(0, 2, 400).astype(float)})
    outcome = (rng.random(400) < 1 / (1 + np.exp(1 - 0.4 * columns["x"] + columns["y"]))).to_numpy(dtype=float)
    design = np.column_stack([np.ones(400), columns])

    def loss(beta):
        return np.logaddexp(0, design @ beta).sum() - outcome @ design @ beta

    best = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-7})
    ours = fit_logistic(columns, outcome, penalty=0.0)
    assert np.allclose(ours.coefficients, best.x, atol=1e-4)
    step = 1e-4 * np.eye(3)
    curve = np.array(
        [[(loss(best.x + i + j) - loss(best.x + i - j) - loss(best.x - i + j) + loss(best.x - i - j)) / 4e-8 for j in step] for i in step]
    )
    assert np.allclose(ours.covariance, np.linalg.inv(curve), rtol=0.01, atol=1e-5)


def test_a_group_that_always_wins_stays_finite():
    columns = pd.DataFrame({"x": [0.0, 0, 0, 1, 1, 1]})
    fit = fit_logistic(columns, np.array([0, 1, 0, 1, 1, 1]))
    assert np.isfinite(fit.coefficients).all() and fit.chance(columns)[-1] > 0.9


def test_scores_use_only_what_was_decided_by_then():
    frame = development.lead_frame(leads(400))
    frame["closed_on"] = frame["closed_on"] + pd.Timedelta(days=150)
    late = development.lead_frame(leads(400))
    args = {"split": "2026-07-01", "as_of": "2027-02-04", "settle_days": 30, "resamples": 100, "rng": 1}
    with pytest.raises(ValueError, match="before the split"):
        development.lead_score(frame[frame["known_on"] > "2026-01-31"], **args)
    score = development.lead_score(late, **args)
    assert score.learnt_from == 151 and score.still_open == 0, "known 30 days before the split, and decided by it"


def test_open_leads_are_left_out_and_counted():
    frame = development.lead_frame(leads(400))
    frame.loc[frame.index[:7], ["won", "closed_on"]] = [np.nan, pd.NaT]
    assert development.lead_score(frame, split="2026-09-01", as_of="2027-02-04", resamples=100, rng=1).still_open == 7


def test_scores_rank_and_can_be_used_on_new_leads():
    table = leads(400)
    good = table["source"] == "referral"
    table["stage"] = np.where(good | (np.arange(400) % 10 == 0), "won", "lost")
    frame = development.lead_frame(table)
    score = development.lead_score(frame, split="2026-09-01", as_of="2027-02-04", resamples=100, rng=1)
    chance = score.score(frame)
    assert chance.index[0] in set(table.loc[good, "lead_id"]) and chance.between(0, 1).all()
    again = development.lead_score(frame, split="2026-09-01", as_of="2027-02-04", resamples=100, rng=1)
    assert again.metrics.equals(score.metrics), "the same seed gives the same intervals"


def test_funnel_counts_by_hand():
    table = leads(4)
    table.loc[1, ["quoted_on", "closed_on", "stage", "lost_reason"]] = [pd.NaT, pd.NaT, "qualified", None]
    found = development.funnel(table, as_of="2026-01-31").table.set_index("stage")
    assert found["arrived"].tolist() == [4, 4, 4, 3, 2] and found["waiting"].tolist() == [0, 0, 1, 0, 0]
    assert found["conversion"]["quoted"] == pytest.approx(2 / 3) and found["conversion"]["qualified"] == 1.0
    assert found["chance_to_win"]["new"] == pytest.approx(2 / 3)


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 30), st.integers(0, 2**31))
def test_every_lead_is_somewhere_in_the_funnel(count, seed):
    rng = np.random.default_rng(seed)
    table, depth = leads(count), rng.integers(1, 5, count)
    for place, column in enumerate(("contacted_on", "qualified_on", "quoted_on"), 1):
        table[column] = table[column].where(depth > place)
    still = rng.random(count) < 0.3
    table["stage"] = np.where(still, np.array(["new", "contacted", "qualified", "quoted"])[depth - 1], np.where(depth == 4, "won", "lost"))
    table["closed_on"] = table["closed_on"].where(~still)
    parts = development.funnel(table, as_of="2026-12-31", by="source").table
    whole = development.funnel(table, as_of="2026-12-31").table
    assert (parts.groupby("stage", sort=False)["arrived"].sum().to_numpy() == whole["arrived"].to_numpy()).all()
    assert ((whole["moved_on"] + whole["lost"] + whole["waiting"])[:-1] == whole["arrived"][:-1]).all()


def test_leads_still_waiting_make_a_step_longer():
    table = leads(40)
    open_ones = table.index[30:]
    table.loc[open_ones, "stage"], table.loc[open_ones, "closed_on"] = "quoted", pd.NaT
    times = development.stage_times(table, as_of="2026-12-31").table
    assert times.loc["quoted", "median_days"] == 4.0 and times.loc["quoted", "moved_or_lost"] == 30
    assert development.stage_times(table[:30], as_of="2026-12-31").table.loc["quoted", "leads"] == 30


def test_what_came_after_the_last_day_known_does_not_count():
    early = development.funnel(leads(20), as_of="2026-01-15").table.set_index("stage")
    assert early["arrived"].tolist() == [15, 14, 12, 9, 3] and early["waiting"].sum() == 10
    assert development.stage_times(leads(20), as_of="2026-01-15").table.loc["quoted", "moved_or_lost"] == 5


def test_win_rates_by_hand():
    found = development.win_rates(leads(40))
    assert found.table.loc["referral", "rate"] == 1.0 and found.table.loc["website", "rate"] == pytest.approx(1 / 3)
    assert found.table.loc["website", ["odds_ratio", "odds_low", "odds_high"]].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("change", "call", "words"),
    [
        ({}, lambda table: development.duplicate_leads(table[:0]), "no leads"),
        ({}, lambda table: development.duplicate_leads(table, matcher="eyes"), "difflib"),
        ({}, lambda table: development.duplicate_leads(table.drop(columns="phone")), "phone"),
        ({"created_on": "2026-01-01"}, development.duplicate_leads, "text, not dates"),
        ({"lead_id": "L1"}, development.duplicate_leads, "stands twice"),
        ({}, lambda table: development.lead_frame(table, moment="yesterday"), "created, contacted, quoted"),
        ({}, lambda table: development.lead_frame(table, moment="quoted"), "table of quotes"),
        ({"source": "newspaper"}, development.lead_frame, "source is not known"),
        ({"expected_parcels": "many"}, development.lead_frame, "not a number"),
        ({"expected_parcels": 0}, development.lead_frame, "above 0"),
        ({"quoted_on": pd.Timestamp("2020-01-01")}, lambda table: development.funnel(table, as_of="2026-12-31"), "is before"),
        ({"contacted_on": pd.NaT}, lambda table: development.funnel(table, as_of="2026-12-31"), "without contacted_on"),
        ({"stage": "quoted"}, lambda table: development.funnel(table, as_of="2026-12-31"), "contradict"),
        ({}, lambda table: development.stage_times(table, as_of="2025-01-01"), "No lead was entered by 2025-01-01"),
        ({"stage": "new"}, development.win_rates, "decided yet"),
        ({}, lambda table: development.win_rates(table, base="radio"), "no group radio"),
    ],
)
def test_bad_leads_end_in_a_sentence(change, call, words):
    with pytest.raises(ValueError, match=words):
        call(leads(30).assign(**change))


def test_both_matchers_find_the_same_or_say_what_is_missing():
    from importlib.util import find_spec

    table = leads(2).assign(name=["沐柚家具生活馆", "沐柚家具生活"], phone="129****0001")
    if find_spec("rapidfuzz"):
        assert development.duplicate_leads(table, matcher="rapidfuzz").pairs["lead_id"].tolist() == ["L1"]
    else:
        with pytest.raises(ValueError, match="not installed"):
            development.duplicate_leads(table, matcher="rapidfuzz")


def open_leads(parcels):
    count = len(parcels)
    return pd.DataFrame({"lead_id": [f"L{place}" for place in range(count)], "expected_parcels": parcels, "closed_on": pd.NaT,
                         "contacted_on": pd.NaT})  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 300)), min_size=1, max_size=8), st.integers(1, 9))
def test_first_calls_are_those_with_most_to_expect_and_count_signings_right(rows, calls):
    table = open_leads([parcels for _chance, parcels in rows])
    chances = pd.Series([chance for chance, _parcels in rows], index=table["lead_id"])
    result = development.first_calls(table, chances, calls=calls)
    best = sorted((chance * parcels for chance, parcels in rows), reverse=True)[:calls]
    assert np.allclose(result.chosen["worth_parcels"], best)
    # Every way in which the leads called can end, one by one.
    chosen, ways = result.chosen["win_chance"].to_numpy(), {}
    for ends in itertools.product((0, 1), repeat=len(chosen)):
        ways[sum(ends)] = ways.get(sum(ends), 0) + np.prod([one if end else 1 - one for one, end in zip(chosen, ends, strict=True)])
    assert sum(way for wins, way in ways.items() if result.low <= wins <= result.high) >= 0.95 - 1e-9
    assert np.isclose(result.signings, sum(wins * way for wins, way in ways.items()))


def test_first_calls_leave_out_what_is_settled():
    table = open_leads([1, 900])
    table["closed_on"] = pd.to_datetime([None, "2026-10-01"])
    result = development.first_calls(table, pd.Series({"L0": 0.5}), calls=20)
    assert result.chosen["lead_id"].tolist() == ["L0"] and result.share == 1.0
    assert "20" not in result.summary() and "1" in result.headline()


def test_first_calls_say_what_is_wrong():
    table, chances = open_leads([3, 4]), pd.Series({"L0": 0.5, "L1": 0.1})
    for bad, words in (
        ({"calls": 0}, "calls"), ({"calls": 1.5}, "calls"), ({"chances": {"L0": 0.5}}, "Series"),
        ({"chances": pd.Series({"L0": 0.5})}, "L1|1"), ({"chances": chances * 9}, "0"), ({"level": 95}, "level"),
        ({"leads": table.assign(closed_on=pd.Timestamp("2026-10-01"))}, "open"), ({"leads": table.drop(columns="contacted_on")}, "contacted_on"),
        ({"leads": pd.concat([table, table])}, "lead_id"),
    ):  # fmt: skip
        given_all = {"leads": table, "chances": chances, "calls": 1, **bad}
        with pytest.raises(ValueError, match=words):
            development.first_calls(given_all.pop("leads"), given_all.pop("chances"), **given_all)


def test_a_score_keeps_the_leads_it_was_judged_on():
    frame = development.lead_frame(lark().leads, moment="contacted")
    score = development.lead_score(frame, split="2025-11-01", as_of="2026-10-31", resamples=100, rng=1)
    assert len(score.judged) == score.judged_on and score.judged["win_chance"].is_monotonic_decreasing
    assert score.judged["won"].notna().all() and (score.judged["known_on"] >= "2025-11-01").all()
    assert np.allclose(score.score(frame)[score.judged.index], score.judged["win_chance"])
    expected = lark().leads.set_index("lead_id").expected_parcels
    assert np.allclose(expected[score.judged.index], score.judged["expected_parcels"])
    theirs = score.effects.set_index("feature").odds_ratio
    middle = [line.get_xdata()[0] for line in plotting.lead_effects(score).lines if line.get_marker() == "o"]
    assert np.allclose(sorted(middle), sorted([*theirs.drop(["intercept", "log_parcels"]), theirs["log_parcels"] ** np.log(2)]))
    with pytest.raises(ValueError, match="called"):
        plotting.lead_gain(score, called=30)
    for draw in (plotting.lead_effects, plotting.lead_calibration, plotting.first_calls):
        with pytest.raises(ValueError):
            draw("score")
