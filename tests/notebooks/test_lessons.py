"""Every lesson from a clean kernel in its own folder, without a word on the error stream.

Its editions share all code, so each lesson runs in one of them, in turn; `make lessons` runs both (CRM_EDITIONS=both). The kernels are forks of
the grader's warm parent; `tests/browser` runs some in JupyterLab, each in a kernel of its own.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from running_lab import in_browser

from crmlib.classroom.grading.provisioner import offer

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("[ze][hn]/*.ipynb"))
IN_THE_BROWSER = {*in_browser("zh"), *in_browser("en")}
"""Edition and name of the lessons that `tests/browser` runs in JupyterLab: there, too, nothing may stand on the error stream."""
SHEETS = sorted((NOTEBOOKS.parent / "exercises").glob("[ze][hn]/release/*/*.ipynb"))
NAMES = sorted({path.name for path in LESSONS})
BOTH = os.environ.get("CRM_EDITIONS") == "both"
RUN_HERE = [
    path for path in LESSONS
    if (BOTH or path.parent.name == ("zh", "en")[NAMES.index(path.name) % 2]) and (path.parent.name, path.stem) not in IN_THE_BROWSER
]  # fmt: skip
SECONDS_A_CELL = 120


def in_both_editions(name: str) -> list[nbformat.NotebookNode]:
    return [nbformat.read(NOTEBOOKS / edition / name, as_version=4) for edition in ("zh", "en")]


@pytest.mark.parametrize("lesson", RUN_HERE, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_lesson_runs_from_a_clean_kernel(lesson, monkeypatch):
    monkeypatch.delenv("CRM_LANGUAGE", raising=False)
    notebook = nbformat.read(lesson, as_version=4)
    NotebookClient(notebook, timeout=SECONDS_A_CELL, kernel_name=offer(), resources={"metadata": {"path": str(lesson.parent)}}).execute()
    assert complaints(notebook) == []


def complaints(notebook: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """What stands on the error stream, and errors that no cell raised itself: those of figures drawn when a cell has ended."""
    return [
        (cell.id, output.get("text") or output.get("evalue"))
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error" or output.get("name") == "stderr"
    ]


def test_a_figure_that_lacks_a_character_would_be_noticed():
    code = "import matplotlib.pyplot as plt\nplt.rcParams['font.family'] = ['DejaVu Sans']\nplt.title('快递');"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, timeout=SECONDS_A_CELL, kernel_name=offer()).execute()
    assert "missing from font" in str(complaints(notebook))


@pytest.mark.parametrize("name", NAMES)
def test_editions_share_all_code_but_the_set_up(name):
    chinese, english = (
        [(cell.id, cell.source) for cell in notebook.cells if cell.cell_type == "code" and "setup" not in cell.metadata.get("tags", [])]
        for notebook in in_both_editions(name)
    )
    assert chinese == english


@pytest.mark.parametrize("name", NAMES)
def test_editions_differ_in_the_set_up_by_the_language_alone(name):
    chinese, english = (
        [cell.source for cell in notebook.cells if "setup" in cell.metadata.get("tags", [])] for notebook in in_both_editions(name)
    )
    assert [source.replace('"zh"', '"en"') for source in chinese] == english


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_committed_notebook_has_no_output(lesson):
    for cell in nbformat.read(lesson, as_version=4).cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None


@pytest.mark.parametrize("notebook", [*LESSONS, *SHEETS], ids=lambda path: f"{path.relative_to(NOTEBOOKS.parent).parts[1]}-{path.stem}")
def test_a_table_that_is_shown_is_the_last_line_of_its_cell(notebook):
    """Further up, JupyterLab would drop it."""
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code" and "crm.show(" in cell.source:
            *above, _last = ast.parse(cell.source).body
            assert [ast.unparse(line) for line in above if ast.unparse(line).startswith("crm.show(")] == []
