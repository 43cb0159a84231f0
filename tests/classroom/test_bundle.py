"""The ZIP for a class: what is in it, and above all what is not."""

from __future__ import annotations

import io
import posixpath
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import nbformat
import pytest
from small_course import SECRETS, STEM, write

from crmlib.classroom import answer_key
from crmlib.classroom.build import build
from crmlib.classroom.bundle import bundle
from crmlib.classroom.catalogue import repository
from crmlib.classroom.self_check import check
from crmlib.classroom.source import Source, read

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "crmlib"
version = "0.1.0"
requires-python = ">=3.11"
[tool.hatch.build.targets.wheel]
packages = ["crmlib"]
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    root = write(tmp_path_factory.mktemp("small"))
    for name, text in {
        "pyproject.toml": PYPROJECT, "crmlib/__init__.py": "", "constraints.txt": "numpy==2.4.0\n", "LICENSE": "MIT\n",
        "docs/trainees.zh.md": "一个人学\n", "docs/trainees.en.md": "Learning alone\n",
        "datasets/README.md": "simulated\n", "datasets/cards/customers.md": "customers\n",
        "datasets/sop/loss.bpmn": "<definitions/>\n",
        "exercises/class-key.txt": "the key", "exercises/zh/submitted/s1/x.ipynb": "{}", "datasets/truth.csv": "leaves\n",
    }.items():  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "datasets/customers.parquet").write_bytes(b"PAR1")
    assert build(root).problems == ()
    return root


@pytest.fixture(scope="module", params=["zh", "en"])
def given(request, small, tmp_path_factory) -> tuple[str, Path]:
    return request.param, bundle(request.param, tmp_path_factory.mktemp("given"), root=small)


def contents(path: Path) -> dict[str, bytes]:
    """Every file of a ZIP, and of the wheel in it."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for name in [name for name in files if name.endswith(".whl")]:
        with zipfile.ZipFile(io.BytesIO(files.pop(name))) as wheel:
            files |= {f"wheel/{inner}": wheel.read(inner) for inner in wheel.namelist()}
    return files


def texts(path: Path) -> dict[str, str]:
    """Every text in a bundle; of a notebook, the text of its cells."""
    found = {}
    for name, content in contents(path).items():
        if name.endswith(".ipynb"):
            found[name] = "\n".join(cell.source for cell in nbformat.reads(content.decode("utf-8"), as_version=4).cells)
        elif not name.endswith((".parquet", ".mo", ".png", ".xlsx")):
            found[name] = content.decode("utf-8")
    return found


def test_what_a_class_is_given(given):
    edition, path = given
    page = {"zh": "先读我.txt", "en": "READ-ME.txt"}[edition]
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        assert archive.testzip() is None
        assert archive.getinfo(f"crm-{edition}/start.sh").external_attr >> 16 == 0o755
    assert names == {f"crm-{edition}/{name}" for name in (
        f"notebooks/{edition}/index.ipynb", f"notebooks/{edition}/{STEM}.ipynb", f"exercises/{edition}/release/{STEM}/{STEM}.ipynb",
        "datasets/customers.parquet", "datasets/README.md", "datasets/cards/customers.md", "datasets/sop/loss.bpmn", "constraints.txt",
        "LICENSE",
        "crmlib-0.1.0-py3-none-any.whl", "start.bat", "start.sh", page,
    )}  # fmt: skip


def test_the_links_of_the_map_work_where_it_is_unpacked(given, tmp_path):
    edition, path = given
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / f"crm-{edition}" / "notebooks" / edition
    text = "\n".join(cell.source for cell in nbformat.read(folder / "index.ipynb", as_version=4).cells)
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) == 2
    assert all((folder / link).resolve().is_file() for link in links)


def test_no_secret_of_the_small_sheet_is_in_it(given):
    for name, text in texts(given[1]).items():
        assert not [secret for secret in SECRETS if secret in text], name


def test_the_same_contents_make_the_same_bytes(given, small, tmp_path):
    edition, path = given
    assert bundle(edition, tmp_path, root=small).read_bytes() == path.read_bytes()


@pytest.fixture(scope="module", params=["zh", "en"])
def alone(request, small, tmp_path_factory) -> tuple[str, Path]:
    return request.param, bundle(request.param, tmp_path_factory.mktemp("alone"), root=small, self_paced=True)


def test_what_somebody_who_learns_alone_is_given(alone, given):
    """What a class is given, and the answers; the guide in place of the page, and sheets that check themselves."""
    edition, path = alone
    folder, page = f"crm-{edition}-self-paced", {"zh": "先读我.txt", "en": "READ-ME.txt"}[edition]
    files = contents(path)
    assert path.name == f"{folder}.zip"
    names = {name.removeprefix(f"{folder}/") for name in files if not name.startswith("wheel/")}
    assert f"answers/{edition}/{STEM}.json.gz" in names
    if given[0] == edition:
        of_a_class = {name.removeprefix(f"crm-{edition}/") for name in contents(given[1]) if not name.startswith("wheel/")}
        assert names - of_a_class == {f"answers/{edition}/{STEM}.json.gz"}
        assert of_a_class <= names
    assert files[f"{folder}/{page}"].decode("utf-8-sig") == {"zh": "一个人学\r\n", "en": "Learning alone\r\n"}[edition]
    sheet = nbformat.reads(files[f"{folder}/exercises/{edition}/release/{STEM}/{STEM}.ipynb"].decode("utf-8"), as_version=4)
    assert {"zh": "一个人学", "en": "on your own"}[edition] in sheet.cells[1].source
    assert sheet.cells[-1].source == "%crm_check"


def test_answers_are_not_read_by_accident(alone):
    edition, path = alone
    for name, content in contents(path).items():
        if not name.startswith("wheel/"):
            assert not [secret for secret in SECRETS if secret.encode() in content], name
    key = answer_key.unpack(contents(path)[f"crm-{edition}-self-paced/answers/{edition}/{STEM}.json.gz"])
    assert key.item("1").models == ("prices = [8, 9, 10]\ntotal = sum(prices)", "total = 8 + 9 + 10", "total = 27.0")
    assert {"zh": "得五分", "en": "Five points"}[edition] in key.item("2").rubric


def test_a_sheet_checks_itself_where_it_is_unpacked(alone, tmp_path):
    edition, path = alone
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    sheet = tmp_path / f"crm-{edition}-self-paced" / "exercises" / edition / "release" / STEM / f"{STEM}.ipynb"
    notebook = nbformat.read(sheet, 4)
    next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "total").source = "total = sum([8, 9, 10])"
    nbformat.write(notebook, sheet)
    result = check(sheet)
    assert (result.edition, result.points, result.by_program, result.by_hand) == (edition, 3, 3, 5)


def test_a_class_gets_nothing_of_it(given):
    for name, text in texts(given[1]).items():
        assert "answers/" not in name and not name.endswith(".gz"), name
        assert name.startswith("wheel/") or "%crm_check" not in text, name


def test_the_same_answers_make_the_same_bytes(alone, small, tmp_path):
    edition, path = alone
    assert bundle(edition, tmp_path, root=small, self_paced=True).read_bytes() == path.read_bytes()


def test_stale_notebooks_are_not_given_away(small, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(small, copy)
    (copy / f"notebooks/zh/{STEM}.ipynb").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match=f"run crm build first:\nnotebooks/zh/{STEM}.ipynb"):
        bundle("zh", tmp_path, root=copy)


def test_there_is_no_third_edition(tmp_path):
    with pytest.raises(ValueError, match='no edition in "fr"'):
        bundle("fr", tmp_path)


def test_a_library_that_cannot_be_packed_is_named(small, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(small, copy)
    (copy / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    with pytest.raises(ValueError, match="could not be packed"):
        bundle("zh", tmp_path, root=copy)


def test_the_starters_are_for_their_systems(given, tmp_path):
    edition, path = given
    files = {Path(name).name: content for name, content in contents(path).items()}
    batch, shell, page = files["start.bat"], files["start.sh"], files[{"zh": "先读我.txt", "en": "READ-ME.txt"}[edition]]
    assert batch.count(b"\n") == batch.count(b"\r\n") > 0
    assert batch.isascii()
    assert b"\r" not in shell
    assert page.startswith(b"\xef\xbb\xbf")
    assert not [text for text in (batch, shell, page) if re.search(rb"@[A-Z]+@", text)]
    (tmp_path / "start.sh").write_bytes(shell)
    assert subprocess.run(["sh", "-n", tmp_path / "start.sh"], check=False).returncode == 0


# The real course


@pytest.fixture(scope="module", params=["zh", "en"])
def real(request, tmp_path_factory) -> tuple[str, dict[str, str], set[str]]:
    path = bundle(request.param, tmp_path_factory.mktemp("real"))
    return request.param, texts(path), set(contents(path))


def secrets(sheet: Source, *, taught: bool = False) -> set[str]:
    """Every line that a student must not get: of solutions, hidden tests, rubrics, wrong and right answers.

    A lesson teaches the steps that solutions and right answers are made of: with `taught` these are left out. What stands in any
    program (an import, ``else:``, ``return 0``, ``ax.invert_yaxis()``) tells nothing.
    """
    marked = {kind: [] for kind in ("SOLUTION", "HIDDEN TESTS")}
    for cell in sheet.cells:
        for kind, lines in marked.items():
            for part in re.findall(rf"### BEGIN {kind}\n(.*?)### END", cell.text, re.DOTALL):
                lines += part.splitlines()
    answers = {tag: [line for cell in sheet.cells if cell.is_answer and tag in cell.tags for line in cell.text.splitlines()]
               for tag in ("right", "wrong")}  # fmt: skip
    rubrics = [line for cell in sheet.cells if cell.is_rubric for line in cell.text.splitlines()]
    told = {line.strip() for line in (*marked["SOLUTION"], *answers["right"])}
    kept = {line.strip() for line in (*marked["HIDDEN TESTS"], *answers["wrong"], *rubrics)}
    found = kept - told if taught else kept | told
    common = r"import .*|[\w.]+\(\)|else:|break|while True:|for \w+ in \w+:|return [\d.]+|\w+ = \d+"
    return {line for line in found if len(line) > 3 and not re.fullmatch(common, line)}


def sheets() -> list[Source]:
    return [read(path) for path in sorted((repository() / "exercises/src").glob("*.md"))]


def test_no_line_of_a_solution_test_rubric_or_answer_is_in_it(real):
    """A lesson teaches the calls of which right answers are made; their whole cells are searched for below."""
    edition, bundled, _names = real
    for sheet in sheets():
        release = bundled[f"crm-{edition}/exercises/{edition}/release/{sheet.stem}/{sheet.stem}.ipynb"]
        shown = {line.strip() for line in release.splitlines()}
        assert len(secrets(sheet) - shown) > 20
        for name, text in bundled.items():
            hidden = secrets(sheet, taught=f"/notebooks/{edition}/" in name) - shown
            assert not hidden & {line.strip().removeprefix(">>> ") for line in text.splitlines()}, name


def test_every_lesson_is_in_it_and_its_links_lead_to_files(real):
    edition, bundled, names = real
    lessons = sorted((repository() / "notebooks/src").glob("*.md"))
    assert lessons
    for lesson in lessons:
        name = f"crm-{edition}/notebooks/{edition}/{lesson.stem}.ipynb"
        for link in re.findall(r"\]\(((?!https?://)[^)#]+)\)", bundled[name]):
            assert posixpath.normpath(f"{posixpath.dirname(name)}/{link}") in names, link


def test_no_truth_and_no_source_is_in_it(real):
    _edition, bundled, names = real
    assert not [name for name in names if "truth" in name.lower()]
    assert not [name for name in names if "/src/" in name or "/source/" in name or "class-key" in name or name.endswith(".db")]
    for name, text in bundled.items():
        if name.endswith(".ipynb"):
            assert not re.search(r"\btruth\b|BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)", text), name
    tables = {Path(name).stem for name in names if name.endswith(".parquet")}
    assert {"customers", "waybills"} <= tables


def test_no_cell_for_trying_out_is_in_it(real):
    _edition, bundled, _names = real
    whole = [" ".join(cell.text.split()) for sheet in sheets() for cell in sheet.cells if cell.is_answer]
    for name, text in bundled.items():
        text = " ".join(text.split())
        assert not [code for code in whole if code in text], name


def test_the_wheel_holds_the_library_and_the_data_alone(real):
    _edition, _bundled, names = real
    inner = {name.removeprefix("wheel/") for name in names if name.startswith("wheel/")}
    assert all(name.startswith(("crmlib/", "crmlib-")) for name in inner)
    assert "crmlib/locale/zh/LC_MESSAGES/crmlib.mo" in inner
    assert "crmlib/datasets/customers.parquet" in inner
    assert "crmlib/classroom/hints.toml" in inner
