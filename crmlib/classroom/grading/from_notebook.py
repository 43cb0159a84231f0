"""From a submission's notebook to what the engine is asked, and from the engine's answer back into the notebook."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat

from crmlib.classroom.grading.job import CellJob, Job, Outcome
from crmlib.classroom.grading.sandbox import Limits
from crmlib.classroom.grading.sheet import KnownCell, Sheet
from crmlib.classroom.left_over import names_made
from crmlib.classroom.prose import SETUP_CALL

WHOLE_NOTEBOOK_CELLS = 5
LARGEST_FILE_BYTES = 32 << 20


def job_of(nb, sheet: Sheet, *, firm_code: str, language: str, cell_seconds: int, files: Mapping[str, bytes] | None = None) -> Job:
    """What the engine is asked for one submission.

    Parameters
    ----------
    nb : notebook whose graded cells are in order (see ``RestoreCells``)
    sheet : Sheet
        Tests, names they look at and the set-up cell come from here.
    cell_seconds : int
        How long one cell may run; the whole notebook may take as long as five of them.
    """
    made = {name for cell in nb.cells if cell.cell_type == "code" and _known(cell, sheet) is None for name in names_made(cell.source)}
    made |= {name for cell in nb.cells if (known := _known(cell, sheet)) and known.solution for name in names_made(cell.source)}
    setup = SETUP_CALL.sub(f'crm.setup("{language}")', "\n".join(sheet.setup))
    seconds = WHOLE_NOTEBOOK_CELLS * cell_seconds
    limits = Limits(wall_seconds=max(Limits.wall_seconds, seconds) if cell_seconds >= 60 else seconds)
    cells = tuple(_cell_job(cell, _known(cell, sheet), made) for cell in nb.cells)
    return Job(cells, setup, firm_code, language, limits, cell_seconds, dict(files or {}))


def _known(cell, sheet: Sheet) -> KnownCell | None:
    return sheet.cells.get(cell.metadata.get("nbgrader", {}).get("grade_id"))


def _cell_job(cell, known: KnownCell | None, made: set[str]) -> CellJob:
    if cell.cell_type != "code" or not cell.source.strip():
        return CellJob(cell.source, "other")
    if known is not None and known.is_test:
        return CellJob(known.source, "test", known.answers or tuple(name for name in _names_read(known.source) if name in made))
    return CellJob(cell.source, "run")


def _names_read(source: str) -> Iterator[str]:
    """The names that a test reads: what it looks at, where its metadata does not say."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    yield from dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


def put_back(nb, outcome: Outcome) -> None:
    """Give the notebook's cells the outputs and execution counts of `outcome`."""
    for cell, outputs, count in zip(nb.cells, outcome.outputs, outcome.counts, strict=True):
        if cell.cell_type == "code":
            cell.outputs = [nbformat.from_dict(output) for output in outputs]
            cell.execution_count = count


def typed_code(nb) -> str:
    """The firm code that a student has typed: the last text given to ``firm_code``, or to ``mark.firm``.

    >>> nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell('firm_code = " 7KQ2-M4XA-9T3C "')])
    >>> typed_code(nb)
    '7KQ2-M4XA-9T3C'
    """
    found = ""
    for cell in nb.cells:
        if cell.cell_type == "code" and "firm" in cell.source:
            for text in _codes_in(cell.source):
                found = text.strip() or found
    return found


def _codes_in(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        value = None
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "firm_code" for target in node.targets):
            value = node.value
        elif isinstance(node, ast.Call) and node.args and _is_mark_firm(node.func):
            value = node.args[0]
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def _is_mark_firm(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and called.attr == "firm" and isinstance(called.value, ast.Name) and called.value.id == "mark"


def contents(names: Mapping[str, Path]) -> dict[str, bytes]:
    """The content of the files that lie beside a notebook while it runs, links and very large ones left out."""
    small = {name: path for name, path in names.items() if not path.is_symlink() and path.stat().st_size <= LARGEST_FILE_BYTES}
    return {name: path.read_bytes() for name, path in small.items()}
