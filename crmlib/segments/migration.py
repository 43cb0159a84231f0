"""From one period's classes to the next: who moved up, who moved down, who came and who left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.segments.per_customer import classes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEW, LEFT = "new", "left"
DIRECTIONS = ("up", "same", "down", NEW, LEFT)


@dataclass(frozen=True)
class Migration:
    """Customers by their class before (rows) and after (columns).

    `counts`: customers; the last row "new" holds those who had no class before, the last column "left" those who have none after.
    `shares`: the same as shares of each row (a row without customers is all 0). `moves`: one row a customer: from, to, direction.
    `classing`: the name of the classes, such as "abc" or "state", from which figures take their labels.
    """

    counts: pd.DataFrame
    shares: pd.DataFrame
    moves: pd.DataFrame
    classing: str = ""

    def summary(self) -> str:
        """The result in two sentences."""
        number = self.moves.direction.value_counts().reindex(DIRECTIONS, fill_value=0)
        return _(
            "Of {both} customers present in both periods, {same} kept their class, {up} moved up and {down} moved down. "
            "{new} came and {left} left."
        ).format(both=int(number[["up", "same", "down"]].sum()), **{name: int(count) for name, count in number.items()})

    def plot(self, ax: Axes | None = None) -> Axes:
        """The matrix as a picture; see :func:`crmlib.plotting.migration`."""
        from crmlib.plotting import migration

        return migration(self, ax=ax)


def segment_migration(before: pd.Series, after: pd.Series, *, order: Iterable[str] | None = None) -> Migration:
    """Count the customers that went from each class to each other, and nobody is dropped.

    Answers: is the firm's customer base moving up or down, and which customers are behind it?

    Parameters
    ----------
    before, after : Series, indexed by customer_id
        The class of each customer in two periods. Who stands in `after` alone is new, who stands in `before` alone has left.
    order : classes, best first, optional
        Without it: the order of the categories, else of the alphabet.

    Returns
    -------
    Migration
        counts, shares, moves (from, to, direction: up, same, down, new, left); `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A customer stands twice or has no class; `order` lacks a class; a class is itself called "new" or "left".

    Source: 《2025国际快递行业客户关系管理体系研究》 (动态客户细分); the migration matrix is the usual table of the field.

    >>> result = segment_migration(pd.Series({"c1": "A", "c2": "B", "c3": "B"}), pd.Series({"c1": "A", "c2": "A", "c4": "B"}))
    >>> result.counts.loc["B"].to_dict()
    {'A': 1, 'B': 0, 'left': 1}
    """
    before, after = classes_of(before, "before"), classes_of(after, "after")
    ranking = _ranking(before, after, order)
    index = before.index.append(after.index.difference(before.index, sort=False))
    moves = pd.DataFrame({
        "from": before.astype(object).reindex(index, fill_value=NEW),
        "to": after.astype(object).reindex(index, fill_value=LEFT),
    })  # fmt: skip
    place = {name: position for position, name in enumerate(ranking)}
    step = moves["to"].map(place).astype(float) - moves["from"].map(place).astype(float)
    moves["direction"] = pd.Categorical(
        np.select([moves["from"] == NEW, moves["to"] == LEFT, step < 0, step > 0], [NEW, LEFT, "up", "down"], "same"),
        categories=list(DIRECTIONS),
    )
    counts = pd.crosstab(moves["from"], moves["to"]).reindex(index=[*ranking, NEW], columns=[*ranking, LEFT], fill_value=0)
    counts = counts.rename_axis(index="from", columns="to")
    shares = counts.div(counts.sum(axis=1).replace(0, 1), axis=0)
    return Migration(counts, shares, moves, str(before.name or after.name or ""))


def _ranking(before: pd.Series, after: pd.Series, order: Iterable[str] | None) -> list:
    present = set(before.unique()) | set(after.unique())
    if order is not None:
        ranking = list(order)
    elif isinstance(before.dtype, pd.CategoricalDtype) and isinstance(after.dtype, pd.CategoricalDtype):
        ranking = list(before.cat.categories)
        ranking += [name for name in after.cat.categories if name not in ranking]
    else:
        ranking = sorted(present, key=str)
    lacking = [str(name) for name in present if name not in ranking]
    if lacking or len(set(ranking)) < len(ranking):
        raise ValueError(
            _("order must name every class once, best first; it lacks: {lacking}.").format(lacking=", ".join(sorted(lacking)) or "–")
        )
    taken = [name for name in (NEW, LEFT) if name in ranking]
    if taken:
        raise ValueError(
            _(
                "The matrix itself uses the name(s) {taken} for customers who come or leave. "
                'Rename that class first, for example to "new_customer".'
            ).format(taken=", ".join(taken))
        )
    return ranking
