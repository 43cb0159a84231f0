"""Waybills made ready for an analysis: months, periods, and which parcels were late."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import clean
from crmlib.i18n import _
from crmlib.segments.per_customer import customer_table, day
from crmlib.standards import get

_KINDS = {
    "customer_id": "id", "picked_up_at": "text_date", "delivered_at": "text_date?", "promised_at": "text_date", "price_yuan": "number",
    "cost_yuan": "number", "weight_kg": "number", "product": "name", "scope": "name", "destination_region": "name",
}  # fmt: skip


def parcels_of(waybills: object, *needed: str) -> pd.DataFrame:
    """The waybills with `needed` columns checked and made plain; at least one row.

    >>> log = pd.DataFrame({"customer_id": ["c1"], "picked_up_at": ["2026-05-03"]})
    >>> parcels_of(log, "customer_id", "picked_up_at").picked_up_at.dt.month.tolist()
    [5]
    """
    found = clean(waybills, "waybills", **{name: _KINDS.get(name, "name") for name in needed})
    if found.empty:
        raise ValueError(_("{name} has no rows. Check the period and the filter that it comes from.").format(name="waybills"))
    return found


def months_of(moments: pd.Series) -> pd.Series:
    """The first day of each moment's month.

    >>> months_of(pd.Series(pd.to_datetime(["2026-05-03"]))).dt.day.tolist()
    [1]
    """
    return pd.Series(moments.to_numpy().astype("datetime64[M]").astype("datetime64[us]"), index=moments.index, name="month")


def period_of(value: object, name: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First day and the day after the last, of a pair of dates.

    >>> [each.day for each in period_of(("2026-01-01", "2026-02-01"), "before")]
    [1, 1]
    """
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise ValueError(
            _('{name} must be a pair of days, the first and the one after the last, such as ("2026-01-01", "2026-02-01").').format(name=name)
        )
    start, end = (day(each, name).normalize() for each in value)
    if end <= start:
        raise ValueError(_("The period from {start:%Y-%m-%d} to {end:%Y-%m-%d} is empty.").format(start=start, end=end))
    return start, end


def two_periods(waybills: pd.DataFrame, before: object, after: object) -> tuple[pd.DataFrame, pd.DataFrame, int, int]:
    """The parcels of two periods that do not overlap, and how many days each lasts.

    >>> log = pd.DataFrame({"picked_up_at": pd.to_datetime(["2026-01-03", "2026-02-03"])})
    >>> [len(part) for part in two_periods(log, ("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01"))[:2]]
    [1, 1]
    """
    (start, end), (later_start, later_end) = period_of(before, "before"), period_of(after, "after")
    if later_start < end:
        raise ValueError(
            _("before ends on {end:%Y-%m-%d}, after begins on {start:%Y-%m-%d}: the periods overlap or are swapped.").format(
                end=end - pd.Timedelta(days=1), start=later_start
            )
        )
    when = waybills["picked_up_at"]
    parts = waybills[(when >= start) & (when < end)], waybills[(when >= later_start) & (when < later_end)]
    for part, (first, last) in zip(parts, ((start, end), (later_start, later_end)), strict=True):
        if part.empty:
            raise ValueError(
                _("No waybill was picked up in the period from {start} to {end}. Compare it with the dates in the table.").format(
                    start=f"{first:%Y-%m-%d}", end=f"{last:%Y-%m-%d}"
                )
            )
    return *parts, (end - start).days, (later_end - later_start).days


def lateness(waybills: pd.DataFrame, *, as_of: object = None) -> pd.Series:
    """1.0 where a parcel came after its promise (or is not there although the promise is over), 0.0 where it was in time.

    Answers: which parcels count as late, and which can not be judged yet?

    Parameters
    ----------
    waybills : DataFrame
        picked_up_at, promised_at, delivered_at (missing while under way or lost)
    as_of : date, optional
        The moment of judging. Without it: the last moment in the table.

    Returns
    -------
    Series of float with the index of `waybills`
        Missing where the parcel is under way and its promise still open: it belongs neither above nor below the line of a rate.

    Raises
    ------
    ValueError
        A column is missing or holds no dates.

    Source: own definition of the firm's promise; 丢失件 count as late once the promise is over.

    >>> log = pd.DataFrame({"picked_up_at": ["2026-05-01"] * 3, "promised_at": ["2026-05-03", "2026-05-03", "2026-05-09"],
    ...     "delivered_at": ["2026-05-02", "2026-05-04", None]})
    >>> lateness(log).tolist()
    [0.0, 1.0, nan]
    """
    bills = parcels_of(waybills, "picked_up_at", "promised_at", "delivered_at")
    arrived, promised = bills["delivered_at"], bills["promised_at"]
    now = max(bills["picked_up_at"].max(), arrived.max() if arrived.notna().any() else bills["picked_up_at"].max())
    now = now if as_of is None else day(as_of, "as_of")
    late = np.where(arrived.isna() | (arrived > now), promised < now, arrived > promised).astype(float)
    late[(arrived.isna() | (arrived > now)) & (promised >= now)] = np.nan
    return pd.Series(late, index=bills.index, name="late")


def of_customers(waybills: pd.DataFrame, customers: object, columns: list[str]) -> dict[str, np.ndarray]:
    """For each waybill, what its customer has in `columns`; a customer that is not among `customers` is refused.

    >>> log, people = pd.DataFrame({"customer_id": ["c1"]}), pd.DataFrame({"customer_id": ["c1"], "region": ["east"]})
    >>> of_customers(log, people, ["region"])["region"].tolist()
    ['east']
    """
    people = customer_table(customers, columns, "customers")
    place = people.index.get_indexer(waybills["customer_id"])
    refuse_rows(
        pd.Series(place < 0, index=waybills.index),
        _("These customers have waybills but are not in customers"),
        _("Take both tables from the same firm and day."),
    )
    return {name: people[name].astype(object).to_numpy()[place] for name in columns}


def confidence(level: float | None) -> float:
    """`level`, or the standard operations.level.

    >>> confidence(0.9)
    0.9
    """
    from crmlib.checks import require_share

    level = get("operations.level", unit="share") if level is None else level
    require_share("level", level)
    return level
