"""Churn: who counts as lost and since when, what the grace period costs, and rates of churn that refuse to be mixed."""

from __future__ import annotations

from crmlib.churn.as_of import as_of, refuse_later
from crmlib.churn.counting import churn_months, churn_rate
from crmlib.churn.definitions import churned
from crmlib.churn.evidence import evidence_check
from crmlib.churn.features import FEATURES
from crmlib.churn.frame import add_features, churn_frame
from crmlib.churn.grace import GraceCurve, grace_curve, own_grace
from crmlib.churn.metrics import calibration_table, gain_table, score_chances
from crmlib.churn.model import ChurnModel, churn_model
from crmlib.churn.policies import ContactPolicies, contact_policies
from crmlib.churn.price_gap import price_gap
from crmlib.churn.profit import ProfitThreshold, profit_threshold
from crmlib.churn.rates import ChurnRate, pool_rates, rate_of
from crmlib.churn.reasons import Reasons, call_list, reasons

__all__ = [
    "FEATURES",
    "ChurnModel",
    "ChurnRate",
    "ContactPolicies",
    "GraceCurve",
    "ProfitThreshold",
    "Reasons",
    "add_features",
    "as_of",
    "calibration_table",
    "call_list",
    "churn_frame",
    "churn_model",
    "churn_months",
    "churn_rate",
    "churned",
    "contact_policies",
    "evidence_check",
    "gain_table",
    "grace_curve",
    "own_grace",
    "pool_rates",
    "price_gap",
    "profit_threshold",
    "rate_of",
    "reasons",
    "refuse_later",
    "score_chances",
]
