"""Where a figure is drawn, and what all figures have in common."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlib.checks import require_columns
from crmlib.i18n import _


def canvas(ax: Axes | None, *, height: float | None = None) -> Axes:
    """`ax`, or the axes of a new figure in the house style.

    >>> canvas(None).get_title()
    ''
    """
    if ax is not None:
        return ax
    width, usual = plt.rcParams["figure.figsize"]
    return plt.subplots(figsize=(width, height or usual))[1]


def percent_axis(ax: Axes, which: str) -> None:
    """Write the numbers of axis `which` ("x" or "y"), shares from 0 to 1, as percentages.

    >>> percent_axis(canvas(None), "x")
    """
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def need(table: object, columns: list[str], maker: str) -> None:
    """Refuse a table that has not the columns which `maker` gives.

    >>> need(pd.DataFrame({"abc": ["A"]}), ["abc"], "abc_classes")
    """
    if not isinstance(table, pd.DataFrame):
        raise ValueError(_("This figure needs the table that {maker} gives, not a {kind}.").format(maker=maker, kind=type(table).__name__))
    require_columns(table.columns, columns)
    if table.empty:
        raise ValueError(_("There is nothing to draw: the table has no rows."))
