"""Who visits whom on which day, within what the salespeople can do."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.clean import amount, clean_column, plain_names
from crmlib.credit.chance import whole
from crmlib.credit.working_days import working_days
from crmlib.i18n import _
from crmlib.segments.per_customer import customer_table, day, numbers
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class VisitPlan:
    """`visits`, one row a visit in order of day: day, salesperson_id, customer_id, class, due_on, days_late (0 for a visit in time).

    `unplaced` names every customer that is due within the plan and not visited: customer_id, salesperson_id, class, due_on, days_late (at
    the end of the plan), reason (no_salesperson or no_capacity). `load`, one row a salesperson: visits, capacity, unplaced,
    most_days_late. No customer is visited later than `most_days_late`.
    """

    visits: pd.DataFrame = field(repr=False)
    unplaced: pd.DataFrame = field(repr=False)
    load: pd.DataFrame = field(repr=False)
    most_days_late: int

    def summary(self) -> str:
        """The result in one or two sentences."""
        said = _("{visits} visits in {days} working days; {in_time:.0%} in time, none more than {late} days late.").format(
            visits=len(self.visits), days=self.visits["day"].nunique(), late=self.most_days_late,
            in_time=(self.visits["days_late"] == 0).mean() if len(self.visits) else 1.0)  # fmt: skip
        if self.unplaced.empty:
            return said
        reason = self.unplaced["reason"].value_counts()
        return _("{said} Not visited though due: {full} for want of time, {nobody} without a salesperson.").format(
            said=said, full=int(reason.get("no_capacity", 0)), nobody=int(reason.get("no_salesperson", 0)))  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Visits and capacity by salesperson; see :func:`crmlib.plotting.visit_load`."""
        from crmlib.plotting.accounts import visit_load

        return visit_load(self, ax=ax)


def visit_plan(
    customers: pd.DataFrame, policy: Mapping[str, float] | pd.DataFrame | None = None, *, start: object, days: int,
    capacity: int | Mapping[str, int] | None = None, calendar: pd.DataFrame | None = None, early_share: float | None = None,
) -> VisitPlan:  # fmt: skip
    """Plan visits: the longest overdue first, each class in its rhythm, nobody beyond what one day holds.

    Answers: whom do I visit on Monday, and whom shall we not manage to visit?

    Parameters
    ----------
    customers : DataFrame, one row a customer
        customer_id (column or index), salesperson_id (may be missing), class ("A", "B", "C", or abc), last_visit_on (missing: never
        visited, so due at once).
    policy : days between visits by class, or the table of :func:`crmlib.segments.class_policy`, optional
        Without it: the standards policy.a.visit_days, … Classes without a rhythm are not visited.
    start : date or text
        First day of the plan.
    days : int
        Calendar days that it spans.
    capacity : visits a salesperson makes on one working day, one number or by salesperson_id, optional
        Without it: the standard accounts.visits_per_day.
    calendar : the firm's calendar, optional
        As in :func:`crmlib.credit.working_days`.
    early_share : float, 0–1, optional
        A visit may come early by this share of its rhythm, which evens out full days. Without it: the standard accounts.early_share.

    Returns
    -------
    VisitPlan
        visits, unplaced, load, most_days_late; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing; a customer stands twice or has a class that the policy does not know; numbers are not positive.

    Notes
    -----
    On each working day each salesperson visits those due earliest (ties: the more frequent rhythm, then customer_id). For visits of equal
    length no rule has a smaller greatest delay (Jackson 1955, with release days Horn 1974). A visited customer comes back after its rhythm.

    Source: 《快递客户关系管理》, project 1, task 1 (定期走访).

    >>> customers = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "salesperson_id": ["S1"] * 3, "class": ["A", "A", "B"],
    ...     "last_visit_on": pd.to_datetime(["2026-10-01", "2026-10-20", None])})
    >>> visit_plan(customers, start="2026-11-02", days=5, capacity=1).visits["customer_id"].tolist()
    ['c1', 'c3', 'c2']
    """
    days = whole("days", days, 1)
    table = _people(customers, _rhythm(policy))
    first = day(start, "start").normalize()
    early = get("accounts.early_share", unit="share") if early_share is None else amount("early_share", early_share)
    if not 0 <= early < 1:
        raise ValueError(_("{name} is {value}; it must lie between 0 and 1 (write 20% as 0.2).").format(name="early_share", value=early))
    flags = working_days(first, first + pd.Timedelta(days=days - 1), calendar=calendar)
    opened = np.flatnonzero(flags.to_numpy())
    due = ((table["last_visit_on"] - first).dt.days + table["rhythm"]).fillna(0).to_numpy(dtype=np.int64)
    table = table.assign(due=due, early=np.floor(table["rhythm"] * early).astype(np.int64))
    nobody = table[table["salesperson_id"].isna()]
    rows, left, load = [], [(row.Index, row.due, "no_salesperson") for row in nobody.itertuples() if row.due < days], []
    for person, own in table.dropna(subset=["salesperson_id"]).groupby("salesperson_id", sort=True):
        room = _room(capacity, person)
        made, missed = _schedule(own, opened, room, days)
        rows += [(offset, person, *visit) for offset, *visit in made]
        left += [(name, late, "no_capacity") for name, late in missed]
        worst = max((max(offset - owed, 0) for offset, __, owed in made), default=0)
        load.append((person, len(made), room * len(opened), len(missed), worst))
    return _result(rows, left, load, table, first, days)


def _schedule(own: pd.DataFrame, opened: np.ndarray, room: int, days: int) -> tuple[list[tuple], list[tuple]]:
    """Visits (day, customer, due) of one salesperson, and customers due but not visited (customer, due)."""
    waiting = [(row.due - row.early, row.due, row.rhythm, row.Index, row.early) for row in own.itertuples()]
    heapq.heapify(waiting)
    ready: list[tuple] = []
    made = []
    for today in opened.tolist():
        while waiting and waiting[0][0] <= today:
            __, due, rhythm, name, early = heapq.heappop(waiting)
            heapq.heappush(ready, (due, rhythm, name, early))
        for __ in range(min(room, len(ready))):
            due, rhythm, name, early = heapq.heappop(ready)
            made.append((today, name, due))
            heapq.heappush(waiting, (today + rhythm - early, today + rhythm, rhythm, name, early))
    missed = [(name, due) for due, __, name, __ in ready if due < days]
    missed += [(name, due) for __, due, __, name, __ in waiting if due < days]
    return made, sorted(missed, key=lambda pair: (pair[1], pair[0]))


def _result(rows: list, left: list, load: list, table: pd.DataFrame, first: pd.Timestamp, days: int) -> VisitPlan:
    visits = pd.DataFrame(rows, columns=["offset", "salesperson_id", "customer_id", "due"]).sort_values(
        ["offset", "salesperson_id"], kind="stable"
    )
    visits = pd.DataFrame({
        "day": first + pd.to_timedelta(visits["offset"].astype(np.int64), unit="D"), "salesperson_id": visits["salesperson_id"],
        "customer_id": visits["customer_id"], "class": table["class"].reindex(visits["customer_id"]).to_numpy(),
        "due_on": first + pd.to_timedelta(visits["due"].astype(np.int64), unit="D"),
        "days_late": (visits["offset"] - visits["due"]).clip(lower=0).astype(np.int64),
    }).reset_index(drop=True)  # fmt: skip
    missing = pd.DataFrame(left, columns=["customer_id", "due", "reason"]).sort_values("due", kind="stable")
    people = table.reindex(missing["customer_id"])
    unplaced = pd.DataFrame({
        "customer_id": missing["customer_id"].to_numpy(), "salesperson_id": people["salesperson_id"].to_numpy(),
        "class": people["class"].to_numpy(),
        "due_on": (first + pd.to_timedelta(missing["due"].astype(np.int64), unit="D")).to_numpy(),
        "days_late": (days - 1 - missing["due"]).clip(lower=0).astype(np.int64).to_numpy(), "reason": missing["reason"].to_numpy(),
    })  # fmt: skip
    names = ["salesperson_id", "visits", "capacity", "unplaced", "most_days_late"]
    return VisitPlan(
        visits,
        unplaced,
        pd.DataFrame(load, columns=names).set_index("salesperson_id"),
        int(visits["days_late"].max()) if len(visits) else 0,
    )


def _people(customers: pd.DataFrame, rhythm: Mapping[str, int]) -> pd.DataFrame:
    table = customer_table(customers, ["salesperson_id", "last_visit_on"], "customers")
    if "class" not in table.columns and "abc" in table.columns:
        table = table.rename(columns={"abc": "class"})
    require_columns(table.columns, ["class"])
    classes = table["class"].astype(object)
    refuse_rows(~classes.isin(rhythm), _("A customer has a class for which the policy has no row"),
                _("The policy knows: {classes}.").format(classes=", ".join(map(str, rhythm))))  # fmt: skip
    visited = pd.to_datetime(table["last_visit_on"]) if table["last_visit_on"].isna().all() else table["last_visit_on"]
    visited = clean_column(visited, "last_visit_on", "date?", table="customers")
    found = table[["salesperson_id"]].assign(salesperson_id=plain_names(table["salesperson_id"]), **{"class": classes, "last_visit_on": visited.dt.normalize(), "rhythm": classes.map(rhythm)})
    return found[found["rhythm"].notna()].astype({"rhythm": np.int64}).sort_index(kind="stable")


def _rhythm(policy: Mapping[str, float] | pd.DataFrame | None) -> dict[str, int | None]:
    if policy is None:
        return {letter.upper(): int(get(f"policy.{letter}.visit_days", unit="days")) for letter in "abc"}
    if isinstance(policy, pd.DataFrame):
        require_columns(policy.columns, ["class", "visit_days"])
        policy = dict(zip(policy["class"], policy["visit_days"], strict=True))
    if not isinstance(policy, (Mapping, pd.Series)):
        raise ValueError(_('policy must be days by class, such as {{"A": 30, "B": 60}}; this is a {kind}.').format(kind=type(policy).__name__))
    spans = numbers(pd.Series(dict(policy), dtype=object), "visit_days", missing_ok=True)
    refuse_rows(spans < 1, _("Days between visits must be 1 or more"), _("Leave the value empty for a class that nobody visits."))
    return {name: None if pd.isna(span) else int(span) for name, span in spans.items()}


def _room(capacity: int | Mapping[str, int] | None, person: str) -> int:
    if capacity is None:
        return int(get("accounts.visits_per_day", unit="count"))
    if isinstance(capacity, Mapping):
        if person not in capacity:
            raise ValueError(
                _("capacity has no number for the salesperson {person}; write 0 for who makes no visits.").format(person=person)
            )
        capacity = capacity[person]
    return whole("capacity", capacity, 0)
