"""Resampling by week: parcels of one week share a strike or a backlog, so they are no independent witnesses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.i18n import _

LEAST_WEEKS = 8


def week_codes(moments: pd.Series) -> np.ndarray:
    """The number of the week, 0 for the first, of each moment; weeks without a parcel have no number.

    >>> week_codes(pd.Series(pd.to_datetime(["2026-01-05", "2026-01-11", "2026-02-02"]))).tolist()
    [0, 0, 1]
    """
    days = (moments.dt.normalize() - pd.Timestamp("2001-01-01")).dt.days
    return pd.factorize(days // 7, sort=True)[0]


def week_weights(codes: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each week is drawn in each resample: resamples × weeks.

    Raises
    ------
    ValueError
        There are fewer than eight weeks.

    >>> week_weights(np.repeat(np.arange(9), 2), 3, np.random.default_rng(1)).sum(axis=1).tolist()
    [9, 9, 9]
    """
    weeks = int(codes.max()) + 1 if len(codes) else 0
    if weeks < LEAST_WEEKS:
        raise ValueError(
            _("The parcels come from {weeks} weeks; an interval needs at least {least}.").format(weeks=weeks, least=LEAST_WEEKS)
        )
    return rng.multinomial(weeks, np.full(weeks, 1 / weeks), size=resamples)


def tails(level: float, weeks: int) -> list[float]:
    """Where to cut the resamples so that an interval from `weeks` weeks (or customers) is as wide as `level` asks: few need more room.

    >>> [round(end, 3) for end in tails(0.95, 10**6)], tails(0.95, 10)[1] > 0.98
    ([0.025, 0.975], True)
    """
    from scipy.stats import norm, t

    upper = float(norm.cdf(t.ppf(0.5 + level / 2, weeks - 1) * np.sqrt(weeks / (weeks - 1))))
    return [1 - upper, upper]


def effective_number(yes: np.ndarray, codes: np.ndarray) -> float:
    """How many independent parcels tell as much of a share as these, which come in weeks: at most as many as there are.

    >>> effective_number(np.array([True, True, False, False]), np.array([0, 0, 1, 1]))
    1.0
    >>> effective_number(np.array([True, False, True, False]), np.array([0, 0, 1, 1]))
    4.0
    """
    weeks, share, count = int(codes.max()) + 1, yes.mean(), len(yes)
    spread = np.bincount(codes, yes - share)
    variance = weeks / max(weeks - 1, 1) * (spread**2).sum() / count**2
    return float(min(count, share * (1 - share) / variance)) if variance > 0 else float(count)
