"""The two ends of a hand-over: what writes a value down piece by piece and what reads it, both within limits."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from crmlib.classroom.grading.wire import MOST_BYTES, MOST_PARTS, Garbage

MOST_ITEMS, MOST_DEPTH = 400_000, 50
MOST_TEXT = 8 * 2**20
_KIND_LENGTH = 80
_SMALL = 2**53
_MOST_BYTES_OF_A_LETTER = 4


class TooLarge(ValueError):
    """A value has more parts, or is deeper, than can be handed over."""


def safe_kind(name: object) -> str:
    """The name of a type, as far as it may stand in a hint.

    >>> safe_kind("Figure"), safe_kind("x; y")
    ('Figure', 'object')
    """
    is_name = isinstance(name, str) and len(name) <= _KIND_LENGTH and name.isidentifier() and not keyword.iskeyword(name)
    return str(name) if is_name else "object"


class Writer:
    """Writes one value: small things as JSON, bulk as parts of bytes."""

    def __init__(self, put: Callable[[Writer, object], object], register: Callable[[Callable], int] | None) -> None:
        self._put = put
        self.register = register
        self.parts: list[bytes] = []
        self._items = self._text = self._bytes = 0
        self._open: set[int] = set()

    def put(self, value: object) -> object:
        """One value as JSON."""
        self._items += 1
        if self._items > MOST_ITEMS:
            raise TooLarge("too many items")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is int and -_SMALL < value < _SMALL:
            return value
        if kind is float and value - value == 0:
            return value
        if kind is str and value.isascii():
            return self.words(value)
        return self._put(self, value)

    def words(self, text: str) -> str:
        """Text that can stand in JSON."""
        self._text += len(text) if text.isascii() else _MOST_BYTES_OF_A_LETTER * len(text)
        if self._text > MOST_TEXT:
            raise TooLarge("too much text")
        return text

    def several(self, values: Iterable) -> list:
        """Several values."""
        return [self.put(value) for value in values]

    def part(self, raw: bytes) -> int:
        """The number of a new part."""
        self._bytes += len(raw)
        if self._bytes > MOST_BYTES or len(self.parts) >= MOST_PARTS:
            raise TooLarge("too many bytes")
        self.parts.append(raw)
        return len(self.parts) - 1

    @contextmanager
    def inside(self, holder: object) -> Iterator[None]:
        """While the things in `holder` are written; what holds itself, or is too deep, is refused."""
        if id(holder) in self._open or len(self._open) > MOST_DEPTH:
            raise TooLarge("too deep")
        self._open.add(id(holder))
        try:
            yield
        finally:
            self._open.discard(id(holder))


class Reader:
    """Reads one value that nobody vouches for."""

    def __init__(
        self, tags: Mapping[str, Callable[[Reader, dict], object]], parts: list[bytes], call: Callable[[int, tuple, dict], object] | None
    ) -> None:
        self._tags = tags
        self._parts = parts
        self.call = call
        self._depth = self._items = 0

    def get(self, node: object) -> object:
        """The value that a piece of JSON stands for."""
        self._items += 1
        if not isinstance(node, dict):
            if isinstance(node, list):
                raise Garbage("This is no value.")
            return node
        self._depth += 1
        if self._depth > MOST_DEPTH + 20 or self._items > 2 * MOST_ITEMS:
            raise Garbage("This value is too large.")
        try:
            return self._tags[node["t"]](self, node)
        finally:
            self._depth -= 1

    def several(self, nodes: object) -> list:
        """The values of a list of pieces."""
        if not isinstance(nodes, list):
            raise Garbage("This is no value.")
        return [self.get(node) for node in nodes]

    def part(self, number: object) -> bytes:
        """The bytes of a part."""
        if type(number) is not int or not 0 <= number < len(self._parts):
            raise Garbage("This is no value.")
        return self._parts[number]

    def words(self, value: object) -> str:
        """A piece of JSON that must be text."""
        if not isinstance(value, str):
            raise Garbage("This is no value.")
        return value
