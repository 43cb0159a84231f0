"""A firm's tables in a DuckDB file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.company.databases import ABOUT, about_from, about_rows, chosen_tables
from crmlib.company.raw_tables import from_frame
from crmlib.company.schema import TABLES
from crmlib.company.storage import Found, Frames, refuse_existing
from crmlib.i18n import _

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TYPES = {"text": "VARCHAR", "category": "VARCHAR", "number": "DOUBLE", "yes_no": "BOOLEAN", "date": "TIMESTAMP", "datetime": "TIMESTAMP"}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _names(connection: DuckDBPyConnection) -> list[str]:
    asked = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1"
    return [name for (name,) in connection.execute(asked).fetchall()]


@dataclass(frozen=True)
class DuckFile:
    """A DuckDB file; beside the tables one "about" of keys and values."""

    file: Path

    def _work(self, work: Callable[[DuckDBPyConnection], Any], *, to_read: bool) -> Any:
        try:
            import duckdb
        except ImportError as error:
            raise ValueError(_('Install the driver of this database first: pip install "crmlib[{part}]" ({reason}).').format(
                part="duckdb", reason=error)) from None  # fmt: skip
        if self.file.name in ("", ":memory:"):
            raise ValueError(_("Name the DuckDB file, for example duckdb:///firm.duckdb."))
        if to_read and not self.file.is_file():
            raise ValueError(_("There is no database file {file}.").format(file=self.file))
        try:
            with duckdb.connect(str(self.file), read_only=to_read) as connection:
                return work(connection)
        except duckdb.Error as error:
            reason = (str(error).splitlines() or ["?"])[0]
            raise ValueError(_("The database {url} refuses: {reason}.").format(url=self.file, reason=reason)) from None

    def read(self) -> Found:
        return self._work(self._read, to_read=True)

    def _read(self, connection: DuckDBPyConnection) -> Found:
        names = _names(connection)
        chosen, others = chosen_tables(names, self.file)
        tables, findings = {}, []
        for name in TABLES:
            if name in chosen:
                tables[name], found = from_frame(connection.execute(f"FROM {_quoted(chosen[name])}").df(), TABLES[name])
                findings += found
        about = about_from(connection.execute(f"FROM {_quoted(ABOUT)}").df()) if ABOUT in names else {}
        return Found(tables, about, tuple(findings), tuple(others))

    def write(self, tables: Frames, about: Mapping[str, Any], *, replace: bool) -> None:
        self._work(lambda connection: self._write(connection, tables, about, replace), to_read=False)

    def _write(self, connection: DuckDBPyConnection, tables: Frames, about: Mapping[str, Any], replace: bool) -> None:
        there = set(_names(connection)) & {*TABLES, ABOUT}
        if there and not replace:
            refuse_existing(self.file)
        described = about_rows(about)
        connection.execute("BEGIN")
        for name in sorted(there):
            connection.execute(f"DROP TABLE {_quoted(name)}")
        for name, frame in tables.items():
            _fill(connection, name, frame, {column.name: _TYPES[column.dtype] for column in TABLES[name].columns})
        _fill(connection, ABOUT, described, {"key": "VARCHAR", "value": "VARCHAR"})
        connection.execute("COMMIT")


def _fill(connection: DuckDBPyConnection, name: str, frame: pd.DataFrame, types: Mapping[str, str]) -> None:
    """Rows travel as Arrow, which has room for a missing text beside the text."""
    import pyarrow as pa

    columns = ", ".join(f"{_quoted(column)} {kind}" for column, kind in types.items())
    connection.execute(f"CREATE TABLE {_quoted(name)} ({columns})")
    connection.register("rows_to_write", pa.Table.from_pandas(frame[list(types)], preserve_index=False))
    connection.execute(f"INSERT INTO {_quoted(name)} SELECT * FROM rows_to_write")
    connection.unregister("rows_to_write")
