"""Bringing a column, however a file or database holds it, into the contract's type, and telling which values resist."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmlib.company.contract import DTYPES, Column
from crmlib.company.customer_list.amounts import amount
from crmlib.company.customer_list.cells import blank, identifier, yes_no
from crmlib.company.moments import BEIJING, moment, order_of
from crmlib.company.naming import code_meant

_ISO = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?"
MISSING, BAD = None, object()


class Settled(NamedTuple):
    """A column in the contract's type, and which rows hold what cannot be read. Where there is any, `values` are as they were."""

    values: pd.Series
    bad: np.ndarray


def settle(values: pd.Series, column: Column, *, meant: Callable[[object, Column], str | None] = code_meant) -> Settled:
    """`values` in the type of `column`.

    Text is read as numbers, days and moments, or yes and no; labels of category values become their codes. A category that nobody knows
    stays as it is: whether it is permitted is for validation to say.

    Parameters
    ----------
    values : what the place held, of any dtype
    column : the contract of the column
    meant : which code a cell of a category column means

    >>> from crmlib.company.schema import TABLES
    >>> settle(pd.Series(["2024/3/5 8:00", "2024-03-06"]), TABLES["waybills"]["picked_up_at"]).values.dt.day.tolist()
    [5, 6]
    >>> settle(pd.Series(["8.5", "cheap"]), TABLES["waybills"]["price_yuan"]).bad.tolist()
    [False, True]
    """
    kind = DTYPES[column.dtype]
    nothing = np.zeros(len(values), dtype=bool)
    if column.values:
        return Settled(_codes(values, column, meant), nothing)
    if values.dtype == kind:
        return Settled(values, nothing)
    if kind == DTYPES["text"]:
        return Settled(_texts(values), nothing)
    if kind == DTYPES["date"]:
        return _times(values)
    if kind == DTYPES["yes_no"]:
        return _each(values, _yes_no, _flags)
    if pd.api.types.is_numeric_dtype(values.dtype):
        plain = values.to_numpy(dtype="float64", na_value=math.nan)
        return Settled(pd.Series(plain, index=values.index, name=values.name), nothing)
    read = partial(_number, share=column.unit.startswith("share"))
    return _each(values, read, lambda read: np.array([math.nan if value is None else value for value in read], dtype="float64"))


def _each(values: pd.Series, read: Callable[[object], object], build: Callable[[list], object]) -> Settled:
    """Read each different value once: exports repeat themselves. Values of one hash but another type are kept apart."""
    known: dict[tuple, object] = {}
    out = []
    for value in values.astype(object).tolist():
        where = (type(value), value)
        try:
            if where not in known:
                known[where] = read(value)
            out.append(known[where])
        except TypeError:
            out.append(BAD)
    bad = np.fromiter((value is BAD for value in out), dtype=bool, count=len(out))
    if bad.any():
        return Settled(values, bad)
    return Settled(pd.Series(build(out), index=values.index, name=values.name), bad)


def _gone(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or blank(value)


def _number(value: object, *, share: bool) -> object:
    if isinstance(value, (bool, dt.date, dt.time)):
        return BAD
    try:
        if isinstance(value, (int, float, Decimal, np.number)):
            return float(value)
        if isinstance(value, str) and "_" not in value and not blank(value):
            return float(value)
    except OverflowError:
        return math.inf
    except ValueError:
        read = amount(value, share=share, stored=False).value
        return BAD if read is None else read
    return MISSING if _gone(value) else BAD


def _yes_no(value: object) -> object:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (str, int, float, np.number)) and (read := yes_no(value).value) is not None:
        return read
    return MISSING if _gone(value) else BAD


def _flags(read: list) -> pd.Series:
    return pd.Series(read, dtype="boolean" if None in read else "bool")


def _texts(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.StringDtype) or pd.api.types.infer_dtype(values, skipna=True) in ("string", "empty"):
        return values.astype(DTYPES["text"])
    return pd.Series([_text(value) for value in values.tolist()], index=values.index, name=values.name, dtype=DTYPES["text"])


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, (bool, dt.date, dt.time)) or not isinstance(value, (int, float)):
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return identifier(value).value if math.isfinite(value) else str(value)


def _codes(values: pd.Series, column: Column, meant: Callable[[object, Column], str | None]) -> pd.Series:
    plain = _texts(values.astype(object) if isinstance(values.dtype, pd.CategoricalDtype) else values)
    strange = [text for text in plain.dropna().unique() if text not in column.categories]
    if not strange:
        return plain.astype(DTYPES["category"])
    turned = {text: meant(text, column) or (None if blank(text) else text) for text in strange}
    return plain.map(lambda text: turned.get(text, text)).astype(DTYPES["category"])


def _times(values: pd.Series) -> Settled:
    nothing = np.zeros(len(values), dtype=bool)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert(BEIJING).dt.tz_localize(None)
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return Settled(values.astype(DTYPES["datetime"]), nothing)
    if isinstance(values.dtype, pd.StringDtype) or pd.api.types.infer_dtype(values, skipna=True) == "string":
        texts = values.astype(DTYPES["text"])
        if texts.dropna().str.fullmatch(_ISO).all():
            read = pd.to_datetime(texts, format="ISO8601", errors="coerce").astype(DTYPES["datetime"])
            if read.notna().eq(texts.notna()).all():
                return Settled(read, nothing)
    order = order_of(values.tolist())
    return _each(values, lambda value: _when(value, order), lambda read: np.array(read, dtype="datetime64[us]"))


def _when(value: object, order: str) -> object:
    if isinstance(value, dt.datetime) and value is not pd.NaT:
        when = value.astimezone(BEIJING).replace(tzinfo=None) if value.tzinfo else value
        return np.datetime64(when.to_pydatetime(warn=False) if isinstance(when, pd.Timestamp) else when, "us")
    if isinstance(value, dt.date) and value is not pd.NaT:
        return np.datetime64(value, "us")
    if isinstance(value, str) and (read := moment(value, order=order)) is not None:
        return np.datetime64(read, "us")
    return np.datetime64("NaT", "us") if _gone(value) else BAD
