"""The scorecard of a CRM programme: its roadmap, its KPIs with their certainty, what a rollout did and earned, tools and people."""

from __future__ import annotations

from crmlib.scorecard.contradictions import contradictions
from crmlib.scorecard.definitions import kpi_definitions
from crmlib.scorecard.investment import (
    ReturnOnInvestment,
    cost_of_ownership,
    return_on_investment,
)
from crmlib.scorecard.measuring import kpi_trend, measure, own_measures
from crmlib.scorecard.progress import Progress, progress
from crmlib.scorecard.roadmap import Roadmap, copy_roadmap, roadmap
from crmlib.scorecard.rollout import RolloutEffect, rollout_effect
from crmlib.scorecard.stakeholders import (
    StakeholderMap,
    check_responsibilities,
    responsibilities,
    stakeholders,
)
from crmlib.scorecard.tools import ToolChoice, ToolExample, choose_tool, tool_example

__all__ = [
    "Progress", "ReturnOnInvestment", "Roadmap", "RolloutEffect", "StakeholderMap", "ToolChoice", "ToolExample", "check_responsibilities",
    "choose_tool", "contradictions", "copy_roadmap", "cost_of_ownership", "kpi_definitions", "kpi_trend", "measure", "own_measures",
    "progress", "responsibilities", "return_on_investment", "roadmap", "rollout_effect", "stakeholders", "tool_example",
]  # fmt: skip
