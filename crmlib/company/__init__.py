"""The data of one express firm: contracts, opening and saving, the simulated firm Lark Express, and your own customer list."""

from __future__ import annotations

import importlib

_HOMES = {
    "Company": "company",
    "lark": "company",
    "causes": "causal",
    "personal": "codes",
    "firm_code": "codes",
    "simulate": "simulation",
    "Scenario": "scenario",
    "read_customers": "own_data",
    "ImportResult": "own_data",
    "label": "schema",
    "TABLES": "schema",
}
__all__ = list(_HOMES)


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(importlib.import_module(f"crmlib.company.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'crmlib.company' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
