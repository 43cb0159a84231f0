"""On which days a customer shipped, and how long it may be silent before it counts as lost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import refuse_rows, require_columns
from crmlib.clean import moments
from crmlib.i18n import _
from crmlib.segments.per_customer import numbers, one_row_each


def grace_by_customer(value: int | pd.Series | None, customers: pd.Index) -> pd.Series:
    """The grace period of each of `customers`, in days: one for all, or their own.

    >>> grace_by_customer(60, pd.Index(["c1", "c2"])).tolist()
    [60, 60]
    """
    if isinstance(value, pd.DataFrame):
        raise ValueError(_('grace_days is a table; take its column: own["grace_days"].'))
    if not isinstance(value, pd.Series):
        return pd.Series(grace_period(value), index=customers)
    one_row_each(value.index, "grace_days")
    own = numbers(value.reindex(customers), "grace_days")
    refuse_rows((own < 1) | (own > 3650), _("grace_days lies outside 1 to 3650"), _("It is a number of days, such as 90."))
    return np.ceil(own).astype("int64")


def grace_period(value: int | None) -> int:
    """`value`, a whole number of days from 1 on; None means the standard.

    >>> grace_period(60)
    60
    """
    if value is None:
        value = standards.get("state.lost_days", unit="days")
    whole = not isinstance(value, (bool, str)) and pd.api.types.is_number(value) and float(value).is_integer()
    if not whole or not 1 <= value <= 3650:
        raise ValueError(_("grace_days is {value}; it must be a whole number of days, such as 90.").format(value=value))
    return int(value)


def shipping_days(waybills: object, name: str) -> pd.DataFrame:
    """The days on which each customer shipped, each once, in order: customer_id and day.

    >>> log = pd.DataFrame({"customer_id": ["c1", "c1"], "picked_up_at": pd.to_datetime(["2026-01-02 08:00", "2026-01-02 17:00"])})
    >>> len(shipping_days(log, "waybills"))
    1
    """
    if not isinstance(waybills, pd.DataFrame):
        raise ValueError(
            _("{name} must be a table with one row a waybill; this is a {kind}.").format(name=name, kind=type(waybills).__name__)
        )
    require_columns(waybills.columns, ["customer_id", "picked_up_at"])
    if waybills.empty:
        raise ValueError(_("{name} has no rows. Check the period and the filter that it comes from.").format(name=name))
    refuse_rows(
        waybills["customer_id"].isna(), _("{name} is missing").format(name="customer_id"), _("Fill in the customer_id, or drop these rows.")
    )
    picked = moments(waybills["picked_up_at"], "picked_up_at", table=name, text_ok=True)
    refuse_rows(
        picked.isna(),
        _("{name} is missing or no date").format(name="picked_up_at"),
        _('Write dates like "2026-11-01", or drop these rows.'),
    )
    codes, names = pd.factorize(waybills["customer_id"], sort=True)
    number = picked.to_numpy().astype("datetime64[D]").astype("int64")
    base = int(number.min())
    span = int(number.max()) - base + 1
    pairs = pd.unique(pd.Series(codes * span + (number - base)).sort_values())
    return pd.DataFrame({
        "customer_id": pd.Series(names).take(pairs // span).to_numpy(),
        "day": (pairs % span + base).astype("datetime64[D]").astype("datetime64[us]"),
    })  # fmt: skip
