"""The working service desk: its calendar and clocks, and the workflows by which cases are handled."""

from __future__ import annotations

import importlib

from crmlib.desk.calendar import BusinessCalendar, business_calendar
from crmlib.desk.case import Case
from crmlib.desk.clock_events import case_events
from crmlib.desk.clock_policy import ClockPolicy, ClockRule, clock_policy
from crmlib.desk.clock_summary import clock_times, on_time
from crmlib.desk.clocks import clocks, escalations
from crmlib.desk.crash import rehearse_crash
from crmlib.desk.late_groups import LateGroups, late_groups
from crmlib.desk.procedure import Sop
from crmlib.desk.procedure_file import sop, sops
from crmlib.desk.service_desk import Desk

__all__ = [
    "BusinessCalendar", "Case", "ClockPolicy", "ClockRule", "Desk", "LateGroups", "Sop", "business_calendar", "case_events", "clock_policy",
    "clock_times", "clocks", "draw_workflow", "escalations", "late_groups", "on_time", "rehearse_crash", "sop", "sops",
]  # fmt: skip


def __getattr__(name: str):
    if name == "draw_workflow":
        from crmlib.plotting.workflow import draw_workflow

        return draw_workflow
    if name in ("delay", "notices", "risk", "rules"):
        return importlib.import_module(f"crmlib.desk.{name}")
    raise AttributeError(f"module 'crmlib.desk' has no attribute {name!r}")
