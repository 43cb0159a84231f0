"""Where a customer stands among all others on any day: class by revenue, RFM scores, rank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.profiles.book_shelves import DayTotals
from crmlib.segments.behaviour import GROUPS
from crmlib.segments.per_customer import head_count
from crmlib.standards import get


@dataclass(frozen=True)
class Standing:
    """Revenue, parcels and the last day of every customer in the twelve months to the end of a day, in the order of customer_id."""

    revenue: np.ndarray
    parcels: np.ndarray
    last: np.ndarray

    @classmethod
    def on(cls, totals: DayTotals, until: pd.Timestamp, customers: int) -> Standing:
        """Added up from what was picked up by the end of the day `until`."""
        edges = np.array([until - pd.DateOffset(months=12), until], dtype="datetime64[D]")
        low, high = np.searchsorted(totals.day, edges, side="right")
        place = totals.place[low:high]
        last = np.full(customers, np.iinfo(np.int64).min)
        # In order of day: of several days of one customer the last one stays.
        last[place] = totals.day[low:high].astype(np.int64)
        return cls(np.bincount(place, totals.price_yuan[low:high], customers).round(2), np.bincount(place, totals.parcels[low:high], customers), last)

    def of(self, place: int) -> dict[str, object]:
        """Class, rank and RFM of one customer, by the rules of :func:`crmlib.segments.abc_classes` and :func:`crmlib.segments.rfm`; empty
        when it sent nothing in those months.

        >>> totals = DayTotals(np.array(["2026-10-01", "2026-10-05"], dtype="datetime64[D]"), np.array([0, 1]), np.array([3, 2]),
        ...     np.array([30.0, 50.0]))
        >>> Standing.on(totals, pd.Timestamp("2026-10-31"), 3).of(1)["abc"]
        'A'
        """
        active = self.parcels > 0
        count = int(active.sum())
        if not active[place]:
            return {}
        before = np.arange(len(active)) < place
        revenue = self.revenue[active]
        mine = self.revenue[place]
        rank = int((revenue > mine).sum() + (active & before & (self.revenue == mine)).sum()) + 1
        shares = (get("abc.a_share", unit="share"), get("abc.b_share", unit="share"))
        found = {"rank": rank, "of": count, "abc": "ABC"[sum(rank > head_count(each, count) for each in shares)],
                 "revenue_share": float(mine / revenue.sum()) if revenue.sum() else 0.0}  # fmt: skip
        bins = int(get("rfm.bins", unit="count"))
        if count >= bins:
            scores = []
            for values in (self.last, self.parcels, self.revenue):
                lower = int((active & ((values < values[place]) | (before & (values == values[place])))).sum())
                scores.append(max(1, -(-lower * bins // (count - 1))))
            found |= {"rfm": "".join(map(str, scores)), "group": GROUPS[tuple(each > (bins + 1) / 2 for each in scores)]}
        return found
