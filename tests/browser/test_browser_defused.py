"""The instructor opens, in the formgrader, a notebook that wants to act in the instructor's name; and then its feedback."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from playwright.sync_api import Page, expect
from running_lab import running_lab
from sheet_course import answer_well, fill, make_course
from vectors import MARKUP, cells, filled

from crmlib.classroom.course_config import course as open_course
from crmlib.classroom.grading.course_run import grade
from crmlib.classroom.grading.pages import write_pages
from crmlib.classroom.roster import import_roster

STUDENT = "2026001"
LETTER = '王经理：A&B 公司的份额 <5%，**先看大户**。\n\n> 前两家带来七成\n\n<img src=x onerror="{act}">'
PROVOKE = """
for (const one of document.querySelectorAll('body *')) {
  if (one.tagName === 'A' && /^https?:/.test(one.href)) continue;
  if (one.closest('nav, .panel-heading, .help')) continue;
  for (const kind of ['mouseover', 'mouseenter', 'focus', 'click', 'toggle']) one.dispatchEvent(new Event(kind, {bubbles: false}));
}
"""


@pytest.fixture(scope="module")
def listener():
    """Whom the scripts are to call, and what it has heard."""
    heard: list[str] = []

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_said):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hit", heard
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def course(tmp_path_factory, listener):
    """A class of one, graded, with every known way in the notebook."""
    folder = tmp_path_factory.mktemp("class")
    lesson = folder / "notebooks" / "zh" / "index.ipynb"
    lesson.parent.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(), lesson)
    made = make_course(folder / "exercises", "zh")
    roster = folder / "roster.csv"
    roster.write_text(f"学号,姓名\n{STUDENT},李雷\n", "utf-8")
    import_roster(made.root, roster)

    def change(notebook):
        answer_well(notebook)
        fill(notebook, letter=LETTER.format(act="window.__hit=1"))
        *prose, shown = cells(listener[0])
        notebook.cells += [cell for cell in prose if cell.cell_type == "markdown"]
        notebook.cells.append(new_markdown_cell("# <img src=x onerror=window.__hit=1>"))
        bundles = [(dict(output.data), dict(output.metadata)) for output in shown.outputs if output.output_type == "display_data"]
        told = "from IPython.display import publish_display_data\nfor data, about in {}:\n    publish_display_data(data, metadata=about)"
        notebook.cells.append(new_code_cell(told.format(repr(bundles))))

    made.submit(STUDENT, change)
    assert list(grade(made.root, progress=False).rows.status) == ["graded"]
    assert len(write_pages(made.root, progress=False)) == 1
    return made


def quiet(page: Page, said: list[str]) -> None:
    """Provoke whatever may be there; then see that nothing has acted."""
    page.evaluate(PROVOKE)
    page.wait_for_load_state("load")
    assert page.evaluate("window.__hit") is None
    assert said == []


def test_nothing_of_a_students_acts_on_the_instructors_page_or_in_feedback(page, course, listener, shoot):
    beacon, heard = listener
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.route(lambda url: "127.0.0.1" not in url and not url.startswith("file:"), lambda route: route.abort())
    handed_in = (course.root / "autograded" / STUDENT / course.sheet / f"{course.sheet}.ipynb").read_bytes()
    with open_course(course.root).gradebook as gradebook:
        submission = gradebook.find_submission_notebook(course.sheet, course.sheet, STUDENT).id

    with running_lab(course.root.parents[1], "zh", "--instructor") as lab:
        page.goto(f"{lab.origin}/formgrader/submissions/{submission}/?token={lab.token}")
        letter = page.locator(".nbgrader_cell").filter(has_text="王经理：A&B 公司的份额 <5%，先看大户。")
        expect(letter.locator("input.score")).to_be_visible()
        expect(letter.locator("blockquote")).to_have_text("前两家带来七成")
        expect(page.locator(".output_html")).to_have_count(len(MARKUP) + 1)
        quiet(page, said)
        shoot(page, "defused-formgrader")
        shoot(letter, "defused-letter")
    assert (course.root / "autograded" / STUDENT / course.sheet / f"{course.sheet}.ipynb").read_bytes() == handed_in

    page.goto((course.root / "feedback" / STUDENT / course.sheet / f"{course.sheet}.html").as_uri())
    expect(page.locator("#letter strong")).to_have_text("先看大户")
    quiet(page, said)
    shoot(page, "defused-feedback")
    assert heard == []

    page.set_content("<p>what it does elsewhere</p>" + "".join(filled(MARKUP, beacon)[3:5]))
    page.wait_for_function("window.__hit === 1")
    assert said and heard
