"""The period that is looked at, and the tables it is cut from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.churn.as_of import tables_of
from crmlib.i18n import _
from crmlib.segments.per_customer import day

if TYPE_CHECKING:
    from crmlib.company import Company


def span(start: object, end: object) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First day of the period, and the first day after it.

    >>> (span("2025-11-01", "2026-11-01")[1] - span("2025-11-01", "2026-11-01")[0]).days
    365
    """
    first, last = day(start, "start"), day(end, "end")
    if not first < last:
        raise ValueError(_("The period begins on {start} and ends before {end}: it holds no day.").format(
            start=first.date(), end=last.date()))  # fmt: skip
    return first, last


def tables_for(company: Company | Mapping[str, pd.DataFrame], names: Iterable[str]) -> Mapping[str, pd.DataFrame]:
    """The tables of a company, or the mapping itself, with all of `names` in it.

    >>> list(tables_for({"leads": pd.DataFrame()}, ["leads"]))
    ['leads']
    """
    tables = tables_of(company)
    # Asking a Company whether it has a table would load it.
    have = list(tables)
    missing = [name for name in names if name not in have]
    if missing:
        raise ValueError(_("The tables {missing} are missing. There are: {have}.").format(
            missing=", ".join(missing), have=", ".join(map(str, have))))  # fmt: skip
    return tables


def within(table: pd.DataFrame, column: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """The rows whose `column` lies in [start, end).

    >>> len(within(pd.DataFrame({"at": pd.to_datetime(["2026-01-01", "2026-02-01"])}), "at", *span("2026-01-01", "2026-02-01")))
    1
    """
    require_columns(table.columns, [column])
    moments = table[column]
    if not pd.api.types.is_datetime64_any_dtype(moments):
        raise ValueError(_("{column} holds text, not dates. Convert it first: pd.to_datetime({table}.{column}).").format(
            column=column, table="table"))  # fmt: skip
    return table[(moments >= start) & (moments < end)]


def ratio_interval(top: np.ndarray, bottom: np.ndarray, level: float) -> tuple[float, float, float]:
    """Sum of `top` over sum of `bottom`, one entry each a unit drawn, with the interval of the ratio on the scale of its logarithm.

    >>> ratio_interval(np.array([2.0, 4.0]), np.array([1.0, 2.0]), 0.95)
    (2.0, 2.0, 2.0)
    """
    from scipy.stats import norm

    ratio = float(top.sum() / bottom.sum()) if bottom.sum() > 0 else np.inf
    if not np.isfinite(ratio) or ratio <= 0:
        return ratio, np.nan, np.nan
    size = len(top)
    influence = (top - ratio * bottom) / bottom.sum()
    error = float(np.sqrt((influence**2).sum() * size / max(size - 1, 1))) / ratio
    reach = np.exp(float(norm.ppf((1 + level) / 2)) * error)
    return ratio, float(ratio / reach), float(ratio * reach)
