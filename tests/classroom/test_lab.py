"""`crm lab` and `make lab` as processes: what they promise before a browser is opened."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request

import psutil
import pytest
from running_lab import REPOSITORY, copy_of_course, free_port, lab_command, running_lab

HIDDEN_FROM_STUDENTS = {f"@jupyter/nbgrader:{name}" for name in ("create-assignment", "formgrader", "course-list", "assignment-list")}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return copy_of_course(tmp_path_factory.mktemp("OneDrive - 云雀学院") / "快递 课程")


@pytest.fixture(scope="module")
def student(course, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with running_lab(course, "zh", environment={"HOME": str(home), "JUPYTER_TOKEN": "from-elsewhere"}) as lab:
        lab.home = home
        yield lab


def page_config(lab) -> dict:
    html = lab.get("/lab")
    return json.loads(re.search(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', html, re.DOTALL)[1])


def default_of(lab, plugin: str, key: str):
    return lab.get(f"/lab/api/settings/{plugin}")["schema"]["properties"][key]["default"]


def test_address_leads_to_the_course_map_and_carries_a_token(student):
    assert student.url.startswith("http://127.0.0.1:")
    assert "/lab/tree/notebooks/zh/index.ipynb?token=" in student.url
    assert student.token != "from-elsewhere"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(student.origin + "/api/contents")
    assert refused.value.code == 403


def test_nobody_else_on_the_network_is_heard(student):
    port = int(student.origin.rsplit(":", 1)[1])
    listening = {
        link.laddr.ip
        for process in psutil.Process(student.process.pid).children(recursive=True)
        for link in process.net_connections()
        if link.status == psutil.CONN_LISTEN and link.laddr.port == port
    }
    assert listening == {"127.0.0.1"}


def test_chinese_edition_speaks_chinese_and_leaves_the_network_alone(student):
    assert default_of(student, "@jupyterlab/translation-extension:plugin", "locale") == "zh_CN"
    assert "文件" in str(student.get("/lab/api/translations/zh_CN"))
    assert default_of(student, "@jupyterlab/apputils-extension:notification", "fetchNews") == "false"
    assert default_of(student, "@jupyterlab/docmanager-extension:plugin", "autosave") is True
    assert page_config(student)["news"]["disabled"]


def test_student_sees_no_tools_for_instructors_but_can_validate(student):
    off = set(page_config(student)["disabledExtensions"])
    assert off >= HIDDEN_FROM_STUDENTS
    assert "@jupyter/nbgrader:validate-assignment" not in off
    with pytest.raises(urllib.error.HTTPError):
        student.get("/formgrader/api/assignments")


def test_notebooks_run_in_the_course_s_own_python(student):
    specs = student.get("/api/kernelspecs")
    assert specs["default"] == "python3"
    assert list(specs["kernelspecs"]) == ["python3"]


def test_home_folder_stays_as_it_was(student):
    kernel = student.get("/api/kernels", data={"name": "python3"})
    assert kernel["name"] == "python3"
    left = {path.name for path in student.home.iterdir()}
    assert not left & {".jupyter", ".ipython", ".local"}
    assert (student.folder / ".lab" / "zh" / "config").is_dir()


def test_instructor_has_the_formgrader_on_the_edition_s_course(course):
    shutil.copytree(course / "exercises" / "en" / "release", course / "exercises" / "en" / "source")
    with running_lab(course, "en", "--instructor") as lab:
        assert not HIDDEN_FROM_STUDENTS & set(page_config(lab)["disabledExtensions"])
        assert default_of(lab, "@jupyterlab/translation-extension:plugin", "locale") == "en"
        released = sorted(path.name for path in (REPOSITORY / "exercises" / "en" / "release").iterdir())
        assert sorted(sheet["name"] for sheet in lab.get("/formgrader/api/assignments")) == released


def test_ctrl_c_ends_server_and_kernels_without_a_word_too_many(course):
    with running_lab(course, "zh") as lab:
        lab.get("/api/kernels", data={"name": "python3"})
        family = psutil.Process(lab.process.pid).children(recursive=True)
        assert len(family) >= 2
        assert lab.press_ctrl_c() == 0
        assert psutil.wait_procs(family, timeout=30)[1] == []
        assert not re.search("Traceback|Error|KeyboardInterrupt", "\n".join(lab.said))


def test_programs_that_the_server_starts_cannot_reach_the_pipe_that_keeps_it_alive(student):
    [server] = psutil.Process(student.process.pid).children()
    assert os.readlink(f"/proc/{server.pid}/fd/0") == os.devnull


def test_server_ends_with_its_starter_even_when_that_is_killed(course):
    with running_lab(course, "zh") as lab:
        lab.get("/api/kernels", data={"name": "python3"})
        family = psutil.Process(lab.process.pid).children(recursive=True)
        lab.process.kill()
        lab.process.wait()
        assert psutil.wait_procs(family, timeout=60)[1] == []


def refusal(course, *arguments: str) -> str:
    ended = subprocess.run(
        lab_command(*arguments), cwd=course, capture_output=True, encoding="utf-8", env=os.environ | {"PYTHONUTF8": "1"}, timeout=120
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return ended.stdout + ended.stderr


def test_port_in_use_is_refused_when_asked_for_and_passed_over_when_not(course):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        taken.listen()
        port = taken.getsockname()[1]
        assert str(port) in refusal(course, "en", "--no-browser", "--port", str(port))


def test_first_free_port_is_taken_when_none_is_given(course):
    with socket.socket() as taken:
        try:
            taken.bind(("127.0.0.1", 8888))
            taken.listen()
        except OSError:
            pass  # somebody else holds it, which serves as well
        process = subprocess.Popen(
            lab_command("en", "--no-browser"), cwd=course, stdout=subprocess.PIPE, encoding="utf-8", env=os.environ | {"PYTHONUTF8": "1"}
        )
        said = ""
        while "http://" not in said:
            said += process.stdout.readline()
        process.terminate()
        said += process.stdout.read()
        assert process.wait() == 0
    assert "8888 is in use" in said
    assert "Traceback" not in said


def test_folder_without_lessons_and_folder_that_cannot_be_written_are_named(tmp_path):
    course = copy_of_course(tmp_path / "course")
    (course / ".lab").write_text("in the way", encoding="utf-8")
    assert "cannot write" in refusal(course, "en", "--no-browser")
    (course / "notebooks" / "en" / "index.ipynb").unlink()
    from crmlib.classroom import lab

    with pytest.raises(ValueError, match="notebooks/en/index.ipynb"):
        lab.start("en", root=course)


def read_terminal(terminal: int, until: str | None = None) -> str:
    said = b""
    while until is None or until.encode() not in said:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        said += piece
    return said.decode()


def test_make_lab_in_a_terminal_ends_with_status_0_at_ctrl_c():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(REPOSITORY)
        os.execvpe("make", ["make", "lab", "EDITION=en", "BROWSER=no", f"PORT={free_port()}"], environment)
    said = read_terminal(terminal, until="Ctrl-C")
    os.write(terminal, b"\x03")
    said += read_terminal(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, said
    assert "/lab/tree/notebooks/en/index.ipynb?token=" in said
    assert not re.search(r"Traceback|Error|\*\*\*|y/\[n\]", said)
