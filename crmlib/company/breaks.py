"""China's public holidays: the breaks of each year, and the weekend days on which the country works in exchange.

The years that the firm needs stand here as the `holidays` package has them, since importing all its countries takes longer than
simulating a student's firm; any other year is asked of the package. The swaps are those that the State Council announced; of a year not
yet announced only the holidays themselves are known.
"""

from __future__ import annotations

import datetime as dt

ENGLISH = {
    "元旦": "New Year's Day", "春节": "Chinese New Year (Spring Festival)", "清明节": "Tomb-Sweeping Day", "劳动节": "Labor Day",
    "端午节": "Dragon Boat Festival", "中秋节": "Mid-Autumn Festival", "国庆节": "National Day",
}  # fmt: skip
"""The English names, as the package has them."""

ANNOUNCED: dict[int, tuple[str, str]] = {
    2024: ("元旦 0101-0101 春节 0210-0217 清明节 0404-0406 劳动节 0501-0505 端午节 0608-0610 中秋节 0915-0917 国庆节 1001-1007",
           "0204 0218 0407 0428 0511 0914 0929 1012"),
    2025: ("元旦 0101-0101 春节 0128-0204 清明节 0404-0406 劳动节 0501-0505 端午节 0531-0602 国庆节 1001-1005 中秋节 1006-1008",
           "0126 0208 0427 0928 1011"),
    2026: ("元旦 0101-0103 春节 0215-0223 清明节 0404-0406 劳动节 0501-0505 端午节 0619-0621 中秋节 0925-0927 国庆节 1001-1007",
           "0104 0214 0228 0509 0920 1010"),
}  # fmt: skip
"""By year the breaks, each with its first and last day, and the weekend days that are worked."""

_NAMELESS = ("休息日", "农历除夕")
"""Days off that take the name of the holiday beside them."""


def public_holidays(year: int) -> tuple[dict[dt.date, str], set[dt.date]]:
    """The days off of one year with the (Chinese) name of their holiday, weekend days inside a break too; and the weekend days worked.

    >>> off, worked = public_holidays(2025)
    >>> off[dt.date(2025, 2, 2)], dt.date(2025, 1, 26) in worked
    ('春节', True)
    """
    if year not in ANNOUNCED:
        return holidays_by_package(year)
    spans, worked = (text.split() for text in ANNOUNCED[year])
    off = {}
    for name, span in zip(spans[::2], spans[1::2], strict=True):
        first, last = (_day(year, text) for text in span.split("-"))
        off |= {first + dt.timedelta(days=offset): name for offset in range((last - first).days + 1)}
    return off, {_day(year, text) for text in worked}


def holidays_by_package(year: int) -> tuple[dict[dt.date, str], set[dt.date]]:
    """The same as the `holidays` package has it, for any year."""
    import holidays

    china = holidays.country_holidays("CN", years=range(year - 1, year + 2), language="zh_CN")
    days = [dt.date(year, 1, 1) + dt.timedelta(days=offset) for offset in range((dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days)]
    names = {day: _break_name(day, china) for day in days if not china.is_working_day(day)}
    return {day: name for day, name in names.items() if name}, {day for day in days if day.weekday() >= 5 and china.is_working_day(day)}


def _break_name(day: dt.date, china) -> str:
    """The holiday to whose run of days off `day` belongs: its own name, else the nearest before it, else the nearest after it."""
    for step in (-1, 1):
        near = day
        while not china.is_working_day(near):
            name = china.get(near, "").split("（")[0]
            if name and not name.startswith(_NAMELESS):
                return name.split("; ")[0]
            near += dt.timedelta(days=step)
    return ""


def _day(year: int, text: str) -> dt.date:
    return dt.date(year, int(text[:2]), int(text[2:]))
