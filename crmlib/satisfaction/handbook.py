"""The expectation handbook: what an agent may promise, what only with a condition, and what never."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from crmlib.i18n import _, language
from crmlib.standards import entry

_FIGURES = {
    "days": "satisfaction.promise.clearance_working_days",
    "hours": "satisfaction.promise.response_hours",
    "legal": "complaint.legal_days",
    "goal": "satisfaction.promise.resolve_goal_hours",
    "cut": "satisfaction.promise.freight_discount",
}
_RESEARCH = "《2025国际快递行业客户关系管理体系研究》"
_COLUMNS = ("promise", "verdict", "limit", "limit_unit", "rule", "say", "according_to", "how_sure")


def promise_handbook() -> pd.DataFrame:
    """The expectation handbook: one row a kind of promise, in the active language, with the figures of the standards in force.

    Answers: what may I promise a customer, what never, and what do I offer instead?

    Returns
    -------
    DataFrame indexed by `promise`
        verdict (allowed, with_condition, never), limit (a number, missing where there is none), limit_unit, rule, say, according_to,
        how_sure (the mark of the standard). Change a figure with :func:`crmlib.standards.use`.

    Source: 《2025国际快递行业客户关系管理体系研究》 (客户预期管理手册); 快递暂行条例; 快递市场管理办法.

    >>> promise_handbook().loc[["clearance_time", "arrival_time", "complaint_settled"], "verdict"].tolist()
    ['allowed', 'never', 'allowed']
    """
    return handbook_in_force().copy()


def handbook_in_force() -> pd.DataFrame:
    """The handbook itself, for reading only.

    >>> handbook_in_force().index.is_unique
    True
    """
    return _written(language(), tuple((name, entry(key)) for name, key in _FIGURES.items()))


@lru_cache(maxsize=8)
def _written(_language: str, figures: tuple) -> pd.DataFrame:
    found = dict(figures)
    told = {name: standard.value for name, standard in found.items()}
    law = _("{law}, Art. 27 (2019)").format(law=_("Interim Regulation on Express Delivery"))
    order = _("Measures for the Administration of the Express Delivery Market")
    art_28 = _("{order}, Art. 28 (in force 2024-03-01)").format(order=order)
    rows = [
        (
            code,
            verdict,
            told.get(figure),
            unit,
            rule.format(**told),
            say.format(**told),
            *_origin(found.get(figure), origin, (law, art_28, order)),
        )
        for code, verdict, figure, unit, rule, say, origin in (*_allowed(), *_conditional(), *_never())
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"limit": "float64"}).set_index("promise")


def _origin(standard: object, origin: str, names: tuple[str, str, str]) -> tuple[str, str]:
    """Source and mark: of the figure where there is one, else of what the rule stands in."""
    law, art_28, order = names
    if standard is not None:
        return standard.source, standard.mark
    return {"research": (_RESEARCH, "seed"), "law": (law, "V"), "order": (art_28, "V"), "both": (f"{law}; {order}", "V")}[origin]


def _allowed() -> list[tuple]:
    return [
        (
            "clearance_time", "allowed", "days", "working_days",
            _("Clearance within {days:g} working days or more; never less, and never in calendar days."),
            _("Clearance takes up to {days:g} working days."), "",
        ),
        (
            "first_answer", "allowed", "hours", "full_hours",
            _("A first answer to a complaint within {hours:g} hours. An answer is not a solution."),
            _("We answer you within {hours:g} hours."), "",
        ),
        (
            "complaint_settled", "allowed", "legal", "calendar_days",
            _("A complaint is handled and the customer told within {legal:g} calendar days, as the law says."),
            _("We handle your complaint and tell you the result within {legal:g} days."), "",
        ),
        (
            "compensation_by_rule", "allowed", "", "",
            _("Compensation by the insured value, the contract or the rules, once the facts are checked."),
            _("Once checked, we compensate by the insured value or the contract."), "law",
        ),
    ]  # fmt: skip


def _conditional() -> list[tuple]:
    return [
        (
            "expected_time", "with_condition", "", "",
            _("A time of arrival as an expectation that the system shows, with word of any change."),
            _("It is expected on …; if that changes, we tell you at once."), "research",
        ),
        (
            "quick_solution", "with_condition", "goal", "full_hours",
            _("A solution sooner than the law asks: {goal:g} hours are the firm's goal, not a promise; "
              "only when the solution already stands."),
            _("We aim at {goal:g} hours; the result comes within {legal:g} days at the latest."), "",
        ),
        (
            "freight_discount", "with_condition", "cut", "share_of_freight",
            _("Up to {cut:.0%} off the freight and priority handling, where a wish goes beyond what can be promised."),
            _("I cannot promise the hour, but I can offer {cut:.0%} off the freight and priority handling."), "",
        ),
        (
            "handing_over", "with_condition", "", "",
            _("A locker, a pick-up station or somebody else only when the recipient agrees."), _("May we leave it at …?"), "order",
        ),
        (
            "plain_no", "with_condition", "", "",
            _("A plain no only together with an offer: compensation instead of refusal."),
            _("This I cannot promise; what I can do is …"), "research",
        ),
    ]  # fmt: skip


def _never() -> list[tuple]:
    return [
        (
            "arrival_time", "never", "", "",
            _("An absolute time of arrival: a fixed day or hour, or any word that leaves no way out."),
            _("It is expected on …; if that changes, we tell you at once."), "research",
        ),
        (
            "no_loss", "never", "", "", _("That nothing can be lost or damaged."),
            _("We handle it with care; insured goods are compensated by their insured value."), "law",
        ),
        (
            "unlimited_compensation", "never", "", "", _("Compensation or a refund without limit or condition."),
            _("Once checked, we compensate by the insured value or the contract."), "research",
        ),
        (
            "unlawful", "never", "", "",
            _("Keeping a customer from complaining, giving away others' data, or skipping identity or content checks."),
            _("You may complain to us; if you are not satisfied, you may appeal to the regulator on 12305."), "both",
        ),
    ]  # fmt: skip
