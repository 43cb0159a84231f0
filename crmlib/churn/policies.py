"""Ways of choosing whom to contact, side by side: what each would have brought."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import require_columns, require_share
from crmlib.churn.metrics import (
    checked_chances,
    generator,
    people_of,
    require_resamples,
    weights,
)
from crmlib.churn.profit import margins_of, require_amount
from crmlib.company.schema import label
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.churn.model import ChurnModel

POLICIES = ("everybody", "chance_half", "mean_margin", "own_margin")


@dataclass(frozen=True, eq=False)
class ContactPolicies:
    """What each way of choosing whom to contact would have brought.

    `table`: policy (everybody; chance_half: a chance of leaving of a half or more; mean_margin: one threshold for all, cost ÷ (success ×
    mean margin); own_margin: whoever's own margin × chance × success exceeds the cost), contacted, leavers (among them), profit_yuan, low,
    high, expected_yuan (if the chances hold). `chosen`: the customers of own_margin, with worth_yuan (what a contact is expected to
    bring after its cost), most first.
    """

    table: pd.DataFrame
    chosen: pd.DataFrame = field(repr=False)
    customers: int
    contact_cost_yuan: float
    success_share: float
    level: float

    def of(self, policy: str) -> pd.Series:
        """The row of one policy."""
        return self.table.set_index("policy").loc[policy]

    def headline(self) -> str:
        """The finding in one sentence, as the title of a report."""
        own, every = self.of("own_margin"), self.of("everybody")
        if own["contacted"] == 0:
            return _("At {cost:g} yuan a contact, nobody is worth contacting").format(cost=self.contact_cost_yuan)
        if own["profit_yuan"] <= every["profit_yuan"] or own["profit_yuan"] <= 0:
            return _("Choosing {count:,} customers by chance and margin did not pay").format(count=int(own["contacted"]))
        return _("Contact the customers for whom it pays, {share:.0%} of them, and not everybody").format(
            share=own["contacted"] / self.customers)  # fmt: skip

    def advice(self) -> str:
        """What to do about it, in two paragraphs."""
        own, every = self.of("own_margin"), self.of("everybody")
        return _(
            "Contact a customer where chance of leaving × {success:.0%} × the margin of a year is more than the {cost:g} yuan that a contact "
            "costs. On the customers of the test that would have meant {contacted:,} contacts and {profit:,.0f} yuan ({low:,.0f} to "
            "{high:,.0f}); contacting all {all:,} would have brought {every:,.0f} yuan."
        ).format(
            success=self.success_share, cost=self.contact_cost_yuan, contacted=int(own["contacted"]), profit=own["profit_yuan"],
            low=own["low"], high=own["high"], all=self.customers, every=every["profit_yuan"],
        ) + "\n\n" + _(
            "That a contact keeps {success:.0%} of the leavers is assumed, not measured. So let lots decide first: contact half of the list, "
            "leave the other half alone, and compare the two halves after three months."
        ).format(success=self.success_share)  # fmt: skip

    def summary(self) -> str:
        """The best way and the worst, in two sentences."""
        rows = self.table.sort_values("profit_yuan", kind="stable")
        best, worst = rows.iloc[-1], rows.iloc[0]
        return _(
            "Best: {best}, {contacted:,} contacts, {profit:,.0f} yuan ({low:,.0f} to {high:,.0f}). Worst: {worst}, {worst_contacted:,} "
            "contacts, {worst_profit:,.0f} yuan ({worst_low:,.0f} to {worst_high:,.0f})."
        ).format(
            best=label(best["policy"], "policy"), contacted=int(best["contacted"]), profit=best["profit_yuan"], low=best["low"],
            high=best["high"], worst=label(worst["policy"], "policy"), worst_contacted=int(worst["contacted"]),
            worst_profit=worst["profit_yuan"], worst_low=worst["low"], worst_high=worst["high"],
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The ways side by side; see :func:`crmlib.plotting.contact_policies`."""
        from crmlib.plotting import contact_policies as draw

        return draw(self, ax=ax)


def contact_policies(
    scores: pd.DataFrame | ChurnModel, *, margin_kept_yuan: float | str, contact_cost_yuan: float | None = None,
    success_share: float | None = None, level: float = 0.95, resamples: int = 1000, rng: np.random.Generator | int,
) -> ContactPolicies:  # fmt: skip
    """Four ways of choosing whom to contact, and what each would have brought.

    Answers: whom does it pay to contact: everybody, the likeliest leavers, or those with most to lose?

    Parameters
    ----------
    scores : ChurnModel, or DataFrame with chance (0–1) and churned
    margin_kept_yuan : name of a column of the scores, or yuan for all
        The margin that a customer brings who stays because of the contact.
    contact_cost_yuan : float, yuan; None: `retention.contact_cost`
    success_share : float, 0–1; None: `retention.success_share`
        Share of the leavers whom a contact keeps.
    level : float, 0–1
    resamples : int, at least 100
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    ContactPolicies
        `.table`, `.chosen`, `.of(policy)`, `.headline()`, `.advice()`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A cost, share or margin cannot be, a column is missing, or nobody left.

    Notes
    -----
    Where leavers bring less than others, as small customers do, a threshold by the mean margin contacts too many. A customer's own
    threshold is cost ÷ (success × own margin).

    Source: Elkan (2001), costs that differ by example; Bahnsen, Aouada and Ottersten (2015).

    >>> scores = pd.DataFrame({"chance": [0.6, 0.3, 0.1], "churned": [True, True, False], "margin": [10.0, 400.0, 900.0]})
    >>> found = contact_policies(scores, margin_kept_yuan="margin", contact_cost_yuan=20, success_share=0.5, rng=1)
    >>> found.table[["policy", "contacted", "profit_yuan"]].values.tolist()
    [['everybody', 3, 145.0], ['chance_half', 1, -15.0], ['mean_margin', 3, 145.0], ['own_margin', 2, 160.0]]
    """
    table = scores if isinstance(scores, pd.DataFrame) else getattr(scores, "scores", None)
    if not isinstance(table, pd.DataFrame):
        raise ValueError(_("scores must be a churn model, or a table with chance and churned; this is a {kind}.").format(
            kind=type(scores).__name__))  # fmt: skip
    require_columns(table.columns, ["chance", "churned"])
    require_columns(table.columns, table.columns)
    gone, chance = checked_chances(table["churned"], table["chance"])
    cost = standards.get("retention.contact_cost", unit="yuan") if contact_cost_yuan is None else contact_cost_yuan
    cost = require_amount("contact_cost_yuan", cost)
    success = standards.get("retention.success_share", unit="share") if success_share is None else success_share
    success = require_amount("success_share", success)
    if not 0 < success <= 1:
        raise ValueError(_("{name} is {value}; it must lie between 0 and 1 (write 20% as 0.2).").format(
            name="success_share", value=success))  # fmt: skip
    margin = margins_of(table, margin_kept_yuan)
    require_share("level", level)
    require_resamples(resamples)
    draw = generator(rng)
    worth = chance * success * margin - cost
    who = {
        "everybody": np.ones(len(table), dtype=bool), "chance_half": chance >= 0.5,
        "mean_margin": chance * success * margin.mean() >= cost, "own_margin": worth > 0,
    }  # fmt: skip
    brought = gone * success * margin - cost
    rows = np.where(np.array(list(who.values())), brought, 0.0)
    customer = people_of(table.get("customer_id"), len(table))
    drawn = weights(draw, customer, resamples) @ rows.T
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    profit = rows.sum(axis=1)
    found = pd.DataFrame({
        "policy": list(who), "contacted": [int(chosen.sum()) for chosen in who.values()],
        "leavers": [int(gone[chosen].sum()) for chosen in who.values()], "profit_yuan": profit, "low": np.minimum(low, profit),
        "high": np.maximum(high, profit), "expected_yuan": [float(worth[chosen].sum()) for chosen in who.values()],
    })  # fmt: skip
    chosen = table[who["own_margin"]].assign(worth_yuan=worth[who["own_margin"]])
    chosen = chosen.sort_values("worth_yuan", ascending=False, kind="stable").reset_index(drop=True)
    return ContactPolicies(found, chosen, len(table), cost, success, level)
