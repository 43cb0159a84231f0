"""Worlds whose scenario holds the parameters of the service desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from crmlib.company.calls import CallScenario, draw_calls
from crmlib.company.scenario import Scenario
from crmlib.company.simulation import draw_world


@dataclass(frozen=True, kw_only=True)
class DeskScenario(Scenario):
    """A scenario with a service desk."""

    calls: CallScenario = field(default_factory=CallScenario)


@cache
def desk(seed: int = 0, customers: int = 2000, months: int = 24):
    """World, tables and truth of a firm's service desk; not to be changed."""
    world = draw_world(customers=customers, months=months, seed=seed, scenario=DeskScenario())
    return world, *draw_calls(world)
