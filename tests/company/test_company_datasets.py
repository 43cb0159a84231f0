"""The shipped data are what the generator makes, and their datasheets say what is true of them."""

import hashlib
import re
from pathlib import Path

import pandas as pd
import pytest

import crmlib as crm
from crmlib.company.company import Company, shipped_folder
from crmlib.company.datasheet import calibration, datasheets
from crmlib.company.scenario import Scenario
from crmlib.company.schema import TABLES
from crmlib.company.ship import main, ship

FOLDER = shipped_folder()
CHINESE, LATIN = re.compile("[\u4e00-\u9fff]"), re.compile("[A-Za-z]{3}")


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("datasets")
    return folder, ship(folder)


def test_the_shipped_values_are_the_generators(rebuilt):
    folder, _ = rebuilt
    fresh = Company.open(folder)
    for name in TABLES:
        pd.testing.assert_frame_equal(fresh.tables[name], crm.company.lark().tables[name])
    assert fresh.about == crm.company.lark().about


def test_shipping_twice_changes_nothing(rebuilt, capsys):
    folder, written = rebuilt
    assert set(written) == {*datasheets(), "about.json", *(f"{name}.parquet" for name in TABLES)}
    assert ship(folder) == []
    main([str(folder)])
    assert capsys.readouterr().out.count("\n") == 1


def test_shipping_mends_what_was_spoilt(rebuilt):
    folder, _ = rebuilt
    spoilt = pd.read_parquet(folder / "customers.parquet").assign(name="x")
    spoilt.to_parquet(folder / "customers.parquet")
    (folder / "cards" / "customers.md").write_text("old", "utf-8")
    assert set(ship(folder)) >= {"customers.parquet", "cards/customers.md"}
    assert ship(folder) == []


@pytest.mark.parametrize("name", ["README.md", "cards/customers.md", "cards/waybills.md"])
def test_the_datasheets_cannot_drift(name):
    assert (FOLDER / name).read_text("utf-8") == datasheets()[name]


def test_nothing_else_lies_in_the_folder():
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    assert found == {*datasheets(), "about.json", *(f"{name}.parquet" for name in TABLES)}


def test_the_folder_is_light():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 8 * 2**20


def test_the_index_gives_the_hash_of_every_data_file():
    index = (FOLDER / "README.md").read_text("utf-8")
    for path in [*FOLDER.glob("*.parquet"), FOLDER / "about.json"]:
        assert hashlib.sha256(path.read_bytes()).hexdigest() in index


def test_every_line_of_text_stands_in_both_languages():
    for text in datasheets().values():
        for line in text.splitlines():
            if line.startswith("#"):
                assert CHINESE.search(line) and LATIN.search(line), line
    for name, table in TABLES.items():
        card = datasheets()[f"cards/{name}.md"]
        for column in table.columns:
            for word in (f"`{column.name}`", column.zh, column.en, column.meaning_zh, column.meaning_en, *column.categories):
                assert word in card, word


def test_the_card_calls_the_data_simulated_and_gives_every_parameter():
    for text in datasheets().values():
        assert "模拟数据" in text and "imulated" in text and "MIT" in text
    card = datasheets()["cards/waybills.md"]
    assert all(f"`{name}`" in card for name in Scenario.table().index)


def test_the_calibration_is_measured_not_claimed():
    waybills = crm.company.lark().waybills
    here = calibration(crm.company.lark())["here"]
    assert here["Cross-border"] == f"{(waybills.scope == 'cross_border').sum() / len(waybills):.1%}"
    assert here["Mean domestic price, yuan"] == f"{waybills.loc[waybills.scope != 'cross_border', 'price_yuan'].mean():.2f}"


def test_the_wheel_and_the_checkout_name_the_same_folder():
    assert FOLDER.name == "datasets" and (FOLDER / "README.md").is_file() and isinstance(FOLDER, Path)
