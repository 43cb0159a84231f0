"""Whom to contact: the expected profit of contacting everybody from a chance on."""

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
    weight_blocks,
)
from crmlib.i18n import _
from crmlib.segments.per_customer import numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.churn.model import ChurnModel


@dataclass(frozen=True, eq=False)
class ProfitThreshold:
    """What contacting brings by the threshold.

    `curve`: threshold, contacted (customers), leavers (among them), profit_yuan (as it came out), low, high, expected_yuan (as the chances
    would have it). `formula_threshold` = cost ÷ (success share × margin kept): from this chance on a contact pays for itself; with margins
    of their own, that of the mean margin. `best_threshold` (`best_low` to `best_high`) is the one that brought most in these data.
    """

    curve: pd.DataFrame = field(repr=False)
    formula_threshold: float
    profit_at_formula: float
    best_threshold: float
    best_low: float
    best_high: float
    best_profit: float
    profit_of_all: float
    contact_cost_yuan: float
    success_share: float
    margin_kept_yuan: float
    level: float

    def at(self, threshold: float) -> pd.Series:
        """The row of the curve at the nearest threshold."""
        return self.curve.iloc[(self.curve["threshold"] - threshold).abs().to_numpy().argmin()]

    def summary(self) -> str:
        """The result in two or three sentences."""
        row = self.at(self.formula_threshold)
        if self.formula_threshold > 1:
            return _(
                "A contact costs {cost:.0f} yuan and keeps at best {success:.0%} of {margin:.0f} yuan: it pays for nobody."
            ).format(cost=self.contact_cost_yuan, success=self.success_share, margin=self.margin_kept_yuan)  # fmt: skip
        return _(
            "A contact pays from a chance of {formula:.0%} on: {cost:.0f} yuan ÷ ({success:.0%} × {margin:.0f} yuan). In these data that "
            "means {contacted} contacts and {profit:,.0f} yuan ({low:,.0f} to {high:,.0f}); contacting everybody would bring {all:,.0f} "
            "yuan."
        ).format(
            formula=self.formula_threshold, cost=self.contact_cost_yuan, success=self.success_share, margin=self.margin_kept_yuan,
            contacted=int(row["contacted"]), profit=row["profit_yuan"], low=row["low"], high=row["high"], all=self.profit_of_all,
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Profit against the threshold; see :func:`crmlib.plotting.churn_profit`."""
        from crmlib.plotting import churn_profit

        return churn_profit(self, ax=ax)


def profit_threshold(
    scores: pd.DataFrame | ChurnModel, *, margin_kept_yuan: float | str, contact_cost_yuan: float | None = None,
    success_share: float | None = None, level: float = 0.95, resamples: int = 1000, rng: np.random.Generator | int,
) -> ProfitThreshold:  # fmt: skip
    """The chance of leaving from which contacting a customer pays.

    Answers: from which chance on should we call, and what is it worth?

    Parameters
    ----------
    scores : ChurnModel, or DataFrame with chance (0–1) and churned
    margin_kept_yuan : float, yuan, or the name of a column of the scores
        The margin that a customer brings who stays because of the contact.
    contact_cost_yuan : float, yuan; None: `retention.contact_cost`
    success_share : float, 0–1; None: `retention.success_share`
        Share of the leavers whom a contact keeps.
    level : float, 0–1
    resamples : int, at least 100
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    ProfitThreshold
        `.curve`, `.formula_threshold`, `.best_threshold` with its interval, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A cost, share or margin cannot be, a column is missing, or nobody left.

    Notes
    -----
    profit(t) = Σ over customers with chance ≥ t of (left × success_share × margin − cost). The best threshold was picked with the outcomes
    in hand and flatters; its interval says how little these data can tell it apart. The formula needs no outcomes, only calibrated chances.

    Source: Elkan, The Foundations of Cost-Sensitive Learning (2001); Verbeke and others (2012), profit-driven churn models.

    >>> scores = pd.DataFrame({"chance": [0.9, 0.6, 0.2, 0.1], "churned": [True, True, False, False]})
    >>> found = profit_threshold(scores, margin_kept_yuan=100, contact_cost_yuan=20, success_share=0.5, rng=1)
    >>> found.formula_threshold, found.best_profit
    (0.4, 60.0)
    """
    table = scores if isinstance(scores, pd.DataFrame) else getattr(scores, "scores", None)
    if not isinstance(table, pd.DataFrame):
        raise ValueError(_("scores must be a churn model, or a table with chance and churned; this is a {kind}.").format(
            kind=type(scores).__name__))  # fmt: skip
    require_columns(table.columns, ["chance", "churned"])
    require_columns(table.columns, table.columns)
    gone, chance = checked_chances(table["churned"], table["chance"])
    cost = standards.get("retention.contact_cost", unit="yuan") if contact_cost_yuan is None else contact_cost_yuan
    success = standards.get("retention.success_share", unit="share") if success_share is None else success_share
    cost, success = require_amount("contact_cost_yuan", cost), float(require_amount("success_share", success))
    if not 0 < success <= 1:
        raise ValueError(_("{name} is {value}; it must lie between 0 and 1 (write 20% as 0.2).").format(
            name="success_share", value=success))  # fmt: skip
    margin = margins_of(table, margin_kept_yuan)
    require_share("level", level)
    require_resamples(resamples)
    draw = generator(rng)
    who = people_of(table.get("customer_id"), len(table))
    mean = float(margin.mean())
    formula = cost / (success * mean) if mean > 0 else np.inf
    grid = np.unique(np.concatenate([np.linspace(0, 1, 201), [formula] if formula < 1 else []]))
    order = np.argsort(-chance, kind="stable")
    count = np.searchsorted(-chance[order], -grid, side="right")
    value = (gone * success * margin - cost)[order]
    profit, expected = _sums(value[None])[:, count][0], _sums((chance * success * margin - cost)[order][None])[:, count][0]
    drawn = np.concatenate([_sums(block * value)[:, count] for block in weight_blocks(draw, who[order], resamples)])
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(drawn, tails, axis=0)
    best_low, best_high = np.quantile(grid[drawn.argmax(axis=1)], tails)
    best = int(profit.argmax())
    curve = pd.DataFrame({
        "threshold": grid, "contacted": count, "leavers": np.concatenate([[0], np.cumsum(gone[order])])[count], "profit_yuan": profit,
        "low": np.minimum(low, profit), "high": np.maximum(high, profit), "expected_yuan": expected,
    })  # fmt: skip
    return ProfitThreshold(
        curve=curve, formula_threshold=float(formula), best_threshold=float(grid[best]), best_low=min(float(best_low), float(grid[best])),
        best_high=max(float(best_high), float(grid[best])), best_profit=float(profit[best]), profit_of_all=float(value.sum()),
        profit_at_formula=float(profit[np.searchsorted(grid, formula)]) if formula <= 1 else 0.0,
        contact_cost_yuan=cost, success_share=success, margin_kept_yuan=mean, level=level,
    )  # fmt: skip


def _sums(values: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def margins_of(table: pd.DataFrame, given: float | str) -> np.ndarray:
    """A margin for each row: a column of the table, or one number for all.

    >>> margins_of(pd.DataFrame({"chance": [0.1, 0.2]}), 30).tolist()
    [30.0, 30.0]
    """
    if isinstance(given, str):
        require_columns(table.columns, [given])
        return numbers(table[given], given).to_numpy()
    return np.full(len(table), require_amount("margin_kept_yuan", given))


def require_amount(name: str, value: object) -> float:
    """`value` as a float of 0 or more.

    >>> require_amount("contact_cost_yuan", 5)
    5.0
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)) or not np.isfinite(value) or value < 0:
        raise ValueError(_("{name} is {value}; it must be a number of 0 or more.").format(name=name, value=value))
    return float(value)
