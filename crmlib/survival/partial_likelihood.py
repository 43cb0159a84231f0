"""The partial likelihood of Cox's model, its gradient and its curvature, from sums over sorted times.

Rows are told apart by two places only: how many of the times of loss in their stratum lie before they come under observation, and how many
up to their end. A row is at risk at the losses between the two. Every sum over risk sets is then one pass over the rows and one running sum
over the times of loss, whatever the number of ties, strata and late entries; and the curvature needs no sum of squares by time, since

    Σ_t Σ_{i at risk at t} w_i x_i x_iᵀ / S(t)  =  Σ_i w_i H_i x_i x_iᵀ,   H_i = Σ_{t at which i is at risk} 1 / S(t).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Rows sorted by stratum and end, and the times of loss they are counted by.

    `first` and `past`: a row is at risk at the times of loss with these places, the last not included. `lost`: rows that ended in a loss,
    sorted by place; `place`: theirs. `many`: losses at each place; `stratum_end`: where the places of a place's stratum end.
    """

    order: np.ndarray
    x: np.ndarray
    first: np.ndarray
    past: np.ndarray
    lost: np.ndarray
    place: np.ndarray
    many: np.ndarray
    when: np.ndarray
    efron: np.ndarray
    late: bool


def risk_sets(
    x: np.ndarray, times: np.ndarray, events: np.ndarray, entry: np.ndarray | None, strata: np.ndarray | None, *, efron: bool
) -> RiskSets:
    """Sort the rows of `x` and find the places of their times; rows that are never at risk at a loss are left out.

    >>> sets = risk_sets(np.zeros((3, 1)), np.array([1.0, 2.0, 3.0]), np.array([True, False, True]), None, None, efron=True)
    >>> sets.past.tolist(), sets.many.tolist()
    ([1, 1, 2], [1, 1])
    """
    order = np.argsort(times) if strata is None else np.lexsort((times, strata))
    times, events = times[order], events[order]
    group = np.zeros(len(times), dtype=np.int64) if strata is None else strata[order]
    key = group[events], times[events]
    fresh = np.ones(len(key[0]), dtype=bool)
    fresh[1:] = (key[0][1:] != key[0][:-1]) | (key[1][1:] != key[1][:-1])
    place = np.cumsum(fresh) - 1
    when, of = key[1][fresh], key[0][fresh]
    past = _places(of, when, group, times)
    begin = np.searchsorted(of, group, side="left")
    first = begin if entry is None else _places(of, when, group, entry[order])
    used = past > first
    lost = np.flatnonzero(events[used])
    many = np.bincount(place, minlength=len(when))
    step = np.arange(len(place)) - np.concatenate([[0], np.cumsum(many)[:-1]]).astype(np.int64)[place] if len(place) else place
    return RiskSets(
        order=order[used], x=np.ascontiguousarray(x[order[used]]), first=first[used], past=past[used], lost=lost, place=place, many=many,
        when=when, efron=step / many[place] if efron else np.zeros(len(place)), late=entry is not None or strata is not None,
    )  # fmt: skip


def _places(of: np.ndarray, when: np.ndarray, group: np.ndarray, times: np.ndarray) -> np.ndarray:
    """How many of the times of loss `when` (of strata `of`), all strata in a row, come before or at `times` of `group`."""
    if not len(when) or of[0] == of[-1] and len(np.unique(group)) == 1:
        return np.searchsorted(when, times, side="right")
    strata = np.arange(group.max() + 2)
    edges = np.searchsorted(of, strata, side="left")
    # One number a pair, in order of stratum, then of time: the rank of the time among all that occur.
    ranks = np.unique(np.concatenate([when, times]), return_inverse=True)[1]
    span = int(ranks.max()) + 1
    known, asked = of * span + ranks[: len(when)], group * span + ranks[len(when) :]
    return np.clip(np.searchsorted(known, asked, side="right"), edges[group], edges[group + 1])


def _from_risk(sets: RiskSets, values: np.ndarray) -> np.ndarray:
    """The sums of `values` over each risk set; one row a time of loss."""
    count = len(sets.when)
    columns = values if values.ndim == 2 else values[:, None]
    out = np.empty((count, columns.shape[1]))
    for place in range(columns.shape[1]):
        change = np.bincount(sets.past, columns[:, place], minlength=count + 1)[1 : count + 1]
        if sets.late:
            change = change - np.bincount(sets.first, columns[:, place], minlength=count + 1)[1 : count + 1]
        out[:, place] = np.cumsum(change[::-1])[::-1]
    return out if values.ndim == 2 else out[:, 0]


def _at_ties(sets: RiskSets, values: np.ndarray) -> np.ndarray:
    """The sums of `values` (one row a loss) over the losses at the same time."""
    starts = np.concatenate([[0], np.cumsum(sets.many)[:-1]])
    return np.add.reduceat(values, starts, axis=0)


def evaluate(sets: RiskSets, beta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Log-likelihood, gradient and information at `beta`.

    >>> sets = risk_sets(np.array([[0.0], [1.0]]), np.array([1.0, 2.0]), np.array([True, True]), None, None, efron=True)
    >>> [np.round(part, 4).tolist() for part in evaluate(sets, np.zeros(1))]
    [-0.6931, [-0.5], [[0.25]]]
    """
    score, weight, below, mean, share = _means(sets, beta)
    value = float(score[sets.lost].sum() - np.log(below).sum())
    seen = sets.x[sets.lost]
    hazard = np.concatenate([[0.0], np.cumsum(_at_ties(sets, 1 / below))])
    carried = weight * (hazard[sets.past] - hazard[sets.first])
    # One who is lost counts only partly in the later terms of its tie.
    carried[sets.lost] -= weight[sets.lost] * share
    gradient = seen.sum(axis=0) - mean.sum(axis=0)
    information = (sets.x * carried[:, None]).T @ sets.x - mean.T @ mean
    return value, gradient, information


def _means(sets: RiskSets, beta: np.ndarray) -> tuple[np.ndarray, ...]:
    score = sets.x @ beta
    score = score - score.max()
    weight = np.exp(score)
    weighted = sets.x * weight[:, None]
    total, sums = _from_risk(sets, weight)[sets.place], _from_risk(sets, weighted)[sets.place]
    if not sets.efron.any():
        return score, weight, total, sums / total[:, None], np.zeros(len(sets.lost))
    tied = sets.place
    part = sets.efron
    below = total - part * _at_ties(sets, weight[sets.lost])[tied]
    mean = (sums - part[:, None] * _at_ties(sets, weighted[sets.lost])[tied]) / below[:, None]
    return score, weight, below, mean, _at_ties(sets, part / below)[tied]


def schoenfeld(sets: RiskSets, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What each lost customer had beyond the mean of those at risk: the rows (as given to `risk_sets`), times and residuals of the losses.

    >>> sets = risk_sets(np.array([[0.0], [1.0]]), np.array([1.0, 2.0]), np.array([True, True]), None, None, efron=True)
    >>> schoenfeld(sets, np.zeros(1))[2].tolist()
    [[-0.5], [0.0]]
    """
    mean = _means(sets, beta)[3]
    mean = (_at_ties(sets, mean) / sets.many[:, None])[sets.place]
    return sets.order[sets.lost], sets.when[sets.place], sets.x[sets.lost] - mean
