"""Going through a foreign file with a person: what each heading seems to mean, with examples, and room to say otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crmlib.company.contract import Column, Table
from crmlib.company.customer_list.headings import heading
from crmlib.company.foreign.asking import NONE, describes_others, label_of, needed_still
from crmlib.company.foreign.guessing import guess, guess_table
from crmlib.company.foreign.mapping import LEFT_OUT, Entry
from crmlib.company.foreign.sources import Source
from crmlib.company.naming import column_meant, table_meant
from crmlib.company.schema import TABLES
from crmlib.i18n import _, language

_EXAMPLES, _LONGEST = 3, 20


@dataclass(frozen=True)
class Guide:
    """Settles one file or sheet after the other with a person at a terminal.

    `say` shows a line; `prompt` shows a question and gives back the answer, or the second text where the answer is empty.

    >>> from crmlib.company.customer_list.sheets import Sheet
    >>> source = Source("运单.csv", "", Sheet([["运单号", "备注"], ["W1", "急"]]), 0)
    >>> Guide(say=lambda line: None, prompt=lambda question, default: default)(source).columns
    {'运单号': 'waybill_id', '备注': ''}
    """

    say: Callable[[str], object]
    prompt: Callable[[str, str], str]

    def __call__(self, source: Source) -> Entry:
        if describes_others(source):
            return Entry(source.file, source.sheet, LEFT_OUT, dict.fromkeys(source.headings, LEFT_OUT))
        rows = max(len(source.content.rows) - source.top - 1, 0)
        self.say("")
        self.say(_("{source}: headings in row {row}, {rows:,} rows below.").format(source=source.place, row=source.top + 1, rows=rows))
        name = self._table(source)
        if name == NONE:
            return Entry(source.file, source.sheet, LEFT_OUT, dict.fromkeys(source.headings, LEFT_OUT))
        contract = TABLES[name]
        columns, doubtful = _suggested(source, contract)
        self._show(source, contract, columns, doubtful)
        for text, likely in doubtful.items():
            self._ask_column(text, likely if likely not in columns.values() else NONE, contract, columns)
        self._ask_missing(source, contract, columns)
        self._change(source, contract, columns)
        return Entry(source.file, source.sheet, name, columns)

    def _table(self, source: Source) -> str:
        likely = guess_table([source.sheet, Path(source.file).stem], source.headings)[0] or NONE
        seems = _("It seems to be {table} ({label}).").format(table=likely, label=label_of(TABLES[likely])) if likely != NONE else _(
            "It is not clear which table it is. Its headings: {headings}.").format(headings=", ".join(source.headings))  # fmt: skip
        self.say(seems)
        while True:
            answer = self.prompt(_("Table (Enter: {default}; “-” leaves it out)").format(default=likely), likely).strip()
            if answer == NONE or (table := table_meant(answer)):
                return answer if answer == NONE else table
            told = _("“{answer}” is no table. There are: {tables}.")
            self.say(told.format(answer=answer, tables=", ".join(f"{each.name} ({label_of(each)})" for each in TABLES.values())))

    def _show(self, source: Source, contract: Table, columns: Mapping[str, str], doubtful: Mapping[str, str]) -> None:
        for number, (text, column) in enumerate(columns.items(), start=1):
            meant = f"{column} ({label_of(contract[column])})" if column else f"{doubtful[text]}?" if text in doubtful else NONE
            examples = ", ".join(_examples(source, number - 1)) or "–"
            self.say(_("{number:>4}  {heading} [{examples}] → {column}").format(
                number=number, heading=text, examples=examples, column=meant))  # fmt: skip

    def _ask_column(self, text: str, likely: str, contract: Table, columns: dict[str, str]) -> None:
        question = _("Which column does “{heading}” fill? (Enter: {default}; “-” leaves it out; “?” lists the columns)")
        while True:
            answer = self.prompt(question.format(heading=text, default=likely), likely).strip()
            if answer == NONE:
                columns[text] = LEFT_OUT
                return
            if column := column_meant(answer, contract):
                self._fill(text, column, columns)
                return
            if answer not in ("?", "？"):
                self.say(_("“{answer}” is no column of {table}.").format(answer=answer, table=contract.name))
            self.say(", ".join(f"{each.name} ({label_of(each)})" for each in contract.columns))

    def _fill(self, text: str, column: str, columns: dict[str, str]) -> None:
        for other, filled in columns.items():
            if filled == column and other != text:
                columns[other] = LEFT_OUT
                self.say(_("“{heading}” is left out now; it filled {column} before.").format(heading=other, column=column))
        columns[text] = column

    def _ask_missing(self, source: Source, contract: Table, columns: dict[str, str]) -> None:
        for column in needed_still(contract, columns):
            left = [text for text, filled in columns.items() if filled == LEFT_OUT]
            if not left:
                return
            question = _("No heading fills {column} ({meaning}). Which one does? Its number, or Enter if none does").format(
                column=column.name, meaning=_meaning(column))  # fmt: skip
            if text := self._numbered(question, columns):
                columns[text] = column.name

    def _change(self, source: Source, contract: Table, columns: dict[str, str]) -> None:
        while text := self._numbered(_("Enter takes this over; the number of a heading changes it"), columns):
            self._ask_column(text, columns[text] or NONE, contract, columns)
            self._show(source, contract, columns, {})

    def _numbered(self, question: str, columns: Mapping[str, str]) -> str:
        """The heading whose number was answered, or "" for none."""
        while True:
            answer = self.prompt(question, "").strip()
            if answer in ("", NONE):
                return ""
            if answer in columns:
                return answer
            if answer.isdecimal() and 1 <= int(answer) <= len(columns):
                return list(columns)[int(answer) - 1]
            self.say(_("“{answer}” is no number from 1 to {last}.").format(answer=answer, last=len(columns)))


def _suggested(source: Source, contract: Table) -> tuple[dict[str, str], dict[str, str]]:
    """The column that each heading fills for sure, and the likely one of doubtful headings; of two for one column the second is doubtful."""
    columns = dict.fromkeys(source.headings, LEFT_OUT)
    found = {text: read for text in columns if (read := guess(heading(text), contract))}
    for text, read in found.items():
        if read.sure and read.column not in columns.values():
            columns[text] = read.column
    return columns, {text: read.column for text, read in found.items() if columns[text] == LEFT_OUT}


def _examples(source: Source, place: int) -> list[str]:
    below = (row[place] for row in source.content.rows[source.top + 1 :] if place < len(row))
    texts: dict[str, None] = {}
    for cell in below:
        if cell is not None:
            text = " ".join(str(cell).split())
            texts[text if len(text) <= _LONGEST else text[:_LONGEST] + "…"] = None
            if len(texts) == _EXAMPLES:
                break
    return list(texts)


def _meaning(column: Column) -> str:
    return column.meaning_zh if language() == "zh" else column.meaning_en
