"""Key accounts: who may become one, who visits whom, and whom to watch."""

from __future__ import annotations

from crmlib.accounts.potential import potential_key_accounts
from crmlib.accounts.visits import VisitPlan, visit_plan
from crmlib.accounts.watching import WatchList, watch_list

__all__ = ["VisitPlan", "WatchList", "potential_key_accounts", "visit_plan", "watch_list"]
