"""The executor behind grading a class: several submissions at once, on one warm parent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor

from crmlib.classroom.grading.job import Job
from crmlib.classroom.grading.warm import WarmParent
from crmlib.classroom.grading.warming import likely


class WarmExecutor(Executor):
    """Runs jobs in children of a warm parent, `workers` at a time.

    Its threads only wait; the work is done in the children. Another executor can take its place, such as a Dask cluster's
    (``distributed.Client(...).get_executor()``): it is given ``submit(crmlib.classroom.execution.run, job)``, which keeps a warm parent in
    each of the cluster's processes; function, :class:`Job` and :class:`Outcome` can be pickled.

    Parameters
    ----------
    workers : int
    sandboxed : bool
        False: submissions run with the rights of this process.
    parent : WarmParent, optional
        One that was started already; it ends with this.

    Why: whoever grades a class need not know where it is done.
    """

    def __init__(self, workers: int, *, sandboxed: bool = True, parent: WarmParent | None = None) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="crm-grade")
        self._parent = parent or WarmParent(sandboxed=sandboxed)

    def expect(self, text: str) -> None:
        """Sheets with this text are going to be run: what they name is imported beforehand."""
        self._parent.expect(likely(text))

    def submit(self, work: Job | Callable, /, *arguments: object, **named: object) -> Future:
        """Hand in a job (its future gives the :class:`Outcome`), or, as with any executor, a function and its arguments.

        Raises
        ------
        RuntimeError
            It was shut down.
        """
        if isinstance(work, Job):
            return self._threads.submit(self._parent.run, work)
        return self._threads.submit(work, *arguments, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take nothing more; `wait` for what was handed in, or with `cancel_futures` give up what has not begun.

        With `cancel_futures` but without `wait`, as after Ctrl-C, what has begun is ended where it is: its future raises ValueError.
        """
        self._threads.shutdown(wait=False, cancel_futures=cancel_futures)
        if cancel_futures and not wait:
            self._parent.close()
        elif wait:
            self._finish()
        else:
            threading.Thread(target=self._finish, name="crm-grade-finish").start()

    def _finish(self) -> None:
        try:
            self._threads.shutdown(wait=True)
        finally:
            self._parent.close()
