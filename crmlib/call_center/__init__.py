"""The call centre: how well it answers, what happens to a call on its way, and who is calling."""

from __future__ import annotations

from crmlib.call_center.agent_time import occupancy, utilisation
from crmlib.call_center.bot_questions import BotQuestions, bot_questions
from crmlib.call_center.call_paths import CallPath, call_path
from crmlib.call_center.callback_estimates import CallbackEstimate, callback_estimate
from crmlib.call_center.callback_practice import practice_callbacks
from crmlib.call_center.callbacks import CallbackResponse, CallbackSize, callback_response, callback_sample, callback_size
from crmlib.call_center.caller_book import CallerBook, caller_book
from crmlib.call_center.caller_numbers import CallerNumber, read_number
from crmlib.call_center.check_practice import practice_checks, practice_dialogue
from crmlib.call_center.closed_loop import ClosedLoop, closed_loop
from crmlib.call_center.compensation import Compensation, compensation, compensation_check, compensation_table
from crmlib.call_center.compensation_rules import approval_limits, compensation_rules
from crmlib.call_center.complaints import CauseClassifier, cause_classifier, split_by_time, suspect_causes
from crmlib.call_center.contacts import contact_rate
from crmlib.call_center.deadlines import Route, complaint_deadlines, complaint_or_appeal, open_to_appeal
from crmlib.call_center.directory import phone_directory, simulated_caller_numbers, simulated_recipients
from crmlib.call_center.estimates import CallMetric
from crmlib.call_center.first_contact import first_contact_resolution
from crmlib.call_center.grades import grade_complaints, grade_rules
from crmlib.call_center.misleading import Misleading, metrics_that_mislead
from crmlib.call_center.overview import call_metrics
from crmlib.call_center.permission import Permission, may_promise
from crmlib.call_center.pop_rights import pop_rights
from crmlib.call_center.quality import Kappa, agreement_by_item, kappa, kappa_size
from crmlib.call_center.rates import abandonment_rate, bot_resolution, bot_share, connection_rate, self_service_share
from crmlib.call_center.root_causes import RootCauses, root_causes
from crmlib.call_center.scorecards import AgentScorecard, agent_scorecard, funnel_limits
from crmlib.call_center.screen_pops import ScreenPop, screen_pop
from crmlib.call_center.scripts import ScriptCheck, check_script, quality_by_agent, quality_scores, script_items
from crmlib.call_center.service_levels import ServiceLevel, service_level
from crmlib.call_center.times import average_handle_time, average_speed_of_answer

__all__ = [
    "AgentScorecard", "BotQuestions", "CallMetric", "CallPath", "CallbackEstimate", "CallbackResponse", "CallbackSize", "CallerBook", "CallerNumber",
    "CauseClassifier", "ClosedLoop", "Compensation", "Kappa", "Misleading", "Permission", "RootCauses", "Route", "ScreenPop",
    "ScriptCheck", "ServiceLevel", "abandonment_rate", "agent_scorecard", "agreement_by_item", "approval_limits", "average_handle_time",
    "average_speed_of_answer", "bot_questions", "bot_resolution", "bot_share", "call_metrics", "call_path", "callback_estimate", "callback_response",
    "callback_sample", "callback_size", "caller_book", "cause_classifier", "check_script", "closed_loop", "compensation",
    "compensation_check", "compensation_rules", "compensation_table", "complaint_deadlines", "complaint_or_appeal", "connection_rate",
    "contact_rate", "first_contact_resolution", "funnel_limits", "grade_complaints", "grade_rules", "kappa", "kappa_size",
    "may_promise", "metrics_that_mislead", "occupancy", "open_to_appeal", "phone_directory", "pop_rights", "practice_callbacks",
    "practice_checks", "practice_dialogue", "quality_by_agent", "quality_scores", "read_number", "root_causes", "screen_pop", "script_items",
    "self_service_share", "service_level", "simulated_caller_numbers", "simulated_recipients", "split_by_time", "suspect_causes",
    "utilisation",
]  # fmt: skip
