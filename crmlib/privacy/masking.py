"""What is shown of a value whose whole is not needed: the one set of masks for screens, waybills and tables."""

from __future__ import annotations

import functools
import hmac
import re
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.standards import get

if TYPE_CHECKING:
    from crmlib.privacy.key_ring import KeyRing

_ROOM = re.compile(r"(号|號)?(?:[0-9０-９A-Za-z]+\s*(?:号楼|號樓|栋|棟|幢|座|区|區|单元|單元|#))?[-\s]*[0-9０-９A-Za-z]+\s*(?:室|铺|鋪|户|戶|房|单元|單元|号铺)\s*$")
_UNIT = re.compile(r"(?:\b(?:unit|room|apt|flat|suite)\b\.?\s*|#\s*)[0-9A-Za-z-]+", re.IGNORECASE)


def hidden_digits(digits: str) -> str:
    """A number with the standard's count of digits hidden, those before the last two; what is hidden already counts.

    >>> hidden_digits("057102345678"), hidden_digits("95338")
    ('0571******78', '*****')
    """
    count = int(get("privacy.hidden_phone_digits", unit="count"))
    if len(digits) <= count:
        return "*" * len(digits)
    tail = min(2, len(digits) - count)
    return digits[: len(digits) - tail - count] + "*" * count + digits[len(digits) - tail :]


def hidden_name(name: object) -> str:
    """A person's name with the standard's count of characters hidden, from the second on.

    >>> hidden_name("郭若清"), hidden_name("李安"), hidden_name("")
    ('郭*清', '李*', '')
    """
    text, count = str(name), int(get("privacy.hidden_name_characters", unit="count"))
    return text[:1] + "*" * min(count, max(len(text) - 1, 1)) + text[1 + count :] if text else ""


def hidden_phone(number: object) -> str:
    """A telephone number with its digits hidden as :func:`hidden_digits` does; blanks, dashes and the country's 86 fall away.

    >>> hidden_phone("+86 129-1234-5678"), hidden_phone("129****5678")
    ('129******78', '129******78')
    """
    kept = re.sub(r"[^0-9*]", "", str(number))
    return hidden_digits(kept[2:] if len(kept) == 13 and kept.startswith("86") else kept)


def hidden_address(address: object) -> str:
    """An address without its building, unit and room: what stands behind the house number, or all but the first six characters.

    >>> hidden_address("浙江省杭州市碧汐区砾沅路87号6座1006室"), hidden_address("Unit 5, 12 Elm Road")
    ('浙江省杭州市碧汐区砾沅路87号***', '***, 12 Elm Road')
    """
    text = str(address).strip()
    if found := _ROOM.search(text):
        return text[: found.start()] + (found[1] or "") + "***"
    if _UNIT.search(text):
        return _UNIT.sub("***", text)
    return text[: min(6, len(text) // 2)] + "***" if text else ""


def hidden_id_number(number: object) -> str:
    """An identity, tax or card number: its first and its last character, the rest hidden.

    >>> hidden_id_number("990827199711219313")
    '9****************3'
    """
    text = re.sub(r"[\s-]", "", str(number))
    return text[:1] + "*" * (len(text) - 2) + text[-1:] if len(text) > 2 else "*" * len(text)


def hidden_email(address: object) -> str:
    """An e-mail address: the first character, then the domain.

    >>> hidden_email("guoruo568@mail.example")
    'g***@mail.example'
    """
    name, _at, domain = str(address).partition("@")
    return f"{name[:1]}***@{domain}" if domain else "***"


def _redacted(text: object) -> str:
    from crmlib.privacy.free_text import redact

    return redact(str(text))


MASKS: dict[str, Callable[[object], str]] = {
    "name": hidden_name, "contact_name": hidden_name, "phone": hidden_phone, "mobile": hidden_phone, "landline": hidden_phone,
    "address": hidden_address, "id_number": hidden_id_number, "email": hidden_email, "text": _redacted, "comment": _redacted,
}  # fmt: skip
"""How a column that names a person is masked, by the name of the column."""


def mask(values: pd.Series, column: str) -> pd.Series:
    """Mask a column whose name tells what it holds: a name, phone, mobile, landline, address, id_number, email, text or comment.

    Answers: how much of it may stand on the screen?

    Parameters
    ----------
    values : Series
    column : what the values are, one of the names above

    Returns
    -------
    Series
        At least one character of a name, six digits of a number, and the building, unit and room of an address are hidden; in texts
        what :func:`redact` finds. Missing values stay missing.

    Raises
    ------
    ValueError
        Nobody knows how to mask such a column.

    Source: GB Express electronic waybill (in force 2023-02-01).

    >>> mask(pd.Series(["12912345678", None]), "mobile").tolist()[0]
    '129******78'
    """
    if column not in MASKS:
        raise ValueError(_("No mask is known for {name}; known are: {known}.").format(name=column, known=", ".join(MASKS)))
    distinct = {value: MASKS[column](value) for value in values.dropna().unique()}
    return values.map(distinct).astype(values.dtype if isinstance(values.dtype, pd.StringDtype) else object)


@functools.cache
def _session_key() -> bytes:
    return secrets.token_bytes(32)


def masked_keys(values: pd.Series, key: KeyRing | bytes | str | None = None) -> pd.Series:
    """Numbers of customers, parcels and the like as pseudonyms: the same number always gives the same one, nobody without the key gets back.

    Parameters
    ----------
    values : Series of numbers as text
    key : a KeyRing or a secret; None takes a secret that this run of Python drew for itself and forgets when it ends

    >>> masked_keys(pd.Series(["C00001", "C00001", "C00002"]), key="secret of the class").nunique()
    2
    """
    if hasattr(key, "secret_for"):
        key = key.secret_for("pseudonym/views")
    secret = _session_key() if key is None else key.encode() if isinstance(key, str) else bytes(key)
    if len(secret) < 8:
        raise ValueError(_("The key is too short: everybody could try all of them out. Give a secret of 16 characters or more."))
    distinct = {value: "N" + hmac.digest(secret, str(value).encode(), "sha256").hex()[:16] for value in values.dropna().unique()}
    return values.map(distinct).astype(values.dtype if isinstance(values.dtype, pd.StringDtype) else object)


def coarse(values: pd.Series) -> pd.Series:
    """Moments as the first day of their month, numbers with one significant digit.

    >>> coarse(pd.Series([580.88, 1.74, 0.0])).tolist(), coarse(pd.Series(pd.to_datetime(["2025-11-11 09:31"])))[0].day
    ([600.0, 2.0, 0.0], 1)
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.to_period("M").dt.start_time.astype(values.dtype)
    numbers = values.to_numpy(dtype=float)
    size = 10.0 ** np.floor(np.log10(np.where((numbers == 0) | ~np.isfinite(numbers), 1.0, np.abs(numbers))))
    return pd.Series(np.round(np.round(numbers / size) * size, 9), index=values.index, name=values.name)
