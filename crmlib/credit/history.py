"""What was known of each customer's payments before a cut-off, and whether the customer defaulted after it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.clean import clean
from crmlib.credit.chance import whole
from crmlib.credit.ledger import clean_invoices, clean_payments, settlements
from crmlib.i18n import _
from crmlib.segments.per_customer import day
from crmlib.standards import get

FEATURES = (
    "months_billed", "mean_invoice_yuan", "recent_change", "months_since_invoice", "mean_days_late", "worst_days_late",
    "late_invoice_share",
    "part_paid_share", "overdue_share", "limit_use", "credit_class",
)  # fmt: skip
"""What is worked out of each customer's past; the last two where the invoices have credit_limit_yuan and credit_class."""


@dataclass(frozen=True)
class CreditFrame:
    """`table`, one row a customer billed before `cutoff`: the features, default (yes/no), cutoff, known_on (the day from which default
    was known).

    Customers that were in default at the cut-off already are no forecast; they stand in `already_in_default`.
    """

    table: pd.DataFrame = field(repr=False)
    already_in_default: tuple[str, ...] = field(repr=False)
    cutoff: pd.Timestamp
    known_on: pd.Timestamp
    days_past_due: int

    @property
    def features(self) -> list[str]:
        """The columns of `table` that are features."""
        return [name for name in FEATURES if name in self.table.columns]

    def summary(self) -> str:
        """The result in one sentence."""
        return _(
            "Of {customers} customers billed before {cutoff}, {defaults} ({share:.1%}) had an invoice {days} days past due by {known}; "
            "{already} more were in default already and are left out."
        ).format(
            customers=len(self.table), cutoff=f"{self.cutoff:%Y-%m-%d}", defaults=int(self.table["default"].sum()),
            share=self.table["default"].mean() if len(self.table) else 0.0, days=self.days_past_due, known=f"{self.known_on:%Y-%m-%d}",
            already=len(self.already_in_default),
        )  # fmt: skip


def credit_frame(
    invoices: pd.DataFrame, payments: pd.DataFrame, *, cutoff: object, known_until: object, history_months: int | None = None,
    outcome_months: int | None = None, days_past_due: int | None = None,
) -> CreditFrame:  # fmt: skip
    """Features of each customer strictly before the cut-off, and default after it.

    Answers: what could we have known on that day, and what came of it?

    Parameters
    ----------
    invoices, payments : DataFrame
        As in :func:`invoice_status`; credit_class and credit_limit_yuan of the invoices are used where they are there.
    cutoff : date or text
        The first day that counts as future. Invoices issued and payments that arrived before it make the features.
    known_until : date or text
        The last day of the data. Outcomes that it does not reach are refused.
    history_months, outcome_months : int, optional
        Length of past and future. Without them: the standards credit.history_months, credit.outcome_months.
    days_past_due : int, optional
        A customer defaults when one of its invoices has been open so many days past the due day, on a day of the outcome window; it is in
        default already when that day came before the cut-off and money is still missing. Without it: the standard credit.default_days.

    Returns
    -------
    CreditFrame
        table, already_in_default, cutoff, known_on, days_past_due; `.features`, `.summary()`. The table is indexed by customer_id:
        months_billed, mean_invoice_yuan, recent_change (mean monthly billing of the last 3 months over that of the months before, less
        1), months_since_invoice, mean_days_late, worst_days_late, late_invoice_share (of invoices due; days late of an open one run to
        the cut-off), part_paid_share, overdue_share (of the open money at the cut-off, what is past due by more than
        credit.restrict_days: a day or two depends on the calendar alone), limit_use (open money over the limit), credit_class, default,
        cutoff, known_on. What cannot be known, as the lateness of who was never due, is missing.

    Raises
    ------
    ValueError
        As in :func:`invoice_status`; the outcome window ends after `known_until`; nobody was billed before the cut-off.

    Source: credit scoring practice (observation and performance window), Siddiqi, *Credit Risk Scorecards* (2006), ch. 4.

    >>> invoices = pd.DataFrame({"invoice_id": ["i1", "i2"], "customer_id": ["c1", "c2"], "amount_yuan": [100.0, 300.0],
    ...     "issued_on": pd.to_datetime(["2026-01-31"] * 2), "due_on": pd.to_datetime(["2026-03-02"] * 2)})
    >>> payments = pd.DataFrame({"invoice_id": ["i2"], "paid_on": pd.to_datetime(["2026-03-05"]), "amount_yuan": [300.0]})
    >>> credit_frame(invoices, payments, cutoff="2026-04-01", known_until="2026-10-31").table["default"].to_dict()
    {'c1': True, 'c2': False}
    """
    at, until = day(cutoff, "cutoff").normalize(), day(known_until, "known_until").normalize()
    months, ahead, limit = (
        whole(name, get(f"credit.{key}", unit=unit) if given is None else given, 1)
        for name, key, unit, given in (("history_months", "history_months", "months", history_months),
                                       ("outcome_months", "outcome_months", "months", outcome_months),
                                       ("days_past_due", "default_days", "days", days_past_due))
    )  # fmt: skip
    start, end = at - pd.DateOffset(months=months), at + pd.DateOffset(months=ahead)
    if end > until + pd.Timedelta(days=1):
        raise ValueError(_("The outcome window ends on {end}, but the data end on {until}. Choose "
            "an earlier cutoff, or fewer outcome_months.").format(
            end=f"{end - pd.Timedelta(days=1):%Y-%m-%d}", until=f"{until:%Y-%m-%d}"))  # fmt: skip
    bills, paid = clean_invoices(invoices), clean_payments(payments, invoices)
    more = clean(invoices, "invoices", optional=("credit_class", "credit_limit_yuan"), credit_class="name?", credit_limit_yuan="number?")
    for name in ("credit_class", "credit_limit_yuan"):
        if name in more.columns:
            bills[name] = more[name].to_numpy()
    past = bills[(bills["issued_on"] >= start) & (bills["issued_on"] < at)].reset_index(drop=True)
    if past.empty:
        raise ValueError(_("Nobody was billed between {start} and {cutoff}.").format(start=f"{start:%Y-%m-%d}", cutoff=f"{at:%Y-%m-%d}"))
    table = _features(past, paid[paid["paid_on"] < at], at)
    missed_on = _missed_on(bills, paid, limit)
    fell = missed_on.notna() & (missed_on >= at) & (missed_on < end)
    old = missed_on.notna() & (missed_on < at) & (_open_before(bills, paid, at) > 0.005)
    already = sorted(set(bills["customer_id"][old]) & set(table.index))
    table["default"] = table.index.isin(bills["customer_id"][fell])
    return CreditFrame(table.drop(index=already).assign(cutoff=at, known_on=end), tuple(already), at, end, limit)


def _missed_on(bills: pd.DataFrame, paid: pd.DataFrame, limit: int) -> pd.Series:
    """The day on which each invoice had been open for `limit` days past due; empty where it was paid by then."""
    when = bills["due_on"] + pd.Timedelta(days=limit)
    settled = settlements(bills, paid)
    in_time = settled[settled["paid_on"].to_numpy() <= when.to_numpy()[settled["place"]]]
    by_then = np.zeros(len(bills))
    np.add.at(by_then, in_time["place"].to_numpy(), in_time["amount_yuan"].to_numpy())
    return when.where(bills["amount_yuan"] - by_then > 0.005)


def _open_before(bills: pd.DataFrame, paid: pd.DataFrame, at: pd.Timestamp) -> np.ndarray:
    came = paid[paid["paid_on"] < at].groupby("row")["amount_yuan"].sum()
    return np.maximum(bills["amount_yuan"].to_numpy() - came.reindex(bills["row"]).fillna(0.0).to_numpy(), 0.0).round(2)


def _features(past: pd.DataFrame, paid: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    settled = settlements(past, paid)
    parts = np.bincount(settled["place"], minlength=len(past))
    full = settled[settled["paid_so_far"] >= settled["owed"] - 0.005].drop_duplicates("place")
    full_on = np.full(len(past), np.datetime64(at - pd.Timedelta(days=1), "us"))
    full_on[full["place"]] = full["paid_on"].to_numpy().astype("datetime64[us]")
    opened = _open_before(past, paid, at)
    late = pd.Series((full_on - past["due_on"].to_numpy()).astype("timedelta64[D]").astype(float))
    # Before its due day an open invoice says nothing about lateness.
    late = late.where((opened < 0.005) | (late > 0))
    month = past["issued_on"].dt.year * 12 + past["issued_on"].dt.month
    last = (at - pd.Timedelta(days=1)).year * 12 + (at - pd.Timedelta(days=1)).month
    bills = past.assign(late=late, was_late=(late > 0).astype(float).where(late.notna()), parted=(parts > 1).astype(float), month=month,
                        opened=opened, overdue=np.where(late > get("credit.restrict_days", unit="days"), opened, 0.0))  # fmt: skip
    people = bills.groupby("customer_id")
    found = pd.DataFrame({"months_billed": people["month"].nunique(), "mean_invoice_yuan": people["amount_yuan"].mean()})
    found["recent_change"] = _recent_change(bills, last, found.index)
    found["months_since_invoice"] = last - people["month"].max()
    for name, column, how in (("mean_days_late", "late", "mean"), ("worst_days_late", "late", "max"), ("late_invoice_share",
        "was_late", "mean"),
                              ("part_paid_share", "parted", "mean")):  # fmt: skip
        found[name] = people[column].agg(how)
    owes = people["opened"].sum()
    found["overdue_share"] = (people["overdue"].sum() / owes.where(owes > 0)).fillna(0.0)
    if "credit_limit_yuan" in bills.columns:
        limit = people["credit_limit_yuan"].last().astype(float)
        found["limit_use"] = owes / limit.where(limit > 0)
    if "credit_class" in bills.columns:
        found["credit_class"] = people["credit_class"].last().astype(object)
    return found


def _recent_change(bills: pd.DataFrame, last: int, customers: pd.Index) -> pd.Series:
    recent = bills["month"] > last - 3
    now = bills[recent].groupby("customer_id")["amount_yuan"].sum().reindex(customers, fill_value=0.0) / 3
    earlier = bills[~recent].groupby("customer_id").agg(yuan=("amount_yuan", "sum"), first=("month", "min")).reindex(customers)
    before = earlier["yuan"] / (last - 2 - earlier["first"])
    return now / before.where(before > 0) - 1


def require_frame(table: object, name: str) -> pd.DataFrame:
    """`table` of a :class:`CreditFrame`, or a DataFrame, with a yes/no column default.

    >>> require_frame(pd.DataFrame({"default": [True, False]}), "train").shape
    (2, 1)
    """
    table = table.table if isinstance(table, CreditFrame) else table
    if not isinstance(table, pd.DataFrame):
        raise ValueError(_("{name} must be what crm.credit.credit_frame gives, or such a table; this is a {kind}.").format(
            name=name, kind=type(table).__name__))  # fmt: skip
    require_columns(table.columns, ["default"])
    return table
