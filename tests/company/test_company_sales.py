"""Leads, quotes, touches, offers, members and points: they agree with the rest of the firm and give the stated parameters back."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2

from crmlib.company import schema
from crmlib.company.leads import SOURCES
from crmlib.company.sales import SalesScenario, draw_sales
from crmlib.company.sequence import impossible
from crmlib.company.simulation import draw_world
from crmlib.company.tables.sales import TABLES
from crmlib.company.trials import KINDS, WINDOWS
from crmlib.company.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return draw_world(seed=0)


@pytest.fixture(scope="module")
def drawn(world) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    return draw_sales(world)


@pytest.fixture(scope="module")
def offers(drawn) -> pd.DataFrame:
    """The offers whose period is over, with their truth and `y`, what the effects are stated on."""
    table = drawn[0]["offers"].merge(drawn[1]["offers"], on="offer_id")
    table = table[table["outcome"].notna()]
    spend = np.log((50 + table["after_yuan"]) / (50 + table["before_yuan"]))
    reached = (table["outcome"] == "reached").astype(float)
    return table.assign(y=spend.where(table["kind"] == "membership", reached), treated=(table["arm"] == "offer").astype(float))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_keeps_its_contract_and_comes_out_the_same_again(world, drawn, table):
    frame = drawn[0][table.name]
    table.pandera_schema().validate(frame, lazy=True)
    core = {name: getattr(world, name) for name in ("customers", "salespeople", "contacts", "waybills")}
    assert not list(impossible({**core, **drawn[0]}, table, schema.TABLES))
    for column in table.columns:
        if column.dtype == "date" and not column.ahead:
            assert not (frame[column.name] >= world.end).any()
        if column.ref:
            other, target = column.ref.split(".")
            known = drawn[0][other] if other in drawn[0] else getattr(world, other)
            assert frame[column.name].dropna().isin(known[target]).all()
    pd.testing.assert_frame_equal(draw_sales(world)[0][table.name], frame)


@pytest.mark.parametrize(("customers", "months"), [(1, 1), (5, 2), (2, 14), (20, 8)])
def test_a_tiny_firm_has_the_tables_too(customers, months):
    tables, _truth = draw_sales(draw_world(customers=customers, months=months, seed=4))
    for table in TABLES:
        table.pandera_schema().validate(tables[table.name], lazy=True)


# Leads and quotes


def test_won_leads_are_the_customers_whose_accounts_were_opened(world, drawn):
    won = drawn[0]["leads"].query("stage == 'won'").merge(world.customers, on="customer_id", suffixes=("", "_of_customer"))
    assert len(won) > 300 and won["customer_id"].is_unique
    assert (won["closed_on"] == won["opened_on"]).all()
    for name in ("name", "market", "region"):
        assert (won[name] == won[f"{name}_of_customer"]).all()
    assert drawn[0]["leads"].query("stage != 'won'")["customer_id"].isna().all()
    accepted = drawn[0]["quotes"].query("decision == 'accepted'").set_index("lead_id")["discount"]
    own = world.truth["customers"].set_index("customer_id")["discount"]
    assert (accepted[won["lead_id"]].to_numpy() == own[won["customer_id"]].to_numpy()).all()


def test_stages_follow_from_their_dates(drawn):
    leads = drawn[0]["leads"]
    closed = leads["stage"].isin(["won", "lost"])
    assert (leads["closed_on"].notna() == closed).all()
    assert (leads["lost_reason"].notna() == (leads["stage"] == "lost")).all()
    assert leads.loc[leads["stage"] == "new", "contacted_on"].isna().all()
    steps = ("contacted", "qualified", "quoted", "closed")
    for stage, column, later in ((step, f"{step}_on", f"{after}_on") for step, after in zip(steps, steps[1:], strict=False)):
        there = leads[leads["stage"] == stage]
        assert len(there) and there[column].notna().all() and there[later].isna().all()
    quoted = drawn[0]["quotes"].groupby("lead_id")["quoted_on"].min()
    assert (quoted == leads.set_index("lead_id").loc[quoted.index, "quoted_on"]).all()
    assert set(quoted.index) == set(leads.loc[leads["quoted_on"].notna(), "lead_id"])


def test_duplicates_are_the_same_firm_entered_later(drawn):
    leads, truth = drawn[0]["leads"].set_index("lead_id"), drawn[1]["leads"].set_index("lead_id")
    twice = truth["duplicate_of"].dropna()
    first, again = leads.loc[twice], leads.loc[twice.index]
    assert 0.04 < len(twice) / len(leads) < 0.08
    assert (first["phone"].to_numpy() == again["phone"].to_numpy()).all()
    assert (first["created_on"].to_numpy() < again["created_on"].to_numpy()).all()
    same = first["name"].to_numpy() == again["name"].to_numpy()
    assert 0.3 < same.mean() < 0.7 and again["quoted_on"].isna().all()


def test_price_quoted_is_the_list_price_less_the_discount(drawn):
    quotes = drawn[0]["quotes"]
    expected = (quotes["list_price_yuan"] * (1 - quotes["discount"])).round(2)
    assert (quotes["price_yuan"] - expected).abs().max() < 0.011
    twice = quotes[quotes.duplicated("lead_id", keep=False)].sort_values(["lead_id", "quoted_on", "quote_id"]).groupby("lead_id")
    assert (twice["decision"].first() == "revised").all() and (twice["discount"].last() > twice["discount"].first()).all()


def _logit(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Maximum likelihood estimates of a logistic regression and their covariance."""

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        eta = x @ beta
        return np.logaddexp(0, eta).sum() - y @ eta, x.T @ (1 / (1 + np.exp(-eta)) - y)

    beta = minimize(loss, np.zeros(x.shape[1]), jac=True, method="BFGS", options={"gtol": 1e-4}).x
    chance = 1 / (1 + np.exp(-x @ beta))
    return beta, np.linalg.inv(x.T @ (x * (chance * (1 - chance))[:, None]))


def test_logistic_regression_finds_what_wins_a_quoted_lead(drawn):
    leads, scenario = drawn[0]["leads"], SalesScenario()
    final = drawn[0]["quotes"].query("decision in ('accepted', 'rejected')").merge(leads, on="lead_id", suffixes=("", "_of_lead"))
    traits = [(final["source"] == name).astype(float) for name in SOURCES[1:]]
    wait = (final["quoted_on_of_lead"] - final["qualified_on"]).dt.days
    x = np.stack([np.ones(len(final)), *traits, wait, final["discount"] - final["tier_discount"]], axis=1)
    beta, covariance = _logit((final["decision"] == "accepted").to_numpy(dtype=float), x)
    stated = np.array([*(scenario.source_effects[name] for name in SOURCES[1:]), scenario.quote_day_effect, scenario.discount_effect])
    apart, error = beta[1:] - stated, np.sqrt(np.diag(covariance))[1:]
    assert (np.abs(apart[-2:]) < 1.96 * error[-2:]).all()
    assert apart @ np.linalg.solve(covariance[1:, 1:], apart) < chi2.ppf(0.95, len(stated))
    assert abs((final["decision"] == "accepted").mean() - scenario.win_share) < 0.05


def test_logistic_regression_finds_the_price_of_a_late_first_contact(drawn):
    leads = drawn[0]["leads"][drawn[1]["leads"]["duplicate_of"].isna()].query("contacted_on.notna() and stage in ('won', 'lost')")
    wait = (leads["contacted_on"] - leads["created_on"]).dt.days
    beta, covariance = _logit(leads["quoted_on"].notna().to_numpy(dtype=float), np.stack([np.ones(len(leads)), wait], axis=1))
    assert abs(beta[1] - SalesScenario().contact_day_effect) < 1.96 * np.sqrt(covariance[1, 1])


# Touches


def test_visits_keep_the_rhythm_of_the_class(world, drawn):
    visits = drawn[0]["touches"].query("kind == 'visit'")
    people, scenario = world.truth["customers"], SalesScenario()
    whole = people["joins_on"].isna() | (people["joins_on"] <= pd.Timestamp(world.first))
    old = world.customers["salesperson_id"].notna() & (world.customers["opened_on"] < pd.Timestamp(world.first))
    steady = people[whole & people["leaves_on"].isna() & old]
    each = visits["customer_id"].value_counts().reindex(steady["customer_id"], fill_value=0).to_numpy()
    for size, days in scenario.visit_days.items():
        due = world.days / days * scenario.visits_done
        assert abs(each[steady["size"] == size].mean() / due - 1) < 0.08


def test_touches_fall_within_the_customers_time_and_the_salespersons(world, drawn):
    touches = drawn[0]["touches"].merge(world.customers, on="customer_id", suffixes=("", "_today")).merge(
        world.truth["customers"], on="customer_id", suffixes=("", "_true"))  # fmt: skip
    assert (touches["market"] != "walk_in").all()
    assert (touches["happened_on"] >= touches["opened_on"]).all()
    assert not (touches["happened_on"] >= touches["leaves_on"]).any()
    owner = world.contacts.set_index("contact_id")["customer_id"]
    assert (owner[touches["contact_id"]].to_numpy() == touches["customer_id"].to_numpy()).all()
    staff = world.salespeople.set_index("salesperson_id").loc[touches["salesperson_id"]]
    happened = touches["happened_on"].to_numpy()
    assert not (staff["left_on"].to_numpy() < happened).any()
    later = (staff["joined_on"].to_numpy() > happened) & staff["predecessor_id"].notna().to_numpy()
    assert not later.any()


def test_notices_go_out_only_where_the_region_has_them(world, drawn):
    notices = drawn[0]["touches"].query("kind == 'notice'")
    month = np.searchsorted(world.edges, (notices["happened_on"] - pd.Timestamp(world.first)).dt.days, side="right") - 1
    panel = world.panel.set_index(["customer_id", "month"]).loc[list(zip(notices["customer_id"], month, strict=True))]
    assert len(notices) > 300
    assert panel["notices"].all() and (panel["late_share"] >= SalesScenario().notice_from).all()


def test_mood_of_a_visit_follows_satisfaction(world, drawn):
    visits = drawn[0]["touches"].query("kind == 'visit'")
    assert visits["mood"].notna().all() and visits["mood"].isin([1, 2, 3, 4, 5]).all()
    assert drawn[0]["touches"].query("kind != 'visit'")["mood"].isna().all()
    month = np.searchsorted(world.edges, (visits["happened_on"] - pd.Timestamp(world.first)).dt.days, side="right") - 1
    panel = world.panel.set_index(["customer_id", "month"])["satisfaction"]
    latent = panel.reindex(list(zip(visits["customer_id"], month, strict=True))).to_numpy()
    middle = np.isfinite(latent) & (np.abs(latent) < 1)
    x, y = np.stack([np.ones(middle.sum()), latent[middle]], axis=1), visits["mood"].to_numpy()[middle]
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    error = np.std(y - x @ beta) * np.sqrt(np.linalg.inv(x.T @ x)[1, 1])
    assert abs(beta[1] - SalesScenario().mood_effect) < 1.96 * error


# Offers


def test_offers_never_contradict_the_waybills(world, offers):
    day = world.waybills["picked_up_at"].dt.normalize()
    sent = world.waybills.assign(day=day)[["customer_id", "day", "price_yuan"]]
    window = offers["kind"].map(WINDOWS)
    assert ((offers["measured_on"] - offers["assigned_on"]).dt.days == window).all()
    parcels = offers[["offer_id", "customer_id", "kind", "assigned_on", "measured_on", "outcome"]].merge(sent, on="customer_id")
    inside = parcels[(parcels["day"] >= parcels["assigned_on"]) & (parcels["day"] < parcels["measured_on"])]
    spent = inside.groupby("offer_id")["price_yuan"].sum().reindex(offers["offer_id"], fill_value=0.0)
    assert np.abs(spent.to_numpy() - offers["after_yuan"].to_numpy()).max() < 0.005
    earlier = parcels[(parcels["day"] < parcels["assigned_on"]) & (parcels["day"] >= parcels["assigned_on"] - pd.Timedelta(days=90))]
    before = earlier.groupby("offer_id")["price_yuan"].sum().reindex(offers["offer_id"], fill_value=0.0)
    assert np.abs(before.to_numpy() - offers["before_yuan"].to_numpy()).max() < 0.005
    first, reached = offers["kind"] == "first_order", offers["outcome"] == "reached"
    assert ((offers["after_yuan"] > 0)[first] == reached[first]).all()
    member = offers["kind"] == "membership"
    assert ((offers["after_yuan"] > offers["before_yuan"])[member] == reached[member]).all()
    closed = parcels[(parcels["kind"] == "retention") & (parcels["outcome"] == "missed")]
    assert (closed["day"] < closed["measured_on"]).all()


def test_lots_are_fair(world, offers):
    month = np.searchsorted(world.edges, (offers["assigned_on"] - pd.Timestamp(world.first)).dt.days, side="right") - 1
    panel = world.panel.set_index(["customer_id", "month"])[["satisfaction", "hazard", "price_gap"]]
    for kind in KINDS:
        rows = (offers["kind"] == kind).to_numpy()
        treated = offers.loc[rows, "treated"].to_numpy()
        assert abs(treated.mean() - SalesScenario().offered) < 2.6 * 0.5 / np.sqrt(rows.sum())
        traits = panel.reindex(list(zip(offers.loc[rows, "customer_id"], month[rows], strict=True))).to_numpy()
        for trait in traits.T if kind != "first_order" else ():
            trait, arm = trait[np.isfinite(trait)], treated[np.isfinite(trait)]
            apart = trait[arm == 1].mean() - trait[arm == 0].mean()
            assert abs(apart) < 3 * trait.std() * np.sqrt(1 / (arm == 1).sum() + 1 / (arm == 0).sum())


@pytest.mark.parametrize("kind", KINDS)
def test_difference_in_means_finds_the_mean_effect(offers, kind):
    mine = offers[offers["kind"] == kind]
    arms = mine.groupby("arm")["y"].agg(["mean", "var", "size"])
    difference = arms.loc["offer", "mean"] - arms.loc["control", "mean"]
    error = np.sqrt((arms["var"] / arms["size"]).sum())
    assert abs(difference - mine["effect"].mean()) < 1.96 * error
    assert difference > 0


@pytest.mark.parametrize("kind", KINDS)
def test_regression_with_interactions_finds_the_effects_by_market_and_moderator(offers, kind):
    mine = offers[offers["kind"] == kind]
    markets = [(mine["stratum"] == name).to_numpy(dtype=float) for name in ("e_commerce", "corporate", "walk_in")]
    base = np.stack([*markets, mine["moderator"].to_numpy(dtype=float)], axis=1)
    treated = mine["treated"].to_numpy()
    x, y = np.concatenate([base, base * treated[:, None]], axis=1), mine["y"].to_numpy()
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    spread = bread @ (x.T @ (x * ((y - x @ beta) ** 2)[:, None])) @ bread
    stated = SalesScenario().effects[kind]
    apart = beta[4:] - np.array([stated[name] for name in ("e_commerce", "corporate", "walk_in", "moderator")])
    assert apart @ np.linalg.solve(spread[4:, 4:], apart) < chi2.ppf(0.95, 4)


def test_truth_of_the_offers_agrees_with_what_was_seen(offers):
    chances = offers[offers["kind"] != "membership"]
    own = chances["reached_offer"].where(chances["treated"] == 1, chances["reached_control"]).astype(bool)
    assert (own == (chances["outcome"] == "reached")).all()
    assert ((chances["chance_offer"] - chances["chance_control"]) - chances["effect"]).abs().max() < 1e-9
    assert chances[["chance_control", "chance_offer"]].stack().between(0, 1).all()
    both = chances["reached_offer"].astype(float) - chances["reached_control"].astype(float)
    error = both.std() / np.sqrt(len(both))
    assert abs(both.mean() - chances["effect"].mean()) < 2.6 * error
    members = offers[offers["kind"] == "membership"]
    assert members["effect"].nunique() >= 5 and not offers.loc[offers["arm"] == "control", "accepted"].any()
    harmed = chances[(chances["kind"] == "retention") & (chances["stratum"] == "walk_in") & chances["moderator"]]
    assert (harmed["effect"] < 0).all()


def test_taking_up_an_offer_is_no_random_draw(offers):
    given = offers[(offers["arm"] == "offer")]
    rate = given.groupby("outcome")["accepted"].mean()
    for outcome, stated in zip(("missed", "reached"), SalesScenario().taken_up, strict=True):
        size = (given["outcome"] == outcome).sum()
        assert abs(rate[outcome] - stated) < 1.96 * np.sqrt(stated * (1 - stated) / size)


# Members and points


def test_tiers_follow_the_spend_of_twelve_months(world, drawn):
    members = drawn[0]["members"]
    recent = world.waybills[world.waybills["picked_up_at"] >= world.end - pd.Timedelta(days=365)]
    spend = recent.groupby("customer_id")["price_yuan"].sum().reindex(members["customer_id"], fill_value=0.0).to_numpy()
    assert np.abs(spend - members["year_spend_yuan"].to_numpy()).max() < 0.005
    edges = [-np.inf, *SalesScenario().tier_from, np.inf]
    tier = pd.cut(spend, edges, right=False, labels=["standard", "silver", "gold", "diamond"])
    assert (members["tier"].to_numpy() == np.asarray(tier)).all()
    assert members["customer_id"].is_unique and set(members["tier"]) == {"standard", "silver", "gold", "diamond"}


def test_members_by_invitation_are_those_who_took_it_up(drawn):
    members, offers = drawn[0]["members"], drawn[0]["offers"].query("kind == 'membership'")
    invited = members.query("joined_by == 'invitation'").set_index("customer_id")["joined_on"].sort_index()
    taken = offers[offers["accepted"]].set_index("customer_id")["assigned_on"].sort_index()
    assert len(invited) > 100 and invited.index.equals(taken.index) and (invited == taken).all()
    assert not members["customer_id"].isin(offers.loc[offers["arm"] == "control", "customer_id"]).any()


def test_ledger_balances_and_never_falls_below_zero(world, drawn):
    points, members = drawn[0]["points"], drawn[0]["members"].set_index("member_id")
    running = points.groupby("member_id")["points"].cumsum()
    assert (running == points["balance"]).all() and (points["balance"] >= 0).all()
    assert points["booked_on"].is_monotonic_increasing
    assert ((points["points"] > 0) == (points["kind"] == "earn")).all()
    assert points.loc[points["kind"] == "expire", "booked_on"].dt.strftime("%m-%d").isin(["06-30", "12-31"]).all()
    assert (points["kind"].value_counts() > 100).all()
    joined = members["joined_on"][points["member_id"]].to_numpy()
    assert (points["booked_on"].to_numpy() >= joined).all()
    customer = members["customer_id"]
    since = world.waybills.merge(members.reset_index()[["customer_id", "joined_on", "member_id"]], on="customer_id")
    since = since[since["picked_up_at"] >= since["joined_on"]]
    month = since["picked_up_at"].dt.to_period("M")
    expected = np.floor(since.groupby(["member_id", month])["price_yuan"].sum().round(2)).groupby("member_id").sum()
    earned = points[points["kind"] == "earn"].groupby("member_id")["points"].sum()
    assert (earned == expected[expected > 0].reindex(earned.index)).all() and customer.is_unique


def test_points_expire_at_the_end_of_the_half_year_after_they_were_earned(drawn):
    points = drawn[0]["points"]
    for _member, entries in points.groupby("member_id"):
        half = entries["booked_on"].dt.year * 2 + (entries["booked_on"].dt.month > 6)
        gone = entries[entries["kind"] == "expire"]
        for row in gone.index:
            before = entries[(half < half[row]) & (entries["kind"] == "earn")]["points"].sum()
            used = -entries.loc[:row][entries.loc[:row, "kind"] != "earn"]["points"].sum()
            assert used >= before or np.isclose(used, before)


def test_redeeming_is_as_frequent_as_stated(world, drawn):
    points, scenario = drawn[0]["points"], SalesScenario()
    month = points["booked_on"].dt.to_period("M")
    closing = points.groupby(["member_id", month])["balance"].last().unstack().ffill(axis=1)
    able = closing.shift(1, axis=1) >= scenario.redeems_from
    redeemed = points[points["kind"] == "redeem"].groupby(["member_id", month[points["kind"] == "redeem"]]).size().unstack()
    done = redeemed.reindex(index=able.index, columns=able.columns).notna()
    assert not (done & ~able).any().any()
    # Whoever redeems gives at least 40 % of the balance, in whole hundreds: with 100 to 249 points that may be none.
    plenty = closing.shift(1, axis=1) >= 250
    size, share = plenty.to_numpy().sum(), done.to_numpy()[plenty.to_numpy()].mean()
    assert abs(share - scenario.redeems) < 1.96 * np.sqrt(scenario.redeems * (1 - scenario.redeems) / size)


def test_parameters_are_checked():
    scenario = SalesScenario()
    with pytest.raises(ValueError, match="source_mix"):
        dataclasses.replace(scenario, source_mix={**scenario.source_mix, "website": 0.9})
    with pytest.raises(ValueError, match="effects"):
        dataclasses.replace(scenario, effects={"first_order": {}})
    with pytest.raises(ValueError, match="retention"):
        dataclasses.replace(scenario, effects={**scenario.effects, "retention": {"walk_in": 0.1}})
    assert SalesScenario.table()["mark"].isin(["V", "V-", "D", "GK", "teaching"]).all()
