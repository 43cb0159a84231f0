"""The kernel crm-warm, used as nbclient and stock nbgrader use kernels."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_booth import LIBRARY, ORDINARY_UID
from jupyter_client.manager import KernelManager, start_new_kernel
from jupyter_client.provisioning import KernelProvisionerFactory
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from crmlib.classroom.grading import layers, provisioner

PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def offered(monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", os.environ.get("JUPYTER_PATH", ""))
    provisioner.offer()


@pytest.fixture
def kernel(tmp_path):
    manager, client = start_new_kernel(kernel_name="crm-warm", startup_timeout=PATIENCE_SECONDS, cwd=str(tmp_path))
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(folder: Path, *sources: str, **options) -> list[list[dict]]:
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    client = NotebookClient(notebook, kernel_name="crm-warm", allow_errors=True, resources={"metadata": {"path": str(folder)}}, **options)
    client.execute()
    return [cell.outputs for cell in notebook.cells]


def printed(outputs: list[dict]) -> str:
    return "".join(output.get("text", "") for output in outputs)


def ask(client, expression: str) -> str:
    reply = client.execute("", user_expressions={"asked": expression}, reply=True, timeout=PATIENCE_SECONDS)
    return reply["content"]["user_expressions"]["asked"]["data"]["text/plain"]


def test_the_provisioner_is_known_to_jupyter_client():
    assert "crm-warm" in KernelProvisionerFactory.instance().get_provisioner_entries()


def test_a_notebook_runs_with_its_files_but_not_beside_itself(tmp_path):
    (tmp_path / "data.csv").write_text("重量\n3\n", "utf-8")
    (tmp_path / "sheet.ipynb").write_text("### BEGIN HIDDEN TESTS", "utf-8")
    (tmp_path / "way out").symlink_to("/etc/passwd")
    listed, shown, error, failed = run(
        tmp_path,
        "import os; print(sorted(name for name in os.listdir() if not name.startswith('.')), open('data.csv').read().split())",
        "21 * 2",
        "1 / 0",
        "open('data.csv', 'w').write('x'); open('/etc/shadow')",
    )
    assert printed(listed).strip() == "['data.csv'] ['重量', '3']"
    assert shown[0].data["text/plain"] == "42"
    assert [output.ename for output in (*error, *failed)] == ["ZeroDivisionError", "FileNotFoundError"]
    assert (tmp_path / "data.csv").read_text("utf-8") == "重量\n3\n"


def test_figures_are_shown(tmp_path):
    (figure,) = run(tmp_path, "import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert "image/png" in figure[0].data
    first, again = run(tmp_path, "%matplotlib inline\nimport pandas as pd", "pd.Series([1, 2]).plot();")
    assert not first and "image/png" in again[0].data


def test_two_kernels_share_nothing(tmp_path):
    first, second = (
        run(tmp_path, "import random, numpy as np\nprint(random.random(), np.random.rand())\nopen('/tmp/mine', 'x').close(); x = 1")[0]
        for _ in "ab"
    )
    assert first[0].name == second[0].name == "stdout"
    assert not set(printed(first).split()) & set(printed(second).split())


def test_the_kernel_is_in_the_sandbox(tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_CLASS_KEY", "the-class-key")
    monkeypatch.setenv("CRM_FIRM_CODE", "the-firm")
    environment, pid, network = run(
        tmp_path, "import os; print(dict(os.environ))", "os.getpid()", "import socket; socket.create_connection(('127.0.0.1', 80))"
    )
    assert "the-class-key" not in printed(environment) and "the-firm" in printed(environment)
    assert pid[0].data["text/plain"] == "1"
    assert network[0].ename == "OSError"


def test_a_cell_that_takes_too_long_is_interrupted_and_the_next_one_runs(tmp_path):
    spin, after = run(tmp_path, "while True:\n    pass", "print('on')", timeout=1, interrupt_on_timeout=True)
    assert [output.ename for output in spin] == ["KeyboardInterrupt"]
    assert printed(after) == "on\n"


def test_interrupt_restart_and_shutdown(kernel):
    manager, client = kernel
    ask(client, "globals().update(x=1)")
    assert ask(client, "x") == "1"
    message = client.execute("print('waits', flush=True)\nimport signal\nsignal.pause()")
    while client.get_iopub_msg(timeout=PATIENCE_SECONDS)["msg_type"] != "stream":
        pass
    manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=PATIENCE_SECONDS)
    assert reply["parent_header"]["msg_id"] == message and reply["content"]["ename"] == "KeyboardInterrupt"
    before = manager.provisioner.pid
    manager.restart_kernel(now=True)
    client.wait_for_ready(timeout=PATIENCE_SECONDS)
    assert manager.provisioner.pid != before and ask(client, "'x' in globals()") == "False"
    folder = Path(manager.connection_file).parent
    client.shutdown()
    manager.shutdown_kernel()
    assert not manager.is_alive() and not folder.exists()


def test_a_kernel_that_is_killed_is_seen_to_be_dead(kernel):
    manager, _client = kernel
    assert manager.is_alive()
    os.kill(manager.provisioner.pid, signal.SIGKILL)
    manager.provisioner.process.wait()
    assert not manager.is_alive()


def test_stock_nbgrader_grades_with_it(tmp_path):
    test = {
        "nbgrader": {"grade": True, "grade_id": "t", "locked": True, "points": 2, "schema_version": 3, "solution": False, "task": False}
    }
    notebook = new_notebook(
        cells=[new_code_cell("answer = 6 * 7"), new_code_cell("assert answer == 42"), new_code_cell("assert answer == 43")]
    )
    for number, cell in enumerate(notebook.cells[1:]):
        cell.metadata = {"nbgrader": test["nbgrader"] | {"grade_id": f"t{number}"}}
    config = Config()
    config.ExecutePreprocessor.kernel_name = "crm-warm"
    graded, _resources = Execute(config=config).preprocess(notebook, {"metadata": {"path": str(tmp_path)}})
    assert [[output.get("ename") for output in cell.outputs] for cell in graded.cells] == [[], [], ["AssertionError"]]


def test_a_folder_with_too_many_files_is_refused(tmp_path):
    with open(tmp_path / "large", "wb") as file:
        file.truncate(2**40)
    with pytest.raises(RuntimeError, match="start the kernel in another folder"):
        run(tmp_path, "1")


def test_limits_can_be_set(tmp_path):
    config = Config()
    config.WarmProvisioner.limits = {"open_files": 100}
    manager = KernelManager(kernel_name="crm-warm", config=config)
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE_SECONDS)
        assert ask(client, "(lambda r: r.getrlimit(r.RLIMIT_NOFILE))(__import__('resource'))") == "(100, 100)"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_where_the_sandbox_cannot_be_built_nothing_is_started_unless_it_is_waived(tmp_path, monkeypatch):
    monkeypatch.setattr(layers, "_tried", lambda: {"namespaces": "forbidden"})
    with pytest.raises(RuntimeError, match="namespaces"):
        run(tmp_path, "1")
    monkeypatch.setenv("CRM_UNSAFE", "1")
    (outputs,) = run(tmp_path, "import os; print(os.getpid() > 1, os.path.exists('/etc/shadow'))")
    assert printed(outputs).strip() == "True True"


def test_learners_are_not_offered_it():
    code = "from jupyter_client.kernelspec import KernelSpecManager; print(*KernelSpecManager().find_kernel_specs())"
    environment = {name: value for name, value in os.environ.items() if name != "JUPYTER_PATH"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert "crm-warm" not in done.stdout.split()


def test_an_ordinary_user_can_use_it():
    become = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
if os.geteuid() == 0:
    import hostile_booth
    hostile_booth.become_ordinary()
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""
    use = """
import os, tempfile
from crmlib.classroom.grading import provisioner
from jupyter_client.manager import start_new_kernel
provisioner.offer()
with tempfile.TemporaryDirectory() as folder:
    os.environ["IPYTHONDIR"] = folder
    manager, client = start_new_kernel(kernel_name="crm-warm", startup_timeout=60, cwd=folder)
    reply = client.execute("", user_expressions={"pid": "__import__('os').getpid()"}, reply=True, timeout=60)
    print(os.geteuid(), reply["content"]["user_expressions"]["pid"]["data"]["text/plain"])
    client.stop_channels()
    manager.shutdown_kernel(now=True)
"""
    environment = os.environ | {"PYTHONPATH": str(LIBRARY)}
    done = subprocess.run([sys.executable, "-c", become, use], capture_output=True, text=True, env=environment, cwd="/")
    assert done.stdout.split() == [str(ORDINARY_UID if os.geteuid() == 0 else os.geteuid()), "1"], done.stderr
