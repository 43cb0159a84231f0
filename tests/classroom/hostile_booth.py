"""A process that lets code loose in the sandbox, one child a request, as root or as an ordinary user; not a test itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from crmlib.classroom.grading.sandbox import Limits, enter, prepare

ORDINARY_UID = 64_321
HERE = Path(__file__).resolve()
LIBRARY = HERE.parents[2]
SMALL = Limits(cpu_seconds=20, wall_seconds=60, memory_bytes=2**29, processes=24, open_files=64, file_bytes=2**21, scratch_bytes=2**22)


@dataclass(frozen=True)
class Seen:
    """What a child printed, how it ended, and the process that was its supervisor."""

    out: str
    exit: int
    pid: int

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Booth:
    """The process, and a way to ask it."""

    def __init__(self, *, ordinary: bool) -> None:
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, str(HERE), str(theirs.fileno()), *(["ordinary"] if ordinary else [])],
            pass_fds=[theirs.fileno()],
            env=os.environ | {"CRM_CLASS_KEY": "the-class-key", "PYTHONPATH": str(LIBRARY)},
        )
        theirs.close()
        self.asked, self.told = ours.makefile("w"), ours.makefile("r")
        ours.close()
        self.uid = ORDINARY_UID if ordinary else os.geteuid()

    def run(self, code: str, *, scratch: Path | str = "/tmp/crm-scratch", then: str = "", readable=(), **limits) -> Seen:
        """Run `code` in a child. When it has printed a line, do `then` to its supervisor: "kill" or "interrupt"."""
        request = {"code": code, "scratch": str(scratch), "then": then, "readable": list(map(str, readable)), "limits": limits}
        print(json.dumps(request), file=self.asked, flush=True)
        return Seen(**json.loads(self.told.readline()))

    def close(self) -> None:
        self.asked.close()
        self.told.close()
        self.process.wait()


def attempt(statement: str) -> str:
    """Code that prints "did it", or which error it met."""
    return f"""
import os, socket, sys
try:
    {statement}
    print("did it")
except BaseException as error:
    print(type(error).__name__)
"""


def serve(asked: socket.socket) -> None:
    prepare()
    reading, writing = asked.makefile("r"), asked.makefile("w")
    for line in reading:
        print(json.dumps(vars(_let_loose(**json.loads(line)))), file=writing, flush=True)


def _let_loose(code: str, scratch: str, then: str, readable: list[str], limits: dict) -> Seen:
    heard, said = os.pipe()
    pid = os.fork()
    if not pid:
        _child(code, scratch, readable, limits, said)
    os.close(said)
    with open(heard, encoding="utf-8", errors="replace") as words:
        out = words.readline() if then else ""
        if then:
            os.kill(pid, {"kill": signal.SIGKILL, "interrupt": signal.SIGINT}[then])
        # Ends only when nobody inside is left to write: a daemon that survived would keep us here.
        out += words.read()
    return Seen(out, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), pid)


def _child(code: str, scratch: str, readable: list[str], limits: dict, said: int) -> None:
    status = 99
    try:
        os.dup2(said, 1)
        os.dup2(said, 2)
        enter(Path(scratch), limits=Limits(**vars(SMALL) | limits), keep={1, 2}, readable=readable)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # as the booth does; tests started in the background ignore it
        status = 1
        exec(compile(code, "student", "exec"), {"__name__": "__main__"})
        status = 0
    except SystemExit:
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def become_ordinary() -> None:
    """Become a user without rights, for whom Python is readable even where root keeps it in a closed folder (in our own mounts only)."""
    from crmlib.classroom.grading import linux_calls as linux
    from crmlib.classroom.grading.namespaces import NEW_MOUNTS

    linux.call("unshare", NEW_MOUNTS)
    linux.mount("", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    for needed in (sys.base_prefix, sys.prefix, str(LIBRARY)):
        closed = next((str(above) for above in reversed(Path(needed).parents) if not above.stat().st_mode & 0o001), None)
        if closed:
            copy = linux.clone_of(needed)
            linux.mount("tmpfs", closed, options="mode=755")
            os.makedirs(needed)
            linux.attach(copy, needed)
    os.setgroups([])
    os.setresgid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID)
    os.setresuid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID)
    os.environ["HOME"] = "/tmp"


if __name__ == "__main__":
    number = int(sys.argv[1])
    if sys.argv[2:] == ["ordinary"] and os.geteuid() == 0:
        become_ordinary()
        os.set_inheritable(number, True)
        # A process that changed its user is hidden from itself; one that starts as that user is not.
        os.execv(sys.executable, [sys.executable, __file__, str(number)])
    serve(socket.socket(fileno=number))
