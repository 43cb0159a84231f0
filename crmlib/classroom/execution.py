"""Run a submission for nbgrader: on the student's own firm, and so that nothing harmless costs a point."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import Execute, NbGraderPreprocessor

from crmlib.classroom.rehearsal import last_is_mark

KEY_FILE = "class-key.txt"
SECRETS = ("CRM_CLASS_KEY", "CRM_FIRM_CODE")


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


@contextlib.contextmanager
def on_firm_of(student: str, key: str) -> Iterator[None]:
    """Kernels started meanwhile work on this student's firm, and do not see the class key."""
    from crmlib.company import firm_code

    before = {name: os.environ.pop(name, None) for name in SECRETS}
    if key:
        os.environ["CRM_FIRM_CODE"] = firm_code(key, student)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


class ExecuteSheet(Execute):
    """nbgrader's Execute, on the student's firm; a kernel that dies keeps the points earned so far."""

    def preprocess(self, nb, resources, *args, **kwargs):
        """nbconvert calls this once a submission."""
        root = self._course_root()
        with on_firm_of(resources["nbgrader"]["student"], class_key(root)):
            try:
                return super().preprocess(nb, resources, *args, **kwargs)
            except DeadKernelError:
                self.log.warning("The kernel died; what was not run yet earns nothing")
                for cell in nb.cells:
                    if cell.cell_type == "code" and cell.get("execution_count") is None:
                        died = new_output("error", ename="DeadKernelError", evalue="", traceback=["DeadKernelError"])
                        cell.outputs = [*cell.outputs, died]
                return nb, resources

    def _course_root(self) -> Path:
        above = self
        while above is not None:
            if getattr(above, "coursedir", None) is not None:
                return Path(above.coursedir.root)
            above = above.parent
        return Path.cwd()


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
