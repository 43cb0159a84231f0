"""Broken submissions are graded as far as they go, each gets a sentence, and none stops the class."""

from __future__ import annotations

import copy
import json
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest
from sheet_course import answer_well, cell_of, fill, make_course

from crmlib.classroom.course_config import course as nbgrader_api
from crmlib.classroom.grading.course_run import grade
from crmlib.classroom.grading.pages import write_pages
from crmlib.i18n import use_language

pytestmark = pytest.mark.xdist_group("grade-broken")
HUGE = 200 << 20
OTHER_SHEET = "0-2-other"


def well(notebook):
    answer_well(notebook)
    return notebook


def deleted(notebook):
    gone = {"top-share-test", "share-of", "letter"}
    notebook.cells = [cell for cell in well(notebook).cells if cell.metadata.get("nbgrader", {}).get("grade_id") not in gone]


def doubled(notebook):
    well(notebook)
    for grade_id in ("share-of-test", "top-share-test"):
        notebook.cells.append(copy.deepcopy(cell_of(notebook, grade_id)))
    blank = copy.deepcopy(cell_of(notebook, "top-share"))
    blank.source = "ranked = revenue.sort_values(ascending=____)\ntop_share = ranked.head(2).sum() / ____\n"
    notebook.cells.append(blank)


def metadata_changed(notebook):
    well(notebook)
    cell_of(notebook, "top-share-test").metadata.nbgrader.update(points=300, grade=False)
    cell_of(notebook, "letter").metadata.pop("nbgrader")
    cell_of(notebook, "share-of-test").metadata["nbgrader"] = []


def test_changed(notebook):
    well(notebook)
    fill(notebook, top_share="top_share = 0")
    cell_of(notebook, "top-share-test").source = "pass"


test_changed.__test__ = False


def kinds_changed(notebook):
    well(notebook)
    for grade_id in ("top-share", "share-of-test"):
        cell = cell_of(notebook, grade_id)
        cell.cell_type = "markdown"
        del cell["outputs"], cell["execution_count"]


def no_title(notebook):
    notebook.cells = [cell for cell in well(notebook).cells if not cell.source.startswith("# ")]


def as_version_3(raw: bytes) -> bytes:
    return nbformat.writes(nbformat.reads(raw.decode("utf-8"), 4), version=3).encode("utf-8")


def with_huge_output(raw: bytes) -> bytes:
    notebook = json.loads(raw)
    notebook["cells"][2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "九" * (HUGE // 3)}]
    return json.dumps(notebook, ensure_ascii=False).encode("utf-8")


def with_broken_cells(raw: bytes) -> bytes:
    notebook = json.loads(raw)
    notebook["cells"].insert(0, "not a cell")
    notebook["cells"].insert(3, {"cell_type": "code", "source": 7, "metadata": None, "outputs": 1, "id": "bad id!"})
    notebook["cells"].append({"cell_type": "heading", "source": "lone \ud800 surrogate", "metadata": {}})
    notebook["metadata"] = None
    return json.dumps(notebook).encode("utf-8")


def crlf_inside(raw: bytes) -> bytes:
    notebook = json.loads(raw)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")
    return json.dumps(notebook).encode("utf-8")


FULL, NONE = (3, 3, None), (0, 0, 0)
CHANGED = {
    "deleted": (deleted, (3, 0, 0), "top-share-test"),
    "doubled": (doubled, FULL, "不止出现一次"),
    "metadata": (metadata_changed, FULL, "top-share-test"),
    "test-changed": (test_changed, (0, 3, None), "top-share-test"),
    "kinds": (kinds_changed, FULL, ""),
    "no-title": (no_title, FULL, ""),
}
BYTES = {
    "version-3": (as_version_3, FULL, "3"),
    "crlf": (lambda raw: raw.replace(b"\n", b"\r\n"), FULL, ""),
    "crlf-inside": (crlf_inside, FULL, ""),
    "bom": (lambda raw: b"\xef\xbb\xbf" + raw, FULL, "字节序标记"),
    "gbk": (lambda raw: json.dumps(json.loads(raw), ensure_ascii=False).encode("gb18030"), FULL, "GBK"),
    "utf-16": (lambda raw: raw.decode("utf-8").encode("utf-16"), FULL, "UTF-16"),
    "huge-output": (with_huge_output, FULL, ""),
    "broken-cells": (with_broken_cells, FULL, "3"),
    "not-json": (lambda raw: raw[: len(raw) // 2], NONE, "打不开"),
    "empty-file": (lambda raw: b"", NONE, "打不开"),
    "a-list": (lambda raw: b"[1, 2]", NONE, "打不开"),
    "too-deep": (lambda raw: b"[" * 200_000, NONE, "打不开"),
    "a-picture": (lambda raw: b"\x89PNG\r\n\x1a\n" + bytes(range(256)), NONE, "打不开"),
}
FAILED = {"not-json", "empty-file", "a-list", "too-deep", "a-picture", "other-sheet", "missing", "empty-folder"}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """One class of broken submissions, with feedback; and the report."""
    english = make_course(tmp_path_factory.mktemp("english") / "course", "en")
    course = make_course(tmp_path_factory.mktemp("broken") / "exercises", "zh")
    other = course.root / "source" / OTHER_SHEET / f"{OTHER_SHEET}.ipynb"
    other.parent.mkdir()
    sheet = json.loads((course.root / "source" / course.sheet / f"{course.sheet}.ipynb").read_text("utf-8"))
    for cell in sheet["cells"]:
        cell["id"] = f"other-{cell['id']}"[:64]
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["grade_id"] = f"other-{cell['metadata']['nbgrader']['grade_id']}"
    other.write_text(json.dumps(sheet), "utf-8")
    assert course.nbgrader("generate_assignment", OTHER_SHEET).returncode == 0
    with nbgrader_api(course.root).gradebook as gradebook:
        gradebook.add_student("listed", first_name="伟", last_name="张")

    course.submit("listed", answer_well)
    for student, (change, _scores, _told) in CHANGED.items():
        course.submit(student, change)
    good = nbformat.writes(well(nbformat.read(course.release, 4))).encode("utf-8")
    for student, (spoil, _scores, _told) in BYTES.items():
        course.submit(student, raw=spoil(good))
    course.submit("english", answer_well, of=english.release)
    course.submit("other-name", answer_well).rename(course.root / "submitted" / "other-name" / course.sheet / "练习 (1).ipynb")
    course.submit("two-notebooks", answer_well).rename(course.root / "submitted" / "two-notebooks" / course.sheet / "交.ipynb")
    (course.root / "submitted" / "two-notebooks" / course.sheet / "草稿.ipynb").write_bytes(course.release.read_bytes())
    course.submit("also-draft", answer_well).with_name("草稿.ipynb").write_bytes(course.release.read_bytes())
    course.submit("other-sheet", raw=(course.root / "release" / OTHER_SHEET / f"{OTHER_SHEET}.ipynb").read_bytes())
    course.submit("missing", answer_well).rename(course.root / "submitted" / "missing" / course.sheet / "answers.docx")
    (course.root / "submitted" / "empty-folder" / course.sheet).mkdir(parents=True)
    course.submit("misplaced", answer_well).rename(course.root / "submitted" / "misplaced" / f"{course.sheet}.ipynb")
    (course.root / "submitted" / "misspelt" / "0-1-tinny").mkdir(parents=True)
    with ThreadPoolExecutor(2) as executor:
        report = grade(course.root, executor=executor, progress=False)
    write_pages(course.root, progress=False)
    use_language("zh")
    return course, report


def of(graded, student):
    course, report = graded
    [row] = [row for row in report.rows.itertuples() if row.student == student and row.sheet == course.sheet]
    return row


def scores(graded, student):
    course, _report = graded
    with nbgrader_api(course.root).gradebook as gradebook:
        found = gradebook.find_submission_notebook(course.sheet, course.sheet, student).grades
        by_name = {grade.name: None if grade.needs_manual_grade else grade.auto_score for grade in found}
    return tuple(by_name[name] for name in ("top-share-test", "share-of-test", "letter"))


@pytest.mark.parametrize("student", [*CHANGED, *BYTES])
def test_it_is_graded_as_far_as_it_goes_and_told(graded, student):
    _spoil, expected, told = {**CHANGED, **BYTES}[student]
    assert scores(graded, student) == expected
    row = of(graded, student)
    assert told in row.notes
    assert row.status == ("failed" if student in FAILED else "graded")


@pytest.mark.parametrize(("student", "told"), [("english", "英文版"), ("other-name", "练习 (1).ipynb"), ("two-notebooks", "草稿.ipynb"),
                                               ("also-draft", "草稿.ipynb")])  # fmt: skip
def test_another_edition_or_name_is_graded_in_full(graded, student, told):
    assert scores(graded, student) == FULL
    assert told in of(graded, student).notes


def test_the_notebook_of_another_sheet_is_recognised(graded):
    assert scores(graded, "other-sheet") == NONE
    assert OTHER_SHEET in of(graded, "other-sheet").notes and of(graded, "other-sheet").status == "failed"


@pytest.mark.parametrize("student", ["missing", "empty-folder"])
def test_a_folder_without_a_notebook_is_told_and_stays_ungraded(graded, student):
    course, _report = graded
    assert of(graded, student).status == "failed" and f"{course.sheet}.ipynb" in of(graded, student).notes
    with nbgrader_api(course.root).gradebook as gradebook:
        assert student not in [one.student_id for one in gradebook.assignment_submissions(course.sheet)]


def test_what_lies_elsewhere_is_told(graded):
    course, report = graded
    told = {(row.student, row.sheet): row.notes for row in report.rows.itertuples()}
    assert f"{course.sheet}.ipynb" in told["misplaced", ""]
    assert course.sheet in told["misspelt", "0-1-tinny"]


def test_who_is_not_on_the_class_list_is_told(graded):
    assert of(graded, "listed").notes == ""
    assert "名单" in of(graded, "english").notes


def test_every_graded_submission_has_a_page_and_the_unreadable_one_says_so(graded):
    course, report = graded
    in_gradebook = report.rows[report.rows.score.notna()]
    for row in in_gradebook.itertuples():
        assert course.feedback(row.student)
    assert "打不开" in course.feedback("not-json") and "打不开" not in course.feedback("gbk")


def test_the_summary_has_a_line_for_each_oddity(graded):
    _course, report = graded
    lines = report.summary().splitlines()
    odd = report.rows[report.rows.notes != ""]
    assert all(any(line.startswith(row.student) for line in lines) for row in odd.itertuples())
