"""One's own sheet checked at once: the points and hints of the grader, and a sentence for everything that cannot be checked."""

from __future__ import annotations

import codecs
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import crm_command
import nbformat
import pytest
from nbclient import NotebookClient
from self_paced_course import REAL, cell_of, self_paced
from sheet_course import TINY

from crmlib.classroom import answer_key
from crmlib.classroom.hints import needed, sentence
from crmlib.classroom.own_sheet import find_notebook, open_sheet
from crmlib.classroom.self_check import check
from crmlib.classroom.source import read
from crmlib.i18n import LANGUAGES, language, use_language

RIGHT = "top_share = revenue.nlargest(2).sum() / revenue.sum()"
RIGHT_FUNCTION = "def share_of(revenue, count):\n    return revenue.nlargest(count).sum() / revenue.sum()"
ENDLESS = "while True:\n    top_share = 1\n"


@pytest.fixture
def course(tmp_path):
    return self_paced(tmp_path / "云雀 课程")


def points(result) -> dict[str, float]:
    return {one.item.key: one.points for one in result.items}


def hints(result) -> dict[str, str]:
    return {one.item.key: " ".join(one.hints) for one in result.items}


@pytest.mark.parametrize("edition", LANGUAGES)
@pytest.mark.parametrize("source", [TINY, REAL], ids=lambda path: path.stem)
def test_full_solutions_earn_everything_that_a_program_can_give(tmp_path, source, edition):
    course = self_paced(tmp_path, edition, source)
    course.fill(**{cell.grade_id.replace("-", "_"): cell.text for cell in read(source).cells if cell.is_solution})
    result = check(course.notebook)
    assert [(one.item.number, one.hints, one.stopped) for one in result.items if not one.full and not one.item.by_hand] == []
    assert (result.edition, result.points) == (edition, result.by_program)
    assert result.by_hand > 0


@pytest.mark.parametrize(("edition", "which"), [("zh", 0), ("en", 1), ("zh", 2)])
def test_declared_mistakes_lose_what_they_declare_with_their_hint_in_the_notebooks_language(tmp_path, edition, which):
    course, source = self_paced(tmp_path, edition, REAL), read(REAL)
    wrong = {}
    for cell in source.cells:
        if cell.is_answer and "wrong" in cell.tags:
            wrong.setdefault(cell.metadata["of"], []).append(cell)
    wrong = {of: cells[which] for of, cells in wrong.items()}
    course.fill(**{of.replace("-", "_"): cell.text for of, cell in wrong.items()})
    result = check(course.notebook)
    lost = {one.item.key: one.item.points - one.points for one in result.items if one.written}
    assert lost == {of: sum(cell.metadata["loses"].values()) for of, cell in wrong.items()}
    use_language(edition)
    plain = {of: sentence(cell.metadata["hint"]) for of, cell in wrong.items() if not needed(cell.metadata["hint"])}
    assert len(plain) >= 5
    assert {of: told for of, told in plain.items() if told not in hints(result)[of]} == {}


def test_the_untouched_release_is_not_even_run(course):
    result = check(course.notebook, tell=pytest.fail)
    assert result.untouched
    assert (result.points, hints(result)) == (0, {"top-share": "", "share-of": "", "letter": ""})


def test_the_file_stays_as_it_is(course):
    before = course.fill(top_share=RIGHT).read_bytes()
    check(course.notebook)
    assert course.notebook.read_bytes() == before
    assert [path.name for path in course.notebook.parent.iterdir()] == [course.notebook.name]


def test_a_gap_and_an_error_are_told_by_item(course):
    course.fill(top_share="top_share = ____", share_of="def share_of(revenue, count):\n    return 1 / 0")
    result = check(course.notebook)
    assert "still has a gap" in hints(result)["top-share"]
    assert result.points == 0
    course.fill(top_share="top_share = revenu.sum()")
    [one] = check(course.notebook, items=["1"]).items
    assert "revenu" in one.stopped
    assert "Traceback" not in one.stopped


def test_only_the_items_that_are_asked_for(course):
    course.fill(top_share="top_share = 55", share_of=RIGHT_FUNCTION)
    assert points(check(course.notebook, items=["2"])) == {"share-of": 3}
    with pytest.raises(ValueError, match="no item 9. Its items are 1, 2, 3"):
        check(course.notebook, items=["9"])


def test_a_cell_that_never_ends_costs_its_own_item_alone(course):
    course.fill(top_share=ENDLESS, share_of=RIGHT_FUNCTION)
    result = check(course.notebook, seconds=10)
    assert hints(result)["top-share"] == sentence("feedback-timeout")
    assert points(result)["share-of"] == 3


def test_a_cell_that_cannot_be_interrupted_is_ended_and_earlier_points_are_kept(course):
    course.fill(
        top_share=RIGHT, share_of="while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
    )
    result = check(course.notebook, seconds=5)
    assert points(result) == {"top-share": 3, "share-of": 0, "letter": 0}
    assert hints(result)["share-of"] == sentence("feedback-timeout")


def test_a_notebook_that_ends_its_own_program_keeps_what_it_has(course):
    course.fill(top_share=RIGHT, share_of="import os; os._exit(3)")
    result = check(course.notebook)
    assert points(result) == {"top-share": 3, "share-of": 0, "letter": 0}
    assert hints(result)["share-of"] == sentence("feedback-died")


def test_tests_leave_nothing_behind_that_a_later_cell_could_use(course):
    course.fill(top_share=RIGHT, share_of="share_of = lambda revenue, count: secret_expected_share")
    assert "secret_expected_share" in hints(check(course.notebook))["share-of"]


def test_what_cells_print_draw_and_ask_disturbs_nothing(course):
    noise = "import os, sys, warnings\nwarnings.warn('x')\nprint('{\"ends\": 0}')\nos.write(1, b'garbage')\n%matplotlib inline\n"
    course.fill(top_share=f"{noise}{RIGHT}\nimport matplotlib.pyplot as plt; plt.plot([1]); plt.show(); revenue", share_of=RIGHT_FUNCTION)
    assert check(course.notebook).points == 6
    course.fill(top_share=f"top_share = float(input())\n{RIGHT}")
    assert "EOFError" in check(course.notebook, items=["1"]).items[0].stopped


def test_it_speaks_the_notebooks_language_and_then_its_own_again(tmp_path):
    course = self_paced(tmp_path, "zh")
    course.fill(top_share="top_share = ____")
    use_language("en")
    assert "还有空" in hints(check(course.notebook))["top-share"]
    assert language() == "en"


def test_locked_cells_count_as_they_were_given_out(course):
    course.fill(top_share="top_share = 1", top_share_test="pass")
    assert points(check(course.notebook))["top-share"] == 0


def test_cells_that_are_gone_come_back_and_of_doubled_ones_the_worked_in_counts(course):
    def spoil(content: dict) -> None:
        cells = content["cells"]
        answer = cell_of(content, "top-share")
        cells.remove(cell_of(content, "top-share-test"))
        cells.insert(cells.index(answer), {**answer, "id": "copy", "source": [RIGHT]})
        cells.append({"cell_type": "code", "id": "mine", "metadata": {}, "source": "1 / 0", "outputs": [], "execution_count": None})

    course.change(spoil)
    result = check(course.notebook)
    assert points(result)["top-share"] == 3
    assert "top-share-test" in result.notes[0]


def test_cells_run_after_saving_count_as_they_were_run(course):
    course.fill(top_share="top_share = ____")
    ids = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell["id"] for cell in json.loads(course.notebook.read_bytes())["cells"]}
    assert points(check(course.notebook, newer={ids["top-share"]: RIGHT}))["top-share"] == 3
    with pytest.raises(ValueError, match="not saved yet"):
        check(course.notebook, newer={"new-cell": "helper = 1"})


def test_the_command_in_a_cell_does_not_check_again(course):
    own = {"cell_type": "code", "id": "c", "metadata": {}, "source": "%crm_check\n", "outputs": [], "execution_count": None}
    course.change(lambda content: content["cells"].append(own))
    course.fill(top_share=f"%crm_check\n{RIGHT}")
    assert points(check(course.notebook))["top-share"] == 3


@pytest.mark.parametrize(
    "spoil", [lambda raw: codecs.BOM_UTF8 + raw, lambda raw: raw.decode().encode("gb18030"), lambda raw: raw.replace(b"\n", b"\r\n")]
)
def test_files_in_odd_encodings_are_read(tmp_path, spoil):
    course = self_paced(tmp_path, "zh")
    course.notebook.write_bytes(spoil(course.fill(top_share=RIGHT).read_bytes()))
    assert points(check(course.notebook))["top-share"] == 3


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b'{"cells": [', "not a complete notebook"),
        (b'{"nbformat": 4}', "not a complete notebook"),
        (b"PK\3\4", "not a complete"),
    ],
)
def test_files_that_are_no_notebook_are_named(course, content, told):
    course.notebook.write_bytes(content)
    with pytest.raises(ValueError, match=told) as refused:
        check(course.notebook)
    assert course.notebook.name in str(refused.value)


def test_a_lesson_is_no_sheet(course, tmp_path):
    lesson = tmp_path / "lesson.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A lesson")]), lesson)
    with pytest.raises(ValueError, match="no sheet of exercises"):
        check(lesson)


def test_where_a_class_is_taught_the_teacher_marks(tmp_path):
    course = self_paced(tmp_path, answers=False)
    course.fill(top_share=RIGHT)
    with pytest.raises(ValueError, match="your teacher marks it"):
        check(course.notebook)


def test_a_damaged_key_is_told(course):
    course.key.write_bytes(course.key.read_bytes()[:-20])
    with pytest.raises(ValueError, match="damaged"):
        check(course.fill(top_share=RIGHT))


def test_a_sheet_is_found_by_number_name_and_file(course, monkeypatch):
    monkeypatch.chdir(course.notebook.parent)
    for what in ("0-1", "0.1", course.sheet, course.notebook.name, str(course.notebook)):
        assert find_notebook(what).resolve() == course.notebook.resolve()
    for what, told in [
        ("3-4", "Task 3-4 has no sheet yet. There are sheets for 0-1"),
        ("9-9", 'no sheet "9-9"'),
        ("x.ipynb", "no notebook"),
    ]:
        with pytest.raises(ValueError, match=told):
            find_notebook(what)


def test_a_renamed_copy_elsewhere_is_the_same_sheet(course, tmp_path, monkeypatch):
    copy = tmp_path / "Downloads" / "my try (2).ipynb"
    copy.parent.mkdir()
    copy.write_bytes(course.fill(top_share=RIGHT).read_bytes())
    monkeypatch.chdir(course.folder)
    assert points(check(copy))["top-share"] == 3


@pytest.mark.parametrize("edition", LANGUAGES)
def test_the_key_has_answers_as_nbgrader_gives_them_out(tmp_path, edition):
    course = self_paced(tmp_path, edition, REAL)
    sheet = open_sheet(course.notebook)
    assert sheet.written == {}
    assert [item.number for item in sheet.key.items] == [str(number) for number in range(1, 9)]
    assert sum(item.points for item in sheet.key.items) == 20
    assert all(item.models[0] and (item.rubric if item.by_hand else item.slips) for item in sheet.key.items)


def test_a_key_can_be_packed_and_is_not_read_by_accident(course):
    key = answer_key.unpack(course.key.read_bytes())
    assert answer_key.pack(key) == course.key.read_bytes()
    assert b"secret_expected_share" not in course.key.read_bytes()
    assert "secret_expected_share" in "".join(cell.source for cell in key.cells)


def test_the_process_that_runs_the_cells_needs_nothing_of_linux():
    seen = "import sys; import crmlib.classroom.self_check, crmlib.classroom.self_check_run, crmlib.classroom.marking; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", seen], capture_output=True, encoding="utf-8", check=True).stdout.split()
    grading = {name for name in loaded if name.startswith("crmlib.classroom.grading.")}
    assert grading == {"crmlib.classroom.grading.handed"}


def run_in_kernel(course, *sources: str, **environment: str) -> str:
    """Set the sheet up in a kernel of its own, run some cells, and return what the last of them shows."""
    notebook = nbformat.read(course.notebook, 4)
    cells = [nbformat.v4.new_code_cell(source) for source in ("from crmlib.classroom import marking as mark", *sources)]
    shown = nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata)
    client = NotebookClient(shown, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(course.notebook.parent)}})
    client.execute(env={**os.environ, **environment})
    return "\n".join(str(output.get("data", output).get("text/html", output)) for output in cells[-1].outputs)


def test_the_notebook_checks_itself(course):
    course.fill(top_share="top_share = 55", share_of=RIGHT_FUNCTION)
    assert "Try" not in run_in_kernel(course, "%crm_check --solution 1")
    assert "nlargest" not in run_in_kernel(course, "%crm_check --solution 1")
    told = run_in_kernel(course, "%crm_check")
    assert "3 / 3" in told and "0 / 3" in told and "Item 1" in told
    assert "revenue.nlargest(2).sum() / 100" in run_in_kernel(course, "%crm_check --solution 1")
    assert "3 of 6 points" in run_in_kernel(course, "%crm_progress")
    assert run_in_kernel(course, "%crm_check", CRM_CHECKING="1") == ""


def test_in_a_class_the_notebook_says_who_marks_it(tmp_path):
    course = self_paced(tmp_path, answers=False)
    assert "your teacher marks it" in run_in_kernel(course, "%crm_check")


def test_a_terminal_gets_the_same(course):
    course.fill(top_share="top_share = 55", share_of=RIGHT_FUNCTION)

    crm = partial(crm_command.crm, cwd=course.folder)
    assert "once you have tried" in crm("check", "0-1", "--solution", "1").stdout
    checked = crm("check", "0-1")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "✗  Item 1: the top two  0 / 3" in checked.stdout and "✓  Item 2" in checked.stdout
    assert "revenue.nlargest(2).sum() / 100" in crm("check", "0-1", "--solution", "1").stdout
    assert "1 of 3 items done, 3 of 6 points" in crm("check").stdout
    refused = crm("check", "7-7")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert len(refused.stderr.splitlines()) == 1
    assert Path(crm("progress", "--no-open").stdout.strip()).is_file()
