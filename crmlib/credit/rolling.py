"""How open money moves from one age to the next, and what share of each age is never seen again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.credit.aging import bucket_limits, bucket_names, bucket_of
from crmlib.credit.chance import generator, whole
from crmlib.credit.ledger import clean_invoices, clean_payments, settlements
from crmlib.i18n import _
from crmlib.segments.per_customer import day
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WEIGHTS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class RollRates:
    """What share of the money in each bucket is still unpaid `horizon_months` later.

    `table`, one row a bucket: rate, low, high (at confidence `level`), roll (share that is still unpaid one month later), seen_yuan (the
    money that the rates rest on). `moves` is the table of monthly moves between buckets; a row and its share paid add up to 1.
    """

    table: pd.DataFrame = field(repr=False)
    moves: pd.DataFrame = field(repr=False)
    horizon_months: int
    level: float

    def summary(self) -> str:
        """The result in one sentence."""
        first, last = self.table.iloc[0], self.table.iloc[-1]
        return _(
            "Of money not yet due, {first:.2%} ({level:.0%} interval: {first_low:.2%} to {first_high:.2%}) is still unpaid {months} months "
            "later; of the oldest bucket, {last:.0%} ({last_low:.0%} to {last_high:.0%})."
        ).format(
            first=first["rate"], first_low=first["low"], first_high=first["high"], last=last["rate"], last_low=last["low"],
            last_high=last["high"], level=self.level, months=self.horizon_months,
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The rates with their intervals; see :func:`crmlib.plotting.roll_rates`."""
        from crmlib.plotting.credit import roll_rates

        return roll_rates(self, ax=ax)


def roll_rates(
    invoices: pd.DataFrame, payments: pd.DataFrame, *, as_of: object, buckets: Sequence[int] | None = None,
    horizon_months: int | None = None, level: float = 0.95, resamples: int = 500, rng: np.random.Generator | int,
) -> RollRates:  # fmt: skip
    """Loss rates by age from the firm's own past, instead of a textbook's.

    Answers: with us, how much of what is 31–60 days late never comes?

    Parameters
    ----------
    invoices, payments : DataFrame
        As in :func:`invoice_status`.
    as_of : date or text
        The last day that is known. Month ends up to it are compared with the month end after.
    buckets : rising whole numbers of days, optional
        As in :func:`aging`, by the due day.
    horizon_months : int, optional
        What is unpaid so many months later counts as lost. Without it: the standard credit.loss_months.
    level : float, 0–1
    resamples : int, at least 100
        Bootstrap samples of customers, since one customer's invoices share a fate.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    RollRates
        table, moves, horizon_months, level; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        As in :func:`invoice_status`; there are fewer than two month ends; `rng` is missing.

    Notes
    -----
    Month ends are compared pairwise: yuan in bucket i at the end of one month against what of them is open, in bucket j, at the end of
    the next. The monthly shares form a matrix P; the rate is the sum of a row of P to the power of the horizon. This takes what is in a
    bucket for alike, however it came there. A bucket that never held money counts as if all of it moved on to the next, and the oldest as
    if nothing were recovered. Where nothing ever was, the interval is a point: losses were total so far, which does not make them
    certain.

    Source: roll-rate (migration) method of provisioning; the bootstrap over customers after Efron and Tibshirani (1993).

    >>> invoices = pd.DataFrame({"invoice_id": ["i1", "i2"], "customer_id": ["c1", "c2"], "amount_yuan": [100.0, 300.0],
    ...     "issued_on": pd.to_datetime(["2026-05-31"] * 2), "due_on": pd.to_datetime(["2026-06-30"] * 2)})
    >>> payments = pd.DataFrame({"invoice_id": ["i2"], "paid_on": pd.to_datetime(["2026-07-05"]), "amount_yuan": [300.0]})
    >>> roll_rates(invoices, payments, as_of="2026-08-31", rng=1).table["rate"].round(3).tolist()[:2]
    [0.25, 1.0]
    """
    require_share("level", level)
    horizon = get("credit.loss_months", unit="months") if horizon_months is None else horizon_months
    horizon, resamples = whole("horizon_months", horizon, 1), whole("resamples", resamples, 100)
    rng, limits, today = generator(rng), bucket_limits(buckets), day(as_of, "as_of").normalize()
    bills, paid = clean_invoices(invoices), clean_payments(payments, invoices)
    bills = bills[(bills["issued_on"] <= today) & (bills["amount_yuan"] > 0)].reset_index(drop=True)
    if bills.empty:
        raise ValueError(_("No invoice was issued up to {day}.").format(day=f"{today:%Y-%m-%d}"))
    ends = pd.date_range(bills["issued_on"].min(), today, freq="ME").normalize()
    if len(ends) < 2:
        raise ValueError(_("Roll rates compare month ends, and there are fewer than two up to {day}.").format(day=f"{today:%Y-%m-%d}"))
    counted = _moved(bills, paid[paid["paid_on"] <= today], ends, limits)
    names = bucket_names(limits, "due")
    size = len(names)
    onward = np.eye(size, k=1)
    onward[-1, -1] = 1
    estimate = _monthly(counted.sum(axis=0)[None], onward[None])
    rates = _unpaid_after(estimate, horizon)[0]
    drawn = _resampled(counted, estimate, horizon, resamples, rng)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    bucket = pd.Index(names, name="bucket")
    table = pd.DataFrame({
        "rate": rates, "low": np.minimum(low, rates), "high": np.maximum(high, rates), "roll": estimate[0].sum(axis=1),
        "seen_yuan": counted.sum(axis=(0, 2)).round(2),
    }, index=bucket)  # fmt: skip
    moves = pd.DataFrame(estimate[0], index=bucket, columns=pd.Index(names)).assign(paid=1 - estimate[0].sum(axis=1))
    return RollRates(table, moves, horizon, level)


def _moved(bills: pd.DataFrame, paid: pd.DataFrame, ends: pd.DatetimeIndex, limits: tuple[int, ...]) -> np.ndarray:
    """Yuan by customer, bucket at one month end, and bucket at the next (last place: paid)."""
    settled = settlements(bills, paid)
    customer, people = pd.factorize(bills["customer_id"])
    amount, size = bills["amount_yuan"].to_numpy(), len(limits) + 2
    issued, due = (bills[name].to_numpy().astype("datetime64[D]").astype(np.int64) for name in ("issued_on", "due_on"))
    arrived = settled["paid_on"].to_numpy().astype("datetime64[D]").astype(np.int64)
    order = np.argsort(arrived, kind="stable")
    place, so_far, arrived = settled["place"].to_numpy()[order], settled["paid_so_far"].to_numpy()[order], arrived[order]
    days = ends.to_numpy().astype("datetime64[D]").astype(np.int64)
    opened, cut = amount.copy(), np.searchsorted(arrived, days, side="right")
    counted, before, was, done = np.zeros(len(people) * size * (size + 1)), None, None, 0
    for month, today in enumerate(days):
        rows = slice(done, cut[month])
        opened[place[rows]] = np.maximum(amount[place[rows]] - so_far[rows], 0.0)
        done, here = cut[month], (issued <= today) & (opened > 0.005)
        bucket = bucket_of(today - due, limits, "due")
        if before is not None:
            rows = np.flatnonzero(was > 0)
            stayed = np.minimum(opened[rows], was[rows])
            start = (customer[rows] * size + before[rows]) * (size + 1)
            np.add.at(counted, start + bucket[rows], stayed)
            np.add.at(counted, start + size, was[rows] - stayed)
        before, was = bucket, np.where(here, opened, 0.0)
    return counted.reshape(len(people), size, size + 1)


def _monthly(sums: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Monthly shares that stay open, by bucket and next bucket; rows without money are those of `otherwise`."""
    total = sums.sum(axis=2, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, sums[:, :, :-1] / total, otherwise)


def _unpaid_after(monthly: np.ndarray, months: int) -> np.ndarray:
    return np.linalg.matrix_power(monthly, months).sum(axis=2).clip(0, 1)


def _resampled(counted: np.ndarray, estimate: np.ndarray, horizon: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    people, size = counted.shape[:2]
    flat, found = counted.reshape(people, -1), np.empty((resamples, size))
    step = max(1, _WEIGHTS_AT_ONCE // people)
    for first in range(0, resamples, step):
        rows = min(step, resamples - first)
        weights = rng.multinomial(people, np.full(people, 1 / people), size=rows)
        found[first : first + rows] = _unpaid_after(_monthly((weights @ flat).reshape(rows, size, size + 1), estimate), horizon)
    return found
