"""How old the open money is: one row a customer, one column an age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.credit.ledger import invoice_status
from crmlib.i18n import _
from crmlib.segments.per_customer import day
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BASES = ("due", "issued")


@dataclass(frozen=True)
class Aging:
    """Open money by customer and age at the end of the day `as_of`.

    `table` has one row a customer with anything open or in credit: one column a bucket, then open_yuan, overdue_yuan, credit_yuan (paid
    too much, and credit notes; never netted in silence), net_yuan (open less credit) and oldest_days. `totals` (one row a bucket:
    open_yuan, share, invoices, customers) adds them up. `items` are the open invoices. `basis` says from which day age counts.
    """

    table: pd.DataFrame = field(repr=False)
    totals: pd.DataFrame = field(repr=False)
    items: pd.DataFrame = field(repr=False)
    as_of: pd.Timestamp
    basis: str
    limits: tuple[int, ...]

    @property
    def buckets(self) -> list[str]:
        """The names of the buckets, youngest first."""
        return self.totals.index.tolist()

    @property
    def open_yuan(self) -> float:
        """All open money, in yuan."""
        return float(self.totals["open_yuan"].sum())

    def summary(self) -> str:
        """The result in two sentences."""
        overdue, credit = float(self.table["overdue_yuan"].sum()), float(self.table["credit_yuan"].sum())
        return _(
            "On {day}, {customers} customers owe {open:,.0f} yuan, of which {overdue:,.0f} yuan ({share:.1%}) are past due. "
            "{credit:,.0f} yuan of overpayments and credit notes stand against it and are shown apart."
        ).format(
            day=f"{self.as_of:%Y-%m-%d}", customers=int((self.table["open_yuan"] > 0).sum()), open=self.open_yuan, overdue=overdue,
            share=overdue / self.open_yuan if self.open_yuan else 0.0, credit=credit,
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The open money by age; see :func:`crmlib.plotting.aging`."""
        from crmlib.plotting.credit import aging

        return aging(self, ax=ax)


def aging(
    invoices: pd.DataFrame, payments: pd.DataFrame, *, as_of: object, basis: str = "due", buckets: Sequence[int] | None = None
) -> Aging:
    """Sort the open money of every customer by its age.

    Answers: who owes us how much, and for how long past the agreed day?

    Parameters
    ----------
    invoices, payments : DataFrame
        As in :func:`invoice_status`.
    as_of : date or text such as "2026-10-31"
    basis : "due" or "issued"
        Age counts from the day the invoice was due (the usual and the fair way), or from the day it was issued. Counted from the issue, a
        customer with 60 days to pay looks late while keeping to the contract.
    buckets : rising whole numbers of days, optional
        The last day of each bucket but the last: (30, 60, 90) gives 1–30, 31–60, 61–90 and over 90 days. By "due" a bucket
        not_due comes first; by "issued" the first bucket begins at 0. Without them: the standard credit.aging_days.

    Returns
    -------
    Aging
        table, totals, items, as_of, basis, limits; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        As in :func:`invoice_status`; the basis is another; the buckets do not rise.

    Source: 《快递客户关系管理》 (客户欠费管理); aging schedules of accounting textbooks.

    >>> invoices = pd.DataFrame({"invoice_id": ["i1", "i2"], "customer_id": ["c1", "c1"], "amount_yuan": [100.0, 50.0],
    ...     "issued_on": pd.to_datetime(["2026-07-31", "2026-09-30"]), "due_on": pd.to_datetime(["2026-08-30", "2026-10-30"])})
    >>> payments = pd.DataFrame({"invoice_id": ["i1"], "paid_on": pd.to_datetime(["2026-10-05"]), "amount_yuan": [60.0]})
    >>> aging(invoices, payments, as_of="2026-10-20").totals["open_yuan"].tolist()
    [50.0, 0.0, 40.0, 0.0, 0.0]
    """
    if not isinstance(basis, str) or basis not in BASES:
        raise ValueError(_('basis is "{basis}". Use "due" (age from the day it was due) or "issued" (from the day of the invoice).').format(
            basis=basis))  # fmt: skip
    limits, today = bucket_limits(buckets), day(as_of, "as_of").normalize()
    status = invoice_status(invoices, payments, as_of=today)
    names = bucket_names(limits, basis)
    age = status["days_past_due"] if basis == "due" else (today - status["issued_on"]).dt.days
    place = bucket_of(age.to_numpy(), limits, basis)
    status = status.assign(bucket=pd.Categorical.from_codes(place, categories=names, ordered=True))
    items = status[status["open_yuan"] > 0].reset_index(drop=True)
    table = _by_customer(status, items, names)
    money = items.groupby("bucket", observed=False)["open_yuan"]
    totals = pd.DataFrame({
        "open_yuan": money.sum().round(2), "share": 0.0, "invoices": money.size(),
        "customers": items.groupby("bucket", observed=False)["customer_id"].nunique(),
    })  # fmt: skip
    totals.index = pd.Index(names, name="bucket")
    totals["share"] = totals["open_yuan"] / totals["open_yuan"].sum() if len(items) else 0.0
    return Aging(table, totals, items, today, basis, limits)


def _by_customer(status: pd.DataFrame, items: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    wide = items.pivot_table(index="customer_id", columns="bucket", values="open_yuan", aggfunc="sum", observed=False, fill_value=0.0)
    wide = wide.reindex(columns=names, fill_value=0.0).astype(float)
    wide.columns = pd.Index(names)
    credit = status[status["credit_yuan"] > 0].groupby("customer_id")["credit_yuan"].sum()
    table = wide.reindex(wide.index.union(credit.index)).fillna(0.0).round(2).rename_axis("customer_id")
    overdue = items[items["days_past_due"] > 0]
    return table.assign(
        open_yuan=table.sum(axis=1).round(2),
        overdue_yuan=overdue.groupby("customer_id")["open_yuan"].sum().reindex(table.index, fill_value=0.0).round(2),
        credit_yuan=credit.reindex(table.index, fill_value=0.0).round(2),
        net_yuan=lambda found: (found["open_yuan"] - found["credit_yuan"]).round(2),
        oldest_days=overdue.groupby("customer_id")["days_past_due"].max().reindex(table.index, fill_value=0),
    )


def bucket_limits(buckets: Sequence[int] | None) -> tuple[int, ...]:
    """The last days of all buckets but the last; without them the standard credit.aging_days.

    >>> bucket_limits((15, 30))
    (15, 30)
    """
    found = list(get("credit.aging_days", unit="days") if buckets is None else buckets if np.iterable(buckets) else [buckets])
    whole = all(isinstance(limit, (int, np.integer)) and not isinstance(limit, bool) for limit in found)
    if not found or not whole or found[0] < 1 or any(low >= high for low, high in pairwise(found)):
        raise ValueError(_("buckets is {value}; write rising whole numbers of days, for example (30, 60, 90).").format(value=buckets))
    return tuple(int(limit) for limit in found)


def bucket_names(limits: tuple[int, ...], basis: str) -> list[str]:
    """One name a bucket: "not_due", "days_1_30", …, "over_90".

    >>> bucket_names((30, 60), "due")
    ['not_due', 'days_1_30', 'days_31_60', 'over_60']
    """
    first = 1 if basis == "due" else 0
    starts = [first, *(limit + 1 for limit in limits[:-1])]
    between = [f"days_{start}_{limit}" for start, limit in zip(starts, limits, strict=True)]
    return [*(["not_due"] if basis == "due" else []), *between, f"over_{limits[-1]}"]


def bucket_of(age: np.ndarray, limits: tuple[int, ...], basis: str) -> np.ndarray:
    """The place of each age (days) among the buckets.

    >>> bucket_of(np.array([-3, 0, 1, 30, 31, 400]), (30, 60), "due").tolist()
    [0, 0, 1, 1, 2, 3]
    """
    edges = np.array([0, *limits] if basis == "due" else limits)
    return np.searchsorted(edges, age, side="left")
