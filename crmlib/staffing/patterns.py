"""The shifts that people may work: when they begin, how long they last, when the break lies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import clean
from crmlib.i18n import _
from crmlib.standards import get

COLUMNS = ("pattern", "begins_hour", "ends_hour", "break_hour", "break_minutes", "paid_hours")
_NIGHT = (22.0, 30.0)
_MOST = 400


def shift_patterns(
    starts: Sequence[float], *, hours: float | None = None, break_minutes: float = 60, break_after: tuple[float, float] = (3.0, 5.0),
    every_minutes: int = 60,
) -> pd.DataFrame:  # fmt: skip
    """All shifts with these beginnings and every allowed place of the break.

    Answers: which shifts may the roster choose from?

    Parameters
    ----------
    starts : hours of the clock at which a shift may begin, such as [8, 10, 13]
    hours : from beginning to end, the break included, optional
        Without it: the standard staffing.most_hours_a_day plus the break, so that the law's eight hours are worked.
    break_minutes : length of the break, which is not paid; 0 for none
    break_after : (earliest, latest) beginning of the break, in hours since the shift began
    every_minutes : how finely the break may move

    Returns
    -------
    DataFrame, one row a pattern
        pattern ("08:00-17:00/12:00"), begins_hour, ends_hour (above 24 on the next day), break_hour (missing without a break),
        break_minutes, paid_hours

    Raises
    ------
    ValueError
        A beginning is no hour of the clock, the paid hours exceed the law's of a day, the break does not fit into the shift.

    Source: 《劳动法》 art. 36 for the hours of a day.

    >>> shift_patterns([8, 13], hours=8, break_after=(4, 4)).pattern.tolist()
    ['08:00-16:00/12:00', '13:00-21:00/17:00']
    """
    rest = _number("break_minutes", break_minutes, 0, 240) / 60
    most = get("staffing.most_hours_a_day", unit="hours")
    long = most + rest if hours is None else _number("hours", hours, 0.5, 24)
    if np.ndim(starts) != 1 or not len(starts):
        raise ValueError(_("starts must be hours of the clock, such as [8, 10, 13]."))
    begins = [_number("starts", hour, 0, 23.99) for hour in starts]
    step = _number("every_minutes", every_minutes, 5, 240) / 60
    try:
        early, late = (float(hour) for hour in break_after)
    except (TypeError, ValueError):
        early, late = 1.0, 0.0
    if rest and not 0 < early <= late <= long - rest:
        raise ValueError(_("break_after is {value}: a break of {rest:g} hours must begin and end within the shift of {long:g} hours.").format(
            value=break_after, rest=rest, long=long))  # fmt: skip
    pauses = np.arange(early, late + 1e-9, step) if rest else np.array([np.nan])
    rows = [(begin, begin + long, begin + pause, 60 * rest, long - rest) for begin in sorted(set(begins)) for pause in pauses.tolist()]
    table = pd.DataFrame(rows, columns=COLUMNS[1:])
    table.insert(0, "pattern", [_name(*row[:3]) for row in rows])
    return checked_patterns(table)


def patterns_of(shifts: pd.DataFrame) -> pd.DataFrame:
    """The patterns that a roster of the past has used.

    Answers: which shifts do we work today?

    Parameters
    ----------
    shifts : DataFrame with planned_start, planned_end, break_start, break_end

    Returns
    -------
    DataFrame as of :func:`shift_patterns`, with shift_count (how often each was worked), the most frequent first

    Raises
    ------
    ValueError
        A column is lacking, there is no shift, a break does not fit.

    Source: the roster.

    >>> from crmlib.company import lark
    >>> patterns_of(lark().shifts)["pattern"].tolist()[:2]
    ['08:00-16:00/13:00', '13:00-21:00/15:00']
    """
    table = clean(shifts, "shifts", planned_start="date", planned_end="date", break_start="date?", break_end="date?")
    if table.empty:
        raise ValueError(_("There is no shift in the table. Check the filter that it comes from."))
    midnight, hour = table["planned_start"].dt.normalize(), pd.Timedelta(hours=1)
    found = pd.DataFrame({
        "begins_hour": (table["planned_start"] - midnight) / hour, "ends_hour": (table["planned_end"] - midnight) / hour,
        "break_hour": (table["break_start"] - midnight) / hour,
        "break_minutes": ((table["break_end"] - table["break_start"]) / hour * 60).fillna(0.0),
    })  # fmt: skip
    found["paid_hours"] = found["ends_hour"] - found["begins_hour"] - found["break_minutes"] / 60
    counts = found.groupby(list(found.columns), dropna=False).size().rename("shift_count").reset_index()
    counts = counts.sort_values(
        ["shift_count", "begins_hour", "break_hour"], ascending=[False, True, True], kind="stable", ignore_index=True
    )
    counts.insert(0, "pattern", [_name(*row) for row in counts[["begins_hour", "ends_hour", "break_hour"]].itertuples(index=False)])
    return checked_patterns(counts)


def checked_patterns(patterns: object) -> pd.DataFrame:
    """`patterns`, checked.

    Raises
    ------
    ValueError
        A column is lacking, a pattern stands twice, a shift is longer than a day or than the law allows, or its break lies outside.

    >>> len(checked_patterns(shift_patterns([8])))
    3
    """
    wanted = {name: "number" for name in COLUMNS[1:] if name != "break_hour"}
    table = clean(patterns, "patterns", pattern="name", break_hour="number?", **wanted).reset_index(drop=True)
    if table.empty:
        raise ValueError(_("There is no pattern. Make some with crm.staffing.shift_patterns([8, 13])."))
    if len(table) > _MOST:
        raise ValueError(_("{count} patterns are too many to plan with; allow fewer beginnings or breaks (at most {most}).").format(
            count=len(table), most=_MOST))  # fmt: skip
    refuse_rows(table["pattern"].duplicated(keep=False), _("A pattern stands in the table more than once"), _("Give each its own name."))
    length = table["ends_hour"] - table["begins_hour"]
    refuse_rows(
        (length <= 0) | (length > 24) | ~table["begins_hour"].between(0, 24),
        _("A shift must begin within the day and end within 24 hours"),
        _("Write the end of a night shift as more than 24, such as 30 for six in the morning."),
    )
    pause_ends = table["break_hour"] + table["break_minutes"] / 60
    outside = (table["break_minutes"] > 0) & ~((table["break_hour"] >= table["begins_hour"]) & (pause_ends <= table["ends_hour"]))
    refuse_rows(outside, _("A break lies outside its shift"), _("Check break_hour and break_minutes."))
    most = get("staffing.most_hours_a_day", unit="hours")
    refuse_rows(
        (table["paid_hours"] > most + 1e-9) | (table["paid_hours"] <= 0),
        _("The paid hours of a shift must lie above 0 and within the {most:g} hours of a day").format(most=most),
        _("Shorten the shift, or change the standard staffing.most_hours_a_day."),
    )
    return table


def is_late(patterns: pd.DataFrame) -> np.ndarray:
    """Which patterns end after the standard staffing.late_hour.

    >>> is_late(shift_patterns([8, 13], hours=8, break_after=(4, 4))).tolist()
    [False, True]
    """
    return (patterns["ends_hour"] > get("staffing.late_hour", unit="hours")).to_numpy()


def is_night(patterns: pd.DataFrame) -> np.ndarray:
    """Which patterns touch the hours from 22 to 6.

    >>> is_night(shift_patterns([8, 22], hours=8, break_after=(4, 4))).tolist()
    [False, True]
    """
    return ((patterns["ends_hour"] > _NIGHT[0]) | (patterns["begins_hour"] < _NIGHT[1] - 24)).to_numpy()


def late_ending(shifts: pd.DataFrame) -> np.ndarray:
    """Which shifts of a roster end after the standard staffing.late_hour of their day, or touch the night.

    >>> shifts = pd.DataFrame({"date": pd.to_datetime(["2026-11-02"]), "planned_start": pd.to_datetime(["2026-11-02 13:00"]),
    ...     "planned_end": pd.to_datetime(["2026-11-02 21:00"])})
    >>> late_ending(shifts).tolist()
    [True]
    """
    hour = pd.Timedelta(hours=1)
    hours = pd.DataFrame({name: (shifts[column] - shifts["date"]) / hour
                          for name, column in (("begins_hour", "planned_start"), ("ends_hour", "planned_end"))})  # fmt: skip
    return is_late(hours) | is_night(hours)


def working_minutes(patterns: pd.DataFrame) -> list[list[tuple[int, int]]]:
    """By pattern, the spans in minutes since midnight in which its agent takes calls.

    >>> working_minutes(shift_patterns([8], hours=8, break_after=(4, 4)))
    [[(480, 720), (780, 960)]]
    """
    spans = []
    for row in patterns.itertuples(index=False):
        begin, end = round(60 * row.begins_hour), round(60 * row.ends_hour)
        if row.break_minutes > 0:
            pause = round(60 * row.break_hour)
            spans.append([span for span in ((begin, pause), (pause + round(row.break_minutes), end)) if span[1] > span[0]])
        else:
            spans.append([(begin, end)])
    return spans


def _name(begin: float, end: float, pause: float) -> str:
    name = f"{_clock(begin)}-{_clock(end)}"
    return name if np.isnan(pause) else f"{name}/{_clock(pause)}"


def _clock(hour: float) -> str:
    minute = round(60 * hour) % 1440
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _number(name: str, value: object, low: float, high: float) -> float:
    try:
        number = float(value) if not isinstance(value, (bool, str)) else np.nan
    except (TypeError, ValueError):
        number = np.nan
    if not low <= number <= high:
        raise ValueError(
            _("{name} is {value}; it must be a number from {low:g} to {high:g}.").format(name=name, value=value, low=low, high=high)
        )
    return number
