"""Importing files of foreign make: which table each holds, what its headings mean, and an account in which no row goes missing."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crmlib.company.findings import Finding, Report
from crmlib.company.folder import write_parquet
from crmlib.company.foreign.asking import NONE, Ask, Question, settle_entry
from crmlib.company.foreign.building import Ledger, build
from crmlib.company.foreign.mapping import Entry, entry_for, read_mapping, to_toml
from crmlib.company.foreign.sources import Source, open_sources
from crmlib.company.naming import table_meant
from crmlib.company.schema import TABLES
from crmlib.company.storage import refuse_existing
from crmlib.company.validation import settled_table, validate
from crmlib.i18n import _

__all__ = ["ImportReport", "Question", "import_files"]

MAPPING, REPORT, ABOUT = "mapping.toml", "import-report.txt", "about.json"


@dataclass(frozen=True, eq=False)
class ImportReport:
    """What an import made of some files.

    Attributes
    ----------
    out : the folder that `Company.open` opens; beside the tables it holds mapping.toml and import-report.txt
    accounts : DataFrame, one row a file or sheet
        file, sheet, table ("" = left out), rows (in the file), headings, kept, dropped; rows = headings + kept + dropped
    lines : DataFrame, one row a thing that happened
        - what: dropped (rows that are in no table), left_out (a column), mapped, converted, derived, unreadable (cells left empty),
          check, absent
        - file, sheet, table, column, heading: where; row: as Excel counts, the first of several; text: what stands there
        - why: a sentence; count: how many rows or cells
    validation : Report on the tables as they are now
    """

    out: Path
    accounts: pd.DataFrame
    lines: pd.DataFrame
    validation: Report

    @property
    def ok(self) -> bool:
        """Whether `Company.open` opens the folder as it is."""
        return self.validation.ok

    @property
    def mapping(self) -> Path:
        """The mapping that was used, to be used again."""
        return self.out / MAPPING

    def summary(self) -> str:
        """The account in sentences: each file, what was dropped or left out and why, then what validation found."""
        lines = []
        for account in self.accounts.itertuples():
            place = f"{account.file} [{account.sheet}]" if account.sheet else account.file
            told = _("{source} → {table}: of {rows} rows {headings} hold headings, {kept} were taken over, {dropped} were dropped.")
            numbers = {name: getattr(account, name) for name in ("rows", "headings", "kept", "dropped")}
            lines.append(told.format(source=place, table=account.table or "–", **numbers))
            mine = self.lines[(self.lines.file == account.file) & (self.lines.sheet == account.sheet)]
            worth_telling = mine[mine.what != "mapped"].groupby(["what", "column", "heading", "why"], sort=False)
            lines += ["  " + _told(group) for _key, group in worth_telling]
        lines += [_("Checked against the contract:"), self.validation.summary()]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()


def _told(group: pd.DataFrame) -> str:
    first = group.iloc[0]
    place = " → ".join(filter(None, [first.heading, first.column]))
    sentence = _("{place}: {why}").format(place=place, why=first.why) if place else first.why
    if first.what in ("dropped", "unreadable", "check") and not pd.isna(first.row):
        rows = ", ".join(group.row.dropna().head(3).astype(str))
        sentence = _("{sentence} ({count}×, first in row {rows}: “{text}”)").format(
            sentence=sentence, count=int(group["count"].sum()), rows=rows, text=first.text)  # fmt: skip
    elif first.what == "left_out":
        sentence = _("{sentence} ({count} cells)").format(sentence=sentence, count=int(group["count"].sum()))
    return sentence


def import_files(
    files: Sequence[str | Path], out: str | Path, *, mapping: str | Path | None = None, ask: Ask | None = None,
    guide: Callable[[Source], Entry] | None = None, replace: bool = False,
) -> ImportReport:  # fmt: skip
    """Bring files of foreign make into the contract's tables, as a folder that `Company.open` opens.

    Answers: how do our own exports, with their own headings, become data for these methods?

    Which table a file holds and what its headings mean is guessed from names, labels and usual synonyms, Chinese and English; only where
    that leaves a doubt is `ask` called. What was decided stands afterwards in mapping.toml, with which the same import, or next month's
    files with the same headings, run unattended. Several files may hold parts of one table. A file or heading that is left out, a row that
    is empty, a total or a repetition, and a cell that cannot be read are told in the report; nothing else is lost.

    Parameters
    ----------
    files : .xlsx (each sheet is looked at), CSV in UTF-8, UTF-16 or GBK, or Parquet files
    out : folder to make; it holds a Parquet file a table, about.json, mapping.toml and import-report.txt
    mapping : a mapping.toml of an earlier import; nothing is asked then, and what it does not cover is refused
    ask : takes a Question (text, choices, default), returns one of its choices; None where nobody can be asked
    guide : settles a whole file or sheet with a person, in place of `ask`, such as `crmlib.company.foreign.guiding.Guide`
    replace : overwrite the tables that `out` already holds

    Returns
    -------
    ImportReport
        `.accounts`, `.lines`, `.validation`, `.ok` and `.summary()`. The tables are written even where they break the contract: the
        report says what to mend.

    Raises
    ------
    ValueError
        A file cannot be read, the mapping does not cover it, something had to be asked and nobody was there, or `out` cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "客户.csv"
    ...     _size = file.write_text("客户编号,客户名称,客户类型\\nC1,云雀商行,电商客户\\n合计,,\\n", encoding="gbk")
    ...     report = import_files([file], Path(folder) / "firm", ask=lambda question: question.default)
    ...     pd.read_parquet(report.out / "customers.parquet").market.tolist(), report.accounts.dropped.tolist()
    (['e_commerce'], [1])
    """
    out = Path(out).expanduser()
    _require_room(out, replace)
    entries = read_mapping(mapping) if mapping is not None else None
    sources = open_sources(files)
    if not sources:
        raise ValueError(_("There is no file to import."))
    if entries is not None:
        settled = [entry_for(source, entries, mapping) for source in sources]
    elif guide is not None:
        settled = [guide(source) for source in sources]
    else:
        settled = [settle_entry(source, ask) for source in sources] if ask else _settled_alone(sources)
    _require_whole_rows(settled)
    built = [build(source, entry) for source, entry in zip(sources, settled, strict=True)]
    tables = _joined([(entry.table, frame) for entry, (frame, _ledger) in zip(settled, built, strict=True)])
    ledgers = [ledger for _frame, ledger in built]
    report = ImportReport(out, _accounts(ledgers), _lines(ledgers), _validated(tables))
    effective = [Entry(source.file, source.sheet, entry.table, entry.columns) for source, entry in zip(sources, settled, strict=True)]
    _write(out, tables, {
        ABOUT: json.dumps({"name": out.name, "synthetic": False}, ensure_ascii=False, indent=2) + "\n",
        MAPPING: to_toml(effective),
        REPORT: report.summary() + "\n",
    })  # fmt: skip
    return report


def _settled_alone(sources: Sequence[Source]) -> list[Entry]:
    """What the files hold beyond doubt; a ValueError that names every doubt where there is one."""
    settled, doubts = [], []
    for source in sources:
        asked: list[Question] = []

        def note(question: Question, asked: list[Question] = asked) -> str:
            asked.append(question)
            return question.default or NONE

        settled.append(settle_entry(source, note))
        doubts += [question.text for question in asked if not question.wanted]
        wanted = [question for question in asked if question.wanted]
        if wanted:
            told = _("{source}: no heading is known to hold {columns}; left over are {headings}.")
            left = ", ".join(choice for choice in wanted[0].choices if choice != NONE)
            doubts.append(told.format(source=source.place, columns=", ".join(question.wanted for question in wanted), headings=left))
    if doubts:
        told = _("This has to be decided, and nobody can be asked here. Give a mapping, or import at a terminal.\n{questions}")
        raise ValueError(told.format(questions="\n".join(f"- {doubt}" for doubt in doubts)))
    return settled


def _require_whole_rows(entries: Sequence[Entry]) -> None:
    """A file whose headings fill nothing would be kept as rows without a cell: that is a loss nobody asked for."""
    for entry in entries:
        if entry.table and not any(entry.columns.values()):
            raise ValueError(_("No heading of {file} fills a column of the table {table}. Leave the file out, or map a heading.").format(
                file=entry.file, table=entry.table))  # fmt: skip


def _joined(parts: Sequence[tuple[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    tables = {}
    for name, contract in TABLES.items():
        frames = [frame for table, frame in parts if table == name]
        if frames:
            whole = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
            tables[name] = settled_table(whole, contract)[0]
    return tables


def _validated(tables: Mapping[str, pd.DataFrame]) -> Report:
    lost = [] if "customers" in tables else [Finding("no_table", "customers")]
    return validate(tables, also=lost)


def _accounts(ledgers: Sequence[Ledger]) -> pd.DataFrame:
    rows = [
        (each.source.file, each.source.sheet, each.table, len(each.source.content.rows), each.headings, each.kept, each.dropped)
        for each in ledgers
    ]
    return pd.DataFrame(rows, columns=["file", "sheet", "table", "rows", "headings", "kept", "dropped"])


def _lines(ledgers: Sequence[Ledger]) -> pd.DataFrame:
    names = ["what", "file", "sheet", "table", "column", "heading", "row", "text", "why", "count"]
    table = pd.DataFrame([line for ledger in ledgers for line in ledger.lines], columns=names)
    return table.astype({"row": "Int64", "count": "int64"})


def _require_room(out: Path, replace: bool) -> None:
    if out.exists() and not out.is_dir():
        raise ValueError(_("{path} is a file. Name a folder for the tables.").format(path=out))
    if out.is_dir() and not replace and any(table_meant(path.stem) for path in out.iterdir() if path.suffix in (".parquet", ".csv")):
        refuse_existing(out)


def _write(out: Path, tables: Mapping[str, pd.DataFrame], texts: Mapping[str, str]) -> None:
    """Everything is first written beside `out` and then put in its place, so that a failure leaves nothing half done."""
    draft = out.with_name(f".{out.name}-{uuid.uuid4().hex}")
    try:
        draft.mkdir(parents=True)
        try:
            for name, frame in tables.items():
                write_parquet(frame, draft / f"{name}.parquet")
            for name, text in texts.items():
                (draft / name).write_text(text, "utf-8", newline="\n", errors="replace")
            if out.is_dir():
                for path in sorted(draft.iterdir()):
                    os.replace(path, out / path.name)
                for name in set(TABLES) - set(tables):
                    (out / f"{name}.parquet").unlink(missing_ok=True)
            else:
                os.replace(draft, out)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise ValueError(_("Cannot write {path}: {reason}").format(path=out, reason=error.strerror or error)) from None
