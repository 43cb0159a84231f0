"""Do two people who check the same calls see the same? Cohen's kappa with its interval, for yes/no, names and grades."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import require_share
from crmlib.clean import clean, plain_names
from crmlib.i18n import _, in_a_row
from crmlib.survey.intervals import normal_quantile, wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WEIGHTS = (None, "linear", "quadratic")


@dataclass(frozen=True, eq=False)
class Kappa:
    """Agreement of two checkers beyond chance.

    `value` (missing where both always said one and the same), `low`, `high`, `standard_error`; `agreed`: share of equal marks (weighted:
    credit for near ones); `by_chance`: what independent checkers with these habits would have; `largest`: the highest kappa that their
    habits leave room for; `bias`: how far the second says each mark more often than the first (largest difference of shares); `adjusted`:
    what kappa would be if all marks were equally common (Brennan and Prediger); `pairs`, `left_out` (one of the two marks missing);
    `table`: counts, rows first, columns second.
    """

    value: float
    low: float
    high: float
    standard_error: float
    agreed: float
    by_chance: float
    largest: float
    bias: float
    adjusted: float
    pairs: int
    left_out: int
    weights: str | None
    level: float
    table: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        """The result in two or three sentences."""
        if np.isnan(self.value):
            return _("Both said the same of all {pairs} calls, so nothing tells agreement from habit: kappa has no value.").format(
                pairs=self.pairs
            )
        least = standards.get("call_center.quality.kappa_least", unit="ratio")
        told = _(
            "They agree on {agreed:.0%} of {pairs} calls, where chance alone would give {chance:.0%}: kappa {value:.2f} "
            "({level:.0%} interval: {low:.2f} to {high:.2f})."
        ).format(
            agreed=self.agreed, pairs=self.pairs, chance=self.by_chance, value=self.value, level=self.level, low=self.low,
            high=self.high)  # fmt: skip
        verdict = (
            _("That is at least {least:g}, so scores may count.") if self.low >= least
            else _("That is below {least:g}: agree on the rule first, then score anybody by it.") if self.high < least
            else _("Whether it reaches {least:g} is not certain: check more calls twice.")
        ).format(least=least)  # fmt: skip
        common = _("Nearly all marks are the same, which pushes kappa down; with balanced marks it would be {adjusted:.2f}.").format(
            adjusted=self.adjusted) if self.by_chance > 0.7 and self.adjusted > self.value + 0.15 else ""  # fmt: skip
        return in_a_row(told, verdict, common)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The table of marks; see :func:`crmlib.plotting.agreement`."""
        from crmlib.plotting import agreement

        return agreement(self, ax=ax)


def kappa(first: pd.Series, second: pd.Series, *, weights: str | None = None, categories: list | None = None, level: float = 0.95) -> Kappa:
    """Cohen's kappa of two checkers, plain or weighted, with its interval.

    Answers: do our checkers mean the same, or do they agree by luck?

    Parameters
    ----------
    first, second : Series, one mark a call, in the same order (or with the same index)
        Pairs with a missing mark are left out and counted.
    weights : None (equal or not), "linear" or "quadratic"
        For grades: credit for near marks, by distance or squared distance. They need an order: `categories`, ordered categories or numbers.
    categories : list of marks in their order, optional
    level : float, 0–1

    Returns
    -------
    Kappa
        `.value`, `.low`, `.high`, `.standard_error`, `.agreed`, `.by_chance`, `.largest`, `.bias`, `.adjusted`, `.table`, `.summary()`,
        `.plot()`

    Raises
    ------
    ValueError
        The two do not fit together, there is no pair, a mark is not among the categories, or marks without order are to be weighted.

    Notes
    -----
    The interval is that of a large sample; with fewer than some thirty pairs take it as a hint. Where all marks agree, or one checker never
    varies, it comes from Wilson's interval of the agreement.

    Source: Cohen, *Educational and Psychological Measurement* 20 (1960); Fleiss, Cohen and Everitt, *Psychological Bulletin* 72 (1969);
    Brennan and Prediger, *Educational and Psychological Measurement* 41 (1981).

    >>> yes, no = True, False
    >>> found = kappa(pd.Series([yes] * 25 + [no] * 25), pd.Series([yes] * 20 + [no] * 5 + [yes] * 10 + [no] * 15))
    >>> round(found.value, 3), round(found.by_chance, 3)
    (0.4, 0.5)
    """
    require_share("level", level)
    if weights not in WEIGHTS:
        raise ValueError(_('weights is "{name}"; use None, "linear" or "quadratic".').format(name=weights))
    first, second = _pair(first, second)
    names = _categories(first, second, categories, weights)
    known = (first.notna() & second.notna()).to_numpy()
    one, two = (pd.Index(names).get_indexer(marks[known]) for marks in (first, second))
    if (one < 0).any() or (two < 0).any():
        raise ValueError(_("A mark is not among the categories {known}.").format(known=", ".join(map(str, names))))
    if not known.any():
        raise ValueError(_("There is no pair of marks. Check that both columns belong to the same calls."))
    width = len(names)
    counts = np.bincount(one * width + two, minlength=width * width).reshape(width, width)
    table = pd.DataFrame(counts, index=pd.Index(names, name="first"), columns=pd.Index(names, name="second"))
    return _from_table(counts.astype(float), weights, level, int(len(known) - known.sum()), table)


def kappa_size(*, kappa: float, share: float, margin: float, level: float = 0.95) -> int:
    """How many calls must be checked twice for an interval of ± `margin` about kappa, for a yes/no mark.

    Answers: how many calls do we check twice?

    Parameters
    ----------
    kappa : float, 0–1
        What is expected.
    share : float, 0–1
        How often the mark is yes.
    margin : float, above 0
        Half the width of the interval wanted.
    level : float, 0–1

    Returns
    -------
    int
        Calls; at least 10

    Raises
    ------
    ValueError
        A figure is out of its range.

    Source: Bloch and Kraemer, *Biometrics* 45 (1989).

    >>> kappa_size(kappa=0.7, share=0.5, margin=0.1)
    196
    """
    for name, value in (("share", share), ("margin", margin), ("level", level)):
        require_share(name, value)
    if kappa not in (0, 1):
        require_share("kappa", kappa)
    variance = (1 - kappa) * ((1 - kappa) * (1 - 2 * kappa) + kappa * (2 - kappa) / (2 * share * (1 - share)))
    return max(10, ceil(round((normal_quantile(level) / margin) ** 2 * variance, 9)))


def agreement_by_item(checks: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Kappa of each item of a checklist, from calls that two people checked.

    Answers: which items does everybody read alike, and which must be written anew?

    Parameters
    ----------
    checks : DataFrame, one row a call, checker and item: call_id, checker, script_item, passed (yes/no; missing where it did not apply)
        Of each call the two checkers first in the alphabet count; calls that only one checked are left out.
    level : float, 0–1

    Returns
    -------
    DataFrame indexed by script_item, in order of appearance
        calls (marked by both), passed_share (of all their marks), agreed, by_chance, kappa, low, high, adjusted, agreement (enough: the
        interval lies above the standard call_center.quality.kappa_least; too_low: below it; unsure)

    Raises
    ------
    ValueError
        A column is missing, a mark stands twice, or no call was checked by two.

    >>> checks = pd.DataFrame({"call_id": [1, 1, 2, 2, 3, 3, 4, 4], "checker": ["a", "b"] * 4, "script_item": "greeting",
    ...     "passed": [True, True, False, False, True, True, False, True]})
    >>> agreement_by_item(checks)[["calls", "kappa"]].values.tolist()
    [[4.0, 0.5]]
    """
    require_share("level", level)
    checks = clean(checks, "checks", call_id="id", checker="id", script_item="name", passed="answer?")
    if checks.duplicated(["call_id", "checker", "script_item"]).any():
        raise ValueError(_("A checker marked an item of a call more than once. Keep one mark each."))
    ranked = checks.assign(turn=checks.groupby("call_id")["checker"].rank(method="dense"))
    wide = ranked[ranked["turn"] <= 2].pivot(index=["call_id", "script_item"], columns="turn", values="passed")
    if wide.shape[1] < 2 or not wide.notna().all(axis=1).any():
        raise ValueError(
            _("No call was checked by two people. Have some calls checked twice, each by two who do not see the other's marks.")
        )
    least = standards.get("call_center.quality.kappa_least", unit="ratio")
    rows = {}
    for item in dict.fromkeys(checks["script_item"]):
        if item not in wide.index.get_level_values("script_item"):
            continue
        marks = wide.xs(item, level="script_item")
        both = marks.dropna()
        if both.empty:
            continue
        found = kappa(both[1.0].astype(bool), both[2.0].astype(bool), level=level)
        share = float(both.astype(float).to_numpy().mean())
        rows[item] = (found.pairs, share, found.agreed, found.by_chance, found.value, found.low, found.high, found.adjusted,
                      "enough" if found.low >= least else "too_low" if found.high < least else "unsure")  # fmt: skip
    columns = ["calls", "passed_share", "agreed", "by_chance", "kappa", "low", "high", "adjusted", "agreement"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("script_item")


def _pair(first: object, second: object) -> tuple[pd.Series, pd.Series]:
    series = [marks if isinstance(marks, pd.Series) else pd.Series(list(marks)) if np.iterable(marks) and not isinstance(marks,
        str) else None
              for marks in (first, second)]  # fmt: skip
    if None in [type(marks) if marks is None else 1 for marks in series] or any(marks is None for marks in series):
        raise ValueError(_("first and second must be columns of marks, one a call."))
    one, two = series
    if len(one) != len(two):
        raise ValueError(
            _("first has {first} marks and second {second}: they must belong to the same calls.").format(first=len(one), second=len(two))
        )
    if not one.index.equals(two.index) and one.index.is_unique and set(one.index) == set(two.index):
        two = two.reindex(one.index)
    return one, two.set_axis(one.index)


def _categories(first: pd.Series, second: pd.Series, categories: list | None, weights: str | None) -> list:
    if categories is not None:
        if len(set(categories)) != len(categories) or not len(categories):
            raise ValueError(_("categories must name each mark once."))
        return list(categories)
    kind = first.dtype
    if isinstance(kind, pd.CategoricalDtype) and kind.ordered and kind == second.dtype:
        return list(kind.categories)
    seen = {*plain_names(first).dropna().tolist(), *plain_names(second).dropna().tolist()}
    if weights is not None and any(isinstance(mark, str) for mark in seen):
        raise ValueError(_("Weighted kappa needs the order of the marks: give categories, from the lowest to the highest."))
    return sorted(seen, key=lambda mark: (isinstance(mark, str), mark))


def _from_table(counts: np.ndarray, weights: str | None, level: float, left_out: int, table: pd.DataFrame) -> Kappa:
    size, width = counts.sum(), len(counts)
    share = counts / size
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    place = np.arange(width)
    apart = np.abs(place[:, None] - place) / max(width - 1, 1)
    credit = 1 - apart if weights == "linear" else 1 - apart**2 if weights == "quadratic" else (apart == 0).astype(float)
    agreed, chance = float((credit * share).sum()), float((credit * np.outer(rows, columns)).sum())
    bias = float(np.abs(rows - columns).max())
    evenly = float(credit.mean())
    adjusted = (agreed - evenly) / (1 - evenly) if evenly < 1 else np.nan
    if 1 - chance < 1e-12:
        return Kappa(np.nan, np.nan, np.nan, np.nan, agreed, chance, np.nan, bias, adjusted, int(size), left_out, weights, level, table)
    value = (agreed - chance) / (1 - chance)
    # Fleiss, Cohen and Everitt (1969), for kappa other than 0.
    mean = (credit @ columns)[:, None] + (credit.T @ rows)[None, :]
    variance = ((share * (credit - mean * (1 - value)) ** 2).sum() - (value - chance * (1 - value)) ** 2) / (size * (1 - chance) ** 2)
    error = float(np.sqrt(max(variance, 0.0)))
    low, high = value - normal_quantile(level) * error, value + normal_quantile(level) * error
    if error < 1e-12:
        # Full agreement, or a checker who never varies, of few calls is no certainty: Wilson's interval of the agreement.
        low, high = ((end - chance) / (1 - chance) for end in wilson_interval(agreed * size, size, level))
    largest = (_most(rows, columns, credit) - chance) / (1 - chance)
    return Kappa(float(value), max(-1.0, float(low)), min(1.0, float(high)), error, agreed, chance, float(largest), bias,
                 float(adjusted), int(size), left_out, weights, level, table)  # fmt: skip


def _most(rows: np.ndarray, columns: np.ndarray, credit: np.ndarray) -> float:
    """The highest weighted agreement that two checkers with these shares of marks can have."""
    if np.array_equal(credit, np.eye(len(credit))):
        return float(np.minimum(rows, columns).sum())
    # With credit that falls with distance, marks are matched in order.
    ends = np.unique(np.concatenate([np.cumsum(rows), np.cumsum(columns)]).clip(0, 1))
    middles = (np.concatenate([[0.0], ends[:-1]]) + ends) / 2
    widths = np.diff(np.concatenate([[0.0], ends]))
    last = len(rows) - 1
    one, two = (np.minimum(np.searchsorted(np.cumsum(shares), middles, side="left"), last) for shares in (rows, columns))
    return float((widths * credit[one, two]).sum())
