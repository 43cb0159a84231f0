"""What persons decided of pairs: a log that only grows, in which every decision can be taken back."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from crmlib.checks import need_frame, require_columns
from crmlib.company.storage import replace_file
from crmlib.i18n import _
from crmlib.segments.per_customer import day

COLUMNS = ("entry", "event", "left", "right", "answer", "reason", "by", "on", "undoes")
ANSWERS = ("same", "different")


def _empty() -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: pd.Series(dtype="int64" if name in ("entry", "undoes") else "object")
            for name in COLUMNS
        }
    )


@dataclass(frozen=True, eq=False)
class Decisions:
    """A log to which entries are only added; every change gives new Decisions.

    `log`, one row an entry: entry (its number), event (decided or undone), left, right (record_id, the smaller first), answer (same,
    different), reason, by, on (day), undoes (the entry taken back, else 0).

    Source: rule of this library: a merge of customers is never silent and never final.

    >>> taken = Decisions().add("DD1", "ZF1", answer="same", reason="the customer said so", by="E. Li", on="2026-11-01")
    >>> taken.current()[["left", "right", "answer"]].values.tolist()
    [['DD1', 'ZF1', 'same']]
    >>> len(taken.undo(1, reason="it was a namesake", by="E. Li", on="2026-11-02").current())
    0
    """

    log: pd.DataFrame = field(default_factory=_empty)

    def add(
        self, left: str, right: str, *, answer: str, reason: str, by: str, on: object
    ) -> Decisions:
        """Decide that two records are the "same" customer or "different" ones; a later decision on a pair takes the earlier one's place."""
        if answer not in ANSWERS:
            raise ValueError(
                _('The answer is "{answer}"; it must be same or different.').format(
                    answer=answer
                )
            )
        if str(left) == str(right):
            raise ValueError(
                _("A record cannot be compared with itself: {record}.").format(
                    record=left
                )
            )
        first, second = sorted((str(left), str(right)))
        return self._append("decided", first, second, answer, reason, by, on, 0)

    def from_review(self, labels: pd.DataFrame, *, on: object) -> Decisions:
        """Take over every answered row of a review list, by :func:`crmlib.identity.read_review`; rows without an answer wait on."""
        need_frame(labels, "labels")
        require_columns(labels.columns, ["left", "right", "answer", "reason", "by"])
        taken = self
        for row in labels[labels["answer"].isin(ANSWERS)].itertuples():
            taken = taken.add(
                row.left,
                row.right,
                answer=row.answer,
                reason=row.reason,
                by=row.by,
                on=on,
            )
        return taken

    def undo(self, entry: int, *, reason: str, by: str, on: object) -> Decisions:
        """Take one decision back; what held before it holds again."""
        row = self.log[(self.log["entry"] == entry) & (self.log["event"] == "decided")]
        if row.empty:
            raise ValueError(
                _(
                    "There is no decision number {entry}. The log has the decisions 1 to {last}."
                ).format(entry=entry, last=len(self.log))
            )
        if (self.log["undoes"] == entry).any():
            raise ValueError(
                _("Decision {entry} has been taken back already.").format(entry=entry)
            )
        row = row.iloc[0]
        return self._append(
            "undone",
            row["left"],
            row["right"],
            row["answer"],
            reason,
            by,
            on,
            int(entry),
        )

    def current(self) -> pd.DataFrame:
        """The decisions that hold: entry, left, right, answer, reason, by, on; of each pair the latest that was not taken back."""
        holds = self.log[
            (self.log["event"] == "decided")
            & ~self.log["entry"].isin(self.log["undoes"])
        ]
        return (
            holds.drop_duplicates(["left", "right"], keep="last")
            .drop(columns=["event", "undoes"])
            .reset_index(drop=True)
        )

    def save(self, path: str | os.PathLike) -> None:
        """Write the log as a .csv file. A file that holds entries which this log lacks is not overwritten."""
        path = Path(path)
        if path.exists():
            there = Decisions.open(path).log
            mine = self.log.iloc[: len(there)]
            if (
                len(there) > len(self.log)
                or there.astype(str).values.tolist() != mine.astype(str).values.tolist()
            ):
                raise ValueError(
                    _(
                        "{path} holds decisions that this log lacks. Open it, add to what you opened, and save that."
                    ).format(path=path)
                )
        text = self.log.to_csv(index=False, lineterminator="\n")
        replace_file(
            path, lambda draft: draft.write_text(text, "utf-8-sig", newline="")
        )

    @classmethod
    def open(cls, path: str | os.PathLike) -> Decisions:
        """Read a log that was saved."""
        path = Path(path)
        try:
            rows = list(
                csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
            )
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(
                _("Cannot read {path}: {reason}").format(
                    path=path, reason=getattr(error, "strerror", None) or error
                )
            ) from None
        log = cls()
        for number, row in enumerate(rows, start=2):
            try:
                if row["event"] == "undone":
                    log = log.undo(
                        int(row["undoes"]),
                        reason=row["reason"],
                        by=row["by"],
                        on=row["on"],
                    )
                else:
                    log = log.add(
                        row["left"],
                        row["right"],
                        answer=row["answer"],
                        reason=row["reason"],
                        by=row["by"],
                        on=row["on"],
                    )
                if int(row["entry"]) != len(log.log):
                    raise ValueError(
                        _("entry {entry} is out of order").format(entry=row["entry"])
                    )
            except (KeyError, ValueError, TypeError) as error:
                raise ValueError(_("{path}, row {row}: {reason} The log is only written by crm.identity.Decisions; "
                    "do not edit it.").format(path=path, row=number, reason=error)) from None  # fmt: skip
        return log

    def summary(self) -> str:
        """The result in one sentence."""
        now = self.current()
        return _("{held} decisions hold ({same} same, {different} different); {undone} were taken back.").format(
            held=len(now), same=int((now["answer"] == "same").sum()), different=int((now["answer"] == "different").sum()),
            undone=int((self.log["event"] == "undone").sum()))  # fmt: skip

    def _append(
        self,
        event: str,
        left: str,
        right: str,
        answer: str,
        reason: str,
        by: str,
        on: object,
        undoes: int,
    ) -> Decisions:
        for value, sentence in (
            (reason, _("Say why: a decision needs a reason.")),
            (by, _("Somebody must answer for the decision: give a name in `by`.")),
        ):
            if not isinstance(value, str) or not value.strip():
                raise ValueError(sentence)
        at = f"{day(on, 'on'):%Y-%m-%d}"
        if len(self.log) and at < self.log["on"].iloc[-1]:
            raise ValueError(_("The log goes on to {last}; an entry of {day} would come before it. "
                "Entries are only added at the end.").format(last=self.log["on"].iloc[-1], day=at))  # fmt: skip
        row = pd.DataFrame(
            [
                (
                    len(self.log) + 1,
                    event,
                    left,
                    right,
                    answer,
                    reason.strip(),
                    by.strip(),
                    at,
                    undoes,
                )
            ],
            columns=list(COLUMNS),
        )
        return Decisions(
            pd.concat([self.log, row], ignore_index=True) if len(self.log) else row
        )
