"""Whatever somebody answers at the terminal, each heading ends in one column or none, and the import can use it."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import i18n
from crmlib.company import TABLES
from crmlib.company.foreign.guiding import Guide
from crmlib.company.foreign.sources import open_sources
from crmlib.company.importing import import_files

HEADINGS = ["运单号", "快递单号", "客户", "重量(克)", "发出的时间", "备注", "备注", "签收时间"]
ANSWERS = st.sampled_from(
    ["", "-", "?", "1", "3", "8", "99", "waybills", "客户表", "customer_id", "收件时间", "重量", "備註", "运单号", "x\n"]
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "九月.csv"
    path.write_text(",".join(HEADINGS) + "\nW1,W1,C1,500,2025-03-01 08:00,急,长" + "长" * 40 + ",2025-03-02\n", "utf-8")
    return path


class Person:
    """Somebody with some answers, who then only presses Enter."""

    def __init__(self, *answers):
        self.answers, self.told, self.asked = itertools.chain(answers, itertools.repeat("")), [], []

    def prompt(self, question, default):
        self.asked.append(question)
        return next(self.answers) or default

    @property
    def guide(self):
        return Guide(say=self.told.append, prompt=self.prompt)


def _settled(file, *answers):
    person = Person(*answers)
    return person.guide(open_sources([file])[0]), person


def test_enter_accepts_what_is_likely_and_of_two_equal_headings_the_first(file):
    entry, person = _settled(file)
    assert entry.table == "waybills"
    assert {heading: column for heading, column in entry.columns.items() if column} == {
        "运单号": "waybill_id", "客户": "customer_id", "重量(克)": "weight_kg", "签收时间": "delivered_at"}  # fmt: skip
    assert any("快递单号" in question for question in person.asked)
    assert "   7  备注 (2) [" + "长" * 20 + "…] → -" in person.told
    assert not any("status" in question for question in person.asked)


def test_a_missing_column_is_found_by_the_number_of_its_heading(file):
    answers = ["waybills", "-", "", "", "", "5"]
    entry, person = _settled(file, *answers)
    asked = next(place for place, question in enumerate(person.asked) if "picked_up_at" in question and "No heading fills" in question)
    entry, person = _settled(file, *[""] * asked, "77", "5")
    assert entry.columns["发出的时间"] == "picked_up_at" and "“77” is no number from 1 to 8." in person.told


def test_a_column_that_is_taken_moves_and_that_is_told(file):
    entry, person = _settled(file, "", "waybill_id")
    assert (entry.columns["运单号"], entry.columns["快递单号"]) == ("", "waybill_id")
    assert "“运单号” is left out now; it filled waybill_id before." in person.told


def test_a_whole_file_is_left_out(file, tmp_path):
    entry, _person = _settled(file, "-")
    assert entry.table == "" and set(entry.columns.values()) == {""}
    report = import_files([file], tmp_path / "own", guide=Person("-").guide)
    assert report.accounts.dropped.tolist() == [2]


def test_it_speaks_chinese(file):
    i18n.use_language("zh")
    _entry, person = _settled(file, "月亮")
    assert "九月.csv：表头在第 1 行，下面有 1 行。" in person.told and any("没有“月亮”这张表" in line for line in person.told)
    assert "   1  运单号 [W1] → waybill_id (运单号)" in person.told


@settings(max_examples=150, deadline=None)
@given(answers=st.lists(ANSWERS, max_size=25))
def test_any_answers_end_in_a_mapping_that_can_be_used(tmp_path_factory, answers):
    folder = tmp_path_factory.mktemp("guide")
    path = folder / "九月.csv"
    path.write_text(",".join(HEADINGS) + "\nW1,W1,C1,500,2025-03-01 08:00,急,,2025-03-02\n", "utf-8")
    source = open_sources([path])[0]
    entry = Person(*answers).guide(source)
    chosen = [column for column in entry.columns.values() if column]
    assert list(entry.columns) == source.headings and len(chosen) == len(set(chosen))
    if entry.table:
        assert set(chosen) <= set(TABLES[entry.table].names)
    try:
        report = import_files([path], folder / "own", guide=Person(*answers).guide)
    except ValueError as refused:
        assert not chosen and "No heading of 九月.csv fills" in str(refused)
    else:
        again = import_files([path], folder / "again", mapping=report.mapping)
        assert again.accounts.equals(report.accounts)
