"""How much of the revenue hangs on few customers, and how surely we know it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.i18n import _
from crmlib.segments.per_customer import amounts, head_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DRAWS_AT_ONCE = 2_000_000
_CURVE_POINTS = 500


@dataclass(frozen=True)
class Concentration:
    """The top `share` of customers bring `revenue_share` of the revenue.

    `low` and `high` bound it at confidence `level`; `gini` is 0 when all customers bring the same and near 1 when one brings all;
    `curve` (customer_share, revenue_share; largest customers first) is what :meth:`plot` draws.
    """

    share: float
    revenue_share: float
    low: float
    high: float
    gini: float
    level: float
    curve: pd.DataFrame = field(repr=False, compare=False)

    def summary(self) -> str:
        """The result in one or two sentences."""
        return _(
            "The top {share:.0%} of customers bring {revenue_share:.1%} of the revenue ({level:.0%} interval: {low:.1%} to {high:.1%}). "
            "The Gini coefficient is {gini:.2f}."
        ).format(
            share=self.share, revenue_share=self.revenue_share, level=self.level, low=self.low, high=self.high, gini=self.gini
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """The concentration curve with the interval; see :func:`crmlib.plotting.concentration`."""
        from crmlib.plotting import concentration

        return concentration(self, ax=ax)


def concentration(
    revenue: pd.Series, *, share: float = 0.2, level: float = 0.95, resamples: int = 2000, rng: np.random.Generator | int
) -> Concentration:
    """Share of revenue that the top `share` of customers bring, with a bootstrap interval, and the Gini coefficient.

    Answers: is it 80/20 with us, and could the difference be chance?

    Parameters
    ----------
    revenue : Series, yuan, indexed by customer_id
        Revenue of one period.
    share : float, share of customers, 0–1
        The top customers looked at, rounded up to whole customers.
    level : float, 0–1
        Confidence of the interval.
    resamples : int, at least 100
        Bootstrap samples drawn.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    Concentration
        share, revenue_share, low, high, gini, level, curve; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        Revenue is negative, missing or all 0, a customer stands twice, a share does not lie between 0 and 1, or `rng` is missing.

    Notes
    -----
    The interval is the percentile bootstrap over customers, widened where needed to hold the estimate itself. When one or two
    customers carry the firm it is too narrow: no resample can contain a customer larger than those observed.

    Source: Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), ch. 13; Gini coefficient by ranks, Sen (1973).

    >>> result = concentration(pd.Series({"c1": 80.0, "c2": 5.0, "c3": 5.0, "c4": 5.0, "c5": 5.0}), rng=1)
    >>> result.revenue_share, round(result.gini, 2)
    (0.8, 0.6)
    """
    require_share("share", share)
    require_share("level", level)
    if rng is None or isinstance(rng, bool) or not isinstance(rng, (np.random.Generator, int, np.integer)):
        raise ValueError(_("rng must be a whole number or numpy.random.default_rng(…), so that the same call gives the same interval."))
    if isinstance(resamples, bool) or not isinstance(resamples, (int, np.integer)) or resamples < 100:
        raise ValueError(_("resamples is {value}; an interval needs a whole number of at least 100.").format(value=resamples))
    values = np.sort(amounts(revenue, "revenue").to_numpy())[::-1]
    total, customers = values.sum(), len(values)
    if total == 0:
        raise ValueError(_("Every customer's revenue is 0, so there is nothing to rank. Check the period and the column."))
    top = head_count(share, customers)
    estimate = float(values[:top].sum() / total)
    drawn = _resampled_shares(values, top, resamples, np.random.default_rng(rng))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    ascending_rank = np.arange(customers, 0, -1)
    gini = float(((2 * ascending_rank - customers - 1) * values).sum() / (customers * total))
    return Concentration(share, estimate, min(float(low), estimate), max(float(high), estimate), max(gini, 0.0), level, _curve(values))


def _resampled_shares(values: np.ndarray, top: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    shares = np.empty(resamples)
    block = max(1, _DRAWS_AT_ONCE // len(values))
    for first in range(0, resamples, block):
        # `values` run from large to small, so sorting the drawn places sorts the drawn amounts, and integers sort faster.
        drawn = values[np.sort(rng.integers(len(values), size=(min(block, resamples - first), len(values))), axis=1)]
        totals = drawn.sum(axis=1)
        with np.errstate(invalid="ignore"):
            found = drawn[:, :top].sum(axis=1) / totals
        shares[first : first + block] = np.where(totals > 0, found, top / len(values))
    return shares


def _curve(values: np.ndarray) -> pd.DataFrame:
    customers = len(values)
    running = np.concatenate([[0.0], values.cumsum() / values.sum()])
    places = np.unique(np.linspace(0, customers, min(customers, _CURVE_POINTS) + 1).round().astype(int))
    return pd.DataFrame({"customer_share": places / customers, "revenue_share": running[places]})
