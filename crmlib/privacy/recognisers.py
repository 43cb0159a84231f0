"""Whether a number is what it looks like: Chinese identity cards, mobiles, landlines, bank cards, waybills, e-mail addresses."""

from __future__ import annotations

import datetime
import re

_PROVINCES = frozenset(["11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83"])
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def identity_card(number: str) -> str:
    """What is wrong with the number of a Chinese identity card: ok, not_one, no_such_region, impossible_date or wrong_check_digit.

    Answers: can this be the number of a person?

    Source: GB 11643-1999; check character by ISO 7064 MOD 11-2. Region: the first two digits are a province. Cards of the simulated firm begin
        with 99, which is none.

    >>> identity_card("11010519491231002X"), identity_card("110105194912310021"), identity_card("990827199711219313")
    ('ok', 'wrong_check_digit', 'no_such_region')
    """
    text = re.sub(r"[\s-]", "", number).upper()
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text):
        return "not_one"
    if text[:2] not in _PROVINCES or text[2:6] == "0000":
        return "no_such_region"
    if not _is_birthday(text[6:14]):
        return "impossible_date"
    return "ok" if id_check_character(text[:17]) == text[17] else "wrong_check_digit"


def id_check_character(first_17: str) -> str:
    """The check character that belongs to the first 17 digits of an identity card.

    Source: ISO 7064 MOD 11-2.

    >>> id_check_character("11010519491231002")
    'X'
    """
    return _CHECKS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_17, strict=True)) % 11]


def bank_card(number: str) -> str:
    """What is wrong with the number of a bank card: ok, not_one, no_such_prefix or wrong_check_digit.

    Source: ISO/IEC 7812: up to 19 digits, the last one by Luhn's formula. Prefixes: 62 UnionPay, 4 Visa, 5 and 2 Mastercard, 35 JCB, 9 older
        Chinese cards.

    >>> bank_card("6222 0212 3456 7890"), bank_card("4111111111111111")
    ('wrong_check_digit', 'ok')
    """
    text = re.sub(r"[\s-]", "", number)
    if not re.fullmatch(r"[0-9]{16,19}", text):
        return "not_one"
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(text))]
    if sum(value - 9 * (value > 9) for value in doubled) % 10:
        return "wrong_check_digit"
    return "ok" if re.match(r"62|4|5[1-5]|2[2-7]|35|9", text) else "no_such_prefix"


def mobile(number: str) -> str:
    """What is wrong with a mobile number: ok, not_one or no_such_prefix. Mobiles of the simulated firm begin with 129, which is none.

    Source: numbering plan of the Chinese network: 11 digits from 13 to 19.

    >>> mobile("+86 138 0013 8000"), mobile("12912345678"), mobile("1380013800")
    ('ok', 'no_such_prefix', 'not_one')
    """
    text = re.sub(r"^(?:\+|00)?86(?=1[0-9]{10}$)", "", re.sub(r"[\s-]", "", number))
    if not re.fullmatch(r"1[0-9]{10}", text):
        return "not_one"
    return "ok" if text[1] in "3456789" else "no_such_prefix"


def landline(number: str) -> str:
    """What is wrong with a landline with its area code: ok, not_one or no_such_prefix. The simulated firm's local numbers begin with 0.

    Source: numbering plan of the Chinese network: area code from 010, 02x or 03xx to 09xx; local numbers begin with 2 to 9.

    >>> landline("0571-87654321"), landline("(010) 62345678"), landline("0571-02345678")
    ('ok', 'ok', 'no_such_prefix')
    """
    text = re.sub(r"[\s()（）-]", "", number)
    if not (found := re.fullmatch(r"(010|02[0-9]|0[3-9][0-9]{2})([0-9]{7,8})", text)):
        return "not_one"
    return "ok" if found[2][0] in "23456789" and found[1] not in ("026",) else "no_such_prefix"


def waybill_number(number: str) -> str:
    """What is wrong with a waybill number of the firm, W and nine digits: ok or not_one.

    >>> waybill_number("W000123456"), waybill_number("W12")
    ('ok', 'not_one')
    """
    return "ok" if re.fullmatch(r"[Ww][0-9]{9}", number.strip()) and int(number.strip()[1:]) else "not_one"


def email(address: str) -> str:
    """What is wrong with an e-mail address: ok, not_one or no_such_prefix (a domain that is reserved, such as .example).

    Source: RFC 5321 for lengths, RFC 2606 for reserved domains.

    >>> email("li.an@post.cn"), email("guoruo568@mail.example"), email("@us")
    ('ok', 'no_such_prefix', 'not_one')
    """
    text = address.strip()
    local, _at, domain = text.rpartition("@")
    labels = domain.split(".")
    shaped = re.fullmatch(r"[A-Za-z0-9._%+'-]{1,64}", local) and len(labels) > 1 and len(domain) < 254 and not re.search(r"^\.|\.\.|\.$", local)
    if not shaped or not all(re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?", part) for part in labels) or labels[-1].isdigit():
        return "not_one"
    return "no_such_prefix" if labels[-1].lower() in ("example", "invalid", "test", "localhost") else "ok"


def _is_birthday(digits: str) -> bool:
    try:
        born = datetime.datetime.strptime(digits, "%Y%m%d").date()
    except ValueError:
        return False
    return 1900 <= born.year and born <= datetime.date.today()
