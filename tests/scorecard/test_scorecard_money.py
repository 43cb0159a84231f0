"""The rollout's true effect is recovered and the naive comparison is not; investment, tools and people by hand and by property."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.company import Scenario, lark
from crmlib.scorecard import (
    check_responsibilities,
    choose_tool,
    cost_of_ownership,
    responsibilities,
    return_on_investment,
    rollout_effect,
    stakeholders,
    tool_example,
)


@pytest.fixture(scope="module")
def effect():
    return rollout_effect(lark(), rng=0, draws=60)


def test_the_true_effect_on_calls_is_recovered_and_before_and_after_is_not(effect):
    # Truth: 35 % fewer calls (scenario). 13,000 calls in three regions tell it to about 5 points.
    truth = -Scenario().calls.notice_cut
    row = effect.table.set_index("effect_on").loc["wismo_calls"]
    assert row["low"] < truth < row["high"] and row["high"] - row["low"] < 0.15
    assert row["low_few"] < row["low"] and row["high_few"] > row["high"]  # three witnesses know less than 1,400 customers
    assert row["naive_high"] < truth - 0.05  # the quieter second year, taken for an effect
    assert row["placebo_low"] < 0 < row["placebo_high"]


def test_rare_cases_and_surveys_admit_how_little_they_tell(effect):
    table = effect.table.set_index("effect_on")
    # Truth: log odds of an inquiry − 0.35 (scenario), which is about exp(−0.35) − 1; 500 inquiries cannot tell it from nothing.
    truth = np.expm1(Scenario().cases.inquiry_notices)
    assert table.low["inquiries"] < truth < table.high["inquiries"] and table.high["inquiries"] > 0
    assert table.low["satisfaction"] < table.change["satisfaction"] < table.high["satisfaction"] and pd.isna(table.placebo["satisfaction"])
    assert "east" not in set(effect.by_wave.query("effect_on == 'satisfaction'")["region"])  # no survey beside another region in its months
    assert effect.plot("satisfaction").has_data() and effect.plot("service_cost").has_data() and "34%" in effect.summary()


def test_it_is_the_estimate_of_the_notices(effect):
    from crmlib.desk.delay import notice_effect

    assert effect.table["change"].iloc[0] == pytest.approx(-notice_effect(lark(), rng=0, draws=3).cut, abs=1e-6)


def test_benefits_are_amount_times_price_times_change(effect):
    gain = effect.benefits(["wismo_calls"]).iloc[0]
    year = effect.year.set_index("effect_on").loc["wismo_calls"]
    assert gain["yuan_per_year"] == pytest.approx(-effect.table["change"].iloc[0] * year["yearly_amount"] * year["unit_yuan"])
    assert gain["low"] < gain["yuan_per_year"] < gain["high"]
    with pytest.raises(ValueError, match="no benefit in yuan"):
        effect.benefits(["satisfaction"])


def test_the_rollout_refuses_what_cannot_be_compared():
    firm = lark()
    everywhere = pd.DataFrame({"region": ["east", "central", "west", "abroad"], "notices_since": pd.Timestamp("2025-06-01")})
    with pytest.raises(ValueError, match="nothing can be compared"):
        rollout_effect(firm, rng=0, outcomes=["complaints"], waves=everywhere, draws=3)
    with pytest.raises(ValueError, match="Choose outcomes"):
        rollout_effect(firm, rng=0, outcomes=["joy"])
    with pytest.raises(ValueError, match="rng"):
        rollout_effect(firm, rng=None)


def _gain(yuan, half=0.0):
    return pd.DataFrame({"benefit": ["calls"], "yuan_per_year": [yuan], "low": [yuan - half], "high": [yuan + half]})


def _spent(*yuan):
    return pd.DataFrame({"year": range(len(yuan)), "money_item": "licences", "yuan": yuan, "low": yuan, "high": yuan}).astype(
        {"yuan": float}
    )


def test_value_return_payback_and_break_even_by_hand():
    found = return_on_investment(_gain(600.0), _spent(1000, 100, 100), discount=0.1, rng=0, draws=20)
    rows = found.table.set_index("money_measure")["value"]
    costs = 1000 + 100 / 1.1 + 100 / 1.21
    assert rows["net_present_value"] == pytest.approx(600 / 1.1 + 600 / 1.21 - costs)
    assert rows["roi"] == pytest.approx(rows["net_present_value"] / costs) and rows["payback_years"] == pytest.approx(2.0)
    assert found.break_even == pytest.approx(costs / (600 / 1.1 + 600 / 1.21)) and found.chance_positive == 0
    assert np.isinf(return_on_investment(_gain(100.0), _spent(1000, 0), rng=0, draws=5).table["value"].iloc[2])
    never = return_on_investment(_gain(-5.0), _spent(10, 0), rng=0, draws=5)
    assert np.isinf(never.break_even) and "not paid back" in never.summary()


def test_the_drawn_interval_is_that_of_the_normal_sum():
    # Only the benefit is unsure: NPV is normal with an error of the benefit's times the annuity; 10,000 draws hit it within 3 %.
    found = return_on_investment(_gain(500.0, 196.0), _spent(800, 0, 0), discount=0.1, rng=1)
    low, high = found.table.loc[0, ["low", "high"]]
    assert high - low == pytest.approx(2 * 196 * (1 / 1.1 + 1 / 1.21), rel=0.03)
    assert found.tornado["money_item"].iloc[0] == "calls" and found.plot().has_data()
    from scipy.stats import norm

    assert found.chance_positive == pytest.approx(norm.cdf(found.table["value"].iloc[0] / (100 * (1 / 1.1 + 1 / 1.21))), abs=0.02)


@given(first=st.floats(100, 5000), yearly=st.floats(0, 500), gain=st.floats(1, 4000), rate=st.floats(0, 0.5))
@settings(max_examples=12)
def test_at_break_even_the_value_is_nought(first, yearly, gain, rate):
    spent = _spent(first, yearly, yearly, yearly)
    share = return_on_investment(_gain(gain), spent, discount=rate, rng=0, draws=2).break_even
    assert return_on_investment(_gain(gain * share), spent, discount=rate, rng=0, draws=2).table["value"].iloc[0] == pytest.approx(
        0, abs=1e-6 * first
    )


def test_cost_of_ownership_adds_up_and_refuses():
    table = cost_of_ownership(users=6, years=3, factors={"integration": 2})
    assert table.groupby("money_item")["yuan"].sum().to_dict() == {
        "integration": 12000,
        "licences": 8640,
        "operation": 5400,
        "training": 1350,
    }
    assert (table["low"] <= table["yuan"]).all() and (table["yuan"] <= table["high"]).all()
    for call, told in (
        (lambda: cost_of_ownership(users=0), "users"),
        (lambda: cost_of_ownership(users=2, years=1.5), "years"),
        (lambda: cost_of_ownership(users=2, factors={"coffee": 1}), "coffee"),
        (lambda: cost_of_ownership(users=2, factors={"training": -1}), "training"),
        (lambda: return_on_investment(_gain(1.0), _spent(0.0), rng=0), "add up to 0|whole number"),
        (lambda: return_on_investment(_gain(1.0).assign(low=2.0), _spent(1, 1), rng=0), "between low and high"),
        (lambda: return_on_investment(_gain(1.0).assign(yuan_per_year="x"), _spent(1, 1), rng=0), "no number"),
        (lambda: return_on_investment(_gain(1.0), _spent(1, 1), discount=-1, rng=0), "discount"),
        (lambda: return_on_investment(_gain(1.0).iloc[:0], _spent(1, 1), rng=0), "one row or more"),
    ):
        with pytest.raises(ValueError, match=told):
            call()


def test_the_switch_is_where_the_two_tools_come_level():
    own = tool_example()
    found = choose_tool(own.scores, own.weights, requirements=own.requirements, rng=0, draws=2000)
    assert found.winner == "A" and found.table.set_index("tool").knocked_out_by["D"] == "data_in_china"  # D has the best marks and is out
    assert found.table["score"].max() == found.table.set_index("tool").score["D"] and found.table[
        ["wins_share", "wins_any"]
    ].sum().tolist() == pytest.approx([1, 1])
    for one in found.switches.dropna(subset=["change"]).itertuples():
        rest = found.weights.drop(one.criterion)
        moved = pd.concat([rest / rest.sum() * (1 - one.weight_at_switch), pd.Series({one.criterion: one.weight_at_switch})])
        score = choose_tool(own.scores, moved, rng=0, draws=2).table.set_index("tool")["score"]
        assert score["A"] == pytest.approx(score[one.new_winner])
    assert found.plot().has_data() and "D" not in found.summary().split(",")[0] and "19%" in found.summary()


def test_two_criteria_win_as_the_beta_distribution_says():
    from scipy.stats import beta

    marks = pd.DataFrame({"tool": ["A", "B"] * 2, "criterion": ["fit", "fit", "cost", "cost"], "rater": "R1", "score": [5, 3, 1, 4]})
    found = choose_tool(marks, {"fit": 0.75, "cost": 0.25}, concentration=20, rng=0).table.set_index("tool")
    assert found.wins_any["A"] == pytest.approx(0.4, abs=0.02)  # A wins where the weight of fit lies above 0.6
    assert found.wins_share["A"] == pytest.approx(beta.sf(0.6, 15, 5), abs=0.02) and found["low"].isna().all()


@given(factor=st.floats(0.01, 1000))
@settings(max_examples=6)
def test_only_proportions_of_weights_count(factor):
    own = tool_example()
    one, two = (choose_tool(own.scores, weights, rng=0, draws=3).table["score"] for weights in (own.weights, own.weights * factor))
    assert one.tolist() == pytest.approx(two.tolist())


def test_choosing_refuses_with_a_sentence(tmp_path):
    own = tool_example()
    for scores, weights, needs, told in (
        (own.scores.iloc[1:], own.weights, None, "Rater R1 gave A no mark for fit"),
        (own.scores.assign(score=6), own.weights, None, "1 to 5"),
        (pd.concat([own.scores, own.scores]), own.weights, None, "twice"),
        (own.scores, own.weights * 0, None, "Weights"),
        (own.scores, own.weights.drop("fit"), None, "fit stands"),
        (own.scores, own.weights, own.requirements.assign(met="perhaps"), "met"),
        (own.scores, own.weights, own.requirements.assign(tool="Z"), "no scores"),
    ):
        with pytest.raises(ValueError, match=told):
            choose_tool(scores, weights, requirements=needs, rng=0, draws=3)
    none = choose_tool(own.scores, own.weights, requirements=own.requirements.assign(met=False), rng=0, draws=3)
    assert none.winner is None and "none is left" in none.summary()
    (tmp_path / "t.toml").write_text('[weights]\nfit = 1\n[[tool]]\nname = "X"\n', "utf-8")
    with pytest.raises(ValueError, match="tool X: fit is missing"):
        tool_example(tmp_path / "t.toml")


def test_people_and_duties():
    found = stakeholders()
    assert (
        found.table.set_index("stakeholder").quadrant["finance_head"] == "keep_satisfied"
        and found.plot().has_data()
        and "3 have power" in found.summary()
    )
    table = found.table[["stakeholder", "influence", "interest", "stance"]]
    for bad, told in ((table.assign(influence=9), "influence"), (pd.concat([table, table]), "twice"), (table.iloc[:0], "no people")):
        with pytest.raises(ValueError, match=told):
            stakeholders(bad)
    duties = responsibilities()
    assert {"crm_committee", "experience_officer"} <= set(duties["duty_role"]) and check_responsibilities(duties)["problem"].tolist() == [
        "nobody_does_it"
    ]
    mended = pd.concat([duties, pd.DataFrame({"task": ["customer_platform"], "duty_role": ["agents"], "raci": ["r"]})])
    assert check_responsibilities(mended).empty
    with pytest.raises(ValueError, match="none of R, A, C, I"):
        check_responsibilities(duties.assign(raci="X"))
