"""The build: what it makes, that it always makes the same, and everything that it refuses."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import nbformat
import pytest
from nbgrader.utils import compute_checksum
from small_course import LESSON, SECRETS, SHEET, STEM, write

from crmlib import i18n
from crmlib.classroom.build import build, refusals
from crmlib.classroom.catalogue import repository
from crmlib.classroom.course_map import map_cells, opening, projects, tasks
from crmlib.classroom.files import write_bytes
from crmlib.classroom.source import read

LESSONS = [f"notebooks/{language}/{STEM}.ipynb" for language in ("zh", "en")]
SHEETS = [f"exercises/{language}/release/{STEM}/{STEM}.ipynb" for language in ("zh", "en")]
MAPS = [f"notebooks/{language}/index.ipynb" for language in ("zh", "en")]


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    root = write(tmp_path_factory.mktemp("course"))
    (root / "exercises/zh").mkdir()
    (root / "exercises/zh/gradebook.db").write_bytes(b"the instructor's")
    report = build(root)
    assert report.problems == ()
    assert sorted(report.written) == sorted(LESSONS + SHEETS + MAPS)
    return root


def notebook(root: Path, path: str) -> nbformat.NotebookNode:
    node = nbformat.read(root / path, as_version=4)
    nbformat.validate(node)
    return node


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


# What comes out


@pytest.mark.parametrize(("language", "shown", "hidden"), [("zh", "你猜是多少？", "your guess"), ("en", "What is your guess?", "你猜")])
def test_an_edition_has_its_own_prose_and_the_shared_code(course, language, shown, hidden):
    lesson = notebook(course, f"notebooks/{language}/{STEM}.ipynb")
    text = "\n".join(cell.source for cell in lesson.cells)
    assert shown in text
    assert hidden not in text
    assert f'crm.setup("{language}")' in text
    assert "guess_percent = 50" in text


def test_editions_differ_in_prose_and_the_setup_cell_alone(course):
    for paths in (LESSONS, SHEETS):
        chinese, english = (notebook(course, path).cells for path in paths)
        assert [(cell.id, cell.cell_type) for cell in chinese] == [(cell.id, cell.cell_type) for cell in english]
        for one, other in zip(chinese, english, strict=True):
            if one.cell_type == "code" and one.id != "setup":
                assert (one.source, one.metadata) == (other.source, other.metadata)


def test_lessons_are_bare(course):
    for path in LESSONS + MAPS:
        lesson = notebook(course, path)
        assert set(lesson.metadata) == {"crm", "kernelspec", "language_info"}
        assert lesson.metadata.kernelspec == {"display_name": "Python 3", "language": "python", "name": "python3"}
        for cell in lesson.cells:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None
            assert "lang" not in cell.metadata


def test_cell_ids_are_readable_and_unique(course):
    ids = [cell.id for cell in notebook(course, LESSONS[0]).cells]
    assert ids == ["classing-customers", "setup", "guess-first", "guess-percent-50"]
    sheet = [cell.id for cell in notebook(course, SHEETS[0]).cells]
    assert {"total", "total-test", "letter", "letter-rubric"} < set(sheet)
    assert all(re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", name) for name in ids + sheet)


def test_cells_with_the_same_words_get_different_ids(tmp_path):
    twice = LESSON + LESSON[LESSON.index('+++ {"lang": "zh"}\n\n## 先猜') :]
    root = write(tmp_path, lesson=twice, sheet=None)
    assert build(root).problems == ()
    ids = [cell.id for cell in notebook(root, LESSONS[0]).cells]
    assert ids[2:] == ["guess-first", "guess-percent-50", "guess-first-2", "guess-percent-50-2"]


def test_release_keeps_the_secrets(course):
    for path in SHEETS:
        text = json.dumps(json.loads((course / path).read_text("utf-8")), ensure_ascii=False)
        assert not [secret for secret in SECRETS if secret in text]
        assert "scaffold" not in text
        assert "HIDDEN" not in text
        assert "MARK SCHEME" not in text


def test_release_shows_the_scaffold_and_says_who_grades(course):
    cells = {cell.id: cell for cell in notebook(course, SHEETS[1]).cells}
    assert cells["total"].source == "prices = [8, 9, 10]\ntotal = ____(prices)"
    assert cells["total-test"].source == 'given = mark.number("total")'
    assert cells["total-test"].metadata.answers == ["total"]
    assert cells["letter"].source == "(Write your answer here; delete this sentence first.)"
    assert cells["letter-rubric"].source.strip() == "Your instructor grades this item by hand; it is worth 5 points."
    assert "老师" in {cell.id: cell for cell in notebook(course, SHEETS[0]).cells}["letter-rubric"].source


def test_release_is_what_nbgrader_expects(course):
    for cell in notebook(course, SHEETS[0]).cells:
        if "nbgrader" in cell.metadata:
            assert cell.metadata.nbgrader.checksum == compute_checksum(cell)
            assert cell.metadata.deletable is False


def test_the_instructors_copy_has_solution_tests_and_rubric_but_no_answers_to_try(course):
    source = notebook(course, f"exercises/en/source/{STEM}/{STEM}.ipynb")
    text = "\n".join(cell.source for cell in source.cells)
    assert all(secret in text for secret in ("sum(prices)", "20 + 7", "twenty-seven", "Five points for"))
    assert not any(secret in text for secret in ("8 + 9 + 10", "27.0", "8 * 9 * 10", "max(["))


def test_a_solution_replaces_its_own_part_only(tmp_path):
    partly = SHEET.replace("### BEGIN SOLUTION\nprices = [8, 9, 10]\n", "prices = [8, 9, 10]\n### BEGIN SOLUTION\n")
    partly = partly.replace("  prices = [8, 9, 10]\n  total = ____(prices)", "  total = ____(prices)")
    root = write(tmp_path, lesson=None, sheet=partly)
    assert build(root).problems == ()
    cells = {cell.id: cell for cell in notebook(root, SHEETS[0]).cells}
    assert cells["total"].source == "prices = [8, 9, 10]\ntotal = ____(prices)"


def test_the_instructors_gradebook_is_left_alone(course):
    assert (course / "exercises/zh/gradebook.db").read_bytes() == b"the instructor's"
    assert not (course / "exercises/en/gradebook.db").exists()


def test_nbgrader_itself_makes_the_same_release(course, tmp_path):
    place = tmp_path / "exercises"
    shutil.copytree(course / "exercises", place, ignore=shutil.ignore_patterns("release", "gradebook.db"))
    shutil.copy(repository() / "exercises/nbgrader_config.py", place)
    shutil.copy(repository() / "exercises/zh/nbgrader_config.py", place / "zh")
    scripts = sysconfig.get_path("scripts")
    command = [str(Path(scripts) / "nbgrader"), "generate_assignment", STEM]
    environment = {**os.environ, "PATH": os.pathsep.join([scripts, os.environ["PATH"]]), "PYTHONUTF8": "1"}
    done = subprocess.run(command, cwd=place / "zh", env=environment, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    made = place / "zh/release" / STEM / f"{STEM}.ipynb"
    assert made.read_bytes().rstrip() == (course / SHEETS[0]).read_bytes().rstrip()


# Always the same, and checked


def test_two_builds_are_byte_identical(course, tmp_path):
    build(write(tmp_path))
    again, before = files(tmp_path), files(course)
    before.pop("exercises/zh/gradebook.db")
    assert again == before


def test_a_second_build_writes_nothing(course):
    assert build(course).written == ()


def test_check_names_missing_and_stale_files_and_changes_nothing(tmp_path):
    root = write(tmp_path)
    build(root)
    (root / LESSONS[0]).unlink()
    (root / SHEETS[1]).write_text("{}", encoding="utf-8")
    before = files(root)
    report = build(root, check=True)
    assert not report.ok
    assert sorted(report.stale) == sorted([LESSONS[0], SHEETS[1]])
    assert report.written == ()
    assert all(path in report.summary() for path in report.stale)
    assert files(root) == before
    assert build(root).ok
    assert build(root, check=True).ok


def test_check_names_files_that_no_source_makes_and_nobody_deletes_them(tmp_path):
    root = write(tmp_path, lesson=LESSON, sheet=None)
    build(root)
    kept = root / "notebooks/en/1-1-customer-classes-Copy1.ipynb"
    old = root / "exercises/zh/release/9-9-gone/9-9-gone.ipynb"
    for path in (kept, old):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", encoding="utf-8")
    for check in (True, False):
        named = {problem.file for problem in build(root, check=check).problems}
        assert named == {path.relative_to(root).as_posix() for path in (kept, old)}
    assert kept.exists()
    assert old.exists()


def test_only_builds_what_is_asked_for(tmp_path):
    root = write(tmp_path)
    assert set(build(root, only=[]).written) == set(MAPS)


def test_a_bad_source_makes_nothing_and_the_others_are_built(tmp_path):
    root = write(tmp_path, lesson=LESSON.replace("guess_percent = 50", "guess_percent = 50  # your guess"))
    report = build(root)
    assert set(report.written) == set(SHEETS + MAPS)
    assert [problem.file for problem in report.problems] == [f"notebooks/src/{STEM}.md"]


def test_a_file_that_is_no_notebook_is_refused_in_a_sentence(tmp_path):
    root = write(tmp_path, lesson="---\ncrm: [\n---\n", sheet=None)
    (problem,) = build(root, check=True).problems
    assert problem.file == f"notebooks/src/{STEM}.md"
    assert "cannot be read" in problem.sentence


def test_files_are_written_whole_or_not_at_all(tmp_path):
    target = tmp_path / "a.txt"
    write_bytes(target, b"old")
    with pytest.raises(TypeError):
        write_bytes(target, "not bytes")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


# Refusals that lessons and sheets share: (what is changed, into what, the sentence, the cell that is named)

HEAD = '+++ {"lang": "en"}\n\n## Guess first\n\nWhat is your guess?\n'
ZH_HEAD = '+++ {"lang": "zh"}\n\n## 先猜一猜\n\n你猜是多少？\n'
LESSON_REFUSALS = {
    "no English twin": (HEAD, "", "This Chinese cell has no English twin", 4),
    "no Chinese twin": (ZH_HEAD, "", "This English cell has no Chinese twin", 4),
    "wrong order": (f"{ZH_HEAD}\n{HEAD}", f"{HEAD}\n{ZH_HEAD}", "stands before its Chinese twin", 4),
    "swapped": ('"zh"}\n\n## 先猜一猜\n\n你猜是多少？\n\n+++ {"lang": "en"}\n\n## Guess first\n\nWhat is your guess?',
                '"zh"}\n\n## Guess first\n\n+++ {"lang": "en"}\n\n## 先猜一猜', "are swapped", 4),
    "no language": (HEAD, HEAD.replace('{"lang": "en"}', ""), "does not say its language", 5),
    "no set-up": (":tags: [setup]\n", "", "exactly one code cell tagged setup", None),
    "two set-ups": ("guess_percent = 50", ':tags: [setup]\n\ncrm.setup("zh")', "exactly one code cell tagged setup", 6),
    "set-up without language": ('crm.setup("zh")', "crm.setup(language)", 'must call crm.setup("zh")', 3),
    "comment": ("guess_percent = 50", "guess_percent = 50  # guess", "The comment “# guess”", 6),
    "Chinese in code": ("guess_percent = 50", 'guess_percent = "五十"', "Chinese characters in the code", 6),
    "prose in code": ("guess_percent = 50", 'print("Here you are")', "“Here you are” in the code is prose", 6),
    "prose in an f-string": ("guess_percent = 50", 'print(f"So {1} is your guess")', "is prose", 6),
    "no Python": ("guess_percent = 50", "guess_percent = = 50", "Line 1 is not Python", 6),
    "English term missing": ("First the **key customers**.", "First the **best customers**.", "no “key customer”", 1),
    "Chinese term missing": ("先看**关键客户**。", "先看**重点客户**。", "no “关键客户”", 1),
    "word to avoid": ("What is your guess?", "What is a critical\ncustomer?", "“critical customer” is not the course's word", 5),
    "unknown file": ('task: "1-1"', 'task: "1-2"', 'crm: {task: "1-1"}', None),
    "wrong kind": ("kind: lesson", "kind: sheet", "crm: {kind: lesson}", None),
}  # fmt: skip


@pytest.mark.parametrize("case", LESSON_REFUSALS)
def test_a_lesson_is_refused(case, tmp_path):
    old, new, sentence, number = LESSON_REFUSALS[case]
    assert LESSON.count(old) == 1
    root = write(tmp_path, lesson=LESSON.replace(old, new), sheet=None)
    problems = refusals(read(root / f"notebooks/src/{STEM}.md", root=root))
    found = [problem for problem in problems if sentence in problem.sentence]
    assert len(found) == 1, [str(problem) for problem in problems]
    assert (found[0].cell.number if found[0].cell else None) == number
    assert str(found[0]).startswith(f"notebooks/src/{STEM}.md")


@pytest.mark.parametrize("code", [
    'rfm.query("r < 3 and m > 3")', 'pd.to_datetime("2026-11-01", format="%Y-%m-%d")', 'table[["customer_id", "price_yuan"]]',
    "%matplotlib inline", 'crm.show(customers, rows=5)', 'groupby("area").price_yuan.agg("sum")',
])  # fmt: skip
def test_code_that_is_no_prose_is_accepted(code, tmp_path):
    root = write(tmp_path, lesson=LESSON.replace("guess_percent = 50", code), sheet=None)
    assert refusals(read(root / f"notebooks/src/{STEM}.md", root=root)) == []


@pytest.mark.parametrize(("chinese", "english"), [
    ("关键客户和普通客户", "key customers and ordinary customers"),
    ("关键、主要和普通客户各有几家", "how many key, major and ordinary customers there are"),
    ("这份迁移\n矩阵怎么读", "how to read the migration\nmatrix"),
    ("`关键客户` 是一个词", "`k` is a word"),
    ("写一份分类管理", "write class policies"),
    ("新增客户", "the new and rather small customers, each a new customer"),
])  # fmt: skip
def test_terms_in_lists_plurals_and_broken_lines_are_recognised(chinese, english, tmp_path):
    text = LESSON.replace("你猜是多少？", chinese).replace("What is your guess?", english)
    root = write(tmp_path, lesson=text, sheet=None)
    assert [str(problem) for problem in refusals(read(root / f"notebooks/src/{STEM}.md", root=root))] == []


def test_all_refusals_of_a_file_come_at_once_in_the_order_of_its_cells(tmp_path):
    bad = LESSON.replace("key customers", "best customers").replace("guess_percent = 50", "guess_percent = 50  # guess").replace(HEAD, "")
    root = write(tmp_path, lesson=bad, sheet=None)
    numbers = [problem.cell.number for problem in refusals(read(root / f"notebooks/src/{STEM}.md", root=root))]
    assert numbers == [1, 4, 5]


# Refusals of sheets

ANSWER = "```{code-cell} ipython3\n---\ntags: [right]\nof: total\n---\ntotal = 27.0\n```\n"
WRONG = ANSWER.replace("[right]", "[wrong]").replace("27.0", "max([8, 9, 10])").replace(
    "of: total\n", "of: total\nloses: {total-test: 2}\nhint: generic-wrong\n"
)
SETUP = 'crm.setup("zh")'
SOLUTION = "### BEGIN SOLUTION\nprices = [8, 9, 10]\ntotal = sum(prices)\n### END SOLUTION"
TWO_PARTS = SOLUTION.replace("\ntotal", "\n### END SOLUTION\n### BEGIN SOLUTION\ntotal")
RUBRIC_EN = '+++ {"lang": "en", "tags": ["rubric"], "of": "letter"}\n\nFive points for the right total.\n'
SHEET_REFUSALS = {
    "solution not closed": ("total = sum(prices)\n### END SOLUTION", "total = sum(prices)", "is never closed", "total"),
    "solution not opened": ("### BEGIN SOLUTION\nprices", "prices", "has no ### BEGIN SOLUTION before it", "total"),
    "nested": ("### BEGIN HIDDEN TESTS\n", "### BEGIN HIDDEN TESTS\n### BEGIN HIDDEN TESTS\n", "stands inside another", "total-test"),
    "hidden tests not closed": ("### END HIDDEN TESTS\n", "", "BEGIN HIDDEN TESTS is never closed", "total-test"),
    "crossed": ("### END HIDDEN TESTS", "### END SOLUTION", "### END SOLUTION has no", "total-test"),
    "two solution parts": (SOLUTION, TWO_PARTS, "one solution part only", "total"),
    "no solution part": (SOLUTION, "total = sum([8])", "has no ### BEGIN SOLUTION and", "total"),
    "solution in a plain cell": (SETUP, SETUP + "\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION", "set solution: true", None),
    "hidden tests in a plain cell": (SETUP, SETUP + "\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS", "set grade: true", None),
    "mark scheme by hand": ("经理，一共", "### BEGIN MARK SCHEME\n经理，一共", "tagged rubric; the build", "letter"),
    "one right answer": (ANSWER, "", "at least two right answers written differently; it has 1", "total"),
    "one wrong answer": (WRONG, "", "at least two wrong answers from mistakes that learners make; it has 1", "total"),
    "twice the same answer": ("total = 27.0", "total = 8 + 9  + 10", "the same as another answer", None),
    "the solution as answer": ("total = 27.0", "prices = [8, 9, 10]\ntotal = sum(prices)", "the same as another answer", None),
    "answer of nothing": ("of: total\n---\ntotal = 27.0", "of: sum\n---\ntotal = 27.0", "“sum” is none", None),
    "wrong without loses": ("loses: {total-test: 2}\n", "", "must say what it loses", None),
    "wrong without hint": ("hint: generic-wrong\n---\ntotal = max", "---\ntotal = max", "must name the hint", None),
    "unknown hint": ("hint: generic-wrong\n---\ntotal = max", "hint: no-such\n---\ntotal = max", "“no-such” is not in", None),
    "loses too much": ("{total-test: 2}", "{total-test: 4}", "loses 4 in “total-test”, which has only 3", None),
    "loses nothing": ("{total-test: 2}", "{total-test: 0}", "must be a number above 0", None),
    "loses elsewhere": ("{total-test: 2}", "{other-test: 2}", "which is no test cell", None),
    "points": ("points: 8", "points: 9", "add up to 8, but the sheet's total is 9", None),
    "no total": ("  points: 8\n", "", "must state its total", None),
    "no points": ("points: 3, ", "", "needs points", "total-test"),
    "double id": ("grade_id: total-test", "grade_id: total", "is taken by cell", "total"),
    "bad id": ("grade_id: total-test", "grade_id: total test", "1 to 57 letters", "total test"),
    "no answers metadata": ("answers: [total]\n", "", "must list the names it judges", "total-test"),
    "unknown answer": ("answers: [total]", "answers: [sums]", "No cell of the sheet makes sums", "total-test"),
    "no scaffold": ("scaffold: |\n  prices = [8, 9, 10]\n  total = ____(prices)\n", "", "needs a scaffold", "total"),
    "no blank": ("total = ____(prices)", "total = 0", "needs a scaffold with blanks", "total"),
    "short blank": ("total = ____(prices)", "total = ___(____)", "has three underscores", "total"),
    "prose in the scaffold": ("total = ____(prices)", "total = ____(prices)  # fill in", "In the scaffold: The comment", "total"),
    "no rubric": (SHEET[SHEET.index('+++ {"lang": "zh", "tags": ["rubric"]') :], "", "needs one rubric", "letter"),
    "rubric without English": (RUBRIC_EN, "", "no English twin", None),
    "metadata differ": ('"en", "tags": ["rubric"]', '"en", "tags": ["rubric", "x"]', "differ in their tags", None),
}  # fmt: skip


@pytest.mark.parametrize("case", SHEET_REFUSALS)
def test_a_sheet_is_refused(case, tmp_path):
    old, new, sentence, name = SHEET_REFUSALS[case]
    assert SHEET.count(old) == 1
    root = write(tmp_path, lesson=None, sheet=SHEET.replace(old, new))
    problems = refusals(read(root / f"exercises/src/{STEM}.md", root=root))
    found = [problem for problem in problems if sentence in problem.sentence]
    assert found, [str(problem) for problem in problems]
    if name is not None:
        assert found[0].cell.name == name
    assert all(str(problem).startswith(f"exercises/src/{STEM}.md") for problem in problems)


def test_a_rubric_for_nothing_is_refused(tmp_path):
    root = write(tmp_path, lesson=None, sheet=SHEET.replace('"of": "letter"', '"of": "note"'))
    sentences = [problem.sentence for problem in refusals(read(root / f"exercises/src/{STEM}.md", root=root))]
    assert sum("belongs to no hand-graded cell" in sentence for sentence in sentences) == 2
    assert sum("needs one rubric" in sentence for sentence in sentences) == 1


def test_a_test_that_catches_nothing_is_refused(tmp_path):
    extra = SHEET.replace("points: 8", "points: 9").replace("```{code-cell} ipython3\n---\ntags: [right]\nof: total\n---\ntotal = 8 + 9", (
        "```{code-cell} ipython3\n---\n"
        "nbgrader: {grade_id: total-kind, solution: false, grade: true, locked: true, points: 1, schema_version: 3, task: false}\n"
        'answers: [total]\n---\nmark.number("total")\n```\n\n'
        "```{code-cell} ipython3\n---\ntags: [right]\nof: total\n---\ntotal = 8 + 9"
    ))  # fmt: skip
    root = write(tmp_path, lesson=None, sheet=extra)
    (problem,) = refusals(read(root / f"exercises/src/{STEM}.md", root=root))
    assert problem.cell.name == "total-kind"
    assert "No wrong answer loses points" in problem.sentence


def test_refusals_speak_chinese(tmp_path):
    i18n.use_language("zh")
    root = write(tmp_path, lesson=LESSON.replace(HEAD, ""), sheet=None)
    (problem,) = refusals(read(root / f"notebooks/src/{STEM}.md", root=root))
    assert "第 4 格" in str(problem)
    assert "英文" in str(problem)


# The course map


def test_the_course_has_the_textbooks_tasks():
    assert [len(project.tasks) for project in projects()] == [2, 5, 4, 3, 4]
    for number, project in enumerate(projects(), start=1):
        assert [task.id for task in project.tasks] == [f"{number}-{place}" for place in range(1, len(project.tasks) + 1)]
    assert all(task.hours > 0 and task.asks("zh") and task.asks("en") for task in tasks().values())


@pytest.mark.parametrize(("language", "missing"), [("zh", "待写"), ("en", "not written yet")])
def test_the_map_links_what_is_written_and_says_what_is_not(course, language, missing):
    text = "\n".join(cell.source for cell in notebook(course, f"notebooks/{language}/index.ipynb").cells)
    cells = [field.strip() for line in text.splitlines() if line.startswith("|") for field in line.split("|")]
    assert cells.count(missing) == 2 * 17
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) == 2
    for link in links:
        assert (course / "notebooks" / language / link).resolve().is_file()
    assert all(task.title(language) in text for task in tasks().values())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_map_begins_with_the_opening(language):
    first = [map_cells(language, lessons=stems, sheets=stems)[0].source for stems in ([], [task.stem for task in opening()])]
    for task in opening():
        assert [text.count(f"]({task.stem}.ipynb)") for text in first] == [0, 1]
        assert [text.count(f"/release/{task.stem}/{task.stem}.ipynb)") for text in first] == [0, 1]
        assert all(task.title(language) in text and task.asks(language) in text for text in first)
        assert task.stem in tasks() and task.hours > 0
    hours = sum(task.hours for project in projects() for task in project.tasks)
    assert all(str(hours) in text for text in first)


# The course itself


def test_the_repository_is_built():
    report = build(check=True)
    assert report.ok, report.summary()
    assert report.summary().endswith("18 of 18 tasks have a lesson and a sheet.")


def test_the_repositorys_maps_lead_to_files():
    for language in ("zh", "en"):
        folder = repository() / "notebooks" / language
        text = "\n".join(cell.source for cell in nbformat.read(folder / "index.ipynb", as_version=4).cells)
        for link in re.findall(r"\]\(([^)]+)\)", text):
            assert (folder / link).resolve().is_file(), link
