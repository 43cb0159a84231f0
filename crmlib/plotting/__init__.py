"""The figures that several lessons share: direct labels, percent axes, words in the active language.

A module is loaded when one of its figures is first asked for.
"""

from __future__ import annotations

import importlib

MODULES = {
    "accounts": ("visit_load", "watch_chart"),
    "agreements": ("proposal_map", "rebate_margin", "tier_later"),
    "bar_charts": ("bars", "class_shares"),
    "bot_answers": ("bot_questions",),
    "call_center": ("call_metric", "call_path", "misleading_metrics", "service_levels"),
    "callbacks": ("agent_funnel", "agreement", "callback_attempts", "callback_effort", "callback_estimates", "closed_loop"),
    "causal": ("causes",),
    "churn_model": ("churn_calibration", "churn_gain", "churn_importance", "churn_profit", "churn_reasons", "contact_policies"),
    "clocks": ("case_clocks", "on_time_shares"),
    "complaints": ("cause_confusion", "compensation_lines", "kept_accuracy", "root_causes"),
    "credit": ("aging", "allowance", "days_sales_outstanding", "roll_rates"),
    "curves": ("concentration", "pareto"),
    "delays": ("delay_calibration", "delay_path", "notice_rollout", "offer_costs", "saved_call_money", "warning_hours"),
    "demand": ("demand_errors", "demand_forecast", "offer_precision"),
    "development": ("funnel", "lead_gain", "monthly_parcels", "selection_map", "stage_times", "win_rates"),
    "economics": ("break_even", "maturity_radar", "referral_facts", "referral_sensitivity", "who_pays", "win_keep"),
    "grids": ("class_cross", "clusters", "migration", "rfm_grid"),
    "identity": ("identity_measures", "match_probabilities", "match_weights", "pair_score", "record_before_and_after"),
    "lead_scores": ("first_calls", "lead_calibration", "lead_effects"),
    "life": ("customer_life",),
    "lifetime": ("alive_map", "lifetime_values", "purchase_frequencies", "purchase_values", "renewals"),
    "lifetime_forecasts": ("cutoffs", "holdout"),
    "linked_tables": ("table_map",),
    "loyalty": ("care_calendar", "loyalty_matrix", "loyalty_value", "membership_effect", "points_liability"),
    "new_customers": ("offer_later", "onboarding", "payback", "peeking", "rules_later", "trial_power"),
    "operations": ("business", "calendar_effects", "control", "ratio_groups", "revenue_bridge"),
    "operations_market": ("board_page", "partner_lateness", "price_position"),
    "paths": ("construct_map", "plot_paths"),
    "pricing": ("clearance_curve", "delay_cover_prices", "discount_break_even", "quote_lines", "quote_win_rates", "seller_differences",
        "tariff_steps"),
    "priorities": ("importance_performance", "importance_weights", "kano_better_worse"),
    "privacy": ("group_sizes", "role_views", "waybill"),
    "privacy_ledgers": ("access_counts", "consent_over_time", "retention_due"),
    "profiles": ("record_freshness", "tag_drift", "tag_overlap"),
    "queueing": ("patience_curve", "simulated_day", "staffing_curve", "waiting_curve"),
    "regions": ("region_map",),
    "risk": ("drill_costs", "drill_timeline", "plan_costs"),
    "rosters": ("roster_chart", "roster_cover"),
    "rules": ("rule_differences", "rule_outcomes"),
    "satisfaction": ("experience_change", "experience_trend", "index_scores", "servqual_gaps", "weights_of_tree"),
    "scorecard": ("kpi_bullets", "roadmap_line", "rollout_waves"),
    "scorecard_choices": ("investment_tornado", "stakeholder_grid", "tool_weights"),
    "scorecards": ("default_calibration", "population_stability", "weight_of_evidence"),
    "shared_visits": ("selection_later", "visits_moved", "visits_reach"),
    "staffing": ("call_forecast", "forecast_check", "intraday_profile", "shrinkage_parts", "staffing_costs"),
    "survey": ("item_quality", "net_promoter", "response_rates", "top_boxes"),
    "survival": ("churn_months", "grace_curve", "hazard_ratios", "survival_curves"),
    "uplift": ("leaving_reasons", "offer_effects", "offer_profit", "qini", "uplift_groups"),
    "volume": ("daily_volume",),
    "workflow": ("draw_workflow",),
}  # fmt: skip
"""Which module draws which figures."""

MODULE_OF = {figure: module for module, figures in MODULES.items() for figure in figures}
__all__ = sorted(MODULE_OF)


def __getattr__(name: str):
    if name in MODULE_OF:
        return getattr(importlib.import_module(f"crmlib.plotting.{MODULE_OF[name]}"), name)
    raise AttributeError(f"module 'crmlib.plotting' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
