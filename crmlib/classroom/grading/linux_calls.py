"""The system calls of Linux that Python has no function for. Imported on Linux only, but importable anywhere."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterable
from functools import cache

OPEN_TREE, MOVE_MOUNT, CLOSE_RANGE, MOUNT_SETATTR = 428, 429, 436, 442
HIGHEST_FILE = 0xFFFFFFFF
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 1 << 18
MNT_DETACH = 2
AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE = -100, 0x1000, 0x8000
OPEN_TREE_CLONE, MOVE_MOUNT_F_EMPTY_PATH = 1, 4
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID = 1, 2
(
    PR_SET_PDEATHSIG,
    PR_SET_DUMPABLE,
    PR_SET_SECCOMP,
    PR_CAPBSET_DROP,
    PR_SET_NO_NEW_PRIVS,
) = 1, 4, 22, 24, 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CAPABILITY_VERSION_3 = 0x20080522
MOST_CAPABILITIES = 63


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def machine() -> str:
    """The processor's name as the tables here spell it: "x86_64", "aarch64", or what the system calls another one."""
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())


def call(name: str, *arguments: int | bytes | ctypes.Array | ctypes.Structure | None) -> int:
    """Call the C library's `name`; a failure is an OSError that says which call it was."""
    return _checked(getattr(_libc(), name)(*map(_wide, arguments)), name)


def system_call(number: int, name: str, *arguments: int | bytes | ctypes.Array | None) -> int:
    """Call the kernel by `number`, for what the C library has no function for."""
    return _checked(_libc().syscall(ctypes.c_long(number), *map(_wide, arguments)), name)


def _wide(argument):
    return ctypes.c_long(argument) if isinstance(argument, int) else argument


def _checked(answer: int, name: str) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return answer


def mount(kind: str, target: str, *, flags: int = 0, options: str = "") -> None:
    """Mount a new file system of `kind`, or with kind "" change how `target` is mounted."""
    name = os.fsencode(kind) or None
    call("mount", name, os.fsencode(target), name, flags, os.fsencode(options) or None)


def clone_of(path: str | bytes) -> int:
    """A handle on a copy of what is mounted at `path`, with all below it, not yet attached anywhere."""
    flags = OPEN_TREE_CLONE | AT_RECURSIVE | os.O_CLOEXEC
    return system_call(OPEN_TREE, "open_tree", AT_FDCWD, os.fsencode(path), flags)


def attach(handle: int, target: str) -> None:
    """Attach what `clone_of` gave at `target`, and close the handle."""
    system_call(
        MOVE_MOUNT,
        "move_mount",
        handle,
        b"",
        AT_FDCWD,
        os.fsencode(target),
        MOVE_MOUNT_F_EMPTY_PATH,
    )
    os.close(handle)


def make_read_only(target: str) -> None:
    """Everything mounted at or below `target` can be read only, and gives nobody another's rights."""
    attributes = (ctypes.c_uint64 * 4)(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0, 0, 0)
    system_call(
        MOUNT_SETATTR,
        "mount_setattr",
        AT_FDCWD,
        os.fsencode(target),
        AT_RECURSIVE,
        attributes,
        ctypes.sizeof(attributes),
    )


def pivot_into(folder: str) -> None:
    """`folder` becomes the root of this mount namespace; the old root is gone."""
    os.chdir(folder)
    system_call(PIVOT_ROOT[machine()], "pivot_root", b".", b".")
    call("umount2", b".", MNT_DETACH)
    os.chdir("/")


def forbid_capabilities() -> None:
    """No right of root will come back by starting a program."""
    call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    for capability in range(MOST_CAPABILITIES + 1):
        try:
            call("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0)
        except OSError:  # the kernel knows no more of them
            break


def drop_capabilities() -> None:
    """Give up the rights of root that this process has."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    call("capset", header, (ctypes.c_uint32 * 6)())


def close_all_but(kept: Iterable[int]) -> None:
    """Close every open file whose number is not among `kept`."""
    first = 0
    for number in sorted({*kept, HIGHEST_FILE}):
        if first < number:
            system_call(CLOSE_RANGE, "close_range", first, number - 1, 0)
        first = number + 1


def option(number: int, value: int) -> None:
    """Set one of the process's own options (prctl)."""
    call("prctl", number, value, 0, 0, 0)
