"""The judge of one submission: holds the tests, the firm and the expected values, and looks at answers that are handed out as data."""

from __future__ import annotations

import ast
import faulthandler
import gc
import os
import re
import resource
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmlib.classroom import marking
from crmlib.classroom.answers import answering
from crmlib.classroom.grading import booth, wire
from crmlib.classroom.grading.job import CellJob, Job
from crmlib.classroom.grading.learner import GRACE, Dead, Learner
from crmlib.classroom.grading.limits import address_space
from crmlib.classroom.grading.outputs import TIMED_OUT, Outputs, dead_kernel
from crmlib.classroom.grading.sending import job_from
from crmlib.classroom.grading.shell import Cells, ZMQInteractiveShell
from crmlib.classroom.grading.warming import LATER, imported_later
from crmlib.i18n import use_language

_CODE = re.compile(r"[A-Za-z0-9]{3,6}(?:-[A-Za-z0-9]{3,6}){1,5}")
_SLACK = 30


def serve(payload: dict, channels: list[int]) -> None:
    """Judge one submission that comes over a channel. Called in a freshly forked process.

    What the learner may not know comes only after the learner's process has been forked off.
    """
    channel = socket.socket(fileno=channels[0])
    shell = ZMQInteractiveShell.instance()
    gc.disable()  # a judge does not live long enough
    job = job_from(wire.receive(channel))
    use_language(job.language)
    _simulate_firm(job)
    ours, theirs = socket.socketpair()
    scratch = Path(tempfile.gettempdir()) / f"crm-{os.getpid()}"
    process = os.fork()
    if not process:
        channel.close()
        ours.close()
        booth.live(theirs, job, shell, scratch, sandboxed=payload["sandboxed"])
    theirs.close()
    learner = Learner(ours, process, until=time.monotonic() + job.limits.wall_seconds, patience=job.cell_seconds)
    try:
        wire.send(channel, {"ready": True})
        job = job_from(wire.receive(channel))
        died = _Judge(channel, learner, job, shell).work()
    finally:
        learner.end()
        shutil.rmtree(scratch, ignore_errors=True)
    imported = {*learner.imported, *imported_later()} & set(LATER)
    wire.send(channel, {"end": True, "died": died, "imported": sorted(imported)})


def _simulate_firm(job: Job) -> None:
    """The firm is made once, before the learner's process is forked off, and so for both."""
    code = job.firm_code or next(_codes_typed(job), "") or marking.practice_code()
    try:
        firm = marking._simulated(code)
    except ValueError:
        return
    words = set(re.findall(r"\w+", " ".join(cell.source for cell in job.cells)))
    for table in words & set(firm.tables):
        firm.tables[table]


def _codes_typed(job: Job) -> Iterator[str]:
    for cell in job.cells:
        if cell.kind == "run" and "-" in cell.source:
            try:
                tree = ast.parse(cell.source)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value.strip()):
                    yield node.value.strip()


class _Judge:
    def __init__(self, channel: socket.socket, learner: Learner, job: Job, shell: ZMQInteractiveShell) -> None:
        self._channel, self._learner, self._job = channel, learner, job
        self._cells = Cells(shell, most_output=job.limits.output_bytes)
        self._outputs = Outputs(len(job.cells), job.limits.output_bytes)
        self._counts: list[int | None] = [None] * len(job.cells)
        self._sources: list[str] = []
        self._died: str | None = None
        self._nowhere = open(os.devnull, "w", encoding="utf-8")

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        # What an answer unfolds to must not take the machine along.
        resource.setrlimit(resource.RLIMIT_AS, (address_space() + job.limits.memory_bytes, most))

    def work(self) -> str | None:
        """Go through the cells and tell of each; why the learner's process ended too early, if it did."""
        if self._job.firm_code:
            os.environ["CRM_FIRM_CODE"] = self._job.firm_code
        self._set_up()
        try:
            self._learner.greet()
        except Dead as dead:
            self._died = str(dead)
        count = 0
        for place, cell in enumerate(self._job.cells):
            if cell.kind == "other" or not cell.source.strip():
                continue
            if self._died is None:
                count += 1
                self._run(place, cell, count)
            else:
                self._outputs.add(place, dead_kernel())
            self._tell()
        return self._died

    def _set_up(self) -> None:
        if self._job.setup.strip():
            with self._bounded():
                self._cells.run(self._job.setup, 1)

    def _run(self, place: int, cell: CellJob, count: int) -> None:
        self._counts[place] = count
        self._outputs.begin(place)
        try:
            if cell.kind == "run":
                reply, late = self._learner.run(cell.source, count)
                self._sources.append(cell.source)
            else:
                reply, late = self._test(cell, count)
        except Dead as dead:
            self._died = str(dead)
            if self._died == "timeout":
                self._outputs.fail(place, TIMED_OUT)
            else:
                self._outputs.add(place, dead_kernel())
            return
        self._outputs.take(place, reply.get("events"), counted=cell.kind == "run")
        self._outputs.fail(place, TIMED_OUT if late else reply.get("error"))

    def _test(self, cell: CellJob, count: int) -> tuple[dict, bool]:
        reply: dict = {}
        handed = self._learner.answers(cell.answers)
        if not os.environ.get("CRM_FIRM_CODE"):
            marking._typed_code = self._learner.typed.strip()
        self._learner.begin_test()
        with self._bounded() as late:
            answers = {name: self._learner.decoded(message) for name, message in handed.items()}
            with answering(answers, cells=self._sources):
                reply = self._cells.run(cell.source, count)
        if self._learner.died:
            self._died = self._learner.died
            return reply, bool(late)
        self._learner.end_test()
        return reply, bool(late)

    @contextmanager
    def _bounded(self) -> Iterator[list[bool]]:
        """A test that takes too long is interrupted; one that cannot be interrupted ends the judge, and keeps the points so far."""
        late: list[bool] = []

        def interrupt(*_signal: object) -> None:
            late.append(True)
            raise KeyboardInterrupt

        seconds = self._job.cell_seconds + GRACE
        signal.signal(signal.SIGALRM, interrupt)
        faulthandler.dump_traceback_later(seconds + _SLACK, exit=True, file=self._nowhere)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield late
        except KeyboardInterrupt:
            late.append(True)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()

    def _tell(self) -> None:
        changed = {str(place): self._outputs.cells[place] for place in sorted(self._outputs.changed)}
        self._outputs.changed.clear()
        wire.send(self._channel, {"cells": changed, "counts": self._counts})
