"""Which tags go together."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, require_columns
from crmlib.i18n import _
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class TagOverlap:
    """`table`, one row a pair of tags: tag, other_tag, tag_customers, other_customers, both, either, jaccard (both over either), low, high
    (at `level`), and, where the number of all customers was given, expected_both (were the tags independent)."""

    table: pd.DataFrame
    level: float
    names: dict[str, str] = field(repr=False, compare=False)

    def summary(self) -> str:
        """The closest pair in one sentence."""
        top = self.table.sort_values("jaccard", ascending=False, kind="stable").iloc[0]
        return _("The closest tags are {tag} and {other}: {both} customers carry both, of {either} who carry either, {jaccard:.1%} ({low:.1%} to {high:.1%}).").format(
            tag=self.names.get(top["tag"], top["tag"]), other=self.names.get(top["other_tag"], top["other_tag"]), both=int(top["both"]),
            either=int(top["either"]), jaccard=top["jaccard"], low=top["low"], high=top["high"])  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the pairs as a grid."""
        from crmlib.plotting.profiles import tag_overlap

        return tag_overlap(self, ax=ax)


def tag_overlap(tags: pd.DataFrame, *, customers: int | None = None, level: float = 0.95) -> TagOverlap:
    """Compare every pair of tags by the customers who carry both.

    Answers: do two tags say the same, so that one of them would do?

    Parameters
    ----------
    tags : DataFrame, one row a customer and tag, of one day
        customer_id, tag, from :func:`crmlib.profiles.tags`.
    customers : how many customers there are in all, optional; with it, expected_both
    level : of the intervals

    Returns
    -------
    TagOverlap
        `.table`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, a customer carries a tag twice, or there are fewer than two tags.

    Source: Jaccard (1901); intervals after Wilson (1927).

    >>> carried = pd.DataFrame({"customer_id": ["c1", "c1", "c2", "c3"], "tag": ["a", "b", "a", "b"]})
    >>> tag_overlap(carried).table[["both", "either", "jaccard"]].round(2).values.tolist()
    [[1.0, 3.0, 0.33]]
    """
    from crmlib.profiles.tag_rules import tag_rules

    need_frame(tags, "tags")
    require_columns(tags.columns, ["customer_id", "tag"])
    if tags.duplicated(["customer_id", "tag"]).any():
        raise ValueError(_("A customer carries a tag twice. Give the tags of one day, as crm.profiles.tags returns them."))
    order = list(tags["tag"].cat.categories) if isinstance(tags["tag"].dtype, pd.CategoricalDtype) else list(dict.fromkeys(tags["tag"]))
    carried = {tag: set(rows) for tag, rows in tags.astype({"tag": object}).groupby("tag")["customer_id"]}
    order = [tag for tag in order if tag in carried]
    if len(order) < 2:
        raise ValueError(_("Fewer than two tags are carried by anybody; there is nothing to compare."))
    rows = [(one, other, len(carried[one]), len(carried[other]), len(carried[one] & carried[other]), len(carried[one] | carried[other]))
            for one, other in combinations(order, 2)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["tag", "other_tag", "tag_customers", "other_customers", "both", "either"])
    low, high = wilson_interval(table["both"], table["either"], level)
    table = table.assign(jaccard=table["both"] / table["either"], low=low, high=high)
    table["expected_both"] = table["tag_customers"] * table["other_customers"] / customers if customers else np.nan
    shipped = tag_rules()
    return TagOverlap(table, level, {tag: shipped.name(tag) if tag in shipped.tags else tag for tag in order})
