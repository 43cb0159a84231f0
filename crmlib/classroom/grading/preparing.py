"""Make the gradebook know the sheets that are to be graded, as their sources stand now."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.preprocessors import ComputeChecksums, LockCells
from nbgrader.utils import is_grade, is_locked, is_solution, is_task

from crmlib.classroom.scaffold import ClearToScaffold
from crmlib.i18n import _


def chosen(names: Iterable[str], known: Collection[str]) -> list[str]:
    """Sheets by name, or by how it begins.

    Raises
    ------
    ValueError
        No sheet, or more than one, is called so.

    >>> chosen(["1-1"], ["1-1-customer-classes", "1-2-key-customers"])
    ['1-1-customer-classes']
    """
    found = []
    for name in names:
        fits = [name] if name in known else sorted(one for one in known if re.match(rf"{re.escape(name)}(\b|-|$)", one))
        if len(fits) != 1:
            raise ValueError(_('No single sheet is called "{name}"; there are: {known}.').format(name=name, known=", ".join(sorted(known))))
        found += fits
    return list(dict.fromkeys(found))


def prepare(api: NbGraderAPI, gradebook: Gradebook, sheets: Iterable[str]) -> list[str]:
    """Let nbgrader generate the sheets that its gradebook lacks or has in an older version; which ones those were.

    Raises
    ------
    ValueError
        nbgrader refuses; the sentence has its reason. The release, which nbgrader takes away before it tries, is put back.
    """
    made = []
    for sheet in sheets:
        if _is_current(api, gradebook, sheet):
            continue
        gradebook.db.commit()
        release = Path(api.coursedir.format_path(api.coursedir.release_directory, ".", sheet))
        before = {path: path.read_bytes() for path in release.rglob("*") if path.is_file()}
        outcome = api.generate_assignment(sheet, force=True, create=True)
        if not outcome["success"]:
            for path, content in before.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            raise ValueError(_("nbgrader cannot prepare {sheet}: {reason}").format(sheet=sheet, reason=_reason(outcome)))
        gradebook.db.expire_all()
        made.append(sheet)
    return made


def _is_current(api: NbGraderAPI, gradebook: Gradebook, sheet: str) -> bool:
    source = Path(api.coursedir.format_path(api.coursedir.source_directory, ".", sheet))
    release = Path(api.coursedir.format_path(api.coursedir.release_directory, ".", sheet))
    written = {path.stem: _as_saved(path) for path in source.glob("*.ipynb")}
    if not all((release / f"{name}.ipynb").is_file() for name in written):
        return False
    try:
        notebooks = gradebook.find_assignment(sheet).notebooks
    except MissingEntry:
        return not written
    if not written:
        return True
    saved = {}
    for notebook in notebooks:
        points = {cell.name: float(cell.max_score) for cell in [*notebook.grade_cells, *notebook.task_cells]}
        saved[notebook.name] = {cell.name: (cell.source, cell.checksum, points.get(cell.name)) for cell in notebook.source_cells}
    return saved == written


def _as_saved(path: Path) -> dict[str, tuple[str, str, float | None]]:
    """The cells of a source as nbgrader would save them."""
    nb, resources = nbformat.read(path, 4), {}
    for step in (LockCells, ClearToScaffold, ComputeChecksums):
        nb, resources = step().preprocess(nb, resources)
    kept = [cell for cell in nb.cells if is_grade(cell) or is_solution(cell) or is_locked(cell) or is_task(cell)]
    abouts = [(cell, cell.metadata.nbgrader) for cell in kept]
    return {
        about.grade_id: (cell.source, about.get("checksum"), float(about.points) if is_grade(cell) or is_task(cell) else None)
        for cell, about in abouts
    }  # fmt: skip


def _reason(outcome) -> str:
    said = f"{outcome.get('error') or ''}\n{outcome.get('log') or ''}"
    if "Cannot add or remove cells" in said:
        return _("graded cells were added or taken away after submissions were graded. Give the changed sheet another name.")
    found = re.findall(r"^\s*((?:\w+\.)*\w*(?:Error|Exception)\w*: .+)$", said, re.MULTILINE)
    return found[-1] if found else said.strip().splitlines()[-1]
