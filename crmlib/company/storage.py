"""The places a firm's tables can lie in: which kind of place a path or URL is, and what all of them share."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Protocol

import pandas as pd

from crmlib.company.findings import Finding
from crmlib.i18n import _

Frames = Mapping[str, pd.DataFrame]
SQLITE_ENDINGS = (".sqlite", ".sqlite3", ".db")
DUCKDB_ENDINGS = (".duckdb", ".ddb")


@dataclass(frozen=True)
class Found:
    """What lies in a place: tables under the contract's names, what is said about them, what is wrong already, and what is no table."""

    tables: Frames
    about: Mapping[str, Any]
    findings: tuple[Finding, ...] = ()
    unread: tuple[str, ...] = field(default=())


class Storage(Protocol):
    """A place that tables can be read from and written to."""

    def read(self) -> Found:
        """The tables as they lie there."""

    def write(self, tables: Frames, about: Mapping[str, Any], *, replace: bool) -> None:
        """Put the tables there; with `replace`, nothing of the firm that was there before stays."""


def storage_for(place: str | os.PathLike) -> Storage:
    """The kind of place that `place` is: a URL, an .xlsx, SQLite or DuckDB file, or else a folder.

    >>> type(storage_for("firm.sqlite")).__name__, type(storage_for("duckdb:///firm.db")).__name__, type(storage_for("firm")).__name__
    ('Database', 'DuckFile', 'TableFolder')
    """
    from crmlib.company.databases import Database
    from crmlib.company.duck_file import DuckFile
    from crmlib.company.folder import TableFolder

    text = os.fspath(place)
    ending = Path(text).suffix.lower()
    if text.startswith("duckdb:"):
        return DuckFile(Path(text.partition("///")[2]))
    if "://" in text:
        return Database(text)
    if ending == ".xlsx":
        from crmlib.company.workbook import Workbook

        return Workbook(Path(text))
    if ending in SQLITE_ENDINGS:
        return Database(file=Path(text))
    if ending in DUCKDB_ENDINGS:
        return DuckFile(Path(text))
    if ending in (".xls", ".csv", ".parquet", ".txt", ".et"):
        raise ValueError(_("{place} is a single file that cannot hold a firm's tables. Give a folder of CSV or Parquet files, an .xlsx, a "
                           "SQLite or DuckDB file, or a database URL; “crm company import” makes such a folder of single files.")
                         .format(place=text))  # fmt: skip
    return TableFolder(Path(text))


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


def refuse_existing(place: object) -> NoReturn:
    """Say that there is something already."""
    raise ValueError(_("{place} already holds tables. Choose another place, or save with replace=True.").format(place=place))


def refuse_without_customers(place: object, have: Iterable[str]) -> NoReturn:
    """Say that the one table is missing without which no firm can be opened."""
    raise ValueError(_("{place} lacks the table customers (客户表); without it no other table can be used. It has: {have}.").format(
        place=place, have=", ".join(have) or "–"))  # fmt: skip


def refuse_twice(place: object, table: str, names: Iterable[str]) -> NoReturn:
    """Say that two files or sheets claim to be one table."""
    raise ValueError(_("{place} holds the table {table} more than once: {names}. Leave one of them.").format(
        place=place, table=table, names=", ".join(names)))  # fmt: skip
