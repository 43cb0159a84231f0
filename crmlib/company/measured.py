"""A figure measured in a firm's data, with its sampling error, beside what was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

SPB = ("国家邮政局", "State Post Bureau")
GENERAL = ("常识，未核", "general knowledge, not checked")
VENDORS = ("行业公开资料，来源较弱", "trade material, a weak source")
CHOSEN = ("教学取值", "chosen for teaching")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of the trade and its value here. `low` and `high` are the published range with its stated tolerance, before the sampling
    error (`error`, one standard error) widens it; `form` is how a value is written; `obtained` overrides how this one is."""

    zh: str
    en: str
    table: str
    target: str
    value: float
    low: float = -np.inf
    high: float = np.inf
    error: float = 0.0
    form: str = ".1%"
    source: tuple[str, str] = SPB
    mark: str = "V"
    obtained: str = ""


def ratio(top: Sequence | float, bottom: Sequence | float, cluster: Sequence) -> dict[str, float]:
    """The sum of `top` over the sum of `bottom`, and its standard error when whole clusters are drawn: those of one customer are alike.

    Both are missing where there is nothing to divide by.

    Source: Cochran, Sampling Techniques (1977), section 6.4, the ratio estimator.

    >>> round(float(ratio([1, 0, 1], 1, ["a", "a", "b"])["value"]), 3)
    0.667
    """
    rows = pd.DataFrame(
        {
            "top": np.broadcast_to(np.asarray(top, dtype=float), len(cluster)),
            "bottom": np.broadcast_to(np.asarray(bottom, dtype=float), len(cluster)),
        }
    )
    sums = rows.groupby(np.asarray(cluster)).sum()
    if not sums["bottom"].sum():
        return {"value": np.nan, "error": np.nan}
    value = sums["top"].sum() / sums["bottom"].sum()
    return {"value": value, "error": np.sqrt(((sums["top"] - value * sums["bottom"]) ** 2).sum()) / sums["bottom"].sum()}


def counted(events: int, exposure: float) -> dict[str, float]:
    """Events over what they were exposed to, with the standard error of a Poisson count.

    >>> counted(4, 8)
    {'value': 0.5, 'error': 0.25}
    """
    if not exposure:
        return {"value": np.nan, "error": np.nan}
    return {"value": events / exposure, "error": float(np.sqrt(max(events, 1)) / exposure)}
