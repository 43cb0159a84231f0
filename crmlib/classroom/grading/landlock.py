"""The second wall around files: Landlock, by which a process gives up the right to all but the folders it names."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable

from crmlib.classroom.grading import linux_calls as linux

CREATE, ADD_RULE, RESTRICT = 444, 445, 446
ASK_VERSION, PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REFER, TRUNCATE, IOCTL_DEV = (1 << bit for bit in (0, 1, 2, 3, 13, 14, 15))
FIRST_RIGHTS = (1 << 13) - 1
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
TCP_BIND_AND_CONNECT = 3
SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3
TRUNCATE_SINCE, REFER_SINCE, NETWORK_SINCE, IOCTL_SINCE, SCOPE_SINCE = 3, 2, 4, 5, 6


def version() -> int:
    """The kernel's version of Landlock (1 or more); OSError where there is none."""
    return linux.system_call(CREATE, "landlock_create_ruleset", None, 0, ASK_VERSION)


def confine(*, readable: Iterable[str], writable: Iterable[str], devices: Iterable[str] = (), listable: Iterable[str] = ()) -> None:
    """From now on this process reads and runs only what is below `readable`, and changes only what is below `writable`.

    Below `listable` it may also see what names there are.
    """
    known = version()
    rights = FIRST_RIGHTS
    rights |= REFER if known >= REFER_SINCE else 0
    rights |= TRUNCATE if known >= TRUNCATE_SINCE else 0
    rights |= IOCTL_DEV if known >= IOCTL_SINCE else 0
    words = [rights, TCP_BIND_AND_CONNECT, SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS]
    words = words[: 3 if known >= SCOPE_SINCE else 2 if known >= NETWORK_SINCE else 1]
    attributes = struct.pack(f"={len(words)}Q", *words)
    rules = linux.system_call(CREATE, "landlock_create_ruleset", attributes, len(attributes), 0)
    for paths, wanted in (
        (readable, EXECUTE | READ_FILE | READ_DIR),
        (writable, rights & ~IOCTL_DEV),
        (listable, READ_DIR),
        (devices, READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV),
    ):
        for path in paths:
            _allow(rules, path, wanted & rights)
    linux.option(linux.PR_SET_NO_NEW_PRIVS, 1)
    linux.system_call(RESTRICT, "landlock_restrict_self", rules, 0)
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not os.path.isdir(path):
            rights &= OF_A_FILE
        linux.system_call(
            ADD_RULE,
            "landlock_add_rule",
            rules,
            PATH_BENEATH,
            struct.pack("=Qi", rights, handle),
            0,
        )
    finally:
        os.close(handle)
