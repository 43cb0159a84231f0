"""The firm's tables without what came on or after a day, each cut when it is first read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from crmlib.checks import require_columns
from crmlib.churn.as_of import tables_of
from crmlib.i18n import _
from crmlib.segments.per_customer import day

_TIMES = {
    "customers": "opened_on", "waybills": "picked_up_at", "invoices": "issued_on", "payments": "paid_on", "surveys": "answered_on",
    "survey_invitations": "invited_on", "cases": "opened_at", "calls": "arrived_at", "touches": "happened_on", "offers": "assigned_on",
    "members": "joined_on", "points": "booked_on", "leads": "created_on", "quotes": "quoted_on",
}  # fmt: skip
_LATER = {
    "customers": {"": ("salesperson_id", "monthly_account", "expected_growth")}, "waybills": {"": ("status",), "delivered_at": ()},
    "cases": {"first_response_at": (), "resolved_at": ("outcome", "compensation_yuan", "satisfied_after")},
    "offers": {"measured_on": ("accepted", "outcome", "after_yuan")}, "members": {"": ("tier", "year_spend_yuan")},
}  # fmt: skip
"""What only came out later: by the column with the moment, the columns that were empty until then; under "", what holds the state on the
day on which the data end, and is dropped."""


class KnownTables(Mapping):
    """What was known on the morning of a day: rows from that day on are gone, and so is what came out of older ones later.

    Contacts, salespeople, the calendar and whatever else carries no day of its own stay as they are.

    >>> from crmlib.company import lark
    >>> KnownTables(lark(), "2025-01-01")["waybills"].picked_up_at.max().strftime("%F")
    '2024-12-31'
    """

    def __init__(self, company: object, as_of: object) -> None:
        self._tables, self._cut = tables_of(company), {}
        self.as_of = day(as_of, "as_of").normalize()

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._cut:
            if name not in self._tables:
                raise ValueError(_("This needs the table {table}, which the data lack.").format(table=name))
            self._cut[name] = self._known(name, self._tables[name])
        return self._cut[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __contains__(self, name: object) -> bool:
        return name in self._tables

    @property
    def year(self) -> dict[str, pd.Timestamp]:
        """The twelve months before the day, as start and end."""
        return {"start": self.as_of - pd.DateOffset(months=12), "end": self.as_of}

    def whom(self, of: str) -> pd.Index:
        """The customers of whom a record is kept: all, with_us, billed or key."""
        everybody = pd.Index(self["customers"]["customer_id"].astype(object), name="customer_id")
        if of == "all":
            return everybody
        if of == "key":
            from crmlib.segments import abc_classes

            spent = self.year_yuan()
            return pd.Index([]) if spent.empty else (classes := abc_classes(spent)).index[classes["abc"] == "A"]
        table, column = ("invoices", "issued_on") if of == "billed" else ("waybills", "picked_up_at")
        recent = self[table][self[table][column] >= self.year["start"]]
        return everybody[everybody.isin(recent["customer_id"].unique())]

    def year_yuan(self) -> pd.Series:
        """Freight of the twelve months before the day, by customer."""
        bills = self["waybills"]
        return bills[bills["picked_up_at"] >= self.year["start"]].groupby("customer_id")["price_yuan"].sum()

    def _known(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        if name not in _TIMES:
            return table
        require_columns(table.columns, [_TIMES[name]])
        known = table[table[_TIMES[name]] < self.as_of].reset_index(drop=True)
        for moment, columns in _LATER.get(name, {}).items():
            if not moment:
                known = known.drop(columns=[column for column in columns if column in known])
            elif moment in known:
                later = ~(known[moment] < self.as_of)
                known = known.assign(**{column: known[column].mask(later) for column in (moment, *columns) if column in known})
        return known
