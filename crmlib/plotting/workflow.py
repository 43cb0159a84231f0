"""A procedure as the diagram in its file, and the way one case took through it: what was done, how often, how late, what is open."""

from __future__ import annotations

import os
import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon, Rectangle
from matplotlib.path import Path as Line

from crmlib import theme
from crmlib.desk.case_rules import moment_of
from crmlib.desk.procedure import Box, Flow, Node, Sop
from crmlib.desk.procedure_file import sop as procedure_of
from crmlib.i18n import _, language
from crmlib.plotting.canvas import canvas
from crmlib.segments.per_customer import CHINA

if TYPE_CHECKING:
    from crmlib.desk.case import Case

_WIDE = 11.5
_DONE, _LATE, _WAITING = "#DCEBF5", "#FBE3D3", "#FFFFFF"
_PER_LINE = {"zh": 7, "en": 14}


@dataclass(frozen=True)
class _Look:
    """How a step of a case is drawn: its colours, and the line under its name."""

    fill: str
    edge: str
    width: float
    under: str
    ink: str
    times: int


def draw_workflow(sop: str | os.PathLike | Sop, case: Case | None = None, *, at: object = None, ax: Axes | None = None) -> Axes:
    """Draw a procedure; with a case, the way it took, what is open and how late it is.

    Answers: who does what in which order, and where does this case stand?

    Parameters
    ----------
    sop : as in :func:`crmlib.desk.sop`
    case : a Case of that procedure: steps done are blue, late ones orange with the hours, open ones have a bold frame, others are grey
    at : the moment that open steps are judged by; None: the case's last event
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Places and bends of the arrows are those of the BPMN file.

    Raises
    ------
    ValueError
        There is no such procedure, or the case followed another.

    >>> ax = draw_workflow("inquiry")
    >>> len([patch for patch in ax.patches if patch.get_gid() == "step"])
    5
    """
    procedure = procedure_of(sop)
    if case is not None and not hasattr(case, "visits"):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(maker="desk.case(…)", kind=type(case).__name__))
    if case is not None and case.sop != procedure.code:
        raise ValueError(
            _("Case {case} follows the procedure {followed}, not {sop}. Draw it with case.plot().").format(
                case=case.case_id, followed=case.sop, sop=procedure.code
            )
        )
    if case is not None:
        procedure = case.procedure
    left, top, width, height = procedure.pool
    ax = _whole_width(ax, (width, height))
    scale = ax.get_position().width * ax.figure.get_figwidth() / _WIDE
    ax.set(xlim=(left - 2, left + width + 2), ylim=(top + height + 2, top - 2), aspect="equal")
    ax.axis("off")
    _bands(ax, procedure, scale)
    gone = Counter(case.path) if case else Counter()
    for flow in sorted(procedure.flows, key=lambda one: (one.source, one.target) in gone):
        _arrow(ax, flow, scale, None if case is None else gone[flow.source, flow.target])
    looks = {} if case is None else _looks(case, at)
    been = {node for pair in case.path for node in pair} if case else set()
    for node in procedure.nodes.values():
        known = case is None or node.code in been
        if node.kind == "step":
            _step(ax, node, procedure, looks.get(node.code), scale, known=case is None)
        elif node.kind in ("choice", "parallel"):
            _gateway(ax, node, scale, known=known)
        else:
            _event(ax, node, scale, known=known)
    ax.set_title(_title(procedure, case, at), fontsize=12.5 * max(scale, 0.7))
    natural = {step.limit_clock for step in procedure.steps.values()} == {"natural"}
    limits = _("limits in hours of day and night") if natural else _("limits in working hours")
    note = limits if case is None else _("lateness in hours of day and night")
    ax.text(left + width, top - 8, note, ha="right", va="bottom", fontsize=7.6 * scale, color=theme.GREY)
    return ax


def _whole_width(ax: Axes | None, size: tuple[float, float]) -> Axes:
    if ax is not None:
        return ax
    ax = canvas(None)
    ax.figure.set_size_inches(_WIDE, _WIDE * size[1] / size[0] + 0.45)
    ax.figure.set_layout_engine("none")
    ax.set_position([0.005, 0.005, 0.99, 0.99 - 0.45 / ax.figure.get_figheight()])
    return ax


def _title(procedure: Sop, case: Case | None, at: object) -> str:
    if case is None:
        return procedure.name[:1].upper() + procedure.name[1:]
    words = {"name": procedure.name[:1].upper() + procedure.name[1:], "case": case.case_id}
    if case.ended is not None:
        return _("{name}, case {case}: ended").format(**words)
    visits = case.visits
    late = visits["late_hours"].gt(0) | (visits["done_at"].isna() & visits["due_at"].lt(_moment(case, at)))
    return _("{name}, case {case}: {done} done, {late} late").format(
        done=int(visits["done_at"].notna().sum()), late=int(late.sum()), **words
    )


def _moment(case: Case, at: object) -> pd.Timestamp:
    return case.events[-1].at if at is None else moment_of(at, CHINA)


def _bands(ax: Axes, procedure: Sop, scale: float) -> None:
    for count, lane in enumerate(procedure.lanes.values()):
        x, y, width, height = lane.box
        ax.add_patch(
            Rectangle((x, y), width, height, facecolor="#F6F7F8" if count % 2 else "white", edgecolor=theme.PALE, linewidth=0.8, zorder=0)
        )
        ax.text(x + 13, y + height / 2, lane.name, rotation=90, ha="center", va="center", fontsize=9 * scale, color=theme.GREY)


def _arrow(ax: Axes, flow: Flow, scale: float, times: int | None) -> None:
    gone = times is None or times > 0
    colour = theme.INK if times is None else theme.BLUE if gone else "#C9CED3"
    width = (1.1 if times is None else 2.2 if gone else 1.0) * scale
    path = Line(flow.points, [Line.MOVETO, *[Line.LINETO] * (len(flow.points) - 1)])
    ax.add_patch(
        FancyArrowPatch(
            path=path,
            arrowstyle="-|>",
            mutation_scale=9 * scale,
            color=colour,
            linewidth=width,
            zorder=2 if gone else 1,
            joinstyle="round",
            gid="arrow",
        )
    )
    if flow.name and flow.label:
        _text(ax, flow.label, flow.name, 7.2 * scale, theme.INK if gone else theme.GREY, letters=9)


def _looks(case: Case, at: object) -> dict[str, _Look]:
    """How each step that came up is drawn: by its latest visit, and late if any visit was."""
    moment = _moment(case, at)
    found = {}
    for code, visits in case.visits.groupby("step", sort=False):
        last, worst = visits.iloc[-1], visits["late_hours"].max()
        is_open = pd.isna(last["done_at"])
        over = (moment - last["due_at"]) / pd.Timedelta(hours=1) if is_open else 0.0
        late = over > 0 or worst > 0
        if is_open:
            under = _("over by {hours}").format(hours=_hours(over)) if over > 0 else _("{hours} left").format(hours=_hours(-over))
        else:
            under = _("late {hours}").format(hours=_hours(worst)) if late else _("in time")
        found[code] = _Look(
            _LATE if late else _WAITING if is_open else _DONE,
            theme.ORANGE if late else theme.BLUE,
            2.6 if is_open else 1.2,
            under,
            theme.ORANGE if late else theme.BLUE,
            len(visits),
        )
    return found


def _hours(hours: float) -> str:
    if hours < 1:
        return _("{minutes:.0f} min").format(minutes=hours * 60)
    return _("{hours:.0f} h").format(hours=hours) if hours >= 10 else _("{hours:.1f} h").format(hours=hours)


def _step(ax: Axes, node: Node, procedure: Sop, look: _Look | None, scale: float, *, known: bool) -> None:
    x, y, width, height = node.box
    fill, edge, line = ("white", theme.INK if known else "#C9CED3", 1.1) if look is None else (look.fill, look.edge, look.width)
    ax.add_patch(
        FancyBboxPatch(
            (x + 4, y + 4),
            width - 8,
            height - 8,
            boxstyle="round,pad=4,rounding_size=8",
            facecolor=fill,
            edgecolor=edge,
            linewidth=line * scale,
            zorder=3,
            gid="step",
        )
    )
    under = _limit(procedure, node.code) if look is None else look.under
    ink = theme.GREY if look is None else look.ink
    name = _wrapped(node.name, _PER_LINE[language()])
    ax.text(
        x + width / 2,
        y + height * 0.4,
        name,
        ha="center",
        va="center",
        fontsize=(9 if language() == "zh" else 8) * scale,
        linespacing=1.1,
        color=theme.INK if known or look else theme.GREY,
        zorder=4,
    )
    ax.text(x + width / 2, y + height * 0.84, under, ha="center", va="center", fontsize=7.4 * scale, color=ink, zorder=4)
    if look and look.times > 1:
        ax.text(x + 3, y - 2, f"×{look.times}", ha="left", va="bottom", fontsize=8.5 * scale, color=look.ink, fontweight="bold", zorder=5)


def _limit(procedure: Sop, code: str) -> str:
    step = procedure.steps[code]
    hours = f"{step.limit_hours:g}"
    if step.limit_clock == "natural" and step.limit_hours >= 48:
        return _("≤ {days} days").format(days=f"{step.limit_hours / 24:g}")
    if step.limit_from == "case":
        return _("≤ {hours} h in all").format(hours=hours)
    return _("≤ {hours} h").format(hours=hours)


def _gateway(ax: Axes, node: Node, scale: float, *, known: bool) -> None:
    x, y, width, height = node.box
    colour = theme.INK if known else "#C9CED3"
    corners = [(x + width / 2, y), (x + width, y + height / 2), (x + width / 2, y + height), (x, y + height / 2)]
    ax.add_patch(Polygon(corners, facecolor="white", edgecolor=colour, linewidth=1.1 * scale, zorder=3, gid=node.kind))
    ax.text(
        x + width / 2,
        y + height / 2,
        "+" if node.kind == "parallel" else "×",
        ha="center",
        va="center_baseline",
        fontsize=13 * scale,
        color=colour,
        zorder=4,
    )
    if node.name and node.label:
        _text(ax, node.label, node.name, 7.6 * scale, theme.INK if known else theme.GREY)


def _event(ax: Axes, node: Node, scale: float, *, known: bool) -> None:
    x, y, width, height = node.box
    colour = theme.INK if known else "#C9CED3"
    line = (2.6 if node.kind == "end" else 1.1) * scale
    ax.add_patch(
        Circle((x + width / 2, y + height / 2), width / 2, facecolor="white", edgecolor=colour, linewidth=line, zorder=3, gid=node.kind)
    )
    if node.name and node.label:
        _text(ax, node.label, node.name, 7.6 * scale, theme.INK if known else theme.GREY)


def _text(ax: Axes, place: Box, text: str, size: float, colour: str, *, letters: int = 15) -> None:
    x, y, width, height = place
    ax.text(
        x + width / 2,
        y + height / 2,
        _wrapped(text, 8 if language() == "zh" else letters),
        ha="center",
        va="center",
        fontsize=size,
        color=colour,
        linespacing=1.05,
        zorder=5,
    )


def _wrapped(text: str, letters: int) -> str:
    """Lines of so many letters; Chinese breaks anywhere."""
    return "\n".join(textwrap.wrap(text, letters, break_long_words=language() == "zh")) or text
