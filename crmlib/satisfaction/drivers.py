"""What may drive satisfaction: one score a driver and respondent, and the outcome that they are held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.i18n import _
from crmlib.satisfaction.answers import require_answers, scores
from crmlib.satisfaction.index import leaf_scores, require_scale
from crmlib.satisfaction.tree import IndexTree, index_tree

_OUTCOME = "satisfaction_"
_STATED = "importance_"


@dataclass(frozen=True)
class Drivers:
    """`values`: shape (rows, drivers), NaN where nothing was answered; `outcome`: one number a row; `stated`: shape (rows, drivers), how
    important the respondent calls each driver, all NaN where nobody was asked; `tree`: where the drivers are branches of one."""

    names: tuple[str, ...]
    values: np.ndarray
    outcome: np.ndarray
    stated: np.ndarray
    tree: IndexTree | None = None


def drivers_of(
    answers: pd.DataFrame,
    drivers: IndexTree | Mapping[str, str | Sequence[str]] | Sequence[str] | str | None,
    outcome: str | Sequence[str] | None,
    stated: Mapping[str, str] | None,
) -> Drivers:
    """The drivers of `answers` as :func:`importance_weights` describes them.

    >>> table = pd.DataFrame({"speed": [8, 6], "care": [7, 9], "satisfaction_1": [8, 7], "importance_speed": [9, 9]})
    >>> found = drivers_of(table, ["speed", "care"], None, None)
    >>> found.outcome.tolist(), found.stated[0].tolist()
    ([8.0, 7.0], [9.0, nan])
    """
    answers = require_answers(answers)
    for name, given, kinds in (("drivers", drivers, (IndexTree, Mapping, Sequence, pd.Index, type(None))),
                               ("stated", stated, (Mapping, type(None)))):  # fmt: skip
        if not isinstance(given, kinds):
            raise ValueError(_("{name} must name columns of answers; this is a {kind}.").format(name=name, kind=type(given).__name__))
    tree = index_tree(drivers) if drivers is None or isinstance(drivers, (str, IndexTree)) else None
    if tree is not None:
        names, values = _branches(answers, tree)
    else:
        named = dict(drivers) if isinstance(drivers, Mapping) else {name: name for name in drivers}
        names = tuple(named)
        values = (
            np.column_stack([row_means(_plain(answers, columns)) for columns in named.values()]) if named else np.empty((len(answers), 0))
        )
    if len(set(names)) < len(names) or len(names) < 2:
        raise ValueError(_("Compare at least two different drivers; here: {names}.").format(names=", ".join(map(str, names)) or "–"))
    columns = outcome if outcome is not None else [name for name in answers.columns if str(name).startswith(_OUTCOME)]
    if outcome is None and not columns:
        raise ValueError(_('Name the outcome, for example outcome="recommend": the table has no columns that begin with satisfaction_.'))
    used = set(tree.columns) if tree is not None else {column for each in named.values() for column in _listed(each)}
    if both := sorted(used & set(_listed(columns))):
        raise ValueError(_("{columns} is a driver and the outcome at once, and would explain itself. Leave it out of one of them.").format(
            columns=", ".join(both)))  # fmt: skip
    asked = stated if stated is not None else {name: f"{_STATED}{name}" for name in names if f"{_STATED}{name}" in answers.columns}
    require_columns(names, asked)
    called = np.full(values.shape, np.nan)
    for place, name in enumerate(names):
        if name in asked:
            called[:, place] = _plain(answers, asked[name])[:, 0]
    return Drivers(names, values, row_means(_plain(answers, columns)), called, tree)


def row_means(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The weighted mean of each row over what was answered; NaN where nothing was.

    >>> row_means(np.array([[1.0, 3.0], [np.nan, 5.0], [np.nan, np.nan]])).tolist()
    [2.0, 5.0, nan]
    """
    counted = np.where(np.isnan(values), 0.0, 1.0 if weights is None else weights)
    total = counted.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(total > 0, np.where(np.isnan(values), 0.0, values * counted).sum(axis=1) / np.where(total > 0, total, 1), np.nan)


def _branches(answers: pd.DataFrame, tree: IndexTree) -> tuple[tuple[str, ...], np.ndarray]:
    place = {leaf.code: number for number, leaf in enumerate(tree.leaves)}
    values = leaf_scores(answers, tree, require_scale(None, tree))
    means = []
    for branch in tree.branches:
        leaves = tree.leaves_of(branch.code)
        means.append(row_means(values[:, [place[leaf.code] for leaf in leaves]], np.array([leaf.total_weight for leaf in leaves])))
    return tuple(branch.code for branch in tree.branches), np.column_stack(means)


def _plain(answers: pd.DataFrame, columns: str | Sequence[str]) -> np.ndarray:
    return scores(answers, _listed(columns), -np.inf, np.inf)


def _listed(columns: object) -> list:
    return list(columns) if isinstance(columns, Iterable) and not isinstance(columns, str) else [columns]
