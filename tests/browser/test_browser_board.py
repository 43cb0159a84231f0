"""The board of tiers in the real JupyterLab: another tier is chosen, and tiles, figures and table follow."""

from __future__ import annotations

import json
import re

import openpyxl
import pytest
from kernel_state import wait_for_kernel
from playwright.sync_api import expect
from running_lab import running_lab

FRONT = ".jp-NotebookPanel:not(.lm-mod-hidden)"
RUN = {"zh": ("运行", "运行所有单元格"), "en": ("Run", "Run All Cells")}
TIERS = {"zh": "A 关键客户", "en": "A key"}


@pytest.mark.parametrize("edition", ["zh"])
def test_another_tier_changes_tiles_figures_and_table(page, shoot, tmp_path, edition):
    folder = tmp_path / "notebooks" / edition
    folder.mkdir(parents=True)
    source = f'import crmlib as crm\ncrm.setup("{edition}")\ncrm.operations.board(crm.company.lark(), role="manager")'
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cell = {"id": "try", "cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
    (folder / "index.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": [cell]}), "utf-8")
    with running_lab(tmp_path, edition) as lab:
        page.goto(f"{lab.url}&reset")
        page.locator(f"{FRONT} .jp-CodeCell").wait_for()
        wait_for_kernel(page)
        menu, everything = RUN[edition]
        page.get_by_role("menuitem", name=menu, exact=True).click()
        page.get_by_text(everything, exact=True).click()
        figure, values = page.locator(f"{FRONT} .jp-OutputArea-output img"), page.locator(f"{FRONT} .jp-OutputArea-output .board-value")
        rows = page.locator(f"{FRONT} .jp-OutputArea-output tbody tr")
        expect(values).to_have_count(4)
        expect(figure).to_have_count(1)
        expect(rows).to_have_count(3)
        shoot(page, f"{edition}-board")
        before, picture = values.all_inner_texts(), figure.get_attribute("src")
        page.locator(f"{FRONT} .widget-dropdown select").first.select_option(label=TIERS[edition])
        expect(figure).not_to_have_attribute("src", picture)
        expect(rows).to_have_count(1)
        expect(values).to_have_count(4)
        after = values.all_inner_texts()
        assert all(one != other for one, other in zip(before, after, strict=True)), (before, after)
        shoot(page, f"{edition}-board-A")
        page.locator(f"{FRONT} .widget-button").click()
        expect(page.locator(f"{FRONT} .widget-html-content")).to_have_text(re.compile("board-manager-2026-10-A-all.xlsx"))
        book = openpyxl.load_workbook(folder / "board-manager-2026-10-A-all.xlsx")
        assert [cell.value for cell in book.worksheets[0][3]][1] == pytest.approx(int(after[0].replace(",", "")))
        assert lab.press_ctrl_c() == 0
