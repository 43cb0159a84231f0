"""Rules that speak to customers: a table that a trainee edits, a stream of events, decisions, and a month played again."""

from __future__ import annotations

from crmlib.desk.rules.book import RuleBook, book_of, check_rules, rule_book, shipped_rules
from crmlib.desk.rules.caps import State
from crmlib.desk.rules.engine import Decisions, decide
from crmlib.desk.rules.events import event_stream
from crmlib.desk.rules.explain import dry_run, explain, messages
from crmlib.desk.rules.fields import event_fields
from crmlib.desk.rules.people import assign_arms
from crmlib.desk.rules.practice import practice
from crmlib.desk.rules.replay import Comparison, Replay, compare, replay

__all__ = [
    "Comparison", "Decisions", "Replay", "RuleBook", "State", "assign_arms", "book_of", "check_rules", "compare", "decide", "dry_run", "event_fields",
    "event_stream", "explain", "messages", "practice", "replay", "rule_book", "shipped_rules",
]  # fmt: skip
