"""How to share out the visits in person that there are hands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.development.selection import EFFORTS, Selection
from crmlib.economics.given import need_number, need_table
from crmlib.i18n import _
from crmlib.segments.per_customer import numbers
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class SharedVisits:
    """Who is visited how often with the hands there are.

    `table`, one row a customer, first come those with most at stake for each visit: the table of the selection, and stake_yuan (contribution
    and growth), wanted_visits (by the rhythm), stake_per_visit, planned_visits. `visits`: how many there are.
    """

    table: pd.DataFrame
    visits: int

    @property
    def chosen(self) -> pd.DataFrame:
        """The customers who are visited, in order."""
        return self.table[self.table["planned_visits"] > 0]

    @property
    def left_out(self) -> pd.DataFrame:
        """The customers whom the rhythm wants visited and for whom no hand is left."""
        return self.table[(self.table["wanted_visits"] > 0) & (self.table["planned_visits"] == 0)]

    @property
    def share(self) -> float:
        """The part of what is at stake, among those to be visited, that the plan reaches."""
        wanted = self.table[self.table["wanted_visits"] > 0]
        total = float(wanted["stake_yuan"].sum())
        return float((wanted["stake_yuan"] * wanted["planned_visits"] / wanted["wanted_visits"]).sum()) / total if total else 0.0

    def counts(self) -> pd.DataFrame:
        """customers, wanted_visits and planned_visits of each kind of effort."""
        groups = self.table.groupby(pd.Categorical(self.table["effort"], EFFORTS), observed=False)
        frame = groups[["wanted_visits", "planned_visits"]].sum()
        return frame.assign(customers=groups.size())[["customers", "wanted_visits", "planned_visits"]].rename_axis("effort")

    def headline(self) -> str:
        """The finding in one sentence, for the top of a report."""
        return _("{visits:,} visits go to {customers} customers: they reach {share:.0%} of what is at stake.").format(
            visits=int(self.table["planned_visits"].sum()), customers=len(self.chosen), share=self.share)  # fmt: skip

    def summary(self) -> str:
        """The result in two sentences."""
        return _(
            "The rhythm wants {wanted:,} visits and there are {visits:,}: {customers} customers are visited, {left} more are rung up instead. "
            "The visits reach {share:.0%} of what is at stake with those the rhythm wants visited."
        ).format(wanted=int(self.table["wanted_visits"].sum()), visits=self.visits, customers=len(self.chosen), left=len(self.left_out),
                 share=self.share)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """What the first visits reach, and the next, and the next; see :func:`crmlib.plotting.visits_reach`."""
        from crmlib.plotting.shared_visits import visits_reach

        return visits_reach(self, ax=ax)


def share_visits(selection: Selection, *, visits: int, rhythm: Mapping[str, int] | None = None) -> SharedVisits:
    """Share out the visits in person: to those with most at stake for each visit, until no hand is left.

    Answers: with 2,400 visits next year, who gets them, and whom do we ring up instead?

    Parameters
    ----------
    selection : Selection, from `selection_matrix`
    visits : int
        How many visits in person there are hands for, in a year.
    rhythm : visits a year by effort, optional
        For instance {"invest": 12, "keep": 6}. Efforts not named keep the standards development.visits_invest, visits_keep,
        visits_develop; self_service gets none.

    Returns
    -------
    SharedVisits
        table, visits; `.chosen`, `.left_out`, `.share`, `.counts()`, `.headline()`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        `selection` is something else, `visits` is no whole number above 0, or the rhythm names an unknown effort or no whole number.

    Notes
    -----
    At stake is a customer's contribution and what growth may bring. That more stake means more use of a visit is a rule, not a finding: nobody
    has tried what a visit brings about. Whoever does not pay is not visited, whatever the field, until the loss is mended.

    Source: a fractional knapsack, Dantzig, *Operations Research* 5 (1957); the rhythm is chosen for class.

    >>> from crmlib.development import selection_matrix
    >>> table = pd.DataFrame({"contribution_yuan": [900.0, 600.0, 20.0], "growth_yuan": [300.0, 0.0, 0.0]}, index=["c1", "c2", "c3"])
    >>> share_visits(selection_matrix(table, value_from=500, potential_from=100), visits=15).table["planned_visits"].to_dict()
    {'c1': 12, 'c2': 3, 'c3': 0}
    """
    if not isinstance(selection, Selection):
        raise ValueError(_("share_visits needs what selection_matrix gives; this is a {kind}.").format(kind=type(selection).__name__))
    need_table("selection.table", selection.table, ["contribution_yuan", "growth_yuan", "effort"])
    count = _whole("visits", visits)
    if count < 1:
        raise ValueError(_("{name} is {value}; it must be a whole number.").format(name="visits", value=visits))
    each = _rhythm(rhythm)
    table = selection.table.copy()
    value = numbers(table["contribution_yuan"], "contribution_yuan")
    table["stake_yuan"] = value + numbers(table["growth_yuan"], "growth_yuan", missing_ok=True).fillna(0.0)
    wanted = table["effort"].map(each).astype("int64").where(value >= 0, 0)
    table["wanted_visits"] = wanted
    table["stake_per_visit"] = (table["stake_yuan"] / wanted.where(wanted > 0)).astype("float64")
    table = table.sort_values("stake_per_visit", ascending=False, kind="stable", na_position="last")
    before = table["wanted_visits"].cumsum() - table["wanted_visits"]
    table["planned_visits"] = np.minimum(table["wanted_visits"], (count - before).clip(lower=0)).astype("int64")
    return SharedVisits(table, count)


def _rhythm(given: Mapping[str, int] | None) -> dict[str, int]:
    if given is not None and not isinstance(given, Mapping):
        raise ValueError(_('rhythm must name visits a year by effort, as in {"invest": 12}.'))
    each = {name: int(get(f"development.visits_{name}", unit="count")) for name in EFFORTS[:3]} | {EFFORTS[3]: 0}
    for name, many in (given or {}).items():
        if name not in EFFORTS:
            raise ValueError(_("There is no effort {name}. There are: {names}.").format(name=name, names=", ".join(EFFORTS)))
        each[name] = _whole(name, many)
    return each


def _whole(name: str, value: object) -> int:
    number = need_number(name, value)
    if number != int(number):
        raise ValueError(_("{name} is {value}; it must be a whole number.").format(name=name, value=value))
    return int(number)
