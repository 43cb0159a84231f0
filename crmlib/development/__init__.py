"""Winning and developing customers: leads, selection, the funnel, costs by channel, first weeks, further services, key accounts."""

from __future__ import annotations

from crmlib.development.acquisition import Payback, acquisition_cost, payback
from crmlib.development.agreements import Proposal, agreement_tier, agreement_tiers, key_account_proposal
from crmlib.development.duplicates import Duplicates, duplicate_leads, plain_name
from crmlib.development.first_calls import FirstCalls, first_calls
from crmlib.development.funnel import Funnel, funnel
from crmlib.development.offer_later import OfferLater, first_order_later
from crmlib.development.onboarding import Onboarding, first_order_effect, onboarding
from crmlib.development.propensity import Propensity, propensity, uptake_frame
from crmlib.development.proposals import ProposalList, TierLater, proposal_list, tier_later
from crmlib.development.rules import RulesLater, association_rules, rules_later, service_use
from crmlib.development.scoring import MOMENTS, LeadScore, lead_frame, lead_score
from crmlib.development.selection import Selection, selection_matrix, selection_table
from crmlib.development.selection_later import SelectionLater, selection_later
from crmlib.development.share_visits import SharedVisits, share_visits
from crmlib.development.stage_times import StageTimes, stage_times
from crmlib.development.trial_plan import Peeking, TrialPlan, peeking, trial_plan
from crmlib.development.win_rates import WinRates, win_rates

__all__ = [
    "MOMENTS", "Duplicates", "FirstCalls", "Funnel", "LeadScore", "OfferLater", "Onboarding", "Payback", "Peeking", "Propensity", "Proposal", "ProposalList", "RulesLater", "Selection", "SelectionLater",
    "SharedVisits", "StageTimes", "TierLater", "TrialPlan", "WinRates", "acquisition_cost", "agreement_tier", "agreement_tiers", "association_rules", "duplicate_leads",
    "first_calls", "first_order_effect", "first_order_later", "funnel", "key_account_proposal", "lead_frame", "lead_score", "onboarding", "payback",
    "peeking", "plain_name", "propensity", "proposal_list", "rules_later", "selection_later", "selection_matrix", "selection_table", "service_use", "share_visits", "stage_times", "tier_later", "trial_plan", "uptake_frame",
    "win_rates",
]  # fmt: skip
