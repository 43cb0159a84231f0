"""nbgrader's autograding of one submission, cut into its stages: take in, (run,) write, save."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader import utils
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.preprocessors import CheckCellMetadata, Execute, SaveAutoGrades
from traitlets.utils.importstring import import_item

from crmlib.classroom.execution import ending
from crmlib.classroom.feedback import edition_of
from crmlib.classroom.grading.book import Book
from crmlib.classroom.grading.checked_once import CheckedOnce
from crmlib.classroom.grading.from_notebook import contents, job_of, put_back, typed_code
from crmlib.classroom.grading.intake import cells_of
from crmlib.classroom.grading.job import Job, Outcome
from crmlib.classroom.grading.markers import MARKER_FILE, TIMESTAMP_FILE, Marker, unfinished
from crmlib.classroom.grading.outputs import TIMED_OUT
from crmlib.classroom.grading.reading import Note
from crmlib.classroom.grading.sheet import Sheet, key_of
from crmlib.classroom.submissions import UNREADABLE, taken_in
from crmlib.i18n import _, language

FAILED = {UNREADABLE, "other-sheet"}


@dataclass
class Work:
    """One submission on its way."""

    student: str
    sheet: str
    folder: Path
    sheets: Mapping[str, Sheet]
    files: Mapping[str, Path]
    marker: Marker
    firm_code: str = ""
    timestamp: datetime | None = None
    notebooks: dict[str, tuple] = field(default_factory=dict)
    beside: dict[str, Path] = field(default_factory=dict)


class Pipeline:
    """The preprocessors that the course has configured, made once, with one gradebook.

    Parameters
    ----------
    api : NbGraderAPI
    book : Book
    codes : mapping of firm code to student
        Of the whole class.
    cell_seconds : int
    """

    def __init__(self, api: NbGraderAPI, book: Book, *, codes: Mapping[str, str], cell_seconds: int) -> None:
        self.book, self.codes, self.cell_seconds, self.coursedir = book, codes, cell_seconds, api.coursedir
        self.converter = Autograde(coursedir=api.coursedir, parent=api)
        self.every_sheet: dict[str, Mapping[str, Sheet]] = {}
        steps = [self._made(one) for one in self.converter.autograde_preprocessors]
        runs = next((place for place, step in enumerate(steps) if isinstance(step, Execute)), -1)
        saves = next((place for place, step in enumerate(steps) if isinstance(step, SaveAutoGrades)), len(steps))
        self._before = [*map(self._made, self.converter.sanitize_preprocessors), *steps[: max(runs, 0)]]
        self._after, self._saving = steps[runs + 1 : saves], steps[saves:]

    def _made(self, step):
        kind = import_item(step) if isinstance(step, str) else step
        return (CheckedOnce if kind is CheckCellMetadata else kind)(parent=self.converter)

    def graded_folder(self, student: str, sheet: str) -> Path:
        """Where nbgrader looks for the graded submission."""
        return Path(os.path.normpath(self.coursedir.format_path(self.coursedir.autograded_directory, student, sheet)))

    def _about(self, work: Work, name: str) -> dict:
        about = {"student": work.student, "assignment": work.sheet, "notebook": name, "db_url": self.coursedir.db_url, "notes": [],
                 "book": self.book, "sheet": work.sheets[name], "same_answers": work.marker.same_answers}  # fmt: skip
        return {"unique_key": name, "output_files_dir": f"{name}_files", "nbgrader": about}

    def take_in(self, work: Work) -> list[Job]:
        """Read a submission and put it in order; what is to be run, a job a notebook."""
        work.beside = self._files_beside(work)
        jobs, files = [], contents(work.beside)
        release = Path(self.coursedir.format_path(self.coursedir.release_directory, ".", work.sheet))
        for name, path in work.files.items():
            nb, notes = taken_in(path, release / f"{name}.ipynb", student=work.student)
            notes += [] if any(note.kind == UNREADABLE for note in notes) else self._oddities(work, nb, work.sheets[name])
            resources = self._about(work, name)
            for step in self._before:
                nb, resources = step(nb, resources)
            same = self._same_as_before(work, name, nb)
            work.marker = replace(work.marker, same_answers=(*work.marker.same_answers, *same))
            resources["nbgrader"]["same_answers"] = same
            work.notebooks[name] = (nb, resources)
            self._note(work, [*notes, *resources["nbgrader"]["notes"]])
            jobs.append(job_of(nb, work.sheets[name], firm_code=work.firm_code, language=edition_of(nb),
                               cell_seconds=self.cell_seconds, files=files))  # fmt: skip
        return jobs

    def _same_as_before(self, work: Work, name: str, nb) -> list[str]:
        """Graded cells of which nothing has changed since they were graded: an answer by itself, a test with all that the student wrote."""
        graded = self.graded_folder(work.student, work.sheet) / f"{name}.ipynb"
        if not graded.is_file():
            return []
        before = [(key_of(cell), cell.source) for cell in nbformat.read(graded, 4).cells]
        now = [(key_of(cell), cell.source) for cell in nb.cells]
        same, sheet = set(before) & set(now), work.sheets[name]
        locked = {key for key, known in sheet.cells.items() if known.locked}
        written = [[cell for cell in cells if cell[0] not in locked] for cells in (before, now)]
        return [key for key, _source in same if key in sheet.items and (key not in locked or written[0] == written[1])]

    def _note(self, work: Work, notes: Iterable[Note]) -> None:
        said = tuple(dict.fromkeys([*work.marker.notes, *notes]))
        status = "failed" if any(note.kind in FAILED for note in said) else work.marker.status
        work.marker = replace(work.marker, notes=said, status=status)

    def _oddities(self, work: Work, nb, sheet: Sheet) -> list[Note]:
        notes = []
        if not cells_of(nb, sheet):
            others = [name for name, sheets in self.every_sheet.items() if any(cells_of(nb, other) for other in sheets.values())]
            told = _("This is {other}, not {sheet}.") if others else _("No cell of {sheet} is in this notebook.")
            notes.append(Note("other-sheet", told.format(sheet=work.sheet, other=", ".join(others))))
        elif (edition := edition_of(nb)) != language():
            names = {"zh": _("Chinese"), "en": _("English")}
            notes.append(Note("other-edition", _("This is the {edition} edition of the sheet.").format(edition=names[edition])))
        typed = _plain(typed_code(nb))
        if work.firm_code and typed and typed != _plain(work.firm_code):
            owner = self.codes.get(typed)
            told = _("The data code typed in is that of {owner}: the numbers may be copied.") if owner else _(
                "The data code typed in ({code}) is not this student's; the student's own firm was used.")  # fmt: skip
            notes.append(Note("other-firm", told.format(owner=owner, code=typed)))
        return notes

    def _files_beside(self, work: Work) -> dict[str, Path]:
        """What else lies in the submission, overlaid with what the instructor's source folder has."""
        source = Path(self.coursedir.format_path(self.coursedir.source_directory, ".", work.sheet))
        kept = set(self.converter.exclude_overwriting.get(work.sheet, ()))
        taken = {str(path) for path in work.files.values()}
        found: dict[str, Path] = {}
        for folder in (work.folder, source):
            for path in map(Path, utils.find_all_files(str(folder), [*self.coursedir.ignore, "*.ipynb"])):
                name = path.relative_to(folder).as_posix()
                unwanted = name == MARKER_FILE or (name == TIMESTAMP_FILE and work.timestamp is None) or str(path) in taken
                if not (unwanted or path.is_symlink() or (folder is source and name in kept and name in found)):
                    found[name] = path
        return found

    def write(self, work: Work, outcomes: Iterable[Outcome]) -> None:
        """Put the submission that was run into its folder; from here on it need not be run again."""
        outcomes = list(outcomes)
        if any(outcome.died == "judge" for outcome in outcomes):
            raise ValueError(ending("judge"))
        for (name, (nb, resources)), outcome in zip(list(work.notebooks.items()), outcomes, strict=True):
            put_back(nb, outcome)
            for step in self._after:
                nb, resources = step(nb, resources)
            work.notebooks[name] = (nb, resources)
            self._note(work, [Note(f"died-{outcome.died}", ending(outcome.died))] if outcome.died else _stopped(nb, outcome))
            work.marker = replace(work.marker, seconds=work.marker.seconds + outcome.seconds)
        work.marker = replace(work.marker, state="run", before=self.points(work))
        target = self.graded_folder(work.student, work.sheet)
        new, old = _beside(target)
        _clear(new, old)
        new.mkdir(parents=True)
        permissions = int(str(self.converter.permissions), 8)
        for name, path in work.beside.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, new / name)
            (new / name).chmod(permissions)
        for name, (nb, _resources) in work.notebooks.items():
            text = nbformat.versions[4].writes_json(nb) + "\n"
            (new / f"{name}.ipynb").write_bytes(text.encode("utf-8", "replace"))
            (new / f"{name}.ipynb").chmod(permissions)
        work.marker.write(new)
        if target.exists():
            target.rename(old)
        new.rename(target)
        _clear(old)

    def read_back(self, work: Work) -> None:
        """Take up a submission that was run, and perhaps not saved."""
        folder = self.graded_folder(work.student, work.sheet)
        for name in work.sheets:
            if (folder / f"{name}.ipynb").is_file():
                work.notebooks[name] = (nbformat.read(folder / f"{name}.ipynb", 4), self._about(work, name))

    def save(self, work: Work) -> None:
        """Write the gradebook, in one transaction, and then the marker that says so."""
        with self.book.at_once():
            about = {} if work.timestamp is None else {"timestamp": work.timestamp}
            with self.book.db.no_autoflush:
                self.book.update_or_create_student(work.student)
                submission = self.book.update_or_create_submission(work.sheet, work.student, **about)
            for notebook in submission.notebooks:
                if notebook.name not in work.notebooks:
                    for grade in notebook.grades:
                        grade.auto_score, grade.needs_manual_grade = 0, False
            for nb, resources in work.notebooks.values():
                for step in self._saving:
                    nb, resources = step(nb, resources)
        work.marker = replace(work.marker, state="saved")
        target = self.graded_folder(work.student, work.sheet)
        work.marker.write(target)
        _clear(*_beside(target), *unfinished(target, MARKER_FILE))

    def points(self, work: Work) -> dict[str, float | None]:
        """What the gradebook says now of each item; nothing before the first time."""
        return {item: points for name in work.sheets for item, points in self.book.auto_scores(name, work.sheet, work.student).items()}


def _stopped(nb: nbformat.NotebookNode, outcome: Outcome) -> list[Note]:
    """A note that names the cells which took too long; none where all ended in time."""
    late = [_name(cell) for cell, outputs in zip(nb.cells, outcome.outputs, strict=True)
            if any(one.get("ename") == TIMED_OUT[0] for one in outputs)]  # fmt: skip
    told = _("These cells took too long and were stopped: {cells}.")
    return [Note("slow-cells", told.format(cells=", ".join(late)))] if late else []


def _name(cell: nbformat.NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id") or cell.id


def handed_in_at(folder: Path) -> tuple[datetime | None, list[Note]]:
    """When a submission was handed in, by the file that nbgrader keeps beside it."""
    try:
        text = (folder / TIMESTAMP_FILE).read_bytes().decode("utf-8-sig", "replace").strip()
    except OSError:
        return None, []
    try:
        if text:
            return utils.parse_utc(text), []
    except (ValueError, OverflowError):
        pass
    told = _('{file} holds "{text}", which is no time; the submission counts as handed in on time.')
    return None, [Note("timestamp", told.format(file=TIMESTAMP_FILE, text=text[:40]))]


def _plain(code: str) -> str:
    return "".join(character for character in code.upper() if character.isalnum())


def _beside(target: Path) -> tuple[Path, Path]:
    return target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")


def _clear(*paths: Path) -> None:
    for path in paths:
        if path.is_dir():
            utils.rmtree(str(path))
        else:
            path.unlink(missing_ok=True)
