"""Run a submission for nbgrader: in the sandbox, on the student's own firm, and so that nothing harmless costs a point."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import sys
from functools import cache
from pathlib import Path

from nbgrader import utils
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import Execute, NbGraderPreprocessor

from crmlib.classroom.feedback import edition_of
from crmlib.classroom.grading.from_notebook import contents, job_of, put_back
from crmlib.classroom.grading.in_kernel import run_in_kernel
from crmlib.classroom.grading.job import Job, Outcome
from crmlib.classroom.grading.sheet import course_of
from crmlib.classroom.source import last_is_mark
from crmlib.i18n import _

KEY_FILE = "class-key.txt"
UNSAFE = "CRM_UNSAFE"


def class_key(root: Path | str) -> str:
    """The class's secret key: ``CRM_CLASS_KEY``, or the file ``class-key.txt`` in the course root or the folder above it; else "".

    >>> class_key("/no/such/folder") == os.environ.get("CRM_CLASS_KEY", "")
    True
    """
    if key := os.environ.get("CRM_CLASS_KEY", "").strip():
        return key
    for folder in (Path(root), Path(root).parent):
        with contextlib.suppress(OSError):
            return (folder / KEY_FILE).read_text("utf-8-sig").strip()
    return ""


def own_firm(key: str, student: str) -> str:
    """The code of the firm that a student works on; empty without a class key.

    >>> own_firm("", "2026001")
    ''
    """
    from crmlib.company import firm_code

    return firm_code(key, student) if key else ""


def is_unsafe() -> bool:
    """Whether the instructor has said (``CRM_UNSAFE=1``) that submissions may run without walls."""
    return os.environ.get(UNSAFE) == "1"


def refusal() -> str:
    """Why nothing may be graded on this machine, with the mend; empty where the sandbox stands, or is waived."""
    if is_unsafe():
        return ""
    if not sys.platform.startswith("linux"):
        return _(
            "Submissions are strangers' programs, and the walls that they are run behind exist on Linux only. Grade in WSL or on a Linux "
            "machine; or, if you trust everybody in the class, set CRM_UNSAFE=1 (crm grade --unsafe)."
        )
    from crmlib.classroom.grading import sandbox

    lacking = sandbox.missing()
    if not lacking:
        return ""
    return _(
        "Submissions are strangers' programs, and some of the walls that they are run behind are missing here: {layers}. "
        "crm doctor says how to mend it; if you trust everybody in the class, set CRM_UNSAFE=1 (crm grade --unsafe)."
    ).format(layers="; ".join(f"{layer.name} ({layer.mend})" if layer.mend else layer.name for layer in lacking))


def refuse_without_sandbox(log: logging.Logger) -> None:
    """Stop nbgrader before it has touched anything, where submissions could do harm.

    Raises
    ------
    nbgrader.converters.base.NbGraderException
        A layer of the sandbox is missing; the sentence is in the log.
    """
    if told := refusal():
        log.error(told)
        raise NbGraderException(told)


def run(job: Job) -> Outcome:
    """Run one submission on this machine: behind the walls, or in a kernel where they are waived."""
    return run_in_kernel(job) if is_unsafe() else _warm_parent().run(job)


@cache
def _warm_parent():
    """Kept for the life of this process: a formgrader's button should not wait for pandas every time."""
    from crmlib.classroom.grading.warm import WarmParent

    parent = WarmParent()
    atexit.register(parent.close)
    return parent


class ExecuteSheet(Execute):
    """Takes the place of nbgrader's Execute: the same cells, the same outputs, run by the engine on the student's firm."""

    def preprocess(self, nb, resources, *args, **kwargs):
        """nbconvert calls this once a submission."""
        from crmlib.classroom.submissions import is_students_own, sheet_of

        refuse_without_sandbox(self.log)
        about, coursedir = resources["nbgrader"], course_of(self)
        sheet = sheet_of(self, about)
        folder = Path(coursedir.format_path(coursedir.autograded_directory, about["student"], about["assignment"]))
        found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file() and path.suffix != ".ipynb"}
        beside = {name: path for name, path in found.items() if is_students_own(self, about, name)}
        job = job_of(nb, sheet, firm_code=own_firm(class_key(coursedir.root), about["student"]), language=edition_of(nb),
                     cell_seconds=self.timeout, files=contents(beside))  # fmt: skip
        outcome = run(job)
        if outcome.died == "judge":
            raise NbGraderException(ending(outcome.died))
        if outcome.died:
            self.log.warning(ending(outcome.died))
        put_back(nb, outcome)
        return nb, resources


def ending(died: str) -> str:
    """A sentence for the way in which a submission's process ended.

    >>> ending("memory") != ending("timeout")
    True
    """
    known = {
        "timeout": _("The whole notebook took too long and was stopped; what was not run yet earns nothing."),
        "memory": _("The notebook used up its memory and was stopped; what was not run yet earns nothing."),
        "cpu": _("The notebook used up its processor time and was stopped; what was not run yet earns nothing."),
        "garbage": _("The notebook sent nonsense in place of answers and was stopped; what was not run yet earns nothing."),
        "judge": _("The tests themselves broke down at this notebook; look at it by hand."),
    }
    return known.get(died, _("The notebook ended its own program half-way; what was not run yet earns nothing."))


class ForgiveWarnings(NbGraderPreprocessor):
    """What a test cell prints is no grade: nbgrader gives 0 for any text on stderr, and takes a shown number for partial credit."""

    def preprocess_cell(self, cell, resources, cell_index):
        """nbconvert calls this once a cell."""
        if cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell):
            for output in cell.outputs:
                if output.output_type == "stream":
                    output.name = "stdout"
            if last_is_mark(cell.source):
                cell.outputs = [output for output in cell.outputs if output.output_type != "execute_result"]
        return cell, resources
