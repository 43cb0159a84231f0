"""The surveys: calibrated as stated, and the stated parameters found again by standard estimators."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from voice_estimators import logit_intervals, width

from crmlib.company.satisfaction import CONSTRUCTS
from crmlib.company.simulation import draw_world
from crmlib.company.survey_items import ECSI_ITEMS, INDEX_ITEMS, KANO, KANO_FEATURES, SERVQUAL_DIMENSIONS, SERVQUAL_ITEMS, STAGES
from crmlib.company.surveys import SurveyScenario, draw_surveys
from crmlib.company.tables.voice import SURVEY_INVITATIONS, SURVEYS

STATED = SurveyScenario()


@pytest.fixture(scope="module")
def world():
    return draw_world(customers=4000, months=24, seed=5)


@pytest.fixture(scope="module")
def drawn(world):
    return draw_surveys(world, STATED)


@pytest.fixture(scope="module")
def invitations(drawn):
    return drawn[0]["survey_invitations"]


@pytest.fixture(scope="module")
def surveys(drawn):
    """The answers with reversed items turned round."""
    table = drawn[0]["surveys"].copy()
    for item in ECSI_ITEMS:
        if item.reversed:
            table[item.name] = 11 - table[item.name]
    return table


def test_both_tables_keep_their_contracts_and_come_out_the_same_again(world, drawn):
    again = draw_surveys(world, STATED)[0]
    for contract in (SURVEY_INVITATIONS, SURVEYS):
        contract.pandera_schema().validate(drawn[0][contract.name], lazy=True)
        pd.testing.assert_frame_equal(again[contract.name], drawn[0][contract.name])


def test_everybody_who_answered_was_asked_and_has_one_row(world, invitations, surveys):
    answered = invitations[invitations["responded"]]
    assert answered["invitation_id"].tolist() == surveys["invitation_id"].tolist()
    assert set(invitations["customer_id"]) <= set(world.customers["customer_id"])
    assert (answered["responded_on"] >= answered["invited_on"]).all() and (answered["responded_on"] < world.end).all()
    assert invitations.loc[~invitations["responded"], "responded_on"].isna().all()
    assert sorted(invitations["wave"].unique()) == [1, 2, 3, 4] and set(invitations["invited_on"].dt.month) == {4, 10}


def test_a_firm_without_a_survey_month_has_empty_tables():
    tables, truth = draw_surveys(draw_world(customers=30, months=2, seed=1), STATED)
    assert len(tables["survey_invitations"]) == len(tables["surveys"]) == len(truth["survey_latents"]) == 0


def test_scores_lie_on_their_scales(surveys):
    tens = [item.name for item in (*INDEX_ITEMS, *ECSI_ITEMS)] + [f"importance_{stage}" for stage in STAGES]
    for names, high in (
        (tens, 10), ([name for name in surveys if name.endswith(("_expected", "_perceived"))], 7),
        ([name for name in surveys if name.endswith(("_with", "_without"))], 5),
    ):  # fmt: skip
        values = surveys[names].to_numpy().ravel()
        values = values[~np.isnan(values)]
        assert values.min() >= 1 and values.max() == high and (values == values.round()).all()
    assert surveys["recommend"].between(0, 10).all()


def test_index_tree_is_near_the_published_scores(surveys):
    found = surveys[[item.name for item in INDEX_ITEMS]].mean() * 10
    stated = pd.Series({item.name: item.mean * 10 for item in INDEX_ITEMS})
    assert (found - stated).abs().max() < 2
    assert surveys["aftersales_complaints"].notna().mean() == pytest.approx(STATED.aftersales_used, abs=0.04)


def test_net_promoter_score_and_response_rate_are_within_their_bands(invitations, surveys):
    score = 100 * ((surveys["recommend"] >= 9).mean() - (surveys["recommend"] <= 6).mean())
    assert 10 <= score <= 40
    assert 0.25 <= invitations["responded"].mean() <= 0.5


def test_logistic_regression_finds_what_satisfaction_does_to_answering(world, drawn, invitations):
    frame = drawn[1]["survey_latents"].merge(invitations[["invitation_id", "channel", "responded"]], on="invitation_id")
    frame = frame.merge(world.customers[["customer_id", "market"]], on="customer_id")
    dummies = pd.get_dummies(frame["market"]).join(pd.get_dummies(frame["channel"]).drop(columns="sms")).astype(float)
    found = logit_intervals(frame["responded"].astype(float), dummies.assign(satisfaction=frame["satisfaction"]))
    stated = {"satisfaction": STATED.response_satisfaction, **STATED.response_base, **STATED.channel_effect}
    for name, (low, high) in found.iterrows():
        assert low <= stated[name] <= high, name


def test_reversed_items_run_against_the_others_and_say_so_in_the_schema(drawn):
    table = drawn[0]["surveys"]
    turned = [item for item in ECSI_ITEMS if item.reversed]
    assert len(turned) == 3
    for item in turned:
        assert table[item.name].corr(table[f"{item.of}_1"]) < -0.4
        assert "反向题" in SURVEYS[item.name].meaning_zh and "reversed" in SURVEYS[item.name].meaning_en


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_cronbach_alpha_is_the_one_that_the_loadings_imply(surveys, construct):
    items = [item for item in ECSI_ITEMS if item.of == construct]
    answers = surveys[[item.name for item in items]].dropna()
    alpha = len(items) / (len(items) - 1) * (1 - answers.var().sum() / answers.sum(axis=1).var())
    loadings = np.array([STATED.loading(item) for item in items])
    common = np.outer(loadings, loadings)
    np.fill_diagonal(common, 1)
    assert alpha == pytest.approx(len(items) / (len(items) - 1) * (1 - len(items) / common.sum()), abs=0.04)


def test_two_stage_least_squares_finds_the_paths_to_satisfaction(world, surveys):
    causes = ["image", "expectation", "quality", "value"]
    frame = surveys.dropna(subset=[item.name for item in ECSI_ITEMS])
    seconds = np.column_stack([frame[item.name] for item in ECSI_ITEMS if item.of in causes and not item.name.endswith("_1")])
    ones = np.ones(len(frame))
    x, z = np.column_stack([ones, *(frame[f"{name}_1"] for name in causes)]), np.column_stack([ones, seconds])
    hat = z @ np.linalg.lstsq(z, x, rcond=None)[0]
    bread = np.linalg.inv(hat.T @ x)
    y = frame["satisfaction_1"].to_numpy()
    estimate = bread @ hat.T @ y
    scores = pd.DataFrame(hat * (y - x @ estimate)[:, None]).groupby(frame["customer_id"].to_numpy()).sum().to_numpy()
    error = np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread.T))
    for name, value, spread in zip(causes, estimate[1:], error[1:], strict=True):
        assert abs(value - world.scenario.satisfaction.paths[name, "satisfaction"]) < width(len(causes)) * spread, name
        assert spread < 0.1


def test_the_short_servqual_has_two_pairs_in_each_of_the_five_dimensions_and_says_so():
    assert len(SERVQUAL_DIMENSIONS) == 5
    assert [item.of for item in SERVQUAL_ITEMS] == [name for name in SERVQUAL_DIMENSIONS for _pair in range(2)]
    for item in SERVQUAL_ITEMS:
        for side in ("expected", "perceived"):
            column = SURVEYS[f"{item.name}_{side}"]
            assert "22" in column.meaning_zh and "of 22" in column.meaning_en and SERVQUAL_DIMENSIONS[item.of][0] in column.meaning_zh


def test_nobody_is_asked_before_the_account_was_opened_nor_answers_after_the_end(world, drawn):
    asked = drawn[0]["survey_invitations"].merge(world.customers[["customer_id", "opened_on"]], on="customer_id")
    assert (asked["invited_on"] >= asked["opened_on"]).all() and (asked["invited_on"] == asked["opened_on"]).any()
    assert (asked["responded_on"].dropna() < world.end).all()


def test_servqual_gaps_are_negative_and_perception_follows_quality(drawn, surveys):
    latent = drawn[1]["survey_latents"].set_index("invitation_id").loc[surveys["invitation_id"]]
    for item in SERVQUAL_ITEMS:
        expected, perceived = surveys[f"{item.name}_expected"], surveys[f"{item.name}_perceived"]
        assert (perceived - expected).mean() < 0
        seen = np.corrcoef(perceived.fillna(perceived.mean()), latent["quality"])[0, 1]
        assert STATED.servqual_loading[1] - 0.1 < seen < STATED.servqual_loading[1]  # rounding and the ceiling weaken it


@pytest.mark.parametrize("feature", KANO_FEATURES, ids=lambda feature: feature.name)
def test_kano_table_gives_the_stated_shares(surveys, feature):
    once = surveys.drop_duplicates("customer_id")[[f"{feature.name}_with", f"{feature.name}_without"]].dropna()
    yes, no = once.to_numpy().T
    cells = {
        "attractive": (yes == 1) & (no > 1) & (no < 5), "one_dimensional": (yes == 1) & (no == 5),
        "must_be": (yes > 1) & (yes < 5) & (no == 5),
        "indifferent": (yes > 1) & (yes < 5) & (no > 1) & (no < 5),
        "reverse": ((yes == 5) & (no < 5)) | ((yes > 1) & (yes < 5) & (no == 1)),
    }  # fmt: skip
    at_random = {"attractive": 3 / 25, "one_dimensional": 1 / 25, "must_be": 3 / 25, "indifferent": 9 / 25, "reverse": 7 / 25}
    for name, share in zip(KANO, feature.shares, strict=True):
        expected = (1 - STATED.kano_slip) * share + STATED.kano_slip * at_random[name]
        assert cells[name].mean() == pytest.approx(expected, abs=3.3 * np.sqrt(expected * (1 - expected) / len(once)))


def test_stated_importance_has_its_means(surveys):
    for stage, mean in STATED.importance.items():
        assert surveys[f"importance_{stage}"].mean() == pytest.approx(mean, abs=0.1)


def test_comments_fit_what_respondents_went_through(drawn, surveys):
    latent = drawn[1]["survey_latents"].set_index("invitation_id").loc[surveys["invitation_id"]].reset_index()
    written = surveys["comment"].notna()
    assert 0.25 < written.mean() < 0.6 and surveys["comment"].nunique() > 0.75 * written.sum()
    glad = surveys["comment"].str.contains("满意|挺好|速度快|态度好|准时", na=False) & ~surveys["comment"].str.contains("不太满意|态度差", na=False)
    satisfaction = latent["satisfaction"][written]
    assert satisfaction[glad[written]].mean() > satisfaction.mean()


def test_late_parcels_are_written_about(world, surveys):
    late = world.panel.assign(late=world.panel["late_share"] * world.panel["parcels"]).groupby("customer_id")[["late", "parcels"]].sum()
    share = surveys["customer_id"].map(late["late"] / late["parcels"].clip(lower=1))
    slow = surveys["comment"].str.contains("晚|慢|催|等了|时间从来不准", na=False)[surveys["comment"].notna()]
    share = share[surveys["comment"].notna()]
    assert slow[share > share.quantile(0.75)].mean() > slow[share < share.quantile(0.25)].mean()


def test_a_scenario_with_a_missing_channel_is_refused():
    with pytest.raises(ValueError, match="channel_mix"):
        replace(STATED, channel_mix={"sms": 1.0})


def test_every_parameter_has_source_and_mark():
    table = SurveyScenario.table()
    assert table[["source_zh", "source_en", "mark"]].notna().all(axis=None)
