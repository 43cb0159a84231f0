"""Runs a learner's notebook from a clean start for :mod:`crmlib.classroom.self_check`, in a process of its own, on every system.

It reads one line of JSON, the cells, and answers with a line before and after each. What cells print goes nowhere. The test cells
look at the learner's names but run beside them, so that no test overwrites what a later cell needs.
"""

from __future__ import annotations

import _thread
import ast
import contextlib
import json
import os
import signal
import sys
import threading
import types
from collections.abc import Iterator

FILE = "crm-check"


def main() -> None:
    """Serve one check, from standard input to what was standard output."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a program started in the background ignores it, and so would we
    shell = _make_shell()
    from crmlib.classroom import marking
    from crmlib.i18n import use_language

    job = json.loads(sys.stdin.buffer.readline())
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    use_language(job["language"])
    marking.explain_errors()
    stage = {"__name__": "__main__"}
    exec(compile(job["setup"], FILE, "exec"), stage)
    _Run(shell, stage, job, out).run()
    out.flush()
    os._exit(0)


def _make_shell():
    """IPython as a kernel has it, but without one: no history file, no window, and errors kept instead of shown."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        said: tuple[str, ...] = ()

        def enable_gui(self, gui=None):
            """There is no window to be had."""

        def _showtraceback(self, etype, evalue, stb):
            type(self).said = tuple(map(str, stb))

    main = sys.modules["__main__"] = types.ModuleType("__main__")
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    return Shell.instance(config=config, user_module=main, colors="nocolor")


class _Run:
    def __init__(self, shell, stage: dict, job: dict, out) -> None:
        self._shell, self._stage, self._job, self._out = shell, stage, job, out
        self._sources: list[str] = []

    def run(self) -> None:
        for place, cell in enumerate(self._job["cells"]):
            self._tell({"begins": place})
            told: dict = {}
            with _bounded(self._job["seconds"]) as late:
                told = self._test(cell) if cell["role"] == "test" else self._own(cell)
            self._tell({"ends": place, **told, **({"late": True} if late else {})})

    def _tell(self, what: dict) -> None:
        self._out.write(json.dumps(what, ensure_ascii=False) + "\n")
        self._out.flush()

    def _own(self, cell: dict) -> dict:
        type(self._shell).said = ()
        result = self._shell.run_cell(cell["source"], store_history=True)
        self._sources.append(cell["source"])
        error = result.error_before_exec or result.error_in_exec
        if error is None:
            return {}
        lines = self._shell.said if 0 < len(self._shell.said) <= 3 else []
        return {"error": type(error).__name__, "said": "\n".join(lines) or f"{type(error).__name__}: {error}"}

    def _test(self, cell: dict) -> dict:
        from crmlib.classroom.answers import answering
        from crmlib.classroom.grading.handed import LeftOver
        from crmlib.classroom.hints import Lost
        from crmlib.classroom.left_over import is_left_over

        names = self._shell.user_ns
        handed = {
            name: LeftOver() if is_left_over(name, names[name]) else names[name] for name in cell["answers"] or names if name in names
        }
        try:
            with answering(handed, cells=self._sources):
                value = _executed(cell["source"], dict(self._stage))
        except Lost as lost:
            return {"error": "Lost", "said": str(lost), "hint": lost.hint}
        except Exception as error:  # a test may fail in any way at an answer that nobody has thought of
            return {"error": type(error).__name__, "said": str(error)}
        return {} if value is None else {"value": value}


def _executed(source: str, namespace: dict) -> float | None:
    """Run a test cell; a number that its last line shows is nbgrader's partial credit, unless ``mark`` gave it."""
    body = ast.parse(source, FILE).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), FILE, "exec"), namespace)
    if last is None:
        return None
    value = eval(compile(ast.Expression(last.value), FILE, "eval"), namespace)
    counts = isinstance(value, (int, float)) and not isinstance(value, bool) and not ast.unparse(last).startswith("mark.")
    return float(value) if counts else None


@contextlib.contextmanager
def _bounded(seconds: float) -> Iterator[list[bool]]:
    """A cell that takes too long is interrupted as by Ctrl-C; one that cannot be is the caller's to end."""
    late: list[bool] = []

    def interrupt() -> None:
        late.append(True)
        _thread.interrupt_main()

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield late
    except KeyboardInterrupt:
        late.append(True)
    finally:
        timer.cancel()


if __name__ == "__main__":
    main()
