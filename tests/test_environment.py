"""One set of lowest versions, said in four places, and a Makefile that speaks plainly on a machine that lacks something."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
NOT_ON_CONDA_FORGE = {"mplfonts", "opencc", "rule-engine", "spiffworkflow"}


def wanted(*groups: str) -> dict[str, str]:
    """Lowest version by package, of the library and the extras named."""
    lines = PROJECT["dependencies"] + [line for group in groups for line in PROJECT["optional-dependencies"][group]]
    floors = {}
    for requirement in map(Requirement, lines):
        [specifier] = requirement.specifier
        assert specifier.operator in (">=", "=="), f"{requirement} has no lowest version"
        floors[canonicalize_name(requirement.name)] = specifier.version
    return floors


def pins(file: str) -> dict[str, str]:
    """Versions by package of a constraints file."""
    lines = [line for line in (REPOSITORY / file).read_text("utf-8").splitlines() if line and not line.startswith("#")]
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line), f"{file}: {line}"
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}


def conda_lines() -> tuple[dict[str, str], dict[str, str], list[str]]:
    """What environment.yml takes from conda-forge, from pip, and its channels."""
    parts: dict[str, list[str]] = {}
    part = ""
    for line in (REPOSITORY / "environment.yml").read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"(?:  - )?(\w+):.*", line):
            part = heading[1]
        elif item := re.fullmatch(r" +- (.+)", line):
            parts.setdefault(part, []).append(item[1])

    def floors(lines: list[str]) -> dict[str, str]:
        return {canonicalize_name(name): floor for name, _, floor in (line.partition(">=") for line in lines)}

    parts["pip"].remove("-e .")
    return floors(parts["dependencies"]), floors(parts["pip"]), parts["channels"]


def test_conda_users_get_the_same_floor():
    conda, pip, channels = conda_lines()
    floors = wanted("classroom")
    expected = {CONDA_NAMES.get(name, name): floor for name, floor in floors.items() if name not in NOT_ON_CONDA_FORGE}
    assert conda.pop("python") == PROJECT["requires-python"].removeprefix(">=")
    assert conda.pop("pip") == ""
    assert conda == expected
    assert pip == {name: floors[name] for name in NOT_ON_CONDA_FORGE}
    assert channels == ["conda-forge"]


def test_tested_versions_are_complete_and_not_below_the_floor():
    tested = pins("constraints.txt")
    for name, floor in wanted("classroom", "test").items():
        assert Version(tested[name]) >= Version(floor), name


def test_floor_run_uses_exactly_the_lowest_versions():
    floor_run = pins("constraints-floor.txt")
    for name, floor in wanted("test").items():
        assert Version(floor_run[name]) == Version(floor), name


@pytest.fixture
def bare_checkout(tmp_path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "constraints-floor.txt"):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *arguments], cwd=folder, env=environment, capture_output=True, encoding="utf-8")


def fake_python(folder: Path, *, refuses: str) -> Path:
    """A command that ends with an error when asked for `refuses`, and well otherwise."""
    script = folder / "fake-python"
    script.write_text(f'#!/bin/sh\ncase "$*" in *{refuses}*) exit 1;; esac\n', encoding="utf-8")
    script.chmod(0o755)
    return script


@pytest.mark.parametrize("target", ["lab", "test", "env"])
def test_python_that_is_too_old_is_told_in_both_languages(bare_checkout, target):
    ended = make(bare_checkout, target, f"PYTHON={fake_python(bare_checkout, refuses='version_info')}")
    assert ended.returncode != 0
    assert "需要 Python 3.11" in ended.stdout
    assert f"make {target} PYTHON=python3.12" in ended.stdout
    assert not (bare_checkout / ".venv").exists()


def test_python_without_venv_and_no_python_at_all_are_told_in_both_languages(bare_checkout):
    ended = make(bare_checkout, "env", f"PYTHON={fake_python(bare_checkout, refuses='ensurepip')}")
    assert ended.returncode != 0
    assert "缺少 venv" in ended.stdout and "sudo apt-get install python3-venv" in ended.stdout
    ended = make(bare_checkout, "env", "PYTHON=no-such-python")
    assert ended.returncode != 0
    assert "Python 3.11 or newer is needed" in ended.stdout


def test_environment_of_a_moved_checkout_is_thrown_away(bare_checkout):
    (bare_checkout / ".venv").mkdir()
    (bare_checkout / ".venv" / ".made").write_text("/where/it/was\n", encoding="utf-8")
    make(bare_checkout, "env", "PYTHON=no-such-python")
    assert not (bare_checkout / ".venv").exists()
