"""Kano: which features delight, which are wanted the more the better, and which are taken for granted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns, require_share
from crmlib.i18n import _, in_a_row
from crmlib.satisfaction.answers import require_answered, require_answers, scores
from crmlib.segments.labels import segment_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLASSES = ("attractive", "one_dimensional", "must_be", "indifferent", "reverse", "questionable")
"""A, O, M, I, R, Q."""

_WITH, _WITHOUT = "_with", "_without"
_REPEATS = ("last", "all")
_STRENGTH = ("must_be", "one_dimensional", "attractive", "indifferent", "reverse", "questionable")
_FUNCTIONAL = np.array([4.0, 2.0, 0.0, -1.0, -2.0])
_DYSFUNCTIONAL = np.array([-2.0, -1.0, 0.0, 2.0, 4.0])
_MIDDLE = 2.0


@dataclass(frozen=True)
class Kano:
    """Every feature by the discrete and by the continuous analysis.

    `table`, indexed by `kano_feature`: counts of attractive, one_dimensional, must_be, indifferent, reverse, questionable; kano (the
    commonest class), runner_up, fong (whether the two differ by Fong's test), p_value (exact: could the two be equally common?), better,
    better_low, better_high (0–1), worse, worse_low, worse_high (−1–0), functional, functional_low, functional_high, dysfunctional,
    dysfunctional_low, dysfunctional_high (−2–4), continuous (class by the means), continuous_sure (the whole intervals lie in that class),
    answered. `set_aside`: earlier sheets of respondents who answered again.
    """

    table: pd.DataFrame
    level: float
    set_aside: int

    def summary(self) -> str:
        """The features of each class that asks for action, and which classes are doubtful."""
        parts = []
        for code, sentence in (
            ("must_be", _("Taken for granted, so never let them fail: {features}.")),
            ("one_dimensional", _("The more the better: {features}.")),
            ("attractive", _("Delightful, and nobody misses them: {features}.")),
            ("indifferent", _("Nobody cares much: {features}.")),
            ("reverse", _("Many would rather be without: {features}.")),
            ("questionable", _("Most contradict themselves, so ask again: {features}.")),
        ):
            features = self.table.index[self.table["kano"] == code]
            if len(features):
                parts.append(sentence.format(features=_names(features)))
        doubtful = self.table.index[~self.table["fong"]]
        if len(doubtful):
            parts.append(_("The two commonest classes are about level for: {features}.").format(features=_names(doubtful)))
        if self.set_aside:
            parts.append(_("{count} earlier sheets of customers who answered again were set aside.").format(count=self.set_aside))
        return in_a_row(*parts)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The better–worse picture; see :func:`crmlib.plotting.kano_better_worse`."""
        from crmlib.plotting import kano_better_worse

        return kano_better_worse(self, ax=ax)


def kano_table() -> pd.DataFrame:
    """The evaluation table: the class of every pair of answers, with the feature (rows) and without it (columns).

    Answers: a customer likes to have it and can live without it; what does that make it?

    Returns
    -------
    DataFrame, rows and columns 1–5: 1 like, 2 must be, 3 neutral, 4 can live with, 5 dislike

    Source: Kano et al. (1984); the table as in Matzler and Hinterhuber (1998), Technovation 18 (1), 25–38.

    >>> kano_table().loc[1].tolist()
    ['questionable', 'attractive', 'attractive', 'attractive', 'one_dimensional']
    """
    middle = ["reverse", "indifferent", "indifferent", "indifferent", "must_be"]
    rows = [["questionable", "attractive", "attractive", "attractive", "one_dimensional"], middle, middle, middle,
            ["reverse"] * 4 + ["questionable"]]  # fmt: skip
    scale = range(1, 6)
    return pd.DataFrame(rows, index=pd.Index(scale, name="with"), columns=pd.Index(scale, name="without"))


def kano(
    answers: pd.DataFrame,
    features: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    respondent: str | None = "customer_id",
    repeated: str = "last",
) -> Kano:
    """Class every feature by pairs of questions: how would it be with it, and how without it?

    Answers: what must never fail, what pays the better it gets, and what would delight?

    Parameters
    ----------
    answers : DataFrame, one row an answer sheet, such as firm.surveys
        Each feature has two columns, <feature>_with and <feature>_without: 1 like, 2 must be, 3 neutral, 4 can live with, 5 dislike.
    features : names of features; None: every one with both columns
    level : float, 0–1
        Confidence of intervals and of Fong's test.
    respondent : column that tells who answered
    repeated : "last" (of respondents with several sheets only the last row counts) or "all"
        What a customer wants changes slowly, so that two sheets of one customer are hardly two opinions.

    Returns
    -------
    Kano
        table, level, set_aside; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column of a pair is missing, holds anything but 1–5, or nobody answered both; `repeated` is something else.

    Notes
    -----
    Discrete: the commonest class; ties go to must-be, one-dimensional, attractive, indifferent, in this order. better = (A + O) / (A + O +
    M + I), worse = −(O + M) / (A + O + M + I), with Wilson intervals. Fong's test: the two commonest classes, a and b of n answers, differ
    when |a − b| ≥ z √((a + b)(2n − a − b) / 2n); it is lenient, since the two were chosen after looking. Continuous (DuMouchel): answers
    are scored 4, 2, 0, −1, −2 with the feature and −2, −1, 0, 2, 4 without it and averaged; both means of 2 or more: one-dimensional; only
    with: attractive; only without: must-be; neither: indifferent, or reverse where either mean is below 0 and the interval does not reach
    0. Intervals are Student's t.

    Source: Berger et al. (1993), Center for Quality of Management Journal 2 (4); Fong (1996), the same 5 (3); Timko in Berger et al.
    (better–worse).

    >>> table = pd.DataFrame({"photo_with": [1, 1, 1, 3], "photo_without": [3, 4, 5, 3]})
    >>> kano(table).table[["kano", "better", "worse"]].values.tolist()
    [['attractive', 0.75, -0.25]]
    """
    require_share("level", level)
    if repeated not in _REPEATS:
        raise ValueError(_("repeated is {value}; use {known}.").format(value=repeated, known=_(" or ").join(_REPEATS)))
    answers = require_answers(answers)
    names = _features(answers) if features is None else _named(features)
    if not names or len(set(names)) < len(names) or not all(isinstance(name, str) for name in names):
        raise ValueError(_("Name each feature once; a feature is a pair of columns, <feature>_with and <feature>_without."))
    require_columns(answers.columns, [name + side for name in names for side in (_WITH, _WITHOUT)])
    sheets = len(answers)
    if respondent is not None and respondent != "customer_id":
        require_columns(answers.columns, [respondent])
    if repeated == "last" and respondent is not None and respondent in answers.columns:
        answers = answers[~answers[respondent].duplicated(keep="last") | answers[respondent].isna()]
    yes, no = (scores(answers, [name + side for name in names], 1, 5) for side in (_WITH, _WITHOUT))
    for side, values in ((_WITH, yes), (_WITHOUT, no)):
        for place, name in enumerate(names):
            if (values[:, place] % 1 > 0).any():
                raise ValueError(_("{name} must hold whole numbers from 1 to 5.").format(name=name + side))
    both = ~(np.isnan(yes) | np.isnan(no))
    require_answered(np.where(both, yes, np.nan), names)
    rows = [_feature(yes[there, place].astype(int), no[there, place].astype(int), level) for place, there in enumerate(both.T)]
    table = pd.DataFrame(rows, index=pd.Index(names, name="kano_feature"))
    for column in ("kano", "runner_up", "continuous"):
        table[column] = pd.Categorical(table[column], categories=list(CLASSES))
    return Kano(table, level, sheets - len(answers))


def _features(answers: pd.DataFrame) -> list[str]:
    names = [str(name) for name in answers.columns]
    return [name.removesuffix(_WITH) for name in names if name.endswith(_WITH) and name.removesuffix(_WITH) + _WITHOUT in names]


def _named(features: object) -> list:
    return list(features) if isinstance(features, Iterable) and not isinstance(features, str) else [features]


def _feature(yes: np.ndarray, no: np.ndarray, level: float) -> dict[str, object]:
    from scipy.stats import binomtest, norm

    counts = pd.Series(kano_table().to_numpy()[yes - 1, no - 1]).value_counts().reindex(list(CLASSES), fill_value=0)
    ranked = sorted(CLASSES, key=lambda code: (-counts[code], _STRENGTH.index(code)))
    size, first, second = len(yes), int(counts[ranked[0]]), int(counts[ranked[1]])
    least = norm.ppf((1 + level) / 2) * np.sqrt((first + second) * (2 * size - first - second) / (2 * size))
    cared = int(counts[["attractive", "one_dimensional", "must_be", "indifferent"]].sum())
    better = _share(int(counts[["attractive", "one_dimensional"]].sum()), cared, level)
    worse = _share(int(counts[["one_dimensional", "must_be"]].sum()), cared, level)
    functional, dysfunctional = _mean(_FUNCTIONAL[yes - 1], level), _mean(_DYSFUNCTIONAL[no - 1], level)
    continuous, sure = _continuous(functional, dysfunctional)
    return {
        **{code: int(counts[code]) for code in CLASSES}, "kano": ranked[0], "runner_up": ranked[1],
        "fong": bool(first > second and first - second >= least), "p_value": float(binomtest(first, first + second).pvalue),
        **dict(zip(("better", "better_low", "better_high"), better, strict=True)),
        **dict(zip(("worse", "worse_low", "worse_high"), (-worse[0], -worse[2], -worse[1]), strict=True)),
        **dict(zip(("functional", "functional_low", "functional_high"), functional, strict=True)),
        **dict(zip(("dysfunctional", "dysfunctional_low", "dysfunctional_high"), dysfunctional, strict=True)),
        "continuous": continuous, "continuous_sure": sure, "answered": size,
    }  # fmt: skip


def _share(part: int, whole: int, level: float) -> tuple[float, float, float]:
    """A share with Wilson's interval; missing where nobody falls into the four classes."""
    from scipy.stats import norm

    if whole == 0:
        return np.nan, np.nan, np.nan
    z, share = norm.ppf((1 + level) / 2), part / whole
    middle, spread = (share + z**2 / (2 * whole)), z * np.sqrt(share * (1 - share) / whole + z**2 / (4 * whole**2))
    low, high = ((middle + sign * spread) / (1 + z**2 / whole) for sign in (-1, 1))
    return share, min(max(low, 0.0), share), max(min(high, 1.0), share)


def _mean(values: np.ndarray, level: float) -> tuple[float, float, float]:
    from scipy.stats import t

    mean = float(values.mean())
    if len(values) < 2:
        return mean, np.nan, np.nan
    half = t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return mean, mean - half, mean + half


def _continuous(functional: tuple[float, float, float], dysfunctional: tuple[float, float, float]) -> tuple[str, bool]:
    if functional[2] < 0 or dysfunctional[2] < 0:
        return "reverse", True
    with_it, without = functional[0] >= _MIDDLE, dysfunctional[0] >= _MIDDLE
    code = "one_dimensional" if with_it and without else "attractive" if with_it else "must_be" if without else "indifferent"
    ends = [low >= _MIDDLE if mean >= _MIDDLE else high < _MIDDLE for mean, low, high in (functional, dysfunctional)]
    return code, bool(all(ends))


def _names(codes: pd.Index) -> str:
    return _(", ").join(segment_label(code, "kano_feature") for code in codes)
