"""The instructor's loop on nbgrader itself: generate, hand in, autograde, grade by hand, feedback, export."""

from __future__ import annotations

import csv
import html
import json
import re

import nbformat
import openpyxl
import pytest
from nbclient import NotebookClient
from running_server import jupyter_server
from sheet_course import REPOSITORY, answer_well, cell_of, fill, make_course

from crmlib.classroom.course_config import course as nbgrader_api
from crmlib.classroom.hints import sentence
from crmlib.classroom.source import read
from crmlib.company import firm_code
from crmlib.i18n import use_language

pytestmark = pytest.mark.xdist_group("nbgrader-loop")
CLASS_KEY = "云雀-2026"
CHINESE_ID = "张伟-01"


def _wrong(notebook):
    answer_well(notebook)
    fill(notebook, top_share="top_share = revenue.head(2).sum() / revenue.sum()")
    fill(notebook, share_of="def share_of(a, b):\n    return a['C2'] / a.sum()")


def _test_deleted(notebook):
    answer_well(notebook)
    notebook.cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") != "share-of-test"]


def _solution_and_tests_deleted(notebook):
    answer_well(notebook)
    gone = {"top-share-test", "share-of", "share-of-test", "letter"}
    notebook.cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") not in gone]


def _doubled(notebook):
    answer_well(notebook)
    for grade_id in ("letter", "share-of-test", "share-of", "top-share-test"):
        copy = nbformat.from_dict(json.loads(json.dumps(cell_of(notebook, grade_id))))
        if grade_id == "letter":
            copy.source = "在这里写。"
            notebook.cells.append(copy)
        notebook.cells.insert(notebook.cells.index(cell_of(notebook, grade_id)), copy)
    cell_of(notebook, "letter").source = cell_of(nbformat.from_dict({"cells": notebook.cells[::-1]}), "letter").source


def _tampered(notebook):
    test = cell_of(notebook, "top-share-test")
    test.source = "pass"
    test.metadata.nbgrader.update(points=300, grade=False, schema_version=1)
    test.metadata["tags"] = ["skip-execution"]
    cell_of(notebook, "share-of-test").metadata["tags"] = ["raises-exception"]


def _never_ends(notebook):
    answer_well(notebook)
    fill(notebook, top_share="while True:\n    pass")


def _kernel_dies(notebook):
    answer_well(notebook)
    fill(notebook, share_of="import os\nos._exit(0)")


def _prints_tests(notebook):
    answer_well(notebook)
    fill(notebook, share_of="print(In)\nprint(In[-3])\ndef share_of(revenue, count):\n    print(In[-1])\n    raise ValueError(In[-1])")


def _prints_environment(notebook):
    answer_well(notebook)
    fill(notebook, top_share="import os\nprint(os.environ.get('CRM_FIRM_CODE'), os.environ.get('CRM_CLASS_KEY'))\ntop_share = 0.7")


SCORES = {
    "2026001": (3, 3, None),
    "2026002": (0, 0, None),
    "2026003": (3, 3, None),
    "2026004": (3, 3, None),
    "2026005": (3, 0, 0),
    "2026006": (3, 3, None),
    "2026007": (0, 0, 0),
    "2026008": (0, 3, None),
    "2026009": (3, 0, None),
    "2026010": (0, 0, 0),
    "2026011": (0, 0, 0),
    "2026012": (3, 0, None),
    "2026013": (3, 3, None),
    "2026014": (3, 3, None),
    CHINESE_ID: (3, 3, None),
}
"""Points for items 1 and 2, and for the letter, which waits for the instructor (None) unless nothing was written (0)."""


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("english") / "course", "en")


@pytest.fixture(scope="module")
def graded(tmp_path_factory, english):
    """A class of the Chinese edition, autograded and with feedback, all by nbgrader's own commands."""
    course = make_course(tmp_path_factory.mktemp("课程") / "exercises", "zh")
    (course.root.parent / "class-key.txt").write_text(CLASS_KEY + "\n", "utf-8")
    with nbgrader_api(course.root).gradebook as gradebook:
        gradebook.add_student("2026001", first_name="伟", last_name="张")
        gradebook.add_student("2026002", first_name="Ada", last_name="Lovelace")
        gradebook.add_student("2026099", first_name="缺交", last_name="王")
    course.submit("2026001", answer_well)
    course.submit("2026002", _wrong)
    course.submit("2026003", answer_well, of=english.release)
    course.submit("2026004", _test_deleted)
    course.submit("2026005", _solution_and_tests_deleted)
    course.submit("2026006", _doubled)
    course.submit("2026007", raw=b'{"cells": [')
    course.submit("2026008", _never_ends)
    course.submit("2026009", _kernel_dies)
    course.submit("2026010")
    course.submit("2026011", _tampered)
    course.submit("2026012", _prints_tests)
    course.submit("2026013", _prints_environment)
    gbk = nbformat.read(course.release, 4)
    answer_well(gbk)
    course.submit("2026014", raw=nbformat.writes(gbk).encode("gb18030"))
    course.submit(CHINESE_ID, answer_well)
    done = course.nbgrader("autograde", course.sheet)
    assert done.returncode == 0, done.stderr
    course.log.append(done.stderr)
    told = course.nbgrader("generate_feedback", course.sheet)
    assert told.returncode == 0, told.stderr
    return course


def grades(course, student):
    with nbgrader_api(course.root).gradebook as gradebook:
        found = gradebook.find_submission_notebook(course.sheet, course.sheet, student).grades
        scores = {grade.name: None if grade.needs_manual_grade else grade.auto_score for grade in found}
    return tuple(scores[name] for name in ("top-share-test", "share-of-test", "letter"))


@pytest.mark.parametrize("student", SCORES)
def test_every_submission_is_graded_as_far_as_it_goes(graded, student):
    assert grades(graded, student) == SCORES[student]


def hints_in(page):
    return [html.unescape(found) for found in re.findall(r'<p class="crm-hint"[^>]*>(.*?)</p>', page)]


@pytest.mark.parametrize("student", SCORES)
def test_feedback_shows_no_hidden_test_no_rubric_and_no_stack(graded, student):
    body = graded.feedback(student).split("<body", 1)[1]
    assert "secret_" not in body
    assert "HIDDEN TESTS" not in body
    assert "机密评分标准" not in body
    assert "crmlib/classroom" not in body
    assert "Traceback" not in body


def test_a_known_mistake_gets_its_hint(graded):
    use_language("zh")
    first, second = hints_in(graded.feedback("2026002"))
    assert first == "第 1 题：你得到 0.55。" + sentence("pareto-unsorted")
    assert second.startswith("第 2 题：") and "KeyError" in second


def test_right_answers_get_no_hint(graded):
    assert hints_in(graded.feedback("2026001")) == []


def test_the_untouched_release_is_told_of_its_gaps(graded):
    use_language("zh")
    assert hints_in(graded.feedback("2026010")) == [
        "第 1 题：" + sentence("still-blank", name="top_share"),
        "第 2 题：" + sentence("still-blank", name="share_of"),
    ]


def test_a_loop_that_never_ends_loses_its_own_item_alone(graded):
    use_language("zh")
    assert hints_in(graded.feedback("2026008")) == [sentence("feedback-timeout-here"), sentence("feedback-timeout")]


def test_a_kernel_that_dies_keeps_the_points_earned(graded):
    use_language("zh")
    assert hints_in(graded.feedback("2026009")) == [sentence("feedback-died")]


def test_a_file_that_is_no_notebook_is_named_in_log_and_feedback(graded):
    use_language("zh")
    told = sentence("file-unreadable", student="2026007", file=f"{graded.sheet}.ipynb")
    assert told in graded.log[0]
    assert told in html.unescape(graded.feedback("2026007"))


def test_feedback_speaks_the_language_of_the_notebook(graded):
    assert "五家客户" in graded.feedback("2026001")
    assert "five customers" in graded.feedback("2026003")


def test_prose_in_chinese_survives(graded):
    assert "“大户”要有人专门看着" in graded.feedback(CHINESE_ID)


def test_the_student_works_on_the_own_firm_and_never_sees_the_class_key(graded):
    printed = cell_of(graded.autograded("2026013"), "top-share").outputs[0].text
    assert printed == f"{firm_code(CLASS_KEY, '2026013')} None\n"


def test_the_students_own_cells_never_meet_a_test(graded):
    own = [cell for cell in graded.autograded("2026012").cells if not cell.metadata.get("nbgrader", {}).get("locked")]
    assert "secret_" not in json.dumps([cell.get("outputs", []) for cell in own])


PEEKING = """
print(In, _ih, sep="\\n")
def share_of(revenue, count):
    import traceback, sys
    for line in traceback.format_stack():
        print(line)
    print(repr(get_ipython().history_manager.input_hist_raw), file=sys.stderr)
    raise ValueError(In[-1])
"""


def test_in_a_kernel_what_a_test_has_printed_is_withheld(tmp_path):
    course = make_course(tmp_path / "exercises", "zh")
    course.submit("peeks", lambda notebook: (answer_well(notebook), fill(notebook, share_of=PEEKING)))
    notebook = nbformat.read(course.release, 4)
    answer_well(notebook)
    notebook.cells.append(nbformat.v4.new_code_cell("print(_ih)\nprint(In[-3])\n1 / 0"))
    course.submit("peeks-last", raw=nbformat.writes(notebook).encode("utf-8"))
    assert course.nbgrader("autograde", course.sheet, CRM_UNSAFE="1").returncode == 0
    assert course.nbgrader("generate_feedback", course.sheet).returncode == 0
    use_language("zh")
    for student in ("peeks", "peeks-last"):
        page = html.unescape(course.feedback(student))
        assert "secret_" not in page and "Traceback" not in page.split("<body", 1)[1].replace("Traceback (most recent call last)", "")
    assert sentence("feedback-withheld") in course.feedback("peeks-last")


def test_graded_by_hand_then_exported(graded):
    api = nbgrader_api(graded.root)
    with api.gradebook as gradebook:
        grade = gradebook.find_grade("letter", graded.sheet, graded.sheet, "2026001")
        grade.manual_score = 2.5
        grade.needs_manual_grade = False
        gradebook.find_comment("letter", graded.sheet, graded.sheet, "2026001").manual_comment = "时间段没有写清楚。"
        gradebook.db.commit()
    assert graded.nbgrader("generate_feedback", graded.sheet, "--student", "2026001", "--force").returncode == 0
    page = graded.feedback("2026001")
    assert "时间段没有写清楚。" in page and "<b>8.5</b> / 9" in page

    assert graded.nbgrader("export", "--to", "成绩.csv").returncode == 0
    raw = (graded.root / "成绩.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = {row["学号"]: row for row in csv.DictReader(raw.decode("utf-8-sig").splitlines())}
    assert (rows["2026001"]["姓名"], float(rows["2026001"]["得分"])) == ("张伟", 8.5)
    assert rows["2026002"]["姓名"] == "Ada Lovelace"
    assert rows["2026099"]["状态"] == "未交"
    assert CHINESE_ID in rows

    assert graded.nbgrader("export").returncode == 0
    book = openpyxl.load_workbook(graded.root / "grades.xlsx")
    assert book.sheetnames == ["全班", "明细", graded.sheet]
    heading, *lines = book[graded.sheet].values
    scores = {line[0]: dict(zip(heading, line, strict=True)) for line in lines}
    assert (scores["2026001"]["letter"], scores["2026002"]["top-share-test"]) == (2.5, 0)


def test_the_formgrader_autogrades_shows_the_hint_and_takes_a_manual_grade(graded):
    with jupyter_server(graded.root, "nbgrader.server_extensions.formgrader") as ask:
        log = json.loads(ask("POST", f"formgrader/api/submission/{graded.sheet}/2026002/autograde"))
        assert log["success"], log
        submission = json.loads(ask("GET", f"formgrader/api/submission/{graded.sheet}/2026002"))
        assert (submission["score"], submission["needs_manual_grade"]) == (0, True)
        with nbgrader_api(graded.root).gradebook as gradebook:
            notebook = gradebook.find_submission_notebook(graded.sheet, graded.sheet, "2026002").id
        page = html.unescape(ask("GET", f"formgrader/submissions/{notebook}/"))
        use_language("zh")
        assert sentence("pareto-unsorted") in page
        assert "机密评分标准" in page
        grades_now = json.loads(ask("GET", f"formgrader/api/grades?submission_id={notebook}"))
        letter = next(grade for grade in grades_now if grade["needs_manual_grade"])
        ask("PUT", f"formgrader/api/grade/{letter['id']}", {**letter, "manual_score": 1.5})
        assert json.loads(ask("GET", f"formgrader/api/submission/{graded.sheet}/2026002"))["score"] == 1.5


def test_the_english_edition_gives_english_hints(english):
    english.submit("a", _wrong)
    assert english.nbgrader("autograde", english.sheet).returncode == 0
    assert english.nbgrader("generate_feedback", english.sheet).returncode == 0
    use_language("en")
    assert hints_in(english.feedback("a"))[0] == "Item 1: You have 0.55. " + sentence("pareto-unsorted")
    assert grades(english, "a") == (0, 0, None)


def test_a_gap_is_one_sentence_in_the_notebook_and_still_an_error(graded):
    notebook = nbformat.read(graded.release, 4)
    NotebookClient(notebook, allow_errors=True, timeout=60).execute()
    use_language("zh")
    [output] = cell_of(notebook, "top-share").outputs
    assert (output.output_type, output.ename) == ("error", "NameError")
    assert len(output.traceback) == 2 and "____" in output.traceback[0] and "还有空" in output.traceback[1]
    [output] = cell_of(notebook, "top-share-test").outputs
    assert (output.ename, output.traceback) == ("Lost", ["第 1 题：" + sentence("still-blank", name="top_share")])


def test_another_error_is_a_sentence_and_still_that_error(graded):
    notebook = nbformat.read(graded.release, 4)
    fill(notebook, top_share="top_share = revenu.sum()")
    NotebookClient(notebook, allow_errors=True, timeout=60).execute()
    [output] = cell_of(notebook, "top-share").outputs
    assert (output.ename, output.evalue) == ("NameError", "name 'revenu' is not defined")
    assert len(output.traceback) == 2 and "revenue" in output.traceback[1]


def test_refuses_a_shell_that_loses_chinese_names(english):
    refused = english.nbgrader("autograde", english.sheet, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert refused.returncode != 0
    assert refused.stderr.strip().splitlines()[-1].endswith("Set PYTHONUTF8=1 and start again.")
    assert "Traceback" not in refused.stderr


def test_refuses_a_time_limit_that_is_no_number(english):
    refused = english.nbgrader("autograde", english.sheet, CRM_CELL_SECONDS="soon", CRM_LANGUAGE="en")
    assert refused.returncode != 0
    assert refused.stderr.strip().splitlines()[-1].startswith('CRM_CELL_SECONDS is "soon"')


def test_a_folder_that_is_no_course_is_refused(tmp_path):
    with pytest.raises(ValueError, match="nbgrader_config.py"):
        nbgrader_api(tmp_path)


@pytest.mark.parametrize(("path", "language"), [("1-1-customer-classes", "zh")])
def test_a_real_sheet_is_graded_on_each_students_own_firm(tmp_path, path, language):
    path = REPOSITORY / "exercises" / "src" / f"{path}.md"
    course = make_course(tmp_path / "exercises", language, path)
    (course.root.parent / "class-key.txt").write_text(CLASS_KEY, "utf-8")
    source = read(path)
    solutions = {cell.grade_id: cell.text for cell in source.cells if cell.is_solution}
    mistakes = {}
    for cell in source.cells:
        if "wrong" in cell.tags:
            mistakes.setdefault(cell.metadata["of"], cell)
    course.submit("right", lambda notebook: fill(notebook, **solutions))
    course.submit("wrong", lambda notebook: fill(notebook, **{**solutions, **{of: cell.text for of, cell in mistakes.items()}}))
    assert course.nbgrader("autograde", course.sheet).returncode == 0
    tests = {cell.grade_id: cell.points for cell in source.cells if cell.is_test}
    losses = {test: points for cell in mistakes.values() for test, points in cell.metadata["loses"].items()}
    for student, lost in {"right": {}, "wrong": losses}.items():
        with nbgrader_api(course.root).gradebook as gradebook:
            found = gradebook.find_submission_notebook(course.sheet, course.sheet, student).grades
            scores = {grade.name: grade.auto_score for grade in found if grade.name in tests}
        assert scores == {test: points - lost.get(test, 0) for test, points in tests.items()}
