"""Behaviour and feeling crossed: true, latent, spurious or no loyalty, and who could not be asked."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_share
from crmlib.i18n import _, in_a_row
from crmlib.segments.per_customer import numbers, one_row_each
from crmlib.standards import get
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("true", "latent", "spurious", "none")
UNKNOWN = "no_answer"


@dataclass(frozen=True)
class LoyaltyMatrix:
    """Customers by what they do and what they feel.

    `customers`: one row a customer, indexed by customer_id: transactional, emotional (0–100), loyalty (category: true, latent, spurious,
    none, no_answer). `shares`: one row each of true, latent, spurious, none: customers (count), share (of those whose feelings are known,
    0–1), low and high (its interval at `level`). `habit_from` and `attitude_from` are the thresholds; `weighted` tells whether the shares
    were weighted against non-response.
    """

    customers: pd.DataFrame
    shares: pd.DataFrame
    habit_from: float
    attitude_from: float
    level: float
    weighted: bool

    @property
    def unknown(self) -> int:
        """How many customers have no answer, and so no place in the matrix."""
        return int((self.customers["loyalty"] == UNKNOWN).sum())

    @property
    def coverage(self) -> float:
        """The share of customers who have a place in the matrix."""
        return 1 - self.unknown / len(self.customers)

    def summary(self) -> str:
        """The result in three sentences."""
        true, spurious = self.shares.loc["true"], self.shares.loc["spurious"]
        told = _(
            "Of the {known:,} customers whose feelings are known, {true:.1%} are truly loyal ({level:.0%} interval: {true_low:.1%} to "
            "{true_high:.1%}) and {spurious:.1%} only seem to be ({spurious_low:.1%} to {spurious_high:.1%}): they ship, but would as "
            "soon ship with another. Of {unknown:,} customers ({unknown_share:.1%}) nobody knows what they feel."
        )
        weighted = _("The shares are weighted against non-response, so they are not simply those of who answered.") if self.weighted else ""
        return in_a_row(told, weighted).format(
            known=len(self.customers) - self.unknown, level=self.level, true=true["share"], true_low=true["low"], true_high=true["high"],
            spurious=spurious["share"], spurious_low=spurious["low"], spurious_high=spurious["high"], unknown=self.unknown,
            unknown_share=1 - self.coverage,
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The matrix as a picture; see :func:`crmlib.plotting.loyalty_matrix`."""
        from crmlib.plotting.loyalty import loyalty_matrix

        return loyalty_matrix(self, ax=ax)


def loyalty_matrix(
    transactional: pd.Series,
    emotional: pd.Series,
    *,
    habit_from: float | None = None,
    attitude_from: float | None = None,
    weights: pd.Series | None = None,
    level: float = 0.95,
) -> LoyaltyMatrix:
    """Cross what customers do with what they feel: true, latent, spurious and no loyalty.

    Answers: who stays because he wants to, and who only because nobody has called yet?

    Parameters
    ----------
    transactional : Series, 0–100, indexed by customer_id
        One score a customer; see :func:`transactional_loyalty`.
    emotional : Series, 0–100, indexed by customer_id
        The scores of those who answered; see :func:`emotional_loyalty`. Who is absent or NaN is "no_answer".
    habit_from, attitude_from : float, 0–100, optional
        From these scores on, behaviour and feeling count as loyal. Without them: the standards of the same names under loyalty.
    weights : Series above 0, indexed by customer_id, optional
        Weights against non-response (one over the chance of an answer), for the shares; those who answered must have one.
    level : float, 0–1
        Confidence of the intervals (Wilson; with weights: for the effective number of answers).

    Returns
    -------
    LoyaltyMatrix
        customers, shares, unknown, coverage; `.summary()`, `.plot()`. Both high: true; only feeling: latent; only behaviour: spurious.

    Raises
    ------
    ValueError
        A customer stands twice, a score lies outside 0–100 or is text, a transactional score is missing, nobody has an emotional score.

    Source: Dick and Basu, Customer loyalty: toward an integrated conceptual framework, *Journal of the Academy of Marketing Science* 22
    (1994) 99–113. The thresholds were chosen for teaching.

    >>> result = loyalty_matrix(
    ...     pd.Series({"c1": 90, "c2": 90, "c3": 10, "c4": 10, "c5": 50}), pd.Series({"c1": 80, "c2": 20, "c3": 80, "c4": 20}))
    >>> result.customers.loyalty.tolist()
    ['true', 'spurious', 'latent', 'none', 'no_answer']
    """
    habit_from = get("loyalty.habit_from", unit="count") if habit_from is None else habit_from
    attitude_from = get("loyalty.attitude_from", unit="count") if attitude_from is None else attitude_from
    require_share("level", level)
    for name, limit in (("habit_from", habit_from), ("attitude_from", attitude_from)):
        if isinstance(limit, bool) or not isinstance(limit, Real) or not 0 < limit <= 100:
            raise ValueError(_("{name} is {value}; it must lie above 0 and not above 100.").format(name=name, value=limit))
    done = _scores(transactional, "transactional", missing_ok=False)
    felt = _scores(emotional, "emotional", missing_ok=True).reindex(done.index)
    if felt.isna().all():
        raise ValueError(_("None of these customers has an emotional score. Do both Series have customer_id as index?"))
    habit, attitude = (done >= habit_from).to_numpy(), (felt >= attitude_from).to_numpy()
    kind = np.select([felt.isna().to_numpy(), habit & attitude, attitude, habit], [UNKNOWN, "true", "latent", "spurious"], "none")
    customers = pd.DataFrame({
        "transactional": done, "emotional": felt, "loyalty": pd.Categorical(kind, categories=[*KINDS, UNKNOWN]),
    }, index=done.index.rename("customer_id"))  # fmt: skip
    known = customers[customers["loyalty"] != UNKNOWN]
    weight = _weights(weights, known.index)
    counts = known["loyalty"].value_counts().reindex(KINDS, fill_value=0)
    share = weight.groupby(known["loyalty"], observed=False).sum().reindex(KINDS, fill_value=0) / weight.sum()
    worth = weight.sum() ** 2 / (weight**2).sum()
    low, high = wilson_interval(share.to_numpy() * worth, worth, level)
    shares = pd.DataFrame({"customers": counts, "share": share, "low": low, "high": high}).rename_axis("loyalty")
    return LoyaltyMatrix(customers, shares, float(habit_from), float(attitude_from), level, weights is not None)


def _scores(values: pd.Series, name: str, *, missing_ok: bool) -> pd.Series:
    if not isinstance(values, pd.Series):
        raise ValueError(_("{name} must be a Series indexed by customer_id; this is a {kind}.").format(
            name=name, kind=type(values).__name__))  # fmt: skip
    if values.empty:
        raise ValueError(_("{name} has no customers at all. Check the period and the filter that it comes from.").format(name=name))
    one_row_each(values.index, name)
    found = numbers(values, name, missing_ok=missing_ok)
    refuse_rows((found < 0) | (found > 100), _("{name} lies outside 0 to 100").format(name=name), _("Scores of loyalty run from 0 to 100."))
    return found


def _weights(weights: pd.Series | None, index: pd.Index) -> pd.Series:
    if weights is None:
        return pd.Series(1.0, index=index)
    if not isinstance(weights, pd.Series):
        raise ValueError(_("{name} must be a Series indexed by customer_id; this is a {kind}.").format(
            name="weights", kind=type(weights).__name__))  # fmt: skip
    one_row_each(weights.index, "weights")
    found = numbers(weights.reindex(index), "weights")
    refuse_rows(found <= 0, _("weights are not above 0"), _("A weight is one over the chance of an answer, so at least 1."))
    return found
