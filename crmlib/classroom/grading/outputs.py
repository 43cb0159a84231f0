"""What a notebook makes of what a shell sends: the outputs of its cells, as nbclient would collect them, within a limit."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from crmlib.i18n import _

TIMED_OUT = ["CellTimeoutError", "", ["\x1b[0;31mCellTimeoutError\x1b[0m: No reply from kernel before timeout"]]
"""Name, words and traceback, as nbgrader has them."""
_UNSHOWN = ["ERROR: An error occurred while showtraceback was disabled"]
_OWN_ROOM, _DEEPEST = 2**16, 50
_LONGEST_NAME, _SHORT = 200, 500


def dead_kernel() -> dict:
    """What stands under a cell that could not be run, since the process had ended before."""
    return {"output_type": "error", "ename": "DeadKernelError", "evalue": "", "traceback": ["DeadKernelError"]}


class Outputs:
    """The outputs of every cell of one notebook.

    Nothing that comes in is trusted to have the right form; what has not is left out.
    """

    def __init__(self, cells: int, most_bytes: int) -> None:
        self.cells: list[list[dict]] = [[] for _cell in range(cells)]
        self.changed: set[int] = set()
        self._left = self._for_errors = self._most = most_bytes
        self._shown: dict[str, list[tuple[int, dict]]] = {}
        self._clear_next = False

    def begin(self, cell: int) -> None:
        """Cell number `cell` is going to run."""
        self.cells[cell] = []
        self._clear_next = False

    def take(self, cell: int, events: object, *, counted: bool = True) -> None:
        """Add what was sent while cell number `cell` ran."""
        self.changed.add(cell)
        for event in events if isinstance(events, list) else []:
            if isinstance(event, list) and len(event) == 2 and isinstance(event[1], dict):
                self._take(cell, str(event[0]), event[1], counted)

    def fail(self, cell: int, error: object) -> None:
        """The cell ended in an error; it is added unless it was shown already."""
        if not (isinstance(error, (list, tuple)) and len(error) == 3):
            return
        name, said, lines = str(error[0])[:_LONGEST_NAME], str(error[1]), _lines(error[2])
        self.changed.add(cell)
        shown = any(one["output_type"] == "error" and one["ename"] == name for one in self.cells[cell])
        if not shown:
            output = {"output_type": "error", "ename": name, "evalue": said, "traceback": lines or _UNSHOWN}
            self._add(cell, output if self._has_room_for(output) else {**output, "evalue": said[:_SHORT], "traceback": _UNSHOWN})

    def add(self, cell: int, output: dict) -> None:
        """Add an output of our own."""
        self.changed.add(cell)
        self.cells[cell].append(output)

    def _take(self, cell: int, kind: str, content: dict, counted: bool) -> None:
        if kind == "clear_output":
            if content.get("wait"):
                self._clear_next = True
            else:
                self._clear(cell)
            return
        if kind == "cut":
            self._cut(cell)
            return
        output = _output(kind, content)
        if output is None:
            return
        known = content.get("transient")
        display = known.get("display_id") if isinstance(known, dict) and "data" in output else None
        places = self._shown.get(display, []) if isinstance(display, str) else []
        size = _size(output) * (1 + len(places))
        if kind == "error" and counted and self._has_room_for(output):
            counted = False
        if counted and size > self._left:
            if kind == "stream" and self._left:
                self._add(cell, {**output, "text": output["text"][: self._left]})
            self._cut(cell)
            return
        self._left -= size if counted else 0
        for where, earlier in places:
            earlier.update(data=output["data"], metadata=output["metadata"])
            self.changed.add(where)
        if kind == "update_display_data":
            return
        self._add(cell, output)
        if isinstance(display, str):
            self._shown.setdefault(display, []).append((cell, output))

    def _has_room_for(self, error: dict) -> bool:
        """Errors are shown where all other room is used up, but not without end."""
        size = _size(error)
        fits = size <= min(_OWN_ROOM, self._for_errors)
        self._for_errors -= size if fits else 0
        return fits

    def _add(self, cell: int, output: dict) -> None:
        if self._clear_next:
            self._clear(cell)
        outputs = self.cells[cell]
        last = outputs[-1] if outputs else {}
        if output["output_type"] == "stream" and last.get("output_type") == "stream" and last["name"] == output["name"]:
            last["text"] += output["text"]
        else:
            outputs.append(output)

    def _clear(self, cell: int) -> None:
        self._clear_next = False
        self.cells[cell] = []
        for places in self._shown.values():
            places[:] = [place for place in places if place[0] != cell]

    def _cut(self, cell: int) -> None:
        self._left = 0
        told = "\n" + _("Output was cut here: all cells together may show {limit:.0f} MB.").format(limit=self._most / 2**20)
        if not any(one.get("text", "").endswith(told) for one in self.cells[cell]):
            self.cells[cell].append({"output_type": "stream", "name": "stdout", "text": told})


def _output(kind: str, content: dict) -> dict | None:
    if kind == "stream":
        name, text = content.get("name"), content.get("text")
        return {"output_type": kind, "name": name, "text": text} if name in ("stdout", "stderr") and isinstance(text, str) else None
    if kind == "error":
        return {"output_type": kind, "ename": str(content.get("ename")), "evalue": str(content.get("evalue")),
                "traceback": _lines(content.get("traceback"))}  # fmt: skip
    if kind not in ("execute_result", "display_data", "update_display_data"):
        return None
    data, about, count = content.get("data"), content.get("metadata"), content.get("execution_count")
    if not isinstance(data, dict) or not all(isinstance(one, str) or key.endswith("json") for key, one in data.items()):
        return None
    output = {"output_type": kind, "data": data, "metadata": about if isinstance(about, dict) else {}}
    return {**output, "execution_count": count if type(count) is int else None} if kind == "execute_result" else output


def _lines(lines: object) -> list[str]:
    return [str(line) for line in lines] if isinstance(lines, (list, tuple)) else []


def _size(content: object, depth: int = 0) -> int:
    if depth > _DEEPEST:
        return sys.maxsize
    if isinstance(content, dict):
        return sum(len(str(key)) + _size(one, depth + 1) for key, one in content.items())
    if isinstance(content, (list, tuple)):
        return sum(_size(one, depth + 1) for one in content) + 8
    return len(content) if isinstance(content, Iterable) else 8
