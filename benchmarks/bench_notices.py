"""The outbox: notices a second put, delivered dry, and delivered for good into a channel that takes everything at once.

The limit is what one transaction a message costs the database: a notice's intent must be on the disk before the message leaves. It is
measured as bare commits of one row by sqlite3 in the same folder, interleaved with ours. There is no peer with the same promise.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from crmlib.desk.notices import Outbox
from crmlib.desk.notices.senders import Sender, Senders

ROUNDS, PUT, SENT = 3, 20_000, 1_000
AT = "2026-05-05 12:00"


class Nowhere(Sender):
    """Takes every message."""

    def send(self, message):
        pass


def notices(count):
    number = pd.Series(range(count)).astype(str)
    return pd.DataFrame({"notice_id": "N" + number, "send_after": "2026-05-05 09:00", "customer_id": "C" + number, "channel": "sms", "rule_id": "R01",
                         "subject": "快件可能晚到", "text": "尾号 " + number.str.zfill(4) + " 的快件可能晚到，到了再告诉您。"})  # fmt: skip


def bare_commits(place, count):
    with sqlite3.connect(place, isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, text TEXT)")
        begun = time.perf_counter()
        for number in range(count):
            connection.execute("INSERT INTO rows VALUES (?, ?)", (number, "x" * 200))
        return count / (time.perf_counter() - begun)


def rate(count, work):
    begun = time.perf_counter()
    work()
    return count / (time.perf_counter() - begun)


def main() -> None:
    """Interleaved rounds, medians."""
    many, few = notices(PUT), notices(SENT)
    table = Senders({"sms": Nowhere("sms", "folder:unused")})
    found = {name: [] for name in ("put", "put again", "dry run", "delivered", "bare commits")}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            big, small = (Outbox(Path(folder) / f"{name}{number}.sqlite") for name in ("big", "small"))
            found["put"].append(rate(PUT, lambda big=big: big.put(many)))
            found["put again"].append(rate(PUT, lambda big=big: big.put(many)))
            found["dry run"].append(rate(PUT, lambda big=big: big.deliver(table, at=AT)))
            small.put(few)
            found["delivered"].append(rate(SENT, lambda small=small: small.deliver(table, at=AT, dry_run=False)))
            found["bare commits"].append(bare_commits(Path(folder) / f"bare{number}.sqlite", SENT))
            assert set(small.table()["notice_state"]) == {"sent"} and len(big.table()) == PUT
    median = {name: statistics.median(values) for name, values in found.items()}
    for name, value in median.items():
        sys.stdout.write(f"{name:14s} {value:12,.0f} a second\n")
    sys.stdout.write(f"delivered against the limit: {median['delivered'] / median['bare commits']:.2f} of the bare commits\n")


if __name__ == "__main__":
    main()
