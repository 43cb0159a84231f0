"""Validity: do the items hang together as they should, and does a construct explain its items?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from crmlib.i18n import _
from crmlib.survey.answers import complete_answers, names_of
from crmlib.survey.one_factor import factor_loadings, require_loadings
from crmlib.survey.reliability import cronbach_alpha

_NOTHING = 1e-12


@dataclass(frozen=True)
class SamplingAdequacy:
    """The Kaiser–Meyer–Olkin measure: `overall`, and `items`, the same of each item; 0–1."""

    overall: float
    items: pd.Series = field(repr=False, compare=False)

    @property
    def grade(self) -> str:
        """Kaiser's word for the overall measure: marvellous, meritorious, middling, mediocre, miserable or unacceptable."""
        limits = ((0.9, "marvellous"), (0.8, "meritorious"), (0.7, "middling"), (0.6, "mediocre"), (0.5, "miserable"))
        return next((word for limit, word in limits if self.overall >= limit), "unacceptable")

    def summary(self) -> str:
        """The result in one sentence."""
        grades = {
            "marvellous": _("marvellous"), "meritorious": _("meritorious"), "middling": _("middling"), "mediocre": _("mediocre"),
            "miserable": _("miserable"), "unacceptable": _("unacceptable"),
        }  # fmt: skip
        return _("KMO is {overall:.2f}, {grade} on Kaiser's scale; the lowest item is {item} with {lowest:.2f}.").format(
            overall=self.overall, grade=grades[self.grade], item=self.items.idxmin(), lowest=self.items.min()
        )


@dataclass(frozen=True)
class Sphericity:
    """Bartlett's test: chi-square `statistic` with `degrees_of_freedom`, and its `p_value`."""

    statistic: float
    degrees_of_freedom: int
    p_value: float

    def summary(self) -> str:
        """The result in one sentence."""
        related = _("Bartlett's test: χ² = {statistic:.1f}, {degrees} degrees of freedom, {p}. The items are related.")
        unrelated = _(
            "Bartlett's test: χ² = {statistic:.1f}, {degrees} degrees of freedom, {p}. That the items are unrelated is not refuted."
        )
        p = "p < 0.001" if self.p_value < 0.001 else f"p = {self.p_value:.3f}"
        return (related if self.p_value < 0.05 else unrelated).format(statistic=self.statistic, degrees=self.degrees_of_freedom, p=p)


def kmo(answers: pd.DataFrame, items: Sequence[str]) -> SamplingAdequacy:
    """Kaiser–Meyer–Olkin measure of sampling adequacy, overall and by item.

    Answers: do these items share enough for a factor analysis or a structural model?

    Parameters
    ----------
    answers : DataFrame, one row a respondent
        Whoever left one of the items out is left out.
    items : three or more items

    Returns
    -------
    SamplingAdequacy
        overall, items (Series), `.grade` (Kaiser's word), `.summary()`

    Raises
    ------
    ValueError
        Fewer than three items, too few respondents, an item that everybody answered alike, one that follows exactly from others, or text.

    Source: Kaiser and Rice, "Little Jiffy, Mark IV", *Educational and Psychological Measurement* 34 (1974).

    >>> answers = pd.DataFrame({"a": [1, 2, 3, 4, 5, 6], "b": [2, 1, 4, 3, 6, 5], "c": [1, 3, 2, 5, 4, 6]})
    >>> round(kmo(answers, ["a", "b", "c"]).overall, 3)
    0.375
    """
    names = names_of(items, least=3)
    correlation = _correlation(answers, names, least_items=3)[0]
    inverse = np.linalg.inv(correlation)
    partial = -inverse / np.sqrt(np.outer(np.diag(inverse), np.diag(inverse)))
    np.fill_diagonal(partial, 0)
    plain = correlation - np.eye(len(names))
    shared, left = (plain**2).sum(axis=0), (partial**2).sum(axis=0)
    if shared.sum() < _NOTHING:
        raise ValueError(_("These items are not correlated at all, so there is no adequacy to measure: {items}.").format(
            items=", ".join(map(str, names))))  # fmt: skip
    by_item = pd.Series(np.where(shared < _NOTHING, 0.0, shared / (shared + left)), index=pd.Index(names, name="item"), name="kmo")
    return SamplingAdequacy(float(shared.sum() / (shared.sum() + left.sum())), by_item)


def bartlett_sphericity(answers: pd.DataFrame, items: Sequence[str]) -> Sphericity:
    """Bartlett's test of sphericity: are the items related at all?

    Answers: could these correlations be chance?

    Parameters
    ----------
    answers : DataFrame, one row a respondent
        Whoever left one of the items out is left out.
    items : two or more items

    Returns
    -------
    Sphericity
        statistic, degrees_of_freedom, p_value; `.summary()`

    Raises
    ------
    ValueError
        Fewer than two items, too few respondents, an item that everybody answered alike, one that follows exactly from others, or text.

    Source: Bartlett, "Tests of significance in factor analysis", *British Journal of Psychology* (Statistical Section) 3 (1950).

    >>> answers = pd.DataFrame({"a": [1, 2, 3, 4, 5, 6], "b": [2, 1, 4, 3, 6, 5], "c": [1, 3, 2, 5, 4, 6]})
    >>> result = bartlett_sphericity(answers, ["a", "b", "c"])
    >>> round(result.statistic, 2), result.degrees_of_freedom
    (16.22, 3)
    """
    names = names_of(items, least=2)
    correlation, people = _correlation(answers, names, least_items=2)
    k = len(names)
    statistic = -(people - 1 - (2 * k + 5) / 6) * np.linalg.slogdet(correlation)[1]
    degrees = k * (k - 1) // 2
    return Sphericity(float(max(statistic, 0.0)), degrees, float(stats.chi2.sf(max(statistic, 0.0), degrees)))


def average_variance_extracted(loadings: pd.Series | Sequence[float]) -> float:
    """Average variance extracted: what share of its items' variance a construct explains.

    Answers: does the construct explain most of what its items say? The standard ``survey.variance_extracted_least`` asks for a half.

    Parameters
    ----------
    loadings : two or more standardised loadings of one construct, −1 to 1

    Returns
    -------
    float, 0–1

    Raises
    ------
    ValueError
        Fewer than two loadings, or one outside −1 to 1.

    Source: Fornell and Larcker, *Journal of Marketing Research* 18 (1981).

    >>> round(average_variance_extracted([0.8, 0.7, 0.6]), 4)
    0.4967
    """
    return float((require_loadings(loadings) ** 2).mean())


def composite_reliability(loadings: pd.Series | Sequence[float]) -> float:
    """Composite reliability: how much of the sum of the items is the construct.

    Answers: the same as omega, from loadings that a model gave. The standard ``survey.reliability_least`` asks for 0.7.

    Parameters
    ----------
    loadings : two or more standardised loadings of one construct, −1 to 1

    Returns
    -------
    float, 0–1

    Raises
    ------
    ValueError
        Fewer than two loadings, or one outside −1 to 1.

    Source: Fornell and Larcker, *Journal of Marketing Research* 18 (1981).

    >>> round(composite_reliability([0.8, 0.7, 0.6]), 4)
    0.7449
    """
    found = require_loadings(loadings)
    common, own = found.sum() ** 2, (1 - found**2).sum()
    return float(common / (common + own)) if common + own > 0 else 0.0


def scale_quality(answers: pd.DataFrame, scales: Mapping[str, Sequence[str]], *, level: float = 0.95) -> pd.DataFrame:
    """Reliability and validity of several scales in one table.

    Answers: which part of the questionnaire can be trusted?

    Parameters
    ----------
    answers : DataFrame, one row a respondent; reversed items turned round
    scales : mapping from the name of a construct to its items, two or more each
    level : float, 0–1
        Confidence of the interval of alpha.

    Returns
    -------
    DataFrame, indexed by construct
        items and answers (counts), alpha with low and high, and average_variance_extracted and composite_reliability of the one-factor
        loadings (missing with two items, which do not determine them).

    Raises
    ------
    ValueError
        No scale, or what :func:`cronbach_alpha` refuses.

    Source: Cronbach (1951); Fornell and Larcker (1981).

    >>> answers = pd.DataFrame({"q1": [1, 2, 2, 3, 2], "q2": [1, 1, 1, 2, 3], "q3": [1, 1, 2, 3, 3]})
    >>> scale_quality(answers, {"first": ["q1", "q2", "q3"]}).alpha.round(3).tolist()
    [0.849]
    """
    if not isinstance(scales, Mapping) or not scales:
        raise ValueError(_('scales must name each construct and its items, as in {"image": ["image_1", "image_2", "image_3"]}.'))
    rows = {}
    for name, items in scales.items():
        found = cronbach_alpha(answers, items, level=level)
        rows[name] = {"items": len(found.items), "answers": found.answers, "alpha": found.value, "low": found.low, "high": found.high}
        if len(found.items) > 2:
            loadings = factor_loadings(answers, list(found.items.index))
            rows[name] |= {
                "average_variance_extracted": average_variance_extracted(loadings),
                "composite_reliability": composite_reliability(loadings),
            }
    columns = ["items", "answers", "alpha", "low", "high", "average_variance_extracted", "composite_reliability"]
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("construct").reindex(columns=columns)
    return table.astype(dict.fromkeys(columns[2:], "float64"))


def _correlation(answers: pd.DataFrame, names: list[str], *, least_items: int) -> tuple[np.ndarray, int]:
    matrix, _left_out = complete_answers(answers, names, least_items=least_items)
    correlation = np.corrcoef(matrix, rowvar=False)
    if np.linalg.eigvalsh(correlation)[0] < 1e-8:
        raise ValueError(
            _("One of {items} follows exactly from the others. Leave out copies and sums of other items.").format(
                items=", ".join(map(str, names))
            )
        )
    return correlation, len(matrix)
