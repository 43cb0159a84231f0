"""Which questions need no agent: how often the bot settles each, beside what it should."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.call_center.estimates import CallMetric
from crmlib.call_center.rates import bot_resolution, self_service_share
from crmlib.checks import require_share
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLACES = ("bot", "unclear", "improve", "agent")
"""Where a question belongs: the bot reaches its target, may reach it, does not, or fails with most callers."""


@dataclass(frozen=True)
class BotQuestions:
    """`table`, one row a question, best first: with_bot, solved_by_bot, bot_resolution_rate, low, high, goes_to (bot, unclear, improve or
    agent). `metric` is the whole :class:`CallMetric`; `self_service` the share of all calls that needed no agent."""

    table: pd.DataFrame = field(repr=False)
    metric: CallMetric = field(repr=False)
    self_service: CallMetric = field(repr=False)
    target: float
    least: float

    def questions(self, place: str) -> list[str]:
        """The questions of one place ("bot", "unclear", "improve" or "agent"), by their codes."""
        if place not in PLACES:
            raise ValueError(_("{name} is {value}; it must be one of: {known}.").format(name="place", value=place, known=", ".join(PLACES)))
        return self.table.index[self.table["goes_to"] == place].tolist()

    def headline(self) -> str:
        """The finding as the title of a page, in the active language."""
        straight = self._names("agent")
        if not straight:
            return _("{share:.0%} of calls need no agent").format(share=self.self_service.value)
        return _("{share:.0%} of calls need no agent; {questions} should not be left to the bot").format(
            share=self.self_service.value, questions=straight
        )

    def summary(self) -> str:
        """Which questions the bot can do and which it cannot, in the active language."""
        told = [
            (_("reaches the target with: {questions}"), "bot"), (_("may reach it with: {questions}"), "unclear"),
            (_("does not reach it with: {questions}"), "improve"), (_("fails with most callers: {questions}"), "agent"),
        ]  # fmt: skip
        said = [words.format(questions=self._names(place)) for words, place in told if self.questions(place)]
        return _("Target {target:.0%}. The bot {parts}.").format(target=self.target, parts=_("; ").join(said))

    def advice(self) -> str:
        """What to leave to the bot, what to improve and what to pass on at once, a line each, in the active language."""
        told = [
            (_("Leave to the bot, and offer an agent on request: {questions}."), "bot"),
            (_("Keep with the bot and count again, for the interval holds the target: {questions}."), "unclear"),
            (_("Teach the bot first, and pass the caller on after one failure: {questions}."), "improve"),
            (_("Put through to an agent without the bot: {questions}."), "agent"),
        ]
        return "\n\n".join(words.format(questions=self._names(place)) for words, place in told if self.questions(place))

    def plot(self, ax: Axes | None = None) -> Axes:
        """The questions with their intervals and the target; see :func:`crmlib.plotting.bot_questions`."""
        from crmlib.plotting.bot_answers import bot_questions as draw

        return draw(self, ax=ax)

    def _names(self, place: str) -> str:
        return _(", ").join(label(each, self.metric.by[0]) for each in self.questions(place))


def bot_questions(calls: object, *, by: str = "reason", target: float | None = None, least: float | None = None,
                  level: float = 0.95) -> BotQuestions:  # fmt: skip
    """Judge by question how much the bot can do.

    Answers: what needs no agent, and what should never have to talk to a machine first?

    A question goes to "bot" where the whole interval of what the bot settles lies at `target` or above, to "agent" where it lies below
    `least`, to "improve" where it lies below the target otherwise; where it holds the target nothing can be said yet: "unclear".

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        arrived_at, bot, solved_in_ivr and the column `by`; calls without a question are left out of the rows.
    by : column that names the question
    target, least : float, 0–1, least ≤ target, optional
        Without them: the standards call_center.target_bot and call_center.least_bot.
    level : float, 0–1
        Confidence of the intervals.

    Returns
    -------
    BotQuestions
        `.table`, one row a question; `.headline()`, `.summary()`, `.advice()`, `.plot()`

    Raises
    ------
    ValueError
        As in :func:`crmlib.call_center.connection_rate`; a share is none; least is above the target.

    Source: rule for teaching; the interval is that of :func:`crmlib.call_center.bot_resolution`.

    >>> from crmlib.company import lark
    >>> bot_questions(lark().calls).questions("agent")
    ['complaint', 'claim']
    """
    target = float(get("call_center.target_bot", unit="share")) if target is None else target
    least = float(get("call_center.least_bot", unit="share")) if least is None else least
    require_share("target", target)
    require_share("least", least)
    if least > target:
        raise ValueError(_("least is {least} and target {target}; least must not be above the target.").format(least=least, target=target))
    found = bot_resolution(calls, by=by, level=level)
    table = found.table.sort_values(found.name, ascending=False, kind="stable")
    place = pd.Series("improve", index=table.index)
    place[table["high"] >= target] = "unclear"
    place[table["low"] >= target] = "bot"
    place[table["high"] < least] = "agent"
    table = table.assign(goes_to=pd.Categorical(place, categories=PLACES, ordered=True))
    return BotQuestions(table, found, self_service_share(calls, level=level), target, least)
