"""What every classing is given: one amount, or one row, a customer. Anything else is refused with a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real

import narwhals as nw
import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _

CHINA = "Asia/Shanghai"
"""The firm's clock: moments with a time zone are turned into it, so that a parcel of 00:30 belongs to the day that the courier saw."""


def head_count(share: float, customers: int) -> int:
    """How many customers the top `share` of `customers` is, rounded up.

    >>> head_count(0.05, 47), head_count(0.05, 60)
    (3, 3)
    """
    # 0.05 * 60 is a hair above 3 in binary; without rounding it would count as 4 customers.
    return math.ceil(round(share * customers, 9))


def one_row_each(index: pd.Index, name: str) -> None:
    """Refuse an index in which a customer is missing or stands twice.

    >>> one_row_each(pd.Index(["c1", "c2"]), "revenue")
    """
    if index.nlevels == 1 and index.is_unique and not index.hasnans:
        return
    rows = index.to_series(index=index)
    refuse_rows(
        rows.isna(), _("{name} has rows without a customer_id").format(name=name), _("Fill in the customer_id, or drop these rows.")
    )
    refuse_rows(
        rows.duplicated(keep=False),
        _("{name} holds some customers more than once").format(name=name),
        _('Add up the rows of a customer first, for example with .groupby("customer_id").sum().'),
    )


def numbers(values: pd.Series, name: str, *, missing_ok: bool = False) -> pd.Series:
    """`values` as floats; text, infinities and (unless `missing_ok`) missing values are refused.

    >>> numbers(pd.Series({"c1": 3}), "revenue").tolist()
    [3.0]
    """
    if values.dtype == np.float64 and np.isfinite(values.to_numpy()).all():
        return values.copy()
    kinds = pd.api.types
    may_be = (kinds.is_object_dtype, kinds.is_string_dtype, kinds.is_any_real_numeric_dtype, kinds.is_bool_dtype)
    if any(is_such(values) for is_such in may_be):
        converted = pd.to_numeric(values, errors="coerce").astype("float64")
    else:
        converted = pd.Series(np.nan, index=values.index)
    text = converted.isna() & values.notna()
    refuse_rows(
        text, _("{name} is not a number").format(name=name), _("Turn the text into numbers first, or read the table with read_customers.")
    )
    infinite = np.isinf(converted)
    refuse_rows(infinite, _("{name} is infinite").format(name=name), _("Look for a division by zero where it was worked out."))
    if not missing_ok:
        refuse_rows(
            converted.isna(),
            _("{name} is missing").format(name=name),
            _("Fill in the value (0 if there was none), or drop these customers."),
        )
    return converted


def amounts(values: pd.Series, name: str) -> pd.Series:
    """`values` as floats of 0 or more, one a customer.

    >>> amounts(pd.Series({"c1": 3, "c2": 0}), "revenue").tolist()
    [3.0, 0.0]
    """
    if not isinstance(values, pd.Series):
        raise ValueError(
            _(
                "{name} must be a Series indexed by customer_id; this is a {kind}. "
                'Write for example activity.set_index("customer_id")["revenue_yuan"].'
            ).format(name=name, kind=type(values).__name__)
        )
    if values.empty:
        raise ValueError(_("{name} has no customers at all. Check the period and the filter that it comes from.").format(name=name))
    one_row_each(values.index, name)
    found = numbers(values, name)
    refuse_rows(found < 0, _("{name} is negative").format(name=name), _("Net off refunds within the period, or set these customers apart."))
    return found


def classes_of(values: pd.Series, name: str) -> pd.Series:
    """`values`, checked: one class a customer, none missing.

    >>> classes_of(pd.Series({"c1": "A"}), "classes").tolist()
    ['A']
    """
    if not isinstance(values, pd.Series):
        raise ValueError(
            _('{name} must be a Series of classes indexed by customer_id; this is a {kind}. Write for example classes["abc"].').format(
                name=name, kind=type(values).__name__
            )
        )
    if values.empty:
        raise ValueError(_("{name} has no customers at all. Check the period and the filter that it comes from.").format(name=name))
    one_row_each(values.index, name)
    refuse_rows(
        values.isna(), _("{name} has customers without a class").format(name=name), _("Give them a class of their own, or drop them.")
    )
    return values


def customer_table(table: object, columns: Iterable[str], name: str) -> pd.DataFrame:
    """`table` as a pandas frame indexed by customer_id that has `columns`.

    `table` may be a pandas, polars or DuckDB table; customer_id may be a column or the index of a pandas frame.

    >>> customer_table(pd.DataFrame({"customer_id": ["c1"], "parcels": [3]}), ["parcels"], "activity").index.tolist()
    ['c1']
    """
    if isinstance(table, pd.DataFrame):
        require_columns(table.columns, table.columns)
    frame = nw.from_native(table, pass_through=True)
    if not isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        raise ValueError(
            _("{name} must be a table with one row a customer; this is a {kind}.").format(name=name, kind=type(table).__name__)
        )
    pandas = frame.collect("pandas").to_native() if isinstance(frame, nw.LazyFrame) else frame.to_pandas()
    indexed = pandas.set_index("customer_id") if "customer_id" in pandas.columns else pandas.rename_axis("customer_id")
    require_columns(indexed.columns, columns)
    if indexed.empty:
        raise ValueError(_("{name} has no customers at all. Check the period and the filter that it comes from.").format(name=name))
    one_row_each(indexed.index, name)
    return indexed


def day(value: object, name: str) -> pd.Timestamp:
    """`value` (a date, a datetime or text such as "2026-11-01") as a point in time; one with a time zone, on the clock of China.

    >>> day("2026-11-01", "today").year
    2026
    """
    try:
        # A bare number would count as nanoseconds since 1970.
        found = pd.NaT if isinstance(value, Real) else pd.Timestamp(value)
    except (ValueError, TypeError, OverflowError):
        found = pd.NaT
    if pd.isna(found):
        raise ValueError(_('{name} is {value}, which is no date. Write it like "2026-11-01".').format(name=name, value=value))
    return found if found.tz is None else found.tz_convert(CHINA).tz_localize(None)
