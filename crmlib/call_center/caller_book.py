"""What must be known when the telephone rings, prepared once: numbers, customers, parcels, cases and calls by key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.call_center.book_sources import FrameSource, duck_source
from crmlib.call_center.caller_numbers import CallerNumber
from crmlib.call_center.shelves import Shelf
from crmlib.checks import require_columns
from crmlib.i18n import _
from crmlib.segments.per_customer import day as one_day

if TYPE_CHECKING:
    from crmlib.company import Company

FACTS = ("name", "market", "region", "nature", "opened_on", "monthly_account", "salesperson_id")
"""What of a customer is kept at hand, where the table has it."""


@dataclass(frozen=True)
class CallerBook:
    """The lookups that :func:`screen_pop` reads. `day` is the day up to which the data were known when the book was made; classes and the
    twelve months of parcels and revenue are those of that day. `numbers` is the directory."""

    day: pd.Timestamp
    numbers: pd.DataFrame = field(repr=False)
    customers: pd.DataFrame = field(repr=False)
    shelves: Mapping[str, Shelf] = field(repr=False)
    regulars: Mapping[str, list[tuple[str, str, int]]] = field(repr=False)
    engine: str
    _by_number: Mapping[str, list[int]] = field(repr=False)
    _places: Mapping[str, int] = field(repr=False)

    def known_by(self, number: CallerNumber) -> tuple[pd.DataFrame, str]:
        """The rows of the directory for a number, and whether it agrees as a "whole_number" or by its "pattern" only."""
        for key, match in ((number.digits, "whole_number"), (number.pattern, "pattern")):
            if key and key in self._by_number:
                return self.numbers.iloc[self._by_number[key]], match
        return self.numbers.iloc[:0], ""

    def facts(self, customer_id: str) -> dict[str, object]:
        """What is known of a customer."""
        return self.customers.iloc[self._places[customer_id]].to_dict() | {"customer_id": customer_id}

    def place_of(self, customer_id: str) -> int:
        """Where a customer stands in `customers`."""
        return self._places[customer_id]

    def has(self, customer_id: object) -> bool:
        """Whether it is a customer of the firm."""
        return customer_id in self._places

    @property
    def chance_match(self) -> float:
        """The chance that a mobile that nobody knows agrees with a masked number by its first three and last four digits, given that it
        begins as the masked numbers mostly do."""
        masked = self.numbers.loc[self.numbers["masked"], "number"].drop_duplicates()
        return float(masked.str[:3].value_counts().max() / 10_000) if len(masked) else 0.0

    def summary(self) -> str:
        """What stands in the book, in the active language."""
        return _("{numbers:,} numbers of {customers:,} customers; data up to {day}, {share:.0%} of the numbers are masked.").format(
            numbers=len(self.numbers), customers=self.numbers["customer_id"].nunique(), day=f"{self.day:%Y-%m-%d}",
            share=self.numbers["masked"].mean() if len(self.numbers) else 0.0)  # fmt: skip

    def advice(self) -> str:
        """When the screen may open a file, and how much of it, in the active language."""
        chance = self.chance_match
        opens = (
            _("A whole number that agrees opens the file; where only the first and last digits agree, ask for the name first: "
              "of strangers' numbers with the same three first digits, {chance:.1%} agree by chance.").format(chance=chance)
            if chance else _("A whole number that agrees opens the file; an unknown or withheld one opens none.")
        )  # fmt: skip
        return opens + "\n\n" + _("Addressees hear of the parcels to their own number only. "
                                   "Agents see names of persons and numbers masked.")  # fmt: skip


def caller_book(
    source: Company | Mapping[str, pd.DataFrame] | str | os.PathLike | object, *, day: object = None, directory: pd.DataFrame | None = None,
    recipients: object = None, classes: pd.Series | None = None,
) -> CallerBook:  # fmt: skip
    """Prepare the lookups of :func:`screen_pop`.

    Answers: what must lie ready so that the caller's file is on the screen before the agent says good morning?

    Parameters
    ----------
    source : Company; mapping of pandas tables; folder of Parquet files (customers.parquet, waybills.parquet or a folder waybills of
    parts, …);
        .duckdb file; or DuckDB connection
        customers and waybills are needed; contacts, source_records, cases, calls and recipients are used where there are any. Folder, file
        and connection are read by DuckDB, which keeps what it sorted in memory (a connection: in its own database, as temporary tables).
    day : date, optional
        The data are known to the end of this day. Without it: the last pick-up.
    directory : DataFrame, optional
        number and customer_id; masked, name, role where known. Without it: :func:`phone_directory` of the source.
    recipients : DataFrame, or the path of a Parquet file where DuckDB reads, optional
        waybill_id, recipient_name, recipient_phone (plain digits). Without it, addressees are known only where the source has such a table.
    classes : Series, indexed by customer_id, optional
        The class of each customer. Without it: A, B or C by the revenue of the twelve months before the end of `day`.

    Returns
    -------
    CallerBook

    Raises
    ------
    ValueError
        A table or column is missing; a recipient's number is not plain digits; DuckDB is wanted and not installed.

    Source: screen pop, 来电弹屏, of computer telephony integration.

    >>> from crmlib.company import lark
    >>> firm = lark()
    >>> caller_book({"customers": firm.customers, "contacts": firm.contacts, "waybills": firm.waybills.head(1000)}).engine
    'arrays'
    """
    tables = getattr(source, "tables", source)
    prepared = FrameSource(tables, recipients) if isinstance(tables, Mapping) else duck_source(source, recipients)
    last = prepared.last_day() if day is None else one_day(day, "day").normalize()
    customers = prepared.frame("customers").sort_values("customer_id", ignore_index=True)
    require_columns(customers.columns, ["customer_id", "name"])
    if customers["customer_id"].isna().any() or customers["customer_id"].duplicated().any():
        raise ValueError(_("customer_id is missing or stands twice in the table of customers. Keep one row a customer."))
    numbers = _directory(prepared, directory, customers)
    facts = customers.set_index("customer_id")[[name for name in FACTS if name in customers]]
    year = prepared.year_before(last).reindex(facts.index).fillna(0.0)
    facts = facts.assign(parcels_12_months=year["parcels"].astype("int64"), revenue_yuan=year["revenue_yuan"].round(2))
    facts["class"] = _classes(facts["revenue_yuan"], classes)
    by_number: dict[str, list[int]] = {}
    for place, number in enumerate(numbers["number"]):
        by_number.setdefault(number, []).append(place)
    shelves, regulars = prepared.shelves(), prepared.regulars(last)
    prepared.finish()
    return CallerBook(
        last, numbers, facts, shelves, regulars, prepared.engine, by_number, {each: place for place, each in enumerate(facts.index)}
    )


def _directory(prepared: object, directory: pd.DataFrame | None, customers: pd.DataFrame) -> pd.DataFrame:
    from crmlib.call_center.directory import COLUMNS, phone_directory

    if directory is None:
        parts = {name: prepared.frame(name) for name in ("contacts", "source_records") if prepared.has(name)}
        directory = phone_directory({"customers": customers, **parts})
    if not isinstance(directory, pd.DataFrame):
        raise ValueError(_("{name} must be a pandas table; this is a {kind}.").format(name="directory", kind=type(directory).__name__))
    require_columns(directory.columns, ["number", "customer_id"])
    directory = directory.reindex(columns=COLUMNS).assign(masked=directory["number"].astype(str).str.contains("*", regex=False))
    return directory[directory["customer_id"].isin(customers["customer_id"])].sort_values(["number", "customer_id"], ignore_index=True)


def _classes(revenue: pd.Series, classes: pd.Series | None) -> np.ndarray:
    from crmlib.segments import abc_classes

    if classes is None:
        with_parcels = revenue[revenue > 0]
        classes = abc_classes(with_parcels)["abc"] if len(with_parcels) else pd.Series(dtype=object)
    found = classes.reindex(revenue.index).astype(object)
    return found.where(found.notna(), None).to_numpy(dtype=object)
