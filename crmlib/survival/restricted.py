"""The restricted mean: how many days of the first so many a customer stays, on average."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.i18n import _
from crmlib.survival.kaplan import _ALL, _normal
from crmlib.survival.observations import Observations, observations, risk_table


def restricted_mean(
    durations: object, events: object, *, horizon: float, entry: object = None, by: object = None, level: float = 0.95
) -> pd.DataFrame:
    """The average time that customers stay within the first `horizon`: the area under the survival curve.

    Answers: how many days does a customer last, and how many more in one group than in another, without having to wait until half are gone?

    Parameters
    ----------
    durations, events, entry, by, level : as for :func:`crmlib.survival.kaplan_meier`
    horizon : float, in the unit of `durations`
        How far to look; not beyond the last time of any group.

    Returns
    -------
    DataFrame, one row a group, indexed by the name of `by`
        customers, events (within the horizon), restricted_mean, low, high (in the unit of `durations`)

    Raises
    ------
    ValueError
        The horizon is not positive, or some group was not watched for so long; otherwise as for :func:`crmlib.survival.kaplan_meier`.

    Notes
    -----
    The interval is normal, so with few losses it is somewhat too narrow; where nobody was lost within the horizon it shrinks to a point,
    which says nothing of how sure one may be.

    Source: Irwin (1949); Royston and Parmar (2013), for variance and use.

    >>> restricted_mean([2, 4, 6, 8], [True, True, False, False], horizon=6)[["restricted_mean"]].iloc[0].tolist()
    [4.5]
    """
    require_share("level", level)
    data = observations(durations, events, entry=entry, by=by)
    if isinstance(horizon, (bool, str)) or not np.isscalar(horizon) or not np.isfinite(float(horizon)) or float(horizon) <= 0:
        raise ValueError(_("horizon is {value}; it must be a positive number, such as 365.").format(value=horizon))
    rows = []
    for name, own in data.parts():
        who = _ALL if name is None else name
        if own.times.max() < horizon:
            raise ValueError(_("Nobody of the group {group} was watched for {horizon:g}; the longest is {longest:g}. Choose a "
                               "shorter horizon.").format(
                group=who, horizon=float(horizon), longest=own.times.max()))  # fmt: skip
        mean, error = _area(own, float(horizon))
        half = _normal(level) * error
        rows.append({"group": who, "customers": len(own.times), "events": int((own.events & (own.times <= horizon)).sum()),
                     "restricted_mean": mean, "low": max(mean - half, 0.0), "high": min(mean + half, float(horizon))})  # fmt: skip
    return pd.DataFrame(rows).set_index("group").rename_axis(getattr(by, "name", None) or "group")


def _area(own: Observations, horizon: float) -> tuple[float, float]:
    when, lost, there = risk_table(own.times, own.events, own.entry)
    when, lost, there = (values[when <= horizon] for values in (when, lost, there))
    survival = np.concatenate([[1.0], np.cumprod(1 - lost / there)])
    areas = survival * np.diff(np.concatenate([[0.0], when, [horizon]]))
    beyond = areas.sum() - np.cumsum(areas)[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(there > lost, beyond**2 * lost / (there * (there - lost).astype("float64")), 0.0)
    return float(areas.sum()), float(np.sqrt(terms.sum()))
