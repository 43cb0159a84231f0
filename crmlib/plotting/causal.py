"""The causal diagram of the simulated firm: boxes at chosen places, arrows that swing round them."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch

from crmlib import theme
from crmlib.i18n import _, language
from crmlib.plotting.canvas import canvas, need

PLACES: dict[str, tuple[float, float]] = {
    "leaving": (0, 0), "offers": (0, 1), "price_gap": (0, 2), "market": (0, 4.5), "conditions": (0, 6.5), "credit": (1, 0),
    "churn": (1, 1), "parcels": (1, 2), "notices": (1, 4), "calls": (1, 4.95), "faults": (1, 6.5), "overdue": (2, 0.5),
    "expectation": (2, 3), "quality": (2, 4.5), "queue": (2, 7), "image": (3, 1.5), "satisfaction": (3, 3), "value": (3, 4),
    "cases": (3, 6.1), "skill": (3, 7), "selling": (4, 0), "loyalty": (4, 1.5), "voice": (4, 4), "channel": (4, 6.1),
    "won": (5, 0), "complaint": (5, 3),
}  # fmt: skip
"""Column and row of each node, from the top left."""

BENDS: dict[tuple[str, str], float] = {
    ("market", "parcels"): 0.06, ("market", "churn"): 0.11, ("market", "price_gap"): 0.12,
    ("market", "voice"): -0.21, ("conditions", "price_gap"): -0.25, ("conditions", "cases"): 0.06,
    ("faults", "quality"): 0.06, ("price_gap", "value"): -0.06, ("notices", "satisfaction"): -0.06,
    ("satisfaction", "churn"): -0.06, ("notices", "churn"): -0.42, ("satisfaction", "parcels"): -0.06,
    ("offers", "parcels"): -0.06, ("complaint", "cases"): 0.42, ("notices", "cases"): -0.06,
    ("cases", "voice"): -0.06, ("quality", "voice"): -0.08, ("parcels", "calls"): 0.37,
    ("faults", "calls"): 0.12, ("queue", "calls"): -0.18,
}  # fmt: skip
"""How far an arrow swings aside to pass boxes and other arrows, as a share of its length; to the left of its way where positive."""

SIZE = (11.4, 8.2)
"""Width and height of the whole figure, inches."""

_STEP = np.array([2.0, 1.0])
_HALF = np.array([0.715, 0.275])
_GAP = 0.07
_STEPS = np.linspace(0, 1, 61)
_STYLES = {"+": (theme.BLUE, "-"), "−": (theme.ORANGE, (0, (4, 2))), "±": (theme.GREY, (0, (1, 1.6)))}


def causes(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw what causes what: one arrow a cause and effect, its sign shown by colour, line and head.

    Answers: by which ways does one thing reach another?

    Parameters
    ----------
    table : DataFrame, from :func:`crmlib.company.causes`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        Columns are missing, or a cause or effect has no place in the drawing.

    Source: the usual path diagram (Wright, 1934); places were chosen by hand so that few arrows cross.

    >>> from crmlib.company import causes as table
    >>> len(causes(table()).patches) >= len(PLACES)
    True
    """
    from crmlib.company.causal import node_label, pairs

    need(table, ["cause", "effect", "parameter", "sign"], "crm.company.causes")
    arrows = pairs(table)
    if ax is None:
        ax = canvas(None)
        ax.figure.set_size_inches(SIZE)
    for arrow in arrows.itertuples():
        _draw_arrow(ax, arrow.cause, arrow.effect, arrow.sign)
    for code in sorted({*arrows["cause"], *arrows["effect"]}):
        x, y = _place(code)
        ax.add_patch(FancyBboxPatch((x - _HALF[0], y - _HALF[1]), *(2 * _HALF), boxstyle="round,pad=0,rounding_size=0.1", facecolor="white",
                                    edgecolor=theme.INK, linewidth=1, zorder=3, gid=code))  # fmt: skip
        ax.text(x, y, _wrapped(node_label(code)), ha="center", va="center", fontsize=10.2, linespacing=1.25, zorder=4)
    _finish(ax)
    return ax


def _place(code: str) -> np.ndarray:
    if code not in PLACES:
        raise ValueError(_('The drawing has no place for "{code}"; it knows {known}.').format(code=code, known=", ".join(PLACES)))
    return np.array([1.0, -1.0]) * np.array(PLACES[code]) * _STEP


def _wrapped(text: str) -> str:
    """In two lines where it is long; Chinese is broken behind the comma nearest to the middle."""
    if language() != "zh":
        return "\n".join(textwrap.wrap(text, 19, break_on_hyphens=False))
    commas = [place + 1 for place, letter in enumerate(text) if letter == "、"]
    if len(text) < 9 or not commas:
        return text
    middle = min(commas, key=lambda place: abs(place - len(text) / 2))
    return f"{text[:middle]}\n{text[middle:]}"


def _curve(begin: np.ndarray, end: np.ndarray, bend: float) -> np.ndarray:
    """Points of a quadratic curve whose middle lies aside by `bend` of its length."""
    aside = np.array([-(end - begin)[1], (end - begin)[0]])
    middle = (begin + end) / 2 + 2 * bend * aside
    t = _STEPS[:, None]
    return (1 - t) ** 2 * begin + 2 * t * (1 - t) * middle + t**2 * end


def _route(cause: str, effect: str) -> np.ndarray:
    """The part of the arrow's curve between the two boxes."""
    points = _curve(_place(cause), _place(effect), BENDS.get((cause, effect), 0.0))
    free = np.ones(len(points), dtype=bool)
    for code, gap in ((cause, _GAP / 2), (effect, _GAP)):
        free &= (np.abs(points - _place(code)) >= _HALF + gap).any(axis=1)
    return points[free] if free.sum() > 3 else points[20:41]


def _draw_arrow(ax: Axes, cause: str, effect: str, sign: str) -> None:
    colour, dashes = _STYLES[sign]
    route = _route(cause, effect)
    ax.add_line(Line2D(*route.T, color=colour, linestyle=dashes, linewidth=1.3, zorder=1, solid_capstyle="butt", gid=f"{cause}>{effect}"))
    _draw_head(ax, route[-1], route[-1] - route[-4], sign)


def _draw_head(ax: Axes, tip: np.ndarray, along: np.ndarray, sign: str) -> None:
    """A full triangle for more, a bar across for less, an open triangle where kinds differ."""
    along = along / np.hypot(*along)
    aside = np.array([-along[1], along[0]])
    colour = _STYLES[sign][0]
    if sign == "−":
        ends = np.array([tip - 0.085 * aside, tip + 0.085 * aside])
        ax.add_line(Line2D(*ends.T, color=colour, linewidth=2.6, zorder=2, solid_capstyle="butt"))
        return
    corners = [tip, tip - 0.16 * along + 0.065 * aside, tip - 0.16 * along - 0.065 * aside]
    ax.fill(*np.array(corners).T, facecolor=colour if sign == "+" else "white", edgecolor=colour, linewidth=1, zorder=2)


def _finish(ax: Axes) -> None:
    words = (
        _("the more of one, the more of the other"),
        _("the more of one, the less of the other"),
        _("differs by kind, or works both ways"),
    )
    right, bottom = np.array([1.0, -1.0]) * np.max(list(PLACES.values()), axis=0) * _STEP
    for place, ((sign, (colour, dashes)), meaning) in enumerate(zip(_STYLES.items(), words, strict=True)):
        begin = np.array([-_HALF[0] + place * 3.9, bottom - 0.75])
        ax.add_line(Line2D([begin[0], begin[0] + 0.55], [begin[1]] * 2, color=colour, linestyle=dashes, linewidth=1.3))
        _draw_head(ax, begin + [0.55, 0], np.array([1.0, 0.0]), sign)
        ax.text(begin[0] + 0.68, begin[1], meaning, va="center", fontsize=10.2)
    ax.set(xlim=(-_HALF[0] - 0.1, right + _HALF[0] + 0.1), ylim=(bottom - 1.0, _HALF[1] + 0.1), aspect="equal")
    ax.set_title(_("What causes what in the simulated firm (synthetic; arrows read from the program's parameters)"))
    ax.set_axis_off()
