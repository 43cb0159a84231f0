"""The kernel ``crm-warm``: a kernel forked from the warm parent into the sandbox, for whoever starts kernels through jupyter_client."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import select
import shutil
import signal
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict, List, Unicode

from crmlib.classroom.grading.limits import MEBIBYTE, Limits
from crmlib.classroom.grading.warm import Forked, WarmParent
from crmlib.i18n import _

KERNEL_NAME = "crm-warm"
JUPYTER_PATH = Path(__file__).parent / "jupyter"
ENTRY = "crmlib.classroom.grading.kernel:serve"
PASSED_ON = ("CRM_FIRM_CODE", "CRM_LANGUAGE", "NBGRADER_EXECUTION", "NBGRADER_VALIDATING", "TERM", "CLICOLOR", "FORCE_COLOR")
SMALLEST_FILE = 4096

_starting = threading.Lock()
_parents: dict[int, WarmParent] = {}


def offer() -> str:
    """Let this process, and those it starts, find the kernel; its name is returned.

    Why: the kernel is for graders. Were it installed like others, every learner's JupyterLab would offer it.

    >>> offer()
    'crm-warm'
    """
    places = os.environ.get("JUPYTER_PATH", "").split(os.pathsep)
    if str(JUPYTER_PATH) not in places:
        os.environ["JUPYTER_PATH"] = os.pathsep.join([str(JUPYTER_PATH), *filter(None, places)])
    return KERNEL_NAME


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel as a fork of the warm parent, in the sandbox.

    The kernel works on copies of the files in the folder it is started in, notebooks excepted: a submission that is being
    graded holds the hidden tests. What it writes is gone in the end.
    """

    limits = Dict(help="Limits other than the usual ones: names and numbers of crmlib.classroom.grading.limits.Limits").tag(config=True)
    readable = List(Unicode(), help="Folders that may be read beside the system, Python, crmlib and its data").tag(config=True)

    _folder = ""
    _walled = True

    async def pre_launch(self, **kwargs):
        """jupyter_client calls this before each start: the kernel will speak through sockets in a folder."""
        self._walled = _is_walled()
        manager = self.parent
        if self._walled and manager is not None and not self._folder:
            self._folder = tempfile.mkdtemp(prefix="crm-kernel-", dir="/tmp")
            manager.transport = "ipc"
            manager.connection_file = os.path.join(self._folder, "kernel.json")
            manager.ip = os.path.join(self._folder, "sockets", "s")
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd, **kwargs):
        """jupyter_client calls this to start the kernel; it is ready when this returns."""
        if not self._walled:
            return await super().launch_kernel(cmd, **kwargs)
        environment = kwargs.get("env") or os.environ
        payload = {
            "scratch": os.path.join(self._folder, "work"),
            "sockets": os.path.join(self._folder, "sockets"),
            "connection": {name: _text(value) for name, value in self.connection_info.items()},
            "limits": asdict(Limits(**self.limits)),
            "readable": list(self.readable),
            "environment": {name: environment[name] for name in PASSED_ON if name in environment},
        }
        try:
            await asyncio.to_thread(self._launch, payload, kwargs.get("cwd") or os.getcwd())
        except BaseException:
            await self.cleanup()
            raise
        return self.connection_info

    def _launch(self, payload: Mapping, start_folder: str) -> None:
        _copy_files(Path(start_folder), Path(payload["scratch"]), payload["limits"]["scratch_bytes"])
        ready, told = os.pipe()
        try:
            self.process = ForkedKernel(_warm_parent().fork(ENTRY, payload, [told]))
            self.pid, self.pgid = self.process.pid, None
            os.close(told)
            told = -1
            if not os.read(ready, 1):
                raise RuntimeError(_("The kernel in the sandbox could not start. Try: crm doctor"))
        finally:
            os.close(ready)
            if told >= 0:
                os.close(told)
        self._link_to_sockets(payload["sockets"])

    def _link_to_sockets(self, sockets: str) -> None:
        """The same path leads inside to the sockets, and outside through the supervisor's view of the files to the same place."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(sockets)
        os.symlink(f"/proc/{self.pid}/root{sockets}", sockets)

    async def cleanup(self, restart=False):
        """jupyter_client calls this when the kernel has ended."""
        await super().cleanup(restart)
        if isinstance(self.process, ForkedKernel):
            self.process.close()
        if self._folder and not restart:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""


class ForkedKernel:
    """What LocalProvisioner needs of a process, for one that another process has forked."""

    stdin = stdout = stderr = None

    def __init__(self, forked: Forked) -> None:
        self._forked = forked
        self.pid = forked.process
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        if self.returncode is None and select.select([self._forked], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self) -> int:
        """Wait for the end; the exit code."""
        if self.returncode is None:
            self.returncode = self._forked.wait()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Interrupt or end the kernel; its supervisor passes it on."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """End it."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Let the warm parent forget it."""
        self._forked.close()


def _is_walled() -> bool:
    """Whether kernels run in the sandbox: not if the instructor has waived it; where it cannot be built nothing is started."""
    from crmlib.classroom.execution import is_unsafe, refusal

    if why := refusal():
        raise RuntimeError(why)
    return not is_unsafe()


def _warm_parent() -> WarmParent:
    """One for the life of this process; its children would not do for a process that this one forks."""
    with _starting:
        if os.getpid() not in _parents:
            parent = _parents[os.getpid()] = WarmParent()
            atexit.register(parent.close)
        return _parents[os.getpid()]


def _copy_files(source: Path, target: Path, most: int) -> None:
    room = most
    target.mkdir(parents=True, exist_ok=True)
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if not name.startswith((".", "__pycache__"))]
        for name in names:
            path = Path(folder, name)
            if path.suffix == ".ipynb" or path.is_symlink() or not path.is_file():
                continue
            room -= max(path.stat().st_size, SMALLEST_FILE)
            if room < 0:
                raise RuntimeError(
                    _("The files in {folder} are larger than {size} MB; start the kernel in another folder.").format(
                        folder=source, size=most // MEBIBYTE
                    )
                )
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _text(value: object) -> object:
    return value.decode("ascii") if isinstance(value, bytes) else value
