"""Figures of rosters: cover against need, and who works when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlib import theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas
from crmlib.plotting.credit import require_result

if TYPE_CHECKING:
    from crmlib.staffing.roster import Roster

_ROW = 0.3


def roster_cover(result: Roster, *, day: object = None, ax: Axes | None = None) -> Axes:
    """Draw the agents needed and those on the roster, half hour by half hour.

    Answers: where are we short, and where do people sit idle?

    Parameters
    ----------
    result : Roster, from :func:`crmlib.staffing.plan_roster`
    day : date or text, optional
        One day only, with the hours of the clock; without it all days.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Dark line: needed. Blue: on the roster and not at break. Orange: lacking.

    Raises
    ------
    ValueError
        The result is something else, or nobody is needed on that day.

    Source: the roster itself.

    >>> from crmlib import staffing
    >>> need = pd.DataFrame({"starts_at": pd.date_range("2026-11-02 08:00", periods=4, freq="30min"), "agents_rostered": 1})
    >>> roster = staffing.plan_roster(need, agents=1, patterns=staffing.shift_patterns([8], hours=3, break_minutes=0))
    >>> roster_cover(roster).has_data()
    True
    """
    from crmlib.segments.per_customer import day as moment

    require_result(result, ("shifts", "cover", "people"), "crm.staffing.plan_roster")
    cover = result.cover
    if day is not None:
        wanted = moment(day, "day").normalize()
        cover = cover[cover["starts_at"].dt.normalize() == wanted]
        if cover.empty:
            raise ValueError(_("The roster does not reach {day:%Y-%m-%d}.").format(day=wanted))
    step = cover["starts_at"].diff().min() if len(cover) > 1 else pd.Timedelta(minutes=30)
    # After each stretch without a gap a last point closes it, so that nights without service stay empty.
    ends = cover[cover["starts_at"].shift(-1) - cover["starts_at"] != step]
    ends = ends.assign(starts_at=ends["starts_at"] + step)
    holes = ends.assign(starts_at=ends["starts_at"] + step / 60, needed=np.nan, covered=np.nan)
    rows = pd.concat([cover, ends, holes]).sort_values("starts_at", kind="stable")
    ax = canvas(ax)
    moments, needed, covered = rows["starts_at"], rows["needed"].to_numpy(dtype=float), rows["covered"].to_numpy(dtype=float)
    ax.fill_between(moments, 0, covered, step="post", color=theme.SKY, alpha=0.4, linewidth=0)
    ax.fill_between(moments, covered, needed, where=needed > covered, step="post", color=theme.ORANGE, linewidth=0)
    ax.step(moments, needed, where="post", color=theme.INK, linewidth=1.3)
    top = max(float(cover[["needed", "covered"]].max().max()), 1.0)
    ax.set_ylim(0, top * 1.25)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    words = [(_("needed"), theme.INK), (_("on the roster"), theme.BLUE)]
    if cover["short"].any():
        words.append((_("lacking: {hours:g} hours").format(hours=cover["short"].sum() * (step / pd.Timedelta(hours=1))), theme.ORANGE))
    _words_above(ax, words)
    ax.set_ylabel(_("Agents"))
    _moment_axis(ax, cover["starts_at"])
    return ax


def roster_chart(result: Roster, *, day: object = None, ax: Axes | None = None) -> Axes:
    """Draw each agent's shifts as bars, breaks left open.

    Answers: who works when?

    Parameters
    ----------
    result : Roster, from :func:`crmlib.staffing.plan_roster`
    day : date or text, optional
        One day only, with the hours of the clock; without it all days.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else, or nobody works on that day.

    Source: the roster itself; the form after Gantt (1910).

    >>> from crmlib import staffing
    >>> need = pd.DataFrame({"starts_at": pd.date_range("2026-11-02 08:00", periods=4, freq="30min"), "agents_rostered": 1})
    >>> roster = staffing.plan_roster(need, agents=1, patterns=staffing.shift_patterns([8], hours=3, break_minutes=0))
    >>> len(roster_chart(roster).patches)
    1
    """
    from crmlib.segments.per_customer import day as moment
    from crmlib.staffing.patterns import late_ending

    require_result(result, ("shifts", "cover", "people"), "crm.staffing.plan_roster")
    shifts, people = result.shifts, list(result.people.index)
    if day is not None:
        wanted = moment(day, "day").normalize()
        shifts = shifts[shifts["date"] == wanted]
        if shifts.empty:
            raise ValueError(_("Nobody works on {day:%Y-%m-%d} by this roster.").format(day=wanted))
        begins = shifts.groupby("agent_id")["planned_start"].min()
        people = sorted(begins.index, key=lambda agent: (begins[agent], agent))
    ax = canvas(ax, height=1.1 + _ROW * max(len(people), 3))
    place = {agent: number for number, agent in enumerate(people)}
    late = late_ending(shifts)
    for row, is_late in zip(shifts.itertuples(), late, strict=True):
        colour = theme.PURPLE if is_late else theme.BLUE
        spans = [(row.planned_start, row.planned_end)]
        if pd.notna(row.break_start):
            spans = [(row.planned_start, row.break_start), (row.break_end, row.planned_end)]
        for begin, end in spans:
            if end > begin:
                ax.barh(place[row.agent_id], end - begin, left=begin, height=0.62, color=colour)
    size = 9.5 if len(people) <= 30 else 7
    ax.set_yticks(range(len(people)), people, fontsize=size)
    ax.set_ylim(len(people) - 0.4, -1.4)
    ax.tick_params(axis="y", length=0)
    _words_above(ax, [(_("day shift"), theme.BLUE), *([(_("late or night shift"), theme.PURPLE)] if late.any() else [])])
    _moment_axis(ax, pd.concat([shifts["planned_start"], shifts["planned_end"] - pd.Timedelta(minutes=1)]))
    return ax


def _words_above(ax: Axes, words: list[tuple[str, str]]) -> None:
    """Words in their colours, side by side above the figure, instead of a legend."""
    place = 0.01
    for text, colour in words:
        made = ax.annotate(
            text,
            (place, 1.0),
            (0, -3),
            xycoords="axes fraction",
            textcoords="offset points",
            va="top",
            color=colour,
            fontweight="bold",
            bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1},
        )
        wide = sum(2 if ord(letter) > 0x2E80 else 1 for letter in made.get_text())
        place += 0.019 * wide + 0.03


def _moment_axis(ax: Axes, moments: pd.Series) -> None:
    """Hours for one day, dates for several; days of many weeks are thinned out."""
    first, last = moments.min().normalize(), moments.max().normalize()
    days = (last - first).days + 1
    if days == 1:
        ax.xaxis.set_major_locator(mdates.HourLocator(interval=2))
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%H:%M"))
        ax.set_xlabel(f"{first:%Y-%m-%d}")
        return
    ax.set_xlim(first, last + pd.Timedelta(days=1))
    shown = pd.date_range(first, last, freq=f"{int(np.ceil(days / 14))}D")
    ax.set_xticks(shown + pd.Timedelta(hours=12), [f"{day:%m-%d}" for day in shown], fontsize=9.5 if len(shown) <= 9 else 8)
    ax.tick_params(axis="x", length=0)
    for day in pd.date_range(first, last):
        ax.axvline(day, color=theme.PALE, linewidth=0.8, zorder=0)
