"""``%crm_check`` and ``%crm_progress``: check the notebook that is open, without leaving it.

What counts is what the learner sees: a cell that was run after the last saving is taken as it was run. It is run again from a clean
start in a process of its own, so that a cell that works only by accident of the order is found here and not at the end.
"""

from __future__ import annotations

import html
import os
import sys
import time
from pathlib import Path

from crmlib.i18n import _, use_language

_ran: dict[str, tuple[float, str]] = {}


def offer_check() -> None:
    """Give the running IPython the commands ``%crm_check`` and ``%crm_progress``; elsewhere this does nothing.

    >>> offer_check()
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or "crm_check" in shell.magics_manager.magics["line"]:
        return
    shell.register_magic_function(crm_check, "line", "crm_check")
    shell.register_magic_function(crm_progress, "line", "crm_progress")
    shell.events.register("pre_run_cell", _remember)


def _remember(info) -> None:
    if getattr(info, "cell_id", None) and info.store_history:
        _ran[info.cell_id] = (time.time(), info.raw_cell)


def crm_check(line: str = "") -> None:
    """Check this notebook: ``%crm_check``, only items 2 and 3: ``%crm_check 2 3``, a solution: ``%crm_check --solution 2``."""
    _answer(_check, line)


def crm_progress(line: str = "") -> None:
    """What was done so far, in all sheets."""
    _answer(_progress, line)


def _answer(command, line: str) -> None:
    """Show what a command says; nothing where the notebook is itself being checked or marked."""
    from crmlib.classroom.self_check import CHECKING

    if os.environ.get(CHECKING) or os.environ.get("CRM_FIRM_CODE"):
        return
    from IPython.display import HTML, display

    try:
        shown = command(line.split())
    except ValueError as error:
        shown = f"<p>{html.escape(str(error))}</p>"
    display(HTML(shown))


def _check(words: list[str]) -> str:
    from crmlib.classroom import check_words, own_sheet, progress, self_check

    path = notebook()
    saved = path.stat().st_mtime
    newer = {cell: source for cell, (moment, source) in _ran.items() if moment > saved and not source.lstrip().startswith("%crm_")}
    if words[:1] == ["--solution"]:
        if len(words) != 2:
            raise ValueError(_("Name one item: %crm_check --solution 2"))
        sheet = own_sheet.open_sheet(path)
        use_language(sheet.key.edition)
        return check_words.solution_html(check_words.solution(sheet.key, words[1], progress.load(sheet.course), again="%crm_check"))
    result = self_check.check(path, items=words, newer=newer)
    use_language(result.edition)
    notes = progress.record(result).notes
    return check_words.in_html(result, command="%crm_check --solution") + "".join(f"<p>{html.escape(note)}</p>" for note in notes)


def _progress(_words: list[str]) -> str:
    from crmlib.classroom import check_words, progress
    from crmlib.classroom.answer_key import course_folder
    from crmlib.i18n import language

    course = course_folder(Path.cwd())
    if course is None:
        raise ValueError(
            _("This is not the folder of the course: {folder}. Go there first, or name the notebook's file.").format(folder=Path.cwd())
        )
    known = progress.load(course)
    lines = [*known.notes, *check_words.table(progress.overview(course, known, language()))]
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines)


def notebook() -> Path:
    """The file of the notebook that runs in this kernel.

    Raises
    ------
    ValueError
        It cannot be told which one it is.
    """
    shell = sys.modules["IPython"].get_ipython()
    named = [os.environ.get("JPY_SESSION_NAME", ""), str(shell.user_ns.get("__vsc_ipynb_file__", ""))]
    for name in named:
        if name.endswith(".ipynb") and Path(name).is_file():
            return Path(name)
    [*found] = Path.cwd().glob("*.ipynb")
    if len(found) != 1:
        raise ValueError(
            _("It cannot be told which file this notebook is. Save it, and check it in a terminal: crm check, and the file's name.")
        )
    return found[0]
