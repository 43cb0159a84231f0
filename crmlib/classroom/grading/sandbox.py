"""Run a stranger's code without fear: `enter` in a forked child, and it sees and reaches nothing that is not its business."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from crmlib.classroom.grading.layers import Layer, layers, missing
from crmlib.classroom.grading.limits import Limits, bind_this_process
from crmlib.classroom.grading.supervisor import FORWARDED, supervise, why_stopped

__all__ = ["Layer", "Limits", "enter", "layers", "missing", "prepare", "shows", "why_stopped"]

SECRET_FREE = {
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "LOGNAME": "student",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
    "TMPDIR": "/tmp",
    "USER": "student",
}


def prepare() -> None:
    """Do once, in the warm parent, what every child would otherwise do in `enter` for itself. Changes nothing."""
    from crmlib.classroom.grading import landlock, linux_calls, namespaces, seccomp, view

    view.everyone()
    seccomp.program(linux_calls.machine())
    namespaces.identity()
    landlock.version()


def shows(path: Path | str) -> bool:
    """Would every student's process be able to read `path`? A gradebook, a source or a key must not lie there.

    >>> shows("/usr/bin"), shows("/etc/shadow")
    (True, False)
    """
    from crmlib.classroom.grading import view

    return view.everyone().shows(os.path.realpath(path))


def enter(
    scratch: Path,
    *,
    limits: Limits,
    readable: Sequence[Path] = (),
    keep: Collection[int] = (),
    environment: Mapping[str, str] | None = None,
) -> None:
    """Put this process, a freshly forked child with one thread, into the sandbox; returns in the process that runs the student's code.

    That process is the first of its own process namespace. The one left behind (the child that called) waits outside,
    bounds what all inside use together, passes Ctrl-C and the exit status on (`why_stopped` reads it), and when it ends,
    for whatever reason, everything inside ends too.

    Parameters
    ----------
    scratch : Path
        The student's working folder and home. It need not exist; if it does, the files in it are copied to a folder
        of the same name in memory. What is written there is gone in the end.
    limits : Limits
    readable : sequence of Path
        What may be read beside the system, Python, crmlib and its data.
    keep : collection of int
        Open files that stay open; 0, 1 and 2 lead nowhere unless named here.
    environment : mapping, optional
        Variables of the environment beside the short list that is there anyway.

    Raises
    ------
    OSError
        A layer could not be put in place. The caller must end then, and run nothing.
    """
    from crmlib.classroom.grading import landlock, namespaces, seccomp, view
    from crmlib.classroom.grading import linux_calls as linux

    scratch = os.path.realpath(scratch)
    uid, gid = namespaces.identity()
    _die_with(os.getppid(), linux)
    _own_session()
    namespaces.leave(uid, gid)
    ready, tell = os.pipe()
    alive, living = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    child = os.fork()
    if child:
        try:
            os.chdir("/")
            _close_all_but({ready, living}, linux)
            supervise(child, ready, limits)
        finally:
            os._exit(1)
    os.close(living)
    os.setsid()
    _first_to_go()
    shown = namespaces.furnish(scratch, uid=uid, gid=gid, limits=limits, readable=[os.path.abspath(path) for path in readable])
    os.chdir(scratch)
    _new_environment(scratch, environment or {})
    namespaces.become(uid, gid)
    linux.option(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    bind_this_process(limits)
    landlock.confine(
        readable=[*(set(shown) - set(view.DEVICES)), "/proc", "/etc"],
        writable=[namespaces.WRITABLE, scratch],
        listable=["/"],
        devices=[*(set(shown) & set(view.DEVICES)), view.TERMINALS],
    )
    seccomp.filter_calls()
    os.write(tell, b".")
    _close_all_but({*keep, alive}, linux)
    if _hung_up(alive):
        os._exit(1)
    os.close(alive)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)


def _die_with(parent: int, linux) -> None:
    linux.option(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _own_session() -> None:
    with contextlib.suppress(PermissionError):  # it leads a group already
        os.setsid()


def _hung_up(pipe: int) -> bool:
    """Has the supervisor died before the kernel was told to end us with it?"""
    import select

    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(0))


def _close_all_but(kept: Collection[int], linux) -> None:
    for number in {0, 1, 2} - set(kept):
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, number)
    linux.close_all_but({0, 1, 2, *kept})


def _new_environment(scratch: str, more: Mapping[str, str]) -> None:
    os.environ.clear()
    _overwrite_what_the_process_was_started_with()
    os.environ.update(SECRET_FREE)
    os.environ.update(
        HOME=scratch,
        IPYTHONDIR=f"{scratch}/.ipython",
        MPLCONFIGDIR=f"{scratch}/.matplotlib",
    )
    os.environ["PATH"] = os.pathsep.join([f"{sys.prefix}/bin", "/usr/local/bin", "/usr/bin", "/bin"])
    os.environ.update(more)


def _overwrite_what_the_process_was_started_with() -> None:
    """/proc/self/environ shows the memory where the first environment stood."""
    with open("/proc/self/stat", encoding="utf-8", errors="replace") as stat:
        fields = stat.read().rpartition(")")[2].split()
    start, end = int(fields[47]), int(fields[48])
    if 0 < start < end:
        ctypes.memset(start, 0, end - start)


def _first_to_go() -> None:
    """If the machine runs out of memory all the same, the kernel ends this process before any other."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
            score.write("1000")
    except OSError:  # only a comfort
        pass
