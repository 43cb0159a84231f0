"""One express firm: its tables as attributes, opened from and saved to a folder of Parquet, an Excel file or a database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from crmlib.company.schema import TABLES, conform
from crmlib.i18n import _


@dataclass(frozen=True, eq=False, repr=False)
class Company:
    """The tables of one firm.

    Parameters
    ----------
    customers, waybills : DataFrame by the contracts in `crmlib.company.TABLES`
        A Company made by hand is checked when it is saved, one that is opened when it is opened.
    about : what is known of the data as a whole: name, whether it is synthetic, first day, the day on which the data end

    >>> firm = lark()
    >>> sorted(firm.tables)
    ['customers', 'waybills']
    """

    customers: pd.DataFrame
    waybills: pd.DataFrame
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables by name."""
        return MappingProxyType({name: getattr(self, name) for name in TABLES})

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}={len(frame):,} rows" for name, frame in self.tables.items())
        return f"Company({sizes}, about={dict(self.about)})"

    @classmethod
    def open(cls, place: str | os.PathLike) -> Company:
        """Open a firm's data and check them against the contracts.

        Parameters
        ----------
        place : a folder of Parquet files (customers.parquet, waybills.parquet), an .xlsx file (one sheet a table), a SQLite file
            (.sqlite, .db), or the SQLAlchemy URL of a database

        Returns
        -------
        Company
            Types are those of the contract, whatever the place could hold.

        Raises
        ------
        ValueError
            There is nothing to open, a table or column is missing, or some value breaks the contract; the sentence names the table,
            the column and the first rows.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     lark().save(folder)
        ...     Company.open(folder).customers.equals(lark().customers)
        True
        """
        from crmlib.company import storage
        from crmlib.company.validation import check_tables

        frames, about = storage.storage_for(place).read()
        tables = {name: conform(frame, TABLES[name]) for name, frame in frames.items()}
        check_tables(tables)
        return cls(**tables, about=about)

    def save(self, place: str | os.PathLike, *, replace: bool = False) -> None:
        """Save the firm's data where `Company.open` finds them again, with the same values and types.

        Parameters
        ----------
        place : as in `Company.open`; the ending or the "://" says which kind of place it is
        replace : overwrite tables that are already there

        Raises
        ------
        ValueError
            The data break the contract, tables are already there, or the place cannot hold the data (Excel has 1,048,576 rows a sheet).
        """
        from crmlib.company import storage
        from crmlib.company.validation import check_tables

        tables = {name: conform(frame, TABLES[name]) for name, frame in self.tables.items()}
        check_tables(tables)
        storage.storage_for(place).write(tables, dict(self.about), replace=replace)


def shipped_folder() -> Path:
    """Where the shipped data sets lie: inside the installed package, or in the checkout that the package stands in.

    Raises
    ------
    ValueError
        They are in neither place.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "datasets", package.parent / "datasets"):
        if all((folder / f"{name}.parquet").is_file() for name in TABLES):
            return folder
    raise ValueError(_("The shipped data sets are missing. Install the package again, or run this in a full checkout."))


@cache
def _lark() -> Company:
    from crmlib.company.storage import ParquetFolder

    frames, about = ParquetFolder(shipped_folder()).read()
    return Company(**{name: conform(frame, TABLES[name]) for name, frame in frames.items()}, about=about)


def lark() -> Company:
    """Lark Express (云雀快递), the simulated firm of the course: about 2,000 customers and 200,000 waybills over 24 months.

    Returns
    -------
    Company
        A copy of your own: what you change in it, nobody else sees.

    Raises
    ------
    ValueError
        The shipped data sets are missing.

    Source: simulated by `crmlib.company.simulate`; see ``datasets/README.md``.

    >>> len(lark().customers)
    2000
    """
    firm = _lark()
    return Company(**{name: frame.copy() for name, frame in firm.tables.items()}, about=dict(firm.about))
