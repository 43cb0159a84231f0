"""What a student's process may ask the kernel: a filter of system calls, written as the kernel's own small programs."""

from __future__ import annotations

import ctypes
import errno
import struct
from functools import cache

from crmlib.classroom.grading import linux_calls as linux

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
LAST_KNOWN_CALL = 452
CLONE_NEW_ANYTHING = 0x7E020080
LOCAL_SOCKETS, NETLINK, NETLINK_ROUTE = 1, 16, 0
SECCOMP_MODE_FILTER = 2

# name: number on x86_64, number on aarch64
REFUSED: dict[str, tuple[int | None, int | None]] = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "kcmp": (312, 272), "pidfd_getfd": (438, 438), "perf_event_open": (298, 241), "bpf": (321, 280), "userfaultfd": (323, 282),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97), "setns": (308, 268),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "io_setup": (206, 0),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "syslog": (103, 116), "personality": (135, 92), "vhangup": (153, 58),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190),
    "mq_open": (240, 180), "mbind": (237, 235), "set_mempolicy": (238, 237), "set_mempolicy_home_node": (450, 450),
    "migrate_pages": (256, 238), "move_pages": (279, 239), "vmsplice": (278, 75), "fanotify_init": (300, 262),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "lookup_dcookie": (212, 18), "sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None),
    "modify_ldt": (154, None), "uselib": (134, None), "ustat": (136, None), "sysfs": (139, None),
}  # fmt: skip
CLONE, CLONE3, SOCKET, SOCKETPAIR, PRCTL = (56, 220), (435, 435), (41, 198), (53, 199), (157, 167)

LOAD_WORD, RETURN = 0x20, 0x06
JUMP_IF_EQUAL, JUMP_IF_GREATER, JUMP_IF_ANY_BIT = 0x15, 0x25, 0x45
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16
ALLOW, KILL = 0x7FFF0000, 0x80000000


def _error(number: int) -> int:
    return 0x00050000 | number


@cache
def program(machine: str) -> bytes:
    """The filter for `machine`, in the kernel's form (eight bytes an instruction).

    Raises
    ------
    OSError
        There is no table of system calls for this machine here.

    >>> len(program("x86_64")) % 8
    0
    """
    if machine not in ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"seccomp: no table of system calls for {machine}")
    column, architecture = ARCHITECTURES[machine]
    lines = [
        (LOAD_WORD, 0, 0, ARCHITECTURE_AT),
        (JUMP_IF_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD_WORD, 0, 0, NUMBER_AT),
        (JUMP_IF_GREATER, 0, 1, LAST_KNOWN_CALL),
        (RETURN, 0, 0, _error(errno.ENOSYS)),
    ]
    for numbers in REFUSED.values():
        if numbers[column] is not None:
            lines += _when(numbers[column], [(RETURN, 0, 0, _error(errno.EPERM))])
    lines += _when(CLONE3[column], [(RETURN, 0, 0, _error(errno.ENOSYS))])
    lines += _when(
        CLONE[column],
        [
            *_argument(0),
            (JUMP_IF_ANY_BIT, 0, 1, CLONE_NEW_ANYTHING),
            (RETURN, 0, 0, _error(errno.EPERM)),
        ],
    )
    # By this a process would outlive its supervisor.
    lines += _when(PRCTL[column], [*_argument(0), (JUMP_IF_EQUAL, 0, 1, linux.PR_SET_PDEATHSIG), (RETURN, 0, 0, _error(errno.EPERM))])
    for numbers in (SOCKET, SOCKETPAIR):
        lines += _when(
            numbers[column],
            [
                *_argument(0),
                (JUMP_IF_EQUAL, 4, 0, LOCAL_SOCKETS),
                (JUMP_IF_EQUAL, 0, 2, NETLINK),
                *_argument(2),
                (JUMP_IF_EQUAL, 1, 0, NETLINK_ROUTE),
                (RETURN, 0, 0, _error(errno.EAFNOSUPPORT)),
            ],
        )
    lines.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def _argument(which: int) -> list[tuple[int, int, int, int]]:
    # The arguments are 64 bits wide; both processors keep the lower half first, and the flags read here fit in it.
    return [(LOAD_WORD, 0, 0, ARGUMENTS_AT + 8 * which)]


def _when(number: int, then: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """`then` for this system call; whatever it does not return is allowed, since the number is no longer at hand."""
    if then[0][0] != RETURN:
        then = [*then, (RETURN, 0, 0, ALLOW)]
    return [(JUMP_IF_EQUAL, 0, len(then), number), *then]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_char_p)]


def filter_calls() -> None:
    """From now on the system calls of `REFUSED` fail in this process and all it starts."""
    lines = program(linux.machine())
    linux.option(linux.PR_SET_NO_NEW_PRIVS, 1)
    wanted = _Program(len(lines) // 8, lines)
    linux.call("prctl", linux.PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(wanted), 0, 0)
