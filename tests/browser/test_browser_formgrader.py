"""A teacher's half hour in nbgrader's formgrader: a submission in Chinese is read, scored and commented by hand."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import expect
from running_lab import REPOSITORY, running_lab
from sheet_course import cell_of, make_course

from crmlib.classroom.course_config import course as open_course

STUDENT = "20260101-李晓梅"
LETTER = "王经理：前两成客户带来的收入占四分之三，算的是最近一年。20 个名额先给 A 类，余下的给明日之星。"
COMMENT = "数说清了，半年后怎么验还没写。"


def write_letter(notebook) -> None:
    cell_of(notebook, "letter").source = LETTER


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class folder whose Chinese course holds one submission, autograded by nbgrader."""
    folder = tmp_path_factory.mktemp("class")
    shutil.copytree(REPOSITORY / "notebooks" / "zh", folder / "notebooks" / "zh")
    course = make_course(folder / "exercises", "zh", REPOSITORY / "exercises" / "src" / "1-1-customer-classes.md")
    course.submit(STUDENT, write_letter)
    autograded = course.nbgrader("autograde", course.sheet, CRM_CELL_SECONDS="60")
    assert autograded.returncode == 0, autograded.stderr
    with running_lab(folder, "zh", "--instructor") as lab:
        yield lab, course


def test_teacher_scores_and_comments_a_letter_in_the_formgrader(page, graded, shoot):
    lab, course = graded
    page.goto(f"{lab.url}&reset")
    page.get_by_role("link", name="打开课件").first.wait_for()
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_text("Formgrader", exact=True).click()
    grader = page.frame_locator("iframe")
    expect(grader.locator("tbody").get_by_role("link", name=course.sheet).first).to_be_visible()
    shoot(page, "formgrader-assignments")
    grader.get_by_role("link", name="Manual Grading").click()
    for link in (course.sheet, course.sheet, "Submission #1"):
        grader.locator("tbody").get_by_role("link", name=link).first.click()
    letter = grader.locator(".nbgrader_cell").filter(has_text=LETTER)
    expect(letter).to_be_visible()
    expect(grader.get_by_role("heading", name="给客户分类").first).to_be_visible()
    shoot(page, "formgrader-submission")
    letter.scroll_into_view_if_needed()
    score = letter.locator("input.score")
    with page.expect_response(lambda reply: reply.request.method == "PUT" and "/api/grade/" in reply.url):
        score.fill("3.5")
        score.press("Tab")
    with page.expect_response(lambda reply: reply.request.method == "PUT" and "/api/comment/" in reply.url):
        letter.locator("textarea.comment").fill(COMMENT)
        score.focus()
    shoot(page, "formgrader-graded")
    with open_course(course.root).gradebook as gradebook:
        grade = gradebook.find_grade("letter", course.sheet, course.sheet, STUDENT)
        comment = gradebook.find_comment("letter", course.sheet, course.sheet, STUDENT)
        assert grade.manual_score == 3.5 and not grade.needs_manual_grade
        assert comment.manual_comment == COMMENT
