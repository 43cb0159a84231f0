"""The way of a call: menu or bot, queue, agent, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.call_center.groups import group_names, refuse_agent
from crmlib.call_center.sums import Sum, call_sums
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = ("arrived", "keys", "bot", "solved", "left", "queue", "abandoned", "answered", "resolved", "transferred", "repeat", "open")
"""Where a call can be on its way, from the first step to the last ones."""
ENDS = ("solved", "left", "abandoned", "resolved", "transferred", "repeat", "open")

_LINKS = {
    ("arrived", "keys"): lambda of: of("calls") - of("bot"),
    ("arrived", "bot"): lambda of: of("bot"),
    ("keys", "solved"): lambda of: of("solved") - of("bot_solved"),
    ("keys", "left"): lambda of: of("left") - of("bot_left"),
    ("keys", "queue"): lambda of: of("queued") - of("bot_queued"),
    ("bot", "solved"): lambda of: of("bot_solved"),
    ("bot", "left"): lambda of: of("bot_left"),
    ("bot", "queue"): lambda of: of("bot_queued"),
    ("queue", "abandoned"): lambda of: of("abandoned"),
    ("queue", "answered"): lambda of: of("answered"),
    ("answered", "resolved"): lambda of: of("resolved") - of("passed_resolved"),
    ("answered", "transferred"): lambda of: of("passed"),
    ("answered", "repeat"): lambda of: of("again") - of("passed_again") - of("again_resolved"),
    ("answered", "open"): lambda of: (
        of("answered") - of("resolved") - of("passed") + of("passed_resolved") - of("again") + of("passed_again") + of("again_resolved")
    ),
}


@dataclass(frozen=True)
class CallPath:
    """`links`, one row a step from one place to the next (from_step, to_step, call_count, share of all calls, share_of_step); `ends`, one
    row an ending (call_count, share). With `by`, both are indexed by the group first. `calls` is how many there were."""

    links: pd.DataFrame = field(repr=False)
    ends: pd.DataFrame = field(repr=False)
    calls: int
    by: tuple[str, ...]

    def summary(self) -> str:
        """How many of a hundred calls end where, in the active language."""
        ends = self.ends.groupby("end", observed=True)["call_count"].sum() / self.calls
        return _(
            "Of {calls:,} calls, {solved:.1%} were solved in the menu or by the bot, {left:.1%} left the menu unsolved, "
            "{abandoned:.1%} hung up in the queue, and {answered:.1%} reached an agent, where {resolved:.1%} of the calls settled "
            "the matter the first time it was told."
        ).format(
            calls=self.calls,
            solved=ends["solved"],
            left=ends["left"],
            abandoned=ends["abandoned"],
            answered=(answered := ends[["resolved", "transferred", "repeat", "open"]].sum()),
            resolved=ends["resolved"] / answered if answered else 0.0,
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """The way as bands, as broad as the calls are many; see :func:`crmlib.plotting.call_path`."""
        from crmlib.plotting.call_center import call_path

        return call_path(self, ax=ax)


def call_path(calls: object, *, by: str | Sequence[str] | None = None) -> CallPath:
    """Count the calls on each part of their way: menu or bot → queue → agent → outcome.

    Answers: where do callers go, and where do we lose them?

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        arrived_at, bot, solved_in_ivr, left_in_ivr, entered_queue_at, answered_at, abandoned, resolved_first_contact, transferred,
        repeat_of
    by : as in :func:`connection_rate`; by agent there is no way from the beginning

    Returns
    -------
    CallPath
        `.links`, `.ends`, `.calls`; `.summary()`, `.plot()`. What comes into a step goes out of it. Of answered calls,
        transferred are those passed on, whatever else is noted of them, repeat the further calls on a matter, open the first calls that
        did not settle it.

    Raises
    ------
    ValueError
        As in :func:`connection_rate`; a call ends in no way or in two ways.

    Source: the steps are those that the table of calls records; 《快递客户关系管理》, project 5, task 1, is about them.

    >>> from crmlib.company import lark
    >>> int(call_path(lark().calls).ends["call_count"].sum())
    26519
    """
    names = group_names(by)
    refuse_agent(names, "call_path")
    answered = ("answered_at",)
    sums = {
        "calls": Sum(), "bot": Sum(("bot",)), "solved": Sum(("solved_in_ivr",)), "bot_solved": Sum(("bot", "solved_in_ivr")),
        "left": Sum(("left_in_ivr",)), "bot_left": Sum(("bot", "left_in_ivr")), "queued": Sum(("entered_queue_at",)),
        "bot_queued": Sum(("bot", "entered_queue_at")), "abandoned": Sum(("abandoned",)), "answered": Sum(answered),
        "resolved": Sum((*answered, "resolved_first_contact")), "passed": Sum((*answered, "transferred")),
        "passed_resolved": Sum((*answered, "resolved_first_contact", "transferred")), "again": Sum((*answered, "repeat_of")),
        "passed_again": Sum((*answered, "repeat_of", "transferred")),
        "again_resolved": Sum((*answered, "repeat_of", "resolved_first_contact")),
    }  # fmt: skip
    cells = call_sums(calls, sums, by=names, days_apart=False)
    added = cells.set_index(list(names)) if names else cells[[*sums]].set_axis(["all"]).rename_axis("group")
    whole = added.sum()
    if whole["calls"] != whole["solved"] + whole["left"] + whole["queued"] or whole["queued"] != whole["abandoned"] + whole["answered"]:
        raise ValueError(
            _(
                "Some calls end in no way or in two: {calls} calls, {solved} solved in the menu, {left} left in it, {queued} queued, "
                "{abandoned} abandoned, {answered} answered. Each call must be solved, left or queued, and each queued one abandoned or "
                "answered."
            ).format(**{name: int(whole[name]) for name in ("calls", "solved", "left", "queued", "abandoned", "answered")})
        )
    links = pd.concat({step: count(added.__getitem__) for step, count in _LINKS.items()}, names=["from_step", "to_step"])
    index = list(names) if names else ["group"]
    table = links.rename("call_count").reset_index()
    for column in ("from_step", "to_step"):
        table[column] = pd.Categorical(table[column], categories=STEPS, ordered=True)
    table = table.sort_values([*index, "from_step", "to_step"], kind="stable", ignore_index=True)
    every = table[index].merge(added["calls"].rename("every").reset_index(), on=index, how="left")["every"]
    step = table.groupby([*index, "from_step"], observed=True)["call_count"].transform("sum")
    table = table.assign(share=table["call_count"] / every, share_of_step=table["call_count"] / step.where(step > 0))
    ends = table[table["to_step"].isin(ENDS)].rename(columns={"to_step": "end"})
    ends = ends.groupby([*index, "end"], observed=True)[["call_count", "share"]].sum()
    table = table.set_index(index)
    if not names:
        table, ends = table.reset_index(drop=True), ends.droplevel("group")
    return CallPath(table, ends, int(whole["calls"]), names)
