"""A stream of parts is whole, goes on after a kill without a lost or doubled row, and never mixes two runs."""

import dataclasses
import json
import subprocess
import sys

import pandas as pd
import pytest

from crmlib import i18n
from crmlib.company.scenario import Scenario
from crmlib.company.schema import TABLES, conform
from crmlib.company.streaming import simulate_stream
from crmlib.company.validation import check_tables

OPTIONS = {"months": 3, "seed": 5, "customers_a_part": 60, "tracking": True}
WAYBILLS = 1_500
NAMES = ("customers", "salespeople", "contacts", "waybills", "tracking")
DYING = """
import os, sys
from crmlib.company import storage
from crmlib.company.streaming import simulate_stream

left, real = int(sys.argv[2]), os.replace

def replace(source, target):
    global left
    left -= 1
    if left == 0:
        os._exit(9)
    real(source, target)

storage.os.replace = replace
simulate_stream({waybills}, sys.argv[1], **{options})
"""


@pytest.fixture(autouse=True)
def english():
    before = i18n.language()
    i18n.use_language("en")
    yield
    i18n.use_language(before)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "stream"
    return folder, simulate_stream(WAYBILLS, folder, **OPTIONS)


def _tables(folder):
    return {name: pd.concat([pd.read_parquet(path) for path in sorted((folder / name).glob("*.parquet"))]) for name in NAMES}


def _files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_parts_make_one_firm(whole):
    folder, result = whole
    tables = {name: conform(frame, TABLES[name]) for name, frame in _tables(folder).items()}
    check_tables(tables)
    assert result.parts >= 2 and result.made_now == result.parts
    assert len(tables["waybills"]) == result.waybills >= WAYBILLS
    assert len(tables["customers"]) == result.customers == 60 * result.parts
    assert "parts" in result.summary() and f"{result.waybills:,}" in result.summary()


@pytest.mark.parametrize("step", [1, 2, 5, 6, 7, 8, 12])
def test_a_killed_run_goes_on_to_the_same_rows(whole, tmp_path, step):
    """The process dies just before its `step`-th file would be put in its place: of the manifest, of a table, of a part's note."""
    folder = tmp_path / "stream"
    program = DYING.format(waybills=WAYBILLS, options=OPTIONS)
    died = subprocess.run([sys.executable, "-c", program, str(folder), str(step)], check=False)
    assert died.returncode == 9
    result = simulate_stream(WAYBILLS, folder, **OPTIONS)
    assert result.waybills == whole[1].waybills
    assert _files(folder) == _files(whole[0])
    for name, frame in _tables(whole[0]).items():
        pd.testing.assert_frame_equal(_tables(folder)[name], frame)


def test_what_is_finished_is_not_made_again(whole):
    again = simulate_stream(WAYBILLS, whole[0], **OPTIONS)
    assert again.made_now == 0 and again.waybills == whole[1].waybills


@pytest.mark.parametrize("change", [{"seed": 6}, {"months": 2}, {"customers_a_part": 61}, {"tracking": False}])
def test_two_runs_are_never_mixed(whole, change):
    with pytest.raises(ValueError, match=f"another {next(iter(change))}"):
        simulate_stream(WAYBILLS, whole[0], **(OPTIONS | change))


def test_another_scenario_or_size_is_another_run(whole):
    with pytest.raises(ValueError, match="another scenario"):
        simulate_stream(WAYBILLS, whole[0], **OPTIONS, scenario=dataclasses.replace(Scenario(), potential=0.2))
    with pytest.raises(ValueError, match="another waybills"):
        simulate_stream(WAYBILLS + 1, whole[0], **OPTIONS)


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("dear", "utf-8")
    with pytest.raises(ValueError, match="already holds other files"):
        simulate_stream(10, tmp_path)
    assert _files(tmp_path) == ["letter.txt"]


def test_a_spoilt_manifest_is_no_permission(tmp_path):
    (tmp_path / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(ValueError, match="another waybills"):
        simulate_stream(10, tmp_path)


@pytest.mark.parametrize("change", [{"waybills": 0}, {"months": 0}, {"customers_a_part": 0}])
def test_nothing_is_not_a_stream(tmp_path, change):
    with pytest.raises(ValueError, match="at least one waybill"):
        simulate_stream(**({"waybills": 1, "out": tmp_path / "out"} | change))


def test_nobody_ships_is_told(tmp_path):
    with pytest.raises(ValueError, match="nobody ships"):
        simulate_stream(1, tmp_path / "out", months=1, customers_a_part=1, scenario=dataclasses.replace(Scenario(), potential=1.0))


def test_progress_is_shown_when_wanted(tmp_path, capsys):
    simulate_stream(50, tmp_path / "shown", months=1, customers_a_part=50, progress=True)
    assert "100%" in capsys.readouterr().err
    simulate_stream(50, tmp_path / "silent", months=1, customers_a_part=50)
    assert capsys.readouterr().err == ""


def test_the_manifest_names_what_the_run_was(whole):
    manifest = json.loads((whole[0] / "manifest.json").read_text("utf-8"))
    assert manifest["seed"] == 5 and manifest["waybills"] == WAYBILLS and manifest["start"] == "2024-11-01"
