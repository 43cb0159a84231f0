"""The rules of compensation: the law's, the standard's and the firm's, each with its figure, its source and how sure it is."""

from __future__ import annotations

import pandas as pd

from crmlib import standards
from crmlib.i18n import _

ROLES = ("agent", "leader", "manager")
_FIGURES = {
    "uninsured_least": "call_center.compensation.uninsured_least_times",
    "uninsured_cap": "call_center.compensation.uninsured_most_times",
    "insured_unproved": "call_center.compensation.insured_unproved_share",
    "delay_refund": "call_center.compensation.delay_refund_share",
    "loss_refund": "call_center.compensation.loss_refund_share",
    "goodwill_least": "call_center.compensation.goodwill_least_yuan",
    "goodwill_most": "call_center.compensation.goodwill_most_yuan",
}


def compensation_rules() -> pd.DataFrame:
    """Every rule that :func:`compensation` works by, in the active language.

    Answers: what does the law say, what is only our own clause, and where do I look it up?

    Returns
    -------
    DataFrame indexed by `rule`
        value (missing where the rule has no figure), unit, words, according_to, how_sure (V: a source was read; GK: general knowledge, not
        checked; teaching: set for class)

    Notes
    -----
    No legal advice: what was not read is marked so, and a firm's own contract comes before these teaching values.

    >>> compensation_rules().value[["uninsured_cap", "goodwill_most"]].tolist()
    [7.0, 20.0]
    """
    words = _words()
    law = (_("Interim Regulation on Express Delivery, Art. 27 (2019)"), "V")
    code = (_("Civil Code, Arts. 832 and 833 (carriage of goods)"), "GK")
    terms = (_("Civil Code, Arts. 496, 497 and 506 (standard terms)"), "GK")
    origin = {"insured": law, "uninsured": law, "proof": code, "cap_lifted": terms, "not_our_fault": code,
              "no_more_than_value": (_("the firm's own clause"), "teaching")}  # fmt: skip
    rows = []
    for name in words:
        entry = standards.entry(_FIGURES[name]) if name in _FIGURES else None
        source = (entry.source, entry.mark) if entry else origin[name]
        rows.append((name, float(entry.value) if entry else float("nan"), entry.unit if entry else "", words[name], *source))
    return pd.DataFrame(rows, columns=["rule", "value", "unit", "words", "according_to", "how_sure"]).set_index("rule")


def approval_limits() -> pd.DataFrame:
    """Who may agree to how much.

    Answers: what may an agent promise alone, and what needs the superior?

    Returns
    -------
    DataFrame indexed by `role` (agent, leader, manager)
        up_to_yuan (missing: no limit), outside_the_rules (whether the role may leave the rules), how_sure

    Source: teaching values; a firm has its own.

    >>> approval_limits().up_to_yuan.tolist()
    [50.0, 500.0, nan]
    """
    entries = [standards.entry(f"call_center.compensation.{role}_yuan") for role in ROLES[:2]]
    return pd.DataFrame({
        "up_to_yuan": [*(float(entry.value) for entry in entries), float("nan")], "outside_the_rules": [False, False, True],
        "how_sure": [*(entry.mark for entry in entries), "teaching"],
    }, index=pd.Index(ROLES, name="role"))  # fmt: skip


def _words() -> dict[str, str]:
    return {
        "insured": _("An insured parcel is compensated by the insured value that was agreed."),
        "insured_unproved": _("Insured, but what the goods were worth is not proved: this share of the declared value."),
        "no_more_than_value": _("Insurance is no profit: no more than what the goods were worth."),
        "uninsured": _("An uninsured parcel is compensated by civil law: as agreed, else by what the goods were worth."),
        "uninsured_least": _("Uninsured, and what the goods were worth is not proved: so many times the postage."),
        "uninsured_cap": _("Uninsured: at most so many times the postage, by the firm's standard term."),
        "cap_lifted": _(
            "The cap does not hold where nobody pointed it out to the sender, or where the firm acted with intent or gross negligence."
        ),
        "proof": _("What the goods were worth is proved by invoice, order or market price; the part that was lost counts."),
        "loss_refund": _("Lost or wholly destroyed: the postage is given back as well, without the fee for insurance."),
        "delay_refund": _("Late: the postage is given back, without the fee for insurance."),
        "goodwill_least": _("Other causes: a sign of good will of at least so much."),
        "goodwill_most": _("Other causes: a sign of good will of at most so much."),
        "not_our_fault": _(
            "Nothing is owed for the goods where force majeure, their own nature or the sender is to blame; the firm must prove it."
        ),
    }
