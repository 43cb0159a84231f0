"""Figures of forecasts against what happened: over time, by kind of customer, and by the day of the forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from crmlib import theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need, percent_axis
from crmlib.plotting.lifetime import need_result

if TYPE_CHECKING:
    from crmlib.lifetime import HoldoutCheck

FEW_CUTS = 5
"""So many days of forecasts can be named one by one along the axis."""


def holdout(check: HoldoutCheck, *, which: str = "tracking", ax: Axes | None = None) -> Axes:
    """Draw what a model foresaw beside what happened.

    Answers: may the forecast be trusted – over time ("tracking"), by customers' past ("repeats"), and where it is high or low
    ("calibration")?

    Parameters
    ----------
    check : HoldoutCheck, from :func:`crmlib.lifetime.holdout_check`
    which : "tracking", "repeats" or "calibration"
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The check is something else, or there is no such picture.

    Source: Fader, Hardie and Lee, Marketing Science 24 (2005), figures 3 to 5.

    >>> import matplotlib.pyplot as plt
    >>> try:
    ...     holdout(plt, which="tracking")
    ... except ValueError:
    ...     print("refused")
    refused
    """
    need_result(check, "by_expected", "crm.lifetime.holdout_check")
    pictures = {"tracking": _tracking, "repeats": _by_repeats, "calibration": _calibration}
    if which not in pictures:
        raise ValueError(_('There is no picture "{which}". Choose from {known}.').format(which=which, known=", ".join(pictures)))
    return pictures[which](check, canvas(ax))


def _tracking(check: HoldoutCheck, ax: Axes) -> Axes:
    table = check.tracking.iloc[1:]
    ax.axvspan(check.cut, table["begins"].iloc[-1], color=theme.PALE, alpha=0.6, linewidth=0)
    ax.plot(table["begins"], table["actual_purchases"], color=theme.BLUE, linewidth=1.6)
    ax.plot(table["begins"], table["expected_purchases"], color=theme.ORANGE)
    top = max(table["actual_purchases"].max(), table["expected_purchases"].max())
    ax.set_ylim(0, 1.24 * top)
    ax.set_ylabel(_("Repeat purchases a month") if check.model.unit == "month" else _("Repeat purchases a week"))
    _date_axis(ax)
    ax.grid(axis="y")
    ax.text(check.cut, 1.2 * top, " " + _("forecast from here"), va="top", color=theme.INK)
    ax.text(0.01, 0.985, _("happened"), transform=ax.transAxes, va="top", color=theme.BLUE, fontweight="bold")
    ax.text(0.01, 0.915, _("model"), transform=ax.transAxes, va="top", color=theme.ORANGE, fontweight="bold")
    return ax


def _reach(table: pd.DataFrame) -> np.ndarray:
    """How far the interval reaches below and above what happened."""
    return np.abs(table[["low", "high"]].to_numpy().T - table["actual_purchases"].to_numpy())


def _by_repeats(check: HoldoutCheck, ax: Axes) -> Axes:
    table = check.by_repeats
    place = np.arange(len(table))
    ax.bar(place, table["actual_purchases"], width=0.62, color=theme.SKY, alpha=0.75, zorder=2)
    ax.errorbar(
        place, table["actual_purchases"], yerr=_reach(table), fmt="none", color=theme.BLUE,
        capsize=4, linewidth=1.4, zorder=3,
    )  # fmt: skip
    ax.plot(place, table["expected_purchases"], "o", color=theme.ORANGE, markersize=7, zorder=4)
    ax.set_xticks(place, table.index)
    ax.set_xlabel(_("Repeat purchases before the cut"))
    ax.set_ylabel(_("Mean purchases after it"))
    ax.grid(axis="y")
    ax.tick_params(axis="x", length=0)
    ax.text(0.01, 0.98, _("bars: happened, {level:.0%} interval").format(level=check.level), transform=ax.transAxes, va="top",
            color=theme.BLUE, fontweight="bold")  # fmt: skip
    ax.text(0.01, 0.91, _("points: model"), transform=ax.transAxes, va="top", color=theme.ORANGE, fontweight="bold")
    return ax


def _calibration(check: HoldoutCheck, ax: Axes) -> Axes:
    table = check.by_expected
    high = 1.06 * max(table["expected_purchases"].max(), table["high"].max())
    ax.plot([0, high], [0, high], color=theme.GREY, linewidth=1)
    ax.text(0.97 * high, 0.99 * high, _("foreseen exactly"), color=theme.GREY, ha="right", va="bottom", rotation=0)
    ax.errorbar(
        table["expected_purchases"], table["actual_purchases"], yerr=_reach(table), fmt="o",
        color=theme.BLUE, capsize=4, linewidth=1.4, zorder=3,
    )  # fmt: skip
    ax.set(xlim=(0, high), ylim=(0, 1.08 * high))
    ax.set_xlabel(_("Expected purchases, mean of a tenth of the customers"))
    ax.set_ylabel(_("What happened ({level:.0%} interval)").format(level=check.level))
    ax.grid()
    return ax


def cutoffs(table: pd.DataFrame, *, corrected: pd.DataFrame | None = None, ax: Axes | None = None) -> Axes:
    """Draw expected over actual purchases for forecasts from several days.

    Answers: from which days does the model see too much or too little, and does a season mend it?

    Parameters
    ----------
    table : DataFrame, from :func:`crmlib.lifetime.cutoff_check`
    corrected : DataFrame, from the same function with `season`, optional
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        A table is another.

    Source: see :func:`crmlib.lifetime.cutoff_check`.

    >>> table = pd.DataFrame({"cut": pd.to_datetime(["2025-11-01", "2025-12-01"]), "ratio": [0.9, 1.0], "low": 0.8, "high": 1.1})
    >>> cutoffs(table).has_data()
    True
    """
    ax = canvas(ax)
    shown = [(table, theme.ORANGE, _("without a season"))] + ([] if corrected is None else [(corrected, theme.BLUE, _("with a season"))])
    for place, (each, colour, name) in enumerate(shown):
        need(each, ["cut", "ratio", "low", "high"], "crm.lifetime.cutoff_check")
        shift = pd.Timedelta(hours=36 * (place - (len(shown) - 1) / 2))
        reach = np.abs(each[["low", "high"]].to_numpy().T - each["ratio"].to_numpy())
        ax.errorbar(each["cut"] + shift, each["ratio"], yerr=reach, fmt="o-", color=colour, capsize=3, linewidth=1.4, markersize=5)
        if len(shown) > 1:
            ax.text(0.01, 0.985 - 0.07 * place, name, transform=ax.transAxes, va="top", color=colour, fontweight="bold")
    ax.axhline(1, color=theme.INK, linewidth=1)
    for year in range(table["cut"].min().year, table["cut"].max().year + 1):
        festival = pd.Timestamp(year, 11, 11)
        if table["cut"].min() <= festival <= table["cut"].max():
            ax.axvline(festival, color=theme.GREY, linewidth=1, linestyle=(0, (4, 3)))
            ax.annotate(_("11 Nov"), (festival, 0.02), xycoords=("data", "axes fraction"), xytext=(4, 0), textcoords="offset points",
                        color=theme.GREY)  # fmt: skip
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.15 * (high - low))
    percent_axis(ax, "y")
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    ax.set_ylabel(_("Expected over actual purchases"))
    ax.set_xlabel(_("Forecast made on"))
    if len(table) > FEW_CUTS:
        _date_axis(ax)
    else:
        ax.set_xticks(table["cut"], [f"{cut:%Y-%m-%d}" for cut in table["cut"]])
    ax.grid(axis="y")
    return ax


def _date_axis(ax: Axes) -> None:
    locator = mdates.AutoDateLocator(minticks=4, maxticks=8)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{mdates.num2date(value):%Y-%m}"))
