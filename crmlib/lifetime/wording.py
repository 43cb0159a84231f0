"""Units, periods and sentences in the active language."""

from __future__ import annotations

from collections.abc import Iterable

from crmlib.i18n import _, language


def a_unit(unit: str) -> str:
    """ "a week", for rates.

    >>> a_unit("fortnight")
    'fortnight'
    """
    return {"day": _("a day"), "week": _("a week"), "month": _("a month"), "period": _("a period")}.get(unit, unit)


def units(count: float, unit: str) -> str:
    """ "26 weeks", for horizons.

    >>> units(3, "fortnight")
    '3 fortnight'
    """
    sentence = {"day": _("{count:g} days"), "week": _("{count:g} weeks"), "month": _("{count:g} months"), "period": _("{count:g} periods")}
    return sentence.get(unit, "{count:g} " + unit).format(count=count)


def together(sentences: Iterable[str]) -> str:
    """Sentences one after another: with a space between them, except in Chinese.

    >>> together(["One."])
    'One.'
    """
    return ("" if language() == "zh" else " ").join(sentences)
