"""The expectation handbook: what an agent may promise, what only with a condition, and what never."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crmlib.i18n import _
from crmlib.satisfaction.promise_reading import clauses
from crmlib.satisfaction.promise_rules import Finding, judge
from crmlib.standards import entry

VERDICTS = ("allowed", "with_condition", "ask_supervisor", "never")
"""From the mildest to the strictest."""


@dataclass(frozen=True)
class PromiseCheck:
    """What the handbook says of one sentence.

    `verdict`: allowed, with_condition, ask_supervisor or never; the strictest of its parts. `findings`, one row a part: clause, promise_topic,
    verdict, words (those that decided), reason, say_instead, source.
    """

    text: str
    verdict: str
    findings: pd.DataFrame

    @property
    def allowed(self) -> bool:
        """Whether the sentence may be said as it stands."""
        return self.verdict == "allowed"

    @property
    def say_instead(self) -> str:
        """What to say instead of the parts that may not stand; empty where all may."""
        wanted = self.findings.loc[self.findings["verdict"] == self.verdict, "say_instead"]
        return " ".join(dict.fromkeys(words for words in wanted if words))

    def summary(self) -> str:
        """The verdict, why, and what to say instead."""
        told = {
            "allowed": _("You may say this."),
            "with_condition": _("You may say this on a condition."),
            "ask_supervisor": _("Ask the supervisor before you say this."),
            "never": _("Never say this."),
        }[self.verdict]
        why = " ".join(dict.fromkeys(self.findings.loc[self.findings["verdict"] == self.verdict, "reason"]))
        instead = [_("Say instead: {words}").format(words=self.say_instead)] if self.say_instead else []
        return " ".join([told, why, *instead])


def promise_handbook() -> pd.DataFrame:
    """The expectation handbook: one row a kind of promise, in the active language, with the figures of the standards in force.

    Answers: what may I promise a customer, what never, and what do I offer instead?

    Returns
    -------
    DataFrame indexed by `promise`
        verdict (allowed, with_condition, never), limit (a number, missing where there is none), unit (working_days, days, hours, share), rule,
        say, source, mark. Change a figure with :func:`crmlib.standards.use`.

    Source: 《2025国际快递行业客户关系管理体系研究》 (客户预期管理手册); 快递暂行条例; 快递市场管理办法.

    >>> promise_handbook().loc[["clearance_time", "arrival_time", "complaint_settled"], "verdict"].tolist()
    ['allowed', 'never', 'allowed']
    """
    research = "《2025国际快递行业客户关系管理体系研究》"
    law, order = _("Interim Regulation on Express Delivery"), _("Measures for the Administration of the Express Delivery Market")

    def standard(key: str) -> tuple[float, str, str]:
        found = entry(key)
        return found.value, found.source, found.mark

    days, days_source, days_mark = standard("satisfaction.promise.clearance_working_days")
    hours, hours_source, hours_mark = standard("satisfaction.promise.response_hours")
    legal, legal_source, legal_mark = standard("complaint.legal_days")
    goal, goal_source, goal_mark = standard("satisfaction.promise.resolve_goal_hours")
    cut, cut_source, cut_mark = standard("satisfaction.promise.freight_discount")
    rows = [
        ("clearance_time", "allowed", days, "working_days", _("Clearance within {days:g} working days or more; never less, and never in calendar days.").format(
            days=days), _("Clearance takes up to {days:g} working days.").format(days=days), days_source, days_mark),
        ("first_answer", "allowed", hours, "hours", _("A first answer to a complaint within {hours:g} hours. An answer is not a solution.").format(
            hours=hours), _("We answer you within {hours:g} hours.").format(hours=hours), hours_source, hours_mark),
        ("complaint_settled", "allowed", legal, "days", _("A complaint is handled and the customer told within {days:g} calendar days, as the law says.").format(
            days=legal), _("We handle your complaint and tell you the result within {days:g} days.").format(days=legal), legal_source, legal_mark),
        ("compensation_by_rule", "allowed", None, "", _("Compensation by the insured value, the contract or the rules, once the facts are checked."),
         _("Once checked, we compensate by the insured value or the contract."), _("{law}, Art. 27 (2019)").format(law=law), "V"),
        ("expected_time", "with_condition", None, "", _("A time of arrival as an expectation that the system shows, with word of any change."),
         _("It is expected on …; if that changes, we tell you at once."), research, "seed"),
        ("quick_solution", "with_condition", goal, "hours", _(
            "A solution sooner than the law asks: {hours:g} hours are the firm's goal, not a promise; only when the solution already stands."
        ).format(hours=goal), _("We aim at {hours:g} hours; the result comes within {days:g} days at the latest.").format(hours=goal, days=legal),
         goal_source, goal_mark),
        ("freight_discount", "with_condition", cut, "share", _(
            "Up to {share:.0%} off the freight and priority handling, where a wish goes beyond what can be promised."
        ).format(share=cut), _("I cannot promise the hour, but I can offer {share:.0%} off the freight and priority handling.").format(share=cut),
         cut_source, cut_mark),
        ("handing_over", "with_condition", None, "", _("A locker, a pick-up station or somebody else only when the recipient agrees."),
         _("May we leave it at …?"), _("{order}, Art. 28 (in force 2024-03-01)").format(order=order), "V"),
        ("plain_no", "with_condition", None, "", _("A plain no only together with an offer: compensation instead of refusal."),
         _("This I cannot promise; what I can do is …"), research, "seed"),
        ("arrival_time", "never", None, "", _("An absolute time of arrival: a fixed day or hour, or any word that leaves no way out."),
         _("It is expected on …; if that changes, we tell you at once."), research, "seed"),
        ("no_loss", "never", None, "", _("That nothing can be lost or damaged."),
         _("We handle it with care; insured goods are compensated by their insured value."), _("{law}, Art. 27 (2019)").format(law=law), "V"),
        ("unlimited_compensation", "never", None, "", _("Compensation or a refund without limit or condition."),
         _("Once checked, we compensate by the insured value or the contract."), research, "seed"),
        ("unlawful", "never", None, "", _("Keeping a customer from complaining, giving away others' data, or skipping identity or content checks."),
         _("You may complain to us; if you are not satisfied, you may appeal to the regulator on 12305."), f"{law}; {order}", "V"),
    ]  # fmt: skip
    columns = ["promise", "verdict", "limit", "unit", "rule", "say", "source", "mark"]
    return pd.DataFrame(rows, columns=columns).astype({"limit": "float64"}).set_index("promise")


def promise_check(text: str) -> PromiseCheck:
    """Check what an agent wants to say to a customer, in Chinese or English, against the expectation handbook.

    Answers: may I say this, and if not, what instead?

    Parameters
    ----------
    text : the agent's words; one or more sentences

    Returns
    -------
    PromiseCheck
        verdict, findings, allowed, say_instead; `.summary()`

    Raises
    ------
    ValueError
        text is no text, or is empty.

    Notes
    -----
    Rules, no guessing: the words that a clause is read by stand in promise_words.toml, the rules in promise_rules.py, the limits in the
    standards. What the rules do not recognise is never allowed: the verdict is then ask_supervisor. A rule may be stricter than a person
    would be; it errs on that side on purpose.

    Source: 《2025国际快递行业客户关系管理体系研究》 (客户预期管理手册).

    >>> promise_check("保证明天一定到").verdict, promise_check("清关需要3个工作日").verdict
    ('never', 'allowed')
    >>> promise_check("It can't get lost.").verdict, promise_check("We promise you the moon.").verdict
    ('never', 'ask_supervisor')
    """
    if not isinstance(text, str) or not text.strip():
        raise ValueError(_("Write the sentence that is to be checked in quotation marks, for example promise_check(\"清关需要3个工作日\")."))
    handbook = promise_handbook()
    found = [finding for sentence in clauses(text) for finding in judge(sentence, handbook)]
    if not any(finding.topic != "courtesy" for finding in found):
        found.append(Finding(text.strip(), "not_known", "ask_supervisor", (), _("The handbook says nothing of this.")))
    rows = [{
        "clause": finding.clause, "promise_topic": finding.topic, "verdict": finding.verdict, "words": _("; ").join(finding.words),
        "reason": finding.reason, "say_instead": "" if finding.verdict == "allowed" or not finding.entry else handbook.at[finding.entry, "say"],
        "source": handbook.at[finding.entry, "source"] if finding.entry else "",
    } for finding in found]  # fmt: skip
    table = pd.DataFrame(rows)
    table["verdict"] = pd.Categorical(table["verdict"], categories=list(VERDICTS), ordered=True)
    return PromiseCheck(text, str(table["verdict"].max()), table)
