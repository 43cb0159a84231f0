"""Phone numbers in one form, whichever way a clerk wrote them."""

from __future__ import annotations

import re

from crmlib.identity.texts import half_width

_NO_DIGIT = re.compile(r"\D")
_LANDLINE = re.compile(r"^(?:0086|86)?(010|02\d|0[3-9]\d\d)(\d{7,8})$")


def clean_mobile(number: str) -> str | None:
    """A mobile number as eleven digits; None where it cannot be one.

    Source: numbering of mainland mobiles: eleven digits that begin with 1, country code 86.

    >>> clean_mobile("+86 129-4287-8779"), clean_mobile("１２９４２８７８７７９"), clean_mobile("4287")
    ('12942878779', '12942878779', None)
    """
    digits = _NO_DIGIT.sub("", half_width(str(number)))
    digits = digits.removeprefix("00") if len(digits) > 13 else digits
    digits = digits.removeprefix("86") if len(digits) == 13 else digits
    return digits if len(digits) == 11 and digits[0] == "1" else None


def clean_landline(number: str) -> str | None:
    """A landline as area code, hyphen and local number; None where it has no area code or the wrong length.

    Source: area codes of China: three digits for 010 and 02x, else four.

    >>> clean_landline("(028)07387278"), clean_landline("０５７９ 04407728"), clean_landline("7387278")
    ('028-07387278', '0579-04407728', None)
    """
    found = _LANDLINE.match(_NO_DIGIT.sub("", half_width(str(number))))
    return "-".join(found.groups()) if found else None
