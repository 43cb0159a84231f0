"""Checking what an agent wants to say against the expectation handbook."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crmlib.i18n import _, in_a_row
from crmlib.satisfaction.handbook import handbook_in_force
from crmlib.satisfaction.promise_reading import clauses
from crmlib.satisfaction.promise_rules import judge, not_known

VERDICTS = ("allowed", "with_condition", "ask_supervisor", "never")
"""From the mildest to the strictest."""


@dataclass(frozen=True)
class PromiseCheck:
    """What the handbook says of one sentence.

    `verdict`: allowed, with_condition, ask_supervisor or never; the strictest of its parts. `findings`, one row a part: clause,
    promise_topic, verdict, said_words (those that decided), why, say_instead, according_to.
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
        return in_a_row(*dict.fromkeys(words for words in wanted if words))

    def summary(self) -> str:
        """The verdict, why, and what to say instead."""
        told = {
            "allowed": _("You may say this."),
            "with_condition": _("You may say this on a condition."),
            "ask_supervisor": _("Ask the supervisor before you say this."),
            "never": _("Never say this."),
        }[self.verdict]
        why = dict.fromkeys(self.findings.loc[self.findings["verdict"] == self.verdict, "why"])
        instead = [_("Say instead: {words}").format(words=self.say_instead)] if self.say_instead else []
        strict = self.findings.loc[self.findings["verdict"] == self.verdict, "promise_topic"]
        if self.verdict == "ask_supervisor" and not self.findings["said_words"].any() and (strict == "not_known").all():
            return why
        return in_a_row(told, *why, *instead)


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
        raise ValueError(_('Write the sentence that is to be checked in quotation marks, for example promise_check("清关需要3个工作日").'))
    handbook = handbook_in_force()
    found = [finding for sentence in clauses(text) for finding in judge(sentence, handbook)]
    if not any(finding.topic != "courtesy" for finding in found):
        found.append(not_known(text.strip()))
    rows = [
        {
            "clause": finding.clause,
            "promise_topic": finding.topic,
            "verdict": finding.verdict,
            "said_words": _("; ").join(finding.words),
            "why": finding.reason,
            "say_instead": handbook.at[finding.entry, "say"] if finding.entry and finding.verdict != "allowed" else "",
            "according_to": handbook.at[finding.entry, "according_to"] if finding.entry else "",
        }
        for finding in found
    ]
    table = pd.DataFrame(rows)
    table["verdict"] = pd.Categorical(table["verdict"], categories=list(VERDICTS), ordered=True)
    return PromiseCheck(text, str(table["verdict"].max()), table)
