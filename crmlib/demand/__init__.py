"""What customers will send, by route and product, and what to offer them next."""

from __future__ import annotations

from crmlib.demand.evaluation import DemandCheck, check_demand
from crmlib.demand.forecast import DemandForecast, forecast_demand
from crmlib.demand.months import monthly_demand

__all__ = ["DemandCheck", "DemandForecast", "check_demand", "forecast_demand", "monthly_demand"]
