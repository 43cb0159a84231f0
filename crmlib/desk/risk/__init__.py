"""Risk and crisis: which incidents are known, whom they touch, what can be done about it, and the clock of the crisis group."""

from __future__ import annotations

from crmlib.desk.risk.affected import affected_parcels
from crmlib.desk.risk.alternatives import Alternatives, alternatives
from crmlib.desk.risk.costs import RiskCosts, risk_costs
from crmlib.desk.risk.crises import open_crises
from crmlib.desk.risk.drill import Drill, DrillScore, drill
from crmlib.desk.risk.feed import incident_feed, own_incident
from crmlib.desk.risk.history import LateForecast, earlier_incidents, late_forecast
from crmlib.desk.risk.messages import incident_warnings

__all__ = [
    "Alternatives", "Drill", "DrillScore", "LateForecast", "RiskCosts", "affected_parcels", "alternatives", "drill", "earlier_incidents",
    "incident_feed", "incident_warnings", "late_forecast", "open_crises", "own_incident", "risk_costs",
]  # fmt: skip
