"""The satisfaction index: a score of 0–100 for every node of a tree, with its interval and its part in the total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_rng, require_share
from crmlib.i18n import _
from crmlib.satisfaction.answers import require_answered, require_answers, respondent_weights, respondents, scores
from crmlib.satisfaction.means import Means, half_width, means, require_resamples, resampled_sums
from crmlib.satisfaction.tree import SCALES, IndexTree, index_tree, weights_sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

METHODS = ("delta", "bootstrap")


@dataclass(frozen=True)
class IndexScore:
    """Scores of all nodes of an index tree.

    `table`, indexed by `indicator`, root first: parent, depth, weight, total_weight, score (0–100), score_low, score_high, contribution
    (total_weight × score: what the node adds to the total; branches, and leaves, sum to it), points_lost (total_weight × (100 − score):
    what the total would gain if the node were perfect), answered (answer sheets that bear on the node).
    """

    table: pd.DataFrame
    tree: IndexTree
    level: float
    method: str
    scale: str
    sheets: int
    people: int

    @property
    def score(self) -> float:
        """The score of the whole."""
        return float(self.table["score"].iloc[0])

    def summary(self) -> str:
        """The result, what was answered by how many, and what kind of weights these are."""
        total, leaves = self.table.iloc[0], [leaf.code for leaf in self.tree.leaves]
        branches = self.table.loc[[branch.code for branch in self.tree.branches] or [self.tree.root.code]]
        worst, fewest = branches["points_lost"].idxmax(), self.table.loc[leaves, "answered"].idxmin()
        told = (
            _(
                "{name}: {score:.1f} of 100; with one respondent nobody knows how sure that is. Most points are lost at: {worst}, "
                "{lost:.1f} of the {missing:.1f} that are missing. Each item is the mean of those who answered it. {weights}"
            )
            if np.isnan(total["score_low"])
            else _(
                "{name}: {score:.1f} of 100 ({level:.0%} interval {low:.1f} to {high:.1f}). Most points are lost at: {worst}, {lost:.1f} "
                "of the {missing:.1f} that are missing. {sheets} answer sheets of {people} respondents; fewest answered: {fewest}, "
                "{answered}. Each item is the mean of those who answered it. {weights}"
            )
        )
        return told.format(
            name=self.tree.label(self.tree.root.code), score=total["score"], level=self.level, low=total["score_low"],
            high=total["score_high"],
            worst=self.tree.label(worst), lost=branches.loc[worst, "points_lost"], missing=100 - total["score"], sheets=self.sheets,
            people=self.people, fewest=self.tree.label(fewest), answered=int(self.table.loc[fewest, "answered"]),
            weights=weights_sentence(self.tree),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """All nodes as bars with their intervals; see :func:`crmlib.plotting.index_scores`."""
        from crmlib.plotting import index_scores

        return index_scores(self, ax=ax)


def index_score(
    answers: pd.DataFrame,
    tree: IndexTree | str | None = None,
    *,
    weights: pd.Series | Sequence[float] | str | None = None,
    level: float = 0.95,
    method: str = "delta",
    scale: str | None = None,
    respondent: str | None = "customer_id",
    resamples: int = 2000,
    rng: np.random.Generator | int | None = None,
) -> IndexScore:
    """Score every node of an index tree from 0 to 100, with intervals and each node's part in the total.

    Answers: how satisfied are our customers, at which stage do we lose the points, and how sure is that?

    Parameters
    ----------
    answers : DataFrame, one row an answer sheet, such as firm.surveys
        The columns that the tree names; empty where not answered. Turn reversed items round first.
    tree : IndexTree, or what :func:`index_tree` reads; None: the State Post Bureau's tree with teaching weights
    weights : Series with the index of answers, numbers in its order, or name of a column; above 0, optional
        What each answer sheet counts, for example the inverse of its chance of an answer.
    level : float, 0–1
        Confidence of the intervals.
    method : "delta" (linearised standard errors and Student's t) or "bootstrap" (percentiles; needs `rng`)
    scale : "of_top" (100 × mean ÷ highest answer) or "of_range" (100 × (mean − lowest) ÷ (highest − lowest)); None: as the tree says
    respondent : column that tells who answered
        Rows of one respondent are not independent; intervals allow for it. Without a column customer_id each row is somebody else.
    resamples : int, at least 100
    rng : numpy Generator, or an int as a seed; for the bootstrap

    Returns
    -------
    IndexScore
        table, score, level, method, scale, sheets, people; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, holds text or lies off its scale; nobody answered an item; an invitation stands twice; a weight is not
        positive.

    Notes
    -----
    A leaf is the mean over those who answered it, so that nobody's gaps are filled. That is right when who answers an item does not hang on
    the answer, among those of equal weight; who never used a service is not asked what its users felt. With one respondent the interval
    is missing. Intervals cover chance only, not customers who did not answer: see :func:`crmlib.survey.nonresponse_report`.

    Source: index tree of 国家邮政局 快递服务公众满意度调查 (2021); linearisation: Särndal, Swensson and Wretman (1992), ch. 5.

    >>> parts = {"a": {"weight": 0.75, "column": "a"}, "b": {"weight": 0.25, "column": "b"}}
    >>> tree = index_tree({"about": {"low": 1, "high": 10}, "total": parts})
    >>> result = index_score(pd.DataFrame({"a": [10, 10, 10], "b": [1, None, 10]}), tree)
    >>> result.score, result.table.contribution.round(1).tolist()
    (87.5, [87.5, 75.0, 12.5])
    """
    tree = index_tree(tree)
    require_share("level", level)
    if method not in METHODS:
        raise ValueError(_("method is {value}; use {known}.").format(value=method, known=_(" or ").join(METHODS)))
    scale = require_scale(scale, tree)
    answers = require_answers(answers)
    values = leaf_scores(answers, tree, scale)
    require_answered(values, tree.columns)
    counted, who = respondent_weights(answers, weights), respondents(answers, respondent)
    found, loadings = means(values, counted, who), tree_loadings(tree)
    if method == "delta":
        estimate, half = loadings @ found.mean, half_width(found.influence @ loadings.T, level)
        low, high = np.clip(estimate - half, 0, 100), np.clip(estimate + half, 0, 100)
    else:
        low, high = _bootstrap(found, loadings, level, require_resamples(resamples), require_rng(rng))
    answered = np.array([(~np.isnan(values[:, row > 0])).any(axis=1).sum() for row in loadings])
    table = node_table(tree, found, answered).assign(score_low=low, score_high=high)
    order = ["parent", "depth", "weight", "total_weight", "score", "score_low", "score_high", "contribution", "points_lost", "answered"]
    return IndexScore(table[order], tree, level, method, scale, len(answers), int(who.max()) + 1)


def require_scale(scale: str | None, tree: IndexTree) -> str:
    """The scale that is asked for, or the tree's own.

    >>> require_scale(None, index_tree())
    'of_top'
    """
    scale = tree.scale if scale is None else scale
    if scale not in SCALES:
        raise ValueError(_("scale is {value}; use {known}.").format(value=scale, known=_(" or ").join(SCALES)))
    return scale


def leaf_scores(answers: pd.DataFrame, tree: IndexTree, scale: str) -> np.ndarray:
    """The answers to the leaves as scores of 0–100, shape (rows, leaves), NaN where not answered.

    >>> tree = index_tree({"about": {"low": 1, "high": 5}, "total": {"a": {"weight": 1, "column": "a"}}})
    >>> leaf_scores(pd.DataFrame({"a": [3]}), tree, "of_top").item(), leaf_scores(pd.DataFrame({"a": [3]}), tree, "of_range").item()
    (60.0, 50.0)
    """
    low, high = (np.array([getattr(leaf, end) for leaf in tree.leaves]) for end in ("low", "high"))
    if scale == "of_top" and (low < 0).any():
        raise ValueError(_('The scale "of_top" needs answers of 0 or more; use "of_range" for answers that go below 0.'))
    values = scores(answers, tree.columns, low, high)
    return 100 * values / high if scale == "of_top" else 100 * (values - low) / (high - low)


def tree_loadings(tree: IndexTree) -> np.ndarray:
    """How much each leaf counts in each node, shape (nodes, leaves); rows sum to 1.

    >>> tree_loadings(index_tree()).shape
    (24, 18)
    """
    place = {leaf.code: number for number, leaf in enumerate(tree.leaves)}
    loadings = np.zeros((len(tree.nodes), len(place)))
    for row, node in enumerate(tree.nodes):
        for leaf in tree.leaves_of(node.code):
            loadings[row, place[leaf.code]] = leaf.total_weight / node.total_weight
    return loadings


def node_table(tree: IndexTree, found: Means, answered: np.ndarray) -> pd.DataFrame:
    """The tree's table with score, contribution, points_lost and answered.

    >>> tree = index_tree({"about": {"low": 0, "high": 1}, "total": {"a": {"weight": 1, "column": "a"}}})
    >>> found = means(np.array([[40.0]]), np.ones(1), np.zeros(1, dtype=int))
    >>> node_table(tree, found, np.array([1, 1])).points_lost.tolist()
    [60.0, 60.0]
    """
    table = tree.table.drop(columns="column")
    table["score"] = tree_loadings(tree) @ found.mean
    table["contribution"] = table["total_weight"] * table["score"]
    table["points_lost"] = table["total_weight"] * (100 - table["score"])
    return table.assign(answered=answered)


def _bootstrap(found: Means, loadings: np.ndarray, level: float, resamples: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    leaves = found.weighted.shape[1]
    if len(found.weights) < 2:
        return np.full(len(loadings), np.nan), np.full(len(loadings), np.nan)
    sums = resampled_sums(np.hstack([found.weighted, found.weights]), resamples, rng)
    with np.errstate(invalid="ignore"):
        drawn = np.where(sums[:, leaves:] > 0, sums[:, :leaves] / sums[:, leaves:], found.mean) @ loadings.T
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    estimate = loadings @ found.mean
    return np.minimum(low, estimate), np.maximum(high, estimate)
