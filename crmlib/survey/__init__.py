"""Questionnaires: clean the answers, prove the scales, score them with intervals, and ask who did not answer."""

from __future__ import annotations

from crmlib.survey.answers import reverse_items
from crmlib.survey.nonresponse import NonResponse, nonresponse_report
from crmlib.survey.one_factor import factor_loadings
from crmlib.survey.promoters import NetPromoter, net_promoter_by, net_promoter_score
from crmlib.survey.reliability import Reliability, cronbach_alpha, item_total, mcdonald_omega
from crmlib.survey.sample import SampleSize, sample_size
from crmlib.survey.top_boxes import TopBoxes, csat, csat_by
from crmlib.survey.validity import (
    SamplingAdequacy,
    Sphericity,
    average_variance_extracted,
    bartlett_sphericity,
    composite_reliability,
    kmo,
    scale_quality,
)
from crmlib.survey.who_was_asked import who_was_asked

__all__ = [
    "NetPromoter",
    "NonResponse",
    "Reliability",
    "SampleSize",
    "SamplingAdequacy",
    "Sphericity",
    "TopBoxes",
    "average_variance_extracted",
    "bartlett_sphericity",
    "composite_reliability",
    "cronbach_alpha",
    "csat",
    "csat_by",
    "factor_loadings",
    "item_total",
    "kmo",
    "mcdonald_omega",
    "net_promoter_by",
    "net_promoter_score",
    "nonresponse_report",
    "reverse_items",
    "sample_size",
    "scale_quality",
    "who_was_asked",
]
