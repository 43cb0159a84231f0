"""A real Jupyter server with one extension, for tests that speak to it over HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

TOKEN = "token-of-the-test"
PATIENCE_SECONDS = 60


@contextlib.contextmanager
def jupyter_server(root: Path, extension: str) -> Iterator[Callable[..., str]]:
    """Start a server on `root`; what is yielded sends a request and gives back the text of the answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    state = root.parent / "jupyter"
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(state), "JUPYTER_RUNTIME_DIR": str(state / "run"), "CRM_CELL_SECONDS": "6"}
    flags = {"port": port, "port_retries": 0, "root_dir": root, "open_browser": False, "allow_root": True,
             "jpserver_extensions": {extension: True}}  # fmt: skip
    arguments = [f"--ServerApp.{name}={value}" for name, value in flags.items()]
    command = [sys.executable, "-m", "jupyter_server", *arguments, f"--IdentityProvider.token={TOKEN}"]

    def ask(method: str, path: str, body: dict | None = None) -> str:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/{path}", method=method, data=json.dumps(body or {}).encode() if method != "GET" else None,
            headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.read().decode("utf-8")

    with subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8") as server:
        threading.Thread(target=server.stdout.read, daemon=True).start()
        try:
            _until_it_answers(server, ask)
            yield ask
        finally:
            server.terminate()


def _until_it_answers(server: subprocess.Popen, ask: Callable[..., str]) -> None:
    while True:
        with contextlib.suppress(urllib.error.URLError):
            ask("GET", "api/status")
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the server ended with {server.wait(timeout=0.1)}")
