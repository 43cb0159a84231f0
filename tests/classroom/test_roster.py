"""Class lists as schools write them, into nbgrader's gradebook."""

from __future__ import annotations

import shutil

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Student
from sheet_course import REPOSITORY

from crmlib.classroom.class_marks import full_name
from crmlib.classroom.course_config import course
from crmlib.classroom.person_names import last_and_first, same_name_key, tidy_name
from crmlib.classroom.roster import ROSTER_FILE, import_roster, read_roster, read_roster_file
from crmlib.classroom.roster_list import read_list
from crmlib.i18n import use_language

WANTED = [("2026001", "张伟", "物流1班"), ("0012", "欧阳晓梅", "物流1班"), ("S2026003", "Ada Lovelace", "物流2班")]


@pytest.fixture
def root(tmp_path):
    """An empty course."""
    exercises = tmp_path / "课程" / "exercises"
    (exercises / "zh").mkdir(parents=True)
    shutil.copy(REPOSITORY / "exercises" / "nbgrader_config.py", exercises)
    shutil.copy(REPOSITORY / "exercises" / "zh" / "nbgrader_config.py", exercises / "zh")
    return exercises / "zh"


def students(root):
    with course(root).gradebook as gradebook:
        return {one.id: (one.last_name, one.first_name, one.email) for one in gradebook.students}


def as_rows(path):
    return [(one.student, one.name, one.group) for one in read_roster(path)]


def test_a_workbook_with_titles_numbers_as_numbers_and_padded_names(tmp_path):
    book = openpyxl.Workbook()
    page = book.active
    page.merge_cells("A1:D1")
    for row in (["云雀职业学院 2026 级学生名单"], [], ["序号", "学 号", "姓名 ", "行政班级"], [1, 2026001.0, "张　伟", "物流1班"],
                [2, 12, "欧阳 晓梅", "物流1班"], [3, "Ｓ２０２６００３", "Ada  Lovelace", "物流2班"], [], ["合计", "3 人"]):  # fmt: skip
        page.append(row)
    next(cell for [cell] in page["B1:B20"] if cell.value == 12).number_format = "0000"
    book.save(tmp_path / "名单.xlsx")
    assert as_rows(tmp_path / "名单.xlsx") == WANTED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_any_encoding_of_the_trade(tmp_path, encoding):
    text = "名单,,\r\n班级,姓名,学号\r\n物流1班,张伟,2026001.0\r\n物流1班,欧阳晓梅,０012\r\n物流2班,Ada Lovelace,'S2026003\r\n,,\r\n"
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    assert as_rows(tmp_path / "a.csv") == WANTED


def test_the_sheet_with_the_list_is_found_among_others(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["说明", "请勿修改"])
    page = book.create_sheet("二班")
    for row in (["学号", "姓名"], ["1001", "李娜"]):
        page.append(row)
    book.save(tmp_path / "a.xlsx")
    assert as_rows(tmp_path / "a.xlsx") == [("1001", "李娜", "")]


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_done(tmp_path, root):
    import_roster(root, _csv(tmp_path, "学号,姓名\n1001,李娜\n"))
    before = (root / ROSTER_FILE).read_bytes(), students(root)
    use_language("en")
    broken = _csv(tmp_path, "学号,姓名\n1002,王芳\n,缺号\n2.02601E+11,张伟\n1002,赵磊\n../x,坏人\nnul,李四\nAB1,甲\nab1,乙\n")
    with pytest.raises(ValueError) as caught:
        import_roster(root, broken)
    told = str(caught.value).splitlines()
    assert len(told) == 7 and "6" in told[0]
    for line, row in zip(told[1:], ("3", "4", "2 and 5", "6", "7", "8 and 9"), strict=True):
        assert f"ow {row}" in line or f"ows {row}" in line
    assert ((root / ROSTER_FILE).read_bytes(), students(root)) == before


@pytest.mark.parametrize(
    ("text", "word"),
    [("姓名,班级\n张伟,1班\n", "学号"), ("学号,姓名\n", "no students"), ("a,b\n1,2\n", "学号"), ("", "empty")],
)
def test_what_is_no_class_list_is_refused_in_a_sentence(tmp_path, text, word):
    with pytest.raises(ValueError, match=word):
        read_roster(_csv(tmp_path, text))


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(ValueError, match="folder"):
        read_roster(tmp_path)
    with pytest.raises(ValueError, match="no file"):
        read_roster(tmp_path / "none.xlsx")


def test_repeats_and_nameless_rows_are_told(tmp_path):
    found = read_list(_csv(tmp_path, "学号,姓名\n1001,李娜\n1001,李 娜\n1002,\n备注：以教务处为准,\n"))
    assert [one.student for one in found.entries] == ["1001", "1002"]
    assert len(found.remarks) == 3 and "Rows 2 and 3" in found.remarks[0]


def test_a_second_list_updates_and_never_removes(tmp_path, root):
    first = import_roster(root, _csv(tmp_path, "学号,姓名,班级,邮箱\n1001,李娜,1班,a@x.cn\n1002,王芳,1班,\n"))
    assert (len(first.added), first.kept) == (2, ())
    assert students(root) == {"1001": ("李", "娜", "a@x.cn"), "1002": ("王", "芳", None)}
    second = import_roster(root, _csv(tmp_path, "学号,姓名,班级\n1001,李娜,2班\n1003,欧阳修,2班\n"))
    assert [one.student for one in second.added] == ["1003"]
    assert [one.student for one in second.changed] == ["1001"]
    assert second.kept == ("1002",) and "1002" in second.summary()
    assert set(students(root)) == {"1001", "1002", "1003"} and students(root)["1001"][2] == "a@x.cn"
    assert {one.student: one.group for one in read_roster_file(root)} == {"1001": "2班", "1002": "1班", "1003": "2班"}
    third = import_roster(root, tmp_path / "a.csv")
    assert (len(third.added), len(third.changed), len(third.unchanged)) == (0, 0, 2)


def test_a_name_that_is_a_formula_stays_a_name(tmp_path, root):
    import_roster(root, _csv(tmp_path, "学号,姓名,班级\n1001,=cmd|' /C calc'!A0,@1班\n"))
    assert "'=cmd" in (root / ROSTER_FILE).read_text("utf-8-sig")
    [entry] = read_roster_file(root)
    assert (entry.name, entry.group) == ("=cmd|' /C calc'!A0", "@1班")


@given(st.text(alphabet="张伟欧阳娜司马·abAB é-", max_size=12).map(tidy_name))
def test_a_name_comes_back_as_it_was_written(name):
    last, first = last_and_first(name)
    assert full_name(Student(id="1", last_name=last, first_name=first)) == name


def test_names_are_known_in_either_order():
    assert same_name_key("Ada Lovelace") == same_name_key("Lovelace  ADA")
    assert same_name_key("张 伟") == same_name_key("张伟") != same_name_key("张伟民")


def _csv(folder, text):
    path = folder / "a.csv"
    path.write_text(text, "utf-8")
    return path
