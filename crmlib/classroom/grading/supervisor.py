"""The process that stays outside a student's sandbox: it waits, counts what all processes inside use together, and ends them."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from typing import NoReturn

from crmlib.classroom.grading.limits import Limits

LOOK_EVERY_MILLISECONDS = 50
STOPPED = {"memory": 240, "cpu": 241, "timeout": 242, "processes": 243}
KIBIBYTE = 1024
FORWARDED = {signal.SIGINT, signal.SIGTERM}


def why_stopped(exit_code: int) -> str | None:
    """Which limit made the supervisor end the sandbox ("memory", "cpu", "timeout", "processes"), from its exit code; else None.

    >>> why_stopped(240), why_stopped(1)
    ('memory', None)
    """
    return next((name for name, code in STOPPED.items() if code == exit_code), None)


def supervise(child: int, ready: int, limits: Limits) -> NoReturn:
    """Wait until `child`, the first process of its namespace, has ended, and end as it did. Everything in it ends with it.

    Ctrl-C and SIGINT go on to the child; SIGTERM ends it; a supervisor that is killed takes it along (the kernel sees to that).
    """
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGINT, lambda *_: _signal(child, signal.SIGINT))
        signal.signal(signal.SIGTERM, lambda *_: _signal(child, signal.SIGKILL))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
        stopped = _watch(child, limits) if os.read(ready, 1) else None
        if stopped:
            _signal(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if stopped:
            os._exit(STOPPED[stopped])
        if status < 0:
            _end_by(-status)
        os._exit(status & 0xFF)
    finally:
        os._exit(1)


def _end_by(number: int) -> None:
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _signal(child: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)


def _watch(child: int, limits: Limits) -> str | None:
    """Look every moment until the child has ended (None) or all together are over a limit (which one).

    /proc is the one of the sandbox: the child made it the root of both when it built its view of the files.
    """
    ended = select.poll()
    ended.register(os.pidfd_open(child), select.POLLIN)
    until = time.monotonic() + limits.wall_seconds
    inherited = _memory("1")
    ticks = limits.cpu_seconds * os.sysconf("SC_CLK_TCK")
    while not ended.poll(LOOK_EVERY_MILLISECONDS):
        if time.monotonic() > until:
            return "timeout"
        inside = [name for name in os.listdir("/proc") if name.isdigit()]
        if len(inside) > limits.processes:
            return "processes"
        doubtful = sum(_memory(name) for name in inside) > limits.memory_bytes + inherited
        if doubtful and sum(_memory_of_its_own(name) for name in inside) > limits.memory_bytes:
            return "memory"
        if sum(_ticks(name) for name in inside) > ticks:
            return "cpu"
    return None


def _memory(name: str) -> int:
    """Memory of one process, pages it still shares with the warm parent included: cheap to read."""
    return _sum_of(f"/proc/{name}/status", (b"RssAnon:", b"RssShmem:", b"VmSwap:"))


def _memory_of_its_own(name: str) -> int:
    """Memory of one process, each shared page counted in part: takes the kernel milliseconds, so asked only when in doubt."""
    return _sum_of(f"/proc/{name}/smaps_rollup", (b"Pss_Anon:", b"Pss_Shmem:", b"SwapPss:"))


def _sum_of(path: str, wanted: tuple[bytes, ...]) -> int:
    try:
        with open(path, "rb", buffering=0) as file:
            lines = file.read(8192).splitlines()
    except OSError:  # it has ended meanwhile
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(wanted)) * KIBIBYTE


def _ticks(name: str) -> int:
    """Processor time of one process and of those it waited for, in clock ticks."""
    try:
        with open(f"/proc/{name}/stat", "rb", buffering=0) as file:
            fields = file.read(4096).rpartition(b")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))
