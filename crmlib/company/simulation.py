"""A simulated express firm whose truth is known: who its customers are, how much each ships, who leaves, who rises."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from crmlib.company.company import Company
from crmlib.company.draws import Stream
from crmlib.company.scenario import Scenario
from crmlib.company.spine import make_world
from crmlib.company.tracking import make_tracking, visible_scans
from crmlib.company.world import World
from crmlib.i18n import _

THEMES: tuple[tuple[str, str], ...] = (
    ("outside", "draw_outside"), ("source_systems", "draw_source_systems"), ("money", "draw_money"), ("sales", "draw_sales"),
    ("surveys", "draw_surveys"), ("cases", "draw_cases"), ("calls", "draw_calls"),
)  # fmt: skip
"""Module and function that draw the tables of each further theme from the world; see `crmlib.company.world.Draw`."""

TABLES_OF: dict[str, tuple[str, ...]] = {
    "outside": ("calendar", "market_prices", "policies", "partners", "incidents"),
    "source_systems": ("source_records",),
    "money": ("invoices", "payments"),
    "sales": ("leads", "quotes", "touches", "offers", "members", "points"),
    "surveys": ("survey_invitations", "surveys"),
    "cases": ("cases",),
    "calls": ("agents", "shifts", "calls"),
}
"""Which tables the module of a theme draws; themes do not look at each other's."""


def simulate(
    *, customers: int = 2000, months: int = 24, start: str | dt.date = "2024-11-01", seed: int = 0, scenario: Scenario | None = None
) -> tuple[Company, dict[str, pd.DataFrame]]:
    """Simulate an express firm.

    Answers: what would the data look like if we knew the truth behind them?

    Parameters
    ----------
    customers : number of registered customers, at least 1
    months : whole calendar months of waybills, at least 1
    start : the first day, the first of a month
    seed : integer; the same seed gives the same values on every machine
    scenario : what the firm is made of; None means `Scenario()`

    Returns
    -------
    Company
        Every table by its contract. The data end at midnight after the last day; parcels then still under way have no delivered_at.
    dict of DataFrame
        The truth that an analyst never sees. "customers": one row each with customer_id, kind (steady, rising, declining,
        never_ships), size (key, middle, small, by expected revenue), monthly_parcels (long-run rate at the start), yearly_growth (true,
        next year's), turns_on (when the growth sets in), joins_on, leaves_on (empty: stays), express_inclination,
        cross_border_inclination, discount, credit_quality, and the seven constructs of satisfaction as they last were. "panel" and
        "fates" are those of `crmlib.company.world.World`. Further themes add frames of their own.

    Raises
    ------
    ValueError
        A number is too small, or `start` is not the first of a month between 2020 and 2035.

    >>> firm, truth = simulate(customers=20, months=2, seed=7)
    >>> len(firm.customers), list(truth)[:3]
    (20, ['customers', 'panel', 'fates'])
    """
    world = draw_world(customers=customers, months=months, start=start, seed=seed, scenario=scenario)
    tables, truth = {}, dict(world.truth)
    for module, function in THEMES:
        drawn, hidden = _draw_theme(module, function, world)
        tables |= drawn
        truth |= hidden
    return _firm_of(world, tables, about_firm(seed, customers, months, world.first)), truth


def simulate_as_wanted(*, customers: int = 2000, months: int = 24, start: str | dt.date = "2024-11-01", seed: int = 0) -> Company:
    """The firm of `simulate`, of which a theme's tables are drawn when one of them is first read: three times as fast for the others.

    >>> simulate_as_wanted(customers=20, months=2, seed=7).cases.equals(simulate(customers=20, months=2, seed=7)[0].cases)
    True
    """
    world = draw_world(customers=customers, months=months, start=start, seed=seed)
    themes = {module: cache(partial(_draw_theme, module, function, world)) for module, function in THEMES}
    tables = {name: lambda name=name, theme=themes[module]: theme()[0][name] for module, names in TABLES_OF.items() for name in names}
    return _firm_of(world, tables, about_firm(seed, customers, months, world.first))


def _draw_theme(module: str, function: str, world: World) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    return getattr(importlib.import_module(f"crmlib.company.{module}"), function)(world)


def _firm_of(world: World, tables: Mapping[str, pd.DataFrame | Callable[[], pd.DataFrame]], about: Mapping[str, Any]) -> Company:
    return Company(
        customers=world.customers, salespeople=world.salespeople, contacts=lambda: world.contacts, waybills=world.waybills,
        tracking=lambda: make_tracking(world.waybills, visible_scans(world.waybills, world.scans, world.end)), **tables, about=about,
    )  # fmt: skip


def draw_world(
    *, customers: int = 2000, months: int = 24, start: str | dt.date = "2024-11-01", seed: int = 0, scenario: Scenario | None = None
) -> World:
    """The world behind `simulate`, with the same parameters.

    >>> int(draw_world(customers=20, months=2, seed=7).panel.month.max())
    1
    """
    first = first_day(start)
    if customers < 1 or months < 1:
        raise ValueError(_("Simulate at least one customer and one month; you asked for {customers} and {months}.").format(
            customers=customers, months=months))  # fmt: skip
    edges = month_edges(first, months)
    return make_world(customers=customers, first=first, edges=edges, stream=Stream(seed), scenario=scenario or Scenario())


def about_firm(seed: int, customers: int, months: int, first: dt.date) -> dict[str, Any]:
    """What is known of a simulated firm's data as a whole.

    >>> about_firm(0, 20, 2, dt.date(2024, 11, 1))["end"]
    '2025-01-01'
    """
    end = first + dt.timedelta(days=int(month_edges(first, months)[-1]))
    return {
        "name": "Lark Express 云雀快递", "synthetic": True, "seed": int(seed), "customers": int(customers), "months": int(months),
        "first_day": first.isoformat(), "end": end.isoformat(),
    }  # fmt: skip


def first_day(start: str | dt.date) -> dt.date:
    """The first day as a date; a ValueError where it is not the first of a month."""
    try:
        first = start if isinstance(start, dt.date) else dt.date.fromisoformat(start)
    except (TypeError, ValueError):
        first = None
    if first is None or first.day != 1:
        raise ValueError(_('start is "{start}"; write the first day of a month, such as 2024-11-01.').format(start=start))
    return dt.date(first.year, first.month, 1)


def month_edges(first: dt.date, months: int) -> np.ndarray:
    """Day numbers at which the months begin, and the end of the last."""
    count = [first.year * 12 + first.month - 1 + offset for offset in range(months + 1)]
    return np.array([(dt.date(number // 12, number % 12 + 1, 1) - first).days for number in count])
