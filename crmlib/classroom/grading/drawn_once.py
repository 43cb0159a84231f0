"""Figures drawn once: to see how much paper a figure needs, matplotlib draws all of it before it draws it."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib
from IPython.core import pylabtools
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import Bbox


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
        """As IPython's own, which is left to draw; only the room is measured here, where measuring is all that is needed."""
        engine = fig.get_layout_engine()
        if fmt != "png" or not isinstance(bbox_inches, str) or bbox_inches != "tight" or more or not _is_laid_out_by(engine, fig):
            return self._twice(fig, fmt, bbox_inches, base64, **more)
        try:
            room = _room(fig, engine)
            with matplotlib.rc_context({"figure.constrained_layout.use": False, "figure.autolayout": False}):
                fig.set_layout_engine(None)  # everything has found its place, and with an engine it would be drawn for it again
        except Exception:  # noqa: BLE001 - what cannot be measured cannot be drawn either, and fails there as in any notebook
            room = bbox_inches
        try:
            return self._twice(fig, fmt, room, base64)
        finally:
            if fig.get_layout_engine() is not engine:
                fig.set_layout_engine(engine)


def _is_laid_out_by(engine: object, figure: Figure) -> bool:
    """Whether laying out and measuring leave nothing for a first drawing to settle."""
    return (
        type(engine) is ConstrainedLayoutEngine
        and type(figure.canvas) is FigureCanvasAgg
        and figure.canvas.device_pixel_ratio == 1
        and not figure.subfigs
        and bool(figure.axes)
        and not any(ax.get_axes_locator() for ax in figure.axes)
    )


def _room(figure: Figure, engine: ConstrainedLayoutEngine) -> Bbox:
    """What stands on the figure with the usual margin, in inches."""
    engine.execute(figure)
    return figure.get_tightbbox(figure.canvas.get_renderer()).padded(matplotlib.rcParams["savefig.pad_inches"])
