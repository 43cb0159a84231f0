"""SERVQUAL: what customers perceive less what they expect, by item and by the five dimensions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns, require_share
from crmlib.i18n import _, in_a_row
from crmlib.satisfaction.answers import require_answered, require_answers, respondent_weights, respondents, scores
from crmlib.satisfaction.means import half_width, means
from crmlib.segments.labels import segment_label
from crmlib.survey.answers import names_of, require_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PERCEIVED, _EXPECTED = "_perceived", "_expected"


@dataclass(frozen=True)
class ServqualGaps:
    """Gaps between perception and expectation; negative where the firm falls short.

    `items`, indexed by `item`: dimension, expectation, perception, gap, gap_low, gap_high, answered (sheets with both answers).
    `dimensions`, indexed by `dimension`: the same (without dimension), weight (summing to 1) and weighted_gap (weight × gap).
    `gap`, `gap_low`, `gap_high`: the sum of the weighted gaps. `scale`: the lowest and highest answer.
    """

    items: pd.DataFrame
    dimensions: pd.DataFrame
    gap: float
    gap_low: float
    gap_high: float
    level: float
    scale: tuple[float, float] = (1, 7)

    def summary(self) -> str:
        """The gap as a whole, the widest dimension, and which gaps may be chance."""
        worst = self.dimensions["gap"].idxmin()
        row = self.dimensions.loc[worst]
        open_ends = self.dimensions.index[(self.dimensions["gap_low"] <= 0) & (self.dimensions["gap_high"] >= 0)]
        if np.isnan(self.gap_low):
            told = _(
                "On the whole perception differs from expectation by {gap:+.2f} points. With one respondent nobody knows how sure that is."
            )
        elif row["gap"] < 0:
            told = _(
                "On the whole perception differs from expectation by {gap:+.2f} points ({level:.0%} interval {low:+.2f} to {high:+.2f}). "
                "It falls shortest in {worst}: {worst_gap:+.2f} ({worst_low:+.2f} to {worst_high:+.2f})."
            )
        else:
            told = _(
                "On the whole perception differs from expectation by {gap:+.2f} points ({level:.0%} interval {low:+.2f} to {high:+.2f}). "
                "No dimension falls short; the smallest lead is in {worst}: {worst_gap:+.2f} ({worst_low:+.2f} to {worst_high:+.2f})."
            )
        told = told.format(gap=self.gap, level=self.level, low=self.gap_low, high=self.gap_high, worst=segment_label(worst, "dimension"),
                 worst_gap=row["gap"], worst_low=row["gap_low"], worst_high=row["gap_high"])  # fmt: skip
        if len(open_ends):
            names = _(", ").join(segment_label(name, "dimension") for name in open_ends)
            return in_a_row(told, _("These gaps may be chance: {names}.").format(names=names))
        return told

    def plot(self, ax: Axes | None = None) -> Axes:
        """Expectation and perception of each dimension; see :func:`crmlib.plotting.servqual_gaps`."""
        from crmlib.plotting import servqual_gaps as draw

        return draw(self, ax=ax)


def servqual_gaps(
    answers: pd.DataFrame,
    dimensions: Mapping[str, Sequence[str]] | None = None,
    *,
    dimension_weights: Mapping[str, float] | None = None,
    low: float = 1,
    high: float = 7,
    weights: pd.Series | Sequence[float] | str | None = None,
    level: float = 0.95,
    respondent: str | None = "customer_id",
) -> ServqualGaps:
    """Subtract what customers expect of a good firm from what they perceive, pair by pair.

    Answers: where do we fall short of what customers expect, and is the gap more than chance?

    Parameters
    ----------
    answers : DataFrame, one row an answer sheet, such as firm.surveys
        Each item has two columns: <item>_expected and <item>_perceived.
    dimensions : mapping from a dimension to its items; None: every item with both columns, its dimension the name before its number
    dimension_weights : mapping from every dimension to its weight, in any unit (they are divided by their sum); None: all the same
    low, high : float, ends of the answer scale
    weights : what each answer sheet counts, optional
    level : float, 0–1
    respondent : column that tells who answered

    Returns
    -------
    ServqualGaps
        items, dimensions, gap, gap_low, gap_high, level; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        No pair is found, a column of a pair is missing, holds text or lies off the scale, nobody answered both, or weights are not
        positive.

    Notes
    -----
    Only sheets with both answers of a pair count for it, so that the difference is one between the same people's answers. The interval is
    that of a paired difference (Student's t, rows of one respondent together). Of a dimension: the plain mean of its items.

    Source: Parasuraman, Zeithaml and Berry (1988), Journal of Retailing 64 (1), 12–40 (22 pairs; the simulated firm asks 10).

    >>> table = pd.DataFrame({"empathy_1_expected": [6, 7, 6], "empathy_1_perceived": [5, 5, 5]})
    >>> servqual_gaps(table).items[["gap", "answered"]].round(2).values.tolist()
    [[-1.33, 3.0]]
    """
    require_share("level", level)
    answers = require_answers(answers)
    require_scale(low, high)
    if not isinstance(dimensions, (Mapping, type(None))):
        raise ValueError(_('dimensions must name each dimension and its items, as in {"empathy": ["empathy_1", "empathy_2"]}.'))
    grouped = _pairs(answers) if dimensions is None else {name: names_of(items, least=0) for name, items in dimensions.items()}
    items = [item for group in grouped.values() for item in group]
    if not items or len(set(items)) < len(items) or not all(grouped.values()):
        raise ValueError(_("Every dimension needs items, and an item belongs to one dimension only. An item is a pair of columns, "
                           "<item>_expected and <item>_perceived; found: {items}.").format(items=", ".join(items) or "–"))  # fmt: skip
    require_columns(answers.columns, [item + side for item in items for side in (_EXPECTED, _PERCEIVED)])
    expected = scores(answers, [item + _EXPECTED for item in items], low, high)
    perceived = scores(answers, [item + _PERCEIVED for item in items], low, high)
    gaps = perceived - expected
    require_answered(gaps, items)
    counted, who = respondent_weights(answers, weights), respondents(answers, respondent)
    both = ~np.isnan(gaps)
    found = {name: means(np.where(both, values, np.nan), counted, who)
             for name, values in (("expectation", expected), ("perception", perceived), ("gap", gaps))}  # fmt: skip
    share = _shares(grouped, dimension_weights)
    loadings = np.array([[1 / len(group) if item in group else 0.0 for item in items] for group in grouped.values()])
    whole = share @ loadings

    def table(matrix: np.ndarray, index: pd.Index) -> pd.DataFrame:
        half = half_width(found["gap"].influence @ matrix.T, level)
        made = pd.DataFrame({name: matrix @ part.mean for name, part in found.items()}, index=index)
        return made.assign(gap_low=made["gap"] - half, gap_high=made["gap"] + half)

    of_item = [name for name, group in grouped.items() for _item in group]
    per_item = table(np.eye(len(items)), pd.Index(items, name="item")).assign(answered=found["gap"].answered)
    per_item.insert(0, "dimension", of_item)
    per_dimension = table(loadings, pd.Index(grouped, name="dimension"))
    per_dimension["answered"] = [int(both[:, row > 0].any(axis=1).sum()) for row in loadings]
    per_dimension = per_dimension.assign(weight=share, weighted_gap=share * per_dimension["gap"])
    total = table(whole[None, :], pd.Index(["total"])).iloc[0]
    return ServqualGaps(per_item, per_dimension, float(total["gap"]), float(total["gap_low"]), float(total["gap_high"]), level, (low, high))


def _pairs(answers: pd.DataFrame) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name in map(str, answers.columns):
        if name.endswith(_EXPECTED) and name.removesuffix(_EXPECTED) + _PERCEIVED in answers.columns:
            item = name.removesuffix(_EXPECTED)
            grouped.setdefault(re.sub(r"_?\d+$", "", item) or item, []).append(item)
    return grouped


def _shares(grouped: Mapping[str, Sequence[str]], weights: Mapping[str, float] | None) -> np.ndarray:
    if weights is None:
        return np.full(len(grouped), 1 / len(grouped))
    if set(weights) != set(grouped):
        raise ValueError(_("dimension_weights must name exactly these: {names}.").format(names=", ".join(grouped)))
    try:
        found = np.array([float(weights[name]) for name in grouped])
    except (TypeError, ValueError):
        found = np.array([np.nan])
    if not (np.isfinite(found).all() and (found > 0).all()):
        raise ValueError(_("dimension_weights must be numbers above 0."))
    return found / found.sum()
