"""Sentences that agents say to customers, to be judged by the expectation handbook."""

from __future__ import annotations

import pandas as pd

from crmlib.i18n import _


def promise_samples() -> pd.Series:
    """Sentences for practice: what agents say when a customer presses them, in the active language.

    Answers: would I have said so, and what does the handbook make of it?

    Returns
    -------
    Series of text, indexed by `sample`, 1 to 8
        Hand one to :func:`crmlib.satisfaction.promise_check`. They were written for class; nobody really said them.

    Source: written for teaching, after 《2025国际快递行业客户关系管理体系研究》 (客户预期管理手册).

    >>> from crmlib.satisfaction.promises import promise_check
    >>> [promise_check(words).verdict for words in promise_samples().head(4)]
    ['never', 'allowed', 'never', 'allowed']
    """
    said = [
        _("Do not worry, it will certainly arrive by three tomorrow afternoon."),
        _("Clearance takes up to 3 working days."),
        _("We never lose a parcel."),
        _("We answer you within 2 hours."),
        _("The system expects it tomorrow; if that changes, we let you know."),
        _("If it is lost, we refund twice its value."),
        _("I have put it in a locker for you."),
        _("Please do not complain, I will make it up to you privately."),
    ]
    return pd.Series(said, index=pd.RangeIndex(1, len(said) + 1, name="sample"), name="text")
