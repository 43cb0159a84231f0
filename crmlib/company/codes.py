"""A firm of one's own for every student: a short code from the class key and the student number, and the firm behind it."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from typing import TYPE_CHECKING

from crmlib.i18n import _

if TYPE_CHECKING:
    from crmlib.company.company import Company

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32 digits: no I, L, O or U, which are mistaken for 1, 0 and V."""

_LENGTH = 12
_CUSTOMERS = 300


def firm_code(class_key: str, student_number: str) -> str:
    """The code of one student's firm.

    Answers: which firm belongs to this student, so that copied numbers fail?

    Parameters
    ----------
    class_key : the instructor's secret for one class
        Whoever has it can work out every student's code, nobody else can.
    student_number : as in the class list; full-width digits and blanks around it make no difference

    Returns
    -------
    str
        Three groups of four characters, such as 7KQ2-M4XA-9T3C. The last character checks the others.

    Raises
    ------
    ValueError
        The key or the number is empty.

    Source: HMAC-SHA256 (RFC 2104); base 32 by Crockford.

    >>> firm_code("spring-2026", "20250101") == firm_code("spring-2026", " ２０２５０１０１ ")
    True
    """
    key, number = _plain(class_key), _plain(student_number)
    if not key or not number:
        raise ValueError(_("Both the class key and the student number are needed to make a firm code."))
    bits = int.from_bytes(hmac.new(key.encode(), number.encode(), hashlib.sha256).digest()[:7], "big")
    digits = [bits >> 5 * place & 31 for place in range(_LENGTH - 1)]
    return _pretty("".join(ALPHABET[digit] for digit in [*digits, _check_digit(digits)]))


def personal(code: str) -> Company:
    """The firm behind a code: 300 customers over 24 months, simulated in about a second.

    Parameters
    ----------
    code : from `firm_code`
        Small letters, blanks, missing hyphens, and O, I or L for 0 or 1 are forgiven.

    Returns
    -------
    Company
        The same for the same code, on every machine.

    Raises
    ------
    ValueError
        The code has a typing mistake: any one wrong character and any two neighbours swapped are found.

    >>> len(personal(firm_code("spring-2026", "20250101")).customers)
    300
    """
    from crmlib.company.simulation import simulate_as_wanted

    firm = simulate_as_wanted(customers=_CUSTOMERS, seed=_seed(code))
    about = {name: value for name, value in firm.about.items() if name != "seed"}
    return firm.described(about | {"code": _pretty(_characters(code))})


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", str(text)).strip()


def _characters(code: str) -> str:
    kept = re.sub(r"[\s\-‐-―−_]", "", _plain(code)).upper()
    return kept.translate(str.maketrans("OIL", "011"))


def _pretty(characters: str) -> str:
    return "-".join(characters[start : start + 4] for start in range(0, _LENGTH, 4))


def _seed(code: str) -> int:
    characters = _characters(code)
    digits = [ALPHABET.find(character) for character in characters]
    if len(digits) != _LENGTH or -1 in digits or _check_digit(digits[:-1]) != digits[-1]:
        raise ValueError(_('"{code}" is not a firm code: a character is missing, too many or mistyped. '
                           "Copy it again from your instructor's list; it looks like {example}.").format(
            code=code, example="7KQ2-M4XA-9T3C"))  # fmt: skip
    return int.from_bytes(hashlib.sha256(characters.encode()).digest()[:8], "big")


def _check_digit(digits: list[int]) -> int:
    """A weighted sum in the field of 32 elements; every place has another weight, so a swap shows as well as a wrong digit."""
    total = 0
    for digit in digits:
        total = _double(total) ^ digit
    return _double(total)


def _double(element: int) -> int:
    return element << 1 ^ (0b100101 if element & 16 else 0)
