"""Reading the date in one cell, however Excel or a person wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time

from crmlib.company.customer_list.cells import Reading, bare, is_error
from crmlib.company.customer_list.headings import plain
from crmlib.i18n import _

_TIME = r"(?:(?:[ t]+|(?<=[日号]))(?:[上下]午|[ap]m)?\s*\d{1,2}[:时]\d{1,2}(?:[:分]\d{1,2}(?:\.\d+)?)?[秒分]?\s*(?:[ap]m)?\s*(?:z|[+-]\d\d:?\d\d)?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})\s*([-/.年])\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*[日号]?({_TIME})")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}})({_TIME})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMED = re.compile(rf"(?:(\d{{1,2}})[ -]+([a-z]{{3,9}})\.?|([a-z]{{3,9}})\.? +(\d{{1,2}})),?[ -]+(\d{{4}})({_TIME})")
_EARLIEST, _LATEST = 1950, 2100


def date_order(cells: Iterable[object]) -> str:
    """Which comes first in dates like 3/5/2024, by the dates of the column that leave no doubt: "day_first", "month_first", "" (unknown).

    >>> date_order(["3/5/2024", "3/25/2024"])
    'month_first'
    """
    found = [match for cell in cells if isinstance(cell, str) and (match := _YEAR_LAST.fullmatch(plain(bare(cell))))]
    day_first, month_first = any(int(match[1]) > 12 for match in found), any(int(match[2]) > 12 for match in found)
    return "" if day_first == month_first else "day_first" if day_first else "month_first"


def day(cell: object, *, epoch: datetime = datetime(1899, 12, 30), order: str = "") -> Reading:
    """The date in a cell: an Excel date or day number, or text.

    Parameters
    ----------
    cell : what the file holds
    epoch : day 0 of the workbook's day numbers
    order : what `date_order` found in the column

    >>> day("2024年3月5日").value == day(45356).value == day("20240305").value == datetime(2024, 3, 5)
    True
    """
    if isinstance(cell, datetime):
        return _day(cell.year, cell.month, cell.day, ("time_off",) if cell.time() != time() else ())
    if isinstance(cell, date):
        return _day(cell.year, cell.month, cell.day, ())
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
        return Reading(problem=_("This is no date."))
    text = plain(bare(cell)) if isinstance(cell, str) else str(int(cell) if float(cell).is_integer() else float(cell))
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return _serial(float(text), epoch)
    if re.fullmatch(r"\d{8}", text):
        return _day(int(text[:4]), int(text[4:6]), int(text[6:]), ("text_date",))
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        return _day(int(found[1]), int(found[3]), int(found[4]), ("text_date", *(["time_off"] if _some_time(found[5]) else [])))
    found = _MONTH_NAMED.fullmatch(text)
    if found and (found[2] or found[3])[:3] in _MONTHS:
        return _day(int(found[5]), _MONTHS.index((found[2] or found[3])[:3]) + 1, int(found[1] or found[4]), ("text_date",))
    found = _YEAR_LAST.fullmatch(text)
    if found:
        return _year_last(int(found[1]), int(found[2]), int(found[3]), order)
    if re.fullmatch(r"\d{1,2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[- ][a-z]{3}[- ]\d{2}", text):
        return Reading(problem=_("The year has two digits, so the date is ambiguous. Write it as 2024-03-05."))
    if re.fullmatch(r"\d{4}年?|\d{4}[-/.年]\d{1,2}月?|\d{6}", text):
        return Reading(problem=_("This names a year or a month, not a day."))
    return Reading(problem=_("Excel shows an error here.") if is_error(text) else _("This is no date."))


def _some_time(text: str) -> bool:
    return bool(re.search(r"[1-9]", text))


def _serial(days: float, epoch: datetime) -> Reading:
    from openpyxl.utils.datetime import from_excel

    moment = from_excel(days, epoch)
    return _day(moment.year, moment.month, moment.day, ("serial", *(["time_off"] if days % 1 else [])))


def _year_last(first: int, second: int, year: int, order: str) -> Reading:
    if first > 12 or first == second:
        return _day(year, second, first, ("text_date",))
    if second > 12:
        return _day(year, first, second, ("text_date",))
    if not order:
        return Reading(problem=_("Day and month cannot be told apart. Write the date as 2024-03-05."))
    return _day(year, *((second, first) if order == "day_first" else (first, second)), (order,))


def _day(year: int, month: int, in_month: int, how: tuple[str, ...]) -> Reading:
    try:
        found = datetime(year, month, in_month)
    except ValueError:
        return Reading(problem=_("There is no such day in the calendar."))
    if not _EARLIEST <= year <= _LATEST:
        return Reading(problem=_("The year is not between {first} and {last}.").format(first=_EARLIEST, last=_LATEST))
    return Reading(found, how)
