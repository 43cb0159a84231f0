"""NPS and CSAT: by hand, by bootstrap, by SQL, and in every kind of table."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crmlib import survey
from crmlib.i18n import use_language

points = st.lists(st.integers(0, 10), min_size=1, max_size=60)


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    table = pd.DataFrame({
        "market": rng.choice(["e_commerce", "corporate", "walk_in"], 600), "wave": rng.integers(1, 3, 600),
        "recommend": np.clip(np.rint(rng.normal(8, 2, 600)), 0, 10),
    })  # fmt: skip
    return table.mask(rng.random(table.shape) < np.array([0.01, 0, 0.1]))


@settings(deadline=None, max_examples=15)
@given(points)
def test_score_and_interval_keep_their_meaning(given_points):
    values = pd.Series(given_points)
    result = survey.net_promoter_score(values)
    assert result.promoters + result.passives + result.detractors == result.answers == len(values)
    assert result.score == pytest.approx(100 * np.mean([1 if v >= 9 else -1 if v <= 6 else 0 for v in given_points]))
    assert -100 <= result.low < result.high <= 100 and result.wald_low <= result.score <= result.wald_high
    mirrored = survey.net_promoter_score(values.map(lambda v: 10 if v <= 6 else 0 if v >= 9 else 7))
    assert (mirrored.score, mirrored.low) == (pytest.approx(-result.score), pytest.approx(-result.high))
    shuffled = survey.net_promoter_score(values.iloc[::-1])
    assert shuffled == result


def test_standard_error_is_that_of_the_mean():
    values = pd.Series([10] * 7 + [8] * 5 + [2] * 3)
    signs = np.where(values >= 9, 100.0, np.where(values <= 6, -100.0, 0.0))
    assert survey.net_promoter_score(values).standard_error == pytest.approx(signs.std() / np.sqrt(len(signs)))


def test_the_adjusted_interval_covers_where_the_plain_one_does_not():
    """20 answers, 80 % promoters: all possible samples, weighted by their chance."""
    people, chances = 20, (0.8, 0.15, 0.05)
    held = {"adjusted": 0.0, "wald": 0.0}
    for promoters in range(people + 1):
        for detractors in range(people - promoters + 1):
            sample = [promoters, people - promoters - detractors, detractors]
            result = survey.net_promoter_score(pd.Series(np.repeat([9, 7, 0], sample)))
            chance = stats.multinomial.pmf(sample, people, chances)
            held["adjusted"] += chance * (result.low <= 75 <= result.high)
            held["wald"] += chance * (result.wald_low <= 75 <= result.wald_high)
    assert held["wald"] < 0.93 < held["adjusted"]


def test_missing_answers_count_nowhere_and_are_said():
    result = survey.net_promoter_score(pd.Series([9, 10, None, 3]))
    assert (result.answers, result.missing, result.score) == (3, 1, pytest.approx(100 / 3))
    assert "3 answers" in result.summary()
    alone = survey.net_promoter_score(pd.Series([10]))
    assert (alone.wald_low, alone.wald_high) == (100, 100) and alone.low < 0 and alone.high > 90


@settings(deadline=None, max_examples=15)
@given(points, st.integers(1, 3))
def test_csat_solves_wilson_s_equation(given_points, boxes):
    result = survey.csat(pd.Series(given_points), low=0, high=10, boxes=boxes)
    assert result.satisfied == sum(value > 10 - boxes for value in given_points)
    assert result.counts.sum() == result.answers and result.counts.index.tolist() == list(range(11))
    z = stats.norm.ppf(0.975)
    for end in (result.low, result.high):
        assert (result.share - end) ** 2 == pytest.approx(z**2 * end * (1 - end) / result.answers, abs=1e-9)
    assert 0 <= result.low <= result.share <= result.high <= 1


def kinds(table: pd.DataFrame) -> dict[str, object]:
    return {"pandas": table, "polars": pl.from_pandas(table), "lazy": pl.from_pandas(table).lazy(), "duckdb": duckdb.from_df(table)}


def as_pandas(table: object) -> pd.DataFrame:
    if isinstance(table, pl.LazyFrame):
        table = table.collect()
    return table.to_pandas() if isinstance(table, pl.DataFrame) else table.df() if isinstance(table, duckdb.DuckDBPyRelation) else table


@pytest.mark.parametrize("kind", ["pandas", "polars", "lazy", "duckdb"])
def test_by_group_the_same_in_every_kind_of_table(answers, kind):
    table = kinds(answers)[kind]
    result, boxes = (
        survey.net_promoter_by(table, by=["market", "wave"]),
        survey.csat_by(table, by="market", score="recommend", low=0, high=10),
    )
    assert type(result) is type(table) and type(boxes) is type(table)
    found = as_pandas(result).set_index(["market", "wave"])
    assert len(found) == 6, "those without a market are in no group"
    for group, part in answers.dropna(subset=["market"]).groupby(["market", "wave"]):
        alone = survey.net_promoter_score(part.recommend)
        wanted = [alone.answers, alone.missing, alone.score, alone.standard_error, alone.low, alone.high, alone.passives / alone.answers]
        names = ["answers", "missing", "net_promoter_score", "standard_error", "low", "high", "passive_share"]
        assert found.loc[group, names].tolist() == pytest.approx(wanted)
    for group, part in answers.groupby("market"):
        alone = survey.csat(part.recommend, low=0, high=10)
        row = as_pandas(boxes).set_index("market").loc[group]
        assert row[["answers", "csat_share", "low", "high"]].tolist() == pytest.approx([alone.answers, alone.share, alone.low, alone.high])


def test_groups_keep_their_order_and_an_empty_one_has_no_score():
    table = pd.DataFrame({
        "tier": pd.Categorical(["gold", "plain", "gold", "new"], ["plain", "gold", "new"], ordered=True), "recommend": [10, 3, 9, None],
    }, index=[5, 3, 1, 0])  # fmt: skip
    result = survey.net_promoter_by(table, by="tier")
    assert result.tier.tolist() == ["plain", "gold", "new"] and result.index.tolist() == [0, 1, 2]
    assert result.answers.tolist() == [1, 2, 0] and result.net_promoter_score.isna().tolist() == [False, False, True]
    integers = survey.net_promoter_by(table.assign(recommend=table.recommend.astype("Int64")), by="tier")
    assert integers.net_promoter_score.tolist()[:2] == [-100, 100]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("call", "word"), [
    (lambda table: survey.net_promoter_score(pd.Series([5, 11])), "11|recommend"),
    (lambda table: survey.net_promoter_score(pd.Series([5, -1])), "recommend"),
    (lambda table: survey.net_promoter_score(pd.Series([8.5, 9])), "recommend"),
    (lambda table: survey.net_promoter_score(pd.Series(["nine"])), "recommend"),
    (lambda table: survey.net_promoter_score(pd.Series([None, None], dtype="float64")), "recommend"),
    (lambda table: survey.net_promoter_score(pd.Series([], dtype="float64")), "recommend"),
    (lambda table: survey.net_promoter_score([9, 10]), "Series"),
    (lambda table: survey.net_promoter_score(table.recommend, level=95), "level"),
    (lambda table: survey.csat(table.recommend, low=1, high=5), "recommend"),
    (lambda table: survey.csat(table.recommend, low=0, high=10, boxes=11), "boxes"),
    (lambda table: survey.csat(table.recommend, low=5, high=1), "5"),
    (lambda table: survey.net_promoter_by(table, by="town"), "town"),
    (lambda table: survey.net_promoter_by(table, by="recommend"), "recommend"),
    (lambda table: survey.net_promoter_by(table, by=[]), "1"),
    (lambda table: survey.net_promoter_by(table.assign(recommend=12), by="market"), "recommend"),
    (lambda table: survey.net_promoter_by(pl.from_pandas(table.assign(recommend=8.5)).lazy(), by="market"), "recommend"),
    (lambda table: survey.net_promoter_by(table.assign(recommend="9"), by="market"), "pd.to_numeric"),
    (lambda table: survey.net_promoter_by(table.head(0), by="market"), "."),
    (lambda table: survey.net_promoter_by([1, 2], by="market"), "list"),
    (lambda table: survey.csat_by(table, by="market", score="recommend", low=0, high=5), "recommend"),
])  # fmt: skip
def test_bad_input_ends_in_a_sentence(answers, language, call, word):
    use_language(language)
    with pytest.raises(ValueError, match=word):
        call(answers)
