"""Customer classes: by value, by value–need–potential, by behaviour, by description; their policy, and how customers move between them."""

from __future__ import annotations

from crmlib.segments.activity import customer_activity
from crmlib.segments.behaviour import rfm, rfm_rule
from crmlib.segments.clusters import Clusters, cluster_customers
from crmlib.segments.concentration import Concentration, concentration
from crmlib.segments.descriptive import customer_state, descriptive_classes
from crmlib.segments.labels import segment_label
from crmlib.segments.migration import Migration, segment_migration
from crmlib.segments.policy import class_policy
from crmlib.segments.potential import abcd_rule, value_need_potential
from crmlib.segments.value import abc_classes, class_summary, rising_stars

__all__ = [
    "Clusters",
    "Concentration",
    "Migration",
    "abc_classes",
    "abcd_rule",
    "class_policy",
    "class_summary",
    "cluster_customers",
    "concentration",
    "customer_activity",
    "customer_state",
    "descriptive_classes",
    "rfm",
    "rfm_rule",
    "rising_stars",
    "segment_label",
    "segment_migration",
    "value_need_potential",
]
