"""One customer out of many records: the same way of writing, pairs worth comparing, weights, decisions, one id, one golden record."""

from __future__ import annotations

from crmlib.identity.addresses import split_address
from crmlib.identity.blocking import CandidatePairs, candidate_pairs
from crmlib.identity.blocking_recall import blocking_recall
from crmlib.identity.clustering import Clusters, cluster
from crmlib.identity.comparing import LEVELS, agreement
from crmlib.identity.counting import CustomerCount, estimate_customers, practice_answers, practice_check
from crmlib.identity.decisions import Decisions
from crmlib.identity.evaluating import Evaluation, evaluate
from crmlib.identity.explaining import PairScore, how_one_pair_scored
from crmlib.identity.labelling import LabelEstimate, estimate_from_labels, review_sample
from crmlib.identity.linking import Links
from crmlib.identity.matching import MatchModel, fit_matches
from crmlib.identity.names import split_contact, split_name
from crmlib.identity.normalising import change_counts, normalise, what_changed
from crmlib.identity.phones import clean_landline, clean_mobile
from crmlib.identity.reviewing import read_review, review_list, write_review
from crmlib.identity.survivorship import GoldenBook, golden_records, survivorship_rules

__all__ = [
    "LEVELS", "CandidatePairs", "Clusters", "CustomerCount", "Decisions", "Evaluation", "GoldenBook", "LabelEstimate", "Links", "MatchModel", "PairScore",
    "agreement", "blocking_recall", "candidate_pairs", "change_counts", "clean_landline", "clean_mobile", "cluster", "estimate_customers",
    "estimate_from_labels", "evaluate", "fit_matches", "golden_records", "how_one_pair_scored", "normalise", "practice_answers", "practice_check", "read_review", "review_list", "review_sample",
    "split_address", "split_contact", "split_name", "survivorship_rules", "what_changed", "write_review",
]  # fmt: skip
