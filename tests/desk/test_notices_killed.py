"""Exactly once though the process is killed anywhere: a real SMTP server, SIGKILL at every marked moment and at random ones.

CRM_KILLS says how often a worker is killed at random (4 unless told); the moments are drawn from CRM_KILL_SEED.
"""

import collections
import datetime as dt
import json
import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from company.postgres_server import running_postgres

from crmlib.desk.notices import Outbox, folder_receipts, senders, shipped_senders
from crmlib.desk.notices.rehearsal import MOMENTS
from crmlib.desk.notices.senders import KEY_HEADER
from crmlib.desk.notices.wording import notice_key

KILLS = int(os.environ.get("CRM_KILLS", "4"))
SEED = int(os.environ.get("CRM_KILL_SEED", "8"))
AT = "2026-05-04 12:00"
NOW = dt.datetime(2026, 5, 4, 12)


class Mail(Controller):
    """A real SMTP server that puts each letter into a Maildir, and knows how many connections are open."""

    def __init__(self, folder: Path) -> None:
        from aiosmtpd.handlers import Mailbox

        self.open, self.quiet = 0, threading.Condition()
        self.folder = folder
        super().__init__(Mailbox(folder), hostname="127.0.0.1", port=0, ready_timeout=30)

    def factory(self) -> SMTP:
        mail = self

        class Session(SMTP):
            def connection_made(self, transport):
                with mail.quiet:
                    mail.open += 1
                super().connection_made(transport)

            def connection_lost(self, error):
                super().connection_lost(error)
                with mail.quiet:
                    mail.open -= 1
                    mail.quiet.notify_all()

        return Session(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self):
        """The port is known once the server listens."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    def settled(self) -> None:
        """Wait until the server has seen off everybody: that is what a lease is for."""
        with self.quiet:
            assert self.quiet.wait_for(lambda: self.open == 0, timeout=60)

    def keys(self) -> collections.Counter:
        """How often each key came."""
        lines = [line for path in (self.folder / "new").iterdir() for line in path.read_text("utf-8").splitlines()]
        return collections.Counter(line.partition(":")[2].strip() for line in lines if line.lower().startswith(KEY_HEADER.lower()))


@pytest.fixture
def mail(tmp_path, monkeypatch):
    # The channel reads all certificates of the machine for each letter, although this server has none.
    monkeypatch.setenv("SSL_CERT_FILE", os.devnull)
    server = Mail(tmp_path / "mail")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def postgres():
    with running_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path, postgres):
    if request.param == "sqlite":
        return str(tmp_path / "outbox.sqlite")
    name = request.node.originalname[-40:]
    with psycopg.connect(postgres + "postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return postgres + name


@pytest.fixture(scope="module")
def worker():
    here = Path(__file__).with_name("notice_worker.py")
    with subprocess.Popen([sys.executable, str(here)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
                          env=os.environ | {"SSL_CERT_FILE": os.devnull}) as process:  # fmt: skip
        yield process
        process.stdin.close()


def letters(count, first=0):
    return pd.DataFrame({
        "notice_id": [f"N{number:03d}" for number in range(first, first + count)], "send_after": AT, "customer_id": [f"C{number}" for number in range(first, first + count)],
        "channel": "email", "subject": "快件可能晚到", "text": [f"第 {number} 件，预计晚到" for number in range(first, first + count)],
    })  # fmt: skip


def table_of(mail):
    return pd.DataFrame({"channel": ["email"], "url": [f"mailto://127.0.0.1:{mail.port}?mode=insecure&from=desk@lark.example&to={{address}}"],
                         "receipts": [f"maildir:{mail.folder}"]})  # fmt: skip


def tell(worker, mail, place, notices, hour, *, moment="", times=1, after=None, at=AT):
    task = {"place": place, "notices": notices.to_dict("records"), "senders": table_of(mail).to_dict("records"), "at": at, "moment": moment,
            "times": times, "after_seconds": after, "now": (NOW + dt.timedelta(hours=hour)).isoformat()}  # fmt: skip
    print(json.dumps(task), file=worker.stdin, flush=True)
    ended = int(worker.stdout.readline())
    mail.settled()
    return ended


def test_every_notice_arrives_exactly_once_whenever_the_worker_is_killed(worker, mail, place):
    notices, hour = letters(12), 0
    for moment in ("putting", "put", *MOMENTS):
        for times in (1, 2) if moment in MOMENTS and moment != "claimed" else (1,):
            hour += 1
            assert tell(worker, mail, place, notices, hour, moment=moment, times=times) == 9
            told = Outbox(place).table().set_index("notice_id")["notice_state"] if moment != "putting" else pd.Series(dtype=object)
            arrived = mail.keys()
            assert all(arrived[notice_key(one)] == 1 for one in told.index[told == "sent"]) and max(arrived.values(), default=1) == 1
            assert len(told) == (0 if moment == "putting" else 12)
    rng, shot = random.Random(SEED), 0
    for _kill in range(KILLS):
        hour += 1
        notices = pd.concat([notices, letters(2, len(notices))], ignore_index=True)
        shot += tell(worker, mail, place, notices, hour, after=rng.uniform(0, 0.03)) == 9
    assert tell(worker, mail, place, notices, hour + 1) == 0 and shot
    assert mail.keys() == {notice_key(one): 1 for one in notices["notice_id"]}
    outbox = Outbox(place)
    assert set(outbox.table()["notice_state"]) == {"sent"}
    history = outbox.history()
    ended = history[history["event"].isin(["sent", "found"])]
    assert sorted(ended["notice_id"]) == sorted(notices["notice_id"]) and (history["event"] == "found").any()


def test_two_workers_at_once_never_have_the_same_notice(worker, mail, place):
    outbox = Outbox(place, clock=lambda: NOW)
    outbox.put(letters(8))
    table = senders(table_of(mail))
    addresses = pd.DataFrame({"customer_id": [f"C{number}" for number in range(8)], "channel": "email", "address": "one@customers.example"})
    found = []
    workers = [threading.Thread(target=lambda: found.append(Outbox(place, clock=lambda: NOW).deliver(table, at=AT, dry_run=False, addresses=addresses, most=4)))
               for _number in range(2)]  # fmt: skip
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert [one.counts for one in found] == [{"sent": 4}] * 2 and set(mail.keys().values()) == {1} and len(mail.keys()) == 8
    assert folder_receipts(mail.folder)(notice_key("N003")) is True and shipped_senders().is_file()
