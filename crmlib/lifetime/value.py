"""Customer lifetime value: the margin that a customer is still expected to bring, in money of today."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_rng, require_share
from crmlib.i18n import _
from crmlib.lifetime.forecast import alive_chance, expected_purchases, probability_alive, purchases_if_alive, require_positive
from crmlib.lifetime.gamma_gamma import ValueModel, expected_value, posterior_mean
from crmlib.lifetime.histories import NEEDED, checked, collapse
from crmlib.lifetime.likelihood import draw_logs
from crmlib.lifetime.purchase_model import PurchaseModel
from crmlib.lifetime.wording import together, units
from crmlib.segments.per_customer import numbers, one_row_each
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PER_YEAR = {"day": 365.25, "week": 365.25 / 7, "month": 12.0}


@dataclass(frozen=True)
class LifetimeValue:
    """The margin that customers are expected to bring over the next `periods` units, discounted to today.

    `customers` has a row a customer: probability_alive, expected_purchases (within the horizon), purchase_value_yuan (the margin of a
    purchase), lifetime_value_yuan, low and high. `total` is their sum, with `low` and `high`. The intervals, at confidence `level`, say
    how surely the *expected* value is known; what a single customer will really bring scatters far more.
    """

    customers: pd.DataFrame = field(repr=False, compare=False)
    total: float
    low: float
    high: float
    periods: float
    unit: str
    discount_per_year: float
    level: float

    def summary(self) -> str:
        """The result in two sentences."""
        ranked = self.customers["lifetime_value_yuan"].sort_values(ascending=False)
        top = int(np.ceil(round(0.2 * len(ranked), 9)))
        told = _(
            "Over the next {horizon}, {customers} customers are expected to bring a margin worth {total:,.0f} yuan today, at "
            "{discount:.1%} discount a year ({level:.0%} interval: {low:,.0f} to {high:,.0f})."
        )
        # A share of a sum that holds losses can be anything, and says nothing.
        best = _("The top 20% of them bring {share:.0%} of it.") if ranked.min() >= 0 and ranked.sum() > 0 else ""
        return together(filter(None, [told, best])).format(
            horizon=units(self.periods, self.unit), customers=f"{len(ranked):,}", total=self.total, discount=self.discount_per_year,
            level=self.level, low=self.low, high=self.high, share=ranked.iloc[:top].sum() / ranked.sum() if best else 0.0,
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The customers with the highest values, with intervals; see :func:`crmlib.plotting.lifetime_values`."""
        from crmlib.plotting import lifetime_values

        return lifetime_values(self, ax=ax)


def customer_lifetime_value(
    model: PurchaseModel, values: ValueModel | pd.Series, summary: pd.DataFrame, *, periods: float, discount_per_year: float | None = None,
    margin_share: float | pd.Series | None = None, periods_per_year: float | None = None, season: float = 1.0, level: float = 0.95,
    draws: int = 200, rng: np.random.Generator | int,
) -> LifetimeValue:  # fmt: skip
    """The discounted margin that each customer is expected to bring over a horizon.

    Answers: what is a customer still worth to us, and so what may keeping or winning it cost?

    Parameters
    ----------
    model : PurchaseModel, from :func:`fit_pareto_nbd` or :func:`fit_bg_nbd`
    values : ValueModel from :func:`fit_gamma_gamma`, or a Series by customer_id
        The margin of a purchase, yuan. A Series is taken as known without error.
    summary : DataFrame, one row a customer, from :func:`purchase_summary`, in the model's unit
    periods : float, in the summary's unit
        The horizon. Beyond two or three years the models' steady customers are a fiction.
    discount_per_year : float, 0–1, share a year, optional
        Without it: the standard lifetime.discount_per_year.
    margin_share : float, 0–1, share of revenue, or a Series of such shares by customer_id
        Needed when, and only when, `values` was fitted to revenue: a lifetime value is counted in margin. A customer's own share may be
        negative; so is its lifetime value then.
    periods_per_year : float
        Needed when, and only when, the summary has no unit of its own.
    season : float
        How busy the horizon is, where 1 is ordinary; see :func:`season_factor`. 1 for a whole year.
    level, draws : confidence of the intervals; parameter sets drawn for them, at least 50
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    LifetimeValue
        customers (probability_alive, expected_purchases, purchase_value_yuan, lifetime_value_yuan, low, high), total, low, high;
        `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        Revenue without a margin share, an unknown unit, an option outside its range, a customer without a value, or `rng` is missing.

    Notes
    -----
    Intervals: parameters are drawn from the normal approximation around the maximum (on the scale of their logs) and the value is
    worked out anew for each draw. They leave out what no model of the past knows: a price war, a new rival, another way of living.

    Source: Fader, Hardie and Lee, *RFM and CLV: Using Iso-Value Curves*, Journal of Marketing Research 42 (2005), 415–430.

    >>> from crmlib.lifetime import fit_bg_nbd
    >>> summary = pd.DataFrame({"customer_id": ["c1", "c2", "c3", "c4"], "repeats": [9, 1, 0, 2], "span": [38, 12, 0, 20], "age": 40,
    ...                         "unit": "week"})
    >>> margin = pd.Series(2.0, index=["c1", "c2", "c3", "c4"])
    >>> worth = customer_lifetime_value(fit_bg_nbd(summary), margin, summary, periods=52, draws=50, rng=1)
    >>> worth.low <= worth.total <= worth.high
    True
    """
    _require_settings(level, draws)
    generator = require_rng(rng)
    discount = get("lifetime.discount_per_year", unit="share_per_year") if discount_per_year is None else discount_per_year
    require_share("discount_per_year", discount)
    alive, expected = probability_alive(model, summary), expected_purchases(model, summary, periods=periods, season=season)
    table = checked(summary)
    share = _margin_share(values, margin_share, table.index)
    value = _known_values(values, table) * share
    # Time runs in ordinary units: a busy year has more of them, each shorter by the calendar.
    rate = np.log1p(discount) / _per_year(model.unit, periods_per_year) / season
    found = _discounted(model, table, np.exp(model.maximum.logs)[None, :], periods * season, rate)[0] * value.to_numpy()
    purchases = _discounted(model, table, np.exp(draw_logs(model.maximum, draws=draws, rng=generator)), periods * season, rate)
    drawn = purchases * _drawn_values(values, table, value.to_numpy(), share, draws, generator)
    ends = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(drawn, ends, axis=0)
    total, (total_low, total_high) = float(found.sum()), np.quantile(drawn.sum(axis=1), ends)
    customers = pd.DataFrame({
        "probability_alive": alive, "expected_purchases": expected, "purchase_value_yuan": value, "lifetime_value_yuan": found,
        "low": np.minimum(low, found), "high": np.maximum(high, found),
    })  # fmt: skip
    return LifetimeValue(
        customers, total, min(float(total_low), total), max(float(total_high), total), float(periods), model.unit, float(discount), level
    )


def _require_settings(level: float, draws: int) -> None:
    require_share("level", level)
    if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or draws < 50:
        raise ValueError(_("draws is {value}; an interval needs a whole number of at least 50.").format(value=draws))


def _per_year(unit: str, periods_per_year: float | None) -> float:
    if unit in _PER_YEAR:
        if periods_per_year is not None:
            raise ValueError(_("The summary counts by {unit}, so periods_per_year is known. Leave it out.").format(unit=unit))
        return _PER_YEAR[unit]
    if periods_per_year is None:
        raise ValueError(_("The summary does not say what a unit of time is. Give periods_per_year, for example 52 for weeks."))
    return require_positive("periods_per_year", periods_per_year)


def _margin_share(values: ValueModel | pd.Series, margin_share: float | pd.Series | None, customers: pd.Index) -> float | np.ndarray:
    on_revenue = isinstance(values, ValueModel) and "revenue" in values.column
    if on_revenue and margin_share is None:
        raise ValueError(_("values was fitted to revenue, but a lifetime value is counted in margin. Give margin_share, for example 0.12."))
    if margin_share is None:
        return 1.0
    if isinstance(values, ValueModel) and not on_revenue:
        raise ValueError(_("values was fitted to {column}, which is no revenue. Leave margin_share out.").format(column=values.column))
    if isinstance(margin_share, pd.Series):
        one_row_each(margin_share.index, "margin_share")
    else:
        require_share("margin_share", margin_share)
        return float(margin_share)
    found = numbers(margin_share.reindex(customers), "margin_share")
    refuse_rows(found > 1, _("margin_share is above 1"), _("It is margin over revenue: write 12% as 0.12."))
    return found.to_numpy()


def _known_values(values: ValueModel | pd.Series, table: pd.DataFrame) -> pd.Series:
    if isinstance(values, pd.Series):
        one_row_each(values.index, "values")
        found = values.reindex(table.index)
        refuse_rows(found.isna(), _("values has nothing for some customers"), _("Give the margin of a purchase for every customer."))
        return numbers(found, "values").rename("purchase_value_yuan")
    return expected_value(values, table)


def _discounted(model: PurchaseModel, table: pd.DataFrame, parameters: np.ndarray, periods: float, rate: float) -> np.ndarray:
    """Discounted purchases: sets of parameters × customers."""
    rows = collapse(table)
    place = table.groupby(list(NEEDED), sort=True).ngroup().to_numpy()
    found = np.empty((len(parameters), len(rows.age)))
    for row, drawn in enumerate(parameters):
        found[row] = alive_chance(model.kind, rows, drawn) * purchases_if_alive(model.kind, rows, drawn, periods=periods, discount=rate)
    return found[:, place]


def _drawn_values(
    values: ValueModel | pd.Series, table: pd.DataFrame, known: np.ndarray, share: float | np.ndarray, draws: int, rng: np.random.Generator
) -> np.ndarray:
    if isinstance(values, pd.Series):
        return np.broadcast_to(known, (draws, len(known)))
    repeats = table["repeats"].to_numpy()
    own = numbers(table[values.column], values.column, missing_ok=True).where(table["repeats"] > 0, 0.0).to_numpy()
    sets = np.exp(draw_logs(values.maximum, draws=draws, rng=rng))
    drawn = np.stack([posterior_mean(repeats, own, one) for one in sets]) * share
    # A drawn q of 1 or less gives no finite mean for newcomers; such a draw says "very much", and the estimate stands in for it.
    return np.where(np.isnan(drawn), known, drawn)


def margin_multiple(retention: float, *, discount: float) -> float:
    """How many yearly margins a customer is worth when retention and margin never change: r / (1 + i − r).

    Answers: what is a customer worth, on the back of an envelope?

    Parameters
    ----------
    retention : float, 0–1
        Share of customers who stay from one year to the next.
    discount : float, 0–1
        Discount a year.

    Returns
    -------
    float
        The first margin comes in a year, if the customer stays; add 1 where a first margin is earned at once.

    Raises
    ------
    ValueError
        `retention` or `discount` does not lie between 0 and 1.

    Source: Gupta and Lehmann, *Customers as Assets*, Journal of Interactive Marketing 17 (2003), 9–24.

    >>> round(margin_multiple(0.9, discount=0.12), 2), round(margin_multiple(0.8, discount=0.10), 2)
    (4.09, 2.67)
    """
    require_share("retention", retention)
    require_share("discount", discount)
    return retention / (1 + discount - retention)
