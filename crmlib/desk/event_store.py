"""Where the desk keeps what happened: a table of events that only grows, in SQLite or PostgreSQL, and the workflow files as they were."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.company.ledgers import ledger_engine
from crmlib.i18n import _

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import Connection

_LOCK = 5_2026_1101
"""Number of the lock by which writers in PostgreSQL wait for each other, so that events stand in the order in which they became known."""


@dataclass(frozen=True)
class Event:
    """One row: `number` counts within the case from 1, `seq` over all cases; `after` is the case's state once it had happened."""

    case_id: str
    number: int
    at: pd.Timestamp
    event: str
    by: str
    step: str | None
    owner_role: str | None
    data: Mapping[str, Any]
    after: Mapping[str, Any]
    seq: int = 0


class EventStore:
    """The table of events in a file or database, made when it is not there.

    Parameters
    ----------
    place : path of a SQLite file, or the URL of a database ("sqlite://" keeps all in memory)

    >>> with EventStore("sqlite://").writing() as log:
    ...     log.events("D000001"), log.next_number()
    ([], 1)
    """

    def __init__(self, place: object) -> None:
        self.engine = ledger_engine(place)
        self.shown = self.engine.url.render_as_string(hide_password=True)
        with self._work(writing=True) as connection:
            _make(connection)

    @contextmanager
    def writing(self) -> Iterator[Log]:
        """A transaction in which no one else writes: all of it is kept, or nothing."""
        with self._work(writing=True) as connection:
            yield Log(connection)

    @contextmanager
    def reading(self) -> Iterator[Log]:
        """A look at the events."""
        with self._work(writing=False) as connection:
            yield Log(connection)

    @contextmanager
    def _work(self, *, writing: bool) -> Iterator[Connection]:
        import sqlalchemy as sa

        try:
            with self.engine.connect().execution_options(writing=writing) as connection, connection.begin():
                if writing and self.engine.dialect.name == "postgresql":
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                yield connection
        except sa.exc.SQLAlchemyError as error:
            reason = (str(getattr(error, "orig", None) or error).splitlines() or ["?"])[0]
            raise ValueError(_("The database {url} refuses: {reason}.").format(url=self.shown, reason=reason)) from None


class Log:
    """The events within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._events, self._sops = _tables()

    def append(self, event: Event) -> None:
        """Add one event behind all others."""
        import sqlalchemy as sa

        seq = self._connection.scalar(sa.select(sa.func.coalesce(sa.func.max(self._events.c.seq), 0))) + 1
        self._connection.execute(self._events.insert().values(
            seq=seq, case_id=event.case_id, number=event.number, moment=event.at.to_pydatetime(), event=event.event, step=event.step,
            person=event.by, owner_role=event.owner_role, data=_text(event.data), after=_text(event.after),
            open_steps=len(event.after["open"])))  # fmt: skip

    def events(self, case_id: str) -> list[Event]:
        """All of one case, in order; none where there is no such case."""
        return self._found(self._events.c.case_id == case_id)

    def since(self, after: int) -> list[Event]:
        """Those of all cases behind number `after`."""
        return self._found(self._events.c.seq > after)

    def latest(self, *, open_only: bool) -> list[Event]:
        """The last event of each case."""
        import sqlalchemy as sa

        table = self._events
        last = sa.select(sa.func.max(table.c.seq)).group_by(table.c.case_id).scalar_subquery()
        return self._found(table.c.seq.in_(last) & (table.c.open_steps > 0) if open_only else table.c.seq.in_(last))

    def of_kind(self, kind: str) -> list[Event]:
        """All events of one kind."""
        return self._found(self._events.c.event == kind)

    def next_number(self) -> int:
        """How many cases there are, and one."""
        import sqlalchemy as sa

        table = self._events
        return self._connection.scalar(sa.select(sa.func.count()).where(table.c.event == "opened")) + 1

    def keep_file(self, digest: str, text: str) -> None:
        """Remember a workflow file as it is now."""
        import sqlalchemy as sa

        if self._connection.scalar(sa.select(sa.func.count()).where(self._sops.c.digest == digest)) == 0:
            self._connection.execute(self._sops.insert().values(digest=digest, text=text))

    def file(self, digest: str) -> str:
        """A workflow file as it was."""
        import sqlalchemy as sa

        return self._connection.scalar(sa.select(self._sops.c.text).where(self._sops.c.digest == digest))

    def _found(self, which: sa.ColumnElement[bool]) -> list[Event]:
        import sqlalchemy as sa

        rows = self._connection.execute(sa.select(self._events).where(which).order_by(self._events.c.seq))
        return [Event(row.case_id, row.number, pd.Timestamp(row.moment), row.event, row.person, row.step, row.owner_role,
                      json.loads(row.data), json.loads(row.after), row.seq) for row in rows]  # fmt: skip


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=1)
def _tables() -> tuple[sa.Table, sa.Table]:
    import sqlalchemy as sa

    known = sa.MetaData()
    events = sa.Table(
        "desk_events", known,
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False), sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False), sa.Column("moment", sa.DateTime, nullable=False),
        sa.Column("event", sa.String(32), nullable=False), sa.Column("step", sa.String(128)),
        sa.Column("person", sa.UnicodeText, nullable=False), sa.Column("owner_role", sa.String(128)),
        sa.Column("data", sa.UnicodeText, nullable=False), sa.Column("after", sa.UnicodeText, nullable=False),
        sa.Column("open_steps", sa.Integer, nullable=False), sa.UniqueConstraint("case_id", "number"),
    )  # fmt: skip
    files = sa.Table(
        "desk_sops", known, sa.Column("digest", sa.String(64), primary_key=True), sa.Column("text", sa.UnicodeText, nullable=False)
    )
    return events, files


KEEP = {
    "sqlite": (
        "CREATE TRIGGER {table}_keep_{what} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        ("UPDATE", "DELETE"),
    ),
    "postgresql": (
        "CREATE TRIGGER {table}_keep_{what} BEFORE {what} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION desk_append_only()",
        ("UPDATE", "DELETE", "TRUNCATE"),
    ),
}
APPEND_ONLY = """CREATE OR REPLACE FUNCTION desk_append_only() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"""


def _make(connection: Connection) -> None:
    """Both tables, and the triggers that let nobody change or delete a row."""
    import sqlalchemy as sa

    if sa.inspect(connection).has_table("desk_events"):
        return
    events, files = _tables()
    events.metadata.create_all(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(APPEND_ONLY)
    statement, actions = KEEP.get(connection.dialect.name, ("", ()))
    for table in (events, files):
        for what in actions:
            connection.exec_driver_sql(statement.format(table=table.name, what=what))
