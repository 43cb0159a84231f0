"""The desk's calendar: which hours count as working hours, with lunch breaks, public holidays and weekend days worked in exchange."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import refuse_rows
from crmlib.clean import amount, clean_column, listed
from crmlib.desk.calendar_days import (
    KINDS,
    OwnDays,
    Windows,
    hours_of_standard,
    kinds_of_year,
    own_days,
    read_file,
    windows,
    windows_text,
)
from crmlib.desk.instants import Instants, instants, timestamps
from crmlib.desk.open_time import HOUR, NEVER, OpenTime, joined
from crmlib.i18n import _, in_a_row
from crmlib.segments.per_customer import CHINA

_DAY_KINDS = ("workday", "makeup_workday", "weekend", "holiday")
_SOURCES = ("announced", "own", "not_announced")
_FURTHER_YEARS = (0, 1, 3, 7, 15, 30)


@dataclass(frozen=True, eq=False)
class BusinessCalendar:
    """Opening hours by kind of day (workday, weekend, holiday), the days that differ, and the time zone.

    Make one with :func:`business_calendar`.
    """

    hours: dict[str, Windows]
    own: OwnDays = field(repr=False)
    zone: str

    def open_hours(self, start: object, end: object) -> float | pd.Series:
        """Working hours between two moments.

        Parameters
        ----------
        start, end : moment, or Series or list of moments
            Without a time zone they are on the calendar's clock.

        Returns
        -------
        float, or Series of hours with the index of `start`; missing where a moment is

        Raises
        ------
        ValueError
            An end lies before its start, or something is no moment.

        >>> business_calendar(workday="09:00-12:00 13:00-18:00").open_hours("2026-09-30 17:00", "2026-10-08 10:00")
        2.0
        """
        starts, ends = self._moments(start, "start"), self._moments(end, "end")
        if len(starts.values) != len(ends.values):
            raise ValueError(_("start has {count} moment(s), end has {other}. Give each start its end.").format(
                count=len(starts.values), other=len(ends.values)))  # fmt: skip
        index = start.index if isinstance(start, pd.Series) else pd.RangeIndex(len(starts.values))
        known = (starts.values != NEVER) & (ends.values != NEVER)
        refuse_rows(
            pd.Series(known & (ends.values < starts.values), index=index), _("end is before start"), _("Put the earlier moment first.")
        )
        found = np.full(len(known), np.nan)
        if known.any():
            time = self.open_time(int(starts.values[known].min()), int(ends.values[known].max()))
            found[known] = (time.upto(ends.values[known]) - time.upto(starts.values[known])) / HOUR
        return float(found[0]) if _single(start) else pd.Series(found, index=index, name="open_hours")

    def add_hours(self, start: object, hours: object) -> pd.Timestamp | pd.Series:
        """The first moment at which `hours` working hours have gone by since `start`: when something promised in working hours is due.

        At closing time the clock stands still, so that a full working day from 9:00 on ends at closing time and not the next morning.

        Parameters
        ----------
        start : moment, or Series or list of moments
        hours : number above 0, or one each start

        Returns
        -------
        Timestamp, or Series of them with the index of `start`

        Raises
        ------
        ValueError
            Something is no moment, hours are not above 0, or the calendar is (almost) never open.

        >>> str(business_calendar(workday="09:00-12:00 13:00-18:00").add_hours("2026-09-30 17:00", 2))
        '2026-10-08 10:00:00'
        """
        starts = self._moments(start, "start")
        given = [hours] if np.isscalar(hours) else list(hours)
        amounts = np.array([amount("hours", one) for one in given])
        if not (amounts > 0).all():
            raise ValueError(_("hours is {value}; it must be a number above 0.").format(value=amounts.min()))
        if len(amounts) not in (1, len(starts.values)):
            raise ValueError(_("start has {count} moment(s), hours has {other}. Give each start its hours.").format(
                count=len(starts.values), other=len(amounts)))  # fmt: skip
        known, found = starts.values != NEVER, np.full(len(starts.values), NEVER)
        if known.any():
            wanted = np.broadcast_to(np.rint(amounts * HOUR).astype(np.int64), known.shape)[known]
            begin = starts.values[known]
            time = self.open_time(int(begin.min()), int(begin.max()), beyond=int(wanted.max()))
            found[known] = time.when(time.upto(begin) + wanted)
        due = timestamps(found, self.zone, aware=starts.aware)
        return due.iloc[0] if _single(start) else due.set_axis(start.index if isinstance(start, pd.Series) else due.index)

    def is_open(self, at: object) -> bool | pd.Series:
        """Whether the desk is open at a moment; at closing time it is closed already.

        >>> business_calendar(workday="09:00-12:00 13:00-18:00").is_open("2026-10-10 12:00")
        False
        """
        moments = self._moments(at, "at")
        known, found = moments.values != NEVER, np.zeros(len(moments.values), dtype=bool)
        if known.any():
            time = self.open_time(int(moments.values[known].min()), int(moments.values[known].max()))
            found[known] = time.upto(moments.values[known] + 1) > time.upto(moments.values[known])
        return bool(found[0]) if _single(at) else pd.Series(found, index=at.index if isinstance(at, pd.Series) else None)

    def days(self, first: object, last: object) -> pd.DataFrame:
        """Each day from `first` to `last`, with its kind and its opening hours.

        Returns
        -------
        DataFrame, one row a day
            date, day_kind (workday, makeup_workday, weekend, holiday), hours (as text), open_hours, day_source (announced: by the State
            Council; own: by the table or file of the user; not_announced: make-up days not known yet)

        >>> business_calendar().days("2026-10-09", "2026-10-11")[["day_kind", "open_hours"]].values.tolist()
        [['workday', 8.0], ['makeup_workday', 8.0], ['weekend', 0.0]]
        """
        dates = self._dates(first, last)
        kinds, parts, sources = self._day_plan(dates)
        return pd.DataFrame({
            "date": pd.Series(dates.to_numpy().astype("datetime64[us]")), "day_kind": pd.Categorical(kinds, categories=_DAY_KINDS),
            "hours": [windows_text(part) for part in parts], "open_hours": [_length(part) for part in parts],
            "day_source": pd.Categorical(sources, categories=_SOURCES),
        })  # fmt: skip

    def windows(self, first: object, last: object) -> pd.DataFrame:
        """The stretches during which the desk is open, from the beginning of `first` to the end of `last`.

        Returns
        -------
        DataFrame, one row a stretch
            opens_at, closes_at

        >>> business_calendar().windows("2026-10-10", "2026-10-10")["closes_at"].dt.hour.tolist()
        [12, 18]
        """
        dates = self._dates(first, last)
        edges = pd.Series([dates[0], dates[-1] + pd.Timedelta(days=1)])
        begin, end = instants(edges, "first", self.zone).values
        time = self.open_time(int(begin), int(end))
        shown = (time.ends > begin) & (time.starts < end)
        opens, closes = np.maximum(time.starts[shown], begin), np.minimum(time.ends[shown], end)
        return pd.DataFrame({
            "opens_at": timestamps(opens, self.zone, aware=False), "closes_at": timestamps(closes, self.zone, aware=False)
        })  # fmt: skip

    def unannounced(self, first: object, last: object) -> list[int]:
        """The years from `first` to `last` of which nobody has announced which weekend days are worked.

        Of these years the public holidays themselves are known, and every Saturday and Sunday counts as a weekend.

        >>> business_calendar().unannounced("2025-12-01", "2026-02-01")
        []
        """
        dates = self._dates(first, last)
        return [int(year) for year in dates.year.unique() if not self._is_announced(int(year))]

    def summary(self) -> str:
        """The opening hours by kind of day, and how many days the user named."""
        closed = _("closed")
        words = {kind: windows_text(self.hours[kind]) or closed for kind in KINDS}
        named = len(self.own.worked.keys() | self.own.hours.keys())
        text = _("Working days (make-up days too) {workday}; weekends {weekend}; public holidays {holiday}. Time zone {zone}.")
        text = text.format(**words, zone=self.zone)
        return in_a_row(text, _("{count} days come from a table or file of your own.").format(count=named) if named else "")

    def open_time(self, first: int, last: int, *, beyond: int = 0) -> OpenTime:
        """Open time from a day before `first` to `last`, and as much longer as it takes until `beyond` more has gone by (microseconds)."""
        begin, end = (int(pd.Timestamp(moment, unit="us").year) for moment in (first - 48 * HOUR, last + 48 * HOUR))
        for further in _FURTHER_YEARS:
            time = _open_years(self, begin, end + further)
            if time.before[-1] - time.upto(np.array([last]))[0] >= beyond:
                return time
        raise ValueError(_("The calendar is not open for long enough within {years} years of {year}. Check its opening hours.").format(
            years=_FURTHER_YEARS[-1], year=end))  # fmt: skip

    def _is_announced(self, year: int) -> bool:
        return year in self.own.announced or kinds_of_year(year)[2]

    def _day_plan(self, dates: pd.DatetimeIndex) -> tuple[list[str], list[Windows], list[str]]:
        """Kind, opening times and source of each day."""
        kinds, parts, sources = [], [], []
        for date in dates:
            day, place = date.date(), date.day_of_year - 1
            worked, holiday, announced = kinds_of_year(day.year)
            works, weekend = bool(worked[place]), day.weekday() >= 5
            own = day in self.own.worked or day in self.own.hours
            works = self.own.worked.get(day, bool(self.own.hours[day]) if day in self.own.hours else works)
            rest = "holiday" if holiday[place] or not weekend else "weekend"
            kinds.append(("makeup_workday" if weekend else "workday") if works else rest)
            parts.append(self.own.hours.get(day, self.hours["workday" if works else rest]))
            sources.append("own" if own else "announced" if announced or day.year in self.own.announced else "not_announced")
        return kinds, parts, sources

    def _dates(self, first: object, last: object) -> pd.DatetimeIndex:
        edges = [
            clean_column(pd.Series([value]), name, "text_date").iloc[0].normalize() for name, value in (("first", first), ("last", last))
        ]
        if edges[1] < edges[0]:
            raise ValueError(_("last is before first. Put the earlier day first."))
        return pd.date_range(*edges, freq="D")

    def _moments(self, given: object, name: str) -> Instants:
        if isinstance(given, pd.Series):
            return instants(given, name, self.zone)
        return instants(pd.Series([given]) if _single(given) else pd.Series(list(given)), name, self.zone)


def business_calendar(
    *, workday: str | None = None, weekend: str | None = None, holiday: str | None = None,
    days: pd.DataFrame | dict | str | Path | None = None, announced: Iterable[int] = (), zone: str | None = None,
) -> BusinessCalendar:  # fmt: skip
    """A calendar of working hours for China: lunch breaks, public holidays, and the weekend days worked in exchange.

    Answers: when is somebody at the desk?

    Parameters
    ----------
    workday, weekend, holiday : text such as "09:00-12:00 13:00-18:00", optional
        Opening hours by kind of day; "" is closed, "00:00-24:00" the whole day, "20:00-02:00" runs into the next day. Without them: the
        standards clocks.workday_hours, clocks.weekend_hours and clocks.holiday_hours.
    days : table, mapping, or path of a TOML file, optional
        The days that differ from what the State Council announced: a table with date and is_workday (such as ``firm.calendar``) and, where
        wanted, hours; or a mapping of days to True, False or hours; or a file (below), whose other entries give way to the arguments.
    announced : years, optional
        Years whose holidays `days` holds in full. A table that names every day of a year need not be listed.
    zone : name of a time zone
        The clock on the wall of the desk; without it Asia/Shanghai.

    Returns
    -------
    BusinessCalendar

    Raises
    ------
    ValueError
        Hours or days cannot be read, the zone is unknown, or the desk is never open.

    Notes
    -----
    A file looks like this::

        announced = [2027]
        [hours]
        workday = "08:30-12:00 13:30-17:30"
        weekend = "10:00-16:00"
        [days]
        2027-02-20 = true
        2026-11-11 = "08:00-22:00"

    Source: the State Council's holiday notices, by the `holidays` package, which knows the weekend days worked from 2001 to the last notice.

    >>> calendar = business_calendar(days={"2026-11-11": "08:00-22:00"})
    >>> calendar.open_hours("2026-11-10", "2026-11-12"), calendar.open_hours("2026-10-10", "2026-10-11")
    (22.0, 8.0)
    """
    file = read_file(Path(days)) if isinstance(days, (str, Path)) else {}
    given = {"workday": workday, "weekend": weekend, "holiday": holiday}
    hours = {}
    for kind, text in given.items():
        text = file.get(kind) if text is None else text
        hours[kind] = windows(hours_of_standard(standards.get(f"clocks.{kind}_hours", unit="hours")) if text is None else text, kind)
    own = own_days(file.get("days", {}) if file else days)
    own = replace(own, announced=own.announced | _years(announced) | _years(file.get("announced", ())))
    if not any(hours.values()) and not any(own.hours.values()):
        raise ValueError(_('The calendar has no opening hours at all. Give at least workday some, such as "09:00-18:00".'))
    return BusinessCalendar(hours, own, _zone(file.get("zone", CHINA) if zone is None else zone))


def _years(given: object) -> frozenset[int]:
    years = listed(given, "announced")
    if not all(isinstance(year, (int, np.integer)) and 1900 < year < 2200 for year in years):
        raise ValueError(_("announced must hold years, such as [2027]."))
    return frozenset(map(int, years))


def _zone(name: object) -> str:
    try:
        ZoneInfo(name)
    except (TypeError, ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError(_('There is no time zone {name}. Write one like "Asia/Shanghai".').format(name=name)) from None
    return name


@lru_cache(maxsize=32)
def _open_years(calendar: BusinessCalendar, first: int, last: int) -> OpenTime:
    """Open time of whole years, by the calendar's own clock."""
    dates = pd.date_range(f"{first}-01-01", f"{last}-12-31", freq="D")
    parts = calendar._day_plan(dates)[1]
    counts = [len(part) for part in parts]
    midnight = np.repeat(dates.to_numpy().astype("datetime64[m]").astype(np.int64), counts)
    minutes = np.array([edge for part in parts for edge in part], dtype=np.int64).reshape(-1, 2)
    if not len(minutes):
        nothing = np.array([int(dates[0].value) // 1000])
        return OpenTime(nothing, nothing)
    edges = [pd.Series((midnight + minutes[:, side]).astype("datetime64[m]").astype("datetime64[us]")) for side in (0, 1)]
    return OpenTime(*joined(*(instants(edge, "hours", calendar.zone).values for edge in edges)))


def _length(parts: Windows) -> float:
    """Hours that opening times of one day hold, what overlaps counted once."""
    if not parts:
        return 0.0
    starts, ends = joined(*np.array(parts).T)
    return float((ends - starts).sum() / 60)


def _single(given: object) -> bool:
    return given is None or given is pd.NaT or isinstance(given, (str, dt.date, np.datetime64)) or np.isscalar(given)
