"""One express firm: its tables as attributes, opened from and saved to a folder, an Excel file or a database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.company.schema import TABLES
from crmlib.i18n import _

if TYPE_CHECKING:
    from crmlib.company.findings import Report

NEEDED = ("customers",)
"""Tables that every firm has; all others may be absent."""


class Company:
    """The tables of one firm, as attributes.

    Parameters
    ----------
    about : what is known of the data as a whole: name, whether it is synthetic, first day, the day on which the data end
    tables : DataFrame by the contracts in `crmlib.company.TABLES`, or a function without parameters that makes one when first wanted
        Only customers is needed. A Company made by hand is checked when it is saved, one that is opened when it is opened.

    Raises
    ------
    ValueError
        A table is needed and not given, or is no table of a firm; later: a table is asked for that these data do not have.

    >>> firm = lark()
    >>> firm.customers is firm.tables["customers"]
    True
    """

    def __init__(self, *, about: Mapping[str, Any] | None = None, **tables: pd.DataFrame | Callable[[], pd.DataFrame]) -> None:
        missing = [name for name in NEEDED if name not in tables]
        unknown = [name for name in tables if name not in TABLES]
        if missing or unknown:
            raise ValueError(_("A firm needs the tables {needed}. Missing: {missing}. Unknown: {unknown}.").format(
                needed=", ".join(NEEDED), missing=", ".join(missing) or "–", unknown=", ".join(unknown) or "–"))  # fmt: skip
        self.__dict__["about"] = dict(about or {})
        self.__dict__["tables"] = Tables({name: tables[name] for name in TABLES if name in tables})
        self.__dict__["_findings"] = ()
        self.__dict__["_unread"] = ()
        self.__dict__["_added"] = {}

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name not in TABLES:
            raise AttributeError(name)
        if name not in self.tables:
            raise AttributeError(_("These data have no table {table}. They have: {have}.").format(table=name, have=", ".join(self.tables)))
        return self.tables[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(_("A firm's tables are not replaced; make a copy of the table and work on that."))

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.tables})

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}={self.tables.rows(name)}" for name in self.tables)
        return f"Company({sizes}, about={dict(self.about)})"

    @classmethod
    def open(cls, place: str | os.PathLike, *, check: bool = True) -> Company:
        """Open a firm's data and check them against the contracts.

        Tables, columns and category values may be called by their names in the contract or by their labels, Chinese or English. Any table
        but customers may be absent. Text is read as numbers, days and moments where the contract wants them. A column that may be empty
        may be absent too, and so may one that another tells (a parcel's status, by whether it was delivered): it is filled in, and the
        summary of `validate` says so.

        Parameters
        ----------
        place : a folder of CSV or Parquet files (customers.csv or 客户表.csv, …; CSV in UTF-8 or GBK; or a folder of Parquet parts a table,
            as `simulate_stream` writes them), an .xlsx file (one sheet a table), a SQLite file (.sqlite, .db), a DuckDB file (.duckdb), or
            the URL of a database (postgresql://user:password@host/name)
        check : False opens data that break a contract too, so that `validate` can tell what to mend: a column that cannot be read stays
            as it is, columns that the contract does not know stand last

        Returns
        -------
        Company
            Types are those of the contract, whatever the place could hold.

        Raises
        ------
        ValueError
            There is nothing to open or no table of customers; or, with `check`, something breaks a contract: the message is the summary of
            `validate`, with everything at once.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Company(customers=lark().customers).save(folder)
        ...     Company.open(folder).customers.equals(lark().customers)
        True
        """
        from crmlib.company import storage
        from crmlib.company.validation import whole_tables

        found = storage.storage_for(place).read()
        tables, added = whole_tables(found.tables)
        firm = cls(about=found.about, **tables)
        firm.__dict__["_added"] = added
        firm.__dict__["_findings"], firm.__dict__["_unread"] = found.findings, found.unread
        if check:
            firm._require_sound()
        return firm

    def copy(self) -> Company:
        """A firm of one's own: what is changed in its tables, nobody else sees. A table is copied when it is first wanted.

        >>> firm = lark()
        >>> firm.copy().customers is firm.customers
        False
        """
        return Company(about=self.about, **{name: lambda name=name: self.tables[name].copy() for name in self.tables})

    def described(self, about: Mapping[str, Any]) -> Company:
        """The same tables with another `about`."""
        return Company(about=about, **{name: lambda name=name: self.tables[name] for name in self.tables})

    def validate(self) -> Report:
        """Everything in the data that breaks a contract, each with what to do about it.

        Answers: can I trust these data, and what must be mended first?

        Returns
        -------
        Report
            `.ok`, `.table` (one row a problem: table, column, rows, first_rows, problem, mend) and `.summary()`, in the active language.
            Found are missing and unknown columns, values that cannot be read, are missing, out of range or no permitted category, keys
            that stand twice, references that lead nowhere, orders of events that cannot be, within a row (signed before picked up) or
            between two tables (paid before invoiced), and days after the end of the data (about["end"]). What was filled in is told.

        >>> Company(customers=lark().customers.assign(region="moon")).validate().table[["table", "column", "rows"]].values.tolist()
        [['customers', 'region', 2000]]
        """
        from crmlib.company.validation import validate

        return validate(self.tables, about=self.about, also=self._findings, unread=self._unread, added=self._added)

    def _require_sound(self) -> None:
        found = self.validate()
        if not found.ok:
            raise ValueError(found.summary())

    def save(self, place: str | os.PathLike, *, replace: bool = False) -> None:
        """Save the firm's data where `Company.open` finds them again, with the same values and types.

        Parameters
        ----------
        place : as in `Company.open`; the ending or the "://" says which kind of place it is. A folder gets Parquet files.
        replace : overwrite tables that are already there; tables of a firm that these data do not have are taken away

        Raises
        ------
        ValueError
            The data break a contract, tables are already there, or the place cannot hold the data
            (Excel holds no empty text and no days before 1900).
        """
        from crmlib.company import storage
        from crmlib.company.validation import whole_tables

        self._require_sound()
        tables, _added = whole_tables(self.tables)
        storage.storage_for(place).write(tables, dict(self.about), replace=replace)


class Tables(Mapping):
    """Tables by name; one that is given as a function is made when it is first read, and kept.

    >>> Tables({"contacts": lambda: pd.DataFrame({"contact_id": ["P1"]})})["contacts"].contact_id.tolist()
    ['P1']
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame | Callable[[], pd.DataFrame]]) -> None:
        self._tables = dict(tables)

    def __getitem__(self, name: str) -> pd.DataFrame:
        found = self._tables[name]
        if callable(found):
            self._tables[name] = found = found()
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def made(self) -> dict[str, pd.DataFrame]:
        """Those that are there already.

        >>> Tables({"contacts": lambda: pd.DataFrame()}).made()
        {}
        """
        return {name: table for name, table in self._tables.items() if not callable(table)}

    def rows(self, name: str) -> str:
        """How many rows a table has, without making it."""
        found = self._tables[name]
        return "…" if callable(found) else f"{len(found):,} rows"


def shipped_folder() -> Path:
    """Where the shipped data sets lie: inside the installed package, or in the checkout that the package stands in.

    Raises
    ------
    ValueError
        They are in neither place.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "datasets", package.parent / "datasets"):
        if all((folder / f"{name}.parquet").is_file() for name in NEEDED):
            return folder
    raise ValueError(_("The shipped data sets are missing. Install the package again, or run this in a full checkout."))


def in_folder(folder: Path) -> Company:
    """The firm that was saved in `folder`, unchecked; a table is read when it is first wanted."""
    from crmlib.company.folder import TableFolder

    place = TableFolder(folder)
    return Company(about=place.about(), **{name: lambda name=name: place.table(name) for name in place.names()})


@cache
def _lark() -> Company:
    return in_folder(shipped_folder())


def lark() -> Company:
    """Lark Express (云雀快递), the simulated firm of the course: about 2,000 customers and 200,000 waybills over 24 months.

    Returns
    -------
    Company
        A copy of your own: what you change in it, nobody else sees. A table is read when it is first wanted.

    Raises
    ------
    ValueError
        The shipped data sets are missing.

    Source: simulated by `crmlib.company.simulate`; see ``datasets/README.md``.

    >>> len(lark().customers)
    2000
    """
    return _lark().copy()
