"""Winning back: what randomised offers achieve, whom they move, whom to send one, and why customers leave."""

from __future__ import annotations

from crmlib.uplift.effect import OfferEffect, offer_effect
from crmlib.uplift.leaving import LeavingReasons, leaving_reasons, leaving_rule
from crmlib.uplift.models import Uplift, class_transformation_uplift, two_model_uplift
from crmlib.uplift.policy import OfferPolicy, offer_policy
from crmlib.uplift.qini import Qini, qini, uplift_by_decile
from crmlib.uplift.trial import OUTCOMES, UPLIFT_FEATURES, offer_frame

__all__ = [
    "OUTCOMES", "UPLIFT_FEATURES", "LeavingReasons", "OfferEffect", "OfferPolicy", "Qini", "Uplift", "class_transformation_uplift",
    "leaving_reasons", "leaving_rule", "offer_effect", "offer_frame", "offer_policy", "qini", "two_model_uplift", "uplift_by_decile",
]  # fmt: skip
