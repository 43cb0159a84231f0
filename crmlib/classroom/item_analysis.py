"""How well the items of a test work: how difficult each is, whether it tells strong from weak, and how reliable the whole is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from crmlib.i18n import _

FEWEST = 10
"""Below this many people no correlation and no alpha is given: the interval would span nearly everything."""


@dataclass(frozen=True)
class Reliability:
    """Cronbach's alpha of a set of items.

    Attributes
    ----------
    alpha, low, high : float
        The estimate and the ends of its interval; NaN where it cannot be had.
    level : float
        Of the interval.
    people, items : int
        What it rests on.
    reason : str
        Why there is none; empty where there is one.
    """

    alpha: float
    low: float
    high: float
    level: float
    people: int
    items: int
    reason: str = ""

    @property
    def known(self) -> bool:
        """Whether there is an estimate."""
        return not self.reason

    def summary(self) -> str:
        """One sentence."""
        if self.reason:
            return self.reason
        return _(
            "Cronbach's alpha is {alpha:.2f} ({level:.0%} interval {low:.2f} to {high:.2f}; {people} students, {items} items)."
        ).format(alpha=self.alpha, level=self.level, low=self.low, high=self.high, people=self.people, items=self.items)


def cronbach_alpha(scores: pd.DataFrame, *, level: float = 0.95) -> Reliability:
    """Do the items of a test measure one thing?

    Answers: how far would the ranking of the class by its total be the same with other items of the same kind?

    Parameters
    ----------
    scores : DataFrame
        One row a person, one column an item, points. Rows with a missing mark are left out.
    level : float
        Of Feldt's interval.

    Returns
    -------
    Reliability
        Without an estimate, and with the reason, where fewer than ten people or two items remain, or all totals are alike.

    Source: L. J. Cronbach (1951), Psychometrika 16; interval by L. S. Feldt (1965), Psychometrika 30, exact where item scores are normal and
    their errors alike, and a good approximation for items of few points.

    >>> points = pd.DataFrame({"a": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "b": [1, 1, 2, 4, 4, 4, 6, 8, 8, 8]})
    >>> found = cronbach_alpha(points)
    >>> round(found.alpha, 2), found.low < found.alpha < found.high
    (0.98, True)
    """
    whole = scores.dropna().astype(float)
    people, items = whole.shape
    unknown = (np.nan, np.nan, np.nan, level, people, items)
    if people < FEWEST:
        return Reliability(*unknown, _("Reliability cannot be estimated: {people} students, and at least {fewest} are needed.").format(
            people=people, fewest=FEWEST))  # fmt: skip
    if items < 2:
        return Reliability(*unknown, _("Reliability cannot be estimated: at least two items are needed."))
    total = whole.sum(axis=1).var()
    if not total > 1e-12:
        return Reliability(*unknown, _("Reliability cannot be estimated: everybody has the same score."))
    alpha = items / (items - 1) * (1 - whole.var().sum() / total)
    freedom = people - 1, (people - 1) * (items - 1)
    tail = (1 - level) / 2
    low = 1 - (1 - alpha) * stats.f.ppf(1 - tail, *freedom)
    high = 1 - (1 - alpha) * stats.f.ppf(tail, *freedom)
    return Reliability(float(alpha), float(low), float(high), level, people, items)


def item_table(scores: pd.DataFrame, points: pd.Series, *, level: float = 0.95) -> pd.DataFrame:
    """Which items are hard, and which tell strong students from weak ones?

    Parameters
    ----------
    scores : DataFrame
        One row a person, one column an item, points earned. A missing mark is not a zero: the person is left out of that item.
    points : Series
        The most that each item gives, indexed like the columns.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame, one row an item
        people (with a mark), earned (share of the points, 0–1; the easier the higher), lost (points that the class lost),
        full, nothing (how many had all, none), discrimination (correlation of the item with the total of the other items), low, high (its
        interval), reason (why there is no discrimination: "few", "same" for alike marks, "alone" for a single item; else "")

    Raises
    ------
    ValueError
        An item has no points.

    Source: "corrected" item-total correlation as in R. Likert (1932) and S. Henrysson (1963), Psychometrika 28; interval by R. A. Fisher's z,
    approximate for items of few points.

    >>> scores = pd.DataFrame({"a": [0.0, 2.0, 2.0, 1.0], "b": [0.0, 0.0, 4.0, 4.0]})
    >>> item_table(scores, pd.Series({"a": 2.0, "b": 4.0})).earned.tolist()
    [0.625, 0.5]
    """
    missing = [str(name) for name in scores.columns if not points.get(name, 0) > 0]
    if missing:
        raise ValueError(_("Items without points: {items}.").format(items=", ".join(missing)))
    rows = []
    for name in scores.columns:
        marked = scores[name].dropna()
        limit = float(points[name])
        others = scores.drop(columns=name)
        rest = others.sum(axis=1, min_count=others.shape[1])[marked.index] if others.shape[1] else pd.Series(dtype=float)
        rows.append([
            len(marked), float(marked.mean() / limit) if len(marked) else np.nan, float((limit - marked).clip(lower=0).sum()),
            int((marked >= limit - 1e-9).sum()), int((marked <= 1e-9).sum()), *_correlation(marked, rest, level),
        ])  # fmt: skip
    columns = ["people", "earned", "lost", "full", "nothing", "discrimination", "low", "high", "reason"]
    return pd.DataFrame(rows, index=scores.columns, columns=columns)


def _correlation(item: pd.Series, rest: pd.Series, level: float) -> tuple[float, float, float, str]:
    if rest.empty and len(item):
        return np.nan, np.nan, np.nan, "alone"
    both = pd.concat([item, rest], axis=1).dropna().astype(float).to_numpy()
    if len(both) < FEWEST:
        return np.nan, np.nan, np.nan, "few"
    if (both.std(axis=0) < 1e-9).any():
        return np.nan, np.nan, np.nan, "same"
    r = float(np.clip(np.corrcoef(both.T)[0, 1], -1, 1))
    z, half = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)), stats.norm.ppf((1 + level) / 2) / np.sqrt(len(both) - 3)
    return r, float(np.tanh(z - half)), float(np.tanh(z + half)), ""
