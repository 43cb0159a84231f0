"""The booth: the learner's own process, where the learner's cells run and from which answers are handed out as data."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

from crmlib.classroom import marking
from crmlib.classroom.grading import firm_parcel, linux_calls, sandbox, wire
from crmlib.classroom.grading.handover import decode, encode
from crmlib.classroom.grading.parcel import safe_kind
from crmlib.classroom.grading.sending import job_from
from crmlib.classroom.grading.shell import Cells, ZMQInteractiveShell
from crmlib.classroom.grading.warming import imported_later
from crmlib.classroom.left_over import is_left_over
from crmlib.i18n import use_language

_SHOWN_BY_THE_KERNEL = ("TERM", "CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "PAGER", "GIT_PAGER")
_LONGEST_ERROR = 2_000


def serve(payload: dict, channels: list[int]) -> None:
    """Enter the sandbox and do what the judge asks for, until it hangs up. Called in a fresh fork of the warm parent; does not return."""
    channel = socket.socket(fileno=channels[0])
    try:
        job = job_from(wire.receive(channel))
        environment = {name: os.environ[name] for name in _SHOWN_BY_THE_KERNEL if name in os.environ}
        if job.firm_code:
            environment["CRM_FIRM_CODE"] = job.firm_code
        scratch = scratch_of(os.getpid())
        if payload["sandboxed"]:
            sandbox.enter(scratch, limits=job.limits, keep={channel.fileno()}, environment=environment)
        else:
            linux_calls.option(linux_calls.PR_SET_PDEATHSIG, signal.SIGKILL)
            os.environ.update(environment)
            scratch.mkdir()
            os.chdir(scratch)
        for name, content in job.files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(content)
        use_language(job.language)
        _take_firm(wire.receive(channel))
        _begin_afresh()
        _Booth(channel, Cells(ZMQInteractiveShell.instance(), most_output=job.limits.output_bytes)).serve()
    except (wire.Gone, wire.Garbage):
        os._exit(0)
    finally:
        os._exit(1)


def scratch_of(process: int) -> Path:
    """The working folder of the booth that is this process."""
    return Path(tempfile.gettempdir()) / f"crm-{process}"


def _take_firm(message: wire.Message) -> None:
    if message.parts:
        code, firm = firm_parcel.unpack(message)
        marking._firms[code] = firm


def _begin_afresh() -> None:
    import numpy as np

    gc.enable()
    np.random.seed()
    random.seed()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = None


class _Booth:
    def __init__(self, channel: socket.socket, cells: Cells) -> None:
        self._channel, self._cells = channel, cells
        self._names: dict[str, object] = cells.shell.user_ns
        self._functions: list[Callable] = []
        self._process = os.getpid()
        self._stands_in = False

    def serve(self) -> None:
        wire.send(self._channel, {"ready": True})
        while True:
            message = wire.receive(self._channel)
            asked = message.head["ask"]
            if asked == "call" and not self._stands_in:
                self._have_called(message)
            else:
                self._reply(message, *getattr(self, f"_{asked}")(message))
            if os.getpid() != self._process:
                os._exit(0)

    def _reply(self, message: wire.Message, head: dict, parts: Collection[bytes] = ()) -> None:
        wire.send(self._channel, {"number": message.head["number"], **head}, parts)

    def _run(self, message: wire.Message) -> tuple[dict, list[bytes]]:
        reply = self._cells.run(message.head["source"], message.head["count"])
        if os.getpid() != self._process:
            os._exit(0)
        if len(json.dumps(reply, ensure_ascii=False)) > wire.MOST_HEAD // 4:
            name, said, _lines = reply["error"] or (None, "", ())
            reply = {"events": [["cut", {}]], "error": name and [name, said[:_LONGEST_ERROR], []]}
        return reply, []

    def _answers(self, message: wire.Message) -> tuple[dict, list[bytes]]:
        self._functions.clear()
        answers, parts, words, room = {}, [], wire.MOST_HEAD // 2, wire.MOST_BYTES
        for name in message.head["names"]:
            if name in self._names:
                handed = self._hand_over(name, self._names[name])
                words -= len(json.dumps(handed.head))
                room -= sum(map(len, handed.parts))
                if min(words, room, wire.MOST_PARTS - len(parts) - len(handed.parts)) < 0:
                    handed = _unsent(self._names[name], large=True)
                answers[name] = [handed.head["value"], len(handed.parts)]
                parts += handed.parts
        self._cells.drop_output()
        return {"answers": answers, "typed": _typed_code(), "imported": imported_later()}, parts

    def _hand_over(self, name: str, value: object) -> wire.Message:
        if is_left_over(name, value):
            return wire.Message({"value": {"t": "left-over"}})
        large = True
        with _interruptible():
            try:
                return encode(value, register=self._register)
            except (Exception, SystemExit, GeneratorExit):  # raised by the thing itself when it is looked at
                large = False
        return _unsent(value, large=large)

    def _register(self, function: Callable) -> int:
        self._functions.append(function)
        return len(self._functions) - 1

    def _have_called(self, message: wire.Message) -> None:
        """Functions are called in a copy of this process that ends with the test cell: what they are given is soon forgotten."""
        try:
            copy = os.fork()
        except OSError as error:  # the learner's own processes have taken all the places
            self._reply(message, {"raised": _described(error)})
            return
        if not copy:
            self._process, self._stands_in = os.getpid(), True
            self._cells.go_on_in_copy()
            self._reply(message, *self._call(message))
            return
        with _interruptible():
            os.waitpid(copy, 0)
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(copy, signal.SIGKILL)
            os.waitpid(copy, 0)
        self._cells.drop_output()
        wire.send(self._channel, {"number": message.head["number"], "ended": True})

    def _call(self, message: wire.Message) -> tuple[dict, list[bytes]]:
        given, named = decode(wire.Message(message.head, message.parts))
        try:
            result = self._functions[message.head["function"]](*given, **named)
            handed = encode(result, register=None)
        except BaseException as error:
            return {"raised": _described(error)}, []
        finally:
            self._cells.drop_output()
        return {"value": handed.head["value"]}, handed.parts

    def _enough(self, message: wire.Message) -> tuple[dict, list[bytes]]:
        if self._stands_in:
            os._exit(0)
        return {"ended": True}, []


def _unsent(value: object, *, large: bool) -> wire.Message:
    return wire.Message({"value": {"t": "unsendable", "k": safe_kind(type(value).__name__), "large": large}})


@contextlib.contextmanager
def _interruptible():
    """The judge may lose patience; what was being done is given up then."""
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _described(error: BaseException) -> list:
    try:
        said = str(error)
    except BaseException:
        said = ""
    name = getattr(error, "name", None) if isinstance(error, NameError) else None
    bases = [base.__name__ for base in type.mro(type(error))]
    return [type(error).__name__, said[:_LONGEST_ERROR], bases, name if isinstance(name, str) else None]


def _typed_code() -> str:
    code = getattr(sys.modules.get("crmlib.classroom.marking"), "_typed_code", "")
    return code if isinstance(code, str) else ""
