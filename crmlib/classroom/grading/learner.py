"""The booth as the judge sees it: a process that is asked, waited for no longer than agreed, and believed in nothing."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import socket
import time
from collections.abc import Iterator, Sequence

from crmlib.classroom.grading import sandbox, wire
from crmlib.classroom.grading.handed import handed_error
from crmlib.classroom.grading.forked import Forked
from crmlib.classroom.grading.handover import Unsendable, decode, encode
from crmlib.classroom.grading.wire import Garbage, Gone, Message

GRACE = 5.0
"""Seconds between the interruption of a cell and the end of its process."""

FAREWELL = 0.5
"""Seconds in which a process that was hung up on may end by itself."""


class Dead(Exception):
    """The learner's process is no more; the message says why."""


class Learner:
    """One booth: `channel` leads to it, `process` is the child of the warm parent's to signal and to wait for."""

    def __init__(self, channel: socket.socket, process: Forked, *, until: float, patience: float) -> None:
        self._channel, self._process = channel, process
        self._until, self._patience = until, patience
        self._number = 0
        self._first_call = 0
        self._calls_lost = False
        self._call_until = math.inf
        self.typed = ""
        self.imported: list[str] = []
        self.died: str | None = None

    def tell(self, message: Message) -> None:
        """Tell the booth what it has to know before its first cell."""
        with self._deadly():
            wire.send(self._channel, message.head, message.parts, deadline=self._until)

    def greet(self) -> None:
        """Wait until the booth is ready."""
        with self._deadly():
            self._receive(self._until)

    def run(self, source: str, count: int) -> tuple[dict, bool]:
        """Run a cell: what came of it, and whether it had to be interrupted."""
        message, late = self._ask({"ask": "run", "source": source, "count": count})
        return message.head, late

    def answers(self, names: tuple[str, ...]) -> dict[str, Message]:
        """The answers of these names, still as they came."""
        if not names:
            return {}
        message, _late = self._ask({"ask": "answers", "names": list(names)})
        typed, found, at = message.head.get("typed"), {}, 0
        self.typed = typed if isinstance(typed, str) else ""
        imported = message.head.get("imported")
        self.imported = [one for one in imported if isinstance(one, str)] if isinstance(imported, list) else []
        handed = message.head.get("answers")
        for name, one in handed.items() if isinstance(handed, dict) else ():
            if name in names and isinstance(one, list) and len(one) == 2 and type(one[1]) is int and one[1] >= 0:
                found[name] = Message({"value": one[0]}, message.parts[at : at + one[1]])
                at += one[1]
        return found

    def begin_test(self) -> None:
        """A test cell begins; its calls end with it."""
        self._first_call, self._calls_lost = 0, False
        self._call_until = min(self._until, time.monotonic() + self._patience)

    def end_test(self) -> None:
        """The test cell has ended: what its calls left behind is given up."""
        if self._first_call:
            self._ask({"ask": "enough"})

    def end(self) -> None:
        """Hang up, and take down what does not go by itself, with all that it has started."""
        self._channel.close()
        if self.died is None:
            with contextlib.suppress(TimeoutError):
                self._process.wait(FAREWELL)
        self._process.close()

    def decoded(self, message: Message) -> object:
        """An answer as plain data; of what cannot be read nothing is known."""
        try:
            return decode(message, call=self._call)
        except Garbage:
            return Unsendable.of("object")

    def _call(self, function: int, given: tuple, named: dict) -> object:
        if self._calls_lost:
            raise handed_error("SystemExit", "", [])
        handed = encode((given, named))
        self._first_call = self._first_call or self._number + 1
        head = {"ask": "call", "function": function, "value": handed.head["value"]}
        try:
            message, late = self._ask(head, handed.parts, until=self._call_until)
        except Dead:
            raise handed_error("SystemExit", "", []) from None
        raised = message.head.get("raised")
        if message.head.get("ended"):
            self._calls_lost = True
            raised = ["TimeoutError" if late else "SystemExit", "", [], None]
        if raised is not None:
            kind, said, bases, name = raised if isinstance(raised, list) and len(raised) == 4 else ["Exception", "", [], None]
            name = name if isinstance(name, str) else None
            raise handed_error(_name(kind), str(said), list(map(_name, bases)) if isinstance(bases, list) else [], name)
        return self.decoded(Message({"value": message.head.get("value")}, message.parts))

    def _ask(self, head: dict, parts: Sequence[bytes] = (), *, until: float = math.inf) -> tuple[Message, bool]:
        now = time.monotonic()
        if now >= self._until:
            raise Dead("timeout")
        self._number += 1
        until = min(until, now + self._patience, self._until)
        with self._deadly():
            wire.send(self._channel, {**head, "number": self._number}, parts, deadline=until)
            try:
                return self._receive(until), False
            except TimeoutError:
                os.kill(self._process.process, signal.SIGINT)
                return self._receive(time.monotonic() + GRACE), True

    def _receive(self, until: float) -> Message:
        """The answer to the last question; one to an earlier question, that nobody waits for any more, is dropped."""
        while True:
            message = wire.receive(self._channel, deadline=until)
            number = message.head.get("number", 0)
            if type(number) is not int or number > self._number:
                raise Garbage("This is no answer to what was asked.")
            if number == self._number or (message.head.get("ended") and number >= self._first_call > 0):
                return message

    @contextlib.contextmanager
    def _deadly(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            self.died = "timeout"
        except Garbage:
            self.died = "garbage"
        except (Gone, ProcessLookupError):
            self.died = self._why()
        if self.died:
            raise Dead(self.died)

    def _why(self) -> str:
        try:
            return _reason(self._process.wait(GRACE))
        except TimeoutError:
            return "killed"


def _reason(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "cpu"
    return sandbox.why_stopped(code) or ("killed" if code < 0 else "exited")


def _name(kind: object) -> str:
    return kind if isinstance(kind, str) and kind.isidentifier() and len(kind) < 100 else "Exception"
