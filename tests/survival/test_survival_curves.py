import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.i18n import use_language
from crmlib.survival import kaplan_meier, log_rank, nelson_aalen, restricted_mean

LIVES = st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.integers(0, 6), st.sampled_from("ab")), min_size=3, max_size=40)


def frame(lives) -> pd.DataFrame:
    table = pd.DataFrame(lives, columns=["days", "lost", "entry", "market"])
    return table.assign(entry=np.minimum(table.entry, table.days - 1))


def by_walking(table: pd.DataFrame) -> dict[float, float]:
    """The definition, customer by customer."""
    survival, found = 1.0, {}
    for day in sorted(set(table.days[table.lost])):
        there = sum(1 for row in table.itertuples() if row.entry < day <= row.days)
        gone = sum(1 for row in table.itertuples() if row.days == day and row.lost)
        survival *= 1 - gone / there
        found[float(day)] = survival
    return found


def test_by_hand():
    """Five customers: lost on day 5, on 8 (of four), one last seen on 8 and one on 12, lost on 20 when alone."""
    curve = kaplan_meier([5, 8, 8, 12, 20], [1, 1, 0, 0, 1]).table
    assert curve.time.tolist() == [0, 5, 8, 20]
    assert curve.survival.tolist() == pytest.approx([1, 0.8, 0.6, 0])
    assert curve.censored.tolist() == [0, 0, 0, 2]
    greenwood = np.sqrt(1 / (5 * 4) + 1 / (4 * 3))
    edge = np.exp(1.959964 * greenwood / abs(np.log(0.6)))
    assert curve.loc[2, ["low", "high"]].tolist() == pytest.approx([0.6**edge, 0.6 ** (1 / edge)], abs=1e-6)
    assert curve.loc[3, ["low", "high"]].isna().all(), "nobody is left to tell the spread from"


@given(LIVES)
@settings(max_examples=20, deadline=None)
def test_agrees_with_the_definition(lives):
    table = frame(lives)
    curve = kaplan_meier(table.days, table.lost, entry=table.entry).table
    found = curve[curve.events > 0].set_index("time").survival
    expected = by_walking(table)
    assert found.index.tolist() == list(expected)
    assert found.tolist() == pytest.approx(list(expected.values()))
    assert (curve.survival.diff().dropna() <= 1e-12).all() and curve.survival.between(0, 1).all()
    known = curve.dropna()
    assert (known.low <= known.survival + 1e-12).all() and (known.survival <= known.high + 1e-12).all()


@given(LIVES)
@settings(max_examples=20, deadline=None)
def test_groups_are_those_apart_and_order_does_not_matter(lives):
    table = frame(lives)
    together = kaplan_meier(table.days, table.lost, by=table.market)
    mixed = table.sample(frac=1, random_state=1)
    again = kaplan_meier(mixed.days, mixed.lost, by=mixed.market)
    pd.testing.assert_frame_equal(together.table, again.table)
    for name, own in table.groupby("market"):
        alone = kaplan_meier(own.days, own.lost).table
        part = together.table[together.table["group"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(part.drop(columns="group"), alone.drop(columns="group"))


def test_without_censoring_the_curve_is_the_share_left():
    days = np.arange(1, 101)
    curve = kaplan_meier(days, np.ones(100))
    assert curve.at([25, 50, 99.5]).survival.tolist() == pytest.approx([0.75, 0.5, 0.01])
    assert curve.medians.loc["all", ["customers", "events", "median"]].tolist() == [100, 100, 50]
    assert curve.at([101]).survival.isna().all(), "nothing is known after the last time"


def test_intervals_cover():
    """Of 150 samples of 80 customers about 95% of the intervals at one median lifetime hold the true one half."""
    rng = np.random.default_rng(5)
    held = 0
    for _turn in range(150):
        life, watched = rng.exponential(1 / np.log(2), 80), rng.uniform(0.5, 3, 80)
        row = kaplan_meier(np.minimum(life, watched), life <= watched).at([1.0]).iloc[0]
        held += row.low <= 0.5 <= row.high
    assert 0.89 <= held / 150 <= 1.0, "three standard errors of 150 draws are 0.053"


def test_since_conditions_on_having_stayed():
    days, lost = np.array([1, 2, 5, 8, 9, 12]), np.array([1, 1, 1, 0, 1, 1])
    whole, later = kaplan_meier(days, lost), kaplan_meier(days, lost, since=2)
    assert later.at([9]).survival[0] == pytest.approx(whole.at([9]).survival[0] / whole.at([2]).survival[0])
    assert later.medians.customers.tolist() == [4]


def test_nelson_aalen_and_restricted_mean_agree_with_integration():
    rng = np.random.default_rng(2)
    days = rng.integers(1, 200, 300)
    lost, market = rng.random(300) < 0.6, pd.Series(rng.choice(["a", "b"], 300), name="market")
    hazard = nelson_aalen(days, lost)
    curve = kaplan_meier(days, lost).table
    assert hazard.cumulative_hazard.iloc[-1] == pytest.approx((curve.events / curve.at_risk).sum())
    means = restricted_mean(days, lost, horizon=150, by=market)
    assert means.index.name == "market"
    own = kaplan_meier(days[market == "a"], lost[market == "a"])
    area = own.at(np.arange(0, 150) + 0.5).survival.sum()
    assert means.loc["a", "restricted_mean"] == pytest.approx(area)
    assert means.loc["a", "low"] < area < means.loc["a", "high"]


def test_restricted_mean_without_censoring_is_the_mean():
    days = np.array([10.0, 20, 30, 40])
    found = restricted_mean(days, np.ones(4), horizon=30).iloc[0]
    values = np.minimum(days, 30)
    assert found.restricted_mean == values.mean()
    half = 1.959964 * values.std() / np.sqrt(4)
    assert found.high - found.restricted_mean == pytest.approx(min(half, 30 - values.mean()))


def test_log_rank_of_equal_groups_is_zero_and_names_do_not_matter():
    days, lost = [1, 2, 3, 4] * 2, [1, 0, 1, 1] * 2
    group = ["x"] * 4 + ["y"] * 4
    assert log_rank(days, lost, group).statistic == pytest.approx(0, abs=1e-12)
    different = log_rank([1, 2, 3, 9, 8, 7], [1] * 6, list("xxxyyy"))
    assert different.statistic == pytest.approx(log_rank([1, 2, 3, 9, 8, 7], [1] * 6, list("yyyxxx")).statistic)
    assert different.table.expected.sum() == pytest.approx(6)


def test_log_rank_p_values_are_uniform_without_a_difference():
    rng = np.random.default_rng(3)
    p = [
        log_rank(rng.exponential(1, 60), rng.random(60) < 0.7, rng.integers(0, 3, 60)).p_value
        for _turn in range(300)
    ]  # fmt: skip
    assert 0.02 <= np.mean(np.array(p) < 0.05) <= 0.09, "three standard errors of 300 draws are 0.038"


def test_inputs_stay_as_they_are_and_categories_keep_their_order():
    table = pd.DataFrame(
        {"days": [3, 5, 7, 9], "lost": [1, 0, 1, 1], "size": pd.Categorical(["small", "key", "small", "key"], ["small", "key", "none"])}
    )
    before = table.copy(deep=True)
    curves = kaplan_meier(table.days, table.lost, by=table["size"])
    assert curves.medians.index.tolist() == ["small", "key"]
    pd.testing.assert_frame_equal(table, before)


def test_summary_and_plot_in_both_languages():
    from crmlib.plotting import survival_curves

    table = pd.DataFrame({"days": range(1, 41), "lost": [1, 0] * 20, "market": ["e_commerce", "walk_in"] * 20})
    curves = kaplan_meier(table.days, table.lost, by=table.market)
    assert curves.summary().startswith("e-commerce customer: 20 of 20 lost; half had gone after 19")
    assert "walk-in customer: 0 of 20 lost; fewer than half" in curves.summary()
    use_language("zh")
    assert "电商客户：20 个客户里流失 20 个" in curves.summary()
    shown = [text.get_text() for text in survival_curves(curves, until=30).texts]
    assert {"电商客户", "零散客户"} <= set(shown)


BAD = {
    "negative": (([-1, 2], [1, 0]), {}, "negative: 1 row"),
    "missing": (([np.nan, 2], [1, 0]), {}, "missing or infinite"),
    "text": ((["three", 2], [1, 0]), {}, "not a number"),
    "numbers as text": ((pd.Series(["3", "2"]), [1, 0]), {}, "not a number"),
    "dates": ((pd.Series(pd.to_datetime(["2026-01-01"] * 2)), [1, 0]), {}, r"\.dt\.days"),
    "differences of dates": ((pd.Series(pd.to_timedelta([1, 2], unit="D")), [1, 0]), {}, r"\.dt\.days"),
    "events": (([1, 2], [1, 2]), {}, "neither yes"),
    "text events": (([1, 2], ["lost", "there"]), {}, "neither yes"),
    "missing events": (([1, 2], [1, None]), {}, "neither yes"),
    "no events": (([1, 2], None), {}, "events is missing"),
    "lengths": (([1, 2], [1]), {}, "1 value"),
    "empty": (([], []), {}, "nobody to follow"),
    "scalar": ((3, 1), {}, "one column"),
    "entry": (([1, 2], [1, 0]), {"entry": [0, 2]}, "entry is not before"),
    "groups": (([1, 2], [1, 0]), {"by": ["a", None]}, "by is missing"),
    "other rows": ((pd.Series([1, 2]), pd.Series([1, 0], index=[5, 6])), {}, "different rows"),
    "level": (([1, 2], [1, 0]), {"level": 95}, "write 20% as 0.2"),
    "since": (([1, 2], [1, 0]), {"since": 2}, "since is 2"),
}


@pytest.mark.parametrize(("given_", "options", "sentence"), BAD.values(), ids=BAD)
def test_bad_input_ends_in_a_sentence(given_, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        kaplan_meier(*given_, **options)


def test_bad_input_of_the_others():
    with pytest.raises(ValueError, match="one group only"):
        log_rank([1, 2], [1, 1], ["a", "a"])
    with pytest.raises(ValueError, match="Nobody was lost"):
        log_rank([1, 2], [0, 0], ["a", "b"])
    with pytest.raises(ValueError, match="by is missing"):
        log_rank([1, 2], [0, 0], None)
    with pytest.raises(ValueError, match="shorter horizon"):
        restricted_mean([1, 2], [1, 0], horizon=5)
    with pytest.raises(ValueError, match="positive number"):
        restricted_mean([1, 2], [1, 0], horizon=0)


@pytest.mark.parametrize("lost", [[0], [1]])
def test_one_customer_and_nobody_lost(lost):
    curves = kaplan_meier([4], lost)
    assert curves.at([0]).survival.tolist() == [1.0]
    assert np.isnan(curves.medians["median"].iloc[0]) == (lost == [0])
    assert curves.summary()
