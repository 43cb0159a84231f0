"""What is left of a price, and how far it can be cut before the cut costs more than it brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.i18n import _
from crmlib.pricing.cents import decimal
from crmlib.segments.per_customer import numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def margin_by(waybills: pd.DataFrame, *, by: str | Sequence[str] = ("scope", "product")) -> pd.DataFrame:
    """Revenue, cost and margin of groups of parcels.

    Answers: which of our services earn money, and which are given away?

    Parameters
    ----------
    waybills : DataFrame, one row a parcel
        price_yuan, cost_yuan and the columns of `by`.
    by : name of a column, or several

    Returns
    -------
    DataFrame, one row a group, largest revenue first
        the columns of `by`, parcels, revenue_yuan, cost_yuan, margin_yuan, margin_rate (sum of margins over sum of revenues, not the mean
        of the parcels' rates; missing where nothing was earned), loss_share (share of parcels that cost more than they bring)

    Raises
    ------
    ValueError
        A column is missing; a number is missing or text; there are no parcels.

    Source: cost accounting; 《快递客户关系管理》 (value of a customer is what is left, not what is paid).

    >>> parcels = pd.DataFrame({"scope": ["domestic", "domestic"], "price_yuan": [10.0, 30.0], "cost_yuan": [9.0, 15.0]})
    >>> margin_by(parcels, by="scope")["margin_rate"].tolist()
    [0.4]
    """
    keys = [by] if isinstance(by, str) else list(by)
    require_columns(waybills.columns, [*keys, "price_yuan", "cost_yuan"])
    if waybills.empty:
        raise ValueError(_("The table has no parcels."))
    priced = waybills[keys].assign(
        revenue_yuan=numbers(waybills["price_yuan"], "price_yuan"), cost_yuan=numbers(waybills["cost_yuan"], "cost_yuan")
    )
    priced["loss_share"] = (priced["cost_yuan"] > priced["revenue_yuan"]).astype(float)
    groups = priced.groupby(keys, observed=True, sort=True, dropna=False)
    table = groups[["revenue_yuan", "cost_yuan"]].sum().round(2)
    table.insert(0, "parcels", groups.size())
    table["margin_yuan"] = (table["revenue_yuan"] - table["cost_yuan"]).round(2)
    table["margin_rate"] = table["margin_yuan"] / table["revenue_yuan"].where(table["revenue_yuan"] > 0)
    table["loss_share"] = groups["loss_share"].mean()
    return table.sort_values("revenue_yuan", ascending=False, kind="stable").reset_index()


@dataclass(frozen=True)
class BreakEven:
    """How far a price can be cut. `margin_rate` is what is left of a yuan of price today.

    `table`, one row a discount: discount, growth_needed (of parcels, so that the margin in yuan stays as it was; missing where nothing is
    left), and with a response: growth_expected, margin_index (margin in yuan, today = 1), each with _low and _high where the response is
    a range. `break_even` is the largest discount at which the margin is not below today's (0: every discount loses), `best` the one with
    the largest margin; (low, high) of both in `break_even_range`, `best_range`.
    """

    margin_rate: float
    response: tuple[float, float, float] | None
    break_even: float | None
    break_even_range: tuple[float, float] | None
    best: float | None
    best_range: tuple[float, float] | None
    table: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        """The result in one or two sentences."""
        row = self.table.iloc[(self.table["discount"] - 0.1).abs().argmin()]
        if np.isnan(row["growth_needed"]):
            needed = _("At {discount:.0%} off, nothing is left of the margin of {margin:.1%}: no growth makes up for it.").format(
                discount=row["discount"], margin=self.margin_rate)  # fmt: skip
        else:
            needed = _("With a margin of {margin:.1%}, {discount:.0%} off needs {growth:.0%} more parcels to earn the same.").format(
                margin=self.margin_rate, discount=row["discount"], growth=row["growth_needed"])  # fmt: skip
        if self.break_even is None:
            return needed
        low, high = self.break_even_range
        if high == 0:
            return f"{needed} " + _("At this response every discount earns less than none.")
        return f"{needed} " + _("At the response assumed, a discount pays up to {even:.1%} (from {low:.1%} to {high:.1%}).").format(
            even=self.break_even, low=low, high=high)  # fmt: skip

    def number(self, discount: float) -> tuple:
        """For `crm.one_page`: how much more is needed at the row of the table nearest to `discount`."""
        row = self.table.iloc[(self.table["discount"] - discount).abs().argmin()]
        return (_("More parcels needed at {discount:.0%} off").format(discount=row["discount"]), float(row["growth_needed"]), None, None, "share")

    def plot(self, ax: Axes | None = None) -> Axes:
        """Growth needed (and margin, where a response is given) by discount; see :func:`crmlib.plotting.discount_break_even`."""
        from crmlib.plotting.pricing import discount_break_even

        return discount_break_even(self, ax=ax)


def break_even_discount(
    price_yuan: object, cost_yuan: object, *, response: float | Sequence[float] | None = None, discounts: Sequence[float] | None = None
) -> BreakEven:
    """How much more must be sent to make up for a discount, and up to which discount that happens.

    Answers: how far can I go down with the price, and what must the customer send more?

    Parameters
    ----------
    price_yuan, cost_yuan : mean price and variable cost of a parcel, yuan, price above 0
    response : number, or (low, high), optional
        By how many per cent parcels grow for each per cent off the price (2: 10 % off brings 20 % more). A range gives results as ranges,
        with its middle as the estimate.
    discounts : shares, optional
        Rows of the table; without any, 0 to 30 %.

    Returns
    -------
    BreakEven

    Raises
    ------
    ValueError
        A number is out of range, or a range stands upside down.

    Source: break-even analysis. With margin rate m and discount d, parcels must grow by d/(m − d); with growth response × d, the margin
    is (1 + response × d)(m − d)/m of today's, which is 1 again at d = m − 1/response and largest half way there.

    >>> found = break_even_discount(10, 6, response=5)
    >>> round(found.break_even, 3), round(found.best, 3), round(float(found.table.growth_needed[10]), 3)
    (0.2, 0.1, 0.333)
    """
    price, cost = float(decimal("price_yuan", price_yuan, least=0.01)), float(decimal("cost_yuan", cost_yuan))
    margin = (price - cost) / price
    shares = (
        np.round(np.linspace(0, 0.3, 31), 3)
        if discounts is None
        else np.array([float(decimal("discounts", one, below=1)) for one in discounts])
    )
    if len(shares) == 0:
        raise ValueError(_("discounts is empty. Name at least one, such as [0.05, 0.10]."))
    left = margin - shares
    needed = np.where(left > 1e-12, shares / np.where(left > 1e-12, left, 1), np.nan)
    if margin <= 0:
        needed = np.where(shares == 0, 0.0, np.nan)
    table = pd.DataFrame({"discount": shares, "growth_needed": needed})
    if response is None:
        return BreakEven(margin, None, None, None, None, None, table)
    ends = _response(response)
    for name, value in zip(("", "_low", "_high"), (sum(ends) / 2, *ends), strict=True):
        table[f"growth_expected{name}"] = value * shares
        table[f"margin_index{name}"] = (1 + value * shares) * left / margin if margin > 0 else np.nan
    even, low, high = (max(margin - 1 / value, 0.0) if value > 0 else 0.0 for value in (sum(ends) / 2, *ends))
    return BreakEven(margin, (sum(ends) / 2, *ends), even, (low, high), even / 2, (low / 2, high / 2), table)


def _response(response: float | Sequence[float]) -> tuple[float, float]:
    pair = (response, response) if np.isscalar(response) else tuple(response)
    if len(pair) != 2:
        raise ValueError(_("response is one number, or a low and a high one, such as (1, 3)."))
    low, high = (float(decimal("response", one)) for one in pair)
    if low > high:
        raise ValueError(_("response goes from {low:g} to {high:g}; write the lower one first.").format(low=low, high=high))
    return low, high
