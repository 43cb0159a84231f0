"""The first wall: namespaces. A student's process has its own processes, network, host name and files, and no right over others'."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from crmlib.classroom.grading import linux_calls as linux
from crmlib.classroom.grading import view
from crmlib.classroom.grading.limits import Limits
from crmlib.i18n import _

NEW_MOUNTS, NEW_HOST_NAME, NEW_IPC, NEW_USER, NEW_PROCESSES, NEW_NETWORK = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
FIRST_UID = 1_000_000_000
BUILD_AT = "/tmp"
WRITABLE = "/tmp"
SMALL_FILES = 16_384
COPY_AT_ONCE = 1 << 20
ETC = {
    "group": "student:x:{gid}:\n",
    "passwd": "student:x:{uid}:{gid}::{home}:/bin/sh\n",
    "hosts": "127.0.0.1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


def identity() -> tuple[int, int]:
    """The user and group the student's process will be: of its own if we are root, else ours."""
    uid = FIRST_UID + os.getpid()
    return (uid, uid) if os.geteuid() == 0 and _has(uid) else (os.geteuid(), os.getegid())


def _has(uid: int) -> bool:
    with open("/proc/self/uid_map", encoding="ascii") as lines:
        return any(first <= uid < first + count for first, _outside, count in (map(int, line.split()) for line in lines))


def leave(uid: int, gid: int) -> None:
    """Leave the machine's namespaces; the next child is the first process of its own. Needs root, or user namespaces."""
    wanted = NEW_MOUNTS | NEW_HOST_NAME | NEW_IPC | NEW_PROCESSES | NEW_NETWORK
    if uid != os.geteuid():
        linux.call("unshare", wanted)
    else:
        linux.call("unshare", wanted | NEW_USER)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
    linux.mount("", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    linux.call("sethostname", b"student", 7)


def furnish(scratch: str, *, uid: int, gid: int, limits: Limits, readable: Sequence[str]) -> tuple[str, ...]:
    """Build the student's view of the files and make it the root; the trees in it that can be read are returned.

    It holds copies of what `view.everyone` and `readable` name (mounted read-only), a fresh /proc, the few devices that
    do no harm, and one file system in memory for everything that is written: /tmp, /dev/shm and `scratch`, where the
    files that lie in the real folder `scratch` are put first. Called in the first process of the new namespace.
    """
    shown = view.view([*view.everyone().trees, *readable]) if readable else view.everyone()
    links = dict(view.LINKS) | dict(view.everyone().links) | dict(shown.links)
    if shown.shows(scratch):
        raise OSError(_("{folder} cannot be written: it is inside a folder that is shown read-only.").format(folder=scratch))
    trees = {path: linux.clone_of(path) for path in shown.trees}
    brought = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY) if os.path.isdir(scratch) else None
    here = BUILD_AT
    linux.mount(
        "tmpfs",
        here,
        flags=linux.MS_NOSUID | linux.MS_NODEV,
        options="size=1m,nr_inodes=4k,mode=755",
    )
    for folder in ("/proc", "/etc", view.TERMINALS, WRITABLE, scratch):
        os.makedirs(here + folder, exist_ok=True)
    later = [path for path in trees if path.startswith(WRITABLE + os.sep)]
    for path in trees.keys() - later:
        _show(trees[path], here + path)
    for link, leads_to in links.items():
        if not os.path.lexists(here + link):
            os.makedirs(os.path.dirname(here + link), exist_ok=True)
            os.symlink(leads_to, here + link)
    for name, text in ETC.items():
        _write(f"{here}/etc/{name}", text.format(uid=uid, gid=gid, home=scratch))
    linux.mount("proc", here + "/proc", flags=linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    # Terminals of their own, by which IPython runs a line that begins with an exclamation mark.
    linux.mount("devpts", here + view.TERMINALS, flags=linux.MS_NOSUID | linux.MS_NOEXEC, options="newinstance,ptmxmode=666,mode=620")
    linux.make_read_only(here)
    _writable(here, scratch, uid, gid, limits)
    for path in later:
        _show(trees[path], here + path)
        linux.make_read_only(here + path)
    if brought is not None and _bring(brought, here + scratch, uid, gid, limits.scratch_bytes) < 0:
        told = _("The files in {folder} are larger than scratch_bytes = {most}.").format(folder=scratch, most=limits.scratch_bytes)
        raise OSError(told)
    linux.pivot_into(here)
    return shown.trees


def _writable(here: str, scratch: str, uid: int, gid: int, limits: Limits) -> None:
    options = f"size={limits.scratch_bytes},nr_inodes={SMALL_FILES},mode=700,uid={uid},gid={gid}"
    linux.mount(
        "tmpfs",
        here + WRITABLE,
        flags=linux.MS_NOSUID | linux.MS_NODEV,
        options=options,
    )
    inside = scratch if scratch.startswith(WRITABLE + "/") else WRITABLE + "/.scratch"
    for folder in ("/tmp/.shared", inside):
        os.makedirs(here + folder, exist_ok=True)
        while folder != WRITABLE:
            os.chown(here + folder, uid, gid)
            folder = os.path.dirname(folder)
    if inside != scratch:
        linux.attach(linux.clone_of(here + inside), here + scratch)


def _show(tree: int, path: str) -> None:
    """Attach `tree` at `path`, on an empty folder or file made for it."""
    if stat.S_ISDIR(os.fstat(tree).st_mode):
        os.makedirs(path, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    linux.attach(tree, path)


def _bring(folder: int, target: str, uid: int, gid: int, room: int) -> int:
    """Copy the ordinary files below `folder` (nothing that is a link, which could lead anywhere); the room that is left."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            os.makedirs(f"{target}/{entry.name}", exist_ok=True)
            below = os.open(entry.name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            room = _bring(below, f"{target}/{entry.name}", uid, gid, room)
        elif entry.is_file(follow_symlinks=False) and room >= 0:
            source = os.open(entry.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
            room -= os.fstat(source).st_size
            with (
                open(source, "rb") as given,
                open(f"{target}/{entry.name}", "wb") as taken,
            ):
                while room >= 0 and (piece := given.read(COPY_AT_ONCE)):
                    taken.write(piece)
        else:
            continue
        os.chown(f"{target}/{entry.name}", uid, gid)
    os.close(folder)
    return room


def become(uid: int, gid: int) -> None:
    """From now on this process is `uid` with no right beyond that user's, and can never gain one."""
    linux.forbid_capabilities()
    if os.geteuid() != uid:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    linux.drop_capabilities()
    linux.option(linux.PR_SET_NO_NEW_PRIVS, 1)
    # Changing the user hides a process from itself; the student's own libraries read /proc/self.
    linux.option(linux.PR_SET_DUMPABLE, 1)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
