"""What to mend first: importance against performance in four quadrants, and how sure each driver's quadrant is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns, require_share
from crmlib.i18n import _, in_a_row
from crmlib.satisfaction.importance import METHODS, Draws, importance_draws, interval, require_enough
from crmlib.satisfaction.tree import IndexTree, node_label
from crmlib.segments.per_customer import numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

QUADRANTS = ("concentrate", "keep_up", "low_priority", "overdone")
_NAMED = ("mean", "median")


@dataclass(frozen=True)
class ImportancePerformance:
    """Every driver in its quadrant.

    `table`, indexed by `driver`: performance, performance_low, performance_high, importance, importance_low, importance_high, quadrant
    (concentrate: important and poor; keep_up: important and good; low_priority: neither; overdone: good and unimportant), certainty (share
    of the bootstrap resamples in which the driver falls into that quadrant), sure (certainty of at least `level`). `performance_at`,
    `importance_at`: where the quadrants meet.
    """

    table: pd.DataFrame
    performance_at: float
    importance_at: float
    level: float
    tree: IndexTree | None = None

    def summary(self) -> str:
        """What to mend first, and which quadrants are doubtful."""
        first = self.table.index[self.table["quadrant"] == "concentrate"]
        doubtful = self.table.index[~self.table["sure"]]
        told = (
            _("Mend first (important, and below the line): {drivers}.").format(drivers=self._names(first)) if len(first)
            else _("Nothing that matters lies below the line.")
        )  # fmt: skip
        doubt = (
            _("Not sure at {level:.0%}: {drivers}; another sample could put them into another quadrant.").format(
                level=self.level, drivers=self._names(doubtful)) if len(doubtful)
            else _("Every quadrant is sure at {level:.0%}.").format(level=self.level)
        )  # fmt: skip
        return in_a_row(told, doubt)

    def headline(self) -> str:
        """What to mend first, in a few words, for the top of a report."""
        first = self.table["quadrant"] == "concentrate"
        sure = self.table.index[first & self.table["sure"]]
        if len(sure):
            return _("Mend first: {drivers}").format(drivers=self._names(sure))
        if first.any():
            return _("Perhaps to be mended first: {drivers}").format(drivers=self._names(self.table.index[first]))
        return _("Nothing that matters lies below the line")

    def advice(self) -> str:
        """What to do about each driver, a paragraph each kind, for the recommendation of a report."""
        sure, quadrant = self.table["sure"], self.table["quadrant"]
        said = [
            ((quadrant == "concentrate") & sure,
             _("Mend first: {drivers}. It matters to customers and lies below the line; other customers asked would hardly change that.")),
            (~sure, _("Not sure: {drivers}. Too close to a line; ask more customers before spending much on it.")),
            ((quadrant == "keep_up") & sure, _("Keep up as it is: {drivers}.")),
            ((quadrant == "low_priority") & sure, _("Can wait: {drivers}.")),
            ((quadrant == "overdone") & sure, _("Good enough, no more money for now: {drivers}.")),
        ]  # fmt: skip
        return "\n\n".join(words.format(drivers=self._names(self.table.index[which])) for which, words in said if which.any())

    def _names(self, codes: pd.Index) -> str:
        return _(", ").join(node_label(code, self.tree) for code in codes)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The four quadrants with intervals; see :func:`crmlib.plotting.importance_performance`."""
        from crmlib.plotting import importance_performance as draw

        return draw(self, ax=ax)


def importance_performance(
    answers: pd.DataFrame,
    drivers: IndexTree | Mapping[str, str | Sequence[str]] | Sequence[str] | str | None = None,
    *,
    importance: str | pd.Series | Mapping[str, float] = "stated",
    performance_at: float | str = "mean",
    importance_at: float | str = "mean",
    outcome: str | Sequence[str] | None = None,
    stated: Mapping[str, str] | None = None,
    weights: pd.Series | Sequence[float] | str | None = None,
    level: float = 0.95,
    respondent: str | None = "customer_id",
    resamples: int = 1000,
    rng: np.random.Generator | int,
) -> ImportancePerformance:
    """Put each driver into one of four quadrants by how important it is and how well the firm does.

    Answers: with money for one improvement, where does it go, and could that be chance?

    Parameters
    ----------
    answers, drivers, outcome, stated, weights, level, respondent, resamples, rng : as in :func:`importance_weights`
    importance : "stated" (mean stated importance), "relative" (derived shares), "ols" (standardised coefficients), or your own numbers
        by driver
    performance_at, importance_at : "mean" or "median" of the drivers, or a number in the units of the axis
        Where the quadrants meet. A mean always leaves some drivers below it; a target, such as 85 points, need not.

    Returns
    -------
    ImportancePerformance
        table, performance_at, importance_at, level; `.summary()`, `.plot()`. Performance is 0–100 for an index tree, else in the units of
        the columns.

    Raises
    ------
    ValueError
        As in :func:`importance_weights`; a threshold is neither "mean", "median" nor a number; importance is not known for every driver.

    Notes
    -----
    Importance, performance and thresholds are worked out anew in each bootstrap resample of respondents, so that `certainty` allows for all
    three moving together. Your own numbers are taken as exact. The performance of a branch is the mean of its respondents' own scores,
    which may differ a little from the mean of its items' means in :func:`index_score`.

    Source: Martilla and James (1977), Journal of Marketing 41 (1), 77–79.

    >>> table = pd.DataFrame({"speed": [2, 3, 2, 3], "care": [9, 8, 9, 9], "satisfaction_1": [5, 6, 5, 7]})
    >>> result = importance_performance(table, ["speed", "care"], importance={"speed": 9, "care": 4}, rng=1)
    >>> result.table.quadrant.tolist()
    ['concentrate', 'overdone']
    """
    require_share("level", level)
    drawn = importance_draws(answers, drivers, outcome=outcome, stated=stated, weights=weights, respondent=respondent,
                             resamples=resamples, rng=rng)  # fmt: skip
    matters, does = _importance(drawn, importance), drawn.performance
    matters_at, does_at = _threshold(matters, importance_at, "importance_at"), _threshold(does, performance_at, "performance_at")
    quadrant = _quadrant(matters, does, matters_at[:, None], does_at[:, None])
    table = pd.DataFrame(index=pd.Index(drawn.drivers.names, name="driver"))
    for name, values in (("performance", does), ("importance", matters)):
        table[name] = values[0]
        table[f"{name}_low"], table[f"{name}_high"] = interval(values, level)
    table["quadrant"] = pd.Categorical([QUADRANTS[place] for place in quadrant[0]], categories=list(QUADRANTS))
    table["certainty"] = (quadrant[1:] == quadrant[0]).mean(axis=0) if len(quadrant) > 1 else np.nan
    table["sure"] = table["certainty"] >= level
    return ImportancePerformance(table, float(does_at[0]), float(matters_at[0]), level, drawn.drivers.tree)


def _importance(drawn: Draws, importance: str | pd.Series | Mapping[str, float]) -> np.ndarray:
    names = list(drawn.drivers.names)
    if isinstance(importance, str):
        if importance == "stated":
            lacking = [name for name, mean in zip(names, drawn.stated[0], strict=True) if np.isnan(mean)]
            if lacking:
                raise ValueError(_("Nobody was asked how important these are: {names}. Use importance=\"relative\", or name the columns "
                                   "with stated={{...}}.").format(names=", ".join(lacking)))  # fmt: skip
            return drawn.stated
        if importance not in METHODS:
            raise ValueError(_("importance is {value}; use {known}, or your own numbers by driver.").format(
                value=importance, known=_(" or ").join(("stated", *METHODS))))  # fmt: skip
        require_enough(drawn)
        if importance == "relative":
            return drawn.relative / drawn.relative.sum(axis=1, keepdims=True)
        if np.isnan(drawn.coefficients[0]).any():
            raise ValueError(
                _('Some drivers move so much together that their coefficients cannot be told apart. Use importance="relative".')
            )
        return drawn.coefficients
    own = pd.Series(importance, dtype=object)
    require_columns(own.index, names)
    return np.broadcast_to(numbers(own[names], "importance").to_numpy(), drawn.performance.shape)


def _threshold(values: np.ndarray, at: float | str, name: str) -> np.ndarray:
    if isinstance(at, str) and at in _NAMED:
        return values.mean(axis=1) if at == "mean" else np.median(values, axis=1)
    if isinstance(at, (bool, str)) or not np.isscalar(at) or not np.isfinite(at):
        raise ValueError(_('{name} is {value}; use "mean", "median" or a number.').format(name=name, value=at))
    return np.full(len(values), float(at))


def _quadrant(matters: np.ndarray, does: np.ndarray, matters_at: np.ndarray, does_at: np.ndarray) -> np.ndarray:
    important, good = matters >= matters_at, does >= does_at
    return np.where(important, np.where(good, 1, 0), np.where(good, 3, 2))
