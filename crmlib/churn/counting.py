"""Rates of churn counted from waybills: who was a customer at the start of a period, and who no longer is at its end."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_share
from crmlib.churn.rates import KINDS, ChurnRate, rate_of
from crmlib.clean import clean
from crmlib.i18n import _
from crmlib.segments.per_customer import day, one_row_each
from crmlib.survival.silence import grace_period, shipping_days


def churn_rate(
    waybills: pd.DataFrame, *, start: object, end: object, kind: str, grace_days: int | None = None, level: float = 0.95
) -> ChurnRate:
    """The rate of churn of one period.

    Answers: what share of our customers, or of our revenue, did we lose; and did new customers make up for it?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at; for "revenue" also price_yuan
    start, end : dates, `end` not included
        The waybills must reach back the grace period before `start`.
    kind : "gross", "net" or "revenue"
        A customer on a day is who shipped within the grace period before it.
        gross: those of the start who are customers no longer at the end, over those of the start.
        net: customers at the start less customers at the end, over those of the start; below 0 when more came than went.
        revenue: what the lost ones had brought in the grace period before `start`, over what all of the start had brought.
    grace_days : int, optional
        Without it: the standard state.lost_days.
    level : float, 0–1
        Confidence of the interval.

    Returns
    -------
    ChurnRate

    Raises
    ------
    ValueError
        The kind is unknown, a column is missing, or the data do not reach back far enough or not to the end of the period.

    Notes
    -----
    A loss is dated by the day on which it could be known, the grace period after the last parcel: so the rate of a finished month never
    changes later. Who is lost in March and back in June counts in the rate of March, not in that of the year: so with many false alarms the
    year lies below what its months, annualised, would make it. The interval of a revenue rate is Wilson's for as many customers of equal
    size as would carry the same uncertainty; it is wide when few large customers make up the revenue.

    Source: usual definitions; Kish (1965) for the effective number.

    >>> log = pd.DataFrame({"customer_id": ["c1", "c2", "c1", "c3"],
    ...     "picked_up_at": pd.to_datetime(["2026-01-01", "2026-01-20", "2026-02-10", "2026-02-20"]), "price_yuan": [90.0, 10.0, 9.0, 5.0]})
    >>> [churn_rate(log, start="2026-02-01", end="2026-03-01", kind=kind, grace_days=31).rate for kind in ("gross", "net", "revenue")]
    [0.5, 0.0, 0.1]
    """
    ledger = _Ledger(waybills, kind, grace_days, level)
    return ledger.rate(day(start, "start").normalize(), day(end, "end").normalize(), None)


def churn_months(
    waybills: pd.DataFrame, *, kind: str, start: object = None, end: object = None, grace_days: int | None = None,
    by: pd.Series | None = None, level: float = 0.95,
) -> pd.DataFrame:  # fmt: skip
    """The rate of churn month by month.

    Answers: does churn rise, and in which group?

    Parameters
    ----------
    waybills, kind, grace_days, level : as for :func:`churn_rate`
    start, end : dates, optional
        The first months' beginning and the last one's end. Without them: all whole months that the waybills allow.
    by : Series by customer_id, optional
        Groups with rates of their own.

    Returns
    -------
    DataFrame, one row a month and group
        month (its first day), where `by` is given a column of its name with the group, kind, total, lost, gained, rate, low, high. The rate
        of several groups together is Σ lost / Σ total, never the mean of their rates.

    Raises
    ------
    ValueError
        As for :func:`churn_rate`, or there is no whole month.

    Source: as for :func:`churn_rate`.

    >>> log = pd.DataFrame({"customer_id": ["c1", "c2", "c1", "c1"],
    ...     "picked_up_at": pd.to_datetime(["2026-01-01", "2026-01-20", "2026-02-20", "2026-03-30"])})
    >>> churn_months(log, kind="gross", grace_days=31, start="2026-02-01", end="2026-04-01").rate.tolist()
    [0.5, 0.0]
    """
    ledger = _Ledger(waybills, kind, grace_days, level)
    first = ledger.first + pd.Timedelta(days=ledger.grace) if start is None else day(start, "start").normalize()
    last = ledger.last + pd.Timedelta(days=1) if end is None else day(end, "end").normalize()
    months = pd.date_range(first, last, freq="MS")
    if len(months) < 2:
        raise ValueError(_("Between {start:%Y-%m-%d} and {end:%Y-%m-%d} there is no whole month.").format(start=first, end=last))
    groups = {None: None} if by is None else ledger.groups(by)
    rows = []
    for begin, finish in pairwise(months):
        for name, members in groups.items():
            if members is not None and not ledger.there(begin, members).any():
                continue
            found = ledger.rate(begin, finish, members)
            group = {} if by is None else {by.name or "group": name}
            figures = {key: getattr(found, key) for key in ("total", "lost", "gained", "rate", "low", "high")}
            rows.append({"month": begin, **group, "kind": kind, **figures})
    return pd.DataFrame(rows)


class _Ledger:
    """Who shipped on which days, looked up by day."""

    def __init__(self, waybills: pd.DataFrame, kind: str, grace_days: int | None, level: float) -> None:
        require_share("level", level)
        if kind not in KINDS:
            raise ValueError(_('kind is "{kind}"; it must be "gross", "net" or "revenue".').format(kind=kind))
        self.kind, self.level, self.grace = kind, level, grace_period(grace_days)
        days = shipping_days(waybills, "waybills")
        self.first, self.last = days["day"].min(), days["day"].max()
        self.codes, self.names = pd.factorize(days["customer_id"], sort=True)
        self.days = days["day"].to_numpy().astype("datetime64[D]").astype(np.int64)
        self.paid = self._yuan(waybills) if kind == "revenue" else None

    def _yuan(self, waybills: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        plain = clean(waybills, "waybills", customer_id="id", picked_up_at="text_date", price_yuan="number")
        price = plain["price_yuan"]
        refuse_rows(price < 0, _("{name} is negative").format(name="price_yuan"), _("Net off refunds first."))
        picked = plain["picked_up_at"].to_numpy().astype("datetime64[D]").astype(np.int64)
        return pd.Index(self.names).get_indexer(plain["customer_id"]), picked, price.to_numpy()

    def groups(self, by: pd.Series) -> dict[object, np.ndarray]:
        """For each group, which customers belong to it."""
        if not isinstance(by, pd.Series):
            raise ValueError(_('by must be a Series of groups by customer_id, such as customers.set_index("customer_id")["market"].'))
        one_row_each(by.index, "by")
        own = by.reindex(pd.Index(self.names))
        refuse_rows(own.isna(), _("by names no group for these customers"), _("Give them a group, or leave out their waybills."))
        return {name: (own == name).to_numpy() for name in own.groupby(own, observed=True).groups}

    def there(self, when: pd.Timestamp, members: np.ndarray | None) -> np.ndarray:
        """Which customers shipped within the grace period before `when`."""
        number = int(np.datetime64(when, "D").astype(np.int64))
        recent = self.codes[(self.days >= number - self.grace) & (self.days < number)]
        found = np.bincount(recent, minlength=len(self.names)) > 0
        return found if members is None else found & members

    def rate(self, start: pd.Timestamp, end: pd.Timestamp, members: np.ndarray | None) -> ChurnRate:
        earliest = self.first + pd.Timedelta(days=self.grace)
        if start < earliest:
            raise ValueError(_("The waybills begin on {first:%Y-%m-%d}, so who was a customer at the start can be told from "
                               "{earliest:%Y-%m-%d} on, not on "
                               "{start:%Y-%m-%d}.").format(first=self.first, earliest=earliest, start=start))  # fmt: skip
        if end > self.last + pd.Timedelta(days=32):
            raise ValueError(_("The waybills end on {last:%Y-%m-%d}, before the period does ({end:%Y-%m-%d}): everybody would "
                               "look lost.").format(
                last=self.last, end=end))  # fmt: skip
        before, after = self.there(start, members), self.there(end, members)
        lost, gained, count = before & ~after, after & ~before, None
        total, gone, won = float(before.sum()), float(lost.sum()), float(gained.sum())
        if self.paid is not None:
            customer, picked, price = self.paid
            number = int(np.datetime64(start, "D").astype(np.int64))
            window = (picked >= number - self.grace) & (picked < number)
            yuan = np.bincount(customer[window], price[window], minlength=len(self.names))
            total, gone, won = float(yuan[before].sum()), float(yuan[lost].sum()), 0.0
            count = _equal_customers(yuan[before], lost[before])
        rate = rate_of(kind=self.kind, total=total, lost=gone, gained=won, start=start, end=end, level=self.level, customers=count)
        return replace(rate, grace_days=self.grace)


def _equal_customers(yuan: np.ndarray, lost: np.ndarray) -> float:
    """How many customers of equal size would give the share of lost revenue the same variance."""
    total = yuan.sum()
    if total == 0:
        return float(max(len(yuan), 1))
    share = float(yuan[lost].sum() / total)
    kish = float(total**2 / (yuan**2).sum())
    spread = float((yuan**2 * (lost - share) ** 2).sum() / total**2)
    return kish if spread == 0 or share in (0.0, 1.0) else share * (1 - share) / spread
