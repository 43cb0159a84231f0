"""The shipped data are what the generator makes, and their datasheets say what is true of them."""

import hashlib
import re
from pathlib import Path

import pandas as pd
import pytest

import crmlib as crm
from crmlib.company.calibration import calibration
from crmlib.company.cards import cards
from crmlib.company.causal import causes
from crmlib.company.company import Company, shipped_folder
from crmlib.company.datasheet import datasheets
from crmlib.company.scenario import Scenario
from crmlib.company.schema import TABLES
from crmlib.company.ship import main, ship

FOLDER = shipped_folder()
DIAGRAMS = {"causes.zh.svg", "causes.en.svg"}
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def sheets():
    return datasheets()


def _halves(text):
    """The Chinese and the English section."""
    _title, rest = text.split("\n## 中文\n")
    chinese, english = rest.split("\n## English\n")
    return chinese, english.split("\n## 列 · Columns\n")[0]


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


def test_shipping_writes_everything_once_and_mends_what_was_spoilt(rebuilt, sheets, capsys):
    folder, written = rebuilt
    assert set(written) == {*sheets, *DIAGRAMS, "about.json", *(f"{name}.parquet" for name in TABLES)}
    spoilt = pd.read_parquet(folder / "customers.parquet").assign(name="x")
    spoilt.to_parquet(folder / "customers.parquet")
    (folder / "cards" / "customers.md").write_text("old", "utf-8")
    (folder / "causes.zh.svg").write_text("<svg/>", "utf-8")
    main([str(folder)])
    assert capsys.readouterr().out.split() == ["customers.parquet", "cards/customers.md", "causes.zh.svg"]


def test_the_datasheets_cannot_drift(sheets):
    for name, text in sheets.items():
        assert (FOLDER / name).read_text("utf-8") == text, name


def test_nothing_else_lies_in_the_folder(sheets):
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    procedures = {f"sop/{name}.bpmn" for name in ("complaint", "crisis", "damage", "inquiry", "loss", "quotation")}
    rules = {"rules/rules.toml", "rules/rules.xlsx"}
    assert found == {*sheets, *DIAGRAMS, "about.json", *(f"{name}.parquet" for name in TABLES), *procedures, *rules}


def test_the_folder_is_light():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 8 * 2**20


def test_the_index_gives_the_hash_of_every_data_file():
    index = (FOLDER / "README.md").read_text("utf-8")
    for path in [*FOLDER.glob("*.parquet"), FOLDER / "about.json"]:
        assert hashlib.sha256(path.read_bytes()).hexdigest() in index


def test_both_languages_say_the_same_things(sheets):
    for name, text in sheets.items():
        chinese, english = _halves(text)
        for mark in ("### ", "| ", "- "):
            assert len(re.findall(f"^{re.escape(mark)}", chinese, re.M)) == len(re.findall(f"^{re.escape(mark)}", english, re.M)), name
        assert all(CHINESE.search(line) for line in chinese.splitlines() if line.startswith("###")), name
        prose = "\n".join(line for line in english.splitlines() if not line.startswith("| "))
        assert not CHINESE.search(prose), (name, CHINESE.search(prose))


def test_a_card_says_what_a_datasheet_must(sheets):
    assert set(sheets) == {"README.md", *(f"cards/{name}.md" for name in TABLES)}
    for name, table in TABLES.items():
        halves = _halves(sheets[f"cards/{name}.md"])
        for half, code, parts in zip(halves, ("zh", "en"), (
            ("模拟数据", "为什么有这张表", "由什么组成", "怎么生成", "可以用来", "不能这样下结论", "列", "像不像", "参数", "许可"),
            ("Simulated (synthetic)", "Motivation", "Composition", "Generation", "Uses", "Misuses", "Columns", "How lifelike", "Parameters",
             "Licence"),
        ), strict=True):  # fmt: skip
            assert all(part in half for part in parts), name
            assert hashlib.sha256((FOLDER / f"{name}.parquet").read_bytes()).hexdigest() in half
            assert f"{len(crm.company.lark().tables[name]):,}" in half and "MIT" in half
            for column in table.columns:
                for word in (f"`{column.name}`", getattr(column, code), getattr(column, f"meaning_{code}"), *column.categories):
                    assert word in half, (name, word)
            card = cards()[name]
            assert len(card.misuse[code]) >= 2 or name == "policies"
            assert all(text in half for text in (card.why[code], card.row[code], card.made[code], *card.use[code], *card.misuse[code]))


def test_cards_give_the_parameters_and_effects_of_their_theme(sheets):
    table, arrows, told = Scenario.table(), causes(), set()
    for name, card in cards().items():
        text = sheets[f"cards/{name}.md"]
        mine = card.pick_parameters(table)
        assert all(f"| `{parameter}` |" in text and row.source_zh in text and row.source_en in text for parameter, row in mine.iterrows())
        assert all(f"`{parameter}`" in text for parameter in card.pick_effects(arrows)["parameter"])
        told |= set(mine.index)
    assert told == set(table.index)


def test_every_figure_stands_in_the_index_and_on_the_card_of_its_table(sheets):
    near = calibration(crm.company.lark())
    for name, row in near.iterrows():
        line = f"| {name} | {row.target} | {row.band} | {row.source} | {row.mark} | {row.obtained} |"
        assert line in sheets["README.md"] and line in sheets[f"cards/{row.table}.md"], line
    assert "| no |\n" not in _halves(sheets["README.md"])[1].split("### Files")[0]
    assert "Yearly churn, key" in sheets["README.md"]


def test_the_index_shows_the_causal_diagram(sheets):
    assert "](causes.zh.svg)" in _halves(sheets["README.md"])[0] and "](causes.en.svg)" in _halves(sheets["README.md"])[1]
    for link in re.findall(r"\]\(([^)#]+)\)", sheets["README.md"]):
        assert (FOLDER / link).is_file(), link


def test_every_page_calls_the_data_simulated(sheets):
    for text in sheets.values():
        chinese, english = _halves(text)
        assert "模拟数据" in chinese and "imulated (synthetic)" in english and "MIT" in text


def test_the_calibration_is_measured_not_claimed():
    waybills = crm.company.lark().waybills
    here = calibration(crm.company.lark())["obtained"]
    assert here["Cross-border"] == f"{(waybills.scope == 'cross_border').sum() / len(waybills):.1%}"
    assert here["Mean domestic price, yuan"] == f"{waybills.loc[waybills.scope != 'cross_border', 'price_yuan'].mean():.2f}"


def test_the_wheel_and_the_checkout_name_the_same_folder():
    assert FOLDER.name == "datasets" and (FOLDER / "README.md").is_file() and isinstance(FOLDER, Path)
