"""IPython without a kernel: the shell that a notebook's kernel has, telling what it would send to the notebook to a list."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import getpass
import io
import os
import signal
import sys
import tempfile
import types
from collections.abc import Mapping

from ipykernel import zmqshell
from ipykernel.compiler import XCachingCompiler
from IPython.core.error import StdinNotImplementedError, UsageError
from jupyter_client.session import Session
from traitlets.config import Config

SURPLUS = 65_536
"""So much more than allowed is passed on, so that whoever counts can tell that there was more."""


class Feed(Session):
    """Takes what the shell sends to the notebook, instead of a socket."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.events: list[list] = []
        self.left = sys.maxsize

    def msg(self, msg_type, content=None, parent=None, header=None, metadata=None):
        """A message as the shell's hooks expect it."""
        return {"msg_type": msg_type, "header": {"msg_type": msg_type}, "content": content or {}, "metadata": metadata or {}}

    def send(self, stream, msg_or_type, content=None, *arguments, **options):
        """Keep a message, as long as there is room."""
        message = self.msg(msg_or_type, content) if isinstance(msg_or_type, str) else msg_or_type
        kind, content = message["msg_type"], message["content"]
        size = _size(content)
        if kind == "error" and size < SURPLUS:
            self.events.append([kind, content])
        elif self.left > 0:
            self.left -= size
            self.events.append([kind, content] if self.left > -SURPLUS else ["cut", {}])
        return message

    def taken(self) -> list[list]:
        """What was sent since the last time."""
        events, self.events = self.events, []
        return events


def _size(content: object) -> int:
    if isinstance(content, Mapping):
        return sum(_size(one) for one in content.values())
    if isinstance(content, (list, tuple)):
        return sum(map(_size, content))
    return len(content) if isinstance(content, (str, bytes)) else 8


class Stream(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of a cell; what programs and C code write to the descriptor comes with it."""

    encoding, errors = "UTF-8", "strict"

    def __init__(self, feed: Feed, name: str, number: int) -> None:
        self.name, self._feed, self._number = name, feed, number
        self._words: list[str] = []
        self._size, self._process = 0, os.getpid()
        self._file: int | None = None

    def begin(self) -> None:
        """From now on this process is the one whose words are kept."""
        self._process = os.getpid()
        self._words, self._size = [], 0

    def catch_descriptor(self) -> None:
        """From now on, what is written to the descriptor is caught in memory."""
        self.begin()
        # Not memfd_create: the sandbox refuses it, since nothing bounds what is written there.
        self._file = os.open(tempfile.gettempdir(), os.O_TMPFILE | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.dup2(self._file, self._number)

    def write(self, text: str) -> int:
        """Keep some words."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if os.getpid() != self._process:
            os.write(self._number, text.encode(errors="replace"))
        elif self._size < self._feed.left + SURPLUS:
            self._words.append(text)
            self._size += len(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written so far."""
        if os.getpid() != self._process:
            return
        words, self._words, self._size = "".join(self._words), [], 0
        words += self._from_descriptor()
        if words:
            self._feed.send(None, "stream", {"name": self.name, "text": words})

    def _from_descriptor(self) -> str:
        if self._file is None or not (size := os.fstat(self._file).st_size):
            return ""
        raw = os.pread(self._file, min(size, max(0, self._feed.left) + SURPLUS), 0)
        os.ftruncate(self._file, 0)
        return raw.decode("utf-8", "replace")

    def fileno(self) -> int:
        """The descriptor, for programs that are started."""
        return self._number

    def isatty(self) -> bool:
        """It is none."""
        return False

    def writable(self) -> bool:
        """It is."""
        return True


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """The kernel's shell; its name is the kernel's, since libraries ask for it."""

    def __init__(self, **options: object) -> None:
        self.transformed: dict[str, str] = {}
        self.awaiting: dict[str, bool] = {}
        super().__init__(**options)

    def transform_cell(self, raw_cell: str) -> str:
        """IPython transforms a cell twice, once to see whether it awaits something; the second time is spared."""
        if raw_cell not in self.transformed:
            self.transformed[raw_cell] = super().transform_cell(raw_cell)
        return self.transformed[raw_cell]

    def should_run_async(self, raw_cell: str, *, transformed_cell: str | None = None, preprocessing_exc_tuple: object = None) -> bool:
        """IPython compiles a cell twice to see whether it awaits something; the second time is spared."""
        if preprocessing_exc_tuple is not None or transformed_cell is None:
            return super().should_run_async(
                raw_cell, transformed_cell=transformed_cell, preprocessing_exc_tuple=preprocessing_exc_tuple
            )
        if transformed_cell not in self.awaiting:
            self.awaiting[transformed_cell] = super().should_run_async(raw_cell, transformed_cell=transformed_cell)
        return self.awaiting[transformed_cell]

    def look_afresh(self) -> None:
        """A cell may have changed how cells are read: forget how they were."""
        self.transformed.clear()
        self.awaiting.clear()

    def enable_gui(self, gui=None):
        """There is no window to be had."""
        if gui not in (None, "inline"):
            raise UsageError(f"Invalid GUI request {gui!r}")

    @contextlib.contextmanager
    def _tee(self, channel):
        """IPython would keep all that is printed, without a limit."""
        yield


def make_shell() -> ZMQInteractiveShell:
    """A pristine shell with an empty ``__main__``; one a process."""
    for known in (ZMQInteractiveShell, zmqshell.ZMQInteractiveShell):
        known.clear_instance()
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    kernel = types.SimpleNamespace(eventloop=None)
    shell = ZMQInteractiveShell.instance(config=config, user_module=main, kernel=kernel, compiler_class=XCachingCompiler)
    kernel.shell = shell
    feed = Feed()
    shell.displayhook.session = shell.display_pub.session = feed
    shell.displayhook.topic = b"execute_result"
    shell.extension_manager.load_extension("storemagic")
    return shell


class Cells:
    """Runs cells in the shell of this process, as a kernel would.

    With `trusted`, the cells are the tests, which come again with every submission and do not change how cells are read.
    """

    def __init__(self, shell: ZMQInteractiveShell, *, most_output: int, trusted: bool = False) -> None:
        self.shell, self._trusted = shell, trusted
        self._feed: Feed = shell.displayhook.session
        self._feed.left = most_output
        self._pristine = dict(shell.user_ns)
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        sys.stdout, sys.stderr = self._streams = (Stream(self._feed, "stdout", 1), Stream(self._feed, "stderr", 2))
        for stream in self._streams:
            stream.catch_descriptor()
        builtins.input = _no_input
        getpass.getpass = _no_password
        sys.argv = ["ipykernel_launcher.py", "-f", "kernel.json"]
        if sys.path[:1] != [""]:
            sys.path.insert(0, "")

    def run(self, source: str, count: int) -> dict:
        """Run one cell as number `count`; what it sent, and whether it failed."""
        self._skip_to(count)
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            reply = self._loop.run_until_complete(self._execute(source))
        except BaseException as error:  # IPython lets some through; a cell has failed then, not the notebook
            reply = self._failed_outside(error)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.shell.exit_now = False
        for stream in self._streams:
            with contextlib.suppress(Exception):
                stream.flush()
        return {"events": self._feed.taken(), **reply}

    def start_over(self, most_output: int) -> None:
        """A new notebook begins: nothing of the last one is left in the shell."""
        self.drop_output()
        names, history = self.shell.user_ns, self.shell.history_manager
        names.clear()
        names.update(self._pristine)
        names["_oh"].clear()
        for known in (history.input_hist_parsed, history.input_hist_raw):
            known[:] = [""]
        self._feed.left = most_output

    def go_on_in_copy(self) -> None:
        """This process was forked by one of ours and takes its place for a while; it starts with nothing printed."""
        for stream in self._streams:
            stream.begin()

    def drop_output(self) -> None:
        """Forget what was printed since the last cell."""
        for stream in self._streams:
            stream.flush()
        self._feed.taken()

    def _skip_to(self, count: int) -> None:
        history = self.shell.history_manager
        for known in (history.input_hist_parsed, history.input_hist_raw):
            known.extend([""] * (count - len(known)))
        self.shell.execution_count = count

    async def _execute(self, source: str) -> dict:
        shell, transformed, failure = self.shell, source, None
        if not self._trusted:
            shell.look_afresh()
        try:
            transformed = shell.transform_cell(source)
        except Exception:
            failure = sys.exc_info()
        if shell.should_run_async(source, transformed_cell=transformed, preprocessing_exc_tuple=failure):
            result = await self._await(
                shell.run_cell_async(source, store_history=True, transformed_cell=transformed, preprocessing_exc_tuple=failure)
            )
        else:
            result = shell.run_cell(source, store_history=True)
        error = result.error_before_exec if result.error_before_exec is not None else result.error_in_exec
        if error is None and not shell._last_traceback_during_displayhook:
            return {"error": None}
        return {"error": [type(error).__name__, _said(error), [str(line) for line in shell._last_traceback or []]]}

    async def _await(self, running):
        task = asyncio.ensure_future(running)
        before = signal.signal(signal.SIGINT, lambda *_: self._loop.call_soon_threadsafe(task.cancel))
        result = None
        try:
            result = await task
        finally:
            signal.signal(signal.SIGINT, before)
            self.shell.events.trigger("post_execute")
            self.shell.events.trigger("post_run_cell", result)
        return result

    def _failed_outside(self, error: BaseException) -> dict:
        return {"error": [type(error).__name__, _said(error), []]}


def _said(error: object) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _no_input(prompt: object = "") -> str:
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


def _no_password(prompt: object = "", stream: object = None) -> str:
    raise StdinNotImplementedError("getpass was called, but this frontend does not support input requests.")
