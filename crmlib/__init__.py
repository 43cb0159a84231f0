"""Express customer relationship management: methods, a simulated firm, and the tools of a course.

``import crmlib as crm`` is cheap: every part below is loaded when it is first used.
"""

from __future__ import annotations

import importlib

from crmlib.i18n import setup

__version__ = "0.1.0"
PARTS = (
    "accounts", "call_center", "churn", "company", "credit", "demand", "desk", "development", "economics", "identity", "lifetime",
    "loyalty", "operations", "plotting", "pricing", "privacy", "profiles", "queueing", "satisfaction", "scorecard", "segments",
    "sliders", "staffing", "standards", "structural", "survey", "survival", "tables", "theme", "uplift",
)  # fmt: skip
__all__ = ["one_page", "setup", "show", *PARTS]


def __getattr__(name: str):
    if name in PARTS:
        return importlib.import_module(f"crmlib.{name}")
    if name == "show":
        return importlib.import_module("crmlib.tables").show
    if name == "one_page":
        return importlib.import_module("crmlib.reports").one_page
    raise AttributeError(f"module 'crmlib' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
