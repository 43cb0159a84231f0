"""A learner's own notebook, found and read for a check: which sheet it is, and its cells put in order as the grader does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crmlib.classroom.answer_key import AnswerKey, KeyCell, course_folder, find
from crmlib.i18n import LANGUAGES, _, language

_SETUP = re.compile(r"""\bsetup\(\s*["'](zh|en)["']\s*\)""")
_NUMBER = re.compile(r"\d+[-.]\d+")
OWN_COMMANDS = re.compile(r"^[ \t]*%crm_\w+.*$", re.MULTILINE)


@dataclass(frozen=True)
class OwnSheet:
    """A learner's notebook beside its key.

    Attributes
    ----------
    path : Path
    course : Path
        The folder of the course that it belongs to.
    key : AnswerKey
    cells : tuple of KeyCell
        In the order in which they run.
    notes : tuple of str
        Sentences on what was odd about the file.
    """

    path: Path
    course: Path
    key: AnswerKey
    cells: tuple[KeyCell, ...]
    notes: tuple[str, ...] = ()

    @property
    def written(self) -> dict[str, str]:
        """Answer cells that are not as they were given out, by name."""
        given = {cell.name: cell.source for cell in self.key.cells if cell.role == "answer"}
        return {cell.name: cell.source for cell in self.cells if cell.role == "answer" and _bare(cell.source) != _bare(given[cell.name])}


def _bare(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def find_notebook(what: str, *, edition: str = "", folder: Path | None = None) -> Path:
    """The notebook that a learner means.

    Parameters
    ----------
    what : str
        The number of a task ("1-1" or "1.1"), the name of a sheet, or the path of a notebook.
    edition : "zh" or "en", optional
        Where the course's folder holds both; by default the active language's.
    folder : Path, optional
        Where to look for the course; by default the current folder.

    Raises
    ------
    ValueError
        There is no such sheet, or no such file.
    """
    here = (folder or Path.cwd()).resolve()
    path = here / Path(what).expanduser()
    if path.suffix == ".ipynb" or path.is_file():
        if not path.is_file():
            raise ValueError(_("There is no notebook {path}.").format(path=path))
        return path
    course = course_folder(path if path.is_dir() else here)
    if course is None:
        raise ValueError(
            _("This is not the folder of the course: {folder}. Go there first, or name the notebook's file.").format(folder=here)
        )
    wanted = Path(what).name.replace(".", "-")
    sheets = released(course)
    known = [sheet for sheet in sheets if wanted == sheet or (_NUMBER.fullmatch(wanted) and sheet.startswith(f"{wanted}-"))]
    if not known:
        raise ValueError(_there_is_none(what, wanted, sheets))
    places = [edition] if edition else [language(), *LANGUAGES]
    found = [path for one in places if (path := _release(course, one, known[0])).is_file()]
    if not found:
        raise ValueError(_("There is no notebook {path}.").format(path=_release(course, places[0], known[0])))
    return found[0]


def _there_is_none(what: str, wanted: str, sheets: list[str]) -> str:
    from crmlib.classroom.course_map import tasks

    listed = ", ".join("-".join(sheet.split("-")[:2]) for sheet in sheets) or "–"
    if any(task.id == wanted or stem == wanted for stem, task in tasks().items()):
        return _("Task {task} has no sheet yet. There are sheets for {known}.").format(task=what, known=listed)
    return _('There is no sheet "{what}". There are sheets for {known}; one is checked by: crm check {first}').format(
        what=what, known=listed, first=listed.split(",")[0]
    )


def released(course: Path) -> list[str]:
    """The sheets of a course, in its order."""
    return sorted({path.parent.name for path in course.glob("exercises/*/release/*/*.ipynb")}, key=_in_order)


def _in_order(sheet: str) -> tuple:
    return tuple(int(part) if part.isdigit() else 99 for part in sheet.split("-")[:2]), sheet


def _release(course: Path, edition: str, sheet: str) -> Path:
    return course / "exercises" / edition / "release" / sheet / f"{sheet}.ipynb"


def open_sheet(path: Path, *, newer: Mapping[str, str] | None = None, edition: str = "") -> OwnSheet:
    """Read a learner's notebook and put it beside its key.

    Parameters
    ----------
    path : Path
    newer : mapping of cell id to source, optional
        Cells that were run in the open notebook after it was saved.
    edition : "zh" or "en", optional
        Of the key; by default the notebook's own.

    Raises
    ------
    ValueError
        The file is no notebook, or no sheet of this course; or the course's folder holds no answers.
    """
    cells, meta, notes = _read(path)
    newer = dict(newer or {})
    for cell in cells:
        cell["source"] = newer.pop(cell.get("id"), cell["source"])
    if newer:
        raise ValueError(_("The notebook has cells that are not saved yet. Save it (Ctrl+S, on a Mac Command+S) and check again."))
    edition = edition or _edition(cells, meta)
    course = course_folder(path.resolve().parent, Path.cwd())
    sheet = _sheet(path, cells, meta, course)
    key = find(course, sheet, edition)
    in_order, odd = _in_place(cells, key)
    return OwnSheet(path, course, key, tuple(in_order), (*notes, *odd))


def _read(path: Path) -> tuple[list[dict], dict, list[str]]:
    """Cells, metadata and notes. Most files are plain JSON; nbformat, which is slow to import, reads the others."""
    raw = path.read_bytes()
    if not raw.strip():
        raise ValueError(_("{path} is empty. Was it ever saved? Take a fresh copy from the course's ZIP.").format(path=path))
    try:
        content = json.loads(raw)
        plain = content["nbformat"] == 4 and all(isinstance(cell["metadata"], dict) for cell in content["cells"])
    except (ValueError, KeyError, TypeError):
        plain = False
    notes = []
    if not plain:
        content, notes = _read_anyway(path)
    cells = []
    for cell in content["cells"]:
        source = cell.get("source", "")
        cells.append({**cell, "source": "".join(source) if isinstance(source, list) else str(source)})
    return cells, content.get("metadata", {}), notes


def _read_anyway(path: Path) -> tuple[dict, list[str]]:
    from crmlib.classroom.grading.reading import read_with_notes

    try:
        notebook, notes = read_with_notes(path)
    except ValueError as error:
        raise ValueError(
            _("{path} is not a complete notebook file. Perhaps saving it was cut short: open it in JupyterLab and save it again, "
              "or take a fresh copy from the course's ZIP.").format(path=path)
        ) from error  # fmt: skip
    return notebook, [note.said for note in notes]


def _edition(cells: list[dict], meta: Mapping) -> str:
    for cell in cells:
        if cell.get("cell_type") == "code" and (found := _SETUP.search(cell["source"])):
            return found[1]
    about = meta.get("crm")
    said = about.get("edition") if isinstance(about, Mapping) else None
    return said if said in LANGUAGES else language()


def _sheet(path: Path, cells: list[dict], meta: Mapping, course: Path | None) -> str:
    if not any(_grade_id(cell) for cell in cells):
        raise ValueError(_("{path} is no sheet of exercises: there is nothing in it to check.").format(path=path))
    sheets = released(course) if course else []
    about = meta.get("crm")
    task = str(about.get("task", "")) if isinstance(about, Mapping) else ""
    found = [sheet for sheet in sheets if task and sheet.startswith(f"{task}-")] or [
        sheet for sheet in sheets if path.stem.startswith(sheet)
    ]
    return found[0] if found else path.stem


def _grade_id(cell: Mapping) -> str:
    about = cell.get("metadata", {}).get("nbgrader")
    said = about.get("grade_id") if isinstance(about, Mapping) else None
    return said if isinstance(said, str) else ""


def _in_place(cells: list[dict], key: AnswerKey) -> tuple[list[KeyCell], list[str]]:
    """The learner's cells with the course's own ones as they were given out; of doubled cells the last one worked in counts."""
    known = {cell.name: cell for cell in key.cells if cell.type == "code" or cell.role != "free"}
    places: dict[str, int] = {}
    named = [_grade_id(cell) if _grade_id(cell) in known else "" for cell in cells]
    named = [
        name or (cell["id"] if cell.get("id") in known and cell["id"] not in named else "") for name, cell in zip(named, cells, strict=True)
    ]
    for place, (name, cell) in enumerate(zip(named, cells, strict=True)):
        if name and (name not in places or _bare(cell["source"]) != _bare(known[name].source)):
            places[name] = place
    own = []
    for place, (name, cell) in enumerate(zip(named, cells, strict=True)):
        if places.get(name) == place:
            own.append(_own(known[name], cell["source"]))
        elif cell.get("cell_type") == "code" and not name:
            own.append(KeyCell(str(cell.get("id", f"cell-{place}")), "code", "own", OWN_COMMANDS.sub("", cell["source"])))
    missing = [name for name in known if name not in places]
    order = list(known)
    for name in missing:
        before = order[: order.index(name)]
        after = max((index for index, cell in enumerate(own) if cell.name in before), default=-1)
        own.insert(after + 1, _own(known[name], known[name].source))
    gone = [name for name in missing if known[name].role != "free"]
    if not gone:
        return own, []
    return own, [_("These cells were gone from the notebook; they count as they were given out: {cells}.").format(cells=", ".join(gone))]


def _own(known, source: str) -> KeyCell:
    kept = source if known.role in ("answer", "free") else known.source
    return KeyCell(known.name, known.type, known.role, kept, known.answers, known.points)
