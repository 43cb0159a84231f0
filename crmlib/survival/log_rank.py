"""The log-rank test: do groups of customers leave at the same pace, or could the difference between their curves be chance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.survival.observations import Observations, as_series, group_codes, observations


@dataclass(frozen=True, eq=False)
class LogRank:
    """Chi-square `statistic` with `dof` degrees of freedom and its `p_value`.

    `table` holds one row a group: customers, events, expected (the losses had all groups left at the same pace).
    """

    statistic: float
    dof: int
    p_value: float
    table: pd.DataFrame

    def summary(self) -> str:
        """The result in one sentence."""
        words = {"statistic": self.statistic, "dof": self.dof}
        if self.p_value < 0.001:
            return _("The groups leave at different paces (log-rank chi-square {statistic:.2f}, {dof} df, p below 0.001).").format(**words)
        if self.p_value < 0.05:
            return _("The groups leave at different paces (log-rank chi-square {statistic:.2f}, {dof} df, p = {p:.3f}).").format(
                **words, p=self.p_value)  # fmt: skip
        return _("These data do not show that the groups leave at different paces (log-rank chi-square {statistic:.2f}, {dof} df, p "
                 "= {p:.3f}).").format(
            **words, p=self.p_value)  # fmt: skip


def log_rank(durations: object, events: object, by: object, *, entry: object = None, strata: object = None) -> LogRank:
    """Test whether two or more groups leave at the same pace.

    Answers: is the gap between two survival curves more than chance?

    Parameters
    ----------
    durations, events, entry : as for :func:`crmlib.survival.kaplan_meier`
    by : Series or array of groups, one value a customer
        At least two groups.
    strata : Series or array of groups, optional
        Compare only customers of the same stratum, for example the same market, and add up.

    Returns
    -------
    LogRank
        statistic, dof (groups less one), p_value, table (customers, events, expected by group); `.summary()`

    Raises
    ------
    ValueError
        As for :func:`crmlib.survival.kaplan_meier`; or there is one group only, or nobody was lost.

    Source: Mantel (1966); Peto and Peto (1972).

    >>> result = log_rank([6, 7, 10, 15, 19, 25], [True, False, True, True, False, True], ["a", "a", "a", "b", "b", "b"])
    >>> round(result.statistic, 4), result.dof
    (3.5714, 1)
    """
    if by is None:
        raise ValueError(_("by is missing: say which group each customer belongs to."))
    data = observations(durations, events, entry=entry, by=by)
    groups = len(data.groups)
    if groups < 2:
        raise ValueError(_("by holds one group only ({group}); a comparison needs at least two.").format(group=data.groups[0]))
    if not data.events.any():
        raise ValueError(_("Nobody was lost, so there is nothing to compare."))
    observed, expected, spread = np.zeros(groups), np.zeros(groups), np.zeros((groups, groups))
    for own in _strata(data, durations, strata):
        seen, likely, covariance = _observed_expected(own, groups)
        observed, expected, spread = observed + seen, expected + likely, spread + covariance
    gap = (observed - expected)[1:]
    statistic = float(gap @ np.linalg.pinv(spread[1:, 1:], hermitian=True) @ gap)
    # A group that never stood beside another at a loss adds no degree of freedom.
    dof = int(np.linalg.matrix_rank(spread[1:, 1:], hermitian=True))
    table = pd.DataFrame(
        {"customers": np.bincount(data.codes, minlength=groups), "events": observed.astype(np.int64), "expected": expected},
        index=pd.Index(data.groups, name=getattr(by, "name", None) or "group"),
    )
    return LogRank(statistic, dof, _upper_tail(statistic, dof), table)


def _strata(data: Observations, durations: object, strata: object) -> list[Observations]:
    if strata is None:
        return [data]
    like = as_series(durations, "durations")
    codes, _names = group_codes(as_series(strata, "strata", like=like), "strata")
    order = np.argsort(codes, kind="stable")
    pieces = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    return [
        Observations(data.times[own], data.events[own], None if data.entry is None else data.entry[own], data.codes[own], data.groups)
        for own in pieces if data.events[own].any()
    ]  # fmt: skip


def _observed_expected(own: Observations, groups: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    when = np.unique(own.times[own.events])
    there, lost = np.empty((groups, len(when))), np.empty((groups, len(when)))
    for place in range(groups):
        part = own.codes == place
        times, gone = np.sort(own.times[part]), np.sort(own.times[part & own.events])
        there[place] = len(times) - np.searchsorted(times, when, side="left")
        lost[place] = np.searchsorted(gone, when, side="right") - np.searchsorted(gone, when, side="left")
        if own.entry is not None:
            there[place] -= len(times) - np.searchsorted(np.sort(own.entry[part]), when, side="left")
    all_lost, all_there = lost.sum(axis=0), there.sum(axis=0)
    share = there / all_there
    chance = all_lost * (all_there - all_lost) / np.maximum(all_there - 1, 1)
    covariance = np.diag((share * chance).sum(axis=1)) - (share * chance) @ share.T
    return lost.sum(axis=1), (share * all_lost).sum(axis=1), covariance


def _upper_tail(statistic: float, dof: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(dof, statistic)) if dof else 1.0
