"""Agreements with key accounts: the tier, what it gives, and a proposal of one page made for the customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.accounts import potential_key_accounts
from crmlib.checks import require_columns
from crmlib.economics.spans import tables_for, within
from crmlib.i18n import _
from crmlib.reports import OnePage, one_page
from crmlib.segments.per_customer import day, numbers
from crmlib.standards import get
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company

_PEAK, _MUCH, _LATE = 1.5, 0.2, 0.1
"""A peak month is so many times the mean; a service that makes up so much of the parcels, or so many late ones, get a sentence."""

_MONTHS, _MONTHLY = 6, 10
"""Below so many months, or so many parcels in each of them, a month that stands out may be chance."""


def agreement_tiers(*, tiers: Sequence[float] | None = None, rebates: Sequence[float] | None = None) -> pd.DataFrame:
    """The tiers of yearly agreements and what each gives.

    Answers: what may we promise to a customer of this size?

    Parameters
    ----------
    tiers : rising yuan a year, optional
        Least freight of each tier. Without them: the standard accounts.tier_yuan, which is far above the small simulated firm; for that take
        for example (1000, 3000, 10000).
    rebates : shares, one more than there are tiers, optional
        Share of the year's freight paid back at its end: below the first tier, then for each. Without them: as many of the standard
        development.tier_rebate.

    Returns
    -------
    DataFrame, one row a tier from 0 (none)
        from_yuan, rebate

    Raises
    ------
    ValueError
        Tiers or rebates do not rise, or their numbers do not fit.

    Source: 《快递客户关系管理》 (大客户的管理); rebates are chosen for teaching.

    >>> agreement_tiers(tiers=(1000, 3000), rebates=(0, 0.01, 0.02))["from_yuan"].tolist()
    [0.0, 1000.0, 3000.0]
    """
    given = list(get("accounts.tier_yuan", unit="yuan_per_year") if tiers is None else tiers)
    steps = [float(value) for value in given if not isinstance(value, str)]
    shares = list(get("development.tier_rebate", unit="share")) if rebates is None else [float(value) for value in rebates]
    if rebates is None and len(shares) > len(steps):
        shares = shares[: len(steps) + 1]
    if not steps or len(steps) < len(given) or steps[0] <= 0 or (np.diff(steps) <= 0).any():
        raise ValueError(
            _("tiers is {value}; write rising yearly revenues in yuan, for example (10000, 30000, 70000).").format(value=tiers)
        )
    if len(shares) != len(steps) + 1 or not all(0 <= share < 1 for share in shares) or (np.diff(shares) < 0).any():
        raise ValueError(_("rebates is {value}; write {count} rising shares from 0 to 1: below the first tier, then one for each.").format(
            value=shares, count=len(steps) + 1))  # fmt: skip
    return pd.DataFrame({"from_yuan": [0.0, *steps], "rebate": shares}).rename_axis("agreement_tier")


def agreement_tier(year_yuan: pd.Series, *, tiers: Sequence[float] | None = None, rebates: Sequence[float] | None = None) -> pd.DataFrame:
    """The tier of each customer, and how far the next one is.

    Answers: which agreement does the customer qualify for, and what is it short of for the next?

    Parameters
    ----------
    year_yuan : Series, yuan a year, indexed by customer_id
    tiers, rebates : as in `agreement_tiers`

    Returns
    -------
    DataFrame, one row a customer
        year_yuan, agreement_tier, rebate, next_tier_yuan, short_yuan (missing in the top tier)

    Raises
    ------
    ValueError
        An amount is missing, negative or no number; or as in `agreement_tiers`.

    >>> agreement_tier(pd.Series({"c1": 1200.0}), tiers=(1000, 3000), rebates=(0, 0.01, 0.02))[["agreement_tier", "short_yuan"]].values.tolist()
    [[1.0, 1800.0]]
    """
    from crmlib.segments.per_customer import amounts

    steps, yuan = agreement_tiers(tiers=tiers, rebates=rebates), amounts(year_yuan, "year_yuan")
    tier = np.searchsorted(steps["from_yuan"].to_numpy(), yuan.to_numpy(), side="right") - 1
    above = np.append(steps["from_yuan"].to_numpy()[1:], np.nan)[tier]
    return pd.DataFrame({"year_yuan": yuan, "agreement_tier": tier, "rebate": steps["rebate"].to_numpy()[tier], "next_tier_yuan": above,
                         "short_yuan": above - yuan.to_numpy()}, index=yuan.index)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Proposal:
    """A proposal for one customer, and what only we need to know of it.

    `page`: the page for the customer. `tier`, `rebate`: what is offered; `from_yuan`: the freight of a year from which it holds;
    `saving_yuan`: what the customer gets back at that freight. For us: `year_yuan`, `margin_yuan` of the past year; `tier_chance`: that the
    customer reaches the tier, where it can be told; `growth_needed`: by how much freight must grow so that the rebate costs us nothing
    (infinite where it never does). `needs`: codes of what the parcels say the customer needs.
    """

    page: OnePage
    customer_id: str
    tier: int
    rebate: float
    from_yuan: float
    saving_yuan: float
    year_yuan: float
    margin_yuan: float
    tier_chance: float
    growth_needed: float
    needs: tuple[str, ...] = field(default=())

    def summary(self) -> str:
        """For us, not for the customer: what the offer costs, in one sentence."""
        words = {"rebate": self.rebate, "from_yuan": self.from_yuan, "margin": self.margin_yuan, "growth": self.growth_needed}
        if not np.isfinite(self.growth_needed):
            return _("A rebate of {rebate:.0%} from {from_yuan:,.0f} yuan a year takes the whole margin ({margin:,.0f} yuan): do not offer "
                     "it.").format(**words)  # fmt: skip
        return _(
            "A rebate of {rebate:.0%} from {from_yuan:,.0f} yuan a year costs us nothing once freight grows by {growth:.0%}; the margin of "
            "the past year was {margin:,.0f} yuan."
        ).format(**words)

    def plot(self, ax: Axes | None = None) -> Axes:
        """For us, not for the customer: what is left of the margin with the rebate; see :func:`crmlib.plotting.rebate_margin`."""
        from crmlib.plotting.agreements import rebate_margin

        return rebate_margin(self, ax=ax)


def key_account_proposal(
    company: Company | Mapping[str, pd.DataFrame], customer_id: str, *, as_of: object, tiers: Sequence[float] | None = None,
    rebates: Sequence[float] | None = None, also: str = "", by: str = "", level: float = 0.95,
) -> Proposal:  # fmt: skip
    """Write a one-page proposal from what the customer's own parcels say.

    Answers: what do we offer this customer, in which words, and what does it cost us?

    Parameters
    ----------
    company : Company, or tables by name: customers, waybills of at least 18 months
    customer_id : str
    as_of : date, the last day known
    tiers, rebates : as in `agreement_tiers`
    also : str, a paragraph of your own, put before the one on the rebate
    by : str, whose name stands on the page
    level : float, 0–1

    Returns
    -------
    Proposal
        page (shows itself, `.page.save(path)`), and for us tier, rebate, saving_yuan, growth_needed, tier_chance; `.summary()`

    Raises
    ------
    ValueError
        There is no such customer, it shipped nothing in the year, or a column is missing.

    Notes
    -----
    Offered is the tier above the one the customer has now (the top tier stays), held out for reaching it: the rebate is due only then. The
    page holds no figure of ours that a customer should not see. A peak is a month with half as many parcels again as the mean of the months
    since the first parcel, and as the median of the months around it (growth is not a peak), of customers with six such months and ten
    parcels in each on average.

    Source: 《快递客户关系管理》 (大客户的管理); for the chance of the tier see `crmlib.accounts.potential_key_accounts`.

    >>> from crmlib.company import lark
    >>> firm = lark()
    >>> offer = key_account_proposal(firm, "C01408", as_of="2026-10-31", tiers=(1000, 3000, 10000))
    >>> offer.tier in (1, 2, 3), len(offer.page.numbers)
    (True, 4)
    """
    tables = tables_for(company, ["customers", "waybills"])
    people, bills = tables["customers"].set_index("customer_id"), tables["waybills"]
    if customer_id not in people.index:
        raise ValueError(_("There is no customer {customer_id}.").format(customer_id=customer_id))
    require_columns(
        bills.columns, ["customer_id", "picked_up_at", "price_yuan", "cost_yuan", "product", "scope", "delivered_at", "promised_at"]
    )
    end = day(as_of, "as_of") + pd.Timedelta(days=1)
    mine = within(bills[bills["customer_id"] == customer_id], "picked_up_at", end - pd.DateOffset(years=1), end)
    if mine.empty:
        raise ValueError(_("{customer_id} shipped nothing in the year up to {day}, so there is nothing to tailor a proposal to.").format(
            customer_id=customer_id, day=(end - pd.Timedelta(days=1)).date()))  # fmt: skip
    price, cost = numbers(mine["price_yuan"], "price_yuan").sum(), numbers(mine["cost_yuan"], "cost_yuan").sum()
    steps = agreement_tiers(tiers=tiers, rebates=rebates)
    now = int(agreement_tier(pd.Series({customer_id: price}), tiers=tiers, rebates=rebates)["agreement_tier"].iloc[0])
    tier = min(now + 1, len(steps) - 1)
    rebate, threshold = float(steps["rebate"][tier]), float(steps["from_yuan"][tier])
    saving = rebate * max(threshold, price)
    arrived = mine[mine["delivered_at"].notna()]
    on_time = int((arrived["delivered_at"] <= arrived["promised_at"]).sum())
    months = mine.groupby(mine["picked_up_at"].dt.to_period("M")).size()
    months = months.reindex(
        pd.period_range((end - pd.DateOffset(years=1)).to_period("M"), (end - pd.Timedelta(days=1)).to_period("M")), fill_value=0
    )
    # Before a newcomer's first parcel there were no slack months.
    months = months[months.index >= bills.loc[bills["customer_id"] == customer_id, "picked_up_at"].min().to_period("M")]
    needs = _needs(mine, months, on_time, len(arrived))
    room = price * (1 - rebate) - cost
    page = _page(people["name"][customer_id] if "name" in people else customer_id, months, needs, price=price, arrived=len(arrived),
                 on_time=on_time, rebate=rebate, threshold=threshold, saving=saving, also=also, by=by, end=end,
                 level=level)  # fmt: skip
    return Proposal(page, customer_id, tier, rebate, threshold, float(saving), float(price), float(price - cost),
                    _chance(bills, customer_id, as_of, steps, now, tier), float((price - cost) / room - 1) if room > 0 else np.inf,
                    tuple(needs))  # fmt: skip


def _needs(mine: pd.DataFrame, months: pd.Series, on_time: int, arrived: int) -> list[str]:
    enough = len(months) >= _MONTHS and months.mean() >= _MONTHLY
    around = months.rolling(7, center=True, min_periods=1).median().iloc[int(months.to_numpy().argmax())]
    found = ["peak"] if enough and months.max() >= _PEAK * max(months.mean(), around) else []
    found += ["express"] if (mine["product"] == "express").mean() >= _MUCH else []
    found += ["cross_border"] if (mine["scope"] == "cross_border").mean() >= _MUCH / 2 else []
    return found + (["late"] if arrived and 1 - on_time / arrived >= _LATE else [])


def _chance(bills: pd.DataFrame, customer_id: str, as_of: object, steps: pd.DataFrame, now: int, tier: int) -> float:
    if tier == now:
        return np.nan
    try:
        found = potential_key_accounts(bills, as_of=as_of, tiers=tuple(steps["from_yuan"][1:]))
    except ValueError:
        # Too short a history, or too few parcels to tell: the proposal stands without it.
        return np.nan
    return float(found["tier_chance"].get(customer_id, np.nan))


def _page(
    name: str, months: pd.Series, needs: list[str], *, price: float, arrived: int, on_time: int, rebate: float, threshold: float,
    saving: float, also: str, by: str, end: pd.Timestamp, level: float,
) -> OnePage:  # fmt: skip
    from crmlib.plotting.development import monthly_parcels

    offers = {
        "peak": _("In {month} you shipped {times:.1f} times as much as in an ordinary month. We keep couriers and vehicles ready for you and "
                  "settle the quantities with you a month before."),
        "express": _("You often ship express: such parcels are picked up and sorted first."),
        "cross_border": _("You ship across borders: one of us checks your papers before customs does."),
        "late": _("Too many of your parcels came late. You get a named contact who tells you of delays before you have to ask, and a "
                  "monthly report on punctuality."),
    }  # fmt: skip
    peak = months.idxmax()
    words = {"month": _("{year}-{month:02d}").format(year=peak.year, month=peak.month), "times": float(months.max() / months.mean())}
    parts = [offers[need].format(**words) for need in needs] + ([also] if also else [])
    parts.append(_("From {threshold:,.0f} yuan of freight a year on we pay back {rebate:.0%} at the end of the year. The agreement runs for "
                   "a year and binds you to nothing: below that freight, prices stay as they are.").format(threshold=threshold, rebate=rebate))  # fmt: skip
    low, high = wilson_interval(on_time, arrived, level) if arrived else (0.0, 0.0)
    figures = [
        (_("Your freight in the past year"), round(float(price), 2), None, None, "yuan"),
        (_("Your parcels in the past year"), float(months.sum()), None, None, "parcels"),
        (_("Paid back a year from that freight on"), round(saving, 2), None, None, "yuan"),
    ]
    if arrived:
        figures.insert(2, (_("Your parcels that came on time"), on_time / arrived, float(low), float(high), "share"))
    return one_page(
        _("A proposal for {name}: what your year with us looks like, and what we offer").format(name=name), figure=monthly_parcels(months),
        numbers=figures, recommendation="\n\n".join(parts), by=by, to=str(name), date=(end - pd.Timedelta(days=1)).date(), level=level,
    )  # fmt: skip
