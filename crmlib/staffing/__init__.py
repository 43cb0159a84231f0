"""Staffing the service desk: what calls will come, how many agents they need, who works when, and what too few or too many cost."""

from __future__ import annotations

from crmlib.staffing.arrivals import arrivals_per_interval
from crmlib.staffing.backtest import ForecastCheck, check_forecast
from crmlib.staffing.costs import RosterCosts, StaffingCosts, roster_costs, staffing_costs
from crmlib.staffing.forecast import CallForecast, forecast_arrivals
from crmlib.staffing.need import staffing_need
from crmlib.staffing.patterns import patterns_of, shift_patterns
from crmlib.staffing.profile import intraday_profile
from crmlib.staffing.roster import Roster, plan_roster
from crmlib.staffing.shrinkage import Shrinkage, agents_with_shrinkage, measured_shrinkage, shrinkage_mistake
from crmlib.staffing.simulation import CenterSimulation, beside_erlang, simulate_center
from crmlib.staffing.simulation_setting import CallKind, Team

__all__ = [
    "CallForecast",
    "CallKind",
    "CenterSimulation",
    "ForecastCheck",
    "Roster",
    "RosterCosts",
    "Shrinkage",
    "StaffingCosts",
    "Team",
    "agents_with_shrinkage",
    "arrivals_per_interval",
    "beside_erlang",
    "check_forecast",
    "forecast_arrivals",
    "intraday_profile",
    "measured_shrinkage",
    "patterns_of",
    "plan_roster",
    "roster_costs",
    "shift_patterns",
    "shrinkage_mistake",
    "simulate_center",
    "staffing_costs",
    "staffing_need",
]
