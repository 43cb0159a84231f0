"""Customer profiles: the thirteen records, tags by rules, and the page of one customer."""

from __future__ import annotations

from crmlib.profiles.customer_360 import Customer360, customer_360
from crmlib.profiles.drift import TagDrift, tag_drift
from crmlib.profiles.explain import TagExplanation, explain_tag
from crmlib.profiles.next_action import NextAction, next_actions
from crmlib.profiles.overlap import TagOverlap, tag_overlap
from crmlib.profiles.page_lifetime import lifetime_values
from crmlib.profiles.profile_book import ProfileBook, open_book
from crmlib.profiles.record_filling import fill
from crmlib.profiles.record_kinds import Freshness, freshness, record_kinds
from crmlib.profiles.tag_panel import tag_features
from crmlib.profiles.tag_rules import TagRules, tag_rules
from crmlib.profiles.tags import tag_history, tag_intervals, tags

__all__ = [
    "Customer360",
    "Freshness",
    "NextAction",
    "ProfileBook",
    "TagDrift",
    "TagExplanation",
    "TagOverlap",
    "TagRules",
    "customer_360",
    "explain_tag",
    "fill",
    "freshness",
    "lifetime_values",
    "next_actions",
    "open_book",
    "record_kinds",
    "tag_drift",
    "tag_features",
    "tag_history",
    "tag_intervals",
    "tag_overlap",
    "tag_rules",
    "tags",
]
