"""A stream of parts is whole, goes on after a kill without a lost or doubled row, and never mixes two runs."""

import dataclasses
import json
import shutil
import subprocess
import sys

import duckdb
import pandas as pd
import polars
import pyarrow.dataset
import pytest

from crmlib import i18n
from crmlib.company.company import Company
from crmlib.company.scenario import Scenario
from crmlib.company.schema import TABLES, conform
from crmlib.company.simulation import simulate
from crmlib.company.streaming import simulate_stream
from crmlib.company.validation import check_tables

OPTIONS = {"months": 3, "seed": 5, "customers_a_part": 60, "tracking": True}
WAYBILLS = 1_500
NAMES = ("customers", "salespeople", "contacts", "waybills", "tracking")
ALL = {"months": 9, "start": "2025-01-01", "seed": 6, "customers_a_part": 40, "every_table": True, "truth": True}
ALL_WAYBILLS = 5_000
DYING = """
import os, signal, sys
import pyarrow.parquet
from crmlib.company import storage
from crmlib.company.streaming import simulate_stream

when, left, real, write = sys.argv[2], int(sys.argv[3]), os.replace, pyarrow.parquet.write_table

def die():
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

def replace(source, target):
    global left
    left -= when != "writing"
    if left == 0 and when == "before":
        die()
    real(source, target)
    if left == 0 and when == "after":
        die()

def half(table, path, **options):
    global left
    left -= when == "writing"
    write(table, path, **options)
    if left == 0 and when == "writing":
        with open(path, "r+b") as file:
            file.truncate(os.path.getsize(path) // 2)
        die()

storage.os.replace, pyarrow.parquet.write_table = replace, half
simulate_stream({waybills}, sys.argv[1], **{options})
"""
TELLING = """
import sys
from crmlib.company import storage
from crmlib.company.streaming import simulate_stream

real = storage.os.replace

def replace(source, target):
    real(source, target)
    print("done", flush=True)

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


def _assert_same_run(folder, whole):
    result = simulate_stream(WAYBILLS, folder, **OPTIONS)
    assert result.waybills == whole[1].waybills
    assert _files(folder) == _files(whole[0])
    assert (folder / "about.json").read_bytes() == (whole[0] / "about.json").read_bytes()
    for name, frame in _tables(whole[0]).items():
        pd.testing.assert_frame_equal(_tables(folder)[name], frame)


@pytest.mark.parametrize(("when", "step"), [
    ("before", 1), ("after", 1), ("before", 2), ("before", 6), ("after", 6), ("before", 7), ("after", 7), ("before", 8), ("after", 12),
    ("writing", 1), ("writing", 5), ("writing", 9), ("before", "last"), ("after", "last")])  # fmt: skip
def test_a_killed_run_goes_on_to_the_same_rows(whole, tmp_path, when, step):
    """The process is killed while it writes its `step`-th table, or just before or after its `step`-th file is put in its place: the
    manifest, a table, a part's note, at last about.json."""
    folder = tmp_path / "stream"
    program = DYING.format(waybills=WAYBILLS, options=OPTIONS)
    step = len(_files(whole[0])) if step == "last" else step
    died = subprocess.run([sys.executable, "-c", program, str(folder), when, str(step)], check=False)
    assert died.returncode not in (0, 1)
    _assert_same_run(folder, whole)


@pytest.mark.parametrize("files", [1, 4, 8, 11])
def test_a_run_killed_from_outside_goes_on_to_the_same_rows(whole, tmp_path, files):
    """Somebody kills the process at whatever it does once so many files are there; then once more, soon after it went on."""
    folder = tmp_path / "stream"
    for wait in (files, 1):
        program = TELLING.format(waybills=WAYBILLS, options=OPTIONS)
        with subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True) as running:
            for _file in range(wait):
                running.stdout.readline()
            running.kill()
    _assert_same_run(folder, whole)


def test_a_stopped_run_is_not_taken_for_a_firm(whole, tmp_path):
    shutil.copytree(whole[0], tmp_path / "stream")
    (tmp_path / "stream" / "about.json").unlink()
    with pytest.raises(ValueError, match="was stopped half-way. Run the same command again"):
        Company.open(tmp_path / "stream")
    simulate_stream(WAYBILLS, tmp_path / "stream", **OPTIONS)
    assert len(Company.open(tmp_path / "stream").waybills) == whole[1].waybills


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    folder = tmp_path_factory.mktemp("complete") / "stream"
    return folder, simulate_stream(ALL_WAYBILLS, folder, **ALL)


def test_all_tables_of_all_parts_open_as_one_sound_firm(complete):
    """Opening checks every key and every reference over the whole."""
    folder, result = complete
    firm = Company.open(folder)
    assert result.parts >= 3 and list(firm.tables) == list(TABLES)
    assert (len(firm.customers), len(firm.waybills)) == (result.customers, result.waybills)
    assert firm.about == simulate(customers=result.customers, months=9, start="2025-01-01", seed=6)[0].about
    for name in ("cases", "calls", "leads", "offers", "surveys", "invoices", "touches", "shifts", "source_records", "points"):
        files = sorted((folder / name).glob("*.parquet"))
        parts = [pd.read_parquet(path)[TABLES[name].key] for path in files]
        assert len(files) == result.parts and sum(map(len, parts)) == pd.concat(parts).nunique() == len(firm.tables[name]) > 0
    for name in ("calendar", "market_prices", "policies", "partners", "incidents"):
        assert [path.name for path in (folder / name).iterdir()] == ["part-00000.parquet"]


def test_a_stream_holds_what_simulate_holds(complete):
    """Which tables and columns there are, their types, and how the numbers are written."""
    firm = Company.open(complete[0])
    like = simulate(customers=40, months=9, start="2025-01-01", seed=6)[0]
    for name, frame in like.tables.items():
        assert (firm.tables[name].dtypes == frame.dtypes).all() and list(firm.tables[name]) == list(frame)
        if len(frame) and name not in ("survey_invitations", "surveys"):
            assert firm.tables[name][TABLES[name].key].iloc[0] == frame[TABLES[name].key].iloc[0]
    pd.testing.assert_frame_equal(firm.market_prices, like.market_prices)


def test_the_truth_tells_of_every_part(complete):
    folder, result = complete
    firm, truth = Company.open(folder), folder / "truth"
    hidden = {path.name: pd.concat(map(pd.read_parquet, sorted(path.iterdir()))) for path in truth.iterdir()}
    assert set(hidden) == set(simulate(customers=40, months=2)[1])
    assert hidden["customers"]["customer_id"].tolist() == firm.customers.customer_id.tolist()
    for frame, key, table in (("cases", "case_id", "cases"), ("calls", "call_id", "calls"), ("offers", "offer_id", "offers"),
                              ("invoices", "invoice_id", "invoices"), ("same_customer", "record_id", "source_records")):  # fmt: skip
        assert hidden[frame][key].tolist() == firm.tables[table][key].tolist()
    assert result.parts > 1 and len(hidden["price_wars"]) == len(simulate(customers=5, months=1)[1]["price_wars"])


def test_other_tools_read_the_parts_where_they_lie(complete):
    folder, result = complete
    assert polars.scan_parquet(folder / "waybills" / "*.parquet").select(polars.len()).collect().item() == result.waybills
    asked = f"SELECT count(DISTINCT waybill_id), count(*) FROM '{folder.as_posix()}/waybills/*.parquet'"
    assert duckdb.sql(asked).fetchall() == [(result.waybills, result.waybills)]
    assert pyarrow.dataset.dataset(folder / "waybills").count_rows() == result.waybills


def test_a_table_in_parts_that_cannot_be_read_is_named(complete, tmp_path):
    shutil.copytree(complete[0], tmp_path / "stream")
    (tmp_path / "stream" / "waybills" / "part-00001.parquet").write_bytes(b"PAR1")
    with pytest.raises(ValueError, match="part-00001.parquet is not a readable Parquet file"):
        Company.open(tmp_path / "stream")


def test_a_table_as_a_file_and_as_a_folder_is_refused(complete, tmp_path):
    shutil.copytree(complete[0], tmp_path / "stream")
    shutil.copy(tmp_path / "stream" / "customers" / "part-00000.parquet", tmp_path / "stream" / "customers.parquet")
    with pytest.raises(ValueError, match="holds the table customers more than once: customers, customers.parquet"):
        Company.open(tmp_path / "stream")


def test_what_is_finished_is_not_made_again(whole):
    again = simulate_stream(WAYBILLS, whole[0], **OPTIONS)
    assert again.made_now == 0 and again.waybills == whole[1].waybills


@pytest.mark.parametrize("change", [
    {"seed": 6}, {"months": 2}, {"customers_a_part": 61}, {"tracking": False}, {"every_table": True}, {"truth": True}])  # fmt: skip
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
