"""The part of the simulated world that the tables from outside and the five systems draw from, on the shipped customers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pandas as pd

from crmlib.company import Scenario, lark
from crmlib.company.draws import Stream
from crmlib.company.outside import OutsideScenario
from crmlib.company.source_systems import SourceScenario


@dataclass(frozen=True, kw_only=True)
class FullScenario(Scenario):
    """A scenario that holds those of the two themes."""

    outside: OutsideScenario = field(default_factory=OutsideScenario)
    sources: SourceScenario = field(default_factory=SourceScenario)


@dataclass(frozen=True, kw_only=True)
class SmallWorld:
    """What the draws need to know: the period, the randomness, the parameters, the customers and their parcels."""

    customers: pd.DataFrame
    waybills: pd.DataFrame
    first: dt.date = dt.date(2024, 11, 1)
    months: int = 24
    seed: int = 2025
    number: int = 1
    market: Stream | None = None
    scenario: FullScenario = field(default_factory=FullScenario)

    @property
    def days(self) -> int:
        end = (pd.Timestamp(self.first) + pd.DateOffset(months=self.months)).date()
        return (end - self.first).days

    @property
    def stream(self) -> Stream:
        return Stream(self.seed)


def small_world(**changes) -> SmallWorld:
    """The world of the shipped firm, with `changes` to its fields."""
    firm = lark()
    return SmallWorld(**{"customers": firm.customers, "waybills": firm.waybills} | changes)
