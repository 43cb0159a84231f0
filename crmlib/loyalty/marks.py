"""What the scores of both kinds of loyalty share: steps, weights, and dates that are really dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.i18n import _

STEP_SCORES = (25.0, 50.0, 75.0, 100.0)
"""What reaching the first, second, third and last of four steps scores; before the first it is 0."""


def checked_weights(weights: Iterable[float], marks: Sequence[str], name: str) -> np.ndarray:
    """`weights` as numbers, one a mark, none negative, adding up to 1.

    >>> checked_weights([0.5, 0.5], ["recency", "frequency"], "weights").tolist()
    [0.5, 0.5]
    """
    try:
        found = np.array([float(weight) for weight in weights])
    except (TypeError, ValueError):
        found = np.array([np.nan])
    if len(found) != len(marks) or not (found >= 0).all() or abs(found.sum() - 1) > 1e-9:
        raise ValueError(
            _("{name} must be {count} shares that add up to 1, for: {marks}.").format(name=name, count=len(marks), marks=", ".join(marks))
        )
    return found


def weighted_score(scores: pd.DataFrame, weights: np.ndarray) -> tuple[pd.Series, pd.Series]:
    """The weighted mean of the known scores of each row, and the share of the weights that they carry.

    >>> score, known = weighted_score(pd.DataFrame({"a": [100.0], "b": [np.nan]}), np.array([0.6, 0.4]))
    >>> score.tolist(), known.tolist()
    ([100.0], [0.6])
    """
    present = scores.notna().to_numpy() * weights
    known = present.sum(axis=1)
    total = (scores.fillna(0).to_numpy() * present).sum(axis=1)
    with np.errstate(invalid="ignore"):
        # Sums of binary fractions may end a hair beyond the scale.
        score = np.where(known > 0, np.clip(total / known, 0, 100), np.nan)
    return pd.Series(score, index=scores.index), pd.Series(known, index=scores.index)


def dates(values: pd.Series, name: str) -> pd.Series:
    """`values` as days at midnight; missing ones and ones that are no dates are refused.

    >>> dates(pd.Series(["2026-11-01"]), "paid_on").dt.day.tolist()
    [1]
    """
    try:
        known = None if pd.api.types.is_datetime64_any_dtype(values) else "ISO8601"
        found = pd.Series(pd.NaT, index=values.index) if _no_day(values) else pd.to_datetime(values, errors="coerce", format=known)
    except (TypeError, ValueError):
        # Texts with several time zones, for one, are no days of one calendar.
        found = pd.Series(pd.NaT, index=values.index)
    found = found if found.dtype.kind == "M" else pd.Series(pd.NaT, index=values.index)
    refuse_rows(found.isna(), _("{name} is missing or no date").format(name=name), _('Write dates like "2026-11-01", or drop these rows.'))
    found = found.dt.tz_localize(None) if found.dt.tz is not None else found
    return found.dt.normalize()


def _no_day(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) or pd.api.types.is_timedelta64_dtype(values)


def yes_no(values: pd.Series, name: str, *, missing: bool | None = None) -> pd.Series:
    """`values` as True and False (1 and 0 are taken for them); text is refused, and so are missing ones unless `missing` stands for them.

    >>> yes_no(pd.Series([True, None]), "consent", missing=False).tolist()
    [True, False]
    """
    known = values.astype(object)
    blank = known.isna()
    refuse_rows(blank & (missing is None), _("{name} is missing").format(name=name), _("Fill it in, or drop these rows."))
    refuse_rows(~blank & ~known.isin([True, False]), _("{name} is neither yes nor no").format(name=name), _("Write True or False."))
    return known.where(~blank, missing).astype(bool)


def require_number(value: object, name: str, *, above: float = 0.0) -> float:
    """`value` as a float; a sentence unless it is a finite number above `above`.

    >>> require_number(50, "spend_floor")
    50.0
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not np.isfinite(value) or not value > above:
        raise ValueError(_("{name} is {value}; it must be above {above:g}.").format(name=name, value=value, above=above))
    return float(value)
