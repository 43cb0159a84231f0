"""Pseudonyms by a keyed hash, and why a hash without a key is none."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import re
from collections.abc import Iterable

import pandas as pd

from crmlib.company.company import Company
from crmlib.company.contract import DTYPES
from crmlib.i18n import _
from crmlib.privacy.key_ring import KeyRing

_LETTERS = 16
"""80 bits: among ten million customers two share a pseudonym once in 24,000 million firms."""


def pseudonyms(values: pd.Series, key_ring: KeyRing, *, purpose: str, kind: str = "customer_id") -> pd.Series:
    """A pseudonym for every value: the same value gets the same one, and nobody gets back without the key.

    Answers: how do analysts count and join customers without knowing who they are?

    The result is still personal information: the key's holder can go back, and rare facts in other columns can give a person away.

    Parameters
    ----------
    values : Series of text; missing values stay missing. Bring numbers to one way of writing first.
    key_ring : KeyRing
    purpose : what the data are for, such as "churn study"; data sets of two purposes cannot be joined
    kind : what the values are; equal texts of two kinds get different pseudonyms

    Returns
    -------
    Series of text of 16 letters and digits, by the index of `values`

    Raises
    ------
    ValueError
        `purpose` or `kind` is empty, or `values` hold something that is no text.

    Source: HMAC-SHA256, RFC 2104.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ring = KeyRing.create(folder + "/keys.json")
    ...     names = pseudonyms(pd.Series(["C00001", "C00002", "C00001"]), ring, purpose="study")
    >>> names[0] == names[2], names[0] == names[1], len(names[0])
    (True, False, 16)
    """
    for name, text in (("purpose", purpose), ("kind", kind)):
        if not isinstance(text, str) or not text.strip():
            raise ValueError(
                _("Say in words what {name} is; pseudonyms of one purpose cannot be joined with those of another.").format(name=name)
            )
    plain = values.astype(object)
    strange = [value for value in plain.dropna() if not isinstance(value, str)]
    if strange:
        raise ValueError(_("{value} is no text. Make the values text first, each written in one way.").format(value=repr(strange[0])))
    secret = key_ring.secret_for(f"pseudonym/{purpose.strip()}")
    made = {value: _pseudonym(secret, kind, value) for value in plain.dropna().unique()}
    return plain.map(made).astype(DTYPES["text"])


def pseudonymise(company: Company, key_ring: KeyRing, *, purpose: str, of: Iterable[str] = ("customers.customer_id",)) -> Company:
    """The firm with pseudonyms for the given keys, the same in every table, so that tables still join.

    Names, numbers and texts stay as they are: hide them by a role's view, or leave the tables out.

    Parameters
    ----------
    company : Company
    key_ring, purpose : as for :func:`pseudonyms`
    of : "table.column" of keys; every column that refers to them changes too

    Raises
    ------
    ValueError
        There is no such key.

    >>> import tempfile
    >>> from crmlib.company import lark
    >>> firm = Company(customers=lark().customers, contacts=lark().contacts)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     hidden = pseudonymise(firm, KeyRing.create(folder + "/keys.json"), purpose="study")
    >>> hidden.contacts.merge(hidden.customers, on="customer_id").shape[0] == len(firm.contacts)
    True
    """
    from crmlib.company.schema import TABLES

    targets = [of] if isinstance(of, str) else list(of)
    keys = [f"{table.name}.{table.key}" for table in TABLES.values()]
    for target in targets:
        if target not in keys:
            raise ValueError(_("{target} is no key of a table. Keys are: {keys}.").format(target=target, keys=", ".join(keys)))

    def hidden(name: str) -> pd.DataFrame:
        frame = company.tables[name]
        kinds = {column.name: column.ref or f"{name}.{column.name}" for column in TABLES[name].columns if column.ref or column.key}
        new = {column: pseudonyms(frame[column], key_ring, purpose=purpose, kind=_root(kind, TABLES))
               for column, kind in kinds.items() if column in frame and _root(kind, TABLES) in targets}  # fmt: skip
        return frame.assign(**new)

    return Company(about=company.about, **{name: lambda name=name: hidden(name) for name in company.tables})


def unkeyed_hashes(values: pd.Series) -> pd.Series:
    """SHA-256 of each text without a key, as many files still "anonymise" phone numbers; see :func:`crack_unkeyed`.

    >>> unkeyed_hashes(pd.Series(["12900000000"])).str[:8].tolist()
    ['7628e405']
    """
    plain = values.astype(object)
    return plain.map(lambda value: hashlib.sha256(str(value).encode()).hexdigest(), na_action="ignore").astype(DTYPES["text"])


def crack_unkeyed(hashes: pd.Series, *, pattern: str | pd.Series, most: int = 2_000_000) -> pd.DataFrame:
    """Find the numbers behind hashes without a key, by trying all numbers that fit a pattern.

    Answers: does a hash hide a phone number?

    A mobile has 11 digits, of which a prefix is known; a mask of four digits as on a waybill leaves 10,000 numbers, tried in a hundredth
    of a second. Use it on your own firm's data, to show why a key is needed.

    Parameters
    ----------
    hashes : Series of SHA-256 in hexadecimal
    pattern : digits, and * for each that is not known: "129482*****" for all, or a Series with one a hash ("129****5652")
    most : how many numbers may be tried in all

    Returns
    -------
    DataFrame, by the index of `hashes`
        hash, number (empty where not found), try_count (numbers that fit the pattern)

    Raises
    ------
    ValueError
        A pattern holds anything but digits and *, or more than `most` numbers would be tried.

    >>> crack_unkeyed(unkeyed_hashes(pd.Series(["12912345652"])), pattern="129****5652").number.tolist()
    ['12912345652']
    """
    patterns = pd.Series(pattern, index=hashes.index) if isinstance(pattern, str) else pattern.reindex(hashes.index)
    wanted: dict[str, set[str]] = {}
    for text, mask in zip(hashes.astype(object), patterns.astype(object), strict=True):
        if isinstance(text, str) and isinstance(mask, str):
            wanted.setdefault(mask, set()).add(text)
    for mask in wanted:
        if not re.fullmatch(r"[0-9*]+", mask):
            raise ValueError(_("The pattern {pattern} may hold digits and * only, such as 129****5652.").format(pattern=mask))
    tries = sum(10 ** mask.count("*") for mask in wanted)
    if tries > most:
        raise ValueError(
            _("{tries:,} numbers would have to be tried, more than most={most:,}. Give more digits.").format(tries=tries, most=most)
        )
    found = {(mask, text): number for mask, texts in wanted.items() for text, number in _tried(mask, texts)}
    pairs = list(zip(patterns.astype(object), hashes.astype(object), strict=True))
    return pd.DataFrame({
        "hash": hashes.astype(DTYPES["text"]),
        "number": pd.Series([found.get(pair) for pair in pairs], index=hashes.index, dtype=DTYPES["text"]),
        "try_count": [10 ** mask.count("*") if isinstance(mask, str) else 0 for mask in patterns.astype(object)],
    })  # fmt: skip


def _tried(mask: str, texts: set[str]) -> Iterable[tuple[str, str]]:
    parts = ["0123456789" if sign == "*" else sign for sign in mask]
    aims, sha256 = {bytes.fromhex(text) for text in texts if re.fullmatch(r"[0-9a-f]{64}", text)}, hashlib.sha256
    for digits in itertools.product(*parts):
        number = "".join(digits)
        digest = sha256(number.encode()).digest()
        if digest in aims:
            yield digest.hex(), number


def _pseudonym(secret: bytes, kind: str, value: str) -> str:
    digest = hmac.digest(secret, f"{kind}\x1f{value}".encode(), "sha256")
    return base64.b32encode(digest).decode()[:_LETTERS]


def _root(kind: str, tables: dict) -> str:
    """The key that a reference means in the end: a survey's invitation is the invitation's."""
    name, column = kind.split(".")
    return _root(tables[name][column].ref, tables) if tables[name][column].ref else kind
