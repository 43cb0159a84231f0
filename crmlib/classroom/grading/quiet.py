"""nbgrader tells every step that it takes; what an instructor needs of it is in our reports."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator


@contextlib.contextmanager
def quiet(log: logging.Logger) -> Iterator[None]:
    """Keep a logger's messages to itself.

    >>> with quiet(logging.getLogger("nbgrader")) as nothing:
    ...     logging.getLogger("nbgrader").error("Not shown.")
    """
    handlers, propagate = log.handlers[:], log.propagate
    log.handlers, log.propagate = [logging.NullHandler()], False
    try:
        yield
    finally:
        log.handlers, log.propagate = handlers, propagate
