"""One grading at a time in a course: a lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from crmlib.i18n import _

LOCK_FILE = ".grading.lock"


@contextmanager
def grading_lock(root: Path) -> Iterator[None]:
    """Hold a course for grading.

    Raises
    ------
    ValueError
        Another process holds it; the sentence says which, and since when.

    Why: two gradings that write the same student's rows at once fail, on every database.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, grading_lock(Path(folder)):
    ...     try:
    ...         with grading_lock(Path(folder)):
    ...             pass
    ...     except ValueError as error:
    ...         str(os.getpid()) in str(error)
    True
    """
    with (root / LOCK_FILE).open("a+", encoding="utf-8") as file:
        if not _locked(file):
            file.seek(0)
            process, since = (file.read().split(maxsplit=1) + ["?", "?"])[:2]
            raise ValueError(
                _("Another grading is at work in {folder}: process {process}, since {since}. Wait until it is done, or end it.").format(
                    folder=root, process=process, since=since.strip()
                )
            )
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()} {datetime.now():%Y-%m-%d %H:%M:%S}\n")
        file.flush()
        try:
            yield
        finally:
            file.seek(0)
            file.truncate()


def _locked(file) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(1 << 20)  # Windows lets nobody read a locked byte, and the name of the holder should be readable
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
