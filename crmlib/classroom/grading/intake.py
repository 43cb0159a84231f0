"""Find what was handed in: the folders of a class, and in each the notebook that belongs to the sheet, whatever it is called."""

from __future__ import annotations

import difflib
import glob
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from crmlib.classroom.grading.reading import Note, read_submission
from crmlib.classroom.grading.sheet import Sheet
from crmlib.i18n import _

SUFFIX = ".ipynb"


@dataclass(frozen=True)
class Folder:
    """One student's folder for one sheet."""

    student: str
    sheet: str
    path: Path


@dataclass(frozen=True)
class Chosen:
    """The file for each notebook of the sheet, and what is odd about the choice."""

    files: Mapping[str, Path]
    notes: tuple[Note, ...] = ()


def folders(coursedir: CourseDirectory) -> list[Folder]:
    """Every ``submitted/<student>/<sheet>`` of a course, by sheet and student."""
    pattern = coursedir.format_path(coursedir.submitted_directory, "*", "*")
    named = coursedir.format_path(coursedir.submitted_directory, "(?P<student>.*)", "(?P<sheet>.*)", escape=True)
    found = []
    for path in glob.glob(pattern):
        if Path(path).is_dir() and (match := re.fullmatch(named, path)):
            found.append(Folder(match["student"], match["sheet"], Path(path)))
    return sorted(found, key=lambda one: (one.sheet, one.student))


def astray(coursedir: CourseDirectory, sheets: Collection[str]) -> Iterator[tuple[str, str, Note]]:
    """Student, name and a sentence for what lies where nbgrader does not look for it."""
    for folder in folders(coursedir):
        if folder.sheet not in sheets:
            near = difflib.get_close_matches(folder.sheet, sheets, n=1, cutoff=0.5)
            told = _("There is no sheet called {sheet}.").format(sheet=folder.sheet)
            if near:
                told += " " + _("Perhaps the folder should be called {near}.").format(near=near[0])
            yield folder.student, folder.sheet, Note("no-such-sheet", told)
    for path in glob.glob(coursedir.format_path(coursedir.submitted_directory, "*", f"*{SUFFIX}")):
        if Path(path).is_file():
            student = Path(path).parent.name
            told = _("{file} lies in the student's folder itself; it belongs into a folder with the sheet's name.").format(
                file=Path(path).name
            )
            yield student, "", Note("misplaced", told)


def choose(folder: Path, sheets: Mapping[str, Sheet]) -> Chosen:
    """The files of a submission that are to be graded as the sheet's notebooks."""
    wanted = {name: folder / f"{name}{SUFFIX}" for name in sheets}
    present = {name: path for name, path in wanted.items() if path.is_file() and is_own(path, folder)}
    others = sorted(path for path in folder.rglob("*") if path.is_file() and SUFFIX in path.name.lower()
                    and is_own(path, folder) and ".ipynb_checkpoints" not in path.parts and path not in present.values())  # fmt: skip
    missing = [name for name in sheets if name not in present]
    if missing and others and len(sheets) == 1:
        best = max(others, key=lambda path: (_likeness(path, sheets[missing[0]]), path.stat().st_mtime, path.name))
        present[missing[0]] = best
        others.remove(best)
        told = _("The notebook is called {file} instead of {name}; it was graded all the same.")
        notes = [Note("other-name", told.format(file=best.relative_to(folder), name=f"{missing[0]}{SUFFIX}"))]
    else:
        notes = [Note("notebook-missing", _("There is no {name} in the folder.").format(name=f"{name}{SUFFIX}")) for name in missing]
    for path in wanted.values():
        if path.exists() and not is_own(path, folder):
            notes.append(Note("link", _("{file} is a link to something elsewhere, which was not graded.").format(file=path.name)))
    if others and present:
        told = _("There is more than one notebook in the folder; {file} was graded, and {others} was not.")
        graded = ", ".join(path.name for path in present.values())
        notes.append(Note("more-notebooks", told.format(file=graded, others=", ".join(str(path.relative_to(folder)) for path in others))))
    return Chosen(present, tuple(notes))


def is_own(path: Path, folder: Path) -> bool:
    """Whether a file lies in the submission `folder` itself: a link could lead to another's work, or to the instructor's.

    >>> is_own(Path("a/b/c.ipynb"), Path("a"))
    True
    """
    return not any(step.is_symlink() for step in (path, *path.parents) if step == folder or folder in step.parents)


def _likeness(path: Path, sheet: Sheet) -> tuple[int, int]:
    """How many cells of the sheet a file has, and how many of them were worked in."""
    try:
        cells = read_submission(path).cells
    except (ValueError, OSError):
        return (-1, 0)
    known = [(cell, sheet.cells[name]) for cell in cells for name in {_name(cell)} & set(sheet.cells)]
    return len({one.name for _cell, one in known}), sum(cell.source != one.source for cell, one in known if not one.locked)


def _name(cell) -> object:
    name = cell.metadata.get("nbgrader", {}).get("grade_id")
    return name if isinstance(name, str) else cell.get("id", "")


def cells_of(nb, sheet: Sheet) -> int:
    """How many cells of a sheet a notebook has."""
    return len({_name(cell) for cell in nb.cells} & set(sheet.cells))
