"""Constructs as index scores from 0 to 100, and which of them to mend first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns, require_share
from crmlib.i18n import _, in_a_row
from crmlib.structural.answers import numeric_answers, refuse_outside
from crmlib.structural.estimate import PathModel
from crmlib.structural.labels import construct_label
from crmlib.survey.intervals import normal_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class ConstructMap:
    """`table`, by construct: importance (points by which `target` rises when the construct rises by one point, by all ways together),
    total_effect (the same in standard deviations), performance (score, 0–100) and quadrant (mend_first, keep_up, low_priority,
    possible_overkill). The quadrants meet at `middle`: mean importance, mean performance."""

    table: pd.DataFrame
    target: str
    target_score: float
    middle: tuple[float, float]

    def summary(self) -> str:
        """The result in one or two sentences: the lever, and where it stands."""
        first = self.table["importance"].abs().idxmax()
        row = self.table.loc[first]
        words = _(
            "{target} stands at {score:.1f} of 100. {construct} weighs most: in the model one point more brings {effect:+.2f} points, and "
            "it stands at {performance:.1f}."
        ).format(target=construct_label(self.target), score=self.target_score, construct=construct_label(first), effect=row["importance"],
                 performance=row["performance"])  # fmt: skip
        mend = [construct_label(name) for name in self.table.index[self.table["quadrant"] == "mend_first"]]
        return in_a_row(words, _("To mend first: {names}.").format(names=", ".join(mend))) if mend else words

    def plot(self, ax: Axes | None = None) -> Axes:
        """The map; see :func:`crmlib.plotting.construct_map`."""
        from crmlib.plotting import construct_map

        return construct_map(self, ax=ax)


def acsi_score(
    answers: pd.DataFrame | pd.Series | Mapping[str, float], *, weights: Mapping[str, float], low: float = 1, high: float = 10
) -> float:
    """An index score from 0 to 100: the weighted mean of the items as a share of their scale.

    Answers: how satisfied are our customers, as one number that can be compared from year to year?

    Parameters
    ----------
    answers : DataFrame (one row a respondent; gaps are left out item by item), or the mean of each item
    weights : item → its weight, 0 or more
        Only their proportions count: they are made to sum to 1.
    low, high : float
        The ends of the scale; ACSI uses 1 to 10.

    Returns
    -------
    float, 0–100
        Σ w (mean − low) / (high − low) × 100

    Raises
    ------
    ValueError
        An item is missing, holds text or lies outside the scale; a weight is negative or no number, or all are 0.

    Source: Fornell et al., The American Customer Satisfaction Index, Journal of Marketing 60 (1996).

    >>> weights = {"overall": 0.3885, "expectations": 0.3190, "ideal": 0.2925}
    >>> round(acsi_score({"overall": 8, "expectations": 7, "ideal": 7}, weights=weights), 2)
    70.98
    """
    _require_scale(low, high)
    if not isinstance(weights, (Mapping, pd.Series)) or len(weights) == 0:
        raise ValueError(_("weights must give a number for each item: {example}.").format(example='{"satisfaction_1": 0.4, …}'))
    if not isinstance(answers, (pd.DataFrame, pd.Series, Mapping)):
        raise ValueError(_("answers must be a table of answers, or the mean of each item: {example}.").format(
            example='{"satisfaction_1": 7.2, …}'))  # fmt: skip
    table = answers if isinstance(answers, pd.DataFrame) else pd.DataFrame({name: [mean] for name, mean in dict(answers).items()})
    items = list(weights.keys())
    require_columns(table.columns, items)
    numbers = numeric_answers(table, items)
    refuse_outside(numbers, low, high)
    means = numbers.mean()
    if means.isna().any():
        raise ValueError(_("Nobody answered {items}.").format(items=", ".join(means.index[means.isna()])))
    sizes = pd.to_numeric(pd.Series(dict(weights)), errors="coerce").astype(float)
    if not np.isfinite(sizes).all() or (sizes < 0).any() or sizes.sum() == 0:
        raise ValueError(_("The weights {weights} must be numbers of 0 or more, not all 0.").format(weights=dict(weights)))
    return float((sizes / sizes.sum() * (means - low)).sum() / (high - low) * 100)


def index_scores(result: PathModel, *, low: float = 1, high: float = 10, level: float = 0.95) -> pd.DataFrame:
    """Every construct of a model as an index score from 0 to 100, with the items weighted as the model found.

    Answers: where do image, quality, value and satisfaction stand?

    Parameters
    ----------
    result : PathModel, from :func:`path_model`
    low, high : float
        The ends of the scale on which all items were answered.
    level : float, 0–1
        Confidence of the intervals.

    Returns
    -------
    DataFrame, by construct
        score (0–100), standard_error (points; of respondents drawn by chance, the weights taken as known), score_low, score_high. Each row
        counts as another person: where customers answered more than once, both are too sure.

    Raises
    ------
    ValueError
        An answer lies outside the scale, or a weight is negative, so that the score could leave 0–100.

    Source: Fornell et al. (1996): weights in the units of the items, made to sum to 1.

    >>> from crmlib.structural.estimate import path_model
    >>> answers = pd.DataFrame({"q": [1, 10, 10, 1, 10, 4], "s": [3, 9, 8, 4, 10, 2]})
    >>> result = path_model(answers, paths=[("quality", "satisfaction")], blocks={"quality": ["q"], "satisfaction": ["s"]})
    >>> index_scores(result).score.round(1).tolist()
    [55.6, 55.6]
    """
    _require_model(result, "index_scores")
    require_share("level", level)
    _require_scale(low, high)
    refuse_outside(result.answers, low, high)
    answers = result.answers.fillna(result.answers.mean())
    per_point = _weights_per_point(result)
    scores = pd.DataFrame({
        name: (answers[block.index] - low) @ (block / block.sum()) / (high - low) * 100
        for name, block in per_point.groupby(result.items["construct"], sort=False)
    })  # fmt: skip
    table = pd.DataFrame({"score": scores.mean(), "standard_error": scores.std() / np.sqrt(len(scores))})
    half = normal_quantile(level) * table["standard_error"]
    table = table.assign(score_low=(table["score"] - half).clip(lower=0), score_high=(table["score"] + half).clip(upper=100))
    return table.rename_axis("construct")


def importance_performance_map(result: PathModel, *, target: str = "satisfaction", low: float = 1, high: float = 10) -> ConstructMap:
    """Which constructs move the target most, and how well they stand.

    Answers: where does a point of improvement bring most satisfaction, and where is there room for it?

    Parameters
    ----------
    result : PathModel, from :func:`path_model`
    target : the construct that is to rise
    low, high : float
        The ends of the scale on which all items were answered.

    Returns
    -------
    ConstructMap
        table (importance, total_effect, performance, quadrant), target, target_score, middle; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        No path leads to the target, an answer lies outside the scale, or a weight is negative.

    Notes
    -----
    Importance is the total effect: what an arrow does directly and by way of other constructs. It is a lever only so far as the arrows are
    causes. Where more of a construct is worse (complaints), its performance must be read the other way round.

    Source: Martilla and James (1977); Ringle and Sarstedt (2016) for total effects on the scale of the scores.

    >>> from crmlib.structural.estimate import path_model
    >>> answers = pd.DataFrame({"q": [1, 10, 10, 1, 10, 4], "s": [3, 9, 8, 4, 10, 2]})
    >>> result = path_model(answers, paths=[("quality", "satisfaction")], blocks={"quality": ["q"], "satisfaction": ["s"]})
    >>> importance_performance_map(result).table.round(2).iloc[0, :3].tolist()
    [0.68, 0.9, 55.56]
    """
    _require_model(result, "importance_performance_map")
    if not isinstance(target, str):
        raise ValueError(_("target must be the name of one construct; this is {value}.").format(value=target))
    effects = result.effects[result.effects["target"] == target].set_index("driver")["total"]
    if effects.empty:
        raise ValueError(_("No path leads to {target}. Choose one of: {known}.").format(
            target=target, known=", ".join(dict.fromkeys(result.effects["target"]))))  # fmt: skip
    scores = index_scores(result, low=low, high=high)["score"]
    spread = _points_a_deviation(result)
    table = pd.DataFrame({
        "importance": effects * spread[target] / spread[effects.index], "total_effect": effects, "performance": scores[effects.index],
    }).rename_axis("construct")  # fmt: skip
    middle = float(table["importance"].abs().mean()), float(table["performance"].mean())
    weighty, good = table["importance"].abs() >= middle[0], table["performance"] >= middle[1]
    table["quadrant"] = np.select([weighty & ~good, weighty, ~good], ["mend_first", "keep_up", "low_priority"], "possible_overkill")
    return ConstructMap(table, target, float(scores[target]), middle)


def _weights_per_point(result: PathModel) -> pd.Series:
    """Outer weights for answers in points, by item."""
    weights = result.items["weight"]
    negative = weights.index[weights < 0]
    if len(negative):
        raise ValueError(
            _("The weight of {items} is negative, so no score from 0 to 100 can be made. Turn the item round, or leave it out.").format(
                items=", ".join(negative)
            )
        )
    return weights / result.answers.fillna(result.answers.mean()).std() if result.scaled else weights


def _points_a_deviation(result: PathModel) -> pd.Series:
    """How many points of the scale (but for its length) one standard deviation of each construct is."""
    points = 1 / _weights_per_point(result).groupby(result.items["construct"]).sum()
    # Consistent paths are those between constructs without error, whose spread is smaller than that of their scores.
    return points * np.sqrt(result.constructs["rho_a"].fillna(1.0)) if result.consistent else points


def _require_model(result: object, name: str) -> None:
    if not isinstance(result, PathModel):
        raise ValueError(_("{function} needs what {maker} gives, not a {kind}.").format(
            function=name, maker="crm.structural.path_model", kind=type(result).__name__))  # fmt: skip


def _require_scale(low: float, high: float) -> None:
    if not all(isinstance(end, (int, float, np.number)) and np.isfinite(end) for end in (low, high)) or not low < high:
        raise ValueError(_("The scale from {low} to {high} is none: low must be less than high.").format(low=low, high=high))
