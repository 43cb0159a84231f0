"""The outbox: notices wait here until they are sent, each exactly once, though the process be killed anywhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.desk.notices import wording
from crmlib.desk.notices.delivery import Delivery, Gate, Worker, tried_dry
from crmlib.desk.notices.senders import Receipts, Senders
from crmlib.desk.notices.senders import senders as read_senders
from crmlib.desk.notices.store import STATES, Change, NoticeStore
from crmlib.i18n import _, in_a_row

if TYPE_CHECKING:
    from crmlib.desk.notices.card import Card


@dataclass(frozen=True)
class Put:
    """What a put did: notice_ids that are `new`, and those that were `known` already and stay as they are."""

    new: tuple[str, ...]
    known: tuple[str, ...]

    def summary(self) -> str:
        """One sentence."""
        return _("{new:,} new notices wait in the outbox; {known:,} were known already.").format(new=len(self.new), known=len(self.known))


class Outbox:
    """An outbox in a file or database, made when it is not there.

    Parameters
    ----------
    place : path of a SQLite file, or the URL of a database (PostgreSQL; "sqlite://" keeps all in memory)
    clock : tells the time, Beijing, by which leases run out; None: the computer's

    Notes
    -----
    waiting → sending → sent; or failed (tried again later, then dead), dropped (too late, or no consent), unsure (killed while sending, and the
    channel cannot tell whether the message arrived: a person decides with :meth:`settle`). No address is kept here, and the history holds no
    words. Exactly once holds where a channel can be asked for a key (`receipts`), and as long as no channel takes longer over a message than
    a lease lasts; where it cannot be asked, a crash leaves at most one notice of the killed worker unsure.

    >>> from crmlib.desk.rules import decide, practice, rule_book
    >>> events, customers = practice()
    >>> outbox = Outbox("sqlite://")
    >>> result = decide(events, rule_book(), customers)
    >>> len(outbox.put(result).new), len(outbox.put(result).new)
    (8, 0)
    """

    def __init__(self, place: object, *, clock: Callable[[], dt.datetime] | None = None) -> None:
        self.place, self.store = str(place), NoticeStore(place)
        self.clock = clock or (lambda: dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(hours=8))

    def put(self, notices: object, *, language: str | None = None) -> Put:
        """Take up notices: the whole batch or nothing, and each notice_id once however often it comes.

        Parameters
        ----------
        notices : result of crm.desk.rules.decide or replay; or a frame with notice_id, send_after, customer_id, channel and text (subject), or
            template and the fields that it names. Optional: who, waybill_id, rule_id, consent (the purpose), expires_at, quiet_from,
            quiet_until, language
        language : "zh" or "en", where the notice does not say; None: the active one

        Raises
        ------
        ValueError
            A column is lacking, a field of a template is missing, a moment or channel cannot be read. Nothing is taken up then.

        >>> Outbox("sqlite://").put(pd.DataFrame({"notice_id": ["N1"], "send_after": ["2026-05-01"], "customer_id": ["C1"], "channel": ["sms"],
        ...                                       "text": ["Hello"]})).new
        ('N1',)
        """
        rows = wording.prepared(notices, language=language)
        new = self.store.add(rows)
        fresh = set(new)
        return Put(tuple(new), tuple(row["notice_id"] for row in rows if row["notice_id"] not in fresh))

    def deliver(
        self, senders: object = None, *, at: object = None, dry_run: bool = True, consent: object = None, addresses: pd.DataFrame | None = None,
        receipts: Mapping[str, Receipts] | None = None, rng: np.random.Generator | int = 0, most: int | None = None,
    ) -> Delivery:  # fmt: skip
        """Send what is due. Unless `dry_run=False`, nothing is sent and nothing changed: it is only told what would be.

        Parameters
        ----------
        senders : Senders, path of their table, or a frame; None: the shipped table, see :func:`senders`
        at : the moment it is done; None: now
        dry_run : True: only tell
        consent : ConsentLedger of crm.privacy, asked anew for each notice, or a frame as it keeps; None: nobody has said anything
        addresses : customer_id, channel, address, and optionally who and waybill_id; never stored
        receipts : by channel, a function that is asked for a message's key whether it arrived (True, False, None: cannot tell)
        rng : for the jitter of the waits between tries
        most : at most so many; None: all that is due

        Returns
        -------
        Delivery
            `.table`: notice_id, channel, address (masked), subject, text, parts, outcome, reason; `.counts`, `.summary()`

        Raises
        ------
        ValueError
            The senders cannot be used, or a variable of the environment or the addresses that a channel asks for are lacking (only when it is to
            be sent).

        >>> Outbox("sqlite://").deliver().counts
        {}
        """
        table = senders if isinstance(senders, Senders) else read_senders(senders)
        now = self.clock()
        moment = wording.moment(at, now)
        gate = Gate(table, consent, addresses)
        if dry_run:
            return Delivery(tried_dry(self.store.due(moment, now, most), gate, moment), True)
        asked = {row.channel for row in self.store.due(moment, now)}
        for sender in (one for name, one in table.by_channel.items() if name in asked):
            if sender.lacks:
                raise ValueError(_("{channel} cannot send yet: set {variables} in the environment.").format(
                    channel=sender.channel, variables=", ".join(sender.lacks)))  # fmt: skip
            if sender.asks_address and addresses is None:
                raise ValueError(_("{channel} needs addresses: give a table with customer_id, channel, address as addresses=….").format(channel=sender.channel))
        worker = Worker(self.store, gate, moment, clock=self.clock, receipts=receipts or {}, rng=np.random.default_rng(rng))
        return Delivery(worker.work(most), False)

    def table(self, state: str | None = None, *, channel: str | None = None) -> pd.DataFrame:
        """The notices: notice_id, notice_state, channel, rule_id, who, customer_id, send_after, expires_at, next_at, tries, parts, reason, subject, text.

        >>> len(Outbox("sqlite://").table("dead"))
        0
        """
        if state not in (None, *STATES):
            raise ValueError(_("There is no state {state}. Known: {known}.").format(state=state, known=", ".join(STATES)))
        return wording.table_of(self.store.find(states=STATES if state is None else (state,), **({} if channel is None else {"channel": channel})))

    def history(self, notice_id: str | None = None) -> pd.DataFrame:
        """What happened to one notice, or to all, in order: entry, notice_id, at, event, tries, worker, reason. Nobody can change or delete a row.

        >>> len(Outbox("sqlite://").history())
        0
        """
        rows = self.store.events(notice_id)
        if notice_id is not None and not rows:
            self._unknown([notice_id])
        names = ["entry", "notice_id", "at", "event", "tries", "worker", "reason"]
        return pd.DataFrame([[getattr(row, name) for name in names] for row in rows], columns=names).astype({"at": "datetime64[us]"})

    def by_channel(self) -> pd.DataFrame:
        """By channel: notices, one column a state, tries, sent_share (of those that are no longer under way).

        >>> Outbox("sqlite://").by_channel().columns[:2].tolist()
        ['channel', 'notices']
        """
        return self._by("channel")

    def by_rule(self) -> pd.DataFrame:
        """The same by rule_id.

        >>> Outbox("sqlite://").by_rule().columns[0]
        'rule_id'
        """
        return self._by("rule_id")

    def _by(self, column: str) -> pd.DataFrame:
        raw = pd.DataFrame(self.store.counts(column), columns=[column, "state", "notices", "tries"])
        raw[column] = raw[column].fillna("–")
        states = raw.pivot_table(index=column, columns="state", values="notices", aggfunc="sum", fill_value=0).reindex(columns=list(STATES), fill_value=0)
        table = states.assign(notices=states.sum(axis=1), tries=raw.groupby(column)["tries"].sum())
        ended = table[["sent", "dead", "dropped"]].sum(axis=1)
        table = table.assign(sent_share=table["sent"] / ended.where(ended > 0)).reset_index().rename_axis(columns=None)
        return table[[column, "notices", *STATES, "tries", "sent_share"]]

    def summary(self) -> str:
        """How many notices are in which state, and what a person has to do."""
        from crmlib.company.schema import label
        table = self._by("channel")
        counts = {state: int(table[state].sum()) for state in STATES}
        held = _(", ").join(f"{label(state, 'notice_state')} {count:,}" for state, count in counts.items() if count) or "–"
        told = [_("{count:,} notices: {held}.").format(count=sum(counts.values()), held=held)]
        if counts["unsure"]:
            told.append(_("Nobody knows whether {count} arrived: look, then settle(notice_id, arrived=…, by=…).").format(count=counts["unsure"]))
        if counts["dead"]:
            told.append(_("{count} dead letters: table('dead') says why; revive() lets them wait again.").format(count=counts["dead"]))
        return in_a_row(*told)

    def revive(self, notice_ids: str | Iterable[str] | None = None, *, by: str, at: object = None, expires_at: object = None) -> int:
        """Let dead letters wait again from `at` on, with their tries counted anew; named ones also if they were dropped. How many.

        Parameters
        ----------
        notice_ids : one or more; None: all dead letters
        by : who decides
        at : from when (None: now)
        expires_at : until when they are of use; None: as it was, but at least as long after `at` as it was after send_after

        >>> Outbox("sqlite://").revive(by="A001")
        0
        """
        moment = wording.moment(at, self.clock())
        wanted = [notice_ids] if isinstance(notice_ids, str) else None if notice_ids is None else list(notice_ids)
        rows = self.store.find(wanted, states=("dead",) if wanted is None else ("dead", "dropped"))
        if wanted is not None:
            self._unknown([one for one in wanted if one not in {row.notice_id for row in rows}], _("neither a dead letter nor dropped"))
        until = None if expires_at is None else wording.moment(expires_at, moment)
        self.store.write([Change(row.notice_id, "revived", moment, {
            "state": "waiting", "tries": 0, "reason": "", "next_at": moment,
            "expires_at": until or max(row.expires_at, moment + max(row.expires_at - row.send_after, dt.timedelta(0)))}, reason=str(by), was=row.state)
            for row in rows])  # fmt: skip
        return len(rows)

    def settle(self, notice_id: str, arrived: bool, *, by: str, at: object = None) -> None:
        """Decide on a notice of which nobody knows whether it arrived: it counts as sent, or waits again.

        Raises
        ------
        ValueError
            It is not unsure.

        >>> try: Outbox("sqlite://").settle("N1", True, by="A001")
        ... except ValueError: print("refused")
        refused
        """
        if not self.store.find([notice_id], states=("unsure",)):
            self._unknown([notice_id], _("not unsure"))
        moment = wording.moment(at, self.clock())
        values = {"state": "sent"} if arrived else {"state": "waiting", "next_at": moment}
        self.store.write([Change(notice_id, "arrived" if arrived else "not_arrived", moment, values, reason=str(by), was="unsure")])

    def forget(self, customer_id: str) -> int:
        """Erase the words of a customer's notices that are over; what happened stays, without words. How many.

        >>> Outbox("sqlite://").forget("C1")
        0
        """
        rows = self.store.find(states=("sent", "dead", "dropped"), customer_id=customer_id)
        blank = dict.fromkeys(("subject_zh", "text_zh", "subject_en", "text_en"), "")
        self.store.write([Change(row.notice_id, "forgotten", self.clock(), blank | {"state": "dropped" if row.state == "dead" else row.state},
                                 was=row.state) for row in rows])  # fmt: skip
        return len(rows)

    def show(self, notice_id: str) -> Card:
        """The notice as its reader sees it; see :func:`show`.

        >>> try: Outbox("sqlite://").show("N1")
        ... except ValueError: print("refused")
        refused
        """
        from crmlib.desk.notices.card import show

        rows = self.store.find([notice_id])
        if not rows:
            self._unknown([notice_id])
        return show(wording.table_of(rows))

    def _unknown(self, notice_ids: list[str], what: str = "") -> None:
        if notice_ids:
            raise ValueError(_("These notices are {what}: {notices}. outbox.table() lists all.").format(
                what=what or _("not in the outbox"), notices=", ".join(map(str, notice_ids[:3]))))  # fmt: skip
