"""What each customer sent by month, as it was known on one day; nothing later is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.segments.per_customer import day


@dataclass(frozen=True)
class Past:
    """Counts by customer (row) and month (column) before a cut-off. `begins` is the first month of each customer (0 the first of all).

    `groups` (codes) and `group_names` say which customers share a season; `cells` holds counts by customer, kind and month, where demand
    is asked for by kind (route, product); `kinds` names them.
    """

    customers: pd.Index
    first: pd.Period
    counts: np.ndarray
    begins: np.ndarray
    groups: np.ndarray
    group_names: tuple[str, ...]
    cells: np.ndarray
    kinds: pd.MultiIndex
    by: tuple[str, ...]

    @property
    def months(self) -> int:
        """How many months the past has."""
        return self.counts.shape[1]

    def until(self, month: int) -> Past:
        """The past as it stood at the beginning of `month`: customers who had not begun are left out."""
        there = self.begins < month
        return Past(self.customers[there], self.first, self.counts[there, :month], self.begins[there], self.groups[there], self.group_names,
                    self.cells[there, :, :month], self.kinds, self.by)  # fmt: skip


def monthly_demand(
    waybills: pd.DataFrame, *, until: object, by: str | Sequence[str] = (), customers: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Parcels of each customer by month, with the months without any.

    Answers: what did each customer send, where to, month by month?

    Parameters
    ----------
    waybills : DataFrame, one row a parcel
        customer_id, picked_up_at and the columns of `by`.
    until : first day of a month
        Parcels picked up on or after it are not looked at.
    by : column or columns, optional
        Such as "destination_region" or ("scope", "product").
    customers : DataFrame, optional
        customer_id, opened_on, market. A customer's months begin with the opening of the account, or the first of the data; without this
        table, with the first parcel.

    Returns
    -------
    DataFrame, one row a customer, kind and month
        customer_id, the columns of `by`, calendar_month (period), parcels. Kinds that a customer never sent are left out.

    Raises
    ------
    ValueError
        A column is missing; picked_up_at is text or missing; nothing was sent before `until`; `until` is not the first of a month.

    Source: counting.

    >>> parcels = pd.DataFrame({"customer_id": ["c1", "c1"], "picked_up_at": pd.to_datetime(["2026-01-05", "2026-03-05"])})
    >>> monthly_demand(parcels, until="2026-05-01")["parcels"].tolist()
    [1, 0, 1, 0]
    """
    past = past_of(waybills, until, by, customers)
    there = np.arange(past.months) >= past.begins[:, None]
    own = past.cells.sum(axis=2) > 0
    row, kind, month = np.nonzero(there[:, None, :] & own[:, :, None])
    table = pd.DataFrame({"customer_id": past.customers.take(row)})
    for name in past.by:
        table[name] = past.kinds.get_level_values(name).take(kind)
    table["calendar_month"] = pd.period_range(past.first, periods=past.months, freq="M").take(month)
    return table.assign(parcels=past.cells[row, kind, month])


def past_of(waybills: pd.DataFrame, until: object, by: str | Sequence[str] = (), customers: pd.DataFrame | None = None) -> Past:
    """The past of all customers before `until`.

    >>> parcels = pd.DataFrame({"customer_id": ["c1", "c1"], "picked_up_at": pd.to_datetime(["2026-01-05", "2026-03-05"])})
    >>> past_of(parcels, "2026-04-01").counts.tolist()
    [[1, 0, 1]]
    """
    cut, by = month_start(until), (by,) if isinstance(by, str) else tuple(by)
    require_columns(waybills.columns, ("customer_id", "picked_up_at", *by))
    if not pd.api.types.is_datetime64_any_dtype(waybills["picked_up_at"]):
        raise ValueError(_("{name} is not a date. Turn it into dates with pd.to_datetime first.").format(name="picked_up_at"))
    refuse_rows(waybills["picked_up_at"].isna() | waybills["customer_id"].isna(), _("customer_id or picked_up_at is missing"),
                _("Fill in the value, or drop these rows."))  # fmt: skip
    known = waybills.loc[waybills["picked_up_at"] < cut, ["customer_id", "picked_up_at", *by]]
    if known.empty:
        raise ValueError(_("No parcel was picked up before {day}.").format(day=cut.date()))
    for name in by:
        refuse_rows(known[name].isna(), _("{name} is missing").format(name=name), _("Fill in the value, or drop these rows."))
    number = (known["picked_up_at"].dt.year * 12 + known["picked_up_at"].dt.month - 1).to_numpy()
    start = int(number.min())
    months = cut.year * 12 + cut.month - 1 - start
    row, ids = pd.factorize(known["customer_id"], sort=True)
    kind, kinds = (
        pd.factorize(pd.MultiIndex.from_frame(known[list(by)].astype(str)), sort=True) if by else (np.zeros(len(known), int), None)
    )
    size = 1 if kinds is None else len(kinds)
    cells = np.bincount((row * size + kind) * months + number - start, minlength=len(ids) * size * months).reshape(len(ids), size, months)
    counts = cells.sum(axis=1)
    begins = (counts > 0).argmax(axis=1)
    groups, names = np.zeros(len(ids), dtype=int), ("all",)
    if customers is not None:
        begins, groups, names = _begun(pd.Index(ids), customers, start, begins)
    level = (
        pd.MultiIndex.from_tuples([("all",)], names=["all"]) if kinds is None else pd.MultiIndex.from_tuples(list(kinds), names=list(by))
    )
    return Past(
        pd.Index(ids, name="customer_id"), pd.Period(ordinal=start - 1970 * 12, freq="M"), counts, begins, groups, names, cells, level, by
    )


def _begun(ids: pd.Index, customers: pd.DataFrame, start: int, first: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """The month in which each account was opened (never after its first parcel), and the customer's market."""
    require_columns(customers.columns, ("customer_id", "opened_on", "market"))
    table = customers.drop_duplicates("customer_id").set_index("customer_id").reindex(ids)
    opened = pd.to_datetime(table["opened_on"])
    month = (opened.dt.year * 12 + opened.dt.month - 1).to_numpy(dtype=float) - start
    begins = np.clip(np.where(np.isnan(month), first, month), 0, first).astype(int)
    codes, names = pd.factorize(table["market"].astype(object).where(table["market"].notna(), "unknown"), sort=True)
    return begins, codes, tuple(map(str, names))


def month_start(value: object, name: str = "cutoff") -> pd.Timestamp:
    """`value` as the first moment of a month.

    >>> month_start("2026-05").day
    1
    """
    found = day(value, name)
    if found != found.to_period("M").to_timestamp():
        raise ValueError(
            _("{name} is {value}; it must be the first day of a month, such as {example}, so that no month is cut in two.").format(
                name=name, value=value, example=found.to_period("M").to_timestamp().date()
            )
        )
    return found
