"""A check after a cell that failed half-way: what the learner sees in a real kernel."""

from __future__ import annotations

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from crmlib.classroom.left_over import names_made

SETUP = 'import crmlib as crm\nimport pandas as pd\nfrom crmlib.classroom import marking as mark\ncrm.setup("zh")'
CHECK = 'print(mark.number("share"))'
STORIES = {
    "a name from before": (["share = 0.5", "share = undone / 2"], "left"),
    "a line that cannot be read": (["share = 0.5", "share = 5%"], "left"),
    "a gap": (["share = 0.5", "share = ____"], "left"),
    "an error before it": (["share = 0.5", "1 / 0\nshare = 0.7"], "left"),
    "an error after it": (["share = 0.5", "share = 0.7\n1 / 0"], "0.7"),
    "the same value again, and an error after it": (["a = 0.5\nshare = a", "share = a\n1 / 0"], "0.5"),
    "mended": (["share = 0.5", "share = undone", "share = 0.7"], "0.7"),
    "another cell failed": (["share = 0.5", "other = undone"], "0.5"),
    "only read in the cell that failed": (["share = 0.5", "other = share / 0"], "0.5"),
    "compared, not made": (["share = 0.5", "share == undone"], "0.5"),
    "a check failed": (["share = 0.5", 'share = mark.number("undone")'], "0.5"),
    "never there": (["del share", "share = undone"], "missing"),
    "a function that failed when called": (["share = 0.5", "def f():\n    share = 1\n    return 1 / 0\nf()"], "0.5"),
}


@pytest.fixture(scope="module")
def told():
    cells = [cell for story, _end in STORIES.values() for cell in (*story, CHECK)]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in (SETUP, *cells)])
    NotebookClient(notebook, allow_errors=True, timeout=120, kernel_name="python3").execute()
    checks = [cell.outputs[0] for cell in notebook.cells if cell.source == CHECK]
    return dict(zip(STORIES, checks, strict=True))


@pytest.mark.parametrize("story", STORIES)
def test_a_check_judges_no_value_from_before_the_cell_that_failed(told, story):
    output, end = told[story], STORIES[story][1]
    if end == "left":
        assert (output.ename, output.evalue) == ("Lost", "运行 share 那一格时出错了，share 还是以前的值。先改好那一格，再运行检查。")
    elif end == "missing":
        assert output.ename == "Lost" and output.evalue.startswith("还没有找到 share")
    else:
        assert output.text.strip() == end


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = b = 1", {"a", "b"}), ("a, (b, *c) = x", {"a", "b", "c"}), ("a += 1", {"a"}), ("a: int = 1", {"a"}),
        ("def f():\n    x = 1", {"f"}),
        ("for a in b:\n    c = 1", {"a", "c"}), ("[a for a in b]", set()), ("a.b = 1\nc[0] = 2", set()), ("a == 1", set()),
        ("a = （1\n  b = 2\ndef f(x)\nc == 3", {"a", "b", "f"}),
    ],
)  # fmt: skip
def test_the_names_that_a_cell_makes(source, names):
    assert names_made(source) == names
