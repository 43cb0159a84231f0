"""The warm parent's own side: import, wait for requests, fork, and take every child along when the other end is gone."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
from typing import NoReturn

LOOK_EVERY_SECONDS = 2
MOST_CHANNELS = 16
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve the socket whose number is the only argument."""
    control = socket.socket(fileno=int(sys.argv[1]))
    gc.disable()  # what is imported here stays; looking for what could go takes a sixth of the time
    folder = tempfile.mkdtemp(prefix="crm-warm-")
    try:
        os.environ["IPYTHONDIR"] = os.path.join(folder, "ipython")
        try:
            from crmlib.classroom.grading import warming

            warming.warm_up()
        except ImportError as error:
            from crmlib.i18n import _

            told = _("Grading needs the package {package}, which is not installed here ({error}).").format(package=error.name, error=error)
            control.send(json.dumps({"problem": told}).encode())
            return
        gc.freeze()
        with contextlib.suppress(BrokenPipeError):  # whoever started it has given up meanwhile
            control.send(json.dumps({"ready": True}).encode())
            _Server(control).serve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Server:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, socket.socket] = {}
        self._above = os.getppid()
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.default_int_handler)

    def serve(self) -> None:
        """Until the other end is closed, or whoever holds it has ended."""
        with contextlib.suppress(KeyboardInterrupt):
            while os.getppid() == self._above:
                watched = [self._control, self._woken, *self._children.values()]
                ready, _out, _err = select.select(watched, [], [], LOOK_EVERY_SECONDS)
                if self._woken in ready:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._woken, 4096)
                self._reap()
                for child, status in list(self._children.items()):
                    if status in ready and child in self._children:
                        self._end(child)
                if self._control in ready and not self._answer():
                    break
        for child in list(self._children):
            self._end(child)

    def _answer(self) -> bool:
        try:
            raw, channels, _flags, _address = socket.recv_fds(self._control, 1 << 20, MOST_CHANNELS)
        except OSError:
            return False
        if not raw:
            return False
        request = json.loads(raw)
        if "import" in request:
            self._import(request["import"])
            return True
        child = os.fork()
        if not child:
            self._become(request, channels)
        status = socket.socket(fileno=channels[0])
        for channel in channels[1:]:
            os.close(channel)
        self._children[child] = status
        self._tell(status, child)
        return True

    def _import(self, modules: list[str]) -> None:
        from crmlib.classroom.grading import warming

        warming.import_now(modules)
        gc.freeze()

    def _become(self, request: dict, channels: list[int]) -> NoReturn:
        code = 1
        try:
            above = os.getppid()
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if above != os.getppid() or above == 1:
                os._exit(1)
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            for other in self._children.values():
                other.close()
            self._control.close()
            for end in (self._woken, self._wake, channels[0]):
                os.close(end)
            gc.enable()
            module, _colon, function = request["entry"].partition(":")
            getattr(importlib.import_module(module), function)(request["payload"], channels[1:])
            code = 0
        except BaseException as error:
            if not isinstance(error, (SystemExit, ConnectionError)):
                sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)

    def _reap(self) -> None:
        while self._children:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not child:
                return
            if channel := self._children.pop(child, None):
                self._tell(channel, os.waitstatus_to_exitcode(status))
                channel.close()

    def _end(self, child: int) -> None:
        """Whoever asked for this child has hung up."""
        self._kill(child)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)
        self._children.pop(child).close()

    @staticmethod
    def _kill(child: int) -> None:
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(child, signal.SIGKILL)

    @staticmethod
    def _tell(status: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError):
            status.send(number.to_bytes(4, "big", signed=True), socket.MSG_NOSIGNAL)


if __name__ == "__main__":
    main()
    os._exit(0)  # taking a process of this size apart piece by piece takes longer than to drop it
