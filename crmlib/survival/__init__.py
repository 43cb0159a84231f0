"""Time to churn: survival curves, tests and Cox's model for customers of whom most have not left yet."""

from __future__ import annotations

from crmlib.survival.cox import CoxFit, cox
from crmlib.survival.durations import time_to_churn
from crmlib.survival.kaplan import SurvivalCurves, kaplan_meier, nelson_aalen
from crmlib.survival.log_rank import LogRank, log_rank
from crmlib.survival.proportionality import proportionality, schoenfeld_residuals
from crmlib.survival.restricted import restricted_mean

__all__ = [
    "CoxFit",
    "LogRank",
    "SurvivalCurves",
    "cox",
    "kaplan_meier",
    "log_rank",
    "nelson_aalen",
    "proportionality",
    "restricted_mean",
    "schoenfeld_residuals",
    "time_to_churn",
]
