"""What satisfied and dissatisfied customers do to winning: the textbook's arithmetic, and how far it hangs on guesses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.economics.given import need_number
from crmlib.i18n import _
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Referrals:
    """What referrals bring and complaints cost, by the assumptions given.

    `won`: customers that satisfied ones bring; `lost`: customers that dissatisfied ones keep away; `net`: the difference. `assumptions`:
    the figures it rests on; `sensitivity`: one row an assumption: low, high (half and twice of it), net_low, net_high; the one that
    matters most comes first. `even_dissatisfied`: the share of dissatisfied customers at which the net is 0, the rest being satisfied or
    neither in the proportion given; missing where there is none.
    """

    won: float
    lost: float
    net: float
    even_dissatisfied: float
    assumptions: Mapping[str, float] = field(repr=False)
    sensitivity: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        """The result in two sentences."""
        first = self.sensitivity.iloc[0]
        return _(
            "By these assumptions satisfied customers bring {won:,.0f} customers and dissatisfied ones keep {lost:,.0f} away: net "
            "{net:+,.0f}. With half or twice of the one that matters most, it would be {low:+,.0f} or {high:+,.0f}."
        ).format(won=self.won, lost=self.lost, net=self.net, low=first.net_low, high=first.net_high)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The net with half and twice of each assumption; see :func:`crmlib.plotting.referral_sensitivity`."""
        from crmlib.plotting.economics import referral_sensitivity

        return referral_sensitivity(self, ax=ax)


def referral_arithmetic(
    *, customers: float, satisfied: float, dissatisfied: float, leads_each: float | None = None, deals_each: float | None = None,
    told_each: float | None = None, lost_of_told: float | None = None,
) -> Referrals:  # fmt: skip
    """What word of mouth brings and costs, if the textbook's figures held.

    Answers: if one satisfied customer brings a deal and one dissatisfied tells 25 people, what follows, and which guess decides it?

    Parameters
    ----------
    customers : float, how many there are
    satisfied, dissatisfied : float, shares of the customers, together at most 1
    leads_each, deals_each : float, optional
        Leads that a satisfied customer brings, and deals of these. Without them: the textbook's 8 and 1.
    told_each : float, optional
        People whose mind a dissatisfied customer changes. Without it: the textbook's 25.
    lost_of_told : float, 0–1, optional
        Share of them who would have become customers. The textbook does not say; without it: the standard economics.lost_of_told.

    Returns
    -------
    Referrals
        won, lost, net, even_dissatisfied, sensitivity; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A figure is negative or no number, shares exceed 1, or there are more deals than leads.

    Source: 《快递客户关系管理》 (after a report in *Harvard Business Review*, not named more exactly).

    >>> found = referral_arithmetic(customers=100, satisfied=0.5, dissatisfied=0.1, lost_of_told=0.02)
    >>> found.won, found.lost, found.net
    (50.0, 5.0, 45.0)
    """
    given = {
        "customers": customers, "satisfied": satisfied, "dissatisfied": dissatisfied,
        "leads_each": get("economics.leads_of_satisfied", unit="count") if leads_each is None else leads_each,
        "deals_each": get("economics.deals_of_satisfied", unit="count") if deals_each is None else deals_each,
        "told_each": get("economics.told_by_dissatisfied", unit="count") if told_each is None else told_each,
        "lost_of_told": get("economics.lost_of_told", unit="share") if lost_of_told is None else lost_of_told,
    }  # fmt: skip
    for name, value in given.items():
        need_number(name, value)
    if satisfied + dissatisfied > 1 + 1e-9 or given["lost_of_told"] > 1:
        raise ValueError(
            _("Satisfied and dissatisfied are shares of the same customers: together they are 1 at most, and so is lost_of_told.")
        )
    if given["deals_each"] > given["leads_each"]:
        raise ValueError(_("There cannot be more deals ({deals:g}) than leads ({leads:g}).").format(
            deals=given["deals_each"], leads=given["leads_each"]))  # fmt: skip
    # Deals are told through the share of leads that become deals, so that half the leads bring half the deals.
    parts = {name: value for name, value in given.items() if name != "deals_each"}
    parts["deal_share"] = given["deals_each"] / given["leads_each"] if given["leads_each"] else 0.0
    won, lost = _net(**parts)
    rows = []
    for name in ("satisfied", "dissatisfied", "leads_each", "deal_share", "told_each", "lost_of_told"):
        ends = {end: min(times * parts[name], _most(name, parts)) for end, times in (("low", 0.5), ("high", 2.0))}
        nets = {f"net_{end}": float(np.subtract(*_net(**(parts | {name: value})))) for end, value in ends.items()}
        rows.append({"assumption": name, "value": parts[name], **ends, **nets})
    table = pd.DataFrame(rows)
    table = table.iloc[np.argsort(-(table["net_high"] - table["net_low"]).abs().to_numpy(), kind="stable")].reset_index(drop=True)
    return Referrals(won, lost, won - lost, _even(parts), given, table)


def _most(name: str, parts: Mapping[str, float]) -> float:
    other = {"satisfied": "dissatisfied", "dissatisfied": "satisfied"}.get(name)
    return 1 - parts[other] if other else 1.0 if name in ("deal_share", "lost_of_told") else np.inf


def _net(
    *, customers: float, satisfied: float, dissatisfied: float, leads_each: float, deal_share: float, told_each: float, lost_of_told: float
) -> tuple[float, float]:
    return float(customers * satisfied * leads_each * deal_share), float(customers * dissatisfied * told_each * lost_of_told)


def _even(parts: Mapping[str, float]) -> float:
    happy = parts["satisfied"] / (1 - parts["dissatisfied"]) if parts["dissatisfied"] < 1 else 0.0
    bring, cost = (happy * parts["leads_each"] * parts["deal_share"], parts["told_each"] * parts["lost_of_told"])
    return float(bring / (bring + cost)) if bring + cost > 0 else np.nan
