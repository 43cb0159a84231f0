"""Reading the number in one cell: an amount of money, a share, a count."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from decimal import Decimal

from crmlib.company.customer_list.cells import FULL_WIDTH, Reading, bare, is_error
from crmlib.company.customer_list.headings import plain, unit
from crmlib.company.customer_list.sheets import Percent, Scaled
from crmlib.i18n import _

_DIGITS = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,3}(?: [0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]{1,3})?|\.[0-9]+"
_NUMBER = re.compile(rf"({_DIGITS})\s*(.*)")
_TWO_PARTS = re.compile(r"([0-9]+)亿([0-9]+(?:\.[0-9]+)?)万(?:元)?")
_CURRENCY = re.compile(r"^(?:rmb|cny|人民币|¥)\s*")
_LARGEST_WHOLE = 2**53


def amount(cell: object, *, scale: float = 1.0, share: bool = False, stored: bool = True) -> Reading:
    """The number in a cell.

    Parameters
    ----------
    cell : what the file holds
    scale : the factor that the heading's unit stands for; a unit in the cell itself replaces it
    share : whether a percentage is meant; elsewhere "%" cannot be read
    stored : whether the file could have held a number as a number, so that one written as text is worth a word

    >>> amount("￥1.2万").value, amount("(1,234)").value, amount(3.5, scale=10000).value
    (12000.0, -1234.0, 35000.0)
    """
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
        return _unreadable(cell)
    if isinstance(cell, Percent):
        return _number(str(float(cell)), 1.0, ()) if share else Reading(problem=_("This is a percentage, not an amount."))
    if isinstance(cell, Scaled):
        return _number(str(float(cell)), 1.0, ("scaled",))
    if not isinstance(cell, str):
        return _number(str(cell), scale, ())
    inner = bare(cell)
    text = plain(inner).replace("\u2212", "-")
    how = ["full_width"] if any(ord(letter) in FULL_WIDTH for letter in inner) else []
    how += ["stored_as_text"] if stored else []
    negative = False
    brackets = re.fullmatch(r"\((.*)\)", text)
    if brackets:
        text, negative = brackets.group(1).strip(), True
        how.append("brackets")
    for _turn in range(2):
        if text.startswith(("-", "+")):
            negative, text = negative or text[0] == "-", text[1:].lstrip()
        unsigned = _CURRENCY.sub("", text)
        how += ["currency"] if unsigned != text else []
        text = unsigned
    if text.endswith("-"):
        negative, text = True, text[:-1].strip()
        how.append("minus_behind")
    two = _TWO_PARTS.fullmatch(text)
    if two:
        text = f"{Decimal(two.group(1)) * 10000 + Decimal(two.group(2))}万"
    found = _NUMBER.fullmatch(text)
    if not found:
        return _unreadable(cell)
    digits, behind = found.groups()
    how += ["separators"] if "," in digits or " " in digits else []
    if behind:
        named = unit(behind)
        if named is None or re.search("[0-9]|^[,、:]", behind):
            return _unreadable(cell)
        if named.foreign:
            return Reading(problem=_("The amount is in another currency than yuan."))
        if "%" in behind and not share:
            return Reading(problem=_("This is a percentage, not an amount."))
        how.append("percent" if "%" in behind else "own_unit" if named.scale != scale else "currency")
        scale = named.scale
    return _number(("-" if negative else "") + re.sub("[, ]", "", digits), scale, tuple(dict.fromkeys(how)))


def _unreadable(cell: object) -> Reading:
    if is_error(cell):
        return Reading(problem=_("Excel shows an error here."))
    if isinstance(cell, (datetime, date, time)):
        return Reading(problem=_("Excel holds a date here; perhaps it changed what was typed."))
    return Reading(problem=_("This is no number."))


def _number(digits: str, scale: float, how: tuple[str, ...]) -> Reading:
    try:
        value = float(Decimal(digits) * Decimal(str(scale)))
    except ArithmeticError:
        value = math.inf
    return Reading(value, how) if math.isfinite(value) else Reading(problem=_("This number is too large."))


def count(cell: object, *, scale: float = 1.0, stored: bool = True) -> Reading:
    """The whole number in a cell, read like `amount`.

    >>> count("1.2万件").value, count(2.5).value
    (12000, None)
    """
    read = amount(cell, scale=scale, stored=stored)
    if read.value is None:
        return read
    if read.value != int(read.value) or abs(read.value) >= _LARGEST_WHOLE:
        return Reading(problem=_("This is not a whole number."))
    return read._replace(value=int(read.value))
