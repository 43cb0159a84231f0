"""Personal numbers and addresses in what people write: found with their place and validity, and taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.privacy import recognisers

KINDS = ("id_number", "mobile", "landline", "bank_card", "waybill", "email")
"""What is looked for. Names and addresses in running text are not."""

_B, _E, _S = r"(?<![0-9A-Za-z*])", r"(?![0-9A-Za-z*])", r"[ \-]?"
_LOOKS = (
    ("email", re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")),
    ("waybill", re.compile(rf"{_B}[Ww][0-9]{{9}}{_E}")),
    ("id_number", re.compile(rf"{_B}[0-9]{{6}}{_S}[0-9]{{8}}{_S}[0-9]{{3}}[0-9Xx]{_E}")),
    ("bank_card", re.compile(rf"{_B}[0-9]{{4}}(?:{_S}[0-9]{{4}}){{3}}(?:{_S}[0-9]{{1,3}})?{_E}")),
    ("mobile", re.compile(rf"(?<![0-9A-Za-z*.])(?:(?:\+|00)?86{_S})?1[0-9]{{2}}{_S}[0-9]{{4}}{_S}[0-9]{{4}}{_E}")),
    ("landline", re.compile(r"(?<![0-9A-Za-z*.])[(（]?0(?:10|2[0-9]|[3-9][0-9]{2})[)）]?[ \-]?[0-9]{3,4}[ \-]?[0-9]{4}" + _E)),
)
_CHECKS = {"id_number": recognisers.identity_card, "mobile": recognisers.mobile, "landline": recognisers.landline,
           "bank_card": recognisers.bank_card, "waybill": recognisers.waybill_number, "email": recognisers.email}  # fmt: skip
_FIND = {"kind_found": "str", "text": "str", "begins": int, "ends": int, "valid": bool, "why_found": "str"}
_WRITTEN = str.maketrans("〇零一壹二贰两三叁四肆五伍六陆七柒八捌九玖幺", "0011222334455667788991")
_SPELLED = re.compile(r"[〇零一壹二贰两三叁四肆五伍六陆七柒八捌九玖幺]{7,}")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x00A0: 0x20, 0x2013: 0x2D, 0x2014: 0x2D, 0x2011: 0x2D}


def find_personal(text: str) -> pd.DataFrame:
    """Numbers of persons in a text: where they stand, what they are, and whether they can be real.

    Answers: did the customer write something that must not be passed on?

    Parameters
    ----------
    text : what somebody wrote. Full-width digits, blanks and dashes within numbers, +86, and digits written out (幺三八…) are read.

    Returns
    -------
    DataFrame, one row a find, in the order of the text
        kind_found (id_number, mobile, landline, bank_card, waybill, email), text as it stands, begins, ends (characters), valid, why_found (ok;
        wrong_check_digit, no_such_region, impossible_date, no_such_prefix)

    Notes
    -----
    What has the form of a mobile, landline, waybill or e-mail is found though it cannot be real: better hidden once too often. Of 16 to 19 digits
    so many are order numbers that one more thing must fit: the date of birth of an identity card, the check digit of a card, or its prefix
    62. Names and addresses are not found.

    >>> find_personal("请打13800138000，运单W000123456")[["kind_found", "begins", "valid"]].values.tolist()
    [['mobile', 2, True], ['waybill', 16, True]]
    """
    return _frame(_finds(text), _FIND)


def redact(text: str, *, only_valid: bool = False) -> str:
    """A text with the name of its kind in place of each personal number.

    Answers: what may an analyst read of it?

    Parameters
    ----------
    text : what somebody wrote
    only_valid : leave what cannot be real, such as a number with a wrong check digit

    >>> "13800138000" in redact("请打13800138000"), redact("第5次找你们了")
    (False, '第5次找你们了')
    """
    for kind, _text, start, end, valid, _why in reversed(_finds(text)):
        if valid or not only_valid:
            text = f"{text[:start]}[{label(kind, 'kind_found')}]{text[end:]}"
    return text


def scan_texts(texts: pd.Series | Iterable[str]) -> pd.DataFrame:
    """All personal numbers in a column of texts, with the row in which each stands.

    Answers: in how many cases did somebody write down a number?

    Parameters
    ----------
    texts : Series of texts; missing ones are passed over

    Returns
    -------
    DataFrame, one row a find
        row (index of the text), and the columns of :func:`find_personal`

    >>> scan_texts(pd.Series(["好评", "回电0571-87654321"]))[["row", "kind_found", "valid"]].values.tolist()
    [[1, 'landline', True]]
    """
    series = texts if isinstance(texts, pd.Series) else pd.Series(list(texts), dtype=object)
    hopeful = series.dropna().astype(str)
    hopeful = hopeful[hopeful.str.contains(r"[0-9０-９]{3}|@|＠|[〇零一壹二贰两三叁四肆五伍六陆七柒八捌九玖幺]{7}", regex=True)]
    return _frame([(row, *find) for row, text in hopeful.items() for find in _finds(text)], {"row": object} | _FIND).infer_objects()


def _frame(rows: list[tuple], columns: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _finds(text: object) -> list[tuple]:
    """kind, text, start, end, valid, why of each find."""
    if not isinstance(text, str):
        raise ValueError(_("The text is {value}; give words.").format(value=repr(text)[:40]))
    plain = _SPELLED.sub(lambda found: found[0].translate(_WRITTEN), text.translate(_WIDE))
    finds: list[tuple] = []
    for kind, pattern in _LOOKS:
        for found in pattern.finditer(plain):
            start, end = found.span()
            why = _CHECKS[kind](found[0])
            taken = any(start < other[3] and other[2] < end for other in finds)
            if not taken and why != "not_one" and _is_meant(kind, found[0], why):
                finds.append((kind, text[start:end], start, end, why == "ok", why))
    return sorted(finds, key=lambda find: find[2])


def _is_meant(kind: str, text: str, why: str) -> bool:
    digits = re.sub(r"[ \-]", "", text)
    if kind == "id_number":
        return why in ("ok", "wrong_check_digit") or (why == "no_such_region" and recognisers.identity_card("11" + digits[2:]) != "impossible_date")
    return kind != "bank_card" or why == "ok" or (why == "wrong_check_digit" and digits.startswith("62"))
