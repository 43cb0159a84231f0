"""Customers under contract who may or may not renew it: the shifted-beta-geometric model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import betaln, digamma

from crmlib.checks import refuse_rows, require_share
from crmlib.i18n import _
from crmlib.lifetime.hypergeometric import log_hyp2f1
from crmlib.lifetime.likelihood import Maximum, combination, estimates, maximise
from crmlib.lifetime.wording import together
from crmlib.segments.per_customer import numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES = ["alpha", "beta"]


@dataclass(frozen=True)
class ContractModel:
    """How customers renew, as fitted to a group that began with `customers` customers.

    `parameters` is a table with estimate, standard_error, low and high at confidence `level`; `survivors` the customers observed after
    0, 1, 2, … renewals; `loose` names parameters that the data do not determine.
    """

    parameters: pd.DataFrame
    log_likelihood: float
    customers: int
    level: float
    loose: tuple[str, ...]
    maximum: Maximum = field(repr=False, compare=False)
    survivors: pd.Series = field(repr=False, compare=False)

    def summary(self) -> str:
        """The result in two sentences, and a third where the data leave something open."""
        odds, low, high = combination(np.array([1.0, -1.0]), self.maximum, level=self.level)
        first = 1 / (1 + np.exp([odds, low, high]))
        forecast = contract_forecast(self, periods=len(self.survivors))
        renew = (
            _("Shifted-beta-geometric, {customers} customers: {share:.1%} renew the first time.")
            if np.isnan(low)
            else _(
                "Shifted-beta-geometric, {customers} customers: {share:.1%} renew the first time ({level:.0%} interval: {low:.1%} to "
                "{high:.1%})."
            )
        )
        sentences = [
            renew.format(customers=f"{self.customers:,}", share=first[0], level=self.level, low=first[2], high=first[1]),
            # Where no difference between customers is seen, nobody can say that a certain kind has left.
            (
                _("Of those who are left after {renewals} renewals, {share:.1%} renew again.")
                if self.loose
                else _("Of those who are left after {renewals} renewals, {share:.1%} renew again: those likely to leave have left.")
            ).format(
                renewals=len(self.survivors) - 1, share=forecast["renewal_share"].iloc[-1]
            ),
        ]
        if self.loose:
            sentences.append(_("How much the customers differ cannot be told from these data: more customers or periods would be needed."))
        return together(sentences)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Customers left after each renewal, observed and forecast; see :func:`crmlib.plotting.renewals`."""
        from crmlib.plotting import renewals

        return renewals(self, ax=ax)


def fit_sbg(survivors: pd.Series, *, level: float = 0.95) -> ContractModel:
    """Fit the shifted-beta-geometric model by maximum likelihood.

    Answers: how many will renew next time, when retention has risen from year to year?

    Retention rises although nobody becomes more loyal: customers differ, and those likely to leave have left.

    Parameters
    ----------
    survivors : Series of counts
        How many customers of one group are left after 0, 1, 2, … renewals; the first number is all of them. Counts, not percentages: the
        interval depends on how many customers there were.
    level : float, 0–1
        Confidence of the parameters' intervals.

    Returns
    -------
    ContractModel
        parameters alpha, beta (the chance of leaving at a renewal is Beta distributed over the customers: mean alpha / (alpha + beta));
        `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        Fewer than three numbers, a number rises or is no count, or nobody left.

    Source: Fader and Hardie, *How to Project Customer Retention*, Journal of Interactive Marketing 21 (2007), 76–90.

    >>> fit_sbg(pd.Series([1000, 631, 468, 382, 326, 289, 262, 241])).parameters.estimate.round(3).tolist()
    [0.704, 1.182]
    """
    counts = _counts(survivors)
    left = -np.diff(counts)
    total = counts[0]
    first = max(left[0] / total, 1e-6)
    found = maximise(
        lambda logs: _log_likelihood(left, counts[-1], np.exp(logs)), {"alpha": 1.0, "beta": max((1 - first) / first, 1e-3)}, size=total
    )
    return ContractModel(
        estimates(NAMES, found, level=level), found.log_likelihood, int(total), level, found.loose, maximum=found,
        survivors=pd.Series(counts.astype("int64"), index=pd.RangeIndex(len(counts), name="renewals"), name="customers"),
    )  # fmt: skip


def _counts(survivors: pd.Series) -> np.ndarray:
    if not isinstance(survivors, (pd.Series, Sequence, Mapping, np.ndarray)) or isinstance(survivors, str) or np.ndim(survivors) > 1:
        raise ValueError(_("survivors must be a Series of counts, such as pd.Series([1000, 631, 468]); this is a {kind}.").format(
            kind=type(survivors).__name__))  # fmt: skip
    values = survivors if isinstance(survivors, pd.Series) else pd.Series(survivors)
    found = numbers(values, "survivors")
    if len(found) < 3:
        raise ValueError(_("survivors has {count} number(s); two renewals are needed at least, so three numbers.").format(count=len(found)))
    refuse_rows(
        (found < 0) | (found != found.round()), _("survivors holds something other than counts"),
        _("Give the number of customers, not the percentage: 631 of 1,000, not 63.1."),
    )  # fmt: skip
    refuse_rows(found.diff() > 0, _("survivors rises"), _("Follow one group from its start, and leave out customers who joined later."))
    if found.iloc[0] == found.iloc[-1]:
        raise ValueError(_("Nobody left in these periods, so nothing can be learnt of leaving. Take more customers or more periods."))
    return found.to_numpy()


def _log_likelihood(left: np.ndarray, kept: float, parameters: np.ndarray) -> tuple[float, np.ndarray]:
    alpha, beta = parameters
    time = np.arange(1, len(left) + 1)
    base = betaln(alpha, beta)
    value = left @ (betaln(alpha + 1, beta + time - 1) - base) + kept * (betaln(alpha, beta + len(left)) - base)
    whole, whole_then, whole_kept = digamma(alpha + beta), digamma(alpha + beta + time), digamma(alpha + beta + len(left))
    gradient = np.array([
        left @ (1 / alpha + whole - whole_then) + kept * (whole - whole_kept),
        left @ (digamma(beta + time - 1) - digamma(beta) + whole - whole_then)
        + kept * (digamma(beta + len(left)) - digamma(beta) + whole - whole_kept),
    ])  # fmt: skip
    return float(value), gradient * parameters


def _require_model(model: object) -> None:
    if not isinstance(model, ContractModel):
        raise ValueError(_("model must come from crm.lifetime.fit_sbg; this is a {kind}.").format(kind=type(model).__name__))


def contract_forecast(model: ContractModel, *, periods: int) -> pd.DataFrame:
    """How many customers are left after each renewal, and how many of them renew.

    Answers: how large is the group in five years?

    Parameters
    ----------
    model : ContractModel, from :func:`fit_sbg`
    periods : int, at least 1
        The last renewal looked at.

    Returns
    -------
    DataFrame, indexed by renewals (0, 1, …, `periods`)
        survival_share (share of the group that is left, 0–1), renewal_share (share of those left after the renewal before who renew once
        more; missing at 0)

    Raises
    ------
    ValueError
        `periods` is no whole number above 0.

    Source: Fader and Hardie (2007), equations 5 and 7.

    >>> model = fit_sbg(pd.Series([1000, 631, 468, 382, 326, 289, 262, 241]))
    >>> contract_forecast(model, periods=12).survival_share.round(3).tolist()[-1]
    0.17
    """
    _require_model(model)
    if isinstance(periods, bool) or not isinstance(periods, (int, np.integer)) or periods < 1:
        raise ValueError(_("periods is {value}; it must be a whole number above 0.").format(value=periods))
    alpha, beta = model.parameters["estimate"]
    time = np.arange(1, periods + 1)
    retention = (beta + time - 1) / (alpha + beta + time - 1)
    return pd.DataFrame(
        {"survival_share": np.cumprod(np.concatenate([[1.0], retention])), "renewal_share": np.concatenate([[np.nan], retention])},
        index=pd.RangeIndex(periods + 1, name="renewals"),
    )


def remaining_renewals(model: ContractModel, *, renewals: int, discount: float) -> float:
    """The renewals that a customer is still expected to make, each discounted to now.

    Answers: what is a customer worth who has renewed so often already? Multiply by the margin of a period.

    Parameters
    ----------
    model : ContractModel, from :func:`fit_sbg`
    renewals : int, 0 or more
        How often the customer has renewed; its next renewal lies just ahead.
    discount : float, 0–1, share a period

    Returns
    -------
    float
        The renewal just ahead counts whole (times its chance), the one after it 1 / (1 + discount), and so on.

    Raises
    ------
    ValueError
        `renewals` is no whole number, or `discount` does not lie between 0 and 1.

    Source: Fader and Hardie, *Customer-Base Valuation in a Contractual Setting*, Marketing Science 29 (2010), 85–93, equation 6.

    >>> model = fit_sbg(pd.Series([1000, 631, 468, 382, 326, 289, 262, 241]))
    >>> new, loyal = (remaining_renewals(model, renewals=n, discount=0.1) for n in (0, 5))
    >>> loyal > new
    True
    """
    _require_model(model)
    require_share("discount", discount)
    if isinstance(renewals, bool) or not isinstance(renewals, (int, np.integer)) or renewals < 0:
        raise ValueError(_("renewals is {value}; it must be a whole number, 0 or more.").format(value=renewals))
    alpha, beta = model.parameters["estimate"]
    first = (beta + renewals) / (alpha + beta + renewals)
    return float(first * np.exp(log_hyp2f1(1.0, beta + renewals + 1, alpha + beta + renewals + 1, 1 / (1 + discount))))
