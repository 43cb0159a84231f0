"""Where labels of points go so that none covers another, a point or a line of error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation

_DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
_DISTANCES = (8, 14, 22, 32, 44, 60, 80, 105)
_NEAR = 14
_SIDE = {1: "left", 0: "center", -1: "right"}
_HEIGHT = {1: "bottom", 0: "center", -1: "top"}


def place_labels(
    ax: Axes, x: Sequence[float], y: Sequence[float], texts: Sequence[str], *, colours: Sequence[str],
    avoid: Sequence[tuple[float, float, float, float]] = (),
) -> list[Annotation]:  # fmt: skip
    """Write each text beside its point, where it covers least; a text that had to go far gets a thin line to its point.

    Parameters
    ----------
    ax : Axes whose limits are set already
    x, y : the points, in units of the data
    texts, colours : one a point
    avoid : boxes (x low, y low, x high, y high) in units of the data that texts should keep clear of, such as lines of error

    Returns
    -------
    list of Annotation, one a point

    >>> import matplotlib.pyplot as plt
    >>> ax = plt.subplots()[1]
    >>> len(place_labels(ax, [0.5, 0.5], [0.5, 0.51], ["a", "b"], colours=["k", "k"]))
    2
    """
    figure = ax.figure
    figure.draw_without_rendering()
    renderer, frame = figure.canvas.get_renderer(), ax.get_window_extent()
    points = ax.transData.transform(np.column_stack([x, y]).astype(float))
    pixels, written = figure.dpi / 72, []
    taken = [(px - 5 * pixels, py - 5 * pixels, px + 5 * pixels, py + 5 * pixels) for px, py in points]
    lines = [(*(ax.transData.transform(box[:2]) - 2 * pixels), *(ax.transData.transform(box[2:]) + 2 * pixels)) for box in avoid]
    # Crowded points choose first: they have the fewest places to go.
    nearest = np.hypot(*(points[:, None] - points[None]).T) + np.diag(np.full(len(points), np.inf)) if len(points) > 1 else np.zeros((1, 1))
    for place in np.argsort(nearest.min(axis=0), kind="stable"):
        note = ax.annotate(texts[place], (x[place], y[place]), xytext=(0, 0), textcoords="offset points", color=colours[place], zorder=6)
        extent = note.get_window_extent(renderer)
        best = None
        for distance in _DISTANCES:
            for right, up in _DIRECTIONS:
                step = distance / (2**0.5 if right and up else 1)
                x_low = points[place][0] + right * step * pixels - extent.width * (1 - right) / 2
                y_low = points[place][1] + up * step * pixels - extent.height * (1 - up) / 2
                box = (x_low, y_low, x_low + extent.width, y_low + extent.height)
                cost = _cost(box, taken, lines, (frame.x0, frame.y0, frame.x1, frame.y1)) + distance * pixels
                if best is None or cost < best[0] - 1e-9:
                    best = (cost, right, up, step, distance, box)
        _cost_found, right, up, step, distance, box = best
        note.set(position=(right * step, up * step), ha=_SIDE[right], va=_HEIGHT[up])
        if distance > _NEAR:
            ax.annotate("", (x[place], y[place]), xytext=(right * step, up * step), textcoords="offset points", zorder=3,
                        arrowprops={"arrowstyle": "-", "color": colours[place], "linewidth": 0.7, "shrinkA": 0, "shrinkB": 3})  # fmt: skip
        taken.append(box)
        written.append((place, note))
    return [note for _place, note in sorted(written, key=lambda pair: pair[0])]


def _cost(box: tuple, taken: list, lines: list, frame: tuple) -> float:
    """Pixels covered: of other labels and points, of lines (which matter less), and outside of the axes (which matter most)."""
    outside = (box[2] - box[0]) * (box[3] - box[1]) - _shared(box, frame)
    return 20 * sum(_shared(box, other) for other in taken) + 1.5 * sum(_shared(box, line) for line in lines) + 200 * outside


def _shared(first: tuple, second: tuple) -> float:
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    return max(wide, 0.0) * max(high, 0.0)
