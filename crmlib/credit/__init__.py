"""Credit to customers who pay by the month: who owes what, what will not come, whom to trust with how much, and what to do about
arrears."""

from __future__ import annotations

from crmlib.credit.aging import Aging, aging
from crmlib.credit.allowance import Allowance, allowance
from crmlib.credit.blacklist import Blacklist
from crmlib.credit.discrimination import (
    Discrimination,
    default_calibration,
    discrimination,
)
from crmlib.credit.dunning import dunning_plan, dunning_steps
from crmlib.credit.evidence import Evidence, information_value, weight_of_evidence
from crmlib.credit.history import CreditFrame, credit_frame
from crmlib.credit.ledger import invoice_status
from crmlib.credit.limits import classes_from_score, credit_limit, unbilled
from crmlib.credit.rolling import RollRates, roll_rates
from crmlib.credit.sales_outstanding import DaysSalesOutstanding, days_sales_outstanding
from crmlib.credit.scoring import Scorecard, scorecard
from crmlib.credit.stability import Stability, population_stability
from crmlib.credit.working_days import nearest_working_day, working_days

__all__ = [
    "Aging", "Allowance", "Blacklist", "CreditFrame", "DaysSalesOutstanding", "Discrimination", "Evidence", "RollRates", "Scorecard",
    "Stability", "aging", "allowance", "classes_from_score", "credit_frame", "credit_limit", "days_sales_outstanding",
    "default_calibration", "discrimination", "dunning_plan", "dunning_steps", "information_value", "invoice_status",
    "nearest_working_day", "population_stability", "roll_rates", "scorecard", "unbilled", "weight_of_evidence", "working_days",
]  # fmt: skip
