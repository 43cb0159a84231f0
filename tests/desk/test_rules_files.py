"""Rule files: what is refused and how it is told, and that TOML and Excel mean the same."""

from __future__ import annotations

import datetime as dt
import re

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

import crmlib as crm
from crmlib.desk.rules.checking import condition_problem
from crmlib.desk.rules.fields import EVENTS, fields_of
from crmlib.desk.rules.table_files import COLUMNS

rules = crm.desk.rules


@pytest.fixture(scope="module")
def text():
    return rules.shipped_rules().read_text("utf-8")


def problems(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    return rules.check_rules(path)


def test_shipped_rules_are_sound_in_both_forms_and_mean_the_same():
    toml, xlsx = rules.rule_book(), rules.rule_book(rules.shipped_rules("xlsx"))
    for sheet in COLUMNS:
        pd.testing.assert_frame_equal(getattr(toml, sheet), getattr(xlsx, sheet))
    assert len(toml.rules) >= 12
    assert (toml.templates[["text_zh", "text_en"]] != "").all(axis=None)


@pytest.mark.parametrize("kind", ["toml", "xlsx"])
def test_a_book_comes_back_as_it_was_saved(tmp_path, kind):
    book = rules.rule_book()
    book.save(tmp_path / f"b.{kind}")
    again = rules.rule_book(tmp_path / f"b.{kind}")
    for sheet in COLUMNS:
        pd.testing.assert_frame_equal(getattr(again, sheet), getattr(book, sheet))
    again.save(tmp_path / f"c.{kind}")
    if kind == "toml":
        assert (tmp_path / "b.toml").read_bytes() == (tmp_path / "c.toml").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {f"b.{kind}", f"c.{kind}"}


@how(max_examples=8)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30).map(str.strip), st.sampled_from("0123456789"))
def test_any_name_survives_toml(tmp_path_factory, name, digit):
    book = rules.rule_book().only("R01")
    named = book.with_rules(book.rules.assign(name_zh=digit + name))
    path = tmp_path_factory.mktemp("t") / "n.toml"
    named.save(path)
    assert rules.rule_book(path).rules["name_zh"].tolist() == named.rules["name_zh"].tolist()


@pytest.mark.parametrize(("old", "new", "column", "says"), [
    ('"p_late >= 0.6 and hours_to_promise > 0"', '"p_lat >= 0.6"', "condition", "p_late"),
    ('"p_late >= 0.6 and hours_to_promise > 0"', "\"p_late >= 'high'\"", "condition", "different kinds"),
    ('"p_late >= 0.6 and hours_to_promise > 0"', "\"p_late == 'high'\"", "condition", "number"),
    ('"p_late >= 0.6 and hours_to_promise > 0"', "\"p_late >= \"", "condition", "at its end"),
    ('"p_late >= 0.6 and hours_to_promise > 0"', "\"p_late = 0.6\"", "condition", "near"),
    ('"p_late >= 0.6 and hours_to_promise > 0"', "\"market == “corporate”\"", "condition", "full-width"),
    ('"p_late >= 0.6 and hours_to_promise > 0"', "\"market == 'corporat'\"", "condition", "corporate"),
    ('"p_late >= 0.6 and hours_to_promise > 0"', "\"hours_to_promise\"", "condition", "neither yes nor no"),
    ('"p_late >= 0.6 and hours_to_promise > 0"', "\"at > $now\"", "condition", "tomorrow"),
    ('"p_late >= 0.6 and hours_to_promise > 0"', "\"market.foo == 'x'\"", "condition", "foo"),
    ('channel = "preferred, email, sms"', 'channel = "preferred, emial"', "channel", "email"),
    ('who = "crisis_group"', 'who = "crisis"', "who", "crisis_group"),
    ('event = "clearance"', 'event = "clearence"', "event", "clearance"),
    ('template = "overdue"\npriority', 'template = "overdu"\npriority', "template", "overdue"),
    ("{incident_zh}，尾号", "{incident_zg}，尾号", "text_zh", "incident_zh"),
    ("尾号 {waybill_tail} 的跨境件", "尾号 {waybill_tail 的跨境件", "text_zh", "braces"),
    ("尾号 {waybill_tail} 的跨境件", "尾号 {waybill_tail.__class__} 的跨境件", "text_zh", "braces"),
    ('quiet_from = "18:00"', 'quiet_from = "25:00"', "quiet_from", "21:00"),
    ("cap_days = 6", "", "cap_days", "both"),
    ("share = 0.1", "share = 0.2", "share", "110%"),
    ('rule_id = "R02"', 'rule_id = "R01"', "rule_id", "twice"),
    ('consent = "marketing"', 'consent = "advertising"', "consent", "marketing"),
    ("enabled = false", 'enabled = "perhaps"', "enabled", "Write yes or no"),
    ("priority = 35", "priorty = 35", "priorty", "priority"),
    ("customer_cap_count = 5", "customer_cap_cuont = 5", "setting", "customer_cap_count"),
    ('experiment = "delay_notice"\n\n[[rules]]', 'experiment = "delay_notise"\n\n[[rules]]', "experiment", "delay_notice"),
    ('name_zh = "账单逾期提醒"', 'name_zh = ""', "name_zh", "empty"),
])  # fmt: skip
def test_each_mistake_is_named_with_place_and_mend(tmp_path, text, old, new, column, says):
    assert old in text
    found = problems(tmp_path, text.replace(old, new, 1))
    assert found["column"].tolist()[0].startswith(column), found.to_string()
    line = found["row"].iloc[0]
    assert says in found["problem"].iloc[0] + found["mend"].iloc[0], found.to_string()
    if new and column not in ("cap_days", "rule_id", "share", "setting"):
        lines = text.replace(old, new, 1).splitlines()
        assert new.splitlines()[0].split("=")[0].strip()[:5] in lines[line - 1] or column.startswith("text")


def test_several_mistakes_are_told_at_once_and_in_both_languages(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("p_late >= 0.6", "p_lat >= 0.6").replace('who = "crisis_group"', 'who = "x"'), "utf-8")
    with pytest.raises(ValueError, match="p_lat") as error:
        rules.rule_book(path)
    assert len(str(error.value).splitlines()) == 4
    assert "mine.toml, sheet rules, row" in str(error.value)
    crm.i18n.use_language("zh")
    with pytest.raises(ValueError) as error:
        rules.rule_book(path)
    assert re.search(r"[一-鿿]", str(error.value).splitlines()[0])


def test_excel_as_people_fill_it_in(tmp_path):
    path = tmp_path / "b.xlsx"
    rules.rule_book().save(path)
    book = openpyxl.load_workbook(path)
    page = book["rules"]
    head = {cell.value: cell.column for cell in page[1]}
    for column, value in (("quiet_from", dt.time(21, 30)), ("valid_from", dt.datetime(2026, 5, 1)), ("enabled", "否"), ("cap_count", 3.0),
                          ("channel", "preferred，sms")):  # fmt: skip
        page.cell(2, head[column]).value = value
    page.cell(20, head["name_zh"]).value = "   "
    book.save(path)
    first = rules.rule_book(path).rules.iloc[0]
    assert first[["quiet_from", "valid_from", "enabled", "cap_count"]].tolist() == ["21:30", "2026-05-01", False, 3]
    page.cell(3, head["condition"]).value = "p_late >> 1"
    book.save(path)
    found = rules.check_rules(path).iloc[0]
    assert (found["sheet"], found["row"], found["column"]) == ("rules", 3, "condition (F)")


def test_files_that_are_none(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"no zip")
    (tmp_path / "a.toml").write_bytes(b"[[rules")
    for name in ("a.xlsx", "a.toml", "none.toml", "a.txt"):
        with pytest.raises(ValueError, match=re.escape(name)):
            rules.check_rules(tmp_path / name)
    (tmp_path / "empty.toml").write_text("")
    assert rules.check_rules(tmp_path / "empty.toml")["problem"].tolist() == ["there is no rule"]


@how(max_examples=20)
@given(st.text("ab_ ='\"()[]<>!&|~.,:?+-*/0123456789{}$\\", max_size=25))
def test_no_condition_breaks_the_checker(text):
    found = condition_problem(text, fields_of("signed"), "signed")
    assert not isinstance(found, tuple) or all(isinstance(part, str) and part for part in found)


def test_fields_are_told_for_every_event():
    table = rules.event_fields()
    assert set(table["event"]) == set(EVENTS)
    assert (table["meaning"] != "").all()
    with pytest.raises(ValueError, match="signed"):
        rules.event_fields("sign")
