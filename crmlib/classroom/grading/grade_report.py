"""What a grading tells the instructor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from crmlib.i18n import _

ROW_COLUMNS = ("student", "sheet", "status", "score", "max", "seconds", "notes")
CHANGE_COLUMNS = ("student", "sheet", "item", "before", "after", "why")


@dataclass(frozen=True)
class GradeReport:
    """One grading of a class.

    Attributes
    ----------
    rows : DataFrame
        A row a submission: student, sheet, status (graded, unchanged, failed), score (less the late penalty), max, seconds, notes
        (a sentence a line).
    changes : DataFrame
        Items whose automatic points are others than before: student, sheet, item, before, after, why ("sheet" where the sheet was
        corrected, "submission" where the student has handed in again).
    stopped : bool
        Ended by Ctrl-C before the end.
    """

    rows: pd.DataFrame
    changes: pd.DataFrame
    stopped: bool = False

    def summary(self) -> str:
        """How many were graded, who gained or lost, and every sentence about a submission.

        >>> GradeReport.of([], []).summary()
        'Nothing was handed in.'
        """
        if self.rows.empty:
            return _("Nothing was handed in.")
        count = self.rows.status.value_counts()
        lines = [
            _("{graded} graded, {unchanged} unchanged, {failed} failed.").format(
                **{status: int(count.get(status, 0)) for status in ("graded", "unchanged", "failed")}
            )
        ]
        for row in self.rows.itertuples():
            lines += [f"{row.student}  {row.sheet}  {note}" for note in row.notes.splitlines()]
        moved = self.changes[self.changes.why == "sheet"]
        if not moved.empty:
            lines.append(_("Since the sheet was corrected:"))
        for row in moved.itertuples():
            lines.append(f"{row.student}  {row.sheet}  {row.item}  {row.before:g} → {row.after:g}  ({row.after - row.before:+g})")
        if self.stopped:
            lines.append(_("Stopped before the end. Start again to grade the rest; nothing is graded twice."))
        return "\n".join(lines)

    @classmethod
    def of(cls, rows: Iterable[Mapping], changes: Iterable[Mapping], *, stopped: bool = False) -> GradeReport:
        """From a mapping a row."""
        table, moved = pd.DataFrame(rows, columns=list(ROW_COLUMNS)), pd.DataFrame(changes, columns=list(CHANGE_COLUMNS))
        numbers = {"score": float, "max": float, "seconds": float}
        return cls(table.astype(numbers), moved.astype({"before": float, "after": float}), stopped)
