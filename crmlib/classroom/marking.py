"""What the test cells of a sheet say: look an answer up by name, check it, and tell the learner what went wrong.

A sheet does ``from crmlib.classroom import marking as mark``. Nothing here needs the notebook: :func:`answering` puts
other answers in its place, so that the same test cell runs in a kernel and in a judge's own process.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.classroom.answers import answering, item, lose
from crmlib.classroom.ask import figure, items, mapping, number, text
from crmlib.classroom.ask_date import date
from crmlib.classroom.ask_function import function
from crmlib.classroom.ask_tables import frame, series
from crmlib.classroom.check_magic import offer_check
from crmlib.classroom.comparing import Difference, difference, is_many
from crmlib.classroom.drawing import Bars, Drawing, Line
from crmlib.classroom.hints import Lost
from crmlib.classroom.left_over import watch_cells
from crmlib.i18n import _
from crmlib.notebook import explain_errors

if TYPE_CHECKING:
    from crmlib.company import Company

__all__ = [
    "Bars", "Drawing", "Line", "Lost", "answering", "date", "equals", "figure", "firm", "frame", "function", "holds",
    "item", "items", "mapping", "number", "series", "text",
]  # fmt: skip


def equals(
    got: object,
    expected: object,
    *,
    tol: float = 1e-6,
    mistakes: Mapping[str, object] | Iterable[tuple[str, object]] = (),
    by: str | list[str] | None = None,
) -> None:
    """Is `got` right? If not, say which known mistake it looks like.

    Parameters
    ----------
    got, expected
        Numbers, text, Series, frames, lists (in order), sets, dicts. Tables are compared by label, in any order and type.
    tol : float
        Numbers may differ by this much.
    mistakes : mapping of hint key to value, or pairs
        What a known mistake would give.
    by : str or list of str, optional
        Columns that name the rows of a frame, if its index does not.

    Raises
    ------
    Lost
        `got` is wrong; the hint names the mistake, or what is wrong without the right value.

    Why: a hint names the misconception.

    >>> equals(0.8, 0.8000001)
    >>> with answering({}):
    ...     try:
    ...         equals(60, 45, mistakes={"generic-wrong": 60})
    ...     except Lost as lost:
    ...         lost.hint
    'generic-wrong'
    """
    found = difference(got, expected, tol=tol, by=by)
    if found is None:
        return
    for key, value in mistakes.items() if isinstance(mistakes, Mapping) else mistakes:
        if difference(got, value, tol=tol, by=by) is None:
            _lose_with_value(key, got)
    if (factor := _scale(got, expected, tol)) is not None:
        _lose_with_value("percent-not-share" if factor == 100 else "share-not-percent", got)
    _lose_for(found, got)


def _lose_with_value(key: str, got: object) -> None:
    """What the learner has comes first, where it is one number or word."""
    lose(key, got="" if is_many(got) else got)


def _scale(got: object, expected: object, tol: float) -> int | None:
    is_number = isinstance(expected, (int, float, np.number)) and not isinstance(expected, bool)
    if not is_number and not (isinstance(expected, pd.Series) and pd.api.types.is_numeric_dtype(expected)):
        return None
    for factor in (100, 0.01):
        if difference(got, expected * factor, tol=tol * factor) is None:
            return 100 if factor == 100 else -100
    return None


def _lose_for(found: Difference, got: object) -> None:
    if found.kind == "many":
        lose("not-one-number", kind=type(got).__name__)
    if found.kind == "value" and found.total > 1:
        lose("rows-differ", count=found.count, total=found.total, where=found.where, got=found.got)
    if found.kind == "value":
        _lose_with_value("generic-wrong", got)
    if found.kind == "kind":
        lose("other-kind", kind=type(got).__name__)
    lose({"too-many": "items-too-many", "too-few": "items-too-few", "others": "items-others", "twice": "labels-twice",
          "order": "not-sorted"}[found.kind], count=found.count)  # fmt: skip


def holds(condition: object, hint: str, **values: object) -> None:
    """Something must be true of the answer; if not, the hint `hint` is given.

    Parameters
    ----------
    condition : bool
    hint : str
        A key of ``hints.toml``.
    values
        For the hint's placeholders.

    Raises
    ------
    Lost
        The condition does not hold, or is a whole table of conditions.

    Why: some answers are right by a property, not by a value.

    >>> holds(0.7 < 0.8, "generic-wrong", got=0.7)
    """
    if isinstance(condition, (pd.Series, pd.DataFrame, pd.Index, np.ndarray)):
        if condition.size > 1:
            lose("not-one-number", kind=type(condition).__name__)
        condition = condition.size == 1 and np.asarray(condition).ravel()[0]
    if condition is pd.NA or not bool(condition):
        lose(hint, **{"got": "", **values})


_typed_code = ""


def firm(code: str | None = None):
    """The learner's own firm, the same for the learner and the grader.

    Parameters
    ----------
    code : str, optional
        What the instructor gave the learner; empty for the practice firm that a whole class shares. Without it, the last valid one
        of this session. The grader's environment (``CRM_FIRM_CODE``) goes before either.

    Returns
    -------
    Company
        A fresh copy each time.

    Raises
    ------
    ValueError
        The code is mistyped, or no text.

    Why: numbers copied from a neighbour are wrong for one's own firm.

    >>> firm().customers is firm().customers
    False
    """
    global _typed_code
    if graders := os.environ.get("CRM_FIRM_CODE"):
        return _simulated(graders).copy()
    if code is not None and not isinstance(code, str):
        raise ValueError(_('The data code is text in quotation marks, such as firm_code = "{example}"; '
                           'without a code, leave nothing between them: firm_code = "".').format(example="7KQ2-M4XA-9T3C"))  # fmt: skip
    typed = _typed_code if code is None else code.strip()
    company = _simulated(typed or practice_code())
    _typed_code = typed
    return company.copy()


@cache
def practice_code() -> str:
    """The code of the firm that everybody without a code of their own works on.

    >>> practice_code() == practice_code()
    True
    """
    from crmlib.company import firm_code

    return firm_code("practice", "practice")


_firms: dict[str, Company] = {}


def _simulated(code: str) -> Company:
    if code not in _firms:
        from crmlib.company import personal

        _firms[code] = personal(code)
    return _firms[code]


explain_errors()
watch_cells()
offer_check()
