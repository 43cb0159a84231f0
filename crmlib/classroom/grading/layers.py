"""Which walls of the sandbox this machine can build, tried out in a throw-away process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crmlib.i18n import _

SECONDS_TO_TRY = 60


@dataclass(frozen=True)
class Layer:
    """One wall: whether it stands here (`active`), what it does or why it does not stand (`told`), what would bring it (`mend`)."""

    name: str
    active: bool
    told: str
    mend: str = ""


def layers() -> list[Layer]:
    """Every wall of the sandbox, and whether this machine can build it (tried once, in a process of its own).

    >>> [layer.name for layer in layers()]
    ['namespaces', 'files', 'landlock', 'seccomp', 'limits']
    """
    failed = _tried()
    found = []
    for name, told in _purposes().items():
        why = failed.get(name)
        found.append(Layer(name, True, told) if not why else Layer(name, False, f"{told}: {why}", _mend(name)))
    return found


def missing() -> list[Layer]:
    """The walls this machine cannot build; strangers' code is not to be run here unless the list is empty."""
    return [layer for layer in layers() if not layer.active]


def _purposes() -> dict[str, str]:
    return {
        "namespaces": _("a user, processes and a network of its own, without a way out"),
        "files": _("a view of the files with the system, Python and the course's data only"),
        "landlock": _("a second wall around the files"),
        "seccomp": _("a list of system calls that are refused"),
        "limits": _("limits on memory, processor time, processes and files"),
    }


def _mend(name: str) -> str:
    if sys.platform == "win32":
        return _("Grade inside Linux: install WSL (wsl --install in a terminal), then the course in it.")
    if not sys.platform.startswith("linux"):
        return _("Grade on Linux, in a virtual machine for example.")
    if name in ("namespaces", "files") and os.geteuid() == 0:
        return _("Inside a container: start it with the right to make namespaces (docker run --privileged).")
    if name in ("namespaces", "files"):
        return _forbidden_by() or _("Run it as root (sudo), or let the system's administrator allow user namespaces.")
    if name == "landlock":
        return _("A kernel of 5.13 or later with Landlock is needed; if it has it, add landlock to its start parameter lsm=.")
    return _("A newer kernel is needed, on a processor of the kind x86_64 or aarch64.")


SWITCHES = {
    "kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
    "kernel/unprivileged_userns_clone": ("0", "1"),
    "user/max_user_namespaces": ("0", "10000"),
}


def _forbidden_by() -> str:
    for name, (forbidding, allowing) in SWITCHES.items():
        try:
            if Path("/proc/sys", name).read_text("ascii").strip() == forbidding:
                return _("The system forbids user namespaces; its administrator allows them with: sudo sysctl -w {setting}").format(
                    setting=f"{name.replace('/', '.')}={allowing}"
                )
        except OSError:  # this system has no such switch
            continue
    return ""


@cache
def _tried() -> dict[str, str]:
    """Why each wall could not be built; only those that could not."""
    if not sys.platform.startswith("linux"):
        return dict.fromkeys(_purposes(), sys.platform)
    library = str(Path(__file__).resolve().parents[3])
    paths = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), library]))
    trial = [sys.executable, "-P", "-m", "crmlib.classroom.grading.trial"]
    try:
        done = subprocess.run(
            trial,
            env=os.environ | {"PYTHONPATH": paths},
            capture_output=True,
            timeout=SECONDS_TO_TRY,
            check=True,
            text=True,
        )
        return json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return dict.fromkeys(_purposes(), str(error))
