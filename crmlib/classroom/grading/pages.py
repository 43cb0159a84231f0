"""Pages of feedback for a class, from the marks as they are now."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from nbgrader.apps import NbGraderAPI
from nbgrader.utils import find_all_files
from traitlets.log import get_logger

from crmlib.classroom.course_config import course
from crmlib.classroom.grading.lock import grading_lock
from crmlib.classroom.grading.preparing import chosen
from crmlib.classroom.grading.progress import Progress
from crmlib.classroom.grading.quiet import quiet
from crmlib.i18n import _


def write_pages(
    root: Path | str, *, sheets: Iterable[str] | None = None, students: Iterable[str] | None = None, progress: bool = True
) -> list[Path]:
    """Write the feedback of every graded submission anew, by nbgrader's own converter.

    Parameters
    ----------
    root : path
        A course root.
    sheets, students : iterable of str, optional
        Only these; a sheet by its name or by how that begins.

    Returns
    -------
    list of Path
        The pages.

    Raises
    ------
    ValueError
        No such sheet; or a page could not be written, with nbgrader's reason.

    Why: an old page must not be left standing when a mark was changed by hand.
    """
    api = course(root)
    graded = _graded(api)
    names = sorted(graded) if sheets is None else chosen(sheets, graded)
    only = None if students is None else set(students)
    wanted = [(name, student) for name in names for student in graded[name] if only is None or student in only]
    pages, broken = [], []
    with quiet(get_logger()), grading_lock(Path(api.coursedir.root)), Progress(len(wanted), shown=progress) as shown:
        for name, student in wanted:
            outcome = api.generate_feedback(name, student, force=True)
            folder = api.coursedir.format_path(api.coursedir.feedback_directory, student, name)
            if outcome["success"]:
                pages += [Path(file) for file in sorted(find_all_files(folder)) if file.endswith(".html")]
            else:
                broken.append(_("{student}, {sheet}: {reason}").format(student=student, sheet=name, reason=_last_line(outcome)))
            shown.step({"student": student, "sheet": name, "status": "graded" if outcome["success"] else "failed"})
    if broken:
        raise ValueError(_("Some pages of feedback could not be written: {list}").format(list="; ".join(broken)))
    return pages


def _graded(api: NbGraderAPI) -> dict[str, list[str]]:
    """By sheet, the students whose submission is in the gradebook and in nbgrader's folder for graded ones."""
    found = {}
    with api.gradebook as gradebook:
        for sheet in gradebook.assignments:
            students = sorted(one.student_id for one in sheet.submissions)
            folder = partial(api.coursedir.format_path, api.coursedir.autograded_directory, assignment_id=sheet.name)
            found[sheet.name] = [student for student in students if any(Path(folder(student_id=student)).glob("*.ipynb"))]
    return found


def _last_line(outcome) -> str:
    lines = f"{outcome.get('log') or ''}\n{outcome.get('error') or ''}".strip().splitlines()
    return next((line.strip() for line in reversed(lines) if "Error" in line), lines[-1] if lines else "")
