"""Gamma–Gamma: what a purchase is worth, for customers of whom few are known."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.lifetime.histories import unit_of
from crmlib.lifetime.likelihood import Maximum, estimates, maximise
from crmlib.lifetime.wording import together
from crmlib.segments.per_customer import customer_table, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES = ["p", "q", "v"]


@dataclass(frozen=True)
class Means:
    """Customers' numbers of repeat purchases, and the mean value of each customer's purchases."""

    repeats: np.ndarray
    value: np.ndarray

    @cached_property
    def numbers(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The different numbers of repeat purchases, which of them each customer has, and how many customers have each."""
        found, place = np.unique(self.repeats, return_inverse=True)
        return found, place, np.bincount(place)

    @cached_property
    def weighted_log(self) -> float:
        """The sum of x log(x z)."""
        return float(self.repeats @ np.log(self.repeats * self.value))

    @cached_property
    def plain_log(self) -> float:
        """The sum of log z."""
        return float(np.log(self.value).sum())


@dataclass(frozen=True)
class ValueModel:
    """What a purchase is worth, as fitted to `customers` repeat buyers.

    `column` is what was fitted, `parameters` a table with estimate, standard_error, low and high at confidence `level`, `mean` the mean
    value of a purchase over all customers (missing where it is infinite), `correlation` that between a customer's number of repeat
    purchases and its mean value, which the model takes to be 0 (Spearman's).
    """

    column: str
    unit: str
    parameters: pd.DataFrame
    log_likelihood: float
    customers: int
    level: float
    mean: float
    correlation: float
    maximum: Maximum = field(repr=False, compare=False)
    observed: pd.Series = field(repr=False, compare=False)

    def summary(self) -> str:
        """The result in two sentences."""
        worth = (
            _("Gamma–Gamma, {customers} repeat buyers: values differ so much that their mean is not finite (q is at most 1).")
            if np.isnan(self.mean)
            else _("Gamma–Gamma, {customers} repeat buyers: a purchase is worth {mean:.2f} yuan to the average customer.")
        )
        unrelated = (
            _("The model takes value and number of purchases to be unrelated; here all bought equally often, so nobody can tell.")
            if np.isnan(self.correlation)
            else _("The model takes value and number of purchases to be unrelated; their rank correlation is {correlation:.2f}.")
        )
        return together([worth, unrelated]).format(customers=f"{self.customers:,}", mean=self.mean, correlation=self.correlation)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Observed means against what the model makes of them; see :func:`crmlib.plotting.purchase_values`."""
        from crmlib.plotting import purchase_values

        return purchase_values(self, ax=ax)


def fit_gamma_gamma(summary: pd.DataFrame, *, column: str = "mean_margin_yuan", level: float = 0.95) -> ValueModel:
    """Fit the Gamma–Gamma model of the value of a purchase by maximum likelihood.

    Answers: what will a purchase of this customer be worth, when we have seen only a few?

    Parameters
    ----------
    summary : DataFrame, one row a customer, from :func:`purchase_summary`
        customer_id (a column or the index), repeats, and `column`: the mean value of a repeat purchase, yuan. Customers without a repeat
        purchase are left out.
    column : "mean_margin_yuan" or "mean_revenue_yuan", or another column of `summary`
    level : float, 0–1
        Confidence of the parameters' intervals.

    Returns
    -------
    ValueModel
        parameters p, q, v (a purchase of a customer is Gamma distributed with shape p and scale 1 / ν, and ν over the customers with shape
        q and rate v), mean, correlation; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A mean value of a repeat buyer is missing, 0 or negative, fewer than three repeat buyers, or all have the same value.

    Source: Fader and Hardie, *The Gamma-Gamma Model of Monetary Value* (2013); Colombo and Jiang (1999).

    >>> summary = pd.DataFrame({"customer_id": range(5), "repeats": [0, 1, 2, 4, 9], "mean_margin_yuan": [None, 2.0, 9.0, 4.0, 5.0]})
    >>> fit_gamma_gamma(summary).customers
    4
    """
    table = customer_table(summary, ["repeats", column], "summary")
    repeats = _repeats(table)
    again = repeats > 0
    repeats, value = repeats[again], numbers(table.loc[again, column], column)
    refuse_rows(
        value <= 0, _("{name} is 0 or negative").format(name=column),
        _("Gamma–Gamma knows positive values only: set these customers apart, or fit mean_revenue_yuan and give margin_share later."),
    )  # fmt: skip
    if len(value) < 3 or value.nunique() < 3:
        raise ValueError(
            _("{count} repeat buyer(s) with {different} different values cannot show how customers differ. Take more customers.").format(
                count=len(value), different=value.nunique()
            )
        )
    rows = Means(repeats.to_numpy(), value.to_numpy())
    found = maximise(
        lambda logs: log_likelihood(rows, np.exp(logs)),
        {"p": 2.0, "q": 3.0, "v": float(value.mean())}, size=len(value),
    )  # fmt: skip
    p, q, v = np.exp(found.logs)
    return ValueModel(
        column, unit_of(table), estimates(NAMES, found, level=level), found.log_likelihood, len(value), level,
        float(p * v / (q - 1)) if q > 1 else np.nan, float(repeats.rank().corr(value.rank())), maximum=found,
        observed=pd.DataFrame({"repeats": repeats, "value": value}),
    )  # fmt: skip


def log_likelihood(rows: Means, parameters: np.ndarray) -> tuple[float, np.ndarray]:
    """The log-likelihood of all mean values and its gradient by the logs of p, q, v.

    >>> total, gradient = log_likelihood(Means(np.array([1.0]), np.array([1.0])), np.ones(3))
    >>> round(total, 6)
    -1.386294
    """
    p, q, v = parameters
    x, place, count = rows.numbers
    sums = v + rows.repeats * rows.value
    log_sum, share = (np.bincount(place, weights=each) for each in (np.log(sums), 1 / sums))
    shape, customers = p * x, count.sum()
    value = count @ (gammaln(shape + q) - gammaln(shape)) + customers * (q * np.log(v) - gammaln(q)) - (shape + q) @ log_sum
    both = digamma(shape + q)
    gradient = np.array([
        (count * x) @ (both - digamma(shape)) + rows.weighted_log - x @ log_sum,
        count @ both + customers * (np.log(v) - digamma(q)) - log_sum.sum(),
        customers * q / v - (shape + q) @ share,
    ])  # fmt: skip
    return float(value + p * rows.weighted_log - rows.plain_log), gradient * parameters


def expected_value(values: ValueModel, summary: pd.DataFrame) -> pd.Series:
    """What each customer's next purchase is expected to be worth.

    Answers: how far may the mean of a few purchases be trusted?

    A customer's own mean is drawn towards that of all customers, the more so the fewer purchases it rests on.

    Parameters
    ----------
    values : ValueModel, from :func:`fit_gamma_gamma`
    summary : DataFrame, one row a customer, with repeats and the model's column; who bought once gets the mean over all customers

    Returns
    -------
    Series purchase_value_yuan (a purchase), indexed by customer_id, in the order of `summary`

    Raises
    ------
    ValueError
        A value of a repeat buyer is missing, or the mean over all customers is infinite (q at most 1).

    Source: Fader and Hardie (2013), equation 5.

    >>> summary = pd.DataFrame({"customer_id": range(5), "repeats": [0, 1, 2, 4, 9], "mean_margin_yuan": [None, 2.0, 9.0, 4.0, 5.0]})
    >>> value = expected_value(fit_gamma_gamma(summary), summary)
    >>> bool(2.0 < value[1] < value[0])
    True
    """
    if not isinstance(values, ValueModel):
        raise ValueError(_("values must come from crm.lifetime.fit_gamma_gamma; this is a {kind}.").format(kind=type(values).__name__))
    table = customer_table(summary, ["repeats"], "summary")
    require_columns(table.columns, [values.column])
    repeats = _repeats(table)
    own = numbers(table[values.column][repeats > 0], values.column).reindex(table.index, fill_value=0.0)
    found = posterior_mean(repeats.to_numpy(), own.to_numpy(), values.parameters["estimate"].to_numpy())
    refuse_rows(
        pd.Series(~(found > 0), index=table.index), _("The mean value of a purchase is not finite for these customers (q is at most 1)"),
        _("Values differ too much for one model: fit large and small customers apart."),
    )  # fmt: skip
    return pd.Series(found, index=table.index, name="purchase_value_yuan")


def _repeats(table: pd.DataFrame) -> pd.Series:
    found = numbers(table["repeats"], "repeats")
    refuse_rows(found < 0, _("{name} is negative").format(name="repeats"), _("Make the table with crm.lifetime.purchase_summary."))
    return found


def posterior_mean(repeats: np.ndarray, own: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """The mean of what a purchase is worth, given `own`, the mean of `repeats` purchases; missing where it is infinite.

    >>> posterior_mean(np.array([0.0]), np.array([0.0]), np.array([2.0, 3.0, 5.0])).tolist()
    [5.0]
    """
    p, q, v = parameters
    weight = p * repeats + q - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weight > 0, p * (v + repeats * own) / weight, np.nan)
