"""Sharing out visits, and trying the drop rule on a later period."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import development, plotting
from crmlib.company import lark


def sorted_out(values, growths, **options):
    frame = pd.DataFrame({"contribution_yuan": values, "growth_yuan": growths}, dtype="float64")
    frame.index = [f"c{number}" for number in range(len(frame))]
    return development.selection_matrix(frame, **options)


@pytest.fixture(scope="module")
def firm_tables():
    """The shipped firm, sorted by its last year; the growth that nobody knew a year ago left out of the year before."""
    now = development.selection_table(lark(), start="2025-11-01", end="2026-11-01")
    before = development.selection_table(lark(), start="2024-11-01", end="2025-11-01").assign(growth_yuan=0.0)
    return now, before


def test_a_loss_times_a_fall_is_no_potential(firm_tables):
    rate = lark().customers.set_index("customer_id")["expected_growth"].reindex(firm_tables[0].index)
    shrinking_loss = (firm_tables[0]["margin_yuan"] < 0) & (rate < 0)
    assert shrinking_loss.any() and (firm_tables[0].loc[shrinking_loss, "growth_yuan"] == 0).all()
    assert (firm_tables[0]["growth_yuan"].isna() == rate.isna()).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(-500, 3000), st.one_of(st.none(), st.floats(0, 900))), min_size=1, max_size=12), st.integers(1, 90))
def test_visits_go_to_those_with_most_at_stake_until_the_hands_are_used(rows, visits):
    chosen = sorted_out([row[0] for row in rows], [row[1] for row in rows], value_from=300, potential_from=100)
    rhythm = {"invest": 9, "keep": 5, "develop": 4}
    table = development.share_visits(chosen, visits=visits, rhythm=rhythm).table
    # One after the other, by hand.
    each = rhythm | {"self_service": 0}
    queue = []
    for name, row in chosen.table.iterrows():
        want = each[row["effort"]] if row["contribution_yuan"] >= 0 else 0
        if want:
            growth = 0.0 if np.isnan(row["growth_yuan"]) else row["growth_yuan"]
            queue.append(((row["contribution_yuan"] + growth) / want, name, want))
    left, got = visits, {}
    for _each, name, want in sorted(queue, key=lambda one: -one[0]):
        got[name] = min(want, left)
        left -= got[name]
    assert table["planned_visits"].sum() == min(visits, sum(want for *_rest, want in queue))
    if len({round(one[0], 9) for one in queue}) == len(queue):
        assert {name: many for name, many in table["planned_visits"].items() if many} == {name: many for name, many in got.items() if many}


def test_more_hands_reach_more_and_enough_reach_all(firm_tables):
    chosen = development.selection_matrix(firm_tables[0])
    shares = [development.share_visits(chosen, visits=many).share for many in (200, 900, 2400, 9000)]
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1.0)
    plan = development.share_visits(chosen, visits=2400)
    assert plan.counts()["planned_visits"].sum() == 2400 and plan.counts().loc["self_service", "planned_visits"] == 0
    assert (plan.chosen["contribution_yuan"] >= 0).all()
    assert len(plan.chosen) + len(plan.left_out) == (plan.table["wanted_visits"] > 0).sum()
    assert "2,400" in plan.summary()


def test_the_second_look_tells_who_pays_again(firm_tables):
    now, before = firm_tables
    tried = development.selection_later(development.selection_matrix(before), now)
    later = now["contribution_yuan"].reindex(before.index).fillna(0)
    unpaid = before["contribution_yuan"] < 0
    assert tried.table.loc[["look_again", "drop"], "customers"].sum() == unpaid.sum()
    assert tried.table.loc[["look_again", "drop"], "later_pay"].sum() == (later[unpaid] > 0).sum()
    assert tried.table.loc["look_again", "low"] > tried.table.loc["drop", "high"]
    assert tried.table["pay_share"].between(tried.table["low"], tried.table["high"]).all()


def test_nobody_is_high_who_brings_nothing():
    found = sorted_out([-3.0, -2.0], [0.0, 0.0]).table
    assert not found["value_high"].any() and not found["potential_high"].any() and (found["drop_decision"] == "drop").all()


def test_a_half_year_of_nothing_is_no_reason_to_look_again():
    frame = pd.DataFrame({"contribution_yuan": [-4.0], "growth_yuan": 0.0, "first_half_yuan": -4.0, "second_half_yuan": 0.0}, index=["c1"])
    assert development.selection_matrix(frame).table["drop_decision"].tolist() == ["drop"]


def test_figures_say_what_the_tables_say(firm_tables):
    plan = development.share_visits(development.selection_matrix(firm_tables[0]), visits=2400)
    visited = pd.Series({plan.table.index[0]: 7, "nobody": 5})
    bars = [patch.get_width() for patch in plotting.visits_moved(plan, visited).patches]
    assert sum(bars[:4]) == 7 and bars[4:] == plan.counts()["planned_visits"].tolist()
    assert plan.plot().lines[0].get_ydata()[-1] == pytest.approx(1.0)
    plt.close("all")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: development.share_visits("plan", visits=3), "selection_matrix"),
        (lambda: development.share_visits(sorted_out([9.0], [1.0]), visits=0), "visits"),
        (lambda: development.share_visits(sorted_out([9.0], [1.0]), visits=2.5), "visits"),
        (lambda: development.share_visits(sorted_out([9.0], [1.0]), visits=3, rhythm={"gold": 3}), "gold"),
        (lambda: development.share_visits(sorted_out([9.0], [1.0]), visits=3, rhythm={"keep": "often"}), "keep"),
        (lambda: development.share_visits(sorted_out([9.0], [1.0]), visits=3, rhythm=12), "rhythm"),
        (lambda: development.selection_later(None, pd.DataFrame()), "selection_matrix"),
        (lambda: development.selection_later(sorted_out([9.0], [1.0]), pd.DataFrame({"yuan": [1]})), "contribution_yuan"),
        (lambda: development.selection_later(sorted_out([9.0], [1.0]), pd.DataFrame({"contribution_yuan": [1.0]}), level=95), "level"),
        (lambda: plotting.visits_moved(None, pd.Series([1])), "share_visits"),
        (lambda: plotting.visits_moved(development.share_visits(sorted_out([9.0], [1.0]), visits=3), [1]), "last"),
        (lambda: development.share_visits(sorted_out([-9.0], [0.0]), visits=3).plot(), "nobody"),
        (lambda: plotting.selection_later(3), "selection_later"),
    ],
)
def test_bad_input_ends_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
