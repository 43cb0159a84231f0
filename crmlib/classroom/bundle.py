"""The ZIP that a class is given: lessons, releases, data, the library, and one file to start it all.

Whoever learns alone is given another one, with the answers to the sheets: :mod:`crmlib.classroom.answer_key`.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from crmlib.classroom import answer_key, catalogue
from crmlib.classroom.build import build
from crmlib.classroom.files import write_bytes
from crmlib.classroom.notebooks import to_bytes
from crmlib.classroom.source import FOLDERS, read
from crmlib.i18n import LANGUAGES, _, language, use_language

_STARTERS = Path(__file__).with_name("starters")
_FIXED_DATE = (2020, 2, 2, 0, 0, 0)
_PAGE = {"zh": "先读我.txt", "en": "READ-ME.txt"}


def bundle(edition: str, out: Path | str, *, root: Path | None = None, self_paced: bool = False) -> Path:
    """Make the ZIP of one edition.

    Parameters
    ----------
    edition : "zh" or "en"
    out : folder for the ZIP
    root : Path, optional
        The repository; default: the one this package runs from.
    self_paced : bool
        For somebody without a teacher: sheets that check themselves, with the answers in a folder of their own. A class must not
        get it.

    Returns
    -------
    Path of the ZIP, ``crm-zh.zip`` or ``crm-zh-self-paced.zip``; the same contents make the same bytes.

    Raises
    ------
    ValueError
        There is no such edition, or the built notebooks do not match their sources.

    >>> try:
    ...     bundle("fr", "dist")
    ... except ValueError as error:
    ...     print("fr" in str(error))
    True
    """
    if edition not in LANGUAGES:
        raise ValueError(_('There is no edition in "{language}". Use "zh" or "en".').format(language=edition))
    root = (root or catalogue.repository()).resolve()
    report = build(root, check=True)
    if not report.ok:
        raise ValueError(_("The notebooks do not match their sources; run crm build first:\n{what}").format(what=report.summary()))
    files = _course_files(root, edition)
    name, wheel = _wheel(root)
    files[name] = wheel
    files |= _starters(edition, name, hashlib.sha256(wheel).hexdigest()[:12])
    called = f"crm-{edition}"
    if self_paced:
        called += "-self-paced"
        files |= _for_learning_alone(root, edition, files)
    path = Path(out) / f"{called}.zip"
    write_bytes(path, _zip(called, files))
    return path


def _for_learning_alone(root: Path, edition: str, files: dict[str, bytes]) -> dict[str, bytes]:
    """The answers, sheets with a cell that checks them, and the guide in place of the page for a class."""
    guide = (root / "docs" / f"trainees.{edition}.md").read_text("utf-8")
    alone = {_PAGE[edition]: guide.replace("\n", "\r\n").encode("utf-8-sig")}
    for path in sorted((root / FOLDERS["sheet"]).glob("*.md")):
        key = answer_key.from_source(read(path), edition)
        alone[answer_key.key_file(Path(), path.stem, edition).as_posix()] = answer_key.pack(key)
        name = f"exercises/{edition}/release/{path.stem}/{path.stem}.ipynb"
        alone[name] = sheet_for_learning_alone(files[name], key)
    return alone


def sheet_for_learning_alone(sheet: bytes, key: answer_key.AnswerKey) -> bytes:
    """A sheet with a word for those who learn alone at its top, and the check at its end.

    Parameters
    ----------
    sheet : bytes
        As nbgrader gives it out.
    key : AnswerKey

    Returns
    -------
    bytes, the notebook
    """
    notebook = nbformat.reads(sheet.decode("utf-8"), as_version=4)
    spoken = language()
    use_language(key.edition)
    try:
        by_hand = _(
            "No program can mark this item; it is worth {points} points. When you have written it, save and have it checked. "
            "Then `%crm_check --solution {number}` shows a model and the way it is marked."
        )
        top = _(
            "**You are learning on your own**, so nobody collects this sheet: it checks itself. Answer an item, run its cell, then run the "
            "last cell of the sheet, `%crm_check`. It says at once what is right, and what to think about where it is not. After an "
            "attempt, `%crm_check --solution 1` shows right answers to item 1. Where there is a data code to fill in, leave it empty."
        )
        end = _(
            "## Check yourself\n\nThe cell below runs the whole sheet from a clean start, which takes some seconds. To have one item "
            "checked, write its number behind it: `%crm_check 3`. `%crm_progress` shows what you have done so far, in all sheets."
        )
    finally:
        use_language(spoken)
    about = {f"{item.key}-rubric": by_hand.format(points=f"{item.points:g}", number=item.number) for item in key.items if item.by_hand}
    for cell in notebook.cells:
        cell.source = about.get(cell.id, cell.source)
    notebook.cells.insert(1, new_markdown_cell(top, id="learning-alone"))
    notebook.cells += [new_markdown_cell(end, id="check-yourself"), new_code_cell("%crm_check", id="crm-check")]
    return to_bytes(notebook)


def _course_files(root: Path, edition: str) -> dict[str, bytes]:
    """Files of the repository that a student gets, at the places where the course map looks for them."""
    patterns = (
        f"notebooks/{edition}/*.ipynb",
        f"exercises/{edition}/release/*/*.ipynb",
        "datasets/*.parquet", "datasets/*.json", "datasets/README.md", "datasets/*.svg", "datasets/cards/*.md",
        "datasets/sop/*.bpmn", "datasets/rules/*",
        "constraints.txt",
        "LICENSE",
    )  # fmt: skip
    paths = sorted({path for pattern in patterns for path in root.glob(pattern)})
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def _wheel(root: Path) -> tuple[str, bytes]:
    """The library as pip installs it: name and contents."""
    with tempfile.TemporaryDirectory(prefix="crm-wheel-") as folder:
        made = subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
            cwd=root, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
        wheels = sorted(Path(folder).glob("*.whl"))
        if made.returncode or len(wheels) != 1:
            reason = (made.stderr or made.stdout).strip().splitlines()
            raise ValueError(_("The library could not be packed with hatchling: {reason}").format(reason=reason[-1] if reason else ""))
        return wheels[0].name, wheels[0].read_bytes()


def _starters(edition: str, wheel: str, mark: str) -> dict[str, bytes]:
    """The scripts that set a computer up and open the course, and the page that says how; Windows reads CR LF."""
    fill = {"@EDITION@": edition, "@WHEEL@": wheel, "@MARK@": mark}
    files = {}
    for name, target in (("start.bat", "start.bat"), ("start.sh", "start.sh"), (f"{edition}.txt", _PAGE[edition])):
        text = (_STARTERS / name).read_text("utf-8")
        for word, value in fill.items():
            text = text.replace(word, value)
        windows = name != "start.sh"
        encoding = "utf-8-sig" if name.endswith(".txt") else "utf-8"
        files[target] = (text.replace("\n", "\r\n") if windows else text).encode(encoding)
    return files


def _zip(folder: str, files: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _FIXED_DATE)
            entry.create_system = 3
            entry.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
            entry.compress_type = zipfile.ZIP_STORED if name.endswith((".whl", ".parquet")) else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()
