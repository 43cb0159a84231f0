"""JupyterLab on the course: its own settings, the edition's language, one address, and an end without questions.

Everything that Jupyter would keep in the home folder goes to ``.lab/`` in the course's folder, so that what a learner has set up
elsewhere neither disturbs the course nor is disturbed by it. The server is a child that ends when its standard input closes:
that one signal works on every system, also when this process is killed.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmlib.classroom.files import write_bytes
from crmlib.i18n import _

HOST, FIRST_PORT, PORTS_TRIED = "127.0.0.1", 8888, 100
SECONDS_TO_START, SECONDS_TO_STOP = 120, 20
LOCALES = {"zh": "zh_CN", "en": "en"}
INSTRUCTORS_ONLY = (
    "@jupyter/nbgrader:assignment-list", "@jupyter/nbgrader:course-list", "@jupyter/nbgrader:create-assignment",
    "@jupyter/nbgrader:formgrader", "@jupyter/nbgrader:menu", "@jupyter-notebook/lab-extension", "@jupyterlab/extensionmanager-extension",
)  # fmt: skip


def start(edition: str = "zh", *, port: int | None = None, browser: bool = True, root: Path | None = None, instructor: bool = False) -> int:
    """Open JupyterLab on the course map of an edition and stay until Ctrl-C.

    Parameters
    ----------
    edition : "zh" or "en"
        Language of the lessons, of the interface and of messages.
    port : int, optional
        The port to listen on. Without it, the first free one from 8888.
    browser : bool
        Open the system's browser; the address is printed in any case.
    root : Path, optional
        Folder of the course. Without it, the current folder or the nearest one above it that has the lessons, else the checkout.
    instructor : bool
        Show nbgrader's tools for instructors, with the edition's course in ``exercises/``.

    Returns
    -------
    int, exit status
        0 after Ctrl-C or File → Shut Down; 1 when JupyterLab could not be started.

    Raises
    ------
    ValueError
        No lessons of the edition, a folder that cannot be written, or a port that is in use.

    >>> start("en", root=Path("no-such-folder"))  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ValueError: …
    """
    root = _course_folder(root, edition)
    port = _choose_port(port)
    try:
        profile = _write_profile(root, edition, instructor)
        log = (profile / f"server-{port}.log").open("wb")
    except OSError as error:
        raise ValueError(_("JupyterLab cannot write in {folder}. Move the course to a folder of yours.").format(folder=root)) from error
    token = secrets.token_hex(24)
    with _terminal_to_itself(), log:
        server = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "crmlib.classroom.lab", f"--ServerApp.port={port}"],
            stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, cwd=root,
            env=_environment(profile, edition, token), **_apart_from_this_console(),
        )  # fmt: skip
        try:
            if not _answers(server, port, token):
                return _report_failure(Path(log.name))
            url = f"http://{HOST}:{port}/lab/tree/notebooks/{edition}/index.ipynb?token={token}"
            _say(_("The course is open in JupyterLab, at this address:"), f"    {url}", _("To end it, press Ctrl-C in this window."))
            if browser:
                _open_browser(url)
            return _report_failure(Path(log.name)) if server.wait() else 0
        except KeyboardInterrupt:
            _say("", _("JupyterLab is closing …"))
            return 0
        finally:
            _stop(server)


def _course_folder(root: Path | None, edition: str) -> Path:
    here = Path.cwd()
    places = [Path(root)] if root else [here, *here.parents, Path(__file__).resolve().parents[2]]
    for place in places:
        if (place / "notebooks" / edition / "index.ipynb").is_file():
            return place.resolve()
    raise ValueError(
        _("There are no lessons in {folder} (notebooks/{edition}/index.ipynb). Go to the folder of the course first.").format(
            folder=places[0].resolve(), edition=edition
        )
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _choose_port(wanted: int | None) -> int:
    if wanted is not None:
        if not 0 < wanted < 65536 or not _is_free(wanted):
            raise ValueError(_("Port {port} cannot be used. Choose another one, or none to let a free one be found.").format(port=wanted))
        return wanted
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if _is_free(port):
            if port != FIRST_PORT:
                _say(_("Port {busy} is in use; {port} is taken instead.").format(busy=FIRST_PORT, port=port))
            return port
    raise ValueError(_("No free port from {first} to {last}.").format(first=FIRST_PORT, last=FIRST_PORT + PORTS_TRIED - 1))


def _write_profile(root: Path, edition: str, instructor: bool) -> Path:
    home = root / ".lab"
    home.mkdir(mode=0o700, exist_ok=True)
    profile = home / (f"{edition}-instructor" if instructor else edition)
    config = profile / "config"
    hidden = dict.fromkeys(INSTRUCTORS_ONLY, not instructor) | {
        "@jupyterlab/apputils-extension:announcements": True,
        "jupyterlab-jupytext": True,
    }
    extensions = {f"nbgrader.server_extensions.{name}": instructor for name in ("assignment_list", "course_list", "formgrader")}
    files = {
        "jupyter_server_config.json": {
            "ServerApp": {
                "ip": HOST, "port_retries": 0, "open_browser": False, "root_dir": str(root), "allow_root": True,
                "jpserver_extensions": {**extensions, "jupyterlab_jupytext": False},
            },
            "KernelSpecManager": {"allowed_kernelspecs": ["python3"]},
        },
        "jupyter_lab_config.json": {"LabApp": {"news_url": None, "extension_manager": "readonly"}},
        "labconfig/page_config.json": {"disabledExtensions": hidden},
        "labconfig/default_setting_overrides.json": {
            "@jupyterlab/translation-extension:plugin": {"locale": LOCALES[edition]},
            "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
            "@jupyterlab/docmanager-extension:plugin": {"autosave": True, "autosaveInterval": 30},
            "@jupyterlab/notebook-extension:tracker": {"windowingMode": "defer"},
        },
    }  # fmt: skip
    for name, settings in files.items():
        write_bytes(config / name, json.dumps(settings, ensure_ascii=False, indent=1).encode())
    # Also before a notebook's first cell has run, an error is to be one sentence in the learner's language.
    startup = f'from crmlib.i18n import use_language\nfrom crmlib.notebook import explain_errors\n\nuse_language("{edition}")\nexplain_errors()\n'
    write_bytes(profile / "ipython" / "profile_default" / "startup" / "00-crm.py", startup.encode())
    if instructor:
        write_bytes(config / "nbgrader_config.py", _course_config(root, edition).encode())
    return profile


def _course_config(root: Path, edition: str) -> str:
    course = root / "exercises" / edition
    lines = ["c = get_config()", f"c.CourseDirectory.root = {str(course)!r}"]
    own = course / "nbgrader_config.py"
    if own.is_file():
        lines.append(f"load_subconfig({str(own)!r})")
    return "\n".join([*lines, ""])


def _environment(profile: Path, edition: str, token: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHONDIR", "BROWSER"))}
    return kept | {
        # A terminal in JupyterLab, and programs that nbgrader calls by name, must be those of this environment.
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), kept.get("PATH", os.defpath)]),
        "PYTHONUTF8": "1",
        "CRM_LANGUAGE": edition,
        "JUPYTER_CONFIG_DIR": str(profile / "config"),
        "JUPYTER_DATA_DIR": str(profile / "data"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_TOKEN": token,
        "IPYTHONDIR": str(profile / "ipython"),
    }


def _apart_from_this_console() -> dict:
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


@contextmanager
def _terminal_to_itself() -> Iterator[None]:
    """While it lasts, Ctrl-C reaches this process but not ``make``, which would report it as an error; other ends become Ctrl-C."""
    ends = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        ends.append(signal.SIGHUP)
    before = {end: signal.signal(end, signal.default_int_handler) for end in ends}
    group = None
    if os.name != "nt" and os.getpid() != os.getpgrp() and sys.stdin.isatty() and os.tcgetpgrp(0) == os.getpgrp():
        group = os.getpgrp()
        before |= {key: signal.signal(key, signal.SIG_IGN) for key in (signal.SIGTTOU, signal.SIGTSTP)}
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
    try:
        yield
    finally:
        if group is not None:
            os.tcsetpgrp(0, group)
            os.setpgid(0, group)
        for key, handler in before.items():
            signal.signal(key, handler)


def _answers(server: subprocess.Popen, port: int, token: str) -> bool:
    end = time.monotonic() + SECONDS_TO_START
    while server.poll() is None and time.monotonic() < end:
        try:
            link = http.client.HTTPConnection(HOST, port, timeout=5)
            link.request("GET", "/api/status", headers={"Authorization": f"token {token}"})
            if link.getresponse().status == 200:
                return True
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.2)
    return False


def _open_browser(url: str) -> None:
    if os.environ.get("BROWSER", "").lower() in ("yes", "no"):
        del os.environ["BROWSER"]
    try:
        # A GenericBrowser is one that runs inside the terminal, where it would hide the address and take Ctrl-C.
        if type(webbrowser.get()) is not webbrowser.GenericBrowser:
            webbrowser.open(url)
    except webbrowser.Error:
        pass


def _stop(server: subprocess.Popen) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server.stdin.close()
    try:
        server.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _report_failure(log: Path) -> int:
    tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
    _say(_("JupyterLab did not start. The end of its record, {path}:").format(path=log), *tail, _("To look for the cause: crm doctor"))
    return 1


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


def _end_with(lifeline: int) -> None:
    os.read(lifeline, 1)
    from jupyter_server.serverapp import ServerApp

    if not ServerApp.initialized() or not hasattr(ServerApp.instance(), "io_loop"):
        os._exit(0)
    ServerApp.instance().stop(from_signal=True)


def _serve() -> None:
    # Programs that the server starts inherit its input, and some (node is one) make it non-blocking: they get an empty one instead.
    lifeline = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=_end_with, args=[lifeline], daemon=True).start()
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance()


if __name__ == "__main__":
    _serve()
