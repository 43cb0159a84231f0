"""Sentences that agents say to customers, to be judged by the expectation handbook."""

from __future__ import annotations

import pandas as pd

from crmlib.i18n import _


def promise_samples() -> pd.Series:
    """Sentences for practice: what agents say when a customer presses them, in the active language.

    Answers: would I have said so, and what does the handbook make of it?

    Returns
    -------
    Series of text, indexed by `sample`
        Hand one to :func:`crmlib.satisfaction.promise_check`. They were written for class; nobody really said them.

    Source: written for teaching, after 《2025国际快递行业客户关系管理体系研究》 (客户预期管理手册).

    >>> from crmlib.satisfaction.promises import promise_check
    >>> said = promise_samples()
    >>> [promise_check(said[code]).verdict for code in ("fixed_hour", "expected_day", "clearance_days", "private_deal")]
    ['never', 'with_condition', 'allowed', 'never']
    """
    said = {
        "fixed_hour": _("Do not worry, it will certainly arrive by three tomorrow afternoon."),
        "clearance_days": _("Clearance takes up to 3 working days."),
        "never_lost": _("We never lose a parcel."),
        "first_answer": _("We answer you within 2 hours."),
        "expected_day": _("The system expects it tomorrow; if that changes, we let you know."),
        "double_back": _("If it is lost, we refund twice its value."),
        "put_in_locker": _("I have put it in a locker for you."),
        "private_deal": _("Please do not complain, I will make it up to you privately."),
    }
    return pd.Series(said, name="text").rename_axis("sample")
