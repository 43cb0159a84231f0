"""Rows by key and time, ready to be fetched in a moment: from arrays in memory, or from DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Rows = dict[str, np.ndarray]
NEVER = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class Span:
    """Which rows of a key are wanted: begun after `since` and up to `until`, and not ended before or at `open_after`."""

    since: np.datetime64
    until: np.datetime64
    open_after: np.datetime64 | None = None


class Shelf(Protocol):
    """Rows by key, in order of time."""

    def rows(self, key: object, span: Span) -> Rows: ...


class ArrayShelf:
    """A table in memory, sorted by key and time once.

    Parameters
    ----------
    table : DataFrame with `key`, `begin`, `tie`, the other `columns`, and `end` where there is one; rows without a key are left out

    >>> table = pd.DataFrame({"who": ["b", "a", "b"], "at": pd.to_datetime(["2026-01-03", "2026-01-02", "2026-01-01"]), "n": [1, 2, 3]})
    >>> shelf = ArrayShelf(table, key="who", begin="at", columns=["at", "n"], tie="n")
    >>> shelf.rows("b", Span(np.datetime64("2026-01-01"), np.datetime64("2026-01-09")))["n"].tolist()
    [1]
    """

    def __init__(self, table: pd.DataFrame, *, key: str, begin: str, columns: Sequence[str], tie: str, end: str | None = None) -> None:
        codes, keys = pd.factorize(table[key], sort=True)
        order = np.lexsort((pd.factorize(table[tie], sort=True)[0], table[begin].to_numpy(dtype="datetime64[us]"), codes))
        order = order[codes[order] >= 0]
        edges = np.searchsorted(codes[order], np.arange(len(keys) + 1))
        self._place = {each: (edges[place], edges[place + 1]) for place, each in enumerate(keys)}
        self._columns = {name: _values(table[name])[order] for name in columns}
        self._begin, self._end = begin, end

    def rows(self, key: object, span: Span) -> Rows:
        """The rows of `key` in the span."""
        start, stop = self._place.get(key, (0, 0))
        begun = self._columns[self._begin][start:stop]
        low, high = start + np.searchsorted(begun, span.since, side="right"), start + np.searchsorted(begun, span.until, side="right")
        chosen = slice(low, max(low, high))
        if self._end is not None and span.open_after is not None:
            ended = self._columns[self._end][chosen]
            chosen = np.arange(low, max(low, high))[np.isnat(ended) | (ended > span.open_after)]
        return {name: values[chosen] for name, values in self._columns.items()}


class DuckShelf:
    """A table in DuckDB, written in order of key and time once, so that a key is read from one or two blocks."""

    def __init__(self, connection: DuckDBPyConnection, table: str, *, key: str, begin: str, columns: Sequence[str], tie: str,
                 end: str | None = None) -> None:  # fmt: skip
        self._connection, self._columns = connection, list(columns)
        still_open = f' AND ("{end}" IS NULL OR "{end}" > ?)' if end else ""
        self._end = end
        self._asked = (f'SELECT {", ".join(self._columns)} FROM {table} WHERE "{key}" = ? AND "{begin}" > ? AND "{begin}" <= ?{still_open} '
                       f'ORDER BY "{begin}", "{tie}"')  # fmt: skip

    def rows(self, key: object, span: Span) -> Rows:
        """The rows of `key` in the span."""
        if key is None:
            return {name: np.empty(0, dtype=object) for name in self._columns}
        # Without an end that counts, nothing has ended before the first day there is.
        open_after = [_moment(span.open_after if span.open_after is not None else np.datetime64("0001-01-01", "us"))] if self._end else []
        found = self._connection.execute(self._asked, [key, _moment(span.since), _moment(span.until), *open_after]).fetchnumpy()
        return {name: _plain(found[name]) for name in self._columns}


def _values(column: pd.Series) -> np.ndarray:
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.to_numpy(dtype="datetime64[us]")
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return column.to_numpy()
    return column.astype(object).where(column.notna(), None).to_numpy(dtype=object)


def _plain(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "M":
        filled = values.filled(NEVER) if isinstance(values, np.ma.MaskedArray) else values
        return filled.astype("datetime64[us]")
    if not isinstance(values, np.ma.MaskedArray):
        return values
    plain = values.data.astype(object if values.dtype.kind == "O" else float)
    # The fill value of a masked array of texts is a question mark, not nothing.
    plain[np.ma.getmaskarray(values)] = None if values.dtype.kind == "O" else np.nan
    return plain


def _moment(at: np.datetime64) -> object:
    return at.astype("datetime64[us]").item()
