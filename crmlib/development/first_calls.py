"""Which open leads to ring first, when there are fewer calls than leads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_share
from crmlib.economics.given import need_table
from crmlib.i18n import _
from crmlib.segments.per_customer import numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class FirstCalls:
    """The open leads in the order in which to ring them.

    `table`, one row an open lead, those to ring first on top: the columns given, win_chance, worth_parcels (chance times expected parcels a
    month), not_contacted, to_call. `signings`, with `low` and `high`: how many of those to ring will be signed if the chances hold.
    """

    table: pd.DataFrame
    signings: float
    low: int
    high: int
    level: float = field(default=0.95)

    @property
    def chosen(self) -> pd.DataFrame:
        """The leads to ring, in order."""
        return self.table[self.table["to_call"]]

    @property
    def share(self) -> float:
        """The part of all parcels to expect that the chosen leads hold."""
        total = float(self.table["worth_parcels"].sum())
        return float(self.chosen["worth_parcels"].sum()) / total if total else 0.0

    def headline(self) -> str:
        """The finding in one sentence, for the top of a report."""
        return _("Ring {calls} of {leads} open leads today: they hold {share:.0%} of the parcels to expect.").format(
            calls=len(self.chosen), leads=len(self.table), share=self.share)  # fmt: skip

    def summary(self) -> str:
        """The result in two sentences."""
        left = int(self.table["not_contacted"].sum() - self.chosen["not_contacted"].sum())
        advice = _(
            "Ring the {calls} leads with the most parcels to expect. If the chances hold, about {signings:.1f} of them will be signed "
            "({low} to {high})."
        ).format(calls=len(self.chosen), signings=self.signings, low=self.low, high=self.high)
        if left:
            advice += _(" Of the rest, {left} have not been contacted at all: send them a message today.").format(left=left)
        return advice

    def plot(self, ax: Axes | None = None) -> Axes:
        """What each lead to ring is worth; see :func:`crmlib.plotting.first_calls`."""
        from crmlib.plotting.lead_scores import first_calls

        return first_calls(self, ax=ax)


def first_calls(leads: pd.DataFrame, chances: pd.Series, *, calls: int, level: float = 0.95) -> FirstCalls:
    """Choose the open leads to ring first: those with the most parcels to expect.

    Answers: with time for 20 calls, which of these leads?

    Parameters
    ----------
    leads : DataFrame, one row a lead
        lead_id, expected_parcels, contacted_on, closed_on. Leads that are won or lost are left out. Take duplicates out first.
    chances : Series of chances to be won, 0–1, indexed by lead_id; see `LeadScore.score`
    calls : int
        How many leads can be rung; with fewer open leads, all are.
    level : float, 0–1

    Returns
    -------
    FirstCalls
        table, signings; `.chosen`, `.share`, `.headline()`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column or a chance is missing, a lead stands twice, no lead is open, or `calls` is no whole number above 0.

    Notes
    -----
    The chances are what becomes of such leads as we have worked so far, not what a call brings about.

    Source: expected value; the interval sums independent chances (the Poisson binomial distribution).

    >>> leads = pd.DataFrame({"lead_id": ["l1", "l2", "l3"], "expected_parcels": [2, 30, 5], "closed_on": pd.NaT,
    ...     "contacted_on": pd.to_datetime(["2026-10-30", "2026-10-30", None])})
    >>> first_calls(leads, pd.Series({"l1": 0.4, "l2": 0.1, "l3": 0.2}), calls=2).chosen["lead_id"].tolist()
    ['l2', 'l3']
    """
    need_table("leads", leads, ["lead_id", "expected_parcels", "contacted_on", "closed_on"])
    require_share("level", level)
    if isinstance(calls, bool) or not isinstance(calls, (int, np.integer)) or calls < 1:
        raise ValueError(_("calls is {calls}; it must be a whole number above 0.").format(calls=calls))
    if not isinstance(chances, pd.Series) or chances.index.has_duplicates:
        raise ValueError(_("chances must be a Series with one chance a lead, indexed by lead_id."))
    refuse_rows(leads["lead_id"].duplicated(), _("lead_id stands twice"), _("Keep one row a lead."))
    table = leads[leads["closed_on"].isna()].copy()
    if table.empty:
        raise ValueError(_("None of these leads is open any more."))
    table["win_chance"] = pd.to_numeric(table["lead_id"].map(chances), errors="coerce").astype("float64")
    refuse_rows(~table["win_chance"].between(0, 1), _("The lead has no chance between 0 and 1"), _("Score all open leads first."))
    table["worth_parcels"] = table["win_chance"] * numbers(table["expected_parcels"], "expected_parcels")
    table["not_contacted"] = table["contacted_on"].isna()
    table = table.sort_values("worth_parcels", ascending=False, kind="stable").reset_index(drop=True)
    table["to_call"] = np.arange(len(table)) < calls
    chance = table.loc[table["to_call"], "win_chance"].to_numpy()
    # The chance of 0, 1, 2 … signings, one lead after the other.
    ways = np.ones(1)
    for one in chance:
        ways = np.append(ways * (1 - one), 0.0) + np.append(0.0, ways * one)
    added = np.cumsum(ways)
    low, high = (int(np.searchsorted(added, share)) for share in ((1 - level) / 2, (1 + level) / 2 - 1e-12))
    return FirstCalls(table, float(chance.sum()), low, high, level)
