"""Asking for a day, in whatever form a learner has it."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pandas as pd

from crmlib.classroom.answers import look_up, lose
from crmlib.classroom.comparing import plain_text


def date(name: str) -> pd.Timestamp:
    """The answer `name` as a day; the time of day does not count.

    Parameters
    ----------
    name : str
        The variable that the learner was asked for.

    Returns
    -------
    Timestamp
        At midnight, without a time zone.

    Raises
    ------
    Lost
        It is missing, no date, a text that is none, or not known (NaT).

    Why: a Timestamp, a date, a period of a day, ``"2026-03-08"`` and ``"2026年3月8日"`` are all the same to a learner.

    >>> from crmlib.classroom.answers import answering
    >>> with answering({"peak_day": "2026/3/8"}):
    ...     date("peak_day").isoformat()
    '2026-03-08T00:00:00'
    """
    answer = look_up(name)
    answer = _only_one(answer)
    if isinstance(answer, str):
        return _from_text(name, answer)
    if answer is pd.NaT or (isinstance(answer, np.datetime64) and np.isnat(answer)):
        lose("not-known", name=name)
    try:
        if isinstance(answer, pd.Period) and answer.start_time.normalize() == answer.end_time.normalize():
            answer = answer.start_time
        if isinstance(answer, (dt.date, np.datetime64)):
            return pd.Timestamp(answer).tz_localize(None).normalize()
    except (ValueError, OverflowError):
        lose("not-a-date", name=name, got=answer)
    lose("want-date", name=name, kind=type(answer).__name__)


def _only_one(answer: object) -> object:
    """What a table, an array or a list of one holds; where that is a count, the day is its label."""
    if isinstance(answer, pd.DataFrame) and answer.size == 1:
        answer = answer.iloc[:, 0]
    if isinstance(answer, pd.Series) and answer.size == 1 and pd.api.types.is_numeric_dtype(answer):
        answer = answer.index
    if isinstance(answer, (pd.Series, pd.Index, np.ndarray)) and answer.size == 1:
        return np.ravel(answer)[0] if isinstance(answer, np.ndarray) else next(iter(answer))
    return answer[0] if isinstance(answer, (list, tuple)) and len(answer) == 1 else answer


def _from_text(name: str, answer: str) -> pd.Timestamp:
    numbers = re.fullmatch(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})(?:\D.*)?", plain_text(answer))
    try:
        return pd.Timestamp(*map(int, numbers.groups())) if numbers else pd.Timestamp(plain_text(answer)).tz_localize(None).normalize()
    except (ValueError, TypeError, OverflowError):
        lose("not-a-date", name=name, got=answer)
