"""What a figure shows, as plain data: a test reads the curve and the words, never the pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Line:
    """One curve: its points and its name in the legend."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    label: str = ""


@dataclass(frozen=True)
class Bars:
    """One set of bars: their lengths, whatever way they lie, and where the middle of each stands on the other axis."""

    heights: tuple[float, ...]
    label: str = ""
    horizontal: bool = False
    at: tuple[float, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """A figure described: what stands on its axes and around them."""

    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    lines: tuple[Line, ...] = ()
    bars: tuple[Bars, ...] = ()
    points: tuple[tuple[float, float], ...] = ()
    xticks: tuple[str, ...] = ()
    yticks: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    legend: tuple[str, ...] = ()


def axes_of(answer: object) -> list:
    """The axes that an answer stands for: a figure, axes, several of them, or what a plotting call returned.

    >>> axes_of(3)
    []
    """
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    if isinstance(answer, FigureBase):
        return list(answer.axes)
    if isinstance(answer, Axes):
        return [answer, *(other for other in answer.figure.axes if other is not answer and other.bbox.bounds == answer.bbox.bounds)]
    if isinstance(answer, (str, bytes, dict)):
        return []
    own = getattr(answer, "axes", None)
    if isinstance(own, Axes):
        return axes_of(own)
    if isinstance(answer, np.ndarray):
        answer = answer.ravel().tolist()
    if isinstance(answer, Iterable):
        found = [axes for one in answer for axes in axes_of(one)]
        return list(dict.fromkeys(found))
    return []


def describe(axes: Iterable) -> Drawing:
    """What the given axes show, taken together: a second y axis belongs to the same picture.

    Parameters
    ----------
    axes : iterable of matplotlib Axes

    Returns
    -------
    Drawing

    Why: a test asks what a reader sees.

    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> _ = ax.bar(["A", "B"], [3, 1]); _ = ax.set_title("Revenue")
    >>> drawing = describe([ax])
    >>> drawing.title, drawing.bars[0].heights, drawing.xticks
    ('Revenue', (3.0, 1.0), ('A', 'B'))
    """
    axes = list(axes)
    if not axes:
        return Drawing()
    figure = axes[0].figure
    titles = [text for ax in axes for text in (ax.get_title(), ax.get_title("left"), ax.get_title("right"))]
    legends = [one for one in (ax.get_legend() for ax in axes) if one is not None] + list(figure.legends)
    return Drawing(
        title=_first([*titles, figure.get_suptitle()]),
        xlabel=_first([*(ax.get_xlabel() for ax in axes), figure.get_supxlabel()]),
        ylabel=_first([*(ax.get_ylabel() for ax in axes), figure.get_supylabel()]),
        lines=tuple(line for ax in axes for line in (*map(_line, ax.get_lines()), *_segments(ax.collections))),
        bars=tuple(_bars(one) for ax in axes for one in ax.containers if hasattr(one, "datavalues")),
        points=tuple(tuple(map(float, at)) for ax in axes for dots in ax.collections for at in _offsets(dots)),
        xticks=_ticks(axes[0].get_xticklabels()),
        yticks=_ticks(axes[0].get_yticklabels()),
        texts=tuple(text.get_text() for owner in (*axes, figure) for text in owner.texts if text.get_text().strip()),
        legend=tuple(text.get_text() for legend in legends for text in legend.get_texts()),
    )


def _first(texts: Iterable[str]) -> str:
    return next((text.strip() for text in texts if text.strip()), "")


def _numbers(values: object) -> tuple[float, ...]:
    return tuple(float(value) for value in np.ma.filled(np.ma.asarray(values, dtype=float), np.nan))


def _line(line) -> Line:
    return Line(_numbers(line.get_xdata(orig=False)), _numbers(line.get_ydata(orig=False)), _legend_name(line))


def _segments(collections: Iterable) -> list[Line]:
    """What ``hlines`` and ``vlines`` draw."""
    from matplotlib.collections import LineCollection

    drawn = [(many, part) for many in collections if isinstance(many, LineCollection) for part in many.get_segments()]
    return [Line(_numbers(part[:, 0]), _numbers(part[:, 1]), _legend_name(many)) for many, part in drawn]


def _bars(container) -> Bars:
    horizontal = container.orientation == "horizontal"
    middles = [(one.get_y() + one.get_height() / 2) if horizontal else (one.get_x() + one.get_width() / 2) for one in container.patches]
    return Bars(_numbers(container.datavalues), _legend_name(container), horizontal, _numbers(middles))


def _legend_name(artist) -> str:
    label = str(artist.get_label())
    return "" if label.startswith("_") else label


def _offsets(collection) -> list:
    from matplotlib.collections import PathCollection

    return [at for at in np.ma.filled(collection.get_offsets().astype(float), np.nan)] if isinstance(collection, PathCollection) else []


def _ticks(labels: Iterable) -> tuple[str, ...]:
    return tuple(label.get_text() for label in labels if label.get_text())
