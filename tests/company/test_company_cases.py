"""The cases: calibrated as stated, in order of time, and the stated parameters found again by standard estimators."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from voice_estimators import logit_intervals, ols_intervals

from crmlib.company.case_texts import PHRASES, write_cases
from crmlib.company.cases import SITUATIONS, CaseScenario, daily_load, draw_cases, parcel_latents, situations
from crmlib.company.simulation import draw_world
from crmlib.company.tables.voice import CASES
from crmlib.company.wording import choose, mistyped

STATED = CaseScenario()


@pytest.fixture(scope="module")
def world():
    return draw_world(customers=4000, months=24, seed=5)


@pytest.fixture(scope="module")
def drawn(world):
    return draw_cases(world, STATED)


@pytest.fixture(scope="module")
def cases(drawn):
    return drawn[0]["cases"]


@pytest.fixture(scope="module")
def truth(drawn):
    return drawn[1]["cases"]


@pytest.fixture(scope="module")
def parcels(world, cases, truth):
    """Parcels whose cases were all opened before the data end, with what the chances depend on."""
    latent = parcel_latents(world)
    happened = situations(world.fates)
    came = {kind: world.waybills["waybill_id"].isin(truth["waybill_id"][cases["kind"] == kind]) for kind in ("complaint", "inquiry")}
    frame = pd.DataFrame({name: happened == place for place, name in enumerate(SITUATIONS)} | came).astype(float)
    frame["complaint_construct"], frame["notices"] = latent["complaint"], latent["notices"]
    frame["busy"] = (daily_load(world)[latent["day"]] - 1) * frame["late"]
    return frame[(world.waybills["promised_at"] < world.end - pd.Timedelta(days=25)).to_numpy()]


def test_the_table_keeps_its_contract_and_comes_out_the_same_again(world, cases):
    CASES.pandera_schema().validate(cases, lazy=True)
    pd.testing.assert_frame_equal(draw_cases(world, STATED)[0]["cases"], cases)


def test_keys_refer_and_waybills_belong_to_the_customer(world, cases):
    known = cases.dropna(subset=["waybill_id"]).merge(world.waybills, on="waybill_id", how="left", suffixes=("", "_sent"))
    assert (known["customer_id"] == known["customer_id_sent"]).all()
    assert (known["opened_at"] > known["picked_up_at"]).all()
    assert set(cases["customer_id"]) <= set(world.customers["customer_id"])
    assert 0.03 < cases["waybill_id"].isna().mean() < 0.3 and not cases.loc[cases["waybill_id"].isna(), "insured"].any()


def test_moments_come_in_order_and_open_cases_have_no_ending(world, cases):
    assert cases["opened_at"].is_monotonic_increasing and (cases["opened_at"] < world.end).all()
    assert (cases["first_response_at"].dropna() > cases["opened_at"][cases["first_response_at"].notna()]).all()
    settled = cases[cases["resolved_at"].notna()]
    assert (settled["resolved_at"] > settled["first_response_at"]).all() and (settled["resolved_at"] < world.end).all()
    unsettled = cases[cases["resolved_at"].isna()]
    assert len(unsettled) > 0 and unsettled[["outcome", "compensation_yuan", "satisfied_after"]].isna().all(axis=None)
    assert settled[["outcome", "compensation_yuan"]].notna().all(axis=None)


def test_complaints_are_one_to_five_per_thousand_parcels(world, cases):
    assert 1 <= 1000 * (cases["kind"] == "complaint").sum() / len(world.waybills) <= 5


def test_causes_are_near_those_of_the_appeals_and_delay_grows_at_the_peak(cases, truth):
    mine = cases["kind"] == "complaint"
    cause = truth["cause"][mine]
    share = cause.value_counts(normalize=True)
    assert share["loss"] == pytest.approx(0.237, abs=0.05) and share["damage"] == pytest.approx(0.236, abs=0.05)
    assert share["delay"] == pytest.approx(0.159, abs=0.05)
    assert share[["signed_not_received", "attitude", "address"]].sum() == pytest.approx(0.226, abs=0.05)
    delay, busy = cause == "delay", truth["load"][mine] > 1.2
    assert delay[busy].mean() > delay[~busy].mean() + 0.04


def test_logistic_regression_finds_the_chance_of_a_complaint_by_what_happened(parcels):
    found = logit_intervals(parcels["complaint"], parcels[[*SITUATIONS, "complaint_construct", "busy"]])
    stated = {name: np.log(chance / (1 - chance)) for name, chance in STATED.complaint_chance.items()}
    stated |= {"complaint_construct": STATED.complaint_slope, "busy": STATED.complaint_peak}
    for name, (low, high) in found.iterrows():
        assert low <= stated[name] <= high, name


def test_logistic_regression_finds_what_notices_do_to_inquiries(parcels):
    found = logit_intervals(parcels["inquiry"], parcels[[*SITUATIONS, "notices"]])
    low, high = found.loc["notices"]
    assert low <= STATED.inquiry_notices <= high < 0


def test_regression_finds_the_queue_at_the_peak(cases, truth):
    answered = cases["first_response_at"].notna()
    hours = (cases["first_response_at"] - cases["opened_at"]).dt.total_seconds()[answered] / 3600
    x = pd.get_dummies(cases["grade"])[answered].astype(float)
    x = x.assign(hotline=(cases["channel"] == "hotline").astype(float), load=np.log(truth["load"]))
    found, spread = ols_intervals(np.log(hours), x.loc[hours.index])
    stated = {name: np.log(median) for name, median in STATED.response_hours.items()}
    stated |= {"hotline": np.log(STATED.hotline_pace), "load": STATED.response_load}
    for name, (low, high) in found.iterrows():
        assert low <= stated[name] <= high, name
    assert spread == pytest.approx(STATED.response_spread, rel=0.05)


def test_logistic_regression_finds_what_pleases_afterwards(cases, truth):
    asked = cases[cases["satisfied_after"].notna()]
    x = pd.DataFrame({
        "base": 1.0, "log_days": np.log1p((asked["resolved_at"] - asked["opened_at"]).dt.total_seconds() / 86400),
        "paid": (asked["compensation_yuan"] > 0).astype(float), "unfounded": (asked["outcome"] == "unfounded").astype(float),
        "satisfaction": truth["satisfaction"][asked.index],
    })  # fmt: skip
    found = logit_intervals((asked["satisfied_after"] == "satisfied").astype(float), x)
    for name, (low, high) in found.iterrows():
        assert low <= ({"base": STATED.after_base} | STATED.after_effects)[name] <= high, name


def test_most_disputes_are_settled_within_the_seven_days_of_the_law(cases):
    disputes = cases[cases["kind"].isin(["complaint", "claim"])]
    days = (disputes["resolved_at"] - disputes["opened_at"]).dt.total_seconds() / 86400
    assert 0.8 < (days <= 7).mean() < 0.97


def test_claims_follow_loss_and_damage_and_only_settlements_with_money_pay(cases, truth):
    claims = cases["kind"] == "claim"
    assert set(truth["situation"][claims]) == {"lost", "damaged"} and cases.loc[claims, "waybill_id"].notna().all()
    paid = cases["compensation_yuan"] > 0
    assert set(cases["outcome"][paid]) == {"compensated", "refunded"}
    failed = paid & (cases["outcome"] == "compensated") & truth["cause"].isin(["loss", "damage"])
    assert cases["compensation_yuan"][failed & cases["insured"]].median() > cases["compensation_yuan"][failed & ~cases["insured"]].median()


def test_the_wording_tells_the_cause_but_not_always(cases):
    mine = cases[cases["kind"] == "complaint"]
    assert mine["text"].nunique() > 0.9 * len(mine)
    classifier = make_pipeline(CountVectorizer(analyzer="char", ngram_range=(1, 3)), MultinomialNB(alpha=0.1))
    assert 0.6 < cross_val_score(classifier, mine["text"], mine["cause"], cv=3).mean() < 0.92


def test_the_recorded_cause_is_now_and_then_wrong(cases, truth):
    mine = cases["kind"] == "complaint"
    assert (cases["cause"] != truth["cause"])[mine].mean() == pytest.approx(STATED.miscoded, abs=0.02)
    assert (cases["cause"] == truth["cause"])[~mine].all()


@pytest.mark.parametrize("uniform", [0.0, 0.37, 0.9999999])
def test_every_phrase_can_be_written(uniform):
    pairs = [(kind, cause) for kind, causes in PHRASES.items() for cause in causes]
    texts = write_cases(*map(list, zip(*pairs, strict=True)), np.full((8, len(pairs)), uniform), vague=0.0, mixed=0.3, typing_errors=0.5)
    assert all(text and "{" not in text for text in texts)


def test_phrases_and_typing_errors_come_from_the_number():
    assert choose(["一", "二"], 0.999) == "二" and choose(["等了{days}天"], 0.999) == "等了11天"
    assert mistyped("好", 0.5) == "好" and mistyped("快递", 0.999) == "快第"


def test_a_world_without_failures_has_no_claims():
    never = dict.fromkeys(SITUATIONS, 0.0)
    quiet = replace(STATED, complaint_chance=never, inquiry_chance=never, claim_chance=never, praise_chance=0.0)
    tables, hidden = draw_cases(draw_world(customers=20, months=2, seed=1), quiet)
    assert len(tables["cases"]) == len(hidden["cases"]) == 0


def test_shares_that_do_not_sum_to_one_are_refused():
    with pytest.raises(ValueError, match="channel_mix"):
        replace(STATED, channel_mix=dict.fromkeys(STATED.channel_mix, 0.5))


def test_every_parameter_has_source_and_mark():
    assert CaseScenario.table()[["source_zh", "source_en", "mark"]].notna().all(axis=None)
