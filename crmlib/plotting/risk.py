"""Pictures of risk: what plans cost as an incident lasts, a drill along its clock, and its decisions against the best in hindsight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _, language
from crmlib.plotting.canvas import canvas
from crmlib.plotting.credit import require_result

if TYPE_CHECKING:
    from crmlib.desk.risk.alternatives import Alternatives
    from crmlib.desk.risk.drill import Drill, DrillScore


def plan_costs(found: Alternatives, *, ax: Axes | None = None) -> Axes:
    """Draw what each plan costs above the best, for every length of the incident.

    Answers: for which length should we plan if we do not know it?

    Parameters
    ----------
    found : Alternatives, from :func:`crmlib.desk.risk.alternatives`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else, or no parcel is touched.

    Source: regret after Savage (1951).

    >>> from crmlib.company import lark
    >>> from crmlib.desk.risk import affected_parcels, alternatives
    >>> touched = affected_parcels(lark(), "I014", "2026-05-12 09:00").head(9)
    >>> plan_costs(alternatives(lark(), touched, "I014", as_of="2026-05-12 09:00")).has_data()
    True
    """
    require_result(found, ("regret", "cautious_days"), "crm.desk.risk.alternatives")
    if found.plan.empty:
        raise ValueError(_("There is nothing to draw: no parcel is touched."))
    ax = canvas(ax)
    table = found.regret.pivot(index="plan_for_days", columns="lasts_days", values="regret_yuan")
    colours = (theme.SKY, theme.BLUE, theme.ORANGE)
    width = 0.8 / len(table.columns)
    most = max(float(table.to_numpy().max()), 1.0)
    for place, (lasts, colour) in enumerate(zip(table.columns, colours, strict=False)):
        where = np.arange(len(table)) + (place - (len(table.columns) - 1) / 2) * width
        ax.bar(where, table[lasts], width=width * 0.92, color=colour, label=_("lasts {days:g} days").format(days=lasts))
        for x, value in zip(where, table[lasts], strict=True):
            ax.text(x, value + most * 0.015, f"{value:,.0f}", ha="center", va="bottom", color=theme.INK, fontsize="small")
    ax.set_xticks(np.arange(len(table)), [_("planned for {days:g} days").format(days=days) for days in table.index])
    ax.set(ylim=(0, most * 1.15), ylabel=_("dearer than the best plan (yuan)"))
    ax.set_title(_("Plan for {days:g} days if you do not know").format(days=found.cautious_days), loc="left")
    ax.legend(frameon=False, loc="upper center", fontsize="small")
    return ax


def drill_timeline(drill: Drill, *, ax: Axes | None = None) -> Axes:
    """Draw a drill along time: when it was known, each question with its two limits, and when the answers came.

    Answers: what was known when, and was the clock kept?

    Parameters
    ----------
    drill : Drill, from :func:`crmlib.desk.risk.drill`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    >>> from crmlib.company import lark
    >>> from crmlib.desk.risk import drill
    >>> drill_timeline(drill(lark(), "I013")).has_data()
    True
    """
    require_result(drill, ("timeline", "known", "answers"), "crm.desk.risk.drill")
    rows = drill.timeline
    count = int(rows["question"].max())
    ax = canvas(ax, height=1.8 + 0.8 * max(count, 1))
    known, start = drill.known.iloc[0], rows["at"].iloc[0]
    ax.axvline(start, color=theme.INK, linewidth=1)
    ax.text(start, 0.35, _(" known"), color=theme.INK, fontsize="small", va="center")
    for number in range(1, count + 1):
        mine = rows[rows["question"] == number].set_index("drill_step")
        asked = mine.loc["asked"]
        limit = asked["at"] + pd.Timedelta(hours=24)
        ax.plot([asked["at"], limit], [number, number], color=theme.PALE, linewidth=9, solid_capstyle="butt", zorder=1)
        ax.plot(asked["at"], number, "o", color=theme.INK, markersize=7, zorder=3)
        said = _("{parcels:,.0f} parcels").format(parcels=asked["parcels"])
        if "offer" in mine.index:
            offer, begun = mine.loc["offer"], mine.loc["investigate"]
            colour = theme.ORANGE if offer["is_late"] or begun["is_late"] else theme.GREEN
            ax.plot([asked["at"], offer["at"]], [number, number], color=colour, linewidth=3, zorder=2, solid_capstyle="butt")
            ax.plot(offer["at"], number, "D", color=colour, markersize=6, zorder=3)
            option = drill.answers[number - 1][1]
            said += _(": {option}, begun after {begun:,.0f} min, offered after {offer:,.0f} min").format(
                option=label(option, column="option"), begun=begun["minutes"], offer=offer["minutes"])  # fmt: skip
        else:
            said += _(": not answered yet")
        ax.text(asked["at"], number - 0.3, said, ha="left", va="center", color=theme.INK, fontsize="small")
    last = rows["at"].max() + pd.Timedelta(hours=30)
    ax.set(ylim=(count + 0.6, 0.1), xlim=(start - pd.Timedelta(hours=3), max(last, start + pd.Timedelta(hours=60))))
    ax.set_yticks(range(1, count + 1), [_("question {number}").format(number=number) for number in range(1, count + 1)])
    locator = AutoDateLocator(minticks=3, maxticks=6)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, formats=["%Y", "%m-%d", "%m-%d", "%H:%M", "%H:%M", "%S"],
                                                      zero_formats=["", "%Y", "%m-%d", "%m-%d", "%H:%M", "%H:%M"], show_offset=False))  # fmt: skip
    name = known["name_zh"] if language() == "zh" else known["name_en"]
    ax.set_title(_("{name}: the grey bar is the 24 hours for an offer").format(name=name), loc="left")
    ax.tick_params(axis="y", length=0)
    return ax


def drill_costs(score: DrillScore, *, ax: Axes | None = None) -> Axes:
    """Draw what each decision of a drill cost, beside waiting and the best in hindsight.

    Answers: where did the decisions cost money?

    Parameters
    ----------
    score : DrillScore, from `Drill.score()`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    >>> from crmlib.company import lark
    >>> from crmlib.desk.risk import drill
    >>> drill_costs(drill(lark(), "I013").answer("wait", minutes=30).score()).has_data()
    True
    """
    require_result(score, ("table",), "Drill.score()")
    table = score.table
    ax = canvas(ax)
    parts = (("wait_yuan", theme.GREY), ("cost_yuan", theme.ORANGE), ("best_yuan", theme.BLUE))
    most = float(table[[name for name, _colour in parts]].to_numpy().max()) or 1.0
    names = {"wait_yuan": _("all wait"), "cost_yuan": _("as decided"), "best_yuan": _("best in hindsight")}
    for place, (name, colour) in enumerate(parts):
        where = np.arange(len(table)) + (place - 1) * 0.27
        ax.bar(where, table[name], width=0.25, color=colour, label=names[name])
        for x, value in zip(where, table[name], strict=True):
            ax.text(x, value + most * 0.015, f"{value:,.0f}", ha="center", va="bottom", color=theme.INK, fontsize="small")
    ax.set_xticks(np.arange(len(table)), [_("question {number}: {option}").format(number=row.question, option=label(row.option, column="option"))
                                          for row in table.itertuples()])  # fmt: skip
    ax.set(ylim=(0, most * 1.25), ylabel=_("cost in yuan"))
    ax.legend(frameon=False, loc="upper right", ncols=3, fontsize="small")
    return ax
