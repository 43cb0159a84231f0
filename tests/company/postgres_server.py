"""A real PostgreSQL server for tests: made in a folder of its own, run as an unprivileged user, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

MISSING = "These tests need the PostgreSQL server. On Debian or Ubuntu: apt-get install postgresql"


def _binaries() -> Path:
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    for folder in [Path(found).parent] if found else folders:
        if (folder / "initdb").is_file():
            return folder
    raise AssertionError(MISSING)


def _user() -> dict[str, object]:
    """How to start the server's programs: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _run(*command: object, cwd: Path) -> None:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, **_user())
    assert done.returncode == 0, f"{command[0]}: {done.stderr or done.stdout}"


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """A server on a free port of this machine; its URL up to the name of the database, which is still to be made or is "postgres"."""
    programs = _binaries()
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, socket.socket() as probe:
        home, data = Path(folder), Path(folder) / "data"
        if user := _user():
            os.chown(home, user["user"], user["group"])
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        _run(programs / "initdb", "-D", data, "-U", "crm", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", cwd=home)
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home} -c fsync=off"
        _run(programs / "pg_ctl", "-D", data, "-l", home / "log", "-w", "-o", options, "start", cwd=home)
        try:
            yield f"postgresql://crm@127.0.0.1:{port}/"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop", cwd=home)
