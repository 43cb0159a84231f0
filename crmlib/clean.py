"""Tables as people hand them over, made plain: dates without a time zone, numbers as floats, ids without gaps; or refused."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from numbers import Real

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.segments.per_customer import CHINA, numbers

_ZONE = re.compile(r"(Z|[+-]\d\d:?\d\d)$")


def clean(table: object, name: str, /, *, optional: tuple[str, ...] = (), **columns: str) -> pd.DataFrame:
    """`table` with its `columns` checked and made plain; other columns and the index stay as they are.

    Parameters
    ----------
    table : DataFrame
    name : what it is called in messages
    optional : columns that may be lacking
    columns : the kind of each column: "id" or "name" (whatever it holds, no category), "date" (days or moments, no text), "text_date" (text
        such as "2026-11-01" too), "number", "answer" (yes/no, or 1/0). With "?" behind, such as "number?", values may be missing.

    Raises
    ------
    ValueError
        It is no table; a column is lacking or stands there twice; values are missing or of another kind.

    >>> bills = pd.DataFrame({"customer_id": pd.Categorical(["c1"]), "picked_up_at": [datetime.date(2026, 11, 1)]})
    >>> clean(bills, "waybills", customer_id="id", picked_up_at="date")["picked_up_at"].dt.year.tolist()
    [2026]
    """
    need_frame(table, name)
    require_columns(table.columns, [column for column in columns if column not in optional or column in table.columns])
    found = {}
    for column, kind in columns.items():
        if column in table.columns:
            given = table[column]
            plain = clean_column(given, column, kind, table=name)
            if plain is not given:
                found[column] = plain
    return table.assign(**found) if found else table


def clean_column(values: pd.Series, name: str, kind: str, *, table: str = "table") -> pd.Series:
    """One column made plain, as :func:`clean` describes the kinds.

    >>> clean_column(pd.Series([Decimal("2.5"), 1]), "price_yuan", "number").tolist()
    [2.5, 1.0]
    """
    kind, missing_ok = kind.removesuffix("?"), kind.endswith("?")
    if kind in ("id", "name"):
        found = plain_names(values)
    elif kind == "number":
        plain = values.dtype == "float64" and not np.isinf(values.to_numpy()).any()
        found = values if plain else numbers(values, name, missing_ok=missing_ok)
    elif kind == "answer":
        found = answers(values, name, missing_ok=missing_ok)
    else:
        found = moments(values, name, table=table, text_ok=kind == "text_date")
    if not missing_ok:
        refuse_rows(found.isna(), _("{name} is missing").format(name=name), _("Fill in the value, or drop these rows and say so."))
    return found


def plain_names(values: pd.Series) -> pd.Series:
    """`values` themselves, or what a category column holds.

    >>> plain_names(pd.Series(["a"], dtype="category")).tolist()
    ['a']
    """
    return values.astype(values.cat.categories.dtype) if isinstance(values.dtype, pd.CategoricalDtype) else values


def moments(values: pd.Series, name: str, *, table: str = "table", text_ok: bool = False) -> pd.Series:
    """`values` as moments on the clock of China, missing where they are missing.

    >>> moments(pd.Series(pd.to_datetime(["2026-04-30 16:30"]).tz_localize("UTC")), "picked_up_at").astype(str).tolist()
    ['2026-05-01 00:30:00']
    """
    values = plain_names(values)
    if values.dtype == "datetime64[us]":
        return values
    if pd.api.types.is_numeric_dtype(values) and values.notna().any():
        raise ValueError(_("{name} holds numbers, not dates. Read the column as dates first.").format(name=name))
    if not pd.api.types.is_datetime64_any_dtype(values):
        values = _read_dates(values, name, table, text_ok)
    if isinstance(values.dtype, pd.ArrowDtype):
        values = pd.to_datetime(values.astype(object))
    if values.dt.tz is not None:
        values = values.dt.tz_convert(CHINA).dt.tz_localize(None)
    return values.astype("datetime64[us]")


def _read_dates(values: pd.Series, name: str, table: str, text_ok: bool) -> pd.Series:
    known = values.dropna()
    dates = known.map(lambda one: isinstance(one, (datetime.date, np.datetime64))).to_numpy(dtype=bool)
    if not dates.all() and not text_ok:
        raise ValueError(_("{column} holds text, not dates. Convert it first: pd.to_datetime({table}.{column}).").format(
            column=name, table=table))  # fmt: skip
    text = any(isinstance(one, str) for one in known)
    zoned = [_ZONE.search(one) is not None if isinstance(one, str) else getattr(one, "tzinfo", None) is not None for one in known]
    if any(zoned) and not all(zoned):
        raise ValueError(_("{name} holds some moments with a time zone and some without. Write all of them in the same way.").format(name=name))
    found = pd.to_datetime(values.astype(object), errors="coerce", format="ISO8601" if text else None, utc=any(zoned))
    bad = found.isna() & values.notna()
    refuse_rows(bad, _("{name} is missing or no date").format(name=name), _('Write dates like "2026-11-01", or drop these rows.'))
    return found


def answers(values: pd.Series, name: str, *, missing_ok: bool = False) -> pd.Series:
    """`values` as yes and no (True, False, 1, 0); where some are missing, as "boolean".

    >>> answers(pd.Series([1, 0]), "accepted").tolist()
    [True, False]
    """
    values = plain_names(values)
    if values.dtype == bool:
        return values
    known = values.notna()
    told = values[known].map(lambda one: isinstance(one, (bool, np.bool_, Real, Decimal)) and one in (0, 1)).astype(bool)
    refuse_rows(~told, _("{name} is neither yes (True, 1) nor no (False, 0)").format(name=name), _("Use True and False, or 1 and 0."))
    found = values.astype(object).where(known, None).map(lambda one: pd.NA if one is None else bool(one)).astype("boolean")
    return found if missing_ok and not known.all() else found.astype(bool) if known.all() else found


def is_number(values: pd.Series) -> bool:
    """Whether a column holds numbers, also where they stand among objects, as out of a database; yes/no is none.

    >>> is_number(pd.Series([Decimal("1.5"), None])), is_number(pd.Series([True, False]))
    (True, False)
    """
    if pd.api.types.is_bool_dtype(values):
        return False
    if pd.api.types.is_numeric_dtype(values):
        return True
    known = values.dropna() if values.dtype == object else values[:0]
    return any(isinstance(one, (Real, Decimal)) and not isinstance(one, (bool, np.bool_)) for one in known)


def is_answer(values: pd.Series) -> bool:
    """Whether a column holds yes/no, also where it stands among objects.

    >>> is_answer(pd.Series([True, None], dtype=object))
    True
    """
    if pd.api.types.is_bool_dtype(values):
        return True
    known = values.dropna() if values.dtype == object else values[:0]
    return len(known) > 0 and all(isinstance(one, (bool, np.bool_)) for one in known)


def listed(values: object, name: str) -> list:
    """`values` as a list; one alone, or nothing that can be listed, is refused. Text is one value.

    >>> listed(("a", "b"), "features")
    ['a', 'b']
    """
    if isinstance(values, (str, bytes)) or not np.iterable(values):
        raise ValueError(_("{name} must be a list, such as [\"a\", \"b\"]; this is a {kind}.").format(name=name, kind=type(values).__name__))
    return list(values)


def column_names(values: object, name: str) -> list[str]:
    """`values` as a list of names of columns.

    >>> column_names(["late"], "covariates")
    ['late']
    """
    found = listed(values, name)
    if not all(isinstance(one, str) for one in found):
        raise ValueError(_("{name} must hold names of columns, in quotes.").format(name=name))
    return found


def amount(name: str, value: object) -> float:
    """`value` as a number of 0 or more.

    >>> amount("small_yuan", 50)
    50.0
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (Real, Decimal)) or not np.isfinite(float(value)) or value < 0:
        raise ValueError(_("{name} is {value}; it must be a number of 0 or more.").format(name=name, value=value))
    return float(value)
