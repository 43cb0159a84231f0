"""The datasheets of the shipped data, in Chinese and in English: an index, and a card a table, from the contracts and the data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from crmlib.company.calibration import MARGIN, calibration
from crmlib.company.cards import cards
from crmlib.company.causal import NODES, UNITS, causes
from crmlib.company.company import Company, in_folder, shipped_folder
from crmlib.company.scenario import Scenario
from crmlib.company.schema import TABLES, Column, Table
from crmlib.company.sheet_text import KINDS, MARKS, Words, joined, markdown_table, measure, page, plain_value, words
from crmlib.company.simulation import simulate


def datasheets(folder: Path | None = None, *, truth: Mapping[str, pd.DataFrame] | None = None) -> dict[str, str]:
    """The datasheets of the data sets in `folder` (None: the shipped ones), as relative path → text.

    Parameters
    ----------
    folder : where the data lie
    truth : of these data, from `simulate`; None: they are simulated again for it

    >>> import tempfile
    >>> firm, truth = simulate(customers=30, months=1, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     firm.save(folder)
    ...     "cards/waybills.md" in datasheets(Path(folder), truth=truth)
    True
    """
    sheets = _Sheets(folder or shipped_folder(), truth)
    return {"README.md": sheets.index()} | {f"cards/{name}.md": sheets.card(TABLES[name]) for name in sheets.company.tables}


@dataclass(frozen=True)
class _Sheets:
    folder: Path
    given: Mapping[str, pd.DataFrame] | None

    @cached_property
    def company(self) -> Company:
        return in_folder(self.folder)

    @cached_property
    def near(self) -> pd.DataFrame:
        about = self.company.about
        truth = self.given
        if truth is None:
            truth = simulate(customers=about["customers"], months=about["months"], start=about["first_day"], seed=about["seed"])[1]
        return calibration(self.company, truth).reset_index()

    def index(self) -> str:
        parts = [part for code in ("zh", "en") for part in self._index_part(words(code))]
        columns = [
            (f"`{name}`", f"`{column.name}`", column.zh, column.en, measure(column.unit, "zh"), measure(column.unit, "en"))
            for name in self.company.tables
            for column in TABLES[name].columns
        ]
        heading = ("表 table", "列 column", "中文", "English", "单位", "Unit")
        return page(
            "# 数据集 · Data sets",
            "[中文](#中文) · [English](#english) · [列 Columns](#列--columns)",
            *parts,
            "## 列 · Columns",
            markdown_table(heading, columns),
        )

    def _index_part(self, say: Words) -> Iterable[str]:
        about, tables = self.company.about, self.company.tables
        files = [
            (
                f"[{name}.parquet]({name}.parquet)",
                f"[{say(TABLES[name])}](cards/{name}.md)",
                f"{len(frame):,}",
                str(len(TABLES[name].columns)),
                *self._weight(f"{name}.parquet"),
            )
            for name, frame in tables.items()
        ]
        files.append(("[about.json](about.json)", say["whole"], "–", "–", *self._weight("about.json")))
        files += [(f"[sop/{path.name}](sop/{path.name})", say["procedure"], "–", "–", *self._weight(f"sop/{path.name}"))
                  for path in sorted((self.folder / "sop").glob("*.bpmn"))]  # fmt: skip
        files += [(f"[rules/{path.name}](rules/{path.name})", say["rule_table"], "–", "–", *self._weight(f"rules/{path.name}"))
                  for path in sorted((self.folder / "rules").glob("*"))]  # fmt: skip
        yield from (
            f"## {say['language']}",
            say["intro"].format(**about),
            f"### {say['causes']}",
            say["causes_text"],
            f"![{say['causes']}](causes.{say.code}.svg)",
            f"### {say['files']}",
            markdown_table(say["files_heading"].split("|"), files),
            f"### {say['near']}",
            say["near_text"].format(margin=MARGIN),
            self._near_table(say, self.near),
            _marks(say),
            f"### {say['again']}",
            say["again_text"].format(**about),
        )

    def card(self, table: Table) -> str:
        title = f"# {table.zh} · {table.en[0].upper()}{table.en[1:]} (`{table.name}`)"
        parts = [part for code in ("zh", "en") for part in self._card_part(table, words(code))]
        return page(title, "[中文](#中文) · [English](#english) · [总目 Index](../README.md)", *parts)

    def _card_part(self, table: Table, say: Words) -> Iterable[str]:
        card, code, file = cards()[table.name], say.code, f"{table.name}.parquet"
        yield from (
            f"## {say['language']}",
            say["synthetic"],
            f"### {say['why']}",
            card.why[code],
            f"### {say['row']}",
            joined(code, card.row[code], say["size"].format(rows=len(self.company.tables[table.name]), columns=len(table.columns))),
            f"### {say['made']}",
            card.made[code],
        )
        effects = card.pick_effects(causes())
        if len(effects):
            yield from (
                say["effects_text"],
                markdown_table(say["effects_heading"].split("|"), (_effect(say, row) for row in effects.itertuples())),
            )
        yield from (f"### {say['use']}", _bullets(card.use[code]), f"### {say['misuse']}", _bullets(card.misuse[code]))
        yield from (
            f"### {say['columns']}",
            markdown_table(say["columns_heading"].split("|"), (_column(say, column) for column in table.columns)),
        )
        values = [(f"`{column.name}`", f"`{value.code}`", say(value)) for column in table.columns for value in column.values]
        if values:
            yield from (f"### {say['values']}", markdown_table(say["values_heading"].split("|"), values))
        near = self.near[self.near["table"] == table.name]
        yield from (f"### {say['near']}", self._near_table(say, near) if len(near) else say["not_near"])
        yield from self._parameters(say, card.pick_parameters(Scenario.table()))
        yield from (f"### {say['licence']}", say["licence_text"].format(file=file, digest=self._digest(file)))

    def _parameters(self, say: Words, parameters: pd.DataFrame) -> Iterable[str]:
        yield f"### {say['parameters']}"
        if parameters.empty:
            yield say["no_parameters"]
            return
        rows = [
            (f"`{row.Index}`", plain_value(row.value, say.code), say.either(row.source_zh, row.source_en), row.mark)
            for row in parameters.itertuples()
        ]
        yield from (markdown_table(say["parameters_heading"].split("|"), rows), _marks(say))

    def _near_table(self, say: Words, near: pd.DataFrame) -> str:
        rows = [
            (
                say.either(row.zh, row.en),
                row.target,
                row.band,
                say.either(row.source_zh, row.source),
                row.mark,
                row.obtained,
                "–" if row.target == "–" else say["yes"] if row.ok else say["no"],
            )
            for row in near.itertuples()
        ]
        return markdown_table(say["near_heading"].split("|"), rows)

    def _weight(self, name: str) -> tuple[str, str]:
        return f"{-(-(self.folder / name).stat().st_size // 1024):,} KiB", f"`{self._digest(name)}`"

    def _digest(self, name: str) -> str:
        return hashlib.sha256((self.folder / name).read_bytes()).hexdigest()


def _effect(say: Words, row: object) -> tuple[str, ...]:
    nodes, unit = (say.either(*NODES[code]) for code in (row.cause, row.effect)), say.either(*UNITS[row.unit])
    size = f"{row.value:.3g}".replace("-", "−")
    return (*nodes, row.sign, f"`{row.parameter}`", size, unit, row.mark)


def _column(say: Words, column: Column) -> tuple[str, ...]:
    notes = (f" {say['key']}" if column.key else "") + (f" → `{column.ref}`" if column.ref else "")
    return (
        f"`{column.name}`{notes}",
        say(column),
        say.either(*KINDS[column.dtype]),
        measure(column.unit, say.code),
        say.either(column.meaning_zh, column.meaning_en),
        say["yes"] if column.nullable else say["no"],
    )


def _bullets(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _marks(say: Words) -> str:
    return say["marks"].format(marks=say["and"].join(f"**{mark}** {say.either(*meaning)}" for mark, meaning in MARKS.items()))
