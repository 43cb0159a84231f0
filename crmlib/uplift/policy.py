"""Whom to send an offer: what it keeps, what it costs, and who is better left alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_share
from crmlib.churn.metrics import generator, require_resamples, weight_blocks
from crmlib.churn.profit import require_amount
from crmlib.i18n import _
from crmlib.uplift.qini import score_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.uplift.models import Uplift

POLICIES = ("nobody", "everybody", "who_pays")
GROUPS = ("pays", "stays_anyway", "not_moved", "driven_away")


@dataclass(frozen=True, eq=False)
class OfferPolicy:
    """Whom to send the offer.

    `customers`: the scores with worth_yuan (uplift × value kept − cost), send (worth more than 0) and group: pays; stays_anyway (the offer
    costs more than it brings, and they would mostly reach the outcome without it); not_moved (neither); driven_away (uplift below 0).
    `curve`: share (of customers, highest uplift first), profit_yuan, low, high; `policies`: policy, customers, profit_yuan, low, high,
    each as the trial shows it, for all customers of the trial; `threshold`: the uplift from which an offer pays.
    """

    customers: pd.DataFrame = field(repr=False)
    curve: pd.DataFrame = field(repr=False)
    policies: pd.DataFrame
    threshold: float
    value_kept_yuan: float
    offer_cost_yuan: float
    level: float

    def groups(self) -> pd.DataFrame:
        """How many customers stand in each group: group, customers, share, uplift (mean), without (mean), worth_yuan (sum)."""
        columns = [name for name in ("uplift", "without") if name in self.customers]
        grouped = self.customers.groupby("group")
        frame = grouped[columns].mean().assign(customers=grouped.size(), worth_yuan=grouped["worth_yuan"].sum())
        frame = frame.assign(share=frame["customers"] / len(self.customers)).reindex([name for name in GROUPS if name in frame.index])
        return frame.rename_axis("group").reset_index()[["group", "customers", "share", *columns, "worth_yuan"]]

    def summary(self) -> str:
        """The result in three sentences."""
        rows = self.policies.set_index("policy")
        return _(
            "An offer pays from an uplift of {threshold:.1%} on: {cost:.1f} yuan ÷ {value:.0f} yuan. By the trial, sending it to the "
            "{count} customers above brings {profit:,.0f} yuan ({low:,.0f} to {high:,.0f}); sending it to all {all} brings "
            "{every:,.0f} yuan ({every_low:,.0f} to {every_high:,.0f})."
        ).format(
            threshold=self.threshold, cost=self.offer_cost_yuan, value=self.value_kept_yuan, count=int(rows.customers["who_pays"]),
            profit=rows.profit_yuan["who_pays"], low=rows.low["who_pays"], high=rows.high["who_pays"], all=len(self.customers),
            every=rows.profit_yuan["everybody"], every_low=rows.low["everybody"], every_high=rows.high["everybody"],
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Profit by the share of customers who get the offer; see :func:`crmlib.plotting.offer_profit`."""
        from crmlib.plotting import offer_profit

        return offer_profit(self, ax=ax)


def offer_policy(
    scores: Uplift | pd.DataFrame, *, value_kept_yuan: float, offer_cost_yuan: float | None = None, level: float = 0.95,
    resamples: int = 500, rng: np.random.Generator | int,
) -> OfferPolicy:  # fmt: skip
    """Whom to send the offer, and what that brings by the trial.

    Answers: to whom should the coupon go, who would stay anyway, and whom does it drive away?

    Parameters
    ----------
    scores : Uplift, or DataFrame with uplift, offer (yes/no) and result, optionally without, propensity, customer_id
    value_kept_yuan : float, yuan
        What one more customer who reaches the outcome is worth (1 if the outcome itself is in yuan).
    offer_cost_yuan : float, yuan; None: mean value_yuan of the offers × share taken up
    level : float, 0–1
    resamples : int, at least 100
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    OfferPolicy
        `.customers`, `.groups()`, `.policies`, `.curve`, `.threshold`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, or a value or cost cannot be.

    Notes
    -----
    worth = uplift × value kept − cost; the rule sends the offer where that is positive. Its profit is what the trial shows: among the
    customers whom the rule picks, offers less controls, × value kept, less cost, × their number. Since each uplift comes from models that
    have not seen the customer, the profit does not flatter; the best point of the curve, picked afterwards, would.

    Source: Hitsch, Misra and Zhang (2024), Heterogeneous treatment effects and optimal targeting policy evaluation; Radcliffe and Surry
    (2011) for customers whom an offer drives away.

    >>> scores = pd.DataFrame({"uplift": [0.4] * 4 + [-0.1] * 4, "offer": [True, True, False, False] * 2,
    ...                        "result": [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]})
    >>> found = offer_policy(scores, value_kept_yuan=100, offer_cost_yuan=10, rng=1)
    >>> found.policies.profit_yuan.tolist()
    [0.0, 120.0, 360.0]
    """
    table = score_table(scores)
    value = require_amount("value_kept_yuan", value_kept_yuan)
    if value == 0:
        raise ValueError(_("{name} is 0; an offer that keeps nothing of value never pays.").format(name="value_kept_yuan"))
    cost = _usual_cost(table) if offer_cost_yuan is None else require_amount("offer_cost_yuan", offer_cost_yuan)
    require_share("level", level)
    require_resamples(resamples)
    draw = generator(rng)
    worth = table["uplift"] * value - cost
    anyway = table["without"] >= 0.5 if "without" in table else pd.Series(False, index=table.index)
    group = np.select([worth > 0, table["uplift"] < 0, anyway], ["pays", "driven_away", "stays_anyway"], "not_moved")
    customers = table.assign(worth_yuan=worth, send=worth > 0, group=group)
    order = np.argsort(-table["uplift"].to_numpy(), kind="stable")
    sorted_table = table.iloc[order]
    who = pd.factorize(sorted_table["customer_id"])[0] if "customer_id" in table else np.arange(len(table))
    paying = int((worth > 0).sum())
    counts = np.unique(np.concatenate([np.linspace(0, len(table), 51).round().astype(int), [paying]]))
    profit = _profits(sorted_table, np.ones((1, len(table))), counts, value, cost)[0]
    drawn = np.concatenate([_profits(sorted_table, block, counts, value, cost) for block in weight_blocks(draw, who, resamples)])
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    curve = pd.DataFrame({"share": counts / len(table), "customers": counts, "profit_yuan": profit, "low": np.minimum(low, profit),
                          "high": np.maximum(high, profit)})  # fmt: skip
    rows = curve.set_index("customers").loc[[0, len(table), paying], ["profit_yuan", "low", "high"]].reset_index()
    policies = rows.assign(policy=list(POLICIES))[["policy", "customers", "profit_yuan", "low", "high"]]
    return OfferPolicy(customers, curve, policies, cost / value, value, cost, level)


def _usual_cost(table: pd.DataFrame) -> float:
    if not {"value_yuan", "accepted"} <= set(table.columns):
        raise ValueError(_("The table has no value_yuan and accepted to work out what an offer costs. Write offer_cost_yuan=…"))
    sent = table[table["offer"]]
    cost = sent["value_yuan"].where(sent["accepted"].eq(True).fillna(False).astype(bool), 0.0)
    refuse_rows(cost.isna(), _("{name} is missing").format(name="value_yuan"), _("Fill in the value, or write offer_cost_yuan=…"))
    return float(cost.mean())


def _profits(table: pd.DataFrame, weight: np.ndarray, counts: np.ndarray, value: float, cost: float) -> np.ndarray:
    """Profit of sending the offer to the first `counts` customers, one row a draw."""
    offer, y = table["offer"].to_numpy(), table["result"].to_numpy()
    inverse = weight / np.where(offer, table["propensity"], 1 - table["propensity"])

    def cumulated(values: np.ndarray) -> np.ndarray:
        return np.concatenate([np.zeros((len(weight), 1)), np.cumsum(values, axis=1)], axis=1)[:, counts]

    with np.errstate(invalid="ignore", divide="ignore"):
        effect = cumulated(inverse * offer * y) / cumulated(inverse * offer) - cumulated(inverse * ~offer * y) / cumulated(inverse * ~offer)
    # Adding 0 turns the −0 of nobody at a cost into 0.
    return cumulated(weight) * (np.nan_to_num(effect) * value - cost) + 0.0
