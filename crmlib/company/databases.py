"""A firm's tables in a database that SQLAlchemy can reach: PostgreSQL and others by URL, SQLite also as a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.company.contract import DTYPES
from crmlib.company.naming import table_meant
from crmlib.company.raw_tables import from_frame
from crmlib.company.schema import TABLES
from crmlib.company.storage import Found, Frames, refuse_existing, refuse_twice, refuse_without_customers
from crmlib.i18n import _

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection, Engine

ABOUT = "about"
_PARTS = {"postgresql+psycopg": "postgres", "duckdb": "duckdb"}


def about_from(rows: pd.DataFrame) -> dict[str, Any]:
    """What the table "about" of a database says.

    >>> about_from(pd.DataFrame({"key": ["end"], "value": ['"2026-10-31"']}))
    {'end': '2026-10-31'}
    """
    try:
        return {key: json.loads(value) for key, value in zip(rows["key"], rows["value"], strict=True)}
    except (KeyError, TypeError, ValueError):
        raise ValueError(_('The table "about" of the database cannot be read. It needs the columns key and value (JSON).')) from None


def about_rows(about: Mapping[str, Any]) -> pd.DataFrame:
    """The table "about" as it is written into a database.

    >>> about_rows({"end": "2026-10-31"}).value.tolist()
    ['"2026-10-31"']
    """
    values = [json.dumps(value, ensure_ascii=False) for value in about.values()]
    return pd.DataFrame({"key": list(about), "value": values}, dtype=object)


def chosen_tables(names: list[str], place: object) -> tuple[dict[str, str], list[str]]:
    """The name in the database of each table of the contract, and the other names there.

    Raises
    ------
    ValueError
        Two names mean one table, or none means the customers.

    >>> chosen_tables(["客户表", "about", "log"], "firm.db")
    ({'customers': '客户表'}, ['log'])
    """
    chosen: dict[str, str] = {}
    others = []
    for name in sorted(names):
        table = table_meant(name)
        if table is None:
            others.append(name)
        elif table in chosen:
            refuse_twice(place, table, [chosen[table], name])
        else:
            chosen[table] = name
    if "customers" not in chosen:
        refuse_without_customers(place, names)
    return chosen, [name for name in others if name != ABOUT]


@dataclass(frozen=True)
class Database:
    """A database by its URL or as a SQLite file; beside the tables one "about" of keys and values."""

    url: str = ""
    file: Path | None = None

    def _url(self) -> URL:
        import sqlalchemy as sa

        if self.file:
            return sa.URL.create("sqlite", database=str(self.file))
        url = sa.make_url("postgresql" + self.url.removeprefix("postgres") if self.url.startswith("postgres:") else self.url)
        return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url

    def _engine(self, *, to_read: bool) -> Engine:
        import sqlalchemy as sa

        try:
            url = self._url()
            file = url.database if url.get_backend_name() == "sqlite" else None
            if to_read and file not in (None, "", ":memory:") and not Path(file).is_file():
                raise ValueError(_("There is no database file {file}.").format(file=file))
            return sa.create_engine(url)
        except sa.exc.ArgumentError:
            raise ValueError(_("{url} is not the URL of a database. Write, for example, sqlite:///firm.db.").format(url=self.url)) from None
        except ImportError as error:
            part = _PARTS.get(url.drivername)
            mend = _('Install the driver of this database first: pip install "crmlib[{part}]" ({reason}).')
            mend = mend if part else _("Install the driver of this database first: {reason}.")
            raise ValueError(mend.format(part=part, reason=error)) from None

    def _work(self, work: Callable[[Connection], Any], *, to_read: bool) -> Any:
        import sqlalchemy as sa

        engine = self._engine(to_read=to_read)
        shown = engine.url.render_as_string(hide_password=True)
        try:
            with engine.begin() as connection:
                if engine.dialect.name == "sqlite":
                    # The driver opens a transaction only before INSERT; DROP and CREATE must be undone with the rest.
                    connection.exec_driver_sql("BEGIN")
                return work(connection)
        except (sa.exc.SQLAlchemyError, pd.errors.DatabaseError) as error:
            raise ValueError(_("The database {url} refuses: {reason}.").format(url=shown, reason=_reason(error))) from None
        except UnicodeError:
            raise ValueError(_("The database {url} holds text that is not UTF-8.").format(url=shown)) from None
        finally:
            engine.dispose()

    def read(self) -> Found:
        return self._work(self._read, to_read=True)

    def _read(self, connection: Connection) -> Found:
        import sqlalchemy as sa

        inspector = sa.inspect(connection)
        names = [*dict.fromkeys([*inspector.get_table_names(), *inspector.get_view_names()])]
        chosen, others = chosen_tables(names, connection.engine.url.render_as_string(hide_password=True))
        tables, findings = {}, []
        for name in TABLES:
            if name in chosen:
                tables[name], found = from_frame(_rows(connection, chosen[name]), TABLES[name])
                findings += found
        about = about_from(_rows(connection, ABOUT)) if ABOUT in names else {}
        return Found(tables, about, tuple(findings), tuple(others))

    def write(self, tables: Frames, about: Mapping[str, Any], *, replace: bool) -> None:
        self._work(lambda connection: self._write(connection, tables, about, replace), to_read=False)

    def _write(self, connection: Connection, tables: Frames, about: Mapping[str, Any], replace: bool) -> None:
        import sqlalchemy as sa

        there = set(sa.inspect(connection).get_table_names())
        if not replace and {*TABLES, ABOUT} & there:
            refuse_existing(connection.engine.url.render_as_string(hide_password=True))
        for name in sorted(set(TABLES) & there - set(tables)):
            connection.execute(sa.schema.DropTable(sa.Table(name, sa.MetaData())))
        sql_types = {"text": sa.UnicodeText(), "category": sa.String(64), "number": sa.Double(), "yes_no": sa.Boolean()}
        for name, frame in tables.items():
            types = {column.name: sql_types.get(column.dtype, sa.DateTime()) for column in TABLES[name].columns}
            plain = frame.astype({column.name: object for column in TABLES[name].columns if DTYPES[column.dtype] == DTYPES["text"]})
            plain.to_sql(name, connection, if_exists="replace", index=False, dtype=types, chunksize=10_000)
        types = {"key": sa.String(64), "value": sa.UnicodeText()}
        about_rows(about).to_sql(ABOUT, connection, if_exists="replace", index=False, dtype=types)


def _reason(error: BaseException) -> str:
    """What the database itself said, in one line: pandas wraps SQLAlchemy's error, which wraps the driver's."""
    inner = error.__cause__ if isinstance(error, pd.errors.DatabaseError) and error.__cause__ else error
    return (str(getattr(inner, "orig", None) or inner).splitlines() or ["?"])[0]


def _rows(connection: Connection, name: str) -> pd.DataFrame:
    """A whole table with its values as the driver gives them: what SQLAlchemy makes of a type fails on values of another."""
    quoted = connection.engine.dialect.identifier_preparer.quote(name)
    return pd.read_sql_query(f"SELECT * FROM {quoted}".replace("%", "%%"), connection)
