"""The world outside the simulated firm: calendar, competitors' prices, policy notices, partners and incidents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.company.axes import require_keys
from crmlib.company.breaks import ENGLISH, public_holidays
from crmlib.company.competition import PRICE_WARS, PriceWar, draw_market_prices
from crmlib.company.contract import conform
from crmlib.company.incidents import INCIDENTS, Incident
from crmlib.company.notices import NOTICES
from crmlib.company.parameters import chosen, figure, parameter_table
from crmlib.company.partners import PARTNERS
from crmlib.company.tables import world as contracts

if TYPE_CHECKING:
    from crmlib.company.world import World

_FESTIVALS = {"midyear_618": (6, 18), "double_11": (11, 11), "double_12": (12, 12)}
_LATER = {2036: (1, 28)}
"""The lunar New Year after the last that the season of the parcels knows."""
_RUSH, _LULL = (-25, -5), (-5, 7)
"""Days from the lunar New Year, the last not included; the same weeks as the season of the parcels."""


@dataclass(frozen=True, kw_only=True)
class OutsideScenario:
    """The parameters of the world outside. `OutsideScenario.table()` lists each with its value, source and mark.

    Raises
    ------
    ValueError
        `price_level` lacks a competitor.

    >>> OutsideScenario().price_level["plover"]
    0.87
    """

    price_level: Mapping[str, float] = chosen(
        {"heron": 1.12, "plover": 0.87, "stork": 0.95, "finch": 0.92}, "各对手的价格水平，云雀挂牌价为 1",
        "How dear each competitor is; Lark's list price is 1")
    west_surcharge: float = chosen(0.10, "始发或目的在西部的异地件，对手加价的比例", "What competitors add to parcels between cities from or to the west")
    peak_surcharge: float = chosen(0.04, "对手在旺季月份对异地件的加价比例", "What competitors add to parcels between cities in the peak months")
    peak_months: tuple[int, ...] = chosen((6, 11), "对手旺季加价的月份：618 和双11", "The months of the peak surcharge: 6.18 and 11.11")
    drift_per_year: float = figure(
        -0.04, "对手价格每年的变化；全国件均价由 2024 年约 8.0 元降到 2025 年 12 月 7.63 元（推算）",
        "Yearly change of the competitors' prices; the country's mean price fell from about 8.0 yuan in 2024 to 7.63 in December 2025",
        "D")
    route_noise: float = chosen(0.02, "各线路之间价格的对数标准差", "Standard deviation of the logarithm of a price between routes")
    month_noise: float = chosen(0.008, "同一线路各月之间价格的对数标准差", "The same between the months of one route")
    price_wars: tuple[PriceWar, ...] = chosen(
        PRICE_WARS, "价格战：谁、在哪、哪些产品、从何时到何时、降多少；全部虚构",
        "Price wars: who, where, which products, from when to when, how deep; all invented")
    incidents: tuple[Incident, ...] = chosen(INCIDENTS, "突发事件；全部虚构", "Incidents; all invented")

    def __post_init__(self) -> None:
        require_keys("outside.price_level", self.price_level, contracts.MARKET_PRICES["competitor"].categories)

    @classmethod
    def table(cls) -> pd.DataFrame:
        """Every parameter with its default value, its source (or meaning) in both languages and its mark, indexed by name.

        >>> OutsideScenario.table().loc["drift_per_year", "mark"]
        'D'
        """
        return parameter_table(cls)


def draw_outside(world: World) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The tables calendar, market_prices, policies, partners and incidents, and the truth frame price_wars.

    Policies, partners and incidents are those of fixed lists that fall into the firm's period: notices that take effect in it, partners
    that joined before its end, incidents that touch it.
    """
    outside, end = world.scenario.outside, world.first + dt.timedelta(days=world.days)
    policies, partners = _numbered(NOTICES, "policy_id", "N"), _numbered(PARTNERS, "partner_id", "B")
    incidents = _incidents(outside.incidents)
    tables = {
        "calendar": calendar(world.first, world.days),
        "market_prices": draw_market_prices(world.first, world.months, world.scenario.tariff, world.market or world.stream, outside),
        "policies": policies[_within(policies["effective_on"], policies["effective_on"], world.first, end)],
        "partners": partners[pd.to_datetime(partners["since"]) < pd.Timestamp(end)],
        "incidents": incidents[_within(incidents["first_day"], incidents["last_day"], world.first, end)],
    }
    wars = pd.DataFrame([vars(war) for war in outside.price_wars], columns=list(PriceWar.__dataclass_fields__)).explode("products")
    wars = wars.rename(columns={"products": "product"}).reset_index(drop=True)
    wars = wars.assign(**{name: pd.to_datetime(wars[name]) for name in ("first_month", "last_month")})
    return {table.name: conform(tables[table.name], table) for table in contracts.TABLES}, {"price_wars": wars}


def calendar(first: dt.date, days: int) -> pd.DataFrame:
    """The table calendar: `days` days from `first` with China's public holidays and make-up working days.

    Source: the `holidays` package, which cites the State Council's notices.

    >>> calendar(dt.date(2025, 1, 25), 3)[["date", "day_kind"]].astype(str).values.tolist()
    [['2025-01-25', 'weekend'], ['2025-01-26', 'makeup_workday'], ['2025-01-27', 'workday']]
    """
    from crmlib.company.season import SPRING_FESTIVAL

    dates = [first + dt.timedelta(days=offset) for offset in range(days)]
    known = [public_holidays(year) for year in range(dates[0].year, dates[-1].year + 1)]
    names = {day: name for off, _worked in known for day, name in off.items()}
    worked = set().union(*(days_worked for _off, days_worked in known))
    new_years = [dt.date(year, *day) for year, day in (SPRING_FESTIVAL | _LATER).items()]
    kinds = [_kind(day, names, worked) for day in dates]
    ahead = pd.DataFrame([_next_festival(day, new_years) for day in dates], columns=["next_festival", "days_to_festival"])
    return conform(pd.DataFrame({
        "date": pd.to_datetime(dates), "weekday": [day.isoweekday() for day in dates],
        "is_workday": [kind.endswith("workday") for kind in kinds], "day_kind": kinds,
        "holiday_zh": [names.get(day) for day in dates], "holiday_en": [ENGLISH.get(names.get(day)) for day in dates],
        "festival": [_season(day, new_years) for day in dates], **ahead,
    }), contracts.CALENDAR)  # fmt: skip


def _kind(day: dt.date, names: Mapping[dt.date, str], worked: set[dt.date]) -> str:
    if day in names:
        return "holiday"
    if day.weekday() >= 5:
        return "makeup_workday" if day in worked else "weekend"
    return "workday"


def _season(day: dt.date, new_years: list[dt.date]) -> str:
    if day.month == 6 and day.day <= 20:
        return "midyear_618"
    if day.month == 11 and day.day <= 20:
        return "double_11"
    if day.month == 12 and 10 <= day.day <= 14:
        return "double_12"
    away = [(day - new_year).days for new_year in new_years]
    if any(_RUSH[0] <= days < _RUSH[1] for days in away):
        return "spring_rush"
    return "spring_lull" if any(_LULL[0] <= days < _LULL[1] for days in away) else "none"


def _next_festival(day: dt.date, new_years: list[dt.date]) -> tuple[str, int]:
    fixed = [(dt.date(year, *when), name) for name, when in _FESTIVALS.items() for year in (day.year, day.year + 1)]
    when, name = min(pair for pair in [*fixed, *((new_year, "spring_festival") for new_year in new_years)] if pair[0] >= day)
    return name, (when - day).days


def _numbered(rows: tuple, key: str, letter: str) -> pd.DataFrame:
    frame = pd.DataFrame([vars(row) for row in rows])
    frame.insert(0, key, [f"{letter}{number:03d}" for number in range(1, len(rows) + 1)])
    return frame


def _incidents(incidents: tuple[Incident, ...]) -> pd.DataFrame:
    frame = _numbered(incidents, "incident_id", "I") if incidents else pd.DataFrame(columns=contracts.INCIDENTS.names)
    return frame.assign(severity=[incident.severity for incident in incidents])


def _within(begins: pd.Series, ends: pd.Series, first: dt.date, end: dt.date) -> pd.Series:
    return (pd.to_datetime(ends) >= pd.Timestamp(first)) & (pd.to_datetime(begins) < pd.Timestamp(end))
