"""How fast a million invoices are aged, and how near scores, losses and alarms come to the truth of a large simulated firm.

The peer of aging is the plain way: one merge and one pivot in pandas without any check. The limit is the bare numpy arithmetic on numbers
that are matched already.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from crmlib.accounts.volume import volume_past
from crmlib.company.money import draw_money
from crmlib.company.simulation import draw_world
from crmlib.credit import aging, credit_frame, discrimination, roll_rates, scorecard

INVOICES, CUSTOMERS, ROUNDS, ACCOUNTS = 1_000_000, 60_000, 5, 20_000
TODAY = pd.Timestamp("2026-10-31")


def ledger(size: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """So many invoices of two years, nine in ten of them paid, some in two parts."""
    rng = np.random.default_rng(1)
    issued = pd.Timestamp("2024-11-30") + pd.to_timedelta(rng.integers(0, 700, size), unit="D")
    invoices = pd.DataFrame({
        "invoice_id": [f"V{number:07d}" for number in range(size)], "customer_id": [f"C{number:05d}" for number in rng.integers(0, CUSTOMERS, size)],
        "issued_on": issued, "due_on": issued + pd.to_timedelta(rng.choice([15, 30, 45, 60], size), unit="D"),
        "amount_yuan": rng.lognormal(5, 1, size).round(2),
    })  # fmt: skip
    paid = rng.random(size) < 0.9
    halves = rng.random(size) < 0.08
    rows = np.concatenate([np.flatnonzero(paid), np.flatnonzero(paid & halves)])
    share = np.where(halves[rows], 0.5, 1.0)
    payments = pd.DataFrame({
        "invoice_id": invoices["invoice_id"].to_numpy()[rows], "amount_yuan": (invoices["amount_yuan"].to_numpy()[rows] * share).round(2),
        "paid_on": invoices["due_on"].to_numpy()[rows] + rng.integers(-10, 40, len(rows)).astype("timedelta64[D]"),
    })  # fmt: skip
    return invoices, payments


def plain(invoices: pd.DataFrame, payments: pd.DataFrame) -> pd.DataFrame:
    """Open money by customer and age, as one writes it in a hurry."""
    came = payments[payments["paid_on"] <= TODAY].groupby("invoice_id", as_index=False)["amount_yuan"].sum()
    both = invoices.merge(came, on="invoice_id", how="left", suffixes=("", "_paid"))
    both["open"] = (both["amount_yuan"] - both["amount_yuan_paid"].fillna(0)).clip(lower=0)
    both["bucket"] = pd.cut((TODAY - both["due_on"]).dt.days, [-(10**6), 0, 30, 60, 90, 10**6])
    return both[both["open"] > 0.005].pivot_table(index="customer_id", columns="bucket", values="open", aggfunc="sum", observed=False)


def speed() -> float:
    """Ours and the plain way in turn; medians."""
    invoices, payments = ledger(INVOICES)
    place = pd.Index(invoices["invoice_id"]).get_indexer(payments["invoice_id"])
    amount, came, customer = invoices["amount_yuan"].to_numpy(), payments["amount_yuan"].to_numpy(), pd.factorize(invoices["customer_id"])[0]
    age = (TODAY - invoices["due_on"]).dt.days.to_numpy()
    taken: dict[str, list[float]] = {"ours": [], "plain": [], "limit": []}
    for __ in range(ROUNDS):
        start = time.perf_counter()
        ours = aging(invoices, payments, as_of=TODAY)
        first = time.perf_counter()
        peer = plain(invoices, payments)
        second = time.perf_counter()
        opened = np.maximum(amount - np.bincount(place, weights=came, minlength=len(amount)), 0)
        np.bincount(customer * 5 + np.searchsorted([0, 30, 60, 90], age), weights=opened)
        third = time.perf_counter()
        for name, seconds in zip(taken, (first - start, second - first, third - second), strict=True):
            taken[name].append(seconds)
    assert abs(ours.open_yuan - peer.to_numpy().sum()) < 1000
    median = {name: float(np.median(seconds)) for name, seconds in taken.items()}
    for name, seconds in median.items():
        print(f"{name:6} {seconds:6.3f} s  {INVOICES / seconds:13,.0f} invoices a second")
    print(f"distance to the limit: {median['ours'] / median['limit']:.0f} ×, most of it the matching of text and the checks")
    return median["plain"] / median["ours"]


def truth() -> None:
    """Scores, losses and alarms against what is true, with many more customers than a test can afford."""
    world = draw_world(customers=ACCOUNTS, months=24, seed=4)
    tables, known = draw_money(world)
    invoices, payments, quality = tables["invoices"], tables["payments"], known["credit"].set_index("customer_id")["credit_quality"]
    train, test = (credit_frame(invoices, payments, cutoff=day, known_until=TODAY) for day in ("2025-11-01", "2026-05-01"))
    card = scorecard(train, test=test, rng=1)
    scores = card.score(test)
    print(card.summary())
    print(f"true quality alone: AUC {discrimination(quality.reindex(scores.index), test.table['default'], rng=1).auc:.3f}")
    fifths = pd.qcut(quality.reindex(scores.index), 5, labels=False)
    print(pd.DataFrame({"told": scores["default_probability"], "came": test.table["default"]}).groupby(fifths).mean().round(4).to_string())
    never = invoices.set_index("invoice_id")["amount_yuan"] * known["invoices"].set_index("invoice_id")["never_paid"]
    rates = roll_rates(invoices, payments, as_of=TODAY, rng=1).table.loc["not_due"]
    print(f"never paid: true {never.sum() / invoices['amount_yuan'].sum():.4f}, rate {rates['rate']:.4f} ({rates['low']:.4f} to {rates['high']:.4f})")
    past = volume_past(world.waybills, world.customers.set_index("customer_id")["market"], pd.Period("2026-10", "M"), 12)
    true = world.truth["customers"].set_index("customer_id").reindex(past.customers)
    named, calm, found, left = 0, 0, 0, 0
    for month in range(12, 24):
        few, many = past.tail(month)
        stays = np.isfinite(past.expected[:, month]) & ~(true["leaves_on"] < past.months[month].end_time).to_numpy() & (true["kind"] == "steady").to_numpy()
        named, calm = named + int((2 * np.minimum(few, many)[stays] <= 0.01).sum()), calm + int(stays.sum())
        gone = (true["leaves_on"].dt.to_period("M") == past.months[month] - 1).fillna(False).to_numpy() & (np.nan_to_num(past.expected[:, month]) >= 10)
        found, left = found + int((2 * few[gone] <= 0.01).sum()), left + int(gone.sum())
    print(f"false alarms: stated 1%, {named / calm:.2%} of {calm:,} unchanged customer-months; leavers of ten parcels or more found: {found / left:.1%} of {left}")


if __name__ == "__main__":
    truth()
    print(f"throughput ratio: {speed():.1f}")
