"""What customers will send, by route and product, and what to offer them next."""

from __future__ import annotations

from crmlib.demand.declarations import simulated_declarations
from crmlib.demand.evaluation import DemandCheck, check_demand
from crmlib.demand.forecast import DemandForecast, forecast_demand
from crmlib.demand.months import monthly_demand
from crmlib.demand.next_offer import NextOffers, OfferCheck, check_offers, next_offers
from crmlib.demand.rules import Rule, next_festival, read_offer_rules

__all__ = [
    "DemandCheck", "DemandForecast", "NextOffers", "OfferCheck", "Rule", "check_demand", "check_offers", "forecast_demand",
    "monthly_demand", "next_festival", "next_offers", "read_offer_rules", "simulated_declarations",
]  # fmt: skip
