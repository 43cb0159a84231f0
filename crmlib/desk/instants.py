"""Moments as people write them, as whole microseconds since 1970 in UTC; and back again."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.clean import moments
from crmlib.i18n import _
from crmlib.segments.per_customer import CHINA

_ZONED = re.compile(r"(Z|[+-]\d\d:?\d\d)$")


@dataclass(frozen=True, eq=False)
class Instants:
    """`values`, the least whole number (as numpy has its NaT) where missing; `aware`: they came with a time zone, and go back with one."""

    values: np.ndarray
    aware: bool


def instants(given: pd.Series, name: str, zone: str) -> Instants:
    """A column of moments; those without a time zone are on the clock of `zone`.

    Raises
    ------
    ValueError
        They are no dates, or some have a time zone and others not.

    >>> beijing = instants(pd.Series(["2026-11-11 00:30"]), "at", "Asia/Shanghai")
    >>> london = instants(pd.Series(pd.to_datetime(["2026-11-10 16:30+00:00"])), "at", "Asia/Shanghai")
    >>> int(beijing.values[0]) == int(london.values[0])
    True
    """
    aware = isinstance(given.dtype, pd.DatetimeTZDtype)
    if aware:
        return Instants(_microseconds(given.dt.tz_convert("UTC").dt.tz_localize(None)), True)
    plain = moments(given, name, text_ok=True)
    if not pd.api.types.is_datetime64_dtype(given):
        aware = any(_is_zoned(one) for one in given.dropna())
    # What came with a zone is on the clock of China by now; everything else is on that of the calendar.
    local = plain.dt.tz_localize(CHINA if aware else zone, ambiguous=np.ones(len(plain), dtype=bool), nonexistent="shift_forward")
    return Instants(_microseconds(local.dt.tz_convert("UTC").dt.tz_localize(None)), aware)


def instant(value: object, name: str, zone: str) -> int:
    """One moment, which must be given.

    >>> instant("1970-01-01 08:00", "as_of", "Asia/Shanghai")
    0
    """
    if not isinstance(value, (str, dt.date, np.datetime64)) or pd.isna(value):
        raise ValueError(_('{name} is {value}, no moment. Write one like "2026-11-01 09:30".').format(name=name, value=value))
    return int(instants(pd.Series([value]), name, zone).values[0])


def timestamps(values: np.ndarray, zone: str, *, aware: bool) -> pd.Series:
    """Microseconds as moments on the clock of `zone`, missing where they are the least whole number.

    >>> timestamps(np.array([0]), "Asia/Shanghai", aware=False).astype(str).tolist()
    ['1970-01-01 08:00:00']
    """
    local = pd.Series(values.view("datetime64[us]")).dt.tz_localize("UTC").dt.tz_convert(zone)
    return local if aware else local.dt.tz_localize(None)


def _is_zoned(one: object) -> bool:
    return _ZONED.search(one) is not None if isinstance(one, str) else getattr(one, "tzinfo", None) is not None


def _microseconds(values: pd.Series) -> np.ndarray:
    return values.to_numpy().astype("datetime64[us]").view("int64")
