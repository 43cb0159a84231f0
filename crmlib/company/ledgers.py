"""Where logs and cases are kept: tables that only grow, in SQLite or PostgreSQL, safe with several writers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.i18n import _

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

_PATIENCE_SECONDS = 30


def ledger_engine(place: object) -> Engine:
    """Open a database for tables that only grow: a file of SQLite, or SQLite or PostgreSQL by URL.

    Parameters
    ----------
    place : path or URL
        A connection with the execution option ``writing=True`` takes SQLite's lock when it begins.

    Returns
    -------
    sqlalchemy.engine.Engine

    Raises
    ------
    ValueError
        There is no such folder, the URL is none, it names another kind of database, or its driver is not installed.

    >>> ledger_engine("sqlite://").dialect.name
    'sqlite'
    """
    import sqlalchemy as sa

    text = str(place)
    if "://" in text:
        text = "postgresql" + text.removeprefix("postgres") if text.startswith("postgres:") else text
    elif not Path(text).absolute().parent.is_dir():
        raise ValueError(_("There is no folder {folder} for this file.").format(folder=Path(text).absolute().parent))
    try:
        url = sa.make_url(text) if "://" in text else sa.URL.create("sqlite", database=text)
        url = url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError(_("Entries are kept in SQLite or PostgreSQL, not in {kind}.").format(kind=url.get_backend_name()))
        if url.get_backend_name() == "postgresql":
            return sa.create_engine(url, poolclass=sa.pool.NullPool)
        memory = url.database in (None, "", ":memory:")
        options = {"timeout": _PATIENCE_SECONDS, "check_same_thread": not memory}
        engine = sa.create_engine(url, poolclass=sa.pool.StaticPool if memory else sa.pool.NullPool, connect_args=options)
    except sa.exc.ArgumentError:
        raise ValueError(_("{url} is not the URL of a database. Write, for example, sqlite:///firm.db.").format(url=place)) from None
    except ImportError as error:
        mend = _('Install the driver of this database first: pip install "crmlib[{part}]" ({reason}).')
        raise ValueError(mend.format(part="postgres", reason=error)) from None

    @sa.event.listens_for(engine, "connect")
    def _own_transactions(connection: Any, _record: object) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes the lock at once: two who read first and then both want to write would block each other.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")

    return engine
