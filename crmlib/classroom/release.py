"""What students get of a sheet: made by nbgrader itself, in a course of its own that is thrown away."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Releases:
    """Notebooks for students by assignment id, and for those that nbgrader refuses, its reason."""

    made: Mapping[str, bytes] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def scripts_on_path() -> Iterator[None]:
    """Let nbgrader find ``alembic``, which it starts by name, also where the environment is not activated.

    >>> with scripts_on_path():
    ...     os.environ["PATH"].split(os.pathsep)[0] == sysconfig.get_path("scripts")
    True
    """
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join(filter(None, [sysconfig.get_path("scripts"), before]))
    try:
        yield
    finally:
        os.environ["PATH"] = before


def releases(sheets: Mapping[str, bytes]) -> Releases:
    """Let nbgrader turn sheets with solutions into what students get.

    nbgrader writes into a gradebook while it does so; it is a temporary one, so that an instructor's gradebook stays as it is.

    Parameters
    ----------
    sheets : mapping
        Assignment id → notebook with solutions, hidden tests and rubrics.

    Returns
    -------
    Releases

    >>> releases({}).made
    {}
    """
    if not sheets:
        return Releases()
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config
    from traitlets.log import get_logger

    from crmlib.classroom.scaffold import configure_release

    made, refused = {}, {}
    with tempfile.TemporaryDirectory(prefix="crm-release-", ignore_cleanup_errors=True) as folder, scripts_on_path():
        root = Path(folder).resolve()
        for stem, content in sheets.items():
            source = root / "source" / stem / f"{stem}.ipynb"
            source.parent.mkdir(parents=True)
            source.write_bytes(content)
        config = Config()
        configure_release(config)
        config.CourseDirectory.root = str(root)
        config.CourseDirectory.db_url = f"sqlite:///{(root / 'gradebook.db').as_posix()}"
        with _quiet(get_logger()):
            api = NbGraderAPI(config=config)
            for stem in sheets:
                outcome = api.generate_assignment(stem, force=True, create=True)
                path = root / "release" / stem / f"{stem}.ipynb"
                if outcome["success"]:
                    made[stem] = path.read_bytes().replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
                else:
                    refused[stem] = _reason(outcome)
    return Releases(made, refused)


@contextlib.contextmanager
def _quiet(log: logging.Logger) -> Iterator[None]:
    """Keep nbgrader's messages for the sentence that we make of them, instead of printing them."""
    handlers, propagate = log.handlers[:], log.propagate
    log.handlers, log.propagate = [logging.NullHandler()], False
    try:
        yield
    finally:
        log.handlers, log.propagate = handlers, propagate


def _reason(outcome: Mapping) -> str:
    """The last error that nbgrader names in its log: the exception itself, not the lines that say that there was one."""
    text = f"{outcome.get('error', '')}\n{outcome.get('log', '')}"
    found = re.findall(r"^\s*((?:\w+\.)*\w*(?:Error|Exception)\w*: .+)$", text, re.MULTILINE)
    return found[-1] if found else text.strip().splitlines()[-1]
