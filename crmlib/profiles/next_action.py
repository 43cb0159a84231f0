"""The next best action: rules over what the page knows, in order; the first that fits and that nothing forbids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.i18n import _
from crmlib.profiles.page_customer import on_the_way, year
from crmlib.profiles.page_facts import Viewer, share, yuan
from crmlib.profiles.page_service import membership_since, open_cases, owed, risk_of_silence
from crmlib.standards import get

if TYPE_CHECKING:
    from crmlib.profiles.profile_book import Known

_LOST_DAYS = 365
FORBIDDEN_BY = ("open_case", "running_trial", "no_consent", "no_contact")


@dataclass(frozen=True)
class NextAction:
    """What to do first: its code, a sentence that says it, one that says why, what it costs in yuan, and by which channel. `held_back` are
    the codes of what would have fitted too and is forbidden, with the sentence that says by what. The code none means: nothing is due."""

    code: str
    sentence: str
    reason: str
    cost_yuan: float
    channel: str = ""
    held_back: tuple[tuple[str, str], ...] = ()

    def summary(self) -> str:
        """The action, why, and what it costs, in the active language."""
        return _("{sentence} {next_sentence}").format(sentence=self.sentence, next_sentence=self.reason)


@dataclass(frozen=True)
class _Rule:
    code: str
    fits: Callable[[dict, Known], str | None]
    """Why it fits, as a sentence; None where it does not."""
    cost: str
    needs: tuple[str, ...]
    """Whoever does not see these columns is not given the action, whose reason would tell them."""
    offer: bool = False
    """An offer needs consent, waits while something is open, and does not disturb a running trial."""


def _settle(page: dict, known: Known) -> str | None:
    cases = page["open_cases"]
    if cases.empty:
        return None
    first = cases.iloc[0]
    days = (known.now - first["opened_at"]).days
    return _("{case} has been open for {days} days.").format(case=first["case_id"], days=days) if days else _("{case} was opened today.").format(case=first["case_id"])


def _tell_late(page: dict, _known: Known) -> str | None:
    late = page["late"]
    return _("{count} parcel(s) on the way are later than promised; who hears it from us need not ask.").format(count=late) if late else None


def _collect(page: dict, _known: Known) -> str | None:
    days, owed = page["days_past_due"], page["overdue_yuan"]
    if days < get("credit.reminder_days", unit="days") or owed <= 0:
        return None
    from crmlib.credit import dunning_steps

    steps = dunning_steps()
    small = owed < get("credit.small_debt_yuan", unit="yuan")
    step = steps[steps["from_days"] <= days].iloc[-1] if not small else steps.loc["reminder"]
    return _("{yuan} are {days} days late. {step}").format(yuan=yuan(owed), days=days, step=step["action"])


def _call_back(page: dict, known: Known) -> str | None:
    since = known.until - pd.Timedelta(days=float(get("profiles.call_back_days", unit="days")))
    ended = page["cases"]
    if len(ended) and "satisfied_after" in ended:
        bad = ended[(ended["satisfied_after"] == "dissatisfied") & (ended["resolved_at"] > since)]
        if len(bad):
            return _("{case} ended on {day}, and the customer is not content.").format(case=bad.iloc[-1]["case_id"], day=f"{bad.iloc[-1]['resolved_at']:%Y-%m-%d}")
    return None


def _answer_survey(page: dict, known: Known) -> str | None:
    since = known.until - pd.Timedelta(days=float(get("profiles.call_back_days", unit="days")))
    answers = page["surveys"]
    low = answers[(answers["recommend"] <= 6) & (answers["answered_on"] > since)] if len(answers) else answers
    if low.empty:
        return None
    return _("On {day} the customer gave {points:.0f} of 10.").format(day=f"{low.iloc[-1]['answered_on']:%Y-%m-%d}", points=low.iloc[-1]["recommend"])


def _ask_silent(_page: dict, known: Known) -> str | None:
    silent = risk_of_silence(known)
    return None if silent is None or silent[0] > _LOST_DAYS else _("No parcel for {days} days; nine of ten gaps were at most {usual:.0f} days.").format(days=silent[0], usual=max(silent[1], 1))


def _limit(page: dict, _known: Known) -> str | None:
    used = page["used_share"]
    return _("{share} of the credit limit is used.").format(share=share(used)) if used >= get("profiles.limit_share", unit="share") else None


def _second_contact(page: dict, known: Known) -> str | None:
    one = known.has("contacts") and page["contacts"] == 1 and page["class"] in ("A", "B")
    return _("A customer of class {letter} with a single contact leaves with that person.").format(letter=page["class"]) if one else None


def _invite(page: dict, known: Known) -> str | None:
    spend = page["revenue"]
    if not known.has("members") or membership_since(known) is not None or spend < get("profiles.member_yuan", unit="yuan_per_year"):
        return None
    from crmlib.loyalty import tier_table

    tiers = tier_table()
    tier = tiers[tiers["from_yuan"] <= spend].iloc[-1]
    return _("{spend} in 12 months would bring a discount of {discount:.0%}; the customer is no member.").format(spend=yuan(spend), discount=tier["freight_discount"])


def _visit(page: dict, known: Known) -> str | None:
    if not known.has("touches") or page["class"] not in ("A", "B"):
        return None
    limit = get(f"policy.{page['class'].lower()}.visit_days", unit="days")
    last = page["last_visit"]
    if last is not None and (known.until - last).days < limit:
        return None
    said = _("never so far") if last is None else f"{last:%Y-%m-%d}"
    return _("Class {letter} is visited every {days} days; last visit: {day}.").format(letter=page["class"], days=limit, day=said)


_MONEY = ("waybills.price_yuan",)
_RULES = (
    _Rule("settle_case", _settle, "economics.cost_case", ("cases.case_id", "cases.resolved_at")),
    _Rule("tell_late", _tell_late, "economics.cost_notice", ("waybills.promised_at", "waybills.delivered_at")),
    _Rule("call_back", _call_back, "talk", ("cases.case_id", "cases.satisfied_after")),
    _Rule("collect", _collect, "talk", ("invoices.amount_yuan", "invoices.due_on", "payments.amount_yuan")),
    _Rule("answer_survey", _answer_survey, "talk", ("surveys.recommend",)),
    _Rule("ask_silent", _ask_silent, "economics.cost_visit_phone", ("waybills.picked_up_at",), offer=True),
    _Rule("review_limit", _limit, "talk", ("invoices.credit_limit_yuan", "invoices.amount_yuan")),
    _Rule("visit", _visit, "economics.cost_visit_in_person", ("touches.happened_on", *_MONEY)),
    _Rule("second_contact", _second_contact, "economics.cost_contact", ("contacts.contact_id", *_MONEY)),
    _Rule("invite_member", _invite, "economics.cost_care", ("members.customer_id", *_MONEY), offer=True),
)


def sentence_of(code: str) -> str:
    return {
        "settle_case": _("Settle the open case first, and say what has been done since."),
        "tell_late": _("Tell the customer about the late parcel before the customer asks."),
        "call_back": _("Call back: ask what would have put it right, and do it."),
        "collect": _("Speak about the money that is late."),
        "answer_survey": _("Answer the low mark: ask what happened."),
        "ask_silent": _("Ask why nothing has come any more, and what would bring the parcels back."),
        "review_limit": _("Look at the credit limit before the next peak."),
        "visit": _("Visit: the rhythm of the class says so."),
        "second_contact": _("Get to know a second person at the customer's."),
        "invite_member": _("Invite the customer to the membership."),
        "none": _("Nothing is due: leave the customer in peace."),
    }[code]


def next_actions() -> pd.DataFrame:
    """The rules of the next best action, in their order.

    Answers: what does the page advise, and when is an offer held back?

    Returns
    -------
    DataFrame, indexed by action, the most urgent first
        action_sentence, cost_yuan, seen_by_columns (whoever may not see these columns is not given the action), is_offer (an offer needs
        the customer's consent to marketing, waits while a case is open, and does not disturb a running trial)

    Source: own rules, for teaching; costs are standards (economics.cost_…).

    >>> next_actions().query("is_offer").index.tolist()
    ['ask_silent', 'invite_member']
    """
    rows = [(sentence_of(rule.code), _cost(rule), ", ".join(rule.needs), rule.offer) for rule in _RULES]
    return pd.DataFrame(rows, columns=["action_sentence", "cost_yuan", "seen_by_columns", "is_offer"],
                        index=pd.Index([rule.code for rule in _RULES], name="action"))  # fmt: skip


def next_action(viewer: Viewer, known: Known) -> NextAction:
    """The first rule that fits, that nothing forbids, and whose grounds the role may see."""
    page = _facts(known)
    held = []
    for rule in _RULES:
        if viewer.treatment(rule.needs) != "full" or (why := rule.fits(page, known)) is None:
            continue
        stops = _forbidden(page, known) if rule.offer else ""
        if stops:
            held.append((rule.code, _held(stops, viewer)))
            continue
        viewer.seen.update(dict.fromkeys(rule.needs))
        return NextAction(rule.code, sentence_of(rule.code), why, _cost(rule), page["channel"] or "", tuple(held))
    silent = risk_of_silence(known) if viewer.may("waybills.picked_up_at") else None
    why = _("No parcel for {days} days: whoever asks now asks too late.").format(days=silent[0]) if silent and silent[0] > _LOST_DAYS else ""
    return NextAction("none", sentence_of("none"), why, 0.0, "", tuple(held))


def _facts(known: Known) -> dict[str, object]:
    """The bare values that the rules ask for, whoever looks; what is told of them is gated by the needs of the rule."""
    told, debt = known.once("year", lambda: year(known)), known.once("owed", lambda: owed(known))
    way = known.once(("on_the_way", None), lambda: on_the_way(known))
    cases = known.frame("cases", known.now - pd.DateOffset(months=12))
    visits = known.rows("touches")
    visited = visits["happened_on"][visits["kind"] == "visit"] if "kind" in visits else ()
    channels = [each for each in known.rows("contacts").get("channel", ()) if each]
    return {
        "cases": cases, "open_cases": open_cases(cases), "late": int(way["late"].sum()) if len(way) else 0, "days_past_due": debt.get("days_past_due", 0),
        "overdue_yuan": debt.get("overdue_yuan", 0.0), "used_share": debt.get("used_share") or 0.0, "class": told["standing"].get("abc", ""),
        "revenue": told["revenue"], "surveys": known.frame("surveys"), "contacts": len(known.rows("contacts").get("since", ())),
        "channel": channels[0] if channels else None, "last_visit": pd.Timestamp(visited[-1]) if len(visited) else None,
    }  # fmt: skip


def _forbidden(page: dict, known: Known) -> str:
    """By what an offer is forbidden, or nothing."""
    if len(page["open_cases"]):
        return "open_case"
    trials = known.frame("offers")
    if len(trials) and trials["measured_on"].isna().any():
        return "running_trial"
    if not page["channel"]:
        return "no_contact"
    from crmlib.privacy.consent import may_contact

    said = known.frame("consents") if known.has("consents") else pd.DataFrame()
    return "" if len(said) and may_contact(said.assign(customer_id=known.customer_id), known.customer_id, "marketing", page["channel"], known.now) else "no_consent"


def _held(stops: str, viewer: Viewer) -> str:
    """The sentence, without what the role may not see."""
    if (stops == "open_case" and not viewer.may("cases.resolved_at")) or (stops == "running_trial" and not viewer.may("offers.measured_on")):
        return _("held back")
    return {
        "open_case": _("waits: a case is open"), "running_trial": _("waits: the customer takes part in a trial that is not measured yet"),
        "no_contact": _("waits: no contact person is known"), "no_consent": _("forbidden: no consent to offers"),
    }[stops]  # fmt: skip


def _cost(rule: _Rule) -> float:
    if rule.cost == "talk":
        return round(get("economics.cost_call_hour", unit="yuan") * get("profiles.talk_seconds", unit="seconds") / 3600, 2)
    return float(get(rule.cost, unit="yuan"))
