"""The class report: numbers against the gradebook, hints led back to their keys, care with what is alike, and a page that holds together."""

from __future__ import annotations

import html
import re
import warnings
from dataclasses import replace

import nbformat
import openpyxl
import pytest
from graded_class import (
    BORROWER, COPIED, COPYING, LATE, LENDER, LONG_NAMES, MISSING, NOT_READABLE, UNGRADED, make_class,
)  # fmt: skip
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sheet_course import answer_well, fill, make_course

from crmlib.classroom.class_marks import read_marks
from crmlib.classroom.class_report import class_report
from crmlib.classroom.class_report_figures import wrapped
from crmlib.classroom.class_report_pages import write_report
from crmlib.classroom.course_config import course as open_course
from crmlib.classroom.hint_counts import hint_key, hint_words, told_in
from crmlib.classroom.hints import hints, needed, sentence
from crmlib.classroom.item_titles import item_titles, short_title
from crmlib.classroom.similarity import words_of, worth_a_look
from crmlib.i18n import LANGUAGES, use_language

pytestmark = [pytest.mark.xdist_group("class-report"), pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    return make_class(tmp_path_factory.mktemp("班级"), "zh")


@pytest.fixture(scope="module")
def report(graded):
    return class_report(graded.root)


@pytest.fixture(scope="module")
def page(report, tmp_path_factory):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph")
        return write_report(report, tmp_path_factory.mktemp("报告"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", [key for key in hints() if key not in ("item-prefix", "you-have")])
def test_every_hint_is_led_back_to_its_key_whatever_fills_it(key, language):
    use_language(language)
    begins = ("", sentence("item-prefix", item=3), sentence("item-prefix", item="2b") + sentence("you-have", got="第 1 题：0.5。 x."))
    for filling in ("0.55", "甲。乙：丙", "a. b: c\nd"):
        told = sentence(key, **dict.fromkeys(needed(key), filling))
        assert {hint_key(begin + told) for begin in begins} == {key}


def test_scores_are_those_of_the_gradebook(graded, report):
    [sheet] = report.sheets
    with open_course(graded.root).gradebook as gradebook:
        scores = {
            one.student_id: max(0.0, one.score - (one.late_submission_penalty or 0))
            for one in gradebook.assignment_submissions(graded.sheet)
        }
    assert sheet.scores.to_dict() == pytest.approx(scores)
    assert sheet.points == 20 and sheet.people == 30


def test_items_are_called_as_in_the_sheet_and_counted_as_in_the_gradebook(graded, report):
    [sheet] = report.sheets
    assert sheet.items.title["sleeping-test"] == "第 4 题 谁花得多却不来了"
    assert [sheet.items.title[name][-3:] for name in ("curve-words", "curve-test")] == ["(1)", "(2)"]
    counted = [student for student in sheet.scores.index if student != NOT_READABLE]
    marks = read_marks(graded.root).marks
    own = marks[(marks.item == "classes-test") & marks.student.isin(counted)].score
    row = sheet.items.loc["classes-test"]
    assert (row.people, row.full, row.nothing) == (26, (own == 3).sum(), (own == 0).sum())
    assert row.earned == pytest.approx(own.mean() / 3)
    letter = sheet.items.loc["letter"]
    assert (letter.people, letter.waiting, letter.by_hand) == (25, 2, True)


def test_hints_are_counted_by_student(graded, report):
    [sheet] = report.sheets
    lost = sheet.items.people - sheet.items.full
    given = sheet.hints[sheet.hints.hint != "?"].groupby("item").students.sum()
    for item in given.index:
        assert given[item] == lost[item]
    assert "?" not in set(sheet.hints.hint)


def test_who_is_late_missing_waiting_ungraded_and_not_readable(report):
    [sheet] = report.sheets
    assert sheet.late.index.tolist() == [LATE]
    assert sheet.students("missing") == list(MISSING)
    assert sheet.students("ungraded") == [UNGRADED]
    assert sheet.students("waiting") == [LATE, NOT_READABLE]
    assert sheet.set_aside == (NOT_READABLE,)


def test_help_is_for_who_is_missing_or_below_half_of_what_is_marked(report):
    [sheet] = report.sheets
    help_needed = report.help_needed.set_index("student").why.to_dict()
    low = sheet.submissions.index[sheet.submissions.share < 0.5]
    assert help_needed == dict.fromkeys(MISSING, "missing") | dict.fromkeys(low, "low")


def test_the_copied_letter_the_copied_numbers_and_the_borrowed_code_are_worth_a_look(report):
    [sheet] = report.sheets
    found = {(one.student, one.other, one.kind) for one in sheet.alike.itertuples()}
    assert (COPIED, COPYING, "writing") in found
    assert (COPIED, COPYING, "numbers") in found
    assert (BORROWER, LENDER, "code") in found
    honest = {pair for pair in found if not {pair[0], pair[1]} <= {COPIED, COPYING, BORROWER, LENDER}}
    assert not [pair for pair in honest if pair[2] != "writing"]


def test_the_page_needs_nothing_else_and_names_everybody_it_should(report, page):
    text = page[0].read_text("utf-8")
    assert '<html lang="zh">' in text
    assert not re.search(r'(src|href)="(?!data:|#)', text)
    assert text.count("data:image/svg+xml;base64,") == 2
    body = html.unescape(text)
    for words in (
        *LONG_NAMES[:1],
        "需要帮助的学生",
        "第 8 题 写给销售经理",
        "克龙巴赫 α 系数是",
        "值得看一眼",
        "没有一行是证据",
        "这个文件不是笔记本。",
    ):
        assert words in body
    assert "nan" not in re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)


def test_the_workbook_says_the_same(report, page, graded):
    book = openpyxl.load_workbook(page[1])
    assert book.sheetnames[:4] == ["各份练习", "学生", "需要帮助", "各题情况"]
    rows = list(book["各题情况"].values)
    assert len(rows) == 1 + len(report.sheets[0].items)
    assert len(book["图"]._images) == 2


def test_the_page_stays_in_view_in_both_languages(chromium, graded, report, tmp_path):
    for language in LANGUAGES:
        path, _book = write_report(replace(report, language=language), tmp_path / language)
        tab = chromium.new_page(viewport={"width": 794, "height": 1123})
        tab.goto(path.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= 794
        spilled = tab.evaluate("[...document.querySelectorAll('td,th')].filter(cell => cell.scrollWidth > cell.clientWidth + 1).length")
        assert spilled == 0
        tab.close()


def test_several_sheets_are_compared(report, tmp_path):
    [sheet] = report.sheets
    second = replace(sheet, sheet="1-2", title="练习 1-2　一个名字长得在图里一行放不下的练习，还带着 English words")
    page, book = write_report(replace(report, sheets=(sheet, second)), tmp_path)
    assert page.read_text("utf-8").count("data:image/svg+xml;base64,") == 5
    assert len(list(openpyxl.load_workbook(book)["各题情况"].values)) == 1 + 2 * len(sheet.items)


def test_a_small_class_gets_no_number_that_it_cannot_carry(tmp_path):
    small = make_class(tmp_path, "en", count=6)
    made = class_report(small.root)
    [sheet] = made.sheets
    assert not sheet.reliability.known and "at least 10" in sheet.reliability.summary()
    assert set(sheet.items.reason) == {"few"}
    text = html.unescape(write_report(made, tmp_path / "out")[0].read_text("utf-8"))
    assert "fewer than 10 students" in text and "look at the single scores" in text
    assert "Cronbach's alpha is" not in text


def test_nothing_graded_is_a_sentence(tmp_path):
    course = make_course(tmp_path / "exercises", "en")
    with pytest.raises(ValueError, match="Nothing has been graded yet"):
        class_report(course.root)
    with pytest.raises(ValueError, match='No single sheet is called "9-9"'):
        class_report(course.root, sheets=["9-9"])


def test_a_class_that_nbgrader_has_graded(tmp_path):
    course = make_course(tmp_path / "exercises", "en")

    def wrong(notebook):
        answer_well(notebook)
        fill(notebook, top_share="top_share = revenue.head(2).sum() / revenue.sum()")

    course.submit("right", answer_well)
    course.submit("wrong", wrong)
    course.submit("broken", raw=b"{")
    done = course.nbgrader("autograde", course.sheet, "--create", CRM_UNSAFE="1")
    assert done.returncode == 0, done.stderr
    [sheet] = class_report(course.root, sheets=["0-1"]).sheets
    assert sheet.set_aside == ("broken",)
    told = {(one.item, one.hint): one.students for one in sheet.hints.itertuples()}
    assert told[("top-share-test", "pareto-unsorted")] == 1
    assert sheet.items.earned["top-share-test"] == 0.5
    use_language("en")
    assert told_in(course.autograded("wrong"))["top-share-test"] == "Item 1: You have 0.55. " + sentence("pareto-unsorted")


def answers(code: str, prose: str = "") -> nbformat.NotebookNode:
    meta = {"nbgrader": {"grade_id": "a", "solution": True, "grade": False}}
    text = {"nbgrader": {"grade_id": "letter", "solution": True, "grade": True}}
    return new_notebook(cells=[new_code_cell(code, metadata=meta), new_markdown_cell(prose, metadata=text)])


GIVEN = "ranked = revenue.sort_values(ascending=____)\ntop_share = ranked.head(2).sum() / ____"
SOLVED = "ranked = revenue.sort_values(ascending=False)\ntop_share = ranked.head(2).sum() / ranked.sum()"
OWN = """
wanted, seen = [], 0
for name, amount in revenue.items():
    if amount > revenue.quantile(0.6) and not name.startswith("X"):
        wanted.append((amount, name))
        seen += amount * 2
top_share = sum(amount for amount, name in sorted(wanted)[-2:]) / revenue.sum()
"""


def look(*codes: str, prose: tuple[str, ...] = (), **options):
    notebooks = {f"s{place}": answers(code, prose[place] if prose else "") for place, code in enumerate(codes)}
    found = worth_a_look(notebooks, [answers(GIVEN), answers(SOLVED)], **options)
    return [(one.student, one.other, one.kind) for one in found.itertuples()]


def test_what_the_sheet_gives_and_the_solution_says_does_not_count():
    assert look(*[SOLVED] * 5) == []
    assert look(GIVEN, GIVEN) == []


def test_another_name_for_everything_and_other_comments_hide_nothing():
    renamed = "# mine\n" + OWN.replace("wanted", "chosen").replace("seen", "total_so_far").replace("name", "who").replace("amount", "paid")
    assert look(OWN, renamed, SOLVED) == [("s0", "s1", "writing")]


def test_what_many_wrote_does_not_count():
    assert look(*[OWN] * 4) == []


def test_an_answer_that_the_sheet_was_rehearsed_with_does_not_count():
    assert look(OWN, OWN, known={"a": [OWN]}) == []


def test_the_same_numbers_count_only_where_data_are_ones_own():
    prose = ("前两成占 73.42%，共 184301.5 元。", "占比是73.42%，也就是 184,301.5 元", "占 66.10%")
    codes = {f"s{place}": f"AAAA-BBBB-CCC{place}" for place in range(3)}
    assert look(SOLVED, SOLVED, SOLVED, prose=prose, codes=codes) == [("s0", "s1", "numbers")]
    assert look(SOLVED, SOLVED, SOLVED, prose=prose) == []


def test_a_code_written_carelessly_is_still_known():
    codes = {"s0": "AAAA-BBBB-CCC1", "s1": "D0DD-EEEE-FFF1"}
    assert look('firm_code = "dodd eeee fffI"', SOLVED, codes=codes) == [("s0", "s1", "code")]
    assert look('firm_code = "AAAA-BBBB-CCC1"', SOLVED, codes=codes) == []


def test_the_same_file_counts_unless_it_is_the_untouched_release():
    assert look(SOLVED, SOLVED, digests={"s0": "x", "s1": "x"}) == []
    assert look(SOLVED + "\n", SOLVED + "\n", digests={"s0": "x", "s1": "x"}) == [("s0", "s1", "file")]


def test_code_that_is_no_python_is_compared_as_words():
    assert words_of("a = (5% # x", "code") == ["a", "=", "(", "5", "%"]


def test_headings_without_their_points():
    assert short_title("## 第 8 题　写给销售经理（4 分，老师批改）") == "第 8 题 写给销售经理"
    assert short_title("### Item 2 (a and b)") == "Item 2 (a and b)"


def test_a_sheet_that_was_never_built_has_no_titles(tmp_path):
    assert item_titles(tmp_path, "x") == {}


def test_long_headings_are_broken_into_lines():
    assert max(len(line) for line in wrapped("一二三四五六七八九十" * 4, 20).split("\n")) <= 11
    assert wrapped("x" * 80, 20) == "x" * 80


def test_a_hint_is_shown_with_its_gaps():
    assert "…" in hint_words("still-blank", "zh")
    assert "{" not in hint_words("still-blank", "zh")
