"""How long a customer's page takes: on the shipped firm in memory, and on ten million waybills through DuckDB.

Each page is of a random customer at a random moment, with its HTML; then the fifty largest customers; then pages of one day, whose classes are
known already. The peer is the plain way: filter each whole table by the customer in pandas and add up what the page shows of it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from bench_call_center import CUSTOMERS, WAYBILLS, write_waybills

from crmlib import profiles
from crmlib.company import lark

PAGES = 300


def timed(work: Callable[[int], object], count: int) -> list[float]:
    """Milliseconds of each call."""
    taken = []
    for number in range(count):
        start = time.perf_counter()
        work(number)
        taken.append((time.perf_counter() - start) * 1000)
    return taken


def told(name: str, taken: list[float]) -> float:
    """Print the median, the 99th of 100 and the worst."""
    print(f"  {name:46s} median {statistics.median(taken):6.1f} ms, 99 of 100 {np.quantile(taken, 0.99):6.1f} ms, worst {max(taken):6.1f} ms")
    return statistics.median(taken)


def plain(tables: dict[str, pd.DataFrame], customer: str, at: pd.Timestamp) -> None:
    """The same page's figures as one would write them at the desk, table by table."""
    since = at - pd.DateOffset(months=12)
    sent = tables["waybills"]
    sent = sent[(sent["picked_up_at"] > since) & (sent["picked_up_at"] <= at)]
    revenue = sent.groupby("customer_id")["price_yuan"].sum().sort_values(ascending=False)
    revenue.index.get_indexer([customer])
    mine = sent[sent["customer_id"] == customer]
    mine.groupby(mine["picked_up_at"].dt.to_period("M"))["price_yuan"].sum()
    _late = mine["delivered_at"].gt(mine["promised_at"]).mean()
    for name in ("cases", "calls", "touches", "surveys", "contacts", "invoices"):
        table = tables[name]
        table[table["customer_id"] == customer]
    bills = tables["invoices"][tables["invoices"]["customer_id"] == customer]
    paid = tables["payments"][tables["payments"]["invoice_id"].isin(bills["invoice_id"])]
    bills["amount_yuan"].sum() - paid["amount_yuan"].sum()


def shipped() -> float:
    """Pages of the shipped firm; how many times as long the plain way takes."""
    firm, rng = lark(), np.random.default_rng(1)
    start = time.perf_counter()
    book = profiles.open_book(firm)
    print(f"the shipped firm's book is opened in {time.perf_counter() - start:.1f} s")
    opened = book.customers["opened_on"]
    customers = rng.choice(opened.index[opened < "2026-10-01"], PAGES)
    moments = [max(opened[each], pd.Timestamp("2025-11-01")) + (pd.Timestamp("2026-10-31") - max(opened[each], pd.Timestamp("2025-11-01"))) * rng.random()
               for each in customers]  # fmt: skip
    tables = {name: firm.tables[name] for name in ("waybills", "cases", "calls", "touches", "surveys", "contacts", "invoices", "payments")}
    ours, peer = [], []
    for customer, at in zip(customers, moments, strict=True):
        ours += timed(lambda _n, c=customer, a=at: profiles.customer_360(c, "manager", a, book=book)._repr_html_(), 1)
        peer += timed(lambda _n, c=customer, a=at: plain(tables, c, a), 1)
    mine, theirs = told("shipped firm, any customer, any moment", ours), told("plain pandas, figures only, in turn", peer)
    largest = firm.waybills["customer_id"].value_counts().index[:50]
    told("shipped firm, the 50 largest, last day", timed(lambda n: profiles.customer_360(largest[n], "manager", book=book)._repr_html_(), 50))
    return theirs / mine


def large() -> None:
    """Pages over ten million waybills."""
    rng = np.random.default_rng(2)
    with tempfile.TemporaryDirectory() as place:
        write_waybills(Path(place))
        start = time.perf_counter()
        book = profiles.open_book(place)
        print(f"the book of {WAYBILLS:,} waybills of {CUSTOMERS:,} customers is opened in {time.perf_counter() - start:.1f} s")
        moments = pd.Timestamp("2025-11-01") + pd.to_timedelta(rng.random(PAGES) * 360, unit="D")
        some = [f"C{number:06d}" for number in rng.integers(0, CUSTOMERS, PAGES)]
        told("10 M waybills, any customer, any moment", timed(lambda n: profiles.customer_360(some[n], "manager", moments[n], book=book)._repr_html_(), PAGES))
        told("10 M waybills, any customer, last day", timed(lambda n: profiles.customer_360(some[n], "manager", book=book)._repr_html_(), PAGES))
        told("10 M waybills, the 50 largest, any moment",
             timed(lambda n: profiles.customer_360(f"C{n:06d}", "manager", moments[n], book=book)._repr_html_(), 50))  # fmt: skip


def main() -> None:
    """Print all; the last line is the plain way over ours on the shipped firm."""
    large()
    print(f"throughput ratio: {shipped():.1f}")


if __name__ == "__main__":
    main()
