"""A fitted model of purchases: its parameters, how sure they are, and how well it fits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.lifetime.histories import Histories
from crmlib.lifetime.likelihood import Maximum, combination
from crmlib.lifetime.wording import a_unit, together

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES = {"bg_nbd": "BG/NBD", "pareto_nbd": "Pareto/NBD"}


@dataclass(frozen=True)
class PurchaseModel:
    """How customers buy and are lost, as fitted to `customers` customers.

    `kind` is bg_nbd or pareto_nbd, `unit` what time is counted in, `parameters` a table with estimate, standard_error, low and high at
    confidence `level`; `loose` names parameters that the data do not determine (their errors are missing). `maximum` and `histories` are
    what forecasts and figures are worked out from.
    """

    kind: str
    unit: str
    parameters: pd.DataFrame
    log_likelihood: float
    customers: int
    level: float
    loose: tuple[str, ...]
    maximum: Maximum = field(repr=False, compare=False)
    histories: Histories = field(repr=False, compare=False)

    def summary(self) -> str:
        """The result in words, and what the data leave open."""
        rate, rate_low, rate_high = np.exp(combination(np.array([1.0, -1.0, 0.0, 0.0]), self.maximum, level=self.level))
        lost = np.array(combination(np.array([0.0, 0.0, 1.0, -1.0]), self.maximum, level=self.level))
        bg_nbd = self.kind == "bg_nbd"
        chance, low, high = 1 / (1 + np.exp(-lost)) if bg_nbd else np.exp(lost)
        words = {
            "name": NAMES[self.kind], "customers": f"{self.customers:,}", "per": a_unit(self.unit), "level": self.level, "rate": rate,
            "rate_low": rate_low, "rate_high": rate_high, "chance": chance, "low": low, "high": high,
        }  # fmt: skip
        bought = (
            _("{name}, {customers} customers: while a customer is ours, it buys {rate:.3g} times {per} on average.")
            if np.isnan(rate_low)
            else _(
                "{name}, {customers} customers: while a customer is ours, it buys {rate:.3g} times {per} on average ({level:.0%} interval: "
                "{rate_low:.3g} to {rate_high:.3g})."
            )
        )
        if bg_nbd and np.isnan(low):
            leaves = _("After a repeat purchase it is lost with a chance of {chance:.2%} on average.")
        elif bg_nbd:
            leaves = _("After a repeat purchase it is lost with a chance of {chance:.2%} on average ({low:.2%} to {high:.2%}).")
        elif np.isnan(low):
            leaves = _("It is lost with a hazard of {chance:.2%} {per} on average.")
        else:
            leaves = _("It is lost with a hazard of {chance:.2%} {per} on average ({low:.2%} to {high:.2%}).")
        return together([bought.format(**words), leaves.format(**words), *self._open_questions()])

    def _open_questions(self) -> list[str]:
        found = []
        if {"r", "alpha"} & set(self.loose):
            found.append(_("The customers' rates hardly differ, so that only r / alpha is determined. A finer unit may show differences."))
        if {"a", "b", "s", "beta"} & set(self.loose):
            found.append(
                _(
                    "How much the customers' risks of being lost differ cannot be told from these data: more customers or a longer period "
                    "would be needed."
                )
            )
        return found

    def plot(self, ax: Axes | None = None) -> Axes:
        """Customers by number of repeat purchases, observed and expected; see :func:`crmlib.plotting.purchase_frequencies`."""
        from crmlib.plotting import purchase_frequencies

        return purchase_frequencies(self, ax=ax)
