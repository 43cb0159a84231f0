from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import i18n
from crmlib.accounts import potential_key_accounts, visit_plan
from crmlib.company.simulation import draw_world
from crmlib.credit import working_days
from crmlib.segments import class_policy

START = pd.Timestamp("2026-11-02")
EVERY_DAY = pd.DataFrame({"date": pd.date_range("2026-10-01", "2027-01-31"), "is_workday": True})


def people(rows) -> pd.DataFrame:
    """Rows of (salesperson, class, days since the last visit)."""
    table = pd.DataFrame(rows, columns=["salesperson_id", "class", "since"])
    return table.assign(customer_id=[f"c{number}" for number in range(len(table))],
                        last_visit_on=START - pd.to_timedelta(table["since"], unit="D")).drop(columns="since")  # fmt: skip


ROWS = st.lists(
    st.tuples(st.sampled_from(["S1", "S2", None]), st.sampled_from("ABC"), st.one_of(st.none(), st.integers(0, 300))),
    min_size=1,
    max_size=25,
)


@settings(deadline=None, max_examples=10)
@given(ROWS, st.integers(1, 30), st.integers(0, 3))
def test_a_plan_keeps_its_word(rows, days, capacity):
    table = people(rows)
    plan = visit_plan(table, start=START, days=days, capacity=capacity)
    assert (plan.visits.groupby(["day", "salesperson_id"]).size() <= capacity).all()
    assert working_days(START, START + pd.Timedelta(days=days))[plan.visits["day"]].all()
    assert plan.visits["days_late"].max() == plan.most_days_late or plan.visits.empty
    rhythm = table.set_index("customer_id")["class"].map({"A": 14, "B": 30, "C": 180})
    due = (table.set_index("customer_id")["last_visit_on"] + pd.to_timedelta(rhythm, unit="D")).fillna(START)
    first = plan.visits.drop_duplicates("customer_id").set_index("customer_id")
    within = due[due < START + pd.Timedelta(days=days)].index
    assert set(within) <= set(first.index) | set(plan.unplaced["customer_id"]), "whoever is due is visited or named"
    assert (first["due_on"] == due[first.index]).all()
    assert (first["days_late"] == (first["day"] - due[first.index]).dt.days.clip(lower=0)).all()
    assert (first["due_on"] - first["day"]).dt.days.le(0.2 * rhythm[first.index]).all(), "hardly earlier than agreed"
    assert set(plan.unplaced.loc[plan.unplaced["reason"] == "no_salesperson", "customer_id"]) <= set(
        table.loc[table["salesperson_id"].isna(), "customer_id"]
    )


@settings(deadline=None, max_examples=10)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=5))
def test_no_other_order_has_a_smaller_greatest_delay(since):
    """Oracle: all orders of up to five customers, one visit a day."""
    table = people([("S1", "A", days) for days in since])
    plan = visit_plan(table, start=START, days=20, capacity=1, calendar=EVERY_DAY, early_share=0.5)
    first = plan.visits.drop_duplicates("customer_id")
    due = [14 - days for days in since]

    def worst(order: tuple[int, ...]) -> int:
        today, late = 0, 0
        for customer in order:
            today = max(today, due[customer] - 7)
            late, today = max(late, today - due[customer]), today + 1
        return late

    assert first["days_late"].max() <= min(worst(order) for order in permutations(range(len(since))))


def test_a_customer_comes_back_in_its_rhythm():
    plan = visit_plan(people([("S1", "A", 14)]), start=START, days=30, capacity=1, calendar=EVERY_DAY, early_share=0.0)
    assert (plan.visits["day"] - START).dt.days.tolist() == [0, 14, 28]


def test_policies_and_capacities_of_ones_own():
    table = people([("S1", "A", 3), ("S2", "B", 3), ("S1", "D", 3)])
    plan = visit_plan(table, {"A": 2, "B": 99, "D": None}, start=START, days=5, capacity={"S1": 1, "S2": 0})
    assert plan.visits["customer_id"].unique().tolist() == ["c0"] and plan.load["capacity"].tolist() == [5, 0]
    same = visit_plan(people([("S1", "A", 30)]), class_policy(), start=START, days=5)
    assert same.visits["customer_id"].tolist() == ["c0"]


def test_who_cannot_be_visited_is_named():
    plan = visit_plan(people([("S1", "A", 30), ("S1", "A", 40), (None, "A", 50)]), start=START, days=1, capacity=1)
    assert plan.visits["customer_id"].tolist() == ["c1"]
    assert plan.unplaced[["customer_id", "reason", "days_late"]].values.tolist() == [
        ["c2", "no_salesperson", 36],
        ["c0", "no_capacity", 16],
    ]
    assert "1 for want of time, 1 without a salesperson" in plan.summary()
    i18n.use_language("zh")
    assert "want of time" not in plan.summary()
    assert any(plan.plot().get_title(loc=place) for place in ("left", "center"))


@pytest.mark.parametrize(
    ("change", "options", "sentence"),
    [
        (lambda t: t.drop(columns="class"), {}, "lacks the column(s) class"),
        (lambda t: t.drop(columns="last_visit_on"), {}, "lacks the column(s) last_visit_on"),
        (lambda t: t.assign(last_visit_on="May"), {}, "last_visit_on holds text, not dates"),
        (
            lambda t: t.assign(**{"class": "Z"}),
            {},
            "a class for which the policy has no row: 1 row(s), first c0. The policy knows: A, B, C.",
        ),
        (lambda t: pd.concat([t, t]), {}, "customers holds some customers more than once"),
        (lambda t: t, {"days": 0}, "days is 0"),
        (lambda t: t, {"capacity": -1}, "capacity is -1"),
        (lambda t: t, {"capacity": {"S9": 1}}, "capacity has no number for the salesperson S1"),
        (lambda t: t, {"early_share": 2}, "early_share is 2"),
        (lambda t: t, {"policy": {"A": 0}}, "Days between visits must be 1 or more"),
        (lambda t: t, {"start": "soon"}, "start is soon, which is no date"),
    ],
)
def test_unusable_input_is_refused_with_a_sentence(change, options, sentence):
    with pytest.raises(ValueError) as caught:
        visit_plan(change(people([("S1", "A", 3)])), **{"start": START, "days": 5} | options)
    assert sentence in str(caught.value)


@pytest.fixture(scope="module")
def three_years():
    world = draw_world(customers=3000, months=36, seed=2, start="2023-11-01")
    return world.waybills, world.truth["customers"].set_index("customer_id")


def test_chances_come_true_a_year_later(three_years):
    """Told at the end of the second year, checked at the end of the third."""
    waybills, __ = three_years
    before = waybills[waybills["picked_up_at"] < "2025-11-01"]
    table = potential_key_accounts(before, as_of="2025-10-31", tiers=(300, 1000, 3000, 10000))
    later = (
        waybills[waybills["picked_up_at"] >= "2025-11-01"].groupby("customer_id")["price_yuan"].sum().reindex(table.index, fill_value=0.0)
    )
    reached = later >= table["next_tier_yuan"]
    bands = pd.cut(table["tier_chance"], [0, 0.1, 0.3, 0.6, 1.0], labels=False)
    found = pd.DataFrame({"told": table["tier_chance"], "came": reached}).groupby(bands).agg(["mean", "size"])
    # Three standard errors, and five points because one year is not like another.
    error = 3 * (found["told", "mean"] * (1 - found["told", "mean"]) / found["told", "size"]) ** 0.5 + 0.05
    assert ((found["told", "mean"] - found["came", "mean"]).abs() < error).all()
    inside = ((later >= table["next_year_low"]) & (later <= table["next_year_high"])).mean()
    assert inside > 0.85, "90% intervals"


def test_growth_tells_true_risers_from_true_decliners(three_years):
    """Truth: who turned up or down within the two years; growth is noisy for the few parcels of most."""
    waybills, truth = three_years
    table = potential_key_accounts(waybills, as_of="2026-10-31", tiers=(10**9,))
    true = truth.reindex(table.index)
    turned = true["turns_on"].between("2024-11-01", "2026-03-01")
    growth = {kind: table.loc[turned & (true["kind"] == kind), "growth"].to_numpy() for kind in ("rising", "declining")}
    assert min(map(len, growth.values())) > 20
    assert (growth["rising"][:, None] > growth["declining"]).mean() > 0.9
    assert (table["growth_low"] <= table["growth"]).all() and (table["growth"] <= table["growth_high"]).all()


def test_tiers_and_reasons():
    days = pd.date_range("2024-11-01", "2026-10-31", freq="D")
    one = pd.DataFrame({"customer_id": "c1", "picked_up_at": days, "price_yuan": 10.0})
    table = potential_key_accounts(one, as_of="2026-10-31", tiers=(1000, 4000))
    assert table[["year_yuan", "tier", "next_tier_yuan", "why"]].values.tolist() == [[3650.0, 1, 4000.0, "near_tier"]]
    assert potential_key_accounts(one, as_of="2026-10-31", tiers=(1000, 2000)).empty, "in the top tier already"
    assert potential_key_accounts(one, as_of="2026-10-31")["next_tier_yuan"].tolist() == [10000.0]


@pytest.mark.parametrize(
    ("change", "options", "sentence"),
    [
        (lambda w: w.drop(columns="price_yuan"), {}, "lacks the column(s) price_yuan"),
        (lambda w: w.assign(picked_up_at="now"), {}, "picked_up_at holds text, not dates"),
        (lambda w: w.assign(price_yuan=np.nan), {}, "price_yuan is missing"),
        (lambda w: w, {"as_of": "2025-10-31"}, "the waybills must reach back to 2024-05-01"),
        (lambda w: w, {"tiers": (3, 2)}, "write rising yearly revenues in yuan"),
        (lambda w: w, {"tiers": ()}, "write rising yearly revenues in yuan"),
        (lambda w: w, {"level": 90}, "level is 90"),
        (lambda w: w, {"least_parcels": 10000}, "No customer sent 5000 parcels or more in the last six months"),
    ],
)
def test_unusable_waybills_are_refused(change, options, sentence):
    days = pd.date_range("2024-11-01", "2026-10-31", freq="D")
    with pytest.raises(ValueError) as caught:
        potential_key_accounts(
            change(pd.DataFrame({"customer_id": "c1", "picked_up_at": days, "price_yuan": 10.0})), **{"as_of": "2026-10-31"} | options
        )
    assert sentence in str(caught.value)
