import math

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import standards
from crmlib.segments import abc_classes, class_summary, rising_stars


def by_customer(values) -> pd.Series:
    return pd.Series([float(value) for value in values], index=[f"c{number:03d}" for number in range(len(values))])


cents = st.integers(0, 10**7)
revenues = st.lists(cents, min_size=1, max_size=80).filter(any).map(lambda values: by_customer([value / 100 for value in values]))


class TestAbcClasses:
    def test_by_hand(self):
        revenue = pd.Series({"c1": 10.0, "c2": 80.0, "c3": 6.0, "c4": 3.0, "c5": 1.0})
        classes = abc_classes(revenue, a_share=0.2, b_share=0.4)
        assert classes.index.tolist() == ["c2", "c1", "c3", "c4", "c5"]
        assert classes.revenue.tolist() == [80, 10, 6, 3, 1]
        assert classes.cumulative_share.tolist() == pytest.approx([0.80, 0.90, 0.96, 0.99, 1.00])
        assert classes.abc.tolist() == ["A", "B", "C", "C", "C"]
        assert classes.abc.cat.ordered and classes.abc.cat.categories.tolist() == ["A", "B", "C"]

    def test_the_standards_give_the_shares(self, tmp_path):
        revenue = by_customer(range(1, 101))
        assert abc_classes(revenue).abc.value_counts().to_dict() == {"A": 5, "B": 15, "C": 80}
        changed = tmp_path / "ours.toml"
        changed.write_text('[abc.a_share]\nvalue = 0.1\nunit = "share"\nsource = "us"\ndate = "2026"\nmark = "teaching"\n', "utf-8")
        standards.use(changed)
        try:
            assert abc_classes(revenue).abc.value_counts().to_dict() == {"A": 10, "B": 10, "C": 80}
        finally:
            standards.use(None)

    def test_a_started_customer_counts_whole(self):
        assert abc_classes(by_customer(range(1, 48)), a_share=0.05, b_share=0.2).abc.value_counts().to_dict() == {"A": 3, "B": 7, "C": 37}
        assert abc_classes(by_customer([7])).abc.tolist() == ["A"]

    def test_ties_keep_the_index_order(self):
        revenue = pd.Series({"late": 5.0, "early": 5.0, "first": 9.0, "last": 5.0})
        assert abc_classes(revenue, a_share=0.5, b_share=0.75).index.tolist() == ["first", "late", "early", "last"]

    def test_input_is_not_changed_and_the_index_keeps_its_name(self):
        revenue = by_customer([3, 1, 2]).rename_axis("customer_id")
        before = revenue.copy(deep=True)
        assert abc_classes(revenue).index.name == "customer_id"
        pd.testing.assert_series_equal(revenue, before)

    @settings(deadline=None, max_examples=60)
    @given(revenues, st.integers(1, 40), st.integers(1, 59))
    def test_sizes_are_exact_and_heads_bring_no_less_than_tails(self, revenue, a_percent, more):
        a_share, b_share = a_percent / 100, (a_percent + more) / 100
        classes = abc_classes(revenue, a_share=a_share, b_share=b_share)
        in_a = -(-a_percent * len(revenue) // 100)
        in_a_or_b = -(-(a_percent + more) * len(revenue) // 100)
        assert (classes.abc == "A").sum() == in_a
        assert (classes.abc != "C").sum() == in_a_or_b
        heads = class_summary(classes.abc, classes.revenue).query("customers > 0")
        per_head = (heads.revenue / heads.customers).tolist()
        assert all(first >= second - 1e-9 for first, second in zip(per_head, per_head[1:], strict=False))
        assert classes.cumulative_share.is_monotonic_increasing
        assert classes.cumulative_share.iloc[-1] == 1.0
        assert sorted(classes.index) == sorted(revenue.index)

    @settings(deadline=None, max_examples=60)
    @given(st.lists(cents, min_size=1, max_size=60, unique=True).filter(any), st.randoms(use_true_random=False))
    def test_the_order_of_the_rows_does_not_matter(self, values, random):
        revenue = by_customer(values)
        shuffled = revenue.sample(frac=1, random_state=random.randrange(2**31))
        pd.testing.assert_frame_equal(abc_classes(revenue), abc_classes(shuffled))

    @settings(deadline=None, max_examples=40)
    @given(revenues, st.randoms(use_true_random=False))
    def test_with_ties_the_revenue_of_each_class_stays(self, revenue, random):
        shuffled = revenue.sample(frac=1, random_state=random.randrange(2**31))
        first, second = (abc_classes(values).groupby("abc", observed=False).revenue.sum() for values in (revenue, shuffled))
        pd.testing.assert_series_equal(first, second)

    def test_agrees_with_sql(self):
        rng = np.random.default_rng(3)
        revenue = by_customer(np.round(rng.pareto(1.2, 731) * 100 + rng.random(731), 6)).rename_axis("customer_id").rename("revenue")
        with duckdb.connect() as connection:
            connection.register("revenue", revenue.reset_index())
            expected = connection.sql("""
                WITH ranked AS (
                    SELECT customer_id, row_number() OVER (ORDER BY revenue DESC) AS place, count(*) OVER () AS customers,
                           sum(revenue) OVER (ORDER BY revenue DESC) / sum(revenue) OVER () AS cumulative_share
                    FROM revenue)
                SELECT customer_id, cumulative_share,
                       CASE WHEN place <= ceil(customers * 5 / 100.0) THEN 'A'
                            WHEN place <= ceil(customers * 20 / 100.0) THEN 'B' ELSE 'C' END AS abc
                FROM ranked ORDER BY place
            """).df()
        found = abc_classes(revenue, a_share=0.05, b_share=0.2)
        assert found.index.tolist() == expected.customer_id.tolist()
        assert found.abc.tolist() == expected.abc.tolist()
        assert found.cumulative_share.tolist() == pytest.approx(expected.cumulative_share.tolist())

    @pytest.mark.parametrize(
        ("revenue", "sentence"),
        [
            (pd.Series({"c1": 5.0, "c2": -1.0}), "revenue is negative: 1 row(s), first c2"),
            (pd.Series({"c1": 5.0, "c2": None}), "revenue is missing: 1 row(s), first c2"),
            (pd.Series({"c1": "5", "c2": "five"}), "revenue is not a number: 1 row(s), first c2"),
            (pd.Series({"c1": 5.0, "c2": math.inf}), "revenue is infinite: 1 row(s), first c2"),
            (pd.Series([5.0, 1.0, 2.0], index=["c1", "c2", "c1"]), "more than once: 2 row(s), first c1, c1"),
            (pd.Series([5.0, 1.0], index=["c1", None]), "rows without a customer_id"),
            (pd.Series({"c1": 0.0, "c2": 0.0}), "Every customer's revenue is 0"),
            (pd.Series(dtype=float), "revenue has no customers at all"),
            (pd.to_datetime(pd.Series({"c1": "2026-01-01"})), "revenue is not a number"),
            (pd.Series({"c1": "A"}, dtype="category"), "revenue is not a number"),
            (pd.DataFrame({"revenue": [1.0]}), "must be a Series indexed by customer_id; this is a DataFrame"),
            ([3.0, 2.0], "must be a Series indexed by customer_id; this is a list"),
        ],
    )
    def test_unusable_revenue_is_refused_with_a_sentence(self, revenue, sentence):
        with pytest.raises(ValueError) as caught:
            abc_classes(revenue)
        assert sentence in str(caught.value)

    @pytest.mark.parametrize(
        ("shares", "sentence"),
        [
            ({"a_share": 20}, "a_share is 20; it must lie between 0 and 1"),
            ({"b_share": 1.0}, "b_share is 1.0; it must lie between 0 and 1"),
            ({"a_share": 0.2, "b_share": 0.2}, "b_share must be the larger"),
            ({"a_share": 0.3}, "b_share must be the larger"),
        ],
    )
    def test_unusable_shares_are_refused_with_a_sentence(self, shares, sentence):
        with pytest.raises(ValueError) as caught:
            abc_classes(by_customer([3, 2, 1]), **shares)
        assert sentence in str(caught.value)


class TestClassSummary:
    def test_by_hand(self):
        revenue = pd.Series({"c1": 60.0, "c2": 30.0, "c3": 10.0, "c4": 0.0})
        summary = class_summary(pd.Series({"c4": "C", "c3": "C", "c2": "B", "c1": "A"}, name="abc"), revenue)
        assert summary.index.tolist() == ["A", "B", "C"] and summary.index.name == "abc"
        assert summary.columns.tolist() == ["customers", "customer_share", "revenue", "revenue_share"]
        assert summary.loc["C"].tolist() == [2, 0.5, 10.0, 0.1]

    def test_classes_without_customers_stay_visible(self):
        classes = pd.Series(pd.Categorical(["loyal", "lost"], categories=["lost", "new", "loyal"]), index=["c1", "c2"])
        summary = class_summary(classes, pd.Series({"c1": 4.0, "c2": 0.0}))
        assert summary.customers.to_dict() == {"lost": 1, "new": 0, "loyal": 1}

    @settings(deadline=None, max_examples=40)
    @given(revenues, st.data())
    def test_shares_add_up_to_one(self, revenue, data):
        letters = data.draw(st.lists(st.sampled_from("ABC"), min_size=len(revenue), max_size=len(revenue)))
        summary = class_summary(pd.Series(letters, index=revenue.index), revenue)
        assert summary[["customer_share", "revenue_share"]].sum().tolist() == pytest.approx([1, 1])
        assert summary.customers.sum() == len(revenue)
        assert summary.revenue.sum() == pytest.approx(revenue.sum())

    def test_nobody_with_revenue_gives_shares_of_nought(self):
        assert class_summary(pd.Series({"c1": "A"}), pd.Series({"c1": 0.0})).revenue_share.tolist() == [0.0]

    @pytest.mark.parametrize(
        ("classes", "revenue", "sentence"),
        [
            ({"c1": "A", "c2": "B"}, {"c1": 1.0}, "have a class but no revenue: 1 row(s), first c2"),
            ({"c1": "A"}, {"c1": 1.0, "c9": 2.0}, "have revenue but no class: 1 row(s), first c9"),
            ({"c1": "A", "c2": None}, {"c1": 1.0, "c2": 2.0}, "customers without a class: 1 row(s), first c2"),
        ],
    )
    def test_customers_on_one_side_are_named(self, classes, revenue, sentence):
        with pytest.raises(ValueError) as caught:
            class_summary(pd.Series(classes), pd.Series(revenue))
        assert sentence in str(caught.value)

    def test_a_table_instead_of_a_column(self):
        with pytest.raises(ValueError, match="must be a Series of classes"):
            class_summary(pd.DataFrame({"abc": ["A"]}), pd.Series([1.0]))


class TestRisingStars:
    def test_by_hand(self):
        before = pd.Series({"big": 5000.0, "star": 400.0, "small_star": 200.0, "slow": 300.0, "noise": 20.0, "gone": 90.0})
        now = pd.Series({"big": 9000.0, "star": 900.0, "small_star": 320.0, "slow": 330.0, "noise": 90.0, "fresh": 800.0})
        stars = rising_stars(before, now, min_growth=0.5, min_revenue=100, a_share=0.16, b_share=0.4)
        assert stars.index.tolist() == ["star", "small_star"], "largest gain first; the A customer, the slow, the tiny and the new are out"
        assert stars.columns.tolist() == ["before", "now", "gain", "growth", "abc"]
        assert stars.gain.tolist() == [500, 120]
        assert stars.growth.tolist() == pytest.approx([1.25, 0.6])
        assert stars.abc.tolist() == ["B", "C"]

    def test_none_is_an_empty_table(self):
        steady = by_customer([500, 400, 300])
        assert rising_stars(steady, steady, min_growth=0).empty

    def test_growth_at_the_limit_is_in(self):
        before, now = pd.Series({"a": 1000.0, "b": 100.0}), pd.Series({"a": 1000.0, "b": 150.0})
        assert rising_stars(before, now, min_growth=0.5, min_revenue=100).index.tolist() == ["b"]

    @settings(deadline=None, max_examples=40)
    @given(st.lists(st.tuples(cents, cents), min_size=1, max_size=50).filter(lambda pairs: any(after for _before, after in pairs)))
    def test_every_star_satisfies_every_condition(self, pairs):
        before, now = by_customer([first for first, _ in pairs]), by_customer([second for _, second in pairs])
        stars = rising_stars(before, now, min_growth=0.3, min_revenue=50)
        assert (stars.growth >= 0.3).all() and (stars.before >= 50).all() and (stars.abc != "A").all()
        assert (stars.now - stars.before).is_monotonic_decreasing
        missed = now.index.difference(stars.index)
        classes = abc_classes(now).abc[missed]
        assert ((now[missed] < before[missed] * 1.3 * (1 + 1e-9)) | (before[missed] < 50) | (classes == "A")).all()

    @pytest.mark.parametrize("limit", ["min_growth", "min_revenue"])
    def test_negative_limits_are_refused(self, limit):
        with pytest.raises(ValueError, match=f"{limit} is -1; it must be 0 or more"):
            rising_stars(by_customer([1]), by_customer([1]), **{limit: -1})

    def test_the_sentence_names_the_period(self):
        with pytest.raises(ValueError, match=r"before is negative: 1 row\(s\), first c000"):
            rising_stars(by_customer([-1]), by_customer([1]))
