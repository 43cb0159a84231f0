"""Telephone numbers as they come in: read whatever way they are typed, and hidden whenever they are shown."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

from crmlib.i18n import _
from crmlib.privacy.masking import hidden_digits

WITHHELD = {"", "anonymous", "private", "withheld", "restricted", "unavailable", "none", "nan", "null", "<na>",
            "匿名", "未知", "未知号码", "隐藏号码", "私人号码", "无号码", "无主叫号码"}  # fmt: skip
"""What a telephone exchange passes on when the caller shows no number."""

_EXTENSION = re.compile(r"(?:转|轉|分机|分機|ext\.?|x|#|,|;)\s*:?\s*(\d{1,6})$", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"^(.*\d)\s*-\s*(\d{1,6})$")
_ALLOWED = re.compile(r"[\d+*]+")
_MASKED = re.compile(r"(1\d{2})\*{4}(\d{4})")
_SHORT_SERVICE = re.compile(r"9[56]\d{3,6}|1[012]\d{3}|1[12]\d")


@dataclass(frozen=True)
class CallerNumber:
    """A number as it was read. `kind` is mobile, landline, service, foreign, masked, withheld or unreadable; `digits` is the national
    number (0 and area code first for landlines; first three and last four digits of a masked mobile); `extension` what was dialled on."""

    kind: str
    digits: str = ""
    extension: str = ""

    @property
    def readable(self) -> bool:
        """Whether there is a number to look up."""
        return self.kind not in ("withheld", "unreadable")

    @property
    def pattern(self) -> str:
        """What a mobile looks like where only the first three and last four digits are kept; empty for other numbers.

        >>> CallerNumber("mobile", "12912345678").pattern
        '129****5678'
        """
        if self.kind == "mobile":
            return f"{self.digits[:3]}****{self.digits[-4:]}"
        return f"{self.digits[:3]}****{self.digits[3:]}" if self.kind == "masked" else ""

    def shown(self, *, whole: bool = False) -> str:
        """The number to be shown, with as many digits hidden as the standard privacy.hidden_phone_digits demands, or `whole`.

        >>> CallerNumber("mobile", "12912345678").shown(), CallerNumber("mobile", "12912345678").shown(whole=True)
        ('129******78', '129 1234 5678')
        """
        if self.kind == "withheld":
            return _("withheld")
        if self.kind == "unreadable":
            return _("unreadable")
        if self.kind == "masked":
            return self.pattern if whole else hidden_digits(self.pattern)
        if not whole:
            return hidden_digits(self.digits)
        if self.kind == "mobile":
            return f"{self.digits[:3]} {self.digits[3:7]} {self.digits[7:]}"
        area = 3 if self.digits[:2] in ("01", "02") else 4
        number = f"{self.digits[:area]}-{self.digits[area:]}" if self.kind == "landline" else self.digits
        return _("{number} ext. {extension}").format(number=number, extension=self.extension) if self.extension else number


def read_number(typed: object) -> CallerNumber:
    """Read a caller's number, however it is written.

    Answers: which number is this?

    Parameters
    ----------
    typed : text, whole number, or nothing
        Full-width digits, spaces, dashes, dots and brackets do not matter, nor does +86, 0086 or 86 in front. After a landline an extension
        may stand behind 转, ext, x, #, a comma or a dash. A masked mobile such as 129****5678 is read too.

    Returns
    -------
    CallerNumber
        Nothing, "anonymous", "未知号码" and the like are withheld; what cannot be a number is unreadable. Nothing is refused: a call comes
        in whatever the exchange shows.

    Source: numbering plan of the Chinese network: mobiles have 11 digits from 1, landlines 0, area code and 7 or 8 digits.

    >>> [read_number(text).digits for text in ("１２９ 1234-5678", "+86 129 1234 5678", "8612912345678", 12912345678.0)]
    ['12912345678', '12912345678', '12912345678', '12912345678']
    >>> read_number("0571-02345678 转 801")
    CallerNumber(kind='landline', digits='057102345678', extension='801')
    >>> [read_number(text).kind for text in (None, "anonymous", "12345678901234567", "+1 212 555 0100", "95338")]
    ['withheld', 'withheld', 'unreadable', 'foreign', 'service']
    """
    text = _plain(typed)
    if text.lower() in WITHHELD:
        return CallerNumber("withheld")
    text, extension = _without_extension(text)
    kept = re.sub(r"[\s\-–—‐‑−_.()/（）]", "", text)
    if not _ALLOWED.fullmatch(kept) or "+" in kept[1:]:
        return CallerNumber("unreadable")
    if kept.startswith(("+", "00")):
        kept = kept.lstrip("+").removeprefix("00")
        if not kept.startswith("86"):
            return CallerNumber("foreign", kept) if kept.isdigit() and 7 <= len(kept) <= 15 else CallerNumber("unreadable")
        kept = kept[2:]
        return _national(kept, extension) or _national(f"0{kept}", extension) or CallerNumber("unreadable")
    return _national(kept, extension) or (_national(kept[2:], extension) if kept.startswith("86") else None) or CallerNumber("unreadable")


def _national(digits: str, extension: str) -> CallerNumber | None:
    if masked := _MASKED.fullmatch(digits):
        return CallerNumber("masked", masked[1] + masked[2])
    if not digits.isdigit():
        return None
    if len(digits) == 11 and digits[0] == "1":
        return CallerNumber("mobile", digits)
    if digits[0] == "0" and (re.fullmatch(r"0(10|2\d)\d{8}", digits) or re.fullmatch(r"0[3-9]\d{2}\d{7,8}", digits)):
        return CallerNumber("landline", digits, extension)
    if re.fullmatch(r"[48]00\d{7}", digits) or _SHORT_SERVICE.fullmatch(digits):
        return CallerNumber("service", digits, extension)
    return None


def _plain(typed: object) -> str:
    if typed is None or (isinstance(typed, float) and not math.isfinite(typed)):
        return ""
    if isinstance(typed, float) and typed.is_integer():
        return str(int(typed))
    return unicodedata.normalize("NFKC", str(typed)).strip()


def _without_extension(text: str) -> tuple[str, str]:
    """The number before its extension; a dash begins one only where what stands before it is a landline already."""
    if found := _EXTENSION.search(text):
        return text[: found.start()], found[1]
    if found := _DASHED_EXTENSION.match(text):
        digits = re.sub(r"\D", "", found[1])
        national = digits.removeprefix("86") if digits.startswith("86") else digits
        national = national if national.startswith("0") else f"0{national}" if digits != national else national
        if re.fullmatch(r"0(10|2\d)\d{8}|0[3-9]\d{2}\d{7,8}", national):
            return found[1], found[2]
    return text, ""
