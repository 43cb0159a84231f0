"""Errors in a learner's notebook: the line of the cell that failed and one plain sentence with the mend, instead of a stack."""

from __future__ import annotations

import ast
import linecache
import re
import sys
from types import MethodType, TracebackType

from crmlib.i18n import _

BLANK = re.compile(r"(?<![A-Za-z0-9_])____(?![A-Za-z0-9_])")
"""A gap of a scaffold; four underscores, because IPython uses one to three itself."""

_choice: bool | None = None


def explain_errors(wanted: bool | None = None) -> None:
    """Let the running IPython explain errors in a sentence, or show its stacks again; elsewhere this does nothing.

    The cell still ends in the same error, so that whoever runs the notebook by program sees it as failed, with its name and message.
    The line magic ``%tb`` shows the whole stack of the last error.

    Parameters
    ----------
    wanted : bool, optional
        Without it, the last choice of this session stays; where there was none, errors are explained.

    >>> explain_errors()
    """
    global _choice
    _choice = wanted if wanted is not None else _choice is not False
    shell = _shell()
    if shell is None:
        return
    if _choice:
        shell.set_custom_exc((Exception,), _explain)
        shell.showsyntaxerror = MethodType(_explain_uncompiled, shell)
    elif getattr(shell.showsyntaxerror, "__func__", None) is _explain_uncompiled:
        shell.set_custom_exc((), None)
        del shell.showsyntaxerror


def _shell():
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def _explain(shell, kind, error, traceback, tb_offset=None):
    told = _told(shell, error, traceback)
    if told is not None:
        sys.last_type, sys.last_value, sys.last_traceback, sys.last_exc = kind, error, traceback, error
        shell._showtraceback(kind, error, told)
    elif isinstance(error, SyntaxError):
        type(shell).showsyntaxerror(shell)
    else:
        shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
    return told


def _explain_uncompiled(shell, *arguments, **options):
    """A cell that can be read but not compiled, such as a return outside its function, never reaches the custom handler."""
    kind, error, traceback = sys.exc_info()
    if not isinstance(error, SyntaxError):
        type(shell).showsyntaxerror(shell, *arguments, **options)
    else:
        _explain(shell, kind, error, traceback)


def _told(shell, error: BaseException, traceback: TracebackType | None) -> list[str] | None:
    """What to show; None where IPython should show what it would without us."""
    from IPython.core.error import UsageError

    if shell.call_pdb or isinstance(error, UsageError):
        return None
    try:
        return error._render_traceback_() if hasattr(error, "_render_traceback_") else _explanation(shell, error, traceback)
    except Exception:
        # IPython would lose the learner's error if one of ours came out of here, and a failed cell would count as passed.
        return None


def _explanation(shell, error: BaseException, traceback: TracebackType | None) -> list[str]:
    from crmlib.error_sentences import mend
    from crmlib.syntax_sentences import mend_syntax

    error = _complete(shell, error)
    places, line = _places(shell, error, traceback)
    is_syntax = isinstance(error, SyntaxError)
    if BLANK.search(str(error)) or (is_syntax and BLANK.search(line)):
        told = _("This cell still has a gap (____). Put your own text in place of each ____ and run it again.")
    else:
        told = mend_syntax(error, line) if is_syntax else mend(error, traceback, line=line, names=shell.user_ns)
    return [*places, told]


def _complete(shell, error: BaseException) -> BaseException:
    """IPython says only "incomplete input" of a bracket that is never closed; Python itself says which."""
    if isinstance(error, SyntaxError) and error.msg == "incomplete input" and _is_cell(shell, error.filename):
        try:
            ast.parse("".join(linecache.getlines(error.filename)), error.filename)
        except SyntaxError as exact:
            return exact
    return error


def _places(shell, error: BaseException, traceback: TracebackType | None) -> tuple[list[str], str]:
    """Where the learner's own code failed, in words; and the failing line itself."""
    if isinstance(error, SyntaxError) and _is_cell(shell, error.filename):
        line = (linecache.getline(error.filename, error.lineno or 0) or error.text or "").strip()
        return [_("Line {number}: {code}").format(number=error.lineno, code=line)], line
    steps = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if _is_cell(shell, code.co_filename):
            steps.append((code.co_filename, traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    if not steps:
        return [], getattr(error, "text", None) or ""
    running = [step for step in steps if step[0] == steps[0][0]][-1]
    line = linecache.getline(*running[:2]).strip()
    places = [_("Line {number}: {code}").format(number=running[1], code=line)]
    filename, number, function = steps[-1]
    if filename != running[0]:
        line = linecache.getline(filename, number).strip()
        places.append(_("Line {number} of {function}: {code}").format(number=number, function=function, code=line))
    return places, line


def _is_cell(shell, filename: str | None) -> bool:
    return filename is not None and shell.compile.format_code_name(filename) is not None
