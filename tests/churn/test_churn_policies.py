"""Ways of choosing whom to contact: against sums by hand, and what must hold for any table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.churn import contact_policies


def _scores(seed: int, customers: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    chance = rng.uniform(0, 1, customers)
    gone = rng.uniform(0, 1, customers) < chance
    gone[:2] = [True, False]
    return pd.DataFrame({"chance": chance, "churned": gone, "margin": rng.gamma(0.5, 200, customers)})


def test_sums_by_hand():
    scores = pd.DataFrame({"chance": [0.6, 0.3, 0.1], "churned": [True, True, False], "margin": [10.0, 400.0, 900.0]})
    found = contact_policies(scores, margin_kept_yuan="margin", contact_cost_yuan=20, success_share=0.5, rng=1)
    own = found.of("own_margin")
    assert (own.contacted, own.leavers) == (2, 1)
    assert own.profit_yuan == pytest.approx((0.5 * 400 - 20) + (0 - 20))
    assert found.chosen.worth_yuan.tolist() == pytest.approx([0.3 * 0.5 * 400 - 20, 0.1 * 0.5 * 900 - 20])
    assert found.of("mean_margin").contacted == 3
    assert found.headline() and found.advice() and found.summary()


def test_with_one_margin_for_all_the_two_rules_agree():
    found = contact_policies(_scores(3), margin_kept_yuan=200, contact_cost_yuan=10, success_share=0.3, rng=1)
    assert found.of("own_margin").tolist()[:3] == found.of("mean_margin").tolist()[:3]


@given(st.integers(0, 10_000), st.floats(0, 60), st.floats(0.05, 1))
@settings(max_examples=20, deadline=None)
def test_own_margin_expects_most(seed: int, cost: float, success: float):
    found = contact_policies(_scores(seed), margin_kept_yuan="margin", contact_cost_yuan=cost, success_share=success, resamples=100, rng=1)
    assert found.of("own_margin").expected_yuan >= found.table.expected_yuan.max() - 1e-9
    assert ((found.table.low <= found.table.profit_yuan) & (found.table.profit_yuan <= found.table.high)).all()


@pytest.mark.parametrize(
    ("change", "named"),
    [({"contact_cost_yuan": -1}, "contact_cost_yuan"), ({"success_share": 0}, "success_share"), ({"margin_kept_yuan": "no"}, "no")],
)
def test_bad_input_is_named(change: dict, named: str):
    given_values = {"margin_kept_yuan": "margin", "contact_cost_yuan": 5, "success_share": 0.3, "rng": 1} | change
    with pytest.raises(ValueError, match=named):
        contact_policies(_scores(1), **given_values)


def test_a_model_or_a_table_is_needed():
    with pytest.raises(ValueError, match="list"):
        contact_policies([1, 2], margin_kept_yuan=1, rng=1)
