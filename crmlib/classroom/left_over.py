"""Answers left over from before: a cell that failed half-way leaves its names as they were, and a check should not judge those."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from crmlib.classroom.hints import Lost

_MADE_IN_TEXT = re.compile(r"^[ \t]*(?:def[ \t]+([^\W\d]\w*)|([^\W\d]\w*)[ \t]*=(?!=))", re.MULTILINE)
_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_ABSENT = object()


class _Watch:
    """Remembers, of every cell that failed, which names it should have made and did not."""

    def __init__(self, names: dict[str, object]) -> None:
        self.names = names
        self.before: dict[str, object] = {}
        self.left_over: dict[str, object] = {}

    def begins(self, info) -> None:
        words = set(re.findall(r"[^\W\d]\w*", info.raw_cell))
        self.before = {word: self.names[word] for word in words & set(self.names)}

    def ends(self, result) -> None:
        error = result.error_before_exec or result.error_in_exec
        if isinstance(error, Lost):
            return
        source = getattr(result.info, "transformed_cell", None) or result.info.raw_cell
        done = () if error is None else names_made(source, before=_failed_line(error, self.names))
        for name in names_made(source):
            unchanged = self.names.get(name) is self.before.get(name, _ABSENT)
            if error is not None and unchanged and name not in done:
                self.left_over[name] = self.names[name]
            else:
                self.left_over.pop(name, None)
        self.before = {}


_watch: _Watch | None = None


def watch_cells() -> None:
    """Follow the cells of the running IPython from now on; elsewhere this does nothing.

    >>> watch_cells()
    """
    global _watch
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or _watch is not None:
        return
    _watch = _Watch(shell.user_ns)
    shell.events.register("pre_run_cell", _watch.begins)
    shell.events.register("post_run_cell", _watch.ends)


def stop_watching() -> None:
    """Follow cells no longer: whoever only judges makes no answers.

    >>> stop_watching()
    """
    global _watch
    if _watch is None:
        return
    shell = sys.modules["IPython"].get_ipython()
    shell.events.unregister("pre_run_cell", _watch.begins)
    shell.events.unregister("post_run_cell", _watch.ends)
    _watch = None


def is_left_over(name: str, answer: object) -> bool:
    """Whether the last cell that makes `name` failed before it did, so that `answer` is what stood there before.

    >>> is_left_over("top_share", 0.8)
    False
    """
    return _watch is not None and _watch.left_over.get(name, _ABSENT) is answer


def names_made(source: str, *, before: int | None = None) -> set[str]:
    """The names that a cell makes at its top level.

    Parameters
    ----------
    source : str
        Where it is no Python, the lines that begin with ``name =`` or ``def name`` count.
    before : int, optional
        Only those that are certain to be made before this line: by a simple statement or a definition that ends above it.

    >>> sorted(names_made("a, b = 1, 2\\nif a:\\n    c = 3\\nd(a)")), names_made("a = (5%")
    (['a', 'b', 'c'], {'a'})
    >>> sorted(names_made("a = 1\\nif a:\\n    b = 2\\nc = 1 / 0", before=4))
    ['a']
    """
    try:
        body = ast.parse(source).body
        if before is not None:
            body = [node for node in body if node.end_lineno < before and (isinstance(node, _OWN_SCOPE) or not hasattr(node, "body"))]
        return {name for node in body for name in _made_by(node)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # no Python, or so deep that the parser gives up
        return set() if before is not None else {one or other for one, other in _MADE_IN_TEXT.findall(source)}


def _made_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if not isinstance(node, _OWN_SCOPE):
        for part in ast.iter_child_nodes(node):
            yield from _made_by(part)


def _failed_line(error: BaseException, names: dict[str, object]) -> int:
    """The line of the cell that was running; 0 where none was yet."""
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_globals is names and step.tb_frame.f_code.co_name == "<module>":
            return step.tb_lineno
        step = step.tb_next
    return 0
