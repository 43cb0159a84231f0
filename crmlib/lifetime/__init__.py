"""What a customer is worth over its life: how often it will ship, whether it is still ours, and what that brings."""

from __future__ import annotations

from crmlib.lifetime.bg_nbd import fit_bg_nbd
from crmlib.lifetime.contract import ContractModel, contract_forecast, fit_sbg, remaining_renewals
from crmlib.lifetime.cutoffs import cutoff_check
from crmlib.lifetime.forecast import expected_purchases, probability_alive
from crmlib.lifetime.frequencies import purchase_frequencies
from crmlib.lifetime.gamma_gamma import ValueModel, expected_value, fit_gamma_gamma
from crmlib.lifetime.holdout import HoldoutCheck, holdout_check
from crmlib.lifetime.pareto_nbd import fit_pareto_nbd
from crmlib.lifetime.purchase_model import PurchaseModel
from crmlib.lifetime.season import season_factor, season_index
from crmlib.lifetime.summary import counting_units, purchase_summary
from crmlib.lifetime.value import LifetimeValue, customer_lifetime_value, margin_multiple

__all__ = [
    "ContractModel", "HoldoutCheck", "LifetimeValue", "PurchaseModel", "ValueModel", "contract_forecast", "counting_units",
    "customer_lifetime_value", "cutoff_check", "expected_purchases", "expected_value", "fit_bg_nbd", "fit_gamma_gamma", "fit_pareto_nbd",
    "fit_sbg", "holdout_check", "margin_multiple", "probability_alive", "purchase_frequencies", "purchase_summary", "remaining_renewals",
    "season_factor", "season_index",
]  # fmt: skip
