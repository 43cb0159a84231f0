"""Handing over what is no data: a function as a handle, a figure as the description of what it shows."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable

import numpy as np

from crmlib.classroom.ask_function import names_outside
from crmlib.classroom.drawing import Bars, Drawing, Line, axes_of, describe
from crmlib.classroom.grading.handed import HandedFunction
from crmlib.classroom.grading.parcel import Reader, TooLarge, Writer, safe_kind
from crmlib.classroom.grading.wire import Garbage

MOST_PARAMETERS, MOST_POINTS = 100, 500_000
_KINDS = list(inspect._ParameterKind)


def put_function(writer: Writer, value: Callable) -> object:
    """A handle on a function; it can be called back as long as the test cell runs."""
    try:
        found = list(inspect.signature(value).parameters.values())[:MOST_PARAMETERS]
        parameters = [[writer.words(str(one.name)), _KINDS.index(one.kind), one.default is not one.empty] for one in found]
    except (TypeError, ValueError):
        parameters = None
    outside = [writer.words(str(name)) for name in names_outside(value)[:MOST_PARAMETERS]]
    return {"t": "function", "v": writer.register(value), "k": safe_kind(type(value).__name__), "p": parameters, "o": outside}


def _get_function(reader: Reader, node: dict) -> HandedFunction:
    number, back = node["v"], reader.call
    if type(number) is not int or back is None:
        raise Garbage("This is no value.")
    parameters = node["p"]
    if parameters is not None:
        parameters = [(safe_kind(name), int(kind), has_default is True) for name, kind, has_default in parameters]
    outside = [reader.words(name) for name in node["o"]]
    return HandedFunction.of(
        lambda given, named: back(number, given, named), kind=safe_kind(node["k"]), parameters=parameters, names_outside=outside
    )


def put_drawing_of(writer: Writer, value: object, first: object) -> object | None:
    """The description of several axes or drawn things, of which `first` is one; None where it is neither."""
    artist = sys.modules.get("matplotlib.artist")
    if isinstance(first, (list, np.ndarray)) and len(first):
        first = first[0]
    return put_drawing(writer, value) if artist is not None and isinstance(first, artist.Artist) else None


def put_drawing(writer: Writer, value: object) -> object | None:
    """The description of a figure, or whatever stands for one; None for anything else."""
    if "matplotlib.artist" not in sys.modules:
        return None
    axes = axes_of(value)
    if not axes:
        return None
    shown = describe(axes)
    if sum(len(line.x) for line in shown.lines) + sum(len(one.heights) for one in shown.bars) + len(shown.points) > MOST_POINTS:
        raise TooLarge("too many points")
    return {
        "t": "drawing",
        "words": [writer.put(one) for one in (shown.title, shown.xlabel, shown.ylabel)],
        "lines": [[_put_numbers(writer, line.x), _put_numbers(writer, line.y), writer.put(line.label)] for line in shown.lines],
        "bars": [
            [_put_numbers(writer, one.heights), writer.put(one.label), one.horizontal, _put_numbers(writer, one.at)] for one in shown.bars
        ],
        "points": _put_numbers(writer, [number for at in shown.points for number in at]),
        "lists": [writer.several(one) for one in (shown.xticks, shown.yticks, shown.texts, shown.legend)],
    }


def _put_numbers(writer: Writer, values: object) -> int:
    return writer.part(np.asarray(values, dtype="<f8").tobytes())


def _get_drawing(reader: Reader, node: dict) -> Drawing:
    title, xlabel, ylabel = _words(reader, node["words"])
    xticks, yticks, texts, legend = (_words(reader, one) for one in node["lists"])
    flat = _numbers(reader, node["points"])
    return Drawing(
        title=title, xlabel=xlabel, ylabel=ylabel,
        lines=tuple(Line(_numbers(reader, x), _numbers(reader, y), _word(reader, label)) for x, y, label in node["lines"]),
        bars=tuple(
            Bars(_numbers(reader, heights), _word(reader, label), lying is True, _numbers(reader, at))
            for heights, label, lying, at in node["bars"]
        ),
        points=tuple(zip(flat[::2], flat[1::2], strict=True)), xticks=xticks, yticks=yticks, texts=texts, legend=legend,
    )  # fmt: skip


def _numbers(reader: Reader, part: object) -> tuple[float, ...]:
    return tuple(np.frombuffer(reader.part(part), "<f8").tolist())


def _word(reader: Reader, node: object) -> str:
    return reader.words(reader.get(node))


def _words(reader: Reader, nodes: list) -> tuple[str, ...]:
    return tuple(_word(reader, node) for node in nodes)


READERS = {"function": _get_function, "drawing": _get_drawing}
