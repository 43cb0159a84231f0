"""Sliders that redraw a figure, and the figure itself where there are none."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from io import BytesIO
from math import isclose, isfinite
from numbers import Real

import matplotlib.pyplot as plt
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _

Range = tuple[float, float, float, float]


def try_values(draw: Callable[..., object], *, labels: Mapping[str, str] | None = None, **values: Range) -> None:
    """Draw a figure, with a slider for each value that it depends on.

    Answers: what happens if we choose otherwise?

    In a running notebook sliders stand above the figure, which is drawn anew when one is let go. The figure is an output of the cell like
    any other: the saved notebook and what is exported from it keep it. Without ipywidgets, or outside a notebook, it is drawn once.

    Parameters
    ----------
    draw : function of the values, by name, that draws one figure
    labels : mapping from the name of a value to what stands beside its slider, optional
        Otherwise the name that columns and codes of that name have; see :func:`crmlib.company.label`.
    **values : (low, high, step, start) of each value
        Whole numbers stay whole.

    Raises
    ------
    ValueError
        No value; a range that is empty, or whose start is none of its steps; a value that `draw` does not know; or no figure is drawn.

    Source: Bret Victor, "Explorable Explanations" (2011).

    >>> from crmlib.plotting import bars
    >>> import pandas as pd
    >>> try_values(lambda share: bars(pd.Series({"A": share, "B": 1 - share})), share=(0.0, 1.0, 0.1, 0.2))
    """
    if not isinstance(labels, (Mapping, type(None))):
        raise ValueError(_('labels must name what stands beside each slider, as in {"share": "share of customers"}.'))
    starts = _checked(draw, values)
    names = {name: (labels or {}).get(name, label(name)) for name in values}
    # Where no notebook runs there is nobody to show a picture to: the figure stays open, for plt.show() or plt.savefig().
    if not _in_notebook():
        _drawn(draw, starts, names)
        return
    from IPython.display import display

    if importlib.util.find_spec("ipywidgets") is None:
        display(_picture(draw, starts, names), raw=True)
        return
    sliders = {name: _slider(names[name], *values[name]) for name in values}
    display(_view(list(sliders.values())), raw=True)
    shown = display(_picture(draw, starts, names), raw=True, display_id=True)

    def redraw(_change: object) -> None:
        now = {name: slider.value for name, slider in sliders.items()}
        try:
            picture = _picture(draw, now, names)
        except Exception as error:
            # Nobody would see an error that is raised while a slider moves.
            picture = {"text/plain": str(error)}
        shown.update(picture, raw=True)

    for slider in sliders.values():
        slider.observe(redraw, names="value")


def _checked(draw: Callable[..., object], values: Mapping[str, Range]) -> dict[str, float]:
    """The values to start from."""
    if not callable(draw):
        raise ValueError(_("draw must be a function that draws a figure; this is a {kind}.").format(kind=type(draw).__name__))
    if not values:
        raise ValueError(_("Name at least one value with its range, such as threshold=(0.05, 0.95, 0.05, 0.5): low, high, step, start."))
    for name, given in values.items():
        if not (isinstance(given, (tuple, list)) and len(given) == 4 and all(map(_is_number, given))):
            raise ValueError(_("{name} must be four numbers, (low, high, step, start), such as (0.05, 0.95, 0.05, 0.5).").format(name=name))
        low, high, step, start = given
        hair = 1e-9 * max(abs(low), abs(high))
        if not (low < high and 0 < step <= high - low + hair and low <= start <= high + hair):
            raise ValueError(
                _("{name}: low must be below high, step above 0, and start between them; given were {given}.").format(
                    name=name, given=given
                )
            )
        steps = (start - low) / step
        if not isclose(steps, round(steps), abs_tol=1e-6):
            raise ValueError(
                _("{name}: in steps of {step} from {low} the slider never stands at {start}.").format(
                    name=name, step=step, low=low, start=start
                )
            )
    parameters = inspect.signature(draw).parameters
    unknown = [name for name in values if name not in parameters]
    if unknown and not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        raise ValueError(
            _("{function} has no value {unknown}; it has {known}.").format(
                function=getattr(draw, "__name__", "draw"), unknown=", ".join(unknown), known=", ".join(parameters) or "–"
            )
        )
    return {name: given[3] for name, given in values.items()}


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


def _drawn(draw: Callable[..., object], values: Mapping[str, float], names: Mapping[str, str]) -> Figure:
    """The figure at these values, which are written under it."""
    before = set(plt.get_fignums())
    answer = draw(**values)
    new = [number for number in plt.get_fignums() if number not in before]
    figure = answer if isinstance(answer, Figure) else answer.get_figure() if isinstance(answer, Artist) else None
    figure = figure or (plt.figure(new[-1]) if new else None)
    if figure is None:
        raise ValueError(_("The function for try_values draws no figure. Let it end in a call such as crm.plotting.bars(…)."))
    for number in new:
        if plt.figure(number) is not figure:
            plt.close(number)
    if not figure.get_supxlabel():
        said = "   ".join(_("{name}: {value}").format(name=names[name], value=f"{value:g}") for name, value in values.items())
        figure.supxlabel(said, x=0.01, ha="left", size="small", color=theme.GREY)
    return figure


def _picture(draw: Callable[..., object], values: Mapping[str, float], names: Mapping[str, str]) -> dict[str, object]:
    """The figure as what a notebook shows and saves; the figure itself is closed, so that it does not appear twice."""
    figure, kept = _drawn(draw, values, names), BytesIO()
    figure.savefig(kept, format="png", dpi=figure.dpi)
    plt.close(figure)
    return {"image/png": kept.getvalue(), "text/plain": figure.get_supxlabel()}


def _slider(name: str, low: float, high: float, step: float, start: float):
    from ipywidgets import FloatSlider, IntSlider

    whole = all(float(number).is_integer() for number in (low, high, step, start))
    digits = max(len(f"{number:.10f}".rstrip("0").partition(".")[2]) for number in (low, step))
    settings = {"readout_format": "d" if whole else f".{digits}f", "continuous_update": False, "description": name}
    settings |= {"style": {"description_width": "initial"}, "layout": {"width": "32em", "max_width": "100%"}}
    kind, number = (IntSlider, int) if whole else (FloatSlider, float)
    return kind(value=number(start), min=number(low), max=number(high), step=number(step), **settings)


def _view(sliders: list) -> dict[str, object]:
    """The sliders as what a notebook shows; where only the text is left, it says what they are for."""
    from ipywidgets import VBox

    return VBox(sliders)._repr_mimebundle_() | {"text/plain": _("Run this cell to move the sliders.")}
