"""A job on its way to the judge, and what of it the learner's process is told."""

from __future__ import annotations

from dataclasses import asdict, replace

from crmlib.classroom.grading.job import CellJob, Job
from crmlib.classroom.grading.limits import Limits
from crmlib.classroom.grading.wire import Message


def without_tests(job: Job) -> Job:
    """What the learner may know of a job: no test cell, and not what they look at."""
    return replace(job, setup="", cells=tuple(cell if cell.kind == "run" else CellJob("", cell.kind) for cell in job.cells))


def message_of(job: Job) -> Message:
    """A job as a message."""
    head = {**vars(job), "cells": [[cell.source, cell.kind, list(cell.answers)] for cell in job.cells],
            "limits": asdict(job.limits), "files": list(job.files)}  # fmt: skip
    return Message(head, list(job.files.values()))


def job_from(message: Message) -> Job:
    """The job in a message."""
    head = message.head
    cells = tuple(CellJob(source, kind, tuple(answers)) for source, kind, answers in head["cells"])
    files = dict(zip(head["files"], message.parts, strict=True))
    return Job(**{**head, "cells": cells, "limits": Limits(**head["limits"]), "files": files})
