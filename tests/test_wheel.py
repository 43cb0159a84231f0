"""The wheel in an environment that has nothing else: the library, the shipped firm, Chinese in figures, and `crm`."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
DRAW = """
import warnings
warnings.filterwarnings("error", message="Glyph")
import matplotlib
matplotlib.use("Agg")
import crmlib as crm
crm.setup("zh")
firm = crm.company.lark()
import matplotlib.pyplot as plt
figure, ax = plt.subplots()
ax.set_title("云雀快递：客户与运单 −1")
figure.savefig("figure.png")
print(len(firm.customers), len(firm.waybills), crm.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    target = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", target, REPOSITORY]
    subprocess.run(build, check=True)
    [built] = target.glob("crmlib-*.whl")
    return built


@pytest.fixture(scope="module")
def bare(wheel, tmp_path_factory):
    """The folder of scripts of an environment with the wheel and what it depends on."""
    home = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    install = [scripts / "python", "-m", "pip", "install", "-qq", "--constraint", REPOSITORY / "constraints.txt", wheel]
    subprocess.run(install, check=True)
    return scripts


def run(*command, cwd: Path) -> subprocess.CompletedProcess:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment |= {"PYTHONUTF8": "1", "CRM_LANGUAGE": "en"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8")


def test_wheel_contains_data_catalogue_and_licence(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"crmlib/datasets/customers.parquet", "crmlib/datasets/waybills.parquet", "crmlib/datasets/README.md"} <= names
    assert {"crmlib/standards.toml", "crmlib/locale/glossary.toml", "crmlib/datasets/sop/complaint.bpmn"} <= names
    assert any(name.endswith("crmlib.mo") for name in names)
    assert any(name.endswith("LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests", "exercises", "notebooks")) or "truth" in name]


def test_library_and_firm_work_far_from_the_checkout(bare, tmp_path):
    ended = run(bare / "python", "-c", DRAW, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    customers, waybills, where = ended.stdout.split(maxsplit=2)
    assert int(customers) > 1000 and int(waybills) > 100_000
    assert str(REPOSITORY) not in where
    assert (tmp_path / "figure.png").stat().st_size > 5000


def test_command_works_without_the_classroom_and_says_what_is_missing(bare, tmp_path):
    assert "doctor" in run(bare / "crm", "--help", cwd=tmp_path).stdout
    ended = run(bare / "crm", "doctor", cwd=tmp_path)
    assert ended.returncode == 1
    assert "jupyterlab is missing" in ended.stdout and "nbgrader is missing" in ended.stdout
    assert '".[classroom]"' in ended.stdout
    assert "✓ packages of the library" in ended.stdout
    assert "✓ data: " in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
    ended = run(bare / "crm", "lab", "en", cwd=tmp_path)
    assert ended.returncode == 1
    assert "no lessons" in ended.stderr
