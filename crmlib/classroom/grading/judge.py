"""The judge: holds the tests, the firm and the expected values, and looks at answers that are handed out as data."""

from __future__ import annotations

import ast
import faulthandler
import gc
import os
import random
import re
import resource
import shutil
import signal
import socket
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from crmlib.classroom import left_over, marking
from crmlib.classroom.answers import answering
from crmlib.classroom.grading import booth, firm_parcel, wire
from crmlib.classroom.grading.forked import Forked
from crmlib.classroom.grading.job import CellJob, Job
from crmlib.classroom.grading.learner import GRACE, Dead, Learner
from crmlib.classroom.grading.limits import address_space
from crmlib.classroom.grading.outputs import TIMED_OUT, Outputs, dead_kernel
from crmlib.classroom.grading.sending import job_from, message_of, without_tests
from crmlib.classroom.grading.shell import Cells, ZMQInteractiveShell
from crmlib.classroom.grading.warming import LATER, imported_later
from crmlib.i18n import use_language

MOST_SUBMISSIONS = 50
"""So many a judge sees before a fresh one takes its place: what libraries keep for themselves does not grow without end."""

_CODE = re.compile(r"[A-Za-z0-9]{3,6}(?:-[A-Za-z0-9]{3,6}){1,5}")
_SLACK = 30
_NOWHERE = open(os.devnull, "w", encoding="utf-8")  # for as long as the process lives


def serve(_payload: dict, channels: list[int]) -> None:
    """Judge submissions that come over a channel, one after another. Called in a freshly forked process.

    With each comes the channel to a booth that was forked off the warm parent, not off this process: it never knew a test.
    """
    channel = socket.socket(fileno=channels[0])
    bench = _Bench()
    for turn in range(MOST_SUBMISSIONS):
        met, handles, _flags, _address = socket.recv_fds(channel, 1, 2)
        if not met:
            return
        job = job_from(wire.receive(channel))
        until = time.monotonic() + job.limits.wall_seconds
        to_learner, told_of_it = (socket.socket(fileno=number) for number in handles)
        process = Forked(told_of_it)
        scratch = booth.scratch_of(process.process)
        learner = Learner(to_learner, process, until=until, patience=job.cell_seconds)
        try:
            with bench.cleared(job):
                judging = _Judging(channel, learner, job, bench.cells)
                judging.work()
        finally:
            learner.end()
            shutil.rmtree(scratch, ignore_errors=True)
        imported = {*learner.imported, *imported_later()} & set(LATER)
        sound = judging.died is None and not judging.interrupted
        again = sound and turn + 1 < MOST_SUBMISSIONS
        wire.send(channel, {"end": True, "died": judging.died, "imported": sorted(imported), "again": again})
        if not again:
            return


class _Bench:
    """What a judge works at. It is cleared after every submission: nothing that a test cell leaves behind reaches the next one."""

    def __init__(self) -> None:
        gc.disable()
        left_over.stop_watching()
        self.cells = Cells(ZMQInteractiveShell.instance(), most_output=0, trusted=True)
        self._random = random.getstate(), np.random.get_state()
        self._options = dict(_options(pd.options))
        self._variables, self._paths, self._firms = dict(os.environ), list(sys.path), dict(marking._firms)

    @contextmanager
    def cleared(self, job: Job) -> Iterator[None]:
        """The bench for one submission."""
        self.cells.start_over(job.limits.output_bytes)
        use_language(job.language)
        with warnings.catch_warnings(), matplotlib.rc_context(), np.printoptions(), np.errstate():
            yield
            warnings.simplefilter("ignore")  # some options are on their way out
            for name, value in self._options.items():
                if pd.get_option(name) is not value:
                    pd.set_option(name, value)
        plt.close("all")
        random.setstate(self._random[0])
        np.random.set_state(self._random[1])
        os.chdir("/")
        os.environ.clear()
        os.environ.update(self._variables)
        sys.path[:] = self._paths
        marking._typed_code = ""
        if (practice := marking.practice_code()) in marking._firms:
            self._firms[practice] = marking._firms[practice]
        marking._firms.clear()
        marking._firms.update(self._firms)
        gc.collect(1)


def _options(level: object, before: str = "") -> Iterator[tuple[str, object]]:
    """Every option of pandas, and what it is set to."""
    for name in dir(level):
        value = getattr(level, name)
        if isinstance(value, type(pd.options)):
            yield from _options(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _drawn_firm(job: Job) -> wire.Message:
    """The firm is drawn once, here, and handed to the learner's process; an empty message where there is none."""
    code = job.firm_code or next(_codes_typed(job), "") or marking.practice_code()
    try:
        firm = marking._simulated(code)
    except ValueError:
        return wire.Message({})
    words = set(re.findall(r"\w+", " ".join(cell.source for cell in job.cells if cell.kind == "run")))
    for table in words & set(firm.tables):
        firm.tables[table]
    return firm_parcel.pack(code, firm)


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


class _Judging:
    """One submission before the judge; `died` says why the learner's process ended too early, if it did."""

    def __init__(self, channel: socket.socket, learner: Learner, job: Job, cells: Cells) -> None:
        self._channel, self._learner, self._job, self._cells = channel, learner, job, cells
        self._outputs = Outputs(len(job.cells), job.limits.output_bytes)
        self._counts: list[int | None] = [None] * len(job.cells)
        self._sources: list[str] = []
        self.died: str | None = None
        self.interrupted = False
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        # What an answer unfolds to must not take the machine along.
        resource.setrlimit(resource.RLIMIT_AS, (address_space() + job.limits.memory_bytes, most))

    def work(self) -> None:
        """Go through the cells and tell of each."""
        if self._job.firm_code:
            os.environ["CRM_FIRM_CODE"] = self._job.firm_code
        try:
            self._learner.tell(message_of(without_tests(self._job)))
            self._learner.tell(_drawn_firm(self._job))
            self._set_up()
            self._learner.greet()
        except Dead as dead:
            self.died = str(dead)
        count = 0
        for place, cell in enumerate(self._job.cells):
            if cell.kind == "other" or not cell.source.strip():
                continue
            if self.died is None:
                count += 1
                self._run(place, cell, count)
            else:
                self._outputs.add(place, dead_kernel())
            self._tell()

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
            self.died = str(dead)
            if self.died == "timeout":
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
            self.died = self._learner.died
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
        faulthandler.dump_traceback_later(seconds + _SLACK, exit=True, file=_NOWHERE)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield late
        except KeyboardInterrupt:
            late.append(True)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()
            self.interrupted |= bool(late)

    def _tell(self) -> None:
        changed = {str(place): self._outputs.cells[place] for place in sorted(self._outputs.changed)}
        self._outputs.changed.clear()
        wire.send(self._channel, {"cells": changed, "counts": self._counts})
