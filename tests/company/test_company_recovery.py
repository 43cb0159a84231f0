"""More standard estimators that bring back what the scenario states: Cox, PLS, Poisson regression, binomial and chi-square tests."""

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
from path_model import consistent_paths
from scipy import stats
from voice_estimators import ols_intervals, width

from crmlib.company.calls import draw_calls
from crmlib.company.churn import COVARIATES
from crmlib.company.draws import Stream
from crmlib.company.money import CLASSES, draw_money
from crmlib.company.sales import draw_sales
from crmlib.company.scenario import MARKETS, SIZES, Scenario
from crmlib.company.simulation import draw_world, month_edges
from crmlib.company.staff import StaffScenario, draw_staff
from crmlib.company.survey_items import ECSI_ITEMS
from crmlib.company.surveys import draw_surveys

MANY = dataclasses.replace(Scenario(), monthly_parcels={"e_commerce": 3.0, "corporate": 2.0, "walk_in": 1.0})


@pytest.fixture(scope="module")
def world():
    """Many customers who ship little, so that it is quickly made."""
    return draw_world(customers=8_000, seed=31, scenario=MANY)


@pytest.fixture(scope="module")
def sales(world):
    return draw_sales(world)[0]


def _likely(count: int, size: int, stated: float) -> bool:
    return stats.binomtest(int(count), int(size), stated).pvalue > 0.01


def _as_stated(counts, shares) -> bool:
    return stats.chisquare(counts, np.asarray(shares) * np.sum(counts)).pvalue > 0.01


# Customers, salespeople, contacts


def _efron(design: np.ndarray, event: np.ndarray, stratum: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cox's partial likelihood with Efron's treatment of ties, one moment of leaving a stratum: estimates and standard errors."""
    b = np.zeros(design.shape[1])
    months = [np.flatnonzero(stratum == month) for month in np.unique(stratum[event])]
    for _step in range(25):
        score, information = np.zeros(len(b)), np.zeros((len(b), len(b)))
        for rows in months:
            x, out = design[rows], event[rows]
            risk = np.exp(x @ b)
            all_0, all_1, all_2 = risk.sum(), risk @ x, (x * risk[:, None]).T @ x
            out_0, out_1, out_2 = risk[out].sum(), risk[out] @ x[out], (x[out] * risk[out][:, None]).T @ x[out]
            score += x[out].sum(axis=0)
            for share in np.arange(out.sum()) / out.sum():
                total, mean = all_0 - share * out_0, (all_1 - share * out_1) / (all_0 - share * out_0)
                score -= mean
                information += (all_2 - share * out_2) / total - np.outer(mean, mean)
        change = np.linalg.solve(information, score)
        b += change
        if np.abs(change).max() < 1e-9:
            break
    return b, np.sqrt(np.diag(np.linalg.inv(information)))


def test_a_cox_model_finds_the_hazard_ratios(world):
    rows = world.panel[world.panel.hazard > 0]
    size = rows.customer_id.map(world.truth["customers"].set_index("customer_id")["size"]).to_numpy()
    market = world.customers.market.to_numpy()[rows.customer]
    dummies = [size == name for name in SIZES[:2]] + [market == name for name in MARKETS[1:]]
    design = np.column_stack([*(rows[name] for name in COVARIATES), *dummies]).astype(float)
    found, error = _efron(design, (~rows.alive_at_end).to_numpy(), rows.month.to_numpy())
    churn = world.scenario.churn
    stated = np.array([*(churn.effects[name] for name in COVARIATES), *(np.log(churn.size_ratio[name]) for name in SIZES[:2])])
    away = (found[: len(stated)] - stated) / error[: len(stated)]
    assert (np.abs(away) < width(len(stated))).all(), dict(zip([*COVARIATES, *SIZES[:2]], away, strict=True))
    assert (error[:4] < np.abs(stated[:4]) / 2).all(), "an interval so wide proves nothing"


def test_customers_have_the_stated_mix(world):
    customers, people = world.customers, world.truth["customers"]
    assert _as_stated(customers["market"].value_counts().reindex(MARKETS), [MANY.market_mix[name] for name in MARKETS])
    assert _likely((people["kind"] == "never_ships").sum(), len(people), MANY.potential)


def test_salespeople_leave_at_the_stated_rate():
    days = month_edges(dt.date(2024, 11, 1), 24)
    staff = draw_staff(np.ones(60_000, dtype=bool), np.datetime64("2024-11-01"), days, Stream(5), StaffScenario())
    first_holders = staff.salespeople[staff.salespeople["predecessor_id"].isna()]
    gone = 1 - (1 - StaffScenario().leave_per_year) ** (days[-1] / 365.25)
    assert len(first_holders) > 500
    assert _likely(first_holders["left_on"].notna().sum(), len(first_holders), gone)


def test_contacts_have_the_stated_numbers_and_channels(world):
    each = world.contacts["customer_id"].value_counts()
    assert _as_stated(each.value_counts().reindex([1, 2, 3]), StaffScenario().contacts)
    channels = world.contacts["channel"].value_counts().reindex(["wecom", "dingtalk", "sms", "email"])
    assert _as_stated(channels, StaffScenario().channels)


# Parcels and scans


def _poisson(design: np.ndarray, events: np.ndarray, exposure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Poisson regression with an offset: estimates and standard errors."""
    b = np.zeros(design.shape[1])
    b[0] = np.log(events.sum() / exposure.sum())
    for _step in range(50):
        mean = exposure * np.exp(design @ b)
        information = (design * mean[:, None]).T @ design
        change = np.linalg.solve(information, design.T @ (events - mean))
        b += change
        if np.abs(change).max() < 1e-10:
            break
    return b, np.sqrt(np.diag(np.linalg.inv(information)))


def test_poisson_regression_finds_what_damages_parcels():
    """In months without a peak, and with twenty times the damage, so that there is something to count."""
    service = Scenario().service
    rough = dataclasses.replace(service, damaged={scope: 20 * share for scope, share in service.damaged.items()})
    world = draw_world(customers=1_500, seed=11, scenario=dataclasses.replace(Scenario(), service=rough))
    calm = world.waybills["picked_up_at"].dt.month.isin([3, 4, 5, 7, 8, 9]) & ~world.fates["lost"]
    cells = world.waybills[calm].assign(damaged=world.fates["damaged"]).groupby(["product", "scope"])["damaged"].agg(["sum", "size"])
    product, scope = (cells.index.get_level_values(name) for name in ("product", "scope"))
    kinds = (product == "economy", product == "express", scope == "same_city", scope == "cross_border")
    design = np.column_stack([np.ones(len(cells)), *kinds])
    found, error = _poisson(design.astype(float), cells["sum"].to_numpy(dtype=float), cells["size"].to_numpy(dtype=float))
    pace, share = rough.failure_pace, rough.damaged
    stated = np.log([share["domestic"] * pace["standard"], pace["economy"] / pace["standard"], pace["express"] / pace["standard"],
                     share["same_city"] / share["domestic"], share["cross_border"] / share["domestic"]])  # fmt: skip
    assert (np.abs(found - stated) < width(len(stated)) * error).all(), (found, stated, error)
    assert (error < 0.3).all()


def test_mean_log_ratios_find_the_hours_of_the_stages(world):
    """Each stage has luck of its own of one kind, so that the logarithm of two stages' ratio has the stated mean."""
    calm = world.waybills["picked_up_at"].dt.month.isin([3, 4, 5, 7, 8, 9]) & (world.waybills["scope"] == "domestic")
    minutes = world.scans.loc[calm.to_numpy(), ["in_transit", "at_hub", "out_for_delivery"]]
    first, second = minutes["in_transit"], minutes["at_hub"] - minutes["in_transit"]
    third = minutes["out_for_delivery"] - minutes["at_hub"]
    whole = (first > 30) & (second > 30) & (third > 30)
    stages = world.scenario.service.stage_hours
    for part, place in ((first, 0), (third, 2)):
        ratio = np.log(part[whole] / second[whole])
        error = 3 * ratio.std() / np.sqrt(len(ratio)) + 0.004
        assert abs(ratio.mean() - np.log(stages[place] / stages[1])) < error


# Money


def test_regression_finds_how_well_the_classes_see_credit_quality(world):
    """A class stands for a range of a standard normal score that correlates with the quality; the slope of quality on the mean score is
    that correlation."""
    credit, money = draw_money(world)[1]["credit"], world.scenario.money
    edges = stats.norm.isf(np.clip(np.cumsum([0, *(money.class_shares[name] for name in CLASSES)]), 0, 1))
    mean = {name: (stats.norm.pdf(low) - stats.norm.pdf(high)) / (stats.norm.sf(low) - stats.norm.sf(high))
            for name, high, low in zip(CLASSES, edges[:-1], edges[1:], strict=True)}  # fmt: skip
    score = credit["credit_class"].map(mean)
    found, _spread = ols_intervals(credit["credit_quality"], pd.DataFrame({"one": 1.0, "score": score}))
    low, high = found.loc["score"]
    assert low <= money.class_accuracy <= high and high - low < 0.1


# Service desk


def test_shifts_are_missed_as_often_as_stated(world):
    calls = world.scenario.calls
    shifts = pd.concat([draw_calls(draw_world(customers=600, seed=seed))[0]["shifts"] for seed in (1, 2)])
    kinds = shifts["absence"].value_counts().reindex(["none", "sick", "personal"], fill_value=0)
    assert _as_stated(kinds, [1 - calls.sick - calls.personal_leave, calls.sick, calls.personal_leave])
    there = shifts[shifts["absence"] == "none"]
    late = there["actual_start"] >= there["planned_start"] + pd.Timedelta(minutes=1)
    assert _likely(late.sum(), len(there), calls.tardy)


# Surveys


def test_partial_least_squares_finds_the_paths_between_the_constructs(world):
    """Of those who answered a wave before any region had notices, by the items alone; intervals from resampled respondents. Paths of the
    scenario are per standard deviation of everybody: they are put on the scale of those who answered."""
    tables, truth = draw_surveys(world)
    wave = tables["surveys"][tables["surveys"]["wave"] == 1].dropna(subset=[item.name for item in ECSI_ITEMS])
    items = pd.DataFrame({item.name: 11 - wave[item.name] if item.reversed else wave[item.name] for item in ECSI_ITEMS})
    blocks: dict[str, list[str]] = {}
    for item in ECSI_ITEMS:
        blocks.setdefault(item.of, []).append(item.name)
    paths: dict[str, list[str]] = {}
    for cause, effect in world.scenario.satisfaction.paths:
        if cause in blocks:
            paths.setdefault(effect, []).append(cause)
    found = consistent_paths(items, blocks, paths)
    rng = np.random.default_rng(8)
    again = pd.DataFrame([consistent_paths(items.iloc[rng.integers(0, len(items), len(items))], blocks, paths) for _draw in range(100)])
    error = again.std()
    spread = truth["survey_latents"].set_index("invitation_id").loc[wave["invitation_id"], list(blocks)].std()
    assert len(found) == 12
    for (cause, effect), size in found.items():
        stated = world.scenario.satisfaction.paths[cause, effect] * spread[cause] / spread[effect]
        assert abs(size - stated) < width(12) * error[cause, effect], (cause, effect, size, stated, error[cause, effect])
        assert error[cause, effect] < 0.1


# Members


def test_customers_outside_the_trial_join_as_often_as_stated(world, sales):
    """Among those who were customers for the whole time in which they might have joined."""
    people, scenario = world.truth["customers"], world.scenario.sales
    trial = sales["offers"].loc[sales["offers"]["kind"] == "membership", "customer_id"]
    joins, leaves = people["joins_on"], people["leaves_on"].fillna(world.end)
    long = (leaves.clip(upper=world.end) - joins).dt.days > scenario.joins_within
    asked = people.loc[long & ~people["customer_id"].isin(trial), "customer_id"]
    assert len(asked) > 500
    assert _likely(asked.isin(sales["members"]["customer_id"]).sum(), len(asked), scenario.joins_alone)
