"""Calendar, competitors' prices, policies, partners and incidents: against known facts, and the stated parameters found again."""

from __future__ import annotations

import dataclasses
import datetime as dt

import holidays
import numpy as np
import pandas as pd
import pytest
from outside_world import small_world

from crmlib import i18n
from crmlib.company import Scenario, lark
from crmlib.company.breaks import ANNOUNCED, ENGLISH, holidays_by_package, public_holidays
from crmlib.company.competition import PRICE_WARS, PriceWar, cheapest
from crmlib.company.incidents import INCIDENTS, Incident, incident_hours
from crmlib.company.outside import OutsideScenario, calendar, draw_outside
from crmlib.company.scenario import REGIONS, SCOPES
from crmlib.company.season import SPRING_FESTIVAL
from crmlib.company.tables import world as contracts


@pytest.fixture(autouse=True)
def english():
    before = i18n.language()
    i18n.use_language("en")
    yield
    i18n.use_language(before)


@pytest.fixture(scope="module")
def outside() -> dict[str, pd.DataFrame]:
    return draw_outside(small_world())[0]


@pytest.mark.parametrize("table", contracts.TABLES, ids=lambda table: table.name)
def test_every_table_keeps_its_contract(outside, table):
    table.pandera_schema().validate(outside[table.name], lazy=True)
    again = draw_outside(small_world())[0][table.name]
    pd.testing.assert_frame_equal(again, outside[table.name])


def _days(*spans: str) -> set[pd.Timestamp]:
    return {day for span in spans for day in pd.date_range(*(span.split("/") * 2)[:2])}


@pytest.mark.parametrize(
    ("year", "off", "made_up"),
    [
        (2025,
         _days("2025-01-01", "2025-01-28/2025-02-04", "2025-04-04/2025-04-06", "2025-05-01/2025-05-05", "2025-05-31/2025-06-02",
               "2025-10-01/2025-10-08"),
         _days("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11")),
        (2026,
         _days("2026-01-01/2026-01-03", "2026-02-15/2026-02-23", "2026-04-04/2026-04-06", "2026-05-01/2026-05-05",
               "2026-06-19/2026-06-21", "2026-09-25/2026-09-27", "2026-10-01/2026-10-07"),
         _days("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")),
    ],
)  # fmt: skip
def test_calendar_has_the_state_councils_breaks_and_swapped_days(year, off, made_up):
    table = calendar(dt.date(year, 1, 1), 365).set_index("date")
    assert set(table.index[table["day_kind"] == "holiday"]) == off
    assert table["weekday"].tolist() == [day.isoweekday() for day in table.index]
    assert set(table.index[table["day_kind"] == "makeup_workday"]) == made_up
    weekday = table["weekday"].to_numpy() <= 5
    expected = (weekday & ~table.index.isin(list(off))) | table.index.isin(list(made_up))
    assert table["is_workday"].tolist() == expected.tolist()
    assert table.loc[list(off), "holiday_zh"].notna().all() and table.loc[~table.index.isin(list(off)), "holiday_zh"].isna().all()


@pytest.mark.parametrize("year", sorted(ANNOUNCED))
def test_breaks_kept_here_are_those_of_the_holidays_package(year):
    assert public_holidays(year) == holidays_by_package(year)


def test_english_names_are_those_of_the_package():
    zh, en = (holidays.country_holidays("CN", years=2025, language=language) for language in ("zh_CN", "en_US"))
    assert {zh[day]: en[day] for day in zh if zh[day] in ENGLISH} == ENGLISH


def test_a_year_not_kept_here_is_asked_of_the_package():
    table = calendar(dt.date(2023, 9, 29), 9).set_index("date")
    assert set(table["day_kind"].iloc[:8]) == {"holiday"} and table["day_kind"].iloc[8] == "makeup_workday"


def test_breaks_bear_the_name_of_their_holiday():
    table = calendar(dt.date(2026, 1, 1), 365).set_index("date")
    assert set(table.loc["2026-02-15":"2026-02-23", "holiday_zh"]) == {"春节"}
    assert set(table.loc["2026-10-01":"2026-10-07", "holiday_en"]) == {"National Day"}


def test_countdown_ends_on_the_festivals_and_knows_the_lunar_new_year():
    table = calendar(dt.date(2020, 1, 1), 365 * 16 + 4)
    today = table[table["days_to_festival"] == 0]
    fixed = today[today["next_festival"] != "spring_festival"]
    assert set(fixed["date"].dt.strftime("%m-%d")) == {"06-18", "11-11", "12-12"}
    lunar = today.loc[today["next_festival"] == "spring_festival", "date"]
    assert {day.year: (day.month, day.day) for day in lunar} == SPRING_FESTIVAL
    left = table["days_to_festival"].to_numpy()
    assert (np.diff(left)[left[:-1] > 0] == -1).all()


def test_flagged_days_are_those_on_which_parcels_swell_and_shrink(outside):
    daily = lark().waybills["picked_up_at"].dt.normalize().value_counts()
    table = outside["calendar"].set_index("date").join(daily.rename("parcels"))
    trend = table["parcels"].rolling(181, center=True, min_periods=60).median()
    busy = (table["parcels"] / trend).groupby(table["festival"]).mean()
    assert busy["double_11"] > 1.2 and busy["midyear_618"] > 1.1 and busy["double_12"] > 1.05
    assert busy["spring_lull"] < 0.5 < 0.9 < busy["none"] < 1.1


def _logs(outside: dict) -> pd.DataFrame:
    """Each price over Lark's own, as a logarithm, beside what explains it."""
    prices, tariff = outside["market_prices"], Scenario().tariff
    own = np.array([tariff[pair] for pair in zip(prices["product"], prices["scope"], strict=True)])
    rows = prices.assign(
        log=np.log(prices["first_kg_yuan"] / own[:, 0]),
        years=(prices["month"].dt.year - 2024) + (prices["month"].dt.month - 11) / 12,
        far=(prices["scope"] == "domestic") & ((prices["origin_region"] == "west") | (prices["destination_region"] == "west")),
        peak=(prices["scope"] == "domestic") & prices["month"].dt.month.isin((6, 11)),
    )
    for number, war in enumerate(PRICE_WARS):
        rows[f"war{number}"] = (
            (rows["competitor"] == war.competitor) & (rows["scope"] == war.scope) & (rows["origin_region"] == war.origin_region)
            & rows["product"].isin(war.products) & rows["month"].between(pd.Timestamp(war.first_month), pd.Timestamp(war.last_month))
        )  # fmt: skip
    return rows


def test_least_squares_finds_levels_surcharges_drift_and_cuts_again(outside):
    rows, parameters = _logs(outside), OutsideScenario()
    names = [*parameters.price_level, "years", "far", "peak", *(f"war{number}" for number in range(len(PRICE_WARS)))]
    design = np.column_stack([rows[name] if name in rows else rows["competitor"] == name for name in names]).astype(float)
    found = dict(zip(names, np.linalg.lstsq(design, rows["log"].to_numpy(), rcond=None)[0], strict=True))
    stated = {name: np.log(level) for name, level in parameters.price_level.items()}
    stated |= {"years": np.log1p(parameters.drift_per_year), "far": np.log1p(parameters.west_surcharge)}
    stated |= {"peak": np.log1p(parameters.peak_surcharge)} | {f"war{n}": np.log1p(-war.cut) for n, war in enumerate(PRICE_WARS)}
    for name, value in stated.items():
        assert found[name] == pytest.approx(value, abs=0.02), name


def test_a_price_war_breaks_the_series_where_it_begins_and_ends(outside):
    prices = outside["market_prices"]
    route = prices[(prices["competitor"] == "plover") & (prices["scope"] == "domestic") & (prices["origin_region"] == "east")]
    monthly = route[route["product"] == "economy"].groupby("month")["first_kg_yuan"].mean().pct_change()
    assert monthly.idxmin() == pd.Timestamp("2025-03-01") and monthly.idxmax() == pd.Timestamp("2025-07-01")
    assert monthly.min() == pytest.approx(-0.15, abs=0.02)


def test_cheapest_is_the_minimum_on_every_route(outside):
    best = cheapest(outside["market_prices"])
    oracle: dict[tuple, float] = {}
    for row in outside["market_prices"].itertuples():
        route = (row.month, row.scope, row.origin_region, row.destination_region, row.product)
        oracle[route] = min(oracle.get(route, np.inf), row.first_kg_yuan)
    assert best["first_kg_yuan"].to_dict() == oracle


def test_without_wars_there_is_no_break():
    scenario = dataclasses.replace(small_world().scenario, outside=OutsideScenario(price_wars=()))
    tables, truth = draw_outside(small_world(scenario=scenario))
    prices = tables["market_prices"]
    monthly = prices[prices["scope"] == "domestic"].groupby(["competitor", "month"])["first_kg_yuan"].mean()
    monthly = monthly.groupby("competitor").pct_change()
    assert monthly.abs().max() < 0.06
    assert truth["price_wars"].empty


def test_truth_lists_the_wars_product_by_product():
    wars = draw_outside(small_world())[1]["price_wars"]
    assert len(wars) == sum(len(war.products) for war in PRICE_WARS)
    assert wars["cut"].between(0.05, 0.2).all()


def test_only_facts_of_law_are_not_invented(outside):
    policies = outside["policies"]
    real = policies[~policies["invented"]]
    assert real["issuer_kind"].tolist() == ["law"] and real["effective_on"].tolist() == [pd.Timestamp("2025-06-01")]
    assert set(policies["issuer_kind"]) == set(contracts.POLICIES["issuer_kind"].categories)


def test_notices_are_published_before_they_take_effect_and_lie_in_the_period(outside):
    policies = outside["policies"]
    assert (policies["published_on"].dropna() < policies.loc[policies["published_on"].notna(), "effective_on"]).all()
    short = draw_outside(small_world(months=12))[0]["policies"]
    expected = policies[policies["effective_on"] < "2025-11-01"].reset_index(drop=True)
    pd.testing.assert_frame_equal(short, expected)


def test_partners_cover_every_kind_and_inland_region(outside):
    partners = outside["partners"]
    assert set(partners["kind"]) == set(contracts.PARTNERS["kind"].categories)
    assert set(REGIONS) < set(partners["region"])
    assert partners["rating"].between(1, 5).all() and partners["name_zh"].is_unique


def test_partners_of_a_shorter_period_are_those_who_had_joined(outside):
    early = draw_outside(small_world(months=1))[0]["partners"]
    assert set(early["partner_id"]) == set(outside["partners"].loc[outside["partners"]["since"] < "2024-12-01", "partner_id"])
    assert len(early) < len(outside["partners"])


def test_incidents_touch_few_parcels_so_that_the_calibration_stands():
    firm = lark()
    parcels = firm.waybills.merge(firm.customers[["customer_id", "region"]])
    hours = incident_hours(
        parcels["picked_up_at"].to_numpy(), scope=parcels["scope"].to_numpy(), origin=parcels["region"].to_numpy(),
        destination=parcels["destination_region"].to_numpy(),
    )  # fmt: skip
    assert 0.02 < (hours > 0).mean() < 0.10
    assert hours.mean() < 1.5


def test_extra_hours_are_those_of_a_plain_loop():
    rng = np.random.default_rng(4)
    size = 3000
    day = np.datetime64("2024-11-01") + rng.integers(0, 730, size).astype("timedelta64[D]")
    scope, origin, destination = (np.array(codes, dtype=object)[rng.integers(0, len(codes), size)] for codes in (SCOPES, REGIONS, REGIONS))
    found = incident_hours(day, scope=scope, origin=origin, destination=destination)
    for row in range(size):
        touching = [
            incident.extra_hours for incident in INCIDENTS
            if incident.first_day <= day[row].item() <= incident.last_day and incident.scope in ("all", scope[row])
            and ("all" == incident.region or incident.region in (origin[row], destination[row]))
        ]  # fmt: skip
        assert found[row] == max(touching, default=0)


def test_incidents_in_the_table_are_those_of_the_scenario(outside):
    table = outside["incidents"]
    assert table["name_zh"].tolist() == [incident.name_zh for incident in INCIDENTS]
    assert table.loc[table["severity"] == "severe", "extra_hours"].min() >= 24
    assert len(draw_outside(small_world(months=3))[0]["incidents"]) == 3
    quiet = dataclasses.replace(small_world().scenario, outside=OutsideScenario(incidents=()))
    assert draw_outside(small_world(scenario=quiet))[0]["incidents"].empty


def test_wrong_parameters_are_refused():
    with pytest.raises(ValueError, match="price_level"):
        OutsideScenario(price_level={"heron": 1.0})
    with pytest.raises(ValueError, match="Snow"):
        Incident("雪", "Snow", "snow", "all", "west", dt.date(2025, 2, 1), dt.date(2025, 1, 1), 5)
    with pytest.raises(ValueError, match="cut"):
        PriceWar("heron", "domestic", "east", ("standard",), dt.date(2025, 2, 1), dt.date(2025, 3, 1), 1.5)


def test_every_parameter_has_a_source_and_a_mark():
    table = OutsideScenario.table()
    assert set(table["mark"]) <= {"V", "V-", "D", "GK", "teaching"} and (table[["source_zh", "source_en"]] != "").all(axis=None)
