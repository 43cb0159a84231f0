"""The figures of a class report, in the house style."""

from __future__ import annotations

import base64
import io
import math
import re
import unicodedata
from collections.abc import Callable

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from crmlib import theme
from crmlib.classroom.class_report import ClassReport, SheetReport
from crmlib.i18n import _

FEWEST_FOR_BARS = 10
_WIDE = 7.2


def drawn(draw: Callable[[], Figure]) -> tuple[str, bytes]:
    """A figure as an address that a page can hold (SVG, so that print is sharp), and as PNG."""
    with mpl.rc_context():
        theme.apply()
        mpl.rcParams.update({"svg.fonttype": "path", "svg.hashsalt": "class report"})
        figure = draw()
        picture, pixels = io.BytesIO(), io.BytesIO()
        figure.savefig(picture, format="svg", metadata={"Date": None})
        figure.savefig(pixels, format="png", dpi=130)
    return "data:image/svg+xml;base64," + base64.b64encode(picture.getvalue()).decode("ascii"), pixels.getvalue()


def scores_figure(report: SheetReport) -> Figure:
    """How the scores are spread: bars, or in a small class a dot for each student."""
    scores = report.scores.to_numpy(dtype=float)
    figure = Figure(figsize=(_WIDE, 2.9 if len(scores) >= FEWEST_FOR_BARS else 1.9))
    ax = figure.subplots()
    median = float(np.median(scores))
    if len(scores) >= FEWEST_FOR_BARS:
        step = max(1, math.ceil(report.points / 10))
        edges = np.arange(0, max(report.points, scores.max()) + step, step)
        counts, _edges, _bars = ax.hist(scores, bins=edges, color=theme.BLUE, edgecolor="white", linewidth=1)
        top = counts.max()
        ax.set_ylim(0, top * 1.25)
        ax.yaxis.get_major_locator().set_params(integer=True)
        ax.set_ylabel(_("students"))
    else:
        values, counts = np.unique(np.round(scores, 6), return_counts=True)
        for value, count in zip(values, counts, strict=True):
            ax.plot([value] * count, np.arange(1, count + 1), "o", color=theme.BLUE, markersize=8, linestyle="none")
        top = counts.max()
        ax.set_ylim(0, top + 1.2)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
    ax.axvline(median, color=theme.ORANGE, linewidth=1.5)
    right = median > 0.6 * report.points
    ax.annotate(_("median {value}").format(value=f"{median:g}"), (median, 1), xycoords=("data", "axes fraction"),
                xytext=(-5 if right else 5, -4), textcoords="offset points", ha="right" if right else "left", va="top", color=theme.ORANGE)  # fmt: skip
    ax.set_xlim(-0.02 * report.points, max(report.points, scores.max()) * 1.02)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel(_("score, out of {points}").format(points=f"{report.points:g}"))
    ax.set_title(_("Scores of {count} students").format(count=len(scores)))
    return figure


def items_figure(report: SheetReport) -> Figure:
    """Item by item: the share of the points that the class earned, and whether the item tells strong from weak."""
    items = report.items[::-1]
    labels = [wrapped(title, 30) for title in items.title]
    lines = sum(label.count("\n") + 1 for label in labels)
    figure = Figure(figsize=(_WIDE, 1.3 + 0.19 * lines + 0.2 * len(items)))
    both = bool(items.discrimination.notna().any())
    left, *others = figure.subplots(1, 1 + both, sharey=True, squeeze=False, width_ratios=(1.25, 1)[: 1 + both])[0]
    places = np.arange(len(items))
    earned = items.earned.fillna(0).to_numpy()
    left.barh(places, earned, color=theme.BLUE, height=0.6)
    for place, share in zip(places, items.earned, strict=True):
        text = "–" if np.isnan(share) else f"{share:.0%}"
        inside = share > 0.75
        left.text(earned[place] + (-0.02 if inside else 0.02), place, text, va="center", ha="right" if inside else "left",
                  color="white" if inside else theme.INK, fontsize=9)  # fmt: skip
    left.set_yticks(places, labels, fontsize=9)
    left.set_xlim(0, 1)
    left.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"])
    left.set_title(_("Points earned"), fontsize=11)
    left.tick_params(axis="y", length=0)
    left.set_ylim(-0.6, len(items) - 0.4)
    for right in others:
        _draw_discrimination(right, items)
    return figure


def _draw_discrimination(right, items) -> None:
    places = np.arange(len(items))
    right.axvline(0, color=theme.GREY, linewidth=0.8)
    for place, one in zip(places, items.itertuples(), strict=True):
        if not np.isnan(one.discrimination):
            right.plot([one.low, one.high], [place, place], color=theme.SKY, linewidth=3, solid_capstyle="butt")
            right.plot(one.discrimination, place, "o", color=theme.BLUE, markersize=6)
        else:
            right.text(0.05, place, "–", va="center", color=theme.GREY)
    right.set_xlim(-1, 1)
    right.set_xticks([-0.5, 0, 0.5, 1], ["−0.5", "0", "0.5", "1"])
    right.tick_params(axis="y", length=0, labelleft=False)
    right.set_title(_("Discrimination"), fontsize=11)


def sheets_figure(report: ClassReport) -> Figure:
    """Sheet by sheet: every student's share of the points, and the median."""
    sheets = report.sheets[::-1]
    figure = Figure(figsize=(_WIDE, 1.2 + 0.55 * len(sheets)))
    ax = figure.subplots()
    for place, one in enumerate(sheets):
        shares = (one.scores / one.points).to_numpy(dtype=float) if one.points else np.array([])
        spread = 0.16 * (np.arange(len(shares)) % 3 - 1)
        ax.plot(np.sort(shares), place + spread, "o", color=theme.SKY, markersize=4, alpha=0.8)
        if len(shares):
            ax.plot([np.median(shares)] * 2, [place - 0.32, place + 0.32], color=theme.ORANGE, linewidth=2.5)
    ax.set_yticks(range(len(sheets)), [wrapped(one.title, 28) for one in sheets], fontsize=9)
    ax.set_ylim(-0.6, len(sheets) - 0.4)
    ax.set_xlim(-0.02, 1.04)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    ax.set_xlabel(_("share of the points; the line is the median"))
    ax.set_title(_("Scores, sheet by sheet"))
    return figure


def wrapped(text: str, wide: int) -> str:
    """Text in lines of at most `wide` Latin letters, a Chinese character counting as two; at most three lines.

    >>> wrapped("one two three", 8)
    'one two\\nthree'
    """
    lines = [""]
    for part in re.findall(r"\s+|[\x21-\u2e7f]+|.", text):
        if sum(map(_width, lines[-1] + part)) > wide and lines[-1].strip():
            lines.append("")
        lines[-1] += part if lines[-1] else part.lstrip()
    lines = [line.rstrip() for line in lines]
    return "\n".join(lines if len(lines) <= 3 else [*lines[:2], lines[2].rstrip() + "…"])


def _width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
