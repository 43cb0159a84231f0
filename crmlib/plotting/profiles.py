"""Figures of tags and records: which tags go together, how they drift, and which records are out of date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis

if TYPE_CHECKING:
    from crmlib.profiles import Freshness, TagDrift, TagOverlap


def tag_overlap(result: TagOverlap, *, ax: Axes | None = None) -> Axes:
    """Draw for every pair of tags how many customers carry both, of those who carry either.

    Answers: which tags say the same?

    Parameters
    ----------
    result : TagOverlap, from :func:`crmlib.profiles.tag_overlap`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        A triangle of fields: the darker, the more overlap; each says the share and, below, both of either.

    >>> import pandas as pd
    >>> from crmlib import profiles
    >>> carried = pd.DataFrame({"customer_id": ["c1", "c1", "c2"], "tag": ["a", "b", "a"]})
    >>> len(tag_overlap(profiles.tag_overlap(carried)).texts)
    1
    """
    tags = list(result.names)
    ax = canvas(ax, height=0.55 * len(tags) + 1.2)
    grid = np.full((len(tags), len(tags)), np.nan)
    for row in result.table.itertuples():
        grid[tags.index(row.other_tag), tags.index(row.tag)] = row.jaccard
    ax.imshow(grid, cmap="Blues", vmin=0, vmax=max(float(np.nanmax(grid)), 0.2), aspect="auto")
    for row in result.table.itertuples():
        dark = row.jaccard > 0.6 * max(float(np.nanmax(grid)), 0.2)
        ax.text(tags.index(row.tag), tags.index(row.other_tag), f"{row.jaccard:.0%}\n{row.both:,}/{row.either:,}", ha="center", va="center",
                fontsize=8, color="white" if dark else "black", linespacing=1.1)  # fmt: skip
    names = [result.names[tag] for tag in tags]
    ax.set(xlim=(-0.5, len(tags) - 1.5), ylim=(len(tags) - 0.5, 0.5), title=_("Customers who carry both tags, of those who carry either"))
    ax.set_xticks(range(len(tags) - 1), names[:-1], rotation=35, ha="right")
    ax.set_yticks(range(1, len(tags)), names[1:])
    ax.grid(visible=False)
    return ax


def tag_drift(result: TagDrift, *, ax: Axes | None = None) -> Axes:
    """Draw the share of customers who carry each tag, over time.

    Answers: which tag picks more, or fewer, customers than it did?

    Parameters
    ----------
    result : TagDrift, from :func:`crmlib.profiles.tag_drift`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        A line a tag with its interval, named at its right end: in colour those that moved beyond chance, in grey the others.

    >>> from crmlib.company import lark
    >>> from crmlib import profiles
    >>> len(tag_drift(profiles.tag_drift(lark(), start="2024-12-01", end="2024-12-08")).lines)
    10
    """
    ax = canvas(ax, height=5.2)
    moved = list(result.changes.index[result.changes["alarm"]])
    hues = dict(zip(moved, [*theme.PALETTE, *theme.PALETTE], strict=False))
    ends = []
    for tag, rows in result.shares.groupby("tag", sort=False):
        hue = hues.get(tag, theme.GREY)
        ax.plot(rows["day"], rows["share"], color=hue, linewidth=2 if tag in hues else 1)
        if tag in hues:
            ax.fill_between(rows["day"], rows["low"], rows["high"], color=hue, alpha=0.15, linewidth=0)
        ends.append((float(rows["share"].iloc[-1]), result.names[tag], hue))
    top = max(float(result.shares["high"].max()), 0.01) * 1.05
    ax.set(ylim=(0, top), ylabel=_("share of customers with a parcel in 52 weeks"),
           title=_("Tags over time; in colour: moved beyond chance"))  # fmt: skip
    for (share, name, hue), height in zip(sorted(ends), _apart(sorted(share for share, *__ in ends), top / 19, top), strict=True):
        ax.annotate(f"{name} {share:.1%}", (1.01, height), xycoords=("axes fraction", "data"), va="center", fontsize=9, color=hue, annotation_clip=False)
    percent_axis(ax, "y")
    ax.tick_params(axis="x", rotation=30)
    return ax


def record_freshness(result: Freshness, *, ax: Axes | None = None) -> Axes:
    """Draw of how many customers each record is current, out of date, or was never there.

    Answers: which records must be gone over first?

    Parameters
    ----------
    result : Freshness, from :func:`crmlib.profiles.freshness`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        A bar a record that can grow old, the worst on top.

    >>> from crmlib.company import lark
    >>> from crmlib import profiles
    >>> len(record_freshness(profiles.freshness(lark(), as_of="2026-11-01")).containers)
    3
    """
    old = result.table[result.table["median_age_days"].notna()].sort_values("out_of_date_share")
    ax = canvas(ax, height=0.45 * len(old) + 1.4)
    names, left = [label(kind, "record") for kind in old.index], np.zeros(len(old))
    parts = (("current", _("current"), theme.BLUE), ("out_of_date", _("out of date"), theme.ORANGE), ("never", _("no evidence"), theme.GREY))
    for column, word, hue in parts:
        share = (old[column] / old["customers"]).to_numpy()
        ax.barh(names, share, left=left, color=hue, label=word)
        for place, (value, begin) in enumerate(zip(share, left, strict=True)):
            if value > 0.04:
                ax.text(begin + value / 2, place, f"{value:.0%}", ha="center", va="center", color="white", fontsize=9)
        left = left + share
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=3, frameon=False)
    ax.set_xlim(0, 1)
    ax.set_title(_("How current the records are on {day}").format(day=f"{result.as_of:%Y-%m-%d}"), pad=30)
    percent_axis(ax, "x")
    ax.grid(visible=False)
    return ax


def _apart(heights: list[float], gap: float, top: float) -> list[float]:
    """Rising heights moved apart by at least `gap`, within 0 to `top`."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + gap if placed else 0.0))
    over = max(placed[-1] - top, 0.0)
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = min(placed[place], top - (len(placed) - 1 - place) * gap) if over else placed[place]
    return placed
