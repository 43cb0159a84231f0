"""Key accounts: who may become one, who visits whom, whom to watch, and what to do about each this week."""

from __future__ import annotations

from crmlib.accounts.actions import AccountActions, account_actions
from crmlib.accounts.potential import potential_key_accounts
from crmlib.accounts.visits import VisitPlan, visit_plan
from crmlib.accounts.watching import WatchList, watch_list

__all__ = ["AccountActions", "VisitPlan", "WatchList", "account_actions", "potential_key_accounts", "visit_plan", "watch_list"]
