"""The warm parent: one process that has imported everything once, and forks judges and the booths of learners."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

from crmlib.classroom.grading import wire
from crmlib.classroom.grading.forked import Forked
from crmlib.classroom.grading.job import CellJob, Job, Outcome
from crmlib.classroom.grading.outputs import dead_kernel
from crmlib.classroom.grading.sending import message_of
from crmlib.i18n import _, language

__all__ = ["CellJob", "Forked", "Job", "Outcome", "WarmParent"]

JUDGE, BOOTH = "crmlib.classroom.grading.judge:serve", "crmlib.classroom.grading.booth:serve"
MOST_OUTCOME = 256 * 2**20
SECONDS_TO_END = 1
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "CONDA_PREFIX")
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS")
_MEMORY = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
}
"""Arrow's own allocator starts a thread, which no fork survives; memory that goes back to the system is soon fetched again."""


class WarmParent:
    """Starts the warm parent and asks it to run submissions, several at once from several threads.

    It ends with :meth:`close`, at the end of the ``with`` block, and when this process ends in whatever way; all that it has
    forked ends with it.

    Parameters
    ----------
    sandboxed : bool
        False: submissions run with the rights of this process. Only for cells that one would run oneself.

    Raises
    ------
    ValueError
        It cannot start, such as for want of a package; raised by the first use, since it starts while others get ready.
    """

    def __init__(self, *, sandboxed: bool = True) -> None:
        self._sandboxed = sandboxed
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._sending, self._starting, self._judges = threading.Lock(), threading.Lock(), threading.Lock()
        self._idle: list[_Judge] = []
        self._ready = self._closed = False
        self._imported: set[str] = set()
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment |= dict.fromkeys(_ONE_THREAD, "1") | _MEMORY | {"PYTHONUTF8": "1", "CRM_LANGUAGE": language()}
        with theirs:
            command = [sys.executable, "-P", "-m", "crmlib.classroom.grading.warm_server", str(theirs.fileno())]
            self._process = subprocess.Popen(
                command, env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/",
                start_new_session=True,
            )  # fmt: skip

    def __enter__(self) -> WarmParent:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def wait(self) -> None:
        """Wait until everything is imported.

        Raises
        ------
        ValueError
            The warm parent could not start.
        """
        with self._starting:
            if self._ready:
                return
            try:
                told = json.loads(self._control.recv(65_536) or "{}")
            except OSError:
                told = {}
            if self._closed:
                raise _ended()
            if not told.get("ready"):
                raise ValueError(told.get("problem") or _("The grading process could not start. Try: crm doctor"))
            self._ready = True

    def run(self, job: Job) -> Outcome:
        """Run one submission and wait for it; from any thread.

        The learner's process is forked off the warm parent, which never knows a test; only the judge is told the whole job.

        Raises
        ------
        ValueError
            The warm parent could not start, or has ended.
        """
        began = time.monotonic()
        judge, again = self._judge(), False
        try:
            outputs, counts, died, again = self._collect(judge, job)
        finally:
            with self._judges:
                if again and not self._closed:
                    self._idle.append(judge)
                else:
                    judge.close()
        return Outcome(tuple(outputs), tuple(counts), died, time.monotonic() - began)

    def _judge(self) -> _Judge:
        """One that waits, or a new one; those of a process that this one was forked off are left to it."""
        with self._judges:
            while self._idle:
                if (judge := self._idle.pop()).owner == os.getpid():
                    return judge
                judge.close()
        ours, theirs = socket.socketpair()
        with theirs:
            return _Judge(ours, self.fork(JUDGE, {}, [theirs.fileno()]))

    def _give_booth(self, judge: _Judge) -> None:
        """Fork a booth; from here on it is the judge's, and ends with it."""
        ours, theirs = socket.socketpair()
        with ours, theirs, self.fork(BOOTH, {"sandboxed": self._sandboxed}, [theirs.fileno()]) as booth:
            judge.take([ours.fileno(), booth.fileno()])

    def _collect(self, judge: _Judge, job: Job) -> tuple[list[list[dict]], list[int | None], str | None, bool]:
        """What the judge tells of a job, and whether it can be given another."""
        outputs: list[list[dict]] = [[] for _cell in job.cells]
        counts: list[int | None] = [None] * len(job.cells)
        try:
            self._give_booth(judge)
            message = message_of(job)
            wire.send(judge.channel, message.head, message.parts, most_head=MOST_OUTCOME)
            while not (told := wire.receive(judge.channel, most_head=MOST_OUTCOME).head).get("end"):
                counts = told["counts"]
                for place, shown in told["cells"].items():
                    outputs[int(place)] = shown
            self.expect(told["imported"])
        except (wire.Gone, wire.Garbage):
            if self._has_ended():
                raise _ended() from None
            for place, cell in enumerate(job.cells):
                if counts[place] is None and cell.kind != "other" and cell.source.strip():
                    outputs[place] = [*outputs[place], dead_kernel()]
            return outputs, counts, "judge", False
        return outputs, counts, told["died"], told["again"]

    def expect(self, modules: Sequence[str]) -> None:
        """Let the warm parent import what submissions will need, or what one had to import for itself; only what `warming.LATER` names."""
        with self._sending:
            if new := set(modules) - self._imported:
                self._imported |= new
                with contextlib.suppress(OSError):
                    self._control.send(json.dumps({"import": sorted(new)}).encode())

    def fork(self, entry: str, payload: Mapping, channels: Sequence[int] = ()) -> Forked:
        """Fork a child that calls ``entry`` ("package.module:function") with `payload` and its own copies of the open `channels`.

        Parameters
        ----------
        entry : str
        payload : mapping
            Must go into JSON.
        channels : sequence of int
            File descriptors.

        Raises
        ------
        ValueError
            The warm parent could not start, or has ended.
        """
        self.wait()
        status, theirs = socket.socketpair()
        with theirs:
            asked = json.dumps({"entry": entry, "payload": payload}).encode()
            try:
                with self._sending:
                    socket.send_fds(self._control, [asked], [theirs.fileno(), *channels])
            except OSError:
                status.close()
                raise _ended() from None
        return Forked(status)

    def _has_ended(self) -> bool:
        """Whether it was the warm parent that came to grief, and not a judge alone."""
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            return False
        return True

    def close(self) -> None:
        """End the warm parent and all that it has forked."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        with self._judges:
            for judge in self._idle:
                judge.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _ended() -> ValueError:
    return ValueError(_("The grading process has ended; what it had not graded yet is still to be graded."))


class _Judge:
    """A judge: `channel` leads to it, `owner` is the process that talks to it."""

    def __init__(self, channel: socket.socket, process: Forked) -> None:
        self.channel, self._process, self.owner = channel, process, os.getpid()

    def take(self, booth: Sequence[int]) -> None:
        """Hand over the channel to a booth, and what tells of its end."""
        try:
            socket.send_fds(self.channel, [b"."], booth)
        except OSError as error:
            raise wire.Gone(str(error)) from None

    def close(self) -> None:
        """End it."""
        self.channel.close()
        self._process.close()
