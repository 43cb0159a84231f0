"""A child of the warm parent's, seen by whoever asked for it."""

from __future__ import annotations

import socket


class Forked:
    """A child of the warm parent's: `process` is its id, `wait` gives the exit code. Closing it ends the child."""

    def __init__(self, status: socket.socket) -> None:
        self._status = status
        self._told: list[int] = []

    def __enter__(self) -> Forked:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def fileno(self) -> int:
        """Can be read from when there is news: the process id first, the exit code at the end."""
        return self._status.fileno()

    @property
    def process(self) -> int:
        """The process id; the process may have ended since."""
        self._hear(1, None)
        return self._told[0]

    def wait(self, seconds: float | None = None) -> int:
        """Wait for the end; the exit code, negative for a signal.

        Raises
        ------
        TimeoutError
            It runs on.
        """
        self._hear(2, seconds)
        return self._told[1]

    def close(self) -> None:
        """Let the warm parent end the child, if it has not ended."""
        self._status.close()

    def _hear(self, count: int, seconds: float | None) -> None:
        self._status.settimeout(seconds)
        while len(self._told) < count:
            raw = self._status.recv(4, socket.MSG_WAITALL)
            self._told.append(int.from_bytes(raw, "big", signed=True) if len(raw) == 4 else -9)
