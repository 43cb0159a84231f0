"""The rules of the expectation handbook: from what a clause says to a verdict with its reason."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from crmlib.i18n import _
from crmlib.satisfaction.promise_reading import Clause

_DISCOUNT = re.compile(
    r"([0-9.]+|[一二两三四五六七八九]|半)折|([0-9.]+) ?(?:%|per ?cent) (?:off|discount)"
    r"|(?:discount of|优惠|减免?|便宜) ?([0-9.]+) ?(?:%|per ?cent)"
    r"|((?<!more than )(?<!over )half|(?<!超过)(?<!不止)(?:一半(?![多还以])|半价))"
)
_ZH = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "半": 5}
_FIRST = re.compile("优先(安排)?(派送|派件|配送|投递|送货)$")
_WORKING_WEEK = 7 / 5


@dataclass(frozen=True)
class Finding:
    """What is said of one topic in one clause; `entry` is the row of the handbook that decides."""

    clause: str
    topic: str
    verdict: str
    words: Sequence[str]
    reason: str
    entry: str = ""


def judge(sentence: list[Clause], handbook: pd.DataFrame) -> Iterator[Finding]:
    """The findings of one sentence.

    >>> from crmlib.satisfaction.promise_reading import clauses
    >>> from crmlib.satisfaction.handbook import promise_handbook
    >>> [finding.verdict for finding in judge(clauses("预计明天到")[0], promise_handbook())]
    ['with_condition']
    """
    for place, clause in enumerate(sentence):
        follows = any(other.topics for other in sentence[place + 1 :])
        if clause.declined or _asked_of(clause, sentence[place + 1 : place + 2]):
            yield Finding(clause.text, "declined", "allowed", clause.words, _("It says honestly what cannot be promised."))
        elif "condition" in clause.kinds and follows and not clause.kinds & {"firm", "promise", "main"}:
            yield Finding(clause.text, "courtesy", "allowed", (), _("It names the condition of what follows."))
        elif clause.topics:
            yield from _topics(clause, handbook)
        elif "courtesy" in clause.kinds and not clause.kinds & {"firm", "promise"}:
            yield Finding(clause.text, "courtesy", "allowed", (), _("A courtesy promises nothing."))
        elif "fact" in clause.kinds and not clause.kinds & {"firm", "promise", "moment", "at_once"}:
            yield Finding(clause.text, "fact", "with_condition", clause.words, _("Say what is so only as the system shows it."))
        elif clause.kinds & {"firm", "promise"}:
            yield Finding(clause.text, "not_known", "ask_supervisor", clause.words, _("A promise that the handbook does not know."))
        else:
            yield not_known(clause.text)


def not_known(clause: str, words: Sequence[str] = ()) -> Finding:
    """What the rules do not recognise: it may stand in the handbook in other words, so the agent looks there first.

    >>> not_known("asdf").verdict
    'ask_supervisor'
    """
    return Finding(clause, "not_known", "ask_supervisor", words, _(
        "I cannot tell which line of the handbook “{clause}” is; it may be worded differently. Compare it with the handbook yourself, and "
        "if in doubt ask the supervisor.").format(clause=clause))  # fmt: skip


def _asked_of(clause: Clause, after: list[Clause]) -> bool:
    """Whether the clause only names what the next one declines to promise: "on which day, I cannot say"."""
    return bool(after) and after[0].declined and "open" in clause.kinds and not _is_timed(clause) and not clause.kinds & {"firm", "promise"}


def _topics(clause: Clause, handbook: pd.DataFrame) -> Iterator[Finding]:
    """One finding for each topic of the clause that the rules know; at least one."""
    said = False
    for topic, rule in _RULES.items():
        if topic in clause.topics and (found := rule(clause, handbook)):
            said = True
            yield Finding(clause.text, topic, found[0], clause.words, found[1], found[2])
    if not said:
        yield not_known(clause.text, clause.words)


def _harm(clause: Clause, handbook: pd.DataFrame) -> tuple[str, str, str]:
    return "never", handbook.at["unlawful", "rule"], "unlawful"


def _arrival(clause: Clause, handbook: pd.DataFrame) -> tuple[str, str, str] | None:
    firm, timed = clause.kinds & {"firm", "promise"}, _is_timed(clause)
    if clause.topics & {"clearance", "complaint", "response", "compensation", "discount"} and not firm and not timed:
        return None
    if not firm and not timed and _FIRST.search(clause.text) and not re.search("送到|送达|到", clause.text):
        return "allowed", _("An effort that is in your own hands."), ""
    if firm:
        return "never", _("An absolute promise of arrival: weather, flights and customs are not in our hands."), "arrival_time"
    if "bad_news" in clause.kinds:
        return "with_condition", _("Bad news is said early, and with what can be done about it."), "plain_no"
    if not timed:
        return "with_condition", _("An arrival without a day says little, and is easily taken for a promise."), "expected_time"
    if "hedge" in clause.kinds or "question" in clause.kinds:
        return "with_condition", _("Only as an expectation that the system shows, and with word of any change."), "expected_time"
    own = clause.topics & {"response", "complaint"} and not clause.kinds & {"moment"}
    if own and not re.search("送|到|deliver|arriv", clause.text):
        return None
    return "never", _("A fixed time of arrival is an absolute time: the handbook forbids it."), "arrival_time"


def _loss(clause: Clause, handbook: pd.DataFrame) -> tuple[str, str, str] | None:
    firm = clause.kinds & {"firm", "promise"}
    settled = clause.topics & {"compensation", "discount"} and not clause.kinds & {"promise"}
    if settled and not ("denial" in clause.kinds and firm):
        return None
    if "denial" in clause.kinds or (firm and "compensation" not in clause.topics):
        return "never", _("Nobody can promise that nothing is lost or damaged."), "no_loss"
    return None


def _clearance(clause: Clause, handbook: pd.DataFrame) -> tuple[str, str, str]:
    limit = handbook.at["clearance_time", "limit"]
    if "firm" in clause.kinds:
        return "never", _("Customs decides: no absolute words about clearance."), "clearance_time"
    if not math.isnan(clause.hours):
        days = clause.hours / 24
        if clause.working and days >= limit and "moment" not in clause.kinds:
            return "allowed", handbook.at["clearance_time", "rule"], "clearance_time"
        if clause.working:
            return "never", _("Sooner than the {days:g} working days that may be promised.").format(days=limit), "clearance_time"
        if days >= limit * _WORKING_WEEK + 2:
            return "with_condition", _("Say it in working days: weekends and holidays do not count at customs."), "clearance_time"
        return (
            "never",
            _("Calendar days or hours are not working days: {days:g} working days may be promised.").format(days=limit),
            "clearance_time",
        )
    if _is_timed(clause) and not clause.kinds & {"hedge", "question"}:
        return "never", _("Sooner than the {days:g} working days that may be promised.").format(days=limit), "clearance_time"
    return "with_condition", _("Add the limit of the handbook, in working days."), "clearance_time"


def _complaint(clause: Clause, handbook: pd.DataFrame) -> tuple[str, str, str] | None:
    limit = handbook.at["complaint_settled", "limit"]
    if clause.topics & {"response", "compensation"} and math.isnan(clause.hours):
        return None
    if math.isnan(clause.hours):
        if "rights" in clause.kinds and not _is_timed(clause) and not clause.kinds & {"firm", "promise"}:
            return "allowed", _("Customers may be told of their rights."), "unlawful"
        if _is_timed(clause):
            return "with_condition", handbook.at["quick_solution", "rule"], "quick_solution"
        return "with_condition", _("Name the limit: {days:g} days, as the law says.").format(days=limit), "complaint_settled"
    days = clause.hours / 24 * (_WORKING_WEEK if clause.working else 1)
    if days > limit + 1e-9:
        return "never", _("The law gives {days:g} calendar days; this is longer.").format(days=limit), "complaint_settled"
    if days < limit - 1e-9:
        if "response" in clause.topics and clause.hours >= handbook.at["first_answer", "limit"]:
            return None
        return "with_condition", handbook.at["quick_solution", "rule"], "quick_solution"
    return "allowed", handbook.at["complaint_settled", "rule"], "complaint_settled"


def _response(clause: Clause, handbook: pd.DataFrame) -> tuple[str, str, str] | None:
    limit, legal = handbook.at["first_answer", "limit"], handbook.at["complaint_settled", "limit"]
    if math.isnan(clause.hours) or clause.working:
        if "complaint" in clause.topics and clause.working:
            return None
        return "with_condition", _("Name the limit: {hours:g} hours.").format(hours=limit), "first_answer"
    if abs(clause.hours - limit) < 1e-9:
        return "allowed", handbook.at["first_answer", "rule"], "first_answer"
    if clause.hours < limit:
        return (
            "with_condition",
            _("Sooner than the handbook's {hours:g} hours: only when you answer yourself.").format(hours=limit),
            "first_answer",
        )
    if "complaint" in clause.topics and clause.hours / 24 <= legal + 1e-9:
        return None
    return "with_condition", _("Slower than the {hours:g} hours that the handbook sets.").format(hours=limit), "first_answer"


def _compensation(clause: Clause, handbook: pd.DataFrame) -> tuple[str, str, str]:
    if "unbounded" in clause.kinds:
        return "never", handbook.at["unlimited_compensation", "rule"], "unlimited_compensation"
    if "refusal" in clause.topics and "bounded" not in clause.kinds:
        return "with_condition", handbook.at["plain_no", "rule"], "plain_no"
    if "bounded" in clause.kinds and not re.search(r"[0-9]+ ?(元|块|yuan|rmb|cny)|[¥￥$]", clause.text):
        return "allowed", handbook.at["compensation_by_rule", "rule"], "compensation_by_rule"
    return "with_condition", _("Say by what it is measured, and that the facts are checked first."), "compensation_by_rule"


def _discount(clause: Clause, handbook: pd.DataFrame) -> tuple[str, str, str]:
    limit, found = handbook.at["freight_discount", "limit"], _DISCOUNT.search(clause.text)
    if found and "free" not in clause.kinds:
        paid, off, of, _half = found.groups()
        share = 1 - (_ZH[paid] if paid in _ZH else float(paid)) / 10 if paid else float(off or of or 50) / 100
        if paid and share < 0:
            share = 1 - float(paid) / 100
        if share <= limit + 1e-9:
            return "with_condition", handbook.at["freight_discount", "rule"], "freight_discount"
    return "ask_supervisor", _("The handbook lets you offer up to {share:.0%} off the freight; anything else is not yours to give.").format(
        share=limit), "freight_discount"  # fmt: skip


def _handover(clause: Clause, handbook: pd.DataFrame) -> tuple[str, str, str]:
    if clause.kinds & {"consent", "question"}:
        return "with_condition", handbook.at["handing_over", "rule"], "handing_over"
    return "never", _("Without the recipient's consent this is against the rules."), "handing_over"


def _effort(clause: Clause, handbook: pd.DataFrame) -> tuple[str, str, str] | None:
    if clause.topics - {"priority", "care", "refusal"} or _is_timed(clause) and not clause.kinds & {"at_once"}:
        return None
    return "allowed", _("An effort that is in your own hands."), ""


def _refusal(clause: Clause, handbook: pd.DataFrame) -> tuple[str, str, str] | None:
    if clause.topics - {"refusal"}:
        return None
    return "with_condition", handbook.at["plain_no", "rule"], "plain_no"


def _is_timed(clause: Clause) -> bool:
    return clause.hours == clause.hours or bool(clause.kinds & {"moment", "at_once"})


_RULES: dict[str, Callable[[Clause, pd.DataFrame], tuple[str, str, str] | None]] = {
    "harm": _harm, "arrival": _arrival, "loss_or_damage": _loss, "clearance": _clearance, "complaint": _complaint, "response": _response,
    "compensation": _compensation, "discount": _discount, "handover": _handover, "priority": _effort, "care": _effort, "refusal": _refusal,
}  # fmt: skip
