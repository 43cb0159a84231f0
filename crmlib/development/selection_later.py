"""What became of those whom the rule would have dropped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.checks import require_share
from crmlib.development.selection import Selection
from crmlib.economics.given import need_table
from crmlib.i18n import _
from crmlib.segments.per_customer import numbers
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DECISIONS = ("serve", "look_again", "drop")


@dataclass(frozen=True, eq=False)
class SelectionLater:
    """How many of each decision paid in the next period.

    `table`, one row a decision (serve, look_again, drop): customers, later_pay (how many brought something later), pay_share with `low` and
    `high`, later_yuan (what they brought later in all).
    """

    table: pd.DataFrame
    level: float = field(default=0.95)

    def summary(self) -> str:
        """The result in two sentences."""
        again, drop = self.table.loc["look_again"], self.table.loc["drop"]
        said = _(
            "Of the {drop} whom the rule would have dropped {share:.0%} paid in the next period ({low:.0%} to {high:.0%}); of the {again} "
            "looked at again, {other:.0%} ({other_low:.0%} to {other_high:.0%})."
        ).format(drop=int(drop["customers"]), share=drop["pay_share"], low=drop["low"], high=drop["high"], again=int(again["customers"]),
                 other=again["pay_share"], other_low=again["low"], other_high=again["high"])  # fmt: skip
        clear = again["low"] > drop["high"] or drop["low"] > again["high"]
        return said + (_(" The intervals lie apart.") if clear else _(" The intervals overlap: the rule does not part them for certain."))

    def plot(self, ax: Axes | None = None) -> Axes:
        """The shares with their intervals; see :func:`crmlib.plotting.selection_later`."""
        from crmlib.plotting.shared_visits import selection_later

        return selection_later(self, ax=ax)


def selection_later(selection: Selection, served: pd.DataFrame, *, level: float = 0.95) -> SelectionLater:
    """Try the rule on the past: sort by one period, and see in the next who pays.

    Answers: of those whom the rule would have dropped a year ago, how many would we be sorry for?

    Parameters
    ----------
    selection : Selection of an earlier period, from `selection_matrix`
    served : DataFrame of the next period, indexed by customer_id, with contribution_yuan
        From `selection_table` or `crmlib.economics.cost_to_serve`. Who is not in it brought nothing.
    level : float, 0–1

    Returns
    -------
    SelectionLater
        table; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        `selection` is something else, a column is missing, a customer stands twice, or `level` is no share.

    Notes
    -----
    To pay means to bring more than 0. Nobody was dropped in fact: the later period shows what came of serving all of them as before.

    Source: testing on a later period, as in `crmlib.development.rules_later`; intervals by Wilson (1927).

    >>> from crmlib.development import selection_matrix
    >>> then = pd.DataFrame({"contribution_yuan": [9.0, -2.0, -3.0], "growth_yuan": 0.0}, index=["c1", "c2", "c3"])
    >>> later = pd.DataFrame({"contribution_yuan": [8.0, 1.0]}, index=["c1", "c3"])
    >>> selection_later(selection_matrix(then), later).table["later_pay"].to_dict()
    {'serve': 1, 'look_again': 0, 'drop': 1}
    """
    if not isinstance(selection, Selection):
        raise ValueError(_("selection_later needs what selection_matrix gives; this is a {kind}.").format(kind=type(selection).__name__))
    need_table("served", served, ["contribution_yuan"])
    require_share("level", level)
    if served.index.has_duplicates:
        raise ValueError(_("A customer stands twice in the later table. Keep one row a customer."))
    decision = selection.table["drop_decision"]
    later = numbers(served["contribution_yuan"], "contribution_yuan").reindex(decision.index).fillna(0.0)
    table = pd.DataFrame({"customers": decision.value_counts(), "later_pay": (later > 0).groupby(decision).sum()})
    table = table.reindex(list(DECISIONS), fill_value=0).fillna(0).astype("int64")
    table["pay_share"] = table["later_pay"] / table["customers"].where(table["customers"] > 0)
    ends = [wilson_interval(row.later_pay, row.customers, level) if row.customers else (float("nan"),) * 2 for row in table.itertuples()]
    table["low"], table["high"] = [low for low, _high in ends], [high for _low, high in ends]
    table["later_yuan"] = later.groupby(decision).sum().reindex(table.index).fillna(0.0).round(2)
    return SelectionLater(table.rename_axis("drop_decision"), level)
