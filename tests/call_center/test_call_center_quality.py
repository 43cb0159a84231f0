"""Kappa against other libraries, agents within funnel limits and held against their true skill, scripts and checklists."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

import crmlib as crm
from crmlib import call_center as cc
from crmlib.call_center.random_agents import of_means, of_shares

mpl.use("Agg")
MARKS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=3, max_size=60)


@pytest.fixture(scope="module")
def firm():
    return crm.company.lark()


@settings(max_examples=15, deadline=None)
@given(MARKS, st.sampled_from([None, "linear", "quadratic"]))
def test_kappa_and_its_error_are_those_of_other_libraries(marks, weights):
    one, two = (pd.Series(side) for side in zip(*marks, strict=True))
    found = cc.kappa(one, two, weights=weights, categories=[1, 2, 3, 4])
    if np.isnan(found.value):
        assert one.nunique() == two.nunique() == 1
        return
    assert found.value == pytest.approx(cohen_kappa_score(one, two, weights=weights, labels=[1, 2, 3, 4]), abs=1e-9)
    with np.errstate(invalid="ignore"):
        peer = cohens_kappa(found.table.to_numpy(), wt={"quadratic": "quadratic", "linear": "linear", None: None}[weights])
    assert found.standard_error == pytest.approx(np.nan_to_num(peer.std_kappa), abs=1e-6)
    if found.standard_error > 1e-6:
        assert (found.low, found.high) == pytest.approx((max(-1, peer.kappa_low), min(1, peer.kappa_upp)), abs=1e-6)
    else:
        assert found.low < found.value or found.high > found.value, "few calls that agree are no certainty"
    assert found.value <= found.largest + 1e-9 and found.pairs == len(marks)
    swapped = cc.kappa(two, one, weights=weights, categories=[1, 2, 3, 4])
    assert (swapped.value, swapped.agreed, swapped.bias) == pytest.approx((found.value, found.agreed, found.bias))


def test_the_largest_kappa_is_what_the_habits_leave_room_for():
    yes = cc.kappa(pd.Series([True] * 5 + [False] * 5), pd.Series([True] * 8 + [False] * 2))
    peer = cohens_kappa(np.array([[2, 3], [0, 5]]))
    assert yes.largest == pytest.approx(peer.kappa_max) and yes.bias == pytest.approx(0.3)
    ranked = cc.kappa(pd.Series([1, 1, 2, 3]), pd.Series([3, 2, 1, 1]), weights="linear")
    assert ranked.largest == pytest.approx(1.0), "the same habits can always agree"


def test_marks_are_paired_by_their_calls_and_missing_ones_left_out():
    one = pd.Series([True, False, None, True], index=list("abcd"))
    two = pd.Series([True, True, False, True], index=list("dcba"))
    found = cc.kappa(one, two)
    assert found.pairs == 3 and found.left_out == 1 and found.agreed == 1 and found.low < 0.5 < found.value
    same = cc.kappa(pd.Series([True] * 4), pd.Series([True] * 4))
    assert np.isnan(same.value) and "no value" in same.summary()
    skewed = cc.kappa(pd.Series([True] * 95 + [False] * 5), pd.Series([True] * 92 + [False] * 4 + [True] * 3 + [False]))
    assert skewed.agreed > 0.9 and skewed.value < 0.4 and skewed.adjusted > 0.8 and "pushes kappa down" in skewed.summary()


@pytest.mark.parametrize(("first", "second", "more", "match"), [
    ([1, 2], [1], {}, "must belong"), ([], [], {}, "no pair"), (["a", "b"], ["b", "b"], {"weights": "linear"}, "order"),
    ([1, 5], [1, 1], {"categories": [1, 2]}, "not among"), ([1], [1], {"weights": "cubic"}, "cubic"), ("ab", "ab", {}, "columns of marks"),
    ([1, 2], [1, 2], {"categories": [1, 1]}, "once"), ([1, 2], [1, 2], {"level": 95}, "level is 95"),
])  # fmt: skip
def test_bad_marks_are_told(first, second, more, match):
    with pytest.raises(ValueError, match=match):
        cc.kappa(first if isinstance(first, str) else pd.Series(first), second if isinstance(second, str) else pd.Series(second), **more)


def test_so_many_calls_give_that_interval():
    """With as many simulated pairs as kappa_size says, the interval is as wide as wanted."""
    size = cc.kappa_size(kappa=0.6, share=0.8, margin=0.08)
    rng = np.random.default_rng(3)
    truth = rng.random(20 * size) < 0.8
    same = rng.random(20 * size) < 0.6
    other = np.where(same, truth, rng.random(20 * size) < 0.8)
    found = cc.kappa(pd.Series(truth), pd.Series(other))
    assert found.value == pytest.approx(0.6, abs=0.03)
    assert (found.high - found.low) / 2 * np.sqrt(20) == pytest.approx(0.08, abs=0.006)
    for wrong in ({"kappa": 2}, {"share": 0}, {"margin": 0}):
        with pytest.raises(ValueError):
            cc.kappa_size(**{"kappa": 0.6, "share": 0.5, "margin": 0.1} | wrong)


# Practice checks


def test_kappa_of_practice_is_what_errors_of_the_checkers_make(firm):
    """Two checkers right with chance r agree beyond chance by (agreed − chance) / (1 − chance) with known agreed and chance."""
    marks, truth = cc.practice_checks(firm.calls, checked=3000, rng=1)
    found = cc.agreement_by_item(marks)
    for item, right, does in (("greeting", 0.96, 0.85), ("listen", 0.84, 0.85), ("promise_kept", 0.96, 0.97)):
        says = does * right + (1 - does) * (1 - right)
        agreed, chance = right**2 + (1 - right) ** 2, says**2 + (1 - says) ** 2
        assert found.loc[item, "low"] - 0.02 < (agreed - chance) / (1 - chance) < found.loc[item, "high"] + 0.02
    assert found.loc["listen", "agreement"] == "too_low" and found.loc["identity", "agreement"] == "enough"
    assert truth["passed"].mean() == pytest.approx((10 * 0.85 + 0.97) / 11, abs=0.01) and found["calls"].tolist() == [3000] * 11


def test_scores_are_shares_of_points_and_fatal_mistakes_cap_them(firm):
    items = cc.script_items()["item_points"]
    marks, __ = cc.practice_checks(firm.calls, checked=40, twice=10, rng=2)
    assert marks.groupby("call_id")["checker"].nunique().value_counts().to_dict() == {1: 30, 2: 10}
    scores = cc.quality_scores(marks).set_index(["call_id", "checker"])
    for keys, rows in marks.groupby(["call_id", "checker"]):
        passed = rows.set_index("script_item")["passed"]
        won = 100 * items[passed.index[passed]].sum() / items.sum()
        assert scores.loc[keys, "score"] == pytest.approx(won if passed["promise_kept"] else 0)
    part = cc.quality_scores(pd.DataFrame({"call_id": 1, "checker": "a", "script_item": ["greeting", "rule"], "passed": [True, None]}))
    assert part["score"].tolist() == [100.0], "what did not apply does not count"
    agents = cc.quality_by_agent(cc.quality_scores(marks))
    assert agents["calls"].sum() == 40 and ((agents["low"] <= agents["score"]) | agents["low"].isna()).all()
    sample = cc.quality_scores(marks).groupby(["agent_id", "call_id"])["score"].mean()
    biggest = agents["calls"].idxmax()
    low, high = stats.t.interval(0.95, agents.loc[biggest, "calls"] - 1, sample[biggest].mean(), stats.sem(sample[biggest]))
    assert (agents.loc[biggest, "low"], agents.loc[biggest, "high"]) == pytest.approx((max(low, 0), min(high, 100)))


def test_bad_checks_are_told(firm):
    marks, __ = cc.practice_checks(firm.calls, checked=5, rng=2)
    for say, match in (
        (lambda: cc.agreement_by_item(pd.concat([marks, marks])), "more than once"),
        (lambda: cc.agreement_by_item(marks[marks["checker"] == "Q1"]), "two people"),
        (lambda: cc.quality_scores(marks.assign(script_item="smile")), "no item smile"),
        (lambda: cc.practice_checks(firm.calls, checked=10**6, rng=1), "answered"),
        (lambda: cc.quality_scores(pd.concat([marks, marks])), "more than once"),
        (lambda: cc.practice_checks(firm.calls, checked=5, twice=9, rng=1), "twice"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=match):
            say()


# Agents


def test_skill_shows_and_what_does_not_depend_on_agents_shows_none(firm):
    """By truth, talk is 7 % shorter and resolution 3 points likelier with each point of skill; transfers do not depend on the agent."""
    skill = firm.agents.set_index("agent_id")["skill"]
    solved = cc.agent_scorecard(firm.calls, mix="reason", rng=1)
    quick = cc.agent_scorecard(firm.calls, measure="handle_seconds", mix="reason", rng=1)
    passed_on = cc.agent_scorecard(firm.calls, measure="transferred", rng=1)
    assert stats.spearmanr(solved.table["shrunken"], skill[solved.table.index])[0] > 0.6 and solved.alike_p < 1e-6
    assert stats.spearmanr(quick.table["shrunken"], skill[quick.table.index])[0] < -0.6
    assert passed_on.alike_p > 0.05 and passed_on.signal_share < 0.3 and (passed_on.table["outside"] == "within").all()
    assert passed_on.sure_pairs == 0 and "league table" in passed_on.summary()
    assert (passed_on.table["rank_low"] == 1).all() and (passed_on.table["rank_high"] == 7).all()


def test_equal_agents_lie_within_the_limits_as_often_as_promised():
    rng = np.random.default_rng(4)
    size = rng.integers(20, 400, 600)
    calls = pd.DataFrame({"agent_id": np.repeat(np.arange(600), size)})
    calls["resolved_first_contact"] = rng.random(len(calls)) < 0.8
    found = cc.agent_scorecard(calls, rng=1, resamples=100)
    share = found.table["outside"].value_counts(normalize=True)
    assert share["within"] == pytest.approx(0.95, abs=0.03) and share["far_below"] + share["far_above"] < 0.01
    assert found.signal_share < 0.15 and found.table["shrunken"].std() < 0.3 * found.table["rate"].std()
    assert (found.table["observed"].sum(), found.table["expected_of_mix"].sum()) == pytest.approx(
        (calls["resolved_first_contact"].sum(),) * 2
    )


def test_limits_are_exact_binomial_between_whole_counts():
    size = np.array([8, 37, 150, 2000])
    for level in (0.95, 0.998):
        low, high = cc.funnel_limits(size, 0.7, level=level)
        tail = (1 - level) / 2
        assert (stats.binom.cdf(np.ceil(low * size - 1e-9) - 1, size, 0.7) <= tail + 1e-12).all(), "below the limit: no more than the tail"
        assert (stats.binom.sf(np.floor(high * size + 1e-9), size, 0.7) <= tail + 1e-12).all(), "above it, too"
        assert (stats.binom.cdf(np.ceil(low * size), size, 0.7) >= tail).all() and (
            stats.binom.sf(np.floor(high * size) - 1, size, 0.7) >= tail
        ).all()
    low, high = cc.funnel_limits([10**6], 0.7)
    assert (low[0], high[0]) == pytest.approx((0.7 - 1.96 * np.sqrt(0.21e-6), 0.7 + 1.96 * np.sqrt(0.21e-6)), abs=2e-6)
    with pytest.raises(ValueError, match="without calls"):
        cc.funnel_limits([0], 0.5)


def test_true_spread_of_agents_is_found():
    """Log odds between agents with standard deviation 0.4 around 1, 200 calls each; 150 agents tell it to some 10 %."""
    rng = np.random.default_rng(5)
    true = 1 / (1 + np.exp(-(1 + 0.4 * rng.standard_normal(150))))
    seen = rng.binomial(200, true).astype(float)
    found = of_shares(seen, np.full(150, 200.0), np.full(150, seen.mean()))
    assert found.between == pytest.approx(0.4, abs=0.1)
    error = np.abs(found.value - true).mean()
    assert error < np.abs(seen / 200 - true).mean(), "drawn towards the rest they lie nearer to the truth"
    means = of_means(10 + 2 * true, np.full(150, 0.05), np.full(150, 11.4), 11.4)
    assert means.between == pytest.approx((2 * true).std(ddof=1), rel=0.1)


def test_a_harder_mix_is_no_fault():
    """Agent b only gets complaints, of which everybody solves half as many."""
    rng = np.random.default_rng(6)
    reason = np.where(np.arange(4000) % 2, "complaint", "price")
    agent = np.where((reason == "complaint") & (np.arange(4000) % 4 == 1), "b", np.where(np.arange(4000) % 3, "a", "c"))
    calls = pd.DataFrame(
        {"agent_id": agent, "reason": reason, "resolved_first_contact": rng.random(4000) < np.where(reason == "complaint", 0.4, 0.8)}
    )
    plain, fair = (cc.agent_scorecard(calls, mix=mix, rng=1).table for mix in ((), "reason"))
    assert plain.loc["b", "outside"] == "far_below" and fair.loc["b", "outside"] == "within"


@pytest.mark.parametrize(("change", "match"), [
    ({"measure": "smiles"}, "lacks the column"), ({"agent": "nobody"}, "lacks the column"), ({"levels": (0.99, 0.95)}, "smaller one first"),
    ({"levels": 0.95}, "two confidence levels"), ({"rng": "x"}, "rng must"), ({"mix": ["reason", "reason"]}, "twice"),
    ({"resamples": 5}, "at least 100"),
])  # fmt: skip
def test_bad_scorecards_are_told(firm, change, match):
    with pytest.raises(ValueError, match=match):
        cc.agent_scorecard(firm.calls.head(500), **{"rng": 1} | change)


def test_one_agent_or_one_answer_is_nothing_to_compare(firm):
    one = firm.calls[firm.calls["agent_id"] == "A001"]
    with pytest.raises(ValueError, match="at least two"):
        cc.agent_scorecard(one, rng=1)
    with pytest.raises(ValueError, match="same in every call"):
        cc.agent_scorecard(firm.calls.assign(resolved_first_contact=True), rng=1)


# Scripts

GOOD = """客服：您好，云雀快递客服中心，请问您的运单号是多少？
客户：我的件破了！
客服：非常抱歉。您说的是外箱破损、里面碎了，对吗？
客户：对，赔多少？
客服：我先帮您登记，由我负责跟进，2小时内给您答复。核实后按保价规定赔偿。
客服：请问还有其他可以帮您的吗？感谢您的来电，再见。"""
ENGLISH = """Agent: Good morning, Lark. What is your tracking number?
Customer: My box is broken.
Agent: I am sorry. So you say the box is broken. I will follow it up: first I check it, within two hours you hear from us.
Agent: We compensate according to the rules. Anything else? Thank you for calling."""


@pytest.mark.parametrize("dialogue", [GOOD, ENGLISH])
def test_a_good_conversation_has_everything(dialogue):
    found = cc.check_script(dialogue)
    assert found.table["found"].all() and found.score == 100 and not found.fatal and "Everything" in found.summary()


def test_what_is_left_out_costs_points_and_a_forbidden_promise_costs_all():
    bad = cc.check_script(GOOD.replace("非常抱歉。", "").replace("2小时内给您答复。", ""))
    assert bad.table.index[~bad.table["found"]].tolist() == ["sympathy", "time_limit"] and bad.score == 75
    fatal = cc.check_script(GOOD + "\n客服：您放心，保证明天一定到。")
    assert fatal.fatal and fatal.score == 0 and fatal.table.loc["promise_kept", "line_number"] == 7 and "一定到" in fatal.summary()
    heard = cc.check_script(GOOD, judged={"sympathy": False})
    assert heard.score == 90 and not heard.table.loc["sympathy", "found"]
    table = pd.DataFrame({"speaker": ["agent", "customer"], "text": ["您好", "感谢您的来电"]})
    assert not cc.check_script(table).table.loc["goodbye", "found"], "what the customer says does not count"


def test_bad_dialogues_are_told():
    for say, match in ((lambda: cc.check_script("客户：喂"), "no line of the agent"), (lambda: cc.check_script(3), "text or a table"),
                       (lambda: cc.check_script(GOOD, judged={"smile": True}), "no item smile")):  # fmt: skip
        with pytest.raises(ValueError, match=match):
            say()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_figures_and_words(language, firm):
    crm.setup(language)
    card = cc.agent_scorecard(firm.calls, rng=1)
    agreed = cc.kappa(pd.Series([True, False] * 20), pd.Series([True, False, False, True] * 10))
    assert ("位坐席" in card.summary()) == (language == "zh") and "{" not in card.summary() + agreed.summary()
    assert {text.get_text() for text in card.plot().texts} >= {"A001", "A007"} and len(agreed.plot().texts) == 4
    assert cc.check_script(GOOD).summary().startswith("100 分" if language == "zh" else "100 of")
    plt.close("all")
    for draw in (crm.plotting.agent_funnel, crm.plotting.agreement):
        with pytest.raises(ValueError, match="crm.call_center"):
            draw(3)


def test_the_practice_dialogue_names_itself_gives_a_time_and_promises_too_much():
    checked = cc.check_script(cc.practice_dialogue())
    assert checked.table["found"][["greeting", "sympathy", "time_limit", "promise_kept"]].tolist() == [True, True, True, False]
    assert checked.score == 0
