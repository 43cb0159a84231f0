"""Bars with their numbers beside them: the shares of classes, and any Series."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need, percent_axis
from crmlib.segments.labels import segment_label

_ROW = 0.42


def class_shares(summary: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw, for each class, its share of customers and its share of revenue.

    Answers: which classes bring more than their number would suggest?

    Parameters
    ----------
    summary : DataFrame from :func:`crmlib.segments.class_summary`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The table is another, or has no rows.

    Source: 《快递客户关系管理》, project 1, task 1.

    >>> from crmlib.segments import class_summary
    >>> revenue = pd.Series({"c1": 60.0, "c2": 40.0})
    >>> len(class_shares(class_summary(pd.Series({"c1": "A", "c2": "C"}), revenue)).patches)
    4
    """
    need(summary, ["customer_share", "revenue_share"], "crm.segments.class_summary")
    ax = canvas(ax, height=1.1 + 2 * _ROW * len(summary))
    place = np.arange(len(summary))
    for shift, column, colour, words in (
        (-0.19, "customer_share", theme.GREY, _("{share:.1%} of customers")),
        (0.19, "revenue_share", theme.BLUE, _("{share:.1%} of revenue")),
    ):
        drawn = ax.barh(place + shift, summary[column], height=0.36, color=colour)
        ax.bar_label(drawn, [words.format(share=share) for share in summary[column]], padding=5, color=theme.INK)
    ax.set_yticks(place, [segment_label(code, summary.index.name) for code in summary.index])
    ax.invert_yaxis()
    ax.set_xlim(0, min(1.35, 1.35 * float(summary[["customer_share", "revenue_share"]].to_numpy().max())))
    _bare(ax)
    return ax


def bars(series: pd.Series, *, percent: bool = False, ax: Axes | None = None) -> Axes:
    """Draw one bar a row of `series`, each with its number.

    Answers: how do these few numbers compare?

    Parameters
    ----------
    series : Series of numbers; its index gives the names of the bars, in the order from top to bottom
    percent : bool
        Write the numbers, shares from 0 to 1, as percentages.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        `series` is no Series of numbers, or is empty.

    Source: Cleveland and McGill (1984): lengths on a common line are read best.

    >>> len(bars(pd.Series({"e_commerce": 3, "corporate": 2})).patches)
    2
    """
    if not isinstance(series, pd.Series) or not pd.api.types.is_numeric_dtype(series):
        raise ValueError(_("bars needs a Series of numbers, for example classes.abc.value_counts()."))
    if series.empty:
        raise ValueError(_("There is nothing to draw: the table has no rows."))
    ax = canvas(ax, height=0.8 + _ROW * len(series))
    place = np.arange(len(series))
    whole = bool((series.dropna() == series.dropna().round()).all())
    words = [_number(value, percent, whole) for value in series]
    drawn = ax.barh(place, series.fillna(0), height=0.7, color=theme.BLUE)
    ax.bar_label(drawn, words, padding=5, color=theme.INK)
    ax.set_yticks(place, [segment_label(code, series.index.name) for code in series.index])
    ax.invert_yaxis()
    low, high = min(0.0, float(series.min())), max(0.0, float(series.max()))
    room = 0.16 * (high - low or 1)
    ax.set_xlim(low - room if low < 0 else 0, high + room)
    if percent:
        percent_axis(ax, "x")
    _bare(ax)
    return ax


def _number(value: float, percent: bool, whole: bool) -> str:
    if pd.isna(value):
        return "–"
    text = f"{value:.1%}" if percent else f"{value:,.0f}" if whole or abs(value) >= 1000 else f"{value:,.2f}"
    return text.replace("-", "−")


def _bare(ax: Axes) -> None:
    """The numbers stand beside the bars; an axis would say them twice."""
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
