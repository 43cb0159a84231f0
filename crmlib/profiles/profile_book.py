"""The book that customers' pages are read from: opened once, then any page of any day is a matter of milliseconds."""

from __future__ import annotations

import difflib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

from crmlib.call_center.caller_book import CallerBook, caller_book
from crmlib.call_center.caller_numbers import read_number
from crmlib.call_center.shelves import Rows, Span
from crmlib.i18n import _
from crmlib.profiles.book_shelves import Shelves, connected
from crmlib.profiles.page_tags import TagShelf
from crmlib.profiles.page_template import page_template
from crmlib.profiles.standing import Standing
from crmlib.segments.per_customer import day as moment

_AGES = np.datetime64("1900-01-01", "us")
_REMEMBERED = 60
_BY_DAY = ("touches", "invoices", "payments", "surveys", "members", "offers", "days", "promises")
_LATER = {"cases": ("resolved_at", ("outcome", "compensation_yuan", "satisfied_after")), "offers": ("measured_on", ())}
"""What is written into a row only when it ends."""


@dataclass(frozen=True)
class ProfileBook:
    """What :func:`customer_360` reads. `day` is the last day that is known, `callers` the book of numbers and parcels below it."""

    day: pd.Timestamp
    engine: str
    simulated: bool
    callers: CallerBook = field(repr=False)
    shelves: Shelves = field(repr=False)
    values: Mapping[str, list[tuple[pd.Timestamp, float, float, float]]] = field(repr=False)
    tags: TagShelf = field(repr=False)
    numbers: Mapping[str, list[str]] = field(repr=False)
    _standings: OrderedDict = field(default_factory=OrderedDict, repr=False)

    @property
    def customers(self) -> pd.DataFrame:
        """The customers, by customer_id."""
        return self.callers.customers

    def known(self, customer_id: str, as_of: object = None) -> Known:
        """What was known of a customer at that moment."""
        at = self.day if as_of is None else moment(as_of, "as_of")
        whole = at == at.normalize()
        now = at + pd.Timedelta(days=1) - pd.Timedelta(microseconds=1) if whole else at
        return Known(self, customer_id, now, at.normalize() if whole else at.normalize() - pd.Timedelta(days=1))

    def standing(self, until: pd.Timestamp) -> Standing:
        """Where all customers stand at the end of that day."""
        if until not in self._standings:
            self._standings[until] = Standing.on(self.shelves.totals, until, len(self.customers))
            while len(self._standings) > _REMEMBERED:
                self._standings.popitem(last=False)
        return self._standings[until]

    def nearest(self, wanted: object, *, names: bool = True, count: int = 3) -> list[tuple[str, str]]:
        """The customers whose number or name is most like `wanted`: customer_id and name."""
        text = str(wanted).strip()
        listed = self.customers["name"].astype(str)
        # A number with a nought too many or too few is the likeliest slip.
        digits = re.sub(r"\D", "", text).lstrip("0")
        found = [each for each in listed.index if digits and re.sub(r"\D", "", str(each)).lstrip("0") == digits]
        found += difflib.get_close_matches(text.upper(), listed.index.tolist(), n=count, cutoff=0.7)
        if names and len(found) < count and text:
            inside = listed.index[listed.str.contains(text, regex=False)].tolist()
            alike = difflib.get_close_matches(text, listed.tolist(), n=count, cutoff=0.6) if not inside else []
            found += [*inside, *listed.index[listed.isin(alike)]]
        return [(each, listed[each]) for each in dict.fromkeys(found)][:count]

    def summary(self) -> str:
        """What stands in the book, in the active language."""
        return _("A book of {customers:,} customers, known up to the end of {day}; tables: {tables}.").format(
            customers=len(self.customers), day=f"{self.day:%Y-%m-%d}",
            tables=", ".join(["customers", "waybills", *(each for each in self.shelves.by_table if each not in ("days", "promises"))]))  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What was known of a customer at `now`; of things that carry a day without an hour, those of the days up to `until`."""

    book: ProfileBook
    customer_id: str
    now: pd.Timestamp
    until: pd.Timestamp
    _told: dict = field(default_factory=dict, repr=False, compare=False)

    def once(self, what: object, work: Callable[[], object]) -> object:
        """What `work` gives, worked out at the first call only: several parts of a page ask for the same."""
        if what not in self._told:
            self._told[what] = work()
        return self._told[what]

    def has(self, table: str) -> bool:
        """Whether the firm keeps such a table."""
        return table in self.book.shelves.by_table

    def rows(self, table: str, since: pd.Timestamp | None = None) -> Rows:
        """The rows of the customer after `since`; what came later, and how what is still open ended, is not there."""
        return self.once((table, since), lambda: self._rows(table, since))

    def _rows(self, table: str, since: pd.Timestamp | None) -> Rows:
        if not self.has(table):
            return {}
        end = self.until if table in _BY_DAY else self.now
        start = _AGES if since is None else _us(since)
        found = self.book.shelves.by_table[table].rows(self.customer_id, Span(start, _us(end)))
        closing, written = _LATER.get(table, (None, ()))
        if closing in found:
            open_yet = ~(found[closing] <= _us(end))
            found = dict(found) | {closing: np.where(open_yet, np.datetime64("NaT", "us"), found[closing])}
            for name in written:
                if name in found:
                    plain = found[name].astype(object)
                    found[name] = np.where(open_yet, None, plain)
        return found

    def frame(self, table: str, since: pd.Timestamp | None = None) -> pd.DataFrame:
        """The same as a table."""
        return self.once((table, since, "frame"), lambda: pd.DataFrame(self.rows(table, since), copy=False))

    def parcels_on_the_way(self, number: str | None = None, days: float = 60) -> pd.DataFrame:
        """Parcels sent by the customer, or coming to the telephone number, that were not delivered: in order of promise, with `late`."""
        shelf, key = ("sent", self.customer_id) if number is None else ("received", number)
        if shelf not in self.book.callers.shelves:
            return pd.DataFrame()
        span = Span(_us(self.now - pd.Timedelta(days=days)), _us(self.now), _us(self.now))
        found = pd.DataFrame(self.book.callers.shelves[shelf].rows(key, span))
        if found.empty or "promised_at" not in found:
            return found.assign(promised_at=pd.NaT, late=False) if len(found) else found
        return found.assign(late=found["promised_at"] < self.now).sort_values(["promised_at", "waybill_id"], ignore_index=True)

    def numbers(self) -> list[str]:
        """The customer's whole telephone numbers, under which parcels may come."""
        return self.book.numbers.get(self.customer_id, [])

    def value(self) -> tuple[pd.Timestamp, float, float, float] | None:
        """The last lifetime value that was worked out by then: day, value, low, high."""
        return max((each for each in self.book.values.get(self.customer_id, ()) if each[0] <= self.until), default=None)

    @property
    def morning(self) -> pd.Timestamp:
        """The morning after the last whole day: what tags are reviewed on."""
        return self.until + pd.Timedelta(days=1)


def open_book(
    source: object = None, *, day: object = None, recipients: object = None, consents: pd.DataFrame | None = None,
    valued_on: Iterable[object] | None = None, values: pd.DataFrame | None = None, tags: pd.DataFrame | None = None,
) -> ProfileBook:  # fmt: skip
    """Prepare what :func:`customer_360` reads, once.

    Answers: what must lie ready so that any customer's page of any day opens at once?

    Parameters
    ----------
    source : Company; mapping of pandas tables; folder of Parquet files; .duckdb file; DuckDB connection; None
        customers and waybills are needed, the other tables of a firm are used where there are any. None: the simulated firm of the course.
        Folder, file and connection are read by DuckDB and stay there.
    day : date, optional
        The last day that is known. Without it: the day of the last pick-up.
    recipients : DataFrame or Parquet path, optional
        waybill_id, recipient_name, recipient_phone (plain digits): then addressees have a page too, under their number.
    consents : DataFrame, optional
        customer_id, purpose, channel, given, at: the consent ledger. Without it: the source's own table consents; of a simulated firm,
        :func:`crmlib.privacy.teaching_consents`; else nobody has agreed to anything.
    valued_on : days, optional
        On which lifetime values are worked out (about half a second each for the firm of the course); a page shows the last one before its
        day. Without it: the book's day, where the source is in memory.
    values : DataFrame, optional
        Lifetime values of your own instead: customer_id, valued_on, lifetime_value_yuan, low, high.
    tags : DataFrame, optional
        customer_id, tag, since, until (empty: still); () for none. Without it: those of :func:`tag_intervals`, where the source is in memory.

    Returns
    -------
    ProfileBook

    Raises
    ------
    ValueError
        A table or column is missing; DuckDB is wanted and not installed.

    Source: 《2025国际快递行业客户关系管理体系研究》: 360° customer view.

    >>> from crmlib.company import lark
    >>> firm = lark()
    >>> few = {"customers": firm.customers.head(20), "waybills": firm.waybills.head(500)}
    >>> open_book(few, valued_on=(), tags=(), day="2024-11-30").engine
    'arrays'
    """
    if source is None:
        return _shipped()
    about = getattr(source, "about", {})
    tables = getattr(source, "tables", source)
    in_memory = isinstance(tables, Mapping)
    tables = tables if in_memory else connected(source)
    callers = caller_book(tables, day=day, recipients=recipients)
    simulated = bool(about.get("synthetic"))
    if consents is None and simulated and "contacts" in tables:
        from crmlib.privacy.consent import teaching_consents

        consents = teaching_consents(source)
    shelves = Shelves(tables, {each: place for place, each in enumerate(callers.customers.index)}, {} if consents is None else {"consents": consents})
    if values is None and in_memory:
        from crmlib.profiles.page_lifetime import lifetime_values

        values = lifetime_values(tables, valued_on=[callers.day] if valued_on is None else valued_on)
    shelf = TagShelf.of_firm(tables, callers.day) if tags is None and in_memory else TagShelf.of_table(tags)
    by_customer: dict[str, list] = {}
    if values is not None:
        for row in values[["customer_id", "valued_on", "lifetime_value_yuan", "low", "high"]].itertuples(index=False, name=None):
            by_customer.setdefault(row[0], []).append((pd.Timestamp(row[1]), *map(float, row[2:])))
    page_template()
    whole = callers.numbers[~callers.numbers["masked"]]
    numbers = {customer: sorted(set(rows)) for customer, rows in whole.groupby("customer_id")["number"]}
    return ProfileBook(callers.day, callers.engine, simulated, callers, shelves, by_customer, shelf, numbers)


@cache
def _shipped() -> ProfileBook:
    from crmlib.company import lark

    return open_book(lark())


def number_of(customer_id: object) -> str:
    """The digits of a telephone number, or nothing where it is none.

    >>> number_of("129 1234 5678"), number_of("C00001")
    ('12912345678', '')
    """
    read = read_number(customer_id)
    return read.digits if read.kind in ("mobile", "landline") else ""


def _us(at: pd.Timestamp) -> np.datetime64:
    return np.datetime64(at.to_datetime64(), "us")
