"""What matters to customers: what they say matters, beside what goes with their satisfaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_rng, require_share
from crmlib.i18n import _, in_a_row
from crmlib.satisfaction.answers import require_answered, respondent_weights, respondents
from crmlib.satisfaction.correlations import correlations, pair_sums, relative_weights, standardised_coefficients
from crmlib.satisfaction.drivers import Drivers, drivers_of
from crmlib.satisfaction.means import by_person, require_resamples, resampled_sums
from crmlib.satisfaction.tree import IndexTree, node_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

METHODS = ("relative", "ols")


@dataclass(frozen=True)
class ImportanceWeights:
    """How much each driver weighs, stated and derived.

    `table`, indexed by `driver`: stated_mean (points), stated_share, stated_low, stated_high (0–1, summing to 1 over drivers; missing where
    nobody was asked), coefficient, coefficient_low, coefficient_high (standardised regression), derived_share, derived_low, derived_high
    (0–1, summing to 1), stated_rank, derived_rank (1 = most important), answered. `r_squared`: how much of the outcome the drivers explain.
    `collinear`: whether the coefficients cannot be told apart.
    """

    table: pd.DataFrame
    r_squared: float
    method: str
    level: float
    collinear: bool
    respondents: int
    tree: IndexTree | None = None

    @property
    def negative(self) -> list[str]:
        """Drivers whose coefficient is below 0."""
        return self.table.index[self.table["coefficient"] < 0].tolist()

    def summary(self) -> str:
        """What comes first by either way, and a warning where the regression is not to be taken at its word."""
        said, found = self.table["stated_rank"], self.table["derived_rank"]
        parts = [_("The drivers explain {r:.0%} of the differences in the outcome ({people} respondents).").format(
            r=self.r_squared, people=self.respondents)]  # fmt: skip
        if said.notna().any():
            parts.append(_("Customers call {driver} the most important.").format(driver=node_label(said.idxmin(), self.tree)))
        if found.notna().any():
            first = self.table.loc[found.idxmin()]
            parts.append(_(
                "What goes most with the outcome is {driver}: {share:.0%} ({level:.0%} interval {low:.0%} to {high:.0%})."
            ).format(driver=node_label(found.idxmin(), self.tree), share=first["derived_share"], level=self.level, low=first["derived_low"],
                high=first["derived_high"]))  # fmt: skip
        if self.collinear:
            parts.append(_("Some drivers move so much together that their coefficients cannot be told apart."))
        if self.negative:
            parts.append(_(
                "The coefficient of {drivers} is negative: with drivers that move together this is no proof that good service there does "
                "harm. Look at its interval and at the relative weights."
            ).format(drivers=_(", ").join(node_label(name, self.tree) for name in self.negative)))  # fmt: skip
        return in_a_row(*parts)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Stated beside derived, with intervals; see :func:`crmlib.plotting.importance_weights`."""
        from crmlib.plotting import importance_weights as draw

        return draw(self, ax=ax)


def importance_weights(
    answers: pd.DataFrame,
    drivers: IndexTree | Mapping[str, str | Sequence[str]] | Sequence[str] | str | None = None,
    *,
    outcome: str | Sequence[str] | None = None,
    stated: Mapping[str, str] | None = None,
    method: str = "relative",
    weights: pd.Series | Sequence[float] | str | None = None,
    level: float = 0.95,
    respondent: str | None = "customer_id",
    resamples: int = 1000,
    rng: np.random.Generator | int,
) -> ImportanceWeights:
    """Weigh the drivers of satisfaction by what customers state and by what goes with their satisfaction, side by side.

    Answers: what matters most, and do customers' words agree with their answers?

    Parameters
    ----------
    answers : DataFrame, one row an answer sheet, such as firm.surveys
    drivers : an index tree (its branches are the drivers), names of columns, or a mapping from a driver's name to its column(s); None: the
        State Post Bureau's tree. A driver of several columns is the mean of those answered.
    outcome : column or columns (their mean); None: those that begin with satisfaction_. Turn reversed items round first.
    stated : mapping from a driver's name to the column in which customers state its importance; None: the columns importance_<driver>
    method : "relative" (Johnson's relative weights: parts of R², never negative) or "ols" (shares of the standardised coefficients)
        What the derived shares are made of; the coefficients stand in the table in either case.
    weights : what each answer sheet counts, optional
    level : float, 0–1
    respondent : column that tells who answered; resampling takes a respondent with all rows
    resamples : int, at least 100
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    ImportanceWeights
        table, r_squared, method, level, collinear, negative, respondents; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing or holds text, nobody answered a driver, a driver or the outcome is the same for all, a column is driver and
        outcome at once, respondents are fewer than the drivers and two, or `rng` is missing.

    Notes
    -----
    Each correlation uses the rows that answered both of its columns, since few have used after-sales service. Intervals are percentiles of
    a bootstrap over respondents. A relative weight is above 0 even for a driver without effect: whether an effect is there at all is seen
    from the interval of its coefficient. With "ols" a share is given only where no coefficient is negative: shares of a sum that holds
    negative parts mean nothing. Derived importance is association, not effect.

    Source: Johnson (2000), Multivariate Behavioral Research 35; intervals: Tonidandel, LeBreton and Johnson (2009).

    >>> table = pd.DataFrame({"speed": [1, 2, 3, 4, 5, 6], "care": [2, 1, 4, 3, 6, 4], "satisfaction_1": [1, 2, 3, 4, 5, 6]})
    >>> importance_weights(table, ["speed", "care"], rng=1).table.derived_rank.astype(int).tolist()
    [1, 2]
    """
    require_share("level", level)
    if method not in METHODS:
        raise ValueError(_("method is {value}; use {known}.").format(value=method, known=_(" or ").join(METHODS)))
    drawn = importance_draws(answers, drivers, outcome=outcome, stated=stated, weights=weights, respondent=respondent,
                             resamples=resamples, rng=rng)  # fmt: skip
    require_enough(drawn)
    names = drawn.drivers.names
    said, coefficient = drawn.stated_shares, drawn.coefficients
    derived = drawn.relative / drawn.relative.sum(axis=1, keepdims=True) if method == "relative" else _positive_shares(coefficient)
    table = pd.DataFrame(index=pd.Index(names, name="driver"))
    table["stated_mean"] = drawn.stated[0]
    for name, values in (("stated", said), ("coefficient", coefficient), ("derived", derived)):
        table[name if name == "coefficient" else f"{name}_share"] = values[0]
        table[f"{name}_low"], table[f"{name}_high"] = interval(values, level)
    for name in ("stated", "derived"):
        table[f"{name}_rank"] = table[f"{name}_share"].rank(ascending=False, method="min").astype("Int64")
    table["answered"] = (~np.isnan(drawn.drivers.values)).sum(axis=0)
    r_squared, collinear = min(float(drawn.relative[0].sum()), 1.0), bool(np.isnan(coefficient[0]).any())
    return ImportanceWeights(table, r_squared, method, level, collinear, drawn.people, drawn.drivers.tree)


@dataclass(frozen=True)
class Draws:
    """The estimate (first row) and its bootstrap draws (the other rows): stated means, coefficients, relative weights and, from the same
    resamples, the mean of each driver."""

    drivers: Drivers
    stated: np.ndarray
    coefficients: np.ndarray
    relative: np.ndarray
    performance: np.ndarray
    people: int

    @property
    def stated_shares(self) -> np.ndarray:
        """Stated means as shares of their sum; missing where nobody was asked."""
        total = np.nansum(self.stated, axis=1, keepdims=True)
        return self.stated / np.where(total > 0, total, np.nan)


def importance_draws(answers, drivers, *, outcome, stated, weights, respondent, resamples, rng) -> Draws:
    """What :func:`importance_weights` and :func:`importance_performance` are worked out from, parameters as there.

    >>> table = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 3, 2, 2], "satisfaction_1": [1, 2, 3, 5]})
    >>> plain = {"outcome": None, "stated": None, "weights": None, "respondent": None, "resamples": 100, "rng": 1}
    >>> importance_draws(table, ["a", "b"], **plain).relative.shape[1]
    2
    """
    resamples, rng = require_resamples(resamples), require_rng(rng)
    found = drivers_of(answers, drivers, outcome, stated)
    require_answered(np.column_stack([found.values, found.outcome]), [*found.names, _("the outcome")])
    counted, who = respondent_weights(answers, weights), respondents(answers, respondent)
    size, columns = len(found.names), np.column_stack([found.values, found.outcome])
    levels = np.hstack([found.stated, found.values])
    there = ~np.isnan(levels)
    rows = np.hstack([np.where(there, levels, 0.0) * counted[:, None], there * counted[:, None], pair_sums(columns, counted)])
    sums = by_person(rows, who, int(who.max()) + 1)
    whole = np.vstack([sums.sum(axis=0), resampled_sums(sums, resamples, rng)])
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = whole[:, : 2 * size] / whole[:, 2 * size : 4 * size]
    matrix = correlations(whole[:, 4 * size :], size + 1)
    if np.isnan(matrix[0]).any():
        named = [*found.names, _("the outcome")]
        flat = [name for place, name in enumerate(named) if np.isnan(np.delete(matrix[0, place], place)).all()]
        raise ValueError(_("No correlation can be worked out: too few answered both, or all answered the same: {names}.").format(
            names=", ".join(flat) or ", ".join(found.names)))  # fmt: skip
    # A resample of very few people may hold a column that does not vary; it tells nothing and is left out.
    usable = ~np.isnan(matrix).any(axis=(1, 2))
    mean, matrix = mean[usable], matrix[usable]
    inner, outer = matrix[:, :size, :size], matrix[:, :size, size]
    return Draws(found, mean[:, :size], standardised_coefficients(inner, outer), relative_weights(inner, outer), mean[:, size:], len(sums))


def require_enough(drawn: Draws) -> None:
    """Refuse to derive importance from so few respondents that any drivers would explain their outcome.

    >>> table = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 3, 2, 2], "satisfaction_1": [1, 2, 3, 5]})
    >>> plain = {"outcome": None, "stated": None, "weights": None, "respondent": None, "resamples": 100, "rng": 1}
    >>> require_enough(importance_draws(table, ["a", "b"], **plain))
    """
    size = len(drawn.drivers.names)
    if drawn.people < size + 2:
        raise ValueError(
            _(
                "{people} respondent(s) are too few to weigh {drivers} drivers: they would explain anything. At least {least} are needed, "
                "and many more to be sure."
            ).format(people=drawn.people, drivers=size, least=size + 2)
        )


def interval(draws: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Percentiles of the draws, widened where needed to hold the estimate in the first row; NaN where the estimate is.

    >>> [end.tolist() for end in interval(np.array([[1.0], [0.0], [2.0]]), 0.5)]
    [[0.5], [1.5]]
    """
    known = ~np.isnan(draws[0])
    low = np.full(draws.shape[1], np.nan)
    high = low.copy()
    if known.any() and len(draws) > 1:
        found = np.nanquantile(draws[1:, known], [(1 - level) / 2, (1 + level) / 2], axis=0)
        low[known], high[known] = np.fmin(found[0], draws[0, known]), np.fmax(found[1], draws[0, known])
    return low, high


def _positive_shares(coefficients: np.ndarray) -> np.ndarray:
    good = (coefficients >= 0).all(axis=1, keepdims=True) & (coefficients.sum(axis=1, keepdims=True) > 0)
    shares = np.where(good, coefficients, np.nan)
    return shares / shares.sum(axis=1, keepdims=True)
