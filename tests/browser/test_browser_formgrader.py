"""A teacher's half hour in nbgrader's formgrader: the buttons autograde, score and comment by hand, feedback; and what a student reads."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import pytest
from kernel_state import wait_for_kernel
from playwright.sync_api import FrameLocator, Page, expect
from running_lab import RunningLab, running_lab
from teachers_course import CHEAT, FIRST_CELL, GOOD, LETTERS, NAMES, WRONG, copy_of_class, full_points, hidden_lines, make_class, points

from crmlib.classroom.course_config import course as open_course
from crmlib.classroom.grading.course_run import grade

WORDS = {
    "lesson": "打开课件", "parcels": "件数", "comment": "数说清了，半年后怎么验还没写。", "writes": "老师写道",
    "no exchange": "不用 nbgrader 的交换文件夹", "first": "从最上面一格起依次运行",
}  # fmt: skip


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class as it was handed in."""
    return make_class(tmp_path_factory.mktemp("class"), "zh")


@pytest.fixture(scope="module")
def graded_elsewhere(course, tmp_path_factory):
    """What ``crm grade`` gives for a copy of the class."""
    copy = copy_of_class(course, tmp_path_factory.mktemp("copy") / "exercises")
    report = grade(copy.root, progress=False)
    assert set(report.rows.status) == {"graded"}
    return points(copy)


@pytest.fixture(scope="module")
def lab(course):
    with running_lab(course.root.parents[1], course.language, "--instructor") as running:
        yield running
        assert running.press_ctrl_c() == 0


def formgrader(page: Page, lab: RunningLab, words: dict[str, str]) -> FrameLocator:
    page.goto(f"{lab.url}&reset")
    page.get_by_role("link", name=words["lesson"]).first.wait_for()
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_text("Formgrader", exact=True).click()
    return page.frame_locator("iframe")


def row_of(grader: FrameLocator, text: str):
    return grader.locator("tbody tr").filter(has_text=text)


def close(grader: FrameLocator, title: str) -> str:
    """Close the box that tells how it went, once it is there; what it says."""
    box = grader.locator(".modal-dialog").filter(has_text=title)
    expect(box.get_by_role("button", name="Close")).to_be_visible()
    said = box.inner_text()
    box.get_by_role("button", name="Close").click()
    expect(box).to_have_count(0)
    return said


def test_a_class_is_graded_by_buttons_and_by_hand_and_given_its_pages(page, course, graded_elsewhere, lab, shoot):
    edition, words = course.language, WORDS
    grader = formgrader(page, lab, words)
    sheet = row_of(grader, course.sheet)
    expect(sheet.locator(".num-submissions")).to_have_text("3")
    expect(grader.locator(".alert-warning")).to_have_count(0)
    shoot(page, f"formgrader-{edition}-assignments")

    sheet.locator(".num-submissions a").click()
    for student in NAMES:
        row_of(grader, student).locator(".autograde a").click()
        assert "Traceback" not in close(grader, "Successfully autograded")
    shoot(page, f"formgrader-{edition}-autograded")
    given = points(course)
    assert graded_elsewhere == given
    assert {item: score for item, score in given[GOOD].items() if item != "letter"} == full_points()
    assert given[WRONG]["revenue-test"] == 0
    assert not any(given[CHEAT].values())
    assert "patched 1.0\\nsees nothing" in str(course.autograded(CHEAT))
    expect(row_of(grader, CHEAT).locator(".score")).to_have_text(re.compile("^0 / 20$"))
    expect(row_of(grader, GOOD).locator(".score")).to_have_text(re.compile("^16 / 20$"))

    with open_course(course.root).gradebook as gradebook:
        submission = gradebook.find_submission_notebook(course.sheet, course.sheet, WRONG).id
    grader.get_by_role("link", name="Manual Grading").click()
    for _step in ("the sheet", "its notebook"):
        row_of(grader, course.sheet).get_by_role("link", name=course.sheet).first.click()
    grader.locator(f'a[href*="{submission}"]').first.click()
    letter = grader.locator(".nbgrader_cell").filter(has_text=LETTERS[WRONG][edition])
    letter.scroll_into_view_if_needed()
    score = letter.locator("input.score")
    with page.expect_response(lambda reply: reply.request.method == "PUT" and "/api/grade/" in reply.url):
        score.fill("2.5")
        score.press("Tab")
    with page.expect_response(lambda reply: reply.request.method == "PUT" and "/api/comment/" in reply.url):
        letter.locator("textarea.comment").fill(words["comment"])
        score.focus()
    shoot(page, f"formgrader-{edition}-by-hand")
    with open_course(course.root).gradebook as gradebook:
        by_hand = gradebook.find_grade("letter", course.sheet, course.sheet, WRONG)
        assert (by_hand.manual_score, by_hand.needs_manual_grade) == (2.5, False)

    grader = formgrader(page, lab, words)
    row_of(grader, course.sheet).locator(".generate-feedback a").click()
    assert "Traceback" not in close(grader, "Successfully generated feedback")
    row_of(grader, course.sheet).locator(".release-feedback a").click()
    box = grader.locator(".modal").filter(has_text="Error")
    expect(box).to_have_css("opacity", "1")
    assert words["no exchange"] in box.inner_text()
    shoot(page, f"formgrader-{edition}-no-exchange")


def test_a_student_reads_comment_and_hint_and_no_hidden_test_without_the_network(page, course, lab, shoot):
    words = WORDS
    folder = f"files/exercises/{course.language}/feedback/{{}}/{course.sheet}/{course.sheet}.html"
    asked = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).hostname))
    hidden = hidden_lines(course)
    assert len(hidden) > 20
    for student in NAMES:
        page.goto(f"{lab.origin}/{quote(folder.format(student))}?token={lab.token}")
        expect(page.locator("table.items tr")).to_have_count(1 + len(full_points()) + 1)
        shoot(page, f"feedback-{course.language}-{student}")
        read = page.locator("body").inner_text()
        assert [line for line in hidden if line in read or line in page.content()] == []
        assert "Traceback" not in read
        if student == WRONG:
            expect(page.locator("table.items").get_by_text(words["parcels"])).to_be_visible()
            expect(page.locator(".verdict").filter(has_text=words["writes"])).to_contain_text(words["comment"])
            expect(page.locator("table.items tr").last.locator("td").nth(1)).to_have_text("2.5 / 4")
        if student == CHEAT:
            expect(page.locator(".total b")).to_have_text("0")
    assert set(asked) == {"127.0.0.1"}


def test_an_error_before_the_first_cell_is_one_sentence(page, course, lab, shoot):
    page.goto(f"{lab.url}&reset".replace(f"notebooks/{course.language}/index.ipynb", FIRST_CELL))
    wait_for_kernel(page)
    cell = page.locator(".jp-CodeCell")
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    told = cell.locator(".jp-OutputArea-output")
    expect(told).to_contain_text(WORDS["first"])
    shoot(page, f"first-cell-{course.language}")
    assert "Traceback" not in told.inner_text()
    assert len(told.inner_text().strip().splitlines()) == 2
