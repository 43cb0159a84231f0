"""Answers as numbers: columns checked against their scale, one weight a respondent, and who answered more than once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.segments.per_customer import numbers


def require_answers(answers: object) -> pd.DataFrame:
    """`answers`, a frame with at least one row in which no invitation was answered twice.

    >>> len(require_answers(pd.DataFrame({"q": [1, 2]})))
    2
    """
    if not isinstance(answers, pd.DataFrame):
        raise ValueError(_("answers must be a table with one row an answer sheet, such as firm.surveys; this is a {kind}.").format(
            kind=type(answers).__name__))  # fmt: skip
    if answers.empty:
        raise ValueError(_("There are no answers at all. Check the wave and the filter that they come from."))
    if "invitation_id" in answers.columns:
        refuse_rows(answers["invitation_id"].duplicated(keep=False) & answers["invitation_id"].notna(),
                    _("invitation_id stands more than once"),
                    _("Keep one answer sheet an invitation, with .drop_duplicates(\"invitation_id\")."))  # fmt: skip
    return answers


def scores(answers: pd.DataFrame, columns: Iterable[str], low: float | Sequence[float], high: float | Sequence[float]) -> np.ndarray:
    """The columns as floats, shape (rows, columns), NaN where nothing was answered; text and answers off the scale are refused.

    >>> scores(pd.DataFrame({"q": [1, None, 10]}), ["q"], 1, 10).ravel().tolist()
    [1.0, nan, 10.0]
    """
    columns = list(columns)
    require_columns(answers.columns, columns)
    lows, highs = (np.broadcast_to(np.asarray(end, dtype=float), len(columns)) for end in (low, high))
    found = np.empty((len(answers), len(columns)))
    for place, name in enumerate(columns):
        values = numbers(answers[name], name, missing_ok=True)
        refuse_rows((values < lows[place]) | (values > highs[place]), _("{name} lies outside its scale of {low:g} to {high:g}").format(
            name=name, low=lows[place], high=highs[place]), _("Mend or empty these answers first."))  # fmt: skip
        found[:, place] = values.to_numpy()
    return found


def respondent_weights(answers: pd.DataFrame, weights: pd.Series | Sequence[float] | str | None) -> np.ndarray:
    """One weight above 0 a row, of mean 1; without weights everybody counts the same.

    >>> respondent_weights(pd.DataFrame({"q": [1, 2]}), [1, 3]).tolist()
    [0.5, 1.5]
    """
    if weights is None:
        return np.ones(len(answers))
    if isinstance(weights, str):
        require_columns(answers.columns, [weights])
        weights = answers[weights]
    if not isinstance(weights, (pd.Series, Sequence, np.ndarray)):
        raise ValueError(
            _("weights must be the name of a column, or one number a row; this is a {kind}.").format(kind=type(weights).__name__)
        )
    if isinstance(weights, pd.Series) and not weights.index.equals(answers.index):
        raise ValueError(_("weights must have the same index as answers, row by row. Join them first, for example on invitation_id."))
    if len(weights) != len(answers):
        raise ValueError(_("There are {weights} weights for {answers} answer sheets; give one a row.").format(
            weights=len(weights), answers=len(answers)))  # fmt: skip
    found = numbers(pd.Series(np.asarray(weights), index=answers.index), "weights")
    refuse_rows(found <= 0, _("weights is not above 0"), _("Drop the rows that should not count."))
    return (found / found.mean()).to_numpy()


def respondents(answers: pd.DataFrame, respondent: str | None) -> np.ndarray:
    """The number of the respondent of each row: rows of one customer hang together. Without the column each row is somebody else.

    >>> respondents(pd.DataFrame({"customer_id": ["c1", "c2", "c1"]}), "customer_id").tolist()
    [0, 1, 0]
    """
    if respondent is None or (respondent == "customer_id" and respondent not in answers.columns):
        return np.arange(len(answers))
    require_columns(answers.columns, [respondent])
    refuse_rows(answers[respondent].isna(), _("{name} is missing").format(name=respondent), _("Fill it in, or drop these rows."))
    return pd.factorize(answers[respondent])[0]


def require_answered(values: np.ndarray, columns: Sequence[str], where: str = "") -> None:
    """Refuse a column that nobody answered: its mean would have to be made up.

    >>> require_answered(np.array([[1.0], [np.nan]]), ["q"])
    """
    empty = [name for name, answered in zip(columns, (~np.isnan(values)).any(axis=0), strict=True) if not answered]
    if empty:
        raise ValueError(_("Nobody answered {columns}{where}. Leave it out of the tree, or take more answers.").format(
            columns=", ".join(empty), where=where))  # fmt: skip
