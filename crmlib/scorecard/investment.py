"""What a CRM costs over the years, and whether it pays: net present value, return, payback, break-even and what matters most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import refuse_rows, require_columns, require_rng, require_share
from crmlib.i18n import _
from crmlib.survey.intervals import normal_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ITEMS = ("licences", "integration", "training", "operation")


@dataclass(frozen=True, eq=False)
class ReturnOnInvestment:
    """Whether an investment pays.

    `table`: money_measure (net_present_value in yuan, roi: net present value over the present value of the costs, payback_years:
    undiscounted, inf where it never comes), value (at the middle of all estimates), low, high. `chance_positive`: share of the draws with
    a net present value above 0. `break_even`: the part of the benefits at which it just pays (1.3: a third more than estimated would be
    needed). `tornado`: money_item, kind (benefit, cost, discount), low_yuan, high_yuan (net present value with this item at either end,
    all else in the middle), swing_yuan, largest first. `cash`: year (0: the start), benefit_yuan, cost_yuan, cumulative_yuan.
    """

    table: pd.DataFrame
    chance_positive: float
    break_even: float
    tornado: pd.DataFrame
    cash: pd.DataFrame
    level: float

    def summary(self) -> str:
        """Value, chance, break-even and what matters most."""
        rows = self.table.set_index("money_measure")
        worth, back = rows.loc["net_present_value"], rows.loc["payback_years"]
        paid = (_("paid back after {years:.1f} years").format(years=back["value"]) if np.isfinite(back["value"]) else
                _("not paid back in these {years} years").format(years=int(self.cash["year"].max())))  # fmt: skip
        return _(
            "Net present value {value:,.0f} yuan ({low:,.0f} to {high:,.0f}), {paid}; the chance that it pays is {chance:.0%}. It just pays with "
            "{share:.0%} of the benefits estimated. What moves it most: {item}."
        ).format(
            value=worth["value"],
            low=worth["low"],
            high=worth["high"],
            paid=paid,
            chance=self.chance_positive,
            share=self.break_even,
            item=_item(self.tornado["money_item"].iloc[0]),
        )

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """The tornado: net present value as each item goes from low to high; see :func:`crmlib.plotting.investment_tornado`."""
        from crmlib.plotting import investment_tornado

        return investment_tornado(self, ax=ax)


def cost_of_ownership(*, users: int, years: int | None = None, factors: Mapping[str, float] | None = None) -> pd.DataFrame:
    """What a CRM costs from the first day to the last year, not only its licence.

    Answers: what does it really cost?

    Parameters
    ----------
    users : whole number of people who work with it
    years : whole number of years, optional; None: the standard scorecard.years
    factors : mapping of licences, integration, training, operation to a factor on the standards, optional
        ``{"integration": 2}`` for a tool that is twice as hard to connect.

    Returns
    -------
    DataFrame, one row a year (0: the start) and item
        year, money_item (licences, integration, training, operation), yuan, low, high (95 %)

    Raises
    ------
    ValueError
        users or years is no whole number from 1 on, or an item is unknown.

    Source: own; every figure is a teaching value of crmlib/standards.toml.

    >>> cost_of_ownership(users=6, years=2).query("money_item == 'licences'").yuan.tolist()
    [2880.0, 2880.0]
    """
    years = int(standards.get("scorecard.years", unit="count")) if years is None else years
    for name, value in (("users", users), ("years", years)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ValueError(_("{name} must be a whole number from 1 on, not {value}.").format(name=name, value=repr(value)))
    factors = dict(factors or {})
    if unknown := [item for item in factors if item not in ITEMS]:
        raise ValueError(_("There is no item {item}. Known: {known}.").format(item=unknown[0], known=", ".join(ITEMS)))
    if bad := [item for item, factor in factors.items() if not isinstance(factor, (int, float)) or not 0 <= factor < np.inf]:
        raise ValueError(_("The factor of {item} must be a number from 0 on.").format(item=bad[0]))
    licence = standards.get("scorecard.licence_month", unit="yuan") * 12 * users
    joining = standards.get("scorecard.integration", unit="yuan")
    training = standards.get("scorecard.training_user", unit="yuan") * users
    later = training * standards.get("scorecard.training_later", unit="share")
    yearly = standards.get("scorecard.operation_share", unit="share") * joining * factors.get("integration", 1)
    spread = dict(zip(ITEMS, standards.get("scorecard.cost_spread", unit="share"), strict=True))
    rows = [(0, "integration", joining), (0, "training", training)]
    for year in range(1, years + 1):
        rows += [(year, "licences", licence), (year, "operation", yearly), *([(year, "training", later)] if year > 1 else [])]
    table = pd.DataFrame(rows, columns=["year", "money_item", "yuan"])
    table["yuan"] = table["yuan"].astype(float) * table["money_item"].map(factors).fillna(1.0)
    off = table["money_item"].map(spread)
    return table.assign(low=table["yuan"] * (1 - off), high=table["yuan"] * (1 + off))


def return_on_investment(
    benefits: pd.DataFrame, costs: pd.DataFrame, *, rng: np.random.Generator | int, years: int | None = None, discount: float | None = None,
    draws: int = 10_000, level: float = 0.95,
) -> ReturnOnInvestment:  # fmt: skip
    """Whether the benefits pay for the costs, with all that is unsure in both.

    Answers: does it pay, when, how sure is that, and what would have to be true?

    Parameters
    ----------
    benefits : DataFrame: benefit, yuan_per_year, low, high
        For instance of :meth:`RolloutEffect.benefits`. They begin in year 1 and stay the same; low and high are a 95 % interval.
    costs : DataFrame: year (0: the start), money_item, yuan, low, high
        For instance of :func:`cost_of_ownership`. Years after `years` are left out. An item is off its plan in all its years alike.
    rng : Generator or whole number
    years : whole number, optional; None: the last year of the costs
    discount : float from 0 on, a year, optional; None: the standard economics.discount_per_year
    draws, level : of the interval

    Returns
    -------
    ReturnOnInvestment

    Raises
    ------
    ValueError
        A column is missing or holds no numbers, low lies above high, or there is neither cost nor benefit.

    Notes
    -----
    Benefits and costs are drawn from normal distributions with the widths of their intervals, each independently (costs not below 0). If
    two benefits rest on one effect, their errors go together and the interval here is too narrow: add them up first. Money falls at the
    end of its year. Payback counts undiscounted money, evenly within a year.

    Source: Brealey, Myers and Allen, Principles of Corporate Finance; Hubbard (2014) on drawing instead of guessing.

    >>> gain = pd.DataFrame({"benefit": ["calls"], "yuan_per_year": [500.0], "low": [400.0], "high": [600.0]})
    >>> spent = pd.DataFrame({"year": [0], "money_item": ["integration"], "yuan": [1000.0], "low": [900.0], "high": [1100.0]})
    >>> return_on_investment(gain, spent, years=3, discount=0.0, rng=0).table.value.round(2).tolist()
    [500.0, 0.5, 2.0]
    """
    require_share("level", level)
    rng = require_rng(rng)
    benefits = _numbers(benefits, "benefit", "yuan_per_year")
    costs = _numbers(costs, "money_item", "yuan", more=("year",))
    refuse_rows(costs["yuan"] < 0, _("A cost is below 0"), _("Write costs as positive yuan."))
    years = int(costs["year"].max()) if years is None else years
    if isinstance(years, bool) or not isinstance(years, (int, np.integer)) or years < 1:
        raise ValueError(_("{name} must be a whole number from 1 on, not {value}.").format(name="years", value=repr(years)))
    discount = standards.get("economics.discount_per_year", unit="share_per_year") if discount is None else discount
    if not isinstance(discount, (int, float)) or not 0 <= discount < 10:
        raise ValueError(_("discount must be a share a year from 0 on (write 10% as 0.1), not {value}.").format(value=repr(discount)))
    costs = costs[costs["year"].between(0, years)]
    if costs["yuan"].sum() <= 0:
        raise ValueError(_("The costs add up to 0; there is nothing to earn back."))
    items = list(dict.fromkeys(costs["money_item"]))
    plan = (
        costs.pivot_table(index="money_item", columns="year", values="yuan", aggfunc="sum")
        .reindex(items)
        .reindex(columns=range(years + 1))
        .fillna(0)
        .to_numpy()
    )
    totals = costs.groupby("money_item")[["yuan", "low", "high"]].sum().reindex(items)
    factor_error = (
        ((totals["high"] - totals["low"]) / 2 / normal_quantile(0.95) / totals["yuan"].where(totals["yuan"] > 0)).fillna(0).to_numpy()
    )
    gain = benefits["yuan_per_year"].to_numpy()
    gain_error = ((benefits["high"] - benefits["low"]) / 2 / normal_quantile(0.95)).to_numpy()
    drawn_gain = gain + gain_error * rng.standard_normal((draws, len(gain)))
    drawn_cost = np.maximum(1 + factor_error * rng.standard_normal((draws, len(items))), 0) @ plan

    def told(yearly: np.ndarray, spent: np.ndarray, rate: float = discount) -> np.ndarray:
        """Net present value, return, payback of each draw."""
        fade = (1 + rate) ** -np.arange(years + 1.0)
        earned = np.column_stack([np.zeros(len(yearly)), np.repeat(yearly[:, None], years, axis=1)])
        worth, paid = ((earned - spent) * fade).sum(axis=1), (spent * fade).sum(axis=1)
        return np.stack([worth, worth / paid, _payback((earned - spent).cumsum(axis=1))])

    middle = told(gain.sum()[None], plan.sum(axis=0)[None])[:, 0]
    drawn = told(drawn_gain.sum(axis=1), drawn_cost)
    ends = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=1, method="nearest")
    table = pd.DataFrame({"money_measure": ["net_present_value", "roi", "payback_years"], "value": middle, "low": ends[0], "high": ends[1]})
    fade = (1 + discount) ** -np.arange(years + 1.0)
    worth_gain = gain.sum() * fade[1:].sum()
    bars = []
    for number, name in enumerate(benefits["benefit"]):
        bars.append(
            (name, "benefit", *(middle[0] + (benefits[side].iloc[number] - gain[number]) * fade[1:].sum() for side in ("low", "high")))
        )
    for number, name in enumerate(items):
        whole = (plan[number] * fade).sum()
        bars.append((name, "cost", *(middle[0] - whole * side * factor_error[number] * normal_quantile(0.95) for side in (1, -1))))
    if discount > 0:
        bars.append(
            ("discount", "discount", *(told(gain.sum()[None], plan.sum(axis=0)[None], discount * side)[0, 0] for side in (1.5, 0.5)))
        )
    tornado = pd.DataFrame(bars, columns=["money_item", "kind", "low_yuan", "high_yuan"])
    tornado["swing_yuan"] = (tornado["high_yuan"] - tornado["low_yuan"]).abs()
    spent = plan.sum(axis=0)
    cash = pd.DataFrame({"year": range(years + 1), "benefit_yuan": np.r_[0.0, np.full(years, gain.sum())], "cost_yuan": spent})
    return ReturnOnInvestment(
        table, float((drawn[0] > 0).mean()), float((plan.sum(axis=0) * fade).sum() / worth_gain) if worth_gain > 0 else np.inf,
        tornado.sort_values("swing_yuan", ascending=False, ignore_index=True),
        cash.assign(cumulative_yuan=(cash["benefit_yuan"] - cash["cost_yuan"]).cumsum()), level,
    )  # fmt: skip


def _numbers(table: pd.DataFrame, name: str, amount: str, more: tuple[str, ...] = ()) -> pd.DataFrame:
    if not isinstance(table, pd.DataFrame) or table.empty:
        raise ValueError(
            _("A table with {columns} is needed, one row or more.").format(columns=", ".join((name, amount, "low", "high", *more)))
        )
    require_columns(table.columns, [name, amount, "low", "high", *more])
    table = table.reset_index(drop=True)
    numbers = table[[amount, "low", "high", *more]].apply(pd.to_numeric, errors="coerce")
    refuse_rows(numbers.isna().any(axis=1) | ~np.isfinite(numbers.fillna(0)).all(axis=1), _("An amount is no number"), _("Fill in yuan."))
    refuse_rows((numbers["low"] > numbers[amount]) | (numbers[amount] > numbers["high"]), _("The amount does not lie between low and high"),
                _("Mend low and high."))  # fmt: skip
    return pd.concat([table[[name]], numbers], axis=1)


def _payback(cumulative: np.ndarray) -> np.ndarray:
    """The moment from which on the sum stays above 0, in years; inf where the end lies below."""
    below = cumulative < 0
    last = cumulative.shape[1] - 1 - below[:, ::-1].argmax(axis=1)
    rows = np.arange(len(cumulative))
    after = cumulative[rows, np.minimum(last + 1, cumulative.shape[1] - 1)]
    with np.errstate(divide="ignore", invalid="ignore"):
        moment = last + -cumulative[rows, last] / (after - cumulative[rows, last])
    return np.where(~below.any(axis=1), 0.0, np.where(below[:, -1], np.inf, moment))


def _item(name: str) -> str:
    from crmlib.company.schema import label

    found = label(name, "money_item")
    return label(name, "effect_on") if found == name else found
