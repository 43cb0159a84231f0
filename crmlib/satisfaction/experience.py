"""The customer-experience index: one number a period, and which branch of the tree moved it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns, require_share
from crmlib.i18n import _, in_a_row
from crmlib.satisfaction.answers import require_answers, respondent_weights, respondents
from crmlib.satisfaction.index import leaf_scores, node_table, require_scale, tree_loadings
from crmlib.satisfaction.means import Means, half_width, means
from crmlib.satisfaction.tree import IndexTree, index_tree
from crmlib.segments.per_customer import day
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PARTS = ("performance", "mix", "weights")


@dataclass(frozen=True)
class ExperienceIndex:
    """The index of each period and what moved it from one period to another.

    `table`, indexed by `period`: score, score_low, score_high, change, change_low, change_high (against the last scored period before),
    sheets, enough (whether the period is scored at all). `nodes`: one row a period and node: period, indicator, score, contribution,
    points_lost, answered. `drivers`, indexed by `indicator`, one row a branch, from period `before` to period `after`: performance, mix,
    weights, change (their sum, so that the column sums to the change of the total), change_low, change_high. `change_low`, `change_high`:
    the same of the total.
    """

    table: pd.DataFrame
    nodes: pd.DataFrame
    drivers: pd.DataFrame
    before: object
    after: object
    change_low: float
    change_high: float
    level: float
    tree: IndexTree

    @property
    def change(self) -> float:
        """By how much the total changed from `before` to `after`."""
        return float(self.table.at[self.after, "score"] - self.table.at[self.before, "score"])

    def summary(self) -> str:
        """The change, whether it is more than chance, and the branch that moved it most."""
        low, high = self.change_low, self.change_high
        told = [_(
            "{name} went from {first:.1f} ({before}) to {last:.1f} ({after}): {change:+.1f} points, {level:.0%} interval {low:+.1f} to "
            "{high:+.1f}."
        ).format(
            name=self.tree.label(self.tree.root.code), first=self.table.at[self.before, "score"], last=self.table.at[self.after, "score"],
            before=_period(self.before), after=_period(self.after), change=self.change, level=self.level, low=low, high=high)]  # fmt: skip
        most = self.drivers["change"].abs().idxmax()
        told.append(_("Most of the movement comes from: {branch}, {change:+.1f}.").format(
            branch=self.tree.label(most), change=self.drivers.at[most, "change"]))  # fmt: skip
        if low <= 0 <= high:
            told.append(_("The whole change may be chance: do not praise or blame anybody for it."))
        if (~self.table["enough"]).any():
            told.append(_("{count} period(s) have too few answers and are not scored.").format(count=int((~self.table["enough"]).sum())))
        return in_a_row(*told)

    def plot(self, ax: Axes | None = None) -> Axes:
        """From the earlier score to the later one, branch by branch; see :func:`crmlib.plotting.experience_change`."""
        from crmlib.plotting import experience_change

        return experience_change(self, ax=ax)


def experience_index(
    answers: pd.DataFrame,
    tree: IndexTree | str | Mapping[object, IndexTree] | None = None,
    *,
    by: str = "wave",
    before: object = None,
    after: object = None,
    mix: str | pd.Series | None = None,
    weights: pd.Series | Sequence[float] | str | None = None,
    level: float = 0.95,
    scale: str | None = None,
    respondent: str | None = "customer_id",
    min_answers: int | None = None,
) -> ExperienceIndex:
    """Follow the index from period to period and split its change by branch.

    Answers: did the experience get better, is that more than chance, and who is to be thanked or asked?

    Parameters
    ----------
    answers : DataFrame, one row an answer sheet, such as firm.surveys
    tree : as in :func:`index_score`; or a mapping from each period to its tree, where weights were changed on the way (same items)
    by : column with the period of each sheet; "month": the month of answered_on
    before, after : periods between which the change is split; None: the first and the last scored period
    mix : column of answers, or Series with its index, that groups respondents, such as their market, optional
        With it, what comes from other people answering is kept apart from what comes from service.
    weights, level, scale, respondent : as in :func:`index_score`
    min_answers : sheets that a period needs to be scored; None: the standard satisfaction.min_answers

    Returns
    -------
    ExperienceIndex
        table, nodes, drivers, before, after, change, change_low, change_high, level, tree; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        As in :func:`index_score`; no two periods have enough answers; a period is missing or unknown; trees have other items.

    Notes
    -----
    The total is Σ share × mean over items. Its change is split into performance, Σ average share × change of the mean, and weights, Σ
    change of the share × (average mean − average total); with `mix`, performance again into the change within groups and the change of
    their shares, each at the average of the other. The parts sum to the change without remainder. Intervals allow for customers who
    answered in both periods.

    Source: 《2025国际快递行业客户关系管理体系研究》 (客户体验指数，每月分析并迭代服务); the split with averages: Bennet (1920).

    >>> parts = {"a": {"weight": 0.5, "column": "a"}, "b": {"weight": 0.5, "column": "b"}}
    >>> tree = index_tree({"about": {"low": 0, "high": 10}, "total": parts})
    >>> table = pd.DataFrame({"wave": [1, 1, 2, 2], "a": [6, 8, 8, 8], "b": [5, 5, 5, 7]})
    >>> result = experience_index(table, tree, min_answers=1)
    >>> result.change, result.drivers.change.tolist()
    (10.0, [5.0, 5.0])
    """
    require_share("level", level)
    answers = require_answers(answers)
    period = _periods(answers, by)
    labels = _in_order(period, by)
    trees = _trees(tree, labels)
    first_tree = trees[labels[0]]
    scale, counted = require_scale(scale, first_tree), respondent_weights(answers, weights)
    who, groups = respondents(answers, respondent), _groups(answers, mix)
    least = get("satisfaction.min_answers", unit="count") if min_answers is None else min_answers
    if isinstance(least, bool) or not isinstance(least, (int, float, np.integer)) or not least >= 1:
        raise ValueError(_("min_answers is {value}; use a whole number of 1 or more.").format(value=least))
    values, people = leaf_scores(answers, first_tree, scale), int(who.max()) + 1
    found, rows = {}, {}
    for label in labels:
        rows[label] = (period == label).to_numpy()
        found[label] = means(values[rows[label]], counted[rows[label]], who[rows[label]], people)
    scored = [label for label in labels if rows[label].sum() >= least and not np.isnan(found[label].mean).any()]
    if len(scored) < 2:
        raise ValueError(
            _(
                "A change needs two periods with at least {least} answer sheets each; here {scored} of {periods}. Take more answers, "
                "longer periods, or a smaller min_answers."
            ).format(least=least, scored=len(scored), periods=len(labels))
        )
    before, after = _known(before, scored, scored[0], "before"), _known(after, scored, scored[-1], "after")
    if before == after:
        raise ValueError(_("before and after are the same period, {period}; a change needs two.").format(period=_period(before)))
    table = _by_period(labels, scored, found, rows, trees, level)
    nodes = pd.concat([_nodes(label, trees[label], found[label], values[rows[label]]) for label in scored], ignore_index=True)
    sides = [(trees[label], found[label], rows[label]) for label in (before, after)]
    drivers, low, high = _drivers(sides, values, counted, groups, level)
    return ExperienceIndex(table, nodes, drivers, before, after, low, high, level, trees[after])


def _drivers(
    sides: list, values: np.ndarray, counted: np.ndarray, groups: np.ndarray | None, level: float
) -> tuple[pd.DataFrame, float, float]:
    (old_tree, old, old_rows), (new_tree, new, new_rows) = sides
    old_share, new_share = (np.array([leaf.total_weight for leaf in tree.leaves]) for tree in (old_tree, new_tree))
    share, mean = (old_share + new_share) / 2, (old.mean + new.mean) / 2
    total = (old_share @ old.mean + new_share @ new.mean) / 2
    mixed = np.zeros(len(share))
    if groups is not None:
        mixed = _mix_effect(values, counted, groups, old_rows, new_rows)
    per_leaf = pd.DataFrame({"performance": share * (new.mean - old.mean - mixed), "mix": share * mixed,
                             "weights": (new_share - old_share) * (mean - total)})  # fmt: skip
    member = np.array([[float(leaf.code in {own.code for own in new_tree.leaves_of(branch.code)}) for leaf in new_tree.leaves]
                       for branch in new_tree.branches])  # fmt: skip
    drivers = pd.DataFrame(member @ per_leaf.to_numpy(), columns=list(_PARTS),
                           index=pd.Index([branch.code for branch in new_tree.branches], name="indicator"))  # fmt: skip
    drivers["change"] = drivers.sum(axis=1)
    # To first order: the shares are known, so errors come from the means alone, those in the average total included.
    half_step = (new_share - old_share) / 2
    errors = new.influence * (share + half_step) - old.influence * (share - half_step)
    of_total = (old.influence @ old_share + new.influence @ new_share) / 2
    of_branch = errors @ member.T - np.outer(of_total, member @ (new_share - old_share))
    present = ((old.weights > 0) | (new.weights > 0)).any(axis=1)
    half = half_width(np.column_stack([of_branch, errors.sum(axis=1)])[present], level)
    drivers["change_low"], drivers["change_high"] = drivers["change"] - half[:-1], drivers["change"] + half[:-1]
    change = float(drivers["change"].sum())
    return drivers, change - float(half[-1]), change + float(half[-1])


def _mix_effect(values: np.ndarray, counted: np.ndarray, groups: np.ndarray, old_rows: np.ndarray, new_rows: np.ndarray) -> np.ndarray:
    """For each leaf, by how much its mean changed because the groups' shares among those who answered it changed."""
    there = ~np.isnan(values)
    shares, levels = [], []
    for rows in (old_rows, new_rows):
        size = np.stack([(counted[:, None] * there)[rows & (groups == group)].sum(axis=0) for group in range(groups.max() + 1)])
        sums = np.stack(
            [np.where(there, values * counted[:, None], 0.0)[rows & (groups == group)].sum(axis=0) for group in range(groups.max() + 1)]
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            levels.append(sums / size)
        shares.append(size / size.sum(axis=0))
    # A group that answered in one period only is taken to have felt the same in the other: all that it moves is mix.
    old, new = (np.where(np.isnan(own), other, own) for own, other in (levels, levels[::-1]))
    middle = np.nan_to_num((old + new) / 2)
    return ((shares[1] - shares[0]) * middle).sum(axis=0)


def _by_period(labels: list, scored: list, found: Mapping[object, Means], rows: Mapping, trees: Mapping, level: float) -> pd.DataFrame:
    table, last = [], None
    for label in labels:
        row: dict[str, object] = {"sheets": int(rows[label].sum()), "enough": label in scored}
        if label in scored:
            errors = found[label].influence @ tree_loadings(trees[label])[0]
            row["score"] = float(tree_loadings(trees[label])[0] @ found[label].mean)
            half = _half(errors, found[label].weights, level)
            row |= {"score_low": max(row["score"] - half, 0.0), "score_high": min(row["score"] + half, 100.0)}
            if last is not None:
                change, both = row["score"] - last[0], np.maximum(found[label].weights, last[2])
                half = _half(errors - last[1], both, level)
                row |= {"change": change, "change_low": change - half, "change_high": change + half}
            last = (row["score"], errors, found[label].weights)
        table.append(row)
    columns = ["score", "score_low", "score_high", "change", "change_low", "change_high", "sheets", "enough"]
    return pd.DataFrame(table, index=pd.Index(labels, name="period")).reindex(columns=columns)


def _half(errors: np.ndarray, weights: np.ndarray, level: float) -> float:
    """Half the interval, with as many respondents as answered in the period(s) at all."""
    return float(half_width(errors[(weights > 0).any(axis=1), None], level)[0])


def _nodes(label: object, tree: IndexTree, found: Means, values: np.ndarray) -> pd.DataFrame:
    loadings = tree_loadings(tree)
    answered = np.array([(~np.isnan(values[:, row > 0])).any(axis=1).sum() for row in loadings])
    table = node_table(tree, found, answered)[["score", "contribution", "points_lost", "answered"]].reset_index()
    table.insert(0, "period", label)
    return table


def _periods(answers: pd.DataFrame, by: str) -> pd.Series:
    column = "answered_on" if by == "month" and "month" not in answers.columns else by
    require_columns(answers.columns, [column])
    refuse_rows(answers[column].isna(), _("{name} is missing").format(name=column), _("Fill it in, or drop these rows."))
    if column == by:
        return answers[by]
    if answers[column].dtype.kind != "M":
        raise ValueError(_("{name} is no date. Turn it into dates first, with pd.to_datetime.").format(name=column))
    days = answers[column].dt.tz_localize(None).astype("datetime64[us]")
    return days.dt.to_period("M").dt.to_timestamp()


def _in_order(period: pd.Series, by: str) -> list:
    try:
        return list(pd.Index(period.unique()).sort_values())
    except TypeError:
        raise ValueError(
            _("{column} mixes texts and numbers, so its groups have no order. Turn all of it into text first.").format(column=by)
        ) from None


def _trees(tree: object, labels: list) -> dict[object, IndexTree]:
    if not isinstance(tree, Mapping) or any(isinstance(value, Mapping) for value in tree.values()):
        return dict.fromkeys(labels, index_tree(tree))
    lacking = [str(label) for label in labels if label not in tree]
    if lacking:
        raise ValueError(_("There is no tree for the period(s) {periods}.").format(periods=", ".join(lacking)))
    trees = {label: index_tree(tree[label]) for label in labels}
    shapes = {tuple((node.code, node.parent, node.column) for node in one.nodes) for one in trees.values()}
    if len(shapes) > 1:
        raise ValueError(_("The trees must have the same nodes in the same order; only their weights may differ."))
    return trees


def _groups(answers: pd.DataFrame, mix: str | pd.Series | None) -> np.ndarray | None:
    if mix is None:
        return None
    if isinstance(mix, str):
        require_columns(answers.columns, [mix])
        mix = answers[mix]
    if not isinstance(mix, pd.Series) or not mix.index.equals(answers.index):
        raise ValueError(_("mix must be a column of answers, or a Series with the same index."))
    refuse_rows(mix.isna(), _("{name} is missing").format(name=mix.name or "mix"), _("Fill it in, or drop these rows."))
    return pd.factorize(mix)[0]


def _known(period: object, scored: list, usual: object, name: str) -> object:
    if period is None:
        return usual
    wanted = day(period, name) if isinstance(scored[0], pd.Timestamp) else period
    if wanted not in scored:
        raise ValueError(_("{name} is {value}, which is no scored period. There are: {periods}.").format(
            name=name, value=period, periods=", ".join(_period(label) for label in scored)))  # fmt: skip
    return wanted


def _period(label: object) -> str:
    return f"{label:%Y-%m}" if isinstance(label, pd.Timestamp) else f"{label:g}" if isinstance(label, float) else str(label)
