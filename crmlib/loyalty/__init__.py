"""Loyalty: by what customers do, by what they feel, both crossed; members, their points and what these cost; the calendar of care."""

from __future__ import annotations

from crmlib.loyalty.care import CareCalendar, care_calendar, known_birthdays
from crmlib.loyalty.effect import MembershipEffect, membership_effect
from crmlib.loyalty.emotional import EmotionalLoyalty, emotional_items, emotional_loyalty
from crmlib.loyalty.liability import Liability, points_liability
from crmlib.loyalty.matrix import LoyaltyMatrix, loyalty_matrix
from crmlib.loyalty.points import points_balance, points_ledger, reconcile_points
from crmlib.loyalty.policy import loyalty_policy
from crmlib.loyalty.tiers import membership, tier_table
from crmlib.loyalty.transactional import transactional_loyalty, transactional_rule
from crmlib.loyalty.value import LoyaltyValue, loyalty_value

__all__ = [
    "CareCalendar",
    "EmotionalLoyalty",
    "Liability",
    "LoyaltyMatrix",
    "LoyaltyValue",
    "MembershipEffect",
    "care_calendar",
    "emotional_items",
    "emotional_loyalty",
    "known_birthdays",
    "loyalty_matrix",
    "loyalty_policy",
    "loyalty_value",
    "membership",
    "membership_effect",
    "points_balance",
    "points_ledger",
    "points_liability",
    "reconcile_points",
    "tier_table",
    "transactional_loyalty",
    "transactional_rule",
]
