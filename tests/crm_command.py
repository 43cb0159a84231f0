"""The command ``crm`` in a process of its own, forked from one that has imported everything: a tenth of a second instead of two."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_WARM = multiprocessing.get_context("forkserver")
_WARM.set_forkserver_preload(["crmlib.classroom.cli", "crmlib.company", "matplotlib.pyplot", "openpyxl"])


def _run(arguments: list[str], cwd: str, environment: dict[str, str], folder: str) -> None:
    from crmlib.classroom import cli
    from crmlib.i18n import use_language

    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT), number)
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115 - open to the end
    sys.argv = ["crm", *arguments]
    use_language(environment["CRM_LANGUAGE"])
    cli.main()


def crm(*arguments: object, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """What the command did: exit status and both streams. Without a language it speaks English."""
    said = {**os.environ, "CRM_LANGUAGE": "en", **environment}
    with tempfile.TemporaryDirectory() as folder:
        process = _WARM.Process(target=_run, args=(list(map(str, arguments)), str(cwd or os.getcwd()), said, folder))
        process.start()
        process.join()
        texts = [path.read_text("utf-8") if (path := Path(folder, name)).exists() else "" for name in ("out", "err")]
    return subprocess.CompletedProcess(["crm", *arguments], process.exitcode, *texts)
