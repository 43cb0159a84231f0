"""What is asked of the engine for one submission, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crmlib.classroom.grading.limits import Limits

KINDS = ("run", "test", "other")


@dataclass(frozen=True)
class CellJob:
    """One cell of a submission.

    Attributes
    ----------
    source : str
    kind : "run", "test" or "other"
        A cell of the student's that is run in the booth; a test cell, run unchanged by the judge; one that is not run (prose, empty).
    answers : tuple of str
        Of a test cell, the names that it may look up.
    """

    source: str
    kind: str = "run"
    answers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"A cell is one of {', '.join(KINDS)}, not {self.kind!r}.")


@dataclass(frozen=True)
class Job:
    """One submission to run. It can be pickled.

    Attributes
    ----------
    cells : tuple of CellJob
        Every cell of the notebook, in order: the outcome has as many.
    setup : str
        The set-up cell as the course has it (never the student's copy); the judge runs it before the first test cell.
    firm_code : str
        The student's own firm; empty where the class has no key: then the code typed in the notebook counts, as in a kernel.
    language : "zh" or "en"
    limits : Limits
    cell_seconds : int
        How long one cell may run.
    files : mapping of name to bytes
        Files that lie beside the notebook while it runs.
    """

    cells: tuple[CellJob, ...]
    setup: str = ""
    firm_code: str = ""
    language: str = "zh"
    limits: Limits = field(default_factory=Limits)
    cell_seconds: int = 60
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What became of a submission.

    Attributes
    ----------
    outputs : tuple of list of dict
        nbformat outputs, a list for each cell of the job.
    counts : tuple of int or None
        Execution counts; None where a cell was not run.
    died : str or None
        Why the student's process ended before its notebook did: "timeout", "memory", "cpu", "killed", "exited", "garbage" (it wrote
        nonsense to the judge), or "judge" (the judge itself came to grief). The cells after that carry nbclient's DeadKernelError.
    seconds : float
        Wall time from the request to the answer.
    """

    outputs: tuple[list[dict], ...]
    counts: tuple[int | None, ...]
    died: str | None = None
    seconds: float = 0.0
