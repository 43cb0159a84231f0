import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from crmlib import company, loyalty


@pytest.fixture(scope="module")
def world():
    """A simulated firm and its truth."""
    return company.simulate(customers=1000, months=24, seed=5)


@pytest.fixture(scope="module")
def firm(world):
    return world[0]


@pytest.fixture(scope="module")
def truth(world):
    return world[1]


def waybills(**days):
    rows = [(customer, day) for customer, found in days.items() for day in found]
    return pd.DataFrame(rows, columns=["customer_id", "picked_up_at"]).assign(picked_up_at=lambda table: pd.to_datetime(table.picked_up_at))


def answers(**columns):
    size = len(next(iter(columns.values())))
    usual = {"loyalty_1": 8, "loyalty_3_reversed": 5, "satisfaction_3": 5, "recommend": 5, "comment": None, "answered_on": "2026-10-10"}
    return pd.DataFrame(
        {"customer_id": [f"c{number}" for number in range(size)], **{name: [value] * size for name, value in usual.items()}, **columns}
    )


class TestTransactional:
    def test_by_hand(self):
        sent = waybills(
            weekly=pd.date_range("2025-11-05", "2026-10-28", freq="7D"), quiet=["2025-12-01", "2026-08-20"], late=["2026-11-01"]
        )
        score = loyalty.transactional_loyalty(sent, as_of="2026-11-01")
        assert score.index.tolist() == ["quiet", "weekly"]
        assert score.loc[
            "weekly", ["recency_days", "parcels_12_months", "recency_score", "frequency_score", "lifetime_score"]
        ].tolist() == [4, 52, 100, 100, 25]
        assert score.loc["quiet", ["recency_score", "frequency_score", "lifetime_score"]].tolist() == [25, 25, 25]
        assert score.loc["weekly", "transactional"] == pytest.approx((0.3 * 100 + 0.3 * 100 + 0.2 * 25) / 0.8)

    def test_unknown_share_of_wallet_stays_unknown(self):
        sent = waybills(c1=["2026-10-30"], c2=["2026-10-30"])
        score = loyalty.transactional_loyalty(sent, as_of="2026-11-01", share_of_wallet=pd.Series({"c1": 0.5, "c2": np.nan}))
        assert score.wallet_score.tolist()[0] == 50 and np.isnan(score.wallet_score["c2"])
        assert score.known_share.tolist() == pytest.approx([1.0, 0.8])

    def test_who_never_shipped_scores_nothing_and_stands_in_the_table(self):
        customers = pd.DataFrame(
            {"customer_id": ["c1", "c2", "c3"], "opened_on": pd.to_datetime(["2020-01-01", "2026-01-01", "2026-12-01"])}
        )
        score = loyalty.transactional_loyalty(waybills(c1=["2026-10-30"]), as_of="2026-11-01", customers=customers)
        assert score.index.tolist() == ["c1", "c2"]
        assert score.loc["c2", "transactional"] == 0 and score.loc["c1", "lifetime_score"] == 100

    def test_the_future_changes_nothing(self, firm):
        before = firm.waybills[firm.waybills.picked_up_at < "2026-05-01"]
        options = {"as_of": "2026-05-01", "customers": firm.customers}
        pd.testing.assert_frame_equal(
            loyalty.transactional_loyalty(firm.waybills, **options), loyalty.transactional_loyalty(before, **options)
        )

    @settings(deadline=None, max_examples=12)
    @given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 60), st.integers(1, 60))
    def test_more_recent_and_more_frequent_never_scores_less(self, days, more_days, parcels, more_parcels):
        end = pd.Timestamp("2026-11-01")
        sent = waybills(
            better=[end - pd.Timedelta(days=days + 1)] * (parcels + more_parcels),
            worse=[end - pd.Timedelta(days=days + more_days + 1)] * parcels,
        )
        score = loyalty.transactional_loyalty(sent, as_of=end)
        assert score.transactional["better"] >= score.transactional["worse"]
        assert score.transactional.between(0, 100).all()

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"as_of": "soon"}, "no date"),
            ({"weights": [1, 2, 3, 4]}, "add up to 1"),
            ({"weights": "abcd"}, "add up to 1"),
            ({"share_of_wallet": pd.Series({"c1": 80})}, "outside 0 to 1"),
            ({"share_of_wallet": [0.5]}, "Series"),
            ({"as_of": "2020-01-01"}, "known before"),
            ({"customers": pd.DataFrame({"customer_id": ["c9"], "opened_on": ["2020-01-01"]})}, "no row in customers"),
        ],
    )
    def test_refusals(self, change, words):
        with pytest.raises(ValueError, match=words):
            loyalty.transactional_loyalty(waybills(c1=["2026-10-30"]), **{"as_of": "2026-11-01", **change})

    def test_refuses_what_is_no_table_of_waybills(self):
        with pytest.raises(ValueError, match="pandas table"):
            loyalty.transactional_loyalty([1, 2], as_of="2026-11-01")
        with pytest.raises(ValueError, match="picked_up_at"):
            loyalty.transactional_loyalty(pd.DataFrame({"customer_id": ["c1"]}), as_of="2026-11-01")
        with pytest.raises(ValueError, match="no date"):
            loyalty.transactional_loyalty(pd.DataFrame({"customer_id": ["c1"], "picked_up_at": ["soon"]}), as_of="2026-11-01")


class TestEmotional:
    def test_by_hand(self):
        found = loyalty.emotional_loyalty(
            answers(
                loyalty_3_reversed=[1, 10, 5.5],
                satisfaction_3=[10, 1, np.nan],
                recommend=[10, 0, 5],
                comment=["please add lockers", "never again", ""],
                loyalty_1=[9, 2, 5],
            )
        )
        assert found.scores.emotional.tolist() == pytest.approx([100, 0, (0.3 * 50 + 0.35 * 50 + 0) / 0.75])
        assert found.scores.suggests.tolist() == [100, 0, 0]
        assert found.scores.known_share.tolist() == pytest.approx([1, 1, 0.75])

    def test_the_latest_answer_before_the_day_counts(self):
        two = pd.concat([answers(recommend=[10], answered_on=["2026-04-10"]), answers(recommend=[0], answered_on=["2026-10-10"])])
        assert loyalty.emotional_loyalty(two).scores.recommends.tolist() == [0]
        assert loyalty.emotional_loyalty(two, as_of="2026-10-10").scores.recommends.tolist() == [100]
        with pytest.raises(ValueError, match="No customer answered"):
            loyalty.emotional_loyalty(two, as_of="2026-04-10")
        with pytest.raises(ValueError, match="No customer answered"):
            loyalty.emotional_loyalty(two, as_of="2026-10-10", within_days=30)

    def test_coverage_is_told(self):
        found = loyalty.emotional_loyalty(answers(recommend=[10, 5]), customers=["c0", "c1", "c2", "c3", "c4"])
        assert (found.answered, found.customers, found.coverage) == (2, 5, 0.4)
        assert "2 of 5" in found.summary()
        assert np.isnan(loyalty.emotional_loyalty(answers(recommend=[10])).coverage)

    def test_own_items(self):
        table = answers(recommend=[10, 0]).assign(dearer=[True, False], idea=[True, False])
        items = {"pays_more": ["dearer"], "benchmark": ["satisfaction_3"], "recommends": ["recommend"], "suggests": ["idea"]}
        assert loyalty.emotional_loyalty(table, items=items).scores.pays_more.tolist() == [100, 0]
        with pytest.raises(ValueError, match="items must name"):
            loyalty.emotional_loyalty(table, items={"pays_more": ["dearer"]})

    @settings(deadline=None, max_examples=12)
    @given(st.lists(st.tuples(*[st.integers(1, 10)] * 4), min_size=1, max_size=20))
    def test_scores_stay_on_the_scale_and_the_reversed_item_pulls_down(self, rows):
        stays, cheaper, ideal, recommend = map(list, zip(*rows, strict=True))
        table = answers(loyalty_1=stays, loyalty_3_reversed=cheaper, satisfaction_3=ideal, recommend=recommend)
        scores = loyalty.emotional_loyalty(table).scores
        assert scores.emotional.between(0, 100).all()
        firmer = loyalty.emotional_loyalty(table.assign(loyalty_3_reversed=1)).scores
        assert (firmer.emotional >= scores.emotional - 1e-9).all()

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"recommend": [11]}, "outside 0 to 10"),
            ({"satisfaction_3": [0]}, "outside 1 to 10"),
            ({"recommend": ["many"]}, "not a number"),
            ({"answered_on": ["soon"]}, "no date"),
            ({"customer_id": [None]}, "missing"),
        ],
    )
    def test_refusals(self, change, words):
        with pytest.raises(ValueError, match=words):
            loyalty.emotional_loyalty(answers(**{"recommend": [5], **change}))

    def test_a_missing_item_is_named(self):
        with pytest.raises(ValueError, match="satisfaction_3"):
            loyalty.emotional_loyalty(answers(recommend=[5]).drop(columns="satisfaction_3"))


class TestMatrix:
    def test_shares_and_wilson_intervals(self):
        done = pd.Series({f"c{number}": 90.0 if number < 30 else 10.0 for number in range(50)})
        felt = pd.Series({f"c{number}": 90.0 if number % 2 else 10.0 for number in range(40)})
        result = loyalty.loyalty_matrix(done, felt)
        assert result.shares.customers.to_dict() == {"true": 15, "latent": 5, "spurious": 15, "none": 5}
        assert (result.unknown, result.coverage) == (10, 0.8)
        oracle = binomtest(15, 40).proportion_ci(method="wilson")
        assert result.shares.loc["true", ["low", "high"]].tolist() == pytest.approx([oracle.low, oracle.high])
        assert "10 customers (20.0%)" in result.summary()

    def test_weights_move_the_shares_and_widen_the_intervals(self):
        done, felt = pd.Series({"a": 90.0, "b": 90.0, "c": 90.0}), pd.Series({"a": 90.0, "b": 10.0, "c": 10.0})
        even = loyalty.loyalty_matrix(done, felt, weights=pd.Series({"a": 2.0, "b": 2.0, "c": 2.0}))
        pd.testing.assert_frame_equal(even.shares, loyalty.loyalty_matrix(done, felt).shares)
        skewed = loyalty.loyalty_matrix(done, felt, weights=pd.Series({"a": 2.0, "b": 1.0, "c": 1.0}))
        assert skewed.shares.share["true"] == 0.5 and skewed.weighted

    @settings(deadline=None, max_examples=12)
    @given(
        st.lists(st.tuples(st.integers(0, 100), st.one_of(st.none(), st.integers(0, 100))), min_size=1, max_size=30),
        st.integers(1, 100),
        st.integers(1, 100),
    )
    def test_everybody_has_one_place(self, scores, habit, attitude):
        names = [f"c{number}" for number in range(len(scores))]
        done, felt = (pd.Series([row[side] for row in scores], index=names, dtype=float) for side in (0, 1))
        if felt.isna().all():
            return
        result = loyalty.loyalty_matrix(done, felt, habit_from=habit, attitude_from=attitude)
        assert result.shares.customers.sum() + result.unknown == len(scores)
        assert result.shares.share.sum() == pytest.approx(1)
        assert (result.shares.low <= result.shares.share).all() and (result.shares.share <= result.shares.high).all()

    @pytest.mark.parametrize(
        ("done", "felt", "options", "words"),
        [
            (pd.Series({"a": 50.0}), pd.Series({"b": 50.0}), {}, "None of these customers"),
            (pd.Series({"a": 500.0}), pd.Series({"a": 5.0}), {}, "outside 0"),
            (pd.Series({"a": np.nan}), pd.Series({"a": 5.0}), {}, "missing"),
            (pd.Series([1.0, 2.0], index=["a", "a"]), pd.Series({"a": 5.0}), {}, "more than once"),
            (pd.Series({"a": 50.0}), pd.Series({"a": 5.0}), {"habit_from": 0}, "above 0"),
            ([1.0], pd.Series({"a": 5.0}), {}, "Series"),
            (pd.Series({"a": 50.0}), pd.Series({"a": 5.0}), {"weights": pd.Series({"a": -1.0})}, "not above 0"),
            (pd.Series(dtype=float), pd.Series({"a": 5.0}), {}, "no customers at all"),
        ],
    )
    def test_refusals(self, done, felt, options, words):
        with pytest.raises(ValueError, match=words):
            loyalty.loyalty_matrix(done, felt, **options)


class TestValue:
    KINDS = pd.Series({"c1": "true", "c2": "spurious", "c3": "no_answer", "c4": "none"})

    def test_shares_and_interval(self):
        found = loyalty.loyalty_value(self.KINDS, pd.Series({"c1": 40.0, "c2": 30.0, "c3": 30.0}), rng=1)
        assert found.table.share.to_dict() == pytest.approx({"true": 0.4, "spurious": 0.3, "none": 0.0, "no_answer": 0.3})
        assert found.unsure == pytest.approx(0.6) and found.unsure_low < 0.6 < found.unsure_high
        assert "60%" in found.headline() and "40%" in found.summary()

    def test_the_interval_is_that_of_a_plain_bootstrap(self):
        rng = np.random.default_rng(0)
        kinds = pd.Series(rng.choice(["true", "spurious", "latent"], 300))
        value = pd.Series(rng.gamma(1, 10, 300))
        found = loyalty.loyalty_value(kinds, value, rng=2)
        rows = rng.integers(300, size=(1000, 300))
        share = (value.to_numpy()[rows] * (kinds.to_numpy() == "spurious")[rows]).sum(axis=1) / value.to_numpy()[rows].sum(axis=1)
        assert [found.unsure_low, found.unsure_high] == pytest.approx(np.quantile(share, [0.025, 0.975]), abs=0.01)

    @settings(deadline=None, max_examples=8)
    @given(st.lists(st.tuples(st.sampled_from(["true", "spurious", "latent", "no_answer"]), st.integers(0, 100)), min_size=1, max_size=20))
    def test_shares_add_up(self, rows):
        kinds, value = (pd.Series([row[side] for row in rows]) for side in (0, 1))
        if not value.sum():
            return
        found = loyalty.loyalty_value(kinds, value, resamples=100, rng=1)
        assert found.table.share.sum() == pytest.approx(1) and found.table.customers.sum() == len(rows)
        assert (found.table.low <= found.table.share).all() and (found.table.share <= found.table.high).all()

    @pytest.mark.parametrize(
        ("kinds", "value", "options", "words"),
        [
            (KINDS, pd.Series({"c1": -1.0}), {}, "negative"),
            (KINDS, pd.Series({"c9": 1.0}), {}, "no kind of loyalty"),
            (KINDS.replace("none", "fond"), pd.Series({"c1": 1.0}), {}, "loyalty is none of"),
            (KINDS, pd.Series({"c1": 0.0}), {}, "nothing to share out"),
            (KINDS, pd.Series({"c1": 1.0}), {"rng": None}, "rng must be"),
            (KINDS, pd.Series({"c1": 1.0}), {"resamples": 5}, "at least 100"),
            (["true"], pd.Series({"c1": 1.0}), {}, "Series"),
        ],
    )
    def test_refusals(self, kinds, value, options, words):
        with pytest.raises(ValueError, match=words):
            loyalty.loyalty_value(kinds, value, **{"rng": 1, **options})

    def test_every_kind_has_a_policy(self):
        policy = loyalty.loyalty_policy()
        kinds = loyalty.loyalty_matrix(pd.Series({"a": 1.0}), pd.Series({"a": 1.0})).customers.loyalty
        assert set(policy.index) == set(kinds.cat.categories)
        assert policy.map(len).gt(0).all(axis=None)


class TestTruth:
    """What the methods say of the simulated firm, against what is true of it."""

    def test_the_score_follows_the_true_loyalty(self, firm, truth):
        """The items load 0.8 and less on the construct, so about 0.83 is what they can reach; 0.75 leaves room for chance."""
        felt = loyalty.emotional_loyalty(firm.surveys, customers=firm.customers).scores
        latent = truth["survey_latents"]
        latent = latent[latent.invitation_id.isin(firm.surveys.invitation_id)].sort_values("wave").groupby("customer_id").last()
        assert felt.emotional.corr(latent.loyalty.reindex(felt.index)) > 0.75
        comment = firm.surveys.set_index("invitation_id").comment.notna().astype(float)
        assert abs(comment.corr(truth["survey_latents"].set_index("invitation_id").loyalty)) < 0.15, "a comment alone is no sign of loyalty"

    def test_who_seems_loyal_leaves_more_often_than_who_is(self, firm, truth):
        """At the turn of the first year: true < spurious < none in the hazard that is true of them, not in the few who chance to go."""
        day = pd.Timestamp("2025-11-01")
        done = loyalty.transactional_loyalty(firm.waybills, as_of=day, customers=firm.customers)
        felt = loyalty.emotional_loyalty(firm.surveys, as_of=day)
        kind = loyalty.loyalty_matrix(done.transactional[done.index.isin(felt.scores.index)], felt.scores.emotional).customers.loyalty
        panel = truth["panel"][(truth["panel"].month >= 12) & (truth["panel"].hazard > 0)]
        hazard = panel.groupby("customer_id").hazard.mean().groupby(kind.reindex(panel.customer_id.unique()), observed=True).mean()
        assert hazard["true"] < 0.9 * hazard["spurious"] < hazard["spurious"] < hazard["none"]
        dear = panel[panel.price_gap > panel.price_gap.quantile(0.75)].groupby("customer_id").hazard.mean()
        dear = dear.groupby(kind.reindex(dear.index), observed=True).mean()
        assert dear["spurious"] > 1.1 * dear["true"], "when rivals are cheap the spurious leave more often"
