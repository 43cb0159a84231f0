"""Working days in China: weekends worked in exchange count, holidays do not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.clean import clean, clean_column
from crmlib.company.breaks import public_holidays
from crmlib.i18n import _
from crmlib.segments.per_customer import day

_LONGEST_BREAK = 12


def working_days(first: object, last: object, *, calendar: pd.DataFrame | None = None) -> pd.Series:
    """Whether each day from `first` to `last` is a working day.

    Answers: on which days can we visit, call, or expect a bank transfer?

    Parameters
    ----------
    first, last : date or text
    calendar : DataFrame with date and is_workday, optional
        The firm's calendar; days outside it, and all days without it, follow the State Council's notices for China.

    Returns
    -------
    Series of yes/no, indexed by day

    Raises
    ------
    ValueError
        The calendar lacks a column, or a day of it is missing or neither worked nor not; `first` or `last` is no date.

    Source: the State Council's holiday notices.

    >>> working_days("2025-10-10", "2025-10-13").tolist()
    [True, True, False, True]
    """
    days = pd.date_range(day(first, "first").normalize(), day(last, "last").normalize(), freq="D")
    working = pd.Series(days.day_of_week < 5, index=days)
    for year in days.year.unique():
        off, worked = public_holidays(int(year))
        working[days.isin(pd.to_datetime(list(off)))] = False
        working[days.isin(pd.to_datetime(list(worked)))] = True
    if calendar is not None:
        calendar = clean(calendar, "calendar", date="text_date", is_workday="answer")
        known = pd.Series(calendar["is_workday"].to_numpy(), index=pd.DatetimeIndex(calendar["date"]).normalize())
        known = known[known.index.isin(days)]
        working[known.index] = known.to_numpy()
    return working


def nearest_working_day(days: np.ndarray | pd.Series, *, calendar: pd.DataFrame | None = None, back: bool = False) -> np.ndarray:
    """Each day itself if it is worked, else the next one that is (with `back`: the last one before).

    Raises
    ------
    ValueError
        A day is missing or no date; within a year of one, `calendar` knows no working day.

    >>> nearest_working_day(pd.Series(pd.to_datetime(["2026-10-03"]))).astype("datetime64[D]").tolist()
    [datetime.date(2026, 10, 8)]
    """
    given = clean_column(pd.Series(days), "days", "text_date")
    wanted = given.to_numpy().astype("datetime64[D]")
    if wanted.size == 0:
        return wanted.astype("datetime64[us]")
    for span in (_LONGEST_BREAK, 400):
        margin = np.timedelta64(span, "D")
        low, high = (wanted.min() - margin, wanted.max()) if back else (wanted.min(), wanted.max() + margin)
        flags = working_days(low, high, calendar=calendar)
        worked = flags.index.to_numpy().astype("datetime64[D]")[flags.to_numpy()]
        place = np.searchsorted(worked, wanted, side="right") - 1 if back else np.searchsorted(worked, wanted, side="left")
        outside = (place < 0) | (place >= len(worked))
        if not outside.any():
            return worked[place].astype("datetime64[us]")
    raise ValueError(_("Within a year of {day} the calendar knows no working day. Check its column is_workday.").format(
        day=str(wanted[outside][0])))  # fmt: skip
