"""How much a student's process may use: what one process may take, set by the kernel before its first line runs."""

from __future__ import annotations

import os
from dataclasses import dataclass

from crmlib.i18n import _

MEBIBYTE = 2**20
SECONDS_TO_DIE = 2


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    cpu_seconds, wall_seconds : int
        Processor time of all its processes together, and time by the clock, for the whole notebook.
    memory_bytes : int
        Memory of all its processes together, on top of what the warm parent had before; also the bound of each single process.
    processes, open_files : int
        Processes and threads at a time; open files of each process.
    file_bytes, scratch_bytes : int
        The largest single file, and all files together.
    output_bytes : int
        Printed text and figures of the whole notebook (kept by whoever collects them, not by the sandbox).

    >>> Limits(memory_bytes=2**30).processes
    64
    """

    cpu_seconds: int = 120
    wall_seconds: int = 300
    memory_bytes: int = 2048 * MEBIBYTE
    processes: int = 64
    open_files: int = 256
    file_bytes: int = 64 * MEBIBYTE
    scratch_bytes: int = 256 * MEBIBYTE
    output_bytes: int = 8 * MEBIBYTE

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise ValueError(_("{name} = {value}: a limit is a number above 0.").format(name=name, value=value))


def bind_this_process(limits: Limits) -> None:
    """Set the kernel's limits for this process and all it will start."""
    import resource

    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_AS: address_space() + limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_MEMLOCK: MEBIBYTE,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_SIGPENDING: 4 * limits.processes,
        resource.RLIMIT_RTPRIO: 0,
        resource.RLIMIT_NICE: 0,
    }
    for kind, value in wanted.items():
        most = resource.getrlimit(kind)[1]
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        grace = SECONDS_TO_DIE if kind == resource.RLIMIT_CPU and most == resource.RLIM_INFINITY else 0
        resource.setrlimit(kind, (value, value + grace))


def address_space() -> int:
    """How much memory this process has laid claim to, whether it uses it or not."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
