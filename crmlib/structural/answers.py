"""Answers before they enter a model: numbers or a sentence; gaps are dealt with as the caller chose, and counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _

MISSING = (None, "mean", "drop")
_LARGEST = 1e100
"""Beyond this the squares of answers are no numbers of a computer any more."""


def numeric_answers(answers: pd.DataFrame, items: Sequence[str]) -> pd.DataFrame:
    """The columns `items` as floats; text and infinite values are refused, gaps stay.

    >>> numeric_answers(pd.DataFrame({"q": [1, None]}), ["q"])["q"].tolist()
    [1.0, nan]
    """
    if not isinstance(answers, pd.DataFrame):
        raise ValueError(_("answers must be a pandas table with one row a respondent; this is a {kind}.").format(
            kind=f"{type(answers).__module__.partition('.')[0]} {type(answers).__name__}"))  # fmt: skip
    turn = [f"{item}_reversed" for item in items if item not in answers and f"{item}_reversed" in answers]
    if turn:
        raise ValueError(_("{items} must be turned round first: use crm.structural.ecsi_answers, or crm.survey.reverse_items.").format(
            items=", ".join(turn)))  # fmt: skip
    require_columns(answers.columns, items)
    found = {}
    for item in items:
        column = answers[item]
        kinds = pd.api.types
        if not (kinds.is_any_real_numeric_dtype(column) or kinds.is_bool_dtype(column) or column.dtype == object):
            refuse_rows(pd.Series(True, index=answers.index), _("{name} is not a number").format(name=item), _read_on())
        values = pd.to_numeric(column, errors="coerce").astype("float64")
        refuse_rows(values.isna() & column.notna(), _("{name} is not a number").format(name=item), _read_on())
        refuse_rows(values.abs() > _LARGEST, _("{name} is infinite").format(name=item), _read_on())
        found[item] = values
    return pd.DataFrame(found, index=answers.index)


def refuse_outside(answers: pd.DataFrame, low: float, high: float) -> None:
    """Refuse answers below `low` or above `high`.

    >>> refuse_outside(pd.DataFrame({"q": [1.0, 10.0]}), 1, 10)
    """
    for item in answers:
        outside = (answers[item] < low) | (answers[item] > high)
        refuse_rows(
            outside, _("{name} is outside the scale from {low} to {high}").format(name=item, low=f"{low:g}", high=f"{high:g}"),
            _("Mend these answers or say which scale was used."),
        )  # fmt: skip


def usable_rows(answers: pd.DataFrame, missing: str | None) -> np.ndarray:
    """Which rows are used (yes/no): with "drop" the complete ones, else those with at least one answer.

    >>> usable_rows(pd.DataFrame({"a": [1.0, None], "b": [2.0, 3.0]}), "drop").tolist()
    [True, False]
    """
    if missing not in MISSING:
        raise ValueError(
            _('missing is {value}; write "mean" (fill gaps with the mean of the item) or "drop" (leave these rows out).').format(
                value=missing
            )
        )
    gaps = answers.isna()
    if missing is None and gaps.to_numpy().any():
        rows = ", ".join(map(str, answers.index[gaps.any(axis=1)][:3]))
        raise ValueError(
            _(
                "{answers} answer(s) are missing, in {rows} row(s), first {first}. Choose what to do with them: "
                'missing="mean" fills each with the mean of its item, missing="drop" leaves these rows out.'
            ).format(answers=int(gaps.to_numpy().sum()), rows=int(gaps.any(axis=1).sum()), first=rows)
        )
    return ~(gaps.any(axis=1) if missing == "drop" else gaps.all(axis=1)).to_numpy()


def refuse_too_few(answers: pd.DataFrame, least: int) -> None:
    """Refuse a table with fewer rows than `least`, or with an item that everybody answers alike.

    >>> refuse_too_few(pd.DataFrame({"q": [1.0, 2.0]}), 2)
    """
    if len(answers) < least:
        raise ValueError(_("{count} respondent(s) are too few for this model; at least {least} are needed.").format(
            count=len(answers), least=least))  # fmt: skip
    for item in answers:
        known = answers[item].dropna()
        if known.empty:
            raise ValueError(_("Nobody answered {items}.").format(items=item))
        if known.max() - known.min() <= max(1e-12 * float(known.abs().max()), 1e-100):
            raise ValueError(_("{column} is the same for every respondent and cannot measure anything. Leave it out.").format(column=item))


def _read_on() -> str:
    return _("Turn the answers into numbers first; leave empty what was not answered.")
