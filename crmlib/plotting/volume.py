"""Parcels a day, with the sales festivals, the Spring Festival lull and the public holidays."""

from __future__ import annotations

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need

_PEAKS = {"double_11": theme.ORANGE, "midyear_618": theme.ORANGE, "spring_lull": theme.BLUE}
_WEEK = 7


def daily_volume(
    waybills: pd.DataFrame, calendar: pd.DataFrame, *, guess_day: str | pd.Timestamp | None = None, ax: Axes | None = None
) -> Axes:
    """Draw how many parcels are picked up each day, and name the peaks and lulls.

    Answers: when is the firm busiest, when quietest, and by how much?

    Parameters
    ----------
    waybills : DataFrame with picked_up_at
    calendar : DataFrame with date, day_kind, festival: one row a day; days outside it are not drawn
    guess_day : a day such as "2025-11-11", optional
        The day that the reader guessed to be the busiest; drawn as a dashed line.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Thin: every day. Thick: the mean of seven days. Grey strip at the bottom: public holidays.

    Raises
    ------
    ValueError
        A table is another or has no rows, or the guess is no day of the calendar.

    Source: 《快递客户关系管理》, project 5 (业务高峰期).

    >>> from crmlib.company import lark
    >>> ax = daily_volume(lark().waybills, lark().calendar)
    >>> len(ax.lines[0].get_xdata())
    730
    """
    need(waybills, ["picked_up_at"], "crm.company.lark().waybills")
    need(calendar, ["date", "day_kind", "festival"], "crm.company.lark().calendar")
    days = calendar.set_index("date").sort_index()
    guess = _guess(guess_day, days.index)
    parcels = waybills["picked_up_at"].dt.normalize().value_counts().reindex(days.index, fill_value=0)
    ax = canvas(ax, height=4.6)
    ax.plot(parcels.index, parcels, color=theme.SKY, linewidth=0.8, zorder=2)
    ax.plot(parcels.index, parcels.rolling(_WEEK, center=True).mean(), color=theme.BLUE, linewidth=2.2, zorder=3)
    top = float(max(1, parcels.max()))
    ax.set(xlim=(days.index[0], days.index[-1]), ylim=(-0.055 * top, 1.3 * top))
    for festival, colour in _PEAKS.items():
        for first, last in _spans(days["festival"] == festival):
            ax.axvspan(first, last + pd.Timedelta(days=1), color=colour, alpha=0.13, linewidth=0, zorder=0)
            _name_peak(ax, parcels[first:last], label(festival, "festival"), colour, low=festival == "spring_lull")
    for first, last in _spans(days["day_kind"] == "holiday"):
        ax.axvspan(first, last + pd.Timedelta(days=1), ymax=0.032, color=theme.GREY, linewidth=0, zorder=1)
    if guess is not None:
        ax.axvline(guess, color=theme.INK, linestyle=(0, (5, 4)), linewidth=1.3, zorder=4)
        _at(ax, guess, 1.29 * top, _("your guess: {day}, {parcels} parcels").format(
            day=f"{guess:%Y-%m-%d}", parcels=f"{parcels[guess]:,}"), theme.INK, va="top")  # fmt: skip
    _finish(ax)
    return ax


def _guess(day: object, days: pd.DatetimeIndex) -> pd.Timestamp | None:
    if day is None:
        return None
    try:
        found = pd.Timestamp(day).normalize()
    except (ValueError, TypeError):
        found = pd.NaT
    if found not in days:
        raise ValueError(_('guess_day is {value}; write a day from {first} to {last} in quotation marks, such as "2025-11-11".').format(
            value=day, first=f"{days[0]:%Y-%m-%d}", last=f"{days[-1]:%Y-%m-%d}"))  # fmt: skip
    return found


def _spans(marked: pd.Series) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """First and last day of each run of marked days."""
    runs = (marked != marked.shift()).cumsum()[marked]
    return [(run.index[0], run.index[-1]) for _number, run in runs.groupby(runs)]


def _name_peak(ax: Axes, parcels: pd.Series, name: str, colour: str, *, low: bool) -> None:
    day = parcels.idxmin() if low else parcels.idxmax()
    words = _("{name}\n{day}: {parcels}").format(name=name, day=f"{day:%m-%d}", parcels=f"{parcels[day]:,}")
    ax.plot(day, parcels[day], "o", color=colour, markersize=5, zorder=5)
    top = ax.get_ylim()[1] / 1.3
    _at(ax, day, parcels[day] - 0.035 * top if low else parcels[day] + 0.03 * top, words, colour, va="top" if low else "bottom")


def _at(ax: Axes, day: pd.Timestamp, y: float, words: str, colour: str, *, va: str) -> None:
    """Words at a day, moved inwards near the edges of the figure."""
    left, right = ax.get_xlim()
    share = (mdates.date2num(day) - left) / (right - left)
    side = "left" if share < 0.08 else "right" if share > 0.92 else "center"
    ax.text(day, y, words, ha=side, va=va, color=colour, fontsize=9.5, linespacing=1.2, zorder=6,
            bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1})  # fmt: skip


def _finish(ax: Axes) -> None:
    ax.set_ylabel(_("Parcels a day"))
    ax.set_yticks([tick for tick in ax.get_yticks() if 0 <= tick <= ax.get_ylim()[1] / 1.2])
    ax.xaxis.set_major_locator(mdates.MonthLocator(bymonth=(1, 4, 7, 10)))
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y-%m"))
    ax.grid(axis="y")
    ax.set_xlabel(_("thin: every day   thick: mean of seven days   grey at the bottom: public holidays"))
