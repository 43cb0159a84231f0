"""Figures drawn once: what is cropped to what stands on it, matplotlib draws twice, to measure and to paint."""

from __future__ import annotations

import binascii
import contextlib
import io
from collections.abc import Callable

import matplotlib
import numpy as np
from IPython.core import pylabtools
from matplotlib import colors, image
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_HALF_A_PIXEL = 0.5


def draw_once() -> None:
    """From now on the figures of notebooks that run in this process are drawn once, where that makes the same picture.

    >>> draw_once()
    """
    if not isinstance(pylabtools.print_figure, _Once):
        pylabtools.print_figure = _Once(pylabtools.print_figure)


class _Once:
    def __init__(self, twice: Callable) -> None:
        self._twice = twice

    def __call__(
        self, fig: Figure, fmt: str = "png", bbox_inches: object = "tight", base64: bool = False, **more: object
    ) -> str | bytes | None:
        """As IPython's own; what sticks out over the edge, or cannot be drawn, is left to that one."""
        engine = fig.get_layout_engine()
        try:
            if fmt == "png" and isinstance(bbox_inches, str) and bbox_inches == "tight" and not more and _is_plain(fig):
                with contextlib.suppress(Exception):
                    if (page := _page(fig)) is not None:
                        return binascii.b2a_base64(page, newline=False).decode("ascii") if base64 else page
                    fig.set_layout_engine("none")  # everything has found its place; a second time would move it
            return self._twice(fig, fmt, bbox_inches, base64, **more)
        finally:
            if fig.get_layout_engine() is not engine:
                fig.set_layout_engine(engine)


def _is_plain(figure: Figure) -> bool:
    return (
        bool(figure.axes or figure.lines)
        and type(figure.canvas) is FigureCanvasAgg
        and figure.canvas.device_pixel_ratio == 1
        and figure.patch.get_visible()
        and colors.to_rgba(figure.get_facecolor())[3] == 1
    )


def _page(figure: Figure) -> bytes | None:
    """What is drawn, with the usual margin around it; nothing where something lies outside the figure."""
    canvas = figure.canvas
    canvas.draw()
    whole = np.asarray(canvas.buffer_rgba())
    height, width = whole.shape[:2]
    x0, y0, x1, y1 = figure.get_tightbbox(canvas.get_renderer()).extents * figure.dpi
    if min(x0, y0, width - x1, height - y1) < -_HALF_A_PIXEL:
        return None
    margin = matplotlib.rcParams["savefig.pad_inches"] * figure.dpi
    left, top = round(x0 - margin), round(height - y1 - margin)
    page = np.empty((int(y1 - y0 + 2 * margin), int(x1 - x0 + 2 * margin), 4), dtype=np.uint8)
    page[:] = np.rint(np.multiply(colors.to_rgba(figure.get_facecolor()), 255))
    part = whole[max(top, 0) : top + page.shape[0], max(left, 0) : left + page.shape[1]]
    down, right = max(-top, 0), max(-left, 0)
    page[down : down + part.shape[0], right : right + part.shape[1]] = part
    file = io.BytesIO()
    image.imsave(file, page, format="png", dpi=figure.dpi)
    return file.getvalue()
