"""What notices save in calls: the true cut is recovered from the regions' waves, and the calls saved are those that a silent firm would have had."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.company import Company, Scenario, lark, simulate
from crmlib.desk.delay import delay_costs, notice_effect, notice_waves, saved_calls, score_warnings
from crmlib.desk.delay.notice_effect import fit_effect

_TRUE_CUT = Scenario().calls.notice_cut


@pytest.fixture(scope="module")
def effect():
    return notice_effect(lark(), rng=0, draws=100)


def test_the_true_cut_is_recovered(effect):
    # Truth: 35 % of the calls before and after the promise. The interval is that of 13,000 calls in four regions, about ± 5 points.
    table = effect.table.set_index(["estimator", "stage"])
    assert effect.low < _TRUE_CUT < effect.high and effect.high - effect.low < 0.15
    assert ((table.low < _TRUE_CUT) & (table.high > _TRUE_CUT)).drop([("before_after", "all")]).all()
    assert table.cut["before_after", "all"] - _TRUE_CUT > 0.05  # what forgets the other regions takes the quieter second year for an effect
    low, high = effect.placebo[1:]
    assert low < 0 < high and 0.3 < effect.dispersion < 1.5
    assert "35%" in effect.summary() or "34%" in effect.summary()
    assert effect.plot().has_data()


def test_waves_are_those_of_the_scenario():
    waves = notice_waves(lark()).set_index("region")["notices_since"]
    first = pd.Timestamp("2024-11-01")
    for region, months in Scenario().churn.notice_months.items():
        assert pd.isna(waves[region]) if months > 24 else waves[region] == first + pd.DateOffset(months=months)


def test_the_fit_is_that_of_a_poisson_regression(effect):
    from sklearn.linear_model import PoissonRegressor

    table = effect.months[(effect.months["month"] < "2025-12-01").to_numpy() & (effect.months["calls"] >= 0).to_numpy()]
    table = table.assign(cell=table["stage"] + table["region"].astype(str), when=table["stage"] + table["month"].astype(str))
    design = pd.get_dummies(table[["cell", "when"]], dtype=float).assign(notices=table["notices"].astype(float))
    fit = PoissonRegressor(alpha=0, fit_intercept=False, tol=1e-9, max_iter=2000).fit(
        design, table["calls"] / table["exposure"], sample_weight=table["exposure"])  # fmt: skip
    assert effect.by_wave["cut"].iloc[0] == pytest.approx(1 - np.exp(fit.coef_[-1]), abs=1e-3)


@given(cut=st.floats(0.05, 0.8), seed=st.integers(0, 99))
@settings(max_examples=10)
def test_calls_without_chance_give_the_cut_back(cut, seed):
    rng = np.random.default_rng(seed)
    exposure = rng.integers(50, 500, (1, 1, 3, 10)).astype(float)
    treated = np.arange(10) >= np.array([4, 7, 99])[:, None]
    calls = exposure * np.exp(rng.normal(0, 0.5, (1, 1, 3, 1)) + rng.normal(0, 0.5, (1, 1, 1, 10))) * np.where(treated, 1 - cut, 1)
    assert fit_effect(calls, exposure, treated, [np.ones((3, 10), dtype=bool)])[0] == pytest.approx(np.log(1 - cut), abs=1e-3)


def test_saved_calls_are_those_of_a_firm_that_tells_nobody():
    # The same firm, in which notices save no calls: the difference is the truth. Every late parcel of the last months is taken as warned of.
    scenario = Scenario()
    settings_ = {"customers": 200, "months": 12, "seed": 3}
    told, _truth = simulate(**settings_, scenario=replace(scenario, calls=replace(scenario.calls, notice_cut=0.6)))
    silent, truth = simulate(**settings_, scenario=replace(scenario, calls=replace(scenario.calls, notice_cut=0.0)))
    late = told.waybills[(truth["fates"]["late"] & (told.waybills["picked_up_at"] >= "2025-08-01")).to_numpy()]
    region = told.customers.set_index("customer_id")["region"].reindex(late["customer_id"])
    late = late[(region == "central").to_numpy()]
    warnings = late.assign(at=late["picked_up_at"])[["waybill_id", "at"]]

    def seen(firm: Company) -> int:
        calls = firm.calls
        return int(((calls["reason"] == "where_is_my_parcel") & calls["waybill_id"].isin(warnings["waybill_id"])).sum())

    effect = replace(notice_effect(told, rng=0, draws=30), table=pd.DataFrame({"cut": [0.6], "low": [0.5], "high": [0.7]}))
    saved = saved_calls(warnings, told, effect)
    low, high = saved.table.set_index("measure").loc["calls_saved", ["low", "high"]]
    assert low <= (seen(silent) - seen(told)) / (1 - effect.unknown_share) <= high
    costs = delay_costs()
    assert saved["net_yuan"] == pytest.approx(saved["calls_saved"] * costs.call_yuan - len(warnings) * costs.notice_yuan)
    assert "save" in saved.summary() and saved.plot().has_data()
    # Late by the truth is late by the scans, but for parcels that were lost or are still on their way.
    ends = {"since": "2024-11-01", "until": "2025-10-20"}
    none = warnings.assign(hours_ahead=1.0)
    scores = [score_warnings(none, told, **ends, fates=fates)["late_parcels"] for fates in (truth["fates"], None)]
    assert scores[0] == pytest.approx(scores[1], rel=0.01)


def test_bad_input_ends_in_a_sentence(effect):
    firm = lark()
    waves = notice_waves(firm)
    with pytest.raises(ValueError, match="nothing can be compared"):
        notice_effect(firm, rng=0, waves=waves.assign(notices_since=pd.NaT))
    with pytest.raises(ValueError, match="rng"):
        notice_effect(firm, rng=None)
    with pytest.raises(ValueError, match="level"):
        notice_effect(firm, rng=0, level=95)
    with pytest.raises(ValueError, match="waybill_id"):
        saved_calls(pd.DataFrame({"at": []}), firm, effect)
