"""A process that delivers and is killed: for each line it reads it makes a child, which dies at a marked moment or is shot at a random one."""

from __future__ import annotations

import datetime as dt
import gc
import json
import os
import select
import signal
import sys

import pandas as pd
import psycopg  # noqa: F401 - what is imported here, no child needs to import again
import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401

from crmlib.desk.notices import Outbox, practice_addresses
from crmlib.desk.notices.rehearsal import die_at


def work(task: dict) -> None:
    """Put and deliver, as a worker does, with a clock that stands at the given moment."""
    now = dt.datetime.fromisoformat(task["now"])
    outbox = Outbox(task["place"], clock=lambda: now)
    if task["moment"]:
        die_at(outbox, task["moment"], times=task["times"])
    notices = pd.DataFrame(task["notices"])
    outbox.put(notices)
    if task["at"]:
        outbox.deliver(pd.DataFrame(task["senders"]), at=task["at"], dry_run=False, addresses=practice_addresses(notices))


def main() -> None:
    """One child a line; it tells by which signal the child ended."""
    letters = [{"notice_id": "N", "send_after": "2026-05-04", "customer_id": "C", "channel": "email", "text": "x"}]
    nobody = [{"channel": "email", "url": "mailto://127.0.0.1:9?from=a@b.example&to={address}"}]
    work({"place": "sqlite://", "now": "2026-05-04", "at": "2026-05-04", "moment": "", "notices": letters, "senders": nobody})
    gc.freeze()  # so that no child copies what none of them changes
    gc.disable()
    for line in sys.stdin:
        task = json.loads(line)
        readable, ended = os.pipe()
        child = os.fork()
        if not child:
            os.close(readable)
            try:
                work(task)
            finally:
                os._exit(0)
        os.close(ended)
        # Until the child ends, and no longer than the random time.
        if task["after_seconds"] is not None and not select.select([readable], [], [], task["after_seconds"])[0]:
            os.kill(child, signal.SIGKILL)
        os.close(readable)
        print(os.waitpid(child, 0)[1], flush=True)


if __name__ == "__main__":
    main()
