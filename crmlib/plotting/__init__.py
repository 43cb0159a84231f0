"""The figures that several lessons share: direct labels, percent axes, words in the active language."""

from __future__ import annotations

from crmlib.plotting.accounts import visit_load, watch_chart
from crmlib.plotting.agreements import proposal_map, rebate_margin, tier_later
from crmlib.plotting.bars import bars, class_shares
from crmlib.plotting.bot_answers import bot_questions
from crmlib.plotting.call_center import call_metric, call_path, misleading_metrics, service_levels
from crmlib.plotting.callbacks import agent_funnel, agreement, callback_attempts, callback_effort, callback_estimates, closed_loop
from crmlib.plotting.causal import causes
from crmlib.plotting.churn_model import churn_calibration, churn_gain, churn_importance, churn_profit, churn_reasons, contact_policies
from crmlib.plotting.clocks import case_clocks, on_time_shares
from crmlib.plotting.complaints import cause_confusion, compensation_lines, kept_accuracy, root_causes
from crmlib.plotting.credit import aging, allowance, days_sales_outstanding, roll_rates
from crmlib.plotting.curves import concentration, pareto
from crmlib.plotting.delays import delay_calibration, delay_path, notice_rollout, offer_costs, saved_call_money, warning_hours
from crmlib.plotting.demand import demand_errors, demand_forecast, offer_precision
from crmlib.plotting.development import funnel, lead_gain, monthly_parcels, selection_map, stage_times, win_rates
from crmlib.plotting.economics import break_even, maturity_radar, referral_facts, referral_sensitivity, who_pays, win_keep
from crmlib.plotting.grids import class_cross, clusters, migration, rfm_grid
from crmlib.plotting.identity import identity_measures, match_probabilities, match_weights, pair_score, record_before_and_after
from crmlib.plotting.lead_scores import first_calls, lead_calibration, lead_effects
from crmlib.plotting.life import customer_life
from crmlib.plotting.lifetime import alive_map, lifetime_values, purchase_frequencies, purchase_values, renewals
from crmlib.plotting.lifetime_forecasts import cutoffs, holdout
from crmlib.plotting.linked_tables import table_map
from crmlib.plotting.loyalty import care_calendar, loyalty_matrix, loyalty_value, membership_effect, points_liability
from crmlib.plotting.new_customers import offer_later, onboarding, payback, peeking, rules_later, trial_power
from crmlib.plotting.operations import business, calendar_effects, control, ratio_groups, revenue_bridge
from crmlib.plotting.operations_market import board_page, partner_lateness, price_position
from crmlib.plotting.paths import construct_map, plot_paths
from crmlib.plotting.pricing import (
    clearance_curve,
    delay_cover_prices,
    discount_break_even,
    quote_lines,
    quote_win_rates,
    seller_differences,
    tariff_steps,
)
from crmlib.plotting.priorities import importance_performance, importance_weights, kano_better_worse
from crmlib.plotting.privacy import group_sizes, role_views, waybill
from crmlib.plotting.privacy_ledgers import access_counts, consent_over_time, retention_due
from crmlib.plotting.profiles import record_freshness, tag_drift, tag_overlap
from crmlib.plotting.queueing import patience_curve, simulated_day, staffing_curve, waiting_curve
from crmlib.plotting.regions import region_map
from crmlib.plotting.risk import drill_costs, drill_timeline, plan_costs
from crmlib.plotting.rosters import roster_chart, roster_cover
from crmlib.plotting.rules import rule_differences, rule_outcomes
from crmlib.plotting.satisfaction import experience_change, experience_trend, index_scores, servqual_gaps, weights_of_tree
from crmlib.plotting.scorecard import kpi_bullets, roadmap_line, rollout_waves
from crmlib.plotting.scorecard_choices import investment_tornado, stakeholder_grid, tool_weights
from crmlib.plotting.scorecards import default_calibration, population_stability, weight_of_evidence
from crmlib.plotting.shared_visits import selection_later, visits_moved, visits_reach
from crmlib.plotting.staffing import (
    call_forecast,
    forecast_check,
    intraday_profile,
    shrinkage_parts,
    staffing_costs,
)
from crmlib.plotting.survey import item_quality, net_promoter, response_rates, top_boxes
from crmlib.plotting.survival import churn_months, grace_curve, hazard_ratios, survival_curves
from crmlib.plotting.uplift import leaving_reasons, offer_effects, offer_profit, qini, uplift_groups
from crmlib.plotting.volume import daily_volume
from crmlib.plotting.workflow import draw_workflow

__all__ = [
    "access_counts", "agent_funnel", "aging", "agreement", "alive_map", "allowance", "bars", "board_page", "bot_questions",
    "break_even", "business", "calendar_effects", "call_forecast", "call_metric", "call_path", "callback_attempts", "callback_effort",
    "callback_estimates", "care_calendar", "case_clocks", "cause_confusion", "causes", "churn_calibration", "churn_gain",
    "churn_importance", "churn_months", "churn_profit", "churn_reasons", "class_cross", "class_shares", "clearance_curve",
    "closed_loop", "clusters", "compensation_lines", "concentration", "consent_over_time", "construct_map", "contact_policies",
    "control", "customer_life", "cutoffs", "daily_volume", "days_sales_outstanding", "default_calibration", "delay_calibration",
    "delay_cover_prices", "delay_path", "demand_errors", "demand_forecast", "discount_break_even", "draw_workflow", "drill_costs",
    "drill_timeline", "experience_change", "experience_trend", "first_calls", "forecast_check", "funnel", "grace_curve",
    "group_sizes", "hazard_ratios", "holdout", "identity_measures", "importance_performance", "importance_weights", "index_scores",
    "intraday_profile", "investment_tornado", "item_quality", "kano_better_worse", "kept_accuracy", "kpi_bullets", "lead_calibration",
    "lead_effects", "lead_gain", "leaving_reasons", "lifetime_values", "loyalty_matrix", "loyalty_value", "match_probabilities",
    "match_weights", "maturity_radar", "membership_effect", "migration", "misleading_metrics", "monthly_parcels", "net_promoter",
    "notice_rollout", "offer_costs", "offer_effects", "offer_later", "offer_precision", "offer_profit", "on_time_shares",
    "onboarding", "pair_score", "pareto", "partner_lateness", "patience_curve", "payback", "peeking", "plan_costs", "plot_paths",
    "points_liability", "population_stability", "price_position", "proposal_map", "purchase_frequencies", "purchase_values", "qini",
    "quote_lines", "quote_win_rates", "ratio_groups", "rebate_margin", "record_before_and_after", "record_freshness",
    "referral_facts", "referral_sensitivity", "region_map", "renewals", "response_rates", "retention_due", "revenue_bridge",
    "rfm_grid", "roadmap_line", "role_views", "roll_rates", "rollout_waves", "root_causes", "roster_chart", "roster_cover",
    "rule_differences", "rule_outcomes", "rules_later", "saved_call_money", "selection_later", "selection_map", "seller_differences",
    "service_levels", "servqual_gaps", "shrinkage_parts", "simulated_day", "staffing_costs", "staffing_curve", "stage_times",
    "stakeholder_grid", "survival_curves", "table_map", "tag_drift", "tag_overlap", "tariff_steps", "tier_later", "tool_weights",
    "top_boxes", "trial_power", "uplift_groups", "visit_load", "visits_moved", "visits_reach", "waiting_curve", "warning_hours",
    "watch_chart", "waybill", "weight_of_evidence", "weights_of_tree", "who_pays", "win_keep", "win_rates",
]  # fmt: skip
