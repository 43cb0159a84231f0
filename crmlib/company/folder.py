"""A folder with one CSV or Parquet file a table, or a folder of Parquet parts a table, and about.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from crmlib.company.compact import read_compact
from crmlib.company.contract import Table, conform
from crmlib.company.findings import Finding
from crmlib.company.naming import column_meant, table_meant
from crmlib.company.raw_tables import from_frame, from_rows
from crmlib.company.schema import TABLES
from crmlib.company.storage import Found, Frames, refuse_existing, refuse_twice, refuse_without_customers, replace_file
from crmlib.company.text_files import decode, rows_of
from crmlib.i18n import _

_ENDINGS = (".parquet", ".csv", ".tsv")


@dataclass(frozen=True)
class TableFolder:
    """A folder whose files, or folders of parts, are called like tables, by their name or their label in either language."""

    folder: Path

    def read(self) -> Found:
        if not self.folder.is_dir():
            raise ValueError(_("There is no folder {folder}.").format(folder=self.folder))
        if (self.folder / "manifest.json").is_file() and (self.folder / "parts").is_dir() and not (self.folder / "about.json").is_file():
            raise ValueError(_("{folder} holds a simulation that was stopped half-way. Run the same command again to finish it.").format(
                folder=self.folder))  # fmt: skip
        files, others = self._files()
        if "customers" not in files:
            refuse_without_customers(self.folder, [path.name for path in files.values()] + others)
        tables, findings = {}, []
        for name in TABLES:
            if name in files:
                tables[name], found = _read(files[name], TABLES[name])
                findings += found
        return Found(tables, self.about(), tuple(findings), tuple(others))

    def names(self) -> list[str]:
        """The tables of which there is a file."""
        files = self._files()[0]
        return [name for name in TABLES if name in files]

    def table(self, name: str) -> pd.DataFrame:
        """One table that `write` put here, with exactly the columns and types of its contract."""
        return conform(read_parquet(self.folder / f"{name}.parquet"), TABLES[name])

    def _files(self) -> tuple[dict[str, Path], list[str]]:
        """The file or folder of each table, and the names of files that look like tables of which the contract knows nothing."""
        files: dict[str, Path] = {}
        others = []
        for path in sorted(self.folder.iterdir()):
            if path.name.startswith((".", "~")):
                continue
            whole = path.suffix.lower() in _ENDINGS and path.is_file()
            if not whole and not (table_meant(path.name) and parts_of(path)):
                continue
            name = table_meant(path.stem if whole else path.name)
            if name is None:
                others.append(path.name)
            elif name in files:
                refuse_twice(self.folder, name, [files[name].name, path.name])
            else:
                files[name] = path
        return files, others

    def about(self) -> dict[str, Any]:
        """What about.json says of the data as a whole."""
        path = self.folder / "about.json"
        try:
            about = json.loads(path.read_text("utf-8-sig")) if path.is_file() else {}
        except (OSError, ValueError):
            about = None
        if not isinstance(about, dict):
            raise ValueError(_("{path} cannot be read. Mend or delete it; it only describes the tables.").format(path=path))
        return about

    def write(self, tables: Frames, about: Mapping[str, Any], *, replace: bool) -> None:
        there = self._files()[0] if self.folder.is_dir() else {}
        ours = {name: self.folder / f"{name}.parquet" for name in there}
        foreign = [path.name for name, path in there.items() if path != ours[name]]
        if foreign:
            raise ValueError(_("{folder} holds tables that were not saved from here: {files}. Choose another folder.").format(
                folder=self.folder, files=", ".join(foreign)))  # fmt: skip
        if there and not replace:
            refuse_existing(self.folder)
        for name, frame in tables.items():
            replace_file(self.folder / f"{name}.parquet", lambda path, frame=frame: write_parquet(frame, path))
        text = json.dumps(dict(about), ensure_ascii=False, indent=2) + "\n"
        replace_file(self.folder / "about.json", lambda path: path.write_text(text, "utf-8", newline="\n"))
        for name, path in ours.items():
            if name not in tables:
                path.unlink()


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write one table as the house packs them."""
    frame.to_parquet(path, engine="pyarrow", compression="zstd", compression_level=12, index=False)


def parts_of(folder: Path) -> list[Path]:
    """The Parquet files in a folder that holds one table in parts, in the order of their names."""
    return sorted(path for path in folder.glob("*.parquet") if not path.name.startswith(".")) if folder.is_dir() else []


def _read(path: Path, contract: Table) -> tuple[pd.DataFrame, list[Finding]]:
    if path.is_dir():
        return from_frame(pd.concat([read_parquet(part) for part in parts_of(path)], ignore_index=True), contract)
    return from_frame(read_parquet(path), contract) if path.suffix.lower() == ".parquet" else _read_text(path, contract)


def read_parquet(path: Path) -> pd.DataFrame:
    """The frame in a Parquet file.

    Raises
    ------
    ValueError
        The file is no Parquet file, or cannot be opened.
    """
    import pyarrow as pa

    try:
        return read_compact(path)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        reason = (str(error).splitlines() or ["?"])[0]
        raise ValueError(_("{path} is not a readable Parquet file: {reason}").format(path=path, reason=reason)) from None


def _read_text(path: Path, contract: Table) -> tuple[pd.DataFrame, list[Finding]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(_("Cannot read {path}: {reason}").format(path=path, reason=error.strerror or error)) from None

    def score(rows: list[list[str]]) -> tuple[int, int]:
        first = next((row for row in rows if any(cell.strip() for cell in row)), [])
        return sum(column_meant(cell, contract) is not None for cell in first), len(first)

    rows, _delimiter = rows_of(decode(data, path.name)[0], path.name, score)
    filled = [row for row in rows if any(cell is not None for cell in row)]
    if not filled:
        raise ValueError(_("The file {file} is empty. It needs at least a row of headings.").format(file=path.name))
    return from_rows(filled, contract)
