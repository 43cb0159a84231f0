"""Answers on their way from the learner's process to the judge's: plain data only, never a pickle, nothing that runs when it is read.

:func:`encode` takes a snapshot; a subclass goes as its plain base, a figure as the description of what it shows, a function as a handle
that is called back, anything else as :class:`Unsendable` with the name of its kind. :func:`decode` trusts nothing it reads.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from types import ModuleType

import numpy as np

from crmlib.classroom.grading import handover_functions as functions
from crmlib.classroom.grading import handover_scalars as scalars
from crmlib.classroom.grading import handover_tables as tables
from crmlib.classroom.grading.handed import HandedFunction, HandedItems, LeftOver, Unsendable
from crmlib.classroom.grading.parcel import MOST_ITEMS, Reader, TooLarge, Writer, safe_kind
from crmlib.classroom.grading.wire import Garbage, Message

__all__ = ["Garbage", "HandedFunction", "HandedItems", "LeftOver", "Message", "TooLarge", "Unsendable", "decode", "encode"]

_VIEWS = {type({}.keys()): "dict_keys", type({}.values()): "dict_values", type({}.items()): "dict_items"}


def encode(value: object, *, register: Callable[[Callable], int] | None = None) -> Message:
    """A snapshot of `value` as a message.

    Parameters
    ----------
    value : object
    register : callable, optional
        Gives a function the number under which it can be called back. Without it functions cannot be handed over.

    Returns
    -------
    Message
        What is too large, too deep or holds itself is handed over as :class:`Unsendable`.

    >>> decode(encode([1, {"a": (None, "b")}]))
    [1, {'a': (None, 'b')}]
    """
    writer = Writer(_put, register)
    try:
        head = writer.put(value)
    except (TooLarge, RecursionError, MemoryError):
        writer = Writer(_put, None)
        head = _unsendable(value, too_large=True)
    return Message({"value": head}, writer.parts)


def decode(message: Message, *, call: Callable[[int, tuple, dict], object] | None = None) -> object:
    """The value in a message that came from a process which is not trusted.

    Parameters
    ----------
    message : Message
    call : callable, optional
        Calls back function number `n` with positional and named arguments.

    Raises
    ------
    Garbage
        This is no value.

    >>> decode(Message({"value": {"t": "set", "v": [[]]}}))
    Traceback (most recent call last):
    crmlib.classroom.grading.wire.Garbage: This is no value.
    """
    try:
        return Reader(_TAGS, message.parts, call).get(message.head["value"])
    except Garbage:
        raise
    except Exception:
        raise Garbage("This is no value.") from None


def _put(writer: Writer, value: object) -> object:
    for base in type.mro(type(value)):
        if (way := _BASES.get(base)) is not None:
            return way(writer, value)
    try:
        return _put_other(writer, value)
    except (TooLarge, RecursionError, MemoryError, KeyboardInterrupt):
        raise
    except Exception:
        return _unsendable(value)


def _put_other(writer: Writer, value: object) -> object:
    if isinstance(value, np.random.Generator):
        return scalars.put_generator(writer, value)
    if "polars" in sys.modules and (table := tables.put_polars(writer, value)) is not None:
        return table
    if not isinstance(value, (type, ModuleType)):
        if not isinstance(value, Iterator) and (drawing := functions.put_drawing(writer, value)) is not None:
            return drawing
        if callable(value) and writer.register is not None:
            return functions.put_function(writer, value)
        if isinstance(value, Mapping):
            return _put_dict(writer, dict(value))
        if isinstance(value, Iterable):
            held = writer.several(islice(value, MOST_ITEMS + 1))
            return {"t": "items", "k": safe_kind(type(value).__name__), "v": held, "once": isinstance(value, Iterator)}
    return _unsendable(value)


def _unsendable(value: object, *, too_large: bool = False) -> dict:
    return {"t": "unsendable", "k": safe_kind(type(value).__name__), "large": too_large}


def _put_list(writer: Writer, value: list) -> object:
    return _put_sequence(writer, value, "list", list.__iter__(value))


def _put_tuple(writer: Writer, value: tuple) -> object:
    return _put_sequence(writer, value, "tuple", tuple.__iter__(value))


def _put_sequence(writer: Writer, value: object, tag: str, items: Iterator) -> object:
    held = [*items]
    if held and (drawing := functions.put_drawing_of(writer, value, held[0])) is not None:
        return drawing
    with writer.inside(value):
        return {"t": tag, "v": writer.several(held)}


def _put_set(writer: Writer, value: set) -> object:
    with writer.inside(value):
        return {"t": "set", "v": writer.several([*set.__iter__(value)])}


def _put_frozenset(writer: Writer, value: frozenset) -> object:
    with writer.inside(value):
        return {"t": "frozenset", "v": writer.several([*frozenset.__iter__(value)])}


def _put_dict(writer: Writer, value: dict) -> object:
    with writer.inside(value):
        return {"t": "dict", "v": writer.several(part for pair in [*dict.items(value)] for part in pair)}


def _put_view(writer: Writer, value: object) -> object:
    tag = _VIEWS[type(value)]
    held = [part for pair in value for part in pair] if tag == "dict_items" else [*value]
    return {"t": tag, "v": writer.several(held)}


def _put_range(writer: Writer, value: range) -> object:
    if value and abs(value[-1] - value[0]) // abs(value.step) >= MOST_ITEMS:
        raise TooLarge("too many items")
    return {"t": "range", "v": writer.several([value.start, value.stop, value.step])}


def _put_array(writer: Writer, value: np.ndarray) -> object:
    plain = np.asarray(value)
    if plain.dtype == object and plain.size and (drawing := functions.put_drawing_of(writer, plain, plain.flat[0])) is not None:
        return drawing
    return tables.put_numpy(writer, plain)


def _pairs(flat: list) -> dict:
    """One by one, so that the judge's patience can end it: keys may have been chosen to take hours."""
    held = {}
    for key, value in zip(flat[::2], flat[1::2], strict=True):
        held[key] = value
    return held


def _members(values: list) -> set:
    held = set()
    for value in values:
        held.add(value)
    return held


def _get_range(reader: Reader, node: dict) -> range:
    bounds = reader.several(node["v"])
    if not all(type(one) is int for one in bounds) or len(range(*bounds)) > MOST_ITEMS:
        raise Garbage("This is no value.")
    return range(*bounds)


_BASES = {
    **scalars.WRITERS, **tables.WRITERS,
    list: _put_list, tuple: _put_tuple, set: _put_set, frozenset: _put_frozenset, dict: _put_dict, range: _put_range,
    np.ndarray: _put_array,
    **dict.fromkeys(_VIEWS, _put_view),
}  # fmt: skip

_TAGS = {
    **scalars.READERS, **tables.READERS, **functions.READERS,
    "list": lambda reader, node: reader.several(node["v"]),
    "tuple": lambda reader, node: tuple(reader.several(node["v"])),
    "set": lambda reader, node: _members(reader.several(node["v"])),
    "frozenset": lambda reader, node: frozenset(_members(reader.several(node["v"]))),
    "dict": lambda reader, node: _pairs(reader.several(node["v"])),
    "dict_keys": lambda reader, node: _pairs([part for one in reader.several(node["v"]) for part in (one, None)]).keys(),
    "dict_values": lambda reader, node: dict(enumerate(reader.several(node["v"]))).values(),
    "dict_items": lambda reader, node: _pairs(reader.several(node["v"])).items(),
    "range": _get_range,
    "items": lambda reader, node: HandedItems.of(safe_kind(node["k"]), reader.several(node["v"]), once=node["once"] is True),
    "unsendable": lambda reader, node: Unsendable.of(safe_kind(node["k"]), too_large=node["large"] is True),
    "left-over": lambda reader, node: LeftOver(),
}  # fmt: skip
