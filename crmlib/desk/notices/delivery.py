"""The worker: takes what is due, looks whether it may still go, writes down that it will send, sends, and writes down what came of it.

A channel cannot be part of the database's transaction. So the intent is written before a message leaves, the message carries a key that is the
same at every try, and who finds an intent without an outcome asks the channel for that key before anything is sent again. Where the channel
cannot tell, its sender's `unsure` decides: hold (a person looks) or resend.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import need_frame, refuse_rows, require_columns
from crmlib.desk.notices.senders import Message, NotSent, Receipts, Senders
from crmlib.desk.notices.store import Change, NoticeStore
from crmlib.desk.notices.wording import after_quiet, sms_parts, spoken
from crmlib.i18n import _, in_a_row

OUTCOMES = ("would_send", "would_ask", "sent", "found", "failed", "dead", "expired", "no_consent", "quiet", "unsure", "taken")
"""would_…: dry run; found: it had arrived before a crash; taken: another worker has it."""
_BATCH = 20
_COLUMNS = ["notice_id", "channel", "address", "subject", "text", "parts", "outcome", "reason"]


@dataclass(frozen=True)
class Delivery:
    """What one round of delivery did, or would do."""

    table: pd.DataFrame
    dry_run: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many notices by outcome."""
        return {str(name): int(count) for name, count in self.table["outcome"].value_counts().items()}

    def summary(self) -> str:
        """One or two sentences."""
        from crmlib.company.schema import label
        told = _(", ").join(f"{label(name, 'outcome')} {count:,}" for name, count in self.counts.items()) or _("nothing is due")
        head = _("Dry run, nothing left the house: {told}.") if self.dry_run else _("Delivery: {told}.")
        long = int((self.table["parts"] > 1).sum())
        return in_a_row(head.format(told=told), _("{count:,} text messages take more than one part.").format(count=long) if long else "")


class Gate:
    """Whether a notice may still go, and to whom."""

    def __init__(self, senders: Senders, consent: object, addresses: pd.DataFrame | None) -> None:
        self.senders, self.consent = senders, consent
        self._answers: dict[tuple, bool] = {}
        self.book: dict[tuple, str] = {}
        if addresses is not None:
            need_frame(addresses, "addresses")
            require_columns(addresses.columns, ["customer_id", "channel", "address"])
            refuse_rows(addresses["address"].astype("string").str.contains(r"[,;\s]", regex=True).fillna(False).astype(bool),
                        _("An address holds a comma, semicolon or blank"), _("Give one address a row: what is meant for one must not reach two."))  # fmt: skip
            filled = addresses.assign(**{name: addresses.get(name, usual) for name, usual in (("who", "sender"), ("waybill_id", None))})
            filled = filled[filled["address"].notna()].astype(object).where(filled.notna(), None)
            keys = zip(filled["who"], filled["customer_id"], filled["waybill_id"], filled["channel"], strict=True)
            self.book = dict(zip(keys, filled["address"].astype(str), strict=True))

    def address(self, row: Any) -> str:
        """Where this person hears this channel: for this parcel, or at all; empty where nobody knows."""
        return self.book.get((row.who, row.customer_id, row.waybill_id, row.channel)) or self.book.get((row.who, row.customer_id, None, row.channel), "")

    def refuses(self, row: Any, at: dt.datetime, to: str) -> str:
        """Why it may not go now: expired, no_consent, quiet, no_sender, no_address; empty: it may."""
        if at > row.expires_at:
            return "expired"
        if row.purpose and not self._consents(row, at):
            return "no_consent"
        if after_quiet(at, row.quiet_from, row.quiet_until) > at:
            return "quiet"
        sender = self.senders.by_channel.get(row.channel)
        if sender is None:
            return "no_sender"
        return "no_address" if sender.asks_address and not to else ""

    def ask_all(self, rows: list[Any], at: dt.datetime) -> None:
        """Ask the ledger for many at once; a ledger that goes on growing is asked anew for each."""
        from crmlib.privacy import ConsentLedger, may_contact_many

        asked = [row for row in rows if row.purpose]
        if isinstance(self.consent, ConsentLedger) or not asked:
            return
        said = pd.DataFrame(columns=["customer_id", "purpose", "channel", "given", "at"]) if self.consent is None else self.consent
        wanted = pd.DataFrame([(row.customer_id or "–", row.purpose, row.channel, at) for row in asked], columns=["customer_id", "purpose", "channel", "at"])
        self._answers = {(row.customer_id, row.purpose, row.channel): bool(yes)
                         for row, yes in zip(asked, may_contact_many(said, wanted), strict=True)}  # fmt: skip

    def _consents(self, row: Any, at: dt.datetime) -> bool:
        from crmlib.privacy import ConsentLedger, may_contact

        if isinstance(self.consent, ConsentLedger):
            return may_contact(self.consent, row.customer_id or "–", row.purpose, row.channel, at)
        return self._answers[row.customer_id, row.purpose, row.channel]


def masked_address(address: str, channel: str) -> str:
    """An address as a log may show it.

    >>> masked_address("guoruo568@mail.example", "email"), masked_address("12912345678", "sms"), masked_address("", "sms")
    ('g***@mail.example', '129******78', '–')
    """
    from crmlib.privacy import hidden_email, hidden_id_number, hidden_phone

    if not address:
        return "–"
    return {"email": hidden_email, "sms": hidden_phone}.get(channel, hidden_id_number)(address)


def told(row: Any, to: str, outcome: str, reason: str = "") -> tuple:
    """One line of a delivery's table."""
    subject, text = spoken(row)
    return row.notice_id, row.channel, masked_address(to, row.channel), subject, text, sms_parts(text) if row.channel == "sms" else 1, outcome, reason


def table_of(lines: list[tuple]) -> pd.DataFrame:
    """The table of a delivery."""
    return pd.DataFrame(lines, columns=_COLUMNS)


def tried_dry(rows: list[Any], gate: Gate, at: dt.datetime) -> pd.DataFrame:
    """What would become of these notices: nothing is written, nothing leaves."""
    gate.ask_all(rows, at)
    lines = []
    for row in rows:
        to = gate.address(row)
        why = gate.refuses(row, at, to)
        outcome = "would_ask" if row.state == "sending" else why if why in OUTCOMES else "dead" if why else "would_send"
        lines.append(told(row, to, outcome, why if outcome == "dead" else ""))
    return table_of(lines)


class Worker:
    """One worker at its work; two at the same outbox never have the same notice."""

    def __init__(
        self, store: NoticeStore, gate: Gate, at: dt.datetime, *, clock: Callable[[], dt.datetime], receipts: Mapping[str, Receipts], rng: np.random.Generator
    ) -> None:
        self.store, self.gate, self.at, self.clock, self.rng = store, gate, at, clock, rng
        self.name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.lease = dt.timedelta(seconds=standards.get("notices.lease_seconds", unit="seconds"))
        self.receipts = {name: one.lookup() for name, one in gate.senders.by_channel.items()} | dict(receipts)
        self.lines: list[tuple] = []
        self._pending: list[Change] = []

    def work(self, most: int | None) -> pd.DataFrame:
        """Go on until nothing is due, or `most` notices were taken."""
        with self.store.kept_open():
            return self._rounds(most)

    def _rounds(self, left: int | None) -> pd.DataFrame:
        while left is None or left > 0:
            now = self.clock()
            rows = self.store.claim(self.at, now, now + self.lease, self.name, _BATCH if left is None else min(_BATCH, left))
            if not rows:
                break
            left = None if left is None else left - len(rows)
            self.gate.ask_all(rows, self.at)
            try:
                for row in rows:
                    self.lines.append(self._one(row))
            finally:
                self._flush()
        return table_of(self.lines)

    def _one(self, row: Any) -> tuple:
        to, tries = self.gate.address(row), row.tries
        if row.state == "sending":
            outcome = self._after_crash(row)
            if outcome:
                return told(row, to, outcome)
        why = self.gate.refuses(row, self.at, to)
        if why == "quiet":
            self._end(row, "waiting", "quiet", next_at=after_quiet(self.at, row.quiet_from, row.quiet_until))
            return told(row, to, "quiet")
        if why:
            dead = why in ("no_sender", "no_address")
            self._end(row, "dead" if dead else "dropped", "dead" if dead else why, reason=why)
            return told(row, to, "dead" if dead else why, why if dead else "")
        tries += 1
        intent = {"state": "sending", "tries": tries, "lease_until": self.clock() + self.lease}
        if not self._flush(Change(row.notice_id, "sending", self.at, intent, self.name, tries)):
            return told(row, to, "taken")
        subject, text = spoken(row)
        try:
            self.gate.senders.by_channel[row.channel].send(Message(row.key, row.channel, to, subject, text))
        except NotSent as error:
            return told(row, to, self._failed(row, tries, str(error)), str(error))
        self.store.mark("handed_over")
        self._end(row, "sent", "sent", tries=tries)
        return told(row, to, "sent")

    def _after_crash(self, row: Any) -> str:
        """The intent was written, the outcome was not: ask the channel. Empty: it has not arrived, or its sender says to send again."""
        ask = self.receipts.get(row.channel)
        arrived = ask(row.key) if ask else None
        sender = self.gate.senders.by_channel.get(row.channel)
        if arrived:
            self._end(row, "sent", "found")
            return "found"
        if arrived is None and (sender is None or sender.unsure == "hold"):
            self._end(row, "unsure", "unsure")
            return "unsure"
        self._pending.append(Change(row.notice_id, "not_found" if arrived is False else "resend", self.at, {"state": "waiting"}, self.name, row.tries))
        return ""

    def _failed(self, row: Any, tries: int, reason: str) -> str:
        if tries >= standards.get("notices.most_tries", unit="count"):
            self._end(row, "dead", "dead", tries=tries, reason=reason)
            return "dead"
        longest = standards.get("notices.longest_wait_seconds", unit="seconds")
        wait = min(longest, standards.get("notices.retry_seconds", unit="seconds") * 2 ** (tries - 1)) * self.rng.uniform(0.5, 1.5)
        self._end(row, "failed", "failed", tries=tries, reason=reason, next_at=self.at + dt.timedelta(seconds=max(1.0, round(wait, 3))))
        return "failed"

    def _end(self, row: Any, state: str, event: str, *, tries: int | None = None, reason: str = "", **values: Any) -> None:
        """Note what became of it; it is written with the next intent, so that each message costs one transaction and not two."""
        changed = {"state": state, "reason": reason, "worker": None, "lease_until": None} | values
        self._pending.append(Change(row.notice_id, event, self.at, changed, self.name, row.tries if tries is None else tries, reason))

    def _flush(self, *more: Change) -> bool:
        """Write what is pending, and an intent; whether the intent is ours to carry out."""
        changes, self._pending = [*self._pending, *more], []
        return self.store.write(changes)[-1] if changes else True
