"""Calls a day: a level that drifts, weekdays, holidays, and what each festival of the year adds day by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.staffing.counts_model import CountsFit, fit_counts
from crmlib.staffing.days import REACH, festival_days

_KNOT = 14
"""Days between the points from which the level is drawn as a straight line."""
DRIFTS = (0.02, 0.06, 0.15)
"""By how much the level may change from one point to the next, as the deviation of the logarithm; the calls choose among them."""
_WEEKDAY, _KIND, _YEARLY = 0.4, 0.3, 0.06
"""Deviations of the logarithm of factors, before any call is seen: of weekdays, kinds of days, and the slow wave of the year."""
_FESTIVAL_STEP = 0.25
"""The same between one day of a festival and the next."""
_ASSUMED_STEP = 0.6
"""How much smaller that is where the festival's shape is assumed."""
_INSTANCE = 0.12
"""The same of one year's festival against the mean of all years."""
_UNSEEN = 0.35
"""The same of a whole festival that was never seen and is assumed."""
_WAVES_FROM = 500
"""Days of history from which the slow wave of the year is estimated: with less it cannot be told from the drift."""
_SEEN_SHARE = 0.5
"""Share of a festival's days within its reach that the history must hold for it to count as seen."""


@dataclass(frozen=True, eq=False)
class Columns:
    """The design of all days, past and to come: `matrix`, with `blocks` naming which columns belong to what; `precision` and `centre`
    of the prior without that of the level; `assumed` names the festivals that were never seen."""

    matrix: np.ndarray
    blocks: dict[str, slice]
    precision: np.ndarray
    centre: np.ndarray
    assumed: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Volume:
    """The fit of the calls a day, for every day of the design: `mean`, `relative_variance` (of the prediction,
    beyond chance), `drift` (the one chosen)."""

    mean: np.ndarray
    relative_variance: np.ndarray
    drift: float
    fit: CountsFit
    columns: Columns


def fit_volume(
    totals: np.ndarray, days: pd.DatetimeIndex, kinds: np.ndarray, peaks: Mapping[str, float], *, drifts: tuple[float, ...] = DRIFTS
) -> Volume:
    """Fit the days seen (totals that are no NaN) and foretell all of them.

    Parameters
    ----------
    totals : calls a day, NaN for days to come or lacking
    days : consecutive days
    kinds : kind of each day, see :func:`crmlib.staffing.days.day_kinds`
    peaks : calls on the highest day over those of an ordinary day, by festival, for festivals that were never seen
    drifts : among which the calls choose, see DRIFTS

    >>> days = pd.date_range("2026-03-02", periods=28)
    >>> seen = np.where(np.arange(28) < 21, np.where(days.day_of_week < 5, 100.0, 50.0), np.nan)
    >>> kinds = np.where(days.day_of_week < 5, "workday", "weekend").astype(object)
    >>> fit_volume(seen, days, kinds, {}).mean[21:].round(-1).tolist()
    [100.0, 100.0, 100.0, 100.0, 100.0, 50.0, 50.0]
    """
    seen = ~np.isnan(totals)
    columns = _columns(days, kinds, seen, peaks)
    counts, design = totals[seen], columns.matrix[seen]
    level = columns.blocks["level"]
    best, start, chosen = None, None, 0.0
    for drift in drifts:
        precision, centre = columns.precision.copy(), columns.centre.copy()
        steps = np.diff(np.eye(level.stop - level.start), axis=0)
        precision[level, level] = steps.T @ steps / drift**2
        precision[level.start, level.start] += 1 / 4.0
        centre[level] = np.log(max(counts.mean(), 0.1))
        fit = fit_counts(counts, design, precision, centre, start=start)
        start = fit.weights
        if best is None or fit.evidence > best.evidence:
            best, chosen = fit, drift
    logs, variance = best.foretell(columns.matrix)
    variance = np.minimum(variance, 2.0)
    return Volume(np.exp(logs + variance / 2), np.expm1(variance) * (1 + best.spread) + best.spread, chosen, best, columns)


def _columns(days: pd.DatetimeIndex, kinds: np.ndarray, seen: np.ndarray, peaks: Mapping[str, float]) -> Columns:
    """Columns of the level, the weekdays, the kinds of days, the slow wave and the festivals, with what is thought of them beforehand."""
    number = np.arange(len(days))
    knots = np.arange(0, len(days) + _KNOT, _KNOT)
    level = np.maximum(1 - np.abs(number[:, None] - knots) / _KNOT, 0)
    blocks: dict[str, slice] = {}
    parts, priors, centres = [], [], []

    def add(name: str, part: np.ndarray, prior: np.ndarray, centre: np.ndarray | None = None) -> None:
        begin = sum(block.shape[1] for block in parts)
        blocks[name] = slice(begin, begin + part.shape[1])
        parts.append(part.astype(float))
        priors.append(prior)
        centres.append(np.zeros(part.shape[1]) if centre is None else centre)

    add("level", level, np.zeros((len(knots), len(knots))))
    add("weekday", np.eye(7)[days.day_of_week], np.eye(7) / _WEEKDAY**2)
    add("day_kind", np.column_stack([kinds == "makeup_workday", kinds == "holiday"]), np.eye(2) / _KIND**2)
    if seen.sum() >= _WAVES_FROM:
        angle = 2 * np.pi * days.day_of_year.to_numpy() / 365.25
        add("year", np.column_stack([np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)]), np.eye(4) / _YEARLY**2)
    assumed = _add_festivals(add, days, seen, peaks)
    size = [len(prior) for prior in priors]
    precision = np.zeros((sum(size), sum(size)))
    for block, prior in zip(blocks.values(), priors, strict=True):
        precision[block, block] = prior
    return Columns(np.hstack(parts), blocks, precision, np.concatenate(centres), assumed)


def _add_festivals(add, days: pd.DatetimeIndex, seen: np.ndarray, peaks: Mapping[str, float]) -> tuple[str, ...]:
    """One column a day of a festival, near days alike; and one a festival and year, by which years differ."""
    table, assumed = festival_days(days), []
    for name, (before, after) in REACH.items():
        own = table.of(name)
        if not len(own.row):
            continue
        offsets = np.arange(before, after + 1)
        part = np.zeros((len(days), len(offsets)))
        part[own.row, own.offset - before] = 1
        ends = np.diff(np.eye(len(offsets) + 2), axis=0)[:, 1:-1]
        known = len(set(own.offset[seen[own.row]].tolist())) / len(offsets) >= _SEEN_SHARE
        shape = np.interp(offsets, [before, 0, after // 2, after], [0, 1, 1, 0])
        step, centre = _FESTIVAL_STEP, None
        if not known and not seen[own.row].all():
            assumed.append(name)
            step, centre = _FESTIVAL_STEP * _ASSUMED_STEP, np.log(peaks.get(name, 1.0)) * shape
        add(f"festival/{name}", part, ends.T @ ends / step**2, centre)
        years = np.unique(own.year)
        instance = np.zeros((len(days), len(years)))
        instance[own.row, np.searchsorted(years, own.year)] = shape[own.offset - before]
        add(f"instance/{name}", instance, np.eye(len(years)) / (_INSTANCE if known else _UNSEEN) ** 2)
    return tuple(assumed)
