"""Days sales outstanding: how many days of sales the customers still owe, counted in two ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.credit.chance import whole
from crmlib.credit.ledger import clean_invoices, clean_payments, settlements
from crmlib.i18n import _
from crmlib.segments.per_customer import day
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class DaysSalesOutstanding:
    """`table`, one row a month end: sales_yuan, receivable_yuan, simple_days, count_back_days; `period_months` of sales lie under the
    simple one."""

    table: pd.DataFrame = field(repr=False)
    period_months: int

    def summary(self) -> str:
        """The last month, and how far apart the two ways were at most."""
        last, gap = self.table.iloc[-1], (self.table["simple_days"] - self.table["count_back_days"]).abs()
        said = _("At the end of {month}, customers owe {back:.0f} days of sales by the "
            "count-back method and {simple:.0f} by the simple one.").format(
            month=f"{self.table.index[-1]:%Y-%m}", back=last["count_back_days"], simple=last["simple_days"])  # fmt: skip
        if not gap.notna().any():
            return said
        return _("{said} The two lay furthest apart in {month}: {gap:.0f} days.").format(
            said=said, month=f"{gap.idxmax():%Y-%m}", gap=gap.max()
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Both by month; see :func:`crmlib.plotting.days_sales_outstanding`."""
        from crmlib.plotting.credit import days_sales_outstanding

        return days_sales_outstanding(self, ax=ax)


def days_sales_outstanding(
    invoices: pd.DataFrame, payments: pd.DataFrame, *, as_of: object, period_months: int | None = None
) -> DaysSalesOutstanding:
    """How many days of sales the customers owe at each month end.

    Answers: do we get our money faster or slower than before, or does it only look so because of November?

    Parameters
    ----------
    invoices, payments : DataFrame
        As in :func:`invoice_status`. Sales are what was invoiced in a calendar month; so are credit notes, as less.
    as_of : date or text
        The last day that is known; the last month counted is the last that had ended by then.
    period_months : int, optional
        Months of sales in the simple ratio. Without it: the standard credit.sales_months.

    Returns
    -------
    DaysSalesOutstanding
        table, indexed by the month's last day: sales_yuan (of the month), receivable_yuan (open at its end), simple_days, count_back_days
        (missing in months too early for the method). `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        As in :func:`invoice_status`; no month has ended.

    Notes
    -----
    Simple: receivable ÷ sales of the last `period_months` × days in them. Count-back: take the latest month's sales off the receivable,
    then the month before, until nothing is left; each month used up counts its days, the last one in part. After a peak the simple ratio is
    bent twice. At the end of November the receivable is mostly November's while the sales under it are November's and calmer months':
    the ratio jumps. When November leaves the period but not yet the books, or the books but not yet the period, it errs again,
    though every customer paid as always. Count-back sets November's debt against November's sales.

    Source: credit management textbooks (exhaustion method).

    >>> months = pd.to_datetime(["2026-08-31", "2026-09-30"])
    >>> invoices = pd.DataFrame({"invoice_id": ["i1", "i2"], "customer_id": ["c1", "c1"], "issued_on": months,
    ...     "due_on": months + pd.Timedelta(days=30), "amount_yuan": [310.0, 600.0]})
    >>> payments = pd.DataFrame({"invoice_id": ["i1"], "paid_on": pd.to_datetime(["2026-09-20"]), "amount_yuan": [210.0]})
    >>> days_sales_outstanding(invoices, payments, as_of="2026-09-30", period_months=1).table.iloc[-1].tolist()
    [600.0, 700.0, 35.0, 40.0]
    """
    period = whole("period_months", get("credit.sales_months", unit="months") if period_months is None else period_months, 1)
    today = day(as_of, "as_of").normalize()
    bills, paid = clean_invoices(invoices), clean_payments(payments, invoices)
    bills = bills[bills["issued_on"] <= today].reset_index(drop=True)
    ends = pd.date_range(bills["issued_on"].min(), today, freq="ME").normalize() if len(bills) else pd.DatetimeIndex([])
    if ends.empty:
        raise ValueError(_("No month with invoices has ended by {day}.").format(day=f"{today:%Y-%m-%d}"))
    sales = _by_month(bills["issued_on"].to_numpy(), bills["amount_yuan"].to_numpy(), ends)
    receivable = (np.cumsum(_by_month(bills["issued_on"].to_numpy(), bills["amount_yuan"].clip(lower=0).to_numpy(), ends))
                  - np.cumsum(_by_month(*_reductions(bills, paid), ends))).round(2)  # fmt: skip
    length = ends.days_in_month.to_numpy().astype(float)
    under, days = (pd.Series(values).rolling(period).sum().to_numpy() for values in (sales, length))
    simple = np.divide(receivable * days, under, out=np.full(len(ends), np.nan), where=under > 0)
    table = pd.DataFrame({
        "sales_yuan": sales.round(2), "receivable_yuan": receivable, "simple_days": simple,
        "count_back_days": count_back(receivable, sales, length),
    }, index=ends.rename("month"))  # fmt: skip
    return DaysSalesOutstanding(table, period)


def count_back(receivable: np.ndarray, sales: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Count-back days at each month end; missing where the receivable exceeds all sales known.

    >>> count_back(np.array([50.0, 700.0]), np.array([310.0, 600.0]), np.array([31.0, 30.0])).tolist()
    [5.0, 40.0]
    """
    back = np.full(len(sales), np.nan)
    for month in range(len(sales)):
        ran, before = np.cumsum(sales[month::-1]), np.concatenate([[0.0], np.cumsum(days[month::-1])])
        last = int(np.argmax(ran >= receivable[month] - 0.005))
        if ran[last] >= receivable[month] - 0.005:
            left = receivable[month] - (ran[last] - sales[month - last])
            back[month] = before[last] + (days[month - last] * min(left / sales[month - last], 1.0) if sales[month - last] > 0 else 0.0)
    return back


def _reductions(bills: pd.DataFrame, paid: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """By how much each payment lowered what was open, and when: never by more than was owed, and not before the invoice existed."""
    settled = settlements(bills, paid)
    owed, so_far = settled["owed"].clip(lower=0).to_numpy(), settled["paid_so_far"].to_numpy()
    before = so_far - settled["amount_yuan"].to_numpy()
    issued = bills["issued_on"].to_numpy()[settled["place"]]
    return np.maximum(settled["paid_on"].to_numpy(), issued), np.minimum(so_far, owed) - np.minimum(before, owed)


def _by_month(when: np.ndarray, yuan: np.ndarray, ends: pd.DatetimeIndex) -> np.ndarray:
    place = np.searchsorted(ends.to_numpy().astype("datetime64[D]"), when.astype("datetime64[D]"), side="left")
    return np.bincount(place, weights=yuan, minlength=len(ends) + 1)[: len(ends)]
