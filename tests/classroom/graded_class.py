"""A class of thirty with marks, put into nbgrader's own gradebook as its grader does, without running anybody's code."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell, new_output
from sheet_course import REPOSITORY, SheetCourse, cell_of, make_course

from crmlib.classroom.course_config import course as open_course
from crmlib.classroom.grading.markers import write_notes
from crmlib.classroom.hints import needed, sentence
from crmlib.classroom.person_names import last_and_first
from crmlib.classroom.roster import ROSTER_FILE
from crmlib.classroom.source import read
from crmlib.classroom.spreadsheet import write_csv
from crmlib.company import firm_code
from crmlib.i18n import use_language

CLASS_KEY = "云雀-2026"
SHEET = REPOSITORY / "exercises" / "src" / "1-1-customer-classes.md"
DUE = datetime(2026, 11, 20, 16, 0)
LATE, NOT_READABLE, BORROWER, LENDER, COPIED, COPYING = "2026003", "2026009", "2026011", "2026012", "2026014", "2026015"
MISSING = ("2026028", "2026029")
UNGRADED = "2026030"
LONG_NAMES = ("阿卜杜拉·买买提江·吐尔逊尼亚孜", "Maximiliana Featherstonehaugh-Cholmondeley")
_WORDS = "大户 小户 名额 回访 时段 折扣 客服 投诉 网点 月结 破损 晚点 增长 流失 新客 老客 电商 散户 专人 半年 季度 报价 签收 理赔 上门 路由".split()


def numbers(count: int) -> list[str]:
    """The student numbers of the class."""
    return [f"2026{place:03d}" for place in range(1, count + 1)]


def make_class(folder: Path, language: str = "zh", *, count: int = 30, source: Path = SHEET) -> SheetCourse:
    """A graded course with one sheet. With at least thirty students, each special case named above is in it."""
    course = make_course(folder / "exercises", language, source)
    (course.root.parent / "class-key.txt").write_text(CLASS_KEY, "utf-8")
    chance = random.Random(7)
    students = numbers(count)
    names = [
        f"{chance.choice('张王李赵陈周吴')}{chance.choice('伟娜芳敏静磊洋艳')}{chance.choice(['', '民', '华', '晓'])}" for _ in students
    ]
    names[: len(LONG_NAMES)] = LONG_NAMES[:count]
    rows = [[number, name, f"物流{1 + place % 2}班", "", ""] for place, (number, name) in enumerate(zip(students, names, strict=True))]
    write_csv(course.root / ROSTER_FILE, [["student", "name", "group", "email", "lms_user_id"], *rows])
    use_language(language)
    sheet = read(source)
    wrong = {}
    for cell in sheet.cells:
        if "wrong" in cell.tags:
            for test in cell.metadata["loses"]:
                wrong.setdefault(test, []).append(cell)
    with open_course(course.root).gradebook as gradebook:
        gradebook.update_or_create_assignment(course.sheet, duedate=DUE)
        for number, name in zip(students, names, strict=True):
            last, first = last_and_first(name)
            gradebook.add_student(number, last_name=last, first_name=first)
        for place, number in enumerate(students):
            if number in MISSING:
                continue
            notebook = _worked(course, sheet, chance, number)
            _submit(course, number, notebook)
            if number == UNGRADED:
                continue
            ability = (place * 7919 % 30 - 15) / 8
            _grade(course, gradebook, sheet, number, notebook, wrong, ability, chance)
        gradebook.db.commit()
    if count >= 30:
        note = {"kind": "file-unreadable", "said": "这个文件不是笔记本。"}
        write_notes(course.root, [{"student": NOT_READABLE, "sheet": course.sheet, "status": "failed", "notes": [note]}])
    return course


def _worked(course: SheetCourse, sheet, chance: random.Random, number: str) -> nbformat.NotebookNode:
    notebook = nbformat.read(course.release, 4)
    for cell in sheet.cells:
        if cell.is_solution:
            rights = [one.text for one in sheet.cells if "right" in one.tags and one.metadata.get("of") == cell.grade_id]
            cell_of(notebook, cell.grade_id).source = chance.choice([cell.text, *rights])
    writer = random.Random(COPIED if number == COPYING else number)
    letter = (
        "，".join("".join(writer.sample(_WORDS, 4)) for _ in range(8))
        + f"。前两成占 {writer.uniform(60, 90):.2f}%，共 {writer.uniform(1e5, 9e5):.2f} 元。"
    )
    cell_of(notebook, "letter").source = letter
    own = firm_code(CLASS_KEY, LENDER if number == BORROWER else number)
    for cell in notebook.cells:
        if cell.source.strip() == 'firm_code = ""':
            cell.source = f'firm_code = "{own}"'
    return notebook


def _submit(course: SheetCourse, number: str, notebook: nbformat.NotebookNode) -> None:
    folder = course.root / "submitted" / number / course.sheet
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{course.sheet}.ipynb")


def _grade(course, gradebook, sheet, number, notebook, wrong, ability, chance) -> None:
    late = timedelta(hours=5) if number == LATE else timedelta(hours=-3)
    gradebook.add_submission(course.sheet, number, timestamp=DUE + late)
    taken = gradebook.find_submission_notebook(course.sheet, course.sheet, number)
    taken.late_submission_penalty = 1.5 if number == LATE else None
    tests = [cell for cell in sheet.cells if cell.is_test]
    marks = {}
    for place, cell in enumerate(tests, start=1):
        passed = number != NOT_READABLE and chance.random() < 1 / (1 + 2.7 ** (-2.2 * (ability - 0.35 * (place - 4))))
        marks[cell.grade_id] = float(cell.points) if passed else 0.0
        graded = cell_of(notebook, cell.grade_id)
        graded.execution_count = place
        if not passed:
            mistakes = wrong.get(cell.grade_id, [])
            key = chance.choice(mistakes).metadata["hint"] if mistakes else "generic-wrong"
            told = sentence("item-prefix", item=place) + sentence(key, **dict.fromkeys(needed(key), "0.55"))
            graded.outputs = [new_output("error", ename="Lost", evalue=told, traceback=[told])]
    for grade in taken.grades:
        if grade.name in marks:
            grade.auto_score, grade.needs_manual_grade = marks[grade.name], False
        elif number in (LATE, NOT_READABLE):
            grade.auto_score, grade.needs_manual_grade = None, True
        else:
            grade.manual_score, grade.needs_manual_grade = float(min(4, max(0, round(2 + ability)))), False
    if number == NOT_READABLE:
        notebook = nbformat.read(course.release, 4)
        notebook.cells.insert(0, new_markdown_cell("**…**", id="file-unreadable"))
    folder = course.root / "autograded" / number / course.sheet
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{course.sheet}.ipynb")
