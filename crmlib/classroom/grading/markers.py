"""What is remembered of each graded submission: beside it, so that nothing is graded twice, and in one file for reports."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from crmlib.classroom.files import write_bytes
from crmlib.classroom.grading.reading import Note

MARKER_FILE = ".crm-graded.json"
NOTES_FILE = "grading-notes.json"
TIMESTAMP_FILE = "timestamp.txt"
_IGNORED = {TIMESTAMP_FILE, MARKER_FILE}


@dataclass(frozen=True)
class Marker:
    """What was graded, and how far that went.

    Attributes
    ----------
    state : "run" or "saved"
        Run: the notebook in this folder carries its outputs, but the gradebook may not know yet. Saved: it does.
    submission, sheet : str
        Digests of what was handed in, and of what was asked.
    late : float
        Seconds after the deadline.
    before : mapping of item to points
        What the gradebook said before.
    changed_by : "sheet", "submission" or ""
        What was changed since it was graded before.
    same_answers : tuple of str
        Graded cells that were the same when it was graded before: what was decided on them by hand stands.
    """

    state: str
    submission: str
    sheet: str
    status: str = "graded"
    late: float = 0.0
    seconds: float = 0.0
    graded_at: str = ""
    notes: tuple[Note, ...] = ()
    before: Mapping[str, float | None] = field(default_factory=dict)
    changed_by: str = ""
    same_answers: tuple[str, ...] = ()

    def write(self, folder: Path) -> None:
        """Put it into a graded folder, whole or not at all."""
        write_bytes(folder / MARKER_FILE, json.dumps(asdict(self), ensure_ascii=False).encode("utf-8"))


def read_marker(folder: Path) -> Marker | None:
    """The marker of a graded folder; None where there is none that can be read.

    >>> read_marker(Path("/no/such/folder")) is None
    True
    """
    try:
        content = json.loads((folder / MARKER_FILE).read_text("utf-8"))
        return Marker(**{**content, "notes": tuple(Note(**note) for note in content["notes"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def unfinished(folder: Path, name: str) -> list[Path]:
    """What a grading that was killed while it wrote the file `name` has left behind."""
    return list(folder.glob(f".{name}.*"))


def digest_of(folder: Path) -> str:
    """Changes when any file of a submission does; the time of handing in does not count."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        name = path.relative_to(folder)
        if path.name not in _IGNORED and ".ipynb_checkpoints" not in name.parts:
            with path.open("rb") as file:
                total.update(f"{name.as_posix()}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def write_notes(root: Path, rows: Iterable[Mapping]) -> None:
    """Write what the class report shows of each submission; what was known of others stays.

    Each row has student, sheet, status, score, max, seconds, graded_at, notes (kind and said) and changes (item, before, after, why).
    """
    known = {(row["student"], row["sheet"]): row for row in read_notes(root)}
    known |= {(row["student"], row["sheet"]): dict(row) for row in rows}
    for path in unfinished(root, NOTES_FILE):
        path.unlink()
    content = {"version": 1, "submissions": [known[key] for key in sorted(known)]}
    write_bytes(root / NOTES_FILE, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))


def read_notes(root: Path) -> list[dict]:
    """The rows that the last gradings left in a course root; none before the first.

    >>> read_notes(Path("/no/such/folder"))
    []
    """
    try:
        return json.loads((root / NOTES_FILE).read_text("utf-8"))["submissions"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
