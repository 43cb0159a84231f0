"""Consent: a ledger that only grows, and whether a customer may be contacted, as of any moment."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import need_frame, refuse_rows, require_columns
from crmlib.company.contract import DTYPES
from crmlib.i18n import _
from crmlib.privacy.access_log import moment_of
from crmlib.privacy.chain import Chain

if TYPE_CHECKING:
    from crmlib.company import Company

PURPOSES = ("delivery_notice", "after_sales", "survey", "marketing", "profiling")
CHANNELS = ("wecom", "dingtalk", "sms", "email", "phone")
_NEEDS_NO_CONSENT = ("delivery_notice", "after_sales")
_COLUMNS = ("customer_id", "purpose", "channel", "given", "at", "text_version", "by")
_REQUEST = ["customer_id", "purpose", "channel", "at"]


class ConsentLedger(Chain):
    """Every consent given or withdrawn, in the order in which it was told; nothing is changed or deleted.

    See :class:`Chain` for the parameters; `.verify()` tells whether anybody touched an entry.

    >>> ledger = ConsentLedger("sqlite://")
    >>> ledger.record("C00003", "marketing", "sms", True, "2026-03-01", text_version="2026-01", by="A001")
    1
    >>> ledger.record("C00003", "marketing", "all", False, "2026-05-01 10:00", text_version="2026-01", by="A001")
    2
    >>> may_contact(ledger, "C00003", "marketing", "sms", "2026-04-01"), may_contact(ledger, "C00003", "marketing", "sms", "2026-05-01 10:00")
    (True, False)
    """

    table_name = "consent_ledger"
    fields = _COLUMNS

    def record(self, customer_id: str, purpose: str, channel: str, given: bool, at: object, *, text_version: str, by: str) -> int:
        """Write down that a customer agreed (`given` True) or withdrew (False).

        Parameters
        ----------
        purpose, channel : one of PURPOSES and of CHANNELS, or "all"
        at : when the customer said so
        text_version : which text the customer was shown, such as "2026-01"
        by : who wrote it down

        Raises
        ------
        ValueError
            Something is not as above; an agreement names "all" purposes (each purpose is agreed to by itself).
        """
        entry = {"customer_id": customer_id, "purpose": purpose, "channel": channel, "given": given, "at": moment_of(at, "at"),
                 "text_version": text_version, "by": by}  # fmt: skip
        _checked(pd.DataFrame([entry]))
        return self._append([entry | {"at": entry["at"].isoformat()}])

    def table(self) -> pd.DataFrame:
        """All entries: entry, customer_id, purpose, channel, given, at, text_version, by."""
        found = super().table()
        return found.assign(at=pd.to_datetime(found["at"], format="ISO8601"), given=found["given"].astype(bool))


def consent_purposes() -> pd.DataFrame:
    """What customers are contacted for: purpose, needs_consent, meaning.

    Notices about a customer's own parcels and cases go out without consent, until the customer objects; all else needs consent first.
    That is a teaching rule, in the sense of the law on personal information; ask your own firm's lawyer.

    >>> consent_purposes().set_index("purpose").needs_consent.to_dict()["marketing"]
    True
    """
    meanings = (
        _("Where the customer's own parcel is"), _("An answer to the customer's own case"), _("Being asked for an opinion"),
        _("Offers and news"), _("Tags and forecasts that decide what the customer is offered"),
    )  # fmt: skip
    return pd.DataFrame({"purpose": PURPOSES, "needs_consent": [each not in _NEEDS_NO_CONSENT for each in PURPOSES], "meaning": meanings})


def may_contact(ledger: ConsentLedger | pd.DataFrame, customer_id: str, purpose: str, channel: str, at: object) -> bool:
    """Whether a customer may be contacted for a purpose on a channel at a moment; see :func:`may_contact_many`.

    >>> may_contact(pd.DataFrame(columns=["customer_id", "purpose", "channel", "given", "at"]), "C00003", "delivery_notice", "sms", "2026-05-01")
    True
    """
    return bool(may_contact_many(ledger, pd.DataFrame([[customer_id, purpose, channel, moment_of(at, "at")]], columns=_REQUEST)).iloc[0])


def may_contact_many(ledger: ConsentLedger | pd.DataFrame, requests: pd.DataFrame) -> pd.Series:
    """Whether each request may go out: the latest word of the customer up to that moment counts, and a withdrawal at once.

    Answers: which of these notices may be sent?

    Parameters
    ----------
    ledger : ConsentLedger, or a frame with customer_id, purpose, channel, given (yes/no), at; "all" stands for every channel, and in a
        withdrawal for every purpose. Of two words at the same moment the withdrawal counts.
    requests : DataFrame with customer_id, purpose, channel, at

    Returns
    -------
    Series of yes/no, by the index of `requests`
        Without any word: yes where the purpose needs no consent.

    Raises
    ------
    ValueError
        A column is missing, or a purpose, channel or moment cannot be read.

    >>> said = pd.DataFrame({"customer_id": ["C1", "C1"], "purpose": ["survey", "all"], "channel": "all", "given": [True, False],
    ...                      "at": pd.to_datetime(["2026-01-01", "2026-02-01"])})
    >>> ask = pd.DataFrame({"customer_id": "C1", "purpose": "survey", "channel": "sms", "at": pd.to_datetime(["2026-01-15", "2026-02-01"])})
    >>> may_contact_many(said, ask).tolist()
    [True, False]
    """
    said = ledger.table() if isinstance(ledger, ConsentLedger) else ledger
    need_frame(said, "ledger")
    need_frame(requests, "requests")
    require_columns(said.columns, ["customer_id", "purpose", "channel", "given", "at"])
    require_columns(requests.columns, _REQUEST)
    said = _checked(said)
    purpose, channel = requests["purpose"].astype(object), requests["channel"].astype(object)
    refuse_rows(~purpose.isin(PURPOSES), _("The purpose is unknown"), _("Write one of: {codes}.").format(codes=", ".join(PURPOSES)))
    refuse_rows(~channel.isin(CHANNELS), _("The channel is unknown"), _("Write one of: {codes}.").format(codes=", ".join(CHANNELS)))
    refuse_rows(requests["customer_id"].isna(), _("customer_id is missing"), _("Say whom the notice is for."))
    people = pd.Index(said["customer_id"].unique(), dtype=object)
    words, asked = _coded(said, people), _coded(requests.assign(purpose=purpose, channel=channel), people)
    asked = asked.assign(at=_moments(requests["at"]).to_numpy(), row=np.arange(len(requests))).sort_values("at", kind="stable")
    words = words.assign(at=said["at"].to_numpy(), told_at=said["at"].to_numpy(), given=said["given"].to_numpy())
    # At one moment the withdrawal stands last.
    words = words.sort_values(["at", "given"], ascending=[True, False], kind="stable")
    answer = asked["about"].isin([PURPOSES.index(each) for each in _NEEDS_NO_CONSENT]).to_numpy()
    latest = np.full(len(asked), np.datetime64("NaT", "us"), dtype="datetime64[us]")
    # The last word on this purpose and channel, on any channel, on any purpose, or on both: the latest of the four counts.
    for any_purpose in (False, True):
        for any_channel in (False, True):
            told = words[words["about"].lt(0).eq(any_purpose) & words["over"].lt(0).eq(any_channel)]
            if told.empty:
                continue
            told, ask = (
                frame[[column for column in ("at", "told_at", "given") if column in frame]].assign(
                    key=(frame["who"] * len(PURPOSES) + (0 if any_purpose else frame["about"])) * len(CHANNELS)
                    + (0 if any_channel else frame["over"])
                )
                for frame in (told, asked)
            )
            found = pd.merge_asof(ask, told, on="at", by="key")
            when, given = found["told_at"].to_numpy().astype("datetime64[us]"), found["given"].eq(True).to_numpy()
            newer = ~np.isnat(when) & (np.isnat(latest) | (when > latest) | ((when == latest) & ~given))
            answer, latest = np.where(newer, given, answer), np.where(newer, when, latest)
    back = np.empty(len(asked), dtype=bool)
    back[asked["row"].to_numpy()] = answer
    return pd.Series(back, index=requests.index, name="may_contact")


def consent_counts(ledger: ConsentLedger | pd.DataFrame, moments: object) -> pd.DataFrame:
    """How many customers may be contacted for each purpose that needs consent, on any channel: at, purpose, customer_count.

    >>> said = pd.DataFrame({"customer_id": ["C1"], "purpose": "survey", "channel": "all", "given": True, "at": pd.to_datetime(["2026-01-01"])})
    >>> consent_counts(said, ["2025-12-31", "2026-01-31"]).query("purpose == 'survey'").customer_count.tolist()
    [0, 1]
    """
    said = ledger.table() if isinstance(ledger, ConsentLedger) else ledger
    need_frame(said, "ledger")
    at = pd.to_datetime(pd.Series(list(moments)))
    purposes = [each for each in PURPOSES if each not in _NEEDS_NO_CONSENT]
    grid = pd.MultiIndex.from_product([said["customer_id"].unique(), purposes, CHANNELS, at], names=_REQUEST).to_frame(index=False)
    yes = grid[may_contact_many(said, grid).to_numpy()] if len(grid) else grid
    counted = yes.groupby(["at", "purpose"])["customer_id"].nunique()
    every = pd.MultiIndex.from_product([at, purposes], names=["at", "purpose"])
    return counted.reindex(every, fill_value=0).rename("customer_count").reset_index()


def teaching_consents(company: Company) -> pd.DataFrame:
    """A consent ledger for a firm that has none: simulated, for teaching, the same at every call.

    Contacts agree to surveys and some to offers on their preferred channel when the account is opened, members to offers when they join;
    some withdraw later. Who does is decided by the customer's number, and how many by the standards `privacy.consent_*`.

    Returns
    -------
    DataFrame
        entry, customer_id, purpose, channel, given, at, text_version, by

    >>> from crmlib.company import lark
    >>> bool(teaching_consents(lark())["at"].is_monotonic_increasing)
    True
    """
    opened = company.customers.set_index("customer_id")["opened_on"]
    end = pd.Timestamp(str(company.about["end"])) if "end" in company.about else opened.max()
    people = company.contacts.drop_duplicates("customer_id")[["customer_id", "channel"]] if "contacts" in company.tables else pd.DataFrame(
        columns=["customer_id", "channel"])  # fmt: skip
    words = []
    for purpose in ("survey", "marketing", "profiling"):
        share = standards.get(f"privacy.consent_{purpose}", unit="share")
        agreed = people[_lot(people["customer_id"], purpose) < share]
        words.append(agreed.assign(purpose=purpose, at=agreed["customer_id"].map(opened), given=True, by="account_form"))
    if "members" in company.tables:
        joined = company.members[["customer_id", "joined_on"]].rename(columns={"joined_on": "at"})
        channel = joined["customer_id"].map(people.set_index("customer_id")["channel"]).fillna("sms")
        words.append(joined.assign(channel=channel, purpose="marketing", given=True, by="member_form"))
    given = pd.concat(words, ignore_index=True)
    away = given[_lot(given["customer_id"] + given["purpose"], "withdrawn") < standards.get("privacy.consent_withdrawn", unit="share")]
    when = away["at"] + (end - away["at"]) * _lot(away["customer_id"] + away["purpose"], "when")
    whole = pd.concat([given, away.assign(given=False, at=when.dt.floor("min"), channel="all", by="hotline")], ignore_index=True)
    whole = whole.assign(text_version="2024-01", at=whole["at"].astype(DTYPES["datetime"]))
    whole = whole.sort_values(["at", "customer_id", "purpose"], kind="stable", ignore_index=True)
    return whole.assign(entry=np.arange(1, len(whole) + 1))[["entry", *_COLUMNS]]


def _lot(names: pd.Series, what: str) -> np.ndarray:
    """A number from 0 to 1 for each name, the same on every machine."""
    return np.array([int.from_bytes(hashlib.sha256(f"{what}/{name}".encode()).digest()[:6], "big") / 2**48 for name in names])


def _coded(frame: pd.DataFrame, people: pd.Index) -> pd.DataFrame:
    """Numbers for who, about what and over which channel; "all" is −1, and somebody unknown stands behind all others."""
    who = people.get_indexer(frame["customer_id"].astype(object)).astype("int64")
    return pd.DataFrame({
        "who": np.where(who < 0, len(people), who), "about": pd.Categorical(frame["purpose"], ["all", *PURPOSES]).codes.astype("int64") - 1,
        "over": pd.Categorical(frame["channel"], ["all", *CHANNELS]).codes.astype("int64") - 1,
    })  # fmt: skip


def _moments(values: pd.Series) -> pd.Series:
    at = pd.to_datetime(values, errors="coerce").astype("datetime64[us]")
    refuse_rows(at.isna(), _("The moment is missing or cannot be read"), _("Write it as 2026-11-02 09:30."))
    return at


def _checked(said: pd.DataFrame) -> pd.DataFrame:
    """The ledger with its types, or a sentence that names the row."""
    purpose, channel, given = (said[name].astype(object) for name in ("purpose", "channel", "given"))
    refuse_rows(
        ~purpose.isin([*PURPOSES, "all"]),
        _("The purpose is unknown"),
        _("Write one of: {codes}.").format(codes=", ".join([*PURPOSES, "all"])),
    )
    refuse_rows(
        ~channel.isin([*CHANNELS, "all"]),
        _("The channel is unknown"),
        _("Write one of: {codes}.").format(codes=", ".join([*CHANNELS, "all"])),
    )
    refuse_rows(~given.map(lambda value: isinstance(value, (bool, np.bool_))), _("given is not yes or no"), _("Write True or False."))
    refuse_rows((purpose == "all") & given.eq(True), _("An agreement names all purposes at once"),
                _("Each purpose is agreed to by itself; only a withdrawal may name all."))  # fmt: skip
    return said.assign(
        purpose=purpose, channel=channel, given=given.astype(bool), at=_moments(said["at"]), customer_id=said["customer_id"].astype(object)
    )
