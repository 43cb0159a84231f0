"""What validation finds, and the report that says it in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from crmlib.i18n import _


@dataclass(frozen=True)
class Finding:
    """One problem before it is put into words: its kind, where it is, in how many rows, the first of them, and what the sentence needs."""

    kind: str
    table: str
    column: str = ""
    rows: int = 0
    first: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)


def _kind_of_value(dtype: str) -> str:
    kinds = {"yes_no": _("yes or no"), "number": _("number"), "date": _("date"), "datetime": _("date and time")}
    return kinds.get(dtype, _("text"))


def _no_column(detail: Mapping[str, object]) -> tuple[str, str]:
    return _("The column is missing."), _("Add it: {meaning}.").format(meaning=detail["meaning"])


def _extra_column(detail: Mapping[str, object]) -> tuple[str, str]:
    missing = detail["missing"]
    mend = _("Rename it if it is one of {missing}; else take it out.") if missing else _("Take it out, or open the data with check=False.")
    return _("The contract has no such column."), mend.format(missing=missing)


def _unreadable(detail: Mapping[str, object]) -> tuple[str, str]:
    dtype = str(detail["dtype"])
    problem = _("Some values cannot be read as {kind}: {values}.").format(kind=_kind_of_value(dtype), values=detail["values"])
    if dtype.startswith("date"):
        return problem, _("Write days as 2024-03-05 and moments as 2024-03-05 14:30; in Excel, format the cells as dates.")
    return problem, _("Correct the cells, or empty them if nothing is known.")


def _below(detail: Mapping[str, object]) -> tuple[str, str]:
    problem = _("Below {low} or no finite number: {values}.") if detail["low"] is not None else _("No finite number: {values}.")
    return problem.format(**detail), _("Correct the rows or take them out.")


def _plain(problem: Callable[[], str], mend: Callable[[], str]) -> Callable[[Mapping[str, object]], tuple[str, str]]:
    return lambda detail: (problem().format(**detail), mend().format(**detail))


_SENTENCES: dict[str, Callable[[Mapping[str, object]], tuple[str, str]]] = {
    "no_table": _plain(lambda: _("The table is missing."), lambda: _("Add it; every other table refers to it.")),
    "no_column": _no_column,
    "extra_column": _extra_column,
    "two_headings": _plain(
        lambda: _("Two headings mean this column: {headings}. The first was taken."), lambda: _("Rename or take out the other.")),
    "unreadable": _unreadable,
    "missing": _plain(lambda: _("Nothing is entered."), lambda: _("Fill it in or take the rows out.")),
    "unknown": _plain(lambda: _("Unknown value(s): {values}."), lambda: _("Write one of {permitted}.")),
    "below": _below,
    "repeated": _plain(
        lambda: _("It must identify a row, but {values} stand(s) more than once."), lambda: _("Take the repetitions out.")),
    "astray": _plain(
        lambda: _("Not in the table {other}: {values}."), lambda: _("Add the missing entries to {other} or take the rows out.")),
    "order": _plain(
        lambda: _("It lies before {before}, which comes first: {values}."),
        lambda: _("Find out which of the two is wrong and correct it.")),
    "beyond": _plain(
        lambda: _("It lies after {after}, which comes last: {values}."),
        lambda: _("Find out which of the two is wrong and correct it.")),
    "step": _plain(
        lambda: _("It lies before an earlier step of the same {thing}: {values}."),
        lambda: _("Correct the moments or the order of the steps.")),
    "future": _plain(
        lambda: _("After {end}, the end of the data: {values}."), lambda: _('Correct the rows, or the day "end" in about.')),
    "more_cells": _plain(
        lambda: _("The row has more cells than there are headings: {values}."),
        lambda: _("If a comma stands inside a cell, put the cell in quotation marks.")),
    "fewer_cells": _plain(
        lambda: _("The row has fewer cells than there are headings; the rest count as empty."), lambda: _("Fill the row up.")),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Report:
    """Everything in a firm's data that breaks a contract.

    Attributes
    ----------
    table : DataFrame, one row a problem
        table, column ("" where the table as a whole is meant), rows (how many), first_rows (the first three, by their key, or counted
        from 1 below the headings), problem and mend (sentences in the language that was active)
    sizes : {table: rows} that were looked at
    unread : files, sheets or tables of the place that no table of the contract is called by
    unchecked : "table.column → table" references that could not be followed, because the other table is not there
    filled : "table.column" that the data lack and that was left empty or told by another column
    """

    table: pd.DataFrame
    sizes: Mapping[str, int] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return self.table.empty

    def summary(self) -> str:
        """The report in sentences, a line a problem."""
        checked = ", ".join(f"{name} ({rows:,})" for name, rows in self.sizes.items()) or "–"
        if self.ok:
            lines = [_("No problem was found. Tables and rows looked at: {tables}.").format(tables=checked)]
        else:
            lines = [_("Problems found: {count}. Tables and rows looked at: {tables}.").format(count=len(self.table), tables=checked)]
        lines += [_line(problem) for problem in self.table.itertuples()]
        if self.unread:
            lines.append(_("Not read, because no table is called so: {names}.").format(names=", ".join(self.unread)))
        if self.unchecked:
            lines.append(_("Not checked, because the other table is not there: {references}.").format(references=", ".join(self.unchecked)))
        if self.filled:
            lines.append(_("The data lack these columns, which were filled in: {columns}.").format(columns=", ".join(self.filled)))
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()


def _line(problem: tuple) -> str:
    place = {
        "table": problem.table,
        "column": problem.column,
        "count": problem.rows,
        "rows": problem.first_rows,
        "problem": problem.problem,
        "mend": problem.mend,
    }
    if problem.column and problem.rows:
        return _("Table {table}, column {column}, {count} row(s), first {rows}: {problem} {mend}").format(**place)
    if problem.rows:
        return _("Table {table}, {count} row(s), first {rows}: {problem} {mend}").format(**place)
    if problem.column:
        return _("Table {table}, column {column}: {problem} {mend}").format(**place)
    return _("Table {table}: {problem} {mend}").format(**place)


def report(
    findings: Iterable[Finding], *, sizes: Mapping[str, int], unread: Iterable[str] = (), unchecked: Iterable[str] = (),
    filled: Iterable[tuple[str, str]] = (),
) -> Report:  # fmt: skip
    """The findings in words.

    >>> report([Finding("missing", "customers", "name", 1, "C00001")], sizes={"customers": 3}).table.rows.tolist()
    [1]
    """
    lines = [(each.table, each.column, each.rows, each.first, *_SENTENCES[each.kind](each.detail)) for each in findings]
    table = pd.DataFrame(lines, columns=["table", "column", "rows", "first_rows", "problem", "mend"])
    return Report(table.astype({"rows": "int64"}), dict(sizes), tuple(unread), tuple(unchecked), tuple(_how(*each) for each in filled))


def _how(column: str, source: str) -> str:
    return (_("{column} (told by {source})") if source else _("{column} (empty)")).format(column=column, source=source)
