"""Satisfaction measured and acted on: index tree, importance, priorities, SERVQUAL gaps, Kano, experience index, promises."""

from __future__ import annotations

from crmlib.satisfaction.experience import ExperienceIndex, experience_index
from crmlib.satisfaction.handbook import promise_handbook
from crmlib.satisfaction.importance import ImportanceWeights, importance_weights
from crmlib.satisfaction.index import IndexScore, index_score
from crmlib.satisfaction.kano import Kano, kano, kano_table
from crmlib.satisfaction.priorities import ImportancePerformance, importance_performance
from crmlib.satisfaction.promise_samples import promise_samples
from crmlib.satisfaction.promises import PromiseCheck, promise_check
from crmlib.satisfaction.servqual import ServqualGaps, servqual_gaps
from crmlib.satisfaction.tree import IndexTree, Node, index_tree

__all__ = [
    "ExperienceIndex",
    "ImportancePerformance",
    "ImportanceWeights",
    "IndexScore",
    "IndexTree",
    "Kano",
    "Node",
    "PromiseCheck",
    "ServqualGaps",
    "experience_index",
    "importance_performance",
    "importance_weights",
    "index_score",
    "index_tree",
    "kano",
    "kano_table",
    "promise_check",
    "promise_handbook",
    "promise_samples",
    "servqual_gaps",
]
