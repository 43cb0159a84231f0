"""How long callers are ready to wait, from a log in which most were answered before they lost patience."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns, require_share
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Patience:
    """Mean patience with its interval.

    `naive_seconds` is the mean wait of those who hung up: too short, for the patient ones were answered. `bands` holds one row a stretch
    of waiting: from_seconds, to_seconds, waited_seconds (of all callers together), abandoned, mean_seconds, low, high. `same_chance` is
    the p-value of one mean for all bands: where it is tiny, patience is not exponential. `curve` is Kaplan and Meier's: time, survival,
    low, high.
    """

    mean_seconds: float
    low: float
    high: float
    naive_seconds: float
    abandoned: int
    answered: int
    level: float
    same_chance: float
    bands: pd.DataFrame = field(repr=False)
    curve: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        """Two sentences: the estimate, and what the mean of those who hung up would say."""
        return _("Callers are ready to wait {mean:,.0f} seconds on average ({level:.0%} interval {low:,.0f} to {high:,.0f}; {abandoned:,} "
                 "hung up, {answered:,} were answered first). Those who hung up waited {naive:,.0f} seconds: too short, because patient "
                 "callers are answered.").format(
            mean=self.mean_seconds, level=self.level, low=self.low, high=self.high, abandoned=self.abandoned, answered=self.answered,
            naive=self.naive_seconds)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The share of callers who would still wait; see :func:`crmlib.plotting.patience_curve`."""
        from crmlib.plotting.queueing import patience_curve

        return patience_curve(self, ax=ax)


def patience(calls: pd.DataFrame, *, level: float = 0.95, bands: Sequence[float] = (0, 15, 30, 60, 120)) -> Patience:
    """Estimate how long callers are ready to wait, counting those who were answered as patient at least so long (censored).

    Answers: which patience_seconds belongs into Erlang A?

    Parameters
    ----------
    calls : DataFrame, one row a call
        wait_seconds (until the answer or hanging up; missing where the call never queued: left out) and abandoned (hung up in the queue)
    level : float, 0–1
        Confidence of the intervals.
    bands : seconds at which stretches of waiting begin
        In each the mean is estimated by itself, to see whether callers get more or less patient.

    Returns
    -------
    Patience
        mean_seconds, low, high, naive_seconds, bands, curve …; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, a wait is negative or text, abandoned is not yes or no, nobody waited, or nobody hung up.

    Notes
    -----
    All seconds waited, by everybody, divided by the number who hung up: the likeliest mean if patience is exponential, whatever the
    queue was like. Interval by the chi-squared distribution.

    Source: Mandelbaum and Zeltyn (2007); Epstein and Sobel (1953).

    >>> log = pd.DataFrame({"wait_seconds": [0.0, 60.0, 30.0, 90.0], "abandoned": [False, True, False, True]})
    >>> found = patience(log)
    >>> found.mean_seconds, found.naive_seconds
    (90.0, 75.0)
    """
    require_share("level", level)
    waits, left = _log(calls)
    edges = _edges(bands)
    seconds, count = float(waits.sum()), int(left.sum())
    mean, low, high = _mean(np.array([seconds]), np.array([count]), level)
    reached = np.append(edges, np.inf)
    waited = np.array([np.clip(waits, start, stop).sum() - start * len(waits) for start, stop in pairwise(reached)])
    gone = np.bincount(np.maximum(np.searchsorted(edges, waits[left], side="left") - 1, 0), minlength=len(edges))
    stretch = pd.DataFrame({"from_seconds": reached[:-1], "to_seconds": reached[1:], "waited_seconds": waited, "abandoned": gone})
    stretch = stretch.assign(**dict(zip(("mean_seconds", "low", "high"), _mean(waited, gone, level), strict=True)))
    return Patience(
        float(mean[0]), float(low[0]), float(high[0]), float(waits[left].mean()), count, int((~left).sum()), level,
        _same(waited, gone), stretch, _curve(waits, left, level),
    )  # fmt: skip


def _log(calls: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(calls, pd.DataFrame):
        raise ValueError(_("calls must be a table with the columns wait_seconds and abandoned, one row a call."))
    require_columns(calls.columns, ["wait_seconds", "abandoned"])
    waits = calls["wait_seconds"]
    if not pd.api.types.is_numeric_dtype(waits) or waits.dtype == bool:
        raise ValueError(_("wait_seconds holds no numbers. Convert the waits to seconds first."))
    queued = calls[waits.notna()]
    waits, left = queued["wait_seconds"].astype("float64"), queued["abandoned"]
    refuse_rows(
        (waits < 0) | np.isinf(waits), _("wait_seconds is negative or endless"), _("A wait runs from the queue to the answer or the end.")
    )
    refuse_rows(
        ~left.isin([True, False]), _("abandoned is neither yes nor no"), _("Write True for callers who hung up, False for the others.")
    )
    left = left.astype(bool).to_numpy()
    if not left.any():
        nobody = _("None of the {count} callers who queued hung up, so their patience cannot be told. Take a longer period.")
        raise ValueError(nobody.format(count=len(left)))
    if not waits.sum() > 0:
        raise ValueError(_("Nobody waited for a second, so patience cannot be told. Take a longer period."))
    return waits.to_numpy(), left


def _edges(bands: Sequence[float]) -> np.ndarray:
    edges = np.asarray(bands, dtype="float64")
    if edges.ndim != 1 or not len(edges) or edges[0] != 0 or not (np.diff(edges) > 0).all() or not np.isfinite(edges).all():
        raise ValueError(_("bands must begin with 0 and rise, such as (0, 30, 60); they are {bands}.").format(bands=list(bands)))
    return edges


def _mean(seconds: np.ndarray, count: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seconds waited an abandonment, and its bounds; missing or endless where there was none."""
    from scipy.stats import chi2

    rest = (1 - level) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        some = seconds > 0
        mean = np.where(count > 0, seconds / count, np.nan)
        low = np.where(some, 2 * seconds / chi2.ppf(1 - rest, 2 * count + 2), np.nan)
        high = np.where(count > 0, 2 * seconds / chi2.ppf(rest, np.maximum(2 * count, 1)), np.where(some, np.inf, np.nan))
    return mean, low, high


def _same(seconds: np.ndarray, count: np.ndarray) -> float:
    from scipy.special import xlogy
    from scipy.stats import chi2

    some = seconds > 0
    free = int(some.sum()) - 1
    expected = seconds[some] * count[some].sum() / seconds[some].sum()
    return float(chi2.sf(2 * (xlogy(count[some], count[some] / expected)).sum(), free)) if free > 0 else 1.0


def _curve(waits: np.ndarray, left: np.ndarray, level: float) -> pd.DataFrame:
    from crmlib.survival import kaplan_meier

    return kaplan_meier(waits, left, level=level).table[["time", "survival", "low", "high"]]
