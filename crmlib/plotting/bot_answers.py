"""The figure of what the bot settles by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.call_center import group_label
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.churn_model import require_result

if TYPE_CHECKING:
    from crmlib.call_center.bot_questions import BotQuestions


def bot_questions(result: BotQuestions, *, ax: Axes | None = None) -> Axes:
    """Draw how often the bot settles each question, with intervals, beside its target.

    Answers: which questions need no agent?

    Parameters
    ----------
    result : BotQuestions, from :func:`crmlib.call_center.bot_questions`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: dot plots with intervals, Cleveland, *The Elements of Graphing Data* (1994).

    >>> from crmlib import call_center
    >>> from crmlib.company import lark
    >>> len(bot_questions(call_center.bot_questions(lark().calls)).get_yticks())
    8
    """
    require_result(result, ("table", "self_service", "target"), "crm.call_center.bot_questions")
    table, name = result.table, result.metric.name
    ax = canvas(ax, height=1.4 + 0.46 * len(table))
    shades = {"bot": theme.GREEN, "unclear": theme.BLUE, "improve": theme.YELLOW, "agent": theme.ORANGE}
    seen = set()
    for spot, row in enumerate(table.itertuples()):
        value, place = getattr(row, name), str(row.goes_to)
        shade = shades[place]
        ax.errorbar(value, spot, xerr=[[max(value - row.low, 0)], [max(row.high - value, 0)]], fmt="o", color=shade, capsize=4, markersize=7)
        words = f"{value:.0%}" if place in seen else f"{value:.0%}  {label(place, 'goes_to')}"
        right = row.high < 0.5
        spot_x = row.high + 0.025 if right else row.low - 0.025
        ax.text(spot_x, spot, words, va="center", ha="left" if right else "right", color=theme.INK)
        seen.add(place)
    ax.vlines(result.target, -0.55, len(table) - 0.4, color=theme.GREY, linewidth=1, zorder=0)
    ax.text(result.target, -0.62, _("target {target:.0%}").format(target=result.target), color=theme.GREY, ha="center", va="bottom")
    ax.set_yticks(range(len(table)), [group_label(each, result.metric.by) for each in table.index])
    ax.set(xlim=(0, 1.02), ylim=(len(table) - 0.4, -1.1))
    percent_axis(ax, "x")
    ax.set_title(_("What the bot settles by itself"))
    ax.set_xlabel(_("of the calls that it took"))
    ax.grid(axis="x")
    return ax
