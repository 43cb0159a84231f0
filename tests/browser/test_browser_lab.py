"""A learner's hour in the real JupyterLab that `crm lab` starts: map, lesson, sheet, Validate."""

from __future__ import annotations

import json

import pytest
from kernel_state import wait_for_kernel
from playwright.sync_api import expect
from running_lab import copy_of_course, in_browser, running_lab

FRONT = ".jp-NotebookPanel:not(.lm-mod-hidden)"
LESSON = "1-1-customer-classes.ipynb"
SHEET = "exercises/{edition}/release/1-1-customer-classes/1-1-customer-classes.ipynb"
WORDS = {
    "zh": {
        "menus": ["文件", "编辑", "运行", "内核"], "run": "运行", "run all": "运行所有单元格",
        "lesson": "打开课件", "heading": "任务一", "sheet": "打开练习",
    },
    "en": {
        "menus": ["File", "Edit", "Run", "Kernel"], "run": "Run", "run all": "Run All Cells",
        "lesson": "open the lesson", "heading": "Task 1", "sheet": "open the sheet",
    },
}  # fmt: skip
ANSWER = 'year = waybills[waybills.picked_up_at >= year_ago]\nrevenue = year.groupby("customer_id")["price_yuan"].sum()'
NUMBERED = """expected => {
  const prompts = [...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .jp-InputPrompt')];
  return prompts.filter(prompt => /\\[\\d+\\]/.test(prompt.textContent)).length === expected;
}"""


@pytest.fixture(scope="module", params=["zh", "en"])
def lab(request, tmp_path_factory):
    course = copy_of_course(tmp_path_factory.mktemp("course"))
    with running_lab(course, request.param) as running:
        running.edition = request.param
        yield running
        assert running.press_ctrl_c() == 0


@pytest.fixture
def words(lab):
    return WORDS[lab.edition]


@pytest.fixture
def course_map(page, lab, words):
    page.goto(f"{lab.url}&reset")
    page.get_by_role("link", name=words["lesson"]).first.wait_for()
    return page


def open_from_map(page, link: str, heading: str) -> None:
    page.get_by_role("row").get_by_role("link", name=link).first.click()
    page.locator(f"{FRONT} .jp-RenderedMarkdown h1").filter(has_text=heading).wait_for()


def code_cells(path) -> list[str]:
    notebook = json.loads(path.read_text("utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_map_opens_in_the_edition_s_language_without_tools_for_instructors(course_map, lab, words, shoot):
    shoot(course_map, f"{lab.edition}-map")
    for menu in words["menus"]:
        expect(course_map.get_by_role("menuitem", name=menu, exact=True)).to_be_visible()
    assert course_map.locator(f"{FRONT} .jp-RenderedMarkdown table").count() == 5
    for tool in ("Create Assignment", "Formgrader", "Nbgrader", "Assignment List"):
        expect(course_map.get_by_text(tool, exact=True)).to_have_count(0)
    expect(course_map.locator(".Toastify__toast")).to_have_count(0)


def run_all(page, lab, words, lesson: str) -> list[str]:
    """Run the lesson that is open, by the menu, until its last cell has ended without complaint; its cells."""
    wait_for_kernel(page)
    page.get_by_role("menuitem", name=words["run"], exact=True).click()
    page.get_by_text(words["run all"], exact=True).click()
    sources = code_cells(lab.folder / "notebooks" / lab.edition / lesson)
    page.wait_for_function(NUMBERED, arg=sum(bool(source.strip()) for source in sources))
    for unwanted in ("application/vnd.jupyter.stderr", "application/vnd.jupyter.error"):
        assert page.locator(f'{FRONT} [data-mime-type="{unwanted}"]').all_inner_texts() == []
    return sources


def test_lesson_runs_from_top_to_bottom_with_all_its_figures(course_map, lab, words, shoot):
    page = course_map
    open_from_map(page, words["lesson"], words["heading"])
    shoot(page, f"{lab.edition}-lesson")
    page.locator(f'{FRONT} .jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for()
    sources = run_all(page, lab, words, LESSON)
    drawn = [source for source in sources if "crm.plotting." in source or source.endswith(".plot()")]
    figures = page.locator(f"{FRONT} .jp-OutputArea-output img")
    assert len(drawn) >= 5
    expect(figures).to_have_count(len(drawn))
    for number, figure in enumerate(figures.all(), 1):
        assert figure.evaluate("image => image.naturalWidth") > 300
        figure.scroll_into_view_if_needed()
        shoot(figure, f"{lab.edition}-figure-{number:02}")
    for number, table in enumerate(page.locator(f'{FRONT} [data-mime-type="text/html"]').all(), 1):
        table.scroll_into_view_if_needed()
        shoot(table, f"{lab.edition}-table-{number:02}")


def test_further_lessons_run_with_figures_and_sliders(page, lab, words, shoot):
    """The last of each project, in one edition; the others run in a kernel without a browser."""
    for _edition, name in in_browser(lab.edition)[1:]:
        page.goto(f"{lab.url}&reset".replace("index.ipynb", f"{name}.ipynb"))
        page.locator(f"{FRONT} .jp-CodeCell").first.wait_for()
        sources = run_all(page, lab, words, f"{name}.ipynb")
        assert any("try_values(" in source for source in sources)
        expect(page.locator(f"{FRONT} .widget-slider").first).to_be_visible()
        figures = page.locator(f"{FRONT} .jp-OutputArea-output img")
        assert figures.count() >= 5
        assert all(figure.evaluate("image => image.naturalWidth") > 300 for figure in figures.all())
        shoot(page, f"{lab.edition}-{name}")


def test_a_slider_that_is_moved_draws_the_figure_anew(page, lab, words, shoot):
    source = (
        f'import pandas as pd\nimport crmlib as crm\ncrm.setup("{lab.edition}")\n'
        "def draw(share):\n    return crm.plotting.bars(pd.Series({'A': share, 'B': 1 - share}), percent=True)\n"
        "crm.sliders.try_values(draw, share=(0.0, 1.0, 0.1, 0.2), labels={'share': 'A'})"
    )
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cell = {"id": "try", "cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
    notebook = lab.folder / "notebooks" / lab.edition / "sliders.ipynb"
    notebook.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": [cell]}), "utf-8")
    page.goto(f"{lab.url}&reset".replace("index.ipynb", "sliders.ipynb"))
    page.locator(f"{FRONT} .jp-CodeCell").wait_for()
    wait_for_kernel(page)
    page.get_by_role("menuitem", name=words["run"], exact=True).click()
    page.get_by_text(words["run all"], exact=True).click()
    figure, slider = page.locator(f"{FRONT} .jp-OutputArea-output img"), page.locator(f"{FRONT} .widget-slider [role=slider]")
    expect(figure).to_have_count(1)
    expect(slider).to_have_attribute("aria-valuenow", "0.2")
    before = figure.get_attribute("src")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(figure).not_to_have_attribute("src", before)
    expect(figure).to_have_count(1)
    shoot(page, f"{lab.edition}-slider")
    with page.expect_response(lambda reply: reply.request.method == "PUT" and "/api/contents/notebooks" in reply.url):
        page.keyboard.press("Control+S")
    kept = json.loads(notebook.read_text("utf-8"))["cells"][0]["outputs"]
    pictures = ["".join(output["data"].get("image/png", "")).strip() for output in kept]
    assert figure.get_attribute("src").partition(",")[2].strip() in pictures, "the saved notebook holds the figure as it stands"


def test_answer_typed_into_the_sheet_is_saved_and_validated(course_map, lab, words, shoot):
    page = course_map
    open_from_map(page, words["sheet"], "1-1")
    shoot(page, f"{lab.edition}-sheet")
    page.locator(f"{FRONT} .jp-CodeCell").filter(has_text="____").first.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(ANSWER)
    with page.expect_response(lambda reply: reply.request.method == "PUT" and "/api/contents/exercises" in reply.url):
        page.keyboard.press("Control+S")
    assert ANSWER in code_cells(lab.folder / SHEET.format(edition=lab.edition))
    page.locator(FRONT).get_by_text("Validate", exact=True).click()
    result = page.locator(".jp-Dialog #validation-message")
    result.wait_for()
    shoot(page, f"{lab.edition}-validated")
    said = result.inner_text()
    assert "mark.item(1)" not in said
    assert "mark.item(2)" in said and "____" in said
    assert "Traceback" not in said
