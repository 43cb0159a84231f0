"""How far a grading is: a bar with the time left on a terminal, a line a submission elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Self

from crmlib.i18n import _


class Progress:
    """A context manager; :meth:`step` after each submission.

    >>> with Progress(1, shown=False) as shown:
    ...     shown.step({"student": "2026001", "sheet": "1-1", "status": "graded", "notes": []})
    """

    def __init__(self, total: int, *, shown: bool) -> None:
        self.total, self.shown, self.done, self.bar = total, shown, 0, None

    def __enter__(self) -> Self:
        if self.shown and sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=self.total, unit="", dynamic_ncols=True, desc=_("Grading"))
        return self

    def __exit__(self, *_error) -> None:
        if self.bar is not None:
            self.bar.close()

    def step(self, row: Mapping) -> None:
        """One submission is done."""
        self.done += 1
        if self.bar is not None:
            self.bar.set_postfix_str(row["student"], refresh=False)
            self.bar.update()
        elif self.shown:
            names = {"graded": _("graded"), "unchanged": _("unchanged"), "failed": _("failed")}
            print(f"{self.done}/{self.total}  {row['student']}  {row['sheet']}  {names[row['status']]}", file=sys.stderr, flush=True)
