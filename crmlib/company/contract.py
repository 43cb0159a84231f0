"""What a contract of a table is: its columns, types, units, keys and permitted values; and bringing a frame into its types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _

if TYPE_CHECKING:
    import pandera.pandas as pa

DTYPES = {
    "text": pd.StringDtype("pyarrow", na_value=np.nan),
    "category": pd.StringDtype("pyarrow", na_value=np.nan),
    "number": np.dtype("float64"),
    "yes_no": np.dtype("bool"),
    "date": np.dtype("datetime64[us]"),
    "datetime": np.dtype("datetime64[us]"),
}
"""The pandas type of each kind of column, the same on pandas 2.3 and 3. A category is plain text whose values the contract limits;
a date is a datetime at midnight."""


@dataclass(frozen=True)
class Value:
    """One permitted value of a category column: its code and its label in both languages."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Column:
    """One column of a contract.

    `dtype` is a key of DTYPES; `unit` is "" where there is none; `key` marks the column that identifies a row; `ref` names the
    "table.column" whose values it may take; `low` is the least value of a number; `ahead` marks a day that may come after the data
    end, such as a promise or a day on which money is due; `told_by` names a column that says what stands in a missing one, with the value
    where that is filled and the value where it is empty.
    """

    name: str
    dtype: str
    zh: str
    en: str
    meaning_zh: str
    meaning_en: str
    unit: str = ""
    key: bool = False
    ref: str = ""
    nullable: bool = False
    values: tuple[Value, ...] = ()
    low: float | None = None
    ahead: bool = False
    told_by: tuple[str, str, str] | tuple[()] = ()

    @property
    def categories(self) -> tuple[str, ...]:
        """The codes that a category column may hold, in the order in which they are shown."""
        return tuple(value.code for value in self.values)


@dataclass(frozen=True)
class Table:
    """One contract: the columns of a table in order.

    `orders` holds pairs of moments of which the second never comes before the first; "customers.opened_on" is the moment in the row of
    another table to which the row refers. Where the second is a day, only the day counts. `steps` names the columns of a thing, the step
    that it reached and the moment: steps come in the order of their categories.
    """

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    orders: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, str, str] | tuple[()] = ()

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> list[str]:
        """The column names in order."""
        return [column.name for column in self.columns]

    @property
    def key(self) -> str:
        """The column that identifies a row."""
        return next(column.name for column in self.columns if column.key)

    def pandera_schema(self) -> pa.DataFrameSchema:
        """The contract as a pandera schema: types, missing values, permitted values, least values, uniqueness of the key.

        >>> from crmlib.company import TABLES
        >>> TABLES["customers"].pandera_schema().columns["customer_id"].unique
        True
        """
        import pandera.pandas as pa

        def checks(column: Column) -> list[pa.Check]:
            if column.values:
                return [pa.Check.isin(column.categories)]
            return [pa.Check.in_range(column.low, np.finfo(float).max)] if column.low is not None else []

        return pa.DataFrameSchema(
            {
                column.name: pa.Column(DTYPES[column.dtype], checks(column), nullable=column.nullable, unique=column.key)
                for column in self.columns
            },
            name=self.name,
            strict=True,
            ordered=True,
        )


def conform(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """`frame` with the contract's columns in the contract's order and types; its row numbers start at 0.

    Raises
    ------
    ValueError
        A column is missing or unknown, or some value cannot be read as the column's type.

    >>> visits = Table("visits", "走访表", "visits", (Column("on", "date", "日期", "day", "走访日期", "day of the visit", unit="date"),))
    >>> conform(pd.DataFrame({"on": ["2025-01-31"]}), visits).on.dtype
    dtype('<M8[us]')
    """
    missing = [name for name in table.names if name not in frame.columns]
    unknown = [str(name) for name in frame.columns if name not in table.names]
    if missing or unknown:
        raise ValueError(
            _("The table {table} must have exactly the columns of its contract. Missing: {missing}. Unknown: {unknown}.").format(
                table=table.name, missing=", ".join(missing) or "–", unknown=", ".join(unknown) or "–"
            )
        )
    frame = frame.reset_index(drop=True)
    return pd.DataFrame({column.name: _cast(frame[column.name], column, table) for column in table.columns})


def _cast(values: pd.Series, column: Column, table: Table) -> pd.Series:
    if values.dtype == DTYPES[column.dtype]:
        return values
    try:
        return _READERS.get(column.dtype, lambda same: same)(values).astype(DTYPES[column.dtype])
    except (ValueError, TypeError, OverflowError):
        bad = values[_unreadable(values, column.dtype)].head(3)
        shown, rows = ", ".join(map(str, bad)), ", ".join(map(str, bad.index + 1))
        kinds = {"yes_no": _("yes or no"), "number": _("number"), "date": _("date"), "datetime": _("date and time")}
        raise ValueError(
            _("Table {table}, column {column}: some values cannot be read as {kind}, first {values} in row {rows}.").format(
                table=table.name, column=column.name, kind=kinds.get(column.dtype, _("text")), values=shown, rows=rows
            )
        ) from None


def _yes_no(values: pd.Series) -> pd.Series:
    plain = values.astype(object)
    if not plain.isin((True, False)).all():
        raise ValueError
    return plain


def _times(values: pd.Series) -> pd.Series:
    """Numbers are refused: pandas would take them for nanoseconds since 1970."""
    if values.isna().all():
        return pd.Series(pd.NaT, index=values.index, dtype=DTYPES["datetime"])
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind not in ("datetime64", "datetime", "date", "string"):
        raise ValueError
    return pd.to_datetime(values, format="ISO8601") if kind == "string" else pd.to_datetime(values)


_READERS = {"yes_no": _yes_no, "date": _times, "datetime": _times, "number": pd.to_numeric}


def _unreadable(values: pd.Series, kind: str) -> pd.Series:
    """Which values are to blame; all of them, where each alone could be read."""

    def readable(value: object) -> bool:
        try:
            _READERS.get(kind, lambda same: same)(pd.Series([value], dtype=object)).astype(DTYPES[kind])
        except (ValueError, TypeError, OverflowError):
            return False
        return True

    bad = np.array([not readable(value) for value in values.tolist()], dtype=bool)
    return pd.Series(bad if bad.any() else True, index=values.index)
