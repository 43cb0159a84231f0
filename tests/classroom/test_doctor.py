"""`crm doctor` on machines that are well, and on some that are not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = "import sys; from crmlib.classroom import doctor; sys.exit(doctor.run())"


def doctor(cwd: Path, *, language: str = "en", **environment: str) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "-c", RUN], cwd=cwd, capture_output=True,
        env=os.environ | {"PYTHONUTF8": "1", "CRM_LANGUAGE": language} | environment,
    )  # fmt: skip
    output = ended.stdout.decode(environment.get("PYTHONIOENCODING", "utf-8"))
    assert "Traceback" not in output + ended.stderr.decode(errors="replace")
    return ended.returncode, output


@pytest.mark.parametrize(("language", "word"), [("en", "Ready."), ("zh", "一切就绪。")])
def test_this_machine_is_ready_one_line_a_check(tmp_path, language, word):
    status, output = doctor(tmp_path, language=language)
    lines = output.splitlines()
    assert status == 0, output
    assert lines[-1] == word
    assert [line for line in lines[:-1] if not line.startswith("✓ ")] == []
    assert len(lines) >= 10


def test_folder_with_long_chinese_name_will_do(tmp_path):
    folder = tmp_path / "OneDrive - 云雀职业技术学院" / "二〇二六学年 快递客户关系管理（第一学期）" / ("长" * 40)
    folder.mkdir(parents=True)
    status, output = doctor(folder)
    assert status == 0
    assert f"✓ folder can be written: {folder}" in output


def test_folder_that_cannot_be_written_stops_a_learner(tmp_path):
    status, output = doctor(Path("/proc"))
    assert status == 1
    assert "✗ cannot write in /proc" in output
    assert "→ Move the course" in output


def test_console_of_a_chinese_windows_is_survived(tmp_path):
    status, output = doctor(tmp_path, language="zh", PYTHONIOENCODING="gbk")
    assert status == 0
    assert "Python" in output and "一切就绪" in output


def test_package_and_python_that_are_too_old_are_named(tmp_path):
    facts = tmp_path / "crmlib-9.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: crmlib\nVersion: 9\nRequires-Python: >=9\n"
        "Requires-Dist: pandas>=999\nRequires-Dist: no-such-package>=1\n",
        encoding="utf-8",
    )
    status, output = doctor(tmp_path, PYTHONPATH=str(tmp_path))
    assert status == 1
    assert "is too old; >=9 is needed" in output
    assert "is too old (>=999); no-such-package is missing" in output


def kernel_that_fails(folder: Path, **entries) -> str:
    kernel = folder / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps({"display_name": "Python 3", "language": "python", **entries}), encoding="utf-8")
    return str(folder)


def test_kernel_that_does_not_start_stops_a_learner(tmp_path):
    broken = kernel_that_fails(tmp_path / "share", argv=["/no/such/python", "{connection_file}"])
    status, output = doctor(tmp_path, JUPYTER_PATH=broken)
    assert status == 1
    assert "✗ the Python kernel does not start" in output


def test_kernel_of_another_python_stops_a_learner(tmp_path):
    (tmp_path / "crmlib.py").write_text("raise ImportError", encoding="utf-8")
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    foreign = kernel_that_fails(tmp_path / "share", argv=argv, env={"PYTHONPATH": str(tmp_path)})
    status, output = doctor(tmp_path.parent, JUPYTER_PATH=foreign)
    assert status == 1
    assert "✗ the Python kernel belongs to another Python" in output


def test_a_machine_that_cannot_build_the_sandbox_is_only_warned_about(tmp_path):
    run = (
        "from crmlib.classroom.grading import seccomp; seccomp.filter_calls()\n"
        "from crmlib.classroom import doctor; found = doctor.grading(); print(found.mark, found.text, found.mend, sep='|')"
    )
    ended = subprocess.run([sys.executable, "-c", run], cwd=tmp_path, capture_output=True, text=True, env=os.environ | {"CRM_LANGUAGE": "en"})
    mark, text, mend = ended.stdout.strip().split("|")
    assert mark == "!" and mend
    assert "instructors only" in text and "namespaces" in text and "files" in text and "landlock" not in text


def test_where_there_is_no_linux_a_learner_is_still_ready(monkeypatch):
    from crmlib.classroom import doctor
    from crmlib.classroom.grading import layers

    layers._tried.cache_clear()
    monkeypatch.setattr(sys, "platform", "win32")
    found = doctor.grading()
    layers._tried.cache_clear()
    assert found.mark == "✓" and "wsl --install" in found.mend
