"""The ZIP that a class is given: lessons, releases, data, the library, and one file to start it all."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

from crmlib.classroom import catalogue
from crmlib.classroom.build import build
from crmlib.classroom.files import write_bytes
from crmlib.i18n import LANGUAGES, _

_STARTERS = Path(__file__).with_name("starters")
_FIXED_DATE = (2020, 2, 2, 0, 0, 0)
_PAGE = {"zh": "先读我.txt", "en": "READ-ME.txt"}


def bundle(edition: str, out: Path | str, *, root: Path | None = None) -> Path:
    """Make the ZIP of one edition.

    Parameters
    ----------
    edition : "zh" or "en"
    out : folder for the ZIP
    root : Path, optional
        The repository; default: the one this package runs from.

    Returns
    -------
    Path of the ZIP, ``crm-zh.zip`` or ``crm-en.zip``; the same contents make the same bytes.

    Raises
    ------
    ValueError
        There is no such edition, or the built notebooks do not match their sources.
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
    path = Path(out) / f"crm-{edition}.zip"
    write_bytes(path, _zip(f"crm-{edition}", files))
    return path


def _course_files(root: Path, edition: str) -> dict[str, bytes]:
    """Files of the repository that a student gets, at the places where the course map looks for them."""
    patterns = (
        f"notebooks/{edition}/*.ipynb",
        f"exercises/{edition}/release/*/*.ipynb",
        "datasets/*.parquet", "datasets/*.json", "datasets/README.md", "datasets/cards/*.md",
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
