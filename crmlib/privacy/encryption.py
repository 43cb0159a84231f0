"""Field encryption: single values that only the holder of the key file reads, each bound to its table, column and row."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable, Iterable

import pandas as pd

from crmlib.checks import need_frame, require_columns
from crmlib.company.contract import DTYPES
from crmlib.i18n import _
from crmlib.privacy.key_ring import KeyRing

_TOKEN = re.compile(r"enc:(K\d+-[0-9a-f]{8}):([A-Za-z0-9_=-]+)\Z")
_NONCE = 12
_BLOCK = 32
"""Values are filled up to full blocks, so that an identity number of 18 characters looks like one of 15, and like a mobile number."""


def encrypt_columns(frame: pd.DataFrame, columns: Iterable[str], key_ring: KeyRing, *, table: str, key: str | None = None) -> pd.DataFrame:
    """The table with every value of `columns` encrypted by AES-GCM, each with a random start and the id of its key.

    Answers: how do identity numbers lie in the table so that a stolen file tells nothing?

    What stays visible: that a value is missing, and its length in steps of 32 bytes. Two equal values look different, so encrypted
    columns cannot be joined or searched: join by :func:`pseudonyms`.

    Parameters
    ----------
    frame : DataFrame
        One row a thing; its own key column stays readable.
    columns : names of text columns
    key_ring : KeyRing
    table : name of the table, which the values are bound to
    key : the column that identifies a row. Without it: that of the firm's table of this name.

    Returns
    -------
    DataFrame
        `columns` hold texts "enc:<key id>:…"; None stays None.

    Raises
    ------
    ValueError
        A column is missing, is no text, is the key itself or is encrypted already; a row's key is missing or stands twice.

    Source: AES-GCM with associated data, NIST SP 800-38D; the padding is that of ISO/IEC 7816-4.

    >>> import tempfile
    >>> from crmlib.privacy import KeyRing
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ring = KeyRing.create(folder + "/keys.json")
    ...     cards = pd.DataFrame({"record_id": ["DD1", "DD2"], "id_number": ["997750199405058555", None]})
    ...     locked = encrypt_columns(cards, ["id_number"], ring, table="source_records")
    ...     decrypt_columns(locked, ["id_number"], ring, table="source_records").id_number.tolist()[0], locked.id_number.isna().tolist()
    ('997750199405058555', [False, True])
    """
    active, secret = key_ring.active, _cipher(key_ring.require(key_ring.active))

    def locked(value: str, place: str, where: Callable[[], str]) -> str:
        if _TOKEN.match(value):
            raise ValueError(_("{where}: the value is encrypted already. Decrypt it first, or call rotate_columns.").format(where=where()))
        return _sealed(value, place, active, secret)

    return _each(frame, columns, table, key, locked)


def decrypt_columns(frame: pd.DataFrame, columns: Iterable[str], key_ring: KeyRing, *, table: str, key: str | None = None) -> pd.DataFrame:
    """The table with `columns` readable again, by whichever key of the ring wrote each value.

    Raises
    ------
    ValueError
        A value is not encrypted, its key is not on the ring, or it was altered or moved from another table, column or row: the sentence
        names the place.

    See :func:`encrypt_columns` for parameters and an example.

    >>> decrypt_columns(pd.DataFrame({"record_id": [], "mobile": []}, dtype=str), ["mobile"], None, table="source_records").empty
    True
    """
    ciphers: dict = {}
    return _each(frame, columns, table, key, lambda value, place, where: _opened(value, place, where, key_ring, ciphers)[0])


def rotate_columns(
    frame: pd.DataFrame, columns: Iterable[str], key_ring: KeyRing, *, table: str, key: str | None = None, limit: int | None = None
) -> pd.DataFrame:
    """The table with values under older keys encrypted anew under the active one, at most `limit` of them.

    Call it again until :func:`key_use` shows one key only: in between every value can be read, so the work may stop anywhere.

    Raises
    ------
    ValueError
        As for :func:`decrypt_columns`; or `limit` is no whole number above 0.

    >>> rotate_columns(pd.DataFrame({"record_id": ["DD1"], "mobile": [None]}), ["mobile"], None, table="source_records").mobile.isna().tolist()
    [True]
    """
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise ValueError(_("limit is {value}; it must be a whole number above 0.").format(value=limit))
    ciphers: dict = {}
    moved = 0

    def renewed(value: str, place: str, where: Callable[[], str]) -> str:
        nonlocal moved
        if value.startswith(f"enc:{key_ring.active}:") or (limit is not None and moved >= limit):
            return value
        plain, ciphers_ = _opened(value, place, where, key_ring, ciphers)
        moved += 1
        if key_ring.active not in ciphers_:
            ciphers_[key_ring.active] = _cipher(key_ring.require(key_ring.active))
        return _sealed(plain, place, key_ring.active, ciphers_[key_ring.active])

    return _each(frame, columns, table, key, renewed)


def key_use(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """How many values of each column lie under which key: column, key_id (empty: not encrypted), value_count.

    >>> key_use(pd.DataFrame({"mobile": ["12900000000", None]}), ["mobile"]).values.tolist()
    [['mobile', '', 1]]
    """
    need_frame(frame, "frame")
    columns = list(columns)
    require_columns(frame.columns, columns)
    used = [(name, (_TOKEN.match(str(value)) or ("", ""))[1]) for name in columns for value in frame[name].dropna()]
    counted = pd.DataFrame(used, columns=["column", "key_id"]).value_counts(sort=False)
    return counted.rename("value_count").reset_index()


def _cipher(key: bytes):
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _sealed(value: str, place: str, key_id: str, cipher) -> str:
    plain = value.encode() + b"\x80"
    plain += bytes(-len(plain) % _BLOCK)
    nonce = os.urandom(_NONCE)
    return f"enc:{key_id}:{base64.urlsafe_b64encode(nonce + cipher.encrypt(nonce, plain, place.encode())).decode()}"


def _opened(value: str, place: str, where: Callable[[], str], key_ring: KeyRing, ciphers: dict) -> tuple[str, dict]:
    from cryptography.exceptions import InvalidTag

    found = _TOKEN.match(value)
    if not found:
        raise ValueError(_("{where}: the value is not encrypted, or was cut off.").format(where=where()))
    key_id, text = found.groups()
    if key_id not in ciphers:
        try:
            ciphers[key_id] = _cipher(key_ring.require(key_id))
        except ValueError as error:
            raise ValueError(_("{where}: the value cannot be read. {reason}").format(where=where(), reason=error)) from None
    try:
        sealed = base64.urlsafe_b64decode(text)
        plain = ciphers[key_id].decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
    except (InvalidTag, binascii.Error, ValueError):
        raise ValueError(
            _(
                "{where}: the value was altered, or moved there from another table, column or row. Put back the one of the last good copy."
            ).format(where=where())
        ) from None
    return plain.rstrip(b"\0")[:-1].decode(), ciphers


def _each(
    frame: pd.DataFrame, columns: Iterable[str], table: str, key: str | None, change: Callable[[str, str, Callable[[], str]], str]
) -> pd.DataFrame:
    """`change`(value, place, where) on every value that is there; `place` is what the value is bound to."""
    from crmlib.company.schema import TABLES

    need_frame(frame, "frame")
    columns = [columns] if isinstance(columns, str) else list(columns)
    if key is None and table not in TABLES:
        raise ValueError(_("{table} is no table of a firm; name the column that identifies a row: key=….").format(table=table))
    key = key or TABLES[table].key
    require_columns(frame.columns, [key, *columns])
    if key in columns:
        raise ValueError(_("{column} identifies the rows and must stay readable. Encrypt other columns.").format(column=key))
    keys = frame[key].astype(object)
    if keys.isna().any() or keys.duplicated().any():
        bad = keys[keys.isna() | keys.duplicated()]
        raise ValueError(
            _("Table {table}: {key} is missing or stands twice in {count} row(s), first {first}; a value is bound to one row.").format(
                table=table, key=key, count=len(bad), first=bad.iloc[0]
            )
        )
    changed = {}
    for name in columns:
        values = frame[name].astype(object)
        strange = [value for value in values.dropna() if not isinstance(value, str)]
        if strange:
            raise ValueError(_("Table {table}, column {column} holds {value}, which is no text. Make it text first.").format(
                table=table, column=name, value=repr(strange[0])))  # fmt: skip

        def where(row: object, name: str = name) -> str:
            return _("Table {table}, column {column}, row {row}").format(table=table, column=name, row=row)

        new = [
            change(value, "\x1f".join((table, name, str(row))), lambda row=row, where=where: where(row)) if isinstance(value, str) else None
            for value, row in zip(values, keys, strict=True)
        ]
        changed[name] = pd.Series(new, index=frame.index, dtype=DTYPES["text"])
    return frame.assign(**changed)
