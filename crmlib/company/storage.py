"""The places a firm's tables can lie in: a folder of Parquet files, or a database. Excel files are in `workbook`."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from crmlib.company.schema import DTYPES, TABLES
from crmlib.i18n import _

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

Frames = dict[str, pd.DataFrame]
SQLITE_ENDINGS = (".sqlite", ".sqlite3", ".db")


class Storage(Protocol):
    """A place that tables can be read from and written to."""

    def read(self) -> tuple[Frames, dict[str, Any]]:
        """The tables as they lie there, and what is said about them."""

    def write(self, tables: Frames, about: dict[str, Any], *, replace: bool) -> None:
        """Put the tables there."""


def storage_for(place: str | os.PathLike) -> Storage:
    """The kind of place that `place` is: a URL, an .xlsx file, a SQLite file, or else a folder.

    >>> type(storage_for("firm.sqlite")).__name__
    'Database'
    """
    text = os.fspath(place)
    ending = Path(text).suffix.lower()
    if "://" in text:
        return Database(text)
    if ending == ".xlsx":
        from crmlib.company.workbook import Workbook

        return Workbook(Path(text))
    if ending in SQLITE_ENDINGS:
        return Database(file=Path(text))
    if ending in (".xls", ".csv", ".parquet", ".txt", ".et"):
        raise ValueError(_("{place} is a single file that cannot hold a firm's tables. Give a folder of Parquet files, an .xlsx, "
                           "a SQLite file or a database URL.").format(place=text))  # fmt: skip
    return ParquetFolder(Path(text))


def replace_file(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside `path` by `write`, then put it in its place, so that nobody ever sees half a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.stem}-{uuid.uuid4().hex}{path.suffix}")
        try:
            write(draft)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise ValueError(_("Cannot write {path}: {reason}").format(path=path, reason=error.strerror or error)) from None


def refuse_existing(place: object) -> None:
    """Say that there is something already."""
    raise ValueError(_("{place} already holds tables. Choose another place, or save with replace=True.").format(place=place))


@dataclass(frozen=True)
class ParquetFolder:
    """A folder with a Parquet file a table, and about.json."""

    folder: Path

    def read(self) -> tuple[Frames, dict[str, Any]]:
        if not self.folder.is_dir():
            raise ValueError(_("There is no folder {folder}.").format(folder=self.folder))
        missing = [f"{name}.parquet" for name in TABLES if not (self.folder / f"{name}.parquet").is_file()]
        if missing:
            raise ValueError(_("The folder {folder} lacks {missing}.").format(folder=self.folder, missing=", ".join(missing)))
        return {name: _read_parquet(self.folder / f"{name}.parquet") for name in TABLES}, self._about()

    def _about(self) -> dict[str, Any]:
        path = self.folder / "about.json"
        try:
            about = json.loads(path.read_text("utf-8-sig")) if path.is_file() else {}
        except (OSError, ValueError):
            about = None
        if not isinstance(about, dict):
            raise ValueError(_("{path} cannot be read. Mend or delete it; it only describes the tables.").format(path=path))
        return about

    def write(self, tables: Frames, about: dict[str, Any], *, replace: bool) -> None:
        if not replace and any((self.folder / f"{name}.parquet").exists() for name in tables):
            refuse_existing(self.folder)
        for name, frame in tables.items():
            replace_file(self.folder / f"{name}.parquet", lambda path, frame=frame: _write_parquet(frame, path))
        text = json.dumps(about, ensure_ascii=False, indent=2) + "\n"
        replace_file(self.folder / "about.json", lambda path: path.write_text(text, "utf-8", newline="\n"))


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow as pa

    try:
        return pd.read_parquet(path)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(_("{path} is not a readable Parquet file: {reason}").format(path=path, reason=reason)) from None


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, engine="pyarrow", compression="zstd", compression_level=12, index=False)


def _read_about(table: pd.DataFrame) -> dict[str, Any]:
    try:
        return {key: json.loads(value) for key, value in zip(table["key"], table["value"], strict=True)}
    except (KeyError, TypeError, ValueError):
        raise ValueError(_('The table "about" of the database cannot be read. It needs the columns key and value (JSON).')) from None


@dataclass(frozen=True)
class Database:
    """A database that SQLAlchemy can reach, by its URL or as a SQLite file; beside the tables one "about" of keys and values."""

    url: str = ""
    file: Path | None = None

    def _engine(self, *, to_read: bool) -> Engine:
        import sqlalchemy as sa

        try:
            url = sa.URL.create("sqlite", database=str(self.file)) if self.file else sa.make_url(self.url)
            file = url.database if url.get_backend_name() == "sqlite" else None
            if to_read and file not in (None, "", ":memory:") and not Path(file).is_file():
                raise ValueError(_("There is no database file {file}.").format(file=file))
            return sa.create_engine(url)
        except sa.exc.ArgumentError:
            raise ValueError(_("{url} is not the URL of a database. Write, for example, sqlite:///firm.db.").format(url=self.url)) from None
        except ImportError as error:
            raise ValueError(_("Install the driver of this database first: {reason}.").format(reason=error)) from None

    def _work(self, work: Callable[[Connection], Any], *, to_read: bool) -> Any:
        import sqlalchemy as sa

        engine = self._engine(to_read=to_read)
        try:
            with engine.begin() as connection:
                if engine.dialect.name == "sqlite":
                    # The driver opens a transaction only before INSERT; DROP and CREATE must be undone with the rest.
                    connection.exec_driver_sql("BEGIN")
                return work(connection)
        except sa.exc.SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            shown = engine.url.render_as_string(hide_password=True)
            raise ValueError(_("The database {url} refuses: {reason}.").format(url=shown, reason=reason)) from None
        finally:
            engine.dispose()

    def read(self) -> tuple[Frames, dict[str, Any]]:
        return self._work(self._read, to_read=True)

    def _read(self, connection: Connection) -> tuple[Frames, dict[str, Any]]:
        import sqlalchemy as sa

        found = {*sa.inspect(connection).get_table_names(), *sa.inspect(connection).get_view_names()}
        missing = [name for name in TABLES if name not in found]
        if missing:
            raise ValueError(_("The database lacks the table(s) {missing}. It has: {have}.").format(
                missing=", ".join(missing), have=", ".join(sorted(found)) or "–"))  # fmt: skip
        about = pd.read_sql_table("about", connection) if "about" in found else pd.DataFrame({"key": [], "value": []})
        return {name: pd.read_sql_table(name, connection) for name in TABLES}, _read_about(about)

    def write(self, tables: Frames, about: dict[str, Any], *, replace: bool) -> None:
        self._work(lambda connection: self._write(connection, tables, about, replace), to_read=False)

    def _write(self, connection: Connection, tables: Frames, about: dict[str, Any], replace: bool) -> None:
        import sqlalchemy as sa

        if not replace and {*tables, "about"} & set(sa.inspect(connection).get_table_names()):
            refuse_existing(connection.engine.url.render_as_string(hide_password=True))
        sql_types = {"text": sa.Unicode(255), "category": sa.String(32), "number": sa.Double(), "yes_no": sa.Boolean()}
        for name, frame in tables.items():
            types = {column.name: sql_types.get(column.dtype, sa.DateTime()) for column in TABLES[name].columns}
            plain = frame.astype({column.name: object for column in TABLES[name].columns if DTYPES[column.dtype] == DTYPES["text"]})
            plain.to_sql(name, connection, if_exists="replace", index=False, dtype=types, chunksize=10_000)
        rows = pd.DataFrame({"key": list(about), "value": [json.dumps(value, ensure_ascii=False) for value in about.values()]})
        rows.astype(object).to_sql("about", connection, if_exists="replace", index=False, dtype={"key": sa.String(64), "value": sa.Text()})
