"""Where the future margin lies: with customers who are loyal, who only seem to be, or of whom nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_rng, require_share
from crmlib.i18n import _
from crmlib.loyalty.matrix import KINDS, UNKNOWN
from crmlib.segments.per_customer import amounts, classes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class LoyaltyValue:
    """The value of customers by kind of loyalty.

    `table`: one row each of true, spurious, latent, none, no_answer (those without customers are absent): customers (count), value_yuan,
    share (of all value, 0–1), low and high (its interval at `level`). `unsure`, `unsure_low`, `unsure_high`: the share of all value that
    lies with customers who only seem loyal or gave no answer, with its interval.
    """

    table: pd.DataFrame
    unsure: float
    unsure_low: float
    unsure_high: float
    level: float

    def headline(self) -> str:
        """The finding in one short sentence, fit for a title."""
        return _("{share:.0%} of the future margin lies with customers who only seem loyal or gave no answer").format(share=self.unsure)

    def summary(self) -> str:
        """The result in two sentences."""
        true = self.table["share"].get("true", 0.0)
        return _(
            "Truly loyal customers carry {true:.0%} of the value. {unsure:.0%} ({level:.0%} interval: {low:.0%} to {high:.0%}) lies with "
            "customers who only seem loyal or gave no answer."
        ).format(true=true, unsure=self.unsure, level=self.level, low=self.unsure_low, high=self.unsure_high)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The value of each kind, as bars; see :func:`crmlib.plotting.loyalty_value`."""
        from crmlib.plotting.loyalty import loyalty_value

        return loyalty_value(self, ax=ax)


def loyalty_value(
    loyalty: pd.Series, value: pd.Series, *, level: float = 0.95, resamples: int = 1000, rng: np.random.Generator | int
) -> LoyaltyValue:
    """Add up the value of customers by kind of loyalty.

    Answers: how much of what is still to come rests on customers who would as soon ship with another?

    Parameters
    ----------
    loyalty : Series, indexed by customer_id
        true, latent, spurious, none or no_answer; the column loyalty of :func:`loyalty_matrix`.
    value : Series, yuan, 0 or more, indexed by customer_id
        For example the lifetime value. Customers without a value have none, as they never shipped; every other must have a kind.
    level : float, 0–1
        Confidence of the intervals.
    resamples : int, at least 100
        Bootstrap samples of customers.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    LoyaltyValue
        table, unsure, unsure_low, unsure_high; `.headline()`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A customer stands twice, has a value and no kind, or an unknown kind; a value is negative or missing; all values are 0.

    Notes
    -----
    The interval says how the share would vary with other customers of the same sort (percentile bootstrap). It takes the values as given:
    how surely each is known is not in it.

    Source: own; the kinds are those of Dick and Basu (1994), the interval that of Efron and Tibshirani (1993), ch. 13.

    >>> kinds = pd.Series({"c1": "true", "c2": "spurious", "c3": "no_answer", "c4": "none"})
    >>> loyalty_value(kinds, pd.Series({"c1": 40.0, "c2": 30.0, "c3": 20.0, "c4": 10.0}), rng=1).unsure
    0.5
    """
    require_share("level", level)
    generator = require_rng(rng)
    if isinstance(resamples, bool) or not isinstance(resamples, (int, np.integer)) or resamples < 100:
        raise ValueError(_("resamples is {value}; an interval needs a whole number of at least 100.").format(value=resamples))
    kinds = classes_of(loyalty, "loyalty").astype(object)
    order = ("true", "spurious", "latent", "none", UNKNOWN)
    refuse_rows(~kinds.isin([*KINDS, UNKNOWN]), _("loyalty is none of {kinds}").format(kinds=", ".join(order)),
                _("Take the column loyalty of crm.loyalty.loyalty_matrix(…).customers."))  # fmt: skip
    worth = amounts(value, "value")
    strangers = worth.index.to_series(index=worth.index)
    refuse_rows(~strangers.isin(kinds.index) & (worth > 0), _("Some customers have a value but no kind of loyalty"),
                _("Take the loyalty and the value of the same customers."))  # fmt: skip
    money = worth.reindex(kinds.index).fillna(0.0).to_numpy()
    if not money.sum():
        raise ValueError(_("Every customer's value is 0, so there is nothing to share out."))
    place = pd.Index(order).get_indexer(kinds)
    member = (place[:, None] == np.arange(len(order))).astype("float64")
    sums = (member * money[:, None]).T
    drawn = generator.multinomial(len(money), np.full(len(money), 1 / len(money)), size=resamples) @ sums.T
    drawn = drawn[drawn.sum(axis=1) > 0]
    shares = drawn / drawn.sum(axis=1, keepdims=True)
    unsure = [order.index("spurious"), order.index(UNKNOWN)]
    ends = np.quantile(np.column_stack([shares, shares[:, unsure].sum(axis=1)]), [(1 - level) / 2, (1 + level) / 2], axis=0)
    share = sums.sum(axis=1) / money.sum()
    table = pd.DataFrame({
        "customers": np.bincount(place, minlength=len(order)), "value_yuan": sums.sum(axis=1), "share": share,
        "low": np.minimum(ends[0, :-1], share), "high": np.maximum(ends[1, :-1], share),
    }, index=pd.Index(order, name="loyalty"))  # fmt: skip
    whole = float(share[unsure].sum())
    table = table[table["customers"] > 0]
    return LoyaltyValue(table, whole, min(float(ends[0, -1]), whole), max(float(ends[1, -1]), whole), level)
