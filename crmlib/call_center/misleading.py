"""Metrics that look better than the centre is, each beside the one that tells the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd

from crmlib.call_center.first_contact import LINKS, first_contact_resolution
from crmlib.call_center.rates import (
    abandonment_rate,
    connection_rate,
    seconds_or_standard,
)
from crmlib.call_center.service_levels import service_level
from crmlib.call_center.times import average_speed_of_answer
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Misleading:
    """`table`, one row a trap: unit (share or seconds), reported, whole, difference. `why` tells each in a sentence."""

    table: pd.DataFrame = field(repr=False)
    by: tuple[str, ...]

    @property
    def why(self) -> pd.Series:
        """Why each figure misleads, in the active language."""
        return pd.Series({trap: trap_words(trap)[1] for trap in self.table.index}, name="why")

    def summary(self) -> str:
        """The trap that hides most of the service level and of the wait, in the active language."""
        shares = self.table[self.table["unit"] == "share"]
        worst = shares["difference"].abs().idxmax()
        return _("Largest gap: {trap}, {reported:.1%} reported against {whole:.1%}. {why}").format(
            trap=trap_words(worst)[0], reported=shares.loc[worst, "reported"], whole=shares.loc[worst, "whole"], why=trap_words(worst)[1]
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Each reported share beside the whole one; see :func:`crmlib.plotting.misleading_metrics`."""
        from crmlib.plotting.call_center import misleading_metrics

        return misleading_metrics(self, ax=ax)


def metrics_that_mislead(
    calls: object, *, by: str | Sequence[str] = ("day", "hour"), within_seconds: float | None = None, repeat_days: float | None = None
) -> Misleading:
    """Work out usual metrics in the flattering way and in the whole way, on the same calls.

    Answers: which of our figures would look well in a bad month?

    - average_of_rates: the plain mean of the connection rates of the groups `by`, against the ratio of sums. A quiet hour with two calls
      weighs as much as the peak hour with sixty.
    - level_of_answered: service level over answered calls, against over all that entered the queue.
    - generous_short_rule: abandonment with all who hung up within `within_seconds` left out, against all counted.
    - queue_only: abandonment in the queue, against the queue and the menu (in both terms).
    - self_service_as_connection: (answered + solved in the menu) ÷ all calls, against answered ÷ those who wanted an agent.
    - window_of_a_day: first contact resolution with a window of one day, against `repeat_days`.
    - wait_of_answered: mean wait of answered calls, against that of all who queued; in seconds.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        The columns that the single functions name; window_of_a_day is left out without call_id and repeat_of.
    by : as in :func:`connection_rate`
        The groups whose rates are averaged in the first row.
    within_seconds, repeat_days : optional
        Without them: the standards call_center.answer_seconds and call_center.repeat_days.

    Returns
    -------
    Misleading
        `.table`, one row a trap: unit, reported, whole, difference (reported less whole); `.why`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        As in the single functions.

    Source: worked out here from the single functions; which traps are common is general knowledge of the trade.

    >>> from crmlib.company import lark
    >>> found = metrics_that_mislead(lark().calls).table
    >>> bool(found.loc["level_of_answered", "difference"] > 0.1)
    True
    """
    within = seconds_or_standard("within_seconds", within_seconds, "call_center.answer_seconds")
    connected = connection_rate(calls, by=by)
    level = service_level(calls, within_seconds=within).definitions["service_level"]
    wanted, queue = connection_rate(calls, base="wanted"), abandonment_rate(calls, short="counted")
    rows = {
        "average_of_rates": ("share", connected.average_of_groups, connected.value),
        "level_of_answered": ("share", level["of_answered"], level["of_offered"]),
        "generous_short_rule": ("share", abandonment_rate(calls, short_seconds=within).value, queue.value),
        "queue_only": ("share", queue.value, abandonment_rate(calls, short="counted", base="wanted").value),
        "self_service_as_connection": ("share", _with_self_service(calls, wanted.over), wanted.value),
    }
    if {"call_id", "repeat_of"} <= set(nw.from_native(calls).collect_schema().names()):
        day = first_contact_resolution(calls, repeat_days=1, repeats=next(iter(LINKS)))
        rows["window_of_a_day"] = ("share", day.value, first_contact_resolution(calls, repeat_days=repeat_days).value)
    rows["wait_of_answered"] = ("seconds", average_speed_of_answer(calls).value, average_speed_of_answer(calls, of="queued").value)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["unit", "reported", "whole"]).rename_axis("trap")
    return Misleading(table.assign(difference=table["reported"] - table["whole"]), connected.by)


def _with_self_service(calls: object, answered: float) -> float:
    from crmlib.call_center.rates import self_service_share

    solved = self_service_share(calls)
    return (answered + solved.over) / solved.under


def trap_words(trap: str) -> tuple[str, str]:
    """The name of a trap, and why it misleads, in the active language.

    >>> len(trap_words("queue_only"))
    2
    """
    return {
        "average_of_rates": (
            _("connection, mean of the groups' rates"),
            _("A quiet hour with two calls weighs as much as the busiest one; divide the sums instead.")),
        "level_of_answered": (
            _("service level of answered calls"),
            _("Whoever gave up is forgotten, so that the figure stays high while the queue loses callers.")),
        "generous_short_rule": (
            _("abandonment without early leavers"),
            _("Everybody who hung up before the target counts as a wrong number.")),
        "queue_only": (
            _("abandonment in the queue only"),
            _("Who hangs up in the menu or finds the desk closed was not helped either; count them above and below the line.")),
        "self_service_as_connection": (
            _("connection with self-service"),
            _("Calls that needed nobody are counted as answered, though they say nothing about the agents.")),
        "window_of_a_day": (
            _("resolution with a window of one day"),
            _("Some of those who were not helped ring again only after more than a day.")),
        "wait_of_answered": (
            _("mean wait of answered calls"),
            _("Those who waited longest gave up and are not in it.")),
    }[trap]  # fmt: skip
