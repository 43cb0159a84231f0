"""What lies in folders and ZIP archives of unknown make: every file accounted for, and only notebooks unpacked, within limits."""

from __future__ import annotations

import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from crmlib.i18n import _

_NOTEBOOK_ENDINGS = (".ipynb", ".ipynb.txt", ".ipynb.json")
_OTHER_ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_UNSET_YEAR = 1980
_PIECE = 1 << 20


@dataclass(frozen=True)
class UnpackLimits:
    """How much is unpacked: bytes a file, bytes in all, files in all, and archives within archives."""

    file_bytes: int = 300 << 20
    total_bytes: int = 4 << 30
    files: int = 50_000
    depth: int = 4


@dataclass(frozen=True)
class Found:
    """One file that was met.

    Attributes
    ----------
    origin : str
        Where it was met, with forward slashes: archive, folders, name.
    inside : str
        The same without the archive or folder that was named; of an archive within, its name without the ending counts as a folder.
    file : Path or None
        The notebook, on disk; None where it was refused.
    modified : datetime or None
        The time that archive or disk gives it, on the clock of whoever packed it.
    refused : str
        Why it is not taken, as a sentence; empty if it is.
    """

    origin: str
    inside: str
    file: Path | None
    modified: datetime | None
    refused: str = ""


@dataclass
class _Budget:
    limits: UnpackLimits
    bytes_left: int = field(init=False)
    files_left: int = field(init=False)

    def __post_init__(self) -> None:
        self.bytes_left, self.files_left = self.limits.total_bytes, self.limits.files


class _TooMuch(Exception):
    """A limit was reached while unpacking; the text says which."""


def walk(source: Path, scratch: Path, *, limits: UnpackLimits | None = None) -> Iterator[Found]:
    """Every file in a folder or ZIP archive, archives within archives too.

    Parameters
    ----------
    source : Path
        A folder, a ``.zip`` or a single notebook.
    scratch : Path
        Where notebooks out of archives are put, under names of our own: no name out of an archive becomes a path.
    limits : UnpackLimits, optional

    Yields
    ------
    Found

    Raises
    ------
    ValueError
        There is no such file or folder.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _written = (Path(folder) / "notes.txt").write_text("hello", encoding="utf-8")
    ...     [found.inside for found in walk(Path(folder), Path(folder))]
    ['notes.txt']
    """
    budget = _Budget(limits or UnpackLimits())
    if source.is_dir():
        for path in sorted(path for path in source.rglob("*") if not path.is_dir()):
            inside = path.relative_to(source).as_posix()
            yield from _file(path, f"{source.name}/{inside}", inside, scratch, budget)
    elif source.is_file():
        yield from _file(source, source.name, source.name, scratch, budget, outermost=True)
    else:
        raise ValueError(_("There is no file or folder {path}.").format(path=source))


def _file(path: Path, origin: str, inside: str, scratch: Path, budget: _Budget, *, outermost: bool = False) -> Iterator[Found]:
    if path.is_symlink():
        yield Found(origin, inside, None, None, _("It is a link, and links are not followed."))
        return
    if path.suffix.lower() == ".zip":
        yield from _archive(path, origin, "" if outermost else _stem(inside), scratch, budget, depth=1)
        return
    modified = datetime.fromtimestamp(path.stat().st_mtime)
    refused = _refusal(inside)
    if not refused and path.stat().st_size > budget.limits.file_bytes:
        refused = _too_large(budget.limits)
    yield Found(origin, inside, None if refused else path, modified, refused)


def _archive(path: Path, origin: str, above: str, scratch: Path, budget: _Budget, *, depth: int) -> Iterator[Found]:
    if depth > budget.limits.depth:
        yield Found(origin, above, None, None, _("It lies in archives within archives, too deep to follow."))
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    yield from _entry(archive, entry, origin, above, scratch, budget, depth)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError):
        yield Found(origin, above, None, None, _("The archive is damaged. Download it again."))


def _entry(archive, entry, origin: str, above: str, scratch: Path, budget: _Budget, depth: int) -> Iterator[Found]:
    name = entry_name(entry)
    inside, origin = f"{above}/{name}" if above else name, f"{origin}/{name}"
    modified = _time(entry)
    refused = _dangerous(entry, name)
    is_archive = name.lower().endswith(".zip")
    if not refused and not is_archive:
        refused = _refusal(name)
    if not refused and entry.flag_bits & 1:
        refused = _("It is protected by a password.")
    if refused:
        yield Found(origin, inside, None, modified, refused)
        return
    try:
        unpacked = _unpacked(archive, entry, scratch, budget)
    except _TooMuch as reached:
        yield Found(origin, inside, None, modified, str(reached))
        return
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        yield Found(origin, inside, None, modified, _("It is damaged in the archive. Download the archive again."))
        return
    if is_archive:
        yield from _archive(unpacked, origin, _stem(inside), scratch, budget, depth=depth + 1)
        unpacked.unlink()
    else:
        yield Found(origin, inside, unpacked, modified)


def entry_name(entry: zipfile.ZipInfo) -> str:
    """The name of an archive's entry, with forward slashes; names in GBK or unmarked UTF-8, as Windows programs write them, are read as such.

    >>> entry = zipfile.ZipInfo("x"); entry.orig_filename = "张伟.ipynb".encode("gbk").decode("cp437")
    >>> entry_name(entry)
    '张伟.ipynb'
    """
    name = getattr(entry, "orig_filename", None) or entry.filename
    if not entry.flag_bits & 0x800:
        raw = name.encode("cp437", errors="replace") if not name.isascii() else b""
        for encoding in ("utf-8", "gb18030") if raw else ():
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _dangerous(entry: zipfile.ZipInfo, name: str) -> str:
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\0" in name or (parts and len(parts[0]) == 2 and parts[0][1] == ":"):
        return _("Its path leads out of the archive.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return _("It is a link, and links are not followed.")
    return ""


def _refusal(name: str) -> str:
    """Why a file of this name is no submission; empty if it may be one."""
    parts = PurePosixPath(name).parts
    last = parts[-1].lower() if parts else ""
    if "__MACOSX" in parts or ".ipynb_checkpoints" in parts or last.startswith(("._", ".ds_store", "~$")):
        return _("It was made by a program, not by a student.")
    if last.endswith(_OTHER_ARCHIVES):
        return _("It is another kind of archive. Unpack it and name the folder.")
    if not last.endswith(_NOTEBOOK_ENDINGS):
        return _("It does not end in .ipynb.")
    return ""


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, scratch: Path, budget: _Budget) -> Path:
    """The entry on disk. What an archive says about sizes is not believed; bytes are counted as they come."""
    if budget.files_left <= 0:
        raise _TooMuch(_("There are more than {count} files; the rest was not unpacked.").format(count=budget.limits.files))
    budget.files_left -= 1
    room = budget.limits.file_bytes if not entry.filename.lower().endswith(".zip") else budget.limits.total_bytes
    handle, path = tempfile.mkstemp(dir=scratch, suffix=".part")
    written = 0
    try:
        with os.fdopen(handle, "wb") as target, archive.open(entry) as packed:
            while piece := packed.read(_PIECE):
                written += len(piece)
                if written > room:
                    raise _TooMuch(_too_large(budget.limits))
                if written > budget.bytes_left:
                    raise _TooMuch(_("Unpacked, the archive is larger than {size} MB; the rest was left.").format(
                        size=budget.limits.total_bytes >> 20))  # fmt: skip
                target.write(piece)
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise
    budget.bytes_left -= written
    return Path(path)


def _too_large(limits: UnpackLimits) -> str:
    return _("It is larger than {size} MB. Clear its outputs and hand it in again.").format(size=limits.file_bytes >> 20)


def _time(entry: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*entry.date_time) if entry.date_time[0] > _UNSET_YEAR else None
    except ValueError:
        return None


def _stem(inside: str) -> str:
    return inside[: -len(".zip")]
