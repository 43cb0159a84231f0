"""Start the course as a learner does and end it with Ctrl-C; used by the tests of the lab and of the browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
NOT_COPIED = ("src", "source", "submitted", "autograded", "feedback", "gradebook.db", "class-key.txt")


def in_browser(edition: str) -> list[tuple[str, str]]:
    """Edition and name of the lessons that are run in a browser: the first in both editions, the last of the last two projects in one each."""
    names = sorted(path.stem for path in (REPOSITORY / "notebooks" / "src").glob("[1-9]-*.md"))
    last = {name[0]: name for name in names if name != names[0]}
    return [(edition, name) for name in (names[0], [*last.values()][-2:][("zh", "en").index(edition)])]


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def copy_of_course(target: Path) -> Path:
    """The lessons, releases and nbgrader configuration of both editions, in a folder that tests may spoil."""
    shutil.copytree(REPOSITORY / "exercises", target / "exercises", ignore=lambda folder, names: {*names} & set(NOT_COPIED))
    for edition in ("zh", "en"):
        shutil.copytree(REPOSITORY / "notebooks" / edition, target / "notebooks" / edition)
    return target


@dataclass
class RunningLab:
    """A JupyterLab that ``crm lab`` has started."""

    process: subprocess.Popen
    folder: Path
    url: str
    said: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """http://127.0.0.1:port"""
        return self.url.split("/lab/")[0]

    @property
    def token(self) -> str:
        """What the address carries so that nobody else gets in."""
        return self.url.split("token=")[1]

    def get(self, path: str, *, data: dict | None = None) -> object:
        """What the server answers at `path`: JSON where it is, else the text."""
        request = urllib.request.Request(
            self.origin + path,
            data=None if data is None else json.dumps(data).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            text = answer.read().decode()
            return json.loads(text) if text[:1] in "[{" else text

    def press_ctrl_c(self) -> int:
        """End it as a learner does; its exit status."""
        self.process.send_signal(signal.SIGINT)
        self.said += self.process.stdout.read().splitlines()
        return self.process.wait()


def lab_command(*arguments: str) -> list[str]:
    """``crm lab …`` in the Python that runs the tests."""
    return [sys.executable, "-m", "crmlib.classroom.cli", "lab", *arguments]


@contextmanager
def running_lab(folder: Path, edition: str = "zh", *options: str, environment: dict[str, str] | None = None) -> Iterator[RunningLab]:
    """``crm lab`` in `folder` from its first word to its end."""
    process = subprocess.Popen(
        lab_command(edition, "--no-browser", "--port", str(free_port()), *options),
        cwd=folder, env=os.environ | {"PYTHONUTF8": "1"} | (environment or {}), encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    lab = RunningLab(process, folder, "")
    try:
        for line in process.stdout:
            lab.said.append(line.rstrip("\n"))
            if found := re.search(r"http://\S+", line):
                lab.url = found[0]
                break
        assert lab.url, "\n".join(lab.said)
        yield lab
    finally:
        if process.poll() is None:
            lab.press_ctrl_c()
