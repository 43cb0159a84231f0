import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import company, loyalty


@pytest.fixture(scope="module")
def lark():
    return company.lark()


def entries(*rows, member="m1"):
    return pd.DataFrame([(member, *row) for row in rows], columns=["member_id", "booked_on", "kind", "points"])


class TestTiers:
    def test_the_limits_belong_to_the_higher_tier(self):
        found = loyalty.membership(pd.Series({"a": 0, "b": 299.99, "c": 300, "d": 6000}))
        assert found.tier.tolist() == ["standard", "standard", "silver", "diamond"]
        assert found.to_next_yuan.tolist()[:3] == pytest.approx([300, 0.01, 1200]) and np.isnan(found.to_next_yuan["d"])
        assert found.own_agent.tolist() == [False, False, False, True] and found.next_tier.tolist()[-1] is None

    def test_the_shipped_members_stand_in_these_tiers(self, lark):
        assert (
            loyalty.membership(lark.members.set_index("member_id").year_spend_yuan).tier.astype(str).tolist()
            == lark.members.tier.astype(str).tolist()
        )

    def test_own_tiers(self):
        tiers = pd.DataFrame({"from_yuan": [0, 10], "gift": ["tea", "more tea"]}, index=["plain", "fancy"])
        assert loyalty.membership(pd.Series({"a": 10.0}), tiers=tiers).gift.tolist() == ["more tea"]

    @settings(deadline=None, max_examples=12)
    @given(st.lists(st.floats(0, 20_000), min_size=1, max_size=30))
    def test_more_spend_is_never_a_lower_tier(self, spends):
        found = loyalty.membership(pd.Series(sorted(spends), index=[f"c{number}" for number in range(len(spends))]))
        assert found.tier.cat.codes.is_monotonic_increasing and found.freight_discount.is_monotonic_increasing
        assert (found.to_next_yuan.dropna() > 0).all()

    @pytest.mark.parametrize(
        ("spend", "tiers", "words"),
        [
            (pd.Series({"a": -1.0}), None, "negative"),
            (pd.Series({"a": "lots"}), None, "not a number"),
            (pd.Series(dtype=float), None, "no customers"),
            (pd.Series({"a": 1.0}), pd.DataFrame({"from_yuan": [0, 0]}), "does not rise"),
            (pd.Series({"a": 1.0}), pd.DataFrame({"from_yuan": [5]}), "does not rise"),
            (pd.Series({"a": 1.0}), pd.DataFrame({"from_yuan": [0, 5]}, index=["x", "x"]), "same name"),
            (pd.Series({"a": 1.0}), "gold", "one row a tier"),
        ],
    )
    def test_refusals(self, spend, tiers, words):
        with pytest.raises(ValueError, match=words):
            loyalty.membership(spend, tiers=tiers)


class TestPoints:
    def test_first_in_first_out(self):
        ledger = loyalty.points_ledger(
            entries(("2026-01-31", "earn", 300), ("2026-07-31", "earn", 200), ("2026-09-05", "redeem", -350)), until="2027-06-30"
        )
        assert ledger.kind.tolist() == ["earn", "earn", "redeem", "expire"]
        assert ledger.balance.tolist() == [300, 500, 150, 0]
        assert ledger.booked_on.iloc[-1] == pd.Timestamp("2027-06-30") and ledger.expires_on.iloc[0] == pd.Timestamp("2026-12-31")

    def test_points_last_so_many_months_where_told(self):
        ledger = loyalty.points_ledger(entries(("2026-01-31", "earn", 300)), until="2026-04-01", lasts_months=1)
        assert ledger.booked_on.tolist() == [pd.Timestamp("2026-01-31"), pd.Timestamp("2026-02-28")]

    def test_the_order_of_the_rows_does_not_matter_and_input_stays(self):
        table = entries(("2026-09-05", "redeem", -350), ("2026-07-31", "earn", 200), ("2026-01-31", "earn", 300))
        before = table.copy(deep=True)
        assert loyalty.points_ledger(table).balance.tolist() == [300, 500, 150]
        pd.testing.assert_frame_equal(table, before)

    def test_overspending_is_refused_with_member_and_day(self):
        with pytest.raises(ValueError, match="Member m1 redeems 301 points on 2026-02-02 but has only 300"):
            loyalty.points_ledger(entries(("2026-01-31", "earn", 300), ("2026-02-02", "redeem", -301)))
        with pytest.raises(ValueError, match="has only 0"):
            loyalty.points_ledger(entries(("2025-01-31", "earn", 300), ("2026-02-02", "redeem", -1)))

    def test_balance_on_a_day(self, lark):
        ledger = loyalty.points_ledger(lark.points[lark.points.kind != "expire"], until="2026-10-31")
        on = pd.Timestamp("2026-03-15")
        shown = lark.points[lark.points.booked_on <= on].groupby("member_id").balance.last()
        worked_out = loyalty.points_balance(ledger, on=on)
        assert (worked_out.reindex(shown.index) == shown).all() and worked_out.sum() == shown.sum()
        assert loyalty.points_balance(lark.points, on="2026-10-31").sum() == lark.points.groupby("member_id").balance.last().sum()

    def test_the_shipped_ledger_reconciles_and_a_forged_entry_is_found(self, lark):
        assert loyalty.reconcile_points(lark.points, until="2026-10-31").empty
        forged = lark.points.copy()
        row = forged.index[forged.kind == "expire"][0]
        forged.loc[row, "points"] += 7
        found = loyalty.reconcile_points(forged, until="2026-10-31")
        assert found.member_id.tolist() == [forged.member_id[row]]
        assert (found.points_booked - found.points_worked_out).tolist() == [7]

    @settings(deadline=None, max_examples=8)
    @given(
        st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 500), st.sampled_from("ab")), min_size=1, max_size=25), st.integers(0, 2000)
    )
    def test_nothing_is_lost(self, rows, last):
        """Earned = redeemed + expired + left, in a world that redeems half of what is there at some times."""
        table = pd.DataFrame(rows, columns=["day", "points", "member_id"]).sort_values("day", kind="stable")
        table = table.assign(booked_on=pd.Timestamp("2024-01-01") + pd.to_timedelta(table.day, unit="D"), kind="earn")
        until = table.booked_on.max() + pd.Timedelta(days=last)
        ledger = loyalty.points_ledger(table, until=until)
        sums = ledger.groupby("kind", observed=False).points.sum()
        left = loyalty.points_balance(ledger, on=until)
        assert sums["earn"] + sums["expire"] == left.sum() and (ledger.balance >= 0).all()
        young = ledger[(ledger.kind == "earn") & (ledger.expires_on > until)]
        assert left.sum() == young.points.sum(), "unspent points live exactly until their day"
        spent = left[left > 0].rename("points").reset_index().assign(booked_on=until, kind="redeem", points=lambda found: -found.points)
        again = loyalty.points_ledger(pd.concat([table, spent]), until="2035-01-01")
        assert loyalty.points_balance(again, on="2035-01-01").sum() == 0

    @pytest.mark.parametrize(
        ("table", "options", "words"),
        [
            (entries(("2026-01-31", "gift", 5)), {}, "neither earn nor redeem"),
            (entries(("2026-01-31", "earn", -5)), {}, "wrong sign"),
            (entries(("2026-01-31", "earn", 1.5)), {}, "whole numbers"),
            (entries(("soon", "earn", 5)), {}, "no date"),
            (entries(), {}, "no entries"),
            (entries(("2026-01-31", "earn", 5)), {"lasts_months": 0}, "at least 1"),
            (entries(("2026-01-31", "earn", "many")), {}, "not a number"),
            (entries(("2026-01-31", "earn", 5), member=None), {}, "missing"),
            ([1], {}, "pandas table"),
        ],
    )
    def test_refusals(self, table, options, words):
        with pytest.raises(ValueError, match=words):
            loyalty.points_ledger(table, **options)


class TestLiability:
    def test_by_hand(self):
        table = pd.concat(
            [
                entries(("2025-01-31", "earn", 300), ("2025-03-31", "redeem", -150), ("2026-01-31", "earn", 500)),
                entries(("2025-01-31", "earn", 100), member="m2"),
            ]
        )
        found = loyalty.points_liability(table, on="2026-02-28", yuan_per_point=0.02)
        assert (found.outstanding, found.members, found.matured) == (500, 1, 400)
        assert found.breakage == 250 / 400 and found.yuan == pytest.approx(500 * 0.02 * 150 / 400)
        assert found.due.to_dict() == {pd.Timestamp("2026-12-31"): 500}
        assert found.low <= found.yuan <= found.high <= found.at_most == 10

    def test_it_agrees_with_the_shipped_ledger(self, lark):
        found = loyalty.points_liability(lark.points, on="2026-10-31")
        assert found.outstanding == lark.points.groupby("member_id").balance.last().sum() == found.due.sum()
        gone = -lark.points[lark.points.kind == "expire"].points.sum()
        assert found.breakage == pytest.approx(gone / found.matured)
        half = loyalty.points_liability(lark.points, on="2026-10-31", redemption_rate=0.5)
        assert half.yuan == half.at_most / 2 and np.isnan(half.low)

    def test_what_was_foreseen_half_a_year_before_came_about(self, lark):
        """Breakage of points matured by the end of 2025, against that of the points which matured by the middle of 2026."""
        before = loyalty.points_liability(lark.points, on="2025-12-31")
        later = loyalty.points_liability(lark.points, on="2026-06-30")
        new = (later.breakage * later.matured - before.breakage * before.matured) / (later.matured - before.matured)
        assert before.breakage_low < new < before.breakage_high

    def test_the_interval_covers(self):
        """Members who redeem all or nothing, half of them: breakage is 0.5, and the interval of 95% holds it about so often."""
        rng, held = np.random.default_rng(3), 0
        earned = pd.DataFrame(
            {"member_id": [f"m{number}" for number in range(40)], "booked_on": pd.Timestamp("2025-01-31"), "kind": "earn", "points": 100}
        )
        for _turn in range(30):
            spent = earned[rng.random(40) < 0.5].assign(booked_on=pd.Timestamp("2025-02-28"), kind="redeem", points=-100)
            found = loyalty.points_liability(pd.concat([earned, spent]), on="2026-02-28")
            held += found.breakage_low <= 0.5 <= found.breakage_high
        assert held >= 25

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"on": "2025-02-28"}, "nothing can be learnt"),
            ({"redemption_rate": 44}, "between 0 and 1"),
            ({"yuan_per_point": -1}, "0 or more"),
            ({"on": "soon"}, "no date"),
            ({"level": 95}, "between 0 and 1"),
        ],
    )
    def test_refusals(self, options, words):
        with pytest.raises(ValueError, match=words):
            loyalty.points_liability(entries(("2025-01-31", "earn", 300)), **{"on": "2026-02-28", **options})


class TestMembershipEffect:
    def test_strata_are_compared_within_themselves(self):
        """Two strata that grow differently, of unequal shares invited: pooled means would mislead."""
        rows = [("e_commerce", "offer", 100, 220)] * 30 + [("e_commerce", "control", 100, 200)] * 10
        rows += [("walk_in", "offer", 100, 55)] * 10 + [("walk_in", "control", 100, 50)] * 30
        table = pd.DataFrame(rows, columns=["stratum", "arm", "before_yuan", "after_yuan"]).assign(
            kind="membership", accepted=lambda t: t.arm == "offer"
        )
        found = loyalty.membership_effect(table, spend_floor=1e-9).table
        assert found.effect["invited"] == pytest.approx(0.1) and found.effect["joined"] > 0.5

    def test_the_invitation_does_what_is_true_of_it_and_joining_seems_to_do_more(self, lark):
        """The scenario's effects on ln(growth) average 0.16; the interval of 95% holds it."""
        truth = company.Scenario().sales.effects["membership"]
        trial = lark.offers[(lark.offers.kind == "membership") & lark.offers.after_yuan.notna()].merge(lark.customers, on="customer_id")
        stated = np.expm1((trial.market.astype(object).map(truth).astype(float) + truth["moderator"] * (trial.nature == "group")).mean())
        found = loyalty.membership_effect(lark.offers).table
        assert found.low["invited"] < stated < found.high["invited"]
        assert found.low["joined"] > stated, "self-selection: those who joined were growing anyway"

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"kind": "retention"}, "no membership trial"),
            ({"arm": "third"}, "neither offer nor control"),
            ({"after_yuan": -1.0}, "negative"),
            ({"before_yuan": np.nan}, "missing"),
            ({"arm": "offer"}, "fewer than two"),
        ],
    )
    def test_refusals(self, lark, change, words):
        with pytest.raises(ValueError, match=words):
            loyalty.membership_effect(lark.offers[lark.offers.kind == "membership"].head(40).assign(**change))
