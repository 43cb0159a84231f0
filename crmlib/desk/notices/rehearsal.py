"""A crash on purpose: another process delivers and is killed on the way, and the outbox tells what is left."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable

import pandas as pd

from crmlib.desk.crash import die
from crmlib.desk.notices.outbox import Outbox
from crmlib.desk.notices.senders import Senders
from crmlib.desk.notices.senders import senders as read_senders
from crmlib.i18n import _, language, use_language

MOMENTS = ("claimed", "writing", "written", "handed_over")
"""Taken but nothing written; intent or outcome written but not committed; committed; the message handed over and nothing written of it."""


def die_at(outbox: Outbox, moment: str, *, times: int = 1, end: Callable[[], object] = die) -> None:
    """From now on the `times`-th such moment kills this process.

    >>> die_at(Outbox("sqlite://"), "handed_over")
    """
    left = {"count": times}

    def mark(name: str) -> None:
        left["count"] -= name == moment
        if name == moment and left["count"] == 0:
            end()

    outbox.store.mark = mark


def rehearse_crash(
    outbox: Outbox, senders: object = None, *, moment: str = "handed_over", times: int = 1, at: object = None, addresses: pd.DataFrame | None = None
) -> str:
    """Let another process deliver, for good, and kill it on the way.

    Answers: is anything lost or sent twice when the power fails at the worst moment?

    Parameters
    ----------
    outbox : Outbox, in a file or on a server
    senders, at, addresses : as in `Outbox.deliver`
    moment : when it is killed, one of MOMENTS: "claimed", "writing", "written", "handed_over"
    times : at which such moment, the first being 1

    Returns
    -------
    str
        A sentence on what the outbox knows now. Nothing is cleaned up; the lease of the killed process runs out after some minutes.

    Raises
    ------
    ValueError
        There is no such moment, the outbox is in memory only, or the delivery ended before the moment came.
    """
    if moment not in MOMENTS:
        raise ValueError(_("moment is {moment}; it must be one of {known}.").format(moment=moment, known=", ".join(MOMENTS)))
    if outbox.store.in_memory:
        raise ValueError(_('This outbox is in memory only, so another process cannot reach it. Open one in a file: Outbox("outbox.sqlite").'))
    table = senders if isinstance(senders, Senders) else read_senders(senders)
    task = {"place": outbox.place, "moment": moment, "times": times, "at": None if at is None else str(at), "language": language(),
            "senders": table.table[["channel", "url", "unsure", "receipts"]].to_json(), "now": outbox.clock().isoformat(),
            "addresses": None if addresses is None else addresses.to_json(default_handler=str)}  # fmt: skip
    ended = subprocess.run([sys.executable, "-m", "crmlib.desk.notices.rehearsal"], input=json.dumps(task), capture_output=True, encoding="utf-8",
                           env=os.environ | {"PYTHONUTF8": "1"}, check=False)  # fmt: skip
    if ended.returncode == 0:
        raise ValueError(ended.stdout.strip() or ended.stderr.strip())
    left = outbox.table()["notice_state"].value_counts()
    return _("The process was killed. The outbox knows of {sent} sent; {sending} of which it only knows that they were to be sent; {waiting} wait.").format(
        sent=left.get("sent", 0), sending=left.get("sending", 0), waiting=left.get("waiting", 0) + left.get("failed", 0))


def main() -> None:
    """Read the task from standard input, and die of it."""
    task = json.loads(sys.stdin.read())
    use_language(task["language"])
    now = dt.datetime.fromisoformat(task["now"])
    try:
        outbox = Outbox(task["place"], clock=lambda: now)
        die_at(outbox, task["moment"], times=task["times"])
        addresses = None if task["addresses"] is None else pd.read_json(io.StringIO(task["addresses"]), dtype=False)
        outbox.deliver(pd.read_json(io.StringIO(task["senders"]), dtype=False), at=task["at"], dry_run=False, addresses=addresses)
    except ValueError as error:
        sys.stdout.write(f"{error}\n")
        return
    sys.stdout.write(_("The delivery ended before that moment came.") + "\n")


if __name__ == "__main__":
    main()
