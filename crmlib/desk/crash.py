"""A crash on purpose: another process completes a step and is killed on the way, and the desk tells what is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from crmlib.desk.case import Case
from crmlib.desk.case_rules import case_number
from crmlib.desk.service_desk import Desk
from crmlib.i18n import _, language, use_language

MOMENTS = ("before_write", "before_commit", "after_commit")
"""Before the event is written, when it is written but the transaction is not closed, and when it is closed."""


def rehearse_crash(
    desk: Desk, case: Case | str, step: str, fields: Mapping[str, Any], *, by: str, at: object = None, moment: str = "before_commit"
) -> str:
    """Let another process complete a step, and kill it on the way.

    Answers: what is lost when the power fails at the worst moment?

    Parameters
    ----------
    desk : Desk, in a file or on a server
    case, step, fields, by, at : as in `Desk.complete`
    moment : when it is killed: "before_write", "before_commit", or "after_commit"

    Returns
    -------
    str
        A sentence on what the desk knows now. Nothing is cleaned up: what you load afterwards is what the killed process left.

    Raises
    ------
    ValueError
        The step could not have been completed anyway, or the desk is in memory only.
    """
    if moment not in MOMENTS:
        raise ValueError(_("moment is {moment}; it must be one of {known}.").format(moment=moment, known=", ".join(MOMENTS)))
    before = desk.case(case_number(case))
    when = None if at is None else str(at)
    task = {
        "place": desk.place,
        "case": before.case_id,
        "step": step,
        "fields": dict(fields),
        "by": by,
        "at": when,
        "moment": moment,
        "language": language(),
    }
    if desk.in_memory:
        raise ValueError(_('This desk is in memory only, so another process cannot reach it. Open one in a file: Desk("desk.sqlite").'))
    environment = os.environ | {"PYTHONUTF8": "1"}
    ended = subprocess.run(
        [sys.executable, "-m", "crmlib.desk.crash"],
        input=json.dumps(task, default=str),
        capture_output=True,
        encoding="utf-8",
        env=environment,
        check=False,
    )
    if ended.returncode == 0 or ended.stdout.startswith("refused: "):
        raise ValueError(ended.stdout.removeprefix("refused: ").strip() or ended.stderr.strip())
    after = desk.case(before.case_id)
    words = {"case": after.case_id, "before": before.version, "after": after.version, "step": before.procedure.step(step).name}
    if after.version > before.version:
        return _(
            "The process was killed after it had recorded {step}. Case {case} had {before} events and now has {after}: the step is done."
        ).format(**words)
    return _(
        "The process was killed before {step} was recorded. Case {case} has {after} events as before: the step is still open, do it again."
    ).format(**words)


def die_at(desk: Desk, moment: str) -> None:
    """From now on the first change of this desk kills this process, at `moment`, one of MOMENTS but the last.

    >>> die_at(Desk("sqlite://"), "after_commit")
    """
    import sqlalchemy as sa

    if moment == "before_commit":
        sa.event.listen(desk.engine, "commit", lambda _connection: die())
    if moment == "before_write":
        sa.event.listen(
            desk.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_more: statement.startswith("INSERT") and die()
        )


def die() -> None:
    """End this process by the hardest means the system has: no clean-up, no closing of files."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def main() -> None:
    """Read the task from standard input, and die of it."""
    task = json.loads(sys.stdin.read())
    use_language(task["language"])
    try:
        desk = Desk(task["place"])
        die_at(desk, task["moment"])
        desk.complete(task["case"], task["step"], task["fields"], by=task["by"], at=task["at"])
    except ValueError as error:
        sys.stdout.write(f"refused: {error}\n")
        return
    die()


if __name__ == "__main__":
    main()
