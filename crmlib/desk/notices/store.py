"""Where notices wait: a table of their states and one of what happened that only grows, in SQLite or PostgreSQL, always written together."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from crmlib.company.ledgers import ledger_engine
from crmlib.desk.event_store import APPEND_ONLY, KEEP
from crmlib.i18n import _

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import Connection

STATES = ("waiting", "sending", "sent", "failed", "dead", "dropped", "unsure")
"""failed: will be tried again; dead: a dead letter; dropped: not to be sent any more; unsure: nobody knows whether it arrived."""
_LOCK = 8_2026_1142
_TEXTS = ("rule_id", "event_id", "customer_id", "waybill_id", "channel", "who", "purpose", "template", "arm", "language",
          "subject_zh", "text_zh", "subject_en", "text_en", "quiet_from", "quiet_until", "reason", "worker")  # fmt: skip
_MOMENTS = ("at", "send_after", "expires_at", "next_at", "lease_until")


@dataclass(frozen=True)
class Change:
    """What becomes of one notice: new values, and the event that tells of it. Only `worker` may change it, and only from the state
    it `was` in; None: whoever has it, and from any."""

    notice_id: str
    event: str
    at: dt.datetime
    values: dict[str, Any]
    worker: str | None = None
    tries: int = 0
    reason: str = ""
    was: str | None = None


class NoticeStore:
    """The two tables, made when they are not there.

    `mark` is called with the name of each moment at which a crash would matter; a rehearsal sets it.

    >>> NoticeStore("sqlite://").rows()
    []
    """

    def __init__(self, place: object) -> None:
        self.engine = ledger_engine(place)
        self.shown = self.engine.url.render_as_string(hide_password=True)
        self.in_memory = self.engine.dialect.name == "sqlite" and self.engine.url.database in (None, "", ":memory:")
        self._kept = threading.local()
        self.mark: Callable[[str], object] = lambda _moment: None
        with self._work() as connection:
            if self.engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            _make(connection)
        if self.engine.dialect.name == "sqlite" and not self.in_memory:
            raw = self.engine.raw_connection()  # outside of any transaction
            raw.driver_connection.execute("PRAGMA journal_mode=WAL")
            raw.close()

    def add(self, notices: Sequence[dict[str, Any]], event_at: dt.datetime | None = None) -> list[str]:
        """Take up those that are not there yet, all or none; their numbers."""
        import sqlalchemy as sa

        table, events = _tables()
        insert = getattr(sa.dialects, self.engine.dialect.name).insert
        if not notices:
            return []
        with self._work() as connection:
            # In the order of their numbers, so that two who put the same ones do not wait for each other crosswise.
            ordered = sorted(notices, key=lambda notice: notice["notice_id"])
            found = connection.execute(insert(table).on_conflict_do_nothing(index_elements=["notice_id"]).returning(table.c.notice_id), ordered)
            new = set(found.scalars())
            if new:
                connection.execute(sa.insert(events), [_event(one["notice_id"], event_at or one["at"], "put") for one in notices if one["notice_id"] in new])
            self.mark("putting")
        self.mark("put")
        return [one["notice_id"] for one in notices if one["notice_id"] in new]

    def claim(self, at: dt.datetime, now: dt.datetime, until: dt.datetime, worker: str, most: int) -> list[sa.Row]:
        """Lease what is due, and what a worker whose lease is over left half done; nobody else touches it until the lease is over."""
        import sqlalchemy as sa

        table, _events = _tables()
        with self._work() as connection:
            due = sa.select(table).where(self._due(at, now)).order_by(table.c.next_at, table.c.notice_id).limit(most)
            rows = connection.execute(due.with_for_update(skip_locked=True)).all()
            if rows:
                mine = table.c.notice_id.in_([row.notice_id for row in rows])
                connection.execute(sa.update(table).where(mine).values(worker=worker, lease_until=until))
        if rows:
            self.mark("claimed")
        return rows

    def due(self, at: dt.datetime, now: dt.datetime, most: int | None = None) -> list[sa.Row]:
        """What :meth:`claim` would take."""
        return self.rows(self._due(at, now), most=most)

    @staticmethod
    def _due(at: dt.datetime, now: dt.datetime) -> sa.ColumnElement[bool]:
        table, _events = _tables()
        free = table.c.lease_until.is_(None) | (table.c.lease_until <= now)
        return free & ((table.c.state.in_(("waiting", "failed")) & (table.c.next_at <= at)) | (table.c.state == "sending"))

    def write(self, changes: Sequence[Change]) -> list[bool]:
        """Write changes and their events in one transaction. False where the notice is another's by now, or in another state: only the event is kept."""
        import sqlalchemy as sa

        if not changes:
            return []
        table, events = _tables()
        done = []
        with self._work() as connection:
            for change in changes:
                which = table.c.notice_id == change.notice_id
                if change.worker is not None:
                    which &= table.c.worker == change.worker
                if change.was is not None:
                    which &= table.c.state == change.was
                done.append(connection.execute(sa.update(table).where(which).values(**change.values)).rowcount == 1)
            told = [_event(one.notice_id, one.at, one.event if mine else "too_late", one.tries, one.worker, one.reason)
                    for one, mine in zip(changes, done, strict=True) if mine or one.event != "sending"]  # fmt: skip
            if told:
                connection.execute(sa.insert(events), told)
            self.mark("writing")
        self.mark("written")
        return done

    def rows(self, which: sa.ColumnElement[bool] | None = None, *, most: int | None = None) -> list[sa.Row]:
        """Notices, in the order in which they are due."""
        import sqlalchemy as sa

        table, _events = _tables()
        asked = sa.select(table).order_by(table.c.next_at, table.c.notice_id).limit(most)
        with self._work(writing=False) as connection:
            return list(connection.execute(asked if which is None else asked.where(which)))

    def find(self, notice_ids: Iterable[str] | None = None, *, states: Sequence[str] = STATES, **equal: object) -> list[sa.Row]:
        """Notices by number, state and other columns."""
        table, _events = _tables()
        which = table.c.state.in_(states)
        for name, value in equal.items():
            which &= table.c[name] == value
        if notice_ids is None:
            return self.rows(which)
        wanted = list(notice_ids)
        return [row for start in range(0, len(wanted), 500) for row in self.rows(which & table.c.notice_id.in_(wanted[start : start + 500]))]

    def counts(self, column: str) -> list[tuple[str, str, int, int]]:
        """How many notices and tries, by a column and state."""
        import sqlalchemy as sa

        table, _events = _tables()
        by = (table.c[column], table.c.state)
        with self._work(writing=False) as connection:
            return [tuple(row) for row in connection.execute(sa.select(*by, sa.func.count(), sa.func.sum(table.c.tries)).group_by(*by).order_by(*by))]

    def events(self, notice_id: str | None = None) -> list[sa.Row]:
        """What happened, in order."""
        import sqlalchemy as sa

        _notices, events = _tables()
        asked = sa.select(events).order_by(events.c.entry)
        with self._work(writing=False) as connection:
            return list(connection.execute(asked if notice_id is None else asked.where(events.c.notice_id == notice_id)))

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Until it ends, this thread writes over one connection: SQLite then need not open and tidy up its file for each message."""
        with self._refusals(), self.engine.connect().execution_options(writing=True) as connection:
            self._kept.connection = connection
            try:
                yield
            finally:
                self._kept.connection = None

    @contextmanager
    def _work(self, *, writing: bool = True) -> Iterator[Connection]:
        if (kept := getattr(self._kept, "connection", None)) is not None:
            with self._refusals(), kept.begin():
                yield kept
            return
        with self._refusals(), self.engine.connect().execution_options(writing=writing) as connection, connection.begin():
            yield connection

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        import sqlalchemy as sa

        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            reason = (str(getattr(error, "orig", None) or error).splitlines() or ["?"])[0]
            raise ValueError(_("The database {url} refuses: {reason}.").format(url=self.shown, reason=reason)) from None


def _event(notice_id: str, at: dt.datetime, event: str, tries: int = 0, worker: str | None = None, reason: str = "") -> dict[str, Any]:
    return {"notice_id": notice_id, "at": at, "event": event, "tries": tries, "worker": worker, "reason": reason}


@lru_cache(maxsize=1)
def _tables() -> tuple[sa.Table, sa.Table]:
    import sqlalchemy as sa

    known = sa.MetaData()
    notices = sa.Table(
        "outbox_notices", known, sa.Column("notice_id", sa.String(200), primary_key=True), sa.Column("key", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False), sa.Column("tries", sa.Integer, nullable=False),
        *(sa.Column(name, sa.UnicodeText) for name in _TEXTS), *(sa.Column(name, sa.DateTime) for name in _MOMENTS),
        sa.Index("outbox_due", "state", "next_at"),
    )  # fmt: skip
    events = sa.Table(
        "outbox_events", known, sa.Column("entry", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("notice_id", sa.String(200), nullable=False, index=True), sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("event", sa.String(16), nullable=False), sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("worker", sa.UnicodeText), sa.Column("reason", sa.UnicodeText, nullable=False),
    )  # fmt: skip
    return notices, events


def _make(connection: Connection) -> None:
    import sqlalchemy as sa

    if sa.inspect(connection).has_table("outbox_notices"):
        return
    notices, events = _tables()
    notices.metadata.create_all(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(APPEND_ONLY)
    statement, actions = KEEP[connection.dialect.name]
    for what in actions:
        connection.exec_driver_sql(statement.format(table=events.name, what=what))
