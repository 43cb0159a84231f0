"""What reading a customer list tells besides the table: each mapping, conversion, gap and dropped row."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from crmlib.i18n import _

KINDS = ("read", "mapped", "generated", "converted", "check", "duplicate", "missing", "dropped", "kept_as_is", "absent")
"""What a line of the report can say, in the order in which the summary says it."""


@dataclass
class Notes:
    """The lines of a report while it is being written."""

    lines: list[tuple] = field(default_factory=list)

    def add(
        self, what: str, why: str, *, column: str = "", heading: str = "", row: int | None = None, text: object = "", count: int = 1
    ) -> None:
        """Write down one line; see ImportResult for what the parts mean."""
        self.lines.append((what, column, heading, row, "" if text is None else str(text), why, count))

    def frame(self) -> pd.DataFrame:
        """The lines as a table."""
        table = pd.DataFrame(self.lines, columns=["what", "column", "heading", "row", "text", "why", "count"])
        return table.astype({"row": "Int64", "count": "int64"})


@dataclass(frozen=True, eq=False)
class ImportResult:
    """A customer list that was read, and what happened on the way.

    Attributes
    ----------
    table : DataFrame, one row a customer, in the order of the file
        The columns of the customers contract that the list has, then revenue_yuan (yuan), parcels and margin_yuan (yuan) where it has
        them, then every other column of the list under its own heading.
    report : DataFrame, one row a column or row that there is something to say about
        - what: read (how the file was opened), mapped, generated (ids made up), converted, check (read, but look at it), duplicate,
          missing (no value, or none that could be read), dropped (a row that is not in the table), kept_as_is (a column that fits
          nothing), absent (a column of the contract that the list lacks)
        - column: the contract's column, "" where none; heading: the heading in the list
        - row: the row number as Excel shows it, missing where a whole column is meant; of several rows, the first
        - text: what stands in the file
        - why: a sentence in the language that was active
        - count: how many cells or rows the line speaks of
    """

    table: pd.DataFrame
    report: pd.DataFrame

    def summary(self) -> str:
        """The report in sentences, like lines drawn together."""
        dropped = int(self.report.loc[self.report.what == "dropped", "count"].sum())
        lines = [
            _("{customers} customers were read; {dropped} rows of the file are not in the table.").format(
                customers=len(self.table), dropped=dropped
            )
        ]
        for kind in KINDS:
            part = self.report[self.report.what == kind]
            if kind == "absent" and len(part):
                lines.append(_("Not in the list: {columns}.").format(columns=", ".join(part.column)))
            elif kind == "mapped" and len(part):
                lines.append(_("Read as:"))
                lines += [f"  {heading} → {column}" for heading, column in zip(part.heading, part.column, strict=True)]
            elif len(part):
                lines.append(_title(kind))
                lines += [_line(group) for _key, group in part.groupby(["column", "heading", "why"], sort=False)]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()


def _title(kind: str) -> str:
    return {
        "read": _("The file:"),
        "generated": _("Made up:"),
        "converted": _("Converted:"),
        "check": _("Please look at:"),
        "duplicate": _("One id, several rows:"),
        "missing": _("Missing:"),
        "dropped": _("Not in the table:"),
        "kept_as_is": _("Kept as they are:"),
    }[kind]


def _line(group: pd.DataFrame) -> str:
    first, total = group.iloc[0], int(group["count"].sum())
    numbers = group.row.dropna().head(3).astype(str)
    rows, sentence, place = ", ".join(numbers), first.why, first.column or first.heading
    texts = ", ".join(f"“{text}”" for text in dict.fromkeys(group.text.head(3)) if text)
    if len(numbers) and total > len(numbers):
        sentence = _("{sentence} ({count}×, first in row {rows})").format(sentence=sentence, count=total, rows=rows)
    elif len(numbers):
        sentence = _("{sentence} (row {rows})").format(sentence=sentence, rows=rows)
    if texts:
        sentence = _("{sentence} {texts}").format(sentence=sentence, texts=texts)
    return "  " + (_("{column}: {sentence}").format(column=place, sentence=sentence) if place else sentence)
