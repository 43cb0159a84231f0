"""Marks on their way out: xlsx, CSV for Excel, CSV for Moodle; and the students' own firms for the instructor."""

from __future__ import annotations

import csv
from functools import partial

import crm_command
import openpyxl
import pandas as pd
import pytest
from graded_class import CLASS_KEY, LATE, LENDER, LONG_NAMES, MISSING, NOT_READABLE, UNGRADED, make_class
from sheet_course import REPOSITORY

from crmlib.classroom.class_marks import read_marks
from crmlib.classroom.course_config import course as open_course
from crmlib.classroom.export_xlsx import export_grades
from crmlib.classroom.spreadsheet import defused, write_csv, write_xlsx
from crmlib.classroom.student_firm import code_of, expected_answers, in_words
from crmlib.company import firm_code, personal
from crmlib.i18n import use_language

pytestmark = pytest.mark.xdist_group("exports")
EVIL = '=HYPERLINK("http://x","成绩")'


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = make_class(tmp_path_factory.mktemp("导出"), "zh")
    with open_course(course.root).gradebook as gradebook:
        evil = gradebook.find_student("2026005")
        evil.last_name, evil.first_name = "", EVIL
        gradebook.find_student("2026006").lms_user_id = "zhang.wei"
        gradebook.db.commit()
    return course


@pytest.fixture(scope="module")
def files(graded, tmp_path_factory):
    return export_grades(graded.root, tmp_path_factory.mktemp("out") / "新建")


def test_csv_for_excel_has_chinese_headings_a_mark_and_every_state(files):
    raw = files[1].read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = {row["学号"]: row for row in csv.DictReader(raw.decode("utf-8-sig").splitlines())}
    assert len(rows) == 30
    assert rows["2026001"]["姓名"] == LONG_NAMES[0] and rows["2026001"]["班级"] == "物流1班"
    late = rows[LATE]
    assert (float(late["迟交扣分"]), float(late["迟交小时数"]), late["状态"]) == (1.5, 5.0, "待老师批改")
    assert late["待打分的题"] == "第 8 题 写给销售经理"
    assert float(late["得分"]) == max(0, float(late["原始分"]) - 1.5)
    assert {rows[student]["状态"] for student in MISSING} == {"未交"}
    assert rows[UNGRADED]["状态"] == "已交，未批改"
    assert rows[NOT_READABLE]["说明"] == "这个文件不是笔记本。"


def test_no_name_becomes_a_formula(files):
    assert f"'{EVIL}" in next(row for row in csv.reader(files[1].read_text("utf-8-sig").splitlines()) if row[1] == "2026005")
    book = openpyxl.load_workbook(files[0])
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value == EVIL]
    assert len(cells) == 3 and {cell.data_type for cell in cells} == {"s"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+2", "@SUM(A1)", " =1", "\t=1"])
def test_what_a_spreadsheet_would_compute_is_defused(text):
    assert str(defused(text)).startswith("'")


def test_numbers_and_plain_names_stay(tmp_path):
    write_csv(tmp_path / "a.csv", [["张伟", -1.5, "3-4", ""]])
    assert (tmp_path / "a.csv").read_text("utf-8-sig") == "张伟,-1.5,3-4,\n"


def test_the_workbook_has_the_class_the_submissions_and_each_item(files, graded):
    book = openpyxl.load_workbook(files[0])
    assert book.sheetnames == ["全班", "明细", graded.sheet, "备注"]
    keys, titles, limits, *lines = book[graded.sheet].values
    assert (titles[4], limits[4]) == ("第 1 题 一年的收入", 2)
    by_number = {line[0]: dict(zip(keys, line, strict=True)) for line in lines}
    assert by_number[LATE]["letter"] == "待打分"
    assert by_number["2026028"]["letter"] is None
    marks = read_marks(graded.root)
    own = marks.marks[marks.marks.student == "2026010"].set_index("item").score
    assert {item: by_number["2026010"][item] for item in own.index} == own.to_dict()
    heading, _limits, *people = book["全班"].values
    total = {line[0]: line[heading.index("总分")] for line in people}
    assert total["2026010"] == pytest.approx(own.sum())


def test_moodle_gets_final_marks_only_and_no_byte_order_mark(files, graded):
    raw = files[2].read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    rows = {row["ID number"]: row for row in csv.DictReader(raw.decode().splitlines())}
    assert list(rows["2026001"]) == ["ID number", "Username", "Email address", graded.sheet]
    assert rows["2026006"]["Username"] == "zhang.wei"
    assert {rows[student][graded.sheet] for student in (*MISSING, UNGRADED, LATE)} == {""}
    assert float(rows["2026010"][graded.sheet]) > 0


def test_a_page_name_that_excel_refuses_is_mended(tmp_path):
    write_xlsx(tmp_path / "a.xlsx", {"a/b:c" + "x" * 40: [["h"]], "a b c" + "x" * 40: [["h"], [float("nan")], ["\x01x"]]})
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert len(book.sheetnames) == 2 and all(len(name) <= 31 for name in book.sheetnames)
    assert [cell.value for cell in book.worksheets[1]["A"]] == ["h", None, "x"]


def test_expected_answers_are_those_of_the_students_own_firm(graded):
    one, other = (code_of(graded.root, student) for student in ("2026001", LENDER))
    assert one == firm_code(CLASS_KEY, "2026001")
    mine = {answer.name: answer for answer in expected_answers(graded.root, "1-1", one)}
    theirs = {answer.name: answer for answer in expected_answers(graded.root, graded.sheet, other)}
    assert not any(answer.failed for answer in mine.values())
    firm = personal(one)
    year = firm.waybills[firm.waybills.picked_up_at >= "2025-11-01"]
    expected = year.groupby("customer_id", observed=True).price_yuan.sum()
    assert mine["revenue"].value.astype(float).to_dict() == pytest.approx(expected.to_dict())
    assert mine["lost_share"].value != theirs["lost_share"].value
    assert mine["revenue"].title == "第 1 题 一年的收入"
    use_language("en")
    assert f"({len(expected)} rows)" in mine["revenue"].shown()


def test_a_solution_that_fails_is_said(graded, tmp_path):
    root = tmp_path / "zh"
    path = root / "source" / "x" / "x.ipynb"
    path.parent.mkdir(parents=True)
    source = (graded.root / "source" / graded.sheet / f"{graded.sheet}.ipynb").read_text("utf-8")
    path.write_text(source.replace('groupby(\\"customer_id\\")', 'groupby(\\"nowhere\\")'), "utf-8")
    answers = {answer.name: answer for answer in expected_answers(root, "x", firm_code("k", "1"))}
    assert "KeyError" in answers["revenue"].shown()


@pytest.mark.parametrize(("value", "text"), [(0.123456, "0.1235"), ({"a": 1}, "a: 1"), (["x"], "x"), (len, "a function: len")])
def test_values_in_words(value, text):
    assert in_words(value) == text


def test_there_is_no_firm_without_a_key(tmp_path):
    with pytest.raises(ValueError, match="class key"):
        code_of(tmp_path, "2026001")


def test_the_commands(graded, tmp_path):
    crm = partial(crm_command.crm, CRM_LANGUAGE="zh")
    project = graded.root.parent.parent
    shown = crm("export", "zh", "--out", tmp_path / "成绩", cwd=project)
    assert shown.returncode == 0, shown.stderr
    assert sorted(path.name for path in (tmp_path / "成绩").iterdir()) == ["grades-moodle.csv", "grades.csv", "grades.xlsx"]
    shown = crm("report", "zh", graded.sheet, "--out", tmp_path / "报告", cwd=project)
    assert shown.returncode == 0, shown.stderr
    assert "30 人里交了 28 人" in shown.stdout
    assert sorted(path.name for path in (tmp_path / "报告").iterdir()) == ["class-report.html", "class-report.xlsx"]
    shown = crm("firm", "of", "2026001", "--sheet", "1-1", "--out", tmp_path, cwd=project)
    assert shown.returncode == 0, shown.stderr
    assert firm_code(CLASS_KEY, "2026001") in shown.stdout and "top_share" in shown.stdout
    sheet = pd.read_excel(tmp_path / "firm-2026001.xlsx", sheet_name="customers", header=None)
    assert sheet[0].astype(str).str.fullmatch(r"C\d+").sum() == 300
    shown = crm("firm", "code", "2026001", "--class-key", "k", cwd=project)
    assert shown.stdout == f"2026001\t{firm_code('k', '2026001')}\n"
    names = tmp_path / "名单.csv"
    names.write_text("学号,姓名\n2026001,张伟\n", "utf-8")
    shown = crm("roster", names, cwd=project)
    assert shown.returncode == 0 and "2026001 张伟" in shown.stdout
    shown = crm("collect", REPOSITORY / "docs", "--timezone", "nowhere", cwd=project)
    assert shown.returncode == 1 and "Asia/Shanghai" in shown.stderr and "Traceback" not in shown.stderr
    shown = crm("collect", project / "exercises" / "zh" / "submitted", cwd=project)
    assert shown.returncode == 0, shown.stderr
    assert "早已收过 28 个" in shown.stdout
