"""The inside of a kernel in the sandbox: what the warm parent's child becomes when a provisioner asks for a kernel."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from crmlib.classroom.grading import sandbox


def serve(payload: Mapping, channels: Sequence[int]) -> None:
    """Enter the sandbox and be an IPython kernel until it is told to end; `channels` holds one pipe, written to when it is ready.

    Parameters
    ----------
    payload : mapping
        ``scratch`` and ``sockets`` (folders), ``connection`` (as in a connection file), ``limits``, ``readable``, ``environment``.
    channels : sequence of int
    """
    (told,) = channels
    sandbox.enter(
        Path(payload["scratch"]),
        limits=sandbox.Limits(**payload["limits"]),
        readable=payload["readable"],
        keep={told},
        environment=payload["environment"],
    )
    os.mkdir(payload["sockets"])
    connection = Path("/tmp/kernel.json")
    connection.write_text(json.dumps(payload["connection"]), "utf-8")
    app = _kernel_app(["-f", str(connection), "--IPKernelApp.log_level=40", "--HistoryManager.enabled=False"])
    os.write(told, b".")
    os.close(told)
    app.start()


def _kernel_app(arguments: list[str]):
    sys.modules["debugpy"] = None  # no debugger in a grading kernel: importing it takes half a second
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp
    from ipykernel.zmqshell import ZMQInteractiveShell

    np.random.seed()
    random.seed()
    ZMQInteractiveShell.clear_instance()
    sys.argv = ["ipykernel_launcher.py", "-f", "kernel.json"]
    app = IPKernelApp.instance()
    app.initialize(arguments)
    _show_figures(app.shell)
    return app


def _show_figures(shell) -> None:
    """matplotlib_inline has met the warm parent's shell and sets up figures once only; made to do it again, else they are lost silently."""
    from matplotlib_inline import backend_inline

    backend_inline.configure_inline_support.current_backend = "unset"
    backend_inline.configure_inline_support(shell, "inline")
