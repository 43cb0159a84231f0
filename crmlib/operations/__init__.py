"""Business analysis: calendar, policies, competitors and partners in use; the five analyses; control limits; and the board."""

from __future__ import annotations

from crmlib.operations.board import Board, board
from crmlib.operations.business import BusinessAnalysis, business_analysis
from crmlib.operations.control import ControlChart, control_chart
from crmlib.operations.customers import churn_analysis, customer_growth
from crmlib.operations.festivals import CalendarEffects, calendar_effects
from crmlib.operations.growth import (
    GrowthAnalysis,
    customer_bridge,
    growth_analysis,
    price_volume_mix,
)
from crmlib.operations.parcels import lateness
from crmlib.operations.partners import partner_ratings
from crmlib.operations.policies import policy_calendar, policy_customers, policy_effects
from crmlib.operations.prices import PricePosition, price_position, price_wars
from crmlib.operations.ratios import Ratio, ratio
from crmlib.operations.regions import region_comparison
from crmlib.operations.seasons import compare_months, seasonally_adjusted

__all__ = [
    "Board",
    "BusinessAnalysis",
    "CalendarEffects",
    "ControlChart",
    "GrowthAnalysis",
    "PricePosition",
    "Ratio",
    "board",
    "business_analysis",
    "calendar_effects",
    "churn_analysis",
    "compare_months",
    "control_chart",
    "customer_bridge",
    "customer_growth",
    "growth_analysis",
    "lateness",
    "partner_ratings",
    "policy_calendar",
    "policy_customers",
    "policy_effects",
    "price_position",
    "price_volume_mix",
    "price_wars",
    "ratio",
    "region_comparison",
    "seasonally_adjusted",
]
