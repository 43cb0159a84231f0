"""The electronic waybill, on which everybody along the way reads who gets what: masked by the national rule, and checked against it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from crmlib.i18n import _
from crmlib.privacy.masking import hidden_address, hidden_name, hidden_phone
from crmlib.standards import get

_MASKS = {"name": hidden_name, "phone": hidden_phone, "address": hidden_address}
FIELDS = tuple(f"{who}_{what}" for who in ("recipient", "sender") for what in _MASKS)
"""What a waybill says of its two persons."""


def sample_waybill() -> dict[str, str]:
    """An invented waybill, whole.

    >>> sample_waybill()["recipient_name"]
    '郭若清'
    """
    return {
        "waybill_id": "W000123456", "recipient_name": "郭若清", "recipient_phone": "12912345678", "recipient_address": "浙江省杭州市碧汐区砾沅路87号6座1006室",
        "sender_name": "李安", "sender_phone": "12987650143", "sender_address": "广东省深圳市松汐区沐芃路491号12区11铺",
    }  # fmt: skip


def mask_waybill(waybill: Mapping[str, str]) -> dict[str, str]:
    """A waybill as it may be printed.

    Answers: what may stand on the parcel for everybody to read?

    Parameters
    ----------
    waybill : recipient_name, recipient_phone, recipient_address, sender_name, sender_phone, sender_address; anything else stays as it is

    Returns
    -------
    dict
        At least one character of each name, six digits of each phone, and the building, unit and room are hidden.

    Raises
    ------
    ValueError
        A field is missing.

    Source: GB Express electronic waybill (in force 2023-02-01).

    >>> masked = mask_waybill(sample_waybill())
    >>> masked["recipient_name"], masked["recipient_phone"], masked["recipient_address"]
    ('郭*清', '129******78', '浙江省杭州市碧汐区砾沅路87号***')
    """
    _require_fields(waybill)
    return {**waybill, **{field: _MASKS[field.rsplit("_")[-1]](waybill[field]) for field in FIELDS}}


def check_waybill(printed: Mapping[str, str], whole: Mapping[str, str]) -> pd.DataFrame:
    """Whether a printed waybill hides what the national rule wants hidden.

    Answers: may this label go on the parcel?

    Parameters
    ----------
    printed, whole : the waybill as it is printed, and as the system knows it

    Returns
    -------
    DataFrame, one row a field (index waybill_field)
        printed, hidden_count (characters or digits of the whole that the printed field does not show in their place; for addresses, of what
        :func:`mask_waybill` hides), wanted_count (at least so many), obeyed

    Raises
    ------
    ValueError
        A field is missing.

    Source: GB Express electronic waybill (in force 2023-02-01).

    >>> check_waybill(sample_waybill() | {"recipient_name": "郭*清"}, sample_waybill()).obeyed.tolist()[:2]
    [True, False]
    """
    _require_fields(printed)
    _require_fields(whole)
    least = {"name": int(get("privacy.hidden_name_characters", unit="count")), "phone": int(get("privacy.hidden_phone_digits", unit="count"))}
    rows = {}
    for field in FIELDS:
        kind, shown, true = field.rsplit("_")[-1], str(printed[field]), str(whole[field])
        if kind == "phone":
            shown, true = ("".join(character for character in text if character.isdigit() or character == "*") for text in (shown, true))
        if kind == "address":
            secret = true[len(hidden_address(true).rstrip("*")) :]
            hidden, wanted = (0 if secret and secret in shown else len(secret)), len(secret)
        else:
            hidden = len(true) - _longest_kept(true, shown)
            wanted = min(least[kind], len(true))
        rows[field] = (str(printed[field]), hidden, wanted, hidden >= wanted)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["printed", "hidden_count", "wanted_count", "obeyed"]).rename_axis("waybill_field")


def _longest_kept(true: str, shown: str) -> int:
    """How many characters of the true text the shown one has, in their order."""
    from difflib import SequenceMatcher

    return sum(block.size for block in SequenceMatcher(None, true, shown.replace("*", "\x00"), autojunk=False).get_matching_blocks())


def _require_fields(waybill: Mapping[str, str]) -> None:
    if missing := [field for field in FIELDS if not str(waybill.get(field) or "").strip()]:
        raise ValueError(_("The waybill lacks: {missing}. It needs {known}.").format(missing=", ".join(missing), known=", ".join(FIELDS)))
