"""Why keeping customers pays: costs to win, keep and serve, referrals, break-even retention, and how mature the firm is."""

from __future__ import annotations

from crmlib.economics.costs import ACTIVITIES, activity_costs, lead_costs, touch_costs
from crmlib.economics.maturity import Maturity, maturity, maturity_levels, maturity_statements
from crmlib.economics.referral_facts import ReferralFacts, referral_facts
from crmlib.economics.referrals import Referrals, referral_arithmetic
from crmlib.economics.retention import BreakEven, Stays, break_even_retention
from crmlib.economics.serving import WhoPays, cost_to_serve, who_pays
from crmlib.economics.win_keep import WinKeep, win_versus_keep

__all__ = [
    "ACTIVITIES", "BreakEven", "Maturity", "ReferralFacts", "Referrals", "Stays", "WhoPays", "WinKeep", "activity_costs", "break_even_retention",
    "cost_to_serve", "lead_costs", "maturity", "maturity_levels", "maturity_statements", "referral_arithmetic", "referral_facts",
    "touch_costs", "who_pays", "win_versus_keep",
]  # fmt: skip
