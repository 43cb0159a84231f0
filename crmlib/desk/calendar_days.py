"""What a calendar is told: opening hours as text, and the days that differ, from a table, a mapping or a TOML file."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from crmlib.clean import clean
from crmlib.company.breaks import public_holidays
from crmlib.i18n import _

Windows = tuple[tuple[int, int], ...]
"""Opening times of one day, in minutes since midnight; an end beyond 1440 lies on the next day."""
KINDS = ("workday", "weekend", "holiday")
DAY = 1440
_WINDOW = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-–—~～至到]\s*(\d{1,2})[:：](\d{2})")
_BETWEEN = re.compile(r"[\s,，、;；]+")


@dataclass(frozen=True)
class OwnDays:
    """Days that the user names: `worked` says yes or no, `hours` gives a day its own opening times; `announced` years are known in full."""

    worked: Mapping[dt.date, bool]
    hours: Mapping[dt.date, Windows]
    announced: frozenset[int]


def windows(text: object, name: str) -> Windows:
    """Opening hours as minutes of the day.

    >>> windows("09:00-12:00 13:30-18:00", "workday"), windows("20:00-02:00", "workday"), windows("", "weekend")
    (((540, 720), (810, 1080)), ((1200, 1560),), ())
    """
    mend = _('Write hours like "09:00-12:00 13:00-18:00", or "" for a closed day.')
    if not isinstance(text, str):
        raise ValueError(_("{name} is {value}, no text. {mend}").format(name=name, value=text, mend=mend))
    if _BETWEEN.sub("", _WINDOW.sub("", text)):
        raise ValueError(_("{name} holds “{value}”, which are no opening hours. {mend}").format(name=name, value=text, mend=mend))
    found = []
    for parts in _WINDOW.findall(text):
        hours, minutes = parts[::2], parts[1::2]
        begin, end = (60 * int(hour) + int(minute) for hour, minute in zip(hours, minutes, strict=True))
        if max(begin, end) > DAY or begin == DAY or begin == end or any(int(minute) > 59 for minute in minutes):
            raise ValueError(_("{name} holds “{value}”, which are no opening hours. {mend}").format(name=name, value=text, mend=mend))
        found.append((begin, end if end > begin else end + DAY))
    return tuple(sorted(found))


def windows_text(parts: Windows) -> str:
    """Opening times as text, the way :func:`windows` reads them.

    >>> windows_text(((540, 720), (1200, 1560)))
    '09:00-12:00 20:00-02:00'
    """

    def clock(minute: int) -> str:
        minute = minute if minute <= DAY else minute - DAY
        return f"{minute // 60:02d}:{minute % 60:02d}"

    return " ".join(f"{clock(begin)}-{clock(end)}" for begin, end in parts)


def hours_of_standard(hours: Sequence[float]) -> str:
    """The hours of a standard, opening and closing in turn, as text.

    >>> hours_of_standard([9, 12, 13.5, 18])
    '09:00-12:00 13:30-18:00'
    """
    minutes = [round(60 * hour) for hour in hours]
    return windows_text(tuple(zip(minutes[::2], minutes[1::2], strict=True)))


def own_days(days: object) -> OwnDays:
    """The days that differ, from whatever holds them; a TOML file is read by :func:`read_file` first.

    >>> own_days({"2027-02-20": True}).worked
    {datetime.date(2027, 2, 20): True}
    """
    if days is None:
        return OwnDays({}, {}, frozenset())
    if isinstance(days, pd.DataFrame):
        return _from_table(days)
    if not isinstance(days, Mapping):
        raise ValueError(_("days must be a table with date and is_workday, a mapping of days, or the path of a TOML file; "
                           "this is a {kind}.").format(kind=type(days).__name__))  # fmt: skip
    worked, hours = {}, {}
    for key, value in days.items():
        day = _day(key)
        if isinstance(value, (bool, np.bool_)):
            worked[day] = bool(value)
        elif isinstance(value, str):
            hours[day] = windows(value, f"days, {day}")
        else:
            raise ValueError(
                _("days says {value} of {day}. Say True (worked), False (not worked) or hours in quotes.").format(value=value, day=day)
            )
    return OwnDays(worked, hours, frozenset())


def _day(value: object) -> dt.date:
    try:
        found = pd.Timestamp(value)
    except (TypeError, ValueError):
        found = pd.NaT
    if found is pd.NaT or isinstance(value, (bool, int, float)):
        raise ValueError(_("days names {value}, which is no day. Write days like 2027-02-20.").format(value=value))
    return found.date()


def _from_table(days: pd.DataFrame) -> OwnDays:
    table = clean(days, "days", date="text_date", is_workday="answer")
    dates = table["date"].dt.normalize()
    if (twice := dates[dates.duplicated()]).size:
        raise ValueError(_("days holds {day:%Y-%m-%d} more than once. Keep one row a day.").format(day=twice.iloc[0]))
    dates = dates.dt.date.tolist()
    hours = {}
    if "hours" in table.columns:
        hours = {day: windows(text, f"days, {day}") for day, text in zip(dates, table["hours"], strict=True) if not pd.isna(text)}
    counts = pd.Series([day.year for day in dates], dtype="int64").value_counts()
    whole = frozenset(int(year) for year, count in counts.items() if count == (366 if _leap(int(year)) else 365))
    return OwnDays(dict(zip(dates, table["is_workday"].tolist(), strict=True)), hours, whole)


def _leap(year: int) -> bool:
    return (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days == 366


def read_file(path: Path) -> dict[str, object]:
    """The arguments of :func:`crmlib.desk.business_calendar` that a TOML file holds: hours by kind of day, days, announced, zone.

    Raises
    ------
    ValueError
        The file cannot be read, or holds something else.
    """
    try:
        tree = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ValueError(_("Cannot read {path}: {reason}").format(path=path, reason=error.strerror)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(_("{path} is not a TOML file in UTF-8: {reason}").format(path=path, reason=error)) from None
    hours = tree.get("hours", {})
    known = {"hours", "days", "announced", "zone"}
    strange = (
        [*sorted(set(tree) - known), *(f"hours.{name}" for name in sorted(set(hours) - set(KINDS)))]
        if isinstance(hours, dict)
        else ["hours"]
    )
    if strange or not isinstance(tree.get("days", {}), dict):
        raise ValueError(_("{path} holds {names}, which no calendar knows. A calendar has [hours] with workday, weekend and holiday, "
                           "[days], announced and zone.").format(path=path.name, names=", ".join(strange) or "days"))  # fmt: skip
    return {**hours, **{name: tree[name] for name in ("days", "announced", "zone") if name in tree}}


@lru_cache(maxsize=64)
def kinds_of_year(year: int) -> tuple[np.ndarray, np.ndarray, bool]:
    """Of each day of a year: whether China works, whether it lies in a public holiday; and whether the make-up days are known.

    A year without any make-up day has not been announced (or lies before 2001, when they began to be).

    >>> worked, holiday, announced = kinds_of_year(2026)
    >>> int(worked.sum()), int(holiday.sum()), announced
    (248, 33, True)
    """
    off, made_up = public_holidays(year)
    days = np.arange(np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01"))
    holiday = np.isin(days, np.array(list(off), dtype="datetime64[D]"))
    weekend = (days.astype("int64") + 3) % 7 >= 5
    worked = np.where(weekend, np.isin(days, np.array(list(made_up), dtype="datetime64[D]")), ~holiday)
    return worked, holiday, bool(made_up)
