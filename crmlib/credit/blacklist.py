"""A blacklist on which nobody stays in silence: reasons, evidence, a review date and a way to appeal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from crmlib.i18n import _
from crmlib.segments.per_customer import day
from crmlib.standards import get

REASONS = ("persistent_arrears", "fraud", "prohibited_goods", "abusive_claims", "false_identity")
EVENTS = ("listed", "renewed", "removed", "appealed", "appeal_upheld", "appeal_rejected")
COLUMNS = ("entry", "customer_id", "event", "on", "reason", "evidence", "by", "review_on", "answer_by")


def _empty() -> pd.DataFrame:
    dates = ("on", "review_on", "answer_by")
    kinds = {name: "datetime64[us]" if name in dates else "int64" if name == "entry" else "object" for name in COLUMNS}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


@dataclass(frozen=True)
class Blacklist:
    """A log to which entries are only added; every change gives a new Blacklist.

    `log` has one row an event: entry (number of the listing), customer_id, event, on, reason, evidence, by (who decided), review_on (the
    listing lapses on this day unless it is renewed), answer_by (an appeal not answered by then suspends the listing).

    Source: 《快递客户关系管理》 (客户黑名单管理); review and appeal are rules of this library, as fair dealing demands.

    >>> listed = Blacklist().add("c1", reason="persistent_arrears", evidence="V000123, V000145: 120 days past due",
    ...     on="2026-10-08", by="E. Li")
    >>> listed.listed(on="2026-11-01")["customer_id"].tolist()
    ['c1']
    >>> listed.listed(on="2027-10-08")["customer_id"].tolist()
    []
    """

    log: pd.DataFrame = field(default_factory=_empty)

    def add(
        self,
        customer_id: str,
        *,
        reason: str,
        evidence: str,
        on: object,
        by: str,
        review_days: int | None = None,
        told_customer: bool = True,
    ) -> Blacklist:
        """List a customer.

        Refused without evidence, without a reason of REASONS, without a name to answer for it, when the customer was not told, and for
        who is listed already. `review_days`, at most the standard credit.blacklist_days, sets the day on which the listing lapses.
        """
        if reason not in REASONS:
            raise ValueError(_('There is no reason "{reason}". Use one of: {known}.').format(reason=reason, known=", ".join(REASONS)))
        _require_text(evidence, _("A listing needs evidence: the invoices, cases or documents that anybody can look up."))
        if not told_customer:
            raise ValueError(_("The customer must be told that it is listed, why, and how to appeal. Tell it first."))
        at, longest = day(on, "on").normalize(), int(get("credit.blacklist_days", unit="days"))
        span = longest if review_days is None else review_days
        if isinstance(span, bool) or not isinstance(span, int) or not 1 <= span <= longest:
            raise ValueError(
                _("review_days is {value}; a listing is reviewed within 1 to {longest} days.").format(value=review_days, longest=longest)
            )
        if customer_id in set(self.listed(on=at)["customer_id"]):
            raise ValueError(_("{customer} is listed already. Renew the listing instead.").format(customer=customer_id))
        entry = int(self.log["entry"].max()) + 1 if len(self.log) else 1
        return self._append(entry, str(customer_id), "listed", at, by, reason, evidence, review_on=at + pd.Timedelta(days=span))

    def renew(self, customer_id: str, *, evidence: str, on: object, by: str) -> Blacklist:
        """Keep a customer listed for another term, on fresh evidence."""
        _require_text(evidence, _("A renewal needs fresh evidence; the old one was weighed already."))
        row, at = self._current(customer_id, on), day(on, "on").normalize()
        until = at + pd.Timedelta(days=int(get("credit.blacklist_days", unit="days")))
        return self._append(row["entry"], customer_id, "renewed", at, by, row["reason"], evidence, review_on=until)

    def remove(self, customer_id: str, *, evidence: str, on: object, by: str) -> Blacklist:
        """Take a customer off the list, for example because it paid; the log keeps what was."""
        _require_text(evidence, _("Say why the customer comes off the list."))
        row = self._current(customer_id, on)
        return self._append(row["entry"], customer_id, "removed", day(on, "on").normalize(), by, row["reason"], evidence)

    def appeal(self, customer_id: str, *, evidence: str, on: object, by: str) -> Blacklist:
        """Record the customer's appeal; it must be answered within the standard credit.appeal_days, or the listing is suspended."""
        _require_text(evidence, _("Write down what the customer says."))
        row, at = self._current(customer_id, on), day(on, "on").normalize()
        until = at + pd.Timedelta(days=int(get("credit.appeal_days", unit="days")))
        return self._append(row["entry"], customer_id, "appealed", at, by, row["reason"], evidence, answer_by=until)

    def answer(self, customer_id: str, *, upheld: bool, evidence: str, on: object, by: str) -> Blacklist:
        """Answer an appeal: upheld means that the customer was right and comes off the list. Who listed it may not judge the appeal."""
        _require_text(evidence, _("An answer to an appeal needs its grounds."))
        row = self._pending(customer_id, on)
        decided = set(self.log.loc[(self.log["entry"] == row["entry"]) & self.log["event"].isin(["listed", "renewed"]), "by"])
        if by in decided:
            raise ValueError(_("{name} listed this customer and cannot judge the appeal. Ask somebody else.").format(name=by))
        event = "appeal_upheld" if upheld else "appeal_rejected"
        return self._append(row["entry"], customer_id, event, day(on, "on").normalize(), by, row["reason"], evidence)

    def listed(self, *, on: object) -> pd.DataFrame:
        """Who is on the list on that day: customer_id, entry, reason, listed_on, review_on, appeal ("pending" or ""), indexed from 0."""
        rows = [row for row in self._states(on) if row["status"] == "listed"]
        return pd.DataFrame(rows, columns=["customer_id", "entry", "reason", "listed_on", "review_on", "appeal"])

    def to_do(self, *, on: object, days: int = 30) -> pd.DataFrame:
        """What must be decided within `days`: reviews coming up, appeals pending or overdue; and listings that lapsed or were suspended."""
        until, rows = day(on, "on").normalize() + pd.Timedelta(days=days), []
        for row in self._states(on):
            if row["appeal"] == "pending" or row["status"] == "suspended":
                rows.append((row["customer_id"], "answer_appeal", row["answer_by"], row["status"]))
            elif row["status"] == "listed" and row["review_on"] <= until:
                rows.append((row["customer_id"], "review", row["review_on"], row["status"]))
            elif row["status"] == "lapsed":
                rows.append((row["customer_id"], "note_lapse", row["review_on"], row["status"]))
        table = pd.DataFrame(rows, columns=["customer_id", "task", "by_day", "status"])
        return table.sort_values("by_day", kind="stable", ignore_index=True)

    def history(self, customer_id: str) -> pd.DataFrame:
        """Everything that was ever decided about a customer, oldest first."""
        return self.log[self.log["customer_id"] == customer_id].reset_index(drop=True)

    def summary(self, *, on: object) -> str:
        """The result in one sentence."""
        states = self._states(on)
        return _("On {day}: customers listed {listed}, appeals waiting for an answer "
            "{pending}, listings lapsed {lapsed}.").format(
            day=f"{day(on, 'on'):%Y-%m-%d}", listed=sum(row["status"] == "listed" for row in states),
            pending=sum(row["appeal"] == "pending" for row in states), lapsed=sum(row["status"] == "lapsed" for row in states))  # fmt: skip

    def _append(self, entry: int, customer_id: str, event: str, at: pd.Timestamp, by: str, reason: str, evidence: str,
                review_on: object = pd.NaT, answer_by: object = pd.NaT) -> Blacklist:  # fmt: skip
        _require_text(by, _("Somebody must answer for the decision: give a name in `by`."))
        if len(self.log) and at < self.log["on"].max():
            raise ValueError(_("The log goes on to {last}; an entry of {day} would come before it. "
                "Entries are only added at the end.").format(
                last=f"{self.log['on'].max():%Y-%m-%d}", day=f"{at:%Y-%m-%d}"))  # fmt: skip
        row = dict(zip(COLUMNS, (int(entry), customer_id, event, at, reason, evidence, by, review_on, answer_by), strict=True))
        added = pd.DataFrame([row], columns=list(COLUMNS)).astype(self.log.dtypes.to_dict())
        return replace(self, log=pd.concat([self.log, added], ignore_index=True) if len(self.log) else added)

    def _states(self, on: object) -> list[dict]:
        at = day(on, "on").normalize()
        return [_state(events, at) for __, events in self.log[self.log["on"] <= at].groupby("entry", sort=True)]

    def _current(self, customer_id: str, on: object) -> pd.Series:
        rows = self.listed(on=on)
        rows = rows[rows["customer_id"] == customer_id]
        if rows.empty:
            raise ValueError(_("{customer} is not on the list on {day}.").format(customer=customer_id, day=f"{day(on, 'on'):%Y-%m-%d}"))
        return rows.iloc[0]

    def _pending(self, customer_id: str, on: object) -> dict:
        for row in self._states(on):
            if row["customer_id"] == customer_id and (row["appeal"] == "pending" or row["status"] == "suspended"):
                return row
        raise ValueError(_("{customer} has no appeal waiting on {day}.").format(customer=customer_id, day=f"{day(on, 'on'):%Y-%m-%d}"))


def _state(events: pd.DataFrame, at: pd.Timestamp) -> dict:
    first, last = events.iloc[0], events.iloc[-1]
    review_on = events["review_on"].dropna().iloc[-1]
    appeals = events[events["event"].isin(["appealed", "appeal_upheld", "appeal_rejected"])]
    waiting = len(appeals) > 0 and appeals.iloc[-1]["event"] == "appealed"
    answer_by = appeals.iloc[-1]["answer_by"] if waiting else pd.NaT
    if last["event"] in ("removed", "appeal_upheld"):
        status, waiting = "removed", False
    elif at >= review_on:
        status = "lapsed"
    else:
        status = "suspended" if waiting and at > answer_by else "listed"
    return {"customer_id": first["customer_id"], "entry": int(first["entry"]), "reason": first["reason"], "listed_on": first["on"],
            "review_on": review_on, "answer_by": answer_by, "appeal": "pending" if waiting and status == "listed" else "",
            "status": status}  # fmt: skip


def _require_text(value: object, sentence: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(sentence)
