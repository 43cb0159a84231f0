"""What short histories borrow from the others: seasons of the group, levels and trends drawn towards those of their like."""

from __future__ import annotations

import numpy as np

from crmlib.demand.months import Past

_SPREAD = 0.3
"""Variance of a customer's months beyond chance, as a share of the mean squared, where it is not estimated: weights only."""


def exposure(past: Past) -> np.ndarray:
    """1 for each month in which a customer was one already, customers × months.

    >>> import pandas as pd
    >>> from crmlib.demand.months import past_of
    >>> parcels = pd.DataFrame({"customer_id": ["a", "b"], "picked_up_at": pd.to_datetime(["2026-01-05", "2026-02-05"])})
    >>> exposure(past_of(parcels, "2026-03-01")).tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    return (np.arange(past.months) >= past.begins[:, None]).astype(float)


def season_of(past: Past) -> np.ndarray:
    """How busy each month of the year is in each group, groups × 12 (January first); 1 is an ordinary month.

    Only customers who were there all along and still send are compared, so that arrivals and losses make no season; a month seen twice
    counts by both years, a month never seen is 1. Uncertain factors are drawn towards 1, the groups' towards that of all.

    >>> import pandas as pd
    >>> from crmlib.demand.months import past_of
    >>> days = pd.date_range("2025-01-01", "2025-12-31", freq="D")
    >>> busy = days.append([days[days.month == 11]] * 2)
    >>> parcels = pd.DataFrame({"customer_id": np.resize(["a", "b", "c"], len(busy)), "picked_up_at": busy})
    >>> int(season_of(past_of(parcels, "2026-01-01"))[0].argmax())
    10
    """
    calendar = (past.first.month - 1 + np.arange(past.months)) % 12
    there = exposure(past)
    lasting = (past.begins == 0) & (past.counts[:, -min(3, past.months) :].sum(axis=1) > 0) & (past.counts[:, :3].sum(axis=1) > 0)
    pooled = _factors(past.counts[lasting], there[lasting], calendar, np.ones(12))
    found = np.ones((len(past.group_names), 12))
    for group in range(len(past.group_names)):
        own = lasting & (past.groups == group)
        found[group] = _factors(past.counts[own], there[own], calendar, pooled)
    return found


def _factors(counts: np.ndarray, there: np.ndarray, calendar: np.ndarray, towards: np.ndarray) -> np.ndarray:
    if len(counts) == 0 or counts.sum() == 0:
        return towards.copy()
    level = counts.sum(axis=1) / there.sum(axis=1)
    weight = 1 / (1 + _SPREAD * level)
    expected = (weight * level) @ there
    ratio = (weight @ counts) / expected
    ratio = _detrended(ratio, calendar)
    error = np.sqrt((weight**2 * (level + _SPREAD * level**2)) @ there) / expected
    factor, spread = np.ones(12), np.full(12, np.inf)
    for month in range(12):
        seen = calendar == month
        if seen.any():
            factor[month] = ratio[seen].mean()
            spread[month] = np.sqrt((error[seen] ** 2).sum()) / seen.sum()
    known = np.isfinite(spread)
    factor[known] /= factor[known].mean()
    between = max(np.var(factor[known] / towards[known]) - (spread[known] ** 2).mean(), 1e-4)
    keep = np.where(known, between / (between + np.where(known, spread, 0) ** 2), 0)
    return towards * (1 + keep * (factor / towards - 1))


def _detrended(ratio: np.ndarray, calendar: np.ndarray) -> np.ndarray:
    """Take out the growth seen between the same months of two years; with less than six such pairs nothing is taken out."""
    pairs = [(month, month + 12) for month in range(len(ratio) - 12)]
    if len(pairs) < 6:
        return ratio
    growth = np.median([np.log(max(ratio[late], 1e-9) / max(ratio[early], 1e-9)) for early, late in pairs])
    return ratio * np.exp(-growth / 12 * (np.arange(len(ratio)) - (len(ratio) - 1) / 2))


def levels(past: Past, season: np.ndarray, half_life: float) -> tuple[np.ndarray, np.ndarray]:
    """Parcels a month of each customer at an ordinary month, shrunk; and the mean age (months) of what they rest on.

    Recent months count more: a month `half_life` months back counts half. Short histories lie nearer to the mean of their group
    (gamma–Poisson: prior by moments).

    >>> import pandas as pd
    >>> from crmlib.demand.months import past_of
    >>> parcels = pd.DataFrame({"customer_id": ["a"] * 40 + ["b"] * 2, "picked_up_at": pd.Timestamp("2026-01-05")})
    >>> level, __ = levels(past_of(parcels, "2026-02-01"), np.ones((1, 12)), 6)
    >>> bool(level[0] < 40), bool(level[1] > 2)
    (True, True)
    """
    calendar = (past.first.month - 1 + np.arange(past.months)) % 12
    age = past.months - 1 - np.arange(past.months)
    weight = exposure(past) * 0.5 ** (age / half_life)
    seen = (weight * season[past.groups][:, calendar]).sum(axis=1)
    sent = (weight * past.counts).sum(axis=1)
    level = np.empty(len(sent))
    for group in range(len(past.group_names)):
        own = past.groups == group
        if own.any():
            shape, scale = _prior(sent[own], seen[own])
            level[own] = (sent[own] + shape) / (seen[own] + scale)
    return level, (weight * age).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9)


def _prior(sent: np.ndarray, seen: np.ndarray) -> tuple[float, float]:
    mean = sent.sum() / seen.sum()
    rate = sent / seen
    spread = np.average((rate - mean) ** 2, weights=seen) - mean * len(seen) / seen.sum() if len(seen) > 1 else mean**2
    spread = max(spread, 0.05 * mean**2, 1e-12)
    return mean**2 / spread, mean / spread


def trends(past: Past, season: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Growth a month (log) of each customer: drawn towards its group, and its own alone (missing where there is too little).

    A customer's own growth compares the later with the earlier half of its months. It is drawn the more towards the group's the fewer
    parcels it rests on; who has sent nothing for two months is given that of the group.

    >>> import pandas as pd
    >>> from crmlib.demand.months import past_of
    >>> days = pd.date_range("2025-01-01", "2025-12-31", freq="D")
    >>> twice = days.append(days[days.month > 6])
    >>> shrunk, own = trends(past_of(pd.DataFrame({"customer_id": "a", "picked_up_at": twice}), "2026-01-01"), np.ones((1, 12)))
    >>> round(float(own[0]), 3)
    0.118
    """
    calendar = (past.first.month - 1 + np.arange(past.months)) % 12
    there = exposure(past)
    busy = there * season[past.groups][:, calendar]
    span = past.months - past.begins
    late = np.arange(past.months) >= (past.begins + (span + 1) // 2)[:, None]
    sent = [(past.counts * part * there).sum(axis=1) for part in (~late, late)]
    seen = [(busy * part).sum(axis=1) for part in (~late, late)]
    enough = (span >= 6) & (past.counts[:, -2:].sum(axis=1) > 0) & (sent[0] >= 2) & (sent[1] >= 2)
    apart = np.maximum(span / 2, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(enough, (np.log(sent[1] / seen[1]) - np.log(sent[0] / seen[0])) / apart, np.nan)
        error = (1 / sent[0] + 1 / sent[1] + 4 * _SPREAD / span) / apart**2
    shrunk = np.zeros(len(own))
    for group in range(len(past.group_names)):
        rows = past.groups == group
        known = rows & enough
        if known.sum() < 5:
            continue
        middle = float(np.average(own[known], weights=1 / error[known]))
        between = max(np.average((own[known] - middle) ** 2, weights=1 / error[known]) - 1 / np.mean(1 / error[known]), 1e-6)
        shrunk[rows] = middle
        shrunk[known] = middle + between / (between + error[known]) * (own[known] - middle)
    return shrunk, own


def shares(past: Past, half_life: float) -> np.ndarray:
    """The share of each kind (route, product) in each customer's parcels, customers × kinds, drawn towards the shares of the group.

    How strongly is chosen by the likelihood of the counts (Dirichlet–multinomial).

    >>> import pandas as pd
    >>> from crmlib.demand.months import past_of
    >>> parcels = pd.DataFrame({"customer_id": list("aaaab"), "scope": list("xxyyx"), "picked_up_at": pd.Timestamp("2026-01-05")})
    >>> found = shares(past_of(parcels, "2026-02-01", "scope"), 6)
    >>> found.sum(axis=1).round(6).tolist(), bool(0.5 < found[1, 0] < 1)
    ([1.0, 1.0], True)
    """
    if past.cells.shape[1] == 1:
        return np.ones((len(past.customers), 1))
    weight = 0.5 ** ((past.months - 1 - np.arange(past.months)) / half_life)
    recent = past.cells @ weight
    found = np.empty_like(recent)
    for group in range(len(past.group_names)):
        own = past.groups == group
        if own.any():
            base = recent[own].sum(axis=0) + 1e-6
            base = base / base.sum()
            strength = _strength(past.cells[own].sum(axis=2), base)
            found[own] = (recent[own] + strength * base) / (recent[own].sum(axis=1, keepdims=True) + strength)
    return found


def _strength(counts: np.ndarray, base: np.ndarray) -> float:
    from scipy.special import gammaln

    total = counts.sum(axis=1)

    def likelihood(strength: float) -> float:
        part = (gammaln(counts + strength * base) - gammaln(strength * base)).sum()
        return float(part + (gammaln(strength) - gammaln(total + strength)).sum())

    return max((0.5, 1, 2, 4, 8, 16, 32, 64, 128), key=likelihood)
