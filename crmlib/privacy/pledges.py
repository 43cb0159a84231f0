"""The confidentiality pledge: its text, who signed it when, and whether that still holds."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pandas as pd

from crmlib import standards
from crmlib.checks import need_frame, require_columns
from crmlib.company.contract import DTYPES
from crmlib.i18n import _, language
from crmlib.privacy.access_log import moment_of

_COLUMNS = ["person_id", "signed_at", "text_version", "text_digest"]


def pledge_text(version: str | None = None) -> str:
    """The page to sign, in the active language; without `version` the newest.

    Raises
    ------
    ValueError
        There is no such version.

    Source: 《2025国际快递行业客户关系管理体系研究》 wants a signed pledge; the text is ours, a model for teaching.

    >>> len(pledge_text().splitlines()) < 20
    True
    """
    return _texts()[_version(version)]["zh" if language() == "zh" else "en"].strip()


def sign_pledge(pledges: pd.DataFrame | None, person: str, at: object, *, version: str | None = None) -> pd.DataFrame:
    """The list of signatures with one more; nothing in it is changed.

    Parameters
    ----------
    pledges : DataFrame as this function returns it, or None for the first
    person : the person's number, such as "A001"
    at : when it was signed
    version : which text; without it the newest

    Returns
    -------
    DataFrame
        person_id, signed_at, text_version, text_digest (of the text in both languages: should anybody change a signed text, it shows)

    Raises
    ------
    ValueError
        There is no such version, `person` is empty, or `at` is no moment.

    >>> sign_pledge(None, "A001", "2026-11-02 09:00").person_id.tolist()
    ['A001']
    """
    if not isinstance(person, str) or not person.strip():
        raise ValueError(_("person must be a staff number such as A001."))
    version = _version(version)
    new = pd.DataFrame([[person.strip(), moment_of(at, "at"), version, _digest(version)]], columns=_COLUMNS)
    new["signed_at"] = new["signed_at"].astype(DTYPES["datetime"])
    if pledges is not None:
        need_frame(pledges, "pledges")
    if pledges is None or pledges.empty:
        return new
    require_columns(pledges.columns, _COLUMNS)
    return pd.concat([pledges[_COLUMNS], new], ignore_index=True)


def has_signed(pledges: pd.DataFrame, person: str, at: object) -> bool:
    """Whether a person's pledge holds at a moment: the newest text, unchanged since, signed before, not longer ago than the standard.

    To be asked before anybody is shown sensitive columns.

    >>> pledges = sign_pledge(None, "A001", "2026-11-02 09:00")
    >>> has_signed(pledges, "A001", "2026-11-02 10:00"), has_signed(pledges, "A001", "2026-11-01"), has_signed(pledges, "A002", "2026-11-03")
    (True, False, False)
    """
    return bool(pledge_status(pledges, [person], at)["signed"].iloc[0])


def pledge_status(pledges: pd.DataFrame | None, people: Iterable[str], at: object) -> pd.DataFrame:
    """Whose pledge holds at a moment, and until when.

    Parameters
    ----------
    pledges : as :func:`sign_pledge` returns it; None or empty where nobody has signed
    people : numbers of all who need one
    at : moment

    Returns
    -------
    DataFrame, one row a person, in the order of `people`
        person_id, signed (yes/no), signed_at, holds_until (a pledge holds for the standard privacy.pledge_months)

    Raises
    ------
    ValueError
        A column is missing, or `at` is no moment.

    >>> pledge_status(None, ["A001"], "2026-11-02").signed.tolist()
    [False]
    """
    moment, months = moment_of(at, "at"), int(standards.get("privacy.pledge_months", unit="months"))
    found = pd.DataFrame(columns=_COLUMNS) if pledges is None else pledges
    need_frame(found, "pledges")
    require_columns(found.columns, _COLUMNS)
    newest = _version(None)
    signed_at = pd.to_datetime(found["signed_at"])
    good = found["text_version"].eq(newest) & found["text_digest"].eq(_digest(newest)) & signed_at.le(moment)
    last = signed_at[good].groupby(found.loc[good, "person_id"].astype(object)).max()
    people = [people] if isinstance(people, str) else list(people)
    when = pd.to_datetime(pd.Series([last.get(person, pd.NaT) for person in people])).astype(DTYPES["datetime"])
    until = (when + pd.DateOffset(months=months)).astype(DTYPES["datetime"])
    return pd.DataFrame({"person_id": people, "signed": until.ge(moment), "signed_at": when, "holds_until": until})


def _version(version: str | None) -> str:
    texts = _texts()
    if version is not None and version not in texts:
        raise ValueError(_("There is no pledge {version}. Versions: {versions}.").format(version=version, versions=", ".join(texts)))
    return version or next(reversed(texts))


def _digest(version: str) -> str:
    text = _texts()[version]
    return hashlib.sha256(f"{text['zh']}\x1f{text['en']}".encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("pledge.toml").read_text("utf-8"))
