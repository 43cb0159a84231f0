"""Rules on streams of events: a month of the firm under 50 rules, ten million events in chunks, and ours against rule_engine row by row.

The peer is rule_engine itself, asked once for each event and rule of a sample, as its manual shows; it only decides the conditions, without
channels, quiet hours or caps. Its time is scaled to the month. The limit is what reading the columns once with numpy costs.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time

import numpy as np
import pandas as pd

import crmlib as crm
from crmlib.desk.rules.fields import EVENTS

ROUNDS, SAMPLE, MANY, CHUNK = 3, 400, 10_000_000, 1_000_000


def fifty(book):
    """The shipped rules and variants of them, 50 in all, each with another threshold."""
    frame = book.rules.assign(enabled=True)
    rows = [frame]
    for number in range(50 - len(frame)):
        one = frame.iloc[[number % len(frame)]].copy()
        extra = f"hour >= {number % 12}" + (f" and hours_to_promise < {6 + number}" if one["event"].iloc[0] in ("out_for_delivery", "signed", "clearance") else "")
        text = one["condition"].iloc[0]
        rows.append(one.assign(rule_id=f"V{number:02d}", priority=10 + number * 3, condition=f"({text}) and {extra}" if text else extra))
    return book.with_rules(pd.concat(rows))


def warnings(firm):
    """Stand-ins for predicted delays of the month: the parcels of the delay helper would come in the same columns."""
    rng = np.random.default_rng(1)
    mine = firm.waybills[firm.waybills["picked_up_at"].between("2025-11-01", "2025-11-30")].sample(2500, random_state=1)
    return pd.DataFrame({"waybill_id": mine["waybill_id"], "at": mine["picked_up_at"] + pd.to_timedelta(rng.integers(60, 1500, len(mine)), unit="m"),
                         "p_late": rng.random(len(mine)), "predicted_at": mine["promised_at"] + pd.Timedelta(hours=8),
                         "offer": rng.choice(["priority", "pick_up_point", "notice_only"], len(mine))})  # fmt: skip


def chunk(number, customers):
    """A million events of 100,000 customers; hours and products drawn, most of them nodes."""
    rng = np.random.default_rng(number)
    share = np.array([0.155] * 3 + [0.01] + [0.155] * 3 + [0.03, 0.01, 0.005, 0.005, 0.002, 0.008])
    kind = rng.choice(len(share), CHUNK, p=share / share.sum())
    first = np.datetime64("2025-11-01", "us") + np.timedelta64(number * 3 * 86_400_000_000, "us")
    at = np.sort(first + rng.integers(0, 3 * 86_400_000_000, CHUNK).astype("timedelta64[us]"))
    late = np.round(rng.normal(20, 30, CHUNK), 2)
    codes = rng.integers(0, len(customers), CHUNK)
    return pd.DataFrame({
        "event_id": pd.Series(np.arange(number * CHUNK, (number + 1) * CHUNK)).astype(str).radd("E"), "at": at,
        "event": pd.Categorical.from_codes(kind, EVENTS), "customer_id": pd.Categorical.from_codes(codes, customers["customer_id"].astype(object)),
        "waybill_id": pd.Series(rng.integers(0, 2_000_000, CHUNK)).astype(str).radd("W"),
        "product": pd.Categorical.from_codes(rng.integers(0, 3, CHUNK), ["economy", "standard", "express"]), "hours_to_promise": late,
        "late_hours": np.maximum(0, -late), "p_late": np.round(rng.random(CHUNK), 3),
        "offer": pd.Categorical.from_codes(rng.integers(0, 3, CHUNK), ["notice_only", "priority", "pick_up_point"]), "open_yuan": np.abs(late) * 10,
        "overdue_days": rng.choice([1.0, 7.0, 15.0, 30.0], CHUNK), "case_kind": pd.Categorical.from_codes(rng.integers(0, 2, CHUNK), ["complaint", "inquiry"]),
    })  # fmt: skip


def main() -> None:
    firm = crm.company.lark()
    rules, made = crm.desk.rules, crm.desk.rules.rule_book()
    begun = time.perf_counter()
    book = fifty(made)
    print(f"50 rules read and checked: {time.perf_counter() - begun:.2f} s")
    warned = warnings(firm)
    streams, ours, limit, peer = [], [], [], []
    for _round in range(ROUNDS):
        begun = time.perf_counter()
        stream = rules.event_stream(firm, "2025-11-01", "2025-12-01", predictions=warned)
        streams.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        played = rules.replay(firm, book, "2025-11", events=stream)
        ours.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        for name in stream.columns:
            pd.factorize(stream[name])
        limit.append(time.perf_counter() - begun)
        rows = stream.sample(SAMPLE, random_state=_round)
        table = rows.astype(object).where(rows.notna(), None).merge(firm.customers.astype(object), on="customer_id", how="left").to_dict("records")
        for row in table:
            row |= {"at": row["at"].to_pydatetime(), "hour": row["at"].hour, "months_with_us": 12.0, "has_manager": True}
        begun = time.perf_counter()
        asked = sum(rule.condition.holds(row) is not None for row in table for rule in book.active if rule.event == row["event"])
        peer.append((time.perf_counter() - begun) * len(stream) / SAMPLE)
    mid = {name: statistics.median(times) for name, times in (("stream", streams), ("ours", ours), ("limit", limit), ("peer", peer))}
    print(played.summary())
    print(f"month: stream {mid['stream']:.2f} s, replay of {len(stream):,} events under {len(book.active)} rules {mid['ours']:.2f} s "
          f"(columns read once {mid['limit']:.2f} s); rule_engine row by row, conditions alone: {mid['peer']:.1f} s ({asked} asked of the sample)")  # fmt: skip
    rng = np.random.default_rng(0)
    customers = pd.DataFrame({
        "customer_id": [f"C{number:06d}" for number in range(100_000)], "market": rng.choice(["e_commerce", "corporate", "walk_in"], 100_000),
        "region": rng.choice(["east", "central", "west"], 100_000), "monthly_account": rng.random(100_000) < 0.3,
        "channel": rng.choice(["wecom", "dingtalk", "sms", "email"], 100_000), "opened_on": pd.Timestamp("2024-01-01"), "salesperson_id": "S01",
    })  # fmt: skip
    state, sent, took, making = None, 0, 0.0, 0.0
    for number in range(MANY // CHUNK):
        begun = time.perf_counter()
        part = chunk(number, customers)
        making += time.perf_counter() - begun
        begun = time.perf_counter()
        found = rules.decide(part, book, customers, state=state)
        took += time.perf_counter() - begun
        state, sent = found.state, sent + len(found.notices)
        del found, part
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024) / 1024
    print(f"{MANY:,} events under {len(book.active)} rules in chunks of {CHUNK:,}: {took:.1f} s, {MANY / took:,.0f} events a second, {sent:,} notices, "
          f"peak memory {peak:.1f} GiB (making the events: {making:.1f} s)")  # fmt: skip
    print(f"throughput ratio: {mid['peer'] / mid['ours']:.1f}")


if __name__ == "__main__":
    main()
