"""Reading one cell of a customer list: what a reading is, and cells that hold words: text, an id, a category, yes or no."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import cache
from typing import NamedTuple

from crmlib.company.customer_list.headings import columns, key, plain, words
from crmlib.i18n import _

_ERRORS = {"#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#null!", "#num!", "#spill!", "#calc!", "#getting_data"}
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}


class Reading(NamedTuple):
    """What a cell says: its value (None = nothing), the conversions made on the way, and what is wrong with it in a sentence."""

    value: object = None
    how: tuple[str, ...] = ()
    problem: str = ""


def conversion(code: str) -> str:
    """The sentence for a conversion code that a Reading carries."""
    return {
        "full_width": _("Full-width characters were read as ordinary ones."),
        "separators": _("Thousands separators were taken out."),
        "currency": _("The currency or unit that stood with the number was taken off."),
        "own_unit": _("The unit written in the cell was applied, instead of that of the heading."),
        "brackets": _("A number in brackets was read as negative."),
        "minus_behind": _("A minus sign behind the number was read as negative."),
        "percent": _("A percentage was read as a share, 0.12 for 12%."),
        "stored_as_text": _("A number stored as text was read as a number."),
        "scaled": _("The number stored in Excel was taken; Excel only shows it in thousands or ten thousands."),
        "serial": _("Excel's day number was read as a date."),
        "text_date": _("A date written as text was read."),
        "time_off": _("The time of day was left off."),
        "day_first": _("The day was read before the month, as other dates of the column show."),
        "month_first": _("The month was read before the day, as other dates of the column show."),
        "word": _("A word was read as one of the contract's values."),
        "trimmed": _("Spaces and invisible characters around the text were taken off."),
        "number_id": _("Stored as a number and written out as digits; leading zeros that Excel dropped cannot be recovered."),
        "decimal_id": _("The “.0” behind the digits was taken off."),
        "power_id": _("A power of ten was written out in full."),
    }[code]


def blank(cell: object) -> bool:
    """Whether a cell says that there is nothing: empty, a dash, "N/A", 无.

    >>> blank(" — "), blank(0)
    (True, False)
    """
    return cell is None or (isinstance(cell, float) and math.isnan(cell)) or (isinstance(cell, str) and plain(bare(cell)) in _nothing())


@cache
def _nothing() -> frozenset[str]:
    return frozenset(words()["words"]["nothing"])


def is_error(cell: object) -> bool:
    """Whether a cell holds an error value of Excel.

    >>> is_error("#N/A")
    True
    """
    return plain(cell) in _ERRORS


def bare(text: str) -> str:
    """`text` without what surrounds it: spaces, tabs, invisible marks, and Excel's own wrapping of text as ="…" or with an apostrophe.

    >>> bare('="007"'), bare(" '007 ")
    ('007', '007')
    """
    inner = re.fullmatch(r'\s*="(.*)"\s*', text)
    return (inner.group(1) if inner else text).strip(" \t\r\n\u00a0\u3000\u200b\u200e\ufeff").removeprefix("'")


def yes_no(cell: object) -> Reading:
    """Yes or no in a cell: true/false, 1/0, 是/否, √/×, 月结/现结.

    >>> yes_no("是").value, yes_no("N").value, yes_no(1).value
    (True, False, True)
    """
    if isinstance(cell, bool):
        return Reading(cell)
    text = plain(bare(cell)) if isinstance(cell, str) else plain(int(cell)) if cell in (0, 1) else plain(cell)
    if text in words()["words"]["yes"]:
        return Reading(True, ("word",))
    if text in words()["words"]["no"]:
        return Reading(False, ("word",))
    return Reading(problem=_("This is neither yes nor no."))


@cache
def _codes(column: str) -> dict[str, str]:
    known = {}
    for value in columns()[column].values:
        for word in (value.code, value.zh, value.en, *words()["values"].get(column, {}).get(value.code, ())):
            known.setdefault(key(word), value.code)
    return known


def category(cell: object, column: str) -> Reading:
    """The code of the category that a cell names by code, by label in either language or by a usual word.

    >>> category("电商客户", "market").value, category("浙江省", "region").value
    ('e_commerce', 'east')
    """
    known, named = _codes(column), key(cell)
    place = (
        re.fullmatch(r"(.{2,3}?)(?:[省市].*|(?:壮族|回族|维吾尔)?自治区.*)", named) if column == "region" and named not in known else None
    )
    code = known.get(place[1] if place else named)
    if code is None:
        return Reading(problem=_("No category of the contract is called so."))
    return Reading(code, () if str(cell) == code else ("word",))


def text(cell: object) -> Reading:
    """The text in a cell, without spaces and invisible characters around it.

    >>> text(" 云雀商行 ").value
    '云雀商行'
    """
    if not isinstance(cell, str):
        return identifier(cell)
    if is_error(cell):
        return Reading(problem=_("Excel shows an error here."))
    inner = bare(cell)
    return Reading(inner, ("trimmed",) if inner != cell else ())


def fractions(cells: Iterable[object]) -> bool:
    """Whether some of the ids has a true fraction, like 1.1, so that 1.0 must keep its end.

    >>> fractions(["1.0", "1.1"])
    True
    """
    return any(re.fullmatch(r"\d+\.\d*[1-9]\d*", str(cell).strip()) for cell in cells)


def identifier(cell: object, *, keep_decimals: bool = False) -> Reading:
    """The id in a cell as text: leading zeros are kept, a number is written out in full.

    Parameters
    ----------
    cell : what the file holds
    keep_decimals : True where "1.0" is not 1, because the column also holds ids like "1.1"

    >>> identifier("007").value, identifier(100000.0).value, identifier("10023.0").value
    ('007', '100000', '10023')
    """
    if isinstance(cell, (bool, datetime, date, time)):
        kept = cell.date().isoformat() if isinstance(cell, datetime) else str(cell)
        return Reading(kept, problem=_("Excel holds a date or TRUE/FALSE here; perhaps it changed what was typed."))
    if isinstance(cell, float) and not cell.is_integer():
        return Reading(str(float(cell)))
    if isinstance(cell, (int, float)):
        lost = abs(cell) >= 10**15
        return Reading(
            str(int(cell)), ("number_id",), _("Excel keeps 15 digits of a number; the last digits of this id may be wrong.") if lost else ""
        )
    if is_error(cell):
        return Reading(problem=_("Excel shows an error here."))
    inner = bare(str(cell))
    narrow = inner.translate(FULL_WIDTH)
    how = (*(["trimmed"] if inner != cell else []), *(["full_width"] if narrow != inner else []))
    power = re.fullmatch(r"(\d)(?:\.(\d+))?[eE]\+(\d{1,2})", narrow)
    if power and len(power[2] or "") >= int(power[3]):
        whole, rest = f"{power[1]}{power[2] or ''}"[: int(power[3]) + 1], (power[2] or "")[int(power[3]) :]
        if not rest.strip("0"):
            return Reading(whole, (*how, "power_id"))
    if power:
        return Reading(
            narrow, how, _("Excel shortened this id to a power of ten and its digits are lost. Format the column as text and export again.")
        )
    if not keep_decimals and re.fullmatch(r"\d+\.0+", narrow):
        return Reading(narrow.split(".")[0], (*how, "decimal_id"))
    return Reading(narrow, how)
