"""What a grading tells the instructor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from crmlib.i18n import _

if TYPE_CHECKING:
    import pandas as pd

ROW_COLUMNS = ("student", "sheet", "status", "score", "max", "seconds", "notes")
CHANGE_COLUMNS = ("student", "sheet", "item", "before", "after", "why")


@dataclass(frozen=True)
class GradeReport:
    """One grading of a class.

    Attributes
    ----------
    submissions, moved : tuple of mappings
        What :attr:`rows` and :attr:`changes` are tables of.
    stopped : bool
        Ended by Ctrl-C before the end.
    """

    submissions: tuple[Mapping, ...]
    moved: tuple[Mapping, ...]
    stopped: bool = False

    @cached_property
    def rows(self) -> pd.DataFrame:
        """A row a submission: student, sheet, status (graded, unchanged, failed), score (less the late penalty), max, seconds, notes
        (a sentence a line)."""
        return _table(self.submissions, ROW_COLUMNS, ("score", "max", "seconds"))

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Items whose automatic points are others than before: student, sheet, item, before, after, why ("sheet" where the sheet was
        corrected, "submission" where the student has handed in again)."""
        return _table(self.moved, CHANGE_COLUMNS, ("before", "after"))

    def summary(self) -> str:
        """How many were graded, who gained or lost, and every sentence about a submission.

        >>> GradeReport((), ()).summary()
        'Nothing was handed in.'
        """
        if not self.submissions:
            return _("Nothing was handed in.")
        count = Counter(row["status"] for row in self.submissions)
        lines = [
            _("{graded} graded, {unchanged} unchanged, {failed} failed.").format(
                **{status: count[status] for status in ("graded", "unchanged", "failed")}
            )
        ]
        for row in self.submissions:
            lines += [f"{row['student']}  {row['sheet']}  {note}" for note in row["notes"].splitlines()]
        moved = [row for row in self.moved if row["why"] == "sheet"]
        if moved:
            lines.append(_("Since the sheet was corrected:"))
        for row in moved:
            before, after = row["before"], row["after"]
            lines.append(f"{row['student']}  {row['sheet']}  {row['item']}  {before:g} → {after:g}  ({after - before:+g})")
        if self.stopped:
            lines.append(_("Stopped before the end. Start again to grade the rest; nothing is graded twice."))
        return "\n".join(lines)


def _table(rows: Iterable[Mapping], columns: Iterable[str], numbers: Iterable[str]) -> pd.DataFrame:
    import pandas as pd  # a tenth of what `crm grade` would import otherwise, and it asks for no table

    return pd.DataFrame(rows, columns=list(columns)).astype(dict.fromkeys(numbers, float))
