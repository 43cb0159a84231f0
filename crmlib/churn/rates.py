"""Rates of churn that say what they are rates of, and refuse to be mixed: gross, net, and of revenue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.clean import amount
from crmlib.i18n import _
from crmlib.survey.intervals import wilson_interval

KINDS = ("gross", "net", "revenue")


@dataclass(frozen=True, eq=False)
class ChurnRate:
    """`lost` (for kind "net": less `gained`) over `total`, for one period.

    kind : "gross" (customers lost), "net" (customers lost less gained) or "revenue" (what the lost ones had brought)
    total, base : what is divided by, and what it counts: "customers" at the start, or "revenue_yuan" that they had brought
    start, end : the period, `end` not included
    rate, low, high, level : the rate, and its interval at confidence `level` (missing for revenue where nobody said how many customers
        it rests on)
    customers : how many customers, of equal size, the interval rests on; 0 where that is not known
    annualised : whether it is a shorter period's rate carried on over a year
    grace_days : after how many days without a parcel a customer counted as gone; 0 where nobody said

    Rates can be compared and subtracted only when kind, base and length of period are the same; they are never added.
    """

    kind: str
    total: float
    lost: float
    gained: float
    start: pd.Timestamp
    end: pd.Timestamp
    rate: float
    low: float
    high: float
    level: float = 0.95
    annualised: bool = False
    customers: int = 0
    grace_days: int = 0

    @property
    def base(self) -> str:
        """What the rate is a share of: "customers" or "revenue_yuan"."""
        return "revenue_yuan" if self.kind == "revenue" else "customers"

    @property
    def period(self) -> str:
        """The length of the period: "1M" for a month, "12M" for a year, "45D" where it is no whole number of months."""
        return "12M" if self.annualised else period_length(self.start, self.end)

    def annual(self) -> ChurnRate:
        """The rate of a whole year in which every period is like this one: 1 − (1 − rate) to the power of periods a year.

        >>> january = rate_of(kind="gross", total=1000, lost=20, start="2026-01-01", end="2026-02-01")
        >>> round(january.annual().rate, 4)
        0.2153
        """
        if self.period == "12M":
            return self
        length = self.period
        periods = 12 / int(length[:-1]) if length.endswith("M") else 365.25 / int(length[:-1])
        year = {name: 1 - (1 - getattr(self, name)) ** periods for name in ("rate", "low", "high")}
        return replace(self, annualised=True, **year)

    def label(self) -> str:
        """What the rate is called in a report, with its period and, where it is known, its grace period.

        >>> rate_of(kind="gross", total=10, lost=2, start="2026-01-01", end="2026-02-01").label()
        'gross churn, 2026-01-01 to 2026-01-31'
        """
        words = {"kind": _names()[self.kind], "start": f"{self.start:%Y-%m-%d}", "last": f"{self.end - pd.Timedelta(days=1):%Y-%m-%d}"}
        if self.grace_days:
            return _("{kind}, {start} to {last}, gone after {days} days").format(days=self.grace_days, **words)
        return _("{kind}, {start} to {last}").format(**words)

    def summary(self) -> str:
        """The rate with its kind, base, period, interval and grace period."""
        grace = _(" Gone is who sent nothing for {days} days.").format(days=self.grace_days) if self.grace_days else ""
        return self._told() + grace

    def _told(self) -> str:
        words = {"rate": self.rate, "low": self.low, "high": self.high, "level": self.level, "start": f"{self.start:%Y-%m-%d}",
                 "last": f"{self.end - pd.Timedelta(days=1):%Y-%m-%d}", "total": f"{self.total:,.0f}", "lost": f"{self.lost:,.0f}",
                 "gained": f"{self.gained:,.0f}"}  # fmt: skip
        if np.isnan(self.low):
            said = _("Revenue churn, annualised from {start} to {last}: {rate:.1%} a year; how sure that is cannot be told from yuan alone.")
            if not self.annualised:
                said = _("Revenue churn from {start} to {last}: {rate:.1%}, {lost} of the {total} yuan that the customers at the start had "
                         "brought; how sure that is cannot be told from yuan alone.")  # fmt: skip
            return said.format(**words)
        if self.annualised:
            said = {
                "gross": _(
                    "Gross churn, annualised from {start} to {last}: {rate:.1%} a year ({level:.0%} interval {low:.1%} to {high:.1%})."
                ),
                "net": _("Net churn, annualised from {start} to {last}: {rate:.1%} a year ({level:.0%} interval {low:.1%} to {high:.1%})."),
                "revenue": _(
                    "Revenue churn, annualised from {start} to {last}: {rate:.1%} a year ({level:.0%} interval {low:.1%} to {high:.1%})."
                ),
            }
        else:
            said = {
                "gross": _("Gross churn from {start} to {last}: {rate:.1%}, {lost} of the {total} customers at the start "
                           "({level:.0%} interval {low:.1%} "
                           "to {high:.1%})."),
                "net": _("Net churn from {start} to {last}: {rate:.1%}, {lost} lost less {gained} gained, of {total} customers at "
                         "the start ({level:.0%} "
                         "interval {low:.1%} to {high:.1%})."),
                "revenue": _("Revenue churn from {start} to {last}: {rate:.1%}, {lost} of the {total} yuan that the customers at "
                             "the start had brought "
                             "({level:.0%} interval {low:.1%} to {high:.1%})."),
            }  # fmt: skip
        return said[self.kind].format(**words)

    def _like(self, other: object) -> ChurnRate:
        if not isinstance(other, ChurnRate):
            raise ValueError(_("{other} is a bare number: nobody knows whether it is gross or net, of a month or of a year. Compare "
                               "with .rate if you are sure.").format(
                other=other))  # fmt: skip
        names = _names()
        if other.kind != self.kind:
            raise ValueError(_("One is {one}, the other {other}: these do not measure the same thing and cannot be compared "
                               "or netted.").format(
                one=names[self.kind], other=names[other.kind]))  # fmt: skip
        if other.period != self.period:
            raise ValueError(_("One is for {one}, the other for {other}. Work both out for periods of the same length, or use "
                               ".annual() on the shorter.").format(
                one=_period_name(self.period), other=_period_name(other.period)))  # fmt: skip
        return other

    def __sub__(self, other: object) -> float:
        return self.rate - self._like(other).rate

    def __rsub__(self, other: object) -> float:
        return -self.__sub__(other)

    def __lt__(self, other: object) -> bool:
        return self.rate < self._like(other).rate

    def __le__(self, other: object) -> bool:
        return self.rate <= self._like(other).rate

    def __gt__(self, other: object) -> bool:
        return self.rate > self._like(other).rate

    def __ge__(self, other: object) -> bool:
        return self.rate >= self._like(other).rate

    def __eq__(self, other: object) -> bool:
        return self.rate == self._like(other).rate

    def __hash__(self) -> int:
        return hash((self.kind, self.period, self.rate))

    def __add__(self, other: object) -> ChurnRate:
        raise ValueError(
            _(
                "Rates are not added, multiplied or divided: each has its own base. Use crm.churn.pool_rates for several "
                "together, .annual() for a year."
            )
        )

    __radd__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__


def _names() -> dict[str, str]:
    return {"gross": _("gross churn"), "net": _("net churn"), "revenue": _("revenue churn")}


def rate_of(
    *,
    kind: str,
    total: float,
    lost: float,
    start: object,
    end: object,
    gained: float = 0.0,
    level: float = 0.95,
    customers: float | None = None,
) -> ChurnRate:
    """A churn rate from figures that somebody has counted already.

    Answers: the report says 20 of 1,000 customers left in January; how sure is that rate?

    Parameters
    ----------
    kind : "gross", "net" or "revenue"
    total, lost, gained : customers, or for "revenue" yuan; `gained` counts for "net" only
    start, end : dates, `end` not included
    level : float, 0–1
    customers : for "revenue", how many customers of equal size would carry the same uncertainty; see :func:`crmlib.churn.churn_rate`.
        Without it a revenue rate has no interval: a yuan is no customer, and yuan leave together.

    Returns
    -------
    ChurnRate

    Raises
    ------
    ValueError
        The kind is unknown, a figure is negative, more is lost than there was, or the period is empty.

    Notes
    -----
    Intervals: Wilson's for "gross" and "revenue". For "net", Wilson's for the losses and the score interval of a Poisson number for the
    gains, put together as Newcombe does for a difference; they keep their width where nobody was lost or gained.

    Source: Wilson (1927); Brown, Cai and DasGupta (2001); Newcombe (1998).

    >>> rate_of(kind="net", total=1000, lost=50, gained=30, start="2026-01-01", end="2027-01-01").rate
    0.02
    """
    from crmlib.segments.per_customer import day

    require_share("level", level)
    if kind not in KINDS:
        raise ValueError(_('kind is "{kind}"; it must be "gross", "net" or "revenue".').format(kind=kind))
    first, last = day(start, "start").normalize(), day(end, "end").normalize()
    if last <= first:
        raise ValueError(_("The period from {start:%Y-%m-%d} to {end:%Y-%m-%d} is empty.").format(start=first, end=last))
    total, lost, gained = (amount(name, value) for name, value in (("total", total), ("lost", lost), ("gained", gained)))
    if customers is not None and amount("customers", customers) == 0:
        raise ValueError(_("{name} is {value}; it must be a number above 0.").format(name="customers", value=customers))
    if total == 0:
        raise ValueError(_("There was nobody at the start ({start:%Y-%m-%d}), so there is no rate.").format(start=first))
    if lost > total:
        raise ValueError(_("{lost} lost is more than the {total} at the start. Count only losses of those who were there at "
                           "the start.").format(
            lost=f"{lost:g}", total=f"{total:g}"))  # fmt: skip
    rate = (lost - (gained if kind == "net" else 0.0)) / total
    count = customers if customers is not None else None if kind == "revenue" else total
    if count is None:
        low = high = float("nan")
    elif kind == "net":
        low, high = _net_interval(lost, gained, total, level)
    else:
        low, high = _wilson(rate, count, level)
    return ChurnRate(
        kind, float(total), float(lost), float(gained), first, last, float(rate), float(low), float(high), level, False, int(count or 0)
    )


def _wilson(share: float, count: float, level: float) -> tuple[float, float]:
    low, high = wilson_interval(share * count, count, level)
    return min(low, share), max(high, share)  # rounding leaves no share outside its interval


def _net_interval(lost: float, gained: float, total: float, level: float) -> tuple[float, float]:
    z, left, came = _normal(level), lost / total, gained / total
    below, above = _wilson(left, total, level)
    middle, half = gained + z**2 / 2, z * float(np.sqrt(gained + z**2 / 4))
    fewer, more = (middle - half) / total, (middle + half) / total
    return left - came - float(np.hypot(left - below, more - came)), left - came + float(np.hypot(above - left, came - fewer))


def pool_rates(rates: Iterable[ChurnRate]) -> ChurnRate:
    """Several rates of the same kind, base and length as one: the sum of what was lost over the sum of what there was.

    Answers: what is the rate of all regions, or the average month? (Not the mean of the rates, in which small ones weigh as much as large.)

    Parameters
    ----------
    rates : ChurnRate, at least one; all of one kind, base and length of period

    Returns
    -------
    ChurnRate
        Its period begins with the earliest; it has the common length.

    Raises
    ------
    ValueError
        There are no rates, or they differ in kind, base or length of period.

    Source: ratio of sums; any textbook of sampling.

    >>> east = rate_of(kind="gross", total=900, lost=90, start="2026-01-01", end="2026-02-01")
    >>> west = rate_of(kind="gross", total=100, lost=30, start="2026-01-01", end="2026-02-01")
    >>> pool_rates([east, west]).rate
    0.12
    """
    rates = list(rates)
    if not rates:
        raise ValueError(_("There is no rate to pool."))
    first = rates[0]
    for other in rates:
        if not isinstance(first, ChurnRate):
            raise ValueError(_("pool_rates takes what crm.churn.churn_rate gives, not a {kind}.").format(kind=type(first).__name__))
        first._like(other)
        if first.annualised or other.annualised:
            raise ValueError(_("Pool the rates first, and annualise the result."))
    earliest = min(rates, key=lambda one: one.start)
    total, lost, gained = (sum(getattr(one, name) for one in rates) for name in ("total", "lost", "gained"))
    return rate_of(kind=first.kind, total=total, lost=lost, gained=gained, start=earliest.start, end=earliest.end, level=first.level,
                   customers=sum(one.customers for one in rates) if all(one.customers for one in rates) else None)  # fmt: skip


def period_length(start: pd.Timestamp, end: pd.Timestamp) -> str:
    """The length from `start` to `end`: "1M" for a month, "45D" where it is no whole number of months.

    >>> [period_length(pd.Timestamp("2026-01-31"), pd.Timestamp(end)) for end in ("2026-03-31", "2026-02-14")]
    ['2M', '14D']
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    whole = months > 0 and start + pd.DateOffset(months=months) == end
    return f"{months}M" if whole else f"{(end - start).days}D"


def _period_name(period: str) -> str:
    number = int(period[:-1])
    return _("{number} month(s)").format(number=number) if period.endswith("M") else _("{number} day(s)").format(number=number)


def _normal(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))
