"""Calendar, policies, competitors and partners in use: what the simulated firm was made of is found again."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlib.company import season
from crmlib.company.outside import OutsideScenario
from crmlib.company.scenario import Scenario
from crmlib.operations import (
    business_analysis,
    calendar_effects,
    compare_months,
    lateness,
    partner_ratings,
    policy_calendar,
    policy_customers,
    policy_effects,
    price_position,
    price_wars,
    seasonally_adjusted,
)


@pytest.fixture(scope="module")
def shops(lark):
    market = lark.customers.set_index("customer_id")["market"]
    return lark.waybills[lark.waybills["customer_id"].map(market).eq("e_commerce")]


@pytest.fixture(scope="module")
def effects(lark, shops):
    return calendar_effects(shops, lark.calendar)


def test_festivals_are_found_as_the_firm_was_made(lark, effects):
    """Truth: the day weights of the simulation; of 9 kinds of day at 95%, one may miss."""
    days, table = lark.calendar, effects.table.set_index("day_effect")
    weight = season.day_weights(dt.date(2024, 11, 1), len(days), Scenario())["e_commerce"]
    week = np.array(season._WEEK["e_commerce"])
    plain = weight / week[days["weekday"].astype(int) - 1]
    peak = days["days_to_festival"].eq(0) & days["next_festival"].eq("double_11")
    true = {name: plain[(days["festival"] == name) & ~peak].mean() for name in ("double_11", "double_12", "midyear_618", "spring_rush", "spring_lull")}
    true |= {"double_11_day": plain[peak].mean(), "holiday": 1.0, "makeup_workday": 1.0, "spring_return": 0.75}
    held = {name: table.at[name, "low"] <= value <= table.at[name, "high"] for name, value in true.items()}
    assert sum(held.values()) >= 8, held
    assert all(abs(table.at[name, "times_usual"] / value - 1) < 0.08 for name, value in true.items())
    assert table.loc[["monday", "sunday"], "times_usual"].round(2).tolist() == pytest.approx([1.06, 0.91], abs=0.03)
    assert "cannot be told from ordinary" in effects.summary()


def test_effects_and_their_intervals_are_those_of_a_library(lark, shops):
    import statsmodels.api as sm

    from crmlib.operations import festivals

    counts = shops["picked_up_at"].dt.normalize().value_counts().sort_index()["2026-03-01":"2026-06-30"].to_numpy(dtype=float)
    design = np.column_stack([np.ones(len(counts)), np.arange(len(counts)) / 100, np.arange(len(counts)) % 7 == 0]).astype(float)
    oracle = sm.GLM(counts, design, family=sm.families.Poisson()).fit(cov_type="HAC", cov_kwds={"maxlags": 7})
    beta, expected, _bread, known = festivals._poisson(design, counts)
    assert beta == pytest.approx(oracle.params, rel=1e-6) and expected == pytest.approx(oracle.fittedvalues, rel=1e-6)
    assert np.sqrt(np.diag(known)) == pytest.approx(oracle.bse, rel=1e-4)


def test_spring_festival_that_moved_is_taken_out(lark, shops):
    table = compare_months(shops, lark.calendar).set_index("month")
    raw, fair = table.loc[["2026-01-01", "2026-02-01"], "change"], table.loc[["2026-01-01", "2026-02-01"], "calendar_adjusted"]
    # Counted plainly, January is up by a third and February down; with the festival taken out they tell the same story.
    assert raw.iloc[0] > 0.3 and raw.iloc[1] < 0 and abs(fair.iloc[0] - fair.iloc[1]) < 0.1
    assert (table["low"] < table["calendar_adjusted"]).all() and len(table) == 12


def test_price_wars_are_found_to_the_month(lark):
    found = price_wars(lark.market_prices)
    wars = [(war.competitor, war.scope, war.origin_region, product, pd.Timestamp(war.first_month), pd.Timestamp(war.last_month), war.cut)
            for war in OutsideScenario().price_wars for product in war.products]  # fmt: skip
    true = pd.DataFrame(wars, columns=[*found.columns[:6], "cut"])
    both = found.merge(true, on=list(found.columns[:6]))
    assert len(both) == len(found) == len(true)
    assert (both["price_cut"] - both["cut"]).abs().max() < 0.01
    assert both["cut"].between(both["low"], both["high"]).sum() >= len(both) - 1


def test_price_levels_of_the_competitors_are_found(lark):
    """Truth: level × route × drift × wars; over the whole time within 6% of the level, and in the true order."""
    quiet = lark.waybills[lark.waybills["picked_up_at"] < "2025-03-01"]
    found = price_position(quiet, lark.market_prices, lark.customers, by=(), own="list").overall.set_index("competitor")["index"]
    level = pd.Series(dict(OutsideScenario().price_level))
    assert (1 / found[level.index] / level - 1).abs().max() < 0.06
    assert found.sort_values().index.tolist() == (1 / level).sort_values().index.tolist()


def test_a_war_shows_as_a_worse_position(lark):
    east = lark.waybills.merge(lark.customers[["customer_id", "region"]], on="customer_id")
    east = east[(east["region"] == "east") & (east["scope"] == "domestic") & (east["product"] == "economy")].drop(columns="region")
    table = price_position(east, lark.market_prices, lark.customers, by=()).table.set_index(["competitor", "month"])["index"]
    war, before = table["plover"]["2025-03-01":"2025-06-01"].mean(), table["plover"]["2024-12-01":"2025-02-01"].mean()
    assert war / before == pytest.approx(1 / 0.85, rel=0.03)


def test_policies_did_nothing_and_nothing_is_found(lark):
    """Truth: notices have no effect in the simulation; of those that can be compared, about one in twenty may seem to have one."""
    table = policy_effects(lark.policies, lark.customers, lark.waybills)
    known = table.dropna(subset=["low"])
    assert len(known) >= 6 and known[["low", "high"]].apply(lambda row: row["low"] <= 1 <= row["high"], axis=1).mean() >= 0.8
    touched = policy_customers("N009", lark.policies, lark.customers, lark.waybills)
    near = lark.waybills[lark.waybills["picked_up_at"].between("2025-08-16", "2025-10-14 23:59:59") & lark.waybills["scope"].eq("cross_border")]
    assert set(touched["customer_id"]) == set(near["customer_id"]) and touched["parcels"].sum() == len(near)


def test_nobody_knows_a_notice_before_it_is_published(lark):
    table = policy_calendar(lark.policies, as_of="2026-07-01")
    assert "N016" not in set(table["policy_id"]) and table.set_index("policy_id").at["N015", "days_left"] == 9
    assert table["in_force"].eq(table["days_left"] <= 0).all() and table["action"].str.len().min() > 5
    assert not table.set_index("policy_id").at["N006", "invented"]


def test_partners_on_one_lane_get_one_figure_and_incidents_their_part(lark):
    year = lark.waybills[lark.waybills["picked_up_at"] >= "2025-11-01"]
    table = partner_ratings(lark.partners, year, lark.customers, lark.incidents).set_index("partner_id")
    assert table.loc["B008", "late_share"] == table.loc["B009", "late_share"] and table.at["B008", "shares_with"] == 1
    assert (table["usual_share"] < table["late_share"]).mean() > 0.9 and table["incident_part"].between(0, 0.3).mean() > 0.9
    assert table.at["B008", "difference_low"] > 0 and table["expected_share"].isna().sum() >= 3


def test_lateness_knows_what_it_does_not_know(lark):
    late = lateness(lark.waybills)
    under_way = lark.waybills["delivered_at"].isna() & lark.waybills["status"].eq("under_way")
    assert late.isna().sum() > 500 and late[~under_way].notna().all() and late[lark.waybills["status"] == "lost"].dropna().eq(1).all()


def test_months_of_business_are_the_sums_of_the_waybills(lark, shops):
    table = business_analysis(shops, by="product").table
    assert table["parcels"].sum() == len(shops) and table["revenue_yuan"].sum() == pytest.approx(shops["price_yuan"].sum())
    whole = business_analysis(shops)
    assert (whole.table["late_share"] * whole.table["judged"]).sum() == pytest.approx(whole.table["late_parcels"].sum())
    assert whole.chart("late_share").kind == "p" and "24" in whole.summary() and len(whole.plot().axes) == 4


def test_two_years_are_no_seasons():
    months = pd.Series(np.tile(np.arange(12.0), 3) + np.arange(36))
    with pytest.raises(ValueError, match=r"2\.0 cycles"):
        seasonally_adjusted(months[:24], period=12)
    assert seasonally_adjusted(months, period=12)["adjusted"].diff().dropna().std() < 0.05


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda firm: calendar_effects(firm.waybills[:900], firm.calendar[:30]), "at least 56"),
        (lambda firm: calendar_effects(firm.waybills, pd.concat([firm.calendar, firm.calendar[:1]])), "twice"),
        (lambda firm: compare_months(firm.waybills[:20000], firm.calendar), "thirteen"),
        (lambda firm: compare_months(firm.waybills[:50], firm.calendar, value="mood"), "one of"),
        (lambda firm: price_position(firm.waybills[:50], firm.market_prices[:0], firm.customers), "No competitor"),
        (lambda firm: price_position(firm.waybills[:50], firm.market_prices, firm.customers, by="colour"), "one of"),
        (lambda firm: price_wars(firm.market_prices[:40]), "at least 4"),
        (lambda firm: policy_customers("N999", firm.policies, firm.customers, firm.waybills), "no notice"),
        (lambda firm: policy_calendar(firm.policies, as_of="soon"), "no date"),
        (lambda firm: partner_ratings(firm.partners, firm.waybills[:900], firm.customers[:5], firm.incidents), "not in customers"),
        (lambda firm: partner_ratings(firm.partners.assign(kind="post"), firm.waybills, firm.customers, firm.incidents), "one of"),
        (lambda firm: seasonally_adjusted(pd.Series([1.0] * 40), period=1), "from 2 on"),
        (lambda firm: business_analysis(firm.waybills.drop(columns="cost_yuan")), "cost_yuan"),
    ],
)
def test_bad_input_ends_in_a_sentence(lark, call, said):
    with pytest.raises(ValueError, match=said):
        call(lark)
