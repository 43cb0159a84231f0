"""What of this machine a student's process sees: the system, Python, the library and its data, all to be read only."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crmlib.i18n import _

SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store",
    "/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime", "/etc/mime.types", "/sys/devices/system/cpu",
)  # fmt: skip
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
TERMINALS = "/dev/pts"
LINKS = {
    "/dev/ptmx": "pts/ptmx",
    "/dev/fd": "/proc/self/fd",
    "/dev/stdin": "/proc/self/fd/0",
    "/dev/stdout": "/proc/self/fd/1",
    "/dev/stderr": "/proc/self/fd/2",
    "/dev/shm": "/tmp/.shared",
}
PYTHON = ("bin", "lib", "lib64", "libexec", "include", "share", "etc", "ssl", "pyvenv.cfg")
PACKAGE_FOLDERS = ("site-packages", "dist-packages")
MOST_LINKS_ON_A_WAY = 40


@dataclass(frozen=True)
class View:
    """Folders and files to be shown (`trees`, none inside another, all free of links), and the links that lead there."""

    trees: tuple[str, ...]
    links: tuple[tuple[str, str], ...]

    def shows(self, path: str) -> bool:
        """Is the real `path` one of the trees or inside one?"""
        return any(path == tree or path.startswith(tree + os.sep) for tree in self.trees)


@cache
def everyone() -> View:
    """What of this machine every student may read."""
    import crmlib

    library = Path(__file__).resolve().parents[2]
    # Not all of Python's folder: somebody may have made the environment in the folder of the course.
    python = [os.path.join(prefix, part) for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix) for part in PYTHON]
    packages = [place for place in sys.path if os.path.basename(place.rstrip("/")) in PACKAGE_FOLDERS]
    # Not the folder above the library: in a checkout the exercises and their solutions stand there.
    ours = [*crmlib.__path__, library, library.parent / "datasets"]
    return view([*SYSTEM, *DEVICES, *python, os.path.dirname(sys.executable), *packages, *ours])


def view(paths: Iterable[str | os.PathLike]) -> View:
    """The view that shows those of `paths` that exist.

    Raises
    ------
    ValueError
        One of them is the whole machine.

    >>> view(["/usr/bin", "/usr", "/no/such/place"]).trees
    ('/usr',)
    """
    real: set[str] = set()
    links: dict[str, str] = {}
    for path in map(os.path.abspath, paths):
        if os.path.exists(path):
            real.add(os.path.realpath(path))
            links |= _links_on_the_way(path)
    if os.sep in real:
        raise ValueError(_("A sandbox that shows the whole machine protects nothing."))
    trees: list[str] = []
    for path in sorted(real):
        if not any(path.startswith(above + os.sep) for above in trees):
            trees.append(path)
    shown = View(tuple(trees), ())
    return View(
        shown.trees,
        tuple((link, leads_to) for link, leads_to in sorted(links.items()) if not shown.shows(link)),
    )


def _links_on_the_way(path: str) -> dict[str, str]:
    found: dict[str, str] = {}
    here, ahead = os.sep, [part for part in reversed(path.split(os.sep)) if part]
    while ahead and len(found) < MOST_LINKS_ON_A_WAY:
        step = os.path.normpath(os.path.join(here, ahead.pop()))
        if os.path.islink(step):
            found[step] = os.readlink(step)
            ahead += [part for part in reversed(found[step].split(os.sep)) if part]
            here = os.sep if os.path.isabs(found[step]) else here
        else:
            here = step
    return found
