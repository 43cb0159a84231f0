"""Somebody who learns alone, in the real JupyterLab: a wrong answer, its hint, the solution, the right answer, the page of progress."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from kernel_state import wait_for_kernel
from playwright.sync_api import expect
from running_lab import REPOSITORY, copy_of_course, running_lab

from crmlib.classroom import answer_key
from crmlib.classroom.bundle import sheet_for_learning_alone
from crmlib.classroom.progress import FILE
from crmlib.classroom.source import read

FRONT = ".jp-NotebookPanel:not(.lm-mod-hidden)"
STEM = "1-1-customer-classes"
WRONG = 'year = waybills[waybills.picked_up_at >= year_ago]\nrevenue = year.groupby("customer_id")["price_yuan"].count()'
RIGHT = WRONG.replace("count()", "sum()")
WORDS = {
    "zh": {"parcels": "件数", "not yet": "自己试过才看得到解答", "model": "一种对的写法"},
    "en": {"parcels": "counted parcels", "not yet": "once you have tried", "model": "A right answer"},
}


@pytest.fixture(scope="module", params=["zh", "en"])
def lab(request, tmp_path_factory):
    edition = request.param
    course = copy_of_course(tmp_path_factory.mktemp("alone"))
    shutil.rmtree(course / "exercises" / {"zh": "en", "en": "zh"}[edition])
    sheet = course / "exercises" / edition / "release" / STEM / f"{STEM}.ipynb"
    key = answer_key.from_source(read(REPOSITORY / "exercises" / "src" / f"{STEM}.md"), edition)
    sheet.write_bytes(sheet_for_learning_alone(sheet.read_bytes(), key))
    packed = answer_key.key_file(course, STEM, edition)
    packed.parent.mkdir(parents=True)
    packed.write_bytes(answer_key.pack(key))
    with running_lab(course, edition) as running:
        running.edition = edition
        yield running
        assert running.press_ctrl_c() == 0


def test_a_learner_is_told_at_once_without_saving(page, lab, shoot):
    words = WORDS[lab.edition]
    page.goto(f"{lab.url}&reset".replace(f"notebooks/{lab.edition}/index", f"exercises/{lab.edition}/release/{STEM}/{STEM}"))
    page.locator(f"{FRONT} .jp-RenderedMarkdown h1").filter(has_text="1-1").wait_for()
    page.locator(f'{FRONT} .jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for()
    wait_for_kernel(page)
    cells = page.locator(f"{FRONT} .jp-CodeCell")
    sheet = lab.folder / "exercises" / lab.edition / "release" / STEM / f"{STEM}.ipynb"
    expect(cells).to_have_count(sum(cell["cell_type"] == "code" for cell in json.loads(sheet.read_text("utf-8"))["cells"]))
    answer, check = cells.filter(has_text="revenue = year.groupby").first, cells.last

    def run(cell, text: str | None = None) -> None:
        cell.scroll_into_view_if_needed()
        cell.locator(".cm-content").click()
        if text is not None:
            page.keyboard.press("Control+A")
            page.keyboard.insert_text(text)
        page.keyboard.press("Control+Enter")
        expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"))

    run(cells.first)
    run(check, "%crm_check --solution 1")
    expect(check.get_by_text(words["not yet"])).to_be_visible()
    run(answer, WRONG)
    run(check, "%crm_check")
    expect(check.get_by_text(words["parcels"])).to_be_visible()
    shoot(page, f"{lab.edition}-check-wrong")
    run(check, "%crm_check --solution 1")
    expect(check.get_by_text(words["model"])).to_be_visible()
    shoot(page, f"{lab.edition}-check-solution")
    run(answer, RIGHT)
    run(check, "%crm_check 1")
    expect(check.get_by_text("2 / 2")).to_be_visible()
    shoot(page, f"{lab.edition}-check-right")
    kept = json.loads((lab.folder / FILE).read_text("utf-8"))["sheets"][STEM]["items"]["revenue"]
    assert (kept["attempts"], kept["best"]) == (2, 2)
    run(check, "%crm_progress")
    expect(check.get_by_text("1-1")).to_be_visible()
    shoot(page, f"{lab.edition}-check-progress")
