"""Answers as real tables hold them: odd kinds of numbers, odd names, nobody unlike anybody; and what must hold for any answers."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import survey

ITEMS = ["a", "b", "c"]
FEW = settings(max_examples=5, deadline=None)


def table(seed=1, people=30):
    draw = np.random.default_rng(seed)
    common = draw.normal(size=people)
    return pd.DataFrame({name: np.clip(np.round(5 + 2 * common + draw.normal(size=people)), 1, 10) for name in ITEMS})


def asked(answered, **columns):
    scores = [8.0 if yes else np.nan for yes in answered]
    return pd.DataFrame({"responded": answered, "recommend": scores, **columns})


@FEW
@given(seed=st.integers(0, 10_000), order=st.permutations(ITEMS), step=st.sampled_from([1e-9, 1.0, 1e6]))
def test_order_and_unit_of_the_answers_do_not_matter(seed, order, step):
    answers = table(seed)
    other = answers * step
    for measure in (survey.kmo, survey.bartlett_sphericity, survey.factor_loadings, survey.item_total):
        one, two = measure(answers, ITEMS), measure(other, order)
        if measure is survey.kmo:
            assert 0 <= one.overall <= 1 and two.overall == pytest.approx(one.overall)
            pd.testing.assert_series_equal(two.items[ITEMS], one.items)
        elif measure is survey.bartlett_sphericity:
            assert two.statistic == pytest.approx(one.statistic) and 0 <= one.p_value <= 1
        elif measure is survey.factor_loadings:
            assert two[ITEMS].to_numpy() == pytest.approx(one.to_numpy(), abs=1e-5)
        else:
            assert two.loc[ITEMS, "item_total"].to_numpy() == pytest.approx(one.item_total.to_numpy())
    assert survey.mcdonald_omega(other, ITEMS, resamples=100, rng=1).low == pytest.approx(
        survey.mcdonald_omega(answers, ITEMS, resamples=100, rng=1).low, abs=1e-4
    )


@FEW
@given(points=st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 10)), min_size=1, max_size=40))
def test_groups_add_up_to_the_whole_and_hold_their_scores(points):
    answers = pd.DataFrame(points, columns=["group", "recommend"])
    net, share = survey.net_promoter_by(answers, by="group"), survey.csat_by(answers, by="group", score="recommend", low=0, high=10)
    whole = survey.net_promoter_score(answers.recommend)
    assert net.answers @ net.net_promoter_score / len(answers) == pytest.approx(whole.score)
    assert share.answers @ share.csat_share / len(answers) == pytest.approx(survey.csat(answers.recommend, low=0, high=10).share)
    for found, score in ((net, net.net_promoter_score), (share, share.csat_share)):
        assert ((found.low <= score + 1e-9) & (score - 1e-9 <= found.high)).all()


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("points", [[10], [0, 0], [10] * 200])
def test_a_score_lies_in_its_own_interval_even_where_all_are_alike(points, level):
    found = survey.net_promoter_score(pd.Series(points), level=level)
    assert found.low <= found.score <= found.high and found.high - found.low > 0


@FEW
@given(invited=st.lists(st.booleans(), min_size=1, max_size=12))
def test_one_row_an_invitation_whoever_answers(invited):
    ids = [f"i{place}" for place in range(len(invited))]
    invitations = pd.DataFrame({"invitation_id": ids, "customer_id": ids})
    answers = pd.DataFrame({"invitation_id": [name for name, yes in zip(ids, invited, strict=True) if yes], "recommend": 7.0})
    found = survey.who_was_asked(invitations, pd.DataFrame({"customer_id": ids[::-1]}), answers)
    assert sorted(zip(found.invitation_id, found.responded, strict=True)) == sorted(zip(ids, invited, strict=True))


@pytest.mark.parametrize("kind", ["object", "Int64", "Float64", "int64[pyarrow]", "category", "datetime64[ns]", "timedelta64[ns]"])
def test_numbers_of_any_kind_are_numbers_and_dates_are_none(kind):
    answers = table().astype("int64").astype(kind)
    if kind in ("category", "datetime64[ns]", "timedelta64[ns]"):
        with pytest.raises(ValueError, match="a is not a number"):
            survey.cronbach_alpha(answers, ITEMS)
    else:
        assert survey.cronbach_alpha(answers, ITEMS).value == pytest.approx(survey.cronbach_alpha(table(), ITEMS).value)


def test_not_a_number_counts_as_no_answer_in_every_kind_of_table():
    import duckdb
    import polars as pl

    rows = pl.DataFrame({"group": ["x", "x", "x"], "recommend": [10.0, 3.0, float("nan")]})
    for answers in (rows, rows.lazy(), duckdb.from_arrow(rows.to_arrow()), rows.to_pandas()):
        found = survey.net_promoter_by(answers, by="group")
        found = found.collect() if isinstance(found, pl.LazyFrame) else found
        found = found.pl() if isinstance(found, duckdb.DuckDBPyRelation) else found
        assert (found["answers"][0], found["missing"][0], found["net_promoter_score"][0]) == (2, 1, 0.0)


CUBE = pd.DataFrame(list(itertools.product([1, 2], repeat=3)), columns=ITEMS)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: survey.kmo(CUBE, ITEMS), "not correlated at all"),
        (lambda: survey.cronbach_alpha(table() * 1e150, ITEMS), "a is not a number"),
        (lambda: survey.cronbach_alpha(table() * 1e-200, ITEMS), "the same answer"),
        (lambda: survey.cronbach_alpha(pd.concat([table(), table()[["a"]]], axis=1), ITEMS), "several columns called a"),
        (lambda: survey.cronbach_alpha(table(), None), "at least 2 item"),
        (lambda: survey.cronbach_alpha(table(), ["a", 7]), "lacks the column.s. 7"),
        (lambda: survey.cronbach_alpha(table(), ITEMS, level="0.95"), "level is 0.95"),
        (lambda: survey.bartlett_sphericity(table().assign(b=table().a), ITEMS), "follows exactly"),
        (lambda: survey.item_total(table().head(2), ITEMS), "Only 2 respondent"),
        (lambda: survey.mcdonald_omega(table(), ITEMS, rng=-1), "rng must be"),
        (lambda: survey.average_variance_extracted([0.5, "high"]), "loadings must be"),
        (lambda: survey.composite_reliability([0.5, 1.2]), "loadings must be"),
        (lambda: survey.sample_size(margin=1e-200), "more answers than there are people"),
        (lambda: survey.csat(pd.Series([1, 5]), low=1, high=5, boxes="two"), "boxes is two"),
        (lambda: survey.csat(pd.Series([1, 5]), low=1, high=5, boxes=np.nan), "boxes is nan"),
        (lambda: survey.net_promoter_by(table().assign(low="x"), by="low", score="a"), "column low of its own"),
        (lambda: survey.net_promoter_by(table().assign(g=["x", 1.0] * 15), by="g", score="a"), "g mixes texts and numbers"),
        (lambda: survey.csat_by(pd.concat([table(), table()[["a"]]], axis=1), by="b", score="a", low=1, high=10), "several columns"),
        (lambda: survey.who_was_asked(None, table(), table()), "invitations must be a pandas table"),
        (lambda: survey.nonresponse_report(asked([True, True, False, False], size=[9.0, 8, 1, 2]), known="size"), "size tell.s. exactly"),
    ],
)
def test_hard_input_ends_in_a_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_whole_numbers_of_numpy_are_numbers_and_sizes_do_not_matter():
    assert survey.sample_size(margin=np.float64(0.05), population=np.int64(2000)).answers == 323
    group, size = ["x", "y"] * 4, np.array([1.0, 2, 3, 4, 2, 3, 1, 2])
    invited = asked([True, False, True, True, False, True, True, False], market=group)
    one, huge = (survey.nonresponse_report(invited.assign(size=size * unit), known=["market", "size"]).scores for unit in (1, 1e200))
    assert huge.to_numpy() == pytest.approx(one.to_numpy())
