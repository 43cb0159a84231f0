"""Structural models of satisfaction (ECSI, CCSI and one's own) by partial least squares."""

from __future__ import annotations

from crmlib.structural.blocks import Model, ecsi_answers, ecsi_model
from crmlib.structural.estimate import PathModel, path_model
from crmlib.structural.resampling import PathBootstrap, bootstrap_paths
from crmlib.structural.scores import ConstructMap, acsi_score, importance_performance_map, index_scores

__all__ = [
    "ConstructMap", "Model", "PathBootstrap", "PathModel", "acsi_score", "bootstrap_paths", "ecsi_answers", "ecsi_model",
    "importance_performance_map", "index_scores", "path_model",
]  # fmt: skip
