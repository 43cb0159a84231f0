"""Tables as pictures: each cell coloured and labelled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from crmlib import theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need
from crmlib.segments.labels import segment_label

if TYPE_CHECKING:
    from crmlib.segments.clusters import Clusters
    from crmlib.segments.migration import Migration

_CELL = 0.62
_LINE = 68
"""Latin letters that stand side by side over the columns of a figure of the usual width."""


def migration(result: Migration, *, ax: Axes | None = None) -> Axes:
    """Draw a migration matrix: customers, and below them the share of the row.

    Answers: who moved up (blue), who moved down (orange), and who stayed, came or left (grey)?

    Parameters
    ----------
    result : Migration, from :func:`crmlib.segments.segment_migration`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: the usual migration matrix, classes before in rows and after in columns.

    >>> from crmlib.segments import segment_migration
    >>> ax = migration(segment_migration(pd.Series({"c1": "A", "c2": "B"}), pd.Series({"c1": "A", "c2": "A"})))
    >>> len(ax.patches)
    8
    """
    if not hasattr(result, "moves"):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(
            maker="crm.segments.segment_migration", kind=type(result).__name__))  # fmt: skip
    counts, shares = result.counts, result.shares
    rows, columns = counts.shape
    ax = canvas(ax, height=1.1 + _CELL * rows)
    for row in range(rows):
        for column in range(columns):
            if row == rows - 1 and column == columns - 1:
                continue
            count, share = int(counts.iat[row, column]), float(shares.iat[row, column])
            outside = row == rows - 1 or column == columns - 1
            hue = theme.GREY if row == column or outside else theme.BLUE if column < row else theme.ORANGE
            strength = 0.12 + (0.4 if hue == theme.GREY else 0.88) * share if count else 0
            _cell(ax, row, column, _mix(hue, strength), _count_and_share(count, share))
    classes = [segment_label(code, result.classing) for code in counts.index[:-1]]
    _frame(ax, [*classes, segment_label("new", "from")], [*classes, segment_label("left", "to")])
    ax.set_xlabel(_("class after"))
    ax.set_ylabel(_("class before"))
    _caption(ax, _("blue: moved up; orange: moved down; per cent of the row"))
    return ax


def class_cross(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how two ways of classing the same customers meet: one cell a pair of classes.

    Answers: do the two ways agree, and where do they not?

    Parameters
    ----------
    table : DataFrame of counts, such as ``pd.crosstab(classes.abc, segments.abcd)``
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Each cell holds the customers; the darker, the larger its share of the row.

    Raises
    ------
    ValueError
        `table` is no table of counts, or is empty.

    Source: the usual contingency table.

    >>> len(class_cross(pd.DataFrame({"A": [3, 1], "D": [0, 9]}, index=["A", "C"])).patches)
    4
    """
    need(table, [], "pd.crosstab")
    if not all(pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes) or (table.to_numpy() < 0).any() or table.isna().any(axis=None):
        raise ValueError(_("The cells must be numbers of customers, 0 or more, as pd.crosstab gives them."))
    ax = canvas(ax, height=1.0 + _CELL * len(table))
    shares = table.div(table.sum(axis=1).replace(0, 1), axis=0)
    for row in range(table.shape[0]):
        for column in range(table.shape[1]):
            _cell(ax, row, column, _mix(theme.BLUE, 0.9 * float(shares.iat[row, column])), f"{table.iat[row, column]:,}")
    row_name, column_name = table.index.name or "", table.columns.name or ""
    _frame(ax, [segment_label(code, row_name) for code in table.index], [segment_label(code, column_name) for code in table.columns])
    ax.set_ylabel(segment_label(row_name))
    ax.set_xlabel(segment_label(column_name))
    _caption(ax, _("the darker, the larger the share of the row"))
    return ax


def rfm_grid(scores: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw customers by their R score (upwards) and F score (to the right).

    Answers: where do the customers stand, and where is the money?

    Parameters
    ----------
    scores : DataFrame from :func:`crmlib.segments.rfm`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Each cell holds the customers and, below, its share of revenue; the darker, the larger that share.

    Raises
    ------
    ValueError
        The table is another, or has no rows.

    Source: Hughes, *Strategic Database Marketing* (1994).

    >>> len(rfm_grid(pd.DataFrame({"r": [1, 2], "f": [2, 1], "monetary": [3.0, 4.0]})).patches)
    4
    """
    need(scores, ["r", "f", "monetary"], "crm.segments.rfm")
    best = int(scores[["r", "f"]].to_numpy().max())
    recency, frequency = list(range(best, 0, -1)), list(range(1, best + 1))
    grouped = scores.groupby(["r", "f"])
    customers = grouped.size().unstack(fill_value=0).reindex(index=recency, columns=frequency, fill_value=0)
    money = grouped["monetary"].sum().unstack(fill_value=0.0).reindex(index=recency, columns=frequency, fill_value=0.0)
    shares = money / (money.to_numpy().sum() or 1)
    ax = canvas(ax, height=1.2 + _CELL * best)
    darkest = float(shares.to_numpy().max()) or 1
    for row in range(best):
        for column in range(best):
            share = max(float(shares.iat[row, column]), 0.0)
            words = f"{customers.iat[row, column]:,}\n{share:.1%}" if customers.iat[row, column] else "–"
            _cell(ax, row, column, _mix(theme.BLUE, 0.9 * share / darkest), words)
    _frame(ax, [str(score) for score in recency], [str(score) for score in frequency], top=False)
    ax.set_xlabel(_("F score: how often ({best} = most often)").format(best=best))
    ax.set_ylabel(_("R score: how recently ({best} = most recent)").format(best=best))
    ax.set_title(_("customers, and their share of revenue"), fontsize="medium", color=theme.GREY)
    return ax


def clusters(result: Clusters, *, ax: Axes | None = None) -> Axes:
    """Draw the profile of clusters: medians in figures, high and low in colour.

    Answers: what is each cluster like?

    Parameters
    ----------
    result : Clusters, from :func:`crmlib.segments.cluster_customers`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        One row a cluster, one column a feature; blue is above the other clusters, orange below.

    Raises
    ------
    ValueError
        The result is something else.

    Source: the usual profile table of a cluster analysis.

    >>> from crmlib.segments import cluster_customers
    >>> table = pd.DataFrame({"parcels": [1, 2, 1, 90, 80, 95], "margin_yuan": [2.0, 3.0, 2.0, 400.0, 500.0, 450.0]})
    >>> len(clusters(cluster_customers(table, columns=["parcels", "margin_yuan"], k=2, rng=0)).patches)
    4
    """
    if not hasattr(result, "profile"):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(
            maker="crm.segments.cluster_customers", kind=type(result).__name__))  # fmt: skip
    medians = result.profile[list(result.columns)]
    height = np.sign(medians) * np.log1p(medians.abs())
    spread = height.std(ddof=0).replace(0, 1)
    tone = ((height - height.mean()) / spread).clip(-1.5, 1.5) / 1.5
    ax = canvas(ax, height=1.0 + _CELL * len(medians))
    for row in range(len(medians)):
        for column in range(medians.shape[1]):
            value, strength = float(medians.iat[row, column]), float(tone.iat[row, column])
            colour = _mix(theme.BLUE if strength > 0 else theme.ORANGE, 0.75 * abs(strength))
            _cell(ax, row, column, colour, _short(value, result.columns[column]))
    names = [
        _("cluster {number}: {customers:,} customers").format(number=number, customers=int(customers))
        for number, customers in result.profile["customers"].items()
    ]
    _frame(ax, names, [segment_label(name) for name in result.columns])
    _caption(ax, _("medians; blue: above the other clusters, orange: below"))
    return ax


def _short(value: float, column: str) -> str:
    if column.endswith("_share"):
        return f"{value:.0%}"
    text = f"{value:,.0f}" if abs(value) >= 10 or value == round(value) else f"{value:.1f}"
    return text.replace("-", "−")


def _count_and_share(count: int, share: float) -> str:
    return f"{count:,}\n{share:.0%}" if share >= 0.005 else f"{count:,}\n<1%" if count else "0"


def _fold(words: str, room: int) -> str:
    """`words` in as few lines as fit `room` Latin letters, and these about equally long; a Chinese character is as wide as two."""
    fewest = len(_lines(words, room))
    narrowest = next(width for width in range(1, room + 1) if len(_lines(words, width)) <= fewest)
    return "\n".join(_lines(words, narrowest))


def _lines(words: str, room: int) -> list[str]:
    lines, used = [""], 0
    for piece in re.findall(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+|\s", words):
        width = 2 if piece >= "\u2e80" else len(piece)
        if used and used + width > room and not piece.isspace():
            lines, used = [*lines, ""], 0
        if used or not piece.isspace():
            lines[-1] += piece
            used += width
    return [line.rstrip() for line in lines]


def _caption(ax: Axes, words: str) -> None:
    ax.annotate(words, (0, 0), xytext=(0, -6), xycoords="axes fraction", textcoords="offset points", va="top", color=theme.GREY)


def _mix(colour: str, strength: float) -> tuple[float, ...]:
    return tuple(1 - min(max(strength, 0.0), 1.0) * (1 - part) for part in to_rgb(colour))


def _cell(ax: Axes, row: int, column: int, colour: object, words: str) -> None:
    red, green, blue = to_rgb(colour)
    dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.55
    ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=2))
    ax.text(column, row, words, ha="center", va="center", color="white" if dark else theme.INK, linespacing=1.25)


def _frame(ax: Axes, row_names: list[str], column_names: list[str], *, top: bool = True) -> None:
    ax.set(xlim=(-0.5, len(column_names) - 0.5), ylim=(len(row_names) - 0.5, -0.5))
    ax.set_xticks(range(len(column_names)), [_fold(name, _LINE // len(column_names)) for name in column_names])
    ax.set_yticks(range(len(row_names)), [_fold(name, _LINE // 4) for name in row_names])
    if top:
        ax.xaxis.tick_top()
        ax.xaxis.set_label_position("top")
        ax.xaxis.labelpad = 8
        plt.setp(ax.get_xticklabels(), va="baseline")
    ax.yaxis.labelpad = 8
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
