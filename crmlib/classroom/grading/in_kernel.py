"""The old way: a submission in a kernel of its own, with no walls around it. Only where the instructor has said so."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.preprocessors import Execute
from traitlets import Dict, List
from traitlets.config import Config

from crmlib.classroom.grading.job import Job, Outcome

SECRETS = ("CRM_CLASS_KEY", "CRM_FIRM_CODE")


class KernelRun(Execute):
    """nbgrader's Execute, with an environment for the kernel."""

    environment = Dict()
    extra_arguments = List(["--log-level=ERROR"])

    @contextmanager
    def setup_kernel(self, **kwargs) -> Iterator[None]:
        """nbclient calls this once a notebook."""
        with super().setup_kernel(env=dict(self.environment), **kwargs):
            yield


def run_in_kernel(job: Job, *, config: Config | None = None) -> Outcome:
    """Run a submission in a kernel, tests and all; a kernel that dies keeps what was run so far.

    Why: where there is no sandbox, an instructor who trusts the class can still grade it.
    """
    began = time.monotonic()
    nb = new_notebook(cells=[(new_markdown_cell if cell.kind == "other" else new_code_cell)(cell.source) for cell in job.cells])
    died = None
    with tempfile.TemporaryDirectory(prefix="crm-kernel-", ignore_cleanup_errors=True) as folder:
        for name, content in job.files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        client = KernelRun(config=config or Config(), timeout=job.cell_seconds, environment=_environment(job.firm_code, os.environ))
        try:
            client.preprocess(nb, {"metadata": {"path": folder}})
        except DeadKernelError:
            died = "exited"
            for cell in nb.cells:
                if cell.cell_type == "code" and cell.execution_count is None:
                    cell.outputs = [*cell.outputs, new_output("error", ename="DeadKernelError", evalue="", traceback=["DeadKernelError"])]
    outputs = tuple(list(cell.get("outputs", ())) for cell in nb.cells)
    return Outcome(outputs, tuple(cell.get("execution_count") for cell in nb.cells), died, time.monotonic() - began)


def _environment(firm_code: str, given: Mapping[str, str]) -> dict[str, str]:
    """The student's own firm, and not the class key."""
    kept = {name: value for name, value in given.items() if name not in SECRETS}
    return kept | ({"CRM_FIRM_CODE": firm_code} if firm_code else {})
