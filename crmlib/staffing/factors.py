"""The factors of a forecast, laid open: what each weekday, kind of day and day of a festival does to the calls."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.staffing.days import REACH, festival_days
from crmlib.staffing.volume import Volume

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def factor_table(volume: Volume, days: pd.DatetimeIndex, *, seen: np.ndarray, level: float) -> pd.DataFrame:
    """Ratios to an ordinary day with intervals, one row a factor and value.

    Returns
    -------
    DataFrame
        factor, which, times_usual, low, high, assumed (no day of it was seen)

    >>> from crmlib.staffing.volume import fit_volume
    >>> days = pd.date_range("2026-03-02", periods=28)
    >>> kinds = np.where(days.day_of_week < 5, "workday", "weekend").astype(object)
    >>> volume = fit_volume(np.where(days.day_of_week < 5, 110.0, 75.0), days, kinds, {})
    >>> factor_table(volume, days, seen=np.ones(28, dtype=bool), level=0.95)["times_usual"].round(1).tolist()[:7]
    [1.1, 1.1, 1.1, 1.1, 1.1, 0.8, 0.8]
    """
    from scipy.special import ndtri

    blocks, size = volume.columns.blocks, len(volume.fit.weights)
    rows, contrasts, assumed = [], [], []

    def add(name: str, value: object, contrast: np.ndarray, unseen: bool) -> None:
        rows.append((name, value))
        contrasts.append(contrast)
        assumed.append(unseen)

    week = blocks["weekday"]
    for number, name in enumerate(_WEEKDAYS):
        contrast = np.zeros(size)
        contrast[week] = -1 / 7
        contrast[week.start + number] += 1
        add("weekday", name, contrast, not seen[days.day_of_week == number].any())
    for number, name in enumerate(("makeup_workday", "holiday")):
        contrast = np.zeros(size)
        contrast[blocks["day_kind"].start + number] = 1
        add("day_kind", name, contrast, not volume.columns.matrix[seen][:, blocks["day_kind"].start + number].any())
    table = festival_days(days)
    for festival, (before, after) in REACH.items():
        if f"festival/{festival}" not in blocks:
            continue
        own = table.of(festival)
        ahead, known = set(own.offset.tolist()), set(own.offset[seen[own.row]].tolist())
        for place, offset in enumerate(range(before, after + 1)):
            if offset in ahead:
                contrast = np.zeros(size)
                contrast[blocks[f"festival/{festival}"].start + place] = 1
                add(festival, f"{offset:+d}", contrast, offset not in known)
    logs, variance = volume.fit.foretell(np.array(contrasts))
    width = ndtri((1 + level) / 2) * np.sqrt(variance)
    found = pd.DataFrame(rows, columns=["factor", "which"])
    return found.assign(times_usual=np.exp(logs), low=np.exp(logs - width), high=np.exp(logs + width), assumed=assumed)
