"""The metrics of the call centre on ten million calls beside plain pandas and hand-written SQL, and how long a screen pop takes.

All metrics by hour of arrival are worked out from the same calls by four workers in turn: ours on a pandas table, plain pandas as one would
write it at the desk, ours on a DuckDB table, and SQL for DuckDB written by hand. Then callers are looked up, on the shipped firm in memory
and on ten million waybills through DuckDB. At the end, intervals are tried on queues whose days differ.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from crmlib import call_center
from crmlib.company import lark

CALLS, WAYBILLS, CUSTOMERS, ROUNDS, POPS, CHUNK = 10_000_000, 10_000_000, 100_000, 5, 400, 1_000_000
SQL = """SELECT hour(arrived_at) AS hour, count(*) AS call_count,
    count(entered_queue_at) AS queued_calls, count(answered_at) AS answered_calls,
    count(answered_at) / nullif(count(entered_queue_at), 0) AS connection_rate,
    count(*) FILTER (abandoned AND wait_seconds > 5)
        / nullif(count(entered_queue_at) - count(*) FILTER (abandoned AND wait_seconds <= 5), 0) AS abandonment_rate,
    count(*) FILTER (answered_at IS NOT NULL AND wait_seconds <= 20) / nullif(count(entered_queue_at), 0) AS service_level,
    avg(wait_seconds) FILTER (answered_at IS NOT NULL) AS average_wait_seconds, avg(handle_seconds) AS average_handle_seconds,
    avg(solved_in_ivr::INT) AS self_service_share, avg(bot::INT) AS bot_share,
    count(*) FILTER (bot AND solved_in_ivr) / nullif(count(*) FILTER (bot), 0) AS bot_resolution_rate
    FROM calls GROUP BY 1 ORDER BY 1"""
COLUMNS = ["arrived_at", "entered_queue_at", "answered_at", "abandoned", "wait_seconds", "handle_seconds", "solved_in_ivr", "bot"]


def many_calls(size: int) -> pd.DataFrame:
    """The shipped firm's calls again and again, each at its own second."""
    calls = lark().calls[COLUMNS]
    rng = np.random.default_rng(1)
    rows = calls.iloc[rng.integers(0, len(calls), size)].reset_index(drop=True)
    shift = pd.to_timedelta(rng.integers(0, 3600, size), unit="s")
    return rows.assign(**{name: rows[name] + shift for name in COLUMNS if name.endswith("_at")})


def plain(calls: pd.DataFrame) -> pd.DataFrame:
    """The same metrics in the pandas that one writes at the desk."""
    calls = calls.assign(
        hour=calls["arrived_at"].dt.hour,
        queued=calls["entered_queue_at"].notna(),
        answered=calls["answered_at"].notna(),
        short=calls["abandoned"] & (calls["wait_seconds"] <= 5),
        bot_solved=calls["bot"] & calls["solved_in_ivr"],
        in_time=calls["answered_at"].notna() & (calls["wait_seconds"] <= 20),
        waited=calls["wait_seconds"].where(calls["answered_at"].notna()),
    )
    added = calls.groupby("hour").agg(
        call_count=("hour", "size"), queued_calls=("queued", "sum"), answered_calls=("answered", "sum"), abandoned=("abandoned", "sum"),
        short=("short", "sum"), in_time=("in_time", "sum"), average_wait_seconds=("waited", "mean"),
        average_handle_seconds=("handle_seconds", "mean"), self_service_share=("solved_in_ivr", "mean"), bot_share=("bot", "mean"),
        bot=("bot", "sum"), bot_solved=("bot_solved", "sum"),
    )  # fmt: skip
    return added.assign(
        connection_rate=added["answered_calls"] / added["queued_calls"], service_level=added["in_time"] / added["queued_calls"],
        abandonment_rate=(added["abandoned"] - added["short"]) / (added["queued_calls"] - added["short"]),
        bot_resolution_rate=added["bot_solved"] / added["bot"],
    )  # fmt: skip


def metrics() -> dict[str, float]:
    """Median seconds of each worker; all four must say the same."""
    calls = many_calls(CALLS)
    connection = duckdb.connect()
    connection.register("given", calls)
    connection.execute("CREATE TABLE calls AS FROM given")
    connection.unregister("given")
    workers: dict[str, Callable[[], pd.DataFrame]] = {
        "ours on pandas": lambda: call_center.call_metrics(calls, by="hour"),
        "plain pandas": lambda: plain(calls),
        "ours on DuckDB": lambda: call_center.call_metrics(connection.table("calls"), by="hour"),
        "SQL by hand": lambda: connection.execute(SQL).df().set_index("hour"),
        "numpy, one sum": lambda: pd.DataFrame({"n": np.bincount(calls["arrived_at"].to_numpy().view(np.int64) // 3_600_000_000 % 24)}),
    }
    taken: dict[str, list[float]] = {name: [] for name in workers}
    for turn in range(ROUNDS):
        said = {}
        for name, work in workers.items():
            start = time.perf_counter()
            said[name] = work()
            taken[name].append(time.perf_counter() - start)
        if not turn:
            ours = said["ours on pandas"]
            for name in ("plain pandas", "ours on DuckDB", "SQL by hand"):
                np.testing.assert_allclose(
                    said[name][ours.columns].to_numpy(dtype=float), ours.to_numpy(dtype=float), rtol=1e-9, err_msg=name
                )
    median = {name: statistics.median(seconds) for name, seconds in taken.items()}
    print(f"all metrics by hour, {CALLS:,} calls, median of {ROUNDS} rounds in turn")
    for name, seconds in median.items():
        print(f"  {name:16s} {seconds:7.2f} s   {CALLS / seconds / 1e6:7.1f} M calls a second")
    return median


def write_waybills(folder: Path) -> None:
    """Ten million waybills of two years with addressees, a heavy-tailed hundred thousand customers, and their contacts, in Parquet."""
    rng = np.random.default_rng(2)
    start = pd.Timestamp("2024-11-01")
    names = np.array([f"C{number:06d}" for number in range(CUSTOMERS)], dtype=object)
    weight = 1 / (np.arange(CUSTOMERS) + 10.0)
    edges = np.cumsum(weight / weight.sum())
    (folder / "waybills").mkdir()
    (folder / "recipients").mkdir()
    for part in range(WAYBILLS // CHUNK):
        numbers = np.arange(part * CHUNK, (part + 1) * CHUNK)
        picked = start + pd.to_timedelta((numbers + rng.random(CHUNK)) / WAYBILLS * 730, unit="D")
        picked = picked.as_unit("us")
        sender = np.minimum(np.searchsorted(edges, rng.random(CHUNK)), CUSTOMERS - 1)
        delivered = picked + pd.to_timedelta(rng.gamma(4, 15, CHUNK), unit="h")
        bills = pd.DataFrame({
            "waybill_id": [f"W{number:09d}" for number in numbers], "customer_id": names[sender], "picked_up_at": picked,
            "product": "standard", "scope": "domestic", "destination_region": "east", "price_yuan": rng.gamma(4, 2.2, CHUNK).round(2),
            "delivered_at": delivered.as_unit("us").where(delivered < start + pd.Timedelta(days=730)),
            "promised_at": (picked + pd.Timedelta(days=3)).as_unit("us"),
        })  # fmt: skip
        bills.to_parquet(folder / "waybills" / f"{part:03d}.parquet")
        person = rng.integers(0, WAYBILLS // 5, CHUNK)
        pd.DataFrame({"waybill_id": bills["waybill_id"], "recipient_name": "王若清",
                      "recipient_phone": [f"129{number * 26_544_357 % 100_000_000:08d}" for number in person]}).to_parquet(
                          folder / "recipients" / f"{part:03d}.parquet")  # fmt: skip
    pd.DataFrame({"customer_id": names, "name": [f"铺子{number}" for number in range(CUSTOMERS)], "market": "e_commerce",
                  "nature": "group"}).to_parquet(folder / "customers.parquet")  # fmt: skip
    pd.DataFrame({"customer_id": names, "name": "郭若清", "role": "owner",
                  "phone": [f"130{number:08d}" for number in range(CUSTOMERS)]}).to_parquet(folder / "contacts.parquet")  # fmt: skip


def look_up(book: call_center.CallerBook, numbers: list[object], moments: list[pd.Timestamp], name: str) -> None:
    """Print the median and the worst time of a pop with its card."""
    taken, status = [], []
    for number, at in zip(numbers, moments, strict=True):
        start = time.perf_counter()
        pop = call_center.screen_pop(book, number, at=at)
        taken.append((time.perf_counter() - start) * 1000)
        status.append(pop.status)
    found = sum(each in ("found", "several") for each in status) / len(status)
    print(
        f"  {name:34s} median {statistics.median(taken):6.1f} ms, 99 of 100 {np.quantile(taken, 0.99):6.1f} ms, "
        f"worst {max(taken):6.1f} ms, "
        f"known {found:.0%}"
    )


def pops() -> None:
    """Screen pops on the shipped firm and on ten million waybills."""
    firm, rng = lark(), np.random.default_rng(3)
    recipients = call_center.simulated_recipients(firm.waybills, seed=1)
    start = time.perf_counter()
    book = call_center.caller_book(firm, recipients=recipients)
    print(f"screen pop, {POPS} callers each; the shipped firm's book is made in {time.perf_counter() - start:.1f} s")
    numbers = call_center.simulated_caller_numbers(firm.calls, book.numbers, recipients)
    chosen = rng.integers(0, len(firm.calls), POPS)
    look_up(book, numbers.iloc[chosen].tolist(), firm.calls["arrived_at"].iloc[chosen].tolist(), "shipped firm, arrays")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_waybills(folder)
        start = time.perf_counter()
        book = call_center.caller_book(folder)
        print(f"the book of {WAYBILLS:,} waybills is made in {time.perf_counter() - start:.1f} s")
        moments = (pd.Timestamp("2025-11-01") + pd.to_timedelta(rng.random(POPS) * 360, unit="D")).tolist()
        senders = [f"130{number:08d}" for number in rng.integers(0, CUSTOMERS, POPS)]
        gets = [f"129{number * 26_544_357 % 100_000_000:08d}" for number in rng.integers(0, WAYBILLS // 5, POPS)]
        look_up(book, senders, moments, "10 M waybills, senders")
        look_up(book, [f"130{number:08d}" for number in range(50)], moments[:50], "10 M waybills, 50 largest senders")
        look_up(book, gets, moments, "10 M waybills, addressees")
        look_up(book, ["12800000000"] * 50, moments[:50], "10 M waybills, unknown")


def coverage() -> None:
    """How often the 95 % interval of a connection rate holds the truth, where each day has a rate of its own."""
    rng, rounds, days = np.random.default_rng(4), 400, 30
    held = {"by days (ours)": 0, "as if calls were independent": 0}
    for _turn in range(rounds):
        rate, size = rng.beta(17, 3, days), rng.poisson(100, days) + 1
        answered = rng.binomial(size, rate)
        day = np.repeat(np.arange(days), size)
        at = pd.Series(pd.Timestamp("2026-11-01") + pd.to_timedelta(day, unit="D"))
        done = np.concatenate([np.arange(n) < k for n, k in zip(size, answered, strict=True)])
        found = call_center.connection_rate(pd.DataFrame({"arrived_at": at, "entered_queue_at": at, "answered_at": at.where(done)}))
        low, high = call_center_wilson(found.over, found.under)
        held["by days (ours)"] += found.low <= 0.85 <= found.high
        held["as if calls were independent"] += low <= 0.85 <= high
    for name, times in held.items():
        print(f"95% interval {name}: holds the truth {times / rounds:.1%} of {rounds} months of {days} days")


def call_center_wilson(answered: float, queued: float) -> tuple[float, float]:
    """Wilson's interval of a share."""
    from crmlib.survey.intervals import wilson_interval

    return wilson_interval(answered, queued, 0.95)


def main() -> None:
    """Print all; the last line is plain pandas over ours on the same table."""
    coverage()
    pops()
    median = metrics()
    print(f"ours on DuckDB takes {median['ours on DuckDB'] / median['SQL by hand']:.1f} × the SQL by hand")
    print(f"throughput ratio: {median['plain pandas'] / median['ours on pandas']:.1f}")


if __name__ == "__main__":
    main()
