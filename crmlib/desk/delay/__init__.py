"""When a parcel on its way will arrive, whom to warn before the promise breaks, what to offer, and what that saves."""

from __future__ import annotations

from crmlib.desk.delay.costs import DelayCosts, delay_costs
from crmlib.desk.delay.evaluation import DelayEvaluation
from crmlib.desk.delay.model import DelayModel, fit_delay_model
from crmlib.desk.delay.notice_effect import NoticeEffect, notice_effect, notice_waves
from crmlib.desk.delay.offers import OfferChoice, choose_offer, offer_sensitivity
from crmlib.desk.delay.saved import SavedCalls, saved_calls
from crmlib.desk.delay.warnings import WarningScore, delay_warnings, score_warnings

__all__ = [
    "DelayCosts", "DelayEvaluation", "DelayModel", "NoticeEffect", "OfferChoice", "SavedCalls", "WarningScore", "choose_offer", "delay_costs",
    "delay_warnings", "fit_delay_model", "notice_effect", "notice_waves", "offer_sensitivity", "saved_calls", "score_warnings",
]  # fmt: skip
