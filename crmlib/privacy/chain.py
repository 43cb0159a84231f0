"""A table that only grows, in SQLite or PostgreSQL, each entry sealed to the one before it, its end anchored in a file of its own."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.company.ledgers import ledger_engine
from crmlib.i18n import _
from crmlib.privacy.key_ring import KeyRing

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import Connection

_LOCK = 8_2026_1123
_START = "0" * 64
_KEEP = {
    "sqlite": "CREATE TRIGGER {table}_keep_{what} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    "postgresql": "CREATE TRIGGER {table}_keep_{what} BEFORE {what} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows()",
}
_ONLY_GROWS = """CREATE OR REPLACE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"""


@dataclass(frozen=True)
class Verification:
    """What a look at a chain found: `ok`, how many `entries`, the number of the `first_broken` one (None: none), the `problem`.

    `anchored`: whether an anchor file says how many entries there must be.
    """

    ok: bool
    entries: int
    first_broken: int | None
    problem: str
    anchored: bool = True

    def summary(self) -> str:
        """One sentence in the active language."""
        if self.ok and not self.anchored:
            return _("All {count:,} entries are as they were written; without an anchor nobody can tell whether the end was cut off.").format(
                count=self.entries)  # fmt: skip
        return self.problem or _("All {count:,} entries are as they were written, and none is missing.").format(count=self.entries)


class Chain:
    """Entries in order; each carries a seal over its own content and the seal before it. Base of the access log and the consent ledger.

    Whoever changes, deletes, inserts or reorders entries breaks a seal; whoever cuts off the end contradicts the anchor. With a key ring the
    seals and the anchor are signed, so that even who may write the database and the anchor cannot forge a whole new history. The last
    entries before a crash of the machine may stand behind the anchor; the next record anchors them.

    Parameters
    ----------
    place : path of a SQLite file, or the URL of a database ("sqlite://" keeps all in memory)
    table : name of the table
    fields : what an entry holds
    key_ring : signs the seals; without it only those who cannot write the anchor are kept from forging
    anchor : path of the anchor file; without it beside a SQLite file. A database elsewhere and one in memory need none given.
    """

    table_name = ""
    fields: tuple[str, ...] = ()

    def __init__(self, place: object, *, key_ring: KeyRing | None = None, anchor: str | os.PathLike | None = None) -> None:
        self.engine = ledger_engine(place)
        self.shown = self.engine.url.render_as_string(hide_password=True)
        file = self.engine.url.database if self.engine.dialect.name == "sqlite" else None
        beside = None if file in (None, "", ":memory:") else Path(file).absolute().with_name(f"{Path(file).name}.{self.table_name}.anchor")
        self.anchor = Path(anchor).absolute() if anchor is not None else beside
        self._secret = key_ring.secret_for(f"chain/{self.table_name}") if key_ring else None
        with self._work() as connection:
            # An anchor without its table is a trace of a table taken away; it stays.
            if _make(connection, self.table_name) and self.anchor is not None and not self.anchor.exists():
                self._write_anchor(0, _START)
        self._require_same_kind()

    def table(self) -> pd.DataFrame:
        """All entries in order: entry, and the fields."""
        with self._work(writing=False) as connection:
            rows = _rows(connection, self.table_name)
        return pd.DataFrame([{"entry": row.entry} | json.loads(row.content) for row in rows], columns=["entry", *self.fields])

    def verify(self) -> Verification:
        """Look at every entry and at the anchor.

        Returns
        -------
        Verification
            `first_broken` is the first entry that is not as it was written, or where the first missing one should stand.
        """
        # The anchor first: entries written in between only add to what it says.
        anchor = self._read_anchor()
        with self._work(writing=False) as connection:
            rows = _rows(connection, self.table_name)
        seal = _START
        seals = [seal]
        for number, row in enumerate(rows, start=1):
            seal = self._seal(number, seal, row.content)
            if row.entry != number:
                return Verification(False, len(rows), number, _("Entry {number} is missing: after {before} comes {found}.").format(
                    number=number, before=number - 1, found=row.entry))  # fmt: skip
            if not hmac.compare_digest(seal, row.seal):
                return Verification(
                    False, len(rows), number, _("Entry {number} was altered, or put in another's place.").format(number=number)
                )
            seals.append(seal)
        if self.anchor is None:
            return Verification(True, len(rows), None, "", anchored=False)
        if anchor is None:
            return Verification(False, len(rows), None, _("The anchor file {path} is missing or was altered: the end may be cut off.").format(
                path=self.anchor.name))  # fmt: skip
        count, last = anchor
        if count > len(rows):
            return Verification(False, len(rows), len(rows) + 1, _("The end was cut off: {count} entries are left of at least {had}.").format(
                count=len(rows), had=count))  # fmt: skip
        if seals[count] != last:
            return Verification(
                False, len(rows), count, _("Entry {number} was altered: the anchor has another seal for it.").format(number=count)
            )
        return Verification(True, len(rows), None, "")

    def _append(self, contents: Sequence[Mapping[str, Any]]) -> int:
        """Write entries behind all others, all or none; the number of the last."""
        import sqlalchemy as sa

        table = _table(self.table_name)
        with self._work() as connection:
            number, seal = _last(connection, self.table_name)
            self._require_anchored(connection)
            for content in contents:
                text = json.dumps(content, ensure_ascii=False, sort_keys=True)
                number += 1
                seal = self._seal(number, seal, text)
                connection.execute(sa.insert(table).values(entry=number, content=text, seal=seal))
        if self.anchor is not None:
            # A second turn: the anchor names only what is safely written, and writers set it one after the other.
            with self._work() as connection:
                self._require_anchored(connection)
                self._write_anchor(*_last(connection, self.table_name))
        return number

    def _require_anchored(self, connection: Connection) -> None:
        """Nothing is written behind a history that was cut: the new entries would cover the trace."""
        import sqlalchemy as sa

        if self.anchor is None:
            return
        found = self._read_anchor()
        table = _table(self.table_name)
        there = found and (found[0] == 0 or connection.scalar(sa.select(table.c.seal).where(table.c.entry == found[0])) == found[1])
        if not there:
            raise ValueError(_("{place} does not agree with its anchor {anchor}: call verify() and tell who answers for personal information.").format(
                place=self.shown, anchor=self.anchor.name))  # fmt: skip

    def _require_same_kind(self) -> None:
        try:
            keyed = bool(json.loads(self.anchor.read_text("utf-8"))["keyed"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return
        if keyed and not self._secret:
            raise ValueError(_("{place} is signed. Open it with its key ring: key_ring=….").format(place=self.shown))
        if self._secret and not keyed:
            raise ValueError(
                _("{place} was begun without a key ring, so its seals are not signed. Open it without one.").format(place=self.shown)
            )

    def _seal(self, number: int, before: str, content: str) -> str:
        return self._digest(f"{number}\x1f{before}\x1f{content}")

    def _digest(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), "sha256").hexdigest() if self._secret else hashlib.sha256(text.encode()).hexdigest()

    def _write_anchor(self, count: int, seal: str) -> None:
        text = json.dumps({"entries": count, "seal": seal, "signed": self._digest(f"anchor\x1f{count}\x1f{seal}"),
                           "keyed": self._secret is not None})  # fmt: skip
        handle, name = tempfile.mkstemp(dir=self.anchor.parent, prefix=".anchor-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, self.anchor)

    def _read_anchor(self) -> tuple[int, str] | None:
        if self.anchor is None:
            return None
        try:
            found = json.loads(self.anchor.read_text("utf-8"))
            count, seal = int(found["entries"]), str(found["seal"])
            signed = hmac.compare_digest(str(found["signed"]), self._digest(f"anchor\x1f{count}\x1f{seal}"))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return (count, seal) if signed and count >= 0 else None

    @contextmanager
    def _work(self, *, writing: bool = True) -> Iterator[Connection]:
        import sqlalchemy as sa

        try:
            with self.engine.connect().execution_options(writing=writing) as connection, connection.begin():
                if writing and self.engine.dialect.name == "postgresql":
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                yield connection
        except sa.exc.SQLAlchemyError as error:
            reason = (str(getattr(error, "orig", None) or error).splitlines() or ["?"])[0]
            raise ValueError(_("The database {url} refuses: {reason}.").format(url=self.shown, reason=reason)) from None


@lru_cache(maxsize=8)
def _table(name: str) -> sa.Table:
    import sqlalchemy as sa

    return sa.Table(
        name, sa.MetaData(), sa.Column("entry", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.UnicodeText, nullable=False), sa.Column("seal", sa.String(64), nullable=False),
    )  # fmt: skip


def _rows(connection: Connection, name: str) -> Sequence[Any]:
    import sqlalchemy as sa

    table = _table(name)
    return connection.execute(sa.select(table).order_by(table.c.entry)).all()


def _last(connection: Connection, name: str) -> tuple[int, str]:
    import sqlalchemy as sa

    table = _table(name)
    row = connection.execute(sa.select(table.c.entry, table.c.seal).order_by(table.c.entry.desc()).limit(1)).first()
    return (row.entry, row.seal) if row else (0, _START)


def _make(connection: Connection, name: str) -> bool:
    """The table with the triggers that let nobody change or delete a row; whether it was not there yet."""
    import sqlalchemy as sa

    if sa.inspect(connection).has_table(name):
        return False
    _table(name).create(connection)
    kind = connection.dialect.name
    if kind == "postgresql":
        connection.exec_driver_sql(_ONLY_GROWS.format(table=name))
    for what in ("UPDATE", "DELETE", "TRUNCATE") if kind == "postgresql" else ("UPDATE", "DELETE"):
        connection.exec_driver_sql(_KEEP[kind].format(table=name, what=what))
    return True
