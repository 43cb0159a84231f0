"""The causes that the simulated firm is made of are there to be found: standard estimators bring back the stated parameters."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import crmlib as crm
from crmlib.company.calibration import calibration
from crmlib.company.churn import COVARIATES
from crmlib.company.satisfaction import SatisfactionScenario
from crmlib.company.scenario import MARKETS, SIZES, Scenario
from crmlib.company.simulation import draw_world

FEW_PARCELS = dataclasses.replace(Scenario(), monthly_parcels={"e_commerce": 3.0, "corporate": 2.0, "walk_in": 1.0})


@pytest.fixture(scope="module")
def large():
    """20,000 customers who ship little, so that it is quickly made."""
    return draw_world(customers=20_000, seed=17, scenario=FEW_PARCELS)


def _complementary_log_log(design, event):
    """Maximum likelihood of P(event) = 1 − exp(−exp(x'b)) by Fisher scoring: estimates and standard errors."""
    b = np.zeros(design.shape[1])
    b[0] = np.log(event.mean())
    for _step in range(30):
        rate = np.exp(design @ b)
        chance = -np.expm1(-rate)
        score = design.T @ (event * rate / chance - rate)
        weight = rate**2 * (1 - chance) / chance
        information = (design * weight[:, None]).T @ design
        change = np.linalg.solve(information, score)
        b += change
        if np.abs(change).max() < 1e-9:
            break
    return b, np.sqrt(np.diag(np.linalg.inv(information)))


def _least_squares(design, outcome):
    b, *_rest = np.linalg.lstsq(design, outcome, rcond=None)
    left = outcome - design @ b
    variance = left @ left / (len(outcome) - design.shape[1])
    return b, np.sqrt(np.diag(variance * np.linalg.inv(design.T @ design)))


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_the_published_figures_are_met(seed):
    table = calibration(*crm.company.simulate(seed=seed))
    print(table[["target", "band", "obtained", "ok"]].to_string())
    assert len(table) >= 20
    assert table.ok.all(), table[~table.ok]


def test_the_yearly_churn_of_a_large_firm_lies_in_its_bands():
    """With more customers the bands shrink to the published ones."""
    world = draw_world(customers=12_000, seed=5, scenario=FEW_PARCELS)
    at_risk = world.panel[world.panel.hazard > 0]
    size = at_risk.customer_id.map(world.truth["customers"].set_index("customer_id")["size"])
    yearly = 1 - np.exp(-12 * (~at_risk.alive_at_end).groupby(size).mean())
    assert 0.05 < yearly["key"] < 0.10
    assert 0.15 < yearly["middle"] < 0.20
    assert 0.25 < yearly["small"] < 0.35


def test_a_discrete_time_model_finds_the_hazard_ratios(large):
    rows = large.panel[large.panel.hazard > 0]
    size = rows.customer_id.map(large.truth["customers"].set_index("customer_id")["size"]).to_numpy()
    market = large.customers.market.to_numpy()[rows.customer]
    dummies = [size == name for name in SIZES[:2]] + [market == name for name in MARKETS[1:]]
    design = np.column_stack([np.ones(len(rows)), *(rows[name] for name in COVARIATES), *dummies]).astype(float)
    found, error = _complementary_log_log(design, (~rows.alive_at_end).to_numpy(dtype=float))
    churn = large.scenario.churn
    stated = [*(churn.effects[name] for name in COVARIATES), *(np.log(churn.size_ratio[name]) for name in SIZES[:2])]
    away = (found[1:7] - stated) / error[1:7]
    assert (np.abs(away) < 1.96).all(), dict(zip([*COVARIATES, *SIZES[:2]], away, strict=True))
    assert (error[1:5] < np.abs(stated[:4]) / 3).all(), "an interval so wide proves nothing"


def test_the_stated_hazard_is_the_one_that_happens(large):
    rows = large.panel[large.panel.hazard > 0]
    tenth = pd.qcut(rows.hazard, 10, labels=False)
    expected, seen = rows.hazard.groupby(tenth).sum(), (~rows.alive_at_end).groupby(tenth).sum()
    assert stats.chi2.sf(((seen - expected) ** 2 / expected).sum(), 10) > 0.01


def test_least_squares_finds_the_paths_of_satisfaction(large):
    """In the first month, before notices and before anybody left."""
    first = large.panel[large.panel.month == 0]
    scenario = SatisfactionScenario()
    gap = (first.price_gap - scenario.usual_gap) / scenario.gap_scale
    known = {**{name: first[name] for name in ("image", "expectation", "quality", "value", "satisfaction", "complaint")}, "price_gap": gap}
    away = []
    for effect in ("expectation", "quality", "value", "satisfaction", "complaint", "loyalty"):
        causes = [cause for cause, end in scenario.paths if end == effect and cause in known]
        found, error = _least_squares(np.column_stack([np.ones(len(first)), *(known[cause] for cause in causes)]), first[effect].to_numpy())
        away += [(found[place + 1] - scenario.paths[cause, effect]) / error[place + 1] for place, cause in enumerate(causes)]
    assert len(away) == 13
    assert stats.chi2.sf(np.square(away).sum(), len(away)) > 0.01 and np.abs(away).max() < 3.2


def test_constructs_are_standardised_as_promised():
    residual = SatisfactionScenario().residual_sd()
    assert all(0.3 < value < 1 for value in residual.values())
    world = draw_world(customers=6_000, seed=3)
    start = world.panel[(world.panel.month > 5) & ~world.panel.notices]
    for name in ("image", "expectation", "quality", "value", "satisfaction", "complaint", "loyalty"):
        assert start[name].std() == pytest.approx(1, abs=0.12), name
        assert abs(start[name].mean()) < 0.35, name


def test_lateness_and_failures_lower_satisfaction_in_the_next_month():
    world = draw_world(customers=4_000, seed=8)
    panel = world.panel.assign(
        after=world.panel.groupby("customer").satisfaction.shift(-1), then=world.panel.groupby("customer").month.shift(-1)
    )
    rows = panel[(panel.then == panel.month + 1) & (panel.parcels >= 5) & (panel.notices == 0)]
    change = rows.after - rows.satisfaction
    assert change[rows.late_share > 0.3].mean() < change[rows.late_share == 0].mean() - 0.1
    assert change[rows.failures > 0].mean() < change[rows.failures == 0].mean()


def _never(scenario):
    churn = dataclasses.replace(scenario.churn, notice_months=dict.fromkeys(scenario.churn.notice_months, 10_000))
    return dataclasses.replace(scenario, churn=churn)


def test_differences_in_differences_find_what_the_notices_do():
    """The centre gets notices in month 9, the east in month 13. What they did to the centre is known from a twin world without them.

    Typhoons and price wars that strike one region, and slower routes, on which peaks cost more hours, would bend the parallel paths: here
    are none.
    """
    calm = dataclasses.replace(
        FEW_PARCELS, outside=dataclasses.replace(FEW_PARCELS.outside, incidents=(), price_wars=(), month_noise=0.0),
        service=dataclasses.replace(FEW_PARCELS.service, route_pace=dict.fromkeys(FEW_PARCELS.service.route_pace, 1.0)),
    )  # fmt: skip
    options = {"customers": 8_000, "months": 13, "seed": 1}
    world, twin = draw_world(**options, scenario=calm), draw_world(**options, scenario=_never(calm))
    assert world.panel.notices.any() and not twin.panel.notices.any()

    def change(panel):
        wide = panel.pivot(index="customer", columns="month", values="satisfaction")
        return (wide[[10, 11, 12]].mean(axis=1) - wide[[6, 7, 8]].mean(axis=1)).dropna()

    region = world.customers.region
    moved = change(world.panel)
    centre, east = (moved[(region == name).reindex(moved.index)] for name in ("central", "east"))
    effect = centre.mean() - east.mean()
    error = np.sqrt(centre.var() / len(centre) + east.var() / len(east))
    both = world.panel.merge(twin.panel, on=["customer", "month"], suffixes=("", "_twin")).query("month >= 10")
    treated = both[both.customer.isin(centre.index)]
    truth = (treated.satisfaction - treated.satisfaction_twin).mean()
    assert truth > 0.2
    assert abs(effect - truth) < 1.96 * error
    assert effect - 1.96 * error > 0


def test_notices_and_a_leaving_salesperson_change_who_leaves():
    options = {"customers": 6_000, "seed": 2, "scenario": FEW_PARCELS}
    with_notices, without = draw_world(**options), draw_world(**(options | {"scenario": _never(FEW_PARCELS)}))
    leavers = [world.truth["customers"].leaves_on.notna().sum() for world in (with_notices, without)]
    assert leavers[0] < 0.95 * leavers[1]
    rows = with_notices.panel[with_notices.panel.hazard > 0]
    rate = (~rows.alive_at_end).groupby(rows.salesperson_left).mean()
    assert rate[True] > 1.3 * rate[False]


def test_the_panel_agrees_with_the_waybills():
    world = draw_world(customers=400, seed=4)
    month = (world.waybills.picked_up_at.dt.year - 2024) * 12 + world.waybills.picked_up_at.dt.month - 11
    seen = world.waybills.assign(month=month, late=world.fates.late, failed=world.fates.lost | world.fates.damaged)
    sums = seen.groupby(["customer_id", "month"]).agg(
        parcels=("waybill_id", "size"), revenue_yuan=("price_yuan", "sum"), late_share=("late", "mean"), failures=("failed", "sum")
    )
    panel = world.panel.set_index(["customer_id", "month"])
    assert set(sums.index) <= set(panel.index)
    both = panel.loc[sums.index]
    for name in sums.columns:
        np.testing.assert_allclose(both[name].to_numpy(dtype=float), sums[name].to_numpy(dtype=float), atol=1e-6)
    assert (panel.drop(sums.index).parcels == 0).all()


def test_nobody_ships_after_leaving_and_the_last_month_says_so():
    world = draw_world(customers=1_000, seed=6)
    people = world.truth["customers"].set_index("customer_id")
    last = world.waybills.groupby("customer_id").picked_up_at.max()
    left = people.leaves_on.dropna()
    assert (last.reindex(left.index) < left).all()
    gone = world.panel[~world.panel.alive_at_end].customer_id
    assert sorted(gone) == sorted(left.index) and gone.is_unique


def test_salespeople_hand_over_their_customers():
    world = draw_world(seed=0)
    staff = world.salespeople.set_index("salesperson_id")
    heirs = staff[staff.predecessor_id.notna()]
    assert len(heirs) >= 3
    before = staff.loc[heirs.predecessor_id]
    assert ((heirs.joined_on.to_numpy() - before.left_on.to_numpy()) == np.timedelta64(1, "D")).all()
    assert staff.left_on.notna().sum() == len(heirs)
    assert staff.left_on.loc[world.customers.salesperson_id.dropna().unique()].isna().all()


def test_contacts_belong_to_customers_with_a_salesperson():
    world = draw_world(seed=0)
    count = world.contacts.groupby("customer_id").size()
    business = world.customers[world.customers.market != "walk_in"]
    assert set(count.index) == set(business.customer_id) and count.between(1, 3).all()
    assert world.contacts.phone.str.fullmatch(r"129\*{4}\d{4}").all()
    assert not world.contacts.duplicated(["customer_id", "role"]).any()


def test_incidents_delay_the_parcels_they_touch():
    world = draw_world(seed=0)
    day = world.waybills.picked_up_at.dt.normalize()
    abroad = world.waybills.scope == "cross_border"
    strike = day.between("2026-05-11", "2026-05-22") & abroad
    ordinary = day.between("2026-04-01", "2026-04-30") & abroad
    assert strike.sum() > 20
    assert world.fates.delay_hours[strike].mean() > world.fates.delay_hours[ordinary].mean() + 50


def test_failures_are_more_frequent_at_the_peak_and_abroad():
    frail = dataclasses.replace(Scenario().service, damaged={"same_city": 0.02, "domestic": 0.02, "cross_border": 0.06})
    world = draw_world(months=2, start="2025-11-01", seed=1, scenario=dataclasses.replace(Scenario(), service=frail))
    failed = world.fates.lost | world.fates.damaged
    assert failed[world.waybills.scope == "cross_border"].mean() > 2 * failed[world.waybills.scope == "domestic"].mean()
    day = world.waybills.picked_up_at.dt.day
    peak = (world.waybills.picked_up_at.dt.month == 11) & day.between(9, 13)
    assert failed[peak].mean() > failed[~peak].mean()


@pytest.mark.parametrize("theme", ["churn", "service", "satisfaction"])
def test_a_theme_that_lacks_an_entry_is_refused(theme):
    scenario = getattr(Scenario(), theme)
    name = {"churn": "effects", "service": "lost", "satisfaction": "paths"}[theme]
    with pytest.raises(ValueError, match=name):
        dataclasses.replace(scenario, **{name: {}})
