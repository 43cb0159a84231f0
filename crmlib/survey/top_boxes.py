"""CSAT: the share of answers in the two best boxes of a scale, and how surely we know it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd
from narwhals.typing import IntoFrameT

from crmlib.checks import require_share
from crmlib.i18n import _
from crmlib.survey.answers import given_answers, require_scale
from crmlib.survey.by_group import count_by_group
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class TopBoxes:
    """`share` of `answers` people who chose one of the `boxes` best answers; `missing` more gave none and count nowhere.

    `low` and `high` bound it at confidence `level`; `counts` says how many people gave each answer, from the lowest to the highest.
    """

    share: float
    low: float
    high: float
    level: float
    answers: int
    missing: int
    satisfied: int
    boxes: int
    counts: pd.Series = field(repr=False, compare=False)

    def summary(self) -> str:
        """The result in one sentence."""
        return _("{share:.1%} of {answers} answers are in the top {boxes} boxes ({level:.0%} interval: {low:.1%} to {high:.1%}).").format(
            share=self.share, answers=self.answers, boxes=self.boxes, level=self.level, low=self.low, high=self.high
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """How many people gave each answer, the top boxes in colour; see :func:`crmlib.plotting.top_boxes`."""
        from crmlib.plotting import top_boxes

        return top_boxes(self, ax=ax)


def csat(answers: pd.Series, *, low: int, high: int, boxes: int = 2, level: float = 0.95) -> TopBoxes:
    """CSAT: the share of people who chose one of the two best answers, with Wilson's interval.

    Answers: what share of the customers is satisfied, and could it be chance?

    Parameters
    ----------
    answers : Series of whole points from `low` to `high`, one a respondent
        Missing ones count nowhere and are reported.
    low, high : lowest and highest answer of the scale, for example 1 and 5, or 1 and 10
        CSAT on a five-point scale (4 and 5) and on a ten-point scale (9 and 10) cannot be compared.
    boxes : int, at least 1 and fewer than the scale has points
        How many of the best answers count as satisfied.
    level : float, 0–1
        Confidence of the interval.

    Returns
    -------
    TopBoxes
        share (0–1), low, high, level, answers, missing, satisfied, boxes, counts; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        An answer lies outside the scale, is a fraction or text; nobody answered; or `boxes` does not fit the scale.

    Source: top-two-box scores, Morgan and Rego, *Marketing Science* 25 (2006); interval by Wilson (1927).

    >>> result = csat(pd.Series([5, 4, 4, 3, 1]), low=1, high=5)
    >>> result.share, round(result.low, 3), round(result.high, 3)
    (0.6, 0.231, 0.882)
    """
    _check_boxes(low, high, boxes, level)
    given, missing = given_answers(answers, str(answers.name) if getattr(answers, "name", None) else "answers", low, high)
    satisfied = int((given > high - boxes).sum())
    ends = wilson_interval(satisfied, len(given), level)
    points = pd.RangeIndex(int(low), int(high) + 1, name="answer")
    counts = given.astype(int).value_counts().reindex(points, fill_value=0).rename("answers")
    return TopBoxes(
        satisfied / len(given), *(min(max(end, 0.0), 1.0) for end in ends), level, len(given), missing, satisfied, int(boxes), counts
    )


def csat_by(
    answers: IntoFrameT, *, by: str | list[str], score: str, low: int, high: int, boxes: int = 2, level: float = 0.95
) -> IntoFrameT:
    """CSAT of each group, with Wilson's interval.

    Answers: which groups of customers are satisfied, and which differences could be chance?

    Parameters
    ----------
    answers : pandas, polars (also lazy) or DuckDB table, one row a respondent
    by : column or columns that name the group; rows without a group are left out
    score : column of whole points from `low` to `high`
    low, high, boxes, level : as in :func:`csat`

    Returns
    -------
    a table of the same kind as `answers`, one row a group, in order of `by`
        `by`; answers and missing (counts); csat_share, low and high (shares, 0–1). A group in which nobody answered has none.

    Raises
    ------
    ValueError
        A column is missing; an answer lies outside the scale, is a fraction or text; there are no rows; or `boxes` does not fit the scale.

    Source: top-two-box scores, Morgan and Rego, *Marketing Science* 25 (2006); interval by Wilson (1927).

    >>> answers = pd.DataFrame({"market": ["corporate", "corporate", "walk_in"], "satisfaction_1": [10, 7, 9]})
    >>> csat_by(answers, by="market", score="satisfaction_1", low=1, high=10)[["market", "answers", "csat_share"]].values.tolist()
    [['corporate', 2, 0.5], ['walk_in', 1, 1.0]]
    """
    _check_boxes(low, high, boxes, level)
    counted = count_by_group(answers, by=by, score=score, low=low, high=high, between={"satisfied": (high - boxes + 1, high)},
                             taken=("csat_share", "low", "high"))  # fmt: skip
    some = nw.when(nw.col("answers") > 0)
    least, most = wilson_interval(nw.col("satisfied"), nw.col("answers"), level)
    groups = [by] if isinstance(by, str) else by
    return counted.select(
        *groups,
        nw.col("answers", "missing").cast(nw.Int64),
        csat_share=some.then(nw.col("satisfied") / nw.col("answers")),
        low=some.then(least.clip(0.0, 1.0)),
        high=some.then(most.clip(0.0, 1.0)),
    ).to_native()


def _check_boxes(low: object, high: object, boxes: object, level: float) -> None:
    require_scale(low, high)
    require_share("level", level)
    whole = all(float(end).is_integer() for end in (low, high))
    counted = isinstance(boxes, (int, float, np.number)) and not isinstance(boxes, bool) and float(boxes).is_integer()
    if not whole or not counted or not 1 <= boxes <= high - low:
        raise ValueError(
            _("boxes is {boxes}; on a scale from {low} to {high} it must be a whole number from 1 to {most}.").format(
                boxes=boxes, low=low, high=high, most=int(high - low)
            )
        )
