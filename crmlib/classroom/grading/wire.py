"""Messages between the processes of the engine: a head in JSON and parts of plain bytes, each with its length before it, within limits."""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

_START = b"crm\x01"
_PREFIX = struct.Struct("!4sII")
MOST_HEAD, MOST_PARTS, MOST_BYTES = 16 * 2**20, 20_000, 64 * 2**20


class Garbage(ValueError):
    """What came is no message."""


class Gone(ConnectionError):
    """The other end is closed."""


@dataclass
class Message:
    """A head and its parts."""

    head: dict
    parts: list[bytes | bytearray] = field(default_factory=list)


def send(
    channel: socket.socket, head: dict, parts: Sequence[bytes] = (), *, deadline: float = math.inf, most_head: int = MOST_HEAD
) -> None:
    """Send one message.

    Raises
    ------
    Gone
        Nobody is there.
    TimeoutError
        It was not taken by `deadline` (of :func:`time.monotonic`).
    Garbage
        The head is longer than the other end would take.
    """
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if len(text) > most_head or len(parts) > MOST_PARTS:
        raise Garbage("This message is too long.")
    prefix = _PREFIX.pack(_START, len(text), len(parts)) + struct.pack(f"!{len(parts)}Q", *map(len, parts))
    try:
        for piece in (prefix + text, *parts):
            _set_timeout(channel, deadline)
            channel.sendall(piece)
    except TimeoutError:
        raise
    except OSError as error:
        raise Gone(str(error)) from None


def receive(channel: socket.socket, *, deadline: float = math.inf, most_head: int = MOST_HEAD) -> Message:
    """Wait for one message.

    Raises
    ------
    Gone
        The other end is closed.
    TimeoutError
        It was not there by `deadline`.
    Garbage
        It is no message, or larger than allowed.
    """
    start, head_size, count = _PREFIX.unpack(_take(channel, _PREFIX.size, deadline))
    if start != _START or head_size > most_head or count > MOST_PARTS:
        raise Garbage("This is no message.")
    sizes = struct.unpack(f"!{count}Q", _take(channel, 8 * count, deadline))
    if sum(sizes) > MOST_BYTES:
        raise Garbage("This message is too long.")
    try:
        head = json.loads(_take(channel, head_size, deadline))
    except (ValueError, RecursionError):
        raise Garbage("This is no message.") from None
    if not isinstance(head, dict):
        raise Garbage("This is no message.")
    return Message(head, [_take(channel, size, deadline) for size in sizes])


def _take(channel: socket.socket, size: int, deadline: float) -> bytearray:
    taken = bytearray(size)
    view, at = memoryview(taken), 0
    while at < size:
        _set_timeout(channel, deadline)
        try:
            got = channel.recv_into(view[at:])
        except TimeoutError:
            raise
        except OSError as error:
            raise Gone(str(error)) from None
        if not got:
            raise Gone("The other end is closed.")
        at += got
    return taken


def _set_timeout(channel: socket.socket, deadline: float) -> None:
    if deadline == math.inf:
        channel.settimeout(None)
    else:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("Time is up.")
        channel.settimeout(left)
