"""Who did not answer: weights beside scikit-learn, intervals beside the bootstrap, and the truth of a simulated firm."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression

import crmlib as crm
from crmlib import survey
from crmlib.i18n import use_language


@pytest.fixture(scope="module")
def simulated():
    return crm.company.simulate(customers=3000, months=24, seed=1)


@pytest.fixture(scope="module")
def invited(simulated) -> pd.DataFrame:
    firm, truth = simulated
    table = survey.who_was_asked(
        firm.survey_invitations, firm.customers, firm.surveys, scores=["recommend", "satisfaction_1"], earlier="satisfaction_1"
    )
    latents = truth["survey_latents"].set_index("invitation_id").loc[table.invitation_id].reset_index(drop=True)
    return table.assign(**latents[["satisfaction", "loyalty", "chance"]])


def everybody_s_score(invited: pd.DataFrame) -> float:
    """What the net promoter score would be had all answered: the recommend item is 8 + 1.9 (.8 loyalty + .6 luck), rounded."""
    mean, spread = 8 + 1.9 * 0.8 * invited.loyalty, 1.9 * 0.6
    return float(100 * (norm.sf((8.5 - mean) / spread) - norm.cdf((6.5 - mean) / spread)).mean())


def test_all_who_were_asked_stay_in_the_table(simulated, invited):
    firm, _truth = simulated
    assert len(invited) == len(firm.survey_invitations) and invited.responded.sum() == len(firm.surveys)
    assert invited.recommend.notna().equals(invited.responded)
    one = invited[invited.customer_id == invited.customer_id[invited.wave == 4].iloc[0]].sort_values("wave")
    assert one.earlier_satisfaction_1.iloc[0] != one.earlier_satisfaction_1.iloc[0], "nobody has an earlier answer at first"
    pd.testing.assert_series_equal(one.earlier_satisfaction_1, one.satisfaction_1.ffill().shift(), check_names=False)


def test_the_truth_of_all_invited_is_found_where_the_reason_for_silence_is_known(invited):
    """Within two standard errors of the weighted score; the plain one is some 8 points too good."""
    truth = everybody_s_score(invited)
    report = survey.nonresponse_report(invited, known=["market", "channel", "satisfaction"])
    plain, weighted, change = (report.scores.loc[name] for name in ("plain", "weighted", "change"))
    assert plain.low > truth + 3
    assert weighted.low < truth < weighted.high and abs(weighted.estimate - truth) < 2.5
    assert change.high < -4
    answered = invited.responded.to_numpy()
    assert np.corrcoef(1 / report.weights, invited.chance[answered])[0, 1] > 0.97
    boxes = survey.nonresponse_report(invited, known=["market", "channel", "satisfaction"], score="satisfaction_1", measure="top_two")
    assert boxes.scores.estimate["change"] < -0.04 and "%" in boxes.summary()


def test_what_a_firm_really_knows_mends_a_part(invited):
    """Market and channel say nothing of satisfaction; what people said last time does, of those who said something."""
    truth = everybody_s_score(invited)
    plain = survey.nonresponse_report(invited, known=["market", "channel"]).scores.estimate
    known = survey.nonresponse_report(invited, known=["market", "channel", "earlier_satisfaction_1"]).scores
    assert abs(plain["change"]) < 1.5
    assert truth < known.estimate["weighted"] < known.estimate["plain"] and known.high["change"] < 0


def test_weights_are_those_of_scikit_learn(invited):
    report = survey.nonresponse_report(invited, known=["market", "expected_growth"])
    growth = invited.expected_growth
    columns = pd.get_dummies(invited.market, drop_first=True).astype(float).assign(
        growth=((growth - growth.mean()) / growth.std()).fillna(0.0))  # fmt: skip
    model = LogisticRegression(C=1e8, max_iter=1000).fit(columns, invited.responded)
    weights = pd.Series(1 / model.predict_proba(columns)[:, 1], index=invited.index)[invited.responded]
    assert report.weights.to_numpy() == pytest.approx((weights / weights.mean()).to_numpy(), rel=2e-3)
    assert report.weights.mean() == pytest.approx(1) and report.effective_answers < report.answered


def test_intervals_are_those_of_a_bootstrap_over_customers():
    rng = np.random.default_rng(8)
    table = pd.DataFrame({"customer_id": np.arange(900) // 3, "market": np.repeat(rng.choice(["a", "b", "c"], 300), 3)})
    chance = table.market.map({"a": 0.7, "b": 0.4, "c": 0.2}).to_numpy()
    table["responded"] = rng.random(900) < chance
    own = np.repeat(rng.normal(0, 1, 300), 3)
    table["score"] = np.where(table.responded, table.market.map({"a": 6.0, "b": 5.0, "c": 3.0}) + own, np.nan)
    report = survey.nonresponse_report(table, known="market", score="score", measure="mean")
    mine = table.assign(score=table.score.fillna(0)).groupby(["market", "customer_id"])[["responded", "score"]].sum()
    market = pd.get_dummies(mine.index.get_level_values("market")).to_numpy(dtype=float)
    drawn = rng.multinomial(300, np.full(300, 1 / 300), size=2000)
    answered, total, asked = (
        drawn @ (market * mine[["responded"]].to_numpy()),
        drawn @ (market * mine[["score"]].to_numpy()),
        3 * drawn @ market,
    )
    plain, weighted = total.sum(axis=1) / answered.sum(axis=1), (total / answered * asked).sum(axis=1) / 900
    by_bootstrap = [plain.std(), weighted.std(), (weighted - plain).std()]
    spread = ((report.scores.high - report.scores.low) / (2 * 1.959964)).to_numpy()
    assert spread == pytest.approx(by_bootstrap, rel=0.1), "2,000 resamples give a standard deviation to about 2 %"


@settings(deadline=None, max_examples=12)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.integers(0, 10)), min_size=8, max_size=60))
def test_with_one_grouping_the_weighted_score_is_the_mean_of_the_groups(people):
    table = pd.DataFrame(
        [*people, ("a", True, 9), ("a", False, 0), ("b", True, 2), ("b", False, 0)], columns=["g", "responded", "recommend"]
    )
    table["recommend"] = table.recommend.where(table.responded).astype("float64")
    report = survey.nonresponse_report(table, known="g")
    size, scores = table.g.value_counts(normalize=True), table[table.responded].groupby("g").recommend.apply(
        lambda given: survey.net_promoter_score(given).score)  # fmt: skip
    assert report.scores.estimate["weighted"] == pytest.approx((size * scores).sum(), abs=0.02)
    assert report.rates.answers.sum() == table.responded.sum() and report.rates.invited.sum() == len(table)
    assert ((report.rates.low <= report.rates.response_rate) & (report.rates.response_rate <= report.rates.high)).all()


def test_what_if_the_silent_differ(invited):
    report = survey.nonresponse_report(invited, known="market")
    assert report.if_silent_differ(0) == report.scores.estimate["weighted"]
    assert report.if_silent_differ(-10) == pytest.approx(report.scores.estimate["weighted"] - 10 * (1 - report.response_rate))
    assert "nobody can tell" in report.summary()


def test_numbers_fall_into_thirds_and_equal_ones_together():
    table = pd.DataFrame(
        {"parcels": [1] * 5 + list(range(2, 12)) + [np.nan], "responded": [True, False] * 8, "recommend": [9.0, np.nan] * 8}
    )
    rates = survey.nonresponse_report(table, known="parcels").rates
    assert rates.known_value.tolist() == ["low", "middle", "high", "–"] and rates.invited.tolist() == [5, 5, 5, 1]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("change", "options", "word"), [
    ({}, {"known": "town"}, "town"),
    ({"responded": None}, {}, "responded"),
    ({"responded": ["maybe"] * 6}, {}, "responded"),
    ({"responded": [False] * 6}, {}, "responded"),
    ({"recommend": [np.nan] * 6}, {}, "0"),
    ({"recommend": [12, 3, np.nan, np.nan, 8, np.nan]}, {}, "recommend"),
    ({"recommend": ["x"] * 6}, {}, "recommend"),
    ({"market": ["a", "a", "c", "c", "b", "b"]}, {}, "market"),
    ({}, {"measure": "median"}, "median"),
    ({}, {"level": 2}, "level"),
    ({"spend": [np.inf] * 6}, {"known": "spend"}, "spend"),
])  # fmt: skip
def test_bad_input_ends_in_a_sentence(language, change, options, word):
    use_language(language)
    table = pd.DataFrame({
        "market": ["a", "a", "a", "b", "b", "b"], "responded": [True, True, False, False, True, False],
        "recommend": [9, 3, np.nan, np.nan, 8, np.nan],
    }).assign(**change)  # fmt: skip
    with pytest.raises(ValueError, match=word):
        survey.nonresponse_report(table, **({"known": "market"} | options))


def test_a_join_that_would_repeat_people_is_refused(simulated):
    firm, _truth = simulated
    twice = pd.concat([firm.customers, firm.customers.head(1)])
    with pytest.raises(ValueError, match="customer_id stands in several rows"):
        survey.who_was_asked(firm.survey_invitations, twice, firm.surveys)
    with pytest.raises(ValueError, match="customer_id is unknown"):
        survey.who_was_asked(firm.survey_invitations, firm.customers.tail(-3), firm.surveys)
    with pytest.raises(ValueError, match="liked"):
        survey.who_was_asked(firm.survey_invitations, firm.customers, firm.surveys, scores="liked")


def test_reliability_is_how_well_the_sum_tells_the_true_construct(simulated):
    """Omega estimates the squared correlation of the sum with what the items measure; 1,700 answers give it to about ± 0.02."""
    firm, truth = simulated
    items = ["image_1", "image_2", "image_3"]
    turned = survey.reverse_items(firm.surveys, "image_3_reversed", low=1, high=10).dropna(subset=items)
    image = truth["survey_latents"].set_index("invitation_id").image.loc[turned.invitation_id]
    true = np.corrcoef(turned[items].sum(axis=1), image)[0, 1] ** 2
    assert survey.mcdonald_omega(turned, items, rng=1, resamples=100).value == pytest.approx(true, abs=0.02)
    assert survey.factor_loadings(turned, items).tolist() == pytest.approx([0.88, 0.84, 0.80], abs=0.05), "rounding takes a little"


@settings(deadline=None, max_examples=15)
@given(st.floats(0.01, 0.3), st.floats(0.05, 0.95), st.integers(50, 10**6) | st.none(), st.floats(0.5, 0.999))
def test_so_many_answers_are_just_enough(margin, share, population, level):
    result = survey.sample_size(margin=margin, share=share, population=population, level=level)
    z = norm.ppf((1 + level) / 2)

    def half(answers: int) -> float:
        correction = 1.0 if population is None else (population - answers) / (population - 1)
        return z * np.sqrt(share * (1 - share) / answers * correction)

    assert half(result.answers) <= margin * (1 + 1e-6)
    assert result.answers == 1 or half(result.answers - 1) >= margin * (1 - 1e-6)


def test_sample_size_by_hand():
    assert survey.sample_size(margin=0.05).answers == 385
    assert survey.sample_size(margin=0.05, population=1000).answers == 278
    assert survey.sample_size(margin=0.5, measure="mean", standard_deviation=2).answers == 62
    nps = survey.sample_size(margin=5, measure="net_promoter", response_rate=0.4, population=2000)
    assert (nps.answers, nps.invitations, nps.enough) == (870, 2175, False) and "2000" in nps.summary()
    assert survey.sample_size(margin=5, measure="net_promoter", standard_deviation=70).summary().startswith("For ± 5 points")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"margin": 0}, "margin"),
        ({"margin": 5}, "margin"),
        ({"margin": "x"}, "margin"),
        ({"margin": 0.1, "measure": "median"}, "median"),
        ({"margin": 0.1, "share": 50}, "share"),
        ({"margin": 0.1, "response_rate": 40}, "response_rate"),
        ({"margin": 0.1, "population": 0}, "population"),
        ({"margin": 1, "measure": "mean"}, "standard_deviation"),
        ({"margin": 0.1, "standard_deviation": 2}, "standard_deviation"),
    ],
)
def test_sample_size_refuses_what_makes_no_sense(options, word):
    with pytest.raises(ValueError, match=word):
        survey.sample_size(**options)
