"""Reliability: would the same people, asked by like items, come out the same?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from crmlib import standards
from crmlib.checks import require_rng, require_share
from crmlib.i18n import _, in_a_row
from crmlib.survey.answers import complete_answers, names_of, numbers
from crmlib.survey.one_factor import minres

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DRAWS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Reliability:
    """A reliability coefficient (`kind` "alpha" or "omega") with its interval at confidence `level`.

    `answers` respondents answered every item and count; `left_out` did not. `items` is the table of :func:`item_total`.
    """

    kind: str
    value: float
    low: float
    high: float
    level: float
    answers: int
    left_out: int
    items: pd.DataFrame = field(repr=False, compare=False)

    def summary(self) -> str:
        """The result in one or two sentences."""
        least = standards.get("survey.reliability_least", unit="ratio")
        said = _("{kind} of {items} items is {value:.2f} ({level:.0%} interval: {low:.2f} to {high:.2f}), from {answers} complete answers.")
        if self.low >= least:
            verdict = _("That is reliable: even the lower end is at least {least:.2f}.")
        elif self.value >= least:
            verdict = _("The estimate is at least {least:.2f}, but the interval reaches below it.")
        else:
            verdict = _(
                "That is below {least:.2f}: look for a reversed item that was not turned round, or one that measures something else."
            )
        kind = {"alpha": _("Cronbach's alpha"), "omega": _("McDonald's omega")}[self.kind]
        return in_a_row(said, verdict).format(
            kind=kind, items=len(self.items), value=self.value, level=self.level, low=self.low, high=self.high, answers=self.answers,
            least=least,
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Each item's correlation with the rest; see :func:`crmlib.plotting.item_quality`."""
        from crmlib.plotting import item_quality

        return item_quality(self.items, ax=ax)


def cronbach_alpha(answers: pd.DataFrame, items: Sequence[str], *, scaled: bool = False, level: float = 0.95) -> Reliability:
    """Cronbach's alpha with Feldt's interval.

    Answers: do these items measure one thing, steadily enough to add them up?

    Parameters
    ----------
    answers : DataFrame, one row a respondent
        Whoever left one of the items out is left out, and counted in the result.
    items : two or more items, reversed ones turned round
    scaled : bool
        Give every item the same spread first. Papers on structural models print this one; it is for items on different scales.
    level : float, 0–1
        Confidence of the interval.

    Returns
    -------
    Reliability
        kind "alpha", value, low, high, level, answers, left_out, items; `.summary()`, `.plot()`. A negative value is possible: it says that
        items contradict each other, mostly because a reversed one was not turned round.

    Raises
    ------
    ValueError
        Fewer than two items, too few respondents, an item that everybody answered alike, or text.

    Source: Cronbach (1951); interval by Feldt, Woodruff and Salih, *Applied Psychological Measurement* 11 (1987), formulas 6 and 7.

    >>> answers = pd.DataFrame({"q1": [1, 2, 2, 3, 2], "q2": [1, 1, 1, 2, 3], "q3": [1, 1, 2, 3, 3]})
    >>> round(cronbach_alpha(answers, ["q1", "q2", "q3"]).value, 3)
    0.849
    """
    require_share("level", level)
    names = names_of(items, least=2)
    matrix, left_out = complete_answers(answers, names, least_items=2)
    value = _alpha(np.corrcoef(matrix, rowvar=False) if scaled else np.cov(matrix, rowvar=False))
    if np.isnan(value):
        raise ValueError(_("The sum of these items is the same for everybody: they cancel out. Turn the reversed ones round first."))
    people, k = matrix.shape
    low, high = (1 - (1 - value) * stats.f.ppf(place, people - 1, (people - 1) * (k - 1)) for place in ((1 + level) / 2, (1 - level) / 2))
    return Reliability("alpha", value, float(low), float(high), level, people, left_out, item_total(answers, names))


def mcdonald_omega(
    answers: pd.DataFrame, items: Sequence[str], *, level: float = 0.95, resamples: int = 1000, rng: np.random.Generator | int
) -> Reliability:
    """McDonald's omega total of one factor, with a bootstrap interval.

    Answers: the same as alpha, without supposing that all items hang on the matter equally strongly.

    Parameters
    ----------
    answers : DataFrame, one row a respondent
        Whoever left one of the items out is left out, and counted in the result.
    items : three or more items, reversed ones turned round
    level : float, 0–1
        Confidence of the interval.
    resamples : int, at least 100
        Bootstrap samples of respondents.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    Reliability
        kind "omega", value, low, high, level, answers, left_out, items; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        Fewer than three items, too few respondents, an item that everybody answered alike, text, or no `rng`.

    Notes
    -----
    (Σλ)² / ((Σλ)² + Σψ), where λ are the loadings of :func:`factor_loadings` in points of the items and ψ what is left of each variance.
    The interval is the percentile bootstrap, widened where needed to hold the estimate.

    Source: McDonald, *Test Theory* (1999), ch. 6.

    >>> answers = pd.DataFrame({"q1": [1, 2, 2, 3, 2], "q2": [1, 1, 1, 2, 3], "q3": [1, 1, 2, 3, 3]})
    >>> round(mcdonald_omega(answers, ["q1", "q2", "q3"], rng=1, resamples=100).value, 3)
    0.881
    """
    require_share("level", level)
    draw = require_rng(rng)
    if isinstance(resamples, bool) or not isinstance(resamples, (int, np.integer)) or resamples < 100:
        raise ValueError(_("resamples is {value}; an interval needs a whole number of at least 100.").format(value=resamples))
    names = names_of(items, least=3)
    matrix, left_out = complete_answers(answers, names, least_items=3)
    value = float(_omega(np.cov(matrix, rowvar=False)[None])[0])
    low, high = np.quantile(_omega(_resampled_covariances(matrix, resamples, draw)), [(1 - level) / 2, (1 + level) / 2])
    return Reliability(
        "omega", value, min(float(low), value), max(float(high), value), level, len(matrix), left_out, item_total(answers, names)
    )


def item_total(answers: pd.DataFrame, items: Sequence[str]) -> pd.DataFrame:
    """How each item goes with the rest of its scale.

    Answers: which item does not belong, or was not turned round?

    Parameters
    ----------
    answers : DataFrame, one row a respondent
    items : two or more items

    Returns
    -------
    DataFrame, indexed by item
        mean and standard_deviation (points) and missing_share (0–1) of all answers; of those who answered every item item_total, the
        correlation with the sum of the other items, and alpha_if_dropped, the alpha of the others (missing where they are one, or cancel
        out); weak, whether
        item_total is below the standard ``survey.item_total_least``. A negative item_total mostly is a reversed item that was not turned.

    Raises
    ------
    ValueError
        Fewer than two items, too few respondents, an item that everybody answered alike, or text.

    Source: Nunnally and Bernstein, *Psychometric Theory* (1994), ch. 8 (corrected item-total correlation).

    >>> answers = pd.DataFrame({"q1": [1, 2, 3, 4], "q2": [2, 1, 4, 3], "q3": [4, 4, 2, 1]})
    >>> item_total(answers, ["q1", "q2", "q3"]).item_total.round(2).tolist()
    [-0.67, -0.77, -0.96]
    """
    names = names_of(items, least=2)
    matrix, _left_out = complete_answers(answers, names, least_items=2)
    covariance = np.cov(matrix, rowvar=False)
    variance = np.diag(covariance)
    with_rest = covariance.sum(axis=1) - variance
    rest_variance = covariance.sum() - 2 * covariance.sum(axis=1) + variance
    with np.errstate(invalid="ignore", divide="ignore"):
        corrected = np.where(rest_variance > 1e-12 * variance.sum(), with_rest / np.sqrt(variance * rest_variance), np.nan)
    places = range(len(names))
    others = [np.delete(np.delete(covariance, place, axis=0), place, axis=1) for place in places] if len(names) > 2 else []
    given = pd.DataFrame({name: numbers(answers[name], name) for name in names})
    return pd.DataFrame({
        "mean": given.mean(),
        "standard_deviation": given.std(),
        "missing_share": given.isna().mean(),
        "item_total": corrected,
        "alpha_if_dropped": [_alpha(part) for part in others] or np.nan,
        "weak": ~(corrected >= standards.get("survey.item_total_least", unit="ratio")),
    }, index=pd.Index(names, name="item"))  # fmt: skip


def _alpha(covariance: np.ndarray) -> float:
    """Alpha from the covariance of the items; missing where the items cancel out."""
    items, total = len(covariance), covariance.sum()
    return float(items / (items - 1) * (1 - np.trace(covariance) / total)) if total > 1e-12 * np.trace(covariance) else np.nan


def _omega(covariances: np.ndarray) -> np.ndarray:
    spread = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
    loadings = minres(covariances / (spread[:, :, None] * spread[:, None, :]))
    common = (loadings * spread).sum(axis=-1) ** 2
    return common / (common + (spread**2 * (1 - loadings**2)).sum(axis=-1))


def _resampled_covariances(matrix: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Covariances of bootstrap samples; a sample in which an item does not vary is drawn again."""
    people, items = matrix.shape
    centred = matrix - matrix.mean(axis=0)
    flat = 1e-12 * centred.var(axis=0)
    products = (centred[:, :, None] * centred[:, None, :]).reshape(people, -1)
    found, wanted = [], resamples
    while wanted > 0:
        size = min(wanted, max(1, _DRAWS_AT_ONCE // people))
        drawn = rng.integers(people, size=(size, people)) + people * np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * people).reshape(size, people)
        mean = counts @ centred / people
        covariance = (counts @ products / people).reshape(size, items, items) - mean[:, :, None] * mean[:, None, :]
        varied = (np.diagonal(covariance, axis1=-2, axis2=-1) > flat).all(axis=-1)
        found.append(covariance[varied])
        wanted -= int(varied.sum())
    return np.concatenate(found)
