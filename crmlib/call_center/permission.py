"""What an agent may say about money: the expectation handbook, the worked-out compensation and the limits of the role together."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

import pandas as pd

from crmlib.call_center.compensation import Compensation, approver
from crmlib.call_center.compensation_rules import ROLES, approval_limits
from crmlib.i18n import _, in_a_row
from crmlib.satisfaction import promise_check

_CHINESE = "零一二三四五六七八九十百千万两半"
_AMOUNT = re.compile(
    rf"(?:[¥￥]|\b(?:rmb|cny) ?)([0-9][0-9,]*(?:\.[0-9]+)?)|([0-9][0-9,]*(?:\.[0-9]+)?|[{_CHINESE}]+) ?(万)?(?:元|块|yuan\b|rmb\b|cny\b)"
)
_DIGITS = {character: number for number, character in enumerate("零一二三四五六七八九")} | {"两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}


@dataclass(frozen=True, eq=False)
class Permission:
    """Whether a role may say a sentence.

    `verdict`: allowed, with_condition, ask_supervisor or never; `ask`: the role that must agree ("" for nobody); `yuan`: the largest amount
    of money in the sentence (missing where there is none); `why`: the reason; `findings`: what the handbook says of each part, as
    :func:`crmlib.satisfaction.promise_check` gives it; `say_instead`.
    """

    sentence: str
    role: str
    verdict: str
    ask: str
    yuan: float
    why: str
    say_instead: str
    findings: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        """The verdict, why, and what to say instead."""
        told = {
            "allowed": _("You may say this."),
            "with_condition": _("You may say this on a condition."),
            "ask_supervisor": _("Ask the {role} before you say this.").format(role=_role(self.ask)),
            "never": _("Never say this."),
        }[self.verdict]
        return in_a_row(told, self.why, _("Say instead: {words}").format(words=self.say_instead) if self.say_instead else "")


def may_promise(sentence: str, offer: Compensation | None = None, *, role: str = "agent") -> Permission:
    """Check a sentence about compensation against the handbook, the compensation worked out, and what the role may agree to.

    Answers: may I say this alone, or must somebody above me agree?

    Parameters
    ----------
    sentence : text, Chinese or English
    offer : Compensation, from :func:`compensation`, optional
        What the rules give in this case. A sentence that names an amount needs it.
    role : "agent", "leader" or "manager"

    Returns
    -------
    Permission
        `.verdict`, `.ask`, `.yuan`, `.why`, `.say_instead`, `.findings`, `.summary()`

    Raises
    ------
    ValueError
        The sentence is no text, the offer is something else, or the role is unknown.

    Notes
    -----
    A manager may go beyond the rules, but not say what the handbook forbids to everybody.

    >>> from crmlib.call_center.compensation import compensation
    >>> offer = compensation(what="loss", postage_yuan=12, proved_yuan=900)
    >>> found = [may_promise(words, offer) for words in ("核实后按规定赔您96元", "我赔您500元", "要多少赔多少")]
    >>> [(one.verdict, one.ask) for one in found]
    [('ask_supervisor', 'leader'), ('ask_supervisor', 'manager'), ('never', '')]
    """
    if role not in ROLES:
        raise ValueError(_("role is {role}; use one of {known}.").format(role=role, known=", ".join(ROLES)))
    if offer is not None and not isinstance(offer, Compensation):
        raise ValueError(_("offer must be what compensation gives; this is a {kind}.").format(kind=type(offer).__name__))
    checked = promise_check(sentence)
    amounts = spoken_amounts(sentence)
    yuan = max(amounts, default=float("nan"))
    verdict, ask, why, instead = checked.verdict, "", "", checked.say_instead
    if verdict == "ask_supervisor":
        ask = "leader"
    if verdict != "never" and amounts:
        need, reason = _need(yuan, offer)
        if need and ROLES.index(need) > ROLES.index(role):
            verdict, ask, why = "ask_supervisor", need, reason
        elif verdict == "ask_supervisor" or verdict == "allowed":
            verdict, ask = "with_condition", ""
            why = reason if need else ""
    if verdict == "ask_supervisor" and ask and ROLES.index(ask) <= ROLES.index(role):
        verdict, ask = "with_condition", ""
    if not why:
        strict = checked.findings.loc[checked.findings["verdict"] == checked.verdict, "why"]
        why = in_a_row(*dict.fromkeys(strict))
    return Permission(sentence, role, verdict, ask, yuan, why, instead, checked.findings)


def spoken_amounts(sentence: str) -> list[float]:
    """The amounts of money, in yuan, that a sentence names, in digits or in Chinese numerals.

    >>> spoken_amounts("赔您三百二十元，或者 1,500 yuan，最多2万元")
    [320.0, 1500.0, 20000.0]
    """
    plain = unicodedata.normalize("NFKC", sentence).lower()
    found = []
    for marked, counted, thousands in _AMOUNT.findall(plain):
        text = (marked or counted).replace(",", "")
        value = _chinese(text) if text[0] in _CHINESE else float(text)
        if value is not None:
            found.append(value * (10_000 if thousands else 1))
    return found


def _need(yuan: float, offer: Compensation | None) -> tuple[str, str]:
    """The role that must agree to an amount ("" where any may), and why."""
    if offer is None:
        return "leader", _("An amount is named, but nobody has worked it out: use compensation first.")
    if yuan > offer.most + 0.005:
        return "manager", _("{yuan:g} yuan are more than the {most:g} yuan that the rules give at most.").format(yuan=yuan, most=offer.most)
    level = max(approver(yuan), offer.approval if yuan > offer.yuan - 0.005 else "agent", key=ROLES.index)
    if yuan > offer.yuan + 0.005 and offer.missing:
        level = max(level, "leader", key=ROLES.index)
        return level, _("Only {sure:g} yuan are certain so far; more takes proof of what the goods were worth.").format(sure=offer.yuan)
    limit = approval_limits().at["agent", "up_to_yuan"]
    return ("", "") if level == "agent" else (level,
                                              _("{yuan:g} yuan are above the {limit:g} yuan that an agent may agree to alone.").format(
        yuan=yuan, limit=limit) if yuan > limit else _("The case leaves the standard terms."))  # fmt: skip


def _chinese(text: str) -> float | None:
    total, section, digit = 0.0, 0.0, 0.0
    for character in text:
        if character in _DIGITS:
            digit = float(_DIGITS[character])
        elif character in _TENS:
            section += (digit or 1.0) * _TENS[character]
            digit = 0.0
        elif character == "万":
            total, section, digit = (section + digit) * 10_000, 0.0, 0.0
        else:
            return None
    return total + section + digit


def _role(code: str) -> str:
    return {"leader": _("team leader"), "manager": _("manager"), "agent": _("agent")}.get(code, code)
