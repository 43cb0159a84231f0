"""Days and moments written as text, in the ways that exports and people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from crmlib.company.customer_list.cells import bare
from crmlib.company.customer_list.dates import date_order, day
from crmlib.company.customer_list.headings import plain

BEIJING = timezone(timedelta(hours=8))
"""The contract's clock. A moment that names another zone is put to it."""

_CLOCK = (
    r"(?:[ t]*(上午|下午|[ap]m)?\s*(\d{1,2})\s*[:时点]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2})(?:[.,](\d{1,9}))?)?\s*[分秒]?"
    r"\s*([ap]m)?\s*(z|[+-]\d\d:?(?:\d\d)?)?)?"
)
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?" + _CLOCK)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(.*)")
_PACKED = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[t ]?(\d\d)(\d\d)(\d\d))?")


def order_of(texts: Iterable[object]) -> str:
    """Whether day or month comes first in dates like 3/5/2024, as the column's clear cases show; "" where none does.

    >>> order_of(["3/25/2024 14:05", "3/5/2024"])
    'month_first'
    """
    return date_order(text.split()[0] for text in texts if isinstance(text, str) and text.strip())


def moment(text: str, *, order: str = "") -> datetime | None:
    """The moment that `text` names, on the contract's clock and without a zone; None where it names none.

    Parameters
    ----------
    text : a day, or a day and a time
    order : what `order_of` found in the column

    >>> str(moment("2024年3月5日 下午2:30")), str(moment("2024-03-05T06:30:00Z")), moment("soon")
    ('2024-03-05 14:30:00', '2024-03-05 14:30:00', None)
    """
    flat = plain(bare(text))
    last = _YEAR_LAST.fullmatch(flat)
    if last and (days := _days(last, order)):
        flat = f"{last[3]}-{days[0]}-{days[1]}{last[4]}"
    found = _YEAR_FIRST.fullmatch(flat)
    try:
        if found:
            return _with_clock(found)
        packed = _PACKED.fullmatch(flat)
        if packed:
            return datetime(*(int(part) for part in packed.groups() if part is not None))
        return None if ":" in flat or flat.isdigit() else day(flat, order=order).value
    except (ValueError, OverflowError):
        return None


def _days(last: re.Match, order: str) -> tuple[int, int] | None:
    """Month and day of a date that ends with its year; None where they cannot be told apart."""
    first, second = int(last[1]), int(last[2])
    if first == second or second > 12 or (first <= 12 and order == "month_first"):
        return first, second
    return (second, first) if first > 12 or order == "day_first" else None


def _with_clock(found: re.Match) -> datetime:
    year, month, in_month, before, hour, minute, second, part, behind, zone = found.groups()
    hours, half = int(hour or 0), before or behind
    if half in ("下午", "pm") and hours < 12:
        hours += 12
    elif half in ("上午", "am") and hours == 12:
        hours = 0
    micros = int((part or "").ljust(6, "0")[:6])
    when = datetime(int(year), int(month), int(in_month), hours, int(minute or 0), int(second or 0), micros)
    if zone is None:
        return when
    away = timedelta() if zone == "z" else timedelta(hours=int(zone[1:3]), minutes=int(zone[3:].lstrip(":") or 0))
    return when.replace(tzinfo=timezone(-away if zone[0] == "-" else away)).astimezone(BEIJING).replace(tzinfo=None)
