"""A gap left in a cell gives a sentence instead of ``NameError: name '____' is not defined``."""

from __future__ import annotations

import sys

from crmlib.classroom.answers import BLANK
from crmlib.classroom.hints import sentence


def install_blank_hint() -> None:
    """Let the running IPython explain a left-over gap in one sentence; elsewhere this does nothing.

    The cell still ends in an error, so that nbclient and nbgrader see it as failed. Other NameErrors look as ever.

    Why: the first thing that a newcomer does is to run a cell before filling it in.

    >>> install_blank_hint()
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.set_custom_exc((NameError,), _explain)


def _explain(shell, kind, error, traceback, tb_offset=None):
    if not BLANK.fullmatch(getattr(error, "name", None) or ""):
        shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
        return None
    told = [sentence("blank-here")]
    shell._showtraceback(kind, error, told)
    return told
