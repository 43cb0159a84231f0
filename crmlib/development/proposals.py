"""Who gets a proposal for an agreement: those who may reach the next tier, and whose margin bears the rebate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.accounts import potential_key_accounts
from crmlib.checks import require_columns, require_share
from crmlib.development.agreements import agreement_tiers
from crmlib.economics.given import need_table
from crmlib.economics.spans import tables_for, within
from crmlib.i18n import _
from crmlib.segments.per_customer import day, numbers
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company

_BANDS = (0.0, 0.1, 0.25, 0.5, 1.0)


@dataclass(frozen=True, eq=False)
class TierLater:
    """Whether those said to be likely to reach the next tier did reach it.

    `bands`, by chance foretold: customers, foretold (mean chance), tier_share, low, high. `first`, of the first so many by "chance" and by
    "near" (freight over that of the next tier): customers, reached_tier, tier_share, low, high.
    """

    bands: pd.DataFrame
    first: pd.DataFrame
    level: float

    def summary(self) -> str:
        """The result in one sentence."""
        chance, near = self.first.loc["chance"], self.first.loc["near"]
        return _(
            "Of the first {count} by chance {chance} reached the next tier ({low:.0%} to {high:.0%}), of the first {count} by nearness {near} "
            "({near_low:.0%} to {near_high:.0%})."
        ).format(count=int(chance.customers), chance=int(chance.reached_tier), low=chance.low, high=chance.high, near=int(near.reached_tier),
                 near_low=near.low, near_high=near.high)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The share that reached the tier by chance foretold; see :func:`crmlib.plotting.tier_later`."""
        from crmlib.plotting.agreements import tier_later

        return tier_later(self, ax=ax)


def tier_later(found: pd.DataFrame, waybills: pd.DataFrame, *, as_of: object, first: int = 20, level: float = 0.95) -> TierLater:
    """Look later on who of the potential key accounts reached the next tier.

    Answers: can the list of potential key accounts be relied on, and does it beat "nearest to the tier first"?

    Parameters
    ----------
    found : DataFrame from `crmlib.accounts.potential_key_accounts`, of an earlier day
    waybills : DataFrame: customer_id, picked_up_at, price_yuan
    as_of : date, the day one looks; the freight of the year up to it counts
    first : int, how many there is time for
    level : float, 0–1

    Returns
    -------
    TierLater
        bands, first; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, or `first` is no whole number from 1 on.

    >>> days = pd.date_range("2024-11-01", "2026-10-31", freq="D")
    >>> bills = pd.DataFrame({"customer_id": "c1", "picked_up_at": days, "price_yuan": 10.0})
    >>> found = pd.DataFrame({"year_yuan": [2000.0], "next_tier_yuan": 3000.0, "tier_chance": 0.9}, index=["c1"])
    >>> tier_later(found, bills, as_of="2026-10-31").first["reached_tier"].tolist()
    [1, 1]
    """
    require_share("level", level)
    need_table("found", found, ["year_yuan", "next_tier_yuan", "tier_chance"])
    if isinstance(first, bool) or not isinstance(first, int | np.integer) or first < 1:
        raise ValueError(_("{name} is {value}; write a whole number from {least} on.").format(name="first", value=first, least=1))
    require_columns(waybills.columns, ["customer_id", "picked_up_at", "price_yuan"])
    end = day(as_of, "as_of") + pd.Timedelta(days=1)
    year = within(waybills, "picked_up_at", end - pd.DateOffset(years=1), end).groupby("customer_id")["price_yuan"].sum()
    reached = year.reindex(found.index).fillna(0) >= found["next_tier_yuan"]
    band = pd.cut(found["tier_chance"], _BANDS, include_lowest=True)
    bands = pd.DataFrame({"customers": reached.groupby(band, observed=True).size(),
                          "foretold": found["tier_chance"].groupby(band, observed=True).mean(),
                          "tier_share": reached.groupby(band, observed=True).mean()})  # fmt: skip
    bands["low"], bands["high"] = wilson_interval((bands["tier_share"] * bands["customers"]).to_numpy(), bands["customers"].to_numpy(), level)
    bands.index = [f"{each.left:.0%}–{each.right:.0%}".replace("-0", "0") for each in bands.index]
    rows = {}
    for name, order in (("chance", found["tier_chance"]), ("near", found["year_yuan"] / found["next_tier_yuan"])):
        chosen = reached[order.sort_values(ascending=False, kind="stable").index[:first]]
        low, high = wilson_interval(float(chosen.sum()), len(chosen), level)
        rows[name] = {"customers": len(chosen), "reached_tier": int(chosen.sum()), "tier_share": chosen.mean(), "low": low, "high": high}
    table = pd.DataFrame.from_dict(rows, orient="index").astype({"customers": int, "reached_tier": int})
    return TierLater(bands.rename_axis("chance_band"), table.rename_axis("ranked_by"), level)


@dataclass(frozen=True, eq=False)
class ProposalList:
    """Who gets a proposal, who must be talked to about prices first, and who waits.

    `table`, the likeliest first, indexed by customer_id: year_yuan, margin_yuan, tier_chance, next_tier_yuan, rebate, rebate_yuan (if the
    tier is just reached, or the freight is above it already), growth_needed (infinite where the rebate takes the whole margin), proposal
    ("propose", "price_first" or "wait"). `most_growth`: the growth that one thinks possible.
    """

    table: pd.DataFrame = field(repr=False)
    most_growth: float

    def chosen(self) -> pd.DataFrame:
        """Those who get a proposal."""
        return self.table[self.table["proposal"] == "propose"]

    def expected(self) -> pd.Series:
        """Yuan of rebate due in a year: "least" if nobody reaches the tier, as to be "expected" by the chances, "most" if all just reach it."""
        chosen = self.chosen()
        return pd.Series({"least": 0.0, "expected": (chosen["tier_chance"] * chosen["rebate_yuan"]).sum(), "most": chosen["rebate_yuan"].sum()})

    def headline(self) -> str:
        """The finding as the title of a report."""
        return _("{count} proposals now; with {others} customers we talk about prices first").format(
            count=len(self.chosen()), others=int((self.table["proposal"] == "price_first").sum()))  # fmt: skip

    def summary(self) -> str:
        """The result in two sentences."""
        due = self.expected()
        return _(
            "{count} of {all} get a proposal; with {others} the rebate takes the margin or asks for a growth above {most:.0%}. If just the tier "
            "is reached, the rebates cost {expected:,.0f} yuan a year by the chances, {dearest:,.0f} yuan at most."
        ).format(count=len(self.chosen()), all=len(self.table), others=int((self.table["proposal"] == "price_first").sum()),
                 most=self.most_growth, expected=due["expected"], dearest=due["most"])  # fmt: skip

    def advice(self) -> str:
        """What to do, in three sentences."""
        return _(
            "Draw lots among the likeliest: half of them get the proposal now, the others in half a year; then we know whether a rebate brings "
            "freight. Where the rebate takes the margin, we talk about the price first. Where parcels come late, we mend that before we offer."
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Growth needed by chance; see :func:`crmlib.plotting.proposal_map`."""
        from crmlib.plotting.agreements import proposal_map

        return proposal_map(self, ax=ax)


def proposal_list(
    company: Company | Mapping[str, pd.DataFrame], *, as_of: object, tiers: Sequence[float] | None = None,
    rebates: Sequence[float] | None = None, most: int = 20, least_chance: float = 0.25, most_growth: float = 0.15,
) -> ProposalList:  # fmt: skip
    """Choose who gets a proposal for an agreement on the next tier.

    Answers: for whom do we write a proposal, with whom do we talk about prices first, and what do the rebates cost?

    Parameters
    ----------
    company : Company, or tables by name: waybills of at least 18 months
    as_of : date, the last day known
    tiers, rebates : as in `agreement_tiers`
    most : int, how many proposals there are hands for
    least_chance : float, 0–1, below which nobody is looked at
    most_growth : float, share by which freight may be thought to grow; whose rebate asks for more waits for a talk about prices

    Returns
    -------
    ProposalList
        table; `.chosen()`, `.expected()`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        As in `agreement_tiers` and `crmlib.accounts.potential_key_accounts`; or nobody has the chance asked for.

    Notes
    -----
    The chance is that of reaching the tier without any proposal: nobody has had one yet. What a proposal adds must be tried by lots.

    >>> from crmlib.company import lark
    >>> found = proposal_list(lark(), as_of="2026-10-31", tiers=(1000, 3000, 10000), most=20)
    >>> len(found.chosen()), bool((found.chosen()["growth_needed"] <= 0.15).all())
    (20, True)
    """
    require_share("least_chance", least_chance)
    for name, value, least in (("most", most, 1), ("most_growth", most_growth, 0)):
        if isinstance(value, bool | str) or not value >= least or (name == "most" and value != int(value)):
            raise ValueError(_("{name} is {value}; write a number from {least} on.").format(name=name, value=value, least=least))
    bills = tables_for(company, ["waybills"])["waybills"]
    require_columns(bills.columns, ["customer_id", "picked_up_at", "price_yuan", "cost_yuan"])
    steps = agreement_tiers(tiers=tiers, rebates=rebates)
    found = potential_key_accounts(bills, as_of=as_of, tiers=tuple(steps["from_yuan"][1:]))
    found = found[found["tier_chance"] >= least_chance]
    if found.empty:
        raise ValueError(_("Nobody reaches the next tier with a chance of {least:.0%}; ask for less.").format(least=least_chance))
    end = day(as_of, "as_of") + pd.Timedelta(days=1)
    year = within(bills, "picked_up_at", end - pd.DateOffset(years=1), end)
    cost = numbers(year["cost_yuan"], "cost_yuan").groupby(year["customer_id"]).sum()
    table = found[["year_yuan", "tier_chance", "next_tier_yuan"]].copy()
    table.insert(1, "margin_yuan", (table["year_yuan"] - cost.reindex(table.index)).round(2))
    table["rebate"] = steps["rebate"].to_numpy()[found["tier"] + 1]
    table["rebate_yuan"] = table["rebate"] * np.maximum(table["next_tier_yuan"], table["year_yuan"])
    room = table["margin_yuan"] - table["rebate"] * table["year_yuan"]
    table["growth_needed"] = np.where(room > 0, table["margin_yuan"] / room.where(room > 0, 1.0) - 1, np.inf)
    bears = table["growth_needed"] <= most_growth
    table["proposal"] = np.where(~bears, "price_first", np.where(bears.cumsum() <= most, "propose", "wait"))
    return ProposalList(table, float(most_growth))
