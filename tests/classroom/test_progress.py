"""What a learner has done so far: kept whole, counted fairly, and shown as a page."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from self_paced_course import REAL, self_paced

from crmlib.classroom import check_words, progress
from crmlib.classroom.answer_key import Item
from crmlib.classroom.progress_page import write_page
from crmlib.classroom.self_check import CheckResult, ItemResult
from crmlib.i18n import LANGUAGES, use_language

SHEET = "1-1-customer-classes"
REVENUE = Item("revenue", "1", "Item 1: revenue", ("revenue",), ("revenue-test",), 2.0, False)
CURVE = Item("curve", "2", "Item 2: curve", ("curve",), ("curve-words", "curve-test"), 2.0, False)
LETTER = Item("letter", "3", "Item 3: letter", ("letter",), (), 4.0, True)
BEGUN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def result(course: Path, *items: ItemResult, hour: int = 0, sheet: str = SHEET) -> CheckResult:
    moment = BEGUN + timedelta(hours=hour)
    return CheckResult(sheet, "en", "Sheet 1-1: customer classes", course, items, moment, moment)


def test_attempts_best_scores_and_dates_are_kept(tmp_path):
    progress.record(result(tmp_path, ItemResult(REVENUE, 0, "a"), ItemResult(CURVE, 1, "c"), ItemResult(LETTER)))
    progress.record(result(tmp_path, ItemResult(REVENUE, 2, "b"), ItemResult(CURVE, 0, "d"), ItemResult(LETTER, 0, "Dear"), hour=1))
    sheet = progress.load(tmp_path).sheets[SHEET]
    revenue, curve, letter = sheet.items["revenue"], sheet.items["curve"], sheet.items["letter"]
    assert (revenue.attempts, revenue.best, revenue.state) == (2, 2, "done")
    assert (progress.when(revenue.first), progress.when(revenue.done)) == (BEGUN, BEGUN + timedelta(hours=1))
    assert (curve.attempts, curve.best, curve.state, curve.done) == (2, 1, "tried", "")
    assert (letter.attempts, letter.state) == (1, "done")
    assert [points for _date, points in sheet.checks] == [1, 3]
    assert (sheet.best, sheet.by_program) == (3, 4)


def test_the_same_answer_checked_again_is_no_new_attempt(tmp_path):
    for _again in range(3):
        progress.record(result(tmp_path, ItemResult(REVENUE, 0, "a\n"), ItemResult(CURVE)))
    sheet = progress.load(tmp_path).sheets[SHEET]
    assert (sheet.items["revenue"].attempts, sheet.items["curve"].attempts, len(sheet.checks)) == (1, 0, 1)


def test_an_untouched_sheet_is_no_attempt(tmp_path):
    progress.record(result(tmp_path, ItemResult(REVENUE), ItemResult(CURVE)))
    assert progress.load(tmp_path).sheets[SHEET].checks == []
    assert not progress.attempted(progress.load(tmp_path), SHEET, "revenue")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.0, 1.0, 2.0]), st.booleans()), max_size=12))
def test_best_scores_never_fall_and_a_part_of_a_sheet_loses_nothing(tmp_path_factory, tries):
    course = tmp_path_factory.mktemp("course")
    best = 0.0
    for written, points, whole in tries:
        items = [ItemResult(REVENUE, points, written), *([ItemResult(CURVE, 1, "c")] if whole else [])]
        progress.record(result(course, *items))
        now = progress.load(course).sheets[SHEET]
        assert now.best >= best
        assert now.items["revenue"].attempts <= len(now.checks)
        best = now.best
    assert best == (max(points for _w, points, _a in tries) + any(whole for *_rest, whole in tries) if tries else 0)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 7, "sheets": {}}', b'{"version": 1, "sheets": {"a": {"items": 3}}}'])
def test_a_file_that_cannot_be_read_is_set_aside(tmp_path, content):
    path = tmp_path / progress.FILE
    path.write_bytes(content)
    noted = progress.record(result(tmp_path, ItemResult(REVENUE, 2, "a"))).notes
    assert "could not be read" in noted[0]
    assert (tmp_path / "progress-unreadable.json").read_bytes() == content
    assert progress.load(tmp_path).sheets[SHEET].best == 2


def test_the_file_is_plain_json_in_utf_8_and_nothing_else_is_left(tmp_path):
    progress.record(result(tmp_path, ItemResult(REVENUE, 2, "收入 = 1")))
    assert [path.name for path in tmp_path.iterdir()] == [progress.FILE]
    assert json.loads((tmp_path / progress.FILE).read_text("utf-8"))["sheets"][SHEET]["items"]["revenue"]["best"] == 2


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="cannot be written"):
        progress.record(result(tmp_path / "file", ItemResult(REVENUE, 2, "a")))


@pytest.mark.parametrize("edition", LANGUAGES)
def test_the_page_shows_every_sheet_and_item_in_both_languages(tmp_path, edition, chromium, shoot):
    course = self_paced(tmp_path / edition, edition, REAL).folder
    use_language(edition)
    keys = progress.find(course, SHEET, edition)
    for hour, earned in enumerate([0.25, 0.5, 0.75]):
        items = [
            ItemResult(item, round(item.points * earned) if not item.by_hand else 0, f"{hour}{item.key}")
            for item in keys.items[: 3 + 2 * hour]
        ]
        progress.record(result(course, *items, ItemResult(keys.items[-1]), hour=hour))
    other = Item("plan", "1", "1", ("plan",), ("plan-test",), 3.0, False)
    progress.record(result(course, ItemResult(other, 3, "x"), sheet="1-2-potential-customers"))
    page = write_page(course, edition)
    text = page.read_text("utf-8")
    assert {"zh": "我的进度", "en": "My progress"}[edition] in text
    assert all(item.title in text.replace("&#39;", "'") for item in keys.items)
    assert "http" not in re.sub(r"data:image[^\"]*", "", text)
    pictures = [base64.b64decode(found).decode() for found in re.findall(r"base64,([^\"]+)", text)]
    assert len(pictures) == 2 and all("<svg" in picture for picture in pictures)
    shown = chromium.new_page(viewport={"width": 900, "height": 1200})
    shown.goto(page.as_uri())
    assert shown.evaluate("[...document.images].every(image => image.naturalWidth > 300)")
    assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot(shown, f"{edition}-progress")
    shown.close()


def test_the_page_of_a_beginner_says_where_to_begin(tmp_path):
    course = self_paced(tmp_path, "en", REAL).folder
    assert "Begin with a sheet" in write_page(course, "en").read_text("utf-8")
    lines = list(check_words.table(progress.overview(course, progress.load(course), "en")))
    assert lines == ["Sheet 1-1: customer classes: not checked yet"]
